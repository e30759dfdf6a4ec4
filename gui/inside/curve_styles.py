"""How curves are told apart: by colour, lightness, dashes and width, also by people who see fewer colours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap

from gui import theme
from gui.inside.curves import CurveKey
from gui.inside.traces import Trace, Traces

DASHES: Final[tuple[tuple[float, ...], ...]] = ((), (7, 4), (2, 3), (9, 3, 2, 3))  # pixels drawn, left out, drawn…
SHADES: Final = 3
VISIBLE: Final = 3.0  # the least contrast of a line with what lies behind it (WCAG 2.2, 1.4.11)
FAINT: Final = 0.28  # opacity of the training before
THIN, WIDE, CHOSEN = 1.0, 2.0, 3.0  # pixels
SMOOTH: Final = 1.6  # pixels that a line of few points has at the least
LEAST: Final = 1.4  # pixels of a line in a legend
APART: Final = 1.3  # by how much the contrasts of two shades differ at the least, as a factor
BEYOND: Final = 0.5  # how far a shade beyond the colour itself lies on the way to the colour of text


@dataclass(frozen=True)
class Style:
    """How a curve is drawn. ``dash`` holds pixels drawn and left out in turn; nothing stands for a whole line."""

    colour: QColor
    dash: tuple[float, ...] = ()
    width: float = THIN

    def pen(self, few: bool = True) -> QPen:
        """A pen for few points, or for so many that a wide one takes too long and the line is broken in other ways."""
        pen = QPen(self.colour, max(self.width, SMOOTH) if few else self.width)
        pen.setCosmetic(True)
        if self.dash and few:
            pen.setDashPattern([length / max(self.width, 1.0) for length in self.dash])
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        return pen


def shades(colour: QColor) -> tuple[QColor, QColor, QColor]:
    """Three of one hue that differ in lightness: the colour itself, one far from it, and one that just can be seen."""
    now = theme.current()
    steps = [theme.blend(now.panel, colour, share / 100) for share in range(40, 101, 2)]
    plain = theme.contrast(colour, now.panel)
    near = next(shade for shade in steps if theme.contrast(shade, now.panel) >= VISIBLE)
    beyond = theme.blend(colour, now.text, BEYOND)
    if theme.contrast(beyond, now.panel) < APART * plain:  # as a bright one has nothing brighter, one in the middle
        between = (plain * theme.contrast(near, now.panel)) ** 0.5
        beyond = next(shade for shade in steps if theme.contrast(shade, now.panel) >= between)
    return colour, beyond, near


def family(hue: int, member: int) -> Style:
    """The look of a run among those of its design: twelve differ in dashes or lightness, whatever the colours seem."""
    series = theme.current().series
    again, hue = divmod(hue, len(series))  # where there are more designs than hues, the same hue looks otherwise
    member += again
    return Style(shades(series[hue])[member % SHADES], DASHES[member % len(DASHES)])


class Families:
    """Gives each run that is shown a place in the family of its design, which it keeps while it is shown."""

    def __init__(self) -> None:
        self._members: dict[str, dict[str, int]] = {}  # design → run → place
        self._order: list[str] = []  # of designs

    def place(self, shown: Iterable[Trace]) -> dict[str, tuple[int, int]]:
        """The family and the place in it of every run, both counted from 0; those not shown any more lose theirs."""
        traces = list(shown)
        for design, members in list(self._members.items()):
            still = {trace.run for trace in traces if trace.design == design}
            for run in members.keys() - still:
                del members[run]
            if not members:
                del self._members[design]
                self._order[self._order.index(design)] = ""
        found = {}
        for trace in reversed(traces):  # the present training first
            members = self._members.setdefault(trace.design, {})
            if trace.design not in self._order:
                self._order[:] = _filled(self._order, trace.design)
            if trace.run not in members:
                members[trace.run] = next(n for n in range(len(members) + 1) if n not in members.values())
            found[trace.run] = self._order.index(trace.design), members[trace.run]
        return found


def _filled(order: list[str], design: str) -> list[str]:
    """The first place that is free goes to a design."""
    free = order.index("") if "" in order else len(order)
    return [*order[:free], design, *order[free + 1 :]]


Styles = Mapping[tuple[str, CurveKey], Style]


def styles_of(traces: Traces, families: Families) -> dict[tuple[str, CurveKey], Style]:
    """How every curve is drawn: by split where one training is shown, by run and design where several are compared."""
    shown = traces.visible()
    if not traces.compared:
        return dict(_by_split(traces, shown))
    parts = sorted({part for trace in shown for part in trace.curves.parts()})
    places, found = families.place(shown), {}
    for trace in shown:
        hue, member = places[trace.run]
        for key in trace.curves.curves:
            style = family(hue * len(parts) + parts.index(key.part), member)
            wide = CHOSEN if trace.run == traces.chosen else WIDE
            found[trace.run, key] = replace(style, width=THIN if key.split == "train" else wide)
    return found


def _by_split(traces: Traces, shown: Iterable[Trace]) -> Iterator[tuple[tuple[str, CurveKey], Style]]:
    """Two colours for each part, one for its training and one for its validation split."""
    now = theme.current()
    for trace in shown:
        parts = trace.curves.parts()
        for key in trace.curves.curves:
            shade = {"train": 0, "validation": 1}.get(key.split, 2)
            colour = now.series[(2 * parts.index(key.part) + shade) % len(now.series)]
            faint = trace is traces.before
            yield (trace.run, key), Style(theme.blend(now.panel, colour, FAINT) if faint else colour)


def sample(style: Style, ratio: float = 1.0, width: int = 24, height: int = 12) -> QPixmap:
    """A short piece of a line, as a legend shows it."""
    made = QPixmap(round(width * ratio), round(height * ratio))
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    draw_sample(painter, style, QRectF(0, 0, width, height))
    painter.end()
    return made


def draw_sample(painter: QPainter, style: Style, area: QRectF) -> None:
    painter.setPen(replace(style, width=max(style.width, LEAST)).pen())
    middle = area.center().y()
    painter.drawLine(QPointF(area.left() + 1, middle), QPointF(area.right() - 1, middle))


def icon(style: Style) -> QIcon:
    return QIcon(sample(style, 2.0))


def dot(colour: QColor) -> str:
    """A round mark of a colour, in the HTML of labels."""
    return f'<span style="color:{colour.name()}">●</span>'
