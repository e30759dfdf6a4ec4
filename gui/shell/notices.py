"""The notice strip: sentences above the canvas that never stop anyone."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleEvent, QColor, QKeyEvent, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui import icons, theme
from gui.documents import Act, Level, Notice
from gui.parts import give_keyboard

SECONDS_OF_INFO: Final = 7
MOST_AT_ONCE: Final = 3
WIDTH: Final = 620
MARGIN: Final = 14
ICONS: Final[dict[Level, str]] = {"info": "info", "warning": "warning", "error": "error"}
ROLES: Final[dict[Level, str]] = {"info": "accent", "warning": "warning", "error": "error"}


class NoticeCard(QWidget):
    """One notice: mark, sentence, perhaps a button, and a cross. An info goes by itself."""

    def __init__(self, notice: Notice, parent: QWidget) -> None:
        super().__init__(parent)
        self.notice = notice
        self.setAccessibleName(notice.text)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 9, 8, 9)
        row.setSpacing(10)
        mark = QToolButton()
        mark.setIcon(icons.icon(ICONS[notice.level], ROLES[notice.level]))
        mark.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        mark.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        mark.setStyleSheet("padding: 0; border: 0")
        mark.setIconSize(QSize(18, 18))
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignVCenter)
        text = QLabel(notice.text, wordWrap=True)
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row.addWidget(text, 1)
        cross = QToolButton()
        self.first: QAbstractButton = cross  # of its buttons
        acts = [(notice.action_label, notice.action)] if notice.action_label and notice.action else []
        for at, (label, action) in enumerate((*acts, *notice.more)):
            button = self._button(label, action)
            self.first = self.first if at else button
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        cross.setIcon(icons.icon("close", "text_dim"))
        cross.setToolTip(self.tr("Dismiss"))
        cross.setAccessibleName(self.tr("Dismiss"))
        cross.setIconSize(QSize(12, 12))
        cross.clicked.connect(self.dismiss)
        row.addWidget(cross, 0, Qt.AlignmentFlag.AlignVCenter)
        self._timer = QTimer(self, singleShot=True, interval=SECONDS_OF_INFO * 1000)
        self._timer.timeout.connect(self.dismiss)
        if notice.level == "info":
            self._timer.start()

    def dismiss(self) -> None:
        strip = self.parentWidget()
        if isinstance(strip, NoticeStrip):
            strip.remove(self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            super().keyPressEvent(event)

    def enterEvent(self, event: QEvent) -> None:
        self._timer.stop()

    def leaveEvent(self, event: QEvent) -> None:
        if self.notice.level == "info":
            self._timer.start()

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.current()
        level: QColor = getattr(now, ROLES[self.notice.level])
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        painter.fillPath(shape, theme.blend(now.raised, level, 0.10))
        painter.setClipPath(shape)
        painter.fillRect(0, 0, 4, self.height(), level)
        painter.setClipping(False)
        painter.setPen(theme.blend(now.border, level, 0.45))
        painter.drawPath(shape)

    def _button(self, label: str, action: Act) -> QPushButton:
        button = QPushButton(label)
        button.clicked.connect(lambda: self._act(action))
        return button

    def _act(self, action: Act) -> None:
        self.dismiss()
        action()


class NoticeStrip(QWidget):
    """Lies at the top of its parent and is only as large as the notices in it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.cards: list[NoticeCard] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self._above = parent
        self._before: QWidget | None = None  # what had the keyboard
        parent.installEventFilter(self)
        self.hide()

    def show_notice(self, notice: Notice) -> None:
        """Add a notice; one of the same topic or text gives way, and so does the oldest of too many."""
        for card in list(self.cards):
            if card.notice.text == notice.text or (notice.topic and card.notice.topic == notice.topic):
                self.remove(card)
        while len(self.cards) >= MOST_AT_ONCE:
            self.remove(self.cards[0])
        card = NoticeCard(notice, self)
        self.cards.append(card)
        self._column.addWidget(card)
        card.show()
        self._place()
        QAccessible.updateAccessibility(QAccessibleEvent(card, QAccessible.Event.Alert))

    def take_keyboard(self) -> None:
        """Give the keyboard to the first button of the newest notice; when it goes, back to where it was."""
        if self.cards:
            self._before = QApplication.focusWidget()
            self.cards[-1].first.setFocus(Qt.FocusReason.TabFocusReason)

    def dismiss_topic(self, topic: str) -> None:
        """Take away what is no longer so."""
        for card in list(self.cards):
            if card.notice.topic == topic:
                self.remove(card)

    def remove(self, card: NoticeCard) -> None:
        if card in self.cards:
            if card.isAncestorOf(QApplication.focusWidget() or self):
                give_keyboard(self._before)
            self.cards.remove(card)
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
            self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def _place(self) -> None:
        parent = self._above
        width = min(WIDTH, parent.width() - 2 * MARGIN)
        self.setVisible(bool(self.cards) and width > 0)
        if self.isVisible():
            height = self._column.heightForWidth(width)
            self.setGeometry((parent.width() - width) // 2, MARGIN, width, height)
            self.raise_()
