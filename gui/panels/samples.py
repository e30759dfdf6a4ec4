"""What the network makes of noise, of the same noise throughout the training; and what an auto-encoder gives back."""

from __future__ import annotations

import secrets
import time
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPlainTextEdit,
    QSizePolicy,
    QStackedLayout,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from backend import messages as m
from gui import theme
from gui.inside import answers
from gui.inside.lapse import Lapse
from gui.inside.samples_view import PictureGrid, PointCloud, is_points, lines
from gui.inside.step_buttons import StepButtons
from gui.inside.surface_view import SurfaceView
from gui.inside.tiles import TileView
from gui.inside.walk_view import WalkView
from gui.inspector.editors import CalmComboBox
from gui.inspector.values import brief
from gui.panels import Panel
from gui.parts import Empty, Live, moments, tool
from gui.session import Session

OFTEN: Final = 2000  # milliseconds between two drawings while a training runs, at least
SHARE: Final = 0.01  # of the time of a training that drawing may take
COUNTS: Final = (0, 16, 36, 64, 144, 500, 1000)  # how many to draw; 0 draws as many as the time-lapse has
SEEDS: Final = 2**31
FILMS: Final = ("gif", "apng")  # endings of a time-lapse
GIVEN_BACK: Final = 48  # examples: as many as the predictions show, so that one answer serves both


