"""Numbers in the inspector: how fast they scrub, and how all of them go back."""

from __future__ import annotations

import pytest
from played import PlayedSession
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot
from shown import settle, shown

from graph.document import MAIN, NodeKey
from gui.inspector.editors import NumberEditor
from gui.inspector.number_field import NumberField
from gui.panels.inspector import InspectorPanel

CONV = NodeKey(MAIN, "conv2d_1")
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def panel(session: PlayedSession, qtbot: QtBot) -> InspectorPanel:
    with session.document.edit("Draw"):
        session.document.add_node("conv2d")
    made = shown(qtbot, InspectorPanel(session), 330, 900)
    session.select([CONV])
    settle(qtbot)
    return made


def field_of(panel: InspectorPanel, name: str) -> NumberField:
    editor = panel.rows[name].editor
    assert isinstance(editor, NumberEditor)
    return editor.field


def type_into(qtbot: QtBot, field: NumberField, text: str) -> None:
    qtbot.mouseClick(field, LEFT)
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)


def test_shift_scrubs_finely_and_ctrl_coarsely(panel: InspectorPanel, qtbot: QtBot) -> None:
    field, moved = field_of(panel, "filters"), []
    for held in (
        Qt.KeyboardModifier.ShiftModifier,
        Qt.KeyboardModifier.NoModifier,
        Qt.KeyboardModifier.ControlModifier,
    ):
        start, before = QPointF(20, field.height() // 2), field.value
        for kind, offset in (("Press", 0), ("Move", 10), ("Move", 40), ("Release", 40)):
            sort, at = getattr(QEvent.Type, f"MouseButton{kind}", QEvent.Type.MouseMove), start + QPointF(offset, 0)
            buttons = Qt.MouseButton.NoButton if kind == "Release" else LEFT
            event = QMouseEvent(sort, at, field.mapToGlobal(at), LEFT, buttons, held)
            QApplication.sendEvent(field, event)
        moved.append(field.value - before)  # type: ignore[operator]
        panel.session.undo()
        settle(qtbot)
        assert field.value == before
    assert moved[0] < moved[1] < moved[2]


def test_all_parameters_go_back_in_one_step(panel: InspectorPanel, qtbot: QtBot) -> None:
    reset = next(button for button in panel.findChildren(QPushButton) if button.text() == "Reset all")
    type_into(qtbot, field_of(panel, "filters"), "7")
    settle(qtbot)
    assert not reset.isVisible()  # the row's own button does
    type_into(qtbot, field_of(panel, "kernel"), "5")
    settle(qtbot)
    assert len(panel.session.document.nodes[CONV].params) == 2
    qtbot.mouseClick(reset, LEFT)
    assert panel.session.document.nodes[CONV].params == {}
    panel.session.undo()
    assert panel.session.document.nodes[CONV].params == {"filters": 7, "kernel": 5}
