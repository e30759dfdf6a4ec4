"""Exported source and what is foreign to it: hostile texts, awkward names, code of plug-ins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from exported import VECTORS, check_same, classifier, draw, examples, executed, port, written

from graph.catalogue import CATALOGUE, load_plugins
from graph.compiler import CompileError, compile_root, make_slice
from graph.inference import analyse
from graph.source import source_of
from graph.specs import TensorSpec

HOSTILE = 'Bad"""\nimport os; os.abort()\n"""\\'


def test_no_text_of_a_document_becomes_code():
    document = classifier(title=HOSTILE)
    source = check_same(document)
    assert "import os" in source  # as words in the docstring
    space = executed(source)
    assert "os" not in space
    assert "BadImportOsOsAbort" in space


def test_names_that_mean_something_else_are_avoided():
    fields = {"x": TensorSpec((4,)), "loss": TensorSpec((4,)), "class": TensorSpec((4,)), "LSTM": TensorSpec((2, 2)),
              "Monthly charges": TensorSpec((4,)), "1st": TensorSpec((4,))}  # fmt: skip
    names = list(fields)
    document = draw(
        {"data_1": "data", "trunk": ("linear", {"units": 4}), "memory": ("lstm", {"hidden_size": 4}), "add_1": "add",
         "F": "relu", "judge": "mse_loss", "end": "softmax", "result": "output"},
        {"memory.x": "data_1.LSTM", "trunk.x": "data_1.x", "add_1.xs.0": "trunk.output", "add_1.xs.1": "memory.last",
         "add_1.xs.2": "data_1.class", "add_1.xs.3": "data_1.Monthly charges", "add_1.xs.4": "data_1.1st",
         "add_1.xs.5": "data_1.x", "F.x": "add_1.output", "judge.prediction": "F.output",
         "judge.target": "data_1.loss", "end.x": "F.output", "result.x": "end.output"},
        title="LSTM",
    )  # fmt: skip
    torch.manual_seed(0)
    analysis = analyse(document, lambda source: fields)
    root = compile_root(document, analysis)
    source = source_of(document, analysis)
    space = executed(source)
    network = space["LSTMNetwork"]()
    network.load_state_dict(root.state_dict())
    module = make_slice(document, root, [port("result.output")])
    inputs = [examples(root.specs[each], 3) for each in module.sources]
    assert {each.port for each in module.sources} == set(names) - {"loss"}
    assert torch.equal(network(*inputs), module(*inputs))
    ordered = [*(each.port for each in module.sources), "loss"]
    data = torch.utils.data.TensorDataset(*(examples(fields[name], 3) for name in ordered))
    space["train"](network, data, epochs=1)


@pytest.mark.parametrize("name", ["code", "graph", "train", "forward", "loss", "trunk", "self", "torch", "F", "x"])
def test_a_node_may_be_called_as_torch_calls_something_of_its_own(name: str) -> None:
    document = draw({"data_1": "data", name: ("linear", {"units": 4}), "result": "output", "judge": "mse_loss"},
                    {f"{name}.x": "data_1.a", "result.x": f"{name}.output", "judge.prediction": f"{name}.output",
                     "judge.target": "data_1.b"})  # fmt: skip
    check_same(document, VECTORS)


def test_two_data_sets_with_the_same_fields_are_told_apart():
    document = draw({"left": "data", "right": "data", "both": "concatenate", "result": "output"},
                    {"both.xs.0": "right.a", "both.xs.1": "left.a", "result.x": "both.output"})  # fmt: skip
    source = check_same(document, VECTORS)
    assert "def forward(self, left_a, right_a):" in source
    assert "torch.cat((right_a, left_a), dim=1)" in source


PLUGIN = '''
"""Layers that squeeze."""

import math

import torch
from torch import nn

from graph.catalogue import layer
from graph.specs import Count, Features

SCALE = 2.0


def scaled(x, by):
    return x * by if x.shape[0] else x


def doubled(x):
    y = torch.exp(x)
    return y + y


class Squeeze(nn.Module):
    def __init__(self, features, units, bias=True):
        super().__init__()
        self.features, self.units = features, units
        self.bias = nn.Parameter(torch.zeros(units)) if bias else None
        self.weight = nn.Parameter(torch.randn(units, features) / math.sqrt(features))

    def forward(self, x):
        y = scaled(x, SCALE) @ self.weight.T
        return y if self.bias is None else y + self.bias


@layer(search="low rank")
def squeeze(x: Features, units: Count = 4, bias: bool = False):
    """Squeeze.

    units: how many come out
    bias: whether a constant is added
    """
    return Squeeze(x.features, units, bias)


@layer(search="double")
def double(x: Features):
    """Double the exponential."""
    return doubled


@layer(search="low rank")
def bottleneck(x: Features, units: Count = 4, rank: Count = 2):
    """Two thin layers.

    units: how many come out
    rank: how many lie between
    """
    return nn.Sequential(nn.Linear(x.features, rank, bias=False), nn.Tanh(), nn.Linear(rank, units))


@layer(search="hidden")
def hidden(x: Features):
    """A function that cannot be found again."""

    def local(values):
        kept = torch.exp(values)
        return kept + kept

    return local
'''


@pytest.fixture
def plugins(tmp_path: Path) -> Any:
    before = dict(CATALOGUE)
    (tmp_path / "squeezing.py").write_text(PLUGIN)
    assert load_plugins(tmp_path) == []
    yield
    CATALOGUE.clear()
    CATALOGUE.update(before)


@pytest.mark.usefixtures("plugins")
def test_what_a_plugin_defines_is_carried_along():
    chain = {"squeeze_1.x": "data_1.a", "double_1.x": "squeeze_1.output", "bottleneck_1.x": "double_1.output",
             "result.x": "bottleneck_1.output"}  # fmt: skip
    document = draw({"data_1": "data", "squeeze_1": "squeeze", "double_1": "double", "bottleneck_1": "bottleneck",
                     "result": "output"}, chain)  # fmt: skip
    source = check_same(document, VECTORS)
    assert "graph" not in source
    for line in ("import math", "SCALE = 2.0", "class Squeeze(nn.Module):", "def doubled(x):"):
        assert source.splitlines().count(line) == 1
    assert "self.squeeze_1 = Squeeze(4, 4, bias=False)" in source
    assert "self.bottleneck_1 = nn.Sequential(nn.Linear(4, 2, bias=False), nn.Tanh(), nn.Linear(2, 4))" in source


@pytest.mark.usefixtures("plugins")
def test_what_cannot_be_carried_is_refused_with_a_sentence():
    document = draw({"data_1": "data", "hidden_1": "hidden"}, {"hidden_1.x": "data_1.a"})
    with pytest.raises(CompileError, match="define it at the top of its file"):
        written(document, VECTORS)
