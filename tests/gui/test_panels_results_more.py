"""The results panel for forecasts, texts, columns and reconstructions: what is chosen, dragged and hovered."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from played import PlayedSession
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QWidget
from pytestqt.qtbot import QtBot
from replying import Engine
from shown import settle, shown, texts
from sklearn import metrics

from backend import messages as m
from backend.loading import Model, load_run
from backend.questions.results_columns import Effect
from backend.questions.results_series import Forecast
from graph.document import Document
from gui.inside.results.columns import ColumnsPage
from gui.inside.results.errors import ErrorsPage, sides
from gui.inside.results.numbers import NumbersPage
from gui.inside.results.page import Page
from gui.inside.results.plots import Plot
from gui.inside.results.series import SeriesPage
from gui.inside.results.text import TextPage
from gui.panels.results import ResultsPanel
from tests.judged import auto_encoder, customers, forecast, seasons, table_design, tagger
from tests.training import trained

Kind = TypeVar("Kind", bound=Page)


def run_of(document: Document, folder: Path, epochs: int = 1) -> Model:
    with document.edit("Be short"):
        document.set_setting("epochs", epochs)
    return load_run(trained(document, folder)[0].run)


@pytest.fixture(scope="module")
def churn(tmp_path_factory: pytest.TempPathFactory) -> Model:
    folder = tmp_path_factory.mktemp("churn")
    return run_of(table_design(customers(folder / "customers.csv"), "stays", classes=2), folder, 10)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return run_of(auto_encoder(), tmp_path_factory.mktemp("encoder"))


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return run_of(tagger(), tmp_path_factory.mktemp("words"))


@pytest.fixture(scope="module")
def sold(tmp_path_factory: pytest.TempPathFactory) -> Model:
    folder = tmp_path_factory.mktemp("sold")
    return run_of(forecast(seasons(folder / "sold.csv")), folder, 20)


@pytest.fixture
def panel(session: PlayedSession, qtbot: QtBot) -> ResultsPanel:
    made = shown(qtbot, ResultsPanel(session), 1000, 460)
    settle(qtbot)
    return made


def choose(box: QComboBox, which: int, engine: Engine) -> None:
    box.setCurrentIndex(which)
    box.activated.emit(which)
    engine.reply()


def page_of(panel: ResultsPanel, engine: Engine, kind: type[Kind]) -> Kind:
    """The page of a kind, brought to the front."""
    for number in range(len(panel.offered)):
        choose(panel.page, number, engine)
        page = panel.views.currentWidget()
        if isinstance(page, kind):
            return page
    raise AssertionError(f"there is no {kind.__name__}")


def hover(plot: Plot, x: float, y: float) -> None:
    """Move the mouse over a place of a plot, in its own coordinates."""
    QTest.mouseMove(plot.viewport(), QPoint(2, 2))
    QTest.mouseMove(plot.viewport(), spot_of(plot, x, y))


def spot_of(plot: Plot, x: float, y: float) -> QPoint:
    box = plot.getPlotItem().vb
    return plot.mapFromScene(box.mapViewToScene(QPointF(x, y)))


# -- anomalies ---------------------------------------------------------------------------------------------------------


def test_the_threshold_is_dragged_and_the_numbers_follow(
    panel: ResultsPanel, session: PlayedSession, qtbot: QtBot, encoder: Model
) -> None:
    engine = Engine(session, qtbot, encoder)
    engine.begin()
    page = page_of(panel, engine, ErrorsPage)
    choose(page.label, 4, engine)
    found = page.found
    assert found is not None
    assert page.threshold.value() == pytest.approx(found.training, abs=1e-6)
    top = page.histogram.getPlotItem().vb.viewRange()[1][1]
    start, end = (spot_of(page.histogram, value, top / 2) for value in (found.training, np.median(found.errors)))
    viewport = page.histogram.viewport()
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=start)
    for share in (0.3, 0.6, 1.0):
        QTest.mouseMove(viewport, start + (end - start) * share)
        settle(qtbot)
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=end)
    settle(qtbot)
    now = page.threshold.value()
    assert now == pytest.approx(float(np.median(found.errors)), rel=0.1)
    assert now < found.training
    called, meant = found.errors >= page.line.value(), found.labels == 3
    assert f"precision {metrics.precision_score(meant, called):.1%}" in texts(panel)
    assert f"recall {metrics.recall_score(meant, called):.1%}" in texts(panel)
    assert f"AUC {metrics.roc_auc_score(meant, found.errors):.3f}" in texts(panel)
    session.hear(m.Metrics("train", 1, 0.5, {}))
    engine.reply()
    assert page.threshold.value() == now  # what the user has set stays as the training goes on


def test_the_threshold_is_typed_too(panel: ResultsPanel, session: PlayedSession, qtbot: QtBot, encoder: Model) -> None:
    engine = Engine(session, qtbot, encoder)
    engine.begin()
    page = page_of(panel, engine, ErrorsPage)
    page.threshold.setFocus()
    page.threshold.selectAll()
    qtbot.keyClicks(page.threshold, "0")
    qtbot.keyClick(page.threshold, Qt.Key.Key_Return)
    settle(qtbot)
    assert page.line.value() == 0
    assert "100.0% above the threshold" in texts(panel)
    assert [tile.number - 1 for tile in page.worst.tiles.tiles[:3]] == np.argsort(-page.found.errors)[:3].tolist()  # type: ignore[union-attr]


def test_the_two_sides_of_a_threshold() -> None:
    errors, unusual = np.array([0.1, 0.5, 0.5, 0.9]), np.array([False, True, False, True])
    what = sides(errors, unusual, 0.5)
    assert tuple(what) == (2, 2, 1, 2)
    assert (what.precision, what.recall) == (pytest.approx(2 / 3), 1.0)
    nothing = sides(errors, np.zeros(4, bool), 2.0)
    assert np.isnan(nothing.precision)
    assert np.isnan(nothing.recall)


# -- columns -----------------------------------------------------------------------------------------------------------


def test_a_column_is_chosen_and_read(panel: ResultsPanel, session: PlayedSession, qtbot: QtBot, churn: Model) -> None:
    engine = Engine(session, qtbot, churn)
    engine.begin()
    page = page_of(panel, engine, ColumnsPage)
    assert page.target.currentText() == "yes"
    choose(page.which, page.which.findText("income"), engine)
    asked = engine.asked[-1]
    assert isinstance(asked, Effect)
    assert page.found is not None
    assert page.found.column == "income"
    middle = page.found.grid[20]
    hover(page.plot, float(middle), float(page.found.average[20]))
    settle(qtbot)
    assert "income 3" in page.about.text() or "income 2" in page.about.text()
    choose(page.which, page.which.findText("plan"), engine)
    hover(page.plot, 2.0, 0.1)
    settle(qtbot)
    assert page.about.text().startswith("plan gold: ")


# -- forecasts ---------------------------------------------------------------------------------------------------------


def test_a_forecast_is_read_row_by_row(panel: ResultsPanel, session: PlayedSession, qtbot: QtBot, sold: Model) -> None:
    engine = Engine(session, qtbot, sold)
    engine.begin()
    page = page_of(panel, engine, SeriesPage)
    choose(page.step, 3, engine)
    asked = engine.asked[-1]
    assert isinstance(asked, Forecast)
    assert asked.step == 4
    found = page.found
    assert found is not None
    hover(page.along, float(found.rows[5]), float(found.truth[5]))
    settle(qtbot)
    assert page.about.text() == f"row {found.rows[5] + 1}"
    assert f"truth {found.truth[5]:.3g}"[:9] in page.legend.text()
    assert "a season before" in page.legend.text()


def test_a_click_on_a_dot_shows_its_example(
    panel: ResultsPanel, session: PlayedSession, qtbot: QtBot, sold: Model
) -> None:
    engine = Engine(session, qtbot, sold)
    engine.begin()
    page = page_of(panel, engine, NumbersPage)
    found = page.found
    assert found is not None
    off = np.argsort(-np.abs(found.predicted - found.truth), kind="stable")
    assert page.examples.numbers == tuple(found.numbers[off][:48].tolist())
    place = int(np.abs(found.truth - np.median(found.truth)).argmin())
    spot = spot_of(page.scatter, float(found.truth[place]), float(found.predicted[place]))
    qtbot.mouseClick(page.scatter.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    engine.reply()
    assert int(found.numbers[place]) in page.clicked
    assert page.examples.table.item(0, 0).text() == str(page.clicked[0] + 1)


# -- texts -------------------------------------------------------------------------------------------------------------


def test_texts_stand_beside_what_was_meant(
    panel: ResultsPanel, session: PlayedSession, qtbot: QtBot, words: Model
) -> None:
    engine = Engine(session, qtbot, words)
    engine.begin()
    page = page_of(panel, engine, TextPage)
    found = page.found
    assert found is not None
    assert " ".join(found.lines[0].read) in page.lines.toPlainText()
    assert "meant: " + " ".join(found.lines[0].meant) in page.lines.toPlainText()
    choose(page.view, 1, engine)
    hover(page.places, 1.0, 0.5)
    settle(qtbot)
    assert page.about.text() == f"place 1: {found.right[0]:,} of {found.counts[0]:,} tokens right"
    choose(page.view, 2, engine)
    assert page.confused.item(0, 0).text() == found.confused[0][0]


# -- any size ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["churn", "encoder", "words", "sold"])
def test_every_page_fits_a_narrow_panel(
    panel: ResultsPanel, session: PlayedSession, qtbot: QtBot, name: str, request: pytest.FixtureRequest
) -> None:
    engine = Engine(session, qtbot, request.getfixturevalue(name))
    engine.begin()
    panel.resize(350, 250)
    for number in range(len(panel.offered)):
        choose(panel.page, number, engine)
        page = panel.views.currentWidget()
        assert isinstance(page, Page)
        assert page.asker.last is not None
        assert not page.asker.last.error
        assert panel.minimumSizeHint().width() <= 350
        over = [each for each in page.findChildren(QWidget) if each.isVisible() and each.parent() is page.flow
                and each.geometry().right() > page.flow.width()]  # fmt: skip
        assert not over
        assert not panel.grab().isNull()
