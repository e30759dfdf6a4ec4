"""A row of widgets that goes on below where it is full."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget


class Flow(QWidget):
    """Widgets from left to right in their own sizes, in as many rows as that takes; hidden ones take no room.

    gap: pixels between two of them
    """

    def __init__(self, widgets: Sequence[QWidget], gap: int) -> None:
        super().__init__()
        self.widgets, self._gap = tuple(widgets), gap
        for widget in self.widgets:
            widget.setParent(self)

    def minimumSizeHint(self) -> QSize:
        return QSize(max((widget.sizeHint().width() for widget in self.widgets), default=0), 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.arrange()

    def arrange(self) -> None:
        """Give every widget its place; to be called when some were hidden or shown."""
        left = top = below = 0
        for widget in self.widgets:
            if widget.isHidden():
                continue
            size = widget.sizeHint().expandedTo(widget.minimumSize()).boundedTo(widget.maximumSize())
            if left and left + size.width() > self.width():
                left, top = 0, below + self._gap
            wide = min(size.width(), max(self.width(), 1))  # even alone in a row
            widget.setGeometry(left, top, wide, size.height())
            left += wide + self._gap
            below = max(below, top + size.height())
        self.setFixedHeight(below)
