"""The pieces under the training: what it is fed with, its optimiser steps, its downloads, judging without a trace."""

from __future__ import annotations

import itertools
import multiprocessing
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from drawn import SMALL_CNN, classifier, denoiser, row, wire
from torch import nn

from backend import worker
from backend.data import DataSet, MissingData, load
from backend.data.places import data_folder
from backend.devices import devices, resolve
from backend.evaluation import Evaluator
from backend.feeds import Feed, Order, Stage, in_order
from backend.fetching import fetching
from backend.loading import Model, load_run
from backend.messages import Adopt, Finished, Loading, Shutdown
from backend.optimizers import step_of
from backend.problems import TrainProblem
from backend.questions.predictions import Predict
from backend.sampling import predictions, probabilities
from backend.train import Training
from graph.document import Document, NodeKey, Port
from graph.problems import DataError

CPU = torch.device("cpu")
KINDS: dict[str, Callable[[Any], torch.optim.Optimizer]] = {
    "adam": lambda p: torch.optim.Adam(p, lr=0.01, fused=True),
    "adam with decay": lambda p: torch.optim.Adam(p, lr=0.01, weight_decay=0.1, betas=(0.5, 0.9), fused=True),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.01, weight_decay=0.3, eps=1e-3, fused=True),
    "amsgrad": lambda p: torch.optim.Adam(p, lr=0.01, amsgrad=True, fused=True),
    "not fused": lambda p: torch.optim.Adam(p, lr=0.01, fused=False),
    "groups": lambda p: torch.optim.Adam([{"params": [e], "lr": 0.1 / e.dim()} for e in p], lr=0.01, fused=True),
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, fused=True),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_short_way_is_the_same_step(kind: str) -> None:
    torch.manual_seed(0)
    ours, theirs = nn.Linear(5, 3), nn.Linear(5, 3)
    theirs.load_state_dict(ours.state_dict())
    one, other = KINDS[kind](ours.parameters()), KINDS[kind](theirs.parameters())
    step = step_of(one)
    for number in range(6):
        x = torch.randn(4, 5)
        for model, move, optimizer in ((ours, step, one), (theirs, other.step, other)):
            optimizer.zero_grad()
            model(x).square().sum().backward()
            move()
        if number == 3:
            for optimizer in (one, other):
                optimizer.param_groups[0]["lr"] = 0.001
    assert torch.equal(ours.weight, theirs.weight)
    kept, expected = one.state_dict()["state"], other.state_dict()["state"]
    for name, value in expected[0].items():
        assert torch.equal(kept[0][name], value)


def test_parameters_without_a_gradient_are_left_alone() -> None:
    used, unused = nn.Linear(2, 2), nn.Linear(2, 2)
    before = unused.weight.detach().clone()
    optimizer = torch.optim.Adam([*used.parameters(), *unused.parameters()], fused=True)
    step = step_of(optimizer)
    for _ in range(3):
        used(torch.ones(1, 2)).sum().backward()
        step()
    assert torch.equal(unused.weight, before)


def two_sets() -> dict[NodeKey, DataSet]:
    return {
        NodeKey("main", "long"): load("digits", examples=60, validation=0.0, test=0.0, seed=0),
        NodeKey("main", "short"): load("xor", seed=0),
    }


def test_a_shorter_data_set_is_gone_through_again() -> None:
    stage = Stage(two_sets(), "train", CPU)
    long, short = stage.lengths
    order = Order(stage, 16, 0, CPU)
    assert (stage.examples, order.batches) == (60, 4)
    batches = list(order.epoch(0))
    picked = torch.cat([rows[short] for rows, _ in batches])  # type: ignore[misc]
    assert picked.bincount().tolist() == [15, 15, 15, 15]
    assert all(sorted(part.tolist()) == [0, 1, 2, 3] for part in picked.split(4))
    whole = torch.cat([rows[long] for rows, _ in batches])  # type: ignore[misc]
    assert sorted(whole.tolist()) == list(range(60))
    point = stage.column(Port("main", "short", "point"))
    ordered = torch.cat([point(rows) for rows, _ in in_order(stage, 16)])
    assert torch.equal(ordered, point({short: slice(None)}).repeat(15, 1))


