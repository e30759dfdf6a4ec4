"""Samples in files: the bounded time-lapse of a run, sheets of pictures, films, clouds of points."""

from __future__ import annotations

import dataclasses
import io
import pickle
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn import classifier, denoiser
from noisy import by_class, points_from_noise
from PIL import Image
from runs import quick_run
from training import broken_off, clock, same, trained, weights

from backend import cli, sheets
from backend import messages as m
from backend.generating import chosen, draw
from backend.loading import load_run
from backend.messages import Exported
from backend.moments import Kept, TimeLapse
from backend.problems import TrainProblem
from backend.questions.samples import Sample, Samples, WriteSamples
from backend.runs import Run
from backend.samples import Keeper, write
from backend.sheets import BORDER, Drawing, encode
from backend.train import Training
from backend.views import Subject, answer
from graph import files

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> str:
    return trained(denoiser(), tmp_path_factory.mktemp("pictures"), clock=clock(0.01))[0].run


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> str:
    return trained(by_class(), tmp_path_factory.mktemp("digits"))[0].run


def asked(run: str, **question: Any) -> Samples:
    found = answer(Subject(load_run(run), Run.open(run)), Sample(**question))
    assert isinstance(found, Samples)
    return found


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
    monkeypatch.setattr(Keeper, "SHARE", 1e9)
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
        training.subject(Sample())
    work = training.run()
    for _ in range(4):
        while next(work) is not None:
            pass
    subject = training.subject(Sample(count=3))
    one, two = answer(subject, Sample(count=3)), answer(subject, Sample(count=3))
    assert isinstance(one, Samples)
    assert isinstance(two, Samples)
    assert np.array_equal(one.values, two.values)
    assert (subject.step, subject.epoch) == (4, 4 / 7)
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
    done = write(model, Run.open(pictures), WriteSamples(count=9, to=str(film)))
    assert isinstance(done, Exported)
    assert done.note == f"{len(there)} moments of the training."
    assert opened(film).n_frames == len(there)  # type: ignore[attr-defined]
    write(model, Run.open(pictures), WriteSamples(count=9, to=str(still), step=there[1].step))
    assert opened(still).size == opened(film).size
    values = there[1].read()
    assert values is not None
    assert np.array_equal(np.asarray(opened(still)), np.asarray(sheets.sheet(values[:9])))


def test_an_animated_png_holds_every_moment_as_it_was(pictures: str, tmp_path: Path) -> None:
    film, there = tmp_path / "film.apng", TimeLapse(Run.open(pictures).samples).moments("output_1")
    write(load_run(pictures), Run.open(pictures), WriteSamples(count=9, to=str(film)))
    image: Any = opened(film)
    assert (image.format, image.n_frames) == ("PNG", len(there))
    for number, moment in enumerate(there):
        image.seek(number)
        values = moment.read()
        assert values is not None
        assert np.array_equal(np.asarray(image.convert("L")), np.asarray(sheets.sheet(values[:9])))


def test_a_few_classes_of_a_film(digits: str, tmp_path: Path) -> None:
    film = tmp_path / "film.gif"
    write(load_run(digits), Run.open(digits), WriteSamples(to=str(film), labels=(1, 3)))
    assert opened(film).size == (6 * 66 + BORDER, 2 * 66 + BORDER)


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
    assert "should end in .png, .gif, .apng, .txt, .npy" in capsys.readouterr().err


def test_a_label_is_chosen_on_the_command_line(digits: str, tmp_path: Path, capsys: Capture) -> None:
    to = str(tmp_path / "three.npy")
    assert cli.main(["sample", digits, "--output", "digit", "--label", "3", "--count", "6", "--to", to]) == 0
    model = load_run(digits)
    assert np.allclose(np.load(to), draw(model, chosen(model), 6, labels=[3]).values)
    assert cli.main(["sample", digits, "--output", "digit", "--label", "x", "--to", to]) == 1
    assert "no class “x”" in capsys.readouterr().err


def test_the_answer_may_travel() -> None:
    assert issubclass(Sample, m.Question)
    assert m.Question in m.Command.__args__  # type: ignore[attr-defined]
    assert m.Answered in m.Event.__args__  # type: ignore[attr-defined]
    kept = pickle.loads(pickle.dumps(m.Answered(Sample(labels=(3,)), Samples("run", "p", "n", "value", np.ones(2)))))
    assert kept.question == Sample(labels=(3,))
    assert np.array_equal(kept.result.values, np.ones(2))
