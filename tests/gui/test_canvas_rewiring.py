"""Cutting wires, moving all wires of a port, dots on wires, muted and collapsed nodes, by mouse and keys."""

from __future__ import annotations

import pytest
from hands import CTRL, RIGHT, SHIFT, Hands, key, port
from PySide6.QtCore import Qt

from graph.document import Port

Key = Qt.Key
FAN = {"a": ("relu", 0.0, 0.0), "z": ("relu", 0.0, 200.0), "b": ("tanh", 300.0, 0.0), "c": ("relu", 300.0, 200.0)}
FANNED = {"b.x": "a.output", "c.x": "a.output"}


@pytest.fixture
def fan(hands: Hands) -> Hands:
    hands.build(FAN, FANNED)
    return hands


def test_a_stroke_with_the_right_button_cuts_wires(fan: Hands) -> None:
    fan.drag(fan.at(240, -60), fan.at(240, 330), RIGHT, CTRL)
    assert not fan.wires()
    assert fan.agrees()
    fan.key(Key.Key_Z, CTRL)
    assert fan.wires() == FANNED


def test_escape_cuts_nothing(fan: Hands) -> None:
    fan.hold(fan.at(240, -60), fan.at(240, 330), RIGHT, CTRL)
    fan.key(Key.Key_Escape)
    fan.release(fan.at(240, 330), RIGHT, CTRL)
    assert fan.wires() == FANNED
    assert not any(item.marked for item in fan.view.canvas.wires.values())


def test_a_stroke_puts_one_dot_on_all_wires_of_an_output(fan: Hands) -> None:
    fan.drag(fan.at(240, -60), fan.at(240, 330), RIGHT, SHIFT)
    assert fan.wires() == {"reroute_1.x": "a.output", "b.x": "reroute_1.output", "c.x": "reroute_1.output"}
    assert fan.agrees()
    fan.key(Key.Key_Z, CTRL)
    assert fan.wires() == FANNED


def test_a_dot_is_dragged_by_its_middle(fan: Hands) -> None:
    fan.drag(fan.at(240, -60), fan.at(240, 100), RIGHT, SHIFT)
    dot = fan.view.canvas.nodes[key("reroute_1")].box
    fan.drag(fan.at(*dot.centre), fan.at(dot.centre[0] + 40, dot.centre[1] + 60))
    moved = fan.document.nodes[key("reroute_1")]
    assert (moved.x, moved.y) == (dot.x + 40, dot.y + 60)


def test_all_wires_of_an_output_move_together(fan: Hands) -> None:
    fan.drag(fan.output("a", "output"), fan.output("z", "output"), keys=CTRL)
    assert fan.wires() == {"b.x": "z.output", "c.x": "z.output"}
    assert fan.agrees()
    fan.key(Key.Key_Z, CTRL)
    assert fan.wires() == FANNED


@pytest.mark.parametrize("where", ["home", "nowhere", "circle"])
def test_wires_stay_where_they_cannot_go(fan: Hands, where: str) -> None:
    ends = {"home": fan.title("a"), "nowhere": fan.at(150, 400), "circle": fan.output("b", "output")}
    fan.drag(fan.output("a", "output"), ends[where], keys=CTRL)
    assert fan.wires() == FANNED
    assert all(item.isVisible() for item in fan.view.canvas.wires.values())
    assert bool(fan.session.notices) == (where == "circle")


def test_mute_and_unmute(chain: Hands) -> None:
    chain.click(chain.title("b"))
    chain.key(Key.Key_M)
    assert chain.document.nodes[key("b")].muted
    assert chain.view.canvas.nodes[key("b")].face.muted
    chain.key(Key.Key_M)
    assert not chain.document.nodes[key("b")].muted
    chain.key(Key.Key_Z, CTRL)
    assert chain.document.nodes[key("b")].muted


def test_what_gives_values_is_not_muted(hands: Hands) -> None:
    hands.build({"d": ("data", 0, 0)})
    hands.click(hands.title("d"))
    hands.key(Key.Key_M)
    assert not hands.document.nodes[key("d")].muted
    assert "Values come from it" in hands.session.notices[-1].text


def test_collapse_and_expand(chain: Hands) -> None:
    tall = chain.view.canvas.nodes[key("b")].box.height
    chain.click(chain.title("b"))
    chain.key(Key.Key_H)
    assert chain.document.nodes[key("b")].collapsed
    assert chain.view.canvas.nodes[key("b")].box.height < tall
    assert chain.agrees()
    chain.key(Key.Key_H)
    assert not chain.document.nodes[key("b")].collapsed


def test_a_port_is_asked_to_be_looked_at(chain: Hands) -> None:
    asked: list[Port] = []
    chain.session.probe_requested.connect(asked.append)
    chain.click(chain.output("b", "output"), CTRL | SHIFT)
    chain.click(chain.input("b", "x"), CTRL | SHIFT)
    chain.click(chain.title("c"), CTRL | SHIFT)
    assert asked == [port("b.output"), port("a.output"), port("c.output")]
    assert not chain.session.selection
