"""Looking inside a recurrence that learned: probes, maps, fields, codes, gradients; and learning is not disturbed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from nested import network
from torch import nn
from training import same, weights

from backend.codes import code_ports
from backend.gauges import batch_of
from backend.loading import Model, load_run
from backend.messages import Finished
from backend.probes import looked
from backend.problems import TrainProblem
from backend.questions.examples import Example
from backend.questions.flow import Flow, Flowing
from backend.questions.latent import CodePlane, Codes, Decode, Decoded
from backend.questions.looking import Look
from backend.questions.maps import Exciting, FieldOf, Maps, MapsSeen
from backend.questions.why import Why
from backend.train import Training
from backend.views import Subject, answer
from graph.compiler import read_by
from graph.document import MAIN, Document, NodeKey, Port

INSIDE = ("w", "u", "sum", "bend", "h")
UNITS = 5


def rows(**settings: Any) -> Document:
    """Digits read row by row by Elman's network, in a placed network; what it ends with says the class."""
    document = Document()
    network(document, "elman",
            {"x": "input", "h": "delay", "w": ("linear", {"units": UNITS}),
             "u": ("linear", {"units": UNITS, "bias": False}), "sum": "add", "bend": "tanh", "drop": "dropout",
             "last": ("output", {"steps": "last"})},
            {"w.x": "x.output", "u.x": "h.output", "sum.xs.0": "w.output", "sum.xs.1": "u.output",
             "bend.x": "sum.output", "drop.x": "bend.output", "h.x": "drop.output",
             "last.x": "drop.output"})  # fmt: skip
    network(
        document, "reader", {"x": "input", "run": "@elman", "y": "output"}, {"run.x": "x.output", "y.x": "run.last"}
    )
    network(document, MAIN,
            {"data": ("data", {"source": "digits", "examples": 200}), "rows": ("reshape", {"shape": "8, 8"}),
             "reader": "@reader", "head": ("linear", {"units": 10}), "loss": "cross_entropy", "out": "output"},
            {"rows.x": "data.image", "reader.x": "rows.output", "head.x": "reader.y", "loss.prediction": "head.output",
             "loss.target": "data.label", "out.x": "head.output"})  # fmt: skip
    with document.edit("Settings"):
        for name, value in {"batch_size": 16, "epochs": 1, **settings}.items():
            document.set_setting(name, value)
    return document


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    training = Training(rows(), runs_folder=tmp_path_factory.mktemp("runs"))
    list(training.run())
    return Path(training.run_folder)


@pytest.fixture
def model(run: Path) -> Model:
    return load_run(run)


def path(name: str) -> str:
    return f"reader.run.{name}"


def by_loop(model: Model, x: torch.Tensor, drop: float = 0.0) -> dict[str, list[torch.Tensor]]:
    """Everything inside, a tensor a step, for pictures (examples, 1, 8, 8)."""
    elman: Any = model.root.get_submodule("reader.run")
    state, told = torch.zeros(len(x), UNITS), {name: [] for name in (*INSIDE, "drop")}
    for now in x.reshape(-1, 8, 8).unbind(1):
        told["h"].append(state)
        told["w"].append(F.linear(now, elman.w.weight, elman.w.bias))
        told["u"].append(F.linear(state, elman.u.weight))
        told["sum"].append(told["w"][-1] + told["u"][-1])
        told["bend"].append(torch.tanh(told["sum"][-1]))
        told["drop"].append(F.dropout(told["bend"][-1], drop, drop > 0))
        state = told["drop"][-1]
    return told


def pictures(model: Model, split: str) -> torch.Tensor:
    data = model.data[NodeKey(MAIN, "data")]
    return data.batch(split, torch.arange(data.count(split)))["image"]


def test_a_probe_inside_shows_a_sequence(model: Model) -> None:
    asked = [*((path(name), "output") for name in INSIDE), (path("x"), "output"), (path("last"), "output")]
    found = looked(model, Look(tuple(asked), "test", 3))
    expected = by_loop(model, pictures(model, "test")[3:4])
    for name, seen in zip(INSIDE, found.seen):
        assert seen.form == "sequence"
        assert seen.shape == (8, UNITS)
        assert np.allclose(seen.values, torch.stack(expected[name], 1)[0].detach().numpy(), atol=1e-6)
    given, last = found.seen[-2:]
    assert np.array_equal(given.values, pictures(model, "test")[3, 0].numpy())
    assert np.array_equal(last.values, found.seen[INSIDE.index("bend")].values)
    little = looked(model, Look(tuple(asked), "test", 3, small=True))
    assert np.array_equal(little.seen[2].values, found.seen[2].values)
    assert [each.error for each in found.seen + little.seen] == [""] * (2 * len(asked))
    lost = looked(model, Look(((path("nobody"), "output"), (path("w"), "other")), "test")).seen
    assert "was drawn: train again" in lost[0].error
    assert "has no output “other”" in lost[1].error


