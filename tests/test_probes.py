"""Looking at ports: values are those of the modules themselves, numbers those of numpy, and nothing is disturbed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from backend.loading import load_run
from backend.messages import Finished
from backend.probes import BARS, looked, statistics, thinned
from backend.questions.looking import Look
from backend.train import Training
from backend.views import Subject, answer
from graph import templates
from graph.document import MAIN, Document, NodeKey
from tests.runs import quick_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return quick_run(tmp_path_factory.mktemp("runs") / "digits", "digits-cnn", "--epochs", "1")


@pytest.mark.parametrize("index", [0, 5])
def test_a_feature_map_is_what_the_module_gives(run: Path, index: int) -> None:
    model = load_run(run)
    caught: dict[str, torch.Tensor] = {}
    for name, module in model.root.named_children():
        module.register_forward_hook(lambda _, given, made, name=name: caught.update({name: made.detach().clone()}))
    found = looked(model, Look((("conv2d_1", "features"), ("linear_2", "output"), ("data_1", "image")), "test", index))
    maps, logits, picture = found.seen
    image = model.data[NodeKey(MAIN, "data_1")].batch("test", torch.tensor([index]))["image"]
    alone = dict(model.root.named_children())["conv2d_1"](image.to(memory_format=torch.channels_last))[0]
    assert maps.form == "maps"
    assert np.allclose(maps.values, alone.detach().numpy(), atol=1e-6)
    assert np.allclose(logits.values, caught["linear_2"][0].numpy())
    assert (logits.form, logits.names) == ("classes", tuple("0123456789"))
    assert picture.form == "picture"
    assert np.allclose(picture.values, image[0].numpy())
    assert (found.index, found.total) == (index, len(model.data[NodeKey(MAIN, "data_1")].indices["test"]))


def test_the_numbers_are_those_of_numpy() -> None:
    values = torch.randn(7, 11, generator=torch.Generator().manual_seed(0))
    values[0, :3] = 0.0
    told = statistics(values)
    array = values.numpy()
    assert (told["low"], told["high"]) == (array.min(), array.max())
    assert told["mean"] == pytest.approx(array.astype(np.float64).mean())
    assert told["deviation"] == pytest.approx(array.astype(np.float64).std())
    assert told["zeros"] == pytest.approx(3 / 77)
    assert told["counts"] == tuple(np.histogram(array, BARS)[0])
    values[1, 0], values[2, 0] = float("nan"), float("inf")
    told = statistics(values)
    assert told["odd"] == 2
    assert sum(told["counts"]) == 75
    assert statistics(torch.full((3,), float("nan"))) == {"odd": 3}
    assert statistics(torch.full((4,), 2.0))["counts"] == (4,)


def test_ports_inside_networks_and_those_that_are_not_there(tmp_path: Path) -> None:
    model = load_run(quick_run(tmp_path / "gan", "gan-2d", "--epochs", "1", "--set", "data_1.examples=64"))
    placing = next(key.node for key, node in model.document.nodes.items() if node.type.startswith("@"))
    network = model.document.nodes[NodeKey(MAIN, placing)].type.removeprefix("@")
    inner = next(key.node for key, node in model.document.nodes.items() if key.network == network
                 and node.type == "linear")  # fmt: skip
    found = looked(model, Look(((f"{placing}.{inner}", "output"), ("nobody", "output")), "train"))
    assert found.seen[0].form == "vector"
    assert not found.seen[0].error
    assert "“nobody” was drawn: train again" in found.seen[1].error


def test_what_runs_over_time_is_seen_at_every_step(tmp_path: Path) -> None:
    model = load_run(quick_run(tmp_path / "elman", "elman-by-hand", "--epochs", "1"))
    state, before = looked(model, Look((("run.state", "output"), ("run.h", "output")), "train")).seen
    assert np.allclose(state.values, [[np.tanh(2)], [np.tanh(np.tanh(2) + 3)]])
    assert np.allclose(before.values, [[0], [np.tanh(2)]])


def _learned(document: Document, folder: Path, look: bool) -> dict[str, float]:
    training = Training(document, folder=folder)
    for number, event in enumerate(training.run()):
        if look and event is None and number % 3 == 0:
            with torch.random.fork_rng(devices=[]):
                question = Look((("dropout_1", "output"), ("conv2d_2", "features")), "train", number)
                answer(training.subject(question), question)
        if isinstance(event, Finished):
            return dict(event.metrics["test"])
    raise AssertionError("the training did not finish")


def test_looking_changes_nothing(tmp_path: Path) -> None:
    document = templates.find_design("digits-cnn")
    with document.edit("Short"):
        document.set_setting("epochs", 1)
    assert _learned(document, tmp_path / "a", False) == _learned(document, tmp_path / "b", True)


def test_little_pictures_are_every_so_many_numbers_of_the_whole() -> None:
    maps = torch.arange(20 * 130 * 60, dtype=torch.float32).reshape(20, 130, 60)
    assert np.array_equal(thinned("maps", maps).numpy(), maps.numpy()[:12, ::3])
    assert np.array_equal(thinned("vector", maps.flatten()[:640]).numpy(), maps.numpy().ravel()[:640:10])
    assert thinned("classes", torch.zeros(100)).shape == (100,)
    assert thinned("number", torch.tensor(2.0)) == 2


def test_a_little_look_is_the_large_one_thinned(run: Path) -> None:
    model = load_run(run)
    ports = (("conv2d_1", "features"), ("linear_2", "output"))
    large, small = (looked(model, Look(ports, "test", 3, small=small)).seen for small in (False, True))
    for whole, little in zip(large, small):
        assert little.form == whole.form
        assert little.shape == whole.shape
        assert whole.values is not None
        assert np.array_equal(little.values, thinned(whole.form, torch.from_numpy(whole.values)).numpy())


def test_a_little_look_that_fails_is_told_for_each_port(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subject, ports = Subject(load_run(run), None), (("conv2d_1", "features"), ("linear_2", "output"))
    monkeypatch.setattr(subject.model, "stage", None)
    with pytest.raises(TypeError):
        answer(subject, Look(ports))
    found = answer(subject, Look(ports, small=True))
    assert [(seen.node, seen.port) for seen in found.seen] == list(ports)
    assert all(seen.error and seen.values is None for seen in found.seen)
