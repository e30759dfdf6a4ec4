"""One step of one objective: it alone learns from a batch, and the training goes on as ever."""

from __future__ import annotations

import multiprocessing
import threading
from pathlib import Path
from typing import Any

import pytest
import torch
from drawn import adversaries

from backend import messages as m
from backend import worker
from backend.problems import TrainProblem
from backend.train import Training
from graph import files, templates


def begun(document: Any, folder: Path) -> tuple[Training, Any]:
    """A training after its first step."""
    training = Training(document, runs_folder=folder)
    steps = training.run()
    one_step(steps)
    return training, steps


def one_step(steps: Any) -> None:
    while next(steps) is not None:
        pass


def weights(training: Training) -> dict[str, torch.Tensor]:
    model = training.subject(m.Question()).model
    return {name: value.detach().clone() for name, value in model.root.named_parameters()}


def moved(before: dict[str, torch.Tensor], after: dict[str, torch.Tensor]) -> set[str]:
    return {name.split(".")[0] for name, value in after.items() if not torch.equal(value, before[name])}


@pytest.mark.parametrize(("objective", "network"), [("train_generator", "generator"),
                                                    ("train_discriminator", "discriminator")])  # fmt: skip
def test_the_networks_of_that_objective_alone_move(objective: str, network: str, tmp_path: Path) -> None:
    training, steps = begun(templates.find_design("gan-2d"), tmp_path)
    before = weights(training)
    training.report_next(objective)
    one_step(steps)
    assert moved(before, weights(training)) == {network}
    both = weights(training)
    one_step(steps)
    assert moved(both, weights(training)) == {"generator", "discriminator"}
    steps.close()


def test_a_rhythm_does_not_hold_a_single_step_back(tmp_path: Path) -> None:
    document = adversaries()
    with document.edit("Seldom"):
        document.set_param(next(key for key in document.nodes if key.node == "objective_2"), "every", 1000)
    training, steps = begun(document, tmp_path)
    before = weights(training)
    training.report_next("objective_2")
    one_step(steps)
    assert "linear_3" in moved(before, weights(training))
    assert "linear_2" not in moved(before, weights(training))
    steps.close()


def test_an_objective_that_there_is_not_is_told(tmp_path: Path) -> None:
    training, steps = begun(adversaries(), tmp_path)
    with pytest.raises(TrainProblem, match="no objective “nobody”: there are objective_1, objective_2"):
        training.report_next("nobody")
    steps.close()


def test_the_engine_steps_one_objective_and_holds(tmp_path: Path) -> None:
    ours, theirs = multiprocessing.Pipe()
    thread = threading.Thread(target=worker.Engine(theirs).serve)
    thread.start()

    def until(kind: type, there: Any = lambda event: True) -> Any:
        while ours.poll(60):
            event = ours.recv()
            if isinstance(event, kind) and there(event):
                return event
        raise AssertionError(f"waited in vain for {kind}")

    try:
        document = adversaries(epochs=5)
        ours.send(m.Train(files.dumps(document), str(tmp_path)))
        ours.send(m.Step())
        until(m.Progress, lambda event: event.paused)
        ours.send(m.Step("objective_1"))
        values = until(m.Metrics).values
        assert "objective_1.loss" in values
        assert "objective_2.loss" not in values
        assert until(m.Progress, lambda event: event.paused).step == 2
        ours.send(m.Continue())
        assert not until(m.Finished).stopped
    finally:
        ours.close()
        thread.join(60)
    assert not thread.is_alive()
