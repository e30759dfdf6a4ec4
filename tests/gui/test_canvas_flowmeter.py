"""Gradients on wires: asked for only while shown, as broad as their logarithm, told by hovering, gone when off."""

from __future__ import annotations

import pytest
from hands import Hands, key
from played import PlayedSession
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shown import settle

from backend import messages as m
from backend.questions.flow import Flow, Flowing
from graph.document import MAIN, Port
from gui import actions, settings
from gui.canvas.flowmeter import FADING, THICK, THIN
from gui.canvas.items import FADED, WIRE_WIDTH
from gui.window import Window

DRAWN = {"a": ("relu", 0, 0), "b": ("linear", 260, 0), "c": ("tanh", 520, 0), "d": ("relu", 780, 0)}
WIRED = {"b.x": "a.output", "c.x": "b.output", "d.x": "c.output"}


@pytest.fixture
def drawn(hands: Hands, session: PlayedSession) -> Hands:
    hands.build(DRAWN, WIRED)
    session.run = "some run"
    session.hear(m.Started("some run", 1, 1, 1, "cpu"))
    QApplication.processEvents()
    return hands


def asked(session: PlayedSession) -> list[Flow]:
    return [command for command in session.engine.sent if isinstance(command, Flow)]


def answer(session: PlayedSession, *norms: float | None, error: str = "", objectives: str = "") -> None:
    question = asked(session)[-1]
    names = tuple(objectives) or tuple("" if norm is None else "objective" for norm in norms)
    result = None if error else Flowing(norms, names)
    session.hear(m.Answered(question, result, error))


def widths(hands: Hands) -> dict[str, float]:
    return {target.node: item.width for target, item in hands.view.canvas.wires.items()}


def test_nothing_is_asked_while_it_is_off(drawn: Hands, session: PlayedSession, qtbot: QtBot) -> None:
    settle(qtbot)
    assert not asked(session)
    assert not drawn.view.flow.isVisible()
    assert set(widths(drawn).values()) == {0.0}
    drawn.view.flow.toggle()
    settle(qtbot)
    (question,) = asked(session)
    assert question.ports == (("a", "output"), ("b", "output"), ("c", "output"))
    assert drawn.view.flow.isVisible()


def test_a_wire_is_as_broad_as_its_gradient(drawn: Hands, session: PlayedSession, qtbot: QtBot) -> None:
    drawn.view.flow.toggle()
    settle(qtbot)
    answer(session, 1e-4, 1e-2, 1.0)
    settle(qtbot)
    found = widths(drawn)
    assert found["b"] == pytest.approx(THIN)
    assert found["c"] == pytest.approx((THIN + THICK) / 2)
    assert found["d"] == pytest.approx(THICK)
    item = drawn.view.canvas.wires[Port(MAIN, "d", "x")]
    assert item.pen().widthF() == pytest.approx(THICK)
    assert item.boundingRect().height() >= THICK


def test_a_wire_without_a_gradient_is_faint(drawn: Hands, session: PlayedSession, qtbot: QtBot) -> None:
    drawn.view.flow.toggle()
    settle(qtbot)
    answer(session, None, 1e-3, 1e-3)
    settle(qtbot)
    item = drawn.view.canvas.wires[Port(MAIN, "b", "x")]
    assert (item.width, item.opacity()) == (pytest.approx(THIN), pytest.approx(FADED))
    assert item.note == "no gradient"
    assert widths(drawn)["c"] == pytest.approx(THICK)  # equal gradients are equally broad


def test_hovering_tells_the_number(drawn: Hands, session: PlayedSession, qtbot: QtBot) -> None:
    drawn.view.flow.toggle()
    settle(qtbot)
    answer(session, 1e-4, 0.0123, 1.0)
    settle(qtbot)
    drawn.move(drawn.wire("c", "x"))
    settle(qtbot)
    assert drawn.view.words.tag.text.endswith("gradient 0.0123")
    answer_several = Flowing((1e-4, 0.0123, 1.0), ("one", "two", "two"))
    session.hear(m.Metrics("train", 2, 0.2, {}))
    drawn.view.flow.asker._next = 0.0
    settle(qtbot)
    session.hear(m.Answered(asked(session)[-1], answer_several))
    settle(qtbot)
    assert drawn.view.flow.words_of(("a", "output")) == "gradient 1.0e-4 · one"


