"""How a training goes, as a run keeps it: numbers are those of plain torch, and nothing that is learned changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from by_hand import network, stage_of
from drawn import SMALL_CNN, adversaries, classifier, denoiser, row, wire, xor
from nested import elman
from nested import network as drawn_network
from torch import nn
from training import broken_off, clock, same, trained, weights

from backend.gauges import batch_of
from backend.health import BARS, Health, Layout, Table
from backend.health_kept import HealthKeeper, spread
from backend.moments import TimeLapse
from backend.preparing import Bench
from backend.runs import Run
from backend.train import Training
from graph.document import MAIN, Document, Port

ALL = {"examples": 60, "validation": 0.1, "test": 0.1}  # of which 49 are for training: all are measured on
SGD = {"optimizer": "sgd", "learning_rate": 0.1, "momentum": 0.0}


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look keeps a moment."""
    monkeypatch.setattr(HealthKeeper, "SHARE", 1e9)


def kept(run: str) -> tuple[Layout, dict[str, Table]]:
    health = Health(Run.open(run).health)
    layout = health.layout()
    assert layout is not None
    return layout, health.tables(layout)


def looked_at(document: Document, folder: Path) -> tuple[Layout, dict[str, Table]]:
    return kept(trained(document, folder, clock=clock(0.06))[0].run)


def pictures() -> tuple[torch.Tensor, torch.Tensor]:
    stage = stage_of(**ALL)
    image, label = (stage.column(Port("main", "data_1", name)) for name in ("image", "label"))
    return image({next(iter(stage.lengths)): slice(None)}), label({next(iter(stage.lengths)): slice(None)})


def of_layers(model: nn.Sequential, values: dict[int, torch.Tensor]) -> list[float]:
    """The norms over the parameters of each dense layer of a plain network."""
    dense = [layer for layer in model if isinstance(layer, nn.Linear)]
    return [float(torch.cat([values[id(p)].flatten() for p in layer.parameters()]).norm()) for layer in dense]


def test_gradients_weights_and_steps_are_those_of_plain_torch(tmp_path: Path) -> None:
    document = classifier(data=ALL, objective=SGD, batch_size=0, epochs=4)
    layout, found = looked_at(document, tmp_path)
    model, (x, y) = network(), pictures()
    assert len(x) == 49
    gradients, lengths, steps = found["gradients"].values[..., 0], found["weights"].values[..., 0], found["updates"]
    assert layout.solvers == {"objective_1": "gradient"}
    assert found["gradients"].section.rows == ("linear_1", "linear_2")
    assert layout.following == {"linear_1": ("linear_2",), "linear_2": ()}
    for step in range(5):
        loss = F.cross_entropy(model(x), y)
        slopes = dict(zip(map(id, model.parameters()), torch.autograd.grad(loss, list(model.parameters()))))
        if step in found["gradients"].steps:
            at = list(found["gradients"].steps).index(step)
            norms, whole = of_layers(model, slopes), of_layers(model, {id(p): p.detach() for p in model.parameters()})
            assert np.allclose(gradients[at], norms, rtol=1e-4)
            assert np.allclose(lengths[at], whole, rtol=1e-5)
            if step < 4:  # after the last there is no further step
                assert np.allclose(steps.values[at, :, 0], [0.1 * g / w for g, w in zip(norms, whole)], rtol=1e-3)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter -= 0.1 * slopes[id(parameter)]
    assert {0, 4} <= set(found["gradients"].steps)
    assert len(found["gradients"].steps) > 2
    assert np.isnan(steps.values[-1]).all()


def test_units_that_are_silent_for_all_examples_are_dead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    relus = ("flatten", {}), ("linear", {"units": 8}), ("relu", {}), ("linear", {"units": 10})

    def silence(bench: Bench) -> None:
        with torch.no_grad():
            layer: Any = bench.model.root.get_submodule("linear_1")
            layer.bias[:3] = -1e6
            layer.bias[3:] = 1e6

    found = moments_of(classifier(*relus, data=ALL), tmp_path, silence)
    assert found["dead"].section.rows == ("relu_1",)
    assert found["dead"].values[-1, 0, 0] == pytest.approx(3 / 8)


def test_a_map_is_dead_where_all_its_places_are(tmp_path: Path) -> None:
    def silence(bench: Bench) -> None:
        with torch.no_grad():
            bias: Any = bench.model.root.get_submodule("conv2d_1").bias
            bias[:1] = -1e6
            bias[1:] = 1e6

    maps = ("conv2d", {"filters": 4}), ("relu", {}), ("max_pool2d", {}), ("flatten", {}), ("linear", {"units": 10})
    assert moments_of(classifier(*maps, data=ALL), tmp_path, silence)["dead"].values[-1, 0, 0] == pytest.approx(0.25)


