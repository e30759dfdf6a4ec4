"""Two trainings of one design compared in the real studio: pinned, laid over, deleted and brought back."""

from __future__ import annotations

import csv
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from backend.runs import Run
from gui.panels.plots import PlotsPanel
from gui.window import Window

PATIENCE = 120_000  # milliseconds: the workers load torch first
LEFT = Qt.MouseButton.LeftButton
TRACKED = ["loss", "accuracy", "learning_rate", "samples_per_second"]


def train(studio: Window, qtbot: QtBot, batch_size: int) -> Run:
    """Train what is open for three epochs."""
    session = studio.session
    with session.document.edit("Set"):
        session.document.set_setting("batch_size", batch_size)
        session.document.set_setting("epochs", 3)
    before = session.run
    qtbot.waitUntil(lambda: session.analysis is not None, timeout=PATIENCE)
    QTest.mouseClick(studio.bars.train, LEFT)
    qtbot.waitUntil(lambda: session.run != before and session.state == "idle", timeout=PATIENCE)
    return Run.open(session.run)


def test_two_trainings_are_compared_and_one_deleted_comes_back(studio: Window, qtbot: QtBot, tmp_path: Path) -> None:
    studio.open_template("descent-compared")
    qtbot.waitUntil(lambda: studio.complete)
    studio.docks.show("plots")
    panel = studio.docks.docks["plots"].widget()
    assert isinstance(panel, PlotsPanel)
    first = train(studio, qtbot, 32)
    qtbot.waitUntil(lambda: list(panel.sheet.plots) == TRACKED, timeout=PATIENCE)
    qtbot.waitUntil(lambda: [run.status for run in panel.runs.model.runs] == ["finished"], timeout=PATIENCE)
    panel.runs.view.choose(str(first.folder))
    QTest.keyClick(panel.runs.view, Qt.Key.Key_P)
    second = train(studio, qtbot, 256)
    runs = {str(first.folder), str(second.folder)}
    qtbot.waitUntil(lambda: {run for run, _ in panel.sheet.plots["loss"].items} == runs, timeout=PATIENCE)
    labels = {"Descent compared · batch size 32", "Descent compared · batch size 256"}
    qtbot.waitUntil(lambda: {run.label for run in panel.runs.model.runs} == labels, timeout=PATIENCE)
    assert panel.traces.compared

    panel.save_table(str(tmp_path / "both.csv"))
    written = [float(row["value"]) for row in csv.DictReader((tmp_path / "both.csv").read_text().splitlines())]
    assert sorted(written) == sorted(row.value for run in (first, second) for row in run.history())

    panel.runs.view.choose(str(first.folder))
    QTest.keyClick(panel.runs.view, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: {run for run, _ in panel.sheet.plots["loss"].items} == {str(second.folder)})
    assert not first.folder.exists()
    undo = next(each for each in studio.findChildren(QPushButton) if each.text() == "Undo" and each.isVisible())
    QTest.mouseClick(undo, LEFT)
    qtbot.waitUntil(lambda: {run for run, _ in panel.sheet.plots["loss"].items} == runs)
    assert Run.open(first.folder).record.metrics == first.record.metrics
