"""The inspector: every sort of editor with real keys and mouse, and what it makes of the document."""

from __future__ import annotations

import pytest
from played import PlayedSession
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot
from shown import settle, shown, texts, visible

from backend import messages as m
from graph.analysis import Analysis, NodeReport
from graph.document import MAIN, Change, NodeKey, Port, Wire
from graph.problems import Fix, Problem
from graph.specs import TensorSpec
from gui import theme
from gui.inspector.editors import ChoiceList, NumberEditor, Segments, SwitchEditor, TextEditor
from gui.inspector.node_sections import Names, Ports
from gui.inspector.pickers import FILE, DataEditor, DeviceEditor
from gui.panels.inspector import InspectorPanel
from gui.problem_card import ProblemCard

CONV, LINEAR, DATA = NodeKey(MAIN, "conv2d_1"), NodeKey(MAIN, "linear_1"), NodeKey(MAIN, "data_1")
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def panel(session: PlayedSession, qtbot: QtBot) -> InspectorPanel:
    document = session.document
    with document.edit("Draw"):
        document.add_node("data")
        document.add_node("conv2d", 200)
        document.add_node("linear", 400)
        document.connect(Port(*DATA, "image"), Port(*CONV, "x"))
    return shown(qtbot, InspectorPanel(session), 330, 900)


def choose(panel: InspectorPanel, qtbot: QtBot, *keys: NodeKey) -> None:
    panel.session.select(keys)
    settle(qtbot)


def number(panel: InspectorPanel, name: str) -> NumberEditor:
    editor = panel.rows[name].editor
    assert isinstance(editor, NumberEditor)
    return editor


def params(panel: InspectorPanel, key: NodeKey = CONV) -> dict[str, object]:
    return panel.session.document.nodes[key].params


