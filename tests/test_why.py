"""Why an answer is as it is: every method beside an independent one in plain PyTorch, and beside captum where it is."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from backend.attribution import class_activation, integrated_gradients, occlusion, saliency
from backend.loading import Model, load_run
from backend.messages import Finished
from backend.problems import TrainProblem
from backend.questions.examples import Example
from backend.questions.why import Reason, Why
from backend.train import Training
from backend.views import Subject, answer
from graph import files, templates
from graph.document import MAIN, Document, NodeKey, Port
from tests.runs import quick_run
from tests.test_data_texts_used import sentiment
from tests.worded import class_files

DIGITS = NodeKey(MAIN, "data_1")
CLOSE = 1e-4


class Net(nn.Module):
    """A small network with everything that matters: overlapping windows, a pool, colours and a smooth bend."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.one, self.two, self.end = nn.Conv2d(3, 6, 3, padding=1), nn.Conv2d(6, 8, 3), nn.Linear(8 * 4 * 3, 5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.max_pool2d(torch.tanh(self.one(x)), 2)
        return self.end(functional.gelu(self.two(x)).flatten(1))


@pytest.fixture(scope="module")
def net() -> Net:
    return Net().eval()


@pytest.fixture(scope="module")
def x() -> torch.Tensor:
    return torch.rand(1, 3, 12, 10, generator=torch.Generator().manual_seed(3))


def all_of(work: Any) -> Any:
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


def score(net: Net, target: int) -> Callable[[torch.Tensor], torch.Tensor]:
    return lambda x: net(x)[:, target]


# -- the methods by themselves ----------------------------------------------------------------------------------------


def slope(net: Net, x: torch.Tensor, target: int) -> torch.Tensor:
    """The gradient by going a little to both sides of every number, in double precision."""
    exact, ground, step = Net().eval().double(), x.double(), 1e-6
    exact.load_state_dict({name: value.double() for name, value in net.state_dict().items()})
    both = []
    for side in (step, -step):
        many = ground.repeat(ground.numel(), 1, 1, 1)
        many.view(len(many), -1)[torch.arange(len(many)), torch.arange(len(many))] += side
        with torch.no_grad():
            both.append(exact(many)[:, target])
    return ((both[0] - both[1]) / (2 * step)).reshape(x.shape).float()


def test_saliency_is_the_slope_of_the_score(net: Net, x: torch.Tensor) -> None:
    assert torch.allclose(saliency(score(net, 2), x), slope(net, x, 2).abs(), atol=CLOSE)


def test_integrated_gradients_are_the_sum_along_the_way(net: Net, x: torch.Tensor) -> None:
    base = torch.full_like(x, 0.25)
    made = all_of(integrated_gradients(score(net, 1), x, base, 64))
    total, points = torch.zeros_like(x), 4000
    for place in range(points):  # the middle of every small piece, as Riemann
        at = (base + (place + 0.5) / points * (x - base)).requires_grad_()
        net(at)[0, 1].backward()
        assert at.grad is not None
        total += at.grad / points
    net.zero_grad()
    assert torch.allclose(made.attributions, (x - base) * total, atol=CLOSE)
    with torch.no_grad():
        assert made.difference == pytest.approx(float(net(x)[0, 1] - net(base)[0, 1]), abs=1e-6)
    assert abs(made.error) < 1e-3
    assert made.error == pytest.approx(float(made.attributions.sum()) - made.difference)
    assert abs(all_of(integrated_gradients(score(net, 1), x, base, 1)).error) > abs(made.error)


def test_the_class_activation_map_is_that_of_hooks(net: Net, x: torch.Tensor) -> None:
    kept: dict[str, torch.Tensor] = {}
    hooks = [net.two.register_forward_hook(lambda _, given, made: kept.update(maps=made.detach())),
             net.two.register_full_backward_hook(lambda _, into, out: kept.update(slopes=out[0]))]  # fmt: skip
    net(x)[0, 3].backward()
    net.zero_grad()
    for hook in hooks:
        hook.remove()
    maps, slopes = kept["maps"][0].numpy(), kept["slopes"][0].numpy()
    coarse = np.maximum(sum(slopes[channel].mean() * maps[channel] for channel in range(8)), 0)
    found = class_activation(lambda: _with_maps(net, x, 3), (12, 10)).numpy()
    assert np.allclose(found, bilinear(coarse, 12, 10), atol=1e-5)
    assert found.min() >= 0


def _with_maps(net: Net, x: torch.Tensor, target: int) -> tuple[torch.Tensor, torch.Tensor]:
    maps = net.two(functional.max_pool2d(torch.tanh(net.one(x)), 2))
    return net.end(functional.gelu(maps).flatten(1))[:, target], maps


