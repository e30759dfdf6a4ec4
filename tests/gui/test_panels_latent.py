"""The panel of codes: what it asks, what the mouse shows and decodes, maps of neighbours, two runs side by side."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from played import PlayedSession
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shown import settle, shown, texts

from backend import messages as m
from backend.questions.latent import (
    CodePlane,
    Codes,
    Decode,
    Decoded,
    Faces,
    FacesSeen,
    NeighbourMap,
    Neighbours,
)
from backend.runs import Run
from graph.document import Document
from gui import theme
from gui.inside.plane import Coloured, PlaneView, limits_of
from gui.inside.spots import Spots, class_colours, levels_of, scale_colours, span_of
from gui.panels.latent import LatentPanel

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier
COUNT = 40
PLACES = np.random.default_rng(0).uniform(-1, 1, (COUNT, 2)).astype(np.float32)
ROWS = np.arange(COUNT) * 3
FACES = FacesSeen("test", ROWS, np.zeros((COUNT, 8, 8), np.uint8), tuple(f"digit {n}" for n in range(COUNT)))
CENTRE, DIRECTIONS = np.array([1.0, 2.0, 3.0], np.float32), np.eye(2, 3, dtype=np.float32)


def plane(**more: object) -> CodePlane:
    fields: dict[str, object] = {
        "centre": CENTRE, "directions": DIRECTIONS, "shares": (0.6, 0.2), "decodes": ("picture",),
        "choices": (("code", "output", "3"), ("hidden", "output", "24")),
        "colourings": (("class", "class"), ("loss", "loss")), "names": ("a", "b"), "values": np.arange(COUNT) % 2.0,
        **more,
    }  # fmt: skip
    return CodePlane(node="code", port="output", shape=(3,), split="test", rows=ROWS, total=120, places=PLACES,
                     colour="class", **fields)  # type: ignore[arg-type]  # fmt: skip


def asked(session: PlayedSession, kind: type) -> list[m.Question]:
    return [command for command in session.engine.sent if isinstance(command, kind)]


@pytest.fixture
def panel(session: PlayedSession, qtbot: QtBot) -> LatentPanel:
    made = shown(qtbot, LatentPanel(session), 800, 460)
    settle(qtbot)
    return made


@pytest.fixture
def filled(panel: LatentPanel, session: PlayedSession, qtbot: QtBot) -> LatentPanel:
    """The panel with codes and faces in it."""
    session.hear(m.Started("a run", 1, 1, 1, "cpu"), m.Finished("a run", 1, 1.0, 1.0, {}))
    answer_codes(panel, session, qtbot)
    return panel


def answer_codes(panel: LatentPanel, session: PlayedSession, qtbot: QtBot, **more: object) -> None:
    settle(qtbot)
    session.hear(m.Answered(asked(session, Codes)[-1], plane(**more)))
    settle(qtbot)
    if faces := asked(session, Faces):
        session.hear(m.Answered(faces[-1], FACES))
    settle(qtbot)


def at(view: PlaneView, example: int) -> QPoint:
    return view.spot(PLACES[example]).toPoint()


def free(view: PlaneView) -> QPoint:
    """A spot where no example is near."""
    found = [QPoint(x, y) for x in range(20, view.width() - 20, 9) for y in range(20, view.height() - 40, 9)]
    return max(found, key=lambda p: min((view.spot(place) - QPointF(p)).manhattanLength() for place in PLACES))


# -- what is said ------------------------------------------------------------------------------------------------------


def test_it_says_what_to_do_before_there_is_anything(panel: LatentPanel, session: PlayedSession, qtbot: QtBot) -> None:
    assert "No codes yet" in texts(panel)
    assert not asked(session, Codes)
    session.hear(m.Started("a run", 1, 1, 1, "cpu"))
    settle(qtbot)
    assert "Looking at the codes" in texts(panel)
    assert asked(session, Codes)[-1].run == "a run"
    session.hear(m.Answered(asked(session, Codes)[-1], error="Nothing in this design computes several numbers."))
    settle(qtbot)
    assert "Nothing in this design" in texts(panel)


def test_what_can_be_decoded_is_told(filled: LatentPanel, session: PlayedSession, qtbot: QtBot) -> None:
    assert "what “picture” makes of that code appears here" in texts(filled)
    filled.controls.method.setFocus()
    qtbot.keyClick(filled.controls.method, Qt.Key.Key_Down)
    answer_codes(filled, session, qtbot, centre=None, directions=None)
    assert "No code belongs to a place" in texts(filled)
    qtbot.keyClick(filled.controls.method, Qt.Key.Key_Up)
    answer_codes(filled, session, qtbot, decodes=())
    assert "cannot be decoded" in texts(filled)
    assert not filled.here.view.movable


def test_the_lists_ask_for_something_else(filled: LatentPanel, session: PlayedSession, qtbot: QtBot) -> None:
    controls = filled.controls
    assert [controls.code.itemText(n) for n in range(2)] == ["code · 3", "hidden · 24"]
    for box in (controls.code, controls.colour, controls.count):
        box.setFocus()
        qtbot.keyClick(box, Qt.Key.Key_Down)
    settle(qtbot)
    last = asked(session, Codes)[-1]
    assert (last.node, last.colour, last.count) == ("hidden", "loss", 5000)  # type: ignore[attr-defined]


def test_two_numbers_are_chosen_where_a_code_has_more(
    filled: LatentPanel, session: PlayedSession, qtbot: QtBot
) -> None:
    controls = filled.controls
    assert not controls.first.isVisible()
    controls.method.setFocus()
    qtbot.keyClick(controls.method, Qt.Key.Key_End)
    answer_codes(filled, session, qtbot)
    assert controls.first.isVisible()
    controls.second.setFocus()
    qtbot.keyClick(controls.second, Qt.Key.Key_End)
    settle(qtbot)
    assert asked(session, Codes)[-1].axes == (0, 2)  # type: ignore[attr-defined]
    answer_codes(filled, session, qtbot)
    assert filled.here.view.labels == ("number 1", "number 3")


# -- the mouse ---------------------------------------------------------------------------------------------------------


def test_the_mouse_shows_an_example(filled: LatentPanel, qtbot: QtBot) -> None:
    view = filled.here.view
    heard: list[int] = []
    view.hovered.connect(heard.append)
    qtbot.mouseMove(view, at(view, 7))
    settle(qtbot)
    assert heard == [7]
    pixmap, words = view.face(7)
    assert pixmap is not None
    assert words == "22 · digit 7"
    qtbot.mouseMove(view, free(view))
    settle(qtbot)
    assert heard[-1] == -1


def test_a_click_holds_an_example_and_decodes_its_code(filled: LatentPanel, session: PlayedSession,
                                                       qtbot: QtBot) -> None:  # fmt: skip
    view = filled.here.view
    qtbot.mouseClick(view, LEFT, NONE, at(view, 5))
    settle(qtbot)
    assert view.hold == 5
    assert "Example 16" in texts(filled)
    (question,) = asked(session, Decode)
    assert isinstance(question, Decode)
    assert (question.example, question.whole, question.split) == (15, False, "test")
    assert np.array_equal(question.shift, np.zeros(3))
    session.hear(m.Answered(question, Decoded("picture", "image", np.zeros((1, 8, 8)), beside=("data_1.label",))))
    settle(qtbot)
    assert filled.column.decoded.isVisible()
    assert "It also reads data_1.label, taken from example 16" in texts(filled)
    session.hear(m.Answered(question, error="no more"))


def test_a_drag_moves_the_code_of_an_example(filled: LatentPanel, session: PlayedSession, qtbot: QtBot) -> None:
    view = filled.here.view
    start, end = at(view, 3), free(view)
    qtbot.mouseMove(view, start)
    qtbot.mousePress(view, LEFT, NONE, start)
    qtbot.mouseMove(view, end)
    settle(qtbot)
    question = asked(session, Decode)[-1]
    assert isinstance(question, Decode)
    qtbot.mouseMove(view, end + QPoint(5, 0))
    qtbot.mouseMove(view, end + QPoint(9, 0))
    qtbot.mouseRelease(view, LEFT, NONE, end + QPoint(9, 0))
    settle(qtbot)
    assert len(asked(session, Decode)) == 1  # one at a time
    session.hear(m.Answered(question, Decoded("picture", "image", np.zeros((1, 8, 8)))))
    settle(qtbot)
    last = asked(session, Decode)[-1]
    assert isinstance(last, Decode)
    moved = np.array(view.place(QPointF(end + QPoint(9, 0)))) - PLACES[3]
    assert (last.example, last.whole) == (9, False)
    assert np.allclose(last.shift, moved @ DIRECTIONS, atol=1e-5)


def test_a_click_between_examples_decodes_that_place(filled: LatentPanel, session: PlayedSession,
                                                     qtbot: QtBot) -> None:  # fmt: skip
    view = filled.here.view
    spot = free(view)
    qtbot.mouseClick(view, LEFT, NONE, spot)
    settle(qtbot)
    question = asked(session, Decode)[-1]
    assert isinstance(question, Decode)
    assert question.whole
    assert np.allclose(question.shift, CENTRE + np.array(view.place(QPointF(spot))) @ DIRECTIONS, atol=1e-5)
    assert view.pointer == pytest.approx(view.place(QPointF(spot)))


def test_the_cursor_goes_by_keys_too(filled: LatentPanel, session: PlayedSession, qtbot: QtBot) -> None:
    view = filled.here.view
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Right)
    settle(qtbot)
    assert view.pointer is not None
    assert view.pointer[0] > view.limits.mean(axis=0)[0]
    assert asked(session, Decode)


def test_the_wheel_enlarges_and_home_shows_all(filled: LatentPanel, qtbot: QtBot) -> None:
    view = filled.here.view
    before, spot = view.limits.copy(), QPointF(at(view, 2))
    wheel = QWheelEvent(spot, view.mapToGlobal(spot), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton, NONE,
                        Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
    place = view.place(spot)
    QApplication.sendEvent(view, wheel)
    assert np.ptp(view.limits, axis=0) == pytest.approx(np.ptp(before, axis=0) / 1.2)
    assert view.place(spot) == pytest.approx(place)
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Home)
    assert np.allclose(view.limits, before)


# -- maps of neighbours ------------------------------------------------------------------------------------------------


def test_a_map_of_neighbours_tells_how_far_it_is_and_can_be_ended(filled: LatentPanel, session: PlayedSession,
                                                                  qtbot: QtBot) -> None:  # fmt: skip
    filled.controls.method.setFocus()
    qtbot.keyClick(filled.controls.method, Qt.Key.Key_Down)
    answer_codes(filled, session, qtbot, centre=None, directions=None)
    codes, question = asked(session, Codes)[-1], asked(session, Neighbours)[-1]
    assert question.of == codes.asker  # type: ignore[attr-defined]
    session.hear(m.Answered(question, NeighbourMap(0.4)))
    settle(qtbot)
    assert filled.here.bar.value() == 40
    assert filled.here.work.isVisible()
    session.hear(m.Metrics("train", 9, 0.5, {}))
    settle(qtbot)
    assert asked(session, Codes)[-1] is codes  # a map is not begun anew while one looks at it
    qtbot.wait(450)
    again = asked(session, Neighbours)[-1]
    assert again is not question
    session.hear(m.Answered(again, NeighbourMap(1.0, PLACES * 9)))
    settle(qtbot)
    assert np.array_equal(filled.here.view.places, PLACES * 9)
    assert filled.here.view.labels == ("t-SNE 1", "t-SNE 2")
    assert not filled.here.work.isVisible()


def test_the_work_on_a_map_is_ended(filled: LatentPanel, session: PlayedSession, qtbot: QtBot) -> None:
    filled.controls.method.setFocus()
    qtbot.keyClick(filled.controls.method, Qt.Key.Key_Down)
    answer_codes(filled, session, qtbot, centre=None, directions=None)
    qtbot.mouseClick(filled.here.end, LEFT)
    settle(qtbot)
    assert asked(session, Neighbours)[-1].stop  # type: ignore[attr-defined]
    assert "The map was ended" in texts(filled)


# -- two runs ----------------------------------------------------------------------------------------------------------


def test_another_run_stands_beside_in_the_same_plane(filled: LatentPanel, session: PlayedSession, qtbot: QtBot,
                                                     tmp_path: Path) -> None:  # fmt: skip
    run = Run.create(session.runs_folder, Document(), "another")
    run.release()
    filled.controls.runs.read()
    assert filled.controls.runs.count() == 2
    filled.controls.runs.setFocus()
    qtbot.keyClick(filled.controls.runs, Qt.Key.Key_Down)
    settle(qtbot)
    here, there = asked(session, Codes)[-2:]
    assert {here.run, there.run} == {"a run", str(run.folder)}
    assert isinstance(there, Codes)
    assert there.centre is CENTRE
    session.hear(m.Answered(here, plane(names=(), values=np.linspace(0, 1, COUNT))))
    session.hear(m.Answered(there, plane(names=(), values=np.linspace(5, 6, COUNT))))
    settle(qtbot)
    assert filled.there.isVisible()
    assert np.array_equal(filled.there.view.limits, filled.here.view.limits)
    assert filled.there.view.coloured.ends == filled.here.view.coloured.ends  # one scale of colours for both
    assert filled.here.view.coloured.ends[1] > 5
    qtbot.mouseMove(filled.here.view, at(filled.here.view, 4))
    settle(qtbot)
    assert filled.there.view.hover == 4


# -- spots and colours -------------------------------------------------------------------------------------------------


def test_the_nearest_spot_is_that_of_looking_at_all() -> None:
    generator = np.random.default_rng(1)
    spots = generator.uniform(-50, 900, (3000, 2))
    spots[5] = np.nan
    index = Spots(spots, 14.0)
    for x, y in generator.uniform(-100, 950, (500, 2)):
        apart = np.nan_to_num(np.hypot(*(spots - (x, y)).T), nan=np.inf)
        expected = int(apart.argmin()) if apart.min() <= 14.0 else -1
        assert index.nearest(x, y) == expected
    assert Spots(np.zeros((0, 2)), 14.0).nearest(0, 0) == -1


def test_colours_are_as_many_as_classes_and_stand_out() -> None:
    for look in ("light", "dark"):
        theme.set_theme(look)
        for count in (2, 10, 26):
            colours = class_colours(count)
            assert len({colour.name() for colour in colours}) == count
            assert all(theme.contrast(colour, theme.current().canvas) > 1.6 for colour in colours)
        assert len(scale_colours()) == 32


def test_levels_leave_odd_values_out() -> None:
    values = np.array([*np.linspace(0, 1, 1000), 1e9, np.nan])
    low, high = span_of(values)
    assert 0 < low < high < 1
    levels = levels_of(values, (low, high))
    assert (levels[0], levels[-2], levels[-1]) == (0, 31, -1)
    assert levels[500] in (15, 16)
    assert list(levels_of(np.full(3, np.nan), span_of(np.full(3, np.nan)))) == [-1, -1, -1]


def test_planes_are_painted_in_both_themes(qtbot: QtBot) -> None:
    view = shown(qtbot, PlaneView(), 400, 300)
    for look in ("light", "dark"):
        theme.set_theme(look)
        for names in ((), ("a", "b")):
            view.show_plane(PLACES, Coloured(np.arange(COUNT) % 2.0, names, "loss"), ("x", "y"))
            settle(qtbot)
            image = view.grab().toImage()
            assert len({image.pixel(x, y) for x in range(0, 400, 2) for y in range(0, 300, 2)}) > 4
    assert np.array_equal(limits_of(), [[-1, -1], [1, 1]])


def test_thousands_of_spots_are_where_a_few_would_be(qtbot: QtBot) -> None:
    view = shown(qtbot, PlaneView(), 400, 300)
    many = np.random.default_rng(2).uniform(-1, 1, (4000, 2)).astype(np.float32)
    view.show_plane(many, Coloured(np.zeros(4000), ("a",)), ("x", "y"))
    settle(qtbot)
    image = view.grab().toImage()
    for place in many[:50]:
        assert image.pixelColor(view.spot(place).toPoint()) == class_colours(1)[0]
