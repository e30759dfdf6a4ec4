"""Results over a whole split: the numbers of scikit-learn, in the unit of the target, and nothing is disturbed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn import metrics
from sklearn.calibration import calibration_curve
from sklearn.decomposition import PCA

from backend import scores
from backend.judging import plans
from backend.loading import Model, load_run
from backend.passes import Pass
from backend.problems import TrainProblem
from backend.questions import Question
from backend.questions.results import Examples, Found, Results
from backend.questions.results_classes import Classes, ClassResults
from backend.questions.results_numbers import NumberResults, Numbers
from backend.questions.results_plane import Plane, PlaneResults
from backend.train import Training
from backend.views import Subject, answer, answered
from backend.views.results_plane import _components
from graph import templates
from graph.document import MAIN, NodeKey, Port
from tests.judged import table_design
from tests.runs import quick_run
from tests.training import trained

RUN = "a run"  # any: the questions of these tests are put to a model that is there already


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return load_run(quick_run(tmp_path_factory.mktemp("runs") / "digits", "digits-cnn"))


@pytest.fixture(scope="module")
def xor(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return load_run(quick_run(tmp_path_factory.mktemp("runs") / "xor", "xor", "--epochs", "60"))


@pytest.fixture(scope="module")
def diabetes(tmp_path_factory: pytest.TempPathFactory) -> Model:
    finished, _ = trained(table_design("diabetes", "progression"), tmp_path_factory.mktemp("runs"))
    return load_run(finished.run)


def ask(model: Model, question: Question) -> Any:
    return answer(Subject(model, model.run), question)


def told(model: Model, split: str = "test") -> tuple[np.ndarray, np.ndarray]:
    """What the root computes of the digits of a split by a plain call, as probabilities, and the labels."""
    data = model.data[NodeKey(MAIN, "data_1")]
    batch = data.batch(split, slice(None))
    with torch.no_grad():
        made = model.slice([Port(MAIN, "output_1", "output")])(batch["image"])
    return made.double().numpy(), batch["label"].numpy()


# -- classes -----------------------------------------------------------------------------------------------------------


def test_confusion_and_the_measures_of_each_class_are_those_of_scikit_learn(digits: Model) -> None:
    chances, truth = told(digits)
    guess = chances.argmax(1)
    found: ClassResults = ask(digits, Classes(run=RUN))
    assert np.array_equal(found.counts, metrics.confusion_matrix(truth, guess, labels=range(10)))
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(truth, guess, labels=range(10), zero_division=0)
    assert np.allclose((found.precision, found.recall, found.f1), (precision, recall, f1))
    assert found.accuracy == pytest.approx(metrics.accuracy_score(truth, guess))
    assert found.loss == pytest.approx(metrics.log_loss(truth, chances / chances.sum(1, keepdims=True)), rel=1e-5)
    assert found.names == tuple("0123456789")


def test_curves_and_their_areas_are_those_of_scikit_learn(digits: Model) -> None:
    chances, truth = told(digits)
    found: ClassResults = ask(digits, Classes(run=RUN))
    for place, curve in enumerate(found.curves):
        positive, score = truth == place, chances[:, place]
        assert curve.area == pytest.approx(metrics.roc_auc_score(positive, score), abs=1e-9)
        assert curve.average_precision == pytest.approx(metrics.average_precision_score(positive, score), abs=1e-9)
        falls, rises, _ = metrics.roc_curve(positive, score)
        assert np.allclose(curve.false_positive, falls)
        assert np.allclose(curve.true_positive, rises)
        precision, recall, _ = metrics.precision_recall_curve(positive, score)
        points = set(zip(recall.round(9), precision.round(9)))
        assert set(zip(curve.recall.round(9), curve.precision.round(9))) <= points
        assert curve.share == pytest.approx(positive.mean())


def test_scores_with_many_ties_and_very_many_points() -> None:
    chance = np.random.default_rng(0)
    positive = chance.random(20_000) < 0.3
    score = (chance.normal(size=20_000) + positive).round(3)
    found = scores.curve(score, positive)
    assert found.area == pytest.approx(metrics.roc_auc_score(positive, score))
    assert found.average_precision == pytest.approx(metrics.average_precision_score(positive, score))
    assert len(found.recall) <= scores.POINTS >= len(found.false_positive)
    assert np.trapezoid(found.true_positive, found.false_positive) == pytest.approx(found.area, abs=2e-4)
    assert np.isnan(scores.curve(score, np.zeros(20_000, bool)).area)


@pytest.mark.parametrize("bins", [10, 15])
def test_calibration_is_that_of_scikit_learn(digits: Model, bins: int) -> None:
    chances, truth = told(digits)
    found = ask(digits, Classes(run=RUN)).calibration[bins]
    pairs = [(chances.max(1), chances.argmax(1) == truth), *((chances[:, n], truth == n) for n in range(10))]
    for each, (sure, right) in zip(found, pairs, strict=True):
        share, mean = calibration_curve(right, sure, n_bins=bins)
        used = each.counts > 0
        assert np.allclose(each.accuracy[used], share)
        assert np.allclose(each.confidence[used], mean)
        assert each.counts.sum() == len(truth)
        assert each.error == pytest.approx(float(np.abs(share - mean) @ each.counts[used]) / len(truth))


def test_examples_of_a_cell_and_those_that_stand_out(digits: Model) -> None:
    chances, truth = told(digits)
    guess = chances.argmax(1)
    found: ClassResults = ask(digits, Classes(run=RUN))
    for (meant, said), numbers in found.cells.items():
        assert set(numbers) <= set(np.flatnonzero((truth == meant) & (guess == said)))
        assert len(numbers) == min(48, found.counts[meant, said])
    losses = -np.log(chances[np.arange(len(truth)), truth])
    assert np.allclose(found.hardest.value, np.sort(losses)[::-1][:48], rtol=1e-4)
    ordered = np.sort(chances, axis=1)
    assert np.allclose(found.doubtful.value, np.sort(ordered[:, -1] - ordered[:, -2])[:48], rtol=1e-4)
    assert np.array_equal(truth[found.hardest.numbers], found.hardest.truth)
    numbers = tuple(found.hardest.numbers[:3].tolist())
    shown = ask(digits, Examples(run=RUN, numbers=numbers)).shown
    assert np.array_equal(shown.targets, truth[list(numbers)])
    assert np.allclose(shown.outputs, chances[list(numbers)], atol=1e-5)


def test_a_single_number_for_yes_or_no_is_two_classes(xor: Model) -> None:
    found: ClassResults = ask(xor, Classes(run=RUN))
    assert found.names == ("0", "1")
    assert found.accuracy == 1.0
    assert np.array_equal(found.counts, [[2, 0], [0, 2]])
    assert [curve.area for curve in found.curves] == [1.0, 1.0]


# -- numbers -----------------------------------------------------------------------------------------------------------


def test_numbers_are_compared_in_the_unit_of_the_target(diabetes: Model) -> None:
    found: NumberResults = ask(diabetes, Numbers(run=RUN))
    (key,) = diabetes.data
    stored = diabetes.data[key].splits["test"]["target"].reshape(-1).double().numpy()
    assert np.allclose(found.truth, stored, rtol=1e-5)
    assert found.truth.std() > 30  # as they stand in the table, and not scaled
    assert found.r2 == pytest.approx(metrics.r2_score(found.truth, found.predicted))
    assert found.mae == pytest.approx(metrics.mean_absolute_error(found.truth, found.predicted))
    assert found.rmse == pytest.approx(metrics.root_mean_squared_error(found.truth, found.predicted))
    assert found.counts.sum() == found.examples == len(stored)
    assert found.bias == pytest.approx(float((found.predicted - found.truth).mean()))


def test_where_there_is_nothing_to_compare_a_sentence_says_so(digits: Model) -> None:
    with pytest.raises(TrainProblem, match="tells no numbers"):
        ask(digits, Numbers(run=RUN))
    with pytest.raises(TrainProblem, match="no output “nowhere”"):
        ask(digits, Classes(run=RUN, output="nowhere"))


# -- the plane ---------------------------------------------------------------------------------------------------------


def test_the_plane_is_what_the_network_says_of_its_points(xor: Model) -> None:
    found: PlaneResults = ask(xor, Plane(run=RUN, node="data_1", field="point", layer="tanh_1", port="output", side=16))
    left, right, low, high = found.extent
    assert found.winner is not None
    across, up = np.linspace(left, right, 16), np.linspace(low, high, 16)
    hidden = xor.slice([Port(MAIN, "tanh_1", "output")])
    last = xor.slice([Port(MAIN, "output_1", "output")])
    for row, column in ((0, 0), (3, 12), (14, 6)):
        point = torch.tensor([[across[column], up[row]]], dtype=torch.float32)
        with torch.no_grad():
            one = float(last(point))
            units = hidden(point)[0].numpy()
        assert found.winner[row, column] == (one > 0.5)
        assert found.value[row, column] == pytest.approx(max(one, 1 - one), abs=1e-5)
        if not row % 2 and not column % 2:
            assert np.allclose(found.units[:, row // 2, column // 2], units, atol=1e-5)
    assert sorted(map(tuple, found.train.places.tolist())) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert [int(x != y) for x, y in found.train.places] == found.train.values.tolist()


def test_components_are_those_of_scikit_learn(digits: Model) -> None:
    data = digits.data[NodeKey(MAIN, "data_1")].batch("train", slice(None))["image"].reshape(-1, 64).numpy()
    found: PlaneResults = ask(digits, Plane(run=RUN, node="data_1", field="image", axes="components", side=8))
    fitted = PCA(2).fit(data[:256])
    assert np.allclose(found.explained, fitted.explained_variance_ratio_, atol=1e-4)
    few = np.unique(np.linspace(0, len(data) - 1, 400).astype(int))
    places = (data[few] - data.mean(0)) @ fitted.components_.T
    for axis in range(2):
        assert abs(np.corrcoef(places[:, axis], found.train.places[:, axis])[0, 1]) == pytest.approx(1, abs=1e-4)


def test_examples_that_vary_in_one_direction_only_have_no_two_components() -> None:
    along = torch.linspace(0, 1, 30, dtype=torch.float64)[:, None] * torch.tensor([1.0, 2.0, 3.0])
    with pytest.raises(TrainProblem, match="do not vary enough"):
        list(_components(along, along.mean(0)))


def test_columns_of_a_table_have_their_own_unit(diabetes: Model) -> None:
    results: Found = ask(diabetes, Results(run=RUN))
    (result,) = results.results
    assert {"numbers", "plane", "columns"} <= set(result.pages)
    field = result.fields[0]
    place = field.names.index("bmi")
    found: PlaneResults = ask(diabetes, Plane(run=RUN, node=field.node, field=field.field, x=place, y=0))
    (key,) = diabetes.data
    stored = diabetes.data[key].splits["train"][field.field][:, place].numpy()
    assert found.x == "bmi"
    assert found.extent[0] < stored.min() < stored.max() < found.extent[1]
    assert found.extent[1] - found.extent[0] == pytest.approx((stored.max() - stored.min()) * 1.16, rel=0.2)


def test_a_number_that_is_gone_stands_for_the_last_there_is(diabetes: Model) -> None:
    (result,) = ask(diabetes, Results(run=RUN)).results
    field = result.fields[0]
    asked = Plane(run=RUN, node=field.node, field=field.field, side=4)
    only, gone = ask(diabetes, asked), ask(diabetes, replace(asked, target=3))
    assert np.array_equal(only.value, gone.value)


# -- what there is, and peace ------------------------------------------------------------------------------------------


def test_what_there_is_to_see(digits: Model, xor: Model) -> None:
    found: Found = ask(digits, Results(run=RUN))
    (digit,) = found.results
    assert (digit.output, digit.name, digit.pages) == ("output_1", "digit", ("classes", "plane"))
    assert found.counts == {"train": 1294, "validation": 144, "test": 359}
    assert ("linear_1", "output", 128) in [(each.node, each.port, each.units) for each in digit.layers]
    (different,) = ask(xor, Results(run=RUN)).results
    assert different.fields[0].names == ("x1", "x2")
    assert different.pages == ("plane", "classes", "numbers", "columns")


def test_a_training_that_goes_on_changes_no_answer_and_no_answer_changes_it(tmp_path: Path) -> None:
    def steps(look: bool) -> tuple[list[torch.Tensor], list[np.ndarray]]:
        training = Training(templates.find_design("digits-cnn"), folder=tmp_path / f"run-{look}")
        work, done = training.run(), 0
        found: list[np.ndarray] = []
        asked = None
        for event in work:
            done += event is None
            if look and done == 4 and asked is None:
                now = training.subject(Question())
                found.append(answer(now, Classes(split="train")).hardest.value)
                asked = answered(now, Classes(split="train"))
            if asked is not None and len(found) < 2:
                try:
                    next(asked)
                except StopIteration as end:
                    found.append(end.value.result.hardest.value)
            if done == 80:
                break
        kept = [value.detach().clone() for value in training.subject(Question()).model.root.parameters()]
        work.close()
        return kept, found

    plain, _ = steps(look=False)
    watched, found = steps(look=True)
    assert all(torch.equal(one, other) for one, other in zip(plain, watched))
    assert len(found) == 2
    assert np.array_equal(found[0], found[1])


def test_pieces_give_what_one_call_gives(digits: Model) -> None:
    ports = [Port(MAIN, "output_1", "output")]
    work = Pass(digits, "test", ports, live=True)
    work.size = 100
    pieces = torch.cat([piece.values[0] for piece in work.pieces()])
    assert np.allclose(pieces.numpy(), told(digits)[0], atol=1e-6)
    assert np.allclose(work.chosen([5, 0])[0].numpy(), told(digits)[0][[5, 0]], atol=1e-6)
    stage = digits.stage("validation")
    stage.lengths = dict.fromkeys(stage.lengths, 0)
    with pytest.raises(TrainProblem, match="no validation examples"):
        Pass(digits, "validation", ports, live=False)


@pytest.mark.parametrize("design", ["digits-cnn", "counting-rnn", "elman-by-hand"])
def test_an_answer_keeps_to_the_weights_of_its_beginning(design: str, tmp_path: Path) -> None:
    model = load_run(quick_run(tmp_path / design, design))
    ports = [plan.port for plan in plans(model)]
    before = next(Pass(model, "test", ports, live=False).pieces()).values
    work = Pass(model, "test", ports, live=True)
    with torch.no_grad():
        for weight in model.root.parameters():
            weight.mul_(-0.5)
    kept = next(work.pieces()).values
    now = next(Pass(model, "test", ports, live=False).pieces()).values
    assert all(torch.allclose(one, other, atol=1e-6) for one, other in zip(before, kept))
    assert not all(torch.allclose(one, other, atol=1e-3) for one, other in zip(before, now))
