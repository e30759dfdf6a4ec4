"""What the open studio costs a training, and what a training costs the studio.

Run as ``python benchmarks/studio.py [rounds]``. In turn: a training without a window, and the same training in the
studio with its plots live, each in fresh processes. The ratio is taken within a round. With Fashion-MNIST at hand
(``NETLOOM_DATA``) the 784-300-100-10 network trains on it, else a small one on the built-in digits.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from backend.data import known
from graph import files
from graph.document import Document
from graph.templates import find_design

HOME = Path(__file__).resolve().parent.parent
ROUNDS = 5
TICK_MILLISECONDS = 10

STUDIO = f"""
import json, sys, time
from PySide6.QtCore import Qt, QTimer
from backend import messages
from gui import app

class Watched(app.Window):
    def _after_paint(self):
        super()._after_paint()
        self.late, self.due = [], 0.0
        self.session.event.connect(self.hear)
        self.session.analysed.connect(self.begin)

    def begin(self):
        if not self.session.engine_ready:
            QTimer.singleShot(100, self.begin)
        elif self.session.state == "idle" and not self.session.run:
            self.docks.show("plots")
            self.session.train()

    def hear(self, event):
        if isinstance(event, messages.Started):
            self.ticks = QTimer(self, interval={TICK_MILLISECONDS}, timerType=Qt.TimerType.PreciseTimer)
            self.ticks.timeout.connect(self.tick)
            self.ticks.start()
            self.due = time.perf_counter() + {TICK_MILLISECONDS / 1000}
        elif isinstance(event, messages.Finished):
            self.ticks.stop()
            late = sorted(self.late)
            told = {{"rate": event.samples_per_second, "p99": late[int(len(late) * 0.99)], "most": late[-1]}}
            print(json.dumps(told), flush=True)
            QTimer.singleShot(0, self.close)

    def tick(self):
        now = time.perf_counter()
        self.late.append(max(now - self.due, 0.0) * 1000)
        self.due = now + {TICK_MILLISECONDS / 1000}

app.Window = Watched
sys.exit(app.run(open=sys.argv[1]))
"""


def design() -> Document:
    """What is trained: long enough that the start does not count."""
    large = known.present("fashion-mnist")
    document = find_design("fashion-mlp-300-100" if large else "digits-mlp")
    with document.edit("Make it last"):
        document.set_setting("epochs", 16 if large else 150)
        document.set_setting("batch_size", 128)
    return document


def headless(path: str, folder: str) -> float:
    """Samples per second of ``python main.py train``."""
    command = [sys.executable, "main.py", "train", path, "--out", folder, "--quiet", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=HOME)
    return float(json.loads(done.stdout.splitlines()[-1])["samples_per_second"])


def in_studio(path: str, folder: str) -> dict[str, float]:
    """Samples per second in the studio, and by how many milliseconds its timer ticks came late."""
    surroundings = {"QT_QPA_PLATFORM": "offscreen", **os.environ, "NETLOOM_RUNS": folder}
    command = [sys.executable, "-c", STUDIO, path]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=HOME, env=surroundings)
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/design.netloom"
        document = design()
        files.save(document, path)
        ratios, p99, most = [], [], []
        for number in range(rounds):
            alone = headless(path, f"{folder}/run-{number}")
            shown = in_studio(path, f"{folder}/runs-{number}")
            ratios.append(shown["rate"] / alone)
            p99.append(shown["p99"])
            most.append(shown["most"])
            print(f"  round {number + 1}: {alone:,.0f} and {shown['rate']:,.0f} samples/s", file=sys.stderr)
    print(f"Studio while training “{document.about.get('title', 'design')}”, {rounds} rounds, {os.cpu_count()} cores")
    print(f"training in the studio / without a window  {spread(ratios, '.2f')}")
    print(f"timer ticks late, p99                      {spread(p99, '.0f')} ms")
    print(f"timer ticks late, longest                  {spread(most, '.0f')} ms")


def spread(values: list[float], form: str) -> str:
    """Median, least and most."""
    return f"{statistics.median(values):{form}} [{min(values):{form}}..{max(values):{form}}]"


if __name__ == "__main__":
    main()
