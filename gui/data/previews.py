"""Asking what data holds, without waiting; the process that checks the design answers, in a thread of its own."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from backend import messages as m
from gui.link import Link


class Previews(QObject):
    """Passes requests on and tells what comes back; where the process dies over one, that is its answer."""

    answered = Signal(object)  # a Previewed
    loading = Signal(object)  # how far a download is
    tried = Signal(object)  # a TriedOut
    offered = Signal(str)  # a file or folder that the user has brought, to be looked at

    def __init__(self, worker: Link, parent: QObject) -> None:
        super().__init__(parent)
        self._worker = worker
        self._waiting: m.Preview | None = None
        self._trying: m.TryOut | None = None  # on its way
        self._to_try: m.TryOut | None = None  # to be sent once that has been answered
        worker.said.connect(self._hear)

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._waiting is not None or self._trying is not None

    def ask(self, request: m.Preview) -> None:
        """Ask; what was asked before and is not answered yet may stay so."""
        self._waiting = request
        self._worker.send(request)

    def try_out(self, request: m.TryOut) -> None:
        """Ask for examples before and after a node; of what is asked before an answer has come, only the newest."""
        self._to_try = request
        self._send_try_out()

    def _send_try_out(self) -> None:
        if self._trying is None and self._to_try is not None:
            self._trying, self._to_try = self._to_try, None
            self._worker.send(self._trying)

    def offer(self, path: str) -> None:
        """Say that the user has brought a file or folder."""
        self.offered.emit(path)

    def _hear(self, event: m.Event) -> None:
        match event:
            case m.Previewed():
                if event.done and event.request == self._waiting:
                    self._waiting = None
                self.answered.emit(event)
            case m.TriedOut():
                self._trying = None
                self._send_try_out()
                self.tried.emit(event)
            case m.Loading():
                self.loading.emit(event)
            case m.Died():
                self._bury()

    def _bury(self) -> None:
        """Answer what the process that died was asked; the next question starts with a new one."""
        if (request := self._waiting) is not None:
            self._waiting = None
            text = self.tr("Reading “{source}” ended the process that did it, perhaps for want of memory.")
            self.answered.emit(m.Previewed(request, error=text.format(source=request.source)))
        if (trial := self._trying) is not None:
            self._trying = None
            text = self.tr("Trying it out ended the process that did it, perhaps for want of memory.")
            self.tried.emit(m.TriedOut(trial, error=text))
