"""The tour: six steps around the window, each pointing at the real thing, that Escape leaves at any moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, QRect, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from gui import settings, theme
from gui.parts import give_keyboard

if TYPE_CHECKING:
    from gui.window import Window

EXAMPLE: Final = "digits-cnn"  # what is looked at where nothing is open yet
WIDTH: Final = 330
GAP: Final = 14
RING: Final = 4
SHADE: Final = 150  # of 255, how dark everything else gets


@dataclass(frozen=True)
class Step:
    """A title, what is said, and what is pointed at; a name stands for the panel that is called so."""

    title: str
    text: str
    target: str | Callable[[Window], QWidget]


def steps() -> Sequence[Step]:
    """The tour in the language of the studio."""
    tr = _tr
    return (
        Step(tr("The canvas"),
             tr("Networks are drawn here, from left to right: data, layers, a loss. Tab adds a node by its name; drag "
                "from a port to another to wire them. F frames what is selected, Home everything."),
             lambda window: window.canvas),
        Step(tr("The library"),
             tr("Every kind of node, by family. Drag one onto the canvas, or double-click it; dropped on a wire it is "
                "inserted there. Point at one to read what it does."), "library"),
        Step(tr("The inspector"),
             tr("What is selected, with all that can be set: every field says what it means and what it may be. With "
                "nothing selected it shows the design as a whole."), "inspector"),
        Step(tr("Problems"),
             tr("What is missing or cannot work, in plain words. A click shows the place, and where there is one way "
                "to mend it, a button does."), "problems"),
        Step(tr("Train"),
             tr("Press this, or Ctrl+Enter, and the drawing learns while you go on drawing. It pauses and goes on the "
                "same way, and everything it learned is kept in a run."), lambda window: window.bars.train),
        Step(tr("Look inside"),
             tr("Curves, predictions and pictures appear here while it trains. Panels move, float and close; "
                "View brings them back. Ctrl+Shift+P finds every command, and Help this tour."), "plots"),
    )  # fmt: skip


class Tour(QWidget):
    """Lies over the whole window, darkens what it does not speak of, and holds the card with the words."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window, self.steps, self.at = window, steps(), 0
        self.hole = QRect()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName(_tr("Tour of the studio"))
        self._build_card()
        self._before = window.focusWidget()
        window.installEventFilter(self)
        theme.signals.changed.connect(self.update)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._keep_keyboard)
        self.setGeometry(window.rect())
        self.show()
        self.raise_()
        self.go(0)

    def go(self, number: int) -> None:
        """Show a step, counted from 0; past the last the tour ends."""
        if number >= len(self.steps):
            self.leave()
            return
        self.at = max(0, number)
        step = self.steps[self.at]
        if isinstance(step.target, str):
            self._window.docks.show(step.target)
            self.raise_()
        self.count.setText(_tr("{n} of {all}").format(n=self.at + 1, all=len(self.steps)))
        self.title.setText(step.title)
        self.words.setText(step.text)
        self.back.setEnabled(self.at > 0)
        self.next.setText(_tr("&Next") if self.at + 1 < len(self.steps) else _tr("&Done"))
        self.card.setAccessibleName(f"{step.title}. {step.text}")
        self.next.setFocus()
        self._place()
        QTimer.singleShot(0, self, self._place)  # again when a panel that was just shown has its room

    def leave(self) -> None:
        """End the tour; it is not offered again, but stays in the Help menu."""
        settings.set_toured()
        self._window.removeEventFilter(self)
        self.close()
        give_keyboard(self._before)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Right: 1, Qt.Key.Key_Return: 1, Qt.Key.Key_Enter: 1, Qt.Key.Key_Left: -1}
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        elif event.key() in steps:
            self.go(self.at + steps[Qt.Key(event.key())])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(self._window.rect())
            self._place()
        return False

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab stays on the card while the tour is shown."""
        ring = [each for each in (self.next, self.end, self.back) if each.isEnabled()]
        focused = self.focusWidget()
        at = ring.index(focused) if isinstance(focused, QPushButton) and focused in ring else -1
        ring[(at + (1 if forward else -1)) % len(ring)].setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shade, hole = QPainterPath(), QPainterPath()
        shade.addRect(QRectF(self.rect()))
        hole.addRoundedRect(QRectF(self.hole), 8, 8)
        painter.fillPath(shade - hole, QColor(0, 0, 0, SHADE))
        painter.setPen(QPen(theme.current().accent, 2.5))
        painter.drawPath(hole)

    def _keep_keyboard(self, _: QWidget | None, now: QWidget | None) -> None:
        """Panels that arrive late and views that come to the front would take the keyboard from the card."""
        if self.isVisible() and now is not None and now.window() is self._window and not self.isAncestorOf(now):
            self.raise_()
            self.next.setFocus()

    def _build_card(self) -> None:
        self.card = QFrame(self)
        self.card.setProperty("card", True)
        self.card.setAutoFillBackground(True)
        self.count, self.title, self.words = QLabel(), QLabel(), QLabel(wordWrap=True)
        self.count.setProperty("dim", True)
        self.title.setProperty("heading", True)
        self.end, self.back = QPushButton(_tr("&Leave the tour")), QPushButton(_tr("&Back"))
        self.next = QPushButton()
        self.next.setProperty("primary", True)
        for button, move in ((self.end, self.leave), (self.back, lambda: self.go(self.at - 1)),
                             (self.next, lambda: self.go(self.at + 1))):  # fmt: skip
            button.setAutoDefault(True)
            button.clicked.connect(lambda *_, move=move: move())
        self.end.setProperty("flat", True)
        top, below = QHBoxLayout(), QHBoxLayout()
        top.addWidget(self.title, 1)
        top.addWidget(self.count)
        below.addWidget(self.end)
        below.addStretch(1)
        below.addWidget(self.back)
        below.addWidget(self.next)
        column = self._column = QVBoxLayout(self.card)
        column.setContentsMargins(18, 16, 18, 14)
        column.setSpacing(10)
        column.addLayout(top)
        column.addWidget(self.words)
        column.addSpacing(4)
        column.addLayout(below)

    def _place(self) -> None:
        """Cut the hole around what is spoken of, and lay the card where it hides least of it."""
        target = self._target()
        corner = target.mapTo(self._window, QPoint(0, 0)) if self._window.isAncestorOf(target) else QPoint(0, 0)
        around = QRect(corner, target.size()).adjusted(-RING, -RING, RING, RING)
        self.hole = around.intersected(self.rect().adjusted(2, 2, -2, -2))
        width = min(WIDTH, self.width() - 2 * GAP)
        self.card.resize(width, self._column.totalHeightForWidth(width))
        self.card.move(_beside(self.hole, self.card.rect(), self.rect().adjusted(GAP, GAP, -GAP, -GAP)))
        self.update()

    def _target(self) -> QWidget:
        target = self.steps[self.at].target
        return self._window.docks.docks[target] if isinstance(target, str) else target(self._window)


def _beside(hole: QRect, card: QRect, room: QRect) -> QPoint:
    """Right, left, below or above of the hole, whichever has room; else inside it at its lower right."""
    top = min(max(hole.top(), room.top()), room.bottom() - card.height())
    left = min(max(hole.center().x() - card.width() // 2, room.left()), room.right() - card.width())
    if room.right() - hole.right() >= card.width() + GAP:
        return QPoint(hole.right() + GAP, top)
    if hole.left() - room.left() >= card.width() + GAP:
        return QPoint(hole.left() - GAP - card.width(), top)
    if room.bottom() - hole.bottom() >= card.height() + GAP:
        return QPoint(left, hole.bottom() + GAP)
    if hole.top() - room.top() >= card.height() + GAP:
        return QPoint(left, hole.top() - GAP - card.height())
    corner = hole.bottomRight() - QPoint(card.width() + GAP, card.height() + GAP)
    return QPoint(max(room.left(), corner.x()), max(room.top(), corner.y()))


def _tr(text: str) -> str:
    return QCoreApplication.translate("Tour", text)
