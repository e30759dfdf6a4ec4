"""Layers that change the size of an image without learning how."""

from __future__ import annotations

import functools
from typing import Annotated, Literal

from graph.catalogue import layer
from graph.lazy import F, LazyModule
from graph.specs import Border, Image, Limits, Number, Side, TensorSpec, Wants

shapes = LazyModule("graph.modules.shapes")
sequences = LazyModule("graph.modules.sequences")

Flat = Annotated[TensorSpec, Wants("image", "an image or a sequence", ("sequence",), "real")]
Factor = Annotated[int, Limits(1, 64)]


@layer(search="upsampling enlarge zoom scale interpolate nearest bilinear bicubic decoder unpool")
def upsample(
    x: Image, factor: Factor = 2, mode: Literal["nearest", "bilinear", "bicubic"] = "nearest", corners: bool = False
):
    """Make an image so many times larger by repeating pixels or filling in between.

    https://pytorch.org/docs/stable/generated/torch.nn.functional.interpolate.html

    factor: how many times larger each side becomes
    mode: "nearest" repeats pixels; "bilinear" and "bicubic" are smooth
    corners: whether the corner pixels stay in the corners, for the smooth ones
    """
    aligned = corners if mode != "nearest" else None
    return functools.partial(F.interpolate, scale_factor=float(factor), mode=mode, align_corners=aligned)


@layer(search="scale interpolate shrink enlarge thumbnail bilinear bicubic nearest size")
def resize(
    x: Image,
    height: Side = 32,
    width: Side = 32,
    mode: Literal["nearest", "bilinear", "bicubic", "area"] = "bilinear",
    smooth: bool = False,
):
    """Bring an image to a given size, larger or smaller.

    https://pytorch.org/docs/stable/generated/torch.nn.functional.interpolate.html

    height: rows that come out
    width: columns that come out
    mode: "nearest" picks pixels; "bilinear" and "bicubic" are smooth; "area" takes means, to shrink
    smooth: whether "bilinear" and "bicubic" blur what they shrink, so that fine patterns do not flicker
    """
    blurs = smooth and mode in ("bilinear", "bicubic")
    return functools.partial(F.interpolate, size=(height, width), mode=mode, antialias=blurs)


@layer(search="depth to space subpixel super resolution upsample enlarge")
def pixel_shuffle(x: Image, factor: Factor = 2):
    """Lay factor² channels out as the pixels of an image that is factor times larger.

    (C·f², H, W) becomes (C, f·H, f·W), as in super-resolution.
    https://pytorch.org/docs/stable/generated/torch.nn.functional.pixel_shuffle.html

    factor: how many times larger each side becomes
    """
    if x.channels % factor**2:
        raise ValueError(
            f"The {x.channels} channels that arrive are no multiple of {factor**2}: a factor of {factor} takes "
            f"{factor}×{factor} channels for one."
        )
    return functools.partial(F.pixel_shuffle, upscale_factor=factor)


@layer(search="space to depth shrink downsample patches")
def pixel_unshuffle(x: Image, factor: Factor = 2):
    """Turn every square of pixels into channels: smaller, deeper, and nothing lost.

    (C, f·H, f·W) becomes (C·f², H, W).
    https://pytorch.org/docs/stable/generated/torch.nn.functional.pixel_unshuffle.html

    factor: how many times smaller each side becomes
    """
    if any(side % factor for side in x.shape[1:]):
        raise ValueError(f"The sides of {x} are no multiples of {factor}: choose a factor that divides them.")
    return functools.partial(F.pixel_unshuffle, downscale_factor=factor)


@layer(search="padding border margin frame zeros reflect replicate mirror")
def pad(
    x: Flat,
    left: Border = 1,
    right: Border = 1,
    top: Border = 0,
    bottom: Border = 0,
    mode: Literal["constant", "reflect", "replicate", "circular"] = "constant",
    value: Number = 0.0,
):
    """Add a border around an image, or steps before and after a sequence.

    https://pytorch.org/docs/stable/generated/torch.nn.functional.pad.html

    left: columns added on the left; steps before a sequence
    right: columns added on the right; steps after a sequence
    top: rows added above an image
    bottom: rows added below an image
    mode: "constant" fills with one value, "reflect" mirrors, "replicate" repeats the edge, "circular" goes on at the
      other end
    value: what "constant" fills with
    """
    over_time = x.meaning == "sequence"
    if over_time and (top or bottom):
        raise ValueError("A sequence has no rows to add above or below: set top and bottom to 0.")
    sides = x.shape[:1] if over_time else (x.shape[2], x.shape[1])
    for side, wide in zip(sides, (max(left, right), max(top, bottom))):
        most = side - (mode == "reflect")
        if mode in ("reflect", "circular") and wide > most:
            raise ValueError(f"“{mode}” can add at most {most} beside a length of {side}; {wide} is asked for.")
    filled = value if mode == "constant" and value else None
    border = (left, right) if over_time else (left, right, top, bottom)
    return functools.partial(sequences.pad if over_time else F.pad, pad=border, mode=mode, value=filled)


@layer(search="centre center cut trim middle unet")
def crop(x: Image, height: Border = 0, width: Border = 0):
    """Cut the middle out of an image.

    Where an odd number of pixels goes, one more goes at the right or lower edge.

    height: rows that stay; 0 keeps all
    width: columns that stay; 0 keeps all
    """
    _, rows, columns = x.shape
    if height > rows or width > columns:
        raise ValueError(f"{height or rows}×{width or columns} cannot be cut out of {x}: it is smaller than that.")
    high, wide = height or rows, width or columns
    top, left = (rows - high) // 2, (columns - wide) // 2
    return functools.partial(shapes.crop, top=top, left=left, height=high, width=wide)
