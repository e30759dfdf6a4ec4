"""Runs what was written in a fresh process that cannot import Netloom, and compares it with the compiled module."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch

from backend import carried
from backend.export import ExportProblem, Format
from graph.specs import INTEGERS, TensorSpec

if TYPE_CHECKING:
    from backend.export._subject import Subject

BATCHES = (1, 2, 7)
LONGER = 4  # steps that a sequence is lengthened by, to see whether its length is free
SEED = 20
PATIENCE = 600  # seconds for a check; a large model on a busy machine takes its time

PROGRAM = '''
import json, sys
import numpy as np

class Guard:
    """Whatever runs here has to do without Netloom."""

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("graph", "backend", "gui", "resources", "main"):
            raise ImportError(f"the export needs {{name}}, a part of Netloom")

sys.meta_path.insert(0, Guard())
{loader}
function, cases = load(sys.argv[1]), np.load(sys.argv[2])
count = max(int(key.partition("_")[0]) for key in cases.files) + 1
worst = 0.0
seed = getattr(sys.modules.get("torch"), "manual_seed", lambda seed: None)
for case in range(count):
    seed({seed})
    given = lambda side: [cases[key] for key in cases.files if key.startswith(f"{{case}}_{{side}}")]
    for expected, got in zip(given("out"), function(given("in")), strict=True):
        if got.shape != expected.shape:
            sys.exit(f"shape {{got.shape}} instead of {{expected.shape}}")
        if not expected.size:
            continue
        with np.errstate(invalid="ignore"):
            apart = np.where(np.equal(got, expected), 0.0, np.abs(got.astype("f8") - expected.astype("f8")))
        apart = apart / max(1.0, float(np.abs(expected[np.isfinite(expected)]).max(initial=0)))
        worst = max(worst, float("inf") if np.isnan(apart).any() else float(apart.max()))
print(json.dumps(worst))
'''


class Case(NamedTuple):
    """A batch of inputs and what the compiled module makes of it."""

    inputs: tuple[torch.Tensor, ...]
    outputs: tuple[torch.Tensor, ...]


def cases(subject: Subject, any_length: bool) -> list[Case]:
    """Batches of 1, 2 and 7 examples and, where the design takes sequences of any length, some longer ones."""
    found = [_case(subject, batch) for batch in BATCHES]
    if any_length and takes_any_length(subject):
        found.append(_case(subject, 2, LONGER))
    return found


def takes_any_length(subject: Subject) -> bool:
    """Whether the design reads sequences and works on longer ones than the data's."""
    if not any(is_sequence(spec) for spec in subject.input_specs):
        return False
    try:
        _case(subject, 2, LONGER)
    except (RuntimeError, IndexError):
        return False
    return True


def carries(subject: Subject) -> bool:
    """Whether the design begins a batch with states of the one before."""
    _case(subject, 2)
    return any(state is not None for state in carried.reset(subject.module))


def draws(subject: Subject) -> bool:
    """Whether what comes out depends on random numbers that are drawn on the way."""
    one, other = (_case(subject, 2, seed=SEED + place).outputs for place in range(2))
    return not all(torch.equal(*pair) for pair in zip(one, other))


def is_sequence(spec: TensorSpec) -> bool:
    return spec.meaning in ("sequence", "tokens")


def free_axes(spec: TensorSpec) -> tuple[int, ...]:
    """The axes of an input whose size need not be fixed: the batch and, of a sequence, the time."""
    return (0, 1) if is_sequence(spec) else (0,)


def example(spec: TensorSpec, batch: int, longer: int = 0, seed: int = SEED) -> torch.Tensor:
    """Random values that a port could carry."""
    shape = (spec.shape[0] + longer, *spec.shape[1:]) if longer and is_sequence(spec) else spec.shape
    dtype, generator = getattr(torch, spec.dtype), torch.Generator().manual_seed(seed)
    if spec.dtype in INTEGERS:
        return torch.randint(0, spec.classes or 2, (batch, *shape), generator=generator).to(dtype)
    return torch.rand((batch, *shape), generator=generator).to(dtype)


def agree(format: Format, subject: Subject, path: Path, any_length: bool) -> float:
    """The largest difference between the file and the compiled module. Raises ExportProblem where it is too large."""
    compared = path.with_name(".cases.npz")
    program = path.with_name(".check.py")
    _save(compared, cases(subject, any_length))
    program.write_text(PROGRAM.format(loader=format.loader, seed=SEED), encoding="utf-8")
    command = [sys.executable, "-IB", str(program), str(path), str(compared)]
    try:
        done = subprocess.run(command, cwd=path.parent, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        raise ExportProblem(f"it did not run to its end within {PATIENCE // 60} minutes") from None
    finally:
        compared.unlink()
        program.unlink()
    if done.returncode:
        raise ExportProblem(f"it did not run by itself ({last_line(done.stderr)})")
    worst = float(json.loads(done.stdout.splitlines()[-1]))
    if not worst <= format.tolerance:
        raise ExportProblem(f"its outputs differ by {worst:.2g} from the network's, more than {format.tolerance:g}")
    return worst


def _case(subject: Subject, batch: int, longer: int = 0, seed: int = SEED) -> Case:
    inputs = tuple(example(spec, batch, longer, SEED + n) for n, spec in enumerate(subject.input_specs))
    carried.reset(subject.module)
    with torch.inference_mode(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        result = subject.module(*inputs)
    return Case(inputs, result if isinstance(result, tuple) else (result,))


def _save(path: Path, found: list[Case]) -> None:
    arrays: dict[str, Any] = {name: tensor.numpy() for name, tensor in _named(found)}
    np.savez(path, **arrays)


def _named(found: list[Case]) -> Iterator[tuple[str, torch.Tensor]]:
    for number, case in enumerate(found):
        yield from ((f"{number}_in_{n:03}", tensor) for n, tensor in enumerate(case.inputs))
        yield from ((f"{number}_out_{n:03}", tensor) for n, tensor in enumerate(case.outputs))


def last_line(text: str) -> str:
    return ([line.strip() for line in text.splitlines() if line.strip()] or ["no reason given"])[-1][:300].rstrip(".")
