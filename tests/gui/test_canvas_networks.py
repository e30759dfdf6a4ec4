"""Networks on the canvas, by mouse and keys: going in and out, the breadcrumb, what is known there, how they look."""

from __future__ import annotations

import pytest
from hands import ANY_REVISION, SHIFT, Hands, key
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from sketched import double_click, inside

from backend import messages as m
from graph.analysis import Analysis, NodeReport
from graph.document import MAIN, Network, NodeKey, Port
from graph.specs import TensorSpec
from gui import whereabouts
from gui.canvas.geometry import door_of, wire_curve
from gui.whereabouts import Place

Key = Qt.Key
ALT = Qt.KeyboardModifier.AltModifier


# -- going about -------------------------------------------------------------------------------------------------------


def test_a_double_click_enters_and_escape_leaves(blocks: Hands) -> None:
    double_click(blocks, blocks.title("b2"))
    assert blocks.session.place == Place("block", (key("b2"),))
    assert set(blocks.view.canvas.nodes) == {inside("x", "block"), inside("fc", "block"), inside("y", "block")}
    assert not blocks.session.selection
    assert not blocks.view.search.isVisible()
    assert blocks.agrees()
    blocks.key(Key.Key_Escape)
    assert blocks.session.network == MAIN
    assert blocks.session.selection == {key("b2")}
    blocks.key(Key.Key_Escape)
    blocks.key(Key.Key_Escape)
    assert blocks.session.network == MAIN
    assert blocks.agrees()


def test_escape_first_drops_the_selection(blocks: Hands) -> None:
    blocks.view.enter(key("b1"))
    blocks.click(blocks.title("fc"))
    blocks.key(Key.Key_Escape)
    assert blocks.session.network == "block"
    assert not blocks.session.selection
    blocks.key(Key.Key_Escape)
    assert blocks.session.network == MAIN


def test_return_enters_the_selected_one(blocks: Hands) -> None:
    blocks.click(blocks.title("b1"))
    blocks.key(Key.Key_Return)
    assert blocks.session.network == "block"
    blocks.key(Key.Key_Up, ALT)
    assert blocks.session.network == MAIN


def test_the_door_in_the_head_enters_with_one_click(blocks: Hands) -> None:
    item = blocks.view.canvas.nodes[key("b1")]
    door = door_of(item.face)
    assert door is not None
    spot = blocks.at(item.x() + door.centre[0], item.y() + door.centre[1])
    double_click(blocks, spot)  # the second press of an eager hand does nothing
    assert blocks.session.network == "block"
    assert not blocks.view.search.isVisible()


def test_no_door_where_none_is_painted(blocks: Hands) -> None:
    blocks.view.zoom_to(0.6)
    item = blocks.view.canvas.nodes[key("b1")]
    door = door_of(item.face)
    assert door is not None
    blocks.click(blocks.at(item.x() + door.centre[0], item.y() + door.centre[1]))
    assert blocks.session.network == MAIN
    assert blocks.session.selection == {key("b1")}


def test_a_double_click_elsewhere_still_inspects(chain: Hands) -> None:
    asked: list[NodeKey] = []
    chain.view.inspect_requested.connect(asked.append)
    double_click(chain, chain.title("b"))
    assert asked == [key("b")]
    assert chain.session.network == MAIN


def test_the_breadcrumb_shows_the_way_and_leads_back(blocks: Hands) -> None:
    bar = blocks.view.breadcrumb
    assert bar.isVisible()
    assert [step.text() for step in bar.steps] == ["Main"]
    with blocks.document.edit("Place"):
        blocks.document.put("networks", "outer", Network("Encoder"))
        blocks.document.add_node("@block", 0.0, 0.0, id="inner", network="outer")
        blocks.document.add_node("@outer", 200.0, 400.0, id="e")
    blocks.view.enter(key("e"))
    blocks.view.enter(NodeKey("outer", "inner"))
    assert [step.text() for step in bar.steps] == ["Main", "Encoder", "Block · inner"]
    assert [step.isEnabled() for step in bar.steps] == [True, True, False]
    assert all(step.isVisible() for step in bar.steps)
    QTest.mouseClick(bar.steps[1], Qt.MouseButton.LeftButton)
    assert blocks.session.place == Place("outer", (key("e"),))
    QTest.mouseClick(bar.steps[0], Qt.MouseButton.LeftButton)
    assert blocks.session.network == MAIN
    assert blocks.agrees()


def test_no_breadcrumb_without_networks(chain: Hands) -> None:
    assert not chain.view.breadcrumb.isVisible()


def test_every_network_is_offered_also_one_that_is_placed_nowhere(blocks: Hands) -> None:
    with blocks.document.edit("Loose"):
        blocks.document.put("networks", "loose", Network("Loose end"))
    QTest.mouseClick(blocks.view.breadcrumb.others, Qt.MouseButton.LeftButton)
    menu = QApplication.activePopupWidget()
    assert menu is not None
    entries = {action.text(): action for action in menu.actions()}
    assert list(entries) == ["Main", "Block", "Loose end"]
    assert entries["Main"].isChecked()
    entries["Loose end"].trigger()
    menu.close()
    assert blocks.session.place == Place("loose")
    assert [step.text() for step in blocks.view.breadcrumb.steps] == ["Main", "Loose end"]
    blocks.view.leave()
    assert blocks.session.network == MAIN


