"""Feature maps of any node, for any example: the numbers of a plain network, its fields, and what excites it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from backend.loading import Model, load_run
from backend.messages import Finished
from backend.predict import computed, reads
from backend.problems import TrainProblem
from backend.questions.examples import Example
from backend.questions.maps import Excitation, Exciting, FieldOf, FieldSeen, Maps, MapsSeen
from backend.train import Training
from backend.views import Subject, answer
from graph import files, templates
from graph.document import MAIN, Document, NodeKey
from graph.plan import outputs
from tests.nested import RESIDUAL, RESIDUAL_WIRES, Nodes, network
from tests.runs import quick_run

DIGITS = NodeKey(MAIN, "data_1")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return quick_run(tmp_path_factory.mktemp("runs") / "digits", "digits-cnn", "--epochs", "1")


@pytest.fixture(scope="module")
def nested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a residual block that is placed twice."""
    folder = tmp_path_factory.mktemp("nested")
    document = Document()
    network(document, "block", RESIDUAL, RESIDUAL_WIRES)
    main: Nodes = {
        "data": ("data", {"source": "digits"}), "first": ("conv2d", {"filters": 8}), "one": "@block", "two": "@block",
        "flat": "flatten", "dense": ("linear", {"units": 10}), "out": "output", "loss": "cross_entropy",
    }  # fmt: skip
    wires = {
        "first.x": "data.image", "one.x": "first.features", "two.x": "one.y", "flat.x": "two.y",
        "dense.x": "flat.output", "out.x": "dense.output", "loss.prediction": "dense.output",
        "loss.target": "data.label",
    }  # fmt: skip
    network(document, MAIN, main, wires)
    path = folder / "nested.netloom"
    path.write_bytes(files.dumps(document))
    return quick_run(folder / "run", str(path), "--epochs", "1")


def told(model: Model, **asked: object) -> MapsSeen:
    found = answer(Subject(model, model.run), Maps(**asked))  # type: ignore[arg-type]
    assert isinstance(found, MapsSeen)
    return found


def hooked(model: Model, name: str, x: torch.Tensor) -> torch.Tensor:
    """What a child of the root gives while its Output is computed, caught on the way."""
    caught = []
    hook = model.root.get_submodule(name).register_forward_hook(lambda _, given, made: caught.append(made.clone()))
    plan = outputs(model.document, model.root.specs)[0]
    computed(model, plan, {reads(model, plan)[0]: x})
    hook.remove()
    return caught[0][0]


def image(model: Model, index: int, data: NodeKey = DIGITS) -> torch.Tensor:
    return model.data[data].batch("test", torch.tensor([index]))["image"]


def test_maps_are_what_a_hook_catches(run: Path) -> None:
    model = load_run(run)
    found = told(model, example=Example("test", 3))
    assert found.place[:2] == ("conv2d_1", "features")  # the first that has maps
    assert found.seen.values is not None
    assert np.allclose(found.seen.values, hooked(model, "conv2d_1", image(model, 3)).numpy(), atol=1e-6)
    assert found.given is not None
    assert np.allclose(found.given.values, image(model, 3)[0].numpy())
    assert (found.index, found.total, found.picture) == (3, model.data[DIGITS].count("test"), (1, 8, 8))
    dense = told(model, node="linear_2", example=Example("test", 3))
    assert dense.seen.form == "classes"
    assert np.allclose(dense.seen.values, hooked(model, "linear_2", image(model, 3)).numpy(), atol=1e-5)
    assert ("conv2d_2", "features") in {place[:2] for place in found.places}


def test_nodes_inside_placed_networks_go_by_their_path(nested: Path) -> None:
    model = load_run(nested)
    x = image(model, 2, NodeKey(MAIN, "data"))
    for path in ("one.conv_2", "two.conv_1"):
        found = told(model, node=path, example=Example("test", 2))
        assert np.allclose(found.seen.values, hooked(model, path, x).numpy(), atol=1e-6)
    whole, last = told(model, node="two"), told(model, node="two.sum")
    assert np.array_equal(whole.seen.values, last.seen.values)


def test_two_examples_beside_each_other(run: Path) -> None:
    model = load_run(run)
    both = told(model, example=Example("test", 3), other=Example("train", 5))
    assert np.array_equal(both.seen.values, told(model, example=Example("test", 3)).seen.values)
    assert both.others is not None
    assert np.array_equal(both.others.values, told(model, example=Example("train", 5)).seen.values)


