"""Drawing of noise: the same seed draws the same, classes have rows, and a training keeps a bounded time-lapse."""

from __future__ import annotations

import dataclasses
import io
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from drawn import classifier, denoiser, row, wire
from PIL import Image
from runs import quick_run
from training import broken_off, clock, same, trained, weights

from backend import cli, samples, sheets
from backend import messages as m
from backend.generating import chosen, draw, generative
from backend.loading import load_run
from backend.messages import Exported, Sample, Samples
from backend.moments import Kept, TimeLapse
from backend.problems import TrainProblem
from backend.runs import Run
from backend.samples import Keeper, samples_of_run
from backend.sheets import BORDER, Drawing, encode
from backend.train import Training
from graph import files
from graph.catalogue import CATALOGUE, Source, layer
from graph.document import Document, Port
from graph.specs import TensorSpec

Capture = pytest.CaptureFixture[str]


def points_from_noise(**settings: Any) -> Document:
    """Noise made into points, and another network that tells them from the points of two moons."""
    document = Document()
    with document.edit("Draw"):
        noise = document.add_node("noise", params={"size": 3})
        moons = document.add_node("data", params={"source": "moons", "examples": 300, "scaling": "standard"})
        made = row(document, Port(*noise, "noise"), ("linear", {"units": 8}), ("tanh", {}), ("linear", {"units": 2}))
        document.add_node("output", title="points")
        wire(document, made, "output_1.x")
        judge = row(document, made, ("linear", {"units": 1}))
        document.add_node("mse_loss")
        wire(document, judge, "mse_loss_1.prediction")
        target = row(document, Port(*moons, "point"), ("linear", {"units": 1}))
        wire(document, target, "mse_loss_1.target")
        for name, value in {"batch_size": 32, "epochs": 2, **settings}.items():
            document.set_setting(name, value)
    return document


def by_class(**settings: Any) -> Document:
    """Noise and the label of a digit made into a picture of it."""
    document = Document()
    with document.edit("Draw"):
        noise, digits = (
            document.add_node("noise", params={"size": 4}),
            document.add_node("data", params={"examples": 300}),
        )
        code = row(document, Port(*digits, "label"), ("embedding", {"size": 6}))
        document.add_node("concatenate")
        wire(document, Port(*noise, "noise"), "concatenate_1.xs.0")
        wire(document, code, "concatenate_1.xs.1")
        made = row(document, Port("main", "concatenate_1", "output"), ("linear", {"units": 64}), ("sigmoid", {}),
                   ("reshape", {"shape": "1, 8, 8"}))  # fmt: skip
        document.add_node("output", title="digit")
        wire(document, made, "output_1.x")
        document.add_node("mse_loss")
        wire(document, made, "mse_loss_1.prediction")
        wire(document, Port(*digits, "image"), "mse_loss_1.target")
        for name, value in {"batch_size": 32, "epochs": 1, **settings}.items():
            document.set_setting(name, value)
    return document


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> str:
    return trained(denoiser(), tmp_path_factory.mktemp("pictures"), clock=clock(0.01))[0].run


@pytest.fixture(scope="module")
def points(tmp_path_factory: pytest.TempPathFactory) -> str:
    return trained(points_from_noise(), tmp_path_factory.mktemp("points"), clock=clock(0.01))[0].run


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> str:
    return trained(by_class(), tmp_path_factory.mktemp("digits"))[0].run


def asked(run: str, **question: Any) -> Samples:
    found = samples_of_run(load_run(run), Sample(**question))
    assert isinstance(found, Samples)
    return found


# -- drawing -----------------------------------------------------------------------------------------------------------


def test_the_same_seed_draws_the_same_and_the_first_ones_whatever_the_count(pictures: str) -> None:
    few, many, other = asked(pictures, count=5), asked(pictures, count=700), asked(pictures, count=5, seed=9)
    assert few.values.shape == (5, 1, 8, 8)
    assert few.values.dtype == np.uint8
    assert np.array_equal(few.values, asked(pictures, count=5).values)
    assert np.abs(few.values.astype(int) - many.values[:5]).max() <= 1  # a larger batch may round otherwise
    assert not np.array_equal(few.values, other.values)
    assert (few.output, few.node, few.outputs, few.seed) == ("output_1", "output_1", ("output_1",), 0)


def test_samples_equal_the_network_written_by_hand(points: str) -> None:
    known = weights(points)
    noise = torch.randn(64, 3, generator=torch.Generator().manual_seed(0))
    hidden = torch.tanh(noise @ known["linear_1.weight"].T + known["linear_1.bias"])
    made = hidden @ known["linear_2.weight"].T + known["linear_2.bias"]
    fitted = Run.open(points).record.data["data_1"].preparation["point"]
    expected = made * torch.tensor(fitted["scale"]) + torch.tensor(fitted["shift"])  # in the unit of the data
    assert np.allclose(asked(points, count=64).values, expected, atol=1e-5)


