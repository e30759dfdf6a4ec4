"""Which outputs a design has and how each can be looked at; single examples by their numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import torch
from torch import fx

from backend import judging
from backend.data.dataset import PARTS
from backend.data.tables_preparation import CategoryColumn, NumberColumn, TablePreparation
from backend.loading import Model
from backend.passes import Pass
from backend.questions.results import Columns, Examples, ExamplesShown, Found, Layer, Page, Result, Results
from backend.sampling import shown_of
from backend.views import Subject, answers
from graph.document import Port
from graph.naming import identifier
from graph.plan import OutputPlan
from graph.specs import INTEGERS

MOST_COLUMNS: Final = 512
MOST_UNITS: Final = 1024  # of a layer that is offered
MOST_EXAMPLES: Final = 64
SEEN: Final = 2048  # rows that are looked at to learn how different the values of a column are


@answers(Results)
def results(subject: Subject, _: Results) -> Found:
    """What there is to see."""
    model = subject.model
    lengths = {part: max((each.count(part) for each in judging.datasets(model).values()), default=0) for part in PARTS}
    return Found(tuple(_result(model, plan) for plan in judging.plans(model)), lengths)


@answers(Examples)
def examples(subject: Subject, question: Examples) -> ExamplesShown:
    """What an output makes of a few examples."""
    model = subject.model
    plan = judging.plan_of(model, question.output)
    work = Pass(model, question.split, [plan.port], live=False)
    numbers = tuple(each for each in question.numbers if 0 <= each < work.examples)[:MOST_EXAMPLES]
    rows = work.stage.numbered(numbers)
    shown = shown_of(model, work.stage, plan, rows, len(numbers))
    tables = [port for port in work.sources if isinstance(model.preparation(port), TablePreparation)]
    written = [_written(model, port, question.split, rows[port.owner]) for port in tables]
    headers = tuple(name for names, _ in written for name in names)
    return ExamplesShown(numbers, shown, headers, tuple(sum(own, ()) for own in zip(*(own for _, own in written))))


def _written(model: Model, port: Port, split: str, rows: torch.Tensor | slice
             ) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:  # fmt: skip
    """The columns of a field of a table, and some rows as they stand there; blanks are empty."""
    preparation = model.preparation(port)
    assert isinstance(preparation, TablePreparation)
    stored = model.data[port.owner].splits[split][port.port]
    chosen = stored[rows.cpu() if isinstance(rows, torch.Tensor) else rows]
    return tuple(each.name for each in preparation.columns), [
        tuple(_cell(column, value) for column, value in zip(preparation.columns, row)) for row in chosen.tolist()
    ]


def _cell(column: NumberColumn | CategoryColumn, value: float) -> str:
    if isinstance(column, CategoryColumn):
        return column.names[int(value)] if 0 <= value < len(column.names) else ""
    return "" if value != value else f"{value:.6g}"


def _result(model: Model, plan: OutputPlan) -> Result:
    classes, targets = judging.class_names(model, plan), judging.target_names(model, plan)
    fields = tuple(_fields(model, plan))
    labels = judging.labels_of(model)
    pages = tuple(_pages(model, plan, bool(classes), bool(targets), fields)) or ("values",)
    return Result(plan.port.node, plan.name, pages, classes, targets, fields, tuple(_layers(model, plan)),
                  labels[1] if labels else ())  # fmt: skip


def _pages(model: Model, plan: OutputPlan, classes: bool, targets: bool, fields: tuple[Columns, ...]
           ) -> Iterator[Page]:  # fmt: skip
    """The pages that suit an output, the one to be shown first before the others."""
    told = (classes or targets) and not judging.gives_back(model, plan)
    whole = told and [model.root.specs[port].size for port in model.sources([plan.port])] == [2]
    if whole and any(each.planar for each in fields):
        yield "plane"  # all that the network reads lies in it
    if judging.series_of(model, plan) is not None:
        yield "series"
    if classes or judging.place_names(model, plan):
        yield "classes"
    if judging.vocabulary_of(model, plan):
        yield "text"
    if judging.gives_back(model, plan):
        yield "errors"
    elif targets:
        yield "numbers"
    if told:
        if not whole and any(each.planar for each in fields):
            yield "plane"
        if any(each.names for each in fields):
            yield "columns"


def _fields(model: Model, plan: OutputPlan) -> Iterator[Columns]:
    """What an output reads of the data, as far as it can be told number by number."""
    for port in model.sources([plan.port]):
        spec, dataset = model.root.specs[port], model.data.get(port.owner)
        if dataset is None or port.owner in model.draws:
            continue
        preparation, stored = dataset.preparation[port.port], dataset.splits["train"][port.port]
        if isinstance(preparation, TablePreparation):
            columns = preparation.columns
            categories = {n: each.names for n, each in enumerate(columns) if isinstance(each, CategoryColumn)}
            yield Columns(port.node, port.port, tuple(each.name for each in columns), categories,
                          len(preparation.numbers) > 1, _widest(stored, len(preparation.numbers)))  # fmt: skip
        elif spec.dtype in INTEGERS or not spec.size:
            continue
        elif spec.meaning == "vector" and spec.size <= MOST_COLUMNS:
            named = spec.names if len(spec.names) == spec.size else tuple(f"x{n + 1}" for n in range(spec.size))
            yield Columns(port.node, port.port, named, {}, spec.size > 1, _widest(stored, spec.size))
        elif spec.size > 1:
            yield Columns(port.node, port.port, (), {}, True)


def _widest(stored: torch.Tensor, count: int) -> tuple[int, int]:
    """The two of the first columns that take the most different values, in the order in which they stand."""
    few = stored[:SEEN].reshape(min(len(stored), SEEN), -1)
    different = [len(set(few[:, column].tolist())) for column in range(min(count, few.shape[1]))]
    most = sorted(range(len(different)), key=lambda column: -different[column])[:2]
    return (min(most), max(most)) if len(most) == 2 else (0, 1)


def _layers(model: Model, plan: OutputPlan) -> Iterator[Layer]:
    """The layers of numbers between what an output reads and what it says, in the order in which they compute."""
    by_name: dict[str, list[Port]] = {}
    for port in model.root.specs:
        by_name.setdefault(identifier(port.node), []).append(port)
    sources, module = list(model.sources([plan.port])), model.slice([plan.port])
    above: dict[fx.Node, set[Port]] = {}
    for node in module.graph.nodes:
        own = {sources[len(above)]} if node.op == "placeholder" else set()
        above[node] = own.union(*(above[each] for each in node.all_input_nodes))
        ports = by_name.get(node.name, ()) if node.op != "placeholder" else ()
        if len(ports) == 1 and _offered(model, ports[0], plan):
            fields = tuple((port.node, port.port) for port in sources if port in above[node])
            yield Layer(ports[0].node, ports[0].port, model.root.specs[ports[0]].size, fields)


def _offered(model: Model, port: Port, plan: OutputPlan) -> bool:
    spec = model.root.specs[port]
    return spec.meaning == "vector" and spec.batched and 0 < spec.size <= MOST_UNITS and port != plan.port
