"""Answers to what somebody made up: values of people become what a network reads, and its own are told as theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from backend.data import AnyPreparation, DataSet
from backend.data.series_preparation import SeriesPreparation
from backend.data.tables_preparation import CategoryColumn, NumberColumn, TablePreparation
from backend.data.texts_vocabulary import SPECIAL, TextPreparation
from backend.examples import computed, rows, scaled
from backend.judging import series_of
from backend.loading import Model
from backend.probes import statistics
from backend.problems import INPUT, TrainProblem
from backend.questions.attempts import Attempt, Blank, Entry, Filled, Outcome, Reply
from backend.questions.looking import Seen
from backend.questions.writing import Writable, Write
from backend.sampling import probabilities
from backend.views import Subject, answers
from backend.writing import writers
from graph.document import Port
from graph.plan import OutputPlan, outputs
from graph.specs import TensorSpec

MOST_NUMBERS = 32  # of a field that are worth a box each
MOST_OF_A_CURVE = 4096
RANGE_ROWS = 2000  # of the training, from which it is told between which numbers a column lies
Given = Mapping[tuple[str, str], Any]


@answers(Blank)
def filled(subject: Subject, question: Blank) -> Filled:
    """What can be given to a network, as it is in an example of the data."""
    model = subject.model
    index, total = _example(model, question.split, question.index)
    entries: dict[tuple[str, str], Entry] = {}
    fixed = []
    for port in _read(model):
        found = _entries(model, port, question.split, index)
        entries |= {(entry.source, entry.name): entry for entry in found if (entry.source, entry.name) not in entries}
        if not found:
            fixed.append(port.port)
    random = [port for port in _sources(model) if port.owner in model.draws]
    for port in random:
        if names := _choices(model.root.specs[port]):
            entries[port.node, port.port] = Entry(port.node, port.port, "choice", 0, choices=names)
    drawn = tuple(port.port for port in random if not _choices(model.root.specs[port]))
    write = tuple(Writable(each.plan.name, each.how.tokens, each.prompted, each.reach) for each in writers(model))
    return Filled(tuple(entries.values()), index, total, tuple(fixed), drawn, write)


@answers(Attempt)
def attempted(subject: Subject, question: Attempt) -> Outcome:
    """What every output says of values that were made up. Raises TrainProblem where they do not fit."""
    model, plans = subject.model, _plans(subject.model)
    values = values_for(model, _sources(model), question, question.seed)
    made = computed(model, [plan.port for plan in plans], values)
    return Outcome(tuple(_reply(model, plan, each) for plan, each in zip(plans, made)))


def values_for(model: Model, sources: Sequence[Port], question: Attempt | Write,
               seed: int) -> dict[Port, torch.Tensor]:  # fmt: skip
    """What each source gives, as a batch of one: what was given, and all else as in the example or by the seed."""
    index, _ = _example(model, question.split, question.index)
    given = {(source, name): value for source, name, value in question.given}
    values = rows(model, sources, question.split, index, 1, seed)
    for port in values:
        own = {name: value for (source, name), value in given.items() if source == port.node}
        if port.owner in model.draws:
            chosen = own.get(port.port) if _choices(model.root.specs[port]) else None
            taken = None if chosen is None else torch.tensor([int(chosen)])
        else:
            taken = _taken(model, port, own, question.split, index)
        if taken is not None:
            values[port] = taken.to(model.device)
    return values


# -- what is there -----------------------------------------------------------------------------------------------------


def _plans(model: Model) -> tuple[OutputPlan, ...]:
    plans = outputs(model.document, model.root.specs)
    if not plans:
        raise TrainProblem("The design has no Output node, so it has nothing to answer with: wire one to the result.",
                           INPUT)  # fmt: skip
    return plans


def _sources(model: Model) -> tuple[Port, ...]:
    return model.sources([plan.port for plan in _plans(model)])


def _read(model: Model) -> list[Port]:
    """The fields of data sets that the outputs are computed from."""
    return [port for port in _sources(model) if port.owner not in model.draws]


def _example(model: Model, split: str, index: int) -> tuple[int, int]:
    """Which example is meant, and of how many. Raises TrainProblem where there is none."""
    stage = model.stage(split)
    total = stage.examples if stage.lengths else 1
    if not total:
        raise TrainProblem(f"There are no {split} examples to begin with: choose another part of the data.", INPUT)
    return index % total, total


def _stored(dataset: DataSet, field: str, split: str, rows: Sequence[int]) -> np.ndarray:
    """Some examples as the data set stores them."""
    stored = dataset.splits[split][field]
    found: np.ndarray = stored.index_select(0, torch.tensor(list(rows)) % max(len(stored), 1)).cpu().numpy()
    return found


# -- from examples to what people see ----------------------------------------------------------------------------------


def _entries(model: Model, port: Port, split: str, index: int) -> list[Entry]:
    """What of a field can be given, with the values of an example; nothing where a person could not give it."""
    dataset, spec = model.data[port.owner], model.root.specs[port]
    fitted = dataset.preparation[port.port]
    stored = _stored(dataset, port.port, split, [index])[0]
    if isinstance(fitted, TablePreparation):
        usual = _stored(dataset, port.port, "train", range(min(RANGE_ROWS, dataset.count("train"))))
        return [_column(port, column, stored[place], usual[:, place]) for place, column in enumerate(fitted.columns)]
    if isinstance(fitted, TextPreparation):
        return [Entry(port.node, "text", "text", text_of(fitted, stored))] if fitted.gives == "text" else []
    if isinstance(fitted, SeriesPreparation):
        return [Entry(port.node, port.port, "curve", stored.astype(np.float32), choices=fitted.columns)]
    return _plain(port, spec, fitted, stored)


def _column(port: Port, column: NumberColumn | CategoryColumn, value: float, usual: np.ndarray) -> Entry:
    if isinstance(column, CategoryColumn):
        return Entry(port.node, column.name, "choice", int(value), choices=column.names)
    known = usual[~np.isnan(usual)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    whole = bool(len(known)) and not column.form and bool((known == np.round(known)).all())
    number = column.fill if np.isnan(value) else float(value)
    return Entry(port.node, column.name, "number", number, low, high, whole)


def _plain(port: Port, spec: TensorSpec, fitted: AnyPreparation, stored: np.ndarray) -> list[Entry]:
    if spec.meaning == "image" and len(spec.shape) == 3 and spec.shape[0] in (1, 3):
        low, high = fitted.range or (0.0, 1.0)
        shown = (stored.astype(np.float32) - low) / ((high - low) or 1.0)
        return [Entry(port.node, port.port, "picture", np.clip(shown, 0.0, 1.0).reshape(spec.shape))]
    if names := _choices(spec):
        return [Entry(port.node, port.port, "choice", int(stored), choices=names)]
    if spec.meaning == "sequence" and spec.dtype == "float32" and spec.size <= MOST_OF_A_CURVE:
        columns = tuple(_numbered(port.port, place, spec.shape[-1]) for place in range(spec.shape[-1]))
        return [Entry(port.node, port.port, "curve", stored.astype(np.float32), choices=columns)]
    if spec.dtype != "float32" or spec.size > MOST_NUMBERS:
        return []
    numbers = stored.reshape(-1).astype(np.float64)
    low, high = fitted.range or (min(-1.0, float(numbers.min())), max(1.0, float(numbers.max())))
    return [Entry(port.node, _numbered(port.port, place, len(numbers)), "number", float(each), low, high)
            for place, each in enumerate(numbers)]  # fmt: skip


def _choices(spec: TensorSpec) -> tuple[str, ...]:
    """The classes of which a field is one; empty for any other field."""
    one = spec.classes and not spec.shape
    return (spec.names or tuple(map(str, range(spec.classes)))) if one else ()


def _numbered(name: str, place: int, count: int) -> str:
    return name if count == 1 else f"{name} {place + 1}"


def text_of(fitted: TextPreparation, stored: np.ndarray) -> str:
    """The text that an example holds, without what fills it up."""
    special = {token for token in SPECIAL[fitted.tokens] if token}
    tokens = [fitted.vocabulary[number] for number in stored.reshape(-1) if number < len(fitted.vocabulary)]
    return (" " if fitted.tokens == "words" else "").join(token for token in tokens if token and token not in special)


# -- from what people give to what a network reads ---------------------------------------------------------------------


def _taken(model: Model, port: Port, given: Mapping[str, Any], split: str, index: int) -> torch.Tensor | None:
    """A field as a batch of one; None where nothing of it was given."""
    dataset, spec = model.data[port.owner], model.root.specs[port]
    fitted = dataset.preparation[port.port]
    if isinstance(fitted, TablePreparation):
        stored = _stored(dataset, port.port, split, [index])
        cells = [_cells(column, given, stored[:, place]) for place, column in enumerate(fitted.columns)]
        return fitted.apply(torch.from_numpy(fitted.stored(cells)))
    if isinstance(fitted, TextPreparation):
        text = given.get("text") if fitted.gives in ("text", "length") else None
        return None if text is None else fitted.apply(torch.from_numpy(fitted.lines([str(text)])))
    if isinstance(fitted, SeriesPreparation):
        curve = given.get(port.port)
        return None if curve is None else fitted.apply(torch.from_numpy(np.asarray(curve, np.float32)[None]))
    return _plainly_taken(port, spec, fitted, given)


def _cells(column: NumberColumn | CategoryColumn, given: Mapping[str, Any], stored: np.ndarray) -> np.ndarray:
    if column.name not in given:
        return stored
    return np.array([given[column.name]], np.int64 if isinstance(column, CategoryColumn) else np.float64)


def _plainly_taken(
    port: Port, spec: TensorSpec, fitted: AnyPreparation, given: Mapping[str, Any]
) -> torch.Tensor | None:
    if spec.meaning == "image" and port.port in given:
        picture = np.asarray(given[port.port], np.float32)
        if picture.size != spec.size:
            came, wanted = ("×".join(map(str, shape)) for shape in (picture.shape, spec.shape))
            raise TrainProblem(f"The picture has the shape {came}, and the network reads {wanted}.", INPUT)
        return scaled(fitted, torch.from_numpy(picture.reshape(1, *spec.shape)), spec)
    if _choices(spec):
        return torch.tensor([int(given[port.port])]) if port.port in given else None
    if spec.meaning == "sequence" and port.port in given:
        return fitted.apply(torch.from_numpy(np.asarray(given[port.port], np.float32)[None]))
    names = [_numbered(port.port, place, spec.size) for place in range(spec.size)] if spec.size <= MOST_NUMBERS else []
    if not names or not all(name in given for name in names):
        return None
    values = np.array([float(given[name]) for name in names], np.float32)
    return fitted.apply(torch.from_numpy(values.reshape(1, *spec.shape)))


# -- what comes out ----------------------------------------------------------------------------------------------------


def _reply(model: Model, plan: OutputPlan, made: torch.Tensor) -> Reply:
    """One output of one example, as people know it."""
    target = model.root.specs[plan.target] if plan.target else None
    names = target.names if target else ()
    if plan.kind == "classes" and made.dim() <= 2:
        shares = probabilities(made).reshape(-1)
        shares = torch.stack([1 - shares[0], shares[0]]) if len(shares) == 1 else shares
        named = tuple(names[n] if n < len(names) else str(n) for n in range(len(shares)))
        return Reply(plan.name, _seen(model, plan, "classes", shares, named))
    dataset = model.data.get(plan.target.owner) if plan.target else None
    fitted = dataset.preparation.get(plan.target.port) if dataset and plan.target else None
    whole = made
    if fitted is not None and made.is_floating_point() and plan.kind != "tokens":
        whole = fitted.picture(made) if plan.kind == "image" and made.dim() == 4 else fitted.invert(made)
    own = whole[0] if whole.dim() else whole
    words = _words(fitted, own) if plan.kind == "tokens" else ""
    form = {0: "number", 1: "vector", 2: "sequence"}.get(own.dim(), "maps")
    if own.dim() == 3 and plan.kind == "image" and own.shape[0] in (1, 3):
        form = "picture"
    if own.dim() == 1 and len(own) == 1:
        form, own = "number", own[0]
    series = series_of(model, plan)
    columns = series.columns if series is not None and own.numel() % len(series.columns) == 0 else ()
    curve = own.detach().float().cpu().reshape(-1, len(columns)).numpy() if columns and own.numel() > 1 else None
    return Reply(plan.name, _seen(model, plan, form, own), words, curve, columns if curve is not None else ())


def _words(fitted: AnyPreparation | None, values: torch.Tensor) -> str:
    """The likeliest tokens of logits (steps, tokens), or tokens as they are."""
    if not isinstance(fitted, TextPreparation):
        return ""
    return text_of(fitted, (values.argmax(-1) if values.dim() > 1 else values).to("cpu", torch.int64).numpy())


def _seen(model: Model, plan: OutputPlan, form: Any, values: torch.Tensor, names: tuple[str, ...] = ()) -> Seen:
    values = values.detach().to("cpu", torch.float32)
    return Seen(plan.port.node, plan.port.port, form, values.numpy(), tuple(values.shape), names=names,
                **statistics(values))  # fmt: skip
