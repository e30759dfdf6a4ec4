"""Linear read-outs: what a closed form needs to know of the one linear layer that it solves for."""

from __future__ import annotations

from typing import NamedTuple

from graph.document import Document, NodeKey, Port
from graph.flat import flat_of
from graph.layers import CATALOGUE
from graph.plan import ObjectivePlan

LINEAR = "linear"
SQUARED = ("mse_loss", "half_squared_error")  # losses that are least for the weights that ridge regression finds


class ReadOut(NamedTuple):
    """A linear node of the flat document, the port that it reads, and what should come out of it."""

    linear: NodeKey
    x: Port
    target: Port


def read_out(document: Document, plan: ObjectivePlan) -> ReadOut:
    """The layer that an objective can solve for. Raises ValueError with a sentence where there is none."""
    flat = flat_of(document).document
    wired = flat.inputs_by_node()
    if len(plan.losses) != 1 or flat.nodes[plan.losses[0].owner].type not in SQUARED:
        raise ValueError(f"ridge minimises one squared error, but “{plan.name}” has other losses: wire a single "
                         f"{' or '.join(SQUARED)} to it, or take another optimiser.")  # fmt: skip
    port = wired[plan.losses[0].owner]["prediction"]
    while (passing := CATALOGUE.get(flat.nodes[port.owner].type)) and passing.kind == "output":
        port = wired[port.owner][passing.inputs[0].name]
    if flat.nodes[port.owner].type != LINEAR:
        raise ValueError(
            f"ridge solves for one linear layer, but the prediction of “{plan.losses[0].node}” comes from "
            f"“{port.node}”, which is none: end the network in a linear layer, or take another optimiser."
        )
    if not plan.changes(port.owner):
        raise ValueError(f"ridge solves for “{port.node}”, which “{plan.name}” is not told to train: name it there, or "
                         "leave “trains” empty.")  # fmt: skip
    return ReadOut(port.owner, wired[port.owner]["x"], wired[plan.losses[0].owner]["target"])
