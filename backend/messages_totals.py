"""What a training of a design will take, as the analyst says it to the studio."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Cost:
    """What one node takes on the way to the losses, for one batch.

    multiply_adds: products that are added up, forward
    activations: bytes that are kept for the way back
    """

    multiply_adds: int = 0
    activations: int = 0


@dataclass(frozen=True)
class Totals:
    """What a training takes. Sizes are bytes.

    batch: examples of a batch
    multiply_adds: of a batch on its way to all losses
    weights: all weights and what modules keep beside them
    gradients: one number for every weight that is trained
    optimiser: what optimisers remember between steps
    activations: what is kept of a batch for the way back, in the largest objective
    data: the batch itself
    device: where it would compute, "" where that is not to be had; ``capacity`` is the memory there
    nodes: the share of every node, by (network, id) in the flat document
    """

    batch: int
    multiply_adds: int
    weights: int
    gradients: int
    optimiser: int
    activations: int
    data: int
    device: str = ""
    capacity: int = 0
    nodes: Mapping[tuple[str, str], Cost] = field(default_factory=dict)

    @property
    def fixed(self) -> int:
        """What is taken whatever the batch."""
        return self.weights + self.gradients + self.optimiser

    @property
    def memory(self) -> int:
        return self.fixed + self.activations + self.data

    @property
    def fits(self) -> bool:
        return not self.capacity or self.memory <= self.capacity

    @property
    def largest_batch(self) -> int:
        """The largest batch that the device holds; 0 where not even one example fits."""
        each = max(1, (self.activations + self.data) // self.batch)
        return max(0, (self.capacity - self.fixed) // each)


@dataclass(frozen=True)
class Totalled:
    """The totals of the document with this revision; None where they cannot be told."""

    revision: int
    totals: Totals | None
