"""Someone who roams about in everything that looks inside, while a design trains and after: what goes wrong meanwhile.

Run as ``python -m benchmarks.roam [seconds per design] [design …] [--seed N]``; a design is a template or one of
``_odd_designs.py``, and without names all of them have their turn. The real window with real workers shows every panel
at once, and seeded random events go to all of them. What counts as a problem: an exception, a message of Qt, a
traceback that was written down, a worker that died, an answer that never came, and a window that stood still. The
sentences that the panels showed are listed below, to be read.
"""

from __future__ import annotations

import argparse
import faulthandler
import os
import random
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent))
os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="roam-")  # what is written down lies there, and is found again

from _odd_designs import ODD
from _roaming import Roamer, keep_dialogs_away
from _watching import Watch
from PySide6.QtCore import QSettings, Qt

from graph import templates
from gui import app, settings, theme, waiting
from gui.inside import curve_plot
from gui.opened import Opened
from gui.session import Session
from gui.window import Window

SECONDS = 20.0
BESIDE = "xor"  # the design in the other tab
MOST = 300  # seconds that a visit may take beside the time it is given
SILENCE = 60.0  # seconds for the last answers
PATIENCE = 120_000  # milliseconds until a training has begun or ended
AFTER = 0.35  # of the time, for the run that was opened
assert curve_plot  # or the plots would still be loading at first


class Studio:
    """A window whose panels are all seen at once, with two designs open."""

    def __init__(self, folder: Path) -> None:
        self.session = Session(runs_folder=folder)
        self.watch = Watch(self.session, Path(os.environ["XDG_STATE_HOME"]))
        self.window = Window(self.session, remembers=False)
        self.window.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        self.window.resize(1600, 1000)
        self.window.show()
        waiting.until(lambda: self.window.complete)
        self.session.open_template(BESIDE)
        self.docks = list(self.window.docks.docks.values())
        for dock in self.docks:
            dock.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
            dock.setFloating(True)
            dock.resize(560, 420)

    def open(self, name: str, folder: Path) -> None:
        """Open a design and wait until it is analysed."""
        design = ODD[name](folder) if name in ODD else templates.find_design(name)
        self.session.add(Opened(design))
        waiting.until(lambda: self.session.analysis is not None)
        for dock in self.docks:
            dock.setVisible(True)
        self.window.canvas.zoom_to(1.0)

    def roam(self, seed: int, seconds: float) -> int:
        """Do random things for so long; how many."""
        roamer, end, done = Roamer(self.window, self.docks, seed, self.watch), time.monotonic() + seconds, 0
        while time.monotonic() < end:
            roamer.act()
            self.watch.look()
            done += 1
        roamer.close_what_is_open()
        return done

    def settle(self) -> None:
        """End the training, if any, and wait for every answer."""
        if self.session.trainee is not None:
            self.session.show(self.session.trainee)
            if self.session.state == "starting":
                waiting.until(lambda: self.session.state != "starting", PATIENCE)
            self.session.stop()
            if not waiting.until(lambda: self.session.trainee is None, PATIENCE):
                self.watch.found("The training does not end.")
        if not self._answered():
            self.watch.found(f"still waiting: {[each.question for each in self.watch.waiting()]}")
        waiting.pause(500)
        self.watch.look()
        self.watch.look_at_rest()

    def _answered(self) -> bool:
        """Wait until every question is answered; whether that came to be."""
        end = time.monotonic() + SILENCE
        while self.watch.waiting() and time.monotonic() < end:
            waiting.pause(100)
        return not self.watch.waiting()

    def visit(self, name: str, seed: int, seconds: float, folder: Path) -> int:
        """Roam about in one design, in training and after; how many things were done."""
        session = self.session
        self.watch.begin(f"{name} --seed {seed}")
        self.open(name, folder)
        opened = session.current
        session.train()
        waiting.until(lambda: session.state in ("running", "paused", "idle"), PATIENCE)
        done = self.roam(seed, seconds * (1 - AFTER))
        self.settle()
        if opened.run and session.open_run(opened.run):
            done += self.roam(seed + 1, seconds * AFTER)
            self.settle()
        for each in [each for each in session.tabs if each is not session.tabs[0]]:
            each.document.mark_saved()
            session.close_tab(each)
        session.closed.clear()
        waiting.pause(200)
        self.watch.look()
        return done


def every_design() -> list[str]:
    return [*ODD, *(path.stem for path in sorted(templates.FOLDER.glob("*.netloom")))]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds", type=float, nargs="?", default=SECONDS)
    parser.add_argument("designs", nargs="*")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_intermixed_args()
    faulthandler.enable()
    keep_dialogs_away()
    app.application()
    theme.set_theme("dark")
    random.seed(chosen.seed)  # panels draw examples by chance
    with tempfile.TemporaryDirectory() as folder:
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, folder)
        settings.set_animations(False)
        studio = Studio(Path(folder) / "runs")
        for name in chosen.designs or every_design():
            faulthandler.dump_traceback_later(MOST + 4 * chosen.seconds, exit=True)  # where all hangs
            done = studio.visit(name, chosen.seed, chosen.seconds, Path(folder))
            problems = studio.watch.problems
            print(f"{name:>24}: {done:5,} events, {len(problems)} problems", flush=True)
            for problem, times in problems.items():
                print(f"    {times} × {problem}", flush=True)
            for line in studio.watch.told():
                print(f"    {line}", flush=True)
        studio.session.give_up()
        studio.session.close()
        studio.window.close()
    return 1 if studio.watch.total else 0


if __name__ == "__main__":
    sys.exit(main())
