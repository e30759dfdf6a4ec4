"""The inspector with what belongs to a node alone."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from docs.scenes import scene
from docs.scenes._stage import Stage


def _selected(stage: Stage, template: str, *nodes: str) -> QWidget:
    """The inspector of nodes of a template."""
    stage.open(template)
    stage.select(*nodes)
    return stage.panel("inspector")


@scene(needs=("cifar10",))
def augmentation(stage: Stage) -> QWidget:
    """What a chain of augmenting nodes makes of real pictures."""
    return _selected(stage, "cifar10-cnn", "covered")


@scene(needs=("flowers",))
def watermark(stage: Stage) -> QWidget:
    """Input and target of a network that is to take watermarks away."""
    return _selected(stage, "remove-watermark", "marked")


@scene(needs=("fashion-mnist",))
def noise(stage: Stage) -> QWidget:
    """Clean digits as targets, and as noisy inputs."""
    return _selected(stage, "denoising-autoencoder", "pepper")
