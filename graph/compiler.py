"""From a document to torch: one root of weights, and slices of the graph that share them."""

from __future__ import annotations

import functools
import operator
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, cast

import msgspec
import torch
from torch import fx, nn

from graph.analysis import Analysis, NodeReport
from graph.building import Fields, arguments, build, build_source
from graph.catalogue import NodeType, Source
from graph.document import MAIN, Document, NodeKey, Port
from graph.flat import Cell, Flat, behind, flat_of, within
from graph.inference import ordered
from graph.layers import CATALOGUE
from graph.naming import identifier
from graph.needs import CompileError as CompileError
from graph.needs import before_steps, needed, owner_of, read
from graph.needs import read_by as read_by
from graph.needs import upstream_of as upstream_of
from graph.networks import types_of
from graph.recurrence import Functions, Look, Place, Plan, Recurrence
from graph.specs import TensorSpec


class Root(nn.Module):
    """All weights of a document: one child a node that has state, named by the path of its node.

    ``names`` tells the child that a node computes with, which several may share; ``functions`` holds what the nodes
    without state compute, ``specs`` what every port carries: inside recurrences, by its path, at all steps together.
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
            if key in flat.cells:
                made, inside = _recurrence(flat, key, node_type, arriving, reports)
                root.specs |= inside
            else:
                made = build(node_type, document.nodes[key].params, arriving)
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
) -> tuple[Recurrence, dict[Port, TensorSpec]]:  # fmt: skip
    """The module that runs the cell of a recurrence, with its weights as children, and what flows inside over time."""
    cell, prefix = flat.cells[key], f"{key.node}."
    inner = {NodeKey(MAIN, at.node.removeprefix(prefix)): report for at, report in reports.items()
             if at.network == MAIN and at.node.startswith(prefix)}  # fmt: skip
    root = _compiled(cell.flat, inner)
    kinds = {**dict.fromkeys(cell.steps, "step"), **dict.fromkeys(cell.wholes, "whole")}
    kinds = {declared.name: kinds[declared.name] for declared in node_type.inputs[:-1] if declared.name in arriving}
    places = _places(cell, kinds)
    params = flat.document.nodes[key].params
    truncate = params.get("truncate", 0)
    made = Recurrence(
        _plan(cell, root, [kinds.get(declared.name, "") for declared in node_type.inputs[:-1]]),
        functools.partial(_functions, cell, root, places), bool(params.get("carry")),
        truncate if isinstance(truncate, int) else 0,
    )  # fmt: skip
    for name, child in root.named_children():
        made.add_module(name, child)
    return made, _over_time(cell, key, root, arriving)


def _places(cell: Cell, kinds: Mapping[str, str]) -> dict[Port, Place]:
    """Where the values of the sources of a cell come from. ``kinds`` are those of its inputs, in their order."""
    places = {Port(*state, "output"): ("state", place) for place, state in enumerate(cell.nexts)}
    for kind in ("step", "whole"):
        names = [name for name, own in kinds.items() if own == kind]
        places |= {Port(MAIN, name, "output"): (kind, place) for place, name in enumerate(names)}
    return places


def _plan(cell: Cell, root: Root, kinds: Sequence[str]) -> Plan:
    """How the values of a recurrence and of its cell belong together. ``kinds`` are those of all inputs."""
    starts = list(dict.fromkeys(cell.starts.values()))
    return Plan(
        tuple(kinds),
        tuple(starts.index(cell.starts[state]) if state in cell.starts else -1 for state in cell.nexts),
        tuple(_first_value(cell, state) for state in cell.nexts),
        tuple(root.specs[Port(*state, "output")].shape for state in cell.nexts),
        tuple(every for _, every in cell.outputs.values()),
    )


def _functions(cell: Cell, root: Root, places: Mapping[Port, Place], look: Look) -> Functions:
    """The functions that compute a cell and what is wanted of its inside."""
    before = before_steps(cell)
    ports = {name: Port(MAIN, *name.rsplit(".", 1)) for name in (*look.watch, *look.given)}
    once = [name for name, port in ports.items() if owner_of(cell.flat, port) in before]
    given: dict[str, list[Port]] = {"step": [], "whole": []}
    for name in look.given:
        given["whole" if name in once else "step"].append(ports[name])
    for kind, own in given.items():
        first = sum(each == kind for each, _ in places.values())
        places = {**places, **{port: (kind, first + number) for number, port in enumerate(own)}}
    watched, early = ([name for name in look.watch if (name in once) == known] for known in (False, True))
    results = [_wired(port) for port in (*(port for port, _ in cell.outputs.values()), *cell.nexts.values())]
    step = _slice(cell.flat, root, [*results, *(ports[name] for name in watched)], given["step"], look.apart)
    targets = [*dict.fromkeys(cell.starts.values()), *(ports[name] for name in early)]
    start = _slice(cell.flat, root, targets, given["whole"], look.apart) if targets else None
    return Functions(
        step.forward, tuple(places[port] for port in sources_of(step)), start.forward if start else None,
        tuple(places[port] for port in sources_of(start)) if start else (), tuple(watched), tuple(early),
        frozenset(name for name in look.given if name in once),
    )  # fmt: skip


def _over_time(cell: Cell, key: NodeKey, root: Root, arriving: Mapping[str, TensorSpec]) -> dict[Port, TensorSpec]:
    """What the ports of a cell carry at all steps together, by their whole paths."""
    time = next(arriving[name].shape[:1] for name in cell.steps if name in arriving)
    found, before = {}, before_steps(cell)
    for port, spec in root.specs.items():
        once = port.node in cell.wholes or owner_of(cell.flat, port) in before
        shape = spec.shape if once else (*time, *spec.shape)
        found[Port(*behind(key, port.owner), port.port)] = msgspec.structs.replace(spec, shape=shape)
    return found


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


def make_slice(
    document: Document, root: Root, targets: Sequence[Port], given: Sequence[Port] = (), apart: bool = False
) -> fx.GraphModule:
    """The smallest module on ``root`` that computes ``targets`` from the sources they need.

    targets: a port inside a recurrence, by its path such as ``run.linear_1``, gives what flows there at every step,
      (batch, time, …), or (batch, …) where it takes part in computing first states alone
    given: ports inside the drawing that are sources of this slice, such as a code: what lies before them is left out
      wherever nothing else needs it; inside a recurrence those of all steps
    apart: whether what flows inside a recurrence is a tuple with the tensor of each step, for their gradients

    Its placeholders are source ports, named ``data_1_image``, those given before the others, and stand in call order
    in its attribute ``sources``. It returns a tensor for one target and a tuple for several, and shares the weights of
    the root. Raises CompileError for a target that nothing computes.
    """
    return _slice(flat_of(document), root, targets, given, apart)


def _slice(flat: Flat, root: Root, targets: Sequence[Port], given: Sequence[Port] = (),
           apart: bool = False) -> fx.GraphModule:  # fmt: skip
    document, types = flat.document, types_of(flat.document)
    graph, wired = fx.Graph(), document.derived("inputs", Document.inputs_by_node)
    values: dict[Port, fx.Node] = {}
    targets, given = ([flat.stands_for(port) or port for port in each] for each in (targets, given))
    wanted = needed(flat, targets, given)
    upstream = [(key, types[document.nodes[key].type]) for key in ordered(document) if key in wanted]
    feeding = [key for key, node_type in upstream if node_type.kind == "source"]
    sources = (*given, *(port for key in feeding for port in _fed(key, root, wanted[key])))
    names: list[str] = []
    for port in sources:
        names.append(identifier(f"{port.node}_{port.port}", names))
        values[port] = graph.placeholder(names[-1])
    for key, node_type in upstream:
        if node_type.kind != "source":
            inputs = {name: values[port] for name, port in read(node_type, wired[key]).items()}
            ports, look = _looked(flat, key, targets, given, values, apart) if key in flat.cells else ((), {})
            result = _call(graph, root, key, arguments(node_type.inputs, inputs), look)
            made = [*(Port(*key, name) for name in node_type.outputs), *ports]
            values = {**_by_port(graph, made, result), **values}  # what is given stays as it is given
    missing = [port for port in targets if port not in values]
    if missing:
        raise CompileError(f"Nothing computes “{missing[0].port}” of “{missing[0].node}”.")
    results = tuple(values[port] for port in targets)
    graph.output(results[0] if len(results) == 1 else results)
    module = fx.GraphModule(root, graph)
    setattr(module, "sources", sources)  # noqa: B010 - torch types every attribute as a module or a tensor
    return module


def _looked(
    flat: Flat, key: NodeKey, targets: Sequence[Port], given: Sequence[Port], values: Mapping[Port, fx.Node],
    apart: bool,
) -> tuple[list[Port], dict[str, Any]]:  # fmt: skip
    """What of the inside of a recurrence a slice gives, and what its module is told for that."""
    ports = [port for port in dict.fromkeys(targets) if flat.cell_of(port.node) == key and port not in given]
    names = {port: f"{within(key, port.owner).node}.{port.port}" for port in (*ports, *given)
             if flat.cell_of(port.node) == key}  # fmt: skip
    told: dict[str, Any] = {"watch": tuple(names[port] for port in ports), "apart": apart and bool(ports),
                            "given": {names[port]: values[port] for port in given if port in names}}  # fmt: skip
    return ports, {name: value for name, value in told.items() if value}


def trained_by(module: fx.GraphModule) -> list[nn.Parameter]:
    """The parameters a slice reaches, in the order of the root's names."""
    return [parameter for parameter in module.parameters() if parameter.requires_grad]


