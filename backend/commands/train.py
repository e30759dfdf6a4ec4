"""Train a design, or go on with a run. Ctrl+C ends the training after the present step and keeps what was learned."""

from __future__ import annotations

import argparse
import shlex
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend import terminal

if TYPE_CHECKING:
    from backend.messages import Finished
    from backend.runs import Run
    from backend.train import Training
    from graph.document import Document

Tables = Mapping[str, Mapping[Any, Any]]

HELP = "train a design"
EXAMPLES = (
    "train digits-cnn",
    "train digits-cnn --data mnist --epochs 3 --seed 1",
    "train my-design.netloom --set linear_1.units=128 --set objective_1.learning_rate=0.01 --out runs/wide --json",
    "train --resume RUN --epochs 20",
)
INTERRUPTED = 130


def declare(parser: argparse.ArgumentParser) -> None:
    from graph.settings import SETTINGS

    parser.add_argument("design", metavar="DESIGN", nargs="?", help="a file, or the name of a template")
    parser.add_argument(
        "--data", metavar="[NODE=]SOURCE", action="append", default=[],
        help="a known data set (digits, mnist, …) or a path; NODE where there are several data nodes",
    )  # fmt: skip
    parser.add_argument("--target", metavar="COLUMN", help="the column of a table to predict")
    parser.add_argument(
        "--set", metavar="NODE.PARAM=VALUE", action="append", default=[], dest="params",
        help="change a parameter of a node; may be given several times",
    )  # fmt: skip
    for setting in SETTINGS:
        option, default = (
            f"--{setting.name.replace('_', '-')}",
            f"default: what the design says, else {setting.default}",
        )
        parser.add_argument(option, metavar=setting.name.upper(), dest=setting.name, help=f"{setting.help} ({default})")
    parser.add_argument(
        "--folds", metavar="K", type=int, default=0,
        help="cross-validate: train K times, each time with another part as the test",
    )  # fmt: skip
    parser.add_argument("--out", metavar="DIR", help="the run's folder, new or empty (default: a new one of its own)")
    parser.add_argument("--resume", metavar="RUN", default="", help="go on with a run that was stopped or broke off")
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    parser.add_argument("--json", action="store_true", help="answer with one JSON object on the last line")


def run(arguments: argparse.Namespace) -> int:
    from backend.progress import summary

    document = design_of(arguments)
    if arguments.folds:
        from backend.commands.folds import train_folds

        return train_folds(document, arguments)
    done = train_once(document, arguments, arguments.out and Path(arguments.out).absolute())
    if arguments.json:
        terminal.answer(as_json(done))
    else:
        print(f"{summary(done)}\nThe run lies in {done.run}")
    folder = shlex.quote(done.run)
    if done.stopped:
        terminal.tell(f"Stopped. What was learned is kept; go on with: python main.py train --resume {folder}")
        return INTERRUPTED
    if not arguments.json and not arguments.quiet:
        name = Path(arguments.design or "model").stem
        terminal.tell(f"Export it with: python main.py export {folder} --format onnx --to {shlex.quote(name)}.onnx")
    return 0


def train_once(document: Document, arguments: argparse.Namespace, folder: Path | str | None) -> Finished:
    """One training, with its progress on stderr."""
    from backend.progress import reporter
    from backend.train import Training

    training = Training(document, folder=folder, resume=arguments.resume)
    return _train(training, reporter(arguments.quiet), arguments.quiet)


def as_json(done: Finished) -> dict[str, Any]:
    """The form that scripts rely on."""
    return {
        "run": done.run, "parameters": done.parameters, "seconds": done.seconds,
        "samples_per_second": done.samples_per_second, "metrics": done.metrics,
    }  # fmt: skip


def design_of(arguments: argparse.Namespace) -> Document:
    """What to train: the design, or that of the run to go on with, changed as the command line says."""
    from backend.cli import UsageProblem
    from backend.overrides import override, set_target
    from backend.runs import Run
    from graph.settings import SETTINGS
    from graph.templates import find_design

    if arguments.design is None and not arguments.resume:
        raise UsageProblem("Say what to train: a design, or --resume with a run. See: python main.py train --help")
    run = Run.open(arguments.resume) if arguments.resume else None
    document = run.document() if run else find_design(arguments.design)
    before = document.snapshot()
    settings = {s.name: value for s in SETTINGS if (value := getattr(arguments, s.name)) is not None}
    override(document, arguments.data, arguments.params, settings)
    if arguments.target is not None:
        set_target(document, arguments.target)
    if run:
        _check_goes_on(run, before, document, find_design(arguments.design) if arguments.design else None)
    return document


def _check_goes_on(run: Run, before: Tables, document: Document, named: Document | None) -> None:
    """A run goes on as it began: raise TrainProblem where the command line asks for something else."""
    from backend.problems import TrainProblem
    from graph.settings import settings_of

    if named is not None and (drawn(named) != drawn(document)):
        raise TrainProblem("The run is a training of another design: leave the design out to go on with it.")
    changed = {name for name, value in document.settings.items() if value != before["settings"].get(name)}
    if document.nodes != before["nodes"] or changed - {"epochs", "device"}:
        raise TrainProblem("A run goes on as it began: with --resume only --epochs and --device can be changed.")
    done = run.record.epochs_done
    if "epochs" in changed and settings_of(document).epochs < done:
        raise TrainProblem(f"The run has trained {done} epochs already: to go on, --epochs has to be more than that.")


def drawn(document: Document) -> tuple[Any, ...]:
    """What is drawn, whatever the numbers in it."""
    return {key: node.type for key, node in document.nodes.items()}, document.wires


def _train(training: Training, reporter: Any, quiet: bool) -> Finished:
    """Train to the end, or to Ctrl+C."""
    from backend.messages import Finished, Started

    with _stopped_by_interrupt(training), reporter:
        for event in training.run():
            if isinstance(event, Finished):
                return event
            if event is not None:
                reporter.hear(event)
            if isinstance(event, Started) and not quiet:
                _tell_notes(event.run)
    raise RuntimeError("The training ended without a result.")


def _tell_notes(folder: str) -> None:
    """Say what was odd in the data, and what of it is not used."""
    from backend.runs import Run

    for record in Run.open(folder).record.data.values():
        for note in record.notes:
            terminal.tell(note)


@contextmanager
def _stopped_by_interrupt(training: Training) -> Iterator[None]:
    """Let the first Ctrl+C stop the training in good order; the second breaks off, after a last checkpoint."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        print("Stopping after this step …", file=sys.stderr)
        training.stop()

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
