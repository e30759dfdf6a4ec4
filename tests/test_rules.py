"""What is wrong with a drawing: every problem is found and explained, and its mend mends it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from drawings import NODES, WIRES, classifier, drawing, port, without

from graph.catalogue import CATALOGUE, Parameter
from graph.document import MAIN, Document, NodeKey, Value
from graph.inference import analyse
from graph.problems import Problem
from graph.rules import missing_inputs, static_problems
from graph.settings import SETTINGS, Settings, setting_problem, settings_of
from graph.specs import Limits, TensorSpec


def test_a_whole_design_has_no_problem() -> None:
    assert static_problems(classifier()) == []


# -- what is wrong? ---------------------------------------------------------------------------------------------------


def with_more(nodes: Mapping[str, str], wires: Mapping[str, str], **params: Mapping[str, Value]) -> Document:
    return drawing({**NODES, **nodes}, {**WIRES, **wires}, **params)


def forced(target: str, source: str, base: Callable[[], Document] = classifier) -> Document:
    document = base()
    with document.edit("Wire"):
        document.connect(port(source), port(target))
    return document


FAULTY: dict[str, tuple[Document, str, str, list[str], str]] = {
    "unknown type": (
        with_more({"c": "conv2"}, {}),
        "error",
        "c",
        ["“conv2” is no node type", "“conv2d”"],
        "Make it a conv2d",
    ),
    "plug-in": (with_more({"c": "zyx"}, {}), "error", "c", ["“zyx”", "plug-in"], ""),
    "unknown parameter": (
        classifier(conv={"filter": 3}),
        "error",
        "conv",
        ["no parameter “filter”", "filters, kernel"],
        "Rename it to “filters”",
    ),
    "foreign parameter": (
        classifier(flat={"zyx": 3}),
        "error",
        "flat",
        ["no parameter “zyx”", "it has none"],
        "Remove “zyx”",
    ),
    "a text for a number": (
        classifier(conv={"kernel": "three"}),
        "error",
        "conv",
        ["Kernel", "whole number", "“three”"],
        "Use 3",
    ),
    "a fraction": (classifier(conv={"filters": 2.5}), "error", "conv", ["Filters", "whole number", "“2.5”"], "Use 32"),
    "too small": (classifier(conv={"filters": 0}), "error", "conv", ["between 1 and 65,536", "got 0"], "Use 1"),
    "too large": (classifier(conv={"kernel": 5000}), "error", "conv", ["1,024 px", "got 5,000"], "Use 1024"),
    "not a choice": (
        classifier(conv={"padding": "full"}),
        "error",
        "conv",
        ["one of", "“same”", "“full”"],
        "Use “same”",
    ),
    "a list": (classifier(conv={"bias": [1]}), "error", "conv", ["true or false"], "Use true"),
    "a wire missing": (
        without(classifier(), "flat.x"),
        "error",
        "flat",
        ["Nothing is wired to “x”", "any tensor"],
        "Wire “conv” to it",
    ),
    "a target missing": (without(classifier(), "loss.target"), "error", "loss", ["Nothing is wired to “target”"], ""),
    "an objective without loss": (
        without(classifier(), "train.losses.0"),
        "error",
        "train",
        ["“losses”", "a loss"],
        "Wire “loss” to it",
    ),
    "a circle": (
        forced("conv.x", "flat.output"),
        "error",
        "flat",
        ["circle", "Values flow one way"],
        "Remove the wire",
    ),
    "a loss in a layer": (forced("soft.x", "loss.loss"), "error", "soft", ["whole batch"], "Remove the wire"),
    "a layer in an objective": (
        forced("train.losses.1", "dense.output"),
        "error",
        "train",
        ["takes losses"],
        "Remove the wire",
    ),
    "a wire to no port": (forced("flat.y", "conv.features"), "error", "flat", ["no input “y”"], "Remove the wire"),
    "a wire from no port": (
        forced("flat.x", "conv.output"),
        "error",
        "flat",
        ["no output “output”"],
        "Remove the wire",
    ),
    "two of a name": (with_more({"out_2": "output"}, {"out_2.x": "soft.output"}), "error", "", [], ""),
    "a dead branch": (
        with_more({"end": "relu"}, {"end.x": "dense.output"}),
        "warning",
        "end",
        ["Nothing uses"],
        "Delete it",
    ),
    "a stray node": (with_more({"lost": "conv2d"}, {}), "warning", "lost", ["takes no part"], "Delete it"),
    "a stray data set": (with_more({"lost": "data"}, {}), "warning", "lost", ["Nothing uses"], "Delete it"),
    "a loss left out": (
        with_more({"more": "mse_loss"}, {"more.prediction": "dense.output", "more.target": "data.label"}),
        "warning",
        "more",
        ["no objective"],
        "Wire it to “train”",
    ),
    "empty": (Document(), "warning", "", ["canvas is empty"], ""),
    "no loss": (
        drawing({"data": "data", "flat": "flatten"}, {"flat.x": "data.image"}),
        "warning",
        "",
        ["no loss"],
        "Add a cross entropy",
    ),
    "no data": (drawing({"loss": "mse_loss"}, {}), "error", "", ["no data"], "Add a data node"),
}


def mended(document: Document, problem: Problem) -> list[Problem]:
    """What is left after one click on the fix."""
    assert problem.fix is not None
    with document.edit(problem.fix.label):
        document.apply(problem.fix.changes)
    return static_problems(document)


@pytest.mark.parametrize("name", [name for name in FAULTY if name != "two of a name"])
def test_a_problem_is_found_explained_and_mended(name: str) -> None:
    document, severity, node, words, fix = FAULTY[name]
    found = [p for p in static_problems(document) if p.severity == severity and p.node == node
             and all(word in p.message for word in words)]  # fmt: skip
    assert len(found) == 1, [problem.message for problem in static_problems(document)]
    problem = found[0]
    assert problem.message[0].isupper() or problem.message[0] == "“"
    assert problem.message.endswith((".", "?"))
    assert (problem.fix.label if problem.fix else "").startswith(fix)
    assert bool(problem.fix) == bool(fix)
    if fix:
        before = document.snapshot()
        left = mended(document, problem)
        assert problem.message not in [other.message for other in left]
        document.undo()
        assert document.snapshot() == before


def test_errors_come_first() -> None:
    severities = [p.severity for p in static_problems(with_more({"lost": "relu", "bad": "zyx"}, {}))]
    assert severities == ["error", "warning"]


def test_two_outputs_of_one_name() -> None:
    document = with_more({"out_2": "output"}, {"out_2.x": "soft.output"})
    assert static_problems(document) == [], "their ids tell them apart"
    with document.edit("Name"):
        for id in ("out", "out_2"):
            document.change_node(NodeKey(MAIN, id), title="digit")
    (problem,) = static_problems(document)
    assert problem.severity == "error"
    assert "“digit”" in problem.message
    assert mended(document, problem) == []


def test_a_loss_is_added_where_it_belongs() -> None:
    nodes = {id: kind for id, kind in NODES.items() if kind not in ("cross_entropy", "objective")}
    wires = {to: source for to, source in WIRES.items() if to.partition(".")[0] in nodes} | {"out.target": "data.label"}
    document = drawing(nodes, wires)
    (problem,) = static_problems(document)
    assert mended(document, problem) == []
    loss = NodeKey(MAIN, "cross_entropy_1")
    assert document.inputs_of(loss) == {"prediction": port("dense.output"), "target": port("data.label")}, (
        "cross entropy takes what comes before the softmax"
    )


def test_every_circle_is_reported() -> None:
    document = drawing({f"n{i}": "add" for i in range(6)}, {})
    with document.edit("Wire"):
        for first, second in (("n0", "n1"), ("n2", "n3"), ("n4", "n5")):
            document.connect(port(f"{first}.output"), port(f"{second}.xs.0"))
            document.connect(port(f"{second}.output"), port(f"{first}.xs.0"))
    circles = [p for p in static_problems(document) if "circle" in p.message]
    assert len(circles) == 3
    for problem in circles:
        mended(document, problem)
    assert not [p for p in static_problems(document) if "circle" in p.message]


def test_dead_ends_are_no_matter_while_drawing() -> None:
    document = drawing({"data": "data", "conv": "conv2d"}, {"conv.x": "data.image"})
    assert [p.node for p in static_problems(document)] == [""]


def test_a_wire_to_a_node_that_is_gone() -> None:
    document = classifier()
    with document.edit("Break"):
        document.put("nodes", NodeKey(MAIN, "conv"), None)
    problems = [p for p in static_problems(document) if "no node “conv”" in p.message]
    assert len(problems) == 2
    for problem in problems:
        mended(document, problem)
    assert not [p for p in static_problems(document) if "no node" in p.message]


def test_missing_inputs() -> None:
    assert [i.name for i in missing_inputs(CATALOGUE["cross_entropy"], ["prediction"])] == ["target"]
    assert [i.name for i in missing_inputs(CATALOGUE["objective"], [])] == ["losses"]
    assert missing_inputs(CATALOGUE["objective"], ["losses.3"]) == []
    assert missing_inputs(CATALOGUE["output"], ["x"]) == [], "a target is optional"


def test_stray_nodes_and_foreign_fields_are_no_trouble_for_inference() -> None:
    def fields(source: str) -> dict[str, TensorSpec]:
        return {"picture": TensorSpec((1, 8, 8)), "label": TensorSpec((), "int64", classes=10)}

    document = with_more({"lost": "conv2d", "acc": "accuracy"}, {}, dense={"units": 10})
    analysis = analyse(document, fields)
    (problem,) = analysis.errors
    assert problem.message == "“data” has no field “image”; its data has “picture”, “label”."
    assert (problem.node, problem.port) == ("conv", "x")
    mended(document, problem)
    analysis = analyse(document, fields)
    assert analysis.errors == []
    assert {problem.node for problem in analysis.problems} == {"lost", "acc"}
    assert {key.node for key in analysis.nodes} == set(NODES)


# -- settings and limits ----------------------------------------------------------------------------------------------


def test_settings_are_complete_and_typed() -> None:
    document = classifier()
    assert settings_of(document) == Settings(10, 64, 0, "auto", "fp32")
    with document.edit("Set"):
        document.set_setting("epochs", 3)
        document.set_setting("device", "cuda:1")
    assert settings_of(document) == Settings(3, 64, 0, "cuda:1", "fp32")
    assert [setting.name for setting in SETTINGS] == list(Settings.__dataclass_fields__)
    assert all(setting.help and setting.problem(setting.default) is None for setting in SETTINGS)


@pytest.mark.parametrize(
    ("name", "value", "words", "fix"),
    [
        ("epochs", 0, "Epochs lies between 1 and 1,000,000; got 0", "Use 10"),
        ("epochs", 2.5, "a whole number", "Use 10"),
        ("batch_size", True, "Batch size is a whole number", "Use 64"),
        ("seed", -1, "Seed lies between", "Use 0"),
        ("device", "gpu", "auto, cpu, cuda", "Use “auto”"),
        ("device", 3, "a text", "Use “auto”"),
        ("precision", "fp16", "“bf16”; got “fp16”", "Use “fp32”"),
        ("learnig", 1, "no setting “learnig”; there are epochs", "Remove “learnig”"),
    ],
)
def test_bad_settings(name: str, value: Value, words: str, fix: str) -> None:
    document = classifier()
    with document.edit("Set"):
        document.put("settings", name, value)
    with pytest.raises(ValueError, match=words.replace("(", r"\(")):
        settings_of(document)
    (problem,) = static_problems(document)
    assert words in problem.message
    assert problem.severity == "error"
    assert problem.fix is not None
    assert problem.fix.label == fix
    assert mended(document, problem) == []
    assert setting_problem(name, value) is not None


@pytest.mark.parametrize(
    ("limits", "value", "words"),
    [
        (Limits(0.0, 1.0), 0.5, None),
        (Limits(0.0, 1.0), 1, None),
        (Limits(0.0, 1.0), float("nan"), "rate lies between 0 and 1; got nan."),
        (Limits(), float("inf"), "rate is a finite number; got inf."),
        (Limits(low=0.0), -1.0, "rate is at least 0; got -1."),
        (Limits(high=2.0, unit="s"), 3.0, "rate is at most 2 s; got 3."),
        (Limits(), 10**400, "rate is a finite number; got inf."),
        (Limits(), True, "rate is a number; got “True”."),
        (Limits(), "x", "rate is a number; got “x”."),
    ],
)
def test_limits_of_a_parameter(limits: Limits, value: Value, words: str | None) -> None:
    assert Parameter("rate", float, 0.1, "help", limits).problem(value) == words