def test_off_again_every_wire_is_as_it_was(drawn: Hands, session: PlayedSession, qtbot: QtBot) -> None:
    pens = {target: item.pen() for target, item in drawn.view.canvas.wires.items()}
    drawn.view.flow.toggle()
    settle(qtbot)
    answer(session, None, 1e-2, 1.0)
    settle(qtbot)
    drawn.view.flow.toggle()
    settle(qtbot)
    assert {target: item.pen() for target, item in drawn.view.canvas.wires.items()} == pens
    assert all(item.opacity() == 1.0 and not item.note for item in drawn.view.canvas.wires.values())
    assert not drawn.view.flow.isVisible()
    before = len(asked(session))
    session.hear(m.Metrics("train", 3, 0.3, {}))
    settle(qtbot)
    assert len(asked(session)) == before


def test_widths_come_and_go_by_degrees(drawn: Hands, session: PlayedSession, qtbot: QtBot) -> None:
    settings.set_animations(True)
    drawn.view.flow.toggle()
    settle(qtbot)
    answer(session, 1e-4, 1e-2, 1.0)
    qtbot.waitUntil(lambda: widths(drawn)["d"] == pytest.approx(THICK))
    drawn.view.flow.toggle()
    QTest.qWait(FADING // 3)
    assert WIRE_WIDTH < widths(drawn)["d"] < THICK
    qtbot.waitUntil(lambda: widths(drawn)["d"] == 0.0)
    assert not drawn.view.flow.isVisible()


def test_a_new_wire_is_asked_about(drawn: Hands, session: PlayedSession, qtbot: QtBot) -> None:
    drawn.view.flow.toggle()
    settle(qtbot)
    answer(session, 1e-4, 1e-2, 1.0)
    drawn.drag(drawn.output("d", "output"), drawn.at(1040, 200))
    drawn.view.search.close_box()
    with session.document.edit("Add"):
        drawn.document.add_node("relu", 1040, 0, id="e")
        drawn.document.connect(Port(MAIN, "d", "output"), Port(MAIN, "e", "x"))
    settle(qtbot)
    assert asked(session)[-1].ports[-1] == ("d", "output")


def test_why_there_is_nothing_is_said(hands: Hands, session: PlayedSession, qtbot: QtBot) -> None:
    hands.build(DRAWN, WIRED)
    hands.view.flow.toggle()
    settle(qtbot)
    assert "Train" in hands.view.flow.text
    session.run = "some run"
    session.hear(m.Started("some run", 1, 1, 1, "cpu"))
    settle(qtbot)
    answer(session, error="There is no loss.")
    settle(qtbot)
    assert hands.view.flow.text == "There is no loss."
    assert hands.view.flow.accessibleDescription() == "There is no loss."


def test_the_menu_switches_it(window: Window, qtbot: QtBot) -> None:
    window.open_template("digits-mlp")
    settle(qtbot)
    action = next(each for each in actions.ACTIONS if each.name == "gradients_on_wires")
    made = next(each for each in window.findChildren(type(window.menuBar().actions()[0]))
                if each.objectName() == "gradients_on_wires")  # fmt: skip
    made.trigger()
    assert window.canvas.flow.on
    assert action.checked is not None
    assert action.checked(window)
    made.trigger()
    assert not window.canvas.flow.on


def test_a_node_of_a_network_is_named_by_its_path(blocks: Hands, session: PlayedSession, qtbot: QtBot) -> None:
    session.run = "some run"
    blocks.view.flow.toggle()
    settle(qtbot)
    assert asked(session)[-1].ports == (("b1", "y"),)
    assert blocks.view.enter(key("b2"))
    settle(qtbot)
    assert asked(session)[-1].ports == (("b2.fc", "output"), ("b2.x", "output"))
