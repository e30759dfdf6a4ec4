"""Looking inside: what flows through a network."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QWidget

from docs.scenes import scene
from docs.scenes._stage import Stage
from graph.document import MAIN, Port
from gui.inside.pad import Pad


@scene()
def thumbnails(stage: Stage) -> QWidget:
    """Every node of a trained network shows what it computes for one digit."""
    window = stage.open("digits-cnn")
    window.canvas.zoom_to(1.0)
    stage.train()
    stage.until(lambda: any(item.strip for item in window.canvas.canvas.nodes.values()))
    return window


@scene()
def probe(stage: Stage) -> QWidget:
    """Feature maps and answers of a trained network for one digit."""
    window = stage.open("digits-cnn")
    stage.train()
    panel = stage.panel("probe")
    for node, port in (("data_1", "image"), ("conv2d_1", "features"), ("conv2d_2", "features"), ("linear_2", "output")):
        stage.session.probe_requested.emit(Port(MAIN, node, port))
    stage.until(lambda: panel.total)  # type: ignore[attr-defined]
    return window


@scene()
def attempt_picture(stage: Stage) -> QWidget:
    """A digit drawn by hand and what a trained network says of it."""
    window = stage.open("digits-cnn")
    stage.train()
    panel = stage.panel("attempt")
    stage.heard("Answered")
    stage.until(lambda: panel.cards)  # type: ignore[attr-defined]
    pad = panel.findChildren(Pad)[0]
    pad.clear()
    pad.stroke(*(QPointF(x, y) for x, y in ((2, 2), (5.5, 1.5), (4.5, 4), (3, 7))))
    return window


@scene()
def attempt_row(stage: Stage) -> QWidget:
    """A customer made up, and whether a trained network thinks that they leave."""
    window = stage.open("bank-churn")
    stage.train()
    panel = stage.panel("attempt")
    stage.until(lambda: panel.cards)  # type: ignore[attr-defined]
    return window
