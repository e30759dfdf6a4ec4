"""Grouping nodes into a sub-network and taking it apart compute the same numbers; whole networks as one does edit them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import torch

from graph.compiler import compile_root, make_slice
from graph.document import MAIN, Document, Network, Node, NodeKey, Port
from graph.grouping import group
from graph.inference import analyse
from graph.network_edits import (
    NetworkProblem,
    delete_network,
    free_network,
    make_own,
    new_network,
    port_nodes,
    rename_network,
)
from graph.networks import ends, instances, type_of
from graph.sharing import link, may_share, sharers, unlink
from graph.specs import TensorSpec
from graph.ungrouping import ungroup

FIELDS = {"image": TensorSpec((1, 8, 8)), "label": TensorSpec((), "int64", classes=10)}
Nodes = Mapping[str, tuple[str, dict[str, object]]]


def built(nodes: Nodes, wires: Mapping[str, str], network: str = MAIN, into: Document | None = None) -> Document:
    """A document, ``{"a": ("relu", {})}`` and ``{"b.x": "a.output"}``, its nodes in a row."""
    document = into or Document()
    with document.edit("Build"):
        if network not in document.networks:
            document.put("networks", network, Network())
        for place, (name, (type_name, params)) in enumerate(nodes.items()):
            document.add_node(type_name, 260.0 * place, 0.0, id=name, network=network, params=params)  # type: ignore[arg-type]
        for target, source in wires.items():
            ends_of = (Port(network, *each.split(".", 1)) for each in (source, target))
            document.connect(*ends_of)
    return document


@pytest.fixture
def residual() -> Document:
    """A stem, a residual block drawn flat, and a head, all in main."""
    return built(
        {
            "data_1": ("data", {}), "stem": ("conv2d", {"filters": 4}), "c1": ("conv2d", {"filters": 4}),
            "r": ("relu", {}), "c2": ("conv2d", {"filters": 4}), "s": ("add", {}), "g": ("global_avg_pool", {}),
            "l": ("linear", {"units": 10}), "ce": ("cross_entropy", {}), "o": ("output", {}),
        },
        {
            "stem.x": "data_1.image", "c1.x": "stem.features", "r.x": "c1.features", "c2.x": "r.output",
            "s.xs.0": "c2.features", "s.xs.1": "stem.features", "g.x": "s.output", "l.x": "g.output",
            "ce.prediction": "l.output", "ce.target": "data_1.label", "o.x": "l.output",
        },
    )  # fmt: skip


def keys(*names: str, network: str = MAIN) -> list[NodeKey]:
    return [NodeKey(network, name) for name in names]


def grouped(document: Document, *names: str, name: str = "block") -> NodeKey:
    with document.edit("Group"):
        return group(document, keys(*names), name)


def result(document: Document, *outputs: str) -> tuple[dict[str, torch.Tensor], tuple[torch.Tensor, ...]]:
    """The initial weights by the last part of their names, and what comes out of one batch."""
    analysis = analyse(document, lambda source: FIELDS)
    assert not analysis.errors, analysis.errors
    torch.manual_seed(3)
    root = compile_root(document, analysis)
    module: Any = make_slice(document, root, [Port(MAIN, *output.split(".")) for output in outputs])
    batch = {"data_1.image": torch.linspace(-1, 1, 192).reshape(3, 1, 8, 8), "data_1.label": torch.tensor([1, 2, 3])}
    found = module(*(batch[f"{port.node}.{port.port}"] for port in module.sources))
    weights = {".".join(name.split(".")[-2:]): value for name, value in root.state_dict().items()}
    return weights, found if isinstance(found, tuple) else (found,)


def assert_same(document: Document, before: tuple[dict[str, torch.Tensor], tuple[torch.Tensor, ...]]) -> None:
    weights, outputs = result(document, "o.output", "ce.loss")
    assert weights.keys() == before[0].keys()
    assert all(torch.equal(value, weights[name]) for name, value in before[0].items())
    assert all(torch.equal(one, other) for one, other in zip(outputs, before[1], strict=True))


# -- grouping ----------------------------------------------------------------------------------------------------------


def test_a_group_has_a_port_for_everything_that_crosses(residual: Document) -> None:
    placing = grouped(residual, "c1", "r", "c2", "s")
    assert placing == NodeKey(MAIN, "block_1")
    assert port_nodes(residual, "block") == {"x", "output"}
    assert residual.inputs_of(placing) == {"x": Port(MAIN, "stem", "features")}
    assert residual.inputs_of(NodeKey(MAIN, "g")) == {"x": Port(MAIN, "block_1", "output")}
    assert residual.inputs_of(NodeKey("block", "s"))["xs.1"] == Port("block", "x", "output")
    assert residual.inputs_of(NodeKey("block", "c1")) == {"x": Port("block", "x", "output")}
    assert not [wire for wire in residual.wires.values() if wire.node in ("c1", "s") and wire.port == "x"]
    left, right = residual.nodes[NodeKey("block", "x")].x, residual.nodes[NodeKey("block", "output")].x
    inner = [residual.nodes[key].x for key in keys("c1", "r", "c2", "s", network="block")]
    assert left < min(inner) and right > max(inner)


def test_grouping_computes_the_same_numbers(residual: Document) -> None:
    before, specs = result(residual, "o.output", "ce.loss"), analyse(residual, lambda source: FIELDS).specs
    grouped(residual, "c1", "r", "c2", "s")
    assert_same(residual, before)
    after = analyse(residual, lambda source: FIELDS).specs
    for port, spec in specs.items():
        inner = Port("block", port.node, port.port)
        assert after.get(port, after.get(inner)) == spec
    grouped(residual, "stem", "block_1", name="trunk")  # networks within networks
    assert_same(residual, before)


def test_undo_takes_a_group_back(residual: Document) -> None:
    before = residual.snapshot()
    grouped(residual, "c1", "r", "c2", "s")
    residual.undo()
    assert residual.snapshot() == before
    residual.redo()
    assert NodeKey("block", "c1") in residual.nodes


def test_ids_of_ports_are_free_and_follow_what_they_feed(residual: Document) -> None:
    placing = grouped(residual, "l", "ce")
    assert port_nodes(residual, "block") == {"x", "target", "output"}
    assert residual.inputs_of(placing).keys() == {"x", "target"}
    assert residual.inputs_of(NodeKey(MAIN, "o")) == {"x": Port(MAIN, "block_1", "output")}
    result(residual, "o.output")
    both = built({"a": ("relu", {}), "b": ("relu", {}), "x": ("add", {}), "end": ("relu", {})},
                 {"x.xs.0": "a.output", "x.xs.1": "b.output", "end.x": "x.output"})  # fmt: skip
    with both.edit("Group"):
        inner = group(both, keys("x"), "sum")
    assert port_nodes(both, "sum") == {"x_2", "x_3", "output"}
    assert both.inputs_of(inner) == {"x_2": Port(MAIN, "a", "output"), "x_3": Port(MAIN, "b", "output")}


def test_one_output_feeds_many_through_one_port(residual: Document) -> None:
    placing = grouped(residual, "stem")
    readers = {port for port, wire in residual.wires.items() if wire.node == placing.node}
    assert readers == {Port(MAIN, "c1", "x"), Port(MAIN, "s", "xs.1")}
    assert [key.node for key in ends(residual, "block", "output")] == ["features"]


def test_what_is_wired_to_nothing_gets_ports_too() -> None:
    document = built({"a": ("conv2d", {}), "b": ("relu", {})}, {"b.x": "a.features"})
    grouped(document, "a", "b")
    assert port_nodes(document, "block") == {"x", "output"}


def test_inputs_and_outputs_stay_where_they_are(residual: Document) -> None:
    grouped(residual, "l", "o")
    assert NodeKey(MAIN, "o") in residual.nodes
    with residual.edit("Group"), pytest.raises(NetworkProblem, match="Choose the nodes"):
        group(residual, keys("o"), "other")


@pytest.mark.parametrize(
    ("names", "sentence"),
    [(["c1", "c2"], "“r” lies between"), (["stem", "s"], "lies between"), ([], "Choose the nodes")],
)
def test_what_cannot_be_grouped(residual: Document, names: list[str], sentence: str) -> None:
    before = residual.snapshot()
    with pytest.raises(NetworkProblem, match=sentence):
        grouped(residual, *names)
    assert residual.snapshot() == before


def test_links_do_not_cross(residual: Document) -> None:
    with residual.edit("Link"):
        link(residual, NodeKey(MAIN, "c2"), NodeKey(MAIN, "c1"))
    with pytest.raises(NetworkProblem, match="“c2” shares the weights of “c1”.*choose both, or unlink"):
        grouped(residual, "c2")
    before = result(residual, "o.output", "ce.loss")
    grouped(residual, "c1", "r", "c2")
    assert residual.nodes[NodeKey("block", "c2")].link == "c1"
    assert_same(residual, before)


def test_part_of_the_delays_is_refused() -> None:
    document = built({"x": ("input", {}), "h": ("delay", {}), "c": ("delay", {}), "s": ("add", {})},
                     {"h.x": "s.output", "c.x": "h.output", "s.xs.0": "x.output", "s.xs.1": "c.output"}, "cell")  # fmt: skip
    with document.edit("Group"), pytest.raises(NetworkProblem, match="delays together"):
        group(document, keys("h", "s", network="cell"), "part")


def test_a_loop_in_main_becomes_a_recurrence() -> None:
    document = built(
        {"data_1": ("data", {}), "rows": ("reshape", {"shape": "8, 8"}), "i": ("linear", {"units": 3}),
         "h": ("delay", {}), "r": ("linear", {"units": 3}), "s": ("add", {}), "t": ("tanh", {}), "o": ("output", {})},
        {"rows.x": "data_1.image", "i.x": "rows.output", "r.x": "h.output", "s.xs.0": "i.output", "s.xs.1": "r.output",
         "t.x": "s.output", "h.x": "t.output", "o.x": "t.output"},
    )  # fmt: skip
    grouped(document, "i", "h", "r", "s", "t", name="cell")
    analysis = analyse(document, lambda source: FIELDS)
    assert not analysis.errors
    assert analysis.specs[Port(MAIN, "cell_1", "output")].shape == (8, 3)


def test_promoted_parameters_pass_through() -> None:
    document = built({"x": ("input", {}), "c": ("conv2d", {}), "r": ("relu", {}), "y": ("output", {})},
                     {"c.x": "x.output", "r.x": "c.features", "y.x": "r.output"}, "outer")  # fmt: skip
    with document.edit("Promote"):
        document.put("networks", "outer", Network("Outer", {"filters": ["c.filters"]}))
        document.add_node("@outer", id="o", params={"filters": 7})
        placing = group(document, keys("c", "r", network="outer"), "inner")
    assert document.networks["outer"].promoted == {"filters": ["inner_1.filters"]}
    assert document.networks["inner"].promoted == {"filters": ["c.filters"]}
    with document.edit("Ungroup"):
        ungroup(document, placing)
    assert document.networks["outer"].promoted == {"filters": ["c.filters"]}
    assert document.nodes[NodeKey("outer", "c")].params == {}


def test_objectives_train_what_they_trained(residual: Document) -> None:
    with residual.edit("Objective"):
        residual.add_node("objective", id="obj", params={"trains": "c1, l"})
        placing = group(residual, keys("c1", "r", "c2", "s"), "block")
    assert residual.nodes[NodeKey(MAIN, "obj")].params["trains"] == "block_1.c1, l"
    with residual.edit("Ungroup"):
        ungroup(residual, placing)
    assert residual.nodes[NodeKey(MAIN, "obj")].params["trains"] == "c1, l"


# -- ungrouping --------------------------------------------------------------------------------------------------------


def test_ungrouping_undoes_grouping(residual: Document) -> None:
    nodes, wires = dict(residual.nodes), dict(residual.wires)
    placing = grouped(residual, "c1", "r", "c2", "s")
    with residual.edit("Ungroup"):
        back = ungroup(residual, placing)
    assert set(back) == set(keys("c1", "r", "c2", "s"))
    assert residual.nodes == nodes and residual.wires == wires
    assert residual.networks.keys() == {MAIN}


def test_a_network_placed_twice_is_copied_out(residual: Document) -> None:
    placing = grouped(residual, "c1", "r", "c2", "s")
    with residual.edit("Place again"):
        again = residual.add_node("@block", id="again")
        residual.connect(Port(MAIN, "block_1", "output"), Port(*again, "x"))
        residual.connect(Port(*again, "output"), Port(MAIN, "g", "x"))
    before = result(residual, "o.output", "ce.loss")
    with residual.edit("Ungroup"):
        ungroup(residual, placing)
    assert "block" in residual.networks and list(instances(residual, "block")) == [again]
    assert residual.inputs_of(again) == {"x": Port(MAIN, "s", "output")}
    _, outputs = result(residual, "o.output", "ce.loss")
    assert all(one.shape == other.shape for one, other in zip(outputs, before[1], strict=True))
    with residual.edit("Ungroup"):
        back = ungroup(residual, again)
    assert {key.node for key in back} == {"c1_1", "r_1", "c2_1", "s_1"}
    assert residual.inputs_of(NodeKey(MAIN, "s_1")) == {
        "xs.0": Port(MAIN, "c2_1", "features"), "xs.1": Port(MAIN, "s", "output"),
    }  # fmt: skip


def test_what_the_placing_node_says_is_put_back(residual: Document) -> None:
    placing = grouped(residual, "c1", "r", "c2", "s")
    with residual.edit("Set"):
        residual.put("networks", "block", Network("", {"filters": ["c1.filters", "c2.filters"]}))
        residual.set_param(NodeKey("block", "c1"), "rate_factor", 0.5)
        residual.set_param(placing, "filters", 4)
        residual.set_param(placing, "frozen", "biases")
        residual.set_param(placing, "rate_factor", 0.5)
        ungroup(residual, placing)
    assert residual.nodes[NodeKey(MAIN, "c1")].params == {"filters": 4, "frozen": "biases", "rate_factor": 0.25}
    assert residual.nodes[NodeKey(MAIN, "r")].params == {}


def test_an_unwired_input_leaves_no_gap() -> None:
    document = built({"x": ("input", {}), "z": ("input", {}), "s": ("add", {}), "y": ("output", {})},
                     {"s.xs.0": "x.output", "s.xs.1": "z.output", "y.x": "s.output"}, "sum")  # fmt: skip
    built({"a": ("relu", {}), "n": ("@sum", {}), "b": ("relu", {})}, {"n.z": "a.output", "b.x": "n.y"}, into=document)
    with document.edit("Ungroup"):
        ungroup(document, NodeKey(MAIN, "n"))
    assert document.inputs_of(NodeKey(MAIN, "s")) == {"xs.0": Port(MAIN, "a", "output")}
    assert document.inputs_of(NodeKey(MAIN, "b")) == {"x": Port(MAIN, "s", "output")}


def test_what_passes_straight_through_is_wired_on() -> None:
    document = built({"a": ("relu", {}), "b": ("relu", {})}, {})
    with document.edit("Place"):
        placing = new_network(document, MAIN, 0.0, 0.0)
        document.connect(Port(MAIN, "a", "output"), Port(*placing, "x"))
        document.connect(Port(*placing, "output"), Port(MAIN, "b", "x"))
    with document.edit("Ungroup"):
        assert ungroup(document, placing) == []
    assert document.inputs_of(NodeKey(MAIN, "b")) == {"x": Port(MAIN, "a", "output")}


def test_what_cannot_be_taken_apart(residual: Document) -> None:
    placing = grouped(residual, "c1", "r", "c2", "s")
    with residual.edit("Link"):
        other = residual.add_node("@block", id="other")
        link(residual, other, placing)
    for key in (placing, other):
        with residual.edit("Ungroup"), pytest.raises(NetworkProblem, match="unlink it"):
            ungroup(residual, key)
    with residual.edit("Unlink"):
        unlink(residual, other)
    with residual.edit("Ungroup"), pytest.raises(NetworkProblem, match="copies of one another"):
        ungroup(residual, placing)
    with residual.edit("Loop"):
        residual.remove_node(other)
        residual.add_node("delay", id="d", network="block")
    with residual.edit("Ungroup"), pytest.raises(NetworkProblem, match="runs over time"):
        ungroup(residual, placing)
    with residual.edit("Ungroup"), pytest.raises(NetworkProblem, match="places no network"):
        ungroup(residual, NodeKey(MAIN, "l"))


# -- whole networks ----------------------------------------------------------------------------------------------------


def test_renaming_a_network_takes_everything_along(residual: Document) -> None:
    before = result(residual, "o.output", "ce.loss")
    placing = grouped(residual, "c1", "r", "c2", "s")
    with residual.edit("Rename"):
        name = rename_network(residual, "block", "Residual block")
    assert name == "residual_block" and residual.nodes[placing].type == "@residual_block"
    assert residual.networks.keys() == {MAIN, "residual_block"}
    assert {key.network for key in residual.nodes} == {MAIN, "residual_block"}
    node_type = type_of(residual, placing)
    assert node_type and node_type.title == "Residual block"
    assert_same(residual, before)
    with residual.edit("Rename"):
        assert rename_network(residual, name, "Residual  block") == "residual__block"
    residual.undo()
    residual.undo()
    assert residual.nodes[placing].type == "@block"
    with residual.edit("Rename"), pytest.raises(NetworkProblem):
        rename_network(residual, MAIN, "Other")


def test_names_of_networks_are_free(residual: Document) -> None:
    grouped(residual, "r", name="encoder")
    assert free_network(residual, "Encoder") == "encoder_2"
    assert free_network(residual, "main") == "main_2"
    assert free_network(residual) == "network_1"
    assert free_network(residual, "lengths") == "lengths_2"
    assert free_network(residual, "2 × conv").isidentifier()


def test_only_what_is_placed_nowhere_is_deleted(residual: Document) -> None:
    placing = grouped(residual, "c1", "r", "c2", "s")
    with residual.edit("Delete"), pytest.raises(NetworkProblem, match="placed by “block_1”"):
        delete_network(residual, "block")
    with residual.edit("Delete"):
        residual.remove_node(placing)
        delete_network(residual, "block")
    assert residual.networks.keys() == {MAIN}
    assert {key.network for key in residual.nodes} == {MAIN}


def test_a_network_of_its_own_can_be_changed_alone(residual: Document) -> None:
    placing = grouped(residual, "c1", "r", "c2", "s")
    with residual.edit("Place"):
        other = residual.add_node("@block", id="other")
    with residual.edit("Make its own"):
        name = make_own(residual, other)
    assert residual.nodes[other].type == f"@{name}" and residual.nodes[placing].type == "@block"
    with residual.edit("Change"):
        residual.remove_node(NodeKey(name, "r"))
    assert NodeKey("block", "r") in residual.nodes


# -- links -------------------------------------------------------------------------------------------------------------


def test_links_lead_to_the_original_and_unlinking_copies(residual: Document) -> None:
    a, b, c = keys("c1", "c2", "stem")
    assert may_share(residual, a) and not may_share(residual, NodeKey(MAIN, "r"))
    assert sharers(residual, a) == set()
    with residual.edit("Link"):
        link(residual, b, a)
        link(residual, c, b)
    assert residual.nodes[c].link == "c1" and residual.nodes[c].params == {}
    assert sharers(residual, b) == {a, b, c}
    with residual.edit("Unlink"):
        unlink(residual, b)
    assert residual.nodes[b] == Node("conv2d", {"filters": 4}, "", residual.nodes[b].x, 0.0, copy_of="c1")
    assert sharers(residual, a) == {a, c}
