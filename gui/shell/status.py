"""The status strip: what the engine does and where, the memory that takes, how far a training is, and totals."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QTimer
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel, QStatusBar

from backend.messages import Died, Event, Loading, Progress, Ready, Started
from gui import memory, settings, theme
from gui.inspector.totals_section import memory_parts, verdict_of
from gui.link import DEATHS_BORNE
from gui.parts import Dot
from gui.session import Session
from gui.sizes import short

HOUR, MINUTE = 3600, 60
MEMORY_MILLISECONDS: Final = 2000
PADDING: Final = 16
ROLES: Final = {"running": "success", "paused": "warning", "starting": "accent", "stopping": "accent"}


class Status(QStatusBar):
    """Four places: engine with its device, memory, training, totals."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._epochs = self._steps = self._deaths = 0
        self._waiting = self.tr("Loading PyTorch")
        self.setSizeGripEnabled(False)
        self.setContentsMargins(8, 0, 4, 0)
        self.dot = Dot(self._lamp, 7)
        self.engine, self.memory, self.training, self.totals = QLabel(), QLabel(), QLabel(), QLabel()
        self.addWidget(self.dot)
        self.addWidget(self.engine)
        self.addWidget(self.memory)
        self.addWidget(self.training, 1)
        self.addPermanentWidget(self.totals)
        session.state_changed.connect(self._show_state)
        session.event.connect(self._hear)
        settings.signals.environment_changed.connect(self._show_state)
        widest = self.tr("{size} of memory").format(size="888 MB")
        self.memory.setMinimumWidth(self.memory.fontMetrics().horizontalAdvance(widest) + PADDING)  # or all else jumps
        self._look = QTimer(self, interval=MEMORY_MILLISECONDS)
        self._look.timeout.connect(self._show_memory)
        self._look.start()
        for signal in (session.changed, session.analysed, session.document_replaced, session.sizes.told):
            signal.connect(self._show_totals)
        for signal in (session.changed, session.document_replaced):
            signal.connect(self._show_state)
        session.document_replaced.connect(self.training.clear)
        self._show_state()
        self._show_totals()

    def _show_state(self) -> None:
        session = self._session
        words = {
            "starting": self.tr("Starting the training"), "running": self.tr("Training"),
            "paused": self.tr("Paused"), "stopping": self.tr("Stopping"),
        }  # fmt: skip
        waiting = self.tr("Ready") if session.engine_ready else self._waiting
        device = self._device()
        self.engine.setText(words.get(session.state, waiting) + (f" · {device}" if device else ""))
        self.engine.setToolTip(session.devices.get(device, ""))
        self.dot.update()
        if session.state == "idle":
            self.training.clear()

    def _device(self) -> str:
        """Where the design computes: what it asks for itself, else what the settings say, else the best there is."""
        there = self._session.devices
        asked = str(self._session.document.settings.get("device", "auto"))
        wanted = asked if asked != "auto" else settings.device()
        return (wanted if wanted != "auto" else list(there)[-1]) if there else ""

    def _show_memory(self) -> None:
        size = memory.in_use()
        if self.isVisible() and size is not None:
            self.memory.setText(self.tr("{size} of memory").format(size=memory.words(size)))
            self.memory.setToolTip(self.tr("What the studio and its two worker processes hold together"))

    def _lamp(self) -> QColor:
        waiting = "success" if self._session.engine_ready else "text_dim"
        colour: QColor = getattr(theme.current(), ROLES.get(self._session.state, waiting))
        return colour

    def _hear(self, event: Event) -> None:
        if isinstance(event, Died):
            self._deaths += 1
            down = self._deaths >= DEATHS_BORNE
            self._waiting = self.tr("Training process down") if down else self.tr("Restarting the training process")
            self._show_state()
        elif isinstance(event, Ready):
            self._deaths = 0
        elif isinstance(event, Loading) and self._session.state == "starting":
            words = self.tr("Reading {what}") if event.reading else self.tr("Downloading {what}")
            share = f" · {event.done / event.total:.0%}" if event.total else ""
            self.training.setText(words.format(what=event.what) + share)
        elif isinstance(event, Started):
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
        totals, tip = session.sizes.totals, ""
        if totals is not None and session.analysis is not None:
            parts.append(self.tr("{n} multiply-adds").format(n=short(totals.multiply_adds // totals.batch)))
            size = self.tr("{size} to train").format(size=memory.words(totals.memory))
            parts.append(size if totals.fits else self.tr("too large for the device"))
            lines = [f"{name}: {memory.words(size)}" for name, size, _ in memory_parts(totals)]
            tip = "\n".join([*lines, verdict_of(totals)])
        self.totals.setStyleSheet("" if totals is None or totals.fits else f"color: {theme.current().error.name()};")
        self.totals.setToolTip(tip)
        self.totals.setText(" · ".join(parts))


def duration(seconds: float) -> str:
    """Seconds as people say them: ``42 s``, ``3:05 min``, ``2:10 h``."""
    whole = max(0, round(seconds))
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE}:{whole % MINUTE:02d} min"
    return f"{whole // HOUR}:{whole % HOUR // MINUTE:02d} h"
