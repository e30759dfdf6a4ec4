"""Choosing a source: the known ones by what they are, those of the design, and files and folders."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QWidget

from gui.inspector.editors import CalmComboBox
from gui.parts import grouped, tool

TIP: Final = Qt.ItemDataRole.ToolTipRole
UNITS: Final = ("bytes", "kB", "MB", "GB")


def size_words(size: float) -> str:
    """Bytes as people say them: ``11.6 MB``."""
    for unit in UNITS:
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" or size >= 100 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


class SourceBar(QWidget):
    """A list of what is known, and a button that opens a file or a folder."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.box = CalmComboBox(self)
        self.box.setAccessibleName(self.tr("Data source"))
        self.box.setMaxVisibleItems(24)
        self.box.activated.connect(self._activated)
        self.open = tool(self, self.tr("Open file or folder…"), "folder", self.tr("Look at data of your own"))
        self.open.clicked.connect(self._open_menu)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.box, 1)
        row.addWidget(self.open)
        self._own: list[str] = []
        self._current = ""

    def show_source(self, source: str, own: list[str]) -> None:
        """Show which one it is; ``own`` are the files and folders that can be chosen besides those that are known."""
        if own != self._own or not self.box.count():
            self._own = own
            self._fill()
        self._current = source
        self.box.setCurrentIndex(self.box.findData(source) if source else -1)
        self.box.setPlaceholderText(Path(source).name or self.tr("Choose data…"))
        self.box.setToolTip(self.box.currentData(TIP) or "")

    def menu(self) -> QMenu:
        """File or folder."""
        made = QMenu(self)
        made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        made.addAction(self.tr("File…"), lambda: self._choose(choose_file(self)))
        made.addAction(self.tr("Folder…"), lambda: self._choose(choose_folder(self)))
        return made

    def _open_menu(self) -> None:
        self.menu().popup(self.open.mapToGlobal(self.open.rect().bottomLeft()))

    def _choose(self, path: str) -> None:
        if path:
            self.chosen.emit(path)

    def _activated(self, place: int) -> None:
        source = self.box.itemData(place)
        if source and source != self._current:
            self.chosen.emit(source)

    def _fill(self) -> None:
        from backend.data import known

        self.box.clear()
        every = known.describe()
        there = {each.name for each in every if known.present(each.name)}
        here = [each for each in every if not each.downloadable and each.name in there]
        for family in dict.fromkeys(each.family for each in here):
            self._head(self.tr("Built in: {family}").format(family=family.lower()))
            for each in (one for one in here if one.family == family):
                self._offer(each.title, each.name, self._tip(each.about, each.examples))
        self._head(self.tr("Public data sets"))
        for each in (one for one in every if one not in here):
            size = f"  ↓ {size_words(each.size)}" if each.downloadable else ""
            state = self.tr("On this machine.") if each.name in there else self.tr("Not on this machine yet.")
            words = each.title if each.name in there else f"{each.title}{size}"
            self._offer(words, each.name, f"{self._tip(each.about, each.examples)} {state}")
        if self._own:
            self._head(self.tr("Files and folders"))
            for path in self._own:
                self._offer(Path(path).name or path, path, path)

    def _tip(self, about: str, examples: int) -> str:
        return self.tr("{about} {count} examples.").format(about=about, count=grouped(examples))

    def _head(self, text: str) -> None:
        self.box.addItem(text)
        model = self.box.model()
        assert isinstance(model, QStandardItemModel)
        model.item(self.box.count() - 1).setEnabled(False)

    def _offer(self, text: str, source: str, tip: str) -> None:
        self.box.addItem(text, source)
        self.box.setItemData(self.box.count() - 1, tip, TIP)


def choose_file(parent: QWidget) -> str:
    """Ask for a file; "" where the user thinks better of it."""
    return QFileDialog.getOpenFileName(parent, parent.tr("Open a data file"), str(Path.home()))[0]


def choose_folder(parent: QWidget) -> str:
    """Ask for a folder; "" where the user thinks better of it."""
    return QFileDialog.getExistingDirectory(parent, parent.tr("Open a data folder"), str(Path.home()))
