"""A network that writes: what it goes on with after what was typed, live, and how sure it is of every token."""

from __future__ import annotations

from html import escape
from typing import Any, Final

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QHelpEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QTextBrowser,
    QToolTip,
    QVBoxLayout,
)

from backend.questions.writing import Token, Writable, Write, Written
from gui import theme
from gui.flow import Flow
from gui.inside.asking import Asker
from gui.inside.tokens import NOTHING, gap, visible
from gui.parts import Live, tool
from gui.session import Session

LEAST: Final = {"words": 40, "characters": 200}  # tokens that are written where nothing is chosen
MOST: Final = 5000
HUNDREDTHS: Final = 100
HOTTEST: Final = 2.0
LIKELY: Final = 0.8  # the temperature to begin with
GAP: Final = 8
RECALLED: Final = 40  # characters of what was typed that stand before what is written
ROOMY: Final = 440  # pixels in which the controls stand beside each other with all their words


class Prose(QTextBrowser):
    """What was written, behind what it began with. Every token says under the mouse how likely it was."""

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName(self.tr("What the network writes"))
        self.tokens: tuple[Token, ...] = ()
        self._ends: list[int] = []  # the place behind every token
        self._first = 0

    def sizeHint(self) -> QSize:
        return QSize(240, 90)

    def show_written(self, typed: str, written: Written) -> None:
        """Show tokens after the end of what was typed, which may be empty."""
        now, text, beginning = theme.current(), "", end_of(typed)
        self.tokens, self._ends, self._first = written.written, [], len(beginning)
        last = beginning[-1:]
        for token in written.written:
            said = token.text or NOTHING
            text += gap(last, said) + said if written.words else said
            self._ends.append(len(beginning) + len(text))
            last = said[-1:]
        kept = self.verticalScrollBar().value()
        self.setHtml(f'<p style="white-space: pre-wrap; margin: 0"><span style="color: {now.text_dim.name()}">'
                     f"{escape(beginning)}</span>{escape(text)}</p>".replace("\n", "<br>"))  # fmt: skip
        self.verticalScrollBar().setValue(kept)

    def show_error(self, words: str) -> None:
        """Say why there is nothing."""
        self.tokens, self._ends = (), []
        self.setHtml(f'<p style="color: {theme.current().text_dim.name()}">{escape(words)}</p>')

    def token_at(self, place: int) -> Token | None:
        """The token that a place of the text belongs to."""
        if place < self._first:
            return None
        return next((token for token, end in zip(self.tokens, self._ends) if place < end), None)

    def words_of(self, token: Token) -> str:
        """How likely a token was, beside others."""
        lines = [self.tr("“{token}”: {chance:.1%}").format(token=visible(token.text), chance=token.chance)]
        others = [f"“{visible(text)}” {chance:.1%}" for text, chance in token.others if text != token.text]
        if others:
            lines.append(self.tr("in its place: {others}").format(others=", ".join(others)))
        return "\n".join(lines)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            inside = self.viewport().mapFromGlobal(event.globalPos())
            token = self.token_at(self.cursorForPosition(inside).position())
            QToolTip.showText(event.globalPos(), self.words_of(token) if token else "", self)
            return True
        return super().event(event)


