"""What a training does about losses: who is trained, by which optimiser, how fast."""

from __future__ import annotations

import functools
from typing import Annotated, Any, Literal

from graph.catalogue import Objective, layer
from graph.lazy import LazyModule, torch
from graph.specs import Limits, NonNegative, Rate, Scalar, Share

schedules = LazyModule("graph.modules.schedules")

FUSED, FUSED_ON = ("Adam", "AdamW", "SGD"), ("cpu", "cuda")

Decay = Annotated[float, Limits(0.0, 0.999999)]
Epsilon = Annotated[float, Limits(1e-12, 1.0, "", True)]


@layer(
    kind="objective",
    outputs="",
    search="optimizer optimiser adam adamw sgd rmsprop train minimise learning rate schedule",
)
def objective(
    *losses: Scalar,
    optimizer: Literal["adam", "adamw", "sgd", "rmsprop"] = "adam",
    learning_rate: Rate = 0.001,
    momentum: Share = 0.0,
    nesterov: bool = False,
    beta1: Decay = 0.9,
    beta2: Decay = 0.999,
    smoothing: Decay = 0.99,
    epsilon: Epsilon = 1e-8,
    weight_decay: NonNegative = 0.0,
    schedule: Literal["constant", "linear", "cosine", "step", "exponential", "one cycle"] = "constant",
    clip_norm: NonNegative = 0.0,
):
    """Make the sum of losses small by changing all weights upstream.

    Without an objective on the canvas, one with these defaults minimises all losses.
    https://pytorch.org/docs/stable/optim.html

    optimizer: "adam" adapts the step of every weight; "adamw" is adam with a cleaner weight decay; "sgd" follows the
      gradient as it is; "rmsprop" divides by how large the gradient lately was
    learning_rate: how large the steps are
    momentum: how much of the last step goes into the next one, for sgd and rmsprop
    nesterov: whether sgd with momentum looks ahead to where the momentum leads
    beta1: share of the old mean gradient that adam keeps at every step
    beta2: share of the old mean squared gradient that adam keeps at every step
    smoothing: share of the old mean squared gradient that rmsprop keeps at every step
    epsilon: keeps the division of adam and rmsprop safe where gradients vanish
    weight_decay: how strongly weights are pulled towards zero
    schedule: "constant" keeps the learning rate; "linear" and "cosine" lower it to zero; "step" divides it by ten after
      a half and three quarters of the training; "exponential" lowers it to a hundredth; "one cycle" raises it first
    clip_norm: longest gradient, all weights taken together; a longer one is shortened to it; 0 lets all pass
    """
    if nesterov and optimizer == "sgd" and not momentum:
        raise ValueError("Nesterov looks ahead along the momentum, and that is 0: set a momentum such as 0.9.")
    adaptive = {"betas": (beta1, beta2), "eps": epsilon}
    kinds: dict[str, tuple[str, dict[str, Any]]] = {
        "adam": ("Adam", adaptive),
        "adamw": ("AdamW", adaptive),
        "sgd": ("SGD", {"momentum": momentum, "nesterov": nesterov}),
        "rmsprop": ("RMSprop", {"alpha": smoothing, "momentum": momentum, "eps": epsilon}),
    }
    kind, settings = kinds[optimizer]
    return Objective(
        functools.partial(_optimizer, kind=kind, lr=learning_rate, weight_decay=weight_decay, **settings),
        None if schedule == "constant" else getattr(schedules, schedule.replace(" ", "_")),
        clip_norm,
    )


def _optimizer(parameters, kind, **settings):
    """An optimiser of torch: fused into one kernel where torch has one for it and for the parameters."""
    parameters = list(parameters)
    fitting = all(each.is_floating_point() and each.device.type in FUSED_ON for each in parameters)
    fused = {"fused": True} if fitting and kind in FUSED else {}
    return getattr(torch.optim, kind)(parameters, **settings, **fused)
