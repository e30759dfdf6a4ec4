"""The filters panel: what it shows of the weights that a run keeps, and how one goes back through the training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from played import PlayedSession
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from shown import settle, shown, texts

from backend import messages as m
from backend.moments import Kept, TimeLapse
from gui.inside.filters import BELOW, KeptWeights, coloured, pictures
from gui.panels.filters import FiltersPanel

KERNELS = np.random.default_rng(0).normal(size=(4, 2, 3, 3)).astype(np.float32)


@pytest.fixture
def run(tmp_path: Path) -> str:
    """A run that keeps three moments of a convolution, each one larger than the last."""
    lapse = TimeLapse(tmp_path / "run" / "weights")
    lapse.describe({"conv2d_1.weight": Kept("conv2d_1.weight", "kernels", 0, whole=4)})
    for step in (0, 20, 40):
        lapse.add("conv2d_1.weight", step, step / 20, KERNELS * (1 + step / 20))
    return str(tmp_path / "run")


def test_a_panel_without_a_run_says_what_to_do(session: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, FiltersPanel(session), 600, 300)
    settle(qtbot)
    assert "Press Train" in texts(panel)


def test_the_slider_goes_back_to_the_start_by_keys(session: PlayedSession, qtbot: QtBot, run: str) -> None:
    session.run = run
    panel = shown(qtbot, FiltersPanel(session), 700, 320)
    session.hear(m.Finished(run, 42, 1.0, 1.0, {}))
    settle(qtbot)
    assert np.allclose(panel.grid.part(3), KERNELS[1, 1] * 3)
    assert "moved by 200% of the start" in texts(panel)
    qtbot.keyClick(panel.moment, Qt.Key.Key_Home)
    settle(qtbot)
    assert np.allclose(panel.grid.part(3), KERNELS[1, 1])
    assert "Epoch 0" in texts(panel)


def test_a_new_moment_appears_and_nothing_else_moves(session: PlayedSession, qtbot: QtBot, run: str) -> None:
    session.run = run
    panel = shown(qtbot, FiltersPanel(session), 700, 320)
    settle(qtbot)
    TimeLapse(Path(run) / "weights").add("conv2d_1.weight", 60, 3.0, KERNELS * 4)
    panel.newness._looked = 0.0
    session.hear(m.Progress(9, 0, 1.0, 1.0, False))
    settle(qtbot)
    assert np.allclose(panel.grid.part(3), KERNELS[1, 1] * 4)
    assert "Epoch 3" in texts(panel)


def test_damaged_weights_are_said_to_be(session: PlayedSession, qtbot: QtBot, run: str) -> None:
    session.run = run
    for path in (Path(run) / "weights" / "conv2d_1.weight").iterdir():
        path.write_bytes(b"")
    panel = shown(qtbot, FiltersPanel(session), 700, 320)
    settle(qtbot)
    assert "cannot be read" in texts(panel)


def test_the_change_is_the_difference_from_the_first_moment(run: str) -> None:
    kept = KeptWeights(run)
    frame = kept.frame(kept.moments("conv2d_1.weight"), 1, "change")
    assert frame is not None
    assert np.allclose(frame.values, KERNELS)
    assert frame.change == pytest.approx(1.0)


def test_kernels_are_pictures_by_filter_and_input() -> None:
    made, rows = pictures(KERNELS)
    assert made.shape == (8, 3, 3, 3)
    assert rows == (0, 0, 1, 1, 2, 2, 3, 3)
    assert pictures(KERNELS, 1)[0].shape == (4, 3, 3, 3)
    assert np.array_equal(coloured(np.full((1, 1, 1), -2.0), 2.0)[0, :, 0, 0], BELOW)
