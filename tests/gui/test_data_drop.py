"""Files are taken wherever on the window they fall: fields to write into do not swallow them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QLineEdit, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot
from shown import visible

from gui.window import Window


def drop(target: QWidget, path: Path) -> None:
    """Let a file fall on a widget, as a file manager hands it over: as an address and as text."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    mime.setText(str(path))
    rest = Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(target, QDragEnterEvent(QPoint(5, 5), *rest))
    QApplication.sendEvent(target, QDropEvent(QPointF(5, 5), *rest))


def test_a_file_may_fall_anywhere(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    offered: list[str] = []
    window.session.previews.offered.connect(offered.append)
    qtbot.waitUntil(lambda: window.complete, timeout=20_000)
    drop(window.gallery, tmp_path / "gallery.csv")
    assert window.drawing
    assert offered == [str(tmp_path / "gallery.csv")]
    with window.session.document.edit("Add"):
        key = window.session.document.add_node("data")
    for chosen in ([], [key]):
        window.session.select(chosen)
        window.docks.show("inspector")
        qtbot.wait(50)
        fields = [field for kind in (QLineEdit, QPlainTextEdit) for field in visible(window, kind)]
        areas = [area.viewport() for area in visible(window, QAbstractScrollArea)]
        assert len(fields) > 3
        for number, field in enumerate([*fields, *areas]):
            window.docks.show("inspector")
            drop(field, tmp_path / f"{number}.csv")
            assert offered[-1] == str(tmp_path / f"{number}.csv"), (type(field), field.parent())
