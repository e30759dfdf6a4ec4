"""The panel of feature maps: what is pressed is asked for, and what comes is painted where it belongs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from played import PlayedSession
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSize, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from shown import settle, shown, texts

from backend import messages as m
from backend.questions.examples import Example, Given
from backend.questions.maps import Excitation, Excited, Exciting, FieldOf, FieldSeen, Maps, MapsSeen, Place
from graph.document import MAIN, NodeKey
from gui.inside.maps_view import MapsView, arranged, atlas, on_screen
from gui.panels.features import FeaturesPanel
from gui.window import Window

CONV, DENSE = Place("conv2d_1", "features", (4, 6, 6)), Place("linear_1", "output", (5,))
PICTURE = Given("image", "picture", np.linspace(0, 1, 64, dtype=np.float32).reshape(1, 8, 8))


@pytest.fixture
def panel(session: PlayedSession, qtbot: QtBot) -> FeaturesPanel:
    made = shown(qtbot, FeaturesPanel(session), 640, 320)
    settle(qtbot)
    return made


def asked(session: PlayedSession, kind: type[m.Question]) -> list[Any]:
    return [command for command in session.engine.sent if isinstance(command, kind)]


def answer(session: PlayedSession, qtbot: QtBot, question: m.Question, result: Any = None, error: str = "") -> None:
    session.hear(m.Answered(question, result, error))
    settle(qtbot)


def maps_of(seed: int = 0) -> m.Seen:
    values = np.random.default_rng(seed).normal(size=CONV.shape).astype(np.float32)
    return m.Seen("conv2d_1", "features", "maps", values, CONV.shape, float(values.min()), float(values.max()))


def begin(panel: FeaturesPanel, session: PlayedSession, qtbot: QtBot, **more: Any) -> None:
    """A run, and the first answer."""
    session.run = "a run"
    panel.invalidate()
    settle(qtbot)
    answer(session, qtbot, asked(session, Maps)[-1],
           MapsSeen(CONV, maps_of(), PICTURE, places=(CONV, DENSE), total=20, picture=(1, 8, 8), **more))  # fmt: skip


def spot(view: MapsView, number: int, row: int, column: int) -> QPoint:
    return view.spot((number, row, column)).center().toPoint()


def test_it_says_what_to_do(panel: FeaturesPanel, session: PlayedSession, qtbot: QtBot) -> None:
    assert "Press Train, or open a finished run" in texts(panel)
    assert not asked(session, Maps)


def test_all_maps_of_the_first_layer_are_shown(panel: FeaturesPanel, session: PlayedSession, qtbot: QtBot) -> None:
    before = panel.grab().toImage()
    begin(panel, session, qtbot)
    assert asked(session, Maps)[-1].example == Example("test", 0)
    assert panel.node.currentText() == "conv2d_1 · features  4×6×6"
    assert np.array_equal(panel.column.maps.maps, maps_of().values)
    assert "4×6×6" in texts(panel)
    assert "1 of 20" in texts(panel)
    assert panel.grab().toImage() != before


def test_a_click_enlarges_a_map_and_another_or_escape_brings_all_back(
    panel: FeaturesPanel, session: PlayedSession, qtbot: QtBot
) -> None:
    begin(panel, session, qtbot)
    maps = panel.column.maps
    small = maps.place(2).width()
    qtbot.mouseClick(maps, Qt.MouseButton.LeftButton, pos=spot(maps, 2, 3, 3))
    assert maps.enlarged == 2
    assert maps.place(2).width() > small
    qtbot.mouseClick(maps, Qt.MouseButton.LeftButton, pos=spot(maps, 2, 1, 1))
    assert maps.enlarged == -1
    qtbot.mouseClick(maps, Qt.MouseButton.LeftButton, pos=spot(maps, 1, 3, 3))
    qtbot.keyClick(maps, Qt.Key.Key_Escape)
    assert maps.enlarged == -1
    qtbot.keyClick(maps, Qt.Key.Key_Right)
    qtbot.keyClick(maps, Qt.Key.Key_Return)
    assert maps.enlarged == 2
    qtbot.keyClick(maps, Qt.Key.Key_Down)
    assert maps.unit == (2, 4, 3)


def test_what_a_unit_sees_is_outlined(panel: FeaturesPanel, session: PlayedSession, qtbot: QtBot) -> None:
    begin(panel, session, qtbot)
    maps = panel.column.maps
    plain = panel.given.grab().toImage()
    qtbot.mouseMove(maps, spot(maps, 1, 2, 3))
    qtbot.waitUntil(lambda: bool(asked(session, FieldOf)))
    question = asked(session, FieldOf)[-1]
    assert (question.node, question.port, question.unit) == ("conv2d_1", "features", (1, 2, 3))
    seen = np.zeros((8, 8), bool)
    seen[2:5, 3:6] = True
    answer(session, qtbot, question, FieldSeen("image", seen, (2, 4, 3, 5), False, True))
    assert "It sees rows 3–5, columns 4–6: 9 of 64 pixels." in texts(panel)
    assert panel.given.grab().toImage() != plain
    answer(session, qtbot, question, None)
    qtbot.mouseMove(maps, spot(maps, 1, 2, 4))
    qtbot.waitUntil(lambda: len(asked(session, FieldOf)) == 2)
    answer(
        session,
        qtbot,
        asked(session, FieldOf)[-1],
        FieldSeen("image", np.ones((8, 8), bool), (0, 7, 0, 7), True, False),
    )
    assert "It sees at most the whole of “image”." in texts(panel)


def test_the_most_exciting_examples_are_searched_and_one_is_looked_at(
    panel: FeaturesPanel, session: PlayedSession, qtbot: QtBot
) -> None:
    begin(panel, session, qtbot)
    maps = panel.column.maps
    qtbot.mouseMove(maps, spot(maps, 3, 2, 3))
    qtbot.mouseClick(panel.search, Qt.MouseButton.LeftButton)
    settle(qtbot)
    question = asked(session, Exciting)[-1]
    assert (question.channel, question.spot, question.split, question.count) == (3, (), "test", 9)
    assert "Searching…" in texts(panel)
    found = tuple(Excited(number, 9.0 - number, (1, 1), PICTURE, (0, 2, 0, 2)) for number in (5, 7, 8))
    answer(session, qtbot, question, Excitation(found, 20))
    assert "What excites map 4 most, of 20 examples" in texts(panel)
    qtbot.mouseClick(panel.excited, Qt.MouseButton.LeftButton, pos=panel.excited.place(1).center().toPoint())
    settle(qtbot)
    assert asked(session, Maps)[-1].example.index == 7
    qtbot.mouseClick(maps, Qt.MouseButton.LeftButton, pos=spot(maps, 2, 4, 5))
    settle(qtbot)
    assert (asked(session, Exciting)[-1].channel, asked(session, Exciting)[-1].spot) == (2, (4, 5))


def test_two_examples_are_compared(panel: FeaturesPanel, session: PlayedSession, qtbot: QtBot) -> None:
    begin(panel, session, qtbot)
    assert not panel.difference.isVisible()
    qtbot.mouseClick(panel.compare, Qt.MouseButton.LeftButton)
    settle(qtbot)
    question = asked(session, Maps)[-1]
    assert (question.example, question.other) == (Example("test", 0), Example("test", 1))
    answer(
        session, qtbot, question, MapsSeen(CONV, maps_of(0), PICTURE, maps_of(1), PICTURE, (CONV,), 0, 20, (1, 8, 8))
    )
    assert panel.difference.isVisible()
    first, second = maps_of(0).values, maps_of(1).values
    assert first is not None
    assert second is not None
    assert np.allclose(panel.difference.maps.maps, first - second)
    maps = panel.other.maps
    qtbot.mouseClick(maps, Qt.MouseButton.LeftButton, pos=spot(maps, 2, 1, 1))
    assert [column.maps.enlarged for column in (panel.column, panel.other, panel.difference)] == [2, 2, 2]
    qtbot.mouseClick(panel.other_bar.after, Qt.MouseButton.LeftButton)
    settle(qtbot)
    assert asked(session, Maps)[-1].other == Example("test", 2)
    qtbot.mouseClick(panel.compare, Qt.MouseButton.LeftButton)
    settle(qtbot)
    assert asked(session, Maps)[-1].other is None


def test_a_file_that_falls_on_it_is_looked_at(
    panel: FeaturesPanel, session: PlayedSession, qtbot: QtBot, tmp_path: Path
) -> None:
    begin(panel, session, qtbot)
    drop(panel, tmp_path / "seven.png")
    settle(qtbot)
    assert asked(session, Maps)[-1].example.file == str(tmp_path / "seven.png")
    assert "seven.png" in texts(panel)
    qtbot.mouseClick(panel.bar.back, Qt.MouseButton.LeftButton)
    settle(qtbot)
    assert asked(session, Maps)[-1].example == Example("test", 0)


def test_in_the_window_the_keys_and_files_are_its_own(window: Window, qtbot: QtBot, tmp_path: Path) -> None:
    window.open_template("digits-cnn")
    qtbot.waitUntil(lambda: window.complete, timeout=20_000)
    with window.session.document.edit("Add"):
        window.session.document.add_node("relu")
    count = len(window.session.document.nodes)
    window.docks.show("features")
    panel = window.docks.docks["features"].widget()
    assert isinstance(panel, FeaturesPanel)
    session = window.session
    assert isinstance(session, PlayedSession)
    begin(panel, session, qtbot)
    offered: list[str] = []
    session.previews.offered.connect(offered.append)
    drop(panel.column.maps, tmp_path / "one.png")
    settle(qtbot)
    assert asked(session, Maps)[-1].example.file == str(tmp_path / "one.png")
    assert not offered  # what falls here is no new data for the design
    qtbot.mouseClick(panel.bar.draw, Qt.MouseButton.LeftButton)
    settle(qtbot)
    pad = panel.bar.pad.pad
    qtbot.mouseClick(pad, Qt.MouseButton.LeftButton, pos=pad.place.center())
    assert not pad.blank
    qtbot.keyClick(pad, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert pad.blank
    assert len(window.session.document.nodes) == count


def drop(target: QWidget, path: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    rest = Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(target, QDragEnterEvent(QPoint(5, 5), *rest))
    QApplication.sendEvent(target, QDropEvent(QPointF(5, 5), *rest))


def test_a_picture_is_drawn_by_hand(panel: FeaturesPanel, session: PlayedSession, qtbot: QtBot) -> None:
    begin(panel, session, qtbot)
    assert panel.bar.pad.pad.shape == (8, 8, 1)
    qtbot.mouseClick(panel.bar.draw, Qt.MouseButton.LeftButton)
    settle(qtbot)
    pad = panel.bar.pad.pad
    qtbot.mousePress(pad, Qt.MouseButton.LeftButton, pos=pad.place.center())
    qtbot.mouseRelease(pad, Qt.MouseButton.LeftButton, pos=pad.place.center())
    settle(qtbot)
    drawn = asked(session, Maps)[-1].example.drawn
    assert drawn is not None
    assert drawn.shape == (8, 8)
    assert drawn[3:5, 3:5].min() > 0.4
    assert "drawn by hand" in texts(panel)
    qtbot.mouseClick(panel.bar.draw, Qt.MouseButton.LeftButton)
    settle(qtbot)
    assert asked(session, Maps)[-1].example.drawn is None
    assert not pad.isVisible()


def test_it_follows_the_selection_and_the_list(panel: FeaturesPanel, session: PlayedSession, qtbot: QtBot) -> None:
    begin(panel, session, qtbot)
    session.select([NodeKey(MAIN, "linear_1")])
    settle(qtbot)
    assert asked(session, Maps)[-1].node == "linear_1"
    values = np.array([0.1, -2.0, 3.0, 0.5, 1.0], np.float32)
    seen = m.Seen("linear_1", "output", "vector", values, (5,), -2.0, 3.0)
    answer(session, qtbot, asked(session, Maps)[-1], MapsSeen(DENSE, seen, PICTURE, places=(CONV, DENSE), total=20))
    assert panel.column.views.currentWidget() is panel.column.units
    assert not panel.each.isVisible()
    units = panel.column.units
    qtbot.mouseClick(units, Qt.MouseButton.LeftButton, pos=units.place((3,)).center().toPoint())
    qtbot.waitUntil(lambda: bool(asked(session, FieldOf)))
    assert asked(session, FieldOf)[-1].unit == (3,)
    panel.node.setCurrentIndex(0)
    panel.node.activated.emit(0)
    settle(qtbot)
    assert (asked(session, Maps)[-1].node, asked(session, Maps)[-1].port) == CONV[:2]


def test_a_loss_that_is_selected_leaves_the_maps(panel: FeaturesPanel, session: PlayedSession, qtbot: QtBot) -> None:
    begin(panel, session, qtbot)
    with session.document.edit("Draw"):
        loss, layer = session.document.add_node("mse_loss"), session.document.add_node("linear")
    before = len(asked(session, Maps))
    session.select([loss])
    settle(qtbot)
    assert len(asked(session, Maps)) == before
    session.select([layer])
    settle(qtbot)
    assert asked(session, Maps)[-1].node == layer.node


def test_what_cannot_be_shown_is_told(panel: FeaturesPanel, session: PlayedSession, qtbot: QtBot) -> None:
    begin(panel, session, qtbot)
    session.select([NodeKey(MAIN, "loss")])
    settle(qtbot)
    answer(session, qtbot, asked(session, Maps)[-1], error="“loss” is a loss and gives no values for single examples.")
    assert "is a loss and gives no values" in texts(panel)
    assert panel.bar.isVisible()  # another example or node can still be chosen
    assert panel.node.isVisible()


def test_it_follows_the_training(panel: FeaturesPanel, session: PlayedSession, qtbot: QtBot) -> None:
    begin(panel, session, qtbot)
    count = len(asked(session, Maps))
    session.hear(m.Metrics("train", 1, 0.1, {"loss": 1.0}))
    settle(qtbot)
    assert len(asked(session, Maps)) == count + 1
    assert not asked(session, FieldOf)


# -- painting ---------------------------------------------------------------------------------------------------------


def test_every_number_of_every_map_has_its_level_and_its_pixels() -> None:
    maps = np.arange(3 * 2 * 4, dtype=np.float32).reshape(3, 2, 4)
    layout = arranged(3, 2, 4, QSize(100, 60))
    levels = atlas(maps, layout, np.zeros(3), np.full(3, 23.0))
    for number in range(3):
        row, column = divmod(number, layout.columns)
        cell = levels[row * 3 : row * 3 + 2, column * 5 : column * 5 + 4]
        assert np.array_equal(cell, np.rint(maps[number] * 254 / 23))
    pixels = on_screen(levels, layout, (2, 4))
    assert set(np.unique(pixels)) <= {*levels[levels < 255].tolist(), 255}
    high, wide = int(layout.high), int(layout.wide)
    assert (pixels[: high // 2, : wide // 4] == levels[0, 0]).all()
    assert (pixels[:high, wide : wide + 2] == 255).all()


def test_maps_that_are_not_finite_are_painted(qtbot: QtBot) -> None:
    view = shown(qtbot, MapsView(), 200, 150)
    view.show_maps(np.full((2, 3, 3), np.nan, np.float32))
    view.show_maps(np.array([[[np.inf, 1.0], [0.0, -np.inf]]], np.float32))
    view.show_each(True)
    view.grab()
    view.show_maps(np.zeros((0, 1, 1), np.float32))
    view.grab()


def test_units_are_found_where_they_are_painted(qtbot: QtBot) -> None:
    view = shown(qtbot, MapsView(), 333, 217)
    view.show_maps(np.zeros((17, 5, 7), np.float32))
    for unit in ((0, 0, 0), (16, 4, 6), (9, 2, 3)):
        assert view.at(view.spot(unit).center()) == unit
    assert view.at(QPointF(-1, -1)) is None
    view.enlarge(9)
    assert view.at(view.spot((9, 4, 6)).center()) == (9, 4, 6)
