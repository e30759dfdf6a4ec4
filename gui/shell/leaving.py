"""What becomes of unsaved designs when the window is closed: a sheet in the window that stops nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal, SignalInstance
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from gui import theme
from gui.opened import Opened
from gui.parts import Words, give_keyboard

if TYPE_CHECKING:
    from gui.window import Window

WIDTH: Final = 600
TOP: Final = 84
LAG: Final = 200  # milliseconds after an edit
ROWS: Final = 260  # pixels, beyond which the list of designs scrolls


class Leaving(QFrame):
    """Lists the unsaved designs. Each can be saved or given up; what is left can be kept for the next start.

    The design and its training go on meanwhile. Escape leaves everything as it is.
    """

    settled = Signal()  # nothing is in the way of closing any more
    left = Signal()

    def __init__(self, window: Window, keeps: bool) -> None:
        super().__init__(window)
        self.setProperty("card", True)
        self._window, self._session = window, window.session
        self._before = QApplication.focusWidget()
        self._ended = self._saving = False
        self.given_up: list[Opened] = []
        self.kept: list[Opened] = []
        self.rows: list[Row] = []
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        column.setSpacing(10)
        self.head = QLabel()
        self.head.setFont(theme.font(15, bold=True))
        column.addWidget(self.head)
        self.words = Words(dim=True)
        column.addWidget(self.words)
        column.addWidget(self._list())
        column.addLayout(self._foot(keeps))
        window.installEventFilter(self)
        self._soon = QTimer(self, singleShot=True, interval=LAG)
        self._soon.timeout.connect(self.refresh)
        self._session.changed.connect(self._hear_edit)
        for signal in self._heard():
            signal.connect(self.refresh)
        self.refresh()
        self.show()
        self.raise_()
        self._place()
        self.save_all.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def open_questions(self) -> list[Opened]:
        """The designs of which it is not settled what becomes of them."""
        done = (*self.given_up, *self.kept)
        return [opened for opened in self._session.tabs if opened.unsaved and opened not in done]

    def refresh(self) -> None:
        """List what is unsaved now; where nothing is any more, there is nothing to ask."""
        if self._saving:
            return
        asked = self.open_questions
        if not asked:
            self.leave()
            return
        if [row.opened for row in self.rows] != asked:
            for row in self.rows:
                self._rows.removeWidget(row)
                row.hide()
                row.deleteLater()
            self.rows = [Row(opened, self) for opened in asked]
            for row in self.rows:
                self._rows.addWidget(row)
        for row in self.rows:
            row.tell(self._session.title_of(row.opened), self._window.safe.news_of(row.opened))
        one = self.tr("A design has unsaved changes")
        many = self.tr("{count} designs have unsaved changes").format(count=len(asked))
        self.head.setText(one if len(asked) == 1 else many)
        self.setAccessibleName(self.head.text())
        self.words.setText(self._training())
        self.words.setVisible(bool(self.words.text()))
        self._place()

    def leave(self) -> None:
        """Leave everything as it is."""
        if self.isVisible():
            self.end()
            self.left.emit()

    def end(self) -> None:
        self._window.removeEventFilter(self)
        self._session.changed.disconnect(self._hear_edit)
        for signal in self._heard():
            signal.disconnect(self.refresh)
        self._soon.stop()
        give_keyboard(self._before)  # first, or Qt would look for the next button of a sheet that is hidden
        self._ended = True
        self.hide()
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        button = QApplication.focusWidget()
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(button, QPushButton):
            button.click()
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, next: bool) -> bool:
        """Tab goes round among the buttons."""
        if self._ended:
            return super().focusNextPrevChild(next)
        buttons = [each for each in self._buttons() if each.isVisible()]
        now = QApplication.focusWidget()
        at = buttons.index(now) if isinstance(now, QPushButton) and now in buttons else -1
        buttons[(at + (1 if next else -1)) % len(buttons)].setFocus(Qt.FocusReason.TabFocusReason)
        return True

    # -- deeds -------------------------------------------------------------------------------------------------------

    def save(self, opened: Opened) -> bool:
        """Write a design to its file, or to one that is asked for; False where that came to nothing."""
        self._saving = True
        self._session.show(opened)
        saved = self._window.save()
        self._saving = False
        self._go_on()
        return saved

    def give_up(self, opened: Opened) -> None:
        self.given_up.append(opened)
        self._go_on()

    def _save_all(self) -> None:
        for opened in self.open_questions:
            if not self.save(opened):
                return

    def _keep_all(self) -> None:
        self.kept += self.open_questions
        self._go_on()

    def _give_all_up(self) -> None:
        self.given_up += self.open_questions
        self._go_on()

    def _go_on(self) -> None:
        if not self.isVisible():
            return
        if self.open_questions:
            self.refresh()
            if not self.isAncestorOf(QApplication.focusWidget() or self._window):
                self.save_all.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.end()
            self.settled.emit()

    def _heard(self) -> tuple[SignalInstance, ...]:
        return self._session.path_changed, self._session.tabs_changed, self._session.state_changed

    def _hear_edit(self) -> None:
        """What is edited after it was given up has news again."""
        self.given_up = [opened for opened in self.given_up if opened is not self._session.current]
        self._soon.start()

    # -- inside ------------------------------------------------------------------------------------------------------

    def _training(self) -> str:
        trainee = self._session.trainee
        if trainee is None:
            return ""
        text = self.tr("“{name}” is training. Quitting ends the training and keeps what was learned.")
        return text.format(name=self._session.title_of(trainee))

    def _list(self) -> QScrollArea:
        inside = QWidget()
        self._rows = QVBoxLayout(inside)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(6)
        self._area = QScrollArea(widgetResizable=True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setStyleSheet("QScrollArea, QScrollArea > QWidget > QWidget { background: transparent }")
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(inside)
        return self._area

    def _foot(self, keeps: bool) -> QHBoxLayout:
        foot = QHBoxLayout()
        foot.setSpacing(8)
        self.save_all = self._button(self.tr("Save all and quit"), self._save_all)
        self.save_all.setProperty("primary", True)
        self.keep_all = self._button(self.tr("Quit, keep for next time"), self._keep_all)
        self.keep_all.setToolTip(self.tr("The next start offers the designs as they are now"))
        self.keep_all.setVisible(keeps)
        self.discard_all = self._button(self.tr("Discard and quit"), self._give_all_up)
        self.cancel = self._button(self.tr("Cancel"), self.leave)
        for button in (self.save_all, self.keep_all, self.discard_all):
            foot.addWidget(button)
        foot.addStretch()
        foot.addWidget(self.cancel)
        return foot

    def _button(self, label: str, deed: Callable[[], object]) -> QPushButton:
        button = QPushButton(label, self)
        button.clicked.connect(deed)
        return button

    def _buttons(self) -> list[QPushButton]:
        return [*(button for row in self.rows for button in (row.save, row.discard)),
                self.save_all, self.keep_all, self.discard_all, self.cancel]  # fmt: skip

    def _place(self) -> None:
        """At the top of the window, as tall as what it lists."""
        width = min(WIDTH, self._window.width() - 40)
        self._area.setFixedHeight(min(ROWS, self._rows.sizeHint().height()))
        wraps = self._column.hasHeightForWidth()
        height = self._column.totalHeightForWidth(width) if wraps else self._column.totalSizeHint().height()
        self.setGeometry((self._window.width() - width) // 2, TOP, width, height)
        self.raise_()


class Row(QFrame):
    """One design: its name, what no file holds, and what may become of it."""

    def __init__(self, opened: Opened, sheet: Leaving) -> None:
        super().__init__()
        self.opened = opened
        self.setObjectName("offer")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 10, 8)
        row.setSpacing(8)
        words = QVBoxLayout()
        words.setSpacing(1)
        self.title = QLabel()
        self.title.setFont(theme.font(13, bold=True))
        self.news = Words(dim=True)
        words.addStretch()
        words.addWidget(self.title)
        words.addWidget(self.news)
        words.addStretch()
        row.addLayout(words, 1)
        self.save, self.discard = QPushButton(self.tr("Save")), QPushButton(self.tr("Discard"))
        self.save.clicked.connect(lambda: sheet.save(opened))
        self.discard.clicked.connect(lambda: sheet.give_up(opened))
        for button in (self.save, self.discard):
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)

    def tell(self, title: str, news: str) -> None:
        self.title.setText(title)
        self.news.setText(news)
        self.save.setAccessibleName(self.tr("Save “{name}”").format(name=title))
        self.discard.setAccessibleName(self.tr("Discard the changes to “{name}”").format(name=title))
