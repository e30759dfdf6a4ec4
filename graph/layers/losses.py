"""What a training makes small: how far a prediction is from its target, as one number for a batch."""

from __future__ import annotations

import functools
from typing import Annotated, Any, Literal

from graph.catalogue import layer
from graph.lazy import F, LazyModule
from graph.specs import INTEGERS, Classes, Image, Limits, Matrix, Real, Share, Tensor, TensorSpec
from graph.specs import Sequence as SequenceSpec

judging = LazyModule("graph.modules.judging")
likeness = LazyModule("graph.modules.likeness")

Positive = Annotated[float, Limits(1e-6, 1e6)]
Window = Annotated[int, Limits(3, 255, "px")]
Ignored = Annotated[int, Limits(-1, 2**31 - 1)]
Reduction = Literal["mean", "sum"]
ALIKE: list[float] = []  # the weights of classes that all count the same
USUAL = {"label_smoothing": 0.0, "ignored": None, "positive_weight": 1.0, "reduction": "mean", "blank": 0}


def class_metrics(prediction: TensorSpec, target: TensorSpec) -> str:
    """Which metrics go with a loss of classes: for a text or for pixels another one each."""
    if target.dtype not in INTEGERS:
        return "soft_accuracy"
    if not target.shape:
        return "accuracy, auc" if target.classes == 2 and prediction.size == 2 else "accuracy"
    return {1: "accuracy, perplexity", 2: "accuracy, mean_iou"}.get(len(target.shape), "accuracy")


def yes_or_no(target: TensorSpec) -> bool:
    """Whether a target can be trusted to be a yes or a no: pixels and other shares between 0 and 1 are neither."""
    return target.dtype in INTEGERS or target.size == 1


@layer(kind="loss", outputs="loss", metrics=class_metrics,
       search="classification softmax negative log likelihood classes soft targets imbalance padding")  # fmt: skip
def cross_entropy(
    prediction: Real, target: Tensor, label_smoothing: Share = 0.0, ignored: Ignored = -1, class_weights: Matrix = ALIKE
):
    """Measure how little probability the right class gets.

    L = −log softmax(prediction)[target], the mean over the batch. The prediction is one number a class from before any
    softmax; the target is the number of the right class, also one for every step or pixel, or a probability for every
    class, in the shape of the prediction.
    https://pytorch.org/docs/stable/generated/torch.nn.functional.cross_entropy.html

    label_smoothing: share of the target that is spread over all classes, so that the network never gets too sure
    ignored: class number whose places do not count, such as the padding of texts; with -1 all count
    class_weights: how much each class counts, one number a class, for classes of unequal frequency; none count alike
    """
    if target.dtype not in INTEGERS:
        return _soft_cross_entropy(prediction, target, label_smoothing, ignored, class_weights)
    axis = class_axis(prediction, target)
    last = axis == len(prediction.shape) == 2
    told = _told(label_smoothing=label_smoothing, ignored=None if ignored < 0 else ignored)
    if class_weights:
        weights = _weights(class_weights, prediction.shape[axis - 1])
        return judging.WeightedCrossEntropy(weights, **told, last=last)
    if last:
        return functools.partial(judging.sequence_cross_entropy, **told)
    plain = target.dtype == "int64" and "ignored" not in told
    return functools.partial(F.cross_entropy if plain else judging.cross_entropy, **told)


@layer(kind="loss", outputs="loss", metrics=class_metrics, search="negative log likelihood log softmax classification")
def nll_loss(prediction: Real, target: Tensor):
    """Measure how little probability the right class gets, from log-probabilities.

    L = −prediction[target], the mean over the batch: with a log-softmax before it, the same as cross_entropy.
    https://pytorch.org/docs/stable/generated/torch.nn.functional.nll_loss.html
    """
    if class_axis(prediction, target) == len(prediction.shape) == 2:
        return judging.sequence_nll_loss
    return F.nll_loss if target.dtype == "int64" else judging.nll_loss


