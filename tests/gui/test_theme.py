"""The look: text can be read in both themes, every icon draws, the bundled fonts are the ones in use."""

from __future__ import annotations

import gc

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QFontInfo, QIcon, QImage
from PySide6.QtWidgets import QApplication

from graph.layers import CATALOGUE
from gui import icons, theme
from gui.theme import THEMES, Theme, contrast

READABLE = 4.5
BACKGROUNDS = ("canvas", "window", "panel", "raised", "field", "hover", "node")
both = pytest.mark.parametrize("which", THEMES.values(), ids=THEMES.keys())


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast(QColor("#ffffff"), QColor("#000000")) == pytest.approx(21)
    assert contrast(QColor("#777777"), QColor("#ffffff")) == pytest.approx(4.48, abs=0.01)


@both
@pytest.mark.parametrize("background", BACKGROUNDS)
@pytest.mark.parametrize("text", ["text", "text_dim", "error", "warning", "success"])
def test_text_reads_on_every_background(which: Theme, text: str, background: str) -> None:
    assert contrast(getattr(which, text), getattr(which, background)) >= READABLE


@both
def test_text_reads_on_colours(which: Theme) -> None:
    assert contrast(which.on_accent, which.accent) >= READABLE
    assert contrast(which.accent, which.panel) >= READABLE
    for family in which.families:
        assert contrast(which.text, which.header(family)) >= READABLE, family


@both
def test_families_and_wires_stand_out(which: Theme) -> None:
    for family, colour in which.families.items():
        assert contrast(colour, which.canvas) >= 3, family
    for meaning, colour in which.meanings.items():
        assert contrast(colour, which.canvas) >= 3, meaning
    for colour in which.series:
        assert contrast(colour, which.panel) >= 3


@both
def test_every_family_of_the_catalogue_has_a_colour(which: Theme) -> None:
    assert {node_type.family for node_type in CATALOGUE.values() if not node_type.local} <= set(which.families)


@both
def test_style_sheet_is_complete(which: Theme, qapp: QApplication) -> None:
    assert "@" not in theme.style_sheet(which)


def test_setting_a_theme_dresses_the_application_and_tells(qapp: QApplication) -> None:
    told: list[Theme] = []
    theme.signals.changed.connect(told.append)
    theme.set_theme("light")
    assert told == [theme.LIGHT]
    assert theme.current() is theme.LIGHT
    assert qapp.palette().window().color() == theme.LIGHT.panel
    theme.signals.changed.disconnect(told.append)


def test_the_bundled_fonts_are_in_use(qapp: QApplication) -> None:
    assert QFontInfo(theme.font()).family() == theme.UI_FONT
    assert QFontInfo(theme.font(bold=True)).weight() == 600
    assert QFontInfo(theme.code_font()).family() == theme.CODE_FONT
    assert QFontInfo(theme.code_font()).fixedPitch()


def _ink(icon: QIcon) -> QImage:
    return icon.pixmap(QSize(24, 24)).toImage()


@pytest.mark.parametrize("name", sorted(file.stem for file in icons.FOLDER.glob("*.svg")))
def test_every_icon_draws(name: str, qapp: QApplication) -> None:
    image = _ink(icons.icon(name))
    drawn = any(image.pixelColor(x, y).alpha() > 128 for x in range(24) for y in range(24))
    assert drawn == (name != "blank")


def test_an_icon_follows_the_theme(qapp: QApplication) -> None:
    icon = icons.icon("stop")
    dark = _ink(icon).pixelColor(12, 12)
    theme.set_theme("light")
    assert dark == theme.DARK.text
    assert _ink(icon).pixelColor(12, 12) == theme.LIGHT.text


def test_icons_outlive_their_copies(qapp: QApplication) -> None:
    kept = [QIcon(icons.icon("play")) for _ in range(50)]
    gc.collect()
    assert all(_ink(icon) == _ink(kept[0]) for icon in kept)


def test_an_unknown_icon_is_refused(qapp: QApplication) -> None:
    with pytest.raises(KeyError, match="no icon “unheard-of”"):
        icons.icon("unheard-of")
