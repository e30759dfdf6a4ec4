"""What may be wired: one sentence or none for a single wire, and every legal end of one at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from drawings import NODES, WIRES, drawing, port

from graph.document import MAIN, Document, NodeKey, Port
from graph.specs import TensorSpec
from graph.wiring import legal_sources, legal_targets, may_connect, next_free_input, path, reach

IMAGE, VECTOR = TensorSpec((1, 8, 8)), TensorSpec((10,))
LABEL, TOKENS = TensorSpec((), "int64", classes=10), TensorSpec((12,), "int64", classes=100)

EXTRA = {"acc": "accuracy", "sum": "add", "embed": "embedding", "plug": "from_a_plugin", "more": "relu"}
SPECS = {port("data.image"): IMAGE, port("data.label"): LABEL, port("dense.output"): VECTOR, port("data.text"): TOKENS}


def larger() -> Document:
    return drawing({**NODES, **EXTRA}, {**WIRES, "sum.xs.0": "dense.output"})


@pytest.mark.parametrize(
    ("source", "target", "words"),
    [
        ("dense.output", "more.x", None),
        ("dense.output", "acc.prediction", None),
        ("dense.output", "conv.x", ["circle", "conv → flat → dense → conv"]),
        ("dense.output", "dense.x", ["cannot feed itself"]),
        ("conv.x", "more.x", ["“x” of “conv” is an input", "starts at an output"]),
        ("conv.gone", "more.x", ["no output “gone”", "“features”"]),
        ("out.output", "conv.features", ["“features” of “conv” is an output", "ends at an input"]),
        ("out.output", "more.gone", ["no input “gone”", "“x”"]),
        ("train.loss", "more.x", ["no output “loss”", "it has none"]),
        ("nobody.output", "more.x", ["no node “nobody”"]),
        ("dense.output", "nobody.x", ["no node “nobody”"]),
        ("plug.output", "more.x", ["from_a_plugin", "does not know"]),
        ("dense.output", "plug.x", ["from_a_plugin", "does not know"]),
        ("loss.loss", "more.x", ["one number for the whole batch", "objective"]),
        ("dense.output", "train.losses.1", ["takes losses", "cross entropy"]),
        ("acc.value", "more.x", ["only watched"]),
        ("acc.value", "train.losses.1", ["only watched"]),
        ("data.image", "more.x", None),
        ("data.image", "sum.xs.1", None),
        ("data.image", "sum.xs", ["no input “xs”"]),
        ("data.image", "data.label", ["“label” of “data” is an output"]),
        ("dense.output", "more.x.0", ["no input “x.0”"]),
    ],
)
def test_may_connect(source: str, target: str, words: list[str] | None) -> None:
    document = larger()
    before = document.snapshot()
    sentence = may_connect(document, port(source), port(target))
    if words is None:
        assert sentence is None
    else:
        assert sentence is not None
        assert not [word for word in words if word not in sentence], sentence
        assert sentence.endswith(".")
    assert document.snapshot() == before


@pytest.mark.parametrize(
    ("source", "target", "words"),
    [
        ("data.image", "conv.x", None),
        ("data.label", "conv.x", ["takes an image (channels, height, width)", "class numbers"]),
        ("data.label", "more.x", ["class numbers", "target"]),
        ("data.label", "acc.target", None),
        ("data.text", "embed.x", None),
        ("data.text", "more.x", ["tokens over 12", "embedding"]),
        ("data.image", "embed.x", ["what arrives is an image of 1×8×8"]),
    ],
)
def test_known_shapes_decide_too(source: str, target: str, words: list[str] | None) -> None:
    sentence = may_connect(larger(), port(source), port(target), SPECS)
    if words is None:
        assert sentence is None
    else:
        assert sentence is not None
        assert not [word for word in words if word not in sentence], sentence


def test_a_vector_does_not_go_into_a_convolution() -> None:
    document = larger()
    with document.edit("Add"):
        document.add_node("conv2d", id="late")
    sentence = may_connect(document, port("dense.output"), port("late.x"), SPECS)
    assert sentence == ("It takes an image (channels, height, width); what arrives is a vector of 10. "
                        "Put a reshape between them, or take it from before the flatten.")  # fmt: skip


def test_a_wire_stays_in_its_network() -> None:
    sentence = may_connect(larger(), port("dense.output"), Port("Generator", "a", "x"))
    assert sentence is not None
    assert "“Generator”" in sentence


@pytest.mark.parametrize("specs", [None, SPECS], ids=["without shapes", "with shapes"])
def test_legal_targets_are_those_that_may_connect(specs: dict[Port, TensorSpec] | None) -> None:
    document = larger()
    inputs = [port(f"{id}.{name}") for id, names in {
        "conv": ["x"], "flat": ["x"], "dense": ["x"], "soft": ["x"], "loss": ["prediction", "target"],
        "train": ["losses.0", "losses.1"], "out": ["x", "target"], "acc": ["prediction", "target"],
        "sum": ["xs.0", "xs.1"], "embed": ["x"], "more": ["x"]}.items() for name in names]  # fmt: skip
    outputs = [port(text) for text in ("data.image", "data.label", "data.text", "conv.features", "flat.output",
               "dense.output", "soft.output", "loss.loss", "acc.value", "sum.output", "more.output")]  # fmt: skip
    for source in outputs:
        assert legal_targets(document, source, specs) == {
            t for t in inputs if not may_connect(document, source, t, specs)
        }
    known = {p for p in outputs if p.node != "data" or (specs and p in specs)}
    for target in inputs:
        sources = legal_sources(document, target, specs)
        assert sources & set(outputs) == {s for s in known if not may_connect(document, s, target, specs)}


def test_nothing_is_legal_for_what_is_no_port() -> None:
    document = larger()
    assert legal_targets(document, port("train.loss")) == set()
    assert legal_targets(document, port("plug.output")) == set()
    assert legal_sources(document, port("data.image")) == set()


def test_a_growing_input_grows_at_its_end() -> None:
    document = larger()
    key = NodeKey(MAIN, "sum")
    assert next_free_input(document, key, "xs") == "xs.1"
    with document.edit("Wire"):
        document.connect(port("dense.output"), port("sum.xs.10"))
        document.disconnect(port("sum.xs.0"))
    assert next_free_input(document, key, "xs") == "xs.11"
    assert next_free_input(document, NodeKey(MAIN, "train"), "losses") == "losses.1"
    assert next_free_input(document, NodeKey(MAIN, "conv"), "x") == "x"
    assert next_free_input(document, NodeKey(MAIN, "plug"), "anything") == "anything"
    assert legal_targets(document, port("dense.output")) >= {port("sum.xs.10"), port("sum.xs.11")}


def test_ways_through_a_drawing() -> None:
    document = larger()
    conv, loss = NodeKey(MAIN, "conv"), NodeKey(MAIN, "loss")
    assert [key.node for key in path(document, conv, loss)] == ["conv", "flat", "dense", "loss"]
    assert path(document, loss, conv) == []
    assert {key.node for key in reach(document, loss, forward=True)} == {"loss", "train"}
    assert {key.node for key in reach(document, loss, forward=False)} == {"loss", "data", "conv", "flat", "dense"}


def test_a_large_drawing_is_lit_in_one_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """2,000 nodes in a chain: the wires are walked once, not once a node."""
    from graph import wiring

    document = Document()
    with document.edit("Draw"):
        for number in range(2000):
            document.add_node("relu", id=f"r{number}")
            if number:
                document.connect(port(f"r{number - 1}.output"), port(f"r{number}.x"))
    walks: list[NodeKey] = []
    original: Callable[..., set[NodeKey]] = wiring.reach

    def counted(document: Document, start: NodeKey, forward: bool) -> set[NodeKey]:
        walks.append(start)
        return original(document, start, forward)

    monkeypatch.setattr(wiring, "reach", counted)
    assert len(legal_targets(document, port("r1000.output"))) == 999
    assert len(legal_sources(document, port("r1000.x"))) == 1000
    assert len(walks) == 2