@layer(kind="loss", outputs="loss", search="bce classification probability autoencoder yes no pixel",
       metrics=lambda prediction, target: "accuracy" if yes_or_no(target) else "root_mean_squared_error")  # fmt: skip
def binary_cross_entropy(
    prediction: Real, target: Tensor, positive_weight: Positive = 1.0, reduction: Reduction = "mean"
):
    """Measure how wrong probabilities are about what is 0 or 1.

    L = −(t · log p + (1 − t) · log(1 − p)), the mean over outputs and batch. The prediction lies between 0 and 1, as
    after a sigmoid; the target has the same shape, or is the number of one of two classes.
    https://pytorch.org/docs/stable/generated/torch.nn.functional.binary_cross_entropy.html

    positive_weight: how many times more a target of 1 counts than one of 0, for a rare yes
    reduction: "mean" over outputs and batch, or the "sum" over an example's outputs as a mean over the batch, which is
      the likelihood of a picture in a variational auto-encoder
    """
    told = _told(positive_weight=positive_weight, reduction=reduction)
    return _paired(prediction, target, F.binary_cross_entropy, judging.binary_cross_entropy, told)


@layer(kind="loss", outputs="loss", search="bce classification sigmoid stable gan yes no pixel autoencoder",
       metrics=lambda prediction, target: "accuracy_from_logits" if yes_or_no(target) else "")  # fmt: skip
def binary_cross_entropy_with_logits(
    prediction: Real, target: Tensor, positive_weight: Positive = 1.0, reduction: Reduction = "mean"
):
    """Measure how wrong numbers from before a sigmoid are about what is 0 or 1.

    L = −(t · log σ(x) + (1 − t) · log(1 − σ(x))), the mean over outputs and batch: the same as a sigmoid and
    binary_cross_entropy, but exact for large numbers too.
    https://pytorch.org/docs/stable/generated/torch.nn.functional.binary_cross_entropy_with_logits.html

    positive_weight: how many times more a target of 1 counts than one of 0, for a rare yes
    reduction: "mean" over outputs and batch, or the "sum" over an example's outputs as a mean over the batch
    """
    told = _told(positive_weight=positive_weight, reduction=reduction)
    converting = judging.binary_cross_entropy_with_logits
    return _paired(prediction, target, F.binary_cross_entropy_with_logits, converting, told)


@layer(kind="loss", outputs="loss", metrics="root_mean_squared_error", search="l2 mean squared error regression")
def mse_loss(prediction: Real, target: Tensor, reduction: Reduction = "mean"):
    """Measure the squared distance between prediction and target.

    L = (y − t)², the mean over outputs and batch. Far outliers count most.
    https://pytorch.org/docs/stable/generated/torch.nn.functional.mse_loss.html

    reduction: "mean" over outputs and batch, or the "sum" over an example's outputs as a mean over the batch
    """
    return _paired(prediction, target, F.mse_loss, judging.mse_loss, _told(reduction=reduction))


@layer(kind="loss", outputs="loss", metrics="root_mean_squared_error", search="sum of squares textbook delta rule half")
def half_squared_error(prediction: Real, target: Tensor):
    """Measure half the squared distance between prediction and target, as textbooks do.

    L = ½ · Σ (y − t)² over the outputs, the mean over the batch: its slope for an output is just y − t.
    https://pytorch.org/docs/stable/generated/torch.nn.functional.mse_loss.html
    """
    _check_pair(prediction, target)
    return judging.half_squared_error


@layer(kind="loss", outputs="loss", metrics="mean_absolute_error", search="mae mean absolute error regression")
def l1_loss(prediction: Real, target: Tensor, reduction: Reduction = "mean"):
    """Measure the distance between prediction and target.

    L = |y − t|, the mean over outputs and batch. Outliers count no more than others.
    https://pytorch.org/docs/stable/generated/torch.nn.functional.l1_loss.html

    reduction: "mean" over outputs and batch, or the "sum" over an example's outputs as a mean over the batch
    """
    return _paired(prediction, target, F.l1_loss, judging.l1_loss, _told(reduction=reduction))


