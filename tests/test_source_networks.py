"""Exported source of networks within networks: classes with arguments, shared weights, loops over time."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from exported import DIGITS, check_same, draw, examples, executed, network_of, written
from torch import nn

from graph.compiler import CompileError, compile_root, make_slice
from graph.document import Document, Network, NodeKey, Port
from graph.inference import analyse
from graph.plan import outputs
from graph.source import source_of
from graph.specs import TensorSpec

Drawn = Mapping[str, str | tuple[str, dict[str, Any]]]
SERIES = {"series": TensorSpec((7, 3)), "steps": TensorSpec((), "int64", classes=8), "start": TensorSpec((5,))}


def network(
    document: Document, name: str, nodes: Drawn, wires: Mapping[str, str], promoted: dict[str, list[str]] | None = None
) -> Document:
    """Put a network with nodes and wires into a document, to be placed as ``@name``."""
    with document.edit("Draw inside"):
        document.put("networks", name, Network(name.replace("_", " ").capitalize(), promoted or {}))
        for id, drawn in nodes.items():
            type_name, params = drawn if isinstance(drawn, tuple) else (drawn, {})
            document.add_node(type_name, id=id, network=name, params=params)
        for target, source in wires.items():
            document.connect(Port(name, *source.split(".", 1)), Port(name, *target.split(".", 1)))
    return document


def drawn(base: Document, nodes: Drawn, wires: Mapping[str, str], links: Mapping[str, str] = {}) -> Document:
    """Draw the main network of a document that has others."""
    with base.edit("Draw"):
        for id, each in nodes.items():
            type_name, params = each if isinstance(each, tuple) else (each, {})
            base.add_node(type_name, id=id, params=params)
        for target, source in wires.items():
            base.connect(Port("main", *source.split(".", 1)), Port("main", *target.split(".", 1)))
        for id, link in links.items():
            base.change_node(NodeKey("main", id), link=link)
    return base


def residual(document: Document) -> Document:
    """A block of two convolutions around which its input passes, with a number of filters to be set outside."""
    return network(
        document, "residual_block",
        {"x": "input", "c1": ("conv2d", {"filters": 8}), "r": "relu", "c2": ("conv2d", {"filters": 8}), "s": "add",
         "y": "output"},
        {"c1.x": "x.output", "r.x": "c1.features", "c2.x": "r.output", "s.xs.0": "c2.features", "s.xs.1": "x.output",
         "y.x": "s.output"},
        {"filters": ["c1.filters", "c2.filters"]},
    )  # fmt: skip


def residual_chain(links: Mapping[str, str] = {}, **params: Any) -> Document:
    """A stem, two blocks one behind the other, and a classifier."""
    return drawn(
        residual(Document()),
        {"data_1": "data", "stem": ("conv2d", {"filters": 6}), "b1": ("@residual_block", {"filters": 6}),
         "b2": ("@residual_block", {"filters": 6, **params}), "pool": "global_avg_pool",
         "head": ("linear", {"units": 10}), "judge": "cross_entropy", "result": "output"},
        {"stem.x": "data_1.image", "b1.x": "stem.features", "b2.x": "b1.y", "pool.x": "b2.y", "head.x": "pool.output",
         "judge.prediction": "head.output", "judge.target": "data_1.label", "result.x": "head.output"},
        links,
    )  # fmt: skip


def lstm_cell(document: Document, start: str = "zeros", **cell: Any) -> Document:
    """An LSTM drawn gate by gate, with all states and the last cell state as outputs."""
    nodes: dict[str, Any] = {"x": "input", "h": ("delay", {"start": start}), "c": "delay"}
    wires = {}
    for gate, bend in (("i", "sigmoid"), ("f", "sigmoid"), ("g", "tanh"), ("o", "sigmoid")):
        nodes |= {f"x{gate}": ("linear", {"units": 5}), f"h{gate}": ("linear", {"units": 5}), f"s{gate}": "add",
                  gate: bend}  # fmt: skip
        wires |= {f"x{gate}.x": "x.output", f"h{gate}.x": "h.output", f"s{gate}.xs.0": f"x{gate}.output",
                  f"s{gate}.xs.1": f"h{gate}.output", f"{gate}.x": f"s{gate}.output"}  # fmt: skip
    nodes |= {"fc": "multiply", "ig": "multiply", "cn": "add", "tc": "tanh", "hn": "multiply", "sequence": "output",
              "cell": ("output", {"steps": "last"})}  # fmt: skip
    wires |= {"fc.xs.0": "f.output", "fc.xs.1": "c.output", "ig.xs.0": "i.output", "ig.xs.1": "g.output",
              "cn.xs.0": "fc.output", "cn.xs.1": "ig.output", "c.x": "cn.output", "tc.x": "cn.output",
              "hn.xs.0": "o.output", "hn.xs.1": "tc.output", "h.x": "hn.output", "sequence.x": "hn.output",
              "cell.x": "cn.output"}  # fmt: skip
    return network(document, "lstm_cell", nodes, wires)


def unrolled(document: Document, wires: Mapping[str, str] = {}, **params: Any) -> Document:
    """The recurrence placed once, with an output behind each of its outputs."""
    return drawn(
        document, {"data_1": "data", "r": ("@lstm_cell", params), "o1": "output", "o2": "output"},
        {"r.x": "data_1.series", "o1.x": "r.sequence", "o2.x": "r.cell", **wires},
    )  # fmt: skip


def both(document: Document, fields: Mapping[str, TensorSpec]) -> tuple[Any, Any, list[torch.Tensor]]:
    """The slice of all outputs and the exported network, with the same weights, and a batch of inputs."""
    analysis = analyse(document, lambda source: fields)
    assert not analysis.errors, analysis.errors
    root = compile_root(document, analysis)
    module = make_slice(document, root, [plan.port for plan in outputs(document, root.specs)])
    return module, network_of(source_of(document, analysis), root), [
        examples(root.specs[port], 3) for port in module.sources
    ]  # fmt: skip


# -- classes -----------------------------------------------------------------------------------------------------------

BLOCK = '''\
class ResidualBlock(nn.Module):
    """Residual block: x (6×8×8) to y (6×8×8)."""

    def __init__(self):
        super().__init__()
        self.c1 = nn.Conv2d(6, 6, 3, padding=1)
        self.c2 = nn.Conv2d(6, 6, 3, padding=1)

    def forward(self, x):
        h = F.relu(self.c1(x))  # 6×8×8
        h = self.c2(h)  # 6×8×8
        return h + x  # 6×8×8
'''


def test_a_placed_network_is_a_class_of_its_own():
    source = check_same(residual_chain())
    assert BLOCK in source
    assert source.count("class ") == 2
    assert "        self.b1 = ResidualBlock()\n        self.b2 = ResidualBlock()\n" in source


def test_what_differs_between_placings_becomes_an_argument():
    document = residual(Document())
    nodes: dict[str, Any] = {"data_1": "data", "result": "output"}
    wires, last = {}, "data_1.image"
    for place, filters in ((1, 4), (2, 8), (3, 8)):
        nodes |= {f"c{place}": ("conv2d", {"filters": filters}), f"b{place}": ("@residual_block", {"filters": filters})}
        wires |= {f"c{place}.x": last, f"b{place}.x": f"c{place}.features"}
        last = f"b{place}.y"
    source = check_same(drawn(document, nodes, {**wires, "result.x": last}))
    assert "def __init__(self, filters):" in source
    assert "self.c1 = nn.Conv2d(filters, filters, 3, padding=1)" in source
    for line in ("self.b1 = ResidualBlock(4)", "self.b2 = ResidualBlock(8)", "self.b3 = ResidualBlock(8)"):
        assert line in source


def test_arguments_that_do_not_go_together_have_names_of_their_own():
    document = network(
        Document(), "pair",
        {"x": "input", "one": ("linear", {"units": 3}), "two": ("linear", {"units": 2, "bias": False}), "y": "output"},
        {"one.x": "x.output", "two.x": "one.output", "y.x": "two.output"},
        {"wide": ["one.units"], "constant": ["two.bias"]},
    )  # fmt: skip
    source = check_same(drawn(
        document, {"data_1": "data", "p": ("@pair", {"wide": 9}), "q": ("@pair", {"constant": True}), "result": "output"},
        {"p.x": "data_1.a", "q.x": "p.y", "result.x": "q.y"}), {"a": TensorSpec((4,))})  # fmt: skip
    assert "def __init__(self, features, wide, constant):" in source
    assert "self.one = nn.Linear(features, wide)" in source
    assert "self.two = nn.Linear(wide, 2, bias=constant)" in source
    assert "self.p = Pair(4, 9, False)" in source
    assert "self.q = Pair(2, 3, True)" in source


def test_placings_of_another_structure_are_classes_of_their_own():
    document = network(
        Document(), "squash",
        {"x": "input", "l": ("linear", {"units": 3}), "e": ("elu", {"alpha": 1.0}), "y": "output"},
        {"l.x": "x.output", "e.x": "l.output", "y.x": "e.output"}, {"alpha": ["e.alpha"]},
    )  # fmt: skip
    source = check_same(drawn(
        document, {"data_1": "data", "p": ("@squash", {"alpha": 0.5}), "q": "@squash", "result": "output"},
        {"p.x": "data_1.a", "q.x": "p.y", "result.x": "q.y"}), {"a": TensorSpec((4,))})  # fmt: skip
    assert "class Squash(nn.Module):" in source
    assert "class Squash2(nn.Module):" in source


def test_networks_stand_in_networks():
    document = network(
        residual(Document()), "stage",
        {"x": "input", "first": ("@residual_block", {"filters": 6}), "second": ("@residual_block", {"filters": 6}),
         "y": "output"},
        {"first.x": "x.output", "second.x": "first.y", "y.x": "second.y"},
        {"filters": ["first.filters", "second.filters"]},
    )  # fmt: skip
    source = check_same(drawn(
        document, {"data_1": "data", "a": ("conv2d", {"filters": 4}), "s1": ("@stage", {"filters": 4}),
                   "b": ("conv2d", {"filters": 7}), "s2": ("@stage", {"filters": 7}), "result": "output"},
        {"a.x": "data_1.image", "s1.x": "a.features", "b.x": "s1.y", "s2.x": "b.features", "result.x": "s2.y"},
    ))  # fmt: skip
    assert "        self.first = ResidualBlock(filters)\n        self.second = ResidualBlock(filters)\n" in source
    assert "self.s2 = Stage(7)" in source
    assert source.index("class ResidualBlock") < source.index("class Stage") < source.index("class Network")


def test_several_outputs_come_as_a_tuple():
    document = network(
        Document(), "encoder",
        {"x": "input", "mean": ("linear", {"units": 2}), "spread": ("linear", {"units": 2}), "mu": "output",
         "sigma": "output"},
        {"mean.x": "x.output", "spread.x": "x.output", "mu.x": "mean.output", "sigma.x": "spread.output"},
    )  # fmt: skip
    source = check_same(drawn(
        document, {"data_1": "data", "e": "@encoder", "sum": "add", "result": "output"},
        {"e.x": "data_1.a", "sum.xs.0": "e.mu", "sum.xs.1": "e.sigma", "result.x": "sum.output"},
    ), {"a": TensorSpec((4,))})  # fmt: skip
    assert "mu, sigma = self.e(a)  # 2, 2" in source
    assert "return mu + sigma" in source


# -- shared weights ----------------------------------------------------------------------------------------------------


def test_linked_networks_are_one_attribute():
    source = check_same(residual_chain({"b2": "b1"}))
    assert "self.b2" not in source
    assert source.count("x = self.b1(x)") == 2


def test_linked_layers_are_one_attribute():
    nodes: Drawn = {"data_1": "data", "one": ("linear", {"units": 4}), "bend": "tanh", "two": ("linear", {"units": 4}),
             "result": "output"}  # fmt: skip
    wires = {"one.x": "data_1.a", "bend.x": "one.output", "two.x": "bend.output", "result.x": "two.output"}
    source = check_same(drawn(Document(), nodes, wires, {"two": "one"}), {"a": TensorSpec((4,))})
    assert source.count("nn.Linear") == 1
    assert source.count("self.one(") == 2


def test_copies_begin_with_the_weights_of_what_they_copy():
    document = residual_chain()
    with document.edit("Copy"):
        document.change_node(NodeKey("main", "b2"), copy_of="b1")
    source = check_same(document)
    made = executed(source)["Network"]()
    assert torch.equal(made.b1.c1.weight, made.b2.c1.weight)
    assert made.b1.c1.weight is not made.b2.c1.weight


def test_a_linked_network_that_computes_otherwise_is_taken_apart():
    """The text of a reshape says how large its input is, so that one method cannot serve both placings."""
    document = network(
        Document(), "scaled",
        {"x": "input", "p": "prelu", "f": ("reshape", {"shape": "-1"}), "y": "output"},
        {"p.x": "x.output", "f.x": "p.output", "y.x": "f.output"},
    )  # fmt: skip
    source = check_same(drawn(
        document, {"data_1": "data", "one": "@scaled", "two": "@scaled", "all": "concatenate", "result": "output"},
        {"one.x": "data_1.a", "two.x": "data_1.b", "all.xs.0": "one.y", "all.xs.1": "two.y", "result.x": "all.output"},
        {"two": "one"},
    ), {"a": TensorSpec((4, 2)), "b": TensorSpec((3, 2))})  # fmt: skip
    assert source.count("nn.PReLU") == 1
    assert source.count("self.one") >= 2


# -- several objectives ------------------------------------------------------------------------------------------------


def gan() -> Document:
    document = network(
        Document(), "generator",
        {"z": "input", "l1": ("linear", {"units": 8}), "r": "relu", "l2": ("linear", {"units": 4}), "fake": "output"},
        {"l1.x": "z.output", "r.x": "l1.output", "l2.x": "r.output", "fake.x": "l2.output"},
    )  # fmt: skip
    network(
        document, "discriminator",
        {"x": "input", "l1": ("linear", {"units": 8}), "r": "relu", "l2": ("linear", {"units": 1}), "score": "output"},
        {"l1.x": "x.output", "r.x": "l1.output", "l2.x": "r.output", "score.x": "l2.output"},
    )  # fmt: skip
    return drawn(
        document,
        {"data_1": "data", "noise_1": ("noise", {"size": 3}), "generator_1": "@generator",
         "on_real": "@discriminator", "on_fake": "@discriminator", "judge_d": "adversarial",
         "judge_f": ("adversarial", {"role": "fake"}), "judge_g": ("adversarial", {"role": "fool"}),
         "critic": ("objective", {"trains": "on_real"}), "maker": ("objective", {"trains": "generator_1"}),
         "result": "output"},
        {"generator_1.z": "noise_1.noise", "on_real.x": "data_1.a", "on_fake.x": "generator_1.fake",
         "judge_d.score": "on_real.score", "judge_f.score": "on_fake.score", "judge_g.score": "on_fake.score",
         "critic.losses.0": "judge_d.loss", "critic.losses.1": "judge_f.loss", "maker.losses.0": "judge_g.loss",
         "result.x": "generator_1.fake"},
        {"on_fake": "on_real"},
    )  # fmt: skip


def test_two_objectives_over_placed_networks():
    document = gan()
    source = check_same(document, {"a": TensorSpec((4,))})
    assert "self.generator_1 = Generator()" in source
    assert "self.on_real = Discriminator()" in source
    assert "self.on_fake" not in source
    space = executed(source)
    torch.manual_seed(0)
    made = space["Network"]()
    before = {name: value.clone() for name, value in made.state_dict().items()}
    space["train"](made, torch.utils.data.TensorDataset(torch.rand(16, 4)), epochs=1, batch_size=8)
    assert all(not torch.equal(value, before[name]) for name, value in made.state_dict().items())


def test_a_network_with_a_loss_inside_is_written_out_where_it_stands():
    document = network(
        Document(), "judged",
        {"x": "input", "t": "input", "l": ("linear", {"units": 4}), "loss": "mse_loss", "y": "output"},
        {"l.x": "x.output", "loss.prediction": "l.output", "loss.target": "t.output", "y.x": "l.output"},
    )  # fmt: skip
    source = check_same(drawn(
        document, {"data_1": "data", "part": "@judged", "result": "output"},
        {"part.x": "data_1.a", "part.t": "data_1.b", "result.x": "part.y"},
    ), {"a": TensorSpec((4,)), "b": TensorSpec((4,))})  # fmt: skip
    assert "        self.part = nn.Module()\n        self.part.l = nn.Linear(4, 4)\n" in source
    assert "def forward(self, a):" in source


# -- loops -------------------------------------------------------------------------------------------------------------

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


def test_a_linked_recurrence_with_other_inputs_is_refused():
    document = lstm_cell(Document())
    drawn(document, {"data_1": "data", "r": "@lstm_cell", "s": "@lstm_cell", "o1": "output", "o2": "output"},
          {"r.x": "data_1.series", "s.x": "data_1.series", "s.lengths": "data_1.steps", "o1.x": "r.cell",
           "o2.x": "s.cell"}, {"s": "r"})  # fmt: skip
    with pytest.raises(CompileError, match="computes otherwise"):
        written(document, SERIES)


# -- weights -----------------------------------------------------------------------------------------------------------


def weighted(kind: str, wire: str = "data_1.a", **params: Any) -> Document:
    """One layer with a choice of its weights."""
    port = {"conv2d": "features", "lstm": "last"}.get(kind, "output")
    return draw({"data_1": "data", "l": (kind, params), "result": "output"},
                {"l.x": wire, "result.x": f"l.{port}"})  # fmt: skip


VECTOR = {"a": TensorSpec((3,))}
NORMAL = {"initial": "normal", "initial_size": 0.5}


def made_both(document: Document, fields: Mapping[str, TensorSpec]) -> tuple[Any, Any, str]:
    """Root and exported network, both with the first weights that a seed gives."""
    analysis = analyse(document, lambda source: fields)
    source = source_of(document, analysis)
    torch.manual_seed(3)
    root = compile_root(document, analysis)
    torch.manual_seed(3)
    return root, executed(source)["Network"](), source


@pytest.mark.parametrize("initial", [
    "xavier uniform", "xavier normal", "he uniform", "he normal", "orthogonal", "normal", "uniform", "constant",
    "identity",
])  # fmt: skip
@pytest.mark.parametrize(
    ("kind", "fields", "wire"),
    [("linear", VECTOR, "data_1.a"), ("conv2d", DIGITS, "data_1.image"), ("lstm", SERIES, "data_1.series")],
)
def test_weights_begin_as_they_are_chosen(initial: str, kind: str, fields: Mapping[str, TensorSpec], wire: str) -> None:
    root, made, source = made_both(weighted(kind, wire, initial=initial, initial_size=0.3), fields)
    assert "nn.init." in source
    for name, value in root.state_dict().items():
        assert torch.equal(value, made.state_dict()[name]), name


def test_weights_given_are_written_as_numbers():
    given = {"units": 2, "initial": "as given", "given_weights": [[1.0, 2.0, 3.0], [4.0, 5.0, 6.5]]}
    root, made, source = made_both(weighted("linear", **given, given_biases=[0.1, -1.0]), VECTOR)
    assert "self.l.weight = nn.Parameter(torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.5]]))" in source
    assert torch.equal(made.l.weight, root.l.weight)
    assert made.l.bias.tolist() == pytest.approx([0.1, -1.0])
    root, made, source = made_both(weighted("linear", **given), VECTOR)
    assert made.l.bias.tolist() == [0.0, 0.0]
    assert list(made.state_dict()) == list(root.state_dict())


def test_many_given_numbers_stand_on_many_lines():
    rows = [[round(0.01 * (row + column), 2) for column in range(40)] for row in range(3)]
    fields = {"a": TensorSpec((40,))}
    root, made, source = made_both(weighted("linear", units=3, initial="as given", given_weights=rows), fields)
    assert torch.equal(made.l.weight, root.l.weight)
    assert max(map(len, source.splitlines())) <= 120


@pytest.mark.parametrize("choice", [{}, NORMAL])
@pytest.mark.parametrize("frozen", ["nothing", "biases", "everything"])
@pytest.mark.parametrize("normalised", ["none", "weight norm", "spectral norm"])
def test_weights_are_frozen_and_normalised(choice: dict[str, Any], frozen: str, normalised: str) -> None:
    document = weighted("linear", units=4, frozen=frozen, normalised=normalised, **choice)
    root, made, _ = made_both(document, VECTOR)
    names = {name: value.requires_grad for name, value in root.named_parameters()}
    assert {name: value.requires_grad for name, value in made.named_parameters()} == names
    for name, value in root.state_dict().items():
        assert torch.equal(value, made.state_dict()[name])
    check_same(document, VECTOR)


def test_a_frozen_network_is_frozen_where_it_is_placed():
    source = check_same(residual_chain(frozen="everything"))
    assert "self.b1 = ResidualBlock()\n        self.b2 = ResidualBlock().requires_grad_(False)\n" in source
    made = executed(source)["Network"]()
    assert not any(value.requires_grad for value in made.b2.parameters())
    assert all(value.requires_grad for value in made.b1.parameters())


# -- the file ----------------------------------------------------------------------------------------------------------


def test_a_title_of_a_network_is_no_code():
    document = residual_chain()
    with document.edit("Rename"):
        title = 'Bad"""\nimport os; os.abort()\n"""\\'
        document.put("networks", "residual_block", Network(title, document.networks["residual_block"].promoted))
    assert "os" not in executed(check_same(document))


def test_the_file_runs_by_itself_and_learns(tmp_path: Path) -> None:
    document = lstm_cell(residual_chain())
    with document.edit("Use a loop too"):
        document.set_setting("epochs", 4)
        for node, kind, params in (("rows", "reshape", {"shape": "8, 8"}), ("r", "@lstm_cell", {}),
                                   ("state", "output", {})):  # fmt: skip
            document.add_node(kind, id=node, params=params)
        for source, target in (("data_1.image", "rows.x"), ("rows.output", "r.x"), ("r.cell", "state.x")):
            document.connect(Port("main", *source.split(".")), Port("main", *target.split(".")))
    (tmp_path / "network.py").write_text(written(document), encoding="utf-8")
    done = subprocess.run([sys.executable, "-I", "network.py"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    losses = [float(line.rpartition(" ")[2]) for line in done.stdout.splitlines()]
    assert len(losses) == 4
    assert losses[-1] < losses[0]
