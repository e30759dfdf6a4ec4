"""What tests of data from the disk share: every example of a source, its exported loader, and a pickle with malice."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch

from backend import data


def whole(source: Path, **asked: Any) -> dict[str, torch.Tensor]:
    """Every example, as stored."""
    return data.load(str(source), **{"validation": 0, "test": 0} | asked).splits["train"]


def check_loader(source: Path | str, **asked: Any) -> None:
    """The exported loader gives what a training without other parts reads."""
    found = data.load(str(source), validation=0.0, test=0.0, **asked)
    scope: dict[str, Any] = {}
    exec(data.loader_source(str(source), "0 to 1", found.preparation, **asked), scope)
    loaded, ours = scope["load_data"](), found.batch("train", slice(None))
    assert list(loaded) == list(ours)
    for field, values in ours.items():
        assert torch.equal(loaded[field], values)


class Malice:
    """What a stranger's pickle may hold: a call that leaves a trace."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.place),)
