"""Cutting wires, moving all wires of a port, dots on wires, muted and collapsed nodes, by mouse and keys."""

from __future__ import annotations

import pytest
from hands import CTRL, RIGHT, SHIFT, Hands, key, port
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt

from graph.document import Port
from gui.canvas.detours import Obstacles
from gui.canvas.geometry import Box, point_on

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


def test_a_wire_that_skips_nodes_arches_around_them_and_straightens_again(chain: Hands) -> None:
    with chain.document.edit("Skip"):
        chain.document.add_node("add", 1040.0, 0.0, id="sum")
        chain.document.connect(port("d.output"), port("sum.xs.0"))
        chain.document.connect(port("a.output"), port("sum.xs.1"))
    skip = chain.view.canvas.wires[port("sum.xs.1")]
    points = [point_on(skip.curve, number / 60) for number in range(3, 58)]
    others = [chain.view.canvas.nodes[key(node)].box for node in "bcd"]
    assert not any(box.contains(point) for box in others for point in points)
    with chain.document.edit("Away"):
        for node in "bcd":
            chain.document.change_node(key(node), y=600.0)
    assert skip.level is None
    chain.key(Key.Key_Z, CTRL)
    assert skip.level is not None
    assert chain.agrees()


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(-30, 30)), max_size=12))
def test_an_arch_meets_no_box(places: list[tuple[int, int]]) -> None:
    boxes = [Box(200.0 + 20 * x, 20.0 * y, 180.0, 100.0) for x, y in places]
    start, end = (0.0, 0.0), (1700.0, 40.0)
    level = Obstacles(boxes).level(start, end)
    if level is not None:
        lane = [(x, level) for x in range(75, 1620, 5)]
        assert not any(box.contains(point) for box in boxes for point in lane)
