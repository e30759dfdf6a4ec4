"""The line of views: fair to each, together no more than their share, and out of the way of what a user does."""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Callable

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot
from shown import settle

from gui import pacing
from gui.parts import Live


class Clock:
    """Time that only goes by where somebody works or waits, and the timers of ``pacing`` in it."""

    def __init__(self) -> None:
        self.now = self.worked = 0.0
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()

    def monotonic(self) -> float:
        return self.now

    def thread_time(self) -> float:
        return self.worked

    def work(self, seconds: float) -> None:
        self.now += seconds
        self.worked += seconds

    def singleShot(self, milliseconds: int, action: Callable[[], None]) -> None:
        heapq.heappush(self._timers, (self.now + milliseconds / 1000, next(self._numbers), action))

    def go_on(self, until: float) -> None:
        while self._timers and self._timers[0][0] <= until:
            due, _, action = heapq.heappop(self._timers)
            self.now = max(self.now, due)
            action()
        self.now = max(self.now, until)


class View(QObject):
    def __init__(self, clock: Clock, name: str, cost: float, shown: Counter[str]) -> None:
        super().__init__()
        self.turn = pacing.Turn(self.show_news, self)
        self._clock, self._name, self._cost, self._shown = clock, name, cost, shown

    def show_news(self) -> None:
        self._clock.work(self._cost)
        self._shown[self._name] += 1


@pytest.fixture
def unpaced() -> None:
    """Here it is the pace that is tested."""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(pacing, "time", made)
    monkeypatch.setattr(pacing.QTimer, "singleShot", made.singleShot)
    monkeypatch.setattr(pacing, "pace", pacing.Pace(share=0.02))
    return made


def train(clock: Clock, views: list[View], seconds: float) -> None:
    """Tell news twenty times a second."""
    for tick in range(round(seconds * 20)):
        with pacing.news():
            for view in views:
                view.turn.ask()
        clock.go_on((tick + 1) / 20)


def test_together_they_keep_to_their_share(clock: Clock, qapp: object) -> None:
    shown: Counter[str] = Counter()
    views = [View(clock, str(number), 0.001 * (number + 1), shown) for number in range(10)]
    train(clock, views, 200)
    assert clock.worked == pytest.approx(0.02 * 200, rel=0.03)
    assert min(shown.values()) > 0


def test_each_gets_as_much_time_and_the_cheap_come_often(clock: Clock, qapp: object) -> None:
    shown: Counter[str] = Counter()
    train(clock, [View(clock, "dear", 0.020, shown), View(clock, "cheap", 0.002, shown)], 200)
    assert shown["cheap"] == pytest.approx(10 * shown["dear"], rel=0.1)


def test_what_one_does_not_use_the_others_get(clock: Clock, qapp: object) -> None:
    shown: Counter[str] = Counter()
    seldom, often = View(clock, "seldom", 0.005, shown), View(clock, "often", 0.005, shown)
    for _ in range(4):
        train_from = clock.now
        with pacing.news():
            seldom.turn.ask()
        for tick in range(200):
            with pacing.news():
                often.turn.ask()
            clock.go_on(train_from + (tick + 1) / 20)
    assert shown["seldom"] == 4
    assert clock.worked == pytest.approx(0.02 * clock.now, rel=0.05)


def test_who_joins_late_does_not_hold_the_others_up(clock: Clock, qapp: object) -> None:
    shown: Counter[str] = Counter()
    first = View(clock, "first", 0.004, shown)
    train(clock, [first], 100)
    before, late = shown["first"], View(clock, "late", 0.004, shown)
    start = clock.now
    for tick in range(400):
        with pacing.news():
            first.turn.ask()
            late.turn.ask()
        clock.go_on(start + (tick + 1) / 20)
    assert shown["first"] - before == pytest.approx(shown["late"], abs=2)


def test_who_is_gone_is_passed_over(clock: Clock, qapp: object) -> None:
    shown: Counter[str] = Counter()
    gone, stays = View(clock, "gone", 0.001, shown), View(clock, "stays", 0.001, shown)
    with pacing.news():
        gone.turn.ask()
        stays.turn.ask()
    gone.turn.setParent(None)
    del gone
    clock.go_on(10)
    assert shown == {"stays": 1}


class Counting(Live):
    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def refresh(self) -> None:
        self.count += 1


def test_what_a_user_does_is_shown_at_once(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "pace", pacing.Pace(share=1e-9))  # after one view, nobody has a turn for seconds
    view = Counting()
    qtbot.addWidget(view)
    view.show()
    before = view.count
    with pacing.news():
        view.invalidate()
    qtbot.waitUntil(lambda: view.count == before + 1)
    qtbot.wait(pacing.FRAME * 2)
    with pacing.news():
        view.invalidate()
    settle(qtbot)
    assert view.count == before + 1
    view.invalidate()
    settle(qtbot)
    assert view.count == before + 2
