"""Outputs that cannot be judged: what they give, beside sums and sorted lists of plain numbers."""

from __future__ import annotations

import math
import statistics
from bisect import bisect_left
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from backend.loading import Model, load_run
from backend.messages import Finished
from backend.questions.results import Found, Results
from backend.questions.results_values import ValueResults, Values
from backend.train import Training
from backend.views import Subject, answer
from backend.views.results_values import Moments
from graph.document import Document
from tests.judged import drawn
from tests.training import trained


def sides(shape: str = "") -> Document:
    """A classifier of digits that also gives what lies inside it, as numbers, as a sequence or as maps."""
    nodes: list[tuple[str, str, dict[str, Any]]] = [
        ("digits", "data", {"examples": 400}), ("flat", "flatten", {}), ("inner", "linear", {"units": 16}),
        ("bend", "tanh", {}), ("last", "linear", {"units": 10}), ("told", "output", {}), ("loss", "cross_entropy", {}),
        ("beside", "output", {"kind": "value"}),
    ]  # fmt: skip
    wires = ["digits.image > flat.x", "flat.output > inner.x", "inner.output > bend.x", "bend.output > last.x",
             "last.output > told.x", "last.output > loss.prediction", "digits.label > loss.target"]  # fmt: skip
    if shape:
        nodes.append(("arranged", "reshape", {"shape": shape}))
        wires += ["bend.output > arranged.x", "arranged.output > beside.x"]
    else:
        wires.append("bend.output > beside.x")
    document = drawn(nodes, wires)
    with document.edit("Be short"):
        document.set_setting("epochs", 1)
    return document


def run_of(document: Document, folder: Path) -> Model:
    return load_run(trained(document, folder)[0].run)


def ask(model: Model, **asked: Any) -> ValueResults:
    found = answer(Subject(model, model.run), Values(run="a run", output="beside", **asked))
    assert isinstance(found, ValueResults)
    return found


def inside(model: Model, split: str) -> torch.Tensor:
    """What the hidden layer gives, by its weights."""
    batch = next(iter(model.data.values())).batch(split, slice(None))
    inner = model.root.inner
    made: torch.Tensor = torch.tanh(batch["image"].flatten(1) @ inner.weight.T + inner.bias)
    return made.detach()


def agrees(found: ValueResults, columns: list[list[float]]) -> None:
    for number, own in enumerate(columns):
        assert found.means[number] == pytest.approx(statistics.fmean(own), abs=1e-5)
        assert found.deviations[number] == pytest.approx(statistics.pstdev(own), abs=1e-5)
        assert (found.lows[number], found.highs[number]) == pytest.approx((min(own), max(own)), abs=1e-5)
        edges, order = found.edges[number], sorted(own)
        assert (edges[0], edges[-1]) == (found.lows[number], found.highs[number])
        assert found.counts[number].sum() == len(own)
        for bar in range(len(edges) - 1):  # what lies a hair from an edge may fall to either side
            low, high = edges[bar : bar + 2]
            least = bisect_left(order, high - 1e-6) - bisect_left(order, low + 1e-6)
            most = bisect_left(order, high + 1e-6) - bisect_left(order, low - 1e-6)
            assert least <= found.counts[number][bar] <= most


@pytest.mark.parametrize("split", ["test", "train"])
def test_numbers_without_a_target(split: str, tmp_path: Path) -> None:
    model = run_of(sides(), tmp_path)
    found, own = ask(model, split=split), inside(model, split)
    assert (found.name, found.shape, found.untold, found.examples) == ("beside", (16,), True, len(own))
    assert (found.components, found.odd, found.names) == (16, 0, ())
    agrees(found, own.T.tolist())
    told: Found = answer(Subject(model, model.run), Results())
    assert {each.output: each.pages for each in told.results}["beside"] == ("values",)
    assert told.results[1].pages[0] == "classes" or told.results[0].pages[0] == "classes"


@pytest.mark.parametrize(("shape", "axis"), [("8, 2", -1), ("2, 4, 2", 1)])
def test_features_of_sequences_and_channels_of_pictures(shape: str, axis: int, tmp_path: Path) -> None:
    model = run_of(sides(shape), tmp_path)
    found = ask(model)
    own = inside(model, "test").reshape(-1, *map(int, shape.split(",")))
    assert found.components == 2
    agrees(found, [own.select(axis, number).reshape(-1).tolist() for number in range(2)])


def test_what_is_no_number_is_left_out_and_counted() -> None:
    moments = Moments(2)
    chance = np.random.default_rng(0)
    every = chance.normal(3, 2, (2, 90))
    every[0, [3, 40]] = math.nan
    every[0, 50] = math.inf
    every[1] = 7.0
    for start in range(0, 90, 17):
        moments.add(every[:, start : start + 17])
    good = [each for each in every[0].tolist() if math.isfinite(each)]
    assert moments.odd == 3
    assert moments.counts.tolist() == [87, 90]
    assert moments.means == pytest.approx([statistics.fmean(good), 7.0])
    assert moments.deviations == pytest.approx([statistics.pstdev(good), 0.0])


def test_a_run_that_ran_away_is_still_shown(tmp_path: Path) -> None:
    model = run_of(sides(), tmp_path)
    with torch.no_grad():
        model.root.inner.weight[4] = math.nan
        model.root.inner.bias[5] = 0
        model.root.inner.weight[5] = 0
    found = ask(model)
    assert found.odd == found.examples
    assert math.isnan(found.means[4])
    assert found.counts[4].sum() == 0
    assert (found.means[5], found.deviations[5]) == (0, 0)
    assert found.counts[5].sum() == found.examples


def learned(folder: Path, look: bool) -> dict[str, torch.Tensor]:
    training = Training(sides(), folder=folder)
    for event in training.run():
        if look and event is None:
            with torch.random.fork_rng(devices=[]):
                answer(training.subject(Values()), Values(output="beside", split="validation"))
        if isinstance(event, Finished):
            root = training.subject(Values()).model.root
            return {name: each.detach().clone() for name, each in root.named_parameters()}
    raise AssertionError("the training did not finish")


def test_a_training_that_is_watched_learns_the_same(tmp_path: Path) -> None:
    one, other = (learned(tmp_path / str(look), look) for look in (False, True))
    assert all(torch.equal(value, other[name]) for name, value in one.items())
