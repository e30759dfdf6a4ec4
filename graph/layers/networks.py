"""The ends of a network that is placed in another one, and what a network remembers from one step to the next."""

from __future__ import annotations

from typing import Literal

from graph.catalogue import Source, layer
from graph.lazy import nn
from graph.specs import Tensor, Whole


@layer(kind="source", search="port argument parameter placeholder network enter", title="input")
def input(time: Literal["each step", "whole"] = "each step", optional: bool = False):
    """An input of the network it stands in: a port of every node that places the network.

    The id of the node is the name of the port. In a recurrence, a network with a delay, it brings one step after
    the other of the sequence that is wired to it.

    time: in a recurrence, whether it brings the sequence step by step, or at every step the whole of what is wired
      to it; what only starts a delay always comes whole
    optional: whether the port may stay without a wire
    """
    return Source({})


@layer(kind="source", search="recurrent memory state loop previous step feedback context unit z-1", title="delay")
def delay(x: Tensor, initial: Tensor | None = None, start: Literal["zeros", "learned"] = "zeros", size: Whole = 0):
    """What was wired to it one step before: the way in which values may run in a circle.

    output[t] = x[t − 1]. A network that holds a delay is a recurrence: the node that places it runs it over the time
    of its inputs.

    x: what it gives at the next step
    initial: what it gives at the first step, instead of zeros or what is learned

    start: what it gives at the first step where nothing is wired to “initial”
    size: how many numbers it holds; 0 works that out from what is wired to it
    """
    return Source({})


@layer(search="dot knot waypoint bend wire route pass through", title="reroute")
def reroute(x: Tensor):
    """A dot on a wire, which leads it around what would be in its way.

    What arrives leaves unchanged; nothing is computed, and exported source has no trace of it.
    """
    return nn.Identity()
