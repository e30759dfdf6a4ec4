"""Inference: specs, parameter counts, sentences and fixes, remembered by what went in."""

from __future__ import annotations

import pickle

import pytest

from graph import building, inference
from graph.analysis import Analysis
from graph.document import Document, NodeKey, Port
from graph.layers import CATALOGUE
from graph.problems import DataError
from graph.specs import TensorSpec

DIGITS = {"image": TensorSpec((1, 8, 8)), "label": TensorSpec((), "int64", classes=10)}


def fields(source: str) -> dict[str, TensorSpec]:
    if source != "digits":
        raise DataError(f"There is no data set “{source}”.")
    return DIGITS


def chain(*steps: tuple[str, dict]) -> Document:
    """A data node with layers wired one after the other from its image."""
    document = Document()
    with document.edit("Draw"):
        document.add_node("data", id="data_1")
        last = Port("main", "data_1", "image")
        for column, (type_name, params) in enumerate(steps):
            key = document.add_node(type_name, x=240.0 * (column + 1), params=params)
            node_type = CATALOGUE[type_name]
            document.connect(last, Port(*key, node_type.inputs[0].name))
            last = Port(*key, node_type.outputs[0])
    return document


def analyse(document: Document) -> Analysis:
    return inference.analyse(document, fields)


def test_specs_and_counts_follow_the_wires():
    document = chain(
        ("conv2d", {"filters": 14, "kernel": 5}), ("max_pool2d", {}), ("flatten", {}), ("linear", {"units": 10})
    )
    analysis = analyse(document)
    shapes = {key.node: next(iter(report.outputs.values())).shape for key, report in analysis.nodes.items()}
    assert shapes["conv2d_1"] == (14, 8, 8)
    assert shapes["max_pool2d_1"] == (14, 4, 4)
    assert shapes["linear_1"] == (10,)
    assert analysis.nodes[NodeKey("main", "conv2d_1")].parameters == 14 * 25 + 14
    assert analysis.parameters == 14 * 25 + 14 + (14 * 16 * 10 + 10)


def test_a_missing_flatten_is_one_click_away():
    document = chain(("conv2d", {}), ("linear", {"units": 10}))
    (problem,) = analyse(document).errors
    assert (problem.node, problem.port) == ("linear_1", "x")
    assert "vector" in problem.message
    assert "32×8×8" in problem.message
    assert problem.fix is not None
    with document.edit(problem.fix.label):
        document.apply(problem.fix.changes)
    assert not analyse(document).errors
    assert document.inputs_of(NodeKey("main", "linear_1"))["x"].node == "flatten_1"
    positions = [node.x for node in document.nodes.values()]
    assert len(set(positions)) == len(positions)
    document.undo()
    assert analyse(document).errors


def test_torch_is_never_quoted():
    (problem,) = analyse(chain(("conv2d", {"kernel": 9, "padding": "valid"}))).errors
    assert problem.node == "conv2d_1"
    assert "larger than the picture" in problem.message
    assert "RuntimeError" not in problem.message


def test_what_lies_behind_a_fault_is_left_out_but_the_rest_is_known():
    document = chain(("linear", {}), ("relu", {}))
    analysis = analyse(document)
    assert {key.node for key in analysis.nodes} == {"data_1"}
    assert len(analysis.errors) == 1


def test_a_missing_data_set_is_a_problem_on_its_node():
    document = chain(("flatten", {}))
    with document.edit("Choose"):
        document.set_param(NodeKey("main", "data_1"), "source", "nonsense")
    (problem,) = analyse(document).errors
    assert (problem.node, problem.message) == ("data_1", "There is no data set “nonsense”.")


def test_the_same_layer_is_run_once(monkeypatch: pytest.MonkeyPatch):
    document = chain(*[("conv2d", {"filters": 21})] * 20)
    runs = []
    real = building._run
    monkeypatch.setattr(building, "_run", lambda *given: (runs.append(given), real(*given))[1])
    assert len(analyse(document).nodes) == 21
    assert len(runs) <= 2
    runs.clear()
    analyse(document)
    assert not runs


def test_an_analysis_travels_without_loss():
    analysis = analyse(chain(("conv2d", {}), ("linear", {})))
    assert pickle.loads(pickle.dumps(analysis)) == analysis


def test_order_is_that_of_the_drawing_not_of_the_strokes():
    document = Document()
    with document.edit("Draw backwards"):
        document.add_node("relu", id="z_10")
        document.add_node("relu", id="z_2")
        document.add_node("data", id="data_1")
        document.connect(Port("main", "data_1", "image"), Port("main", "z_10", "x"))
        document.connect(Port("main", "data_1", "image"), Port("main", "z_2", "x"))
    assert [key.node for key in inference.ordered(document)] == ["data_1", "z_2", "z_10"]
