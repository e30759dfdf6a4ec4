"""Frames and notes travel with what is copied, cut, pasted and duplicated."""

from __future__ import annotations

import json

import pytest
from hands import CTRL, SHIFT, Hands, key
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from graph.document import MAIN, Comment, NodeKey
from gui.canvas import clipboard
from gui.window import Window

Key = Qt.Key
FRAME = NodeKey(MAIN, "comment_1")
OLD = '{"format": "netloom piece", "version": 1, "nodes": {"r": {"type": "relu", "x": 10}, "s": {"type": "relu"}}, ' \
      '"wires": {"s.x": "r.output"}}'  # fmt: skip


@pytest.fixture
def framed(chain: Hands) -> Hands:
    """A blue frame “Encoder” around the second and third of a chain of four, and a note within it."""
    chain.click(chain.title("b"))
    chain.click(chain.title("c"), SHIFT)
    chain.key(Key.Key_C)
    chain.write("Encoder")
    chain.key(Key.Key_Return, CTRL)
    made = chain.document.comments[FRAME]
    with chain.document.edit("Note"):
        chain.document.put("comments", NodeKey(MAIN, "note"),
                           Comment("Look", made.x + 60, made.y + 4, 80.0, 20.0, note=True))  # fmt: skip
    chain.session.select(())
    return chain


def title(hands: Hands) -> object:
    made = hands.document.comments[FRAME]
    return hands.at(made.x + 20, made.y + 12)


def texts(hands: Hands) -> list[str]:
    return sorted(comment.text for comment in hands.document.comments.values())


def new_nodes(hands: Hands) -> list[str]:
    return sorted(each.node for each in hands.document.nodes if each.node not in "abcd")


@pytest.mark.parametrize("by", ["frame", "nodes"])
def test_a_frame_is_copied_with_what_it_holds(framed: Hands, by: str) -> None:
    before = framed.document.snapshot()
    if by == "frame":
        framed.click(title(framed))
        assert framed.view.comment == FRAME
    else:
        framed.click(framed.title("b"))
        framed.click(framed.title("c"), SHIFT)
    framed.key(Key.Key_C, CTRL)
    framed.move(framed.at(400, 420))
    framed.key(Key.Key_V, CTRL)
    assert texts(framed) == ["Encoder", "Encoder", "Look", "Look"]
    assert new_nodes(framed) == ["b_1", "c_1"]
    assert framed.wires()["c_1.x"] == "b_1.output"
    assert framed.session.selection == {key("b_1"), key("c_1")}
    comments, nodes = framed.document.comments, framed.document.nodes
    new = next(c for k, c in comments.items() if c.text == "Encoder" and k != FRAME)
    away = new.x - comments[FRAME].x, new.y - comments[FRAME].y
    assert (nodes[key("b_1")].x - nodes[key("b")].x, nodes[key("b_1")].y - nodes[key("b")].y) == away
    assert framed.agrees()
    framed.key(Key.Key_Z, CTRL)
    assert framed.document.snapshot() == before
    framed.key(Key.Key_Z, CTRL | SHIFT)
    assert len(framed.document.comments) == 4


def test_a_frame_stays_where_one_of_its_nodes_does(framed: Hands) -> None:
    framed.click(framed.title("b"))
    framed.key(Key.Key_C, CTRL)
    assert "comments" not in json.loads(QApplication.clipboard().text())
    framed.key(Key.Key_D, CTRL)
    assert texts(framed) == ["Encoder", "Look"]


def test_a_frame_is_cut_with_what_it_holds_and_pasted_back(framed: Hands) -> None:
    before = framed.document.snapshot()
    framed.click(title(framed))
    framed.key(Key.Key_X, CTRL)
    assert sorted(each.node for each in framed.document.nodes) == ["a", "d"]
    assert not framed.document.comments
    assert framed.document.undo_label == "Cut"
    framed.key(Key.Key_V, CTRL)
    assert texts(framed) == ["Encoder", "Look"]
    framed.key(Key.Key_Z, CTRL)
    framed.key(Key.Key_Z, CTRL)
    assert framed.document.snapshot() == before
    assert framed.agrees()


@pytest.mark.parametrize("keys", [CTRL, Qt.KeyboardModifier.AltModifier])
def test_a_frame_is_duplicated_with_what_it_holds(framed: Hands, keys: Qt.KeyboardModifier) -> None:
    before = framed.document.snapshot()
    framed.click(title(framed))
    framed.key(Key.Key_D, keys)
    assert texts(framed) == ["Encoder", "Encoder", "Look", "Look"]
    assert new_nodes(framed) == ["b_1", "c_1"]
    linked = [node.link for node in framed.document.nodes.values() if node.link]
    assert linked == ([] if keys == CTRL else ["b"])
    framed.key(Key.Key_Z, CTRL)
    assert framed.document.snapshot() == before


def test_a_note_alone_travels(hands: Hands) -> None:
    hands.move(hands.at(300, 200))
    hands.key(Key.Key_C)
    hands.write("Look here")
    hands.key(Key.Key_Return, CTRL)
    hands.key(Key.Key_C, CTRL)
    hands.move(hands.at(500, 400))
    hands.key(Key.Key_V, CTRL)
    assert texts(hands) == ["Look here", "Look here"]
    assert hands.view.comment == NodeKey(MAIN, "comment_2")
    hands.key(Key.Key_Delete)
    assert texts(hands) == ["Look here"]


def test_comments_survive_a_chat(framed: Hands) -> None:
    framed.key(Key.Key_A, CTRL)
    framed.key(Key.Key_C, CTRL)
    text = QApplication.clipboard().text()
    assert json.loads(text)["comments"]["comment_1"]["text"] == "Encoder"
    QApplication.clipboard().setText(f"Here is my design:\n{text}\nWhat do you think?")
    framed.key(Key.Key_V, CTRL)
    assert texts(framed) == ["Encoder", "Encoder", "Look", "Look"]
    assert len(framed.document.nodes) == 8


def test_old_text_still_pastes(hands: Hands) -> None:
    QApplication.clipboard().setText(OLD)
    hands.key(Key.Key_V, CTRL)
    assert hands.wires() == {"s.x": "r.output"}
    assert clipboard.from_text(OLD).comments == {}


@pytest.mark.parametrize("field", ['"x": 1e300', '"x": "left"', '"width": 0', '"height": -4', '"note": 3', '"odd": 1'])
def test_bad_comments_are_refused(hands: Hands, field: str) -> None:
    text = f'{{"format": "netloom piece", "version": 1, "nodes": {{}}, "comments": {{"c": {{{field}}}}}}}'
    QApplication.clipboard().setText(text)
    hands.key(Key.Key_V, CTRL)
    assert not hands.document.comments
    assert hands.session.notices[-1].text.startswith("The nodes on the clipboard are damaged")


def test_the_menu_offers_to_copy_a_selected_comment(window: Window) -> None:
    window.show_canvas()
    with window.session.document.edit("Note"):
        window.session.document.put("comments", FRAME, Comment("Look", note=True))
    assert not window.actions_by_name["copy"].isEnabled()
    window.canvas.choose_comment(FRAME)
    assert all(window.actions_by_name[name].isEnabled() for name in ("copy", "cut", "duplicate", "delete"))
    window.canvas.choose_comment(None)
    assert not window.actions_by_name["copy"].isEnabled()