def draw_of(document: Document, key: NodeKey, fields: Fields) -> Source:
    """What the source at ``key`` gives: specs, and how to draw a batch where no data set feeds it."""
    node = flat_of(document).document.nodes[key]
    return build_source(CATALOGUE[node.type], node.params, fields)


def _fed(key: NodeKey, root: Root, read: set[str]) -> list[Port]:
    """The ports of a source that a slice reads, in the order in which the source declares them."""
    return [port for port in root.specs if port.owner == key and port.port in read]


def _call(graph: fx.Graph, root: Root, key: NodeKey, inputs: list[Any], look: Mapping[str, Any]) -> fx.Node:
    """The node of the fx graph that computes a node of the document, under the same name."""
    name = identifier(key.node)
    if key not in root.functions:
        return graph.create_node("call_module", root.names[key], tuple(inputs), dict(look), name=name)
    function, keywords = root.functions[key], {}
    if isinstance(function, functools.partial):
        inputs, keywords, function = [*function.args, *inputs], dict(function.keywords), function.func
    return graph.create_node("call_function", function, tuple(inputs), keywords, name=name)


def _by_port(graph: fx.Graph, ports: Sequence[Port], result: fx.Node) -> dict[Port, fx.Node]:
    """The value of every port that a node gives; several come as a tuple."""
    if len(ports) == 1:
        return {ports[0]: result}
    return {port: graph.call_function(operator.getitem, (result, index)) for index, port in enumerate(ports)}
