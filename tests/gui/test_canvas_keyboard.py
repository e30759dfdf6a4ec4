"""A network drawn, wired, looked at and rearranged by keys alone."""

from __future__ import annotations

import pytest
from hands import CTRL, NONE, SHIFT, Hands, key
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from graph.document import MAIN, Comment, NodeKey, Port
from gui.gesture_table import GESTURES
from gui.shell.palette import CommandPalette
from gui.window import Window

Key = Qt.Key
FRAME = NodeKey(MAIN, "comment_1")
ALONE = ("arrow keys", "Esc", "menu key", "press +", "press 0")  # how a gesture's row says that keys do it too


def add(hands: Hands, query: str, by: Key = Key.Key_Tab, keys: Qt.KeyboardModifier = NONE) -> str:
    """Add the first node that is found, as one does without a mouse; returns its id."""
    before = set(hands.document.nodes)
    hands.key(by, keys)
    hands.write(query)
    hands.key(Key.Key_Return)
    (added,) = set(hands.document.nodes) - before
    return str(added.node)


def selected(hands: Hands) -> str:
    return " ".join(sorted(each.node for each in hands.session.selection))


def rows(hands: Hands) -> list[str]:
    model = hands.view.chooser.model
    return [model.data(model.index(at)) for at in range(model.rowCount())]


# -- the whole ---------------------------------------------------------------------------------------------------------


def test_a_network_is_drawn_and_wired_by_keys_alone(hands: Hands) -> None:
    linear = add(hands, "linear")
    relu = add(hands, "relu", Key.Key_Backtab, SHIFT)  # what fits behind it, wired
    assert hands.wires() == {f"{relu}.x": f"{linear}.output"}
    assert hands.document.nodes[key(relu)].x > hands.document.nodes[key(linear)].x
    hands.key(Key.Key_Escape)
    sigmoid = add(hands, "sigmoid")
    for _ in range(10):
        hands.key(Key.Key_Down)
    hands.key(Key.Key_W)  # a wire to it, from what is to be chosen
    hands.write(relu)
    assert rows(hands)[0] == f"{relu}.output → {sigmoid}.x"
    hands.key(Key.Key_Return)
    assert hands.wires() == {f"{relu}.x": f"{linear}.output", f"{sigmoid}.x": f"{relu}.output"}
    hands.key(Key.Key_W, SHIFT)  # that wire, to put something into it
    hands.key(Key.Key_Return)
    assert hands.view.wire == Port(MAIN, sigmoid, "x")
    dropout = add(hands, "dropout")
    assert hands.wires()[f"{sigmoid}.x"] == f"{dropout}.output"
    assert hands.wires()[f"{dropout}.x"] == f"{relu}.output"
    assert hands.agrees()
    assert hands.view.hasFocus()
    hands.key(Key.Key_Z, CTRL)
    assert hands.wires()[f"{sigmoid}.x"] == f"{relu}.output"
    assert key(dropout) not in hands.document.nodes


def test_every_gesture_has_a_way_by_keys() -> None:
    without = [row.name for row in GESTURES if not row.action and not any(word in row.how for word in ALONE)]
    assert without == []


# -- walking -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def forked(hands: Hands) -> Hands:
    """a → b, c and b → d; e stands apart below."""
    hands.build({"a": ("linear", 0, 0), "b": ("relu", 260, -80), "c": ("tanh", 260, 120), "d": ("linear", 520, -80),
                 "e": ("sigmoid", 0, 320)}, {"b.x": "a.output", "c.x": "a.output", "d.x": "b.output"})  # fmt: skip
    return hands


def test_ctrl_and_arrows_walk_along_the_wires(forked: Hands) -> None:
    steps = [(Key.Key_Right, "a"), (Key.Key_Right, "b"), (Key.Key_Down, "c"), (Key.Key_Left, "a"), (Key.Key_Down, "e"),
             (Key.Key_Up, "a"), (Key.Key_Left, "a"), (Key.Key_Right, "b"), (Key.Key_Right, "d"), (Key.Key_Right, "d"),
             (Key.Key_Left, "b")]  # fmt: skip
    for way, expected in steps:
        forked.key(way, CTRL)
        assert selected(forked) == expected, (way, expected)
    assert forked.document.undo_label == "Build"


