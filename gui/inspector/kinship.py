"""What ties a node to others: whose weights it shares, who shares its own, and the network that it places."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QVBoxLayout, QWidget

from graph.document import NodeKey
from graph.networks import instances, original, placed
from graph.sharing import sharers, unlink
from gui import icons, whereabouts
from gui.parts import Words, clear
from gui.session import Session

INDENT = 7  # pixels, as much as a button keeps its text from its border


class Tie(QPushButton):
    """A button like a link, whose text is cut where there is no room for it."""

    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(text, parent)
        self._whole = text
        self.setProperty("flat", True)
        self.setStyleSheet("QPushButton { padding: 3px 6px; text-align: left; }")
        self.setAccessibleName(text)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        width = self.fontMetrics().horizontalAdvance(self._whole) + self.iconSize().width() + 24
        return QSize(width, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(60, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room = self.width() - self.iconSize().width() - 20
        short = self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideMiddle, room)
        self.setText(short)
        self.setToolTip(self._whole if short != self._whole else "")


class Kinship(QWidget):
    """A line for each tie, with buttons that follow or cut it; nothing where there is none."""

    def __init__(self, key: NodeKey, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._key, self._session = key, session
        self._shown: object = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(1)
        self.buttons: dict[str, QPushButton] = {}
        self.refresh()

    def refresh(self) -> None:
        document, key = self._session.document, self._key
        node = document.nodes[key]
        first, network = original(document, key), placed(node.type)
        others = sorted(sharers(document, key) - {key, first})
        times = len(list(instances(document, network))) if network in document.networks else 0
        now = (first, others, times, node.copy_of, node.link)
        if now == self._shown:
            return
        self._shown = now
        clear(self._column)
        self.buttons = {}
        if times:
            self._placing(times)
        if node.link:
            words = self.tr("Shares the weights of “{node}”").format(node=first.node)
            self._line("original", words, "link", lambda: self._select([first]))
            self._line("unlink", self.tr("Unlink: weights of its own"), "unlink", self._unlink)
        elif others:
            names = ", ".join(f"“{other.node}”" for other in others[:3]) + ("…" if len(others) > 3 else "")
            words = self.tr("Its weights are shared by {names}").format(names=names)
            self._line("sharers", words, "link", lambda: self._select(others))
        elif node.copy_of:
            words = self.tr("Has weights of its own, which begin as those of “{node}”.").format(node=node.copy_of)
            self._say(words)
        self.setVisible(bool(self._column.count()))

    def _placing(self, times: int) -> None:
        self._line("enter", self.tr("Enter the network"), "enter", self._enter)
        if times > 1:
            words = self.tr("Placed {times} times: what you change inside changes in all of them.")
            self._say(words.format(times=times))

    def _say(self, text: str) -> None:
        words = Words(text, dim=True, parent=self)
        words.setContentsMargins(INDENT, 0, 0, 0)
        self._column.addWidget(words)

    def _line(self, name: str, text: str, icon: str, run: Callable[[], object]) -> None:
        button = Tie(text, self)
        button.setIcon(icons.icon(icon, "accent"))
        button.clicked.connect(lambda: run())
        self.buttons[name] = button
        self._column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)

    def _select(self, keys: list[NodeKey]) -> None:
        self._session.select(keys)
        self._session.frame_requested.emit(keys[0])

    def _unlink(self) -> None:
        with self._session.document.edit(self.tr("Unlink")):
            unlink(self._session.document, self._key)

    def _enter(self) -> None:
        place = whereabouts.entered(self._session.document, self._session.place, self._key)
        if place:
            self._session.go(place)
