"""Tables at work: what is fitted on which rows, how rows are split, and the same numbers in predict and in exports."""

from __future__ import annotations

import csv
import random
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from backend import data
from backend.data.tables_inputs import rows_from_file
from backend.data.tables_preparation import CategoryColumn, NumberColumn, TablePreparation
from graph.problems import DataError
from graph.specs import TensorSpec
from graph.tables import Asked, fields_of, is_table, plan_of

PARTS = ("train", "validation", "test")
HEAD = ["key", "age", "income", "city", "grade", "joined", "who", "left"]
WAYS = [
    {"categories": categories, "blanks": blanks, "scaling": scaling}
    for categories in ("one-hot", "indices")
    for blanks, scaling in (
        ("median", "standard"), ("mean", "0 to 1"), ("mode", "none"), ("own category", "standard"),
        ("drop rows", "0 to 1"),
    )
]  # fmt: skip


def people(count: int = 300, seed: int = 1) -> list[list[str]]:
    """Made-up rows with blanks, a rare category and dates."""
    rng = random.Random(seed)
    return [
        [f"k{n:05}", str(rng.randint(18, 90)) if rng.random() > 0.1 else "",
         f"{rng.uniform(1e4, 1e5):.2f}" if rng.random() > 0.05 else "NA",
         rng.choice(["Rome", "Oslo", "Bern", "Rome", ""]), str(rng.choice([1, 2, 3])),
         f"20{rng.randint(10, 22)}-0{rng.randint(1, 9)}-1{rng.randint(0, 9)}", f"w{rng.randint(0, 60)}",
         rng.choice(["yes", "no", "no", "no"])] for n in range(count)
    ]  # fmt: skip


def write(path: Path, rows: list[list[str]], head: list[str] = HEAD, separator: str = ",") -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file, delimiter=separator).writerows([head, *rows])
    return path


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return write(tmp_path / "people.csv", people())


def plain(found: data.DataSet) -> dict[str, Any]:
    return {name: msgspec.to_builtins(each) for name, each in found.preparation.items()}


# -- fields ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", WAYS)
def test_fields_are_what_is_loaded(table: Path, asked: dict[str, Any]) -> None:
    found = data.load_table(str(table), target="left", **asked)
    columns = data.fields(str(table))
    assert is_table(columns)
    declared = Asked("left", categories=asked["categories"], blanks=asked["blanks"])
    assert found.fields == fields_of(columns, declared)
    for part in PARTS:
        batch = found.batch(part, slice(None))
        for name, spec in found.fields.items():
            assert batch[name].shape == (found.count(part), *spec.shape)
            assert str(batch[name].dtype) == f"torch.{spec.dtype}"
            assert bool(torch.isfinite(batch[name].float()).all())
            if spec.classes:
                assert int(batch[name].min()) >= 0
                assert int(batch[name].max()) < spec.classes
        staged = found.staged(part)
        assert all(torch.equal(values, batch[name]) for name, values in staged.tensors.items())
        unprepared = found.staged(part, budget=0)
        index = torch.arange(found.count(part))
        assert all(torch.equal(values, batch[name]) for name, values in unprepared.batch(index).items())


def test_numbers_by_hand(tmp_path: Path) -> None:
    rows = [["1", "a", "no"], ["", "b", "yes"], ["3", "", "no"], ["8", "a", "yes"]]
    path = write(tmp_path / "a.csv", rows, ["n", "c", "y"])
    median = data.load_table(str(path), target="y", validation=0.0, test=0.0).batch("train", slice(None))
    filled = np.array([1, 3, 3, 8.0])  # the median of 1, 3 and 8
    expected = (filled - filled.mean()) / filled.std()
    assert median["features"][:, 0].tolist() == pytest.approx(expected.tolist(), abs=1e-6)
    assert median["features"][:, 1:].tolist() == [[1, 0], [0, 1], [1, 0], [1, 0]]
    assert median["target"].tolist() == [0, 1, 0, 1]
    own = data.load_table(str(path), target="y", blanks="own category", scaling="none", validation=0.0, test=0.0)
    assert own.batch("train", slice(None))["features"].tolist() == [
        [1, 0, 1, 0, 0], [3, 1, 0, 1, 0], [3, 0, 0, 0, 1], [8, 0, 1, 0, 0],
    ]  # fmt: skip
    fewer = data.load_table(str(path), target="y", blanks="drop rows", validation=0.0, test=0.0)
    assert fewer.indices["train"].tolist() == [0, 3]
    assert "2 rows have blanks and are left out." in fewer.notes
    apart = data.load_table(str(path), target="y", categories="indices", validation=0.0, test=0.0, as_categories="n")
    assert apart.batch("train", slice(None))["categories"].tolist() == [[1, 5], [1, 6], [2, 5], [3, 5]]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"target": "lef"}, "no column “lef”.*Did you mean “left”"),
        ({"target": "who"}, "“who” cannot be the target: it holds texts"),
        ({"target": "key"}, "“key” cannot be the target: every row has another value"),
        ({"target": "left", "drop": "age, nothing"}, "no column “nothing”"),
        ({"target": "left", "drop": "left"}, "is the target, so it cannot be left out"),
        ({"target": "left", "as_numbers": "city"}, "“city” holds no numbers"),
        ({"target": "left", "as_categories": "who"}, "“who” has too many different values"),
        ({"target": "left", "task": "number"}, "“left” holds no numbers"),
        ({"target": "income", "task": "classes"}, "“income” has too many different values for classes"),
        ({"target": "left", "drop": "age, income, city, grade, joined"}, "No column is left to learn from"),
        ({"target": "left", "group": "nobody"}, "no column “nobody”"),
        ({"target": "left", "test": 1.5}, "The test share lies between"),
    ],
)
def test_what_cannot_be_asked_gets_a_sentence(table: Path, asked: dict[str, Any], words: str) -> None:
    with pytest.raises(DataError, match=words):
        data.load_table(str(table), **asked)


