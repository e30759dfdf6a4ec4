"""The runs of the runs folder as a list: which are drawn and pinned, what they are called, and what became of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QSize,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from gui import icons
from gui.inside.curve_styles import Style, icon
from gui.inside.run_reading import Listed
from gui.inside.traces import Traces
from gui.inspector.values import brief
from gui.parts import tool
from gui.shell.shelf import moment

NAME, PIN, RESULT, STATUS, DATE, DESIGN = range(6)
WIDTHS: Final = (214, 26, 190, 74, 130, 120)
JUDGED: Final = ("test", "validation", "train")  # the split whose metrics are the result, where there is one
ROLE = Qt.ItemDataRole
Index = QModelIndex | QPersistentModelIndex


class RunModel(QAbstractTableModel):
    """The runs, newest first. Ticks and pins are those of the traces; a change of either is told and not kept."""

    ticked = Signal(str, bool)
    renamed = Signal(str, str)

    def __init__(self, traces: Traces, parent: QWidget) -> None:
        super().__init__(parent)
        self.runs: list[Listed] = []
        self.looks: Mapping[str, Style] = {}
        self._traces = traces
        self._headers = (self.tr("Run"), "", self.tr("Result"), self.tr("Status"), self.tr("Began"), self.tr("Design"))
        self._words = {"finished": self.tr("finished"), "stopped": self.tr("stopped"), "failed": self.tr("failed"),
                       "running": self.tr("running"), "broken off": self.tr("broken off")}  # fmt: skip

    def show_runs(self, runs: Sequence[Listed]) -> None:
        if [run.folder for run in runs] == [run.folder for run in self.runs]:
            self.runs = list(runs)
            self.refresh()
            return
        self.beginResetModel()
        self.runs = list(runs)
        self.endResetModel()

    def refresh(self) -> None:
        """Ticks, pins or looks have changed."""
        if self.runs:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.runs) - 1, DESIGN))

    def row_of(self, folder: str) -> int:
        return next((row for row, run in enumerate(self.runs) if run.folder == folder), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.runs)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return len(self._headers)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = ROLE.DisplayRole) -> Any:
        return self._headers[section] if role == ROLE.DisplayRole else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        more = Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsEditable
        return super().flags(index) | more if index.column() == NAME else super().flags(index)

    def data(self, index: Index, role: int = ROLE.DisplayRole) -> Any:
        run, column = self.runs[index.row()], index.column()
        shown, pinned = self._traces.shows(run.folder), run.folder in self._traces.pinned
        if role == ROLE.DisplayRole:
            return self._text(run, column)
        if role == ROLE.EditRole and column == NAME:
            return run.name
        if role == ROLE.UserRole:
            return (run.label, pinned, self._text(run, RESULT), run.status, run.created, run.design)[column]
        if role == ROLE.CheckStateRole and column == NAME:
            return Qt.CheckState.Checked if shown else Qt.CheckState.Unchecked
        if role == ROLE.DecorationRole:
            return self._picture(run, column, shown, pinned)
        if role == ROLE.ToolTipRole:
            return self._tip(run, column)
        if role == ROLE.AccessibleTextRole:
            return self.tr("pinned") if column == PIN and pinned else self._text(run, column)
        return None

    def setData(self, index: Index, value: Any, role: int = ROLE.EditRole) -> bool:
        run = self.runs[index.row()]
        if role == ROLE.CheckStateRole:
            self.ticked.emit(run.folder, Qt.CheckState(value) == Qt.CheckState.Checked)
            return True
        if role == ROLE.EditRole and str(value).strip() and str(value).strip() != run.name:
            self.renamed.emit(run.folder, str(value).strip())
            return True
        return False

    def _text(self, run: Listed, column: int) -> str:
        match column:
            case 0:
                return run.label
            case 2:
                split = next((split for split in JUDGED if run.metrics.get(split)), "")
                values = run.metrics.get(split, {})
                told = ", ".join(f"{name.replace('_', ' ')} {brief(value)}" for name, value in values.items())
                return f"{split}: {told}" if told else ""
            case 3:
                return self._words.get(run.status, run.status)
            case 4:
                return moment(run.created)
            case 5:
                return run.design
        return ""

    def _picture(self, run: Listed, column: int, shown: bool, pinned: bool) -> QIcon | None:
        if column == PIN:
            return icons.icon("pin", "accent") if pinned else None
        look = self.looks.get(run.folder) if column == NAME and shown else None
        return icon(look) if look else None

    def _tip(self, run: Listed, column: int) -> str:
        if column == PIN:
            return self.tr("Pinned runs stay when the next training begins; click to pin or let go")
        results = [f"{split}: " + ", ".join(f"{name} {brief(value)}" for name, value in values.items())
                   for split, values in run.metrics.items()]  # fmt: skip
        return "\n".join(filter(None, (run.label, run.message, *results, run.folder)))


class RunView(QTreeView):
    """The list itself: the mouse and the keys."""

    pin_asked = Signal(str)
    delete_asked = Signal(str)

    def __init__(self, model: RunModel, parent: QWidget) -> None:
        super().__init__(parent)
        self.runs = model
        self.sorted = QSortFilterProxyModel(self)
        self.sorted.setSourceModel(model)
        self.sorted.setSortRole(ROLE.UserRole)
        self.setModel(self.sorted)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setSortingEnabled(True)
        self.sortByColumn(DATE, Qt.SortOrder.DescendingOrder)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked)
        self.setIconSize(QSize(24, 14))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setAccessibleName(self.tr("Runs"))
        self.header().setStretchLastSection(False)
        self.header().setMinimumSectionSize(24)
        for column, width in enumerate(WIDTHS):
            self.setColumnWidth(column, width)
        self.header().setSectionResizeMode(PIN, QHeaderView.ResizeMode.Fixed)
        self.clicked.connect(self._clicked)

    def folder_at(self, index: Index) -> str:
        return self.runs.runs[self.sorted.mapToSource(index).row()].folder if index.isValid() else ""

    @property
    def chosen(self) -> str:
        """The folder of the run that is selected, or ""."""
        return self.folder_at(self.currentIndex()) if self.selectionModel().hasSelection() else ""

    @property
    def typing(self) -> bool:
        """Whether a name is being typed, which any change of the model would throw away."""
        return self.state() == QAbstractItemView.State.EditingState

    def choose(self, folder: str) -> None:
        row = self.runs.row_of(folder)
        if row < 0:
            self.clearSelection()
            return
        index = self.sorted.mapFromSource(self.runs.index(row, NAME))
        self.setCurrentIndex(index)
        self.scrollTo(index)

    def begin_rename(self) -> None:
        index = self.currentIndex()
        if index.isValid():
            self.edit(index.siblingAtColumn(NAME))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        if not index.isValid():
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_F2:
            self.begin_rename()
        elif event.key() == Qt.Key.Key_Delete:
            self.delete_asked.emit(self.folder_at(index))
        elif event.key() == Qt.Key.Key_P:
            self.pin_asked.emit(self.folder_at(index))
        elif event.key() == Qt.Key.Key_Space:
            name = index.siblingAtColumn(NAME)
            on = name.data(ROLE.CheckStateRole) == Qt.CheckState.Checked
            self.sorted.setData(name, Qt.CheckState.Unchecked if on else Qt.CheckState.Checked, ROLE.CheckStateRole)
        else:
            super().keyPressEvent(event)

    def _clicked(self, index: QModelIndex) -> None:
        if index.column() == PIN:
            self.pin_asked.emit(self.folder_at(index))


class RunList(QWidget):
    """The list with its buttons. ``deeds`` are further things to do with a run or with none: label and function."""

    chosen = Signal(str)
    only_asked = Signal(str)

    def __init__(self, traces: Traces, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.deeds: Callable[[str], Sequence[tuple[str, Callable[[], object]]]] = lambda folder: ()
        self.model = RunModel(traces, self)
        self.view = RunView(self.model, self)
        self.view.customContextMenuRequested.connect(self._show_menu)
        self.view.selectionModel().currentChanged.connect(lambda *_: self._tell())
        self.view.selectionModel().selectionChanged.connect(lambda *_: self._tell())
        self.pin = tool(self, self.tr("Pin the run"), "pin", self.tr("Pin: it stays when the next training begins (P)"))
        self.rename = tool(self, self.tr("Rename the run"), "rename", self.tr("Give the run another name (F2)"))
        self.delete = tool(self, self.tr("Delete the run"), "delete", self.tr("Delete the run from the disk (Del)"))
        self.pin.clicked.connect(lambda: self.view.pin_asked.emit(self.view.chosen))
        self.rename.clicked.connect(self.view.begin_rename)
        self.delete.clicked.connect(lambda: self.view.delete_asked.emit(self.view.chosen))
        self.count = QLabel()
        self.count.setProperty("dim", True)
        head = QHBoxLayout()
        head.setContentsMargins(8, 2, 4, 2)
        head.setSpacing(2)
        head.addWidget(self.count, 1)
        for button in (self.pin, self.rename, self.delete):
            head.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self.view, 1)
        self.setMinimumWidth(150)
        self._tell()

    def show_runs(self, runs: Sequence[Listed]) -> None:
        """Show these, newest first; while a name is being typed the list stays as it is."""
        if self.view.typing:
            return
        chosen = self.view.chosen
        self.view.selectionModel().blockSignals(True)
        self.model.show_runs(runs)
        self.view.choose(chosen)
        self.view.selectionModel().blockSignals(False)
        self.count.setText(self.tr("{n} runs").format(n=len(runs)) if len(runs) != 1 else self.tr("1 run"))
        self._tell()

    def show_looks(self, looks: Mapping[str, Style]) -> None:
        """The style that stands for each run that is drawn."""
        if looks != self.model.looks:
            self.model.looks = looks
            self.refresh()

    def refresh(self) -> None:
        """Show ticks, pins and looks as they are now."""
        if not self.view.typing:
            self.model.refresh()

    def choose(self, folder: str) -> None:
        self.view.choose(folder)

    def _tell(self) -> None:
        folder = self.view.chosen
        for button in (self.pin, self.rename, self.delete):
            button.setEnabled(bool(folder))
        self.chosen.emit(folder)

    def _show_menu(self, place: QPoint) -> None:
        folder = self.view.folder_at(self.view.indexAt(place))
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if folder:
            menu.addAction(self.tr("Show this one only"), lambda: self.only_asked.emit(folder))
            menu.addAction(self.tr("Pin or let go"), lambda: self.view.pin_asked.emit(folder))
            menu.addAction(self.tr("Rename"), self.view.begin_rename)
            menu.addAction(self.tr("Delete from the disk"), lambda: self.view.delete_asked.emit(folder))
            menu.addSeparator()
        for label, deed in self.deeds(folder):
            menu.addAction(label, deed)
        menu.popup(self.view.viewport().mapToGlobal(place))
