"""Trying a network out: what is given comes to it as the data would, and the answers are the network's own."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from backend.loading import load_run
from backend.predict import predict
from backend.problems import TrainProblem
from backend.questions.attempts import Attempt, Blank, Filled, Outcome
from backend.questions.predictions import Predict
from backend.sampling import predictions
from backend.views import Subject, answer
from graph.document import MAIN, Document, NodeKey, Port
from graph.files import save
from tests.drawn import row, wire
from tests.runs import quick_run
from tests.test_data_texts_used import sentiment
from tests.worded import class_files

DESIGNS = {"digits-cnn": 1, "bank-churn": 1, "xor": 20, "counting-rnn": 1, "forecast-lstm": 1}


@pytest.fixture(scope="module", params=DESIGNS)
def subject(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Subject:
    folder = tmp_path_factory.mktemp("runs") / request.param
    options = ("--data", str(seasons(folder.parent))) if request.param == "forecast-lstm" else ()
    model = load_run(quick_run(folder, request.param, "--epochs", str(DESIGNS[request.param]), *options))
    return Subject(model, model.run)


def seasons(folder: Path) -> Path:
    """A series of twelve years of months."""
    months = [f"{1949 + n // 12}-{n % 12 + 1:02}" for n in range(144)]
    rows = [f"{month},{100 + n + 20 * np.sin(n / 6 * np.pi):.1f}" for n, month in enumerate(months)]
    path = folder / "passengers.csv"
    path.write_text("Month,Passengers\n" + "\n".join(rows) + "\n")
    return path


def run_of(tmp_path_factory: pytest.TempPathFactory, design: str) -> Subject:
    model = load_run(quick_run(tmp_path_factory.mktemp("runs") / design, design, "--epochs", "1"))
    return Subject(model, model.run)


@pytest.fixture(scope="module")
def churn(tmp_path_factory: pytest.TempPathFactory) -> Subject:
    return run_of(tmp_path_factory, "bank-churn")


def given(filled: Filled, **changed: Any) -> tuple[tuple[str, str, Any], ...]:
    return tuple((each.source, each.name, changed.get(each.name, each.value)) for each in filled.entries)


def values(outcome: Outcome) -> list[np.ndarray]:
    return [np.asarray(reply.seen.values) for reply in outcome.replies]


def test_an_example_given_back_is_answered_as_the_example(subject: Subject) -> None:
    filled = answer(subject, Blank(index=2))
    assert filled.entries
    assert filled.index == 2
    told = values(answer(subject, Attempt(given(filled), index=2)))
    expected = [shown.outputs[0] for shown in predictions(subject.model, Predict("test", 1, 2)).shown]
    assert len(told) == len(expected)
    for own, other in zip(told, expected):
        flat = other.reshape(-1)
        if len(flat) == 1 and own.size == 2:
            flat = np.array([1 - flat[0], flat[0]])
        assert np.allclose(own.reshape(-1), flat, atol=1e-5)


def test_a_column_of_ones_own_is_prepared_as_in_the_training(churn: Subject, tmp_path: Path) -> None:
    filled = answer(churn, Blank(index=1))
    entries = {entry.name: entry for entry in filled.entries}
    assert (entries["Age"].form, entries["Age"].whole) == ("number", True)
    assert entries["Geography"].choices == ("France", "Germany", "Spain")
    changed = {"Age": 61, "Geography": 1}
    told = values(answer(churn, Attempt(given(filled, **changed), index=1)))[0]
    words = {name: entry.choices[entry.value] if entry.choices else entry.value for name, entry in entries.items()}
    path = tmp_path / "row.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(words))
        writer.writeheader()
        writer.writerow(words | {"Age": 61, "Geography": "Germany"})
    assert churn.model.run is not None
    (from_file,) = predict(churn.model.run.folder, [path])
    assert told[1] == pytest.approx(float(from_file.values.reshape(-1)[-1]), abs=1e-5)


def test_a_drawn_picture_is_read_as_one_of_the_data(tmp_path_factory: pytest.TempPathFactory) -> None:
    subject = run_of(tmp_path_factory, "digits-cnn")
    picture = np.zeros((1, 8, 8), np.float32)
    picture[0, 1:7, 3:5] = 1.0
    (told,) = values(answer(subject, Attempt((("data_1", "image", picture),))))
    preparation = subject.model.data[NodeKey(MAIN, "data_1")].preparation["image"]
    high = preparation.range[1] if preparation.range else 1.0
    read = preparation.apply(torch.from_numpy(picture * high)[None])
    root = subject.model.root.eval()
    caught: list[torch.Tensor] = []
    handle = root.linear_2.register_forward_hook(lambda _, __, made: caught.append(made))
    answer(subject, Attempt((("data_1", "image", picture),)))
    handle.remove()
    assert torch.equal(read, torch.from_numpy(picture)[None])
    assert np.allclose(told, caught[0].softmax(1)[0].detach().numpy(), atol=1e-6)
    with pytest.raises(TrainProblem, match="The picture has the shape 1×9×9, and the network reads 1×8×8"):
        answer(subject, Attempt((("data_1", "image", np.zeros((1, 9, 9), np.float32)),)))


def test_a_text_of_ones_own_is_read_by_its_tokens(tmp_path: Path) -> None:
    folder, design, run = class_files(tmp_path / "a"), tmp_path / "a.netloom", tmp_path / "run"
    save(sentiment(folder), design)
    subject = Subject(load_run(quick_run(run, str(design))), None)
    filled = answer(subject, Blank())
    assert [(entry.name, entry.form) for entry in filled.entries] == [("text", "text")]
    assert "film" in filled.entries[0].value
    text = "the grim film 5 was poor."
    (told,) = values(answer(subject, Attempt((("text_1", "text", text),))))
    (tmp_path / "line.txt").write_text(text + "\n")
    (from_file,) = predict(run, [tmp_path / "line.txt"])
    assert np.allclose(told, from_file.values.numpy(), atol=1e-6)


def test_classes_that_are_drawn_can_be_chosen_and_noise_drawn_again(tmp_path: Path) -> None:
    document = Document()
    with document.edit("Draw"):
        drawn = document.add_node("random_labels", params={"classes": 3})
        made = row(document, Port(*drawn, "label"), ("embedding", {"size": 2}))
        noise = document.add_node("noise", params={"size": 2})
        both = document.add_node("add")
        for port, target in ((made, f"{both.node}.xs.0"), (Port(*noise, "noise"), f"{both.node}.xs.1")):
            wire(document, port, target)
        document.add_node("output")
        document.add_node("mse_loss")
        data = document.add_node("data", params={"source": "xor"})
        for port, target in ((Port(*both, "output"), "output_1.x"), (Port(*both, "output"), "mse_loss_1.prediction"),
                             (Port(*data, "point"), "mse_loss_1.target")):  # fmt: skip
            wire(document, port, target)
        document.set_setting("epochs", 1)
    save(document, tmp_path / "a.netloom")
    subject = Subject(load_run(quick_run(tmp_path / "run", str(tmp_path / "a.netloom"))), None)
    filled = answer(subject, Blank())
    assert [(entry.name, entry.form, len(entry.choices)) for entry in filled.entries] == [("label", "choice", 3)]
    assert filled.drawn == ("noise",)
    table = subject.model.root.embedding_1.weight.detach().numpy()

    def told(label: int, seed: int) -> np.ndarray:
        return values(answer(subject, Attempt((("random_labels_1", "label", label),), seed=seed)))[0]

    assert np.allclose(told(2, 0) - told(1, 0), table[2] - table[1], atol=1e-6)
    assert np.array_equal(told(2, 5), told(2, 5))
    assert not np.allclose(told(2, 0), told(2, 5))


def test_a_part_without_examples_is_told(churn: Subject) -> None:
    model = replace(churn.model)
    model.stage("validation").lengths.clear()
    model.stage("validation").lengths[NodeKey(MAIN, "none")] = 0
    with pytest.raises(TrainProblem, match="no validation examples"):
        answer(Subject(model, model.run), Blank("validation"))
