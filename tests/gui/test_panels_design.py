"""The panels around the drawing: library, problems and code."""

from __future__ import annotations

import pytest
from played import PlayedSession
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QGuiApplication, QTextDocument
from PySide6.QtWidgets import QTreeWidgetItem
from pytestqt.qtbot import QtBot
from shown import settle, shown, texts

from backend import messages as m
from graph.analysis import Analysis
from graph.document import MAIN, Change, Node, NodeKey
from graph.layers import CATALOGUE
from graph.problems import Fix, Problem
from gui import theme
from gui.highlight import PythonHighlighter
from gui.panels.code import CodePanel
from gui.panels.library import LibraryPanel, families
from gui.panels.problems import MOST, ProblemsPanel
from gui.type_tree import MIME, NAME

LEFT = Qt.MouseButton.LeftButton
RELU = NodeKey(MAIN, "relu_1")


# -- library ----------------------------------------------------------------------------------------------------------


def names(panel: LibraryPanel) -> list[str]:
    """The types on show, from top to bottom."""
    items = [panel.tree.topLevelItem(n) for n in range(panel.tree.topLevelItemCount())]
    leaves = [leaf for item in items if item for leaf in (_children(item) or [item])]
    return [leaf.data(0, NAME) for leaf in leaves]


def catalogued(panel: LibraryPanel) -> list[str]:
    """The types on show that are no networks."""
    return sorted(name for name in names(panel) if not name.startswith("@"))


def _children(item: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    return [item.child(n) for n in range(item.childCount())]


def place_of(panel: LibraryPanel, name: str) -> QPoint:
    for item in panel.tree.findItems("", Qt.MatchFlag.MatchContains | Qt.MatchFlag.MatchRecursive):
        if item.data(0, NAME) == name:
            panel.tree.scrollToItem(item)
            return panel.tree.visualItemRect(item).center()
    raise AssertionError(f"{name} is not in the library")


def test_every_node_type_stands_in_its_family(session: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, LibraryPanel(session))
    assert catalogued(panel) == sorted(CATALOGUE)
    assert next(iter(families())) == "sources"
    assert panel.tree.topLevelItem(0).text(0) == "Ready-made networks"  # type: ignore[union-attr]
    assert panel.tree.topLevelItem(1).text(0) == "Sources"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("typed", "first"), [("dense", "linear"), ("fc", "linear"), ("relu", "relu"), ("maxpool", "max_pool2d")]
)
def test_search_finds_by_other_names(session: PlayedSession, qtbot: QtBot, typed: str, first: str) -> None:
    panel = shown(qtbot, LibraryPanel(session))
    qtbot.keyClicks(panel.search, typed)
    settle(qtbot)
    assert names(panel)[0] == first


def test_a_search_without_a_match_says_so_and_escape_ends_it(session: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, LibraryPanel(session))
    qtbot.keyClicks(panel.search, "zzzzqq")
    settle(qtbot)
    assert "Nothing matches “zzzzqq”" in texts(panel)
    qtbot.keyClick(panel.search, Qt.Key.Key_Escape)
    settle(qtbot)
    assert catalogued(panel) == sorted(CATALOGUE)


def test_return_in_the_search_adds_the_first_match(session: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, LibraryPanel(session))
    qtbot.keyClicks(panel.search, "relu")
    qtbot.keyClick(panel.search, Qt.Key.Key_Return)
    assert [node.type for node in session.document.nodes.values()] == ["relu"]
    assert session.selection == {RELU}
    assert session.document.undo_label == f"Add {CATALOGUE['relu'].title}"


def test_return_in_an_empty_search_adds_nothing(session: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, LibraryPanel(session))
    qtbot.keyClick(panel.search, Qt.Key.Key_Return)
    assert not session.document.nodes


def test_a_double_click_adds_beside_what_is_selected_and_shows_it(session: PlayedSession, qtbot: QtBot) -> None:
    with session.document.edit("Draw"):
        one = session.document.add_node("linear", 100, 50)
        session.document.add_node("linear", 900, 0)
    session.select([one])
    panel = shown(qtbot, LibraryPanel(session), height=900)
    spot = place_of(panel, "relu")
    with qtbot.waitSignal(session.frame_requested) as framed:
        qtbot.mouseClick(panel.tree.viewport(), LEFT, pos=spot)
        qtbot.mouseDClick(panel.tree.viewport(), LEFT, pos=spot)
    assert framed.args == [RELU]
    node = session.document.nodes[RELU]
    assert 100 < node.x < 900
    assert node.y == 50


