"""Some examples of a split through the network, and what is lost on each of them."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import numpy as np
import torch

from backend.evaluation import Part
from backend.feeds import Feed
from backend.loading import Model
from backend.problems import INPUT, TrainProblem
from graph.document import Port
from graph.plan import objectives

SPLITS = ("test", "validation", "train")


def present(model: Model, split: str) -> str:
    """The split that is asked for; for "" the first that has examples, those for training last.

    Raises TrainProblem where there are none.
    """
    for each in (split,) if split else SPLITS:
        if model.stage(each).examples:
            return each
    raise TrainProblem(f"There are no {split} examples here: choose another part of the data." if split else
                       "This design reads no data, so there are no examples to look at.", INPUT)  # fmt: skip


def spread(total: int, count: int) -> np.ndarray:
    """The numbers of ``count`` examples, evenly from all there are; all of them where there are fewer."""
    return np.unique(np.linspace(0, max(total - 1, 0), min(total, count)).round().astype(np.int64))


def feed_of(model: Model, split: str, sources: Sequence[Port]) -> Feed:
    """What a slice with these sources is called with; random sources draw the same every time."""
    generator = torch.Generator(model.device).manual_seed(model.settings.seed)
    return Feed(sources, model.stage(split), model.draws, generator)


def judging(model: Model) -> Part | None:
    """The losses of the first objective that looks at data; None where none does."""
    for plan in objectives(model.document):
        part = Part(model, plan, (), "loss")
        if any(port.owner not in model.draws for port in part.sources):
            return part
    return None


def loss_of_each(part: Part, inputs: Sequence[torch.Tensor]) -> torch.Tensor:
    """What is lost on each of a batch of examples by itself, (examples,).

    All at once where the network allows it, else one after the other: recurrent layers, for instance, do not.
    """

    def alone(*values: torch.Tensor) -> torch.Tensor:
        return part([each.unsqueeze(0) for each in values]).loss.reshape(())

    if not part.differentiates:
        with contextlib.suppress(RuntimeError, ValueError):
            found: torch.Tensor = torch.func.vmap(alone, randomness="different")(*inputs)
            return found.float()
    return torch.stack([alone(*each).detach() for each in zip(*inputs)]).float()
