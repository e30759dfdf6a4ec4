"""The networks that can be placed: those of the design, of the user's own library, and of the program."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import platformdirs

from graph import library
from graph.catalogue import NodeType
from graph.disk import FileProblem, write_atomically
from graph.document import MAIN, Document, NodeKey
from graph.library import Shared
from graph.network_edits import NetworkProblem, delete_network, rename_network, title_of
from graph.networks import PLACED, placed, types_of
from graph.wording import Worded
from gui import whereabouts
from gui.session import Session

FILE: Final = "@file:"  # how the name of a type begins that stands in a file of a library


def folder() -> Path:
    """Where the user's networks are: NETLOOM_LIBRARY, or the user's data folder."""
    return Path(
        os.environ.get("NETLOOM_LIBRARY") or platformdirs.user_data_path("netloom", appauthor=False) / "networks"
    )


# -- what there is -----------------------------------------------------------------------------------------------------


def own(document: Document) -> list[NodeType]:
    """The networks of a design, by title."""
    types = types_of(document)
    found = [types[PLACED + name] for name in document.networks if name != MAIN and PLACED + name in types]
    return sorted(found, key=lambda node_type: node_type.title.casefold())


def mine() -> tuple[list[NodeType], list[str]]:
    """The networks of the user's library, and a sentence for every file there that holds none."""
    return _types_in(folder())


def shipped() -> list[NodeType]:
    """The networks that come with the program."""
    return _types_in(library.SHIPPED)[0]


def in_file(name: str) -> NodeType | None:
    """The type of a name that begins with ``@file:``; None for any other, or where the file is gone or bad."""
    shared = _shared(name)
    return _type_of(shared) if shared else None


def _types_in(place: Path) -> tuple[list[NodeType], list[str]]:
    try:
        found, faults = library.shelf(place)
    except FileProblem as problem:
        return [], [str(problem)]
    return [_type_of(shared) for shared in found], faults


def _type_of(shared: Shared) -> NodeType:
    """The type of a network in a file, with what the file says of it."""
    summary = shared.about or f"The network “{shared.title}”."
    return replace(shared.type, name=f"{FILE}{shared.path}", summary=summary)


def _shared(name: str) -> Shared | None:
    if not name.startswith(FILE):
        return None
    try:
        return library.read(Path(name.removeprefix(FILE)))
    except FileProblem:
        return None


# -- into the design ---------------------------------------------------------------------------------------------------


def bring(document: Document, name: str, network: str) -> str:
    """The name of a type as this design has it, imported from its file if need be; to be placed in ``network``.

    Only inside ``edit``. Raises NetworkProblem with a sentence where it cannot be placed there.
    """
    if name.startswith(FILE):
        shared = _shared(name)
        if shared is None:
            raise NetworkProblem(f"“{Path(name).stem}” is gone from the library, or can no longer be read.")
        name = PLACED + library.import_network(document, shared.document, shared.network)
    if placed(name):
        library.check_placing(document, placed(name), network)
    return name


def place(session: Session, node_type: NodeType, x: float, y: float) -> NodeKey | None:
    """Put a node of a type into the network that is shown; None, with a sentence, where that cannot be."""
    document, network = session.document, session.network
    try:
        with document.edit(Worded("Add {type}", type=node_type.title)):
            return document.add_node(bring(document, node_type.name, network), x, y, network=network)
    except NetworkProblem as problem:
        session.say(str(problem), "warning", topic="network")
        return None


# -- keeping the library ----------------------------------------------------------------------------------------------


def save(session: Session, name: str) -> None:
    """Save a network of the design in the user's library, with those that it rests on."""
    title = title_of(session.document, name)

    def write() -> None:
        folder().mkdir(parents=True, exist_ok=True)
        library.save_network(session.document, name, library.free_path(folder(), title))
        said = session.tr("“{title}” is among your networks now: every design can place it.")
        session.say(said.format(title=title), topic="library")

    _try(session, write)


def rename(session: Session, name: str, title: str) -> None:
    """Give a network another title, in the design or in the user's library."""
    title = " ".join(title.split())
    if not title:
        return
    if shared := _shared(name):
        _try(session, lambda: library.retitle(shared, title))
    elif placed(name) in session.document.networks and title != title_of(session.document, placed(name)):
        with session.document.edit("Rename a network"):
            rename_network(session.document, placed(name), title)


def remove(session: Session, name: str, again: Callable[[], object]) -> None:
    """Take a network away: out of the design, where nothing places it, or from the user's library.

    again: called after the file of one was put back, to show it
    """
    if shared := _shared(name):
        path, title = shared.path, shared.title

        def put_back(data: bytes) -> None:
            _try(session, lambda: write_atomically(path, data))
            again()

        def drop() -> None:
            data = path.read_bytes()
            library.remove(path)
            said = session.tr("“{title}” is no longer among your networks. Designs that place it keep theirs.")
            session.say(said.format(title=title), "info", session.tr("Put it back"), lambda: put_back(data), "library")

        _try(session, drop)
        return
    try:
        with session.document.edit("Delete a network"):
            delete_network(session.document, placed(name))
    except NetworkProblem as problem:
        session.say(str(problem), "warning", topic="network")


def show(session: Session, name: str) -> None:
    """Show the inside of a network of the design."""
    session.go(whereabouts.way_to(session.document, placed(name)))


def _try(session: Session, do: Callable[[], object]) -> None:
    try:
        do()
    except FileProblem as problem:
        session.say(str(problem), "error", topic="library")
    except OSError as error:
        said = session.tr("The library of networks cannot be written: {reason}.")
        session.say(said.format(reason=error.strerror or error), "error", topic="library")
