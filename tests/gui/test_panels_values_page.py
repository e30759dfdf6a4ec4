"""The page of an output that cannot be judged, and lines over steps: what is painted, hovered and told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from played import PlayedSession
from PySide6.QtCore import QEvent, QPointF
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip, QWidget
from pytestqt.qtbot import QtBot
from replying import Engine
from shown import settle, shown, texts

from backend.loading import Model, load_run
from backend.questions.examples import Given
from graph.document import Document
from gui import theme
from gui.inside.given_view import GivenView
from gui.inside.results.values import ValuesPage
from gui.inside.step_lines import StepLines
from gui.panels.results import ResultsPanel
from tests.judged import drawn
from tests.training import trained


def sided(units: int) -> Document:
    document = drawn(
        [("digits", "data", {"examples": 200}), ("flat", "flatten", {}), ("inner", "linear", {"units": units}),
         ("last", "linear", {"units": 10}), ("told", "output", {}), ("loss", "cross_entropy", {}),
         ("beside", "output", {"kind": "value"})],
        ["digits.image > flat.x", "flat.output > inner.x", "inner.output > last.x", "last.output > told.x",
         "last.output > loss.prediction", "digits.label > loss.target", "inner.output > beside.x"],
    )  # fmt: skip
    with document.edit("Be short"):
        document.set_setting("epochs", 1)
    return document


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return load_run(trained(sided(70), tmp_path_factory.mktemp("sides"))[0].run)


@pytest.fixture
def panel(session: PlayedSession, qtbot: QtBot) -> ResultsPanel:
    made = shown(qtbot, ResultsPanel(session), 700, 360)
    settle(qtbot)
    return made


def values_page(panel: ResultsPanel, session: PlayedSession, qtbot: QtBot, model: Model) -> ValuesPage:
    engine = Engine(session, qtbot, model)
    engine.begin()
    assert panel.output.currentText() == "told"  # what can be judged comes first
    beside = panel.output.findText("beside")
    panel.output.setCurrentIndex(beside)
    panel.output.activated.emit(beside)
    engine.reply()
    page = panel.views.currentWidget()
    assert isinstance(page, ValuesPage)
    return page


def tip(qtbot: QtBot, widget: QWidget, place: QPointF) -> str:
    """What is said where the mouse rests."""
    at = place.toPoint()
    QApplication.sendEvent(widget, QHelpEvent(QEvent.Type.ToolTip, at, widget.mapToGlobal(at)))
    settle(qtbot)
    return QToolTip.text()


def test_an_output_without_a_target_shows_what_it_gives(
    panel: ResultsPanel, session: PlayedSession, qtbot: QtBot, model: Model
) -> None:
    page = values_page(panel, session, qtbot, model)
    assert "Nothing says what “beside” should be" in texts(panel)
    assert "of shape 70 · mean ± deviation · the first 64 of 70" in page.about.text()
    view, found = page.histograms, page.found
    assert found is not None
    assert len(found.counts) == 64
    assert view.height() > panel.height()  # the rest is scrolled to
    assert f"number 3: mean {float(found.means[2]):.3g}"[:16] in view.accessibleDescription()
    cell = view.cell(1)
    assert cell.left() > view.cell(0).right()
    tallest = int(found.counts[1].argmax())
    x = cell.left() + (tallest + 0.5) / found.counts.shape[1] * cell.width()
    assert tip(qtbot, view, QPointF(x, cell.center().y())).startswith(f"{found.counts[1][tallest]} values from ")
    picture = view.grab().toImage()
    own = {picture.pixelColor(round(x), y).name() for y in range(round(cell.top()) + 20, round(cell.bottom()) - 36)}
    assert theme.blend(theme.current().panel, theme.current().accent, 0.75).name() in own


def test_a_narrow_panel_has_fewer_beside_each_other(
    panel: ResultsPanel, session: PlayedSession, qtbot: QtBot, model: Model
) -> None:
    page = values_page(panel, session, qtbot, model)
    wide = page.histograms.across
    panel.resize(360, 300)
    settle(qtbot)
    assert 1 <= page.histograms.across < wide
    assert page.minimumSizeHint().width() <= 360


def test_one_number_has_all_the_room(panel: ResultsPanel, session: PlayedSession, qtbot: QtBot, tmp_path: Path) -> None:
    page = values_page(panel, session, qtbot, load_run(trained(sided(1), tmp_path)[0].run))
    assert page.histograms.name_of(0) == ""
    assert page.histograms.cell(0).width() > 0.9 * page.width()


# -- lines over steps --------------------------------------------------------------------------------------------------

MONTHS = Given("window", "steps", np.stack([np.linspace(100, 200, 10), np.linspace(80, 60, 10)], 1).astype(np.float32),
               ("sold", "rain"))  # fmt: skip


def colours(widget: QWidget, x: float, top: float = 0, bottom: float = 1) -> list[str]:
    picture = widget.grab().toImage()
    rows = range(round(picture.height() * top), round(picture.height() * bottom))
    return [picture.pixelColor(round(x), y).name() for y in rows]


def test_lines_are_read_on_the_colours_of_their_steps(qtbot: QtBot) -> None:
    view = shown(qtbot, GivenView(), 320, 180)
    view.show_given(MONTHS)
    heat = np.zeros(10)
    heat[4], heat[9] = 1.0, -0.5
    view.show_heat(heat)
    left = next(x for x in range(320) if view.words_at(QPointF(x, 90)))  # right of the numbers
    across = (320 - 6 - left) / 10
    middle = left + 4.5 * across
    assert view.words_at(QPointF(middle, 90)).startswith("step 5: sold 144")
    assert view.words_at(QPointF(middle, 90)).endswith("counts +1.00")
    assert view.words_at(QPointF(2, 90)) == ""
    now = theme.current()
    strong = view._ground(4)
    assert strong.name() in colours(view, middle, 0.8)
    assert strong.name() not in colours(view, middle, 0, 0.8)  # behind the lines it is faint
    faint = theme.blend(now.panel, strong, 0.3)
    assert faint.name() in colours(view, middle, 0.2, 0.8)
    for colour in now.series[:2]:
        assert theme.contrast(colour, now.panel) >= 3  # what is drawn, against the rim around the line


def test_what_has_no_room_is_told(qtbot: QtBot) -> None:
    view = shown(qtbot, GivenView(), 160, 70)
    words = tuple(f"word{number}" for number in range(40))
    view.show_given(Given("text", "words", np.arange(40), words))
    view.show_heat(np.linspace(-1, 1, 40))
    boxes = view._boxes(view.rect().toRectF())
    assert 0 < len(boxes) < 40
    assert view.words_at(QPointF(20, 14)) == "word0: -1.00"
    assert view.grab().toImage() != GivenView().grab().toImage()
    view.show_given(Given("text", "words", np.arange(1), ("x" * 200,)))
    assert view._boxes(view.rect().toRectF())[0].width() <= 160  # a long word stays inside


def test_a_forecast_is_drawn_and_told(qtbot: QtBot) -> None:
    lines = shown(qtbot, StepLines(), 240, 120)
    lines.show_values(np.array([[1.0], [3.0], [2.0]]), ("sold",))
    assert lines.accessibleDescription() == "sold, 1, 3, 2"
    assert theme.current().text.name() in {colour for x in range(60, 230, 5) for colour in colours(lines, x)}
    lines.show_values(None)
    assert lines.accessibleDescription() == ""
