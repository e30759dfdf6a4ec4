"""What views of one question have in common: they ask while they are seen, and show the newest answer or why not."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QStackedLayout, QWidget

from backend import messages as m
from gui.inside.asking import Asker
from gui.parts import Empty, Live
from gui.session import Session


class AnswerView(Live):
    """Asks while it is seen, and again as the training goes on.

    A subclass names the ``kind`` of its results, makes its widgets in ``_build`` with ``stacked``, asks in ``ask``, and
    shows a result in ``_show`` or says with a title and a sentence in ``_explained`` why there is none.

    found, error: the newest result, or what was told instead
    """

    kind: type

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.asker = Asker(session, self)
        self.found: Any = None
        self.error = ""
        self.empty = Empty("", "")
        self._build()
        self.asker.answered.connect(self._take)
        session.document_replaced.connect(self._forget)
        self.ask()

    def ask(self) -> None:
        """Ask for what is to be seen now."""

    def refresh(self) -> None:
        self.asker.go()
        self._pages.setCurrentIndex(0 if self.found is None else 1)
        if self.found is None:
            title, advice = self._explained()
            self.empty.title.setText(title)
            self.empty.advice.setText(advice)

    def stacked(self, full: QWidget, parent: QWidget) -> None:
        """Let a widget have one of two pages: why there is nothing to see, or what there is."""
        self._pages = QStackedLayout(parent)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(full)

    def _build(self) -> None:
        """Make the widgets."""

    def _show(self, found: Any) -> None:
        """Show a result."""

    def _explained(self) -> tuple[str, str]:
        """Why there is nothing to see: a title and a sentence, which may be empty."""
        return "", self.error

    def _take(self, answer: m.Answered) -> None:
        self.error = answer.error
        self.found = answer.result if isinstance(answer.result, self.kind) else None
        if self.found is not None:
            self._show(self.found)
        self.invalidate()

    def _forget(self) -> None:
        self.found, self.error = None, ""
        self.ask()
