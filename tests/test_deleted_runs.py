"""Runs that are renamed, put into the trash, brought back, and removed for good."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from backend.problems import TrainProblem
from backend.runs import TRASH, Run, bring_back, delete, deleted_runs, empty_trash, list_runs
from graph.document import Document

ROOT = Path(__file__).parent.parent


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run.create(tmp_path, Document(), "mine")


def test_a_deleted_run_is_listed_no_more_and_comes_back_as_it_was(run: Run, tmp_path: Path) -> None:
    before = {path.name: path.read_bytes() for path in run.folder.iterdir() if path.is_file()}
    place = delete(run)
    assert list_runs(tmp_path) == []
    assert not run.folder.exists()
    assert deleted_runs(tmp_path) == [place]
    assert bring_back(place) == run.folder
    assert {name: (run.folder / name).read_bytes() for name in before} == before
    assert [each.record.name for each in list_runs(tmp_path)] == ["mine"]
    assert deleted_runs(tmp_path) == []


def test_runs_of_one_name_do_not_meet_in_the_trash(run: Run, tmp_path: Path) -> None:
    name = run.folder.name
    places = [delete(run)]
    for _ in range(2):
        places.append(delete(Run.create(None, Document(), "mine", folder=tmp_path / name)))
    assert len(set(places)) == 3
    back = [bring_back(place).name for place in places]
    assert back == [name, f"{name}-2", f"{name}-3"]


def test_only_what_is_old_enough_is_removed_for_good(run: Run, tmp_path: Path) -> None:
    old, new = delete(run), delete(Run.create(tmp_path, Document(), "other"))
    os.utime(old, (0, time.time() - 1000))
    assert empty_trash(tmp_path, 900) == 1
    assert deleted_runs(tmp_path) == [new]
    assert empty_trash(tmp_path) == 1
    assert not any((tmp_path / TRASH).iterdir())
    assert empty_trash(tmp_path / "nowhere") == 0


HOLDING = """
import sys; sys.path.insert(0, {root!r})
from backend.runs import Run
run = Run.open({folder!r}); run.claim(); print("held", flush=True); sys.stdin.read()
"""


def test_a_run_that_is_being_trained_is_neither_deleted_nor_renamed(run: Run) -> None:
    code = HOLDING.format(root=str(ROOT), folder=str(run.folder))
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", code], **pipes) as process:  # type: ignore[call-overload]
        assert process.stdout.readline() == "held\n"
        for forbidden in (lambda: delete(run), lambda: run.rename("yours")):
            with pytest.raises(TrainProblem, match="trained by another process"):
                forbidden()
        process.stdin.close()
    assert Run.open(run.folder).record.name == "mine"
    delete(run)


def test_a_new_name_leaves_the_folder_and_the_design_as_they_are(run: Run) -> None:
    run.rename("the best")
    again = Run.open(run.folder)
    assert (again.record.name, again.record.design, again.folder) == ("the best", "mine", run.folder)
    again.record.design = ""  # as in a run from before
    again.save()
    again.rename("the very best")
    assert Run.open(run.folder).record.design == "the best"
