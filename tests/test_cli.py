"""The command line: what each command prints, writes and returns."""

from __future__ import annotations

import builtins
import json
import os
import re
import signal
import subprocess
import sys
import threading
from argparse import Namespace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_digits

import main as door
from backend import cli, terminal
from backend.commands import NAMES
from backend.loading import load_run
from backend.overrides import override
from backend.runs import Run
from graph import files
from graph.document import NodeKey
from graph.templates import find_design
from gui import libraries
from tests.runs import chain, generator, quick_run

ROOT = Path(__file__).parent.parent
Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return quick_run(tmp_path_factory.mktemp("runs") / "cnn", "digits-cnn", "--epochs", "6")


def answer(capsys: Capture) -> Any:
    """The JSON object on the last line of what was printed."""
    return json.loads(capsys.readouterr().out.splitlines()[-1])


# -- templates and check ----------------------------------------------------------------------------------------------


def test_templates_are_listed(capsys: Capture) -> None:
    assert cli.main(["templates"]) == 0
    assert "digits-cnn" in capsys.readouterr().out
    assert cli.main(["templates", "--json"]) == 0
    found = {each["name"]: each for each in answer(capsys)["templates"]}
    assert found["xor"]["family"] == "Dense networks"
    assert found["xor"]["shows"].endswith((".", "?"))


@pytest.fixture
def drawn(tmp_path: Path) -> str:
    files.save(chain([("conv2d", {"filters": 14, "kernel": 5}), ("flatten", {})]), tmp_path / "drawn.netloom")
    return str(tmp_path / "drawn.netloom")


def test_check_tells_shapes_and_parameters(drawn: str, capsys: Capture) -> None:
    assert cli.main(["check", drawn]) == 0
    assert re.search(r"conv2d_1 +conv2d +14×8×8 +364\n", capsys.readouterr().out)


def test_check_answers_in_the_promised_form(drawn: str, capsys: Capture) -> None:
    assert cli.main(["check", drawn, "--json"]) == 0
    found = answer(capsys)
    assert set(found) == {"problems", "parameters", "totals", "nodes"}
    assert found["parameters"] == 364
    assert [node["id"] for node in found["nodes"]] == ["data_1", "conv2d_1", "flatten_1", "output_1"]
    conv = {"network": "main", "id": "conv2d_1", "type": "conv2d", "shape": [14, 8, 8], "parameters": 364}
    assert found["nodes"][1] == conv
    assert found["totals"] is None  # nothing is trained


def test_check_tells_problems_and_mends(tmp_path: Path, capsys: Capture) -> None:
    document = find_design("digits-cnn")
    with document.edit("Break"):
        document.remove_node(NodeKey("main", "flatten_1"))
    files.save(document, tmp_path / "broken.netloom")
    assert cli.main(["check", str(tmp_path / "broken.netloom"), "--json"]) == 1
    (problem, *_) = answer(capsys)["problems"]
    assert set(problem) == {"severity", "network", "node", "port", "message", "fix"}
    assert (problem["severity"], problem["node"], problem["port"]) == ("error", "linear_1", "x")


# -- train ------------------------------------------------------------------------------------------------------------


def test_train_answers_in_the_promised_form(tmp_path: Path, capsys: Capture) -> None:
    options = ["--epochs", "2", "--seed", "1", "--out", str(tmp_path / "run"), "--json"]
    assert cli.main(["train", "xor", *options]) == 0
    found = answer(capsys)
    assert set(found) == {"run", "parameters", "seconds", "samples_per_second", "metrics"}
    assert found["run"] == str(tmp_path / "run")
    assert set(found["metrics"]) == {"train", "validation", "test"}
    assert set(found["metrics"]["test"]) == {"loss", "accuracy"}
    assert Run.open(found["run"]).document().settings["seed"] == 1


def test_the_same_seed_gives_the_same_numbers(tmp_path: Path, capsys: Capture) -> None:
    found = []
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        assert cli.main(["train", "xor", "--epochs", "3", "--seed", seed, "--out", str(tmp_path / name), "--json"]) == 0
        found.append(answer(capsys)["metrics"])
    assert found[0] == found[1] != found[2]


