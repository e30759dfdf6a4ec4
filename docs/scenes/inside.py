"""Looking inside: what flows through a network."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from docs.scenes import scene
from docs.scenes._stage import Stage
from graph.document import MAIN, Port


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
    stage.panel("probe")
    for node, port in (("data_1", "image"), ("conv2d_1", "features"), ("conv2d_2", "features"), ("linear_2", "output")):
        stage.session.probe_requested.emit(Port(MAIN, node, port))
    stage.heard("Looked")
    return window
