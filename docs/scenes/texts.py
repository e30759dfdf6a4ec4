"""Looking inside: networks that read and write texts, and networks that read series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from PySide6.QtWidgets import QWidget

from backend.data.texts_vocabulary import WORD
from docs.scenes import scene
from docs.scenes._stage import Stage
from docs.scenes.results import alone, choose, opened
from docs.scenes.results import answered as answered_page
from graph.document import MAIN, Document, Port
from graph.files import save

STORY: Final = (
    "Once there was a small fox who lived by the river. Every morning the fox ran to the river and drank. One day the "
    "fox met an old bear. “Where do you go?” said the bear. “I go to the river,” said the fox. “The river is cold,” "
    "said the bear. “The river is mine,” said the fox, and ran away. In the evening the bear came to the river, and "
    "the fox and the bear drank. Then the moon rose over the river, and the fox slept by the old bear.\n"
)
GOOD: Final = ("a warm and clever film", "the cast is a joy", "bright, kind and funny", "I would see it again")
BAD: Final = ("a dull and noisy film", "the plot is a mess", "cold, slow and empty", "I left before the end")
ENDS: Final = ("", " from start to end", " in every scene", " with friends", " on a rainy day")


def drawn(stage: Stage, nodes: Sequence[tuple[str, str, Mapping[str, Any]]], wires: Sequence[str],
          **settings: Any) -> None:  # fmt: skip
    """Open a design of nodes (id, type, parameters) and of wires such as ``one.output > two.x``."""
    document = Document()
    with document.edit("Draw"):
        for node, kind, params in nodes:
            document.add_node(kind, id=node, params=params)
        for wire in wires:
            start, end = (each.strip().partition(".") for each in wire.split(">"))
            document.connect(Port(MAIN, start[0], start[2]), Port(MAIN, end[0], end[2]))
        for name, value in settings.items():
            document.set_setting(name, value)
    path = stage.folder / "design.netloom"
    save(document, path)
    window = stage.open(path)
    window.canvas.tidy()
    window.canvas.frame_all()


def writer(stage: Stage, tokens: str = "characters", **settings: Any) -> None:
    """A network that learns to write a story."""
    path = stage.folder / "story.txt"
    path.write_text(STORY * 12, encoding="utf-8")
    asked = {"source": str(path), "tokens": tokens, "length": 48, "stride": 5}
    count = len(set(STORY if tokens == "characters" else WORD.findall(STORY))) + 2
    drawn(
        stage,
        [("text", "text", asked), ("letters", "embedding", {"size": 16}), ("memory", "lstm", {"hidden_size": 96}),
         ("next", "linear", {"units": count}), ("story", "output", {}), ("loss", "cross_entropy", {}),
         ("fit", "objective", {"learning_rate": 0.01})],
        ["text.text > letters.x", "letters.output > memory.x", "memory.sequence > next.x", "next.output > story.x",
         "next.output > loss.prediction", "text.next > loss.target", "loss.loss > fit.losses.0"],
        **{"epochs": 4, "batch_size": 32, **settings},
    )  # fmt: skip


def critic(stage: Stage) -> None:
    """A network that tells good reviews from bad ones by convolutions over their words."""
    folder = stage.folder / "reviews"
    folder.mkdir()
    for name, starts in (("bad", BAD), ("good", GOOD)):
        lines = [start + end for start in starts for end in ENDS for _ in range(3)]
        (folder / f"{name}.txt").write_text("\n".join(lines), encoding="utf-8")
    drawn(
        stage,
        [("reviews", "text", {"source": str(folder)}), ("words", "embedding", {"size": 12}),
         ("phrases", "conv1d", {"filters": 16}), ("bend", "relu", {}), ("most", "reduce", {"how": "largest"}),
         ("judged", "linear", {"units": 2}), ("review", "output", {}), ("loss", "cross_entropy", {})],
        ["reviews.text > words.x", "words.output > phrases.x", "phrases.features > bend.x", "bend.output > most.x",
         "most.output > judged.x", "judged.output > review.x", "judged.output > loss.prediction",
         "reviews.label > loss.target"], epochs=40, batch_size=16,
    )  # fmt: skip


def seasons(stage: Stage) -> None:
    """A forecast of twelve months by convolutions over three years."""
    time, chance = np.arange(480), np.random.default_rng(5)
    sold = 100 + time / 4 + 20 * np.sin(time * np.pi / 6) + chance.normal(0, 3, 480)
    rain = 50 + 30 * np.cos(time * np.pi / 6) + chance.normal(0, 8, 480)
    path = stage.folder / "shop.csv"
    path.write_text("sold,rain\n" + "\n".join(f"{a:.1f},{b:.1f}" for a, b in zip(sold, rain)), encoding="utf-8")
    asked = {"source": str(path), "window": 36, "horizon": 12, "season": 12, "target": "sold"}
    drawn(
        stage,
        [("shop", "series", asked), ("months", "conv1d", {"filters": 16, "kernel": 5, "stride": 2}),
         ("bend", "relu", {}), ("flat", "flatten", {}), ("ahead", "linear", {"units": 12}),
         ("year", "output", {"kind": "series"}), ("loss", "mse_loss", {})],
        ["shop.window > months.x", "months.features > bend.x", "bend.output > flat.x", "flat.output > ahead.x",
         "ahead.output > year.x", "ahead.output > loss.prediction", "shop.target > loss.target"],
        epochs=40, batch_size=32,
    )  # fmt: skip


def answered(stage: Stage, name: str) -> QWidget:
    """A panel that has its answer."""
    panel = stage.panel(name)
    stage.until(lambda: panel.asker.last is not None and not panel.asker.waiting)  # type: ignore[attr-defined]
    stage.settle()
    return panel


@scene()
def attempt_writing(stage: Stage) -> QWidget:
    """A network goes on with a story that somebody begins."""
    writer(stage)
    stage.train()
    panel = answered(stage, "attempt")
    field = panel.rows[0].editor  # type: ignore[attr-defined]
    field.setPlainText("One day the fox met")
    stage.settle()
    stage.until(lambda: panel.writing)  # type: ignore[attr-defined]
    (card,) = panel.writing.values()  # type: ignore[attr-defined]
    stage.until(lambda: not card.asker.waiting and card.prose.tokens)
    stage.settle()
    return stage.window


@scene()
def attempt_words(stage: Stage) -> QWidget:
    """A network that writes word by word."""
    writer(stage, "words", epochs=8)
    stage.train()
    panel = answered(stage, "attempt")
    stage.until(lambda: panel.writing)  # type: ignore[attr-defined]
    (card,) = panel.writing.values()  # type: ignore[attr-defined]
    stage.until(lambda: not card.asker.waiting and card.prose.tokens)
    return panel


@scene()
def attempt_review(stage: Stage) -> QWidget:
    """A review of one's own, and what a network thinks of it."""
    critic(stage)
    stage.train()
    return answered(stage, "attempt")


