"""One editor for each sort of value: number fields that scrub, sliders, segments, switches, texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QSlider,
    QStyle,
    QStyleOptionComboBox,
    QToolButton,
    QWidget,
)

from graph.catalogue import Parameter
from gui import theme
from gui.inspector import values
from gui.inspector.number_field import SEVERAL, NumberField, fresh_token
from gui.parts import tool

SLIDER_TICKS: Final = 1000


class Editor(QWidget):
    """What an inspector puts beside a parameter's name.

    ``edited`` carries the new value and a token; edits with the same non-empty token are one step of undo.
    ``complained`` carries why what was typed cannot stand, or "".
    """

    edited = Signal(object, str)
    complained = Signal(str)
    below: QWidget | None = None  # what it needs the whole width for, to be placed under its line

    def show_value(self, value: Any) -> None:
        """Show a value without telling anyone; None where several nodes differ. Each kind of editor says how."""

    def name_for_readers(self, name: str, help: str) -> None:
        """What a screen reader says of it."""
        target = self.focusProxy() or self
        target.setAccessibleName(name)
        target.setAccessibleDescription(help)


class NumberEditor(Editor):
    """A number field, with a slider beside it where the range is one that can be aimed at."""

    def __init__(self, parameter: Parameter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.parameter = parameter
        self.field = NumberField(parameter, self)
        self.field.edited.connect(self._field_edited)
        self.field.complained.connect(self.complained)
        self.slider: QSlider | None = None
        self._token = ""
        layout = row_of(self)
        layout.addWidget(self.field, 2)
        if values.has_slider(parameter):
            self.slider = _Slider(Qt.Orientation.Horizontal, self)
            self.slider.setRange(0, SLIDER_TICKS)
            self.slider.setMinimumWidth(48)
            self.slider.setPageStep(SLIDER_TICKS // 10)
            self.slider.setSingleStep(SLIDER_TICKS // 100)
            self.slider.sliderPressed.connect(self._grab)
            self.slider.valueChanged.connect(self._slid)
            layout.addWidget(self.slider, 3)
        self.setFocusProxy(self.field)

    def show_value(self, value: Any) -> None:
        self.field.show_value(value)
        self._move_slider()

    def name_for_readers(self, name: str, help: str) -> None:
        super().name_for_readers(name, help)
        if self.slider:
            self.slider.setAccessibleName(self.tr("{name}, slider").format(name=name))

    def _grab(self) -> None:
        self._token = fresh_token()

    def _slid(self, ticks: int) -> None:
        if self.slider and not self.slider.isSliderDown():
            self._token = fresh_token()
        value = values.from_share(self.parameter, ticks / SLIDER_TICKS)
        if value != self.field.value:
            self.field.set_value(value, self._token)

    def _field_edited(self, value: Any, token: str) -> None:
        self._move_slider()
        self.edited.emit(value, token)

    def _move_slider(self) -> None:
        if self.slider and not self.slider.isSliderDown() and self.field.value is not None:
            self.slider.blockSignals(True)
            self.slider.setValue(round(values.to_share(self.parameter, self.field.value) * SLIDER_TICKS))
            self.slider.blockSignals(False)


class _Slider(QSlider):
    """A slider that jumps to where it is pressed, and that the wheel passes over."""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        share = (event.position().x() - 7) / max(1, self.width() - 14)
        self.setSliderDown(True)
        self.setValue(round(min(1.0, max(0.0, share)) * self.maximum()))
        self.setSliderDown(False)
        super().mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class Segments(Editor):
    """A few choices side by side, one of them pressed; in two rows where one is too narrow for them."""

    def __init__(self, choices: tuple[Any, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.choices = choices
        self._group = QButtonGroup(self)
        self._columns = len(choices)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(2, 2, 2, 2)
        self._grid.setSpacing(1)
        for number, choice in enumerate(choices):
            button = tool(self, str(choice), worded=True, checkable=True)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.setMinimumWidth(button.fontMetrics().horizontalAdvance(button.text()) + 12)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            button.setStyleSheet("QToolButton { padding: 2px 5px; border-radius: 5px; }")
            self._group.addButton(button, number)
            self._grid.addWidget(button, 0, number)
        self._group.idToggled.connect(self._toggled)
        self.setFocusProxy(self._group.button(0))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._needed(-(-len(self.choices) // 2)), self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        columns = len(self.choices)
        columns = columns if self._needed(columns) <= self.width() else -(-columns // 2)
        if columns != self._columns:
            self._columns = columns
            for number, button in enumerate(self._group.buttons()):
                self._grid.addWidget(button, *divmod(number, columns))
            self.updateGeometry()

    def _needed(self, columns: int) -> int:
        """Pixels across for so many columns."""
        least = [button.minimumWidth() for button in self._group.buttons()]
        widest = [max(least[column::columns]) for column in range(min(columns, len(least)))]
        return sum(widest) + max(len(widest) - 1, 0) + 4

    def show_value(self, value: Any) -> None:
        self.blockSignals(True)
        self._group.setExclusive(False)
        for number, choice in enumerate(self.choices):
            self._group.button(number).setChecked(choice == value)
        self._group.setExclusive(True)
        self.blockSignals(False)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.current().border, 1))
        painter.setBrush(theme.current().field)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)

    def button(self, choice: Any) -> QToolButton:
        made = self._group.button(self.choices.index(choice))
        assert isinstance(made, QToolButton)
        return made

    def name_for_readers(self, name: str, help: str) -> None:
        for number, choice in enumerate(self.choices):
            self._group.button(number).setAccessibleName(f"{name}: {choice}")
            self._group.button(number).setAccessibleDescription(help)

    def _toggled(self, number: int, on: bool) -> None:
        if on:
            self.edited.emit(self.choices[number], "")


class ChoiceList(Editor):
    """More choices, or longer ones, as a list to open."""

    def __init__(self, choices: tuple[Any, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.choices = choices
        self.box = CalmComboBox(self)
        self.box.addItems([str(choice) for choice in choices])
        self.box.activated.connect(lambda number: self.edited.emit(self.choices[number], ""))
        row_of(self).addWidget(self.box)
        self.setFocusProxy(self.box)

    def show_value(self, value: Any) -> None:
        self.box.setCurrentIndex(self.choices.index(value) if value in self.choices else -1)
        self.box.setPlaceholderText(SEVERAL if value is None else str(value))


class CalmComboBox(QComboBox):
    """A list that the wheel passes over unless it has the focus."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)

    def initStyleOption(self, option: QStyleOptionComboBox) -> None:
        """Let what has no room end in dots, which the style would cut in the middle of a letter."""
        super().initStyleOption(option)
        field = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self
        )
        room = field.width() - (0 if option.currentIcon.isNull() else option.iconSize.width() + 4)
        option.currentText = self.fontMetrics().elidedText(option.currentText, Qt.TextElideMode.ElideRight, room)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


