"""The engine behind its pipe: commands act between steps, nothing kills it, and its death is told once."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest
from drawn import SMALL_CNN, classifier, denoiser

from backend import checkpoints, worker
from backend import messages as m
from backend.bridge import Bridge
from backend.questions.looking import Look, Looked
from backend.questions.predictions import Predict, Predictions
from backend.questions.samples import Sample
from backend.runs import Run
from backend.train import Training
from graph import files
from graph.document import Document

ROOT = Path(__file__).parent.parent
PATIENCE = 60.0
E_ = TypeVar("E_")


class Player:
    """Speaks with an engine that runs in a thread of the test."""

    def __init__(self) -> None:
        self.connection, theirs = multiprocessing.Pipe()
        self.events: list[Any] = []
        self.thread = threading.Thread(target=worker.Engine(theirs).serve)
        self.thread.start()

    def send(self, *commands: m.Command) -> None:
        for command in commands:
            self.connection.send(command)

    def until(self, wanted: Callable[[Any], bool] | type) -> Any:
        """The first event from now on that is wanted."""
        end = time.monotonic() + PATIENCE
        while self.connection.poll(max(end - time.monotonic(), 0)):
            event = self.connection.recv()
            self.events.append(event)
            if isinstance(event, wanted) if isinstance(wanted, type) else wanted(event):
                return event
        raise AssertionError(f"waited in vain for {wanted}; heard {self.events}")

    def answer(self, question: m.Question) -> Any:
        """What comes of a question."""
        self.send(question)
        answered = self.until(m.Answered)
        assert answered.question == question
        assert not answered.error
        return answered.result

    def quiet(self, seconds: float = 0.3) -> list[Any]:
        """What is said until nothing is said for a while."""
        heard = []
        while self.connection.poll(seconds):
            heard.append(self.connection.recv())
        return heard

    def leave(self) -> None:
        self.connection.close()
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()


@pytest.fixture
def engine() -> Iterator[Player]:
    player = Player()
    player.until(m.Ready)
    yield player
    player.leave()


def train(document: Document | None, runs: Path, resume: str = "") -> m.Train:
    return m.Train(files.dumps(document) if document else b"", str(runs), "test", resume)


def is_paused(event: Any) -> bool:
    return isinstance(event, m.Progress) and event.paused


def position(event: m.Progress, steps: int) -> int:
    return event.epoch * steps + event.step


# -- commands ----------------------------------------------------------------------------------------------------------


def test_a_training_is_told_from_start_to_finish(engine: Player, tmp_path: Path) -> None:
    engine.send(train(classifier(epochs=3), tmp_path))
    done = engine.until(m.Finished)
    kinds = [type(event) for event in engine.events]
    assert kinds.index(m.Started) < kinds.index(m.Metrics) < kinds.index(m.Finished)
    assert Run.open(done.run).record.status == "finished"


def test_of_several_drawings_the_newest_is_analysed(engine: Player) -> None:
    documents = [files.dumps(classifier(("flatten", {}), ("linear", {"units": 10 + n}))) for n in range(5)]
    engine.send(*(m.Analyse(data, revision) for revision, data in enumerate(documents, 1)))
    first = engine.until(lambda event: isinstance(event, m.Analysed) and event.revision == 5)
    assert first.analysis.parameters == 64 * 14 + 14
    assert first.source is None  # it follows, so that shapes need not wait for it
    last = engine.until(lambda event: isinstance(event, m.Analysed) and event.source is not None)
    assert (last.revision, last.analysis) == (5, first.analysis)
    assert "14" in last.source
    revisions = [event.revision for event in engine.events if isinstance(event, m.Analysed)]
    assert list(dict.fromkeys(revisions)) != [1, 2, 3, 4, 5]
    assert not [event for event in engine.quiet() if isinstance(event, m.Analysed)]


def test_a_drawing_with_an_error_has_no_source(engine: Player) -> None:
    engine.send(m.Analyse(files.dumps(classifier(("conv2d", {}), ("linear", {}))), 7))
    found = engine.until(m.Analysed)
    assert found.analysis.errors
    assert found.source == ""


def test_pause_holds_and_step_goes_one_on(engine: Player, tmp_path: Path) -> None:
    engine.send(train(classifier(*SMALL_CNN, epochs=100_000), tmp_path))
    started = engine.until(m.Started)
    engine.send(m.Pause())
    held = engine.until(is_paused)
    assert isinstance(engine.until(m.Checkpointed), m.Checkpointed)
    assert engine.quiet() == []
    for further in (1, 2, 3):
        engine.send(m.Step())
        metrics = engine.until(lambda event: isinstance(event, m.Metrics) and event.split == "train")
        after = engine.until(is_paused)
        assert position(after, started.steps) == position(held, started.steps) + further == metrics.step
    engine.send(m.Continue())
    going = engine.until(lambda event: isinstance(event, m.Progress) and not event.paused)
    assert position(going, started.steps) > position(held, started.steps) + 3
    engine.send(m.Stop())
    assert engine.until(m.Finished).stopped


def test_a_training_can_begin_with_a_single_step(engine: Player, tmp_path: Path) -> None:
    engine.send(train(classifier(epochs=100_000), tmp_path), m.Step())
    held = engine.until(is_paused)
    assert (held.epoch, held.step) == (0, 1)
    engine.send(m.Stop())
    assert engine.until(m.Finished).stopped


def test_looking_and_pausing_change_nothing(engine: Player, tmp_path: Path) -> None:
    document = denoiser(epochs=30)
    engine.send(train(document, tmp_path), m.Step())
    engine.until(is_paused)
    other = files.dumps(classifier(*SMALL_CNN))
    for _ in range(4):
        engine.send(Predict("test", 4), m.Analyse(other, 1), Predict("train", 4), m.Step())
        engine.until(is_paused)
    engine.send(m.Continue(), Predict("validation", 2))
    done = engine.until(m.Finished)
    alone = list(Training(document, runs_folder=tmp_path).run())[-1]
    assert isinstance(alone, m.Finished)
    assert done.metrics == alone.metrics


def test_predictions_are_pictures_probabilities_and_names(engine: Player, tmp_path: Path) -> None:
    engine.send(train(classifier(epochs=20, batch_size=16), tmp_path))
    done = engine.until(m.Finished)
    live = engine.answer(Predict("test", 5, 10))
    assert isinstance(live, Predictions)
    (shown,) = live.shown
    assert (shown.kind, shown.inputs.shape, shown.outputs.shape) == ("classes", (5, 1, 8, 8), (5, 10))
    assert 0.0 <= shown.inputs.min() < 0.1 < 0.9 < shown.inputs.max() <= 1.0
    assert np.allclose(shown.outputs.sum(axis=1), 1.0, atol=1e-5)
    assert shown.targets is not None
    assert shown.names == tuple("0123456789")
    (every,) = engine.answer(Predict("test", 1000, 0)).shown
    assert (every.outputs.argmax(axis=1) == every.targets).mean() == pytest.approx(done.metrics["test"]["accuracy"])
    assert np.array_equal(every.inputs[10:15], shown.inputs)
    assert engine.answer(Predict("test", 5, 10_000)).shown == ()


def test_a_run_of_before_answers_as_it_did(engine: Player, tmp_path: Path) -> None:
    engine.send(train(classifier(), tmp_path))
    run = engine.until(m.Finished).run
    live = engine.answer(Predict("test", 3))
    other = Player()
    other.until(m.Ready)
    read = other.answer(Predict("test", 3, run=run))
    other.leave()
    assert np.array_equal(live.shown[0].outputs, read.shown[0].outputs)
    assert np.array_equal(live.shown[0].inputs, read.shown[0].inputs)


def test_the_learning_rate_acts_on_the_next_step(engine: Player, tmp_path: Path) -> None:
    engine.send(train(classifier(epochs=3), tmp_path), m.SetLearningRate(0.0))
    done = engine.until(m.Finished)
    told = [event.values["loss"] for event in engine.events if isinstance(event, m.Metrics) and event.split == "test"]
    engine.send(train(None, tmp_path, resume=done.run), m.SetLearningRate(-1.0))
    assert "learning rate" in engine.until(m.Failed).message
    assert engine.until(m.Finished).metrics["test"]["loss"] == told[0]


# -- what goes wrong ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        m.Analyse(b"no document", 3),
        m.Train(b"{}", "runs"),
        m.Train(files.dumps(classifier(("linear", {"units": 10}))), "runs"),
        m.Train(b"", "runs", "", "/no/such/run"),
        m.Export("/no/such/run", "onnx", "x.onnx"),
    ],
    ids=lambda command: type(command).__name__,
)
def test_a_bad_command_is_answered_with_a_sentence(engine: Player, command: m.Command) -> None:
    engine.send(command)
    failed = engine.until(m.Failed)
    assert failed.doing == type(command).__name__.lower()
    assert failed.message.endswith(".")
    assert "Traceback" not in failed.message
    assert "Netloom itself failed" not in failed.message
    engine.send(m.Analyse(files.dumps(classifier()), 9))
    assert engine.until(m.Analysed).revision == 9


@pytest.mark.parametrize(
    "question", [Predict("test", 3), Sample(), Look((("a", "output"),))], ids=lambda q: type(q).__name__
)
@pytest.mark.parametrize("run", ["", "/no/such/run"], ids=["untrained", "no run"])
def test_what_has_no_answer_is_answered_with_a_sentence(engine: Player, question: m.Question, run: str) -> None:
    engine.send(replace(question, run=run, asker=2, number=5))
    answered = engine.until(m.Answered)
    assert (answered.question.number, answered.result) == (5, None)
    assert answered.error.endswith(".")
    assert "Traceback" not in answered.error
    assert "Netloom itself failed" not in answered.error
    assert not any(isinstance(event, m.Failed) for event in engine.events)


def test_each_who_looks_hears_an_answer_of_its_own(engine: Player, tmp_path: Path) -> None:
    engine.send(train(classifier(*SMALL_CNN, epochs=100_000), tmp_path))
    engine.until(m.Started)
    questions = [Look((("conv2d_1", "features"),), index=3, small=small, asker=who, number=who)
                 for who, small in ((1, True), (2, False))]  # fmt: skip
    engine.send(*questions, Predict("test", 2, asker=3, number=3), Look((), "nothing", small=True, asker=4, number=4))
    told = {answered.question.number: answered for answered in (engine.until(m.Answered) for _ in range(4))}
    assert [told[number].question for number in (1, 2)] == questions
    assert all(isinstance(told[number].result, Looked) and told[number].result.index == 3 for number in (1, 2))
    assert isinstance(told[3].result, Predictions)
    assert not told[4].error  # nobody asked for little pictures
    engine.send(m.Stop())
    engine.until(m.Finished)


def test_what_nobody_foresaw_is_written_down(engine: Player, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def surprise(*_: object) -> None:
        raise ZeroDivisionError("a surprise")

    monkeypatch.setattr(worker, "analyse", surprise)
    engine.send(m.Analyse(files.dumps(classifier()), 1))
    failed = engine.until(m.Failed)
    assert failed.code == 3
    log = Path(failed.message.partition("written down in ")[2].removesuffix("."))
    assert "a surprise" in log.read_text()


def test_a_second_training_does_not_disturb_the_first(engine: Player, tmp_path: Path) -> None:
    engine.send(train(classifier(epochs=100_000), tmp_path), train(classifier(), tmp_path))
    assert "under way" in engine.until(m.Failed).message
    engine.until(m.Progress)
    engine.send(m.Stop())
    assert engine.until(m.Finished).stopped
    assert len(list(tmp_path.iterdir())) == 1


def test_a_failed_training_makes_way_for_the_next(engine: Player, tmp_path: Path) -> None:
    layers = (("flatten", {}), ("linear", {"units": 64}), ("linear", {"units": 10}))
    objective = {"optimizer": "sgd", "learning_rate": 100.0}
    engine.send(train(classifier(*layers, objective=objective, epochs=1000), tmp_path))
    failed = engine.until(m.Failed)
    assert (failed.doing, failed.code) == ("train", 1)
    assert Run.open(failed.run).record.status == "failed"
    engine.send(train(classifier(), tmp_path))
    engine.until(m.Finished)


def test_when_the_other_side_goes_the_training_is_saved(tmp_path: Path) -> None:
    player = Player()
    player.send(train(classifier(epochs=100_000), tmp_path))
    run = player.until(m.Started).run
    player.until(m.Progress)
    player.leave()
    record = Run.open(run).record
    assert record.status == "stopped"
    kept = checkpoints.newest(Path(run) / "checkpoints")
    assert kept is not None
    assert kept.step >= Run.open(run).history("train")[-1].step


# -- the process -------------------------------------------------------------------------------------------------------


def heard(bridge: Bridge, wanted: type[E_]) -> E_:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        bridge.wait(0.1)
        for event in bridge.receive():
            if isinstance(event, wanted):
                return event
            assert not isinstance(event, m.Failed), event
    raise AssertionError(f"waited in vain for {wanted.__name__}")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_death_is_told_once_and_the_run_goes_on(tmp_path: Path) -> None:
    document = classifier(epochs=60)
    whole = list(Training(document, runs_folder=tmp_path / "whole").run())[-1]
    assert isinstance(whole, m.Finished)
    bridge = Bridge("engine", threads=1)
    bridge.start()
    try:
        assert set(heard(bridge, m.Ready).devices) >= {"cpu"}
        bridge.send(train(document, tmp_path))
        started = heard(bridge, m.Started)
        bridge.send(m.Pause())
        heard(bridge, m.Checkpointed)
        assert bridge.pid is not None
        os.kill(bridge.pid, signal.SIGKILL)
        died = heard(bridge, m.Died)
        assert (died.exit_code, died.run) == (-signal.SIGKILL, started.run)
        assert bridge.receive() == []
        assert (bridge.alive, bridge.fileno()) == (False, -1)
        bridge.send(m.Stop())
        bridge.restart()
        bridge.send(train(None, tmp_path, resume=started.run))
        assert heard(bridge, m.Finished).metrics == whole.metrics
    finally:
        bridge.close()
    assert not bridge.alive


PARENT = """
import os, sys, time
sys.path.insert(0, {tests!r})
from backend import messages as m
from backend.bridge import Bridge
from graph import files

