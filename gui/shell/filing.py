"""What a window does with files: it opens, saves and closes designs and asks for their names."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QFileDialog, QMainWindow

from gui import settings
from gui.session import Session

SUFFIX: Final = ".netloom"
FILES: Final = "Netloom designs (*.netloom)"
EXPORTS: Final = {
    "python": ("Python files (*.py)", ".py"), "onnx": ("ONNX models (*.onnx)", ".onnx"),
    "pt2": ("PyTorch programs (*.pt2)", ".pt2"), "safetensors": ("Weights (*.safetensors)", ".safetensors"),
}  # fmt: skip


class Filing(QMainWindow):
    """The questions about files that only a window can ask. Each design opens in a tab of its own."""

    session: Session

    def new(self) -> None:
        self.session.new()

    def open(self, path: Path | str) -> None:
        self.session.open(path)

    def open_template(self, name: str) -> None:
        self.session.open_template(name)

    def choose_open(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, self.tr("Open a design"), self.folder(), self.tr(FILES))
        if name:
            self.open(name)

    def choose_run(self) -> None:
        name = QFileDialog.getExistingDirectory(self, self.tr("Open a finished run"), str(self.session.runs_folder))
        if name:
            self.session.open_run(name)

    def save(self) -> bool:
        return self.session.save() if self.session.path else self.save_as()

    def save_as(self) -> bool:
        start = self.session.path or Path(self.folder()) / (self.session.title + SUFFIX)
        name, _ = QFileDialog.getSaveFileName(self, self.tr("Save the design"), str(start), self.tr(FILES))
        return bool(name) and self.session.save(name if Path(name).suffix else name + SUFFIX)

    def export(self, format: str) -> None:
        kind, suffix = EXPORTS[format]
        start = Path(self.folder()) / (self.session.title + suffix)
        name, _ = QFileDialog.getSaveFileName(self, self.tr("Export"), str(start), self.tr(kind))
        if name:
            self.session.export(format, name if Path(name).suffix else name + suffix)

    def folder(self) -> str:
        """Where a file dialog begins: beside the design that is shown, else beside the last one."""
        last = settings.recent()
        return str(self.session.path.parent if self.session.path else last[0].parent if last else Path.home())
