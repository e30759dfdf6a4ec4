"""Placed networks as classes of their own: one for all placings that differ in nothing but arguments."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from torch import nn

from graph.beginnings import attribute
from graph.bodies import Line, body
from graph.cells import Method, further_lines, recurrent_methods
from graph.compiler import CompileError, child_name
from graph.document import MAIN, Document, NodeKey, Port
from graph.drawings import Drawing, Placed
from graph.expressions import Writer
from graph.layers import CATALOGUE
from graph.makers import Differing, Made, Named, differing, filled, merged
from graph.naming import identifier
from graph.networks import DELAY, INPUT, OUTPUT, inside, is_recurrence, placed, port_inside, promoted, used_by

WIDTH = 120  # characters of a line
GLOBAL = {"self", "super", "torch", "nn", "F", "zip", "enumerate"}  # names that methods use beside their own
MANY = 3  # arguments up to which a network is made without their names
SHORT = {
    "in_channels": "channels", "num_features": "channels", "num_channels": "channels", "out_channels": "filters",
    "in_features": "features", "out_features": "units", "kernel_size": "kernel", "normalized_shape": "shape",
}  # fmt: skip


class Unlike(Exception):
    """Placings of a network that cannot be one class, though they share their weights; the text is its name."""


def kept(document: Document, taken_apart: Collection[str]) -> set[str]:
    """The networks that can be classes: those of layers alone, whose outputs all need all inputs."""
    found: set[str] = set()
    for name in sorted(document.networks, key=lambda each: len(used_by(document, each))):
        nodes = inside(document, name).values()
        layers = all(
            node.type in (INPUT, OUTPUT, DELAY) or placed(node.type) in found
            or (node.type in CATALOGUE and CATALOGUE[node.type].kind == "layer") for node in nodes
        )  # fmt: skip
        recurrent = is_recurrence(document, name)
        if name != MAIN and (recurrent or (layers and name not in taken_apart and _is_whole(document, name))):
            found.add(name)
    return found


def _is_whole(document: Document, name: str) -> bool:
    """Whether every output of a network depends on every input."""
    wired = document.derived("inputs", Document.inputs_by_node)
    inputs = {key for key, node in inside(document, name).items() if node.type == INPUT}
    outputs = [key for key, node in inside(document, name).items() if node.type == OUTPUT]
    for output in outputs:
        seen, stack = {output}, [output]
        while stack:
            above = {port.owner for port in wired.get(stack.pop(), {}).values()} - seen
            seen |= above
            stack.extend(above)
        if not inputs <= seen:
            return False
    return bool(inputs and outputs)


class Attribute(NamedTuple):
    """A module of a network: its name, how it is made, what it is like, and the parameters of its weights."""

    name: str
    made: Made
    module: nn.Module
    params: Mapping[str, Any]

    def lines(self) -> list[str]:
        return attribute(self.name, self.made.text(), self.module, self.params)


def attributes(drawing: Drawing, writer: Writer) -> list[Attribute]:
    """The modules of a network in their order, with the empty ones that paths lead through."""
    found: dict[str, Attribute] = {}
    keys = {name: key for key, name in reversed(drawing.names.items()) if key not in drawing.flat.links}
    for name, module in drawing.modules.items():
        parts, key = name.split("."), keys[name]
        for above in (".".join(parts[:depth]) for depth in range(1, len(parts))):
            found.setdefault(above, Attribute(above, Made("nn.Module", {}), nn.Module(), {}))
        params = drawing.params(key)
        if key in drawing.placed:
            params = {"frozen": "everything"} if params.get("frozen") == "everything" else {}
        made = drawing.placed[key].made if key in drawing.placed else writer.made(module)
        found[name] = Attribute(name, made or Made("nn.Module", {}), module, params)
    return list(found.values())


def constructor(
    drawing: Drawing, modules: Sequence[Attribute], before: Sequence[str] = (), arguments: Sequence[str] = ()
) -> list[Line]:
    """The method ``__init__``, or nothing where there is nothing to do."""
    made = [line for module in modules for line in module.lines()]
    lines = [*before, *made, *_copies(drawing)]
    if not lines:
        return []
    head = f"def __init__({', '.join(['self', *arguments])}):"
    return [Line(head), *(Line(f"    {line}") for line in ("super().__init__()", *lines))]


def _copies(drawing: Drawing) -> Iterator[str]:
    """The lines by which copies begin with the weights of what they were copied from."""
    for path, other in drawing.flat.copies.items():
        name, model = (child_name(NodeKey(MAIN, each)) for each in (path, other))
        shapes = _shapes(drawing, name)
        if shapes and shapes == _shapes(drawing, model):
            yield f"self.{name}.load_state_dict(self.{model}.state_dict())"


def _shapes(drawing: Drawing, name: str) -> dict[str, Any]:
    """The shapes of the weights of a module, or of all modules whose path leads through the name."""
    found: dict[str, Any] = {}
    for key, own in drawing.names.items():
        if key not in drawing.flat.links and f"{own}.".startswith(f"{name}."):
            rest = own.removeprefix(name)
            found |= {f"{rest}.{at}": value.shape for at, value in drawing.modules[own].state_dict().items()}
            found[f"{rest} normalised"] = drawing.params(key).get("normalised", "none")
    return found


class Classes:
    """The classes of all placed networks of a drawing, those that others rest on first.

    Raises Unlike for a network that has to be taken apart instead.
    """

    def __init__(self, document: Document, drawing: Drawing, writer: Writer, reserved: Collection[str]) -> None:
        self._document, self._writer = document, writer
        self.texts: list[str] = []
        self._named: dict[str, int] = {}
        every = list(_placings(drawing))
        for _, placing in every:
            placing.drawing.written()
        self.reserved = {*reserved, *writer.definitions}
        self._global = {*GLOBAL, *writer.definitions}
        networks = dict.fromkeys(placing.network for _, placing in every)
        for network in sorted(networks, key=lambda name: len(used_by(document, name))):
            found = [(outer, placing) for outer, placing in every if placing.network == network]
            self._write(network, [each for outer, each in found if not _is_linked(outer, each)])
            for outer, each in found:
                if _is_linked(outer, each):
                    self._check_linked(outer, each)

    def _write(self, network: str, placings: Sequence[Placed]) -> None:
        groups: dict[Any, list[Placed]] = {}
        for each in placings:
            groups.setdefault(self._signature(each), []).append(each)
        for alike in groups.values():
            self._write_class(network, alike)

    def _write_class(self, network: str, alike: Sequence[Placed]) -> None:
        """One class, and how each of the placings makes it."""
        name = self._name(network)
        variants = [attributes(each.drawing, self._writer) for each in alike]
        modules = [
            variants[0][place]._replace(made=merged([variant[place].made for variant in variants]))
            for place in range(len(variants[0]))
        ]
        vectors = self._arguments(network, alike, modules)
        names = {key: argument for argument, (key, _) in vectors.items()}
        modules = [each._replace(made=filled(each.made, lambda value: Named(names[_key(value)]))) for each in modules]
        first = alike[0]
        made = constructor(first.drawing, modules, further_lines(first) if first.cell.nexts else (), list(vectors))
        methods = [self._methods(each) for each in alike]
        docstring = summary(f"{self._words(network, alike)}.").splitlines()
        parts = [[Line(line) for line in docstring], *([made] if made else [])]
        parts += [_common([variant[place] for variant in methods]) for place in range(len(methods[0]))]
        blocks = [textwrap.indent("\n".join(line.text() for line in part), "    ") for part in parts]
        self.texts.append("\n\n".join([f"class {name}(nn.Module):\n{blocks[0]}", *blocks[1:]]))
        kind = inspect.Parameter.KEYWORD_ONLY if len(vectors) > MANY else inspect.Parameter.POSITIONAL_OR_KEYWORD
        declared = {argument: inspect.Parameter(argument, kind) for argument in vectors}
        for place, each in enumerate(alike):
            given = {argument: values[place] for argument, (_, values) in vectors.items()}
            each.made = Made(name, given, declared)

    def _name(self, network: str) -> str:
        """The name of a class: that of its network, with a number where that needs several."""
        title, number = self._document.networks[network].title or network.replace("_", " "), 1
        if network in self._named:
            number = self._named[network] = self._named[network] + 1
        self._named.setdefault(network, 1)
        name = class_name(title if number == 1 else f"{title}{number}", self.reserved)
        self.reserved.add(name)
        return name

    def _arguments(
        self, network: str, alike: Sequence[Placed], modules: Sequence[Attribute]
    ) -> dict[str, tuple[tuple[str, ...], tuple[Any, ...]]]:
        """What the constructor is given: names, and the value for each of the placings; equal ones only once."""
        found: dict[str, tuple[tuple[str, ...], tuple[Any, ...]]] = {}
        shown = {_key(Differing(name, values)): name for name, values in self._promoted(network, alike)}
        for module in modules:
            for each in differing(module.made):
                if _key(each) in [key for key, _ in found.values()]:
                    continue
                wished = shown.get(_key(each)) or SHORT.get(each.name, each.name)
                if wished in found:
                    wished = f"{module.name.replace('.', '_')}_{each.name}"
                found[identifier(wished, {*self.reserved, *found})] = (_key(each), each.values)
        return found

    def _promoted(self, network: str, alike: Sequence[Placed]) -> Iterator[tuple[str, tuple[Any, ...]]]:
        for name, places in promoted(self._document, network).items():
            for key, param in places[:1]:
                default = self._document.nodes[key].params.get(param)
                yield name, tuple(each.params.get(name, default) for each in alike)

    def _signature(self, placing: Placed) -> Any:
        """What has to be the same for two placings to be one class."""
        modules = attributes(placing.drawing, self._writer)
        furnished = [
            (each.name, each.made.skeleton(), *attribute(each.name, "", each.module, each.params)) for each in modules
        ]
        further = further_lines(placing) if placing.cell.nexts else []
        return (repr(furnished), repr(further), self._code(placing), repr(list(_copies(placing.drawing))))

    def _code(self, placing: Placed) -> str:
        return "\n".join(line.code for method in self._methods(placing) for line in method)

    def _methods(self, placing: Placed) -> list[Method]:
        if placing.cell.nexts:
            return recurrent_methods(placing, self._global)
        drawing, names = placing.drawing, dict[Port, str]()
        for name in placing.inputs:
            key = NodeKey(MAIN, name)
            names[port_inside(key)] = identifier(name, {*self._global, *names.values()})
        results = [drawing.origin(port) for port in placing.results.values()]
        statements = [drawing.statement(key) for key in drawing.upstream(results)]
        lines = body(statements, results, names, drawing.specs, self._global)
        head = f"def forward({', '.join(['self', *names.values()])}):"
        return [[Line(head), *(line._replace(code=f"    {line.code}") for line in lines)]]

    def _check_linked(self, outer: Drawing, linked: Placed) -> None:
        """What shares the class and weights of another placing has to be written alike."""
        first = outer.placed[outer.flat.links[NodeKey(MAIN, linked.name)]]
        if self._all_code(first) != self._all_code(linked):
            if linked.cell.nexts:
                raise CompileError(
                    f"“{linked.name}” shares the weights of “{first.name}” but computes otherwise with them, because "
                    "other inputs are wired or what arrives has another shape: give both the same, or unlink it."
                )
            raise Unlike(linked.network)

    def _all_code(self, placing: Placed) -> str:
        inner = [self._all_code(each) for each in placing.drawing.placed.values()]
        return "\n".join([self._code(placing), *inner])

    def _words(self, network: str, alike: Sequence[Placed]) -> str:
        """What the network is called and what it maps, as far as that is the same everywhere."""
        title = plain(self._document.networks[network].title or network.replace("_", " "))
        sides = []
        for every in ([_inputs(each) for each in alike], [_outputs(each) for each in alike]):
            parts = []
            for name in every[0]:
                specs = {str(side[name]) for side in every}
                parts.append(f"{plain(name)} ({specs.pop()})" if len(specs) == 1 else plain(name))
            sides.append(" and ".join(parts))
        over = ", one step after the other" if alike[0].cell.nexts else ""
        return f"{title}: {sides[0]} to {sides[1]}{over}"


def _inputs(placing: Placed) -> dict[str, Any]:
    return {name: placing.drawing.specs[port_inside(NodeKey(MAIN, name))] for name in placing.inputs}


def _outputs(placing: Placed) -> dict[str, Any]:
    return {name: placing.drawing.specs[placing.drawing.origin(port)] for name, port in placing.results.items()}


def _placings(drawing: Drawing) -> Iterator[tuple[Drawing, Placed]]:
    """Every placed network, with the drawing that it stands in."""
    for placing in drawing.placed.values():
        if not placing.cell.nexts and {*placing.inputs} != {*placing.cell.wholes, *placing.cell.steps}:
            raise Unlike(placing.network)
        yield drawing, placing
        if not _is_linked(drawing, placing):
            yield from _placings(placing.drawing)


def _is_linked(outer: Drawing, placing: Placed) -> bool:
    return NodeKey(MAIN, placing.name) in outer.flat.links


def _key(value: Differing) -> tuple[str, ...]:
    return tuple(map(repr, value.values))


def _common(methods: Sequence[Method]) -> Method:
    """Lines with what is said beside them, where that is the same everywhere."""
    return [
        lines[0] if len({line.comment for line in lines}) == 1 else lines[0]._replace(comment="")
        for lines in zip(*methods, strict=True)
    ]


def class_name(title: str, reserved: Collection[str]) -> str:
    """A title as the name of a class."""
    words = re.findall(r"[^\W_]+", re.sub(r"^(a|an|the) ", "", title, flags=re.IGNORECASE))
    name = "".join(word[0].upper() + word[1:] for word in words)[:60]
    return identifier(name if name and not name[0].isdigit() and name not in reserved else f"{name}Network", reserved)


def plain(text: str) -> str:
    """A free text on one line that can stand in a docstring."""
    return " ".join(re.sub(r'["\\\x00-\x1f\x7f]', " ", text).split())[:100]


def summary(text: str) -> str:
    """A sentence as the docstring of a class, on several lines where it is long."""
    lines = textwrap.wrap(text, WIDTH - len('    """"""'))
    return f'"""{text}"""' if len(lines) == 1 else "\n".join(['"""' + lines[0], *lines[1:], '"""'])