def test_a_table_of_one_class_or_without_rows(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [["1", "x"], ["2", "x"], ["3", "x"]], ["n", "y"])
    with pytest.raises(DataError, match="it is “x” in every row"):
        data.load_table(str(path), target="y")
    path = write(tmp_path / "b.csv", [["", "x"], ["2", ""], ["", "z"], ["", "x"]], ["n", "y"])
    with pytest.raises(DataError, match=r"No row of .* is left"):
        data.load_table(str(path), target="y", blanks="drop rows", as_numbers="n")
    one = data.load_table(str(write(tmp_path / "c.csv", [["1", "x"], ["2", "z"], ["5", "x"]], ["n", "y"])), target="y")
    assert one.count("train") >= 1


def test_a_target_that_is_a_number_is_scaled_and_told_in_its_unit(table: Path) -> None:
    found = data.load_table(str(table), target="income")
    assert found.fields["target"] == TensorSpec((1,))
    train = found.batch("train", slice(None))["target"]
    assert float(train.mean()) == pytest.approx(0, abs=1e-4)
    told = found.preparation["target"].invert(train)
    assert torch.allclose(told, found.splits["train"]["target"], rtol=1e-5)
    assert "rows have no target and are left out." in " ".join(found.notes)


def test_columns_are_proposed() -> None:
    number, few = TensorSpec((), "float32", batched=False), TensorSpec((), "int64", False, 2, ("a", "b"))
    plan = plan_of({"churn": few, "age": number, "shape": few, "key": TensorSpec((), "id", False)}, Asked())
    assert (plan.target, plan.numbers, plan.categories, set(plan.left_out)) == ("churn", ("age",), ("shape",), {"key"})
    assert plan_of({"age": number, "b": few, "shape": few}, Asked()).target == "shape"
    assert plan_of({"age, in years": number, "b": few}, Asked("b", drop="")).numbers == ("age, in years",)


# -- nothing of the test is seen ------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", [way for way in WAYS if way["blanks"] != "drop rows"])
def test_changed_test_rows_leave_the_preparation_as_it_is(tmp_path: Path, asked: dict[str, Any]) -> None:
    rows = people()
    before = data.load_table(str(write(tmp_path / "a.csv", rows)), target="left", seed=3, **asked)
    for place in before.indices["test"].tolist():
        rows[place][1:6] = ["88", "999999.99", "Bern", "3", "2022-09-19"]
    after = data.load_table(str(write(tmp_path / "b.csv", rows)), target="left", seed=3, **asked)
    assert plain(after) == plain(before)
    assert all(torch.equal(after.indices[part], before.indices[part]) for part in PARTS)
    assert torch.equal(after.batch("train", slice(None))[next(iter(before.fields))],
                       before.batch("train", slice(None))[next(iter(before.fields))])  # fmt: skip


def test_what_only_the_test_has_counts_as_unknown(tmp_path: Path) -> None:
    rows = people()
    test = data.load_table(str(write(tmp_path / "a.csv", rows)), target="left").indices["test"].tolist()
    for place in test[:5]:
        rows[place][3] = "Atlantis"
    found = data.load_table(str(write(tmp_path / "b.csv", rows)), target="left", blanks="own category")
    assert found.indices["test"].tolist() == test
    (city,) = [c for c in found.preparation["features"].categories if c.name == "city"]  # type: ignore[attr-defined]
    assert city.unseen == (city.names.index("Atlantis"),)
    batch = found.batch("test", slice(0, 5))["features"]
    assert batch[:, -city.slots :].tolist() == [[0.0] * city.slots] * 5


