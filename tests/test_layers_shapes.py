"""Layers that take apart, arrange and join, beside torch or a formula written independently."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from layered import CLASS, IMAGE, NUMBER, SEQUENCE, TOKENS, VECTOR, computed, made, refused

from graph.building import infer
from graph.layers import CATALOGUE
from graph.specs import TensorSpec


def test_whole_numbers_know_how_many_there_are():
    def classes(name: str, arriving: dict[str, TensorSpec], **params: Any) -> list[int]:
        return [spec.classes for spec in infer(CATALOGUE[name], params, arriving, dict).outputs.values()]

    assert classes("max_pool2d_indices", {"x": IMAGE}) == [0, 63]
    assert classes("argmax", {"x": IMAGE}) == [4]
    assert classes("argmax", {"x": VECTOR}) == [8]
    assert classes("slice", {"x": TOKENS}, stop=-1) == [5]
    assert classes("split", {"x": TOKENS}) == [5, 5]
    assert classes("concatenate", {"xs.0": TOKENS, "xs.1": TensorSpec((2,), "int64", classes=9)}) == [9]
    assert classes("concatenate", {"xs.0": TOKENS, "xs.1": TensorSpec((2,), "int64")}) == [0]
    assert classes("one_hot", {"x": TOKENS}) == [0]


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


def test_common_mistaken_names_are_found():
    def found(word: str) -> set[str]:
        return {name for name, each in CATALOGUE.items() if word in {*each.search.lower().split(), *name.split("_")}}

    assert "linear" in found("dense") & found("fc")
    assert "conv2d" in found("depthwise") & found("dilated") & found("grouped")
    assert "conv_transpose3d" in found("deconvolution")
    assert "upsample" in found("interpolate")
    assert "reduce" in found("mean") & found("sum") & found("maximum")
    assert "filter2d" in found("edge") & found("blur") & found("sobel")
    assert "one_hot" in found("onehot")
    assert "select" in found("gather")
