"""All texts go through the translation: no literal is left in the code, and a made-up language covers the window."""

from __future__ import annotations

import ast
import pickle
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, Qt, QTranslator
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDockWidget,
    QLabel,
    QLineEdit,
    QTabBar,
    QTreeWidget,
    QWidget,
)
from pytestqt.qtbot import QtBot

from graph.layers import CATALOGUE
from graph.wording import Worded
from gui import language, translating
from gui.inspector.fields import node_field
from gui.language import Translation
from gui.shell.tour import Tour
from gui.window import Window

GUI = Path(translating.__file__).parent
SHOWN = {
    "setText", "setToolTip", "setPlaceholderText", "setAccessibleName", "setAccessibleDescription", "setWindowTitle",
    "setTitle", "addAction", "addTab", "addItem", "addMenu", "setStatusTip", "setHeaderLabels", "drawText",
    "name_for_readers", "showText", "setInformativeText", "setItemText", "setTabText", "setSuffix", "setPrefix",
    "setSpecialValueText", "getOpenFileName", "getSaveFileName", "getExistingDirectory", "QLabel", "QPushButton",
    "QAction", "QMenu", "QToolButton", "QCheckBox", "QRadioButton", "QGroupBox", "QDockWidget", "QToolBar",
    "QMessageBox", "QListWidgetItem", "QTreeWidgetItem", "QTableWidgetItem", "Words", "Empty", "Heading",
}  # fmt: skip
FIRST_ALONE = {"say", "tool"}  # the other arguments name levels, topics and icons
NAMES = {"Netloom", "[*] – Netloom"}
OF_QT = {"Close", "Float", "Close Tab"}  # what Qt calls its own buttons, translated by files of its own
MARKUP = re.compile(r"<[^>]*>?|&\w+;|[^<>]*:[^<>]*;?$")


def literals(node: ast.expr) -> Iterator[ast.Constant]:
    """The strings that an argument shows as they are; what a call makes of others is not looked at."""
    match node:
        case ast.Constant(value=str()):
            yield node
        case ast.JoinedStr(values=parts) | ast.BoolOp(values=parts) | ast.List(elts=parts) | ast.Tuple(elts=parts):
            for part in parts:
                yield from literals(part)
        case ast.FormattedValue(value=value):
            yield from literals(value)
        case ast.IfExp(body=one, orelse=other) | ast.BinOp(left=one, right=other):
            yield from literals(one)
            yield from literals(other)


@pytest.mark.parametrize("path", sorted(GUI.rglob("*.py")), ids=lambda path: path.stem)
def test_no_text_is_shown_as_it_stands_in_the_code(path: Path) -> None:
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        name = translating.called(node)
        if isinstance(node, ast.Call) and (name in SHOWN or name in FIRST_ALONE):
            arguments = node.args[:2] if name == "tool" else node.args[:1] if name in FIRST_ALONE else node.args
            arguments = arguments + [each.value for each in node.keywords if each.arg in ("placeholderText", "text")]
            found += [each for argument in arguments for each in literals(argument)]
    left = [f"line {each.lineno}: {each.value!r}" for each in found
            if re.search(r"[A-Za-z]{2}", MARKUP.sub("", str(each.value))) and each.value not in NAMES]  # fmt: skip
    assert not left, f"{path.name} shows text that no translation reaches: {left}"


# -- a language made up for the test ----------------------------------------------------------------------------------


@pytest.fixture
def brackets(tmp_path: Path, qapp: QApplication) -> Iterator[Translation]:
    """A translation file in which every text stands in brackets, in force."""
    texts = {text: f"⟦{text}⟧" for text in translating.texts()}
    assert translating.write(tmp_path / "xx.ts", texts) == 0
    made = Translation(tmp_path / "xx.ts")
    qapp.installTranslator(made)
    yield made
    qapp.removeTranslator(made)


