"""What is known of a document after inference: values that travel between processes and need no torch to be read."""

from __future__ import annotations

import msgspec

from graph.document import NodeKey, Port
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
