"""The status strip: what the engine does, how far a training is, and the totals of the design."""

from __future__ import annotations

from typing import Final

from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel, QStatusBar

from backend.messages import Event, Progress, Started
from gui import theme
from gui.parts import Dot
from gui.session import Session

HOUR, MINUTE = 3600, 60
ROLES: Final = {"running": "success", "paused": "warning", "starting": "accent", "stopping": "accent"}


class Status(QStatusBar):
    """Three places: engine, training, totals."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._epochs = self._steps = 0
        self.setSizeGripEnabled(False)
        self.setContentsMargins(8, 0, 4, 0)
        self.dot = Dot(self._lamp, 7)
        self.engine, self.training, self.totals = QLabel(), QLabel(), QLabel()
        self.addWidget(self.dot)
        self.addWidget(self.engine)
        self.addWidget(self.training, 1)
        self.addPermanentWidget(self.totals)
        session.state_changed.connect(self._show_state)
        session.event.connect(self._hear)
        for signal in (session.changed, session.analysed, session.document_replaced):
            signal.connect(self._show_totals)
        self._show_state()
        self._show_totals()

    def _show_state(self) -> None:
        session = self._session
        words = {
            "starting": self.tr("Starting the training"), "running": self.tr("Training"),
            "paused": self.tr("Paused"), "stopping": self.tr("Stopping"),
        }  # fmt: skip
        waiting = self.tr("Loading PyTorch") if not session.engine_ready else self.tr("Ready")
        device = " · " + ", ".join(session.devices) if session.devices else ""
        self.engine.setText(words.get(session.state, waiting) + device)
        self.dot.update()
        if session.state == "idle":
            self.training.clear()

    def _lamp(self) -> QColor:
        waiting = "success" if self._session.engine_ready else "text_dim"
        colour: QColor = getattr(theme.current(), ROLES.get(self._session.state, waiting))
        return colour

    def _hear(self, event: Event) -> None:
        if isinstance(event, Started):
            self._epochs, self._steps = event.epochs, event.steps
        elif isinstance(event, Progress) and self._session.state in ("running", "paused"):
            epoch = min(event.epoch + 1, self._epochs)
            words = self.tr("Epoch {epoch} of {epochs} · {rate:,.0f} examples/s · {left} left")
            self.training.setText(words.format(epoch=epoch, epochs=self._epochs, rate=event.samples_per_second,
                                               left=duration(event.seconds_left)))  # fmt: skip

    def _show_totals(self) -> None:
        session = self._session
        nodes = len(session.document.nodes)
        parts = [self.tr("{n} nodes").format(n=nodes) if nodes != 1 else self.tr("1 node")]
        if session.analysis is not None:
            parts.append(self.tr("{n:,} parameters").format(n=session.analysis.parameters))
        self.totals.setText(" · ".join(parts))


def duration(seconds: float) -> str:
    """Seconds as people say them: ``42 s``, ``3:05 min``, ``2:10 h``."""
    whole = max(0, round(seconds))
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE}:{whole % MINUTE:02d} min"
    return f"{whole // HOUR}:{whole % HOUR // MINUTE:02d} h"
