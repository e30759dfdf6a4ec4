"""Which values of a network are its code, which others could be, and what lies behind them."""

from __future__ import annotations

import math
from collections.abc import Iterator

from backend.loading import Model
from backend.problems import INPUT, TrainProblem
from graph.compiler import read_by
from graph.document import MAIN, NodeKey, Port
from graph.flat import flat_of
from graph.inference import ordered
from graph.needs import owner_of
from graph.networks import types_of
from graph.plan import OutputPlan, losses, outputs
from graph.specs import INTEGERS

REPARAMETERISE = "reparameterise"


def code_ports(model: Model) -> tuple[Port, ...]:
    """Every port whose values could be a code: real numbers, two or more, made of data, in the order of computing."""
    flat = flat_of(model.document)
    types, wired = types_of(flat.document), flat.document.derived("inputs", type(flat.document).inputs_by_node)
    fed: set[NodeKey] = set()
    found = []
    for key in ordered(flat.document):
        kind = types[flat.document.nodes[key].type].kind
        if key in model.draws or (kind != "source" and not any(port.owner in fed for port in wired[key].values())):
            continue
        fed.add(key)
        if kind not in ("loss", "metric", "objective", "output"):
            own = [port for port in model.root.specs if owner_of(flat, port) == key and _is_code(model, port)]
            found += sorted(own, key=lambda port: port.owner == key)  # what a recurrence gives comes after its inside
    return tuple(found)


def chosen_code(model: Model, node: str, port: str) -> Port:
    """The port that is asked for, or the code of the design. Raises TrainProblem where there is none."""
    there = code_ports(model)
    if not there:
        raise TrainProblem("Nothing in this design computes several numbers from data, so there is no code to look at: "
                           "wire a data node to a layer.", INPUT)  # fmt: skip
    if not node:
        return _code_of_design(model, there)
    asked = Port(MAIN, node, port)
    asked = flat_of(model.document).stands_for(asked) or asked
    if asked not in there:
        raise TrainProblem(f"“{node}” gives no code here: it computes no numbers from data, or was not part of the "
                           "design that was trained. Choose another node.", INPUT)  # fmt: skip
    return asked


def entry(model: Model, code: Port) -> Port:
    """Where a decoder takes a code in: behind the node that draws around it, else where it stands itself."""
    flat = flat_of(model.document).document
    for key, arriving in flat.inputs_by_node().items():
        if key in flat.nodes and flat.nodes[key].type == REPARAMETERISE and arriving.get("mean") == code:
            return Port(*key, "output")
    return code


def decoders(model: Model, code: Port) -> tuple[OutputPlan, ...]:
    """The outputs that a code leads to, pictures first."""
    start = entry(model, code)
    found = [plan for plan in outputs(model.document, model.root.specs)
             if plan.kind != "latent" and start in read_by(model.document, [plan.port])]  # fmt: skip
    return tuple(sorted(found, key=lambda plan: plan.kind != "image"))


def learns(model: Model, key: NodeKey) -> bool:
    """Whether a node has weights."""
    name = model.root.names.get(key)
    return name is not None and any(True for _ in model.root.get_submodule(name).parameters())


def _is_code(model: Model, port: Port) -> bool:
    spec, flat = model.root.specs[port], flat_of(model.document)
    return (spec.batched and spec.dtype not in INTEGERS and spec.size > 1 and flat.holds(port.owner)
            and flat.stands_for(port) == port)  # fmt: skip


def _code_of_design(model: Model, there: tuple[Port, ...]) -> Port:
    """What an Output calls latent, else the waist before what it gives back, else the last hidden values."""
    flat = flat_of(model.document)
    plans = outputs(model.document, model.root.specs)
    for plan in plans:
        if plan.kind == "latent":
            wired = flat.document.inputs_of(plan.port.owner).get("x")
            if wired in there:
                return wired
    for plan in plans:
        if plan.kind != "classes" and (waist := _waist(model, plan, there)):
            return waist
    ends = [plan.port for plan in plans] + losses(model.document)
    return next((port for end in ends for port in _last_hidden(model, end, there)), there[-1])


def _waist(model: Model, plan: OutputPlan, there: tuple[Port, ...]) -> Port | None:
    """What lies between an encoder and a decoder; None where an output is made otherwise.

    The vector of fewest numbers through which everything learned goes and that has fewer than the output. Where there
    is none, for a picture the maps with the fewest places, which skips may lead around as in a U-Net.
    """
    specs, document = model.root.specs, model.document
    read = read_by(document, [plan.port])
    learned = _learned(model)
    behind = [port for port in there if port in read and port.owner in learned]

    def passes_all(port: Port) -> bool:
        rest = read_by(document, [plan.port], [port])
        return not any(each.owner in model.data or each.owner in model.draws for each in rest)

    vectors = [port for port in behind if specs[port].meaning == "vector" and specs[port].size < specs[plan.port].size
               and passes_all(port)]  # fmt: skip
    if vectors:
        return min(vectors, key=lambda port: specs[port].size)
    maps = [port for port in reversed(behind) if specs[port].meaning == "image"] if plan.kind == "image" else []
    return min(maps, key=lambda port: (math.prod(specs[port].shape[1:]), specs[port].size), default=None)


def _learned(model: Model) -> set[NodeKey]:
    """The nodes that have weights, and all behind them."""
    flat = flat_of(model.document).document
    wired = flat.inputs_by_node()
    found: set[NodeKey] = set()
    for key in ordered(flat):
        if learns(model, key) or any(port.owner in found for port in wired[key].values()):
            found.add(key)
    return found


def _last_hidden(model: Model, end: Port, there: tuple[Port, ...]) -> Iterator[Port]:
    """What the last node with weights before an end reads."""
    flat = flat_of(model.document).document
    read = {port.owner for port in read_by(model.document, [end])}
    for key in reversed(list(ordered(flat))):
        if key in read and learns(model, key):
            yield from (port for port in flat.inputs_of(key).values() if port in there)
