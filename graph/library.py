"""A library of networks: files that hold one network each with those it rests on, and taking one into a design."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

import resources
from graph.catalogue import NodeType
from graph.disk import FileProblem, reason
from graph.document import MAIN, Document, Network, Node, NodeKey
from graph.files import SUFFIX, load, save
from graph.network_edits import NetworkProblem, free_network, title_of
from graph.networks import PLACED, holds_itself, inside, instances, placed, types_of, used_by

SHIPPED = resources.FOLDER / "networks"
NETWORK = "network"  # under what ``about`` says which network a file is for
MOST = 500  # files of a folder that are read


@dataclass(frozen=True)
class Shared:
    """One file of a library. ``network`` is the name of the network in ``document`` that it is there for."""

    path: Path
    network: str
    document: Document

    @property
    def title(self) -> str:
        return title_of(self.document, self.network)

    @property
    def about(self) -> str:
        """What it is good for, in a sentence or two; "" where nobody has said."""
        return self.document.about.get("lesson", "")

    @property
    def type(self) -> NodeType:
        """What a node that places it looks like."""
        return types_of(self.document)[PLACED + self.network]


# -- files -------------------------------------------------------------------------------------------------------------


def shelf(folder: Path) -> tuple[list[Shared], list[str]]:
    """The networks in a folder by title, and a sentence for every file there that is none. No folder is an empty one.

    Raises FileProblem where the folder cannot be read.
    """
    found, faults = [], []
    for path in _files(folder)[:MOST]:
        try:
            found.append(read(path))
        except FileProblem as problem:
            faults.append(str(problem))
    return sorted(found, key=lambda each: (each.title.casefold(), each.path.name)), faults


def read(path: Path) -> Shared:
    """The network of a file. Raises FileProblem with a sentence."""
    try:
        state = path.stat()
    except OSError as error:
        raise FileProblem(f"“{path}” cannot be opened: {reason(error)}", 1) from None
    return _read(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=2 * MOST)
def _read(path: Path, changed: int, size: int) -> Shared:
    """The network of a file that changed last at that time."""
    document = load(path)
    network = _meant(document)
    if not network:
        raise FileProblem(f"“{path.name}” holds no network that could be placed: it is a design of one canvas.")
    if holds_itself(document, network):
        raise FileProblem(f"“{path.name}” cannot be used: its network holds itself, which would never end.")
    return Shared(path, network, document)


def save_network(document: Document, name: str, path: str | Path) -> None:
    """Write a network with those that it rests on to a file. Raises FileProblem with a sentence."""
    if name == MAIN or name not in document.networks:
        raise FileProblem(f"The design has no network “{name}” that could be saved by itself.")
    if holds_itself(document, name):
        raise FileProblem(f"“{title_of(document, name)}” holds itself: a network like that cannot be shared.")
    save(_piece(document, name), path)


def free_path(folder: Path, title: str) -> Path:
    """A file in a folder that is not there yet, called after a title."""
    plain = re.sub(r'[<>:"/\\|?*\x00-\x1f\x7f]', " ", title)
    stem = " ".join(plain.split())[:80].strip(" .") or NETWORK
    path, number = folder / f"{stem}{SUFFIX}", 1
    while path.exists():
        number += 1
        path = folder / f"{stem} {number}{SUFFIX}"
    return path


def retitle(shared: Shared, title: str) -> Path:
    """Give a network of the library another title, and its file the name that goes with it. Raises FileProblem."""
    document = Document.of(shared.document.snapshot())
    with document.edit("Rename"):
        network = msgspec.structs.replace(document.networks[shared.network], title=title)
        document.put("networks", shared.network, network)
        document.put("about", "title", title)
    path = free_path(shared.path.parent, title)
    save(document, path)
    remove(shared.path)
    return path


def remove(path: Path) -> None:
    """Delete a file of the library. Raises FileProblem with a sentence."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise FileProblem(f"“{path.name}” cannot be removed: {reason(error)}", 3) from None


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.glob(f"*{SUFFIX}") if not path.name.startswith("."))
    except OSError as error:
        raise FileProblem(f"“{folder}” cannot be read: {reason(error)}", 3) from None


def _meant(document: Document) -> str:
    """The network that a file is there for: the one it names, or one that its canvas places, or that nothing places."""
    names = [name for name in document.networks if name != MAIN]
    if (named := document.about.get(NETWORK, "")) in names:
        return named
    on_canvas = [placed(node.type) for node in inside(document, MAIN).values()]
    top = [name for name in names if not any(True for _ in instances(document, name))]
    return next((name for name in (*on_canvas, *top, *names) if name in names), "")


