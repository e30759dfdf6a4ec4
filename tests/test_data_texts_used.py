"""Texts put to work: through the engine, on lines of a file later, and in exported scripts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from backend import cli
from backend.data.texts_loader import text_source
from backend.data.texts_loading import load_texts, texts_from_file
from backend.loading import load_run
from graph.document import Document, Port
from graph.files import save
from graph.problems import DataError
from graph.texts import Asked
from tests.worded import BAD_WORDS, GOOD, class_files, sentences


def sentiment(source: Path) -> Document:
    """An embedding, a GRU that knows how long each text is, and two classes."""
    document = Document()
    with document.edit("Draw"):
        for name, params in (
            ("text", {"source": str(source)}), ("embedding", {"size": 8}), ("gru", {"hidden_size": 8}),
            ("linear", {"units": 2}), ("cross_entropy", {}), ("softmax", {}), ("output", {}),
        ):  # fmt: skip
            document.add_node(name, params=params)
        for one, other in (
            ("text_1.text", "embedding_1.x"), ("embedding_1.output", "gru_1.x"), ("text_1.length", "gru_1.lengths"),
            ("gru_1.last", "linear_1.x"), ("linear_1.output", "cross_entropy_1.prediction"),
            ("text_1.label", "cross_entropy_1.target"), ("linear_1.output", "softmax_1.x"),
            ("softmax_1.output", "output_1.x"),
        ):  # fmt: skip
            ends = [Port("main", *each.split(".")) for each in (one, other)]
            document.connect(*ends)
        document.set_setting("epochs", 40)
        document.set_setting("batch_size", 16)
    return document


def said_alike_with_and_without_the_data(run: Path) -> None:
    """A run tells how a field was prepared without reading the data, once, and the same when they are there."""
    model, field = load_run(run), Port("main", "text_1", "text")
    recorded = model.preparation(field)
    assert recorded is not None
    assert model.preparation(field) is recorded
    assert "data" not in vars(model)
    assert model.data
    assert model.preparation(field) == recorded
    assert model.preparation(Port("main", "linear_1", "output")) is None
    assert model.preparation(None) is None


def test_lines_are_judged_with_the_vocabulary_of_the_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, design, run = class_files(tmp_path / "a"), tmp_path / "a.netloom", tmp_path / "run"
    save(sentiment(folder), design)
    assert cli.main(["train", str(design), "--out", str(run), "--quiet", "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["metrics"]["test"]["accuracy"] > 0.9
    said_alike_with_and_without_the_data(run)
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()  # what a run knows is enough
    lines = tmp_path / "lines.txt"
    lines.write_text("the grim film 5 was poor.\n\nthe warm film 900 was fine .\n")
    assert cli.main(["predict", str(run), "--input", str(lines), "--json"]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])["predictions"]
    assert [each["class"] for each in told] == ["bad", "good"]
    lines.write_text("\n")
    assert cli.main(["predict", str(run), "--input", str(lines)]) == 1
    assert "is empty" in capsys.readouterr().err
    assert load_run(run).analysis.parameters > 0


def test_a_line_longer_than_any_before_is_cut(tmp_path: Path) -> None:
    found = load_texts(str(class_files(tmp_path / "a")))
    fitted: dict[str, Any] = {name: found.preparation[name] for name in ("text", "length")}
    (tmp_path / "l.txt").write_text("fine " * 50 + "\n…\n")
    asked = texts_from_file(tmp_path / "l.txt", fitted)
    assert asked["text"].shape == (2, found.fields["text"].shape[0])
    assert asked["length"].tolist() == [found.fields["text"].shape[0], 1]
    with pytest.raises(DataError, match="gives no “label”"):
        texts_from_file(tmp_path / "l.txt", {"label": found.preparation["label"]})  # type: ignore[dict-item]


def exported(source: str, **asked: Any) -> None:
    """The exported loader gives what a training on everything reads."""
    own = Asked(**asked, validation=0.0, test=0.0)._asdict()
    found = load_texts(source, **own)
    scope: dict[str, Any] = {}
    exec(text_source(source, own, found.preparation), scope)
    loaded, ours = scope["load_data"](), found.batch("train", slice(None))
    assert loaded.keys() == ours.keys()
    for name, each in ours.items():
        assert torch.equal(loaded[name], each), name


def test_an_exported_script_gives_the_same_numbers(tmp_path: Path) -> None:
    exported(str(class_files(tmp_path / "a")), min_count=2, lower=True)
    (tmp_path / "b.txt").write_text("Größe und café\n" * 60, encoding="cp1252")
    exported(str(tmp_path / "b.txt"), tokens="characters", length=9, stride=4)
    (tmp_path / "c.txt").write_text("".join(f"a{n} ?\t{'x ' * (n + 1)}y{n}\n" for n in range(20)))
    exported(str(tmp_path / "c.txt"), vocabulary=12)
    exported(str(tmp_path / "c.txt"), length=4)
    (tmp_path / "d.conll").write_text("Anna NNP B-PER\nlacht VB O\n\n\nParis NNP B-LOC\n. . O\n")
    exported(str(tmp_path / "d.conll"), lower=True)
    (tmp_path / "e.csv").write_text(
        "id;text;label\n" + "".join(f"{n};so “it” is {n};{'ab'[n % 2]}\n" for n in range(9))
    )
    exported(str(tmp_path / "e.csv"))
    for name, words in (("neg", BAD_WORDS), ("pos", GOOD)):
        (tmp_path / "f" / name).mkdir(parents=True)
        for number, line in enumerate(sentences(words, 4, 0)):
            (tmp_path / "f" / name / f"{number}.txt").write_text(line)
    exported(str(tmp_path / "f"))


@pytest.mark.parametrize("source", ["dates", "grammar"])
def test_made_up_texts_are_made_up_in_an_exported_script(source: str) -> None:
    exported(source, tokens="characters" if source == "dates" else "words")
