"""Pictures from files: opened with care, turned upright, brought to 8 bits and to one size."""

from __future__ import annotations

import math
import struct
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from graph.problems import DataError

if TYPE_CHECKING:
    from PIL import Image

MOST_PIXELS = 100_000_000
# what Pillow raises for damaged files, as its decoders happen to meet the damage
BAD_PICTURE = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, struct.error)
MODES = {1: "L", 3: "RGB", 4: "RGBA"}  # by the number of channels
GREY = ("1", "L", "LA", "La", "I", "F")
ENDINGS = (".png", ".jpg", ".jpeg", ".jpe", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".pgm", ".ppm", ".pbm", ".jfif")
TURNED = (5, 6, 7, 8)  # the EXIF orientations that swap width and height


def open_picture(path: Path) -> Image.Image:
    """A picture with its pixels decoded, turned upright. Raises DataError, FileNotFoundError."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # oversize is judged below, other oddities by what comes of them
            with path.open("rb") as file, Image.open(file) as picture:
                if math.prod(picture.size) > MOST_PIXELS:
                    raise _too_large(path, picture.size)
                picture.load()
                return ImageOps.exif_transpose(picture)
    except FileNotFoundError:
        raise
    except UnidentifiedImageError:
        kinds = "a picture (.png, .jpg…), an array (.npy) or a table (.csv) was expected"
        raise DataError(f"The file “{path}” is no picture that can be read; {kinds}.") from None
    except Image.DecompressionBombError:
        raise DataError(f"The picture “{path}” is too large; at most {MOST_PIXELS:,} pixels are read.") from None
    except PermissionError:
        raise DataError(f"The file “{path}” may not be read; change its permissions.") from None
    except BAD_PICTURE as error:
        raise DataError(f"The picture “{path}” is damaged or cut off ({error}).") from None


def look(path: Path) -> tuple[bool, tuple[int, int]] | None:
    """Whether a picture is grey, and its width and height as shown; None where its head cannot be read."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as picture:
                width, height = picture.size
                turned = picture.getexif().get(0x0112, 1) in TURNED
                grey = picture.mode in GREY or picture.mode.startswith("I;")
                return grey, ((height, width) if turned else (width, height))
    except (Image.DecompressionBombError, *BAD_PICTURE):
        return None


def eight_bits(picture: Image.Image, mode: str) -> Image.Image:
    """Any mode as 8 bits a channel; what is see-through lies on white, as viewers show it."""
    import numpy as np
    from PIL import Image

    if picture.mode.startswith("I") or picture.mode == "F":
        values = np.array(picture, np.float64)
        top = 65535.0 if picture.mode.startswith("I") else max(1.0, float(values.max(initial=0.0)))
        picture = Image.fromarray((np.clip(values / top, 0, 1) * 255).round().astype(np.uint8))
    if mode != "RGBA" and (picture.has_transparency_data):
        paper = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(paper, picture.convert("RGBA"))
    return picture.convert(mode)


def fitted(picture: Image.Image, width: int, height: int) -> Image.Image:
    """Cropped around its middle to the proportions asked for, and resized: nothing is squeezed."""
    from PIL import Image, ImageOps

    if picture.size == (width, height):
        return picture
    return ImageOps.fit(picture, (width, height), Image.Resampling.BILINEAR)


def _too_large(path: Path, size: tuple[int, int]) -> DataError:
    return DataError(f"The picture “{path}” has {size[0]}×{size[1]} pixels; at most {MOST_PIXELS:,} are read.")
