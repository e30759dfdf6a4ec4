"""Losses without a target: what a network shall keep small beside its task."""

from __future__ import annotations

import functools
from typing import Annotated

from graph.catalogue import layer
from graph.layers.losses import check_alike
from graph.lazy import LazyModule
from graph.specs import Image, Limits, Real

penalties = LazyModule("graph.modules.penalties")


@layer(kind="loss", outputs="loss", title="KL to normal", search="kullback leibler divergence vae variational latent")
def kl_to_normal(mean: Real, log_variance: Real):
    """Measure how far normal distributions are from the one with mean 0 and deviation 1.

    L = ½ · Σ (μ² + σ² − 1 − log σ²) over the numbers of an example, the mean over the batch: the regulariser of a
    variational auto-encoder. Kingma and Welling, Auto-encoding variational Bayes, 2014, appendix B.

    mean: μ of every number
    log_variance: log σ² of every number
    """
    check_alike(mean=mean, log_variance=log_variance)
    return penalties.kl_to_normal


@layer(
    kind="loss", outputs="loss", title="L1 penalty", search="lasso sparse autoencoder activity regularisation absolute"
)
def l1_penalty(x: Real):
    """Want few numbers to differ from 0.

    L = Σ |x| over the numbers of an example, the mean over the batch. Goodfellow, Bengio and Courville, Deep Learning,
    2016, section 14.2.1.
    """
    return penalties.l1_penalty


@layer(kind="loss", outputs="loss", title="KL sparsity",
       search="kullback leibler sparse autoencoder activity rate regularisation rho")  # fmt: skip
def kl_sparsity(x: Real, rate: Annotated[float, Limits(0.0001, 0.9999)] = 0.05):
    """Want every unit to be active at a given rate on average.

    L = Σ ρ · log(ρ / r) + (1 − ρ) · log((1 − ρ) / (1 − r)) over the units. r is the unit's mean over the batch,
    which lies between 0 and 1, as after a sigmoid. Ng, Sparse autoencoder, CS294A lecture notes, 2011.

    rate: ρ, the share of examples for which a unit should be active
    """
    return functools.partial(penalties.kl_sparsity, rate=rate)


@layer(kind="loss", outputs="loss", search="smooth picture noise denoise neighbouring pixels regularisation tv")
def total_variation(x: Image):
    """Want neighbouring pixels to be alike.

    L = Σ |x[i + 1, j] − x[i, j]| + |x[i, j + 1] − x[i, j]| over a picture and its channels, the mean over the batch.
    Rudin, Osher and Fatemi, Nonlinear total variation based noise removal algorithms, 1992 (here by absolute values).
    """
    return penalties.total_variation
