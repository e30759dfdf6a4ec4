"""Sources that need no data: what they draw, how it is spread, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from declared import drawn, source
from exported import draw

from graph.document import Document
from graph.expressions import Writer
from graph.inference import analyse
from graph.problems import DataError
from graph.specs import TensorSpec


def test_noise_has_a_size_or_a_shape() -> None:
    assert drawn("noise", 3, size=5).shape == (3, 5)
    assert drawn("noise", 3, shape="1×8×9").shape == (3, 1, 8, 9)
    assert source("noise", shape="20, 8").specs == {"noise": TensorSpec((20, 8))}
    normal, uniform = (drawn("noise", 4000, distribution=name) for name in ("normal", "uniform"))
    assert (normal.mean().item(), normal.std().item()) == pytest.approx((0, 1), abs=0.01)
    assert (uniform.min().item(), uniform.max().item()) == pytest.approx((-1, 1), abs=0.01)


def test_a_constant_is_the_same_everywhere() -> None:
    assert torch.equal(drawn("constant", 2, value=2.5, shape="3"), torch.full((2, 3), 2.5))
    assert source("constant").specs == {"value": TensorSpec((1,))}


def test_uniform_numbers_lie_between_their_bounds() -> None:
    found = drawn("random_uniform", 5000, low=-2.0, high=3.0, shape="2")
    assert found.shape == (5000, 2)
    assert (found.min().item(), found.max().item()) == pytest.approx((-2, 3), abs=0.02)
    assert found.mean().item() == pytest.approx(0.5, abs=0.1)


def test_random_labels_are_class_numbers() -> None:
    assert source("random_labels", classes=4).specs == {"label": TensorSpec((), "int64", classes=4)}
    shares = torch.bincount(drawn("random_labels", 8000, classes=4)) / 8000
    assert shares.tolist() == pytest.approx([0.25] * 4, abs=0.03)


def test_a_random_choice_follows_its_odds() -> None:
    found = drawn("random_choice", 8000, values=[-1.0, 0.0, 4.0], odds=[1, 3, 0])
    assert found.shape == (8000, 1)
    assert set(found.flatten().tolist()) == {-1.0, 0.0}
    assert (found == 0).float().mean().item() == pytest.approx(0.75, abs=0.03)
    rows = drawn("random_choice", 50, values=[[0.0, 1.0], [2.0, 3.0]])
    assert {tuple(row) for row in rows.tolist()} == {(0.0, 1.0), (2.0, 3.0)}


REFUSALS: list[tuple[str, dict[str, Any], str]] = [
    ("noise", {"shape": "one by two"}, "A shape is"),
    ("constant", {"shape": "0"}, "A shape is"),
    ("random_uniform", {"low": 1.0, "high": 1.0}, "“low” lies below “high”; got 1 and 1"),
    ("random_choice", {"values": []}, "give at least one"),
    ("random_choice", {"values": [[[1.0]]]}, "numbers, or rows of numbers"),
    ("random_choice", {"odds": [1.0]}, "one number for each of the 2 values"),
    ("random_choice", {"odds": [-1.0, 2.0]}, "none below 0"),
    ("random_choice", {"odds": [0.0, 0.0]}, "not all 0"),
]


@pytest.mark.parametrize(("name", "params", "sentence"), REFUSALS, ids=lambda value: str(value)[:40])
def test_what_cannot_be_drawn_is_a_problem_of_the_node(name: str, params: dict[str, Any], sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        source(name, **params)
    document: Document = draw({"tested": (name, params)}, {})
    found = [problem.message for problem in analyse(document, lambda _: {}).errors if problem.node == "tested"]
    assert len(found) == 1
    assert sentence[:8] in found[0]


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("noise", {"shape": "2×3", "distribution": "uniform"}),
        ("constant", {"value": 2.0, "shape": "4"}),
        ("random_uniform", {"low": -1.0}),
        ("random_labels", {}),
        ("random_choice", {"values": [[1.0, 2.0], [3.0, 4.0]], "odds": [1, 2]}),
    ],
)
def test_what_is_drawn_can_be_written_as_source(name: str, params: dict[str, Any]) -> None:
    declared = source(name, **params)
    ((port, spec),) = declared.specs.items()
    text = Writer().draw(declared, port).text(["count", "device"])
    found = eval(text, {"torch": torch, "count": 6, "device": torch.device("cpu")})
    assert (tuple(found.shape), str(found.dtype)) == ((6, *spec.shape), f"torch.{spec.dtype}")
