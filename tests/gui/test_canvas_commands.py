"""The commands of the canvas by their shortcuts: delete, heal, copy, paste, duplicate, rename, tidy; and Escape."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hands import CTRL, LEFT, MIDDLE, SHIFT, Hands, Stage, key
from played import PlayedSession
from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui import settings
from gui.canvas import clipboard

Key = Qt.Key
CHAIN = {"a": ("relu", 0.0, 0.0), "b": ("linear", 300.0, 0.0), "c": ("sigmoid", 600.0, 0.0)}
CHAINED = {"b.x": "a.output", "c.x": "b.output"}


@pytest.fixture
def chain(hands: Hands) -> Hands:
    """Three layers in a row, wired."""
    hands.build(CHAIN, CHAINED)
    return hands


# -- removing ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("with_key", [Key.Key_Delete, Key.Key_Backspace])
def test_delete(chain: Hands, with_key: Key) -> None:
    chain.click(chain.title("b"))
    chain.key(with_key)
    assert chain.types() == ["relu", "sigmoid"]
    assert not chain.wires()
    assert not chain.session.selection
    chain.key(Key.Key_Z, CTRL)
    assert chain.wires() == CHAINED
    assert chain.agrees()


def test_delete_and_heal_wires_across(chain: Hands) -> None:
    chain.click(chain.title("b"))
    chain.key(Key.Key_Delete, CTRL)
    assert chain.wires() == {"c.x": "a.output"}
    assert chain.agrees()
    chain.key(Key.Key_Z, CTRL)
    assert chain.wires() == CHAINED


def test_delete_without_a_selection_does_nothing(chain: Hands) -> None:
    chain.key(Key.Key_Delete)
    chain.key(Key.Key_Delete, CTRL)
    chain.key(Key.Key_D, CTRL)
    chain.key(Key.Key_X, CTRL)
    assert chain.document.undo_label == "Build"


# -- copies ------------------------------------------------------------------------------------------------------------


def test_copy_and_paste_at_the_pointer(chain: Hands) -> None:
    chain.key(Key.Key_A, CTRL)
    chain.key(Key.Key_C, CTRL)
    chain.move(chain.at(400, 400))
    chain.key(Key.Key_V, CTRL)
    assert chain.types() == ["linear", "linear", "relu", "relu", "sigmoid", "sigmoid"]
    assert chain.wires() == CHAINED | {"b_1.x": "a_1.output", "c_1.x": "b_1.output"}
    assert chain.session.selection == {key("a_1"), key("b_1"), key("c_1")}
    assert abs(chain.document.nodes[key("b_1")].x + 90 - 400) <= 10
    assert abs(chain.document.nodes[key("b_1")].y + 50 - 400) <= 10
    chain.key(Key.Key_V, CTRL)
    places = [(node.x, node.y) for node in chain.document.nodes.values()]
    assert len(places) == len(set(places)) == 9
    chain.key(Key.Key_Z, CTRL)
    chain.key(Key.Key_Z, CTRL)
    assert chain.document.undo_label == "Build"


def test_cut_is_one_step_and_pastes_back(chain: Hands) -> None:
    chain.click(chain.title("b"))
    chain.key(Key.Key_X, CTRL)
    assert chain.types() == ["relu", "sigmoid"]
    assert chain.document.undo_label == "Cut"
    chain.key(Key.Key_V, CTRL)
    assert chain.types() == ["linear", "relu", "sigmoid"]


def test_what_was_copied_can_be_pasted_in_another_window(chain: Hands, qtbot: QtBot, tmp_path: Path) -> None:
    chain.key(Key.Key_A, CTRL)
    chain.key(Key.Key_C, CTRL)
    session = PlayedSession(tmp_path / "others")
    other = Stage(session)
    qtbot.addWidget(other)
    other.show()
    other.activateWindow()
    other.canvas.setFocus()
    qtbot.waitUntil(other.canvas.hasFocus)
    hands = Hands(other)
    hands.key(Key.Key_V, CTRL)
    assert hands.wires() == CHAINED
    session.close()


def test_text_from_a_chat_pastes(chain: Hands) -> None:
    chain.click(chain.title("b"))
    chain.key(Key.Key_C, CTRL)
    text = QApplication.clipboard().text()
    assert json.loads(text)["nodes"]["b"]["type"] == "linear"
    QApplication.clipboard().setText(f"Try this one:\n```json\n{text}\n```\nIt works.")
    chain.key(Key.Key_V, CTRL)
    assert chain.types() == ["linear", "linear", "relu", "sigmoid"]


@pytest.mark.parametrize(
    "text",
    [
        "", "hello", "{}", '{"format": "netloom piece"', '{"format": "netloom piece", "version": 1, "nodes": {}}',
        '{"format": "netloom piece", "version": 9, "nodes": {"a": {"type": "relu"}}}',
        '{"format": "netloom piece", "version": 1, "nodes": {"not a name": {"type": "relu"}}}',
        '{"format": "netloom piece", "version": 1, "nodes": {"a": {"type": "relu", "x": 1e300}}}',
        '{"format": "netloom piece", "version": 1, "nodes": {"a": {"type": 5}}}',
        '{"format": "netloom piece", "version": 1, "nodes": {"a": {"type": "relu"}}, "wires": {"a.x": "b.y"}}',
        '{"format": "netloom piece", "version": 1, "nodes": {"a": {"type": "relu", "params": {"p": ' + "[" * 5000,
    ],
)  # fmt: skip
def test_a_bad_clipboard_is_refused_with_a_notice(chain: Hands, text: str) -> None:
    QApplication.clipboard().setText(text)
    before = chain.document.snapshot()
    chain.key(Key.Key_V, CTRL)
    assert chain.document.snapshot() == before
    assert chain.session.notices[-1].text.startswith(("The clipboard", "The nodes"))


def test_duplicate(chain: Hands) -> None:
    chain.click(chain.title("a"))
    chain.click(chain.title("b"), SHIFT)
    chain.key(Key.Key_D, CTRL)
    assert chain.wires() == CHAINED | {"b_1.x": "a_1.output"}
    assert chain.document.nodes[key("a_1")].x == 20
    assert chain.session.selection == {key("a_1"), key("b_1")}
    assert chain.document.undo_label == "Duplicate"


# -- titles and order --------------------------------------------------------------------------------------------------


def test_rename(chain: Hands) -> None:
    chain.click(chain.title("b"))
    chain.key(Key.Key_F2)
    chain.write("Encoder")
    chain.key(Key.Key_Return)
    assert chain.document.nodes[key("b")].title == "Encoder"
    assert chain.view.canvas.nodes[key("b")].face.title == "Encoder"
    assert chain.view.hasFocus()
    chain.key(Key.Key_F2)
    chain.key(Key.Key_Delete)
    chain.key(Key.Key_Return)
    assert chain.document.nodes[key("b")].title == ""
    assert chain.types() == ["linear", "relu", "sigmoid"]


def test_leaving_the_title_keeps_it(chain: Hands) -> None:
    chain.click(chain.title("b"))
    chain.key(Key.Key_F2)
    chain.write("Decoder")
    chain.click(chain.at(0, 500))
    assert chain.document.nodes[key("b")].title == "Decoder"


def test_tidy_is_one_step_and_flows_to_the_right(hands: Hands) -> None:
    hands.build(
        {"a": ("relu", 500, 90), "b": ("linear", 0, 0), "c": ("sigmoid", 30, 60), "z": ("noise", 200, 0)}, CHAINED
    )
    hands.key(Key.Key_L)
    x = {name.node: node.x for name, node in hands.document.nodes.items()}
    assert x["a"] < x["b"] < x["c"]
    assert len({hands.document.nodes[key(name)].y for name in "abc"}) == 1, "a plain chain is straight"
    boxes = [item.sceneBoundingRect() for item in hands.view.canvas.nodes.values()]
    assert not [1 for i, one in enumerate(boxes) for other in boxes[:i] if one.intersects(other)]
    assert hands.agrees()
    hands.key(Key.Key_Z, CTRL)
    assert hands.document.undo_label == "Build"


def test_tidy_of_a_selection_leaves_the_others(chain: Hands) -> None:
    chain.drag(chain.title("c"), chain.title("c") + QPoint(0, 200))
    chain.click(chain.title("a"))
    chain.click(chain.title("b"), SHIFT)
    chain.key(Key.Key_L)
    assert chain.document.nodes[key("c")].y == 200


# -- Escape ------------------------------------------------------------------------------------------------------------


def _begin(hands: Hands, gesture: str) -> None:
    match gesture:
        case "move":
            hands.hold(hands.title("b"), hands.at(320, 300))
        case "insert":
            hands.hold(hands.title("n"), hands.wire("c", "x"))
        case "band":
            hands.hold(hands.at(-50, -50), hands.at(700, 90))
        case "wire":
            hands.hold(hands.output("c", "output"), hands.input("n", "x"))
        case "backwards":
            hands.hold(hands.input("n", "x"), hands.output("c", "output"))
        case "wire off":
            hands.hold(hands.input("b", "x"), hands.at(200, 300))
        case "pan":
            hands.hold(hands.at(0, 300), hands.at(100, 320), MIDDLE)
        case "search":
            hands.key(Key.Key_Tab)
            hands.write("linear")
        case "offer":
            hands.drag(hands.output("c", "output"), hands.at(850, 300))
            hands.write("linear")
        case "rename":
            hands.click(hands.title("b"))
            hands.key(Key.Key_F2)
            hands.write("X")
        case "library":
            hands.carry("relu", hands.at(300, 300), drop=False)


@pytest.mark.parametrize(
    "gesture",
    ["move", "insert", "band", "wire", "backwards", "wire off", "pan", "search", "offer", "rename", "library"],
)
def test_escape_leaves_everything_as_it_was(chain: Hands, gesture: str) -> None:
    with chain.document.edit("Another"):
        chain.document.add_node("tanh", 300, 300, id="n")
    before, selected, origin = chain.document.snapshot(), chain.session.selection, chain.at(0, 0)
    _begin(chain, gesture)
    chain.key(Key.Key_Escape)
    spot = chain.at(500, 350)
    chain.move(spot)
    chain.release(spot, MIDDLE if gesture == "pan" else LEFT)
    assert chain.document.snapshot() == before
    assert chain.document.undo_label == "Another"
    assert chain.agrees()
    assert chain.view.gesture is None
    assert not chain.view.search.isVisible()
    assert not chain.view.title_editor.isVisible()
    assert chain.at(0, 0) == origin
    pressed_on = {"move": {key("b")}, "insert": {key("n")}, "rename": {key("b")}}.get(gesture, selected)
    assert chain.session.selection == pressed_on
    assert all(wire.isVisible() for wire in chain.view.canvas.wires.values())
    leftovers = len(chain.view.canvas.items()) - 2 * len(chain.view.canvas.nodes) - len(chain.view.canvas.wires)
    assert leftovers == 2, "only the two tags are beside nodes with their pictures and wires"


@pytest.mark.parametrize("gesture", ["move", "band", "wire", "wire off", "offer"])
def test_an_undo_in_the_middle_ends_the_gesture(chain: Hands, gesture: str) -> None:
    with chain.document.edit("Another"):
        chain.document.add_node("tanh", 300, 300, id="n")
    _begin(chain, gesture)
    chain.document.undo()
    chain.document.undo()
    chain.move(chain.at(500, 350))
    chain.release(chain.at(500, 350))
    assert not chain.document.nodes
    assert chain.agrees()
    assert chain.document.redo_label == "Build"


def test_another_button_cancels_a_drag(chain: Hands) -> None:
    chain.hold(chain.title("b"), chain.at(320, 300))
    chain.press(chain.at(320, 300), Qt.MouseButton.RightButton)
    assert chain.view.gesture is None
    chain.release(chain.at(320, 300), Qt.MouseButton.RightButton)
    chain.release(chain.at(320, 300))
    assert chain.document.undo_label == "Build"
    assert chain.agrees()


def test_foreign_things_dragged_in_are_left_to_the_window(chain: Hands) -> None:
    mime = QMimeData()
    mime.setText("hello")
    assert not chain.carry_mime(mime, chain.at(0, 0))
    assert chain.document.undo_label == "Build"


def test_a_long_press_of_space_searches_nothing(chain: Hands) -> None:
    QTest.keyPress(chain.view, Key.Key_Space)
    QTest.qWait(400)
    QTest.keyRelease(chain.view, Key.Key_Space)
    assert not chain.view.search.isVisible()


def test_pieces_keep_their_settings() -> None:
    text = '{"format": "netloom piece", "version": 1, "nodes": {"a": {"type": "linear", "params": {"units": 7}}}}'
    assert clipboard.from_text(text).nodes["a"].params == {"units": 7}


def test_a_tidied_drawing_glides_and_a_press_ends_it(hands: Hands) -> None:
    settings.set_animations(True)
    hands.build({"a": ("relu", 0, 0), "b": ("relu", 40, 400)}, {"b.x": "a.output"})
    hands.key(Key.Key_L)
    assert hands.view.glide.under_way
    assert not hands.agrees()
    hands.press(hands.at(600, 600))
    assert hands.agrees()
    hands.release(hands.at(600, 600))


def test_a_frame_stays_around_what_is_tidied(hands: Hands) -> None:
    hands.build({"a": ("relu", 0, 0), "b": ("relu", 40, 400), "c": ("relu", 90, 700)},
                {"b.x": "a.output", "c.x": "b.output"})  # fmt: skip
    hands.session.select([key("b"), key("c")])
    hands.key(Key.Key_C)
    hands.key(Key.Key_Escape)
    hands.key(Key.Key_Escape)
    hands.key(Key.Key_L)
    frame = next(iter(hands.view.canvas.comments.values()))
    held = {node.node for node, item in hands.view.canvas.nodes.items() if frame.holds(item.box)}
    assert held == {"b", "c"}
    hands.key(Key.Key_Z, CTRL)
    assert hands.document.nodes[key("b")].y == 400
    assert hands.agrees()
