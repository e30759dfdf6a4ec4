"""Small designs and runs that several tests begin with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from backend import cli
from graph.document import Document, Port
from graph.layers import CATALOGUE

Layers = Sequence[tuple[str, Mapping[str, Any]]]


def quick_run(folder: Path, design: str = "digits-cnn", *options: str) -> Path:
    """A run of a template, trained for a moment."""
    code = cli.main(["train", design, "--epochs", "1", "--out", str(folder), "--quiet", *options])
    assert code == 0
    return folder


def chain(layers: Layers, field: str = "image", source: str = "digits", label: str = "") -> Document:
    """Layers in a row behind a data node and before an Output; with a label, cross entropy as well."""
    document = Document()
    with document.edit("Draw"):
        data = document.add_node("data", params={"source": source})
        last = Port(*data, field)
        for name, params in layers:
            key = document.add_node(name, params=params)
            document.connect(last, Port(*key, CATALOGUE[name].inputs[0].name))
            last = Port(*key, CATALOGUE[name].outputs[0])
        output = document.add_node("output")
        document.connect(last, Port(*output, "x"))
        if label:
            loss = document.add_node("cross_entropy")
            document.connect(last, Port(*loss, "prediction"))
            document.connect(Port(*data, label), Port(*loss, "target"))
    return document


def generator() -> Document:
    """Noise to small pictures, trained against the digits so that the noise has something to aim at."""
    document = Document()
    with document.edit("Draw"):
        noise, data = document.add_node("noise", params={"size": 4}), document.add_node("data")
        dense = document.add_node("linear", params={"units": 64})
        bend, arrange = document.add_node("sigmoid"), document.add_node("reshape", params={"shape": "1, 8, 8"})
        output, loss = document.add_node("output", title="picture"), document.add_node("mse_loss")
        for source, target in (
            (Port(*noise, "noise"), Port(*dense, "x")),
            (Port(*dense, "output"), Port(*bend, "x")),
            (Port(*bend, "output"), Port(*arrange, "x")),
            (Port(*arrange, "output"), Port(*output, "x")),
            (Port(*arrange, "output"), Port(*loss, "prediction")),
            (Port(*data, "image"), Port(*loss, "target")),
        ):
            document.connect(source, target)
    return document
