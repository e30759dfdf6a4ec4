"""Declarations: what is read off a function, what is refused at import, and plug-ins of the user's own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
import torch

from graph.building import build
from graph.catalogue import CATALOGUE, layer, load_plugins
from graph.specs import Count, Image, Tensor, TensorSpec, Vector

DECLARATION = '''
from graph.catalogue import layer
from graph.lazy import nn
from graph.specs import Count, Vector


@layer(search="test")
def {name}(x: Vector, units: Count = {units}):
    """Do something.

    units: how many numbers come out
    """
    return nn.Linear(x.features, units)
'''


@pytest.fixture(autouse=True)
def same_catalogue_afterwards() -> Iterator[None]:
    before = dict(CATALOGUE)
    yield
    CATALOGUE.clear()
    CATALOGUE.update(before)


def test_a_declaration_is_read_into_ports_parameters_and_help():
    @layer(search="words to find it", outputs="left, right", title="Split me")
    def parted(
        x: Image, *others: Tensor, mask: Vector | None = None, parts: Count = 2, how: Literal["fair", "odd"] = "fair"
    ):
        """Divide an image.

        By a formula of no importance.

        x: what is divided
        parts: how many there are
          in the end
        how: whether all are equal
        """

    declared = CATALOGUE["parted"]
    assert (declared.title, declared.outputs, declared.kind) == ("Split me", ("left", "right"), "layer")
    assert (declared.summary, declared.help) == ("Divide an image.", "By a formula of no importance.")
    assert [(i.name, i.growing, i.optional, i.help) for i in declared.inputs] == [
        ("x", False, False, "what is divided"), ("others", True, False, ""), ("mask", False, True, ""),
    ]  # fmt: skip
    parts, how = declared.parameters
    assert (parts.name, parts.type, parts.default, parts.limits.low) == ("parts", int, 2, 1)
    assert parts.help == "how many there are in the end"
    assert (how.type, how.choices) == (str, ("fair", "odd"))
    assert declared.complete({"parts": 5}) == {"parts": 5, "how": "fair"}
    assert declared.local
    growing = declared.input("others.12")
    assert growing is not None
    assert growing.name == "others"
    assert declared.input("others") is None
    assert declared.input("x.0") is None


def without_docstring(x: Vector):
    return x


def unexplained(x: Vector, units: Count = 3):
    """Do something."""


def unannotated(x: Vector, units=3):
    """Do something.

    units: how many
    """


def without_default(x: Vector, units: Count):
    """Do something.

    units: how many
    """


def of_a_strange_type(x: Vector, units: dict = {}):  # noqa: B006 - never called
    """Do something.

    units: how many
    """


def relu(x: Vector):
    """Be a second one of that name."""


@pytest.mark.parametrize(
    ("function", "sentence"),
    [
        (without_docstring, "“without_docstring” has no docstring"),
        (unexplained, "does not explain its parameter “units”"),
        (unannotated, "“units” of node type “unannotated” has no annotation"),
        (without_default, "“units” has no default"),
        (of_a_strange_type, "“units” is a number, a text, a list of numbers, true or false"),
        (relu, "two node types named “relu”"),
    ],
)
def test_a_faulty_declaration_fails_at_import(function: Any, sentence: str) -> None:
    before = dict(CATALOGUE)
    with pytest.raises(ValueError, match=re.escape(sentence)):
        layer(search="")(function)
    assert before == CATALOGUE


def test_ports_accept_by_meaning_and_by_the_kind_of_number():
    linear, embedding, add = (CATALOGUE[name].inputs[0].wants for name in ("linear", "embedding", "add"))
    assert linear.accepts(TensorSpec((5,)))
    assert linear.accepts(TensorSpec((7, 5)))
    assert not linear.accepts(TensorSpec((1, 8, 8)))
    assert embedding.accepts(TensorSpec((), "int64", classes=10))
    assert not embedding.accepts(TensorSpec((5,)))
    assert add.accepts(TensorSpec((1, 8, 8)))
    assert not add.accepts(TensorSpec((), "int64", classes=10))
    assert not add.accepts(TensorSpec((), batched=False))
    assert CATALOGUE["objective"].inputs[0].wants.accepts(TensorSpec((), batched=False))


def test_a_plugin_adds_a_node_type_marked_as_local(tmp_path: Path) -> None:
    (tmp_path / "my_layers.py").write_text(DECLARATION.format(name="thin", units=3))
    assert load_plugins(tmp_path) == []
    declared = CATALOGUE["thin"]
    assert declared.local
    assert declared.family == "my_layers"
    assert not CATALOGUE["linear"].local
    assert build(declared, {}, {"x": TensorSpec((4,))})(torch.rand(2, 4)).shape == (2, 3)


def test_a_plugin_can_be_loaded_again_after_it_changed(tmp_path: Path) -> None:
    path = tmp_path / "my_layers.py"
    path.write_text(DECLARATION.format(name="thin", units=3))
    load_plugins(tmp_path)
    path.write_text(DECLARATION.format(name="thick", units=300) + "\n# longer, so that no cached bytes are taken\n")
    assert load_plugins(tmp_path) == []
    assert "thin" not in CATALOGUE
    assert CATALOGUE["thick"].parameters[0].default == 300


def test_a_broken_plugin_is_named_and_the_others_load(tmp_path: Path) -> None:
    (tmp_path / "a_broken.py").write_text("def half(:\n")
    (tmp_path / "b_failing.py").write_text(DECLARATION.format(name="lost", units=3) + "\n1 / 0\n")
    (tmp_path / "c_taken.py").write_text(DECLARATION.format(name="linear", units=3))
    (tmp_path / "d_missing.py").write_text("import surely_not_installed\n")
    (tmp_path / "e_good.py").write_text(DECLARATION.format(name="kept", units=3))
    (tmp_path / "notes.txt").write_text("no Python")
    sentences = load_plugins(tmp_path)
    assert len(sentences) == 4
    for sentence, (name, reason) in zip(
        sentences,
        [
            ("a_broken.py", "line 1"),
            ("b_failing.py", "ZeroDivisionError: division by zero"),
            ("c_taken.py", "two node types named “linear”"),
            ("d_missing.py", "surely_not_installed"),
        ],
        strict=True,
    ):
        assert f"“{name}” was left out" in sentence
        assert reason in sentence
    assert "kept" in CATALOGUE
    assert "lost" not in CATALOGUE
    assert not CATALOGUE["linear"].local


def test_no_plugin_folder_is_no_problem(tmp_path: Path) -> None:
    assert load_plugins(tmp_path / "nowhere") == []
