"""Layers that convolve, pool, resize, arrange and join, beside torch or a formula written independently."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from graph.building import build, infer
from graph.catalogue import CATALOGUE
from graph.layers import CATALOGUE as EVERY_TYPE
from graph.specs import TensorSpec

VECTOR, NUMBER, SEQUENCE = TensorSpec((8,)), TensorSpec(()), TensorSpec((6, 8))
IMAGE, VOLUME = TensorSpec((4, 9, 7)), TensorSpec((2, 4, 6, 4))
TOKENS, CLASS = TensorSpec((6,), "int64", classes=5), TensorSpec((), "int64", classes=5)


def spec_of(value: torch.Tensor, classes: int = 0) -> TensorSpec:
    return TensorSpec(tuple(value.shape[1:]), str(value.dtype).removeprefix("torch."), classes=classes)


def made(name: str, *specs: TensorSpec, **params: Any) -> Any:
    """A layer built for what arrives at its inputs in their order."""
    declared = EVERY_TYPE[name].inputs
    if declared[0].growing:
        names = [f"{declared[0].name}.{place}" for place in range(len(specs))]
    else:
        names = [each.name for each in declared]
    return build(EVERY_TYPE[name], params, dict(zip(names, specs)))


def computed(name: str, *values: torch.Tensor, **params: Any) -> Any:
    return made(name, *map(spec_of, values), **params)(*values)


def refused(name: str, *specs: TensorSpec, sentence: str, **params: Any) -> None:
    with pytest.raises(ValueError, match=sentence) as refusal:
        made(name, *specs, **params)
    assert str(refusal.value).endswith(".")


# -- dense and convolution ---------------------------------------------------------------------------------------------


def test_bilinear_multiplies_every_pair():
    layer = made("bilinear", VECTOR, TensorSpec((3,)), units=5)
    x, y = torch.rand(4, 8), torch.rand(4, 3)
    expected = torch.einsum("bi,uij,bj->bu", x, layer.weight, y) + layer.bias
    assert torch.allclose(layer(x, y), expected, atol=1e-6)
    refused("bilinear", SEQUENCE, TensorSpec((5, 8)), sentence="6×8 and 5×8 cannot be paired")


@pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate", "circular"])
@pytest.mark.parametrize("kernel", [3, 4])
def test_every_border_can_be_filled_in_every_way(mode: str, kernel: int) -> None:
    pad = "constant" if mode == "zeros" else mode
    left, right = (kernel - 1) // 2, kernel // 2
    image, sequence = torch.rand(2, 4, 9, 7), torch.rand(2, 6, 8)
    layer = made("conv2d", IMAGE, kernel=kernel, border_mode=mode)
    expected = F.conv2d(F.pad(image, (left, right, left, right), pad), layer.weight, layer.bias)
    assert torch.allclose(layer(image), expected, atol=1e-6)
    layer = made("conv1d", SEQUENCE, kernel=kernel, border_mode=mode)
    turned = F.pad(sequence.transpose(1, 2), (left, right), pad)
    assert torch.allclose(layer(sequence), F.conv1d(turned, layer.weight, layer.bias).transpose(1, 2), atol=1e-6)
    causal = made("conv1d", SEQUENCE, kernel=kernel, border_mode=mode, padding="causal")
    turned = F.pad(sequence.transpose(1, 2), (kernel - 1, 0), pad)
    assert torch.allclose(causal(sequence), F.conv1d(turned, causal.weight, causal.bias).transpose(1, 2), atol=1e-6)


def test_a_border_shows_no_more_than_there_is():
    refused("conv2d", TensorSpec((1, 3, 3)), kernel=7, border_mode="reflect", sentence="border of 3 .* 2 is the most")
    assert made("conv2d", TensorSpec((1, 3, 3)), kernel=7, border_mode="circular")(torch.rand(1, 1, 3, 3)).shape[2] == 3
    refused("conv1d", SEQUENCE, kernel=8, padding="causal", border_mode="circular", sentence="7 .* from a side of 6")


def test_depthwise_is_one_group_a_channel():
    layer = made("conv2d", IMAGE, filters=8, groups=0)
    assert (layer.groups, tuple(layer.weight.shape)) == (4, (8, 1, 3, 3))
    image = torch.rand(2, 4, 9, 7)
    alone = [F.conv2d(image[:, c : c + 1], layer.weight[2 * c : 2 * c + 2], padding=1) for c in range(4)]
    assert torch.allclose(layer(image), torch.cat(alone, 1) + layer.bias[:, None, None], atol=1e-6)
    assert made("conv1d", SEQUENCE, filters=16, groups=0).groups == 8
    assert made("conv_transpose3d", VOLUME, filters=4, groups=0).groups == 2
    refused("conv2d", IMAGE, filters=10, groups=0, sentence="10 is no multiple of 4")


def test_a_separable_convolution_is_a_depthwise_and_a_pointwise_one():
    layer = made("separable_conv2d", IMAGE, filters=6, kernel=5, bias=False)
    assert sum(weight.numel() for weight in layer.parameters()) == 4 * 25 + 4 * 6
    full = torch.einsum("fc,cij->fcij", layer[1].weight[:, :, 0, 0], layer[0].weight[:, 0])
    image = torch.rand(2, 4, 9, 7)
    assert torch.allclose(layer(image), F.conv2d(image, full, padding=2), atol=1e-6)


@pytest.mark.parametrize("kernel", [1, 2, 3, 4])
def test_volumes_keep_their_size_and_become_larger(kernel: int) -> None:
    def shape(name: str, **params: Any) -> tuple[int, ...]:
        report = infer(EVERY_TYPE[name], {"filters": 5, "kernel": kernel, **params}, {"x": VOLUME}, dict)
        return report.outputs["features"].shape

    assert shape("conv3d") == (5, 4, 6, 4)
    assert shape("conv3d", padding="valid") == (5, 5 - kernel, 7 - kernel, 5 - kernel)
    for stride in range(1, kernel + 1):
        assert shape("conv_transpose3d", stride=stride) == (5, 4 * stride, 6 * stride, 4 * stride)


def test_a_convolution_of_a_volume_is_a_sum_over_cubes():
    layer = made("conv3d", VOLUME, filters=3, padding="valid")
    volume = torch.rand(2, 2, 4, 6, 4)
    cubes = volume.unfold(2, 3, 1).unfold(3, 3, 1).unfold(4, 3, 1)
    expected = torch.einsum("bcdhwijk,fcijk->bfdhw", cubes, layer.weight) + layer.bias[:, None, None, None]
    assert torch.allclose(layer(volume), expected, atol=1e-5)


# -- fixed filters -----------------------------------------------------------------------------------------------------

KERNELS = {
    "identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
    "edge 1": [[1, 0, -1], [0, 0, 0], [-1, 0, 1]],
    "edge 2": [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
    "edge 3": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "box blur": [[1 / 9] * 3] * 3,
    "gaussian blur": [[1 / 16, 1 / 8, 1 / 16], [1 / 8, 1 / 4, 1 / 8], [1 / 16, 1 / 8, 1 / 16]],
    "sobel x": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "sobel y": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
}


@pytest.mark.parametrize("preset", KERNELS)
@pytest.mark.parametrize("stride", [1, 2])
def test_a_fixed_filter_slides_over_every_channel_alike(preset: str, stride: int) -> None:
    image = torch.rand(2, 4, 9, 7)
    layer = made("filter2d", IMAGE, preset=preset, stride=stride)
    padded, kernel = F.pad(image, (1, 1, 1, 1)), torch.tensor(KERNELS[preset])
    windows = padded.unfold(2, 3, stride).unfold(3, 3, stride)
    assert torch.allclose(layer(image), (windows * kernel).sum((-1, -2)), atol=1e-5)
    assert not list(layer.parameters())


def test_every_preset_is_tested():
    preset = CATALOGUE["filter2d"].parameter("preset")
    assert preset is not None
    assert {*preset.choices} == {*KERNELS, "custom"}


def test_a_filter_can_be_typed():
    image = torch.rand(2, 4, 9, 7)
    wide = made("filter2d", IMAGE, preset="custom", kernel=[[1, 2, 3, 4], [5, 6, 7, 8]], border_mode="replicate")
    weight = torch.tensor([[1.0, 2, 3, 4], [5, 6, 7, 8]]).expand(4, 1, 2, 4)
    expected = F.conv2d(F.pad(image, (1, 2, 0, 1), "replicate"), weight, groups=4)
    assert torch.allclose(wide(image), expected, atol=1e-5)
    row = made("filter2d", IMAGE, preset="custom", kernel=[-1, 1], padding="valid")
    assert torch.allclose(row(image), image[..., 1:] - image[..., :-1], atol=1e-6)
    refused("filter2d", IMAGE, preset="custom", kernel=[], sentence="table of numbers")
    refused("filter2d", IMAGE, preset="custom", kernel=[[1.0] * 64], sentence="at most 63")
    refused("filter2d", IMAGE, preset="custom", kernel=[[[1.0]]], sentence="table of numbers")
    refused("filter2d", TensorSpec((1, 1, 5)), border_mode="circular", sentence="reaches too far over the edge")


# -- pooling -----------------------------------------------------------------------------------------------------------


def test_pooling_a_volume_is_that_of_torch():
    volume = torch.rand(2, 2, 4, 6, 4)
    assert torch.equal(computed("max_pool3d", volume), F.max_pool3d(volume, 2))
    assert torch.equal(computed("avg_pool3d", volume, kernel=3, stride=1), F.avg_pool3d(volume, 3, 1))


@pytest.mark.parametrize(
    ("kernel", "stride", "border", "round_up"),
    [c for c in itertools.product([1, 2, 3], [0, 1, 2, 3], [0, 1], [False, True]) if c[2] <= c[0] // 2],
)
def test_sum_pooling_adds_up_windows(kernel: int, stride: int, border: int, round_up: bool) -> None:
    params = {"kernel": kernel, "stride": stride, "border": border, "round_up": round_up}
    told = {"stride": stride or kernel, "padding": border, "ceil_mode": round_up, "divisor_override": 1}
    image, volume, sequence = torch.rand(2, 4, 9, 7), torch.rand(2, 2, 4, 6, 4), torch.rand(2, 6, 8)
    assert torch.allclose(computed("sum_pool", image, **params), F.avg_pool2d(image, kernel, **told), atol=1e-5)
    assert torch.allclose(computed("sum_pool", volume, **params), F.avg_pool3d(volume, kernel, **told), atol=1e-5)
    told |= {"stride": (stride or kernel, 1), "padding": (border, 0)}
    along = F.avg_pool2d(sequence.unsqueeze(1), (kernel, 1), **told).squeeze(1)
    assert torch.allclose(computed("sum_pool", sequence, **params), along, atol=1e-5)


@pytest.mark.parametrize("power", [2, 4, 8])
def test_lp_pooling_is_the_root_of_a_sum_of_powers(power: int) -> None:
    image = torch.rand(2, 4, 8, 6) + 0.1
    windows = image.unfold(2, 2, 2).unfold(3, 2, 2)
    expected = windows.pow(power).sum((-1, -2)).pow(1 / power)
    assert torch.allclose(computed("lp_pool2d", image, power=power), expected, atol=1e-5)


def test_adaptive_pooling_gives_the_size_that_is_asked_for():
    image, volume, sequence = torch.rand(2, 4, 9, 7), torch.rand(2, 2, 4, 6, 4), torch.rand(2, 6, 8)
    assert torch.equal(computed("adaptive_avg_pool", image, size=3), F.adaptive_avg_pool2d(image, 3))
    assert torch.equal(computed("adaptive_max_pool", volume, size=2), F.adaptive_max_pool3d(volume, 2))
    thirds = torch.stack([sequence[:, 2 * i : 2 * i + 2].mean(1) for i in range(3)], 1)
    assert torch.allclose(computed("adaptive_avg_pool", sequence, size=3), thirds)
    halves = torch.stack([sequence[:, :3].amax(1), sequence[:, 3:].amax(1)], 1)
    assert torch.equal(computed("adaptive_max_pool", sequence, size=2), halves)


@pytest.mark.parametrize(("kernel", "stride", "side"), [(2, 0, 8), (3, 0, 9), (3, 2, 9), (2, 0, 9), (2, 3, 9)])
def test_unpooling_puts_values_back_to_where_they_came_from(kernel: int, stride: int, side: int) -> None:
    image = torch.rand(2, 3, side, side)
    values, indices = computed("max_pool2d_indices", image, kernel=kernel, stride=stride)
    assert torch.equal(values, F.max_pool2d(image, kernel, stride or None))
    assert torch.equal(image.flatten(2).gather(2, indices.flatten(2)), values.flatten(2))
    params = {"kernel": kernel, "stride": stride, "height": side, "width": side}
    got = build(EVERY_TYPE["max_unpool2d"], params, {"x": spec_of(values), "indices": spec_of(indices)})(
        values, indices
    )
    expected = F.max_unpool2d(values, indices, kernel, stride or None, output_size=(side, side))
    assert torch.equal(got, expected)


def test_unpooling_knows_what_cannot_have_been_pooled():
    pooled, places = TensorSpec((3, 4, 4)), TensorSpec((3, 4, 4), "int64", classes=81)
    refused("max_unpool2d", pooled, places, sentence="count 81 pixels, but 8×8 has 64: give the height and width")
    assert made("max_unpool2d", pooled, places, height=9, width=9)
    refused("max_unpool2d", pooled, places, height=12, sentence="side of 12 cannot have been pooled to 4")
    refused("max_unpool2d", TensorSpec((3, 5, 4)), places, sentence="of the same shape")


def test_whole_numbers_know_how_many_there_are():
    def classes(name: str, arriving: dict[str, TensorSpec], **params: Any) -> list[int]:
        return [spec.classes for spec in infer(EVERY_TYPE[name], params, arriving, dict).outputs.values()]

    assert classes("max_pool2d_indices", {"x": IMAGE}) == [0, 63]
    assert classes("argmax", {"x": IMAGE}) == [4]
    assert classes("argmax", {"x": VECTOR}) == [8]
    assert classes("slice", {"x": TOKENS}, stop=-1) == [5]
    assert classes("split", {"x": TOKENS}) == [5, 5]
    assert classes("concatenate", {"xs.0": TOKENS, "xs.1": TensorSpec((2,), "int64", classes=9)}) == [9]
    assert classes("concatenate", {"xs.0": TOKENS, "xs.1": TensorSpec((2,), "int64")}) == [0]
    assert classes("one_hot", {"x": TOKENS}) == [0]


# -- size --------------------------------------------------------------------------------------------------------------


def test_upsampling_repeats_or_fills_in():
    image = torch.rand(2, 4, 9, 7)
    repeated = image.repeat_interleave(3, 2).repeat_interleave(3, 3)
    assert torch.equal(computed("upsample", image, factor=3), repeated)
    for mode, corners in itertools.product(("bilinear", "bicubic"), (False, True)):
        expected = F.interpolate(image, scale_factor=2, mode=mode, align_corners=corners)
        assert torch.equal(computed("upsample", image, mode=mode, corners=corners), expected)


@pytest.mark.parametrize("mode", ["nearest", "bilinear", "bicubic", "area"])
def test_resizing_gives_the_size_that_is_asked_for(mode: str) -> None:
    image = torch.rand(2, 4, 9, 7)
    got = computed("resize", image, height=5, width=12, mode=mode)
    assert torch.equal(got, F.interpolate(image, size=(5, 12), mode=mode))
    if mode in ("bilinear", "bicubic"):
        smooth = computed("resize", image, height=5, width=3, mode=mode, smooth=True)
        assert torch.equal(smooth, F.interpolate(image, size=(5, 3), mode=mode, antialias=True))


def test_pixels_and_channels_change_places_and_back():
    image = torch.rand(2, 8, 3, 5)
    larger = computed("pixel_shuffle", image)
    assert larger.shape == (2, 2, 6, 10)
    assert torch.equal(larger[:, :, 1::2, ::2], image[:, 2::4])
    assert torch.equal(computed("pixel_unshuffle", larger), image)
    refused("pixel_shuffle", IMAGE, factor=3, sentence="4 channels .* no multiple of 9")
    refused("pixel_unshuffle", IMAGE, sentence="no multiples of 2")


@pytest.mark.parametrize("mode", ["constant", "reflect", "replicate", "circular"])
def test_padding_is_that_of_torch_also_along_time(mode: str) -> None:
    image, sequence = torch.rand(2, 4, 9, 7), torch.rand(2, 6, 8)
    got = computed("pad", image, left=1, right=2, top=3, bottom=4, mode=mode)
    assert torch.equal(got, F.pad(image, (1, 2, 3, 4), mode))
    along = F.pad(sequence.transpose(1, 2), (2, 1), mode).transpose(1, 2)
    assert torch.equal(computed("pad", sequence, left=2, right=1, mode=mode), along)


def test_padding_can_fill_with_a_value_and_says_what_it_cannot():
    assert computed("pad", torch.zeros(1, 2, 3), left=0, right=1, value=-2.5)[0].tolist()[-1] == [-2.5] * 3
    refused("pad", IMAGE, left=7, mode="reflect", sentence="at most 6 beside a length of 7; 7 is asked for")
    refused("pad", SEQUENCE, top=1, sentence="no rows")


def test_cropping_keeps_the_middle():
    image = torch.arange(63.0).reshape(1, 1, 9, 7)
    assert torch.equal(computed("crop", image, height=3, width=4), image[:, :, 3:6, 1:5])
    assert torch.equal(computed("crop", image, width=1), image[:, :, :, 3:4])
    refused("crop", IMAGE, height=10, sentence="10×7 cannot be cut out of 4×9×7")


# -- axes --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "stop", "step"), [(0, 0, 1), (1, 0, 1), (0, -1, 1), (-3, 0, 2), (1, 5, 3), (2, 99, 1)]
)
@pytest.mark.parametrize("axis", [1, 2])
def test_slices_are_those_of_python(start: int, stop: int, step: int, axis: int) -> None:
    sequence = torch.rand(2, 6, 8)
    part = slice(start, stop or None, step)
    expected = sequence[:, part] if axis == 1 else sequence[:, :, part]
    assert torch.equal(computed("slice", sequence, axis=axis, start=start, stop=stop, step=step), expected)


def test_parts_that_do_not_exist_are_refused():
    refused("slice", SEQUENCE, start=6, sentence="Nothing of the 6 places of axis 1 lies from 6 to the end")
    refused("slice", VECTOR, axis=2, sentence="no axis 2")
    refused("split", TensorSpec((7,)), sentence="between 1 and 6")
    refused("split", VECTOR, place=8, sentence="between 1 and 7")
    refused("split", TensorSpec((1,)), sentence="single place")
    refused("select", SEQUENCE, which="number", number=6, sentence="no place 6: axis 1 of 6×8 has 6")
    refused("select", NUMBER, sentence="has no axis")
    refused("reduce", VECTOR, axis=2, sentence="a single axis")
    refused("gather", TensorSpec((3,)), CLASS, sentence="5 different class numbers, but 3 has only 3")
    refused("unit_length", NUMBER, sentence="no features")


def test_splitting_gives_both_parts():
    sequence = torch.rand(2, 6, 8)
    for place, at in ((0, 4), (3, 3), (-3, 5)):
        first, second = computed("split", sequence, axis=2, place=place)
        assert torch.equal(first, sequence[..., :at])
        assert torch.equal(second, sequence[..., at:])


def test_selecting_takes_one_place():
    sequence, vector, tokens = torch.rand(2, 6, 8), torch.rand(2, 8), torch.randint(5, (2, 6))
    assert torch.equal(computed("select", sequence), sequence[:, -1])
    assert torch.equal(computed("select", sequence, which="first", axis=2), sequence[:, :, 0])
    assert torch.equal(computed("select", vector, which="number", number=3), vector[:, 3:4])
    assert torch.equal(computed("select", vector, which="number", number=-2), vector[:, 6:7])
    assert torch.equal(computed("select", vector), vector[:, 7:])
    assert torch.equal(computed("select", tokens), tokens[:, -1])


def test_gathering_takes_another_place_of_every_example():
    index = torch.tensor([4, 0, 2])
    for shape in ((8,), (6, 8), (5, 3, 4)):
        x = torch.rand(3, *shape)
        expected = torch.stack([x[i, place] for i, place in enumerate(index)])
        got = computed("gather", x, index)
        assert torch.equal(got, expected.unsqueeze(1) if len(shape) == 1 else expected)


def test_reducing_sums_up_one_axis():
    image, vector = torch.rand(2, 4, 9, 7), torch.rand(2, 8)
    assert torch.equal(computed("reduce", image, axis=2), image.mean(2))
    assert torch.equal(computed("reduce", image, how="sum", axis=3), image.sum(3))
    assert torch.equal(computed("reduce", image, how="largest"), image.amax(1))
    assert torch.equal(computed("reduce", image, how="smallest"), image.amin(1))
    assert torch.allclose(computed("reduce", vector, how="product"), vector.log().sum(1, keepdim=True).exp())


def test_flips_lengths_and_decisions():
    sequence, image = torch.rand(2, 6, 8), torch.rand(2, 4, 9, 7)
    assert torch.equal(computed("flip", sequence), sequence[:, range(5, -1, -1)])
    assert torch.allclose(computed("unit_length", sequence).square().sum(2), torch.ones(2, 6))
    assert torch.allclose(computed("unit_length", image).square().sum(1), torch.ones(2, 9, 7))
    assert torch.equal(computed("argmax", image), image.max(1).indices)
    assert torch.equal(computed("argmax", sequence), sequence.max(2).indices)


# -- kinds of numbers --------------------------------------------------------------------------------------------------


def test_one_hot_puts_a_one_where_the_class_is():
    eye = torch.eye(5)
    classes, tokens, pixels = torch.randint(5, (3,)), torch.randint(5, (3, 6)), torch.randint(5, (3, 4, 4))
    assert torch.equal(computed("one_hot", classes, classes=5), eye[classes])
    assert torch.equal(made("one_hot", TOKENS)(tokens), eye[tokens])
    assert torch.equal(computed("one_hot", pixels, classes=5), eye[pixels].permute(0, 3, 1, 2))
    refused("one_hot", TensorSpec((), "int64"), sentence="not known how many")
    refused("one_hot", CLASS, classes=3, sentence="3 places are too few for 5")


def test_casting_cuts_off_what_stands_behind_the_point():
    assert computed("cast", torch.tensor([[1.9, -1.9]]), to="whole").tolist() == [[1, -1]]
    assert computed("cast", torch.tensor([[3, 0]])).tolist() == [[3.0, 0.0]]
    assert computed("cast", torch.tensor([[3, 0]])).dtype == torch.float32


# -- joining -----------------------------------------------------------------------------------------------------------

IMAGES, GATE, STEPS, ROW, ONE, NAKED = (
    torch.rand(3, 4, 9, 7) + 0.5, torch.rand(3, 4, 1, 1) + 0.5, torch.rand(3, 6, 8) + 0.5, torch.rand(3, 8) + 0.5,
    torch.rand(3, 1) + 0.5, torch.rand(3) + 0.5,
)  # fmt: skip
PAIRS = {
    "an image with a gate a channel": (IMAGES, GATE, GATE),
    "a vector with a number": (ROW, ONE, ONE),
    "a vector with a bare number": (ROW, NAKED, NAKED[:, None]),
    "an image with a number": (IMAGES, ONE, ONE[:, :, None, None]),
    "an image with a bare number": (IMAGES, NAKED, NAKED[:, None, None, None]),
    "a sequence with a vector a step": (STEPS, ROW, ROW[:, None]),
    "the same shapes": (STEPS, STEPS.flip(0), STEPS.flip(0)),
}
OPERATIONS = {
    "add": lambda x, y: x + y, "subtract": lambda x, y: x - y, "multiply": lambda x, y: x * y,
    "divide": lambda x, y: x / y, "average": lambda x, y: (x + y) / 2, "maximum": torch.maximum,
    "minimum": torch.minimum,
}  # fmt: skip


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("pair", PAIRS)
def test_joining_stretches_example_by_example(name: str, pair: str) -> None:
    x, y, stretched = PAIRS[pair]
    assert torch.allclose(computed(name, x, y), OPERATIONS[name](x, stretched))
    assert torch.allclose(computed(name, y, x), OPERATIONS[name](stretched, x))


def test_more_than_two_are_joined():
    x, y, z = torch.rand(3, 4, 8)
    assert torch.allclose(computed("average", x, y, z), (x + y + z) / 3)
    assert torch.equal(computed("maximum", x, y, z), torch.stack((x, y, z)).amax(0))
    assert torch.equal(computed("minimum", x, y, z), torch.stack((x, y, z)).amin(0))
    assert torch.equal(computed("add", x), x)


@pytest.mark.parametrize("name", [*OPERATIONS, "expression"])
def test_what_does_not_fit_together_is_refused(name: str) -> None:
    refused(name, IMAGE, TensorSpec((4,)), sentence="put a reshape to 4, 1, 1 before")
    refused(name, IMAGE, TensorSpec((7,)), sentence="7 and 4×9×7 cannot be .* the shapes have to be the same")
    refused(name, IMAGE, SEQUENCE, sentence="cannot be")
    refused(name, VECTOR, TensorSpec((7,)), sentence="8 and 7 cannot be")
    refused(name, SEQUENCE, TensorSpec((6,)), sentence="cannot be")
    refused(name, IMAGE, TensorSpec((4, 9, 8)), sentence="4×9×7 and 4×9×8 cannot be")


def test_products_of_vectors_and_tables():
    assert torch.allclose(computed("dot", ROW, ROW.flip(0)), (ROW * ROW.flip(0)).sum(1, keepdim=True))
    assert torch.allclose(computed("dot", STEPS, ROW), torch.einsum("btf,bf->bt", STEPS, ROW).unsqueeze(2))
    assert torch.allclose(computed("matmul", STEPS, STEPS), torch.einsum("btf,bsf->bts", STEPS, STEPS))
    table = torch.rand(3, 8, 5)
    assert torch.allclose(computed("matmul", STEPS, table, turned=False), torch.einsum("btf,bfu->btu", STEPS, table))
    refused("dot", VECTOR, TensorSpec((7,)), sentence="no inner product")
    refused("dot", VECTOR, TensorSpec((1,)), sentence="no inner product")
    refused("matmul", SEQUENCE, SEQUENCE, turned=False, sentence="8 features of the first cannot meet the 6 steps")


def test_cosine_is_that_of_the_angle():
    other = STEPS.flip(0)
    expected = (STEPS * other).sum(2) / STEPS.norm(dim=2) / other.norm(dim=2)
    assert torch.allclose(computed("cosine", STEPS, other), expected.unsqueeze(2), atol=1e-6)
    assert torch.allclose(computed("cosine", IMAGES, IMAGES), torch.ones(3, 1, 9, 7), atol=1e-6)
    assert computed("cosine", ROW, -ROW).shape == (3, 1)
    refused("cosine", VECTOR, TensorSpec((7,)), sentence="the shapes have to be the same")


def test_stacking_makes_an_axis():
    x, y, z = torch.rand(3, 4, 8)
    assert torch.equal(computed("stack", x, y, z), torch.stack((x, y, z), 1))
    assert torch.equal(computed("stack", x, y, axis=2), torch.stack((x, y), 2))
    refused("stack", VECTOR, VECTOR, axis=3, sentence="room at 1 to 2")
    refused("stack", VECTOR, TensorSpec((7,)), sentence="8 and 7 cannot be stacked")
    refused("stack", TOKENS, TensorSpec((6,)), sentence="put an embedding")


def test_interpolation_lies_between_and_can_be_differentiated_by():
    layer = made("interpolate", IMAGE, IMAGE)
    x, y = torch.zeros(500, 4, 9, 7), torch.ones(500, 4, 9, 7)
    torch.manual_seed(0)
    mixture = layer(x, y)
    shares = mixture.detach().flatten(1)
    assert torch.equal(shares, shares[:, :1].expand_as(shares)), "one share an example"
    assert 0 <= shares.min() < 0.05
    assert 0.95 < shares.max() <= 1
    assert abs(shares.mean() - 0.5) < 0.05
    [slope] = torch.autograd.grad(mixture.square().sum(), mixture)
    assert torch.equal(slope, 2 * mixture)
    with torch.no_grad():
        assert not layer(x, y).requires_grad
    learned = nn.Parameter(torch.ones(4, 9, 7))
    layer(x, learned.expand_as(y)).sum().backward()
    assert learned.grad is not None
    assert torch.equal(layer.eval()(x, y), torch.full_like(x, 0.5))


def test_common_mistaken_names_are_found():
    def found(word: str) -> set[str]:
        return {name for name, each in EVERY_TYPE.items() if word in {*each.search.lower().split(), *name.split("_")}}

    assert "linear" in found("dense") & found("fc")
    assert "conv2d" in found("depthwise") & found("dilated") & found("grouped")
    assert "conv_transpose3d" in found("deconvolution")
    assert "upsample" in found("interpolate")
    assert "reduce" in found("mean") & found("sum") & found("maximum")
    assert "filter2d" in found("edge") & found("blur") & found("sobel")
    assert "one_hot" in found("onehot")
    assert "select" in found("gather")