def test_a_drawing_and_a_file_are_prepared_as_the_data(run: Path, tmp_path: Path) -> None:
    model = load_run(run)
    x = image(model, 7)
    drawn = x[0, 0].numpy()
    by_hand = told(model, example=Example(drawn=drawn))
    assert np.allclose(by_hand.seen.values, told(model, example=Example("test", 7)).seen.values, atol=1e-5)
    np.save(tmp_path / "x.npy", (drawn * 16).astype(np.float32))  # as the data set stores it
    by_file = told(model, example=Example(file=str(tmp_path / "x.npy")))
    assert np.allclose(by_file.seen.values, by_hand.seen.values, atol=1e-5)
    Image.fromarray(np.round(drawn * 255).astype(np.uint8)).save(tmp_path / "x.png")
    by_picture = told(model, example=Example(file=str(tmp_path / "x.png")))
    assert np.allclose(by_picture.given.values, drawn, atol=1 / 255)
    colours = told(model, example=Example(drawn=np.repeat(drawn[None], 3, axis=0)))
    assert np.allclose(colours.seen.values, by_hand.seen.values, atol=1e-5)
    larger = told(model, example=Example(drawn=np.ones((32, 32), np.float32)))
    assert np.allclose(larger.given.values, 1)


@pytest.mark.parametrize(("node", "unit"), [("conv2d_1", (1, 0, 3)), ("max_pool2d_1", (0, 1, 1)), ("linear_1", (4,))])
def test_a_field_is_what_changes_the_unit(run: Path, node: str, unit: tuple[int, ...]) -> None:
    model = load_run(run)
    port = next(port for port in model.root.specs if port.node == node)
    with torch.no_grad():
        for parameter in model.root.parameters():
            parameter.copy_(parameter.abs() + 0.1)
    ground, module = torch.rand(1, 1, 8, 8, generator=torch.Generator().manual_seed(0)), model.slice([port])
    many = ground.expand(64, -1, -1, -1).clone()
    many.view(64, -1)[torch.arange(64), torch.arange(64)] += 1e3
    with torch.no_grad():
        where = (slice(None), *unit)
        differs = ((module(many)[where] - module(ground)[where]).abs() > 1e-2).reshape(8, 8).numpy()
    found = answer(Subject(model, None), FieldOf(node=node, port=port.port, unit=unit))
    assert isinstance(found, FieldSeen)
    assert found.exact
    assert np.array_equal(found.seen, differs)
    assert found.whole == differs.all()
    assert found.box == (*np.flatnonzero(differs.any(1))[[0, -1]], *np.flatnonzero(differs.any(0))[[0, -1]])


def test_fields_inside_placed_networks_add_up(nested: Path) -> None:
    subject = Subject(load_run(nested), None)
    boxes = [answer(subject, FieldOf(node=node, port=port, unit=(0, 4, 4))).box
             for node, port in (("first", "features"), ("one.conv_1", "features"), ("one.sum", "output"))]  # fmt: skip
    assert boxes == [(3, 5, 3, 5), (2, 6, 2, 6), (1, 7, 1, 7)]
    assert answer(subject, FieldOf(node="dense", port="output", unit=(3,))).whole
    with pytest.raises(TrainProblem, match="not there"):
        answer(subject, FieldOf(node="first", port="features", unit=(0, 40, 4)))


@pytest.mark.parametrize("spot", [(), (2, 5)])
def test_what_excites_a_map_most(run: Path, spot: tuple[int, ...]) -> None:
    model = load_run(run)
    port = next(port for port in model.root.specs if port.node == "conv2d_1")
    every = model.data[DIGITS].batch("train", torch.arange(model.data[DIGITS].count("train")))["image"]
    with torch.no_grad():
        channel = model.slice([port])(every)[:, 2]
    values = (channel[:, 2, 5] if spot else channel.flatten(1).amax(1)).numpy()
    found = answer(Subject(model, None), Exciting(node="conv2d_1", port=port.port, channel=2, spot=spot, split="train"))
    assert isinstance(found, Excitation)
    best = np.argsort(-values, kind="stable")[:9]
    assert found.total == len(values)
    assert np.allclose([each.value for each in found.found], values[best], atol=1e-6)
    assert [each.index for each in found.found] == best.tolist()
    first = found.found[0]
    assert np.allclose(first.given.values, every[first.index].numpy())
    row, column = divmod(int(channel[first.index].argmax()), 8)
    assert first.spot == (spot or (row, column))
    assert first.box[0] <= first.spot[0] <= first.box[1]


