"""What a result is judged by: a value for every example, whose mean is shown."""

from __future__ import annotations

import functools
import math

from graph.catalogue import layer
from graph.layers.losses import class_axis, fits
from graph.lazy import LazyModule
from graph.specs import INTEGERS, Number, Real, Tensor, TensorSpec

judging = LazyModule("graph.modules.judging")


@layer(kind="metric", outputs="value", search="right share correct percent classification score")
def accuracy(prediction: Real, target: Tensor, threshold: Number = 0.5):
    """Count how often the prediction is right.

    Against class numbers, the class with the largest number counts. Against zeros and ones, an example is right if all
    its outputs lie on the right side of the threshold.

    threshold: what a probability has to exceed to mean 1; take 0 for numbers from before a sigmoid
    """
    return _accuracy(prediction, target, threshold)


@layer(
    kind="metric", outputs="accuracy", title="accuracy from logits", search="right share correct percent sigmoid score"
)
def accuracy_from_logits(prediction: Real, target: Tensor):
    """Count how often the prediction is right, where it comes from before a sigmoid.

    A probability above 0.5 is a number above 0 before the sigmoid; apart from that it is the same as accuracy.
    """
    return _accuracy(prediction, target, 0.0)


@layer(kind="metric", outputs="mae", search="mae l1 distance regression error")
def mean_absolute_error(prediction: Real, target: Tensor):
    """Measure by how much the prediction is off on average.

    The mean of |y − t|, in the unit of the target.
    """
    _check(prediction, target)
    return judging.absolute_error


@layer(kind="metric", outputs="rmse", search="rmse l2 distance regression error", finish=math.sqrt)
def root_mean_squared_error(prediction: Real, target: Tensor):
    """Measure by how much the prediction is off, with large errors counting more.

    √ of the mean of (y − t)² over all examples, in the unit of the target. The value of one example is its squared
    error.
    """
    _check(prediction, target)
    return judging.squared_error


def _accuracy(prediction: TensorSpec, target: TensorSpec, threshold: float):
    single = fits(prediction, target) and target.classes <= 2
    if target.dtype in INTEGERS and not single:
        return functools.partial(judging.class_accuracy, dim=class_axis(prediction, target))
    _check(prediction, target)
    return functools.partial(judging.threshold_accuracy, threshold=threshold)


def _check(prediction: TensorSpec, target: TensorSpec) -> None:
    if not fits(prediction, target):
        raise ValueError(f"The prediction ({prediction}) and the target ({target}) have to be of the same shape.")
