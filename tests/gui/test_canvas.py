"""The canvas by real mouse and keys: drawing, wiring, selecting, moving; what the document holds afterwards."""

from __future__ import annotations

import pytest
from hands import CTRL, SHIFT, Hands, key, leave, port
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from graph.document import NodeKey
from graph.specs import TensorSpec
from gui.canvas.gestures import MoveNodes

Key = Qt.Key
IMAGE, VECTOR = TensorSpec((1, 28, 28)), TensorSpec((10,))
LABEL = TensorSpec((), "int64", classes=10)
CHAIN = {"a": ("relu", 0.0, 0.0), "b": ("linear", 300.0, 0.0), "c": ("sigmoid", 600.0, 0.0)}
CHAINED = {"b.x": "a.output", "c.x": "b.output"}


# -- a whole drawing ---------------------------------------------------------------------------------------------------


def test_draw_xor_on_an_empty_canvas(hands: Hands) -> None:
    assert hands.view.words.hint.isVisible()
    data = hands.add("data", hands.at(0, 150))
    with hands.document.edit("Choose the data"):
        hands.document.set_param(key(data), "source", "xor")
    hands.know({data: {"inputs": TensorSpec((2,)), "target": TensorSpec((1,))}})
    first = hands.add("dense", hands.at(250, 100))
    tanh = hands.add("tanh", hands.at(470, 100))
    last = hands.add("fc", hands.at(690, 100))
    loss = hands.add("bce logits", hands.at(900, 200))
    hands.drag(hands.output(data, "inputs"), hands.input(first, "x"))
    hands.drag(hands.output(first, "output"), hands.input(tanh, "x"))
    hands.drag(hands.input(last, "x"), hands.output(tanh, "output"))
    hands.drag(hands.output(last, "output"), hands.input(loss, "prediction"))
    hands.drag(hands.output(data, "target"), hands.input(loss, "target"))
    assert hands.types() == ["binary_cross_entropy_with_logits", "data", "linear", "linear", "tanh"]
    assert hands.wires() == {
        f"{first}.x": f"{data}.inputs", f"{tanh}.x": f"{first}.output", f"{last}.x": f"{tanh}.output",
        f"{loss}.prediction": f"{last}.output", f"{loss}.target": f"{data}.target",
    }  # fmt: skip
    drawn = hands.document.snapshot()
    while hands.document.undo_label:
        hands.key(Key.Key_Z, CTRL)
    assert not hands.document.nodes
    assert hands.view.words.hint.isVisible()
    while hands.document.redo_label:
        hands.key(Key.Key_Z, CTRL | SHIFT)
    assert hands.document.snapshot() == drawn
    assert hands.agrees()


# -- adding ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [Key.Key_Tab, Key.Key_Space, "double-click"])
def test_search_adds_at_the_pointer(hands: Hands, how: Key | str) -> None:
    spot = hands.at(200, 100)
    hands.move(spot)
    if isinstance(how, Key):
        hands.key(how)
    else:
        hands.double_click(spot)
    hands.write("max pool")
    hands.key(Key.Key_Return)
    (node,) = hands.document.nodes.values()
    assert node.type.startswith("max_pool")
    assert abs(node.x + 90 - 200) <= 10
    assert abs(node.y + 15 - 100) <= 10
    assert hands.session.selection == set(hands.document.nodes)
    assert hands.view.hasFocus()


def test_arrows_choose_another_row(hands: Hands) -> None:
    hands.key(Key.Key_Tab)
    hands.write("relu")
    rows = [t.name for t in hands.view.search._find("relu")]
    hands.key(Key.Key_Down)
    hands.key(Key.Key_Down)
    hands.key(Key.Key_Up)
    hands.key(Key.Key_Return)
    assert hands.types() == [rows[1]]


def test_a_click_in_the_list_adds(hands: Hands) -> None:
    hands.key(Key.Key_Tab)
    hands.write("dropout")
    found = hands.view.search.list
    QTest.mouseClick(
        found.viewport(), Qt.MouseButton.LeftButton, pos=found.visualRect(found.model().index(0, 0)).center()
    )
    assert hands.types() == ["dropout"]


def test_search_that_finds_nothing_adds_nothing(hands: Hands) -> None:
    hands.key(Key.Key_Tab)
    hands.write("qqqq")
    assert "qqqq" in hands.view.search.nothing.text()
    hands.key(Key.Key_Return)
    assert not hands.document.nodes
    hands.key(Key.Key_Escape)
    assert not hands.view.search.isVisible()


