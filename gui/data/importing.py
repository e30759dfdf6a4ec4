"""Files that come from outside: dropped on the window or chosen in its menu."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtGui import QDropEvent

from gui.data.sources import choose_file, choose_folder

if TYPE_CHECKING:
    from gui.window import Window

DESIGN: Final = ".netloom"


def dropped(event: QDropEvent) -> Path | None:
    """The one file or folder that is being dragged in, or None."""
    urls = event.mimeData().urls()
    path = Path(urls[0].toLocalFile()) if len(urls) == 1 and urls[0].isLocalFile() else None
    return path if path is not None and path.name else None


def bring(window: Window, path: Path | str) -> None:
    """Open a design; look at anything else in the data panel."""
    if Path(path).suffix == DESIGN:
        window.open(path)
        return
    if not window.drawing:
        window.show_canvas()
    window.docks.show("data")
    window.session.previews.offer(str(path))


def from_file(window: Window) -> None:
    """Choose a file and look at it."""
    if path := choose_file(window):
        bring(window, path)


def from_folder(window: Window) -> None:
    """Choose a folder and look at it."""
    if path := choose_folder(window):
        bring(window, path)