def test_vectors_sequences_and_words_can_be_searched_too(tmp_path: Path) -> None:
    model = load_run(quick_run(tmp_path / "counting", "counting-rnn", "--epochs", "1", "--set", "data_1.examples=200"))
    subject = Subject(model, model.run)
    found = told(model, node="lstm")
    assert found.seen.form in ("sequence", "vector")
    best = answer(subject, Exciting(node="lstm", channel=1, split="train", count=3))
    assert len(best.found) == 3
    assert [each.value for each in best.found] == sorted((each.value for each in best.found), reverse=True)
    assert answer(subject, FieldOf(node="lstm", unit=(1,) if found.seen.form == "vector" else (0, 1))).seen.any()


def test_a_network_that_runs_over_time_is_looked_into(tmp_path: Path) -> None:
    model = load_run(quick_run(tmp_path / "elman", "elman-by-hand", "--epochs", "1"))
    found = told(model, node="run.h", example=Example("train"))
    assert found.place == ("run.h", "output", (2, 1))
    assert {"run.state", "run.sum", "run.w_hy"} < {place.node for place in found.places}
    assert np.allclose(found.seen.values, [[0], [np.tanh(2)]])


def test_what_has_no_maps_is_told(run: Path, tmp_path: Path) -> None:
    model = load_run(run)
    loss = next(key.node for key, node in model.document.nodes.items() if "entropy" in node.type)
    with pytest.raises(TrainProblem, match="is a loss"):
        told(model, node=loss)
    with pytest.raises(TrainProblem, match="was drawn: train again"):
        told(model, node="nobody")
    points = load_run(quick_run(tmp_path / "xor", "xor", "--epochs", "1"))
    with pytest.raises(TrainProblem, match="reads no picture"):
        told(points, example=Example("train", drawn=np.zeros((8, 8))))
    assert told(points, example=Example("train")).seen.form == "vector"


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"node": "conv2d_1", "channel": 1000}, "unit is not there"),
        ({"node": "conv2d_1", "spot": (0, 99)}, "unit is not there"),
        ({"node": "conv2d_1", "spot": (1,)}, "unit is not there"),
        ({"node": "linear_1", "channel": 9999}, "unit is not there"),
        ({"node": "cross_entropy_1", "port": "loss"}, "is a loss and gives no values for single examples"),
    ],
)
def test_a_unit_that_is_gone_is_told(asked: dict[str, Any], sentence: str, run: Path) -> None:
    model = load_run(run)
    with pytest.raises(TrainProblem, match=sentence):
        answer(Subject(model, None), Exciting(**asked))


def _learned(document: Document, folder: Path, look: bool) -> dict[str, float]:
    training = Training(document, folder=folder)
    for number, event in enumerate(training.run()):
        if look and event is None and number % 5 == 0:
            subject = training.subject(Maps())
            gradients = [parameter.grad for parameter in subject.model.root.parameters()]
            drawn = np.full((8, 8), 0.5, np.float32)
            with torch.random.fork_rng(devices=[]):
                answer(subject, Maps(node="dropout_1", example=Example("train", number), other=Example(drawn=drawn)))
                answer(subject, FieldOf(node="conv2d_2", unit=(0, 1, 1)))
                answer(subject, Exciting(node="conv2d_1", channel=0, split="validation", count=2))
            assert subject.model.root.training
            assert all(one is other.grad for one, other in zip(gradients, subject.model.root.parameters()))
        if isinstance(event, Finished):
            return dict(event.metrics["test"])
    raise AssertionError("the training did not finish")


def test_a_training_that_is_looked_at_learns_the_same(tmp_path: Path) -> None:
    document = templates.find_design("digits-cnn")
    with document.edit("Short"):
        document.set_setting("epochs", 1)
    assert _learned(document, tmp_path / "a", False) == _learned(document, tmp_path / "b", True)
