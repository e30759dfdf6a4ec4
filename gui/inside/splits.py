"""The parts of the data as every view lists them: by the same words, in the same order."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QWidget

from gui.inspector.editors import CalmComboBox

SPLITS: Final = ("test", "validation", "train")


class SplitBox(CalmComboBox):
    """A list of the parts of the data.

    ``asked`` is the one that was chosen, "" while nobody chose: then whoever answers takes the first of ``SPLITS`` that
    has examples, and ``show_split`` says which that was.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.asked = ""
        self.addItems([self.tr("Test"), self.tr("Validation"), self.tr("Train")])
        self.setAccessibleName(self.tr("Split"))
        self.setToolTip(self.tr("Which part of the data the examples are from"))
        self.setSizeAdjustPolicy(CalmComboBox.SizeAdjustPolicy.AdjustToContents)
        self.activated.connect(self._take)

    @property
    def shown(self) -> str:
        """The part that the list says."""
        return SPLITS[max(0, self.currentIndex())]

    def show_split(self, split: str) -> None:
        """Say that the examples are from this part."""
        if split in SPLITS:
            self.setCurrentIndex(SPLITS.index(split))

    def forget(self) -> None:
        """Leave the choice to whoever answers."""
        self.asked = ""

    def _take(self, which: int) -> None:
        self.asked = SPLITS[which]
