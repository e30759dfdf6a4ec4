"""How long a large design takes to open with all its shapes, and to be inferred again after an edit near its end.

Run as ``python benchmarks/inference.py [template]``. Opening is a fresh process whose torch is loaded and warm, as the
studio's second process is; the edit changes the last dense layer. Beside them: building and running the same modules
once on real memory, in the same process.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
TIMES = 7

CHILD = """
import sys, time
sys.path.insert(0, sys.argv[2])
import torch
from graph.templates import find_design
from graph.document import NodeKey
from graph.files import dumps, loads
from graph.inference import analyse
from graph.compiler import compile_root
from backend.data import fields

analyse(find_design("digits-cnn"), fields)  # the first use of torch's meta device sets much up
started = time.perf_counter()
document = find_design(sys.argv[1])
analysis = analyse(document, fields)
opened = time.perf_counter() - started
edits = []
for units in range(990, 1000):
    with document.edit("Edit"):
        document.set_param(NodeKey("main", "linear_1"), "units", units)
    started = time.perf_counter()
    again = loads(dumps(document))  # as it travels to the process that infers
    analyse(again, fields)
    edits.append(time.perf_counter() - started)
started = time.perf_counter()
with document.edit("Edit"):
    document.set_param(NodeKey("main", "linear_1"), "units", 1000)
compile_root(document, analyse(document, fields))
print(opened, sorted(edits)[len(edits) // 2], max(edits), time.perf_counter() - started)
"""


def main() -> None:
    template = sys.argv[1] if len(sys.argv) > 1 else "resnet50"
    rows = []
    for _ in range(TIMES):
        command = [sys.executable, "-c", CHILD, template, str(HOME)]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        rows.append([float(word) * 1000 for word in said.split()])
    for name, values in zip(
        ("open and infer", "edit, median of 10", "edit, worst of 10", "build on real memory"), zip(*rows)
    ):
        print(f"{name:22} {statistics.median(values):8.1f} ms [{min(values):.1f}..{max(values):.1f}]")


if __name__ == "__main__":
    main()
