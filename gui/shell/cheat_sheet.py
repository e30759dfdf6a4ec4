"""The cheat sheet: every gesture and key on one page, read from the tables of gestures and actions."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Final

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from gui import actions, theme
from gui.gesture_table import GESTURES, MOUSE, PLOTS

WIDTH: Final = 1080
AROUND: Final = 40
COLUMNS: Final = 3
GESTURED: Final = (MOUSE, PLOTS)  # sections whose rows tell what to do below what it does
Section = tuple[str, list[tuple[str, str]]]


class CheatSheet(QFrame):
    """A card over the window; Escape, the key that opened it, or a click elsewhere closes it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.setAccessibleName(self.tr("Keys and gestures"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        page = QWidget()
        row = QHBoxLayout(page)
        row.setContentsMargins(8, 4, 8, 8)
        row.setSpacing(28)
        self.columns = [QLabel(_text(sections), textFormat=Qt.TextFormat.RichText) for sections in _columns()]
        for label in self.columns:
            label.setWordWrap(True)
            row.addWidget(label, 1, Qt.AlignmentFlag.AlignTop)
        area = QScrollArea(widgetResizable=True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setStyleSheet("QScrollArea, QScrollArea > QWidget > QWidget { background: transparent }")
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(page)
        heading = QLabel(self.tr("Keys and gestures"))
        heading.setProperty("heading", True)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 12, 16)
        column.addWidget(heading)
        column.addWidget(area)
        width = min(WIDTH, parent.width() - AROUND)
        page.setMaximumWidth(width - 50)
        height = min(page.heightForWidth(width - 60) + 90, parent.height() - AROUND)
        self.setGeometry((parent.width() - width) // 2, (parent.height() - height) // 2, width, height)
        self._before = QApplication.focusWidget()
        parent.installEventFilter(self)
        self.show()
        self.raise_()
        self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Question, Qt.Key.Key_Return):
            self.close()
            if self._before is not None:
                self._before.setFocus()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.close()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.close()
        return False

    def text(self) -> str:
        """All that it says, as rich text."""
        return "".join(label.text() for label in self.columns)


def sections() -> Iterator[Section]:
    """What the sheet says: the gestures of the mouse, then the keys menu by menu, each as what and how."""
    for section in GESTURED:
        yield section, [(_words(row.what), _words(row.how)) for row in GESTURES if row.how and row.section == section]
    for menu in actions.MENUS:
        rows = [
            (_words(action.text), keys_of(action)) for action in actions.ACTIONS
            if action.menu.partition("/")[0] == menu and action.keys and isinstance(action.text, str)
        ]  # fmt: skip
        if menu == "&Edit":
            rows += [("Undo", _native("Ctrl+Z")), ("Redo", _native("Ctrl+Shift+Z"))]
        if rows:
            yield menu.replace("&", ""), rows


def keys_of(action: actions.Action) -> str:
    """The keys of an action as this platform writes them."""
    return ", ".join(QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText) for keys in action.keys[:2])


def _native(keys: str) -> str:
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)


def _columns() -> list[list[Section]]:
    """The sections spread over columns of about the same height."""
    found: list[list[Section]] = [[] for _ in range(COLUMNS)]
    heights = [0] * COLUMNS
    for section in sorted(sections(), key=lambda each: each[0] == PLOTS):  # which goes where room is left
        place = heights.index(min(heights))
        found[place].append(section)
        below = section[0] in GESTURED
        heights[place] += (3 if below else 2) + len(section[1]) * (2 if below else 1)
    return found


def _text(found: list[Section]) -> str:
    now = theme.current()
    parts = []
    for title, rows in found:
        parts.append(f"<p style='color: {now.accent.name()}; font-weight: 600; margin: 10px 0 4px 0'>{title}</p>")
        below = title in GESTURED
        cells = "".join(
            f"<tr><td style='padding: 2px 14px 2px 0'>{escape(what)}"
            + (f"<br><span style='color: {now.text_dim.name()}'>{escape(how)}</span></td></tr>" if below else
               f"</td><td style='color: {now.text_dim.name()}; padding: 2px 0; white-space: nowrap'>{escape(how)}"
               "</td></tr>")
            for what, how in rows
        )  # fmt: skip
        parts.append(f"<table cellspacing='0' width='100%'>{cells}</table>")
    return "".join(parts)


def _words(text: str) -> str:
    return QCoreApplication.translate("actions", text).rstrip("…")
