"""Every benchmark in turn: ``make bench``, or some by name: ``python -m benchmarks canvas``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> int:
    every = sorted(path.stem for path in HERE.glob("[a-z]*.py"))
    chosen = sys.argv[1:] or every
    if unknown := [name for name in chosen if name not in every]:
        print(f"There is no benchmark “{unknown[0]}”; there are {', '.join(every)}.", file=sys.stderr)
        return 2
    codes = []
    for name in chosen:
        print(f"\n== {name}", flush=True)
        codes.append(subprocess.run([sys.executable, str(HERE / f"{name}.py")], check=False).returncode)
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
