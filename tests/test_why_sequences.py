"""Grad-CAM over the steps of series and the words of texts, beside hooks on plain modules, and captum where it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from backend.attribution import class_activation
from backend.loading import Model, load_run
from backend.problems import TrainProblem
from backend.questions.examples import Example
from backend.questions.why import Reason, Why
from backend.views import Subject, answer
from graph.document import MAIN, Document, Port
from tests.judged import drawn, seasons
from tests.training import trained
from tests.worded import class_files

CLOSE = 1e-4


def reason(model: Model, **asked: Any) -> Reason:
    found = answer(Subject(model, model.run), Why(**asked))
    assert isinstance(found, Reason)
    return found


class Line(nn.Module):
    """The same for sequences of 20 steps with 3 features: (batch, steps, features) in, five scores out."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.one, self.two, self.end = nn.Conv1d(3, 6, 3, padding=1), nn.Conv1d(6, 8, 3), nn.Linear(8 * 8, 5)

    def maps(self, x: torch.Tensor) -> torch.Tensor:
        return self.two(functional.max_pool1d(torch.tanh(self.one(x.transpose(1, 2))), 2))  # type: ignore[no-any-return]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.end(functional.gelu(self.maps(x)).flatten(1))  # type: ignore[no-any-return]


STEPS = torch.randn(1, 20, 3, generator=torch.Generator().manual_seed(9))


def line_activation(line: Line, target: int) -> np.ndarray:
    def both() -> tuple[torch.Tensor, torch.Tensor]:
        steps = line.maps(STEPS).transpose(1, 2)  # as the layers of the program give them
        return line.end(functional.gelu(steps.transpose(1, 2)).flatten(1))[:, target], steps

    return class_activation(both, (20,)).numpy()


def test_the_class_activation_of_a_sequence_is_that_of_hooks() -> None:
    line, kept = Line().eval(), dict[str, torch.Tensor]()
    hooks = [line.two.register_forward_hook(lambda _, given, made: kept.update(maps=made.detach())),
             line.two.register_full_backward_hook(lambda _, into, out: kept.update(slopes=out[0]))]  # fmt: skip
    for target in (0, 4):
        line(STEPS)[0, target].backward()
        coarse = coarsely(kept["maps"][0].numpy(), kept["slopes"][0].numpy())
        assert np.allclose(line_activation(line, target), linear(coarse, 20), atol=1e-5)
    assert coarse.any()
    for hook in hooks:
        hook.remove()


def coarsely(maps: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    """Maps (maps, steps) weighed one by one by the mean slope, and what is below 0 left out."""
    return np.maximum(sum(slopes[channel].mean() * maps[channel] for channel in range(len(maps))), 0)


def linear(values: np.ndarray, steps: int) -> np.ndarray:
    """Brought to a number of steps: each lies between the two whose middles are nearest."""
    middles = (np.arange(len(values)) + 0.5) * steps / len(values)
    return np.interp(np.arange(steps) + 0.5, middles, values)


@pytest.mark.filterwarnings("ignore")
def test_the_class_activation_of_a_sequence_is_that_of_captum() -> None:
    attr = pytest.importorskip("captum.attr", exc_type=ImportError)
    line = Line().eval()
    for target in (0, 4):
        theirs = attr.LayerGradCam(line, line.two).attribute(STEPS.clone(), target=target, relu_attributions=True)
        theirs = attr.LayerAttribution.interpolate(theirs, (20,), "linear")[0, 0]
        assert np.allclose(line_activation(line, target), theirs.detach().numpy(), atol=CLOSE)


def activated(model: Model, node: str, target: int, end: str, *given: torch.Tensor) -> np.ndarray:
    """Grad-CAM by hooks on the modules of a run: their maps are (1, steps, maps)."""
    kept, module = dict[str, torch.Tensor](), model.root.get_submodule(node)
    hook = module.register_forward_hook(lambda _, read, made: kept.update(maps=made))
    made = model.slice([Port(MAIN, end, "output")])(*given)
    hook.remove()
    (slopes,) = torch.autograd.grad(made.reshape(-1)[target], kept["maps"])
    return coarsely(kept["maps"][0].T.detach().numpy(), slopes[0].T.numpy())


def test_the_class_activation_of_words_and_months(tmp_path: Path) -> None:
    model = load_run(trained(critic(class_files(tmp_path / "a")), tmp_path)[0].run)
    batch = next(iter(model.data.values())).batch("train", torch.tensor([2]))
    found = reason(model, method="activation", example=Example("train", 2), target=1)
    assert found.given.form == "words"
    assert found.place is not None
    assert (found.place.node, found.signed) == ("phrases", False)
    assert {place.node for place in found.places} >= {"words", "phrases", "bend"}
    heat = linear(activated(model, "phrases", 1, "judged", batch["text"]), batch["text"].shape[1])
    assert np.allclose(found.heat, heat[: len(found.given.names)], atol=1e-5)
    for parameter in model.root.parameters():  # numbers of words have no gradients, nor have frozen weights
        parameter.requires_grad_(False)
    frozen = reason(model, method="activation", example=Example("train", 2), target=1)
    assert np.array_equal(frozen.heat, found.heat)
    model = load_run(trained(convolved(seasons(tmp_path / "sold.csv")), tmp_path)[0].run)
    batch = next(iter(model.data.values())).batch("test", torch.tensor([2]))
    for target in (0, 5):
        found = reason(model, method="activation", example=Example("test", 2), target=target)
        assert found.given.form == "steps"
        coarse = activated(model, "months", target, "ahead", batch["window"])
        assert len(coarse) == 6
        assert np.allclose(found.heat, linear(coarse, 12), atol=1e-5)
    with pytest.raises(TrainProblem, match="needs a layer with maps"):
        reason(model, method="activation", example=Example("test", 2), node="flat")


def critic(source: Path) -> Document:
    """Convolutions over words, the strongest of which tells the class."""
    return drawn(
        [("text", "text", {"source": str(source)}), ("words", "embedding", {"size": 6}),
         ("phrases", "conv1d", {"filters": 5, "padding": "valid"}), ("bend", "relu", {}),
         ("most", "reduce", {"how": "largest"}), ("judged", "linear", {"units": 2}), ("told", "output", {}),
         ("loss", "cross_entropy", {})],
        ["text.text > words.x", "words.output > phrases.x", "phrases.features > bend.x", "bend.output > most.x",
         "most.output > judged.x", "judged.output > told.x", "judged.output > loss.prediction",
         "text.label > loss.target"],
    )  # fmt: skip


def convolved(source: Path) -> Document:
    """Convolutions with strides over the twelve months before, and six after."""
    asked = {"source": str(source), "window": 12, "horizon": 6, "test": 0.3, "validation": 0.0}
    return drawn(
        [("windows", "series", asked), ("months", "conv1d", {"filters": 7, "stride": 2}), ("bend", "tanh", {}),
         ("flat", "flatten", {}), ("ahead", "linear", {"units": 6}), ("told", "output", {"kind": "series"}),
         ("loss", "mse_loss", {})],
        ["windows.window > months.x", "months.features > bend.x", "bend.output > flat.x", "flat.output > ahead.x",
         "ahead.output > told.x", "ahead.output > loss.prediction", "windows.target > loss.target"],
    )  # fmt: skip
