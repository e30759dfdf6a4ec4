"""Layers that change pictures at random while training, so that a network sees more than there is."""

from __future__ import annotations

from typing import Annotated, Literal

from graph.catalogue import layer
from graph.lazy import LazyModule
from graph.specs import INTEGERS, Border, Limits, Number, Real, Share, TensorSpec, Wants

augmenting = LazyModule("graph.modules.augmenting")

Picture = Annotated[TensorSpec, Wants("image", "an image (channels, height, width)", numbers="real")]
Target = Annotated[TensorSpec, Wants("classes", "class numbers, or a vector of shares", ("vector",))]
Chance = Annotated[float, Limits(0.0, 1.0)]
Turn = Annotated[float, Limits(0.0, 180.0, "°")]
Slant = Annotated[float, Limits(0.0, 80.0, "°")]
Zoom = Annotated[float, Limits(0.05, 20.0)]
Half = Annotated[float, Limits(0.0, 0.5)]
Strength = Annotated[float, Limits(0.0, 10.0)]
Blur = Annotated[float, Limits(0.0, 20.0, "px")]
Filling = Literal["constant", "replicate", "reflect"]
Mask = Annotated[TensorSpec, Wants("tensor", "a mask as high and wide as the image")]


@layer(search="augment augmentation mirror horizontal vertical left right upside down flip", outputs="image")
def random_flip(x: Picture, horizontal: bool = True, vertical: bool = False, probability: Chance = 0.5):
    """Mirror pictures at random while training; later let everything through.

    y[i, j] = x[i, W − 1 − j] or x[H − 1 − i, j], decided on for every picture by itself.
    https://pytorch.org/docs/stable/generated/torch.flip.html

    horizontal: whether left and right change places
    vertical: whether top and bottom change places
    probability: how likely a picture is mirrored; each direction is decided on by itself
    """
    return augmenting.RandomFlip(horizontal, vertical, probability)


@layer(search="augment augmentation mirror segmentation labels pixel pair target", outputs="image, mask")
def random_flip_with_mask(
    x: Picture, mask: Mask, horizontal: bool = True, vertical: bool = False, probability: Chance = 0.5
):
    """Mirror pictures at random while training, and the mask of each along with it.

    For pixels that have classes, or pictures that belong together. https://pytorch.org/docs/stable/generated/torch.flip.html

    horizontal: whether left and right change places
    vertical: whether top and bottom change places
    probability: how likely a picture is mirrored; each direction is decided on by itself
    """
    _check_mask(x, mask)
    return augmenting.RandomFlip(horizontal, vertical, probability)


@layer(search="augment augmentation rotate turn tilt angle degrees", outputs="image")
def random_rotation(
    x: Picture, degrees: Turn = 15.0, border: Filling = "constant", value: Number = 0.0, probability: Chance = 1.0
):
    """Rotate pictures around their middle by random angles while training; later let everything through.

    The angle lies between −degrees and +degrees, each as likely as any other; pixels in between are interpolated.
    https://pytorch.org/docs/stable/generated/torch.nn.functional.grid_sample.html

    degrees: the largest angle, to either side
    border: what comes in from outside: one value, the edge repeated, or the picture mirrored
    value: what "constant" fills with
    probability: how likely a picture is changed
    """
    return augmenting.RandomAffine(degrees=degrees, border=border, value=value, probability=probability)


@layer(search="augment augmentation translate translation move displace", outputs="image")
def random_shift(
    x: Picture, horizontal: Share = 0.1, vertical: Share = 0.1, border: Filling = "constant", value: Number = 0.0,
    probability: Chance = 1.0,
):  # fmt: skip
    """Move pictures by random numbers of whole pixels while training; later let everything through.

    y[i, j] = x[i − a, j − b], with a and b between −share and +share of the sides. Nothing is interpolated.
    https://pytorch.org/docs/stable/generated/torch.gather.html

    horizontal: the farthest way to left or right, as a share of the width
    vertical: the farthest way up or down, as a share of the height
    border: what comes in from outside: one value, the edge repeated, or the picture mirrored
    value: what "constant" fills with
    probability: how likely a picture is changed
    """
    return augmenting.RandomShift(horizontal, vertical, border, value, probability)


