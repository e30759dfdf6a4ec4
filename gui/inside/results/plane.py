"""The page of the decision boundary: two columns or two components, the rest held still, and the units of a layer."""

from __future__ import annotations

from html import escape
from typing import Final, NamedTuple

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QFrame, QScrollArea, QSpinBox, QSplitter

from backend.questions.results import Columns, Layer, Result
from backend.questions.results_plane import Plane, PlaneResults
from gui import theme
from gui.inside.results.legend import squares
from gui.inside.results.page import Page, chooser, offer
from gui.inside.results.plane_view import PlaneView, UnitGrid, class_colour
from gui.inspector.values import brief
from gui.session import Session

SEEN: Final = 10  # classes whose colours are named
MOST: Final = 1_000_000  # the greatest number of an example that may be asked for


class Axes(NamedTuple):
    """What can span a plane: two columns of a field, or its components."""

    field: Columns
    components: bool


class PlanePage(Page):
    """What the network says all over a plane, as it learns."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.found: PlaneResults | None = None
        self.spans: list[Axes] = []
        self.layers: list[Layer] = []
        self._make_controls()
        self.view, self.units = PlaneView(), UnitGrid()
        self.view.read.connect(self._read)
        self.about.setTextFormat(Qt.TextFormat.RichText)
        self.units.chosen.connect(self._enlarge)
        self.split_view = QSplitter(Qt.Orientation.Horizontal)
        self.split_view.setChildrenCollapsible(False)
        self.split_view.addWidget(self.view)
        self.unit_area = QScrollArea()
        self.unit_area.setWidgetResizable(True)
        self.unit_area.setFrameShape(QFrame.Shape.NoFrame)
        self.unit_area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.unit_area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.unit_area.setMinimumWidth(120)
        self.unit_area.setWidget(self.units)
        self.split_view.addWidget(self.unit_area)
        self.split_view.setSizes([420, 260])
        controls = (self.span, self.across, self.up, self.number, self.hold, self.example, self.layer)
        self.take(controls, self.split_view)

    # -- asking ------------------------------------------------------------------------------------------------------

    def begin(self, result: Result) -> None:
        planar = [field for field in result.fields if field.planar]
        self.spans = [Axes(field, False) for field in planar if _numeric(field)]
        self.spans += [Axes(field, True) for field in planar]
        several = len(planar) > 1
        words = [self._words(each, several) for each in self.spans]
        self.span.clear()
        offer(self.span, words)
        offer(self.number, result.targets if not result.classes else ())
        self._offer_columns()

    def _words(self, axes: Axes, several: bool) -> str:
        name = f" · {axes.field.field}" if several else ""
        return (self.tr("Components") if axes.components else self.tr("Columns")) + name

    def _offer_columns(self) -> None:
        """Offer the columns of the field, and the layers that depend on it."""
        axes = self._axes()
        if axes is None or self.result is None:
            return
        names = [axes.field.names[n] for n in _numeric(axes.field)] if not axes.components else []
        for box, place in ((self.across, axes.field.widest[0]), (self.up, axes.field.widest[1])):
            box.clear()
            offer(box, names, place if place < len(names) else 0)
            box.setVisible(len(names) > 2)
        own = (axes.field.node, axes.field.field)
        self.layers = [layer for layer in self.result.layers if own in layer.fields]
        names = [self.tr("No layer"), *(self.tr("{node} ({units} units)").format(node=each.node, units=each.units)
                                        for each in self.layers)]  # fmt: skip
        self.layer.clear()
        offer(self.layer, names, _first_activation(self.layers) + 1)
        self.hold.setVisible(_wide(axes))
        self._offer_example()

    def _axes(self) -> Axes | None:
        return self.spans[max(0, self.span.currentIndex())] if self.spans else None

    def question(self, result: Result) -> Plane | None:
        axes = self._axes()
        if axes is None:
            return None
        numeric = _numeric(axes.field)
        x, y = (
            numeric[box.currentIndex()] if numeric and box.currentIndex() >= 0 else 0 for box in (self.across, self.up)
        )
        layer = self.layers[self.layer.currentIndex() - 1] if self.layer.currentIndex() > 0 else Layer("", "", 0)
        held = self.example.value() - 1 if self.hold.currentIndex() == 1 and not self.hold.isHidden() else -1
        return Plane(output=result.output, node=axes.field.node, field=axes.field.field,
                     axes="components" if axes.components else "columns", x=x, y=y, held=held,
                     target=max(0, self.number.currentIndex()), layer=layer.node, port=layer.port)  # fmt: skip

    # -- showing -----------------------------------------------------------------------------------------------------

    def show_answer(self, value: PlaneResults) -> None:
        self.found = value
        self.unit_area.setVisible(len(value.units) > 0)
        self.units.show_units(value.units)
        self.view.show_plane(value, self.units.picked)
        self._say()

    def _enlarge(self, unit: int) -> None:
        if self.found is not None:
            self.view.show_plane(self.found, unit)
            self._say()

    def _say(self) -> None:
        found = self.found
        if found is None:
            return
        if self.units.picked >= 0:
            words = self.tr("unit {number}: click it again to go back").format(number=self.units.picked + 1)
            parts = self._ends(found.units[self.units.picked])
        else:
            words = self.tr("● training  ◆ test")
            if found.explained[0]:
                words += "   " + self.tr("{share:.0%} of the variance").format(share=sum(found.explained))
            parts = self._ends(found.value) if found.winner is None else [
                (class_colour(number, len(found.classes)), name) for number, name in enumerate(found.classes[:SEEN])
            ]  # fmt: skip
        self.about.setText(f"{squares(parts)}&nbsp;&nbsp; {escape(words)}")
        plain = ", ".join([*(name for _, name in parts), words])
        self.about.setToolTip(plain)
        self.view.setAccessibleDescription(plain)

    def _ends(self, values: np.ndarray) -> list[tuple[QColor, str]]:
        """The colours of the least and the greatest number."""
        now = theme.current()
        return [(now.series[0], brief(values.min())), (now.series[1], brief(values.max()))]

    def _read(self, at: tuple[float, float, float, float] | None) -> None:
        found = self.found
        if at is None or found is None:
            self._say()
            return
        x, y, across, up = at
        grid = found.units[self.units.picked] if self.units.picked >= 0 else found.value
        row, column = (min(int(share * size), size - 1) for share, size in zip((up, across), grid.shape))
        told = brief(grid[row, column])
        if self.units.picked < 0 and found.winner is not None:
            told = f"{found.classes[int(found.winner[row, column])]} {grid[row, column]:.1%}"
        self.about.setText(escape(f"{found.x} {brief(x)}, {found.y} {brief(y)}: {told}"))

    # -- the widgets -------------------------------------------------------------------------------------------------

    def _make_controls(self) -> None:
        self.span = chooser(
            self.tr("Plane"), self.tr("What spans the plane: two columns, or the two principal components")
        )
        self.across = chooser(self.tr("Column to the right"), self.tr("The column that goes to the right"))
        self.up = chooser(self.tr("Column upwards"), self.tr("The column that goes up"))
        self.number = chooser(self.tr("Number"), self.tr("Which of the numbers that the output tells"))
        self.hold = chooser(self.tr("What the rest is held at"), self.tr("Where all other columns are held"),
                            [self.tr("Rest: mean"), self.tr("Rest: example")])  # fmt: skip
        self.example = QSpinBox()
        self.example.setRange(1, MOST)
        self.example.setAccessibleName(self.tr("Training example"))
        self.example.setToolTip(self.tr("The training example that all other columns are taken from"))
        self.layer = chooser(self.tr("Hidden layer"), self.tr("The layer whose units are shown over the same plane"))
        self.span.activated.connect(self._choose_span)
        self.hold.activated.connect(self._choose_hold)
        self.example.valueChanged.connect(lambda _: self.ask())
        for box in (self.across, self.up, self.number, self.layer):
            box.activated.connect(lambda _: self.ask())

    def _choose_span(self, _: int) -> None:
        self._offer_columns()
        self.ask()

    def _choose_hold(self, _: int) -> None:
        self._offer_example()
        self.ask()

    def _offer_example(self) -> None:
        self.example.setVisible(self.hold.currentIndex() == 1 and not self.hold.isHidden())


def _numeric(field: Columns) -> list[int]:
    """The columns of numbers."""
    return [place for place in range(len(field.names)) if place not in field.categories]


def _wide(axes: Axes) -> bool:
    """Whether there is anything beside the two axes."""
    return axes.components or len(axes.field.names) > 2


def _first_activation(layers: list[Layer]) -> int:
    """The first layer after which something bends, by what nodes are called; else the first."""
    bends = ("relu", "tanh", "sigmoid", "gelu", "elu", "silu", "softplus")
    found = [place for place, layer in enumerate(layers) if layer.node.rpartition(".")[2].startswith(bends)]
    return found[0] if found else 0 if layers else -1
