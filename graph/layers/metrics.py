"""What a result is judged by: a value for every example, whose mean is shown."""

from __future__ import annotations

import functools
import math

from graph.catalogue import layer
from graph.layers.losses import Ignored, Positive, Window, check_alike, class_axis, fits, window_for
from graph.lazy import LazyModule
from graph.specs import INTEGERS, Count, Image, Number, Real, Tensor, TensorSpec

scoring = LazyModule("graph.modules.scoring")
likeness = LazyModule("graph.modules.likeness")


@layer(kind="metric", outputs="value", search="right share correct percent classification score")
def accuracy(prediction: Real, target: Tensor, threshold: Number = 0.5, ignored: Ignored = -1):
    """Count how often the prediction is right.

    Against class numbers, the class with the largest number counts. Against zeros and ones, an example is right if all
    its outputs lie on the right side of the threshold.

    threshold: what a probability has to exceed to mean 1; take 0 for numbers from before a sigmoid
    ignored: class number whose places do not count, such as the padding of texts; with -1 all count
    """
    return _accuracy(prediction, target, threshold, ignored)


@layer(
    kind="metric", outputs="accuracy", title="accuracy from logits", search="right share correct percent sigmoid score"
)
def accuracy_from_logits(prediction: Real, target: Tensor):
    """Count how often the prediction is right, where it comes from before a sigmoid.

    A probability above 0.5 is a number above 0 before the sigmoid; apart from that it is the same as accuracy. Targets
    of -1 and 1 are as good as those of 0 and 1.
    """
    return _accuracy(prediction, target, 0.0, -1)


@layer(kind="metric", outputs="accuracy", search="right share correct percent classification one-hot probabilities")
def soft_accuracy(prediction: Real, target: Real):
    """Count how often the prediction is right, where the target is a probability for every class.

    The largest of the prediction's numbers has to stand where the largest of the target's stands.
    """
    check_alike(prediction=prediction, target=target)
    if prediction.size == 1 or not prediction.shape:
        raise ValueError(f"There is one number a class, but only one in all arrives ({prediction}); take accuracy.")
    return functools.partial(scoring.soft_accuracy, dim=2 if len(prediction.shape) == 2 else 1)


@layer(kind="metric", outputs="value", title="AUC", search="roc area under curve ranking imbalance binary two classes",
       whole=lambda scores, targets: scoring.area_under_roc(scores, targets))  # fmt: skip
def auc(prediction: Real, target: Tensor):
    """Measure how well two classes are told apart, wherever the line between them is drawn.

    The area under the ROC curve: how often an example of the second class gets a higher number than one of the first,
    ties counting half; 0.5 is chance, 1 is perfect. It is taken over a whole part of the data at once, so there is none
    for single batches of training; the value of one example is its score.
    """
    if target.size != 1 or prediction.size > 2 or target.classes > 2:
        raise ValueError(f"It takes one number, or two for two classes; what arrives is {prediction} against {target}.")
    return scoring.score_of_second


@layer(kind="metric", outputs="value", search="right share correct percent classification score top 5 imagenet")
def top_k_accuracy(prediction: Real, target: Tensor, k: Count = 5):
    """Count how often the right class is among the k best.

    The share of places where the target's class is one of the k with the largest numbers.

    k: how many guesses there are
    """
    axis = class_axis(prediction, target)
    if k > prediction.shape[axis - 1]:
        raise ValueError(f"There are only {prediction.shape[axis - 1]} classes to choose {k} from: take a smaller k.")
    return functools.partial(scoring.top_k_accuracy, k=k, dim=axis)


@layer(kind="metric", outputs="value", search="text tokens sequence right complete translation")
def exact_match(prediction: Tensor, target: Tensor, ignored: Ignored = -1):
    """Count how often a text is right as a whole.

    1 for an example whose every token is that of the target, else 0. The prediction is tokens, or one number a class
    and step, of which the largest counts.

    ignored: token whose places in the target do not count, such as the padding; with -1 all count
    """
    if target.dtype not in INTEGERS or not target.shape:
        raise ValueError(f"The target has to be tokens, whole numbers over time; what arrives is {target}.")
    if prediction.dtype in INTEGERS:
        check_alike(prediction=prediction, target=target)
    elif prediction.shape[:-1] != target.shape:
        raise ValueError(f"The prediction ({prediction}) needs one number a class for each token ({target}).")
    return functools.partial(scoring.exact_match, ignored=_none(ignored))


@layer(kind="metric", outputs="value", search="language model text tokens surprise cross entropy branching",
       finish=lambda surprise: math.exp(min(surprise, 700.0)))  # fmt: skip
