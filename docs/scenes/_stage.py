"""The stage that a scene is played on: the real window with real workers, and hands for what scenes do often."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QCursor, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget

from backend.messages import Answered, Event, Failed
from docs.scenes import SIZE
from graph.document import MAIN, NodeKey
from gui import waiting
from gui.inside import curve_plot
from gui.session import Session
from gui.window import Window

PATIENCE: Final = 60_000  # milliseconds
SETTLING: Final = 300
SPOT: Final = QPointF(700, 400)  # in the middle of the window
CORNER: Final = (9999, 9999)  # where the mouse hovers over nothing
assert curve_plot  # or the plots would still be loading when the picture is taken


class Stage:
    """One window for one scene.

    folder: an empty folder for files and runs of the scene
    events: what the engine has said so far
    session: for a scene with workers that only play
    """

    def __init__(self, folder: Path, size: tuple[int, int] = SIZE, session: Session | None = None) -> None:
        self.folder = folder
        self.session = session or Session(runs_folder=folder / "runs")
        self.events: list[Event] = []
        self.session.event.connect(self.events.append)
        self.window = Window(self.session, remembers=False)
        self.window.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        self.window.resize(*size)
        QCursor.setPos(*CORNER)
        self.window.show()
        self.until(lambda: self.window.complete)

    def until(self, there: Callable[[], object], patience: int = PATIENCE) -> None:
        """Wait until something is there. Raises TimeoutError where it does not come within so many milliseconds."""
        if not waiting.until(there, patience):
            raise TimeoutError("What the scene waits for has not come.")

    def settle(self) -> None:
        """Let everything that is under way arrive and be painted."""
        waiting.pause(SETTLING)
        self.until(lambda: not self.session.previews.busy)
        waiting.pause(waiting.LOOK_MILLISECONDS)

    def open(self, design: Path | str) -> Window:
        """Open a template or a file, whole on the canvas, with its shapes. Raises RuntimeError where there is none."""
        if not self.session.open_template(str(design)):
            raise RuntimeError(f"“{design}” cannot be opened.")
        self.until(lambda: self.session.analysis is not None and self.session.engine_ready)
        waiting.pause(SETTLING)
        self.window.canvas.frame_all()
        return self.window

    def select(self, *nodes: str) -> None:
        """Select nodes of the main network by their ids."""
        self.session.select(NodeKey(MAIN, node) for node in nodes)

    def panel(self, name: str) -> QWidget:
        """Bring a panel to the front and give it."""
        if not self.window.drawing:
            self.window.show_canvas()
        self.window.docks.show(name)
        made = self.window.docks.docks[name].widget()
        assert made is not None
        return made

    def drop(self, path: Path | str) -> None:
        """Let a file or a folder fall on the window."""
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(path))])
        rest = Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        QApplication.sendEvent(self.window, QDragEnterEvent(SPOT.toPoint(), *rest))
        QApplication.sendEvent(self.window, QDropEvent(SPOT, *rest))

    def train(self, patience: int = PATIENCE) -> None:
        """Train what is open to its end. Raises RuntimeError with a sentence where it fails."""
        self.session.train()
        self.until(lambda: any(type(event).__name__ in ("Finished", "Failed") for event in self.events), patience)
        failed = [event.message for event in self.events if isinstance(event, Failed)]
        if failed:
            raise RuntimeError(failed[0])

    def heard(self, kind: str, patience: int = PATIENCE) -> Event:
        """Wait for an event of the engine, or for an answer, by the name of its class, such as "Predictions"."""
        self.until(lambda: any(kind in _names(event) for event in self.events), patience)
        return next(event for event in reversed(self.events) if kind in _names(event))

    def close(self) -> None:
        """End the workers and let the window go."""
        self.session.give_up()
        self.session.close()
        self.window.close()
        self.window.deleteLater()
        waiting.pause(waiting.LOOK_MILLISECONDS)


def _names(event: Event) -> tuple[str, ...]:
    """What an event is called, and what it answers with."""
    result = event.result if isinstance(event, Answered) else None
    return type(event).__name__, type(result).__name__
