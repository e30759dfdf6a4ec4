"""The space of codes: where examples lie by what a node makes of them, and what becomes of the places between."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from backend import messages as m
from backend.questions.latent import Codes, Decode, Decoded, Faces, FacesSeen
from gui.inside.asking import Asker
from gui.inside.code_side import TSNE, CodeSide
from gui.inside.decoded import DecodedColumn
from gui.inside.latent_controls import LatentControls
from gui.inside.plane import FACE, limits_of
from gui.inside.spots import span_of
from gui.inside.tiles import scaled
from gui.inspector.values import brief
from gui.panels import Panel
from gui.parts import Empty, Live, grouped
from gui.session import Session


class LatentPanel(Live):
    """Asks for the codes of examples while seen, and again as the training goes on, and decodes where one points."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.controls = LatentControls(session)
        self.here, self.there = CodeSide(session, self, follow=True), CodeSide(session, self, follow=False)
        self.faces = Asker(session, self, follow=False)
        self.decoder = Asker(session, self)
        self.seen: FacesSeen | None = None
        self._waiting: Decode | None = None  # where the mouse went while a code was being decoded
        self._lay_out()
        self.controls.changed.connect(self.ask)
        self.controls.compared.connect(self._compare)
        self.here.arrived.connect(self._take)
        self.there.arrived.connect(self._take_other)
        self.faces.answered.connect(self._take_faces)
        self.decoder.answered.connect(self._take_decoded)
        for side, other in ((self.here, self.there), (self.there, self.here)):
            side.view.face = partial(self._face, side)
            side.view.hovered.connect(partial(self._light_up, side, other))
        self.here.view.held.connect(self._hold)
        self.here.view.moved.connect(self._move)
        session.document_replaced.connect(self._forget)
        self.ask()

    # -- asking ------------------------------------------------------------------------------------------------------

    def ask(self) -> None:
        """Ask for what the lists say."""
        self.here.ask(self.controls.question())
        self._decode(None)
        if self.controls.runs.folder:
            self._compare()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.column.fit(self.width())

    def refresh(self) -> None:
        for each in (self.here, self.there, self.faces, self.decoder):
            each.go()
        plane = self.here.plane
        if plane is None:
            self._explain()
        self._pages.setCurrentIndex(1 if plane is not None else 0)

    def _forget(self) -> None:
        self.controls.forget()
        self.seen = None
        self.there.ask(None)
        self.there.setVisible(False)
        self.here.ask(None)
        self.faces.ask(None)
        self.column.show_example("", None)
        self.column.show_decoded(None, "")
        self.ask()

    def _compare(self) -> None:
        """Show another run beside this one, in the same plane where that has a meaning."""
        folder, plane = self.controls.runs.folder, self.here.plane
        self.there.setVisible(bool(folder))
        self.here.title.setVisible(bool(folder))
        self.here.title.setText("   " + self.tr("This run"))
        metrics, room = self.there.title.fontMetrics(), max(80, (self.width() - self.column.width()) // 2 - 24)
        name = metrics.elidedText(Path(folder).name, Qt.TextElideMode.ElideMiddle, room)
        self.there.title.setText("   " + name)
        self.there.title.setToolTip(folder)
        self.there.title.setVisible(bool(folder))
        if not folder or plane is None:
            self.there.ask(None)
            self.here.show_places()
            return
        question = replace(self.controls.question(), centre=plane.centre, directions=plane.directions)
        self.here.ask(question)
        self.there.ask(replace(question, run=folder))

    # -- showing -----------------------------------------------------------------------------------------------------

    def _take(self) -> None:
        plane = self.here.plane
        if plane is None or self.here.error:
            self.here.tell(self.here.error)
            self.invalidate()
            return
        self.controls.offer(plane)
        if self.seen is None or (self.seen.split, len(self.seen.rows)) != (plane.split, len(plane.rows)):
            self.faces.ask(Faces(split=plane.split, count=len(plane.rows)))
        self.here.view.movable = plane.centre is not None and bool(plane.decodes)
        self._show_both()
        self._advise()
        self.invalidate()

    def _take_other(self) -> None:
        question = self.there.asker.question
        plane = self.here.plane
        if self.there.error and plane is not None and isinstance(question, Codes) and question.node:
            self.there.ask(replace(question, node="", port=""))  # the own code of another design
            return
        self.there.tell(self.there.error or (self.there.plane.note if self.there.plane else ""))
        self._show_both()

    def _show_both(self) -> None:
        here, there = self.here, self.there
        alike = there.plane is not None and here.plane is not None and there.plane.size == here.plane.size
        shared = alike and not there.isHidden() and here.method != TSNE
        limits = limits_of(here.places, there.places) if shared else None
        span = None
        if here.plane and there.plane and not there.isHidden() and here.plane.colour == there.plane.colour:
            span = span_of(np.concatenate([here.plane.values, there.plane.values]))
        here.show_places(limits, span)
        there.show_places(limits, span)

    def _face(self, side: CodeSide, example: int) -> tuple[QPixmap | None, str]:
        """The picture of an example and a line about it."""
        plane = side.plane
        assert plane is not None
        row = int(plane.rows[example])
        picture, words = self._seen_of(row)
        parts = [grouped(row + 1), words]
        if not plane.names and np.isfinite(plane.values[example]):
            about = dict(plane.colourings).get(plane.colour, plane.colour)
            parts.append(f"{about} {brief(float(plane.values[example]))}")
        pixmap = None if picture is None else scaled(picture, FACE, self.devicePixelRatioF())
        return pixmap, " · ".join(part for part in parts if part)

    def _seen_of(self, row: int) -> tuple[np.ndarray | None, str]:
        if self.seen is None:
            return None, ""
        place = int(np.searchsorted(self.seen.rows, row))
        if place >= len(self.seen.rows) or self.seen.rows[place] != row:
            return None, ""
        return None if self.seen.pictures is None else self.seen.pictures[place], self.seen.words[place]

    def _light_up(self, side: CodeSide, other: CodeSide, example: int) -> None:
        """Show the same example in the other run too."""
        if side.plane is None or other.plane is None or other.isHidden():
            return
        same = np.array_equal(side.plane.rows, other.plane.rows) and side.plane.split == other.plane.split
        other.view.light_up(example if same else -1)

    def _take_faces(self, answer: m.Answered) -> None:
        self.seen = answer.result if isinstance(answer.result, FacesSeen) else None
        self.here.view.update()

    # -- decoding ----------------------------------------------------------------------------------------------------

    def _hold(self, example: int) -> None:
        """Keep an example in sight, and what the network makes of its code."""
        plane = self.here.plane
        if plane is None:
            return
        if example < 0:
            self.column.show_example("", None)
            return
        row = int(plane.rows[example])
        picture, words = self._seen_of(row)
        title = self.tr("Example {number}").format(number=grouped(row + 1))
        self.column.show_example(f"{title} · {words}" if words and picture is not None else title, picture)
        if plane.decodes:
            self._decode(Decode(plane.node, plane.port, split=plane.split, example=row, whole=False,
                                shift=np.zeros(plane.size, np.float32)))  # fmt: skip

    def _move(self, example: int, x: float, y: float) -> None:
        """Decode the place that an example was dragged to, or that the free cursor is at."""
        plane = self.here.plane
        if plane is None or plane.centre is None or plane.directions is None:
            return
        if example >= 0:
            moved = np.array([x, y], np.float32) - plane.places[example]
            row, shift = int(plane.rows[example]), moved @ plane.directions
        else:
            shift = plane.centre + np.array([x, y], np.float32) @ plane.directions
            near = np.square(plane.places - (x, y)).sum(axis=1).argmin()
            row = int(plane.rows[self.here.view.hold if self.here.view.hold >= 0 else near])
        self._decode(Decode(plane.node, plane.port, split=plane.split, example=row, whole=example < 0,
                            shift=shift.astype(np.float32)))  # fmt: skip

    def _decode(self, question: Decode | None) -> None:
        """Decode this as soon as what is under way is done; None for nothing any more."""
        if question is not None and self.decoder.waiting:
            self._waiting = question
            return
        self._waiting = None
        self.decoder.ask(question)

    def _take_decoded(self, answer: m.Answered) -> None:
        found, waiting = answer.result, self._waiting
        if waiting is not None:
            self._waiting = None
            self.decoder.ask(waiting)
        if isinstance(found, Decoded):
            beside = self.tr("It also reads {names}, taken from example {number}.").format(
                names=", ".join(found.beside), number=grouped(getattr(answer.question, "example", 0) + 1))  # fmt: skip
            self.column.show_decoded(found, beside if found.beside else "")
        else:
            self.column.show_decoded(None, answer.error)

    def _advise(self) -> None:
        """Say what can be decoded, as long as nothing is."""
        plane = self.here.plane
        assert plane is not None
        if self.decoder.question is not None:
            return
        if not plane.decodes:
            words = self.tr("Nothing behind “{node}” leads to an Output, so its codes cannot be decoded. Choose a node "
                            "before a decoder.").format(node=plane.node)  # fmt: skip
        elif plane.centre is None:
            words = self.tr("Click an example to decode its code. No code belongs to a place on a map of neighbours: "
                            "choose PCA to move about.")  # fmt: skip
        else:
            words = self.tr("Drag an example, or click between them: what “{output}” makes of that code appears "
                            "here.").format(output=plane.decodes[0])  # fmt: skip
        self.column.show_decoded(None, words)

    def _explain(self) -> None:
        title, advice = self.tr("No codes yet"), self.tr(
            "Press Train, or open a finished run: examples appear here by what a node makes of them, such as the code "
            "of an auto-encoder or the last hidden layer of a classifier.")  # fmt: skip
        if self.here.error:
            title, advice = self.tr("There are no codes to show"), self.here.error
        elif self.session.run:
            title, advice = self.tr("Looking at the codes…"), ""
        self.empty.title.setText(title)
        self.empty.advice.setText(advice)

    def _lay_out(self) -> None:
        self.column, self.empty = DecodedColumn(), Empty("", "")
        self.here.view.setAccessibleName(self.tr("Codes of the examples"))
        self.there.view.setAccessibleName(self.tr("Codes of the examples in the other run"))
        self.there.setVisible(False)
        sides = QHBoxLayout()
        sides.setSpacing(0)
        sides.addWidget(self.here, 1)
        sides.addWidget(self.there, 1)
        sides.addWidget(self.column)
        full = QWidget()
        column = QVBoxLayout(full)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.controls)
        column.addLayout(sides, 1)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(full)


PANEL = Panel(
    "latent",
    "Latent",
    "bottom",
    LatentPanel,
    order=34,
    suits=lambda gist: int("latent" in gist.outputs or gist.restores),
)
