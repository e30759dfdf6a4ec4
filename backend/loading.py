"""A design at work: its document, what is known of it, its weights and its data, from a drawing or from a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import msgspec
import torch
from torch import fx, nn

from backend import checkpoints, data
from backend.data import AnyPreparation, DataSet, preparation_from
from backend.data.texts_loading import recoded
from backend.data.texts_vocabulary import TextPreparation
from backend.devices import resolve
from backend.feeds import Draws, Stage
from backend.problems import INPUT, TrainProblem
from backend.runs import Run, SourceRecord
from graph.building import Fields
from graph.compiler import Root, compile_root, draw_of, make_slice
from graph.document import Document, NodeKey, Port
from graph.flat import flat_of
from graph.inference import Analysis, analyse
from graph.layers import CATALOGUE
from graph.naming import identifier
from graph.plan import losses, sources
from graph.rewrites import in_full_precision, relu_after_max_pool
from graph.settings import Settings, settings_of
from graph.specs import TensorSpec

Load = Callable[..., DataSet]
DataSets = Mapping[NodeKey, DataSet]
MOST_SLICES = 64  # that are kept for the next time: whoever looks about asks for ever others


@dataclass
class Model:
    """Everything that training, testing, predicting and exporting start from. ``run`` is where it was read from."""

    document: Document
    analysis: Analysis
    settings: Settings
    device: torch.device
    root: Root
    draws: Draws
    read: Callable[[], DataSets]
    run: Run | None = None

    @property
    def batch_size(self) -> int:
        """Examples of a training step; 0 among the settings stands for all that there are."""
        return self.settings.batch_size or self.stage("train").examples

    @cached_property
    def data(self) -> DataSets:
        """The data set of every data node, read when first asked for: not every use of a run needs one."""
        return self.read()

    def preparation(self, port: Port | None) -> AnyPreparation | None:
        """How the values of a field of a data node were prepared; None for any other port.

        Of a run whose data nobody has read yet, what it has written down of them says it.
        """
        if port is None or port.owner in self.draws:
            return None
        if self.run is None or "data" in vars(self):
            return self.data[port.owner].preparation.get(port.port) if port.owner in self.data else None
        if port.node not in self._prepared and port.node in self.run.record.data:
            self._prepared[port.node] = preparation_of(self.run.record.data[port.node])
        return self._prepared.get(port.node, {}).get(port.port)

    @cached_property
    def _prepared(self) -> dict[str, dict[str, AnyPreparation]]:
        return {}

    @cached_property
    def _stages(self) -> dict[str, Stage]:
        return {}

    @cached_property
    def _slices(self) -> dict[tuple[tuple[Port, ...], tuple[Port, ...], bool], fx.GraphModule]:
        return {}

    def stage(self, split: str) -> Stage:
        """A split of the data on the device."""
        if split not in self._stages:
            self._stages[split] = Stage(self.data, split, self.device)
        return self._stages[split]

    def sources(self, targets: Sequence[Port]) -> tuple[Port, ...]:
        """What the slice of these targets is called with."""
        return cast("tuple[Port, ...]", self.slice(targets).sources)

    def slice(self, targets: Sequence[Port], given: Sequence[Port] = (), apart: bool = False) -> fx.GraphModule:
        """The smallest module that computes the targets, rewritten to do the same with less work.

        given: ports that it is called with, before its other sources, instead of computing them
        apart: whether what flows inside a recurrence is a tuple with the tensor of each step
        """
        wanted = tuple(targets), tuple(given), apart
        if wanted not in self._slices:
            module = relu_after_max_pool(make_slice(self.document, self.root, *wanted))
            if self.settings.precision == "bf16":
                in_full_precision(module, {identifier(port.node) for port in losses(self.document)})
            self._slices[wanted] = module
            while len(self._slices) > MOST_SLICES:
                del self._slices[next(iter(self._slices))]
            return module
        return self._slices[wanted]


def checked(document: Document, fields: Fields) -> tuple[Analysis, Settings]:
    """The analysis and settings of a document that can be trained. Raises TrainProblem with its first error."""
    try:
        settings = settings_of(document)
    except ValueError as error:
        raise TrainProblem(str(error), INPUT) from None
    analysis = analyse(document, fields)
    for problem in analysis.errors:
        raise TrainProblem(problem.message, INPUT, problem.node)
    return analysis, settings


def random_sources(document: Document, fields: Fields) -> Draws:
    """The sources that no data set feeds, and how they draw."""
    found = {key: draw_of(document, key, fields) for key in sources(document)}
    return {key: source for key, source in found.items() if source.draw is not None}


def read_data(document: Document, draws: Draws, seed: int, load: Load) -> dict[NodeKey, DataSet]:
    """Read what every data node asks for. Raises DataError with a sentence."""
    found = {}
    for key in sources(document):
        if key in draws:
            continue
        typed = draw_of(document, key, lambda source: {})
        if typed.rows is not None:
            found[key] = data.given(typed.specs, typed.rows)
        else:
            asked = asked_of(document, key)
            found[key] = load(asked.pop("source"), **asked, seed=seed)
    return found


def asked_of(document: Document, key: NodeKey) -> dict[str, Any]:
    """What a data node asks for: its source and how to split and prepare it, complete."""
    node = flat_of(document).document.nodes[key]
    return CATALOGUE[node.type].complete(node.params)


def load_run(path: str | Path, device: str = "cpu", load: Load = data.load) -> Model:
    """A run with its newest weights, ready to use (in ``eval`` mode). Raises TrainProblem or FileProblem."""
    run = Run.open(path)
    document = run.document()
    recorded = {record.asked or record.source: record.fields for record in run.record.data.values()}
    fields = _recorded_fields(recorded)
    analysis, settings = checked(document, fields)
    root = compile_root(document, analysis)
    weights = checkpoints.newest_weights(run.checkpoints)
    if weights is None:
        raise TrainProblem(
            f"The run “{run.folder.name}” holds no weights that can be read: resume it, or train anew.", INPUT
        )
    put_weights(root, weights)
    where = resolve(device)
    draws = random_sources(document, fields)

    def read() -> DataSets:
        found = read_data(document, draws, settings.seed, load)
        return {key: as_recorded(each, run.record.data.get(key.node)) for key, each in found.items()}

    return Model(document, analysis, settings, where, root.to(where).eval(), draws, read, run)


def arrange(root: Root) -> Root:
    """Lay the weights out as devices compute with them fastest: those of convolutions with the channels last."""
    if any(isinstance(module, nn.Conv2d | nn.ConvTranspose2d) for module in root.modules()):
        root.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return root


def put_weights(root: Root, weights: Mapping[str, torch.Tensor]) -> None:
    """Load weights that belong to the design. Raises TrainProblem where they belong to another."""
    try:
        root.load_state_dict(dict(weights))
    except RuntimeError:
        raise TrainProblem("The weights of the run do not fit its design: one of the two files was changed by hand. "
                           "Train the design anew.", INPUT) from None  # fmt: skip


def record_of(dataset: DataSet, source: str) -> SourceRecord:
    """What a run keeps of a data set, so that prediction applies exactly the same steps."""
    preparation = {name: msgspec.to_builtins(each) for name, each in dataset.preparation.items()}
    examples = {split: dataset.count(split) for split in dataset.splits}
    return SourceRecord(source, dict(dataset.declared or dataset.fields), preparation, examples, list(dataset.notes),
                        dataset.asked)  # fmt: skip


def preparation_of(record: SourceRecord) -> dict[str, AnyPreparation]:
    """How a run prepared the fields of a data node."""
    return {name: preparation_from(each) for name, each in record.preparation.items()}


def as_recorded(dataset: DataSet, record: SourceRecord | None) -> DataSet:
    """A data set that is prepared as a run prepared it, even where its file has changed since."""
    if record is None:
        return dataset
    kept = preparation_of(record)
    splits = {part: {name: _restored(values, dataset.preparation[name], kept.get(name)) for name, values in own.items()}
              for part, own in dataset.splits.items()}  # fmt: skip
    return replace(dataset, preparation=kept, splits=splits)


def _restored(stored: torch.Tensor, now: AnyPreparation, kept: AnyPreparation | None) -> torch.Tensor:
    """Stored values as the preparation of a run takes them: the numbers of tokens are those of its vocabulary."""
    if isinstance(now, TextPreparation) and isinstance(kept, TextPreparation):
        return recoded(stored, now, kept)
    return stored


def _recorded_fields(recorded: Mapping[str, dict[str, TensorSpec]]) -> Fields:
    """The fields as the run knew them, so that a run works where its data is gone."""
    return lambda source: recorded.get(source) or data.fields(source)
