"""Finding nodes, help on a node, the cheat sheet, and that every gesture of the table has its test."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hands import SHIFT, Hands, key
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from docs import gestures
from graph.document import MAIN, NodeKey
from gui.actions import ACTIONS
from gui.gesture_table import GESTURES
from gui.shell.cheat_sheet import CheatSheet

Key = Qt.Key
CONTROL = Qt.KeyboardModifier.ControlModifier

TESTED = {
    "add": "test_search_adds_at_the_pointer",
    "add_fitting": "test_a_wire_dropped_on_nothing_offers_what_fits_and_wires_it",
    "insert": "test_a_lone_node_dropped_on_a_wire_goes_into_it",
    "connect": "test_draw_xor_on_an_empty_canvas",
    "take_off": "test_a_wire_is_moved_from_one_input_to_another",
    "select": "test_clicks_select",
    "move": "test_many_nodes_move_as_one_step_along_the_grid",
    "pan": "test_pan",
    "zoom": "test_the_wheel_zooms_at_the_pointer_within_limits",
    "frame": "test_frame_all_and_frame_selection",
    "frame_all": "test_frame_all_and_frame_selection",
    "cut_wires": "test_a_stroke_with_the_right_button_cuts_wires",
    "move_wires": "test_all_wires_of_an_output_move_together",
    "reroute": "test_a_stroke_puts_one_dot_on_all_wires_of_an_output",
    "probe": "test_a_port_is_asked_to_be_looked_at",
    "tidy": "test_tidy_is_one_step_and_flows_to_the_right",
    "duplicate": "test_duplicate",
    "duplicate_linked": "test_a_linked_duplicate_shares_and_can_be_unlinked",
    "copy": "test_copy_and_paste_at_the_pointer",
    "paste": "test_what_was_copied_can_be_pasted_in_another_window",
    "undo": "test_draw_xor_on_an_empty_canvas",
    "redo": "test_draw_xor_on_an_empty_canvas",
    "delete": "test_delete",
    "heal": "test_delete_and_heal_wires_across",
    "mute": "test_mute_and_unmute",
    "collapse": "test_collapse_and_expand",
    "group": "test_grouping_and_taking_it_back",
    "enter": "test_a_double_click_enters_and_escape_leaves",
    "leave": "test_a_double_click_enters_and_escape_leaves",
    "comment": "test_a_frame_around_the_selection_is_one_step",
    "rename": "test_rename",
    "find": "test_find_jumps_into_another_network",
    "help": "test_f1_explains_the_selected_node",
    "menu": "test_the_right_button_asks_for_a_menu",
    "cancel": "test_escape_leaves_everything_as_it_was",
    "plot_zoom": "test_keys_zoom_along_the_axis_and_other_plots_follow",
    "plot_all": "test_a_key_shows_everything_again_and_follows",
    "plot_push": "test_arrow_keys_push_what_is_shown",
    "plot_read": "test_ctrl_and_arrows_read_from_point_to_point",
    "train": "test_one_key_trains_pauses_and_goes_on",
    "stop": "test_one_key_trains_pauses_and_goes_on",
}


def test_every_gesture_has_a_test_and_every_action_is_there() -> None:
    defined = {
        node.name
        for path in Path(__file__).parent.glob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    }
    assert {row.name for row in GESTURES} == TESTED.keys()
    assert set(TESTED.values()) <= defined
    assert {row.action for row in GESTURES} - {""} <= {action.name for action in ACTIONS}
    assert all(row.how or row.action for row in GESTURES)


def test_no_key_is_taken_twice() -> None:
    taken = [str(keys) for action in ACTIONS for keys in action.keys]
    assert len(taken) == len(set(taken))


def test_find_jumps_into_another_network(grouped: Hands) -> None:
    grouped.key(Key.Key_F, CONTROL)
    assert grouped.view.finder.isVisible()
    grouped.write("tanh")
    grouped.key(Key.Key_Return)
    assert grouped.session.network == "network_1"
    assert grouped.session.selection == {NodeKey("network_1", "c")}
    assert not grouped.view.finder.isVisible()
    assert grouped.view.hasFocus()


def test_find_shows_what_there_is_by_id_and_title(chain: Hands) -> None:
    with chain.document.edit("Name"):
        chain.document.change_node(key("d"), title="Last rectifier")
    chain.key(Key.Key_F, CONTROL)
    chain.write("rectif")
    assert chain.view.finder.model.rowCount() == 1
    chain.key(Key.Key_Escape)
    assert not chain.view.finder.isVisible()
    assert not chain.session.selection


def test_f1_explains_the_selected_node(chain: Hands) -> None:
    chain.click(chain.title("b"))
    chain.key(Key.Key_F1)
    card = chain.view.help_card
    assert card.isVisible()
    text, page = card.page.toPlainText(), card.page.toHtml()
    assert "units" in text
    assert "pytorch.org" in page
    QTest.keyClick(card.page, Key.Key_Escape)
    assert not card.isVisible()
    assert chain.view.hasFocus()


@pytest.mark.parametrize("with_key", [Key.Key_Question, Key.Key_F1])
def test_the_cheat_sheet_shows_every_gesture_and_key(hands: Hands, with_key: Key) -> None:
    hands.move(hands.at(0, 0))
    hands.key(with_key)
    (sheet,) = hands.stage.findChildren(CheatSheet)
    text = sheet.text()
    assert all(row.what.replace("’", "'") in text for row in GESTURES if row.how)
    assert all(action.text in text for action in ACTIONS if action.keys and isinstance(action.text, str)
               and "…" not in action.text)  # fmt: skip
    hands.key(Key.Key_Escape)
    QApplication.processEvents()
    assert not any(each.isVisible() for each in hands.stage.findChildren(CheatSheet))
    assert hands.view.hasFocus()


def test_the_right_button_asks_for_a_menu(chain: Hands) -> None:
    from PySide6.QtGui import QContextMenuEvent

    asked: list[object] = []
    chain.view.menu_requested.connect(asked.append)
    spot = chain.title("b")
    place = chain.view.viewport().mapToGlobal(spot)
    QApplication.sendEvent(chain.view.viewport(), QContextMenuEvent(QContextMenuEvent.Reason.Mouse, spot, place))
    assert asked == [place]
    assert chain.session.selection == {key("b")}
    chain.press(spot, Qt.MouseButton.RightButton, SHIFT)
    QApplication.sendEvent(chain.view.viewport(), QContextMenuEvent(QContextMenuEvent.Reason.Mouse, spot, place))
    chain.release(spot, Qt.MouseButton.RightButton, SHIFT)
    assert len(asked) == 1


def test_find_knows_where_things_are(grouped: Hands) -> None:
    from gui.canvas.finding import find

    rows = find(grouped.document, "relu", MAIN)
    assert [row.key.node for row in rows] == ["a", "d"]
    assert rows[0].summary.endswith("in Main")


def test_the_page_of_gestures_is_that_of_the_tables() -> None:
    assert gestures.PAGE.read_text(encoding="utf-8") == gestures.page(), "renew it: python -m docs.gestures"
