"""Layers that convolve, filter, pool and resize, beside torch or a formula written independently."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from layered import IMAGE, SEQUENCE, VECTOR, VOLUME, computed, made, refused, spec_of

from graph.building import build, infer
from graph.layers import CATALOGUE
from graph.specs import TensorSpec

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
        report = infer(CATALOGUE[name], {"filters": 5, "kernel": kernel, **params}, {"x": VOLUME}, dict)
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
    got = build(CATALOGUE["max_unpool2d"], params, {"x": spec_of(values), "indices": spec_of(indices)})(values, indices)
    expected = F.max_unpool2d(values, indices, kernel, stride or None, output_size=(side, side))
    assert torch.equal(got, expected)


def test_unpooling_knows_what_cannot_have_been_pooled():
    pooled, places = TensorSpec((3, 4, 4)), TensorSpec((3, 4, 4), "int64", classes=81)
    refused("max_unpool2d", pooled, places, sentence="count 81 pixels, but 8×8 has 64: give the height and width")
    assert made("max_unpool2d", pooled, places, height=9, width=9)
    refused("max_unpool2d", pooled, places, height=12, sentence="side of 12 cannot have been pooled to 4")
    refused("max_unpool2d", TensorSpec((3, 5, 4)), places, sentence="of the same shape")


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
