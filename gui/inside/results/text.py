"""The page of texts: what was said beside what was meant, tokens by their place, and which are taken for which."""

from __future__ import annotations

from html import escape

import numpy as np
from PySide6.QtWidgets import QStackedWidget, QTextBrowser

from backend.questions.results import Result
from backend.questions.results_text import Line, Text, TextResults
from gui import theme
from gui.inside.given_view import readable
from gui.inside.results.examples import fill, plain_table
from gui.inside.results.page import Page, chooser
from gui.inside.results.plots import Plot, describe, opaque
from gui.inside.tokens import SIGNS, visible
from gui.parts import grouped
from gui.session import Session


class TextPage(Page):
    """One answer, looked at in three ways."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.found: TextResults | None = None
        views = [self.tr("Texts"), self.tr("By place"), self.tr("Most confused")]
        self.view = chooser(self.tr("View of the texts"), self.tr("What to look at"), views)
        self.view.activated.connect(self._choose_view)
        self.lines = QTextBrowser()
        self.lines.setAccessibleName(self.tr("Texts"))
        self.lines.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.places = Plot(self.tr("Right tokens by place"), self.tr("place in the text"), self.tr("share right"))
        self.places.hovered.connect(self._read)
        self.confused = plain_table(self.tr("Most confused tokens"))
        self._views = QStackedWidget()
        for widget in (self.lines, self.places, self.confused):
            self._views.addWidget(widget)
        self.take([self.view], self._views)

    def question(self, result: Result) -> Text:
        return Text(output=result.output, split=self.split)

    def begin(self, result: Result) -> None:
        self.found = None

    def show_answer(self, value: TextResults) -> None:
        self.found, now = value, theme.current()
        self._tell()
        style = (f"<style>p {{ margin: 0 0 10px 0; white-space: pre-wrap; }} .dim {{ color: {now.text_dim.name()}; }} "
                 f".code {{ font-family: '{theme.CODE_FONT}'; }}</style>")  # fmt: skip
        self.lines.setHtml(style + "".join(self._written(line, value.joint) for line in value.lines))
        self.places.begin()
        share = value.right / np.maximum(value.counts, 1)
        self.places.bars(np.arange(len(share) + 1) + 0.5, share, opaque(now.accent, 0.75))
        self.places.setYRange(0, 1, padding=0.03)
        headers = [self.tr("Meant"), self.tr("Said"), self.tr("Times")]
        rows = [[visible(meant), visible(said), grouped(count)] for meant, said, count in value.confused]
        fill(self.confused, headers, rows, wordy=2)

    def _written(self, line: Line, joint: str) -> str:
        """An example: what was read, what was meant, and what was said with the mistakes marked.

        Characters stand below each other, in a font in which all are equally wide.
        """
        ground = opaque(theme.current().error, 0.35)
        marked = f"background-color: {ground.name()}; color: {readable(ground).name()}"
        said = joint.join(
            _shown(word) if word == meant else f'<span style="{marked}">{escape(visible(word))}</span>'
            for word, meant in zip(line.said, line.meant)
        )
        names = (self.tr("read"), self.tr("meant"), self.tr("said"))
        read, meant = (joint.join(map(_shown, words)) for words in (line.read, line.meant))
        if joint:
            before = f"{names[0]}: {read}<br>" if line.read else ""
            return (f'<p><span class="dim">{grouped(line.number + 1)} · {before}{names[1]}: {meant}</span><br>'
                    f"{names[2]}: {said}</p>")  # fmt: skip
        number, wide = f"{grouped(line.number + 1)}  ", max(map(len, names)) + 2
        heads = [f"{name}:".ljust(wide) for name in names]
        rows = [f'<span class="dim">{heads[0]}{read}</span>'] if line.read else []
        rows += [f'<span class="dim">{heads[1]}{meant}</span>', f'<span class="dim">{heads[2]}</span>{said}']
        starts = [f'<span class="dim">{number}</span>', *[" " * len(number)] * 2]
        return f'<p class="code">{"<br>".join(start + row for start, row in zip(starts, rows))}</p>'

    def _tell(self) -> None:
        found = self.found
        if found is not None:
            share = found.right.sum() / max(1, found.counts.sum())
            words = self.tr("{share:.1%} of {tokens} tokens right · {whole:.1%} of {texts} texts wholly")
            self.say(words.format(share=share, tokens=grouped(int(found.counts.sum())), whole=found.whole,
                                  texts=grouped(found.examples)))  # fmt: skip
            describe(self.places, self.about.text())

    def _read(self, at: float | None) -> None:
        found = self.found
        place = round(at) - 1 if at is not None else -1
        if found is None or not 0 <= place < len(found.counts):
            self._tell()
            return
        words = self.tr("place {place}: {right} of {count} tokens right")
        self.about.setText(words.format(place=grouped(place + 1), right=grouped(int(found.right[place])),
                                        count=grouped(int(found.counts[place]))))  # fmt: skip

    def _choose_view(self, which: int) -> None:
        self._views.setCurrentIndex(which)


def _shown(token: str) -> str:
    """A token among others: padding and breaks by signs, a blank as it is."""
    return escape(token if token == " " else SIGNS.get(token, token))
