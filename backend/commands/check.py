"""Check a design: its problems, with what mends them, and what every node gives out and learns."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from backend import terminal

if TYPE_CHECKING:
    from graph.analysis import Analysis, NodeReport
    from graph.document import Document, NodeKey
    from graph.problems import Problem

HELP = "find the problems of a design, list shapes and parameters"
EXAMPLES = ("check digits-cnn", "check my-design.netloom --json")


def declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("design", metavar="DESIGN", help="a file, or the name of a template")
    parser.add_argument("--json", action="store_true", help="answer with one JSON object on the last line")


def run(arguments: argparse.Namespace) -> int:
    from backend.data import fields
    from graph.inference import analyse
    from graph.templates import find_design

    document = find_design(arguments.design)
    analysis = analyse(document, fields)
    if arguments.json:
        terminal.answer(as_json(document, analysis))
    else:
        print(as_text(document, analysis))
    if analysis.errors:
        count = len(analysis.errors)
        terminal.tell(
            f"{count} {'problem keeps' if count == 1 else 'problems keep'} “{arguments.design}” from training."
        )
        return 1
    return 0


def as_json(document: Document, analysis: Analysis) -> dict[str, Any]:
    """The form that scripts rely on. A node's shape is that of its first output, without the batch; null if unknown."""
    return {
        "problems": [
            {"severity": p.severity, "network": p.network, "node": p.node, "port": p.port, "message": p.message,
             "fix": str(p.fix.label) if p.fix else None} for p in analysis.problems
        ],
        "parameters": analysis.parameters,
        "totals": _totals(document, analysis),
        "nodes": [
            {"network": key.network, "id": key.node, "type": node.type, "shape": _shape(analysis.nodes.get(key)),
             "parameters": _parameters(analysis.nodes.get(key))} for key, node in _in_order(document, analysis)
        ],
    }  # fmt: skip


def as_text(document: Document, analysis: Analysis) -> str:
    rows = []
    for key, node in _in_order(document, analysis):
        report = analysis.nodes.get(key)
        shapes = ", ".join(str(spec) for spec in report.outputs.values()) if report else "?"
        rows.append((key.node, node.type, shapes, f"{_parameters(report):,}"))
    table = terminal.columns([("NODE", "TYPE", "GIVES", "PARAMETERS"), *rows], right=[3])
    problems = [_line(problem) for problem in analysis.problems] or ["No problems."]
    return "\n".join([table, f"{analysis.parameters:,} parameters in all", "", *problems])


def _totals(document: Document, analysis: Analysis) -> dict[str, Any] | None:
    """What a training takes, in bytes where it is memory; null where nothing can be trained."""
    from backend.totals import totals

    found = None if analysis.errors else totals(document, analysis)
    if found is None:
        return None
    names = ("batch", "multiply_adds", "weights", "gradients", "optimiser", "activations", "data", "memory", "device",
             "fits", "largest_batch")  # fmt: skip
    nodes = [
        {"network": network, "id": id, "multiply_adds": cost.multiply_adds, "activations": cost.activations}
        for (network, id), cost in sorted(found.nodes.items())
    ]
    return {**{name: getattr(found, name) for name in names}, "nodes": nodes}


def _line(problem: Problem) -> str:
    mark = "error" if problem.severity == "error" else "note"
    where = f"{problem.node}: " if problem.node else ""
    fix = f" (mend: {problem.fix.label})" if problem.fix else ""
    return f"{mark}: {where}{problem.message}{fix}"


def _in_order(document: Document, analysis: Analysis) -> list[tuple[NodeKey, Any]]:
    """The nodes from the sources on; those in no order, because of a cycle, come as they stand in the file."""
    from graph.inference import ordered

    keys = [key for key in ordered(document) if key in document.nodes]
    return [(key, document.nodes[key]) for key in keys or document.nodes]


def _shape(report: NodeReport | None) -> list[int] | None:
    first = next(iter(report.outputs.values()), None) if report else None
    return list(first.shape) if first else None


def _parameters(report: NodeReport | None) -> int:
    return report.parameters if report else 0
