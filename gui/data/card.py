"""What is proposed for data that was just brought: how to read it, and where it goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from backend.messages import Previewed
from graph.catalogue import Parameter
from graph.document import NodeKey, Value
from gui.data.subject import Subject
from gui.inspector.fields import Field, FieldRow
from gui.parts import clear, tool
from gui.session import Session

LABEL_WIDTH: Final = 72  # narrower than in the inspector, for the card has an edge
PROPOSED: Final = {
    "data": ("scaling", "balance", "validation", "test", "size"),
    "table": ("target", "task", "categories", "blanks", "scaling", "balance", "test"),
    "series": ("window", "horizon", "stride", "scaling", "test"),
    "text": ("tokens", "length", "vocabulary", "lower"),
}


class ImportCard(QFrame):
    """Settings of the node that is to be, and the buttons that put it on the canvas or into another node's place."""

    edited = Signal(str, object)  # a parameter and its value, None for the default
    type_wanted = Signal(str)  # of the node that is to read it
    add_wanted = Signal()
    use_wanted = Signal(object)  # the NodeKey of the node that is to read the data
    dismissed = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.setAccessibleName(self.tr("New data"))
        self.session = session
        self.subject = Subject("")
        self.rows: list[FieldRow] = []
        self._shape: tuple[object, ...] = ()
        self._nodes: list[NodeKey] = []
        self.close_button = tool(self, self.tr("Dismiss"), "close", self.tr("Back to the data of the design"))
        self.close_button.clicked.connect(self.dismissed)
        self.add = QPushButton(self.tr("Add to canvas"), self)
        self.add.setProperty("primary", True)
        self.add.clicked.connect(self.add_wanted)
        self.use = QPushButton(self)
        self.use.clicked.connect(self._use)
        top = QHBoxLayout()
        top.addWidget(self.add)
        top.addWidget(self.use)
        top.addStretch()
        top.addWidget(self.close_button)
        self._fields = QVBoxLayout()
        self._fields.setSpacing(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(5, 7, 2, 5)
        column.setSpacing(4)
        for part in (top, self._fields):
            column.addLayout(part)

    def show_answer(self, subject: Subject, answer: Previewed, nodes: Sequence[NodeKey]) -> None:
        """Propose how to read a source; ``nodes`` are those that could read it instead of what they read now."""
        self.subject = replace(subject, node_type=answer.node_type)
        targets = tuple(column.name for column in answer.columns if column.target)
        shape = (
            subject.source,
            answer.node_type,
            targets,
            answer.own,
            any(f.meaning == "image" for f in answer.fields),
        )
        self._target = str(answer.proposed.get("target", ""))
        if shape != self._shape:
            self._shape = shape
            self._build(self._offered(answer, targets), answer.readers)
        for row in self.rows:
            row.refresh()
        self._nodes = list(nodes)
        self.use.setVisible(bool(nodes))
        words = self.tr("Use in {node}").format(node=nodes[0].node) if len(nodes) == 1 else self.tr("Use in…")
        self.use.setText(words)

    def _offered(self, answer: Previewed, targets: Sequence[str]) -> list[Parameter]:
        found = []
        for name in PROPOSED.get(answer.node_type, ("scaling",)):
            parameter = self.subject.type.parameter(name) if self.subject.type else None
            pictures = any(field.meaning == "image" for field in answer.fields)
            if parameter is None or name in answer.own or (name == "size" and not pictures):
                continue
            if name == "target" and targets:
                parameter = replace(parameter, choices=tuple(targets))
            found.append(parameter)
        return found

    def _build(self, parameters: Sequence[Parameter], readers: Sequence[str]) -> None:
        clear(self._fields)
        fields = [self._field(each) for each in parameters]
        if len(readers) > 1:
            fields.insert(0, self._reader(readers))
        self.rows = [FieldRow(each, self.session, helped=False, parent=self) for each in fields]
        for row in self.rows:
            row.label.setFixedWidth(LABEL_WIDTH)
            self._fields.addWidget(row)

    def _reader(self, readers: Sequence[str]) -> Field:
        """What kind of data it is taken for."""
        help = self.tr("what the file is taken for, which decides the type of the node")
        parameter = Parameter("read_as", str, readers[0], help, choices=tuple(readers))

        def write(value: Value | None, _: str) -> None:
            self.type_wanted.emit(str(value or readers[0]))

        return Field(parameter, lambda: [self.subject.node_type], write,
                     lambda: self.subject.node_type != readers[0])  # fmt: skip

    def _field(self, parameter: Parameter) -> Field:
        name = parameter.name

        def read() -> list[Value]:
            value = self.subject.value(name)
            return [value or self._target if name == "target" else value]

        return Field(parameter, read, self._writer(name), lambda: name in self.subject.parameters)

    def _writer(self, name: str) -> Callable[[Value | None, str], None]:
        def write(value: Value | None, _: str) -> None:
            self.subject = self.subject.changed(name, value)
            self.edited.emit(name, value)

        return write

    def _use(self) -> None:
        if len(self._nodes) == 1:
            self.use_wanted.emit(self._nodes[0])
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for key in self._nodes:
            menu.addAction(key.node, partial(self.use_wanted.emit, key))
        menu.popup(self.use.mapToGlobal(self.use.rect().bottomLeft()))
