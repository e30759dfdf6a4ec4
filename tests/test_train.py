"""Training: reproducible, resumable, the same as plain torch, and honest about what goes wrong."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from drawn import SMALL_CNN, SMALL_MLP, adversaries, classifier, denoiser, xor
from torch import nn
from training import broken_off, clock, same, trained, weights

from backend.data import load
from backend.evaluation import evaluate
from backend.feeds import Order, Stage
from backend.loading import load_run
from backend.messages import Checkpointed, Event, Finished, Metrics, Progress, Started
from backend.problems import TrainProblem
from backend.runs import Run
from backend.train import Training
from graph.document import Document, NodeKey, Port

HERE = Path(__file__).parent
SPLITS = ("train", "validation", "test")


DESIGNS = {
    "cnn": lambda **settings: classifier(*SMALL_CNN, **settings),
    "noise": denoiser,
    "two objectives": adversaries,
    "schedule and clipping": lambda **settings: classifier(
        objective={"schedule": "one cycle", "clip_norm": 0.5, "optimizer": "adamw", "weight_decay": 0.1}, **settings
    ),
    "step schedule": lambda **settings: classifier(
        objective={"schedule": "step", "optimizer": "sgd", "momentum": 0.9, "learning_rate": 0.1}, **settings
    ),
}


# -- the same numbers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("design", DESIGNS)
def test_the_same_seed_gives_the_same_numbers(design: str, tmp_path: Path) -> None:
    one, _ = trained(DESIGNS[design](), tmp_path)
    torch.randn(7)
    other, _ = trained(DESIGNS[design](), tmp_path)
    third, _ = trained(DESIGNS[design](seed=1), tmp_path)
    assert one.metrics == other.metrics
    assert same(weights(one.run), weights(other.run))
    assert not same(weights(one.run), weights(third.run))


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("steps", [3, 7, 10])
def test_a_run_that_was_stopped_ends_like_one_that_was_not(design: str, steps: int, tmp_path: Path) -> None:
    whole, _ = trained(DESIGNS[design](), tmp_path)
    run = broken_off(DESIGNS[design](), tmp_path, steps)
    assert Run.open(run).record.status == "stopped"
    torch.randn(7)
    resumed, events = trained(None, tmp_path, resume=run)
    assert isinstance(events[0], Started)
    assert events[0].epoch == (steps - 1) // events[0].steps
    assert resumed.metrics == whole.metrics
    assert same(weights(resumed.run), weights(whole.run))
    assert resumed.run == run


def test_stopping_many_times_changes_nothing(tmp_path: Path) -> None:
    whole, _ = trained(DESIGNS["cnn"](), tmp_path)
    run = broken_off(DESIGNS["cnn"](), tmp_path, 1)
    for steps in (1, 2, 6):
        training = Training(None, resume=run)
        work = training.run()
        for _ in range(steps):
            while next(work) is not None:
                pass
        work.close()
    resumed, _ = trained(None, tmp_path, resume=run)
    assert same(weights(resumed.run), weights(whole.run))


KILLED = """
import itertools, os, signal, sys
sys.path[:0] = [{here!r}, {root!r}]
from drawn import SMALL_CNN, classifier
from backend.train import Training
ticks = itertools.count()
work = Training(classifier(*SMALL_CNN, epochs=3), folder={folder!r}, clock=lambda: next(ticks) * 1.0).run()
steps = 0
for event in work:
    steps += event is None
    if steps == {steps}:
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
@pytest.mark.parametrize("steps", [2, 18])
def test_a_killed_run_goes_on_as_if_nothing_had_been(steps: int, tmp_path: Path) -> None:
    folder = tmp_path / "killed"
    code = KILLED.format(here=str(HERE), root=str(HERE.parent), folder=str(folder), steps=steps)
    done = subprocess.run([sys.executable, "-c", code], check=False)
    assert done.returncode == -signal.SIGKILL
    assert Run.open(folder).record.status == "running"
    before = Run.open(folder).history("train")
    assert before[-1].step == steps
    resumed, _ = trained(None, tmp_path, resume=folder, clock=clock(1.0))
    whole, _ = trained(classifier(*SMALL_CNN, epochs=3), tmp_path, clock=clock(1.0))
    assert resumed.metrics == whole.metrics
    assert same(weights(resumed.run), weights(whole.run))
    rows = [(row.split, row.step, row.name) for row in Run.open(folder).history()]
    assert len(rows) == len(set(rows))
    assert sorted(rows) == sorted((row.split, row.step, row.name) for row in Run.open(whole.run).history())


def test_when_to_report_never_decides_what_is_learned(tmp_path: Path) -> None:
    hasty, many = trained(DESIGNS["noise"](), tmp_path, clock=clock(10.0))
    calm, few = trained(DESIGNS["noise"](), tmp_path, clock=clock(0.0))
    assert len(many) > len(few) + 10
    assert hasty.metrics == calm.metrics
    assert same(weights(hasty.run), weights(calm.run))


