"""Exported source of networks within networks: classes with arguments, shared weights, several objectives."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import torch
from exported import check_same, executed, written
from placed import Drawn, drawn, lstm_cell, network, residual, residual_chain

from graph.document import Document, Network, NodeKey, Port
from graph.specs import TensorSpec

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
        return self.c2(h) + x  # 6×8×8
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
        document,
        {"data_1": "data", "p": ("@pair", {"wide": 9}), "q": ("@pair", {"constant": True}), "result": "output"},
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
