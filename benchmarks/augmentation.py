"""How long a batch of pictures takes to be changed at random, beside a loop that changes one picture at a time.

Run as ``python -m benchmarks.augmentation [rounds]``. Both turn, move, mirror and disturb 128 pictures of 3×32×32, in
turn; the least time of each counts, because other work on the machine only ever adds to it.
"""

from __future__ import annotations

import functools
import math
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from graph.building import build
from graph.layers import CATALOGUE
from graph.specs import TensorSpec

BATCH, SHAPE = 128, (3, 32, 32)
DEGREES, SHIFT, NOISE = 10.0, 0.1, 0.05
BAR = 0.006  # seconds
ROUNDS = 50
STEPS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("random_affine", {"degrees": DEGREES, "shift": SHIFT, "smallest": 1.0, "largest": 1.0}),
    ("random_flip", {}),
    ("gaussian_noise", {"deviation": NOISE}),
)
APART: tuple[tuple[str, dict[str, Any]], ...] = (
    ("random_rotation", {"degrees": DEGREES}),
    ("random_shift", {"horizontal": SHIFT, "vertical": SHIFT}),
    *STEPS[1:],
)


def changing(steps: tuple[tuple[str, dict[str, Any]], ...]) -> Callable[[torch.Tensor], torch.Tensor]:
    """The node types in a row, as they stand in a compiled design."""
    modules = [build(CATALOGUE[name], params, {"x": TensorSpec(SHAPE)}) for name, params in steps]
    return lambda images: functools.reduce(lambda x, module: module(x), modules, images)


def one_by_one(images: torch.Tensor) -> torch.Tensor:
    """The same as a data set does it that hands out pictures singly."""
    found = []
    for image in images:
        angle = math.radians(random.uniform(-DEGREES, DEGREES))
        right, down = (random.uniform(-2 * SHIFT, 2 * SHIFT) for _ in range(2))
        cosine, sine = math.cos(angle), math.sin(angle)
        matrix = torch.tensor([[[cosine, -sine, right], [sine, cosine, down]]])
        grid = F.affine_grid(matrix, [1, *SHAPE], align_corners=False)
        turned = F.grid_sample(image.unsqueeze(0), grid, align_corners=False)[0]
        found.append((turned.flip(-1) if random.random() < 0.5 else turned) + NOISE * torch.randn(SHAPE))
    return torch.stack(found)


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    images = torch.rand(BATCH, *SHAPE)
    ways = {"all in one go": changing(STEPS), "a node each": changing(APART), "one picture at a time": one_by_one}
    least = dict.fromkeys(ways, math.inf)
    for _ in range(rounds):
        for name, change in ways.items():
            started = time.perf_counter()
            change(images)
            least[name] = min(least[name], time.perf_counter() - started)
    alone = least["one picture at a time"]
    print(f"{BATCH}×{'×'.join(map(str, SHAPE))} on {torch.get_num_threads()} threads, the least of {rounds} rounds")
    for name, seconds in least.items():
        bar = (
            f", bar {BAR * 1000:.0f} ms {'met' if seconds < BAR else 'missed'}"
            if name != "one picture at a time"
            else ""
        )
        print(f"{name:>22} {seconds * 1000:7.2f} ms, {alone / seconds:5.1f} times as fast{bar}")


if __name__ == "__main__":
    main()
