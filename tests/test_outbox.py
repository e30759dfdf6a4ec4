"""Sending without waiting: what is stale gives way, everything else arrives, and a dead reader holds nobody up."""

from __future__ import annotations

import multiprocessing
import time
from typing import Any

import numpy as np

from backend import messages as m
from backend.outbox import Outbox

PATIENCE = 60.0


def test_stale_progress_gives_way_and_metrics_never_do() -> None:
    ours, theirs = multiprocessing.Pipe()
    outbox = Outbox(ours, replaceable=(m.Progress,))
    blocking = m.Answered(m.Question(), np.zeros(2_000_000))
    outbox.put(blocking)  # more than a pipe holds, so that what follows has to wait
    time.sleep(0.05)
    for step in range(50):
        outbox.put(m.Metrics("train", step, 0.0, {"loss": 1.0}))
        outbox.put(m.Progress(0, step, 1.0, 1.0))
    outbox.put(m.Finished("run", 1, 1.0, 1.0, {}))
    got: list[Any] = [theirs.recv()]
    while not isinstance(got[-1], m.Finished):
        got.append(theirs.recv())
    assert [event.step for event in got if isinstance(event, m.Metrics)] == list(range(50))
    assert [event.step for event in got if isinstance(event, m.Progress)] == [49]
    outbox.close()
    outbox.join(PATIENCE)


def test_sending_never_waits_for_a_reader_that_is_gone() -> None:
    ours, theirs = multiprocessing.Pipe()
    outbox = Outbox(ours)
    theirs.close()
    for step in range(100):
        outbox.put(m.Metrics("train", step, 0.0, {"loss": 1.0}))
    assert outbox.flush(PATIENCE)
    outbox.close()
    outbox.join(PATIENCE)
