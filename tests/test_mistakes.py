"""Well-known mistakes: each is found, explained and mended, and no template has one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from drawings import NODES, WIRES, classifier, drawing, port, without

from backend.data import fields
from graph.advice import MENDS, MISTAKES
from graph.catalogue import CATALOGUE
from graph.document import Document, Value
from graph.inference import analyse
from graph.problems import Problem

Params = Mapping[str, Mapping[str, Value]]
UNITS: Params = {"dense": {"units": 10}}


def judged(loss: str, before: str = "", target: str = "data.label", **params: Mapping[str, Value]) -> Document:
    """Data, a layer of ten units, perhaps one more node, and a loss."""
    nodes = {"data": "data", "flat": "flatten", "dense": "linear", "loss": loss, **({"last": before} if before else {})}
    wires = {"flat.x": "data.image", "dense.x": "flat.output", "loss.target": target}
    wires |= {"last.x": "dense.output"} if before else {}
    wires["loss.prediction"] = "last.output" if before else "dense.output"
    return drawing(nodes, wires, **{**UNITS, **params})


def chain(*types: str, **params: Mapping[str, Value]) -> Document:
    """Data, some nodes one after the other named a, b, c and so on, then ten units and a loss."""
    names = "abcdefg"[: len(types)]
    nodes = {"data": "data", **dict(zip(names, types)), "flat": "flatten", "dense": "linear", "loss": "cross_entropy"}
    wires, last = (
        {"loss.target": "data.label", "loss.prediction": "dense.output", "dense.x": "flat.output"},
        "data.image",
    )
    for name, type_name in zip(names, types):
        wires[f"{name}.x"], last = last, f"{name}.{CATALOGUE[type_name].outputs[0]}"
    return drawing(nodes, {**wires, "flat.x": last}, **{**UNITS, **params})


def with_objective(settings: Mapping[str, Value] = {}, **objective: Value) -> Document:
    document = classifier(train=objective, dense={"units": 10})
    with document.edit("Set"):
        for name, value in settings.items():
            document.set_setting(name, value)
    return document


def swapped() -> Document:
    document = judged("mse_loss", target="data.image", dense={"units": 64})
    with document.edit("Swap"):
        document.disconnect(port("loss.target"))
        document.disconnect(port("loss.prediction"))
        document.connect(port("flat.output"), port("loss.prediction"))
        document.connect(port("dense.output"), port("loss.target"))
    return document


def one_hot() -> Document:
    document = judged("mse_loss", "sigmoid")
    with document.edit("Spread"):
        document.add_node("one_hot", id="hot")
        document.connect(port("data.label"), port("hot.x"))
        document.connect(port("hot.output"), port("loss.target"))
    return document


def of_one() -> Document:
    document = chain("conv2d", "batch_norm", "relu")
    with document.edit("Set"):
        document.set_setting("batch_size", 1)
    return document


def two(**params: Mapping[str, Value]) -> Document:
    return chain("flatten", "linear", "linear", "relu", **params)


MADE: dict[str, tuple[Callable[[], Document], str, str, str]] = {
    "softmax_before_cross_entropy": (lambda: judged("cross_entropy", "softmax"), "loss", "A softmax", "Take the"),
    "activation_on_logits": (lambda: judged("cross_entropy", "relu"), "loss", "A ReLU", "Take the"),
    "sigmoid_before_logits": (
        lambda: judged("binary_cross_entropy_with_logits", "sigmoid", "flat.output", dense={"units": 64}),
        "loss", "does a sigmoid itself", "Make it a binary",
    ),
    "logits_as_probabilities": (
        lambda: judged("binary_cross_entropy", "", "flat.output", dense={"units": 64}),
        "loss", "probabilities", "Make it a binary",
    ),
    "no_log_probabilities": (lambda: judged("nll_loss", "softmax"), "loss", "log-softmax", "Make it a log softmax"),
    "distance_between_classes": (
        one_hot, "loss", "hardly learns", "Make it a binary",
    ),
    "units_are_not_classes": (
        lambda: judged("cross_entropy", dense={"units": 12}), "dense", "12 numbers", "Set units to 10",
    ),
    "dropout_before_loss": (lambda: judged("cross_entropy", "dropout"), "last", "forgets parts", "Take the"),
    "prediction_and_target_swapped": (swapped, "loss", "wired to “target”", "Swap"),
    "linear_after_linear": (two, "c", "no activation", "Insert ReLU"),
    "convolution_after_convolution": (lambda: chain("conv2d", "conv2d", "relu"), "b", "no activation", "Insert ReLU"),
    "activation_twice": (lambda: chain("conv2d", "relu", "relu"), "c", "one is enough", "Take the"),
    "window_larger_than_picture": (
        lambda: chain("conv2d", "relu", a={"kernel": 17, "padding": "same"}), "a", "window of 17", "Set kernel",
    ),
    "forgets_nearly_all": (lambda: chain("dropout", "conv2d", a={"probability": 0.95}), "a", "95%", "Set probability"),
    "batch_norm_of_one": (of_one, "b", "only one", "Set the batch size to 64"),
    "absurd_learning_rate": (
        lambda: with_objective(learning_rate=10.0), "train", "usual for adam", "Set learning rate",
    ),
    "curvature_of_small_batches": (
        lambda: with_objective(optimizer="lbfgs"), "train", "batch size 0", "Set the batch size to 0",
    ),
    "nothing_kept_aside": (
        lambda: judged("cross_entropy", data={"validation": 0.0, "test": 0.0}), "data", "kept aside", "Set validation",
    ),
    "unscaled_pictures": (lambda: judged("cross_entropy", data={"scaling": "none"}), "data", "unscaled", "Set scaling"),
}  # fmt: skip


def problems_of(document: Document) -> list[Problem]:
    return list(analyse(document, fields).problems)


def apply(document: Document, problem: Problem) -> None:
    assert problem.fix is not None
    with document.edit(problem.fix.label):
        document.apply(problem.fix.changes)


@pytest.mark.parametrize("name", MADE)
def test_it_is_found_where_it_is_and_its_mend_mends_it(name: str) -> None:
    make, node, words, label = MADE[name]
    document = make()
    found = [each for each in problems_of(document) if words in each.message and each.node == node]
    assert len(found) == 1, problems_of(document)
    assert found[0].severity == "warning"
    assert found[0].fix is not None
    assert found[0].fix.label.startswith(label)
    apply(document, found[0])
    after = problems_of(document)
    assert not [each for each in after if words in each.message], after
    assert not [each for each in after if each.severity == "error"], after
    document.undo()
    assert [each.message for each in problems_of(document)].count(found[0].message) == 1


def test_answers_without_examples_are_noticed() -> None:
    document = drawing({"data": "data", "loss": "mse_loss", "noise": "noise"},
                       {"loss.prediction": "noise.noise", "loss.target": "data.label"})  # fmt: skip
    found = [each for each in problems_of(document) if "Only its answers" in each.message]
    assert [each.node for each in found] == ["data"]
    assert "“image”" in found[0].message


def test_every_mistake_is_tested() -> None:
    assert {find.__name__ for find in MISTAKES} == {*MADE, "only_answers_used"}
    assert {find.__name__ for find in MENDS} == {
        "wire_missing_target", "classes_for_target", "cross_entropy_for_class_numbers", "units_for_classes",
    }  # fmt: skip


@pytest.mark.parametrize(
    "document",
    [
        chain("flatten", "linear", "linear", "relu", b={"units": 4}),  # a bottleneck is no mistake
        chain("conv2d", "conv2d", "relu", a={"groups": 1, "kernel": 1}),  # half of a separable convolution
        classifier(dense={"units": 10}),  # a softmax for the output alone
        judged("cross_entropy", "log_softmax"),
    ],
)
def test_what_is_meant_is_no_mistake(document: Document) -> None:
    assert [each for each in problems_of(document) if each.severity == "warning" and "activation" in each.message] == []
    assert [each for each in problems_of(document) if "softmax" in each.message] == []


def test_a_softmax_that_an_output_needs_stays() -> None:
    document = drawing(NODES, {**WIRES, "loss.prediction": "soft.output"}, dense={"units": 10})
    (problem,) = [each for each in problems_of(document) if "A softmax" in each.message]
    apply(document, problem)
    assert document.wires[port("loss.prediction")] == document.wires[port("soft.x")]
    assert port("out.x") in document.wires
    assert problems_of(document) == []


def test_a_missing_target_is_the_field_of_classes() -> None:
    document = without(judged("cross_entropy"), "loss.target")
    (problem,) = problems_of(document)
    assert problem.fix is not None
    assert problem.fix.label == "Wire “label” of “data” to it"
    apply(document, problem)
    assert problems_of(document) == []


def test_a_target_of_the_wrong_kind_is_replaced_by_the_classes() -> None:
    document = judged("cross_entropy", target="data.image")
    (problem,) = [each for each in problems_of(document) if each.severity == "error"]
    apply(document, problem)
    assert document.wires[port("loss.target")].port == "label"
    assert problems_of(document) == []


def test_class_numbers_are_judged_as_classes() -> None:
    document = judged("mse_loss", dense={"units": 1})
    (problem,) = problems_of(document)
    assert problem.severity == "error"
    assert problem.fix is not None
    apply(document, problem)
    assert document.nodes[port("loss.x").owner].type == "cross_entropy"


def test_too_few_units_become_as_many_as_there_are_classes() -> None:
    document = judged("cross_entropy", dense={"units": 3})
    (problem,) = problems_of(document)
    assert problem.severity == "error"
    assert problem.fix is not None
    assert problem.fix.label == "Set units to 10"
    apply(document, problem)
    assert problems_of(document) == []
