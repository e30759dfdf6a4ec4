"""Whatever is wrong gets one sentence and an exit code, never a traceback, and costs the user nothing."""

from __future__ import annotations

import errno
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backend import cli, evaluation
from backend.runs import Run
from graph import files
from graph.document import Port
from tests import bad_data
from tests.bad_inputs import GROUPS, Case, Place, train
from tests.runs import chain, quick_run

ROOT = Path(__file__).parent.parent
Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return quick_run(tmp_path_factory.mktemp("runs") / "xor", "xor", "--epochs", "2")


@pytest.fixture
def place(run: Path, tmp_path: Path) -> Place:
    return Place(tmp_path, run)


def complaint(arguments: list[str], capsys: Capture, code: int) -> str:
    """The sentence that a command ends with."""
    capsys.readouterr()
    assert cli.main(arguments) == code
    told = capsys.readouterr()
    assert "Traceback" not in told.out + told.err
    assert told.err.strip(), "nothing was said"
    return told.err.strip()


EVERY = GROUPS | bad_data.GROUPS
CASES = [pytest.param(case, id=f"{group}: {case.name}") for group, found in EVERY.items() for case in found]


@pytest.mark.parametrize("case", CASES)
def test_a_bad_input_gets_its_sentence(case: Case, place: Place, capsys: Capture) -> None:
    arguments = case.asked(place)
    before = place.everything()
    sentence = complaint(arguments, capsys, case.code)
    assert len(sentence.splitlines()) == 1
    assert re.search(case.says, sentence)
    assert place.everything() == before


def test_there_are_enough_of_them() -> None:
    assert len(CASES) >= 120


# -- the machine ------------------------------------------------------------------------------------------------------


def failing(number: int) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> Any:
        raise OSError(number, os.strerror(number), "somewhere")

    return fail


def test_a_full_disk_stops_a_training(place: Place, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", failing(errno.ENOSPC))
    assert "full" in complaint(train("xor", "--out", place.path("run")), capsys, 3)


def test_a_full_disk_stops_an_export(place: Place, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    place.holding("what was there", "w.safetensors")
    monkeypatch.setattr(os, "fsync", failing(errno.ENOSPC))
    asked = ["export", "xor", "--format", "safetensors", "--to", place.path("w.safetensors")]
    assert "full" in complaint(asked, capsys, 3)
    assert place.everything() == {place.path("w.safetensors"): b"what was there"}


def test_a_folder_that_may_not_be_written(place: Place, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "mkdir", failing(errno.EACCES))
    assert "change its rights" in complaint(train("xor", "--out", place.path("run")), capsys, 1)
    asked = ["export", "xor", "--format", "safetensors", "--to", place.path("new/w.safetensors")]
    assert "change its rights" in complaint(asked, capsys, 1)


def test_a_full_memory(run: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(evaluation, "evaluate", fail)
    assert "memory" in complaint(["test", str(run)], capsys, 3)


def test_no_network(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("urllib.request.urlopen", failing(errno.ENETUNREACH))
    assert "NETLOOM_DATA" in complaint(train("digits-cnn", "--data", "mnist"), capsys, 1)


def test_a_loss_that_is_no_number(place: Place, capsys: Capture) -> None:
    document = chain([("flatten", {}), ("linear", {"units": 64}), ("reshape", {"shape": "1, 8, 8"})])
    with document.edit("Draw"):
        loss = document.add_node("mse_loss")
        far = document.add_node("objective", params={"optimizer": "sgd", "learning_rate": 100.0})
        for source, target in (
            (Port("main", "reshape_1", "output"), Port(*loss, "prediction")),
            (Port("main", "data_1", "image"), Port(*loss, "target")),
            (Port(*loss, "loss"), Port(*far, "losses.0")),
        ):
            document.connect(source, target)
    files.save(document, place.folder / "far.netloom")
    asked = train(place.path("far.netloom"), "--out", place.path("run"))
    sentence = complaint(asked, capsys, 1)
    assert re.search("“mse_loss_1” is no.* number", sentence)
    assert Run.open(place.path("run")).record.status == "failed"
    assert complaint(["test", place.path("run")], capsys, 1)


def test_what_nobody_foresaw_is_written_down(run: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("a fault of the program")

    monkeypatch.setattr(evaluation, "evaluate", fail)
    sentence = complaint(["test", str(run)], capsys, 3)
    log = Path(re.search(r"written down in (.+)\.$", sentence)[1])  # type: ignore[index]
    assert "ZeroDivisionError: a fault of the program" in log.read_text("utf-8")


def test_ctrl_c_is_no_error(run: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(evaluation, "evaluate", interrupt)
    assert complaint(["test", str(run)], capsys, 130) == "Stopped."


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["check", "nowhere.netloom"], 1), (["train"], 2), (["train", "xor", "--device", "cuda:99"], 3)],
)
def test_a_shell_sees_the_same(arguments: list[str], code: int) -> None:
    done = subprocess.run([sys.executable, "main.py", *arguments], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == code
    assert len(done.stderr.splitlines()) == 1
    assert not done.stdout