def bilinear(values: np.ndarray, high: int, wide: int) -> np.ndarray:
    """Brought to a size number by number: each takes from its four neighbours what is nearer more."""
    rows, columns = values.shape
    made = np.zeros((high, wide))
    for row in range(high):
        for column in range(wide):
            y = min(max((row + 0.5) * rows / high - 0.5, 0), rows - 1)
            x = min(max((column + 0.5) * columns / wide - 0.5, 0), columns - 1)
            top, left = int(y), int(x)
            below, right = min(top + 1, rows - 1), min(left + 1, columns - 1)
            down, across = y - top, x - left
            upper = (1 - across) * values[top, left] + across * values[top, right]
            lower = (1 - across) * values[below, left] + across * values[below, right]
            made[row, column] = (1 - down) * upper + down * lower
    return made


@pytest.mark.parametrize(("size", "stride"), [(3, 1), (4, 3), (2, 2), (5, 4)])
def test_occlusion_is_the_fall_of_the_score(net: Net, x: torch.Tensor, size: int, stride: int) -> None:
    base = torch.full_like(x, 0.5)
    found = all_of(occlusion(score(net, 0), x, base, (3, size, size), (3, stride, stride)))
    falls: dict[tuple[int, int], list[float]] = {}
    with torch.no_grad():
        for top in range(0, stride * math.ceil((12 - size) / stride) + 1, stride):
            for left in range(0, stride * math.ceil((10 - size) / stride) + 1, stride):
                spoilt = x.clone()
                spoilt[:, :, top : top + size, left : left + size] = 0.5
                fall = float(net(x)[0, 0] - net(spoilt)[0, 0])
                for row in range(top, min(top + size, 12)):
                    for column in range(left, min(left + size, 10)):
                        falls.setdefault((row, column), []).append(fall)
    for (row, column), each in falls.items():
        assert float(found[1, row, column]) == pytest.approx(np.mean(each), abs=CLOSE)
    assert len(falls) == 120


@pytest.mark.filterwarnings("ignore")
def test_all_are_those_of_captum(net: Net, x: torch.Tensor) -> None:
    attr = pytest.importorskip("captum.attr", exc_type=ImportError)
    base = torch.full_like(x, 0.25)
    theirs = attr.Saliency(net).attribute(x.clone(), target=2)
    assert torch.allclose(saliency(score(net, 2), x), theirs, atol=CLOSE)
    theirs, error = attr.IntegratedGradients(net).attribute(
        x.clone(), base, target=1, n_steps=32, return_convergence_delta=True
    )
    made = all_of(integrated_gradients(score(net, 1), x, base, 32))
    assert torch.allclose(made.attributions, theirs.float(), atol=CLOSE)
    assert made.error == pytest.approx(float(error), abs=CLOSE)
    theirs = attr.LayerGradCam(net, net.two).attribute(x.clone(), target=3, relu_attributions=True)
    theirs = attr.LayerAttribution.interpolate(theirs, (12, 10), "bilinear")[0, 0]
    assert torch.allclose(class_activation(lambda: _with_maps(net, x, 3), (12, 10)), theirs.detach(), atol=CLOSE)
    for size, stride in ((3, 1), (4, 3), (2, 2)):
        theirs = attr.Occlusion(net).attribute(x.clone(), (3, size, size), (3, stride, stride), base, target=0)[0]
        ours = all_of(occlusion(score(net, 0), x, base, (3, size, size), (3, stride, stride)))
        assert torch.allclose(ours, theirs.float(), atol=CLOSE)


# -- of a run ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return quick_run(tmp_path_factory.mktemp("runs") / "digits", "digits-cnn", "--epochs", "2")


def reason(model: Model, **asked: Any) -> Reason:
    found = answer(Subject(model, model.run), Why(**asked))
    assert isinstance(found, Reason)
    return found


def logits(model: Model, image: torch.Tensor) -> torch.Tensor:
    out: torch.Tensor = model.slice([Port(MAIN, "linear_2", "output")])(image)
    return out


def picture(model: Model, index: int) -> torch.Tensor:
    return model.data[DIGITS].batch("test", torch.tensor([index]))["image"]


def test_saliency_of_a_run(run: Path) -> None:
    model = load_run(run)
    found = reason(model, example=Example("test", 4), target=6)
    x = picture(model, 4).requires_grad_()
    logits(model, x)[0, 6].backward()
    assert x.grad is not None
    assert np.allclose(found.heat, x.grad[0].abs().amax(0).numpy(), atol=1e-6)
    assert found.before
    assert found.score == pytest.approx(float(logits(model, picture(model, 4))[0, 6].detach()), abs=1e-5)
    assert (found.target, found.targets, found.outputs) == (6, tuple("0123456789"), ("digit",))
    labels = model.data[DIGITS].batch("test", torch.tensor([4]))["label"]
    assert found.truth == int(labels[0])
    likeliest = reason(model, example=Example("test", 4))
    assert likeliest.target == int(logits(model, picture(model, 4)).argmax())


