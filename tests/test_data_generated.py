"""Data that is made up or typed in: its properties, its seeds, and the parts of it that a design asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from backend import data
from backend.data.counting import LAGS, counting
from backend.data.shapes import NAMES, shapes
from backend.loading import load_run
from backend.predict import predict
from backend.train import Training
from graph import files
from graph.document import Document, NodeKey, Port
from graph.inference import analyse
from graph.problems import DataError
from graph.specs import TensorSpec
from graph.subsets import chosen, reduced
from graph.typed import rows_of
from tests.idx_files import fill

PARTS = ("train", "validation", "test")
DIGIT = TensorSpec((), "int64", classes=10, names=tuple("0123456789"))
KINDS = TensorSpec((), "int64", classes=4, names=("T-shirt/top", "Dress", "5-7", "Cat"))


# -- shapes -----------------------------------------------------------------------------------------------------------


def test_shapes_are_the_same_for_a_seed_and_others_for_another() -> None:
    first, again, other = (shapes(np.random.default_rng(seed), 20) for seed in (1, 1, 2))
    assert all(np.array_equal(one, two) for one, two in zip(first, again))
    assert not np.array_equal(first[0], other[0])


def test_a_mask_marks_what_is_drawn() -> None:
    image, mask = shapes(np.random.default_rng(0), 300)
    assert image.shape == (300, 1, 32, 32)
    assert mask.shape == (300, 32, 32)
    assert image.dtype == mask.dtype == np.uint8
    assert set(np.unique(mask)) == {0, 1, 2, 3}
    assert (mask.reshape(300, -1).max(axis=1) > 0).all()
    inside, outside = image[:, 0][mask > 0].astype(float), image[:, 0][mask == 0].astype(float)
    assert abs(inside - outside.mean()).mean() > 2 * abs(outside - outside.mean()).mean()


def test_circles_are_rounder_than_squares_and_these_than_triangles() -> None:
    """Area over that of the circle around the shape: 1, 2 ÷ π and about 0.41."""
    _, mask = shapes(np.random.default_rng(3), 400)
    shares: dict[int, list[float]] = {1: [], 2: [], 3: []}
    for quarter in mask[:, :16, :16]:
        kind, count = int(quarter.max()), int((quarter > 0).sum())
        if kind:
            row, column = np.nonzero(quarter)
            reach = np.hypot(row - row.mean(), column - column.mean()).max() + 0.5
            shares[kind].append(count / (np.pi * reach**2))
    circle, square, triangle = (float(np.mean(shares[kind])) for kind in (1, 2, 3))
    assert circle > 0.85
    assert 0.55 < square < 0.75
    assert 0.3 < triangle < 0.5


def test_every_class_has_its_share_of_the_pixels() -> None:
    found = data.load("shapes")
    assert [found.count(part) for part in PARTS] == [1440, 160, 400]
    assert found.fields["mask"] == TensorSpec((32, 32), "int64", classes=4, names=NAMES)
    shares = found.splits["train"]["mask"].flatten().bincount(minlength=4).double()
    assert (shares / shares.sum()).min() > 0.05


# -- counting ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "lag"), LAGS.items())
def test_the_next_number_is_the_sum_of_the_marked_ones(name: str, lag: int) -> None:
    rows = data.load(name).splits["train"]
    number, mark = rows["sequence"][..., 0], rows["sequence"][..., 1]
    assert rows["sequence"].shape[1:] == (lag, 2)
    assert mark.sum(1).eq(2).all()
    torch.testing.assert_close((number * mark).sum(1, keepdim=True), rows["target"])
    first = mark.argmax(1)
    assert int(first.max()) < max(lag // 4, 1)
    assert mark[:, lag // 2 :].sum(1).eq(1).all()


def test_numbers_without_a_mark_say_nothing() -> None:
    sequence, target = counting(np.random.default_rng(5), 4000, 50)
    others = np.where(sequence[..., 1] == 0, sequence[..., 0], 0.5).mean(axis=1)
    assert abs(np.corrcoef(others, target[:, 0])[0, 1]) < 0.06


# -- halves and photographs -------------------------------------------------------------------------------------------


def test_two_halves_make_a_digit() -> None:
    whole, halves = (data.load(name, seed=4).splits["test"] for name in ("digits", "digit-halves"))
    assert torch.equal(torch.cat([halves["left"], halves["right"]], dim=3), whole["image"])
    assert torch.equal(halves["label"], whole["label"])


def test_photographs_are_whole_in_every_split() -> None:
    found = data.load("photos")
    assert [found.count(part) for part in PARTS] == [6, 6, 6]
    images, labels = found.splits["test"]["image"], found.splits["test"]["label"]
    assert images.shape == (6, 3, 160, 240)
    china, flower = (images[labels == kind].double().mean((0, 2, 3)) for kind in (0, 1))
    assert china[2] > 1.3 * flower[2]  # the sky is blue, the flower is not


# -- only some classes, few of a class, other sizes ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "spec", "numbers"),
    [
        ("0-4, 7", DIGIT, (0, 1, 2, 3, 4, 7)),
        ("7,0–2", DIGIT, (0, 1, 2, 7)),
        ("3, 3,,3", DIGIT, (3,)),
        ("t-shirt/TOP, 1", KINDS, (0, 1)),
        ("5-7", KINDS, (2,)),
        ("cat, 0-1", KINDS, (0, 1, 3)),
        ("1-2", TensorSpec((), "int64", classes=3), (1, 2)),
    ],
)
def test_classes_by_name_number_and_range(text: str, spec: TensorSpec, numbers: tuple[int, ...]) -> None:
    assert chosen(text, spec) == numbers


@pytest.mark.parametrize("text", ["dog", "4-12", "10", "-1", "5-3", "1;2", ",", "9" * 40, "0x1", "1.0", "²"])
def test_what_is_no_class_gets_a_sentence(text: str) -> None:
    with pytest.raises(DataError, match="class") as caught:
        chosen(text, DIGIT)
    assert len(str(caught.value)) < 300


def test_classes_are_numbered_anew_and_keep_their_names() -> None:
    every, some = data.load("digits", validation=0, test=0), data.load("digits", classes="5-9", validation=0, test=0)
    assert some.fields["label"] == TensorSpec((), "int64", classes=5, names=("5", "6", "7", "8", "9"))
    assert some.declared == every.fields
    kept = every.splits["train"]["label"] >= 5
    assert torch.equal(some.splits["train"]["label"] + 5, every.splits["train"]["label"][kept])
    assert torch.equal(some.splits["train"]["image"], every.splits["train"]["image"][kept])
    assert torch.equal(some.indices["train"], kept.nonzero().flatten())


def test_a_test_part_of_its_own_has_the_same_classes(tmp_path: Path) -> None:
    folder = str(fill(tmp_path / "own", train=30, test=12, classes=3))
    every, some = (data.load(folder, classes=classes, validation=0.1) for classes in ("", "2,0"))
    assert some.fields["label"].classes == 2
    held = every.splits["test"]["label"]
    assert some.splits["test"]["label"].tolist() == [value // 2 for value in held.tolist() if value != 1]
    for part in PARTS:
        source = every.splits["test"] if part == "test" else {
            name: torch.cat([every.splits[each][name] for each in ("train", "validation")])[
                torch.cat([every.indices[each] for each in ("train", "validation")]).argsort()
            ] for name in ("image", "label")
        }  # fmt: skip
        assert torch.equal(source["image"][some.indices[part]], some.splits[part]["image"])
        assert torch.equal(source["label"][some.indices[part]] // 2, some.splits[part]["label"])


def test_few_of_a_class_leave_validation_and_test_as_they_are() -> None:
    every, few = data.load("digits", seed=2), data.load("digits", per_class=7, seed=2)
    assert few.splits["train"]["label"].bincount().tolist() == [7] * 10
    for part in ("validation", "test"):
        assert torch.equal(few.indices[part], every.indices[part])
    assert set(few.indices["train"].tolist()) < set(every.indices["train"].tolist())
    other = data.load("digits", per_class=7, seed=3)
    assert not torch.equal(few.indices["train"], other.indices["train"])
    assert data.load("digits", per_class=10**6, seed=2).count("train") == every.count("train")


@pytest.mark.parametrize("arguments", [{"classes": "1"}, {"per_class": 3}])
def test_data_without_classes_has_none_to_choose_from(arguments: dict[str, Any]) -> None:
    with pytest.raises(DataError, match="no classes to go by"):
        data.load("noisy-sine", **arguments)


def test_pictures_take_another_size() -> None:
    found = data.load("shapes", size=16, examples=50)
    assert found.fields["image"].shape == (1, 16, 16)
    assert found.fields["mask"].shape == (16, 16)
    small, whole = found.splits["train"], data.load("shapes", examples=50).splits["train"]
    assert small["image"].dtype == torch.uint8
    mean = torch.nn.functional.avg_pool2d(whole["image"].float(), 2)
    assert (small["image"].float() - mean).abs().mean() < 8
    agree = (small["mask"] == whole["mask"][:, 1::2, 1::2]).double().mean()
    assert agree == 1
    photo = data.load("photos", size=32).splits["train"]["image"]
    assert photo.shape == (6, 3, 32, 32)


def test_fields_are_told_before_anything_is_read() -> None:
    fields = {"image": TensorSpec((3, 20, 30)), "label": DIGIT, "mask": TensorSpec((20, 30), "int64", classes=2)}
    found = reduced(fields, "1-2", 8)
    assert found["image"].shape == (3, 8, 8)
    assert found["mask"].shape == (8, 8)
    assert found["label"].names == ("1", "2")
    assert reduced(fields) == fields
    assert reduced({}, "cat", 8) == {}


@pytest.mark.parametrize("scaling", ["0 to 1", "none"])
@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("digits", {"classes": "5-9"}),
        ("digits", {"size": 5}),
        ("shapes", {"size": 24}),
        ("photos", {"size": 48, "classes": "flower"}),
    ],
)
def test_exported_loaders_choose_alike(name: str, asked: dict[str, Any], scaling: str) -> None:
    found = data.load(name, scaling=scaling, validation=0.0, test=0.0, **asked)  # type: ignore[arg-type]
    scope: dict[str, Any] = {}
    exec(data.loader_source(name, scaling, found.preparation, **asked), scope)  # type: ignore[arg-type]
    loaded = scope["load_data"]()
    for field, values in found.batch("train", slice(None)).items():
        assert torch.equal(loaded[field], values)


# -- typed in ---------------------------------------------------------------------------------------------------------


def test_rows_become_examples() -> None:
    rows = rows_of([[1, 2], [3, 4]], [[5], [6]], "")
    assert {name: values.tolist() for name, values in rows.items()} == {
        "input": [[1, 2], [3, 4]], "target": [[5], [6]]
    }  # fmt: skip
    assert rows_of([0.05, 0.1], [], "")["input"].shape == (1, 2)
    assert rows_of([list(range(25))], [], "1×5×5")["input"].shape == (1, 1, 5, 5)
    assert rows_of([1, 2], [], " 2x1 ")["input"].tolist() == [[[1], [2]]]
    assert rows_of([[[1], [2]]], [], "")["input"].shape == (1, 2, 1)


@pytest.mark.parametrize(
    ("inputs", "targets", "shape", "words"),
    [
        ([], [], "", "no examples yet"),
        ([[]], [], "", "are empty"),
        ([[1, 2]], [[1], [2]], "", "1 rows of inputs and 2 of targets"),
        ([[1, 2, 3]], [], "2×2", "3 numbers and the shape 2×2 takes 4"),
        ([[1]], [], "1×0", "whole numbers from 1"),
        ([[1]], [], "wide", "whole numbers from 1"),
        ([[1e300]], [], "", "too great"),
    ],
)
def test_rows_that_do_not_fit_get_a_sentence(inputs: Any, targets: Any, shape: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        rows_of(inputs, targets, shape)


def typed(inputs: list[Any], targets: list[Any], epochs: int = 3, units: int = 1) -> Document:
    """A linear layer on typed rows."""
    document = Document()
    with document.edit("Draw"):
        source = document.add_node("values", params={"inputs": inputs, "targets": targets})
        layer = document.add_node("linear", params={"units": units})
        loss = document.add_node("mse_loss")
        output = document.add_node("output")
        document.connect(Port(*source, "input"), Port(*layer, "x"))
        document.connect(Port(*layer, "output"), Port(*loss, "prediction"))
        document.connect(Port(*source, "target"), Port(*loss, "target"))
        document.connect(Port(*layer, "output"), Port(*output, "x"))
        for name, value in {"epochs": epochs, "batch_size": 4, "device": "cpu"}.items():
            document.set_setting(name, value)
    return document


def test_a_values_node_has_a_port_a_field() -> None:
    analysis = analyse(typed([[1, 2]], [[3]]), data.fields)
    assert not analysis.errors
    specs = analysis.nodes[NodeKey("main", "values_1")].outputs
    assert {name: spec.shape for name, spec in specs.items()} == {"input": (2,), "target": (1,)}


def test_typed_pictures_survive_the_file() -> None:
    picture = [[[[1, 0, 2.5], [0, 1, 0]]]]
    document = typed(picture, [[1]])
    again = files.loads(files.dumps(document))
    assert again.nodes[NodeKey("main", "values_1")].params["inputs"] == picture
    specs = analyse(again, data.fields).nodes[NodeKey("main", "values_1")].outputs
    assert specs["input"].shape == (1, 2, 3)


def test_typed_rows_are_learned_judged_and_asked_about(tmp_path: Path) -> None:
    rows, answers = [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [[2.0], [3.0], [5.0]]
    document = typed(rows, answers, epochs=300)
    training = Training(document, runs_folder=str(tmp_path / "runs"))
    events = list(training.run())
    assert events
    model = load_run(training.run_folder)
    found = next(iter(model.data.values()))
    assert [found.count(part) for part in PARTS] == [3, 3, 3]
    assert found.splits["test"]["target"].tolist() == answers
    assert model.run is not None
    assert model.run.record.metrics["train"]["loss"] < model.run.record.metrics["validation"]["loss"] + 1
    np.save(tmp_path / "rows.npy", np.array(rows, np.float32))
    assert len(predict(training.run_folder, [tmp_path / "rows.npy"])) == 3


def test_a_design_with_some_classes_trains_is_tested_and_exported(tmp_path: Path) -> None:
    document = Document()
    asked = {"source": "digits", "classes": "5-9", "per_class": 20, "size": 6}
    with document.edit("Draw"):
        source = document.add_node("data", params=asked)
        flat, layer = document.add_node("flatten"), document.add_node("linear", params={"units": 5})
        loss, output = document.add_node("cross_entropy"), document.add_node("output")
        document.connect(Port(*source, "image"), Port(*flat, "x"))
        document.connect(Port(*flat, "output"), Port(*layer, "x"))
        document.connect(Port(*layer, "output"), Port(*loss, "prediction"))
        document.connect(Port(*source, "label"), Port(*loss, "target"))
        document.connect(Port(*layer, "output"), Port(*output, "x"))
        for name, value in {"epochs": 2, "batch_size": 50, "device": "cpu"}.items():
            document.set_setting(name, value)
    training = Training(document, runs_folder=str(tmp_path / "runs"))
    list(training.run())
    model = load_run(training.run_folder)
    assert next(iter(model.data.values())).count("train") == 100
    assert model.run is not None
    (record,) = model.run.record.data.values()
    assert record.fields == data.fields("digits")
    np.save(tmp_path / "picture.npy", np.zeros((1, 6, 6), np.float32))
    (prediction,) = predict(training.run_folder, [tmp_path / "picture.npy"])
    assert {name for name, _ in prediction.classes} == set("56789")