@layer(search="augment augmentation scale scaling enlarge shrink size", outputs="image")
def random_zoom(
    x: Picture, smallest: Zoom = 0.8, largest: Zoom = 1.25, border: Filling = "constant", value: Number = 0.0,
    probability: Chance = 1.0,
):  # fmt: skip
    """Enlarge or shrink what pictures show by random factors while training; their size stays.

    The factor lies between the smallest and the largest, halving as likely as doubling.
    https://pytorch.org/docs/stable/generated/torch.nn.functional.grid_sample.html

    smallest: the least factor; below 1 it shrinks
    largest: the greatest factor; above 1 it enlarges
    border: what comes in from outside: one value, the edge repeated, or the picture mirrored
    value: what "constant" fills with
    probability: how likely a picture is changed
    """
    _check_order(smallest, largest)
    return augmenting.RandomAffine(
        smallest=smallest, largest=largest, border=border, value=value, probability=probability
    )


@layer(search="augment augmentation slant skew affine", outputs="image")
def random_shear(
    x: Picture, degrees: Slant = 10.0, border: Filling = "constant", value: Number = 0.0, probability: Chance = 1.0
):
    """Slant pictures sideways by random angles while training; later let everything through.

    Rows move along by the tangent of the angle, the farther from the middle the more.
    https://pytorch.org/docs/stable/generated/torch.nn.functional.grid_sample.html

    degrees: the largest angle by which upright lines tilt, to either side
    border: what comes in from outside: one value, the edge repeated, or the picture mirrored
    value: what "constant" fills with
    probability: how likely a picture is changed
    """
    return augmenting.RandomAffine(shear=degrees, border=border, value=value, probability=probability)


@layer(
    search="augment augmentation rotate translate scale shear rotation shift zoom all in one geometric", outputs="image"
)
def random_affine(
    x: Picture, degrees: Turn = 10.0, shift: Half = 0.1, smallest: Zoom = 0.9, largest: Zoom = 1.1, shear: Slant = 0.0,
    border: Filling = "constant", value: Number = 0.0, probability: Chance = 1.0,
):  # fmt: skip
    """Rotate, move, enlarge and slant pictures at random while training, all in one go.

    Much faster than one after the other, and pixels are interpolated only once.
    https://pytorch.org/docs/stable/generated/torch.nn.functional.affine_grid.html

    degrees: the largest angle of the rotation, to either side
    shift: the farthest way to every side, as a share of the sides
    smallest: the least factor of the size; below 1 it shrinks
    largest: the greatest factor of the size; above 1 it enlarges
    shear: the largest angle by which upright lines tilt
    border: what comes in from outside: one value, the edge repeated, or the picture mirrored
    value: what "constant" fills with
    probability: how likely a picture is changed
    """
    _check_order(smallest, largest)
    return augmenting.RandomAffine(degrees, shift, smallest, largest, shear, border, value, probability)


@layer(search="augment augmentation segmentation labels pixel pair target rotate scale", outputs="image, mask")
def random_affine_with_mask(
    x: Picture, mask: Mask, degrees: Turn = 10.0, shift: Half = 0.1, smallest: Zoom = 0.9, largest: Zoom = 1.1,
    shear: Slant = 0.0, border: Filling = "constant", value: Number = 0.0, probability: Chance = 1.0,
):  # fmt: skip
    """Rotate, move, enlarge and slant pictures at random while training, and the mask of each along with it.

    The mask takes the nearest pixel, so that classes stay classes; where "constant" fills the picture, it gets 0.
    https://pytorch.org/docs/stable/generated/torch.nn.functional.affine_grid.html

    degrees: the largest angle of the rotation, to either side
    shift: the farthest way to every side, as a share of the sides
    smallest: the least factor of the size; below 1 it shrinks
    largest: the greatest factor of the size; above 1 it enlarges
    shear: the largest angle by which upright lines tilt
    border: what comes in from outside: one value, the edge repeated, or the picture mirrored
    value: what "constant" fills the picture with
    probability: how likely a picture is changed
    """
    _check_mask(x, mask)
    _check_order(smallest, largest)
    return augmenting.RandomAffine(degrees, shift, smallest, largest, shear, border, value, probability)


