"""Designs as JSON files: checked against one schema on the way in and on the way out."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec

from graph.disk import FileProblem as FileProblem
from graph.disk import read_bytes, write_atomically
from graph.document import (
    MAIN,
    Comment,
    Document,
    Network,
    Node,
    NodeKey,
    Port,
    Value,
    Wire,
    is_identifier,
    port_order,
)

FORMAT, VERSION = "netloom", 1
SUFFIX = ".netloom"
MAX_BYTES = 64 * 2**20
MAX_NODES = 100_000
MAX_TEXT = 1_000_000  # characters of one text
MAX_NAME = 200
MAX_DEPTH = 12
MAX_WHOLE = 2**63

Tree = dict[str, Any]
MIGRATIONS: dict[int, Callable[[Tree], Tree]] = {}  # from version n to n + 1

Name = Annotated[str, msgspec.Meta(max_length=MAX_NAME, pattern=r"^[^\W\d]\w*\Z")]
End = Annotated[str, msgspec.Meta(max_length=2 * MAX_NAME, pattern=r"^[^\W\d]\w*\..")]


class StoredNetwork(msgspec.Struct, forbid_unknown_fields=True):
    """One canvas in a file. A wire stands under the input ``node.port`` that it ends at and names its output."""

    title: str = ""
    promoted: dict[str, list[str]] = {}
    nodes: dict[Name, Node] = {}
    wires: dict[End, End] = {}
    comments: dict[Name, Comment] = {}


class StoredDesign(msgspec.Struct, forbid_unknown_fields=True):
    """A whole file."""

    format: Literal["netloom"]
    version: int
    networks: dict[Name, StoredNetwork]
    about: dict[str, str] = {}
    settings: dict[str, Value] = {}


class _Fault(Exception):
    """What is wrong inside a file, and the keys that lead to it from the inside out."""

    def __init__(self, sentence: str, *trail: str) -> None:
        super().__init__(sentence)
        self.trail = list(reversed(trail))

    def __str__(self) -> str:
        where = " › ".join(reversed(self.trail))
        return f"at {where}: {self.args[0]}" if where else str(self.args[0])


def schema() -> dict[str, Any]:
    """The JSON Schema of a file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Netloom design",
        **msgspec.json.schema(StoredDesign),
    }


# -- bytes -------------------------------------------------------------------------------------------------------------


def dumps(document: Document) -> bytes:
    """The file of a document. Equal documents give equal bytes. Raises FileProblem for what no file can hold."""
    tree = _tree(document)
    try:
        _checked(tree)
    except _Fault as fault:
        raise FileProblem(f"The design cannot be saved: {fault}") from None
    return _render(tree).encode() + b"\n"


def loads(data: bytes, origin: str = "") -> Document:
    """The document in a file. Raises FileProblem with a sentence that says where the file is wrong.

    origin: what to call the file in that sentence
    """
    try:
        return _document(_current(_parsed(data)))
    except _Fault as fault:
        name = f"“{origin}”" if origin else "The design"
        raise FileProblem(f"{name} cannot be opened: {fault}") from None