def test_with_shift_the_selection_grows(forked: Hands) -> None:
    forked.key(Key.Key_Right, CTRL)
    forked.key(Key.Key_Right, CTRL | SHIFT)
    forked.key(Key.Key_Right, CTRL | SHIFT)
    assert selected(forked) == "a b d"
    forked.key(Key.Key_Right)
    assert forked.document.nodes[key("d")].x == 530
    assert forked.document.nodes[key("c")].x == 260
    assert forked.agrees()


def test_what_is_walked_to_comes_in_sight(forked: Hands) -> None:
    with forked.document.edit("Far"):
        forked.document.change_node(key("d"), x=9000.0)
    for _ in range(3):
        forked.key(Key.Key_Right, CTRL)
    assert selected(forked) == "d"
    assert forked.view.area.contains(forked.view.canvas.nodes[key("d")].sceneBoundingRect())


def test_without_a_selection_arrows_push_the_drawing(forked: Hands) -> None:
    before = forked.at(0, 0)
    forked.key(Key.Key_Right)
    forked.key(Key.Key_Down)
    assert forked.at(0, 0) - before == QPoint(-60, -60)
    assert forked.document.undo_label == "Build"


# -- wires -------------------------------------------------------------------------------------------------------------


def test_wires_between_two_selected_nodes(forked: Hands) -> None:
    forked.session.select([key("c"), key("e")])
    forked.key(Key.Key_W)
    assert set(rows(forked)) == {"c.output → e.x", "e.output → c.x"}
    assert rows(forked)[0] == "c.output → e.x"  # a free input comes before one that is taken
    forked.write("c.output")
    forked.key(Key.Key_Return)
    assert forked.wires()["e.x"] == "c.output"
    assert forked.document.undo_label == "Connect"


def test_only_possible_wires_are_offered(forked: Hands) -> None:
    forked.session.select([key("a")])
    forked.key(Key.Key_W)
    offered = rows(forked)
    assert "a.output → a.x" not in offered
    assert "b.output → a.x" not in offered  # a circle
    assert "a.output → b.x" not in offered  # there already
    assert {"a.output → e.x", "a.output → d.x", "e.output → a.x"} <= set(offered)
    forked.key(Key.Key_Escape)
    assert forked.view.hasFocus()


def test_without_a_node_it_says_what_to_do(hands: Hands) -> None:
    hands.key(Key.Key_W)
    assert "Select the node" in hands.session.notices[-1].text


def test_a_wire_is_chosen_and_deleted(forked: Hands) -> None:
    forked.key(Key.Key_W, SHIFT)
    assert set(rows(forked)) == {"a.output → b.x", "a.output → c.x", "b.output → d.x"}
    forked.write("d.x")
    forked.key(Key.Key_Return)
    forked.key(Key.Key_Delete)
    assert forked.wires() == {"b.x": "a.output", "c.x": "a.output"}


def test_a_dot_is_put_on_the_chosen_wire(forked: Hands) -> None:
    forked.session.select([key("d")])
    forked.key(Key.Key_W, SHIFT)
    forked.key(Key.Key_Return)
    forked.key(Key.Key_D)
    (dot,) = [each for each, node in forked.document.nodes.items() if node.type == "reroute"]
    assert forked.wires()["d.x"] == f"{dot.node}.output"
    assert 440 < forked.document.nodes[dot].x < 520
    assert forked.session.selection == {dot}
    assert forked.agrees()


def test_a_change_of_the_document_closes_the_list(forked: Hands) -> None:
    forked.key(Key.Key_W, SHIFT)
    assert forked.view.chooser.isVisible()
    with forked.document.edit("Elsewhere"):
        forked.document.remove_node(key("d"))
    assert not forked.view.chooser.isVisible()


def test_the_selected_node_or_wire_is_looked_at(forked: Hands) -> None:
    asked: list[Port] = []
    forked.session.probe_requested.connect(asked.append)
    with forked.document.edit("Add"):
        forked.document.add_node("lstm", 260, 420, id="l")
    forked.session.select([key("l")])
    outputs = [shown.name for shown in forked.view.canvas.nodes[key("l")].face.outputs]
    for _ in range(len(outputs) + 1):
        forked.key(Key.Key_P)
    assert [port.port for port in asked] == [*outputs, outputs[0]]
    forked.session.select([key("d")])
    forked.key(Key.Key_W, SHIFT)
    forked.key(Key.Key_Return)
    forked.key(Key.Key_P)
    assert asked[-1] == Port(MAIN, "b", "output")


# -- comments and the menu ---------------------------------------------------------------------------------------------


