"""Weights that a run keeps to be looked at: equal to those of the network, laid out as pictures, bounded, resumed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from drawn import SMALL_CNN, SMALL_MLP, classifier
from torch import nn
from training import broken_off, clock, same, trained, weights

from backend import data, weights_kept
from backend.loading import load_run
from backend.moments import TimeLapse
from backend.runs import Run
from backend.train import Training
from backend.weights_kept import WeightKeeper, allotted, folder_of, weights_of
from graph.compiler import Root, compile_root
from graph.document import Document
from graph.inference import analyse


def root_of(document: Document) -> Root:
    return compile_root(document, analyse(document, data.fields))


def lapse_of(run: str) -> TimeLapse:
    return TimeLapse(Run.open(run).weights)


def test_the_last_moment_is_what_was_learned_and_the_first_how_it_began(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(WeightKeeper, "SHARE", 1e9)
    document = classifier(*SMALL_CNN, seed=3)
    run = trained(document, tmp_path, clock=clock(0.01))[0].run
    lapse, learned = lapse_of(run), weights(run)
    assert set(lapse.outputs()) == {"conv2d_1.weight", "linear_1.weight"}
    for name in lapse.outputs():
        moments = lapse.moments(name)
        first, last = moments[0].read(), moments[-1].read()
        assert first is not None
        assert last is not None
        assert moments[0].step == 0
        assert len(moments) > 2
        assert np.array_equal(last.reshape(learned[name].shape), learned[name].numpy())
        assert not np.array_equal(first, last)


def test_keeping_changes_nothing_that_is_learned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WeightKeeper, "SHARE", 1e9)
    normed = ("linear", {"units": 10, "normalised": "spectral norm"})
    document = classifier(("flatten", {}), normed)
    kept = trained(document, tmp_path / "kept", clock=clock(0.01))[0].run
    monkeypatch.setattr(WeightKeeper, "values", lambda self: {})
    without = trained(document, tmp_path / "without", clock=clock(0.01))[0].run
    assert len(lapse_of(kept).moments("linear_1.weight")) > 2
    assert same(weights(kept), weights(without))


def test_units_that_read_a_picture_are_pictures_and_later_ones_are_rows() -> None:
    document = classifier(*SMALL_MLP)
    root = root_of(document)
    first, last = weights_of(document, root)
    assert (first.name, first.kind, first.shape) == ("linear_1.weight", "units", (16, 1, 8, 8))
    assert (last.kind, last.shape) == ("weights", (10, 16))
    matrix = root.get_submodule("linear_1").weight.detach().numpy()  # type: ignore[operator]
    assert np.array_equal(first.values()[5, 0, 2, 3], matrix[5, 2 * 8 + 3])


def laid_out(module: nn.Module) -> dict[str, weights_kept.Weight]:
    root = Root()
    root.put("layer", module)
    return {weight.attribute: weight for weight in weights_of(Document(), root)}


def test_every_kind_of_weight_has_its_layout() -> None:
    signal, volume = laid_out(nn.Conv1d(2, 3, 5))["weight"], laid_out(nn.Conv3d(2, 3, (4, 5, 6)))["weight"]
    assert signal.shape == (3, 2, 1, 5)
    assert volume.shape == (3, 8, 5, 6)
    turned = nn.ConvTranspose2d(2, 3, 4)
    assert np.array_equal(laid_out(turned)["weight"].values()[2, 1], turned.weight.detach()[1, 2].numpy())
    assert laid_out(nn.Embedding(7, 4))["weight"].kind == "embedding"
    recurrent = laid_out(nn.LSTM(2, 3))
    assert {name: each.kind for name, each in recurrent.items()} == {
        "weight_ih_l0": "weights", "weight_hh_l0": "recurrent"}  # fmt: skip
    assert recurrent["weight_hh_l0"].described().classes == ("input", "forget", "cell", "output")
    normed = nn.utils.parametrizations.weight_norm(nn.Linear(3, 2))
    assert list(laid_out(normed)) == ["weight"]
    assert np.allclose(laid_out(normed)["weight"].values(), normed.weight.detach().numpy())


def test_small_weights_are_kept_whole_and_large_ones_by_their_first_rows() -> None:
    assert allotted([(10, 10), (1000, 100), (4, 5)], 1120) == [10, 10, 4]
    assert allotted([(3, 1000)], 999) == [0]
    assert allotted([], 10) == []
    wide = laid_out(nn.Linear(1000, 300))["weight"]
    assert wide.values().shape == (120, 1000)
    assert (wide.described().whole, wide.rows) == (300, 120)


def test_a_resumed_run_goes_on_keeping_and_forgets_what_it_does_again(tmp_path: Path) -> None:
    run = broken_off(classifier(*SMALL_MLP, epochs=3), tmp_path, 12, clock=clock(0.01))
    before = [moment.step for moment in lapse_of(run).moments("linear_1.weight")]
    list(Training(None, resume=run, clock=clock(0.01)).run())
    steps = [moment.step for moment in lapse_of(run).moments("linear_1.weight")]
    assert before[0] == steps[0] == 0
    assert steps == sorted(set(steps))
    assert steps[-1] > before[-1]
    last = lapse_of(run).moments("linear_2.weight")[-1].read()
    assert last is not None
    learned = load_run(run).root.get_submodule("linear_2").weight
    assert np.array_equal(last, learned.detach().numpy())  # type: ignore[operator]


def test_a_disk_that_refuses_ends_the_keeping_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("full")

    monkeypatch.setattr(TimeLapse, "add", refuse)
    run = trained(classifier(*SMALL_MLP), tmp_path)[0].run
    assert lapse_of(run).moments("linear_1.weight") == []
    assert Run.open(run).record.status == "finished"


def test_parts_that_are_numbers_get_a_letter() -> None:
    assert folder_of("block.0.weight") == "block.n0.weight"
