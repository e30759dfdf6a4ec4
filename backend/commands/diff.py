"""Compare two designs: nodes and wires that were added, removed or changed, with their parameters."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend import terminal

if TYPE_CHECKING:
    from graph.difference import Altered, Difference
    from graph.document import Document, Port

HELP = "compare two designs: what was added, removed and changed"
EXAMPLES = ("diff before.netloom after.netloom", "diff digits-cnn my-design.netloom --json")


def declare(parser: argparse.ArgumentParser) -> None:
    words = "a file, the name of a template, or the folder of a run"
    parser.add_argument("old", metavar="A", help=f"{words}: as it was")
    parser.add_argument("new", metavar="B", help=f"{words}: as it is")
    parser.add_argument("--json", action="store_true", help="answer with one JSON object on the last line")


def run(arguments: argparse.Namespace) -> int:
    from graph.difference import difference

    new = _design(arguments.new)
    found = difference(_design(arguments.old), new)
    if arguments.json:
        terminal.answer(as_json(found, new))
    else:
        print(as_text(found, new))
    return 0


def as_json(found: Difference, new: Document) -> dict[str, Any]:
    """The form that scripts rely on. What stood in a network that was renamed is told under its new name."""
    old = found.before
    return {
        "same": found.nothing,
        "added": [_node(key, new) for key in found.added],
        "removed": [_node(key, old) for key in found.removed],
        "changed": [{**_node(key, new), "was": found.partners[key].node, "changes": [_row(row) for row in rows]}
                    for key, rows in found.changed.items()],
        "wires_added": [_wire(target, new) for target in found.wires_added],
        "wires_removed": [_wire(target, old) for target in found.wires_removed],
        "networks_renamed": [{"old": was, "new": name} for name, was in sorted(found.networks.items())],
        "design": [_row(row) for row in found.about],
    }  # fmt: skip


def as_text(found: Difference, new: Document) -> str:
    """A line for each difference, with + for added, − for removed and ~ for changed."""
    old = found.before
    lines = [f"+ {_path(key)}  {new.nodes[key].type}" for key in found.added]
    lines += [f"− {_path(key)}  {old.nodes[key].type}" for key in found.removed]
    for key, rows in found.changed.items():
        lines.append(f"~ {_path(key)}  " + ", ".join(f"{row.name} {row.old} → {row.new}" for row in rows))
    lines += [f"+ {_path_of_wire(target, new)}" for target in found.wires_added]
    lines += [f"− {_path_of_wire(target, old)}" for target in found.wires_removed]
    lines += [f"~ {row.name}: {row.old} → {row.new}" for row in found.about]
    return "\n".join([*lines, found.summary[0].upper() + found.summary[1:] + "."])


def _design(name: str) -> Document:
    from backend.runs import Run
    from graph.templates import find_design

    return Run.open(name).document() if Path(name).is_dir() else find_design(name)


def _node(key: Any, document: Document) -> dict[str, Any]:
    return {"network": key.network, "id": key.node, "type": document.nodes[key].type}


def _row(row: Altered) -> dict[str, Any]:
    return {"name": row.name, "old": row.old, "new": row.new}


def _wire(target: Port, document: Document) -> dict[str, str]:
    wire = document.wires[target]
    return {"network": target.network, "from": f"{wire.node}.{wire.port}", "to": f"{target.node}.{target.port}"}


def _path(key: Any) -> str:
    return key.node if key.network == "main" else f"{key.network}/{key.node}"


def _path_of_wire(target: Port, document: Document) -> str:
    wire = document.wires[target]
    return f"{wire.node}.{wire.port} → {_path(target)}.{target.port}"
