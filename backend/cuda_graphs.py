"""A training step on CUDA, recorded once and replayed: the card no longer waits for Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from backend.steps import Inputs, ObjectiveStep

WARM_UP = 3  # steps before recording, in which libraries set themselves up and the optimiser makes its state


def possible(optimizer: torch.optim.Optimizer, device: torch.device) -> bool:
    """Whether steps with this optimiser can be recorded: it must keep all it counts on the card."""
    return device.type == "cuda" and all("capturable" in group for group in optimizer.param_groups)


def make_capturable(optimizer: torch.optim.Optimizer, device: torch.device) -> None:
    """Keep the step counter and the learning rate on the card, where a recording can see them change."""
    for group in optimizer.param_groups:
        group["capturable"] = True
        group["lr"] = torch.as_tensor(group["lr"], dtype=torch.float32, device=device)


class Recorded:
    """Advances an objective: its first steps run as they are, later ones of full batches are replayed.

    Where recording fails, every step runs as it is, with the same numbers.
    """

    def __init__(self, step: ObjectiveStep, full: int, device: torch.device) -> None:
        self._step = step
        self._full = full
        self._warm_up = WARM_UP
        self._stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        self._graph: torch.cuda.CUDAGraph | None = None
        self._places: Inputs = []

    def __call__(self, inputs: Inputs, count: int) -> None:
        if count != self._full or self._warm_up < 0:
            self._step.advance(inputs, count)
        elif self._warm_up:
            self._warm_up -= 1
            self._aside(inputs, count)
        elif self._graph is not None or self._record(inputs, count):
            for place, value in zip(self._places, inputs):
                place.copy_(value)
            assert self._graph is not None
            self._graph.replay()
        else:
            self._step.advance(inputs, count)

    def _aside(self, inputs: Inputs, count: int) -> None:
        """A step on a stream of its own, as recording demands of the steps before it."""
        self._stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self._stream):
            self._step.advance(inputs, count)
        torch.cuda.current_stream().wait_stream(self._stream)

    def _record(self, inputs: Inputs, count: int) -> bool:
        """Record a step without doing it; False, and never again, where something in it cannot be recorded."""
        graph, places = torch.cuda.CUDAGraph(), [value.clone() for value in inputs]
        try:
            with torch.cuda.graph(graph):
                self._step.advance(places, count)
        except RuntimeError:
            self._warm_up = -1
            self._step.forget_gradients()
            torch.cuda.synchronize()
            return False
        self._graph, self._places = graph, places
        return True