# -- splits ---------------------------------------------------------------------------------------------------------


def test_splits_are_seeded_and_keep_the_shares_of_classes(table: Path) -> None:
    first, again, other = (data.load_table(str(table), target="left", seed=seed) for seed in (5, 5, 6))
    assert all(torch.equal(first.indices[part], again.indices[part]) for part in PARTS)
    assert not torch.equal(first.indices["test"], other.indices["test"])
    rows = torch.cat([first.indices[part] for part in PARTS])
    assert sorted(rows.tolist()) == list(range(300))
    shares = [float(first.batch(part, slice(None))["target"].float().mean()) for part in PARTS]
    assert max(shares) - min(shares) < 0.03


def test_groups_stay_together(table: Path) -> None:
    found = data.load_table(str(table), target="left", group="who", test=0.3, validation=0.2)
    who = [row[6] for row in people()]
    members = [{who[place] for place in found.indices[part].tolist()} for part in PARTS]
    assert not members[0] & members[1]
    assert not members[0] & members[2]
    assert not members[1] & members[2]
    assert found.count("test") == pytest.approx(90, abs=10)
    assert sum(found.count(part) for part in PARTS) == 300


def test_time_goes_on_from_part_to_part(table: Path) -> None:
    found = data.load_table(str(table), target="left", time="joined", test=0.25, validation=0.1)
    joined = [row[5] for row in people()]
    days = [sorted(joined[place] for place in found.indices[part].tolist()) for part in PARTS]
    assert days[0][-1] <= days[1][0] <= days[1][-1] <= days[2][0]
    assert [len(each) for each in days] == [202, 23, 75]


@pytest.mark.parametrize("group", ["", "who"])
def test_folds_take_every_row_once(table: Path, group: str) -> None:
    folds = [data.load_table(str(table), target="left", group=group, fold=f"{n}/5", seed=4) for n in range(1, 6)]
    tests = [set(found.indices["test"].tolist()) for found in folds]
    assert sorted(place for each in tests for place in each) == list(range(300))
    for found, held in zip(folds, tests):
        others = set(found.indices["train"].tolist()) | set(found.indices["validation"].tolist())
        assert others == set(range(300)) - held
        if group:
            who = [row[6] for row in people()]
            assert not {who[place] for place in held} & {who[place] for place in others}
        else:
            assert len(held) == 60
            answers = [people()[place][-1] for place in held]
            assert answers.count("yes") == pytest.approx(sum(row[-1] == "yes" for row in people()) / 5, abs=1)


@pytest.mark.parametrize("fold", ["0/5", "6/5", "1/1", "half", "1/5000"])
def test_folds_that_are_none(table: Path, fold: str) -> None:
    with pytest.raises(DataError, match="A fold is such as 2/5"):
        data.load_table(str(table), target="left", fold=fold)
    with pytest.raises(DataError, match="have no folds"):
        data.load_table(str(table), target="left", fold="1/5", time="joined")


@pytest.mark.parametrize("balance", ["repeat", "fewer"])
def test_balanced_classes(table: Path, balance: Any) -> None:
    plain_one = data.load_table(str(table), target="left")
    found = data.load_table(str(table), target="left", balance=balance)
    counts = torch.bincount(found.splits["train"]["target"].long())
    before = torch.bincount(plain_one.splits["train"]["target"].long())
    wanted = int(before.max() if balance == "repeat" else before.min())
    assert counts.tolist() == [wanted, wanted]
    assert plain(found) == plain(plain_one)
    assert torch.equal(found.indices["test"], plain_one.indices["test"])
    assert set(found.indices["train"].tolist()) <= set(plain_one.indices["train"].tolist())


# -- predict and export ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", WAYS)
def test_rows_asked_about_are_prepared_as_in_training(tmp_path: Path, table: Path, asked: dict[str, Any]) -> None:
    found = data.load_table(str(table), target="left", validation=0.0, test=0.4, **asked)
    fitted = {name: each for name, each in found.preparation.items() if isinstance(each, TablePreparation)}
    rows = [people()[place] for place in found.indices["test"].tolist()]
    order = [6, 0, 5, 4, 3, 2, 1]
    shuffled = [[row[place] for place in order] + ["more"] for row in rows]
    path = write(tmp_path / "asked.csv", shuffled, [HEAD[place] for place in order] + ["extra"], ";")
    told: list[str] = []
    ours = rows_from_file(path, fitted, told.append)
    expected = found.batch("test", slice(None))
    assert all(torch.equal(ours[name], expected[name]) for name in ours)
    assert ours.keys() | {"target"} == found.fields.keys()
    assert told == []


