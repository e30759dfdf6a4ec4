"""A design with a network that is placed twice, and what tests of the inspector do with it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot
from shown import settle

from graph.document import MAIN, Document, Network, NodeKey, Port
from gui.panels.inspector import InspectorPanel
from gui.whereabouts import way_to

FIRST, SECOND = NodeKey(MAIN, "block_1"), NodeKey(MAIN, "block_2")
INNER = NodeKey("block", "linear_1")
LINEAR = NodeKey(MAIN, "linear_1")


def draw_blocks(document: Document) -> None:
    """Draw a network “Block” of one linear layer, place it twice, and put a layer beside it."""
    with document.edit("Draw"):
        document.put("networks", "block", Network("Block", {"units": ["linear_1.units"]}))
        x = document.add_node("input", 0, 0, network="block", id="x")
        inner = document.add_node("linear", 200, 0, network="block")
        y = document.add_node("output", 400, 0, network="block", id="y")
        document.connect(Port(*x, "output"), Port(*inner, "x"))
        document.connect(Port(*inner, "output"), Port(*y, "x"))
        document.add_node("@block", 0, 0, id="block_1")
        document.add_node("@block", 300, 0, id="block_2")
        document.add_node("linear", 600, 0)


def choose(panel: InspectorPanel, qtbot: QtBot, *keys: NodeKey) -> None:
    if keys:
        panel.session.go(way_to(panel.session.document, keys[0].network))
    panel.session.select(keys)
    settle(qtbot)


def params(panel: InspectorPanel, key: NodeKey) -> dict[str, object]:
    return dict(panel.session.document.nodes[key].params)


def type_over(qtbot: QtBot, field: QLineEdit, text: str) -> None:
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)


def set_params(panel: InspectorPanel, qtbot: QtBot, key: NodeKey, **values: object) -> None:
    with panel.session.document.edit("Set"):
        for name, value in values.items():
            panel.session.document.set_param(key, name, value)  # type: ignore[arg-type]
    settle(qtbot)
