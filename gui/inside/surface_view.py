"""A generator of points in the plane and its judge: scores everywhere, points over them, and where they are pushed."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from backend.questions.surfaces import Surface, SurfaceSeen
from gui import theme
from gui.inside.answer_view import AnswerView
from gui.inside.samples_view import LEGEND, PAD, PointCloud
from gui.inside.step_buttons import StepButtons
from gui.inspector.values import brief
from gui.parts import tool

SHADES: Final = 64  # of the scores
STRONG: Final = 0.55  # how much of its colour the surest score has
LONGEST: Final = 0.09  # of the plane, of an arrow that is longer than nine of ten
SURE: Final = 0.9  # quantile
TIP: Final = 5.0  # pixels of the head of an arrow
SLIM: Final = 0.5  # of its length, how far the head goes to either side


class SurfacePlane(PointCloud):
    """Paints what a ``SurfaceSeen`` holds; parts of it can be left out."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: SurfaceSeen | None = None
        self.arrows = self.lines = True

    def show_seen(self, seen: SurfaceSeen) -> None:
        self.seen = seen
        self.show_points(seen.made, seen.real)
        self.limits = seen.limits

    def span(self) -> tuple[float, float]:
        """The least and greatest of the scores: 0 and 1 for chances, else alike on both sides of zero."""
        if self.seen is None or self.seen.scores is None or self.seen.probability:
            return 0.0, 1.0
        reach = float(np.nan_to_num(np.abs(self.seen.scores)).max()) or 1.0
        return -reach, reach

    def paintEvent(self, event: QPaintEvent) -> None:
        now, plane = theme.current(), self.plane()
        painter = QPainter(self)
        painter.fillRect(self.rect(), now.panel)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setPen(QPen(now.border, 1))
        painter.setBrush(now.canvas)
        painter.drawRect(plane)
        if self.seen is None:
            return
        if self.seen.scores is not None:
            painter.drawImage(plane, shaded(self.seen.scores, *self.span()))
        painter.save()
        painter.setClipRect(plane)
        if self.lines and self.seen.mesh is not None:
            self._paint_mesh(painter, self.seen.mesh)
        self._paint_dots(painter, self.seen)
        painter.restore()
        self._paint_key(painter)

    def _spots(self, points: np.ndarray) -> list[QPointF]:
        """Where points are, in sight or not."""
        plane = self.plane()
        share = (np.nan_to_num(points) - self.limits[0]) / (self.limits[1] - self.limits[0])
        return [
            QPointF(plane.left() + x * plane.width(), plane.bottom() - y * plane.height()) for x, y in share.tolist()
        ]

    def _paint_mesh(self, painter: QPainter, mesh: np.ndarray) -> None:
        ink = QColor(theme.current().text)
        ink.setAlphaF(0.35)
        painter.setPen(QPen(ink, 1))
        for way in (mesh, mesh.transpose(1, 0, 2)):
            for line in way:
                painter.drawPolyline(QPolygonF(self._spots(line)))

    def _paint_dots(self, painter: QPainter, seen: SurfaceSeen) -> None:
        now = theme.current()
        for points, colour, width in ((seen.real, now.text_dim, 3.0), (seen.made, now.canvas, 7.0),
                                      (seen.made, now.series[1], 5.0)):  # fmt: skip
            if points is not None:
                painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
                painter.drawPoints(QPolygonF(self._spots(points)))
        if self.arrows and seen.pushes is not None and len(seen.made):
            painter.setPen(QPen(now.text, 1.2))
            for start, end in zip(self._spots(seen.made), self._spots(seen.made + self._scaled(seen.pushes))):
                painter.drawPolyline(QPolygonF(arrow(start, end)))

    def _scaled(self, pushes: np.ndarray) -> np.ndarray:
        """Pushes as long as they can be told apart; all by one factor."""
        lengths = np.linalg.norm(np.nan_to_num(pushes), axis=1)
        long = float(np.quantile(lengths, SURE)) or float(lengths.max()) or 1.0
        extent = float((self.limits[1] - self.limits[0]).max())
        return np.asarray(np.nan_to_num(pushes) * (LONGEST * extent / long))

    def _paint_key(self, painter: QPainter) -> None:
        assert self.seen is not None
        now, metrics = theme.current(), painter.fontMetrics()
        painter.setFont(theme.font(11))
        line = QRect(PAD, self.height() - LEGEND - PAD // 2, self.width() - 2 * PAD, LEGEND)
        words: list[tuple[str, QColor]] = [("● ", now.series[1]), (self.tr("generated"), now.text)]
        words += [("   ● ", now.text_dim), (self.tr("real"), now.text)] if self.seen.real is not None else []
        if self.seen.scores is not None:
            low, high = self.span()
            about = self.tr("chance of being real") if self.seen.probability else self.tr("score of being real")
            words += [("   ■ ", shade(0.0)), (brief(low), now.text), ("  ■ ", shade(1.0))]
            words.append((f"{brief(high)} {about}", now.text))
        left = line.left()
        for text, colour in words:
            painter.setPen(colour)
            painter.drawText(line.adjusted(left - line.left(), 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, text)
            left += metrics.horizontalAdvance(text)


class SurfaceView(AnswerView):
    """The plane, whose training can be stepped on one objective at a time."""

    kind = SurfaceSeen
    found: SurfaceSeen | None

    def ask(self) -> None:
        self.asker.ask(Surface())

    def _explained(self) -> tuple[str, str]:
        return self.tr("No plane to show"), self.error or self.tr(
            "Press Train. Where an Output makes points in the plane of noise, as in a 2-D GAN, what the generator "
            "makes and what the discriminator says of every place are shown here.")  # fmt: skip

    def _show(self, found: SurfaceSeen) -> None:
        self.plane.show_seen(found)

    def _choose_parts(self) -> None:
        self.plane.arrows, self.plane.lines = self.arrows.isChecked(), self.mesh.isChecked()
        self.plane.update()

    def _build(self) -> None:
        self.plane, self.steps = SurfacePlane(), StepButtons(self.session)
        self.plane.setAccessibleName(self.tr("Generator and discriminator in the plane"))
        self.arrows = tool(self, self.tr("Gradients"), "", self.tr("Where the loss of the generator pushes each point: "
                           "its negative gradient, all drawn by one factor"), worded=True, checkable=True)  # fmt: skip
        self.mesh = tool(self, self.tr("Mesh"), "", self.tr("What becomes of a square mesh in the first two numbers of "
                         "the noise"), worded=True, checkable=True)  # fmt: skip
        self.head = QHBoxLayout()
        self.head.setContentsMargins(8, 5, 8, 0)
        self.head.setSpacing(5)
        self.head.addStretch(1)
        for button in (self.arrows, self.mesh):
            button.setChecked(True)
            button.toggled.connect(self._choose_parts)
            self.head.addWidget(button)
        self.head.addWidget(self.steps)
        below = QWidget()
        self.stacked(self.plane, below)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(2)
        whole.addLayout(self.head)
        whole.addWidget(below, 1)


def arrow(start: QPointF, end: QPointF) -> list[QPointF]:
    """A line with a head, as one stroke."""
    way = end - start
    length = math.hypot(way.x(), way.y()) or 1.0
    along = way * (min(TIP, length) / length)
    across = QPointF(-along.y(), along.x()) * SLIM
    return [start, end, end - along + across, end, end - along - across, end]


def shade(share: float) -> QColor:
    """The colour of a score from the least (0) to the greatest (1); the middle is the ground."""
    now = theme.current()
    colour = now.series[0] if share > 1 / 2 else now.error
    return theme.blend(now.canvas, colour, abs(2 * share - 1) * STRONG)


def shaded(scores: np.ndarray, low: float, high: float) -> QImage:
    """Scores as a picture, upwards being upwards."""
    inks = np.array([shade(level / (SHADES - 1)).rgb() for level in range(SHADES)], np.uint32)
    share = (np.nan_to_num(scores, nan=(low + high) / 2) - low) / ((high - low) or 1.0)
    pixels = np.ascontiguousarray(inks[np.clip(np.round(share * (SHADES - 1)), 0, SHADES - 1).astype(int)][::-1])
    return QImage(pixels.data, pixels.shape[1], pixels.shape[0], QImage.Format.Format_RGB32).copy()
