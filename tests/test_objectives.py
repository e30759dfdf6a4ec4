"""Objectives at work beside loops written by hand: weights of losses, who is trained, rhythm, a GAN."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from by_hand import batches, compared, network, prepared, stage_of, two_losses
from drawn import SMALL_CNN, adversaries, classifier, row, wire
from torch import nn
from training import broken_off, clock, same, trained, weights

from backend.evaluation import at_rest
from backend.feeds import mixed
from backend.messages import Metrics
from backend.problems import TrainProblem
from backend.threads import work_of
from backend.train import Training
from graph.document import Document, Node, NodeKey, Port
from graph.rules import static_problems

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
    assert set(seen) == {False}
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
    bench, work = prepared(document, tmp_path)
    assert work_of(bench.model) == 32 * (64 * 16 + 16 * 10)
    work.close()
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
    assert counter.begun  # with the epoch, and set aside for what is measured beside the training
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