def test_each_network_is_seen_as_it_was_left(blocks: Hands) -> None:
    view = blocks.view
    view.zoom_to(0.8)
    view.centerOn(330.0, 120.0)
    before = view.to_scene(view.centre())
    view.enter(key("b1"))
    view.zoom_to(1.4)
    view.centerOn(200.0, 100.0)
    within = view.to_scene(view.centre())
    view.leave()
    assert view.zoom == pytest.approx(0.8)
    assert (view.to_scene(view.centre()) - before).manhattanLength() < 3
    view.enter(key("b2"))
    assert view.zoom == pytest.approx(1.4)
    assert (view.to_scene(view.centre()) - within).manhattanLength() < 3


def test_what_is_known_is_that_of_the_instance_entered(blocks: Hands) -> None:
    small, large = ({"output": TensorSpec((size,))} for size in (3, 5))
    nodes = {
        key("b1"): NodeReport({"y": TensorSpec((3,))}, 12), key("b2"): NodeReport({"y": TensorSpec((5,))}, 20),
        inside("fc", "block"): NodeReport(small, 12), key("b1.fc"): NodeReport(small, 12),
        key("b2.fc"): NodeReport(large, 20),
    }  # fmt: skip
    blocks.session.hear_analyst(m.Analysed(ANY_REVISION, Analysis(nodes, (), 32), ""))
    for name, shape, parameters in (("b1", "3", "12 params"), ("b2", "5", "20 params")):
        assert blocks.view.canvas.nodes[key(name)].face.shape == shape
        blocks.view.enter(key(name))
        face = blocks.view.canvas.nodes[inside("fc", "block")].face
        assert (face.shape, face.parameters) == (shape, parameters)
        assert blocks.view.canvas.specs[Port("block", "fc", "output")].shape == (int(shape),)
        blocks.view.leave()


def test_a_problem_leads_into_its_network(blocks: Hands) -> None:
    blocks.session.frame_requested.emit(inside("fc", "block"))
    assert blocks.session.place == Place("block", (key("b1"),))
    assert blocks.session.selection == {inside("fc", "block")}
    blocks.session.frame_requested.emit(key("b2"))
    assert blocks.session.network == MAIN
    assert blocks.session.selection == {key("b2")}
    blocks.session.frame_requested.emit(key("b2.fc"))  # as the engine calls it
    assert blocks.session.place == Place("block", (key("b2"),))
    blocks.session.frame_requested.emit(key("b2.nobody"))
    assert blocks.session.selection == {inside("fc", "block")}


def test_a_new_design_begins_in_main(blocks: Hands) -> None:
    blocks.view.enter(key("b1"))
    blocks.session.new()
    assert blocks.session.place == Place()
    assert blocks.agrees()
    assert not blocks.view.breadcrumb.isVisible()


# -- looks -------------------------------------------------------------------------------------------------------------


def test_a_network_with_a_delay_is_a_recurrence(blocks: Hands) -> None:
    assert blocks.view.canvas.nodes[key("b1")].face.role == "network"
    with blocks.document.edit("Delay"):
        blocks.document.add_node("delay", id="h", network="block")
    face = blocks.view.canvas.nodes[key("b1")].face
    assert face.role == "recurrence"
    assert "lengths" in [port.name for port in face.inputs]
    blocks.view.enter(key("b1"))
    roles = {at.node: item.face.role for at, item in blocks.view.canvas.nodes.items()}
    assert roles == {"x": "input", "y": "output", "h": "delay", "fc": ""}


def test_a_wire_into_a_delay_runs_below_what_it_passes(blocks: Hands) -> None:
    blocks.view.enter(key("b1"))
    with blocks.document.edit("Delay"):
        blocks.document.add_node("delay", 0.0, -200.0, id="h", network="block")
        blocks.document.connect(Port("block", "fc", "output"), Port("block", "h", "x"))
    curve = blocks.view.canvas.wires[Port("block", "h", "x")].curve
    lowest = max(item.box.y + item.box.height for item in blocks.view.canvas.nodes.values() if item.key.node != "y")
    assert max(y for _, y in curve) > lowest
    assert (len(curve) - 1) % 3 == 0
    assert max(y for _, y in wire_curve((0, 0), (600, 0), 50.0)) == 50.0


# -- where one is ------------------------------------------------------------------------------------------------------


def test_ways_lead_from_main(blocks: Hands) -> None:
    document = blocks.document
    assert whereabouts.way_to(document, "block") == Place("block", (key("b1"),))
    assert whereabouts.entered(document, Place(), key("nobody")) is None
    assert whereabouts.found_at(document, Place(), NodeKey("nowhere", "x")) is None
    assert whereabouts.left(document, Place()) == Place()
    inner = Place("block", (key("b2"),))
    assert inner.path == "b2."
    with document.edit("Delete"):
        document.remove_node(key("b2"))
    assert whereabouts.mended(document, inner, ()) == Place("block", (key("b1"),))
    with document.edit("Delete"):
        document.remove_node(key("b1"))
    assert whereabouts.mended(document, inner, ()) == Place("block")


def test_renaming_the_network_that_is_shown_stays_there_whatever_is_selected(blocks: Hands) -> None:
    double_click(blocks, blocks.title("b1"))
    blocks.click(blocks.title("fc"))
    blocks.key(Key.Key_F2, SHIFT)
    blocks.write("Tower")
    blocks.click(blocks.at(400, 500))
    assert blocks.session.network == "tower"
    assert blocks.agrees()
