"""What the command line changes about a design: data, parameters and settings, as one edit of the document."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from backend import data as sources
from backend.problems import TrainProblem
from graph.catalogue import Parameter
from graph.document import MAIN, Document, NodeKey, Value, is_identifier
from graph.layers import CATALOGUE
from graph.networks import original, type_of
from graph.problems import DataError
from graph.settings import SETTINGS
from graph.tables import joined, listed

TRUE, FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


def override(
    document: Document, data: Iterable[str] = (), params: Iterable[str] = (), settings: Mapping[str, Any] | None = None
) -> None:
    """Apply ``[NODE=]SOURCE``, ``NODE.PARAM=VALUE`` and settings: all, or none and a TrainProblem if one is wrong."""
    with document.edit("Command line"):
        for text in data:
            _set_data(document, text)
        for text in params:
            _set_param(document, text)
        for name, value in (settings or {}).items():
            declared = next(setting for setting in SETTINGS if setting.name == name)
            document.set_setting(name, _fitting(declared, str(value), ""))


def set_target(document: Document, column: str) -> None:
    """Say which column of a table is to be predicted. Raises TrainProblem where no data node reads a table."""
    tables = [key for key in data_nodes(document) if CATALOGUE[document.nodes[key].type].parameter("target")]
    if len(tables) != 1:
        why = "this design has several tables, so say which one" if tables else "this design reads no table"
        raise TrainProblem(f"--target names the column of a table, and {why}: --set NODE.target={column} with a data "
                           "source that has columns.")  # fmt: skip
    with document.edit("Command line"):
        document.set_param(tables[0], "target", column)


def data_nodes(document: Document) -> dict[NodeKey, Parameter]:
    """The nodes that read a data set, with the parameter that names it."""
    found = {}
    for key, node in document.nodes.items():
        declared = CATALOGUE[node.type].parameters if node.type in CATALOGUE else ()
        if parameter := next((p for p in declared if p.widget == "data"), None):
            found[key] = parameter
    return found


def _set_data(document: Document, text: str) -> None:
    nodes = data_nodes(document)
    if not nodes:
        raise TrainProblem("This design reads no data set, so --data has nothing to fill.")
    name, equals, source = text.partition("=")
    if equals and is_identifier(name) and not Path(text).exists():
        key = _node(name, nodes, "data node")
    elif len(nodes) == 1:
        key, source = next(iter(nodes)), text
    else:
        names = ", ".join(key.node for key in nodes)
        raise TrainProblem(f"The design has several data nodes ({names}): say which one is meant, as NODE={text}.")
    if Path(source).exists() and ("/" in source or "\\" in source or "." in source):
        source = str(Path(source).resolve())
    document.set_param(key, nodes[key].name, source)
    _forget_dropped(document, key, source)


def _forget_dropped(document: Document, key: NodeKey, source: str) -> None:
    """What the table of the design leaves out and another one lacks is left out already."""
    dropped = listed(str(document.nodes[key].params.get("drop", "")))
    try:
        columns = {name.strip().casefold() for name in sources.fields(source)} if dropped else set()
    except DataError:
        return  # which is told where the data are read
    kept = [name for name in dropped if name.casefold() in columns]
    if kept != dropped:
        document.set_param(key, "drop", joined(kept))


def _set_param(document: Document, text: str) -> None:
    place, equals, value = text.partition("=")
    name, dot, param = place.rpartition(".")
    if not equals or not dot or not name or not param:
        raise TrainProblem(f"--set takes NODE.PARAM=VALUE, such as linear_1.units=128; got “{text}”.")
    key = _node(name, document.nodes, "node")
    node_type = type_of(document, key)
    if node_type is None:
        raise TrainProblem(
            f"“{name}” is of the unknown type “{document.nodes[key].type}”, so nothing of it can be set."
        )
    declared = node_type.parameter(param)
    if declared is None:
        known = [parameter.name for parameter in node_type.parameters]
        has = f"it has {', '.join(known)}" if known else "it has none"
        raise TrainProblem(f"“{name}” ({node_type.title}) has no parameter “{param}”{_guess(param, known)}; {has}.")
    document.set_param(original(document, key), param, _fitting(declared, value, f"{name}: "))


def _node(name: str, among: Iterable[NodeKey], kind: str) -> NodeKey:
    """The node with an id, in the main network first; ``Network/node`` reaches into another."""
    network, _, node = name.rpartition("/")
    found = sorted((key for key in among if key.node == node and network in ("", key.network)),
                   key=lambda key: key.network != MAIN)  # fmt: skip
    if not found:
        known = sorted({key.node for key in among})
        there = ", ".join(known[:20]) + (" …" if len(known) > 20 else "")
        raise TrainProblem(f"There is no {kind} “{name}” in the design{_guess(node, known)}; it has {there}.")
    return found[0]


def _fitting(declared: Parameter, text: str, where: str) -> Value:
    """A text as the value that a parameter takes."""
    value = _typed(declared.type, text.strip() if declared.type is not str else text)
    if sentence := declared.problem(value):
        raise TrainProblem(f"{where}{sentence[0].upper()}{sentence[1:]}")
    return value


def _typed(wanted: type, text: str) -> Value:
    """The text read as a type; the text itself where it cannot be, for the declaration to refuse."""
    try:
        if wanted is bool:
            return True if text.lower() in TRUE else False if text.lower() in FALSE else text
        if wanted is int:
            return int(text)
        if wanted is list:
            return json.loads(text)  # type: ignore[no-any-return]
        if wanted is float:
            number = float(text)
            return number if abs(number) < float("inf") else text
    except ValueError:
        pass
    return text


def _guess(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), 1)
    return f" (did you mean “{near[0]}”?)" if near else ""
