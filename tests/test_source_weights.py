"""Exported source of how weights begin, which of them learn and how they are normalised."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import torch
from exported import DIGITS, check_same, draw, executed
from placed import SERIES, residual_chain

from graph.compiler import compile_root
from graph.document import Document
from graph.inference import analyse
from graph.source import source_of
from graph.specs import TensorSpec


def weighted(kind: str, wire: str = "data_1.a", **params: Any) -> Document:
    """One layer with a choice of its weights."""
    port = {"conv2d": "features", "lstm": "last"}.get(kind, "output")
    return draw({"data_1": "data", "l": (kind, params), "result": "output"},
                {"l.x": wire, "result.x": f"l.{port}"})  # fmt: skip


VECTOR = {"a": TensorSpec((3,))}
NORMAL = {"initial": "normal", "initial_size": 0.5}


def made_both(document: Document, fields: Mapping[str, TensorSpec]) -> tuple[Any, Any, str]:
    """Root and exported network, both with the first weights that a seed gives."""
    analysis = analyse(document, lambda source: fields)
    source = source_of(document, analysis)
    torch.manual_seed(3)
    root = compile_root(document, analysis)
    torch.manual_seed(3)
    return root, executed(source)["Network"](), source


@pytest.mark.parametrize("initial", [
    "xavier uniform", "xavier normal", "he uniform", "he normal", "orthogonal", "normal", "uniform", "constant",
    "identity",
])  # fmt: skip
@pytest.mark.parametrize(
    ("kind", "fields", "wire"),
    [("linear", VECTOR, "data_1.a"), ("conv2d", DIGITS, "data_1.image"), ("lstm", SERIES, "data_1.series")],
)
def test_weights_begin_as_they_are_chosen(initial: str, kind: str, fields: Mapping[str, TensorSpec], wire: str) -> None:
    root, made, source = made_both(weighted(kind, wire, initial=initial, initial_size=0.3), fields)
    assert "nn.init." in source
    for name, value in root.state_dict().items():
        assert torch.equal(value, made.state_dict()[name]), name


def test_weights_given_are_written_as_numbers():
    given = {"units": 2, "initial": "as given", "given_weights": [[1.0, 2.0, 3.0], [4.0, 5.0, 6.5]]}
    root, made, source = made_both(weighted("linear", **given, given_biases=[0.1, -1.0]), VECTOR)
    assert "self.l.weight = nn.Parameter(torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.5]]))" in source
    assert torch.equal(made.l.weight, root.l.weight)
    assert made.l.bias.tolist() == pytest.approx([0.1, -1.0])
    root, made, source = made_both(weighted("linear", **given), VECTOR)
    assert made.l.bias.tolist() == [0.0, 0.0]
    assert list(made.state_dict()) == list(root.state_dict())


@pytest.mark.parametrize("frozen", ["biases", "everything"])
def test_given_weights_can_be_frozen(frozen: str) -> None:
    given = {"initial": "as given", "given_weights": [[1.0, 2.0, 3.0]], "given_biases": [0.5]}
    root, made, _ = made_both(weighted("linear", units=1, frozen=frozen, **given), VECTOR)
    names = {name: value.requires_grad for name, value in root.named_parameters()}
    assert {name: value.requires_grad for name, value in made.named_parameters()} == names


def test_many_given_numbers_stand_on_many_lines():
    rows = [[round(0.01 * (row + column), 2) for column in range(40)] for row in range(3)]
    fields = {"a": TensorSpec((40,))}
    root, made, source = made_both(weighted("linear", units=3, initial="as given", given_weights=rows), fields)
    assert torch.equal(made.l.weight, root.l.weight)
    assert max(map(len, source.splitlines())) <= 120


@pytest.mark.parametrize("choice", [{}, NORMAL])
@pytest.mark.parametrize("frozen", ["nothing", "biases", "everything"])
@pytest.mark.parametrize("normalised", ["none", "weight norm", "spectral norm"])
def test_weights_are_frozen_and_normalised(choice: dict[str, Any], frozen: str, normalised: str) -> None:
    document = weighted("linear", units=4, frozen=frozen, normalised=normalised, **choice)
    root, made, _ = made_both(document, VECTOR)
    names = {name: value.requires_grad for name, value in root.named_parameters()}
    assert {name: value.requires_grad for name, value in made.named_parameters()} == names
    for name, value in root.state_dict().items():
        assert torch.equal(value, made.state_dict()[name])
    check_same(document, VECTOR)


def test_a_frozen_network_is_frozen_where_it_is_placed():
    source = check_same(residual_chain(frozen="everything"))
    assert "self.b1 = ResidualBlock()\n        self.b2 = ResidualBlock().requires_grad_(False)\n" in source
    made = executed(source)["Network"]()
    assert not any(value.requires_grad for value in made.b2.parameters())
    assert all(value.requires_grad for value in made.b1.parameters())
