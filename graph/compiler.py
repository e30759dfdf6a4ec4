"""From a document to torch: one root of weights, and slices of the graph that share them."""

from __future__ import annotations

import functools
import operator
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, cast

import torch
from torch import fx, nn

from graph.analysis import Analysis, NodeReport
from graph.building import Fields, arguments, build, build_source
from graph.catalogue import NodeType, Source
from graph.document import MAIN, Document, NodeKey, Port
from graph.flat import Cell, Flat, flat_of
from graph.inference import ordered
from graph.layers import CATALOGUE
from graph.naming import identifier
from graph.networks import types_of
from graph.recurrence import Plan, Recurrence
from graph.specs import TensorSpec


class CompileError(Exception):
    """The document cannot be compiled; the text is a sentence for the user."""


class Root(nn.Module):
    """All weights of a document: one child a node that has state, named by the path of its node.

    ``names`` tells the child that a node computes with, which several may share; ``functions`` holds what the nodes
    without state compute, ``specs`` what every port carries.
    """

    def __init__(self) -> None:
        super().__init__()
        self.functions: dict[NodeKey, Any] = {}
        self.names: dict[NodeKey, str] = {}
        self.specs: dict[Port, TensorSpec] = {}

    def put(self, path: str, module: nn.Module) -> None:
        """Add a child under a path; what its parts lead through is made on the way."""
        *above, name = path.split(".")
        at: nn.Module = self
        for part in above:
            if part not in at._modules:
                at.add_module(part, nn.Module())
            at = at.get_submodule(part)
        at.add_module(name, module)


# What a module that torch generates has already: a child of such a name would be shadowed, or would break it.
RESERVED = frozenset(dir(fx.GraphModule(nn.Module(), fx.Graph()))) | {
    "sources", *dir(Root()), *vars(Root()), *dir(Recurrence),
}  # fmt: skip


def child_name(key: NodeKey) -> str:
    """What a node's module is called in the root: as the node, or with an underscore where torch has that name."""
    return ".".join(f"{name}_" if {name, name.rstrip("_")} & RESERVED else name for name in key.node.split("."))


def compile_root(document: Document, analysis: Analysis) -> Root:
    """Build every node that can be. Initial weights come from torch's global generator, in an order the drawing fixes.

    Raises CompileError with the first problem where the document has an error.
    """
    if errors := analysis.errors:
        where = f"{errors[0].node}: " if errors[0].node else ""
        raise CompileError(where + errors[0].message)
    return _compiled(flat_of(document), analysis.nodes)


def _compiled(flat: Flat, reports: Mapping[NodeKey, NodeReport]) -> Root:
    root, document, types = Root(), flat.document, types_of(flat.document)
    wired = document.inputs_by_node()
    root.specs = {Port(*key, name): spec for key, report in reports.items() for name, spec in report.outputs.items()}
    for key in ordered(document):
        node_type = types[document.nodes[key].type]
        if key not in reports or node_type.kind in ("source", "objective"):
            continue
        first = flat.links.get(key, key)
        arriving = {name: root.specs[port] for name, port in wired[key].items()}
        with _unrecorded(first != key):
            made = (
                _recurrence(flat, key, node_type, arriving, reports) if key in flat.cells
                else build(node_type, document.nodes[key].params, arriving)
            )  # fmt: skip
        if not isinstance(made, nn.Module):
            root.functions[key] = made
            continue
        root.names[key] = child_name(first)
        if first == key:
            root.put(root.names[key], made)
    _copy_weights(root, flat)
    return root


def _unrecorded(shared: bool) -> AbstractContextManager[Any]:
    """Where weights are shared, building the node again must not draw any."""
    return torch.device("meta") if shared else nullcontext()


def _copy_weights(root: Root, flat: Flat) -> None:
    """Let copies begin as what they were copied from."""
    for path, other in flat.copies.items():
        names = [child_name(NodeKey(MAIN, each)) for each in (path, other)]
        try:
            own, model = (root.get_submodule(name) for name in names)
            own.load_state_dict(model.state_dict())
        except (AttributeError, RuntimeError):
            continue  # what has no weights, or others by now, has nothing to copy


