"""The inspector for lists of numbers, names of nodes and formulas."""

from __future__ import annotations

import pytest
from blocks import FIRST, LINEAR, choose, draw_blocks, params, set_params, type_over
from played import PlayedSession
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot
from shown import settle, shown

from backend import messages as m
from graph import sharing
from graph.analysis import Analysis
from graph.document import Change, Port
from graph.problems import Fix, Problem
from gui.inspector import matrices
from gui.inspector.formula_field import FormulaEditor
from gui.inspector.matrix_field import MatrixEditor
from gui.inspector.names_field import NamesEditor
from gui.panels.inspector import InspectorPanel

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def drawn(session: PlayedSession) -> PlayedSession:
    draw_blocks(session.document)
    return session


@pytest.fixture
def panel(drawn: PlayedSession, qtbot: QtBot) -> InspectorPanel:
    return shown(qtbot, InspectorPanel(drawn), 340, 1000)


# -- lists of numbers --------------------------------------------------------------------------------------------------


def matrix(panel: InspectorPanel, qtbot: QtBot, name: str = "given_weights") -> MatrixEditor:
    """The opened editor of a list of the linear layer."""
    set_params(panel, qtbot, LINEAR, initial="as given")
    choose(panel, qtbot, LINEAR)
    editor = panel.rows[name].editor
    assert isinstance(editor, MatrixEditor)
    qtbot.mouseClick(editor.button, LEFT)
    settle(qtbot)
    return editor


def enter(qtbot: QtBot, editor: MatrixEditor, row: int, column: int, text: str) -> None:
    """Type into a cell as one does: choose it, type, Return."""
    editor.grid.setCurrentCell(row, column)
    qtbot.keyClicks(editor.grid, text[0])
    field = QApplication.focusWidget()
    assert isinstance(field, QLineEdit)
    qtbot.keyClicks(field, text[1:])
    qtbot.keyClick(field, Qt.Key.Key_Return)
    settle(qtbot)


def test_a_grid_grows_as_it_is_typed_and_is_one_step_of_undo(panel: InspectorPanel, qtbot: QtBot) -> None:
    editor = matrix(panel, qtbot)
    assert editor.grid.hasFocus()
    for row, column, text in ((0, 0, "0.5"), (0, 1, "-1"), (1, 1, "1/4")):
        enter(qtbot, editor, row, column, text)
    assert params(panel, LINEAR)["given_weights"] == [[0.5, -1], [0, 0.25]]
    assert (editor.grid.rowCount(), editor.grid.columnCount()) == (3, 3)
    assert editor.button.text() == "2×2 numbers"
    item = editor.grid.item(1, 0)
    assert item is not None
    assert item.text() == "0"
    assert item.textAlignment() & Qt.AlignmentFlag.AlignRight
    panel.session.undo()
    settle(qtbot)
    assert "given_weights" not in params(panel, LINEAR)
    assert editor.grid.cells() == [[""]]


def test_one_row_is_one_unit_for_weights_and_a_list_for_biases(panel: InspectorPanel, qtbot: QtBot) -> None:
    enter(qtbot, matrix(panel, qtbot), 0, 0, "7")
    enter(qtbot, matrix(panel, qtbot, "given_biases"), 0, 0, "8")
    assert params(panel, LINEAR)["given_weights"] == [[7]]
    assert params(panel, LINEAR)["given_biases"] == [8]


def test_a_cell_that_is_no_number_is_marked_and_explained(panel: InspectorPanel, qtbot: QtBot) -> None:
    editor = matrix(panel, qtbot)
    enter(qtbot, editor, 0, 0, "1")
    enter(qtbot, editor, 0, 1, "abc")
    assert params(panel, LINEAR)["given_weights"] == [[1]]
    assert editor.grid.wrong() == [(0, 1)]
    complaint = panel.rows["given_weights"].complaint
    assert complaint.isVisible()
    assert "Row 1, column 2 is a number; got “abc”." in complaint.text()
    enter(qtbot, editor, 0, 1, "2")
    assert params(panel, LINEAR)["given_weights"] == [[1, 2]]
    assert not complaint.isVisible()