def _piece(document: Document, name: str) -> Document:
    """A document of its own for a network: its canvas holds one node, which places it."""
    kept = used_by(document, name)
    tables: dict[str, dict[Any, Any]] = {table: {} for table in ("about", "settings", "networks", "nodes", "wires")}
    for table in ("nodes", "wires", "comments"):
        tables[table] = {key: row for key, row in getattr(document, table).items() if key.network in kept}
    tables["networks"] = {MAIN: Network(), **{each: document.networks[each] for each in sorted(kept)}}
    tables["about"] = {NETWORK: name, "title": title_of(document, name)}
    piece = Document.of(tables)
    with piece.edit("Place"):
        piece.add_node(PLACED + name)
    return piece


# -- into a design -----------------------------------------------------------------------------------------------------


def import_network(document: Document, other: Document, name: str) -> str:
    """Take a network of another document with those that it rests on; returns its name here. Only inside ``edit``.

    A network that is here already, alike but for where its nodes stand, is used as it is; others get free names.
    Raises NetworkProblem where there is no such network or it holds itself.
    """
    if name == MAIN or name not in other.networks:
        raise NetworkProblem(f"There is no network “{name}” that could be placed.")
    if holds_itself(other, name):
        raise NetworkProblem(f"“{title_of(other, name)}” holds itself: it cannot be placed.")
    names: dict[str, str] = {}
    for each in _from_below(other, name):
        content = _content(other, each, names)
        names[each] = _alike(document, each, content) or _take(document, other, each, names)
    return names[name]


def check_placing(document: Document, name: str, network: str) -> None:
    """Raise NetworkProblem where placing a network inside another would make it hold itself."""
    if name not in document.networks or name == MAIN:
        raise NetworkProblem(f"The design has no network “{name}” that could be placed.")
    if name == network:
        raise NetworkProblem(f"“{title_of(document, name)}” cannot be placed inside itself, which would never end.")
    if network in used_by(document, name):
        raise NetworkProblem(f"“{title_of(document, name)}” holds “{title_of(document, network)}”, so it cannot be "
                             "placed in it, which would never end.")  # fmt: skip


def _from_below(document: Document, name: str) -> list[str]:
    """A network and those that it rests on, each after the ones that it places."""
    found: list[str] = []

    def visit(each: str) -> None:
        for node in inside(document, each).values():
            below = placed(node.type)
            if below in document.networks and below not in found:
                visit(below)
        found.append(each)

    visit(name)
    return found


def _content(document: Document, name: str, names: Mapping[str, str]) -> Any:
    """What a network is, apart from its name and from where its nodes stand; ``names`` are those of networks below."""
    nodes = {
        key.node: msgspec.structs.replace(_renamed(node, names), x=0.0, y=0.0)
        for key, node in inside(document, name).items()
    }
    wires = {(port.node, port.port): wire for port, wire in document.wires.items() if port.network == name}
    network = document.networks[name]
    return msgspec.structs.replace(network, title=_stem(title_of(document, name))), nodes, wires


def _alike(document: Document, name: str, content: Any) -> str:
    """A network of the document with such a content, preferably of that name; "" where there is none."""
    order = sorted((each for each in document.networks if each != MAIN), key=lambda each: (each != name, each))
    return next((each for each in order if _content(document, each, {}) == content), "")


def _take(document: Document, other: Document, name: str, names: Mapping[str, str]) -> str:
    """Copy a network under its own name, or under a free one where that is taken."""
    new = name if name not in document.networks else free_network(document, title_of(other, name))
    titles = {title_of(document, each) for each in document.networks}
    title, number = title_of(other, name), 1
    while title in titles:
        number += 1
        title = f"{_stem(title_of(other, name))} {number}"
    document.put("networks", new, msgspec.structs.replace(other.networks[name], title=title))
    for key, node in inside(other, name).items():
        document.put("nodes", NodeKey(new, key.node), _renamed(node, names))
    for table, kind in (("wires", other.wires), ("comments", other.comments)):
        for key, row in _of(kind, name):
            document.put(table, key._replace(network=new), row)
    return new


def _of(table: Mapping[Any, Any], name: str) -> Iterator[tuple[Any, Any]]:
    return ((key, row) for key, row in table.items() if key.network == name)


def _renamed(node: Node, names: Mapping[str, str]) -> Node:
    name = placed(node.type)
    return msgspec.structs.replace(node, type=PLACED + names[name]) if name in names else node


def _stem(title: str) -> str:
    """A title without the number that tells it from others."""
    return re.sub(r" \d+$", "", title)
