"""What goes wrong in a studio while something is done with it, and the sentences that it shows."""

from __future__ import annotations

import sys
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path
from types import TracebackType

import shiboken6
from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication, QLabel

from backend import messages as m
from backend.questions.looking import Look, Looked
from gui.inside import asking
from gui.inside.asking import Asker
from gui.parts import Empty
from gui.session import Session

LONG = 20.0  # seconds after which an answer is taken not to come
STUCK = 1.5  # seconds that one thing may hold the window up
SILENT = ("propagateSizeHints", "This plugin does not support")


class Watch:
    """Hears exceptions, Qt's messages, deaths and errors; ``problems`` are those of the design under way.

    state: the folder that tracebacks are written to
    """

    def __init__(self, session: Session, state: Path) -> None:
        self._session, self._state = session, state
        self.problems: Counter[str] = Counter()
        self.total = 0
        self.labels = False  # whether longer texts of every kind are noted
        self.doing = ""  # what is being done, to be named with what it leads to
        self._sentences: Counter[str] = Counter()
        self._since: dict[Asker, tuple[object, float]] = {}
        self._read: dict[Path, int] = {}
        sys.excepthook = self._fall
        qInstallMessageHandler(self._hear_qt)
        warnings.simplefilter("always")
        warnings.showwarning = self._hear_warning
        session._analyst.said.connect(self._hear)
        session._engine.said.connect(self._hear)
        session.notice.connect(lambda notice: self._tell("notice", notice.text))

    def begin(self, _: str) -> None:
        """Begin with another design."""
        self.problems, self._sentences = Counter(), Counter()

    def found(self, problem: str) -> None:
        self.total += 1
        self.problems[problem] += 1

    def told(self) -> list[str]:
        """The sentences that were shown, with where and how often."""
        return [f"“{text}” ({times})" for text, times in sorted(self._sentences.items())]

    def look(self) -> None:
        """See what has come to be wrong meanwhile."""
        self._look_for_the_slow()
        for file in self._state.rglob("*.log"):
            text = file.read_text(encoding="utf-8")
            if new := text[self._read.get(file, 0) :]:
                self._read[file] = len(text)
                self.found(f"written down: {new.strip()}")

    def look_at_rest(self) -> None:
        """See that nobody pretends to be waiting, where everything was answered."""
        for widget in QApplication.allWidgets():
            if isinstance(widget, Empty) and widget.isVisible():
                text = f"{widget.title.text()} — {widget.advice.text()}"
                self._tell(f"at rest {_panel_of(widget)}", text)
                if not widget.advice.text() or "…" in widget.title.text():
                    self.found(f"at rest, {self._session.state}, {_panel_of(widget)} still says “{text}”")

    def look_at_panels(self) -> None:
        """Note the sentences that panels show in the place of what they are for."""
        for widget in QApplication.allWidgets():
            if isinstance(widget, Empty) and widget.isVisible():
                self._tell(f"empty {_panel_of(widget)}", f"{widget.title.text()} — {widget.advice.text()}")
            elif isinstance(widget, QLabel) and widget.isVisible() and len(widget.text()) > 40 and self.labels:
                self._tell(f"label {_panel_of(widget)}", widget.text())

    def waiting(self) -> list[Asker]:
        """Who waits for an answer."""
        return [each for each in asking._everyone if shiboken6.isValid(each) and each.waiting]

    def took(self, seconds: float) -> None:
        if seconds > STUCK and self.doing != "theme":  # dresses every panel at once, which a user never has open
            self.found(f"slow: {self.doing} took {seconds:.1f} s")

    def _look_for_the_slow(self) -> None:
        now, waiting = time.monotonic(), self.waiting()
        self._since = {each: since for each, since in self._since.items() if each in waiting}
        for each in waiting:
            if self._since.get(each, (None, 0.0))[0] != each._number:
                self._since[each] = (each._number, now)
            elif now - self._since[each][1] > LONG:
                self._since[each] = (each._number, float("inf"))
                self.found(
                    f"no answer in {LONG:g} s, {self._session.state}: {_panel_of(each.parent())} {each.question}"
                )

    def _tell(self, where: str, text: str) -> None:
        self._sentences[f"[{where}] {' '.join(text.split())}"] += 1

    def _hear(self, event: m.Event) -> None:
        match event:
            case m.Died():
                self.found(f"died with {event.exit_code} while {self.doing}")
            case m.Failed():
                self._tell(f"failed {event.doing}", event.message)
            case m.Answered() if event.error:
                self._tell(type(event.question).__name__, event.error)
            case m.Answered(question=Look(small=small), result=Looked(seen=every)):
                for seen in every:
                    if seen.error:
                        self._tell("small look" if small else "look", seen.error)
            case m.TriedOut() if event.error:
                self._tell("tried out", event.error)

    def _fall(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        self.found(f"while {self.doing}: {''.join(traceback.format_exception(kind, error, trace))}")

    def _hear_warning(self, message: Warning | str, kind: type[Warning], file: str, line: int, *_: object) -> None:
        self.found(f"warning while {self.doing}: {file}:{line} {message}")

    def _hear_qt(self, kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        if not any(words in text for words in SILENT):
            self.found(f"Qt: {text}")


def _panel_of(widget: object) -> str:
    """The name of the class of the panel that something is in."""
    found = widget
    while found is not None and not type(found).__name__.endswith("Panel"):
        found = found.parent() if hasattr(found, "parent") else None
    return type(found).__name__ if found is not None else type(widget).__name__