def test_an_epoch_meets_every_example_once() -> None:
    data = {NodeKey("main", "data_1"): load("digits", examples=98, validation=0.0, test=0.0, seed=0)}
    stage = Stage(data, "train", torch.device("cpu"))
    for batch, sizes in ((32, [32, 32, 32, 2]), (97, [98]), (98, [98]), (200, [98]), (1, [1] * 98)):
        order = Order(stage, batch, 3, torch.device("cpu"))
        batches = list(order.epoch(0))
        assert [count for _, count in batches] == sizes
        assert order.batches == len(sizes)
        picked = torch.cat([torch.arange(98)[next(iter(rows.values()))] for rows, _ in batches])
        assert sorted(picked.tolist()) == list(range(98))
    first, second = (list(Order(stage, 32, 3, torch.device("cpu")).epoch(epoch)) for epoch in (0, 1))
    key = NodeKey("main", "data_1")
    assert not torch.equal(first[0][0][key], second[0][0][key])  # type: ignore[arg-type]


def test_drawing_the_order_leaves_other_random_numbers_alone() -> None:
    data = {NodeKey("main", "data_1"): load("digits", examples=98, seed=0)}
    order = Order(Stage(data, "train", torch.device("cpu")), 32, 3, torch.device("cpu"))
    torch.manual_seed(5)
    before = torch.get_rng_state()
    list(order.epoch(0))
    assert torch.equal(torch.get_rng_state(), before)


def test_noise_is_drawn_once_a_batch_and_follows_its_generator(tmp_path: Path) -> None:
    document = denoiser(epochs=1)
    done = list(Training(document, runs_folder=tmp_path).run())[-1]
    assert isinstance(done, Finished)
    model = load_run(done.run)
    noise = Port("main", "noise_1", "noise")
    feed = Feed([noise, noise], model.stage("train"), model.draws, torch.Generator().manual_seed(3))
    first, again = feed({}, 5)
    assert first.shape == (5, 4)
    assert torch.equal(first, again)
    assert not torch.equal(feed({}, 5)[0], first)
    assert torch.equal(first, torch.randn(5, 4, generator=torch.Generator().manual_seed(3)))


def model_of(document: Document, folder: Path) -> Model:
    done = list(Training(document, runs_folder=folder).run())[-1]
    assert isinstance(done, Finished)
    return load_run(done.run)


def test_judging_leaves_no_trace(tmp_path: Path) -> None:
    model = model_of(classifier(*SMALL_CNN, epochs=1), tmp_path)
    model.root.train()
    before = {name: value.clone() for name, value in model.root.state_dict().items()}
    torch.manual_seed(11)
    state = torch.get_rng_state()
    judge = Evaluator(model, "test")
    assert judge() == judge()
    predictions(model, Predict("test", 4))
    assert torch.equal(torch.get_rng_state(), state)
    assert model.root.training
    assert all(torch.equal(value, before[name]) for name, value in model.root.state_dict().items())
    assert not any(parameter.grad is not None for parameter in model.root.parameters())


def test_judging_in_pieces_is_judging_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = model_of(classifier(epochs=1), tmp_path)
    whole = Evaluator(model, "test")()
    monkeypatch.setattr("backend.evaluation.BATCH", 7)
    assert Evaluator(model, "test")() == pytest.approx(whole, rel=1e-5)


