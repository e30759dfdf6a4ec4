"""What the gestures and commands of the canvas do to a document, each as one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import msgspec

from graph.bypass import mute_problem
from graph.catalogue import NodeType
from graph.document import Comment, Document, NodeKey, Port, Wire, port_order
from graph.networks import REROUTE, type_of
from graph.specs import TensorSpec
from graph.wiring import close_gaps
from gui.canvas.clipboard import Pasted, Piece, free_comment, place
from gui.canvas.geometry import Spot
from gui.canvas.ranking import fitting_input

MayConnect = Callable[[Document, Port, Port], str | None]


def move(document: Document, spots: Mapping[NodeKey, Spot], label: str = "Move", merge: str = "") -> None:
    """Put nodes where they belong now."""
    with document.edit(label, merge):
        for key, (x, y) in spots.items():
            document.change_node(key, x=x, y=y)


def delete(document: Document, keys: Collection[NodeKey], wires: Collection[Port] = ()) -> None:
    """Remove nodes with every wire that touches them, and further wires by their targets."""
    with document.edit("Delete" if keys else "Disconnect"):
        for target in _remove(document, set(keys), set(wires)):
            close_gaps(document, target)


def delete_and_heal(document: Document, keys: Collection[NodeKey], may_connect: MayConnect) -> None:
    """Remove nodes and wire what fed them to what they fed, where that is allowed."""
    gone = set(keys)
    bridges = {
        target: source
        for target, wire in document.wires.items()
        if target.owner not in gone and NodeKey(target.network, wire.node) in gone
        if (source := upstream(document, NodeKey(target.network, wire.node), gone)) is not None
    }
    with document.edit("Delete and heal"):
        bereft = _remove(document, gone, set())
        for target, source in bridges.items():
            if may_connect(document, source, target) is None:
                document.connect(source, target)
        for target in bereft:
            close_gaps(document, target)


def upstream(document: Document, key: NodeKey, gone: Collection[NodeKey]) -> Port | None:
    """What feeds a node through its first wired input, looking past the nodes that go."""
    seen = set()
    while key not in seen:
        seen.add(key)
        inputs = document.inputs_of(key)
        if not inputs:
            return None
        node_type = type_of(document, key)
        declared = [i.name for i in node_type.inputs] if node_type else []
        first = min(inputs, key=lambda name: (_place(name, declared), port_order(name)))
        if inputs[first].owner not in gone:
            return inputs[first]
        key = inputs[first].owner
    return None


def insert_on_wire(document: Document, key: NodeKey, target: Port, through: tuple[str, str]) -> None:
    """Lead the wire that ends at ``target`` through a node: into its input and out of its output ``through``."""
    wire = document.wires[target]
    with document.edit("Insert"):
        document.connect(Port(target.network, wire.node, wire.port), Port(*key, through[0]))
        document.connect(Port(*key, through[1]), target)


def passage(node_type: NodeType | None, spec: TensorSpec | None) -> tuple[str, str] | None:
    """The input and output through which a node of a type can stand in a wire with this spec, None where it cannot."""
    if node_type is None or node_type.kind != "layer" or not node_type.outputs or node_type.dynamic:
        return None
    entry = fitting_input(node_type, spec)
    return (entry, node_type.outputs[0]) if entry else None


def paste(document: Document, piece: Piece, network: str, shift: Spot, label: str = "Paste") -> Pasted:
    """Add a piece, moved by ``shift``."""
    with document.edit(label):
        return place(document, piece, network, shift)


def _remove(document: Document, keys: set[NodeKey], wires: set[Port]) -> list[Port]:
    """Take nodes and wires away; returns the inputs of remaining nodes that lost their wire."""
    touched = [
        target
        for target, wire in document.wires.items()
        if target in wires or target.owner in keys or NodeKey(target.network, wire.node) in keys
    ]
    for target in touched:
        document.put("wires", target, None)
    related = any(node.link or node.copy_of for node in document.nodes.values())
    for key in keys:
        if related:
            document.remove_node(key)  # which leaves the weights to those that share them
        else:
            document.put("nodes", key, None)
    return [target for target in touched if target.owner not in keys]


def _place(port: str, declared: list[str]) -> int:
    stem = port.partition(".")[0]
    return declared.index(stem) if stem in declared else len(declared)


def reconnect(document: Document, source: Port, target: Port, moved_from: Port | None) -> None:
    """Wire ``source`` to ``target``; a wire that was taken off another input moves over."""
    with document.edit("Connect" if moved_from is None else "Move wire"):
        if moved_from is not None:
            document.disconnect(moved_from)
        document.put("wires", target, Wire(source.node, source.port))
        if moved_from is not None and moved_from != target:
            close_gaps(document, moved_from)


def move_wires(document: Document, source: Port, targets: Collection[Port]) -> None:
    """Let wires begin at another output."""
    with document.edit("Move wires"):
        for target in targets:
            document.connect(source, target)


def add_dots(document: Document, dots: Sequence[tuple[Port, Collection[Port], Spot]]) -> list[NodeKey]:
    """Put reroutes on wires: for each the output and the inputs of its wires, and its corner; returns the dots."""
    keys = []
    with document.edit("Reroute"):
        for source, targets, (x, y) in dots:
            key = document.add_node(REROUTE, x, y, network=source.network)
            document.connect(source, Port(*key, "x"))
            for target in targets:
                document.connect(Port(*key, "output"), target)
            keys.append(key)
    return keys


def mute(document: Document, keys: Collection[NodeKey]) -> list[str]:
    """Mute nodes, or unmute them where all are muted; returns why some cannot be muted, one sentence each."""
    on = not all(document.nodes[key].muted for key in keys)
    refused = []
    with document.edit("Mute" if on else "Unmute"):
        for key in keys:
            document.change_node(key, muted=on)
        for key in sorted(keys) if on else ():
            if problem := mute_problem(document, key):
                document.change_node(key, muted=False)
                refused.append(f"“{key.node}” stays. {problem.removesuffix(' Unmute it.')}")
    return refused


def collapse(document: Document, keys: Collection[NodeKey]) -> None:
    """Draw nodes small, or whole again where all are small."""
    on = not all(document.nodes[key].collapsed for key in keys)
    with document.edit("Collapse" if on else "Expand"):
        for key in keys:
            if document.nodes[key].type != REROUTE:
                document.change_node(key, collapsed=on)


def add_comment(document: Document, network: str, comment: Comment) -> NodeKey:
    """Put a comment on a canvas; its first text joins this step of undo."""
    key = free_comment(document, network)
    with document.edit("Comment", merge=f"comment {key}"):
        document.put("comments", key, comment)
    return key


def write_comment(document: Document, key: NodeKey, text: str) -> None:
    """Give a comment its text; a note without any goes."""
    comment = document.comments.get(key)
    if comment is None or (text == comment.text and (text or not comment.note)):
        return
    gone = comment.note and not text
    with document.edit("Delete" if gone else "Comment", merge=f"comment {key}"):
        document.put("comments", key, None if gone else msgspec.structs.replace(comment, text=text))


def change_comment(document: Document, key: NodeKey, label: str, **fields: Any) -> None:
    """Replace fields of a comment."""
    with document.edit(label):
        document.put("comments", key, msgspec.structs.replace(document.comments[key], **fields))


def remove_comment(document: Document, key: NodeKey) -> None:
    with document.edit("Delete"):
        document.put("comments", key, None)
