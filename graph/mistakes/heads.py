"""Mistakes where a network meets its loss."""

from __future__ import annotations

from collections.abc import Iterator

from graph.advice import Reading, mistake
from graph.catalogue import CATALOGUE
from graph.document import Change, NodeKey, Port
from graph.problems import Fix, Problem
from graph.specs import INTEGERS

SQUASHING = ("sigmoid", "hard_sigmoid")
CUTTING = ("relu", "relu6", "sigmoid", "hard_sigmoid", "tanh", "hard_tanh", "softplus", "softsign")
RAW = ("linear", "bilinear", "conv1d", "conv2d", "conv3d", "conv_transpose2d")
DROPOUTS = ("dropout", "dropout2d", "dropout3d", "alpha_dropout", "gaussian_dropout")
DISTANCES = ("mse_loss", "half_squared_error", "l1_loss", "huber_loss")


@mistake
def softmax_before_cross_entropy(reading: Reading) -> Iterator[Problem]:
    for key, _ in reading.nodes("cross_entropy"):
        port = reading.arriving(key, "prediction")
        if port and reading.type(port) == "softmax":
            yield reading.finding(key, "A softmax comes before it, and cross entropy does one itself: twice makes "
                                  "every class nearly as likely, and learning slow. Wire what comes before the "
                                  "softmax.", reading.taken_out(port.owner, key), "prediction")  # fmt: skip


@mistake
def activation_on_logits(reading: Reading) -> Iterator[Problem]:
    """A cut or squashed prediction cannot say that a class is very likely."""
    for key, _ in reading.nodes("cross_entropy"):
        port = reading.arriving(key, "prediction")
        if port and reading.type(port) in CUTTING:
            title = CATALOGUE[reading.type(port)].title
            yield reading.finding(key, f"A {title} comes before it, which keeps the numbers from being freely large or "
                                  "small. Cross entropy wants the plain numbers of the last layer.",
                                  reading.taken_out(port.owner, key), "prediction")  # fmt: skip


@mistake
def sigmoid_before_logits(reading: Reading) -> Iterator[Problem]:
    for key, _ in reading.nodes("binary_cross_entropy_with_logits"):
        port = reading.arriving(key, "prediction")
        if port and reading.type(port) in (*SQUASHING, "softmax"):
            title = CATALOGUE[reading.type(port)].title
            yield reading.finding(key, f"A {title} comes before it, and this loss does a sigmoid itself: twice leaves "
                                  "only probabilities from 0.5 to 0.73. Take the loss that reads probabilities.",
                                  reading.retyped(key, "binary_cross_entropy"), "prediction")  # fmt: skip


@mistake
def logits_as_probabilities(reading: Reading) -> Iterator[Problem]:
    for key, _ in reading.nodes("binary_cross_entropy"):
        port = reading.arriving(key, "prediction")
        if port and reading.type(port) in RAW:
            yield reading.finding(key, "It wants probabilities from 0 to 1, and a layer without a sigmoid gives any "
                                  "number. Take the loss with logits, which does the sigmoid itself.",
                                  reading.retyped(key, "binary_cross_entropy_with_logits"), "prediction")  # fmt: skip


@mistake
def no_log_probabilities(reading: Reading) -> Iterator[Problem]:
    for key, _ in reading.nodes("nll_loss"):
        port = reading.arriving(key, "prediction")
        if port is None:
            continue
        if reading.type(port) == "softmax":
            yield reading.finding(key, "It wants logarithms of probabilities, and the softmax before it gives the "
                                  "probabilities themselves: make that a log-softmax.",
                                  reading.retyped(port.owner, "log_softmax"), "prediction")  # fmt: skip
        elif reading.type(port) in RAW:
            yield reading.finding(key, "It wants logarithms of probabilities, and a plain layer gives any number. "
                                  "Cross entropy takes those as they are.", reading.retyped(key, "cross_entropy"),
                                  "prediction")  # fmt: skip


@mistake
def distance_between_classes(reading: Reading) -> Iterator[Problem]:
    """A squared distance learns classes slowly once a sigmoid is sure of the wrong one."""
    for key, _ in reading.nodes(*DISTANCES):
        port, target = reading.arriving(key, "prediction"), reading.arriving(key, "target")
        if port is None or target is None or reading.type(port) not in SQUASHING:
            continue
        spec = reading.specs.get(target)
        if reading.type(target) == "one_hot" or (spec and spec.meaning == "classes"):
            yield reading.finding(key, "A sigmoid judged by a distance hardly learns where it is sure and wrong, for "
                                  "there its slope is nearly 0. For classes take binary cross entropy.",
                                  reading.retyped(key, "binary_cross_entropy"), "prediction")  # fmt: skip


@mistake
def units_are_not_classes(reading: Reading) -> Iterator[Problem]:
    for key, _ in reading.nodes("cross_entropy", "nll_loss"):
        port = reading.arriving(key, "prediction", ("identity", "log_softmax", "softmax", "dropout"))
        target = reading.inputs.get(key, {}).get("target")
        spec, given = reading.specs.get(target) if target else None, reading.specs.get(port) if port else None
        if port is None or given is None or spec is None or spec.dtype not in INTEGERS or spec.shape:
            continue
        if reading.type(port) == "linear" and len(given.shape) == 1 and given.size > spec.classes > 1:
            yield reading.finding(port.owner, f"It gives {given.size} numbers for {spec.classes} classes: "
                                  f"{given.size - spec.classes} of them stand for nothing.",
                                  reading.set(port.owner, "units", spec.classes))  # fmt: skip


@mistake
def dropout_before_loss(reading: Reading) -> Iterator[Problem]:
    for key, _ in reading.kind("loss"):
        port = reading.arriving(key, "prediction")
        if port and reading.type(port) in DROPOUTS:
            yield reading.finding(port.owner, "It forgets parts of the answer itself just before the loss, which only "
                                  "adds noise: put it before the last layer, or take it out.",
                                  reading.taken_out(port.owner, key))  # fmt: skip


@mistake
def prediction_and_target_swapped(reading: Reading) -> Iterator[Problem]:
    for key, _ in reading.kind("loss"):
        wired = reading.inputs.get(key, {})
        if not {"prediction", "target"} <= wired.keys():
            continue
        if _learns(reading, wired["prediction"]) or not _learns(reading, wired["target"]):
            continue
        yield reading.finding(key, "What learns is wired to “target”, and the data to “prediction”: a loss reads the "
                              "network's answer as prediction.", _swap(reading, key), "prediction")  # fmt: skip


def _learns(reading: Reading, port: Port) -> bool:
    """Whether a value depends on weights; what a kept network or a recurrence holds may always learn."""
    nodes = reading.flat.document.nodes
    for key in reading.upstream(port):
        node_type = CATALOGUE.get(nodes[key].type)
        if key in reading.flat.cells or node_type is None or node_type.weights:
            return True
    return False


def _swap(reading: Reading, key: NodeKey) -> Fix | None:
    document, at = reading.document, reading.flat.origin(key)
    ports = Port(*at, "prediction"), Port(*at, "target")
    wires = [document.wires.get(port) for port in ports]
    if None in wires:
        return None
    return Fix("Swap the two wires", (Change("wires", ports[0], wires[0], wires[1]),
                                      Change("wires", ports[1], wires[1], wires[0])))  # fmt: skip
