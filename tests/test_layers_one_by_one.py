"""Single layers, losses and objectives: their numbers, and how they refuse what cannot work."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from test_layers import SAMPLES, other_values
from torch import nn

from graph.building import build, infer
from graph.catalogue import CATALOGUE
from graph.layers import CATALOGUE as EVERY_TYPE
from graph.specs import TensorSpec


def objectives() -> list[dict[str, Any]]:
    options = [{p.name: value} for p in CATALOGUE["objective"].parameters for value in other_values(p)]
    looking_ahead = {"optimizer": "sgd", "momentum": 0.9, "nesterov": True}
    return [{}, *options, looking_ahead, {"optimizer": "sgd", "clip_norm": 0.1}]


@pytest.mark.parametrize("params", objectives(), ids=str)
def test_an_objective_makes_a_loss_smaller(params: dict[str, Any]) -> None:
    made = build(CATALOGUE["objective"], {"learning_rate": 0.05, **params}, {})
    weight = nn.Parameter(torch.tensor([2.0, -1.0]))
    optimizer = made.optimizer([weight])
    schedule = made.schedule(optimizer, 20) if made.schedule else None
    rates = []

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = weight.square().sum()
        loss.backward()
        return loss

    for _ in range(20):
        optimizer.step(closure)
        rates.append(optimizer.param_groups[0]["lr"])
        if schedule:
            schedule.step()
    assert weight.square().sum() < 5.0
    assert bool(schedule) == (min(rates) < 0.05)


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "sgd"])
def test_optimisers_are_fused_and_fall_back_where_torch_cannot(optimizer: str) -> None:
    made = build(CATALOGUE["objective"], {"optimizer": optimizer}, {})
    assert made.optimizer([nn.Parameter(torch.zeros(3))]).defaults["fused"]
    assert not made.optimizer([nn.Parameter(torch.zeros(3, dtype=torch.complex64))]).defaults["fused"]


def judged(metric: str, prediction: list[Any], target: list[Any], **params: Any) -> list[float]:
    values = {"prediction": torch.tensor(prediction), "target": torch.tensor(target)}
    specs = {
        name: TensorSpec(tuple(value.shape[1:]), str(value.dtype).removeprefix("torch."))
        for name, value in values.items()
    }
    return build(CATALOGUE[metric], params, specs)(*values.values()).tolist()


def test_accuracy_counts_classes_and_zeros_and_ones():
    assert judged("accuracy", [[0.1, 0.9], [0.8, 0.2]], [1, 1]) == [1.0, 0.0]
    assert judged("accuracy", [[0.6, 0.2], [0.6, 0.2]], [[1.0, 0.0], [1.0, 1.0]]) == [1.0, 0.0]
    assert judged("accuracy", [[0.6], [0.4]], [1, 1]) == [1.0, 0.0]
    assert judged("accuracy", [0.6, 0.4], [[1.0], [0.0]]) == [1.0, 1.0]
    assert judged("accuracy_from_logits", [[0.2], [-0.2]], [[1.0], [0.0]]) == [1.0, 1.0]
    assert judged("accuracy", [[0.2], [-0.2]], [[1.0], [0.0]], threshold=0.0) == [1.0, 1.0]
    a_step_each = [[[0.1, 0.9], [0.9, 0.1]]]
    assert judged("accuracy", a_step_each, [[1, 1]]) == [0.5]


def test_errors_of_numbers_are_those_of_the_textbook():
    assert judged("mean_absolute_error", [[1.0, 3.0]], [[2.0, 5.0]]) == [1.5]
    squares = judged("root_mean_squared_error", [[1.0], [2.0]], [[4.0], [6.0]])
    finish = CATALOGUE["root_mean_squared_error"].finish
    assert finish is not None
    assert finish(sum(squares) / 2) == pytest.approx(12.5**0.5)


def test_losses_of_converted_targets_are_those_of_torch():
    prediction, target = torch.tensor([[0.3], [0.8]]), torch.tensor([0, 1])
    specs = {"prediction": TensorSpec((1,)), "target": TensorSpec((), "int64", classes=2)}
    expected = nn.functional.binary_cross_entropy(prediction, target.float().unsqueeze(1))
    assert torch.equal(build(CATALOGUE["binary_cross_entropy"], {}, specs)(prediction, target), expected)
    logits, classes = torch.randn(2, 5, 3), torch.randint(3, (2, 5))
    specs = {"prediction": TensorSpec((5, 3)), "target": TensorSpec((5,), "int64", classes=3)}
    expected = nn.functional.cross_entropy(logits.reshape(10, 3), classes.reshape(10))
    assert torch.allclose(build(CATALOGUE["cross_entropy"], {}, specs)(logits, classes), expected)


def test_recurrent_states_are_those_after_the_last_step():
    sequence, last, cell = build(CATALOGUE["lstm"], {"layers": 2}, {"x": SAMPLES["sequence"]})(torch.rand(3, 6, 8))
    assert torch.equal(sequence[:, -1], last)
    assert cell.shape == last.shape
    both = {"bidirectional": True, "hidden_size": 5}
    sequence, last = build(CATALOGUE["gru"], both, {"x": SAMPLES["sequence"]})(torch.rand(3, 6, 8))
    assert torch.equal(last, torch.cat((sequence[:, -1, :5], sequence[:, 0, 5:]), dim=1))


def test_a_causal_convolution_does_not_see_the_future():
    made = build(CATALOGUE["conv1d"], {"padding": "causal", "dilation": 2}, {"x": SAMPLES["sequence"]})
    before, after = torch.rand(1, 6, 8), torch.rand(1, 6, 8)
    after[:, :4] = before[:, :4]
    assert torch.equal(made(before)[:, :4], made(after)[:, :4])
    assert not torch.equal(made(before)[:, 4:], made(after)[:, 4:])


@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 7])
def test_same_padding_keeps_the_size_and_transposed_multiplies_it(kernel: int) -> None:
    image = {"x": TensorSpec((2, 9, 9))}
    specs = infer(CATALOGUE["conv2d"], {"kernel": kernel}, image, dict).outputs
    assert specs["features"].shape == (32, 9, 9)
    for stride in range(1, kernel + 1):
        params = {"kernel": kernel, "stride": stride}
        specs = infer(CATALOGUE["conv_transpose2d"], params, image, dict).outputs
        assert specs["features"].shape == (32, 9 * stride, 9 * stride)


REFUSALS = [
    ("conv2d", {"x": SAMPLES["image"]}, {"groups": 3}, "3 groups .* 8 channels .* 32 filters .* such as 8"),
    ("conv_transpose2d", {"x": SAMPLES["image"]}, {"kernel": 2, "stride": 3}, "kernel of 2 leaves gaps .* stride of 3"),
    ("conv_transpose1d", {"x": SAMPLES["sequence"]}, {"padding": "custom", "extra": 2}, "extra of 2 is too much"),
    ("max_pool2d", {"x": SAMPLES["image"]}, {"border": 2}, "border of 2 .* window of 2: .* half of it, 1"),
    ("group_norm", {"x": SAMPLES["vector"]}, {"groups": 3}, "3 groups .* 8 channels"),
    ("embedding", {"x": TensorSpec((5,), "int64")}, {}, "entries"),
    ("embedding", {"x": SAMPLES["tokens"]}, {"entries": 5}, "5 entries is too small for 8"),
    ("reshape", {"x": SAMPLES["vector"]}, {"shape": "3, 3"}, "room for 9 numbers, but 8 arrive"),
    ("reshape", {"x": SAMPLES["vector"]}, {"shape": "-1, -1"}, "one of them may be -1"),
    ("reshape", {"x": SAMPLES["vector"]}, {"shape": "two by four"}, "written as whole numbers"),
    ("permute", {"x": SAMPLES["image"]}, {"order": "1, 2"}, "its axes are 1, 2, 3"),
    ("add", {}, {}, "Nothing is wired"),
    ("add", {"xs.0": SAMPLES["vector"], "xs.1": TensorSpec((7,))}, {}, "8 and 7 cannot be added"),
    ("concatenate", {"xs.0": SAMPLES["vector"]}, {"axis": 2}, "no axis 2: what arrives \\(8\\) has a single axis"),
    ("concatenate", {"xs.0": SAMPLES["image"], "xs.1": TensorSpec((8, 4, 4))}, {}, "cannot be joined along axis 1"),
    ("concatenate", {"xs.0": SAMPLES["vector"], "xs.1": SAMPLES["tokens"]}, {}, "put an embedding"),
    ("softmax", {"x": TensorSpec(())}, {}, "at least two features"),
    ("batch_norm", {"x": TensorSpec(())}, {}, "wire a vector"),
    ("cross_entropy", {"prediction": TensorSpec((7,)), "target": SAMPLES["classes"]}, {}, "7 numbers, .* 8 classes"),
    ("cross_entropy", {"prediction": SAMPLES["image"], "target": SAMPLES["classes"]}, {}, "does not fit the target"),
    ("cross_entropy", {"prediction": SAMPLES["vector"], "target": TensorSpec((7,))}, {}, "has to be class numbers"),
    ("mse_loss", {"prediction": SAMPLES["vector"], "target": TensorSpec((2, 2, 2))}, {}, "Put a flatten"),
    ("mse_loss", {"prediction": SAMPLES["vector"], "target": TensorSpec((7,))}, {}, "of the same shape"),
    ("binary_cross_entropy", {"prediction": SAMPLES["vector"], "target": SAMPLES["classes"]}, {}, "take cross_entropy"),
    ("objective", {}, {"optimizer": "sgd", "nesterov": True}, "set a momentum"),
]


@pytest.mark.parametrize(("name", "arriving", "params", "sentence"), REFUSALS, ids=lambda value: str(value)[:40])
def test_what_cannot_work_is_refused_with_a_sentence(
    name: str, arriving: dict[str, TensorSpec], params: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence) as refusal:
        build(CATALOGUE[name], params, arriving)
    assert str(refusal.value).endswith(".")


def test_layers_are_declared_without_torch():
    code = "import sys, graph.layers; print('torch' in sys.modules, len(graph.layers.CATALOGUE))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parent.parent, capture_output=True, text=True
    )
    assert done.stdout.split() == ["False", str(len(EVERY_TYPE))], done.stderr


def test_no_two_module_files_define_one_name():
    """A design may use any of them together, and exported source carries their definitions into one file."""
    homes: dict[str, list[str]] = {}
    for path in sorted((Path(__file__).parent.parent / "graph" / "modules").glob("*.py")):
        for statement in ast.parse(path.read_text("utf-8")).body:
            if isinstance(statement, ast.FunctionDef | ast.ClassDef):
                homes.setdefault(statement.name, []).append(path.name)
    assert {name: files for name, files in homes.items() if len(files) > 1} == {}
