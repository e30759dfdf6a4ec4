"""Samples as files: a sheet of pictures or a cloud of points, a film of how they came about, numbers, text."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from backend.problems import INPUT, TrainProblem

ENLARGED = 128  # pixels that a side of a small picture is enlarged to at most, by whole factors
BORDER = 2
GROUND = 72  # the grey between pictures, which is neither black nor white
ANIMATED = (".gif", ".apng")  # endings of files that show a film
FILM_MILLISECONDS, WALK_MILLISECONDS, LAST_MILLISECONDS = 120, 200, 2000
PLOT = 480  # pixels of a side of a cloud of points
SHARPER = 2  # painted so many times larger, then reduced, which smooths the edges
MARGIN = 0.15  # of the real points' extent, left free around them
PAPER, FRAME, REAL_INK, MADE_INK = (255, 255, 255), (200, 206, 216), (150, 162, 182), (214, 90, 20)


@dataclass(frozen=True)
class Drawing:
    """Examples that an output drew, examples first; pictures (examples, channels, height, width) from 0 to 1.

    ``labels`` are the classes they were drawn for, ``words`` what the tokens stand for, ``real`` points to compare.
    """

    values: np.ndarray
    kind: str
    labels: tuple[int, ...] = ()
    words: tuple[str, ...] = ()
    real: np.ndarray | None = None

    @property
    def points(self) -> bool:
        """Whether these are points in the plane."""
        return self.values.ndim == 2 and self.values.shape[1] == 2 and self.kind != "classes"


def encode(drawing: Drawing, suffix: str, film: Sequence[np.ndarray] = ()) -> bytes:
    """A drawing in the format of an ending such as ".png". Raises TrainProblem where that cannot hold it.

    film: what the same noise gave at earlier moments, for a .gif or .apng
    """
    return WRITERS[suffix.lower()](drawing, film)


def check_ending(path: str) -> None:
    """Raise TrainProblem where the ending of a path is none that samples can be written in."""
    if Path(path).suffix.lower() not in WRITERS:
        raise TrainProblem(f"“{path}” should end in {', '.join(WRITERS)}, which says how to write.", INPUT)


def eight_bit(values: np.ndarray) -> np.ndarray:
    """Brightness from 0 to 1 as 0 to 255; what is no number is black. 8-bit values stay as they are."""
    if values.dtype == np.uint8:
        return values
    scaled: np.ndarray = (np.nan_to_num(values, posinf=1.0) * 255).round().clip(0, 255)
    return scaled.astype(np.uint8)


def sheet(values: np.ndarray, labels: Sequence[int] = ()) -> Image.Image:
    """Pictures side by side: about as many rows as columns, or with labels a row for every class."""
    pictures = _pictures(values)
    rows = _rows(len(pictures), labels)
    columns = max(map(len, rows))
    width, height = pictures[0].width + BORDER, pictures[0].height + BORDER
    size = (columns * width + BORDER, len(rows) * height + BORDER)
    made = Image.new(pictures[0].mode, size, GROUND if pictures[0].mode == "L" else (GROUND,) * 3)
    for row, numbers in enumerate(rows):
        for column, number in enumerate(numbers):
            made.paste(pictures[number], (column * width + BORDER, row * height + BORDER))
    return made


def cloud(values: np.ndarray, real: np.ndarray | None, limits: np.ndarray) -> Image.Image:
    """Points in the plane over the real ones. ``limits`` holds the least and the greatest of each axis, (2, 2)."""
    side = PLOT * SHARPER
    made = Image.new("RGB", (side, side), PAPER)
    pen = ImageDraw.Draw(made)
    for points, ink, radius in ((real, REAL_INK, 2.2), (values, MADE_INK, 2.8)):
        for x, y in () if points is None else _placed(points, limits, side):
            reach = radius * SHARPER
            pen.ellipse((x - reach, y - reach, x + reach, y + reach), fill=ink)
    pen.rectangle((0, 0, side - 1, side - 1), outline=FRAME, width=SHARPER)
    return made.resize((PLOT, PLOT), Image.Resampling.LANCZOS)


def limits_of(*clouds: np.ndarray | None) -> np.ndarray:
    """The least and the greatest of each axis, (2, 2), with a margin; the first cloud that has points decides."""
    for points in clouds:
        found = points[np.isfinite(points).all(axis=1)] if points is not None else np.zeros((0, 2))
        if len(found):
            low, high = found.min(axis=0), found.max(axis=0)
            extent = np.maximum(high - low, 1e-6)
            return np.stack([low - MARGIN * extent, high + MARGIN * extent])
    return np.array([[-1.0, -1.0], [1.0, 1.0]])


def _png(drawing: Drawing, film: Sequence[np.ndarray]) -> bytes:
    return _encoded(_frames(drawing, [drawing.values])[0], "PNG")


def _gif(drawing: Drawing, film: Sequence[np.ndarray]) -> bytes:
    return _animated(drawing, film, "GIF")


def _apng(drawing: Drawing, film: Sequence[np.ndarray]) -> bytes:
    return _animated(drawing, film, "PNG")


def _animated(drawing: Drawing, film: Sequence[np.ndarray], format: str) -> bytes:
    """How the samples came about; without a film the pictures one after the other."""
    if film:
        frames = _frames(drawing, film)
        times = [FILM_MILLISECONDS] * (len(frames) - 1) + [LAST_MILLISECONDS]
    else:
        frames = _frames(drawing, [drawing.values]) if drawing.points else _pictures(drawing.values)
        times = [WALK_MILLISECONDS] * len(frames)
    first, *others = frames
    return _encoded(first, format, save_all=True, append_images=others, duration=times, loop=0)


def _frames(drawing: Drawing, film: Sequence[np.ndarray]) -> list[Image.Image]:
    """A picture of each moment of a film; points keep their axes throughout."""
    if not drawing.points:
        return [sheet(values, drawing.labels) for values in film]
    limits = limits_of(drawing.real, film[-1])
    return [cloud(values, drawing.real, limits) for values in film]


def _npy(drawing: Drawing, film: Sequence[np.ndarray]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, drawing.values)
    return buffer.getvalue()


def _txt(drawing: Drawing, film: Sequence[np.ndarray]) -> bytes:
    """A line for every example: its words, or its numbers separated by commas."""
    return "".join(f"{line}\n" for line in lines(drawing)).encode()


def lines(drawing: Drawing) -> list[str]:
    """Every example as a line of text."""
    flat = drawing.values.reshape(len(drawing.values), -1)
    if drawing.kind != "tokens" or not drawing.words:
        return [",".join(f"{value:.6g}" for value in row.tolist()) for row in flat]
    gap = "" if max(map(len, drawing.words)) <= 1 else " "
    return [gap.join(_word(drawing.words, int(token)) for token in row) for row in flat]


def _word(words: Sequence[str], token: int) -> str:
    return words[token] if 0 <= token < len(words) else f"<{token}>"


def _rows(count: int, labels: Sequence[int]) -> list[list[int]]:
    """The numbers of the examples in each row of a sheet."""
    if len(labels) != count or len(set(labels)) < 2:
        columns = math.ceil(math.sqrt(count))
        return [list(range(start, min(start + columns, count))) for start in range(0, count, columns)]
    ordered = sorted(range(count), key=lambda number: labels[number])
    return [list(group) for _, group in groupby(ordered, key=lambda number: labels[number])]


def _pictures(values: np.ndarray) -> list[Image.Image]:
    if values.ndim != 4 or values.shape[1] not in (1, 3):
        shape = "×".join(map(str, values.shape[1:])) or "one number"
        raise TrainProblem(f"Pictures have 1 or 3 channels, but an example of this output is {shape}: write it as .npy "
                           "or .txt.", INPUT)  # fmt: skip
    factor = max(1, ENLARGED // max(values.shape[2:]) // 2)
    pixels = eight_bit(values).transpose(0, 2, 3, 1).repeat(factor, axis=1).repeat(factor, axis=2)
    return [Image.fromarray(each[:, :, 0] if each.shape[2] == 1 else each) for each in pixels]


def _placed(points: np.ndarray, limits: np.ndarray, side: int) -> list[tuple[float, float]]:
    """Points of the plane as places on a square picture, upwards being upwards."""
    found = points[np.isfinite(points).all(axis=1)]
    share = (found - limits[0]) / (limits[1] - limits[0])
    share = share[((share >= 0) & (share <= 1)).all(axis=1)]
    return [(float(x) * side, (1 - float(y)) * side) for x, y in share]


def _encoded(picture: Image.Image, format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format, **options)
    return buffer.getvalue()


WRITERS: dict[str, Callable[[Drawing, Sequence[np.ndarray]], bytes]] = {
    ".png": _png, ".gif": _gif, ".apng": _apng, ".txt": _txt, ".npy": _npy,
}  # fmt: skip
