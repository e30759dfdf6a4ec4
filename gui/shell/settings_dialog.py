"""The settings: a window of its own beside the studio, which goes on training and drawing."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from gui import settings, theme
from gui.parts import Words
from gui.session import Session
from gui.shell.shortcut_table import ShortcutTable

WIDTH, HEIGHT = 620, 520


class SettingsDialog(QDialog):
    """What is chosen here counts at once and is kept; only the size of everything waits for the next start."""

    restart_wanted = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Settings"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(WIDTH, HEIGHT)
        self._began_at = settings.size()
        self.theme = self._box(self._themes(), settings.theme(), self.tr("Theme"))
        self.scale = self._box({str(size): f"{size} %" for size in settings.SIZES}, str(settings.size()),
                              self.tr("Size of text and everything else"))  # fmt: skip
        self.again = QPushButton(self.tr("&Start the studio again"))
        self.animations = QCheckBox(self.tr("&Let things move"))
        self.animations.setChecked(settings.animations())
        self.device = self._box(self._devices(session), settings.device(), self.tr("Device"))
        self.folder = QLineEdit(str(settings.data_folder() or ""))
        self.folder.setPlaceholderText(self.tr("None: known sets are downloaded"))
        self.folder.setAccessibleName(self.tr("Data folder"))
        self.complaint = Words()
        self.complaint.setProperty("error", True)
        self.table = ShortcutTable()
        self.tabs = QTabWidget()
        self.tabs.addTab(self._look(), self.tr("Look"))
        self.tabs.addTab(self._work(), self.tr("Training and data"))
        self.tabs.addTab(self.table, self.tr("Shortcuts"))
        column = QVBoxLayout(self)
        column.addWidget(self.tabs)
        self._listen()
        self._show_size()

    def _listen(self) -> None:
        self.theme.activated.connect(lambda _: self._choose_theme())
        self.scale.activated.connect(lambda _: self._choose_size())
        self.again.clicked.connect(self.restart_wanted)
        self.animations.toggled.connect(settings.set_animations)
        self.device.activated.connect(lambda _: settings.set_device(self.device.currentData()))
        self.folder.editingFinished.connect(self._choose_folder)
        theme.signals.changed.connect(self._show_theme)

    # -- pages -------------------------------------------------------------------------------------------------------

    def _look(self) -> QWidget:
        page = _Page()
        page.add(self.tr("&Theme"), self.theme)
        self.waits = page.add(self.tr("Si&ze"), self.scale, self.tr(
            "The new size shows when the studio starts again. A training under way is saved first and can be resumed."
        ), self.again)  # fmt: skip
        page.add(self.tr("Animations"), self.animations, self.tr(
            "Layouts that glide and views that fly. Without, everything is at once where it belongs."
        ))  # fmt: skip
        return page

    def _work(self) -> QWidget:
        page = _Page()
        page.add(self.tr("&Device"), self.device, self.tr(
            "Where designs compute whose own device is “Automatic”, from the next training on."
        ))  # fmt: skip
        choose = QPushButton(self.tr("&Browse…"))
        choose.clicked.connect(self._browse)
        page.add(self.tr("Data &folder"), self.folder, self.tr(
            "Known data sets that lie here, such as a folder “mnist”, need no download."
        ), self.complaint, choose)  # fmt: skip
        return page

    # -- choices -----------------------------------------------------------------------------------------------------

    def _themes(self) -> dict[str, str]:
        return {"system": self.tr("As the system"), "light": self.tr("Light"), "dark": self.tr("Dark")}

    def _devices(self, session: Session) -> dict[str, str]:
        automatic = {"auto": self.tr("Automatic: a graphics card if there is one")}
        return automatic | {settings.device(): settings.device()} | dict(session.devices) | automatic

    def _choose_theme(self) -> None:
        settings.set_theme(self.theme.currentData())
        theme.wear(settings.theme())

    def _show_theme(self) -> None:
        """Somewhere else, a shortcut perhaps, another theme was chosen."""
        QTimer.singleShot(0, self, lambda: self.theme.setCurrentIndex(self.theme.findData(settings.theme())))

    def _choose_size(self) -> None:
        settings.set_size(int(self.scale.currentData()))
        self._show_size()

    def _show_size(self) -> None:
        other = settings.size() != self._began_at
        self.waits.setVisible(other)
        self.again.setVisible(other)

    def _browse(self) -> None:
        if name := QFileDialog.getExistingDirectory(self, self.tr("Folder of your data sets"), self.folder.text()):
            self.folder.setText(name)
            self._choose_folder()

    def _choose_folder(self) -> None:
        text = self.folder.text().strip()
        folder = Path(text).expanduser() if text else None
        missing = folder is not None and not folder.is_dir()
        sentence = self.tr("There is no folder “{name}”: choose one that exists, or leave the field empty.")
        self.complaint.setText(sentence.format(name=text) if missing else "")
        if not missing and folder != settings.data_folder():
            settings.set_data_folder(folder)

    def _box(self, choices: dict[str, str], chosen: str, name: str) -> QComboBox:
        box = QComboBox()
        for value, text in choices.items():
            box.addItem(text, value)
        box.setCurrentIndex(max(0, box.findData(chosen)))
        box.setAccessibleName(name)
        return box


class _Page(QWidget):
    """Rows of a label, a field with perhaps a button beside it, and beneath them what the field is about."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(18, 20, 18, 18)
        self._grid.setHorizontalSpacing(18)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnStretch(1, 1)

    def add(self, text: str, field: QWidget, advice: str = "", below: QWidget | None = None,
            beside: QWidget | None = None) -> QWidget:  # fmt: skip
        """Add a row; gives the advice."""
        row, grid = self._grid.rowCount(), self._grid
        label = QLabel(text)
        label.setBuddy(field)
        grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(field, row, 1, 1, 1 if beside else 2)
        if beside is not None:
            grid.addWidget(beside, row, 2)
        words = Words(advice, dim=True)
        for number, widget in enumerate((words if advice else None, below), 1):
            if widget is not None:
                grid.addWidget(widget, row + number, 1, 1, 2)
        grid.setRowMinimumHeight(row + 3, 12)
        grid.setRowStretch(row - 1, 0)  # only below the last row is room left over
        grid.setRowStretch(row + 4, 1)
        return words
