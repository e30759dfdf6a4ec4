"""The 8×8 handwritten digits that come with scikit-learn."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np

from backend.data.registry import Field, Format, Known, Raw, data_format
from graph.specs import TensorSpec

NAMES = tuple("0123456789")


@data_format
class Digits(Format):
    """1,797 grey pictures of 8×8 pixels, values 0 to 16, in ten classes."""

    known = (
        Known(
            "digits", "Handwritten digits", "Small grey pictures of the digits 0 to 9, 8×8 pixels. Always there.",
            "Pictures", 1797, "CC BY 4.0",
            "E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI, 1998",
        ),
    )  # fmt: skip

    def fields(self, source: str) -> dict[str, Field]:
        return {
            "image": Field(TensorSpec((1, 8, 8)), scaled=True, range=(0.0, 16.0)),
            "label": Field(TensorSpec((), "int64", classes=10, names=NAMES)),
        }

    def read(self, source: str) -> Raw:
        table = _table()
        return Raw({"image": table[:, :64].reshape(-1, 1, 8, 8).copy(), "label": table[:, 64].copy()})

    def loader(self, source: str) -> str:
        return LOADER


def _table() -> np.ndarray:
    """64 pixels and the label of every picture, uint8.

    scikit-learn's file is read where it lies: importing scikit-learn takes longer than training on it.
    """
    found = importlib.util.find_spec("sklearn")
    for folder in (found.submodule_search_locations or ()) if found else ():
        path = Path(folder, "datasets", "data", "digits.csv.gz")
        if path.is_file():
            return np.loadtxt(path, delimiter=",", dtype=np.uint8)
    from sklearn.datasets import load_digits

    data = load_digits()
    return np.column_stack([data.data, data.target]).astype(np.uint8)


LOADER = '''\
import torch
from sklearn.datasets import load_digits


def load_data() -> dict[str, torch.Tensor]:
    """The 8×8 digits of scikit-learn: pixels from 0 to 16, and which digit it is."""
    digits = load_digits()
    return {
        "image": torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1),
        "label": torch.tensor(digits.target, dtype=torch.int64),
    }
'''
