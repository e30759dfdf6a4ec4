"""A run is a folder: the design, what was asked, what came out, its metrics and its checkpoints. Free of torch."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec
import platformdirs

from backend import history
from backend.history import PACE as PACE
from backend.history import Row as Row
from backend.problems import INPUT, TrainProblem
from graph import files
from graph.disk import write_atomically
from graph.document import Document
from graph.specs import TensorSpec

Status = Literal["running", "finished", "stopped", "failed"]
DOCUMENT, RECORD, METRICS, CHECKPOINTS, LOCK = "document.netloom", "run.json", "metrics.sqlite", "checkpoints", "lock"
SAMPLES, WEIGHTS, HEALTH = "samples", "weights", "health"
TRASH = ".trash"  # in the folder of runs: those that were deleted, until they are removed for good
KEPT_SECONDS = 24 * 3600.0  # that a deleted run can be brought back


class SourceRecord(msgspec.Struct):
    """What a data node gave to a run: where from, its fields, and how each was prepared (the JSON of a Preparation).

    ``notes`` say what was odd in it, and what is not used; ``asked`` is the name its fields go by, where it says more.
    """

    source: str
    fields: dict[str, TensorSpec] = {}
    preparation: dict[str, Any] = {}
    examples: dict[str, int] = {}
    notes: list[str] = []
    asked: str = ""


class RunRecord(msgspec.Struct):
    """What is known of a run besides its design; ``data`` is keyed by the id of the data node.

    ``design`` is what the design was called when it was trained, "" in runs that are older than this.
    """

    name: str
    version: int = 1
    design: str = ""
    status: Status = "running"
    message: str = ""
    created: float = 0.0
    seconds: float = 0.0
    samples_per_second: float = 0.0
    parameters: int = 0
    epochs_done: int = 0
    device: str = ""
    seed: int = 0
    settings: dict[str, Any] = {}
    versions: dict[str, str] = {}
    metrics: dict[str, dict[str, float]] = {}
    data: dict[str, SourceRecord] = {}


class Run:
    """One run on disk. ``record`` is what run.json held when it was opened or last saved."""

    def __init__(self, folder: Path, record: RunRecord) -> None:
        self.folder = folder
        self.record = record
        self._claim: sqlite3.Connection | None = None

    @classmethod
    def create(cls, runs_folder: str | Path | None, document: Document, name: str = "", folder: str | Path = "") -> Run:
        """Make the folder of a new run: ``folder`` itself, or one named after the run and the time in ``runs_folder``.

        Raises TrainProblem, OSError or FileProblem where it cannot be made or written.
        """
        name = name or document.about.get("title", "") or "run"
        place = Path(runs_folder) if runs_folder else default_folder()
        folder = _take(Path(folder)) if folder else _make(place, _slug(name) + time.strftime("-%Y%m%d-%H%M%S"))
        run = cls(folder, RunRecord(name, design=name, created=time.time(), settings=dict(document.settings)))
        write_atomically(folder / DOCUMENT, files.dumps(document))
        (folder / CHECKPOINTS).mkdir()
        run.save()
        return run

    @classmethod
    def open(cls, path: str | Path) -> Run:
        """A run that is there. Raises TrainProblem with a sentence where it is missing or damaged."""
        folder = Path(path)
        if not folder.is_dir():
            raise TrainProblem(f"There is no run at “{path}”: give the folder that training made.", INPUT)
        try:
            return cls(folder, _decoded((folder / RECORD).read_bytes()))
        except FileNotFoundError:
            raise TrainProblem(f"“{path}” is no run: it holds no {RECORD}.", INPUT) from None
        except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, AttributeError) as error:
            raise TrainProblem(f"The run at “{path}” is damaged: {RECORD} cannot be read ({error}).", INPUT) from None

    # -- what is in it -----------------------------------------------------------------------------------------------

    @property
    def checkpoints(self) -> Path:
        return self.folder / CHECKPOINTS

    @property
    def metrics_path(self) -> Path:
        return self.folder / METRICS

    @property
    def samples(self) -> Path:
        """Where the time-lapse of its outputs is: see ``backend.moments``."""
        return self.folder / SAMPLES

    @property
    def weights(self) -> Path:
        """Where some moments of its weights are, to be looked at: see ``backend.weights_kept``."""
        return self.folder / WEIGHTS

    @property
    def health(self) -> Path:
        """Where it is kept how its training went: see ``backend.health``."""
        return self.folder / HEALTH

    def document(self) -> Document:
        """The design that was trained."""
        return files.load(self.folder / DOCUMENT)

    def history(self, split: str = "") -> list[history.Row]:
        return history.read(self.metrics_path, split)

    def blocks(self) -> Iterator[list[Row]]:
        """The rows of every split a block at a time, in the order they were written."""
        return history.blocks(self.metrics_path)

    # -- writing -----------------------------------------------------------------------------------------------------

    def save(self) -> None:
        write_atomically(self.folder / RECORD, msgspec.json.format(msgspec.json.encode(self.record), indent=1))

    def rename(self, name: str) -> None:
        """Give it another name; its folder stays where it is. Raises TrainProblem while it is being trained."""
        self.claim()
        try:
            self.record = Run.open(self.folder).record
            self.record.design = self.record.design or self.record.name
            self.record.name = name
            self.save()
        finally:
            self.release()

    def set_document(self, document: Document) -> None:
        write_atomically(self.folder / DOCUMENT, files.dumps(document))

    def claim(self) -> None:
        """Take the run for this process alone until ``release`` or death. Raises TrainProblem where another has it."""
        self._claim = sqlite3.connect(self.folder / LOCK, timeout=0, isolation_level=None, check_same_thread=False)
        try:
            self._claim.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            self.release()
            if "locked" not in str(error):
                raise
            raise TrainProblem(f"The run “{self.folder.name}” is being trained by another process: stop it there "
                               "first, or start a new run.", INPUT) from None  # fmt: skip

    def release(self) -> None:
        if self._claim is not None:
            self._claim.close()
            self._claim = None


def default_folder() -> Path:
    """Where runs go: NETLOOM_RUNS, or the user's data folder."""
    return Path(os.environ.get("NETLOOM_RUNS") or platformdirs.user_data_path("netloom", appauthor=False) / "runs")


