"""Comment frames and notes, drawn, moved, resized, written and coloured by mouse and keys."""

from __future__ import annotations

import pytest
from hands import CTRL, SHIFT, Hands, key
from PySide6.QtCore import Qt

from graph.document import MAIN, Comment, NodeKey

Key = Qt.Key
FRAME = NodeKey(MAIN, "comment_1")


def frame(hands: Hands) -> Comment:
    made: Comment = hands.document.comments[FRAME]
    return made


@pytest.fixture
def framed(chain: Hands) -> Hands:
    """A frame “Encoder” around the second and third of a chain."""
    chain.click(chain.title("b"))
    chain.click(chain.title("c"), SHIFT)
    chain.key(Key.Key_C)
    chain.write("Encoder")
    chain.key(Key.Key_Return, CTRL)
    return chain


def test_a_frame_around_the_selection_is_one_step(framed: Hands) -> None:
    made, inside = frame(framed), framed.view.canvas.nodes[key("c")].box
    assert made.text == "Encoder"
    assert not made.note
    assert made.x < 260
    assert made.x + made.width > inside.x + inside.width
    assert framed.agrees()
    framed.key(Key.Key_Z, CTRL)
    assert not framed.document.comments


def test_escape_leaves_the_frame_without_a_text(chain: Hands) -> None:
    chain.click(chain.title("b"))
    chain.key(Key.Key_C)
    chain.write("Nothing")
    chain.key(Key.Key_Escape)
    assert frame(chain).text == ""


def test_a_note_at_the_pointer(hands: Hands) -> None:
    hands.move(hands.at(300, 200))
    hands.key(Key.Key_C)
    hands.write("Look")
    hands.key(Key.Key_Return, CTRL)
    assert (frame(hands).note, frame(hands).text, frame(hands).x, frame(hands).y) == (True, "Look", 300, 200)


def test_an_empty_note_is_none(hands: Hands) -> None:
    hands.move(hands.at(300, 200))
    hands.key(Key.Key_C)
    hands.key(Key.Key_Escape)
    assert not hands.document.comments
    assert hands.document.undo_label == ""


def test_a_frame_moves_with_what_it_holds(framed: Hands) -> None:
    made = frame(framed)
    grip = framed.at(made.x + 150, made.y + 12)
    framed.drag(grip, framed.at(made.x + 190, made.y + 112))
    assert (frame(framed).x, frame(framed).y) == (made.x + 40, made.y + 100)
    nodes = framed.document.nodes
    assert [(nodes[key(n)].x, nodes[key(n)].y) for n in "abcd"] == [(0, 0), (300, 100), (560, 100), (780, 0)]
    assert framed.agrees()
    framed.key(Key.Key_Z, CTRL)
    assert nodes[key("b")].y == 0
    assert frame(framed) == made


def test_escape_puts_a_dragged_frame_back(framed: Hands) -> None:
    made = frame(framed)
    framed.hold(framed.at(made.x + 150, made.y + 12), framed.at(made.x + 190, made.y + 112))
    framed.key(Key.Key_Escape)
    framed.release(framed.at(made.x + 190, made.y + 112))
    assert frame(framed) == made
    assert framed.agrees()


@pytest.mark.parametrize(("side", "share"), [("right", (1, 0.5)), ("top", (0.5, 0)), ("bottom left", (0, 1))])
def test_edges_resize(framed: Hands, side: str, share: tuple[float, float]) -> None:
    made = frame(framed)
    at = made.x + share[0] * made.width, made.y + share[1] * made.height
    framed.drag(framed.at(*at), framed.at(at[0] + 40, at[1] + 30))
    now = frame(framed)
    assert now.width == made.width + 40 * (("right" in side) - ("left" in side))
    assert now.height == made.height + 30 * (("bottom" in side) - ("top" in side))
    assert framed.agrees()


def test_a_double_click_edits_the_text_and_delete_deletes_the_frame_alone(framed: Hands) -> None:
    made = frame(framed)
    framed.double_click(framed.at(made.x + 150, made.y + 12))
    framed.write("Decoder")
    framed.key(Key.Key_Return, CTRL)
    assert frame(framed).text == "Decoder"
    framed.click(framed.at(made.x + 150, made.y + 12))
    framed.key(Key.Key_Delete)
    assert not framed.document.comments
    assert len(framed.document.nodes) == 4


def test_colours(framed: Hands) -> None:
    made = frame(framed)
    framed.click(framed.at(made.x + 150, made.y + 12))
    action = next(each for each in framed.view.actions() if each.objectName() == "comment_blue")
    action.trigger()
    assert frame(framed).colour == "#4c8dff"


def test_inside_a_frame_is_canvas(framed: Hands) -> None:
    made = frame(framed)
    framed.drag(framed.at(made.x + 8, made.y + 40), framed.at(made.x + made.width - 8, made.y + made.height - 8))
    assert framed.session.selection == {key("b"), key("c")}
    assert framed.view.comment is None
