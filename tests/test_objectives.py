"""Objectives at work beside loops written by hand: weights, who is trained, rhythm, optimisers, schedules, a GAN."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from drawn import SMALL_CNN, adversaries, classifier, row, wire
from torch import nn
from training import broken_off, clock, same, trained, weights

from backend.data import load
from backend.evaluation import at_rest
from backend.feeds import Order, Stage, mixed
from backend.messages import Metrics
from backend.preparing import Bench
from backend.problems import TrainProblem
from backend.train import Training
from graph.document import Document, Node, NodeKey, Port
from graph.rules import static_problems

CPU = torch.device("cpu")
Drawn = Callable[..., Document]


def stage_of(**asked: Any) -> Stage:
    return Stage({NodeKey("main", "data_1"): load("digits", seed=0, **{"examples": 300, **asked})}, "train", CPU)


def batches(stage: Stage, epochs: int, size: int = 32) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """The pictures and labels of a training, in its order."""
    image, label = (stage.column(Port("main", "data_1", name)) for name in ("image", "label"))
    order = Order(stage, size, 0, CPU)
    for epoch in range(epochs):
        for rows, _ in order.epoch(epoch):
            yield image(rows), label(rows)


def network() -> nn.Sequential:
    """What ``classifier`` draws, with the weights it begins with."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.Tanh(), nn.Linear(16, 10))


def prepared(document: Document, folder: Path) -> tuple[Bench, Any]:
    training = Training(document, runs_folder=folder)
    work = training.run()
    next(work)
    assert training._bench is not None
    return training._bench, work


def two_losses(weight: float = 1.0, warm_up: float = 0.0, **settings: Any) -> Document:
    """A classifier whose hidden layer is kept small by a second loss."""
    document = classifier(**settings)
    with document.edit("Add a loss"):
        document.add_node("l1_penalty", params={"weight": weight, "warm_up": warm_up})
        wire(document, Port("main", "tanh_1", "output"), "l1_penalty_1.x")
    return document


def compared(found: dict[str, torch.Tensor], model: nn.Sequential, tolerance: float = 1e-6) -> None:
    for name, layer in {"linear_1": model[1], "linear_2": model[3]}.items():
        assert torch.allclose(found[f"{name}.weight"], layer.weight, atol=tolerance)
        assert torch.allclose(found[f"{name}.bias"], layer.bias, atol=tolerance)


# -- weights of losses -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("warm_up", [0.0, 0.5])
def test_losses_count_by_their_weights(warm_up: float, tmp_path: Path) -> None:
    done, _ = trained(two_losses(0.3, warm_up), tmp_path, clock=clock(0.0))
    model, stage = network(), stage_of()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001, fused=True)
    every = list(batches(stage, 2))
    sums = torch.zeros(3)
    for number, (image, label) in enumerate(every):
        weight = 0.3 * min(1.0, number / (warm_up * len(every))) if warm_up else 0.3
        hidden = model[2](model[1](model[0](image)))
        parts = F.cross_entropy(model[3](hidden), label), hidden.abs().sum(1).mean()
        loss = parts[0] + weight * parts[1]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if number >= len(every) // 2:
            sums += torch.stack([loss, *parts]).detach() * len(label)
    compared(weights(done.run), model)
    names = ("loss", "cross_entropy_1", "l1_penalty_1")
    examples = stage.examples
    assert [done.metrics["train"][name] for name in names] == pytest.approx((sums / examples).tolist(), rel=1e-4)
    judged = done.metrics["test"]
    assert judged["loss"] == pytest.approx(judged["cross_entropy_1"] + 0.3 * judged["l1_penalty_1"], rel=1e-6)


def test_a_loss_alone_is_reported_once(tmp_path: Path) -> None:
    done, _ = trained(classifier(epochs=1), tmp_path)
    assert done.metrics["train"].keys() == {"loss", "accuracy"}


# -- who is trained ----------------------------------------------------------------------------------------------------


