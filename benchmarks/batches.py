"""What batches cost: those in memory beside a training step, and those read from the disk beside those in memory.

Run as ``python -m benchmarks.batches [pictures]``. The step is that of a 784-300-100-10 network at batch 128. A folder
of 20,000 pictures is shown as the data panel does it, and an epoch of it read in a process of its own, from memory and
from the disk, with nothing unpacked before and with everything; memory is the most of its own that the process had.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HOME))

BATCH, STEPS, ROUNDS = 128, 60, 9
PICTURES, CLASSES, SIDE = 20_000, 10, 96
STEP_BAR, FIRST_BAR = 0.05, 1.0  # of a step; seconds until the first picture is there


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def share_of_a_step() -> float:
    """Gathering batches from memory, as a share of the training steps they are for: the median of paired rounds."""
    import torch
    from torch import nn

    from backend import data
    from backend.feeds import Order, Stage
    from graph.document import MAIN, NodeKey, Port
    from graph.specs import TensorSpec

    key, cpu = NodeKey(MAIN, "data_1"), torch.device("cpu")
    specs = {"image": TensorSpec((784,)), "label": TensorSpec((), "int64", classes=10)}
    rows = {"image": torch.rand(20_000, 784).numpy(), "label": torch.randint(10, (20_000,)).numpy()}
    stage = Stage({key: data.given(specs, rows)}, "train", cpu)
    columns = [stage.column(Port(*key, name)) for name in specs]
    batches = [chosen for chosen, count in Order(stage, BATCH, 0, cpu).epoch(0) if count == BATCH][:STEPS]
    network = nn.Sequential(nn.Linear(784, 300), nn.ReLU(), nn.Linear(300, 100), nn.ReLU(), nn.Linear(100, 10))
    optimizer = torch.optim.Adam(network.parameters(), fused=True)
    image, label = (column(batches[0]) for column in columns)

    def learn() -> None:
        for _ in batches:
            nn.functional.cross_entropy(network(image), label).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            optimizer.zero_grad()

    def gather() -> None:
        for chosen in batches:
            for column in columns:
                column(chosen)

    learn()
    shares = [timed(gather) / timed(learn) for _ in range(ROUNDS)]
    print(f"gathering batches: {statistics.median(shares):.3f} of a step [{min(shares):.3f}..{max(shares):.3f}]")
    return statistics.median(shares)


def make_pictures(folder: Path, count: int) -> None:
    """Blurred noise, which packs like photographs."""
    import numpy as np
    from PIL import Image

    rng = np.random.default_rng(0)
    for number in range(count):
        place = folder / f"class {number % CLASSES}"
        place.mkdir(exist_ok=True, parents=True)
        small = Image.fromarray(rng.integers(0, 256, (12, 12, 3), np.uint8))
        small.resize((SIDE, SIDE), Image.Resampling.BICUBIC).save(place / f"{number}.jpg", quality=85)


def shown(folder: str) -> dict[str, float]:
    """Seconds until a page of the folder is there, in a process that has just begun."""
    from backend.data.preview_holding import hold
    from backend.data.registry import find_format
    from graph.layers import CATALOGUE

    asked = CATALOGUE["data"].complete({"source": folder})
    started = time.perf_counter()
    kind, name = find_format(folder)
    holding = hold(kind, name, folder, "data", asked, 0)
    holding.read(holding.page(-1, 0, 1)[0])
    first = time.perf_counter() - started
    holding.read(holding.page(-1, 0, 60)[0])
    return {"first": first, "page": time.perf_counter() - started, "count": holding.count}


def epoch(folder: str, keep: str) -> dict[str, float]:
    """Loading a folder, and the pictures a second of an epoch of shuffled batches."""
    import torch

    from backend import data
    from backend.feeds import Order, Stage
    from graph.document import MAIN, NodeKey, Port

    before, key, cpu = own_memory(), NodeKey(MAIN, "data_1"), torch.device("cpu")
    started = time.perf_counter()
    found = data.load(folder, keep=keep, validation=0.0, test=0.0)  # type: ignore[arg-type]
    loaded, most = time.perf_counter() - started, own_memory()
    stage = Stage({key: found}, "train", cpu)
    column = stage.column(Port(*key, "image"))
    started = time.perf_counter()
    for rows, _ in stage.announced(Order(stage, BATCH, 0, cpu).epoch(0)):
        column(rows)
        most = max(most, own_memory())
    rate = found.count("train") / (time.perf_counter() - started)
    return {"loaded": loaded, "rate": rate, "bytes": most - before}


def own_memory() -> int:
    """Bytes of memory that this process has for itself; mapped files count for nothing."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon:")) * 1024


def apart(*arguments: str) -> dict[str, float]:
    """A measurement in a process of its own."""
    command = [sys.executable, str(Path(__file__)), "--measure", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=HOME)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else PICTURES
    share = share_of_a_step()
    with tempfile.TemporaryDirectory(prefix="netloom-batches-") as place:
        os.environ["NETLOOM_CACHE"] = str(Path(place) / "cache")
        folder = str(Path(place) / "pictures")
        make_pictures(Path(folder), count)
        seen = apart("shown", folder)
        print(
            f"{seen['count']:,.0f} pictures: the first after {seen['first']:.2f} s, a page after {seen['page']:.2f} s"
        )
        ways = {"in memory": "memory", "from the disk, first time": "disk", "from the disk, again": "disk"}
        found = {words: apart("epoch", folder, keep) for words, keep in ways.items()}
    stored = count * 3 * SIDE * SIDE
    for words, each in found.items():
        print(f"{words:>26}: loaded in {each['loaded']:6.2f} s, {each['rate']:8,.0f} pictures a second, "
              f"{each['bytes'] / stored:5.2f} × the stored pictures of memory at most")  # fmt: skip
    ratio = found["from the disk, again"]["rate"] / found["in memory"]["rate"]
    print(f"an epoch from the disk goes {ratio:.2f} × as fast as one from memory")
    return int(share > STEP_BAR or seen["first"] > FIRST_BAR)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        print(json.dumps({"shown": shown, "epoch": epoch}[sys.argv[2]](*sys.argv[3:])))  # type: ignore[operator]
        sys.exit(0)
    sys.exit(main())
