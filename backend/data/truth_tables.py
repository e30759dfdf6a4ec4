"""Two-input truth tables."""

from __future__ import annotations

import numpy as np

from backend.data.registry import Field, Format, Known, Raw, data_format
from graph.specs import TensorSpec

ROWS = ((0, 0), (0, 1), (1, 0), (1, 1))
ANSWERS = {
    "and": (0, 0, 0, 1),
    "or": (0, 1, 1, 1),
    "xor": (0, 1, 1, 0),
    "nand": (1, 1, 1, 0),
    "nor": (1, 0, 0, 0),
    "xnor": (1, 0, 0, 1),
}


@data_format
class TruthTable(Format):
    """Four rows of two inputs and the answer; every split is the whole table."""

    known = tuple(
        Known(name, name.upper(), f"The truth table of {name.upper()}: two inputs, one answer.", "Truth tables", 4)
        for name in ANSWERS
    )

    def fields(self, source: str) -> dict[str, Field]:
        return {
            "point": Field(TensorSpec((2,)), scaled=True, range=(0.0, 1.0)),
            "target": Field(TensorSpec((1,)), range=(0.0, 1.0)),
        }

    def read(self, source: str) -> Raw:
        answers = np.array(ANSWERS[source], np.float32).reshape(4, 1)
        return Raw({"point": np.array(ROWS, np.float32), "target": answers}, whole=True)

    def loader(self, source: str) -> str:
        points = ", ".join(f"[{a}.0, {b}.0]" for a, b in ROWS)
        answers = ", ".join(f"[{answer}.0]" for answer in ANSWERS[source])
        return LOADER.format(name=source.upper(), points=points, answers=answers)


LOADER = '''\
import torch


def load_data() -> dict[str, torch.Tensor]:
    """The truth table of {name}."""
    return {{
        "point": torch.tensor([{points}]),
        "target": torch.tensor([{answers}]),
    }}
'''
