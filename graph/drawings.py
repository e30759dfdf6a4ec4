"""A document as the writer of its source sees it: modules, functions and placed networks, and who reads whom."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec
import torch
from torch import nn

from graph.analysis import Analysis
from graph.bodies import Statement
from graph.building import arguments, hashable, mutable
from graph.catalogue import NodeType
from graph.compiler import Root, child_name
from graph.document import MAIN, NodeKey, Port
from graph.expressions import Writer, method
from graph.flat import Cell, Flat
from graph.inference import ordered
from graph.makers import Made
from graph.networks import INPUT, LENGTHS, placed, port_inside, types_of
from graph.specs import TensorSpec


@dataclass(eq=False)
class Placed:
    """One placing of a network that is a class of its own.

    inputs: those that something is wired to, in the order of their declaration, but the lengths
    results: the ports inside that are its outputs, by name
    frozen: whether all of it stays as it is, which is then not said again inside
    made: how such a network is made, as soon as its class is known
    """

    name: str
    network: str
    cell: Cell
    drawing: Drawing
    inputs: tuple[str, ...]
    lengths: bool
    results: dict[str, Port]
    params: Mapping[str, Any]
    frozen: bool
    made: Made | None = None


class Drawing:
    """One network, that of the document or one that is placed. Output nodes are but names for what is wired to them.

    within: the path at which the network is placed, ending in a dot
    arriving: what its inputs bring
    """

    def __init__(
        self,
        flat: Flat,
        analysis: Analysis,
        writer: Writer,
        within: str = "",
        arriving: Mapping[str, TensorSpec] = {},
        frozen: bool = False,
    ) -> None:
        self.flat = flat
        self.document = flat.document
        self.specs: dict[Port, TensorSpec] = {}
        self.modules: dict[str, nn.Module] = {}  # in the order in which the compiled document makes them
        self.names: dict[NodeKey, str] = {}  # the module that a node computes with
        self.functions: dict[NodeKey, Callable[..., Any]] = {}
        self.placed: dict[NodeKey, Placed] = {}
        self._analysis = analysis
        self._within = within
        self._arriving = arriving
        self._frozen = frozen
        self._types = types_of(flat.document)
        self._wired = flat.document.inputs_by_node()
        self._writer = writer
        self._statements: dict[NodeKey, Statement] = {}
        for key in ordered(flat.document):
            self._add(key)

    def _add(self, key: NodeKey) -> None:
        report = self._analysis.nodes.get(NodeKey(MAIN, self._within + key.node))
        if self.document.nodes[key].type == INPUT and key.node in self._arriving:
            self.specs[port_inside(key)] = self._arriving[key.node]
            return
        if report is None or self.type_of(key).kind == "objective":
            return
        if key in self.flat.cells:
            self.placed[key] = self._placed(key)
            made: Any = self._container(self.placed[key])
        else:
            self.specs |= {Port(*key, name): spec for name, spec in report.outputs.items()}
            if self.is_source(key):
                return
            made = self._made(key)
        if not isinstance(made, nn.Module):
            self.functions[key] = made
            return
        first = self.flat.links.get(key, key)
        self.names[key] = child_name(first)
        if first == key:
            self.modules[self.names[key]] = made

    def _made(self, key: NodeKey) -> Any:
        node_type = self.type_of(key)
        params = hashable(node_type.own(self.document.nodes[key].params))
        return _build(node_type.build, tuple(arguments(node_type.inputs, self._reaching(key))), params)

    def _reaching(self, key: NodeKey) -> dict[str, TensorSpec]:
        return {name: self.specs[port] for name, port in self._wired[key].items()}

    def _placed(self, key: NodeKey) -> Placed:
        node, cell, reaching = self.document.nodes[key], self.flat.cells[key], self._reaching(key)
        inside = {
            name: msgspec.structs.replace(spec, shape=spec.shape[1:]) if cell.nexts and name in cell.steps else spec
            for name, spec in reaching.items()
        }
        frozen = self._frozen or node.params.get("frozen") == "everything"
        path = f"{self._within}{key.node}."
        drawing = Drawing(cell.flat, self._analysis, self._writer, path, inside, frozen)
        results = {name: port for name, (port, _) in cell.outputs.items() if port}
        recurrent = self._analysis.nodes[NodeKey(MAIN, self._within + key.node)].outputs if cell.nexts else {}
        for name, port in results.items():
            self.specs[Port(*key, name)] = recurrent.get(name) or drawing.specs[port]
        inputs = tuple(each.name for each in self.type_of(key).inputs if each.name in reaching)
        lengths = bool(cell.nexts) and LENGTHS in reaching
        if lengths:
            inputs = inputs[:-1]
        return Placed(key.node, placed(node.type), cell, drawing, inputs, lengths, results, node.params, frozen)

    @staticmethod
    def _container(placed: Placed) -> nn.Module:
        """A module with the parts of a placed network."""
        root = Root()
        for name, module in placed.drawing.modules.items():
            root.put(name, module)
        for name, shape in learned_starts(placed).items():
            root.register_parameter(name, nn.Parameter(torch.zeros(shape, device="meta")))
        return root

    def type_of(self, key: NodeKey) -> NodeType:
        return self._types[self.document.nodes[key].type]

    def params(self, key: NodeKey) -> Mapping[str, Any]:
        """All parameters of a node, without what is said of a whole network around it already."""
        params = self.type_of(key).complete(self.document.nodes[key].params)
        return {**params, "frozen": "nothing"} if self._frozen else params

    def origin(self, port: Port) -> Port:
        """The port whose value a port passes on, which may be told as it stands where all networks are taken apart."""
        port = self._outward(self.flat.passing.get(port) or port)
        while port.owner in self.document.nodes and self.type_of(port.owner).kind == "output":
            port = self._wired[port.owner][self.type_of(port.owner).inputs[0].name]
        return port

    def _outward(self, port: Port) -> Port:
        """For a port of a node inside a placed network, the output through which its value comes out."""
        holder, _, rest = port.node.partition(".")
        while rest and port.owner not in self.document.nodes:
            if found := self.placed.get(NodeKey(MAIN, holder)):
                inner = found.drawing.origin(Port(MAIN, rest, port.port))
                names = [name for name, at in found.results.items() if found.drawing.origin(at) == inner]
                return Port(MAIN, holder, names[0]) if names else port
            more, _, rest = rest.partition(".")
            holder = f"{holder}.{more}"
        return port

    def reads(self, key: NodeKey) -> list[Port | None]:
        """What a node computes with, in the order of its declaration."""
        wired = {name: self.origin(port) for name, port in self._wired[key].items()}
        found = arguments(self.type_of(key).inputs, wired)
        return [port for port in found if port] if key in self.placed else found

    def is_source(self, key: NodeKey) -> bool:
        return self.type_of(key).kind == "source"

    def upstream(self, targets: Iterable[Port], given: Collection[Port] = ()) -> list[NodeKey]:
        """The nodes that compute the targets from sources and given values; one branch after the other."""
        found: dict[NodeKey, None] = {}
        stack = [(port, False) for port in reversed(list(targets))]
        while stack:
            port, ready = stack.pop()
            if ready:
                found.setdefault(port.owner)
            elif port not in given and port.owner not in found and not self.is_source(port.owner):
                stack.append((port, True))
                stack.extend((read, False) for read in reversed(self.reads(port.owner)) if read)
        return list(found)

    def sources(self, targets: Sequence[Port], given: Collection[Port] = ()) -> list[Port]:
        """The source ports that targets need beside given values, in the order in which a slice takes them."""
        needed = {port for key in self.upstream(targets, given) for port in self.reads(key) if port} | {*targets}
        return [port for port in self.specs if port in needed and self.is_source(port.owner)]

    def statement(self, key: NodeKey) -> Statement:
        if key not in self._statements:
            self._statements[key] = self._written(key)
        return self._statements[key]

    def _written(self, key: NodeKey) -> Statement:
        reads = self.reads(key)
        while reads and reads[-1] is None:
            reads.pop()
        made = self.functions.get(key)
        call = method(self.names[key]) if made is None else self._writer.call(made, len(reads))
        names = self.placed[key].results if key in self.placed else self.type_of(key).outputs
        return Statement(call, tuple(reads), tuple(Port(*key, name) for name in names))

    def written(self) -> None:
        """Write every call and module, so that all that is carried along for them is known."""
        for key in [*self.functions, *self.names]:
            self.statement(key)
        for module in self.modules.values():
            if not isinstance(module, Root):
                self._writer.made(module)


@lru_cache(maxsize=4096)
def _build(
    declaration: Callable[..., Any], arriving: tuple[TensorSpec | None, ...], params: tuple[tuple[str, Any], ...]
) -> Any:
    """What a declaration makes, without memory for its weights. Every edit asks for the whole document anew."""
    with torch.device("meta"):
        return declaration(*arriving, **mutable(params))


def learned_starts(placed: Placed) -> dict[str, tuple[int, ...]]:
    """The parameters that delays begin with, and their shapes."""
    nodes, cell = placed.drawing.document.nodes, placed.cell
    states = [key for key in cell.nexts if nodes[key].params.get("start") == "learned" and key not in cell.starts]
    return {f"start_of_{key.node}": placed.drawing.specs[port_inside(key)].shape for key in states}


def carriers(drawing: Drawing) -> Iterator[str]:
    """The paths of the recurrences that begin a batch with the states of the one before."""
    for key, placing in drawing.placed.items():
        if key not in drawing.flat.links:
            if placing.params.get("carry"):
                yield drawing.names[key]
            yield from (f"{drawing.names[key]}.{path}" for path in carriers(placing.drawing))
