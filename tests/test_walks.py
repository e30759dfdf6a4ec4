"""The way between two draws of noise or two examples, and what a judge says all over the plane."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from drawn import classifier, row, wire
from noisy import by_class, points_from_noise
from test_latent import autoencoder, pictures, subject_of
from training import weights

from backend.generating import chosen, draw
from backend.problems import TrainProblem
from backend.questions.predictions import Predict
from backend.questions.surfaces import Surface, SurfaceSeen
from backend.questions.walks import Walk, Walked
from backend.sampling import predictions
from backend.sheets import eight_bit
from backend.views import Subject, answer
from backend.views.walks import between
from graph.document import Document, Port


@pytest.fixture(scope="module")
def points(tmp_path_factory: pytest.TempPathFactory) -> Subject:
    return subject_of(points_from_noise(), tmp_path_factory.mktemp("points"))


# -- the way between ---------------------------------------------------------------------------------------------------


def test_a_great_circle_keeps_the_length_and_goes_evenly() -> None:
    a, b = torch.tensor([2.0, 0.0, 0.0]), torch.tensor([0.0, 2.0, 0.0])
    found = between(a, b, 5, "spherical")
    angles = [math.pi / 8 * step for step in range(5)]
    assert torch.allclose(found, torch.tensor([[2 * math.cos(t), 2 * math.sin(t), 0.0] for t in angles]), atol=1e-6)
    straight = between(a, b, 3, "linear")
    assert torch.allclose(straight, torch.tensor([[2.0, 0, 0], [1, 1, 0], [0, 2, 0]]))


def test_what_has_no_angle_is_walked_straight() -> None:
    a = torch.tensor([1.0, 2.0])
    for b in (2 * a, -a, torch.zeros(2)):
        assert torch.allclose(between(a, b, 3, "spherical"), torch.stack([a, (a + b) / 2, b]), atol=1e-6)


@pytest.mark.parametrize("way", ["linear", "spherical"])
def test_a_walk_through_noise_begins_and_ends_with_what_the_seeds_draw(points: Subject, way: str) -> None:
    found: Walked = answer(points, Walk(first=3, second=8, steps=7, way=way))  # type: ignore[arg-type]
    assert found.values.shape == (7, 2)
    assert (found.output, found.outputs, found.node) == ("points", ("points",), "noise_1")
    for end, seed in ((0, 3), (-1, 8)):
        own = draw(points.model, chosen(points.model), 1, seed).values[0]
        assert np.allclose(found.values[end], own, atol=1e-5)


def test_a_class_is_kept_on_the_way(tmp_path: Path) -> None:
    subject = subject_of(by_class(), tmp_path)
    found: Walked = answer(subject, Walk(first=1, second=2, steps=4, label=6))
    assert found.classes == tuple("0123456789")
    own = draw(subject.model, chosen(subject.model), 1, 2, labels=[6]).values
    assert np.abs(found.values[-1].astype(int) - eight_bit(own)[0].astype(int)).max() <= 1


def test_a_walk_between_examples_begins_and_ends_with_what_the_network_gives_back(tmp_path: Path) -> None:
    subject = subject_of(autoencoder(3), tmp_path)
    found: Walked = answer(subject, Walk(of="examples", first=2, second=5, steps=6))
    shown = predictions(subject.model, Predict("test", 6)).shown[0].outputs
    assert found.values.shape == (6, 1, 8, 8)
    for end, example in ((0, 2), (-1, 5)):
        assert np.abs(found.values[end].astype(int) - eight_bit(shown)[example].astype(int)).max() <= 1
    known = weights(str(subject.run.folder)) if subject.run else {}
    images = pictures(subject.model)
    hidden = torch.tanh(images.flatten(1) @ known["linear_1.weight"].T + known["linear_1.bias"])
    codes = hidden @ known["linear_2.weight"].T + known["linear_2.bias"]
    middle = codes[2] * 0.6 + codes[5] * 0.4
    expected = torch.sigmoid(middle @ known["linear_3.weight"].T + known["linear_3.bias"]).reshape(1, 8, 8)
    assert np.abs(found.values[2].astype(int) - eight_bit(expected.numpy()).astype(int)).max() <= 1


def test_what_cannot_be_walked_is_told(points: Subject, tmp_path: Path) -> None:
    with pytest.raises(TrainProblem, match="nothing to see on the way between two examples"):
        answer(points, Walk(of="examples"))
    with pytest.raises(TrainProblem, match="not made of noise"):
        answer(subject_of(classifier(epochs=1), tmp_path), Walk())


# -- surfaces ----------------------------------------------------------------------------------------------------------


def judged_points() -> Document:
    """A generator of points and a judge of one layer, with the adversarial losses of both."""
    document = Document()
    with document.edit("Draw"):
        noise = document.add_node("noise", params={"size": 3})
        moons = document.add_node("data", params={"source": "moons", "examples": 300, "scaling": "standard"})
        made = row(document, Port(*noise, "noise"), ("linear", {"units": 8}), ("tanh", {}), ("linear", {"units": 2}))
        document.add_node("output", title="points")
        wire(document, made, "output_1.x")
        real = row(document, Port(*moons, "point"), ("linear", {"units": 1}))
        fake = document.add_node("linear")
        document.change_node(fake, link="linear_3")
        wire(document, made, f"{fake.node}.x")
        for number, (role, score) in enumerate((("real", real), ("fake", Port(*fake, "output")),
                                                ("fool", Port(*fake, "output"))), 1):  # fmt: skip
            document.add_node("adversarial", params={"role": role})
            wire(document, score, f"adversarial_{number}.score")
        document.add_node("objective", params={"trains": "linear_3"})
        document.add_node("objective", params={"trains": "linear_1, linear_2"})
        for number, place in ((1, "objective_1.losses.0"), (2, "objective_1.losses.1"), (3, "objective_2.losses.0")):
            wire(document, Port("main", f"adversarial_{number}", "loss"), place)
        for name, value in {"batch_size": 32, "epochs": 2}.items():
            document.set_setting(name, value)
    return document


@pytest.fixture(scope="module")
def game(tmp_path_factory: pytest.TempPathFactory) -> Subject:
    return subject_of(judged_points(), tmp_path_factory.mktemp("game"))


def judge_of(subject: Subject, places: np.ndarray) -> torch.Tensor:
    """What the judge says of places in the unit of the data, by its weights."""
    assert subject.run
    known = weights(str(subject.run.folder))
    fitted = subject.run.record.data["data_1"].preparation["point"]
    prepared = (torch.tensor(places).float() - torch.tensor(fitted["shift"])) / torch.tensor(fitted["scale"])
    return prepared @ known["linear_3.weight"].T + known["linear_3.bias"]


def test_scores_are_what_the_judge_says_of_every_place(game: Subject) -> None:
    found: SurfaceSeen = answer(game, Surface(resolution=9, count=50))
    assert found.probability
    assert found.scores is not None
    assert (found.output, found.judge, found.learner) == ("points", "linear_4", "objective_2")
    assert found.objectives == ("objective_1", "objective_2")
    x, y = (np.linspace(low, high, 9) for low, high in found.limits.T)
    for row_number, column in ((0, 0), (2, 7), (8, 3)):
        expected = judge_of(game, np.array([[x[column], y[row_number]]])).sigmoid()
        assert found.scores[row_number, column] == pytest.approx(float(expected), abs=1e-5)


def test_points_are_pushed_down_the_slope_of_their_loss(game: Subject) -> None:
    found: SurfaceSeen = answer(game, Surface(count=20))
    assert found.pushes is not None
    assert game.run
    scale = np.array(game.run.record.data["data_1"].preparation["point"]["scale"])

    def lost(places: np.ndarray) -> np.ndarray:
        return F.softplus(-judge_of(game, places).double())[:, 0].numpy()

    for axis in range(2):
        step = np.zeros(2)
        step[axis] = 1e-3
        slope = (lost(found.made + step) - lost(found.made - step)) / 2e-3
        # what the network reads is the place divided by the scale, and a push in it is told in places again
        assert np.allclose(found.pushes[:, axis], -slope * scale[axis] ** 2, rtol=2e-2, atol=1e-3)


def test_a_mesh_of_noise_goes_through_the_generator(game: Subject) -> None:
    found: SurfaceSeen = answer(game, Surface())
    assert found.mesh is not None
    assert game.run
    known, fitted = weights(str(game.run.folder)), game.run.record.data["data_1"].preparation["point"]
    corner = torch.tensor([-2.0, 2.0, 0.0])
    hidden = torch.tanh(corner @ known["linear_1.weight"].T + known["linear_1.bias"])
    made = hidden @ known["linear_2.weight"].T + known["linear_2.bias"]
    assert np.allclose(
        found.mesh[0, -1], made * torch.tensor(fitted["scale"]) + torch.tensor(fitted["shift"]), atol=1e-4
    )


def test_surfaces_leave_no_trace(game: Subject) -> None:
    root = game.model.root.train()
    torch.manual_seed(3)
    before = torch.get_rng_state()
    answer(game, Surface())
    answer(game, Walk())
    assert torch.equal(torch.get_rng_state(), before)
    assert root.training
    assert all(parameter.grad is None and parameter.requires_grad for parameter in root.parameters())
    root.eval()


def test_a_generator_without_a_judge_shows_its_points(points: Subject, tmp_path: Path) -> None:
    found: SurfaceSeen = answer(points, Surface())
    assert found.made.shape == (200, 2)
    assert found.learner == "objective"
    with pytest.raises(TrainProblem, match="No output of this design makes points"):
        answer(subject_of(classifier(epochs=1), tmp_path), Surface())
