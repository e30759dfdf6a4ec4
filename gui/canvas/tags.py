"""Small texts over the drawing: the label of a wire, the reason against one, the problem of a node with its fix."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from gui import theme
from gui.canvas.items import NOTES

WIDEST: Final = 300.0
PADDING: Final = 9.0
WRAP: Final = Qt.AlignmentFlag.AlignLeft.value | Qt.TextFlag.TextWordWrap.value


class Tag(QGraphicsItem):
    """A text on a rounded card, the same size at every zoom. ``fix`` is a second line to click on."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.fix = ""
        self.level = ""
        self._above = False
        self._words = QRectF()
        self._link = QRectF()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
        self.setZValue(NOTES)
        self.hide()

    def tell(self, text: str, spot: QPointF, level: str = "", fix: str = "", above: bool = False) -> None:
        """Show a text with its top left at a point of the scene, or in the middle above it.

        level: "", "warning" or "error"
        """
        self.setPos(spot)
        if (text, level, fix, above) != (self.text, self.level, self.fix, self._above):
            self.prepareGeometryChange()
            self.text, self.level, self.fix, self._above = text, level, fix, above
            self._measure()
            self.update()
        self.show()

    def fix_at(self, spot: QPointF, zoom: float) -> bool:
        """Whether a point of the scene is on the link that mends the problem."""
        return self.isVisible() and bool(self.fix) and self._link.contains((spot - self.pos()) * zoom)

    def covers(self, spot: QPointF, zoom: float) -> bool:
        return self.isVisible() and self.boundingRect().contains((spot - self.pos()) * zoom)

    def boundingRect(self) -> QRectF:
        whole = self._words.united(self._link)
        return whole.adjusted(-PADDING - 1, -PADDING - 11, PADDING + 1, PADDING + 1) if self.text else QRectF()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        now = theme.current()
        card = self._words.united(self._link).adjusted(-PADDING, -PADDING + 2, PADDING, PADDING - 2)
        painter.setBrush(theme.blend(now.raised, self._colour(now), 0.1) if self.level else now.raised)
        painter.setPen(QPen(theme.blend(now.border, self._colour(now), 0.7) if self.level else now.border, 1))
        painter.drawRoundedRect(card, 7, 7)
        painter.setFont(theme.font(12))
        painter.setPen(now.text)
        painter.drawText(self._words, WRAP, self.text)
        if self.fix:
            painter.setFont(theme.font(12, bold=True))
            painter.setPen(now.accent)
            painter.drawText(self._link, WRAP, self.fix)

    def _colour(self, now: theme.Theme) -> QColor:
        return now.error if self.level == "error" else now.warning

    def _measure(self) -> None:
        plain, bold = QFontMetricsF(theme.font(12)), QFontMetricsF(theme.font(12, bold=True))
        self._words = plain.boundingRect(QRectF(0, 0, WIDEST, 1000), WRAP, self.text)
        self._words.moveTopLeft(QPointF(PADDING, PADDING))
        self._link = QRectF()
        if self.fix:
            self._link = bold.boundingRect(QRectF(0, 0, WIDEST, 1000), WRAP, self.fix)
            self._link.moveTopLeft(QPointF(PADDING, self._words.bottom() + 6))
        if self._above:
            self._words.moveCenter(QPointF(0, -self._words.height() / 2 - PADDING - 5))
