"""The way into the network that is shown, as a row of buttons to go back by."""

from __future__ import annotations

from functools import partial
from typing import Final

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from graph.document import MAIN
from gui import icons, theme, whereabouts
from gui.parts import clear
from gui.session import Session
from gui.whereabouts import Place

CORNER: Final = QPoint(12, 12)
BETWEEN: Final = "›"


class Breadcrumb(QFrame):
    """Main › Encoder › Residual block, over the drawing; hidden in designs without networks of their own."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.session = session
        self.setObjectName("breadcrumb")
        self.setAccessibleName(self.tr("Where you are"))
        self._shown: list[tuple[Place, str]] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(6, 3, 6, 3)
        self._row.setSpacing(1)
        self.steps: list[QToolButton] = []
        self._marks: list[QLabel] = []
        self.others = QToolButton(self)
        self.others.setIcon(icons.icon("chevron-down", "text_dim"))
        self.others.setIconSize(QSize(13, 13))
        self.others.setToolTip(self.tr("All networks of the design"))
        self.others.setAccessibleName(self.others.toolTip())
        self.others.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.others.clicked.connect(self._offer_others)
        self.move(CORNER)
        for signal in (session.changed, session.place_changed, session.document_replaced):
            signal.connect(self.settle)
        theme.signals.changed.connect(self.dress)
        self.dress()
        self.settle()

    def settle(self) -> None:
        """Show the way as it is now."""
        document = self.session.document
        way = [(place, self._words(place)) for place in whereabouts.steps(document, self.session.place)]
        self.setVisible(len(document.networks) > 1)
        if way != self._shown:
            self._shown = way
            self._fill()

    def dress(self) -> None:
        """Take the colours of the theme in force."""
        now = theme.current()
        self.setStyleSheet(
            f"#breadcrumb {{ background: {now.panel.name()}; border: 1px solid {now.border.name()};"
            f" border-radius: 8px; }}"
            f" QLabel {{ color: {now.text_dim.name()}; background: transparent; }}"
            f" QToolButton {{ color: {now.text_dim.name()}; background: transparent; border: 0; border-radius: 5px;"
            f" padding: 3px 6px; }} QToolButton:hover {{ background: {now.hover.name()}; color: {now.text.name()}; }}"
            f" QToolButton:disabled {{ color: {now.text.name()}; font-weight: 600; }}"
        )
        self.resize(self._row.sizeHint())

    def _fill(self) -> None:
        self._row.removeWidget(self.others)
        clear(self._row)
        self.steps, self._marks = [], []
        for number, (place, words) in enumerate(self._shown):
            if number:
                self._marks.append(QLabel(BETWEEN, self))
                self._row.addWidget(self._marks[-1])
            step = QToolButton(self)
            step.setText(words)
            step.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            step.setEnabled(number < len(self._shown) - 1)
            step.setToolTip(self.tr("Go back to “{network}”").format(network=words) if step.isEnabled() else "")
            step.clicked.connect(partial(self.session.go, place))
            self._row.addWidget(step)
            self.steps.append(step)
        self._row.addWidget(self.others)
        for part in (*self.steps, *self._marks, self.others):
            part.show()  # what comes into a row that is seen already stays hidden otherwise
        self._row.activate()
        self.resize(self._row.sizeHint())

    def _words(self, place: Place) -> str:
        words = whereabouts.words_of(self.session.document, place)
        return words or self.tr("Main")

    def _offer_others(self) -> None:
        document = self.session.document
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for network in (MAIN, *whereabouts.reachable(document)):
            place = whereabouts.way_to(document, network)
            entry = menu.addAction(self._words(Place(network)), partial(self.session.go, place))
            entry.setCheckable(True)
            entry.setChecked(network == self.session.network)
        menu.popup(self.others.mapToGlobal(QPoint(0, self.others.height() + 4)))
