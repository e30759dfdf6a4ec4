"""Pieces of a drawing as JSON text: what copy puts on the clipboard and paste takes from it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from graph import files
from graph.disk import FileProblem
from graph.document import MAIN, Comment, Document, Network, Node, NodeKey, Port, Wire, is_identifier
from graph.grouping import fresh_keys as fresh_keys
from graph.library import check_placing, import_network
from graph.network_edits import NetworkProblem
from graph.networks import PLACED, original, params_of, placed, used_by

FORMAT: Final = "netloom piece"
VERSION: Final = 1
MOST_CHARACTERS: Final = 20_000_000
MOST_NODES: Final = 10_000
FARTHEST: Final = 1e6  # scene pixels from the origin


class ClipboardProblem(Exception):
    """A text that is no piece of a drawing; the message is a sentence for the user."""


class Piece(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Some nodes by id and the wires among them, ``"conv2d_1.x": "data_1.image"``, as in a design's file, and comments.

    ``design`` holds the networks that the nodes place, as a design's file does, where the piece is to travel.
    """

    format: str
    version: int
    nodes: dict[str, Node]
    wires: dict[str, str] = {}
    design: dict[str, Any] = {}
    comments: dict[str, Comment] = {}


class Pasted(NamedTuple):
    """What a piece has become in a document: the new keys of its nodes by their old ids, and those of its comments."""

    nodes: dict[str, NodeKey]
    comments: list[NodeKey]


def piece_of(document: Document, keys: Collection[NodeKey], travels: bool = False,
             comments: Collection[NodeKey] = ()) -> Piece:  # fmt: skip
    """The named nodes and comments, which stand in one network, with the wires that run among the nodes.

    travels: whether the networks that they place come along
    """
    chosen = set(keys)
    wires = {
        f"{target.node}.{target.port}": f"{wire.node}.{wire.port}"
        for target, wire in document.wires.items()
        if target.owner in chosen and NodeKey(target.network, wire.node) in chosen
    }
    nodes = {key.node: _alone(document, key, chosen) for key in document.nodes if key in chosen}
    noted = {key.node: document.comments[key] for key in document.comments if key in comments}
    return Piece(FORMAT, VERSION, nodes, wires, _networks(document, nodes) if travels else {}, noted)


def _networks(document: Document, nodes: Mapping[str, Node]) -> dict[str, Any]:
    """The networks that nodes place, with those that these rest on; nothing where there are none."""
    names = {placed(node.type) for node in nodes.values()} & document.networks.keys()
    kept = {below for name in names for below in used_by(document, name)} - {MAIN}
    if not kept:
        return {}
    tables = {
        table: {key: row for key, row in found.items() if key.network in kept}
        for table, found in (("nodes", document.nodes), ("wires", document.wires), ("comments", document.comments))
    }
    networks = {MAIN: Network(), **{name: document.networks[name] for name in sorted(kept)}}
    found: dict[str, Any] = msgspec.json.decode(files.dumps(Document.of({**tables, "networks": networks})))
    return found


def _alone(document: Document, key: NodeKey, chosen: Collection[NodeKey]) -> Node:
    """A node as it is without those that stay: it shares weights with chosen ones alone, and has them otherwise."""
    node = document.nodes[key]
    copied = node.copy_of if NodeKey(key.network, node.copy_of) in chosen else ""
    if not node.link:
        return msgspec.structs.replace(node, copy_of=copied) if copied != node.copy_of else node
    among = [
        other for other in document.nodes if other in chosen and original(document, other) == original(document, key)
    ]
    first = original(document, key) if original(document, key) in chosen else among[0]
    own = {"link": "", "params": dict(params_of(document, key))} if first == key else {"link": first.node}
    return msgspec.structs.replace(node, copy_of=copied, **own)


def _brought(document: Document, piece: Piece) -> dict[str, str]:
    """Take the networks that came along into a document; their names here by those there."""
    if not piece.design:
        return {}
    try:
        other = files.loads(msgspec.json.encode(piece.design), "the clipboard")
    except FileProblem as problem:
        raise NetworkProblem(f"The networks on the clipboard are damaged: {problem}") from None
    names = {placed(node.type) for node in piece.nodes.values()} & other.networks.keys()
    return {name: import_network(document, other, name) for name in sorted(names)}


