"""What a training needs to go on later as if it had never stopped: taken together, written, and put back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch

from backend import carried, checkpoints
from backend.history import History
from backend.loading import Model, put_weights
from backend.messages import Checkpointed
from backend.problems import INPUT, TrainProblem
from backend.reports import Reader
from backend.runs import Run
from backend.steps import ObjectiveStep

FORMAT = 2


@dataclass
class Position:
    """Where a training is: whole epochs done, steps of the present one, steps in all, and the seconds they took.

    ``seconds`` are those of all work, ``step_seconds`` those of training steps alone.
    """

    epoch: int = 0
    step: int = 0
    done: int = 0
    seconds: float = 0.0
    step_seconds: float = 0.0
    best_loss: float = float("inf")  # of the validations so far, and the step it was found at
    best_step: int = -1


class Saver:
    """Saves a training into its run, and restores it from there."""

    def __init__(self, run: Run, model: Model, steps: Sequence[ObjectiveStep], reader: Reader, at: Position) -> None:
        self._run = run
        self._model = model
        self._steps = steps
        self._reader = reader
        self._at = at
        self._random = _random_state(model.device)
        self.saved_step = -1  # the steps that were done when a checkpoint was last written or read

    def save(self) -> Checkpointed:
        """Write a checkpoint. Raises TrainProblem, and writes nothing, where the training has come to nothing."""
        self._reader.check()
        weights = self._model.root.state_dict()
        if not all(bool(value.isfinite().all()) for value in weights.values() if value.is_floating_point()):
            raise TrainProblem("A weight of the network is no longer a finite number: the steps were too large. Try a "
                               "smaller learning rate, or a clip_norm of 1 in the objective.", INPUT)  # fmt: skip
        state = {
            "format": FORMAT, "at": asdict(self._at), "random": _random_state(self._model.device),
            "objectives": [step.state() for step in self._steps], "reader": self._reader.state(),
            "carried": carried.saved(self._model.root),
        }  # fmt: skip
        checkpoints.write(self._run.checkpoints, self._at.done, weights, state, self._at.best_step)
        self.saved_step = self._at.done
        return Checkpointed(str(self._run.folder), self._at.epoch)

    def restore(self, history: History) -> None:
        """Go on from the newest checkpoint, or from the start where there is none. Later metrics are forgotten."""
        found = checkpoints.newest(self._run.checkpoints)
        history.cut(found.step if found else -1)
        if found is None:
            return
        state = found.state
        if state.get("format") != FORMAT or len(state["objectives"]) != len(self._steps):
            raise TrainProblem("The checkpoint of this run was written by another version of Netloom, or for another "
                               "design, and cannot be gone on with: train the design anew.", INPUT)  # fmt: skip
        put_weights(self._model.root, found.weights)
        for name, value in state["at"].items():
            setattr(self._at, name, value)
        for step, kept in zip(self._steps, state["objectives"]):
            step.restore(kept)
        carried.restore(self._model.root, state["carried"], self._model.device)
        self._reader.restore(state["reader"])
        self._random = state["random"]
        self.saved_step = found.step

    def restore_random(self) -> None:
        """Take up the random numbers where this training left off, whatever else has drawn some meanwhile."""
        torch.set_rng_state(self._random["cpu"])
        if "cuda" in self._random and self._model.device.type == "cuda":
            torch.cuda.set_rng_state(self._random["cuda"], self._model.device)


def _random_state(device: torch.device) -> dict[str, Any]:
    found = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        found["cuda"] = torch.cuda.get_rng_state(device)
    return found
