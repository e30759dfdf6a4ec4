"""What one objective does in the training function of exported source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import nn

from graph.building import build
from graph.catalogue import Objective
from graph.compiler import CompileError
from graph.document import Document, NodeKey, Port
from graph.drawings import Drawing
from graph.expressions import Writer
from graph.flat import flat_of
from graph.layers import CATALOGUE
from graph.makers import literal
from graph.modules.readouts import normal_equations, solve_ridge
from graph.naming import identifier
from graph.plan import ObjectivePlan, Weight
from graph.readouts import read_out


class LossMethod(NamedTuple):
    """A method of the network that computes the losses of one objective from source ports."""

    name: str
    plan: ObjectivePlan
    sources: list[Port]


def objective_of(document: Document, plan: ObjectivePlan) -> Objective:
    """What the node of an objective says, or its type where none is drawn."""
    node = flat_of(document).document.nodes[plan.node] if plan.node else None
    made: Objective = build(CATALOGUE[node.type if node else "objective"], node.params if node else {}, {})
    return made


def results_of(document: Document, plan: ObjectivePlan) -> tuple[tuple[Port, ...], str]:
    """What the method of an objective returns, and what stands between several results.

    That is the sum of its losses, or each by itself where they count by weights, or what a closed form is made from.
    """
    if objective_of(document, plan).ridge is None:
        return plan.losses, ", " if plan.weighted else " + "
    try:
        found = read_out(document, plan)
    except ValueError as error:
        raise CompileError(str(error)) from None
    if "." in found.linear.node:
        raise CompileError(f"ridge solves for “{found.linear.node}”, which stands in another network, and the code of "
                           "the training cannot reach it there: put that layer into the main network.")  # fmt: skip
    return (found.x, found.target), ", "


class Update:
    """Writes the lines of one objective. Local names end in that of the objective where there are ``several``."""

    def __init__(
        self, document: Document, drawing: Drawing, writer: Writer, loss: LossMethod, names: Mapping[Port, str],
        several: bool,
    ) -> None:  # fmt: skip
        self.made = objective_of(document, loss.plan)
        self._document, self._drawing, self._writer = document, drawing, writer
        self._loss, self._plan, self._names = loss, loss.plan, names
        self._several = several
        self._suffix = f"_of_{identifier(loss.plan.name)}" if several else ""
        self._spans = (self.made.starts, self.made.ends) != (0.0, 1.0)

    @property
    def needs_steps(self) -> bool:
        """Whether the number of all iterations has to be known."""
        return bool(self.made.schedule) or self._spans or any(weight.warm_up for weight in self._plan.weights)

    @property
    def needs_iteration(self) -> bool:
        """Whether the iterations have to be counted."""
        return self._spans or self.made.every > 1 or any(weight.warm_up for weight in self._plan.weights)

    # -- the lines, from the top to the bottom -----------------------------------------------------------------------

    def before(self) -> Iterator[str]:
        """Before the epochs."""
        if self._spans:
            first, last = f"round({literal(self.made.starts)} * steps)", f"round({literal(self.made.ends)} * steps)"
            yield f"{self._own('first')}, {self._own('last')} = {first}, {last}"
        if self.made.ridge is not None:
            return
        optimizer = self._own("optimizer")
        if self._plan.trains:
            yield f"{self._own('parameters')} = {_listed(self._trained())}"
        example = self.made.optimizer([nn.Parameter(torch.zeros(1))])
        yield f"{optimizer} = {self._writer.optimizer(example, self._groups(example.defaults['lr']))}"
        if self.made.schedule:
            yield f"{self._own('schedule')} = {self._writer.expanded(self.made.schedule, [optimizer, self._steps()])}"
        if self.made.plateau:
            yield f"{self._own('plateau')} = {self._writer.expanded(self.made.plateau, [optimizer])}"

    def begin(self) -> Iterator[str]:
        """At the beginning of an epoch."""
        if self.made.ridge is not None:
            yield f"{self._own('squares')}, {self._own('products')} = 0.0, 0.0"
            return
        yield f"{self._own('total')} = 0.0"
        if not self.made.acts_always:
            yield f"{self._own('seen')} = 0"

    def step(self, count: str, draws: Sequence[str]) -> list[str]:
        """In an iteration. ``draws`` are the lines that draw what it reads at random."""
        body = [*draws, *(self._ridge() if self.made.ridge is not None else self._descent(count))]
        if self.made.times > 1:
            body = [f"for _ in range({self.made.times}):", *indented(body)]
        condition = self._condition()
        return [f"if {condition}:", *indented(body)] if condition else body

    def end(self, examples: str) -> list[str]:
        """At the end of an epoch."""
        if self.made.ridge is not None:
            squares, products = self._own("squares"), self._own("products")
            solve = self._writer.name(solve_ridge)
            lines = [f"{solve}({self._linear()}, {squares}, {products}, {literal(self.made.ridge)})"]
            return lines if self.made.acts_always else [f"if torch.is_tensor({squares}):", *indented(lines)]
        if not self.made.plateau:
            return []
        plateau, total, seen = self._own("plateau"), self._own("total"), self._own("seen")
        if self.made.acts_always:
            return [f"{plateau}.step({total} / {examples})"]
        return [f"if {seen}:", f"    {plateau}.step({total} / {seen})"]

    def report(self, examples: str) -> str:
        """Its part of the line that is printed after every epoch."""
        name = self._loss.name.replace("_", " ")
        return f"{name} solved" if self.made.ridge is not None else f"{name} {{{self._mean(examples)}:.4f}}"

    # -- a step ------------------------------------------------------------------------------------------------------

    def _descent(self, count: str) -> Iterator[str]:
        value, optimizer = self._own("loss"), self._own("optimizer")
        backward = [f"{value}.backward({'inputs=' + self._parameters() if self._plan.trains else ''})"]
        if self.made.clip_value:
            backward += [f"nn.utils.clip_grad_value_({self._parameters()}, {literal(self.made.clip_value)})"]
        if self.made.clip_norm:
            backward += [f"nn.utils.clip_grad_norm_({self._parameters()}, {literal(self.made.clip_norm)})"]
        if self.made.closure:
            closure = self._own("closure")
            inside = [f"{optimizer}.zero_grad()", *self._value(value), *backward, f"return {value}"]
            yield from ("", f"def {closure}():", *indented(inside), "", f"{value} = {optimizer}.step({closure})")
        else:
            yield from (*self._value(value), f"{optimizer}.zero_grad()", *backward, f"{optimizer}.step()")
        if self.made.schedule:
            yield f"{self._own('schedule')}.step()"
        yield f"{self._own('total')} += {value}.item() * {count}"
        if not self.made.acts_always:
            yield f"{self._own('seen')} += {count}"

    def _value(self, value: str) -> Iterator[str]:
        """The loss as it is minimised."""
        if not self._plan.weighted:
            yield f"{value} = {self._call()}"
        elif len(self._plan.losses) == 1:
            yield f"{value} = {_weighted(self._plan.weights[0], self._call())}"
        else:
            taken = {*self._names.values(), value, "loss", "model", "steps", "iteration", "total"}
            names: list[str] = []
            for port in self._plan.losses:
                names.append(identifier(port.node, {*taken, *names}))
            yield f"{', '.join(names)} = {self._call()}"
            yield f"{value} = {' + '.join(map(_weighted, self._plan.weights, names))}"

    def _ridge(self) -> Iterator[str]:
        squares, products = self._own("squares"), self._own("products")
        yield "with torch.no_grad():"
        yield f"    more = {self._writer.name(normal_equations)}({self._linear()}, *{self._call()})"
        yield f"{squares}, {products} = {squares} + more[0], {products} + more[1]"

    def _call(self) -> str:
        return f"model.{self._loss.name}({', '.join(self._names[port] for port in self._loss.sources)})"

    # -- when, and whom ----------------------------------------------------------------------------------------------

    def _condition(self) -> str:
        first = self._own("first")
        within = [f"{first} <= iteration < {self._own('last')}"] if self._spans else []
        since = f"(iteration - {first})" if self._spans else "iteration"
        return " and ".join([*within, *([f"{since} % {self.made.every} == 0"] if self.made.every > 1 else [])])

    def _steps(self) -> str:
        """How many steps the objective does in all."""
        text = f"{self._own('last')} - {self._own('first')}" if self._spans else "steps"
        if self.made.every > 1:
            text = f"-(-({text}) // {self.made.every})" if self._spans else f"-(-{text} // {self.made.every})"
        elif self._spans and self.made.times > 1:
            text = f"({text})"
        return f"{text} * {self.made.times}" if self.made.times > 1 else text

    def _trained(self) -> dict[str, float]:
        """The modules that are trained, and what the learning rate of each is multiplied by."""
        found: dict[str, float] = {}
        for key in self._drawing.upstream([self._drawing.origin(port) for port in self._plan.losses]):
            if self._plan.changes(key):
                found |= _factors(self._drawing, key)
        return found

    def _parameters(self) -> str:
        """What is trained: everything, or the modules upstream of the losses."""
        if self._plan.trains:
            return self._own("parameters")
        return _listed(self._trained()) if self._several else "model.parameters()"

    def _groups(self, rate: float) -> str:
        """What is trained, as the optimiser takes it."""
        trained = self._trained()
        if set(trained.values()) <= {1.0}:
            return self._parameters()
        groups = []
        for factor in dict.fromkeys(trained.values()):
            told = f', "lr": {literal(rate * factor)}' if factor != 1.0 else ""
            groups.append(f'{{"params": {_listed([name for name in trained if trained[name] == factor])}{told}}}')
        return f"[{', '.join(groups)}]"

    def _linear(self) -> str:
        return f"model.{self._drawing.names[read_out(self._document, self._plan).linear]}"

    def _mean(self, examples: str) -> str:
        """The mean loss of an epoch; no number where the objective did not act in it."""
        total, seen = self._own("total"), self._own("seen")
        return f"{total} / {examples}" if self.made.acts_always else f"{total} / {seen} if {seen} else torch.nan"

    def _own(self, name: str) -> str:
        return name + self._suffix


def _factors(drawing: Drawing, key: NodeKey) -> dict[str, float]:
    """The module of a node, if it has weights, and what its learning rate is multiplied by.

    A placed network is told as a whole, unless its parts learn at different rates.
    """
    name = drawing.names.get(key, "")
    if not name or not any(True for _ in drawing.modules[name].parameters()):
        return {}
    if key in drawing.placed:
        below = drawing.placed[key].drawing
        parts = {part: factor for inner in below.names for part, factor in _factors(below, inner).items()}
        if len(set(parts.values())) > 1:
            return {f"{name}.{part}": factor for part, factor in parts.items()}
        return {name: next(iter(parts.values()), 1.0)}
    return {name: float(drawing.document.nodes[key].params.get("rate_factor", 1.0))}  # type: ignore[arg-type]


def indented(lines: Sequence[str]) -> list[str]:
    return [f"    {line}" if line else "" for line in lines]


def _listed(names: Sequence[str] | Mapping[str, float]) -> str:
    return f"[{', '.join(f'*model.{name}.parameters()' for name in names)}]"


def _weighted(weight: Weight, text: str) -> str:
    """A loss times what it counts, as text."""
    factors = [literal(weight.value)] if weight.value != 1 else []
    if weight.warm_up:
        factors.append(f"min(iteration / ({literal(weight.warm_up)} * steps), 1.0)")
    return " * ".join([*factors, text])