def told(model: Model, **asked: Any) -> MapsSeen:
    found = answer(Subject(model, model.run), Maps(**asked))
    assert isinstance(found, MapsSeen)
    return found


def test_places_inside_are_listed_and_shown(model: Model) -> None:
    found = told(model, node=path("sum"), example=Example("test", 2))
    shapes = {place.node: place.shape for place in found.places}
    assert {path(name): shapes[path(name)] for name in INSIDE} == {path(name): (8, UNITS) for name in INSIDE}
    assert not {path("x"), path("last"), "reader"} & shapes.keys()  # whose values stand elsewhere
    expected = by_loop(model, pictures(model, "test")[2:3])
    assert np.allclose(found.seen.values, torch.stack(expected["sum"], 1)[0].detach().numpy(), atol=1e-6)
    ends = told(model, node=path("last"), example=Example("test", 2))
    assert (ends.place.node, ends.seen.shape) == (path("drop"), (8, UNITS))
    with pytest.raises(TrainProblem, match="was drawn: train again"):
        told(model, node=path("nobody"))


def test_a_step_sees_the_rows_up_to_its_own(model: Model) -> None:
    for step in (0, 3, 7):
        now, before = (answer(Subject(model, None), FieldOf(node=path(name), unit=(step, 1))) for name in ("sum", "h"))
        assert now.box == (0, step, 0, 7)
        assert now.exact
        assert before.box == ((0, step - 1, 0, 7) if step else ())


@pytest.mark.parametrize("spot", [(), (4,)])
def test_what_excites_a_unit_inside_most(model: Model, spot: tuple[int, ...]) -> None:
    values = torch.stack(by_loop(model, pictures(model, "train"))["sum"], 1)[:, :, 2].detach().numpy()
    best = values[:, 4] if spot else values.max(1)
    asked = Exciting(node=path("sum"), channel=2, spot=spot, split="train", count=4)
    found = answer(Subject(model, None), asked).found
    assert [each.index for each in found] == np.argsort(-best, kind="stable")[:4].tolist()
    assert np.allclose([each.value for each in found], np.sort(best)[::-1][:4], atol=1e-6)
    assert found[0].spot == (spot or (int(values[found[0].index].argmax()),))


def films(folder: Path) -> Model:
    """A recurrence whose states are maps: digits cut into four little pictures, one a step."""
    document = Document()
    network(document, "cell",
            {"x": "input", "h": "delay", "see": ("conv2d", {"filters": 2}), "keep": ("conv2d", {"filters": 2}),
             "sum": "add", "bend": "tanh", "mute": "relu", "last": ("output", {"steps": "last"})},
            {"see.x": "x.output", "keep.x": "h.output", "sum.xs.0": "see.features", "sum.xs.1": "keep.features",
             "bend.x": "sum.output", "h.x": "bend.output", "mute.x": "bend.output",
             "last.x": "mute.output"})  # fmt: skip
    network(document, MAIN,
            {"data": ("data", {"source": "digits", "examples": 60}), "cut": ("reshape", {"shape": "4, 1, 4, 4"}),
             "run": "@cell", "flat": "flatten", "head": ("linear", {"units": 10}), "loss": "cross_entropy"},
            {"cut.x": "data.image", "run.x": "cut.output", "flat.x": "run.last", "head.x": "flat.output",
             "loss.prediction": "head.output", "loss.target": "data.label"})  # fmt: skip
    with document.edit("Settings"):
        document.set_setting("epochs", 1)
        document.change_node(NodeKey("cell", "mute"), muted=True)
    training = Training(document, runs_folder=folder)
    list(training.run())
    return load_run(training.run_folder)


