"""A finished run told again as the events it once sent, so that panels show it as they showed it then."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from backend.messages import Event, Finished, Metrics, Started
from backend.runs import Run
from graph.settings import complete


def events_of(run: Run) -> Iterator[Event]:
    """Started, every report of metrics in its order, and Finished."""
    record, folder = run.record, str(run.folder)
    yield Started(folder, record.parameters, complete(record.settings).epochs, 0, record.device)
    for (split, step), rows in groupby(run.history(), key=lambda row: (row.split, row.step)):
        values = list(rows)
        yield Metrics(split, step, values[0].epoch, {row.name: row.value for row in values})
    yield Finished(folder, record.parameters, record.seconds, record.samples_per_second, record.metrics,
                   stopped=record.status != "finished")  # fmt: skip
