"""Points in the plane and on a curve, made up by a formula: the same ones every time."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import numpy as np

from backend.data.registry import Field, Format, Known, Raw, data_format
from graph.specs import TensorSpec

COUNT = 1000
SEED = 0
Points = tuple[np.ndarray, np.ndarray]
Generator = Callable[[np.random.Generator, int], Points]

GENERATORS: dict[str, Generator] = {}
CLASSES: dict[str, int] = {}


def points(classes: int) -> Callable[[Generator], Generator]:
    """Register a generator of points with labels, or with a target to be met where there are no classes."""

    def register(function: Generator) -> Generator:
        name = function.__name__.replace("_", "-")
        GENERATORS[name], CLASSES[name] = function, classes
        return function

    return register


@points(classes=2)
def moons(rng: np.random.Generator, count: int) -> Points:
    """Two half circles that reach into each other."""
    label = np.arange(count) % 2
    angle = np.pi * rng.random(count)
    x = np.where(label == 0, np.cos(angle), 1 - np.cos(angle))
    y = np.where(label == 0, np.sin(angle), 0.5 - np.sin(angle))
    return np.stack([x, y], axis=1) + rng.normal(0, 0.1, (count, 2)), label


@points(classes=2)
def circles(rng: np.random.Generator, count: int) -> Points:
    """A circle inside another."""
    label = np.arange(count) % 2
    angle = 2 * np.pi * rng.random(count)
    radius = np.where(label == 0, 1.0, 0.5)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1) + rng.normal(0, 0.07, (count, 2)), label


@points(classes=3)
def rings(rng: np.random.Generator, count: int) -> Points:
    """Three rings around one centre."""
    label = np.arange(count) % 3
    angle = 2 * np.pi * rng.random(count)
    radius = (label + 1) / 3
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1) + rng.normal(0, 0.04, (count, 2)), label


@points(classes=2)
def spirals(rng: np.random.Generator, count: int) -> Points:
    """Two arms wound around each other."""
    label = np.arange(count) % 2
    way = np.sqrt(rng.random(count))
    angle = 3 * np.pi * way + np.pi * label
    return np.stack([way * np.cos(angle), way * np.sin(angle)], axis=1) + rng.normal(0, 0.02, (count, 2)), label


@points(classes=4)
def blobs(rng: np.random.Generator, count: int) -> Points:
    """Four round clouds that touch."""
    label = np.arange(count) % 4
    centres = np.array([[1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]])
    return centres[label] + rng.normal(0, 0.45, (count, 2)), label


@points(classes=8)
def ring_of_8(rng: np.random.Generator, count: int) -> Points:
    """Eight small clouds on a circle."""
    label = np.arange(count) % 8
    angle = 2 * np.pi * label / 8
    return np.stack([np.cos(angle), np.sin(angle)], axis=1) + rng.normal(0, 0.05, (count, 2)), label


@points(classes=2)
def checkerboard(rng: np.random.Generator, count: int) -> Points:
    """Sixteen squares in two colours."""
    point = rng.uniform(-1, 1, (count, 2))
    return point, np.floor(2 * point + 2).sum(axis=1).astype(int) % 2


@points(classes=0)
def noisy_sine(rng: np.random.Generator, count: int) -> Points:
    """A sine wave under noise: one number in, one number out."""
    x = rng.uniform(-np.pi, np.pi, (count, 1))
    return x, np.sin(x) + rng.normal(0, 0.1, (count, 1))


@data_format
class MadeUpPoints(Format):
    """A thousand points, with the class or the number that belongs to each."""

    known = tuple(
        Known(name, name.replace("-", " ").capitalize(), inspect.getdoc(function) or "", "Points", COUNT)
        for name, function in GENERATORS.items()
    )

    def fields(self, source: str) -> dict[str, Field]:
        classes = CLASSES[source]
        if not classes:
            return {"point": Field(TensorSpec((1,)), scaled=True), "target": Field(TensorSpec((1,)))}
        names = tuple(f"class {number}" for number in range(classes))
        label = TensorSpec((), "int64", classes=classes, names=names)
        return {"point": Field(TensorSpec((2,)), scaled=True), "label": Field(label)}

    def read(self, source: str) -> Raw:
        point, answer = GENERATORS[source](np.random.default_rng(SEED), COUNT)
        key, dtype = ("label", np.uint8) if CLASSES[source] else ("target", np.float32)
        return Raw({"point": point.astype(np.float32), key: answer.astype(dtype)})

    def loader(self, source: str) -> str:
        function = GENERATORS[source]
        key, dtype = ("label", "int64") if CLASSES[source] else ("target", "float32")
        lines = inspect.getsource(function).partition("\n")[2].rstrip()
        lines = lines.replace(" -> Points:", " -> tuple[np.ndarray, np.ndarray]:")
        return LOADER.format(function=lines, name=function.__name__, key=key, dtype=dtype, count=COUNT, seed=SEED)


LOADER = '''\
import numpy as np
import torch


{function}


def load_data() -> dict[str, torch.Tensor]:
    """The points and what belongs to each."""
    point, answer = {name}(np.random.default_rng({seed}), {count})
    return {{
        "point": torch.tensor(point, dtype=torch.float32),
        "{key}": torch.tensor(answer, dtype=torch.{dtype}),
    }}
'''
