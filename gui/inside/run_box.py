"""A list of the runs on the disk to choose another one from, read when it is opened."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QCoreApplication

from backend.runs import Run, list_runs
from gui.inspector.editors import CalmComboBox
from gui.session import Session

MOST: Final = 50  # the newest


class RunBox(CalmComboBox):
    """Nothing, or one of the runs that are not shown already."""

    def __init__(self, session: Session, nothing: str) -> None:
        super().__init__()
        self._session = session
        self.addItem(nothing, "")
        self.setSizeAdjustPolicy(CalmComboBox.SizeAdjustPolicy.AdjustToContents)

    @property
    def folder(self) -> str:
        """That of the chosen run, "" for none."""
        return str(self.currentData() or "")

    def showPopup(self) -> None:
        self.read()
        super().showPopup()

    def read(self) -> None:
        """Offer what there is by now, keeping the choice."""
        chosen = self.folder
        while self.count() > 1:
            self.removeItem(1)
        for run in list_runs(self._session.runs_folder)[:MOST]:
            if not self._session.run or run.folder != Path(self._session.run):
                self.addItem(words_of(run), str(run.folder))
        self.setCurrentIndex(max(0, self.findData(chosen)))


def words_of(run: Run) -> str:
    """The name of a run's folder and how far it got."""
    epochs = QCoreApplication.translate("RunBox", "{name} · {epochs} epochs")
    return epochs.format(name=run.folder.name, epochs=run.record.epochs_done)
