"""A table that nobody has seen before, from its file to a trained network by the mouse alone, with real workers."""

from __future__ import annotations

import random
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot
from shown import texts
from test_data_story import drop, panel_of

from backend import messages as m
from graph.document import MAIN, NodeKey
from gui.window import Window

LEFT = Qt.MouseButton.LeftButton
PATIENCE = 120_000  # milliseconds: the workers load torch first
TABLE = NodeKey(MAIN, "customers")


def customers(path: Path, rows: int = 400) -> Path:
    """Ids, names, dates, categories, decimal commas and blanks; who pays much leaves, in words."""
    chance = random.Random(2)
    lines = ["id;name;joined;age;plan;bill;left"]
    for number in range(rows):
        bill, age = chance.uniform(10, 110), chance.randint(18, 90)
        cells = (f"C-{number:05}", f"Customer {number}", f"20{chance.randint(10, 24)}-0{chance.randint(1, 9)}-15",
                 "" if chance.random() < 0.1 else str(age), chance.choice(("basic", "family", "premium")),
                 f"{bill:.2f}".replace(".", ","), "gone" if bill > 60 else "stays")  # fmt: skip
        lines.append(";".join(cells))
    path.write_text("\n".join(lines), "utf-8")
    return path


def test_a_table_never_seen_before_trains_with_no_setting_touched(studio: Window, qtbot: QtBot, tmp_path: Path) -> None:
    heard: list[m.Event] = []
    session = studio.session
    session.event.connect(heard.append)
    session.open_template("telecom-churn")  # a network for another table, which is not on this machine
    path = customers(tmp_path / "customers.csv")
    assert drop(studio, path)
    panel = panel_of(studio)
    words = "“left” is what is predicted, and “id”, “name” are left out."
    qtbot.waitUntil(lambda: words in texts(panel) and "to train" in texts(panel), timeout=PATIENCE)
    qtbot.waitUntil(panel.card.use.isVisible)
    assert panel.card.use.text() == "Use in customers"
    wires = dict(session.document.wires)
    qtbot.mouseClick(panel.card.use, LEFT)
    assert session.document.nodes[TABLE].params == {"source": str(path), "target": "left"}
    assert session.document.wires == wires

    def clean() -> bool:
        return session.analysis is not None and TABLE in session.analysis.nodes and not session.analysis.errors

    qtbot.waitUntil(clean, timeout=PATIENCE)
    qtbot.mouseClick(studio.findChild(QToolButton, "train"), LEFT)
    qtbot.waitUntil(lambda: any(isinstance(each, m.Finished | m.Failed) for each in heard), timeout=PATIENCE)
    done = next(each for each in heard if isinstance(each, m.Finished | m.Failed))
    assert isinstance(done, m.Finished), done
    assert done.metrics["test"]["accuracy"] > 0.85
    session.undo()
    assert session.document.nodes[TABLE].params["source"] == "telco-churn"
