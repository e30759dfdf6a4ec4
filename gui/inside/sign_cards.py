"""What there is to say of a training's health as cards: a sentence, what to do about it, and a click to the node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from graph.document import MAIN, NodeKey
from graph.problems import Problem
from gui import whereabouts
from gui.inside.health_signs import Sign
from gui.inspector.values import brief
from gui.parts import Words, clear, settle
from gui.problem_card import ProblemCard
from gui.session import Session

COLUMN, FEW_LINES, MOST = 280, 104, 16_777_215  # pixels: of a column, of a few lines, and Qt's most
SATURATING: Final = frozenset({"sigmoid", "tanh", "softsign", "hard_sigmoid"})
GATED: Final = ("lstm", "gru", "conv_lstm")


class SignCard(ProblemCard):
    """One sign; a click or Enter shows its node on the canvas, wherever it is placed."""

    def __init__(self, sign: Sign, sentence: str, session: Session, parent: QWidget) -> None:
        severity = "error" if sign.kind == "not finite" else "warning"
        super().__init__(Problem(severity, MAIN, sign.node, "", sentence), session, place=False, parent=parent)  # type: ignore[arg-type]
        self.sign = sign

    def show_on_canvas(self) -> None:
        self.session.frame_requested.emit(NodeKey(MAIN, self.sign.node))


class SignList(QScrollArea):
    """The cards one below the other, or a line that all is well."""

    def __init__(self, session: Session) -> None:
        super().__init__(widgetResizable=True)
        self._session = session
        self._shown: list[Sign] | None = None
        self._alone = True
        self.cards: list[SignCard] = []
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._inside = QWidget()
        column = QVBoxLayout(self._inside)
        column.setContentsMargins(8, 2, 8, 6)
        self._list = QVBoxLayout()
        self._list.setSpacing(6)
        self.heading = QLabel()
        self.heading.setProperty("heading", True)
        self.well = Words(dim=True)
        for part in (self.heading, self.well):
            column.addWidget(part)
        column.addLayout(self._list)
        column.addStretch()
        self.setWidget(self._inside)

    def show_signs(self, signs: Sequence[Sign], moments: int) -> None:
        """Show these; ``moments`` is how many there are to judge by."""
        self.heading.setText(self.tr("To be mended") if signs else self.tr("All well") if moments else "")
        self.well.setText(self.tr("Gradients reach every layer and steps are of a usual size."))
        self.well.setVisible(bool(moments) and not signs)
        if list(signs) == self._shown:
            return
        self._shown = list(signs)
        clear(self._list)
        self.cards = [SignCard(sign, self.words(sign), self._session, self._inside) for sign in signs]
        for card in self.cards:
            self._list.addWidget(card)
        settle(self)
        self._fit()

    def stand_alone(self, on: bool) -> None:
        """Take a column beside other things, or else a few lines above them."""
        self._alone = on
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.heading.setVisible(self._alone)
        if self._alone:
            self.setFixedWidth(COLUMN)
            self.setFixedHeight(MOST)
            self.setMinimumHeight(0)
            return
        self.setMinimumWidth(0)
        self.setMaximumWidth(MOST)
        layout = self._inside.layout()
        needed = layout.heightForWidth(self.viewport().width()) if layout else 0
        self.setFixedHeight(min(max(needed, 0), FEW_LINES))

    def words(self, sign: Sign) -> str:
        """What is wrong and what may help, in a sentence or two."""
        told = self._of_gradients(sign) or self._of_steps(sign)
        return f"{sign.objective}: {told}" if sign.objective else told

    def _of_gradients(self, sign: Sign) -> str:
        node, other, value = sign.node, sign.other, roughly(sign.value)
        match sign.kind:
            case "vanishing":
                told = self.tr("Gradients vanish before {node}: they are {value} of those at {other}.")
                return told.format(node=node, value=value, other=other) + " " + self._against_vanishing()
            case "growing":
                told = self.tr(
                    "Gradients grow on the way back: those at {node} are {value} times those at {other}. "
                    "Clip them, put batch normalisation in between, or begin with smaller weights."
                )
                return told.format(node=node, value=value, other=other)  # fmt: skip
            case "rising":
                told = self.tr("Gradients explode: they are {value} times what they were, most of all at {node}. Clip "
                               "them, or lower the learning rate.")  # fmt: skip
                return told.format(node=node, value=value)
            case "not finite":
                told = self.tr("The gradients of {node} are no numbers any more. Lower the learning rate, clip the "
                               "gradients, and look for a logarithm, root or division that may meet 0.")  # fmt: skip
                return told.format(node=node)
            case "none":
                told = self.tr("No gradient reaches {node}, so that it learns nothing: ReLUs that are 0 for every "
                               "example, a step function or a gradient stop lie behind it.")  # fmt: skip
                more = self.tr("Nor does any reach {count} other layers.").format(count=sign.more) if sign.more else ""
                return f"{told.format(node=node)} {more}".rstrip()
            case "forgetting":
                told = self.tr("{node} learns nothing from early steps: the gradient at the first is {value} of the "
                               "largest.")  # fmt: skip
                return told.format(node=node, value=value) + " " + self._against_forgetting(sign)
        return ""

    def _of_steps(self, sign: Sign) -> str:
        share, node = f"{sign.value:.0%}", sign.node
        match sign.kind:
            case "dead":
                told = self.tr("{share} of the units of {node} are 0 for every example and learn no more.")
                more = self.tr("In {count} other layers it is much the same.").format(count=sign.more)
                what = self.tr("Lower the learning rate, or try leaky ReLU.")
                return " ".join(filter(None, (told.format(share=share, node=node), more if sign.more else "", what)))
            case "wild":
                told = self.tr("The first step moved the weights of {node} by {times} times their own size: nothing is "
                               "left of what they began with. Lower the learning rate.")  # fmt: skip
                return told.format(node=node, times=roughly(sign.value))
            case "fast":
                told = self.tr("Every step moves the weights of {node} by {share} of their size, where about 0.1% is "
                               "usual. Lower the learning rate.")  # fmt: skip
                return told.format(node=node, share=share)
        told = self.tr("Steps move no weights by more than {value} of their size, where about 0.001 is usual. If the "
                       "loss is still high, raise the learning rate.")  # fmt: skip
        return told.format(value=roughly(sign.value))

    def _against_vanishing(self) -> str:
        nodes = self._session.document.nodes.values()
        bent = sorted({node.type for node in nodes} & SATURATING)
        if bent:
            told = self.tr("Try ReLU instead of {activation}, batch normalisation, or a skip connection.")
            return told.format(activation=bent[0].replace("_", " "))
        return self.tr("Try batch normalisation, a skip connection, or larger initial weights.")

    def _against_forgetting(self, sign: Sign) -> str:
        document = self._session.document
        found = whereabouts.found_at(document, self._session.place, NodeKey(MAIN, sign.node))
        if found and document.nodes[found[1]].type in GATED:
            return self.tr("Try shorter sequences, or attention.")
        return self.tr("Try an LSTM or a GRU, or shorter sequences.")


def roughly(value: float) -> str:
    """A number with a single digit, as one would say it: ``1e-6``."""
    return brief(float(f"{value:.1g}")).replace(".0e", "e")
