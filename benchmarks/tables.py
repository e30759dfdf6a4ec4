"""A table of a million rows, read, typed and prepared, against pandas.read_csv and a plain conversion to tensors.

Run as ``python benchmarks/tables.py [rows]``. Either way is timed in a process of its own, by what it asks of the
processors, because other programs slow the clock; its memory is the most that it ever had beyond what its imports take.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
ROWS, REPEATS = 1_000_000, 2
TIME_BAR, MEMORY_BAR = 1.3, 4.0  # times pandas, times the tensors


def write(path: Path, rows: int) -> None:
    """Twelve columns of numbers, some with blanks, seven of categories and a target."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(0)
    columns: dict[str, object] = {f"number_{n}": rng.normal(10 * n, 1 + n, rows).round(4) for n in range(10)}
    columns |= {f"count_{n}": rng.integers(0, 1000 * (n + 1), rows) for n in range(2)}
    columns |= {f"kind_{n}": rng.choice([f"value {k}" for k in range(2 + 2 * n)], rows) for n in range(7)}
    columns["target"] = rng.choice(["no", "yes"], rows, p=[0.8, 0.2])
    frame = pd.DataFrame(columns)
    for name in ("number_1", "number_4"):
        frame.loc[rng.random(rows) < 0.02, name] = np.nan
    frame.to_csv(path, index=False)


def by_pandas(path: str) -> int:
    """As a notebook does it: read, fill, scale, one-hot, tensors. Gives the bytes of the tensors."""
    import pandas as pd
    import torch

    frame = pd.read_csv(path)
    target = torch.tensor((frame.pop("target") == "yes").to_numpy(), dtype=torch.int64)
    numbers = frame.select_dtypes("number")
    numbers = numbers.fillna(numbers.median())
    numbers = (numbers - numbers.mean()) / numbers.std(ddof=0)
    wide = pd.concat([numbers, pd.get_dummies(frame.select_dtypes(exclude="number"), dtype="float32")], axis=1)
    features = torch.tensor(wide.to_numpy("float32"))
    return int(features.nbytes + target.nbytes)


def by_netloom(path: str) -> int:
    """As a training does it: the fields told, then the table loaded and laid out."""
    from backend import data

    data.fields(path)
    found = data.load_table(path, target="target", validation=0.0, test=0.0)
    staged = found.staged("train")
    return sum(int(values.nbytes) for values in staged.tensors.values())


def measure(way: str, path: str) -> dict[str, float]:
    """Seconds, most bytes and bytes of tensors of one way, in this process."""
    import pandas  # noqa: F401
    import torch  # noqa: F401

    import backend.data  # noqa: F401

    before = most_memory()
    started, worked = time.perf_counter(), time.process_time()
    tensors = {"pandas": by_pandas, "netloom": by_netloom}[way](path)
    seconds, work = time.perf_counter() - started, time.process_time() - worked
    return {"seconds": seconds, "work": work, "bytes": most_memory() - before, "tensors": tensors}


def most_memory() -> int:
    """The most bytes that this process has had in memory; the figure of ``getrusage`` includes its parent's."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024


def best(way: str, path: Path) -> dict[str, float]:
    found = []
    for _ in range(REPEATS):
        command = [sys.executable, str(Path(__file__)), "--measure", way, str(path)]
        environment = os.environ | {"PYTHONPATH": str(HOME)}
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=HOME, env=environment)
        found.append(json.loads(done.stdout))
    return {name: min(each[name] for each in found) for name in found[0]}


def main() -> int:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory(prefix="netloom-tables-") as folder:
        path = Path(folder) / "table.csv"
        write(path, rows)
        print(f"{rows:,} rows of 20 columns, {path.stat().st_size / 1e6:.0f} MB; best of {REPEATS}")
        theirs, ours = best("pandas", path), best("netloom", path)
    for name, each in (("pandas and conversion", theirs), ("netloom", ours)):
        print(
            f"{name:>22}  {each['seconds']:6.2f} s, {each['work']:5.2f} s of the processors   "
            f"{each['bytes'] / 1e6:6.0f} MB at most, {each['tensors'] / 1e6:.0f} MB of tensors"
        )
    time_ratio, memory_ratio = ours["work"] / theirs["work"], ours["bytes"] / ours["tensors"]
    clock = ours["seconds"] / theirs["seconds"]
    print(f"work {time_ratio:.2f} × pandas (at most {TIME_BAR}; {clock:.2f} by the clock)")
    print(f"memory {memory_ratio:.2f} × its tensors (at most {MEMORY_BAR:g})")
    return int(time_ratio > TIME_BAR or memory_ratio > MEMORY_BAR)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        print(json.dumps(measure(*sys.argv[2:4])))
        sys.exit(0)
    sys.exit(main())
