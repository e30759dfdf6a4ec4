"""The document: any sequence of edits can be undone, redone, rolled back, merged, saved and loaded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.document import MAIN, Change, Comment, Document, Node, NodeKey, Port, port_order
from graph.files import dumps, loads

Edit = Callable[[Document], None]
TYPES = ("linear", "relu", "conv2d", "from_a_plugin")
VALUES: st.SearchStrategy[Any] = st.one_of(
    st.booleans(), st.integers(-(2**40), 2**40), st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12), st.lists(st.integers(-(2**40), 2**40), max_size=3),
)  # fmt: skip
PLACES = st.integers(-5000, 5000).map(float) | st.floats(-1e6, 1e6)


def some(document: Document, number: int) -> NodeKey | None:
    """One of the nodes there are, by any number."""
    keys = list(document.nodes)
    return keys[number % len(keys)] if keys else None


@st.composite
def edits(draw: st.DrawFn) -> Edit:
    """One edit as the studio makes them: adding, moving, wiring, deleting, setting."""
    number, other = draw(st.integers(0, 99)), draw(st.integers(0, 99))
    x, y, value = draw(PLACES), draw(PLACES), draw(VALUES)
    text = draw(st.text(st.characters(exclude_categories=["Cs"]), max_size=12))

    def add(document: Document) -> None:
        document.add_node(TYPES[number % 4], x, y, params={"units": value}, title=text)

    def on_a_node(document: Document) -> None:
        if key := some(document, number):
            match other % 3:
                case 0:
                    document.remove_node(key)
                case 1:
                    document.change_node(key, x=x, y=y, title=text)
                case 2:
                    document.set_param(key, f"p{number % 3}", None if other % 2 else value)

    def wire(document: Document) -> None:
        if (first := some(document, number)) and (second := some(document, other)):
            document.connect(Port(*first, "output"), Port(*second, f"xs.{number % 12}"))

    def unwire(document: Document) -> None:
        if document.wires:
            document.disconnect(list(document.wires)[number % len(document.wires)])

    def around(document: Document) -> None:
        document.set_setting("epochs", None if number % 2 else other)
        document.put("about", "title", text or None)
        document.put(
            "comments",
            NodeKey(MAIN, f"comment_{number % 3}"),
            Comment(text, x, y, width=float(other // 2)) if other % 2 else None,
        )

    return draw(st.sampled_from((add, add, add, on_a_node, wire, wire, unwire, around)))


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[str, list[Edit]]]:
    """Transactions: a merge key and the edits of each."""
    transaction = st.tuples(st.sampled_from(["", "", "drag"]), st.lists(edits(), min_size=1, max_size=4))
    return draw(st.lists(transaction, max_size=12))


def play(document: Document, history: list[tuple[str, list[Edit]]]) -> None:
    for merge, steps in history:
        with document.edit("Edit", merge):
            for step in steps:
                step(document)


@given(histories())
def test_undone_is_the_start_and_redone_is_the_end(history: list[tuple[str, list[Edit]]]) -> None:
    document = Document()
    start = document.snapshot()
    play(document, history)
    end, steps = document.snapshot(), 0
    while document.undo():
        steps += 1
    assert document.snapshot() == start
    assert not document.modified
    for _ in range(steps):
        assert document.redo()
    assert document.snapshot() == end
    assert not document.redo()


@given(histories())
def test_every_step_back_is_a_state_that_was(history: list[tuple[str, list[Edit]]]) -> None:
    document = Document()
    seen = [document.snapshot()]
    for transaction in history:
        play(document, [transaction])
        seen.append(document.snapshot())
    while document.undo():
        assert document.snapshot() in seen


@given(histories())
def test_saved_and_loaded_is_the_same(history: list[tuple[str, list[Edit]]]) -> None:
    document = Document()
    play(document, history)
    data = dumps(document)
    loaded = loads(data)
    assert loaded.snapshot() == document.snapshot()
    assert dumps(loaded) == data
    assert not loaded.modified
    assert not loaded.undo()


@given(histories(), st.lists(edits(), max_size=5))
def test_an_exception_takes_everything_back(history: list[tuple[str, list[Edit]]], steps: list[Edit]) -> None:
    document, heard = Document(), list[Any]()
    play(document, history)
    before, label = document.snapshot(), document.undo_label
    document.listeners.append(heard.append)
    with pytest.raises(ZeroDivisionError):
        play(document, [("", [*steps, lambda document: 1 // 0])])
    assert document.snapshot() == before
    assert document.undo_label == label
    assert heard == []


@given(histories())
def test_a_mirror_that_listens_is_always_the_same(history: list[tuple[str, list[Edit]]]) -> None:
    document, mirror = Document(), Document().snapshot()

    def follow(changes: Any) -> None:
        for table, key, old, new in changes:
            assert mirror[table].get(key) == old
            if new is None:
                del mirror[table][key]
            else:
                mirror[table][key] = new

    document.listeners.append(follow)
    play(document, history)
    assert mirror == document.snapshot()
    document.undo()
    document.undo()
    document.redo()
    assert mirror == document.snapshot()


def moved(document: Document, key: NodeKey, x: float, merge: str) -> None:
    with document.edit("Move", merge):
        document.change_node(key, x=x)


def drawn() -> tuple[Document, NodeKey]:
    document = Document()
    with document.edit("Add"):
        key = document.add_node("linear")
    return document, key


def test_ticks_of_one_drag_are_one_step_of_undo() -> None:
    document, key = drawn()
    for x in (10.0, 20.0, 30.0):
        moved(document, key, x, "drag 1")
    moved(document, key, 40.0, "drag 2")
    assert document.undo() == "Move"
    assert document.nodes[key].x == 30
    assert document.undo() == "Move"
    assert document.nodes[key].x == 0
    assert document.undo() == "Add"
    document.redo()
    document.redo()
    assert document.nodes[key].x == 30


def test_a_drag_back_to_where_it_began_leaves_no_step() -> None:
    document, key = drawn()
    document.mark_saved()
    moved(document, key, 10.0, "drag")
    moved(document, key, 0.0, "drag")
    assert not document.modified
    assert document.undo_label == "Add"


def test_saving_ends_a_merge() -> None:
    document, key = drawn()
    moved(document, key, 10.0, "drag")
    document.mark_saved()
    moved(document, key, 20.0, "drag")
    assert document.modified
    document.undo()
    assert document.nodes[key].x == 10
    assert not document.modified


def test_modified_follows_undo_and_a_new_branch() -> None:
    document, _ = drawn()
    assert document.modified
    document.mark_saved()
    assert not document.modified
    document.undo()
    assert document.modified
    with document.edit("Add"):
        document.add_node("relu")
    document.undo()
    assert document.modified, "what was saved cannot be reached any more"


def test_a_new_edit_forgets_what_was_undone() -> None:
    document, key = drawn()
    document.undo()
    with document.edit("Other"):
        document.add_node("relu")
    assert document.redo_label == ""
    assert document.redo() == ""
    assert key not in document.nodes


def test_an_edit_that_changes_nothing_is_no_step() -> None:
    document, _ = drawn()
    document.undo()
    with document.edit("Nothing"):
        document.set_setting("epochs", 5)
        document.set_setting("epochs", None)
    assert document.redo_label == "Add"


def test_edits_inside_edits_are_one() -> None:
    document, heard = Document(), list[Any]()
    document.listeners.append(heard.append)
    with document.edit("Outer"):
        with document.edit("Inner"):
            document.add_node("linear")
        document.add_node("relu")
    assert document.undo_label == "Outer"
    assert len(heard) == 1
    document.undo()
    assert not document.nodes


def test_removing_a_node_takes_its_wires_and_undo_brings_them_back() -> None:
    document = Document()
    with document.edit("Draw"):
        first, second, third = (document.add_node("relu") for _ in range(3))
        document.connect(Port(*first, "output"), Port(*second, "x"))
        document.connect(Port(*second, "output"), Port(*third, "x"))
    before = document.snapshot()
    with document.edit("Delete"):
        document.remove_node(second)
    assert not document.wires
    document.undo()
    assert document.snapshot() == before
    assert document.inputs_of(third) == {"x": Port(*second, "output")}


def test_a_second_wire_into_an_input_takes_the_place_of_the_first() -> None:
    document = Document()
    with document.edit("Draw"):
        first, second, third = (document.add_node("relu") for _ in range(3))
        document.connect(Port(*first, "output"), Port(*third, "x"))
        document.connect(Port(*second, "output"), Port(*third, "x"))
    assert document.inputs_of(third) == {"x": Port(*second, "output")}
    assert document.inputs_by_node()[third] == document.inputs_of(third)


def test_growing_ports_come_in_their_order() -> None:
    document = Document()
    with document.edit("Draw"):
        source, target = document.add_node("relu"), document.add_node("add")
        for number in (10, 2, 0):
            document.connect(Port(*source, "output"), Port(*target, f"xs.{number}"))
    assert list(document.inputs_of(target)) == ["xs.0", "xs.2", "xs.10"]
    assert list(document.inputs_by_node()[target]) == ["xs.0", "xs.2", "xs.10"]
    assert port_order("xs.²") < port_order("xs.0"), "a digit that is no number sorts without failing"


def test_applied_changes_refuse_a_document_that_has_moved_on() -> None:
    document, key = drawn()
    change = Change("nodes", key, document.nodes[key], Node("relu"))
    with document.edit("Other"):
        document.change_node(key, x=5.0)
    before = document.snapshot()
    with pytest.raises(ValueError, match="has changed since"), document.edit("Fix"):
        document.apply([change])
    assert document.snapshot() == before


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda d: d.add_node("linear", id="linear_1"), "already a node"),
        (lambda d: d.add_node("linear", id="2nd"), "identifier"),
        (lambda d: d.add_node("linear", id="class"), "identifier"),
        (lambda d: d.add_node("linear", network="nowhere"), "no network"),
        (lambda d: d.connect(Port(MAIN, "linear_1", "output"), Port(MAIN, "gone", "x")), "joins two nodes"),
    ],
)
def test_verbs_refuse_what_cannot_be(wrong: Edit, words: str) -> None:
    document, _ = drawn()
    with pytest.raises(ValueError, match=words), document.edit("Wrong"):
        wrong(document)
    assert len(document.nodes) == 1


def test_writing_needs_a_transaction() -> None:
    with pytest.raises(RuntimeError, match="only inside"):
        Document().put("settings", "epochs", 3)


def test_ids_count_on() -> None:
    document = Document()
    with document.edit("Draw"):
        ids = [document.add_node("relu").node for _ in range(3)]
        document.remove_node(NodeKey(MAIN, "relu_2"))
        again = document.add_node("relu").node
    assert ids == ["relu_1", "relu_2", "relu_3"]
    assert again == "relu_2"
