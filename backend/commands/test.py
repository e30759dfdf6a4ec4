"""Measure a run on the test split of its data, with the weights it ended with."""

from __future__ import annotations

import argparse

from backend import terminal

HELP = "measure a run on its test split"
EXAMPLES = ("test RUN", "test RUN --json")


def declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run_folder", metavar="RUN", help="the folder of a run")
    parser.add_argument("--device", metavar="DEVICE", default="auto", help="auto, cpu, cuda or cuda:1")
    parser.add_argument("--json", action="store_true", help="answer with one JSON object on the last line")


def run(arguments: argparse.Namespace) -> int:
    from backend.evaluation import evaluate
    from backend.loading import load_run
    from backend.problems import TrainProblem

    found = evaluate(load_run(arguments.run_folder, arguments.device), "test")
    if not found:
        raise TrainProblem("The data of this run has no test split: give its data node a share for the test.")
    if arguments.json:
        terminal.answer({"run": arguments.run_folder, "metrics": {"test": found}})
    else:
        print(terminal.columns([(name, terminal.number(value)) for name, value in found.items()], right=[1]))
    return 0