def _recurrence(
    flat: Flat, key: NodeKey, node_type: NodeType, arriving: Mapping[str, TensorSpec],
    reports: Mapping[NodeKey, NodeReport],
) -> Recurrence:  # fmt: skip
    """The module that runs the cell of a recurrence; the cell's weights are its children."""
    cell, prefix = flat.cells[key], f"{key.node}."
    inner = {NodeKey(MAIN, at.node.removeprefix(prefix)): report for at, report in reports.items()
             if at.network == MAIN and at.node.startswith(prefix)}  # fmt: skip
    root = _compiled(cell.flat, inner)
    step = _slice(cell.flat, root, [*(_wired(port) for port, _ in cell.outputs.values()),
                                    *(_wired(port) for port in cell.nexts.values())])  # fmt: skip
    starts = list(dict.fromkeys(cell.starts.values()))
    start = _slice(cell.flat, root, starts) if starts else None
    plan = _plan(cell, root, [declared.name for declared in node_type.inputs][:-1], set(arriving), step, start)
    params = flat.document.nodes[key].params
    truncate = params.get("truncate", 0)
    made = Recurrence(plan, step.forward, start.forward if start else None, bool(params.get("carry")),
                      truncate if isinstance(truncate, int) else 0)  # fmt: skip
    for name, child in root.named_children():
        made.add_module(name, child)
    return made


def _plan(
    cell: Cell, root: Root, order: Sequence[str], arriving: Collection[str], step: fx.GraphModule,
    start: fx.GraphModule | None,
) -> Plan:  # fmt: skip
    """How the values of a recurrence and of its cell belong together. ``order`` names the inputs."""
    kinds = {**dict.fromkeys(cell.steps, "step"), **dict.fromkeys(cell.wholes, "whole")}
    kinds = {name: kinds[name] for name in order if name in arriving}
    states, starts = list(cell.nexts), list(dict.fromkeys(cell.starts.values()))
    places = {Port(*state, "output"): ("state", place) for place, state in enumerate(states)}
    for kind in ("step", "whole"):
        names = [name for name, own in kinds.items() if own == kind]
        places |= {Port(MAIN, name, "output"): (kind, place) for place, name in enumerate(names)}
    return Plan(
        tuple(kinds.get(name, "") for name in order),
        tuple(places[port] for port in sources_of(step)),
        tuple(places[port] for port in sources_of(start)) if start else (),
        tuple(starts.index(cell.starts[state]) if state in cell.starts else -1 for state in states),
        tuple(_first_value(cell, state) for state in states),
        tuple(root.specs[port].shape for port, (kind, _) in places.items() if kind == "state"),
        tuple(every for _, every in cell.outputs.values()),
    )


def _first_value(cell: Cell, state: NodeKey) -> str:
    """The parameter that a delay begins with, or "" where it is not learned."""
    learned = cell.flat.document.nodes[state].params.get("start") == "learned" and state not in cell.starts
    return f"start_of_{state.node}" if learned else ""


def sources_of(module: fx.GraphModule) -> tuple[Port, ...]:
    """What a slice is called with, in its order."""
    return cast("tuple[Port, ...]", module.sources)


def _wired(port: Port | None) -> Port:
    if port is None:
        raise CompileError("An output or a delay inside a recurrence has nothing wired to it.")
    return port


def make_slice(document: Document, root: Root, targets: Sequence[Port], given: Sequence[Port] = ()) -> fx.GraphModule:
    """The smallest module on ``root`` that computes ``targets`` from the sources they need.

    given: ports inside the drawing that are sources of this slice, such as a code: what lies before them is left out
      wherever nothing else needs it

    Its placeholders are source ports, named ``data_1_image``, those given before the others, and stand in call order
    in its attribute ``sources``. It returns a tensor for one target and a tuple for several, and shares the weights of
    the root. Raises CompileError for a target that nothing computes.
    """
    return _slice(flat_of(document), root, targets, given)


def read_by(document: Document, targets: Sequence[Port], given: Sequence[Port] = ()) -> frozenset[Port]:
    """Every port whose value the slice of these targets reads, in the flat document; none before those given."""
    flat = flat_of(document)
    wired = flat.document.derived("inputs", Document.inputs_by_node)
    ends, starts = ([flat.passing.get(port) or port for port in each] for each in (targets, given))
    needed = _needed(flat.document, types_of(flat.document), wired, ends, starts)
    return frozenset(Port(*key, name) for key, names in needed.items() for name in names)


