"""How good the network is, over a whole part of the data: pages that suit what each output tells, live."""

from __future__ import annotations

from typing import Final

from PySide6.QtGui import QResizeEvent, QStandardItemModel
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from backend import messages as m
from backend.questions.results import Found, Page, Result, Results
from gui.inside.asking import Asker
from gui.inside.gist import Gist
from gui.inside.results import page as pages
from gui.inside.splits import SPLITS
from gui.panels import Panel
from gui.parts import Empty, Live
from gui.session import Session

ROOMY: Final = 880  # pixels that the controls of the panel and of a page have beside each other


class ResultsPanel(Live):
    """Finds out which outputs there are, and brings the chosen page of the chosen output to the front."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.finder = Asker(session, self, follow=False)
        self.found: Found | None = None
        self.pages: dict[Page, pages.Page] = {}
        self.offered: list[Page] = []
        self._make_controls()
        self._lay_out()
        session.event.connect(self._hear)
        session.document_replaced.connect(self._forget)

    # -- asking ------------------------------------------------------------------------------------------------------

    def _hear(self, event: m.Event) -> None:
        match event:
            case m.Started():
                self.found = None
                self.finder.ask(Results())
            case m.Metrics() | m.Finished() if self.found is None and not self.finder.waiting:
                self.finder.again()  # what could not be found out may be by now

    def _forget(self) -> None:
        self.found = None
        self.invalidate()

    # -- showing -----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        self.finder.go()
        answer = self.finder.last
        if answer is not None and answer.result is not None and answer.result is not self.found:
            self.found = answer.result
            self._offer()
        self._show()

    def _offer(self) -> None:
        assert self.found is not None
        telling = [number for number, each in enumerate(self.found.results) if each.pages != ("values",)]
        pages.offer(self.output, [each.name for each in self.found.results], telling[0] if telling else 0)
        for number, split in enumerate(SPLITS):
            model = self.split.model()
            if isinstance(model, QStandardItemModel):
                model.item(number).setEnabled(bool(self.found.counts.get(split)))
        if not self.found.counts.get(SPLITS[self.split.currentIndex()]):
            having = [number for number, split in enumerate(SPLITS) if self.found.counts.get(split)]
            self.split.setCurrentIndex(having[0] if having else 0)
        self._offer_pages()

    def _offer_pages(self) -> None:
        result = self._result()
        self.offered = list(result.pages) if result else []
        pages.offer(self.page, [self._title(each) for each in self.offered])

    def _title(self, page: Page) -> str:
        return {
            "classes": self.tr("Classes"), "numbers": self.tr("Numbers"), "series": self.tr("Forecast"),
            "text": self.tr("Text"), "plane": self.tr("Decision boundary"), "columns": self.tr("Effect of a column"),
            "errors": self.tr("Anomalies"), "values": self.tr("What it gives"),
        }[page]  # fmt: skip

    def _result(self) -> Result | None:
        found = self.found.results if self.found else ()
        place = max(0, self.output.currentIndex())
        return found[place] if place < len(found) else None

    def _show(self) -> None:
        result = self._result()
        self.bar.setVisible(result is not None and bool(self.session.run))
        self.split.setVisible(bool(self.offered))
        if result is None or not self.offered or not self.session.run:
            self._explain()
            return
        page = self.offered[max(0, self.page.currentIndex())]
        if page not in self.pages:
            self.pages[page] = made(page, self.session)
            self.views.addWidget(self.pages[page])
        shown, split = self.pages[page], SPLITS[self.split.currentIndex()]
        if shown.asker.question is None or (shown.result, shown.split) != (result, split):
            shown.look(result, split)
        self.views.setCurrentWidget(shown)
        self._place_controls()
        self.split.setVisible(page != "plane")  # which shows the examples of all parts
        self._stack.setCurrentIndex(1)

    def _place_controls(self) -> None:
        """Have the controls of the page in front beside those of the panel where there is room, else above the page."""
        for page in self.pages.values():
            if page is not self.views.currentWidget() or self.width() < ROOMY:
                page.keep_controls()
            elif page.flow.parent() is not self.bar:
                self._head.insertWidget(self._head.count() - 1, page.flow, 100)
                page.flow.show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_controls()

    def _explain(self) -> None:
        answer = self.finder.last
        title = self.tr("No results yet")
        advice = self.tr(
            "Press Train, or open a finished run: how well the network does on data that it has not learned from "
            "appears here, live."
        )
        if answer is not None and answer.error:
            title, advice = self.tr("The results cannot be shown"), answer.error
        elif self.found is not None and self.session.run:
            title = self.tr("Nothing to measure here")
            advice = self.tr("The design has no output: add an Output node after what the network predicts.")
        elif self.session.run:
            title, advice = self.tr("Finding out what there is to see"), ""
        self.empty.title.setText(title)
        self.empty.advice.setText(advice)
        self._stack.setCurrentIndex(0)

    # -- the widgets -------------------------------------------------------------------------------------------------

    def _make_controls(self) -> None:
        self.output = pages.chooser(self.tr("Output"), self.tr("Which output of the design to look at"))
        self.page = pages.chooser(self.tr("Page"), self.tr("How to look at it"))
        self.split = pages.chooser(
            self.tr("Split"),
            self.tr("Which part of the data the examples are from"),
            (self.tr("Test"), self.tr("Validation"), self.tr("Train")),
        )  # as in SPLITS
        self.output.activated.connect(self._choose_output)
        self.page.activated.connect(lambda _: self.invalidate())
        self.split.activated.connect(lambda _: self.invalidate())

    def _choose_output(self, _: int) -> None:
        self._offer_pages()
        self.invalidate()

    def _lay_out(self) -> None:
        self.bar = QWidget()
        self._head = QHBoxLayout(self.bar)
        self._head.setContentsMargins(8, 5, 8, 4)
        self._head.setSpacing(6)
        for box in (self.output, self.page, self.split):
            self._head.addWidget(box)
        self._head.addStretch(1)
        self.views, self.empty = QStackedWidget(), Empty("", "")
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.views)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self._stack, 1)


def made(page: Page, session: Session) -> pages.Page:
    """A page; what draws the plots is loaded with the first one, and not with the window."""
    from gui.inside.results.classes import ClassesPage
    from gui.inside.results.columns import ColumnsPage
    from gui.inside.results.errors import ErrorsPage
    from gui.inside.results.numbers import NumbersPage
    from gui.inside.results.plane import PlanePage
    from gui.inside.results.series import SeriesPage
    from gui.inside.results.text import TextPage
    from gui.inside.results.values import ValuesPage

    kinds: dict[Page, type[pages.Page]] = {
        "classes": ClassesPage, "numbers": NumbersPage, "series": SeriesPage, "text": TextPage, "plane": PlanePage,
        "columns": ColumnsPage, "errors": ErrorsPage, "values": ValuesPage,
    }  # fmt: skip
    return kinds[page](session)


def _suits(gist: Gist) -> int:
    if gist.plane:
        return 5
    shown = gist.outputs & {"classes", "value", "series", "tokens"} and not gist.draws
    return (1 if "image" in gist.reads else 3) if shown else 0


PANEL = Panel("results", "Results", "bottom", ResultsPanel, order=33, late=True, suits=_suits)
