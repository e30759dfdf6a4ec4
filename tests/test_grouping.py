"""Grouping nodes into a network and taking it apart again compute the same numbers."""

from __future__ import annotations

import pytest
from grouped import FIELDS, Nodes, assert_same, built, grouped, keys, result
from grouped import residual as residual

from graph.document import MAIN, Document, Network, NodeKey, Port
from graph.grouping import group
from graph.inference import analyse
from graph.network_edits import (
    NetworkProblem,
    new_network,
)
from graph.networks import ends, instances
from graph.sharing import link, unlink
from graph.ungrouping import ungroup


def ports(document: Document, network: str) -> set[str]:
    return {key.node for kind in ("input", "output") for key in ends(document, network, kind)}


# -- grouping ----------------------------------------------------------------------------------------------------------


def test_a_group_has_a_port_for_everything_that_crosses(residual: Document) -> None:
    placing = grouped(residual, "c1", "r", "c2", "s")
    assert placing == NodeKey(MAIN, "block")
    assert ports(residual, "block") == {"x", "output"}
    assert residual.inputs_of(placing) == {"x": Port(MAIN, "stem", "features")}
    assert residual.inputs_of(NodeKey(MAIN, "g")) == {"x": Port(MAIN, "block", "output")}
    assert residual.inputs_of(NodeKey("block", "s"))["xs.1"] == Port("block", "x", "output")
    assert residual.inputs_of(NodeKey("block", "c1")) == {"x": Port("block", "x", "output")}
    assert not [wire for wire in residual.wires.values() if wire.node in ("c1", "s") and wire.port == "x"]
    left, right = residual.nodes[NodeKey("block", "x")].x, residual.nodes[NodeKey("block", "output")].x
    inner = [residual.nodes[key].x for key in keys("c1", "r", "c2", "s", network="block")]
    assert left < min(inner)
    assert right > max(inner)


def test_grouping_computes_the_same_numbers(residual: Document) -> None:
    before, specs = result(residual, "o.output", "ce.loss"), analyse(residual, lambda source: FIELDS).specs
    grouped(residual, "c1", "r", "c2", "s")
    assert_same(residual, before)
    after = analyse(residual, lambda source: FIELDS).specs
    for port, spec in specs.items():
        inner = Port("block", port.node, port.port)
        assert after.get(port, after.get(inner)) == spec
    grouped(residual, "stem", "block", name="trunk")  # networks within networks
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
    assert ports(residual, "block") == {"x", "target", "output"}
    assert residual.inputs_of(placing).keys() == {"x", "target"}
    assert residual.inputs_of(NodeKey(MAIN, "o")) == {"x": Port(MAIN, "block", "output")}
    result(residual, "o.output")
    both = built({"a": ("relu", {}), "b": ("relu", {}), "x": ("add", {}), "end": ("relu", {})},
                 {"x.xs.0": "a.output", "x.xs.1": "b.output", "end.x": "x.output"})  # fmt: skip
    with both.edit("Group"):
        inner = group(both, keys("x"), "sum")
    assert ports(both, "sum") == {"x_2", "x_3", "output"}
    assert both.inputs_of(inner) == {"x_2": Port(MAIN, "a", "output"), "x_3": Port(MAIN, "b", "output")}


def test_one_output_feeds_many_through_one_port(residual: Document) -> None:
    placing = grouped(residual, "stem")
    readers = {port for port, wire in residual.wires.items() if wire.node == placing.node}
    assert readers == {Port(MAIN, "c1", "x"), Port(MAIN, "s", "xs.1")}
    assert [key.node for key in ends(residual, "block", "output")] == ["features"]


def test_what_is_wired_to_nothing_gets_ports_too() -> None:
    document = built({"a": ("conv2d", {}), "b": ("relu", {})}, {"b.x": "a.features"})
    grouped(document, "a", "b")
    assert ports(document, "block") == {"x", "output"}


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
    with pytest.raises(NetworkProblem, match=r"“c2” shares the weights of “c1”.*choose both, or unlink"):
        grouped(residual, "c2")
    before = result(residual, "o.output", "ce.loss")
    grouped(residual, "c1", "r", "c2")
    assert residual.nodes[NodeKey("block", "c2")].link == "c1"
    assert_same(residual, before)


def test_part_of_the_delays_is_refused() -> None:
    nodes: Nodes = {"x": ("input", {}), "h": ("delay", {}), "c": ("delay", {}), "s": ("add", {})}
    wires = {"h.x": "s.output", "c.x": "h.output", "s.xs.0": "x.output", "s.xs.1": "c.output"}
    document = built(nodes, wires, "cell")
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
    assert analysis.specs[Port(MAIN, "cell", "output")].shape == (8, 3)


def test_promoted_parameters_pass_through() -> None:
    document = built({"x": ("input", {}), "c": ("conv2d", {}), "r": ("relu", {}), "y": ("output", {})},
                     {"c.x": "x.output", "r.x": "c.features", "y.x": "r.output"}, "outer")  # fmt: skip
    with document.edit("Promote"):
        document.put("networks", "outer", Network("Outer", {"filters": ["c.filters"]}))
        document.add_node("@outer", id="o", params={"filters": 7})
        placing = group(document, keys("c", "r", network="outer"), "inner")
    assert document.networks["outer"].promoted == {"filters": ["inner.filters"]}
    assert document.networks["inner"].promoted == {"filters": ["c.filters"]}
    with document.edit("Ungroup"):
        ungroup(document, placing)
    assert document.networks["outer"].promoted == {"filters": ["c.filters"]}
    assert document.nodes[NodeKey("outer", "c")].params == {}


def test_objectives_train_what_they_trained(residual: Document) -> None:
    with residual.edit("Objective"):
        residual.add_node("objective", id="obj", params={"trains": "c1, l"})
        placing = group(residual, keys("c1", "r", "c2", "s"), "block")
    assert residual.nodes[NodeKey(MAIN, "obj")].params["trains"] == "block.c1, l"
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
    assert residual.nodes == nodes
    assert residual.wires == wires
    assert residual.networks.keys() == {MAIN}


def test_a_network_placed_twice_is_copied_out(residual: Document) -> None:
    placing = grouped(residual, "c1", "r", "c2", "s")
    with residual.edit("Place again"):
        again = residual.add_node("@block", id="again")
        residual.connect(Port(MAIN, "block", "output"), Port(*again, "x"))
        residual.connect(Port(*again, "output"), Port(MAIN, "g", "x"))
    before = result(residual, "o.output", "ce.loss")
    with residual.edit("Ungroup"):
        ungroup(residual, placing)
    assert "block" in residual.networks
    assert list(instances(residual, "block")) == [again]
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