def _parsed(data: bytes) -> Any:
    if len(data) > MAX_BYTES:
        raise _Fault(f"it has more than {MAX_BYTES // 2**20} MB, too much for a design.")
    if not data.strip():
        raise _Fault("it is empty.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _Fault(f"it is not a text in UTF-8 (byte {error.start + 1}), so it is no Netloom design.") from None
    try:
        tree = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        early = not text[error.pos :].strip() or error.msg.startswith("Unterminated")
        cut = " It ends too early; perhaps it was not copied whole." if early else ""
        fault = f"line {error.lineno}, column {error.colno} is not JSON: {error.msg[0].lower()}{error.msg[1:]}.{cut}"
        raise _Fault(fault) from None
    except RecursionError:
        raise _Fault("lists and objects are nested too deeply.") from None
    except ValueError:
        raise _Fault("it holds a number with thousands of digits.") from None
    return tree


def _unique(pairs: list[tuple[str, Any]]) -> Tree:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _Fault(f"“{twice}” stands twice in one object; every name may stand only once.")
    return found


def _no_constant(name: str) -> None:
    raise _Fault(f"it holds {name}, which is no number; every number has to be finite.")


def _current(tree: Any) -> Tree:
    """The tree in today's version, after every migration it needs."""
    if not isinstance(tree, dict) or tree.get("format") != FORMAT:
        raise _Fault(f"it is JSON, but no Netloom design: one begins with “format”: “{FORMAT}”.")
    version = tree.get("version")
    if type(version) is not int or version < 1:
        raise _Fault(f"a whole number from 1 is expected; got {json.dumps(version)}.", "version")
    if version > VERSION:
        raise _Fault(f"it was made by a newer Netloom (version {version}); this one reads up to {VERSION}. "
                     "Update Netloom to open it.")  # fmt: skip
    for older in range(version, VERSION):
        tree = {**MIGRATIONS[older](tree), "version": older + 1}
    return dict(tree)


# -- the tree and the document -----------------------------------------------------------------------------------------


def _document(tree: Tree) -> Document:
    """A checked document in canonical order, so that equal designs are read, written and trained alike."""
    design = _checked(tree)
    tables: dict[str, dict[Any, Any]] = {"about": design.about, "settings": design.settings}
    tables |= {"networks": {}, "nodes": {}, "wires": {}, "comments": {}}
    for name, network in design.networks.items():
        tables["networks"][name] = Network(network.title, network.promoted)
        tables["nodes"].update((NodeKey(name, id), node) for id, node in network.nodes.items())
        tables["wires"].update(_wires(name, network))
        tables["comments"].update((NodeKey(name, id), comment) for id, comment in network.comments.items())
    return Document.of({table: _sorted(rows) for table, rows in tables.items()})


def _wires(name: str, network: StoredNetwork) -> Iterable[tuple[Port, Wire]]:
    for target, source in network.wires.items():
        yield Port(name, *target.partition(".")[::2]), Wire(*source.partition(".")[::2])


def _tree(document: Document) -> Tree:
    networks: Tree = {}
    for name, network in _sorted(document.networks).items():
        head = {"title": network.title, "promoted": _sorted(network.promoted)}
        networks[name] = {
            **{field: value for field, value in head.items() if value},
            "nodes": {},
            "wires": {},
            "comments": {},
        }
    try:
        for key, node in _sorted(document.nodes).items():
            networks[key.network]["nodes"][key.node] = _plain(node)
        for port, wire in _sorted(document.wires).items():
            networks[port.network]["wires"][f"{port.node}.{port.port}"] = f"{wire.node}.{wire.port}"
        for key, comment in _sorted(document.comments).items():
            networks[key.network]["comments"][key.node] = _plain(comment)
    except KeyError as error:
        raise FileProblem(f"The design cannot be saved: it has no network “{error.args[0]}”.") from None
    for network in networks.values():
        if not network["comments"]:
            del network["comments"]
    head = {"format": FORMAT, "version": VERSION, "about": _sorted(document.about)}
    return {**head, "settings": _sorted(document.settings), "networks": networks}


def _plain(row: Node | Comment) -> Tree:
    """A node or comment as JSON: places without needless decimals, parameters in the order of their names."""
    tree = {name: getattr(row, name) for name in row.__struct_fields__}
    tree |= {name: _whole(tree[name]) for name in ("x", "y", "width", "height") if name in tree}
    if "params" in tree:
        tree["params"] = _sorted(tree["params"])
    return {name: value for name, value in tree.items() if name == "type" or not _says_nothing(value)}


def _says_nothing(value: object) -> bool:
    return value is False or value in ("", {})


def _whole(number: float) -> float | int:
    return int(number) if math.isfinite(number) and number == int(number) else number


def _sorted(table: Mapping[Any, Any]) -> dict[Any, Any]:
    return {key: table[key] for key in sorted(table, key=_natural)}


def _natural(key: Any) -> tuple[Any, ...]:
    """Sorting key that puts “main” first and ``conv_2`` before ``conv_10``."""
    if isinstance(key, Port):
        return (*_natural(key.owner), port_order(key.port))
    parts = key if isinstance(key, tuple) else (key,)
    return tuple((part != MAIN, *_chunks(part)) for part in parts)


@lru_cache(maxsize=2**17)
def _chunks(text: str) -> tuple[str | int, ...]:
    return tuple(int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", text))


def _render(value: Any, depth: int = 0) -> str:
    """JSON with a line for every node, wire and entry."""
    if not isinstance(value, dict) or not value or depth > 3:
        return _ENCODER.encode(value)
    space = "  " * depth
    lines = [f"{space}  {_ENCODER.encode(key)}: {_render(item, depth + 1)}" for key, item in value.items()]
    return "{\n" + ",\n".join(lines) + f"\n{space}}}"


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


# -- checks ------------------------------------------------------------------------------------------------------------


def _check(value: Any, depth: int = 0) -> None:
    """Refuse what JSON can say and a design cannot: endless numbers and texts, bottomless lists."""
    match value:
        case str():
            if len(value) > MAX_TEXT:
                raise _Fault(f"the text is longer than {MAX_TEXT:,} characters.")
            if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
                raise _Fault("the text holds half a character (a lone surrogate).")
        case int():
            if abs(value) >= MAX_WHOLE:
                raise _Fault("the number is too large.")
        case float():
            if not math.isfinite(value):
                raise _Fault(f"{value} is no number that a design can hold; it has to be finite.")
        case dict() | list():
            if depth > MAX_DEPTH:
                raise _Fault("lists and objects are nested too deeply.")
            for key, item in value.items() if isinstance(value, dict) else enumerate(value, 1):
                try:
                    _check(key)
                    _check(item, depth + 1)
                except _Fault as fault:
                    fault.trail.append(str(key)[:MAX_NAME])
                    raise
        case _:
            raise _Fault(f"{_WORDS.get(type(value).__name__, type(value).__name__)} cannot stand here.")


def _checked(tree: Tree) -> StoredDesign:
    """The tree as a design, or the first fault in it."""
    _check(tree)
    try:
        design = msgspec.convert(tree, StoredDesign)
    except msgspec.ValidationError as error:
        raise _located(tree, StoredDesign, str(error)) from None
    if MAIN not in design.networks:
        raise _Fault(f"the network “{MAIN}” is missing.", "networks")
    if sum(len(network.nodes) for network in design.networks.values()) > MAX_NODES:
        raise _Fault(f"there are more than {MAX_NODES:,} nodes.", "networks")
    for name, network in design.networks.items():
        for id in (name, *network.nodes, *network.comments):
            if not is_identifier(id):
                raise _Fault(f"“{id}” is a word of Python and cannot be a name.", "networks", name)
        for target, source in network.wires.items():
            for node in (target.partition(".")[0], source.partition(".")[0]):
                if node not in network.nodes:
                    raise _Fault(f"there is no node “{node}”.", "networks", name, "wires", target)
    return design


def _located(value: Any, kind: Any, message: str) -> _Fault:
    """The fault at its exact place, which msgspec leaves open inside dictionaries."""
    for key, item, item_kind in _parts(value, kind):
        try:
            msgspec.convert(item, item_kind)
        except msgspec.ValidationError as error:
            fault = _located(item, item_kind, str(error))
            fault.trail.append(key)
            return fault
    return _Fault(_sentence(message.partition(" - at ")[0]))


def _parts(value: Any, kind: Any) -> Iterable[tuple[str, Any, Any]]:
    """What a value consists of: key, item and the kind it should have."""
    if not isinstance(value, dict):
        return
    if get_origin(kind) is dict:
        key_kind, item_kind = get_args(kind)
        for key, item in value.items():
            yield key, key, key_kind
            yield key, item, item_kind
    elif isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        kinds = {field.name: field.type for field in msgspec.structs.fields(kind)}
        for key, item in value.items():
            if key in kinds:
                yield key, item, kinds[key]


_WORDS = {
    "str": "a text", "int": "a whole number", "float": "a number", "bool": "true or false", "array": "a list",
    "object": "an object", "null": "null", "NoneType": "null",
}  # fmt: skip


def _sentence(message: str) -> str:
    """A refusal of msgspec in plain words."""
    if types := re.fullmatch(r"Expected `(.+)`, got `(.+)`", message):
        wanted = " or ".join(_WORDS.get(name, name) for name in types[1].split(" | "))
        return f"{wanted} is expected; got {_WORDS.get(types[2], types[2])}."
    if missing := re.fullmatch(r"Object missing required field `(.+)`", message):
        return f"“{missing[1]}” is missing."
    if unknown := re.fullmatch(r"Object contains unknown field `(.+)`", message):
        return f"“{unknown[1]}” is not known here."
    if "matching regex" in message:
        return "a name has letters, digits and “_”, no digit first; a wire joins a “node.port” to a “node.port”."
    if "length" in message:
        return f"a name has at most {MAX_NAME} characters."
    return f"{message}."


# -- files -------------------------------------------------------------------------------------------------------------


def load(path: str | Path) -> Document:
    """Read a design. Raises FileProblem with a sentence."""
    return loads(read_bytes(path, MAX_BYTES + 1), str(path))


def save(document: Document, path: str | Path) -> None:
    """Write a design, whole or not at all, and take it as saved. Raises FileProblem; the old file stays then."""
    write_atomically(path, dumps(document))
    document.mark_saved()
