"""Exported source: it reads as a person would write it, runs without Netloom and computes what was drawn."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from exported import DIGITS, VECTORS, check_same, classifier, draw, examples, executed, network_of, port, written
from hypothesis import given
from hypothesis import strategies as st

from graph.building import build
from graph.catalogue import CATALOGUE
from graph.compiler import compile_root, make_slice
from graph.document import Document, NodeKey, Port
from graph.inference import analyse
from graph.source import source_of

READABLE = '''\
class DigitsCNN(nn.Module):
    """Maps batches of image (1×8×8) to result (10)."""

    def __init__(self):
        super().__init__()
        self.conv2d_1 = nn.Conv2d(1, 14, 3, padding=1)
        self.max_pool2d_1 = nn.MaxPool2d(2)
        self.dropout_1 = nn.Dropout(0.5)
        self.linear_1 = nn.Linear(224, 10)

    def trunk(self, image):
        x = F.relu(self.conv2d_1(image))  # 14×8×8
        x = self.max_pool2d_1(x)  # 14×4×4
        x = self.dropout_1(x)  # 14×4×4
        x = torch.flatten(x, start_dim=1)  # 224
        return self.linear_1(x)  # 10

    def forward(self, image):
        return F.softmax(self.trunk(image), dim=-1)  # 10

    def loss(self, image, label):
        return F.cross_entropy(self.trunk(image), label)


def train(model, data, epochs=10, batch_size=64, device="cpu"):
    """Train on a data set whose examples are tuples (image, label)."""
    model.to(device).train()
    loader = DataLoader(data, batch_size, shuffle=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
    for epoch in range(epochs):
        total = 0.0
        for image, label in loader:
            image, label = image.to(device), label.to(device)
            loss = model.loss(image, label)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(image)
        print(f"epoch {epoch + 1}: loss {total / len(data):.4f}")
'''


def test_it_reads_as_a_person_would_write_it():
    source = check_same(classifier())
    assert READABLE in source
    head = source.partition("class ")[0]
    assert [line for line in head.splitlines() if "import" in line] == [
        "import torch",
        "import torch.nn.functional as F",
        "from torch import nn",
        "from torch.utils.data import DataLoader, TensorDataset",
    ]


@pytest.mark.parametrize(
    "arguments", [["check"], ["format", "--check", "--line-length", "120"]], ids=["lint", "format"]
)
def test_ruff_is_content_with_it(arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / "network.py").write_text(written(classifier()), encoding="utf-8")
    command = [sys.executable, "-m", "ruff", *arguments, "--isolated", "network.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_where_forward_gives_what_the_loss_reads_no_trunk_is_needed():
    document = classifier()
    with document.edit("Take the softmax out"):
        document.remove_node(NodeKey("main", "softmax_1"))
        document.connect(port("linear_1.output"), port("result.x"))
    source = check_same(document)
    assert "trunk" not in source
    assert "return F.cross_entropy(self(image), label)" in source


def test_what_only_an_output_needs_is_not_computed_for_the_loss():
    document = classifier()
    with document.edit("Add a second result"):
        document.add_node("linear", id="extra")
        document.add_node("output", id="other")
        document.connect(port("flatten_1.output"), port("extra.x"))
        document.connect(port("extra.output"), port("other.x"))
    source = check_same(document)
    loss = source.partition("def loss")[2].partition("def train")[0]
    assert "extra" not in source.partition("def trunk")[2].partition("def forward")[0] + loss


def test_an_auxiliary_head_is_computed_for_the_loss_only():
    document = classifier()
    with document.edit("Add a head"):
        document.add_node("global_avg_pool", id="pool")
        document.add_node("linear", id="head", params={"units": 10})
        document.add_node("cross_entropy", id="auxiliary")
        document.connect(port("conv2d_1.features"), port("pool.x"))
        document.connect(port("pool.output"), port("head.x"))
        document.connect(port("head.output"), port("auxiliary.prediction"))
        document.connect(port("data_1.label"), port("auxiliary.target"))
    source = check_same(document)
    assert "head" not in source.partition("def forward")[2].partition("def loss")[0]


def test_an_auto_encoder_flattens_its_target_where_it_is_needed():
    document = draw(
        {"data_1": "data", "flat": "flatten", "coded": "linear", "decoded": ("linear", {"units": 64}),
         "picture": "sigmoid", "loss": "binary_cross_entropy", "reconstruction": "output"},
        {"flat.x": "data_1.image", "coded.x": "flat.output", "decoded.x": "coded.output", "picture.x": "decoded.output",
         "loss.prediction": "picture.output", "loss.target": "flat.output", "reconstruction.x": "picture.output"},
    )  # fmt: skip
    source = check_same(document)
    assert "trunk" not in source
    assert "for (image,) in loader:" in source


def test_several_objectives_train_their_own_parts():
    document = draw(
        {"data_1": "data", "noise_1": ("noise", {"size": 3}), "generator": ("linear", {"units": 4}),
         "judge": ("linear", {"units": 4}), "real": "mse_loss", "fake": "l1_loss", "slow": "objective",
         "fast": ("objective", {"optimizer": "sgd", "learning_rate": 0.1, "schedule": "cosine", "clip_norm": 2.0}),
         "made": "output"},
        {"generator.x": "noise_1.noise", "judge.x": "data_1.a", "real.prediction": "judge.output",
         "real.target": "data_1.b", "fake.prediction": "generator.output", "fake.target": "data_1.a",
         "slow.losses.0": "real.loss", "fast.losses.0": "fake.loss", "made.x": "generator.output"},
    )  # fmt: skip
    source = check_same(document, VECTORS)
    assert "optimizer_of_slow = torch.optim.Adam([*model.judge.parameters()], lr=0.001)" in source
    assert "optimizer_of_fast = torch.optim.SGD([*model.generator.parameters()], lr=0.1)" in source
    assert "noise = torch.randn(len(a), 3, device=device)" in source
    assert "schedule_of_fast.step()" in source
    space = executed(source)
    model = space["Network"]()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    data = torch.utils.data.TensorDataset(torch.rand(20, 4), torch.rand(20, 4))
    space["train"](model, data, epochs=1, batch_size=8)
    assert all(not torch.equal(before[name], value) for name, value in model.state_dict().items())


TRAININGS = [
    {"optimizer": "sgd", "momentum": 0.9, "nesterov": True, "schedule": "one cycle", "learning_rate": 0.05},
    {"optimizer": "sgd", "schedule": "cosine", "clip_norm": 0.01, "weight_decay": 0.1},
    {"optimizer": "rmsprop", "schedule": "exponential"},
    {"optimizer": "adamw", "schedule": "linear", "beta1": 0.5},
    {"schedule": "step", "epsilon": 1e-3},
]


@pytest.mark.parametrize("params", TRAININGS, ids=str)
def test_training_follows_the_compiled_document(params: dict[str, Any]) -> None:
    document = classifier()
    with document.edit("Choose"):
        document.remove_node(NodeKey("main", "dropout_1"))
        document.connect(port("max_pool2d_1.output"), port("flatten_1.x"))
        key = document.add_node("objective", params=params)
        document.connect(port("loss.loss"), Port(*key, "losses.0"))
    analysis = analyse(document, lambda source: DIGITS)
    root = compile_root(document, analysis)
    space = executed(source_of(document, analysis))
    model = space["DigitsCNN"]()
    model.load_state_dict(root.state_dict())
    batch = [examples(DIGITS["image"], 8), examples(DIGITS["label"], 8)]
    space["train"](model, torch.utils.data.TensorDataset(*batch), epochs=4, batch_size=8)
    made = build(CATALOGUE["objective"], params, {})
    module = make_slice(document, root, [port("loss.loss")])
    optimizer = made.optimizer(root.parameters())
    schedule = made.schedule(optimizer, 4)
    for _ in range(4):
        optimizer.zero_grad()
        module(*batch).backward()
        if made.clip_norm:
            torch.nn.utils.clip_grad_norm_(root.parameters(), made.clip_norm)
        optimizer.step()
        schedule.step()
    for name, value in root.state_dict().items():
        assert torch.allclose(value, model.state_dict()[name], atol=1e-5)


def test_settings_are_those_of_the_document():
    document = classifier()
    with document.edit("Set"):
        for name, value in {"epochs": 3, "batch_size": 512, "seed": 7, "device": "cpu"}.items():
            document.set_setting(name, value)
    source = check_same(document)
    assert 'def train(model, data, epochs=3, batch_size=512, device="cpu"):' in source
    assert "torch.manual_seed(7)" in source
    assert 'device = "cpu"' in source
    assert "torch.rand(512, 1, 8, 8),  # image" in source


def test_without_outputs_forward_gives_what_the_losses_judge_and_without_losses_what_nothing_reads():
    document = classifier()
    with document.edit("Remove the Output"):
        document.remove_node(NodeKey("main", "result"))
    network = network_of(written(document), compile_root(document, analyse(document, lambda source: DIGITS)))
    assert network.eval()(torch.rand(2, 1, 8, 8)).min() < 0  # the logits, not the softmax
    with document.edit("Remove the loss too"):
        document.remove_node(NodeKey("main", "loss"))
    source = written(document)
    assert "def train" not in source
    network = network_of(source, compile_root(document, analyse(document, lambda source: DIGITS)))
    assert torch.allclose(network.eval()(torch.rand(2, 1, 8, 8)).sum(1), torch.ones(2))


def test_one_output_can_be_chosen():
    document = classifier()
    with document.edit("Add a second result"):
        document.add_node("output", id="features")
        document.connect(port("flatten_1.output"), port("features.x"))
    both, one = written(document), written(document, outputs=[port("features.output")])
    assert "result (10)" in both
    assert "result (10)" not in one
    analysis = analyse(document, lambda source: DIGITS)
    assert network_of(one, compile_root(document, analysis)).eval()(torch.rand(2, 1, 8, 8)).shape == (2, 224)


def test_problems_stand_where_the_code_would():
    document = draw({"data_1": "data", "conv": "conv2d", "dense": "linear"},
                    {"conv.x": "data_1.image", "dense.x": "conv.features"})  # fmt: skip
    analysis = analyse(document, lambda source: DIGITS)
    source = source_of(document, analysis)
    assert "# * dense: It takes a vector" in source
    assert all(line.startswith("#") for line in source.splitlines())
    empty = Document()
    assert source_of(empty, analyse(empty, lambda source: {})).startswith("#")


@st.composite
def designs(choose: Any) -> Document:
    """Vectors of four flowing through layers wired at random, with outputs and losses at random places."""
    values = ["data_1.a", "data_1.b", "noise_1.noise"]
    nodes: dict[str, Any] = {"data_1": "data", "noise_1": ("noise", {"size": 4})}
    wires: dict[str, str] = {}
    for number in range(choose(st.integers(1, 9))):
        kind = choose(st.sampled_from(["linear", "tanh", "add", "multiply", "gru", "softmax"]))
        name = f"{kind}_{number}"
        if kind in ("add", "multiply"):
            ports = [f"{name}.xs.{place}" for place in range(choose(st.integers(1, 3)))]
        else:
            ports = [f"{name}.x"]
        wires |= {each: choose(st.sampled_from(values)) for each in ports}
        nodes[name] = {"linear": ("linear", {"units": 4}), "gru": ("gru", {"hidden_size": 4})}.get(kind, kind)
        if kind == "gru":
            nodes[f"shape_{number}"] = ("reshape", {"shape": "2, 2"})
            wires[f"shape_{number}.x"] = wires[f"{name}.x"]
            wires[f"{name}.x"] = f"shape_{number}.output"
        values.append(f"{name}.last" if kind == "gru" else f"{name}.output")
    for number in range(choose(st.integers(1, 2))):
        nodes[f"output_{number}"] = "output"
        wires[f"output_{number}.x"] = choose(st.sampled_from(values))
    for number in range(choose(st.integers(0, 3))):
        nodes[f"loss_{number}"] = "mse_loss"
        wires[f"loss_{number}.prediction"] = choose(st.sampled_from(values))
        wires[f"loss_{number}.target"] = choose(st.sampled_from(values))
    return draw(nodes, wires)


@given(designs())
def test_any_design_is_written_as_it_computes(document: Document) -> None:
    check_same(document, VECTORS)


def test_the_file_runs_by_itself_and_learns(tmp_path: Path) -> None:
    document = classifier()
    with document.edit("Use every kind of part"):
        document.set_setting("epochs", 4)
        document.add_node("noise", id="noise_1")
        document.add_node("gru", id="memory")
        document.add_node("reshape", id="rows", params={"shape": "8, 8"})
        document.add_node("output", id="state")
        document.connect(port("data_1.image"), port("rows.x"))
        document.connect(port("rows.output"), port("memory.x"))
        document.connect(port("memory.last"), port("state.x"))
    (tmp_path / "network.py").write_text(written(document), encoding="utf-8")
    done = subprocess.run([sys.executable, "-I", "network.py"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    losses = [float(line.rpartition(" ")[2]) for line in done.stdout.splitlines()]
    assert len(losses) == 4
    assert losses[-1] < losses[0]
