"""Every export, loaded by itself, computes what the network computes; one that does not leaves no trace."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

import backend.export
from backend import data
from backend.export import FORMATS, ExportProblem, Format, Way, export
from backend.export._checking import PROGRAM
from backend.export._subject import Subject, subject_of
from graph.document import Document, Port
from graph.specs import TensorSpec
from tests.runs import chain, quick_run

Function = Callable[[np.ndarray], np.ndarray]
SEQUENCE = {"series": TensorSpec((12, 3)), "target": TensorSpec((2,))}
SMALL = [("flatten", {}), ("linear", {"units": 10})]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return quick_run(tmp_path_factory.mktemp("runs") / "cnn", "digits-cnn", "--set", "data_1.examples=300")


@pytest.fixture
def sequences(monkeypatch: pytest.MonkeyPatch) -> None:
    """A data source of sequences, 12 steps of 3 numbers."""
    known = data.fields
    monkeypatch.setattr(data, "fields", lambda source: SEQUENCE if source == "steps" else known(source))


def imported(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location("exported", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def by_onnx(path: Path) -> Function:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (name,) = [port.name for port in session.get_inputs()]
    return lambda values: np.asarray(session.run(None, {name: values})[0])


def by_torch(module: Any) -> Function:
    def compute(values: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return np.asarray(module(torch.from_numpy(values)).numpy())

    return compute


def by_weights(path: Path) -> Function:
    """The weights in the class that the Python export wrote."""
    export(path.parent.parent / "cnn", "python", path.parent / "source.py")
    return by_torch(imported(path.parent / "source.py").load_model(path))


LOADERS: dict[str, Callable[[Path], Function]] = {
    "onnx": by_onnx,
    "pt2": lambda path: by_torch(torch.export.load(path).module()),
    "python": lambda path: by_torch(imported(path).load_model()),
    "safetensors": by_weights,
}


def test_there_are_the_formats_that_are_promised() -> None:
    assert set(FORMATS) == set(LOADERS)


@pytest.mark.parametrize("format", LOADERS)
def test_an_export_computes_what_the_run_computes(format: str, run: Path) -> None:
    folder = run.parent / format
    done = export(run, format, folder / f"model{FORMATS[format].suffix}")
    assert all(Path(file).is_file() for file in done.files)
    assert sorted(map(str, folder.iterdir())) == sorted(done.files)
    function, network = LOADERS[format](Path(done.files[0])), by_torch(subject_of(run).module)
    for batch in (1, 2, 7):
        values = np.random.default_rng(batch).random((batch, 1, 8, 8), dtype=np.float32)
        assert function(values) == pytest.approx(network(values), abs=1e-4 if format == "onnx" else 1e-5)


def test_exported_python_trains_by_itself(run: Path, tmp_path: Path) -> None:
    done = export(run, "python", tmp_path / "digits")
    text = Path(done.files[0]).read_text("utf-8").replace("epochs=1,", "epochs=3,")
    Path(done.files[0]).write_text(text, "utf-8")
    command = [sys.executable, "-I", done.files[0]]
    trained = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    losses = [float(loss) for loss in re.findall(r"loss (\d+\.\d+)", trained.stdout)]
    assert len(losses) == 3
    assert losses[-1] < 0.7 * losses[0]


def test_exported_python_reads_as_a_person_writes_it(run: Path, tmp_path: Path) -> None:
    path = Path(export(run, "python", tmp_path / "digits.py").files[0])
    assert path == tmp_path / "digits.py"
    assert (tmp_path / "digits.safetensors").is_file()
    text = path.read_text("utf-8")
    assert "load_digits()" in text
    assert "Random numbers" not in text
    assert not re.search(r"netloom\b|graph\.|backend\.", text.replace("drawn in Netloom", ""))
    checked = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", "--line-length=120", "--select=E,F,I,W", str(path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout


def test_a_file_says_what_is_in_it(run: Path, tmp_path: Path) -> None:
    export(run, "safetensors", tmp_path / "weights")
    with safe_open(tmp_path / "weights.safetensors", "np") as file:
        told = file.metadata()
    assert json.loads(told["inputs"])["data_1_image"]["preparation"] == "(values - 0.0) / 16.0"
    assert json.loads(told["outputs"])["output_1"]["classes"] == list("0123456789")
    assert json.loads(told["trained"]) is True


def test_an_untrained_design_says_so(tmp_path: Path) -> None:
    done = export(chain(SMALL), "safetensors", tmp_path / "weights.safetensors")
    assert "not trained" in done.note
    assert set(load_file(tmp_path / "weights.safetensors")) == {"linear_1.weight", "linear_1.bias"}


# -- sequences --------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("sequences")
@pytest.mark.parametrize("cell", ["lstm", "rnn"])
def test_onnx_reads_sequences_of_any_length(cell: str, tmp_path: Path) -> None:
    document = recurrent(cell)
    done = export(document, "onnx", tmp_path / "model.onnx")
    assert "longer sequences" in done.note
    function, network = by_onnx(tmp_path / "model.onnx"), by_torch(subject_of(document).module)
    for batch, steps in ((1, 12), (3, 5), (2, 31)):
        values = np.random.default_rng(steps).random((batch, steps, 3), dtype=np.float32)
        assert function(values) == pytest.approx(network(values), abs=1e-4)


@pytest.mark.usefixtures("sequences")
def test_what_can_have_one_length_only_says_so(tmp_path: Path) -> None:
    done = export(recurrent("rnn"), "pt2", tmp_path / "model.pt2")
    assert "as long as those of the data" in done.note


def recurrent(cell: str) -> Document:
    document = Document()
    with document.edit("Draw"):
        source = document.add_node("data", params={"source": "steps"})
        reader = document.add_node(cell, params={"hidden_size": 5})
        output = document.add_node("output")
        document.connect(Port(*source, "series"), Port(*reader, "x"))
        document.connect(Port(*reader, "last"), Port(*output, "x"))
    return document


# -- what goes wrong --------------------------------------------------------------------------------------------------


@pytest.fixture
def wrong(monkeypatch: pytest.MonkeyPatch) -> str:
    """A format whose weights come out a little off."""

    def write(subject: Subject, path: Path) -> None:
        with torch.no_grad():
            for parameter in subject.module.parameters():
                parameter.add_(1e-3)
        FORMATS["safetensors"].ways[0].write(subject, path)
        with torch.no_grad():
            for parameter in subject.module.parameters():
                parameter.sub_(1e-3)

    monkeypatch.setitem(FORMATS, "wrong", Format("wrong", ".x", "", (Way(write),), FORMATS["safetensors"].loader))
    return "wrong"


def test_what_does_not_agree_leaves_no_trace(wrong: str, tmp_path: Path) -> None:
    with pytest.raises(ExportProblem, match="outputs differ"):
        export(chain(SMALL), wrong, tmp_path / "new" / "folder" / "model.x")
    assert not list(tmp_path.iterdir())


def test_what_does_not_agree_replaces_nothing(wrong: str, tmp_path: Path) -> None:
    (tmp_path / "model.x").write_text("what was there")
    with pytest.raises(ExportProblem, match="thrown away"):
        export(chain(SMALL), wrong, tmp_path / "model.x")
    assert [path.name for path in tmp_path.iterdir()] == ["model.x"]
    assert (tmp_path / "model.x").read_text() == "what was there"


def test_the_next_way_is_tried(wrong: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    right = FORMATS["safetensors"].ways[0]
    ways = (*FORMATS[wrong].ways, right._replace(note="In another way."))
    monkeypatch.setitem(FORMATS, "wrong", FORMATS[wrong]._replace(ways=ways))
    assert export(chain(SMALL), wrong, tmp_path / "model.x").note.startswith("Run by itself")
    assert "In another way." in export(chain(SMALL), wrong, tmp_path / "model.x").note


def test_the_check_cannot_import_netloom(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.format(loader="import graph.document", seed=0), "utf-8")
    done = subprocess.run([sys.executable, "-I", program, "", ""], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "the export needs graph" in done.stderr


def test_an_export_replaces_the_one_before(tmp_path: Path) -> None:
    for units in (10, 4):
        export(chain([("flatten", {}), ("linear", {"units": units})]), "safetensors", tmp_path / "model.safetensors")
    assert load_file(tmp_path / "model.safetensors")["linear_1.bias"].shape == (4,)
    assert [path.name for path in tmp_path.iterdir()] == ["model.safetensors"]


def test_two_formats_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two export formats"):
        backend.export.register(FORMATS["onnx"])


# -- which outputs ----------------------------------------------------------------------------------------------------


def two_outputs() -> Document:
    document = chain(SMALL)
    with document.edit("Draw"):
        squash, code = document.add_node("sigmoid"), document.add_node("output", title="squashed")
        document.connect(Port("main", "linear_1", "output"), Port(*squash, "x"))
        document.connect(Port(*squash, "output"), Port(*code, "x"))
    return document


@pytest.mark.parametrize(
    ("chosen", "names"),
    [("", ["output_1", "output_2"]), ("squashed", ["output_2"]), ("output_1", ["output_1"])],
)
def test_outputs_are_chosen_by_name_or_id(chosen: str, names: list[str]) -> None:
    assert subject_of(two_outputs(), chosen).output_names == names


def test_onnx_gives_every_output_under_its_id(tmp_path: Path) -> None:
    export(two_outputs(), "onnx", tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    assert [port.name for port in session.get_outputs()] == ["output_1", "output_2"]


def test_several_outputs_agree_in_every_format(tmp_path: Path) -> None:
    for format in ("python", "pt2", "safetensors"):
        assert "agrees" in export(two_outputs(), format, tmp_path / f"model{FORMATS[format].suffix}").note