def test_it_learns_what_a_plain_loop_learns(tmp_path: Path) -> None:
    document = classifier(*SMALL_MLP, objective={"learning_rate": 0.01}, epochs=3)
    done, _ = trained(document, tmp_path)
    data = {NodeKey("main", "data_1"): load("digits", examples=300, seed=0)}
    stage = Stage(data, "train", torch.device("cpu"))
    torch.manual_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.Tanh(), nn.Linear(16, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01, fused=True)
    image, label = (stage.column(Port("main", "data_1", name)) for name in ("image", "label"))
    order = Order(stage, 32, 0, torch.device("cpu"))
    for epoch in range(3):
        for rows, _ in order.epoch(epoch):
            optimizer.zero_grad()
            F.cross_entropy(model(image(rows)), label(rows)).backward()
            optimizer.step()
    found = weights(done.run)
    assert torch.equal(found["linear_1.weight"], model[1].weight)
    assert torch.equal(found["linear_2.bias"], model[3].bias)


def test_two_objectives_take_turns(tmp_path: Path) -> None:
    done, _ = trained(adversaries(epochs=1), tmp_path)
    data = {NodeKey("main", "data_1"): load("digits", examples=300, seed=0)}
    stage = Stage(data, "train", torch.device("cpu"))
    torch.manual_seed(0)
    shared, classes, copy = nn.Linear(64, 12), nn.Linear(12, 10), nn.Linear(12, 64)
    optimizers = [
        torch.optim.Adam([*shared.parameters(), *head.parameters()], lr=rate, fused=True)
        for head, rate in ((classes, 0.01), (copy, 0.02))
    ]
    image, label = (stage.column(Port("main", "data_1", name)) for name in ("image", "label"))
    for rows, _ in Order(stage, 32, 0, torch.device("cpu")).epoch(0):
        for place, optimizer in enumerate(optimizers):
            optimizer.zero_grad()
            code = torch.tanh(shared(image(rows).flatten(1)))
            losses = F.cross_entropy(classes(code), label(rows)), F.mse_loss(copy(code).view(-1, 1, 8, 8), image(rows))
            losses[place].backward()
            optimizer.step()
    found = weights(done.run)
    for name, value in {"linear_1": shared.weight, "linear_2": classes.weight, "linear_3": copy.weight}.items():
        assert torch.allclose(found[f"{name}.weight"], value, atol=1e-6)
    assert {"objective_1.loss", "objective_2.loss", "accuracy", "rmse"} <= done.metrics["train"].keys()


# -- what is said ------------------------------------------------------------------------------------------------------


