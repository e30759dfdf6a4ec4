"""Filters that are given and never learned."""

from __future__ import annotations

from typing import Literal

from graph.catalogue import layer
from graph.lazy import LazyModule
from graph.specs import Image, Matrix, Side

filters = LazyModule("graph.modules.filters")

IDENTITY: Matrix = [[0, 0, 0], [0, 1, 0], [0, 0, 0]]
LARGEST = 63
PRESETS: dict[str, list[list[float]]] = {
    "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
    "edge 1": [[1, 0, -1], [0, 0, 0], [-1, 0, 1]],
    "edge 2": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
    "edge 3": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "box blur": [[1 / 9] * 3] * 3,
    "gaussian blur": [[1 / 16, 2 / 16, 1 / 16], [2 / 16, 4 / 16, 2 / 16], [1 / 16, 2 / 16, 1 / 16]],
    "sobel x": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "sobel y": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
}


@layer(search="convolution fixed kernel edge blur sharpen sobel laplace gaussian smooth image processing",
       title="filter")  # fmt: skip
def filter2d(
    x: Image,
    preset: Literal[
        "identity", "edge 1", "edge 2", "edge 3", "sharpen", "box blur", "gaussian blur", "sobel x", "sobel y", "custom"
    ] = "edge 3",
    kernel: Matrix = IDENTITY,
    stride: Side = 1,
    padding: Literal["same", "valid"] = "same",
    border_mode: Literal["zeros", "reflect", "replicate", "circular"] = "zeros",
):
    """Slide a fixed window of numbers over an image: find edges, sharpen or blur, without learning anything.

    y[c] = kernel ⋆ x[c], every channel by itself: the sum of the pixels under the window, each times its number.
    https://pytorch.org/docs/stable/generated/torch.nn.functional.conv2d.html

    preset: a well-known window of 3×3; “custom” is the one typed below
    kernel: the numbers of a custom window, row by row
    stride: step between windows
    padding: "same" keeps the size of the image at stride 1; "valid" adds no border
    border_mode: what the border is filled with
    """
    rows = PRESETS.get(preset) or _rows(kernel)
    high, wide = len(rows), len(rows[0])
    shows = padding == "same" and border_mode in ("reflect", "circular")
    if shows and (high // 2 >= x.shape[1] or wide // 2 >= x.shape[2]):
        raise ValueError(f"A window of {high}×{wide} reaches too far over the edge of {x} for “{border_mode}”.")
    numbers = tuple(tuple(float(number) for number in row) for row in rows)
    return filters.FixedFilter2d(numbers, stride, padding, border_mode)


def _rows(kernel: Matrix) -> list[list[float]]:
    """A typed window as rows; numbers without rows are one."""
    rows = kernel if kernel and isinstance(kernel[0], list) else [kernel]
    plain = all(isinstance(number, int | float) for row in rows for number in row)
    if not plain or not rows[0] or max(len(rows), len(rows[0])) > LARGEST:
        raise ValueError(f"The kernel is a table of numbers, at least 1 and at most {LARGEST} in a row or column.")
    return rows
