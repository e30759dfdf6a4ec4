"""Writes an export beside its place, has it checked, and only then puts it where it was asked for."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
from safetensors.torch import load_file, save_file

import backend
from backend.data import preparation_from
from backend.export import FORMATS, ExportProblem, Format, Way
from backend.export._checking import BATCHES, agree, carries, draws, last_line, takes_any_length
from backend.export._subject import Subject, assembled, subject_of
from backend.messages import Exported
from graph import files
from graph.analysis import Analysis, NodeReport
from graph.compiler import compile_root
from graph.document import Document, NodeKey
from graph.specs import TensorSpec

Reported = tuple[tuple[str, str], dict[str, TensorSpec], int]  # the report of a node, by its key

FORGETS = "States are not carried on: every call begins from the start."
HOUSE = Path(backend.__file__).parent.parent


def write(what: str | Path | Document, format: Format, to: Path, output: str, network: str = "") -> Exported:
    """Export to ``to``; raises ExportProblem and leaves no trace where no way of writing agrees with the network."""
    target = _target(format, to)
    subject = subject_of(what, output, network)
    with _folder(target.parent), tempfile.TemporaryDirectory(dir=target.parent, prefix=".exporting-") as folder:
        staged = Path(folder) / "files" / target.name
        note = _write_checked(subject, format, staged, output)
        written = _put_in_place(staged, target)
    weights = "" if subject.trained else " The weights are the initial ones: this design was not trained."
    return Exported(format.name, tuple(map(str, written)), note + weights)


class Job(msgspec.Struct):
    """What a process of its own needs to know to write one way of a format."""

    format: str
    way: int
    path: str
    output: str
    trained: bool
    reports: list[Reported]
    preparation: dict[str, dict[str, dict[str, Any]]]


def _write_checked(subject: Subject, format: Format, staged: Path, output: str) -> str:
    free = takes_any_length(subject)
    reasons: list[str] = []
    for number, way in enumerate(format.ways):
        if not way.any_length and not free and number:
            continue  # differs from the way before only for sequences
        shutil.rmtree(staged.parent, ignore_errors=True)
        staged.parent.mkdir()
        try:
            _writer(way, format, number, subject, output)(staged)
            worst = agree(format, subject, staged, way.any_length)
        except ExportProblem as problem:
            reasons.append(str(problem))
            continue
        *batches, last = BATCHES
        compared = f"batches of {', '.join(map(str, batches))} and {last}"
        longer = ", and for longer sequences" if free and way.any_length else ""
        forgets = "" if format.carries or not carries(subject) else FORGETS
        agrees = f"Run by itself, it agrees with the network to {worst:.1g} for {compared}{longer}."
        return " ".join(part for part in (agrees, way.note, forgets) if part)
    if draws(subject):
        reasons = [f"the network draws random numbers while it computes, which {format.name} draws in its own way, so "
                   "that what comes out cannot be compared"]  # fmt: skip
    raise ExportProblem(f"The {format.name} export was thrown away, because {reasons[0]}. "
                        "Another format may carry this network.")  # fmt: skip


def _writer(way: Way, format: Format, number: int, subject: Subject, output: str) -> Callable[[Path], None]:
    if way.apart:
        return lambda path: _write_apart(subject, Job(
            format.name, number, str(path), output, subject.trained, _reports(subject),
            msgspec.to_builtins({node: dict(each) for node, each in subject.preparation.items()}),
        ))  # fmt: skip
    return lambda path: way.write(subject, path)


def _write_apart(subject: Subject, job: Job) -> None:
    """Write in a fresh process: torch's exporters remember earlier exports and get the next one wrong."""
    with tempfile.TemporaryDirectory(prefix="netloom-") as folder:
        place = Path(folder)
        (place / "design").write_bytes(files.dumps(subject.document))
        (place / "job").write_bytes(msgspec.json.encode(job))
        save_file({name: t.detach().clone() for name, t in subject.root.state_dict().items()}, place / "weights")
        command = [sys.executable, "-c", "from backend.export._writing import serve; serve()", folder]
        done = subprocess.run(command, cwd=HOUSE, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ExportProblem(f"it could not be written ({last_line(done.stderr)})")


def serve() -> None:
    """The fresh process: make the subject anew from what lies in the folder named on the command line, and write it."""
    place = Path(sys.argv[1])
    job = msgspec.json.decode((place / "job").read_bytes(), type=Job)
    document = files.loads((place / "design").read_bytes())
    reports = {NodeKey(*key): NodeReport(specs, count) for key, specs, count in job.reports}
    analysis = Analysis(reports, (), 0)
    root = compile_root(document, analysis)
    root.load_state_dict(load_file(place / "weights"))
    fitted = {
        node: {port: preparation_from(each) for port, each in own.items()} for node, own in job.preparation.items()
    }
    subject = assembled(document, analysis, root, job.output, fitted, job.trained)
    FORMATS[job.format].ways[job.way].write(subject, Path(job.path))


def _reports(subject: Subject) -> list[Reported]:
    """What is known of every node, so that the other process need not look at the data."""
    return [(key, report.outputs, report.parameters) for key, report in subject.analysis.nodes.items()]


def _target(format: Format, to: Path) -> Path:
    """Where the main file goes, as an absolute path. A name without an ending gets the format's."""
    target = to.expanduser().absolute()
    if target.name in ("", ".."):
        raise ExportProblem(f"“{to}” names no file; give one, such as model{format.suffix}.")
    if format.folder and target.suffix != format.suffix:
        return target / f"model{format.suffix}"
    if target.is_dir():
        raise ExportProblem(f"“{to}” is a folder; give the name of a file, such as {to / ('model' + format.suffix)}.")
    return target if target.suffix else target.with_suffix(format.suffix)


@contextmanager
def _folder(path: Path) -> Iterator[None]:
    """Make a folder, and take it away again where nothing comes of it."""
    missing = [each for each in (path, *path.parents) if not each.exists()]
    path.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        with suppress(OSError):
            for each in missing:
                each.rmdir()
        raise


def _put_in_place(staged: Path, target: Path) -> list[Path]:
    """Move every file to its place, the main one last: it never stands there without what it needs."""
    others = [path for path in staged.parent.glob("[!.]*") if path != staged]
    for path in (*others, staged):
        with path.open("rb") as file:
            os.fsync(file.fileno())
        path.replace(target.parent / path.name)
    return [target, *(target.parent / path.name for path in others)]
