"""How far a download is: a bar, how much has come and how fast, and a way to end it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from backend.messages import Loading
from gui.data.sources import size_words
from gui.parts import Words
from gui.shell.status import duration

SPAN: Final = 4.0  # seconds over which the rate is a mean
STEPS: Final = 1000


class DownloadBar(QWidget):
    """Shown while something comes. What has come stays when it is cancelled, and the next download goes on there."""

    cancelled = Signal()

    def __init__(self, clock: Callable[[], float] = time.monotonic, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._clock = clock
        self._seen: deque[tuple[float, int]] = deque()
        self._what = ""
        self.come = 0  # bytes of the file under way
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Download"))
        self.cancel = QPushButton(self.tr("Cancel"), self)
        self.cancel.setToolTip(self.tr("End the download; what has come so far is kept"))
        self.cancel.clicked.connect(self._end)
        self.words = Words(dim=True, parent=self)
        row = QHBoxLayout()
        row.addWidget(self.bar, 1)
        row.addWidget(self.cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self.words)
        self.hide()

    def begin(self) -> None:
        """Something was asked for and nothing has come yet."""
        self._seen.clear()
        self._what, self.come = "", 0
        self.bar.setRange(0, 0)
        self.words.setText(self.tr("Asking the server…"))
        self.show()

    def tell(self, event: Loading) -> None:
        """Take news of what comes."""
        if event.what != self._what:
            self._what = event.what
            self._seen.clear()
        now = self._clock()
        self._seen.append((now, event.done))
        while now - self._seen[0][0] > SPAN:
            self._seen.popleft()
        self.come = event.done
        self.bar.setRange(0, STEPS if event.total else 0)
        self.bar.setValue(round(STEPS * event.done / event.total) if event.total else 0)
        self.words.setText(" · ".join(self._parts(event)))
        self.bar.setAccessibleDescription(self.words.text())
        self.show()

    def _parts(self, event: Loading) -> list[str]:
        """“9.9 MB of 26.4 MB”, “2.1 MB a second” and “8 s left”, as far as they are known."""
        words = self.tr("{done} of {total}") if event.total else self.tr("{done}")
        parts = [event.what, words.format(done=size_words(event.done), total=size_words(event.total))]
        if rate := self.rate:
            parts.append(self.tr("{rate} a second").format(rate=size_words(rate)))
            if event.total:
                parts.append(self.tr("{time} left").format(time=duration((event.total - event.done) / rate)))
        return parts

    @property
    def rate(self) -> float:
        """Bytes a second lately; 0 while that is not known."""
        (first, before), (last, now) = self._seen[0], self._seen[-1]
        return (now - before) / (last - first) if last > first and now > before else 0.0

    def _end(self) -> None:
        self.hide()
        self.cancelled.emit()
