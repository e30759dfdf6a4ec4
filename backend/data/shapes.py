"""Pictures of circles, squares and triangles on uneven ground, with the class of every pixel."""

from __future__ import annotations

import inspect

import numpy as np

from backend.data.registry import Field, Format, Known, Raw, data_format
from graph.specs import TensorSpec

COUNT = 2000
SEED = 0
NAMES = ("background", "circle", "square", "triangle")


def shapes(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Grey pictures of 32×32 with up to four shapes, one a quarter, and the class of every pixel.

    Ground: a slope, waves and noise. Shapes: turned at random, lighter or darker than the ground, of 3 to 8 pixels
    from their middle.
    """
    side, half = 32, 16
    row, column = np.mgrid[0:side, 0:side].astype(np.float64)
    slope, wave, phase = (rng.uniform(low, high, (count, 2, 1, 1)) for low, high in ((-1, 1), (0.1, 0.6), (0, 6.3)))
    waves = np.sin(wave[:, 0] * row + wave[:, 1] * column + phase[:, 0])
    image = 128 + 0.8 * (slope[:, 0] * (row - half) + slope[:, 1] * (column - half)) + 12 * waves
    mask = np.zeros((count, side, side), np.uint8)
    kind = rng.integers(1, 4, (count, 4))
    kind[:, 1:] *= rng.random((count, 3)) < 0.6
    for quarter in range(4):
        size, turn = rng.uniform(5, 7.2, (count, 1, 1)), rng.uniform(0, 2 * np.pi, (count, 1, 1))
        middle = np.array([quarter // 2, quarter % 2]) * half + half / 2 - 0.5 + rng.uniform(-1.5, 1.5, (count, 2))
        down, right = row - middle[:, 0, None, None], column - middle[:, 1, None, None]
        u, v = right * np.cos(turn) + down * np.sin(turn), down * np.cos(turn) - right * np.sin(turn)
        corner = np.maximum(np.maximum(v, 0.866 * u - 0.5 * v), -0.866 * u - 0.5 * v)
        reach = np.stack([np.hypot(u, v), np.maximum(abs(u), abs(v)) / 0.85, corner / 0.62], axis=1)
        which = kind[:, quarter, None, None]
        inside = (which > 0) & (np.take_along_axis(reach, np.maximum(which - 1, 0)[:, None], 1)[:, 0] < size)
        light = rng.uniform(45, 90, (count, 1, 1)) * rng.choice([-1, 1], (count, 1, 1))
        image = np.where(inside, image + light, image)
        mask = np.where(inside, which, mask).astype(np.uint8)
    image += rng.normal(0, 10, image.shape)
    return image.clip(0, 255).astype(np.uint8)[:, None], mask


@data_format
class Shapes(Format):
    """Two thousand grey pictures of 32×32 pixels and a mask of classes for each."""

    known = (
        Known(
            "shapes", "Shapes with masks",
            "Circles, squares and triangles on uneven ground, 32×32 pixels, a class for every pixel. Always there.",
            "Pictures", COUNT,
        ),
    )  # fmt: skip

    def fields(self, source: str) -> dict[str, Field]:
        return {
            "image": Field(TensorSpec((1, 32, 32)), scaled=True, range=(0.0, 255.0)),
            "mask": Field(TensorSpec((32, 32), "int64", classes=len(NAMES), names=NAMES)),
        }

    def read(self, source: str) -> Raw:
        image, mask = shapes(np.random.default_rng(SEED), COUNT)
        return Raw({"image": image, "mask": mask})

    def loader(self, source: str) -> str:
        return LOADER.format(function=inspect.getsource(shapes).rstrip(), count=COUNT, seed=SEED)


LOADER = '''\
import numpy as np
import torch


{function}


def load_data() -> dict[str, torch.Tensor]:
    """The pictures, with values from 0 to 255, and the class of every pixel: 0 is the background."""
    image, mask = shapes(np.random.default_rng({seed}), {count})
    return {{
        "image": torch.tensor(image, dtype=torch.float32),
        "mask": torch.tensor(mask, dtype=torch.int64),
    }}
'''