@layer(search="augment augmentation cut part window pad padding", outputs="image")
def random_crop(
    x: Picture, height: Border = 0, width: Border = 0, padding: Border = 4, border: Filling = "constant",
    value: Number = 0.0, probability: Chance = 1.0,
):  # fmt: skip
    """Cut a part of every picture out, at a random place while training, later out of the middle.

    With 0 for height and width, a border is put around the picture and its size cut out of that.
    https://pytorch.org/docs/stable/generated/torch.gather.html

    height: rows that come out; 0 as many as arrive
    width: columns that come out; 0 as many as arrive
    padding: how far the part may reach beyond the picture while training
    border: what comes in from outside: one value, the edge repeated, or the picture mirrored
    value: what "constant" fills with
    probability: how likely the place is random; else the part is cut out of the middle
    """
    return _crop(x, height, width, padding, border, value, probability)


@layer(search="augment augmentation cut part window segmentation labels pixel pair", outputs="image, mask")
def random_crop_with_mask(
    x: Picture, mask: Mask, height: Border = 0, width: Border = 0, padding: Border = 4, border: Filling = "constant",
    value: Number = 0.0, probability: Chance = 1.0,
):  # fmt: skip
    """Cut a part of every picture and of its mask out, at the same random place while training.

    Later both are cut out of the middle. Where "constant" fills the picture, the mask gets 0.
    https://pytorch.org/docs/stable/generated/torch.gather.html

    height: rows that come out; 0 as many as arrive
    width: columns that come out; 0 as many as arrive
    padding: how far the part may reach beyond the picture while training
    border: what comes in from outside: one value, the edge repeated, or the picture mirrored
    value: what "constant" fills the picture with
    probability: how likely the place is random; else the part is cut out of the middle
    """
    _check_mask(x, mask)
    return _crop(x, height, width, padding, border, value, probability)


@layer(search="augment augmentation light dark exposure", outputs="image")
def random_brightness(x: Picture, strength: Strength = 0.2, clipped: bool = True, probability: Chance = 1.0):
    """Make pictures brighter or darker at random while training; later let everything through.

    y = x + b, with one b between −strength and +strength for every picture.
    https://pytorch.org/docs/stable/generated/torch.rand.html

    strength: how much is added or taken at most
    clipped: whether what leaves 0 to 1 is cut off; switch it off for data scaled otherwise
    probability: how likely a picture is changed
    """
    return augmenting.RandomBrightness(strength, clipped, probability)


@layer(search="augment augmentation light dark range", outputs="image")
def random_contrast(x: Picture, strength: Half = 0.3, clipped: bool = True, probability: Chance = 1.0):
    """Make the contrast of pictures stronger or weaker at random while training; later let everything through.

    y = m + f · (x − m), with the mean m of the picture and one f between 1 − strength and 1 + strength for each.
    https://pytorch.org/docs/stable/generated/torch.rand.html

    strength: how far the factor is from 1 at most
    clipped: whether what leaves 0 to 1 is cut off; switch it off for data scaled otherwise
    probability: how likely a picture is changed
    """
    return augmenting.RandomContrast(strength, clipped, probability)