def test_nodes_added_one_after_another_do_not_cover_each_other(session: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, LibraryPanel(session))
    for _ in range(3):
        session.select([])
        panel.add("relu")
    spots = {(node.x, node.y) for node in session.document.nodes.values()}
    assert len(spots) == 3


def test_the_tree_is_walked_and_answered_by_keys(session: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, LibraryPanel(session))
    qtbot.keyClicks(panel.search, "relu")
    settle(qtbot)
    qtbot.keyClick(panel.search, Qt.Key.Key_Down)
    assert panel.tree.hasFocus()
    qtbot.keyClick(panel.tree, Qt.Key.Key_Return)
    assert [node.type for node in session.document.nodes.values()] == ["relu"]


def test_a_drag_carries_the_name_of_the_type(session: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, LibraryPanel(session))
    head = panel.tree.topLevelItem(0)
    assert head is not None
    leaf = head.child(0)
    assert panel.tree.mimeData([leaf]).data(MIME).data().decode() == leaf.data(0, NAME)
    assert leaf.flags() & Qt.ItemFlag.ItemIsDragEnabled
    assert not head.flags() & Qt.ItemFlag.ItemIsDragEnabled
    assert not panel.tree.mimeData([head]).hasFormat(MIME)


def test_a_folded_family_stays_folded(session: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, LibraryPanel(session), height=900)
    head = panel.tree.topLevelItem(0)
    assert head is not None
    qtbot.mouseClick(panel.tree.viewport(), LEFT, pos=panel.tree.visualItemRect(head).center())
    theme.set_theme("light")
    settle(qtbot)
    theme.set_theme("dark")
    settle(qtbot)
    assert not panel.tree.topLevelItem(0).isExpanded()  # type: ignore[union-attr]
    assert panel.tree.topLevelItem(1).isExpanded()  # type: ignore[union-attr]


# -- problems ---------------------------------------------------------------------------------------------------------


def found(session: PlayedSession, *problems: Problem) -> None:
    session.hear_analyst(m.Analysed(99, Analysis({}, problems, 0), ""))


def relu_problem(session: PlayedSession, severity: str = "error") -> Problem:
    fix = Fix("Name it", (Change("nodes", RELU, session.document.nodes[RELU], Node("relu", title="Bend")),))
    return Problem(severity, MAIN, RELU.node, "x", f"relu_1 is wired to nothing ({severity}).", fix)  # type: ignore[arg-type]


@pytest.fixture
def drawn(session: PlayedSession) -> PlayedSession:
    with session.document.edit("Draw"):
        session.document.add_node("relu")
    return session


def test_problems_stand_worst_first_with_their_place(drawn: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, ProblemsPanel(drawn))
    found(drawn, relu_problem(drawn, "warning"), relu_problem(drawn))
    settle(qtbot)
    assert [card.problem.severity for card in panel.cards] == ["error", "warning"]
    assert "1 error, 1 warning" in texts(panel)
    assert f"{CATALOGUE['relu'].title} · relu_1 · x" in texts(panel)


def test_errors_or_warnings_alone_are_shown(drawn: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, ProblemsPanel(drawn))
    found(drawn, relu_problem(drawn, "warning"), relu_problem(drawn))
    settle(qtbot)
    for choice, severities in (("Warnings", ["warning"]), ("Errors", ["error"]), ("All", ["error", "warning"])):
        qtbot.mouseClick(panel.filter.button(choice), LEFT)
        settle(qtbot)
        assert [card.problem.severity for card in panel.cards] == severities
        assert "1 error, 1 warning" in texts(panel)


def test_a_click_or_return_shows_the_node(drawn: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, ProblemsPanel(drawn))
    found(drawn, relu_problem(drawn))
    settle(qtbot)
    with qtbot.waitSignal(drawn.frame_requested) as framed:
        qtbot.mouseClick(panel.cards[0], LEFT, pos=QPoint(60, 12))
    assert framed.args == [RELU]
    assert drawn.selection == {RELU}
    panel.cards[0].setFocus()
    with qtbot.waitSignal(drawn.frame_requested):
        qtbot.keyClick(panel.cards[0], Qt.Key.Key_Return)


def test_the_fix_is_one_click_and_one_undo(drawn: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, ProblemsPanel(drawn))
    found(drawn, relu_problem(drawn))
    settle(qtbot)
    assert panel.cards[0].fix is not None
    qtbot.mouseClick(panel.cards[0].fix, LEFT)
    assert drawn.document.nodes[RELU].title == "Bend"
    assert drawn.document.undo_label == "Name it"
    drawn.undo()
    assert drawn.document.nodes[RELU].title == ""


