"""Films of small digits that drift and bounce, made up: what comes next is known exactly."""

from __future__ import annotations

import inspect

import numpy as np

from backend.data.registry import Field, Format, Known, Raw, data_format
from graph.specs import TensorSpec

NAME = "moving-digits"
COUNT, FRAMES, SIDE = 2000, 9, 24
SEED = 0


def moving_digits(rng: np.random.Generator, pictures: np.ndarray, count: int, frames: int, side: int) -> np.ndarray:
    """``count`` films (count, frames, side, side) of two pictures each, which bounce off the borders.

    N. Srivastava, E. Mansimov and R. Salakhutdinov, Unsupervised Learning of Video Representations using LSTMs, 2015
    """
    films = np.zeros((count, frames, side, side), np.uint8)
    room, size = side - pictures.shape[1], pictures.shape[1]
    for film in films:
        for picture in pictures[rng.integers(0, len(pictures), 2)]:
            place, speed = rng.uniform(0, room, 2), rng.uniform(1, 2.5, 2) * rng.choice([-1, 1], 2)
            for frame in film:
                top, left = np.rint(room - abs(room - place % (2 * room))).astype(int)
                part = frame[top : top + size, left : left + size]
                np.maximum(part, picture, out=part)
                place = place + speed
    return films


@data_format
class MovingDigits(Format):
    """Eight frames of two handwritten digits, and the one that follows."""

    known = (
        Known(NAME, "Moving digits", "Films of two small handwritten digits that drift and bounce: what is the next "
              "frame?", "Films", COUNT),
    )  # fmt: skip

    def fields(self, source: str) -> dict[str, Field]:
        film, following = TensorSpec((FRAMES - 1, 1, SIDE, SIDE)), TensorSpec((1, SIDE, SIDE))
        return {"film": Field(film, True, (0.0, 255.0)), "next": Field(following, True, (0.0, 255.0))}

    def read(self, source: str) -> Raw:
        from sklearn.datasets import load_digits

        pictures = np.rint(load_digits().images * (255 / 16)).astype(np.uint8)
        films = moving_digits(np.random.default_rng(SEED), pictures, COUNT, FRAMES, SIDE)
        return Raw({"film": films[:, :-1, None], "next": films[:, -1:]})

    def loader(self, source: str) -> str:
        function = inspect.getsource(moving_digits).rstrip()
        return LOADER.format(function=function, seed=SEED, count=COUNT, frames=FRAMES, side=SIDE)


LOADER = '''\
import numpy as np
import torch
from sklearn.datasets import load_digits


{function}


def load_data() -> dict[str, torch.Tensor]:
    """The films (time, channel, height, width) and the frame that follows each."""
    pictures = np.rint(load_digits().images * (255 / 16)).astype(np.uint8)
    films = torch.tensor(moving_digits(np.random.default_rng({seed}), pictures, {count}, {frames}, {side}))
    return {{
        "film": films[:, :-1, None].float(),
        "next": films[:, -1:].float(),
    }}
'''
