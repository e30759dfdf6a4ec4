"""How a training goes, layer by layer: gradients, weights, steps, dead units and activations, through the epochs."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from backend.health import ACTIVATIONS, DEAD, GRADIENTS, TIME, UPDATES, WEIGHTS, Health, Layout, Table
from backend.runs import HEALTH
from graph.document import MAIN, NodeKey
from gui import theme
from gui.inside.health_signs import USUAL, Sign, regrouped, signs
from gui.inside.heat_map import HeatMap
from gui.inside.layer_lines import LayerLines, Line
from gui.inside.newness import Newness
from gui.inside.sign_cards import SignList
from gui.inspector.editors import CalmComboBox, chooser
from gui.inspector.values import brief
from gui.language import content
from gui.panels import Panel
from gui.parts import Empty, Live, scrolling
from gui.session import Session

ORDER: Final = (GRADIENTS, UPDATES, WEIGHTS, DEAD, ACTIVATIONS, TIME)
OF_ONE: Final = (ACTIVATIONS, TIME)  # show a single node
BINS: Final = 48  # of the histograms of an activation
WIDE, MIDDLE, LOW = 860, 520, 140  # pixels: from where three parts stand in a row, or two, and the least height of them
PLACES: Final = {  # row, column and columns of the map, the lines and the cards, by how many stand in a row
    1: ((1, 0, 1), (2, 0, 1), (0, 0, 1)),
    2: ((1, 0, 1), (1, 1, 1), (0, 0, 2)),
    3: ((0, 0, 1), (0, 1, 1), (0, 2, 1)),
}
EVERY: Final = 10  # time steps from one number beside the rows to the next


class HealthPanel(Live):
    """Reads what the run keeps on the disk, while seen; asks nothing of the training."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._epochs: Any = ()  # of what the map shows; a table that came since may have more
        self.session = session
        self.layout_kept: Layout | None = None
        self.found: list[Sign] = []
        self.tables: dict[str, Table] = {}
        self._run = ""
        self._health: Health | None = None
        self._columns = 0  # how many parts stand in a row
        self._make_controls()
        self._lay_out()
        self.newness = Newness(session, self, HEALTH, self._look_anew)
        session.selection_changed.connect(self._follow_selection)

    # -- when to look ------------------------------------------------------------------------------------------------

    def _look_anew(self) -> None:
        """Look at once, seen or not: the title tells how much is wrong."""
        self._read()
        self.invalidate()

    def _follow_selection(self) -> None:
        """Choose the rows of the nodes that are selected, where there are some."""
        chosen = [self.session.place.path + key.node for key in self.session.selection]
        rows = [row for row, name in enumerate(self.map.names) if name in chosen]
        if rows and self.what.currentData() not in OF_ONE and self.isVisible():
            self.map.choose(rows)
        place = next((self.node.findData(name) for name in chosen if self.node.findData(name) >= 0), -1)
        if place >= 0 and self.what.currentData() in OF_ONE:
            self.node.setCurrentIndex(place)
            self.invalidate()

    # -- showing -----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        self._read()
        kept, table = self.layout_kept, self.tables.get(self.what.currentData() or "")
        if kept is None or table is None or not len(table.steps):
            self._pages.setCurrentIndex(0)
            self._explain()
            return
        self._pages.setCurrentIndex(1)
        self._show(table)
        self.signs.show_signs(self.found, len(table.steps))
        self.about.setText(self._words(kept, table))

    def _read(self) -> None:
        """Read what the run keeps by now, and say in the title, which is read on the tab, how much is wrong."""
        if not self.newness.found():
            return
        if self._health is None or self._run != self.session.run:
            self._run = self.session.run
            self._health = Health(Path(self._run) / HEALTH) if self._run else None
        kept = self._health.layout() if self._health else None
        if kept != self.layout_kept:
            self.layout_kept = kept
            self._offer()
        self.tables = self._health.tables(kept) if self._health and kept else {}
        self.found = signs(kept, self.tables) if kept else []
        title = content(PANEL.title)
        self.setWindowTitle(f"{title} ({len(self.found)})" if self.found else title)

    def restyle(self) -> None:
        self.map.viewport().update()
        super().restyle()

    def _show(self, table: Table) -> None:
        name = table.section.name
        self.node.setVisible(name in OF_ONE)
        self.objective.setVisible(self.objective.count() > 1 and bool(table.section.objectives) and name not in OF_ONE)
        if name in OF_ONE:
            self._show_one(table, max(0, self.node.currentIndex()))
            return
        rows = self._rows(table)
        names = [table.section.rows[row] for row in rows]
        new = names != self.map.names
        self._epochs = table.epochs
        self.map.show_values(names, table.epochs, table.values[:, rows, 0].T, logarithmic=name != DEAD,
                             most_chosen=len(theme.current().series))  # fmt: skip
        if new:
            self.map.choose(sorted({0, len(names) // 2, len(names) - 1}))
        self._show_lines()

    def _show_lines(self) -> None:
        """Draw the rows that are chosen."""
        table = self.tables.get(self.what.currentData() or "")
        if table is None or table.section.name in OF_ONE:
            return
        lines = [Line(self.map.names[row], self._epochs, self.map.values[row], self.map.colour(row))
                 for row in self.map.chosen if row < len(self.map.names)]  # fmt: skip
        name = table.section.name
        guide = USUAL if name == UPDATES else None
        title = self.tr("{what} of the chosen layers").format(what=self.what.currentText())
        self.lines.show_lines(title, lines, across=self.tr("Epoch"), logarithmic=name != DEAD, guide=guide)

    def _show_one(self, table: Table, row: int) -> None:
        """An activation or a sequence: what is in it through the epochs, and how that was at first and is now."""
        if table.section.name == ACTIVATIONS:
            shares, low, high = regrouped(table, row, BINS)
            middles = low + (np.arange(BINS) + 0.5) * (high - low) / BINS
            names = [""] * BINS
            names[0], names[BINS // 2], names[-1] = brief(high), brief((low + high) / 2), brief(low)
            self.map.show_values(names, table.epochs, shares[:, ::-1].T, logarithmic=True)
            self._show_ends(table, middles, shares, self.tr("Value"), logarithmic=False)
            return
        values, together = table.values[:, row], self.layout_kept.steps if self.layout_kept else 1
        steps = 1 + together * np.arange(values.shape[1])
        names = [str(step) if number % EVERY == 0 or number == len(steps) - 1 else ""
                 for number, step in enumerate(steps)]  # fmt: skip
        self.map.show_values(names, table.epochs, values.T, logarithmic=True)
        self._show_ends(table, steps.astype(float), values, self.tr("Time step"), logarithmic=True)

    def _show_ends(self, table: Table, x: np.ndarray, values: np.ndarray, across: str, logarithmic: bool) -> None:
        series = theme.current().series
        said = self.tr("Epoch {epoch}")
        ends = dict.fromkeys((0, len(values) - 1))
        lines = [Line(said.format(epoch=brief(round(table.epochs[at], 2))), x, values[at], series[-1 - number])
                 for number, at in enumerate(ends)]  # fmt: skip
        title = self.tr("At first and now") if len(lines) > 1 else lines[0].name
        self.lines.show_lines(title, lines, across=across, logarithmic=logarithmic, named=True)

    def _rows(self, table: Table) -> list[int]:
        """The rows of the objective that is chosen, or all where objectives make no difference."""
        objectives, wanted = table.section.objectives, self.objective.currentText()
        return [row for row in range(len(table.section.rows)) if not objectives or objectives[row] == wanted]

    def _words(self, kept: Layout, table: Table) -> str:
        parts = []
        if table.section.name == UPDATES:
            parts.append(self.tr("dashed: 0.1% a step, as is usual"))
        if table.section.name == DEAD:
            parts.append(self.tr("units that are 0 for every example measured"))
        if kept.frozen:
            parts.append(self.tr("{count} frozen layers have no gradients").format(count=len(kept.frozen)))
        for name, solver in kept.solvers.items():
            if solver == "ridge":
                parts.append(self.tr("{name} is solved in closed form, without gradients").format(name=name))
            elif solver == "closure":
                parts.append(self.tr("{name} looks for the length of its steps itself").format(name=name))
        return " · ".join(parts)

    def _offer(self) -> None:
        """Offer what the run keeps."""
        sections = {section.name: section for section in self.layout_kept.sections} if self.layout_kept else {}
        titles = {GRADIENTS: self.tr("Gradients"), UPDATES: self.tr("Size of a step"), WEIGHTS: self.tr("Weights"),
                  DEAD: self.tr("Dead units"), ACTIVATIONS: self.tr("Activations"),
                  TIME: self.tr("Gradients through time")}  # fmt: skip
        _refill(self.what, [(titles[name], name) for name in ORDER if name in sections])
        names = dict.fromkeys(sections[GRADIENTS].objectives) if GRADIENTS in sections else ()
        _refill(self.objective, [(name, name) for name in names])
        self._offer_nodes()

    def _offer_nodes(self) -> None:
        name = self.what.currentData()
        rows = (
            [section.rows for section in self.layout_kept.sections if section.name == name] if self.layout_kept else []
        )
        _refill(self.node, [(row, row) for row in rows[0]] if rows and name in OF_ONE else [])

    def _choose(self, _: int = 0) -> None:
        self._offer_nodes()
        self.invalidate()

    def _explain(self) -> None:
        solvers = self.layout_kept.solvers if self.layout_kept else {}
        if not self.session.run:
            title, advice = self.tr("No gradients yet"), self.tr(
                "Press Train: how gradients, weights and steps of every layer go through the epochs appears here, with "
                "a word on what goes wrong.")  # fmt: skip
        elif self.layout_kept and not self.layout_kept.sections:
            title, advice = self.tr("Nothing learns by gradients here"), self._without(solvers)
        elif self.session.state == "idle":
            title, advice = self.tr("Nothing to see in this run"), self.tr(
                "It was made before gradients were kept, was broken off at once, or had no memory left for measuring: "
                "train it anew.")  # fmt: skip
        else:
            title, advice = self.tr("Waiting for the first numbers"), self.tr(
                "They appear as soon as the training has begun.")  # fmt: skip
        self.empty.title.setText(title)
        self.empty.advice.setText(advice)

    def _without(self, solvers: dict[str, str]) -> str:
        if "ridge" in solvers.values():
            return self.tr("Ridge regression solves for the weights in closed form. Take another optimiser in the "
                           "objective to see gradients.")  # fmt: skip
        return self.tr("All weights on the way to the loss are frozen, or there are none. Set frozen to nothing in a "
                       "layer that is to learn.")  # fmt: skip

    def _open(self, row: int) -> None:
        """Show the node of a row on the canvas."""
        self.session.frame_requested.emit(NodeKey(MAIN, self.map.names[row]))

    # -- the widgets -------------------------------------------------------------------------------------------------

    def _make_controls(self) -> None:
        self.what = chooser(self.tr("What to show"), self.tr("Which numbers of the layers to look at"))
        self.node = chooser(self.tr("Layer"), self.tr("Whose values to look at; selecting a node chooses its own"))
        self.objective = chooser(self.tr("Objective"), self.tr("Whose loss the gradients are of"))
        self.what.activated.connect(self._choose)
        self.node.activated.connect(lambda _: self.invalidate())
        self.objective.activated.connect(lambda _: self.invalidate())
        self.about = QLabel()
        self.about.setProperty("dim", True)
        self.about.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.map, self.lines, self.signs = HeatMap(), LayerLines(), SignList(self.session)
        self.map.setAccessibleName(self.tr("Layers through the epochs"))
        self.lines.setAccessibleName(self.tr("Chosen layers as lines"))
        self.map.setMinimumWidth(200)
        self.map.chosen_changed.connect(self._show_lines)
        self.map.opened.connect(self._open)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(8, 5, 8, 0)
        head.setSpacing(6)
        for box in (self.what, self.node, self.objective):
            head.addWidget(box)
        head.addWidget(self.about, 1)
        inside = QWidget()
        self._grid = QGridLayout(inside)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(4)
        full = QWidget()
        column = QVBoxLayout(full)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(scrolling(inside), 1)
        self.empty = Empty("", "")
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(full)
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Side by side what there is room for, the rest below; what is to be said stands first where it is narrow."""
        columns = 3 if self.width() >= WIDE else 2 if self.width() >= MIDDLE else 1
        self.signs.stand_alone(columns == len(PLACES))
        if self._grid.count() and columns == self._columns:
            return
        self._columns = columns
        for widget, (row, column, span) in zip((self.map, self.lines, self.signs), PLACES[columns]):
            self._grid.addWidget(widget, row, column, 1, span)
            widget.setMinimumHeight(LOW if widget is not self.signs else 0)
        for column in range(3):
            self._grid.setColumnStretch(column, (4, 3, 0)[column] if column < columns else 0)
        for row in range(3):
            self._grid.setRowStretch(row, 0 if row == 0 and columns < len(PLACES) else 1 if row < 4 - columns else 0)


def _refill(box: CalmComboBox, entries: list[tuple[str, str]]) -> None:
    """Offer other entries, staying with the one that was chosen where it is still there."""
    before = box.currentData()
    box.clear()
    for text, data in entries:
        box.addItem(text, data)
    box.setCurrentIndex(max(0, box.findData(before)) if entries else -1)


PANEL = Panel("health", "Gradients", "bottom", HealthPanel, order=21, late=True)
