"""A monkey at the canvas, which does one random thing after another."""

from __future__ import annotations

import random
from collections.abc import Callable

from hands import CTRL, LEFT, MIDDLE, NONE, RIGHT, SHIFT, SIZE, Hands
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from graph.document import MAIN
from graph.problems import Problem
from graph.specs import TensorSpec

Key = Qt.Key
ALT = Qt.KeyboardModifier.AltModifier
KEYS = (
    (Key.Key_Escape, NONE), (Key.Key_Tab, NONE), (Key.Key_Return, NONE), (Key.Key_Return, NONE), (Key.Key_Space, NONE),
    (Key.Key_Delete, NONE), (Key.Key_Delete, CTRL), (Key.Key_Z, CTRL), (Key.Key_Z, CTRL), (Key.Key_Z, CTRL | SHIFT),
    (Key.Key_D, CTRL), (Key.Key_C, CTRL), (Key.Key_V, CTRL), (Key.Key_X, CTRL), (Key.Key_F2, NONE),
    (Key.Key_G, CTRL), (Key.Key_G, CTRL), (Key.Key_G, CTRL | SHIFT), (Key.Key_G, CTRL | ALT), (Key.Key_D, ALT),
    (Key.Key_Up, ALT), (Key.Key_F2, SHIFT), (Key.Key_A, CTRL), (Key.Key_Home, NONE), (Key.Key_F, NONE),
    (Key.Key_L, NONE), (Key.Key_Down, NONE), (Key.Key_Left, NONE), (Key.Key_M, NONE), (Key.Key_H, NONE),
    (Key.Key_C, NONE), (Key.Key_Return, CTRL),
)  # fmt: skip
MOST_NODES = 40


class Monkey:
    """Does one random thing at a time, the same things for the same seed."""

    def __init__(self, hands: Hands, seed: int) -> None:
        self.hands = hands
        self.draw = random.Random(seed)
        self.held: list[Qt.MouseButton] = []
        doings: list[tuple[int, Callable[[], object]]] = [
            (22, self.press), (28, self.move), (25, self.release), (6, self.drag), (2, self.double_click),
            (2, self.wheel), (3, self.carry), (3, self.write), (1, self.hear), (10, self.key),
        ]  # fmt: skip
        self.weights, self.doings = zip(*doings)

    def act(self) -> None:
        self.draw.choices(self.doings, self.weights)[0]()

    def spot(self) -> QPoint:
        """Anywhere, but most often where something is."""
        canvas, draw = self.hands.view.canvas, self.draw
        if canvas.comments and draw.random() < 0.15:
            box = canvas.comments[draw.choice(list(canvas.comments))].box
            spot = self.hands.at(box.x + draw.choice([0, 0.5, 1]) * box.width, box.y + draw.choice([0, 12, box.height]))
            if self.hands.view.viewport().rect().contains(spot):
                return spot
        if canvas.nodes and draw.random() < 0.75:
            item = canvas.nodes[draw.choice(list(canvas.nodes))]
            inside = (draw.random() * item.rect().width(), draw.random() * item.rect().height())
            x, y = draw.choice([*item.outputs.values(), *item.inputs.values(), inside])
            spot = self.hands.at(item.x() + x, item.y() + y)
            if self.hands.view.viewport().rect().contains(spot):
                return spot
        return QPoint(draw.randrange(SIZE[0]), draw.randrange(SIZE[1]))

    def press(self) -> None:
        button = self.draw.choice([LEFT] * 8 + [MIDDLE, RIGHT])
        self.held.append(button)
        self.hands.press(self.spot(), button, self.draw.choice([NONE] * 6 + [SHIFT, CTRL, CTRL | SHIFT]))

    def move(self) -> None:
        QTest.mouseMove(self.hands.view.viewport(), self.spot())

    def release(self) -> None:
        if self.held:
            self.hands.release(self.spot(), self.held.pop())

    def drag(self) -> None:
        button, keys = self.draw.choice([(LEFT, NONE)] * 3 + [(LEFT, CTRL), (RIGHT, CTRL), (RIGHT, SHIFT)])
        self.hands.drag(self.spot(), self.spot(), button, keys)

    def double_click(self) -> None:
        self.hands.double_click(self.spot())

    def wheel(self) -> None:
        self.hands.wheel(self.spot(), self.draw.choice([120, -120, 240, -240]))

    def carry(self) -> None:
        kind = self.draw.choice(
            ["relu", "add", "linear", "data", "mse_loss", "input", "delay", "reroute", "@network_1", "no such type"]
        )
        self.hands.carry(kind, self.spot(), drop=self.draw.random() < 0.8)

    def write(self) -> None:
        if QApplication.focusWidget():
            self.hands.write(self.draw.choice("abcdefr"))

    def hear(self) -> None:
        """The analyst says something, true or not any more."""
        names = [key.node for key in self.hands.document.nodes]
        specs = {name: {"output": self.draw.choice([TensorSpec((3,)), TensorSpec((1, 8, 8))])} for name in names}
        faulty = [name for name in names if self.draw.random() < 0.1]
        self.hands.know(specs, *(Problem("error", MAIN, name, "", "Something is wrong.") for name in faulty))

    def key(self) -> None:
        self.hands.key(*self.draw.choice(KEYS))


def rampage(hands: Hands, seed: int, goes_on: Callable[[int], bool]) -> int:
    """Random gestures while ``goes_on(steps so far)``, then undo to the start and redo to the end; returns the steps.

    Raises AssertionError as soon as canvas and document disagree.
    """
    monkey, view, document, steps = Monkey(hands, seed), hands.view, hands.document, 0
    while goes_on(steps):
        monkey.act()
        steps += 1
        if len(document.nodes) > MOST_NODES:
            hands.session.select(list(document.nodes)[:20])
            view.choose_comment(None)
            view.delete_selection()
        if view.gesture is None and view._adder is None:
            assert not (odd := hands.disagreement()), f"after step {steps}: {odd}"
    while monkey.held:
        monkey.release()
    for _ in range(3):
        hands.key(Key.Key_Escape)
    while document.redo():
        pass
    end = document.snapshot()
    while document.undo():
        pass
    assert not document.nodes
    assert not document.comments
    assert hands.agrees()
    while document.redo():
        pass
    assert document.snapshot() == end
    assert hands.agrees()
    return steps