def test_the_other_methods_of_a_run(run: Path) -> None:
    model = load_run(run)
    x = picture(model, 4)
    summed = reason(model, method="integrated", example=Example("test", 4), target=2, steps=60)
    zero = torch.zeros_like(x)
    assert summed.difference == pytest.approx(float((logits(model, x) - logits(model, zero))[0, 2].detach()), abs=1e-4)
    assert float(summed.heat.sum()) == pytest.approx(summed.difference + summed.error, abs=1e-4)
    assert abs(summed.error) < 0.1 * abs(summed.difference) + 0.1
    mean = reason(model, method="integrated", example=Example("test", 4), target=2, baseline="mean")
    base = model.data[DIGITS].batch("train", torch.arange(256))["image"].mean(0, keepdim=True)
    assert mean.difference == pytest.approx(float((logits(model, x) - logits(model, base))[0, 2].detach()), abs=1e-4)
    hidden = reason(model, method="occlusion", example=Example("test", 4), target=2, size=2, stride=2)
    spoilt = x.clone()
    spoilt[..., 2:4, 4:6] = 0
    fall = float((logits(model, x) - logits(model, spoilt))[0, 2].detach())
    assert hidden.heat[2:4, 4:6] == pytest.approx(np.full((2, 2), fall), abs=1e-4)


@pytest.mark.parametrize("node", ["", "conv2d_1", "relu_1"])
def test_grad_cam_of_a_run(run: Path, node: str) -> None:
    model = load_run(run)
    found = reason(model, method="activation", example=Example("test", 4), target=2, node=node)
    assert found.place is not None
    assert found.place.node == (node or "conv2d_2")
    assert {place.node for place in found.places} >= {"conv2d_1", "conv2d_2", "relu_1"}
    port = Port(MAIN, found.place.node, found.place.port)
    made, maps = model.slice([Port(MAIN, "linear_2", "output"), port])(picture(model, 4))
    slopes = torch.autograd.grad(made[0, 2], maps)[0][0].detach().numpy()
    own = maps[0].detach().numpy()
    coarse = np.maximum(sum(slopes[channel].mean() * own[channel] for channel in range(len(own))), 0)
    assert np.allclose(found.heat, bilinear(coarse, 8, 8), atol=1e-5)


def test_columns_of_a_table(tmp_path: Path) -> None:
    rows = ["age,colour,height,tall"]
    rng = np.random.default_rng(0)
    for _ in range(80):
        age, height = rng.integers(20, 60), rng.normal(170, 10)
        rows.append(
            f"{age},{('red', 'green', 'blue')[int(rng.integers(3))]},{height:.1f},{'yes' if height > 170 else 'no'}"
        )
    (tmp_path / "people.csv").write_text("\n".join(rows) + "\n")
    code = _table_run(tmp_path)
    model = load_run(code)
    for method in ("saliency", "integrated", "occlusion"):
        found = reason(model, method=method, example=Example("test", 0), target=1)
        assert len(found.heat) == 3
        assert [name.partition(" = ")[0] for name in found.given.names] == ["age", "height", "colour"]
        assert found.given.names[2].endswith(("red", "green", "blue"))
        if method == "integrated":
            assert float(found.heat.sum()) == pytest.approx(found.difference + found.error, abs=1e-4)
    port = next(port for port in model.root.specs if port.node == "dense")
    source = model.sources([port])[0]
    x = model.stage("test").column(source)({source.owner: slice(0, 1)}).clone().requires_grad_()
    values = model.slice([port])(x)
    values[0, 1].backward()
    assert x.grad is not None
    slopes = x.grad[0].abs().numpy()
    with pytest.raises(TrainProblem, match="lays maps over a picture or a sequence"):
        reason(model, method="activation", example=Example("test", 0))
    found = reason(model, example=Example("test", 0), target=1)
    assert found.heat == pytest.approx(np.array([slopes[0], slopes[1], slopes[2:].sum()]), abs=1e-5)


def _table_run(folder: Path) -> Path:
    document = Document()
    with document.edit("Draw"):
        table = document.add_node("table", id="table", params={"source": str(folder / "people.csv"), "target": "tall"})
        dense = document.add_node("linear", id="dense", params={"units": 2})
        out, loss = document.add_node("output", id="out"), document.add_node("cross_entropy", id="loss")
        for source, target in ((Port(*table, "features"), Port(*dense, "x")),
                               (Port(*dense, "output"), Port(*out, "x")),
                               (Port(*dense, "output"), Port(*loss, "prediction")),
                               (Port(*table, "target"), Port(*loss, "target"))):  # fmt: skip
            document.connect(source, target)
    (folder / "table.netloom").write_bytes(files.dumps(document))
    return quick_run(folder / "run", str(folder / "table.netloom"))


