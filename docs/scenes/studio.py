"""The studio as a whole: its start page, a training, and what a generator draws."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from docs.scenes import scene
from docs.scenes._stage import Stage

HOUR = 3_600_000  # milliseconds


@scene()
def gallery(stage: Stage) -> QWidget:
    """The start page: every template with its picture."""
    stage.until(lambda: stage.session.engine_ready)
    return stage.window


@scene()
def studio(stage: Stage) -> QWidget:
    """The studio after training on handwritten digits."""
    window = stage.open("digits-cnn")
    stage.train()
    stage.panel("predictions")
    stage.heard("Predictions")
    return window


@scene(needs=("mnist",), long=True)
def samples(stage: Stage) -> QWidget:
    """A conditional GAN with the digits that it has learned to draw."""
    window = stage.open("cgan")
    stage.train(HOUR)
    stage.panel("samples")
    stage.heard("Samples")
    return window
