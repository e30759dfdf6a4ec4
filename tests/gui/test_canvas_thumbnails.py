"""Pictures below nodes: of those in sight alone, one question at a time, and none where they are switched off."""

from __future__ import annotations

import numpy as np
import pytest
from hands import Hands, key
from played import PlayedSession
from PySide6.QtCore import QPointF
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from backend import messages as m
from backend.questions.looking import Look, Looked
from graph.analysis import Analysis
from graph.document import MAIN, NodeKey
from gui import actions, settings, theme
from gui.canvas.strip import Strip
from gui.canvas.thumbnails import MOST_VALUES, PAUSE

DRAWN = {"a": ("relu", 0, 0), "b": ("linear", 260, 0), "loss": ("mse_loss", 520, 0), "far": ("relu", 6000, 0)}
WIRED = {"b.x": "a.output", "loss.prediction": "b.output"}


@pytest.fixture
def drawn(hands: Hands, session: PlayedSession, qtbot: QtBot) -> Hands:
    hands.build(DRAWN, WIRED)
    session.run = "some run"
    session.hear(m.Started("some run", 1, 1, 1, "cpu"))
    qtbot.waitUntil(lambda: bool(looks(session)))
    return hands


def looks(session: PlayedSession) -> list[Look]:
    return [command for command in session.engine.sent if isinstance(command, Look)]


def seen(node: str, values: list[float], form: str = "vector") -> m.Seen:
    return m.Seen(node, "output", form, np.array(values, np.float32), (len(values),), min(values), max(values))  # type: ignore[arg-type]


def answer(session: PlayedSession, *found: m.Seen, seconds: float = 0.0) -> None:
    session.hear(m.Answered(looks(session)[-1], Looked(found, 0, 20), seconds=seconds))
    settled()


def settled() -> None:
    QTest.qWait(2 * PAUSE)


def test_what_is_in_sight_is_asked_for_once(drawn: Hands, session: PlayedSession) -> None:
    (question,) = looks(session)
    assert (question.ports, question.split, question.index) == ((("a", "output"), ("b", "output")), "test", 0)
    assert (question.run, question.small) == ("some run", True)
    settled()
    answer(session, seen("a", [1.0, 0.0]), seen("b", [0.5, -1.0]))
    settled()
    assert len(looks(session)) == 1
    drawn.view.centerOn(6000, 0)
    settled()
    assert looks(session)[-1].ports == (("far", "output"),)


