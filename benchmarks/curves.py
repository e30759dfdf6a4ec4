"""How fast plots with a million points follow the mouse, and what a run of any length costs in memory.

Run as ``python -m benchmarks curves`` or ``python benchmarks/curves.py [frames]``. Runs lie over one another in the
real panel, offscreen, in one plot and in two that move together; real mouse events pan one plot, and a frame is the
time from the event to the painted plots. The bar is 33 ms, for the median and for the 99th of a hundred; the
processor's own time is told beside it, for machines that others use as well.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from gui import app, waiting
from gui.inside.curves import MOST, Curve, CurveKey
from gui.inside.traces import Trace
from gui.panels.plots import PlotsPanel
from gui.session import Session

POINTS, RUNS, SPLITS = 1_000_000, 5, ("train", "validation")
FRAMES = 200
LATE = 33.0  # milliseconds
SIZE = (1200, 420)
LONG = 5_000_000  # points of a training that goes on for weeks
MIDDLE = Qt.MouseButton.MiddleButton


def trace(number: int, metrics: tuple[str, ...], count: int) -> Trace:
    """A run whose curves fall and rustle."""
    made, chance = Trace(f"run {number}", f"Run {number}", f"Design {number % 2}"), np.random.default_rng(number)
    steps = np.arange(1, count + 1, dtype=float)
    for metric in metrics:
        for split in SPLITS:
            values = np.exp(-steps / 3e4) + 0.1 + 0.05 * chance.standard_normal(count)
            made.curves.extend(CurveKey(metric, split), np.stack([steps, steps / 1000, steps / 100, values]))
    return made


def panel(session: Session, runs: int, metrics: tuple[str, ...]) -> PlotsPanel:
    """The panel with so many runs of these metrics, zoomed in far enough to be moved."""
    made = PlotsPanel(session)
    made.resize(*SIZE)
    for number in range(runs):
        made.traces.show(trace(number, metrics, POINTS // (runs * len(metrics) * len(SPLITS))))
    made.show()
    waiting.until(lambda: len(made.sheet.plots) == len(metrics), 60_000)
    waiting.pause(500)
    return made


def event(kind: QEvent.Type, at: QPointF, widget: QWidget, held: bool = True) -> QMouseEvent:
    buttons = MIDDLE if held else Qt.MouseButton.NoButton
    button = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else MIDDLE
    return QMouseEvent(kind, at, widget.mapToGlobal(at), button, buttons, Qt.KeyboardModifier.NoModifier)


def pans(shown: PlotsPanel, frames: int) -> list[tuple[float, float]]:
    """Milliseconds of every frame while a plot is dragged to and fro by the middle button, and of the processor."""
    plot = next(iter(shown.sheet.plots.values()))
    viewport, found = plot.canvas.viewport(), list[tuple[float, float]]()
    at = QPointF(viewport.width() / 2, viewport.height() / 2)
    QApplication.sendEvent(viewport, event(QEvent.Type.MouseButtonPress, at, viewport))
    for number in range(frames):
        at += QPointF(5 if number // 20 % 2 else -5, 1 if number % 2 else -1)
        time.sleep(0.011)  # pyqtgraph takes a hundred moves a second
        before = plot.canvas.getPlotItem().vb.viewRange()
        began, worked = time.perf_counter(), time.process_time()
        QApplication.sendEvent(viewport, event(QEvent.Type.MouseMove, at, viewport))
        QApplication.processEvents()
        took = (time.perf_counter() - began) * 1000, (time.process_time() - worked) * 1000
        if plot.canvas.getPlotItem().vb.viewRange() != before:
            found.append(took)
    QApplication.sendEvent(viewport, event(QEvent.Type.MouseButtonRelease, at, viewport, held=False))
    return found


def nearly_all(ascending: list[float]) -> float:
    """What 99 of a hundred do not exceed."""
    return ascending[int(0.99 * (len(ascending) - 1))]


def kept() -> tuple[int, float]:
    """How many points, and how many megabytes, are left of a curve that grew for weeks."""
    curve, steps = Curve(), np.arange(LONG, dtype=float)
    curve.extend(np.stack([steps, steps / 1000, steps / 10, np.sin(steps / 1e5)]))
    return curve.count, curve._points.nbytes / 1e6


def main(frames: int = FRAMES) -> int:
    """Print both; 1 where a bar is missed."""
    app.application()
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        session = Session(runs_folder=Path(folder))
        for runs, metrics in ((RUNS, ("loss",)), (RUNS, ("loss", "accuracy"))):
            shown = panel(session, runs, metrics)
            points = sum(curve.count for each in shown.traces.visible() for curve in each.curves.curves.values())
            walls, works = (sorted(each) for each in zip(*pans(shown, frames)))
            print(f"{points:,} points, {runs} runs, {len(metrics)} plots: a frame takes {statistics.median(walls):.1f} "
                  f"ms, 99 of 100 at most {nearly_all(walls):.1f} ms, of {len(walls)} (bar {LATE:.0f} ms); of the "
                  f"processor {statistics.median(works):.1f} and {nearly_all(works):.1f} ms")  # fmt: skip
            missed |= nearly_all(walls) > LATE
            shown.close()
            shown.deleteLater()
        session.close()
    points, size = kept()
    print(f"of {LONG:,} points a curve keeps {points:,} in {size:.1f} MB (bar {MOST:,})")
    return int(missed or points > MOST)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else FRAMES))