@layer(kind="loss", outputs="loss", metrics="mean_absolute_error", search="smooth l1 robust outliers regression")
def huber_loss(prediction: Real, target: Tensor, delta: Positive = 1.0):
    """Measure small distances squared and large ones plainly, so that outliers do not rule.

    L = (y − t)² / 2 where |y − t| is at most δ, else δ · (|y − t| − δ / 2); the mean over outputs and batch.
    https://pytorch.org/docs/stable/generated/torch.nn.functional.huber_loss.html

    delta: the distance from which on errors count plainly
    """
    return _paired(prediction, target, F.huber_loss, judging.huber_loss, {"delta": delta})


@layer(kind="loss", outputs="loss", search="svm support vector machine margin maximum classification",
       metrics=lambda prediction, target: "accuracy_from_logits" if fits(prediction, target) else "accuracy",
       )  # fmt: skip
def hinge_loss(prediction: Real, target: Tensor, margin: Positive = 1.0):
    """Measure how far a prediction is from being right by a margin, as support vector machines do.

    For yes or no, L = max(0, margin − t · y), the mean over outputs and batch; t is 1 for a target above 0, else −1.
    For classes, L = Σ max(0, margin − y[right] + y[other]) / number of classes, the mean over the batch.
    https://pytorch.org/docs/stable/generated/torch.nn.functional.multi_margin_loss.html

    margin: by how much the right answer should lead
    """
    if target.shape == () and target.dtype in INTEGERS and len(prediction.shape) == 1 and prediction.size > 1:
        class_axis(prediction, target)
        return functools.partial(judging.multiclass_hinge_loss, margin=margin)
    _check_pair(prediction, target)
    return functools.partial(judging.hinge_loss, margin=margin)


@layer(kind="loss", outputs="loss", metrics="accuracy_from_logits", search="rosenblatt perceptron rule learning")
def perceptron_criterion(prediction: Real, target: Tensor):
    """Measure how far numbers lie on the wrong side of 0, which learns by the perceptron rule.

    L = Σ max(0, −t · y) over the outputs, the mean over the batch; y is the number before the step and t is 1 for a
    target above 0, else −1. Its gradient moves the weights of a wrong example by η · t · x, and leaves right ones
    alone; a number of exactly 0 counts as wrong. Rosenblatt, Principles of Neurodynamics, 1962.
    """
    _check_pair(prediction, target)
    return judging.perceptron_criterion


@layer(kind="loss", outputs="loss", search="structural similarity picture reconstruction perceptual", metrics="ssim")
def ssim_loss(prediction: Image, target: Image, data_range: Positive = 1.0, window: Window = 11, sigma: Positive = 1.5):
    """Measure how unlike two pictures look, by their brightness, contrast and structure nearby.

    L = 1 − SSIM, the mean over pixels, channels and batch, with K1 = 0.01 and K2 = 0.03. Wang, Bovik, Sheikh and
    Simoncelli, Image quality assessment: from error visibility to structural similarity, 2004.

    data_range: the largest value less the smallest that a pixel can have; 1 for pictures from 0 to 1
    window: side of the window through which the neighbourhood is seen, odd; small pictures get a smaller one
    sigma: deviation of the bell by which the window weighs its pixels
    """
    window = window_for(prediction, target, window)
    return functools.partial(likeness.ssim_loss, data_range=data_range, window=window, sigma=sigma)


