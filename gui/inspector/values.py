"""Numbers as people type, step and drag them: pure functions of a declared parameter."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from typing import Final

from graph.catalogue import Parameter
from gui.language import content

Number = int | float
SLIDER_SPAN: Final = 1000.0  # wider ranges than this are dragged by the size of the value, with no slider
WHOLE_SLIDER_SPAN: Final = 64
LADDER: Final = (1, 2, 5)
OPERATORS: Final[dict[type[ast.AST], Callable[..., Number]]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.USub: operator.neg, ast.UAdd: operator.pos,
}  # fmt: skip


def label_of(name: str) -> str:
    """A parameter's name as a label: ``batch_size`` → "Batch size"."""
    return content(name.replace("_", " ").capitalize())


def as_text(parameter: Parameter, value: object, *, unit: bool = True) -> str:
    """A value as its field shows it, with the unit."""
    if isinstance(value, list):
        return list_words(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    text = f"{value:.6g}".replace("e-0", "e-").replace("e+0", "e") if isinstance(value, float) else str(value)
    return f"{text} {parameter.limits.unit}" if unit and parameter.limits.unit else text


def list_words(value: object) -> str:
    """A list in two words: “2×3 numbers”, “1 number”, “none”. The first row stands for all."""
    shape = shape_of(value)
    if not shape or 0 in shape:
        return "none"
    return f"{'×'.join(map(str, shape))} number{'' if shape == (1,) else 's'}"


def shape_of(value: object) -> tuple[int, ...]:
    """How many numbers a list has along each of its axes."""
    found = []
    while isinstance(value, list):
        found.append(len(value))
        value = value[0] if value else None
    return tuple(found)


def brief(value: float) -> str:
    """A result short enough for a cell or a legend: three digits, ``4.8e-4`` where that takes many zeros."""
    value = float(value)
    if value.is_integer() and abs(value) < 1e6:
        return str(int(value))
    if 1e-3 <= abs(value) < 1e6 or not math.isfinite(value):
        return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
    digits, _, power = f"{value:.1e}".partition("e")
    return f"{digits}e{int(power)}"


def parse(parameter: Parameter, text: str) -> Number:
    """What was typed: a number or a small sum such as ``28*28``. Raises ValueError with a sentence for the user."""
    name = parameter.name.replace("_", " ")
    plain = text.strip().removesuffix(parameter.limits.unit or "\0").strip()
    words = "a whole number" if parameter.type is int else "a number"
    try:
        value = _evaluate(ast.parse(plain.replace(",", "."), mode="eval").body)
        if not math.isfinite(value):
            raise ValueError
    except (ValueError, SyntaxError, TypeError, KeyError, ZeroDivisionError, OverflowError, RecursionError):
        raise ValueError(f"{name} is {words}; got “{plain}”.") from None
    if parameter.type is int and float(value).is_integer():
        value = int(value)
    if parameter.type is float:
        value = float(value)
    if problem := parameter.problem(value):
        raise ValueError(problem)
    return value


def _evaluate(tree: ast.expr) -> Number:
    match tree:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return value
        case ast.UnaryOp(op=sign, operand=inner):
            return OPERATORS[type(sign)](_evaluate(inner))
        case ast.BinOp(left=left, op=op, right=right):
            return OPERATORS[type(op)](_evaluate(left), _evaluate(right))
    raise ValueError


def stepped(parameter: Parameter, value: Number, steps: int, pace: float = 1.0) -> Number:
    """The value some steps up or down, inside the limits.

    pace: 10 for large steps, 0.1 for small ones; whole numbers never step by less than one
    """
    if parameter.limits.logarithmic:
        if pace < 1:
            return clamped(parameter, rounded(value * 10 ** (0.02 * steps), 3))
        return clamped(parameter, _rung(value, steps * (3 if pace > 1 else 1)))
    if parameter.type is int:
        return clamped(parameter, value + steps * max(1, int(pace)))
    size = _step_size(parameter, value) * pace
    return clamped(parameter, round(value + steps * size, _decimals(size)))


def dragged(parameter: Parameter, start: Number, pixels: float, pace: float = 1.0) -> Number:
    """The value after a drag of so many pixels to the right, inside the limits."""
    pixels *= pace
    if parameter.limits.logarithmic:
        return clamped(parameter, rounded(start * 10 ** (pixels / 120), 2 if pace >= 1 else 3))
    if parameter.type is int:
        rate = max(1 / 8, abs(start) / 150)
        return clamped(parameter, start + round(pixels * rate))
    size = _step_size(parameter, start)
    return clamped(parameter, round(start + size * pixels / 4, _decimals(size * min(1.0, pace))))


def has_slider(parameter: Parameter) -> bool:
    """Whether the whole range fits a slider that one can aim with."""
    low, high, _, logarithmic = parameter.limits
    if low is None or high is None or parameter.choices:
        return False
    if parameter.type is int:
        return high - low <= WHOLE_SLIDER_SPAN
    return parameter.type is float and (logarithmic or high - low <= SLIDER_SPAN)


def to_share(parameter: Parameter, value: Number) -> float:
    """Where a value stands in its range, 0 to 1."""
    low, high = _range(parameter)
    if parameter.limits.logarithmic:
        low, high, value = math.log10(low), math.log10(high), math.log10(max(value, low))
    return min(1.0, max(0.0, (value - low) / (high - low)))


def from_share(parameter: Parameter, share: float) -> Number:
    """The round value at a place of the range, 0 to 1."""
    low, high = _range(parameter)
    if parameter.limits.logarithmic:
        return clamped(parameter, rounded(10 ** (math.log10(low) + share * (math.log10(high / low))), 2))
    size = _step_size(parameter, low)
    return clamped(parameter, round(low + share * (high - low), _decimals(size)))


def clamped(parameter: Parameter, value: Number) -> Number:
    """The nearest legal value of the parameter's type."""
    low, high = parameter.limits.low, parameter.limits.high
    value = max(value, low) if low is not None else value
    value = min(value, high) if high is not None else value
    return round(value) if parameter.type is int else float(value)


def rounded(value: Number, digits: int) -> float:
    """To so many significant digits."""
    return float(f"{value:.{digits}g}")


def _rung(value: Number, steps: int) -> float:
    """So many rungs up the ladder 1, 2, 5, 10… from the nearest one."""
    decade = math.floor(math.log10(value) + 1e-9)
    nearest = min(range(len(LADDER) + 1), key=lambda i: abs(math.log10(value / _at(decade, i))))
    exponent, place = divmod(decade * len(LADDER) + nearest + steps, len(LADDER))
    return rounded(_at(exponent, place), 1)


def _at(decade: int, place: int) -> float:
    more, place = divmod(place, len(LADDER))
    return float(LADDER[place] * 10.0 ** (decade + more))


def _range(parameter: Parameter) -> tuple[float, float]:
    low, high = parameter.limits.low, parameter.limits.high
    if low is None or high is None:
        raise ValueError(f"{parameter.name} has no two limits, so it has no slider.")
    return low, high


def _step_size(parameter: Parameter, value: Number) -> float:
    low, high = parameter.limits.low, parameter.limits.high
    if parameter.type is int:
        return 1
    if low is not None and high is not None and high - low <= SLIDER_SPAN:
        return float(10.0 ** (math.ceil(math.log10(high - low)) - 2))
    return float(10.0 ** (math.floor(math.log10(abs(value))) - 1)) if value else 0.01


def _decimals(size: float) -> int:
    return max(0, -math.floor(math.log10(size) + 1e-9)) if size < 1 else 0
