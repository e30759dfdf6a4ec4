"""Optimisers, solvers and learning rates: those of torch and of numpy, and no matter when a training was stopped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from by_hand import batches, compared, network, prepared, stage_of, two_losses
from drawn import adversaries, classifier, row, wire
from torch import nn
from training import broken_off, same, trained, weights

from backend.problems import TrainProblem
from backend.train import Training
from graph.document import Document, Network, NodeKey, Port

Drawn = Callable[..., Document]


# -- optimisers --------------------------------------------------------------------------------------------------------


def least_squares(objective: dict[str, Any], **settings: Any) -> Document:
    """One linear layer from the pictures of the digits to their left halves turned round."""
    document = Document()
    with document.edit("Draw"):
        digits = document.add_node("data", params={"examples": 300})
        flat = row(document, Port(*digits, "image"), ("flatten", {}))
        made = row(document, flat, ("tanh", {}), ("linear", {"units": 64}))
        document.add_node("output")
        wire(document, made, "output_1.x")
        document.add_node("mse_loss")
        wire(document, Port("main", "output_1", "output"), "mse_loss_1.prediction")
        wire(document, flat, "mse_loss_1.target")
        document.add_node("objective", params=objective)
        wire(document, Port("main", "mse_loss_1", "loss"), "objective_1.losses.0")
        for name, value in {"batch_size": 32, "epochs": 2, **settings}.items():
            document.set_setting(name, value)
    return document


def solution(penalty: float) -> tuple[np.ndarray, np.ndarray]:
    """What numpy says the best weights and biases are."""
    x = np.concatenate([image.flatten(1).double().numpy() for image, _ in batches(stage_of(), 1)])
    given = np.concatenate([np.tanh(x), np.ones((len(x), 1))], 1)
    ridge = penalty * np.diag([1.0] * 64 + [0.0])
    found = np.linalg.solve(given.T @ given + ridge, given.T @ x)
    return found[:64].T, found[64]


def test_ridge_is_the_closed_form(tmp_path: Path) -> None:
    done, _ = trained(least_squares({"optimizer": "ridge", "weight_decay": 0.5}, epochs=1), tmp_path)
    matrix, biases = solution(0.5)
    found = weights(done.run)
    assert np.abs(found["linear_1.weight"].numpy() - matrix).max() < 1e-5
    assert np.abs(found["linear_1.bias"].numpy() - biases).max() < 1e-5
    x = torch.cat([image.flatten(1) for image, _ in batches(stage_of(), 1)]).numpy()
    assert done.metrics["train"]["loss"] == pytest.approx(((np.tanh(x) @ matrix.T + biases - x) ** 2).mean(), rel=1e-3)


def test_ridge_without_a_penalty_gives_the_shortest_of_the_best(tmp_path: Path) -> None:
    done, _ = trained(least_squares({"optimizer": "ridge"}, epochs=1), tmp_path)
    x = np.concatenate([image.flatten(1).double().numpy() for image, _ in batches(stage_of(), 1)])
    given = np.concatenate([np.tanh(x), np.ones((len(x), 1))], 1)
    shortest, *_ = np.linalg.lstsq(given, x, rcond=None)
    assert (given.std(0) == 0).sum() > 2
    assert np.abs(weights(done.run)["linear_1.weight"].numpy() - shortest[:64].T).max() < 1e-5


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (lambda: classifier(objective={"optimizer": "ridge"}), "other losses"),
        (lambda: least_squares({"optimizer": "ridge", "trains": "flatten_1"}), "not told to train"),
        (lambda: adjusted(least_squares({"optimizer": "ridge"}), frozen="biases"), "frozen or normalised"),
        (lambda: adjusted(least_squares({"optimizer": "ridge"}), normalised="weight norm"), "frozen or normalised"),
        (lambda: nonlinear(), "comes from “sigmoid_1”"),
        (lambda: adjusted(classifier(objective={"optimizer": "lbfgs"}), rate_factor=0.5), "moves all weights at one"),
    ],
)
def test_what_a_solver_cannot_do_is_told(document: Callable[[], Document], words: str, tmp_path: Path) -> None:
    with pytest.raises(TrainProblem, match=words):
        list(Training(document(), runs_folder=tmp_path).run())


def adjusted(document: Document, **params: Any) -> Document:
    with document.edit("Adjust"):
        for name, value in params.items():
            document.set_param(NodeKey("main", "linear_1"), name, value)
    return document


def nonlinear() -> Document:
    document = least_squares({"optimizer": "ridge"})
    with document.edit("Bend"):
        bent = row(document, Port("main", "linear_1", "output"), ("sigmoid", {}))
        wire(document, bent, "output_1.x")
    return document


def test_lbfgs_solves_least_squares(tmp_path: Path) -> None:
    objective = {"optimizer": "lbfgs", "learning_rate": 1.0, "memory": 20}
    done, _ = trained(least_squares(objective, epochs=30, batch_size=0), tmp_path)
    best, _ = trained(least_squares({"optimizer": "ridge"}, epochs=1), tmp_path)
    assert done.metrics["train"]["loss"] < best.metrics["train"]["loss"] + 1e-4
    assert done.metrics["train"]["loss"] < 1e-3


def test_lbfgs_is_that_of_torch(tmp_path: Path) -> None:
    done, _ = trained(full_batch(), tmp_path)
    model = network()
    optimizer = torch.optim.LBFGS(model.parameters(), lr=0.1, history_size=10)
    (image, label), *_ = batches(stage_of(), 1, 10_000)

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(image), label)
        loss.backward()
        nn.utils.clip_grad_value_(model.parameters(), 1.0)
        return loss

    for _ in range(5):
        optimizer.step(closure)
    compared(weights(done.run), model, 1e-5)


@pytest.mark.parametrize(
    ("params", "make"),
    [
        ({"optimizer": "adagrad", "learning_rate": 0.05}, lambda p: torch.optim.Adagrad(p, lr=0.05, eps=1e-8)),
        ({"optimizer": "sgd", "momentum": 0.9, "nesterov": True, "learning_rate": 0.05},
         lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True)),
        ({"optimizer": "rmsprop", "weight_decay": 0.1}, lambda p: torch.optim.RMSprop(p, lr=0.001, weight_decay=0.1)),
    ],
    ids=["adagrad", "sgd", "rmsprop"],
)  # fmt: skip
def test_optimisers_are_those_of_torch(params: dict[str, Any], make: Callable[[Any], Any], tmp_path: Path) -> None:
    done, _ = trained(classifier(objective={**params, "clip_value": 0.01, "clip_norm": 0.05}), tmp_path)
    model = network()
    optimizer = make(model.parameters())
    for image, label in batches(stage_of(), 2):
        optimizer.zero_grad()
        F.cross_entropy(model(image), label).backward()
        nn.utils.clip_grad_value_(model.parameters(), 0.01)
        nn.utils.clip_grad_norm_(model.parameters(), 0.05)
        optimizer.step()
    compared(weights(done.run), model, 1e-5)


# -- learning rates ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("validation", [0.1, 0.0])
def test_a_plateau_lowers_the_rate(validation: float, tmp_path: Path) -> None:
    objective = {"schedule": "plateau", "patience": 1, "factor": 0.5, "optimizer": "sgd", "learning_rate": 1e-6}
    training = Training(
        classifier(data={"validation": validation}, objective=objective, epochs=7), runs_folder=tmp_path
    )
    rates: list[list[float]] = [[] for _ in range(7)]
    for event in training.run():
        if event is None and training._bench is not None:
            rates[training._bench.at.epoch].append(training._bench.steps[0].learning_rate)
    assert [min(each) for each in rates] == [max(each) for each in rates]
    assert [each[0] for each in rates] == pytest.approx([1e-6, 1e-6, 1e-6, 5e-7, 5e-7, 2.5e-7, 2.5e-7])


@pytest.mark.parametrize("schedule", ["constant", "linear", "cosine", "step", "exponential"])
def test_rates_rise_before_any_schedule(schedule: str, tmp_path: Path) -> None:
    bench, work = prepared(classifier(objective={"schedule": schedule, "warm_up": 0.3}, epochs=3), tmp_path)
    (step,) = bench.steps
    rates = []
    for event in work:
        if event is None:
            rates.append(step.learning_rate)
    rising = round(0.3 * 21)
    assert rates[: rising - 1] == pytest.approx([0.001 * (n + 2) / (rising + 1) for n in range(rising - 1)])
    assert rates[rising - 1] == pytest.approx(0.001)
    expected = {"constant": 0.001, "linear": 0.0, "cosine": 0.0, "step": 1e-5, "exponential": 1e-5}
    assert rates[-1] == pytest.approx(expected[schedule], abs=1e-9)
    assert all(one >= other - 1e-12 for one, other in zip(rates[rising - 1 :], rates[rising:]))


def test_one_objective_alone_gets_another_rate(tmp_path: Path) -> None:
    training = Training(adversaries(), runs_folder=tmp_path)
    training.set_learning_rate(0.5, "objective_2")
    work = training.run()
    next(work)
    assert training._bench is not None
    assert [step.learning_rate for step in training._bench.steps] == pytest.approx([0.01, 0.5])
    training.set_learning_rate(0.1)
    assert [step.learning_rate for step in training._bench.steps] == pytest.approx([0.1, 0.1])
    work.close()


# -- going on later ---------------------------------------------------------------------------------------------------


def phased(**settings: Any) -> Document:
    document = adversaries(**settings)
    with document.edit("Rhythm"):
        for number, params in enumerate(
            ({"every": 2, "times": 2, "schedule": "cosine", "warm_up": 0.3, "trains": "linear_1"},
             {"starts": 0.3, "schedule": "plateau", "patience": 0, "factor": 0.1}), 1,
        ):  # fmt: skip
            for name, value in params.items():
                document.set_param(NodeKey("main", f"objective_{number}"), name, value)
        document.set_param(NodeKey("main", "mse_loss_1"), "warm_up", 0.8)
        document.set_param(NodeKey("main", "linear_1"), "rate_factor", 0.5)
    return document


def full_batch(**settings: Any) -> Document:
    objective = {"optimizer": "lbfgs", "learning_rate": 0.1, "line_search": False, "clip_value": 1.0}
    return classifier(objective=objective, **{"epochs": 5, **settings, "batch_size": 0})


def read_out(**settings: Any) -> Document:
    return least_squares({"optimizer": "ridge", "weight_decay": 0.5}, **settings)


def carrying(**settings: Any) -> Document:
    """A drawn recurrence over the rows of pictures that begins every batch where the last one ended."""
    document = Document()
    with document.edit("Draw"):
        document.put("networks", "cell", Network())
        for kind, id in (("input", "x"), ("linear", "w"), ("linear", "u"), ("add", "both"), ("tanh", "bent"),
                         ("delay", "last"), ("output", "state")):  # fmt: skip
            document.add_node(kind, network="cell", id=id, params={"units": 6} if kind == "linear" else {})
        for source, target in (("x", "w.x"), ("last", "u.x"), ("w", "both.xs.0"), ("u", "both.xs.1"),
                               ("both", "bent.x"), ("bent", "last.x"), ("bent", "state.x")):  # fmt: skip
            node, _, name = target.partition(".")
            document.connect(Port("cell", source, "output"), Port("cell", node, name))
        digits = document.add_node("data", params={"examples": 300})
        lines = row(document, Port(*digits, "image"), ("reshape", {"shape": "8, 8"}))
        document.add_node("@cell", id="memory", params={"carry": True})
        wire(document, lines, "memory.x")
        made = row(document, Port("main", "memory", "state"), ("flatten", {}), ("linear", {"units": 10}))
        document.add_node("cross_entropy")
        wire(document, made, "cross_entropy_1.prediction")
        wire(document, Port(*digits, "label"), "cross_entropy_1.target")
        for name, value in {"batch_size": 32, "epochs": 2, **settings}.items():
            document.set_setting(name, value)
    return document


def test_what_is_carried_matters(tmp_path: Path) -> None:
    forgetful = carrying()
    with forgetful.edit("Forget"):
        forgetful.set_param(NodeKey("main", "memory"), "carry", None)
    one, other = trained(carrying(), tmp_path)[0], trained(forgetful, tmp_path)[0]
    assert not same(weights(one.run), weights(other.run))


RESUMED: dict[str, Drawn] = {
    "rhythm": phased, "lbfgs": full_batch, "ridge": read_out, "two losses": two_losses, "carried": carrying,
}  # fmt: skip


@pytest.mark.parametrize("design", RESUMED)
@pytest.mark.parametrize("steps", [2, 3, 5])
def test_a_run_that_was_stopped_ends_like_one_that_was_not(design: str, steps: int, tmp_path: Path) -> None:
    whole, _ = trained(RESUMED[design](), tmp_path)
    run = broken_off(RESUMED[design](), tmp_path, steps)
    torch.randn(3)
    resumed, _ = trained(None, tmp_path, resume=run)
    assert resumed.metrics == whole.metrics
    assert same(weights(resumed.run), weights(whole.run))
