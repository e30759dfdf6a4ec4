"""Designs of the course right after their training, with the panels that they call for, as nobody arranged them."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QWidget

from docs.scenes import scene
from docs.scenes._stage import Stage
from docs.scenes.made import few
from gui import waiting

ANSWERS: Final = 4000  # milliseconds in which panels are told what they ask
PATIENCE: Final = 400_000


def trained(stage: Stage, template: str) -> QWidget:
    """Open a template and train it; nothing else."""
    window = stage.open(template)
    stage.train(PATIENCE)
    waiting.pause(ANSWERS)
    window.canvas.frame_all()
    return window


def briefly(stage: Stage, template: str, epochs: int, examples: int) -> QWidget:
    """The same with some of the examples."""
    window = stage.open(template)
    few(stage, "data_1", epochs, examples)
    waiting.pause(ANSWERS)
    window.canvas.frame_all()
    return window


@scene(long=True)
def trained_digits_cnn(stage: Stage) -> QWidget:
    """A convolutional network after its training: predictions of digits."""
    return trained(stage, "digits-cnn")


@scene(long=True)
def trained_xor(stage: Stage) -> QWidget:
    """Exclusive or after its training: the decision boundary in the plane."""
    return trained(stage, "xor")


@scene(long=True, needs=("mnist",))
def trained_autoencoder(stage: Stage) -> QWidget:
    """An auto-encoder after its training: digits given back."""
    return briefly(stage, "autoencoder-32", 4, 6000)


@scene(long=True, needs=("mnist",))
def trained_vae(stage: Stage) -> QWidget:
    """A variational auto-encoder after its training: digits drawn of noise."""
    return briefly(stage, "vae", 6, 6000)


@scene(long=True)
def trained_gan_2d(stage: Stage) -> QWidget:
    """Two players in the plane after their training: points drawn of noise among real ones."""
    return trained(stage, "gan-2d")


@scene(long=True, needs=("mnist",))
def trained_dcgan(stage: Stage) -> QWidget:
    """Two convolutional players after a short training: pictures drawn of noise."""
    return briefly(stage, "dcgan", 2, 3000)


@scene(long=True)
def trained_counting_rnn(stage: Stage) -> QWidget:
    """Three recurrent networks that add up, after their training: what they say against what is true."""
    return trained(stage, "counting-rnn")


@scene(long=True)
def trained_telecom_churn(stage: Stage) -> QWidget:
    """Customers who leave, after the training: how well that is foreseen."""
    return trained(stage, "telecom-churn")
