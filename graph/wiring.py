"""May this output be wired to that input? One set of rules for a single wire and for lighting up every legal end."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from graph.catalogue import Input, NodeType
from graph.document import Document, NodeKey, Port, port_order
from graph.networks import DELAY, placed, type_of, types_of
from graph.specs import TensorSpec, spec_words

Specs = Mapping[Port, TensorSpec]


class Unfit(NamedTuple):
    """Why an input does not take what arrives, and the node type that would mend it in between, or ""."""

    sentence: str
    insert: str = ""


def may_connect(document: Document, source: Port, target: Port, specs: Specs | None = None) -> str | None:
    """Why the output ``source`` cannot feed the input ``target``, as a sentence for the user, or None if it can.

    specs: what is known of the outputs; without them only shapes go unchecked
    """
    if source.network != target.network:
        return f"A wire stays in one network; these are “{source.network}” and “{target.network}”."
    if problem := output_problem(document, source) or input_problem(document, target):
        return problem
    types = types_of(document)
    giver, taker = document.nodes[source.owner].type, document.nodes[target.owner].type
    if unfit := _unfit(types[giver], types[taker], target.port, (specs or {}).get(source)):
        return unfit.sentence
    if closes_a_loop(document, target):
        return None
    if loop := path(document, target.owner, source.owner):
        if len(loop) == 1:
            return "A node cannot feed itself: values flow one way, from the data to the losses."
        circle = f"{path_words(loop)} → {loop[0].node}"
        return (f"This would close a circle: {circle}. Values flow one way, from the data to the losses; only a delay "
                "makes a loop, over time.")  # fmt: skip
    return None


def legal_targets(document: Document, source: Port, specs: Specs | None = None) -> set[Port]:
    """Every input that ``source`` may be wired to. Of a growing input: its wired ports and the next free one."""
    if output_problem(document, source):
        return set()
    giver = types_of(document)[document.nodes[source.owner].type]
    spec = (specs or {}).get(source)
    upstream = reach(document, source.owner, forward=False)
    delays = {key for key in upstream if document.nodes[key].type == DELAY}
    wired = _wired_ports(document)
    unfit: dict[tuple[str, str], bool] = {}
    found: set[Port] = set()
    for key, taker, declared in _inputs(document, source.network):
        if key in upstream and not (key in delays and declared.name == "x"):
            continue
        kind = (taker.name, declared.name)
        if kind not in unfit:
            name = f"{declared.name}.0" if declared.growing else declared.name
            unfit[kind] = _unfit(giver, taker, name, spec) is not None
        if not unfit[kind]:
            found.update(Port(*key, port) for port in _ports_of(declared, wired.get(key, ())))
    return found


def legal_sources(document: Document, target: Port, specs: Specs | None = None) -> set[Port]:
    """Every output that may be wired to ``target``. The ports of a data node are known from ``specs`` alone."""
    if input_problem(document, target):
        return set()
    known = specs or {}
    types = types_of(document)
    taker = types[document.nodes[target.owner].type]
    downstream = set() if closes_a_loop(document, target) else reach(document, target.owner, forward=True)
    return {
        port
        for port in {*known, *_declared_outputs(document)}
        if port.network == target.network and port.owner not in downstream and not output_problem(document, port)
        and not _unfit(types[document.nodes[port.owner].type], taker, target.port, known.get(port))
    }  # fmt: skip


def next_free_input(document: Document, key: NodeKey, name: str) -> str:
    """The port that a wire dropped on an input goes to: ``xs.2`` where ``xs.0`` and ``xs.1`` are wired."""
    node_type = _type(document, key)
    if not node_type or not any(declared.growing and declared.name == name for declared in node_type.inputs):
        return name
    return free_port(name, [port.port for port in document.wires if port.owner == key])


def close_gaps(document: Document, port: Port) -> None:
    """Number the wires of a growing input from zero again after one of them went. Only inside ``edit``."""
    stem, dot, _ = port.port.partition(".")
    if not dot:
        return
    wired = [p for p in document.wires if p.owner == port.owner and p.port.partition(".")[0] == stem]
    wires = [document.wires[p] for p in sorted(wired, key=lambda p: port_order(p.port))]
    for old in wired:
        document.put("wires", old, None)
    for number, wire in enumerate(wires):
        document.put("wires", Port(*port.owner, f"{stem}.{number}"), wire)


# -- the rules --------------------------------------------------------------------------------------------------------


def output_problem(document: Document, port: Port) -> str | None:
    """Why a wire cannot start here, or None. Which ports a data node has is for its data set to say."""
    if not (node_type := _type(document, port.owner)):
        return _nobody(document, port.owner)
    if node_type.dynamic or port.port in node_type.outputs:
        return None
    if node_type.input(port.port):
        return f"“{port.port}” of “{port.node}” is an input; a wire starts at an output."
    has = f"it has {_list(node_type.outputs)}" if node_type.outputs else "it has none"
    return f"“{port.node}” has no output “{port.port}”; {has}."


def input_problem(document: Document, port: Port) -> str | None:
    """Why a wire cannot end here, or None."""
    if not (node_type := _type(document, port.owner)):
        return _nobody(document, port.owner)
    if node_type.input(port.port):
        return None
    if port.port in node_type.outputs or node_type.dynamic:
        return f"“{port.port}” of “{port.node}” is an output; a wire ends at an input."
    names = [f"{i.name}.0" if i.growing else i.name for i in node_type.inputs]
    has = f"it has {_list(names)}" if names else "it has none"
    return f"“{port.node}” has no input “{port.port}”; {has}."


def kind_problem(document: Document, source: Port, target: Port) -> str | None:
    """Why two ports that exist can never go together, whatever the shapes, or None."""
    giver, taker = _type(document, source.owner), _type(document, target.owner)
    unfit = _unfit(giver, taker, target.port, None) if giver and taker else None
    return unfit.sentence if unfit else None


def misfit(declared: Input, spec: TensorSpec) -> Unfit | None:
    """Why an input does not take what a spec describes, or None."""
    wants = declared.wants
    if wants.accepts(spec):
        return None
    advice, insert = _advice(wants.meaning, spec)
    return Unfit(f"It takes {wants.words}; what arrives is {spec_words(spec)}.{advice}", insert)


def _unfit(giver: NodeType, taker: NodeType, port: str, spec: TensorSpec | None) -> Unfit | None:
    declared = taker.input(port)
    if declared is None or placed(giver.name) or placed(taker.name):
        return misfit(declared, spec) if declared and spec and not placed(giver.name) else None
    if giver.kind == "metric":
        return Unfit("A metric is only watched: its value goes nowhere. To train by it, use a loss.")
    wants_loss = declared.wants.meaning == "scalar"
    if giver.kind == "loss" and not wants_loss and taker.kind != "output":
        return Unfit(f"A loss is one number for the whole batch; it goes into an objective, not into {taker.title}.")
    if wants_loss and giver.kind != "loss":
        return Unfit(f"{taker.title.capitalize()} takes losses. Put a loss between them, such as cross entropy.")
    return misfit(declared, spec) if spec else None


_FLAT = " Put a flatten between them."
_RESHAPE = " Put a reshape between them, or take it from before the flatten."


def _advice(wanted: str, spec: TensorSpec) -> tuple[str, str]:
    """What to do about a misfit, and the node type to insert, if one mends it."""
    match wanted, spec.meaning:
        case "vector", "image" | "volume" | "sequence":
            return _FLAT, "flatten"
        case (("sequence" | "vector" | "tensor"), "tokens"):
            return " Put an embedding between them, which gives every token a vector.", "embedding"
        case (("image" | "sequence" | "volume"), ("vector" | "sequence" | "image" | "volume")):
            return _RESHAPE, ""
        case (("classes" | "tokens"), _):
            return " Take the field of the data that holds them.", ""
        case _, "classes":
            return " Class numbers are what a loss or a metric compares with, at its target.", ""
    return "", ""


# -- the drawing ------------------------------------------------------------------------------------------------------


def reach(document: Document, start: NodeKey, forward: bool) -> set[NodeKey]:
    """A node and everything downstream (forward) or upstream of it."""
    steps = neighbours(document, forward, at_once=True)
    found, stack = {start}, [start]
    while stack:
        for key in steps.get(stack.pop(), ()):
            if key not in found:
                found.add(key)
                stack.append(key)
    return found


def closes_a_loop(document: Document, target: Port) -> bool:
    """Whether what arrives at an input counts at the next step only, so that it may come from downstream."""
    node = document.nodes.get(target.owner)
    return node is not None and node.type == DELAY and target.port == "x"


def neighbours(document: Document, forward: bool, at_once: bool = False) -> dict[NodeKey, list[NodeKey]]:
    """For every wired node the nodes that it feeds (forward) or that feed it, ``at_once`` or by the next step."""
    found: dict[NodeKey, list[NodeKey]] = {}
    for port, wire in document.wires.items():
        if at_once and closes_a_loop(document, port):
            continue
        giver, taker = NodeKey(port.network, wire.node), port.owner
        here, there = (giver, taker) if forward else (taker, giver)
        found.setdefault(here, []).append(there)
    return found


def path(document: Document, start: NodeKey, end: NodeKey) -> list[NodeKey]:
    """The shortest way along the wires from one node to another, both included; empty where there is none."""
    steps, queue, before = neighbours(document, forward=True, at_once=True), deque([start]), {start: start}
    while queue and end not in before:
        here = queue.popleft()
        for key in steps.get(here, ()):
            if key not in before:
                before[key] = here
                queue.append(key)
    if end not in before:
        return []
    way = [end]
    while way[-1] != start:
        way.append(before[way[-1]])
    return way[::-1]


def path_words(way: Iterable[NodeKey]) -> str:
    """A way through the drawing as people read it; the middle of a long one is left out."""
    names = [key.node for key in way]
    return " → ".join(names if len(names) <= 8 else [*names[:4], "…", *names[-3:]])


def _type(document: Document, key: NodeKey) -> NodeType | None:
    return type_of(document, key)


def _nobody(document: Document, key: NodeKey) -> str:
    if key not in document.nodes:
        return f"There is no node “{key.node}” in “{key.network}”."
    return f"“{key.node}” is of the type “{document.nodes[key].type}”, which this Netloom does not know."


def _inputs(document: Document, network: str) -> Iterator[tuple[NodeKey, NodeType, Input]]:
    types = types_of(document)
    for key, node in document.nodes.items():
        if key.network == network and node.type in types:
            node_type = types[node.type]
            yield from ((key, node_type, declared) for declared in node_type.inputs)


def _declared_outputs(document: Document) -> Iterator[Port]:
    types = types_of(document)
    for key, node in document.nodes.items():
        node_type = types.get(node.type)
        if node_type and not node_type.dynamic:
            yield from (Port(*key, name) for name in node_type.outputs)


def _wired_ports(document: Document) -> dict[NodeKey, list[str]]:
    found: dict[NodeKey, list[str]] = {}
    for port in document.wires:
        found.setdefault(port.owner, []).append(port.port)
    return found


def _ports_of(declared: Input, wired: Iterable[str]) -> list[str]:
    if not declared.growing:
        return [declared.name]
    own = [port for port in wired if port.partition(".")[0] == declared.name]
    return [*own, free_port(declared.name, own)]


def free_port(name: str, wired: Iterable[str]) -> str:
    """The next place of a growing input: ``xs.2`` where ``xs.0`` and ``xs.1`` are wired."""
    numbers = [port_order(port)[1] for port in wired if port.partition(".")[0] == name]
    return f"{name}.{max(numbers, default=-1) + 1}"


def _list(names: Iterable[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)