def test_train_shows_progress_on_stderr_alone(tmp_path: Path, capsys: Capture) -> None:
    assert cli.main(["train", "xor", "--epochs", "40", "--out", str(tmp_path / "a"), "--json"]) == 0
    told = capsys.readouterr()
    assert len(told.out.splitlines()) == 1
    assert "epoch 40/40" in told.err
    assert len(told.err.splitlines()) <= 25


def test_train_can_be_quiet(tmp_path: Path, capsys: Capture) -> None:
    assert cli.main(["train", "xor", "--epochs", "2", "--out", str(tmp_path / "a"), "--quiet"]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    assert str(tmp_path / "a") in told.out


def test_train_says_how_to_export(tmp_path: Path, capsys: Capture) -> None:
    assert cli.main(["train", "xor", "--epochs", "2", "--out", str(tmp_path / "a")]) == 0
    assert f"export {tmp_path / 'a'} --format onnx --to xor.onnx" in capsys.readouterr().err


def test_the_command_line_changes_the_design(tmp_path: Path) -> None:
    options = ["--data", "xnor", "--set", "linear_1.units=7", "--set", "linear_1.bias=no", "--batch-size", "2"]
    document = Run.open(quick_run(tmp_path / "run", "xor", *options)).document()
    assert document.nodes[NodeKey("main", "linear_1")].params == {"units": 7, "bias": False}
    assert document.nodes[NodeKey("main", "data_1")].params["source"] == "xnor"
    assert (document.settings["batch_size"], document.settings["epochs"]) == (2, 1)


def test_paths_of_data_stay_right_wherever_the_run_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.csv").write_text("1,2\n")
    monkeypatch.chdir(tmp_path)
    document = find_design("xor")
    override(document, data=["data_1=mine.csv"])
    assert document.nodes[NodeKey("main", "data_1")].params["source"] == str(tmp_path / "mine.csv")


def test_overrides_are_one_step_of_undo() -> None:
    document = find_design("xor")
    before = document.snapshot()
    override(document, ["xnor"], ["linear_1.units=7"], {"epochs": "3"})
    document.undo()
    assert document.snapshot() == before


def test_a_run_that_goes_on_ends_as_one_that_never_stopped(tmp_path: Path, capsys: Capture) -> None:
    straight = quick_run(tmp_path / "straight", "xor", "--epochs", "9")
    stopped = quick_run(tmp_path / "stopped", "xor", "--epochs", "6")
    assert cli.main(["train", "xor", "--resume", str(stopped), "--epochs", "9", "--json"]) == 0
    assert answer(capsys)["run"] == str(stopped)
    weights = [load_run(run).root.state_dict() for run in (straight, stopped)]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to a process of its own")
def test_ctrl_c_saves_the_run_and_says_how_to_go_on(tmp_path: Path) -> None:
    command = [sys.executable, "main.py", "train", "xor", "--epochs", "1000000", "--out", str(tmp_path / "run")]
    training = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert training.stderr
    watchdog = threading.Timer(120, training.kill)
    watchdog.start()
    first = training.stderr.readline()
    training.send_signal(signal.SIGINT)
    _, rest = training.communicate()
    watchdog.cancel()
    assert "1000000 epochs" in first
    assert training.returncode == 130
    assert f"train --resume {tmp_path / 'run'}" in rest
    assert "Traceback" not in rest
    assert Run.open(tmp_path / "run").record.status == "stopped"
    assert load_run(tmp_path / "run").run


# -- with a run -------------------------------------------------------------------------------------------------------


def test_a_run_is_measured(run: Path, capsys: Capture) -> None:
    assert cli.main(["test", str(run), "--json"]) == 0
    found = answer(capsys)
    assert found["metrics"]["test"] == pytest.approx(Run.open(run).record.metrics["test"])
    assert cli.main(["test", str(run)]) == 0
    assert re.search(r"accuracy +\d", capsys.readouterr().out)


@pytest.fixture
def digits(tmp_path: Path) -> dict[str, Path]:
    """Zeros, as a picture, an array and a table."""
    images = load_digits().images[load_digits().target == 0][:2]
    paths = {kind: tmp_path / f"zeros.{kind}" for kind in ("png", "npy", "csv")}
    Image.fromarray((images[0] / 16 * 255).astype(np.uint8)).save(paths["png"])
    np.save(paths["npy"], images)
    np.savetxt(paths["csv"], images.reshape(2, 64), "%g", ",")
    return paths


@pytest.mark.parametrize(("kind", "rows"), [("png", 1), ("npy", 2), ("csv", 2)])
def test_files_are_predicted_with_the_preparation_of_the_run(
    kind: str, rows: int, run: Path, digits: dict[str, Path], capsys: Capture
) -> None:
    assert cli.main(["predict", str(run), "--input", str(digits[kind]), "--json"]) == 0
    found = answer(capsys)["predictions"]
    assert [each["row"] for each in found] == list(range(1, rows + 1))
    assert {each["class"] for each in found} == {"0"}
    assert sum(found[0]["probabilities"].values()) == pytest.approx(1, abs=1e-5)


def test_predictions_are_printed_with_their_probabilities(run: Path, digits: dict[str, Path], capsys: Capture) -> None:
    assert cli.main(["predict", str(run), "--input", str(digits["png"]), str(digits["npy"])]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert re.match(rf"{re.escape(str(digits['npy']))}, 2 +0 +\d+\.\d%", lines[2])


def test_numbers_are_predicted_too(tmp_path: Path, capsys: Capture) -> None:
    run = quick_run(tmp_path / "run", "xor", "--epochs", "600")
    (tmp_path / "rows.csv").write_text("0,1\n1,1\n")
    capsys.readouterr()
    assert cli.main(["predict", str(run), "--input", str(tmp_path / "rows.csv"), "--json"]) == 0
    values = [each["values"][0] for each in answer(capsys)["predictions"]]
    assert values == pytest.approx([1, 0], abs=0.1)


def test_export_prints_what_it_wrote(run: Path, tmp_path: Path, capsys: Capture) -> None:
    assert cli.main(["export", str(run), "--format", "safetensors", "--to", str(tmp_path / "w")]) == 0
    told = capsys.readouterr()
    assert told.out.strip() == str(tmp_path / "w.safetensors")
    assert "agrees with the network" in told.err
    assert cli.main(["export", "xor", "--format", "safetensors", "--to", str(tmp_path / "x"), "--json"]) == 0
    assert answer(capsys)["files"] == [str(tmp_path / "x.safetensors")]


@pytest.fixture(scope="module")
def noisy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that makes pictures of noise."""
    folder = tmp_path_factory.mktemp("noisy")
    files.save(generator(), folder / "generator.netloom")
    return quick_run(folder / "run", str(folder / "generator.netloom"), "--set", "data_1.examples=200")


def test_samples_are_written_as_pictures(noisy: Path, tmp_path: Path) -> None:
    moments = len(list((noisy / "samples" / "output_1").glob("*-*.npy")))
    for name, frames, *options in (("sheet.png", 1), ("film.gif", moments), ("others.gif", 5, "--seed", "99")):
        to = str(tmp_path / str(name))
        assert cli.main(["sample", str(noisy), "--output", "picture", "--count", "5", "--to", to, *options]) == 0
        with Image.open(to) as picture:
            assert getattr(picture, "n_frames", 1) == frames
            assert min(picture.size) >= 64


def test_samples_are_written_as_numbers(noisy: Path, tmp_path: Path) -> None:
    def drawn(name: str, *options: str) -> Path:
        assert cli.main(["sample", str(noisy), "--output", "output_1", "--to", str(tmp_path / name), *options]) == 0
        return tmp_path / name

    values = np.load(drawn("a.npy", "--count", "600"))
    assert values.shape == (600, 1, 8, 8)
    assert values.std(axis=0).max() > 0
    assert np.array_equal(np.load(drawn("b.npy", "--seed", "3")), np.load(drawn("c.npy", "--seed", "3")))
    assert not np.array_equal(np.load(drawn("b.npy", "--seed", "3")), np.load(drawn("c.npy", "--seed", "4")))
    assert np.loadtxt(drawn("d.txt", "--count", "2"), delimiter=",").shape == (2, 64)


# -- the door ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", NAMES)
def test_every_command_explains_itself(command: str, capsys: Capture) -> None:
    assert cli.main([command, "--help"]) == 0
    told = capsys.readouterr().out
    assert "examples:" in told
    assert f"{command} " in told


def test_help_names_every_command(capsys: Capture) -> None:
    assert cli.main(["--help"]) == 0
    told = capsys.readouterr().out
    assert all(name in told for name in NAMES)
    assert "130 interrupted" in told


def test_examples_in_the_help_are_understood() -> None:
    import importlib
    import shlex

    for name in NAMES:
        for example in importlib.import_module(f"backend.commands.{name}").EXAMPLES:
            assert cli.parse(shlex.split(example)).command == name


def test_arguments_reach_the_studio() -> None:
    opened: list[Namespace] = []

    def studio(arguments: Namespace) -> int:
        opened.append(arguments)
        return 7

    assert cli.main([], studio=studio) == cli.main(["--template", "xor"], studio=studio) == 7
    assert [each.template for each in opened] == [None, "xor"]


def test_without_a_display_the_quick_start_trains(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(libraries, "has_display", lambda: False)
    whole = cli.main

    def train(argv: list[str], **doors: Any) -> int:
        if argv:
            asked.append(argv)
            return 0
        return whole(argv, **doors)

    monkeypatch.setattr(cli, "main", train)
    assert door.main([]) == 0
    assert asked == [["train", "digits-cnn"]]
    assert "no display" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, False),
        ({"DISPLAY": ":0"}, True),
        ({"WAYLAND_DISPLAY": "w"}, True),
        ({"QT_QPA_PLATFORM": "offscreen"}, True),
    ],
)
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="others always have a display")
def test_a_display_is_looked_for(environment: dict[str, str], expected: bool) -> None:
    assert libraries.has_display(environment) is expected


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux leaves them to its packages")
def test_missing_libraries_are_named_with_what_installs_them(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setattr(libraries, "_loads", lambda name: name not in ("libGL.so.1", "libxcb-cursor.so.0"))
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
    assert door.main([]) == 3
    told = capsys.readouterr().err
    assert "libGL.so.1" in told
    assert "apt-get install --no-install-recommends libgl1 libxcb-cursor0" in told
    assert len(told.splitlines()) == 1


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux leaves them to its packages")
def test_a_library_that_only_qt_misses_is_named_too(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    whole = builtins.__import__

    def refuse(name: str, *rest: Any) -> Any:
        if name == "gui" and "app" in (rest[2] or ()):
            raise ImportError("libX11.so.6: cannot open shared object file: No such file or directory")
        return whole(name, *rest)

    monkeypatch.setattr(builtins, "__import__", refuse)
    assert door.main(["--template", "xor"]) == 3
    told = capsys.readouterr().err
    assert "libX11.so.6" in told
    assert "libgl1 libegl1" in told


def test_a_closed_pipe_is_no_error() -> None:
    script = f"{sys.executable} main.py templates --json | true"
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {script}"], cwd=ROOT, capture_output=True, text=True)
    assert "Traceback" not in done.stderr


def test_tables_line_up() -> None:
    assert terminal.columns([("a", "bb"), ("ccc", "1")], right=[1]) == "a    bb\nccc   1"


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.26, "0.3 s"), (41.6, "42 s"), (200, "3 min 20 s"), (7500, "2 h 5 min")]
)
def test_durations_are_words(seconds: float, words: str) -> None:
    assert terminal.duration(seconds) == words
