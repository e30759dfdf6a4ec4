"""Which values of a network are its code, which others could be, and what lies behind them."""

from __future__ import annotations

from collections.abc import Iterator

from backend.loading import Model
from backend.problems import INPUT, TrainProblem
from graph.compiler import read_by
from graph.document import MAIN, NodeKey, Port
from graph.flat import flat_of
from graph.inference import ordered
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
            found += [port for port in model.root.specs if port.owner == key and _is_code(model, port)]
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
    asked = flat_of(model.document).passing.get(asked) or asked
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
    spec = model.root.specs[port]
    return spec.batched and spec.dtype not in INTEGERS and spec.size > 1


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
    """The fewest numbers through which everything goes that an output is made of, vectors first; None without such."""
    specs, flat = model.root.specs, flat_of(model.document).document
    types = types_of(flat)
    read = read_by(model.document, [plan.port])

    def passes_all(port: Port) -> bool:
        rest = read_by(model.document, [plan.port], [port])
        return not any(types[flat.nodes[each.owner].type].kind == "source" for each in rest)

    narrow = [port for port in there if port in read and types[flat.nodes[port.owner].type].kind != "source"
              and passes_all(port)]  # fmt: skip
    narrower = [port for port in narrow if specs[port].size < specs[plan.port].size]
    vectors = [port for port in narrower if specs[port].meaning == "vector"]
    maps = narrow if plan.kind == "image" else ()  # whose waist may hold more numbers than the picture
    return min(vectors or narrower or maps, key=lambda port: specs[port].size, default=None)


def _last_hidden(model: Model, end: Port, there: tuple[Port, ...]) -> Iterator[Port]:
    """What the last node with weights before an end reads."""
    flat = flat_of(model.document).document
    read = {port.owner for port in read_by(model.document, [end])}
    for key in reversed(list(ordered(flat))):
        if key in read and learns(model, key):
            yield from (port for port in flat.inputs_of(key).values() if port in there)
