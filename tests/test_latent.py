"""Codes of examples: where they lie, what colours them, what becomes of those that no example has."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
from drawn import classifier, row, wire, xor
from noisy import points_from_noise
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from training import trained, weights

from backend import data
from backend.codes import chosen_code
from backend.each import loss_of_each, spread
from backend.evaluation import Part, evaluate
from backend.loading import Model, load_run, random_sources
from backend.neighbours import HOUSE, NeighbourJob
from backend.problems import TrainProblem
from backend.projection import Plane, principal
from backend.questions.latent import CodePlane, Codes, Decode, Decoded, Faces, NeighbourMap, Neighbours
from backend.questions.predictions import Predict
from backend.sampling import predictions
from backend.views import Subject, answer
from graph import templates
from graph.compiler import compile_root
from graph.document import Document, Port
from graph.inference import analyse
from graph.plan import objectives, sources
from graph.settings import settings_of


def autoencoder(size: int = 2, **settings: Any) -> Document:
    """Digits through a code of a few numbers and back."""
    document = Document()
    with document.edit("Draw"):
        digits = document.add_node("data", params={"examples": 400})
        layers = (("flatten", {}), ("linear", {"units": 24}), ("tanh", {}), ("linear", {"units": size}))
        code = row(document, Port(*digits, "image"), *layers)
        back = row(document, code, ("linear", {"units": 64}), ("sigmoid", {}), ("reshape", {"shape": "1, 8, 8"}))
        document.add_node("mse_loss")
        wire(document, back, "mse_loss_1.prediction")
        wire(document, Port(*digits, "image"), "mse_loss_1.target")
        document.add_node("output", title="picture", params={"kind": "image"})
        wire(document, back, "output_1.x")
        wire(document, Port(*digits, "image"), "output_1.target")
        for name, value in {"batch_size": 32, "epochs": 1, **settings}.items():
            document.set_setting(name, value)
    return document


@pytest.fixture(scope="module")
def subject(tmp_path_factory: pytest.TempPathFactory) -> Subject:
    return subject_of(autoencoder(3), tmp_path_factory.mktemp("runs"))


def subject_of(document: Document, folder: Path) -> Subject:
    model = load_run(trained(document, folder)[0].run)
    return Subject(model, model.run)


def pictures(model: Model) -> torch.Tensor:
    stage = model.stage("test")
    return stage.column(Port("main", "data_1", "image"))({key: slice(None) for key in stage.lengths})


def by_hand(subject: Subject, values: torch.Tensor) -> torch.Tensor:
    """The code as the weights say."""
    assert subject.run
    known = weights(str(subject.run.folder))
    hidden = torch.tanh(values.flatten(1) @ known["linear_1.weight"].T + known["linear_1.bias"])
    return hidden @ known["linear_2.weight"].T + known["linear_2.bias"]


# -- planes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("examples", "size"), [(300, 20), (5000, 40), (60, 1500), (1300, 1100), (9, 2), (4, 1)])
def test_the_plane_is_that_of_scikit_learn_up_to_its_signs(examples: int, size: int) -> None:
    generator = np.random.default_rng(size)
    spans = np.concatenate([[9.0, 5.0], np.full(max(size - 2, 0), 0.7)])[:size]
    codes = (generator.standard_normal((examples, size)) * spans + 3).astype(np.float32)
    plane = finished(principal(codes))
    theirs = PCA(min(2, size), svd_solver="full").fit(codes)
    signs = np.sign((plane.directions[: len(theirs.components_)] * theirs.components_).sum(axis=1))
    assert np.allclose(plane.directions[: len(signs)], theirs.components_ * signs[:, None], atol=2e-4)
    assert np.allclose(plane.shares[: len(signs)], theirs.explained_variance_ratio_, atol=1e-4)
    assert np.allclose(plane.places(codes)[:, : len(signs)], theirs.transform(codes) * signs, atol=5e-3)


def test_equal_codes_lie_in_one_place() -> None:
    plane = finished(principal(np.ones((5, 4), np.float32)))
    assert np.isfinite(plane.directions).all()
    assert np.allclose(plane.places(np.ones((5, 4), np.float32)), 0)
    assert plane.shares == (0.0, 0.0)


def finished(work: Any) -> Plane:
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


# -- codes -------------------------------------------------------------------------------------------------------------


def test_the_narrowest_vector_before_the_decoder_is_the_code(subject: Subject) -> None:
    plane: CodePlane = answer(subject, Codes(method="plain", axes=(2, 0)))
    assert (plane.node, plane.port, plane.shape, plane.split) == ("linear_2", "output", (3,), "test")
    assert np.allclose(plane.places, by_hand(subject, pictures(subject.model))[:, [2, 0]], atol=1e-5)
    assert plane.decodes == ("picture",)
    assert plane.names == tuple("0123456789")
    labels = subject.model.stage("test").column(Port("main", "data_1", "label"))({subject_key(subject): slice(None)})
    assert np.array_equal(plane.values, labels.numpy())


def subject_key(subject: Subject) -> Any:
    return next(iter(subject.model.stage("test").lengths))


def test_places_stand_for_codes(subject: Subject) -> None:
    plane: CodePlane = answer(subject, Codes())
    codes = by_hand(subject, pictures(subject.model)).numpy()
    theirs = PCA(2).fit_transform(codes)
    assert np.allclose(np.abs(plane.places), np.abs(theirs), atol=1e-4)
    again: CodePlane = answer(subject, Codes(centre=plane.centre, directions=plane.directions))
    assert np.array_equal(again.places, plane.places)


@pytest.mark.parametrize("document", [classifier(epochs=1), xor(epochs=1), points_from_noise(epochs=1)])
def test_any_design_has_a_code(document: Document, tmp_path: Path) -> None:
    found: CodePlane = answer(subject_of(document, tmp_path), Codes(colour="loss"))
    assert found.places.shape == (len(found.rows), 2)
    assert np.isfinite(found.values).all()
    assert (found.node, found.port) in [choice[:2] for choice in found.choices]


def test_the_last_hidden_values_are_the_code_of_a_classifier(tmp_path: Path) -> None:
    found: CodePlane = answer(subject_of(classifier(epochs=1), tmp_path), Codes())
    assert found.node == "tanh_1"


@pytest.mark.parametrize(("template", "node"), [
    ("denoising-autoencoder", "denoiser_1.relu_3"), ("colourise", "colours.pool_2"), ("vae", "encode.to_mean"),
    ("autoencoder-32", "code"), ("gan-2d", "discriminator.relu_2"),
])  # fmt: skip
def test_the_code_of_a_template_lies_between_its_encoder_and_its_decoder(template: str, node: str) -> None:
    document = templates.find_design(template)
    analysis = analyse(document, data.fields)
    draws = random_sources(document, data.fields)
    held = {key: cast("data.DataSet", None) for key in sources(document) if key not in draws}
    root = compile_root(document, analysis)
    model = Model(document, analysis, settings_of(document), torch.device("cpu"), root, draws, lambda: held)
    assert chosen_code(model, "", "").node == node


def test_what_has_no_code_is_told(subject: Subject) -> None:
    with pytest.raises(TrainProblem, match="“nowhere” gives no code"):
        answer(subject, Codes(node="nowhere", port="output"))


def test_a_split_without_examples_is_told_and_another_taken_where_none_is_named(tmp_path: Path) -> None:
    document = autoencoder(2)
    with document.edit("Train on all"):
        document.set_param(next(key for key in document.nodes if key.node == "data_1"), "test", 0.0)
    subject = subject_of(document, tmp_path)
    with pytest.raises(TrainProblem, match="There are no test examples"):
        answer(subject, Codes(split="test"))
    assert answer(subject, Codes()).split == "validation"


def test_examples_come_evenly_from_the_whole_split() -> None:
    assert np.array_equal(spread(5, 9), [0, 1, 2, 3, 4])
    assert np.array_equal(spread(101, 5), [0, 25, 50, 75, 100])
    assert len(spread(100_000, 10_000)) == 10_000


def test_asking_leaves_no_trace(subject: Subject) -> None:
    root = subject.model.root.train()
    torch.manual_seed(3)
    before, state = torch.get_rng_state(), {name: value.clone() for name, value in root.state_dict().items()}
    for question in (Codes(), Codes(colour="loss"), Faces(), Decode("linear_2", "output", shift=np.zeros(3))):
        answer(subject, question)
    assert torch.equal(torch.get_rng_state(), before)
    assert root.training
    assert all(torch.equal(value, state[name]) for name, value in root.state_dict().items())
    assert all(parameter.grad is None for parameter in root.parameters())
    root.eval()


# -- colours -----------------------------------------------------------------------------------------------------------


def test_the_loss_of_an_example_is_what_it_is_by_itself(subject: Subject) -> None:
    found: CodePlane = answer(subject, Codes(colour="loss"))
    images = pictures(subject.model)
    known = weights(str(subject.run.folder)) if subject.run else {}
    code = by_hand(subject, images)
    back = torch.sigmoid(code @ known["linear_3.weight"].T + known["linear_3.bias"])
    assert np.allclose(found.values, (back - images.flatten(1)).square().mean(1), atol=1e-6)
    assert float(found.values.mean()) == pytest.approx(evaluate(subject.model, "test")["loss"], rel=1e-4)


def test_what_cannot_be_judged_at_once_is_judged_one_by_one(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    model = subject.model
    part = Part(model, objectives(model.document)[0], (), "loss")
    inputs = [pictures(model)[:6] for _ in part.sources]
    at_once = loss_of_each(part, inputs)

    def refuse(*_: object, **__: object) -> Any:
        raise RuntimeError

    monkeypatch.setattr(torch.func, "vmap", refuse)
    assert torch.allclose(loss_of_each(part, inputs), at_once, atol=1e-6)


# -- decoding ----------------------------------------------------------------------------------------------------------


def test_the_code_of_an_example_decoded_is_what_the_network_gives_back(subject: Subject) -> None:
    model = subject.model
    (shown,) = predictions(model, Predict("test", 5)).shown
    codes = by_hand(subject, pictures(model)).numpy()
    for number in range(5):
        whole: Decoded = answer(subject, Decode("linear_2", "output", shift=codes[number]))
        moved: Decoded = answer(
            subject, Decode("linear_2", "output", example=number, shift=np.zeros(3, np.float32), whole=False)
        )
        assert (whole.output, whole.kind) == ("picture", "image")
        assert np.allclose(whole.values, shown.outputs[number], atol=1e-5)
        assert np.allclose(moved.values, shown.outputs[number], atol=1e-5)


def test_a_place_of_a_code_of_two_numbers_is_decoded_exactly(tmp_path: Path) -> None:
    subject = subject_of(autoencoder(2), tmp_path)
    plane: CodePlane = answer(subject, Codes(method="pca"))
    assert plane.centre is not None
    assert plane.directions is not None
    code = plane.centre + plane.places[7] @ plane.directions
    (shown,) = predictions(subject.model, Predict("test", 1, 7)).shown
    made: Decoded = answer(subject, Decode("linear_2", "output", shift=code))
    assert np.allclose(made.values, shown.outputs[0], atol=1e-5)


def test_what_a_decoder_reads_beside_the_code_is_taken_from_the_example(tmp_path: Path) -> None:
    document = autoencoder(2)
    with document.edit("Tell the class"):
        told = row(document, Port("main", "data_1", "label"), ("embedding", {"size": 3}))
        document.add_node("concatenate")
        wire(document, Port("main", "linear_2", "output"), "concatenate_1.xs.0")
        wire(document, told, "concatenate_1.xs.1")
        wire(document, Port("main", "concatenate_1", "output"), "linear_3.x")
    subject = subject_of(document, tmp_path)
    zero = np.zeros(2, np.float32)
    shown = predictions(subject.model, Predict("test", 3)).shown[0].outputs
    for number in range(3):
        made: Decoded = answer(subject, Decode("linear_2", "output", example=number, shift=zero, whole=False))
        assert made.beside == ("data_1.label",)
        assert np.allclose(made.values, shown[number], atol=1e-5)


def test_the_mean_of_a_variational_code_is_decoded_as_it_is(tmp_path: Path) -> None:
    document = autoencoder(2)
    with document.edit("Draw around it"):
        log_variance = row(document, Port("main", "tanh_1", "output"), ("linear", {"units": 2}))
        document.add_node("reparameterise", params={"sample": "always"})
        wire(document, Port("main", "linear_2", "output"), "reparameterise_1.mean")
        wire(document, log_variance, "reparameterise_1.log_variance")
        wire(document, Port("main", "reparameterise_1", "output"), "linear_3.x")
        document.add_node("output", title="code", params={"kind": "latent"})
        wire(document, Port("main", "linear_2", "output"), "output_2.x")
    subject = subject_of(document, tmp_path)
    plane: CodePlane = answer(subject, Codes())
    assert (plane.node, plane.decodes) == ("linear_2", ("picture",))
    made: Decoded = answer(subject, Decode("linear_2", "output", shift=np.array([0.3, -1.0], np.float32)))
    known = weights(str(subject.run.folder)) if subject.run else {}
    expected = torch.sigmoid(torch.tensor([0.3, -1.0]) @ known["linear_3.weight"].T + known["linear_3.bias"])
    assert np.allclose(made.values.reshape(-1), expected, atol=1e-5)


def test_a_code_of_another_size_is_told(subject: Subject) -> None:
    for whole in (True, False):
        with pytest.raises(TrainProblem, match=r"“linear_2” has 3 numbers now, and this one has 8: choose an example"):
            answer(subject, Decode("linear_2", "output", shift=np.zeros(8, np.float32), whole=whole))


def test_a_code_without_a_decoder_is_told(tmp_path: Path) -> None:
    subject = subject_of(points_from_noise(epochs=1), tmp_path)
    plane: CodePlane = answer(subject, Codes())
    assert plane.decodes == ()
    with pytest.raises(TrainProblem, match="cannot be decoded: choose a node before a decoder"):
        answer(subject, Decode(plane.node, plane.port))


# -- maps of neighbours ------------------------------------------------------------------------------------------------


def test_a_map_of_neighbours_is_that_of_scikit_learn(subject: Subject) -> None:
    plane: CodePlane = answer(subject, Codes(method="tsne", asker=41))
    assert plane.centre is None
    codes = by_hand(subject, pictures(subject.model)).numpy()
    found = waited(subject, 41)
    expected = TSNE(2, perplexity=min(30.0, (len(codes) - 1) / 3), init="pca", random_state=0).fit_transform(codes)
    assert found.places is not None
    assert found.places.shape == expected.shape
    near, theirs = (nearest(each) for each in (found.places, expected))
    assert (near == theirs).mean() > 0.6  # the descent is chaotic: last bits of the codes grow


def waited(subject: Subject, asker: int) -> NeighbourMap:
    end = time.monotonic() + 120
    before = 0.0
    while time.monotonic() < end:
        found: NeighbourMap = answer(subject, Neighbours(of=asker))
        assert found.done >= before
        before = found.done
        if found.places is not None:
            return found
        time.sleep(0.1)
    raise AssertionError("no map came")


def nearest(places: np.ndarray) -> np.ndarray:
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    return apart.argmin(axis=1)


def test_a_map_of_neighbours_can_be_ended(subject: Subject) -> None:
    answer(subject, Codes(method="tsne", asker=42))
    answer(subject, Neighbours(of=42, stop=True))
    with pytest.raises(TrainProblem, match="No map of neighbours is under way"):
        answer(subject, Neighbours(of=42))


def test_too_few_examples_make_no_map() -> None:
    with pytest.raises(TrainProblem, match="takes 5 examples or more"):
        NeighbourJob(np.zeros((3, 2), np.float32), 0)


def test_a_map_that_nobody_waits_for_any_more_ends(tmp_path: Path) -> None:
    program = (
        "import numpy as np, os; from backend.neighbours import HOUSE, NeighbourJob; "
        "job = NeighbourJob(np.random.default_rng(0).standard_normal((6000, 20)).astype('f4'), 0); "
        "print(job._process.pid, flush=True); os._exit(0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=HOUSE,
                          env={**os.environ, "TMPDIR": str(tmp_path)})  # fmt: skip
    left, end = int(done.stdout), time.monotonic() + 30
    while alive(left) and time.monotonic() < end:
        time.sleep(0.2)
    assert not alive(left)
    assert not list(tmp_path.iterdir())


def alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


# -- faces -------------------------------------------------------------------------------------------------------------


def test_faces_are_the_examples_small(subject: Subject) -> None:
    found = answer(subject, Faces(count=20))
    assert found.pictures.shape == (20, 8, 8)
    images = subject.model.data[subject_key(subject)].preparation["image"].picture(pictures(subject.model))
    assert np.array_equal(found.pictures, (images[found.rows, 0] * 255).round().numpy().astype(np.uint8))
    assert len(found.words) == 20


def test_faces_of_numbers_are_words(tmp_path: Path) -> None:
    found = answer(subject_of(xor(epochs=1), tmp_path), Faces())
    assert found.pictures is None
    assert found.words[0].startswith("0, 0")
