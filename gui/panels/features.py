"""What every map of a node shows for an example, what of the input its units see, and what excites them most."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from backend.messages import Seen
from backend.questions.maps import Excitation, Exciting, FieldOf, FieldSeen, Maps, MapsSeen, Place
from graph.networks import type_of
from gui.inside.asking import Asker
from gui.inside.example_bar import ExampleBar
from gui.inside.excited_view import ExcitedView
from gui.inside.given_view import GivenView
from gui.inside.maps_view import MapsView
from gui.inside.pad import DrawingPad
from gui.inside.units_view import UnitsView
from gui.inspector.editors import CalmComboBox
from gui.inspector.values import brief
from gui.panels import Panel
from gui.parts import Empty, Live, Words, grouped, tool
from gui.session import Session

READ, FOUND = (88, 128), (92, 116)  # pixels of the columns beside the maps, at least and at most
ROOMY: Final = 520  # pixels of a panel in which they are as wide as can be
WITHOUT_MAPS: Final = ("loss", "objective")  # the kinds of nodes that give nothing for single examples
POINTING: Final = 60  # milliseconds that the mouse rests on a unit before what it sees is asked for


class Column(QWidget):
    """One example: what was read, and what the node makes of it as maps or as numbers."""

    def __init__(self, signed: bool = False) -> None:
        super().__init__()
        self.maps, self.units = MapsView(signed), UnitsView()
        self.views = QStackedWidget()
        self.views.addWidget(self.maps)
        self.views.addWidget(self.units)
        row = QVBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.views, 1)

    def show_seen(self, seen: Seen, scale: tuple[float, float] | None = None) -> None:
        """Show values of a port. ``scale``: what is darkest and brightest, where it is to be that of another column."""
        if seen.form in ("maps", "picture") and seen.values is not None:
            self.maps.show_maps(seen.values, scale)
            self.views.setCurrentWidget(self.maps)
        else:
            self.units.show_seen(seen)
            self.views.setCurrentWidget(self.units)


class FeaturesPanel(Live):
    """Asks for the maps of one output, again as the training goes on, while it is seen."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.place: Place | None = None
        self.unit: tuple[int, ...] = ()  # as the output gives them: map, row, column; step, feature; number
        self.asker = Asker(session, self)
        self.field_asker = Asker(session, self, follow=False)
        self.search_asker = Asker(session, self, follow=False)
        self._resting = QTimer(self, singleShot=True, interval=POINTING)
        self._resting.timeout.connect(self._ask_field)
        self._places: tuple[Place, ...] = ()
        self._shown: object = None
        self._make_controls()
        self._lay_out()
        self.asker.ask(Maps())
        session.selection_changed.connect(self._follow_selection)
        session.document_replaced.connect(self._begin_anew)

    # -- asking ------------------------------------------------------------------------------------------------------

    def look_at(self, node: str, port: str = "") -> None:
        """Look at another output: of a node by its path, its first one where none is named."""
        self.unit = ()
        self.field_asker.ask(None)
        self.search_asker.ask(None)
        self._ask(node, port)

    def _ask(self, node: str, port: str) -> None:
        other = self.other_bar.example if self.compare.isChecked() else None
        self.asker.ask(Maps(node=node, port=port, example=self.bar.example, other=other))

    def _ask_again(self) -> None:
        question = self.asker.question
        asked = (question.node, question.port) if isinstance(question, Maps) else ("", "")
        self._ask(*(self.place[:2] if self.place else asked))
        if self.unit:
            self._ask_field()

    def _ask_field(self) -> None:
        if self.place is not None and len(self.unit) == len(self.place.shape):
            question = FieldOf(node=self.place.node, port=self.place.port, unit=self.unit, example=self.bar.example)
            self.field_asker.ask(question)

    def _ask_excitement(self) -> None:
        """Search for what excites the unit that was pointed at; of a map that is not enlarged, any of its units."""
        if not (self.search.isChecked() and self.place is not None):
            self.search_asker.ask(None)
            return
        shape, unit = self.place.shape, self.unit or (0,) * len(self.place.shape)
        channel, spot = (unit[0], unit[1:]) if len(shape) == 3 else (unit[-1], unit[:-1]) if shape else (0, ())
        whole = len(shape) == 3 and self.column.maps.enlarged < 0
        self.search_asker.ask(Exciting(node=self.place.node, port=self.place.port, channel=channel,
                                       spot=() if whole else spot, split=self.bar.example.split))  # fmt: skip

    def _follow_selection(self) -> None:
        """Look at the node that is selected, unless it gives no values for single examples."""
        if len(self.session.selection) != 1:
            return
        (key,) = self.session.selection
        declared, path = type_of(self.session.document, key), self.session.place.path + key.node
        if declared is not None and declared.kind in WITHOUT_MAPS:
            return
        if self.place is None or self.place.node != path:
            self.look_at(path)

    def _begin_anew(self) -> None:
        self.place, self.unit, self._places, self._shown = None, (), (), None
        self.node.clear()
        self.bar.forget()
        self.other_bar.forget()
        self.asker.ask(Maps())

    # -- showing -----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        for asker in (self.asker, self.field_asker, self.search_asker):
            asker.go()
        answer = self.asker.last
        if answer is None or not self.session.run:
            advice = self.tr(
                "Press Train, or open a finished run: then this shows what every layer makes of an example."
            )
            self._explain(self.tr("No feature maps yet"), advice)
        elif answer.error and self.bar.try_next():
            return  # a GAN of few points may have nothing but examples for training
        elif answer.error:
            self._explain(self.tr("There are no feature maps to show"), answer.error)
            self._pages.setCurrentIndex(1)
            self._views.setCurrentWidget(self.empty)
        elif isinstance(answer.result, MapsSeen):
            self._pages.setCurrentIndex(1)
            self._views.setCurrentWidget(self._body)
            if self._shown is not answer:
                self._shown = answer
                self._show(answer.result)
        self._show_field()
        self._show_excitement()

    def _explain(self, title: str, advice: str) -> None:
        for empty in (self.empty, self.first):
            empty.title.setText(title)
            empty.advice.setText(advice)
        self._pages.setCurrentIndex(0)

    def _show(self, found: MapsSeen) -> None:
        self.place = found.place
        self._offer(found.places)
        self.bar.show_total(found.index, found.total, found.picture)
        self.given.show_given(found.given)
        pair = found.others is not None
        self.given.setVisible(not self.bar.draw.isChecked())
        low, high = found.seen.low, found.seen.high
        if found.others is not None:
            low, high = min(low, found.others.low), max(high, found.others.high)
        self.column.show_seen(found.seen, (low, high))
        for widget in (self.other, self.difference):
            widget.setVisible(pair)
        self.other_given.setVisible(pair and not self.other_bar.draw.isChecked())
        if found.others is not None:
            self.other_bar.show_total(self.other_bar.example.index, found.total, found.picture)
            self.other_given.show_given(found.other_given)
            self.other.show_seen(found.others, (low, high))
            self.difference.show_seen(*difference_of(found.seen, found.others))
        self.each.setVisible(found.seen.form == "maps")
        self._tell(found.seen)

    def _offer(self, places: tuple[Place, ...]) -> None:
        """List the outputs, and show which one is looked at."""
        if places != self._places:
            self._places = places
            self.node.clear()
            self.node.addItems([words_of(place) for place in places])
        assert self.place is not None
        names = [place[:2] for place in places]
        self.node.setCurrentIndex(names.index(self.place[:2]) if self.place[:2] in names else -1)
        self.node.setPlaceholderText(words_of(self.place))

    def _tell(self, seen: Seen) -> None:
        shape = "×".join(map(str, seen.shape)) or self.tr("one number")
        words = self.tr("{shape} · {low} to {high}").format(shape=shape, low=brief(seen.low), high=brief(seen.high))
        self.facts.setText(words)
        self.facts.setToolTip(words)

    def _show_field(self) -> None:
        answer = self.field_asker.last
        self.bar.pad.pad.show_box(())
        if answer is None or not self.unit:
            self.given.show_field(None)
            self.seen_words.setText(self.tr("Point at a unit to see what of the input it looks at.") if not self.unit
                                    else "")  # fmt: skip
        elif answer.error:
            self.given.show_field(None)
            self.seen_words.setText(answer.error)
        elif isinstance(answer.result, FieldSeen):
            self.given.show_field(answer.result.seen, answer.result.box)
            self.bar.pad.pad.show_box(answer.result.box if answer.result.seen.ndim == 2 else ())
            self.seen_words.setText(self._field_words(answer.result))

    def _field_words(self, field: FieldSeen) -> str:
        """What a unit sees, in a sentence."""
        most = "" if field.exact else self.tr(" at most")
        if not field.box:
            return self.tr("It sees nothing of “{name}”.").format(name=field.name)
        if field.whole:
            return self.tr("It sees{most} the whole of “{name}”.").format(most=most, name=field.name)
        top, bottom, left, right = (number + 1 for number in field.box)
        if field.seen.ndim == 2:
            words = self.tr("It sees{most} rows {top}–{bottom}, columns {left}–{right}: {count} of {all} pixels.")
        else:
            words = self.tr("It sees{most} places {left}–{right}: {count} of {all}.")
        return words.format(most=most, top=top, bottom=bottom, left=left, right=right,
                            count=grouped(int(field.seen.sum())), all=grouped(field.seen.size))  # fmt: skip

    def _show_excitement(self) -> None:
        self._found.setVisible(self.search.isChecked())
        if not self.search.isChecked():
            return
        answer = self.search_asker.last
        if self.search_asker.waiting or answer is None:
            self.found_words.setText(self.tr("Searching…"))
        elif answer.error:
            self.found_words.setText(answer.error)
            self.excited.show_found(())
        elif isinstance(answer.result, Excitation) and self.excited.found is not answer.result.found:
            words = self.tr("What excites {unit} most, of {total} examples")
            self.found_words.setText(words.format(unit=self._unit_words(), total=grouped(answer.result.total)))
            self.excited.show_found(answer.result.found)

    def _unit_words(self) -> str:
        shape = self.place.shape if self.place else ()
        number = (self.unit[0] if len(shape) == 3 else self.unit[-1]) + 1 if self.unit else 1
        if len(shape) == 3:
            return (self.tr("map {number}") if self.column.maps.enlarged < 0 else
                    self.tr("this unit of map {number}")).format(number=number)  # fmt: skip
        return self.tr("unit {number}").format(number=number)

    # -- pointing ----------------------------------------------------------------------------------------------------

    def _point(self, unit: tuple[int, ...]) -> None:
        for column in (self.column, self.other, self.difference):
            if len(unit) == 3:
                column.maps.point((unit[0], unit[1], unit[2]))
        self.unit = unit
        self._resting.start()

    def _press(self, unit: tuple[int, ...]) -> None:
        """A unit of something without maps."""
        self._point(unit)
        self._ask_excitement()

    def _enlarge(self, number: int) -> None:
        for column in (self.column, self.other, self.difference):
            if column.maps.enlarged != number:
                column.maps.enlarge(number)
        self._ask_excitement()

    def _compare(self, on: bool) -> None:
        self.other_bar.setVisible(on)
        if on and self.other_bar.example == self.bar.example:
            self.other_bar.total = self.bar.total
            self.other_bar.choose(self.bar.example.split, self.bar.example.index + 1)
        else:
            self._ask_again()

    # -- the widgets -------------------------------------------------------------------------------------------------

    def _make_controls(self) -> None:
        self.node = CalmComboBox()
        self.node.setAccessibleName(self.tr("Output to look at"))
        self.node.setToolTip(self.tr("The output of a node; selecting a node on the canvas chooses it too"))
        self.node.setMinimumContentsLength(14)
        self.node.activated.connect(lambda which: self.look_at(*self._places[which][:2]))
        self.facts = Words(dim=True)
        tip = self.tr("Let every map go from black to white by itself; else all share one scale")
        self.each = tool(self, self.tr("Each map by itself"), "theme", tip, checkable=True)
        tip = self.tr("Put a second example beside it, and the difference")
        self.compare = tool(self, self.tr("Compare"), "duplicate", tip, checkable=True)
        tip = self.tr("Search the data for the examples that excite the map, or the unit that is marked, most")
        self.search = tool(self, self.tr("What excites it"), "search", tip, checkable=True)
        self.bar, self.other_bar = ExampleBar(self), ExampleBar(QWidget(self))
        self.column, self.other, self.difference = Column(), Column(), Column(signed=True)
        self.given, self.other_given, self.excited = GivenView(), GivenView(), ExcitedView()
        self.seen_words, self.found_words = Words(dim=True), Words(dim=True)
        for column in (self.column, self.other, self.difference):
            column.maps.pointed.connect(self._point)
            column.maps.chosen.connect(self._enlarge)
            column.units.pointed.connect(self._press)
            self.each.toggled.connect(column.maps.show_each)
        self.compare.toggled.connect(self._compare)
        self.search.toggled.connect(self._ask_excitement)
        self.bar.changed.connect(self._ask_again)
        self.other_bar.changed.connect(self._ask_again)
        self.excited.chosen.connect(lambda index: self.bar.choose(self.bar.example.split, index))
        for hidden in (self.other, self.difference, self.other_given, self.other_bar):
            hidden.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for widget, widths in ((self._read, READ), (self._found, FOUND)):
            widget.setFixedWidth(widths[self.width() >= ROOMY])

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self.node, 1)
        for button in (self.each, self.compare, self.search):
            head.addWidget(button)
        read, self._found = QWidget(), QWidget()
        self._read = read
        for widget, parts in ((read, (self.given, self.bar.pad, self.other_given, self.other_bar.pad, self.facts,
                                      self.seen_words)), (self._found, (self.found_words, self.excited))):  # fmt: skip
            column = QVBoxLayout(widget)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(4)
            for part in parts:
                column.addWidget(part, 0 if isinstance(part, Words) else 2 if isinstance(part, DrawingPad) else 1)
        self._body = QWidget()
        middle = QHBoxLayout(self._body)
        middle.setContentsMargins(0, 0, 0, 0)
        middle.setSpacing(6)
        for maps in (self.column, self.other, self.difference):
            middle.addWidget(maps, 1)
        middle.addWidget(self._found)
        self.empty, self.first = Empty("", ""), Empty("", "")
        self._views = QStackedWidget()
        self._views.addWidget(self._body)
        self._views.addWidget(self.empty)
        below = QHBoxLayout()
        below.setSpacing(10)
        below.addWidget(read)
        below.addWidget(self._views, 1)
        full = QWidget()
        column = QVBoxLayout(full)
        column.setContentsMargins(8, 4, 8, 8)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.bar)
        column.addWidget(self.other_bar)
        column.addLayout(below, 1)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.first)
        self._pages.addWidget(full)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._pages)


def words_of(place: Place) -> str:
    """An output as it is listed: ``conv2d_1 · features  32×24×24``."""
    return f"{place.node} · {place.port}  {'×'.join(map(str, place.shape)) or '1'}"


def difference_of(seen: Seen, others: Seen) -> tuple[Seen, tuple[float, float] | None]:
    """The first less the second, where both have values of one shape, on a scale with 0 in the middle."""
    if seen.values is None or others.values is None or seen.values.shape != others.values.shape:
        return Seen(seen.node, seen.port, error="shapes"), None
    values = seen.values.astype(np.float32) - others.values.astype(np.float32)
    finite = np.nan_to_num(values, posinf=0.0, neginf=0.0)
    reach = float(np.abs(finite).max(initial=0.0))
    form = "maps" if seen.form == "picture" else seen.form
    return Seen(seen.node, seen.port, form, values, seen.shape, float(finite.min()), float(finite.max()),
                names=seen.names), (-reach, reach)  # fmt: skip


PANEL = Panel(
    "features",
    "Feature maps",
    "bottom",
    FeaturesPanel,
    order=23,
    late=True,
    suits=lambda gist: int("image" in gist.reads),
)
