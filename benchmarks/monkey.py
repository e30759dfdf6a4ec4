"""A monkey at the canvas for minutes: how many random events it stands, and that canvas and document never disagree.

Run as ``python -m benchmarks.monkey --minutes 10 --seed 1``. The same seed does the same things.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "gui"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from hands import SIZE, Hands, Stage
from monkey import rampage
from played import PlayedSession
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from gui import settings, theme

ROUND = 4000  # events, after which undo goes to the start and a new drawing begins


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    QApplication.instance() or QApplication(["netloom"])
    theme.load_fonts()
    theme.set_theme("dark")
    sys.excepthook = fall
    events, rounds, began = 0, 0, time.monotonic()
    end = began + 60 * chosen.minutes
    with tempfile.TemporaryDirectory() as folder:
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, folder)
        settings.set_animations(False)
        while time.monotonic() < end:
            events += one_round(Path(folder), chosen.seed + 1000 * rounds, end)
            rounds += 1
            print(f"{events:,} events, {rounds} drawings, {time.monotonic() - began:.0f} s", flush=True)
    print(f"canvas and document agreed after each of {events:,} events; undo led to the start {rounds} times")
    return 0


def fall(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """An exception that Qt would only print is a crash here."""
    sys.__excepthook__(kind, error, trace)
    sys.stderr.flush()
    os._exit(1)


def one_round(folder: Path, seed: int, end: float) -> int:
    """A new drawing, some thousand events, undo to the start and redo to the end; returns the events."""
    session = PlayedSession(folder / "runs")
    session.start_workers()
    stage = Stage(session)
    stage.resize(*SIZE)
    stage.show()
    stage.activateWindow()
    stage.canvas.setFocus()
    QApplication.processEvents()
    done = rampage(Hands(stage), seed, lambda steps: steps < ROUND and time.monotonic() < end)
    stage.close()
    session.close()
    stage.deleteLater()
    QApplication.processEvents()
    return done


if __name__ == "__main__":
    sys.exit(main())