def test_every_step_is_one_none(tmp_path: Path) -> None:
    training = Training(classifier(epochs=3), runs_folder=tmp_path)
    events = list(training.run())
    started, finished = events[0], events[-1]
    assert isinstance(started, Started)
    assert isinstance(finished, Finished)
    assert events.count(None) == 3 * started.steps
    assert started.steps == -(-Run.open(started.run).record.data["data_1"].examples["train"] // 32)
    assert not finished.stopped
    assert finished.parameters == 64 * 16 + 16 + 16 * 10 + 10
    assert finished.metrics.keys() == {"train", "validation", "test"}


def test_the_last_epoch_is_always_reported_in_full(tmp_path: Path) -> None:
    done, events = trained(classifier(epochs=2), tmp_path, clock=clock(0.0))
    told = [event for event in events if isinstance(event, Metrics)]
    steps = done.metrics and told[-1].step
    assert [(event.split, event.step) for event in told][-3:] == [(split, steps) for split in SPLITS]
    assert max(event.step for event in told if event.split == "train") == steps
    assert isinstance(next(e for e in events if isinstance(e, Checkpointed)), Checkpointed)
    assert [event for event in events if isinstance(event, Progress)][-1].epoch == 2


def test_training_metrics_are_means_since_the_last_report(tmp_path: Path) -> None:
    done, events = trained(classifier(epochs=1), tmp_path, clock=clock(10.0))
    told = [event for event in events if isinstance(event, Metrics) and event.split == "train"]
    sizes = [32] * (len(told) - 1) + [Run.open(done.run).record.data["data_1"].examples["train"] - 32 * (len(told) - 1)]
    mean = sum(event.values["loss"] * size for event, size in zip(told, sizes)) / sum(sizes)
    assert mean == pytest.approx(done.metrics["train"]["loss"], rel=1e-9)
    rights = [event.values["accuracy"] * size for event, size in zip(told, sizes)]
    assert all(right == pytest.approx(round(right), abs=1e-6) for right in rights)


def test_xor_is_learned(tmp_path: Path) -> None:
    done, _ = trained(xor(), tmp_path)
    assert done.metrics["test"]["accuracy"] == 1.0


def test_stop_keeps_what_was_learned(tmp_path: Path) -> None:
    training = Training(classifier(epochs=50), runs_folder=tmp_path)
    events: list[Event] = []
    for event in training.run():
        if event is not None:
            events.append(event)
        if isinstance(event, Progress):
            training.stop()
    done = events[-1]
    assert isinstance(done, Finished)
    assert done.stopped
    assert Run.open(done.run).record.status == "stopped"
    assert evaluate(load_run(done.run), "test") == done.metrics["test"]


def test_a_run_is_judged_later_as_it_was_when_it_ended(tmp_path: Path) -> None:
    done, _ = trained(classifier(*SMALL_CNN), tmp_path)
    model = load_run(done.run)
    assert evaluate(model, "test") == done.metrics["test"]
    assert evaluate(model, "validation") == done.metrics["validation"]


def test_a_finished_run_can_be_given_more_epochs(tmp_path: Path) -> None:
    whole, _ = trained(classifier(epochs=4), tmp_path)
    short, _ = trained(classifier(epochs=2), tmp_path)
    longer, _ = trained(classifier(epochs=4), tmp_path, resume=short.run)
    assert longer.run == short.run
    assert same(weights(longer.run), weights(whole.run))


def test_a_longer_schedule_goes_on_where_it_would_be(tmp_path: Path) -> None:
    document = classifier(objective={"schedule": "linear", "learning_rate": 0.01}, epochs=2)
    short, _ = trained(document, tmp_path)
    with document.edit("Longer"):
        document.set_setting("epochs", 4)
    training = Training(document, resume=short.run)
    work = training.run()
    next(work)
    (step,) = training._bench.steps  # type: ignore[union-attr]
    assert step.learning_rate == pytest.approx(0.005)
    work.close()


def test_another_design_does_not_change_a_run(tmp_path: Path) -> None:
    first = broken_off(classifier(epochs=2), tmp_path, 3)
    resumed, _ = trained(classifier(*SMALL_CNN, epochs=9), tmp_path, resume=first)
    whole, _ = trained(classifier(epochs=2), tmp_path)
    assert same(weights(resumed.run), weights(whole.run))


def test_the_learning_rate_can_be_set_while_it_trains(tmp_path: Path) -> None:
    frozen = Training(classifier(epochs=2), runs_folder=tmp_path)
    frozen.set_learning_rate(0.0)
    (done,) = (event for event in frozen.run() if isinstance(event, Finished))
    torch.manual_seed(0)
    untouched = nn.Linear(64, 16)
    assert torch.equal(weights(done.run)["linear_1.weight"], untouched.weight)
    with pytest.raises(TrainProblem, match="learning rate"):
        frozen.set_learning_rate(-1.0)


def test_a_set_learning_rate_survives_a_stop(tmp_path: Path) -> None:
    document = classifier(objective={"schedule": "cosine", "learning_rate": 0.01}, epochs=3)
    training = Training(document, runs_folder=tmp_path)
    work = training.run()
    for _ in range(3):
        while next(work) is not None:
            pass
    training.set_learning_rate(0.5)
    work.close()
    rates = []
    for other in (training, Training(None, resume=training.run_folder)):
        resumed = other.run() if other is not training else iter(())
        next(resumed, None)
        rates.append(other._bench.steps[0].learning_rate)  # type: ignore[union-attr]
        if other is not training:
            resumed.close()  # type: ignore[attr-defined]
    assert rates == [0.5, 0.5]


def test_bf16_trains_too(tmp_path: Path) -> None:
    exact, _ = trained(classifier(epochs=5), tmp_path)
    short, _ = trained(classifier(epochs=5, precision="bf16"), tmp_path)
    assert short.metrics["test"]["loss"] == pytest.approx(exact.metrics["test"]["loss"], rel=0.1)
    assert not same(weights(short.run), weights(exact.run))


def test_noise_alone_is_enough_to_train(tmp_path: Path) -> None:
    document = Document()
    with document.edit("Draw"):
        for kind in ("noise", "linear", "mse_loss"):
            document.add_node(kind, params={"size": 64} if kind == "noise" else {})
        for source, target in (("noise_1.noise", "linear_1.x"), ("linear_1.output", "mse_loss_1.prediction"),
                               ("noise_1.noise", "mse_loss_1.target")):  # fmt: skip
            (a, b), (c, d) = source.split("."), target.split(".")
            document.connect(Port("main", a, b), Port("main", c, d))
        document.set_setting("epochs", 3)
    done, events = trained(document, tmp_path, clock=clock(0.2))
    told = [event.values["loss"] for event in events if isinstance(event, Metrics)]
    assert told[-1] < told[0] / 2
    assert done.metrics.keys() == {"train"}
