"""Networks that compete: what judge and forger want, and what keeps the judge in bounds."""

from __future__ import annotations

import functools
from typing import Annotated, Literal

from graph.catalogue import layer
from graph.layers.losses import check_alike, class_axis, fits
from graph.lazy import LazyModule
from graph.specs import INTEGERS, Limits, Real, Tensor

penalties = LazyModule("graph.modules.penalties")


@layer(
    kind="loss", outputs="loss", search="gan generator discriminator critic judge minimax lsgan wgan hinge wasserstein"
)
def adversarial(
    score: Real,
    kind: Literal["minimax", "non-saturating", "least squares", "hinge", "Wasserstein"] = "non-saturating",
    role: Literal["real", "fake", "fool"] = "real",
):
    """Measure what a judge of real and fake wants, or the generator that would fool it.

    Scores s are numbers before any sigmoid; L is the mean over scores and batch of, for real, fake and fool:
    minimax: −log σ(s), −log(1 − σ(s)), log(1 − σ(s)); Goodfellow et al., Generative adversarial nets, 2014, equation 1.
    non-saturating: −log σ(s), −log(1 − σ(s)), −log σ(s); the same paper, section 3.
    least squares: (s − 1)² / 2, s² / 2, (s − 1)² / 2; Mao et al., Least squares generative adversarial networks, 2017.
    hinge: max(0, 1 − s), max(0, 1 + s), −s; Lim and Ye, Geometric GAN, 2017.
    Wasserstein: −s, s, −s; Arjovsky, Chintala and Bottou, Wasserstein GAN, 2017; needs a gradient penalty or the like.

    score: what the judge says, before any sigmoid

    kind: which game the two play
    role: "real" and "fake" train the judge on what it is shown; "fool" trains the generator of what is shown
    """
    name = {"least squares": "least_squares", "non-saturating": "non_saturating"}.get(kind, kind.lower())
    return functools.partial(getattr(penalties, f"adversarial_{name}"), role=role)


@layer(kind="loss", outputs="loss", differentiates=True, search="wgan gp lipschitz critic gan r1 regularisation slope")
def gradient_penalty(
    score: Real, input: Real, norm: Annotated[float, Limits(0.0, 1000.0)] = 1.0, one_sided: bool = False
):
    """Keep a judge's scores from changing too fast with what it is shown.

    L = (‖∂s/∂x‖₂ − norm)², the mean over the batch: s is the score and x a random mix of real and fake.
    Gulrajani et al., Improved training of Wasserstein GANs, 2017. With norm 0 and x behind a gradient start after the
    real data it is the R1 penalty of Mescheder, Geiger and Nowozin, 2018.

    score: what the judge says of x
    input: x itself, the very port that the judge reads

    norm: the slope that is wanted
    one_sided: whether only steeper slopes count
    """
    return functools.partial(penalties.gradient_penalty, norm=norm, one_sided=one_sided)


@layer(gradients=False, search="interpolation between real fake wgan gp line", outputs="mix")
def random_mix(a: Real, b: Real):
    """Take a random point on the line between two, for a gradient penalty.

    ε · a + (1 − ε) · b with one random ε between 0 and 1 for every example; the middle while nothing is trained. A
    gradient can be taken at the point, and none passes back to a and b.
    """
    check_alike(a=a, b=b)
    return penalties.RandomMix()


@layer(gradients=False, search="leaf detach watch penalty r1 saliency")
def gradient_start(x: Real):
    """Pass numbers on as a point at which a gradient can be taken, for a gradient penalty.

    None passes further back, so that what gave the numbers learns nothing from what follows.
    """
    return penalties.GradientStart()


@layer(kind="loss", outputs="loss", search="infogan latent code reconstruction variational bound gaussian categorical",
       metrics=lambda prediction, target: "accuracy" if target.dtype in INTEGERS else "root_mean_squared_error",
       )  # fmt: skip
def mutual_information(prediction: Real, target: Tensor, log_variance: Real | None = None):
    """Measure how badly a code can be read off what was generated from it.

    L = −log Q(code | picture), the mean over the batch. For a class code, Q is the softmax of the prediction; for a
    code of real numbers, Q is normal with the prediction as its mean, and L is summed over the code. With the entropy
    of the code added, −L is a lower bound of the mutual information. Chen et al., InfoGAN, 2016, section 5.

    target: the code: class numbers or real numbers
    log_variance: log σ² of Q for a code of real numbers; without a wire, σ is 1
    """
    if target.dtype in INTEGERS:
        if log_variance is not None:
            raise ValueError("A code of class numbers has no variance: take the wire to “log_variance” away.")
        last = class_axis(prediction, target) == len(prediction.shape) == 2
        return functools.partial(penalties.categorical_code, last=last)
    if not fits(prediction, target) or (log_variance and log_variance.shape != prediction.shape):
        raise ValueError(
            f"Prediction ({prediction}), target ({target}) and log variance, if wired, have to be of the same shape."
        )
    return penalties.gaussian_code
