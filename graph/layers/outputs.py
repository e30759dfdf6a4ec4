"""What a design is for: its named results."""

from __future__ import annotations

from typing import Literal

from graph.catalogue import layer
from graph.lazy import LazyModule
from graph.specs import Tensor

shapes = LazyModule("graph.modules.shapes")


@layer(kind="output", search="result prediction export sample reconstruction show")
def output(
    x: Tensor,
    target: Tensor | None = None,
    kind: Literal["auto", "classes", "image", "value", "series", "tokens", "latent"] = "auto",
    steps: Literal["all", "last"] = "all",
):
    """Name a result: what is predicted, generated or reconstructed, shown and exported.

    The title of the node is the name of the result. A design may have several. In a network that is placed in another
    one, it is an output of that network, and the id of the node is the name of the port.

    x: the result itself
    target: what it should have been, to be shown beside it; without a wire, the target of the nearest loss

    kind: how it is shown and measured; "auto" goes by its shape and its target
    steps: in a recurrence, whether it gives what comes out at every step, or after the last one alone
    """
    return shapes.pass_on