def type_into(qtbot: QtBot, field: QWidget, text: str, enter: bool = True) -> None:
    qtbot.mouseClick(field, LEFT, pos=QPoint(12, field.height() // 2))
    qtbot.keyClicks(field, text)
    if enter:
        qtbot.keyClick(field, Qt.Key.Key_Return)


# -- numbers ----------------------------------------------------------------------------------------------------------


def test_a_typed_number_goes_into_the_document_and_can_be_undone(panel: InspectorPanel, qtbot: QtBot) -> None:
    choose(panel, qtbot, CONV)
    type_into(qtbot, number(panel, "filters").field, "8*3")
    assert params(panel) == {"filters": 24}
    assert panel.session.document.undo_label == "Set filters"
    panel.session.undo()
    settle(qtbot)
    assert params(panel) == {}
    assert number(panel, "filters").field.text().startswith("32")


def test_an_illegal_number_is_explained_on_the_spot_and_changes_nothing(panel: InspectorPanel, qtbot: QtBot) -> None:
    choose(panel, qtbot, CONV)
    row, field = panel.rows["kernel"], number(panel, "kernel").field
    type_into(qtbot, field, "0")
    assert params(panel) == {}
    assert row.complaint.isVisible()
    assert "Kernel lies between 1 and" in row.complaint.text()
    assert "It stays 3 px" in row.complaint.text()
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert not row.complaint.isVisible()
    assert field.text().startswith("3")


def test_what_is_being_typed_survives_a_refresh(panel: InspectorPanel, qtbot: QtBot) -> None:
    choose(panel, qtbot, CONV)
    field = number(panel, "filters").field
    type_into(qtbot, field, "12", enter=False)
    panel.invalidate()
    settle(qtbot)
    assert field.text() == "12"
    qtbot.keyClick(field, Qt.Key.Key_Tab)
    assert params(panel) == {"filters": 12}


def test_a_drag_scrubs_and_is_one_step_of_undo(panel: InspectorPanel, qtbot: QtBot) -> None:
    choose(panel, qtbot, CONV)
    field = number(panel, "filters").field
    for _ in range(2):
        drag(qtbot, field, 80)
    assert params(panel)["filters"] > 32 + 10  # type: ignore[operator]
    panel.session.undo()
    between = params(panel)["filters"]
    assert between > 32  # type: ignore[operator]
    panel.session.undo()
    assert params(panel) == {}
    assert not field.hasFocus()


def drag(qtbot: QtBot, field: QWidget, distance: int) -> None:
    start = QPoint(20, field.height() // 2)
    qtbot.mousePress(field, LEFT, pos=start)
    for moved in range(0, distance + 1, 10):
        qtbot.mouseMove(field, start + QPoint(moved, 0))
    qtbot.mouseRelease(field, LEFT, pos=start + QPoint(distance, 0))


def test_arrow_keys_and_the_drawn_arrows_step(panel: InspectorPanel, qtbot: QtBot) -> None:
    choose(panel, qtbot, CONV)
    field = number(panel, "filters").field
    field.setFocus()
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Down):
        qtbot.keyClick(field, key)
    assert params(panel) == {"filters": 33}
    qtbot.keyClick(field, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert params(panel) == {"filters": 43}
    panel.session.undo()
    settle(qtbot)
    assert params(panel) == {}
    qtbot.mouseClick(field, LEFT, pos=QPoint(field.width() - 6, 4))
    assert params(panel) == {"filters": 33}


def test_a_slider_moves_its_number(panel: InspectorPanel, qtbot: QtBot) -> None:
    choose(panel, qtbot, DATA)
    editor = number(panel, "validation")
    assert editor.slider is not None
    qtbot.mouseClick(editor.slider, LEFT, pos=QPoint(editor.slider.width() // 2, editor.slider.height() // 2))
    assert params(panel, DATA)["validation"] == pytest.approx(0.5, abs=0.06)
    editor.slider.setFocus()
    before = float(params(panel, DATA)["validation"])  # type: ignore[arg-type]
    qtbot.keyClick(editor.slider, Qt.Key.Key_Right)
    assert float(params(panel, DATA)["validation"]) > before  # type: ignore[arg-type]


# -- other editors ----------------------------------------------------------------------------------------------------


def test_segments_choose_by_mouse_and_by_key(panel: InspectorPanel, qtbot: QtBot) -> None:
    choose(panel, qtbot, CONV)
    editor = panel.rows["padding"].editor
    assert isinstance(editor, Segments)
    qtbot.mouseClick(editor.button("valid"), LEFT)
    assert params(panel) == {"padding": "valid"}
    qtbot.keyClick(editor.button("valid"), Qt.Key.Key_Left)
    assert params(panel) == {}
    assert editor.button("same").isChecked()


def test_longer_choices_open_as_a_list(panel: InspectorPanel, qtbot: QtBot, session: PlayedSession) -> None:
    with session.document.edit("Add"):
        key = session.document.add_node("objective")
    choose(panel, qtbot, key)
    editor = panel.rows["optimizer"].editor
    assert isinstance(editor, ChoiceList)
    editor.box.setFocus()
    qtbot.keyClicks(editor.box, "s")
    qtbot.keyClick(editor.box, Qt.Key.Key_Return)
    assert params(panel, key) in ({"optimizer": "sgd"}, {})
    assert set(panel.rows) >= {"learning_rate", "momentum", "schedule"}


def test_a_switch_turns_and_turns_back(panel: InspectorPanel, qtbot: QtBot) -> None:
    choose(panel, qtbot, CONV)
    editor = panel.rows["bias"].editor
    assert isinstance(editor, SwitchEditor)
    qtbot.mouseClick(editor.switch, LEFT)
    assert params(panel) == {"bias": False}
    qtbot.keyClick(editor.switch, Qt.Key.Key_Space)
    assert params(panel) == {}


def test_the_reset_button_and_its_mark_show_only_for_what_differs(panel: InspectorPanel, qtbot: QtBot) -> None:
    choose(panel, qtbot, CONV)
    row = panel.rows["filters"]
    assert not row.reset.isVisible()
    assert not row.mark.isVisible()
    type_into(qtbot, number(panel, "filters").field, "7")
    assert row.reset.isVisible()
    assert row.mark.isVisible()
    qtbot.mouseClick(row.reset, LEFT)
    assert params(panel) == {}
    assert not row.reset.isVisible()


def test_data_is_chosen_from_what_is_known_or_from_a_file(
    panel: InspectorPanel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(panel, qtbot, DATA)
    editor = panel.rows["source"].editor
    assert isinstance(editor, DataEditor)
    assert editor.box.currentData() == "digits"
    pick(qtbot, editor, "xor")
    assert params(panel, DATA) == {"source": "xor"}
    monkeypatch.setattr(editor, "choose_file", lambda: "/data/mine.csv")
    pick(qtbot, editor, FILE)
    assert params(panel, DATA) == {"source": "/data/mine.csv"}
    assert editor.box.currentText() == "mine.csv"
    monkeypatch.setattr(editor, "choose_file", lambda: "")
    pick(qtbot, editor, FILE)
    assert editor.box.currentData() == "/data/mine.csv"


def pick(qtbot: QtBot, editor: DataEditor, source: str) -> None:
    """Choose an entry by the keyboard, as one does in an open list."""
    box = editor.box
    box.showPopup()
    box.view().setCurrentIndex(box.model().index(box.findData(source), 0))
    qtbot.keyClick(box.view(), Qt.Key.Key_Return)


# -- names, ports, problems -------------------------------------------------------------------------------------------


def test_title_and_id_are_renamed_with_the_wires_following(panel: InspectorPanel, qtbot: QtBot) -> None:
    choose(panel, qtbot, DATA)
    (names,) = visible(panel, Names)
    type_into(qtbot, names.title.field, "Digits")
    names.id.field.selectAll()
    qtbot.keyClicks(names.id.field, "digits")
    qtbot.keyClick(names.id.field, Qt.Key.Key_Return)
    document = panel.session.document
    assert document.nodes[NodeKey(MAIN, "digits")].title == "Digits"
    assert document.wires == {Port(*CONV, "x"): Wire("digits", "image")}
    assert panel.session.selection == {NodeKey(MAIN, "digits")}
    settle(qtbot)
    panel.session.undo()
    assert document.wires == {Port(*CONV, "x"): Wire("data_1", "image")}


@pytest.mark.parametrize(("typed", "words"), [("2nd layer", "is a word of letters"), ("linear_1", "already a node")])
def test_an_unfit_id_is_explained(panel: InspectorPanel, qtbot: QtBot, typed: str, words: str) -> None:
    choose(panel, qtbot, CONV)
    (names,) = visible(panel, Names)
    names.id.field.selectAll()
    qtbot.keyClicks(names.id.field, typed)
    qtbot.keyClick(names.id.field, Qt.Key.Key_Return)
    assert words in names.complaint.text()
    assert CONV in panel.session.document.nodes


def test_ports_show_what_comes_and_goes(panel: InspectorPanel, qtbot: QtBot, session: PlayedSession) -> None:
    choose(panel, qtbot, CONV)
    (ports,) = visible(panel, Ports)
    assert [(line.name, line.text, line.missing) for line in ports.inputs()] == [("x", "← data_1.image", False)]
    reports = {
        DATA: NodeReport({"image": TensorSpec((1, 8, 8))}),
        CONV: NodeReport({"features": TensorSpec((32, 8, 8))}, 320),
    }
    session.hear_analyst(m.Analysed(99, Analysis(reports, (), 320), "code"))
    settle(qtbot)
    assert ports.inputs()[0].text == "1×8×8 ← data_1.image"
    assert [(line.name, line.text) for line in ports.outputs()] == [("features", "32×8×8")]
    assert "320 parameters" in texts(ports)
    choose(panel, qtbot, LINEAR)
    (ports,) = visible(panel, Ports)
    assert ports.inputs()[0].missing


def test_a_problem_stands_at_its_node_with_its_fix(panel: InspectorPanel, qtbot: QtBot, session: PlayedSession) -> None:
    before = session.document.nodes[LINEAR]
    with session.document.edit("Widen"):
        session.document.set_param(LINEAR, "units", 10)
    changed = session.document.nodes[LINEAR]
    session.undo()
    fix = Fix("Use 10 units", (Change("nodes", LINEAR, before, changed),))
    problem = Problem("error", MAIN, LINEAR.node, "x", "linear_1 gives too few numbers.", fix)
    session.hear_analyst(m.Analysed(99, Analysis({}, (problem,), 0), ""))
    choose(panel, qtbot, LINEAR)
    (card,) = visible(panel, ProblemCard)
    assert card.fix is not None
    qtbot.mouseClick(card.fix, LEFT)
    assert params(panel, LINEAR) == {"units": 10}
    choose(panel, qtbot, CONV)
    assert visible(panel, ProblemCard) == []


# -- several, and none ------------------------------------------------------------------------------------------------


def test_common_parameters_of_several_nodes_change_together(panel: InspectorPanel, qtbot: QtBot) -> None:
    with panel.session.document.edit("Bias"):
        panel.session.document.set_param(CONV, "bias", False)
    choose(panel, qtbot, CONV, LINEAR)
    assert [name for name, row in panel.rows.items() if not row.field.parameter.group] == ["bias"]
    editor = panel.rows["bias"].editor
    assert isinstance(editor, SwitchEditor)
    assert editor.switch.checkState() == Qt.CheckState.PartiallyChecked
    qtbot.mouseClick(editor.switch, LEFT)
    assert params(panel, CONV) == {}
    assert params(panel, LINEAR) == {}
    qtbot.mouseClick(editor.switch, LEFT)
    assert params(panel, CONV) == params(panel, LINEAR) == {"bias": False}
    panel.session.undo()
    assert params(panel, CONV) == params(panel, LINEAR) == {}


def test_several_of_one_type_share_all_their_numbers(
    panel: InspectorPanel, qtbot: QtBot, session: PlayedSession
) -> None:
    with session.document.edit("Add"):
        other = session.document.add_node("linear", params={"units": 5})
    choose(panel, qtbot, LINEAR, other)
    field = number(panel, "units").field
    assert field.text() == "—"
    type_into(qtbot, field, "20")
    assert params(panel, LINEAR) == params(panel, other) == {"units": 20}


def test_nodes_with_nothing_in_common_say_so(panel: InspectorPanel, qtbot: QtBot) -> None:
    choose(panel, qtbot, DATA, LINEAR)
    assert panel.rows == {}
    assert "no parameter in common" in texts(panel)


def test_with_nothing_selected_the_design_itself_is_edited(panel: InspectorPanel, qtbot: QtBot) -> None:
    choose(panel, qtbot)
    type_into(qtbot, number(panel, "epochs").field, "25")
    (title,) = visible(panel, TextEditor)
    type_into(qtbot, title.field, "My first network")
    document = panel.session.document
    assert document.settings == {"epochs": 25}
    assert document.about == {"title": "My first network"}
    type_into(qtbot, number(panel, "epochs").field, "10")
    assert document.settings == {}


def test_the_lesson_is_taken_when_the_cursor_leaves(panel: InspectorPanel, qtbot: QtBot) -> None:
    choose(panel, qtbot)
    (lesson,) = visible(panel, QPlainTextEdit)
    lesson.setFocus()
    qtbot.keyClicks(lesson, "Watch the loss.")
    assert panel.session.document.about == {}
    qtbot.keyClick(lesson, Qt.Key.Key_Tab)
    assert panel.session.document.about == {"lesson": "Watch the loss."}


def test_devices_are_those_that_the_engine_found(panel: InspectorPanel, qtbot: QtBot, session: PlayedSession) -> None:
    session.hear(m.Ready({"cpu": "CPU", "cuda:0": "H200"}, "2.13"))
    choose(panel, qtbot)
    editor = panel.rows["device"].editor
    assert isinstance(editor, DeviceEditor)
    assert [editor.box.itemData(n) for n in range(editor.box.count())] == ["auto", "cpu", "cuda:0"]
    with session.document.edit("Set"):
        session.document.set_setting("device", "cuda:3")
    settle(qtbot)
    assert editor.box.currentText() == "cuda:3 (not on this machine)"


def test_an_unknown_type_is_explained(panel: InspectorPanel, qtbot: QtBot, session: PlayedSession) -> None:
    with session.document.edit("Add"):
        key = session.document.add_node("from_a_plugin")
    choose(panel, qtbot, key)
    assert "knows no such node type" in texts(panel)


def test_hidden_it_does_nothing_and_shown_it_catches_up(panel: InspectorPanel, qtbot: QtBot) -> None:
    choose(panel, qtbot, CONV)
    panel.hide()
    choose(panel, qtbot, LINEAR)
    assert panel.keys == (CONV,)
    panel.show()
    assert panel.keys == (LINEAR,)


def test_every_control_has_a_name_in_both_themes(panel: InspectorPanel, qtbot: QtBot) -> None:
    choose(panel, qtbot, CONV)
    for name in ("light", "dark"):
        theme.set_theme(name)
        settle(qtbot)
        for row in panel.rows.values():
            if not isinstance(row.editor, Segments):
                assert row.editor.focusProxy().accessibleName()
        assert set(panel.rows) >= {"filters", "kernel", "padding"}
