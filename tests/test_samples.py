"""Drawing of noise: the same seed draws the same, and classes share their noise."""

from __future__ import annotations

import multiprocessing
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from drawn import classifier, denoiser, row, wire
from noisy import by_class, points_from_noise
from training import clock, trained, weights

from backend import messages as m
from backend import sheets, worker
from backend.generating import chosen, draw, generative
from backend.loading import load_run
from backend.problems import TrainProblem
from backend.questions.samples import Sample, Samples, WriteSamples
from backend.runs import Run
from backend.samples import samples, write
from graph import files
from graph.catalogue import CATALOGUE, Source, layer
from graph.document import Document, Port
from graph.specs import TensorSpec

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> str:
    return trained(denoiser(), tmp_path_factory.mktemp("pictures"), clock=clock(0.01))[0].run


@pytest.fixture(scope="module")
def points(tmp_path_factory: pytest.TempPathFactory) -> str:
    return trained(points_from_noise(), tmp_path_factory.mktemp("points"), clock=clock(0.01))[0].run


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> str:
    return trained(by_class(), tmp_path_factory.mktemp("digits"))[0].run


def asked(run: str, **question: Any) -> Samples:
    return samples(load_run(run), Run.open(run), Sample(**question))


# -- drawing -----------------------------------------------------------------------------------------------------------


def test_the_same_seed_draws_the_same_and_the_first_ones_whatever_the_count(pictures: str) -> None:
    few, many, other = asked(pictures, count=5), asked(pictures, count=700), asked(pictures, count=5, seed=9)
    assert few.values.shape == (5, 1, 8, 8)
    assert few.values.dtype == np.uint8
    assert np.array_equal(few.values, asked(pictures, count=5).values)
    assert np.abs(few.values.astype(int) - many.values[:5]).max() <= 1  # a larger batch may round otherwise
    assert not np.array_equal(few.values, other.values)
    assert (few.output, few.node, few.outputs, few.seed) == ("output_1", "output_1", ("output_1",), 0)


def test_samples_equal_the_network_written_by_hand(points: str) -> None:
    known = weights(points)
    noise = torch.randn(64, 3, generator=torch.Generator().manual_seed(0))
    hidden = torch.tanh(noise @ known["linear_1.weight"].T + known["linear_1.bias"])
    made = hidden @ known["linear_2.weight"].T + known["linear_2.bias"]
    fitted = Run.open(points).record.data["data_1"].preparation["point"]
    expected = made * torch.tensor(fitted["scale"]) + torch.tensor(fitted["shift"])  # in the unit of the data
    assert np.allclose(asked(points, count=64).values, expected, atol=1e-5)


def test_what_reads_data_is_refused_with_what_can_be_drawn(points: str, tmp_path: Path) -> None:
    run = trained(classifier(epochs=1), tmp_path)[0].run
    answer = asked(run)
    assert (answer.output, answer.outputs, len(answer.values)) == ("", (), 0)
    with pytest.raises(TrainProblem, match=r"it reads “image”.*nothing to draw.*reads a Noise node"):
        write(load_run(run), Run.open(run), WriteSamples("output_1", to=str(tmp_path / "x.png")))
    document = points_from_noise(epochs=1)
    with document.edit("Draw"):
        document.add_node("output", title="judged")
        wire(document, Port("main", "linear_4", "output"), "output_2.x")
    both = load_run(trained(document, tmp_path)[0].run)
    assert [each.plan.name for each in generative(both)] == ["points"]
    with pytest.raises(TrainProblem, match="Draw from “points”"):
        chosen(both, "judged")


def test_constants_alone_are_no_noise(tmp_path: Path) -> None:
    document = points_from_noise(epochs=1)
    with document.edit("Draw"):
        fixed = document.add_node("constant", params={"shape": "3"})
        made = row(document, Port(*fixed, "value"), ("linear", {"units": 2}))
        document.add_node("output", title="fixed")
        wire(document, made, "output_2.x")
        document.add_node("add")
        wire(document, made, "add_1.xs.0")
        wire(document, Port("main", "linear_2", "output"), "add_1.xs.1")
        document.add_node("output", title="moved")
        wire(document, Port("main", "add_1", "output"), "output_3.x")
    model = load_run(trained(document, tmp_path)[0].run)
    assert [each.plan.name for each in generative(model)] == ["points", "moved"]
    moved = draw(model, chosen(model, "moved"), 3).values - draw(model, chosen(model, "points"), 3).values
    assert np.allclose(moved, moved[0], atol=1e-5)


