"""Results of forecasts, texts, columns of a table and reconstructions: against scikit-learn, and written down anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn import metrics
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.inspection import partial_dependence

from backend.loading import Model, load_run
from backend.problems import TrainProblem
from backend.questions import Question
from backend.questions.results import Examples, ExamplesShown, Found, Results
from backend.questions.results_classes import Classes, ClassResults
from backend.questions.results_columns import Effect, EffectResults
from backend.questions.results_errors import ErrorResults, Errors
from backend.questions.results_series import Forecast, ForecastResults
from backend.questions.results_text import Text, TextResults
from backend.views import Subject, answer
from backend.views.results_columns import values_of
from graph.document import MAIN, Document, NodeKey, Port
from tests.judged import auto_encoder, customers, forecast, seasons, table_design, tagger
from tests.runs import quick_run
from tests.training import trained

RUN = "a run"


def run_of(document: Document, folder: Path, epochs: int = 2) -> Model:
    with document.edit("Be short"):
        document.set_setting("epochs", epochs)
    return load_run(trained(document, folder)[0].run)


def ask(model: Model, question: Question) -> Any:
    return answer(Subject(model, model.run), question)


@pytest.fixture(scope="module")
def churn(tmp_path_factory: pytest.TempPathFactory) -> Model:
    folder = tmp_path_factory.mktemp("churn")
    return run_of(table_design(customers(folder / "customers.csv"), "stays", classes=2), folder, 20)


@pytest.fixture(scope="module")
def diabetes(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return run_of(table_design("diabetes", "progression"), tmp_path_factory.mktemp("diabetes"), 20)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return run_of(auto_encoder(), tmp_path_factory.mktemp("encoder"))


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return run_of(tagger(), tmp_path_factory.mktemp("words"), 1)


@pytest.fixture(scope="module")
def sold(tmp_path_factory: pytest.TempPathFactory) -> Model:
    folder = tmp_path_factory.mktemp("sold")
    return run_of(forecast(seasons(folder / "sold.csv")), folder, 20)


# -- columns -----------------------------------------------------------------------------------------------------------


class Told(BaseEstimator):
    """The network as an estimator of scikit-learn: rows of the table in, as they are stored."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def made(self, rows: np.ndarray) -> torch.Tensor:
        features = self.model.data[NodeKey(MAIN, "table")].preparation["features"]
        with torch.no_grad():
            return self.model.slice([Port(MAIN, "told", "output")])(features.apply(torch.from_numpy(rows)))

    def fit(self, x: Any, y: Any) -> Told:
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True


class Chances(ClassifierMixin, Told):
    classes_ = np.array([0, 1])

    def predict_proba(self, rows: np.ndarray) -> np.ndarray:
        return self.made(rows).softmax(1).numpy()


class Values(RegressorMixin, Told):
    def predict(self, rows: np.ndarray) -> np.ndarray:
        target = self.model.data[NodeKey(MAIN, "table")].preparation["target"]
        return target.invert(self.made(rows)).numpy()[:, 0]


def stored(model: Model, examples: int) -> np.ndarray:
    rows = model.data[NodeKey(MAIN, "table")].splits["test"]["features"]
    few = np.unique(np.linspace(0, len(rows) - 1, min(examples, len(rows))).astype(int))
    return rows[torch.from_numpy(few)].numpy()


def test_the_effect_of_a_category_on_a_class_is_that_of_scikit_learn(churn: Model) -> None:
    rows = stored(churn, 300)
    names = [column.name for column in churn.data[NodeKey(MAIN, "table")].preparation["features"].columns]  # type: ignore[attr-defined]
    place = names.index("plan")
    found: EffectResults = ask(churn, Effect(run=RUN, node="table", field="features", column=place, target=1))
    theirs = partial_dependence(Chances(churn), rows, [place], kind="both", method="brute")
    assert found.categories == ("basic", "family", "gold")
    assert found.target == "yes"
    assert np.allclose(found.grid, theirs["grid_values"][0])
    assert np.allclose(found.average, theirs["average"][-1], atol=1e-5)
    every = theirs["individual"][-1]
    kept = np.unique(np.linspace(0, len(rows) - 1, 40).astype(int))
    assert np.allclose(found.lines, every[kept], atol=1e-5)


