"""Data from its file to the canvas, with real workers: dropping, looking, adding, and what is no data."""

from __future__ import annotations

from pathlib import Path

from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shown import texts

from graph.document import MAIN, NodeKey
from gui.panels.data import DataPanel
from gui.window import Window

LEFT = Qt.MouseButton.LeftButton
PATIENCE = 120_000  # milliseconds: the workers load torch first


def drop(window: Window, path: Path) -> bool:
    """Let a file fall on the middle of the window; whether it was taken."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    spot, buttons, none = QPoint(700, 400), LEFT, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(spot, Qt.DropAction.CopyAction, mime, buttons, none)
    QApplication.sendEvent(window, enter)
    fall = QDropEvent(QPointF(spot), Qt.DropAction.CopyAction, mime, buttons, none)
    QApplication.sendEvent(window, fall)
    return enter.isAccepted() and fall.isAccepted()


def panel_of(window: Window) -> DataPanel:
    found = window.docks.docks["data"].widget()
    assert isinstance(found, DataPanel)
    return found


def test_the_story_of_data_with_real_workers(studio: Window, qtbot: QtBot, tmp_path: Path) -> None:
    session = studio.session
    folder = tmp_path / "pets"
    for number, name in enumerate(("cat", "dog", "owl")):
        (folder / name).mkdir(parents=True)
        for place in range(12):
            Image.new("L", (10, 8), 60 * number + place).save(folder / name / f"{place}.png")

    assert drop(studio, folder)
    panel = panel_of(studio)
    assert panel.answer is None  # nothing waits for the data
    assert panel.isVisible()
    assert studio.drawing
    found = "36 pictures of 10×8 pixels in 3 folders; the classes are the folder names."
    qtbot.waitUntil(lambda: found in texts(panel), timeout=PATIENCE)
    box = panel.pane.classes
    assert [box.itemText(n) for n in range(1, box.count())] == ["cat (12)", "dog (12)", "owl (12)"]
    assert session.document.nodes == {}
    qtbot.mouseClick(panel.card.add, LEFT)
    key = NodeKey(MAIN, "data_1")
    assert session.document.nodes[key].params == {"source": str(folder)}

    def inferred() -> bool:
        return session.analysis is not None and key in session.analysis.nodes

    qtbot.waitUntil(lambda: inferred() and len(session.analysis.nodes[key].outputs) == 2, timeout=PATIENCE)  # type: ignore[union-attr]
    assert session.analysis is not None
    outputs = session.analysis.nodes[key].outputs
    assert (outputs["image"].shape, outputs["label"].names) == ((1, 8, 10), ("cat", "dog", "owl"))

    panel.sources.box.setFocus()
    qtbot.keyClicks(panel.sources.box, "Handwritten")
    qtbot.waitUntil(lambda: "1,797 pictures of 8×8 pixels in 10 classes" in texts(panel), timeout=PATIENCE)
    names = [box.itemText(n) for n in range(1, box.count())]
    assert names[0] == "0 (178)"
    assert len(names) == 10
    assert panel.card.use.text() == "Use in data_1"

    bad = tmp_path / "notes.bin"
    bad.write_bytes(bytes(range(256)))
    assert drop(studio, bad)
    qtbot.waitUntil(lambda: "notes.bin” holds no data that Netloom reads" in texts(panel), timeout=PATIENCE)
    assert list(session.document.nodes) == [key]
    qtbot.mouseClick(panel.empty.button, LEFT)
    qtbot.waitUntil(lambda: found in texts(panel), timeout=PATIENCE)


def test_a_table_never_seen_before_becomes_a_node(studio: Window, qtbot: QtBot, tmp_path: Path) -> None:
    session = studio.session
    lines = [f"{n};{n % 9 + 0.5};{'north' if n % 3 else 'south'};{'yes' if n % 2 else 'no'}" for n in range(80)]
    path = tmp_path / "customers.csv"
    path.write_text("\n".join(["id;bill;region;left", *lines]), "utf-8")
    assert drop(studio, path)
    panel = panel_of(studio)
    words = "A table of 80 rows and 4 columns; “left” is what is predicted, and “id” is left out."
    qtbot.waitUntil(lambda: words in texts(panel), timeout=PATIENCE)
    assert [panel.pane.table.item(row, 0).text() for row in range(4)] == ["id", "bill", "region", "◎ left"]
    qtbot.mouseClick(panel.card.add, LEFT)
    key = NodeKey(MAIN, "table_1")
    assert session.document.nodes[key].params == {"source": str(path), "target": "left"}

    def inferred() -> bool:
        return session.analysis is not None and bool(session.analysis.nodes.get(key))

    qtbot.waitUntil(inferred, timeout=PATIENCE)
    assert session.analysis is not None
    outputs = session.analysis.nodes[key].outputs
    assert (outputs["features"].shape, outputs["target"].names) == ((3,), ("no", "yes"))
    assert not [problem for problem in session.problems if problem.severity == "error"]
