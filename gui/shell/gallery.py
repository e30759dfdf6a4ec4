"""The start page: templates as pictures to search and to choose from, and the designs last used."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from graph import templates
from gui import icons, settings, theme
from gui.flow import Flow
from gui.language import content
from gui.parts import clear
from gui.shell.cards import Card
from gui.shell.recents import Recent

GAP: Final = 16
SIDE: Final = 252
START: Final = ("digits-cnn", "xor")  # the templates that newcomers meet first
FAMILIES: Final = ("Dense networks", "Convolution", "Sequences", "Auto-encoders", "Adversarial networks")
MOST_RECENT: Final = 6


class Shelf(QWidget):
    """The cards of a family under its name."""

    def __init__(self, family: str, title: str, cards: list[Card]) -> None:
        super().__init__()
        self.family, self.cards = family, cards
        self.flow = Flow(cards, GAP)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 14)
        column.setSpacing(10)
        column.addWidget(_heading(title))
        column.addWidget(self.flow)

    def show_those(self, wanted: str, family: str) -> None:
        """Show the cards that answer to a search, if this is the family in question; "" is every one."""
        for card in self.cards:
            own = card.template.family if card.template else ""
            card.setHidden(not card.answers(wanted) or family not in ("", self.family, own))
        self.setHidden(all(card.isHidden() for card in self.cards))
        self.flow.arrange()


class Gallery(QWidget):
    """Shown where the canvas will be until something is opened.

    remembers: whether it lists the files last used
    """

    template_chosen = Signal(str)
    empty_chosen = Signal()
    open_wanted = Signal()
    tour_wanted = Signal()
    file_chosen = Signal(object)  # a Path

    def __init__(self, remembers: bool = True) -> None:
        super().__init__()
        self.cards: list[Card] = []
        self.shelves: list[Shelf] = []
        self.families: dict[str, QPushButton] = {}
        self._remembers = remembers
        self.setAccessibleName(self.tr("Start page"))
        self.search = QLineEdit(placeholderText=self.tr("Search: what it learns, from which data, by which layers"),
                                clearButtonEnabled=True)  # fmt: skip
        self.search.setAccessibleName(self.tr("Search templates"))
        self.search.setMaximumWidth(520)
        self.search.installEventFilter(self)
        self.nothing = _dim(self.tr("No template is about that. Try a shorter word, or all families."))
        self.recent = QVBoxLayout()
        self.recent.setSpacing(4)
        split = QSplitter()
        split.setChildrenCollapsible(False)
        split.setHandleWidth(1)
        split.addWidget(self._side())
        split.addWidget(self._shelves())
        split.setStretchFactor(1, 1)
        split.setSizes([SIDE, 10 * SIDE])
        row = QVBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(split)
        self.search.textChanged.connect(self._filter)
        self.refresh_recent()
        self._filter()

    def refresh_recent(self) -> None:
        """List the files last used, the last of them large; a newcomer is told what to do instead."""
        clear(self.recent)
        found = settings.recent()[:MOST_RECENT] if self._remembers else []
        for number, path in enumerate(found):
            if number < 2:
                self.recent.addWidget(_heading(self.tr("Recent") if number else self.tr("Continue")))
            entry = Recent(path, large=number == 0)
            entry.clicked.connect(partial(self._open, entry))
            self.recent.addWidget(entry)
            if number == 0:
                self.recent.addSpacing(14)
        if not found:
            self._welcome()
        for one, other in pairwise([self.empty, self.open, *self._entries(), self.search]):
            QWidget.setTabOrder(one, other)

    # -- building ----------------------------------------------------------------------------------------------------

    def _side(self) -> QWidget:
        side = QFrame()
        column = QVBoxLayout(side)
        column.setContentsMargins(22, 26, 16, 20)
        column.setSpacing(4)
        brand = QLabel("Netloom")
        brand.setFont(theme.font(24, bold=True))
        column.addWidget(brand)
        column.addWidget(_dim(self.tr("Draw neural networks, train them and look inside.")))
        column.addSpacing(20)
        self.empty = _quiet_button(self.tr("Empty canvas"), "new", self.empty_chosen.emit)
        self.open = _quiet_button(self.tr("Open a design…"), "open", self.open_wanted.emit)
        column.addWidget(self.empty)
        column.addWidget(self.open)
        column.addSpacing(20)
        column.addLayout(self.recent)
        column.addStretch(1)
        area = QScrollArea(widgetResizable=True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setMinimumWidth(SIDE)
        area.setMaximumWidth(2 * SIDE)
        area.setWidget(side)
        area.setObjectName("side")
        side.setObjectName("side")
        return area

    def _welcome(self) -> None:
        """What someone does who is here for the first time."""
        self.recent.addWidget(_heading(self.tr("First steps")))
        for number, text in enumerate((
            self.tr("Choose “A convolutional network reads digits”."),
            self.tr("Press Train: it learns in a few seconds."),
            self.tr("Change something, say the filters, and train again."),
        ), 1):  # fmt: skip
            self.recent.addWidget(_dim(f"{number}.  {text}"))
        self.recent.addSpacing(8)
        tour = QPushButton(self.tr("Take the tour"))
        tour.setProperty("primary", not settings.toured())
        tour.clicked.connect(self.tour_wanted)
        self.recent.addWidget(tour)
        self.recent.addSpacing(8)
        self.recent.addWidget(_dim(self.tr("Designs that you save appear here.")))

    def _shelves(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(26, 24, 26, 26)
        column.setSpacing(10)
        column.addWidget(self.search)
        column.addWidget(self._family_buttons())
        column.addSpacing(4)
        column.addWidget(self.nothing)
        families: dict[str, list[Card]] = {"": [], **{family: [] for family in FAMILIES}}
        for template in sorted(templates.templates(), key=_first_steps_first):
            families.setdefault("" if template.name in START else template.family, []).append(Card(template))
        families[""].append(Card(None))
        for family, cards in families.items():
            shelf = Shelf(family, content(family) if family else self.tr("Start here"), cards)
            column.addWidget(shelf)
            self.shelves.append(shelf)
            for card in cards:
                card.clicked.connect(partial(self._choose, card))
                card.left.connect(partial(self._go_from, card))
                card.focused.connect(partial(self._bring_into_sight, card))
            self.cards += cards
        column.addStretch(1)
        self._page = page
        self.area = QScrollArea(widgetResizable=True)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(page)
        return self.area

    def _family_buttons(self) -> Flow:
        there = {template.family for template in templates.templates()}
        names = ["", *FAMILIES, *sorted(there - set(FAMILIES))]
        group = QButtonGroup(self)
        for name in names:
            button = QPushButton(content(name) if name else self.tr("All"))
            button.setCheckable(True)
            button.setChecked(not name)
            button.setProperty("chip", True)
            button.toggled.connect(self._filter)
            group.addButton(button)
            self.families[name] = button
        return Flow(list(self.families.values()), 6)

    # -- choosing ----------------------------------------------------------------------------------------------------

    def _filter(self) -> None:
        family = next((name for name, button in self.families.items() if button.isChecked()), "")
        for shelf in self.shelves:
            shelf.show_those(self.search.text(), family)
        self.nothing.setHidden(any(not shelf.isHidden() for shelf in self.shelves))

    def _shown(self) -> list[Card]:
        return [card for shelf in self.shelves if not shelf.isHidden() for card in shelf.cards if not card.isHidden()]

    def _entries(self) -> list[QWidget]:
        items = (self.recent.itemAt(number) for number in range(self.recent.count()))
        widgets = (item.widget() for item in items if item is not None)
        return [widget for widget in widgets if isinstance(widget, Recent | QPushButton)]

    def _choose(self, card: Card, checked: bool = False) -> None:
        if card.template is None:
            self.empty_chosen.emit()
        else:
            self.template_chosen.emit(card.template.name)

    def _open(self, entry: Recent, checked: bool = False) -> None:
        self.file_chosen.emit(entry.path)

    def _go_from(self, card: Card, key: Qt.Key) -> None:
        """Give the keyboard to the card beside, or the nearest one above or below."""
        shown = self._shown()
        at = shown.index(card)
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            aim = shown[max(0, min(len(shown) - 1, at + (1 if key == Qt.Key.Key_Right else -1)))]
        else:
            here, sign = self._spot(card), 1 if key == Qt.Key.Key_Down else -1
            beyond = [each for each in shown if sign * (self._spot(each).y() - here.y()) > 0]
            if not beyond and sign < 0:
                self.search.setFocus()
                return
            aim = min(beyond, key=lambda each: _apart(self._spot(each), here), default=card)
        aim.setFocus()

    def _spot(self, card: Card) -> QPoint:
        return card.mapTo(self._page, QPoint(0, 0))

    def _bring_into_sight(self, card: Card) -> None:
        self.area.ensureWidgetVisible(card, GAP, GAP)

    # -- Qt's events -------------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """From the search Down goes to the first card that was found, and Enter opens it."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and (shown := self._shown()):
            if event.key() == Qt.Key.Key_Down:
                shown[0].setFocus()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.search.text():
                shown[0].click()
                return True
        return False

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self.update()
        super().changeEvent(event)


def _apart(one: QPoint, other: QPoint) -> tuple[int, int]:
    """How far two cards are apart: rows count before columns."""
    return abs(one.y() - other.y()), abs(one.x() - other.x())


def _first_steps_first(template: templates.Template) -> int:
    return START.index(template.name) if template.name in START else len(START)


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setFont(theme.font(15, bold=True))
    return label


def _dim(text: str) -> QLabel:
    label = QLabel(text, wordWrap=True)
    label.setProperty("dim", True)
    return label


def _quiet_button(text: str, icon: str, act: Callable[[], object]) -> QPushButton:
    button = QPushButton(icons.icon(icon), " " + text)
    button.setProperty("quiet", True)
    button.setCursor(Qt.CursorShape.PointingHandCursor)
    button.clicked.connect(lambda: act())
    return button
