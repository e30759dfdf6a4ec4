"""A document as the PyTorch file that a good engineer would have written: it runs and trains without Netloom."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from graph import plan
from graph.analysis import Analysis
from graph.bodies import Line, Statement, body
from graph.classes import WIDTH, Attribute, Classes, Unlike, attributes, class_name, constructor, kept, plain, summary
from graph.compiler import child_name
from graph.document import Document, NodeKey, Port
from graph.drawings import Drawing
from graph.expressions import Writer, method
from graph.flat import Flat, flat_of, flatten
from graph.inference import ordered
from graph.loops import RESERVED, Loop, LossMethod, main_without_training, results_of
from graph.naming import identifier

IMPORTS = {
    "torch": "import torch",
    "F": "import torch.nn.functional as F",
    "nn": "from torch import nn",
    "DataLoader": "from torch.utils.data import DataLoader, TensorDataset",
}


def source_of(document: Document, analysis: Analysis, outputs: Sequence[Port] = ()) -> str:
    """The file: a class for the network, a function that trains it, and a main part that does so.

    outputs: ports that ``forward`` returns; none means all Output nodes, or else what the losses judge, or else what
      nothing reads. Its arguments are the source ports these need, in the order in which a slice takes them.

    The names in its ``state_dict`` are those of the compiled document. A document with errors gives comments that name
    them. Raises CompileError with a sentence where a plug-in cannot be written as source.
    """
    if analysis.errors:
        found = [f"# * {problem.node and problem.node + ': '}{problem.message}" for problem in analysis.errors]
        return "\n".join(["# The code appears here when this is mended:", *found, ""])
    taken_apart: set[str] = set()
    while True:
        try:
            return _written(document, analysis, outputs, taken_apart)
        except Unlike as unlike:
            taken_apart.add(str(unlike))


def _written(document: Document, analysis: Analysis, outputs: Sequence[Port], taken_apart: Collection[str]) -> str:
    """The file, in which some networks are written out where they are placed. Raises Unlike where more have to be."""
    writer = Writer()
    drawing = Drawing(_flat(document, outputs, taken_apart), analysis, writer)
    if not drawing.modules and not drawing.functions:
        return "# The code appears here when there is something to compute: wire a layer to some data.\n"
    drawing.written()
    classes = Classes(document, drawing, writer, RESERVED)
    network = _Network(document, drawing, outputs, writer, classes.reserved)
    parts = [*classes.texts, network.text()]
    if network.losses and analysis.parameters:
        loop = Loop(document, drawing, writer, network.losses, network.names)
        parts += [loop.function(), loop.main(network.name)]
    else:
        parts.append(main_without_training(network.name, [drawing.specs[port] for port in network.forward_sources]))
    code = "\n\n\n".join([*writer.definitions.values(), *map(_wrapped, parts)])
    return "\n".join([_headline(document, network.name), "", *_imports(code, writer), "", "", code, ""])


def _flat(document: Document, outputs: Sequence[Port], taken_apart: Collection[str]) -> Flat:
    """The document with the networks whole that can be classes: none, where one of their inner values is asked for."""
    names = kept(document, taken_apart)
    flat = flatten(document, lambda name: name in names)
    there = all(port.owner in flat.document.nodes or port in flat.passing for port in outputs)
    return flat if there else flat_of(document)


def _headline(document: Document, name: str) -> str:
    title = plain(document.about.get("title", "")) or "A network"
    return textwrap.dedent(f'''\
        """{title}, drawn in Netloom.

        Run this file to see it train on made-up examples; give `train` a data set of your own. Exported weights fit:
        `{name}().load_state_dict(safetensors.torch.load_file("weights.safetensors"))`.
        """''')


def _imports(code: str, writer: Writer) -> list[str]:
    """The imports that the code needs, those of the standard library first."""
    used = {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}
    known = [line for name, line in IMPORTS.items() if name in used]
    further = sorted(writer.imports - set(known))
    return [*further, *([""] if further and known else []), *known]


class _Minimised(NamedTuple):
    """What the method of an objective returns, and what stands between several results."""

    ports: list[Port]
    joint: str


class _Network:
    """The class of the network: what its methods compute, and what they are called.

    ``forward`` computes the outputs. What the losses share with it they take from it or, where they need less or other
    values than it returns, from a method that both call: nothing is written twice and nothing computed in vain.
    """

    def __init__(
        self, document: Document, drawing: Drawing, outputs: Sequence[Port], writer: Writer, taken: Collection[str]
    ) -> None:
        self._document, self._drawing = document, drawing
        self._objectives = plan.objectives(document)
        self._minimised = {
            objective.name: _Minimised([drawing.origin(port) for port in ports], joint)
            for objective in self._objectives for ports, joint in [results_of(document, objective)]
        }  # fmt: skip
        losses = [port for minimised in self._minimised.values() for port in minimised.ports]
        self._outputs = list(outputs) or self._wanted()
        self._results = [drawing.origin(port) for port in self._outputs]
        self._crossing, self._trunk = self._shared(losses)
        self.forward_sources, self._trunk_sources = drawing.sources(self._results), drawing.sources(self._trunk)
        self._modules = _in_order(document, attributes(drawing, writer))
        self._children = {each.name.partition(".")[0] for each in self._modules}
        self._trunk_name = identifier("trunk", self._children)
        every = list(dict.fromkeys([*self.forward_sources, *drawing.sources(losses)]))
        self.losses = [self._loss_method(objective, every) for objective in self._objectives]
        self._reserved = {*taken, *writer.definitions}
        self.names = _argument_names(every, self._reserved)
        self.name = class_name(document.about.get("title", ""), self._reserved)

    def text(self) -> str:
        """The whole class."""
        docstring = summary(f"Maps batches of {self._words(self.forward_sources)} to {self._words(self._outputs)}.")
        made = constructor(self._drawing, self._modules)
        parts = [docstring, *(["\n".join(line.text() for line in made)] if made else [])]
        if self._trunk:
            parts.append(self._method(self._trunk_name, self._trunk_sources, [], self._trunk))
        parts.append(self._method("forward", self.forward_sources, self._trunk_call(), self._results))
        for loss in self.losses:
            ports, joint = self._minimised[loss.plan.name]
            parts.append(self._method(loss.name, loss.sources, self._prelude(ports), ports, joint))
        return f"class {self.name}(nn.Module):\n" + textwrap.indent("\n\n".join(parts), "    ")

    def _wanted(self) -> list[Port]:
        """What ``forward`` returns: the outputs, or what the losses judge, or what nothing reads."""
        drawn = [output.port for output in plan.outputs(self._document, self._drawing.specs)]
        losses = [port for objective in self._objectives for port in objective.losses]
        judged = [read for loss in losses for read in self._drawing.reads(loss.owner)[:1] if read]
        read = {Port(port.network, wire.node, wire.port) for port, wire in self._drawing.document.wires.items()}
        computed = [port for port in self._drawing.specs if not self._drawing.is_source(port.owner)]
        return drawn or list(dict.fromkeys(judged)) or [port for port in computed if port not in read]

    def _shared(self, losses: Sequence[Port]) -> tuple[list[Port], list[Port]]:
        """What the losses read of the nodes they share with ``forward``, and what a method of both has to return.

        The latter is empty where ``forward`` itself returns all that the losses read.
        """
        forward, trained = self._drawing.upstream(self._results), self._drawing.upstream(losses)
        free = self._free(trained)
        shared = {*forward} & {*trained} - free
        ahead = [key for key in forward if key not in shared]
        crossing = self._read_of(shared, [key for key in trained if key not in shared])
        cheap = all(key in self._drawing.functions for key in ahead)
        fed = {*self._drawing.sources(self._results)} <= {*self._drawing.sources(losses)}
        if {*crossing} <= {*self._results} and cheap and fed:
            return crossing, []
        ends = {*crossing, *self._read_of(shared, ahead), *self._results}
        return crossing, [port for port in self._drawing.specs if port in ends and port.owner in shared]

    def _free(self, keys: Sequence[NodeKey]) -> set[NodeKey]:
        """Nodes that compute with sources only and hold no module: they may as well be computed twice."""
        found: set[NodeKey] = set()
        for key in keys:
            above = {port.owner for port in self._drawing.reads(key) if port}
            if key in self._drawing.functions and all(self._drawing.is_source(each) or each in found for each in above):
                found.add(key)
        return found

    def _read_of(self, giving: Collection[NodeKey], reading: Sequence[NodeKey]) -> list[Port]:
        read = [port for key in reading for port in self._drawing.reads(key) if port and port.owner in giving]
        return list(dict.fromkeys(read))

    def _trunk_call(self) -> list[Statement]:
        if not self._trunk:
            return []
        return [Statement(method(self._trunk_name), tuple(self._trunk_sources), tuple(self._trunk))]

    def _prelude(self, minimised: Sequence[Port]) -> list[Statement]:
        """The call that gives an objective's losses what they share with ``forward``, if they share anything."""
        keys = self._drawing.upstream(minimised, self._crossing)
        if not any(port in self._crossing for key in keys for port in self._drawing.reads(key)):
            return []
        return self._trunk_call() or [Statement(method(), tuple(self.forward_sources), tuple(self._results))]

    def _loss_method(self, objective: plan.ObjectivePlan, every: Sequence[Port]) -> LossMethod:
        ports = self._minimised[objective.name].ports
        prelude = self._prelude(ports)
        read = [port for statement in prelude for port in statement.reads]
        needed = {*self._drawing.sources(ports, _given(prelude)), *read}
        wished = "loss" if len(self._objectives) == 1 else f"{objective.name}_loss"
        return LossMethod(identifier(wished, self._children), objective, [port for port in every if port in needed])

    def _method(
        self, name: str, sources: Sequence[Port], prelude: list[Statement], results: Sequence[Port], joint: str = ", "
    ) -> str:
        keys = self._drawing.upstream(results, _given(prelude))
        statements = prelude + [self._drawing.statement(key) for key in keys]
        names = {port: self.names[port] for port in sources}
        lines = body(statements, results, names, self._drawing.specs, self._reserved, joint)
        head = Line(f"def {name}({', '.join(['self', *names.values()])}):")
        return "\n    ".join(line.text() for line in (head, *lines))

    def _words(self, ports: Iterable[Port]) -> str:
        found = [f"{self.names.get(port, port.node)} ({self._drawing.specs[port]})" for port in ports]
        return " and ".join(found) or "nothing"


