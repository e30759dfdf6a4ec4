"""What a network draws of noise, of the same noise throughout the training; and what an auto-encoder gives back."""

from __future__ import annotations

import secrets
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPlainTextEdit,
    QStackedLayout,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from backend import messages as m
from backend.questions.predictions import Predict, Predictions
from backend.questions.samples import Sample, Samples, WriteSamples
from gui import theme
from gui.flow import Flow
from gui.inside import answers
from gui.inside.asking import Asker
from gui.inside.lapse import Lapse
from gui.inside.samples_view import PictureGrid, PointCloud, is_points, lines
from gui.inside.step_buttons import StepButtons
from gui.inside.tiles import TileView
from gui.inspector.editors import CalmComboBox
from gui.inspector.values import brief
from gui.parts import Empty, Live, moments, tool
from gui.session import Session

COUNTS: Final = (0, 16, 36, 64, 144, 500, 1000)  # how many to draw; 0 draws as many as the time-lapse has
SEEDS: Final = 2**31
WIDEST: Final = 120  # pixels of a list
FILMS: Final = ("gif", "apng")  # endings of a time-lapse
GIVEN_BACK: Final = 48  # examples


class GridView(Live):
    """Asks for samples while seen, and again as the training goes on; the slider goes back through what the run kept.

    ``head`` has room for what chooses the view.
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.drawer, self.giver = Asker(session, self), Asker(session, self, follow=False)
        self.answer: Samples | None = None
        self.epoch = 0.0  # of the answer
        self.error = ""
        self.pairs: dict[str, m.Shown] = {}  # pictures given back, by output
        self.lapse = Lapse()
        self.chosen = ""  # the output, "" for the first
        self.seed: int | None = None  # of other noise than the training's
        self._make_controls()
        self._make_views()
        self._lay_out()
        self.drawer.answered.connect(self._take_drawn)
        self.giver.answered.connect(self._take_given)
        session.event.connect(self._hear)
        session.document_replaced.connect(self._forget)
        self._ask_for_both()

    # -- asking ------------------------------------------------------------------------------------------------------

    def ask(self) -> None:
        """Ask for the samples that the lists say."""
        self.drawer.ask(self._question)

    @property
    def _question(self) -> Sample:
        output, label = "" if self.chosen in self.pairs else self.chosen, self.label.currentIndex() - 1
        return Sample(output, COUNTS[self.count.currentIndex()], self.seed, (label,) if label >= 0 else ())

    def _ask_for_both(self) -> None:
        """Ask for samples and for pictures that are given back: a design has the one, the other or none."""
        self.ask()
        self.giver.ask(Predict("test", GIVEN_BACK))

    def _hear(self, event: m.Event) -> None:
        if isinstance(event, m.Started):
            self.seed = None
            self.moment.setValue(self.moment.maximum())
            self._ask_for_both()

    def _take_drawn(self, answer: m.Answered) -> None:
        self.error, self.epoch = answer.error, answer.epoch
        if isinstance(answer.result, Samples):
            self.answer = answer.result
        self._follow()

    def _take_given(self, answer: m.Answered) -> None:
        shown = answer.result.shown if isinstance(answer.result, Predictions) else ()
        self.pairs = {each.output: each for each in shown if _given_back(each)}
        self._follow()

    @property
    def _there(self) -> tuple[Samples | None, m.Shown | None]:
        """The samples, if there are any, and the pictures given back, if they are what is shown."""
        answer = self.answer if self.answer is not None and self.answer.outputs else None
        return answer, self.pairs.get(self.chosen) or (None if answer else next(iter(self.pairs.values()), None))

    def _follow(self) -> None:
        """Let nothing be drawn, or given back, again and again that nobody sees."""
        answer, pairs = self._there
        self.giver.follow = pairs is not None
        self.drawer.follow = self.answer is None or (answer is not None and pairs is None)

    def _choose_output(self, which: int) -> None:
        self.chosen = self.output.itemData(which)
        self.label.setCurrentIndex(0)
        self.moment.setValue(self.moment.maximum())
        self._follow()
        if self.chosen in self.pairs:
            self.giver.again()
            self.invalidate()
        else:
            self.ask()

    def new_noise(self) -> None:
        """Draw of other noise."""
        self.seed = secrets.randbelow(SEEDS)
        self.moment.setValue(self.moment.maximum())
        self.ask()

    def old_noise(self) -> None:
        """Draw of the noise of the training again."""
        self.seed = None
        self.ask()

    def _forget(self) -> None:
        self.answer, self.error, self.pairs, self.lapse, self.chosen, self.seed = None, "", {}, Lapse(), "", None
        self.label.clear()
        self._follow()
        self._ask_for_both()

    # -- showing -----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        self.drawer.go()
        self.giver.go()
        answer, pairs = self._there
        there = bool(answer or pairs)
        self._pages.setCurrentIndex(1 if there or self.error else 0)
        if not there and not self.error:
            self._explain()
            return
        self._offer_outputs()
        self._offer_controls(answer, pairs is not None)
        if pairs is not None:
            self.tiles.show_tiles(answers.tiles(pairs))
            self._views.setCurrentWidget(self.tiles)
        elif self.error:
            self.failed.advice.setText(self.error)
            self._views.setCurrentWidget(self.failed)
        elif answer is not None:
            self._offer_classes(answer)
            self._reach(answer)
            self._show(answer)

    def _offer_controls(self, answer: Samples | None, given_back: bool) -> None:
        """Show what can be chosen of samples, and hide it for pictures that are given back."""
        for widget in (self.count, self.moment, self.where, self.fresh):
            widget.setVisible(not given_back)
        self.save.setEnabled(not given_back)
        self.label.setVisible(not given_back and bool(answer and answer.classes))
        self.fixed.setVisible(not given_back and self.seed is not None)
        self._flow.arrange()

    def _reach(self, answer: Samples) -> None:
        """Let the slider reach every moment that is kept, staying where it is."""
        at_end, step = self.moment.value() == self.moment.maximum(), self.lapse.step(self.moment.value())
        self.lapse = Lapse.of(answer.run, answer.node)
        last = len(self.lapse.moments)
        self.moment.blockSignals(True)
        self.moment.setRange(0, last)
        self.moment.setValue(last if at_end else self.lapse.nearest(step))
        self.moment.blockSignals(False)
        self.moment.setEnabled(last > 0)

    def _show(self, answer: Samples) -> None:
        """Show the moment at which the slider stands."""
        values, labels, moment = answer.values, answer.labels, self.lapse.at(self.moment.value())
        if moment is not None and (kept := self.lapse.read(moment)) is not None:
            values, labels = kept.chosen(self.label.currentIndex() - 1, COUNTS[self.count.currentIndex()])
        words = self.tr("Epoch {epoch}") if moment else self.tr("Now · epoch {epoch}")
        self.where.setText(words.format(epoch=brief(moment.epoch if moment else self.epoch)))
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

    def _offer_classes(self, answer: Samples) -> None:
        wanted = [self.tr("All classes"), *answer.classes]
        if [self.label.itemText(n) for n in range(self.label.count())] != wanted:
            self.label.clear()
            self.label.addItems(wanted)
            self._flow.arrange()

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
        anew = moment is None and ending not in FILMS
        to = path if path.lower().endswith(f".{ending}") else f"{path}.{ending}"
        drawn = self._question
        self.session.ask(WriteSamples(drawn.output, drawn.count, drawn.seed if anew else None, drawn.labels, to=to,
                                      step=moment.step if moment else -1))  # fmt: skip

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
        self.output.activated.connect(self._choose_output)
        self.count.activated.connect(self.ask)
        self.label.activated.connect(self.ask)
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
        self.failed = Empty(self.tr("There are no samples"), "")
        self._views.addWidget(self.failed)

    def _lay_out(self) -> None:
        head = self.head = QHBoxLayout()
        head.setContentsMargins(8, 5, 8, 0)
        head.setSpacing(6)
        for box in (self.output, self.label, self.count):
            box.setSizeAdjustPolicy(CalmComboBox.SizeAdjustPolicy.AdjustToContents)
            box.setMaximumWidth(WIDEST)
        self._flow = Flow([self.output, self.label, self.count], 6)
        head.addWidget(self._flow, 1)
        for widget in (self.fixed, self.fresh, self.save):
            widget.setFixedHeight(self.count.sizeHint().height())
            head.addWidget(widget, 0, Qt.AlignmentFlag.AlignTop)
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


def _given_back(shown: m.Shown) -> bool:
    """Whether an output gives pictures back for pictures."""
    return shown.kind == "image" and shown.inputs.ndim == 4 and shown.outputs.ndim == 4
