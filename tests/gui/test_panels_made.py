"""Views beside the grid of samples: interpolation, the plane of a GAN, and steps of one objective."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from played import PlayedSession
from PySide6.QtCore import QPointF, Qt
from pytestqt.qtbot import QtBot
from shown import settle, shown, texts

from backend import messages as m
from backend.questions.samples import Sample, Samples
from backend.questions.surfaces import Surface, SurfaceSeen
from backend.questions.walks import Walk, Walked
from graph.analysis import Analysis
from gui import theme
from gui.inside.step_buttons import initials
from gui.inside.surface_view import SurfacePlane, arrow, shaded
from gui.panels.samples import SamplesPanel

LEFT = Qt.MouseButton.LeftButton
PICTURES = np.random.default_rng(0).integers(0, 255, (9, 1, 8, 8), dtype=np.uint8)
LIMITS = np.array([[-2.0, -2.0], [2.0, 2.0]])
MADE = np.array([[0.0, 0.0], [1.0, 1.0]])


def seen(**more: object) -> SurfaceSeen:
    fields: dict[str, object] = {
        "scores": np.linspace(0, 1, 16).reshape(4, 4), "probability": True, "pushes": np.eye(2), "real": -MADE,
        "mesh": np.zeros((3, 3, 2)), **more,
    }  # fmt: skip
    return SurfaceSeen(output="points", limits=LIMITS, judge="judge", made=MADE, **fields)  # type: ignore[arg-type]


def asked(session: PlayedSession, kind: type) -> list[m.Question]:
    return [command for command in session.engine.sent if isinstance(command, kind)]


@pytest.fixture
def panel(session: PlayedSession, qtbot: QtBot, tmp_path: Path) -> SamplesPanel:
    """The panel with samples in it, of a GAN in the plane."""
    assert session.open_template("gan-2d")
    made = shown(qtbot, SamplesPanel(session), 760, 400)
    session.run = str(tmp_path)
    session.hear(m.Started(str(tmp_path), 1, 1, 1, "cpu"), m.Finished(str(tmp_path), 1, 1.0, 1.0, {}))
    settle(qtbot)
    drawn = Samples(str(tmp_path), "picture", "output_1", "image", PICTURES, outputs=("picture",))
    session.hear(m.Answered(asked(session, Sample)[-1], drawn))
    settle(qtbot)
    return made


def choose(panel: SamplesPanel, qtbot: QtBot, downs: int) -> None:
    panel.view.setFocus()
    for _ in range(downs):
        qtbot.keyClick(panel.view, Qt.Key.Key_Down)
    settle(qtbot)


def test_one_goes_from_the_grid_to_the_other_views_and_back(panel: SamplesPanel, session: PlayedSession,
                                                            qtbot: QtBot) -> None:  # fmt: skip
    assert panel.grid.pictures.isVisible()
    assert not asked(session, Walk)
    choose(panel, qtbot, 1)
    assert panel.walk.isVisible()
    assert asked(session, Walk)
    choose(panel, qtbot, 1)
    assert panel.surface.isVisible()
    assert panel.view.isVisible()
    panel.view.setFocus()
    qtbot.keyClick(panel.view, Qt.Key.Key_Home)
    settle(qtbot)
    assert panel.grid.pictures.isVisible()


# -- interpolation -----------------------------------------------------------------------------------------------------


def test_a_walk_is_asked_for_and_shown_in_a_row(panel: SamplesPanel, session: PlayedSession, qtbot: QtBot) -> None:
    choose(panel, qtbot, 1)
    walk = panel.walk
    session.hear(m.Answered(asked(session, Walk)[-1], Walked("picture", "image", PICTURES, ("picture",))))
    settle(qtbot)
    assert len({walk.pictures.place(number).top() for number in range(9)}) == 1
    assert "from the noise of seed 0 to that of seed 1" in texts(walk)
    walk.second.setFocus()
    walk.second.selectAll()
    qtbot.keyClicks(walk.second, "7")
    walk.way.setFocus()
    qtbot.keyClick(walk.way, Qt.Key.Key_Down)
    settle(qtbot)
    last = asked(session, Walk)[-1]
    assert isinstance(last, Walk)
    assert (last.of, last.first, last.second, last.way, last.steps) == ("noise", 0, 7, "spherical", 9)
    questions = len(asked(session, Walk))
    qtbot.mouseClick(walk.other, LEFT)
    settle(qtbot)
    assert len(asked(session, Walk)) == questions + 1


def test_where_nothing_is_made_of_noise_examples_are_walked_between(panel: SamplesPanel, session: PlayedSession,
                                                                    qtbot: QtBot) -> None:  # fmt: skip
    choose(panel, qtbot, 1)
    session.hear(m.Answered(asked(session, Walk)[-1], error="“code” is not made of noise."))
    settle(qtbot)
    last = asked(session, Walk)[-1]
    assert isinstance(last, Walk)
    assert (last.of, last.first, last.second) == ("examples", 0, 1)
    session.hear(m.Answered(last, Walked("picture", "image", PICTURES, split="test", total=40, node="code")))
    settle(qtbot)
    assert "from example 1 to example 2 of test, by the values of code" in texts(panel.walk)
    assert panel.walk.first.maximum() == 40
    session.hear(m.Answered(last, error="no more"))


def test_points_and_words_on_the_way_are_shown(panel: SamplesPanel, session: PlayedSession, qtbot: QtBot) -> None:
    choose(panel, qtbot, 1)
    session.hear(m.Answered(asked(session, Walk)[-1], Walked("points", "value", MADE)))
    settle(qtbot)
    assert panel.walk.points.isVisible()
    assert not panel.walk.points.grab().isNull()
    panel.walk.ask()
    settle(qtbot)
    session.hear(m.Answered(asked(session, Walk)[-1], Walked("numbers", "value", np.ones((3, 4)))))
    settle(qtbot)
    assert panel.walk.text.toPlainText() == "1, 1, 1, 1\n" * 2 + "1, 1, 1, 1"


# -- the plane ---------------------------------------------------------------------------------------------------------


def test_the_plane_is_shown_and_its_parts_can_be_left_out(panel: SamplesPanel, session: PlayedSession,
                                                          qtbot: QtBot) -> None:  # fmt: skip
    choose(panel, qtbot, 2)
    session.hear(m.Answered(asked(session, Surface)[-1], error="No output of this design makes points."))
    settle(qtbot)
    assert "No output of this design makes points." in texts(panel.surface)
    session.hear(m.Metrics("train", 1, 0.1, {}))
    settle(qtbot)
    session.hear(m.Answered(asked(session, Surface)[-1], seen()))
    settle(qtbot)
    whole = panel.surface.plane.grab().toImage()
    qtbot.mouseClick(panel.surface.arrows, LEFT)
    assert panel.surface.plane.grab().toImage() != whole
    assert not panel.surface.plane.arrows


def test_scores_are_painted_upwards_and_in_both_themes(qtbot: QtBot) -> None:
    scores = np.zeros((4, 4))
    scores[3, 0] = 1.0  # above at the left
    for look in ("light", "dark"):
        theme.set_theme(look)
        image = shaded(scores, 0.0, 1.0)
        assert image.pixelColor(0, 0) != image.pixelColor(0, 3) == image.pixelColor(3, 0)
        plane = shown(qtbot, SurfacePlane(), 300, 260)
        assert not plane.grab().isNull()
        for each in (seen(), seen(scores=None, pushes=None, mesh=None, real=None), seen(probability=False)):
            plane.show_seen(each)
            assert not plane.grab().isNull()
    assert plane.span() == (-1.0, 1.0)


def test_an_arrow_ends_where_it_points() -> None:
    stroke = arrow(QPointF(0, 0), QPointF(10, 0))
    assert stroke[1] == QPointF(10, 0)
    assert {point.x() for point in stroke[2::2]} == {5.0}
    assert len(arrow(QPointF(1, 1), QPointF(1, 1))) == 6


# -- steps of one objective --------------------------------------------------------------------------------------------


def test_a_step_of_one_objective_is_asked_for(panel: SamplesPanel, session: PlayedSession, qtbot: QtBot) -> None:
    session.hear_analyst(m.Analysed(99, Analysis({}, (), 42), "code"))
    choose(panel, qtbot, 2)
    steps = panel.surface.steps
    assert {name: button.text() for name, button in steps.buttons.items()} == {
        "train_discriminator": "Step D", "train_generator": "Step G"}  # fmt: skip
    qtbot.mouseClick(steps.buttons["train_generator"], LEFT)
    assert session.engine.said(m.Step) == [m.Step("train_generator")]
    assert session.engine.said(m.Train)
    session.hear(m.Started("a run", 1, 1, 1, "cpu"), m.Progress(0, 1, 1.0, 1.0, paused=True))
    qtbot.mouseClick(steps.buttons["train_discriminator"], LEFT)
    assert session.engine.said(m.Step)[-1] == m.Step("train_discriminator")


def test_a_design_of_one_objective_has_no_such_buttons(session: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, SamplesPanel(session), 400, 300)
    assert not panel.surface.steps.buttons
    assert initials(["train_generator", "train_discriminator"]) == ["G", "D"]
    assert initials(["objective_1", "objective_2"]) == ["1", "2"]
