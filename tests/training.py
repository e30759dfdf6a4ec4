"""Trainings that tests run, and what is left of them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from backend import checkpoints
from backend.messages import Event, Finished
from backend.train import Training
from graph.document import Document


def clock(step: float) -> Callable[[], float]:
    """A clock that moves by so many seconds whenever it is read."""
    ticks = itertools.count()
    return lambda: next(ticks) * step


def trained(document: Document | None, runs: Path, **options: Any) -> tuple[Finished, list[Event]]:
    events = [event for event in Training(document, runs_folder=runs, **options).run() if event is not None]
    assert isinstance(events[-1], Finished)
    return events[-1], events


def broken_off(document: Document, folder: Path, steps: int, **options: Any) -> str:
    """The folder of a training that was closed after so many steps."""
    training = Training(document, runs_folder=folder, **options)
    work = training.run()
    for _ in range(steps):
        while next(work) is not None:
            pass
    work.close()
    return training.run_folder


def weights(run: str) -> dict[str, torch.Tensor]:
    found = checkpoints.newest_weights(Path(run) / "checkpoints")
    assert found
    return found


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(value, other[name]) for name, value in one.items())
