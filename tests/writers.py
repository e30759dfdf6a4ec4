"""Designs that tell the next token of a text, in every way in which that can be drawn."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

from graph.document import MAIN, Document, Port
from tests.drawn import wire
from tests.judged import drawn
from tests.nested import network

STORY = "the cat sat on the mat. the dog ate the hat.\nwho has seen the cat? the dog has seen the cat on the mat.\n"
LENGTH = 12


def story(folder: Path) -> Path:
    """A text to learn by heart."""
    path = folder / "story.txt"
    path.write_text(STORY * 20, encoding="utf-8")
    return path


def asked(source: Path, **more: Any) -> dict[str, Any]:
    plain = {"tokens": "characters", "length": LENGTH, "stride": 2, "test": 0.1, "validation": 0.1}
    return {"source": str(source), **plain, **more}


def recurrent(source: Path, **more: Any) -> Document:
    """An LSTM that reads any length."""
    document = drawn(
        [("text", "text", asked(source, **more)), ("meaning", "embedding", {"size": 8}),
         ("memory", "lstm", {"hidden_size": 24}), ("scores", "linear", {"units": count(source)}),
         ("told", "output", {}), ("loss", "cross_entropy", {}), ("fit", "objective", {"learning_rate": 0.01})],
        ["text.text > meaning.x", "meaning.output > memory.x", "memory.sequence > scores.x", "scores.output > told.x",
         "scores.output > loss.prediction", "text.next > loss.target"],
    )  # fmt: skip
    with document.edit("Learn fast"):
        wire(document, Port(MAIN, "loss", "loss"), "fit.losses.0")
    return document


def window(source: Path) -> Document:
    """Two dense layers that read a window of so many characters and tell the one after it alone."""
    return drawn(
        [("text", "text", asked(source)), ("meaning", "embedding", {"size": 6}), ("flat", "flatten", {}),
         ("inner", "linear", {"units": 32}), ("bend", "relu", {}), ("scores", "linear", {"units": count(source)}),
         ("last", "select", {}), ("told", "output", {}), ("loss", "cross_entropy", {})],
        ["text.text > meaning.x", "meaning.output > flat.x", "flat.output > inner.x", "inner.output > bend.x",
         "bend.output > scores.x", "scores.output > told.x", "scores.output > loss.prediction", "text.next > last.x",
         "last.output > loss.target"],
    )  # fmt: skip


def whole(source: Path) -> Document:
    """A GRU that takes no other length than the one it was drawn for."""
    return drawn(
        [("text", "text", asked(source)), ("meaning", "embedding", {"size": 8}),
         ("shape", "reshape", {"shape": f"{LENGTH}, 8"}), ("memory", "gru", {"hidden_size": 16}),
         ("scores", "linear", {"units": count(source)}), ("told", "output", {}), ("loss", "cross_entropy", {})],
        ["text.text > meaning.x", "meaning.output > shape.x", "shape.output > memory.x", "memory.sequence > scores.x",
         "scores.output > told.x", "scores.output > loss.prediction", "text.next > loss.target"],
    )  # fmt: skip


def shifted(source: Path, honest: bool = True) -> Document:
    """The text shifted by hand: all but the last character are read, all but the first are meant."""
    return drawn(
        [("text", "text", asked(source)), ("read", "slice", {"stop": -1 if honest else 0, "start": 0 if honest else 1}),
         ("meant", "slice", {"start": 1}), ("meaning", "embedding", {"size": 8}),
         ("memory", "gru", {"hidden_size": 16}), ("scores", "linear", {"units": count(source)}),
         ("told", "output", {}), ("loss", "cross_entropy", {})],
        ["text.text > read.x", "text.text > meant.x", "read.output > meaning.x", "meaning.output > memory.x",
         "memory.sequence > scores.x", "scores.output > told.x", "scores.output > loss.prediction",
         "meant.output > loss.target"],
    )  # fmt: skip


def carrying(source: Path, strips: int = 4) -> Document:
    """A drawn recurrence that carries its state from one batch to the next."""
    document = Document()
    network(
        document, "cell",
        {"x": "input", "h": "delay", "w": ("linear", {"units": 16}), "u": ("linear", {"units": 16, "bias": False}),
         "sum": "add", "bend": "tanh", "state": "output"},
        {"w.x": "x.output", "u.x": "h.output", "sum.xs.0": "w.output", "sum.xs.1": "u.output", "bend.x": "sum.output",
         "h.x": "bend.output", "state.x": "bend.output"},
    )  # fmt: skip
    network(
        document, MAIN,
        {"text": ("text", asked(source, strips=strips)), "meaning": ("embedding", {"size": 8}),
         "memory": ("@cell", {"carry": True}), "scores": ("linear", {"units": count(source)}), "told": "output",
         "loss": "cross_entropy"},
        {"meaning.x": "text.text", "memory.x": "meaning.output", "scores.x": "memory.state", "told.x": "scores.output",
         "loss.prediction": "scores.output", "loss.target": "text.next"},
    )  # fmt: skip
    with document.edit("In strips"):
        document.set_setting("batch_size", strips)
    return document


def translator(**more: Any) -> Document:
    """Dates as people write them into those of ISO 8601: one GRU reads, another writes."""
    return drawn(
        [("text", "text", {"source": "dates", "tokens": "characters", **more}), ("letters", "embedding", {"size": 8}),
         ("reader", "gru", {"hidden_size": 32}), ("digits", "embedding", {"size": 8}),
         ("writer", "gru", {"hidden_size": 32}), ("scores", "linear", {"units": 15}), ("told", "output", {}),
         ("loss", "cross_entropy", {"ignored": 0})],
        ["text.text > letters.x", "letters.output > reader.x", "text.length > reader.lengths", "text.given > digits.x",
         "digits.output > writer.x", "reader.last > writer.hidden", "writer.sequence > scores.x",
         "scores.output > told.x", "scores.output > loss.prediction", "text.target > loss.target"],
    )  # fmt: skip


def count(source: Path) -> int:
    """How many characters have a number, with padding and the unknown one."""
    return len(set(source.read_text(encoding="utf-8"))) + 2


def attentive(source: Path) -> Document:
    """A transformer: learned places, and a block in which no step sees a later one."""
    return drawn(
        [("text", "text", asked(source)), ("meaning", "embedding", {"size": 16}),
         ("where", "positional_encoding", {"encoding": "learned"}),
         ("block", "transformer_encoder_block", {"heads": 2, "feed_forward": 32, "causal": True, "dropout": 0.2}),
         ("scores", "linear", {"units": count(source)}), ("told", "output", {}), ("loss", "cross_entropy", {})],
        ["text.text > meaning.x", "meaning.output > where.x", "where.output > block.x", "block.output > scores.x",
         "scores.output > told.x", "scores.output > loss.prediction", "text.next > loss.target"],
    )  # fmt: skip


def ending(source: Path, *last: tuple[str, dict[str, Any]]) -> Document:
    """A GRU whose scores go through something more before they come out."""
    names = ["scores", *(kind for kind, _ in last)]
    return drawn(
        [("text", "text", asked(source)), ("meaning", "embedding", {"size": 8}), ("memory", "gru", {"hidden_size": 16}),
         ("scores", "linear", {"units": count(source)}), *((kind, kind, params) for kind, params in last),
         ("told", "output", {}), ("loss", "cross_entropy", {})],
        ["text.text > meaning.x", "meaning.output > memory.x", "memory.sequence > scores.x",
         *(f"{one}.output > {other}.x" for one, other in itertools.pairwise(names)), f"{names[-1]}.output > told.x",
         "scores.output > loss.prediction", "text.next > loss.target"],
    )  # fmt: skip