def to_text(piece: Piece) -> str:
    return msgspec.json.format(msgspec.json.encode(piece), indent=2).decode()


def from_text(text: str) -> Piece:
    """Read a piece, also out of a message with words around it. Raises ClipboardProblem with a sentence."""
    inner = text[text.find("{") : text.rfind("}") + 1]
    if f'"{FORMAT}"' not in inner or len(text) > MOST_CHARACTERS:
        raise ClipboardProblem("The clipboard holds no nodes. Copy some on a canvas first.")
    try:
        piece = msgspec.json.decode(inner.encode("utf-8", "replace"), type=Piece)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ClipboardProblem(f"The nodes on the clipboard are damaged and were not pasted: {error}.") from None
    if piece.version > VERSION:
        raise ClipboardProblem("The nodes on the clipboard come from a newer version of Netloom than this one.")
    if problem := _problem(piece):
        raise ClipboardProblem(f"The nodes on the clipboard are damaged and were not pasted: {problem}.")
    return piece


def _problem(piece: Piece) -> str:
    if not piece.nodes and not piece.comments:
        return "there are none"
    for what, table in (("nodes", piece.nodes), ("comments", piece.comments)):
        if len(table) > MOST_NODES:
            return f"there are {len(table):,} {what}, and at most {MOST_NODES:,} can be pasted at once"
    if bad := next((name for name in piece.nodes if not is_identifier(name)), None):
        return f"“{bad}” is no name of a node"
    placed_at: list[tuple[str, tuple[float, ...]]] = [(name, (node.x, node.y)) for name, node in piece.nodes.items()]
    placed_at += [(name, (c.x, c.y, c.width, c.height)) for name, c in piece.comments.items()]
    if far := next((name for name, spot in placed_at if not max(map(abs, spot)) <= FARTHEST), None):
        return f"“{far}” lies far outside every canvas"
    if flat := next((name for name, c in piece.comments.items() if min(c.width, c.height) <= 0), None):
        return f"the comment “{flat}” has no size"
    ends = (end.partition(".") for wire in piece.wires.items() for end in wire)
    lost = next((node for node, dot, port in ends if node not in piece.nodes or not port), None)
    return "" if lost is None else f"a wire leads to “{lost}”, which is not among them"


def place(document: Document, piece: Piece, network: str, shift: tuple[float, float]) -> Pasted:
    """Add a piece to a document, inside ``edit``, moved by ``shift``.

    Raises NetworkProblem where a network that it places cannot stand there.
    """
    names = _brought(document, piece)
    keys = dict(zip(piece.nodes, fresh_keys(document, piece.nodes, network)))
    for name, node in piece.nodes.items():
        other = {
            field: keys[id].node if id in keys else "" for field in ("link", "copy_of") if (id := getattr(node, field))
        }
        if inner := placed(node.type):
            other["type"] = PLACED + names.get(inner, inner)
            if names.get(inner, inner) in document.networks:
                check_placing(document, names.get(inner, inner), network)
        moved = msgspec.structs.replace(node, x=node.x + shift[0], y=node.y + shift[1], **other)
        document.put("nodes", keys[name], moved)
    for target, source in piece.wires.items():
        taker, _, port = target.partition(".")
        giver, _, source_port = source.partition(".")
        document.put("wires", Port(*keys[taker], port), Wire(keys[giver].node, source_port))
    return Pasted(keys, [_note(document, comment, network, shift) for comment in piece.comments.values()])


def _note(document: Document, comment: Comment, network: str, shift: tuple[float, float]) -> NodeKey:
    key = free_comment(document, network)
    document.put("comments", key, msgspec.structs.replace(comment, x=comment.x + shift[0], y=comment.y + shift[1]))
    return key


def free_comment(document: Document, network: str) -> NodeKey:
    """The next key that no comment of a network has."""
    number = 1
    while (key := NodeKey(network, f"comment_{number}")) in document.comments:
        number += 1
    return key
