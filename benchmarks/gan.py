"""How fast two drawn objectives train a GAN, beside the same step written by hand in PyTorch, in one run.

Run as ``python -m benchmarks gan`` or ``python benchmarks/gan.py [rounds]``. Every round lets both do the same number
of steps, in turn; ratios are taken within a round, because the machine's speed drifts. The program is driven through
the generator that ``python main.py train`` drives, metrics and reports included; the loop by hand reports nothing. Both
compute the same: the judge learns from real pictures and from fakes that no gradient runs back through, then the maker
learns from a judge whose weights get no gradients. The bar is 1.10.
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

from backend.data import DataSet, Preparation
from backend.train import Training
from graph.document import Document, Node, Port
from graph.layers import CATALOGUE
from graph.specs import TensorSpec

EXAMPLES = 10_000
BATCH = 64
NOISE = 64
RATE = 0.0002
ROUNDS = 9
BAR = 1.10

Layer = tuple[str, dict[str, Any]]
Steps = Callable[[int], None]  # does so many training steps


class Work(NamedTuple):
    """Maker and judge as drawings and as torch, and how many steps make a round."""

    name: str
    maker: tuple[Layer, ...]
    judge: tuple[Layer, ...]
    modules: Callable[[], tuple[nn.Module, nn.Module]]
    steps: int


RELU: Layer = ("relu", {})
LEAKY: Layer = ("leaky_relu", {"slope": 0.2})
NORM: Layer = ("batch_norm", {})


def dense(units: int) -> Layer:
    return "linear", {"units": units}


def conv(filters: int) -> Layer:
    return "conv2d", {"filters": filters, "kernel": 4, "stride": 2, "padding": "custom", "border": 1}


def larger(filters: int) -> Layer:
    return "conv_transpose2d", {"filters": filters, "kernel": 4, "padding": "custom", "border": 1}


def mlps() -> tuple[nn.Module, nn.Module]:
    return (
        nn.Sequential(
            nn.Linear(NOISE, 256), nn.ReLU(), nn.Linear(256, 784), nn.Sigmoid(), nn.Unflatten(1, (1, 28, 28))
        ),
        nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.LeakyReLU(0.2), nn.Linear(256, 1)),
    )


def convolutions() -> tuple[nn.Module, nn.Module]:
    """As DCGAN, for pictures of 28×28."""
    return (
        nn.Sequential(
            nn.Linear(NOISE, 64 * 49), nn.Unflatten(1, (64, 7, 7)), nn.BatchNorm2d(64), nn.ReLU(),
            nn.ConvTranspose2d(64, 32, 4, 2, 1), nn.BatchNorm2d(32), nn.ReLU(),
            nn.ConvTranspose2d(32, 1, 4, 2, 1), nn.Sigmoid(),
        ),
        nn.Sequential(
            nn.Conv2d(1, 32, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(32, 64, 4, 2, 1), nn.BatchNorm2d(64),
            nn.LeakyReLU(0.2), nn.Flatten(), nn.Linear(64 * 49, 1),
        ),
    )  # fmt: skip


WORKS = (
    Work("MLP 256", (dense(256), RELU, dense(784), ("sigmoid", {}), ("reshape", {"shape": "1, 28, 28"})),
         (("flatten", {}), dense(256), LEAKY, dense(1)), mlps, 100),
    Work("DCGAN 32-64", (dense(64 * 49), ("reshape", {"shape": "64, 7, 7"}), NORM, RELU, larger(32), NORM, RELU,
                         larger(1), ("sigmoid", {})),
         (conv(32), LEAKY, conv(64), NORM, LEAKY, ("flatten", {}), dense(1)), convolutions, 12),
)  # fmt: skip


def pictures() -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (EXAMPLES, 1, 28, 28), dtype=torch.uint8, generator=generator)


def data_set() -> DataSet:
    """The pictures as the program's data sets hold them."""
    stored, rows = {"x": pictures()}, torch.arange(EXAMPLES)
    none = {"x": stored["x"][:0]}
    return DataSet("random", {"x": TensorSpec((1, 28, 28))}, {"train": stored, "validation": none, "test": none},
                   {"x": Preparation("0 to 1", scale=(255.0,))},
                   {"train": rows, "validation": rows[:0], "test": rows[:0]})  # fmt: skip


