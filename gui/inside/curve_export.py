"""Plots as files: a picture, a drawing made of lines and words, and a table with every value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QRect, QSize
from PySide6.QtGui import QPainter
from PySide6.QtSvg import QSvgGenerator

from graph.disk import write_atomically
from gui.inside.curve_sheet import Sheet
from gui.inside.curves import table
from gui.inside.run_reading import history_of, table_of
from gui.inside.traces import Trace

Write = Callable[[Sheet, Path], None]


def write_png(sheet: Sheet, path: Path) -> None:
    """Everything that is plotted, in twice the pixels of the screen. Raises FileProblem where it cannot be written."""
    buffer = _buffer()
    sheet.picture().save(buffer, "PNG")  # type: ignore[call-overload]
    write_atomically(path, bytes(buffer.data().data()))


def write_svg(sheet: Sheet, path: Path) -> None:
    """Everything that is plotted, as lines and words. Raises FileProblem where it cannot be written."""
    buffer, size = _buffer(), sheet.picture_size()
    made = QSvgGenerator()
    made.setOutputDevice(buffer)
    made.setSize(QSize(size))
    made.setViewBox(QRect(0, 0, size.width(), size.height()))
    made.setResolution(sheet.logicalDpiX())
    made.setTitle(", ".join(sheet.plots))
    painter = QPainter(made)
    sheet.paint_all(painter)
    painter.end()
    write_atomically(path, bytes(buffer.data().data()))


def write_csv(sheet: Sheet, path: Path) -> None:
    """Every value of every run that is shown, from its history on the disk. Raises FileProblem where that fails."""
    rows = chain.from_iterable(map(_rows, sheet.traces.visible()))
    write_atomically(path, table(rows).encode())


def _rows(trace: Trace) -> Iterator[tuple[object, ...]]:
    """All that was measured in a run: the curves here are thinned where it took very long."""
    run = history_of(trace.run)
    return iter(table_of(run)) if run else trace.curves.rows(trace.label or trace.name)


def _buffer() -> QBuffer:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    return buffer
