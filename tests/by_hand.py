"""Small networks and loops written by hand, to compare the engine with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from drawn import classifier, wire
from torch import nn

from backend.data import load
from backend.feeds import Order, Stage
from backend.preparing import Bench
from backend.train import Training
from graph.document import Document, NodeKey, Port

CPU = torch.device("cpu")


def stage_of(**asked: Any) -> Stage:
    return Stage({NodeKey("main", "data_1"): load("digits", seed=0, **{"examples": 300, **asked})}, "train", CPU)


def batches(stage: Stage, epochs: int, size: int = 32) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """The pictures and labels of a training, in its order."""
    image, label = (stage.column(Port("main", "data_1", name)) for name in ("image", "label"))
    order = Order(stage, size, 0, CPU)
    for epoch in range(epochs):
        for rows, _ in order.epoch(epoch):
            yield image(rows), label(rows)


def network() -> nn.Sequential:
    """What ``classifier`` draws, with the weights it begins with."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.Tanh(), nn.Linear(16, 10))


def prepared(document: Document, folder: Path) -> tuple[Bench, Any]:
    training = Training(document, runs_folder=folder)
    work = training.run()
    next(work)
    assert training._bench is not None
    return training._bench, work


def two_losses(weight: float = 1.0, warm_up: float = 0.0, **settings: Any) -> Document:
    """A classifier whose hidden layer is kept small by a second loss."""
    document = classifier(**settings)
    with document.edit("Add a loss"):
        document.add_node("l1_penalty", params={"weight": weight, "warm_up": warm_up})
        wire(document, Port("main", "tanh_1", "output"), "l1_penalty_1.x")
    return document


def compared(found: dict[str, torch.Tensor], model: nn.Sequential, tolerance: float = 1e-6) -> None:
    for name, layer in {"linear_1": model[1], "linear_2": model[3]}.items():
        assert torch.allclose(found[f"{name}.weight"], layer.weight, atol=tolerance)
        assert torch.allclose(found[f"{name}.bias"], layer.bias, atol=tolerance)
