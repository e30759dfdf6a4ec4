"""The spec of every port, found by running each node on torch's meta device, remembered by what went in."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
import networkx

from graph.analysis import Analysis as Analysis
from graph.analysis import NodeReport as NodeReport
from graph.catalogue import FIELDS, Input, NodeType, Source
from graph.document import Change, Document, Node, NodeKey, Port, Wire, port_order
from graph.layers import CATALOGUE
from graph.lazy import torch
from graph.problems import DataError, Fix, Problem
from graph.rules import missing_inputs, static_problems
from graph.specs import TensorSpec
from graph.weights import furnish
from graph.wiring import misfit

Fields = Callable[[str], Mapping[str, TensorSpec]]
BATCH = 2  # batch norm refuses one
COLUMN = 240.0  # scene pixels from one node to the next


class Misfit(ValueError):
    """Why a node cannot take what arrives; ``port`` is the input at fault, "" for the whole node."""

    def __init__(self, message: str, port: str = "", insert: str = "") -> None:
        super().__init__(message)
        self.port = port
        self.insert = insert


def analyse(document: Document, fields: Fields) -> Analysis:
    """Infer every node that can be and collect every problem; never raises for a faulty document.

    fields: gives the field specs of a data source by its name; raises DataError with a sentence where it cannot
    """
    problems = static_problems(document)
    faulty = {problem.owner for problem in problems if problem.severity == "error" and problem.node}
    reports: dict[NodeKey, NodeReport] = {}
    wired = document.inputs_by_node()
    for key in ordered(document):
        node = document.nodes[key]
        if key in faulty or node.type not in CATALOGUE or missing_inputs(CATALOGUE[node.type], wired[key]):
            continue
        problems.extend(_absent_fields(document, key, wired[key], reports))
        arriving = _arriving(wired[key], reports)
        if arriving is None:
            continue
        try:
            reports[key] = infer(CATALOGUE[node.type], node.params, arriving, fields)
        except Misfit as misfit:
            problems.append(_problem(document, key, misfit))
        except DataError as error:
            problems.append(Problem("error", *key, "", str(error)))
    return Analysis(reports, tuple(problems), sum(report.parameters for report in reports.values()))


def ordered(document: Document) -> Iterator[NodeKey]:
    """The nodes in an order in which every wire points forward, the same for the same drawing; cycles are left out."""
    graph: networkx.DiGraph[NodeKey] = networkx.DiGraph()
    graph.add_nodes_from(document.nodes)
    graph.add_edges_from(
        (NodeKey(port.network, wire.node), port.owner) for port, wire in document.wires.items()
        if port.owner in document.nodes and NodeKey(port.network, wire.node) in document.nodes
    )  # fmt: skip
    try:
        yield from networkx.lexicographical_topological_sort(graph, key=lambda key: (key.network, port_order_of(key)))
    except networkx.NetworkXUnfeasible:
        return


def port_order_of(key: NodeKey) -> tuple[str, int]:
    """Sorting key of node ids that puts ``conv_2`` before ``conv_10``."""
    stem, _, number = key.node.rpartition("_")
    return port_order(f"{stem or key.node}.{number}")


def infer(
    node_type: NodeType, params: Mapping[str, Any], arriving: Mapping[str, TensorSpec], fields: Fields
) -> NodeReport:
    """Specs and parameter count of one node. Raises Misfit or DataError with a sentence."""
    if node_type.kind == "source":
        return NodeReport(dict(build_source(node_type, params, fields).specs))
    for port, spec in arriving.items():
        check_port(node_type, port, spec)
    result = _infer(node_type.name, hashable(node_type.complete(params)), tuple(arriving.items()))
    if isinstance(result, Misfit):
        raise result
    return result


def check_port(node_type: NodeType, port: str, spec: TensorSpec) -> None:
    """Raise Misfit where a port is not made for what arrives."""
    declared = node_type.input(port)
    if declared and (unfit := misfit(declared, spec)):
        raise Misfit(unfit.sentence, port, unfit.insert)


def build_source(node_type: NodeType, params: Mapping[str, Any], fields: Fields) -> Source:
    values = node_type.complete(params)
    if FIELDS in inspect.signature(node_type.build).parameters:
        values[FIELDS] = fields
    source: Source = node_type.build(**values)
    return source


def build(node_type: NodeType, params: Mapping[str, Any], arriving: Mapping[str, TensorSpec]) -> Any:
    """Call a declaration with the specs that arrive: an ``nn.Module``, a function or an ``Objective``."""
    made = node_type.build(*arguments(node_type.inputs, arriving), **node_type.own(params))
    return furnish(made, node_type.complete(params)) if node_type.weights else made


def arguments(inputs: Sequence[Input], values: Mapping[str, Any]) -> list[Any]:
    """Values by port in the order of the declaration; None for an optional one that is not wired."""
    found: list[Any] = []
    for declared in inputs:
        if declared.growing:
            ports = sorted((p for p in values if p.partition(".")[0] == declared.name), key=port_order)
            found.extend(values[port] for port in ports)
        else:
            found.append(values.get(declared.name))
    return found


class Run(NamedTuple):
    """A built module or function and what came out of it on the meta device."""

    outputs: tuple[Any, ...]
    parameters: int


@lru_cache(maxsize=65536)
def _infer(
    name: str, params: tuple[tuple[str, Any], ...], arriving: tuple[tuple[str, TensorSpec], ...]
) -> NodeReport | Misfit:
    node_type, specs = CATALOGUE[name], dict(arriving)
    try:
        run = _run(node_type, mutable(params), specs)
    except ValueError as error:
        return Misfit(str(error))
    except (RuntimeError, TypeError, IndexError, AssertionError) as error:
        return Misfit(explain(str(error), specs))
    outputs = {port: _spec(value, node_type) for port, value in zip(node_type.outputs, run.outputs)}
    return NodeReport(outputs, run.parameters)


def _run(node_type: NodeType, params: Mapping[str, Any], specs: Mapping[str, TensorSpec]) -> Run:
    with torch.device("meta"):
        made = build(node_type, params, specs)
        if node_type.kind == "objective":
            return Run((), 0)
        tensors = {port: _meta(spec) for port, spec in specs.items()}
        result = made(*arguments(node_type.inputs, tensors))
    count = sum(p.numel() for p in made.parameters() if p.requires_grad) if isinstance(made, torch.nn.Module) else 0
    return Run(result if isinstance(result, tuple) else (result,), count)


def _meta(spec: TensorSpec) -> Any:
    shape = (BATCH, *spec.shape) if spec.batched else spec.shape
    return torch.empty(shape, dtype=getattr(torch, spec.dtype), device="meta")


def _spec(value: Any, node_type: NodeType) -> TensorSpec:
    shape, dtype = tuple(value.shape), str(value.dtype).removeprefix("torch.")
    if node_type.kind == "loss" and not shape:
        return TensorSpec((), dtype, batched=False)
    if not shape or shape[0] != BATCH:
        raise Misfit("It does not keep the examples of a batch apart: the first axis has to stay as it is.")
    return TensorSpec(shape[1:], dtype)


EXPLANATIONS = (
    (
        r"[Kk]ernel size can't be greater",
        "The window is larger than the picture that arrives ({specs}). Make it smaller, or keep the picture larger.",
    ),
    (
        r"[Oo]utput size.*too small|negative dimension",
        "Nothing would be left of {specs}: it is too small for this window and stride. Use a smaller window, "
        "or fewer steps that shrink it.",
    ),
    (
        r"must match the size|Sizes of tensors must match|broadcast|not match",
        "What arrives does not fit together: {specs}. Give all inputs the same shape.",
    ),
    (
        r"is invalid for input of size",
        "These numbers cannot be arranged from {specs}: the product of the sizes must stay the same.",
    ),
    (
        r"Expected more than 1 value per channel",
        "There is only one number a channel ({specs}), so there is nothing to normalise over. "
        "Put it where the picture is larger.",
    ),
)


def explain(torch_message: str, specs: Mapping[str, TensorSpec]) -> str:
    """Torch's refusal as a sentence about what arrived."""
    arrived = " and ".join(str(spec) for spec in specs.values()) or "nothing"
    for pattern, sentence in EXPLANATIONS:
        if re.search(pattern, torch_message):
            return sentence.format(specs=arrived)
    return f"It cannot work on {arrived} with these settings. Change its parameters, or what is wired to it."


