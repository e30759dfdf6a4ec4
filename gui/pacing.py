"""When what a training tells is shown: one view after the other, and so seldom that the training hardly notices.

A training wants every core, and what the studio paints it waits for. So work that shows news of it stands in a line:
of those that wait, the one goes first that has had the least time so far, and after each there is a rest in proportion
to what it took. However many views are open, they never take more than ``SHARE`` of a core together; those that cost
little come often. What a user does is shown at once.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final
from weakref import WeakMethod

import shiboken6
from PySide6.QtCore import QObject, QTimer

FEW: Final = 2  # cores: so many are taken up by a training and by what answers views
SHARE: Final = 0.02 if (os.cpu_count() or 1) <= FEW else 0.03  # of a core's time
FRAME: Final = 16  # milliseconds after which what a view changed is painted
LONGEST: Final = 10.0  # seconds that anybody rests


class Turn(QTimer):
    """Some work that shows what has changed, done soon after ``ask``, however often that is called until then.

    work: a method of its parent, which goes with it
    """

    def __init__(self, work: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent, singleShot=True, interval=0)
        self.spent = 0.0  # seconds in the line, among those who are in it
        self._work = WeakMethod(work)
        self.timeout.connect(self.do)

    def ask(self) -> None:
        """Do it once the present event is dealt with; news of a training once it is its turn."""
        if pace.telling:
            pace.line_up(self)
        elif not self.isActive():
            pace.leave(self)
            self.start()

    def do(self) -> None:
        if (work := self._work()) is not None:
            work()


class Pace:
    """Who stands in the line, and when the next one goes.

    share: of a core's time that those in the line may take together
    """

    def __init__(self, share: float) -> None:
        self.share = share
        self.telling = False  # news are being told
        self._line: list[Turn] = []
        self._passed = 0.0  # what the last one had spent before it went: nobody joins with less
        self._next = 0.0  # when the next one may go, by the clock
        self._expected = False  # somebody will go as soon as it is time
        self._serving: tuple[Turn, float, float] | None = None  # who goes, since when by processor and by clock

    def line_up(self, turn: Turn) -> None:
        if turn in self._line or turn.isActive():
            return
        turn.spent = max(turn.spent, self._passed)
        self._line.append(turn)
        self._expect()

    def leave(self, turn: Turn) -> None:
        if turn in self._line:
            self._line.remove(turn)

    def _expect(self) -> None:
        if self._line and self._serving is None and not self._expected:
            self._expected = True
            rest = max(0.0, self._next - time.monotonic())
            QTimer.singleShot(math.ceil(rest * 1000), self._serve)

    def _serve(self) -> None:
        self._expected = False
        self._line = [each for each in self._line if shiboken6.isValid(each)]
        if time.monotonic() < self._next:  # a timer may come a little early
            self._expect()
        if self._expected or not self._line:
            return
        turn = min(self._line, key=lambda each: each.spent)
        self._line.remove(turn)
        self._passed = turn.spent
        self._serving = (turn, time.thread_time(), time.monotonic())
        QTimer.singleShot(FRAME, self._close)
        turn.do()

    def _close(self) -> None:
        """What was changed is painted by now: reckon what that took."""
        assert self._serving is not None
        (turn, began, since), self._serving = self._serving, None
        took = time.thread_time() - began
        turn.spent += took
        self._next = since + min(LONGEST, took / self.share)
        self._expect()


pace: Final = Pace(SHARE)


@contextmanager
def news(are: bool = True) -> Iterator[None]:
    """Within it, turns are asked for by news of a training that runs; with False, by somebody who waits for them."""
    before, pace.telling = pace.telling, are
    try:
        yield
    finally:
        pace.telling = before
