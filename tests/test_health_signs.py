"""What is said of a training: what is wrong in a network that was made so, and nothing of one that learns well."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn import SMALL_CNN, SMALL_MLP, classifier
from training import clock, trained

from backend.health import BARS, Health, Layout, Section, Table
from backend.health_kept import HealthKeeper
from backend.runs import Run
from graph.document import Document
from gui.inside.health_signs import Sign, regrouped, signs

RELUS = ("flatten", {}), *(("linear", {"units": 20}), ("relu", {})) * 3, ("linear", {"units": 10})
DEEP = ("flatten", {}), *(("linear", {"units": 20}), ("sigmoid", {})) * 7, ("linear", {"units": 10})


def told(document: Document, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[Sign]:
    monkeypatch.setattr(HealthKeeper, "SHARE", 1e9)
    health = Health(Run.open(trained(document, folder, clock=clock(0.03))[0].run).health)
    layout = health.layout()
    assert layout is not None
    return signs(layout, health.tables(layout))


def test_gradients_vanish_in_deep_sigmoids(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (sign,) = [each for each in told(classifier(*DEEP), tmp_path, monkeypatch) if each.kind == "vanishing"]
    assert (sign.node, sign.other) == ("linear_1", "linear_8")
    assert sign.value < 1e-4


@pytest.mark.parametrize("layers", [SMALL_MLP, SMALL_CNN, RELUS], ids=["dense", "convolution", "relus"])
def test_nothing_is_said_of_what_learns_well(layers: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(classifier(*layers, epochs=12), tmp_path, monkeypatch) == []


@pytest.mark.parametrize(
    ("objective", "kind"),
    [
        ({"learning_rate": 1.0}, "wild"),
        ({"learning_rate": 1e-8}, "slow"),
        ({"optimizer": "sgd", "learning_rate": 3.0, "momentum": 0.0}, "fast"),
    ],
)
def test_a_learning_rate_that_does_not_fit_is_told(
    objective: dict[str, Any], kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = told(classifier(*SMALL_MLP, objective=objective, epochs=3), tmp_path, monkeypatch)
    assert [each.kind for each in found] == [kind]


def test_units_that_a_wild_step_has_killed_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layers = ("flatten", {}), ("linear", {"units": 16}), ("relu", {}), ("linear", {"units": 10})
    wild = classifier(*layers, objective={"optimizer": "sgd", "learning_rate": 30.0, "momentum": 0.0}, epochs=3)
    assert any(each.kind in ("dead", "none") for each in told(wild, tmp_path, monkeypatch))


def made(values: Any, objectives: tuple[str, ...] = (), name: str = "gradients") -> dict[str, Table]:
    """Tables of hand-made gradients: a list for each moment of one number a layer."""
    array = np.array(values, float)
    rows = tuple(f"layer_{number + 1}" for number in range(array.shape[1]))
    objectives = objectives or ("objective",) * len(rows)
    steps = np.arange(len(array))
    array = array if array.ndim == 3 else array[..., None]
    tables = {name: Table(Section(name, rows, objectives, array.shape[2]), steps, steps / 10, array)}
    still = np.full((len(array), len(rows), 1), 1e-3)
    tables.setdefault("gradients", Table(Section("gradients", rows, objectives), steps, steps / 10, still))
    tables.setdefault("updates", Table(Section("updates", rows, objectives), steps, steps / 10, still))
    return tables


ROW = {f"layer_{number}": (f"layer_{number + 1}",) for number in range(1, 5)}
LAYOUT = Layout(solvers={"objective": "gradient"}, following=ROW)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([[1.0, 1.0, 2.0]], []),
        ([[1e-6, 1e-3, 1.0]] * 3, [("vanishing", "layer_1", "layer_3")]),
        ([[1e-6, 1e-3, 1.0], [1.0, 1.0, 1.0], [1.0, 1.0, 1.0]], []),
        ([[5e4, 1.0, 1e-1]] * 3, [("growing", "layer_1", "layer_2")]),
        ([[0.0, 1.0, 1.0]] * 3, [("none", "layer_1", "")]),
        ([[1.0, 1.0, 0.0]] * 3, []),
        ([[1.0, np.nan, 1.0]], [("not finite", "layer_2", "")]),
        ([[1.0, 1.0, 1.0]] * 4 + [[1e3, 1e4, 1e3]], [("rising", "layer_2", "")]),
        ([[0.0, 0.0, 0.0]] * 3, []),
    ],
)
def test_gradients_that_are_made_up(values: Any, expected: list[tuple[str, str, str]]) -> None:
    assert [(each.kind, each.node, each.other) for each in signs(LAYOUT, made(values))] == expected


def test_every_objective_is_judged_by_itself() -> None:
    layout = Layout(solvers={"one": "gradient", "two": "gradient"}, following=ROW)
    found = signs(layout, made([[1e-9, 1e-9, 1.0, 1.0]] * 3, ("one", "one", "two", "two")))
    assert found == []
    found = signs(layout, made([[1.0, 1.0, 1e-9, 1.0]] * 3, ("one", "one", "two", "two")))
    assert [(each.kind, each.node, each.objective) for each in found] == [("vanishing", "layer_3", "two")]


def test_branches_are_not_compared_with_one_another() -> None:
    beside = Layout(solvers={"objective": "gradient"}, following={"layer_1": ("layer_3",), "layer_2": ("layer_3",)})
    assert signs(beside, made([[1e6, 1.0, 1e3]] * 3)) == []


def test_what_is_forgotten_through_time_is_told() -> None:
    fading = [[list(10.0 ** -np.arange(9, -1, -1.0))]] * 3
    assert [each.kind for each in signs(LAYOUT, made(fading, name="time"))] == ["forgetting"]
    lasting = [[[0.1] * 9 + [1.0]]] * 3
    assert signs(LAYOUT, made(lasting, name="time")) == []


def test_histograms_of_other_bounds_come_into_the_same_intervals() -> None:
    narrow, wide = np.random.default_rng(0).uniform(0, 1, 4000), np.random.default_rng(1).uniform(-1, 3, 4000)
    rows = []
    for values in (narrow, wide):
        counts, edges = np.histogram(values, BARS)
        rows.append([[edges[0], edges[-1], *(counts / 4000)]])
    table = Table(Section("activations", ("a",), (), BARS + 2), np.arange(2), np.arange(2.0), np.array(rows))
    found, low, high = regrouped(table, 0, 8)
    assert (low, high) == (wide.min(), wide.max())
    assert np.allclose(found.sum(1), 1)
    for row, values in zip(found, (narrow, wide)):
        assert np.abs(row - np.histogram(values, 8, (low, high))[0] / 4000).max() < 0.02
