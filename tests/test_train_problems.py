"""Trainings that go wrong: each told with a sentence and a way out, and nothing that was learned is lost."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest
import torch
from drawn import SMALL_MLP, classifier
from training import clock, same, trained, weights

from backend import checkpoints
from backend.problems import TrainProblem, explain
from backend.runs import Run
from backend.steps import GradientStep
from backend.train import Training
from graph.document import Document, Port


def problem(document: Document | None, folder: Path, **options: Any) -> TrainProblem:
    with pytest.raises(TrainProblem) as caught:
        list(Training(document, runs_folder=folder, **options).run())
    return caught.value


def test_a_loss_that_is_no_number_is_told_with_a_way_out(tmp_path: Path) -> None:
    layers = (("flatten", {}), ("linear", {"units": 64}), ("linear", {"units": 10}))
    document = classifier(*layers, objective={"optimizer": "sgd", "learning_rate": 100.0}, epochs=40)
    found = problem(document, tmp_path, clock=clock(3.0))
    assert "learning rate" in str(found)
    (run,) = tmp_path.iterdir()
    record = Run.open(run).record
    assert (record.status, record.message) == ("failed", str(found))
    kept = checkpoints.newest_weights(run / "checkpoints") or {}
    assert all(value.isfinite().all() for value in kept.values())


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (classifier(("flatten", {}), ("linear", {"units": 10}), data={"source": "no-such-data"}), "no-such-data"),
        (classifier(*SMALL_MLP, device="cuda:7"), "cuda:7"),
        (classifier(("linear", {"units": 10})), "linear|shape|vector"),
        (Document(), "loss"),
        (None, "nothing to train"),
    ],
)
def test_what_cannot_be_trained_is_refused_with_a_sentence(document: Document, words: str, tmp_path: Path) -> None:
    with pytest.raises(TrainProblem, match=words):
        list(Training(document, runs_folder=tmp_path).run())
    assert not list(tmp_path.iterdir())


def test_where_nothing_can_learn_it_is_judged(tmp_path: Path) -> None:
    done, _ = trained(classifier(("flatten", {}), data={"examples": 100}), tmp_path)
    assert {"loss", "accuracy"} == done.metrics["train"].keys() == done.metrics["test"].keys()
    assert done.parameters == 0


def test_no_gradient_on_the_way_to_the_weights_is_told(tmp_path: Path) -> None:
    document = classifier(objective={"trains": "linear_1"})
    with document.edit("Block"):
        stop = document.add_node("stop_gradient")
        document.connect(Port("main", "tanh_1", "output"), Port(*stop, "x"))
        document.connect(Port(*stop, "output"), Port("main", "linear_2", "x"))
    found = problem(document, tmp_path)
    assert "No gradient" in str(found)
    assert found.node == "cross_entropy_1"


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (MemoryError(), 3, "memory"),
        (torch.OutOfMemoryError("CUDA out of memory"), 3, "memory"),
        (RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory"), 3, "memory"),
        (OSError(errno.ENOSPC, "No space left on device"), 3, "disk is full"),
        (RuntimeError("CUDA error: device-side assert triggered"), 3, "graphics card"),
        (IndexError("Target 10 is out of bounds."), 1, "class"),
        (ValueError("Expected more than 1 value per channel when training, got input size [1, 3]"), 1, "batch size"),
    ],
)
def test_what_fails_in_a_step_is_explained(
    error: Exception, code: int, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(GradientStep, "advance", fail)
    with pytest.raises(type(error)) as caught:
        list(Training(classifier(), runs_folder=tmp_path).run())
    explained = explain(caught.value)
    assert (explained.code, explained.expected) == (code, True)
    assert words in explained.message
    (run,) = tmp_path.iterdir()
    assert Run.open(run).record.message == explained.message


def test_a_full_disk_keeps_the_last_whole_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = checkpoints.save_file

    def full(tensors: Any, path: Path) -> None:
        if sum(folder.name.isdigit() for folder in Path(path).parent.parent.iterdir()) == 2:
            Path(path).write_bytes(b"half")
            raise OSError(errno.ENOSPC, "No space left on device")
        real(tensors, path)

    monkeypatch.setattr(checkpoints, "save_file", full)
    with pytest.raises(OSError, match="No space"):
        list(Training(classifier(epochs=5), folder=tmp_path / "run", clock=clock(1.0)).run())
    monkeypatch.undo()
    kept = sorted(path.name for path in (tmp_path / "run" / "checkpoints").iterdir())
    assert len(kept) == 2
    assert all(name.isdigit() for name in kept)
    resumed, _ = trained(None, tmp_path, resume=tmp_path / "run", clock=clock(1.0))
    whole, _ = trained(classifier(epochs=5), tmp_path)
    assert same(weights(resumed.run), weights(whole.run))


def test_a_damaged_checkpoint_gives_way_to_the_one_before(tmp_path: Path) -> None:
    run = tmp_path / "run"
    trained(classifier(epochs=3), tmp_path, folder=run, clock=clock(1.0))
    newest, *older = sorted((run / "checkpoints").iterdir(), reverse=True)
    assert older
    (newest / "state.pt").write_bytes((newest / "state.pt").read_bytes()[:100])
    (newest / "weights.safetensors").write_bytes(b"nonsense")
    found = checkpoints.newest(run / "checkpoints")
    assert found is not None
    assert found.step == int(older[0].name)
    resumed, _ = trained(None, tmp_path, resume=run)
    whole, _ = trained(classifier(epochs=3), tmp_path)
    assert same(weights(resumed.run), weights(whole.run))


def test_only_the_newest_checkpoints_and_the_best_stay(tmp_path: Path) -> None:
    state = {"format": 1}
    for step in range(6):
        checkpoints.write(tmp_path, step, {"w": torch.full((2,), float(step))}, state, best=1)
    assert sorted(int(path.name) for path in tmp_path.iterdir()) == [1, 4, 5]
    found = checkpoints.newest(tmp_path)
    assert found is not None
    assert found.step == 5
    assert found.weights["w"].tolist() == [5.0, 5.0]


def test_two_processes_never_train_one_run(tmp_path: Path) -> None:
    training = Training(classifier(epochs=5), runs_folder=tmp_path)
    work = training.run()
    next(work)
    assert "another process" in str(problem(None, tmp_path, resume=training.run_folder))
    work.close()
    trained(None, tmp_path, resume=training.run_folder)
