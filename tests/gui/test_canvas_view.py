"""Looking around the canvas: pan, zoom, frame, near and far, in both themes; and what is painted for it."""

from __future__ import annotations

import pytest
from hands import MIDDLE, Hands, key
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

Key = Qt.Key
CHAIN = {"a": ("relu", 0.0, 0.0), "b": ("linear", 300.0, 0.0), "c": ("sigmoid", 600.0, 0.0)}


@pytest.mark.parametrize("with_space", [False, True])
def test_pan(hands: Hands, with_space: bool) -> None:
    hands.build(CHAIN)
    before = hands.at(0, 0)
    if with_space:
        QTest.keyPress(hands.view, Key.Key_Space)
        hands.drag(hands.title("b"), hands.title("b") + QPoint(70, -40))
        QTest.keyRelease(hands.view, Key.Key_Space)
        assert not hands.view.search.isVisible()
    else:
        hands.drag(hands.title("b"), hands.title("b") + QPoint(70, -40), MIDDLE)
    assert hands.at(0, 0) - before == QPoint(70, -40)
    assert hands.document.undo_label == "Build"
    assert not hands.session.selection


def test_the_wheel_zooms_at_the_pointer_within_limits(hands: Hands) -> None:
    hands.build(CHAIN)
    spot = hands.title("c")
    below = hands.view.to_scene(spot.toPointF())
    for turned in (120, 120, -120, 360, -600):
        hands.wheel(spot, turned)
        assert (hands.view.to_scene(spot.toPointF()) - below).manhattanLength() * hands.view.zoom < 2
    for turned, limit in ((12000, 3.0), (-60000, 0.02)):
        hands.wheel(spot, turned)
        assert hands.view.zoom == pytest.approx(limit)


def test_frame_all_and_frame_selection(hands: Hands) -> None:
    hands.build({"a": ("relu", -3000, 0), "b": ("relu", 0, 0), "c": ("relu", 3000, 2000)})
    hands.key(Key.Key_Home)
    boxes = [item.sceneBoundingRect() for item in hands.view.canvas.nodes.values()]
    assert all(hands.view.area.contains(box) for box in boxes)
    hands.click(hands.title("c"))
    hands.key(Key.Key_F)
    assert hands.view.zoom == 1.0
    assert hands.view.area.contains(hands.view.canvas.nodes[key("c")].sceneBoundingRect())
    hands.session.frame_requested.emit(key("a"))
    assert hands.view.area.contains(hands.view.canvas.nodes[key("a")].sceneBoundingRect())
    assert hands.session.selection == {key("a")}
