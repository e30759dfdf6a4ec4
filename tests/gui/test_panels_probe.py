"""The probe panel: what is clicked is asked for, shown with its numbers, and followed while training."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from played import PlayedSession
from PySide6.QtCore import QRectF, QSize, Qt
from pytestqt.qtbot import QtBot
from shown import settle, texts

from backend import messages as m
from backend.questions.looking import Look, Looked
from graph.document import MAIN, Port
from gui import theme
from gui.inside.probe_view import ProbeView, images_of, places
from gui.panels.probe import ProbePanel

LOGITS = m.Seen("linear_2", "output", "classes", np.array([0.5, -1.0, 2.0], np.float32), (3,), -1.0, 2.0, 0.5, 1.2, 0.0,
                counts=(1, 1, 1), names=("cat", "dog", "emu"))  # fmt: skip
MAPS = m.Seen("conv2d_1", "features", "maps", np.arange(32, dtype=np.float32).reshape(2, 4, 4), (2, 4, 4), 0.0, 31.0,
              15.5, 9.2, 1 / 32, counts=(16, 16))  # fmt: skip


@pytest.fixture
def panel(session: PlayedSession, qtbot: QtBot) -> ProbePanel:
    made = ProbePanel(session)
    qtbot.addWidget(made)
    made.resize(520, 260)
    made.show()
    settle(qtbot)
    return made


def looks(session: PlayedSession) -> list[Look]:
    return [command for command in session.engine.sent if isinstance(command, Look)]


def answer(session: PlayedSession, qtbot: QtBot, *seen: m.Seen, index: int = 0) -> None:
    session.hear(m.Answered(looks(session)[-1], Looked(seen, index, 20)))
    settle(qtbot)


def test_it_says_what_to_do(panel: ProbePanel, session: PlayedSession, qtbot: QtBot) -> None:
    assert "Hold Ctrl and Shift and click a port" in texts(panel)
    session.probe_requested.emit(Port(MAIN, "linear_2", "output"))
    settle(qtbot)
    assert "Press Train, or open a finished run" in texts(panel)
    assert not looks(session)


def test_a_clicked_port_is_shown_with_its_numbers(panel: ProbePanel, session: PlayedSession, qtbot: QtBot) -> None:
    session.run = "some run"
    session.probe_requested.emit(Port(MAIN, "linear_2", "output"))
    session.probe_requested.emit(Port(MAIN, "conv2d_1", "features"))
    settle(qtbot)
    assert looks(session)[-1].ports == (("linear_2", "output"), ("conv2d_1", "features"))
    answer(session, qtbot, LOGITS, MAPS)
    words = texts(panel)
    assert "3\n-1 to 2\nmean 0.5 ± 1.2\n0% zero" in words
    assert "2×4×4\n0 to 31" in words
    assert "1 of 20" in words
    panel.grab()  # every form can be painted
    qtbot.mouseClick(panel.cards["linear_2", "output"].close_button, Qt.MouseButton.LeftButton)
    settle(qtbot)
    assert list(panel.cards) == [("conv2d_1", "features")]


def test_examples_are_leafed_through(panel: ProbePanel, session: PlayedSession, qtbot: QtBot) -> None:
    session.run = "some run"
    session.probe_requested.emit(Port(MAIN, "linear_2", "output"))
    settle(qtbot)
    answer(session, qtbot, LOGITS)
    qtbot.mouseClick(panel.before, Qt.MouseButton.LeftButton)
    settle(qtbot)
    assert looks(session)[-1].index == 19
    answer(session, qtbot, LOGITS, index=19)
    qtbot.mouseClick(panel.after, Qt.MouseButton.LeftButton)
    settle(qtbot)
    assert looks(session)[-1].index == 0
    panel.splits.setCurrentText("train")
    panel.splits.activated.emit(2)
    settle(qtbot)
    assert (looks(session)[-1].split, looks(session)[-1].index) == ("train", 0)
    session.hear(m.Answered(looks(session)[-2], Looked((replace(LOGITS, low=-7.0),), 0, 30)))
    settle(qtbot)
    assert "-1 to 2" in texts(panel)  # what was on its way is out of date
    answer(session, qtbot, replace(LOGITS, low=-3.0))
    assert "-3 to 2" in texts(panel)
    assert "1 of 20" in texts(panel)


def test_it_follows_the_training_and_waits_for_answers(panel: ProbePanel, session: PlayedSession, qtbot: QtBot) -> None:
    session.run = "some run"
    session.probe_requested.emit(Port(MAIN, "linear_2", "output"))
    settle(qtbot)
    for step in range(5):
        session.hear(m.Metrics("train", step, 0.1, {"loss": 1.0}))
        settle(qtbot)
    assert len(looks(session)) == 1
    answer(session, qtbot, LOGITS)
    settle(qtbot)
    assert len(looks(session)) == 2
    panel.hide()
    answer(session, qtbot, LOGITS)
    session.hear(m.Metrics("train", 6, 0.1, {"loss": 1.0}))
    settle(qtbot)
    assert len(looks(session)) == 2
    panel.show()
    settle(qtbot)
    assert len(looks(session)) == 3


def test_what_cannot_be_seen_is_told(panel: ProbePanel, session: PlayedSession, qtbot: QtBot) -> None:
    session.run = "some run"
    session.probe_requested.emit(Port(MAIN, "new_1", "output"))
    settle(qtbot)
    answer(session, qtbot, m.Seen("new_1", "output", error="Train again to look at it."))
    assert "Train again to look at it." in texts(panel)
    session.hear(m.Metrics("train", 1, 0.1, {"loss": 1.0}))
    settle(qtbot)
    session.hear(m.Answered(looks(session)[-1], error="The memory is full."))
    settle(qtbot)
    assert "The memory is full." in texts(panel)
    session.hear(m.Metrics("train", 2, 0.1, {"loss": 1.0}))
    settle(qtbot)
    answer(session, qtbot, replace(LOGITS, node="new_1", port="output"))
    assert "-1 to 2" in texts(panel)


@pytest.mark.parametrize("form", ["vector", "sequence", "number", "label", "picture"])
def test_every_form_is_painted(panel: ProbePanel, session: PlayedSession, qtbot: QtBot, form: str) -> None:
    arrays = {"vector": np.linspace(-1, 1, 9), "sequence": np.ones((5, 3)), "number": np.array(2.5),
              "label": np.array(1), "picture": np.full((3, 4, 4), 0.5)}  # fmt: skip
    session.run = "some run"
    session.probe_requested.emit(Port(MAIN, "x", "y"))
    settle(qtbot)
    before = panel.grab().toImage()
    answer(session, qtbot, replace(LOGITS, node="x", port="y", form=form, values=arrays[form], names=("a", "b")))
    assert panel.grab().toImage() != before


def test_maps_fill_the_room() -> None:
    area = QRectF(0, 0, 300, 200)
    for count in (1, 2, 14, 36, 100):
        found = places(count, QSize(8, 8), area)
        assert len(found) == count
        assert all(area.contains(each) for each in found)
        assert not any(one.intersects(other) for n, one in enumerate(found) for other in found[:n])
    assert len(places(5000, QSize(8, 8), area)) < 5000
    assert [image.size() for image in images_of(MAPS)] == [QSize(4, 4)] * 2
    assert images_of(MAPS)[1].pixelColor(3, 3).lightness() == 255


@pytest.mark.parametrize("form", ["number", "label"])
def test_one_value_is_written_large(form: str, qtbot: QtBot, qtlog: Any) -> None:
    view = ProbeView()
    qtbot.addWidget(view)
    view.setFont(theme.font(9))
    view.show_seen(m.Seen("a", "output", form, np.array(1)))  # type: ignore[arg-type]
    view.resize(200, 120)
    pixels = view.grab().toImage()
    height, width = pixels.height(), pixels.width()
    inked = [y for y in range(height) if any(pixels.pixel(x, y) != pixels.pixel(0, 0) for x in range(width))]
    assert len(inked) > theme.FONT_PIXELS, "the figure is larger than any other text"
    assert not [record for record in qtlog.records if "QFont" in record.message]
