"""What a training does about losses: who is trained, by which optimiser, how fast, and when."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Annotated, Any, Literal

from graph.catalogue import Objective, layer
from graph.lazy import LazyModule, torch
from graph.specs import Count, Limits, Names, NonNegative, Rate, Scalar, Share, Whole

schedules = LazyModule("graph.modules.schedules")

FUSED, FUSED_ON = ("Adam", "AdamW", "SGD"), ("cpu", "cuda")

Decay = Annotated[float, Limits(0.0, 0.999999)]
Epsilon = Annotated[float, Limits(1e-12, 1.0, "", True)]
Factor = Annotated[float, Limits(0.001, 0.999)]
Times = Annotated[int, Limits(1, 1000)]
End = Annotated[float, Limits(0.0, 1.0)]


@layer(
    kind="objective",
    outputs="",
    search="optimizer optimiser adam adamw sgd rmsprop adagrad lbfgs ridge least squares read-out train minimise "
    "learning rate schedule warm-up plateau clipping gan alternate phase pre-train fine-tune",
)
def objective(
    *losses: Scalar, trains: Names = "",
    optimizer: Literal["adam", "adamw", "sgd", "rmsprop", "adagrad", "lbfgs", "ridge"] = "adam",
    learning_rate: Rate = 0.001,
    schedule: Literal["constant", "linear", "cosine", "step", "exponential", "one cycle", "plateau"] = "constant",
    warm_up: Share = 0.0, factor: Factor = 0.5, patience: Whole = 5,
    momentum: Share = 0.0, nesterov: bool = False, beta1: Decay = 0.9, beta2: Decay = 0.999, smoothing: Decay = 0.99,
    epsilon: Epsilon = 1e-8, memory: Count = 10, line_search: bool = True, weight_decay: NonNegative = 0.0,
    clip_norm: NonNegative = 0.0, clip_value: NonNegative = 0.0,
    every: Count = 1, times: Times = 1, starts: Share = 0.0, ends: End = 1.0,
):  # fmt: skip
    """Make the weighted sum of losses small by changing the weights upstream.

    Without an objective on the canvas, one with these defaults minimises all losses. Several take turns in every
    iteration, in the order of their names, each on the same examples and with fresh noise.
    https://pytorch.org/docs/stable/optim.html

    trains: the nodes and networks whose weights it changes, separated by commas; empty means all that lie upstream
    optimizer: "adam" adapts the step of every weight; "adamw" is adam with a cleaner weight decay; "sgd" follows the
      gradient as it is; "rmsprop" divides by how large the gradient lately was, "adagrad" by all that it ever was;
      "lbfgs" takes long steps along the curvature, best on all examples at once (batch size 0) from a learning rate
      of 1; "ridge" solves for one linear layer in closed form at the end of every epoch
    learning_rate: how large the steps are
    schedule: "constant" keeps the learning rate; "linear" and "cosine" lower it to zero; "step" divides it by ten after
      a half and three quarters of the training; "exponential" lowers it to a hundredth; "one cycle" raises it first;
      "plateau" lowers it when the loss of validation, or else of training, no longer falls
    warm_up: share of the steps over which the learning rate first rises from almost nothing
    factor: what "plateau" multiplies the learning rate by
    patience: epochs without a smaller loss that "plateau" waits for
    momentum: how much of the last step goes into the next one, for sgd and rmsprop
    nesterov: whether sgd with momentum looks ahead to where the momentum leads
    beta1: share of the old mean gradient that adam keeps at every step
    beta2: share of the old mean squared gradient that adam keeps at every step
    smoothing: share of the old mean squared gradient that rmsprop keeps at every step
    epsilon: keeps the division of adam, rmsprop and adagrad safe where gradients vanish
    memory: how many past steps lbfgs knows the curvature from
    line_search: whether lbfgs looks for the best length of every step, by the strong Wolfe conditions
    weight_decay: how strongly weights are pulled towards zero; for ridge the penalty on their squares
    clip_norm: longest gradient, all weights taken together; a longer one is shortened to it; 0 lets all pass
    clip_value: largest single number of a gradient; larger ones are cut to it, before clip_norm; 0 lets all pass
    every: acts in every so many-th iteration only
    times: steps that it does in an iteration, all on the same examples
    starts: share of the training that is over when it begins to act
    ends: share of the training that is over when it acts no more
    """
    return _objective(**locals())


def _objective(
    losses: Any, trains: str, optimizer: str, learning_rate: float, schedule: str, warm_up: float, factor: float,
    patience: int, **others: Any,
) -> Objective:  # fmt: skip
    """What the parameters ask for. Which weights it trains is for the engine to find."""
    rhythm = {name: others.pop(name) for name in ("every", "times", "starts", "ends")}
    clipping = {name: others.pop(name) for name in ("clip_norm", "clip_value")}
    _check(optimizer, others["momentum"], others["nesterov"], schedule, warm_up, rhythm["starts"], rhythm["ends"])
    ridge = optimizer == "ridge"
    plateau = functools.partial(schedules.plateau, factor=factor, patience=patience) if schedule == "plateau" else None
    return Objective(
        _optimizer_of(optimizer, learning_rate, **others),
        schedule=None if ridge else _schedule(schedule, warm_up),
        plateau=None if ridge else plateau,
        closure=optimizer == "lbfgs",
        ridge=others["weight_decay"] if ridge else None,
        **clipping,
        **rhythm,
    )


def _check(
    optimizer: str, momentum: float, nesterov: bool, schedule: str, warm_up: float, starts: float, ends: float
) -> None:
    """Raise ValueError with a sentence for values that contradict one another."""
    if nesterov and optimizer == "sgd" and not momentum:
        raise ValueError("Nesterov looks ahead along the momentum, and that is 0: set a momentum such as 0.9.")
    if warm_up and schedule == "one cycle":
        raise ValueError("“one cycle” raises the learning rate by itself: set warm_up to 0, or take another schedule.")
    if ends <= starts:
        raise ValueError(f"It would act from {starts:g} to {ends:g} of the training, which is never: let it end later "
                         "than it starts.")  # fmt: skip


KINDS = {
    "adam": ("Adam", ("betas", "eps", "weight_decay")),
    "adamw": ("AdamW", ("betas", "eps", "weight_decay")),
    "sgd": ("SGD", ("momentum", "nesterov", "weight_decay")),
    "rmsprop": ("RMSprop", ("alpha", "momentum", "eps", "weight_decay")),
    "adagrad": ("Adagrad", ("eps", "weight_decay")),
    "lbfgs": ("LBFGS", ("history_size", "line_search_fn")),
    "ridge": ("SGD", ()),
}


def _optimizer_of(
    optimizer: str, learning_rate: float, beta1: float, beta2: float, smoothing: float, epsilon: float, memory: int,
    line_search: bool, **settings: Any,
) -> Callable[[Any], Any]:  # fmt: skip
    """How to make an optimiser, told no more than its kind understands."""
    settings |= {"betas": (beta1, beta2), "alpha": smoothing, "eps": epsilon, "history_size": memory}
    settings["line_search_fn"] = "strong_wolfe" if line_search else None
    kind, understood = KINDS[optimizer]
    told = {name: settings[name] for name in understood}
    return functools.partial(_optimizer, kind=kind, lr=learning_rate, **told)


def _optimizer(groups, kind, lr, **settings):
    """An optimiser of torch: fused into one kernel where torch has one for it and for the parameters."""
    groups = list(groups)
    if groups and isinstance(groups[0], dict):
        groups = [{"params": list(each["params"]), "lr": lr * each["rate_factor"]} for each in groups]
        parameters = [parameter for each in groups for parameter in each["params"]]
    else:
        parameters = groups
    fitting = all(each.is_floating_point() and each.device.type in FUSED_ON for each in parameters)
    fused = {"fused": True} if fitting and kind in FUSED else {}
    return getattr(torch.optim, kind)(groups, lr=lr, **settings, **fused)


def _schedule(schedule: str, warm_up: float) -> Callable[[Any, int], Any] | None:
    """How to make a schedule that goes by steps, or None where the learning rate stays."""
    after = None if schedule in ("constant", "plateau") else getattr(schedules, schedule.replace(" ", "_"))
    if not warm_up:
        return after  # type: ignore[no-any-return]
    if after is None:
        return functools.partial(schedules.warm_up, share=warm_up)
    return functools.partial(schedules.warmed, share=warm_up, after=after)
