"""What is drawn of curves: thinned without losing a spike, told apart by everyone, best and bounded."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from backend import messages as m
from gui import theme
from gui.inside.curve_styles import VISIBLE, Families, family, styles_of
from gui.inside.curves import MOST, Curve, CurveKey, Curves
from gui.inside.readout import ROW, Entry, Legend
from gui.inside.thinning import Columns, halved, within
from gui.inside.traces import Trace, Traces
from gui.opened import MOST_REPORTS, RunLog

both = pytest.mark.parametrize("which", theme.THEMES)
numbers = st.floats(-1e6, 1e6)


def by_hand(x: np.ndarray, y: np.ndarray, size: float, first: int, last: int) -> dict[int, tuple[float, float]]:
    """The lowest and the highest value in every column, one point after the other."""
    found: dict[int, tuple[float, float]] = {}
    for place, value in zip(x.tolist(), y.tolist()):
        column = math.floor(place / size)
        if first <= column < last:
            low, high = found.get(column, (math.inf, -math.inf))
            found[column] = min(low, value), max(high, value)
    return found


@given(st.lists(numbers, min_size=1, max_size=300), st.integers(1, 40), st.lists(st.integers(-5, 60), max_size=6))
def test_columns_keep_the_lowest_and_the_highest_wherever_one_moves(
    values: list[float], size: int, moves: list[int]
) -> None:
    x, y = np.arange(len(values), dtype=float), np.array(values)
    columns = Columns(x, y, float(size))
    for first in [0, *moves]:
        found, _, pairs = columns.between(first, first + 7)
        wanted = by_hand(x, y, size, first, first + 7)
        assert found.tolist() == sorted(wanted)
        got = {n: tuple(sorted(pair)) for n, pair in zip(found.tolist(), pairs.reshape(-1, 2).tolist())}
        assert got == wanted


def test_columns_of_a_logarithmic_axis_are_those_of_the_logarithm() -> None:
    x = np.arange(1.0, 5000.0)
    y = np.random.default_rng(0).standard_normal(len(x))
    found, _, pairs = Columns(x, y, 0.25, logarithmic=True).between(0, 16)
    for number, pair in zip(found.tolist(), pairs.reshape(-1, 2)):
        inside = y[(np.log10(x) >= number * 0.25 - 1e-12) & (np.log10(x) < (number + 1) * 0.25 - 1e-12)]
        assert sorted(pair) == [inside.min(), inside.max()]


def test_a_column_without_numbers_is_a_gap_and_others_pass_over_them() -> None:
    x, y = np.arange(30.0), np.ones(30)
    y[[3, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]] = math.nan
    _, _, pairs = Columns(x, y, 10.0).between(0, 3)
    assert pairs[[0, 1, 4, 5]].tolist() == [1, 1, 1, 1]
    assert np.isnan(pairs[2:4]).all()


@given(st.lists(numbers, min_size=2, max_size=50, unique=True), numbers, numbers)
def test_what_is_in_sight_takes_a_neighbour_on_either_side(places: list[float], one: float, other: float) -> None:
    x, (low, high) = np.array(sorted(places)), sorted((one, other))
    part = within(x, low, high)
    inside = [n for n, place in enumerate(x) if low <= place <= high]
    assert set(inside) <= set(range(part.start, part.stop))
    assert part.stop - part.start <= len(inside) + 2


@given(st.lists(st.one_of(numbers, st.just(math.nan)), min_size=1, max_size=200))
def test_a_halved_curve_keeps_its_extremes_and_its_order(values: list[float]) -> None:
    points = np.stack([np.arange(len(values), dtype=float), np.array(values)])
    fewer = halved(points)
    assert fewer.shape[1] == len(values) // 4 * 2 + len(values) % 4
    assert (np.diff(fewer[0]) > 0).all()
    if not np.isnan(points[1]).all():
        assert np.nanmin(fewer[1]) == np.nanmin(points[1])
        assert np.nanmax(fewer[1]) == np.nanmax(points[1])


@pytest.mark.parametrize("block", [1000, 3 * MOST])
def test_a_curve_takes_the_same_memory_however_long_it_grows(block: int) -> None:
    curve, total = Curve(), 4 * MOST
    steps = np.arange(total, dtype=float)
    values = np.sin(steps / 5000)
    values[12345] = 40.0
    values[-777] = -40.0
    for start in range(0, total, block):
        part = steps[start : start + block]
        curve.extend(np.stack([part, part / 100, part / 10, values[start : start + block]]))
    assert curve.count <= MOST
    assert curve._points.shape[1] <= MOST
    assert (np.diff(curve.steps) > 0).all()
    assert curve.steps[-1] == total - 1
    assert curve.at(123.45) == (123.45, 40.0)
    assert curve.values.min() == -40.0
    assert np.array_equal(curve.values, values[curve.steps.astype(int)])


def test_points_that_come_in_blocks_are_those_that_come_one_by_one() -> None:
    one, many = Curve(), Curve()
    points = np.array([[1, 2, 5, 3, 4, 9], np.arange(6), np.arange(6), [5, 4, 3, 2, 1, 0]], dtype=float)
    many.extend(points[:, :2])
    many.extend(points[:, 2:])
    for step, epoch, seconds, value in points.T:
        one.append(int(step), epoch, value, seconds)
    assert one.steps.tolist() == many.steps.tolist() == [1, 2, 3, 4, 9]
    assert one.values.tolist() == many.values.tolist()
    assert one.along("second").tolist() == many.along("second").tolist() == [0, 1, 3, 4, 5]


def test_what_is_told_again_is_bounded_too() -> None:
    log = RunLog()
    log.add(m.Started("runs/one", 1, 1, 1, "cpu"))
    for step in range(3 * MOST_REPORTS):
        log.add(m.Metrics("train" if step % 2 else "validation", step, step / 10, {"loss": 1.0}))
    told = list(log.events())
    assert len(told) <= MOST_REPORTS
    assert isinstance(told[0], m.Started)
    steps = {split: [each.step for each in told[1:] if isinstance(each, m.Metrics) and each.split == split]
             for split in ("train", "validation")}  # fmt: skip
    for found in steps.values():
        assert found == sorted(set(found))
        assert max(b - a for a, b in itertools.pairwise(found[-1000:])) == 2  # the newest are all there
        assert len(found) > MOST_REPORTS // 4


# -- the best ---------------------------------------------------------------------------------------------------------


def test_the_best_is_the_lowest_validation_loss_summed_over_objectives() -> None:
    curves = Curves()
    assert curves.best() is None
    for step, one, other in ((10, 3.0, 1.0), (20, 1.0, 1.5), (30, 0.5, 9.0), (40, 1.2, 1.3), (50, math.nan, 0.0)):
        curves.add("validation", step, step / 10, {"a.loss": one, "b.loss": other, "accuracy": 1 / step})
        curves.add("train", step, step / 10, {"a.loss": -step, "b.loss": -step})
    assert curves.best() == 20
    single = Curves()
    for step, loss in ((1, 2.0), (2, 0.5), (3, 0.5), (4, math.inf)):
        single.add("validation", step, step, {"loss": loss})
    assert single.best() == 2


# -- looks ------------------------------------------------------------------------------------------------------------


def luminance(colour: QColor) -> float:
    """Relative luminance (WCAG 2.2), all that is left of a colour for who sees no colours."""
    parts = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.getRgbF()[:3])
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), parts))


@both
def test_twelve_runs_of_a_design_are_told_apart_without_colours(which: str) -> None:
    theme.set_theme(which)
    for hue in range(6):
        looks = [family(hue, member) for member in range(12)]
        for one, other in itertools.combinations(looks, 2):
            low, high = sorted((luminance(one.colour), luminance(other.colour)))
            assert one.dash != other.dash or (high + 0.05) / (low + 0.05) > 1.2
        assert all(theme.contrast(look.colour, theme.current().panel) >= VISIBLE for look in looks)


@both
def test_runs_of_a_design_are_of_one_hue_and_designs_of_different_ones(which: str) -> None:
    theme.set_theme(which)
    bases = [colour.hslHueF() for colour in theme.current().series]
    for number, base in enumerate(bases):
        for member in range(3):
            away = abs(family(number, member).colour.hslHueF() - base)
            assert min(away, 1 - away) < 0.08


def learned(run: str, design: str) -> Trace:
    trace = Trace(run, run, design)
    for split in ("train", "validation"):
        trace.curves.add(split, 1, 1.0, {"loss": 1.0})
    return trace


def test_a_run_keeps_its_look_while_others_come_and_go() -> None:
    families = Families()
    one, two, three, other = (learned(run, "A") for run in "123"), None, None, learned("4", "B")
    one, two, three = one
    assert families.place([one]) == {"1": (0, 0)}
    assert families.place([two, one]) == {"1": (0, 0), "2": (0, 1)}
    assert families.place([other, three, two]) == {"2": (0, 1), "3": (0, 0), "4": (1, 0)}
    assert families.place([other]) == {"4": (1, 0)}
    assert families.place([one, other]) == {"4": (1, 0), "1": (0, 0)}


def test_runs_that_are_compared_have_looks_of_their_own_and_one_alone_those_of_its_splits() -> None:
    traces = Traces()
    traces.now = learned("now", "A")
    alone = styles_of(traces, Families())
    train, validation = (alone["now", CurveKey("loss", split)] for split in ("train", "validation"))
    assert train.colour != validation.colour
    traces.show(learned("old", "A"))
    compared = styles_of(traces, Families())
    looks = {run: {split: compared[run, CurveKey("loss", split)] for split in ("train", "validation")}
             for run in ("now", "old")}  # fmt: skip
    for run in looks:
        assert looks[run]["train"].colour == looks[run]["validation"].colour
        assert looks[run]["train"].width < looks[run]["validation"].width
    assert looks["now"]["train"].dash != looks["old"]["train"].dash


# -- which are shown --------------------------------------------------------------------------------------------------


def test_pinned_runs_stay_over_the_next_training_and_ticked_ones_go() -> None:
    traces = Traces()
    first = traces.begin("1", "one", "A")
    first.curves.add("train", 1, 1.0, {"loss": 1.0})
    for run in "ab":
        traces.show(learned(run, "A"))
    traces.pinned |= {"a"}
    traces.begin("2", "two", "A").curves.add("train", 1, 1.0, {"loss": 1.0})
    assert [trace.run for trace in traces.visible()] == ["a", "1", "2"]
    traces.pinned |= {"1"}
    traces.begin("3", "three", "A").curves.add("train", 1, 1.0, {"loss": 1.0})
    assert [trace.run for trace in traces.visible()] == ["a", "1", "2", "3"]
    traces.begin("4", "four", "A").curves.add("train", 1, 1.0, {"loss": 1.0})
    assert [trace.run for trace in traces.visible()] == ["a", "1", "3", "4"]
    traces.hide("4")
    traces.hide("a")
    assert [trace.run for trace in traces.visible()] == ["1", "3"]
    traces.forget_present()
    assert [trace.run for trace in traces.visible()] == ["1"]


def test_a_pinned_run_that_is_resumed_is_drawn_once_and_goes_on() -> None:
    traces = Traces()
    traces.show(learned("a", "A"))
    traces.pinned |= {"a"}
    now = traces.begin("a", "a", "A")
    assert [trace.run for trace in traces.visible()] == ["a"]
    assert CurveKey("loss", "train") in now.curves.curves


def test_a_legend_takes_no_more_rows_than_it_may_except_in_a_picture(qtbot: QtBot) -> None:
    legend = Legend()
    qtbot.addWidget(legend)
    legend.resize(200, 40)
    legend.show_entries([Entry(f"a curve with the number {n}") for n in range(9)])
    whole = legend.height()
    assert whole == 9 * ROW + 4
    assert not legend.toolTip()
    legend.limit(2)
    assert legend.height() == 2 * ROW + 4
    assert legend.toolTip().count("\n") == 8
    assert not legend.grab().isNull()
    with legend.in_full():
        assert legend.height() == whole
    assert legend.height() == 2 * ROW + 4
