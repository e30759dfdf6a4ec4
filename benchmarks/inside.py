"""What looking inside costs a training, and how soon a probe answers while one is under way.

Run as ``python -m benchmarks inside`` or ``python benchmarks/inside.py [rounds]``. One training goes on all the while;
in every other round the pictures of all its nodes and a probe are asked for as often as the studio does. Ratios are of
neighbouring rounds, because the machine's speed drifts. The bars are 1.03, and 100 ms for an answer. What it
costs to keep how a training goes, that is gradients, steps and activations of every layer, is the time that the keeper
works beside that of the steps; the bar is 1.01.
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
from backend.health_kept import HealthKeeper
from backend.messages import Answered, Progress, Train
from backend.questions.looking import Look
from backend.train import Training
from backend.views import answer
from graph import files, templates
from graph.document import Document
from graph.layers import CATALOGUE
from graph.settings import settings_of

TEMPLATE = "digits-cnn"
EPOCHS = 100_000  # more than there is time for
ROUNDS = 9
SECONDS = 3.0  # of a round
OFTEN, SHARE = 0.5, 100  # seconds between looks, and times what they take together, as in the studio
QUESTIONS = 20
SLOWER, LATE = 1.03, 100.0  # ratio, milliseconds
KEPT, KEEPING = 1.01, 20.0  # ratio, and for how many seconds it is measured
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
    """Asks what the studio would ask, no more often than the studio does.

    together: how many look at once, and share what they may take
    """

    def __init__(self, question: Look, together: int) -> None:
        self._question, self._share, self._next = question, SHARE * together, 0.0

    def look(self, training: Training) -> None:
        if (began := time.perf_counter()) >= self._next:
            answer(training.subject(self._question), self._question)
            now = time.perf_counter()
            self._next = now + max(OFTEN, (now - began) * self._share)


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
    lookers = [Looker(Look(ports, small=True), 2), Looker(Look(ports[-2:]), 2)]

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


def kept(document: Document, folder: str, seconds: float) -> tuple[float, float]:
    """What keeping how a training goes takes: as a share of the time of its steps, and of one moment in steps.

    Counted is the time of the processor in which the keeper works, for rounds with and without it differ by more.
    """
    training, spent = Training(document, runs_folder=folder), [0.0]
    with closing(training.run()) as work:
        next(each for each in work if each is None)
        keeper = next(each for each in training._keepers if isinstance(each, HealthKeeper))
        look, watch, taken = keeper.look, keeper._watch, _Clock(spent)

        def watched(place: int, advance: Callable[[], None]) -> None:
            with taken:
                watch(place, taken.outside(advance))

        def looked(step: int) -> None:
            with taken:
                look(step)

        keeper.look, keeper._watch = looked, watched  # type: ignore[method-assign]
        began, end, count = time.thread_time(), time.perf_counter() + seconds, 0
        while time.perf_counter() < end:
            count += next(work) is None
        each = (time.thread_time() - began - spent[0]) / count
        moment = min(_timed(keeper.values) for _ in range(QUESTIONS))
    return spent[0] / (each * count), moment / each


class _Clock:
    """Adds up the time of the processor that is spent within it."""

    def __init__(self, spent: list[float]) -> None:
        self._spent = spent

    def __enter__(self) -> None:
        self._spent[0] -= time.thread_time()

    def __exit__(self, *_: object) -> None:
        self._spent[0] += time.thread_time()

    def outside(self, action: Callable[[], None]) -> Callable[[], None]:
        """The same action, which does not count."""

        def done() -> None:
            self.__exit__()
            action()
            self.__enter__()

        return done


def _timed(work: Callable[[], object]) -> float:
    began = time.thread_time()
    work()
    return time.thread_time() - began


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
            _until(bridge, Answered)
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
        share, moment = kept(document, folder, KEEPING)
        late = latencies(document, str(Path(folder) / "engine"))
    print(f"{TEMPLATE}, batches of {settings_of(document).batch_size}")
    print(f"training while looking: {ratio:.3f} times as long a step (bar {SLOWER})")
    print(f"keeping how it goes: {1 + share:.4f} times as long a step (bar {KEPT}); a moment takes {moment:.1f} steps")
    print(f"a probe answers in {statistics.median(late):.0f} ms, at worst {max(late):.0f} ms (bar {LATE:.0f} ms)")
    return int(ratio > SLOWER or 1 + share > KEPT or statistics.median(late) > LATE)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS))
