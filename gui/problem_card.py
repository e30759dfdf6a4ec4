"""A problem as people meet it: its sentence, where it is, and a button that mends it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from graph.document import MAIN
from graph.network_edits import title_of
from graph.networks import type_of
from graph.problems import Problem
from gui import icons, theme, whereabouts
from gui.language import content
from gui.parts import Stripe
from gui.session import Session

NARROWEST: Final = 130  # pixels of a sentence, however narrow the panel


class ProblemCard(QFrame):
    """One problem. A click or Enter shows its node on the canvas; the button applies the fix.

    place: whether to say where it is, which beside the node itself is known
    """

    def __init__(self, problem: Problem, session: Session, *, place: bool = True, parent: QWidget) -> None:
        super().__init__(parent)
        self.problem = problem
        self.session = session
        self.setProperty("card", True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(f"{problem.severity.capitalize()}: {problem.message}")
        if problem.node or problem.network != MAIN:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        sentence = QLabel(problem.message, self)
        sentence.setWordWrap(True)
        sentence.setMinimumWidth(NARROWEST)
        texts = QVBoxLayout()
        texts.setSpacing(1)
        texts.addWidget(sentence)
        if place and (where := place_of(problem, session)):
            label = QLabel(where, self)
            label.setProperty("dim", True)
            label.setWordWrap(True)
            label.setMinimumWidth(NARROWEST)
            texts.addWidget(label)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(9, 7, 9, 7)
        layout.setSpacing(9)
        layout.addWidget(Stripe(self._colour, self))
        layout.addWidget(Sign(problem.severity, self), 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(texts, 1)
        self.fix: QPushButton | None = None
        if problem.fix:
            self.fix = QPushButton(icons.icon("fix", "accent"), content(problem.fix.label), self)
            self.fix.setAccessibleDescription(self.tr("Mends: {problem}").format(problem=problem.message))
            self.fix.clicked.connect(lambda: session.apply_fix(problem))
            texts.addWidget(self.fix, 0, Qt.AlignmentFlag.AlignLeft)

    def show_on_canvas(self) -> None:
        """Frame and select the node at fault, or show the network."""
        document, problem = self.session.document, self.problem
        if problem.owner in document.nodes:
            self.session.select([problem.owner])
            self.session.frame_requested.emit(problem.owner)
        elif problem.network != MAIN and problem.network in document.networks:
            self.session.go(whereabouts.way_to(document, problem.network))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.show_on_canvas()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Space:
                self.show_on_canvas()
            case Qt.Key.Key_Down:
                self.focusNextChild()
            case Qt.Key.Key_Up:
                self.focusPreviousChild()
            case _:
                super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme.current().accent, 1.5))
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 9, 9)

    def _colour(self) -> QColor:
        return colour_of(self.problem.severity)


class Sign(QWidget):
    """The small picture of an error or a warning."""

    def __init__(self, severity: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._severity = severity
        self.setFixedSize(QSize(17, 17))

    def paintEvent(self, event: QPaintEvent) -> None:
        picture = icons.pixmap(self._severity, 17, colour_of(self._severity), self.devicePixelRatioF())
        QPainter(self).drawPixmap(QPoint(0, 0), picture)


def colour_of(severity: str) -> QColor:
    return theme.current().error if severity == "error" else theme.current().warning


def place_of(problem: Problem, session: Session) -> str:
    """Where a problem is, as people call it: the node's title and id, and the port."""
    node = session.document.nodes.get(problem.owner)
    inside = problem.network != MAIN and problem.network in session.document.networks
    within = f"in {title_of(session.document, problem.network)}" if inside else ""
    if node is None:
        return within
    node_type = type_of(session.document, problem.owner)
    title = node.title or (node_type.title if node_type else node.type)
    port = f" · {problem.port}" if problem.port else ""
    return " ".join(filter(None, (f"{title} · {problem.node}{port}", within)))
