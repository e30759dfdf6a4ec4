"""What is selected, to read and to change: made entirely from the declarations of the node types."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QScrollArea, QVBoxLayout, QWidget

from graph.catalogue import NodeType, Parameter
from graph.document import Change, NodeKey
from graph.layers import CATALOGUE
from graph.problems import Problem
from graph.settings import SETTINGS
from gui.editors import TextEditor
from gui.fields import FieldRow, node_field, setting_field
from gui.node_sections import Heading, Names, Ports, about
from gui.panels import Panel
from gui.parts import Live, Words, clear, grouped, line, settle
from gui.problem_card import ProblemCard
from gui.session import Session


class InspectorPanel(Live):
    """The node that is selected, what several have in common, or with none the design itself."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.rows: dict[str, FieldRow] = {}
        self.keys: tuple[NodeKey, ...] = ()
        self._built_for: object = None
        self._refreshers: list[Callable[[], None]] = []
        self._column = QVBoxLayout()
        self._column.setSpacing(6)
        self._inside = inside = QWidget()
        whole = QVBoxLayout(inside)
        whole.setContentsMargins(12, 10, 8, 12)
        whole.addLayout(self._column)
        whole.addStretch()
        self.area = QScrollArea(widgetResizable=True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setWidget(inside)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.area)
        session.selection_changed.connect(self.invalidate)
        session.document_replaced.connect(self._forget)
        session.analysed.connect(self.invalidate)
        session.state_changed.connect(self.invalidate)
        session.changed.connect(self._hear)

    def refresh(self) -> None:
        nodes = self.session.document.nodes
        self.keys = tuple(sorted(key for key in self.session.selection if key in nodes))
        wanted = tuple((key, nodes[key].type) for key in self.keys)
        built = wanted != self._built_for
        if built:
            self._built_for = wanted
            self._build()
        for refresh in self._refreshers:
            refresh()
        if built:
            settle(self.area)

    def restyle(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self._built_for = None
        self.invalidate()

    def _hear(self, changes: Sequence[Change]) -> None:
        if any(map(_concerns, changes)):
            self.invalidate()

    # -- building ----------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        clear(self._column)
        self.rows, self._refreshers = {}, []
        if not self.keys:
            self._build_design()
        elif len(self.keys) == 1:
            self._build_node(self.keys[0])
        else:
            self._build_several()
        self.area.verticalScrollBar().setValue(0)

    def _build_node(self, key: NodeKey) -> None:
        inside, session = self._inside, self.session
        node_type = CATALOGUE.get(session.document.nodes[key].type)
        if node_type is None:
            words = self.tr("This version knows no such node type. Delete it, or open the design with its plug-in.")
            self._add(Heading(session.document.nodes[key].type, words, "", inside))
        else:
            self._add(Heading(node_type.title, node_type.summary, node_type.family, inside))
        problems, names = _Problems(key, session, inside), Names(key, session, inside)
        self._refreshers += [problems.refresh, names.refresh]
        self._add(problems, names, line(inside))
        if node_type and node_type.parameters:
            self._add_rows(node_type.parameters)
            self._add(line(inside))
        ports = Ports(key, session, inside)
        self._refreshers.append(ports.refresh)
        self._add(ports)
        if node_type and node_type.help:
            self._add(line(inside), Words(about(node_type), dim=True, rich=True, parent=inside))

    def _build_several(self) -> None:
        inside = self._inside
        counts = Counter(self.session.document.nodes[key].type for key in self.keys)
        known = [CATALOGUE[name] for name in counts if name in CATALOGUE]
        words = ", ".join(f"{count} {CATALOGUE[n].title if n in CATALOGUE else n}" for n, count in counts.items())
        self._add(Heading(self.tr("{count} nodes").format(count=len(self.keys)), words, "", inside), line(inside))
        if shared := common_parameters(known) if len(known) == len(counts) else []:
            self._add_rows(shared)
        else:
            advice = self.tr(
                "These nodes have no parameter in common. Select nodes of one type to change them together."
            )
            self._add(Words(advice, dim=True, parent=inside))

    def _build_design(self) -> None:
        inside = self._inside
        design = _Design(self.session, inside)
        self._refreshers.append(design.refresh)
        words = self.tr("Select a node to see and change what it does.")
        self._add(Heading(self.tr("The design"), words, "", inside), design, line(inside))
        self._add(_caption(self.tr("Training"), inside))
        for setting in SETTINGS:
            self._add_row(FieldRow(setting_field(self.session, setting), self.session, parent=inside))

    def _add_rows(self, parameters: Sequence[Parameter]) -> None:
        for parameter in parameters:
            field = node_field(self.session, self.keys, parameter)
            self._add_row(FieldRow(field, self.session, parent=self._inside))

    def _add_row(self, row: FieldRow) -> None:
        self.rows[row.field.parameter.name] = row
        self._refreshers.append(row.refresh)
        self._add(row)

    def _add(self, *widgets: QWidget) -> None:
        for widget in widgets:
            self._column.addWidget(widget)


class _Problems(QWidget):
    """The problems of one node, on the spot."""

    def __init__(self, key: NodeKey, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._key, self._session = key, session
        self._shown: list[Problem] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self.hide()

    def refresh(self) -> None:
        problems = [problem for problem in self._session.problems if problem.owner == self._key]
        if problems != self._shown:
            self._shown = problems
            clear(self._layout)
            for problem in problems:
                self._layout.addWidget(ProblemCard(problem, self._session, place=False, parent=self))
        self.setVisible(bool(problems))


class _Design(QWidget):
    """Title, lesson and size of the whole design."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self.title = TextEditor(self.tr("Untitled"), self)
        self.title.name_for_readers(self.tr("Title of the design"), "")
        self.title.edited.connect(lambda text, _: self._set("title", text))
        self.lesson = _Prose(self)
        self.lesson.setPlaceholderText(self.tr("What is there to see, what is there to try?"))
        self.lesson.setAccessibleName(self.tr("Lesson"))
        self.lesson.edited.connect(lambda text: self._set("lesson", text))
        self.size_words = Words(parent=self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for caption, editor in ((self.tr("Title"), self.title), (self.tr("Lesson"), self.lesson)):
            layout.addWidget(_caption(caption, self))
            layout.addWidget(editor)
        layout.addWidget(self.size_words)

    def refresh(self) -> None:
        about = self._session.document.about
        self.title.show_value(about.get("title", ""))
        self.lesson.show_text(about.get("lesson", ""))
        analysis = self._session.analysis
        nodes = self.tr("{count} nodes").format(count=grouped(len(self._session.document.nodes)))
        learned = self.tr(" · {count} parameters").format(count=grouped(analysis.parameters)) if analysis else ""
        self.size_words.setText(nodes + learned)

    def _set(self, name: str, text: str) -> None:
        with self._session.document.edit(self.tr("Change {name}").format(name=name)):
            self._session.document.put("about", name, text.strip() or None)


class _Prose(QPlainTextEdit):
    """A text of several lines, taken when the cursor leaves."""

    edited = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setTabChangesFocus(True)
        self.setFixedHeight(112)

    def show_text(self, text: str) -> None:
        if not self.document().isModified() and text != self.toPlainText():
            self.setPlainText(text)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self.document().isModified():
            self.document().setModified(False)
            self.edited.emit(self.toPlainText())


def common_parameters(types: Sequence[NodeType]) -> list[Parameter]:
    """The parameters that all types declare alike, as the first of them declares them."""
    if not types:
        return []
    first, *others = types
    return [p for p in first.parameters if all(_alike(p, other.parameter(p.name)) for other in others)]


def _alike(one: Parameter, other: Parameter | None) -> bool:
    return other is not None and (one.type, one.limits, one.choices, one.widget) == (
        other.type, other.limits, other.choices, other.widget,
    )  # fmt: skip


def _concerns(change: Change) -> bool:
    """Whether a change can alter what is shown; moving nodes about cannot."""
    if change.table != "nodes" or change.old is None or change.new is None:
        return change.table != "comments"
    return bool((change.old.params, change.old.title) != (change.new.params, change.new.title))


def _caption(text: str, parent: QWidget) -> QLabel:
    label = QLabel(text, parent)
    label.setProperty("dim", True)
    return label


PANEL = Panel("inspector", "Inspector", "right", InspectorPanel, order=10)
