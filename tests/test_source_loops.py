"""Exported source of drawn recurrences: a method for one step and a plain loop over time."""

from __future__ import annotations

import pytest
import torch
from exported import check_same, executed, written
from placed import SERIES, Drawn, both, drawn, lstm_cell, network, unrolled
from torch import nn

from graph.compiler import CompileError
from graph.document import Document, Port
from graph.specs import TensorSpec

LOOP = """\
    def forward(self, x):
        h = torch.zeros(x.shape[0], 5, device=x.device)
        c = torch.zeros(x.shape[0], 5, device=x.device)
        sequence = []
        for x_t in x.unbind(1):
            h, c = self.step(x_t, h, c)
            sequence.append(h)
        return"""


def test_a_recurrence_is_a_step_and_a_plain_loop():
    document = unrolled(lstm_cell(Document()))
    source = check_same(document, SERIES)
    assert "def step(self, x, h, c):" in source
    assert "o = torch.sigmoid(self.xo(x) + self.ho(h))  # 5" in source
    assert LOOP in source
    module, made, inputs = both(document, SERIES)
    for function in (module, made):
        sequence, cell = function(*inputs)
        (sequence.square().sum() + cell.sum()).backward()
        function.gradients = {name: value.grad.clone() for name, value in function.named_parameters()}
        function.zero_grad()
    assert made.gradients.keys() == module.gradients.keys()
    for name, value in module.gradients.items():
        assert torch.allclose(made.gradients[name], value, atol=1e-6)


def test_a_recurrence_computes_what_torch_computes():
    _, made, (x,) = both(unrolled(lstm_cell(Document())), SERIES)
    reference = nn.LSTM(3, 5, batch_first=True)
    with torch.no_grad():
        for place, gate in enumerate("ifgo"):
            rows = slice(place * 5, place * 5 + 5)
            for side, weight, bias in (("x", reference.weight_ih_l0, reference.bias_ih_l0),
                                       ("h", reference.weight_hh_l0, reference.bias_hh_l0)):  # fmt: skip
                linear = getattr(made.r, side + gate)
                linear.weight.copy_(weight[rows])
                linear.bias.copy_(bias[rows])
    expected, (_, cell) = reference(x)
    sequence, last = made(x)
    assert torch.allclose(sequence, expected, atol=1e-6)
    assert torch.allclose(last, cell[0], atol=1e-6)


def test_lengths_stop_the_loop_for_each_example():
    document = unrolled(lstm_cell(Document()), {"r.lengths": "data_1.steps"})
    source = check_same(document, SERIES)
    assert "def forward(self, x, lengths):" in source
    module, made, _ = both(document, SERIES)
    x, lengths = torch.randn(4, 7, 3), torch.tensor([7, 1, 0, 4])
    for one, other in zip(module(x, lengths), made(x, lengths)):
        assert torch.equal(one, other)
    assert not made(x, lengths)[0][1, 1:].any()


def test_a_learned_start_is_a_parameter():
    document = unrolled(lstm_cell(Document(), start="learned"))
    source = check_same(document, SERIES)
    assert "self.start_of_h = nn.Parameter(torch.zeros(5))" in source
    module, made, inputs = both(document, SERIES)
    with torch.no_grad():
        made.r.start_of_h.normal_()
        module.r.start_of_h.copy_(made.r.start_of_h)
    assert torch.equal(made(*inputs)[0], module(*inputs)[0])


def test_a_start_can_be_wired_or_computed():
    document = lstm_cell(Document())
    with document.edit("Wire the starts"):
        document.add_node("input", id="first", network="lstm_cell", params={"time": "whole"})
        document.add_node("tanh", id="bent", network="lstm_cell")
        for source, target in (("first.output", "h.initial"), ("first.output", "bent.x"), ("bent.output", "c.initial")):
            document.connect(Port("lstm_cell", *source.split(".")), Port("lstm_cell", *target.split(".")))
    source = check_same(unrolled(document, {"r.first": "data_1.start"}), SERIES)
    assert "h = first" in source
    assert "c = self.start(first)" in source


def test_states_are_carried_and_gradients_cut():
    document = unrolled(lstm_cell(Document()), carry=True, truncate=3)
    module, made, (x,) = both(document, SERIES)
    for _ in range(2):
        for one, other in zip(module(x), made(x)):
            assert torch.equal(one, other)
    later = made(x)[0]
    made.r.reset_state()
    assert not torch.equal(made(x)[0], later)
    made.r.reset_state()
    module.r.reset_state()
    for function in (module, made):
        function.zero_grad()
        (function(x)[0].sum() + function(x)[1].sum()).backward()
    for name, value in module.named_parameters():
        assert torch.allclose(value.grad, dict(made.named_parameters())[name].grad, atol=1e-6)


