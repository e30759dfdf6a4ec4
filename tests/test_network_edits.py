"""Networks renamed, copied and deleted as a whole; nodes linked and unlinked."""

from __future__ import annotations

import pytest
from grouped import assert_same, grouped, keys, result
from grouped import residual as residual

from graph.document import MAIN, Document, Node, NodeKey
from graph.network_edits import NetworkProblem, delete_network, free_network, make_own, rename_network
from graph.networks import type_of
from graph.sharing import link, may_share, sharers, unlink

# -- whole networks ----------------------------------------------------------------------------------------------------


def test_renaming_a_network_takes_everything_along(residual: Document) -> None:
    before = result(residual, "o.output", "ce.loss")
    placing = grouped(residual, "c1", "r", "c2", "s")
    with residual.edit("Rename"):
        name = rename_network(residual, "block", "Residual block")
    assert name == "residual_block"
    assert residual.nodes[NodeKey(MAIN, "residual_block")].type == "@residual_block"
    assert residual.networks.keys() == {MAIN, "residual_block"}
    assert {key.network for key in residual.nodes} == {MAIN, "residual_block"}
    node_type = type_of(residual, NodeKey(MAIN, "residual_block"))
    assert node_type
    assert node_type.title == "Residual block"
    assert_same(residual, before)
    with residual.edit("Rename"):
        assert rename_network(residual, name, "Residual  block") == "residual__block"
    residual.undo()
    residual.undo()
    assert residual.nodes[placing].type == "@block"
    with residual.edit("Rename"), pytest.raises(NetworkProblem):
        rename_network(residual, MAIN, "Other")


def test_objectives_follow_a_network_that_is_renamed(residual: Document) -> None:
    with residual.edit("Objective"):
        objective = residual.add_node("objective", params={"trains": "c1, l"})
    grouped(residual, "c1", "r", "c2", "s")
    with residual.edit("Rename"):
        rename_network(residual, "block", "Trunk")
    assert residual.nodes[objective].params["trains"] == "trunk.c1, l"


def test_names_of_networks_are_free(residual: Document) -> None:
    grouped(residual, "r", name="encoder")
    assert free_network(residual, "Encoder") == "encoder_2"
    assert free_network(residual, "main") == "main_2"
    assert free_network(residual) == "network_1"
    assert free_network(residual, "lengths") == "lengths_2"
    assert free_network(residual, "2 × conv").isidentifier()


def test_only_what_is_placed_nowhere_is_deleted(residual: Document) -> None:
    placing = grouped(residual, "c1", "r", "c2", "s")
    with residual.edit("Delete"), pytest.raises(NetworkProblem, match="placed by “block”"):
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
    assert residual.nodes[other].type == f"@{name}"
    assert residual.nodes[placing].type == "@block"
    with residual.edit("Change"):
        residual.remove_node(NodeKey(name, "r"))
    assert NodeKey("block", "r") in residual.nodes


# -- links -------------------------------------------------------------------------------------------------------------


def test_links_lead_to_the_original_and_unlinking_copies(residual: Document) -> None:
    a, b, c = keys("c1", "c2", "stem")
    assert may_share(residual, a)
    assert not may_share(residual, NodeKey(MAIN, "r"))
    assert sharers(residual, a) == set()
    with residual.edit("Link"):
        link(residual, b, a)
        link(residual, c, b)
    assert residual.nodes[c].link == "c1"
    assert residual.nodes[c].params == {}
    assert sharers(residual, b) == {a, b, c}
    with residual.edit("Unlink"):
        unlink(residual, b)
    assert residual.nodes[b] == Node("conv2d", {"filters": 4}, "", residual.nodes[b].x, 0.0, copy_of="c1")
    assert sharers(residual, a) == {a, c}