def test_a_decoder_is_drawn_from_through_its_linked_duplicate(tmp_path: Path) -> None:
    document = Document()
    with document.edit("Draw"):
        digits, noise = (
            document.add_node("data", params={"examples": 300}),
            document.add_node("noise", params={"size": 2}),
        )
        code = row(document, Port(*digits, "image"), ("flatten", {}), ("linear", {"units": 2}))
        back = row(document, code, ("linear", {"units": 64}), ("reshape", {"shape": "1, 8, 8"}))
        document.add_node("mse_loss")
        wire(document, back, "mse_loss_1.prediction")
        wire(document, Port(*digits, "image"), "mse_loss_1.target")
        document.add_node("output", title="reconstruction")
        wire(document, back, "output_1.x")
        linked = document.add_node("linear")
        document.change_node(linked, link="linear_2")
        wire(document, Port(*noise, "noise"), f"{linked.node}.x")
        made = row(document, Port(*linked, "output"), ("reshape", {"shape": "1, 8, 8"}))
        document.add_node("output", title="sample")
        wire(document, made, "output_2.x")
        document.set_setting("epochs", 1)
    run = trained(document, tmp_path)[0].run
    answer, known = asked(run, count=4), weights(run)
    assert answer.outputs == ("sample",)
    noise_drawn = torch.randn(64, 2, generator=torch.Generator().manual_seed(0))[:4]
    made_by_hand = noise_drawn @ known["linear_2.weight"].T + known["linear_2.bias"]
    assert np.allclose(sheets.eight_bit(bright(made_by_hand.numpy())), answer.values.reshape(4, 64), atol=1)


def bright(values: np.ndarray) -> np.ndarray:
    return ((values + 1) / 2 if (values < -0.25).mean() > 0.01 else values).clip(0, 1)


# -- classes -----------------------------------------------------------------------------------------------------------


def test_classes_share_their_noise_and_can_be_chosen(digits: str) -> None:
    model = load_run(digits)
    what = chosen(model)
    every = draw(model, what, 23)
    assert every.labels == tuple(sorted([*range(10), *range(10), 0, 1, 2]))
    eights = draw(model, what, 2, labels=["8"])
    assert eights.labels == (8, 8)
    place = every.labels.index(8)
    assert np.allclose(every.values[place : place + 2], eights.values, atol=1e-6)
    assert not np.allclose(eights.values, draw(model, what, 2, labels=(7,)).values)
    with pytest.raises(TrainProblem, match="no class “12”"):
        draw(model, what, 2, labels=["12"])
    assert asked(digits, count=10).classes == tuple("0123456789")


def test_no_class_can_be_chosen_where_there_is_none(pictures: str) -> None:
    with pytest.raises(TrainProblem, match="noise alone"):
        asked(pictures, labels=(1,))


def test_random_labels_can_be_chosen_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def coin():  # type: ignore[no-untyped-def]
        """Draw a class."""

        def draw(count, generator, device):  # type: ignore[no-untyped-def]
            return {"label": torch.randint(0, 3, (count,), generator=generator, device=device)}

        return Source({"label": TensorSpec((), "int64", classes=3, names=("red", "green", "blue"))}, draw)

    layer(kind="source", search="test", outputs="label")(coin)
    try:
        document = Document()
        with document.edit("Draw"):
            drawn = document.add_node("coin")
            made = row(document, Port(*drawn, "label"), ("embedding", {"size": 2}))
            document.add_node("output")
            document.add_node("mse_loss")
            noise = document.add_node("noise", params={"size": 2})
            for port, target in ((made, "output_1.x"), (made, "mse_loss_1.prediction"),
                                 (Port(*noise, "noise"), "mse_loss_1.target")):  # fmt: skip
                wire(document, port, target)
            document.set_setting("epochs", 1)
        run = trained(document, tmp_path)[0].run
        found = asked(run, count=4, labels=("blue", 0))
        assert found.labels == (0, 0, 2, 2)
        table = weights(run)["embedding_1.weight"].numpy()
        assert np.allclose(found.values, table[[0, 0, 2, 2]], atol=1e-6)
    finally:
        CATALOGUE.pop("coin")


# -- the engine --------------------------------------------------------------------------------------------------------


def test_the_engine_draws_while_it_trains_and_of_a_run(tmp_path: Path) -> None:
    ours, theirs = multiprocessing.Pipe()
    thread = threading.Thread(target=worker.Engine(theirs).serve)
    thread.start()
    heard: list[Any] = []

    def until(kind: type) -> Any:
        while ours.poll(60):
            heard.append(ours.recv())
            if isinstance(heard[-1], kind):
                return heard[-1]
        raise AssertionError(f"waited in vain for {kind}; heard {heard}")

    try:
        ours.send(Sample())
        assert "train the design first" in until(m.Answered).error
        ours.send(m.Train(files.dumps(denoiser(epochs=10**6)), str(tmp_path)))
        until(m.Started)
        ours.send(Sample(count=3))
        first = until(m.Answered)
        ours.send(Sample(count=3))
        second = until(m.Answered)
        assert second.step > first.step
        assert first.result.values.shape == second.result.values.shape == (3, 1, 8, 8)
        ours.send(m.Stop())
        run = until(m.Finished).run
        ours.send(Sample(count=3, run=run))
        assert np.array_equal(until(m.Answered).result.values, asked(run, count=3).values)
        ours.send(WriteSamples(to=str(tmp_path / "x.gif"), run=run))
        assert until(m.Answered).result.files == (str(tmp_path / "x.gif"),)
    finally:
        ours.close()
        thread.join(60)
    assert not thread.is_alive()