@pytest.mark.parametrize("text", ["1,5\t2\n3\t4\n", "1.5, 2\n3, 4", "1.5;2\n3;4", "[[1.5, 2], [3, 4]]", "1.5 2\n3 4"])
def test_numbers_are_pasted_from_anywhere(panel: InspectorPanel, qtbot: QtBot, text: str) -> None:
    editor = matrix(panel, qtbot)
    QGuiApplication.clipboard().setText(text)
    qtbot.keyClick(editor.grid, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert params(panel, LINEAR)["given_weights"] == [[1.5, 2], [3, 4]]
    editor.grid.selectAll()
    qtbot.keyClick(editor.grid, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text().splitlines()[0] == "1.5\t2"
    editor.grid.setCurrentCell(0, 0)
    editor.grid.selectRow(0)
    qtbot.keyClick(editor.grid, Qt.Key.Key_Delete)
    assert params(panel, LINEAR)["given_weights"] == [[3, 4]]


def test_the_size_that_is_needed_is_one_press_away(panel: InspectorPanel, qtbot: QtBot) -> None:
    editor = matrix(panel, qtbot)
    assert not editor.fill.isVisible()
    document = panel.session.document
    before = document.nodes[LINEAR]
    after = type(before)("linear", {**before.params, "given_weights": [[0.0, 0.0, 0.0]]}, x=before.x, y=before.y)
    fix = Fix("Make it 1×3 numbers", (Change("nodes", LINEAR, before, after),))
    problem = Problem("error", *LINEAR, "", "The weights are 1×3 numbers here; none are given.", fix)
    panel.session.hear_analyst(m.Analysed(99, Analysis({}, (problem,), 0), ""))  # type: ignore[attr-defined]
    settle(qtbot)
    assert editor.fill.text() == "Make it 1×3 numbers"
    qtbot.mouseClick(editor.fill, LEFT)
    settle(qtbot)
    assert params(panel, LINEAR)["given_weights"] == [[0.0, 0.0, 0.0]]
    assert editor.grid.columnCount() == 4


def test_deeper_lists_are_edited_as_text(panel: InspectorPanel, qtbot: QtBot) -> None:
    set_params(panel, qtbot, LINEAR, given_weights=[[[1, 2], [3, 4]]])
    editor = matrix(panel, qtbot)
    assert editor.text.isVisible()
    assert not editor.grid.isVisible()
    editor.text.setFocus()
    editor.text.selectAll()
    qtbot.keyClicks(editor.text, "[[[1, 2], [3]]]")
    qtbot.keyClick(editor.text, Qt.Key.Key_Tab)
    assert "Rows of one length" in panel.rows["given_weights"].complaint.text()
    assert params(panel, LINEAR)["given_weights"] == [[[1, 2], [3, 4]]]
    editor.text.setFocus()
    editor.text.selectAll()
    qtbot.keyClicks(editor.text, "[[[5, 6], [7, 8]]]")
    qtbot.keyClick(editor.text, Qt.Key.Key_Tab)
    assert params(panel, LINEAR)["given_weights"] == [[[5, 6], [7, 8]]]


@pytest.mark.parametrize("value", [[], [1], [1, 2.5], [[1, 2], [3, 4]], [[0.125]], [[[1, 2]], [[3, 4]]]])
def test_numbers_survive_the_way_through_text(value: list[object]) -> None:
    assert matrices.parse_text(matrices.text_of(value)) == value
    if matrices.fits_grid(value):
        flat = not value or not isinstance(value[0], list)
        assert matrices.value_of(matrices.cells_of(value), flat) == value


# -- names and formulas ------------------------------------------------------------------------------------------------


def test_what_an_objective_trains_is_ticked_or_typed(panel: InspectorPanel, qtbot: QtBot) -> None:
    with panel.session.document.edit("Add"):
        key = panel.session.document.add_node("objective")
        linked = panel.session.document.add_node("linear")
        sharing.link(panel.session.document, linked, LINEAR)
        panel.session.document.add_node("relu")
    choose(panel, qtbot, key)
    editor = panel.rows["trains"].editor
    assert isinstance(editor, NamesEditor)
    assert editor.line.field.placeholderText() == "all upstream"
    qtbot.mouseClick(editor.button, LEFT)
    settle(qtbot)
    offered = [editor.list.item(n).data(Qt.ItemDataRole.UserRole) for n in range(editor.list.count())]
    assert sorted(offered) == ["block_1", "block_2", "linear_1"]
    editor.list.setCurrentRow(offered.index("block_2"))
    qtbot.keyClick(editor.list, Qt.Key.Key_Space)
    assert params(panel, key) == {"trains": "block_2"}
    settle(qtbot)
    assert editor.line.field.text() == "block_2"
    type_over(qtbot, editor.line.field, "linear_1,  block_2, linear_1")
    assert params(panel, key) == {"trains": "linear_1, block_2"}
    settle(qtbot)
    ticked = [editor.list.item(n).checkState() == Qt.CheckState.Checked for n in range(3)]
    assert ticked == [name != "block_1" for name in offered]


def test_a_formula_is_checked_while_it_is_typed(panel: InspectorPanel, qtbot: QtBot) -> None:
    with panel.session.document.edit("Add"):
        key = panel.session.document.add_node("expression")
        for number in range(2):
            panel.session.document.connect(Port(*FIRST, "y"), Port(*key, f"xs.{number}"))
    choose(panel, qtbot, key)
    row = panel.rows["formula"]
    assert isinstance(row.editor, FormulaEditor)
    field = row.editor.field
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "a * (1 -")
    assert "goes wrong at" in row.complaint.text()
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert params(panel, key) == {}
    qtbot.keyClicks(field, " c)")
    assert "an input was expected, of which there are a, b" in row.complaint.text()
    qtbot.keyClick(field, Qt.Key.Key_Backspace)
    qtbot.keyClick(field, Qt.Key.Key_Backspace)
    qtbot.keyClicks(field, "b)")
    assert not row.complaint.isVisible()
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert params(panel, key) == {"formula": "a * (1 - b)"}
    assert "sigmoid" in field.toolTip()