def test_the_effect_of_a_number_on_a_number_is_that_of_scikit_learn(diabetes: Model) -> None:
    rows = stored(diabetes, 300)
    question = Effect(run=RUN, node="table", field="features", column=2, points=25)
    found: EffectResults = ask(diabetes, question)
    theirs = partial_dependence(Values(diabetes), rows, [2], kind="average", method="brute", grid_resolution=25)
    assert found.column == "bmi"
    assert found.target == "progression"
    assert np.allclose(found.grid, theirs["grid_values"][0], rtol=1e-5)
    assert np.allclose(found.average, theirs["average"][0], rtol=1e-4)
    assert 15 < found.grid.min() < found.grid.max() < 45  # as it stands in the table


def test_blanks_are_no_value_to_try(churn: Model) -> None:
    found: EffectResults = ask(churn, Effect(run=RUN, node="table", field="features", column=0))
    assert np.isfinite(found.grid).all()
    assert np.isfinite(found.average).all()
    assert values_of(np.array([np.nan, 2.0, 1.0, 2.0]), 10).tolist() == [1.0, 2.0]
    with pytest.raises(TrainProblem, match="are blank"):
        values_of(np.array([np.nan]), 10)


def test_examples_of_a_table_are_told_as_they_stand_there(churn: Model) -> None:
    shown: ExamplesShown = ask(churn, Examples(run=RUN, numbers=(4, 0)))
    assert set(shown.headers) == {"age", "income", "plan"}
    rows = churn.data[NodeKey(MAIN, "table")].splits["test"]["features"]
    age = rows[4, shown.headers.index("age")].item()
    assert shown.rows[0][shown.headers.index("age")] == ("" if age != age else f"{age:.6g}")
    assert {row[shown.headers.index("plan")] for row in shown.rows} <= {"basic", "family", "gold"}


# -- forecasts ---------------------------------------------------------------------------------------------------------


def test_a_forecast_stands_beside_naive_ones(sold: Model) -> None:
    found: ForecastResults = ask(sold, Forecast(run=RUN, step=3))
    (dataset,) = sold.data.values()
    series: dict[int, float] = {}
    for part in ("train", "test"):
        starts, window = dataset.indices[part].tolist(), dataset.splits[part]["window"][:, :, 0]
        for start, values, ahead in zip(starts, window.tolist(), dataset.splits[part]["target"].tolist()):
            series |= {start + n: value for n, value in enumerate(values)}
            series |= {start + 12 + n: value for n, value in enumerate(ahead)}
    rows = found.rows.tolist()
    assert found.steps == (1, 2, 3, 4, 5, 6)
    assert np.allclose(found.truth, [series[row] for row in rows])
    assert np.allclose(found.forecasts["last"], [series[row - 3] for row in rows])
    assert np.allclose(found.forecasts["season"], [series[row - 12] for row in rows])
    assert np.allclose(found.forecasts["mean"], dataset.splits["train"]["target"].double().mean())
    for name, values in found.forecasts.items():
        assert found.rmse[name][2] == pytest.approx(metrics.root_mean_squared_error(found.truth, values))
        assert found.mae[name][2] == pytest.approx(metrics.mean_absolute_error(found.truth, values))
    module = sold.slice([Port(MAIN, "told", "output")])
    inputs = [dataset.batch("test", slice(None))[port.port] for port in sold.sources([Port(MAIN, "told", "output")])]
    with torch.no_grad():
        made = dataset.preparation["target"].invert(module(*inputs))
    assert np.allclose(found.forecasts["network"], made[:, 2].numpy(), rtol=1e-4)
    assert found.season == 12


# -- texts -------------------------------------------------------------------------------------------------------------


