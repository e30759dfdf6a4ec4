"""Asking the engine what a view shows: one question at a time, and so seldom that a training hardly notices."""

from __future__ import annotations

import itertools
import math
import time
from dataclasses import replace
from typing import Final, Protocol
from weakref import WeakSet

import shiboken6
from PySide6.QtCore import QObject, QTimer, Signal

from backend import messages as m
from gui import pacing
from gui.session import Session

OFTEN: Final = 0.5  # seconds from one question to the next while training, at the least
SHARE: Final = 100  # times what an answer takes that the training gets until the next question, of all who ask together
_numbers = itertools.count(1)
_everyone: WeakSet[Asker] = WeakSet()


class Panel(Protocol):
    """Who is asked for: ``gui.parts.Live``, or another object of Qt that has these two."""

    def isVisible(self) -> bool:
        """Whether somebody sees it: while nobody does, nothing is asked."""
        ...

    def invalidate(self) -> None:
        """Be told that something has changed. Where it cannot be seen it calls ``go`` once it can."""
        ...


class Asker(QTimer):
    """Asks what a panel wants to know, and again as the training goes on, while the panel is seen.

    panel: an object of Qt. It is invalidated when it asks for something else, when an answer came, and when a training
      begins or ends, not for every question that is sent. In its ``refresh`` it calls ``go``, for what was to be asked
      while it was not seen.
    follow: whether to ask again whenever the training tells of progress; may be changed

    ``answered`` carries every answer to the newest question; ``last`` is the last of them, None before there is one.
    ``waiting`` says whether an answer is on its way.
    """

    answered = Signal(object)

    def __init__(self, session: Session, panel: Panel, follow: bool = True) -> None:
        assert isinstance(panel, QObject)
        super().__init__(panel, singleShot=True)
        self.last: m.Answered | None = None
        self.question: m.Question | None = None
        self.follow = follow
        self._session, self._panel = session, panel
        self._me = next(_numbers)
        self._wanted = False
        self._fresh = False  # somebody waits for an answer, the first to this question
        self._number = 0  # of the question that was sent and not answered yet
        self._next = 0.0  # when the next question may be, by the clock
        self._come: m.Answered | None = None  # what was answered, until it is its turn to be shown
        self._delivery = pacing.Turn(self._deliver, self)
        _everyone.add(self)
        self.timeout.connect(self.go)
        session.event.connect(self._hear)
        session.document_replaced.connect(self.forget)

    @property
    def waiting(self) -> bool:
        return bool(self._number)

    def ask(self, question: m.Question | None) -> None:
        """Ask this at once, and from now on; nothing any more where it is None. What is on its way is forgotten."""
        self.question = None if question is None else replace(question, asker=self._me)
        self._wanted = self._fresh = question is not None
        self._number, self._next, self._come = 0, 0.0, None
        if question is None:
            self.last = None
        self._panel.invalidate()
        self._expect()

    @property
    def rest(self) -> float:
        """Seconds until it may ask again while a training goes on."""
        return max(0.0, self._next - time.monotonic())

    def again(self) -> None:
        """Ask the same again when its time has come."""
        self._wanted = self.question is not None
        self._expect()

    def forget(self) -> None:
        """Forget question and answer."""
        self.last = None
        self.ask(None)

    def go(self) -> None:
        """Send what is to be asked, if it is time and the panel is seen."""
        if not self._wanted or self._number or self._come or self.question is None or not self._panel.isVisible():
            return
        if self._session.state == "starting":  # there is nothing to ask about for a moment
            return
        if self._resting:
            self._expect()
            return
        self._number = self._session.ask(self.question)
        self._wanted = not self._number

    def _expect(self) -> None:
        """Go when it is time; not at once, for the panel may be about to ask for something else."""
        if not self._wanted or self._number or self._come:
            return
        if self._panel.isVisible():
            self.start(math.ceil(self.rest * 1000) if self._resting else 0)
        else:
            self._panel.invalidate()

    @property
    def _resting(self) -> bool:
        return self.rest > 0 and self._session.state == "running"

    @property
    def follows(self) -> bool:
        """Whether it asks again and again as the training goes on."""
        return self.follow and self.question is not None and self._panel.isVisible()

    def _rivals(self) -> int:
        """How many ask like this now, itself among them: they share what of the training's time may be taken."""
        return max(1, sum(shiboken6.isValid(each) and each.follows for each in _everyone))

    def _hear(self, event: m.Event) -> None:
        match event:
            case m.Answered() if event.question.number == self._number and self._number:
                self._number, self._come = 0, event
                self._next = time.monotonic() + max(OFTEN, event.seconds * SHARE * self._rivals())
                self._tell()
            case m.Metrics() | m.Progress(paused=True) if self.follow:  # nobody has to be spared while it is held
                self.again()
            case m.Started() | m.Finished() if self.follow:
                self.again()
                self._panel.invalidate()
            case m.Started() | m.Failed():
                self._expect()
            case m.Died():
                self._number = 0
                self.again()
                self._panel.invalidate()

    def _tell(self) -> None:
        """Hand on what has come: at once where somebody waits for it, else when it is its turn."""
        if self._fresh or self._session.state != "running":
            with pacing.news(False):
                self._deliver()
        else:
            with pacing.news():
                self._delivery.ask()

    def _deliver(self) -> None:
        if self._come is None:
            return
        self.last, self._come, self._fresh = self._come, None, False
        self.answered.emit(self.last)
        self._panel.invalidate()
        self._expect()
