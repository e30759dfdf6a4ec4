"""Numbers as typed, stepped and dragged; curves as smoothed and looked up."""

from __future__ import annotations

import csv
import io
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.catalogue import Parameter
from graph.specs import Limits
from gui.inside.curves import Curve, CurveKey, Curves, groups_of, smooth, table
from gui.inspector import values

SIDE = Parameter("kernel", int, 3, "side", Limits(1, 1024, "px"))
SHARE = Parameter("test", float, 0.2, "share", Limits(0.0, 0.99))
RATE = Parameter("learning_rate", float, 0.001, "steps", Limits(1e-8, 100.0, "", True))
FREE = Parameter("number", float, 0.0, "any", Limits(-1e9, 1e9))
NUMBERS = (SIDE, SHARE, RATE, FREE)


@pytest.mark.parametrize(
    ("parameter", "text", "value"),
    [
        (SIDE, " 5 px ", 5),
        (SIDE, "28*28", 784),
        (SIDE, "(2+3)*4", 20),
        (SIDE, "7.0", 7),
        (SHARE, "0,25", 0.25),
        (SHARE, "1/4", 0.25),
        (RATE, "1e-4", 1e-4),
        (FREE, "-3", -3.0),
    ],
)
def test_numbers_and_small_sums_are_read(parameter: Parameter, text: str, value: float) -> None:
    read = values.parse(parameter, text)
    assert read == value
    assert type(read) is parameter.type


@pytest.mark.parametrize(
    ("parameter", "text", "words"),
    [
        (SIDE, "0", "kernel lies between 1 and 1,024 px; got 0."),
        (SIDE, "2.5", "kernel is a whole number; got “2.5”."),
        (SIDE, "three", "kernel is a whole number; got “three”."),
        (SIDE, "", "kernel is a whole number; got “”."),
        (SHARE, "1/0", "test is a number; got “1/0”."),
        (SHARE, "2**999999", "test is a number; got “2**999999”."),
        (RATE, "__import__('os')", "learning rate is a number"),
        (RATE, "1e999", "learning rate is a number"),
        (RATE, "True", "learning rate is a number"),
        (RATE, "(" * 300 + "1" + ")" * 300, "learning rate is a number"),
    ],
)
def test_what_cannot_stand_is_explained(parameter: Parameter, text: str, words: str) -> None:
    with pytest.raises(ValueError) as caught:
        values.parse(parameter, text)
    assert words in str(caught.value)


@given(st.sampled_from(NUMBERS), st.floats(-1e6, 1e6), st.integers(-50, 50), st.sampled_from([0.1, 1.0, 10.0]))
def test_steps_and_drags_stay_legal(parameter: Parameter, start: float, steps: int, pace: float) -> None:
    legal = values.clamped(parameter, start)
    for value in (values.stepped(parameter, legal, steps, pace), values.dragged(parameter, legal, steps * 7.0, pace)):
        assert parameter.problem(value) is None
        assert values.parse(parameter, values.as_text(parameter, value)) == pytest.approx(value, rel=1e-5)


@pytest.mark.parametrize(
    ("start", "steps", "end"),
    [(0.001, 1, 0.002), (0.001, -1, 0.0005), (0.001, 3, 0.01), (0.003, 1, 0.005), (100.0, 1, 100.0), (1e-8, -1, 1e-8)],
)
def test_rates_step_by_one_two_five(start: float, steps: int, end: float) -> None:
    assert values.stepped(RATE, start, steps) == pytest.approx(end)


@pytest.mark.parametrize("parameter", [SHARE, RATE])
def test_sliders_reach_both_ends_and_come_back(parameter: Parameter) -> None:
    assert values.has_slider(parameter)
    low, high = parameter.limits.low, parameter.limits.high
    assert (values.from_share(parameter, 0.0), values.from_share(parameter, 1.0)) == (low, high)
    assert values.to_share(parameter, values.from_share(parameter, 0.5)) == pytest.approx(0.5, abs=0.02)


def test_only_ranges_to_aim_at_get_a_slider() -> None:
    assert not values.has_slider(SIDE)
    assert not values.has_slider(FREE)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (1.0, "1"), (0.12345, "0.123"), (0.000483, "4.8e-4"), (-3e-9, "-3.0e-9"), (1234.56, "1235"),
     (2.5e7 + 0.5, "2.5e7"), (math.nan, "nan"), (-math.inf, "-inf")],
)  # fmt: skip
def test_results_are_brief(value: float, text: str) -> None:
    assert values.brief(value) == text


# -- curves -----------------------------------------------------------------------------------------------------------


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=700), st.sampled_from([0.05, 0.3, 0.6, 0.9, 0.99]))
def test_smoothing_is_the_unbiased_moving_average(numbers: list[float], weight: float) -> None:
    mean, wanted = 0.0, []
    for n, value in enumerate(numbers):
        mean = weight * mean + (1 - weight) * value
        wanted.append(mean / (1 - weight ** (n + 1)))
    assert np.allclose(smooth(np.array(numbers), weight), wanted, atol=1e-6)


def test_smoothing_steps_over_what_is_no_number() -> None:
    smoothed = smooth(np.array([1.0, math.nan, 1.0, math.inf, 1.0]), 0.5)
    assert np.isnan(smoothed[1])
    assert np.isinf(smoothed[3])
    assert smoothed[[0, 2, 4]] == pytest.approx(1.0)


def test_a_curve_grows_past_its_first_block_and_finds_its_points() -> None:
    curve = Curve()
    for step in range(1000):
        curve.append(step, step / 10, float(step))
    assert curve.values.tolist() == list(range(1000))
    assert curve.at(50.04) == (50.0, 500.0)
    assert curve.at(-5.0) == (0.0, 0.0)
    assert curve.at(1e9) == (99.9, 999.0)
    assert Curve().at(1.0) is None


def test_smoothed_values_follow_points_added_later() -> None:
    curve = Curve()
    for step in range(10):
        curve.append(step, float(step), 1.0)
        curve.smoothed(0.5)
    curve.append(10, 10.0, 3.0)
    assert curve.smoothed(0.5)[-1] == pytest.approx(smooth(curve.values, 0.5)[-1])
    assert curve.smoothed(0.9)[-1] == pytest.approx(smooth(curve.values, 0.9)[-1])


def test_a_resumed_training_writes_over_what_it_repeats() -> None:
    curve = Curve()
    for step in (1, 2, 3, 4):
        curve.append(step, float(step), 0.0)
    curve.append(3, 3.0, 9.0)
    assert curve.steps.tolist() == [1, 2, 3]
    assert curve.values.tolist() == [0, 0, 9]


def test_curves_group_by_metric_with_the_loss_first() -> None:
    curves = Curves()
    curves.add("validation", 1, 1.0, {"accuracy": 0.5, "critic.loss": 1.0})
    curves.add("train", 1, 1.0, {"generator.loss": 2.0, "mae": 0.1, "critic.loss": 3.0})
    assert groups_of([curves]) == ["loss", "accuracy", "mae"]
    assert curves.of_group("loss") == [
        CurveKey("critic.loss", "train"),
        CurveKey("critic.loss", "validation"),
        CurveKey("generator.loss", "train"),
    ]
    rows = list(csv.DictReader(io.StringIO(table(curves.rows("a run")))))
    assert len(rows) == 5
    assert rows[0] == {"run": "a run", "split": "validation", "metric": "accuracy", "step": "1", "epoch": "1.0",
                       "seconds": "0.0", "value": "0.5"}  # fmt: skip
