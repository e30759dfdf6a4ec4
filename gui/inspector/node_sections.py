"""The parts of the inspector that are about one node: its names, its ports, what it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from typing import Final, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from backend.messages import Cost
from graph.analysis import NodeReport
from graph.catalogue import NodeType
from graph.document import NodeKey, Port, is_identifier
from graph.networks import type_of
from gui import memory, theme
from gui.inspector.editors import TextEditor
from gui.inspector.fields import LABEL_WIDTH, RESET
from gui.language import content
from gui.parts import Dot, Stripe, Words, clear, grouped
from gui.session import Session
from gui.sizes import short

ADDRESS: Final = re.compile(r"https?://([^\s/]+)[^\s,;)]*[^\s,;).]")
INDENT: Final = 11  # pixels that the marks of changed parameters take


class Heading(QWidget):
    """A band with the family's colour, the type's name and one line on what it does."""

    def __init__(self, title: str, below: str, family: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        name = QLabel(title, self)
        name.setProperty("heading", True)
        name.setWordWrap(True)
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(name)
        texts.addWidget(Words(below, dim=True, parent=self))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 4)
        layout.setSpacing(10)
        if family:
            layout.addWidget(Stripe(lambda: theme.current().family(family), self))
        layout.addLayout(texts, 1)


class Names(QWidget):
    """The title that the canvas shows, and the id that the code uses."""

    def __init__(self, key: NodeKey, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.key, self.session = key, session
        node_type = type_of(session.document, key)
        self.title = TextEditor(node_type.title if node_type else "", self)
        self.title.name_for_readers(self.tr("Title"), self.tr("What the canvas calls this node"))
        self.title.edited.connect(self._set_title)
        self.id = TextEditor(parent=self)
        self.id.name_for_readers(self.tr("Id"), self.tr("What the generated code calls this node"))
        self.id.setToolTip(self.tr("The name in the generated code and in saved weights"))
        self.id.edited.connect(self._set_id)
        self.id.field.setFont(theme.code_font(12))
        self.complaint = Words(rich=True, parent=self)
        self.complaint.hide()
        layout = QFormLayout(self)
        layout.setContentsMargins(INDENT, 0, RESET + 4, 0)
        layout.setHorizontalSpacing(4)
        layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        for word, editor in ((self.tr("Title"), self.title), (self.tr("Id"), self.id)):
            label = QLabel(word, self)
            label.setFixedWidth(LABEL_WIDTH)
            layout.addRow(label, editor)
        layout.addRow(self.complaint)
        self.refresh()

    def refresh(self) -> None:
        self.title.show_value(self.session.document.nodes[self.key].title)
        self.id.show_value(self.key.node)

    def _set_title(self, text: str, _: str) -> None:
        with self.session.document.edit(self.tr("Rename")):
            self.session.document.change_node(self.key, title=text.strip())

    def _set_id(self, text: str, _: str) -> None:
        text = text.strip()
        reason = self._unfit(text)
        self.complaint.setText(f'<span style="color:{theme.current().error.name()}">{escape(reason)}</span>')
        self.complaint.setVisible(bool(reason))
        if reason or text == self.key.node:
            return
        with self.session.document.edit(self.tr("Change id")):
            renamed = self.session.document.rename_node(self.key, text)
        self.session.select([renamed])

    def _unfit(self, text: str) -> str:
        if not is_identifier(text):
            words = self.tr(
                "An id is a word of letters, digits and _ that begins with a letter and is no Python keyword; "
                "got “{text}”. It stays {old}."
            )
            return words.format(text=text, old=self.key.node)
        if text != self.key.node and NodeKey(self.key.network, text) in self.session.document.nodes:
            return self.tr("There is already a node “{text}”. It stays {old}.").format(text=text, old=self.key.node)
        return ""


class PortLine(NamedTuple):
    """One port as the list shows it."""

    name: str
    text: str
    meaning: str  # "" where nothing is known yet
    missing: bool
    tip: str


class Ports(QWidget):
    """What goes in, what comes out, and how many numbers are learned."""

    def __init__(self, key: NodeKey, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.key, self.session = key, session
        self._shown: object = None
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(7)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(2, 1)
        self.refresh()

    def refresh(self) -> None:
        inputs, outputs = self.inputs(), self.outputs()
        report = reports(self.session).get(self.key)
        cost = self._cost()
        now = (inputs, outputs, cost, report.parameters if report else None, theme.current().name)
        if now == self._shown:
            return
        self._shown = now
        clear(self._grid)
        if inputs:
            self._caption(self.tr("Takes"))
            for line in inputs:
                self._line(line)
        if outputs:
            self._caption(self.tr("Gives"))
            for line in outputs:
                self._line(line)
        if report and report.parameters:
            self._caption(self.tr("Learns"))
            count = QLabel(self.tr("{count} parameters").format(count=grouped(report.parameters)), self)
            self._grid.addWidget(count, self._grid.rowCount(), 1, 1, 2)
        if cost:
            self._caption(self.tr("Takes in training"))
            self._grid.addWidget(Words(cost, parent=self), self._grid.rowCount(), 1, 1, 2)

    def _cost(self) -> str:
        """The arithmetic and memory that a batch takes here, in words."""
        totals = self.session.sizes.totals
        cost = self.session.place.known(_by_key(totals.nodes)).get(self.key) if totals else None
        if totals is None or cost is None:
            return ""
        parts = []
        if cost.multiply_adds:
            work = short(cost.multiply_adds // totals.batch)
            parts.append(self.tr("{count} multiply-adds an example").format(count=work))
        if cost.activations:
            size = memory.words(cost.activations)
            parts.append(self.tr("{size} for a batch of {batch}").format(size=size, batch=grouped(totals.batch)))
        return "\n".join(parts)

    def inputs(self) -> list[PortLine]:
        """The inputs, wired or not; a growing one as many times as it has wires."""
        node_type = type_of(self.session.document, self.key)
        wired = self.session.document.inputs_of(self.key)
        known = reports(self.session)
        lines = []
        for declared in node_type.inputs if node_type else ():
            names = [name for name in wired if name.partition(".")[0] == declared.name] or [declared.name]
            for name in names:
                source = wired.get(name)
                report = known.get(source.owner) if source else None
                spec = report.outputs.get(source.port) if source and report else None
                text = _from(source, str(spec) if spec else "") if source else self._unwired(declared.optional)
                meaning = spec.meaning if spec else declared.wants.meaning
                missing = not source and not declared.optional
                lines.append(PortLine(name, text, meaning, missing, content(declared.help or declared.wants.words)))
        return lines

    def outputs(self) -> list[PortLine]:
        """The outputs with their specs, as far as these are known."""
        node_type = type_of(self.session.document, self.key)
        report = reports(self.session).get(self.key)
        if report and report.outputs:
            return [PortLine(name, str(spec), spec.meaning, False, spec.dtype) for name, spec in report.outputs.items()]
        names = node_type.outputs if node_type and not node_type.dynamic else ()
        return [PortLine(name, "", "", False, "") for name in names]

    def _unwired(self, optional: bool) -> str:
        return self.tr("not wired (optional)") if optional else self.tr("not wired")

    def _caption(self, text: str) -> None:
        label = QLabel(text, self)
        label.setProperty("dim", True)
        self._grid.addWidget(label, self._grid.rowCount(), 0, 1, 3)

    def _line(self, line: PortLine) -> None:
        row = self._grid.rowCount()
        name = QLabel(line.name, self)
        name.setToolTip(line.tip)
        text = QLabel(escape(line.text), self)
        if line.missing:
            text.setText(f'<span style="color:{theme.current().error.name()}">{escape(line.text)}</span>')
        text.setProperty("dim", True)
        text.setAlignment(Qt.AlignmentFlag.AlignRight)
        text.setWordWrap(True)
        text.setToolTip(line.tip)
        self._grid.addWidget(Dot(lambda: theme.current().meaning(line.meaning), parent=self), row, 0)
        self._grid.addWidget(name, row, 1)
        self._grid.addWidget(text, row, 2)


def reports(session: Session) -> Mapping[NodeKey, NodeReport]:
    """What the analysis found of every node, in the instance of its network that is shown."""
    return session.place.known(session.analysis.nodes) if session.analysis else {}


def _by_key(costs: Mapping[tuple[str, str], Cost]) -> dict[NodeKey, Cost]:
    return {NodeKey(*key): cost for key, cost in costs.items()}


def _from(source: Port, spec: str) -> str:
    """Where an input comes from and what arrives."""
    return f"{spec} ← {source.node}.{source.port}" if spec else f"← {source.node}.{source.port}"


def about(node_type: NodeType) -> str:
    """The explanation of a node type as rich text: links can be followed, formulas stand in the code font."""
    paragraphs = [content(" ".join(part.split())) for part in node_type.help.split("\n\n") if part.strip()]
    return "".join(f"<p>{_linked(escape(part))}</p>" for part in paragraphs)


def _linked(text: str) -> str:
    """The text with every address as a link that shows only where it leads."""
    colour = theme.current().accent.name()
    return re.sub(ADDRESS, rf'<a style="color:{colour}" href="\g<0>">More at \1</a>', text)
