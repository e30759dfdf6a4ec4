"""PT2: torch's own exported program, to be run by torch alone, without the code that made it."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.export import Format, Way, register
from graph.lazy import torch

if TYPE_CHECKING:
    from backend.export._subject import Subject

EXAMPLES = 2  # the exporter freezes a batch of one

LOADER = """
import torch

def load(path):
    module = torch.export.load(path).module()

    def run(inputs):
        with torch.inference_mode():
            result = module(*map(torch.from_numpy, inputs))
        return [value.numpy() for value in (result if isinstance(result, tuple) else (result,))]

    return run
"""


def with_free_length(subject: Subject, path: Path) -> None:
    """Every axis that can be free is. Recurrent layers are written out as loops, or their length would be frozen."""
    from torch.export import _patches

    from backend.export._checking import free_axes

    with ExitStack() as stack:
        for name in ("register_lstm_while_loop_decomposition", "register_gru_while_loop_decomposition"):
            if hasattr(_patches, name):  # private to torch, so it may go
                stack.enter_context(getattr(_patches, name)())
        _export(subject, path, [dict.fromkeys(free_axes(spec), torch.export.Dim.AUTO) for spec in subject.input_specs])


def with_fixed_length(subject: Subject, path: Path) -> None:
    """Sequences of the data's length only."""
    _export(subject, path, [{0: torch.export.Dim.AUTO} for _ in subject.input_specs])


def _export(subject: Subject, path: Path, axes: list[dict[int, Any]]) -> None:
    from backend.export._checking import example

    inputs = tuple(example(spec, EXAMPLES) for spec in subject.input_specs)
    program = torch.export.export(subject.module, inputs, dynamic_shapes=tuple(axes))
    torch.export.save(program, path, extra_files=subject.metadata())


FIXED = "Sequences have to be as long as those of the data."

register(Format(
    "pt2", ".pt2", "torch's exported program, for torch alone",
    (Way(with_free_length, apart=True), Way(with_fixed_length, FIXED, any_length=False, apart=True)), LOADER,
))  # fmt: skip
