"""A pad to draw a small picture on, as a network would read it: with the mouse, a pen or the arrow keys."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QColorDialog, QHBoxLayout, QSizePolicy, QSlider, QVBoxLayout, QWidget

from gui import theme
from gui.parts import tool

Array = np.ndarray
FINE: Final = 280  # dots along the longer side that strokes are drawn with, so that their edges come out in greys
MOST_UNDONE: Final = 32
PENS: Final = (0.5, 4.0)  # pixels of the picture across, times 28 pixels of its longer side
TICKS: Final = 100
KEYS: Final = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Space, Qt.Key.Key_Delete,
               Qt.Key.Key_Backspace, Qt.Key.Key_Z)  # fmt: skip
USUAL: Final = 28  # pixels of the longer side that the pens are meant for


class Pad(QWidget):
    """The surface: light ink on black, or any colour; a picture of so many pixels, however large it is shown.

    height, width: pixels of the picture
    channels: 1 for grey, 3 for colours

    ``drawn`` says that the picture is another; ``finished`` that a stroke has ended or something was done at once.
    Arrow keys move a cross; with Shift they draw, and Space puts a dot.
    """

    drawn = Signal()
    finished = Signal()

    def __init__(self, height: int = 28, width: int = 28, channels: int = 1, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pen = 2.0  # across, in pixels of the picture
        self.ink = QColor(Qt.GlobalColor.white)
        self.spot = QPointF(width / 2, height / 2)  # the cross of the keyboard, in pixels of the picture
        self._box: tuple[int, ...] = ()
        self._before: list[QImage] = []
        self._after: list[QImage] = []
        self._at: QPointF | None = None  # where the stroke under way has come to
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Pad to draw on"))
        self.setAccessibleDescription(self.tr("Arrow keys move the pen, Shift and arrow keys draw, Space puts a dot"))
        self.set_shape(height, width, channels)

    # -- the picture -------------------------------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels of the picture."""
        return self._height, self._width, self._channels

    def set_shape(self, height: int, width: int, channels: int = 1) -> None:
        """Draw a picture of another size from now on; what was drawn is gone where it is another."""
        if getattr(self, "_image", None) is not None and self.shape == (height, width, channels):
            return
        self._height, self._width, self._channels = height, width, channels
        self._scale = max(1, round(FINE / max(height, width)))
        self._image = self._blank()
        self._before, self._after = [], []
        self.pen = 2.0 * max(1.0, max(height, width) / USUAL)
        self.spot = QPointF(width / 2, height / 2)
        self.drawn.emit()
        self.update()

    def values(self) -> Array:
        """The picture as float32 from 0 to 1: (height, width) in grey, (3, height, width) in colours."""
        fine = _levels(self._image).reshape(self._height, self._scale, self._width, self._scale, 3)
        mean = (fine.mean(axis=(1, 3), dtype=np.float64) / 255).astype(np.float32)
        return np.ascontiguousarray(mean.transpose(2, 0, 1) if self._channels == 3 else mean[..., 0])

    def show_values(self, values: Array) -> None:
        """Draw on another picture: (height, width) or (channels, height, width) from 0 to 1, of the pad's size.

        Levels are rounded to 1/255. Raises ValueError for another size.
        """
        planes = values[None] if values.ndim == 2 else values
        if planes.shape[1:] != (self._height, self._width):
            raise ValueError(f"The pad is {self._height}×{self._width}, the picture {planes.shape[1:]}.")
        colours = np.repeat(planes[:1], 3, axis=0) if len(planes) != 3 else planes
        if self._channels == 1 and len(planes) == 3:
            colours = np.repeat(planes.mean(axis=0, keepdims=True), 3, axis=0)
        levels = np.round(np.clip(np.nan_to_num(colours), 0, 1) * 255).astype(np.uint8).transpose(1, 2, 0)
        fine = np.ascontiguousarray(levels.repeat(self._scale, axis=0).repeat(self._scale, axis=1))
        self._remember()
        high, wide = fine.shape[:2]
        self._image = QImage(fine.data, wide, high, wide * 3, QImage.Format.Format_RGB888).copy()
        self._done()

    @property
    def blank(self) -> bool:
        """Whether nothing is drawn."""
        return not _levels(self._image).any()

    def show_box(self, box: tuple[int, ...]) -> None:
        """Outline a part: first and last row, first and last column; nothing for ()."""
        self._box = box
        self.update()

    def clear(self) -> None:
        """Take everything away; that can be undone."""
        if not self.blank:
            self._remember()
            self._image = self._blank()
            self._done()

    def undo(self) -> None:
        """Take the last stroke back."""
        if self._before:
            self._after.append(self._image)
            self._image = self._before.pop()
            self._done()

    def redo(self) -> None:
        """Draw again what was taken back."""
        if self._after:
            self._before.append(self._image)
            self._image = self._after.pop()
            self._done()

    @property
    def undoable(self) -> bool:
        return bool(self._before)

    # -- drawing -----------------------------------------------------------------------------------------------------

    @property
    def place(self) -> QRect:
        """Where the picture is painted: as large as there is room for, whole pixels where it is enlarged enough."""
        factor = min((self.width() - 2) / self._width, (self.height() - 2) / self._height)
        factor = float(int(factor)) if factor >= 3 else max(factor, 0.1)
        size = QSize(max(1, round(self._width * factor)), max(1, round(self._height * factor)))
        corner = QPoint((self.width() - size.width()) // 2, (self.height() - size.height()) // 2)
        return QRect(corner, size)

    def pixel(self, spot: QPointF) -> QPointF:
        """A place on the widget in pixels of the picture, from its upper left corner."""
        place = self.place
        return QPointF((spot.x() - place.left()) * self._width / place.width(),
                       (spot.y() - place.top()) * self._height / place.height())  # fmt: skip

    def stroke(self, *spots: QPointF) -> None:
        """Draw through spots, in pixels of the picture; one spot alone is a dot."""
        painter = QPainter(self._image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink = self.ink if self._channels == 3 else QColor.fromHsv(0, 0, self.ink.value())
        ends = Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
        painter.setPen(QPen(ink, self.pen * self._scale, Qt.PenStyle.SolidLine, *ends))
        fine = [spot * self._scale for spot in spots]
        if len(fine) == 1:
            painter.drawPoint(fine[0])
        else:
            painter.drawPolyline(fine)
        painter.end()
        self.drawn.emit()
        self.update()

    def _blank(self) -> QImage:
        made = QImage(self._width * self._scale, self._height * self._scale, QImage.Format.Format_RGB888)
        made.fill(Qt.GlobalColor.black)
        return made

    def _remember(self) -> None:
        self._before = [*self._before, self._image.copy()][-MOST_UNDONE:]
        self._after = []

    def _done(self) -> None:
        self.drawn.emit()
        self.finished.emit()
        self.update()

    # -- events ------------------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in KEYS:
            event.accept()  # undo means the stroke here, not the design
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._remember()
            self._at = self.pixel(event.position())
            self.stroke(self._at)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._at is not None:
            before, self._at = self._at, self.pixel(event.position())
            self.stroke(before, self._at)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._at is not None and event.button() == Qt.MouseButton.LeftButton:
            self._at = None
            self.finished.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}
        drawing = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        commanding = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if event.key() in moves:
            self._move(*moves[Qt.Key(event.key())], drawing)
        elif event.key() == Qt.Key.Key_Space:
            self._remember()
            self.stroke(self.spot)
            self.finished.emit()
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.clear()
        elif event.key() == Qt.Key.Key_Z and commanding:
            self.redo() if drawing else self.undo()
        else:
            super().keyPressEvent(event)

    def _move(self, right: int, down: int, drawing: bool) -> None:
        """Move the cross by a pixel, drawing or not."""
        before = self.spot
        self.spot = QPointF(
            min(max(before.x() + right, 0.0), self._width), min(max(before.y() + down, 0.0), self._height)
        )
        if drawing:
            self._remember()
            self.stroke(before, self.spot)
            self.finished.emit()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(224, 224)

    def minimumSizeHint(self) -> QSize:
        return QSize(84, 84)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, now, place = QPainter(self), theme.current(), self.place
        levels = np.round(self.values() * 255).astype(np.uint8)
        planes = np.repeat(levels[None], 3, axis=0) if levels.ndim == 2 else levels
        pixels = np.ascontiguousarray(planes.transpose(1, 2, 0))
        form = QImage.Format.Format_RGB888
        painter.drawImage(place, QImage(pixels.data, self._width, self._height, self._width * 3, form))
        painter.setPen(QPen(now.accent if self.hasFocus() else now.border, 1))
        painter.drawRect(place.adjusted(-1, -1, 0, 0))
        factor = place.width() / self._width
        if self._box:
            top, bottom, left, right = self._box
            painter.setPen(QPen(now.warning, 1.5))
            painter.drawRect(QRectF(place.left() + left * factor, place.top() + top * factor,
                                    (right - left + 1) * factor, (bottom - top + 1) * factor))  # fmt: skip
        if self.hasFocus() and self._at is None:
            middle = QPointF(place.left() + self.spot.x() * factor, place.top() + self.spot.y() * factor)
            painter.setPen(QPen(now.accent, 1))
            painter.drawLine(middle - QPointF(5, 0), middle + QPointF(5, 0))
            painter.drawLine(middle - QPointF(0, 5), middle + QPointF(0, 5))


class DrawingPad(QWidget):
    """A pad with its tools: the pen's size, the ink where it draws in colours, undo and clear."""

    def __init__(self, height: int = 28, width: int = 28, channels: int = 1, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pad = Pad(height, width, channels)
        self.drawn, self.finished = self.pad.drawn, self.pad.finished
        self.values, self.show_values = self.pad.values, self.pad.show_values
        self.size_slider = QSlider(Qt.Orientation.Horizontal)
        self.size_slider.setRange(0, TICKS)
        self.size_slider.setMinimumWidth(36)
        self.size_slider.setAccessibleName(self.tr("Size of the pen"))
        self.size_slider.setToolTip(self.tr("Size of the pen"))
        self.size_slider.valueChanged.connect(self._take_size)
        self.ink_button = tool(self, self.tr("Ink"), "", self.tr("Choose the colour to draw with"), worded=True)
        self.rubber = tool(self, self.tr("Rubber"), "rubber", self.tr("Draw in black, to rub out"), checkable=True)
        self.undo_button = tool(self, self.tr("Undo the last stroke"), "undo")
        self.clear_button = tool(self, self.tr("Clear the pad"), "delete")
        self.ink_button.clicked.connect(self._choose_ink)
        self.rubber.toggled.connect(self._take_ink)
        self.undo_button.clicked.connect(self.pad.undo)
        self.clear_button.clicked.connect(self.pad.clear)
        self.pad.drawn.connect(self._tell)
        self._ink = QColor(Qt.GlobalColor.white)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self.size_slider, 1)
        for button in (self.ink_button, self.rubber, self.undo_button, self.clear_button):
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.pad, 1)
        column.addLayout(row)
        self._tell()
        self._show_size()

    def set_shape(self, height: int, width: int, channels: int = 1) -> None:
        """Draw a picture of another size from now on."""
        self.pad.set_shape(height, width, channels)
        self._tell()
        self._show_size()

    def set_ink(self, ink: QColor) -> None:
        """Draw with a colour; in grey only how bright it is counts."""
        self._ink = QColor(ink)
        self.rubber.setChecked(False)
        self._take_ink()

    def _take_ink(self) -> None:
        self.pad.ink = QColor(Qt.GlobalColor.black) if self.rubber.isChecked() else self._ink

    def _choose_ink(self) -> None:
        dialog = QColorDialog(self._ink, self)
        dialog.colorSelected.connect(self.set_ink)
        dialog.open()

    @property
    def _pens(self) -> tuple[float, float]:
        """The thinnest and the thickest pen, in pixels of the picture."""
        factor = max(1.0, max(self.pad.shape[:2]) / USUAL)
        return PENS[0] * factor, PENS[1] * factor

    def _take_size(self, tick: int) -> None:
        thin, thick = self._pens
        self.pad.pen = thin + (thick - thin) * tick / TICKS

    def _show_size(self) -> None:
        thin, thick = self._pens
        self.size_slider.blockSignals(True)
        self.size_slider.setValue(round((self.pad.pen - thin) / (thick - thin) * TICKS))
        self.size_slider.blockSignals(False)

    def _tell(self) -> None:
        """Offer what can be done now."""
        self.ink_button.setVisible(self.pad.shape[2] == 3)
        self.undo_button.setEnabled(self.pad.undoable)
        self.clear_button.setEnabled(not self.pad.blank)


def _levels(image: QImage) -> Array:
    """(height, width, 3) of uint8."""
    rows = np.frombuffer(image.constBits(), np.uint8, image.bytesPerLine() * image.height())
    return rows.reshape(image.height(), image.bytesPerLine())[:, : image.width() * 3].reshape(
        image.height(), image.width(), 3
    )
