"""Texts: tokens and their numbers, fitted on the training texts alone, kept with a run and used on lines later."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import torch

from backend import data
from backend.data.tables_preparation import preparation_from
from backend.data.texts_generated import WORDS, dates, grammar
from backend.data.texts_loading import load_texts, recoded
from backend.data.texts_vocabulary import TextPreparation, tokens_of
from backend.loading import as_recorded, record_of
from graph.layers import CATALOGUE
from graph.problems import DataError
from graph.texts import Asked, parted, question
from tests.worded import BAD_WORDS, GOOD, class_files, sentences

DATA = Path(os.environ.get("NETLOOM_DATA", "/nowhere"))


def told(values: torch.Tensor, names: tuple[str, ...]) -> list[str]:
    return [names[int(value)] for value in values if value]


def test_words_and_characters() -> None:
    assert tokens_of("It's 3 o’clock, Anna…", "words", lower=False) == ["It's", "3", "o’clock", ",", "Anna", "…"]
    assert tokens_of("Été", "characters", lower=True) == ["é", "t", "é"]


def test_a_file_for_every_class(tmp_path: Path) -> None:
    found = load_texts(str(class_files(tmp_path / "a")))
    assert found.fields["label"].names == ("bad", "good")
    counts = {part: found.count(part) for part in found.splits}
    assert counts == {"train": 86, "validation": 10, "test": 24}
    everything = sentences(BAD_WORDS, 60, 0) + sentences(GOOD, 60, 1)
    names = found.fields["text"].names
    for part in found.splits:
        batch = found.batch(part, slice(None))
        assert np.bincount(batch["label"]).tolist() == [counts[part] // 2] * 2
        for row, text, length, label in zip(found.indices[part], batch["text"], batch["length"], batch["label"]):
            tokens = tokens_of(everything[row], "words", lower=False)
            assert [each if each in names else "<unknown>" for each in tokens] == told(text, names)
            assert length == len(tokens)
            assert label == row // 60


def test_a_folder_for_every_class_with_a_test_part(tmp_path: Path) -> None:
    for part, count in (("train", 10), ("test", 4)):
        for name, words in (("neg", BAD_WORDS), ("pos", GOOD)):
            folder = tmp_path / part / name
            folder.mkdir(parents=True)
            for number, line in enumerate(sentences(words, count, len(part))):
                (folder / f"{number}.txt").write_text(f"{line}\nIndeed.")
    found = load_texts(str(tmp_path), validation=0.0)
    assert {part: found.count(part) for part in found.splits} == {"train": 20, "validation": 0, "test": 8}
    assert found.splits["test"]["label"].tolist() == [0] * 4 + [1] * 4


def test_a_column_of_a_table(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "review", "sentiment"])
        writer.writerows([n, f"{line}, “so” it is", ("good", "bad")[n % 2]]
                         for n, line in enumerate(sentences(GOOD, 40, 0)))  # fmt: skip
        writer.writerow([40, "", "good"])
    found = load_texts(str(path), lower=True)
    assert found.fields["label"].names == ("bad", "good")
    assert sum(found.count(part) for part in found.splits) == 40
    assert any("1 rows without a text or a class" in note for note in found.notes)
    assert load_texts(str(path), column="sentiment", target="id").fields["text"].shape == (1,)
    with pytest.raises(DataError, match="no column “rating”"):
        load_texts(str(path), target="rating")


def test_windows_of_a_running_text(tmp_path: Path) -> None:
    text = "".join(np.random.default_rng(0).choice(list("abcdefgh \n"), 1000))
    (tmp_path / "a.txt").write_text(text)
    found = load_texts(str(tmp_path / "a.txt"), tokens="characters", length=20, validation=0.1, test=0.2)
    names, covered = found.fields["text"].names, set[int]()
    for part, (begin, end) in {"train": (0, 720), "validation": (720, 800), "test": (800, 1000)}.items():
        batch = found.batch(part, slice(None))
        for start, window, following in zip(found.indices[part].tolist(), batch["text"], batch["next"]):
            assert begin <= start < start + 20 < end
            assert "".join(names[int(each)] for each in window) == text[start : start + 20]
            assert "".join(names[int(each)] for each in following) == text[start + 1 : start + 21]
            covered |= set(range(start, start + 20))
    assert len(covered) == 35 * 20 + 3 * 20 + 9 * 20
    assert load_texts(str(tmp_path / "a.txt"), tokens="characters", length=20, stride=5).indices["train"][1] == 5


def test_strips_go_on_where_the_batch_before_ended(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("".join(chr(0x4E00 + n) for n in range(500)))
    found = load_texts(str(tmp_path / "a.txt"), tokens="characters", length=7, strips=4, validation=0.0, test=0.0)
    starts = found.indices["train"]
    assert found.in_order
    assert len(starts) == 4 * (499 // 28)
    assert torch.equal(starts[4:], starts[:-4] + 7)
    assert torch.equal(found.splits["train"]["text"][4:, 0], found.splits["train"]["next"][:-4, -1])


def test_strips_reach_the_engine_in_order(tmp_path: Path) -> None:
    from backend.feeds import Order, Stage
    from graph.document import NodeKey

    (tmp_path / "a.txt").write_text("abcdefg " * 100)
    key, device = NodeKey("main", "texts"), torch.device("cpu")
    for strips, ordered in ((4, True), (0, False)):
        found = load_texts(str(tmp_path / "a.txt"), tokens="characters", length=7, strips=strips)
        order = Order(Stage({key: found}, "train", device), 4, 0, device)
        rows = torch.cat([rows[key] for rows, _ in order.epoch(0)])  # type: ignore[misc]
        assert torch.equal(rows, torch.arange(found.count("train"))) == ordered


def test_pairs(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("".join(f"word{n % 30} is\tmot{n} est ça\tnobody\n" for n in range(90)), encoding="utf-8")
    found = load_texts(str(path), validation=0.0, test=0.3)
    batch, names = found.batch("train", slice(None)), found.fields["target"].names
    for row, given, target in zip(found.indices["train"], batch["given"], batch["target"]):
        assert told(target, names) == [f"mot{row}", "est", "ça", "<end>"]
        assert told(given, names) == ["<start>", f"mot{row}", "est", "ça"]
    sides = [{int(row) % 30 for row in found.indices[part]} for part in ("train", "test")]
    assert not sides[0] & sides[1]  # the same text is never in two parts
    assert len(sides[1]) == 9


def test_long_answers_still_end(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("".join(f"a{n}\t{'x ' * (n + 1)}\n" for n in range(20)))
    found = load_texts(str(tmp_path / "a.txt"), length=5, validation=0.0, test=0.0)
    target = found.splits["train"]["target"]
    assert target[2].tolist()[:4] == [4, 4, 4, 3]
    assert target[19].tolist() == [4, 4, 4, 4, 3]
    assert found.splits["train"]["given"][19].tolist() == [2, 4, 4, 4, 4]


def test_words_with_tags(tmp_path: Path) -> None:
    (tmp_path / "a.conll").write_text("-DOCSTART- -X- O\n\nAnna NNP B-PER\nlacht VB O\n\n\nParis NNP B-LOC\n. . O\n")
    found = load_texts(str(tmp_path / "a.conll"), validation=0.0, test=0.0)
    assert found.fields["tags"].names == ("", "O", "B-LOC", "B-PER")
    assert found.splits["train"]["tags"].tolist() == [[3, 1], [2, 1]]


# -- fitted on the training texts -------------------------------------------------------------------------------------


def test_the_vocabulary_comes_from_the_training_texts_alone(tmp_path: Path) -> None:
    folder = class_files(tmp_path / "a")
    one = load_texts(str(folder))
    lines = sentences(BAD_WORDS, 60, 0) + sentences(GOOD, 60, 1)
    for part in ("validation", "test"):
        for row in one.indices[part].tolist():
            lines[row] = " ".join(f"secret{row}" for _ in range(40))
    (folder / "bad.txt").write_text("\n".join(lines[:60]))
    (folder / "good.txt").write_text("\n".join(lines[60:]))
    other = load_texts(str(folder))
    assert one.preparation == other.preparation
    assert one.fields == other.fields
    assert torch.equal(one.splits["train"]["text"], other.splits["train"]["text"])
    assert set(other.splits["test"]["text"].flatten().tolist()) == {1}


def test_the_end_of_a_running_text_decides_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("abc " * 300)
    one = load_texts(str(path), tokens="characters", length=8)
    path.write_text("abc " * 216 + "xyz!" * 84)
    other = load_texts(str(path), tokens="characters", length=8)
    assert one.preparation == other.preparation
    assert set(other.splits["test"]["text"].flatten().tolist()) == {1}


def test_the_commonest_get_numbers_and_ties_have_an_order(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("b a c b a b d\tx\n" * 1 + "e\ty\n")
    asked: dict[str, Any] = {"validation": 0.0, "test": 0.0}
    assert load_texts(str(tmp_path / "a.txt"), **asked).fields["text"].names[2:] == ("b", "a", "c", "d", "e")
    assert load_texts(str(tmp_path / "a.txt"), vocabulary=2, **asked).fields["text"].names[2:] == ("b", "a")
    assert load_texts(str(tmp_path / "a.txt"), min_count=2, **asked).fields["text"].names[2:] == ("b", "a")


def test_the_split_is_the_same_for_every_seed(tmp_path: Path) -> None:
    one, other = (data.load(str(class_files(tmp_path / "a")), tokens="words", seed=seed) for seed in (0, 7))
    assert all(torch.equal(one.indices[part], other.indices[part]) for part in one.indices)


def test_a_preparation_survives_being_written_down(tmp_path: Path) -> None:
    found = load_texts(str(class_files(tmp_path / "a")))
    for fitted in found.preparation.values():
        assert preparation_from(json.loads(json.dumps(msgspec.to_builtins(fitted)))) == fitted


def test_a_file_that_changed_is_read_with_the_vocabulary_of_the_run(tmp_path: Path) -> None:
    folder = class_files(tmp_path / "a")
    record = record_of(load_texts(str(folder)), str(folder))
    before = preparation_from(record.preparation["text"])
    (folder / "bad.txt").write_text("\n".join(f"quite another text {line}" for line in sentences(BAD_WORDS, 60, 0)))
    assert isinstance(before, TextPreparation)
    now = load_texts(str(folder))
    restored = as_recorded(now, record)
    row = int(torch.nonzero(now.splits["train"]["label"] == 1)[0])
    everything = sentences(GOOD, 60, 1)
    line = tokens_of(everything[int(now.indices["train"][row]) - 60], "words", lower=False)
    known = [each if each in before.vocabulary else "<unknown>" for each in line]
    unknown_now = [each for each, number in zip(line, now.splits["train"]["text"][row]) if int(number) == 1]
    assert [each for each in told(restored.splits["train"]["text"][row], before.vocabulary) if each != "<unknown>"] == [
        each for each in known if each != "<unknown>" and each not in unknown_now]  # fmt: skip
    assert restored.splits["train"]["text"].shape[1] == before.length
    assert torch.equal(recoded(torch.tensor([[0, 1]]), before, before), torch.tensor([[0, 1]]))


# -- files as they come -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    text = "Größe café naïve\r\n" * 40
    (tmp_path / "a.txt").write_bytes(text.encode(encoding))
    found = load_texts(str(tmp_path / "a.txt"), tokens="characters", length=8, validation=0.0, test=0.0)
    assert set(found.fields["text"].names[2:]) == set(text) - {"\r"}
    assert bool(found.notes) == (encoding == "cp1252")


WRONG: dict[str, tuple[dict[str, bytes], dict[str, Any], str]] = {
    "empty": ({"a.txt": b""}, {}, "0 tokens to train on"),
    "one line": ({"a.txt": b"One line."}, {}, "tokens to train on"),
    "binary": ({"a.txt": b"\0\1\2" * 100}, {}, "is no text"),
    "broken utf-16": ({"a.txt": b"\xff\xfe\x00\xd8" * 9 + b"a"}, {}, "not written in utf-16"),
    "one pair": ({"a.txt": b"go\tva\n"}, {"reading": "pairs"}, "1 text; at least 2"),
    "no pairs": ({"a.txt": b"no tab here\n" * 300}, {"reading": "pairs"}, "line 201: it holds no pair"),
    "no tags": ({"a.txt": b"word\n"}, {"reading": "tags"}, "line 1: “word” has no tag"),
    "one text as classes": ({"a.txt": b"some text"}, {"reading": "labelled"}, "a file for each class"),
    "one class": ({"only.txt": b"a\nb\n"}, {}, "one file of text"),
    "an empty class": ({"a.txt": b"a\nb\n", "b.txt": b"\n\n"}, {}, "“.*b.txt” is empty"),
    "no texts": ({"a.pdf": b"x"}, {}, "no files of text"),
    "one column": ({"a.csv": b"text\nhello there\nand you\n"}, {}, "one column only"),
    "a class for all": ({"a.csv": b"text,label\nhello there,x\nand you,x\n"}, {}, "one class only"),
    "too many classes": ({"a.csv": b"text,label\n" + b"".join(b"word %d,%d\n" % (n, n) for n in range(1500))}, {},
                         "at most 1,000 classes"),
    "strips": ({"a.txt": b"some words " * 80}, {"strips": 64}, "take fewer"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_bad_texts_end_in_a_sentence(tmp_path: Path, name: str) -> None:
    files, asked, sentence = WRONG[name]
    for file, content in files.items():
        (tmp_path / file).write_bytes(content)
    one = len(files) == 1 and name not in ("one class", "no texts")
    source = tmp_path / next(iter(files)) if one else tmp_path
    with pytest.raises(DataError, match=sentence) as caught:
        load_texts(str(source), **asked)
    assert str(caught.value).endswith(".")


def test_a_text_that_is_nowhere() -> None:
    with pytest.raises(DataError, match="Did you mean “tiny-shakespeare”"):
        load_texts("tiny-shakespear")
    with pytest.raises(DataError, match="put a “text” node"):
        CATALOGUE["data"].build(data.fields, **CATALOGUE["data"].complete({"source": "dates"}))


def test_a_known_text_has_fields_before_it_is_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NETLOOM_CACHE", str(tmp_path))
    monkeypatch.delenv("NETLOOM_DATA", raising=False)
    for source, names in (("movie-reviews", {"text", "label", "length"}), ("tiny-shakespeare", {"text", "next"}),
                          ("english-french", {"text", "given", "target", "length"})):  # fmt: skip
        assert data.fields(question(source, Asked())).keys() == names
        with pytest.raises(data.MissingData, match="are not on this machine"):
            load_texts(source)


@pytest.mark.skipif(not (DATA / "translation_eng_fra").exists(), reason="the texts are not on this machine")
@pytest.mark.parametrize("asked", [Asked(), Asked("characters"), Asked(lower=True, vocabulary=500)], ids=str)
@pytest.mark.parametrize("source", ["movie-reviews", "tiny-shakespeare", "english-french"])
def test_what_is_reckoned_with_is_what_comes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, source: str, asked: Asked
) -> None:
    monkeypatch.setenv("NETLOOM_CACHE", str(tmp_path))
    reckoned = data.fields(question(source, asked))
    monkeypatch.setenv("NETLOOM_DATA", str(DATA))
    found = data.fields(question(source, asked))
    assert [(n, s.shape, s.classes) for n, s in reckoned.items()] == [(n, s.shape, s.classes) for n, s in found.items()]


def test_a_question_can_be_taken_apart() -> None:
    asked = Asked("characters", lower=True, column="a, b")
    assert parted(question("a folder/ä.txt", asked)) == ("a folder/ä.txt", asked)
    assert parted("digits") == ("digits", None)


# -- made up ----------------------------------------------------------------------------------------------------------


def test_dates_mean_the_same_day() -> None:
    from datetime import datetime

    forms = ("%d %B %Y", "%B %d, %Y", "%d.%m.%Y", "%m/%d/%Y", "%d %b %Y", "%b %d %Y", "%Y/%m/%d", "%d. %B %Y")
    seen = set()
    for written, iso in dates(400):
        day = datetime.fromisoformat(iso)
        fitting = []
        for form in forms:
            try:
                fitting.append(datetime.strptime(written, form) == day)
                seen.add(form)
            except ValueError:
                continue
        assert any(fitting), written
    assert seen == set(forms)
    assert dates(50) == dates(50)


def test_the_grammar_needs_what_stands_around_a_word() -> None:
    found = grammar(2000)
    kinds: dict[str, set[str]] = {}
    for words, tags in found:
        assert len(words) == len(tags)
        for word, tag in zip(words, tags):
            assert word in WORDS[tag]
            kinds.setdefault(word, set()).add(tag)
    assert kinds["light"] == {"adjective", "noun", "bare verb"}
    assert kinds["watch"] == {"noun", "bare verb"}
    assert grammar(30) == grammar(30)


@pytest.mark.skipif(not (DATA / "sentiment_rt_polarity").exists(), reason="the reviews are not on this machine")
def test_the_reviews_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETLOOM_DATA", str(DATA))
    found = load_texts("movie-reviews")
    assert sum(found.count(part) for part in found.splits) == 10_662
    assert found.fields["label"].names == ("neg", "pos")
