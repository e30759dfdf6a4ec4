"""The panel of pictures given back: what it asks, what it shows and says, its pages and keys."""

from __future__ import annotations

import numpy as np
import pytest
from played import PlayedSession
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from shown import settle, shown, texts

from backend import messages as m
from backend.questions.reconstructions import Reconstruct, Reconstructions
from gui import theme
from gui.inside.bands import Bands
from gui.panels.reconstructions import PAGE, ReconstructionsPanel

LEFT = Qt.MouseButton.LeftButton
PICTURES = np.random.default_rng(0).integers(0, 255, (PAGE, 8, 8), dtype=np.uint8)


def asked(session: PlayedSession) -> list[Reconstruct]:
    return [command for command in session.engine.sent if isinstance(command, Reconstruct)]


def found(**more: object) -> Reconstructions:
    fields: dict[str, object] = {
        "pictures": {"original": PICTURES, "corrupted": 255 - PICTURES, "reconstructed": PICTURES},
        "outputs": ("mended",), **more,
    }  # fmt: skip
    return Reconstructions(output="mended", split="test", judged=60, total=60, rows=np.arange(PAGE),
                           psnr=np.linspace(10, 30, PAGE), ssim=np.linspace(0.2, 0.9, PAGE), mean_psnr=21.25,
                           mean_ssim=0.6125, **fields)  # type: ignore[arg-type]  # fmt: skip


@pytest.fixture
def panel(session: PlayedSession, qtbot: QtBot) -> ReconstructionsPanel:
    made = shown(qtbot, ReconstructionsPanel(session), 700, 400)
    settle(qtbot)
    return made


@pytest.fixture
def filled(panel: ReconstructionsPanel, session: PlayedSession, qtbot: QtBot) -> ReconstructionsPanel:
    session.hear(m.Started("a run", 1, 1, 1, "cpu"), m.Finished("a run", 1, 1.0, 1.0, {}))
    settle(qtbot)
    session.hear(m.Answered(asked(session)[-1], found()))
    settle(qtbot)
    return panel


def test_it_says_what_to_do_and_why_there_is_nothing(panel: ReconstructionsPanel, session: PlayedSession,
                                                     qtbot: QtBot) -> None:  # fmt: skip
    assert "No reconstructions yet" in texts(panel)
    session.hear(m.Started("a run", 1, 1, 1, "cpu"))
    settle(qtbot)
    session.hear(m.Answered(asked(session)[-1], error="No output of this design gives pictures back."))
    settle(qtbot)
    assert "No output of this design gives pictures back." in texts(panel)


def test_pictures_stand_below_each_other_with_what_is_lost(filled: ReconstructionsPanel) -> None:
    assert list(filled.bands.pictures) == ["original", "corrupted", "reconstructed"]
    assert filled.bands.words[0] == ("10.0 dB", "0.200")
    assert "21.25 dB" in texts(filled)
    assert "0.6125" in texts(filled)
    assert "60 test examples against the original" in texts(filled)
    assert "1–24 of 60" in texts(filled)


def test_pages_are_turned_and_the_order_chosen(filled: ReconstructionsPanel, session: PlayedSession,
                                               qtbot: QtBot) -> None:  # fmt: skip
    assert not filled.back.isEnabled()
    qtbot.mouseClick(filled.forth, LEFT)
    settle(qtbot)
    assert asked(session)[-1].offset == PAGE
    filled.order.setFocus()
    qtbot.keyClick(filled.order, Qt.Key.Key_Down)
    settle(qtbot)
    last = asked(session)[-1]
    assert (last.order, last.by, last.offset) == ("worst", "psnr", 0)
    filled.split.setFocus()
    qtbot.keyClick(filled.split, Qt.Key.Key_End)
    settle(qtbot)
    assert asked(session)[-1].split == "train"


def test_examples_are_walked_by_keys_and_picked_by_mouse(filled: ReconstructionsPanel, qtbot: QtBot) -> None:
    bands = filled.bands
    bands.setFocus()
    qtbot.keyClick(bands, Qt.Key.Key_Right)
    assert bands.accessibleDescription() == "Example 2: PSNR 10.9 dB, SSIM 0.230"
    qtbot.keyClick(bands, Qt.Key.Key_End)
    assert bands.current == PAGE - 1
    assert bands.viewport().rect().contains(bands.place(PAGE - 1, 2))
    qtbot.keyClick(bands, Qt.Key.Key_Home)
    qtbot.mouseClick(bands.viewport(), LEFT, pos=bands.place(3, 1).center())
    assert bands.current == 3


def test_bands_are_painted_in_both_themes(qtbot: QtBot) -> None:
    bands = shown(qtbot, Bands(), 300, 200)
    bands.show_bands({}, [], [])
    assert bands.at(bands.place(0).center().toPointF()) is None
    for look in ("light", "dark"):
        theme.set_theme(look)
        bands.show_bands({"given back": PICTURES}, range(PAGE), [("1 dB", "0.5")] * PAGE)
        settle(qtbot)
        image = bands.grab().toImage()
        assert len({image.pixel(x, y) for x in range(0, 300, 3) for y in range(0, 200, 3)}) > 20
