"""Help on a node: what its type does, its ports and its parameters, on a card over the canvas."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Final

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QTextBrowser, QVBoxLayout, QWidget

from graph.catalogue import Input, NodeType, Parameter
from gui import theme

WIDTH: Final = 440
TALLEST: Final = 560
EDGE: Final = 12
LEAVING: Final = (Qt.Key.Key_Escape, Qt.Key.Key_F1)


class HelpCard(QFrame):
    """A page on a node type beside its node; Escape, F1 and a click elsewhere close it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.setAccessibleName(self.tr("Help on the node"))
        self.page = QTextBrowser(openExternalLinks=True)
        self.page.setFrameShape(QFrame.Shape.NoFrame)
        self.page.setStyleSheet("QTextBrowser { background: transparent; border: 0; padding: 0 }")
        self.page.viewport().setAutoFillBackground(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(EDGE, EDGE, 4, EDGE)
        column.addWidget(self.page)
        self.setFocusProxy(self.page)
        self.page.installEventFilter(self)
        self.hide()

    def open(self, node_type: NodeType, beside: QRect) -> None:
        """Show the page of a type beside a node, in pixels of the parent."""
        from gui.inspector.node_sections import about  # not at the top: the panels are loaded behind the window

        self.page.setHtml(page_of(node_type, about(node_type)))
        self.page.document().setTextWidth(WIDTH - 2 * EDGE - 10)
        parent = self.parentWidget()
        room = parent.rect() if parent else beside
        height = min(TALLEST, int(self.page.document().size().height()) + 2 * EDGE + 6, room.height() - 2 * EDGE)
        right = beside.right() + EDGE
        left = right if right + WIDTH <= room.width() else beside.left() - EDGE - WIDTH
        left = min(max(EDGE, left), room.width() - WIDTH - EDGE)
        top = min(max(EDGE, beside.top()), room.height() - height - EDGE)
        self.setGeometry(left, top, WIDTH, height)
        self.show()
        self.raise_()
        self.page.setFocus(Qt.FocusReason.PopupFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in LEAVING:
            self._leave()
            return True
        if isinstance(event, QFocusEvent) and event.lostFocus():
            self.hide()
        return False

    def _leave(self) -> None:
        self.hide()
        parent = self.parentWidget()
        if parent is not None:
            parent.setFocus()


def page_of(node_type: NodeType, explanation: str) -> str:
    """The page of a node type as rich text."""
    now = theme.current()
    parts = [
        f"<p style='font-size: 15px; font-weight: 600; margin: 0'>{escape(node_type.title)}"
        f"<span style='font-weight: 400; font-size: 12px; color: {now.text_dim.name()}'>"
        f" &nbsp;{escape(node_type.family)}</span></p>",
        f"<p>{escape(node_type.summary)}</p>",
        explanation,
    ]
    parts += _table("Inputs", (_input_row(declared) for declared in node_type.inputs))
    outputs = ("the fields of its data",) if node_type.dynamic else node_type.outputs
    parts += _table("Outputs", ((name.replace("_", " "), "") for name in outputs))
    parts += _table("Parameters", (_parameter_row(each) for each in node_type.parameters))
    return "".join(parts)


def _table(title: str, rows: Iterable[tuple[str, str]]) -> list[str]:
    now = theme.current()
    cells = "".join(
        f"<tr><td style='padding: 2px 12px 2px 0; font-weight: 600; white-space: nowrap'>{escape(name)}</td>"
        f"<td style='padding: 2px 0'>{escape(text)}</td></tr>"
        for name, text in rows
    )
    heading = f"<p style='color: {now.accent.name()}; font-weight: 600; margin: 10px 0 2px 0'>{title}</p>"
    return [heading, f"<table cellspacing='0'>{cells}</table>"] if cells else []


def _input_row(declared: Input) -> tuple[str, str]:
    takes = declared.wants.words + (", any number of them" if declared.growing else "")
    optional = "; may stay without a wire" if declared.optional else ""
    return declared.name.replace("_", " "), f"{takes}{optional}" + (f". {declared.help}" if declared.help else "")


def _parameter_row(parameter: Parameter) -> tuple[str, str]:
    """What a parameter is, what it may be, and what it is by itself."""
    low, high = parameter.limits.low, parameter.limits.high
    if parameter.choices:
        may = " or ".join(str(choice) for choice in parameter.choices)
    else:
        may = f"{low:g} to {high:g}" if low is not None and high is not None else ""
    default = f"default {parameter.default}" if parameter.default not in ("", []) else ""
    facts = "; ".join(filter(None, (may, default)))
    return parameter.name.replace("_", " "), parameter.help + (f" ({facts})" if facts else "")