def test_tokens_are_counted_by_place(words: Model) -> None:
    found: TextResults = ask(words, Text(run=RUN))
    (dataset,) = words.data.values()
    batch = dataset.batch("test", slice(None))
    module = words.slice([Port(MAIN, "told", "output")])
    with torch.no_grad():
        said = module(batch["text"]).argmax(-1).numpy()
    meant = batch["tags"].numpy()
    for place in range(meant.shape[1]):
        there = meant[:, place] != 0
        assert found.counts[place] == there.sum()
        assert found.right[place] == (said[:, place] == meant[:, place])[there].sum()
    names = dataset.preparation["tags"].vocabulary  # type: ignore[attr-defined]
    table = metrics.confusion_matrix(meant[meant != 0], said[meant != 0], labels=range(12))
    np.fill_diagonal(table, 0)
    assert sum(count for *_, count in found.confused) == np.sort(table.reshape(-1))[::-1][: len(found.confused)].sum()
    for true, wrong, count in found.confused:
        said_of = names.index(wrong) if wrong in names else int(wrong)
        assert table[names.index(true), said_of] == count
    first = found.lines[0]
    assert len(first.said) == len(first.meant) == int((meant[0] != 0).sum())
    assert first.meant == tuple(names[token] for token in meant[0] if token)
    assert first.read[0] == dataset.preparation["text"].vocabulary[batch["text"][0, 0]]  # type: ignore[attr-defined]
    assert found.joint == " "


# -- classes of every pixel --------------------------------------------------------------------------------------------


def test_pixels_are_counted_as_scikit_learn_counts_them(tmp_path: Path) -> None:
    model = load_run(quick_run(tmp_path / "shapes", "unet-shapes", "--set", "data_1.examples=200"))
    found: ClassResults = ask(model, Classes(run=RUN))
    (dataset,) = model.data.values()
    batch = dataset.batch("test", slice(None))
    with torch.no_grad():
        made = model.slice([Port(MAIN, "output_1", "output")])(batch["image"])
    truth, guess = batch["mask"].numpy(), made.argmax(1).numpy()
    assert found.places
    assert np.array_equal(found.counts, metrics.confusion_matrix(truth.ravel(), guess.ravel(), labels=range(4)))
    for (meant, said), numbers in found.cells.items():
        for number in numbers:
            assert ((truth[number] == meant) & (guess[number] == said)).any()
    assert len(set(found.hardest.numbers.tolist())) == len(found.hardest.numbers)
    chances = made.softmax(1).double().numpy()[:, 1].ravel() if made.min() < 0 else made.double().numpy()[:, 1].ravel()
    assert found.curves[1].area == pytest.approx(metrics.roc_auc_score(truth.ravel() == 1, chances), abs=1e-6)


# -- reconstructions ---------------------------------------------------------------------------------------------------


def test_errors_are_those_of_each_example_and_tell_classes_apart(encoder: Model) -> None:
    found: ErrorResults = ask(encoder, Errors(run=RUN))
    (dataset,) = encoder.data.values()
    batch = dataset.batch("test", slice(None))
    with torch.no_grad():
        made = encoder.slice([Port(MAIN, "back", "output")])(batch["image"])
    theirs = ((made - batch["image"]) ** 2).mean((1, 2, 3)).numpy()
    assert np.allclose(found.errors, theirs, rtol=1e-4)
    assert np.array_equal(found.labels, batch["label"].numpy())
    for label, curve in found.curves.items():
        assert curve.area == pytest.approx(metrics.roc_auc_score(found.labels == label, found.errors))
    training = dataset.batch("train", slice(None))["image"]
    with torch.no_grad():
        usual = ((encoder.slice([Port(MAIN, "back", "output")])(training) - training) ** 2).mean((1, 2, 3)).numpy()
    assert found.training == pytest.approx(float(np.percentile(usual, 95)), rel=1e-4)


def test_which_pages_suit_an_output(churn: Model, encoder: Model, words: Model, sold: Model) -> None:
    def pages(model: Model) -> tuple[str, ...]:
        found: Found = ask(model, Results(run=RUN))
        return found.results[0].pages

    assert pages(churn) == ("classes", "plane", "columns")
    assert pages(encoder) == ("errors",)
    assert pages(words) == ("text",)
    assert pages(sold)[:2] == ("series", "numbers")
    with pytest.raises(TrainProblem, match="not meant to give back"):
        ask(churn, Errors(run=RUN))
    with pytest.raises(TrainProblem, match="forecasts no series"):
        ask(churn, Forecast(run=RUN))
    with pytest.raises(TrainProblem, match="tells no tokens"):
        ask(churn, Text(run=RUN))