def test_a_strip_hangs_below_its_node_and_moves_with_it(drawn: Hands, session: PlayedSession) -> None:
    item = drawn.view.canvas.nodes[key("b")]
    size = item.rect()
    answer(session, seen("a", [1.0, 0.0]), seen("b", [0.5, -1.0]))
    strip = item.strip
    assert strip is not None
    assert strip.isVisible()
    assert item.rect() == size
    assert strip.sceneBoundingRect().top() >= item.sceneBoundingRect().bottom() - 1
    picture = strip.pixmap().toImage()
    right = picture.pixelColor(picture.width() * 3 // 4, picture.height() // 2)
    assert right == theme.current().error  # −1 is the farthest from zero
    before = strip.sceneBoundingRect()
    drawn.drag(drawn.title("b"), drawn.title("b") + QPointF(40, 100).toPoint())
    assert strip.sceneBoundingRect() == before.translated(drawn.document.nodes[key("b")].x - 260,
                                                          drawn.document.nodes[key("b")].y)  # fmt: skip


def test_what_cannot_be_seen_has_no_strip(drawn: Hands, session: PlayedSession) -> None:
    answer(session, seen("a", [1.0]), m.Seen("b", "output", error="Train again."))
    strips = {name: drawn.view.canvas.nodes[key(name)].strip for name in "ab"}
    assert strips["a"] is not None
    assert strips["a"].isVisible()
    assert strips["b"] is None or not strips["b"].isVisible()
    assert not session.notices


def test_where_nothing_can_be_seen_the_strips_are_gone(drawn: Hands, session: PlayedSession) -> None:
    answer(session, seen("a", [1.0]), seen("b", [1.0]))
    session.hear(m.Finished("some run", 1, 1.0, 1.0, {}))
    settled()
    session.hear(m.Answered(looks(session)[-1], error="The run is not there any more."))
    settled()
    strips = [drawn.view.canvas.nodes[key(name)].strip for name in "ab"]
    assert not any(strip is None or strip.isVisible() for strip in strips)
    assert not session.notices


def test_a_training_is_followed_but_not_held_up(drawn: Hands, session: PlayedSession) -> None:
    session.hear_analyst(m.Analysed(99, Analysis({}, (), 42), "code"))
    session.train()
    session.hear(m.Started("some run", 1, 1, 1, "cpu"))
    assert session.state == "running"
    answer(session, seen("a", [1.0]), seconds=60.0)  # the next look is due in an hour
    for step in range(3):
        session.hear(m.Metrics("train", step, 0.1, {"loss": 1.0 - step / 4}))
    settled()
    assert len(looks(session)) == 1
    curve = drawn.view.canvas.nodes[key("loss")].strip
    assert curve is not None
    assert curve.curve == (1.0, 0.75, 0.5)
    session.hear(m.Finished("some run", 1, 1.0, 1.0, {}))
    settled()
    assert len(looks(session)) == 2


def test_a_long_curve_is_thinned(drawn: Hands, session: PlayedSession) -> None:
    session.hear(*(m.Metrics("train", step, 0.1, {"loss": float(step)}) for step in range(10 * MOST_VALUES)))
    while session.engine.waiting:
        session.hear()
    settled()
    curve = drawn.view.canvas.nodes[key("loss")].strip
    assert curve is not None
    assert 2 <= len(curve.curve) <= MOST_VALUES
    assert curve.curve[0] == 0.0


def test_they_are_switched_off_and_on(drawn: Hands, session: PlayedSession) -> None:
    answer(session, seen("a", [1.0]))
    strip = drawn.view.canvas.nodes[key("a")].strip
    assert strip is not None
    row = next(action for action in actions.ACTIONS if action.name == "thumbnails")
    switch = actions.make(row, drawn.stage)  # type: ignore[arg-type]
    switch.trigger()
    assert not strip.isVisible()
    assert not settings.thumbnails()
    session.hear(m.Finished("some run", 1, 1.0, 1.0, {}))
    settled()
    assert len(looks(session)) == 1
    switch.trigger()
    assert settings.thumbnails()
    assert len(looks(session)) == 2


def test_too_far_away_nothing_is_asked(drawn: Hands, session: PlayedSession) -> None:
    answer(session, seen("a", [1.0]))
    drawn.view.zoom_to(0.5)
    session.hear(m.Finished("some run", 1, 1.0, 1.0, {}))
    settled()
    assert len(looks(session)) == 1
    drawn.view.zoom_to(1.0)
    settled()
    assert len(looks(session)) == 2


def test_the_example_that_is_probed_is_shown(drawn: Hands, session: PlayedSession) -> None:
    answer(session, seen("a", [1.0]))
    session.hear(m.Answered(Look((("a", "output"),), "train", 7, asker=99), Looked((seen("a", [1.0]),), 7, 20)))
    settled()
    assert (looks(session)[-1].split, looks(session)[-1].index) == ("train", 7)


@pytest.mark.parametrize("form", ["picture", "maps", "sequence", "classes", "number", "label"])
def test_every_form_is_painted(drawn: Hands, session: PlayedSession, form: str) -> None:
    arrays = {"picture": np.full((3, 4, 4), 0.5), "maps": np.ones((5, 4, 4)), "sequence": np.eye(5),
              "classes": np.array([0.1, 2.0]), "number": np.array(2.5), "label": np.array(1)}  # fmt: skip
    answer(session, seen("a", [1.0, 0.0]))
    strip = drawn.view.canvas.nodes[key("a")].strip
    assert strip is not None
    before = strip.pixmap().toImage()
    strip.show_seen(m.Seen("a", "output", form, arrays[form], (), 0.0, 1.0, names=("cat", "dog")))  # type: ignore[arg-type]
    assert strip.pixmap().toImage() != before


def test_what_looks_the_same_is_not_painted_again(
    drawn: Hands, session: PlayedSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    paints: list[object] = []
    painted = Strip._painted
    monkeypatch.setattr(Strip, "_painted", lambda strip, area: (paints.append(strip), painted(strip, area))[1])
    answer(session, seen("a", [1.0, 0.0]))
    strip = drawn.view.canvas.nodes[key("a")].strip
    assert strip is not None
    strip.hide()
    strip.show_seen(seen("a", [1.0, 0.0]))
    strip.dress()
    assert strip.isVisible()
    assert len(paints) == 1
    strip.show_seen(seen("a", [1.0, 0.5]))
    strip.show_curve([1.0, 0.5])
    strip.hide()
    strip.show_curve([1.0, 0.5])
    assert strip.isVisible()
    assert len(paints) == 3
    theme.set_theme("light" if theme.current().dark else "dark")
    strip.dress()
    assert len(paints) == 4


def test_maps_stand_side_by_side_each_with_its_own_shade(drawn: Hands, session: PlayedSession) -> None:
    answer(session, seen("a", [1.0, 0.0]))
    strip = drawn.view.canvas.nodes[key("a")].strip
    assert strip is not None
    shades = np.array([0.0, 0.5, 1.0])
    strip.show_seen(m.Seen("a", "output", "maps", np.ones((3, 4, 4)) * shades[:, None, None], (), 0.0, 1.0))
    picture = strip.pixmap().toImage()
    middle = [picture.pixelColor(x, picture.height() // 2).getRgb()[:3] for x in range(picture.width())]
    assert list(dict.fromkeys(each for each in middle if len(set(each)) == 1)) == [(0,) * 3, (128,) * 3, (255,) * 3]
    wide = [middle.count((shade,) * 3) for shade in (0, 128, 255)]
    assert max(wide) - min(wide) <= 1


def test_a_spike_of_a_long_curve_is_painted(drawn: Hands, session: PlayedSession) -> None:
    answer(session, seen("a", [1.0, 0.0]))
    strip = drawn.view.canvas.nodes[key("a")].strip
    assert strip is not None
    strip.show_curve([0.0] * 201 + [1.0] + [0.0] * 198)
    picture, ink = strip.pixmap().toImage(), theme.current().families["losses"]
    inked = [y for y in range(picture.height()) if picture.pixelColor(picture.width() // 2 + 1, y) == ink
             or picture.pixelColor(picture.width() // 2, y) == ink]  # fmt: skip
    assert inked[-1] - inked[0] > 0.8 * (picture.height() - 16)


def test_inside_a_placed_network_paths_are_asked_for(blocks: Hands, session: PlayedSession) -> None:
    session.run = "some run"
    blocks.view.enter(NodeKey(MAIN, "b1"))
    session.hear(m.Finished("some run", 1, 1.0, 1.0, {}))
    settled()
    assert ("b1.fc", "output") in looks(session)[-1].ports


def test_an_answer_for_another_design_is_not_waited_for(drawn: Hands, session: PlayedSession) -> None:
    session.new()
    drawn.build({"a": ("relu", 0, 0)})
    session.run = "another run"
    drawn.view.centerOn(0, 0)
    settled()
    assert looks(session)[-1].run == "another run"
    assert len(looks(session)) == 2
    session.hear(m.Answered(looks(session)[0], Looked((seen("a", [1.0]), seen("b", [1.0])))))
    settled()
    assert drawn.view.canvas.nodes[key("a")].strip is None
    answer(session, seen("a", [1.0]))
    assert drawn.view.canvas.nodes[key("a")].strip is not None
