"""How long it takes to draw many feature maps, and to say what a unit sees.

Run as ``python -m benchmarks maps`` or ``python benchmarks/maps.py [rounds]``. Maps are laid out, turned into one
image and painted once, in a window that is not shown on any screen. The bars are 50 ms for 1,024 maps, and 200 ms for
the receptive field of a unit of VGG-16 at its last pooling, whose network has been run once.
"""

from __future__ import annotations

import os
import statistics
import sys
import time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import torch
from PySide6.QtWidgets import QApplication
from torch import nn

from backend.receptive import Trace
from gui import theme
from gui.inside.maps_view import MapsView

MAPS, SIDES = 1024, (7, 14, 28, 56)
SIZE = (900, 600)  # pixels of the widget
ROUNDS = 15
DRAWN, SEEN = 50.0, 200.0  # milliseconds
VGG = (64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0)  # maps of each layer; 0 is a pool


def drawing(side: int, rounds: int) -> float:
    """Milliseconds from new maps of a side to their picture, the median."""
    view, found = MapsView(), []
    view.resize(*SIZE)
    view.show()
    for number in range(rounds + 1):
        maps = np.random.default_rng(number).normal(size=(MAPS, side, side)).astype(np.float32)
        began = time.perf_counter()
        view.show_maps(maps)
        view.repaint()
        found.append((time.perf_counter() - began) * 1000)
    view.close()
    return statistics.median(found[1:])


def pointing(rounds: int) -> float:
    """Milliseconds for the field of a unit, the median."""
    layers: list[nn.Module] = []
    inputs = 3
    for maps in VGG:
        layers += [nn.Conv2d(inputs, maps, 3, padding=1), nn.ReLU()] if maps else [nn.MaxPool2d(2)]
        inputs = maps or inputs
    trace, found = Trace(nn.Sequential(*layers).eval(), [torch.zeros(1, 3, 224, 224)]), []
    for number in range(rounds):
        began = time.perf_counter()
        trace.unit((0, number, number % 7, 3))
        found.append((time.perf_counter() - began) * 1000)
    return statistics.median(found)


def main(rounds: int = ROUNDS) -> int:
    """Print both; 1 where a bar is missed."""
    application = QApplication.instance() or QApplication([])
    theme.set_theme("dark")
    drawn = {side: drawing(side, rounds) for side in SIDES}
    for side, milliseconds in drawn.items():
        print(f"{MAPS:,} maps of {side}×{side} drawn in {milliseconds:.1f} ms (bar {DRAWN:.0f} ms)")
    seen = pointing(rounds)
    print(f"what a unit of VGG-16 sees: {seen:.0f} ms (bar {SEEN:.0f} ms)")
    assert application is not None
    return int(max(drawn.values()) > DRAWN or seen > SEEN)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS))
