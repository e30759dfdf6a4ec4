"""What opening and closing a design may not leave behind, though no widget and no object of Python lives on."""

from __future__ import annotations

import ctypes
import gc

import pytest
import shiboken6
from PySide6.QtCore import SIGNAL, QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QLabel, QToolButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from gui.inspector.design_section import Prose
from gui.inspector.editors import CalmComboBox
from gui.parts import clear
from gui.window import Window

TIMES = 100
KEPT = 200  # bytes for a widget; those that the style keeps notes of cost twice as much


class _Heap(ctypes.Structure):
    """What glibc says of its heap."""

    _fields_ = [(name, ctypes.c_size_t) for name in (
        "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost",
    )]  # fmt: skip


def test_a_tool_button_listens_to_its_action_once(window: Window) -> None:
    action = window.bars.actions["undo"]
    assert isinstance(window.bars.toolbar.widgetForAction(action), QToolButton)
    counts = set()
    for number in range(20):
        action.setEnabled(number % 2 == 0)
        counts.add(action.receivers(SIGNAL("changed()")))
    assert len(counts) == 1


def test_a_button_of_the_toolbar_still_follows_its_action(window: Window) -> None:
    action = window.bars.actions["undo"]
    button = window.bars.toolbar.widgetForAction(action)
    assert isinstance(button, QToolButton)
    for on in (True, False, True):
        action.setEnabled(on)
        action.setToolTip(f"It is {on}.")
        assert (button.isEnabled(), button.toolTip()) == (on, f"It is {on}.")


def test_clearing_a_layout_frees_its_items(qtbot: QtBot) -> None:
    panel = QWidget()
    qtbot.addWidget(panel)
    layout, inner = QVBoxLayout(panel), QVBoxLayout()
    inner.addWidget(QLabel("Inside"))
    for _ in range(3):
        layout.addWidget(QLabel("Words"))
    layout.addStretch()
    layout.addLayout(inner)
    items = [*map(layout.itemAt, range(layout.count())), inner.itemAt(0)]
    clear(layout)
    assert not any(map(shiboken6.isValid, items))


def test_the_style_keeps_nothing_of_widgets_that_are_gone(qtbot: QtBot) -> None:
    panel = QWidget()
    qtbot.addWidget(panel)
    layout = QVBoxLayout(panel)
    panel.show()
    for _ in range(TIMES // 2):  # fills what is cached once
        _fill_and_clear(panel, layout)
    before = _in_use()
    for _ in range(TIMES):
        _fill_and_clear(panel, layout)
    assert (_in_use() - before) / (6 * TIMES) < KEPT


def _fill_and_clear(panel: QWidget, layout: QVBoxLayout) -> None:
    for _ in range(3):
        box = CalmComboBox(panel)
        box.addItems(["one", "two"])
        layout.addWidget(box)
        layout.addWidget(Prose(panel))
    QApplication.processEvents()
    panel.grab()
    clear(layout)
    QApplication.processEvents()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def _in_use() -> int:
    """Bytes that are allocated."""
    gc.collect()
    try:
        measure = ctypes.CDLL("libc.so.6").mallinfo2
    except (OSError, AttributeError):
        pytest.skip("Only glibc tells how much of its heap is in use.")
    measure.restype = _Heap
    heap = measure()
    return int(heap.uordblks + heap.hblkhd)