def list_runs(runs_folder: str | Path | None = None) -> list[Run]:
    """The runs of a folder, newest first; what is no run or is damaged is left out."""
    place = Path(runs_folder) if runs_folder else default_folder()
    found = []
    for record in place.glob(f"*/{RECORD}"):
        try:
            found.append(Run.open(record.parent))
        except TrainProblem:
            continue
    return sorted(found, key=lambda run: run.record.created, reverse=True)


def delete(run: Run) -> Path:
    """Put a run into the trash beside it, and give where it lies there: ``bring_back`` undoes it.

    Raises TrainProblem while it is being trained, and OSError where the disk refuses.
    """
    run.claim()
    run.release()  # the folder of an open file cannot be moved everywhere
    trash = run.folder.parent / TRASH
    trash.mkdir(exist_ok=True)
    place = _free(trash, run.folder.name, "~")
    run.folder.rename(place)
    os.utime(place)  # when it was deleted
    return place


def bring_back(deleted: Path) -> Path:
    """Take a run out of the trash again, and give where it is now. Raises OSError where that fails."""
    place = _free(deleted.parent.parent, re.sub(r"~\d+$", "", deleted.name), "-")
    deleted.rename(place)
    return place


def _free(folder: Path, name: str, joint: str) -> Path:
    """A place in a folder where nothing is: the name itself, or with the first number from 2 on that is free."""
    names = (name if number == 1 else f"{name}{joint}{number}" for number in itertools.count(1))
    return next(place for each in names if not (place := folder / each).exists())


def deleted_runs(runs_folder: str | Path) -> list[Path]:
    """The runs in the trash of a folder, the last deleted first."""
    found = [path for path in (Path(runs_folder) / TRASH).glob("*") if (path / RECORD).is_file()]
    return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)


def empty_trash(runs_folder: str | Path, seconds: float = 0.0) -> int:
    """Remove for good what was deleted so many seconds ago or more, and give how many runs that were."""
    before = time.time() - seconds
    old = [path for path in deleted_runs(runs_folder) if path.stat().st_mtime <= before]
    for path in old:
        shutil.rmtree(path, ignore_errors=True)
    return len(old)


def _slug(name: str) -> str:
    """A name as the start of a folder's: letters, digits and dashes."""
    return re.sub(r"[^\w]+", "-", name.strip().lower()).strip("-_")[:60] or "run"


def _decoded(data: bytes) -> RunRecord:
    """What run.json holds. JSON has no word for a number that is none: it comes as null."""
    record = msgspec.json.decode(data)
    for values in record.get("metrics", {}).values() if isinstance(record, dict) else ():
        values.update({name: float("nan") for name, value in values.items() if value is None})
    return msgspec.convert(record, RunRecord)


def _take(folder: Path) -> Path:
    """A folder that is new or empty, so that no run covers another."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise TrainProblem(f"The folder “{folder}” is not empty: give a new one for the run.", INPUT)
    return folder


def _make(place: Path, name: str) -> Path:
    place.mkdir(parents=True, exist_ok=True)
    for number in range(1, 1000):
        folder = place / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir()
            return folder
        except FileExistsError:
            continue
    raise TrainProblem(f"No run can be made in “{place}”: every name is taken.", INPUT)
