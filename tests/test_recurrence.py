"""Drawn recurrences: the delay, what a network that holds one computes, and how it is found out what a delay holds."""

from __future__ import annotations

import pytest
import torch
from nested import compiled, computed, elman, end, lstm_cell, network
from torch import nn

from graph.compiler import make_slice
from graph.document import MAIN, Document, NodeKey, Port
from graph.inference import analyse
from graph.recurrence import Recurrence
from graph.specs import TensorSpec
from graph.wiring import legal_targets, may_connect

FIELDS = {"sequence": TensorSpec((7, 3)), "start": TensorSpec((5,)), "length": TensorSpec((), "int64"),
          "other": TensorSpec((4, 3)), "flat": TensorSpec((3,))}  # fmt: skip
X = torch.randn(4, 7, 3, generator=torch.Generator().manual_seed(1))


def by_torch(root: nn.Module) -> nn.RNN:
    """Torch's own network with the weights of the drawn one."""
    run, twin = root.get_submodule("run"), nn.RNN(3, 5, batch_first=True)
    with torch.no_grad():
        twin.weight_ih_l0.copy_(run.w.weight)
        twin.bias_ih_l0.copy_(run.w.bias)
        twin.weight_hh_l0.copy_(run.u.weight)
        twin.bias_hh_l0.zero_()
    return twin


def wire(document: Document, **wires: str) -> Document:
    with document.edit("Wire"):
        for target, source in wires.items():
            document.connect(end(source), end(target.replace("__", ".")))
    return document


def test_a_drawn_elman_network_is_the_one_of_torch() -> None:
    document = elman()
    root = compiled(document, FIELDS)
    expected, last = by_torch(root)(X)
    assert torch.allclose(computed(document, root, "run.all", sequence=X), expected, atol=1e-6)
    assert torch.allclose(computed(document, root, "run.last", sequence=X), last[0], atol=1e-6)
    specs = analyse(document, lambda source: FIELDS).specs
    assert specs[end("run.all")].shape == (7, 5)
    assert specs[end("run.last")].shape == (5,)
    assert specs[Port("elman", "h", "output")].shape == (5,)


def test_a_drawn_lstm_cell_has_the_numbers_of_torch_over_50_steps() -> None:
    document, units = lstm_cell(6), 6
    root = compiled(document, {"sequence": TensorSpec((50, 3))})
    run, twin = root.get_submodule("run"), nn.LSTM(3, units, batch_first=True)
    with torch.no_grad():
        for place, gate in enumerate("ifgo"):
            rows = slice(place * units, (place + 1) * units)
            run.get_submodule(f"x{gate}").weight.copy_(twin.weight_ih_l0[rows])
            run.get_submodule(f"x{gate}").bias.copy_(twin.bias_ih_l0[rows])
            run.get_submodule(f"h{gate}").weight.copy_(twin.weight_hh_l0[rows])
            run.get_submodule(f"h{gate}").bias.copy_(twin.bias_hh_l0[rows])
    x, grad = torch.randn(4, 50, 3), torch.randn(4, 50, units)
    module = make_slice(document, root, [end("out.output"), end("end.output")])
    sequence, cell = module(x)
    expected, (_, cells) = twin(x)
    assert torch.allclose(sequence, expected, atol=1e-5)
    assert torch.allclose(cell, cells[0], atol=1e-5)
    (sequence * grad).sum().backward()
    (expected * grad).sum().backward()
    for place, gate in enumerate("ifgo"):
        rows = slice(place * units, (place + 1) * units)
        for own, other in (("x", twin.weight_ih_l0), ("h", twin.weight_hh_l0)):
            drawn = run.get_submodule(f"{own}{gate}").weight.grad
            assert torch.allclose(drawn, other.grad[rows], rtol=1e-4, atol=1e-5)


def test_the_first_state_can_be_wired_and_learned() -> None:
    document = elman()
    with document.edit("Start"):
        document.add_node("input", id="h0", network="elman")
        document.connect(end("h0.output", "elman"), end("h.initial", "elman"))
        document.connect(end("data.start"), end("run.h0"))
    root, start = compiled(document, FIELDS), torch.randn(4, 5)
    expected, _ = by_torch(root)(X, start[None])
    assert torch.allclose(computed(document, root, "out.output", sequence=X, start=start), expected, atol=1e-6)
    learned = elman(start="learned")
    root = compiled(learned, FIELDS)
    with torch.no_grad():
        root.get_parameter("run.start_of_h").copy_(torch.arange(5.0))
    expected, _ = by_torch(root)(X, torch.arange(5.0).expand(1, 4, 5).contiguous())
    assert torch.allclose(computed(learned, root, "out.output", sequence=X), expected, atol=1e-6)
    assert analyse(learned, lambda source: FIELDS).parameters == sum(p.numel() for p in root.parameters())


def test_what_starts_a_delay_may_be_computed() -> None:
    document = elman()
    with document.edit("Start"):
        document.add_node("input", id="h0", network="elman", params={"time": "whole"})
        document.add_node("linear", id="first", network="elman", params={"units": 5})
        document.connect(end("h0.output", "elman"), end("first.x", "elman"))
        document.connect(end("first.output", "elman"), end("h.initial", "elman"))
        document.connect(end("data.flat"), end("run.h0"))
    root, flat = compiled(document, FIELDS), torch.randn(4, 3)
    first = root.get_submodule("run.first")(flat)
    expected, _ = by_torch(root)(X, first[None])
    assert torch.allclose(computed(document, root, "out.output", sequence=X, flat=flat), expected, atol=1e-6)


