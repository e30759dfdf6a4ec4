"""The two photographs that come with scikit-learn, whole and in parts."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np

from backend.data.pictures import open_picture
from backend.data.registry import Field, Format, Known, Raw, data_format
from graph.problems import DataError
from graph.specs import TensorSpec

NAMES = ("china", "flower")
HEIGHT, WIDTH = 160, 240
# left, top, right and bottom of the whole photograph and of two details, which all have the proportions 3:2
PARTS = ((0, 0, 640, 427), (0, 67, 360, 307), (280, 67, 640, 307))


@data_format
class Photos(Format):
    """Six colour pictures of 160×240 pixels; every split is all of them."""

    known = (
        Known(
            "photos", "Two photographs", "A temple in China and a flower, in colour, 160×240 pixels. Always there.",
            "Pictures", len(NAMES) * len(PARTS), "CC BY 2.0",
            "china.jpg by danielbuechele and flower.jpg by vultilion, both on Flickr; sample images of scikit-learn",
        ),
    )  # fmt: skip

    def fields(self, source: str) -> dict[str, Field]:
        return {
            "image": Field(TensorSpec((3, HEIGHT, WIDTH)), scaled=True, range=(0.0, 255.0)),
            "label": Field(TensorSpec((), "int64", classes=len(NAMES), names=NAMES)),
        }

    def read(self, source: str) -> Raw:
        folder = _folder()
        parts = [np.array(open_picture(folder / f"{name}.jpg").resize((WIDTH, HEIGHT), box=part))
                 for part in PARTS for name in NAMES]  # fmt: skip
        labels = np.array([number for _ in PARTS for number in range(len(NAMES))], np.uint8)
        return Raw({"image": np.stack(parts).transpose(0, 3, 1, 2).copy(), "label": labels}, whole=True)

    def loader(self, source: str) -> str:
        return LOADER.format(parts=PARTS, names=", ".join(f'"{name}.jpg"' for name in NAMES), size=(WIDTH, HEIGHT))


def _folder() -> Path:
    """Where scikit-learn's pictures lie; importing it would take longer than reading them."""
    found = importlib.util.find_spec("sklearn")
    for folder in (found.submodule_search_locations or ()) if found else ():
        if (path := Path(folder, "datasets", "images")).is_dir():
            return path
    raise DataError("scikit-learn, which these photographs come with, is not installed in full; install it again.")


LOADER = '''\
import numpy as np
import torch
from PIL import Image
from sklearn.datasets import load_sample_image

PARTS = {parts}


def load_data() -> dict[str, torch.Tensor]:
    """The photographs of scikit-learn, whole and in two parts, with values from 0 to 255, and which one it is."""
    photos = [Image.fromarray(load_sample_image(name)) for name in ({names})]
    images = [np.array(photo.resize({size}, box=part)) for part in PARTS for photo in photos]
    return {{
        "image": torch.tensor(np.stack(images).transpose(0, 3, 1, 2), dtype=torch.float32),
        "label": torch.arange(len(images)) % len(photos),
    }}
'''
