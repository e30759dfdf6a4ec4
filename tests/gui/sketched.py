"""Drawings that tests of networks on the canvas begin with."""

from __future__ import annotations

from hands import SHIFT, Hands
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from graph.document import MAIN, Network, NodeKey, Port

CHAIN = {"a": ("relu", 0.0, 0.0), "b": ("linear", 260.0, 0.0), "c": ("tanh", 520.0, 0.0), "d": ("relu", 780.0, 0.0)}
CHAINED = {"b.x": "a.output", "c.x": "b.output", "d.x": "c.output"}


def inside(node: str, network: str = "network_1") -> NodeKey:
    return NodeKey(network, node)


def chain_of(hands: Hands) -> Hands:
    """Four layers in a row, wired."""
    hands.build(CHAIN, CHAINED)
    return hands


def group_of(hands: Hands) -> Hands:
    """The two in the middle of a chain in a network of their own, by the keyboard."""
    chain_of(hands)
    hands.click(hands.title("b"))
    hands.click(hands.title("c"), SHIFT)
    hands.key(Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    QApplication.processEvents()
    return hands


def blocks_of(hands: Hands) -> Hands:
    """A network with a linear layer, placed twice in a row."""
    document = hands.document
    with document.edit("Build"):
        document.put("networks", "block", Network("Block"))
        for name, type_name, x in (("x", "input", 0.0), ("fc", "linear", 260.0), ("y", "output", 520.0)):
            document.add_node(type_name, x, 100.0, id=name, network="block")
        document.connect(Port("block", "x", "output"), Port("block", "fc", "x"))
        document.connect(Port("block", "fc", "output"), Port("block", "y", "x"))
        for name, x in (("b1", 200.0), ("b2", 500.0)):
            document.add_node("@block", x, 200.0, id=name)
        document.connect(Port(MAIN, "b1", "y"), Port(MAIN, "b2", "x"))
    QApplication.processEvents()
    return hands


def double_click(hands: Hands, spot: QPoint) -> None:
    """As it is done: press, release, and the second press."""
    hands.click(spot)
    hands.double_click(spot)


def settled(hands: Hands) -> None:
    """Let the time of a double-click pass."""
    QTest.qWait(QApplication.doubleClickInterval() + 20)
    hands.view.setFocus()
