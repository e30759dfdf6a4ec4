"""Looking inside: codes, what is given back, and what is made of noise."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from docs.scenes import scene
from docs.scenes._stage import Stage
from graph.document import MAIN, NodeKey

LARGE: Final = (960, 560)  # pixels


def few(stage: Stage, node: str, epochs: int, examples: int = 6000) -> None:
    """Train for a short while on some of the examples."""
    document = stage.session.document
    with document.edit("Train for a while"):
        document.set_setting("epochs", epochs)
        document.set_param(NodeKey(MAIN, node), "examples", examples)
    stage.settle()
    stage.train()


def large(stage: Stage, panel: str) -> None:
    """Give a panel a window of its own."""
    dock = stage.window.docks.docks[panel]
    dock.setFloating(True)
    dock.resize(*LARGE)
    stage.settle()


@scene(needs=("mnist",))
def latent_space(stage: Stage) -> QWidget:
    """Digits by their codes, and a place between them decoded."""
    from gui.panels.latent import LatentPanel

    stage.open("autoencoder-32")
    few(stage, "data_1", 4)
    panel = stage.panel("latent")
    assert isinstance(panel, LatentPanel)
    stage.until(lambda: panel.here.plane is not None and panel.seen is not None)
    large(stage, "latent")
    view = panel.here.view
    spot = view.spot(view.places[12]).toPoint()
    QTest.mouseMove(view, spot)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, spot)
    for step in range(1, 6):
        QTest.mouseMove(view, spot + QPoint(6 * step, -4 * step))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, spot + QPoint(30, -20))
    QTest.mouseMove(view, view.spot(view.places[40]).toPoint())
    stage.until(lambda: panel.column.decoded.isVisible())
    stage.settle()
    return panel


@scene(needs=("fashion-mnist",))
def given_back(stage: Stage) -> QWidget:
    """Clothes with noise on them, mended by a network, the worst first."""
    from gui.panels.reconstructions import ReconstructionsPanel

    stage.open("denoising-autoencoder")
    few(stage, "data_1", 1, 3000)
    panel = stage.panel("reconstructions")
    assert isinstance(panel, ReconstructionsPanel)
    panel.order.setCurrentIndex(1)
    panel.ask()
    stage.until(lambda: panel.found is not None)
    large(stage, "reconstructions")
    return panel


@scene()
def plane_of_a_gan(stage: Stage) -> QWidget:
    """What a discriminator says of every place, the points of the generator over it, and where they are pushed."""
    from gui.panels.samples import SamplesPanel

    stage.open("gan-2d")
    few(stage, "data_1", 40, 1000)
    panel = stage.panel("samples")
    assert isinstance(panel, SamplesPanel)
    panel.view.activated.emit(2)
    stage.until(lambda: panel.surface.found is not None)
    large(stage, "samples")
    return panel


@scene(needs=("mnist",))
def between_two_digits(stage: Stage) -> QWidget:
    """What an auto-encoder makes of the points between the codes of two digits."""
    from gui.panels.samples import SamplesPanel

    stage.open("autoencoder-32")
    few(stage, "data_1", 6)
    panel = stage.panel("samples")
    assert isinstance(panel, SamplesPanel)
    panel.view.activated.emit(1)
    stage.until(lambda: panel.walk.found is not None)
    panel.walk.second.setValue(7)
    stage.settle()
    large(stage, "samples")
    return panel


@scene(needs=("mnist",))
def codes_of_two_runs(stage: Stage) -> QWidget:
    """The same digits by the codes of two runs, coloured by what is lost on each."""
    from gui.panels.latent import LatentPanel

    stage.open("autoencoder-32")
    few(stage, "data_1", 1, 3000)
    stage.events.clear()
    few(stage, "data_1", 6, 3000)
    panel = stage.panel("latent")
    assert isinstance(panel, LatentPanel)
    stage.until(lambda: panel.here.plane is not None and panel.seen is not None)
    panel.controls.colour.setCurrentIndex(panel.controls.colour.findData("loss"))
    panel.ask()
    panel.controls.runs.read()
    panel.controls.runs.setCurrentIndex(1)
    panel.controls.compared.emit()
    stage.until(lambda: panel.there.plane is not None)
    large(stage, "latent")
    view = panel.here.view
    QTest.mouseMove(view, view.spot(view.places[7]).toPoint())
    stage.settle()
    return panel