def test_a_single_number_an_example_is_a_single_unit(tmp_path: Path) -> None:
    document = xor()
    with document.edit("Squeeze"):
        last = row(document, Port(MAIN, "tanh_1", "output"), ("reduce", {"how": "mean"}), ("relu", {}))
        document.add_node("l1_penalty")
        wire(document, last, "l1_penalty_1.x")
        wire(document, Port(MAIN, "l1_penalty_1", "loss"), "objective_1.losses.1")
    assert moments_of(document, tmp_path)["dead"].values[-1, 0, 0] == 0


def moments_of(document: Document, folder: Path, change: Any = lambda bench: None, steps: int = 1) -> dict[str, Table]:
    """What is kept at the moment after some steps and a change of the weights."""
    training = Training(document, runs_folder=folder, clock=clock(0.0))
    work = training.run()
    for _ in range(steps):
        while next(work) is not None:
            pass
    assert training._bench is not None
    change(training._bench)
    training._keepers[-1].keep(training._bench.at.done)
    run = training.run_folder
    work.close()
    return kept(run)[1]


def counting(node: str, last: str) -> Document:
    """A recurrent node that reads sequences of ten steps, and a sum to be answered."""
    document = Document() if node != "@elman" else elman()
    if node == "@elman":
        for key in [key for key in document.nodes if key.network == MAIN]:
            with document.edit("Clear"):
                document.remove_node(key)
    drawn_network(document, MAIN, {"data": ("data", {"source": "counting-10", "scaling": "none", "examples": 64}),
                             "run": (node, {"hidden_size": 5} if node == "rnn" else {}),
                             "answer": ("linear", {"units": 1}), "loss": "mse_loss"},
            {"run.x": "data.sequence", "answer.x": f"run.{last}", "loss.prediction": "answer.output",
             "loss.target": "data.target"})  # fmt: skip
    with document.edit("Set"):
        document.set_setting("batch_size", 16)
    return document


@pytest.mark.parametrize(("node", "last"), [("rnn", "last"), ("@elman", "last")])
def test_the_gradient_through_time_is_that_of_a_loop_by_hand(tmp_path: Path, node: str, last: str) -> None:
    caught: dict[str, Any] = {}

    def take(bench: Bench) -> None:
        rows, _ = batch_of(bench.model)
        stage, root = bench.model.stage("train"), bench.model.root
        x, y = (stage.column(Port(MAIN, "data", name))(rows) for name in ("sequence", "target"))
        caught.update(x=x, y=y, run=root.get_submodule("run"), answer=root.get_submodule("answer"))

    table = moments_of(counting(node, last), tmp_path, take)["time"]
    x, run = caught["x"].clone().requires_grad_(), caught["run"]
    h = torch.zeros(len(x), 5)
    for t in range(10):
        if node == "rnn":
            h = torch.tanh(x[:, t] @ run.weight_ih_l0.T + run.bias_ih_l0 + h @ run.weight_hh_l0.T + run.bias_hh_l0)
        else:
            h = torch.tanh(run.w(x[:, t]) + run.u(h))
    (flow,) = torch.autograd.grad(F.mse_loss(caught["answer"](h), caught["y"].reshape(-1, 1)), x)
    assert table.section.rows == ("run",)
    assert np.allclose(table.values[-1, 0], [float(flow[:, t].norm()) for t in range(10)], rtol=1e-4)
    assert table.values[-1, 0, 0] < table.values[-1, 0, -1]


def states(**options: Any) -> Document:
    """What could be disturbed: dropout, running means, and a spectral norm that learns with every reading."""
    normed = ("linear", {"units": 10, "normalised": "spectral norm"})
    return classifier(*SMALL_CNN[:-1], normed, **options)


