"""What a source holds, told to the studio: its fields, its splits, its classes and a page of its examples."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from backend.data import preview_words
from backend.data.preview_holding import Holding, hold
from backend.data.preview_views import fields_of_holding, told_fields
from backend.data.registry import Format, Known, MissingData, find_format
from backend.data.tables import Tables, TableSummary, describe
from backend.messages import ColumnView, Event, Loading, Preview, Previewed
from backend.newest import Newest
from graph.layers import CATALOGUE
from graph.problems import DataError
from graph.tables import Asked, plan_of

Say = Callable[[Event], None]
WORDY = ("text", "id")  # kinds of columns that hold sentences
READERS = {"table": ("table", "series", "text")}  # what a file that looks like one kind may also be read as


class Previewer:
    """Answers in a thread of its own, so that nothing waits for a large source; of several requests only the newest."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._newest = Newest("preview", self._answers, self._refused, say)
        self._held: tuple[Preview, Holding] | None = None  # what was read last, for the next page
        self.ask = self._newest.ask

    def _refused(self, command: Preview, sentence: str) -> Previewed:
        self._held = None
        return Previewed(command, error=sentence)

    def _answers(self, command: Preview) -> Iterator[Previewed]:
        if self._held is not None and _subject(self._held[0]) == _subject(command):
            yield _whole(command, self._held[1])
            return
        self._held = None
        kind, name = find_format(command.source)
        if command.download and not kind.present(name):
            kind.download(name, lambda *much: self._say(Loading(*much)), lambda: self._newest.outdated)
        if not kind.present(name):
            yield _absent(command, kind, name)
            return
        node_type = command.node_type or reads_best(kind, name)
        if isinstance(kind, Tables) and node_type == "table":
            yield _columns(command, kind, name)
        try:
            holding = _held(command, kind, name, node_type)
        except MissingData:
            yield _absent(command, kind, name)
            return
        self._held = command, holding
        yield _whole(command, holding)


def reads_best(kind: Format, name: str) -> str:
    """The type of node that a source is proposed to: lines of text and series over time look like tables too."""
    if not isinstance(kind, Tables) or not Path(name).is_file():
        return kind.node
    try:
        columns = _described(Path(name)).columns
    except DataError:
        return "text" if Path(name).suffix.lower() == ".txt" else kind.node
    if not any(column.target_candidate for column in columns):
        return "text" if any(column.kind in WORDY for column in columns) else kind.node
    dates = [column for column in columns if column.kind == "date"]
    over_time = len(dates) == 1 and all(column.kind == "number" for column in columns if column is not dates[0])
    return "series" if over_time and len(columns) > 1 else kind.node


def _described(path: Path) -> TableSummary:
    """What a table holds, read once as long as its file stays as it is. Raises DataError."""
    state = path.stat()
    return _describe(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=4)
def _describe(path: Path, changed: int, size: int) -> TableSummary:
    return describe(path)


def _subject(command: Preview) -> tuple[Any, ...]:
    """What must be the same for what was read to serve again: the file too."""
    try:
        state: tuple[int, ...] = (Path(command.source).stat().st_mtime_ns,)
    except (OSError, ValueError):
        state = ()
    return command.source, command.node_type, dict(command.parameters), command.seed, state


def _held(command: Preview, kind: Format, name: str, node_type: str) -> Holding:
    declared = CATALOGUE.get(node_type)
    if declared is None or declared.parameter("source") is None:
        raise DataError(f"A node of the type “{node_type}” reads no data.")
    asked = declared.own(command.parameters)
    asked.pop("source")
    return hold(kind, name, command.source, node_type, asked, command.seed)


def _whole(command: Preview, holding: Holding) -> Previewed:
    """Everything that is known, with the page asked for."""
    rows, total = holding.page(command.label, command.offset, command.count)
    columns, target = _table_columns(holding.kind, holding.name, holding.asked) if holding.table else ((), "")
    return Previewed(
        command, **_facts(holding.kind, holding.name, command.source), node_type=holding.node_type,
        found=preview_words.found(holding, columns), proposed={"target": target} if target else {},
        splits=holding.counts, own=holding.own, bytes=holding.bytes, fields=fields_of_holding(holding, rows),
        columns=columns, notes=holding.notes, labels=None if holding.labels is None else holding.labels[rows],
        total=total, kept=holding.kept,
    )  # fmt: skip


def _columns(command: Preview, kind: Tables, name: str) -> Previewed:
    """What the columns of a table are, before its rows are prepared."""
    columns, target = _table_columns(kind, name, CATALOGUE["table"].own(command.parameters))
    return Previewed(command, **_facts(kind, name, command.source), node_type="table", columns=columns,
                     found=preview_words.columns(columns, target), proposed={"target": target}, done=False)  # fmt: skip


def _absent(command: Preview, kind: Format, name: str) -> Previewed:
    """What is known of a set that has to be downloaded first."""
    known = _known(kind, name)
    specs = {field: each.spec for field, each in kind.fields(name).items()}
    return Previewed(command, missing=True, size=known.size if known else 0, **_facts(kind, name, command.source),
                     node_type=command.node_type or kind.node, fields=told_fields(specs))  # fmt: skip


def _facts(kind: Format, name: str, source: str) -> dict[str, Any]:
    known = _known(kind, name)
    if known is None:
        readers: tuple[str, ...] = READERS.get(kind.node, ()) if Path(source).is_file() else ()
        best = reads_best(kind, name)
        readers = tuple(sorted(readers, key=lambda reader: reader != best))
        return {"title": Path(source).name or source, "about": "", "readers": readers}
    return {"title": known.title, "about": known.about, "licence": known.licence, "citation": known.citation}


def _known(kind: Format, name: str) -> Known | None:
    return next((known for known in kind.known if known.name == name), None)


def _table_columns(kind: Format, name: str, asked: Mapping[str, Any]) -> tuple[tuple[ColumnView, ...], str]:
    """The columns with the use that is made of each, and the target."""
    if not isinstance(kind, Tables):
        return (), ""
    summary = _described(kind.path(name))
    known = kind.fields(name)
    plan = plan_of({key: each.spec for key, each in known.items()},
                   Asked(**{key: value for key, value in asked.items() if key in Asked._fields}))  # fmt: skip
    found = []
    for each in summary.columns:
        numbers = {key: getattr(each, key) for key in ("missing", "distinct", "low", "mean", "high", "edges", "names",
                                                       "counts")}  # fmt: skip
        reason = "target" if each.name == plan.target else plan.left_out.get(each.name, "")
        found.append(ColumnView(each.name, each.kind, reason=reason, target=each.target_candidate, **numbers))
    return tuple(found), plan.target
