"""The results panel: pages by what an output tells, cells and units that are clicked, and plots that are read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from played import PlayedSession
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot
from replying import Engine
from shown import settle, shown, texts

from backend import messages as m
from backend.loading import Model, load_run
from backend.questions.results import Examples
from backend.questions.results_classes import Classes
from backend.questions.results_plane import Plane
from gui import theme
from gui.inside.results.classes import ClassesPage
from gui.inside.results.matrix import ConfusionMatrix
from gui.inside.results.numbers import NumbersPage
from gui.inside.results.plane import PlanePage
from gui.inside.results.plane_view import class_image, number_image
from gui.panels.results import ResultsPanel
from tests.runs import quick_run


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return load_run(quick_run(tmp_path_factory.mktemp("runs") / "digits", "logistic-digits"))


@pytest.fixture(scope="module")
def xor(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return load_run(quick_run(tmp_path_factory.mktemp("runs") / "xor", "xor"))


@pytest.fixture
def panel(session: PlayedSession, qtbot: QtBot) -> ResultsPanel:
    made = shown(qtbot, ResultsPanel(session), 900, 420)
    settle(qtbot)
    return made


def choose(box: QComboBox, which: int, engine: Engine) -> None:
    box.setCurrentIndex(which)
    box.activated.emit(which)
    engine.reply()


def classes_of(panel: ResultsPanel) -> ClassesPage:
    page = panel.pages["classes"]
    assert isinstance(page, ClassesPage)
    return page


def plane_of(panel: ResultsPanel) -> PlanePage:
    page = panel.pages["plane"]
    assert isinstance(page, PlanePage)
    return page


def test_it_says_what_to_do(panel: ResultsPanel, session: PlayedSession, qtbot: QtBot) -> None:
    assert "Press Train, or open a finished run" in texts(panel)
    assert not panel.bar.isVisible()


def test_a_click_on_a_cell_shows_its_examples(
    panel: ResultsPanel, session: PlayedSession, qtbot: QtBot, digits: Model
) -> None:
    engine = Engine(session, qtbot, digits)
    engine.begin()
    page = classes_of(panel)
    assert page.found is not None
    counts = page.found.counts
    row, column = (int(place) for place in np.argwhere((counts > 0) & ~np.eye(10, dtype=bool))[0])
    qtbot.mouseClick(page.matrix, Qt.MouseButton.LeftButton, pos=page.matrix.rect_of(row, column).center().toPoint())
    engine.reply()
    asked = engine.asked[-1]
    assert isinstance(asked, Examples)
    assert (asked.output, asked.split, asked.numbers) == ("output_1", "test", page.found.cells[row, column])
    tiles = page.cell.tiles.tiles
    assert len(tiles) == counts[row, column]
    assert {(tile.guess, tile.truth, tile.right) for tile in tiles} == {(str(column), str(row), False)}
    assert tiles[0].number == page.found.cells[row, column][0] + 1
    assert f"true {row}, predicted {column}: {counts[row, column]} of {counts[row].sum()}" in texts(panel)


def test_cells_are_walked_by_keys(panel: ResultsPanel, session: PlayedSession, qtbot: QtBot, digits: Model) -> None:
    engine = Engine(session, qtbot, digits)
    engine.begin()
    page = classes_of(panel)
    page.matrix.setFocus()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Return):
        qtbot.keyClick(page.matrix, key)
    engine.reply()
    assert page.matrix.picked == (1, 1)
    assert "true 1, predicted 1" in page.matrix.accessibleDescription()
    assert {tile.truth for tile in page.cell.tiles.tiles} == {"1"}


def test_a_new_answer_renews_the_examples_and_the_counts(
    panel: ResultsPanel, session: PlayedSession, qtbot: QtBot, digits: Model
) -> None:
    engine = Engine(session, qtbot, digits)
    engine.begin()
    page = classes_of(panel)
    qtbot.mouseClick(page.matrix, Qt.MouseButton.LeftButton, pos=page.matrix.rect_of(0, 0).center().toPoint())
    engine.reply()
    before = len(engine.asked)
    session.hear(m.Metrics("train", 1, 0.5, {}))
    engine.reply()
    kinds = [type(question) for question in engine.asked[before:]]
    assert Classes in kinds
    assert Examples in kinds


def test_every_view_of_the_classes_is_shown(
    panel: ResultsPanel, session: PlayedSession, qtbot: QtBot, digits: Model
) -> None:
    engine = Engine(session, qtbot, digits)
    engine.begin()
    page = classes_of(panel)
    choose(page.view, 1, engine)
    assert page.measures.rowCount() == 11
    assert page.measures.item(0, 0).text() == "0"
    for which, words in ((2, "mean AUC"), (3, "expected calibration error")):
        choose(page.view, which, engine)
        assert words in texts(panel)
    choose(page.label, 4, engine)
    assert "of “3”" in texts(panel)
    choose(page.view, 4, engine)
    assert "The greatest loss" in texts(panel)
    assert page.found is not None
    assert [tile.number - 1 for tile in page.notable.tiles.tiles] == page.found.hardest.numbers.tolist()
    choose(page.view, 5, engine)
    assert [tile.number - 1 for tile in page.notable.tiles.tiles] == page.found.doubtful.numbers.tolist()


def test_curves_are_read_under_the_mouse(
    panel: ResultsPanel, session: PlayedSession, qtbot: QtBot, digits: Model
) -> None:
    engine = Engine(session, qtbot, digits)
    engine.begin()
    page = classes_of(panel)
    choose(page.view, 2, engine)
    choose(page.label, 9, engine)
    viewport = page.curves.roc.viewport()
    QTest.mouseMove(viewport, viewport.rect().center())
    settle(qtbot)
    assert "of the others taken for it" in texts(panel)
    QTest.mouseMove(page.curves.pr.viewport(), page.curves.pr.viewport().rect().center())
    settle(qtbot)
    assert "of what is found is right" in texts(panel)


def test_another_split_is_asked_for(panel: ResultsPanel, session: PlayedSession, qtbot: QtBot, digits: Model) -> None:
    engine = Engine(session, qtbot, digits)
    engine.begin()
    choose(panel.split, 2, engine)
    asked = engine.asked[-1]
    assert isinstance(asked, Classes)
    assert asked.split == "train"
    assert "1,294 examples" in texts(panel)


def test_a_part_without_examples_cannot_be_chosen(
    panel: ResultsPanel, session: PlayedSession, qtbot: QtBot, digits: Model
) -> None:
    class Without(Engine):
        def _answered(self, question: m.Question) -> m.Answered:
            answered = super()._answered(question)
            if hasattr(answered.result, "counts") and isinstance(answered.result.counts, dict):
                answered.result.counts["test"] = 0
            return answered

    Without(session, qtbot, digits).begin()
    assert panel.split.currentText() == "Validation"
    assert not panel.split.model().item(0).isEnabled()


def test_a_unit_is_enlarged_by_a_click(panel: ResultsPanel, session: PlayedSession, qtbot: QtBot, xor: Model) -> None:
    engine = Engine(session, qtbot, xor)
    engine.begin()
    choose(panel.page, panel.offered.index("plane"), engine)
    page = plane_of(panel)
    assert page.layer.currentText() == "tanh_1 (8 units)"
    before = page.view.grab().toImage()
    qtbot.mouseClick(page.units, Qt.MouseButton.LeftButton, pos=page.units.place(3).center().toPoint())
    settle(qtbot)
    assert page.view.unit == 3
    assert "unit 4: click it again to go back" in texts(panel)
    assert page.view.grab().toImage() != before
    page.units.setFocus()
    qtbot.keyClick(page.units, Qt.Key.Key_Escape)
    assert page.view.unit == -1


def test_the_plane_is_read_under_the_mouse(
    panel: ResultsPanel, session: PlayedSession, qtbot: QtBot, xor: Model
) -> None:
    engine = Engine(session, qtbot, xor)
    engine.begin()
    choose(panel.page, panel.offered.index("plane"), engine)
    page = plane_of(panel)
    assert page.found is not None
    spot = page.view.spot_of(1.0, 0.0)
    QTest.mouseMove(page.view, QPoint(1, 1))
    QTest.mouseMove(page.view, spot.toPoint())
    settle(qtbot)
    row, column = int(0.08 / 1.16 * 48), int(1.08 / 1.16 * 48)
    assert page.found.winner is not None
    told = page.found.classes[int(page.found.winner[row, column])]
    assert f": {told} " in page.about.text()
    choose(page.span, 1, engine)
    asked = engine.asked[-1]
    assert isinstance(asked, Plane)
    assert asked.axes == "components"
    assert "100% of the variance" in texts(panel)


def test_numbers_are_told_with_their_measures(
    panel: ResultsPanel, session: PlayedSession, qtbot: QtBot, xor: Model
) -> None:
    engine = Engine(session, qtbot, xor)
    engine.begin()
    choose(panel.page, panel.offered.index("numbers"), engine)
    page = panel.pages["numbers"]
    assert isinstance(page, NumbersPage)
    assert "R² " in texts(panel)
    assert page.found is not None
    assert "example 2: true 1, predicted" in page._tip(1.0, 0.4, 1)
    panel.resize(380, 300)
    settle(qtbot)
    assert page.scatter.isVisible()
    assert not page.residuals.isVisible()


def test_what_cannot_be_shown_is_told(panel: ResultsPanel, session: PlayedSession, qtbot: QtBot) -> None:
    session.hear(m.Started("a run", 1, 1, 1, "cpu"))
    settle(qtbot)
    asked = [each for each in session.engine.sent if isinstance(each, m.Question)][-1]
    session.hear(m.Answered(asked, error="The data of the run is gone."))
    settle(qtbot)
    assert "The data of the run is gone." in texts(panel)
    session.hear(m.Metrics("train", 1, 0.1, {}))
    settle(qtbot)
    assert [each for each in session.engine.sent if isinstance(each, m.Question)][-1] is not asked


def test_a_matrix_of_very_many_classes_is_painted(qtbot: QtBot) -> None:
    matrix = shown(qtbot, ConfusionMatrix(), 300, 240)
    names = tuple(f"class {n}" for n in range(120))
    matrix.show_counts(names, np.eye(120, dtype=np.int64) * 7)
    assert matrix.at(matrix.rect_of(119, 3).center()) == (119, 3)
    assert matrix.at(QPointF(2, 2)) is None
    matrix.show_shares(True)
    assert not matrix.grab().isNull()
    assert matrix.sentence(2, 2) == "true class 2, predicted class 2: 7 of 7 (100.0%)"


@pytest.mark.parametrize("name", theme.THEMES)
def test_classes_and_numbers_have_colours(qtbot: QtBot, name: str) -> None:
    theme.set_theme(name)
    winner, sure = np.array([[0, 1], [2, 2]]), np.array([[1.0, 1.0], [1.0, 1 / 3]])
    image = class_image(winner, sure, 3)
    upper, lower = [[image.pixelColor(x, y) for x in range(2)] for y in range(2)]
    assert lower[0] != lower[1] != upper[0]  # the first row of a grid is the lowest
    assert upper[1].saturation() < upper[0].saturation() or name == "dark"
    numbers: QImage = number_image(np.array([[-1.0, 0.0, 1.0]]), 0.0)
    assert len({numbers.pixelColor(x, 0).name() for x in range(3)}) == 3
    theme.set_theme("dark")


def test_controls_stand_in_one_row_where_there_is_room(
    panel: ResultsPanel, session: PlayedSession, qtbot: QtBot, digits: Model
) -> None:
    engine = Engine(session, qtbot, digits)
    engine.begin()
    page = classes_of(panel)
    for width, above in ((1100, panel.bar), (500, page), (1100, panel.bar)):
        panel.resize(width, 420)
        settle(qtbot)
        assert above.isAncestorOf(page.view)
        assert page.view.isVisible()
    choose(panel.page, 1, engine)
    assert not page.view.isVisible()
    assert plane_of(panel).layer.isVisible()


def test_the_panel_is_found(tmp_path: Path) -> None:
    from gui.panels import panels

    assert "results" in [panel.name for panel in panels()]
