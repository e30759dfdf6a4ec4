"""From a document or a run to a training that is ready for its first step."""

from __future__ import annotations

import platform
from collections.abc import Callable, Generator
from dataclasses import asdict, dataclass
from importlib import metadata

import torch

from backend.data import DataSet, MissingData
from backend.data.registry import Cancelled, Progress
from backend.data.room import Room, reading_into
from backend.devices import resolve
from backend.evaluation import Evaluator, Part, parts_of
from backend.feeds import Draws, Order
from backend.fetching import Fetch, fetching
from backend.history import History
from backend.loading import Load, Model, arrange, as_recorded, asked_of, checked, random_sources, read_data, record_of
from backend.messages import Loading
from backend.problems import INPUT, TrainProblem
from backend.reports import Reader
from backend.ridge import RidgeStep
from backend.runs import Run
from backend.saving import Position, Saver
from backend.steps import GradientStep, ObjectiveStep, declared_by
from backend.trained import trained
from graph.building import Fields
from graph.compiler import compile_root
from graph.document import Document, NodeKey
from graph.settings import Settings

FREE_SETTINGS = ("epochs", "device")  # what may change when a run goes on


@dataclass(frozen=True)
class Request:
    """What is asked for: see ``Training``."""

    document: Document | None
    runs_folder: str
    name: str
    folder: str
    resume: str
    fields: Fields
    load: Load
    fetch: Fetch
    cancelled: Callable[[], bool]


@dataclass(frozen=True)
class Bench:
    """A training that is ready. ``validate`` is None where there is no validation split."""

    model: Model
    run: Run
    history: History
    parts: list[Part]
    steps: list[ObjectiveStep]
    order: Order
    reader: Reader
    validate: Evaluator | None
    at: Position
    saver: Saver


def prepare(request: Request) -> Generator[Loading, None, Bench]:
    """Check, read the data, build, and restore what a run has learned. Raises problems with a sentence each."""
    run = _reopened(request.resume) if request.resume else None
    try:
        document = _document(request, run)
        analysis, settings = checked(document, request.fields)
        device = resolve(settings.device)
        draws = random_sources(document, request.fields)
        found, fetched = yield from _data(request, document, draws, settings)
        if fetched:  # what came may tell more of its fields than was known without it
            analysis, settings = checked(document, request.fields)
        if run is not None:
            found = {key: as_recorded(each, run.record.data.get(key.node)) for key, each in found.items()}
        torch.manual_seed(settings.seed)
        root = arrange(compile_root(document, analysis)).to(device)
        model = Model(document, analysis, settings, device, root, draws, lambda: found)
        parts, order, steps = _plan(model)
        if run is None:
            run = Run.create(request.runs_folder, document, request.name, request.folder)
            run.claim()
        return _bench(model, run, parts, order, steps)
    except BaseException:
        if run is not None:
            run.release()
        raise


def _plan(model: Model) -> tuple[list[Part], Order, list[ObjectiveStep]]:
    """What is computed, in which order the examples come, and how each objective learns from them."""
    stage = model.stage("train")
    for key, length in stage.lengths.items():
        if not length:
            raise TrainProblem("The data set leaves no examples for training: lower the shares for validation and "
                               "test, or use more examples.", INPUT, key.node)  # fmt: skip
    if not model.batch_size:
        raise TrainProblem("A batch size of 0 stands for all training examples, but this design draws all it reads at "
                           "random: set how many make a batch.", INPUT)  # fmt: skip
    parts, order = parts_of(model), Order(stage, model.batch_size, model.settings.seed, model.device)
    if not parts:
        raise TrainProblem("There is no loss, so there is nothing to learn from: put a loss node behind the network.")
    total = model.settings.epochs * order.batches
    return parts, order, [_step(model, part, place, total) for place, part in enumerate(parts)]


def _step(model: Model, part: Part, place: int, total: int) -> ObjectiveStep:
    """How an objective works in a training of so many iterations."""
    declared = declared_by(model, part.plan)
    if declared.ridge is not None:
        return RidgeStep(model, part, place, declared, total)
    parameters = trained(model, part.plan)
    if not parameters:
        return ObjectiveStep(model, part, place, declared, total)
    return GradientStep(model, part, place, declared, total, parameters)


def _bench(model: Model, run: Run, parts: list[Part], order: Order, steps: list[ObjectiveStep]) -> Bench:
    """Everything in its place, and what the run has learned before put back."""
    reader, at, history = Reader(steps), Position(), History(run.metrics_path)
    validate = Evaluator(model, "validation", parts) if model.stage("validation").examples else None
    saver = Saver(run, model, steps, reader, at)
    saver.restore(history)
    _record(run, model)
    model.root.train()
    return Bench(model, run, history, parts, steps, order, reader, validate, at, saver)


def _reopened(path: str) -> Run:
    run = Run.open(path)
    run.claim()
    return run


def _document(request: Request, run: Run | None) -> Document:
    """What to train. A run keeps its own design; from one that is the same it takes how long and where to train."""
    if run is None:
        if request.document is None:
            raise TrainProblem("There is nothing to train: give a design, or a run to go on with.", INPUT)
        return request.document
    own = run.document()
    if request.document is None or _essence(request.document) != _essence(own):
        return own
    run.set_document(request.document)
    return request.document


def _essence(document: Document) -> tuple[object, ...]:
    """Everything of a document that decides what it learns at every step."""
    nodes = {key: (node.type, node.params, node.link, node.copy_of) for key, node in document.nodes.items()}
    promoted = {name: network.promoted for name, network in document.networks.items()}
    settings = {name: value for name, value in document.settings.items() if name not in FREE_SETTINGS}
    return nodes, promoted, document.wires, settings


def _data(
    request: Request, document: Document, draws: Draws, settings: Settings
) -> Generator[Loading, None, tuple[dict[NodeKey, DataSet], set[str]]]:
    """Read the data sets, fetching those that are not on this machine; and which were fetched."""
    fetched: set[str] = set()
    while True:
        try:
            return (yield from _reading(request, document, draws, settings)), fetched
        except MissingData as missing:
            if missing.source in fetched:
                raise
            fetched.add(missing.source)
            yield from fetching(missing.source, request.fetch, request.cancelled)


def _reading(
    request: Request, document: Document, draws: Draws, settings: Settings
) -> Generator[Loading, None, dict[NodeKey, DataSet]]:
    """Read the data sets, and say how far that is where it takes long."""
    found: dict[NodeKey, DataSet] = {}

    def read(_: str, progress: Progress, cancelled: Cancelled) -> None:
        with reading_into(Room(progress=progress, cancelled=cancelled)):
            found.update(read_data(document, draws, settings.seed, request.load))

    yield from fetching("data", read, request.cancelled, reading=True)
    return found


def _record(run: Run, model: Model) -> None:
    """Write down what is known before the first step."""
    record = run.record
    record.status, record.message = "running", ""
    record.device, record.seed = str(model.device), model.settings.seed
    record.settings = asdict(model.settings)
    record.parameters = model.analysis.parameters
    record.versions = {"python": platform.python_version(), "torch": str(torch.__version__), "netloom": _version()}
    sources = {key: asked_of(model.document, key).get("source", "") for key in model.data}
    record.data = {key.node: record_of(each, sources[key]) for key, each in model.data.items()}
    run.save()


def _version() -> str:
    try:
        return metadata.version("netloom")
    except metadata.PackageNotFoundError:  # run from its folder, not installed
        return ""