def test_only_what_is_named_is_trained(tmp_path: Path) -> None:
    done, _ = trained(classifier(objective={"trains": "linear_2"}), tmp_path)
    model = network()
    optimizer = torch.optim.Adam(model[3].parameters(), lr=0.001, fused=True)
    for image, label in batches(stage_of(), 2):
        optimizer.zero_grad()
        F.cross_entropy(model(image), label).backward()
        optimizer.step()
    found = weights(done.run)
    assert torch.equal(found["linear_1.weight"], network()[1].weight)
    compared(found, model)


def test_what_is_not_trained_costs_no_gradients(tmp_path: Path) -> None:
    bench, work = prepared(classifier(objective={"trains": "linear_2"}), tmp_path)
    (step,) = bench.steps
    first, last = bench.model.root.get_submodule("linear_1"), bench.model.root.get_submodule("linear_2")
    seen: list[bool] = []
    first.register_forward_hook(lambda _, __, output: seen.append(output.requires_grad))
    gradients: list[torch.Tensor | None] = []
    last.weight.register_post_accumulate_grad_hook(lambda weight: gradients.append(first.weight.grad))
    next(each for each in work if each is None)
    assert seen == [False]
    assert gradients == [None]
    assert all(parameter.requires_grad for parameter in bench.model.root.parameters())
    assert step.done == 1
    work.close()


def test_two_objectives_may_train_the_same(tmp_path: Path) -> None:
    document = adversaries(epochs=1)
    with document.edit("Train"):
        document.set_param(NodeKey("main", "objective_1"), "trains", "linear_1, linear_2")
        document.set_param(NodeKey("main", "objective_2"), "trains", "linear_1")
    done, _ = trained(document, tmp_path)
    torch.manual_seed(0)
    shared, classes, copy = nn.Linear(64, 12), nn.Linear(12, 10), nn.Linear(12, 64)
    groups = [[*shared.parameters(), *classes.parameters()], list(shared.parameters())]
    optimizers = [torch.optim.Adam(group, lr=rate) for group, rate in zip(groups, (0.01, 0.02))]
    for image, label in batches(stage_of(), 1):
        for place, optimizer in enumerate(optimizers):
            optimizer.zero_grad()
            code = torch.tanh(shared(image.flatten(1)))
            losses = F.cross_entropy(classes(code), label), F.mse_loss(copy(code).view(-1, 1, 8, 8), image)
            losses[place].backward()
            optimizer.step()
    found = weights(done.run)
    assert torch.allclose(found["linear_1.weight"], shared.weight, atol=1e-6)
    assert torch.allclose(found["linear_2.weight"], classes.weight, atol=1e-6)
    torch.manual_seed(0)
    nn.Linear(64, 12), nn.Linear(12, 10)
    assert torch.equal(found["linear_3.weight"], nn.Linear(12, 64).weight)


def test_a_name_that_no_node_has_is_a_problem_with_a_fix() -> None:
    document = classifier(objective={"trains": "linear_1, liner_2"})
    (found,) = static_problems(document)
    assert (found.severity, found.node) == ("error", "objective_1")
    assert "“liner_2”" in found.message
    assert found.fix is not None
    with document.edit(found.fix.label):
        document.apply(found.fix.changes)
    assert document.nodes[NodeKey("main", "objective_1")].params["trains"] == "linear_1, linear_2"
    assert not static_problems(document)


