"""The training function of exported source does what the engine does, whatever the objectives ask for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from drawn import adversaries, classifier, row, wire
from exported import executed
from training import trained, weights

from backend import data
from backend.data import load
from backend.feeds import Stage
from backend.loading import load_run
from graph.compiler import CompileError, compile_root
from graph.document import Document, NodeKey, Port
from graph.inference import analyse
from graph.source import source_of

WHOLE: dict[str, Any] = {"batch_size": 0, "epochs": 12}


def one(**objective: Any) -> Document:
    return classifier(objective=objective, data={"validation": 0.0}, **WHOLE)


def weighted(warm_up: float = 0.0) -> Document:
    document = one()
    with document.edit("Add losses"):
        document.add_node("l1_penalty", params={"weight": 0.05, "warm_up": warm_up})
        wire(document, Port("main", "tanh_1", "output"), "l1_penalty_1.x")
        wire(document, Port("main", "l1_penalty_1", "loss"), "objective_1.losses.1")
    return document


def light() -> Document:
    """A single loss that counts a tenth."""
    document = one(optimizer="sgd")
    with document.edit("Weigh"):
        document.set_param(NodeKey("main", "cross_entropy_1"), "weight", 0.1)
    return document


def slowed(**objective: Any) -> Document:
    document = one(**objective)
    with document.edit("Slow down"):
        document.set_param(NodeKey("main", "linear_1"), "rate_factor", 0.1)
    return document


def two(first: dict[str, Any], second: dict[str, Any]) -> Document:
    document = adversaries(**WHOLE)
    with document.edit("Tell"):
        document.set_param(NodeKey("main", "data_1"), "validation", 0.0)
        for number, params in enumerate((first, second), 1):
            for name, value in params.items():
                document.set_param(NodeKey("main", f"objective_{number}"), name, value)
    return document


def ridge(**objective: Any) -> Document:
    document = Document()
    with document.edit("Draw"):
        digits = document.add_node("data", params={"examples": 300, "validation": 0.0})
        flat = row(document, Port(*digits, "image"), ("flatten", {}))
        made = row(document, flat, ("linear", {"units": 12, "frozen": "everything"}), ("tanh", {}), ("linear", {}))
        for kind in ("mse_loss", "output"):
            document.add_node(kind)
        wire(document, made, "mse_loss_1.prediction")
        wire(document, flat, "mse_loss_1.target")
        wire(document, made, "output_1.x")
        document.add_node("objective", params={"optimizer": "ridge", "weight_decay": 0.1, **objective})
        wire(document, Port("main", "mse_loss_1", "loss"), "objective_1.losses.0")
        for name, value in {**WHOLE, "epochs": 2}.items():
            document.set_setting(name, value)
    return document


def shorter(document: Document) -> Document:
    """With fewer epochs: lbfgs makes much of the last bits."""
    with document.edit("Shorten"):
        document.set_setting("epochs", 2)
    return document


DESIGNS: dict[str, Callable[[], Document]] = {
    "weights": weighted,
    "weights that rise": lambda: weighted(0.6),
    "one weight": light,
    "trains": lambda: one(trains="linear_2", clip_norm=0.1),
    "clip value": lambda: one(clip_value=0.001, optimizer="adagrad"),
    "rate factor": lambda: slowed(schedule="cosine", warm_up=0.4),
    "every": lambda: one(every=2, schedule="linear", warm_up=0.2),
    "times": lambda: one(times=3, schedule="cosine"),
    "phase": lambda: one(starts=0.25, ends=0.8, every=2, times=2, schedule="exponential"),
    "plateau": lambda: one(schedule="plateau", patience=0, learning_rate=1.0, optimizer="sgd", momentum=0.9),
    "lbfgs": lambda: shorter(one(optimizer="lbfgs", learning_rate=0.01, line_search=False, memory=3)),
    "two": lambda: two({"trains": "linear_1, linear_2"}, {"trains": "linear_3", "every": 3, "starts": 0.3}),
    "two of all kinds": lambda: shorter(
        two(
            {"optimizer": "lbfgs", "ends": 0.5, "learning_rate": 0.01, "line_search": False, "memory": 3},
            {"schedule": "plateau", "patience": 1, "starts": 0.2, "learning_rate": 0.01},
        )
    ),
    "ridge": ridge,
    "ridge later": lambda: ridge(starts=0.5),
}


@pytest.mark.parametrize("design", DESIGNS)
def test_the_file_trains_as_the_engine_does(design: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = DESIGNS[design]()
    analysis = analyse(document, data.fields)
    source = source_of(document, analysis)
    space = executed(source)
    space["DataLoader"] = lambda given, size, shuffle: torch.utils.data.DataLoader(given, size)  # lbfgs heeds last bits
    torch.manual_seed(0)
    root = compile_root(document, analysis)
    model = next(value for name, value in space.items() if name.endswith("Network"))()
    model.load_state_dict(root.state_dict())
    stage = Stage({NodeKey("main", "data_1"): load("digits", examples=300, validation=0.0, seed=0)}, "train",
                  torch.device("cpu"))  # fmt: skip
    rows = {NodeKey("main", "data_1"): slice(None)}
    columns = [stage.column(Port("main", "data_1", name))(rows) for name in ("image", "label")]
    taken = columns if "label" in space["train"].__doc__ else columns[:1]
    space["train"](model, torch.utils.data.TensorDataset(*taken), epochs=document.settings["epochs"], batch_size=0)
    done, _ = trained(document, tmp_path)
    found = weights(done.run)
    moved = [name for name, value in root.state_dict().items() if not torch.equal(value, found[name])]
    assert moved
    for name, value in model.state_dict().items():
        assert torch.allclose(found[name], value, atol=1e-5), name
    assert capsys.readouterr().out.count("epoch") == document.settings["epochs"]
    assert load_run(done.run).document.settings["batch_size"] == 0


def test_the_loop_says_what_it_does() -> None:
    document = DESIGNS["phase"]()
    with document.edit("Weigh"):
        document.set_param(NodeKey("main", "cross_entropy_1"), "warm_up", 0.5)
    source = source_of(document, analyse(document, data.fields))
    lines = [line.strip() for line in source.partition("def train")[2].splitlines()]
    for line in (
        "first, last = round(0.25 * steps), round(0.8 * steps)",
        "iteration = 0",
        "if first <= iteration < last and (iteration - first) % 2 == 0:",
        "for _ in range(2):",
        "loss = min(iteration / (0.5 * steps), 1.0) * model.loss(image, label)",
        "seen += len(image)",
        "iteration += 1",
    ):
        assert line in lines


def test_what_no_closed_form_solves_is_no_source() -> None:
    document = one(optimizer="ridge")
    with pytest.raises(CompileError, match="other losses"):
        source_of(document, analyse(document, data.fields))
