"""One line of an inspector: a declared parameter, its editor, help, complaint, and the way back to the default."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from graph.catalogue import Parameter
from graph.document import NodeKey, Value
from graph.formula import LETTERS
from graph.networks import original, type_of
from graph.wording import Worded
from gui import icons, theme
from gui.inspector import compared, values
from gui.inspector.editors import ChoiceList, Editor, NumberEditor, Segments, SwitchEditor, TextEditor
from gui.inspector.formula_field import FormulaEditor
from gui.inspector.matrix_field import MatrixEditor
from gui.inspector.names_field import NamesEditor, trainable
from gui.inspector.outside import Outside
from gui.inspector.pickers import DataEditor, DeviceEditor
from gui.language import content
from gui.parts import Dot, Words, tool
from gui.session import Session

LABEL_WIDTH: Final = 84
RESET: Final = 22  # pixels
SEGMENT_LETTERS: Final = 26  # more than fit side by side make a list


@dataclass(frozen=True)
class Field:
    """What a line edits.

    read: the present values, one of each thing edited together
    write: sets them all; None goes back to the default. The token joins the edits of one drag
    differs: whether any of them is not at its default
    label: what it is called, where the parameter's own name does not say enough
    keys: the nodes whose parameter it is; none for a setting of the training
    note: what else is to be said of it in its tip
    """

    parameter: Parameter
    read: Callable[[], Sequence[Value]]
    write: Callable[[Value | None, str], None]
    differs: Callable[[], bool]
    label: str = ""
    keys: tuple[NodeKey, ...] = ()
    note: str = ""

    @property
    def value(self) -> Value | None:
        """The value that all share, or None."""
        found = self.read()
        return found[0] if found and all(other == found[0] for other in found) else None


class FieldRow(QWidget):
    """Name, editor, reset button and beneath them what is wrong or what the parameter means.

    outside: whether it can be shown outside the network that its node stands in
    """

    def __init__(self, field: Field, session: Session, *, helped: bool = True, outside: bool = False,
                 parent: QWidget | None = None) -> None:  # fmt: skip
        super().__init__(parent)
        self.field = field
        self._session = session
        parameter = field.parameter
        name = field.label or values.label_of(parameter.name)
        self.editor = editor_for(parameter, session, self, field.keys)
        self.editor.edited.connect(self._edited)
        self.editor.complained.connect(self._complained)
        self.editor.name_for_readers(name, parameter.help)
        self.label = QLabel(name, self)
        self.label.setFixedWidth(LABEL_WIDTH)
        self.label.setWordWrap(True)
        self.label.setBuddy(self.editor)
        self.mark = Dot(lambda: theme.current().accent, 5, self)
        self.mark.setToolTip(self.tr("Differs from the default"))
        self.reset = tool(self, self.tr("Reset {name}").format(name=name))
        self.reset.setIcon(icons.icon("reset", "text_dim"))
        self.reset.clicked.connect(lambda: self._edited(None, ""))
        self.reset.setFixedWidth(RESET)
        self.reset.setStyleSheet("QToolButton { padding: 1px; }")
        self.complaint = Words(rich=True, parent=self)
        self.complaint.hide()
        self.was = Words(parent=self)
        self.was.setFont(theme.font(12))
        self.was.hide()
        self.help = Words(sentence(parameter.help), dim=True, parent=self)
        self.help.setFont(theme.font(12))
        if not helped:
            self.help.hide()
        self.outside = Outside(session, field.keys[0], parameter.name, self) if outside and field.keys else None
        self._lay_out()
        self.setToolTip(self._tip())
        self.refresh()

    def refresh(self) -> None:
        """Show the present value."""
        self.editor.show_value(self.field.value)
        differs = self.field.differs()
        _keep_place(self.mark, differs)
        _keep_place(self.reset, differs)
        default = values.as_text(self.field.parameter, self.field.parameter.default)
        self.reset.setToolTip(self.tr("Back to {default}").format(default=default))
        if isinstance(self.editor, MatrixEditor):
            self.editor.offer(*self._size_offer())
        if self.outside:
            self.outside.refresh()
        compared.tell(self.was, self._session, self.field)

    def _size_offer(self) -> tuple[str, Callable[[], object] | None]:
        """What brings a list of numbers to the size that its node needs, as the analysis found it."""
        name = self.field.parameter.name
        for problem in self._session.problems if len(self.field.keys) == 1 else ():
            fix = problem.fix
            if fix is None or len(fix.changes) != 1 or fix.changes[0][:2] != ("nodes", self.field.keys[0]):
                continue
            old, new = fix.changes[0].old, fix.changes[0].new
            if old and new and old.params.get(name) != (given := new.params.get(name)) and isinstance(given, list):
                return content(fix.label), functools.partial(self._session.apply_fix, problem)
        return "", None

    def _lay_out(self) -> None:
        column = QVBoxLayout()
        column.setSpacing(2)
        shown = [self.outside, self.outside.complaint] if self.outside else []
        for widget in (self.editor, self.complaint, self.was, *shown, self.help):
            column.addWidget(widget)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 2, 0, 2)
        whole.setSpacing(0)
        layout = QHBoxLayout()
        layout.setSpacing(4)
        whole.addLayout(layout)
        if self.editor.below:
            whole.addWidget(self.editor.below)
        layout.addWidget(self.mark, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self.label, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(column, 1)
        layout.addWidget(self.reset, 0, Qt.AlignmentFlag.AlignTop)
        if self.outside:
            layout.addWidget(self.outside.pin, 0, Qt.AlignmentFlag.AlignTop)
            self.outside.pin.setFixedHeight(self.editor.sizeHint().height())
            self.addAction(self.outside.action)
            self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        high = self.editor.sizeHint().height()
        self.mark.setFixedHeight(high)
        self.label.setMinimumHeight(high)
        self.reset.setFixedHeight(high)
        self.editor.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def _edited(self, value: Any, token: str) -> None:
        self.field.write(value, token)
        self.refresh()

    def _tip(self) -> str:
        """Help, default and range."""
        parameter = self.field.parameter
        low, high, _, _ = parameter.limits
        default = values.as_text(parameter, parameter.default) or "—"
        lines = [escape(sentence(parameter.help)), self.tr("Default: {default}").format(default=escape(default))]
        if low is not None and high is not None and not parameter.choices:
            words = self.tr("Range: {low} to {high}")
            lines.append(words.format(low=values.as_text(parameter, low), high=values.as_text(parameter, high)))
        if self.field.note:
            lines.append(escape(self.field.note))
        return f"<p>{'<br>'.join(lines)}</p>"

    def _complained(self, reason: str) -> None:
        self.complaint.setText(
            f'<span style="color:{theme.current().error.name()}">{escape(reason)}</span>' if reason else ""
        )
        self.complaint.setVisible(bool(reason))


def editor_for(parameter: Parameter, session: Session, parent: QWidget, keys: Sequence[NodeKey] = ()) -> Editor:
    """The editor that a parameter's declaration asks for; ``keys`` are the nodes that it edits."""
    if parameter.choices:
        short = len(parameter.choices) <= 4 and sum(len(str(c)) + 2 for c in parameter.choices) <= SEGMENT_LETTERS
        return Segments(parameter.choices, parent) if short else ChoiceList(parameter.choices, parent)
    if parameter.type is bool:
        return SwitchEditor(parent)
    if parameter.type in (int, float):
        return NumberEditor(parameter, parent)
    match parameter.widget:
        case "data":
            return DataEditor(parent)
        case "device":
            return DeviceEditor(lambda: session.devices, parent)
        case "matrix":
            return MatrixEditor(len(values.shape_of(parameter.default)) < 2 and not _of_rows(parameter), parent)
        case "names":
            return NamesEditor(lambda: trainable(session.document), parent.tr("all upstream"), parent)
        case "formula":
            return FormulaEditor(lambda: _wired(session, keys), parent)
    return TextEditor(parent=parent)


