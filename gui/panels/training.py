"""Train, pause, step, stop; how far it is; and the settings of the training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QScrollArea, QVBoxLayout, QWidget

from backend import messages as m
from graph.document import Change, NodeKey
from graph.plan import of_kind
from graph.settings import SETTINGS
from gui import icons
from gui.inside.curves import part_words, spoken
from gui.inspector import rates
from gui.inspector.fields import FieldRow, setting_field
from gui.inspector.values import brief
from gui.panels import Panel
from gui.parts import Live, Words, clear
from gui.session import Session
from gui.shell.status import duration

TICKS: Final = 1000  # of the progress bar
AHEAD: Final = ("epochs", "batch_size")  # what people change most stands above the learning rate


class TrainingPanel(Live):
    """Buttons with the state of the training, its progress, and every setting with undo."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.started: m.Started | None = None
        self.progress: m.Progress | None = None
        self.ended: m.Finished | m.Failed | m.Died | None = None
        self.rows: dict[str, FieldRow] = {}
        self._built_for: object = None
        self._make_controls()
        self._settings = QVBoxLayout()
        self._settings.setSpacing(0)
        self.later = Words(self.tr("These apply to the next training; the learning rate applies at once."), dim=True)
        self._lay_out()
        session.event.connect(self._hear)
        session.changed.connect(self._hear_document)
        session.document_replaced.connect(self._forget)
        for signal in (session.state_changed, session.analysed):
            signal.connect(self.invalidate)

    def refresh(self) -> None:
        self._refresh_controls()
        self._refresh_progress()
        objectives = tuple(of_kind(self.session.document, "objective"))
        if self._built_for != (self.session.document, objectives):
            self._built_for = (self.session.document, objectives)
            self._build_settings(objectives)
        for row in self.rows.values():
            row.refresh()
        self.later.setVisible(self.session.state != "idle")

    # -- the training ------------------------------------------------------------------------------------------------

    def _hear(self, event: m.Event) -> None:
        match event:
            case m.Started():
                self.started, self.progress, self.ended = event, None, None
            case m.Progress():
                self.progress = event
                if self.isVisible():  # ten times a second: the rest of the panel has not changed
                    self._refresh_progress()
                    return
            case m.Finished():
                self.ended = event
            case m.Failed(doing="train") | m.Died():
                self.ended = event
            case m.Ready():
                pass
            case _:
                return
        self.invalidate()

    def _forget(self) -> None:
        self.started = self.progress = self.ended = None
        self.invalidate()

    def _hear_document(self, changes: Sequence[Change]) -> None:
        if self.session.state in ("running", "paused"):
            for objective, rate in rates.changed(self.session.document, changes):
                self.session.set_learning_rate(rate, objective)
        if any(change.table != "comments" for change in changes):
            self.invalidate()

    def _refresh_controls(self) -> None:
        state, reason = self.session.state, self.held_back()
        paused = state == "paused"
        self.train.setText(self.tr("Continue") if paused else self.tr("Train"))
        self.train.setEnabled(paused or (state == "idle" and not reason))
        self.pause.setEnabled(state == "running")
        self.step.setEnabled(state in ("running", "paused") or (state == "idle" and not reason))
        self.stop.setEnabled(state in ("starting", "running", "paused"))
        self.reason.setText(reason)
        self.show_error.setVisible(self._first_error() is not None and state == "idle")
        self.reason_row.setVisible(bool(reason) and state == "idle")

    def held_back(self) -> str:
        """Why a training cannot start now, or ""."""
        errors = sum(problem.severity == "error" for problem in self.session.problems)
        if not self.session.document.nodes:
            return self.tr("The canvas is empty. Draw a network, or open a template.")
        if errors:
            words = self.tr("One problem keeps") if errors == 1 else self.tr("{n} problems keep").format(n=errors)
            return self.tr("{problems} this design from training.").format(problems=words)
        if not self.session.engine_ready:
            return self.tr("The training process is starting; this takes a few seconds.")
        return ""

    def _first_error(self) -> NodeKey | None:
        errors = (problem.owner for problem in self.session.problems if problem.severity == "error")
        return next((owner for owner in errors if owner in self.session.document.nodes), None)

    def _frame_error(self) -> None:
        if key := self._first_error():
            self.session.select([key])
            self.session.frame_requested.emit(key)

    def _refresh_progress(self) -> None:
        state = self.session.state
        self.bar.setVisible(state != "idle" or self.started is not None)
        self.bar.setRange(0, 0 if state == "starting" else TICKS)
        if state != "starting":
            self.bar.setValue(round(self._share_done() * TICKS))
        self.left.setText(self._where())
        self.right.setText(self._speed())
        stopped = isinstance(self.ended, m.Finished) and self.ended.stopped
        self.go_on.setVisible(state == "idle" and stopped and bool(self.session.run))

    def _share_done(self) -> float:
        if self.started is None:
            return 0.0
        if isinstance(self.ended, m.Finished) and not self.ended.stopped:
            return 1.0
        if self.progress is None:
            return self.started.epoch / max(1, self.started.epochs)
        steps = self.progress.step / self.started.steps if self.started.steps else 0.0
        return min(1.0, (self.progress.epoch + steps) / max(1, self.started.epochs))

    def _where(self) -> str:
        """What the training is at, in words."""
        match self.session.state:
            case "starting":
                return self.tr("Preparing the data and the network…")
            case "stopping":
                return self.tr("Stopping after this step…")
        if isinstance(self.ended, m.Finished):
            return self._result(self.ended)
        if self.ended is not None:
            return self.tr("The training broke off.")
        if self.started is None:
            return self.tr("Not trained yet")
        epoch = min((self.progress.epoch if self.progress else self.started.epoch) + 1, self.started.epochs)
        text = self.tr("Epoch {epoch} of {epochs}").format(epoch=epoch, epochs=self.started.epochs)
        return self.tr("{text}, paused").format(text=text) if self.session.state == "paused" else text

    def _speed(self) -> str:
        if self.session.state != "running" or self.progress is None:
            return ""
        return self.tr("{rate:,.0f} examples/s · {left} left").format(
            rate=self.progress.samples_per_second, left=duration(self.progress.seconds_left))  # fmt: skip

    def _result(self, ended: m.Finished) -> str:
        done = self.tr("Stopped after {time}") if ended.stopped else self.tr("Trained in {time}")
        text = done.format(time=duration(ended.seconds))
        for split in ("test", "validation", "train"):
            if values := ended.metrics.get(split):
                name = next((name for name in values if name != "loss"), "loss")
                shown = f"{values[name]:.1%}" if name.endswith("accuracy") else brief(values[name])
                part, _, metric = name.rpartition(".")
                words = self.tr("{metric} of {part}") if part else "{metric}"
                about = words.format(metric=spoken(metric), part=part_words(part))
                return f"{text} · {split} {about} {shown}"
        return text

    # -- the widgets -------------------------------------------------------------------------------------------------

    def _make_controls(self) -> None:
        self.train = QPushButton(icons.icon("play", "on_accent"), self.tr("Train"))
        self.train.setProperty("primary", True)
        self.train.clicked.connect(self.session.train)
        self.pause = _button("pause", self.tr("Pause"), self.session.pause)
        self.step = _button("step", self.tr("Step"), lambda: self.session.step())
        self.step.setToolTip(self.tr("Do a single training step and hold"))
        self.stop = _button("stop", self.tr("Stop"), self.session.stop)
        self.stop.setToolTip(self.tr("End the training and keep what was learned"))
        self.reason = Words(dim=True)
        self.show_error = _flat(self.tr("Show"), self._frame_error)
        self.go_on = _flat(self.tr("Go on"), lambda: self.session.resume_run())
        self.go_on.setToolTip(self.tr("Go on with this training from where it stopped"))
        self.bar = QProgressBar(textVisible=False)
        self.bar.setAccessibleName(self.tr("Progress of the training"))
        self.left, self.right = QLabel(), QLabel()
        self.left.setProperty("dim", True)
        self.right.setProperty("dim", True)

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        for button in (self.train, self.pause, self.step, self.stop):
            buttons.addWidget(button, 2 if button is self.train else 1)
        self.reason_row = QWidget()
        _line(self.reason_row, self.reason, self.show_error)
        words = QWidget()
        _line(words, self.left, self.go_on, self.right)
        self._inside = inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 4, 4)
        column.addLayout(self._settings)
        column.addWidget(self.later)
        column.addStretch()
        scroll = QScrollArea(widgetResizable=True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 6, 4)
        layout.addLayout(buttons)
        for widget in (self.reason_row, self.bar, words):
            layout.addWidget(widget)
        layout.addWidget(scroll, 1)

    def _build_settings(self, objectives: Sequence[NodeKey]) -> None:
        clear(self._settings)
        fields = {setting.name: setting_field(self.session, setting) for setting in SETTINGS}
        learning = rates.fields(self.session, objectives)
        order = [fields.pop(name) for name in AHEAD if name in fields]
        self.rows = {}
        for field in (*order, *learning, *fields.values()):
            row = FieldRow(field, self.session, helped=False, parent=self._inside)
            self.rows[field.label or field.parameter.name] = row
            self._settings.addWidget(row)


def _button(icon: str, text: str, slot: object) -> QPushButton:
    button = QPushButton(icons.icon(icon), text)
    button.clicked.connect(slot)
    return button


def _flat(text: str, slot: object) -> QPushButton:
    button = QPushButton(text)
    button.setProperty("flat", True)
    button.clicked.connect(slot)
    return button


def _line(widget: QWidget, first: QWidget, *others: QWidget) -> None:
    """One row in which the first takes all the room that is left."""
    layout = QHBoxLayout(widget)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(first, 1)
    for other in others:
        layout.addWidget(other)


PANEL = Panel("training", "Training", "bottom", TrainingPanel, order=10, beside=True)