def test_sequences_of_different_length_keep_their_last_state() -> None:
    document = wire(elman(), run__lengths="data.length")
    root, lengths = compiled(document, FIELDS), torch.tensor([7, 3, 1, 5])
    module = make_slice(document, root, [end("run.all"), end("run.last")])
    given = {"sequence": X, "length": lengths}
    every, last = module(*(given[port.port] for port in module.sources))
    twin = by_torch(root)
    for row, length in enumerate(lengths):
        alone, state = twin(X[row : row + 1, :length])
        assert torch.allclose(every[row, :length], alone[0], atol=1e-6)
        assert not every[row, length:].any()
        assert torch.allclose(last[row], state[0, 0], atol=1e-6)


def recurrence(document: Document) -> Recurrence:
    module = compiled(document, FIELDS).get_submodule("run")
    assert isinstance(module, Recurrence)
    return module


def test_truncation_cuts_the_gradient_and_nothing_else() -> None:
    whole, cut = elman(), elman()
    with cut.edit("Cut"):
        cut.set_param(NodeKey(MAIN, "run"), "truncate", 3)
    x = X.clone().requires_grad_()
    free, short = recurrence(whole), recurrence(cut)
    results = [module(x, None) for module in (free, short)]
    assert torch.equal(results[0][0], results[1][0])
    (gradient,) = torch.autograd.grad(results[0][1].sum(), x)
    assert gradient[:, 0].abs().sum() > 0
    (gradient,) = torch.autograd.grad(results[1][1].sum(), x)
    assert gradient[:, :6].abs().sum() == 0
    assert gradient[:, 6].abs().sum() > 0


def test_a_carried_state_goes_on_where_the_last_batch_ended() -> None:
    document = elman()
    with document.edit("Carry"):
        document.set_param(NodeKey(MAIN, "run"), "carry", True)
    module, plain = recurrence(document), recurrence(elman())
    whole = plain(X, None)[0]
    first, _ = module(X[:, :4], None)
    second, _ = module(X[:, 4:], None)
    assert torch.allclose(torch.cat((first, second), 1), whole, atol=1e-6)
    module.reset_state()
    assert torch.equal(module(X[:, :4], None)[0], first)


def test_a_delay_may_hold_what_depends_on_it_alone_if_its_size_is_told() -> None:
    document = Document()
    network(document, "count", {"x": "input", "n": ("delay", {"size": 3}), "sum": "add", "y": "output"},
            {"sum.xs.0": "x.output", "sum.xs.1": "n.output", "n.x": "sum.output", "y.x": "n.output"})  # fmt: skip
    network(document, MAIN, {"data": "data", "run": "@count"}, {"run.x": "data.sequence"})
    root = compiled(document, FIELDS)
    shifted = torch.cat((torch.zeros(4, 1, 3), X.cumsum(1)[:, :-1]), 1)
    assert torch.allclose(computed(document, root, "run.y", sequence=X), shifted, atol=1e-5)


def messages(document: Document) -> list[str]:
    return [problem.message for problem in analyse(document, lambda source: FIELDS).errors]


def test_loops_are_legal_through_a_delay_alone() -> None:
    document = elman()
    with document.edit("Unwire"):
        document.disconnect(end("h.x", "elman"))
    source, target = end("bend.output", "elman"), end("h.x", "elman")
    assert may_connect(document, source, target) is None
    assert target in legal_targets(document, source)
    words = may_connect(document, source, end("w.x", "elman"))
    assert words
    assert "circle" in words
    assert end("w.x", "elman") not in legal_targets(document, source)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"run__x": "data.flat"}, ""),
        ({"run__x": "data.length"}, "without an axis of time"),
    ],
)
def test_a_recurrence_needs_time(change: dict[str, str], words: str) -> None:
    found = messages(wire(elman(), **change))
    assert any(words in message for message in found) if words else found


def test_inputs_of_different_length_are_told_apart() -> None:
    document = elman()
    with document.edit("More"):
        document.add_node("input", id="second", network="elman")
        document.connect(end("second.output", "elman"), end("sum.xs.2", "elman"))
        document.connect(end("data.other"), end("run.second"))
    assert any("7 steps at “x” and 4 steps at “second”" in message for message in messages(document))


@pytest.mark.parametrize(
    ("node", "words"), [("noise", "gets its values through its inputs"), ("mse_loss", "judges whole sequences")]
)
def test_sources_and_losses_stay_outside_a_loop(node: str, words: str) -> None:
    document = elman()
    with document.edit("Add"):
        document.add_node(node, network="elman")
    assert any(words in message for message in messages(document))


def test_a_delay_that_changes_its_shape_is_refused() -> None:
    document = elman()
    with document.edit("Start"):
        document.add_node("input", id="h0", network="elman")
        document.connect(end("h0.output", "elman"), end("h.initial", "elman"))
        document.connect(end("data.flat"), end("run.h0"))
    assert any("what it holds has to stay of one shape" in message for message in messages(document))
