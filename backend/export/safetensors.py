"""Safetensors: the weights alone, under the names of the nodes, in a file that can hold nothing harmful."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from backend.export import Format, Way, register
from graph.lazy import torch

if TYPE_CHECKING:
    from backend.export._subject import Subject

SOURCE = ".source.py"  # what the check builds the network with; no part of the export
LOADER = f"""
import importlib.util
import pathlib
import torch
from safetensors.torch import load_file

def load(path):
    spec = importlib.util.spec_from_file_location("source", pathlib.Path(path).with_name("{SOURCE}"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    networks = [thing for thing in vars(module).values() if getattr(thing, "__module__", "") == "source"
                and isinstance(thing, type) and issubclass(thing, torch.nn.Module)]
    model = networks[-1]()
    unknown = model.load_state_dict(load_file(path), strict=False).unexpected_keys
    if unknown:
        raise KeyError(f"no part of the network is called {{unknown[0]}}")
    model.eval()

    def run(inputs):
        with torch.inference_mode():
            result = model(*map(torch.from_numpy, inputs))
        return [value.numpy() for value in (result if isinstance(result, tuple) else (result,))]

    return run
"""


def write(subject: Subject, path: Path) -> None:
    """The weights that the chosen outputs need."""
    from graph.source import source_of

    save(subject.module.state_dict(), subject, path)
    outputs = [plan.port for plan in subject.outputs]
    text = source_of(subject.document, subject.analysis, outputs)
    path.with_name(SOURCE).write_text(text, encoding="utf-8")


def save(weights: Mapping[str, torch.Tensor], subject: Subject, path: Path) -> None:
    from safetensors.torch import save_file

    # Clones, because two names may stand for the same memory, which the format refuses.
    save_file({name: value.detach().clone() for name, value in weights.items()}, path, subject.metadata())


register(Format(
    "safetensors", ".safetensors", "the weights alone, for PyTorch and others", (Way(write),), LOADER, carries=True,
))  # fmt: skip