@scene()
def attempt_series(stage: Stage) -> QWidget:
    """A past of one's own, and the future that a network tells for it."""
    seasons(stage)
    stage.train()
    return answered(stage, "attempt")


@scene()
def why_words(stage: Stage) -> QWidget:
    """Which words of a review its judgement rests on."""
    critic(stage)
    stage.train()
    return answered(stage, "why")


@scene()
def why_words_activation(stage: Stage) -> QWidget:
    """Grad-CAM of a convolution over the words of a review."""
    critic(stage)
    stage.train()
    panel = answered(stage, "why")
    panel.method.setCurrentIndex(2)  # type: ignore[attr-defined]
    panel.method.activated.emit(2)  # type: ignore[attr-defined]
    return answered(stage, "why")


@scene()
def why_series(stage: Stage) -> QWidget:
    """Grad-CAM of a convolution over the months of a series."""
    seasons(stage)
    stage.train()
    panel = answered(stage, "why")
    panel.method.setCurrentIndex(2)  # type: ignore[attr-defined]
    panel.method.activated.emit(2)  # type: ignore[attr-defined]
    return answered(stage, "why")


@scene()
def why_series_integrated(stage: Stage) -> QWidget:
    """Which months of a series speak for a forecast, and which against it."""
    seasons(stage)
    stage.train()
    panel = answered(stage, "why")
    panel.method.setCurrentIndex(1)  # type: ignore[attr-defined]
    panel.method.activated.emit(1)  # type: ignore[attr-defined]
    return answered(stage, "why")


@scene()
def results_text(stage: Stage) -> QWidget:
    """What a network says at every place of a text beside what was meant."""
    writer(stage, epochs=3)
    made = alone(opened(stage, "", "text"))
    stage.settle()
    return made


@scene()
def results_text_places(stage: Stage) -> QWidget:
    """How often a network is right by the place in the text."""
    writer(stage, epochs=3)
    panel = opened(stage, "", "text")
    view = panel.pages["text"].view  # type: ignore[attr-defined]
    view.setCurrentIndex(1)
    view.activated.emit(1)
    made = alone(panel)
    stage.settle()
    return made


@scene()
def results_text_confused(stage: Stage) -> QWidget:
    """Which characters a network takes for which."""
    writer(stage, epochs=3)
    panel = opened(stage, "", "text")
    view = panel.pages["text"].view  # type: ignore[attr-defined]
    view.setCurrentIndex(2)
    view.activated.emit(2)
    made = alone(panel)
    stage.settle()
    return made


@scene()
def results_series(stage: Stage) -> QWidget:
    """A forecast of twelve months beside those that anyone could make."""
    seasons(stage)
    made = alone(opened(stage, "", "series"))
    stage.settle()
    return made


@scene()
def results_values(stage: Stage) -> QWidget:
    """What a hidden layer gives, with which nothing can be compared."""
    drawn(
        stage,
        [("digits", "data", {}), ("flat", "flatten", {}), ("inner", "linear", {"units": 12}), ("bend", "tanh", {}),
         ("last", "linear", {"units": 10}), ("digit", "output", {}), ("loss", "cross_entropy", {}),
         ("inside", "output", {"kind": "value"})],
        ["digits.image > flat.x", "flat.output > inner.x", "inner.output > bend.x", "bend.output > last.x",
         "last.output > digit.x", "last.output > loss.prediction", "digits.label > loss.target",
         "bend.output > inside.x"], epochs=5,
    )  # fmt: skip
    panel = opened(stage, "")
    choose(panel.output, panel.output.findText("inside"))
    answered_page(stage, panel)
    made = alone(panel)
    stage.settle()
    return made
