"""The canvas as a mirror: it follows every change, touches no more than it must, and lets go of what is gone."""

from __future__ import annotations

import gc
import random
import weakref

import msgspec
import pytest
from hands import Hands, key, port
from played import PlayedSession
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QHelpEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from graph.document import MAIN, Change, Comment, NodeKey, Wire
from graph.problems import Fix, Problem
from graph.specs import TensorSpec
from gui import theme
from gui.canvas import CanvasView
from gui.canvas.items import NodeItem

IMAGE, FLAT = TensorSpec((1, 28, 28)), TensorSpec((784,))
CHAIN = {"d": ("data", -300.0, 0.0), "a": ("flatten", 0.0, 0.0), "b": ("linear", 300.0, 0.0)}
CHAINED = {"a.x": "d.image", "b.x": "a.output"}


@pytest.fixture
def chain(hands: Hands) -> Hands:
    hands.build(CHAIN, CHAINED)
    return hands


@pytest.fixture
def painted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The nodes whose pictures were painted."""
    names: list[str] = []
    render = NodeItem.render

    def note(item: NodeItem, scale: float, ratio: float) -> None:
        names.append(item.key.node)
        render(item, scale, ratio)

    monkeypatch.setattr(NodeItem, "render", note)
    return names


def picture(hands: Hands) -> QImage:
    QApplication.processEvents()
    return hands.view.grab().toImage()


# -- following ---------------------------------------------------------------------------------------------------------


def test_any_sequence_of_edits_is_followed(hands: Hands) -> None:
    draw = random.Random(7)
    document = hands.document
    types = ["relu", "linear", "add", "data", "mse_loss", "gone in this version"]
    for step in range(300):
        nodes = list(document.nodes)
        choice = draw.random()
        if choice < 0.3 or len(nodes) < 3:
            with document.edit("Add"):
                document.add_node(draw.choice(types), draw.randint(0, 900), draw.randint(0, 700))
        elif choice < 0.6:
            with document.edit("Wire"):
                taker, giver = draw.sample(nodes, 2)
                name = draw.choice(["x", "xs.0", "xs.3", "prediction"])
                document.put("wires", port(f"{taker.node}.{name}"), Wire(giver.node, draw.choice(["output", "image"])))
        elif choice < 0.7:
            with document.edit("Remove"):
                document.remove_node(draw.choice(nodes))
        elif choice < 0.8:
            with document.edit("Change"):
                document.change_node(draw.choice(nodes), x=float(step), title=draw.choice(["", "T"]), type="tanh")
        else:
            (document.undo if choice < 0.92 else document.redo)()
        hands.session.select(draw.sample(list(document.nodes), min(2, len(document.nodes))))
        assert hands.agrees()
    while document.undo():
        assert hands.agrees()
    assert not document.nodes


def test_another_document_is_shown_from_scratch(chain: Hands) -> None:
    chain.session.select([key("b")])
    chain.session.new()
    assert chain.agrees()
    assert not chain.view.canvas.nodes
    chain.build({"z": ("relu", 0, 0)})
    assert chain.agrees()


def test_comments_are_shown(hands: Hands) -> None:
    place = NodeKey(MAIN, "comment_1")
    with hands.document.edit("Comment"):
        hands.document.put("comments", place, Comment("Look here", 10, 20, 300, 200, "#4477aa"))
    assert hands.view.canvas.comments[place].sceneBoundingRect().contains(200, 150)
    with hands.document.edit("Comment"):
        hands.document.put("comments", place, Comment("Look there", 500, 20, 300, 200))
    assert not hands.view.canvas.comments[place].sceneBoundingRect().contains(200, 150)
    hands.document.undo()
    hands.document.undo()
    assert not hands.view.canvas.comments


# -- what the analysis knows -------------------------------------------------------------------------------------------


def test_shape_parameters_and_settings_stand_on_the_node(chain: Hands) -> None:
    with chain.document.edit("Set"):
        chain.document.set_param(key("b"), "units", 10)
    chain.know(
        {"d": {"image": IMAGE}, "a": {"output": FLAT}, "b": {"output": TensorSpec((10,))}}, parameters={"b": 7850}
    )
    face = chain.view.canvas.nodes[key("b")].face
    assert (face.details, face.shape, face.parameters) == ("10 units", "10", "7,850 params")
    assert chain.view.canvas.wires[port("a.x")].meaning == "image"
    assert chain.view.canvas.wires[port("b.x")].meaning == "vector"


def test_data_ports_come_from_the_wires_before_the_analysis_and_then_from_it(chain: Hands) -> None:
    item = chain.view.canvas.nodes[key("d")]
    assert [shown.name for shown in item.face.outputs] == ["image"]
    chain.know({"d": {"image": IMAGE, "label": TensorSpec((), "int64", classes=10)}})
    assert [shown.name for shown in item.face.outputs] == ["image", "label"]
    assert chain.agrees()


def test_an_analysis_touches_only_what_is_news(chain: Hands, painted: list[str]) -> None:
    specs = {"d": {"image": IMAGE}, "a": {"output": FLAT}, "b": {"output": TensorSpec((64,))}}
    chain.know(specs)
    picture(chain)
    painted.clear()
    chain.know(specs)
    picture(chain)
    assert not painted
    chain.know(specs, parameters={"b": 5})
    picture(chain)
    assert painted == ["b"]


def test_moving_paints_no_node_anew(chain: Hands, painted: list[str]) -> None:
    picture(chain)
    chain.click(chain.title("b"))
    chain.move(chain.at(0, 500))
    picture(chain)
    painted.clear()
    chain.drag(chain.title("b"), chain.title("b") + QPoint(50, 90))
    assert not set(painted) - {"b"}, "only what is hovered may look different"


PROBLEM = Problem("error", MAIN, "b", "x", "It takes a vector; what arrives is an image.")


def test_a_problem_shows_on_its_node(chain: Hands) -> None:
    before = picture(chain)
    chain.know({}, PROBLEM)
    assert chain.view.canvas.nodes[key("b")].face.severity == "error"
    assert picture(chain) != before
    assert not chain.view.words.bubble.isVisible()
    chain.move(chain.title("b"))
    assert (chain.view.words.bubble.isVisible(), chain.view.words.bubble.text) == (True, PROBLEM.message)
    assert chain.view.words.bubble.y() >= chain.view.canvas.nodes[key("b")].sceneBoundingRect().bottom()
    chain.move(chain.at(0, 400))
    assert not chain.view.words.bubble.isVisible()
    chain.click(chain.title("b"))
    chain.move(chain.at(0, 400))
    assert chain.view.words.bubble.isVisible(), "a selected node keeps its sentence"
    spot = chain.title("b")
    QApplication.sendEvent(chain.view.viewport(), QHelpEvent(QEvent.Type.ToolTip, spot, spot))
    assert QToolTip.text() == PROBLEM.message
    QToolTip.hideText()
    chain.know({"b": {"output": FLAT}})
    assert chain.view.canvas.nodes[key("b")].face.severity == ""
    assert not chain.view.words.bubble.isVisible()


def test_a_click_on_the_fix_mends(chain: Hands) -> None:
    node = chain.document.nodes[key("b")]
    mended = msgspec.structs.replace(node, params={"units": 3})
    fix = Fix("Use 3 units", (Change("nodes", key("b"), node, mended),))
    chain.know({}, msgspec.structs.replace(PROBLEM, fix=fix))
    chain.move(chain.title("b"))
    link = chain.view.words.bubble._link.center()
    spot = chain.at(*chain.view.words.bubble.pos().toTuple()) + link.toPoint()
    chain.move(spot)
    assert chain.view.words.bubble.isVisible(), "the way to the fix does not close it"
    chain.click(spot)
    assert chain.document.nodes[key("b")].params == {"units": 3}
    assert chain.document.undo_label == "Use 3 units"


# -- looks -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zoom", [1.0, 0.2])
def test_themes_dress_near_and_far(chain: Hands, zoom: float) -> None:
    chain.view.zoom_to(zoom)
    chain.view.centerOn(0, 0)
    dark = picture(chain)
    theme.set_theme("light")
    light = picture(chain)
    theme.set_theme("dark")
    assert light.pixelColor(5, 5) == theme.THEMES["light"].canvas
    assert picture(chain) == dark


def test_the_overview_shows_selection_problems_and_drags(chain: Hands) -> None:
    chain.view.zoom_to(0.2)
    chain.view.centerOn(100, 0)
    plain = picture(chain)
    chain.know({}, PROBLEM)
    faulty = picture(chain)
    assert faulty != plain
    chain.click(chain.title("a"))
    chosen = picture(chain)
    assert chosen != faulty
    chain.hold(chain.title("a"), chain.title("a") + QPoint(0, 40))
    assert picture(chain) != chosen
    QTest.keyClick(chain.view, "\x1b")
    chain.move(chain.at(-1000, 1500))
    assert picture(chain) == chosen
    chain.release(chain.at(-1000, 1500))


def test_far_away_the_band_is_seen_and_the_tip_names_the_node(chain: Hands) -> None:
    chain.view.zoom_to(0.2)
    chain.view.centerOn(100, 0)
    plain = picture(chain)
    chain.hold(chain.at(-900, -900), chain.at(-500, -500))
    assert picture(chain) != plain
    chain.release(chain.at(-500, -500))
    assert picture(chain) == plain
    spot = chain.title("b")
    QApplication.sendEvent(chain.view.viewport(), QHelpEvent(QEvent.Type.ToolTip, spot, spot))
    assert QToolTip.text().startswith("b · 64 units")
    QToolTip.hideText()


def test_zooming_paints_sharp_again(chain: Hands, painted: list[str]) -> None:
    picture(chain)
    painted.clear()
    chain.view.zoom_to(0.8)
    picture(chain)
    assert not painted
    QTest.qWait(200)
    assert set(painted) == {"d", "a", "b"}
    assert {item.rendered for item in chain.view.canvas.nodes.values()} == {0.8}


def test_only_what_is_in_sight_is_painted(hands: Hands, painted: list[str]) -> None:
    hands.build({f"n{i}": ("relu", 240 * (i % 40), 140 * (i // 40)) for i in range(800)})
    picture(hands)
    assert 0 < len(painted) < 80
    hands.view.centerOn(9000, 2000)
    picture(hands)
    assert len(painted) == len(set(painted)) < 160


# -- letting go --------------------------------------------------------------------------------------------------------


def test_items_of_a_document_that_is_gone_are_freed_at_once(chain: Hands) -> None:
    chain.move(chain.title("b"))
    chain.drag(chain.title("b"), chain.title("b") + QPoint(30, 30))
    chain.move(chain.at(0, 500))
    items = [weakref.ref(item) for item in (*chain.view.canvas.nodes.values(), *chain.view.canvas.wires.values())]
    gc.collect()
    gc.disable()
    try:
        chain.session.new()
        QApplication.processEvents()
        assert not [item() for item in items if item() is not None]
    finally:
        gc.enable()


def test_removed_items_are_freed_at_once(chain: Hands) -> None:
    item = weakref.ref(chain.view.canvas.nodes[key("b")])
    gc.collect()
    gc.disable()
    try:
        with chain.document.edit("Remove"):
            chain.document.remove_node(key("b"))
        assert item() is None
    finally:
        gc.enable()


def test_a_closed_view_hears_nothing_more(session: PlayedSession, qtbot: QtBot) -> None:
    view = CanvasView(session)
    with session.document.edit("Add"):
        session.document.add_node("relu")
    gone = weakref.ref(view.canvas)
    view.deleteLater()
    del view
    QTest.qWait(20)
    gc.collect()
    assert gone() is None
    with session.document.edit("Add"):
        session.document.add_node("relu")
    theme.signals.changed.emit(theme.current())


def test_large_documents_build_and_undo(hands: Hands) -> None:
    nodes = {f"n{i}": ("relu", 240.0 * (i % 40), 140.0 * (i // 40)) for i in range(500)}
    hands.build(nodes, {f"n{i}.x": f"n{i - 1}.output" for i in range(1, 500)})
    assert hands.agrees()
    hands.document.undo()
    assert hands.agrees()
    hands.document.redo()
    assert hands.agrees()
