"""What looking inside costs a training, and how soon a probe answers while one is under way.

Run as ``python -m benchmarks inside`` or ``python benchmarks/inside.py [rounds]``. One training goes on all the while;
in every other round the pictures of all its nodes and a probe are asked for as often as the studio does. Ratios are of
neighbouring rounds, because the machine's speed drifts. The bars are 1.03, and 100 ms for an answer.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from backend.bridge import Bridge
from backend.messages import Look, Looked, Progress, Train
from backend.train import Training
from graph import files, templates
from graph.document import Document
from graph.layers import CATALOGUE
from graph.settings import settings_of

TEMPLATE = "digits-cnn"
EPOCHS = 100_000  # more than there is time for
ROUNDS = 9
SECONDS = 3.0  # of a round
OFTEN, PICTURES, PROBE = 0.5, 100, 50  # seconds between looks, and times what each takes, as in the studio
QUESTIONS = 20
SLOWER, LATE = 1.03, 100.0  # ratio, milliseconds
PATIENCE = 60.0


def drawn() -> Document:
    """The template, to be trained for as long as it is looked at."""
    document = templates.find_design(TEMPLATE)
    with document.edit("Train for long"):
        document.set_setting("epochs", EPOCHS)
    return document


def ports_of(document: Document) -> tuple[tuple[str, str], ...]:
    """The first output of every node that has one."""
    return tuple((key.node, CATALOGUE[node.type].outputs[0]) for key, node in sorted(document.nodes.items())
                 if CATALOGUE[node.type].kind != "loss" and CATALOGUE[node.type].outputs)  # fmt: skip


class Looker:
    """Asks what the studio would ask, no more often than the studio does."""

    def __init__(self, command: Look, share: int) -> None:
        self._command, self._share, self._next = command, share, 0.0

    def look(self, training: Training) -> None:
        if time.perf_counter() >= self._next:
            took = training.looked(self._command).seconds
            self._next = time.perf_counter() + max(OFTEN, took * self._share)


def steps(work: Iterator[object], between: Callable[[], None]) -> float:
    """How many steps a second are done in a round, with something done after each."""
    began, count = time.perf_counter(), 0
    while time.perf_counter() < began + SECONDS:
        if next(work) is None:
            count += 1
            between()
    return count / (time.perf_counter() - began)


def slowed(document: Document, folder: str, rounds: int) -> list[float]:
    """For each pair of rounds, how many times as long a step takes while one looks."""
    training, ratios = Training(document, runs_folder=folder), list[float]()
    ports = ports_of(document)
    lookers = [Looker(Look(ports, small=True), PICTURES), Looker(Look(ports[-2:]), PROBE)]

    def looking() -> None:
        for each in lookers:
            each.look(training)

    with closing(training.run()) as work:
        steps(work, lambda: None)
        steps(work, looking)
        for number in range(rounds):
            both: list[Callable[[], None]] = [lambda: None, looking]
            order = both if number % 2 else both[::-1]
            rates = {each: steps(work, each) for each in order}
            ratios.append(rates[both[0]] / rates[both[1]])
    return ratios


def latencies(document: Document, folder: str) -> list[float]:
    """Milliseconds from a question to its answer, through the pipe, while an engine trains."""
    bridge, found = Bridge("engine"), list[float]()
    bridge.start()
    try:
        bridge.send(Train(files.dumps(document), folder, "inside"))
        _until(bridge, Progress)
        for number in range(QUESTIONS + 1):
            began = time.perf_counter()
            bridge.send(Look(ports_of(document)[-2:], index=number))
            _until(bridge, Looked)
            found.append((time.perf_counter() - began) * 1000)
            time.sleep(0.1)
    finally:
        bridge.close()
    return found[1:]  # the first one builds the slice


def _until(bridge: Bridge, kind: type) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        bridge.wait(0.5)
        if any(isinstance(event, kind) for event in bridge.receive()):
            return
    raise TimeoutError(f"No {kind.__name__} within {PATIENCE:.0f} s.")


def main(rounds: int = ROUNDS) -> int:
    """Print both; 1 where a bar is missed."""
    document = drawn()
    with tempfile.TemporaryDirectory() as folder:
        ratio = statistics.median(slowed(document, folder, rounds))
        late = latencies(document, str(Path(folder) / "engine"))
    print(f"{TEMPLATE}, batches of {settings_of(document).batch_size}")
    print(f"training while looking: {ratio:.3f} times as long a step (bar {SLOWER})")
    print(f"a probe answers in {statistics.median(late):.0f} ms, at worst {max(late):.0f} ms (bar {LATE:.0f} ms)")
    return int(ratio > SLOWER or statistics.median(late) > LATE)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS))