@layer(kind="loss", outputs="loss", search="connectionist temporal classification speech handwriting alignment")
def ctc_loss(
    prediction: SequenceSpec,
    target: Tensor,
    prediction_lengths: Classes | None = None,
    target_lengths: Classes | None = None,
    blank: Annotated[int, Limits(0, 65535)] = 0,
):
    """Measure how unlikely a shorter text is to be read off a longer sequence, wherever its letters stand in it.

    L = −log of the summed probabilities of all alignments, divided by the length of the text, the mean over the batch.
    The prediction is one number a class and step, from before any softmax; a text that is too long to be aligned
    counts as 0. Graves et al. 2006.
    https://pytorch.org/docs/stable/generated/torch.nn.functional.ctc_loss.html

    target: the tokens of each text; what is left at its end is filled with blanks
    prediction_lengths: how many steps of each sequence there are; without a wire, all
    target_lengths: how many tokens of each text there are; without a wire, all that are not blank

    blank: the class that stands for no token
    """
    if target.meaning != "tokens":
        raise ValueError(f"The target has to be tokens, whole numbers over time; what arrives is {target}.")
    classes = prediction.features
    if max(target.classes, blank + 1) > classes:
        raise ValueError(
            f"The prediction has {classes} numbers a step, but {max(target.classes, blank + 1)} classes with the blank "
            "are asked for: let what gives the prediction end in that many numbers."
        )
    return functools.partial(judging.ctc_loss, **_told(blank=blank))


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


def window_for(prediction: TensorSpec, target: TensorSpec, window: int) -> int:
    """The side of the window for structural similarity, as large as pictures of this size allow."""
    if window % 2 == 0:
        raise ValueError(
            f"The window has a pixel in its middle, so its side is odd, such as {window - 1}; got {window}."
        )
    check_alike(prediction=prediction, target=target)
    return min(window, *(2 * side - 1 for side in prediction.shape[1:]))


def _soft_cross_entropy(prediction: TensorSpec, target: TensorSpec, label_smoothing, ignored, class_weights):
    """The cross-entropy for a target that holds a probability for every class."""
    if prediction.shape != target.shape or prediction.size == 1:
        raise ValueError(
            "The target has to be class numbers, or a probability for each of several classes in the shape of the "
            f"prediction ({prediction}); what arrives is real numbers ({target}). For targets between 0 and 1 take "
            "binary_cross_entropy, for others mse_loss."
        )
    if class_weights or ignored >= 0:
        raise ValueError(
            "Class weights and an ignored class go with class numbers, but the target is probabilities of classes: "
            "leave the weights empty and the ignored class at -1, or wire class numbers."
        )
    function = judging.soft_sequence_cross_entropy if len(target.shape) == 2 else F.cross_entropy
    return functools.partial(function, **_told(label_smoothing=label_smoothing))


def _weights(given: list[float], classes: int) -> tuple[float, ...]:
    plain = all(isinstance(weight, int | float) and weight >= 0 for weight in given)
    if not plain or len(given) != classes or not any(given):
        raise ValueError(
            f"The class weights are one number a class, none below 0 and not all 0: {classes} numbers; got {given}."
        )
    return tuple(float(weight) for weight in given)


def _told(**values: Any) -> dict[str, Any]:
    """The keyword arguments that differ from what is usual."""
    return {name: value for name, value in values.items() if value != USUAL[name]}


def _paired(prediction: TensorSpec, target: TensorSpec, plain, converting, told: dict[str, Any]):
    """The function for a target of the same shape and type, or the one that converts the target."""
    _check_pair(prediction, target)
    same = (prediction.shape, prediction.dtype) == (target.shape, target.dtype)
    function = plain if same and not told.keys() & USUAL.keys() else converting
    return functools.partial(function, **told) if told else function


def _check_pair(prediction: TensorSpec, target: TensorSpec) -> None:
    """Raise ValueError where the numbers of a target cannot be compared with those of a prediction."""
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


def check_alike(**specs: TensorSpec) -> None:
    """Raise ValueError where not all specs, given by the names of their ports, are of one shape."""
    if len({spec.shape for spec in specs.values()}) > 1:
        given = " and ".join(f"{name} ({spec})" for name, spec in specs.items())
        raise ValueError(f"What is compared has to be of the same shape; what arrives is {given}.")
