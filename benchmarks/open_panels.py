"""The whole studio while it trains for long: memory minute by minute, and what open panels cost the training.

Run as ``python -m benchmarks.open_panels [minutes] [template]``. The real window with real workers trains one design;
its panels float, so that all of them are seen at once. In every other stretch they are closed: the ratio of steps a
second with them to that without, of neighbouring stretches, is what they cost. Beside it stands what share of a core
the studio takes while they are open. The bars are 0.97, and a memory that does not grow after the first fifth.
"""

from __future__ import annotations

import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from PySide6.QtCore import Qt

from backend import messages as m
from gui import app, waiting
from gui.inside import curve_plot
from gui.memory import MEGABYTE, PAGE
from gui.session import Session
from gui.window import Window

MINUTES = 30.0
TEMPLATE = "digits-cnn"
STRETCH = 30.0  # seconds
EPOCHS = 100_000
FIRST = 0.2  # of the time, in which memory may still grow
assert curve_plot  # or the plots would still be loading in the first stretch


class Studio:
    """A window in training whose panels can all be seen at once or not at all."""

    def __init__(self, folder: Path, template: str) -> None:
        self.session = Session(runs_folder=folder)
        self.window = Window(self.session, remembers=False)
        self.window.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        self.window.resize(1600, 1000)
        self.window.show()
        self.progress: list[tuple[float, int]] = []  # when, and how many steps were done
        self._steps = 1
        self.session.event.connect(self._hear)
        waiting.until(lambda: self.window.complete)
        self.session.open_template(template)
        with self.session.document.edit("Train for long"):
            self.session.document.set_setting("epochs", EPOCHS)
        waiting.until(lambda: self.session.analysis is not None)
        self.window.canvas.zoom_to(1.0)
        self.docks = [dock for dock in self.window.docks.docks.values() if dock.objectName() != "library"]
        for dock in self.docks:
            dock.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
            dock.setFloating(True)
            dock.resize(560, 420)

    def _hear(self, event: m.Event) -> None:
        if isinstance(event, m.Started):
            self._steps = event.steps
        elif isinstance(event, m.Progress):
            self.progress.append((time.perf_counter(), event.epoch * self._steps + event.step))

    def show(self, on: bool) -> None:
        for dock in self.docks:
            dock.setVisible(on)
        if self.window.canvas.thumbnails.on != on:
            self.window.canvas.thumbnails.toggle()

    def stretch(self, seconds: float) -> tuple[float, float]:
        """Train on for so long; steps a second, and the share of a core that the studio takes."""
        self.progress.clear()
        began = time.process_time()
        waiting.pause(round(seconds * 1000))
        (start, first), *_, (end, last) = self.progress
        return (last - first) / (end - start), (time.process_time() - began) / seconds


def resident() -> tuple[float, float]:
    """Megabytes of the studio and of its workers together."""
    ids = [os.getpid(), *(child.pid for child in multiprocessing.active_children())]
    found = [int(Path(f"/proc/{each}/statm").read_text("ascii").split()[1]) * PAGE / MEGABYTE for each in ids]
    return found[0], sum(found[1:])


def main(minutes: float = MINUTES, template: str = TEMPLATE) -> None:
    app.application()
    ratios: list[float] = []
    rows: list[tuple[float, float, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        studio = Studio(Path(folder), template)
        studio.session.train()
        if not waiting.until(lambda: len(studio.progress) > 1):
            raise SystemExit("The training does not begin: " + "; ".join(p.message for p in studio.session.problems))
        began = time.perf_counter()
        print(f"{len(studio.docks)} panels; a stretch is {STRETCH:g} s", flush=True)
        speeds = f"{'steps/s':>10}{'closed':>10}{'ratio':>8}{'studio':>9}"
        print(f"{'minute':>8}{'studio MB':>12}{'workers MB':>12}{speeds}", flush=True)
        while (at := (time.perf_counter() - began) / 60) < minutes:
            studio.show(True)
            opened, share = studio.stretch(STRETCH)
            own, workers = resident()
            studio.show(False)
            closed, _ = studio.stretch(STRETCH / 3)
            ratios.append(opened / closed)
            rows.append((at, own, workers))
            speeds = f"{opened:10.1f}{closed:10.1f}{ratios[-1]:8.3f}{share:9.1%}"
            print(f"{at:8.1f}{own:12.0f}{workers:12.0f}{speeds}", flush=True)
        studio.session.give_up()
        studio.session.close()
    later = [row for row in rows if row[0] >= FIRST * minutes] or rows
    for place, name in ((1, "studio"), (2, "workers")):
        values = [row[place] for row in later]
        half = max(1, len(values) // 2)
        before, after = statistics.mean(values[:half]), statistics.mean(values[-half:])
        print(f"{name}: {before:.0f} MB in the first half after the beginning, {after:.0f} MB in the second")
    print(
        f"ratio of speed with every panel open: {statistics.median(ratios):.3f} [{min(ratios):.3f}..{max(ratios):.3f}]"
    )


if __name__ == "__main__":
    arguments = sys.argv[1:]
    main(*(float(arguments[0]), *arguments[1:2]) if arguments else ())