class WritingCard(Live):
    """Asks what an output writes after what is typed, again as the training goes on, while it is seen.

    named: whether to say which output it is
    """

    def __init__(self, session: Session, about: Writable, named: bool) -> None:
        super().__init__()
        self.about, self._named = about, named
        self.session = session
        self.seed = 0
        self.given: tuple[tuple[str, str, Any], ...] = ()
        self._asked = Write()
        self._shown: object = None
        self.asker = Asker(session, self)
        self._make_controls()
        self._lay_out()

    # -- asking ------------------------------------------------------------------------------------------------------

    def go_on_from(self, given: tuple[tuple[str, str, Any], ...], split: str, index: int, noise: int) -> None:
        """Write after other values; ``given`` as in ``Write``, and ``noise`` a seed for what is drawn beside them."""
        self.given, self._split, self._index, self._noise = given, split, index, noise
        self._ask()

    def _ask(self) -> None:
        if not self.given and self.about.prompted:
            return
        self._asked = Write(
            output=self.about.output, given=self.given, split=self._split, index=self._index, noise=self._noise,
            temperature=self.temperature.value() / HUNDREDTHS, tokens=self.tokens.value(), seed=self.seed,
        )  # fmt: skip
        self.asker.ask(self._asked)

    def _draw_again(self) -> None:
        self.seed += 1
        self._ask()

    def _warm(self, value: int) -> None:
        self._tell_temperature()
        self._ask()

    # -- showing -----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        self.asker.go()
        answer = self.asker.last
        if answer is None or answer is self._shown:
            return
        self._shown = answer
        if isinstance(answer.result, Written):
            self._show(answer.result)
        else:
            self.prose.show_error(answer.error)
            self._say("")

    def restyle(self) -> None:
        self._shown = None
        super().restyle()

    def _show(self, found: Written) -> None:
        self.prose.show_written(self._beginning(), found)
        self._say(self._sentences(found))
        self.prose.setAccessibleDescription(self.note.text())

    def _say(self, words: str) -> None:
        self.note.setText(words)
        self.note.setToolTip(words)
        self.note.setVisible(bool(words))

    def _beginning(self) -> str:
        """The text that it goes on from, as it was typed."""
        typed = next((value for _, name, value in self._asked.given if name == "text"), "")
        return str(typed) if self.about.prompted else ""

    def _sentences(self, found: Written) -> str:
        """How it read what it went on from, and what it did not know of it."""
        parts = []
        if found.unknown:
            text = self.tr("Not in its vocabulary: {names}.")
            parts.append(text.format(names=", ".join(f"“{visible(name)}”" for name in found.unknown)))
        if found.carries:
            parts.append(self.tr("It carries its state on from token to token."))
        elif not self.about.prompted:
            parts.append(self.tr("It ended by itself.") if found.ended else self.tr("It did not come to an end."))
        else:
            text = self.tr("Reads the last {count} words each time.") if found.words else self.tr(
                "Reads the last {count} characters each time.")  # fmt: skip
            parts.append(text.format(count=found.reach))
        if found.filled:
            parts.append(self.tr("It reads no fewer: the beginning was filled up with padding."))
        return " ".join(parts)

    def _tell_temperature(self) -> None:
        warm = self.temperature.value() / HUNDREDTHS
        self.degrees.setText(f"{warm:.2f}")
        self.again.setEnabled(warm > 0)
        self.again.setToolTip(self.tr("Draw again, with other random numbers") if warm else
                              self.tr("At temperature 0 the likeliest is always taken"))  # fmt: skip

    # -- the widgets -------------------------------------------------------------------------------------------------

    def _make_controls(self) -> None:
        self._split, self._index, self._noise = "test", 0, 0
        self.temperature = QSlider(Qt.Orientation.Horizontal)
        self.temperature.setRange(0, round(HOTTEST * HUNDREDTHS))
        self.temperature.setValue(round(LIKELY * HUNDREDTHS))
        self.temperature.setPageStep(10)
        self.temperature.setFixedWidth(60)
        self.temperature.setAccessibleName(self.tr("Temperature"))
        self.temperature.setToolTip(self.tr("0 always takes the likeliest, 1 draws as likely as the network thinks, "
                                            "more is more adventurous"))  # fmt: skip
        self.temperature.valueChanged.connect(self._warm)
        self.degrees = QLabel()
        self.degrees.setFixedWidth(self.degrees.fontMetrics().horizontalAdvance("0.00") + 4)
        self.tokens = QSpinBox()
        self.tokens.setRange(1, MOST)
        self.tokens.setValue(LEAST[self.about.tokens])
        self.tokens.setSingleStep(10)
        self.tokens.setKeyboardTracking(False)
        self.tokens.setAccessibleName(self.tr("How much to write"))
        self.tokens.setToolTip(self.tr("How much to write at most"))
        self.tokens.valueChanged.connect(lambda _: self._ask())
        self.again = tool(self, self.tr("Other words"), "", worded=True)
        self.again.clicked.connect(self._draw_again)
        self.prose, self.note = Prose(), QLabel()
        self.note.setProperty("dim", True)
        self.note.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._tell_temperature()

    def _lay_out(self) -> None:
        title = QLabel(self.about.output)
        title.setProperty("heading", True)
        title.setVisible(self._named)
        warm = QFrame()
        row = QHBoxLayout(warm)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        name = QLabel(self.tr("Temperature"))
        name.setProperty("dim", True)
        for widget in (name, self.temperature, self.degrees):
            row.addWidget(widget)
        warm.setFixedHeight(self.tokens.sizeHint().height())
        self._controls = Flow((warm, self.tokens, self.again), GAP)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(title)
        column.addWidget(self._controls)
        column.addWidget(self.prose, 1)
        column.addWidget(self.note)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        words = self.tr(" words") if self.about.tokens == "words" else self.tr(" characters")
        roomy = self.width() >= ROOMY
        self.tokens.setSuffix(words if roomy else "")
        self.tokens.setFixedWidth(140 if roomy else 66)
        self._controls.arrange()


def end_of(text: str) -> str:
    """As much of the end of a text as it takes to see what comes after it; the whole of a short one."""
    if len(text) <= RECALLED:
        return text
    end = text[-RECALLED:]
    blank = end.find(" ")
    return "…" + (end[blank:] if 0 <= blank < RECALLED // 2 else end)  # from the beginning of a word on