def test_comments_are_chosen_moved_and_resized(forked: Hands) -> None:
    with forked.document.edit("Frame"):
        forked.document.put("comments", FRAME, Comment("Below", -40.0, 280.0, 300.0, 200.0))
        forked.document.put("comments", NodeKey(MAIN, "note"), Comment("Above", 0.0, -300.0, note=True))
    before = forked.document.snapshot()
    forked.key(Key.Key_C, SHIFT)
    assert forked.view.comment == NodeKey(MAIN, "note")
    forked.key(Key.Key_C, SHIFT)
    assert forked.view.comment == FRAME
    for _ in range(3):
        forked.key(Key.Key_Right)
    assert forked.document.comments[FRAME].x == -10
    assert forked.document.nodes[key("e")].x == 30
    assert forked.document.nodes[key("a")].x == 0
    assert forked.agrees()
    forked.key(Key.Key_Z, CTRL)
    assert forked.document.snapshot() == before
    forked.key(Key.Key_Down, SHIFT)
    assert forked.document.comments[FRAME].height == 210
    forked.key(Key.Key_F2)
    forked.write("Renamed")
    forked.key(Key.Key_Return, CTRL)
    assert forked.document.comments[FRAME].text == "Renamed"


def test_the_menu_key_opens_the_menu_at_the_selected_node(forked: Hands) -> None:
    asked: list[QPoint] = []
    forked.view.menu_requested.connect(asked.append)
    forked.session.select([key("d")])
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(5, 5), QPoint(5, 5))
    QApplication.sendEvent(forked.view.viewport(), event)
    box = forked.view.canvas.nodes[key("d")].sceneBoundingRect()
    assert asked == [forked.view.viewport().mapToGlobal(forked.at(box.center().x(), box.center().y()))]
    assert forked.session.selection == {key("d")}


# -- panels and tabs ---------------------------------------------------------------------------------------------------


def by_palette(window: Window, qtbot: QtBot, words: str) -> None:
    qtbot.keyClick(QApplication.focusWidget(), Key.Key_P, CTRL | SHIFT)
    qtbot.waitUntil(lambda: isinstance((QApplication.focusWidget() or window).parent(), CommandPalette))
    qtbot.keyClicks(QApplication.focusWidget(), words)
    qtbot.keyClick(QApplication.focusWidget(), Key.Key_Return)


def test_panels_are_moved_resized_and_floated_by_keys(window: Window, qtbot: QtBot) -> None:
    window.open_template("xor")
    qtbot.waitUntil(lambda: window.complete)
    dock = window.docks.docks["library"]
    for _ in window.docks.docks:
        if not dock.isAncestorOf(QApplication.focusWidget()):
            qtbot.keyClick(QApplication.focusWidget(), Key.Key_F6)
    assert dock.isAncestorOf(QApplication.focusWidget())
    width = dock.width()
    by_palette(window, qtbot, "Move the panel: Wider")
    qtbot.waitUntil(lambda: dock.width() > width)
    assert dock.isAncestorOf(QApplication.focusWidget())
    by_palette(window, qtbot, "Move the panel: To the right")
    assert window.dockWidgetArea(dock) == Qt.DockWidgetArea.RightDockWidgetArea
    assert dock.isAncestorOf(QApplication.focusWidget())
    by_palette(window, qtbot, "Move the panel: To the bottom")
    assert window.dockWidgetArea(dock) == Qt.DockWidgetArea.BottomDockWidgetArea
    by_palette(window, qtbot, "Float or dock")
    assert dock.isFloating()
    qtbot.waitUntil(lambda: dock.isAncestorOf(QApplication.focusWidget() or window))
    by_palette(window, qtbot, "Move the panel: To the left")
    assert not dock.isFloating()
    assert window.dockWidgetArea(dock) == Qt.DockWidgetArea.LeftDockWidgetArea


def test_tabs_are_moved_by_keys(window: Window, qtbot: QtBot) -> None:
    window.open_template("xor")
    window.open_template("digits-cnn")
    first, second = window.session.tabs
    qtbot.keyClick(window, Key.Key_PageUp, CTRL | SHIFT)
    assert window.session.tabs == [second, first]
    qtbot.keyClick(window, Key.Key_PageUp, CTRL | SHIFT)
    assert window.session.tabs == [second, first]
    qtbot.keyClick(window, Key.Key_PageDown, CTRL | SHIFT)
    assert window.session.tabs == [first, second]
