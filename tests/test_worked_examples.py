"""Worked examples of the course, drawn with the catalogue and compared with their numbers."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from nested import compiled, computed, end, network
from torch import nn

from backend.data import fields
from graph.building import build
from graph.compiler import Root, make_slice
from graph.document import MAIN, Document, Port
from graph.inference import analyse
from graph.layers import CATALOGUE
from graph.plan import losses
from graph.specs import TensorSpec
from graph.templates import find_design

TOLD = json.loads((Path(__file__).parent / "worked_examples.json").read_text("utf-8"))
EXAMPLES: dict[str, dict[str, Any]] = {example["id"]: example for example in TOLD["examples"]}


def given(weights: list[Any], biases: list[Any] | None = None, **params: Any) -> tuple[str, dict[str, Any]]:
    """A dense layer with typed weights."""
    told = {"units": len(weights), "initial": "as given", "given_weights": weights, **params}
    return "linear", {**told, "given_biases": biases} if biases else {**told, "bias": False}


def check(found: Any, expected: Any, tolerance: float) -> None:
    torch.testing.assert_close(
        torch.as_tensor(found, dtype=torch.float64), torch.as_tensor(expected, dtype=torch.float64),
        rtol=0.0, atol=max(tolerance, 1e-12),
    )  # fmt: skip


def test_xor_by_hand() -> None:
    told = EXAMPLES["xor-relu"]
    weights, document = told["weights"], Document()
    network(
        document, MAIN,
        {"data": "data", "hidden": given(weights["hidden"], weights["hidden_bias"]), "bend": "relu",
         "last": given(weights["output"], weights["output_bias"]), "answer": "relu", "out": "output"},
        {"hidden.x": "data.point", "bend.x": "hidden.output", "last.x": "bend.output", "answer.x": "last.output",
         "out.x": "answer.output"},
    )  # fmt: skip
    root = compiled(document, {"point": TensorSpec((2,))})
    points = torch.tensor(told["inputs"], dtype=torch.float32)
    check(computed(document, root, "out.output", point=points).detach(), told["outputs"], told["tolerance"])


def backprop(told: dict[str, Any]) -> tuple[Document, Root]:
    weights, document = told["weights"], Document()
    shared = {"frozen": "biases"}
    network(
        document, MAIN,
        {"data": "data", "hidden": given(weights["hidden"], [weights["hidden_bias"]] * 2, **shared),
         "bend": "sigmoid", "last": given(weights["output"], [weights["output_bias"]] * 2, **shared),
         "answer": "sigmoid", "loss": "half_squared_error", "train": ("objective", {"optimizer": "sgd"})},
        {"hidden.x": "data.x", "bend.x": "hidden.output", "last.x": "bend.output", "answer.x": "last.output",
         "loss.prediction": "answer.output", "loss.target": "data.target", "train.losses.0": "loss.loss"},
    )  # fmt: skip
    pair = {"x": TensorSpec((2,), "float64"), "target": TensorSpec((2,), "float64")}
    torch.set_default_dtype(torch.float64)
    return document, compiled(document, pair)


def test_backpropagation_by_hand() -> None:
    told = EXAMPLES["backprop-2-2-2"]
    try:
        document, root = backprop(told)
        root.double()
        x, target = torch.tensor([told["input"]]), torch.tensor([told["target"]])
        values = {"x": x, "target": target}
        ports = [end("bend.output"), end("answer.output"), *losses(document)]
        module = make_slice(document, root, ports)
        hidden, last = root.get_submodule("hidden"), root.get_submodule("last")
        with torch.no_grad():  # the typed numbers pass through float32, the example is in float64
            for layer, name in ((hidden, "hidden"), (last, "output")):
                layer.weight.copy_(torch.tensor(told["weights"][name]))
                layer.bias.fill_(told["weights"][f"{name}_bias"])
        learning = [p for p in root.parameters() if p.requires_grad]
        assert len(learning) == 2
        optimizer = torch.optim.SGD(learning, lr=0.5)
        for step in range(10_001):
            bent, answer, loss = module(*(values[port.port] for port in module.sources))
            if step == 0:
                check(bent[0].detach(), told["forward"]["hidden"], told["tolerance"])
                check(answer[0].detach(), told["forward"]["output"], told["tolerance"])
                check(loss.detach(), told["forward"]["loss"], told["tolerance"])
            if step == 1:
                check(hidden.weight.detach(), told["after_1_step"]["hidden"], told["tolerance"])
                check(last.weight.detach(), told["after_1_step"]["output"], told["tolerance"])
                check(loss.detach(), told["after_1_step"]["loss"], told["tolerance"])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        check(loss.detach(), told["after_10000_steps"]["loss"], 1e-6)
        check(answer[0].detach(), told["after_10000_steps"]["output"], 1e-4)
    finally:
        torch.set_default_dtype(torch.float32)


def test_convolution_by_hand() -> None:
    told = EXAMPLES["convolution-5x5"]
    image = torch.tensor(told["image"], dtype=torch.float32)[None, None]
    conv = build(
        CATALOGUE["conv2d"],
        {"filters": 1, "padding": "valid", "bias": False, "initial": "as given", "given_weights": [[told["kernel"]]]},
        {"x": TensorSpec((1, 5, 5))},
    )
    check(conv(image)[0, 0].detach(), told["output"], told["tolerance"])
    fixed = {"preset": "custom", "kernel": told["kernel"], "padding": "valid"}
    check(build(CATALOGUE["filter2d"], fixed, {"x": TensorSpec((1, 5, 5))})(image)[0, 0], told["output"], 0)


def test_max_pooling_by_hand() -> None:
    told = EXAMPLES["max-pool-5x5"]
    pool = build(CATALOGUE["max_pool2d"], {"kernel": 3, "stride": 1}, {"x": TensorSpec((1, 5, 5))})
    check(pool(torch.tensor(told["image"], dtype=torch.float32)[None, None])[0, 0], told["output"], told["tolerance"])


def test_batch_statistics_by_hand() -> None:
    told = EXAMPLES["batch-norm-3"]
    norm = build(CATALOGUE["batch_norm"], {"momentum": 0.99}, {"x": TensorSpec((1,))})
    values = torch.tensor(told["activations"], dtype=torch.float32)[:, None]
    normed = norm(values)
    expected = (values - told["mean"]) / (told["variance"] + 1e-5) ** 0.5
    check(normed.detach(), expected, 1e-5)
    check(norm.running_mean / 0.99, [told["mean"]], 1e-5)


def recurrent(nodes: dict[str, Any], wires: dict[str, str], **shown: str) -> dict[str, torch.Tensor]:
    """What a drawn recurrence gives for the numbers 1, 2; ``shown`` names the ports inside that come out."""
    document = Document()
    ends = dict.fromkeys(shown, "output")
    network(document, "cell", {"x": "input", **nodes, **ends}, {**wires, **{f"{n}.x": at for n, at in shown.items()}})
    network(document, MAIN, {"data": "data", "run": "@cell"}, {"run.x": "data.x"})
    root = compiled(document, {"x": TensorSpec((2, 1))})
    x = torch.tensor([[[1.0], [2.0]]])
    return {name: computed(document, root, f"run.{name}", x=x)[0, :, 0].detach() for name in shown}


ONE, BARE = given([[1]], [1]), given([[1]])


def test_elman_by_hand() -> None:
    told = EXAMPLES["elman"]
    found = recurrent(
        {"h": "delay", "wxh": ONE, "whh": BARE, "sum": "add", "bend": "tanh", "why": ONE},
        {"wxh.x": "x.output", "whh.x": "h.output", "sum.xs.0": "wxh.output", "sum.xs.1": "whh.output",
         "bend.x": "sum.output", "h.x": "bend.output", "why.x": "bend.output"},
        hidden="bend.output", outputs="why.output",
    )  # fmt: skip
    # The printed second step is tanh(4): it takes the first state as 1. By the formula it is tanh(0.964… + 2 + 1).
    hidden = [told["hidden"][0], math.tanh(told["hidden"][0] + 3)]
    assert math.isclose(told["hidden"][1], math.tanh(4), abs_tol=told["tolerance"])
    check(found["hidden"], hidden, told["tolerance"])
    check(found["outputs"], [state + 1 for state in hidden], told["tolerance"])
    check(found["outputs"][0], told["outputs"][0], told["tolerance"])


def test_jordan_by_hand() -> None:
    told = EXAMPLES["jordan"]
    found = recurrent(
        {"h": "delay", "y": "delay", "wxh": ONE, "whh": BARE, "wyh": BARE, "sum": "add", "bend": "tanh", "why": ONE},
        {"wxh.x": "x.output", "whh.x": "h.output", "wyh.x": "y.output", "sum.xs.0": "wxh.output",
         "sum.xs.1": "whh.output", "sum.xs.2": "wyh.output", "bend.x": "sum.output", "h.x": "bend.output",
         "why.x": "bend.output", "y.x": "why.output"},
        hidden="bend.output", outputs="why.output",
    )  # fmt: skip
    check(found["hidden"], told["hidden"], told["tolerance"])
    check(found["outputs"], told["outputs"], told["tolerance"])


def test_an_lstm_by_hand() -> None:
    told = EXAMPLES["lstm-1"]
    nodes, wires = {"h": "delay", "c": "delay"}, {}
    for gate, bend in (("i", "sigmoid"), ("f", "sigmoid"), ("g", "tanh"), ("o", "sigmoid")):
        nodes |= {f"x{gate}": ONE, f"h{gate}": ONE, f"s{gate}": "add", gate: bend}
        wires |= {f"x{gate}.x": "x.output", f"h{gate}.x": "h.output", f"s{gate}.xs.0": f"x{gate}.output",
                  f"s{gate}.xs.1": f"h{gate}.output", f"{gate}.x": f"s{gate}.output"}  # fmt: skip
    nodes |= {"kept": "multiply", "new": "multiply", "cell": "add", "shown": "tanh", "state": "multiply"}
    wires |= {"kept.xs.0": "f.output", "kept.xs.1": "c.output", "new.xs.0": "i.output", "new.xs.1": "g.output",
              "cell.xs.0": "kept.output", "cell.xs.1": "new.output", "c.x": "cell.output", "shown.x": "cell.output",
              "state.xs.0": "o.output", "state.xs.1": "shown.output", "h.x": "state.output"}  # fmt: skip
    found = recurrent(
        nodes, wires, input_gate="i.output", forget_gate="f.output", output_gate="o.output", candidate="g.output",
        cell_state="cell.output", hidden="state.output",
    )  # fmt: skip
    for name in ("input_gate", "forget_gate", "output_gate", "candidate", "hidden"):
        check(found[name][0], told[name], told["tolerance"])
    check(found["cell_state"][0], told["cell"], told["tolerance"])


def test_the_network_of_the_notes_flattens_to_its_count() -> None:
    document = find_design("digits-cnn")
    with document.edit("Data"):
        document.set_param(end("data_1.x").owner, "source", "mnist")
    specs = analyse(document, fields).specs
    assert specs[Port(MAIN, "flatten_1", "output")].shape == (EXAMPLES["lenet-like"]["flattened_features"],)


KERNELS = EXAMPLES["common-filters"]["kernels"] | {
    "box blur": [[1 / 9] * 3] * 3,
    "gaussian blur": [[1 / 16, 2 / 16, 1 / 16], [2 / 16, 4 / 16, 2 / 16], [1 / 16, 2 / 16, 1 / 16]],
}


@pytest.mark.parametrize("preset", KERNELS)
def test_the_common_filters(preset: str) -> None:
    image = torch.rand(1, 2, 6, 6)
    fixed = build(CATALOGUE["filter2d"], {"preset": preset, "padding": "valid"}, {"x": TensorSpec((2, 6, 6))})
    kernel = torch.tensor(KERNELS[preset], dtype=torch.float32).expand(2, 1, 3, 3)
    check(fixed(image), nn.functional.conv2d(image, kernel, groups=2), 1e-6)


COUNTS = {name: count for name, count in TOLD["published_parameter_counts"].items() if isinstance(count, int)}


@pytest.mark.parametrize("name", COUNTS)
def test_published_parameter_counts_are_exact(name: str) -> None:
    template, _, auxiliary = name.partition("_with_")
    document = find_design(template)
    if name == "googlenet":
        with document.edit("Without the auxiliary classifiers"):
            for id in ("auxiliary_1", "auxiliary_2"):
                document.remove_node(end(f"{id}.x").owner)
    analysis = analyse(document, fields)
    assert analysis.errors == []
    assert analysis.parameters == COUNTS[name], auxiliary
