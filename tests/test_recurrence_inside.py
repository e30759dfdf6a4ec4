"""Ports inside drawn recurrences: at every step what a loop by hand has there, and outputs as without looking."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from nested import compiled, elman, end, link, lstm_cell, network
from torch import nn

from graph.compiler import Root, make_slice, read_by
from graph.document import MAIN, Document, NodeKey, Port
from graph.flat import flat_of
from graph.inference import analyse
from graph.needs import CompileError
from graph.specs import TensorSpec
from graph.templates import find_design

FIELDS = {"sequence": TensorSpec((7, 3)), "start": TensorSpec((5,)), "length": TensorSpec((), "int64"),
          "flat": TensorSpec((3,)), "film": TensorSpec((4, 6, 3))}  # fmt: skip
X = torch.randn(4, 7, 3, generator=torch.Generator().manual_seed(1))
FILM = torch.randn(2, 4, 6, 3, generator=torch.Generator().manual_seed(2))
EXAMPLES: dict[str, dict[str, Any]] = {
    each["id"]: each
    for each in json.loads((Path(__file__).parent / "worked_examples.json").read_text("utf-8"))["examples"]
}


def inside(path: str) -> Port:
    """A port by a path with dots, the name of the output behind the last one."""
    return Port(MAIN, *path.rsplit(".", 1))


def seen(document: Document, root: Root, *paths: str, **given: torch.Tensor) -> dict[str, torch.Tensor]:
    """What flows through ports for values of the fields, all in one slice."""
    module = make_slice(document, root, [inside(path) for path in paths])
    found = module(*(given[port.port] for port in module.sources))
    return dict(zip(paths, (found,) if isinstance(found, torch.Tensor) else found))


def by_loop(run: nn.Module, x: torch.Tensor, state: torch.Tensor | None = None) -> dict[str, torch.Tensor]:
    """Everything inside Elman's network, step by step."""
    state = torch.zeros(len(x), 5) if state is None else state
    told: dict[str, list[torch.Tensor]] = {name: [] for name in ("h", "w", "u", "sum", "bend")}
    for now in x.unbind(1):
        own = now @ run.w.weight.T + run.w.bias
        back = state @ run.u.weight.T
        for name, value in (("h", state), ("w", own), ("u", back), ("sum", own + back)):
            told[name].append(value)
        state = torch.tanh(own + back)
        told["bend"].append(state)
    return {name: torch.stack(values, 1) for name, values in told.items()}


def close(found: torch.Tensor, expected: torch.Tensor, tolerance: float = 1e-6) -> None:
    torch.testing.assert_close(found, expected, rtol=0.0, atol=tolerance)


def test_all_of_elmans_network_at_every_step() -> None:
    document = elman()
    root = compiled(document, FIELDS)
    expected = by_loop(root.get_submodule("run"), X)
    for name, values in seen(document, root, *(f"run.{name}.output" for name in expected), sequence=X).items():
        close(values, expected[name.split(".")[1]])
        assert root.specs[inside(name)].shape == values.shape[1:]
    ends = seen(document, root, "run.x.output", "run.all.output", "run.last.output", sequence=X)
    close(ends["run.x.output"], X)
    close(ends["run.all.output"], expected["bend"])
    close(ends["run.last.output"], expected["bend"])  # what flows into it at every step, of which it gives the last