def test_a_drawn_metric_keeps_its_parameters(tmp_path: Path) -> None:
    document = classifier(epochs=1)
    with document.edit("Measure"):
        pictures = row(document, Port("main", "data_1", "image"), ("flatten", {}))
        document.add_node("accuracy", params={"threshold": 2.0})
        wire(document, pictures, "accuracy_1.prediction")
        wire(document, pictures, "accuracy_1.target")
    judged = Evaluator(model_of(document, tmp_path), "test")()
    assert judged["accuracy_1.accuracy"] == 0.0
    assert judged["cross_entropy_1.accuracy"] > 0.0


def test_probabilities_whatever_a_network_ends_in() -> None:
    logits = torch.tensor([[1.0, 3.0], [0.0, -2.0]])
    assert torch.allclose(probabilities(logits), logits.softmax(1))
    assert torch.equal(probabilities(logits.softmax(1)), logits.softmax(1))
    assert torch.allclose(probabilities(torch.tensor([[4.0], [-4.0]])), torch.tensor([[4.0], [-4.0]]).sigmoid())
    assert torch.equal(probabilities(torch.tensor([[0.2], [0.9]])), torch.tensor([[0.2], [0.9]]))


# -- downloads ---------------------------------------------------------------------------------------------------------


def test_data_that_is_missing_is_fetched_and_told_of(tmp_path: Path) -> None:
    here: list[str] = []

    def absent_at_first(source: str, **asked: Any) -> DataSet:
        if not here:
            raise MissingData("The digits are not here.", source)
        return load(source, **asked)

    def fetch(source: str, progress: Callable[[str, int, int], None], cancelled: Callable[[], bool]) -> None:
        progress("digits.gz", 3, 9)
        here.append(source)

    events = list(Training(classifier(), runs_folder=tmp_path, load=absent_at_first, fetch=fetch).run())
    assert isinstance(events[0], Loading)
    assert isinstance(events[-1], Finished)
    assert here == ["digits"]


def test_what_a_download_cannot_do_is_told(tmp_path: Path) -> None:
    def absent(source: str, **asked: Any) -> DataSet:
        raise MissingData("The digits are not here.", source)

    def offline(*_: object) -> None:
        raise DataError("There is no connection.")

    with pytest.raises(DataError, match="no connection"):
        list(Training(classifier(), runs_folder=tmp_path, load=absent, fetch=offline).run())
    with pytest.raises(MissingData):
        list(Training(classifier(), runs_folder=tmp_path, load=absent, fetch=lambda *_: None).run())


def test_closing_ends_a_download() -> None:
    ended = threading.Event()

    def endless(source: str, progress: Callable[[str, int, int], None], cancelled: Callable[[], bool]) -> None:
        for done in itertools.count():
            progress(source, done, 0)
            if cancelled():
                break
        ended.set()

    events = fetching("mnist", endless, lambda: False)
    assert next(events).what == "mnist"
    events.close()  # type: ignore[attr-defined]
    assert ended.is_set()


# -- devices -----------------------------------------------------------------------------------------------------------


def test_automatic_is_what_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETLOOM_DEVICE", "cpu")
    assert resolve("auto") == CPU
    monkeypatch.setenv("NETLOOM_DEVICE", "cuda:99")
    with pytest.raises(TrainProblem, match="cuda:99"):
        resolve("auto")
    assert resolve("cpu") == CPU


def test_a_worker_adopts_what_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETLOOM_DATA", "")
    ours, theirs = multiprocessing.Pipe()
    ours.send(Adopt({"NETLOOM_DATA": str(tmp_path)}))
    ours.send(Shutdown())
    worker.Engine(theirs).serve()
    assert data_folder() == tmp_path


def test_devices_are_found_and_refused_in_words() -> None:
    assert resolve("cpu") == CPU
    assert "cpu" in devices()
    for name in ("gpu", "cuda:x", "CPU", "", "cuda:-1"):
        with pytest.raises(TrainProblem, match="auto"):
            resolve(name)
    with pytest.raises(TrainProblem) as caught:
        resolve("cuda:99")
    assert caught.value.code == 3
