"""The window onto a scene: panning, zooming, framing, and painting no more than a frame needs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final, cast

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent, QShowEvent, QTransform, QWheelEvent
from PySide6.QtWidgets import QFrame, QGraphicsItem, QGraphicsView, QWidget

from graph.document import NodeKey
from gui.canvas.geometry import Box, bounds
from gui.canvas.grid import Grid
from gui.canvas.overview import Overview
from gui.canvas.pictures import FOREVER
from gui.canvas.scene import CanvasScene
from gui.canvas.still import Still

FARTHEST: Final = 0.02
CLOSEST: Final = 3.0
FAR: Final = 0.3  # the zoom below which the overview paints everything
FAR_OF_MANY: Final = 0.48
MANY: Final = 150  # nodes
STEP: Final = 1.25
WHEEL: Final = 1.0016  # per eighth of a degree
SETTLED: Final = 90  # milliseconds without zooming after which pictures are painted sharp again
SLICE: Final = 0.002  # seconds of painting at a time while the view moves
PADDING: Final = 60.0  # pixels left free around what is framed
WORLD: Final = 60_000.0  # scene pixels that one can pan in each direction


class Viewport(QGraphicsView):
    """Shows a canvas scene at any scale. Near, Qt paints the items; far away, the overview paints them all at once."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas: CanvasScene
        self.overview: Overview
        self.still: Still
        self._grid = Grid()
        self._framed = False
        self._settle = QTimer(self, singleShot=True)
        self._settle.timeout.connect(self._sharpen)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.SmartViewportUpdate)
        self.setOptimizationFlags(
            QGraphicsView.OptimizationFlag.DontSavePainterState
            | QGraphicsView.OptimizationFlag.DontAdjustForAntialiasing
        )
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSceneRect(-WORLD, -WORLD, 2 * WORLD, 2 * WORLD)

    def look_at(self, scene: CanvasScene) -> None:
        """Show a scene."""
        self.canvas = scene
        self.overview = Overview(scene)
        self.still = Still(self)
        self.setScene(scene)
        scene.altered.connect(self.refresh)

    # -- where one looks ---------------------------------------------------------------------------------------------

    @property
    def zoom(self) -> float:
        return self.transform().m11()

    @property
    def far(self) -> bool:
        """Whether nodes are too small for words, or too many in sight to be worth them."""
        return self.zoom < (FAR if len(self.canvas.nodes) <= MANY else FAR_OF_MANY)

    @property
    def area(self) -> QRectF:
        """What is in sight, in scene pixels."""
        return self.mapToScene(self.viewport().rect()).boundingRect()

    def to_scene(self, spot: QPointF) -> QPointF:
        """A point of the viewport in scene pixels, not rounded."""
        return self.viewportTransform().inverted()[0].map(spot)

    def centre(self) -> QPointF:
        return QPointF(self.viewport().rect().center())

    def zoom_to(self, zoom: float, anchor: QPointF | None = None) -> None:
        """Zoom within the limits; the scene point under ``anchor`` stays there."""
        anchor = self.centre() if anchor is None else anchor
        below = self.to_scene(anchor)
        zoom = min(CLOSEST, max(FARTHEST, zoom))
        self.setTransform(QTransform.fromScale(zoom, zoom))
        self.pan(anchor - self.viewportTransform().map(below))
        self._blur()
        self._settle.start(SETTLED)

    def pan(self, by: QPointF) -> None:
        """Push the drawing by so many pixels."""
        for bar, distance in ((self.horizontalScrollBar(), by.x()), (self.verticalScrollBar(), by.y())):
            bar.setValue(bar.value() - round(distance))
        if not self.far and not self._settle.isActive():
            self._freshen(SLICE)

    def zoom_in(self) -> None:
        self.zoom_to(self.zoom * STEP)

    def zoom_out(self) -> None:
        self.zoom_to(self.zoom / STEP)

    def zoom_reset(self) -> None:
        """Show the drawing at 100 %."""
        self.zoom_to(1.0)

    def frame(self, boxes: Iterable[Box]) -> None:
        """Bring all of this into sight, at 100 % where there is room for that."""
        whole = bounds(boxes)
        if whole is None:
            self.zoom_to(1.0)
            self.centerOn(0.0, 0.0)
            return
        room = self.viewport().size()
        across = (room.width() - 2 * PADDING) / max(1.0, whole.width)
        down = (room.height() - 2 * PADDING) / max(1.0, whole.height)
        self.zoom_to(min(1.0, across, down))
        self.centerOn(*whole.centre)
        self._sharpen()

    def frame_all(self) -> None:
        """Bring the whole drawing into sight."""
        comments = (c.comment for c in self.canvas.comments.values())
        self.frame([item.box for item in self.canvas.nodes.values()]
                   + [Box(c.x, c.y, c.width, c.height) for c in comments])  # fmt: skip

    def reveal(self, key: NodeKey) -> None:
        """Bring a node into sight and to a size at which it can be read, moving as little as possible."""
        item = self.canvas.nodes.get(key)
        if item is None:
            return
        whole = item.sceneBoundingRect().adjusted(-20, -20, 20, 60)
        if self.zoom < 0.7:
            self.zoom_to(1.0)
            self.centerOn(item.sceneBoundingRect().center())
        elif not self.area.contains(whole):
            self.centerOn(item.sceneBoundingRect().center())
        self._sharpen()

    def frame_when_shown(self) -> None:
        """Frame everything now, or as soon as the size of the view is known."""
        self._framed = self.isVisible()
        if self._framed:
            self.frame_all()

    # -- painting ----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Bring on the screen what was altered."""
        self.still.forget()
        self.overview.forget()
        if not self.isVisible():
            return
        if self.far:
            self.viewport().update()
        else:
            self._freshen(FOREVER)

    def drawBackground(self, painter: QPainter, rect: QRectF | object) -> None:
        painter.save()
        painter.resetTransform()
        self._grid.paint(painter, self.viewport().size(), self.viewportTransform().map(QPointF()), self.zoom)
        painter.restore()

    def hold(self, moving: Collection[NodeKey], extra: Sequence[QGraphicsItem] = ()) -> None:
        """Expect these nodes, and no others, to move from frame to frame; ``extra`` is shown above them."""
        self.overview.hold(moving)
        self.still.hold(moving, extra)
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.still.holds:
            painter = QPainter(self.viewport())
            self.still.paint(painter)
            self._paint_above(painter)
            painter.end()
            return
        if not self.far:
            self._freshen(SLICE if self._settle.isActive() else FOREVER)
            super().paintEvent(event)
            return
        painter = QPainter(self.viewport())
        for rect in cast(
            "Iterable[QRect]", event.region()
        ):  # a pan lays bare two strips, far less than the rectangle around them
            painter.resetTransform()
            painter.setClipRect(rect)
            area = self.to_scene_rect(rect)
            self.drawBackground(painter, area)
            painter.setWorldTransform(self.viewportTransform())
            self.overview.paint(painter, area, self.zoom)
            self.paint_over(painter)
        painter.setClipping(False)
        self._paint_above(painter)
        painter.end()

    def drawForeground(self, painter: QPainter, rect: QRectF | object) -> None:
        self._paint_above(painter)

    def _paint_above(self, painter: QPainter) -> None:
        painter.save()
        painter.resetTransform()
        self.paint_above(painter)
        painter.restore()

    def paint_above(self, painter: QPainter) -> None:
        """What stands before the drawing and does not move with it, in pixels of the viewport."""

    def paint_over(self, painter: QPainter) -> None:
        """What a gesture shows on top of the overview, in scene pixels."""

    def to_scene_rect(self, rect: QRect) -> QRectF:
        return self.viewportTransform().inverted()[0].mapRect(rect.toRectF())

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        turned = event.angleDelta().y() or event.angleDelta().x()
        self.zoom_to(self.zoom * WHEEL**turned, event.position())
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._framed:
            self.frame_when_shown()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._sharpen()

    @property
    def _raster(self) -> float:
        """Device pixels per scene pixel."""
        return self.zoom * self.viewport().devicePixelRatioF()

    def _freshen(self, seconds: float) -> None:
        self.canvas.pictures.ratio = self.viewport().devicePixelRatioF()
        if not self.canvas.pictures.freshen(self.area, self._raster, seconds):
            self._settle.start(max(0, self._settle.remainingTime()))

    def _blur(self) -> None:
        """Show what is there at the new scale, softly, until there is time to paint it anew."""
        if not self.far:
            self.canvas.pictures.soften(self._raster)

    def _sharpen(self) -> None:
        """Paint what is in sight for the present scale, in slices that let other events through."""
        self._settle.stop()
        if not self.far and self.isVisible():
            if not self.canvas.weigh(self._raster, self.area, SLICE):
                self._settle.start(0)
            self.canvas.pictures.outdate(self._raster)
            self._freshen(SLICE)
