"""Small designs for tests of the engine, drawn in a line or two."""

from __future__ import annotations

from typing import Any

from graph.document import Document, Port
from graph.layers import CATALOGUE

Layer = tuple[str, dict[str, Any]]

SMALL_CNN: tuple[Layer, ...] = (
    ("conv2d", {"filters": 4}), ("batch_norm", {}), ("relu", {}), ("max_pool2d", {}), ("flatten", {}),
    ("dropout", {}), ("linear", {"units": 10}),
)  # fmt: skip
SMALL_MLP: tuple[Layer, ...] = (("flatten", {}), ("linear", {"units": 16}), ("tanh", {}), ("linear", {"units": 10}))


def classifier(
    *layers: Layer, data: dict[str, Any] | None = None, objective: dict[str, Any] | None = None, **settings: Any
) -> Document:
    """Layers behind the pictures of the digits, cross entropy against their labels, and an output."""
    document = Document()
    with document.edit("Draw"):
        digits = document.add_node("data", params={"examples": 300, **(data or {})})
        last = row(document, Port(*digits, "image"), *layers or SMALL_MLP)
        loss = document.add_node("cross_entropy")
        wire(document, last, "cross_entropy_1.prediction")
        wire(document, Port(*digits, "label"), "cross_entropy_1.target")
        document.add_node("output")
        wire(document, last, "output_1.x")
        if objective is not None:
            document.add_node("objective", params=objective)
            wire(document, Port(*loss, "loss"), "objective_1.losses.0")
        for name, value in {"batch_size": 32, "epochs": 2, **settings}.items():
            document.set_setting(name, value)
    return document


def row(document: Document, last: Port, *layers: Layer) -> Port:
    """Layers one behind the other; gives the output of the last."""
    for name, params in layers:
        key = document.add_node(name, params=params)
        document.connect(last, Port(*key, CATALOGUE[name].inputs[0].name))
        last = Port(*key, CATALOGUE[name].outputs[0])
    return last


def wire(document: Document, source: Port, target: str) -> None:
    node, _, port = target.partition(".")
    document.connect(source, Port("main", node, port))


def xor(**settings: Any) -> Document:
    """Two layers that learn the truth table."""
    document = Document()
    with document.edit("Draw"):
        table = document.add_node("data", params={"source": "xor"})
        layers = (("linear", {"units": 8}), ("tanh", {}), ("linear", {"units": 1}), ("sigmoid", {}))
        last = row(document, Port(*table, "point"), *layers)
        document.add_node("binary_cross_entropy")
        wire(document, last, "binary_cross_entropy_1.prediction")
        wire(document, Port(*table, "target"), "binary_cross_entropy_1.target")
        document.add_node("output")
        wire(document, last, "output_1.x")
        document.add_node("objective", params={"learning_rate": 0.05})
        wire(document, Port("main", "binary_cross_entropy_1", "loss"), "objective_1.losses.0")
        for name, value in {"epochs": 300, **settings}.items():
            document.set_setting(name, value)
    return document


def denoiser(**settings: Any) -> Document:
    """Noise through one layer, made to look like digits: a random source in the training."""
    document = Document()
    with document.edit("Draw"):
        noise = document.add_node("noise", params={"size": 4})
        digits = document.add_node("data", params={"examples": 300})
        made = row(document, Port(*noise, "noise"), ("linear", {"units": 64}), ("dropout", {}),
                   ("reshape", {"shape": "1, 8, 8"}))  # fmt: skip
        document.add_node("mse_loss")
        wire(document, made, "mse_loss_1.prediction")
        wire(document, Port(*digits, "image"), "mse_loss_1.target")
        document.add_node("output")
        wire(document, made, "output_1.x")
        for name, value in {"batch_size": 32, "epochs": 2, **settings}.items():
            document.set_setting(name, value)
    return document


def adversaries(**settings: Any) -> Document:
    """Two objectives that share a layer: one for the class, one for copying the picture."""
    document = Document()
    with document.edit("Draw"):
        digits = document.add_node("data", params={"examples": 300})
        code = row(document, Port(*digits, "image"), ("flatten", {}), ("linear", {"units": 12}), ("tanh", {}))
        classes = row(document, code, ("linear", {"units": 10}))
        copy = row(document, code, ("linear", {"units": 64}), ("reshape", {"shape": "1, 8, 8"}))
        for loss, prediction, target in (("cross_entropy", classes, "label"), ("mse_loss", copy, "image")):
            document.add_node(loss)
            wire(document, prediction, f"{loss}_1.prediction")
            wire(document, Port(*digits, target), f"{loss}_1.target")
        for number, loss in enumerate(("cross_entropy_1", "mse_loss_1"), 1):
            document.add_node("objective", params={"learning_rate": 0.01 * number})
            wire(document, Port("main", loss, "loss"), f"objective_{number}.losses.0")
        for name, value in {"batch_size": 32, "epochs": 2, **settings}.items():
            document.set_setting(name, value)
    return document
