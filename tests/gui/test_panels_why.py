"""The panel that says why: every method with its settings is asked for, and its colours lie where they belong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from played import PlayedSession
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot
from shown import settle, shown, texts
from test_panels_features import asked, drop

from backend import messages as m
from backend.questions.examples import Given
from backend.questions.maps import Place
from backend.questions.why import Reason, Why
from gui import theme
from gui.inside.given_view import GivenView, heat_image, readable
from gui.panels.why import WhyPanel, normed

PICTURE = Given("image", "picture", np.full((1, 8, 8), 0.5, np.float32))
NAMES = ("cat", "dog", "emu")
LAYERS = (Place("conv2d_1", "features", (4, 8, 8)), Place("relu_1", "output", (4, 8, 8)))


@pytest.fixture
def panel(session: PlayedSession, qtbot: QtBot) -> WhyPanel:
    made = shown(qtbot, WhyPanel(session), 520, 340)
    settle(qtbot)
    return made


def picture_reason(**more: Any) -> Reason:
    heat = np.zeros((8, 8), np.float32)
    heat[2, 3], heat[5, 6] = 2.0, -1.0
    told: dict[str, Any] = {"target": 1, "targets": NAMES, "output": "animal", "classes": True, "truth": 2,
                            "outputs": ("animal",), "fields": ("image",), "places": LAYERS, "total": 20,
                            "picture": (1, 8, 8)}  # fmt: skip
    return Reason(PICTURE, heat, True, 4.25, True, **(told | more))


def begin(panel: WhyPanel, session: PlayedSession, qtbot: QtBot, reason: Reason | None = None) -> None:
    session.run = "a run"
    panel.invalidate()
    settle(qtbot)
    answer(session, qtbot, reason or picture_reason())


def answer(session: PlayedSession, qtbot: QtBot, result: Any = None, error: str = "") -> None:
    session.hear(m.Answered(asked(session, Why)[-1], result, error))
    settle(qtbot)


def choose(qtbot: QtBot, box: QComboBox, number: int) -> None:
    """Go to an entry by the keyboard."""
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Home)
    for _ in range(number):
        qtbot.keyClick(box, Qt.Key.Key_Down)
    settle(qtbot)


def test_it_says_what_to_do(panel: WhyPanel, session: PlayedSession) -> None:
    assert "Press Train, or open a finished run" in texts(panel)
    assert not asked(session, Why)


def test_colours_lie_over_the_picture(panel: WhyPanel, session: PlayedSession, qtbot: QtBot) -> None:
    begin(panel, session, qtbot)
    assert asked(session, Why)[-1].target == -1
    assert "The score of “dog” is 4.25. Right is “emu”." in texts(panel)
    assert [panel.target.itemText(number) for number in range(4)] == ["Likeliest", *NAMES]
    image, place = panel.view.grab().toImage(), panel.view.place
    step = place.width() / 8

    def colour(row: int, column: int) -> tuple[int, int, int]:
        found = image.pixelColor(int(place.left() + (column + 0.5) * step), int(place.top() + (row + 0.5) * step))
        return found.red(), found.green(), found.blue()

    grey = colour(0, 0)
    assert max(grey) - min(grey) < 3
    above, below = colour(2, 3), colour(5, 6)
    assert above[0] > above[2] + 40  # one end is warm
    assert below[2] > below[0] + 20  # the other is cool
    panel.opacity.setValue(0)
    settle(qtbot)
    image = panel.view.grab().toImage()
    assert colour(2, 3) == grey


def test_every_method_is_asked_with_its_settings(panel: WhyPanel, session: PlayedSession, qtbot: QtBot) -> None:
    begin(panel, session, qtbot)
    assert not panel.steps.isVisible()
    choose(qtbot, panel.method, 1)
    assert asked(session, Why)[-1].method == "integrated"
    assert panel.steps.isVisible()
    panel.steps.setFocus()
    panel.steps.selectAll()
    qtbot.keyClicks(panel.steps, "20")
    qtbot.keyClick(panel.steps, Qt.Key.Key_Return)
    choose(qtbot, panel.baseline, 1)
    assert (asked(session, Why)[-1].steps, asked(session, Why)[-1].baseline) == (20, "mean")
    answer(session, qtbot, picture_reason(difference=3.0, error=0.004))
    assert "The parts add up to 3; the score is 3 above the baseline's (error 0.004)." in texts(panel)
    choose(qtbot, panel.method, 2)
    answer(session, qtbot, picture_reason(place=LAYERS[0]))
    choose(qtbot, panel.layer, 2)
    assert (asked(session, Why)[-1].method, asked(session, Why)[-1].node) == ("activation", "relu_1")
    choose(qtbot, panel.method, 3)
    panel.window_size.setFocus()
    panel.window_size.selectAll()
    qtbot.keyClicks(panel.window_size, "5")
    qtbot.keyClick(panel.window_size, Qt.Key.Key_Return)
    settle(qtbot)
    assert (asked(session, Why)[-1].method, asked(session, Why)[-1].size) == ("occlusion", 5)
    assert not panel.layer.isVisible()


def test_a_class_and_an_example_are_chosen(
    panel: WhyPanel, session: PlayedSession, qtbot: QtBot, tmp_path: Path
) -> None:
    begin(panel, session, qtbot)
    choose(qtbot, panel.target, 3)
    assert asked(session, Why)[-1].target == 2
    qtbot.mouseClick(panel.bar.after, Qt.MouseButton.LeftButton)
    settle(qtbot)
    assert asked(session, Why)[-1].example.index == 1
    drop(panel, tmp_path / "cat.png")
    settle(qtbot)
    assert asked(session, Why)[-1].example.file.endswith("cat.png")
    answer(session, qtbot, error="There is no file “cat.png”.")
    assert "There is no file “cat.png”." in texts(panel)
    assert panel.method.isVisible()  # something else can still be asked


def test_columns_words_and_steps_are_painted(panel: WhyPanel, session: PlayedSession, qtbot: QtBot) -> None:
    forms = {
        "columns": (np.array([1.0, -3.0], np.float32), ("age = 4", "height = 8")),
        "words": (np.array([1, 2, 3]), ("a", "grim", "film")),
        "steps": (np.arange(10, dtype=np.float32).reshape(5, 2), ()),
        "numbers": (np.array([1.0, 2.0], np.float32), ()),
    }  # fmt: skip
    begin(panel, session, qtbot)
    for form, (values, names) in forms.items():
        given = Given("x", form, values, names)  # type: ignore[arg-type]
        pictures = []
        for sign in (1, -1):
            heat = sign * np.linspace(0.2, 1, len(values), dtype=np.float32)
            session.hear(m.Answered(asked(session, Why)[-1], None))
            panel.asker.ask(asked(session, Why)[-1])
            settle(qtbot)
            answer(session, qtbot, Reason(given, heat, True, 1.0, False, 0, ("0",), "y", total=3))
            pictures.append(panel.view.grab().toImage())
        assert pictures[0] != pictures[1], form
        assert not panel.opacity.isVisible()
        if form == "columns":
            assert panel.view.words_at(QPointF(20, 10)) == "height = 8: -3"
    assert "The value is 1." in texts(panel)


def test_nothing_that_counts_is_said(panel: WhyPanel, session: PlayedSession, qtbot: QtBot) -> None:
    nothing = np.zeros((8, 8), np.float32)
    begin(panel, session, qtbot, Reason(PICTURE, nothing, False, 0.5, False, 0, NAMES, "animal", True, total=4))
    assert "every part counts 0" in texts(panel)


def test_several_outputs_and_fields_are_offered(panel: WhyPanel, session: PlayedSession, qtbot: QtBot) -> None:
    begin(panel, session, qtbot)
    assert not panel.output.isVisible()
    assert not panel.reads.isVisible()
    panel.asker.ask(asked(session, Why)[-1])
    settle(qtbot)
    answer(session, qtbot, picture_reason(outputs=("animal", "age"), fields=("image", "sound")))
    choose(qtbot, panel.reads, 1)
    assert asked(session, Why)[-1].reads == "sound"
    choose(qtbot, panel.output, 1)
    assert (asked(session, Why)[-1].output, asked(session, Why)[-1].target) == ("age", -1)


@pytest.mark.parametrize("look", ["light", "dark"])
def test_words_are_read_on_every_colour(qtbot: QtBot, look: str) -> None:
    theme.set_theme(look)
    view = shown(qtbot, GivenView(), 200, 100)
    view.show_given(Given("text", "words", np.arange(41), tuple("abc" for _ in range(41))))
    view.show_heat(np.linspace(-1, 1, 41))
    for place in range(41):
        ground = view._ground(place)
        assert theme.contrast(readable(ground), ground) >= 4.5


def test_heat_is_clear_where_nothing_counts() -> None:
    assert np.array_equal(normed(np.array([0.5, -2.0, np.nan])), [0.25, -1, 0])
    assert not normed(np.zeros(3)).any()
    image = heat_image(np.array([[0.0, 1.0], [-1.0, 0.5]]))
    assert [image.pixelColor(*at).alpha() for at in ((0, 0), (1, 0), (0, 1), (1, 1))] == [0, 255, 255, 128]
