"""How soon the window is painted, and how long anything holds it up while the rest loads behind it.

Run as ``python benchmarks/startup.py [times]``. Every start is a fresh process; the first is left out of the medians.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
WATCHED_SECONDS = 6
TICK_MILLISECONDS = 5

CHILD = f"""
import json, sys, time
from PySide6.QtCore import QTimer
from gui import app

class Watched(app.Window):
    def _after_paint(self):
        self.stamp, self.last, self.gaps = time.time(), time.perf_counter(), []
        self.ticks = QTimer(self, interval={TICK_MILLISECONDS})
        self.ticks.timeout.connect(self.tick)
        self.ticks.start()
        super()._after_paint()
        QTimer.singleShot({WATCHED_SECONDS * 1000}, self.report)

    def tick(self):
        now = time.perf_counter()
        self.gaps.append((now - self.last) * 1000)
        self.last = now

    def report(self):
        late = sorted(self.gaps)
        print(json.dumps({{"painted": self.stamp, "longest": late[-1], "p99": late[int(len(late) * 0.99)],
                           "ready": self.session.engine_ready, "torch": "torch" in sys.modules}}), flush=True)
        self.close()

app.Window = Watched
sys.exit(app.run())
"""


def start() -> dict[str, float]:
    """One start: seconds until painted, and the longest and 99th-percentile gap between timer ticks after, in ms."""
    began = time.time()
    done = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, check=True, cwd=HOME,
                          env={"QT_QPA_PLATFORM": "offscreen", **os.environ})  # fmt: skip
    told = json.loads(done.stdout.splitlines()[-1])
    assert not told["torch"], "the studio has imported torch"
    return {"painted": told["painted"] - began, "longest": told["longest"], "p99": told["p99"]}


def main() -> None:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 6
    starts = [start() for _ in range(times + 1)][1:]
    print(f"{'':28}{'median':>10}{'worst':>10}{'limit':>10}")
    for name, key, unit, limit in (("process start to painted", "painted", "s", 0.6),
                                   ("longest hold after", "longest", "ms", 100),
                                   ("99 % of ticks within", "p99", "ms", 50)):  # fmt: skip
        values = [start[key] for start in starts]
        print(f"{name + ', ' + unit:28}{statistics.median(values):10.2f}{max(values):10.2f}{limit:10g}")


if __name__ == "__main__":
    main()
