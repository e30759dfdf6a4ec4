"""Every loss against torch's own, or against its formula written down another way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from declared import result
from exported import check_same, draw
from torch import nn
from torch.distributions import Bernoulli, Normal, kl_divergence
from torchmetrics.functional.image import structural_similarity_index_measure, total_variation

from graph import plan
from graph.building import build
from graph.document import Document
from graph.inference import analyse
from graph.layers import CATALOGUE
from graph.specs import TensorSpec

Tensors = torch.Tensor


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(11)


def close(one: Tensors, other: Tensors | float, within: float = 1e-6) -> None:
    assert one.shape == ()
    assert one.item() == pytest.approx(float(other), rel=within, abs=within)


# -- classes -----------------------------------------------------------------------------------------------------------

SHAPES = {"vector": ((7, 5), (7,)), "sequence": ((7, 6, 5), (7, 6)), "image": ((7, 5, 4, 3), (7, 4, 3))}


def classified(name: str) -> tuple[Tensors, Tensors, Tensors]:
    """A prediction, class numbers, and the prediction with its classes along axis 1, as torch wants them."""
    shape, places = SHAPES[name]
    prediction = torch.randn(shape)
    return prediction, torch.randint(5, places), prediction.transpose(1, 2) if name == "sequence" else prediction


@pytest.mark.parametrize("dtype", [torch.int64, torch.uint8])
@pytest.mark.parametrize("smoothing", [0.0, 0.3])
@pytest.mark.parametrize("ignored", [-1, 2])
@pytest.mark.parametrize("weights", [[], [1, 2.5, 0.5, 3, 0.25]], ids=["plain", "weighted"])
@pytest.mark.parametrize("shape", SHAPES)
def test_cross_entropy_of_class_numbers(
    shape: str, weights: list[float], ignored: int, smoothing: float, dtype: torch.dtype
) -> None:
    prediction, target, told = classified(shape)
    params = {"class_weights": weights, "ignored": ignored, "label_smoothing": smoothing}
    expected = F.cross_entropy(
        told, target, torch.tensor(weights) if weights else None, ignore_index=ignored, label_smoothing=smoothing
    )
    close(result("cross_entropy", params, prediction=prediction, target=target.to(dtype)), expected)


@pytest.mark.parametrize("weights", [[], [1.0, 2.0, 3.0]], ids=["plain", "weighted"])
def test_a_batch_of_nothing_but_the_ignored_class_costs_nothing(weights: list[float]) -> None:
    prediction = torch.randn(4, 3, requires_grad=True)
    params = {"ignored": 1, "class_weights": weights}
    loss = result("cross_entropy", params, prediction=prediction, target=torch.ones(4, dtype=torch.int64))
    loss.backward()
    assert loss == 0
    assert prediction.grad is not None
    assert not prediction.grad.any()


@pytest.mark.parametrize("shape", SHAPES)
def test_cross_entropy_of_probabilities(shape: str) -> None:
    prediction, target, told = classified(shape)
    certain = F.one_hot(target, 5).float()
    certain = certain.movedim(-1, 1) if shape == "image" else certain
    close(result("cross_entropy", prediction=prediction, target=certain), F.cross_entropy(told, target))
    smooth = F.cross_entropy(told, target, label_smoothing=0.2)
    close(result("cross_entropy", {"label_smoothing": 0.2}, prediction=prediction, target=certain), smooth)
    spread = torch.rand_like(prediction).softmax(2 if shape == "sequence" else 1)
    by_hand = -(spread * prediction.log_softmax(2 if shape == "sequence" else 1)).sum() / target.numel()
    close(result("cross_entropy", prediction=prediction, target=spread), by_hand)


@pytest.mark.parametrize("shape", SHAPES)
def test_negative_log_likelihood_of_log_probabilities_is_cross_entropy(shape: str) -> None:
    prediction, target, told = classified(shape)
    logs = prediction.log_softmax(2 if shape == "sequence" else 1)
    for dtype in (torch.int64, torch.uint8):
        close(result("nll_loss", prediction=logs, target=target.to(dtype)), F.cross_entropy(told, target))


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"class_weights": [1.0, 2.0]}, "one number a class, .*: 3 numbers; got \\[1.0, 2.0\\]"),
        ({"class_weights": [1.0, -2.0, 1.0]}, "none below 0"),
        ({"class_weights": [[1.0], [1.0], [1.0]]}, "one number a class"),
        ({"class_weights": [0.0, 0.0, 0.0]}, "not all 0"),
    ],
)
def test_class_weights_that_cannot_be_are_refused(params: dict[str, Any], sentence: str) -> None:
    specs = {"prediction": TensorSpec((3,)), "target": TensorSpec((), "int64")}
    with pytest.raises(ValueError, match=sentence):
        build(CATALOGUE["cross_entropy"], params, specs)


@pytest.mark.parametrize("params", [{"class_weights": [1.0, 2.0, 3.0]}, {"ignored": 0}])
def test_probabilities_and_parameters_of_class_numbers_do_not_go_together(params: dict[str, Any]) -> None:
    specs = {"prediction": TensorSpec((3,)), "target": TensorSpec((3,))}
    with pytest.raises(ValueError, match="go with class numbers"):
        build(CATALOGUE["cross_entropy"], params, specs)


# -- yes or no, and quantities -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("weight", [1.0, 3.0])
def test_binary_cross_entropy(weight: float, reduction: str) -> None:
    logits = torch.randn(6, 4)
    for target in (torch.randint(2, (6, 4)), torch.rand(6, 4)):
        expected = F.binary_cross_entropy_with_logits(
            logits, target.float(), pos_weight=torch.tensor(weight), reduction=reduction
        )
        expected = expected / 6 if reduction == "sum" else expected
        params = {"positive_weight": weight, "reduction": reduction}
        close(result("binary_cross_entropy_with_logits", params, prediction=logits, target=target), expected, 1e-5)
        close(result("binary_cross_entropy", params, prediction=logits.sigmoid(), target=target), expected, 1e-5)


def test_binary_cross_entropy_stays_finite_at_certain_mistakes() -> None:
    prediction = torch.tensor([[0.0, 1.0]], requires_grad=True)
    loss = result("binary_cross_entropy", {"positive_weight": 2.0}, prediction=prediction, target=torch.ones(1, 2))
    loss.backward()
    assert loss == 100.0  # torch bounds the logarithm at -100
    assert prediction.grad is not None
    assert prediction.grad.isfinite().all()


PLAIN: dict[str, Callable[..., Tensors]] = {"mse_loss": F.mse_loss, "l1_loss": F.l1_loss}


@pytest.mark.parametrize("name", PLAIN)
def test_distances_as_means_and_as_sums_of_an_example(name: str) -> None:
    prediction, target = torch.randn(5, 3, 2), torch.randint(4, (5, 3, 2)).float()
    close(result(name, prediction=prediction, target=target), PLAIN[name](prediction, target))
    summed = PLAIN[name](prediction, target, reduction="sum") / 5
    close(result(name, {"reduction": "sum"}, prediction=prediction, target=target), summed)
    close(result(name, {"reduction": "sum"}, prediction=prediction[:, :, :1], target=target[:, :, 0].byte()),
          PLAIN[name](prediction[:, :, 0], target[:, :, 0], reduction="sum") / 5)  # fmt: skip


def test_huber_loss() -> None:
    prediction, target = torch.randn(5, 3) * 3, torch.randn(5, 3)
    for delta in (1.0, 0.4):
        expected = F.huber_loss(prediction, target, delta=delta)
        close(result("huber_loss", {"delta": delta}, prediction=prediction, target=target), expected)
        close(result("huber_loss", {"delta": delta}, prediction=prediction.unsqueeze(1), target=target), expected)


def test_half_squared_error_is_that_of_the_worked_example() -> None:
    """The example “backprop-2-2-2”: outputs, targets and loss of the notes, and the slope y − t."""
    prediction = torch.tensor([[0.75136507, 0.772928465]], requires_grad=True)
    target = torch.tensor([[0.01, 0.99]])
    loss = result("half_squared_error", prediction=prediction, target=target)
    close(loss, 0.298371109)
    loss.backward()
    assert prediction.grad is not None
    assert torch.allclose(prediction.grad, prediction.detach() - target)
    twice = result("half_squared_error", prediction=prediction.repeat(2, 1), target=target.repeat(2, 1))
    close(twice, 0.298371109)


def test_hinge_loss_of_yes_or_no_takes_either_kind_of_target() -> None:
    prediction, signs = torch.randn(8, 2), torch.randint(2, (8, 2)) * 2 - 1
    by_hand = sum(max(0.0, 1 - float(t * y)) for t, y in zip(signs.flatten(), prediction.flatten())) / 16
    for target in (signs.float(), signs, signs.gt(0).long(), signs.gt(0).float()):
        close(result("hinge_loss", prediction=prediction, target=target), by_hand)
    margin = sum(max(0.0, 0.5 - float(t * y)) for t, y in zip(signs.flatten(), prediction.flatten())) / 16
    close(result("hinge_loss", {"margin": 0.5}, prediction=prediction, target=signs), margin)


def test_hinge_loss_of_classes() -> None:
    prediction, target = torch.randn(6, 4), torch.randint(4, (6,))
    close(result("hinge_loss", prediction=prediction, target=target.byte()), F.multi_margin_loss(prediction, target))


def test_the_perceptron_criterion_gives_rosenblatts_rule() -> None:
    """With a learning rate η, w moves by η · t · x for a wrong example (0 is wrong) and stays for a right one."""
    weight = torch.zeros(1, 2, requires_grad=True)
    rule = torch.zeros(2)
    points = torch.tensor([[1.0, 2.0], [-1.0, 0.5], [2.0, -1.0], [-0.5, -2.0], [0.3, 0.1]])
    for x, yes in zip(points.repeat(3, 1), [1, 0, 1, 0, 0] * 3):
        loss = result("perceptron_criterion", prediction=x.unsqueeze(0) @ weight.T, target=torch.tensor([yes]))
        (slope,) = torch.autograd.grad(loss, weight)
        sign = 1.0 if yes else -1.0
        if sign * float(rule @ x) <= 0:
            rule = rule + 0.1 * sign * x
        weight = (weight - 0.1 * slope).detach().requires_grad_()
        assert torch.allclose(weight[0], rule)
    assert rule.any()


# -- pictures and texts ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(3, 1, 28, 28), (2, 3, 17, 20), (2, 1, 8, 8)])
@pytest.mark.parametrize("data_range", [1.0, 2.0])
def test_ssim_loss_is_that_of_torchmetrics(shape: tuple[int, ...], data_range: float) -> None:
    target = torch.rand(shape)
    prediction = (target + 0.1 * torch.randn(shape)).requires_grad_()
    loss = result("ssim_loss", {"data_range": data_range}, prediction=prediction, target=target)
    expected = 1 - structural_similarity_index_measure(prediction, target, data_range=data_range)
    close(loss, expected.detach(), 1e-5)
    slopes = [torch.autograd.grad(each, prediction)[0] for each in (loss, expected)]
    assert torch.allclose(*slopes, atol=1e-5)


def test_the_window_of_ssim_is_odd_and_shrinks_on_small_pictures() -> None:
    picture = torch.rand(2, 1, 3, 4)
    close(result("ssim_loss", prediction=picture, target=picture), 0.0)
    with pytest.raises(ValueError, match="odd, such as 7; got 8"):
        build(CATALOGUE["ssim_loss"], {"window": 8}, {name: TensorSpec((1, 9, 9)) for name in ("prediction", "target")})


def test_ctc_loss_with_and_without_lengths() -> None:
    prediction, target = torch.randn(4, 12, 6), torch.randint(1, 6, (4, 5))
    lengths, steps = torch.tensor([5, 3, 1, 4]), torch.tensor([12, 9, 7, 12])
    target = target.where(torch.arange(5) < lengths.unsqueeze(1), 0)
    told = prediction.log_softmax(2).transpose(0, 1)
    expected = F.ctc_loss(told, target, torch.full((4,), 12), lengths)
    close(result("ctc_loss", prediction=prediction, target=target), expected)
    both = {"prediction_lengths": steps, "target_lengths": lengths.byte()}
    close(result("ctc_loss", prediction=prediction, target=target, **both), F.ctc_loss(told, target, steps, lengths))
    last = F.ctc_loss(told, target - 1, steps, lengths, blank=5)
    close(result("ctc_loss", {"blank": 5}, prediction=prediction, target=(target - 1) % 6, **both), last)


def test_ctc_loss_needs_a_class_for_the_blank() -> None:
    specs = {"prediction": TensorSpec((12, 6)), "target": TensorSpec((5,), "int64", classes=6)}
    with pytest.raises(ValueError, match="has 6 numbers a step, but 9 classes"):
        build(CATALOGUE["ctc_loss"], {"blank": 8}, specs)


# -- vectors that belong together --------------------------------------------------------------------------------------


def test_cosine_embedding() -> None:
    first, second, target = torch.randn(6, 4), torch.randn(6, 4), torch.tensor([1, 0, 1, 0, 1, 0])
    expected = F.cosine_embedding_loss(first, second, target * 2 - 1, margin=0.2)
    for given in (target, target.float().unsqueeze(1), target * 2 - 1):
        close(result("cosine_embedding", {"margin": 0.2}, first=first, second=second, target=given), expected)
    together = (1 - F.cosine_similarity(first, second)).mean()
    close(result("cosine_embedding", first=first, second=second), together)


def test_contrastive() -> None:
    first, second = torch.tensor([[3.0, 0.0], [0.0, 0.0]]), torch.tensor([[0.0, 4.0], [0.6, 0.8]])
    near, far = torch.tensor([1, 1]), torch.tensor([0, 0])
    close(result("contrastive", first=first, second=second, target=near), (25 + 1) / 2, 1e-4)
    close(result("contrastive", {"margin": 3.0}, first=first, second=second, target=far), (0 + 4) / 2, 1e-4)


def test_triplet() -> None:
    anchor, positive, negative = torch.randn(3, 6, 4)
    for margin in (1.0, 0.3):
        expected = F.triplet_margin_loss(anchor, positive, negative, margin=margin)
        vectors = {"anchor": anchor, "positive": positive, "negative": negative}
        close(result("triplet", {"margin": margin}, **vectors), expected)


# -- penalties ---------------------------------------------------------------------------------------------------------


def test_kl_to_normal() -> None:
    mean, log_variance = torch.randn(5, 3), torch.randn(5, 3)
    known = kl_divergence(Normal(mean, (log_variance / 2).exp()), Normal(0.0, 1.0)).sum(1).mean()
    close(result("kl_to_normal", mean=mean, log_variance=log_variance), known, 1e-5)


def test_sparsity() -> None:
    x = torch.rand(9, 4)
    close(result("l1_penalty", x=x - 0.5), (x - 0.5).abs().sum(1).mean())
    known = kl_divergence(Bernoulli(torch.tensor(0.1)), Bernoulli(x.mean(0))).sum()
    close(result("kl_sparsity", {"rate": 0.1}, x=x), known, 1e-5)
    silent = torch.zeros(3, 2, requires_grad=True)
    loss = result("kl_sparsity", x=silent)
    loss.backward()
    assert loss.isfinite()


def test_total_variation() -> None:
    picture = torch.rand(3, 2, 5, 6)
    close(result("total_variation", x=picture), total_variation(picture, reduction="mean"), 1e-5)


def test_a_code_is_told_by_classes_or_by_a_normal_distribution() -> None:
    prediction, log_variance = torch.randn(5, 3), torch.randn(5, 3)
    classes, code = torch.randint(3, (5,)), torch.rand(5, 3) * 2 - 1
    close(result("mutual_information", prediction=prediction, target=classes), F.cross_entropy(prediction, classes))
    known = -Normal(prediction, 1.0).log_prob(code).sum(1).mean()
    close(result("mutual_information", prediction=prediction, target=code), known, 1e-5)
    known = -Normal(prediction, (log_variance / 2).exp()).log_prob(code).sum(1).mean()
    told = {"prediction": prediction, "target": code, "log_variance": log_variance}
    close(result("mutual_information", **told), known, 1e-5)
    with pytest.raises(ValueError, match="class numbers has no variance"):
        result("mutual_information", **{**told, "target": classes})


# -- in a design -------------------------------------------------------------------------------------------------------


def judged_by(loss: str, params: dict[str, Any] | None = None, target: str = "data_1.label") -> Document:
    nodes = {"data_1": "data", "flat": "flatten", "dense": ("linear", {"units": 10}), "loss": (loss, params or {})}
    if target == "flat.output":
        nodes |= {"dense": ("linear", {"units": 64}), "last": "sigmoid"}
    end = "last" if target == "flat.output" else "dense"
    wires = {"flat.x": "data_1.image", "dense.x": "flat.output", "loss.prediction": f"{end}.output",
             "loss.target": target}  # fmt: skip
    return draw(nodes, wires | ({"last.x": "dense.output"} if end == "last" else {}))


def watched(document: Document, fields: dict[str, TensorSpec]) -> dict[str, dict[str, Any]]:
    analysis = analyse(document, lambda source: fields)
    assert not analysis.errors
    return {measure.metric: dict(measure.params) for measure in plan.measures(document, analysis.specs)}


DIGITS = {"image": TensorSpec((1, 8, 8)), "label": TensorSpec((), "int64", classes=10)}


@pytest.mark.parametrize(
    ("loss", "target", "metrics"),
    [
        ("cross_entropy", "data_1.label", {"accuracy"}),
        ("hinge_loss", "data_1.label", {"accuracy"}),
        ("binary_cross_entropy", "flat.output", {"root_mean_squared_error"}),
        ("binary_cross_entropy_with_logits", "flat.output", set()),
        ("cross_entropy", "flat.output", {"soft_accuracy"}),
        ("mse_loss", "flat.output", {"root_mean_squared_error"}),
    ],
)
def test_a_loss_is_watched_by_what_makes_sense_for_its_target(loss: str, target: str, metrics: set[str]) -> None:
    assert watched(judged_by(loss, target=target), DIGITS).keys() == metrics


def test_the_metric_of_a_loss_ignores_what_the_loss_ignores() -> None:
    found = watched(judged_by("cross_entropy", {"ignored": 3, "label_smoothing": 0.1}), DIGITS)
    assert found == {"accuracy": {"ignored": 3}}


def test_one_answer_of_yes_or_no_is_watched_by_accuracy() -> None:
    loss = CATALOGUE["binary_cross_entropy"]
    for target in (TensorSpec((1,)), TensorSpec((), "int64", classes=2), TensorSpec((5,), "uint8")):
        assert loss.measured_by(TensorSpec(target.shape), target) == ("accuracy",)
    tokens = TensorSpec((6,), "int64", classes=9)
    assert CATALOGUE["cross_entropy"].measured_by(TensorSpec((6, 9)), tokens) == ("accuracy", "perplexity")
    pixels = TensorSpec((4, 4), "int64", classes=9)
    assert CATALOGUE["cross_entropy"].measured_by(TensorSpec((9, 4, 4)), pixels) == ("accuracy", "mean_iou")


@pytest.mark.parametrize(
    ("loss", "params"),
    [
        ("cross_entropy", {"class_weights": [1, 2, 1, 1, 1, 1, 1, 0.5, 1, 1], "ignored": 4}),
        ("cross_entropy", {"ignored": 4, "label_smoothing": 0.1}),
        ("hinge_loss", {"margin": 2.0}),
    ],
)
def test_losses_with_parameters_are_exported(loss: str, params: dict[str, Any]) -> None:
    check_same(judged_by(loss, params), DIGITS)


def test_the_weights_of_classes_are_no_weights_of_the_network() -> None:
    made = build(CATALOGUE["cross_entropy"], {"class_weights": [1.0, 2.0]}, {"prediction": TensorSpec((2,)),
                 "target": TensorSpec((), "int64")})  # fmt: skip
    assert isinstance(made, nn.Module)
    assert not made.state_dict()
    assert not list(made.parameters())