def drawing(work: Work) -> Document:
    """Maker and judge, the judge drawn three times with the same weights, and an objective for each of the two."""
    document = Document()
    with document.edit("Draw"):
        real, noise = document.add_node("data"), document.add_node("noise", params={"size": NOISE})
        fake = row(document, Port(*noise, "noise"), work.maker, "maker")
        for role, shown in (("real", Port(*real, "x")), ("fake", fake), ("fool", fake)):
            score = row(document, shown, work.judge, "judge", "" if role == "real" else f"_{role}")
            document.add_node("adversarial", id=role, params={"role": role})
            document.connect(score, Port("main", role, "score"))
        for name, losses in (("judge", ("real", "fake")), ("maker", ("fool",))):
            trained = [
                f"{name}_{place}" for place, (kind, _) in enumerate(getattr(work, name)) if CATALOGUE[kind].weights
            ]
            params = {"trains": ", ".join(trained), "learning_rate": RATE, "beta1": 0.5}
            document.add_node("objective", id=f"{name}_objective", params=params)
            for place, loss in enumerate(losses):
                document.connect(Port("main", loss, "loss"), Port("main", f"{name}_objective", f"losses.{place}"))
        for setting, value in {"batch_size": BATCH, "epochs": 1_000_000, "device": "cpu"}.items():
            document.set_setting(setting, value)
    return document


def row(document: Document, last: Port, layers: tuple[Layer, ...], name: str, again: str = "") -> Port:
    """Layers one behind the other; drawn again, they have the weights of the first time."""
    for place, (kind, params) in enumerate(layers):
        key = document.add_node(kind, id=f"{name}_{place}{again}", params={} if again else params)
        if again:
            document.put("nodes", key, Node(kind, link=f"{name}_{place}"))
        document.connect(last, Port(*key, CATALOGUE[kind].inputs[0].name))
        last = Port(*key, CATALOGUE[kind].outputs[0])
    return last


def program(work: Work, folder: str) -> Iterator[object]:
    dataset = data_set()
    return Training(
        drawing(work), runs_folder=folder, fields=lambda _: dataset.fields, load=lambda *_, **__: dataset
    ).run()


def driven(events: Iterator[object]) -> Steps:
    def steps(count: int) -> None:
        while count:
            count -= next(events) is None

    return steps


def by_hand(work: Work) -> Steps:
    """As fast as a plain loop gets: pre-loaded tensors gathered by index, fused Adam, no metrics at all."""
    torch.manual_seed(0)
    maker, judge = work.modules()
    maker_optimizer = torch.optim.Adam(maker.parameters(), RATE, (0.5, 0.999), fused=True)
    judge_optimizer = torch.optim.Adam(judge.parameters(), RATE, (0.5, 0.999), fused=True)
    x = pictures() / 255

    def step(rows: torch.Tensor) -> None:
        with torch.no_grad():
            fake = maker(torch.randn(len(rows), NOISE))
        loss = F.softplus(-judge(x.index_select(0, rows))).mean() + F.softplus(judge(fake)).mean()
        judge_optimizer.zero_grad(set_to_none=True)
        loss.backward()
        judge_optimizer.step()
        judge.requires_grad_(False)
        loss = F.softplus(-judge(maker(torch.randn(len(rows), NOISE)))).mean()
        judge.requires_grad_(True)
        maker_optimizer.zero_grad(set_to_none=True)
        loss.backward()
        maker_optimizer.step()

    def endless() -> Iterator[None]:
        while True:
            for rows in torch.randperm(EXAMPLES).split(BATCH):  # type: ignore[no-untyped-call]
                step(rows)
                yield

    return driven(endless())


def measure(work: Work, rounds: int) -> list[tuple[float, float]]:
    """The seconds of program and loop in every round."""
    with tempfile.TemporaryDirectory() as folder, closing(program(work, folder)) as events:  # type: ignore[type-var]
        contenders = driven(events), by_hand(work)
        for contender in contenders:
            contender(work.steps // 4 + 1)
        return [_round(contenders, turn, work.steps) for turn in range(rounds)]


def _round(contenders: tuple[Steps, Steps], turn: int, steps: int) -> tuple[float, float]:
    """Let each do its steps, beginning with the other one every time."""
    seconds = [0.0, 0.0]
    for place in (turn % 2, 1 - turn % 2):
        begun = time.perf_counter()
        contenders[place](steps)
        seconds[place] = time.perf_counter() - begun
    return seconds[0], seconds[1]


def main(rounds: int = ROUNDS) -> int:
    print(f"GAN steps, {rounds} rounds, batch {BATCH}, {torch.get_num_threads()} threads, torch {torch.__version__}")
    print(f"{'':16}{'program / by hand':>24}{'ms a step':>12}{'by hand':>12}   at most {BAR:.2f}")
    missed = 0
    for work in WORKS:
        rows = measure(work, rounds)
        ratios = [ours / theirs for ours, theirs in rows]
        middle = statistics.median(ratios)
        missed += middle > BAR
        each = [1000 * statistics.median(seconds) / work.steps for seconds in zip(*rows)]
        spread = f"{middle:.3f} [{min(ratios):.2f}..{max(ratios):.2f}]"
        print(f"{work.name:16}{spread:>24}{each[0]:>12.2f}{each[1]:>12.2f}   {'missed' if middle > BAR else 'met'}",
              flush=True)  # fmt: skip
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS))