def _of_rows(parameter: Parameter) -> bool:
    """Whether a list that is empty so far is one of rows, even where there is a single one."""
    return parameter.name == "given_weights"


def _wired(session: Session, keys: Sequence[NodeKey]) -> int:
    """How many inputs a formula may name: those that are wired to all of the nodes, or any while none is."""
    wired = [len(session.document.inputs_of(key)) for key in keys if key in session.document.nodes]
    return min(wired, default=0) or len(LETTERS)


def setting_field(session: Session, parameter: Parameter) -> Field:
    """A setting of the training, kept in the document."""
    name, default = parameter.name, parameter.default

    def read() -> Sequence[Value]:
        return [session.document.settings.get(name, default)]

    def write(value: Value | None, token: str) -> None:
        with session.document.edit(Worded("Set {name}", name=name.replace("_", " ")), merge=token):
            session.document.set_setting(name, None if value == default else value)

    return Field(parameter, read, write, lambda: read() != [default])


def node_field(
    session: Session, keys: Sequence[NodeKey], parameter: Parameter, label: str = "", note: str = ""
) -> Field:
    """A parameter of one node, or one that several have in common. Linked nodes have those of the one they share."""
    name = parameter.name
    keys = tuple(dict.fromkeys(original(session.document, key) for key in keys if key in session.document.nodes))

    def defaults() -> list[tuple[NodeKey, Value]]:
        document = session.document
        found = ((key, known.parameter(name)) for key in keys if (known := type_of(document, key)))
        return [(key, own.default) for key, own in found if own]

    def read() -> Sequence[Value]:
        return [session.document.nodes[key].params.get(name, default) for key, default in defaults()]

    def write(value: Value | None, token: str) -> None:
        with session.document.edit(Worded("Set {name}", name=name.replace("_", " ")), merge=token):
            for key, default in defaults():
                session.document.set_param(key, name, None if value == default else value)

    def differs() -> bool:
        return read() != [default for _, default in defaults()]

    return Field(parameter, read, write, differs, label, keys, note)


def sentence(text: str) -> str:
    """A help line as a sentence begins; a name such as fp32 stays as it is."""
    first = text.partition(" ")[0]
    return content(text if any(letter.isdigit() for letter in first) else text[:1].upper() + text[1:])


def _keep_place(widget: QWidget, seen: bool) -> None:
    """Hide or show without anything moving."""
    policy = widget.sizePolicy()
    policy.setRetainSizeWhenHidden(True)
    widget.setSizePolicy(policy)
    widget.setVisible(seen)