@pytest.mark.parametrize(("name", "words"), [("data_1", "no weights"), ("tanh_1", "no weights"), ("nobody", "nobody")])
def test_naming_what_cannot_be_trained_is_told(name: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(TrainProblem, match=words) as told:
        list(Training(classifier(objective={"trains": name}), runs_folder=tmp_path).run())
    assert told.value.node == "objective_1"


def test_rate_factors_are_groups_of_their_own(tmp_path: Path) -> None:
    document = classifier(objective={"learning_rate": 0.01, "weight_decay": 0.1, "schedule": "cosine"})
    with document.edit("Slow down"):
        document.set_param(NodeKey("main", "linear_1"), "rate_factor", 0.1)
    bench, work = prepared(document, tmp_path)
    (step,) = bench.steps
    assert step.learning_rate == pytest.approx(0.01)
    step.set_learning_rate(0.02)
    assert [group["lr"] for group in step._optimizer.param_groups] == pytest.approx([0.002, 0.02])  # type: ignore[attr-defined]
    work.close()
    done, _ = trained(document, tmp_path)
    model = network()
    groups = [{"params": model[1].parameters(), "lr": 0.001}, {"params": model[3].parameters()}]
    optimizer = torch.optim.Adam(groups, lr=0.01, weight_decay=0.1, fused=True)
    every = list(batches(stage_of(), 2))
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, len(every))
    for image, label in every:
        optimizer.zero_grad()
        F.cross_entropy(model(image), label).backward()
        optimizer.step()
        schedule.step()
    compared(weights(done.run), model)


# -- rhythm ------------------------------------------------------------------------------------------------------------

RHYTHMS = [
    ({"every": 3}, 5, 5),
    ({"times": 2}, 28, 14),
    ({"starts": 0.5}, 7, 7),
    ({"ends": 0.25}, 4, 4),
    ({"starts": 0.25, "ends": 0.75, "every": 2, "times": 3}, 9, 3),
]


@pytest.mark.parametrize(("params", "steps", "iterations"), RHYTHMS, ids=str)
def test_an_objective_acts_when_it_is_told_to(
    params: dict[str, Any], steps: int, iterations: int, tmp_path: Path
) -> None:
    done, events = trained(classifier(objective={"schedule": "linear", **params}), tmp_path, clock=clock(10.0))
    training = Training(None, resume=done.run)
    work = training.run()
    next(work)
    assert training._bench is not None
    (step,) = training._bench.steps
    assert training._bench.at.done == 14
    assert (step.done, step.steps) == (steps, steps)
    assert step.learning_rate == pytest.approx(0.0, abs=1e-9)
    told = [event for event in events if isinstance(event, Metrics) and event.split == "train"]
    assert len(told) == iterations
    work.close()


def test_steps_of_a_rhythm_are_those_of_a_loop(tmp_path: Path) -> None:
    done, _ = trained(classifier(objective={"every": 2, "times": 2, "starts": 0.2, "optimizer": "sgd"}), tmp_path)
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.001)
    for number, (image, label) in enumerate(batches(stage_of(), 2)):
        if number >= 3 and (number - 3) % 2 == 0:
            for _ in range(2):
                optimizer.zero_grad()
                F.cross_entropy(model(image), label).backward()
                optimizer.step()
    compared(weights(done.run), model)


def test_what_does_not_act_reports_nothing(tmp_path: Path) -> None:
    document = adversaries(epochs=2)
    with document.edit("Phases"):
        document.set_param(NodeKey("main", "objective_1"), "ends", 0.5)
        document.set_param(NodeKey("main", "objective_2"), "starts", 0.5)
    done, events = trained(document, tmp_path, clock=clock(10.0))
    told = [event.values.keys() for event in events if isinstance(event, Metrics) and event.split == "train"]
    assert {"objective_1.loss", "accuracy"} == told[0]
    assert {"objective_2.loss", "rmse"} == told[-1] == done.metrics["train"].keys()
    assert {"objective_1.loss", "objective_2.loss"} <= done.metrics["test"].keys()


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


RESUMED: dict[str, Drawn] = {"rhythm": phased, "lbfgs": full_batch, "ridge": read_out, "two losses": two_losses}


@pytest.mark.parametrize("design", RESUMED)
@pytest.mark.parametrize("steps", [2, 3, 5])
def test_a_run_that_was_stopped_ends_like_one_that_was_not(design: str, steps: int, tmp_path: Path) -> None:
    whole, _ = trained(RESUMED[design](), tmp_path)
    run = broken_off(RESUMED[design](), tmp_path, steps)
    torch.randn(3)
    resumed, _ = trained(None, tmp_path, resume=run)
    assert resumed.metrics == whole.metrics
    assert same(weights(resumed.run), weights(whole.run))


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