def test_one_row_with_things_unknown(tmp_path: Path, table: Path) -> None:
    found = data.load_table(str(table), target="left")
    fitted = {"features": found.preparation["features"]}
    path = tmp_path / "one.csv"
    path.write_text("AGE,income,City,grade,joined\nold,1000.5,Atlantis,9,2011-05-05\n")
    told: list[str] = []
    made = rows_from_file(path, fitted, told.append)["features"]  # type: ignore[arg-type]
    assert made.shape == (1, *found.fields["features"].shape)
    assert told == [
        "“age”: row 1 holds “old”, no number, and counts as blank.",
        "“city”: row 1 holds “Atlantis”, a category that no training row had, and counts as none.",
    ]
    path.write_text("age,income,city\n1,2,Rome\n")
    with pytest.raises(DataError, match=r"lacks 2 columns: “grade”, “joined”.*it has age, income, city"):
        rows_from_file(path, fitted)  # type: ignore[arg-type]
    path.write_text("age,income,city,grade\n1,2,Rome,3\n")
    with pytest.raises(DataError, match="lacks the column “joined”"):
        rows_from_file(path, fitted)  # type: ignore[arg-type]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("asked", [*WAYS, {"target": "income"}, {"target": "grade", "as_categories": "age"}])
def test_exported_source_gives_the_same_tensors(tmp_path: Path, asked: dict[str, Any], separator: str) -> None:
    path = write(tmp_path / "a.csv", people(), separator=separator)
    asked = {"target": "left", "validation": 0.0, "test": 0.0, **asked}
    found = data.load_table(str(path), **asked)
    asked["validation"] = 0.1  # whatever the split, the source loads every row
    scope: dict[str, Any] = {}
    exec(data.table_source(str(path), asked, found.preparation), scope)
    loaded, ours = scope["load_data"](), found.batch("train", slice(None))
    assert loaded.keys() == ours.keys()
    for name, values in ours.items():
        assert loaded[name].dtype == values.dtype
        assert torch.allclose(loaded[name].double(), values.double(), rtol=1e-6, atol=1e-6)
    exec(data.table_source(str(path), asked), scope)
    anew = scope["load_data"]()
    assert all(torch.allclose(anew[name].double(), ours[name].double(), rtol=1e-6, atol=1e-6) for name in ours)


def test_a_preparation_survives_a_run_record(table: Path) -> None:
    found = data.load_table(str(table), target="left", blanks="own category", as_categories="age")
    kept = msgspec.json.decode(msgspec.json.encode(plain(found)))
    assert {name: data.preparation_from(each) for name, each in kept.items()} == found.preparation


def test_numbers_far_from_zero_are_not_blurred(tmp_path: Path) -> None:
    rows = [[f"{1_700_000_000 + n}.5", "ab"[n % 2]] for n in range(50)]
    found = data.load_table(str(write(tmp_path / "a.csv", rows, ["when", "y"])), target="y", validation=0, test=0)
    expected = (np.arange(50) - 24.5) / np.arange(50).std()
    got = found.batch("train", slice(None))["features"][:, 0]
    assert got.tolist() == pytest.approx(expected.tolist(), abs=1e-6)
    fitted = {"features": found.preparation["features"]}
    assert torch.equal(rows_from_file(tmp_path / "a.csv", fitted)["features"][:, 0], got)  # type: ignore[arg-type]


cells = st.one_of(st.floats(-1e6, 1e6).map(lambda value: round(value, 3)), st.none())


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(cells, st.sampled_from([-1, 0, 1, 2])), min_size=1, max_size=30), st.booleans())
def test_preparing_is_the_formula(rows: list[tuple[float | None, int]], marked: bool) -> None:
    number = NumberColumn("n", 5.0, 1.5, 2.0, marked)
    category = CategoryColumn("c", ("x", "y", "z"), 1, marked, unseen=(2,))
    prepared = TablePreparation("features", (number,), (category,))
    stored = torch.tensor([[float("nan") if n is None else n, c] for n, c in rows], dtype=torch.float32)
    for made, (n, c) in zip(prepared.apply(stored).tolist(), rows):
        value = ((5.0 if n is None else n) - 1.5) / 2.0
        blank = [float(n is None)] if marked else []
        own = 3 if marked else 1
        place = own if c == -1 else c
        hot = [0.0] * (3 + marked)
        if place != 2:
            hot[place] = 1.0
        assert made == pytest.approx([value, *blank, *hot], rel=1e-5, abs=1e-5)
    assert prepared.width == len(prepared.apply(stored)[0])
