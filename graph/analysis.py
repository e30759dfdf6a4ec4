"""What is known of a document after inference: values that travel between processes and need no torch to be read."""

from __future__ import annotations

import operator

import msgspec

from graph.document import Change, NodeKey, Port
from graph.problems import Problem
from graph.specs import TensorSpec


class NodeReport(msgspec.Struct, frozen=True):
    """What inference found of one node: the spec of each output and the number of trainable parameters."""

    outputs: dict[str, TensorSpec]
    parameters: int = 0


class Analysis(msgspec.Struct, frozen=True):
    """What is known of a document. Nodes that a problem keeps from being inferred are missing from ``nodes``."""

    nodes: dict[NodeKey, NodeReport]
    problems: tuple[Problem, ...]
    parameters: int

    @property
    def specs(self) -> dict[Port, TensorSpec]:
        return {Port(*key, name): spec for key, report in self.nodes.items() for name, spec in report.outputs.items()}

    @property
    def errors(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.severity == "error"]


def matters(change: Change) -> bool:
    """Whether a change can alter shapes, problems or source; moving a node cannot, nor can a comment."""
    if change.table in ("comments", "about"):
        return False
    if change.table != "nodes" or change.old is None or change.new is None:
        return True
    fields = operator.attrgetter("type", "params", "title", "link", "copy_of", "muted")
    return bool(fields(change.old) != fields(change.new))
