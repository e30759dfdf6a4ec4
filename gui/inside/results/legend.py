"""Words with squares in the colours of curves before them."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel, QSizePolicy


def squares(parts: Iterable[tuple[QColor, str]]) -> str:
    """Words, each with a square in its colour before it, as rich text."""
    return "&nbsp;&nbsp; ".join(
        f'<span style="color:{colour.name()}">■</span>&nbsp;{escape(words)}' for colour, words in parts
    )


class Legend(QLabel):
    """One line; what has no room is cut off and stands in the tooltip."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setContentsMargins(10, 0, 8, 0)

    def show_words(self, parts: Iterable[tuple[QColor, str]]) -> None:
        """Show words, each with its colour."""
        shown = list(parts)
        self.setText(squares(shown))
        self.setToolTip("\n".join(words for _, words in shown))
        self.setAccessibleName(", ".join(words for _, words in shown))
