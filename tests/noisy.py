"""Small designs that make something of noise."""

from __future__ import annotations

from typing import Any

from drawn import row, wire

from graph.document import Document, Port


def points_from_noise(**settings: Any) -> Document:
    """Noise made into points, and another network that tells them from the points of two moons."""
    document = Document()
    with document.edit("Draw"):
        noise = document.add_node("noise", params={"size": 3})
        moons = document.add_node("data", params={"source": "moons", "examples": 300, "scaling": "standard"})
        made = row(document, Port(*noise, "noise"), ("linear", {"units": 8}), ("tanh", {}), ("linear", {"units": 2}))
        document.add_node("output", title="points")
        wire(document, made, "output_1.x")
        judge = row(document, made, ("linear", {"units": 1}))
        document.add_node("mse_loss")
        wire(document, judge, "mse_loss_1.prediction")
        target = row(document, Port(*moons, "point"), ("linear", {"units": 1}))
        wire(document, target, "mse_loss_1.target")
        for name, value in {"batch_size": 32, "epochs": 2, **settings}.items():
            document.set_setting(name, value)
    return document


def by_class(**settings: Any) -> Document:
    """Noise and the label of a digit made into a picture of it."""
    document = Document()
    with document.edit("Draw"):
        noise, digits = (
            document.add_node("noise", params={"size": 4}),
            document.add_node("data", params={"examples": 300}),
        )
        code = row(document, Port(*digits, "label"), ("embedding", {"size": 6}))
        document.add_node("concatenate")
        wire(document, Port(*noise, "noise"), "concatenate_1.xs.0")
        wire(document, code, "concatenate_1.xs.1")
        made = row(document, Port("main", "concatenate_1", "output"), ("linear", {"units": 64}), ("sigmoid", {}),
                   ("reshape", {"shape": "1, 8, 8"}))  # fmt: skip
        document.add_node("output", title="digit")
        wire(document, made, "output_1.x")
        document.add_node("mse_loss")
        wire(document, made, "mse_loss_1.prediction")
        wire(document, Port(*digits, "image"), "mse_loss_1.target")
        for name, value in {"batch_size": 32, "epochs": 1, **settings}.items():
            document.set_setting(name, value)
    return document