def test_two_sequences_are_gone_through_together():
    document = network(
        Document(), "meeting",
        {"x": "input", "y": "input", "both": "concatenate", "l": ("linear", {"units": 2}), "d": "delay",
         "old": "output", "new": ("output", {"steps": "last"})},
        {"both.xs.0": "x.output", "both.xs.1": "y.output", "both.xs.2": "d.output", "l.x": "both.output",
         "d.x": "l.output", "old.x": "d.output", "new.x": "both.output"},
    )  # fmt: skip
    nodes: Drawn = {"data_1": "data", "m": "@meeting", "o1": "output", "o2": "output"}
    wires = {"m.x": "data_1.a", "m.y": "data_1.b", "o1.x": "m.old", "o2.x": "m.new"}
    source = check_same(drawn(document, nodes, wires), {"a": TensorSpec((6, 3)), "b": TensorSpec((6, 4))})
    assert "for x_t, y_t in zip(x.unbind(1), y.unbind(1)):" in source


def test_recurrences_stand_in_networks_and_in_recurrences():
    document = lstm_cell(Document())
    network(
        document, "reader",
        {"page": "input", "line": "@lstm_cell", "l": ("linear", {"units": 4}), "d": "delay", "s": "add",
         "read": ("output", {"steps": "last"})},
        {"line.x": "page.output", "l.x": "line.cell", "s.xs.0": "l.output", "s.xs.1": "d.output", "d.x": "s.output",
         "read.x": "s.output"},
    )  # fmt: skip
    network(document, "outer", {"text": "input", "reader_1": "@reader", "bend": "tanh", "y": "output"},
            {"reader_1.page": "text.output", "bend.x": "reader_1.read", "y.x": "bend.output"})  # fmt: skip
    nodes: Drawn = {"data_1": "data", "o": "@outer", "result": "output"}
    wires = {"o.text": "data_1.text", "result.x": "o.y"}
    source = check_same(drawn(document, nodes, wires), {"text": TensorSpec((4, 6, 3))})
    assert source.count("class ") == 4


def test_a_linked_recurrence_is_one_attribute():
    document = lstm_cell(Document())
    drawn(document, {"data_1": "data", "r": "@lstm_cell", "s": "@lstm_cell", "both": "concatenate", "o": "output"},
          {"r.x": "data_1.a", "s.x": "data_1.b", "both.xs.0": "r.cell", "both.xs.1": "s.cell", "o.x": "both.output"},
          {"s": "r"})  # fmt: skip
    source = check_same(document, {"a": TensorSpec((6, 3)), "b": TensorSpec((4, 3))})
    assert "self.s" not in source.replace("self.step", "")
    assert source.count("self.r(") == 2


def test_a_recurrence_stands_in_a_network_that_is_written_out():
    document = network(
        lstm_cell(Document()), "judged",
        {"x": "input", "t": "input", "r": ("@lstm_cell", {"frozen": "everything"}), "loss": "mse_loss", "y": "output"},
        {"r.x": "x.output", "loss.prediction": "r.cell", "loss.target": "t.output", "y.x": "r.cell"},
    )  # fmt: skip
    nodes: Drawn = {"data_1": "data", "part": "@judged", "result": "output"}
    source = check_same(drawn(document, nodes, {"part.x": "data_1.series", "part.t": "data_1.start",
                                                "result.x": "part.y"}), SERIES)  # fmt: skip
    assert "self.part.r = LstmCell().requires_grad_(False)" in source


def test_a_linked_recurrence_with_other_inputs_is_refused():
    document = lstm_cell(Document())
    drawn(document, {"data_1": "data", "r": "@lstm_cell", "s": "@lstm_cell", "o1": "output", "o2": "output"},
          {"r.x": "data_1.series", "s.x": "data_1.series", "s.lengths": "data_1.steps", "o1.x": "r.cell",
           "o2.x": "s.cell"}, {"s": "r"})  # fmt: skip
    with pytest.raises(CompileError, match="computes otherwise"):
        written(document, SERIES)


def test_training_begins_every_epoch_from_the_start():
    document = unrolled(lstm_cell(Document()), carry=True)
    with document.edit("Judge"):
        document.add_node("mse_loss", id="judge")
        document.connect(Port("main", "r", "cell"), Port("main", "judge", "prediction"))
        document.connect(Port("main", "data_1", "start"), Port("main", "judge", "target"))
    source = written(document, SERIES)
    assert "    for epoch in range(epochs):\n        total = 0.0\n        model.r.reset_state()\n" in source
    space = executed(source)
    made = space["Network"]()
    space["train"](made, torch.utils.data.TensorDataset(torch.rand(8, 7, 3), torch.rand(8, 5)), epochs=1, batch_size=4)
    assert made.r.carried[0].shape == (4, 5)
