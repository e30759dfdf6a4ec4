"""The minimap: the whole drawing small in a corner, with a frame around what is in sight to drag about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QPointF, QRect, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QPainter, QPen, QPixmap

from gui import settings, theme
from gui.canvas.geometry import bounds
from gui.canvas.gestures import Gesture
from gui.canvas.viewport import Viewport

if TYPE_CHECKING:
    from gui.canvas.view import CanvasView

SIZE: Final = QSize(200, 132)
EDGE: Final = 12  # pixels from the corner
INSIDE: Final = 8.0  # pixels free around the drawing
PAUSE: Final = 60  # milliseconds between two pictures while the drawing changes
SLACK: Final = 4.0  # pixels of the screen by which a drawing may stick out of the view and still be all in sight


class Minimap(QObject):
    """Painted by the view in a corner of its own; hidden while everything is in sight, and where it is switched off.

    A widget over the view would cost Qt its fast scrolling: every pan would paint the whole view anew.
    """

    def __init__(self, view: Viewport) -> None:
        super().__init__(view)
        self._view = view
        self._picture = QPixmap()
        self._whole = QRectF()
        self.on = settings.minimap()
        self.visible = False
        self._soon = QTimer(self, singleShot=True, interval=PAUSE)
        self._soon.timeout.connect(self._renew)
        view.canvas.altered.connect(self.expect)
        theme.signals.changed.connect(self.expect)
        for bar in (view.horizontalScrollBar(), view.verticalScrollBar()):
            bar.valueChanged.connect(self._moved)

    @property
    def rect(self) -> QRect:
        """Where it stands in the view, in pixels of the viewport."""
        size = self._view.viewport().size()
        return QRect(size.width() - SIZE.width() - EDGE, size.height() - SIZE.height() - EDGE, SIZE.width(),
                     SIZE.height())  # fmt: skip

    def covers(self, spot: QPointF) -> bool:
        """Whether a point of the viewport lies on the map."""
        return self.visible and self.rect.contains(spot.toPoint())

    def toggle(self) -> None:
        """Switch it on or off, for the next start too."""
        self.on = not self.on
        settings.set_minimap(self.on)
        self._renew()

    def scene_spot(self, spot: QPointF) -> QPointF:
        """The point of the scene that a point of the viewport stands for, where the map covers it."""
        place, scale = self._fit()
        on_map = spot - self.rect.topLeft().toPointF()
        return QPointF((on_map.x() - place.x()) / scale, (on_map.y() - place.y()) / scale)

    def go(self, spot: QPointF) -> None:
        """Look at what a point of the viewport stands for."""
        self._view.centerOn(self.scene_spot(spot))
        self._view.refresh()

    def scrolled(self, across: int, down: int) -> None:
        """Stay in the corner: what was painted has been pushed along with the drawing by so many pixels."""
        if self.visible:
            self._view.viewport().update(self.rect)
            self._view.viewport().update(self.rect.translated(across, down))

    # -- painting ----------------------------------------------------------------------------------------------------

    def paint(self, painter: QPainter) -> None:
        """Paint it, with the painter in pixels of the viewport."""
        if not self.visible:
            return
        now, corner = theme.current(), self.rect.topLeft().toPointF()
        painter.drawPixmap(corner, self._picture)
        place, scale = self._fit()
        area = self._view.area
        seen = QRectF(area.x() * scale + place.x(), area.y() * scale + place.y(), area.width() * scale,
                      area.height() * scale)  # fmt: skip
        shade = theme.blend(now.canvas, now.accent, 0.5)
        shade.setAlpha(40)
        painter.setBrush(shade)
        painter.setPen(QPen(now.accent, 1))
        painter.drawRect(seen.intersected(QRectF(1, 1, SIZE.width() - 3, SIZE.height() - 3)).translated(corner))

    def expect(self) -> None:
        """Paint the drawing anew soon."""
        if self.on and not self._soon.isActive():
            self._soon.start()

    def _moved(self) -> None:
        if not self.on or self._whole.isEmpty():
            return
        if self.visible == self._all_in_sight():
            self.expect()

    def _all_in_sight(self) -> bool:
        slack = SLACK / self._view.zoom
        return self._view.area.adjusted(-slack, -slack, slack, slack).contains(self._whole)

    def _renew(self) -> None:
        """Paint the drawing anew, where the map is to be seen."""
        whole = bounds(item.box for item in self._view.canvas.nodes.values())
        self._whole = QRectF(*whole) if whole else QRectF()
        before, self.visible = self.visible, self.on and whole is not None and not self._all_in_sight()
        if self.visible:
            self._paint()
        if before or self.visible:
            self._view.viewport().update(self.rect)

    def _fit(self) -> tuple[QPointF, float]:
        """Where the scene's origin lies on the map, and the scale."""
        whole = self._whole if not self._whole.isEmpty() else QRectF(0, 0, 1, 1)
        room = QRectF(QPointF(), SIZE.toSizeF()).adjusted(INSIDE, INSIDE, -INSIDE, -INSIDE)
        scale = min(room.width() / whole.width(), room.height() / whole.height(), 0.2)
        return room.center() - whole.center() * scale, scale

    def _paint(self) -> None:
        now, ratio = theme.current(), self._view.devicePixelRatioF()
        self._picture = QPixmap(SIZE * ratio)
        self._picture.setDevicePixelRatio(ratio)
        self._picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(self._picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(now.panel)
        painter.setPen(QPen(now.border, 1))
        painter.drawRoundedRect(QRectF(QPointF(), SIZE.toSizeF()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        place, scale = self._fit()
        painter.translate(place)
        painter.scale(scale, scale)
        self._view.overview.paint(painter, self._whole, scale)
        painter.end()


class SlideMap(Gesture):
    """Look elsewhere by pressing on the map and dragging about on it."""

    cursor = Qt.CursorShape.PointingHandCursor

    def __init__(self, view: CanvasView, spot: QPointF) -> None:
        super().__init__(view, spot)
        self._before = view.area.center()
        view.minimap.go(spot)

    def move(self, spot: QPointF) -> None:
        self.view.minimap.go(spot)

    def release(self, spot: QPointF) -> None:
        self.move(spot)

    def cancel(self) -> None:
        self.view.centerOn(self._before)
        self.view.refresh()
