"""The part of the inspector that is about the whole design: title, lesson, size."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from graph.wording import Worded
from gui.inspector.editors import TextEditor
from gui.inspector.text_box import TextBox
from gui.inspector.totals_section import TotalsSection
from gui.parts import Words, grouped
from gui.session import Session


class Design(QWidget):
    """Title, lesson and size of the whole design."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self.title = TextEditor(self.tr("Untitled"), self)
        self.title.name_for_readers(self.tr("Title of the design"), "")
        self.title.edited.connect(lambda text, _: self._set("title", text))
        self.lesson = Prose(self)
        self.lesson.setPlaceholderText(self.tr("What is there to see, what is there to try?"))
        self.lesson.setAccessibleName(self.tr("Lesson"))
        self.lesson.left.connect(lambda text: self._set("lesson", text))
        self.size_words = Words(parent=self)
        self.totals = TotalsSection(session, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for caption, editor in ((self.tr("Title"), self.title), (self.tr("Lesson"), self.lesson)):
            layout.addWidget(captioned(caption, self))
            layout.addWidget(editor)
        layout.addWidget(self.size_words)
        layout.addWidget(self.totals)

    def refresh(self) -> None:
        about = self._session.document.about
        self.title.show_value(about.get("title", ""))
        self.lesson.show_text(about.get("lesson", ""))
        document = self._session.document
        nodes = self.tr("{count} nodes").format(count=grouped(len(document.nodes)))
        networks = len(document.networks) - 1
        within = self.tr(" · {count} networks inside").format(count=networks) if networks else ""
        self.size_words.setText(nodes + within)
        self.totals.refresh()

    def _set(self, name: str, text: str) -> None:
        with self._session.document.edit(Worded("Change {name}", name=name)):
            self._session.document.put("about", name, text.strip() or None)


class Prose(TextBox):
    """What the design teaches."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFixedHeight(112)


def captioned(text: str, parent: QWidget) -> QLabel:
    label = QLabel(text, parent)
    label.setProperty("dim", True)
    return label