if __name__ == "__main__":
    bridge = Bridge("engine", threads=1)
    bridge.start()
    bridge.send(m.Train(open({design!r}, "rb").read(), {runs!r}))
    while True:
        bridge.wait(1.0)
        if any(isinstance(event, m.Progress) for event in bridge.receive()):
            break
    assert "torch" not in sys.modules, "the studio's side has loaded torch"
    print(bridge.pid, flush=True)
    os._exit(9) if {killed!r} else sys.exit(0)
"""


@pytest.mark.parametrize("killed", [True, False], ids=["killed", "left"])
def test_no_worker_outlives_its_studio(killed: bool, tmp_path: Path) -> None:
    files.save(classifier(epochs=1_000_000), tmp_path / "design.netloom")
    script = tmp_path / "studio.py"
    script.write_text(PARENT.format(
        tests=str(ROOT / "tests"), design=str(tmp_path / "design.netloom"), runs=str(tmp_path / "runs"), killed=killed
    ))  # fmt: skip
    done = subprocess.run([sys.executable, str(script)], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE,
                          env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)  # fmt: skip
    assert done.returncode == (9 if killed else 0), done.stderr
    pid, end = int(done.stdout), time.monotonic() + PATIENCE
    while _runs(pid) and time.monotonic() < end:
        time.sleep(0.05)
    assert not _runs(pid)
    (run,) = (tmp_path / "runs").iterdir()
    assert Run.open(run).record.status == "stopped"
    assert checkpoints.newest(run / "checkpoints") is not None


def _runs(pid: int) -> bool:
    """Whether a process still runs; one that only waits to be buried does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