def test_what_reads_data_is_refused_with_what_can_be_drawn(points: str, tmp_path: Path) -> None:
    run = trained(classifier(epochs=1), tmp_path)[0].run
    answer = asked(run)
    assert (answer.output, answer.outputs, len(answer.values)) == ("", (), 0)
    with pytest.raises(TrainProblem, match=r"it reads “image”.*nothing to draw.*predict"):
        samples_of_run(load_run(run), Sample("output_1", to=str(tmp_path / "x.png")))
    document = points_from_noise(epochs=1)
    with document.edit("Draw"):
        document.add_node("output", title="judged")
        wire(document, Port("main", "linear_4", "output"), "output_2.x")
    both = load_run(trained(document, tmp_path)[0].run)
    assert [each.plan.name for each in generative(both)] == ["points"]
    with pytest.raises(TrainProblem, match="Draw from “points”"):
        chosen(both, "judged")


# -- classes -----------------------------------------------------------------------------------------------------------


def test_classes_share_their_noise_and_can_be_chosen(digits: str) -> None:
    model = load_run(digits)
    what = chosen(model)
    every = draw(model, what, 23)
    assert every.labels == tuple(sorted([*range(10), *range(10), 0, 1, 2]))
    eights = draw(model, what, 2, labels=["8"])
    assert eights.labels == (8, 8)
    place = every.labels.index(8)
    assert np.allclose(every.values[place : place + 2], eights.values, atol=1e-6)
    assert not np.allclose(eights.values, draw(model, what, 2, labels=(7,)).values)
    with pytest.raises(TrainProblem, match="no class “12”"):
        draw(model, what, 2, labels=["12"])
    assert asked(digits, count=10).classes == tuple("0123456789")


def test_no_class_can_be_chosen_where_there_is_none(pictures: str) -> None:
    with pytest.raises(TrainProblem, match="noise alone"):
        asked(pictures, labels=(1,))


def test_random_labels_can_be_chosen_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def coin():  # type: ignore[no-untyped-def]
        """Draw a class."""

        def draw(count, generator, device):  # type: ignore[no-untyped-def]
            return {"label": torch.randint(0, 3, (count,), generator=generator, device=device)}

        return Source({"label": TensorSpec((), "int64", classes=3, names=("red", "green", "blue"))}, draw)

    layer(kind="source", search="test", outputs="label")(coin)
    try:
        document = Document()
        with document.edit("Draw"):
            drawn = document.add_node("coin")
            made = row(document, Port(*drawn, "label"), ("embedding", {"size": 2}))
            document.add_node("output")
            document.add_node("mse_loss")
            noise = document.add_node("noise", params={"size": 2})
            for port, target in ((made, "output_1.x"), (made, "mse_loss_1.prediction"),
                                 (Port(*noise, "noise"), "mse_loss_1.target")):  # fmt: skip
                wire(document, port, target)
            document.set_setting("epochs", 1)
        run = trained(document, tmp_path)[0].run
        found = asked(run, count=4, labels=("blue", 0))
        assert found.labels == (0, 0, 2, 2)
        table = weights(run)["embedding_1.weight"].numpy()
        assert np.allclose(found.values, table[[0, 0, 2, 2]], atol=1e-6)
    finally:
        CATALOGUE.pop("coin")


# -- the time-lapse ----------------------------------------------------------------------------------------------------


def test_a_time_lapse_is_bounded_ordered_and_evenly_spread(tmp_path: Path) -> None:
    lapse = TimeLapse(tmp_path / "samples", most=10)
    lapse.describe({"output_1": Kept("picture", "image", 0)})
    step = 0
    while step <= 500:
        lapse.add("output_1", step, step / 20, np.full((2, 2), step))
        assert len(lapse.moments("output_1")) <= 10
        step += lapse.spacing("output_1")
    there = lapse.moments("output_1")
    steps = [moment.step for moment in there]
    assert steps == sorted(steps)
    assert steps[0] == 0
    assert steps[-1] > 350
    gaps = np.diff(steps)
    assert gaps.max() <= 3 * gaps.min()
    assert all(np.array_equal(moment.read(), np.full((2, 2), moment.step)) for moment in there)  # type: ignore[arg-type]
    assert there[-1].epoch == steps[-1] / 20


