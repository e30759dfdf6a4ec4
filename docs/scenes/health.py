"""How a training goes: gradients, steps, dead units and what is said of them."""

from __future__ import annotations

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from docs.scenes import scene
from docs.scenes._stage import Stage
from graph.document import MAIN, Document, NodeKey, Port
from graph.files import save
from graph.layers import CATALOGUE
from gui.panels.health import HealthPanel


def deep(stage: Stage) -> str:
    """A design of many sigmoids, whose first layers hardly learn."""
    document = Document()
    with document.edit("Draw"):
        digits = document.add_node("data", 0, 0, params={"examples": 600})
        last = Port(*digits, "image")
        for number, name in enumerate(("flatten", *(("linear", "sigmoid") * 6), "linear")):
            key = document.add_node(name, 240 * (number + 1), 0, params={"units": 24} if name == "linear" else {})
            document.connect(last, Port(*key, CATALOGUE[name].inputs[0].name))
            last = Port(*key, CATALOGUE[name].outputs[0])
        document.add_node("cross_entropy", 240 * 15, 0)
        document.connect(last, Port(MAIN, "cross_entropy_1", "prediction"))
        document.connect(Port(*digits, "label"), Port(MAIN, "cross_entropy_1", "target"))
        document.set_setting("epochs", 60)
    path = stage.folder / "Deep sigmoids.netloom"
    save(document, path)
    return str(path)


def panel_of(stage: Stage, what: str, design: str, epochs: int = 0) -> HealthPanel:
    """Train a design, and look at something of how that went."""
    stage.open(design)
    if epochs:
        with stage.session.document.edit("Shorten"):
            stage.session.document.set_setting("epochs", epochs)
    panel = stage.panel("health")
    assert isinstance(panel, HealthPanel)
    stage.train()
    stage.until(lambda: bool(panel.tables))
    panel.what.setCurrentIndex(panel.what.findData(what))
    panel.what.activated.emit(panel.what.currentIndex())
    QTest.qWait(300)
    return panel


@scene()
def gradients_vanish(stage: Stage) -> QWidget:
    """Gradients of a deep network of sigmoids: the first layers get next to nothing, and a card says so."""
    panel_of(stage, "gradients", deep(stage))
    return stage.window


@scene()
def gradients_steps(stage: Stage) -> QWidget:
    """How far each step moves the weights of a network that learns well."""
    panel_of(stage, "updates", "digits-cnn")
    return stage.window


@scene()
def gradients_activations(stage: Stage) -> QWidget:
    """The values of a layer through the epochs."""
    panel_of(stage, "activations", "digits-cnn")
    return stage.window


@scene()
def gradients_through_time(stage: Stage) -> QWidget:
    """How far back in time a recurrent network learns."""
    panel_of(stage, "time", "counting-rnn", epochs=3)
    return stage.window


@scene()
def gradients_on_wires(stage: Stage) -> QWidget:
    """Wires as broad as the gradient that flows back along them, in a network whose first layers get hardly any."""
    panel_of(stage, "gradients", deep(stage), epochs=4)
    canvas = stage.window.canvas
    stage.session.frame_requested.emit(NodeKey(MAIN, "linear_5"))
    canvas.zoom_to(0.7)
    canvas.flow.toggle()
    stage.until(lambda: canvas.flow.norms)
    QTest.qWait(500)
    return stage.window