# -- batches, and nothing to train -------------------------------------------------------------------------------------


def test_batch_size_0_is_all_at_once(tmp_path: Path) -> None:
    document = classifier(objective={"optimizer": "sgd", "learning_rate": 0.5}, batch_size=0, epochs=3)
    training = Training(document, runs_folder=tmp_path)
    events = list(training.run())
    assert events.count(None) == 3
    model = network()
    (image, label), *_ = batches(stage_of(), 1, 10_000)
    for _ in range(3):
        model.zero_grad()
        F.cross_entropy(model(image), label).backward()
        with torch.no_grad():
            for parameter in model.parameters():
                assert parameter.grad is not None
                parameter -= 0.5 * parameter.grad
    compared(weights(training.run_folder), model, 1e-5)


def test_batch_size_0_needs_data(tmp_path: Path) -> None:
    document = Document()
    with document.edit("Draw"):
        noise = document.add_node("noise")
        made = row(document, Port(*noise, "noise"), ("linear", {}))
        document.add_node("l1_penalty")
        wire(document, made, "l1_penalty_1.x")
        document.set_setting("batch_size", 0)
    with pytest.raises(TrainProblem, match="batch size of 0"):
        list(Training(document, runs_folder=tmp_path).run())


def test_what_is_frozen_is_judged_by_training(tmp_path: Path) -> None:
    document = classifier()
    with document.edit("Freeze"):
        for name in ("linear_1", "linear_2"):
            document.set_param(NodeKey("main", name), "frozen", "everything")
    done, _ = trained(document, tmp_path)
    assert torch.equal(weights(done.run)["linear_1.weight"], network()[1].weight)
    assert done.metrics["train"].keys() == {"loss", "accuracy"}


# -- gradients while judging, carried states ---------------------------------------------------------------------------


def test_a_loss_that_takes_gradients_is_judged_with_them(tmp_path: Path) -> None:
    document = classifier(epochs=1)
    with document.edit("Penalise"):
        document.add_node("gradient_start")
        document.add_node("gradient_penalty", params={"weight": 0.1})
        wire(document, Port("main", "flatten_1", "output"), "gradient_start_1.x")
        wire(document, Port("main", "gradient_start_1", "output"), "linear_1.x")
        wire(document, Port("main", "gradient_start_1", "output"), "gradient_penalty_1.input")
        wire(document, Port("main", "linear_2", "output"), "gradient_penalty_1.score")
    done, _ = trained(document, tmp_path)
    assert np.isfinite(list(done.metrics["test"].values())).all()
    assert done.metrics["test"]["gradient_penalty_1"] > 0


class Counter(nn.Module):
    """Carries how many batches it has seen."""

    def __init__(self) -> None:
        super().__init__()
        self.carried: torch.Tensor | None = None
        self.begun = 0

    def reset_state(self, state: torch.Tensor | None = None) -> torch.Tensor | None:
        old, self.carried = self.carried, state
        self.begun += state is None
        return old


def test_what_is_carried_begins_anew_with_every_epoch_and_is_set_aside_while_judging(tmp_path: Path) -> None:
    training = Training(classifier(), runs_folder=tmp_path)
    work = training.run()
    next(work)
    assert training._bench is not None
    counter = Counter()
    training._bench.model.root.add_module("counter", counter)
    next(each for each in work if each is None)
    assert counter.begun == 1
    counter.carried = torch.ones(3)
    with at_rest(training._bench.model):
        assert counter.carried is None
    assert counter.carried is not None
    assert torch.equal(counter.carried, torch.ones(3))
    for _ in range(7):
        next(each for each in work if each is None)
    assert counter.carried is None
    work.close()


# -- a GAN -------------------------------------------------------------------------------------------------------------


