"""How the templates are measured: what is trained, sampled and compared for the bar of each."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HOME = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HOME))

Measured = tuple[str, bool]  # in words, and whether the bar is met
RUNS = Path(tempfile.mkdtemp(prefix="netloom-course-"))


@dataclass(frozen=True)
class Run:
    """What ``train`` said of a run, and how long the whole command took."""

    folder: Path
    metrics: dict[str, dict[str, float]]
    seconds: float
    parameters: int

    def test(self, name: str) -> float:
        return self.metrics["test"][name]


@dataclass
class Bench:
    """Trains each combination of template and arguments once."""

    done: dict[tuple[str, ...], Run] = field(default_factory=dict)

    def train(self, *arguments: str) -> Run:
        if arguments not in self.done:
            folder, started = RUNS / f"{len(self.done)}-{arguments[0]}", time.perf_counter()
            said = cli("train", *arguments, "--quiet", "--json", "--device", "cpu", "--out", str(folder))
            told = json.loads(said.splitlines()[-1])
            self.done[arguments] = Run(folder, told["metrics"], time.perf_counter() - started, told["parameters"])
        return self.done[arguments]

    def seeds(self, count: int, *arguments: str) -> list[Run]:
        return [self.train(*arguments, "--seed", str(seed)) for seed in range(count)]


def cli(*arguments: str) -> str:
    """What a command prints. Raises RuntimeError with what it complained of."""
    command = [sys.executable, str(HOME / "main.py"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=HOME)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"exit {done.returncode}")
    return done.stdout


def samples(run: Run, output: str, count: int, *more: str) -> Any:
    """So many samples of a run as an array."""
    import numpy as np

    path = run.folder / f"{output}-{len(more) and more[-1]}.npy"
    cli("sample", str(run.folder), "--output", output, "--count", str(count), "--to", str(path), *more)
    return np.load(path)


# -- measures ---------------------------------------------------------------------------------------------------------


def at_least(metric: str, bar: float, *arguments: str, split: str = "test") -> Callable[[Bench], Measured]:
    def measure(bench: Bench) -> Measured:
        value = bench.train(*arguments).metrics[split][metric]
        return f"{value:.4f}", value >= bar

    return measure


def churn(area: float, right: float, *arguments: str) -> Callable[[Bench], Measured]:
    """Both the area under the curve and the accuracy."""

    def measure(bench: Bench) -> Measured:
        found = bench.train(*arguments).metrics["test"]
        met = found["auc"] >= area and found["accuracy"] >= right
        return f"AUC {found['auc']:.4f}, accuracy {found['accuracy']:.4f}", met

    return measure


def at_most(metric: str, bar: float, *arguments: str) -> Callable[[Bench], Measured]:
    def measure(bench: Bench) -> Measured:
        value = bench.train(*arguments).test(metric)
        return f"{value:.4g}", value <= bar

    return measure


def exactly(parameters: int) -> Callable[[Bench], Measured]:
    """The number of weights, and that a training step runs."""

    def measure(bench: Bench) -> Measured:
        import torch

        from backend.data import fields
        from graph.compiler import compile_root, make_slice
        from graph.inference import analyse
        from graph.plan import losses
        from graph.templates import find_design

        document = find_design(row_name(parameters))
        analysis = analyse(document, fields)
        module = make_slice(document, compile_root(document, analysis), losses(document))
        specs = analysis.specs
        given = [
            torch.randint(specs[port].classes or 2, (2, *specs[port].shape)) if specs[port].classes
            else torch.rand(2, *specs[port].shape) for port in module.sources  # type: ignore[union-attr]
        ]  # fmt: skip
        found = module(*given)
        sum(found if isinstance(found, tuple) else (found,)).backward()
        reached = all(p.grad is not None for p in module.parameters())
        return f"{analysis.parameters:,} weights, gradients everywhere", analysis.parameters == parameters and reached

    return measure


CLASSICS = {
    "lenet5": 61_706, "alexnet": 61_100_840, "vgg16": 138_357_544, "googlenet": 13_004_888, "resnet18": 11_689_512,
    "resnet50": 25_557_032,
}  # fmt: skip


def row_name(parameters: int) -> str:
    return next(name for name, count in CLASSICS.items() if count == parameters)


def xor(bench: Bench) -> Measured:
    solved = sum(run.test("accuracy") == 1.0 for run in bench.seeds(20, "xor"))
    return f"{solved} of 20 seeds", solved >= 19


def gates(bench: Bench) -> Measured:
    run = bench.train("perceptron-gates")
    found = {gate: round(4 * run.test(f"{gate}_right.accuracy")) for gate in ("and", "or", "xor")}
    words = ", ".join(f"{gate.upper()} {right} of 4" for gate, right in found.items())
    return words, found["and"] == found["or"] == 4 and found["xor"] <= 3


def descent(bench: Bench) -> Measured:
    sizes = {"batch": "0", "single": "1", "mini-batch": "32"}
    runs = {name: bench.train("descent-compared", "--batch-size", size) for name, size in sizes.items()}
    words = ", ".join(f"{name} {run.test('accuracy'):.3f}" for name, run in runs.items())
    return words, len(runs) == 3


def dropout(bench: Bench) -> Measured:
    without = ("--set", "dropout_1.probability=0", "--set", "dropout_2.probability=0")
    gaps = []
    for more in ((), without):
        metrics = bench.train("fashion-mlp-dropout", *more).metrics
        gaps.append(metrics["validation"]["loss"] - judged_at_rest(bench, "fashion-mlp-dropout", *more))
    return f"gap {gaps[0]:.3f} against {gaps[1]:.3f}", gaps[0] <= gaps[1] / 2


def judged_at_rest(bench: Bench, *arguments: str) -> float:
    """The training loss without dropout, of the weights at the end."""
    from backend.evaluation import evaluate
    from backend.loading import load_run

    return evaluate(load_run(bench.train(*arguments).folder), "train")["loss"]


def radial(bench: Bench) -> Measured:
    run = bench.train("rbf-network")
    error, right = run.test("sine_error.rmse"), run.test("moons_error.accuracy")
    return f"RMSE {error:.3f}, accuracy {right:.3f}", error <= 0.12 and right >= 0.97


def committee(bench: Bench) -> Measured:
    run = bench.train("modular-network")
    found = [run.test(f"{name}_loss.accuracy") for name in ("committee", "left", "right")]
    return "{:.3f} against {:.3f} and {:.3f}".format(*found), found[0] > max(found[1:])


def depth(bench: Bench) -> Measured:
    run = bench.train("batch-norm-skip")
    found = [run.test(f"{name}_loss.accuracy") for name in ("plain", "normed", "skip")]
    return "plain {:.3f}, norm {:.3f}, norm and skip {:.3f}".format(*found), found[2] > 0.8 > 0.3 > found[0]


def transfer(bench: Bench) -> Measured:
    scratch = ("--set", "learn_trunk.learning_rate=1e-8", "--set", "learn_head.trains=", "--set", "learn_head.starts=0")
    kept = bench.train("transfer-digits").test("new_loss.accuracy")
    alone = bench.train("transfer-digits", *scratch).test("new_loss.accuracy")
    return f"{kept:.4f}, from scratch {alone:.4f}", kept >= 0.93 and kept > alone


def counting(bench: Bench) -> Measured:
    run = bench.train("counting-rnn")
    errors = {name: run.test(f"{name}_loss.rmse") for name in ("rnn", "lstm", "gru")}
    words = ", ".join(f"{name.upper()} {error:.3f}" for name, error in errors.items())
    return f"RMSE {words}", max(errors["lstm"], errors["gru"]) < 0.05 < 0.15 < errors["rnn"]


def filters(bench: Bench) -> Measured:
    error = bench.train("filters-by-hand").test("rmse")
    return f"a learned kernel differs by {error:.4f}", error < 0.01


def autoencoder(bench: Bench) -> Measured:
    from sklearn.decomposition import PCA

    from backend.loading import load_run

    run = bench.train("autoencoder-32")
    model = load_run(run.folder)
    stage, given = model.data[next(iter(model.data))], {}
    for split in ("train", "test"):
        given[split] = stage.splits[split]["image"].float().flatten(1).div(255).numpy()
    pca = PCA(32, random_state=0).fit(given["train"])
    linear = ((pca.inverse_transform(pca.transform(given["test"])) - given["test"]) ** 2).mean()
    error = reconstruction_error(model, given["test"])
    entropy = run.test("loss")
    return f"BCE {entropy:.4f}, squared error {error:.5f}, PCA {linear:.5f}", entropy <= 0.1 and error < linear


def reconstruction_error(model: Any, images: Any) -> float:
    import torch

    from graph.document import MAIN, Port

    module = model.slice([Port(MAIN, "pixels", "output")])
    x = torch.from_numpy(images)
    with torch.inference_mode():
        return float((module(x.view(-1, 1, 28, 28)) - x).square().mean())


def ring(bench: Bench) -> Measured:
    import numpy as np

    points = samples(bench.train("gan-2d"), "points", 1000)
    angles = np.arange(8) * np.pi / 4
    from backend.data import load

    real = load("ring-of-8", scaling="none", validation=0.0, test=0.0, examples=0, seed=0).splits["train"]
    heaps = [real["point"].numpy()[real["label"].numpy() == label] for label in range(8)]
    centres, sigma = (
        np.stack([h.mean(0) for h in heaps]),
        float(np.mean([h.std() for h in (h - h.mean(0) for h in heaps)])),
    )
    distances = np.linalg.norm(points[:, None] - centres[None], axis=2)
    near = distances.min(1) <= 3 * sigma
    modes = len(set(distances.argmin(1)[near]))
    return f"{modes} of {len(angles)} heaps, {near.mean():.0%} within 3 σ", modes == 8 and near.mean() >= 0.8


def verdicts(bench: Bench, images: Any) -> Any:
    """What the digits network, trained on MNIST, says of pictures: a probability a class."""
    import torch

    from backend.loading import load_run
    from graph.plan import outputs

    model = load_run(bench.train("digits-cnn", "--data", "mnist").folder)
    module = model.slice([outputs(model.document, model.root.specs)[0].port])
    with torch.inference_mode():
        return module(torch.from_numpy(images).float().view(-1, 1, 28, 28)).numpy()


def painted(bench: Bench) -> Measured:
    import numpy as np

    found = verdicts(bench, samples(bench.train("dcgan"), "digit", 1000))
    shares = np.bincount(found.argmax(1), minlength=10) / len(found)
    sure = float(found.max(1).mean())
    return f"least class {shares.min():.1%}, confidence {sure:.3f}", shares.min() >= 0.03 and sure >= 0.85


def asked_for(bench: Bench) -> Measured:
    run, right = bench.train("cgan"), []
    for digit in range(10):
        found = verdicts(bench, samples(run, "digit", 100, "--label", str(digit)))
        right.append((found.argmax(1) == digit).mean())
    agreement = sum(right) / 10
    return f"agreement {agreement:.3f}", agreement >= 0.9


def above_noise(mended: str, spoilt: str, bar: float, template: str) -> Callable[[Bench], Measured]:
    """By how many decibels a mended picture is nearer to the clean one than the spoilt one was."""

    def measure(bench: Bench) -> Measured:
        run = bench.train(template)
        before, after = run.test(f"{spoilt}.psnr"), run.test(f"{mended}.psnr")
        return f"{before:.2f} → {after:.2f} dB", after >= before + bar

    return measure


def coloured(bench: Bench) -> Measured:
    from math import log10

    run = bench.train("colourise")
    gain = 20 * log10(run.test("grey_error.rmse") / run.test("colour_error.rmse"))
    return f"{gain:+.2f} dB by the error over all pictures", gain >= 1


def flowers(bench: Bench) -> Measured:
    nodes = ("flip", "moved", "colours", "light")
    without = [word for node in nodes for word in ("--set", f"{node}.probability=0")]
    found = [bench.train("flowers-cnn", *more).test("accuracy") for more in ((), without)]
    return f"{found[0]:.3f}, without augmentation {found[1]:.3f}", found[0] >= 0.55 and found[0] > found[1]


def forecast(bench: Bench) -> Measured:
    month = bench.train("forecast-lstm")
    day = bench.train("forecast-lstm", "--data", "temperatures")
    found = [
        month.test("error.rmse"),
        month.test("seasonal_naive.rmse"),
        day.test("error.rmse"),
        day.test("persistence.rmse"),
    ]
    words = "passengers {:.1f} against {:.1f}, temperatures {:.2f} against {:.2f}".format(*found)
    return words, found[0] < found[1] and found[2] < found[3]
