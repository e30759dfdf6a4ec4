"""The canvas beside OdenGraphQt, the maintained fork of NodeGraphQt, on the same drawing, as ratios of medians.

Run as ``python benchmarks/beside.py PYTHON [nodes]``, where PYTHON is the interpreter of an environment that has it
(``python -m venv oden; oden/bin/pip install OdenGraphQt "PySide6<6.9"``); this one does not need it. Both are measured
in one go, a frame being an event with everything it brings about, painting included, in processor time of the main
thread. The other takes a quarter of an hour for 2,000 nodes.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
HERE = Path(__file__).resolve()
sys.path.insert(0, str(HERE.parent.parent))

FRAMES = 60
WIDTH, HEIGHT = 1600, 900
ROWS = ("open and draw", "fit: whole frame", "fit: pan", "fit: drag 50", "100 %: whole frame", "100 %: pan",
        "100 %: drag 50", "zoom by wheel")  # fmt: skip


def main(python: str, count: int = 500) -> None:
    from PySide6.QtWidgets import QApplication

    from benchmarks.canvas import Bench, drawing
    from gui import theme

    document = drawing(count)
    asked = json.dumps({
        "nodes": [[key.node, node.x, node.y] for key, node in document.nodes.items()],
        "wires": [[wire.node, target.node] for target, wire in document.wires.items()],
    })  # fmt: skip
    told = subprocess.run([python, str(HERE), "--other"], input=asked, capture_output=True, text=True, check=True)
    other = json.loads(told.stdout.strip().splitlines()[-1])
    QApplication.instance() or QApplication(["netloom"])
    theme.load_fonts()
    theme.set_theme("dark")
    own = Bench(count).rows()
    print(f"{count:,} nodes, {len(document.wires):,} wires; medians in ms of processor time")
    print(f"{'':22}{'Netloom':>12}{'OdenGraphQt':>14}{'ratio':>9}")
    for row in ROWS:
        mine = statistics.median(own[row])
        print(f"{row:22}{mine:12.2f}{other[row]:14.2f}{mine / other[row]:9.3f}")


class Other:
    """The same drawing in the other program's own view, and the same events."""

    def __init__(self, nodes: list[Any], wires: list[Any]) -> None:
        from OdenGraphQt import BaseNode, NodeGraph  # type: ignore[import-not-found]
        from qtpy import QtWidgets  # type: ignore[import-not-found]

        class Plain(BaseNode):  # type: ignore[misc]
            __identifier__ = "beside"
            NODE_NAME = "Plain"

            def __init__(self) -> None:
                super().__init__()
                self.add_input("x", multi_input=True)
                self.add_output("output")

        self.app: Any = QtWidgets.QApplication.instance() or QtWidgets.QApplication(["other"])
        self.graph = NodeGraph()
        self.graph.register_node(Plain)
        self.view: Any = self.graph.viewer()
        self.view.resize(WIDTH, HEIGHT)
        self.view.show()
        began = time.thread_time()
        made = {name: self.graph.create_node("beside.Plain", name=name, selected=False, pos=[x, y], push_undo=False)
                for name, x, y in nodes}  # fmt: skip
        for source, target in wires:
            made[source].output(0).connect_to(made[target].input(0), push_undo=False, emit_signal=False)
        self.app.processEvents()
        self.opened = (time.thread_time() - began) * 1000
        self.nodes = list(made.values())

    def measure(self, frame: Callable[[int], object]) -> float:
        times = []
        for number in range(FRAMES + 1):
            began = time.thread_time()
            frame(number)
            self.app.processEvents()
            times.append((time.thread_time() - began) * 1000)
        return statistics.median(times[1:])

    def mouse(self, kind: str, x: float, y: float, button: str) -> None:
        from qtpy.QtCore import QEvent, QPointF, Qt
        from qtpy.QtGui import QMouseEvent

        which = getattr(Qt.MouseButton, f"{button}Button")
        held = Qt.MouseButton.NoButton if kind == "MouseMove" else which
        port, spot = self.view.viewport(), QPointF(x, y)
        event = QMouseEvent(getattr(QEvent.Type, kind), spot, port.mapToGlobal(spot), held, which,
                            Qt.KeyboardModifier.NoModifier)  # fmt: skip
        self.app.sendEvent(port, event)

    def drag(self, x: float, y: float, button: str, across: int, down: int) -> float:
        self.mouse("MouseButtonPress", x, y, button)
        found = self.measure(
            lambda n: self.mouse("MouseMove", x + across * n % 160 if button == "Left" else x + across * n,
                                 y + down * n % 90 if button == "Left" else y + down * n, button))  # fmt: skip
        self.mouse("MouseButtonRelease", x, y, button)
        return found

    def free_spot(self) -> tuple[float, float]:
        """Where there is no node, for it pans nowhere else."""
        for x in range(40, WIDTH, 25):
            for y in range(40, HEIGHT, 25):
                near = self.view.items(x - 30, y - 30, 60, 60)
                if not any("NodeItem" in type(item).__name__ for item in near):
                    return x, y
        raise SystemExit("OdenGraphQt cannot be panned here: there is a node everywhere.")

    def fifty(self) -> float:
        """Drag fifty selected nodes from the middle of what is in sight."""
        centre = self.view.mapToScene(self.view.viewport().rect().center())
        near = sorted(self.nodes, key=lambda n: abs(n.x_pos() - centre.x()) + abs(n.y_pos() - centre.y()))[:50]
        self.graph.clear_selection()
        for node in near:
            node.set_selected(True)
        box = near[0].view.sceneBoundingRect()
        spot = self.view.mapFromScene(box.center())
        return self.drag(spot.x(), spot.y(), "Left", 3, 2)

    def wheel(self, number: int) -> None:
        from qtpy.QtCore import QPoint, QPointF, Qt
        from qtpy.QtGui import QWheelEvent

        spot = QPointF(WIDTH / 2, HEIGHT / 2)
        turned = -40 if number % FRAMES < FRAMES / 2 else 40
        event = QWheelEvent(spot, spot, QPoint(), QPoint(0, turned), Qt.MouseButton.NoButton,
                            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
        self.app.sendEvent(self.view.viewport(), event)

    def rows(self) -> dict[str, float]:
        found = {"open and draw": self.opened}
        for name in ("fit", "100 %"):
            if name == "fit":
                self.graph.clear_selection()
                self.graph.fit_to_selection()
            else:
                self.graph.reset_zoom()
            self.app.processEvents()
            found[f"{name}: whole frame"] = self.measure(lambda _: self.view.viewport().repaint())
            found[f"{name}: pan"] = self.drag(*self.free_spot(), "Middle", -9, -6)
            found[f"{name}: drag 50"] = self.fifty()
        found["zoom by wheel"] = self.measure(self.wheel)
        return found


if __name__ == "__main__":
    if sys.argv[1:] == ["--other"]:
        print(json.dumps(Other(**json.loads(sys.stdin.read())).rows()))
    else:
        main(sys.argv[1], *map(int, sys.argv[2:]))
