"""Checkpoints of a run: written whole or not at all, the newest whole one read back, the old ones cleared away."""

from __future__ import annotations

import os
import pickle
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

WEIGHTS, STATE = "weights.safetensors", "state.pt"
PARTIAL = ".writing-"
KEPT = 2

Weights = dict[str, torch.Tensor]


class Checkpoint(NamedTuple):
    """What was read back: ``state`` holds tensors and plain values only."""

    step: int
    weights: Weights
    state: dict[str, Any]


def write(folder: Path, step: int, weights: Mapping[str, torch.Tensor], state: Mapping[str, Any], best: int) -> None:
    """Put a checkpoint on the disk under its step, then remove all but the newest two and the ``best``."""
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{PARTIAL}{os.getpid()}-{step}"
    try:
        partial.mkdir()
        save_file({name: value.detach().cpu().contiguous() for name, value in weights.items()}, partial / WEIGHTS)
        torch.save(dict(state), partial / STATE)
        for path in (partial / WEIGHTS, partial / STATE, partial):
            _to_disk(path)
        place = folder / f"{step:010d}"
        shutil.rmtree(place, ignore_errors=True)
        partial.rename(place)
        _to_disk(folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    _prune(folder, best)


def newest(folder: Path) -> Checkpoint | None:
    """The newest checkpoint that can be read, or None: a damaged one gives way to the one before."""
    for path in _newest_first(folder):
        try:
            state = torch.load(path / STATE, map_location="cpu", weights_only=True)
            return Checkpoint(int(path.name), load_file(path / WEIGHTS), state)
        except (OSError, RuntimeError, ValueError, EOFError, pickle.UnpicklingError, SafetensorError):
            continue
    return None


def newest_weights(folder: Path) -> Weights | None:
    """The weights of the newest checkpoint whose weights can be read, or None."""
    for path in _newest_first(folder):
        try:
            return load_file(path / WEIGHTS)
        except (OSError, ValueError, SafetensorError):
            continue
    return None


def _newest_first(folder: Path) -> Iterator[Path]:
    yield from sorted((path for path in folder.glob("*") if path.name.isdigit()), reverse=True)


def _prune(folder: Path, best: int) -> None:
    old = list(_newest_first(folder))[KEPT:]
    for path in (*folder.glob(f"{PARTIAL}*"), *(path for path in old if int(path.name) != best)):
        shutil.rmtree(path, ignore_errors=True)


def _to_disk(path: Path) -> None:
    """Wait until a file, or the names in a folder, would survive a power cut."""
    if os.name == "nt" and path.is_dir():  # Windows opens no folders
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
