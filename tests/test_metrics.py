"""Metrics: a value for every example, against torchmetrics or written down another way."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from declared import result
from torchmetrics.functional import jaccard_index
from torchmetrics.functional.image import peak_signal_noise_ratio, structural_similarity_index_measure

from graph.building import build
from graph.layers import CATALOGUE
from graph.specs import TensorSpec


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(4)


def values(name: str, params: dict[str, Any] | None = None, **tensors: torch.Tensor) -> list[float]:
    found = result(name, params, **tensors)
    assert found.shape == (len(tensors["prediction"]),)
    return found.tolist()


def test_accuracy_leaves_out_the_ignored_class() -> None:
    """An example in which nothing counts has nothing wrong."""
    target = torch.tensor([[0, 1, 2], [2, 2, 1], [2, 2, 2]])
    prediction = F.one_hot(torch.tensor([[0, 2, 1], [0, 0, 1], [0, 1, 0]]), 3).float()
    tensors = {"prediction": prediction, "target": target}
    assert values("accuracy", {"ignored": 2}, **tensors) == [0.5, 1.0, 1.0]
    assert values("accuracy", **tensors) == pytest.approx([1 / 3, 1 / 3, 0.0])


def test_soft_accuracy_compares_the_largest() -> None:
    target = torch.tensor([[0.2, 0.8], [0.6, 0.4]])
    assert values("soft_accuracy", prediction=torch.tensor([[-3.0, 1.0], [0.0, 1.0]]), target=target) == [1.0, 0.0]


@pytest.mark.parametrize("k", [1, 2, 4])
def test_top_k_accuracy(k: int) -> None:
    prediction, target = torch.randn(20, 4), torch.randint(4, (20,))
    ranks = (prediction > prediction.gather(1, target.unsqueeze(1))).sum(1)
    assert values("top_k_accuracy", {"k": k}, prediction=prediction, target=target) == (ranks < k).float().tolist()
    with pytest.raises(ValueError, match="only 4 classes to choose 5 from"):
        result("top_k_accuracy", prediction=prediction, target=target)


def test_exact_match_wants_every_token() -> None:
    target = torch.tensor([[1, 2, 0], [1, 1, 0]])
    tokens = torch.tensor([[1, 2, 2], [1, 2, 0]])
    for prediction in (tokens, F.one_hot(tokens, 3).float()):
        assert values("exact_match", prediction=prediction, target=target) == [0.0, 0.0]
        assert values("exact_match", {"ignored": 0}, prediction=prediction, target=target) == [1.0, 0.0]


def test_perplexity_is_the_exponential_of_the_cross_entropy() -> None:
    prediction, target = torch.randn(5, 6, 9), torch.randint(9, (5, 6))
    finish = CATALOGUE["perplexity"].finish
    assert finish is not None
    found = values("perplexity", prediction=prediction, target=target)
    assert finish(sum(found) / 5) == pytest.approx(
        math.exp(F.cross_entropy(prediction.flatten(0, 1), target.flatten()))
    )
    ignoring = values("perplexity", {"ignored": 2}, prediction=prediction, target=target)
    for one, told, meant in zip(ignoring, prediction, target):
        assert one == pytest.approx(float(F.cross_entropy(told, meant, ignore_index=2)))
    assert values("perplexity", prediction=torch.zeros(1, 8), target=torch.tensor([3])) == pytest.approx([math.log(8)])
    assert math.isfinite(finish(1e6))


@pytest.mark.parametrize("ignored", [-1, 2])
def test_mean_iou_of_every_picture(ignored: int) -> None:
    prediction, target = torch.randn(6, 4, 5, 5), torch.randint(3, (6, 5, 5))
    found = values("mean_iou", {"ignored": ignored}, prediction=prediction, target=target)
    for one, picture, meant in zip(found, prediction, target):
        places = torch.ones(5, 5, dtype=torch.bool) if ignored < 0 else meant != ignored
        said, meant = picture.argmax(0)[places], meant[places]
        each = jaccard_index(said, meant, task="multiclass", num_classes=4, average="none")
        shown = torch.bincount(torch.cat((said, meant)), minlength=4) > 0
        assert one == pytest.approx(float(each[shown].mean()), abs=1e-6)


def test_mean_iou_needs_places() -> None:
    specs = {"prediction": TensorSpec((4,)), "target": TensorSpec((), "int64", classes=4)}
    with pytest.raises(ValueError, match="wire a class for every pixel"):
        build(CATALOGUE["mean_iou"], {}, specs)


@pytest.mark.parametrize("data_range", [1.0, 2.0])
def test_likeness_of_pictures_is_that_of_torchmetrics(data_range: float) -> None:
    target = torch.rand(4, 3, 16, 19)
    prediction = (target + 0.2 * torch.randn_like(target)).clamp(0, 1)
    tensors, params = {"prediction": prediction, "target": target}, {"data_range": data_range}
    told = {"data_range": data_range, "reduction": "none"}
    expected = structural_similarity_index_measure(prediction, target, **told)
    assert torch.allclose(torch.tensor(values("ssim", params, **tensors)), expected, atol=1e-5)
    each = [float(peak_signal_noise_ratio(*pair, data_range=data_range)) for pair in zip(prediction, target)]
    assert values("psnr", params, **tensors) == pytest.approx(each, rel=1e-5)
    assert values("psnr", prediction=target, target=target) == pytest.approx([100.0] * 4)
    assert values("ssim", prediction=target, target=target) == pytest.approx([1.0] * 4)


def test_cosine_similarity_of_all_numbers_of_an_example() -> None:
    prediction, target = torch.randn(5, 3, 2), torch.randn(5, 3, 2)
    expected = F.cosine_similarity(prediction.flatten(1), target.flatten(1))
    assert values("cosine_similarity", prediction=prediction, target=target) == pytest.approx(expected.tolist())
