"""What a training makes small: how far a prediction is from its target, as one number for a batch."""

from __future__ import annotations

import functools

from graph.catalogue import layer
from graph.lazy import F, LazyModule
from graph.specs import INTEGERS, Real, Share, Tensor, TensorSpec

judging = LazyModule("graph.modules.judging")


@layer(kind="loss", outputs="loss", metrics="accuracy", search="classification softmax negative log likelihood classes")
def cross_entropy(prediction: Real, target: Tensor, label_smoothing: Share = 0.0):
    """Measure how little probability the right class gets.

    L = −log softmax(prediction)[target], the mean over the batch. The prediction is one number a class from before any
    softmax; the target is the number of the right class, also one for every step or pixel.
    https://pytorch.org/docs/stable/generated/torch.nn.functional.cross_entropy.html

    label_smoothing: share of the target that is spread over all classes, so that the network never gets too sure
    """
    axis = class_axis(prediction, target)
    if axis == len(prediction.shape) == 2:
        return functools.partial(judging.sequence_cross_entropy, label_smoothing=label_smoothing)
    function = F.cross_entropy if target.dtype == "int64" else judging.cross_entropy
    return functools.partial(function, label_smoothing=label_smoothing)


@layer(kind="loss", outputs="loss", metrics="accuracy", search="bce classification probability autoencoder yes no")
def binary_cross_entropy(prediction: Real, target: Tensor):
    """Measure how wrong probabilities are about what is 0 or 1.

    L = −(t · log p + (1 − t) · log(1 − p)), the mean over outputs and batch. The prediction lies between 0 and 1, as
    after a sigmoid; the target has the same shape, or is the number of one of two classes.
    https://pytorch.org/docs/stable/generated/torch.nn.functional.binary_cross_entropy.html
    """
    return _paired(prediction, target, F.binary_cross_entropy, judging.binary_cross_entropy)


@layer(
    kind="loss", outputs="loss", metrics="accuracy_from_logits", search="bce classification sigmoid stable gan yes no"
)
def binary_cross_entropy_with_logits(prediction: Real, target: Tensor):
    """Measure how wrong numbers from before a sigmoid are about what is 0 or 1.

    L = −(t · log σ(x) + (1 − t) · log(1 − σ(x))), the mean over outputs and batch: the same as a sigmoid and
    binary_cross_entropy, but exact for large numbers too.
    https://pytorch.org/docs/stable/generated/torch.nn.functional.binary_cross_entropy_with_logits.html
    """
    return _paired(prediction, target, F.binary_cross_entropy_with_logits, judging.binary_cross_entropy_with_logits)


@layer(kind="loss", outputs="loss", metrics="root_mean_squared_error", search="l2 mean squared error regression")
def mse_loss(prediction: Real, target: Tensor):
    """Measure the squared distance between prediction and target.

    L = (y − t)², the mean over outputs and batch. Far outliers count most.
    https://pytorch.org/docs/stable/generated/torch.nn.functional.mse_loss.html
    """
    return _paired(prediction, target, F.mse_loss, judging.mse_loss)


@layer(kind="loss", outputs="loss", metrics="mean_absolute_error", search="mae mean absolute error regression")
def l1_loss(prediction: Real, target: Tensor):
    """Measure the distance between prediction and target.

    L = |y − t|, the mean over outputs and batch. Outliers count no more than others.
    https://pytorch.org/docs/stable/generated/torch.nn.functional.l1_loss.html
    """
    return _paired(prediction, target, F.l1_loss, judging.l1_loss)


def class_axis(prediction: TensorSpec, target: TensorSpec) -> int:
    """The axis of a prediction along which the classes lie. Raises ValueError where the target does not fit it."""
    if target.dtype not in INTEGERS:
        raise ValueError(
            f"The target has to be class numbers; what arrives is real numbers ({target}). For targets between 0 and 1 "
            "take binary_cross_entropy, for others mse_loss."
        )
    rank = len(prediction.shape)
    axis = rank if rank == 2 else 1
    if rank == 0 or prediction.shape[: axis - 1] + prediction.shape[axis:] != target.shape:
        raise ValueError(
            f"The prediction ({prediction}) does not fit the target ({target}): it needs one number a class for each "
            "class number of the target, so a vector for one class, a sequence for a class a step."
        )
    classes = prediction.shape[axis - 1]
    if target.classes > classes:
        raise ValueError(
            f"The prediction has {classes} numbers, but the target has {target.classes} classes: let what gives the "
            f"prediction end in {target.classes} numbers."
        )
    return axis


def fits(prediction: TensorSpec, target: TensorSpec) -> bool:
    """Whether two specs hold the same numbers, shape for shape, if axes of size 1 are overlooked."""
    shapes = [tuple(size for size in spec.shape if size != 1) for spec in (prediction, target)]
    return shapes[0] == shapes[1]


def _paired(prediction: TensorSpec, target: TensorSpec, plain, converting):
    """The function for a target of the same shape and type, or the one that converts the target."""
    if target.classes > 2:
        raise ValueError(
            f"The target is one of {target.classes} classes, and the numbers of classes are no quantities: "
            "take cross_entropy, which compares classes."
        )
    if not fits(prediction, target):
        advice = " Put a flatten before the longer-shaped one." if prediction.size == target.size else ""
        raise ValueError(
            f"The prediction ({prediction}) and the target ({target}) have to be of the same shape.{advice}"
        )
    return plain if (prediction.shape, prediction.dtype) == (target.shape, target.dtype) else converting
