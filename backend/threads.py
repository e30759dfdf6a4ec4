"""How many processor threads a training is worth: small steps lose more by waiting for one another than they gain."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from backend.loading import Model
from backend.rehearsal import countable, hollow_root, passed
from graph.plan import losses

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
    """Multiply-adds of one batch on its way to all losses."""
    document = model.document
    root = hollow_root(document, model.analysis)
    return sum(passed(document, root, countable(document, losses(document)), model.batch_size).multiply_adds.values())
