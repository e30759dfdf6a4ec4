"""Choosing an example: of the data, of a file that is dropped or opened, or drawn by hand."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QSizePolicy, QWidget

from backend.questions.examples import Example
from gui.data.importing import dropped
from gui.inside.pad import DrawingPad
from gui.inside.splits import SPLITS, SplitBox
from gui.parts import grouped, tool


class ExampleBar(QWidget):
    """The split, which of its examples, a file in its place, or a pad to draw on; ``changed`` says that it is another.

    watch: the widget on which files may be dropped

    ``pad`` stands wherever the panel puts it, and is seen while one draws.
    """

    changed = Signal()

    def __init__(self, watch: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.example = Example()
        self.total = 0
        self.splits = SplitBox()
        self.splits.activated.connect(lambda which: self.choose(SPLITS[which], 0))
        self.where = QLabel()
        self.where.setProperty("dim", True)
        self.where.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.where.setMinimumWidth(56)
        self.where.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.before = tool(self, self.tr("Previous example"), "chevron-left")
        self.after = tool(self, self.tr("Next example"), "chevron-right")
        self.anyone = tool(self, self.tr("Any example"), "reset")
        tip = self.tr("Look at a picture, an array or a table of your own; it can be dropped here too")
        self.open = tool(self, self.tr("Open a file…"), "folder", tip)
        self.draw = tool(self, self.tr("Draw one"), "rename", self.tr("Draw a picture by hand"), checkable=True)
        self.back = tool(self, self.tr("Back to the data"), "close")
        self.before.clicked.connect(lambda: self.choose(self.example.split, self.example.index - 1))
        self.after.clicked.connect(lambda: self.choose(self.example.split, self.example.index + 1))
        self.anyone.clicked.connect(lambda: self.choose(self.example.split, random.randrange(max(self.total, 1))))
        self.open.clicked.connect(self._open)
        self.draw.toggled.connect(self._draw)
        self.back.clicked.connect(lambda: self.choose(self.example.split, self.example.index))
        self.pad = DrawingPad()
        self.pad.hide()
        self.pad.finished.connect(self._take_drawing)
        self._lay_out()
        watch.setAcceptDrops(True)
        watch.installEventFilter(self)
        self._tell()

    def choose(self, split: str, index: int) -> None:
        """Look at an example of the data; before the first comes the last."""
        total = self.total if split == self.example.split else 0
        self._be(Example(split, index % total if total else max(index, 0)))

    def choose_file(self, path: Path | str) -> None:
        """Look at the first example of a file."""
        self._be(Example(self.example.split, self.example.index, file=str(path)))

    def try_next(self) -> bool:
        """Look at the next part of the data, where nobody chose one and none has had an example; whether it does."""
        following = SPLITS[SPLITS.index(self.example.split) + 1 :]
        if self.splits.asked or self.total or not following:
            return False
        self.choose(following[0], 0)
        return True

    def forget(self) -> None:
        """Begin anew, without a word."""
        self.splits.forget()
        self.example, self.total = Example(), 0
        self.draw.blockSignals(True)
        self.draw.setChecked(False)
        self.draw.blockSignals(False)
        self.pad.hide()
        self._tell()

    def show_total(self, index: int, total: int, picture: Sequence[int]) -> None:
        """What is known of the examples since an answer came.

        picture: channels, height and width of what can be drawn; () where nothing can
        """
        self.total = total
        if not (self.example.file or self.example.drawn is not None) and total:
            self.example = Example(self.example.split, index)
        self.draw.setVisible(len(picture) == 3)
        if len(picture) == 3:
            self.pad.set_shape(picture[1], picture[2], 3 if picture[0] == 3 else 1)
        self._tell()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QDropEvent) and event.type() == QEvent.Type.Drop:
            if path := dropped(event):
                event.acceptProposedAction()
                self.choose_file(path)
                return True
        elif isinstance(event, QDragEnterEvent) and event.type() == QEvent.Type.DragEnter and dropped(event):
            event.acceptProposedAction()
            return True
        return super().eventFilter(watched, event)

    def _be(self, example: Example) -> None:
        if example.split != self.example.split:
            self.total = 0
        self.example = example
        if example.drawn is None and self.draw.isChecked():
            self.draw.blockSignals(True)
            self.draw.setChecked(False)
            self.draw.blockSignals(False)
            self.pad.hide()
        self._tell()
        self.changed.emit()

    def _draw(self, on: bool) -> None:
        self.pad.setVisible(on)
        if on:
            self._take_drawing()
        else:
            self.choose(self.example.split, self.example.index)

    def _take_drawing(self) -> None:
        if self.draw.isChecked():
            self._be(Example(self.example.split, self.example.index, drawn=self.pad.values()))

    def _open(self) -> None:
        dialog = QFileDialog(self, self.tr("Open a file to look at"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.choose_file)
        dialog.open()

    def _tell(self) -> None:
        """Say which example it is, and offer what can be done with it."""
        own = bool(self.example.file) or self.example.drawn is not None
        at = self.tr("{index} of {total}").format(index=grouped(self.example.index + 1), total=grouped(self.total))
        name = Path(self.example.file).name if self.example.file else self.tr("drawn by hand") if own else ""
        self.where.setText(name or (at if self.total else ""))
        self.where.setToolTip(self.example.file)
        self.splits.setCurrentIndex(SPLITS.index(self.example.split))
        for button in (self.splits, self.before, self.after, self.anyone):
            button.setVisible(not own)
        self.back.setVisible(own)

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for widget in (self.splits, self.before):
            row.addWidget(widget)
        row.addWidget(self.where, 1)
        for button in (self.after, self.anyone, self.back, self.open, self.draw):
            row.addWidget(button)
