"""Cross-validation: a design trained once for every part of its data, with that part as the test."""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from backend import terminal

if TYPE_CHECKING:
    from backend.messages import Finished
    from graph.document import Document, NodeKey

MOST = 1000


def train_folds(document: Document, arguments: argparse.Namespace) -> int:
    """Train ``--folds`` times and tell mean and deviation of the test metrics. Gives the exit code."""
    from backend.commands.train import INTERRUPTED, train_once

    cut = _cut(document, arguments)
    done: list[Finished] = []
    for number in range(1, arguments.folds + 1):
        with document.edit("Command line"):
            for key in cut:
                document.set_param(key, "fold", f"{number}/{arguments.folds}")
        folder = Path(arguments.out).absolute() / f"fold-{number}" if arguments.out else None
        if not arguments.quiet:
            terminal.tell(f"fold {number} of {arguments.folds}")
        done.append(train_once(document, arguments, folder))
        if done[-1].stopped:
            return INTERRUPTED
    found = summary([each.metrics.get("test", {}) for each in done])
    if arguments.json:
        runs = [{"run": each.run, "metrics": each.metrics} for each in done]
        terminal.answer({"folds": arguments.folds, "test": found, "runs": runs})
    else:
        rows = [(name, *map(terminal.number, values.values())) for name, values in found.items()]
        print(terminal.columns([("", "mean", "deviation"), *rows], right=[1, 2]))
    return 0


def summary(metrics: Sequence[Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """Mean and sample deviation of every metric that all folds have."""
    names = [name for name in metrics[0] if all(name in each for each in metrics)]
    columns = {name: [each[name] for each in metrics] for name in names}
    return {
        name: {"mean": statistics.fmean(values), "deviation": statistics.stdev(values)}
        for name, values in columns.items()
    }


def _cut(document: Document, arguments: argparse.Namespace) -> list[NodeKey]:
    """The nodes that can be cut into folds. Raises TrainProblem where there are none, or no such number of folds."""
    from backend.overrides import data_nodes
    from backend.problems import TrainProblem
    from graph.layers import CATALOGUE

    if not 2 <= arguments.folds <= MOST:
        raise TrainProblem(f"--folds is a number from 2 to {MOST:,}; got {arguments.folds}.")
    if arguments.resume:
        raise TrainProblem("A run that goes on keeps its parts: --folds and --resume do not go together.")
    found = [key for key in data_nodes(document) if CATALOGUE[document.nodes[key].type].parameter("fold")]
    if not found:
        raise TrainProblem("--folds cuts examples into parts, and this design reads none that stand for themselves: "
                           "take one with a “data” or a “table” node, such as digits-mlp.")  # fmt: skip
    return found