def texts_of(widget: QWidget) -> Iterator[str]:
    """What a widget shows and what it is called by readers."""
    yield from (widget.accessibleName(), widget.toolTip())
    match widget:
        case QLabel() | QAbstractButton():
            yield widget.text()
        case QLineEdit():
            yield widget.placeholderText()
        case QDockWidget():
            yield widget.windowTitle()
        case QTabBar():
            yield from (widget.tabText(number) for number in range(widget.count()))
        case QTreeWidget():
            items = widget.findItems("", Qt.MatchFlag.MatchContains | Qt.MatchFlag.MatchRecursive)
            yield from (item.text(0) for item in items)


def untranslated(window: Window) -> set[str]:
    own = own_words(window)
    found = {text for widget in [window, *window.findChildren(QWidget)] if widget.isVisible() or widget is window
             for text in texts_of(widget)}  # fmt: skip
    found |= {action.text() for action in window.findChildren(QAction)}
    return {text for text in found if re.search(r"[A-Za-z]{3}", MARKUP.sub("", text)) and "⟦" not in text and
            text not in own}  # fmt: skip


def own_words(window: Window) -> set[str]:
    """What is the design's and not the studio's."""
    document = window.session.document
    own = {str(value) for value in (*document.about.values(), *document.settings.values())}
    for key, node in document.nodes.items():
        own |= {key.node, node.title, node.type, *map(str, node.params.values())}
    for node_type in CATALOGUE.values():  # ports and choices are called as in the files and in the source
        own |= {each.name for each in node_type.inputs} | set(node_type.outputs)
        own |= {str(choice) for each in node_type.parameters for choice in each.choices}
    own |= {f"← {wire.node}.{wire.port}" for wire in document.wires.values()}
    return own | NAMES | OF_QT | set(CATALOGUE)


def test_a_made_up_language_covers_the_start_page(brackets: Translation, window: Window) -> None:
    assert untranslated(window) == set(), untranslated(window)


def test_a_made_up_language_covers_canvas_and_panels(brackets: Translation, window: Window, qtbot: QtBot) -> None:
    window.open_template("digits-cnn")
    qtbot.waitUntil(lambda: window.complete)
    left = set()
    for name in window.docks.docks:
        window.docks.show(name)
        QApplication.processEvents()
        left |= untranslated(window)
    assert left == set(), left
    window.session.select(list(window.session.document.nodes)[1:2])
    window.docks.show("inspector")
    QApplication.processEvents()
    assert untranslated(window) == set(), untranslated(window)


def test_a_made_up_language_covers_settings_and_tour(brackets: Translation, window: Window) -> None:
    dialog = window.show_settings()
    for number in range(dialog.tabs.count()):
        dialog.tabs.setCurrentIndex(number)
        texts = {text for widget in dialog.findChildren(QWidget) if widget.isVisible() for text in texts_of(widget)}
        left = {text for text in texts if re.search(r"[A-Za-z]{3}", text) and "⟦" not in text}
        assert left <= {str(dialog.folder.text())}
    dialog.close()
    window.show_tour()
    tour = window.findChild(Tour)
    assert tour is not None
    for number in range(6):
        tour.go(number)
        assert "⟦" in tour.title.text()
        assert "⟦" in tour.words.text()
    tour.leave()


# -- the file ---------------------------------------------------------------------------------------------------------


def test_a_new_file_holds_every_text_and_a_renewed_one_keeps_what_was_translated(tmp_path: Path) -> None:
    path = tmp_path / "de.ts"
    assert translating.write(path, {}) == len(translating.texts())
    assert language.read(path) == {}
    assert translating.write(path, {"Train": "Trainieren", "Not there": "Nicht da"}) == len(translating.texts()) - 1
    assert language.read(path) == {"Train": "Trainieren"}


