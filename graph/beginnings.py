"""How weights begin, which of them learn and how they are normalised, as lines of a constructor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from torch import nn

from graph.makers import literal
from graph.weights import SMALLEST, biases_in, weights_in

FEW = 2  # weights up to which each has a line of its own
WIDTH = 100  # characters of a row of numbers
NORMALISED = {"weight norm": "weight_norm", "spectral norm": "spectral_norm"}
DRAWN = {
    "xavier uniform": "nn.init.xavier_uniform_({})",
    "xavier normal": "nn.init.xavier_normal_({})",
    "he uniform": 'nn.init.kaiming_uniform_({}, nonlinearity="relu")',
    "he normal": 'nn.init.kaiming_normal_({}, nonlinearity="relu")',
    "orthogonal": "nn.init.orthogonal_({})",
}


def attribute(name: str, text: str, module: nn.Module, params: Mapping[str, Any]) -> list[str]:
    """The lines that make a module, an attribute of the network, and furnish it as its parameters say.

    name: of the attribute
    text: the call that makes it
    module: such a module as it is made, without its weights having been touched
    """
    own, begun = f"self.{name}", list(_begun(f"self.{name}", module, params))
    normalised, frozen = params.get("normalised", "none"), params.get("frozen", "nothing")
    if normalised != "none":
        weight = next(each for each, values in weights_in(module) if values.dim() >= SMALLEST)
        wrap = f"nn.utils.parametrizations.{NORMALISED[normalised]}"
        told = "" if weight == "weight" else f", name={literal(weight)}"
        if begun:
            begun.append(f"{wrap}({own}{told})")
        else:
            text = f"{wrap}({text}{told})"
    if frozen == "everything":
        if not begun or (normalised == "none" and params["initial"] != "as given"):
            text += ".requires_grad_(False)"
        else:
            begun.append(f"{own}.requires_grad_(False)")
    elif frozen == "biases":
        begun += [f"{_path(own, bias)}.requires_grad_(False)" for bias, _ in biases_in(module)]
    return [f"{own} = {text}", *begun]


def _begun(own: str, module: nn.Module, params: Mapping[str, Any]) -> Iterator[str]:
    """The lines that give weights their first values, where these are not the usual ones."""
    initial = params.get("initial", "usual")
    weights, biases = list(weights_in(module)), list(biases_in(module))
    if initial == "usual":
        return
    if initial == "as given":
        yield from _given(_path(own, weights[0][0]), params["given_weights"], weights[0][1].shape)
        if params["given_biases"]:
            yield from _given(_path(own, biases[0][0]), params["given_biases"], biases[0][1].shape)
        else:
            yield from (f"nn.init.zeros_({_path(own, name)})" for name, _ in biases)
        return
    calls = {name: call for name, values in weights if (call := _call(initial, params["initial_size"], values.dim()))}
    if len(weights) > FEW and len(set(calls.values())) == 1 and len(calls) == len(weights):
        yield f"for name, weight in {own}.named_parameters():"
        drawn = calls[weights[0][0]].format("weight")
        yield f'    nn.init.zeros_(weight) if "bias" in name else {drawn}' if biases else f"    {drawn}"
        return
    yield from (call.format(_path(own, name)) for name, call in calls.items())
    yield from (f"nn.init.zeros_({_path(own, name)})" for name, _ in biases)


def _call(initial: str, size: float, axes: int) -> str:
    """What draws a weight of so many axes, which stands for ``{}``; "" for one that stays as it is."""
    if initial == "normal":
        return f"nn.init.normal_({{}}, std={literal(abs(size))})"
    if initial == "uniform":
        return f"nn.init.uniform_({{}}, {literal(-abs(size))}, {literal(abs(size))})"
    if initial == "constant":
        return f"nn.init.constant_({{}}, {literal(size)})"
    if axes < SMALLEST:
        return ""
    if initial == "identity":
        return f"nn.init.{'eye_' if axes == SMALLEST else 'dirac_'}({{}})"
    return DRAWN[initial]


def _given(own: str, numbers: Sequence[Any], shape: Sequence[int]) -> list[str]:
    rows = _rows(np.array(numbers, dtype=float).reshape(tuple(shape)).tolist())
    if len(rows) == 1:
        return [f"{own} = nn.Parameter(torch.tensor({rows[0]}))"]
    return [f"{own} = nn.Parameter(torch.tensor({rows[0]}", *rows[1:-1], f"{rows[-1]}))"]


def _rows(numbers: list[Any]) -> list[str]:
    """Numbers with every innermost row on lines of its own, unless all fit on one."""
    flat = repr(numbers)
    if len(flat) <= WIDTH:
        return [flat]
    if numbers and isinstance(numbers[0], list):
        inner = [line for row in numbers for line in _with_comma(_rows(row))]
    else:
        inner, line = [], ""
        for number in numbers:
            if line and len(line) + len(repr(number)) > WIDTH:
                inner.append(line.rstrip())
                line = ""
            line += f"{number!r}, "
        inner.append(line.rstrip())
    return ["[", *(f"    {line}" for line in inner), "]"]


def _with_comma(rows: Sequence[str]) -> list[str]:
    return [*rows[:-1], f"{rows[-1]},"]


def _path(own: str, name: str) -> str:
    """A parameter of a module: those of a part that has a number stand in square brackets."""
    for part in name.split("."):
        own += f"[{part}]" if part.isdigit() else f".{part}"
    return own