@layer(search="augment augmentation hue saturation color jitter tint", outputs="image")
def random_colour(
    x: Picture, hue: Turn = 10.0, saturation: Chance = 0.3, clipped: bool = True, probability: Chance = 1.0
):
    """Change the colours of pictures at random while training; later let everything through.

    The colours turn around the axis of the greys by an angle, and their distance from it is multiplied by a factor
    between 1 − saturation and 1 + saturation; the mean of the channels stays. For pictures of three channels.
    https://en.wikipedia.org/wiki/Hue

    hue: the largest angle in the circle of colours, where 120° turns red into green
    saturation: how far the factor is from 1 at most; 1 goes down to grey
    clipped: whether what leaves 0 to 1 is cut off; switch it off for data scaled otherwise
    probability: how likely a picture is changed
    """
    if x.channels != 3:
        raise ValueError(f"Colours are made of three channels, but {x.channels} arrive: leave it out here.")
    return augmenting.RandomColour(hue, saturation, clipped, probability)


@layer(search="augment augmentation gaussian smooth unsharp focus", outputs="image")
def random_blur(x: Picture, deviation: Blur = 1.0, probability: Chance = 0.5):
    """Blur pictures as widely as it happens while training; later let everything through.

    The weights are those of a normal distribution, whose deviation lies between 0 and the one given.
    https://en.wikipedia.org/wiki/Gaussian_blur

    deviation: how widely the strongest blur reaches, in pixels
    probability: how likely a picture is changed
    """
    return augmenting.RandomBlur(deviation, probability)


@layer(search="augment augmentation random erasing cutout occlusion rectangle hole", title="cut-out", outputs="image")
def cut_out(x: Picture, smallest: Share = 0.1, largest: Share = 0.4, value: Number = 0.0, probability: Chance = 0.5):
    """Cover a random rectangle of every picture while training; later let everything through.

    So that no single part decides alone (DeVries and Taylor 2017, https://arxiv.org/abs/1708.04552).

    smallest: the least length of a side, as a share of the picture's
    largest: the greatest length of a side, as a share of the picture's
    value: what the rectangle is filled with
    probability: how likely a picture is changed
    """
    _check_order(smallest, largest)
    return augmenting.CutOut(smallest, largest, value, probability)


@layer(search="augment augmentation blend soft targets label mix", title="mix-up", outputs="image, target")
def mixup(x: Real, target: Target, most: Half = 0.5, probability: Chance = 1.0):
    """Blend every example with another of the batch while training, and the targets likewise.

    y = (1 − a) · x + a · x′ with a between 0 and the share given, and the same for the targets, which come out as one
    share a class, for cross_entropy (Zhang et al. 2017, https://arxiv.org/abs/1710.09412).

    x: the examples
    target: their classes, or a share for each class
    most: the largest share of the other example
    probability: how likely an example is blended
    """
    whole = target.dtype in INTEGERS
    if whole and not target.classes:
        raise ValueError("How many classes there are is not known here: wire class numbers straight from the data.")
    return augmenting.MixUp(most, target.classes if whole else 0, probability)


def _crop(x: TensorSpec, height: int, width: int, padding: int, border: str, value: float, probability: float):
    sides = {"height": (height or x.shape[1], x.shape[1]), "width": (width or x.shape[2], x.shape[2])}
    for name, (wanted, there) in sides.items():
        if wanted > there:
            raise ValueError(f"A {name} of {wanted} cannot be cut out of {x}: give at most {there}.")
        if border == "reflect" and padding >= there:
            raise ValueError(f"“reflect” can add at most {there - 1} beside a side of {there}; {padding} is asked for.")
    return augmenting.RandomCrop(sides["height"][0], sides["width"][0], padding, border, value, probability)


def _check_mask(x: TensorSpec, mask: TensorSpec) -> None:
    if len(mask.shape) not in (2, 3) or mask.shape[-2:] != x.shape[1:]:
        size = "×".join(map(str, x.shape[1:]))
        raise ValueError(f"A mask is as high and wide as the image, {size} pixels here, but {mask} arrives.")


def _check_order(smallest: float, largest: float) -> None:
    if smallest > largest:
        raise ValueError(f"“smallest” is at most “largest”; got {smallest:g} and {largest:g}. Change one of them.")
