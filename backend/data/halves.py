"""The handwritten digits cut in two, so that two networks each see what the other does not."""

from __future__ import annotations

from backend.data.digits import NAMES, Digits
from backend.data.registry import Field, Format, Known, Raw, data_format
from graph.specs import TensorSpec


@data_format
class DigitHalves(Format):
    """The left and the right four columns of every 8×8 digit; neither is enough to tell all digits apart."""

    known = (
        Known(
            "digit-halves", "Digits in two halves",
            "Handwritten digits cut in two: left and right half, 4 by 8 pixels each. Always there.",
            "Pictures", 1797, Digits.known[0].licence, Digits.known[0].citation,
        ),
    )  # fmt: skip

    def fields(self, source: str) -> dict[str, Field]:
        half = Field(TensorSpec((1, 8, 4)), scaled=True, range=(0.0, 16.0))
        return {"left": half, "right": half, "label": Field(TensorSpec((), "int64", classes=10, names=NAMES))}

    def read(self, source: str) -> Raw:
        digits = Digits().read("digits").train
        image = digits["image"]
        return Raw({"left": image[..., :4].copy(), "right": image[..., 4:].copy(), "label": digits["label"]})

    def loader(self, source: str) -> str:
        return LOADER


LOADER = '''\
import torch
from sklearn.datasets import load_digits


def load_data() -> dict[str, torch.Tensor]:
    """The left and the right half of the 8×8 digits of scikit-learn, from 0 to 16, and which digit it is."""
    digits = load_digits()
    image = torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1)
    return {
        "left": image[..., :4],
        "right": image[..., 4:],
        "label": torch.tensor(digits.target, dtype=torch.int64),
    }
'''
