"""Exports of designs with networks inside, and of one of these networks by itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
from placed import drawn, network, residual_chain
from safetensors.torch import load_file

from backend import data
from backend.export import FORMATS, ExportProblem, export
from backend.export._subject import subject_of
from graph import files
from graph.compiler import compile_root, make_slice
from graph.document import Document, NodeKey, Port
from graph.inference import analyse
from graph.specs import TensorSpec
from main import main

SERIES = {"series": TensorSpec((4, 3))}


@pytest.fixture(autouse=True)
def series(monkeypatch: pytest.MonkeyPatch) -> None:
    """A data source of short sequences."""
    known = data.fields
    monkeypatch.setattr(data, "fields", lambda source: SERIES if source == "steps" else known(source))


def looped(**params: Any) -> Document:
    """A network that adds what it was before to what it reads."""
    document = network(
        Document(), "memory",
        {"x": "input", "l": ("linear", {"units": 2}), "k": ("linear", {"units": 2}), "d": "delay", "s": "add",
         "states": "output"},
        {"l.x": "x.output", "k.x": "d.output", "s.xs.0": "l.output", "s.xs.1": "k.output", "d.x": "s.output",
         "states.x": "s.output"},
    )  # fmt: skip
    nodes: Mapping[str, Any] = {"data_1": ("data", {"source": "steps"}), "m": ("@memory", params), "result": "output"}
    return drawn(document, nodes, {"m.x": "data_1.series", "result.x": "m.states"})


def nested() -> Document:
    """A block in a network that is placed in the main one, with its number of filters set from outside."""
    document = residual_chain()
    network(document, "stage", {"x": "input", "block": ("@residual_block", {"filters": 3}), "y": "output"},
            {"block.x": "x.output", "y.x": "block.y"}, {"filters": ["block.filters"]})  # fmt: skip
    return drawn(document, {"narrow": ("conv2d", {"filters": 4}), "stage_1": ("@stage", {"filters": 4}),
                            "more": "output"},
                 {"narrow.x": "data_1.image", "stage_1.x": "narrow.features", "more.x": "stage_1.y"})  # fmt: skip


# -- a network by itself -----------------------------------------------------------------------------------------------


def test_a_network_by_itself_computes_what_it_does_inside():
    document = residual_chain()
    subject, whole = subject_of(document, network="b2"), subject_of(document)
    inside = make_slice(document, whole.root, [Port("main", "b1", "y"), Port("main", "b2", "y")]).eval()
    given, expected = inside(torch.rand(3, 1, 8, 8))
    assert torch.equal(subject.module(given), expected)
    assert subject.input_names == ["inputs_x"]
    assert [(str(spec), plan.name) for spec, plan in zip(subject.input_specs, subject.outputs)] == [("6×8×8", "y")]


@pytest.mark.parametrize("format", FORMATS)
def test_a_network_by_itself_agrees_in_every_format(format: str, tmp_path: Path) -> None:
    done = export(residual_chain(), format, tmp_path / f"block{FORMATS[format].suffix}", network="b2")
    assert "agrees" in done.note


def test_its_weights_have_the_names_that_they_have_in_the_design(tmp_path: Path) -> None:
    export(residual_chain(), "safetensors", tmp_path / "block.safetensors", network="b2")
    weights = load_file(tmp_path / "block.safetensors")
    whole = subject_of(residual_chain()).root.state_dict()
    assert set(weights) == {name for name in whole if name.startswith("b2.")}
    for name, value in weights.items():
        assert torch.equal(value, whole[name])


def test_a_linked_network_has_the_weights_of_the_one_it_is_linked_to():
    subject = subject_of(residual_chain({"b2": "b1"}), network="b2")
    assert set(subject.root.state_dict()) == {f"b1.{part}" for part in
                                              ("c1.weight", "c1.bias", "c2.weight", "c2.bias")}  # fmt: skip


def test_a_network_in_a_network_is_told_by_its_path():
    subject, whole = subject_of(nested(), network="stage_1.block"), subject_of(nested())
    assert str(subject.input_specs[0]) == "4×8×8"
    assert torch.equal(subject.root.state_dict()["block.c1.weight"], whole.root.state_dict()["stage_1.block.c1.weight"])


def test_a_network_is_told_by_its_name_where_it_is_placed_once():
    assert subject_of(nested(), network="stage").output_names == ["y"]
    assert subject_of(looped(), network="Memory").output_names == ["states"]
    assert subject_of(residual_chain({"b2": "b1"}), network="residual_block").output_names == ["y"]


def test_what_cannot_be_meant_is_refused():
    with pytest.raises(ExportProblem, match="choose one of “b1”, “b2”"):
        subject_of(residual_chain(), network="Residual block")
    with pytest.raises(ExportProblem, match="did you mean “residual_block”"):
        subject_of(residual_chain(), network="residual_blok")
    with pytest.raises(ExportProblem, match="places none"):
        subject_of(drawn(Document(), {"data_1": "data", "result": "output"}, {"result.x": "data_1.image"}), network="x")


def test_the_main_network_is_the_design():
    assert subject_of(residual_chain(), network="main").output_names == ["result"]


def test_the_command_line_exports_a_network(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    design, target = tmp_path / "design.netloom", tmp_path / "block.py"
    design.write_bytes(files.dumps(residual_chain()))
    arguments = ["export", str(design), "--format", "python", "--network", "b2", "--to", str(target), "--json"]
    assert main(arguments) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert Path(told["files"][0]) == target
    assert "class ResidualBlock(nn.Module):" in target.read_text("utf-8")


# -- loops -------------------------------------------------------------------------------------------------------------


def test_a_loop_is_written_out_for_the_length_of_the_data(tmp_path: Path) -> None:
    document = looped()
    done = export(document, "onnx", tmp_path / "model.onnx")
    assert "Sequences have to be as long as those of the data." in done.note
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    module = subject_of(document).module
    for batch in (1, 5):
        values = np.random.default_rng(batch).random((batch, 4, 3), dtype=np.float32)
        with torch.inference_mode():
            expected = module(torch.from_numpy(values)).numpy()
        assert session.run(None, {"data_1_series": values})[0] == pytest.approx(expected, abs=1e-5)


def test_source_of_a_loop_takes_any_length(tmp_path: Path) -> None:
    assert "longer sequences" in export(looped(), "python", tmp_path / "model.py").note


def test_states_that_are_carried_are_said_to_be_lost_where_they_are(tmp_path: Path) -> None:
    assert "not carried on" in export(looped(carry=True), "pt2", tmp_path / "model.pt2").note
    assert "carried" not in export(looped(carry=True), "python", tmp_path / "model.py").note
    assert "carried" not in export(looped(), "python", tmp_path / "model.py").note


def test_all_formats_give_the_same_initial_weights():
    document = looped()
    analysis = analyse(document, data.fields)
    torch.manual_seed(0)
    root = compile_root(document, analysis)
    assert NodeKey("main", "m") in root.names
    for name, value in subject_of(document).root.state_dict().items():
        assert torch.equal(value, root.state_dict()[name])


# -- chance ------------------------------------------------------------------------------------------------------------


def test_what_is_drawn_on_the_way_agrees_where_torch_draws_it(tmp_path: Path) -> None:
    document = drawn(
        Document(),
        {"data_1": ("data", {"source": "steps"}), "flat": "flatten", "a": ("linear", {"units": 2}),
         "b": ("linear", {"units": 2}), "code": ("reparameterise", {"sample": "always"}), "result": "output"},
        {"flat.x": "data_1.series", "a.x": "flat.output", "b.x": "flat.output", "code.mean": "a.output",
         "code.log_variance": "b.output", "result.x": "code.output"},
    )  # fmt: skip
    assert "agrees" in export(document, "python", tmp_path / "model.py").note
    with pytest.raises(ExportProblem, match="draws random numbers"):
        export(document, "onnx", tmp_path / "model.onnx")
    assert not (tmp_path / "model.onnx").exists()


def test_two_parts_of_one_data_set_are_exported_together(tmp_path: Path) -> None:
    document = Document()
    network(
        document, "main",
        {"few": ("data", {"classes": "0-4"}), "rest": ("data", {"classes": "5-9"}), "one": "flatten",
         "other": "flatten", "a": "output", "b": "output"},
        {"one.x": "few.image", "other.x": "rest.image", "a.x": "one.output", "b.x": "other.output"},
    )  # fmt: skip
    assert "agrees" in export(document, "pt2", tmp_path / "both.pt2").note