def test_a_stale_fix_changes_nothing_and_says_so(drawn: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, ProblemsPanel(drawn))
    found(drawn, relu_problem(drawn))
    settle(qtbot)
    with drawn.document.edit("Move"):
        drawn.document.change_node(RELU, x=50.0)
    qtbot.mouseClick(panel.cards[0].fix, LEFT)
    assert drawn.document.nodes[RELU].title == ""
    assert drawn.notices


def test_no_problems_is_said_and_very_many_are_cut(drawn: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, ProblemsPanel(drawn))
    found(drawn)
    settle(qtbot)
    assert "Nothing is wrong" in texts(panel)
    found(drawn, *(Problem("error", MAIN, "", "", f"Problem {n}.") for n in range(MOST + 40)))
    settle(qtbot)
    assert len(panel.cards) == MOST
    assert f"{MOST + 40} errors; the first {MOST} are shown" in texts(panel)


def test_cards_are_kept_while_nothing_has_changed(drawn: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, ProblemsPanel(drawn))
    found(drawn, relu_problem(drawn))
    settle(qtbot)
    (card,) = panel.cards
    found(drawn, relu_problem(drawn))
    settle(qtbot)
    assert panel.cards == [card]


# -- code -------------------------------------------------------------------------------------------------------------


def coded(session: PlayedSession, source: str) -> None:
    session.hear_analyst(m.Analysed(99, Analysis({}, (), 0), source))


def test_the_code_follows_the_design_and_keeps_its_place(session: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, CodePanel(session), height=200)
    assert "No code yet" in texts(panel)
    coded(session, "\n".join(f"x{n} = {n}" for n in range(200)))
    settle(qtbot)
    panel.text.verticalScrollBar().setValue(90)
    coded(session, "\n".join(f"y{n} = {n}" for n in range(200)))
    settle(qtbot)
    assert panel.text.toPlainText().startswith("y0 = 0")
    assert panel.text.verticalScrollBar().value() == 90
    assert "200 lines" in texts(panel)


def test_copy_puts_the_code_on_the_clipboard(session: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, CodePanel(session))
    coded(session, "import torch\n")
    settle(qtbot)
    qtbot.mouseClick(panel.copy_button, LEFT)
    assert QGuiApplication.clipboard().text() == "import torch\n"
    assert panel.copy_button.text() == "Copied"


def test_the_menu_exports_in_four_formats(
    session: PlayedSession, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = shown(qtbot, CodePanel(session))
    session.run = "runs/one"
    monkeypatch.setattr(panel, "ask_path", lambda ending: f"/tmp/model{ending}")
    menu = panel.export_button.menu()
    for action in menu.actions():
        action.trigger()
    exports = [command for command in session.engine.sent if isinstance(command, m.Export)]
    assert [(e.format, e.to) for e in exports] == [
        ("python", "/tmp/model.py"),
        ("onnx", "/tmp/model.onnx"),
        ("pt2", "/tmp/model.pt2"),
        ("safetensors", "/tmp/model.safetensors"),
    ]
    monkeypatch.setattr(panel, "ask_path", lambda ending: "")
    menu.actions()[0].trigger()
    assert len([command for command in session.engine.sent if isinstance(command, m.Export)]) == 4


def colours(text: str) -> dict[str, QColor]:
    """Every coloured piece of a highlighted text."""
    document = QTextDocument(text)
    highlighter = PythonHighlighter(document, theme.current())
    highlighter.rehighlight()
    found = {}
    block = document.begin()
    while block.isValid():
        for part in block.layout().formats():
            found[block.text()[part.start : part.start + part.length]] = part.format.foreground().color()
        block = block.next()
    return found


def test_python_is_coloured_across_lines(qapp: object) -> None:
    now = theme.current()
    found = colours('"""One\nimport two"""\nimport math  # why\nx = f(1.5, "a\\"b", len)\ndef g(): pass\n')
    assert found['"""One'] == found['import two"""'] == now.meaning("classes")
    assert found["import"] == found["def"] == now.meaning("image")
    assert found["# why"] == now.text_dim
    assert found["1.5"] == now.meaning("tokens")
    assert found['"a\\"b"'] == now.meaning("classes")
    assert found["g"] == now.meaning("vector")
    assert "x" not in found
    assert "math" not in found


def test_every_colour_of_code_can_be_read_in_both_themes() -> None:
    for look in theme.THEMES.values():
        document = QTextDocument("x")
        formats = PythonHighlighter(document, look)._formats.values()
        for colour in (made.foreground().color() for made in formats):
            assert theme.contrast(colour, look.field) >= 4.5
