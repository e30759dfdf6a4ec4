"""How long a frame of the canvas takes, by real events, for drawings of 100, 500 and 2,000 nodes.

Run as ``python benchmarks/canvas.py [nodes]…``. A frame is an event with everything it brings about, painting included.
Wires are one and a half times as many as nodes: most lead from column to column, some skip up to six.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from graph.document import MAIN, Document, NodeKey, Port, Wire
from graph.layers import CATALOGUE
from gui import theme
from gui.canvas import CanvasView
from gui.opened import Opened
from gui.session import Session

SIZES = (100, 500, 2000)
WIDTH, HEIGHT = 1600, 900
FRAMES = 120
LIMIT = 8.0  # milliseconds a frame
TYPES = ("conv2d", "relu", "batch_norm", "max_pool2d", "dropout", "add")
LEFT, NO_KEYS = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
Frame = Callable[[int], object]


class Silent:
    """A bridge to no one: shapes are not what is measured."""

    alive = False

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda *_: {"receive": [], "fileno": -1}.get(name)


def drawing(count: int) -> Document:
    """Columns of nodes with their wires, the same every time."""
    draw, document, side = random.Random(3), Document(), max(2, int((count * 0.75) ** 0.5))
    names = [f"n_{number}" for number in range(count)]
    types = ["data" if n < side else TYPES[(n // side + n % side) % len(TYPES)] for n in range(count)]
    growing: dict[int, int] = {}
    with document.edit("Draw"):
        for number, name in enumerate(names):
            document.add_node(types[number], 240.0 * (number // side), 160.0 * (number % side), id=name)
            if number >= side:
                place = min(
                    number // side * side - 1, max((number // side - 1) * side, number - side + draw.randint(-2, 2))
                )
                growing[number] = 1
                port = "xs.0" if types[number] == "add" else "x"
                _wire(document, names[place], types[place], names[number], port)
        sums = [number for number in growing if types[number] == "add"]
        while len(document.wires) < count * 1.5:
            number = draw.choice(sums)
            column = max(0, number // side - draw.choice((1, 1, 1, 1, 2, 3, 6)))
            place = column * side + min(side - 1, max(0, number % side + draw.randint(-4, 4)))
            _wire(document, names[place], types[place], names[number], f"xs.{growing[number]}")
            growing[number] += 1
    return document


def _wire(document: Document, source: str, kind: str, target: str, port: str) -> None:
    output = "image" if kind == "data" else CATALOGUE[kind].outputs[0]
    document.put("wires", Port(MAIN, target, port), Wire(source, output))


class Bench:
    """One drawing in one view, and what is measured on it."""

    def __init__(self, count: int) -> None:
        with tempfile.TemporaryDirectory() as folder:
            self.session = Session((Silent(), Silent()), Path(folder))  # type: ignore[arg-type]
        document = drawing(count)
        self.view = CanvasView(self.session)
        self.view.resize(WIDTH, HEIGHT)
        self.view.show()
        began = time.thread_time()
        self.session.add(Opened(document))
        QApplication.processEvents()
        self.opened = (time.thread_time() - began) * 1000
        self.middle = self.view.area.center()

    def measure(self, frame: Frame, frames: int = FRAMES, cold: bool = False) -> list[float]:
        """Milliseconds of each frame, sorted; unless ``cold``, the first, which may find cold caches, is left out."""
        times = []
        for number in range(frames + (not cold)):
            began = time.thread_time()
            frame(number)
            QApplication.processEvents()
            times.append((time.thread_time() - began) * 1000)
        return sorted(times if cold else times[1:])

    def look(self, zoom: float | None) -> None:
        """Look at the middle at a scale, None for all of it, and let the pictures be painted sharp."""
        if zoom is None:
            self.view.frame_all()
        else:
            self.view.zoom_to(zoom)
            self.view.centerOn(self.middle)
        QTest.qWait(300)

    def repaint(self, number: int) -> None:
        self.view.viewport().repaint()

    def mouse(self, kind: QEvent.Type, spot: QPoint, button: Qt.MouseButton) -> None:
        held = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else button
        port = self.view.viewport()
        event = QMouseEvent(kind, QPointF(spot), port.mapToGlobal(QPointF(spot)), held, button, NO_KEYS)
        QApplication.sendEvent(port, event)

    def drag(self, start: QPoint, button: Qt.MouseButton, path: Callable[[int], QPoint]) -> list[float]:
        """A drag that is cancelled in the end."""
        self.mouse(QEvent.Type.MouseButtonPress, start, button)
        times = self.measure(lambda n: self.mouse(QEvent.Type.MouseMove, start + path(n), button))
        QTest.keyClick(self.view, Qt.Key.Key_Escape)
        self.mouse(QEvent.Type.MouseButtonRelease, start, button)
        return times

    def pan(self) -> list[float]:
        start = QPoint(WIDTH // 2, HEIGHT // 2)
        return self.drag(start, Qt.MouseButton.MiddleButton, lambda n: QPoint(-9 * n, -6 * n))

    def move_fifty(self) -> list[float]:
        """Drag fifty selected nodes from the middle of what is in sight."""
        centre = self.view.area.center()
        near = sorted(self.view.canvas.nodes_in(self.view.area),
                      key=lambda i: (i.sceneBoundingRect().center() - centre).manhattanLength())  # fmt: skip
        self.session.select([item.key for item in near[:50]])
        start = self.view.mapFromScene(near[0].pos() + QPointF(60, 15))
        return self.drag(start, LEFT, lambda n: QPoint(3 * n % 160, 2 * n % 90))

    def wheel(self, number: int) -> None:
        """Zoom out from 100 % and in again."""
        turned = -40 if number % FRAMES < FRAMES / 2 else 40
        spot = QPointF(WIDTH / 2, HEIGHT / 2)
        event = QWheelEvent(spot, spot, QPoint(), QPoint(0, turned), Qt.MouseButton.NoButton, NO_KEYS,
                            Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
        QApplication.sendEvent(self.view.viewport(), event)

    def rows(self) -> dict[str, list[float]]:
        """Every measured thing by its name."""
        found = {"open and draw": [self.opened]}
        for name, zoom in (("fit", None), ("100 %", 1.0), ("60 %", 0.6)):
            self.look(zoom)
            found[f"{name}: whole frame"] = self.measure(self.repaint)
            found[f"{name}: pan"] = self.pan()
            self.look(zoom)
            found[f"{name}: drag 50"] = self.move_fifty()
        self.look(1.0)
        found["zoom by wheel"] = self.measure(self.wheel)
        return found | self.commands()

    def commands(self) -> dict[str, list[float]]:
        """Search, and undo of a paste of 500 nodes."""
        self.look(1.0)
        opening = self.measure(lambda _: (self.view.search.close_box(), self.view.open_search()), 10)
        typing = self.measure(lambda n: QTest.keyClick(self.view.search.line, "convolution"[n % 11]), 10)
        self.view.search.close_box()
        self.session.select([NodeKey(MAIN, f"n_{n}") for n in range(min(500, len(self.session.document.nodes)))])
        self.view.copy()
        self.view.paste()
        undone, redone = [], []
        for _ in range(10):
            undone += self.measure(lambda _: self.session.undo(), 1, cold=True)
            redone += self.measure(lambda _: self.session.redo(), 1, cold=True)
        return {"search opens": opening, "search, a key": typing, "undo of 500 pasted": sorted(undone),
                "redo of 500 pasted": sorted(redone)}  # fmt: skip


def main(sizes: Sequence[int] = SIZES) -> None:
    QApplication.instance() or QApplication(["netloom"])
    theme.load_fonts()
    theme.set_theme("dark")
    tables: dict[int, dict[str, list[float]]] = {}
    for size in sizes:
        bench = Bench(size)
        tables[size] = bench.rows()
        bench.view.close()
    print(f"{'median / p99, ms':28}" + "".join(f"{size:>16,} nodes" for size in sizes) + "   largest : smallest")
    for row in tables[sizes[0]]:
        medians = [statistics.median(tables[size][row]) for size in sizes]
        cells = [f"{median:13.2f} / {tables[size][row][-1 - len(tables[size][row]) // 100]:6.2f}"
                 for size, median in zip(sizes, medians)]  # fmt: skip
        mark = f"   over {LIMIT:g}" if medians[-1] > LIMIT and ":" in row else ""
        print(f"{row:28}{''.join(cells)}{medians[-1] / medians[0]:15.2f}{mark}")


if __name__ == "__main__":
    main(tuple(map(int, sys.argv[1:])) or SIZES)
