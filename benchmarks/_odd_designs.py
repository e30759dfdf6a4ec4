"""Designs that are no templates: what is drawn seldom, or wrongly, and has to be looked into all the same."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from graph.document import MAIN, Document, Network, Port

Nodes = Mapping[str, str | tuple[str, dict[str, Any]]]
SETTINGS = {"batch_size": 32, "epochs": 400}
HEAD: Nodes = {"loss": "cross_entropy", "out": "output"}
DIGITS = ("data", {"examples": 300})


def end(text: str, network: str) -> Port:
    node, _, port = text.partition(".")
    return Port(network, node, port)


def draw(document: Document, nodes: Nodes, wires: Mapping[str, str], network: str = MAIN, **settings: Any) -> Document:
    """Draw ``{id: type or (type, params)}`` and ``{"node.input": "node.output"}`` into one network."""
    with document.edit("Draw"):
        if network != MAIN:
            document.put("networks", network, Network(""))
        for number, (id, drawn) in enumerate(nodes.items()):
            kind, params = drawn if isinstance(drawn, tuple) else (drawn, {})
            document.add_node(kind, 220.0 * (number % 6), 160.0 * (number // 6), id=id, network=network, params=params)
        for target, source in wires.items():
            document.connect(end(source, network), end(target, network))
        if network == MAIN:
            for name, value in {**SETTINGS, **settings}.items():
                document.set_setting(name, value)
    return document


def digits(*layers: tuple[str, str, dict[str, Any]], data: dict[str, Any] | None = None, rate: float = 0.0,
           **settings: Any) -> Document:  # fmt: skip
    """Layers of one input and one output between pictures and cross entropy."""
    nodes: dict[str, Any] = {"data": ("data", {"examples": 300, **(data or {})}), "flat": "flatten"}
    wires, last = {"flat.x": "data.image"}, "flat.output"
    for id, kind, params in layers or (("hidden", "linear", {"units": 12}), ("bend", "tanh", {})):
        nodes[id] = (kind, params)
        wires[f"{id}.x"], last = last, f"{id}.output"
    nodes |= {"head": ("linear", {"units": 10}), **HEAD}
    wires |= {"head.x": last, "loss.prediction": "head.output", "loss.target": "data.label", "out.x": "head.output"}
    if rate:
        nodes["objective"] = ("objective", {"learning_rate": rate, "optimizer": "sgd"})
        wires["objective.losses.0"] = "loss.loss"
    return draw(Document(), nodes, wires, **settings)


def several_inputs(folder: Path) -> Document:
    """Two sources of noise, a constant and a picture go into one network."""
    nodes: Nodes = {"data": DIGITS, "noise": ("noise", {"size": 6}), "flat": "flatten", "join": "concatenate",
                    "hidden": ("linear", {"units": 16}), "bend": "relu", "head": ("linear", {"units": 10}),
                    **HEAD}  # fmt: skip
    wires = {"flat.x": "data.image", "join.xs.0": "flat.output", "join.xs.1": "noise.noise", "hidden.x": "join.output",
             "bend.x": "hidden.output", "head.x": "bend.output", "loss.prediction": "head.output",
             "loss.target": "data.label", "out.x": "head.output"}  # fmt: skip
    return draw(Document(), nodes, wires)


def several_outputs(folder: Path) -> Document:
    """A class, a copy of the picture and the code between, the last without a target, with two losses."""
    nodes: Nodes = {"data": DIGITS, "flat": "flatten", "code": ("linear", {"units": 8}), "bend": "tanh",
                    "head": ("linear", {"units": 10}), "back": ("linear", {"units": 64}),
                    "picture": ("reshape", {"shape": "1, 8, 8"}), "loss": "cross_entropy", "copying": "mse_loss",
                    "out_class": "output", "out_picture": "output", "out_code": "output",
                    "goal": "objective", "other_goal": ("objective", {"learning_rate": 0.01})}  # fmt: skip
    wires = {"flat.x": "data.image", "code.x": "flat.output", "bend.x": "code.output", "head.x": "bend.output",
             "back.x": "bend.output", "picture.x": "back.output", "loss.prediction": "head.output",
             "loss.target": "data.label", "copying.prediction": "picture.output", "copying.target": "data.image",
             "out_class.x": "head.output", "out_picture.x": "picture.output", "out_code.x": "bend.output",
             "goal.losses.0": "loss.loss", "other_goal.losses.0": "copying.loss"}  # fmt: skip
    return draw(Document(), nodes, wires)


def two_losses(folder: Path) -> Document:
    """Two losses that are added up in one objective."""
    design = several_outputs(folder)
    with design.edit("Join"):
        design.connect(Port(MAIN, "copying", "loss"), Port(MAIN, "goal", "losses.1"))
        design.remove_node(end("other_goal.", MAIN).owner)
    return design


def no_target(folder: Path) -> Document:
    """A network that is only drawn to its output; nothing says what it should learn."""
    nodes: Nodes = {"data": DIGITS, "flat": "flatten", "hidden": ("linear", {"units": 5}), "out": "output"}
    return draw(Document(), nodes, {"flat.x": "data.image", "hidden.x": "flat.output", "out.x": "hidden.output"})


def only_data(folder: Path) -> Document:
    return draw(Document(), {"data": DIGITS}, {})


def no_output(folder: Path) -> Document:
    """A loss but no output node."""
    design = digits()
    with design.edit("Take the output away"):
        design.remove_node(end("out.", MAIN).owner)
    return design


def many_columns(folder: Path) -> Document:
    """Regression from thirty columns of a table, some of them categories and blanks."""
    chance, path = random.Random(3), folder / "columns.csv"
    rows = [[f"x{n}" for n in range(30)] + ["colour", "price"]]
    for _ in range(400):
        values = [chance.gauss(0, 1) for _ in range(30)]
        cells = [f"{v:.3f}" if chance.random() > 0.03 else "" for v in values]
        rows.append([*cells, chance.choice(["red", "green", "blue"]), f"{100 + 10 * sum(values[:5]):.2f}"])
    path.write_text("\n".join(",".join(row) for row in rows), encoding="utf-8")
    nodes: Nodes = {"data": ("table", {"source": str(path), "target": "price"}), "hidden": ("linear", {"units": 16}),
                    "bend": "relu", "head": ("linear", {"units": 1}), "loss": "mse_loss", "out": "output"}  # fmt: skip
    wires = {"hidden.x": "data.features", "bend.x": "hidden.output", "head.x": "bend.output", "out.x": "head.output",
             "loss.prediction": "head.output", "loss.target": "data.target"}  # fmt: skip
    return draw(Document(), nodes, wires)


def embedded_text(folder: Path) -> Document:
    """Reviews through an embedding and an LSTM."""
    nodes: Nodes = {"data": ("text", {"source": str(_reviews(folder)), "length": 12}),
                    "embed": ("embedding", {"size": 12}), "read": ("lstm", {"hidden_size": 10}),
                    "head": ("linear", {"units": 2}), **HEAD}  # fmt: skip
    wires = {"embed.x": "data.text", "read.x": "embed.output", "head.x": "read.last", "out.x": "head.output",
             "loss.prediction": "head.output", "loss.target": "data.label"}  # fmt: skip
    return draw(Document(), nodes, wires)


def _reviews(folder: Path) -> Path:
    """Sentences of chance, with a class for each by the words in them."""
    chance, path = random.Random(4), folder / "reviews.csv"
    good, bad, other = ["good", "fine", "great"], ["bad", "dull", "poor"], ["the", "film", "plot", "is", "and", "cast"]
    lines = ["text,label"]
    for number in range(200):
        words = chance.choices(other, k=6) + [chance.choice(good if number % 2 else bad)]
        chance.shuffle(words)
        lines.append(f"{' '.join(words)},{'praise' if number % 2 else 'blame'}")
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def channels(folder: Path) -> Document:
    """A series with three channels, forecast four steps ahead."""
    chance, path = random.Random(5), folder / "channels.csv"
    lines, value = ["a,b,c"], [0.0, 1.0, 2.0]
    for _ in range(400):
        value = [0.9 * v + chance.gauss(0, 1) for v in value]
        lines.append(",".join(f"{v:.3f}" for v in value))
    path.write_text("\n".join(lines), encoding="utf-8")
    nodes: Nodes = {"data": ("series", {"source": str(path), "window": 12, "horizon": 4}),
                    "read": ("lstm", {"hidden_size": 10}), "head": ("linear", {"units": 12}),
                    "shape": ("reshape", {"shape": "4, 3"}), "loss": "mse_loss", "out": "output"}  # fmt: skip
    wires = {"read.x": "data.window", "head.x": "read.last", "shape.x": "head.output", "out.x": "shape.output",
             "loss.prediction": "shape.output", "loss.target": "data.target"}  # fmt: skip
    return draw(Document(), nodes, wires)


def no_source(folder: Path) -> Document:
    """Noise alone, taught to be near nothing."""
    nodes: Nodes = {"noise": ("noise", {"size": 4}), "hidden": ("linear", {"units": 3}),
                    "zero": ("constant", {"value": 0.0, "shape": "3"}),
                    "loss": "mse_loss", "out": "output"}  # fmt: skip
    wires = {"hidden.x": "noise.noise", "loss.prediction": "hidden.output", "loss.target": "zero.value",
             "out.x": "hidden.output"}  # fmt: skip
    return draw(Document(), nodes, wires)


def nested(folder: Path) -> Document:
    """Networks within networks, three deep, the middle one placed twice."""
    design = Document()
    inner: Nodes = {
        "x": "input",
        "conv": ("conv2d", {"filters": 4}),
        "norm": "batch_norm",
        "bend": "relu",
        "y": "output",
    }
    draw(design, inner, {"conv.x": "x.output", "norm.x": "conv.features", "bend.x": "norm.output",
                         "y.x": "bend.output"}, "inner")  # fmt: skip
    draw(design, {"x": "input", "one": "@inner", "two": "@inner", "y": "output"},
         {"one.x": "x.output", "two.x": "one.y", "y.x": "two.y"}, "middle")  # fmt: skip
    draw(design, {"x": "input", "a": "@middle", "b": "@middle", "y": "output"},
         {"a.x": "x.output", "b.x": "a.y", "y.x": "b.y"}, "outer")  # fmt: skip
    nodes: Nodes = {
        "data": DIGITS,
        "deep": "@outer",
        "pool": "global_avg_pool",
        "head": ("linear", {"units": 10}),
        **HEAD,
    }
    wires = {"deep.x": "data.image", "pool.x": "deep.y", "head.x": "pool.output", "out.x": "head.output",
             "loss.prediction": "head.output", "loss.target": "data.label"}  # fmt: skip
    return draw(design, nodes, wires)


ODD: Mapping[str, Callable[[Path], Document]] = {
    "several-inputs": several_inputs,
    "several-outputs": several_outputs,
    "two-losses": two_losses,
    "no-target": no_target,
    "only-data": only_data,
    "no-output": no_output,
    "no-source": no_source,
    "many-columns": many_columns,
    "embedded-text": embedded_text,
    "channels": channels,
    "nested": nested,
    "one-example": lambda _: digits(data={"examples": 1, "validation": 0.0, "test": 0.0}),
    "three-examples": lambda _: digits(data={"examples": 3}),
    "no-validation": lambda _: digits(data={"validation": 0.0}),
    "no-test": lambda _: digits(data={"test": 0.0, "validation": 0.0}),
    "missing-class": lambda _: digits(data={"classes": "0-3"}),
    "not-finite": lambda _: digits(
        ("one", "linear", {"units": 30}), ("bend", "relu", {}), ("two", "linear", {"units": 30}), rate=100.0
    ),
    "one-unit": lambda _: digits(
        ("one", "linear", {"units": 1}), ("bend", "tanh", {}), ("two", "linear", {"units": 1})
    ),
    "large-batch": lambda _: digits(batch_size=5000),
    "empty": lambda _: Document(),
}
