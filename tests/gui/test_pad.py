"""The drawing pad: strokes become pixels from 0 to 1, sizes and inks count, and everything can be taken back."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot
from shown import settle, shown

from gui.inside.pad import DrawingPad, Pad


@pytest.fixture
def pad(qtbot: QtBot) -> DrawingPad:
    return shown(qtbot, DrawingPad(), 240, 280)


def at(pad: Pad, right: float, down: float) -> QPoint:
    """The middle of a pixel on the widget."""
    place = pad.place
    factor = place.width() / pad.shape[1]
    return QPoint(round(place.left() + (right + 0.5) * factor), round(place.top() + (down + 0.5) * factor))


def draw(qtbot: QtBot, pad: Pad, *spots: tuple[float, float]) -> None:
    qtbot.mousePress(pad, Qt.MouseButton.LeftButton, pos=at(pad, *spots[0]))
    for spot in spots[1:]:
        qtbot.mouseMove(pad, at(pad, *spot))
    qtbot.mouseRelease(pad, Qt.MouseButton.LeftButton, pos=at(pad, *spots[-1]))


def test_a_stroke_of_the_mouse_is_where_it_was_drawn(pad: DrawingPad, qtbot: QtBot) -> None:
    assert pad.values().shape == (28, 28)
    assert pad.values().dtype == np.float32
    assert not pad.values().any()
    draw(qtbot, pad.pad, (5, 10), (12, 10), (20, 10))
    values = pad.values()
    assert values[10, 6:20].min() > 0.9
    assert values.max() <= 1
    assert not values[:8].any()
    assert not values[13:].any()
    assert not values[:, :3].any()


def test_a_dot_has_the_area_of_its_pen() -> None:
    pad = Pad(28, 28)
    for across in (1.0, 3.0, 7.5):
        pad.clear()
        pad.pen = across
        pad.stroke(QPointF(14, 14))
        assert float(pad.values().sum()) == pytest.approx(math.pi * across**2 / 4, rel=0.03)


def test_strokes_are_taken_back_and_drawn_again(pad: DrawingPad, qtbot: QtBot) -> None:
    assert not pad.undo_button.isEnabled()
    draw(qtbot, pad.pad, (5, 5), (9, 5))
    first = pad.values()
    draw(qtbot, pad.pad, (5, 20), (9, 20))
    second = pad.values()
    qtbot.mouseClick(pad.undo_button, Qt.MouseButton.LeftButton)
    assert np.array_equal(pad.values(), first)
    pad.pad.redo()
    assert np.array_equal(pad.values(), second)
    qtbot.mouseClick(pad.clear_button, Qt.MouseButton.LeftButton)
    assert pad.pad.blank
    assert not pad.clear_button.isEnabled()
    qtbot.keyClick(pad.pad, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert np.array_equal(pad.values(), second)


def test_colours_and_the_rubber(qtbot: QtBot) -> None:
    pad = shown(qtbot, DrawingPad(32, 48, 3), 400, 320)
    pad.size_slider.setValue(100)
    pad.set_ink(QColor(255, 0, 127))
    draw(qtbot, pad.pad, (10, 10), (30, 10))
    values = pad.values()
    assert values.shape == (3, 32, 48)
    assert values[:, 10, 20] == pytest.approx([1.0, 0.0, 127 / 255])
    qtbot.mouseClick(pad.rubber, Qt.MouseButton.LeftButton)
    draw(qtbot, pad.pad, (10, 10), (30, 10))
    assert not pad.values()[:, 10, 20].any()
    assert pad.ink_button.isVisible()


def test_in_grey_there_is_no_ink_to_choose_and_grey_ink_is_grey(pad: DrawingPad, qtbot: QtBot) -> None:
    assert not pad.ink_button.isVisible()
    pad.set_ink(QColor(128, 128, 128))
    draw(qtbot, pad.pad, (5, 10), (20, 10))
    assert pad.values()[10, 12] == pytest.approx(128 / 255, abs=1e-6)


def test_the_arrow_keys_draw(pad: DrawingPad, qtbot: QtBot) -> None:
    pad.pad.setFocus()
    for _ in range(4):
        qtbot.keyClick(pad.pad, Qt.Key.Key_Left)
    assert pad.pad.blank
    for _ in range(6):
        qtbot.keyClick(pad.pad, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert pad.values()[9:13, 9:11].min() > 0.9
    qtbot.keyClick(pad.pad, Qt.Key.Key_Delete)
    assert pad.pad.blank
    qtbot.keyClick(pad.pad, Qt.Key.Key_Space)
    assert not pad.pad.blank


def test_a_picture_to_draw_on_is_taken_as_it_is(pad: DrawingPad, qtbot: QtBot) -> None:
    picture = np.round(np.random.default_rng(0).random((28, 28)) * 255).astype(np.float32) / 255
    with qtbot.waitSignal(pad.finished):
        pad.show_values(picture)
    assert np.allclose(pad.values(), picture, atol=1e-6)
    with pytest.raises(ValueError, match="28×28"):
        pad.show_values(picture[:20])
    pad.set_shape(16, 20, 3)
    settle(qtbot)
    assert pad.values().shape == (3, 16, 20)
    assert pad.pad.blank


def test_whoever_listens_hears_of_strokes(pad: DrawingPad, qtbot: QtBot) -> None:
    heard: list[str] = []
    pad.drawn.connect(lambda: heard.append("drawn"))
    pad.finished.connect(lambda: heard.append("finished"))
    draw(qtbot, pad.pad, (5, 5), (9, 5), (12, 9))
    assert heard == ["drawn"] * 3 + ["finished"]
    qtbot.mouseClick(pad.pad, Qt.MouseButton.RightButton, pos=at(pad.pad, 3, 3))
    assert len(heard) == 4


def test_it_is_painted_with_what_the_network_reads(pad: DrawingPad, qtbot: QtBot) -> None:
    before = pad.grab().toImage()
    draw(qtbot, pad.pad, (5, 10), (20, 10))
    assert pad.grab().toImage() != before
    spot = at(pad.pad, 12, 10)
    assert pad.pad.grab().toImage().pixelColor(spot).lightness() > 230
