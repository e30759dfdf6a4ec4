"""Networks within networks: taken apart, shared, promoted, renamed, and what can be wrong with them."""

from __future__ import annotations

import pytest
import torch
from nested import DIGITS, compiled, computed, end, link, network, two_blocks
from torch import nn
from torch.nn import functional as F

from graph.compiler import make_slice, trained_by
from graph.document import MAIN, Document, NodeKey
from graph.files import dumps, loads
from graph.flat import flat_of, paths_of
from graph.inference import analyse
from graph.networks import type_of, types_of
from graph.plan import losses, objectives, outputs
from graph.specs import TensorSpec

IMAGES, LABELS = torch.rand(3, 1, 8, 8), torch.tensor([1, 5, 9])


def messages(document: Document) -> list[str]:
    return [problem.message for problem in analyse(document, lambda source: DIGITS).errors]


def test_a_placed_network_computes_what_its_nodes_would() -> None:
    document = two_blocks()
    root = compiled(document)
    x = root.get_submodule("stem")(IMAGES)
    for name in ("one", "two"):
        conv_1, conv_2 = (root.get_submodule(f"{name}.conv_{place}") for place in (1, 2))
        x = conv_2(F.relu(conv_1(x))) + x
    expected = root.get_submodule("head")(x.mean((2, 3)))
    assert torch.equal(computed(document, root, "out.output", image=IMAGES), expected)


def test_instances_have_weights_of_their_own_and_promoted_parameters() -> None:
    document = two_blocks()
    root = compiled(document)
    assert "one.conv_1.weight" in root.state_dict()
    assert root.state_dict()["two.conv_2.weight"].shape == (16, 16, 3, 3)
    assert not torch.equal(root.state_dict()["one.conv_1.weight"], root.state_dict()["two.conv_1.weight"])
    node_type = types_of(document)["@block"]
    assert (node_type.parameters[0].name, node_type.parameters[0].default) == ("filters", 8)
    assert ([i.name for i in node_type.inputs], node_type.outputs) == (["x"], ("y",))


def test_the_analysis_tells_of_instances_and_of_the_drawn_nodes() -> None:
    document = two_blocks()
    analysis = analyse(document, lambda source: DIGITS)
    assert analysis.nodes[NodeKey(MAIN, "one")].outputs["y"].shape == (16, 8, 8)
    assert analysis.nodes[NodeKey(MAIN, "one")].parameters == 2 * (16 * 16 * 9 + 16)
    assert analysis.nodes[NodeKey("block", "conv_1")].outputs["features"].shape == (16, 8, 8)
    assert analysis.nodes[NodeKey(MAIN, "two.conv_1")].parameters == 16 * 16 * 9 + 16
    assert analysis.nodes[NodeKey("block", "x")].outputs["output"].shape == (16, 8, 8)
    assert analysis.parameters == sum(p.numel() for p in compiled(document).parameters())
    assert set(paths_of(document, NodeKey("block", "relu"))) == {NodeKey(MAIN, "one.relu"), NodeKey(MAIN, "two.relu")}


def test_linked_networks_share_one_set_of_weights_and_add_their_gradients() -> None:
    document = two_blocks()
    link(document, "two", "one")
    analysis = analyse(document, lambda source: DIGITS)
    root = compiled(document)
    assert not any(name.startswith("two") for name in root.state_dict())
    assert analysis.parameters == sum(p.numel() for p in root.parameters())
    module = make_slice(document, root, losses(document))
    given = {"image": IMAGES, "label": LABELS}
    module(*(given[port.port] for port in module.sources)).backward()
    conv_1, conv_2 = root.get_submodule("one.conv_1"), root.get_submodule("one.conv_2")
    shared = conv_1.weight.grad.clone()
    root.zero_grad()
    x = root.get_submodule("stem")(IMAGES)
    copies = []
    for _ in range(2):
        weight = conv_1.weight.detach().clone().requires_grad_()
        copies.append(weight)
        x = conv_2(F.relu(F.conv2d(x, weight, conv_1.bias, padding=1))) + x
    F.cross_entropy(root.get_submodule("head")(x.mean((2, 3))), LABELS).backward()
    assert torch.allclose(shared, copies[0].grad + copies[1].grad, atol=1e-6)


