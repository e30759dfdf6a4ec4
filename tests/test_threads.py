"""How many threads a training takes: decided by the design, and put back afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from drawn import SMALL_MLP, classifier, xor

from backend.loading import load_run
from backend.threads import SMALL, work_of
from backend.train import Training
from graph.document import Document


@pytest.fixture(autouse=True)
def two_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def threads_while(document: Document, runs: Path) -> tuple[int, int]:
    """Threads in the middle of a training, and the multiply-adds of its batch."""
    training = Training(document, runs_folder=runs)
    steps = training.run()
    while next(steps) is not None:  # what there is to say before and after the first step
        pass
    threads = torch.get_num_threads()
    steps.close()
    return threads, work_of(load_run(training.run_folder))


def test_small_steps_take_one_thread(tmp_path: Path) -> None:
    threads, work = threads_while(classifier(*SMALL_MLP), tmp_path)
    assert 0 < work < SMALL
    assert threads == 1
    assert torch.get_num_threads() == 2


def test_large_steps_take_all(tmp_path: Path) -> None:
    large = classifier(("flatten", {}), ("linear", {"units": 4096}), ("linear", {"units": 2048}), batch_size=64)
    threads, work = threads_while(large, tmp_path)
    assert work >= SMALL
    assert threads == 2


def test_the_count_is_of_multiply_adds_in_any_precision(tmp_path: Path) -> None:
    plain, half = xor(), xor(precision="bf16")
    assert threads_while(plain, tmp_path)[1] == threads_while(half, tmp_path)[1] > 0
