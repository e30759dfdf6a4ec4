"""Wires drawn the broader the more gradient flows back along them, live while training, with a legend in a corner."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, QVariantAnimation
from PySide6.QtGui import QPainter, QPaintEvent, QPen

from backend import messages as m
from backend.questions.flow import Flow, Flowing
from graph.document import MAIN
from gui import settings, theme
from gui.canvas.items import WIRE_WIDTH, WireItem
from gui.canvas.viewport import Viewport
from gui.inside.asking import Asker
from gui.inspector.values import brief
from gui.parts import Live

MOST: Final = 300  # ports that are asked about at once
THIN: Final = 1.2  # scene pixels of the least gradient, and of the largest
THICK: Final = 9.0
DECADES: Final = 2.0  # powers of ten that the widths span at the least, or two equal gradients would look far apart
MOST_DECADES: Final = 8.0
FADING: Final = 220  # milliseconds
FEW: Final = 300  # wires that fade; of more, painting each frame would take too long
SIZE: Final = QSize(232, 56)  # of the legend
EDGE: Final = 12  # pixels from the corner
WRAP: Final = Qt.AlignmentFlag.AlignLeft.value | Qt.TextFlag.TextWordWrap.value
Named = tuple[str, str]  # the path of a node, and one of its outputs


class Flowmeter(Live):
    """The legend, which asks while it is to be seen. Off, it is hidden and costs nothing."""

    def __init__(self, view: Viewport) -> None:
        super().__init__(view)  # not upon what the view scrolls, which would push it along
        self._view, self._session = view, view.canvas.session
        self.on = False
        self.norms: dict[Named, tuple[float | None, str]] = {}
        self.text = ""  # in place of the scale, while there is none
        self.asker = Asker(self._session, self)
        self._ports: tuple[Named, ...] = ()
        self._strength = 0.0  # how far widths have gone from those of plain wires, 0 to 1
        self._fade = QVariantAnimation(self, duration=FADING)
        self._fade.valueChanged.connect(self._fade_to)
        self.setFixedSize(SIZE)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(self.tr("Gradients on wires"))
        view.canvas.altered.connect(self._follow)
        self._session.document_replaced.connect(self._forget)
        self._session.event.connect(self._hear)
        view.installEventFilter(self)
        self.hide()

    def toggle(self) -> None:
        """Show gradients on the wires, or plain wires again."""
        self.on = not self.on
        if self.on:
            self._ports = ()
            self.setVisible(True)
            self.raise_()
        self._move_to(1.0 if self.on else 0.0)
        self.invalidate()

    # -- asking ------------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        if not self.on:
            return
        ports = tuple(sorted({named for _, named in self._wires()})[:MOST])  # in order, so that a slice serves again
        if ports != self._ports:
            self._ports = ports
            self.asker.ask(Flow(ports=ports) if ports else None)
        self.asker.go()
        self._take(self.asker.last)
        self._swell()
        self._fit()
        self.update()

    def _fit(self) -> None:
        """Be as high as the words need, in the corner."""
        room = self.fontMetrics().boundingRect(0, 0, SIZE.width() - 20, 1000, WRAP, self.text)
        self.setFixedSize(SIZE.width(), max(SIZE.height(), room.height() + 34))
        self.move(EDGE, self._view.height() - self.height() - EDGE)

    def _wires(self) -> Iterator[tuple[WireItem, Named]]:
        """The wires that are shown, and the ports whose values they carry."""
        place, canvas = self._session.place, self._view.canvas
        if place.network != MAIN and not place.way:
            return
        for target, item in canvas.wires.items():
            source = canvas.source_of(target)
            yield item, (place.path + source.node, source.port)

    def _take(self, answer: m.Answered | None) -> None:
        """What came of the question, or a sentence why there is nothing."""
        self.text = ""
        if not self._session.run:
            self.text = self.tr("Press Train to see them.")
        elif answer is None:
            self.text = self.tr("Measuring…")
        elif answer.error:
            self.text = answer.error
        elif isinstance(answer.question, Flow) and isinstance(answer.result, Flowing):
            found = answer.result
            self.norms = dict(zip(answer.question.ports, zip(found.norms, found.objectives)))
            if not any(norm for norm, _ in self.norms.values()):
                self.text = self.tr("No gradient flows along these wires.")
        self.setAccessibleDescription(self.text or self.tr("From {low} to {high}").format(
            low=brief(self.bounds[0]), high=brief(self.bounds[1])))  # fmt: skip

    def _follow(self) -> None:
        if self.on:
            self.invalidate()

    def _hear(self, event: m.Event) -> None:
        if isinstance(event, m.Started):
            self.norms = {}

    def _forget(self) -> None:
        self.norms, self._ports = {}, ()
        self._follow()

    # -- showing -----------------------------------------------------------------------------------------------------

    @property
    def bounds(self) -> tuple[float, float]:
        """The gradients that have the least and the greatest width."""
        found = [norm for norm, _ in self.norms.values() if norm and math.isfinite(norm)]
        high = max(found, default=1.0)
        low = max(min(found, default=high), high * 10**-MOST_DECADES)
        return min(low, high * 10**-DECADES), high

    def width_of(self, norm: float | None) -> float:
        """Scene pixels for a gradient: as far from the least as its logarithm is."""
        if not norm:
            return THIN
        low, high = self.bounds
        share = math.log(norm / low) / math.log(high / low) if math.isfinite(norm) else 1.0
        return THIN + (THICK - THIN) * min(1.0, max(0.0, share))

    def words_of(self, named: Named) -> str:
        """What hovering a wire says of its gradient."""
        norm, objective = self.norms.get(named, (None, ""))
        if norm is None:
            return self.tr("no gradient") if named in self.norms else ""
        told = self.tr("gradient {norm}").format(norm=brief(float(f"{norm:.3g}")))
        several = len({name for _, name in self.norms.values() if name}) > 1
        return f"{told} · {objective}" if several else told

    def _swell(self) -> None:
        """Draw every wire as broad as it is to be now."""
        if not self._strength:
            for item in self._view.canvas.wires.values():
                item.swell(0.0)
            return
        for item, named in self._wires():
            norm = self.norms.get(named, (None, ""))[0]
            if named not in self.norms:
                item.swell(0.0)
                continue
            width = WIRE_WIDTH + (self.width_of(norm) - WIRE_WIDTH) * self._strength
            item.swell(width, self.words_of(named), faint=not norm)

    def _move_to(self, strength: float) -> None:
        self._fade.stop()
        if settings.animations() and len(self._view.canvas.wires) <= FEW:
            self._fade.setStartValue(self._strength)
            self._fade.setEndValue(strength)
            self._fade.start()
        else:
            self._fade_to(strength)

    def _fade_to(self, strength: float) -> None:
        self._strength = strength
        if not strength and not self.on:
            self.hide()
        self._swell()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show):
            self._fit()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        now, painter = theme.current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(now.panel)
        painter.setPen(QPen(now.border, 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        inside = self.rect().adjusted(10, 5, -10, -5)
        painter.setFont(theme.font(12, bold=True))
        painter.setPen(now.text)
        painter.drawText(inside, Qt.AlignmentFlag.AlignTop, self.tr("Gradient of the loss"))
        painter.setFont(theme.font(11))
        painter.setPen(now.text_dim)
        below = inside.adjusted(0, 20, 0, 0)
        if self.text:
            painter.drawText(below, WRAP, self.text)
            return
        self._paint_scale(painter, QRectF(below))

    def _paint_scale(self, painter: QPainter, room: QRectF) -> None:
        """Three lines from the thinnest to the broadest, each with its number."""
        low, high = self.bounds
        third = room.width() / 3
        for place, value in enumerate((low, math.sqrt(low * high), high)):
            left = room.left() + place * third
            painter.setPen(QPen(theme.current().meaning("vector"), self.width_of(value) * self._view.zoom))
            painter.drawLine(QPointF(left + 2, room.center().y()), QPointF(left + 18, room.center().y()))
            painter.setPen(theme.current().text_dim)
            words = QRectF(left + 24, room.top(), third - 24, room.height())
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, brief(float(f"{value:.1g}")).replace(".0e", "e"))
