"""Gradients on wires: those of plain torch, for every objective the largest, and nothing disturbed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from by_hand import prepared
from drawn import SMALL_CNN, adversaries, classifier, xor
from torch import nn
from training import trained

from backend.gauges import batch_of
from backend.loading import Model, load_run
from backend.problems import TrainProblem
from backend.questions.flow import Flow, Flowing
from backend.views import Subject, answer
from graph.document import MAIN, Port


def flows(model: Model, *ports: tuple[str, str]) -> Flowing:
    found: Flowing = answer(Subject(model, None, 1, 0.1), Flow(ports=ports))
    return found


def test_the_gradients_are_those_of_plain_torch(tmp_path: Path) -> None:
    bench, work = prepared(classifier(), tmp_path)
    model, root = bench.model, bench.model.root
    rows, _ = batch_of(model)
    x, y = (model.stage("train").column(Port(MAIN, "data_1", name))(rows) for name in ("image", "label"))
    first: Any = root.get_submodule("linear_1")
    last: Any = root.get_submodule("linear_2")
    image = x.clone().requires_grad_()
    hidden = first(image.flatten(1))
    bent = torch.tanh(hidden)
    loss = F.cross_entropy(last(bent), y)
    expected = [float(each.norm()) for each in torch.autograd.grad(loss, [image, hidden, bent])]
    found = flows(model, ("data_1", "image"), ("linear_1", "output"), ("tanh_1", "output"), ("data_1", "label"))
    assert found.norms[:3] == pytest.approx(expected, rel=1e-5)
    assert found.norms[3] is None
    assert found.objectives == ("objective",) * 3 + ("",)
    work.close()


def test_of_several_objectives_the_largest_is_told(tmp_path: Path) -> None:
    bench, work = prepared(adversaries(), tmp_path)
    found = flows(bench.model, ("linear_1", "output"), ("linear_2", "output"), ("linear_3", "output"), ("nobody", "x"))
    assert found.objectives == ("objective_1", "objective_1", "objective_2", "")
    assert found.norms[3] is None
    assert all(norm for norm in found.norms[:3])
    work.close()


def test_asking_leaves_everything_as_it_was(tmp_path: Path) -> None:
    bench, work = prepared(classifier(*SMALL_CNN), tmp_path)
    root: nn.Module = bench.model.root
    held: Any = root.get_submodule("conv2d_1").weight
    held.requires_grad_(False)
    before = {name: value.clone() for name, value in root.state_dict().items()}
    noise = torch.get_rng_state()
    found = flows(bench.model, ("conv2d_1", "features"), ("relu_1", "output"), ("max_pool2d_1", "output"))
    assert all(norm for norm in found.norms)
    assert not held.requires_grad
    assert root.training
    assert all(parameter.grad is None for parameter in root.parameters())
    assert all(torch.equal(value, before[name]) for name, value in root.state_dict().items())
    assert torch.equal(torch.get_rng_state(), noise)
    work.close()


def test_a_run_that_has_ended_answers_too(tmp_path: Path) -> None:
    model = load_run(trained(xor(epochs=2), tmp_path)[0].run)
    assert flows(model, ("tanh_1", "output")).norms[0]
    assert not model.root.training


def test_where_nothing_can_be_measured_a_sentence_says_why(tmp_path: Path) -> None:
    model = load_run(trained(xor(epochs=1), tmp_path)[0].run)
    with pytest.raises(TrainProblem, match="“nobody” was drawn: train again"):
        flows(model, ("nobody", "output"))
