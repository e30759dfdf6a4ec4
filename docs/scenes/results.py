"""How good a network is: the pages of the results panel."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QWidget

from docs.scenes import scene
from docs.scenes._stage import Stage
from graph.document import MAIN, NodeKey

if TYPE_CHECKING:
    from gui.panels.results import ResultsPanel

WIDE, HIGH = 980, 430  # pixels of the panel alone


def opened(stage: Stage, design: str, page: str = "") -> ResultsPanel:
    """The panel after a training of a design, or of what is open already, with a page in front."""
    if design:
        stage.open(design)
    stage.train()
    panel = cast("ResultsPanel", stage.panel("results"))
    stage.until(lambda: panel.found is not None)
    if page:
        choose(panel.page, panel.offered.index(page))  # type: ignore[arg-type]
    answered(stage, panel)
    return panel


def choose(box: QComboBox, which: int) -> None:
    """Choose from a list as a user does."""
    box.setCurrentIndex(which)
    box.activated.emit(which)


def answered(stage: Stage, panel: ResultsPanel) -> None:
    """Wait for the answer that the page in front shows."""
    stage.settle()
    page = panel.pages[panel.offered[max(0, panel.page.currentIndex())]]
    stage.until(lambda: page.asker.last is not None and not page.asker.waiting)
    stage.settle()


def alone(panel: QWidget) -> QWidget:
    """The panel with room of its own, as when its dock is pulled out."""
    panel.window().resize(1440, 1180)
    dock = panel.parentWidget()
    panel.setMinimumSize(WIDE, HIGH)
    QApplication.processEvents()
    return dock or panel


@scene()
def results_confusion(stage: Stage) -> QWidget:
    """A confusion matrix, with the examples of the cell that was clicked."""
    panel = opened(stage, "logistic-digits", "classes")
    made = alone(panel)
    stage.settle()
    page = panel.pages["classes"]
    spot = page.matrix.rect_of(9, 8).center()  # type: ignore[attr-defined]
    QTest.mouseClick(page.matrix, Qt.MouseButton.LeftButton, pos=QPointF(spot).toPoint())  # type: ignore[attr-defined]
    stage.settle()
    return made


@scene()
def results_curves(stage: Stage) -> QWidget:
    """ROC and precision–recall curves of ten classes."""
    panel = opened(stage, "logistic-digits", "classes")
    choose(panel.pages["classes"].view, 2)  # type: ignore[attr-defined]
    made = alone(panel)
    stage.settle()
    return made


@scene()
def results_calibration(stage: Stage) -> QWidget:
    """How often a network is right, by how sure it is."""
    panel = opened(stage, "logistic-digits", "classes")
    choose(panel.pages["classes"].view, 3)  # type: ignore[attr-defined]
    made = alone(panel)
    stage.settle()
    return made


@scene()
def results_boundary(stage: Stage) -> QWidget:
    """The decision boundary of a network for XOR, and those of its hidden units."""
    panel = opened(stage, "xor", "plane")
    made = alone(panel)
    stage.settle()
    return made


@scene(needs=("passengers",))
def results_forecast(stage: Stage) -> QWidget:
    """A forecast of air travel beside those that anyone could make."""
    made = alone(opened(stage, "forecast-lstm", "series"))
    stage.settle()
    return made


@scene(needs=("passengers",))
def results_numbers(stage: Stage) -> QWidget:
    """Predicted against true numbers, and the residuals."""
    made = alone(opened(stage, "forecast-lstm", "numbers"))
    stage.settle()
    return made


@scene(needs=("telco-churn",))
def results_column(stage: Stage) -> QWidget:
    """What the time that customers have stayed does to the chance that they leave."""
    panel = opened(stage, "telecom-churn", "columns")
    page = panel.pages["columns"]
    choose(page.which, 1)  # type: ignore[attr-defined]
    answered(stage, panel)
    made = alone(panel)
    stage.settle()
    return made


@scene(needs=("telco-churn",))
def results_category(stage: Stage) -> QWidget:
    """What the kind of contract does to the chance that customers leave."""
    panel = opened(stage, "telecom-churn", "columns")
    page = panel.pages["columns"]
    which = page.which.findText("Contract")  # type: ignore[attr-defined]
    choose(page.which, which)  # type: ignore[attr-defined]
    answered(stage, panel)
    made = alone(panel)
    stage.settle()
    return made


@scene(needs=("fashion-mnist",))
def results_anomalies(stage: Stage) -> QWidget:
    """Reconstruction errors by class, and how well they tell one from the rest."""
    document = stage.open("denoising-autoencoder").session.document
    with document.edit("Be short"):
        document.set_param(NodeKey(MAIN, "data_1"), "examples", 4000)
        document.set_setting("epochs", 3)
    panel = opened(stage, "", "errors")
    choose(panel.pages["errors"].label, 9)  # type: ignore[attr-defined]
    made = alone(panel)
    stage.settle()
    return made
