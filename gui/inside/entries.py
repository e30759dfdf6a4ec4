"""What can be given to a network, as things to draw, drag, choose and type: one editor for each sort of entry."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any, Final

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from backend.questions.attempts import Entry
from graph.catalogue import Parameter
from graph.specs import Limits
from gui import theme
from gui.inside.curve_pad import CurvePad
from gui.inside.pad import DrawingPad
from gui.inspector.editors import CalmComboBox, NumberEditor

LABEL: Final = 96  # pixels of the names beside numbers and choices
PAD: Final = 168  # pixels, the least of a pad with its tools
TEXT_HEIGHT: Final = 54  # pixels: two lines
BEYOND: Final = 0.25  # of the usual span, by which numbers may leave it
TALL: Final = ("picture", "text", "curve")  # what stands below its name


class EntryRow(QWidget):
    """One entry with its name. ``changed`` says that its value is another; ``value`` gives it."""

    changed = Signal()

    def __init__(self, entry: Entry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.entry = entry
        self.label = QLabel(entry.name if entry.form != "curve" or len(entry.choices) < 2 else legend(entry))
        self.label.setProperty("dim", True)
        if entry.form == "curve":
            theme.signals.changed.connect(self._colour)
        self.label.setToolTip(entry.name)
        self.editor, self.value, self._show = MAKERS[entry.form](entry, self.changed.emit)
        self.editor.setAccessibleName(entry.name)
        tall = entry.form in TALL
        layout = QVBoxLayout(self) if tall else QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4 if tall else 8)
        if not tall:
            self.label.setFixedWidth(LABEL)
            short = self.label.fontMetrics().elidedText(entry.name, Qt.TextElideMode.ElideRight, LABEL)
            self.label.setText(short)
        layout.addWidget(self.label)
        layout.addWidget(self.editor, 1)

    def _colour(self) -> None:
        """Take the colours of the theme."""
        if len(self.entry.choices) > 1:
            self.label.setText(legend(self.entry))

    def show_entry(self, entry: Entry) -> None:
        """Show another example's value, without telling anyone."""
        self.entry = entry
        self.blockSignals(True)
        self._show(entry.value)
        self.blockSignals(False)


def legend(entry: Entry) -> str:
    """The name of a curve, and in which colour each of its columns is."""
    now = theme.current()
    dots = (f'<span style="color: {now.series[place % len(now.series)].name()}">●</span> {escape(name)}'
            for place, name in enumerate(entry.choices))  # fmt: skip
    return f"{escape(entry.name)} &nbsp; {' &nbsp; '.join(dots)}"


def alike(one: Entry, other: Entry) -> bool:
    """Whether the same editor can show both."""
    return (one.source, one.name, one.form, one.choices, one.low, one.high, np.shape(one.value)) == (
        other.source, other.name, other.form, other.choices, other.low, other.high, np.shape(other.value))  # fmt: skip


Made = tuple[QWidget, Callable[[], Any], Callable[[Any], None]]


def _picture(entry: Entry, tell: Callable[[], None]) -> Made:
    channels, height, width = entry.value.shape
    pad = DrawingPad(height, width, channels)
    pad.show_values(entry.value)
    pad.setMinimumHeight(PAD)
    pad.drawn.connect(tell)
    return pad, lambda: pad.values().reshape(channels, height, width), pad.show_values


def _number(entry: Entry, tell: Callable[[], None]) -> Made:
    kind, value = (int, round(entry.value)) if entry.whole else (float, float(entry.value))
    more = 0.0 if entry.whole else BEYOND * (entry.high - entry.low)
    low, high = min(entry.low - more, value), max(entry.high + more, value)
    if low == high:
        low, high = low - 1, high + 1
    limits = Limits(round(low) if entry.whole else low, round(high) if entry.whole else high)
    editor = NumberEditor(Parameter(entry.name, kind, value, "", limits))
    editor.show_value(value)
    held = [value]

    def take(number: Any, _: str = "") -> None:
        held[0] = number
        tell()

    def show(number: Any) -> None:
        held[0] = round(number) if entry.whole else float(number)
        editor.show_value(held[0])

    editor.edited.connect(take)
    editor.name_for_readers(entry.name, "")
    return editor, lambda: held[0], show


def _choice(entry: Entry, tell: Callable[[], None]) -> Made:
    box = CalmComboBox()
    box.addItems(entry.choices)
    box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    box.setCurrentIndex(entry.value)
    box.currentIndexChanged.connect(lambda _: tell())
    return box, box.currentIndex, box.setCurrentIndex


class _Text(QPlainTextEdit):
    def sizeHint(self) -> QSize:
        return QSize(200, TEXT_HEIGHT)


def _text(entry: Entry, tell: Callable[[], None]) -> Made:
    field = _Text(entry.value)
    field.setTabChangesFocus(True)
    field.setPlaceholderText(entry.name)
    field.setMinimumHeight(TEXT_HEIGHT)
    field.textChanged.connect(tell)
    return field, field.toPlainText, field.setPlainText


def _curve(entry: Entry, tell: Callable[[], None]) -> Made:
    pad, shape = CurvePad(entry.name), entry.value.shape
    pad.show_values(entry.value)
    pad.changed.connect(tell)
    return pad, lambda: pad.values.reshape(shape).copy(), pad.show_values


MAKERS: Final[dict[str, Callable[[Entry, Callable[[], None]], Made]]] = {
    "picture": _picture, "number": _number, "choice": _choice, "text": _text, "curve": _curve,
}  # fmt: skip
