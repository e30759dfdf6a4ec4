"""Editors that offer what this machine has: data sources and devices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from gui.inspector.editors import CalmComboBox, Editor, row_of
from gui.inspector.number_field import SEVERAL
from gui.parts import grouped

FILE: Final = "\0file"  # item data that no data source can be called
FOLDER: Final = "\0folder"
DEVICES: Final = {"auto": "Automatic", "cpu": "CPU"}


class DataEditor(Editor):
    """The known data sets, the file or folder in use, and a way to choose another."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.box = CalmComboBox(self)
        self.box.activated.connect(self._chosen)
        row_of(self).addWidget(self.box)
        self.setFocusProxy(self.box)
        self._source: str | None = None
        self._fill("")

    def show_value(self, value: Any) -> None:
        self._source = None if value is None else str(value)
        place = self.box.findData(self._source)
        if self._source is not None and place < 0:
            self._fill(self._source)
            place = self.box.findData(self._source)
        self.box.setCurrentIndex(place)
        self.box.setPlaceholderText(SEVERAL)
        self.box.setToolTip(self.box.itemData(place, Qt.ItemDataRole.ToolTipRole) or "" if place >= 0 else "")

    def choose_file(self) -> str:
        """Ask the user for a file; "" where they think better of it."""
        return QFileDialog.getOpenFileName(self, self.tr("Choose a data file"), _folder_of(self._source))[0]

    def choose_folder(self) -> str:
        """Ask the user for a folder; "" where they think better of it."""
        return QFileDialog.getExistingDirectory(self, self.tr("Choose a data folder"), _folder_of(self._source))

    def _fill(self, own: str) -> None:
        from backend.data import known

        self.box.clear()
        for each in known.describe():
            here = known.present(each.name)
            away = "" if here else self.tr(", not yet downloaded")
            self._offer(each.title, each.name, f"{each.about} {grouped(each.examples)} examples{away}.")
        self.box.insertSeparator(self.box.count())
        if own:
            self._offer(Path(own).name or own, own, own)
        self._offer(self.tr("Choose a file…"), FILE, "")
        self._offer(self.tr("Choose a folder…"), FOLDER, "")

    def _offer(self, text: str, source: str, tip: str) -> None:
        self.box.addItem(text, source)
        self.box.setItemData(self.box.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)

    def _chosen(self, place: int) -> None:
        picked = self.box.itemData(place)
        if picked == FILE:
            picked = self.choose_file()
        elif picked == FOLDER:
            picked = self.choose_folder()
        if picked and picked != self._source:
            self.show_value(picked)
            self.edited.emit(picked, "")
        else:
            self.show_value(self._source)


class DeviceEditor(Editor):
    """Where to compute: what the engine has found, and what the design asks for even where that is not here."""

    def __init__(self, devices: Callable[[], Mapping[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.box = CalmComboBox(self)
        self.box.activated.connect(lambda place: self.edited.emit(self.box.itemData(place), ""))
        row_of(self).addWidget(self.box)
        self.setFocusProxy(self.box)
        self._devices = devices

    def show_value(self, value: Any) -> None:
        offered = DEVICES | dict(self._devices())
        if value is not None and value not in offered:
            offered[str(value)] = self.tr("{device} (not on this machine)").format(device=value)
        if [self.box.itemData(place) for place in range(self.box.count())] != list(offered):
            self.box.clear()
            for name, words in offered.items():
                self.box.addItem(words, name)
        self.box.setCurrentIndex(self.box.findData(value))
        self.box.setPlaceholderText(SEVERAL)


def _folder_of(source: str | None) -> str:
    """Where a file dialog opens: beside the source in use."""
    path = Path(source or "").expanduser()
    return str(path.parent) if source and path.is_absolute() else str(Path.home())
