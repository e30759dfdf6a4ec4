"""Designs to choose from, each with its picture and what is to be known of it: after a crash, and earlier versions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from graph.document import Document
from gui import theme
from gui.parts import Words
from gui.shell import miniature

PICTURE: Final = QSize(184, 112)
SIZE: Final = QSize(640, 460)


@dataclass(frozen=True)
class Offer:
    """A design, what is said of it, and what can be done with it: labels and deeds, the main one first."""

    document: Document
    title: str
    lines: tuple[str, ...]
    deeds: tuple[tuple[str, Callable[[], object]], ...]
    stays: tuple[str, ...] = ()  # labels of deeds after which it is still offered


class Shelf(QDialog):
    """A window with a row for each design. It blocks nothing, and closes when no row is left."""

    def __init__(self, title: str, words: str, offers: Sequence[Offer], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.resize(SIZE)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        column.setSpacing(10)
        head = QLabel(title)
        head.setFont(theme.font(16, bold=True))
        column.addWidget(head)
        column.addWidget(Words(words, dim=True))
        inside = QFrame()
        inside.setObjectName("side")
        self._rows = QVBoxLayout(inside)
        self._rows.setContentsMargins(0, 4, 6, 4)
        self._rows.setSpacing(10)
        self.rows = [Row(offer, self) for offer in offers]
        for row in self.rows:
            self._rows.addWidget(row)
        self._rows.addStretch()
        area = QScrollArea(widgetResizable=True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setObjectName("side")
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(inside)
        column.addWidget(area, 1)
        foot = QHBoxLayout()
        foot.addStretch()
        self.later = QPushButton(self.tr("Close"))
        self.later.clicked.connect(self.close)
        foot.addWidget(self.later)
        column.addLayout(foot)

    def done_with(self, row: Row) -> None:
        """Take a row away; the last one takes the window with it."""
        self.rows.remove(row)
        self._rows.removeWidget(row)
        row.hide()
        row.deleteLater()
        if not self.rows:
            self.close()


class Row(QFrame):
    """One design: picture, name, what is said of it, buttons."""

    def __init__(self, offer: Offer, shelf: Shelf) -> None:
        super().__init__()
        self.offer = offer
        self._shelf = shelf
        self.setObjectName("offer")
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 10, 12, 10)
        row.setSpacing(14)
        self.picture = QLabel()
        self.picture.setFixedSize(PICTURE)
        self.picture.setAccessibleName(self.tr("Picture of {title}").format(title=offer.title))
        row.addWidget(self.picture)
        words = QVBoxLayout()
        words.setSpacing(3)
        title = QLabel(offer.title)
        title.setFont(theme.font(14, bold=True))
        words.addWidget(title)
        for line in offer.lines:
            words.addWidget(Words(line, dim=True))
        words.addStretch()
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        self.buttons = [self._button(label, deed) for label, deed in offer.deeds]
        for button in self.buttons:
            buttons.addWidget(button)
        buttons.addStretch()
        words.addLayout(buttons)
        row.addLayout(words, 1)
        theme.signals.changed.connect(self._draw)
        self._draw()

    def _draw(self) -> None:
        size = self.picture.size()
        self.picture.setPixmap(miniature.picture(self.offer.document, size.width(), size.height(),
                                                 self.devicePixelRatioF()))  # fmt: skip

    def _button(self, label: str, deed: Callable[[], object]) -> QPushButton:
        button = QPushButton(label)
        button.setProperty("primary", label == self.offer.deeds[0][0])
        button.setAutoDefault(False)
        button.clicked.connect(lambda: self._act(label, deed))
        return button

    def _act(self, label: str, deed: Callable[[], object]) -> None:
        deed()
        if label not in self.offer.stays:
            self._shelf.done_with(self)


def moment(seconds: float) -> str:
    """A moment as people write it, with the day where it is not today."""
    then = datetime.fromtimestamp(seconds)
    clock = f"{then:%H:%M:%S}"
    return clock if then.date() == datetime.now().date() else f"{then.date().isoformat()} {clock}"