def test_maps_over_time_are_seen_searched_and_traced(tmp_path: Path) -> None:
    model = films(tmp_path)
    cell: Any = model.root.get_submodule("run")
    state, states = torch.zeros(len(pictures(model, "train")), 2, 4, 4), []
    for now in pictures(model, "train").reshape(-1, 4, 1, 4, 4).unbind(1):
        state = torch.tanh(cell.see(now) + cell.keep(state))
        states.append(state)
    expected = torch.stack(states, 1).detach()
    found = told(model, node="run.bend", example=Example("train", 5))
    assert (found.place.shape, found.seen.form) == ((4, 2, 4, 4), "maps")
    assert np.allclose(found.seen.values, expected[5].flatten(0, 1).numpy(), atol=1e-6)
    assert np.array_equal(told(model, node="run.mute", example=Example("train", 5)).seen.values, found.seen.values)
    (little,) = looked(model, Look((("run.mute", "output"),), "train", 5, small=True)).seen
    assert (little.form, little.shape) == ("maps", (4, 2, 4, 4))
    values = expected[:, 2, 1]  # the sixth map: the second of the third step
    best = answer(Subject(model, None), Exciting(node="run.bend", channel=5, split="train", count=3)).found
    assert [each.index for each in best] == values.flatten(1).amax(1).argsort(descending=True)[:3].tolist()
    assert best[0].spot == divmod(int(values[best[0].index].argmax()), 4)
    field = answer(Subject(model, None), FieldOf(node="run.see", unit=(5, 1, 1)))
    assert field.exact
    assert field.seen.sum() == 9  # what a window of 3 sees of the third picture, which is half of two rows each
    assert field.box == (4, 5, 0, 6)
    assert answer(Subject(model, None), FieldOf(node="run.bend", unit=(5, 1, 1))).box[:2] == (0, 5)
    with pytest.raises(TrainProblem, match="not there"):
        answer(Subject(model, None), FieldOf(node="run.bend", unit=(8, 1, 1)))


def test_grad_cam_of_a_node_inside_says_why_not(model: Model) -> None:
    with pytest.raises(TrainProblem, match="anew at every step"):
        answer(Subject(model, model.run), Why(method="activation", node=path("sum"), port="output"))


def test_codes_of_a_node_inside(model: Model) -> None:
    subject = Subject(model, model.run)
    found: CodePlane = answer(subject, Codes(node=path("bend"), port="output", split="train", method="plain",
                                             axes=(3, 36)))  # fmt: skip
    expected = torch.stack(by_loop(model, pictures(model, "train"))["bend"], 1).flatten(1).detach().numpy()
    assert found.shape == (8, UNITS)
    assert np.allclose(found.places, expected[found.rows][:, [3, 36]], atol=1e-6)
    assert (path("sum"), "output", "8×5") in found.choices
    assert found.decodes == ("out",)
    assert code_ports(model)[-1].node == "head"
    assert answer(subject, Codes()).node not in {path(name) for name in INSIDE}  # nobody asked for the inside


def test_a_code_inside_is_decoded(model: Model) -> None:
    states = torch.rand(8, UNITS, generator=torch.Generator().manual_seed(0))
    found: Decoded = answer(Subject(model, model.run),
                            Decode(path("bend"), "output", split="train", shift=states.flatten().numpy()))  # fmt: skip
    head: Any = model.root.get_submodule("head")
    assert np.allclose(found.values, head(states[-1]).softmax(0).detach().numpy(), atol=1e-6)
    assert Port(MAIN, path("bend"), "output") in read_by(model.document, [Port(MAIN, "head", "output")])


def test_gradients_inside_are_those_of_a_loop(tmp_path: Path) -> None:
    document = rows()
    with document.edit("No dropout"):
        document.set_param(NodeKey("elman", "drop"), "probability", 0.0)
    training = Training(document, runs_folder=tmp_path)
    work = training.run()
    next(work)
    model = training.subject(Flow(())).model
    at, _ = batch_of(model)
    x, y = (model.stage("train").column(Port(MAIN, "data", name))(at) for name in ("image", "label"))
    steps = by_loop(model, x)
    head: Any = model.root.get_submodule("head")
    loss = F.cross_entropy(head(steps["drop"][-1]), y)
    names = ("w", "u", "sum", "bend")
    asked = (*((path(name), "output") for name in names), ("reader", "y"), (path("h"), "output"), ("nobody", "x"))
    found: Flowing = answer(training.subject(Flow(())), Flow(ports=asked))
    for name, norm in zip(names, found.norms):
        gradients = torch.autograd.grad(loss, steps[name], retain_graph=True, allow_unused=True)
        there = torch.stack([each for each in gradients if each is not None])
        assert norm == pytest.approx(float(there.norm()), rel=1e-5), name
    last = torch.autograd.grad(loss, steps["drop"][-1], retain_graph=True)[0]
    assert found.norms[4] == pytest.approx(float(last.norm()), rel=1e-5)
    states = torch.autograd.grad(loss, steps["h"][1:])  # the first is 0 whatever is learned
    assert found.norms[5] == pytest.approx(float(torch.stack(states).norm()), rel=1e-5)
    assert found.norms[6] is None
    assert all(parameter.grad is None for parameter in model.root.parameters())
    work.close()


