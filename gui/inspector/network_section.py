"""The part of the inspector that is about a network inside the design: its title, ports, what it shows, its places."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from graph import promotion
from graph.analysis import NodeReport
from graph.document import MAIN, NodeKey
from graph.network_edits import NetworkProblem, rename_network, title_of
from graph.networks import INPUT, OUTPUT, ends, inside, instances, is_recurrence
from gui import theme
from gui.inspector.design_section import captioned
from gui.inspector.editors import TextEditor
from gui.inspector.node_sections import reports
from gui.parts import Dot, Words, clear, grouped, tool
from gui.session import Session


class NetworkSection(QWidget):
    """What is to be known and changed of the network that is shown, with nothing selected in it."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self.network = session, session.network
        self._shown: object = None
        self.names: dict[str, TextEditor] = {}
        self.ports: dict[NodeKey, QPushButton] = {}
        self.places: dict[NodeKey, QPushButton] = {}
        self.title = TextEditor(self.network, self)
        self.title.name_for_readers(self.tr("Title of the network"), "")
        self.title.edited.connect(self._entitle)
        self.complaint = Words(rich=True, parent=self)
        self.complaint.hide()
        self.size_words = Words(parent=self)
        self._rest = QVBoxLayout()
        self._rest.setSpacing(3)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(captioned(self.tr("Title"), self))
        for widget in (self.title, self.size_words):
            layout.addWidget(widget)
        layout.addLayout(self._rest)
        layout.addWidget(self.complaint)

    def refresh(self) -> None:
        document, name = self._session.document, self.network
        if name not in document.networks:
            return
        self.title.show_value(document.networks[name].title)
        known = reports(self._session)
        ports = [(key, _spec(known, key)) for kind in (INPUT, OUTPUT) for key in ends(document, name, kind)]
        now = (ports, document.networks[name], sorted(instances(document, name)), theme.current().name)
        if now != self._shown:
            self._shown = now
            self._build()
        count = self.tr("{count} nodes").format(count=grouped(len(inside(document, name))))
        holder = known.get(self._session.place.way[-1]) if self._session.place.way else None
        learned = sum(report.parameters for key, report in known.items() if key.network == name)
        learned = holder.parameters if holder else learned
        loops = self.tr(" · runs over time") if is_recurrence(document, name) else ""
        self.size_words.setText(count + self.tr(" · {n} parameters").format(n=grouped(learned)) + loops)

    # -- building ----------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        clear(self._rest)
        self.names, self.ports, self.places = {}, {}, {}
        document, name = self._session.document, self.network
        for kind, caption in ((INPUT, self.tr("Takes")), (OUTPUT, self.tr("Gives"))):
            self._caption(caption)
            keys = ends(document, name, kind)
            for key in keys:
                self._port(key)
            if not keys:
                self._advise(self.tr("Add an Input inside, and it becomes a port.") if kind == INPUT else
                             self.tr("Put an Output behind what it gives."))  # fmt: skip
        self._caption(self.tr("Shown outside"))
        for shown, places in document.networks[name].promoted.items():
            self._promoted(shown, places)
        if not self.names:
            self._advise(self.tr("Nothing yet: select a node, and press the arrow beside a parameter."))
        self._caption(self.tr("Placed by"))
        for key in sorted(instances(document, name)):
            self._place(key)
        if not self.places:
            self._advise(self.tr("Nothing yet: drag it in from the library."))

    def _port(self, key: NodeKey) -> None:
        report = reports(self._session).get(key)
        spec = next(iter(report.outputs.values()), None) if report else None
        button = self._link(key.node, lambda: self._session.select([key]))
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(Dot(lambda: theme.current().meaning(spec.meaning if spec else ""), parent=self))
        row.addWidget(button)
        row.addStretch()
        label = QLabel(str(spec) if spec else "", self)
        label.setProperty("dim", True)
        row.addWidget(label)
        self._rest.addLayout(row)
        self.ports[key] = button

    def _promoted(self, shown: str, places: list[str]) -> None:
        editor = TextEditor(parent=self)
        editor.name_for_readers(self.tr("Name outside"), ", ".join(places))
        editor.field.setFont(theme.code_font(12))
        editor.show_value(shown)
        editor.edited.connect(lambda text, _: self._rename(shown, text))
        sets = QLabel(", ".join(places), self)
        sets.setProperty("dim", True)
        sets.setWordWrap(True)
        sets.setToolTip(self.tr("What it sets inside"))
        gone = tool(self, self.tr("No longer show outside"), "close")
        gone.clicked.connect(lambda: self._drop(shown))
        row = QGridLayout()
        row.setHorizontalSpacing(6)
        row.setColumnStretch(0, 2)
        row.setColumnStretch(1, 3)
        for column, widget in enumerate((editor, sets, gone)):
            row.addWidget(widget, 0, column)
        self._rest.addLayout(row)
        self.names[shown] = editor

    def _place(self, key: NodeKey) -> None:
        document = self._session.document
        where = self.tr("the main network") if key.network == MAIN else f"“{title_of(document, key.network)}”"
        text = self.tr("{node} in {where}").format(node=document.nodes[key].title or key.node, where=where)
        self.places[key] = self._link(text, lambda: self._go(key))
        self._rest.addWidget(self.places[key], 0, Qt.AlignmentFlag.AlignLeft)

    def _link(self, text: str, run: Callable[[], object]) -> QPushButton:
        button = QPushButton(text, self)
        button.setProperty("flat", True)
        button.setStyleSheet("QPushButton { padding: 2px 4px; text-align: left; }")
        button.clicked.connect(lambda: run())
        return button

    def _caption(self, text: str) -> None:
        label = captioned(text, self)
        label.setContentsMargins(0, 6, 0, 0)
        self._rest.addWidget(label)

    def _advise(self, text: str) -> None:
        self._rest.addWidget(Words(text, dim=True, parent=self))

    # -- what is done ------------------------------------------------------------------------------------------------

    def _go(self, key: NodeKey) -> None:
        self._session.select([key])
        self._session.frame_requested.emit(key)

    def _entitle(self, title: str, _: str) -> None:
        if title.strip():
            self._try(self.tr("Rename a network"),
                      lambda: rename_network(self._session.document, self.network, title.strip()))  # fmt: skip

    def _rename(self, shown: str, name: str) -> None:
        self._try(self.tr("Rename outside"),
                  lambda: promotion.rename(self._session.document, self.network, shown, name.strip()))  # fmt: skip

    def _drop(self, shown: str) -> None:
        self._try(self.tr("No longer show outside"),
                  lambda: promotion.drop(self._session.document, self.network, shown))  # fmt: skip

    def _try(self, label: str, edit: Callable[[], object]) -> None:
        reason = ""
        try:
            with self._session.document.edit(label):
                edit()
        except NetworkProblem as problem:
            reason = str(problem)
        self.complaint.setText(f'<span style="color:{theme.current().error.name()}">{escape(reason)}</span>')
        self.complaint.setVisible(bool(reason))


def _spec(known: Mapping[NodeKey, NodeReport], key: NodeKey) -> str:
    report = known.get(key)
    return ", ".join(map(str, report.outputs.values())) if report else ""
