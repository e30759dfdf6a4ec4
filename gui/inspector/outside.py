"""Whether a parameter of a node inside a network is shown outside it, and under which name."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from graph import promotion
from graph.document import NodeKey
from graph.network_edits import NetworkProblem
from gui import icons, theme
from gui.inspector.editors import TextEditor
from gui.parts import Words, tool
from gui.session import Session

PIN = 24  # pixels


class Outside(QWidget):
    """The line beneath a parameter that is shown outside, with its name there; ``pin`` is the button that shows it."""

    def __init__(self, session: Session, key: NodeKey, param: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._key, self._param = session, key, param
        self.action = QAction(self)
        self.action.setCheckable(True)
        self.action.triggered.connect(self._show)
        self.pin: QToolButton = tool(parent, self.tr("Show outside"), checkable=True)
        self.pin.setDefaultAction(self.action)
        self.pin.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self.pin.setFixedWidth(PIN)
        self.pin.setStyleSheet("QToolButton { padding: 1px; }")
        self.name = TextEditor(parent=self)
        self.name.name_for_readers(self.tr("Name outside"), self.tr("What the nodes that place this network call it"))
        self.name.edited.connect(self._rename)
        self.name.field.setFont(theme.code_font(12))
        self._words = QLabel(self.tr("outside:"), self)
        self._words.setProperty("dim", True)
        self.complaint = Words(rich=True, parent=parent)
        self.complaint.hide()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self._words)
        layout.addWidget(self.name, 1)
        self.refresh()

    def refresh(self) -> None:
        document = self._session.document
        if self._key not in document.nodes:
            return
        shown = promotion.shown_as(document, self._key, self._param)
        self.action.setChecked(bool(shown))
        self.action.setIcon(icons.icon("outside", "accent" if shown else "text_dim"))
        self.action.setText(self.tr("No longer show outside") if shown else self.tr("Show outside"))
        self.action.setToolTip(
            self.tr("Nodes that place this network can set it as “{name}”; a press ends that").format(name=shown)
            if shown
            else self.tr("Show outside: let every node that places this network set it")
        )
        self.name.show_value(shown)
        self.setVisible(bool(shown))

    def _show(self, shown: bool) -> None:
        document = self._session.document
        with document.edit(self.tr("Show outside") if shown else self.tr("No longer show outside")):
            if shown:
                promotion.promote(document, self._key, self._param)
            else:
                promotion.demote(document, self._key, self._param)
        self._complain("")
        self.refresh()

    def _rename(self, text: str, _: str) -> None:
        document = self._session.document
        name = promotion.shown_as(document, self._key, self._param)
        try:
            with document.edit(self.tr("Rename outside")):
                promotion.rename(document, self._key.network, name, text.strip())
            self._complain("")
        except NetworkProblem as problem:
            self._complain(str(problem))

    def _complain(self, reason: str) -> None:
        self.complaint.setText(f'<span style="color:{theme.current().error.name()}">{escape(reason)}</span>')
        self.complaint.setVisible(bool(reason))