class SamplesPanel(Live):
    """Asks for samples while seen, at most every two seconds; the slider goes back through what the run has kept."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.answer: m.Samples | None = None
        self.pairs: dict[str, m.Shown] = {}  # pictures given back, by output
        self.lapse = Lapse()
        self.chosen = ""  # the output, "" for the first
        self.seed: int | None = None  # of other noise than the training's
        self._wanted = self._asked = self._pairs_wanted = False
        self._barren = False  # no output gives pictures back
        self._last = 0.0
        self._epoch = -1
        self._later = QTimer(self, singleShot=True)
        self._later.timeout.connect(self.invalidate)
        self._make_controls()
        self._make_views()
        self._lay_out()
        session.event.connect(self._hear)
        session.document_replaced.connect(self._forget)

    # -- asking ------------------------------------------------------------------------------------------------------

    def _hear(self, event: m.Event) -> None:
        match event:
            case m.Samples():
                self._asked, self.answer = False, event
                self._wanted = self._wanted or bool(event.outputs and self.session.state == "running")
                self._pairs_wanted = self._pairs_wanted or not (self.pairs or self._barren)
                self.invalidate()
            case m.Predictions(split="test", offset=0):
                self.pairs = {each.output: each for each in event.shown if _given_back(each)}
                self._barren, self._pairs_wanted = not self.pairs, False
                self.invalidate()
            case m.Started():
                self._epoch, self.seed, self._barren = event.epoch, None, False
                self.moment.setValue(self.moment.maximum())
                self._want()
            case m.Progress() if event.epoch > self._epoch or event.paused:
                self._epoch = event.epoch
                self._want_anew()
            case m.Finished():
                self._last = 0.0
                self._want_anew()
            case m.Failed() | m.Died():
                self._asked = self._wanted = self._pairs_wanted = False

    def _want(self) -> None:
        self._wanted = True
        self.invalidate()

    def _want_anew(self) -> None:
        """Something was learned: ask for what this design shows, and first of all for what that is."""
        drawn = self.answer is not None and bool(self.answer.outputs)
        self._pairs_wanted = bool(self.pairs) and (self.chosen in self.pairs or not drawn)
        if self.answer is None or self.answer.outputs or self.answer.run != self.session.run:
            self._wanted = True
        self.invalidate()

    def _ask(self) -> None:
        """Ask if newer samples are wanted, none are on their way and the last are old enough."""
        if not (self._wanted or self._pairs_wanted) or self._asked or not self.session.run:
            return
        if self.session.state == "starting":
            return
        cost = self.answer.seconds * 1000 if self.answer else 0.0
        wait = max(OFTEN, cost / SHARE) - (time.monotonic() - self._last) * 1000
        if wait > 0 and self.session.state == "running":
            self._later.start(round(wait))
            return
        self._last = time.monotonic()
        if self._wanted:
            self._wanted, self._asked = False, True
            self.session.request_samples(*self._question())
        if self._pairs_wanted:
            self._pairs_wanted = False
            self.session.request_predictions("test", 0, GIVEN_BACK)

    def _question(self) -> tuple[str, int, int | None, tuple[int, ...]]:
        label = self.label.currentIndex() - 1
        output = "" if self.chosen in self.pairs else self.chosen
        return output, COUNTS[self.count.currentIndex()], self.seed, (label,) if label >= 0 else ()

    def _ask_now(self) -> None:
        self._last = 0.0
        self._want()

    def _choose_output(self, which: int) -> None:
        self.chosen = self.output.itemData(which)
        self.label.setCurrentIndex(0)
        self.moment.setValue(self.moment.maximum())
        self._ask_now()

    def new_noise(self) -> None:
        """Draw of other noise."""
        self.seed = secrets.randbelow(SEEDS)
        self.moment.setValue(self.moment.maximum())
        self._ask_now()

    def old_noise(self) -> None:
        """Draw of the noise of the training again."""
        self.seed = None
        self._ask_now()

    def _forget(self) -> None:
        self.answer, self.pairs, self.lapse, self.chosen, self.seed = None, {}, Lapse(), "", None
        self._wanted = self._asked = self._pairs_wanted = self._barren = False
        self._choose_view(0)

    # -- showing -----------------------------------------------------------------------------------------------------

    def _choose_view(self, which: int) -> None:
        """Show the grid, an interpolation or the plane; the list that chooses goes along."""
        heads = (self._head, self.walk.head, self.surface.head)
        heads[which].insertWidget(0, self.view, 0, Qt.AlignmentFlag.AlignTop)
        self.view.setCurrentIndex(which)
        self.invalidate()

    def refresh(self) -> None:
        if self.view.currentIndex():
            self._pages.setCurrentWidget((self.walk, self.surface)[self.view.currentIndex() - 1])
            return
        self._ask()
        answer = self.answer
        drawn = answer is not None and bool(answer.outputs)
        self._pages.setCurrentIndex(1 if drawn or self.pairs else 0)
        if not drawn and not self.pairs:
            self._explain()
            return
        self._offer_outputs()
        pairs = self.pairs.get(self.chosen) or (None if drawn else next(iter(self.pairs.values())))
        for widget in (self.count, self.moment, self.where, self.fresh):
            widget.setVisible(pairs is None)
        self.save.setEnabled(pairs is None)
        self.label.setVisible(pairs is None and bool(answer and answer.classes))
        self.fixed.setVisible(pairs is None and self.seed is not None)
        if pairs is not None:
            self.tiles.show_tiles(answers.tiles(pairs))
            self._views.setCurrentWidget(self.tiles)
        elif answer is not None:
            self._offer_classes(answer)
            self._follow(answer)
            self._show(answer)

    def _follow(self, answer: m.Samples) -> None:
        """Let the slider reach every moment that is kept, staying where it is."""
        at_end, step = self.moment.value() == self.moment.maximum(), self.lapse.step(self.moment.value())
        self.lapse = Lapse.of(answer.run, answer.node)
        last = len(self.lapse.moments)
        self.moment.blockSignals(True)
        self.moment.setRange(0, last)
        self.moment.setValue(last if at_end else self.lapse.nearest(step))
        self.moment.blockSignals(False)
        self.moment.setEnabled(last > 0)

    def _show(self, answer: m.Samples) -> None:
        """Show the moment at which the slider stands."""
        values, labels, moment = answer.values, answer.labels, self.lapse.at(self.moment.value())
        if moment is not None and (kept := self.lapse.read(moment)) is not None:
            values, labels = kept.chosen(self.label.currentIndex() - 1, COUNTS[self.count.currentIndex()])
        words = self.tr("Epoch {epoch}") if moment else self.tr("Now · epoch {epoch}")
        self.where.setText(words.format(epoch=brief(moment.epoch if moment else answer.epoch)))
        self.moment.setAccessibleDescription(self.where.text())
        if values.ndim == 4:
            self.pictures.show_pictures(values, labels, answer.classes)
            self._views.setCurrentWidget(self.pictures)
        elif is_points(values, answer.kind):
            self.points.show_points(values, answer.real, answer.values)
            self._views.setCurrentWidget(self.points)
        else:
            self.text.setPlainText("\n".join(lines(values, answer.words)))
            self._views.setCurrentWidget(self.text)

    def _scrub(self) -> None:
        if self.answer is not None and self.answer.outputs:
            self._show(self.answer)

    def _offer_outputs(self) -> None:
        drawn = self.answer.outputs if self.answer else ()
        names = [(name, name) for name in drawn]
        names += [(self.tr("{name} (given back)").format(name=name), name) for name in self.pairs if name not in drawn]
        if [self.output.itemData(n) for n in range(self.output.count())] != [name for _, name in names]:
            self.output.clear()
            for words, name in names:
                self.output.addItem(words, name)
            self.output.setCurrentIndex(max(0, self.output.findData(self.chosen)))
        self.output.setVisible(len(names) > 1)

    def _offer_classes(self, answer: m.Samples) -> None:
        wanted = [self.tr("All classes"), *answer.classes]
        if [self.label.itemText(n) for n in range(self.label.count())] != wanted:
            self.label.clear()
            self.label.addItems(wanted)

    def _explain(self) -> None:
        if self.answer is not None and self.session.run:
            title = self.tr("This design makes nothing of noise")
            advice = self.tr(
                "Samples come from a generative output: an Output node whose network reads a Noise node and no data, "
                "as the generator of a GAN or the decoder of a VAE. Pictures that a network gives back are shown too."
            )
        else:
            title = self.tr("No samples yet")
            advice = self.tr(
                "Where an Output is made of noise, as by the generator of a GAN, press Train: what it draws appears "
                "here while it learns."
            )
        self.empty.title.setText(title)
        self.empty.advice.setText(advice)

    # -- taking away -------------------------------------------------------------------------------------------------

    def save_as(self, ending: str, path: str = "") -> None:
        """Write what is shown as .png, .npy or .txt, or the time-lapse as .gif or .apng."""
        kinds = {"png": self.tr("Picture (*.png)"), "gif": self.tr("Animation (*.gif)"),
                 "apng": self.tr("Animation (*.apng)"),
                 "npy": self.tr("NumPy array (*.npy)"), "txt": self.tr("Text (*.txt)")}  # fmt: skip
        title, name = self.tr("Save samples"), str(Path.home() / f"samples.{ending}")
        path = path or QFileDialog.getSaveFileName(self, title, name, kinds[ending])[0]
        if not path:
            return
        moment = self.lapse.at(self.moment.value()) if ending not in FILMS else None
        output, count, seed, labels = self._question()
        step, seed = (moment.step, None) if moment else (-1, seed if ending not in FILMS else None)
        to = path if path.lower().endswith(f".{ending}") else f"{path}.{ending}"
        self.session.request_samples(output, count, seed, labels, to, step)

    def _offer_files(self) -> None:
        values, kind = (self.answer.values, self.answer.kind) if self.answer else (np.zeros((0, 0)), "")
        painted = values.ndim == 4 or is_points(values, kind)
        self.files["png"].setEnabled(painted)
        for ending in FILMS:
            self.files[ending].setEnabled(painted and len(self.lapse.moments) > 1)

    # -- the widgets -------------------------------------------------------------------------------------------------

    def _make_controls(self) -> None:
        self.output, self.count, self.label = CalmComboBox(), CalmComboBox(), CalmComboBox()
        self.count.addItems([self.tr("Auto") if not count else f"{count:,}" for count in COUNTS])
        for box, name, tip in (
            (self.output, self.tr("Output"), self.tr("Which output to look at")),
            (self.count, self.tr("How many"), self.tr("How many samples to draw")),
            (self.label, self.tr("Class"), self.tr("Which class to draw")),
        ):
            box.setAccessibleName(name)
            box.setToolTip(tip)
        self.view = CalmComboBox()
        self.view.addItems([self.tr("Grid"), self.tr("Interpolation"), self.tr("Plane")])
        self.view.setAccessibleName(self.tr("View"))
        self.view.setToolTip(
            self.tr("A grid of samples, what lies between two, or a generator and its judge in the plane")
        )
        self.view.setSizeAdjustPolicy(CalmComboBox.SizeAdjustPolicy.AdjustToContents)
        self.view.activated.connect(self._choose_view)
        self.output.activated.connect(self._choose_output)
        self.count.activated.connect(lambda _: self._ask_now())
        self.label.activated.connect(lambda _: self._ask_now())
        self.moment = moments(
            self.tr("Moment of the training"),
            self.tr("How the same noise looked earlier in the training; at the right end is now"),
        )
        self.moment.valueChanged.connect(self._scrub)
        self.where = QLabel()
        self.where.setProperty("dim", True)
        self.where.setMinimumWidth(96)
        self.fresh = tool(self, self.tr("New noise"), "", self.tr("Draw of other noise"), worded=True)
        self.fresh.clicked.connect(self.new_noise)
        self.fixed = tool(self, self.tr("Noise of the training"), "reset", self.tr("Draw of the same noise as before"))
        self.fixed.clicked.connect(self.old_noise)
        self.save = tool(self, self.tr("Save the samples"), "export", self.tr("Save as a picture, animation or values"))
        self.save.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.save)
        words = {"png": self.tr("Picture (PNG)…"), "gif": self.tr("Time-lapse (GIF)…"),
                 "apng": self.tr("Time-lapse (APNG, all colours)…"),
                 "npy": self.tr("Values (NumPy)…"), "txt": self.tr("Text…")}  # fmt: skip
        self.files = {ending: menu.addAction(text, partial(self.save_as, ending)) for ending, text in words.items()}
        menu.aboutToShow.connect(self._offer_files)
        self.save.setMenu(menu)

    def _make_views(self) -> None:
        self.pictures, self.points, self.tiles, self.text = PictureGrid(), PointCloud(), TileView(), QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setFont(theme.code_font(12))
        self._views = QStackedWidget()
        for view in (self.pictures, self.points, self.tiles, self.text):
            view.setAccessibleName(self.tr("Samples"))
            self._views.addWidget(view)

    def _lay_out(self) -> None:
        head = self._head = QHBoxLayout()
        head.setContentsMargins(8, 5, 8, 0)
        head.setSpacing(6)
        for box in (self.output, self.label, self.count):
            box.setSizeAdjustPolicy(CalmComboBox.SizeAdjustPolicy.AdjustToContents)
            box.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
            head.addWidget(box)
        head.addStretch(1)
        for widget in (self.fixed, self.fresh, self.save):
            head.addWidget(widget)
        foot = QHBoxLayout()
        foot.setContentsMargins(10, 0, 10, 6)
        foot.setSpacing(8)
        foot.addWidget(self.moment, 1)
        foot.addWidget(self.where)
        foot.addWidget(StepButtons(self.session))
        full = QWidget()
        column = QVBoxLayout(full)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(head)
        column.addWidget(self._views, 1)
        column.addLayout(foot)
        self.empty = Empty("", "")
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(full)
        self.walk, self.surface = WalkView(self.session), SurfaceView(self.session)
        self._pages.addWidget(self.walk)
        self._pages.addWidget(self.surface)
        self._choose_view(0)


def _given_back(shown: m.Shown) -> bool:
    """Whether an output gives pictures back for pictures."""
    return shown.kind == "image" and shown.inputs.ndim == 4 and shown.outputs.ndim == 4


PANEL = Panel(
    "samples",
    "Samples",
    "bottom",
    SamplesPanel,
    order=32,
    suits=lambda gist: 4 * gist.draws or int(gist.restores),
)