def nested() -> Document:
    """Digits in four strips of four times four numbers: a recurrence over the strips runs one over the rows of each."""
    document = Document()
    add = {"sum.xs.0": "x.output", "sum.xs.1": "h.output"}
    network(document, "rows",
            {"x": "input", "h": ("delay", {"size": 4}), "sum": "add", "bend": "tanh",
             "y": ("output", {"steps": "last"})},
            {**add, "bend.x": "sum.output", "h.x": "bend.output", "y.x": "bend.output"})  # fmt: skip
    network(document, "strips",
            {"x": "input", "h": ("delay", {"size": 4}), "rows": "@rows", "sum": "add", "most": "argmax",
             "y": ("output", {"steps": "last"}), "mosts": "output"},
            {"rows.x": "x.output", "sum.xs.0": "rows.y", "sum.xs.1": "h.output", "h.x": "sum.output",
             "most.x": "sum.output", "mosts.x": "most.output", "y.x": "sum.output"})  # fmt: skip
    network(document, MAIN,
            {"data": ("data", {"source": "digits", "examples": 60}), "cut": ("reshape", {"shape": "4, 4, 4"}),
             "run": "@strips", "head": ("linear", {"units": 10}), "loss": "cross_entropy"},
            {"cut.x": "data.image", "run.x": "cut.output", "head.x": "run.y", "loss.prediction": "head.output",
             "loss.target": "data.label"})  # fmt: skip
    return document


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_gradients_within_a_recurrence_within_a_recurrence(tmp_path: Path, precision: str) -> None:
    document = nested()
    with document.edit("Settings"):
        document.set_setting("precision", precision)
    training = Training(document, runs_folder=tmp_path)
    work = training.run()
    next(work)
    model = training.subject(Flow(())).model
    at, _ = batch_of(model)
    x, y = (model.stage("train").column(Port(MAIN, "data", name))(at) for name in ("image", "label"))
    outer, sums, totals = torch.zeros(len(x), 4), [], []
    for strip in x.reshape(-1, 4, 4, 4).unbind(1):
        state = torch.zeros(len(x), 4)
        for row in strip.unbind(1):
            sums.append((row + state).requires_grad_())
            state = torch.tanh(sums[-1])
        outer = state + outer
        totals.append(outer)
    head: Any = model.root.get_submodule("head")
    loss = F.cross_entropy(head(outer), y)
    gradients = [torch.autograd.grad(loss, each, retain_graph=True) for each in (sums, totals)]
    expected = [float(torch.stack(each).norm()) for each in gradients]
    found: Flowing = answer(training.subject(Flow(())),
                            Flow(ports=(("run.rows.sum", "output"), ("run.sum", "output"))))  # fmt: skip
    assert found.norms == pytest.approx(expected, rel=1e-5 if precision == "fp32" else 0.02)
    most, inner = looked(model, Look((("run.most", "output"), ("run.rows.sum", "output")), "train", 2)).seen
    _, first = looked(model, Look((("data", "image"), ("run.sum", "output")), "train", 2)).seen
    assert np.array_equal(most.values, first.values.argmax(1))
    assert (inner.form, inner.shape) == ("maps", (4, 4, 4))  # those of every strip over its rows
    work.close()


def learned(folder: Path, look: bool) -> dict[str, torch.Tensor]:
    training = Training(rows(epochs=2), folder=folder)
    for number, event in enumerate(training.run()):
        if look and event is None and number % 3 == 0:
            ports = tuple((path(name), "output") for name in INSIDE)
            before = torch.get_rng_state()
            for question in (Look(ports, "train", number), Maps(node=path("drop"), example=Example("train", number)),
                             Flow(ports=ports), Codes(node=path("sum"), port="output", split="train", count=20),
                             FieldOf(node=path("u"), unit=(2, 1))):  # fmt: skip
                subject = training.subject(question)
                root: nn.Module = subject.model.root
                gradients = [parameter.grad for parameter in root.parameters()]
                answer(subject, question)
                assert all(one is other.grad for one, other in zip(gradients, root.parameters()))
                assert root.training
            assert torch.equal(torch.get_rng_state(), before)
        if isinstance(event, Finished):
            return weights(str(folder))
    raise AssertionError("the training did not finish")


def test_a_training_that_is_looked_at_inside_learns_the_same_bit_for_bit(tmp_path: Path) -> None:
    plain, seen = learned(tmp_path / "a", False), learned(tmp_path / "b", True)
    assert any(name.startswith("reader.run.") for name in plain)
    assert same(plain, seen)


def test_a_carried_state_is_not_disturbed(tmp_path: Path) -> None:
    found = []
    for look in (False, True):
        document = rows()
        with document.edit("Carry"):
            document.set_param(NodeKey("reader", "run"), "carry", True)
        training = Training(document, folder=tmp_path / str(look))
        for event in training.run():
            if look and event is None:
                question = Look(((path("h"), "output"),), "train")
                answer(training.subject(question), question)
        found.append(weights(training.run_folder))
    assert same(*found)
