"""The start page: templates as pictures, an empty canvas, and the files last used."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen, QResizeEvent, QTextLayout
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from graph import files, templates
from graph.document import Document
from gui import icons, miniature, settings, theme

CARD: Final = QSize(276, 268)
PICTURE: Final = 132
LESSON_LINES: Final = 3
GAP: Final = 16
SIDE: Final = 236
START: Final = ("digits-cnn", "xor")  # the templates that newcomers meet first


@lru_cache(maxsize=256)
def _document(path: Path) -> Document:
    return files.load(path)


class Card(QAbstractButton):
    """A template: picture, title, what it shows, and what to expect. ``template`` None is the empty canvas."""

    def __init__(self, template: templates.Template | None) -> None:
        super().__init__()
        self.template = template
        self.setFixedSize(CARD)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.title = template.title if template else self.tr("Empty canvas")
        own = self.tr("Draw a network of your own: Tab adds a node, a drag from port to port wires it.")
        self.lesson = template.shows if template else own
        self.setObjectName(template.name if template else "empty")
        self.setAccessibleName(self.title)
        self.setAccessibleDescription(self.lesson)
        self.setToolTip(template.lesson if template else "")

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
        painter.setPen(QPen(now.accent if lit else now.border, 1.6 if lit else 1))
        painter.drawPath(shape)
        self._write(painter)

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
        now, left, width = theme.current(), 14, self.width() - 28
        painter.setFont(theme.font(14, bold=True))
        painter.setPen(now.text)
        painter.drawText(QRectF(left, PICTURE + 10, width, 20), Qt.AlignmentFlag.AlignVCenter, self.title)
        painter.setFont(theme.font(12))
        painter.setPen(now.text_dim)
        _write_lines(painter, self.lesson, QRectF(left, PICTURE + 34, width, 0))
        if self.template is None:
            return
        painter.drawText(QRectF(left, self.height() - 28, width, 18), Qt.AlignmentFlag.AlignVCenter,
                         self.template.time)  # fmt: skip
        painter.setPen(now.success)
        painter.drawText(QRectF(left, self.height() - 46, width, 18), Qt.AlignmentFlag.AlignVCenter,
                         self.template.expected)  # fmt: skip


class Shelf(QWidget):
    """Cards in as many columns as fit."""

    def __init__(self, cards: list[Card]) -> None:
        super().__init__()
        self.cards = cards
        for card in cards:
            card.setParent(self)
        self.setMinimumWidth(CARD.width())

    def resizeEvent(self, event: QResizeEvent) -> None:
        columns = max(1, (self.width() + GAP) // (CARD.width() + GAP))
        for place, card in enumerate(self.cards):
            row, column = divmod(place, columns)
            card.move(column * (CARD.width() + GAP), row * (CARD.height() + GAP))
        rows = -(-len(self.cards) // columns)
        self.setFixedHeight(rows * (CARD.height() + GAP) - GAP)


class Gallery(QWidget):
    """Shown where the canvas will be until something is opened.

    remembers: whether it lists the files last used
    """

    template_chosen = Signal(str)
    empty_chosen = Signal()
    open_wanted = Signal()
    file_chosen = Signal(object)  # a Path

    def __init__(self, remembers: bool = True) -> None:
        super().__init__()
        self.cards: list[Card] = []
        self._remembers = remembers
        self.setAccessibleName(self.tr("Start page"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.recent = QVBoxLayout()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._side())
        row.addWidget(self._shelves(), 1)
        self.refresh_recent()

    def refresh_recent(self) -> None:
        """List the files last used."""
        while (item := self.recent.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        found = settings.recent() if self._remembers else []
        for path in found:
            button = _quiet_button(path.stem, "recent", partial(self.file_chosen.emit, path))
            button.setToolTip(str(path))
            self.recent.addWidget(button)
        if not found:
            self.recent.addWidget(_dim(self.tr("Designs that you save appear here.")))

    def _side(self) -> QWidget:
        side = QFrame()
        side.setFixedWidth(SIDE)
        column = QVBoxLayout(side)
        column.setContentsMargins(22, 26, 14, 20)
        column.setSpacing(4)
        brand = QLabel("Netloom")
        brand.setFont(theme.font(24, bold=True))
        column.addWidget(brand)
        column.addWidget(_dim(self.tr("Draw neural networks, train them and look inside.")))
        column.addSpacing(20)
        column.addWidget(_quiet_button(self.tr("Empty canvas"), "new", self.empty_chosen.emit))
        column.addWidget(_quiet_button(self.tr("Open a design…"), "open", self.open_wanted.emit))
        column.addSpacing(20)
        column.addWidget(_heading(self.tr("Recent")))
        column.addLayout(self.recent)
        column.addStretch(1)
        return side

    def _shelves(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(26, 26, 26, 26)
        column.setSpacing(10)
        start = self.tr("Start here")
        families: dict[str, list[Card]] = {start: []}
        for template in sorted(templates.templates(), key=_first_steps_first):
            families.setdefault(start if template.name in START else template.family, []).append(Card(template))
        families[start].append(Card(None))
        for family, cards in families.items():
            column.addWidget(_heading(family))
            column.addWidget(Shelf(cards))
            column.addSpacing(14)
            for card in cards:
                card.clicked.connect(partial(self._choose, card))
            self.cards += cards
        column.addStretch(1)
        area = QScrollArea(widgetResizable=True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(page)
        return area

    def _choose(self, card: Card, checked: bool = False) -> None:
        if card.template is None:
            self.empty_chosen.emit()
        else:
            self.template_chosen.emit(card.template.name)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self.update()
        super().changeEvent(event)


def _write_lines(painter: QPainter, text: str, place: QRectF) -> None:
    """Wrapped text of a few lines; where more would follow, the last ends in dots."""
    layout = QTextLayout(text, painter.font())
    layout.beginLayout()
    metrics = painter.fontMetrics()
    top = place.top() + metrics.ascent()
    for number in range(1, LESSON_LINES + 1):
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(place.width())
        start = line.textStart()
        shown = text[start : start + line.textLength()]
        if number == LESSON_LINES and start + line.textLength() < len(text):
            shown = metrics.elidedText(text[start:], Qt.TextElideMode.ElideRight, int(place.width()))
        painter.drawText(QPointF(place.left(), top), shown)
        top += metrics.height() + 1
    layout.endLayout()


def _first_steps_first(template: templates.Template) -> int:
    return START.index(template.name) if template.name in START else len(START)


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setFont(theme.font(15, bold=True))
    return label


def _dim(text: str) -> QLabel:
    label = QLabel(text, wordWrap=True)
    label.setProperty("dim", True)
    return label


def _quiet_button(text: str, icon: str, act: Callable[[], object]) -> QPushButton:
    button = QPushButton(icons.icon(icon), " " + text)
    button.setProperty("quiet", True)
    button.setCursor(Qt.CursorShape.PointingHandCursor)
    button.clicked.connect(lambda: act())
    return button
