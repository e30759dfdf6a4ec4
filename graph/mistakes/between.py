"""Mistakes between the layers of a network."""

from __future__ import annotations

from collections.abc import Iterator

from graph.advice import KEEPING, Reading, mistake
from graph.catalogue import CATALOGUE
from graph.document import NodeKey, Port
from graph.mending import insertion
from graph.problems import Problem

FORGETTING = (*KEEPING, "dropout", "batch_norm")  # between two linear layers these leave them linear
DOUBLE = ("relu", "relu6", "sigmoid", "tanh", "softmax", "hard_sigmoid", "hard_tanh")
WINDOWS = ("conv1d", "conv2d", "conv3d")


@mistake
def linear_after_linear(reading: Reading) -> Iterator[Problem]:
    """Two linear layers are one, unless the first is a bottleneck that the one could not be."""
    for key, _ in reading.nodes("linear"):
        first = reading.arriving(key, "x", FORGETTING)
        if first is None or reading.type(first) != "linear" or not _next_to(reading, first, key):
            continue
        before = reading.inputs[first.owner].get("x")
        sides = [reading.specs.get(port) for port in (before, first, Port(*key, "output")) if port]
        known = [spec.features for spec in sides if spec]
        if len(known) == 3 and known[1] >= min(known[0], known[2]):
            yield _no_activation(reading, key, first, "linear layers")


@mistake
def convolution_after_convolution(reading: Reading) -> Iterator[Problem]:
    for key, node in reading.nodes(*WINDOWS):
        first = reading.arriving(key, "x", ("identity", "dropout2d", "batch_norm"))
        if first is None or reading.type(first) != node.type or not _next_to(reading, first, key):
            continue
        if all(_wide(reading, each) for each in (key, first.owner)):
            yield _no_activation(reading, key, first, "convolutions")


def _next_to(reading: Reading, first: Port, key: NodeKey) -> bool:
    """Whether two nodes are drawn in one network, and nothing else reads the first."""
    together = reading.flat.origin(first.owner).network == reading.flat.origin(key).network
    return together and len(reading.users.get(first, ())) == 1


def _wide(reading: Reading, key: NodeKey) -> bool:
    """Whether a convolution mixes places and channels at once; one that does not is half of a separable one."""
    return reading.value(key, "kernel") > 1 and (reading.value(key, "groups") or 1) == 1


def _no_activation(reading: Reading, key: NodeKey, first: Port, what: str) -> Problem:
    target = Port(*reading.flat.origin(key), "x")
    fix = insertion(reading.document, target, "relu") if target in reading.document.wires else None
    return reading.finding(key, f"There is no activation between “{first.node}” and it: two {what} in a row can do no "
                           "more than one. Put one such as ReLU between them.", fix)  # fmt: skip


@mistake
def activation_twice(reading: Reading) -> Iterator[Problem]:
    for key, node in reading.nodes(*DOUBLE):
        port = reading.arriving(key, "x")
        if port and reading.type(port) == node.type:
            title = CATALOGUE[node.type].title
            users = reading.users.get(Port(*key, CATALOGUE[node.type].outputs[0]), ())
            fix = reading.taken_out(key, users[0].owner) if len(users) == 1 else None
            yield reading.finding(key, f"“{port.node}” before it is a {title} as well: one is enough.", fix)


@mistake
def window_larger_than_picture(reading: Reading) -> Iterator[Problem]:
    """With a border around it a window may be larger than what it slides over, and then mostly sees the border."""
    for key, _ in reading.nodes(*WINDOWS):
        port = reading.inputs.get(key, {}).get("x")
        spec = reading.specs.get(port) if port else None
        if spec is None or len(spec.shape) < 2:
            continue
        side, kernel = min(spec.shape[1:]), reading.value(key, "kernel")
        if kernel >= 2 * side > 2:
            odd = max(1, side - 1 + side % 2)
            yield reading.finding(key, f"Its window of {kernel} is larger than the {side} that arrive, so it sees "
                                  "mostly the border around them.", reading.set(key, "kernel", odd))  # fmt: skip


@mistake
def forgets_nearly_all(reading: Reading) -> Iterator[Problem]:
    for key, node in reading.nodes("dropout", "dropout2d", "dropout3d", "alpha_dropout"):
        probability = reading.value(key, "probability")
        if isinstance(probability, float) and probability > 0.9:
            declared = CATALOGUE[node.type].parameter("probability")
            default = declared.default if declared else 0.5
            yield reading.finding(key, f"It forgets {probability:.0%} of what arrives: too little is left to learn "
                                  "from.", reading.set(key, "probability", default))  # fmt: skip