def test_the_language_is_chosen_by_name_and_what_it_lacks_stays_english(
    tmp_path: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    translating.write(tmp_path / "de.ts", {"Train": "Trainieren"})
    monkeypatch.setattr(language, "FOLDER", tmp_path)
    monkeypatch.setenv("NETLOOM_LANGUAGE", "de_AT")
    language.install(qapp)
    try:
        assert QCoreApplication.translate("anything", "Train") == "Trainieren"
        assert QCoreApplication.translate("anything", "Stop") == "Stop"
    finally:
        for translator in qapp.findChildren(QTranslator):
            qapp.removeTranslator(translator)
            translator.deleteLater()


def test_english_needs_no_file(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETLOOM_LANGUAGE", "en_GB")
    before = len(qapp.findChildren(Translation))
    language.install(qapp)
    assert len(qapp.findChildren(Translation)) == before
    assert language.content("Train") == "Train"


# -- names within texts -----------------------------------------------------------------------------------------------


def undo_text(window: Window) -> str:
    return window.actions_by_name["undo"].text()


def test_steps_with_names_in_them_are_translated(brackets: Translation, window: Window, qtbot: QtBot) -> None:
    window.open_template("digits-cnn")
    node_type = CATALOGUE["relu"]
    window.canvas.setFocus()
    qtbot.keyClick(window.canvas, Qt.Key.Key_Tab)
    qtbot.keyClicks(QApplication.focusWidget(), "relu")
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert undo_text(window) == f"⟦Undo ⟦Add ⟦{node_type.title}⟧⟧⟧"
    assert window.session.document.undo_label == f"Add {node_type.title}"
    key = next(key for key, node in window.session.document.nodes.items() if node.type == "conv2d")
    field = node_field(window.session, [key], CATALOGUE["conv2d"].parameter("filters"))
    field.write(7, "")
    assert undo_text(window) == "⟦Undo ⟦Set ⟦Filters⟧⟧⟧"
    window.canvas.setFocus()
    qtbot.keyClick(window.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.actions_by_name["redo"].text() == "⟦Redo ⟦Set ⟦Filters⟧⟧⟧"
    window.session.select([key])
    qtbot.keyClick(window.canvas, Qt.Key.Key_Delete)
    assert undo_text(window) == "⟦Undo ⟦Delete⟧⟧"


def test_a_fix_with_a_name_in_it_is_translated_where_it_is_offered_and_undone(
    brackets: Translation, window: Window
) -> None:
    window.new()
    document = window.session.document
    with document.edit("Draw"):
        document.add_node("reluu", id="odd")
    (problem,) = [each for each in window.session.problems if each.node == "odd"]
    assert problem.fix is not None
    assert problem.fix.label == "Make it a relu"
    window.session.apply_fix(problem)
    assert undo_text(window).startswith("⟦Undo ⟦Make it a ")


def test_names_of_ones_own_stay_and_a_bad_translation_falls_back(tmp_path: Path, qapp: QApplication) -> None:
    texts = {"Wire “{node}” to it": "Verdrahte es mit „{node}“", "Train “{name}”": "Trainiere {wrong}", "Name": "N"}
    translating.write(tmp_path / "de.ts", texts)
    german = Translation(tmp_path / "de.ts")
    qapp.installTranslator(german)
    try:
        assert language.content(Worded("Wire “{node}” to it", node="conv2d_1 {x}")) == (
            "Verdrahte es mit „conv2d_1 {x}“"
        )
        assert language.content(Worded("Train “{name}”", name="a")) == "Train “a”"
    finally:
        qapp.removeTranslator(german)


def test_every_step_of_undo_can_be_translated() -> None:
    known = set(translating.texts())
    assert {"Cut", "Duplicate", "Add {type}", "Set {name}", "Wire “{node}” to it", "Resize", "Colour"} <= known
    unreached = []
    for path in sorted([*GUI.rglob("*.py"), *translating.DESIGN.rglob("*.py")]):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if translating.called(node) in ("edit", "Fix") and node.args and isinstance(node.args[0], ast.JoinedStr):
                unreached.append(f"{path.name}:{node.lineno}")
    assert not unreached, f"A name within an f-string is out of reach of a translation: {unreached}"


def test_a_text_with_values_goes_through_a_pipe() -> None:
    text = Worded("Add {type}", type="Dense")
    again = pickle.loads(pickle.dumps(text))
    assert (again, again.template, again.values) == ("Add Dense", "Add {type}", {"type": "Dense"})
