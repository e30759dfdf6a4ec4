"""A finished run told again as the events it once sent, so that panels show it as they showed it then."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, groupby

from backend.messages import Event, Finished, Metrics, Started
from backend.runs import PACE, Row, Run
from graph.settings import complete


def events_of(run: Run) -> Iterator[Event]:
    """Started, every report of metrics in its order, and Finished."""
    record, folder = run.record, str(run.folder)
    yield Started(folder, record.parameters, complete(record.settings).epochs, 0, record.device)
    for (split, step), rows in groupby(chain.from_iterable(run.blocks()), key=lambda row: (split_of(row), row.step)):
        every = list(rows)
        values = {row.name: row.value for row in every if row.split != PACE}
        pace = {row.name: row.value for row in every if row.split == PACE}
        yield Metrics(split, step, every[0].epoch, values, every[0].seconds, pace)
    yield Finished(folder, record.parameters, record.seconds, record.samples_per_second, record.metrics,
                   stopped=record.status != "finished")  # fmt: skip


def split_of(row: Row) -> str:
    """Learning rates and examples a second stand with the split that is trained on."""
    return "train" if row.split == PACE else row.split
