"""The data of the design, and data that is brought to it: what it is, what it looks like, and how it is prepared."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSplitter,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from backend import messages as m
from graph.document import NodeKey
from gui.data import subject as data_subject
from gui.data.card import ImportCard
from gui.data.download import DownloadBar
from gui.data.fields import FieldPane
from gui.data.sources import SourceBar, size_words
from gui.data.subject import Subject
from gui.data.uses import with_use
from gui.panels import Panel
from gui.parts import Empty, Live, Words, grouped, settle
from gui.session import Session

WIDE: Final = 620  # pixels from which on the examples stand beside what is said of them
WORDS: Final = 320  # pixels that what is said has there, at least
SOON: Final = 250  # milliseconds before “Reading…” is worth saying
SHARES: Final = ("train", "validation", "test")


class DataPanel(Live):
    """Shows the data of the selected node, or data that was brought and is not in the design yet."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.brought: Subject | None = None  # looked at, but not of the design
        self.answer: m.Previewed | None = None
        self.label = -1
        self._offered: m.Previewed | None = None  # of a set that is to be downloaded
        self._fitted: tuple[object, ...] = ()
        self._drawn: tuple[object, ...] = ()
        self._heard = 0  # answers
        self._come = 0  # bytes of a download that was cancelled
        self._files: list[str] = []  # brought in this session
        self._request: m.Preview | None = None  # the last one
        self._late = QTimer(self, singleShot=True, interval=SOON)
        self._late.timeout.connect(self._say_reading)
        self._make_widgets()
        self._lay_out()
        session.previews.answered.connect(self._hear)
        session.previews.loading.connect(self._hear_loading)
        session.previews.offered.connect(self.look_at)
        session.changed.connect(self.invalidate)
        session.selection_changed.connect(self._follow_selection)
        session.document_replaced.connect(self._forget)

    @property
    def subject(self) -> Subject | None:
        """What is shown."""
        return self.brought or data_subject.of_design(self.session)

    # -- asking ------------------------------------------------------------------------------------------------------

    def look_at(self, source: str) -> None:
        """Show a source that is not of the design, and propose what to do with it."""
        if Path(source).exists() and source not in self._files:
            self._files.append(source)
        self.brought, self.label, self._come = Subject(source), -1, 0
        self.invalidate()

    def dismiss(self) -> None:
        """Go back to the data of the design."""
        self.brought, self.label = None, -1
        self.invalidate()

    def go_back(self) -> None:
        """From what cannot be read to what could: the same data as it was proposed, else that of the design."""
        if self.brought is not None and (self.brought.node_type or self.brought.parameters):
            self.look_at(self.brought.source)
        else:
            self.dismiss()

    def download(self) -> None:
        """Bring a known set that is not on this machine, or go on bringing it."""
        if self.subject is not None:
            self._request, self.answer = None, self._offered  # the last one may have been the same, and failed
            self._ask(self.subject, download=True)
            self.progress.begin()
            self._drawn = ()
            self.invalidate()

    def cancel_download(self) -> None:
        """End the download; what has come so far is kept for the next one."""
        if self.subject is not None:
            self._come = self.progress.come
            self._ask(self.subject)  # the worker lets go of what it does for what is asked later
            self._drawn = ()
            self.invalidate()

    def _follow_selection(self) -> None:
        if any(data_subject.is_data(self.session.document.nodes[key].type) for key in self.session.selection):
            self.dismiss()
        else:
            self.invalidate()

    def _forget(self) -> None:
        self.brought, self.answer, self._request, self.label = None, None, None, -1
        self.invalidate()

    def _ask(self, subject: Subject, offset: int = 0, *, download: bool = False) -> None:
        seed = data_subject.seed_of(self.session.document)
        request = subject.request(seed, self.label, offset, download)
        if request != self._request:
            self._request = request
            self.session.previews.ask(request)
            self._late.start()

    def _page(self, label: int, offset: int) -> None:
        self.label = label
        if self.subject is not None:
            self._ask(self.subject, offset)

    def _hear(self, answer: m.Previewed) -> None:
        asked = self._request
        if asked is None or answer.request.download != asked.download:
            return
        if _same(answer.request, asked) and answer.request.label == self.label:
            self.answer = answer
            self._offered = answer if answer.missing else None if not answer.error else self._offered
            self._heard += 1
            self.progress.hide()
            if answer.done:
                self._late.stop()
            self.invalidate()

    def _hear_loading(self, event: m.Loading) -> None:
        if self._downloading:
            self.progress.tell(event)

    @property
    def _downloading(self) -> bool:
        """Whether a download that was asked for here has not been answered."""
        return (
            self._request is not None
            and self._request.download
            and (self.answer is None or not self.answer.request.download)
        )

    # -- showing -----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        subject = self.subject
        self.card.setVisible(self.brought is not None)
        files = [path for path in self._of_design() if path not in self._files]
        self.sources.show_source(subject.source if subject else "", files + self._files)
        if subject is None:
            self._tell(self.tr("No data yet"), self.tr(
                "Choose a data set above, or drop a file or a folder anywhere on the window."))  # fmt: skip
            return
        request = self._request
        if request is None or not _same(request, subject.request(request.seed)) or request.seed != self._seed:
            self._ask(subject)
        answer = self.answer
        if answer is None or self._request is None or not _same(answer.request, self._request):
            if answer is None or answer.error or answer.request.source != subject.source:
                self._pages.setCurrentWidget(self.waiting)
            return
        if answer.error:
            self._refuse(answer)
            return
        drawn = subject, self._heard, tuple(data_subject.data_nodes(self.session.document))
        if drawn != self._drawn or self._pages.currentWidget() is not self.full:
            self._drawn = drawn
            self._show(subject, answer)

    @property
    def _seed(self) -> int:
        return data_subject.seed_of(self.session.document)

    def _of_design(self) -> list[str]:
        """The files and folders that the design reads."""
        document = self.session.document
        found = (data_subject.of_node(document, key).source for key in data_subject.data_nodes(document))
        return list(dict.fromkeys(source for source in found if self.sources.box.findData(source) < 0))

    def _show(self, subject: Subject, answer: m.Previewed) -> None:
        whose = f"{subject.key.node}: " if subject.key else ""
        self.title.setText(f"{whose}{answer.title}")
        self.found.setText(" ".join(filter(None, (answer.about, answer.found))))
        self.fact.setText(self._facts(answer))
        self.fact.setVisible(bool(self.fact.text()))
        self.kept.setText(answer.kept)
        self.kept.setVisible(bool(answer.kept))
        self.notes.setText("\n".join(answer.notes))
        self.notes.setVisible(bool(answer.notes))
        origin = [self.tr("Licence: {name}.").format(name=answer.licence)] if answer.licence else []
        self.origin.setText(" ".join([*origin, answer.citation]))
        self.origin.setVisible(bool(self.origin.text()))
        self.fetch.setVisible(answer.missing and answer.size > 0 and not self._downloading)
        words = self.tr("Go on with the download") if self._come else self.tr("Download {size}")
        self.fetch.setText(words.format(size=size_words(answer.size)))
        self.progress.setVisible(self._downloading)
        if self.brought is not None:
            self.card.show_answer(self.brought, answer, data_subject.data_nodes(self.session.document))
        self.pane.setVisible(bool(answer.fields or answer.columns))
        self.pane.show_answer(answer, (subject.source, subject.key))
        self._pages.setCurrentWidget(self.full)
        if (whose, subject.source, answer.done) != self._fitted:
            self._fitted = whose, subject.source, answer.done
            QTimer.singleShot(0, self, self._part)  # once the page has its size

    def _part(self) -> None:
        """Give the words what they need, but at most half of the room, and the examples the rest."""
        settle(self.told)
        wide = self.full.orientation() == Qt.Orientation.Horizontal
        room = self.full.width() if wide else self.full.height()
        inside = self._inside.layout()
        needed = inside.totalHeightForWidth(self.told.viewport().width()) if inside else 0
        words = max(WORDS, room * 2 // 5) if wide else min(needed, room // 2)
        self.full.setSizes([words, room - words])

    def _facts(self, answer: m.Previewed) -> str:
        if answer.missing:
            begun = self.tr("Not on this machine yet. What has come so far is kept.") if self._come else ""
            return begun or self.tr("Not on this machine yet.")
        words = {"train": self.tr("{count} to train"), "validation": self.tr("{count} to watch the training"),
                 "test": self.tr("{count} to test")}  # fmt: skip
        counts = [words[part].format(count=grouped(answer.splits[part])) for part in SHARES if answer.splits.get(part)]
        told = answer.bytes and not answer.kept  # which says it, and where they are
        size = self.tr("{size} in memory").format(size=size_words(answer.bytes)) if told else ""
        return " · ".join(filter(None, [*counts, size]))

    def _refuse(self, answer: m.Previewed) -> None:
        """Say why there is nothing to show, with a button for what can be done about it."""
        if answer.request.download:
            self._tell(self.tr("The download has not worked"), answer.error, self.tr("Try again"))
        else:
            self._tell(self.tr("This cannot be read"), answer.error, self.tr("Back") if self.brought else "")

    def _tell(self, title: str, advice: str, action: str = "") -> None:
        self.empty.title.setText(title)
        self.empty.advice.setText(advice)
        self.empty.setAccessibleDescription(f"{title}. {advice}")
        self.empty.button.setText(action)
        self.empty.button.setVisible(bool(action))
        self._pages.setCurrentWidget(self.empty)

    def _leave_error(self) -> None:
        if self.answer is not None and self.answer.request.download:
            self.download()
        else:
            self.go_back()

    def _say_reading(self) -> None:
        if self._request is not None and (self.answer is None or not _same(self.answer.request, self._request)):
            self.waiting.setText(self.tr("Reading “{name}”…").format(name=self._request.source))

    # -- what is done with it ----------------------------------------------------------------------------------------

    def _edit(self, name: str, value: object) -> None:
        if self.brought is not None and self.answer is not None:
            self.brought = replace(self.brought, node_type=self.answer.node_type).changed(name, value)  # type: ignore[arg-type]
            self.invalidate()

    def _read_as(self, node_type: str) -> None:
        if self.brought is not None:
            self.brought, self.label = Subject(self.brought.source, node_type), -1
            self.invalidate()

    def _use_column(self, column: str, use: str) -> None:
        """Change what a column is used for, in the node or in what is only looked at."""
        subject = self.subject
        if subject is None:
            return
        for name, value in with_use(subject, column, use).items():
            if subject.key is None:
                self._edit(name, value)
            else:
                data_subject.set_parameter(self.session, subject.key, name, value)

    def _complete(self) -> Subject | None:
        """What was brought, as a node is to read it: with what was proposed."""
        if self.brought is None or self.answer is None or self.answer.error:
            return None
        made = replace(self.brought, node_type=self.answer.node_type)
        return replace(made, parameters=dict(self.answer.proposed) | dict(made.parameters))

    def add(self) -> None:
        """Put a node that reads what was brought on the canvas."""
        if (made := self._complete()) is not None:
            key = data_subject.add_node(self.session, made)
            self.session.frame_requested.emit(key)

    def use_in(self, key: NodeKey) -> None:
        """Let a node read what was brought."""
        if (made := self._complete()) is not None:
            data_subject.use_in(self.session, key, made)
            self.dismiss()

    # -- the widgets -------------------------------------------------------------------------------------------------

    def _make_widgets(self) -> None:
        self.sources = SourceBar(self)
        self.sources.chosen.connect(self.look_at)
        self.card = ImportCard(self.session)
        self.card.edited.connect(self._edit)
        self.card.type_wanted.connect(self._read_as)
        self.card.add_wanted.connect(self.add)
        self.card.use_wanted.connect(self.use_in)
        self.card.dismissed.connect(self.dismiss)
        self.title = QLabel()
        self.title.setProperty("heading", True)
        self.title.setWordWrap(True)
        self.found, self.fact, self.kept = Words(), Words(dim=True), Words(dim=True)
        self.notes, self.origin = Words(dim=True), Words(dim=True)
        self.fetch = QPushButton()
        self.fetch.clicked.connect(self.download)
        self.progress = DownloadBar(parent=self)
        self.progress.cancelled.connect(self.cancel_download)
        self.pane = FieldPane()
        self.pane.page_wanted.connect(self._page)
        self.pane.use_wanted.connect(self._use_column)
        self.empty = Empty("", "", self.tr("Back"))
        self.empty.button.clicked.connect(self._leave_error)
        self.waiting = QLabel()
        self.waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.waiting.setProperty("dim", True)
        self.waiting.setWordWrap(True)

    def _lay_out(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(9, 4, 4, 6)
        column.setSpacing(5)
        for widget in (self.title, self.found, self.card, self.fact, self.kept, self.progress, self.notes, self.origin):
            column.addWidget(widget)
        column.insertWidget(4, self.fetch, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch()
        self._inside = inside
        self.told = QScrollArea()
        self.told.setWidgetResizable(True)
        self.told.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.told.setWidget(inside)
        self.full = QSplitter(Qt.Orientation.Vertical)
        self.full.setChildrenCollapsible(False)
        self.full.addWidget(self.told)
        self.full.addWidget(self.pane)
        pages = QWidget()
        self._pages = QStackedLayout(pages)
        for page in (self.empty, self.waiting, self.full):
            self._pages.addWidget(page)
        head = QHBoxLayout()
        head.setContentsMargins(8, 6, 8, 2)
        head.addWidget(self.sources)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(2)
        whole.addLayout(head)
        whole.addWidget(pages, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        way = Qt.Orientation.Horizontal if self.width() >= WIDE else Qt.Orientation.Vertical
        if way != self.full.orientation():
            self.full.setOrientation(way)
            QTimer.singleShot(0, self, self._part)

    def restyle(self) -> None:
        self._drawn = ()
        super().restyle()
        self.pane.restyle()


def _same(one: m.Preview, other: m.Preview) -> bool:
    """Whether two requests are about the same, whatever page they ask for."""
    return (one.source, one.node_type, dict(one.parameters)) == (other.source, other.node_type, dict(other.parameters))


PANEL = Panel("data", "Data", "right", DataPanel, order=20)
