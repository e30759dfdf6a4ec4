"""Asking what data holds, without waiting; the process that checks the design answers, in a thread of its own."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from backend import messages as m
from gui.link import Link


class Previews(QObject):
    """Passes requests on and tells what comes back; where the process dies over one, that is its answer."""

    answered = Signal(object)  # a Previewed
    loading = Signal(object)  # how far a download is
    offered = Signal(str)  # a file or folder that the user has brought, to be looked at

    def __init__(self, worker: Link, parent: QObject) -> None:
        super().__init__(parent)
        self._worker = worker
        self._waiting: m.Preview | None = None
        worker.said.connect(self._hear)

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._waiting is not None

    def ask(self, request: m.Preview) -> None:
        """Ask; what was asked before and is not answered yet may stay so."""
        self._waiting = request
        self._worker.send(request)

    def offer(self, path: str) -> None:
        """Say that the user has brought a file or folder."""
        self.offered.emit(path)

    def _hear(self, event: m.Event) -> None:
        match event:
            case m.Previewed():
                if event.done and event.request == self._waiting:
                    self._waiting = None
                self.answered.emit(event)
            case m.Loading():
                self.loading.emit(event)
            case m.Died() if self._waiting is not None:
                request, self._waiting = self._waiting, None
                text = self.tr("Reading “{source}” ended the process that did it, perhaps for want of memory.")
                self.answered.emit(m.Previewed(request, error=text.format(source=request.source)))
