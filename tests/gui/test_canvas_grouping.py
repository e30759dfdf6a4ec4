"""Drawing inside networks, making them of what is drawn, and linked duplicates, by mouse and keys."""

from __future__ import annotations

import pytest
from hands import CTRL, SHIFT, Hands, key
from PySide6.QtCore import QPointF, Qt
from sketched import CHAINED, inside, settled

from graph.document import MAIN, Port, Wire
from graph.layers import CATALOGUE
from gui.canvas.adding import offered_in
from gui.whereabouts import Place

Key = Qt.Key
ALT = Qt.KeyboardModifier.AltModifier


# -- drawing in a network ----------------------------------------------------------------------------------------------


def test_drawing_happens_where_one_is(blocks: Hands) -> None:
    blocks.view.enter(key("b1"))
    settled(blocks)
    added = blocks.add("relu", blocks.at(260, 300))
    assert blocks.document.nodes[inside(added, "block")].type == "relu"
    blocks.carry("tanh", blocks.at(500, 300))
    assert inside("tanh_1", "block") in blocks.document.nodes
    blocks.drag(blocks.output("fc", "output"), blocks.input(added, "x"))
    assert blocks.document.wires[Port("block", added, "x")].node == "fc"
    blocks.click(blocks.title("tanh_1"))
    blocks.key(Key.Key_Delete)
    assert inside("tanh_1", "block") not in blocks.document.nodes
    assert blocks.agrees()


def test_paste_goes_into_the_network_that_is_shown(blocks: Hands) -> None:
    blocks.build({"a": ("relu", 0.0, 0.0), "b": ("linear", 300.0, 0.0)}, {"b.x": "a.output"})
    blocks.session.select([key("a"), key("b")])
    blocks.key(Key.Key_C, CTRL)
    blocks.view.enter(key("b1"))
    blocks.move(blocks.at(300, 300))
    blocks.key(Key.Key_V, CTRL)
    assert blocks.session.selection == {inside("a", "block"), inside("b", "block")}
    assert blocks.document.wires[Port("block", "b", "x")].node == "a"
    blocks.key(Key.Key_A, CTRL)
    assert len(blocks.session.selection) == 5
    assert blocks.agrees()


def test_a_network_travels_with_what_places_it(blocks: Hands) -> None:
    blocks.session.select([key("b1"), key("b2")])
    blocks.key(Key.Key_C, CTRL)
    blocks.session.new()
    blocks.key(Key.Key_V, CTRL)
    assert blocks.document.networks["block"].title == "Block"
    assert {node.type for node in blocks.document.in_network("block").values()} == {"input", "linear", "output"}
    assert blocks.wires()["b2.x"] == "b1.y"
    with blocks.document.edit("Change"):
        blocks.document.set_param(inside("fc", "block"), "units", 3)
    blocks.key(Key.Key_V, CTRL)  # another network by now, so both are kept
    assert {blocks.document.nodes[new].type for new in blocks.session.selection} == {"@block_2"}
    assert blocks.agrees()


def test_a_network_of_the_library_is_found_and_taken_in(chain: Hands) -> None:
    chain.move(chain.at(300, 300))
    chain.key(Key.Key_Tab)
    chain.write("residual block")
    chain.key(Key.Key_Return)
    (added,) = chain.session.selection
    network = chain.document.nodes[added].type.removeprefix("@")
    assert chain.document.networks[network].title == "Residual block"
    assert chain.document.in_network(network)
    assert chain.view.canvas.nodes[added].face.role == "network"
    chain.key(Key.Key_Z, CTRL)
    assert chain.document.networks.keys() == {MAIN}
    assert chain.agrees()


def test_a_network_is_not_pasted_into_itself(blocks: Hands) -> None:
    blocks.session.select([key("b1")])
    blocks.key(Key.Key_C, CTRL)
    before = blocks.document.snapshot()
    blocks.view.enter(key("b2"))
    blocks.key(Key.Key_V, CTRL)
    assert "inside itself" in blocks.session.notices[-1].text
    assert blocks.document.snapshot() == before


def test_renaming_a_port_takes_the_wires_outside_along(blocks: Hands) -> None:
    blocks.view.enter(key("b1"))
    blocks.click(blocks.title("y"))
    blocks.key(Key.Key_F2)
    blocks.write("what comes out")
    blocks.key(Key.Key_Return)
    assert inside("what_comes_out", "block") in blocks.document.nodes
    assert blocks.document.wires[Port(MAIN, "b2", "x")] == Wire("b1", "what_comes_out")
    blocks.view.leave()
    assert [port.name for port in blocks.view.canvas.nodes[key("b1")].face.outputs] == ["what_comes_out"]
    blocks.key(Key.Key_Z, CTRL)
    assert blocks.document.wires[Port(MAIN, "b2", "x")].port == "y"
    assert blocks.agrees()


