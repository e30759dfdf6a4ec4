"""A number that can be typed, calculated, dragged sideways, or stepped by arrows, keys and the wheel."""

from __future__ import annotations

import itertools
import time
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from graph.catalogue import Parameter
from gui import theme
from gui.inspector import values

SEVERAL: Final = "—"  # what stands where the chosen nodes differ
START_OF_DRAG: Final = 4  # pixels
ARROWS: Final = 16  # width of the step arrows, pixels
BURST: Final = 1.0  # seconds between key presses that still count as one change
_serial = itertools.count(1)


def fresh_token() -> str:
    """A key under which the edits of one drag or burst of keys become one step of undo."""
    return f"edit-{next(_serial)}"


class NumberField(QLineEdit):
    """A number that can be typed, dragged sideways, or stepped by arrows, keys and the wheel.

    Shift drags slowly and Ctrl fast, and both step by ten; Escape takes back what was typed.
    """

    edited = Signal(object, str)
    complained = Signal(str)

    def __init__(self, parameter: Parameter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.parameter = parameter
        self.value: values.Number | None = None
        self.wrong = False
        self._press: QPointF | None = None
        self._start: values.Number = 0
        self._dragging = False
        self._token, self._touched = "", 0.0
        self.setAcceptDrops(False)  # files are dropped on the window
        self.setTextMargins(0, 0, ARROWS - 4, 0)
        self.setCursor(Qt.CursorShape.SizeHorCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a press may begin a drag; the release takes the keyboard
        self.setMinimumWidth(78)
        self.textEdited.connect(self._check)
        self.editingFinished.connect(self.commit)

    def show_value(self, value: values.Number | None) -> None:
        if value == self.value and (self.wrong or self.isModified()):
            return  # what is being typed stays
        self.value = value
        self._complain("")
        self._write()

    def commit(self) -> None:
        """Take what was typed, if it can stand; what cannot stays in the field with the reason beneath."""
        if not self.isModified():
            return
        try:
            value = values.parse(self.parameter, self.text())
        except ValueError as reason:
            self._complain(str(reason))
            return
        self.set_value(value, "")

    def step(self, steps: int, pace: float) -> None:
        """So many steps from the present value; those within a second are one step of undo."""
        self.commit()
        if self.wrong:
            return
        now = time.monotonic()
        if now - self._touched > BURST or not self._token:
            self._token = fresh_token()
        self._touched = now
        start = self.parameter.default if self.value is None else self.value
        self.set_value(values.stepped(self.parameter, start, steps, pace), self._token)

    def set_value(self, value: values.Number, token: str) -> None:
        """Take a value that the user chose, and say so."""
        changed = value != self.value
        self.value = value
        self._complain("")
        self._write()
        if changed:
            self.edited.emit(value, token)

    def _write(self) -> None:
        shown = SEVERAL if self.value is None else values.as_text(self.parameter, self.value, unit=not self.hasFocus())
        self.setText(shown)
        self.setModified(False)

    def _check(self, text: str) -> None:
        """Say at once that what is being typed goes wrong, but not while it is only unfinished."""
        try:
            values.parse(self.parameter, text)
        except ValueError as reason:
            unfinished = text.strip().rstrip("+-*/(., eE") != text.strip() or not text.strip()
            self._complain("" if unfinished else str(reason))
        else:
            self._complain("")

    def _complain(self, reason: str) -> None:
        self.wrong = bool(reason)
        if reason and self.value is not None:
            kept = values.as_text(self.parameter, self.value)
            reason = self.tr("{reason} It stays {value}.").format(reason=reason[0].upper() + reason[1:], value=kept)
        self.complained.emit(reason)
        self.update()

    # -- mouse, wheel and keys ---------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
        elif event.position().x() >= self.width() - ARROWS:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            up = event.position().y() < self.height() / 2
            self.step(1 if up else -1, _pace(event.modifiers(), coarse=10))
        elif self.hasFocus():
            super().mousePressEvent(event)
        else:
            self._press = event.position()
            self._start = self.parameter.default if self.value is None else self.value

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._press is None:
            at_arrows = event.position().x() >= self.width() - ARROWS
            shape = Qt.CursorShape.IBeamCursor if self.hasFocus() else Qt.CursorShape.SizeHorCursor
            self.setCursor(Qt.CursorShape.ArrowCursor if at_arrows else shape)
            super().mouseMoveEvent(event)
            return
        moved = event.position().x() - self._press.x()
        if not self._dragging and abs(moved) >= START_OF_DRAG:
            self._dragging, self._token = True, fresh_token()
        if self._dragging:
            pace = _pace_of_drag(event.modifiers())
            self.set_value(values.dragged(self.parameter, self._start, moved, pace), self._token)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._press is None:
            super().mouseReleaseEvent(event)
        elif not self._dragging:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self.selectAll()
        self._press, self._dragging = None, False

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.position().x() >= self.width() - ARROWS:
            self.mousePressEvent(event)  # two quick clicks on an arrow are two steps
        else:
            super().mouseDoubleClickEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not self.hasFocus():
            event.ignore()  # the panel scrolls; nothing changes by passing over it
        elif turned := event.angleDelta().y() or event.angleDelta().x():
            self.step(1 if turned > 0 else -1, _pace(event.modifiers(), coarse=10))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Up | Qt.Key.Key_Down:
                self.step(1 if event.key() == Qt.Key.Key_Up else -1, _pace(event.modifiers(), coarse=10))
            case Qt.Key.Key_PageUp | Qt.Key.Key_PageDown:
                self.step(1 if event.key() == Qt.Key.Key_PageUp else -1, 10)
            case Qt.Key.Key_Escape if self.isModified() or self.wrong:
                self._complain("")
                self._write()
                self.selectAll()
            case _:
                super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if not self.isModified() and not self.wrong:
            self._write()
            self.selectAll()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._token = ""
        if not self.wrong:
            self._write()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme.current()
        if self.wrong:
            painter.setPen(QPen(colours.error, 1.4))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.7, 0.7, -0.7, -0.7), 6, 6)
        if self.isEnabled():
            painter.setPen(QPen(colours.text_dim, 1.3, c=Qt.PenCapStyle.RoundCap, j=Qt.PenJoinStyle.RoundJoin))
            x, middle = self.width() - ARROWS / 2 - 1, self.height() / 2
            for tip in (-7, 7):
                root = middle + tip / 2
                painter.drawPolyline(QPolygonF([QPointF(x - 3, root), QPointF(x, middle + tip), QPointF(x + 3, root)]))


def _pace(modifiers: Qt.KeyboardModifier, coarse: float) -> float:
    wide = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier
    return coarse if modifiers & wide else 1.0


def _pace_of_drag(modifiers: Qt.KeyboardModifier) -> float:
    if modifiers & Qt.KeyboardModifier.ShiftModifier:
        return 0.1
    return 10.0 if modifiers & Qt.KeyboardModifier.ControlModifier else 1.0
