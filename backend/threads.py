"""How many processor threads a training is worth: small steps lose more by waiting for one another than they gain."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch.utils.flop_counter import FlopCounterMode

from backend.loading import Model
from graph.compiler import compile_root, make_slice
from graph.document import Port
from graph.flat import flat_of
from graph.plan import losses, takes_gradients

SMALL = 16_000_000  # multiply-adds of a forward pass over a batch; below it a second thread was never faster


@contextmanager
def worthwhile(model: Model) -> Iterator[None]:
    """Compute on one thread where a step is small, else on as many as torch was told.

    The design alone decides, never a stopwatch: other threads add numbers up in another order, and the same design
    with the same seed is to give the same numbers.
    """
    before = torch.get_num_threads()
    if before > 1 and model.device.type == "cpu" and work_of(model) < SMALL:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def work_of(model: Model) -> int:
    """Multiply-adds of one batch on its way to all losses, counted on the meta device, where nothing is computed."""
    targets, batch = _ends(model), model.batch_size
    specs = [model.root.specs[port] for port in model.sources(targets)]
    with torch.device("meta"):  # a network of its own, which takes no memory however large it is
        module = make_slice(model.document, compile_root(model.document, model.analysis), targets)
        inputs = [torch.empty((batch, *spec.shape), dtype=getattr(torch, spec.dtype)) for spec in specs]
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module(*inputs)
    return int(counter.get_total_flops()) // 2


def _ends(model: Model) -> list[Port]:
    """All losses; of one that takes gradients itself, which the counter cannot follow, what it reads."""
    drawn, found = flat_of(model.document).document, dict[Port, None]()
    for port in losses(model.document):
        inner = drawn.inputs_of(port.owner).values() if takes_gradients(model.document, [port]) else [port]
        found.update(dict.fromkeys(inner))
    return list(found)