def test_damaged_moments_are_none_and_strangers_are_left_out(tmp_path: Path) -> None:
    lapse = TimeLapse(tmp_path)
    assert lapse.outputs() == {}
    assert lapse.moments("output_1") == []
    lapse.describe({"output_1": Kept("picture", "image", 0)})
    lapse.add("output_1", 3, 0.5, np.zeros(3))
    next((tmp_path / "output_1").iterdir()).write_bytes(b"\x93NUMPY")
    (tmp_path / "output_1" / "notes.npy").write_bytes(b"")
    assert [moment.read() for moment in lapse.moments("output_1")] == [None]
    (tmp_path / "samples.json").write_text('{"../../etc": {"name": "x", "kind": "image", "seed": 0}}')
    assert lapse.outputs() == {}
    (tmp_path / "samples.json").write_text("[]")
    assert lapse.outputs() == {}


def test_a_training_keeps_the_same_noise_from_its_start_to_its_end(pictures: str) -> None:
    lapse = TimeLapse(Run.open(pictures).samples)
    there = lapse.moments("output_1")
    assert len(there) >= 3
    assert there[0].step == 0
    assert there[-1].epoch == 2
    assert np.array_equal(there[-1].read(), asked(pictures).values)  # type: ignore[arg-type]
    assert not np.array_equal(there[0].read(), there[-1].read())  # type: ignore[arg-type]
    assert lapse.outputs()["output_1"] == Kept("output_1", "image", 0)


def test_keeping_changes_nothing_that_is_learned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "SHARE", 1e9)
    often = trained(denoiser(), tmp_path, clock=clock(0.5))[0].run
    monkeypatch.setattr(Keeper, "look", lambda self, step: None)
    monkeypatch.setattr(Keeper, "keep", lambda self, step: None)
    never = trained(denoiser(), tmp_path)[0].run
    assert len(TimeLapse(Run.open(often).samples).moments("output_1")) > 10
    assert same(weights(often), weights(never))


def test_moments_leave_the_training_its_time(pictures: str, tmp_path: Path) -> None:
    model, run = load_run(pictures), Run.open(shutil.copytree(pictures, tmp_path / "run"))
    ticks = iter(np.arange(0, 10_000, 0.05))
    keeper = Keeper(model, run, 10, lambda: float(next(ticks)), 0)
    lapse = TimeLapse(run.samples)
    assert [moment.step for moment in lapse.moments("output_1")] == [0]
    for step in range(1, 250):  # a look takes 0.05 s, and so does a drawing, which then rests for 5 s
        keeper.look(step)
    assert [moment.step for moment in lapse.moments("output_1")] == [0, 1, 101, 201]


def test_a_design_without_noise_keeps_nothing(tmp_path: Path) -> None:
    assert not Run.open(trained(classifier(epochs=1), tmp_path)[0].run).samples.exists()


def test_a_resumed_training_goes_on_with_its_moments(tmp_path: Path) -> None:
    run = broken_off(denoiser(), tmp_path, 13, clock=clock(0.05))
    lapse = TimeLapse(Run.open(run).samples)
    lapse.add("output_1", 15, 1.7, np.zeros(2))  # after the last checkpoint
    trained(None, tmp_path, resume=run, clock=clock(0.05))
    steps = [moment.step for moment in lapse.moments("output_1")]
    assert steps[0] == 0
    assert steps[-1] == 14
    assert all((moment.read() is not None and len(moment.read()) == 64) for moment in lapse.moments("output_1"))  # type: ignore[arg-type]


def test_samples_are_drawn_between_two_steps(tmp_path: Path) -> None:
    training = Training(denoiser(), runs_folder=tmp_path)
    with pytest.raises(TrainProblem, match="not begun"):
        training.samples(Sample())
    work = training.run()
    for _ in range(4):
        while next(work) is not None:
            pass
    one, two = training.samples(Sample(count=3)), training.samples(Sample(count=3))
    assert isinstance(one, Samples)
    assert isinstance(two, Samples)
    assert np.array_equal(one.values, two.values)
    assert (one.step, one.epoch) == (4, 4 / 7)
    work.close()


# -- files -------------------------------------------------------------------------------------------------------------


def opened(path: Path) -> Image.Image:
    return Image.open(io.BytesIO(path.read_bytes()))


def test_a_sheet_has_its_pictures_in_rows_and_columns() -> None:
    values = np.zeros((7, 1, 8, 8), np.float32)
    values[5] = 1
    sheet = sheets.sheet(values)
    side = 64 + BORDER  # enlarged eight times
    assert sheet.size == (3 * side + BORDER, 3 * side + BORDER)
    assert sheet.getpixel((2 * side + BORDER, side + BORDER)) == 255  # the sixth stands in the second row, at its end
    assert sheet.getpixel((side + BORDER, side + BORDER)) == 0
    assert sheet.getpixel((0, 0)) == sheets.GROUND


