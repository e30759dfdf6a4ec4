"""Mends for losses that lack a target, or have one of the wrong kind."""

from __future__ import annotations

from graph.advice import Reading, mend
from graph.catalogue import CATALOGUE
from graph.document import Change, NodeKey, Port, Wire
from graph.problems import Fix, Problem
from graph.specs import INTEGERS, TensorSpec
from graph.wiring import may_connect
from graph.wording import Worded

OF_CLASSES = ("cross_entropy", "nll_loss")
OF_VALUES = ("mse_loss", "half_squared_error", "l1_loss", "huber_loss", "binary_cross_entropy",
             "binary_cross_entropy_with_logits")  # fmt: skip


@mend
def wire_missing_target(reading: Reading, problem: Problem) -> Fix | None:
    """Wire the one field of the data that can be the target."""
    key, node = problem.owner, reading.document.nodes.get(problem.owner)
    if node is None or problem.port != "target" or Port(*key, "target") in reading.document.wires:
        return None
    fitting = _fitting(reading, key, node.type)
    return _rewired(reading, key, fitting[0]) if len(fitting) == 1 else None


@mend
def classes_for_target(reading: Reading, problem: Problem) -> Fix | None:
    """Where a loss of classes gets real numbers, wire the classes of the data, or take a loss of real numbers."""
    key, node = problem.owner, reading.flat.document.nodes.get(problem.owner)
    target = _spec(reading, key, "target")
    if node is None or node.type not in OF_CLASSES or target is None or target.dtype in INTEGERS:
        return None
    fitting = _fitting(reading, key, node.type)
    return _rewired(reading, key, fitting[0]) if len(fitting) == 1 else reading.retyped(key, "mse_loss")


@mend
def cross_entropy_for_class_numbers(reading: Reading, problem: Problem) -> Fix | None:
    """The numbers of classes are names, not amounts: no distance is to be taken between them."""
    key, node = problem.owner, reading.flat.document.nodes.get(problem.owner)
    target = _spec(reading, key, "target")
    if node is None or node.type not in OF_VALUES or target is None or target.classes <= 2:
        return None
    return reading.retyped(key, "cross_entropy")


@mend
def units_for_classes(reading: Reading, problem: Problem) -> Fix | None:
    """Let the last layer give as many numbers as there are classes."""
    key, node = problem.owner, reading.flat.document.nodes.get(problem.owner)
    prediction, target = _spec(reading, key, "prediction"), _spec(reading, key, "target")
    if node is None or node.type not in OF_CLASSES or prediction is None or target is None:
        return None
    port = reading.arriving(key, "prediction", ("identity", "log_softmax", "softmax", "dropout"))
    if port is None or reading.type(port) != "linear" or prediction.features >= target.classes:
        return None
    return reading.set(port.owner, "units", target.classes)


def _spec(reading: Reading, key: NodeKey, name: str) -> TensorSpec | None:
    port = reading.inputs.get(key, {}).get(name)
    return reading.specs.get(port) if port else None


def _fitting(reading: Reading, key: NodeKey, type_name: str) -> list[Port]:
    """The fields of data in the network of a loss that can be its target."""
    used = set(reading.users)
    found = []
    for port, spec in reading.specs.items():
        node = reading.document.nodes.get(port.owner)
        if node is None or port.network != key.network or node.type not in CATALOGUE:
            continue
        dynamic = CATALOGUE[node.type].kind == "source" and CATALOGUE[node.type].dynamic
        kind = spec.meaning == "classes" if type_name in OF_CLASSES else port not in used
        if dynamic and kind and not may_connect(reading.document, port, Port(*key, "target")):
            found.append(port)
    return found


def _rewired(reading: Reading, key: NodeKey, source: Port) -> Fix:
    target, wire = Port(*key, "target"), Wire(source.node, source.port)
    change = Change("wires", target, reading.document.wires.get(target), wire)
    label = Worded("Wire “{port}” of “{node}” to it", port=source.port, node=source.node)
    return Fix(label, (change,))
