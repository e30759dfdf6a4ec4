"""The data-set protocol: what is known, how it is split, prepared and laid on a device, and loaded without Netloom."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import msgspec
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from backend import data
from backend.data import known
from backend.data.preparation import Preparation, Scaling, fit
from backend.data.registry import FORMATS, Field, Format, Known, MissingData, data_format, find_format
from backend.data.splits import largest_remainder, split
from graph.problems import DataError
from graph.specs import TensorSpec

ROOT = Path(__file__).parent.parent
SCALINGS: tuple[Scaling, ...] = get_args(Scaling)
LOCAL = [
    each.name for each in known.describe()
    if not each.downloadable and find_format(each.name)[0].node == "data" and each.name != "flowers"  # the user's own
]  # fmt: skip
PARTS = ("train", "validation", "test")

# -- what is known ----------------------------------------------------------------------------------------------------


def test_the_spine_knows_its_data_sets() -> None:
    names = {each.name for each in known.describe()}
    assert {"digits", "mnist", "fashion-mnist", "xor", "xnor", "and", "or", "nand", "nor"} <= names
    assert {"moons", "circles", "spirals", "blobs", "rings", "noisy-sine"} <= names
    assert all(each.title and each.about.endswith((".", "?")) and each.examples > 0 for each in known.describe())
    assert all(each.licence and each.citation for each in known.describe() if each.downloadable)


def test_listing_and_specs_need_no_torch() -> None:
    code = (
        "import sys; from backend.data import known, fields; known.describe(); fields('digits');"
        "print({'torch', 'sklearn', 'pandas', 'PIL'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_presence_is_told() -> None:
    assert known.present("digits")
    assert not known.present("mnist")
    assert not known.present("no-such-thing")


def test_a_name_is_taken_once() -> None:
    class Second(Format):
        known = (Known("digits", "Digits", "Again.", "Pictures", 1),)

    with pytest.raises(ValueError, match="two data sets named “digits”"):
        data_format(Second)
    assert not any(isinstance(each, Second) for each in FORMATS)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("minst", "Did you mean “mnist”"),
        ("fashion", "fashion-mnist"),
        ("zzz", "Known are and, "),
        ("", "No data set is chosen"),
        ("   ", "No data set is chosen"),
        ("./nowhere", "no file or folder “./nowhere”"),
        ("~/nowhere-at-all", "no file or folder"),
        ("a\0b", "no data set"),
        ("x" * 5000, "no data set"),
    ],
)
def test_unknown_sources_get_a_sentence(source: str, words: str) -> None:
    with pytest.raises(DataError, match=words) as caught:
        data.fields(source)
    assert len(str(caught.value)) < 600


def test_names_are_forgiving() -> None:
    assert data.fields("Noisy_Sine") == data.fields("noisy-sine")


def test_a_file_of_no_known_kind(tmp_path: Path) -> None:
    (tmp_path / "notes.xyz").write_text("hello")
    with pytest.raises(DataError, match="holds no data that Netloom reads"):
        data.fields(str(tmp_path / "notes.xyz"))
    with pytest.raises(DataError, match=r"folder .* holds no data"):
        data.fields(str(tmp_path))


@pytest.mark.parametrize("name", LOCAL)
def test_fields_are_what_is_loaded(name: str) -> None:
    found = data.load(name)
    assert found.fields == data.fields(name)
    batch = found.batch("train", slice(0, 3))
    for field, spec in found.fields.items():
        assert batch[field].shape == (3, *spec.shape)
        assert str(batch[field].dtype) == f"torch.{spec.dtype}"
        if spec.meaning == "classes":
            assert len(spec.names) == spec.classes
            present = torch.cat([found.splits[part][field] for part in PARTS]).unique()
            assert present.tolist() == list(range(spec.classes))


# -- splits -----------------------------------------------------------------------------------------------------------


def test_digits_are_the_ones_of_scikit_learn() -> None:
    from sklearn.datasets import load_digits

    original = load_digits()
    found = data.load("digits", test=0.0, validation=0.0)
    assert torch.equal(found.splits["train"]["image"][:, 0], torch.tensor(original.images, dtype=torch.uint8))
    assert found.splits["train"]["label"].tolist() == original.target.tolist()
    assert found.splits["train"]["image"].dtype == torch.uint8


def test_shares_of_classes_are_kept() -> None:
    found = data.load("digits", validation=0.1, test=0.2, seed=3)
    assert [found.count(part) for part in PARTS] == [1294, 144, 359]
    whole = torch.cat([found.splits[part]["label"] for part in PARTS]).bincount().double() / 1797
    for part in PARTS:
        counts = found.splits[part]["label"].bincount()
        assert (counts - whole * found.count(part)).abs().max() <= 1


@given(
    st.lists(st.integers(0, 6), min_size=1, max_size=200), st.floats(0, 0.99), st.floats(0, 0.99),
    st.integers(0, 250), st.integers(0, 2**70),
)  # fmt: skip
def test_splits_never_share_a_row(labels: list[int], validation: float, test: float, examples: int, seed: int) -> None:
    strata = np.array(labels)
    rows = split(strata, None, validation=validation, test=test, examples=examples, seed=seed)
    every = np.concatenate([rows[part] for part in PARTS])
    assert len(np.unique(every)) == len(every)
    assert len(every) == (min(examples, len(labels)) or len(labels))
    assert len(rows["train"]) >= 1
    assert all((np.diff(rows[part]) > 0).all() for part in PARTS)
    assert len(rows["test"]) == min(int(len(every) * test + 0.5), len(every) - 1)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=12), st.floats(0, 1), st.integers(0, 99))
def test_largest_remainder_is_exact(sizes: list[int], share: float, seed: int) -> None:
    count = int(sum(sizes) * share)
    quotas = largest_remainder(np.array(sizes), count, seed, 0)
    assert quotas.sum() == count
    assert (np.abs(quotas - np.array(sizes) * count / sum(sizes)) < 1).all()
    assert (quotas <= sizes).all()


def test_the_split_of_a_seed_is_written_in_stone() -> None:
    """These numbers hold on every platform and with every version of numpy."""
    rows = split(np.arange(20) % 2, None, validation=0.25, test=0.2, examples=0, seed=7)
    assert rows["test"].tolist() == [8, 11, 14, 15]
    assert rows["validation"].tolist() == [1, 9, 16, 18]


def test_the_seed_decides() -> None:
    first, again, other = (data.load("digits", seed=seed) for seed in (1, 1, 2))
    assert all(torch.equal(first.indices[part], again.indices[part]) for part in PARTS)
    assert not torch.equal(first.indices["test"], other.indices["test"])


@pytest.mark.parametrize("name", [name for name in LOCAL if "point" in data.fields(name)])
@pytest.mark.parametrize("seed", range(4))
def test_the_parts_look_alike(name: str, seed: int) -> None:
    """What a split draws has nothing to do with what made the data, even from one seed."""
    found = data.load(name, validation=0.2, seed=seed)
    every = torch.cat([found.splits[part]["point"] for part in PARTS])
    for part in PARTS:
        points = found.splits[part]["point"]
        error = (points.mean(0) - every.mean(0)).abs() / every.std(0) * len(points) ** 0.5
        assert error.max() < 3.5


def test_the_test_rows_stay_when_the_validation_share_moves() -> None:
    some, none = (data.load("digits", validation=share).indices["test"] for share in (0.3, 0.0))
    assert torch.equal(some, none)


def test_shares_of_nothing_are_empty() -> None:
    found = data.load("moons", validation=0.0, test=0.0)
    assert [found.count(part) for part in PARTS] == [1000, 0, 0]
    assert found.splits["test"]["point"].shape == (0, 2)
    assert found.staged("test").batch(torch.zeros(0, dtype=torch.int64))["point"].shape == (0, 2)


def test_only_so_many_examples() -> None:
    found = data.load("digits", examples=100, validation=0.2, test=0.2)
    assert [found.count(part) for part in PARTS] == [64, 16, 20]
    labels = torch.cat([found.splits[part]["label"] for part in PARTS])
    assert labels.bincount().min() >= 9
    assert sum(data.load("digits", examples=10**9).count(part) for part in PARTS) == 1797


def test_a_truth_table_is_whole_in_every_split() -> None:
    found = data.load("nand", validation=0.0, test=0.3, examples=2)
    for part in PARTS:
        assert found.splits[part]["point"].tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
        assert found.splits[part]["target"].flatten().tolist() == [1, 1, 1, 0]


@pytest.mark.parametrize("shares", [{"test": 1.0}, {"validation": -0.1}, {"validation": float("nan")}])
def test_shares_out_of_range(shares: dict[str, float]) -> None:
    with pytest.raises(DataError, match=r"share lies between 0 and 0\.99"):
        data.load("digits", **shares)  # type: ignore[arg-type]


# -- preparation ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["digits", "moons", "noisy-sine", "xor"])
@pytest.mark.parametrize("scaling", SCALINGS)
def test_both_ways_to_stage_give_the_same_bits(name: str, scaling: Scaling) -> None:
    found = data.load(name, scaling=scaling)
    ready, stored = (found.staged("train", budget=budget) for budget in (1 << 30, 0))
    index = torch.tensor([3, 0, 2, 2])
    plain = found.batch("train", index)
    for field, spec in found.fields.items():
        assert str(ready.tensors[field].dtype) == f"torch.{spec.dtype}"
        assert stored.tensors[field].dtype == found.splits["train"][field].dtype
        assert torch.equal(ready.batch(index)[field], plain[field])
        assert torch.equal(stored.batch(index)[field], plain[field])


def test_the_budget_serves_small_fields_first() -> None:
    found = data.load("digits")
    staged = found.staged("train", budget=found.count("train") * 8)
    assert staged.tensors["label"].dtype == torch.int64
    assert staged.tensors["image"].dtype == torch.uint8
    assert list(found.staged("train", fields=["label"]).tensors) == ["label"]
    assert staged.count == found.count("train")


@pytest.mark.parametrize(("name", "field"), [("digits", "image"), ("moons", "point"), ("xor", "point")])
@pytest.mark.parametrize("scaling", SCALINGS)
def test_preparation_can_be_undone_and_written_down(name: str, field: str, scaling: Scaling) -> None:
    found = data.load(name, scaling=scaling)
    preparation, stored = found.preparation[field], found.splits["train"][field]
    prepared = preparation.apply(stored)
    assert prepared.dtype == torch.float32
    torch.testing.assert_close(preparation.invert(prepared), stored.float(), rtol=0, atol=2e-6)
    back = msgspec.json.decode(msgspec.json.encode(preparation), type=Preparation)
    assert back == preparation
    assert torch.equal(back.apply(stored), prepared)
    assert msgspec.convert(msgspec.to_builtins(preparation), Preparation) == preparation


def test_pictures_can_be_shown_again() -> None:
    for scaling in SCALINGS:
        found = data.load("digits", scaling=scaling)
        stored = found.splits["test"]["image"]
        shown = found.preparation["image"].picture(found.preparation["image"].apply(stored))
        assert torch.equal((shown * 16).round().to(torch.uint8), stored)
        assert 0 <= shown.min() <= shown.max() <= 1


def test_pixels_are_divided_by_their_range() -> None:
    pixels = np.arange(256, dtype=np.uint8).reshape(1, 1, 16, 16)
    field = Field(TensorSpec((1, 16, 16)), scaled=True, range=(0.0, 255.0))
    prepared = fit(field, pixels, "0 to 1").apply(torch.from_numpy(pixels))
    assert torch.equal(prepared, torch.from_numpy(pixels).float() / 255)
    assert prepared.max() == 1


def test_standard_means_mean_0_and_deviation_1() -> None:
    found = data.load("moons", scaling="standard")
    points = found.batch("train", slice(None))["point"].double()
    torch.testing.assert_close(points.mean(0), torch.zeros(2, dtype=torch.double), rtol=0, atol=1e-6)
    torch.testing.assert_close(points.std(0, correction=0), torch.ones(2, dtype=torch.double), rtol=0, atol=1e-6)


def test_0_to_1_fits_every_column_by_itself() -> None:
    points = data.load("moons").batch("train", slice(None))["point"]
    assert points.amin(0).tolist() == [0, 0]
    assert points.amax(0).tolist() == [1, 1]


def test_channels_share_a_range_and_have_their_own_mean() -> None:
    rng = np.random.default_rng(0)
    pixels = (rng.random((50, 3, 4, 4)) * np.array([1, 10, 100]).reshape(3, 1, 1)).astype(np.float32)
    field = Field(TensorSpec((3, 4, 4)), scaled=True)
    tensor = torch.from_numpy(pixels)
    ranged = fit(field, pixels, "0 to 1").apply(tensor)
    assert ranged.min() == 0
    assert ranged.max() == 1
    assert ranged[:, 0].max() < 0.02
    standard = fit(field, pixels, "standard")
    assert standard.shape == (3, 1, 1)
    torch.testing.assert_close(standard.apply(tensor).std((0, 2, 3), correction=0), torch.ones(3))


def test_constant_columns_do_no_harm() -> None:
    field = Field(TensorSpec((2,)), scaled=True)
    values = np.array([[1.0, 5.0], [3.0, 5.0]], np.float32)
    for scaling in SCALINGS:
        assert fit(field, values, scaling).apply(torch.from_numpy(values)).isfinite().all()


def test_values_too_great_to_scale() -> None:
    field = Field(TensorSpec((1,)), scaled=True)
    with pytest.raises(DataError, match="too great to scale"):
        fit(field, np.array([[-3e38], [3e38]], np.float32), "0 to 1")


def test_targets_and_labels_are_left_alone() -> None:
    sine = data.load("noisy-sine", scaling="standard")
    assert torch.equal(sine.batch("train", slice(None))["target"], sine.splits["train"]["target"])
    digits = data.load("digits", scaling="standard")
    assert torch.equal(digits.batch("train", slice(None))["label"], digits.splits["train"]["label"].long())


def test_preparation_sees_the_training_split_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = data.load("moons", scaling="standard", seed=5)
    kind = next(each for each in FORMATS if any(one.name == "moons" for one in each.known))
    read = kind.read

    def altered(source: str) -> Any:
        raw = read(source)
        for part in ("validation", "test"):
            raw.train["point"][honest.indices[part].numpy()] += 1000
        return raw

    monkeypatch.setattr(kind, "read", altered)
    leaked = data.load("moons", scaling="standard", seed=5)
    assert leaked.splits["test"]["point"].min() > 900
    assert leaked.preparation == honest.preparation


@pytest.mark.parametrize("given", [torch.float64, torch.uint8, torch.float32])
def test_what_comes_in_has_no_say_in_the_bits(given: torch.dtype) -> None:
    preparation = data.load("digits", scaling="standard").preparation["image"]
    values = torch.arange(17).reshape(17, 1, 1, 1)
    assert torch.equal(preparation.apply(values.to(given)), preparation.apply(values.float()))


# -- the same without Netloom -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LOCAL)
@pytest.mark.parametrize("scaling", SCALINGS)
def test_exported_loaders_load_the_same(name: str, scaling: Scaling) -> None:
    found = data.load(name, scaling=scaling, validation=0.0, test=0.0)
    ours = found.batch("train", slice(None))
    written = _run_source(data.loader_source(name, scaling, found.preparation))
    measured = _run_source(data.loader_source(name, scaling))
    assert list(ours) == list(written) == list(measured)
    for field, values in ours.items():
        assert torch.equal(written[field], values)
        torch.testing.assert_close(measured[field], values, rtol=1e-5, atol=1e-5)


def test_exported_loaders_stand_alone(tmp_path: Path) -> None:
    script = tmp_path / "load.py"
    check = "print({name: tuple(values.shape) for name, values in load_data().items()})"
    script.write_text(data.loader_source("ring-of-8", "0 to 1") + f"\n\n{check}\n", encoding="utf-8")
    done = subprocess.run([sys.executable, "-I", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "{'point': (1000, 2), 'label': (1000,)}"
    assert "netloom" not in script.read_text(encoding="utf-8").lower()


def _run_source(text: str) -> dict[str, torch.Tensor]:
    scope: dict[str, Any] = {}
    exec(compile(text, "loader", "exec"), scope)
    loaded: dict[str, torch.Tensor] = scope["load_data"]()
    return loaded


def test_missing_files_are_told_apart() -> None:
    with pytest.raises(MissingData) as caught:
        data.load("mnist")
    assert caught.value.source == "mnist"
