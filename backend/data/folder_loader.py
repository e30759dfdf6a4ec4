"""The source text with which an exported script reads pictures, and a folder for every class of them."""

READ_PICTURE = '''\
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps


def read_picture(path: Path, size: tuple[int, int], mode: str) -> np.ndarray:
    """A picture set upright, see-through parts white, 16 bits as 8, cropped around its middle to the size of all."""
    picture = ImageOps.exif_transpose(Image.open(path))
    if picture.mode.startswith("I") or picture.mode == "F":
        values = np.array(picture, np.float64)
        top = 65535.0 if picture.mode.startswith("I") else max(1.0, values.max())
        picture = Image.fromarray((np.clip(values / top, 0, 1) * 255).round().astype(np.uint8))
    if picture.has_transparency_data:
        paper = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(paper, picture.convert("RGBA"))
    picture = picture.convert(mode)
    if picture.size != size:
        picture = ImageOps.fit(picture, size, Image.Resampling.BILINEAR)
    return np.array(picture).reshape(size[1], size[0], -1).transpose(2, 0, 1)
'''

LOADER = '''\
READ_PICTURE

FOLDER = Path()
NAMES = []
ENDINGS = ()


def load_data() -> dict[str, torch.Tensor]:
    """The pictures, with values from 0 to 255, and the class of each."""
    paths = [sorted((FOLDER / name).iterdir()) for name in NAMES]
    paths = [[path for path in found if path.name.lower().endswith(ENDINGS) and path.name[0] != "."] for found in paths]
    labels = [number for number, found in enumerate(paths) for _ in found]
    images = np.stack([read_picture(path, SIZE, MODE) for found in paths for path in found])
    return {
        "image": torch.tensor(images, dtype=torch.float32),
        "label": torch.tensor(labels, dtype=torch.int64),
    }
'''.replace("READ_PICTURE", READ_PICTURE)