def chooser(name: str, tip: str, choices: Sequence[str] = ()) -> CalmComboBox:
    """A list in the head of a panel, as wide as what is in it."""
    made = CalmComboBox()
    made.setAccessibleName(name)
    made.setToolTip(tip)
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    made.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
    made.addItems(choices)
    return made


class Switch(QCheckBox):
    """A check box that looks like a switch; half-way where several nodes differ."""

    def sizeHint(self) -> QSize:
        return QSize(38, 24)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, pos: Any) -> bool:
        return bool(self.rect().contains(pos))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours, state = theme.current(), self.checkState()
        track = QRectF(2, (self.height() - 18) / 2, 34, 18)
        on = state == Qt.CheckState.Checked
        painter.setPen(QPen(colours.accent if on or self.hasFocus() else colours.node_border, 1))
        painter.setBrush(colours.accent if on else colours.field)
        painter.drawRoundedRect(track, 9, 9)
        shift = {Qt.CheckState.Checked: 16.0, Qt.CheckState.Unchecked: 0.0}.get(state, 8.0)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colours.on_accent if on else colours.text_dim)
        painter.drawEllipse(QRectF(track.left() + 3 + shift, track.top() + 3, 12, 12))
        if self.hasFocus():
            painter.setPen(QPen(colours.accent, 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(track.adjusted(-1.5, -1.5, 1.5, 1.5), 10.5, 10.5)


class SwitchEditor(Editor):
    """Yes or no."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.switch = Switch(self)
        self.switch.clicked.connect(self._clicked)
        layout = row_of(self)
        layout.addWidget(self.switch)
        layout.addStretch()
        self.setFocusProxy(self.switch)

    def show_value(self, value: Any) -> None:
        self.switch.setTristate(value is None)
        state = Qt.CheckState.Checked if value else Qt.CheckState.Unchecked
        self.switch.setCheckState(Qt.CheckState.PartiallyChecked if value is None else state)

    def _clicked(self) -> None:
        on = self.switch.checkState() != Qt.CheckState.Unchecked
        self.switch.setTristate(False)
        self.switch.setChecked(on)
        self.edited.emit(on, "")


class TextEditor(Editor):
    """A text of one line, taken at Enter or on leaving."""

    def __init__(self, placeholder: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = QLineEdit(self)
        self.field.setAcceptDrops(False)  # files are dropped on the window
        self.field.setPlaceholderText(placeholder)
        self.field.editingFinished.connect(self._finish)
        row_of(self).addWidget(self.field)
        self.setFocusProxy(self.field)
        self._shown = ""

    def show_value(self, value: Any) -> None:
        text = SEVERAL if value is None else str(value)
        if text != self._shown or not self.field.isModified():
            self._shown = text
            self.field.setText(text)

    def _finish(self) -> None:
        if self.field.isModified():
            self.field.setModified(False)
            self._shown = self.field.text()
            self.edited.emit(self._shown, "")


def row_of(widget: QWidget, spacing: int = 8) -> QHBoxLayout:
    """A layout without margins."""
    layout = QHBoxLayout(widget)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(spacing)
    return layout
