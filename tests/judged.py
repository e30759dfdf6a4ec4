"""Designs whose results tests look at: a table, an auto-encoder, and words with their kinds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from graph.document import Document, Port

Nodes = Sequence[tuple[str, str, Mapping[str, Any]]]  # id, type, parameters


def drawn(nodes: Nodes, wires: Sequence[str]) -> Document:
    """A document of nodes and of wires such as ``table.features > first.x``."""
    document = Document()
    with document.edit("Draw"):
        for node, kind, params in nodes:
            document.add_node(kind, id=node, params=params)
        for wire in wires:
            start, end = (Port("main", *each.strip().split(".")) for each in wire.split(">"))
            document.connect(start, end)
    return document


def table_design(source: str | Path, target: str, classes: int = 0) -> Document:
    """Two layers that tell a number of a table, or one of so many classes."""
    loss = "cross_entropy" if classes else "mse_loss"
    return drawn(
        [("table", "table", {"source": str(source), "target": target}), ("first", "linear", {"units": 8}),
         ("bend", "relu", {}), ("last", "linear", {"units": classes or 1}), ("told", "output", {}), ("loss", loss, {})],
        ["table.features > first.x", "first.output > bend.x", "bend.output > last.x", "last.output > told.x",
         "last.output > loss.prediction", "table.target > loss.target"],
    )  # fmt: skip


def auto_encoder() -> Document:
    """Eight numbers for a digit, and the digit of those."""
    return drawn(
        [("digits", "data", {}), ("flat", "flatten", {}), ("code", "linear", {"units": 8}), ("bend", "relu", {}),
         ("wide", "linear", {"units": 64}), ("shape", "reshape", {"shape": "1, 8, 8"}),
         ("back", "output", {"kind": "image"}), ("loss", "mse_loss", {})],
        ["digits.image > flat.x", "flat.output > code.x", "code.output > bend.x", "bend.output > wide.x",
         "wide.output > shape.x", "shape.output > back.x", "shape.output > loss.prediction",
         "digits.image > loss.target"],
    )  # fmt: skip


def tagger() -> Document:
    """The kind of every word of a sentence, by the word and those before it."""
    return drawn(
        [("text", "text", {"source": "grammar"}), ("meaning", "embedding", {"size": 8}),
         ("gru", "gru", {"hidden_size": 8}), ("kinds", "linear", {"units": 12}), ("told", "output", {}),
         ("loss", "cross_entropy", {"ignored": 0})],
        ["text.text > meaning.x", "meaning.output > gru.x", "gru.sequence > kinds.x", "kinds.output > told.x",
         "kinds.output > loss.prediction", "text.tags > loss.target"],
    )  # fmt: skip


def customers(path: Path, rows: int = 240) -> Path:
    """A table of customers: an age with blanks, a plan and an income, and whether they stay."""
    chance = np.random.default_rng(3)
    lines = ["age,plan,income,stays"]
    for _ in range(rows):
        age, plan, income = chance.normal(45, 12), chance.choice(["basic", "family", "gold"]), chance.normal(3000, 700)
        stays = age / 45 + (plan == "gold") + chance.normal(0, 0.3) > 1.3
        told = "" if chance.random() < 0.05 else f"{age:.1f}"
        lines.append(f"{told},{plan},{income:.0f},{'yes' if stays else 'no'}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def forecast(source: Path) -> Document:
    """Six steps of a series from the twelve before."""
    asked = {"source": str(source), "window": 12, "horizon": 6, "season": 12, "test": 0.3, "validation": 0.0}
    return drawn(
        [("windows", "series", asked), ("flat", "flatten", {}), ("ahead", "linear", {"units": 6}),
         ("told", "output", {"kind": "series"}), ("loss", "mse_loss", {})],
        ["windows.window > flat.x", "flat.output > ahead.x", "ahead.output > told.x", "ahead.output > loss.prediction",
         "windows.target > loss.target"],
    )  # fmt: skip


def seasons(path: Path, rows: int = 150) -> Path:
    """A series that rises, with a season of twelve."""
    time, chance = np.arange(rows), np.random.default_rng(5)
    values = 100 + time + 20 * np.sin(time * 2 * np.pi / 12) + chance.normal(0, 3, rows)
    path.write_text("sold\n" + "\n".join(f"{value:.2f}" for value in values) + "\n", encoding="utf-8")
    return path
