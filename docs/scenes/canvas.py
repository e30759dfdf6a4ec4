"""Networks on the canvas: seen from outside and from inside, and one with a mistake in it."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from docs.scenes import scene
from docs.scenes._stage import Stage
from graph.document import MAIN, Port
from graph.networks import placed
from gui import waiting


@scene()
def resnet(stage: Stage) -> QWidget:
    """ResNet-18 from outside: eight blocks, each a network of its own."""
    window = stage.open("resnet18")
    window.toggle_full_canvas()  # or its titles would be cut
    waiting.pause(waiting.LOOK_MILLISECONDS)
    window.canvas.frame_all()
    return window


@scene()
def resnet_inside(stage: Stage) -> QWidget:
    """Inside a block of ResNet-18: two convolutions and the way around them."""
    window = stage.open("resnet18")
    nodes = stage.session.document.nodes
    stage.select(next(key.node for key, node in nodes.items() if key.network == MAIN and placed(node.type)))
    window.canvas.enter_selected()
    waiting.pause(waiting.LOOK_MILLISECONDS)
    window.canvas.frame_all()
    return window


@scene()
def gan(stage: Stage) -> QWidget:
    """A GAN: two networks, and two objectives that pull them in opposite directions."""
    return stage.open("gan-2d")


@scene()
def problem(stage: Stage) -> QWidget:
    """A mistake on the canvas: the sentence that explains it, and the button that mends it."""
    window, document = stage.open("digits-cnn"), stage.session.document
    flatten = next(key for key, node in document.nodes.items() if node.type == "flatten")
    before = next(wire for target, wire in document.wires.items() if target.owner == flatten)
    after = next(target for target, wire in document.wires.items() if wire.node == flatten.node)
    with document.edit("Forget to flatten"):
        document.remove_node(flatten)
        document.connect(Port(MAIN, before.node, before.port), after)
    stage.session.select([after.owner])
    stage.until(lambda: any(found.severity == "error" for found in stage.session.problems))
    stage.panel("problems")
    return window