def test_all_gates_of_an_lstm_at_every_step() -> None:
    document, units = lstm_cell(6), 6
    root = compiled(document, {"sequence": TensorSpec((50, 3))})
    run, twin = root.get_submodule("run"), nn.LSTMCell(3, units)
    x = torch.randn(4, 50, 3, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        for place, gate in enumerate("ifgo"):
            rows = slice(place * units, (place + 1) * units)
            run.get_submodule(f"x{gate}").weight.copy_(twin.weight_ih[rows])
            run.get_submodule(f"x{gate}").bias.copy_(twin.bias_ih[rows])
            run.get_submodule(f"h{gate}").weight.copy_(twin.weight_hh[rows])
            run.get_submodule(f"h{gate}").bias.copy_(twin.bias_hh[rows])
    names = ("h", "c", "xi", "xf", "xg", "xo", "hi", "hf", "hg", "ho", "si", "sf", "sg", "so", "i", "f", "g", "o",
             "kept", "new", "cell", "shown", "hidden")  # fmt: skip
    expected: dict[str, list[torch.Tensor]] = {name: [] for name in names}
    hidden = cell = torch.zeros(4, units)
    for now in x.unbind(1):
        own, back = (nn.functional.linear(*each) for each in ((now, twin.weight_ih, twin.bias_ih),
                                                              (hidden, twin.weight_hh, twin.bias_hh)))  # fmt: skip
        told = {"h": hidden, "c": cell}
        for gate, mine, other in zip("ifgo", own.split(units, 1), back.split(units, 1)):
            bent = torch.tanh if gate == "g" else torch.sigmoid
            told |= {f"x{gate}": mine, f"h{gate}": other, f"s{gate}": mine + other, gate: bent(mine + other)}
        hidden, after = twin(now, (hidden, cell))
        told |= {"kept": told["f"] * cell, "new": told["i"] * told["g"], "cell": after, "shown": torch.tanh(after)}
        told["hidden"], cell = hidden, after
        for name in names:
            expected[name].append(told[name])
    found = seen(document, root, *(f"run.{name}.output" for name in names), sequence=x)
    for name in names:
        close(found[f"run.{name}.output"], torch.stack(expected[name], 1))


def of_template(name: str, *ports: str) -> dict[str, torch.Tensor]:
    """What flows inside the recurrence of a template for the numbers that it holds."""
    document = find_design(name)
    numbers = torch.tensor(document.nodes[NodeKey(MAIN, "values_1")].params["inputs"], dtype=torch.float32)[:, :, None]
    specs = {"input": TensorSpec(tuple(numbers.shape[1:]))}
    root = compiled(document, specs)
    found = seen(document, root, *(f"run.{port}.output" for port in ports), input=numbers)
    return {port.split(".")[1]: values[0, :, 0].detach() for port, values in found.items()}


def test_the_numbers_of_the_notes_inside_the_templates() -> None:
    told = EXAMPLES["elman"]
    found = of_template("elman-by-hand", "state", "h", "w_hh", "w_hy")
    second = math.tanh(told["hidden"][0] + 3)  # by the formula; what is printed is tanh(4)
    tolerance = told["tolerance"]
    close(found["state"], torch.tensor([told["hidden"][0], second]), tolerance)
    close(found["h"], torch.tensor([0.0, told["hidden"][0]]), tolerance)
    close(found["w_hh"], found["h"], tolerance)
    close(found["w_hy"], torch.tensor([told["outputs"][0], second + 1]), tolerance)
    told = EXAMPLES["jordan"]
    found = of_template("jordan-by-hand", "state", "w_hy", "y_before")
    close(found["state"], torch.tensor(told["hidden"]), tolerance)
    close(found["w_hy"], torch.tensor(told["outputs"]), tolerance)
    close(found["y_before"], torch.tensor([0.0, told["outputs"][0]]), tolerance)
    told = EXAMPLES["lstm-1"]
    gates = {"take": "input_gate", "forget": "forget_gate", "show": "output_gate", "new": "candidate", "cell": "cell",
             "hidden": "hidden"}  # fmt: skip
    for port, value in of_template("lstm-by-hand", *gates).items():
        close(value, torch.tensor([told[gates[port]]]), told["tolerance"])


def test_looking_leaves_the_rest_as_it_is() -> None:
    document = elman()
    root = compiled(document, FIELDS)
    plain = make_slice(document, root, [end("run.all")])
    both = make_slice(document, root, [inside("run.sum.output"), end("run.all"), inside("run.sum.output")])
    one, every, other = both(X)
    assert torch.equal(every, plain(X))
    assert one is other
    assert "watch" not in plain.code
    assert set(both.state_dict()) == set(plain.state_dict())
    assert [id(each) for each in both.parameters()] == [id(each) for each in plain.parameters()]


def test_examples_that_have_ended_have_nothing_inside() -> None:
    document = elman()
    with document.edit("Wire"):
        document.connect(end("data.length"), end("run.lengths"))
    root, lengths = compiled(document, FIELDS), torch.tensor([7, 3, 1, 5])
    found = seen(document, root, "run.sum.output", "run.h.output", sequence=X, length=lengths)
    expected = by_loop(root.get_submodule("run"), X)
    for row, length in enumerate(lengths):
        for name in ("sum", "h"):
            close(found[f"run.{name}.output"][row, :length], expected[name][row, :length])
            assert not found[f"run.{name}.output"][row, length:].any()


def begun() -> Document:
    """Elman's network whose first state a layer inside computes from something whole, which bends as well."""
    document = elman()
    with document.edit("Start"):
        document.add_node("input", id="h0", network="elman", params={"time": "whole"})
        document.add_node("linear", id="first", network="elman", params={"units": 5})
        document.connect(end("h0.output", "elman"), end("first.x", "elman"))
        document.connect(end("first.output", "elman"), end("h.initial", "elman"))
        document.connect(end("data.flat"), end("run.h0"))
    return document


def test_what_comes_before_the_first_step_comes_once() -> None:
    document, flat = begun(), X[:, 0]
    root = compiled(document, FIELDS)
    first = root.get_submodule("run.first")(flat)
    found = seen(document, root, "run.first.output", "run.h.output", "run.h0.output", sequence=X, flat=flat)
    assert torch.equal(found["run.first.output"], first)
    assert torch.equal(found["run.h0.output"], flat)
    close(found["run.h.output"], by_loop(root.get_submodule("run"), X, first)["h"])
    assert [root.specs[inside(f"run.{name}.output")].shape for name in ("first", "h")] == [(5,), (7, 5)]
    module = make_slice(document, root, [end("run.all")], [inside("run.first.output")])
    given = {"flat": flat, "sequence": X}
    others = (given[port.port] for port in module.sources[1:])
    close(module(torch.ones(4, 5), *others), by_loop(root.get_submodule("run"), X, torch.ones(4, 5))["bend"])


def twice(linked: bool = False) -> Document:
    """Elman's network in a sub-network, which stands in the design twice, one behind the other."""
    document = elman()
    with document.edit("Clear"):
        document.remove_node(NodeKey(MAIN, "run"))
    network(document, "holder", {"x": "input", "squeeze": ("linear", {"units": 3}), "run": "@elman", "y": "output"},
            {"squeeze.x": "x.output", "run.x": "squeeze.output", "y.x": "run.all"})  # fmt: skip
    network(document, MAIN, {"one": "@holder", "between": ("linear", {"units": 3}), "two": "@holder"},
            {"one.x": "data.sequence", "between.x": "one.y", "two.x": "between.output", "out.x": "two.y"})  # fmt: skip
    if linked:
        link(document, "two", "one")
    return document


@pytest.mark.parametrize("linked", [False, True])
def test_each_place_of_a_recurrence_has_a_path_of_its_own(linked: bool) -> None:
    document = twice(linked)
    root = compiled(document, FIELDS)
    one, second = (root.get_submodule(name) for name in ("one", "one" if linked else "two"))
    first = by_loop(one.run, one.squeeze(X))
    then = by_loop(second.run, second.squeeze(root.get_submodule("between")(first["bend"])))
    found = seen(document, root, "one.run.sum.output", "two.run.sum.output", "two.run.h.output", "one.squeeze.output",
                 sequence=X)  # fmt: skip
    close(found["one.run.sum.output"], first["sum"])
    close(found["two.run.sum.output"], then["sum"])
    close(found["two.run.h.output"], then["h"])
    close(found["one.squeeze.output"], one.squeeze(X))
    assert root.specs[inside("two.run.sum.output")].shape == (7, 5)


def test_a_network_within_a_recurrence() -> None:
    document = Document()
    network(document, "gate", {"a": "input", "b": "input", "mix": "multiply", "bend": "sigmoid", "y": "output"},
            {"mix.xs.0": "a.output", "mix.xs.1": "b.output", "bend.x": "mix.output", "y.x": "bend.output"})  # fmt: skip
    network(document, "cell", {"x": "input", "h": ("delay", {"size": 3}), "gate": "@gate", "sum": "add", "y": "output"},
            {"gate.a": "x.output", "gate.b": "h.output", "sum.xs.0": "gate.y", "sum.xs.1": "x.output",
             "h.x": "sum.output", "y.x": "sum.output"})  # fmt: skip
    network(document, MAIN, {"data": "data", "run": "@cell"}, {"run.x": "data.sequence"})
    root, state = compiled(document, FIELDS), torch.zeros(4, 3)
    mixes, bends = [], []
    for now in X.unbind(1):
        mixes.append(now * state)
        bends.append(torch.sigmoid(mixes[-1]))
        state = bends[-1] + now
    paths = ("run.gate.mix.output", "run.gate.bend.output", "run.gate.y", "run.gate.y.output", "run.gate.a.output")
    mix, bend, given, last, x = seen(document, root, *paths, sequence=X).values()
    close(mix, torch.stack(mixes, 1))
    for values in (bend, given, last):
        close(values, torch.stack(bends, 1))
    assert torch.equal(x, X)


def films() -> Document:
    """A recurrence over pictures whose step runs one over their rows."""
    document = Document()
    rows = {"x": "input", "h": ("delay", {"size": 3}), "sum": "add", "bend": "tanh", "y": ("output", {"steps": "last"})}
    network(document, "rows", rows, {"sum.xs.0": "x.output", "sum.xs.1": "h.output", "bend.x": "sum.output",
                                     "h.x": "bend.output", "y.x": "bend.output"})  # fmt: skip
    network(document, "film", {"x": "input", "h": ("delay", {"size": 3}), "rows": "@rows", "sum": "add", "y": "output"},
            {"rows.x": "x.output", "sum.xs.0": "rows.y", "sum.xs.1": "h.output", "h.x": "sum.output",
             "y.x": "sum.output"})  # fmt: skip
    network(document, MAIN, {"data": "data", "run": "@film"}, {"run.x": "data.film"})
    return document


def test_a_recurrence_within_a_recurrence() -> None:
    document = films()
    root = compiled(document, FIELDS)
    every = []
    for picture in FILM.unbind(1):
        state, found = torch.zeros(2, 3), []
        for row in picture.unbind(1):
            found.append(row + state)
            state = torch.tanh(found[-1])
        every.append(torch.stack(found, 1))
    sums = torch.stack(every, 1)
    inner, outer, given = seen(document, root, "run.rows.sum.output", "run.sum.output", "run.rows.x.output",
                               film=FILM).values()  # fmt: skip
    close(inner, sums)
    close(outer, torch.tanh(sums[:, :, -1]).cumsum(1))
    assert torch.equal(given, FILM)
    assert root.specs[inside("run.rows.sum.output")].shape == (4, 6, 3)
    steps = make_slice(document, root, [inside("run.rows.sum.output")], apart=True)(FILM)
    assert (len(steps), len(steps[0])) == (4, 6)
    close(steps[2][5], sums[:, 2, 5])


def test_both_directions_and_several_recurrences() -> None:
    document = elman()
    network(document, MAIN, {"turn": "flip", "back": "@elman"},
            {"turn.x": "data.sequence", "back.x": "turn.output"})  # fmt: skip
    root = compiled(document, FIELDS)
    forth, back = seen(document, root, "run.sum.output", "back.sum.output", sequence=X).values()
    close(forth, by_loop(root.get_submodule("run"), X)["sum"])
    close(back, by_loop(root.get_submodule("back"), X.flip(1))["sum"])


def test_values_inside_can_be_given() -> None:
    document = elman()
    root = compiled(document, FIELDS)
    run, states = root.get_submodule("run"), torch.rand(4, 7, 5)
    module = make_slice(document, root, [end("run.all"), inside("run.u.output")], [inside("run.h.output")])
    assert module.sources == (inside("run.h.output"), end("data.sequence"))
    every, back = module(states, X)
    close(back, states @ run.u.weight.T)
    close(every, torch.tanh(X @ run.w.weight.T + run.w.bias + states @ run.u.weight.T))
    module = make_slice(document, root, [end("run.all")], [inside("run.bend.output")])
    assert torch.equal(module(states, X), states)


def test_the_tensors_of_the_steps_have_gradients() -> None:
    document = elman()
    root = compiled(document, FIELDS)
    steps, last = make_slice(document, root, [inside("run.sum.output"), end("run.last")], apart=True)(X)
    found = torch.autograd.grad(last.square().sum(), steps)
    run, state, sums = root.get_submodule("run"), torch.zeros(4, 5), []
    for now in X.unbind(1):
        sums.append(run.w(now) + run.u(state))
        state = torch.tanh(sums[-1])
    for own, expected in zip(found, torch.autograd.grad(state.square().sum(), sums), strict=True):
        close(own, expected)


def test_what_an_output_reads_inside() -> None:
    document = elman()
    document_two = begun()
    read = read_by(document, [end("run.all")])
    assert {inside(f"run.{name}.output") for name in ("w", "u", "sum", "bend", "h")} < read
    assert inside("run.first.output") in read_by(document_two, [end("run.all")])
    assert inside("run.u.output") not in read_by(document, [inside("run.w.output")])


def test_paths_that_lead_nowhere() -> None:
    drawn = elman()
    root, flat = compiled(drawn, FIELDS), flat_of(drawn)
    with pytest.raises(CompileError, match="nobody"):
        make_slice(drawn, root, [inside("run.nobody.output")])(X)
    assert flat.holds(NodeKey(MAIN, "run.sum"))
    assert not flat.holds(NodeKey(MAIN, "run.nobody"))
    assert analyse(drawn, lambda source: FIELDS).specs[inside("run.sum.output")].shape == (5,)  # drawn at one step