def siamese() -> Document:
    document = Document()
    network(
        document, MAIN,
        {"data": "data", "left": ("linear", {"units": 4}), "right": "linear", "sum": "add", "out": "output"},
        {"left.x": "data.a", "right.x": "data.b", "sum.xs.0": "left.output", "sum.xs.1": "right.output",
         "out.x": "sum.output"},
    )  # fmt: skip
    link(document, "right", "left")
    return document


PAIR = {"a": TensorSpec((3,)), "b": TensorSpec((3,))}


def test_a_linked_node_takes_weights_and_parameters_from_the_other() -> None:
    document = siamese()
    root = compiled(document, PAIR)
    assert list(root.state_dict()) == ["left.weight", "left.bias"]
    a, b, layer = torch.rand(2, 3), torch.rand(2, 3), root.get_submodule("left")
    assert torch.equal(computed(document, root, "out.output", a=a, b=b), layer(a) + layer(b))
    assert loads(dumps(document)).nodes == document.nodes


def test_shared_weights_need_inputs_of_one_shape() -> None:
    (problem,) = analyse(siamese(), lambda source: {**PAIR, "b": TensorSpec((5,))}).errors
    assert problem.node == "right"
    assert "shares the weights of “left”" in problem.message


def test_unlinked_weights_begin_as_a_copy() -> None:
    document = siamese()
    with document.edit("Unlink"):
        left = document.nodes[NodeKey(MAIN, "left")]
        document.change_node(NodeKey(MAIN, "right"), link="", copy_of="left", params=left.params)
    root = compiled(document, PAIR)
    assert torch.equal(root.get_submodule("left").weight, root.get_submodule("right").weight)
    assert root.get_submodule("left").weight is not root.get_submodule("right").weight


def test_when_the_owner_of_shared_weights_goes_the_first_heir_keeps_them() -> None:
    document = siamese()
    with document.edit("Delete"):
        document.remove_node(NodeKey(MAIN, "left"))
    heir = document.nodes[NodeKey(MAIN, "right")]
    assert (heir.link, heir.params) == ("", {"units": 4})
    document.undo()
    assert document.nodes[NodeKey(MAIN, "right")].link == "left"


def test_renaming_inside_is_followed_outside() -> None:
    document = two_blocks()
    with document.edit("Rename"):
        document.rename_node(NodeKey("block", "x"), "picture")
        document.rename_node(NodeKey("block", "y"), "better")
        document.rename_node(NodeKey("block", "conv_1"), "look")
        document.rename_node(NodeKey(MAIN, "one"), "first")
    assert document.networks["block"].promoted == {"filters": ["look.filters", "conv_2.filters"]}
    assert document.wires[end("first.picture")].node == "stem"
    assert document.wires[end("pool.x")].port == "better"
    assert messages(document) == []


def test_networks_in_networks_and_losses_inside() -> None:
    document = Document()
    network(document, "dense", {"x": "input", "layer": ("linear", {"units": 7}), "bend": "relu", "y": "output"},
            {"layer.x": "x.output", "bend.x": "layer.output", "y.x": "bend.output"}, units=["layer.units"])  # fmt: skip
    network(
        document, "judge",
        {"x": "input", "label": "input", "inner": ("@dense", {"units": 9}), "scores": ("linear", {"units": 10}),
         "loss": "cross_entropy", "error": "output"},
        {"inner.x": "x.output", "scores.x": "inner.y", "loss.prediction": "scores.output",
         "loss.target": "label.output", "error.x": "loss.loss"}, width=["inner.units"],
    )  # fmt: skip
    network(document, MAIN, {"data": "data", "flat": "flatten", "a": ("@judge", {"width": 12}), "b": "@judge",
                             "train": "objective"},
            {"flat.x": "data.image", "a.x": "flat.output", "b.x": "flat.output", "a.label": "data.label",
             "b.label": "data.label", "train.losses.0": "a.error", "train.losses.1": "b.error"})  # fmt: skip
    root = compiled(document)
    assert root.get_submodule("a.inner.layer").weight.shape == (12, 64)
    assert root.get_submodule("b.inner.layer").weight.shape == (9, 64)
    assert [port.node for port in losses(document)] == ["a.loss", "b.loss"]
    assert [port.node for port in objectives(document)[0].losses] == ["a.loss", "b.loss"]


