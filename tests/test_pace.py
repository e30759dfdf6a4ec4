"""How a training goes on is written down beside its metrics: learning rates and examples a second."""

from __future__ import annotations

import math
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from drawn import SMALL_MLP, adversaries, classifier
from training import broken_off, clock, trained

from backend.history import BLOCK, History, blocks, read
from backend.messages import Metrics
from backend.runs import PACE, Run
from gui.inside.replay import events_of

OLD = """CREATE TABLE metrics (split TEXT NOT NULL, step INTEGER NOT NULL, epoch REAL NOT NULL, name TEXT NOT NULL,
                               value REAL, seconds REAL NOT NULL, UNIQUE (split, step, name))"""


def test_the_learning_rate_of_every_report_is_that_of_the_schedule(tmp_path: Path) -> None:
    document = classifier(*SMALL_MLP, objective={"schedule": "cosine", "learning_rate": 0.2}, epochs=3)
    done, events = trained(document, tmp_path, clock=clock(1.0))
    rows = [row for row in Run.open(done.run).history(PACE) if row.name == "learning_rate"]
    total = rows[-1].step
    assert len(rows) == total
    assert [row.value for row in rows] == pytest.approx(
        [0.1 * (1 + math.cos(math.pi * row.step / total)) for row in rows], abs=1e-9
    )
    told = [event for event in events if isinstance(event, Metrics) and event.split == "train"]
    assert [event.pace["learning_rate"] for event in told] == [row.value for row in rows]
    assert [event.seconds for event in told] == [row.seconds for row in rows]


def test_examples_a_second_are_those_between_two_reports(tmp_path: Path) -> None:
    done, _ = trained(classifier(*SMALL_MLP, epochs=2, batch_size=50), tmp_path, clock=clock(0.25))
    rates = {row.value for row in Run.open(done.run).history(PACE) if row.name == "samples_per_second"}
    assert rates
    assert all(0 < rate <= 50 / 0.25 for rate in rates)


def test_every_objective_has_its_own_learning_rate(tmp_path: Path) -> None:
    done, _ = trained(adversaries(), tmp_path)
    run = Run.open(done.run)
    losses = {row.name.removesuffix("loss") for row in run.history("train") if row.name.endswith(".loss")}
    rates = {row.name.removesuffix("learning_rate") for row in run.history(PACE) if row.name.endswith("learning_rate")}
    assert rates == losses
    assert len(rates) == 2


def test_metrics_keep_their_names(tmp_path: Path) -> None:
    done, events = trained(classifier(*SMALL_MLP), tmp_path)
    names = {"loss", "accuracy"}
    assert all(set(values) == names for values in done.metrics.values())
    assert all(set(event.values) == names for event in events if isinstance(event, Metrics))
    assert {row.name for split in ("train", "validation", "test") for row in Run.open(done.run).history(split)} == names
    assert all(not event.pace for event in events if isinstance(event, Metrics) and event.split != "train")


def test_a_resumed_run_goes_on_with_its_pace(tmp_path: Path) -> None:
    document = classifier(*SMALL_MLP, objective={"schedule": "step", "learning_rate": 0.1}, epochs=3)
    whole, _ = trained(document, tmp_path, clock=clock(1.0))
    run = broken_off(document, tmp_path, 7)
    resumed, _ = trained(None, tmp_path, resume=run, clock=clock(1.0))
    told = [
        {row.step: row.value for row in Run.open(folder).history(PACE) if row.name == "learning_rate"}
        for folder in (whole.run, resumed.run)
    ]
    assert told[1].items() <= told[0].items()
    assert max(told[1]) == max(told[0])


def test_a_run_from_before_is_told_as_it_was(tmp_path: Path) -> None:
    run = Run.create(tmp_path, classifier(*SMALL_MLP), "old")
    with closing(sqlite3.connect(run.metrics_path)) as database:
        database.execute(OLD)
        database.execute("INSERT INTO metrics VALUES ('train', 5, 0.5, 'loss', 0.25, 1.5)")
        database.commit()
    text = (run.folder / "run.json").read_text().replace('"design": "old",', "")
    (run.folder / "run.json").write_text(text)
    again = Run.open(run.folder)
    assert again.record.design == ""
    assert [event for event in events_of(again) if isinstance(event, Metrics)] == [
        Metrics("train", 5, 0.5, {"loss": 0.25}, 1.5)
    ]
    with closing(History(run.metrics_path)) as history:
        history.add("train", 6, 0.6, {"loss": 0.2}, 2.0, {"learning_rate": 0.1})
    told = [event for event in events_of(again) if isinstance(event, Metrics)]
    assert told[1] == Metrics("train", 6, 0.6, {"loss": 0.2}, 2.0, {"learning_rate": 0.1})


def test_a_long_history_comes_in_blocks(tmp_path: Path) -> None:
    with closing(History(tmp_path / "metrics.sqlite")) as history:
        for step in range(0, 2 * BLOCK + 10, 10):
            history.add("train", step, step / 10, {f"m{n}": float(step + n) for n in range(10)}, 0.0)
    found = list(blocks(tmp_path / "metrics.sqlite"))
    assert [len(block) for block in found] == [BLOCK, BLOCK, 10]
    assert [row for block in found for row in block] == read(tmp_path / "metrics.sqlite")
    assert list(blocks(tmp_path / "nowhere")) == []