def gan(**settings: Any) -> Document:
    """Vectors of noise made into digits, and one judge that sees real ones, made ones, and made ones again."""
    document = Document()
    with document.edit("Draw"):
        digits = document.add_node("data", params={"examples": 300})
        noise = document.add_node("noise", params={"size": 5})
        made = row(document, Port(*noise, "noise"), ("linear", {"units": 64}), ("sigmoid", {}))
        real = row(document, Port(*digits, "image"), ("flatten", {}))
        scores = []
        for number, (shown, role) in enumerate(((real, "real"), (made, "fake"), (made, "fool"))):
            judge = document.add_node("linear", id=f"judge_{number + 1}", params={"units": 1} if not number else {})
            if number:
                document.put("nodes", judge, Node("linear", link="judge_1"))
            document.connect(shown, Port(*judge, "x"))
            document.add_node("adversarial", id=role, params={"role": role})
            wire(document, Port(*judge, "output"), f"{role}.score")
            scores.append(role)
        for name, trains, losses in (("a_judge", "judge_1", ("real", "fake")), ("b_maker", "linear_1", ("fool",))):
            document.add_node("objective", id=name, params={"trains": trains, "learning_rate": 0.01, "beta1": 0.5})
            for place, loss in enumerate(losses):
                wire(document, Port("main", loss, "loss"), f"{name}.losses.{place}")
        for name, value in {"batch_size": 32, "epochs": 1, **settings}.items():
            document.set_setting(name, value)
    return document


def test_a_gan_of_two_objectives_is_the_loop_of_the_textbook(tmp_path: Path) -> None:
    run = broken_off(gan(), tmp_path, 5)
    assert weights(run).keys() == {"linear_1.weight", "linear_1.bias", "judge_1.weight", "judge_1.bias"}
    bench, work = prepared(gan(), tmp_path)
    judge, maker = copy.deepcopy([bench.model.root.get_submodule(name) for name in ("judge_1", "linear_1")])
    work.close()
    generators = [torch.Generator().manual_seed(mixed(0, 1, place)) for place in (0, 1)]
    optimizers = [torch.optim.Adam(each.parameters(), lr=0.01, betas=(0.5, 0.999)) for each in (judge, maker)]
    for image, _ in list(batches(stage_of(), 1))[:5]:
        noise = torch.randn(32, 5, generator=generators[0])
        fakes = maker(noise).sigmoid().detach()
        loss = F.softplus(-judge(image.flatten(1))).mean() + F.softplus(judge(fakes)).mean()
        optimizers[0].zero_grad()
        loss.backward()
        optimizers[0].step()
        fakes = maker(torch.randn(32, 5, generator=generators[1])).sigmoid()
        loss = F.softplus(-judge(fakes)).mean()
        optimizers[1].zero_grad()
        loss.backward()
        optimizers[1].step()
    found = weights(run)
    for name, layer in {"judge_1": judge, "linear_1": maker}.items():
        assert torch.allclose(found[f"{name}.weight"], layer.weight, atol=1e-6)
        assert torch.allclose(found[f"{name}.bias"], layer.bias, atol=1e-6)


def test_a_gan_is_the_same_twice_and_goes_on_where_it_stopped(tmp_path: Path) -> None:
    whole, _ = trained(gan(), tmp_path)
    again, _ = trained(gan(), tmp_path)
    assert whole.metrics == again.metrics
    assert {"a_judge.loss", "real", "fake", "b_maker.loss"} <= whole.metrics["train"].keys()
    resumed, _ = trained(None, tmp_path, resume=broken_off(gan(), tmp_path, 3))
    assert same(weights(resumed.run), weights(whole.run))


def test_frozen_batch_norm_behaves_as_in_torch(tmp_path: Path) -> None:
    document = classifier(*SMALL_CNN, objective={"trains": "linear_1"}, epochs=1)
    done, _ = trained(document, tmp_path)
    assert weights(done.run)["batch_norm_1.num_batches_tracked"] == 7
