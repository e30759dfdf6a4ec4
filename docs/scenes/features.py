"""Looking inside: feature maps, and why a network answers as it does."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QWidget

from docs.scenes import scene
from docs.scenes._stage import Stage
from gui.panels.features import FeaturesPanel
from gui.panels.why import WhyPanel


def _maps(stage: Stage) -> FeaturesPanel:
    stage.open("digits-cnn")
    stage.train()
    panel = stage.panel("features")
    assert isinstance(panel, FeaturesPanel)
    panel.look_at("conv2d_1")
    stage.until(lambda: panel.place is not None and panel.place.node == "conv2d_1")
    return panel


@scene()
def feature_maps(stage: Stage) -> QWidget:
    """The maps of a layer, what of the digit a unit sees, and the digits that excite its map most."""
    panel = _maps(stage)
    panel.column.maps.pointed.emit((3, 2, 4))
    panel.search.setChecked(True)
    stage.until(lambda: panel.excited.found and panel.given.box)
    return stage.window


@scene()
def feature_maps_compared(stage: Stage) -> QWidget:
    """The maps of two digits beside each other, and their difference."""
    panel = _maps(stage)
    panel.compare.setChecked(True)
    stage.until(lambda: len(panel.difference.maps.maps))
    return stage.window


@scene()
def feature_maps_drawn(stage: Stage) -> QWidget:
    """The maps of a picture that is drawn by hand."""
    panel = _maps(stage)
    panel.bar.draw.setChecked(True)
    panel.bar.pad.pad.pen = 1.2
    panel.bar.pad.pad.stroke(*(QPointF(*spot) for spot in ((2, 1), (5, 1), (3, 4), (5, 4), (5, 6), (2, 7))))
    panel.bar.pad.pad.finished.emit()
    stage.settle()
    return stage.window


def _why(stage: Stage, design: str, method: int, layer: str = "") -> QWidget:
    stage.open(design)
    stage.train()
    panel = stage.panel("why")
    assert isinstance(panel, WhyPanel)
    panel.method.setCurrentIndex(method)
    panel.method.activated.emit(method)
    stage.until(lambda: panel.view.heat is not None and not panel.asker.waiting)
    if layer:
        panel.layer.setCurrentIndex(panel.layer.findText(layer))
        panel.layer.activated.emit(panel.layer.currentIndex())
        stage.settle()
    return stage.window


@scene()
def why_occlusion(stage: Stage) -> QWidget:
    """Which pixels of a digit the answer rests on, by covering them."""
    return _why(stage, "digits-cnn", 3)


@scene()
def why_class_activation(stage: Stage) -> QWidget:
    """Where the maps of a layer speak for the digit."""
    return _why(stage, "digits-cnn", 2, "relu_2 · output")


@scene()
def why_columns(stage: Stage) -> QWidget:
    """Which columns of a table the answer rests on."""
    return _why(stage, "bank-churn", 1)