def test_steps_of_a_series_and_a_value(tmp_path: Path) -> None:
    model = load_run(quick_run(tmp_path / "counting", "counting-rnn", "--set", "data_1.examples=200"))
    plain = reason(model, example=Example("train", 3))
    assert plain.heat.shape == (plain.given.values.shape[0],)
    assert not plain.before
    for method in ("integrated", "occlusion"):
        found = reason(model, method=method, example=Example("train", 3), size=5, stride=2)
        assert found.heat.shape == plain.heat.shape
    assert abs(reason(model, method="integrated", example=Example("train", 3), steps=80).error) < 1e-2


def test_words_by_the_vectors_of_their_embedding(tmp_path: Path) -> None:
    document = sentiment(class_files(tmp_path / "a"))
    (tmp_path / "words.netloom").write_bytes(files.dumps(document))
    model = load_run(quick_run(tmp_path / "run", str(tmp_path / "words.netloom")))
    found = reason(model, example=Example("train", 2), target=1)
    assert found.given.form == "words"
    assert len(found.given.names) == len(found.heat)
    assert found.fields == ("text", "length")
    key = next(iter(model.data))
    batch = model.data[key].batch("train", torch.tensor([2]))
    embedding, gru, linear = (model.root.get_submodule(name) for name in ("embedding_1", "gru_1", "linear_1"))

    def end(vectors: torch.Tensor) -> torch.Tensor:
        slice_ = model.slice([Port(MAIN, "linear_1", "output")])
        hook = embedding.register_forward_hook(lambda *_: vectors)
        try:
            return slice_(batch["text"], batch["length"])[0, 1]  # type: ignore[no-any-return]
        finally:
            hook.remove()

    assert gru is not linear
    vectors = embedding(batch["text"]).detach().requires_grad_()
    (slopes,) = torch.autograd.grad(end(vectors), vectors)
    words = len(found.heat)
    assert np.allclose(found.heat, slopes[0].abs().amax(-1)[:words].numpy(), atol=1e-6)
    summed = reason(model, method="integrated", example=Example("train", 2), target=1, steps=64)
    total = torch.zeros_like(vectors)
    for place in range(500):
        at = (vectors.detach() * (place + 0.5) / 500).requires_grad_()
        total += torch.autograd.grad(end(at), at)[0] / 500
    assert np.allclose(summed.heat, (vectors * total).sum(-1)[0, :words].detach().numpy(), atol=CLOSE)
    hidden = reason(model, method="occlusion", example=Example("train", 2), target=1, size=1)
    spoilt = batch["text"].clone()
    spoilt[0, 1] = 0
    module = model.slice([Port(MAIN, "linear_1", "output")])
    fall = float((module(batch["text"], batch["length"]) - module(spoilt, batch["length"]))[0, 1].detach())
    assert hidden.heat[1] == pytest.approx(fall, abs=1e-5)
    (tmp_path / "line.txt").write_text("the grim film was poor .\n")
    line = reason(model, example=Example(file=str(tmp_path / "line.txt")))
    assert line.given.names[0] == "the"
    assert line.truth == -1


def test_what_reads_only_noise_is_told(tmp_path: Path) -> None:
    model = load_run(quick_run(tmp_path / "gan", "gan-2d", "--set", "data_1.examples=64"))
    with pytest.raises(TrainProblem, match="drawn at random"):
        reason(model, example=Example("train"))


def _learned(document: Document, folder: Path, look: bool) -> dict[str, float]:
    training = Training(document, folder=folder)
    for number, event in enumerate(training.run()):
        if look and event is None and number % 7 == 0:
            subject = training.subject(Why())
            parameters = list(subject.model.root.parameters())
            gradients = [None if each.grad is None else each.grad.clone() for each in parameters]
            with torch.random.fork_rng(devices=[]):
                for method in ("saliency", "integrated", "activation", "occlusion"):
                    answer(subject, Why(method=method, example=Example("validation", number), steps=9))  # type: ignore[arg-type]
            assert subject.model.root.training
            for before, each in zip(gradients, parameters):
                assert (before is None) == (each.grad is None)
                assert before is None or torch.equal(before, each.grad)  # type: ignore[arg-type]
        if isinstance(event, Finished):
            return dict(event.metrics["test"])
    raise AssertionError("the training did not finish")


def test_a_training_that_is_asked_learns_the_same(tmp_path: Path) -> None:
    document = templates.find_design("digits-cnn")
    with document.edit("Short"):
        document.set_setting("epochs", 1)
    assert _learned(document, tmp_path / "a", False) == _learned(document, tmp_path / "b", True)
