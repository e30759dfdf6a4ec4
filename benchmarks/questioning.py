"""Every question that views ask, in many forms, of every design between the steps of its training and after.

Run as ``python -m benchmarks.questioning [rounds] [design …] [--seed N]``; a design is a template or one of
``_odd_designs.py``. No window takes part, so that much is asked in little time. What counts as a problem: an error that
nobody foresaw, and a training that an answer disturbed. The sentences that were said instead of answers are listed.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np
import torch
from _odd_designs import ODD

from backend.loading import Model, load_run
from backend.problems import explain
from backend.questions import Question
from backend.questions.examples import Example
from backend.train import Training
from backend.views import Subject, answer, every_answer
from graph import templates
from graph.document import Document

ROUNDS = 12
STEPS = 2  # of the training before it is asked
LARGE = 12.0  # seconds that one design may take to answer; the rest is left out
FEW = {"batch_size": 4}
WORDS = {
    "method": ("saliency", "gradients", "integrated gradients", "grad-cam", "occlusion", "pca", "tsne", "plain"),
    "order": ("as they lie", "worst first", "best first"), "by": ("psnr", "ssim"),
    "baseline": ("zero", "mean"), "of": ("noise", "examples"), "way": ("linear", "spherical"),
    "axes": ("columns", "components"), "colour": ("class", "loss", "nothing"),
}  # fmt: skip


class Asking:
    """Makes up questions to one network, the same for the same seed."""

    def __init__(self, model: Model, seed: int) -> None:
        self.draw, self.model = random.Random(seed), model
        self.ports = [(port.node, port.port) for port in model.root.specs]
        self.outputs = [key.node for key, node in model.document.nodes.items() if node.type == "output"]
        self.data = [port for port in self.ports if any(port[0] == key.node for key in model.data)]

    def question(self, kind: type[Question]) -> Question:
        chosen = {field.name: self.value(kind, field.name, field.default) for field in fields(kind)
                  if field.name not in ("run", "asker", "number")}  # fmt: skip
        if "port" in chosen and "node" in chosen and self.ports:
            chosen["node"], chosen["port"] = self.draw.choice([("", ""), *self.draw.choices(self.ports, k=4)])
        if "field" in chosen and self.data:
            chosen["node"], chosen["field"] = self.draw.choice(self.data)
        return kind(**chosen)

    def value(self, kind: type[Question], name: str, default: Any) -> Any:
        draw = self.draw
        match name:
            case "output":
                return draw.choice(["", "", *self.outputs, "no such output"])
            case "split":
                return draw.choice(["train", "validation", "test"])
            case "example" if kind.__name__ != "Decode":
                return self.example()
            case "other":
                return draw.choice([None, self.example()])
            case "unit" | "spot":
                return tuple(draw.randrange(4) for _ in range(draw.randrange(4)))
            case "axes" if isinstance(default, tuple):
                return draw.choice([(0, 1), (1, 0), (0, 99)])
            case "numbers":
                return tuple(draw.choice([0, 1, 2, 10**6]) for _ in range(draw.randrange(5)))
            case "ports":
                return tuple(draw.sample(self.ports, min(len(self.ports), 6)))
            case "shift":
                return np.zeros(draw.choice([0, 2, 8]), np.float32)
            case "steps" | "count" | "resolution" | "side" | "points" | "examples":
                return draw.choice([1, 2, 5, 16])
        if name in WORDS and isinstance(default, str):
            return draw.choice([default, *WORDS[name]])
        if isinstance(default, bool):
            return draw.random() < 0.5
        if isinstance(default, int):
            return draw.choice([default, default, 0, 1, 3, 1000, -1])
        return default if isinstance(default, str | tuple | float) or default is None else ""

    def example(self) -> Example:
        drawn = self.draw.choice([None, None, None, np.ones((8, 8), np.float32), np.zeros((3, 12, 9), np.float32)])
        return Example(
            self.draw.choice(["train", "validation", "test"]), self.draw.choice([0, 1, 7, 10**6, -1]), "", drawn
        )


class Trial:
    """One design under questions; ``problems`` and the ``sentences`` that were said instead of answers."""

    def __init__(self, seed: int, rounds: int) -> None:
        self.seed, self.rounds = seed, rounds
        self.problems: Counter[str] = Counter()
        self.sentences: Counter[str] = Counter()
        self.asked = 0

    def put(self, subject: Subject, until: float) -> None:
        """Ask a network everything."""
        asking = Asking(subject.model, self.seed)
        files = {"to", "path"}  # what writes them is left alone
        kinds = [kind for kind in every_answer() if not files & {each.name for each in fields(kind)}]
        for _ in range(self.rounds):
            for kind in kinds:
                if time.monotonic() < until:
                    self.ask(subject, asking.question(kind))

    def ask(self, subject: Subject, question: Any) -> None:
        before = _state(subject.model)
        self.asked += 1
        try:
            with torch.random.fork_rng(devices=[]):
                answer(subject, question)
        except Exception as error:
            explained = explain(error)
            self.sentences[f"[{type(question).__name__}] {explained.message}"] += 1
            if not explained.expected:
                where = "".join(traceback.format_exception(error)[-6:])
                self.problems[f"{type(error).__name__} {error} of {question}\n{where}"] += 1
        if (now := _state(subject.model)) != before:
            self.problems[f"{type(question).__name__} left the network otherwise: {before} → {now}"] += 1


def _state(model: Model) -> tuple[Any, ...]:
    """What no answer may change: modes, gradients and weights."""
    weights = list(model.root.parameters())
    return (
        tuple(module.training for module in model.root.modules()),
        sum(weight.grad is not None for weight in weights),
        tuple(weight.requires_grad for weight in weights),
        float(sum(weight.detach().double().sum() for weight in weights)),
        float(sum(buffer.double().sum() for buffer in model.root.buffers() if buffer.is_floating_point())),
    )


def trial(design: Document, folder: Path, seed: int, rounds: int) -> Trial:
    """Train a design for a few steps, ask between them, end the training, and ask its run."""
    found = Trial(seed, rounds)
    training = Training(design, runs_folder=str(folder))
    try:
        work = training.run()
        _steps(work, STEPS)
        found.put(training.subject(Question()), time.monotonic() + LARGE)
        _steps(work, 1)
        training.stop()
        for _ in work:
            pass
        model = load_run(training.run_folder)
        found.put(Subject(model, model.run), time.monotonic() + LARGE)
    except Exception as error:
        explained = explain(error)
        found.sentences[f"[train] {explained.message}"] += 1
        if not explained.expected:
            found.problems["".join(traceback.format_exception(error))] += 1
    return found


def _steps(work: Iterator[Any], count: int) -> None:
    for event in work:
        count -= event is None
        if count <= 0:
            return


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rounds", type=int, nargs="?", default=ROUNDS)
    parser.add_argument("designs", nargs="*")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_intermixed_args()
    made: dict[str, Callable[[Path], Document]] = dict(ODD)
    for path in sorted(templates.FOLDER.glob("*.netloom")):
        made[path.stem] = lambda _, name=path.stem: templates.find_design(name)
    problems, said = 0, Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        for name in chosen.designs or made:
            design = made[name](Path(folder))
            with design.edit("Small"):
                for setting, value in FEW.items():
                    design.set_setting(setting, value)
            began = time.monotonic()
            found = trial(design, Path(folder) / "runs", chosen.seed, chosen.rounds)
            problems += len(found.problems)
            said += found.sentences
            print(f"{name:>24}: {found.asked:5,} questions, {len(found.problems)} problems, "
                  f"{time.monotonic() - began:.0f} s", flush=True)  # fmt: skip
            for problem, times in found.problems.items():
                print(f"    {times} × {problem}", flush=True)
    for sentence, times in sorted(said.items()):
        print(f"{times:6} {sentence}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