def perplexity(prediction: Real, target: Tensor, ignored: Ignored = -1):
    """Measure among how many equally likely tokens the prediction seems to waver.

    exp of the mean cross-entropy over all examples. The value of one example is the mean of its own.

    ignored: token whose places do not count, such as the padding of texts; with -1 all count
    """
    dim = class_axis(prediction, target)
    return functools.partial(scoring.class_surprise, dim=dim, ignored=_none(ignored))


@layer(
    kind="metric", outputs="value", title="mean IoU", search="jaccard intersection union segmentation overlap pixels"
)
def mean_iou(prediction: Real, target: Tensor, ignored: Ignored = -1):
    """Measure how well the areas of the classes overlap.

    |both| / |either| of the places of a class, the mean over the classes that the example's prediction or target shows.
    It is taken for every picture and then averaged; counting the pixels of all pictures together would give another
    number, in which large areas weigh more.

    ignored: class number whose places do not count, such as borders; with -1 all count
    """
    if not target.shape:
        raise ValueError("There is one class for an example, and nothing to overlap: wire a class for every pixel.")
    return functools.partial(scoring.mean_iou, dim=class_axis(prediction, target), ignored=_none(ignored))


@layer(kind="metric", outputs="mae", search="mae l1 distance regression error")
def mean_absolute_error(prediction: Real, target: Tensor):
    """Measure by how much the prediction is off on average.

    The mean of |y − t|, in the unit of the target.
    """
    _check(prediction, target)
    return scoring.absolute_error


@layer(kind="metric", outputs="rmse", search="rmse l2 distance regression error", finish=math.sqrt)
def root_mean_squared_error(prediction: Real, target: Tensor):
    """Measure by how much the prediction is off, with large errors counting more.

    √ of the mean of (y − t)² over all examples, in the unit of the target. The value of one example is its squared
    error.
    """
    _check(prediction, target)
    return scoring.squared_error


@layer(kind="metric", outputs="value", title="PSNR", search="peak signal noise ratio picture reconstruction decibel")
def psnr(prediction: Real, target: Tensor, data_range: Positive = 1.0):
    """Measure how clean a picture is, in decibels.

    10 · log₁₀(range² / mean of (y − t)²) of every example, then the mean; equal pictures count as 100 dB.

    data_range: the largest value less the smallest that a pixel can have; 1 for pictures from 0 to 1
    """
    _check(prediction, target)
    return functools.partial(scoring.psnr, data_range=data_range)


@layer(kind="metric", outputs="value", title="SSIM", search="structural similarity picture reconstruction perceptual")
def ssim(prediction: Image, target: Image, data_range: Positive = 1.0, window: Window = 11, sigma: Positive = 1.5):
    """Measure how alike two pictures look, by their brightness, contrast and structure nearby.

    1 for equal pictures, about 0 for such that have nothing in common, with K1 = 0.01 and K2 = 0.03. Wang, Bovik,
    Sheikh and Simoncelli, Image quality assessment: from error visibility to structural similarity, 2004.

    data_range: the largest value less the smallest that a pixel can have; 1 for pictures from 0 to 1
    window: side of the window through which the neighbourhood is seen, odd; small pictures get a smaller one
    sigma: deviation of the bell by which the window weighs its pixels
    """
    window = window_for(prediction, target, window)
    return functools.partial(likeness.structural_similarity, data_range=data_range, window=window, sigma=sigma)


@layer(kind="metric", outputs="value", search="angle direction embedding likeness")
def cosine_similarity(prediction: Real, target: Tensor):
    """Measure how alike the directions of prediction and target are.

    The cosine of the angle between them: 1 for the same direction, 0 for a right angle, −1 for the opposite.
    https://pytorch.org/docs/stable/generated/torch.nn.functional.cosine_similarity.html
    """
    _check(prediction, target)
    return scoring.cosine_similarity


def _accuracy(prediction: TensorSpec, target: TensorSpec, threshold: float, ignored: int):
    single = fits(prediction, target) and target.classes <= 2
    if target.dtype in INTEGERS and not single:
        dim = class_axis(prediction, target)
        return functools.partial(scoring.class_accuracy, dim=dim, ignored=_none(ignored))
    _check(prediction, target)
    return functools.partial(scoring.threshold_accuracy, threshold=threshold)


def _none(ignored: int) -> int | None:
    return None if ignored < 0 else ignored


def _check(prediction: TensorSpec, target: TensorSpec) -> None:
    if not fits(prediction, target):
        raise ValueError(f"The prediction ({prediction}) and the target ({target}) have to be of the same shape.")
