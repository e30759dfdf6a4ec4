"""Activations, norms, noise, radial units and what steers gradients, beside formulas written out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from graph.building import build
from graph.layers import CATALOGUE
from graph.specs import TensorSpec

VECTOR, SEQUENCE, IMAGE = TensorSpec((6,)), TensorSpec((5, 6)), TensorSpec((6, 4, 3))
VOLUME = TensorSpec((6, 2, 3, 4))


def made(name: str, x: TensorSpec = VECTOR, **params: Any) -> Any:
    torch.manual_seed(3)
    names = [declared.name for declared in CATALOGUE[name].inputs if not declared.optional]
    return build(CATALOGUE[name], params, dict.fromkeys(names, x))


def some(spec: TensorSpec = VECTOR, examples: int = 4) -> torch.Tensor:
    return torch.randn(examples, *spec.shape)


def gradient(function: Any, x: torch.Tensor) -> torch.Tensor:
    """The gradient of x where every number that comes out has a gradient of 3."""
    x = x.clone().requires_grad_()
    (3 * function(x)).sum().backward()
    assert x.grad is not None
    return x.grad


# -- activations ------------------------------------------------------------------------------------------------------


def test_a_step_says_yes_from_its_threshold_on() -> None:
    x = torch.tensor([[-1.0, 0.0, 0.4999, 0.5, 0.7]])
    assert made("step")(x).tolist() == [[0.0, 1.0, 1.0, 1.0, 1.0]]
    assert made("step", threshold=0.5)(x).tolist() == [[0.0, 0.0, 0.0, 1.0, 1.0]]
    assert made("step", values="-1 and 1")(x).tolist() == [[-1.0, 1.0, 1.0, 1.0, 1.0]]


@pytest.mark.parametrize("values", ["0 and 1", "-1 and 1"])
def test_the_gradient_of_a_step_is_passed_on_or_zero(values: str) -> None:
    x = 100 * some()
    assert torch.equal(gradient(made("step", values=values), x), torch.full_like(x, 3.0))
    assert torch.equal(gradient(made("step", values=values, gradient="none"), x), torch.zeros_like(x))
    assert set(made("step", values=values, gradient="none")(x).unique().tolist()) <= {-1.0, 0.0, 1.0}


FORMULAS = {
    "identity": lambda x: x,
    "relu6": lambda x: np.clip(x, 0, 6),
    "selu": lambda x: np.where(x > 0, 1.0507009873554805 * x, 1.7580993408473766 * np.expm1(x)),
    "mish": lambda x: x * np.tanh(np.log1p(np.exp(x))),
    "hard_sigmoid": lambda x: np.clip(x / 6 + 0.5, 0, 1),
    "hard_tanh": lambda x: np.clip(x, -1, 1),
    "softsign": lambda x: x / (1 + np.abs(x)),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_an_activation_is_its_formula(name: str) -> None:
    x = 4 * some()
    assert made(name)(x).numpy() == pytest.approx(FORMULAS[name](x.double().numpy()), abs=1e-6)


def test_hard_tanh_holds_at_its_bounds() -> None:
    assert made("hard_tanh", low=-2.0, high=0.5)(torch.tensor([[-3.0, -1.0, 2.0]])).tolist() == [[-2.0, -1.0, 0.5]]


@pytest.mark.parametrize("spec", [VECTOR, SEQUENCE, IMAGE], ids=str)
def test_slopes_are_learned_for_each_feature(spec: TensorSpec) -> None:
    module, x = made("prelu", spec, slopes="one a feature", slope=0.2), some(spec)
    with torch.no_grad():
        module.weight.copy_(torch.arange(6) / 10)
    slopes = module.weight.detach().view([6] if spec is not IMAGE else [6, 1, 1])
    assert torch.allclose(module(x), torch.where(x > 0, x, slopes * x))
    assert made("prelu", spec, slope=0.2)(-torch.ones(2, *spec.shape)).unique().item() == pytest.approx(-0.2)


def test_maxout_keeps_the_largest_of_its_pieces() -> None:
    x = some()
    assert torch.equal(made("maxout", pieces=3)(x), torch.stack((x[:, :3].amax(1), x[:, 3:].amax(1)), dim=1))
    image = some(IMAGE)
    expected = torch.stack([torch.maximum(image[:, i], image[:, i + 1]) for i in (0, 2, 4)], dim=1)
    assert torch.equal(made("maxout", IMAGE)(image), expected)
    sequence = some(SEQUENCE)
    assert torch.equal(made("maxout", SEQUENCE)(sequence), torch.maximum(sequence[..., ::2], sequence[..., 1::2]))


def test_temperature_sharpens_and_softens() -> None:
    x = some()
    powers = np.exp(x.double().numpy() / 0.25)
    expected = powers / powers.sum(1, keepdims=True)
    assert made("softmax", temperature=0.25)(x).numpy() == pytest.approx(expected, abs=1e-5)
    assert made("log_softmax", temperature=0.25)(x).numpy() == pytest.approx(np.log(expected), abs=1e-5)
    assert torch.equal(made("softmax")(x), F.softmax(x, dim=1))


# -- norms ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("spec", "axes"), [(SEQUENCE, (1,)), (IMAGE, (2, 3)), (VOLUME, (2, 3, 4))], ids=str)
def test_instance_norm_takes_contrast_away(spec: TensorSpec, axes: tuple[int, ...]) -> None:
    module, x = made("instance_norm", spec), 5 * some(spec) + 2
    y = module(x)
    assert torch.allclose(y.mean(axes), torch.zeros(4, 6), atol=1e-5)
    assert torch.allclose(y.var(axes, unbiased=False), torch.ones(4, 6), atol=1e-3)
    assert torch.allclose(module(3 * x - 1), y, atol=1e-3)
    assert torch.equal(module.eval()(x), y)
    assert [weight.numel() for weight in module.parameters()] == [6, 6]


@pytest.mark.parametrize(("spec", "axis"), [(VECTOR, 1), (SEQUENCE, 2), (IMAGE, 1), (VOLUME, 1)], ids=str)
def test_rms_norm_is_its_formula(spec: TensorSpec, axis: int) -> None:
    module, x = made("rms_norm", spec, epsilon=0.01), some(spec)
    with torch.no_grad():
        module.weight.copy_(torch.arange(6))
    factors = torch.arange(6.0).view([6 if place == axis else 1 for place in range(x.dim())])
    assert torch.allclose(module(x), x / (x.square().mean(axis, keepdim=True) + 0.01).sqrt() * factors, atol=1e-6)


def test_local_response_norm_is_that_of_alexnet() -> None:
    x = 10 * some(IMAGE)
    y = made("local_response_norm", IMAGE, size=5, alpha=0.5, beta=0.75, constant=2.0)(x)
    for channel in range(6):
        near = x[:, max(0, channel - 2) : channel + 3].square().sum(1)
        assert torch.allclose(y[:, channel], x[:, channel] / (2 + 0.1 * near) ** 0.75, atol=1e-5)


# -- noise ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["gaussian_noise", "gaussian_dropout", "alpha_dropout", "reparameterise"])
def test_noise_is_for_training(name: str) -> None:
    module, x = made(name), some()
    given = [x] * len(CATALOGUE[name].inputs)
    assert torch.equal(module.eval()(*given), x)
    assert not torch.equal(module.train()(*given), x)


def test_noise_is_as_strong_as_told() -> None:
    x = torch.full((200, 1000), 2.0)
    y = made("gaussian_noise", deviation=0.3)(x)
    assert (y.mean().item(), y.std().item()) == pytest.approx((2.0, 0.3), abs=0.01)
    y = made("gaussian_dropout", probability=0.2)(x)
    assert (y.mean().item(), y.std().item()) == pytest.approx((2.0, 2 * math.sqrt(0.2 / 0.8)), abs=0.01)


def test_alpha_dropout_and_selu_keep_mean_and_deviation() -> None:
    x = torch.randn(500, 1000, generator=torch.Generator().manual_seed(1))
    y = made("alpha_dropout", probability=0.3)(x)
    assert (y.mean().item(), y.std().item()) == pytest.approx((0.0, 1.0), abs=0.01)
    assert y.unique(return_counts=True)[1].max().item() / y.numel() == pytest.approx(0.3, abs=0.005)
    for _ in range(8):
        weights = torch.randn(1000, 1000) / math.sqrt(1000)
        x = made("selu")(x @ weights)
    assert (x.mean().item(), x.std().item()) == pytest.approx((0.0, 1.0), abs=0.1)


def test_whole_channels_are_dropped_from_a_volume() -> None:
    y = made("dropout3d", VOLUME)(torch.ones(50, *VOLUME.shape)).flatten(2)
    assert torch.equal(y.amin(2), y.amax(2))
    assert set(y.unique().tolist()) == {0.0, 2.0}


def test_reparameterised_numbers_have_the_mean_and_variance_that_arrive() -> None:
    mean, log_variance = torch.full((100_000, 1), 1.5), torch.full((100_000, 1), math.log(0.25))
    for module in (made("reparameterise"), made("reparameterise", sample="always").eval()):
        z = module(mean, log_variance)
        assert (z.mean().item(), z.std().item()) == pytest.approx((1.5, 0.5), abs=0.01)
    mean, log_variance = (some().requires_grad_() for _ in range(2))
    z = made("reparameterise")(mean, log_variance)
    z.sum().backward()
    assert torch.equal(mean.grad, torch.ones(4, 6))
    assert torch.allclose(log_variance.grad, (z - mean) / 2, atol=1e-6)  # dz/d log σ² = σ · ε / 2


# -- radial units, factors, gradients ---------------------------------------------------------------------------------


@pytest.mark.parametrize("spec", [VECTOR, SEQUENCE], ids=str)
def test_radial_units_are_their_formula(spec: TensorSpec) -> None:
    module, x = made("radial_basis", spec, units=7, width=1.5), some(spec).requires_grad_()
    twin = x.detach().double().requires_grad_()
    centres = module.weight.detach().double().requires_grad_()
    expected = torch.exp(-(twin.unsqueeze(-2) - centres).square().sum(-1) / (2 * 1.5**2))
    assert torch.allclose(module(x).double(), expected, atol=1e-6)
    module(x).square().sum().backward()
    expected.square().sum().backward()
    assert torch.allclose(x.grad.double(), twin.grad, atol=1e-5)
    assert torch.allclose(module.weight.grad.double(), centres.grad, atol=1e-5)


def test_radial_units_far_from_the_origin_stay_exact() -> None:
    module = made("radial_basis", TensorSpec((2,)), units=2, centres=[[1000, 1000], [1001, 1000]])
    assert module(torch.tensor([[1000.0, 1000.0]]))[0].tolist() == pytest.approx([1.0, math.exp(-0.5)], abs=1e-5)


def test_radial_centres_begin_as_given() -> None:
    module = made("radial_basis", TensorSpec((2,)), units=3, centres=[[0, 0], [1, 0], [0, 1.5]], learn_widths=False)
    assert module.weight.tolist() == [[0.0, 0.0], [1.0, 0.0], [0.0, 1.5]]
    assert [name for name, _ in module.named_parameters()] == ["weight"]
    assert made("radial_basis", TensorSpec((1,)), units=2, centres=[3, 4]).weight.tolist() == [[3.0], [4.0]]


def test_a_radial_network_learns_a_bump() -> None:
    module, out = made("radial_basis", TensorSpec((1,)), units=12, width=0.5), nn.Linear(12, 1)
    x = torch.linspace(-2, 2, 100).unsqueeze(1)
    optimizer = torch.optim.Adam([*module.parameters(), *out.parameters()], 0.05)
    for _ in range(300):
        loss = F.mse_loss(out(module(x)), torch.sin(3 * x))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.01


def test_gradients_are_stopped_and_reversed() -> None:
    x = some().requires_grad_()
    assert not made("stop_gradient")(x).requires_grad
    assert torch.equal(made("stop_gradient")(x), x)
    assert torch.equal(made("reverse_gradient", factor=0.7)(x), x)
    assert torch.allclose(gradient(made("reverse_gradient", factor=0.7), x.detach()), torch.full((4, 6), -2.1))


def test_scales_multiply() -> None:
    x = some(IMAGE)
    assert torch.equal(made("scale", factor=-0.5)(x), x / -2)
    module = made("learned_scale", IMAGE, factors="one a feature", start=2, bias=True)
    with torch.no_grad():
        module.bias.copy_(torch.arange(6))
    assert torch.equal(module(x), 2 * x + torch.arange(6).view(6, 1, 1))
    module, x = made("learned_scale", SEQUENCE, factors="one a feature"), some(SEQUENCE)
    with torch.no_grad():
        module.weight.copy_(torch.arange(6))
    assert torch.equal(module(x), x * torch.arange(6))
    assert made("learned_scale").weight.shape == ()


@pytest.mark.parametrize(
    ("name", "x", "params", "sentence"),
    [
        ("hard_tanh", VECTOR, {"low": 1.0, "high": 1.0}, "not below the high bound"),
        ("maxout", VECTOR, {"pieces": 4}, "4 pieces do not divide the 6 features .* such as 8"),
        ("prelu", TensorSpec(()), {"slopes": "one a feature"}, "at least two features"),
        ("instance_norm", TensorSpec((6, 1, 1)), {}, "a single place"),
        ("rms_norm", TensorSpec(()), {}, "wire a vector"),
        ("radial_basis", VECTOR, {"units": 2, "centres": [[1, 2]]}, "2 rows of 6 numbers .* 1 rows of 2"),
        ("learned_scale", TensorSpec(()), {"factors": "one a feature"}, "no features"),
    ],
)
def test_what_cannot_work_is_refused(name: str, x: TensorSpec, params: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as refusal:
        made(name, x, **params)
    assert str(refusal.value).endswith(".")


def test_a_latent_needs_as_many_variances_as_means() -> None:
    with pytest.raises(ValueError, match="not of one shape"):
        build(CATALOGUE["reparameterise"], {}, {"mean": VECTOR, "log_variance": TensorSpec((2,))})
