"""Formulas: what they compute, how they are refused, and that they are only ever read, never run."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from exported import draw, examples, executed, written
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.catalogue import CATALOGUE
from graph.compiler import compile_root, make_slice
from graph.document import Port
from graph.formula import LETTERS, LONGEST, function_of, parse
from graph.inference import analyse
from graph.specs import TensorSpec

FIELDS = {"sequence": TensorSpec((6, 8)), "vector": TensorSpec((8,)), "number": TensorSpec(())}
A, B, C = (torch.linspace(low, high, 7) for low, high in ((-2.0, 3.0), (2.0, -1.5), (0.1, 4.0)))

CORRECT = [
    ("a + b * c", A + B * C),
    ("(a + b) * c", (A + B) * C),
    ("a - b - c", A - B - C),
    ("a - (b - c)", A - (B - C)),
    ("a / c / 2", A / C / 2),
    ("a * (b / c)", A * (B / C)),
    ("-a ** 2", -(A**2)),
    ("c ** -1", 1 / C),
    ("c ** 2 ** 0.5", C ** (2**0.5)),
    ("(c ** 2) ** 3", C**6),
    ("2 ^ a", 2**A),
    ("(-2) ** 2 * a", 4 * A),
    ("--a + +b", A + B),
    ("a % 2", A - 2 * torch.floor(A / 2)),
    ("a % c", A - C * torch.floor(A / C)),
    ("a > b", (A > B).float()),
    ("(a >= 0.5) + (b < 1) + (c <= 2)", (A >= 0.5).float() + (B < 1).float() + (C <= 2).float()),
    ("(a == a) * (a != b)", (A != B).float()),
    ("exp(a) + log(c) + sqrt(c)", A.exp() + C.log() + C.sqrt()),
    ("abs(a) - sign(b)", A.abs() - B.sign()),
    ("sin(a) + cos(b) * tan(c / 4)", A.sin() + B.cos() * (C / 4).tan()),
    ("tanh(a) - (exp(a) - exp(-a)) / (exp(a) + exp(-a))", torch.zeros(7)),
    ("sigmoid(a) - 1 / (1 + exp(-a))", torch.zeros(7)),
    ("relu(a) - a * (a > 0)", torch.zeros(7)),
    ("floor(a) + ceil(b) + round(c)", A.floor() + B.ceil() + C.round()),
    ("clamp(a, -1, 1)", A.clamp(-1, 1)),
    ("clamp(a, b, 2)", torch.minimum(torch.maximum(A, B), torch.tensor(2.0))),
    ("clamp(0, a, c)", torch.minimum(A.clamp(min=0.0), C)),
    ("min(a, b, 1)", torch.minimum(A, B).clamp(max=1.0)),
    ("max(1, 2, a)", A.clamp(min=2.0)),
    ("where(a > b, a, b)", torch.maximum(A, B)),
    ("where(a > 0, 1, -1)", (A > 0).float() * 2 - 1),
    ("where(floor(a), b, c)", torch.where(A.floor() != 0, B, C)),
    ("where(2 > 1, a, b)", A),
    ("where(1 > 2, a, b)", B),
    ("sin(pi) + a * log(e)", A),
    ("a × 2 − b · 3 ÷ 4", A * 2 - B * 3 / 4),
    ("where(a ≤ b, 0, 1) + where(a ≠ b, 1, 0) - where(a ≥ b, 1, 0)", (A != B).float() * 1.0 - (A == B).float()),
    ("1.5e1 * a + .5 + 2.", 15 * A + 2.5),
    ("a", A),
]


@pytest.mark.parametrize(("text", "expected"), CORRECT, ids=[text for text, _ in CORRECT])
def test_formulas_compute_what_mathematics_says(text: str, expected: torch.Tensor) -> None:
    assert torch.allclose(function_of(text, 3)(A, B, C), expected, atol=1e-6)


WRONG = [
    ("", "empty"),
    ("  ", "empty"),
    ("3 * 4", "always 12: use at least one input"),
    ("where(1 > 2, a, 5)", "always 5"),
    ("a +", "4th sign, its end: a number, an input"),
    ("a + * b", "5th sign, “\\*”: a number, an input"),
    ("(a + b", "7th sign, its end: .* closing bracket"),
    ("a + b)", "6th sign, “\\)”: an operator"),
    ("2a", "2nd sign, “a”: .* such as 2 \\* a"),
    ("a b", "3rd sign, “b”: .* a product is written with \\*"),
    ("a + d", "5th sign, “d”: an input was expected, of which there are a, b, c"),
    ("a + ab", "5th sign, “ab”: an input was expected"),
    ("exp + a", "5th sign, “\\+”: an opening bracket was expected after exp"),
    ("erf(a)", "1st sign, “erf”: a function was expected; the known ones are exp, log"),
    ("a(b)", "1st sign, “a”: a function was expected"),
    ("exp(a, b)", "exp takes 1 operands?, but 2"),
    ("exp()", "5th sign, “\\)”: a number"),
    ("min(a)", "min takes 2 or more operands, but 1 stand"),
    ("clamp(a, 1)", "clamp takes 3 operands, but 2 stand"),
    ("max(a; b)", "6th sign, “;”: no formula knows such a sign"),
    ("a = b", "3rd sign, “=”: .* to compare, write =="),
    ("a < b < c", "7th sign, “<”: only one comparison"),
    ("a / b + 1 / (2 - 2)", "11th sign, “/”: nothing can be divided by 0"),
    ("a + sqrt(-1)", "these numbers have no finite"),
    ("a + log(0)", "these numbers have no finite"),
    ("a + (-8) ** 0.5", "these numbers have no finite"),
    ("a + 10 ** 10 ** 10", "these numbers have no finite"),
    ("a + exp(1000)", "these numbers have no finite"),
    ("a * 1e999", "5th sign, “1e999”: a finite number was expected"),
    ("nan + a", "an input was expected"),
    ("inf", "an input was expected"),
    ("(" * 45 + "a" + ")" * 45, "nested 40 deep"),
    ("-" * 60 + "a", "nested 40 deep"),
    ("+".join("a" * 80), "more than 60 steps"),
    ("a" + " " * LONGEST, "has 501 signs, and 500 is the most"),
    ("__import__('os').system('true')", "“__import__”: a function was expected"),
    ("a.__class__", "2nd sign, “.”: no formula knows"),
    ("a[0]", "no formula knows such a sign"),
    ("lambda: a", "no formula knows"),
    ("a if b else c", "a product is written"),
    ("“a”", "no formula knows"),
]


@pytest.mark.parametrize(("text", "sentence"), WRONG, ids=[text[:30] for text, _ in WRONG])
def test_what_is_no_formula_is_refused_with_its_place(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as refusal:
        parse(text, 3)
    assert str(refusal.value).endswith(".")


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="abe+-*/%^()<>=!,.0123456789 sqrtmaxlogpi_π²٣\n\t", max_size=60))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    refusal, function = "", None
    try:
        function = function_of(text, 2)
    except ValueError as error:
        refusal = str(error)
    assert refusal.endswith(".") if function is None else function(A, B).shape == A.shape


def numbers() -> st.SearchStrategy[str]:
    leaves = st.sampled_from(["a", "b", "2", "0.5"])
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
            inner.map(lambda t: f"(-{t})"),
            st.tuples(inner, inner).map(lambda t: f"max({t[0]}, {t[1]})"),
        ),
        max_leaves=12,
    )


@settings(max_examples=150, deadline=None)
@given(numbers(), st.floats(-3, 3), st.floats(-3, 3))
def test_random_formulas_agree_with_pythons_arithmetic(text: str, a: float, b: float) -> None:
    if "a" not in text.replace("max", "") and "b" not in text:
        return
    expected = eval(text, {"a": a, "b": b, "max": max})  # only what the strategy above puts together
    got = function_of(text, 2)(torch.tensor([a], dtype=torch.float64), torch.tensor([b], dtype=torch.float64))
    assert got.item() == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_inputs_are_lettered_without_eulers_number():
    assert "e" not in LETTERS
    tensors = [torch.full((2,), float(i)) for i in range(6)]
    assert function_of("a + 10 * d + 100 * f + e", 6)(*tensors).tolist() == pytest.approx([430 + math.e] * 2)


def test_gradients_are_those_of_the_formula():
    x = torch.linspace(-1, 1, 6, dtype=torch.float64).requires_grad_()
    y = torch.linspace(0.5, 2, 6, dtype=torch.float64).requires_grad_()
    function = function_of("where(a > 0, sin(a * b), exp(a) / b) + tanh(b) ** 3 - a % 0.7", 2)
    assert torch.autograd.gradcheck(function, (x, y))


def drawn(formula: str, *fields: str) -> Any:
    wires = {f"formula.xs.{place}": f"data_1.{field}" for place, field in enumerate(fields)}
    nodes = {"data_1": "data", "formula": ("expression", {"formula": formula}), "output_1": "output"}
    return draw(nodes, {**wires, "output_1.x": "formula.output"})


@pytest.mark.parametrize(
    ("formula", "line"),
    [
        ("a * (1 - b)", "return sequence * (1 - vector.unsqueeze(1))"),
        (
            "where(a > 0, a, exp(b) - 1)",
            "return torch.where(sequence > 0, sequence, torch.exp(vector.unsqueeze(1)) - 1)",
        ),
        ("(a > b) * -a", "return (sequence > vector.unsqueeze(1)).float() * torch.neg(sequence)"),
        ("clamp(a, -1, b) % 3", "return torch.minimum(torch.clamp(sequence, min=-1), vector.unsqueeze(1)) % 3"),
    ],
)
def test_the_exported_source_is_one_expression_of_torch(formula: str, line: str) -> None:
    document = drawn(formula, "sequence", "vector")
    source = written(document, FIELDS)
    assert line in source
    assert "graph" not in source
    analysis = analyse(document, lambda name: FIELDS)
    module = make_slice(document, compile_root(document, analysis), [Port("main", "formula", "output")])
    values = {port.port: examples(FIELDS[port.port], 4) for port in module.sources}
    network = executed(source)["Network"]()
    expected = module(*values.values())
    given = {name: values[name] for name in network.forward.__code__.co_varnames[1:3]}
    assert torch.equal(network(**given), expected)


def test_a_slice_with_a_formula_can_be_exported_by_torch():
    document = drawn("max(a, 0.2) * sigmoid(b)", "sequence", "number")
    analysis = analyse(document, lambda name: FIELDS)
    module = make_slice(document, compile_root(document, analysis), [Port("main", "formula", "output")])
    inputs = tuple(examples(FIELDS[port.port], 3) for port in module.sources)
    assert torch.equal(torch.export.export(module, inputs).module()(*inputs), module(*inputs))


def test_the_problem_of_a_formula_stands_on_its_node():
    analysis = analyse(drawn("a + c", "sequence", "vector"), lambda name: FIELDS)
    [problem] = analysis.errors
    assert problem.node == "formula"
    assert "5th sign, “c”" in problem.message


def test_the_formula_of_the_palette_names_its_inputs():
    parameter = CATALOGUE["expression"].parameter("formula")
    assert parameter is not None
    assert (parameter.default, parameter.widget) == ("a + b", "formula")


def test_formulas_are_read_without_torch():
    code = "import sys; from graph.formula import parse; parse('exp(a) * 2', 1); print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parent.parent, capture_output=True, text=True
    )
    assert done.stdout.split() == ["False"], done.stderr