def _slice(flat: Flat, root: Root, targets: Sequence[Port], given: Sequence[Port] = ()) -> fx.GraphModule:
    document, types = flat.document, types_of(flat.document)
    graph, wired = fx.Graph(), document.derived("inputs", Document.inputs_by_node)
    values: dict[Port, fx.Node] = {}
    targets, given = ([flat.passing.get(port) or port for port in each] for each in (targets, given))
    needed = _needed(document, types, wired, targets, given)
    upstream = [(key, types[document.nodes[key].type]) for key in ordered(document) if key in needed]
    feeding = [key for key, node_type in upstream if node_type.kind == "source"]
    sources = (*given, *(port for key in feeding for port in _fed(key, root, needed[key])))
    names: list[str] = []
    for port in sources:
        names.append(identifier(f"{port.node}_{port.port}", names))
        values[port] = graph.placeholder(names[-1])
    for key, node_type in upstream:
        if node_type.kind != "source":
            inputs = {name: values[port] for name, port in _read(node_type, wired[key]).items()}
            result = _call(graph, root, key, arguments(node_type.inputs, inputs))
            values = {**_by_port(graph, key, node_type, result), **values}  # what is given stays as it is given
    missing = [port for port in targets if port not in values]
    if missing:
        raise CompileError(f"Nothing computes “{missing[0].port}” of “{missing[0].node}”.")
    results = tuple(values[port] for port in targets)
    graph.output(results[0] if len(results) == 1 else results)
    module = fx.GraphModule(root, graph)
    setattr(module, "sources", sources)  # noqa: B010 - torch types every attribute as a module or a tensor
    return module


def trained_by(module: fx.GraphModule) -> list[nn.Parameter]:
    """The parameters a slice reaches, in the order of the root's names."""
    return [parameter for parameter in module.parameters() if parameter.requires_grad]


def upstream_of(document: Document, targets: Sequence[Port]) -> set[NodeKey]:
    """The nodes of the flat document that the slice of these targets computes, its sources among them."""
    flat = flat_of(document)
    wired = flat.document.derived("inputs", Document.inputs_by_node)
    return set(_needed(flat.document, types_of(flat.document), wired, [flat.passing.get(p) or p for p in targets]))


def draw_of(document: Document, key: NodeKey, fields: Fields) -> Source:
    """What the source at ``key`` gives: specs, and how to draw a batch where no data set feeds it."""
    node = flat_of(document).document.nodes[key]
    return build_source(CATALOGUE[node.type], node.params, fields)


def _needed(
    document: Document,
    types: Mapping[str, NodeType],
    wired: Mapping[NodeKey, Mapping[str, Port]],
    targets: Sequence[Port],
    given: Collection[Port] = (),
) -> dict[NodeKey, set[str]]:
    """The nodes upstream of the targets, down to what is given, with the output ports of each that are read."""
    found: dict[NodeKey, set[str]] = {}
    stack = list(targets)
    while stack:
        port = stack.pop()
        if port in given:
            continue
        if port.owner not in document.nodes:
            raise CompileError(f"There is no node “{port.node}” in “{port.network}”.")
        known = port.owner in found
        found.setdefault(port.owner, set()).add(port.port)
        if not known:
            stack.extend(_read(types[document.nodes[port.owner].type], wired[port.owner]).values())
    return found


def _read(node_type: NodeType, wired: Mapping[str, Port]) -> dict[str, Port]:
    """The wires whose values a node computes with. The target of an Output only says what it is compared with."""
    if node_type.kind == "output":
        return {name: port for name, port in wired.items() if name == node_type.inputs[0].name}
    return dict(wired)


def _fed(key: NodeKey, root: Root, read: set[str]) -> list[Port]:
    """The ports of a source that a slice reads, in the order in which the source declares them."""
    return [port for port in root.specs if port.owner == key and port.port in read]


def _call(graph: fx.Graph, root: Root, key: NodeKey, inputs: list[Any]) -> fx.Node:
    """The node of the fx graph that computes a node of the document, under the same name."""
    name = identifier(key.node)
    if key not in root.functions:
        return graph.create_node("call_module", root.names[key], tuple(inputs), name=name)
    function, keywords = root.functions[key], {}
    if isinstance(function, functools.partial):
        inputs, keywords, function = [*function.args, *inputs], dict(function.keywords), function.func
    return graph.create_node("call_function", function, tuple(inputs), keywords, name=name)


def _by_port(graph: fx.Graph, key: NodeKey, node_type: NodeType, result: fx.Node) -> dict[Port, fx.Node]:
    """The value of every output port; several outputs come as a tuple."""
    if len(node_type.outputs) == 1:
        return {Port(*key, node_type.outputs[0]): result}
    return {
        Port(*key, name): graph.call_function(operator.getitem, (result, index))
        for index, name in enumerate(node_type.outputs)
    }
