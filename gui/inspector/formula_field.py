"""A formula in one line, checked while it is typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QLineEdit, QWidget

from graph import formula
from gui import theme
from gui.inspector.editors import Editor, row_of
from gui.inspector.number_field import SEVERAL


class FormulaEditor(Editor):
    """A line of text whose fault is told at every key; it is taken at Enter or on leaving, once it can be read.

    inputs: how many inputs the formula may name
    """

    def __init__(self, inputs: Callable[[], int], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._inputs = inputs
        self.field = QLineEdit(self)
        self.field.setFont(theme.code_font(12))
        self.field.setToolTip(tip())
        self.field.textEdited.connect(lambda text: self.complained.emit(self.fault(text)))
        self.field.editingFinished.connect(self._finish)
        row_of(self).addWidget(self.field)
        self.setFocusProxy(self.field)

    def show_value(self, value: Any) -> None:
        if not self.field.isModified():
            text = SEVERAL if value is None else str(value)
            if text != self.field.text():
                self.field.setText(text)
                self.complained.emit("" if value is None else self.fault(text))

    def fault(self, text: str) -> str:
        """What is wrong with a formula, as a sentence, or ""."""
        try:
            formula.parse(text, self._inputs())
        except ValueError as reason:
            return str(reason)
        return ""

    def _finish(self) -> None:
        if self.field.isModified() and not self.fault(self.field.text()):
            self.field.setModified(False)
            self.edited.emit(self.field.text(), "")


def tip() -> str:
    """The signs and functions that a formula may have."""
    names = ", ".join(formula.FUNCTIONS)
    letters = ", ".join(formula.LETTERS[:3])
    return (
        f"<p>The inputs are {letters}… in the order of their wires; e and pi are known.</p><p>+ − * / % ** "
        f"&lt; &lt;= &gt; &gt;= == != ( )</p><p>{names}</p>"
    )
