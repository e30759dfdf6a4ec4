"""What a design is about in a few words, by which panels tell whether they have something to show of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graph.analysis import Analysis
from graph.document import MAIN, Document, NodeKey, Port
from graph.flat import flat_of
from graph.layers import CATALOGUE
from graph.plan import OutputPlan, of_kind, outputs
from graph.specs import TensorSpec


@dataclass(frozen=True)
class Gist:
    """What flows into a design, what comes out, and what lies between.

    outputs: the kinds of its outputs, such as "classes" or "image"
    reads: the meanings of what its outputs are computed from, such as "image" or "tokens"
    draws: whether an output is made of noise
    restores: whether an output is to be what the data holds and the network reads, as that of an auto-encoder
    plane: whether an output is computed from two numbers and nothing else, as of points in the plane
    points: whether an output made of noise is such a point
    answers: whether an output says something of the data; False where all are made of noise
    """

    outputs: frozenset[str] = frozenset()
    reads: frozenset[str] = frozenset()
    draws: bool = False
    restores: bool = False
    plane: bool = False
    points: bool = False
    answers: bool = True


def gist_of(document: Document, analysis: Analysis) -> Gist:
    """What a design is about, as far as its shapes are known."""
    specs = analysis.specs
    flat = flat_of(document).document
    wired = flat.inputs_by_node()
    sources = set(of_kind(document, "source"))
    random = {key for key in sources if "random" in CATALOGUE[flat.nodes[key].type].search.split()}
    found = [(plan, _read(plan.port.owner, wired, sources)) for plan in outputs(document, specs)]
    made = [plan for plan, read in found if plan.kind != "classes" and {port.owner for port in read} & random
            and all(port.owner in random or not _is_data(flat.nodes[port.owner].type) for port in read)]  # fmt: skip
    asked = [(plan, read) for plan, read in found if plan not in made]
    return Gist(
        outputs=frozenset(plan.kind for plan, _ in found),
        reads=frozenset(specs[port].meaning for _, read in found for port in read if port in specs),
        draws=bool(made),
        restores=any(_restores(plan, read, specs) for plan, read in asked),
        plane=any([specs[port].shape for port in read if port in specs] == [(2,)] for _, read in asked),
        points=any(plan.port in specs and specs[plan.port].shape == (2,) for plan in made),
        answers=bool(asked) or not made,
    )  # fmt: skip


def _is_data(type_name: str) -> bool:
    """Whether a source holds examples: those of a data set, or typed into the node."""
    return any(CATALOGUE[type_name].parameter(name) is not None for name in ("source", "inputs"))


def _restores(plan: OutputPlan, read: set[Port], specs: Mapping[Port, TensorSpec]) -> bool:
    """Whether an output is to be a value that it reads, or a picture."""
    if plan.target is None or plan.kind not in ("image", "value"):
        return False
    target = specs.get(plan.target)
    return plan.target in read or (target is not None and target.meaning == "image")


def _read(key: NodeKey, wired: Mapping[NodeKey, Mapping[str, Port]], sources: set[NodeKey]) -> set[Port]:
    """The ports of sources that a node is computed from."""
    waiting, seen, found = [key], set[NodeKey](), set[Port]()
    while waiting:
        for port in wired.get(waiting.pop(), {}).values():
            owner = port.owner
            if owner in sources:
                found.add(port)
            elif owner not in seen and port.network == MAIN:
                seen.add(owner)
                waiting.append(owner)
    return found
