"""What is selected, to read and to change: made entirely from the declarations of the node types."""

from __future__ import annotations

import functools
import operator
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QScrollArea, QVBoxLayout, QWidget

from graph.catalogue import NodeType, Parameter
from graph.document import MAIN, Change, NodeKey
from graph.networks import FAMILY, INPUT, OUTPUT, original, placed, promoted, type_of, types_of
from graph.problems import Problem
from graph.settings import SETTINGS
from graph.spoiling import spoils
from gui import icons
from gui.folding import Fold
from gui.inspector import values
from gui.inspector.before_after import BeforeAfter, last_of_chain
from gui.inspector.compared import Since
from gui.inspector.design_section import Design, captioned
from gui.inspector.fields import FieldRow, node_field, setting_field
from gui.inspector.kinship import Kinship
from gui.inspector.network_section import NetworkSection
from gui.inspector.node_sections import Heading, Names, Ports, about
from gui.language import content
from gui.panels import Panel
from gui.parts import Live, Words, clear, line, settle
from gui.problem_card import ProblemCard
from gui.session import Session

GROUPS: Final[Mapping[str, str]] = {
    "weights": "Weights", "loss": "Loss", "recurrence": "Recurrence", FAMILY: "All weights inside",
}  # fmt: skip
GOVERNED: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "initial_size": ("initial", ("normal", "uniform", "constant")),
    "given_weights": ("initial", ("as given",)),
    "given_biases": ("initial", ("as given",)),
}  # parameters of weights that matter only where another one has one of these values


