"""How fast the program trains, beside an idiomatic PyTorch loop and a bare one over pre-loaded tensors, in one run.

Run as ``python -m benchmarks.training [rounds]``. Every round lets each contender do the same number of steps, in turn;
the ratios are taken within a round, because the machine's speed drifts. The program is driven through the generator
that ``python main.py train`` drives, metrics and reports included.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from backend.data import DataSet, Preparation
from backend.train import Training
from graph.document import Document, Port
from graph.layers import CATALOGUE
from graph.specs import TensorSpec

EXAMPLES = 20_000
BATCH = 128
ROUNDS = 9
SEQUENCE = (50, 16)

Steps = Callable[[int], None]  # does so many training steps


Layer = tuple[str, dict[str, Any]]


class Work(NamedTuple):
    """A network as a drawing and as torch, the shape it reads, and how many steps make a round."""

    name: str
    layers: tuple[Layer, ...]
    module: Callable[[], nn.Module]
    shape: tuple[int, ...]
    steps: int


class LastStep(nn.Module):
    """An LSTM whose last state is classified."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(SEQUENCE[1], 64, batch_first=True)
        self.out = nn.Linear(64, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        _, (state, _) = self.lstm(x)
        return self.out(state[-1])


def mlp() -> nn.Module:
    return nn.Sequential(
        nn.Flatten(), nn.Linear(784, 300), nn.ReLU(), nn.Linear(300, 100), nn.ReLU(), nn.Linear(100, 10)
    )


def cnn() -> nn.Module:
    """The template digits-cnn, for pictures of 28×28."""
    return nn.Sequential(
        nn.Conv2d(1, 14, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(14, 36, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(36 * 49, 128), nn.ReLU(), nn.Dropout(0.4), nn.Linear(128, 10),
    )  # fmt: skip


RELU: Layer = ("relu", {})
FLATTEN: Layer = ("flatten", {})


def dense(units: int) -> Layer:
    return "linear", {"units": units}


def filters(count: int) -> tuple[Layer, ...]:
    return ("conv2d", {"filters": count, "kernel": 5}), RELU, ("max_pool2d", {})


WORKS = (
    Work("MLP 784-300-100-10", (FLATTEN, dense(300), RELU, dense(100), RELU, dense(10)), mlp, (1, 28, 28), 150),
    Work("CNN 14-36 filters", (*filters(14), *filters(36), FLATTEN, dense(128), RELU, ("dropout", {"probability": 0.4}),
                               dense(10)), cnn, (1, 28, 28), 40),
    Work("LSTM 64, 50 steps", (("lstm", {"hidden_size": 64}), dense(10)), LastStep, SEQUENCE, 40),
)  # fmt: skip


def examples(shape: tuple[int, ...]) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    if len(shape) == 3:
        x = torch.randint(0, 256, (EXAMPLES, *shape), dtype=torch.uint8, generator=generator)
    else:
        x = torch.randn(EXAMPLES, *shape, generator=generator)
    return {"x": x, "label": torch.randint(0, 10, (EXAMPLES,), dtype=torch.uint8, generator=generator)}


def data_set(shape: tuple[int, ...]) -> DataSet:
    """The examples as the program's data sets hold them."""
    stored = examples(shape)
    specs = {"x": TensorSpec(shape), "label": TensorSpec((), "int64", classes=10)}
    pixels = Preparation("0 to 1", scale=(255.0,)) if len(shape) == 3 else Preparation()
    none = {name: values[:0] for name, values in stored.items()}
    rows = torch.arange(EXAMPLES)
    return DataSet("random", specs, {"train": stored, "validation": none, "test": none},
                   {"x": pixels, "label": Preparation(dtype="int64")},
                   {"train": rows, "validation": rows[:0], "test": rows[:0]})  # fmt: skip


def drawing(work: Work) -> Document:
    document = Document()
    with document.edit("Draw"):
        data = document.add_node("data")
        port = Port(*data, "x")
        for kind, params in work.layers:
            node = document.add_node(kind, params=params)
            document.connect(port, Port(*node, "x"))
            port = Port(*node, "last" if kind == "lstm" else CATALOGUE[kind].outputs[0])
        loss = document.add_node("cross_entropy")
        document.connect(port, Port(*loss, "prediction"))
        document.connect(Port(*data, "label"), Port(*loss, "target"))
        for name, value in {"batch_size": BATCH, "epochs": 1_000_000, "device": "cpu"}.items():
            document.set_setting(name, value)
    return document


def training_of(work: Work, folder: str) -> Training:
    dataset = data_set(work.shape)
    return Training(drawing(work), runs_folder=folder, fields=lambda _: dataset.fields, load=lambda *_, **__: dataset)


def program(events: Iterator[object]) -> Steps:
    def steps(count: int) -> None:
        while count:
            count -= next(events) is None

    return steps


def tensors(work: Work) -> tuple[torch.Tensor, torch.Tensor]:
    found = examples(work.shape)
    x = found["x"] / 255 if found["x"].dtype == torch.uint8 else found["x"]
    return x, found["label"].long()


def idiomatic(work: Work) -> Steps:
    """As tutorials write it."""
    torch.manual_seed(0)
    model = work.module()
    optimizer = torch.optim.Adam(model.parameters())
    loader = DataLoader(TensorDataset(*tensors(work)), batch_size=BATCH, shuffle=True)
    history = []

    def endless() -> Iterator[None]:
        while True:
            for x, y in loader:
                optimizer.zero_grad()
                loss = F.cross_entropy(model(x), y)
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
                history.append(loss.item())
                yield

    batches = endless()

    def steps(count: int) -> None:
        for _ in range(count):
            next(batches)

    return steps


def bare(work: Work) -> Steps:
    """As fast as a plain loop gets: pre-loaded tensors gathered by index, fused Adam, no metrics at all."""
    torch.manual_seed(0)
    model = work.module()
    optimizer = torch.optim.Adam(model.parameters(), fused=True)
    x, y = tensors(work)

    def endless() -> Iterator[None]:
        while True:
            for rows in torch.randperm(EXAMPLES).split(BATCH):  # type: ignore[no-untyped-call]
                loss = F.cross_entropy(model(x.index_select(0, rows)), y.index_select(0, rows))
                optimizer.zero_grad(set_to_none=True)
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
                yield

    batches = endless()

    def steps(count: int) -> None:
        for _ in range(count):
            next(batches)

    return steps


def measure(work: Work, rounds: int) -> list[tuple[float, float, float]]:
    """The seconds of program, idiomatic and bare loop in every round."""
    with tempfile.TemporaryDirectory() as folder, closing(training_of(work, folder).run()) as events:
        contenders = (program(events), idiomatic(work), bare(work))
        for contender in contenders:
            contender(work.steps // 4)
        return [_round(contenders, turn, work.steps) for turn in range(rounds)]


def _round(contenders: tuple[Steps, Steps, Steps], turn: int, steps: int) -> tuple[float, float, float]:
    """Let each do its steps, beginning with another one every time."""
    seconds = [0.0, 0.0, 0.0]
    for place in [(turn + each) % 3 for each in range(3)]:
        begun = time.perf_counter()
        contenders[place](steps)
        seconds[place] = time.perf_counter() - begun
    return seconds[0], seconds[1], seconds[2]


def ratio(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} [{min(values):.2f}..{max(values):.2f}]"


def main(rounds: int = ROUNDS) -> None:
    print(f"Throughput, {rounds} rounds, batch {BATCH}, {torch.get_num_threads()} threads, torch {torch.__version__}")
    print(f"{'':20}{'program / idiomatic':>24}{'program / bare':>24}{'bare / idiomatic':>24}{'samples/s':>12}")
    for work in WORKS:
        rows = measure(work, rounds)
        speed = work.steps * BATCH / statistics.median(ours for ours, *_ in rows)
        ratios = [
            ratio([idiom / ours for ours, idiom, _ in rows]),
            ratio([plain / ours for ours, _, plain in rows]),
            ratio([idiom / plain for _, idiom, plain in rows]),
        ]
        print(f"{work.name:20}" + "".join(f"{text:>24}" for text in ratios) + f"{speed:>12,.0f}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