def test_a_click_beside_the_search_closes_it(hands: Hands) -> None:
    hands.move(hands.at(0, 0))
    hands.key(Key.Key_Tab)
    hands.click(hands.at(800, 500))
    assert not hands.view.search.isVisible()
    assert not hands.document.nodes


def test_a_wire_dropped_on_nothing_offers_what_fits_and_wires_it(hands: Hands) -> None:
    hands.build({"d": ("data", 0, 0)})
    hands.know({"d": {"image": IMAGE, "label": LABEL}})
    hands.drag(hands.output("d", "image"), hands.at(400, 200))
    found = {t.name for t in hands.view.search._find("")}
    assert {"conv2d", "flatten", "max_pool2d"} <= found
    assert not {"data", "noise", "embedding", "objective"} & found
    hands.write("conv2d")
    hands.key(Key.Key_Return)
    assert hands.wires() == {"conv2d_1.x": "d.image"}
    item = hands.view.canvas.nodes[key("conv2d_1")]
    assert (QPoint(400, 200) - QPoint(*map(int, item.input_spot("x")))).manhattanLength() <= 10
    hands.key(Key.Key_Z, CTRL)
    assert hands.types() == ["data"]


def test_a_wire_pulled_from_an_input_offers_what_could_feed_it(hands: Hands) -> None:
    hands.build({"o": ("objective", 600, 100), "l": ("linear", 300, 0)})
    hands.drag(hands.input("o", "losses.0"), hands.at(300, 300))
    assert {t.kind for t in hands.view.search._find("")} == {"loss"}
    hands.write("mse")
    hands.key(Key.Key_Return)
    assert hands.wires() == {"o.losses.0": "mse_loss_1.loss"}
    hands.drag(hands.input("l", "x"), hands.at(100, 300))
    assert "loss" not in {t.kind for t in hands.view.search._find("")}
    hands.write("flatten")
    hands.key(Key.Key_Return)
    assert hands.wires()["l.x"] == "flatten_1.output"


def test_the_library_drops_a_node(hands: Hands) -> None:
    hands.carry("dropout", hands.at(300, 200))
    (node,) = hands.document.nodes.values()
    assert (node.type, node.x, node.y) == ("dropout", 210, 180) or (node.x, node.y) == (210, 190)
    hands.carry("no such type", hands.at(300, 200))
    assert len(hands.document.nodes) == 1


def test_the_library_drops_a_node_into_a_wire(hands: Hands) -> None:
    hands.build({"a": ("relu", 0, 0), "b": ("linear", 700, 0)}, {"b.x": "a.output"})
    hands.carry("dropout", hands.wire("b", "x") - QPoint(0, 30))
    assert hands.wires() == {"dropout_1.x": "a.output", "b.x": "dropout_1.output"}
    hands.key(Key.Key_Z, CTRL)
    assert hands.wires() == {"b.x": "a.output"}
    assert len(hands.document.nodes) == 2


def test_a_loss_does_not_go_into_a_wire(hands: Hands) -> None:
    hands.build({"a": ("relu", 0, 0), "b": ("linear", 700, 0)}, {"b.x": "a.output"})
    hands.carry("mse_loss", hands.wire("b", "x") - QPoint(0, 30))
    assert hands.wires() == {"b.x": "a.output"}


# -- wiring ------------------------------------------------------------------------------------------------------------


def test_an_illegal_wire_is_refused_with_a_reason(hands: Hands) -> None:
    hands.build(CHAIN, CHAINED)
    before = hands.document.snapshot()
    hands.hold(hands.output("c", "output"), hands.input("a", "x"))
    assert "circle" in hands.view.words.tag.text
    hands.release(hands.input("a", "x"))
    assert "circle" in hands.session.notices[-1].text
    assert hands.document.snapshot() == before
    assert hands.document.undo_label == "Build"


def test_a_shape_that_does_not_fit_is_refused(hands: Hands) -> None:
    hands.build({"d": ("data", 0, 0), "c": ("conv2d", 400, 0)})
    hands.know({"d": {"image": IMAGE, "label": LABEL}})
    hands.drag(hands.output("d", "label"), hands.input("c", "x"))
    assert "image" in hands.session.notices[-1].text
    assert not hands.wires()


def test_legal_targets_light_up_and_the_others_fade(hands: Hands) -> None:
    hands.build({**CHAIN, "d": ("linear", 300, 300)}, CHAINED)
    hands.hold(hands.output("b", "output"), hands.at(350, 250))
    lit = {name.node: item.mood.lit for name, item in hands.view.canvas.nodes.items()}
    assert lit == {"a": set(), "b": {"out output"}, "c": {"in x"}, "d": {"in x"}}
    hands.key(Key.Key_Escape)
    assert {item.mood.lit for item in hands.view.canvas.nodes.values()} == {None}


