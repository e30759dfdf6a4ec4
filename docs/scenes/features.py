"""Looking inside: feature maps, and why a network answers as it does."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from docs.scenes import scene
from docs.scenes._stage import Stage
from gui.panels.features import FeaturesPanel


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
    for spots in (((2, 2), (5, 2), (5, 4), (3, 4), (5, 6), (2, 6)),):
        from PySide6.QtCore import QPointF

        panel.bar.pad.pad.stroke(*(QPointF(*spot) for spot in spots))
    panel.bar.pad.pad.finished.emit()
    stage.settle()
    return stage.window