def _given(statements: Sequence[Statement]) -> list[Port]:
    return [port for statement in statements for port in statement.gives]


def _in_order(document: Document, modules: Sequence[Attribute]) -> list[Attribute]:
    """Modules in the order in which the compiled document has them, where placed networks are taken apart."""
    places: dict[str, int] = {}
    for key in ordered(flat_of(document).document):
        parts = child_name(key).split(".")
        for depth in range(len(parts)):
            places.setdefault(".".join(parts[: depth + 1]), len(places))
    return sorted(modules, key=lambda module: places.get(module.name, len(places)))


def _argument_names(ports: Sequence[Port], reserved: Collection[str]) -> dict[Port, str]:
    """What source ports are called: as their field, with the node in front where two nodes have such a field."""
    names: dict[Port, str] = {}
    fields = [port.port for port in ports]
    for port in ports:
        wished = port.port if fields.count(port.port) == 1 else f"{port.node}_{port.port}"
        names[port] = identifier(wished, {*reserved, *names.values()})
    return names


def _wrapped(code: str) -> str:
    """Lines that are too long for the eye broken at the brackets of their outermost call."""
    return "\n".join(_broken(line) if len(line) > WIDTH else line for line in code.splitlines())


def _broken(line: str) -> str:
    call = re.fullmatch(r"( *)([^()]*[\w\]])\((.*)\)((?:  # .*)?)", line)
    return f"{call[1]}{call[2]}(\n{call[1]}    {call[3]}\n{call[1]}){call[4]}" if call else line
