"""Panels as small windows, as people put them beside each other; and what they say while they have nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from PySide6.QtWidgets import QWidget

from docs.scenes import scene
from docs.scenes._stage import Stage
from docs.scenes.made import few
from gui import waiting

if TYPE_CHECKING:
    from gui.panels.features import FeaturesPanel
    from gui.panels.latent import LatentPanel

SMALL: Final = (560, 420)  # pixels
ANSWERS: Final = 2500  # milliseconds in which panels are told what they ask


def afloat(stage: Stage, name: str) -> QWidget:
    """A panel as a small window."""
    panel = stage.panel(name)
    dock = stage.window.docks.docks[name]
    dock.setFloating(True)
    dock.resize(*SMALL)
    waiting.pause(ANSWERS)
    return panel


@scene()
def afloat_filters(stage: Stage) -> QWidget:
    """The kernels of a first convolution."""
    stage.open("digits-cnn")
    stage.train()
    return afloat(stage, "filters")


@scene()
def afloat_feature_maps(stage: Stage) -> QWidget:
    """Maps of two digits compared, and what excites one of them most, in little room."""
    stage.open("digits-cnn")
    stage.train()
    panel = cast("FeaturesPanel", afloat(stage, "features"))
    panel.search.setChecked(True)
    panel.compare.setChecked(True)
    waiting.pause(ANSWERS)
    return panel


@scene()
def afloat_gradients(stage: Stage) -> QWidget:
    """Gradients of a few layers as a heat map and as lines."""
    stage.open("digits-cnn")
    stage.train()
    return afloat(stage, "health")


@scene(needs=("mnist",))
def afloat_neighbours(stage: Stage) -> QWidget:
    """Digits on a map on which neighbours stay neighbours (t-SNE)."""
    stage.open("autoencoder-32")
    few(stage, "data_1", 4, 6000)
    panel = cast("LatentPanel", afloat(stage, "latent"))
    panel.controls.method.setCurrentIndex(1)
    panel.ask()
    stage.until(lambda: panel.here.map is not None)
    stage.settle()
    return panel


@scene(needs=("mnist",))
def afloat_attempt(stage: Stage) -> QWidget:
    """A digit, its code, what is given back and what is drawn of noise."""
    stage.open("vae")
    few(stage, "data_1", 4, 6000)
    return afloat(stage, "attempt")


@scene()
def afloat_nothing_yet(stage: Stage) -> QWidget:
    """A panel before any training says what to do."""
    stage.open("digits-cnn")
    return afloat(stage, "latent")


@scene()
def afloat_not_here(stage: Stage) -> QWidget:
    """A panel that has nothing to show of a design says what it takes."""
    stage.open("xor")
    stage.train()
    return afloat(stage, "reconstructions")
