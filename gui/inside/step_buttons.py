"""Buttons that do one step of one objective, for designs in which several play against each other."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from graph.plan import of_kind
from gui.parts import clear, tool
from gui.session import Session

PREFIX = "train_"


class StepButtons(QWidget):
    """A button an objective, "Step G" for ``train_generator``; none where there are fewer than two."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.buttons: dict[str, QToolButton] = {}
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(4)
        session.state_changed.connect(self._enable)
        session.analysed.connect(self.read)
        session.document_replaced.connect(self.read)
        self.read()

    def read(self) -> None:
        """Have a button for every objective that the design has now."""
        names = [key.node for key in of_kind(self.session.document, "objective")]
        names = names if len(names) > 1 else []
        if names != list(self.buttons):
            clear(self._row)
            self.buttons = {name: self._button(name, short) for name, short in zip(names, initials(names))}
            for button in self.buttons.values():
                self._row.addWidget(button)
        self.setVisible(bool(names))
        self._enable()

    def _button(self, name: str, short: str) -> QToolButton:
        tip = self.tr("One step of “{name}” alone, on the next batch; then hold").format(name=name)
        button = tool(self, self.tr("Step {short}").format(short=short), "", tip, worded=True)
        button.setAccessibleName(self.tr("One step of {name}").format(name=name))
        button.clicked.connect(partial(self._step, name))
        return button

    def _step(self, name: str, _: bool = False) -> None:
        self.session.step(name)

    def _enable(self) -> None:
        for button in self.buttons.values():
            button.setEnabled(self.session.state in ("idle", "running", "paused"))


def initials(names: Sequence[str]) -> list[str]:
    """A letter for each name; their numbers where two have the same."""
    letters = [name.removeprefix(PREFIX)[:1].upper() for name in names]
    return letters if len(set(letters)) == len(letters) else [str(number) for number in range(1, len(names) + 1)]
