"""Loss, accuracy and every other metric over the epochs, while they come."""

from __future__ import annotations

import importlib
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QSlider,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from backend import messages as m
from graph.disk import FileProblem, write_atomically
from gui import theme
from gui.inside.curves import Curves
from gui.panels import Panel
from gui.parts import Empty, Live, tool
from gui.session import Session

if TYPE_CHECKING:
    from gui.inside.curve_plot import CurvePlot

SHORTEST: Final = 200  # milliseconds from one repaint to the next
LONGEST: Final = 1000
SHARE: Final = 0.03  # of the time that painting may take: what the window paints, the training waits for
NARROWEST: Final = 225  # pixels a plot needs
POLL: Final = 30  # milliseconds
GIVEN: Final = 0.01  # seconds that the loading thread surely gets at every look
UNLOGGED: Final = ("accuracy", "auc")  # shares, which no logarithm makes clearer


class PlotsPanel(Live):
    """A plot a metric, side by side. The training before stays faintly behind the present one."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.curves, self.before = Curves(), Curves()
        self.plots: dict[str, CurvePlot] = {}
        self._run = ""
        self._cursor: float | None = None
        self._columns = 0
        self._dress: object = None  # the theme and the curves that have their colours
        self._loading: threading.Thread | None = None
        self._poll = QTimer(self, interval=POLL)
        self._poll.timeout.connect(self._look_whether_loaded)
        self._soon.setInterval(SHORTEST)
        self._make_controls()
        self._lay_out()
        session.event.connect(self._hear)
        session.document_replaced.connect(self._start_over)

    # -- what comes --------------------------------------------------------------------------------------------------

    def _hear(self, event: m.Event) -> None:
        match event:
            case m.Started() if event.run != self._run:
                self._run = event.run
                if self.curves.curves:
                    self.before, self.curves = self.curves, Curves()
                self._redraw_all()
            case m.Metrics():
                self.curves.add(event.split, event.step, event.epoch, event.values)
                self.invalidate()

    def _start_over(self) -> None:
        self._run = ""
        self.curves, self.before = Curves(), Curves()
        self._redraw_all()

    def _redraw_all(self) -> None:
        for plot in self.plots.values():
            plot.forget(before=False)
            plot.forget(before=True)
        self.curves.grown.update(self.curves.curves)
        self.before.grown.update(self.before.curves)
        self.invalidate()

    # -- what is shown -----------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        self._pages.setCurrentIndex(1 if self.curves.curves else 0)
        if not self.curves.curves or not self._loaded():
            return
        from gui.inside.curve_plot import CurvePlot, colours_of, named

        wanted = self.curves.groups()
        if wanted != list(self.plots):
            for group in self.plots.keys() - wanted:
                self.plots.pop(group).deleteLater()
            self.plots = {group: self.plots[group] if group in self.plots else CurvePlot(group) for group in wanted}
            self._columns, self._dress = 0, None
        dress = theme.current().name, list(self.curves.curves)
        if dress != self._dress:
            self._dress = dress
            colours = colours_of(self.curves)
            for plot in self.plots.values():
                plot.restyle(colours)
            self.legend.setText("&nbsp;&nbsp; ".join(named(colours)))
        self._arrange()
        self._draw_grown()
        self._soon.setInterval(self._pause())

    def restyle(self) -> None:
        self._dress = None
        if self.isVisible():
            self.refresh()

    def _draw_grown(self) -> None:
        weight = self.weight
        for before, curves in ((True, self.before), (False, self.curves)):
            for key in curves.grown:
                if plot := self.plots.get(key.group):
                    plot.draw(key, curves.curves[key], weight, before=before)
            curves.grown.clear()
        for group, plot in self.plots.items():
            plot.set_logarithmic(self.log.isChecked() and group not in UNLOGGED)
            plot.show_readout(self.curves, weight, self._cursor)

    def _pause(self) -> int:
        """Milliseconds until the next repaint: the dearer the last ones were, the longer."""
        spent = sum(plot.spent() for plot in self.plots.values())
        return max(SHORTEST, min(LONGEST, round(spent / SHARE * 1000)))

    def _arrange(self) -> None:
        columns = max(1, min(len(self.plots), self.width() // NARROWEST))
        if columns == self._columns:
            return
        self._columns = columns
        for number, plot in enumerate(self.plots.values()):
            if plot.parent() is None:
                plot.hovered.connect(self._hover)
            self._grid.addWidget(plot, number // columns, number % columns)

    def _hover(self, epoch: float | None) -> None:
        self._cursor = epoch
        for plot in self.plots.values():
            plot.show_readout(self.curves, self.weight, epoch)

    @property
    def weight(self) -> float:
        """The share that smoothing keeps of what came before, 0 to 0.99."""
        return self.smoothing.value() / 100

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def show_all(self) -> None:
        """Let every plot show its whole curves again, and follow as they grow."""
        for plot in self.plots.values():
            plot.fit()

    # -- the library -------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._loaded()

    def _loaded(self) -> bool:
        """Whether the plotting library is there; a thread brings it, so that the window never waits for it."""
        if self._loading is None:
            self._loading = threading.Thread(target=importlib.import_module, args=["pyqtgraph"])
            self._loading.start()
        self._loading.join(GIVEN)
        if self._loading.is_alive():
            self._poll.start()
            return False
        return True

    def _look_whether_loaded(self) -> None:
        if self._loaded():
            self._poll.stop()
            self.invalidate()

    # -- taking away -------------------------------------------------------------------------------------------------

    def save_picture(self, path: str = "") -> None:
        """Write the plots as a PNG."""
        path = path or self._ask(self.tr("Save the plots as a picture"), "plots.png", self.tr("Picture (*.png)"))
        if path and not self._area.grab().save(path, "PNG"):  # type: ignore[call-overload]
            self.session.say(self.tr("“{path}” cannot be written; choose another folder.").format(path=path), "error")

    def save_table(self, path: str = "") -> None:
        """Write every point as CSV."""
        path = path or self._ask(self.tr("Save the values as a table"), "curves.csv", self.tr("Table (*.csv)"))
        if not path:
            return
        try:
            write_atomically(path, self.curves.csv().encode())
        except FileProblem as problem:
            self.session.say(str(problem), "error")

    def _ask(self, title: str, name: str, kinds: str) -> str:
        return QFileDialog.getSaveFileName(self, title, str(Path.home() / name), kinds)[0]

    # -- the widgets -------------------------------------------------------------------------------------------------

    def _make_controls(self) -> None:
        self.smoothing = QSlider(Qt.Orientation.Horizontal)
        self.smoothing.setRange(0, 99)
        self.smoothing.setFixedWidth(76)
        self.smoothing.setAccessibleName(self.tr("Smoothing"))
        self.smoothing.setToolTip(self.tr("Smooths the training curves; the values behind them stay as they are"))
        self.smoothing.valueChanged.connect(self._smooth)
        self.amount = QLabel("0.00")
        self.amount.setProperty("dim", True)
        self.legend = QLabel(textFormat=Qt.TextFormat.RichText)
        self.legend.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.legend.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.log = tool(
            self, self.tr("Log"), "", self.tr("Logarithmic axis: small losses stay visible"), checkable=True
        )
        self.log.toggled.connect(self.invalidate)
        self.fit = tool(self, self.tr("Show everything"), "frame-all", self.tr("Show everything and follow"))
        self.fit.clicked.connect(self.show_all)
        self.save = tool(self, self.tr("Save the plots"), "export", self.tr("Save as a picture or a table"))
        self.save.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.save)
        menu.addAction(self.tr("Picture (PNG)…"), lambda: self.save_picture())
        menu.addAction(self.tr("Table of values (CSV)…"), lambda: self.save_table())
        self.save.setMenu(menu)

    def _smooth(self, percent: int) -> None:
        self.amount.setText(f"{percent / 100:.2f}")
        self.curves.grown.update(self.curves.curves)
        self.before.grown.update(self.before.curves)
        self.invalidate()

    def _lay_out(self) -> None:
        controls = QHBoxLayout()
        controls.setContentsMargins(8, 4, 6, 0)
        controls.setSpacing(8)
        label = QLabel(self.tr("Smoothing"))
        label.setProperty("dim", True)
        label.setBuddy(self.smoothing)
        for widget in (label, self.smoothing, self.amount):
            controls.addWidget(widget)
        controls.addWidget(self.legend, 1)
        for button in (self.log, self.fit, self.save):
            controls.addWidget(button)
        self._area = QWidget()
        self._grid = QGridLayout(self._area)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(2)
        full = QWidget()
        column = QVBoxLayout(full)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(controls)
        column.addWidget(self._area, 1)
        advice = self.tr("Press Train, and loss and accuracy appear here while the network learns.")
        self.empty = Empty(self.tr("Nothing to plot yet"), advice)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(full)


PANEL = Panel("plots", "Plots", "bottom", PlotsPanel, order=20, late=True, beside=True)
