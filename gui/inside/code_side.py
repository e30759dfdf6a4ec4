"""One run's codes in the plane, with the map of neighbours that is made of them in the background."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from backend.messages import Answered
from backend.questions.latent import CodePlane, Codes, NeighbourMap, Neighbours
from gui.inside.asking import Asker
from gui.inside.plane import Coloured, PlaneView
from gui.parts import Live, Words, tool
from gui.session import Session

SOON: Final = 400  # milliseconds between two looks at how far a map is
TSNE: Final = "tsne"


class CodeSide(QWidget):
    """Asks for codes and shows them. ``arrived`` says that there are new ones, or why there are none.

    follow: whether to ask again while a training goes on; a map of neighbours is made only when it is asked for
    """

    arrived = Signal()

    def __init__(self, session: Session, panel: Live, follow: bool) -> None:
        super().__init__()
        self.asker = Asker(session, panel, follow)
        self.maps = Asker(session, panel, follow=False)
        self.plane: CodePlane | None = None
        self.error = ""
        self.map: np.ndarray | None = None  # of neighbours, once it is there
        self._panel, self._follow = panel, follow
        self._later = QTimer(self, singleShot=True, interval=SOON)
        self._later.timeout.connect(self.maps.again)
        self.asker.answered.connect(self._take)
        self.maps.answered.connect(self._take_map)
        self._lay_out()

    # -- asking ------------------------------------------------------------------------------------------------------

    def ask(self, question: Codes | None) -> None:
        """Ask this from now on, and end the work on an older map; None for nothing."""
        self._end_map()
        self.error, self.map = "", None
        if question is None:
            self.plane = None
        self.asker.follow = self._follow and question is not None and question.method != TSNE
        self.asker.ask(question)

    def go(self) -> None:
        """Send what is to be asked; the panel calls this while it is seen."""
        self.asker.go()
        self.maps.go()

    @property
    def method(self) -> str:
        question = self.asker.question
        return question.method if isinstance(question, Codes) else ""

    @property
    def places(self) -> np.ndarray:
        """Where the examples are now, (examples, 2)."""
        if self.map is not None:
            return self.map
        return self.plane.places if self.plane is not None else np.zeros((0, 2), np.float32)

    def cancel(self) -> None:
        """End the work on a map; the plane of principal components stays."""
        self._end_map()
        self.tell(self.tr("The map was ended; these are the principal components."))

    def tell(self, sentence: str) -> None:
        """Say something below the plane; "" for nothing."""
        self.about.setText(sentence)
        self.about.setVisible(bool(sentence))

    def _take(self, answer: Answered) -> None:
        self.error = answer.error
        self.map = None
        if isinstance(answer.result, CodePlane):
            self.plane = answer.result
            self.tell(self.plane.note)
            if self.method == TSNE and self.asker.question is not None:
                self.work.setVisible(True)
                self.bar.setValue(0)
                self.maps.ask(Neighbours(of=self.asker.question.asker))
        self.arrived.emit()

    def _take_map(self, answer: Answered) -> None:
        found = answer.result
        if isinstance(answer.question, Neighbours) and answer.question.stop:
            return
        if isinstance(found, NeighbourMap) and found.places is None:
            self.bar.setValue(round(found.done * 100))
            self._later.start()
            return
        self.work.setVisible(False)
        self.tell(answer.error or (self.plane.note if self.plane else ""))
        if isinstance(found, NeighbourMap):
            self.map = found.places
            self.arrived.emit()

    def _end_map(self) -> None:
        self._later.stop()
        if not self.work.isHidden() and isinstance(self.maps.question, Neighbours):
            self.maps.ask(replace(self.maps.question, stop=True))
        self.work.setVisible(False)

    # -- showing -----------------------------------------------------------------------------------------------------

    def show_places(self, limits: np.ndarray | None = None, span: tuple[float, float] | None = None) -> None:
        """Show what there is; ``limits`` as in ``PlaneView``, ``span`` as in ``Coloured``."""
        if self.plane is not None:
            about = dict(self.plane.colourings).get(self.plane.colour, self.plane.colour)
            coloured = Coloured(self.plane.values, self.plane.names, about, span)
            self.view.show_plane(self.places, coloured, self._labels(self.plane), limits)

    def _labels(self, plane: CodePlane) -> tuple[str, str]:
        if self.map is not None:
            return self.tr("t-SNE 1"), self.tr("t-SNE 2")
        question = self.asker.question
        if isinstance(question, Codes) and self.method == "plain":
            first, second = (self.tr("number {n}").format(n=axis + 1) for axis in question.axes)
            return first, second
        words = self.tr("component {n} · {share:.0%}") if any(plane.shares) else self.tr("component {n}")
        first, second = (words.format(n=n, share=share) for n, share in enumerate(plane.shares, 1))
        return first, second

    def _lay_out(self) -> None:
        self.title, self.about, self.view = QLabel(), Words(dim=True), PlaneView()
        self.title.setProperty("heading", True)
        self.title.setVisible(False)
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        policy = self.about.sizePolicy()  # changed, not made anew: a new one would forget that words wrap
        policy.setVerticalPolicy(QSizePolicy.Policy.Maximum)
        self.about.setSizePolicy(policy)
        self.about.setContentsMargins(10, 0, 10, 2)
        self.about.setVisible(False)
        self.bar = QProgressBar()
        self.bar.setRange(0, 100)
        self.bar.setFormat(self.tr("Map of neighbours %p%"))
        self.bar.setAccessibleName(self.tr("Progress of the map of neighbours"))
        self.end = tool(self, self.tr("End"), "close", self.tr("End the work on the map"), worded=True)
        self.end.clicked.connect(self.cancel)
        self.work = QWidget()
        row = QHBoxLayout(self.work)
        row.setContentsMargins(10, 0, 8, 0)
        row.addWidget(self.bar, 1)
        row.addWidget(self.end)
        self.work.setVisible(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.title)
        column.addWidget(self.work)
        column.addWidget(self.view, 1)
        column.addWidget(self.about)
