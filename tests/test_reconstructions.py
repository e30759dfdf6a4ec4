"""Pictures given back: what went in, what came out, and how alike they are, by independent measures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from drawn import classifier, row, wire
from test_latent import autoencoder, pictures, subject_of
from torchmetrics.functional.image import peak_signal_noise_ratio, structural_similarity_index_measure

from backend.problems import TrainProblem
from backend.questions.predictions import Predict
from backend.questions.reconstructions import Reconstruct, Reconstructions
from backend.sampling import predictions
from backend.views import Subject, answer
from backend.views.reconstructions import given_back
from graph.document import Document, NodeKey, Port


def denoising(**settings: Any) -> Document:
    """Digits with noise on them through a small network."""
    document = Document()
    with document.edit("Draw"):
        digits = document.add_node("data", params={"examples": 300})
        spoiled = row(document, Port(*digits, "image"), ("gaussian_noise", {"when": "always"}),
                      ("salt_and_pepper", {"when": "always"}))  # fmt: skip
        back = row(document, spoiled, ("conv2d", {"filters": 4}), ("relu", {}), ("conv2d", {"filters": 1}))
        document.add_node("mse_loss")
        wire(document, back, "mse_loss_1.prediction")
        wire(document, Port(*digits, "image"), "mse_loss_1.target")
        document.add_node("output", title="mended")
        wire(document, back, "output_1.x")
        document.add_node("output", title="spoiled")
        wire(document, spoiled, "output_2.x")
        for name, value in {"batch_size": 32, "epochs": 1, **settings}.items():
            document.set_setting(name, value)
    return document


@pytest.fixture(scope="module")
def subject(tmp_path_factory: pytest.TempPathFactory) -> Subject:
    return subject_of(autoencoder(4), tmp_path_factory.mktemp("runs"))


def test_what_is_lost_is_what_torchmetrics_says(subject: Subject) -> None:
    found: Reconstructions = answer(subject, Reconstruct(count=6))
    (shown,) = predictions(subject.model, Predict("test", 6)).shown
    assert shown.targets is not None
    made, target = torch.from_numpy(shown.outputs), torch.from_numpy(shown.targets)
    for number in range(6):
        pair = made[number : number + 1].clamp(0, 1), target[number : number + 1]
        assert found.psnr[number] == pytest.approx(float(peak_signal_noise_ratio(*pair, data_range=1.0)), abs=1e-3)
    assert list(found.pictures) == ["original", "reconstructed"]
    assert np.array_equal(found.pictures["original"], (pictures(subject.model)[:6, 0] * 255).round().numpy())


def test_structural_similarity_is_that_of_torchmetrics_on_pictures_of_common_size(tmp_path: Path) -> None:
    document = denoising(epochs=8)
    with document.edit("Enlarge"):
        document.set_param(NodeKey("main", "data_1"), "size", 24)
        document.set_param(NodeKey("main", "gaussian_noise_1"), "when", "while training")
        document.set_param(NodeKey("main", "salt_and_pepper_1"), "when", "while training")
    subject = subject_of(document, tmp_path)
    found: Reconstructions = answer(subject, Reconstruct(count=5))
    shown = predictions(subject.model, Predict("test", 5)).shown[0]
    assert shown.targets is not None
    made, target = torch.from_numpy(shown.outputs), torch.from_numpy(shown.targets)
    for number in range(5):
        pair = made[number : number + 1], target[number : number + 1]
        likeness = float(structural_similarity_index_measure(*pair, data_range=1.0))
        assert found.ssim[number] == pytest.approx(likeness, abs=1e-5)
        assert found.psnr[number] == pytest.approx(float(peak_signal_noise_ratio(*pair, data_range=1.0)), abs=1e-4)


def test_what_the_network_got_is_shown_where_it_was_spoiled(tmp_path: Path) -> None:
    subject = subject_of(denoising(), tmp_path)
    assert [each.plan.name for each in given_back(subject.model)] == ["mended"]
    found: Reconstructions = answer(subject, Reconstruct(count=4))
    assert list(found.pictures) == ["original", "corrupted", "reconstructed"]
    assert not np.array_equal(found.pictures["corrupted"], found.pictures["original"])
    shown = {each.output: each for each in predictions(subject.model, Predict("test", 4)).shown}
    assert shown["mended"].outputs.shape == (4, 1, 8, 8)
    spoiled = (np.clip(shown["spoiled"].outputs[:, 0], 0, 1) * 255).round()
    assert found.pictures["corrupted"].shape == spoiled.shape


def test_the_worst_come_first_and_pages_follow_each_other(subject: Subject) -> None:
    every: Reconstructions = answer(subject, Reconstruct(count=10_000))
    assert every.judged == every.total == len(every.rows)
    assert every.mean_psnr == pytest.approx(float(every.psnr.mean()), rel=1e-5)
    assert every.mean_ssim == pytest.approx(float(every.ssim.mean()), rel=1e-5)
    worst: Reconstructions = answer(subject, Reconstruct(order="worst", count=5))
    assert np.array_equal(worst.psnr, np.sort(every.psnr)[:5])
    best: Reconstructions = answer(subject, Reconstruct(order="best", by="ssim", count=5, offset=5))
    assert np.array_equal(best.ssim, np.sort(every.ssim)[::-1][5:10])
    beyond: Reconstructions = answer(subject, Reconstruct(offset=10_000))
    assert len(beyond.rows) == 0


def test_a_design_that_gives_no_pictures_back_is_told(tmp_path: Path) -> None:
    with pytest.raises(TrainProblem, match="No output of this design gives pictures back"):
        answer(subject_of(classifier(epochs=1), tmp_path), Reconstruct())


def test_it_leaves_no_trace(subject: Subject) -> None:
    root = subject.model.root.train()
    torch.manual_seed(3)
    before = torch.get_rng_state()
    answer(subject, Reconstruct(asker=77))
    assert torch.equal(torch.get_rng_state(), before)
    assert root.training
    assert all(parameter.grad is None for parameter in root.parameters())
    root.eval()
