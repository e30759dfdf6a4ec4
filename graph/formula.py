"""Formulas such as ``a * (1 - b)``: read by a grammar of their own into functions of tensors, never run as Python."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

from graph.lazy import torch

LONGEST, DEEPEST, NESTED = 500, 60, 40  # signs, steps one after another, brackets in brackets
LETTERS = "abcdfghijklmnopqrstuvwxyz"  # the inputs in their order; e is Euler's number
CONSTANTS = {"e": math.e, "pi": math.pi, "π": math.pi}
TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[^\W\d]\w*)|"
    r"(?P<sign>\*\*|<=|>=|==|!=|[-+*/%^<>(),≤≥≠−–×·÷])|(?P<end>$))"
)
MEANT = {"−": "-", "–": "-", "×": "*", "·": "*", "÷": "/", "≤": "<=", "≥": ">=", "≠": "!=", "^": "**"}


class Function(NamedTuple):
    """What a sign or name computes: of numbers at once, of tensors later; and how many operands it takes."""

    of_numbers: Callable[..., float]
    of_tensors: Callable[..., Any]
    least: int = 1
    most: int = 1


class Input(NamedTuple):
    """One of the inputs, counted from 0."""

    place: int


class Call(NamedTuple):
    """A function and its operands; ``depth`` is how far they reach down."""

    name: str
    operands: tuple[Term, ...]
    depth: int


Term: TypeAlias = "float | Input | Call"


class Token(NamedTuple):
    """A number, name or sign and where it starts, counted from 0."""

    kind: str
    text: str
    place: int


def function_of(text: str, inputs: int, lifts: Sequence[int] = ()) -> Callable[..., Any]:
    """The function of so many tensors that a formula describes; ``lifts`` says how many axes each lacks.

    It is made of torch calls alone, so that it can be traced and written down as one expression.
    Raises ValueError with a sentence where the formula cannot be read.
    """
    term = parse(text, inputs)

    def expression(*xs: Any) -> Any:
        return _value(term, [_lifted(x, axes) for x, axes in zip(xs, lifts)] if lifts else xs)

    return expression


def parse(text: str, inputs: int) -> Term:
    """A formula of so many inputs as a tree. Raises ValueError with one sentence that says where it is wrong."""
    if len(text) > LONGEST:
        raise ValueError(
            f"The formula has {len(text)} signs, and {LONGEST} is the most: share it out among several expressions."
        )
    if not text.strip():
        raise ValueError("The formula is empty: write what is to be computed, such as a + b.")
    term = _Reader(text, inputs).formula()
    if not isinstance(term, Input | Call):
        raise ValueError(f"The formula “{text}” is always {term:g}: use at least one input, such as a.")
    return term


class _Reader:
    """Reads a formula from left to right, one method a level of binding."""

    def __init__(self, text: str, inputs: int) -> None:
        self._text, self._inputs = text, inputs
        self._tokens = _tokens(text)
        self._token = next(self._tokens)
        self._nesting = 0

    def formula(self) -> Term:
        term = self._comparison()
        if self._token.kind != "end":
            before = "" if self._token.kind == "sign" else "; a product is written with *, such as 2 * a"
            raise self._wrong(f"an operator such as + or the end of the formula was expected{before}")
        return term

    def _comparison(self) -> Term:
        left = self._sum()
        token = self._token
        if token.text not in COMPARISONS:
            return left
        self._advance()
        term = self._call(token, token.text, left, self._sum())
        if self._token.text in COMPARISONS:
            raise self._wrong("only one comparison can stand there; put one of them into brackets")
        return term

    def _sum(self) -> Term:
        return self._chain("+-", lambda: self._chain("*/%", self._signed))

    def _chain(self, signs: str, operand: Callable[[], Term]) -> Term:
        """Operands with signs between them, from left to right."""
        left = operand()
        while self._token.text and self._token.text in signs:
            token = self._token
            self._advance()
            left = self._call(token, token.text, left, operand())
        return left

    def _signed(self) -> Term:
        """An operand with signs before it, which bind less than a power after it."""
        token = self._token
        self._nesting += 1
        if self._nesting > NESTED:
            raise self._wrong(f"brackets and signs may be nested {NESTED} deep, no deeper")
        if token.text in ("-", "+"):
            self._advance()
            term = self._signed()
            term = self._call(token, "negative", term) if token.text == "-" else term
        else:
            term = self._power()
        self._nesting -= 1
        return term

    def _power(self) -> Term:
        base, token = self._operand(), self._token
        if token.text != "**":
            return base
        self._advance()
        return self._call(token, "**", base, self._signed())

    def _operand(self) -> Term:
        token = self._token
        if token.kind == "number":
            self._advance()
            return self._number(float(token.text), token)
        if token.kind == "name":
            self._advance()
            return self._named(token)
        if token.text == "(":
            self._advance()
            term = self._comparison()
            self._close("an operator such as +, or a closing bracket,")
            return term
        raise self._wrong("a number, an input such as a, or an opening bracket was expected")

    def _named(self, token: Token) -> Term:
        if self._token.text == "(":
            return self._applied(token)
        if token.text in CONSTANTS:
            return CONSTANTS[token.text]
        if token.text in FUNCTIONS:
            raise self._wrong(f"an opening bracket was expected after {token.text}, as in {token.text}(a)")
        known = LETTERS[: self._inputs]
        if token.text not in known or len(token.text) > 1:
            names = ", ".join(known)
            raise self._wrong(f"an input was expected, of which there are {names}, in the order of the wires", token)
        return Input(known.index(token.text))

    def _applied(self, token: Token) -> Term:
        if token.text not in FUNCTIONS:
            raise self._wrong(f"a function was expected; the known ones are {', '.join(FUNCTIONS)}", token)
        self._advance()
        operands = [self._comparison()]
        while self._token.text == ",":
            self._advance()
            operands.append(self._comparison())
        self._close("a comma or a closing bracket")
        least, most = FUNCTIONS[token.text].least, FUNCTIONS[token.text].most
        if not least <= len(operands) <= most:
            count = f"{least}" if least == most else f"{least} or more"
            raise self._wrong(f"{token.text} takes {count} operands, but {len(operands)} stand there", token)
        return self._call(token, token.text, *operands)

    def _call(self, token: Token, name: str, *operands: Term) -> Term:
        """A call, or its result where that is known already."""
        if name == "where" and isinstance(operands[0], int | float):
            return operands[1] if operands[0] else operands[2]
        if name in ("/", "%") and operands[1] == 0:
            raise self._wrong("nothing can be divided by 0", token)
        if all(isinstance(operand, int | float) for operand in operands):
            try:
                return self._number(EVERY[name].of_numbers(*map(float, operands)), token)  # type: ignore[arg-type]
            except (ArithmeticError, ValueError, TypeError):
                raise self._wrong("these numbers have no finite real result", token) from None
        depth = 1 + max(operand.depth for operand in (*operands, LEAF) if isinstance(operand, Call))
        if depth > DEEPEST:
            raise self._wrong(
                f"the formula has more than {DEEPEST} steps one after another; use two expressions", token
            )
        return Call(name, operands, depth)

    def _number(self, number: float, token: Token) -> float:
        """A number, as a whole one where it is."""
        if not math.isfinite(number):
            raise self._wrong("a finite number was expected", token)
        return int(number) if number == int(number) and abs(number) < 2**53 else number

    def _advance(self) -> None:
        self._token = next(self._tokens)

    def _close(self, expected: str) -> None:
        if self._token.text != ")":
            raise self._wrong(f"{expected} was expected")
        self._advance()

    def _wrong(self, sentence: str, token: Token | None = None) -> ValueError:
        token = token or self._token
        found = f"“{token.text}”" if token.text else "its end"
        return ValueError(f"The formula goes wrong at the {_ordinal(token.place + 1)} sign, {found}: {sentence}.")


def _tokens(text: str) -> Iterator[Token]:
    place = 0
    while True:
        if not (found := TOKEN.match(text, place)):
            place += len(text[place:]) - len(text[place:].lstrip())
            hint = "; to compare, write ==" if text[place] == "=" else ""
            raise ValueError(
                f"The formula goes wrong at the {_ordinal(place + 1)} sign, “{text[place]}”: "
                f"no formula knows such a sign{hint}."
            )
        kind = found.lastgroup or ""
        yield Token(kind, MEANT.get(found[kind], found[kind]), found.start(kind))
        place = found.end()


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _lifted(x: Any, axes: int) -> Any:
    for _ in range(axes):
        x = x.unsqueeze(1)
    return x


# -- what the names mean ----------------------------------------------------------------------------------------------


def _value(term: Term, xs: Sequence[Any]) -> Any:
    match term:
        case Input(place):
            return xs[place]
        case Call("where", (condition, one, other)):
            return _choice(_condition(condition, xs), _value(one, xs), _value(other, xs))
        case Call(name, operands):
            return EVERY[name].of_tensors(*(_value(operand, xs) for operand in operands))
    return term


def _condition(term: Term, xs: Sequence[Any]) -> Any:
    """Whether a term holds: that a comparison does, or that a number is not 0."""
    if isinstance(term, Call) and term.name in COMPARISONS:
        left, right = (_value(operand, xs) for operand in term.operands)
        return COMPARISONS[term.name](left, right)
    return _value(term, xs) != 0


def _choice(condition: Any, one: Any, other: Any) -> Any:
    return torch.where(condition, *(float(v) if isinstance(v, int) else v for v in (one, other)))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)


def _largest(first: Any, *others: Any) -> Any:
    for other in others:
        if _is_number(first) and _is_number(other):
            first = max(first, other)
        elif _is_number(first) or _is_number(other):
            number, tensor = (first, other) if _is_number(first) else (other, first)
            first = torch.clamp(tensor, min=number)
        else:
            first = torch.maximum(first, other)
    return first


def _smallest(first: Any, *others: Any) -> Any:
    for other in others:
        if _is_number(first) and _is_number(other):
            first = min(first, other)
        elif _is_number(first) or _is_number(other):
            number, tensor = (first, other) if _is_number(first) else (other, first)
            first = torch.clamp(tensor, max=number)
        else:
            first = torch.minimum(first, other)
    return first


def _clamped(x: Any, low: Any, high: Any) -> Any:
    if _is_number(low) and _is_number(high):
        return torch.clamp(x, min=low, max=high)
    return _smallest(_largest(x, low), high)


def _elementwise(name: str, of_numbers: Callable[[float], float]) -> Function:
    return Function(of_numbers, lambda x: getattr(torch, name)(x))


def _compared(compare: Callable[[Any, Any], Any]) -> Function:
    """1 where a comparison holds, 0 elsewhere."""
    return Function(lambda x, y: float(compare(x, y)), lambda x, y: compare(x, y).float(), 2, 2)


LEAF = Call("", (), 0)
MANY = 26
COMPARISONS = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
SIGNS = {
    "+": Function(operator.add, operator.add, 2, 2),
    "-": Function(operator.sub, operator.sub, 2, 2),
    "*": Function(operator.mul, operator.mul, 2, 2),
    "/": Function(operator.truediv, operator.truediv, 2, 2),
    "%": Function(operator.mod, operator.mod, 2, 2),
    "**": Function(math.pow, lambda x, y: torch.pow(x, y), 2, 2),
    "negative": Function(operator.neg, lambda x: torch.neg(x)),
}
FUNCTIONS = {
    "exp": _elementwise("exp", math.exp),
    "log": _elementwise("log", math.log),
    "sqrt": _elementwise("sqrt", math.sqrt),
    "abs": _elementwise("abs", abs),
    "sin": _elementwise("sin", math.sin),
    "cos": _elementwise("cos", math.cos),
    "tan": _elementwise("tan", math.tan),
    "tanh": _elementwise("tanh", math.tanh),
    "sigmoid": _elementwise("sigmoid", lambda x: 0.5 + 0.5 * math.tanh(x / 2)),
    "relu": _elementwise("relu", lambda x: max(x, 0.0)),
    "sign": _elementwise("sign", lambda x: float((x > 0) - (x < 0))),
    "floor": _elementwise("floor", math.floor),
    "ceil": _elementwise("ceil", math.ceil),
    "round": _elementwise("round", round),
    "min": Function(min, _smallest, 2, MANY),
    "max": Function(max, _largest, 2, MANY),
    "clamp": Function(lambda x, low, high: min(max(x, low), high), _clamped, 3, 3),
    "where": Function(lambda condition, one, other: one if condition else other, _choice, 3, 3),
}
EVERY = {**SIGNS, **FUNCTIONS, **{sign: _compared(compare) for sign, compare in COMPARISONS.items()}}
