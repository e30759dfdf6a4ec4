"""A part of a panel that can be folded away; whether it is stays remembered."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from gui import icons, settings, theme
from gui.parts import Dot


class Fold(QWidget):
    """A head to press, and what it folds away.

    It begins open where ``name`` was left open or where ``differs`` says that there is something to see in it, which
    a mark at the head says too.
    summary: what is to be known of it while it is folded
    """

    def __init__(self, name: str, title: str, differs: Callable[[], bool], summary: Callable[[], str],
                 parent: QWidget) -> None:  # fmt: skip
        super().__init__(parent)
        self.name = name
        self._differs, self._summary = differs, summary
        self.head = QPushButton(title, self)
        self.head.setProperty("quiet", True)
        self.head.setCheckable(True)
        self.head.setFont(theme.font(12, bold=True))
        self.head.setStyleSheet("QPushButton { padding: 4px 6px; }")
        self.head.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.mark = Dot(lambda: theme.current().accent, 5, self)
        self.mark.setToolTip(self.tr("Something in it differs from the default"))
        self.words = QLabel(self)
        self.words.setProperty("dim", True)
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.inside = QWidget(self)
        self.column = QVBoxLayout(self.inside)
        self.column.setContentsMargins(0, 0, 0, 4)
        self.column.setSpacing(6)
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self.head)
        head.addWidget(self.mark, 0, Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(self.words, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(head)
        layout.addWidget(self.inside)
        self.head.setChecked(differs() or name in settings.unfolded())
        self.head.toggled.connect(self._toggled)
        self.refresh()

    @property
    def open(self) -> bool:
        return self.head.isChecked()

    def refresh(self) -> None:
        """Bring mark and summary up to date; it opens and folds only by hand."""
        self.head.setIcon(icons.icon("chevron-down" if self.open else "chevron-right", "text_dim"))
        self.inside.setVisible(self.open)
        self.mark.setVisible(self._differs())
        self.words.setText("" if self.open else self._summary())
        self.words.setToolTip(self.words.text())

    def _toggled(self, open: bool) -> None:
        settings.set_unfolded(self.name, open)
        self.refresh()
