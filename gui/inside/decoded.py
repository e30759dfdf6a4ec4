"""An example beside what a decoder makes of a code: both as pictures, bars or numbers."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from backend.messages import Seen
from backend.questions.latent import Decoded
from gui.inside.probe_view import ProbeView
from gui.parts import Words

WIDE: Final = (112, 220)  # pixels at least and at most
IMAGE, SEQUENCE = 3, 2  # axes
Form = Literal["picture", "maps", "sequence", "vector", "classes", "number"]


class DecodedColumn(QWidget):
    """The example that is held, what is decoded, and a sentence about it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title, self.caption, self.words = QLabel(), QLabel(self.tr("Decoded")), Words(dim=True)
        self.original, self.decoded = ProbeView(), ProbeView()
        self.original.setAccessibleName(self.tr("The example"))
        self.decoded.setAccessibleName(self.tr("What is decoded"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 8, 6)
        column.setSpacing(2)
        for caption, view in ((self.title, self.original), (self.caption, self.decoded)):
            caption.setProperty("heading", True)
            view.setMinimumHeight(36)
            column.addWidget(caption)
            column.addWidget(view, 1)
        policy = self.words.sizePolicy()  # changed, not made anew: a new one would forget that words wrap
        policy.setVerticalPolicy(QSizePolicy.Policy.Maximum)
        self.words.setSizePolicy(policy)
        column.addWidget(self.words)
        self.show_example("", None)
        self.show_decoded(None, "")

    def fit(self, room: int) -> None:
        """Take a fair part of so many pixels."""
        self.setFixedWidth(min(max(room * 3 // 10, WIDE[0]), WIDE[1]))

    def show_example(self, title: str, picture: np.ndarray | None) -> None:
        """Show an example: its name, and its picture, (height, width) or (height, width, 3), where it has one."""
        self.title.setText(title)
        self.title.setVisible(bool(title))
        self.original.setVisible(picture is not None)
        self.original.show_seen(None if picture is None else seen_of_pixels(picture))

    def show_decoded(self, found: Decoded | None, sentence: str) -> None:
        """Show what came of a code, and a sentence."""
        self.decoded.setVisible(found is not None)
        self.caption.setVisible(found is not None)
        self.words.setText(sentence)
        if found is not None:
            self.caption.setText(found.output)
            self.decoded.show_seen(seen_of(found))


def seen_of_pixels(picture: np.ndarray) -> Seen:
    levels = picture.astype(np.float32) / 255
    planes = levels[None] if levels.ndim == SEQUENCE else levels.transpose(2, 0, 1)
    return Seen("", "", "picture", planes, planes.shape)


def seen_of(found: Decoded) -> Seen:
    """What was decoded, as it is looked at best."""
    values = found.values
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    form, names = _form(found), found.names
    shown = values.reshape(()) if form == "number" else values.reshape(-1) if form == "vector" else values
    if form == "classes" and len(names) != len(values):
        names = tuple(map(str, range(len(values))))
    return Seen("", "", form, shown, values.shape, low, high, names=names)


def _form(found: Decoded) -> Form:
    values = found.values
    if values.ndim == IMAGE:
        return "picture" if found.kind == "image" and len(values) in (1, 3) else "maps"
    if values.size == 1:
        return "number"
    if values.ndim == SEQUENCE:
        return "sequence"
    return "classes" if found.kind == "classes" else "vector"
