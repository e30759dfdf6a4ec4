"""Layers that spoil pictures, so that a network can learn to mend them: the picture before is what it should give."""

from __future__ import annotations

import functools
from typing import Annotated, Literal

from graph.catalogue import layer
from graph.lazy import LazyModule
from graph.specs import Limits, Number, Share, TensorSpec, Wants

corrupting = LazyModule("graph.modules.corrupting")

Picture = Annotated[TensorSpec, Wants("image", "an image (channels, height, width)", numbers="real")]
When = Literal["always", "while training"]
Chance = Annotated[float, Limits(0.0, 1.0)]
Turn = Annotated[float, Limits(0.0, 180.0, "°")]
Factor = Annotated[int, Limits(1, 64)]
Patch = Annotated[int, Limits(1, 1024, "px")]
Letters = Annotated[int, Limits(3, 1024, "px")]
KNOWN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -.!")
LONGEST = 40  # letters of a watermark


@layer(search="corrupt denoise denoising impulse noise black white pixels dirt broken", outputs="image")
def salt_and_pepper(
    x: Picture, share: Chance = 0.1, low: Number = 0.0, high: Number = 1.0, when: When = "always",
    probability: Chance = 1.0,
):  # fmt: skip
    """Make single random pixels black or white.

    Each pixel, with all its channels, becomes low or high with probability share/2 each.
    https://en.wikipedia.org/wiki/Salt-and-pepper_noise

    share: how many of the pixels are spoiled
    low: what the dark ones become
    high: what the light ones become
    when: always, so that mending is also judged; or in training alone, to make a network robust
    probability: how likely a picture is spoiled
    """
    return corrupting.SaltAndPepper(share, low, high, when, probability)


@layer(search="corrupt inpainting masked hide cover patches squares holes whole mae", outputs="image, mask")
def random_mask(
    x: Picture, patch: Patch = 4, share: Chance = 0.3, value: Number = 0.0, when: When = "always",
    probability: Chance = 1.0,
):  # fmt: skip
    """Cover random squares of a picture, for a network that fills them in.

    The picture is divided into squares, each of which is covered with the probability given. The mask is 1 where it is
    covered and 0 elsewhere (as in masked auto-encoders, He et al. 2021, https://arxiv.org/abs/2111.06377).

    patch: side of the squares
    share: how likely a square is covered
    value: what it is covered with
    when: always, so that mending is also judged; or in training alone, to make a network robust
    probability: how likely a picture is spoiled
    """
    return corrupting.PatchMask(patch, share, value, when, probability)


@layer(search="corrupt grayscale gray black white colourise colorize luminance desaturate", outputs="image")
def to_grey(x: Picture, repeated: bool = False):
    """Take the colours from a picture: one channel that says how light it is.

    y = 0.299 · red + 0.587 · green + 0.114 · blue, as the eye weighs them; of other channels than three, the mean.
    https://en.wikipedia.org/wiki/Grayscale

    repeated: whether it comes out once for every channel, in the shape in which the picture arrived
    """
    return functools.partial(corrupting.grey, repeated=repeated)


@layer(search="corrupt super resolution downsample shrink pixelate small coarse srgan", outputs="image")
def lower_resolution(
    x: Picture,
    factor: Factor = 2,
    smooth: bool = True,
    enlarged: Literal["no", "nearest", "bilinear", "bicubic"] = "no",
):
    """Make a picture smaller and so coarser, for a network that finds the details again.

    https://pytorch.org/docs/stable/generated/torch.nn.functional.interpolate.html

    factor: how many times smaller the sides become
    smooth: whether pixels are means of those that they stand for; else single ones are picked
    enlarged: how it is brought back to its size afterwards; "no" leaves it small
    """
    small = tuple(side // factor for side in x.shape[1:])
    if not all(small):
        raise ValueError(f"Nothing is left of {x} at a factor of {factor}: give at most {min(x.shape[1:])}.")
    return functools.partial(corrupting.coarse, small=small, smooth=smooth, enlarged=enlarged)


@layer(search="corrupt text overlay logo stamp mark remove clean copyright", outputs="image")
def watermark(
    x: Picture, text: str = "SAMPLE", height: Letters = 10, opacity: Share = 0.5, degrees: Turn = 30.0,
    value: Number = 1.0, when: When = "always", probability: Chance = 1.0,
):  # fmt: skip
    """Lay a half transparent text over every picture, repeated, tilted and moved at random.

    y = (1 − a) · x + a · value, where a is the opacity on the letters and 0 elsewhere.
    https://en.wikipedia.org/wiki/Digital_watermarking

    text: what is written: letters, digits, spaces and - . !
    height: of the letters
    opacity: how much the text covers of what is below it
    degrees: how far the text is tilted at most, to either side
    value: how light the text is: 1 is white, 0 black
    when: always, so that mending is also judged; or in training alone, to make a network robust
    probability: how likely a picture is spoiled
    """
    letters = text.strip().upper()
    if not letters or len(letters) > LONGEST:
        raise ValueError(f"The text has between 1 and {LONGEST} letters; got {len(letters)}.")
    if strange := sorted(set(letters) - KNOWN):
        raise ValueError(
            f"“{strange[0]}” cannot be drawn: write it with A to Z, digits, spaces, “-”, “.” and “!” only."
        )
    return corrupting.Watermark(letters, height, opacity, degrees, value, when, probability)