def test_a_port_is_not_named_like_another_node(blocks: Hands) -> None:
    blocks.view.enter(key("b1"))
    blocks.click(blocks.title("y"))
    blocks.key(Key.Key_F2)
    blocks.write("fc")
    blocks.key(Key.Key_Return)
    assert inside("y", "block") in blocks.document.nodes
    assert "already a node “fc”" in blocks.session.notices[-1].text


def test_a_port_added_inside_appears_outside(blocks: Hands) -> None:
    blocks.view.enter(key("b1"))
    settled(blocks)
    blocks.add("input", blocks.at(0, 300))
    blocks.view.leave()
    assert [port.name for port in blocks.view.canvas.nodes[key("b2")].face.inputs] == ["x", "input_1"]
    blocks.view.session.undo()  # one sees what was taken back
    assert blocks.session.network == MAIN  # for the node is gone
    assert [port.name for port in blocks.view.canvas.nodes[key("b2")].face.inputs] == ["x"]


def test_what_may_stand_where(blocks: Hands) -> None:
    main, block = (offered_in(blocks.document, network) for network in (MAIN, "block"))
    assert "@block" in main
    assert "input" not in main
    assert "delay" not in main
    assert "@block" not in block
    assert "input" in block
    assert "delay" in block
    assert blocks.add("block", blocks.at(300, 500)) == "block_1"
    blocks.move(blocks.at(600, 500))
    blocks.key(Key.Key_Tab)
    blocks.write("delay")
    assert blocks.view.search.model.index(0).data() != CATALOGUE["delay"].title
    blocks.key(Key.Key_Escape)
    blocks.view.enter(key("b1"))
    blocks.key(Key.Key_Tab)
    blocks.write("delay")
    assert blocks.view.search.model.index(0).data() == CATALOGUE["delay"].title


# -- grouping ----------------------------------------------------------------------------------------------------------


def test_grouping_and_taking_it_back(grouped: Hands) -> None:
    assert grouped.session.selection == {key("network_1")}
    assert set(grouped.view.canvas.nodes) == {key("a"), key("d"), key("network_1")}
    assert grouped.wires()["d.x"] == "network_1.output"
    assert grouped.wires()["network_1.x"] == "a.output"
    assert grouped.agrees()
    face = grouped.view.canvas.nodes[key("network_1")].face
    assert (face.title, face.role) == ("Network 1", "network")
    assert [port.label for port in (*face.inputs, *face.outputs)] == ["x", "output"]
    grouped.key(Key.Key_Z, CTRL)
    assert grouped.wires() == CHAINED
    assert grouped.agrees()
    assert grouped.document.networks.keys() == {MAIN}


def test_ungrouping_puts_everything_back(grouped: Hands) -> None:
    grouped.key(Key.Key_G, CTRL | SHIFT)
    assert grouped.wires() == CHAINED
    assert grouped.session.selection == {key("b"), key("c")}
    assert grouped.agrees()


def test_undoing_a_group_from_inside_leads_out(grouped: Hands) -> None:
    grouped.key(Key.Key_Return)
    assert grouped.session.network == "network_1"
    grouped.key(Key.Key_Z, CTRL)
    assert grouped.session.network == MAIN
    assert grouped.agrees()
    assert grouped.wires() == CHAINED


def test_undo_shows_what_it_changes(grouped: Hands) -> None:
    grouped.key(Key.Key_Return)
    grouped.click(grouped.title("b"))
    grouped.key(Key.Key_Right)
    grouped.view.leave()
    grouped.key(Key.Key_Z, CTRL)
    assert grouped.session.network == "network_1"
    assert grouped.session.selection == {inside("b")}
    grouped.session.go(Place())
    grouped.key(Key.Key_Z, CTRL | SHIFT)
    assert grouped.session.network == "network_1"


def test_what_cannot_be_grouped_is_said(chain: Hands) -> None:
    chain.session.select([key("a"), key("d")])
    chain.key(Key.Key_G, CTRL)
    assert "lies between" in chain.session.notices[-1].text
    assert chain.document.networks.keys() == {MAIN}


def test_naming_a_group_names_its_network(grouped: Hands) -> None:
    grouped.key(Key.Key_F2)
    grouped.write("My encoder")
    grouped.key(Key.Key_Return)
    assert grouped.document.networks["my_encoder"].title == "My encoder"
    assert grouped.document.nodes[key("my_encoder")].type == "@my_encoder"
    assert grouped.view.canvas.nodes[key("my_encoder")].face.title == "My encoder"
    grouped.key(Key.Key_Return)
    assert grouped.session.network == "my_encoder"
    grouped.key(Key.Key_F2, SHIFT)
    grouped.write("Decoder")
    grouped.key(Key.Key_Return)
    assert grouped.session.place == Place("decoder", (key("decoder"),))  # followed
    grouped.key(Key.Key_Z, CTRL)
    assert grouped.session.network == "my_encoder"
    assert grouped.agrees()


def test_a_network_from_scratch(hands: Hands) -> None:
    hands.move(hands.at(300, 300))
    hands.key(Key.Key_G, CTRL | ALT)
    assert hands.session.network == "network_1"
    assert {node.type for node in hands.document.in_network("network_1").values()} == {"input", "output"}
    assert hands.agrees()
    hands.key(Key.Key_Z, CTRL)
    assert hands.session.network == MAIN
    assert not hands.document.nodes


