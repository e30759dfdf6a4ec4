"""Small pictures below nodes of what they compute for an example, live: only of those in sight, and only near."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from PySide6.QtCore import QObject, QTimer

from backend import messages as m
from backend.questions.looking import Look, Looked
from graph.document import MAIN, NodeKey, Port
from graph.networks import REROUTE, type_of
from gui import settings, theme
from gui.canvas.items import NodeItem
from gui.canvas.painting import COMPACT
from gui.canvas.strip import Strip
from gui.canvas.viewport import Viewport
from gui.inside.asking import Asker
from gui.pacing import Turn

PAUSE: Final = 120  # milliseconds after which a view that moved is asked about
MOST: Final = 40  # nodes at once
MOST_VALUES: Final = 400  # of a curve; a longer one is thinned out


class Thumbnails(QObject):
    """Asks what flows out of the nodes in sight and hangs it below them; of losses their curve."""

    def __init__(self, view: Viewport) -> None:
        super().__init__(view)
        self._view, self._session = view, view.canvas.session
        self.on = settings.thumbnails()
        self.example = ("test", 0)  # the split and the index in it
        self._curves: dict[str, list[float]] = {}
        self.asker = Asker(self._session, self)
        self._ports: dict[tuple[str, str], list[NodeKey]] = {}  # what is asked for, and the nodes that show it
        self._known: object = None  # what was asked last
        self._soon = QTimer(self, singleShot=True, interval=PAUSE)
        self._soon.timeout.connect(self._look)
        self._paced = Turn(self._look, self)
        self._session.event.connect(self._hear)
        self._session.document_replaced.connect(self._forget)
        view.canvas.altered.connect(self._expect)
        theme.signals.changed.connect(self._dress)
        for bar in (view.horizontalScrollBar(), view.verticalScrollBar()):
            bar.valueChanged.connect(self._expect)

    def toggle(self) -> None:
        """Switch them on or off, for the next start too."""
        self.on = not self.on
        settings.set_thumbnails(self.on)
        self._known = None
        self._look()

    # -- asking ------------------------------------------------------------------------------------------------------

    def isVisible(self) -> bool:
        """Whether the view is shown, and so near that pictures can be made out."""
        return self.on and self._view.zoom >= COMPACT and self._view.isVisible()

    def invalidate(self) -> None:
        """Say that there is something to ask or to show."""
        if self.on:
            self._paced.ask()

    def _expect(self) -> None:
        """The view moves: see what is in sight when it has."""
        if self.on and not self._soon.isActive():
            self._soon.start()

    def _look(self) -> None:
        """Ask for what is in sight, and show what there is of it."""
        if not self.on or not self._session.run:
            self._clear()
            return
        if not self.isVisible():
            return
        ports = self._shown_ports()
        if self._known != (ports, self.example):
            self._ports, self._known = ports, (ports, self.example)
            self.asker.ask(Look(tuple(ports), *self.example, small=True) if ports else None)
        self.asker.go()
        self._show()
        self._show_curves()

    def _shown_ports(self) -> dict[tuple[str, str], list[NodeKey]]:
        """What to ask for, and the nodes that show it; always in the same order, so that a slice serves again."""
        found: dict[tuple[str, str], list[NodeKey]] = {}
        place = self._session.place
        if place.network != MAIN and not place.way:
            return found
        for item in sorted(self._in_sight(), key=lambda each: each.key)[:MOST]:
            if not self._is_loss(item.key) and (port := self._port(item)):
                found.setdefault((place.path + port.node, port.port), []).append(item.key)
        return found

    def _in_sight(self) -> Iterator[NodeItem]:
        return (item for item in self._view.canvas.nodes_in(self._view.area) if shows(item))

    def _port(self, item: NodeItem) -> Port | None:
        """The first output of a node; of one that has none what arrives there."""
        if item.face.outputs:
            return Port(*item.key, item.face.outputs[0].name)
        wired = [target for target in self._view.canvas.wires_at(item.key) if target.owner == item.key]
        declared = type_of(self._session.document, item.key)
        if not wired or (declared and declared.kind == "objective"):
            return None
        return self._view.canvas.source_of(min(wired))

    def _is_loss(self, key: NodeKey) -> bool:
        declared = type_of(self._session.document, key)
        return declared is not None and declared.kind == "loss"

    # -- hearing -----------------------------------------------------------------------------------------------------

    def _hear(self, event: m.Event) -> None:
        match event:
            case m.Answered(question=Look(small=False, split=split), result=Looked() as found):
                self.example = (split, found.index)  # another one was chosen to be looked at
            case m.Started():
                self._curves.clear()
            case m.Metrics(split="train"):
                for name, value in event.values.items():
                    self._add(name, value)
            case _:
                return
        self.invalidate()

    def _show(self) -> None:
        answer = self.asker.last
        if answer is None:
            return
        found = answer.result.seen if isinstance(answer.result, Looked) else ()
        for seen in found or [m.Seen(*port, error=answer.error) for port in self._ports]:
            for key in self._ports.get((seen.node, seen.port), ()):
                if item := self._view.canvas.nodes.get(key):
                    strip_of(item).show_seen(seen)

    def _add(self, name: str, value: float) -> None:
        curve = self._curves.setdefault(name, [])
        curve.append(value)
        if len(curve) > MOST_VALUES:
            del curve[1::2]

    def _show_curves(self) -> None:
        for item in self._in_sight():
            if self._is_loss(item.key) and (curve := self._curve(item.key)):
                strip_of(item).show_curve(curve)

    def _curve(self, key: NodeKey) -> list[float]:
        """Of a loss by itself, else that of the objective it leads to, which is its own where it is the only one."""
        leading = [target.node for target in self._view.canvas.wires_at(key) if target.owner != key]
        names = [self._session.place.path + key.node, *(f"{node}.loss" for node in leading), "loss"]
        return next((self._curves[name] for name in names if name in self._curves), [])

    def _dress(self) -> None:
        for item in self._view.canvas.nodes.values():
            if item.strip is not None:
                item.strip.dress()

    def _clear(self) -> None:
        for item in self._view.canvas.nodes.values():
            if item.strip is not None:
                item.strip.hide()

    def _forget(self) -> None:
        self._curves.clear()
        self._known = None
        self.example = ("test", 0)
        self.invalidate()


def shows(item: NodeItem) -> bool:
    """Whether there is room for a picture below a node."""
    return item.face.role != REROUTE and not item.face.collapsed and not item.face.muted


def strip_of(item: NodeItem) -> Strip:
    """The strip that hangs below a node."""
    if item.strip is None:
        item.strip = Strip(item)
    item.strip.hang()
    return item.strip