def test_a_slice_holds_only_what_it_needs_of_a_network() -> None:
    document = Document()
    network(document, "pair", {"x": "input", "p": ("linear", {"units": 2}), "q": ("linear", {"units": 3}),
                               "one": "output", "two": "output"},
            {"p.x": "x.output", "q.x": "x.output", "one.x": "p.output", "two.x": "q.output"})  # fmt: skip
    network(document, MAIN, {"data": "data", "both": "@pair", "a": "output", "b": "output"},
            {"both.x": "data.a", "a.x": "both.one", "b.x": "both.two"})  # fmt: skip
    root = compiled(document, PAIR)
    assert len(trained_by(make_slice(document, root, [end("a.output")]))) == 2
    assert [plan.name for plan in outputs(document, root.specs)] == ["a", "b"]


def test_frozen_networks_keep_every_weight_inside() -> None:
    document = two_blocks()
    with document.edit("Freeze"):
        document.set_param(NodeKey(MAIN, "one"), "frozen", "everything")
    root = compiled(document)
    learning = {name for name, p in root.named_parameters() if p.requires_grad}
    assert learning
    assert not any(name.startswith("one.") for name in learning)


@pytest.mark.parametrize(
    ("nodes", "wires", "words"),
    [
        ({"a": "@nowhere"}, {}, "no network “nowhere”"),
        ({"a": "input"}, {}, "port of a network inside another"),
        ({"a": "delay"}, {"a.x": "a.output"}, "runs it over time"),
    ],
)
def test_what_cannot_stand_in_main(nodes: dict[str, str], wires: dict[str, str], words: str) -> None:
    document = Document()
    network(document, MAIN, nodes, wires)
    assert any(words in message for message in messages(document))


def test_a_network_that_holds_itself_is_refused_without_end() -> None:
    document = Document()
    network(
        document, "inner", {"x": "input", "again": "@inner", "y": "output"}, {"again.x": "x.output", "y.x": "again.y"}
    )
    network(document, MAIN, {"data": "data", "run": "@inner"}, {"run.x": "data.image"})
    assert any("holds itself" in message for message in messages(document))
    network(document, "ping", {"x": "input", "other": "@pong"}, {})
    network(document, "pong", {"x": "input", "other": "@ping"}, {})
    assert sum("holds itself" in message for message in messages(document)) == 4


def test_a_problem_inside_is_said_once_where_it_is_drawn() -> None:
    document = two_blocks()
    with document.edit("Break"):
        document.add_node("lstm", id="odd", network="block")
        document.connect(end("x.output", "block"), end("odd.x", "block"))
        document.connect(end("odd.sequence", "block"), end("y.x", "block"))
    problems = [p for p in analyse(document, lambda source: DIGITS).errors if p.node == "odd"]
    assert len(problems) == 1
    assert problems[0].network == "block"


def test_links_that_lead_nowhere_or_in_a_circle() -> None:
    document = siamese()
    link(document, "left", "right")
    assert any("in a circle" in message for message in messages(document))
    link(document, "left", "gone")
    assert any("“gone”, which is not there" in message for message in messages(document))
    link(document, "left", "sum")
    assert any("of another type" in message for message in messages(document))


def test_an_unused_optional_input_is_left_out() -> None:
    document = Document()
    network(document, "sum", {"x": "input", "more": ("input", {"optional": True}), "add": "add", "y": "output"},
            {"add.xs.0": "x.output", "add.xs.1": "more.output", "y.x": "add.output"})  # fmt: skip
    network(document, MAIN, {"data": "data", "run": "@sum", "out": "output"}, {"run.x": "data.a", "out.x": "run.y"})
    a = torch.rand(2, 3)
    assert torch.equal(computed(document, compiled(document, PAIR), "out.output", a=a), a)
    assert type_of(document, NodeKey(MAIN, "run")) is not None


def test_the_flat_form_of_a_plain_design_is_the_design() -> None:
    document = Document()
    network(document, MAIN, {"data": "data", "flat": "flatten"}, {"flat.x": "data.image"})
    assert flat_of(document).document is document
    assert isinstance(compiled(two_blocks()).get_submodule("one"), nn.Module)