@pytest.mark.parametrize("drawn", [states, adversaries, denoiser, xor], ids=lambda each: each.__name__)
def test_keeping_changes_nothing_that_is_learned(drawn: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = drawn(epochs=2)
    done, _ = trained(document, tmp_path / "kept", clock=clock(0.06))
    assert len(kept(done.run)[1]["gradients"].steps) > 2 or document.settings["batch_size"] == 0
    monkeypatch.setattr(HealthKeeper, "look", lambda self, step: None)
    monkeypatch.setattr(HealthKeeper, "keep", lambda self, step: None)
    without, _ = trained(document, tmp_path / "without", clock=clock(0.06))
    assert same(weights(done.run), weights(without.run))
    assert done.metrics == without.metrics


def test_every_objective_has_the_gradients_of_its_own_loss(tmp_path: Path) -> None:
    layout, found = looked_at(adversaries(), tmp_path)
    section = found["gradients"].section
    assert list(zip(section.objectives, section.rows)) == [
        ("objective_1", "linear_1"), ("objective_1", "linear_2"), ("objective_2", "linear_1"),
        ("objective_2", "linear_3")]  # fmt: skip
    assert found["gradients"].values[0, 0, 0] != found["gradients"].values[0, 2, 0]
    assert layout.solvers == {"objective_1": "gradient", "objective_2": "gradient"}


def test_what_learns_without_gradients_is_said_to(tmp_path: Path) -> None:
    flat = ("flatten", {})
    frozen = classifier(flat, ("linear", {"units": 10, "frozen": "everything"}), data=ALL)
    assert kept(trained(frozen, tmp_path)[0].run)[0] == Layout((), {"objective": "nothing"}, ("linear_1",))
    closed = classifier(flat, ("linear", {"units": 16, "frozen": "everything"}), ("linear", {"units": 10}), data=ALL,
                        objective={"optimizer": "lbfgs", "learning_rate": 0.1})  # fmt: skip
    layout, found = looked_at(closed, tmp_path)
    assert (layout.solvers, layout.frozen) == ({"objective_1": "closure"}, ("linear_1",))
    assert found["gradients"].section.rows == ("linear_2",)


def test_a_histogram_counts_what_numpy_counts() -> None:
    values = torch.randn(40, 50, generator=torch.Generator().manual_seed(1))
    found = spread(values).numpy()
    counts, edges = np.histogram(values.numpy(), BARS)
    assert np.allclose(found[:2], [edges[0], edges[-1]])
    assert np.abs(found[2:] - counts / 2000).max() <= 1.1 / 2000  # a value on an edge may fall on either side
    assert found[2:].sum() == pytest.approx(1)
    assert np.isnan(spread(torch.tensor([1.0, torch.inf])).numpy()).all()
    assert spread(torch.full((3,), 2.0)).numpy()[2:].sum() == pytest.approx(1)


def test_a_resumed_run_goes_on_keeping_and_forgets_what_it_does_again(tmp_path: Path) -> None:
    run = broken_off(classifier(epochs=3), tmp_path, 12, clock=clock(0.06))
    before = list(kept(run)[1]["gradients"].steps)
    list(Training(None, resume=run, clock=clock(0.06)).run())
    steps = list(kept(run)[1]["gradients"].steps)
    assert steps == sorted(set(steps))
    assert before[0] == steps[0] == 0
    assert steps[-1] > before[-1]


def test_nothing_that_goes_wrong_ends_the_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("full")

    monkeypatch.setattr(TimeLapse, "add", refuse)
    run = trained(classifier(), tmp_path / "full")[0].run
    assert Run.open(run).record.status == "finished"
    monkeypatch.undo()

    def exhausted(*_: object) -> None:
        raise torch.OutOfMemoryError("no memory")

    monkeypatch.setattr(HealthKeeper, "_measured", exhausted)
    run = trained(classifier(), tmp_path / "memory")[0].run
    assert Run.open(run).record.status == "finished"
    assert not len(kept(run)[1]["gradients"].steps)


def test_moments_cost_no_more_than_their_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HealthKeeper, "SHARE", 0.008)
    now = [0.0]
    training = Training(classifier(epochs=40), runs_folder=tmp_path, clock=lambda: now[0])
    spent, measured = [0.0], HealthKeeper._measured

    def costly(keeper: HealthKeeper, iteration: int) -> np.ndarray:
        now[0] += 0.05
        spent[0] += 0.05
        return measured(keeper, iteration)

    monkeypatch.setattr(HealthKeeper, "_measured", costly)
    for event in training.run():
        now[0] += 0.1 if event is None else 0.0
    assert spent[0] >= 0.2
    assert spent[0] / now[0] <= 0.01 + 3 * 0.05 / now[0]  # the first, the second and the last come as they may


def test_nobody_waits_at_the_end_for_what_takes_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HealthKeeper, "SHARE", 0.007)
    now, measured = [0.0], HealthKeeper._measured

    def costly(keeper: HealthKeeper, iteration: int) -> np.ndarray:
        now[0] += 5.0
        return measured(keeper, iteration)

    monkeypatch.setattr(HealthKeeper, "_measured", costly)
    training = Training(classifier(), runs_folder=tmp_path, clock=lambda: now[0])
    list(training.run())
    assert now[0] == 5.0
    assert list(kept(training.run_folder)[1]["gradients"].steps) == [0]
