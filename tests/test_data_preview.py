"""What the worker tells of a source: numbers compared with the source itself, and a sentence for what is none."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from backend import data
from backend.bridge import Bridge
from backend.data import registry
from backend.data.preview import Previewer
from backend.data.preview_holding import in_turn
from backend.data.registry import Field, Format, Raw
from backend.messages import Event, FieldView, Preview, Previewed
from graph.layers import CATALOGUE
from graph.specs import TensorSpec

PATIENCE = 60.0
Ask = Callable[..., Previewed]


@pytest.fixture
def ask() -> Ask:
    """Ask in this process; gives the last answer. The same previewer answers, so that what it keeps is tested too."""
    said: list[Event] = []
    previewer = Previewer(said.append)

    def once(source: object, **asked: object) -> Previewed:
        before = len(said)
        previewer.ask(Preview(str(source), **asked))  # type: ignore[arg-type]
        wait(lambda: len(said) > before and getattr(said[-1], "done", False))
        answer = said[-1]
        assert isinstance(answer, Previewed)
        return answer

    return once


def wait(there: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not there():
        assert time.monotonic() < end, "No answer came."
        time.sleep(0.005)


def field(answer: Previewed, name: str) -> FieldView:
    return next(each for each in answer.fields if each.name == name)


def pictures_in(root: Path, counts: dict[str, int], side: int = 6) -> Path:
    """A folder of grey pictures: those of the n-th class have the brightness 40 n, and in the corner their number."""
    for number, (name, count) in enumerate(counts.items()):
        folder = root / name
        folder.mkdir(parents=True)
        for place in range(count):
            pixels = np.full((side, side), 40 * number, np.uint8)
            pixels[0, 0] = place
            Image.fromarray(pixels).save(folder / f"{place:03}.png")
    return root


def test_digits_are_told_as_they_are(ask: Ask) -> None:
    answer, digits = ask("digits"), load_digits()
    assert "1,797 pictures of 8×8 pixels in 10 classes" in answer.found
    assert sum(answer.splits.values()) == 1797
    label = field(answer, "label")
    assert (
        np.sum([label.counts[part] for part in answer.splits], axis=0).tolist() == np.bincount(digits.target).tolist()
    )
    image = field(answer, "image")
    assert (image.stored, image.prepared) == ((0.0, 16.0), (0.0, 1.0))
    assert answer.licence == "CC BY 4.0"


def test_a_page_holds_the_pictures_of_the_training_part_first(ask: Ask) -> None:
    dataset = data.load("digits")
    answer = ask("digits", label=7, offset=3, count=5)
    rows = np.flatnonzero(dataset.splits["train"]["label"].numpy() == 7)[3:8]
    expected = np.round(dataset.splits["train"]["image"].numpy()[rows, 0] / 16 * 255)
    values = field(answer, "image").values
    assert values is not None
    assert np.array_equal(values, expected)
    assert answer.labels is not None
    assert answer.labels.tolist() == [7] * 5
    assert answer.total == (load_digits().target == 7).sum()


def test_the_classes_take_turns() -> None:
    labels = np.array([2, 0, 0, 1, 2, 0])
    assert labels[in_turn(labels)].tolist() == [0, 1, 2, 0, 2, 0]
    assert in_turn(labels).tolist() == [1, 3, 0, 2, 4, 5]


@pytest.mark.parametrize(
    "asked",
    [{}, {"classes": "b, c"}, {"per_class": 3}, {"examples": 20}, {"size": 4}, {"validation": 0.3, "test": 0.5}],
    ids=str,
)
def test_a_listed_folder_has_the_splits_that_training_reads(ask: Ask, tmp_path: Path, asked: dict[str, object]) -> None:
    folder = pictures_in(tmp_path / "pictures", {"a": 12, "b": 9, "c": 15})
    answer = ask(folder, parameters=asked, seed=3, count=100)
    dataset = data.load(str(folder), **asked, seed=3)  # type: ignore[arg-type]
    assert answer.splits == {part: dataset.count(part) for part in dataset.splits}
    for part, counts in field(answer, "label").counts.items():
        known = dataset.splits[part]["label"].numpy()
        assert list(counts) == np.bincount(known, minlength=len(counts)).tolist()
    values = field(answer, "image").values
    everything = np.concatenate([dataset.splits[part]["image"].numpy()[:, 0] for part in dataset.splits])
    assert values is not None
    assert sorted(map(bytes, values)) == sorted(map(bytes, everything))
    assert answer.bytes == everything.nbytes + len(everything)  # a byte for every label


def test_a_folder_is_described_and_a_page_of_it_read_alone(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = pictures_in(tmp_path / "pictures", {"cat": 30, "dog": 20})
    opened: list[Path] = []
    from backend.data import picture_lists

    real = picture_lists.open_picture
    monkeypatch.setattr(picture_lists, "open_picture", lambda path: opened.append(path) or real(path))
    answer = ask(folder, label=1, offset=4, count=6)
    assert answer.found == "50 pictures of 6×6 pixels in 2 folders; the classes are the folder names."
    assert field(answer, "label").names == ("cat", "dog")
    assert len(opened) <= 8  # the page, and one to know what the pictures are like
    assert answer.labels is not None
    assert answer.labels.tolist() == [1] * 6
    values = field(answer, "image").values
    assert values is not None
    assert (values[:, 1, 1] == 40).all()


def test_parts_that_a_folder_brings_are_kept(ask: Ask, tmp_path: Path) -> None:
    pictures_in(tmp_path / "set" / "train", {"a": 10, "b": 10})
    pictures_in(tmp_path / "set" / "test", {"a": 3, "b": 4})
    answer = ask(tmp_path / "set", parameters={"validation": 0.2})
    assert answer.splits == {"train": 16, "validation": 4, "test": 7}
    assert answer.own == ("test",)


def test_large_pictures_come_small(ask: Ask, tmp_path: Path) -> None:
    root = tmp_path / "wide"
    root.mkdir()
    pixels = np.zeros((200, 400, 3), np.uint8)
    pixels[:, 200:] = (255, 128, 0)
    Image.fromarray(pixels).save(root / "one.png")
    Image.fromarray(pixels).save(root / "two.png")
    values = field(ask(root), "image").values
    assert values is not None
    assert values.shape == (2, 50, 100, 3)
    assert values[0, 10, 10].tolist() == [0, 0, 0]
    assert values[0, 10, 90].tolist() == [255, 128, 0]


def test_points_lie_where_they_are_in_the_colours_of_their_classes(ask: Ask) -> None:
    point = field(ask("moons"), "point")
    assert point.values is not None
    assert point.values.shape == (1000, 2)
    assert point.labels is not None
    assert np.bincount(point.labels).tolist() == [500, 500]
    assert point.columns[1].high == pytest.approx(point.values[:, 1].max())
    assert sum(point.columns[0].counts) == 1000


def test_a_truth_table_is_counted_once_and_told_apart_by_its_answers(ask: Ask) -> None:
    answer = ask("xor")
    assert answer.splits == {"train": 4, "validation": 4, "test": 4}
    assert answer.total == 4
    point = field(answer, "point")
    assert point.values is not None
    assert point.labels is not None
    assert [int(a) ^ int(b) for a, b in point.values] == point.labels.tolist()


def test_standard_scaling_is_told(ask: Ask) -> None:
    dataset = data.load("digits", scaling="standard")
    every = np.concatenate([dataset.batch(part, slice(None))["image"].numpy() for part in dataset.splits])
    image = field(ask("digits", parameters={"scaling": "standard"}), "image")
    assert image.prepared == pytest.approx((every.min(), every.max()), rel=1e-6)


def test_a_table_is_told_by_its_columns(ask: Ask, tmp_path: Path) -> None:
    rows = [f"{n},{n % 7 if n % 5 else ''},{'red' if n % 3 else 'blue'},{'yes' if n % 2 else 'no'}" for n in range(60)]
    path = tmp_path / "people.csv"
    path.write_text("\n".join(["id,visits,colour,bought", *rows]))
    answer = ask(path)
    assert answer.node_type == "table"
    columns = {column.name: column for column in answer.columns}
    assert columns["visits"].missing == 12
    assert dict(zip(columns["colour"].names, columns["colour"].counts)) == {"red": 40, "blue": 20}
    assert columns["bought"].reason == "target"
    assert columns["id"].reason.startswith("every row has another value")
    assert answer.proposed == {"target": "bought"}
    assert answer.found == "A table of 60 rows and 4 columns; “bought” is what is predicted, and “id” is left out."
    other = ask(path, node_type="table", parameters={"target": "colour", "drop": "visits"})
    assert {c.name: c.reason for c in other.columns} | {"id": ""} == {
        "id": "", "visits": "as asked", "colour": "target", "bought": ""
    }  # fmt: skip


def test_words_are_counted_without_padding(ask: Ask) -> None:
    text = field(ask("grammar"), "text")
    dataset = data.load("grammar", **{k: v for k, v in CATALOGUE["text"].own({}).items() if k != "source"})
    every = np.concatenate([dataset.splits[part]["text"].numpy() for part in dataset.splits])
    looked_at = every[np.linspace(0, len(every) - 1, 2000).astype(int)]
    counted = Counter(text.names[token] for token in looked_at.ravel() if token)
    [column] = text.columns
    assert list(column.counts) == [count for _, count in counted.most_common(40)]
    assert all(counted[name] == count for name, count in zip(column.names, column.counts))
    assert column.distinct == len(counted)


def test_a_known_set_that_is_not_here_is_told_without_it(ask: Ask) -> None:
    answer = ask("mnist")
    assert answer.missing
    assert answer.size > 10_000_000
    assert [each.name for each in answer.fields] == ["image", "label"]
    assert not answer.error


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path.write_bytes(b"\x00\x01\x02" * 50), "holds no data that Netloom reads"),
        (lambda path: path.mkdir(), "holds no data that Netloom reads"),
        (lambda path: None, "There is no file or folder"),
    ],
    ids=["rubbish", "an empty folder", "nothing there"],
)
def test_what_is_no_data_ends_in_a_sentence(
    ask: Ask, tmp_path: Path, make: Callable[[Path], object], words: str
) -> None:
    make(tmp_path / "thing.bin")
    answer = ask(tmp_path / "thing.bin")
    assert words in answer.error
    assert "thing.bin" in answer.error
    assert ask("digits").error == ""  # and the next question is answered


def test_a_damaged_picture_is_named(ask: Ask, tmp_path: Path) -> None:
    folder = pictures_in(tmp_path / "pictures", {"a": 3, "b": 3})
    (folder / "b" / "001.png").write_bytes(b"no picture")
    assert "001.png" in ask(folder).error


def test_of_several_questions_only_the_newest_is_answered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    begun, go, read = threading.Event(), threading.Event(), []

    class Slow(Format):
        def accepts(self, path: Path) -> bool:
            return path.suffix == ".slow"

        def fields(self, source: str) -> dict[str, Field]:
            return {"x": Field(TensorSpec((2,)))}

        def read(self, source: str) -> Raw:
            read.append(Path(source).name)
            begun.set()
            assert go.wait(PATIENCE)
            return Raw({"x": np.zeros((4, 2), np.float32)})

        def loader(self, source: str) -> str:
            return ""

    monkeypatch.setattr(registry, "FORMATS", [Slow(), *registry.FORMATS])
    for name in "abc":
        (tmp_path / f"{name}.slow").write_text("")
    said: list[Event] = []
    previewer = Previewer(said.append)
    previewer.ask(Preview(str(tmp_path / "a.slow")))
    assert begun.wait(PATIENCE)
    started = time.monotonic()
    previewer.ask(Preview(str(tmp_path / "b.slow")))
    previewer.ask(Preview(str(tmp_path / "c.slow")))
    assert time.monotonic() - started < 0.1
    go.set()
    wait(lambda: len(said) == 2)
    assert read == ["a.slow", "c.slow"]


def test_a_worker_goes_on_analysing_while_it_reads(tmp_path: Path) -> None:
    bridge = Bridge("analyst", threads=1)
    bridge.start()
    try:
        bridge.send(Preview("digits"))
        found: list[Event] = []

        def heard() -> bool:
            found.extend(bridge.receive())
            return any(isinstance(event, Previewed) for event in found)

        wait(heard)
        answer = next(event for event in found if isinstance(event, Previewed))
        assert field(answer, "image").values is not None
        assert answer.total == 1797
    finally:
        bridge.close()


def test_a_series_is_told_with_its_windows(ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "waves.csv"
    values = np.sin(np.arange(200) / 5)
    path.write_text("\n".join(["height", *(f"{value:.6f}" for value in values)]), "utf-8")
    answer = ask(path, node_type="series", parameters={"window": 20, "horizon": 3, "stride": 4})
    window = field(answer, "window")
    assert window.windows == ((0, 20, 23), (4, 24, 27), (8, 28, 31), (12, 32, 35), (16, 36, 39))
    assert window.values is not None
    line = window.values[0, :, 0]
    known = np.isfinite(line)
    assert known[:36].all()
    assert np.allclose(line[known], values[: len(line)][known], atol=1e-5)


def test_what_looks_like_a_table_is_proposed_as_what_it_is(ask: Ask, tmp_path: Path) -> None:
    days = [f"1990-{1 + n // 28:02}-{1 + n % 28:02},{np.sin(n / 9):.3f}" for n in range(300)]
    pairs = [f"This is sentence {n}.\tVoici la phrase {n}." for n in range(60)]
    prose = [f"Line {n} of the play, with {'a comma, and ' * (n % 4)}words." for n in range(80)]
    people = [f"{n},{20 + n % 50},{'yes' if n % 3 else 'no'}" for n in range(60)]
    told = {"days.csv": (["day,height", *days], "series"), "people.csv": (["id,age,left", *people], "table"),
            "pairs.txt": (pairs, "text"), "play.txt": (prose, "text")}  # fmt: skip
    for name, (lines, best) in told.items():
        (tmp_path / name).write_text("\n".join(lines), "utf-8")
        answer = ask(tmp_path / name)
        assert (answer.error, answer.node_type, answer.readers[0]) == ("", best, best), name
        assert set(answer.readers) == {"table", "series", "text"}
