"""What to do about a node that cannot take what arrives: torch's refusals in plain words, and nodes to insert."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from graph.document import Change, Document, Node, NodeKey, Port, Wire
from graph.layers import CATALOGUE
from graph.problems import Fix
from graph.specs import TensorSpec
from graph.wording import Worded

COLUMN = 240.0  # scene pixels from one node to the next

EXPLANATIONS = (
    (
        r"[Kk]ernel size can't be greater",
        "The window is larger than the picture that arrives ({specs}). Make it smaller, or keep the picture larger.",
    ),
    (
        r"[Oo]utput size.*too small|negative dimension",
        "Nothing would be left of {specs}: it is too small for this window and stride. Use a smaller window, "
        "or fewer steps that shrink it.",
    ),
    (
        r"must match the size|Sizes of tensors must match|broadcast|not match",
        "What arrives does not fit together: {specs}. Give all inputs the same shape.",
    ),
    (
        r"is invalid for input of size",
        "These numbers cannot be arranged from {specs}: the product of the sizes must stay the same.",
    ),
    (
        r"Expected more than 1 value per channel",
        "There is only one number a channel ({specs}), so there is nothing to normalise over. "
        "Put it where the picture is larger.",
    ),
)


def explain(torch_message: str, specs: Mapping[str, TensorSpec]) -> str:
    """Torch's refusal as a sentence about what arrived."""
    arrived = " and ".join(str(spec) for spec in specs.values()) or "nothing"
    for pattern, sentence in EXPLANATIONS:
        if re.search(pattern, torch_message):
            return sentence.format(specs=arrived)
    return f"It cannot work on {arrived} with these settings. Change its parameters, or what is wired to it."


def insertion(document: Document, target: Port, type_name: str) -> Fix:
    """The mend that puts a new node into the wire that ends at ``target``, moving what stands right of it aside."""
    wire, node, node_type = document.wires[target], document.nodes[target.owner], CATALOGUE[type_name]
    new = NodeKey(target.network, document.free_id(type_name, target.network))
    source = document.nodes[NodeKey(target.network, wire.node)]
    room = 0.0 if node.x - source.x >= 2 * COLUMN else COLUMN
    aside = [
        Change("nodes", key, other, msgspec.structs.replace(other, x=other.x + room))
        for key, other in document.in_network(target.network).items()
        if room and other.x >= node.x
    ]
    wiring = [
        Change("nodes", new, None, Node(type_name, x=node.x + room - COLUMN, y=node.y)),
        Change("wires", Port(*new, node_type.inputs[0].name), None, wire),
        Change("wires", target, wire, Wire(new.node, node_type.outputs[0])),
    ]
    return Fix(Worded("Insert {type}", type=node_type.title), (*aside, *wiring))
