"""Muted nodes and reroute dots are drawn, and nothing else: what computes, and what is exported, is without them."""

from __future__ import annotations

import pytest

from graph import files
from graph.analysis import Analysis
from graph.document import MAIN, Document, Network, NodeKey, Port
from graph.flat import flat_of
from graph.inference import analyse
from graph.rules import static_problems
from graph.source import source_of
from graph.specs import TensorSpec

FIELDS = {"image": TensorSpec((1, 8, 8)), "label": TensorSpec((), "int64", classes=10)}
CHAIN = (("flatten", "flat"), ("linear", "hidden"), ("relu", "act"), ("linear", "last"))


def port(text: str, network: str = MAIN) -> Port:
    node, _, name = text.partition(".")
    return Port(network, node, name)


def key(node: str, network: str = MAIN) -> NodeKey:
    return NodeKey(network, node)


@pytest.fixture
def document() -> Document:
    """Data, four layers in a row, and a loss."""
    made = Document()
    with made.edit("Draw"):
        made.add_node("data", id="data")
        before = "data.image"
        for type_name, name in CHAIN:
            made.add_node(type_name, id=name, params={"units": 10} if name == "last" else {})
            made.connect(port(before), port(f"{name}.x"))
            before = f"{name}.output"
        made.add_node("cross_entropy", id="loss")
        made.connect(port(before), port("loss.prediction"))
        made.connect(port("data.label"), port("loss.target"))
    return made


def mute(document: Document, *names: str) -> Document:
    with document.edit("Mute"):
        for name in names:
            document.change_node(key(name), muted=True)
    return document


def known(document: Document) -> Analysis:
    return analyse(document, lambda source: FIELDS)


def test_a_muted_layer_is_passed_by(document: Document) -> None:
    mute(document, "hidden", "act")
    flat = flat_of(document).document
    assert {each.node for each in flat.nodes} == {"data", "flat", "last", "loss"}
    assert flat.wires[port("last.x")].node == "flat"
    analysis = known(document)
    assert not analysis.problems
    assert analysis.parameters == analysis.nodes[key("last")].parameters > 0
    assert analysis.specs[port("act.output")].shape == (64,)


def test_exported_source_has_no_trace(document: Document) -> None:
    mute(document, "act")
    with document.edit("Reroute"):
        document.add_node("reroute", id="dot")
        document.connect(port("act.output"), port("dot.x"))
        document.connect(port("dot.output"), port("last.x"))
    source = source_of(document, known(document))
    assert "relu" not in source.lower()
    assert "Identity" not in source


def test_a_muted_loss_is_left_out(document: Document) -> None:
    mute(document, "loss")
    assert key("loss") not in flat_of(document).document.nodes
    assert any("no loss" in problem.message for problem in static_problems(document))


@pytest.mark.parametrize("name", ["data", "flat"])
def test_what_cannot_be_muted_says_why_and_computes_on(document: Document, name: str) -> None:
    if name == "flat":
        with document.edit("Cut"):
            document.disconnect(port("flat.x"))
    mute(document, name)
    (problem,) = [each for each in static_problems(document) if each.severity == "error" and each.node == name]
    assert problem.fix is not None
    with document.edit("Fix"):
        document.apply(problem.fix.changes)
    assert not document.nodes[key(name)].muted


def test_whose_weights_are_shared_is_not_muted_alone(document: Document) -> None:
    with document.edit("Link"):
        document.add_node("linear", id="twin")
        document.change_node(key("twin"), link="hidden")
    mute(document, "hidden")
    assert [each.node for each in static_problems(document) if "weights" in each.message] == ["hidden"]
    assert key("hidden") in flat_of(document).document.nodes


def test_dots_and_muted_nodes_inside_a_placed_network(document: Document) -> None:
    with document.edit("Place"):
        document.put("networks", "block", Network("Block"))
        for type_name, name in (("input", "x"), ("reroute", "dot"), ("linear", "inner"), ("output", "y")):
            document.add_node(type_name, id=name, network="block")
        for source, target in (("x.output", "dot.x"), ("dot.output", "inner.x"), ("inner.output", "y.x")):
            document.connect(port(source, "block"), port(target, "block"))
        document.add_node("@block", id="placed")
        document.connect(port("act.output"), port("placed.x"))
        document.connect(port("placed.y"), port("last.x"))
    assert key("placed.inner") in flat_of(document).document.nodes
    with document.edit("Mute inside"):
        document.change_node(key("inner", "block"), muted=True)
    assert not known(document).problems
    assert flat_of(document).document.wires[port("last.x")].node == "act"
    with document.edit("Mute the whole"):
        document.change_node(key("inner", "block"), muted=False)
        document.change_node(key("placed"), muted=True)
    assert key("placed.inner") not in flat_of(document).document.nodes
    assert flat_of(document).document.wires[port("last.x")].node == "act"


def test_files_keep_what_is_muted_and_collapsed(document: Document) -> None:
    mute(document, "act")
    with document.edit("Collapse"):
        document.change_node(key("last"), collapsed=True)
    data = files.dumps(document)
    assert files.loads(data).nodes[key("act")].muted
    assert files.loads(data).nodes[key("last")].collapsed
    assert data.count(b"muted") == data.count(b"collapsed") == 1
