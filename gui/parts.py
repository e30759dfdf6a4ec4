"""Small pieces that the panels share: a widget that works only while seen, empty states, marks, text that wraps."""

from __future__ import annotations

from collections.abc import Callable

import shiboken6
from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QApplication,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui import icons, pacing, theme


class Live(QWidget):
    """A widget that shows something that changes. It refreshes once a turn of the event loop, and only while visible;
    for news of a training that runs not before its turn comes (``gui.pacing``).

    A subclass builds its children first, implements ``refresh`` and calls ``invalidate`` whenever what it shows may
    have changed. It is refreshed for a new theme too.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stale = True
        self._paced = pacing.Turn(self._refresh_if_seen, self)
        theme.signals.changed.connect(self.restyle)

    def refresh(self) -> None:
        """Show the present state of things; a subclass says how."""

    def restyle(self) -> None:
        """Take the colours of a new theme."""
        self.invalidate()

    def invalidate(self) -> None:
        """Say that something has changed; costs next to nothing."""
        self._stale = True
        if self.isVisible():
            self._paced.ask()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._refresh_if_seen()

    def _refresh_if_seen(self) -> None:
        if self._stale and self.isVisible():
            self._stale = False
            self.refresh()


class Dot(QWidget):
    """A round mark of a colour that is asked for at every painting, so that it follows the theme."""

    def __init__(self, colour: Callable[[], QColor], diameter: int = 9, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colour = colour
        self._diameter = diameter
        self.setFixedSize(diameter + 2, diameter + 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colour())
        painter.drawEllipse(1, (self.height() - self._diameter) // 2, self._diameter, self._diameter)


class Stripe(QWidget):
    """A rounded upright bar of a colour, at the left of what it marks."""

    def __init__(self, colour: Callable[[], QColor], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colour = colour
        self.setFixedWidth(4)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Ignored)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colour())
        painter.drawRoundedRect(self.rect(), 2, 2)


class Words(QLabel):
    """Text that wraps, can be selected with the mouse and may be dim. Rich text may hold links for the browser."""

    def __init__(self, text: str = "", *, dim: bool = False, rich: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.RichText if rich else Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setProperty("dim", dim)
        self.setOpenExternalLinks(True)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def minimumSizeHint(self) -> QSize:
        return QSize(60, super().minimumSizeHint().height())


class Empty(QWidget):
    """What a panel shows while it has nothing: a line, what to do about it, and perhaps a button that does it."""

    def __init__(self, title: str, advice: str, action: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = QLabel(title)
        self.title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.title.setProperty("heading", True)
        self.title.setWordWrap(True)
        self.advice = QLabel(advice)
        self.advice.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.advice.setProperty("dim", True)
        self.advice.setWordWrap(True)
        self.advice.setMaximumWidth(340)
        self.button = QPushButton(action, self)  # without a parent, showing it would open a window
        self.button.setVisible(bool(action))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(8)
        layout.addStretch(2)
        layout.addWidget(self.title)
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(self.advice, 100)
        row.addStretch()
        layout.addLayout(row)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignCenter)
        layout.addStretch(3)


def tool(parent: QWidget, name: str, icon: str = "", tip: str = "", *, worded: bool = False,
         checkable: bool = False) -> QToolButton:  # fmt: skip
    """A flat button of a panel: an icon, a word, or both.

    name: what it is called by readers, and shown where it is worded or has no icon
    """
    made = QToolButton(parent)
    made.setText(name)
    made.setAccessibleName(name)
    made.setToolTip(tip or ("" if worded else name))
    made.setCheckable(checkable)
    if icon:
        made.setIcon(icons.icon(icon))
        if worded:
            made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    return made


def line(parent: QWidget) -> QFrame:
    """A thin line between two parts of a panel."""
    made = QFrame(parent)
    made.setProperty("line", True)
    return made


def scrolling(inside: QWidget) -> QScrollArea:
    """What scrolls a widget up and down where it is higher than the room there is, without a frame."""
    area = QScrollArea(widgetResizable=True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(inside)
    return area


def settle(scroll: QScrollArea) -> None:
    """Give what was put into a scroll area its size at once, so that it is never painted squeezed."""
    inside = scroll.widget()
    layout = inside.layout() if inside else None
    if inside is None or layout is None:
        return
    for child in inside.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
        if not child.testAttribute(Qt.WidgetAttribute.WA_WState_ExplicitShowHide):
            child.show()
    layout.activate()
    QApplication.sendEvent(scroll, QEvent(QEvent.Type.LayoutRequest))


def give_keyboard(widget: QWidget | None) -> None:
    """Give the keyboard back to what had it, where that is still there."""
    if widget is not None and shiboken6.isValid(widget) and widget.isVisible():
        if not widget.isActiveWindow():
            widget.activateWindow()
        widget.setFocus()


def clear(layout: QLayout) -> None:
    """Take everything out of a layout and let it go."""
    while (item := layout.takeAt(0)) is not None:
        if widget := item.widget():
            widget.hide()
            forget_style(widget)
            widget.deleteLater()
        elif inner := item.layout():
            clear(inner)
        shiboken6.delete(item)  # whoever takes it out owns it, and PySide does not


def forget_style(widget: QWidget) -> None:
    """Have the style drop what it keeps of the parts of a widget that is about to go.

    It notes every widget that it is asked about, and drops the note when one dies that it may dress. It may not dress
    what a scroll area shows, nor the frame around the list of a box with choices, and would keep theirs for good; but
    it may whatever has a style sheet of its own, even an empty one.
    """
    for area in (widget, *widget.findChildren(QAbstractScrollArea)):
        if isinstance(area, QAbstractScrollArea):
            area.viewport().setStyleSheet(" ")
        if isinstance(frame := area.parentWidget(), QFrame) and isinstance(frame.parentWidget(), QComboBox):
            frame.setStyleSheet(" ")


def grouped(number: int) -> str:
    """A count as it is read: ``12,345``."""
    return f"{number:,}"


def moments(name: str, tip: str) -> QSlider:
    """A slider through the moments of a training that are kept; at the right end is the newest."""
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setRange(0, 0)
    slider.setMinimumWidth(60)
    slider.setPageStep(5)
    slider.setAccessibleName(name)
    slider.setToolTip(tip)
    return slider
