"""Runs on disk: made, found again, read without torch, and clear about what is missing or broken."""

from __future__ import annotations

import math
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from backend import runs
from backend.history import History, read
from backend.problems import TrainProblem, explain
from backend.runs import Run, RunRecord, SourceRecord, default_folder, list_runs
from graph.document import Document, NodeKey
from graph.specs import TensorSpec

ROOT = Path(__file__).parent.parent


def design() -> Document:
    document = Document()
    with document.edit("Draw"):
        document.add_node("data")
        document.put("about", "title", "Ziffern & Zahlen")
        document.set_setting("epochs", 3)
    return document


def test_a_run_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    run = Run.create(tmp_path / "deep" / "runs", design())
    run.record.metrics["test"] = {"accuracy": 0.5}
    run.record.data["data_1"] = SourceRecord(
        "digits", {"image": TensorSpec((1, 8, 8))}, {"image": {"dtype": "float32"}}
    )
    run.save()
    again = Run.open(run.folder)
    assert again.record == run.record
    assert again.record.settings == {"epochs": 3}
    assert again.document().nodes.keys() == {NodeKey("main", "data_1")}
    assert not list(run.folder.glob(".*"))


def test_a_number_that_is_none_stays_one(tmp_path: Path) -> None:
    run = Run.create(tmp_path, design())
    run.record.metrics["validation"] = {"loss": math.nan, "accuracy": 0.5}
    run.save()
    history = History(run.metrics_path)
    history.add("validation", 1, 1.0, {"loss": math.inf, "accuracy": math.nan}, 0.1)
    history.close()
    read_back = Run.open(run.folder).record.metrics["validation"]
    assert math.isnan(read_back["loss"])
    assert read_back["accuracy"] == 0.5
    assert [math.isnan(row.value) for row in run.history()] == [False, True]


def test_folders_are_named_by_run_and_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs.time, "strftime", lambda _: "-19700101-000000")
    names = [Run.create(tmp_path, design()).folder.name for _ in range(3)]
    assert names == [f"ziffern-zahlen-19700101-000000{end}" for end in ("", "-2", "-3")]
    assert Run.create(tmp_path, Document(), "../../etc/passwd").folder.name == "etc-passwd-19700101-000000"
    assert Run.create(tmp_path, Document(), "///").folder.parent == tmp_path


def test_a_run_can_be_given_a_folder_that_is_new_or_empty(tmp_path: Path) -> None:
    assert Run.create(None, design(), folder=tmp_path / "a" / "b").folder == tmp_path / "a" / "b"
    with pytest.raises(TrainProblem, match="not empty"):
        Run.create(None, design(), folder=tmp_path / "a" / "b")


def test_runs_go_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETLOOM_RUNS", str(tmp_path / "here"))
    assert default_folder() == tmp_path / "here"
    monkeypatch.delenv("NETLOOM_RUNS")
    assert default_folder().name == "runs"


def test_the_list_is_newest_first_and_leaves_out_what_is_damaged(tmp_path: Path) -> None:
    made = [Run.create(tmp_path, design(), name) for name in ("a", "b", "c")]
    for place, run in enumerate(made):
        run.record.created = float(place)
        run.save()
    (made[1].folder / "run.json").write_text("{")
    (tmp_path / "notes").mkdir()
    assert [run.folder for run in list_runs(tmp_path)] == [made[2].folder, made[0].folder]
    assert list_runs(tmp_path / "nowhere") == []


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "no run"), (b"", "damaged"), (b"\xff\xfe\x00", "damaged"), (b'{"name": 3}', "damaged"), (b"[]", "damaged")],
)
def test_what_is_no_run_is_refused_with_a_sentence(content: bytes | None, words: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "run.json").write_bytes(content)
    with pytest.raises(TrainProblem, match=words):
        Run.open(tmp_path)
    with pytest.raises(TrainProblem, match="no run"):
        Run.open(tmp_path / "nowhere")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="nothing is unwritable to this user")
def test_a_folder_that_may_not_be_written_to(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(PermissionError) as caught:
        Run.create(tmp_path / "runs", design())
    assert explain(caught.value).code == 1


def test_a_file_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("I was here first")
    with pytest.raises(OSError, match=r"runs|File exists") as caught:
        Run.create(tmp_path / "runs", design())
    explained = explain(caught.value)
    assert explained.code == 1
    assert explained.expected
    assert str(tmp_path / "runs") in explained.message


def test_only_one_holds_a_run(tmp_path: Path) -> None:
    one = Run.create(tmp_path, design())
    one.claim()
    other = Run.open(one.folder)
    with pytest.raises(TrainProblem, match="another process"):
        other.claim()
    one.release()
    other.claim()
    other.release()


def test_death_lets_go_of_a_run(tmp_path: Path) -> None:
    run = Run.create(tmp_path, design())
    code = f"import os; from backend.runs import Run; Run.open({str(run.folder)!r}).claim(); os._exit(1)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 1
    run.claim()
    run.release()


def test_history_is_written_once_and_cut_at_a_step(tmp_path: Path) -> None:
    path = tmp_path / "metrics.sqlite"
    history = History(path)
    for step in (1, 2, 3):
        history.add("train", step, step / 2, {"loss": 1.0 / step, "accuracy": 0.5}, 0.1)
    history.add("test", 3, 1.5, {"loss": 7.0}, 0.2)
    history.add("test", 3, 1.5, {"loss": 8.0}, 0.2)
    assert [row.value for row in read(path, "test")] == [8.0]
    history.cut(2)
    history.close()
    assert [(row.split, row.step, row.name) for row in read(path)] == [
        ("train", 1, "loss"), ("train", 1, "accuracy"), ("train", 2, "loss"), ("train", 2, "accuracy")
    ]  # fmt: skip


def test_history_can_be_read_while_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "metrics.sqlite"
    assert read(path) == []
    history = History(path)
    history.add("train", 1, 0.5, {"loss": 1.0}, 0.1)
    assert len(read(path)) == 1
    history.close()


def test_a_broken_history_reads_as_empty(tmp_path: Path) -> None:
    path = tmp_path / "metrics.sqlite"
    path.write_bytes(b"no database" * 100)
    assert read(path) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [("database or disk is full", 3), ("attempt to write a readonly database", 1), ("disk I/O error", 3)],
)
def test_trouble_with_the_metrics_is_explained(text: str, code: int) -> None:
    explained = explain(sqlite3.OperationalError(text))
    assert (explained.code, explained.expected) == (code, True)


def test_what_nobody_foresaw_is_told_as_a_fault_of_the_program() -> None:
    explained = explain(KeyError("strange"))
    assert not explained.expected
    assert explained.code == 3
    assert "strange" in explained.message


def test_runs_are_read_without_torch(tmp_path: Path) -> None:
    run = Run.create(tmp_path, design())
    code = (
        "import sys; from backend.runs import Run, list_runs; import backend.bridge, backend.messages\n"
        f"run = Run.open({str(run.folder)!r}); run.document(); run.history(); list_runs({str(tmp_path)!r})\n"
        "assert not {'torch', 'pandas', 'sklearn', 'PySide6'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_a_record_of_an_older_program_is_complete() -> None:
    assert RunRecord("x").status == "running"