def test_a_drop_on_a_node_finds_its_port(hands: Hands) -> None:
    hands.build({"a": ("relu", 0, 0), "m": ("mse_loss", 400, 0), "b": ("relu", 0, 200)})
    hands.drag(hands.output("a", "output"), hands.title("m"))
    hands.drag(hands.output("b", "output"), hands.title("m"))
    assert hands.wires() == {"m.prediction": "a.output", "m.target": "b.output"}


def test_a_growing_input_grows_and_closes_its_gaps(hands: Hands) -> None:
    hands.build({n: ("relu", 0, 150 * i) for i, n in enumerate("abc")} | {"s": ("add", 400, 100)})
    for place, name in enumerate("abc"):
        hands.drag(hands.output(name, "output"), hands.input("s", f"xs.{place}"))
    assert hands.wires() == {"s.xs.0": "a.output", "s.xs.1": "b.output", "s.xs.2": "c.output"}
    assert hands.agrees()
    hands.drag(hands.input("s", "xs.1"), hands.at(300, 500))
    assert hands.wires() == {"s.xs.0": "a.output", "s.xs.1": "c.output"}
    assert hands.agrees()


def test_a_wire_is_moved_from_one_input_to_another(hands: Hands) -> None:
    hands.build({**CHAIN, "d": ("linear", 300, 300)}, CHAINED)
    hands.drag(hands.input("b", "x"), hands.input("d", "x"))
    assert hands.wires() == {"d.x": "a.output", "c.x": "b.output"}
    assert hands.document.undo_label == "Move wire"
    hands.key(Key.Key_Z, CTRL)
    assert hands.wires() == CHAINED


def test_a_wire_is_pulled_off(hands: Hands) -> None:
    hands.build(CHAIN, CHAINED)
    hands.drag(hands.input("b", "x"), hands.at(200, 300))
    assert hands.wires() == {"c.x": "b.output"}
    assert not hands.view.search.isVisible()


def test_a_wire_put_back_changes_nothing(hands: Hands) -> None:
    hands.build(CHAIN, CHAINED)
    hands.hold(hands.input("b", "x"), hands.at(200, 300))
    hands.move(hands.input("b", "x"))
    hands.release(hands.input("b", "x"))
    hands.click(hands.input("c", "x"))
    assert hands.document.undo_label == "Build"
    assert hands.wires() == CHAINED
    assert hands.view.canvas.wires[port("b.x")].isVisible()


def test_a_new_wire_takes_the_place_of_the_old(hands: Hands) -> None:
    hands.build({**CHAIN, "d": ("tanh", 0, 300)}, CHAINED)
    hands.drag(hands.output("d", "output"), hands.input("b", "x"))
    assert hands.wires() == {"b.x": "d.output", "c.x": "b.output"}


def test_hovering_a_wire_shows_what_flows(hands: Hands) -> None:
    hands.build(CHAIN, CHAINED)
    hands.move(hands.wire("b", "x"))
    assert hands.view.words.tag.text == "not known yet"
    hands.know({"a": {"output": VECTOR}})
    assert (hands.view.words.tag.text, hands.view.words.tag.isVisible()) == ("10", True)
    leave(hands)
    assert not hands.view.words.tag.isVisible()


def test_what_was_hovered_may_go(hands: Hands) -> None:
    hands.build(CHAIN, CHAINED)
    hands.know({"a": {"output": VECTOR}})
    hands.move(hands.output("a", "output"))
    assert hands.view.words.tag.text == "10"
    hands.document.undo()
    assert not hands.view.words.tag.isVisible()


def test_a_selected_wire_is_deleted(hands: Hands) -> None:
    hands.build(CHAIN, CHAINED)
    hands.click(hands.wire("c", "x"))
    hands.key(Key.Key_Delete)
    assert hands.wires() == {"b.x": "a.output"}
    assert len(hands.document.nodes) == 3


# -- selecting and moving ----------------------------------------------------------------------------------------------


def test_clicks_select(hands: Hands) -> None:
    hands.build(CHAIN, CHAINED)
    hands.click(hands.title("a"))
    assert hands.session.selection == {key("a")}
    hands.click(hands.title("b"), SHIFT)
    assert hands.session.selection == {key("a"), key("b")}
    hands.click(hands.title("a"), CTRL)
    assert hands.session.selection == {key("b")}
    hands.click(hands.title("c"), CTRL)
    hands.click(hands.title("c"))
    assert hands.session.selection == {key("c")}
    hands.click(hands.at(400, 500))
    assert not hands.session.selection
    assert hands.document.undo_label == "Build"


