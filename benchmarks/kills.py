"""Kills a studio while it is drawn in, at random moments, and counts what is missing: python -m benchmarks.kills."""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parent.parent
PATIENCE: Final = 60.0  # seconds for a studio to begin
LONGEST: Final = 1.5  # seconds of drawing before a kill


@dataclass(frozen=True)
class Outcome:
    """acknowledged: the transactions that the studio had reported; found: those in the recovered design."""

    acknowledged: int
    found: int
    same: bool  # whether the design is the one that so many transactions make

    @property
    def missing(self) -> int:
        return max(0, self.acknowledged - self.found)


def draw(document: Any, number: int) -> None:
    """The transaction of a number, the same in every process: nodes come, move, are wired, change and go."""
    chance = random.Random(number)
    with document.edit("Work"):
        document.put("about", "steps", str(number))
        keys = sorted(key for key in document.nodes if key.network == "main")
        added = document.add_node(chance.choice(("linear", "relu", "tanh")), 40.0 * number, id=f"made_{number}")
        if keys:
            from graph.document import Port

            document.connect(Port(*chance.choice(keys), "output"), Port(*added, "x"))
            document.change_node(chance.choice(keys), x=chance.uniform(0, 999), title=f"at {number}")
        if len(keys) > 40:
            document.remove_node(keys[chance.randrange(len(keys))])


def expected(steps: int) -> Mapping[str, Any]:
    """The tables after so many transactions."""
    from graph.document import Document

    document = Document()
    for number in range(1, steps + 1):
        draw(document, number)
    return document.snapshot()


def studio(pause: int) -> None:
    """Be a studio in which something is drawn every few milliseconds, and report each transaction."""
    from PySide6.QtCore import QTimer

    from gui import app
    from gui.window import Window

    def begin(window: Window) -> None:
        window.new()
        timer = QTimer(window, interval=pause)
        count = 0

        def work() -> None:
            nonlocal count
            count += 1
            draw(window.session.document, count)
            os.write(1, b"%d\n" % count)

        timer.timeout.connect(work)
        timer.start()

    shown = Window.show

    def show(window: Window) -> None:
        window.painted.connect(lambda: QTimer.singleShot(0, window, lambda: begin(window)))
        shown(window)

    Window.show = show  # type: ignore[method-assign]
    sys.exit(app.run())


def kill_one(chance: random.Random, pause: int = 5) -> Outcome:
    """Start a studio, kill it at a random moment, and look at what it left behind."""
    home = Path(tempfile.mkdtemp(prefix="kills-"))
    own = ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME")
    quiet = {"QT_QPA_PLATFORM": "offscreen", "OMP_NUM_THREADS": "1", "NETLOOM_RECOVERY": str(home / "recovery")}
    environment = {**os.environ, **quiet, **{name: str(home / name) for name in own}}
    command = [sys.executable, "-m", "benchmarks.kills", "--studio", str(pause)]
    child = subprocess.Popen(command, cwd=ROOT, env=environment,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)  # fmt: skip
    assert child.stdout is not None
    try:
        first = child.stdout.readline()
        time.sleep(chance.uniform(0, LONGEST))
        os.kill(child.pid, signal.SIGKILL)
        said = (first + child.stdout.read()).split(b"\n")[:-1]
        child.wait(PATIENCE)
        return _look(home / "recovery", int(said[-1]) if said else 0)
    finally:
        if child.poll() is None:
            os.kill(child.pid, signal.SIGKILL)
            child.wait(PATIENCE)
        child.stdout.close()
        shutil.rmtree(home, ignore_errors=True)


def _look(folder: Path, acknowledged: int) -> Outcome:
    from graph.journal import recover

    found = [recover(place) for place in folder.glob("*/*") if place.name != "lock"]
    if not found:
        return Outcome(acknowledged, 0, acknowledged <= 1)
    best = max(found, key=lambda each: int(each.document.about.get("steps", "0")))
    steps = int(best.document.about.get("steps", "0"))
    return Outcome(acknowledged, steps, best.document.snapshot() == expected(steps))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--studio", type=int, metavar="MILLISECONDS", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.studio is not None:
        studio(arguments.studio)
    chance = random.Random(arguments.seed)
    outcomes = []
    for number in range(arguments.times):
        outcomes.append(kill_one(chance, pause=chance.choice((1, 3, 10, 30))))
        print(number + 1, outcomes[-1], flush=True)
    missing = [outcome.missing for outcome in outcomes]
    print(json.dumps({"kills": len(outcomes), "transactions": sum(each.acknowledged for each in outcomes),
                      "most_missing": max(missing), "wrong": sum(not each.same for each in outcomes)}))  # fmt: skip
    return 0 if max(missing) <= 1 and all(each.same for each in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
