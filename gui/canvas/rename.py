"""Fields to type a node's title or the text of a comment in, right where it stands."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

from gui import theme

LONGEST = 120  # letters; what is pasted by mistake would be no name
SMALLEST = 140  # pixels of width in which one can still type


class TitleEditor(QLineEdit):
    """Enter and leaving the line keep what was typed, Escape does not."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Title of the node"))
        self.setMaxLength(LONGEST)
        self._done: Callable[[str], object] = lambda title: None
        self.hide()

    def open(self, place: QRect, title: str, hint: str, done: Callable[[str], object]) -> None:
        """Edit a title over ``place``, in pixels of the parent. ``done`` gets the new one."""
        self._done = done
        self.setText(title)
        self.setPlaceholderText(hint)
        self.setFont(theme.font(13, bold=True))
        height = max(place.height(), self.sizeHint().height())
        self.setGeometry(place.left(), place.center().y() - height // 2, max(SMALLEST, place.width()), height)
        self.show()
        self.raise_()
        self.selectAll()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._keep()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._keep()

    def leave(self) -> None:
        """Close and change nothing."""
        self._done = lambda title: None
        self._keep()

    def _keep(self) -> None:
        if self.isVisible():
            done, self._done = self._done, lambda title: None
            self.hide()
            done(self.text().strip())
            parent = self.parentWidget()
            if parent is not None:
                parent.setFocus()


class NoteEditor(QPlainTextEdit):
    """Ctrl+Enter and leaving the field keep what was typed, Escape does not."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Text of the comment"))
        self.setPlaceholderText(self.tr("A title, and below it what is to be said. Ctrl+Enter keeps it."))
        self.setTabChangesFocus(True)
        self._before = ""
        self._done: Callable[[str], object] = lambda text: None
        self.hide()

    def open(self, place: QRect, text: str, done: Callable[[str], object]) -> None:
        """Edit a text over ``place``, in pixels of the parent. ``done`` gets it; the old one where it was left."""
        self._done, self._before = done, text
        self.setPlainText(text)
        self.setFont(theme.font(13))
        self.setGeometry(place)
        self.show()
        self.raise_()
        self.selectAll()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        elif enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._keep(self.toPlainText().strip())
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._keep(self.toPlainText().strip())

    def leave(self) -> None:
        """Close and keep the text of before."""
        self._keep(self._before)

    def give_up(self) -> None:
        """Close without a word to anyone: what was written on is out of sight."""
        self._done = lambda text: None
        self._keep("")

    def _keep(self, text: str) -> None:
        if self.isVisible():
            done, self._done = self._done, lambda text: None
            self.hide()
            done(text)
            parent = self.parentWidget()
            if parent is not None:
                parent.setFocus()
