"""What opening and closing costs for good, and what a node costs while it is open: memory, and how many objects live.

Run as ``python benchmarks/leaks.py [cycles]``. Opens and closes a template so many times in the real window, its
workers played, and says what is there after the first hundred and at the end. Then opens drawings of 500 to 8,000
nodes, each in a fresh process, and says what each takes.
"""

from __future__ import annotations

import ctypes
import gc
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "gui"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import shiboken6
from played import PlayedSession
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSettings
from PySide6.QtGui import QPixmapCache
from PySide6.QtWidgets import QApplication, QGraphicsItem

from backend.messages import Ready
from graph.document import Document
from gui import memory, settings, theme
from gui.opened import Opened
from gui.window import Window

CYCLES = 1000
FIRST = 100  # cycles after which caches are full
TEMPLATE = "gan-2d"
SIZES = (500, 1000, 2000, 4000, 8000)
BOUND = 1.02  # times the memory after the first hundred cycles: 4 kB a cycle over the next 900, where 1 kB is measured


@dataclass(frozen=True)
class Census:
    """What lives: megabytes, objects of Qt, those known to Python, items on the canvas, designs."""

    megabytes: float
    objects: int
    widgets: int
    wrapped: int
    items: int
    designs: int

    def row(self, name: str) -> str:
        return (f"{name:>16} {self.megabytes:9.1f} MB {self.objects:9,} {self.widgets:9,} {self.wrapped:9,} "
                f"{self.items:9,} {self.designs:9,}")  # fmt: skip


def census(window: Window) -> Census:
    """Count what is alive once everything that is on its way out has gone."""
    for _ in range(3):
        turn()
        gc.collect()
    QPixmapCache.clear()  # which Qt lets grow to 10 MB and no further
    _trim()
    known = [each for each in gc.get_objects() if not isinstance(each, QObject) or shiboken6.isValid(each)]
    return Census(
        (memory.in_use() or 0) / memory.MEGABYTE,
        len(window.findChildren(QObject)) + len(window.session.findChildren(QObject)),
        len(QApplication.allWidgets()),
        sum(isinstance(each, QObject) for each in known),
        sum(isinstance(each, QGraphicsItem) for each in known),
        sum(isinstance(each, Document) for each in known),
    )


def turn() -> None:
    """A turn of the event loop. What is to be deleted later goes, which Qt does by itself only while its loop runs."""
    QApplication.processEvents()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def _trim() -> None:
    """Have the allocator give free memory back, so that what is counted is in use."""
    if sys.platform == "linux":
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def cycle(window: Window) -> None:
    """Open a design, look at it, select something, go into a network and out, and close it."""
    session = window.session
    assert isinstance(session, PlayedSession)
    session.open_template(TEMPLATE)
    turn()
    placing = next(key for key, node in session.document.nodes.items() if node.type.startswith("@"))
    session.select([placing])
    turn()
    window.canvas.enter_selected()
    turn()
    window.canvas.leave()
    with session.document.edit("Work"):
        session.document.add_node("relu")
    session.undo()
    turn()
    session.close_tab(session.current)
    turn()
    for played in (session.analyst, session.engine):
        played.sent.clear()  # which a test reads


def studio(folder: Path) -> Window:
    """The real window, shown, with workers that are played and panels that are all there."""
    session = PlayedSession(folder / "runs")
    session.notice.disconnect(session.notices.append)  # which a test reads
    window = Window(session, remembers=False)
    window.resize(1440, 900)
    window.show()
    window.show_canvas()
    until = time.monotonic() + 60
    while not window.complete and time.monotonic() < until:
        QApplication.processEvents()
    session.hear_analyst(Ready({}, ""))
    return window


def cycles(count: int) -> bool:
    """Whether memory stayed within its bound."""
    with tempfile.TemporaryDirectory() as folder:
        window = dressed(Path(folder))
        names = ("", "memory", "objects", "widgets", "in Python", "items", "designs")
        print("{:>16} {:>12} {:>9} {:>9} {:>9} {:>9} {:>9}".format(*names))
        print(census(window).row("before"))
        first = None
        for number in range(1, count + 1):
            cycle(window)
            if number == min(FIRST, count):
                first = census(window)
                print(first.row(f"after {number:,}"), flush=True)
        last = census(window)
        print(last.row(f"after {count:,}"))
        close(window)
    assert first is not None
    more = (last.megabytes - first.megabytes) * 1024 / max(1, count - FIRST)
    print(f"{more:.1f} kB and {(last.objects - first.objects) / max(1, count - FIRST):.3f} objects a cycle remain")
    return last.megabytes < BOUND * first.megabytes and last.objects <= first.objects * BOUND


def nodes(count: int) -> None:
    """Print how many megabytes a drawing takes that is open and has been seen, near and far."""
    from canvas import drawing

    with tempfile.TemporaryDirectory() as folder:
        window = dressed(Path(folder))
        before = census(window)
        window.session.add(Opened(drawing(count)))
        for look in (window.canvas.frame_all, window.canvas.zoom_reset):
            look()
            for _ in range(20):
                QApplication.processEvents()
        after = census(window)
        print(f"{count} {after.megabytes - before.megabytes}")
        close(window)


def dressed(folder: Path) -> Window:
    QApplication.instance() or QApplication(["netloom"])
    theme.load_fonts()
    theme.set_theme("dark")
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(folder))
    settings.set_animations(False)
    return studio(folder)


def close(window: Window) -> None:
    window.session.give_up()
    window.close()
    window.session.close()


def main() -> int:
    if sys.argv[1:2] == ["--nodes"]:
        nodes(int(sys.argv[2]))
        return 0
    kept = cycles(int(sys.argv[1]) if len(sys.argv) > 1 else CYCLES)
    print(f"\n{'nodes':>8} {'memory':>12} {'a node':>12}")
    for count in SIZES:
        command = [sys.executable, __file__, "--nodes", str(count)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        taken = float(done.stdout.split()[-1])
        print(f"{count:8,} {taken:9.1f} MB {taken * 1024 / count:9.1f} kB", flush=True)
    print("within bounds" if kept else f"MEMORY GROWS beyond {BOUND:.0%} of what it was after {FIRST} cycles")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