def test_with_labels_a_sheet_has_a_row_for_every_class() -> None:
    values = np.zeros((5, 3, 64, 64), np.uint8)
    values[4, 0] = 200
    sheet = sheets.sheet(values, (4, 4, 4, 9, 9))
    assert sheet.size == (3 * 66 + BORDER, 2 * 66 + BORDER)
    assert sheet.getpixel((66 + BORDER, 66 + BORDER)) == (200, 0, 0)
    assert sheet.getpixel((2 * 66 + BORDER, 66 + BORDER)) == (sheets.GROUND,) * 3


def test_points_are_painted_where_they_are() -> None:
    image = sheets.cloud(np.array([[0.5, 0.75]]), None, np.array([[0.0, 0.0], [1.0, 1.0]]))
    spot = image.getpixel((240, 120))
    assert isinstance(spot, tuple)
    assert np.allclose(spot, sheets.MADE_INK, atol=12)
    assert image.getpixel((240, 360)) == sheets.PAPER
    assert np.allclose(sheets.limits_of(None, np.array([[0.0, 1.0], [2.0, np.nan], [1.0, 3.0]])),
                       [[-0.15, 0.7], [1.15, 3.3]])  # fmt: skip


def test_tokens_are_written_as_words() -> None:
    letters = Drawing(np.array([[1, 0], [2, 7]]), "tokens", words=("a", "b", "c"))
    assert encode(letters, ".txt") == b"ba\nc<7>\n"
    names = dataclasses.replace(letters, words=("one", "two", "three"))
    assert encode(names, ".txt") == b"two one\nthree <7>\n"
    assert encode(dataclasses.replace(letters, words=()), ".txt") == b"1,0\n2,7\n"


def test_a_gif_shows_the_moments_and_a_png_one_of_them(pictures: str, tmp_path: Path) -> None:
    model, there = load_run(pictures), TimeLapse(Run.open(pictures).samples).moments("output_1")
    film, still = tmp_path / "film.gif", tmp_path / "still.png"
    done = samples_of_run(model, Sample(count=9, to=str(film)))
    assert isinstance(done, Exported)
    assert done.note == f"{len(there)} moments of the training."
    assert opened(film).n_frames == len(there)  # type: ignore[attr-defined]
    samples_of_run(model, Sample(count=9, to=str(still), step=there[1].step))
    assert opened(still).size == opened(film).size
    values = there[1].read()
    assert values is not None
    assert np.array_equal(np.asarray(opened(still)), np.asarray(sheets.sheet(values[:9])))


def test_a_few_classes_of_a_film(digits: str, tmp_path: Path) -> None:
    film = tmp_path / "film.gif"
    samples_of_run(load_run(digits), Sample(to=str(film), labels=(1, 3)))
    assert opened(film).size == (7 * 66 + BORDER, 2 * 66 + BORDER)


def test_points_are_drawn_from_the_command_line(tmp_path: Path, capsys: Capture) -> None:
    files.save(points_from_noise(), tmp_path / "design.netloom")
    run = quick_run(tmp_path / "run", str(tmp_path / "design.netloom"))
    for name, count in (("cloud.png", 1), ("film.gif", len(TimeLapse(run / "samples").moments("output_1")))):
        to = tmp_path / name
        assert cli.main(["sample", str(run), "--output", "points", "--count", "200", "--to", str(to)]) == 0
        assert opened(to).size == (sheets.PLOT, sheets.PLOT)
        assert getattr(opened(to), "n_frames", 1) == count
    assert cli.main(["sample", str(run), "--output", "points", "--count", "5", "--to", str(tmp_path / "x.npy")]) == 0
    assert np.load(tmp_path / "x.npy").shape == (5, 2)
    real = TimeLapse(run / "samples").real("output_1")
    assert real is not None
    assert real.shape == (Run.open(run).record.data["data_1"].examples["train"], 2)
    assert np.abs(real).max() < 3
    capsys.readouterr()
    assert cli.main(["sample", str(run), "--output", "points", "--to", str(tmp_path / "x.jpg")]) == 1
    assert "should end in .png, .gif, .txt, .npy" in capsys.readouterr().err


def test_a_label_is_chosen_on_the_command_line(digits: str, tmp_path: Path, capsys: Capture) -> None:
    to = str(tmp_path / "three.npy")
    assert cli.main(["sample", digits, "--output", "digit", "--label", "3", "--count", "6", "--to", to]) == 0
    model = load_run(digits)
    assert np.allclose(np.load(to), draw(model, chosen(model), 6, labels=[3]).values)
    assert cli.main(["sample", digits, "--output", "digit", "--label", "x", "--to", to]) == 1
    assert "no class “x”" in capsys.readouterr().err


def test_the_answer_may_travel() -> None:
    assert m.Sample in m.Command.__args__  # type: ignore[attr-defined]
    assert m.Samples in m.Event.__args__  # type: ignore[attr-defined]
