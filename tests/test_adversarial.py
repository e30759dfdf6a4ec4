"""What judge and forger minimise, the gradient penalty, and a training that uses both."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from declared import result
from exported import check_same, draw
from torch import nn
from training import trained, weights

from backend.problems import explain
from graph.building import build
from graph.document import Document
from graph.layers import CATALOGUE
from graph.specs import TensorSpec

Formula = Callable[[float], float]


def sigmoid(s: float) -> float:
    return 1 / (1 + math.exp(-s))


FORMULAS: dict[str, tuple[Formula, Formula, Formula]] = {  # for real, fake and fool, as the papers print them
    "minimax": (lambda s: -math.log(sigmoid(s)), lambda s: -math.log(1 - sigmoid(s)),
                lambda s: math.log(1 - sigmoid(s))),
    "non-saturating": (lambda s: -math.log(sigmoid(s)), lambda s: -math.log(1 - sigmoid(s)),
                       lambda s: -math.log(sigmoid(s))),
    "least squares": (lambda s: (s - 1) ** 2 / 2, lambda s: s**2 / 2, lambda s: (s - 1) ** 2 / 2),
    "hinge": (lambda s: max(0, 1 - s), lambda s: max(0, 1 + s), lambda s: -s),
    "Wasserstein": (lambda s: -s, lambda s: s, lambda s: -s),
}  # fmt: skip


@pytest.mark.parametrize("role", range(3), ids=["real", "fake", "fool"])
@pytest.mark.parametrize("kind", FORMULAS)
def test_adversarial_losses_are_those_of_the_papers(kind: str, role: int) -> None:
    assert set(CATALOGUE["adversarial"].parameters[0].choices) == set(FORMULAS)
    scores = torch.tensor([[-3.0], [-0.5], [0.0], [0.7], [2.5]], requires_grad=True)
    formula = FORMULAS[kind][role]
    loss = result("adversarial", {"kind": kind, "role": ["real", "fake", "fool"][role]}, score=scores)
    assert loss.item() == pytest.approx(sum(map(formula, scores.flatten().tolist())) / 5, abs=1e-6)
    loss.backward()
    assert scores.grad is not None
    for s, slope in zip(scores.flatten().tolist(), (5 * scores.grad).flatten().tolist()):
        numeric = (formula(s + 1e-6) - formula(s - 1e-6)) / 2e-6
        assert slope == pytest.approx(numeric, abs=1e-4)


def test_large_scores_keep_their_losses_finite() -> None:
    scores = torch.tensor([[-1e4], [1e4]])
    for kind in FORMULAS:
        for role in ("real", "fake", "fool"):
            assert result("adversarial", {"kind": kind, "role": role}, score=scores).isfinite()


# -- the gradient penalty ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("one_sided", [False, True])
@pytest.mark.parametrize("norm", [0.0, 0.3, 1.0])
def test_gradient_penalty_of_a_small_critic(norm: float, one_sided: bool) -> None:
    """The slope of a tanh critic written down by hand, and with it the gradient of the penalty by its weights."""
    torch.manual_seed(2)
    critic = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 1)).double()
    x = torch.randn(5, 4, dtype=torch.float64, requires_grad=True)
    first, last = critic[0], critic[2]
    by_hand = (last.weight * (1 - torch.tanh(x @ first.weight.T + first.bias) ** 2)) @ first.weight
    excess = by_hand.norm(dim=1) - norm
    expected = (excess.clamp(min=0) if one_sided else excess).square().mean()
    loss = result("gradient_penalty", {"norm": norm, "one_sided": one_sided}, score=critic(x), input=x)
    assert torch.allclose(loss, expected)
    weights = [first.weight, first.bias, last.weight]
    for one, other in zip(torch.autograd.grad(loss, weights), torch.autograd.grad(expected, weights)):
        assert torch.allclose(one, other, atol=1e-9)


def test_gradient_penalty_of_pictures_takes_the_norm_over_all_pixels() -> None:
    x = torch.rand(3, 2, 4, 4, requires_grad=True)
    loss = result("gradient_penalty", score=(3 * x).sum((1, 2, 3)).unsqueeze(1), input=x)
    assert loss.item() == pytest.approx((3 * math.sqrt(32) - 1) ** 2, rel=1e-5)


def test_a_flat_critic_gives_a_finite_gradient() -> None:
    weight, x = torch.zeros(4, 1, requires_grad=True), torch.rand(3, 4, requires_grad=True)
    result("gradient_penalty", score=x @ weight, input=x).backward()
    assert weight.grad is not None
    assert weight.grad.isfinite().all()


def test_without_gradients_the_penalty_says_what_to_do() -> None:
    weight = torch.ones(4, 1, requires_grad=True)
    x = torch.rand(3, 4)
    with pytest.raises(RuntimeError, match="behind a gradient start or a random mix") as unwatched:
        result("gradient_penalty", score=x @ weight, input=x)
    with pytest.raises(RuntimeError, match="no way from its input to its score"):
        result("gradient_penalty", score=torch.rand(3, 4) @ weight, input=x.clone().requires_grad_())
    with torch.no_grad(), pytest.raises(RuntimeError, match="switched off"):
        result("gradient_penalty", score=x @ weight, input=x)
    told = explain(unwatched.value)
    assert told.expected
    assert told.message == str(unwatched.value)


def test_a_random_mix_lies_between_and_starts_a_gradient() -> None:
    specs = {"a": TensorSpec((2, 3)), "b": TensorSpec((2, 3))}
    made = build(CATALOGUE["random_mix"], {}, specs)
    a, b = torch.zeros(500, 2, 3, requires_grad=True), torch.ones(500, 2, 3)
    mix = made(a, b)
    assert mix.is_leaf
    assert mix.requires_grad
    shares = mix.detach()[:, 0, 0]
    assert torch.equal(mix.detach(), shares.view(-1, 1, 1).expand(500, 2, 3))
    assert 0 <= shares.min() < 0.05
    assert 0.95 < shares.max() <= 1
    assert shares.mean() == pytest.approx(0.5, abs=0.05)
    assert torch.equal(made.eval()(a, b), torch.full((500, 2, 3), 0.5))


# -- both in a design --------------------------------------------------------------------------------------------------


def judge(start: str) -> Document:
    """A judge of pictures whose slope alone is trained: at the data, or between data and noise."""
    nodes = {
        "data_1": ("data", {"examples": 300}), "noise_1": ("noise", {"shape": "1×8×8", "distribution": "uniform"}),
        "start": start, "flat": "flatten", "judge": ("linear", {"units": 1}), "penalty": "gradient_penalty",
    }  # fmt: skip
    wires = {"flat.x": "start.mix", "judge.x": "flat.output", "penalty.score": "judge.output",
             "penalty.input": "start.mix", "start.a": "data_1.image", "start.b": "noise_1.noise"}  # fmt: skip
    if start == "gradient_start":
        wires |= {"flat.x": "start.output", "penalty.input": "start.output", "start.x": "data_1.image"}
        del nodes["noise_1"], wires["start.a"], wires["start.b"]
    return draw(nodes, wires)  # type: ignore[arg-type]


@pytest.mark.parametrize("start", ["gradient_start", "random_mix"])
def test_a_design_with_a_gradient_penalty_trains_and_is_judged(start: str, tmp_path: Path) -> None:
    document = judge(start)
    with document.edit("Train for a moment"):
        document.set_setting("epochs", 10)
    done, _ = trained(document, tmp_path)
    loss, slope = done.metrics["test"]["loss"], weights(done.run)["judge.weight"].norm()
    assert loss == pytest.approx(float((slope - 1) ** 2), rel=1e-4)
    assert loss < 0.05  # it begins at about (0.58 - 1)²


def test_a_gradient_penalty_is_exported() -> None:
    for start in ("gradient_start", "random_mix"):
        assert "def gradient_penalty" in check_same(judge(start))
