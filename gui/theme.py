"""How the studio looks: two themes of named colours, the palette and style sheet made from them, and the fonts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

import resources

RESOURCES: Final = resources.FOLDER
UI_FONT: Final = "Inter"
CODE_FONT: Final = "JetBrains Mono"
FONT_PIXELS: Final = 13


@dataclass(frozen=True)
class Theme:
    """Named colours. Every text colour reads at 4.5 : 1 or better on canvas, window, panel, raised and node."""

    name: str
    dark: bool
    canvas: QColor  # behind the nodes
    grid: QColor
    window: QColor  # between the panels
    panel: QColor
    raised: QColor  # buttons, cards
    field: QColor  # where one types
    hover: QColor
    border: QColor
    node: QColor
    node_border: QColor
    node_selected: QColor
    text: QColor
    text_dim: QColor
    accent: QColor
    on_accent: QColor  # text upon accent
    error: QColor
    warning: QColor
    success: QColor
    shadow: QColor
    families: Mapping[str, QColor]
    meanings: Mapping[str, QColor]

    def family(self, name: str) -> QColor:
        """The colour of a family of node types; a quiet grey for one that has none."""
        return self.families.get(name, self.text_dim)

    def meaning(self, name: str) -> QColor:
        """The colour of wires and ports of a meaning such as "image"."""
        return self.meanings.get(name, self.text_dim)

    def header(self, family: str) -> QColor:
        """The title band of a node: its family's colour, held back until ``text`` reads well upon it."""
        return blend(self.node, self.family(family), 0.34 if self.dark else 0.22)

    @property
    def series(self) -> tuple[QColor, ...]:
        """Colours of curves, told apart also by people who confuse red and green (after Okabe and Ito, 2008)."""
        names = ("#5aa9ff #ffb14e #3ddbb0 #ff86c0 #c9a2ff #f0e15a" if self.dark
                 else "#0a62b8 #b85f00 #00795c #b3236e #6a3fc0 #7a6a00")  # fmt: skip
        return tuple(map(QColor, names.split()))


def blend(below: QColor, above: QColor, share: float) -> QColor:
    """The opaque colour that ``above`` makes at an opacity of ``share`` (0 to 1) upon ``below``."""
    red, green, blue = (b + (a - b) * share for a, b in zip(_rgb(above), _rgb(below)))
    return QColor.fromRgbF(red, green, blue)


def contrast(one: QColor, other: QColor) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: QColor) -> float:
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _rgb(colour: QColor) -> tuple[float, float, float]:
    return colour.redF(), colour.greenF(), colour.blueF()


def _colours(**named: str) -> dict[str, QColor]:
    return {name: QColor(value) for name, value in named.items()}


DARK: Final = Theme(
    name="dark", dark=True,
    **_colours(
        canvas="#14171d", grid="#20252e", window="#101318", panel="#1a1e26", raised="#262c37", field="#12151b",
        hover="#313947", border="#2d3440", node="#222833", node_border="#3b4453", node_selected="#8fb4ff",
        text="#e8ebf1", text_dim="#a3adbd", accent="#7ea6ff", on_accent="#0b1220",
        error="#ff8484", warning="#f5c26b", success="#6fdba8", shadow="#000000",
    ),
    families=_colours(
        sources="#4cc3a5", augmentation="#7fd08a", corruption="#c08f9e",
        dense="#6f9cff", convolution="#a786ff", pooling="#8f93ff", activations="#f2a65a",
        normalisation="#5fc0d8", dropout="#8fa3b8", recurrent="#e58bd0", attention="#ff9fb2", reshape="#9aa6b6",
        resize="#8aa9e8", axes="#a9b0a0", merge="#b7c45c", special="#c9a78a", networks="#b4c4ff", losses="#ff7d7d",
        distances="#ff8f9f", penalties="#f28c78", adversarial="#ff6f9c", metrics="#f7d060", objectives="#ff9b6a",
        outputs="#63d88a",
    ),
    meanings=_colours(
        image="#b79bff", volume="#d48cf0", vector="#7fb0ff", sequence="#f29bd3", tokens="#f3b56b", classes="#62d7a2",
        scalar="#ff8f8f", tensor="#b3bccb",
    ),
)  # fmt: skip

