"""The design as the PyTorch program that it is, following every edit."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Final

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPlainTextEdit,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui import theme
from gui.highlight import PythonHighlighter
from gui.panels import Panel
from gui.parts import Empty, Live, tool
from gui.session import Session

FORMATS: Final = {
    "python": ("PyTorch source (.py)…", ".py"),
    "onnx": ("ONNX (.onnx)…", ".onnx"),
    "pt2": ("PyTorch program (.pt2)…", ".pt2"),
    "safetensors": ("Weights (.safetensors)…", ".safetensors"),
}
THANKS: Final = 1500  # milliseconds that "Copied" stays


class CodePanel(Live):
    """Generated source to read and copy, and a menu of exports."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.text = QPlainTextEdit(readOnly=True)
        self.text.setAccessibleName(self.tr("Generated PyTorch source"))
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setFont(theme.code_font(12))
        self.text.setStyleSheet("QPlainTextEdit { border: 0; border-radius: 0; padding: 2px 8px; }")
        self._highlighter = PythonHighlighter(self.text.document(), theme.current())
        self.size_words = QLabel()
        self.size_words.setProperty("dim", True)
        self.copy_button = tool(self, self.tr("Copy"), "copy", worded=True)
        self.copy_button.clicked.connect(self._copy)
        self.export_button = tool(self, self.tr("Export…"), "export", worded=True)
        self._lay_out()
        session.analysed.connect(self.invalidate)
        session.document_replaced.connect(self.invalidate)

    def refresh(self) -> None:
        source = self.session.source
        self._pages.setCurrentIndex(1 if source else 0)
        if not source or source == self.text.toPlainText():
            return
        across, down = self.text.horizontalScrollBar().value(), self.text.verticalScrollBar().value()
        self.text.setPlainText(source)
        self.text.horizontalScrollBar().setValue(across)
        self.text.verticalScrollBar().setValue(down)
        self.size_words.setText(self.tr("{count} lines").format(count=source.count("\n") + 1))

    def restyle(self) -> None:
        self._highlighter.set_theme(theme.current())

    def ask_path(self, ending: str) -> str:
        """Ask the user where to; "" where they think better of it."""
        proposed = str(Path.home() / (self.session.title + ending))
        return QFileDialog.getSaveFileName(self, self.tr("Export"), proposed, f"*{ending}")[0]

    def _export(self, format: str) -> None:
        if path := self.ask_path(FORMATS[format][1]):
            self.session.export(format, path)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())
        self.copy_button.setText(self.tr("Copied"))
        QTimer.singleShot(THANKS, self.copy_button, lambda: self.copy_button.setText(self.tr("Copy")))

    def _lay_out(self) -> None:
        menu = QMenu(self.export_button)
        for format, (words, _) in FORMATS.items():
            menu.addAction(self.tr(words), functools.partial(self._export, format))
        self.export_button.setMenu(menu)
        self.export_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        head = QHBoxLayout()
        head.setContentsMargins(10, 4, 6, 0)
        head.addWidget(self.size_words)
        head.addStretch()
        head.addWidget(self.copy_button)
        head.addWidget(self.export_button)
        full = QWidget()
        column = QVBoxLayout(full)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addLayout(head)
        column.addWidget(self.text, 1)
        advice = self.tr("Draw a network without problems, and the PyTorch program that it stands for appears here.")
        self.empty = Empty(self.tr("No code yet"), advice)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(full)


PANEL = Panel("code", "Code", "bottom", CodePanel, order=50)
