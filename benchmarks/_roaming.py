"""Someone who does one seeded random thing after another, with Qt's events, in everything that looks inside."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

import shiboken6
from _watching import Watch
from PySide6.QtCore import QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QColor, QDesktopServices, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QColorDialog,
    QComboBox,
    QDialog,
    QDockWidget,
    QFileDialog,
    QLineEdit,
    QMenu,
    QTabBar,
    QWidget,
)

from graph.document import MAIN, Port
from gui import waiting, whereabouts
from gui.window import Window

Key, Button = Qt.Key, Qt.MouseButton
NONE, CTRL, SHIFT = (
    Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier,
)  # fmt: skip
KEYS = (
    Key.Key_Left, Key.Key_Right, Key.Key_Up, Key.Key_Down, Key.Key_Home, Key.Key_End, Key.Key_PageUp, Key.Key_PageDown,
    Key.Key_Space, Key.Key_Return, Key.Key_Tab, Key.Key_Escape, Key.Key_Delete, Key.Key_Plus, Key.Key_Minus, Key.Key_0,
    Key.Key_1, Key.Key_5, Key.Key_F, Key.Key_A, Key.Key_C, Key.Key_E, Key.Key_Period,
)  # fmt: skip
CALM = ("library", "inspector", "data", "training")  # changing settings there ends in designs too large to train
SHUNNED = ("qt_dockwidget_closebutton", "qt_dockwidget_floatbutton")
NEVER = ("download", "delete run")
POPUP_MILLISECONDS = 30
WORDS = ("a", "3", "-1.5", "1e9", "the film is good", "nan", "0.25")


def keep_dialogs_away() -> None:
    """Let everything that would open a dialog of the system find it cancelled."""
    cancelled: dict[tuple[type, str], Callable[..., object]] = {
        (QFileDialog, "getOpenFileName"): lambda *_, **__: ("", ""),
        (QFileDialog, "getSaveFileName"): lambda *_, **__: ("", ""),
        (QFileDialog, "getExistingDirectory"): lambda *_, **__: "",
        (QColorDialog, "getColor"): lambda *_, **__: QColor(),
        (QDesktopServices, "openUrl"): lambda *_: True,
    }
    for (kind, name), answer in cancelled.items():
        setattr(kind, name, staticmethod(answer))


class Roamer:
    """Does one random thing at a time, the same things for the same seed as far as the studio answers alike."""

    def __init__(self, window: Window, docks: list[QDockWidget], seed: int, watch: Watch) -> None:
        self.window, self.session, self.watch = window, window.session, watch
        self.docks = [dock for dock in docks if dock.objectName() not in CALM]
        self.draw = random.Random(seed)
        doings: list[tuple[float, Callable[[], object]]] = [
            (60, self.touch), (3, self.probe), (2, self.select), (1, self.enter), (1, self.train), (1, self.pause),
            (1, self.step), (0.3, self.stop), (0.5, self.resume), (0.3, self.theme), (0.5, self.tabs), (0.7, self.edit),
            (0.7, self.delete), (1.2, self.undo), (0.5, self.thumbnails), (0.5, self.resize), (0.5, self.hide),
            (0.5, self.learning_rate), (1, self.read), (6, self.wait),
        ]  # fmt: skip
        self.weights, self.doings = zip(*doings)

    def act(self) -> None:
        doing = self.draw.choices(self.doings, self.weights)[0]
        self.watch.doing = doing.__name__
        began = time.perf_counter()
        doing()
        QApplication.processEvents()
        self.watch.took(time.perf_counter() - began if doing not in (self.wait, self.read) else 0.0)
        self.close_what_is_open()

    def close_what_is_open(self) -> None:
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, QDialog | QMenu) and widget.isVisible():
                self.watch.doing += f", then closing {type(widget).__name__}"
                widget.close()
        while popup := QApplication.activePopupWidget():
            popup.close()

    # -- in the panels -----------------------------------------------------------------------------------------------

    def touch(self) -> None:
        """Do something with a widget of a panel."""
        dock = self.draw.choice(self.docks)
        if not dock.isVisible():
            return
        inside = [each for each in dock.findChildren(QWidget) if _may_be_touched(each)]
        kinds = sorted({type(each).__name__ for each in inside})  # rows of the same must not drown the rest
        if not kinds:
            return
        kind = self.draw.choice(kinds)
        widget = self.draw.choice([each for each in inside if type(each).__name__ == kind])
        self.watch.doing = f"touching {kind} “{_name_of(widget)}” of {dock.objectName()}"
        match widget:
            case QComboBox():
                self._choose(widget)
            case QAbstractButton():
                self._press(widget)
            case QAbstractSlider():
                self._key(widget) if self.draw.random() < 0.5 else self._drag(widget)
            case QLineEdit() | QAbstractSpinBox():
                self._write(widget)
            case QAbstractItemView() | QTabBar():
                self._point(widget.viewport() if isinstance(widget, QAbstractItemView) else widget)
            case _:
                self._point(widget)

    def _choose(self, box: QComboBox) -> None:
        if self.draw.random() < 0.5:
            box.setFocus()
            QTest.keyClick(box, self.draw.choice((Key.Key_Down, Key.Key_Up, Key.Key_Home, Key.Key_End)))
            return
        box.showPopup()
        view = box.view()
        if box.count() and view.isVisible():
            at = view.model().index(self.draw.randrange(box.count()), box.modelColumn(), view.rootIndex())
            view.scrollTo(at)
            QTest.mouseClick(view.viewport(), Button.LeftButton, NONE, view.visualRect(at).center())
        if shiboken6.isValid(box):
            box.hidePopup()

    def _press(self, button: QAbstractButton) -> None:
        QTimer.singleShot(POPUP_MILLISECONDS, self._answer_menu)  # a menu holds on to the press
        QTest.mouseClick(button, Button.LeftButton)
        self._answer_menu()

    def _answer_menu(self) -> None:
        """Choose an entry of a menu that is open, or none."""
        popup = QApplication.activePopupWidget()
        if not isinstance(popup, QMenu):
            return
        chosen = self.draw.choice(popup.actions()) if popup.actions() else None
        if chosen is not None and self.draw.random() < 0.8 and not any(word in chosen.text().lower() for word in NEVER):
            self.watch.doing += f", then “{chosen.text()}”"
            QTest.mouseClick(popup, Button.LeftButton, NONE, popup.actionGeometry(chosen).center())
        if shiboken6.isValid(popup):
            popup.close()

    def _write(self, field: QWidget) -> None:
        field.setFocus()
        if self.draw.random() < 0.7:
            QTest.keyClick(field, Key.Key_A, CTRL)
        QTest.keyClicks(field, self.draw.choice(WORDS))
        if shiboken6.isValid(field):
            QTest.keyClick(field, self.draw.choice((Key.Key_Return, Key.Key_Tab, Key.Key_Escape)))

    def _point(self, widget: QWidget) -> None:
        draw = self.draw.random()
        if draw < 0.4:
            keys = self.draw.choice((NONE, NONE, NONE, SHIFT, CTRL))
            QTest.mouseMove(widget, self._spot(widget))
            QTest.mouseClick(widget, Button.LeftButton, keys, self._spot(widget))
        elif draw < 0.6:
            self._drag(widget)
        elif draw < 0.65:
            QTest.mouseDClick(widget, Button.LeftButton, NONE, self._spot(widget))
        elif draw < 0.7:
            QTest.mouseClick(widget, Button.RightButton, NONE, self._spot(widget))
        elif draw < 0.8:
            self._wheel(widget)
        elif draw < 0.9:
            QTest.mouseMove(widget, self._spot(widget))
        else:
            self._key(widget)

    def _drag(self, widget: QWidget) -> None:
        QTest.mousePress(widget, Button.LeftButton, NONE, self._spot(widget))
        for _ in range(self.draw.randrange(1, 6)):
            spot = self._spot(widget)
            if shiboken6.isValid(widget):
                QTest.mouseMove(widget, spot)
                QApplication.processEvents()
        if shiboken6.isValid(widget):
            QTest.mouseRelease(widget, Button.LeftButton, NONE, self._spot(widget))

    def _wheel(self, widget: QWidget) -> None:
        spot = QPointF(self._spot(widget))
        turn = QPoint(0, self.draw.choice((-240, -120, 120, 240)))
        event = QWheelEvent(spot, widget.mapToGlobal(spot), QPoint(), turn, Button.NoButton,
                            self.draw.choice((NONE, CTRL)), Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
        QApplication.sendEvent(widget, event)

    def _key(self, widget: QWidget) -> None:
        widget.setFocus()
        for _ in range(self.draw.randrange(1, 4)):
            if shiboken6.isValid(widget):
                QTest.keyClick(widget, self.draw.choice(KEYS), self.draw.choice((NONE, NONE, NONE, SHIFT)))

    def _spot(self, widget: QWidget) -> QPoint:
        if not shiboken6.isValid(widget):
            return QPoint()
        return QPoint(self.draw.randrange(max(1, widget.width())), self.draw.randrange(max(1, widget.height())))

    # -- with the design and its training ----------------------------------------------------------------------------

    def probe(self) -> None:
        """Look at any port, in any network."""
        document, analysis = self.session.document, self.session.analysis
        if analysis is None or not document.nodes:
            return
        key = self.draw.choice(sorted(document.nodes))
        self._go(key.network)
        item = self.window.canvas.canvas.nodes.get(key)
        names = [port.name for port in item.face.outputs] if item is not None else []
        if names:
            self.session.probe_requested.emit(Port(*key, self.draw.choice(names)))

    def select(self) -> None:
        here = sorted(self.session.document.in_network(self.session.network))
        self.session.select(self.draw.sample(here, min(len(here), self.draw.choice((0, 1, 1, 1, 2, 5)))))

    def enter(self) -> None:
        self._go(self.draw.choice([MAIN, *sorted(self.session.document.networks)]))

    def _go(self, network: str) -> None:
        self.session.go(whereabouts.way_to(self.session.document, network))

    def train(self) -> None:
        """Train, mostly the design as it was opened."""
        if self.draw.random() < 0.8:
            self.undo()
            waiting.pause(100)  # until it is analysed
        self.session.train()

    def pause(self) -> None:
        self.session.pause()
        waiting.pause(self.draw.randrange(300))
        if self.draw.random() < 0.7:
            self.session.train()

    def step(self) -> None:
        self.session.step()
        waiting.pause(self.draw.randrange(300))
        if self.draw.random() < 0.7:
            self.session.train()

    def stop(self) -> None:
        self.session.stop()

    def resume(self) -> None:
        self.session.resume_run()

    def theme(self) -> None:
        self.window.toggle_theme()

    def tabs(self) -> None:
        """Show another tab, and come back."""
        here = self.session.current
        self.session.show_next(1)
        waiting.pause(self.draw.randrange(400))
        if here in self.session.tabs:
            self.session.show(here)

    def edit(self) -> None:
        """Change a number of a node a little, or mute a node."""
        document = self.session.document
        if not document.nodes:
            return
        key = self.draw.choice(sorted(document.nodes))
        number = {"linear": "units", "conv2d": "filters", "dropout": "rate"}.get(document.nodes[key].type)
        with document.edit("Change"):
            if number is None:
                document.change_node(key, muted=not document.nodes[key].muted)
            else:
                document.set_param(key, number, 0.3 if number == "rate" else self.draw.choice((1, 4, 10)))

    def delete(self) -> None:
        """Delete a node, and mostly take that back."""
        document = self.session.document
        if not document.nodes:
            return
        self.session.select([self.draw.choice(sorted(document.nodes))])
        self.window.canvas.delete_selection()
        waiting.pause(self.draw.randrange(500))
        if self.draw.random() < 0.8:
            self.session.undo()

    def undo(self) -> None:
        """Back to the design as it was opened."""
        while self.session.document.undo_label:
            self.session.undo()

    def thumbnails(self) -> None:
        toggled: Any = self.draw.choice((self.window.canvas.thumbnails, self.window.canvas.flow))
        toggled.toggle()

    def resize(self) -> None:
        self.draw.choice(self.docks).resize(self.draw.randrange(120, 1000), self.draw.randrange(80, 800))

    def hide(self) -> None:
        """Close a panel for a while."""
        dock = self.draw.choice(self.docks)
        dock.hide()
        waiting.pause(self.draw.randrange(200))
        dock.show()

    def learning_rate(self) -> None:
        self.session.set_learning_rate(10 ** self.draw.uniform(-4, -1))

    def read(self) -> None:
        self.watch.look_at_panels()

    def wait(self) -> None:
        waiting.pause(self.draw.randrange(20, 400))


def _may_be_touched(widget: QWidget) -> bool:
    there = widget.isVisible() and widget.isEnabled() and min(widget.width(), widget.height()) > 1
    in_choices = type(widget.window()).__name__ == "QComboBoxPrivateContainer"  # which the box itself opens
    if not there or in_choices or widget.objectName() in SHUNNED:
        return False
    name = _name_of(widget).lower()
    return not any(word in name for word in NEVER)


def _name_of(widget: QWidget) -> str:
    text = widget.text() if isinstance(widget, QAbstractButton) else ""
    return widget.accessibleName() or text or widget.objectName()
