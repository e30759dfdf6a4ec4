"""Pictures changed at random: as asked for, in training alone, each by itself, and masks along with them."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from exported import check_same, draw, executed, written
from layered import made, refused, spec_of

from graph.compiler import compile_root, make_slice
from graph.document import Port
from graph.inference import analyse
from graph.layers import CATALOGUE
from graph.modules.augmenting import grid_of
from graph.specs import TensorSpec

PICTURE, CLASSES = TensorSpec((3, 12, 10)), TensorSpec((), "int64", classes=4)
NOTHING: dict[str, dict[str, Any]] = {
    "random_flip": {"horizontal": False},
    "random_rotation": {"degrees": 0.0},
    "random_shift": {"horizontal": 0.0, "vertical": 0.0},
    "random_zoom": {"smallest": 1.0, "largest": 1.0},
    "random_shear": {"degrees": 0.0},
    "random_affine": {"degrees": 0.0, "shift": 0.0, "smallest": 1.0, "largest": 1.0},
    "random_crop": {"padding": 0},
    "random_brightness": {"strength": 0.0},
    "random_contrast": {"strength": 0.0},
    "random_colour": {"hue": 0.0, "saturation": 0.0},
    "random_blur": {"deviation": 0.0},
    "cut_out": {"smallest": 0.0, "largest": 0.0},
}  # what makes each of them leave everything as it is
STRONG: dict[str, dict[str, Any]] = {
    "random_shift": {"horizontal": 0.3, "vertical": 0.3},
    "cut_out": {"smallest": 0.3, "largest": 0.6},
    "random_blur": {"deviation": 10.0},
}  # so that hardly any picture stays as it was by chance
each = pytest.mark.parametrize("name", NOTHING)


def pictures(count: int = 6, *shape: int) -> torch.Tensor:
    return torch.rand(count, *(shape or PICTURE.shape), generator=torch.Generator().manual_seed(3))


def layer(name: str, **params: Any) -> Any:
    return made(name, PICTURE, **params)


# -- what all have in common -------------------------------------------------------------------------------------------


def test_a_crop_is_out_of_the_middle_where_chance_says_so():
    x = pictures(200)
    cut = layer("random_crop", height=4, width=4, padding=3, probability=0.25).train()(x)
    middle = (cut == x[:, :, 4:8, 3:7]).flatten(1).all(1).float().mean()
    assert middle == pytest.approx(0.75, abs=0.1)
    assert torch.equal(layer("random_crop", height=4, width=4, probability=0.0).train()(x), x[:, :, 4:8, 3:7])


def test_every_augmentation_is_tested_here():
    family = {n for n, t in CATALOGUE.items() if t.family == "augmentation" and not n.endswith("_with_mask")}
    assert family == {*NOTHING, "mixup"}


@each
def test_it_is_the_identity_once_trained(name: str) -> None:
    x = pictures()
    assert torch.equal(layer(name).eval()(x), x)


@each
def test_it_is_the_identity_with_nothing_to_do(name: str) -> None:
    x = pictures()
    assert torch.equal(layer(name, **NOTHING[name])(x), x)
    if CATALOGUE[name].parameter("probability"):
        assert torch.equal(layer(name, probability=0.0)(x), x)


@each
def test_every_picture_is_changed_by_itself_and_a_seed_repeats_it(name: str) -> None:
    x = pictures(1).expand(64, -1, -1, -1)
    changing = layer(name, **STRONG.get(name, {}))
    torch.manual_seed(4)
    one, other = changing(x), changing(x)
    assert not torch.equal(one, other)
    assert len({tuple(picture.flatten().tolist()) for picture in one}) > 1
    torch.manual_seed(4)
    assert torch.equal(changing(x), one)
    assert one.shape == x.shape


@pytest.mark.parametrize("name", [name for name in NOTHING if CATALOGUE[name].parameter("probability")])
def test_as_many_are_changed_as_is_likely(name: str) -> None:
    torch.manual_seed(5)
    x = pictures(2000, 3, 8, 8)
    for probability in (0.25, 0.8):
        changed = made(name, spec_of(x), probability=probability, **STRONG.get(name, {}))(x) != x
        share = changed.flatten(1).any(1).float().mean().item()
        assert abs(share - probability) < 0.05


@each
def test_gradients_flow_back_to_where_the_pixels_came_from(name: str) -> None:
    x = pictures().requires_grad_()
    torch.manual_seed(6)
    layer(name, **STRONG.get(name, {}))(x).sum().backward()
    assert x.grad is not None
    assert x.grad.isfinite().all()
    assert x.grad.any()


# -- where pixels go ---------------------------------------------------------------------------------------------------


def test_flips_are_those_of_torch():
    x = pictures()
    assert torch.equal(layer("random_flip", probability=1.0)(x), x.flip(3))
    assert torch.equal(layer("random_flip", probability=1.0, horizontal=False, vertical=True)(x), x.flip(2))
    torch.manual_seed(7)
    both = layer("random_flip", vertical=True)(pictures(64))
    known = [pictures(64).flip(axes) for axes in ((), (3,), (2,), (2, 3))]
    kinds = [next(i for i, k in enumerate(known) if torch.equal(k[place], both[place])) for place in range(64)]
    assert min(kinds.count(kind) for kind in range(4)) > 4


def test_a_rotation_turns_by_no_more_than_asked_for():
    torch.manual_seed(8)
    turned = made("random_rotation", TensorSpec((1, 33, 33)), degrees=30.0)(lit(33, 26, 16).expand(400, 1, 33, 33))
    angles = torch.tensor([math.degrees(math.atan2(16 - row, column - 16)) for row, column in centres(turned)])
    assert angles.abs().max() < 30.5
    assert angles.max() > 27
    assert angles.min() < -27


def lit(size: int, column: int, row: int) -> torch.Tensor:
    """A picture with a soft spot of light around a pixel."""
    places = torch.arange(size)
    across, down = (torch.exp(-0.5 * ((places - at) / 1.5) ** 2) for at in (column, row))
    return (down[:, None] * across).view(1, 1, size, size)


def centres(images: torch.Tensor) -> list[tuple[float, float]]:
    """Row and column of the centre of light of every picture."""
    places = torch.arange(images.shape[-1]).float()
    shares = images[:, 0] / images[:, 0].sum((1, 2), keepdim=True)
    return list(zip((shares.sum(2) @ places).tolist(), (shares.sum(1) @ places).tolist()))


def test_a_right_angle_is_exact():
    x = pictures(3, 2, 8, 8)
    module = made("random_rotation", spec_of(x), degrees=90.0)
    quarters = torch.tensor([1.0, 0.5, 0.0])  # of the range: 90° to the left, none, 90° to the right
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch, "rand", lambda *shape, **_: quarters.expand(*shape))
        turned = module(x)
    expected = torch.stack([x[0].rot90(1, (1, 2)), x[1], x[2].rot90(-1, (1, 2))])
    assert torch.allclose(turned, expected, atol=1e-5)


def test_shifts_are_whole_pixels_within_their_range():
    x = pictures(1, 1, 10, 20).expand(300, -1, -1, -1)
    torch.manual_seed(9)
    moved = made("random_shift", spec_of(x), horizontal=0.1, vertical=0.3, value=7.0)(x)
    wide = F.pad(x[:1], (2, 2, 3, 3), value=7.0)
    windows = {
        (down, right): wide[0, :, down : down + 10, right : right + 20] for down in range(7) for right in range(5)
    }
    found = {next(at for at, window in windows.items() if torch.equal(window, picture)) for picture in moved}
    assert {down for down, _ in found} == set(range(7))
    assert {right for _, right in found} == set(range(5))


@pytest.mark.parametrize("border", ["constant", "replicate", "reflect"])
def test_a_crop_is_a_window_of_the_picture_in_its_border(border: str) -> None:
    x = pictures(1).expand(200, -1, -1, -1)
    torch.manual_seed(10)
    cut = layer("random_crop", height=8, padding=2, border=border)(x)
    wide = F.pad(x[:1], (2, 2, 2, 2), mode=border)[0]
    windows = [wide[:, top : top + 8, left : left + 10] for top in range(9) for left in range(5)]
    places = [next(i for i, window in enumerate(windows) if torch.equal(window, picture)) for picture in cut]
    assert len(set(places)) > 30
    assert torch.equal(layer("random_crop", height=8, width=6).eval()(x), x[:, :, 2:10, 2:8])


def test_zoom_and_shear_move_pixels_as_their_formulas_say():
    spot = lit(33, 24, 10).expand(300, 1, 33, 33)
    torch.manual_seed(11)
    columns = torch.tensor([column for _, column in centres(made("random_zoom", spec_of(spot), smallest=0.5)(spot))])
    zooms = (columns - 16) / 8
    assert (zooms.min() > 0.49, zooms.max() < 1.26) == (True, True)
    assert (zooms.min() < 0.53, zooms.max() > 1.2) == (True, True)
    found = centres(made("random_shear", spec_of(spot), degrees=40.0)(spot))
    slopes = torch.tensor([(column - 24) / (10 - 16) for _, column in found])
    assert torch.allclose(torch.tensor([row for row, _ in found]), torch.tensor(10.0), atol=0.1)
    assert 0.75 < slopes.abs().max() < math.tan(math.radians(40)) + 0.02


def test_what_comes_in_from_outside_is_as_asked_for():
    x = torch.full((20, 1, 24, 24), 0.25)
    for name in ("random_affine", "random_shift", "random_rotation"):
        for border in ("replicate", "reflect"):
            assert torch.allclose(made(name, spec_of(x), border=border)(x), x, atol=1e-6)
        torch.manual_seed(12)
        assert made(name, spec_of(x), value=0.75)(x).max() == pytest.approx(0.75)
        assert made(name, spec_of(x), value=0.75)(x).min() == pytest.approx(0.25)


# -- masks -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["random_flip", "random_affine", "random_crop"])
@pytest.mark.parametrize("border", ["constant", "replicate", "reflect"])
def test_masks_move_with_their_pictures(name: str, border: str) -> None:
    classes = torch.randint(5, (40, 12, 12), generator=torch.Generator().manual_seed(13))
    image = classes.unsqueeze(1).float().repeat(1, 2, 1, 1)
    params: dict[str, Any] = {} if name == "random_flip" else {"border": border}
    if name == "random_affine":
        params |= {"degrees": 0.0, "shift": 0.25, "smallest": 1.0, "largest": 1.0, "probability": 0.7}
    module = made(f"{name}_with_mask", spec_of(image), spec_of(classes, 5), **params)
    torch.manual_seed(14)
    if name == "random_affine":  # whole pixels, so that nothing is interpolated
        with pytest.MonkeyPatch.context() as patch:
            draws = torch.rand(5, 40)
            draws[3:] = torch.randint(7, (2, 40)) / 6
            patch.setattr(torch, "rand", lambda *shape, **_: draws if len(shape) == 2 else draws[0, : shape[0]])
            moved, mask = module(image, classes)
    else:
        moved, mask = module(image, classes)
    assert not torch.equal(mask, classes)
    assert mask.dtype == classes.dtype
    assert torch.allclose(moved, mask.unsqueeze(1).expand_as(moved).float(), atol=1e-4)
    kept = module.eval()(image, classes)
    assert torch.equal(kept[0], image)
    assert torch.equal(kept[1], classes)


def test_a_turned_mask_has_no_classes_of_its_own():
    mask = torch.tensor([0, 3])[torch.randint(2, (30, 1, 12, 10))]
    image, turned = made("random_affine_with_mask", PICTURE, spec_of(mask, 4), degrees=45.0)(pictures(30), mask)
    assert image.shape == (30, 3, 12, 10)
    assert set(turned.unique().tolist()) == {0, 3}
    refused("random_flip_with_mask", PICTURE, TensorSpec((10, 12)), sentence="12×10 pixels here, but 10×12 arrives")
    refused("random_crop", PICTURE, height=13, sentence="height of 13 cannot be cut out of 3×12×10: give at most 12")
    refused("random_crop", PICTURE, padding=10, border="reflect", sentence="at most 9 beside a side of 10")
    refused("random_zoom", PICTURE, smallest=2.0, sentence="at most “largest”; got 2 and 1.25")


# -- light and colours -------------------------------------------------------------------------------------------------


def test_brightness_and_contrast_keep_to_their_ranges():
    torch.manual_seed(15)
    x = pictures(500) * 0.2 + 0.4
    added = (layer("random_brightness", strength=0.3)(x) - x).flatten(1)
    assert added.std(1).max() < 1e-6
    assert 0.28 < added.abs().max() <= 0.3 + 1e-6
    mean = x.mean((1, 2, 3), keepdim=True)
    factors = (layer("random_contrast", strength=0.4)(x) - mean).flatten(1).std(1) / (x - mean).flatten(1).std(1)
    assert (factors.min() >= 0.599, factors.max() <= 1.401) == (True, True)
    assert (factors.min() < 0.62, factors.max() > 1.38) == (True, True)
    for name in ("random_brightness", "random_contrast"):
        far = {"strength": 0.5, "clipped": False}
        assert layer(name, strength=0.5)(pictures(50)).max() <= 1
        assert layer(name, **far)(pictures(50)).max() > 1


def test_a_third_of_the_circle_exchanges_the_colours():
    module = layer("random_colour", hue=120.0, saturation=0.0, clipped=False)
    x = pictures(1).expand(2, -1, -1, -1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch, "rand", lambda *shape, **_: torch.tensor([0.0, 1.0]).view(shape))
        one, other = module(x)
    assert torch.allclose(other, x[0].roll(1, 0), atol=1e-5)  # red where green was
    assert torch.allclose(one, x[0].roll(-1, 0), atol=1e-5)
    pale = layer("random_colour", hue=0.0, saturation=1.0, clipped=False)(pictures(50))
    assert torch.allclose(pale.mean(1), pictures(50).mean(1), atol=1e-6)
    refused("random_colour", TensorSpec((1, 8, 8)), sentence="three channels, but 1 arrive")


def test_a_blur_is_that_of_a_normal_distribution():
    x, deviation = pictures(2, 1, 15, 15), 1.5
    module = made("random_blur", spec_of(x), deviation=deviation, probability=1.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch, "rand", lambda *shape, **_: torch.ones(shape))
        blurred = module(x)
    places = torch.arange(-4, 5)
    line = torch.exp(-places.square() / (2 * deviation**2))
    kernel = (line[:, None] * line / line.sum() ** 2).view(1, 1, 9, 9)
    assert torch.allclose(blurred, F.conv2d(F.pad(x, (4, 4, 4, 4), mode="replicate"), kernel), atol=1e-5)


def test_what_is_cut_out_is_one_rectangle_of_the_sizes_asked_for():
    torch.manual_seed(16)
    covered = made("cut_out", TensorSpec((2, 20, 40)), smallest=0.1, largest=0.5, value=9.0, probability=1.0)(
        pictures(5000, 2, 20, 40)
    ).eq(9.0)
    assert torch.equal(covered[:, 0], covered[:, 1])
    heights, widths = covered[:, 0].any(2).sum(1), covered[:, 0].any(1).sum(1)
    assert torch.equal(covered[:, 0].sum((1, 2)), heights * widths)
    assert (heights.min(), heights.max(), widths.min(), widths.max()) == (2, 10, 4, 20)
    assert covered[:, 0].any(0).all()


def test_examples_and_targets_are_blended_alike():
    x, label = torch.randn(50, 6), torch.arange(50) % 4
    torch.manual_seed(17)
    module = made("mixup", TensorSpec((6,)), CLASSES, most=0.4, probability=0.6)
    mixed, target = module(x, label)
    partner = F.one_hot(label, 4).float().roll(1, 0)
    share = (target * partner).sum(1, keepdim=True)
    assert torch.allclose(mixed, (1 - share) * x + share * x.roll(1, 0), atol=1e-6)
    assert torch.allclose(target, (1 - share) * F.one_hot(label, 4) + share * partner, atol=1e-6)
    assert 0.3 < share.max() <= 0.4
    assert 0.4 < share.gt(0).float().mean() < 0.8
    kept, plain = module.eval()(x, label)
    assert torch.equal(kept, x)
    assert torch.equal(plain, F.one_hot(label, 4).float())
    soft = made("mixup", TensorSpec((6,)), TensorSpec((3,)))(x, torch.rand(50, 3).softmax(1))[1]
    assert torch.allclose(soft.sum(1), torch.ones(50))
    refused("mixup", TensorSpec((6,)), TensorSpec((), "int64"), sentence="How many classes there are is not known")


# -- compiled and exported ---------------------------------------------------------------------------------------------

CHAIN = {
    "flip": "random_flip", "moved": "random_affine", "cut": "random_crop", "light": "random_contrast",
    "noise": ("gaussian_noise", {"when": "always"}), "pepper": "salt_and_pepper", "mark": "watermark",
}  # fmt: skip


def chained(*names: str) -> Any:
    wires = {"loss.prediction": f"{names[-1]}.image", "loss.target": "data_1.image", "result.x": f"{names[-1]}.image"}
    sources = ["data_1.image", *(f"{n}.{'output' if n == 'noise' else 'image'}" for n in names)]
    wires |= {f"{name}.x": source for name, source in zip(names, sources)}
    nodes: dict[str, Any] = {"data_1": "data", "loss": "mse_loss", "result": "output"}
    return draw({**nodes, **{name: CHAIN[name] for name in names}}, wires)


def test_exported_source_carries_them_and_trains_the_same():
    document = chained(*CHAIN)
    source = written(document)
    assert "class RandomAffine" in source
    assert "RandomCrop(8, 8, padding=4)" in source
    analysis = analyse(document, lambda name: {"image": TensorSpec((1, 8, 8)), "label": CLASSES})
    module = make_slice(document, compile_root(document, analysis), [Port("main", "loss", "loss")]).train()
    network = executed(source)["Network"]().train()
    image = pictures(4, 1, 8, 8)
    torch.manual_seed(22)
    expected = module(image)
    torch.manual_seed(22)
    assert torch.equal(network.loss(image), expected)


def test_augmentation_leaves_no_trace_in_what_is_exported():
    document = chained("flip", "moved", "cut", "light")
    check_same(document)
    analysis = analyse(document, lambda name: {"image": TensorSpec((1, 8, 8)), "label": CLASSES})
    module = make_slice(document, compile_root(document, analysis), [Port("main", "light", "image")]).eval()
    program = torch.export.export(module, (pictures(2, 1, 8, 8),), dynamic_shapes=({0: torch.export.Dim.AUTO},))
    assert torch.equal(program.module()(pictures(5, 1, 8, 8)), pictures(5, 1, 8, 8))


@pytest.mark.parametrize("sides", [(32, 32), (5, 9), (1, 1)])
def test_the_grid_is_that_of_affine_grid(sides: tuple[int, int]) -> None:
    matrices = torch.randn(7, 2, 3, generator=torch.Generator().manual_seed(0))
    expected = F.affine_grid(matrices, [7, 1, *sides], align_corners=False)
    torch.testing.assert_close(grid_of(matrices, *sides), expected)
