"""Recovery files: every transaction is in them at once, and what was cut off costs no more than itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from graph import templates
from graph.disk import FileProblem
from graph.document import Document, NodeKey, Port
from graph.journal import Journal, recover
from graph.network_edits import rename_network


@pytest.fixture
def document() -> Document:
    return templates.find_design("digits-cnn")


@pytest.fixture
def journal(document: Document, tmp_path: Path) -> Iterator[Journal]:
    made = Journal(tmp_path / "one", document, tmp_path / "mine.netloom", "mine")
    document.listeners.append(made.add)
    yield made
    made.close()


def work(document: Document, times: int) -> None:
    for number in range(times):
        with document.edit("Add"):
            document.add_node("relu", 10.0 * number)


def test_it_holds_the_design_and_every_change(document: Document, journal: Journal, tmp_path: Path) -> None:
    work(document, 3)
    with document.edit("More"):
        document.set_setting("epochs", 7)
        document.remove_node(next(iter(document.nodes)))
        document.put("about", "title", "Mine")
    document.undo()
    document.redo()
    found = recover(journal.place)
    assert found.document.snapshot() == document.snapshot()
    assert (found.path, found.title, found.steps) == (tmp_path / "mine.netloom", "mine", 6)


def test_networks_within_networks_come_back(tmp_path: Path) -> None:
    document = templates.find_design("gan-2d")
    journal = Journal(tmp_path / "one", document, None, "GAN")
    document.listeners.append(journal.add)
    name = next(name for name in document.networks if name != "main")
    with document.edit("Rename"):
        rename_network(document, name, "Another name")
    journal.close()
    found = recover(journal.place)
    assert found.document.snapshot() == document.snapshot()
    assert found.path is None


def test_a_cut_at_any_byte_loses_only_what_follows(document: Document, journal: Journal, tmp_path: Path) -> None:
    before = journal.place.stat().st_size
    states = [document.snapshot()]
    ends = [before]
    for _ in range(4):
        work(document, 1)
        states.append(document.snapshot())
        ends.append(journal.place.stat().st_size)
    whole, cut = journal.place.read_bytes(), tmp_path / "cut"
    for length in range(before, len(whole) + 1, 3):
        cut.write_bytes(whole[:length])
        steps = sum(end <= length for end in ends) - 1
        found = recover(cut)
        assert found.steps == steps
        assert found.document.snapshot() == states[steps]


def test_rubbish_at_the_end_is_left_out(document: Document, journal: Journal) -> None:
    work(document, 2)
    with journal.place.open("ab") as file:
        file.write(b"0badc0de {}\n\x00\x00")
    assert recover(journal.place).steps == 2


def test_a_file_without_its_beginning_is_told(tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    for data in (b"", b"{", b"{}\n", b'{"length": 5, "path": "", "title": "", "time": 0}\nxx'):
        bad.write_bytes(data)
        with pytest.raises(FileProblem):
            recover(bad)


def test_it_is_full_once_changes_outweigh_the_design(journal: Journal, document: Document) -> None:
    assert not journal.full
    while not journal.full:
        work(document, 200)
    assert recover(journal.place).document.snapshot() == document.snapshot()


def test_wires_and_keys_keep_their_kinds(journal: Journal, document: Document) -> None:
    work(document, 2)
    found = recover(journal.place).document
    assert all(isinstance(key, NodeKey) for key in found.nodes)
    assert all(isinstance(key, Port) for key in found.wires)
