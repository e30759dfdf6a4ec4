"""The library and the problems of designs with networks in them."""

from __future__ import annotations

from pathlib import Path

import pytest
from blocks import FIRST, INNER, SECOND, draw_blocks, type_over
from played import PlayedSession
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot
from shown import settle, shown, texts

from backend import messages as m
from graph.analysis import Analysis
from graph.document import MAIN, Document, Network, NodeKey
from graph.library import read, save_network
from graph.problems import Problem
from gui import shared_networks
from gui.canvas import CanvasView
from gui.panels.library import LibraryPanel
from gui.panels.problems import ProblemsPanel
from gui.type_tree import MIME, NAME
from gui.whereabouts import Place, way_to

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def drawn(session: PlayedSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PlayedSession:
    monkeypatch.setenv("NETLOOM_LIBRARY", str(tmp_path / "networks"))
    draw_blocks(session.document)
    return session


# -- library -----------------------------------------------------------------------------------------------------------


def library(drawn: PlayedSession, qtbot: QtBot) -> LibraryPanel:
    return shown(qtbot, LibraryPanel(drawn), 260, 700)


def heads(panel: LibraryPanel) -> dict[str, list[str]]:
    found = [panel.tree.topLevelItem(n) for n in range(panel.tree.topLevelItemCount())]
    return {head.text(0): [head.child(n).text(0) for n in range(head.childCount())] for head in found if head}


def double_click(panel: LibraryPanel, qtbot: QtBot, name: str) -> None:
    item = panel.tree.item_of(name)
    assert item is not None
    panel.tree.scrollToItem(item)
    spot = panel.tree.visualItemRect(item).center()
    qtbot.mouseClick(panel.tree.viewport(), LEFT, pos=spot)
    qtbot.mouseDClick(panel.tree.viewport(), LEFT, pos=spot)
    settle(qtbot)


def test_the_networks_of_the_design_are_placed_by_a_double_click(drawn: PlayedSession, qtbot: QtBot) -> None:
    panel = library(drawn, qtbot)
    assert heads(panel)["This design"] == ["Block"]
    assert "My networks" not in heads(panel)
    double_click(panel, qtbot, "@block")
    assert drawn.selection == {NodeKey(MAIN, "block_3")}
    drawn.go(way_to(drawn.document, "block"))
    double_click(panel, qtbot, "@block")
    assert drawn.notices[-1].text == "“Block” cannot be placed inside itself, which would never end."
    assert NodeKey("block", "block_1") not in drawn.document.nodes


def test_ready_made_networks_come_with_what_they_rest_on(drawn: PlayedSession, qtbot: QtBot) -> None:
    panel = library(drawn, qtbot)
    (inception,) = [each for each in shared_networks.shipped() if each.title == "Inception block"]
    double_click(panel, qtbot, inception.name)
    assert set(drawn.document.networks) == {MAIN, "block", "inception", "convolution"}
    assert heads(panel)["This design"] == ["Block", "Convolution, norm, ReLU", "Inception block"]
    double_click(panel, qtbot, inception.name)
    assert len(drawn.document.networks) == 4
    drawn.undo()
    drawn.undo()
    settle(qtbot)
    assert heads(panel)["This design"] == ["Block"]


def test_a_search_finds_networks_too(drawn: PlayedSession, qtbot: QtBot) -> None:
    panel = library(drawn, qtbot)
    qtbot.keyClicks(panel.search, "inception")
    qtbot.keyClick(panel.search, Qt.Key.Key_Return)
    assert "inception" in drawn.document.networks


def test_a_network_is_saved_renamed_and_removed_by_the_menu(drawn: PlayedSession, qtbot: QtBot) -> None:
    panel = library(drawn, qtbot)
    actions = {action.text(): action for action in panel.menu_for("@block").actions()}
    actions["Save in my networks"].trigger()
    settle(qtbot)
    assert heads(panel)["My networks"] == ["Block"]
    (saved,) = shared_networks.folder().glob("*.netloom")
    assert set(read(saved).document.networks) == {MAIN, "block"}
    name = f"{shared_networks.FILE}{saved}"
    panel.tree.choose(name)
    panel.tree.setFocus()
    qtbot.keyClick(panel.tree, Qt.Key.Key_F2)
    field = QApplication.focusWidget()
    assert isinstance(field, QLineEdit)
    type_over(qtbot, field, "Brick")
    settle(qtbot)
    assert heads(panel)["My networks"] == ["Brick"]
    assert drawn.document.networks["block"].title == "Block"
    (saved,) = shared_networks.folder().glob("*.netloom")
    panel.tree.choose(f"{shared_networks.FILE}{saved}")
    qtbot.keyClick(panel.tree, Qt.Key.Key_Delete)
    settle(qtbot)
    assert "My networks" not in heads(panel)
    notice = drawn.notices[-1]
    assert notice.action is not None
    notice.action()
    settle(qtbot)
    assert heads(panel)["My networks"] == ["Brick"]


def test_networks_of_the_design_are_renamed_and_removed_in_place(drawn: PlayedSession, qtbot: QtBot) -> None:
    panel = library(drawn, qtbot)
    panel.tree.choose("@block")
    panel.tree.setFocus()
    qtbot.keyClick(panel.tree, Qt.Key.Key_Delete)
    assert "delete what places it first" in drawn.notices[-1].text
    qtbot.keyClick(panel.tree, Qt.Key.Key_F2)
    field = QApplication.focusWidget()
    assert isinstance(field, QLineEdit)
    type_over(qtbot, field, "Brick")
    settle(qtbot)
    assert drawn.document.nodes[FIRST].type == "@brick"
    with drawn.document.edit("Take out"):
        drawn.document.remove_node(FIRST)
        drawn.document.remove_node(SECOND)
    panel.tree.choose("@brick")
    qtbot.keyClick(panel.tree, Qt.Key.Key_Delete)
    assert set(drawn.document.networks) == {MAIN}
    drawn.undo()
    assert set(drawn.document.networks) == {MAIN, "brick"}


def test_a_bad_file_is_told_and_the_others_are_listed(drawn: PlayedSession, qtbot: QtBot) -> None:
    shared_networks.folder().mkdir(parents=True)
    (shared_networks.folder() / "broken.netloom").write_text("{")
    save_network(drawn.document, "block", shared_networks.folder() / "good.netloom")
    panel = library(drawn, qtbot)
    assert heads(panel)["My networks"] == ["Block"]
    assert "broken.netloom" in panel.faults.text()
    assert panel.faults.isVisible()
    (shared_networks.folder() / "broken.netloom").unlink()
    panel.invalidate()
    settle(qtbot)
    assert not panel.faults.isVisible()


def test_a_network_is_dragged_from_the_library_to_the_canvas(drawn: PlayedSession, qtbot: QtBot) -> None:
    panel = library(drawn, qtbot)
    canvas = shown(qtbot, CanvasView(drawn), 800, 500)
    (residual,) = [each for each in shared_networks.shipped() if each.title == "Residual block"]
    item = panel.tree.item_of(residual.name)
    assert item is not None
    carried = panel.tree.mimeData([item])
    assert carried.data(MIME).data().decode() == item.data(0, NAME)
    drop_on(canvas, carried)
    assert "residual_block" in drawn.document.networks
    (key,) = drawn.selection
    assert drawn.document.nodes[key].type == "@residual_block"
    drawn.undo()
    assert "residual_block" not in drawn.document.networks
    block, count = panel.tree.item_of("@block"), len(drawn.document.nodes)
    assert block is not None
    drawn.go(way_to(drawn.document, "block"))
    drop_on(canvas, panel.tree.mimeData([block]))
    assert len(drawn.document.nodes) == count
    assert drawn.notices[-1].text == "“Block” cannot be placed inside itself, which would never end."


def drop_on(canvas: CanvasView, carried: QMimeData) -> None:
    spot, buttons = QPoint(300, 250), Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    canvas.dragEnterEvent(QDragEnterEvent(spot, Qt.DropAction.CopyAction, carried, buttons, none))
    canvas.dropEvent(QDropEvent(QPointF(spot), Qt.DropAction.CopyAction, carried, buttons, none))


# -- problems ----------------------------------------------------------------------------------------------------------


def test_problems_name_their_network_and_are_counted_in_the_title(drawn: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, ProblemsPanel(drawn))
    inside = Problem("error", *INNER, "", "It goes wrong.")
    unplaced = Problem("warning", "block", "", "", "The network is placed nowhere.")
    drawn.hear_analyst(m.Analysed(99, Analysis({}, (inside, unplaced), 0), ""))
    settle(qtbot)
    assert panel.windowTitle() == "Problems (2)"
    assert "linear · linear_1 in Block" in texts(panel)
    with qtbot.waitSignal(drawn.frame_requested) as framed:
        qtbot.mouseClick(panel.cards[0], LEFT, pos=QPoint(60, 12))
    assert framed.args == [INNER]
    drawn.go(Place())
    qtbot.mouseClick(panel.cards[1], LEFT, pos=QPoint(60, 12))
    assert drawn.network == "block"
    drawn.hear_analyst(m.Analysed(100, Analysis({}, (), 0), ""))
    assert panel.windowTitle() == "Problems"


def test_a_design_without_networks_is_as_before(session: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, LibraryPanel(session), 260, 700)
    assert list(heads(panel))[:2] == ["Ready-made networks", "Sources"]
    assert Document().networks == {MAIN: Network()}