class InspectorPanel(Live):
    """The node that is selected, what several have in common, or with none the network that is shown or the design."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.rows: dict[str, FieldRow] = {}
        self.folds: dict[str, Fold] = {}
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
        session.place_changed.connect(self.invalidate)
        session.analysed.connect(self.invalidate)
        session.state_changed.connect(self.invalidate)
        session.compared_changed.connect(self.invalidate)
        session.sizes.told.connect(self.invalidate)
        session.changed.connect(self._hear)

    def refresh(self) -> None:
        document = self.session.document
        self.keys = tuple(sorted(key for key in self.session.selection if key in document.nodes))
        types = tuple((key, original(document, key), _declared(type_of(document, key))) for key in self.keys)
        wanted = (self.session.network, types)
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
        self.rows, self.folds, self._refreshers = {}, {}, []
        if len(self.keys) == 1:
            self._build_node(self.keys[0])
        elif self.keys:
            self._build_several()
        elif self.session.network != MAIN:
            self._build_network()
        else:
            self._build_design()
        self.area.verticalScrollBar().setValue(0)

    def _build_node(self, key: NodeKey) -> None:
        inside, session = self._inside, self.session
        node_type = type_of(session.document, key)
        if node_type is None:
            words = self.tr("This version knows no such node type. Delete it, or open the design with its plug-in.")
            self._add(Heading(session.document.nodes[key].type, words, "", inside))
        else:
            self._add(Heading(content(node_type.title), content(node_type.summary), node_type.family, inside))
        parts = (
            _Problems(key, session, inside),
            Names(key, session, inside),
            Kinship(key, session, inside),
            Since(key, session, inside),
        )
        self._refreshers += [part.refresh for part in parts]
        self._add(*parts, line(inside))
        if spoils(node_type):
            self._add(BeforeAfter(session, key, inside))
        if node_type and node_type.parameters:
            self._add_groups(node_type.parameters)
            self._add(line(inside))
        ports = Ports(key, session, inside)
        self._refreshers.append(ports.refresh)
        self._add(ports)
        if node_type and node_type.help:
            self._add(line(inside), Words(about(node_type), dim=True, rich=True, parent=inside))

    def _build_several(self) -> None:
        inside, document = self._inside, self.session.document
        counts = Counter(document.nodes[key].type for key in self.keys)
        types = types_of(document)
        known = [types[name] for name in counts if name in types]
        words = ", ".join(f"{count} {types[n].title if n in types else n}" for n, count in counts.items())
        self._add(Heading(self.tr("{count} nodes").format(count=len(self.keys)), words, "", inside), line(inside))
        if (last := last_of_chain(self.session, self.keys)) is not None:
            self._add(BeforeAfter(self.session, last, inside))
        if shared := common_parameters(known) if len(known) == len(counts) else []:
            self._add_groups(shared)
        else:
            advice = self.tr(
                "These nodes have no parameter in common. Select nodes of one type to change them together."
            )
            self._add(Words(advice, dim=True, parent=inside))

    def _build_network(self) -> None:
        inside = self._inside
        section = NetworkSection(self.session, inside)
        self._refreshers.append(section.refresh)
        words = self.tr("A network inside the design. Select a node to see and change what it does.")
        self._add(Heading(self.tr("The network"), words, FAMILY, inside), section)

    def _build_design(self) -> None:
        inside = self._inside
        design = Design(self.session, inside)
        self._refreshers.append(design.refresh)
        words = self.tr("Select a node to see and change what it does.")
        self._add(Heading(self.tr("The design"), words, "", inside), design, line(inside))
        self._add(captioned(self.tr("Training"), inside))
        for setting in SETTINGS:
            row = FieldRow(setting_field(self.session, setting), self.session, parent=inside)
            self._keep(row)
            self._add(row)

    # -- parameters --------------------------------------------------------------------------------------------------

    def _add_groups(self, parameters: Sequence[Parameter]) -> None:
        """A node's own parameters, and beneath them those of every group in a part that folds."""
        for parameter in parameters:
            if not parameter.group:
                self._add(self._row(parameter, self._inside))
        for group in dict.fromkeys(parameter.group for parameter in parameters if parameter.group):
            self._add_fold(group, [parameter for parameter in parameters if parameter.group == group])
        reset = QPushButton(icons.icon("reset", "text_dim"), self.tr("Reset all"), self._inside)
        reset.setProperty("quiet", True)
        reset.setToolTip(self.tr("Give every parameter its default"))
        reset.clicked.connect(self._reset_all)
        self._column.addWidget(reset, 0, Qt.AlignmentFlag.AlignLeft)
        rows = list(self.rows.values())
        self._refreshers.append(lambda: reset.setVisible(sum(row.field.differs() for row in rows) > 1))

    def _reset_all(self) -> None:
        with self.session.document.edit(self.tr("Reset all")):
            for row in self.rows.values():
                if row.field.differs():
                    row.field.write(None, "")
        self.invalidate()

    def _add_fold(self, group: str, parameters: Sequence[Parameter]) -> None:
        rows = [self._row(parameter, self._inside) for parameter in parameters]

        def differing() -> list[FieldRow]:
            return [row for row in rows if not self._idle(row) and row.field.differs()]

        def summary() -> str:
            said = ((row.field.parameter, row.field.value) for row in differing())
            return ", ".join(f"{values.label_of(p.name).lower()} {values.as_text(p, v)}" for p, v in said)

        fold = Fold(group, self.tr(GROUPS.get(group, group.capitalize())), lambda: bool(differing()), summary,
                    self._inside)  # fmt: skip
        for row in rows:
            fold.column.addWidget(row)
            self._refreshers.append(functools.partial(self._show_if_needed, row))
        self._refreshers.append(fold.refresh)
        self.folds[group] = fold
        self._add(fold)

    def _show_if_needed(self, row: FieldRow) -> None:
        row.setVisible(not self._idle(row))

    def _idle(self, row: FieldRow) -> bool:
        """Whether a parameter says nothing as long as another one is as it is."""
        other, needed = GOVERNED.get(row.field.parameter.name, ("", ()))
        governing = self.rows.get(other)
        return governing is not None and not any(value in needed for value in governing.field.read())

    def _row(self, parameter: Parameter, parent: QWidget) -> FieldRow:
        document, key = self.session.document, self.keys[0]
        type_name, alone = document.nodes[key].type, len(self.keys) == 1
        note, network = "", placed(type_name)
        if alone and network and (places := promoted(document, network).get(parameter.name)):
            note = self.tr("Inside: {places}").format(places=", ".join(f"{at.node}.{name}" for at, name in places))
        outside = alone and key.network != MAIN and type_name not in (INPUT, OUTPUT)
        field = node_field(self.session, self.keys, parameter, note=note)
        row = FieldRow(field, self.session, outside=outside, parent=parent)
        self._keep(row)
        return row

    def _keep(self, row: FieldRow) -> None:
        self.rows[row.field.parameter.name] = row
        self._refreshers.append(row.refresh)

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
    concerning = operator.attrgetter("type", "params", "title", "link", "copy_of")
    return bool(concerning(change.old) != concerning(change.new))


def _declared(node_type: NodeType | None) -> object:
    """What the rows for a node are made of; those of a network are others once it shows something else."""
    return node_type and (node_type.name, node_type.parameters)


PANEL = Panel("inspector", "Inspector", "right", InspectorPanel, order=10)
