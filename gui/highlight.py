"""Colours for Python source: a small highlighter that knows strings, comments, words and numbers."""

from __future__ import annotations

import builtins
import keyword
import re
from typing import Final

from PySide6.QtGui import QColor, QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from gui.theme import Theme, blend

TOKEN: Final = re.compile(
    r"""(?P<comment>\#.*)
    |(?P<string>[rbfRBF]{0,2}(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'))
    |(?P<decorator>@[\w.]+)
    |(?P<defined>(?<=\bdef\ )\w+|(?<=\bclass\ )\w+)
    |(?P<number>\b(?:0[xX][\da-fA-F]+|\d[\d_]*\.?\d*(?:[eE][+-]?\d+)?)\b)
    |(?P<word>\b[A-Za-z_]\w*\b)""",
    re.VERBOSE,
)
BUILTINS: Final = frozenset(dir(builtins)) | {"self", "cls"}
FENCES: Final = ('"""', "'''")
OUTSIDE: Final = -1


class PythonHighlighter(QSyntaxHighlighter):
    """Colours a text document. The state of a line is the triple quote that is still open at its end, or OUTSIDE."""

    def __init__(self, document: QTextDocument, theme: Theme) -> None:
        super().__init__(document)
        self._formats: dict[str, QTextCharFormat] = {}
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme and paint anew."""
        self._formats = {
            "comment": _format(theme.text_dim, italic=True),
            "string": _format(theme.meaning("classes")),
            "decorator": _format(theme.meaning("tokens")),
            "defined": _format(theme.meaning("vector"), bold=True),
            "number": _format(theme.meaning("tokens")),
            "keyword": _format(theme.meaning("image")),
            "builtin": _format(blend(theme.text, theme.meaning("sequence"), 0.8)),
        }
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        """Colour one line, beginning inside a triple-quoted text where the line before left one open."""
        start, state = 0, self.previousBlockState()
        while True:
            if state != OUTSIDE:
                end = text.find(FENCES[state], start)
                stop = len(text) if end < 0 else end + 3
                self.setFormat(start, stop - start, self._formats["string"])
                if end < 0:
                    break
                start, state = stop, OUTSIDE
            start, state = self._tokens(text, start)
            if state == OUTSIDE:
                break
        self.setCurrentBlockState(state)

    def _tokens(self, text: str, start: int) -> tuple[int, int]:
        """Colour up to the next opening triple quote; where it is left and which quote is open."""
        while start < len(text):
            for state, fence in enumerate(FENCES):
                if text.startswith(fence, start):
                    self.setFormat(start, 3, self._formats["string"])
                    return start + 3, state
            found = TOKEN.match(text, start)
            if not found:
                start += 1
                continue
            if kind := _kind(found):
                self.setFormat(found.start(), len(found[0]), self._formats[kind])
            start = found.end()
        return start, OUTSIDE


def _kind(found: re.Match[str]) -> str:
    """The format of a token, or "" for a plain name."""
    kind = found.lastgroup or ""
    if kind != "word":
        return kind
    if keyword.iskeyword(found[0]):
        return "keyword"
    return "builtin" if found[0] in BUILTINS else ""


def _format(colour: QColor, *, bold: bool = False, italic: bool = False) -> QTextCharFormat:
    made = QTextCharFormat()
    made.setForeground(colour)
    made.setFontItalic(italic)
    if bold:
        made.setFontWeight(QFont.Weight.DemiBold)
    return made
