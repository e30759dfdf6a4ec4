"""A template on the start page: its drawing in small, what it shows, what comes out and how long that takes."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen, QTextLayout
from PySide6.QtWidgets import QAbstractButton

from graph import files, templates
from graph.document import Document
from gui import icons, theme
from gui.language import content
from gui.shell import miniature

CARD: Final = QSize(264, 268)
PICTURE: Final = 132
SIDE: Final = 14
MARK: Final = 13
LESSON_LINES: Final = 3
LINE: Final = 16


@lru_cache(maxsize=256)
def _document(path: Path) -> Document:
    return files.load(path)


class Card(QAbstractButton):
    """A template; None is the empty canvas. Enter and Space open it, arrow keys ask for the next card."""

    focused = Signal()
    left = Signal(object)  # the Qt.Key of an arrow

    def __init__(self, template: templates.Template | None) -> None:
        super().__init__()
        self.template = template
        self.setFixedSize(CARD)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.title = content(template.title) if template else self.tr("Empty canvas")
        own = self.tr("Draw a network of your own: Tab adds a node, a drag from port to port wires it.")
        self.lesson = content(template.shows) if template else own
        self.setObjectName(template.name if template else "empty")
        self.setAccessibleName(self.title)
        self.setAccessibleDescription(self._description())
        self.setToolTip(f"{content(template.lesson)}\n\n{content(template.expected)}" if template else "")

    def answers(self, wanted: str) -> bool:
        """Whether every word of a search is found in what is said of the template."""
        about = [self.title, self.lesson]
        if self.template is not None:
            each = self.template
            about += [each.name, each.title, each.family, each.lesson, each.data, each.expected]
        whole = " ".join(about).lower()
        return all(word in whole for word in wanted.lower().split())

    def sizeHint(self) -> QSize:
        return CARD

    def keyPressEvent(self, event: QKeyEvent) -> None:
        arrows = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif event.key() in arrows:
            self.left.emit(Qt.Key(event.key()))
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focused.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        now, lit = theme.current(), self.underMouse() or self.hasFocus()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 10, 10)
        painter.fillPath(shape, now.hover if self.isDown() else theme.blend(now.raised, now.hover, 0.5 * lit))
        painter.setClipPath(shape)
        self._paint_picture(painter, QRectF(0, 0, self.width(), PICTURE))
        painter.setClipping(False)
        painter.setPen(QPen(now.accent if lit else now.border, 2.4 if self.hasFocus() else 1.4 if lit else 1))
        painter.drawPath(shape)
        self._write(painter)

    def _description(self) -> str:
        said = self.template
        return f"{self.lesson} {content(said.expected)}, {content(said.time)}." if said else self.lesson

    def _paint_picture(self, painter: QPainter, area: QRectF) -> None:
        if self.template is None:
            painter.fillRect(area, theme.current().canvas)
            miniature.paint(Document(), painter, area)
            mark = icons.pixmap("add", 34, theme.current().accent, self.devicePixelRatioF())
            painter.drawPixmap(round(area.center().x() - 17), round(area.center().y() - 17), mark)
        else:
            drawn = miniature.picture(_document(self.template.path), round(area.width()), round(area.height()),
                                      self.devicePixelRatioF())  # fmt: skip
            painter.drawPixmap(0, 0, drawn)

    def _write(self, painter: QPainter) -> None:
        now, width = theme.current(), self.width() - 2 * SIDE
        painter.setFont(theme.font(13, bold=True))
        painter.setPen(now.text)
        title = painter.fontMetrics().elidedText(self.title, Qt.TextElideMode.ElideRight, width)
        painter.drawText(QRectF(SIDE, PICTURE + 10, width, 20), Qt.AlignmentFlag.AlignVCenter, title)
        painter.setFont(theme.font(12))
        painter.setPen(now.text_dim)
        expected = content(self.template.expected) if self.template else ""
        high = painter.fontMetrics().horizontalAdvance(expected) > width - MARK - 6  # takes a line of the lesson
        write_lines(painter, self.lesson, QRectF(SIDE, PICTURE + 34, width, 0), LESSON_LINES - high)
        if self.template is not None:
            self._write_row(painter, self.height() - 46 - LINE * high, "success", "success", expected)
            self._write_row(painter, self.height() - 27, "recent", "text_dim", content(self.template.time))

    def _write_row(self, painter: QPainter, top: int, mark: str, role: str, text: str) -> None:
        colour, left = getattr(theme.current(), role), SIDE + MARK + 6
        icons.paint(painter, mark, QRectF(SIDE, top + 2.5, MARK, MARK), colour)
        painter.setPen(colour)
        write_lines(painter, text, QRectF(left, top + 1, self.width() - left - SIDE, 0), 2)


def write_lines(painter: QPainter, text: str, place: QRectF, most: int) -> None:
    """Wrapped text of at most so many lines; where more would follow, the last ends in dots."""
    layout = QTextLayout(text, painter.font())
    layout.beginLayout()
    metrics = painter.fontMetrics()
    top = place.top() + metrics.ascent()
    for number in range(1, most + 1):
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(place.width())
        start = line.textStart()
        shown = text[start : start + line.textLength()]
        if number == most and start + line.textLength() < len(text):
            shown = cut(metrics.elidedText(text[start:], Qt.TextElideMode.ElideRight, int(place.width())), text[start:])
        painter.drawText(QPointF(place.left(), top), shown)
        top += metrics.height() + 1
    layout.endLayout()


def cut(shown: str, whole: str) -> str:
    """A text that ends in dots, cut back to where a word of the whole ends."""
    stem = shown.removesuffix("…")
    if stem == shown or " " not in stem:
        return shown
    if not whole[len(stem) :].startswith(" "):
        stem = stem[: stem.rindex(" ")]
    return stem.rstrip(" ,;:.–") + "…"
