"""How much gradient flows along the wires of a network."""

from __future__ import annotations

from dataclasses import dataclass

from backend.questions import Question


@dataclass(frozen=True)
class Flow(Question):
    """How large the gradient of the loss is with respect to what flows out of some ports. Answered by a ``Flowing``.

    ports: each the path of a node and one of its outputs
    """

    ports: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Flowing:
    """The gradient of a batch of training examples at every port that was asked about, in their order.

    norms: its Euclidean norm over the whole batch; None where there is none: class numbers, or values that no loss
      depends on. Of several objectives it is the one whose gradient is the largest there.
    objectives: whose loss that is, "" where there is none
    """

    norms: tuple[float | None, ...]
    objectives: tuple[str, ...]
