"""The minimap: the whole drawing small in a corner, with a frame around what is in sight to drag about."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from gui import settings, theme
from gui.canvas.geometry import bounds
from gui.canvas.overview import Overview
from gui.canvas.viewport import Viewport

SIZE: Final = QSize(200, 132)
EDGE: Final = 12  # pixels from the corner
INSIDE: Final = 8.0  # pixels free around the drawing
PAUSE: Final = 60  # milliseconds between two pictures while the drawing changes
SLACK: Final = 4.0  # pixels of the screen by which a drawing may stick out of the view and still be all in sight


class Minimap(QWidget):
    """Hidden while everything is in sight, and where it is switched off."""

    def __init__(self, view: Viewport) -> None:
        super().__init__(view.viewport())  # beside it, every pan would paint the whole view anew
        self._view = view
        self._picture = QPixmap()
        self._whole = QRectF()
        self.on = settings.minimap()
        self.setFixedSize(SIZE)
        self.setAccessibleName(self.tr("Overview of the drawing"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._soon = QTimer(self, singleShot=True, interval=PAUSE)
        self._soon.timeout.connect(self._renew)
        view.canvas.altered.connect(self._expect)
        theme.signals.changed.connect(self._expect)
        for bar in (view.horizontalScrollBar(), view.verticalScrollBar()):
            bar.valueChanged.connect(self._moved)
        view.installEventFilter(self)
        self.hide()

    def toggle(self) -> None:
        """Switch it on or off, for the next start too."""
        self.on = not self.on
        settings.set_minimap(self.on)
        self._renew()

    def scene_spot(self, spot: QPointF) -> QPointF:
        """The point of the scene that a point of the map stands for."""
        place, scale = self._fit()
        return QPointF((spot.x() - place.x()) / scale, (spot.y() - place.y()) / scale)

    # -- the mouse ---------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._go(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(event)

    def _go(self, event: QMouseEvent) -> None:
        self._view.centerOn(self.scene_spot(event.position()))
        self._view.refresh()
        event.accept()

    # -- painting ----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.current()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        place, scale = self._fit()
        area = self._view.area
        seen = QRectF(area.x() * scale + place.x(), area.y() * scale + place.y(), area.width() * scale,
                      area.height() * scale).intersected(QRectF(self.rect()).adjusted(1, 1, -2, -2))  # fmt: skip
        shade = theme.blend(now.canvas, now.accent, 0.5)
        shade.setAlpha(40)
        painter.setBrush(shade)
        painter.setPen(QPen(now.accent, 1))
        painter.drawRect(seen)
        painter.end()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show):
            self._settle()
            self._expect()
        return False

    def _settle(self) -> None:
        """Go to the corner: what stands in the view is pushed along with the drawing."""
        self.move(self._view.width() - self.width() - EDGE, self._view.height() - self.height() - EDGE)

    def _expect(self) -> None:
        if self.on and not self._soon.isActive():
            self._soon.start()

    def _moved(self) -> None:
        if not self.on or self._whole.isEmpty():
            return
        self._settle()
        if self.isVisible():
            self.update()
        if self.isVisible() == self._all_in_sight():
            self._expect()

    def _all_in_sight(self) -> bool:
        slack = SLACK / self._view.zoom
        return self._view.area.adjusted(-slack, -slack, slack, slack).contains(self._whole)

    def _renew(self) -> None:
        """Paint the drawing anew, where the map is to be seen."""
        whole = bounds(item.box for item in self._view.canvas.nodes.values())
        self._whole = QRectF(*whole) if whole else QRectF()
        self.setVisible(self.on and whole is not None and not self._all_in_sight())
        if self.isVisible():
            self._paint()
            self.update()

    def _fit(self) -> tuple[QPointF, float]:
        """Where the scene's origin lies on the map, and the scale."""
        whole = self._whole if not self._whole.isEmpty() else QRectF(0, 0, 1, 1)
        room = QRectF(self.rect()).adjusted(INSIDE, INSIDE, -INSIDE, -INSIDE)
        scale = min(room.width() / whole.width(), room.height() / whole.height(), 0.2)
        return room.center() - whole.center() * scale, scale

    def _paint(self) -> None:
        now, ratio = theme.current(), self.devicePixelRatioF()
        self._picture = QPixmap(SIZE * ratio)
        self._picture.setDevicePixelRatio(ratio)
        self._picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(self._picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(now.panel)
        painter.setPen(QPen(now.border, 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        place, scale = self._fit()
        painter.translate(place)
        painter.scale(scale, scale)
        Overview(self._view.canvas).paint(painter, self._whole, scale)
        painter.end()
