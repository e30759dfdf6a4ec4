"""One placed network as a design of its own: its inputs are fields of data, its outputs are Output nodes."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import NamedTuple

from backend.data import AnyPreparation
from backend.export import ExportProblem
from graph.compiler import Root, child_name, compile_root
from graph.document import MAIN, Document, Network, Node, NodeKey, Port, Wire
from graph.flat import Flat, flatten
from graph.inference import Analysis, analyse
from graph.naming import identifier
from graph.networks import placed, types_of, used_by
from graph.specs import TensorSpec

DATA = "inputs"  # the node that stands for what arrives
Prepared = Mapping[str, Mapping[str, AnyPreparation]]


class Alone(NamedTuple):
    """A network by itself, with its weights."""

    document: Document
    analysis: Analysis
    root: Root
    preparation: Prepared


def alone(document: Document, analysis: Analysis, root: Root, name: str, preparation: Prepared) -> Alone:
    """The network that a node places, told by the node's id, or by its own name or title if it is placed once.

    Raises ExportProblem where there is no such network, or more than one with weights of its own.
    """
    flat, key = _found(document, name)
    first = flat.links.get(key, key)
    node, network = flat.document.nodes[first], placed(flat.document.nodes[first].type)
    arriving = {port: at for port, at in flat.document.inputs_of(key).items() if at in analysis.specs}
    fields = {port: analysis.specs[at] for port, at in arriving.items()}
    design = _design(document, network, first.node.rpartition(".")[2], node, fields)
    inner = analyse(design, lambda source: fields)
    for problem in inner.errors:
        raise ExportProblem(f"“{name}” does not work by itself: {problem.message}")
    made = compile_root(design, inner)
    own, theirs = child_name(NodeKey(MAIN, first.node.rpartition(".")[2])), child_name(first)
    weights = root.state_dict()
    made.load_state_dict({key: weights[theirs + key.removeprefix(own)] for key in made.state_dict()})
    fitted = {port: preparation[at.node][at.port] for port, at in arriving.items()
              if at.port in preparation.get(at.node, {})}  # fmt: skip
    return Alone(design, inner, made, {DATA: fitted})


def _found(document: Document, name: str) -> tuple[Flat, NodeKey]:
    """The document with the network whole, and the node that places it."""
    key, networks = NodeKey(MAIN, name), _placed_networks(document)
    for network in networks:
        flat = flatten(document, network.__eq__)
        if key in flat.cells and placed(flat.document.nodes[key].type) == network:
            return flat, key
    for network, title in networks.items():
        if name in (network, title):
            flat = flatten(document, network.__eq__)
            there = [key for key in flat.cells if placed(flat.document.nodes[key].type) == network]
            own = [key for key in there if key not in flat.links]
            if not own:
                raise ExportProblem(f"“{name}” is placed only inside networks that run over time: export those.")
            if len(own) == 1:
                return flat, own[0]
            ids = ", ".join(f"“{key.node}”" for key in own)
            raise ExportProblem(f"“{name}” is placed several times with weights of their own: choose one of {ids}.")
    near = difflib.get_close_matches(name, [*networks, *networks.values()], 1)
    guess = f" (did you mean “{near[0]}”?)" if near else ""
    has = ", ".join(f"“{title}”" for title in networks.values())
    raise ExportProblem(f"There is no network “{name}”{guess}; " + (f"there are {has}." if has else "the design places "
                        "none inside its main one."))  # fmt: skip


def _placed_networks(document: Document) -> dict[str, str]:
    """The networks that are placed somewhere, and their titles."""
    names = dict.fromkeys(placed(node.type) for node in document.nodes.values())
    return {name: document.networks[name].title or name for name in names if name in document.networks}


def _design(document: Document, network: str, id: str, node: Node, fields: Mapping[str, TensorSpec]) -> Document:
    """A document that places the network between a source of what arrives and Output nodes."""
    kept = used_by(document, network)
    tables = document.snapshot()
    title = document.networks[network].title or network
    tables["about"] = {"title": ": ".join(part for part in (document.about.get("title", ""), title) if part)}
    tables["networks"] = {MAIN: Network("Main"), **{name: document.networks[name] for name in kept}}
    tables["nodes"] = {key: each for key, each in document.nodes.items() if key.network in kept}
    tables["wires"] = {port: each for port, each in document.wires.items() if port.network in kept}
    tables["comments"] = {}
    design = Document.of(tables)
    taken = {id}
    data = identifier(DATA, taken)
    with design.edit("Draw"):
        design.add_node(node.type, id=id, params=node.params)
        if fields:
            design.add_node("data", id=data, params={"source": DATA})
            taken.add(data)
        for name in fields:
            design.put("wires", Port(MAIN, id, name), Wire(data, name))
        for name in types_of(document)[node.type].outputs:
            output = identifier(name, taken)
            taken.add(output)
            design.add_node("output", id=output, title=name)
            design.put("wires", Port(MAIN, output, "x"), Wire(id, name))
    return design