def _arriving(wired: Mapping[str, Port], reports: Mapping[NodeKey, NodeReport]) -> dict[str, TensorSpec] | None:
    """The specs at a node's inputs, or None where one of them is not known."""
    found = {}
    for name, port in wired.items():
        report = reports.get(port.owner)
        if report is None or port.port not in report.outputs:
            return None
        found[name] = report.outputs[port.port]
    return found


def _absent_fields(
    document: Document, key: NodeKey, wired: Mapping[str, Port], reports: Mapping[NodeKey, NodeReport]
) -> Iterator[Problem]:
    """The wires from outputs that a data set does not have; the mend takes the only field that fits, or none."""
    for name, port in wired.items():
        report = reports.get(port.owner)
        if report is None or port.port in report.outputs:
            continue
        has = ", ".join(f"“{field}”" for field in report.outputs)
        declared = CATALOGUE[document.nodes[key].type].input(name)
        fitting = [field for field, spec in report.outputs.items() if declared and declared.wants.accepts(spec)]
        target, wire = Port(*key, name), document.wires[Port(*key, name)]
        label, new = (f"Take “{fitting[0]}”", Wire(port.node, fitting[0])) if len(fitting) == 1 else ("", None)
        fix = Fix(label or "Remove the wire", (Change("wires", target, wire, new),))
        yield Problem("error", *key, name, f"“{port.node}” has no field “{port.port}”; its data has {has}.", fix)


def _problem(document: Document, key: NodeKey, misfit: Misfit) -> Problem:
    fix = _insertion(document, Port(*key, misfit.port), misfit.insert) if misfit.insert else None
    return Problem("error", *key, misfit.port, str(misfit), fix)


def _insertion(document: Document, target: Port, type_name: str) -> Fix:
    """The mend that puts a new node into the wire that ends at ``target``, moving what stands right of it aside."""
    wire, node, node_type = document.wires[target], document.nodes[target.owner], CATALOGUE[type_name]
    new = NodeKey(target.network, document.free_id(type_name, target.network))
    source = document.nodes[NodeKey(target.network, wire.node)]
    room = 0.0 if node.x - source.x >= 2 * COLUMN else COLUMN
    aside = [
        Change("nodes", key, other, msgspec.structs.replace(other, x=other.x + room))
        for key, other in document.in_network(target.network).items()
        if room and other.x >= node.x
    ]
    wiring = [
        Change("nodes", new, None, Node(type_name, x=node.x + room - COLUMN, y=node.y)),
        Change("wires", Port(*new, node_type.inputs[0].name), None, wire),
        Change("wires", target, wire, Wire(new.node, node_type.outputs[0])),
    ]
    return Fix(f"Insert {node_type.title}", (*aside, *wiring))


def hashable(params: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    """Parameters as a key of caches."""
    return tuple(sorted((name, _tuples(value)) for name, value in params.items()))


def mutable(params: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
    """Parameters from their key."""
    return {name: _lists(value) for name, value in params}


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _lists(value: Any) -> Any:
    return list(map(_lists, value)) if isinstance(value, tuple) else value