LIGHT: Final = Theme(
    name="light", dark=False,
    **_colours(
        canvas="#f3f5f9", grid="#e2e6ee", window="#e6e9f0", panel="#fbfcfe", raised="#eef1f6", field="#ffffff",
        hover="#dfe5f0", border="#d0d6e1", node="#ffffff", node_border="#bcc5d3", node_selected="#2f5fd0",
        text="#1a2130", text_dim="#525d70", accent="#2f5fd0", on_accent="#ffffff",
        error="#b3261e", warning="#855300", success="#116b43", shadow="#5d6b85",
    ),
    families=_colours(
        sources="#0f8a6c", augmentation="#3d8a46", corruption="#8f5468",
        dense="#2f67dd", convolution="#6f45d8", pooling="#5155d6", activations="#c46a0c",
        normalisation="#0d83a0", dropout="#5d7086", recurrent="#b8368f", attention="#c2355a", reshape="#67748a",
        resize="#3f6cb5", axes="#6b7458", merge="#7a8500", special="#8a5a34", networks="#4256a8", losses="#cc3333",
        distances="#c93a50", penalties="#b8492e", adversarial="#c42a62", metrics="#a37800", objectives="#cf5a1c",
        outputs="#1f8a4a",
    ),
    meanings=_colours(
        image="#7448dc", volume="#9a3fc0", vector="#2a66d8", sequence="#b92e8c", tokens="#a85b00", classes="#0b7d55",
        scalar="#c23434", tensor="#5c687c",
    ),
)  # fmt: skip

THEMES: Final[Mapping[str, Theme]] = {theme.name: theme for theme in (DARK, LIGHT)}


class _Signals(QObject):
    changed = Signal(object)  # the new Theme


signals: Final = _Signals()
_current = DARK


def current() -> Theme:
    """The theme in force."""
    return _current


def set_theme(name: str) -> None:
    """Dress the whole application in "dark" or "light" and tell those who paint for themselves."""
    global _current
    _current = THEMES[name]
    app = QApplication.instance()
    if isinstance(app, QApplication):
        app.setStyle("Fusion")
        app.setPalette(palette(_current))
        app.setStyleSheet(style_sheet(_current))
    signals.changed.emit(_current)


def wear(choice: str) -> None:
    """Dress in "light" or "dark", or for "system" in what the desktop has; dark where that says nothing."""
    light = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Light
    set_theme(choice if choice in THEMES else "light" if light else "dark")


def load_fonts() -> None:
    """Make the bundled fonts known to Qt and the text font the application's, so that no machine lacks one."""
    for file in sorted((RESOURCES / "fonts").glob("*.[ot]tf")):
        if QFontDatabase.addApplicationFont(str(file)) < 0:
            raise RuntimeError(f"Qt cannot read the bundled font {file.name}.")
    QApplication.setFont(font())


def font(pixels: int = FONT_PIXELS, *, bold: bool = False) -> QFont:
    """The font of everything that is read."""
    made = QFont(UI_FONT)
    made.setPixelSize(pixels)
    made.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    return made


def code_font(pixels: int = FONT_PIXELS) -> QFont:
    """The monospaced font of program text."""
    made = QFont(CODE_FONT)
    made.setPixelSize(pixels)
    return made


def palette(theme: Theme) -> QPalette:
    """The colours for Fusion, which paints every widget that the style sheet leaves alone."""
    made = QPalette()
    role = QPalette.ColorRole
    roles = {
        role.Window: theme.panel, role.WindowText: theme.text, role.Base: theme.field, role.AlternateBase: theme.panel,
        role.ToolTipBase: theme.raised, role.ToolTipText: theme.text, role.Text: theme.text, role.Button: theme.raised,
        role.ButtonText: theme.text, role.BrightText: theme.error, role.Link: theme.accent,
        role.LinkVisited: theme.accent, role.Highlight: theme.accent, role.HighlightedText: theme.on_accent,
        role.PlaceholderText: theme.text_dim, role.Light: theme.hover, role.Midlight: theme.raised,
        role.Mid: theme.border, role.Dark: theme.border, role.Shadow: theme.shadow, role.Accent: theme.accent,
    }  # fmt: skip
    for which, colour in roles.items():
        made.setColor(which, colour)
    faint = blend(theme.panel, theme.text_dim, 0.6)
    for which in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, which, faint)
    return made


def style_sheet(theme: Theme) -> str:
    """What a palette cannot say: borders, corners and spacing."""
    text = (RESOURCES / "themes" / "studio.qss").read_text("utf-8")
    values = {name: colour.name() for name, colour in _sheet_colours(theme).items()}
    values |= {"icons": (RESOURCES / "icons").as_posix(), "theme": theme.name}
    return re.sub(r"@(\w+)", lambda found: values[found[1]], text)


def _sheet_colours(theme: Theme) -> dict[str, QColor]:
    plain = {name: value for name, value in vars(theme).items() if isinstance(value, QColor)}
    return plain | {
        "accent_soft": blend(theme.panel, theme.accent, 0.22),
        "accent_strong": blend(theme.accent, theme.text, 0.15),
        "faint": blend(theme.panel, theme.text_dim, 0.6),
    }
