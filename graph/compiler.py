"""From a document to torch: one root of weights, and slices of the graph that share them."""

from __future__ import annotations

import functools
import operator
from collections.abc import Mapping, Sequence
from typing import Any

from torch import fx, nn

from graph.catalogue import NodeType, Source
from graph.document import Document, NodeKey, Port
from graph.inference import Analysis, Fields, arguments, build, build_source, ordered
from graph.layers import CATALOGUE
from graph.naming import identifier
from graph.specs import TensorSpec


class CompileError(Exception):
    """The document cannot be compiled; the text is a sentence for the user."""


class Root(nn.Module):
    """All weights of a document: one child a node that has state, named by the node's id.

    ``functions`` holds what the nodes without state compute, ``specs`` what every port carries.
    """

    def __init__(self) -> None:
        super().__init__()
        self.functions: dict[NodeKey, Any] = {}
        self.specs: dict[Port, TensorSpec] = {}


# What a module that torch generates has already: a child of such a name would be shadowed, or would break it.
RESERVED = frozenset(dir(fx.GraphModule(nn.Module(), fx.Graph()))) | {"sources", *vars(Root())}


def child_name(key: NodeKey) -> str:
    """What a node's module is called in the root: as the node, or with an underscore where torch has that name."""
    return f"{key.node}_" if {key.node, key.node.rstrip("_")} & RESERVED else key.node


def compile_root(document: Document, analysis: Analysis) -> Root:
    """Build every node that can be. Initial weights come from torch's global generator, in an order the drawing fixes.

    Raises CompileError with the first problem where the document has an error.
    """
    if errors := analysis.errors:
        where = f"{errors[0].node}: " if errors[0].node else ""
        raise CompileError(where + errors[0].message)
    root, wired = Root(), document.inputs_by_node()
    root.specs = analysis.specs
    for key in ordered(document):
        node_type = CATALOGUE[document.nodes[key].type]
        if key not in analysis.nodes or node_type.kind in ("source", "objective"):
            continue
        arriving = {name: root.specs[port] for name, port in wired[key].items()}
        made = build(node_type, document.nodes[key].params, arriving)
        if isinstance(made, nn.Module):
            root.add_module(child_name(key), made)
        else:
            root.functions[key] = made
    return root


def make_slice(document: Document, root: Root, targets: Sequence[Port]) -> fx.GraphModule:
    """The smallest module on ``root`` that computes ``targets`` from the sources they need.

    Its placeholders are source ports, named ``data_1_image``, and stand in call order in its attribute ``sources``.
    It returns a tensor for one target and a tuple for several, and shares the weights of the root.
    Raises CompileError for a target that nothing computes.
    """
    graph, wired = fx.Graph(), document.inputs_by_node()
    values: dict[Port, fx.Node] = {}
    needed = _needed(document, wired, targets)
    upstream = [(key, CATALOGUE[document.nodes[key].type]) for key in ordered(document) if key in needed]
    feeding = [key for key, node_type in upstream if node_type.kind == "source"]
    sources = tuple(port for key in feeding for port in _fed(key, root, needed[key]))
    names: list[str] = []
    for port in sources:
        names.append(identifier(f"{port.node}_{port.port}", names))
        values[port] = graph.placeholder(names[-1])
    for key, node_type in upstream:
        if node_type.kind != "source":
            inputs = {name: values[port] for name, port in _read(node_type, wired[key]).items()}
            result = _call(graph, root, key, arguments(node_type.inputs, inputs))
            values.update(_by_port(graph, key, node_type, result))
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


def draw_of(document: Document, key: NodeKey, fields: Fields) -> Source:
    """What the source at ``key`` gives: specs, and how to draw a batch where no data set feeds it."""
    node = document.nodes[key]
    return build_source(CATALOGUE[node.type], node.params, fields)


def _needed(
    document: Document, wired: Mapping[NodeKey, Mapping[str, Port]], targets: Sequence[Port]
) -> dict[NodeKey, set[str]]:
    """The nodes upstream of the targets, with the output ports of each that are read."""
    found: dict[NodeKey, set[str]] = {}
    stack = list(targets)
    while stack:
        port = stack.pop()
        if port.owner not in document.nodes:
            raise CompileError(f"There is no node “{port.node}” in “{port.network}”.")
        known = port.owner in found
        found.setdefault(port.owner, set()).add(port.port)
        if not known:
            stack.extend(_read(CATALOGUE[document.nodes[port.owner].type], wired[port.owner]).values())
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
    if key not in root.functions:
        return graph.create_node("call_module", child_name(key), tuple(inputs), name=key.node)
    function, keywords = root.functions[key], {}
    if isinstance(function, functools.partial):
        inputs, keywords, function = [*function.args, *inputs], dict(function.keywords), function.func
    return graph.create_node("call_function", function, tuple(inputs), keywords, name=key.node)


def _by_port(graph: fx.Graph, key: NodeKey, node_type: NodeType, result: fx.Node) -> dict[Port, fx.Node]:
    """The value of every output port; several outputs come as a tuple."""
    if len(node_type.outputs) == 1:
        return {Port(*key, node_type.outputs[0]): result}
    return {
        Port(*key, name): graph.call_function(operator.getitem, (result, index))
        for index, name in enumerate(node_type.outputs)
    }
