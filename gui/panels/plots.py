"""Loss, accuracy and every other metric of one or several runs, while they come and afterwards."""

from __future__ import annotations

import importlib
import threading
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QActionGroup, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSlider,
    QSplitter,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from backend import messages as m
from graph.disk import FileProblem
from gui.inside import curve_export
from gui.inside.curve_sheet import Sheet
from gui.inside.curve_styles import Style
from gui.inside.curves import AXES, SPLITS, titled
from gui.inside.run_list import RunList
from gui.inside.run_overlays import Overlays
from gui.inside.traces import Traces
from gui.panels import Panel
from gui.parts import Empty, Live, tool
from gui.session import Session

POLL: Final = 30  # milliseconds
GIVEN: Final = 0.01  # seconds that the loading thread surely gets at every look
ROOMY: Final = 620  # pixels from which on the list of runs stands beside the plots without being asked for
NARROW: Final = 440  # pixels up to which the slider stands without its word
LIST: Final = 232  # pixels of the list at the least, at first


class PlotsPanel(Live):
    """A plot a metric, side by side, and beside them the runs. The training before stays faintly behind this one."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.traces = Traces()
        self.sheet = Sheet(self.traces)
        self.runs = RunList(self.traces)
        self.overlays = Overlays(session, self.traces, self.runs)
        self._run = ""
        self._spread = False  # whether list and plots have been given their widths
        self._asked_for_list: bool | None = None  # whether the list is shown, where somebody has said so
        self._loading: threading.Thread | None = None
        self._poll = QTimer(self, interval=POLL)
        self._poll.timeout.connect(self._look_whether_loaded)
        self._make_controls()
        self._lay_out()
        self.overlays.changed.connect(self._change)
        self.sheet.picked.connect(self.overlays.choose)
        self.sheet.zoom_changed.connect(self._tell_zoom)
        session.event.connect(self._hear)
        session.document_replaced.connect(self._start_over)
        self.overlays.relist()

    # -- what comes --------------------------------------------------------------------------------------------------

    def _hear(self, event: m.Event) -> None:
        match event:
            case m.Started():
                if event.run != self._run:
                    self._run = event.run
                    self.traces.begin(event.run, self.session.title, self.session.title)
                    self.sheet.redraw_all()
                elif self.traces.now:
                    self.traces.now.ending = "running"
                self.overlays.relist()
            case m.Metrics() if self.traces.now:
                values = {**event.values, **event.pace}
                self.traces.now.curves.add(event.split, event.step, event.epoch, values, event.seconds)
            case m.Finished():
                self._end("stopped" if event.stopped else "finished")
            case m.Failed() if event.doing == "train":
                self._end("failed")
            case m.Died():
                self._end("failed")
            case _:
                return
        self.invalidate()

    def _end(self, ending: str) -> None:
        if self.traces.now and self.traces.now.ending == "running":
            self.traces.now.ending = ending  # type: ignore[assignment]
        self.overlays.relist()

    def _start_over(self) -> None:
        self._run = ""
        self.traces.forget_present()
        self.invalidate()

    def _change(self) -> None:
        """Other runs are shown, or look otherwise: shown at once, for somebody waits for it."""
        self.runs.refresh()
        self.invalidate()

    # -- what is shown -----------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        drawn = bool(self.traces.visible())
        self._pages.setCurrentIndex(1 if drawn or self.runs.model.runs else 0)
        self._beside.setCurrentIndex(1 if drawn else 0)
        self._show_list()
        if not drawn:
            self.sheet.forget()
            return
        if not self._loaded():
            return
        self.sheet.weight = self.weight
        self.sheet.refresh()
        self.overlays.show_looks(self._looks())
        self._tell_zoom()

    def restyle(self) -> None:
        self.sheet.forget_looks()
        if self.isVisible():
            self.refresh()

    def _looks(self) -> dict[str, Style]:
        """The look that stands for each run."""
        found: dict[str, Style] = {}
        for (run, _), style in self.sheet.styles.items():
            if run not in found or style.width > found[run].width:
                found[run] = style
        return found

    @property
    def weight(self) -> float:
        """The share that smoothing keeps of what came before, 0 to 0.99."""
        return self.smoothing.value() / 100

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_list()

    def _show_list(self) -> None:
        """Where nobody has said whether to show it, the list stands where there is room and something in it."""
        wide = self.width() >= ROOMY and bool(self.runs.model.runs)
        shown = wide if self._asked_for_list is None else self._asked_for_list
        if not self.traces.visible():
            shown = shown or bool(self.runs.model.runs)
        if shown and not self._spread and self.width() >= ROOMY:
            self._spread = True
            self._spread = self.width() >= ROOMY
            self._split.setSizes([max(LIST, self.width() // 3), self.width()])
        self.runs.setVisible(shown)
        self.list_button.setChecked(shown)
        self._label.setVisible(self.width() >= NARROW)

    def _ask_for_list(self, on: bool) -> None:
        self._asked_for_list = on
        self._show_list()

    # -- the library -------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._loaded()
        self.overlays.relist()

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
        self._save(path, "plots.png", self.tr("Picture (*.png)"), curve_export.write_png)

    def save_drawing(self, path: str = "") -> None:
        """Write the plots as an SVG, lines as lines and words as words."""
        self._save(path, "plots.svg", self.tr("Drawing (*.svg)"), curve_export.write_svg)

    def save_table(self, path: str = "") -> None:
        """Write every point of every run that is shown as CSV."""
        self._save(path, "curves.csv", self.tr("Table (*.csv)"), curve_export.write_csv)

    def _save(self, path: str, name: str, kinds: str, write: curve_export.Write) -> None:
        title = self.tr("Save the plots")
        path = path or QFileDialog.getSaveFileName(self, title, str(Path.home() / name), kinds)[0]
        if not path:
            return
        self.refresh()
        try:
            write(self.sheet, Path(path))
        except FileProblem as problem:
            self.session.say(str(problem), "error")

    # -- the widgets -------------------------------------------------------------------------------------------------

    def _make_controls(self) -> None:
        self.list_button = tool(self, self.tr("Runs"), "recent", self.tr("Show the list of runs"), checkable=True)
        self.list_button.clicked.connect(self._ask_for_list)
        self.smoothing = QSlider(Qt.Orientation.Horizontal)
        self.smoothing.setRange(0, 99)
        self.smoothing.setFixedWidth(76)
        self.smoothing.setAccessibleName(self.tr("Smoothing"))
        self.smoothing.setToolTip(self.tr("Smooths the training curves; the values behind them stay as they are"))
        self.smoothing.valueChanged.connect(self._smooth)
        self.amount = QLabel("0.00")
        self.amount.setProperty("dim", True)
        self.log = tool(
            self, self.tr("Log"), "", self.tr("Logarithmic axis: small losses stay visible"), checkable=True
        )
        self.log.toggled.connect(self._set_log)
        self.fit = tool(self, self.tr("Show everything"), "frame-all", self.tr("Show everything and follow"))
        self.fit.clicked.connect(self.sheet.show_all)
        self.choices = tool(
            self, self.tr("What is plotted"), "settings", self.tr("Axis, and which metrics are plotted")
        )
        self._give_menu(self.choices).aboutToShow.connect(self._fill_choices)
        self.save = tool(self, self.tr("Save the plots"), "export", self.tr("Save as a picture, a drawing or a table"))
        menu = self._give_menu(self.save)
        menu.addAction(self.tr("Picture (PNG)…"), lambda: self.save_picture())
        menu.addAction(self.tr("Drawing (SVG)…"), lambda: self.save_drawing())
        menu.addAction(self.tr("Table of values (CSV)…"), lambda: self.save_table())

    @staticmethod
    def _give_menu(button: QToolButton) -> QMenu:
        menu = QMenu(button)
        button.setMenu(menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        return menu

    def _fill_choices(self) -> None:
        menu = self.choices.menu()
        menu.clear()
        group = QActionGroup(menu)
        words = (self.tr("Over steps"), self.tr("Over epochs"), self.tr("Over seconds"))
        for axis, text in zip(AXES, words):
            action = menu.addAction(text, partial(self.set_axis, axis))
            action.setCheckable(True)
            action.setChecked(axis == self.sheet.axis)
            group.addAction(action)
        action = menu.addAction(self.tr("Logarithmic horizontal axis"), self._flip_log_along)
        action.setCheckable(True)
        action.setChecked(self.sheet.logarithmic[0])
        menu.addSeparator()
        for metric in self.sheet.groups():
            text = titled(metric)
            action = menu.addAction(text, partial(self.flip_plot, metric))
            action.setCheckable(True)
            action.setChecked(metric not in self.sheet.unwanted)
        menu.addSeparator()
        words = (self.tr("Training curves"), self.tr("Validation curves"), self.tr("Test values"))
        for split, text in zip(SPLITS, words):
            action = menu.addAction(text, partial(self.flip_plot, split))
            action.setCheckable(True)
            action.setChecked(split not in self.sheet.unwanted)

    def set_axis(self, axis: str) -> None:
        """Draw over "step", "epoch" or "second"."""
        if axis != self.sheet.axis:
            self.sheet.axis = axis
            self.sheet.redraw_all()
            self.sheet.show_all()
            self._change()

    def flip_plot(self, wanted: str) -> None:
        """Show the plot of a metric or the curves of a split, or no more."""
        self.sheet.unwanted ^= {wanted}
        self._change()

    def _flip_log_along(self) -> None:
        self.sheet.logarithmic = (not self.sheet.logarithmic[0], self.sheet.logarithmic[1])
        self._change()

    def _set_log(self, on: bool) -> None:
        self.sheet.logarithmic = (self.sheet.logarithmic[0], on)
        self._change()

    def _smooth(self, percent: int) -> None:
        self.amount.setText(f"{percent / 100:.2f}")
        self.sheet.redraw_all()
        self._change()

    def _tell_zoom(self) -> None:
        self.fit.setEnabled(self.sheet.zoomed)

    def _lay_out(self) -> None:
        controls = QHBoxLayout()
        controls.setContentsMargins(8, 4, 6, 2)
        controls.setSpacing(8)
        self._label = QLabel(self.tr("Smoothing"))
        self._label.setProperty("dim", True)
        self._label.setBuddy(self.smoothing)
        for widget in (self.list_button, self._label, self.smoothing, self.amount):
            controls.addWidget(widget)
        controls.addStretch(1)
        for button in (self.log, self.choices, self.fit, self.save):
            controls.addWidget(button)
        beside = QWidget()
        self._beside = QStackedLayout(beside)
        self.none = Empty(self.tr("No run is shown"), self.tr("Tick runs in the list to draw their curves."))
        self._beside.addWidget(self.none)
        self._beside.addWidget(self.sheet)
        split = self._split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.runs)
        split.addWidget(beside)
        split.setStretchFactor(1, 1)
        split.setChildrenCollapsible(False)
        full = QWidget()
        column = QVBoxLayout(full)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(controls)
        column.addWidget(split, 1)
        advice = self.tr("Press Train, and loss and accuracy appear here while the network learns.")
        self.empty = Empty(self.tr("Nothing to plot yet"), advice)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(full)


PANEL = Panel("plots", "Plots", "bottom", PlotsPanel, order=20, late=True, beside=True)
