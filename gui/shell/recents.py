"""The designs last used on the start page, each with a small picture and when it was changed."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

from PySide6.QtCore import QCoreApplication, QDate, QLocale, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from graph import files
from graph.document import Document
from gui import theme
from gui.shell import miniature

SMALL: Final = QSize(68, 44)
LARGE: Final = 116  # height of the picture of the design to continue with
PAD: Final = 6
LINE: Final = 18
MINUTE, HOUR, DAY = 60, 3600, 86400


class Recent(QAbstractButton):
    """A design to open again: its drawing, name, and how long ago it was changed.

    large: with its picture above the words, as wide as there is room
    """

    def __init__(self, path: Path, large: bool = False) -> None:
        super().__init__()
        self.path, self.large = path, large
        self.setText(path.stem)
        self.when = ago(path)
        self.setToolTip(str(path))
        self.setAccessibleName(path.stem)
        self.setAccessibleDescription(self.when)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(190, LARGE + 2 * LINE + 16 if self.large else SMALL.height() + 2 * PAD)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        now, lit = theme.current(), self.underMouse() or self.hasFocus()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)
        if self.large or lit:
            painter.fillPath(shape, theme.blend(now.raised, now.hover, 0.6 * lit))
        picture = self._picture_place()
        painter.save()
        painter.setClipPath(shape if self.large else _rounded(picture))
        drawn = _picture(self.path, _changed(self.path), now.name, picture.width(), picture.height(),
                         self.devicePixelRatioF())  # fmt: skip
        painter.drawPixmap(picture.topLeft(), drawn)
        painter.restore()
        if self.large or self.hasFocus():
            painter.setPen(QPen(now.accent if lit else now.border, 2 if self.hasFocus() else 1))
            painter.drawPath(shape)
        self._write(painter, picture)

    def _picture_place(self) -> QRectF:
        if self.large:
            return QRectF(0, 0, self.width(), LARGE)
        return QRectF(PAD, PAD, SMALL.width(), SMALL.height())

    def _write(self, painter: QPainter, picture: QRectF) -> None:
        now = theme.current()
        left, top = (12.0, LARGE + 8.0) if self.large else (picture.right() + 10, picture.top() + 4)
        width = self.width() - left - 8
        for text, font, colour in ((self.text(), theme.font(bold=True), now.text),
                                   (self.when, theme.font(12), now.text_dim)):  # fmt: skip
            painter.setFont(font)
            painter.setPen(colour)
            short = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(width))
            painter.drawText(QRectF(left, top, width, LINE), Qt.AlignmentFlag.AlignVCenter, short)
            top += LINE


def ago(path: Path, now: datetime | None = None) -> str:
    """When a file was changed, as people say it: "5 minutes ago", "yesterday", a date."""
    then = datetime.fromtimestamp(_changed(path))
    now = now or datetime.now()
    seconds = (now - then).total_seconds()
    if seconds < MINUTE:
        return _tr("just now")
    if seconds < HOUR:
        minutes = int(seconds // MINUTE)
        return _tr("{n} minutes ago").format(n=minutes) if minutes > 1 else _tr("a minute ago")
    days = (now.date() - then.date()).days
    if days == 0:
        hours = int(seconds // HOUR)
        return _tr("{n} hours ago").format(n=hours) if hours > 1 else _tr("an hour ago")
    if days < 7:
        return _tr("{n} days ago").format(n=days) if days > 1 else _tr("yesterday")
    return QLocale().toString(QDate(then.year, then.month, then.day), QLocale.FormatType.ShortFormat)


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


@lru_cache(maxsize=32)
def _document(path: Path, changed: float) -> Document:
    """A design as it was at a time; an empty one where the file cannot be read, for opening it will say why."""
    try:
        return files.load(path)
    except files.FileProblem:
        return Document()


@lru_cache(maxsize=64)
def _picture(path: Path, changed: float, look: str, width: float, height: float, ratio: float) -> QPixmap:
    return miniature.picture(_document(path, changed), round(width), round(height), ratio)


def _rounded(place: QRectF) -> QPainterPath:
    shape = QPainterPath()
    shape.addRoundedRect(place, 5, 5)
    return shape


def _tr(text: str) -> str:
    return QCoreApplication.translate("Recent", text)