def test_a_network_of_its_own_and_the_end_of_one(blocks: Hands) -> None:
    blocks.click(blocks.title("b2"))
    blocks.view.make_own()
    assert blocks.document.nodes[key("b2")].type == "@block_2"
    blocks.view.delete_network()
    assert "placed by “b2”" in blocks.session.notices[-1].text
    blocks.key(Key.Key_Delete)
    blocks.view.delete_network("block_2")
    assert "block_2" not in blocks.document.networks


# -- sharing weights ---------------------------------------------------------------------------------------------------


def test_a_linked_duplicate_shares_and_can_be_unlinked(chain: Hands) -> None:
    with chain.document.edit("Set"):
        chain.document.set_param(key("b"), "units", 7)
    chain.click(chain.title("b"))
    chain.key(Key.Key_D, ALT)
    (copy,) = chain.session.selection
    assert chain.document.nodes[copy].link == "b"
    assert not chain.document.nodes[copy].params
    face = chain.view.canvas.nodes[copy].face
    assert face.linked
    assert "7 units" in face.details
    with chain.document.edit("Set"):
        chain.document.set_param(key("b"), "units", 9)
    assert "9 units" in chain.view.canvas.nodes[copy].face.details
    chain.key(Key.Key_D, ALT)
    (third,) = chain.session.selection
    assert chain.document.nodes[third].link == "b"  # not to the linked one
    chain.view.select_sharers()
    assert chain.session.selection == {key("b"), copy, third}
    chain.session.select([copy])
    chain.view.unlink()
    node = chain.document.nodes[copy]
    assert (node.link, node.copy_of, node.params) == ("", "b", {"units": 9})
    assert not chain.view.canvas.nodes[copy].face.linked
    chain.key(Key.Key_Z, CTRL)
    assert chain.document.nodes[copy].link == "b"


def test_only_what_has_weights_is_linked(chain: Hands) -> None:
    chain.session.select([key("a"), key("b")])
    chain.key(Key.Key_D, ALT)
    types = {chain.document.nodes[new].type: chain.document.nodes[new].link for new in chain.session.selection}
    assert types == {"relu": "", "linear": "b"}
    (linear,) = (new for new in chain.session.selection if chain.document.nodes[new].type == "linear")
    (relu,) = chain.session.selection - {linear}
    assert chain.wires()[f"{linear.node}.x"] == f"{relu.node}.output"


def test_hovering_lights_up_the_others(chain: Hands) -> None:
    chain.click(chain.title("b"))
    chain.key(Key.Key_D, ALT)
    (copy,) = chain.session.selection
    chain.session.select(())
    chain.move(chain.title("b"))
    assert chain.view.canvas.nodes[copy].mood.kin
    assert not chain.view.canvas.nodes[key("a")].mood.kin
    assert f"“{copy.node}”" in chain.view.words.tool_tip(QPointF(chain.title("b")))
    chain.move(chain.title("a"))
    assert not chain.view.canvas.nodes[copy].mood.kin
    box = chain.view.canvas.nodes[copy].box
    spot = chain.at(box.x + 150, box.y + box.height - 5)
    assert chain.view.words.tool_tip(QPointF(spot)) == "Shares the weights of “b”."


def test_deleting_the_original_leaves_the_weights_to_the_next(chain: Hands) -> None:
    with chain.document.edit("Set"):
        chain.document.set_param(key("b"), "units", 7)
    chain.click(chain.title("b"))
    chain.key(Key.Key_D, ALT)
    (copy,) = chain.session.selection
    chain.session.select([key("b")])
    chain.key(Key.Key_Delete)
    assert chain.document.nodes[copy].link == ""
    assert chain.document.nodes[copy].params == {"units": 7}
    assert chain.agrees()


@pytest.mark.parametrize(("with_original", "link"), [(True, "b_1"), (False, "")])
def test_an_ordinary_copy_shares_with_nobody_outside(chain: Hands, with_original: bool, link: str) -> None:
    with chain.document.edit("Set"):
        chain.document.set_param(key("b"), "units", 7)
        twin = chain.document.add_node("linear", 260.0, 300.0, id="twin")
        chain.document.change_node(twin, link="b")
    chain.session.select([twin, key("b")] if with_original else [twin])
    chain.key(Key.Key_D, CTRL)
    made = chain.document.nodes[key("twin_1")]
    assert made.link == link
    assert made.params == ({} if with_original else {"units": 7})


def test_linked_networks_are_marked(blocks: Hands) -> None:
    blocks.click(blocks.title("b1"))
    blocks.key(Key.Key_D, ALT)
    (copy,) = blocks.session.selection
    assert blocks.document.nodes[copy].link == "b1"
    assert blocks.document.nodes[copy].type == "@block"
    blocks.key(Key.Key_G, CTRL | SHIFT)
    assert "unlink it" in blocks.session.notices[-1].text