def test_the_band_selects_what_it_touches(hands: Hands) -> None:
    hands.build(CHAIN)
    hands.drag(hands.at(-50, -50), hands.at(350, 60))
    assert hands.session.selection == {key("a"), key("b")}
    hands.drag(hands.at(590, 150), hands.at(650, 50), keys=SHIFT)
    assert len(hands.session.selection) == 3
    hands.drag(hands.at(590, 150), hands.at(650, 50))
    assert hands.session.selection == {key("c")}


def test_many_nodes_move_as_one_step_along_the_grid(hands: Hands) -> None:
    hands.build(CHAIN, CHAINED)
    hands.drag(hands.at(-50, -50), hands.at(350, 60))
    start = hands.title("a")
    hands.drag(start, start + QPoint(43, 88))
    places = {name.node: (node.x, node.y) for name, node in hands.document.nodes.items()}
    assert places == {"a": (40, 90), "b": (340, 90), "c": (600, 0)}
    assert hands.agrees()
    hands.key(Key.Key_Z, CTRL)
    assert hands.document.undo_label == "Build"
    assert hands.document.nodes[key("a")].x == 0
    assert hands.agrees()


def test_dragging_an_unselected_node_selects_and_moves_it(hands: Hands) -> None:
    hands.build(CHAIN)
    hands.click(hands.title("a"))
    hands.drag(hands.title("b"), hands.title("b") + QPoint(0, 100))
    assert hands.session.selection == {key("b")}
    assert hands.document.nodes[key("a")].y == 0
    assert hands.document.nodes[key("b")].y == 100


def test_a_lone_node_dropped_on_a_wire_goes_into_it(hands: Hands) -> None:
    hands.build({"a": ("relu", 0, 0), "b": ("linear", 700, 0), "n": ("tanh", 300, 300)}, {"b.x": "a.output"})
    hands.drag(hands.title("n"), hands.wire("b", "x") - QPoint(30, 20))
    assert hands.wires() == {"n.x": "a.output", "b.x": "n.output"}
    hands.key(Key.Key_Z, CTRL)
    assert hands.wires() == {"b.x": "a.output"}
    assert hands.document.nodes[key("n")].y == 300


def test_arrow_keys_nudge_in_one_step(hands: Hands) -> None:
    hands.build(CHAIN)
    hands.click(hands.title("a"))
    for _ in range(3):
        hands.key(Key.Key_Right)
    hands.key(Key.Key_Down)
    assert (hands.document.nodes[key("a")].x, hands.document.nodes[key("a")].y) == (30, 10)
    hands.key(Key.Key_Z, CTRL)
    assert hands.document.nodes[key("a")].x == 0


def test_a_drag_at_the_border_pushes_the_drawing(hands: Hands) -> None:
    hands.build(CHAIN)
    before = hands.view.area.left()
    hands.hold(hands.title("b"), QPoint(hands.view.viewport().width() - 3, 300))
    QTest.qWait(150)
    assert hands.view.area.left() > before + 30
    assert hands.view.canvas.nodes[key("b")].x() > 600
    hands.key(Key.Key_Escape)
    assert hands.agrees()


def test_double_click_on_a_node_asks_for_the_inspector(hands: Hands) -> None:
    asked: list[NodeKey] = []
    hands.view.inspect_requested.connect(asked.append)
    hands.build(CHAIN)
    hands.double_click(hands.title("b"))
    assert asked == [key("b")]
    assert not hands.view.search.isVisible()


def test_a_dragged_node_catches_on_its_neighbours(hands: Hands) -> None:
    hands.build({"a": ("relu", 3.0, 7.0), "b": ("relu", 300.0, 210.0)})
    start = hands.title("b")
    hands.hold(start, start + QPoint(-295, 100))
    assert hands.view.canvas.nodes[key("b")].box.x == 3.0
    gesture = hands.view.gesture
    assert isinstance(gesture, MoveNodes)
    assert not gesture._guides.path().isEmpty()
    hands.release(start + QPoint(-295, 100))
    assert (hands.document.nodes[key("b")].x, hands.document.nodes[key("b")].y) == (3.0, 310.0)
    assert gesture._guides.scene() is None


def test_wires_end_in_their_ports_wherever_nodes_stand(hands: Hands) -> None:
    hands.build({"a": ("relu", 0.1, 0.2), "b": ("relu", 300.3, 0.7)}, {"b.x": "a.output"})
    hands.session.select([key("a"), key("b")])
    for way in (QPoint(31, 17), QPoint(-13, 23)):
        hands.drag(hands.title("a"), hands.title("a") + way)
        assert hands.agrees()
