"""Root and slices: shared weights, the smallest graph, the same numbers as plain torch."""

from __future__ import annotations

import pytest
import torch
from test_inference import analyse, chain
from torch import nn

from graph.compiler import CompileError, compile_root, make_slice, read_by, trained_by
from graph.document import NodeKey, Port
from graph.rewrites import in_full_precision, relu_after_max_pool

CNN = (
    ("conv2d", {"filters": 6, "kernel": 3}),
    ("relu", {}),
    ("max_pool2d", {}),
    ("flatten", {}),
    ("linear", {"units": 10}),
)


def port(node: str, name: str = "output") -> Port:
    return Port("main", node, name)


def test_a_slice_computes_what_plain_torch_computes():
    document = chain(*CNN)
    torch.manual_seed(3)
    root = compile_root(document, analyse(document))
    torch.manual_seed(3)
    plain = nn.Sequential(nn.Conv2d(1, 6, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(96, 10))
    images = torch.rand(5, 1, 8, 8)
    assert torch.equal(make_slice(document, root, [port("linear_1")])(images), plain(images))


def test_slices_share_weights_and_hold_only_what_they_need():
    document = chain(*CNN)
    root = compile_root(document, analyse(document))
    features, logits = (
        make_slice(document, root, [port("conv2d_1", "features")]),
        make_slice(document, root, [port("linear_1")]),
    )
    assert [name for name, _ in features.named_children()] == ["conv2d_1"]
    assert features.get_submodule("conv2d_1") is root.get_submodule("conv2d_1") is logits.get_submodule("conv2d_1")
    assert len(trained_by(features)) == 2
    assert len(trained_by(logits)) == 4
    assert features.sources == (port("data_1", "image"),)


def test_several_targets_come_in_their_order():
    document = chain(*CNN)
    root = compile_root(document, analyse(document))
    logits, image = make_slice(document, root, [port("linear_1"), port("data_1", "image")])(torch.ones(2, 1, 8, 8))
    assert logits.shape == (2, 10)
    assert image.shape == (2, 1, 8, 8)


def test_state_is_named_by_the_nodes():
    document = chain(*CNN)
    names = set(compile_root(document, analyse(document)).state_dict())
    assert names == {"conv2d_1.weight", "conv2d_1.bias", "linear_1.weight", "linear_1.bias"}


def test_a_faulty_document_and_an_unknown_target_are_refused_with_a_sentence():
    faulty = chain(("conv2d", {}), ("linear", {}))
    with pytest.raises(CompileError, match="linear_1: It takes a vector"):
        compile_root(faulty, analyse(faulty))
    document = chain(*CNN)
    root = compile_root(document, analyse(document))
    with pytest.raises(CompileError, match="no node “ghost”"):
        make_slice(document, root, [port("ghost")])
    with pytest.raises(CompileError, match="Nothing computes “nothing”"):
        make_slice(document, root, [port("linear_1", "nothing")])


def test_relu_moves_behind_max_pool_and_no_bit_changes():
    document = chain(*CNN)
    root = compile_root(document, analyse(document))
    plain, moved = (make_slice(document, root, [port("linear_1")]) for _ in range(2))
    relu_after_max_pool(moved)
    targets = [str(node.target) for node in moved.graph.nodes if node.op.startswith("call")]
    assert targets.index("max_pool2d_1") < next(i for i, name in enumerate(targets) if "relu" in name)
    images = torch.randn(7, 1, 8, 8)
    results = []
    for module in (plain, moved):
        root.zero_grad(set_to_none=True)
        answer = module(images)
        answer.square().sum().backward()
        results.append([answer, *(p.grad.clone() for p in root.parameters())])
    assert all(torch.equal(a, b) for a, b in zip(*results))


def test_a_relu_that_others_read_stays_where_it_is():
    document = chain(*CNN)
    with document.edit("Look at the ReLU too"):
        key = document.add_node("flatten", id="side")
        document.connect(port("relu_1"), Port(*key, "x"))
    root = compile_root(document, analyse(document))
    module = make_slice(document, root, [port("linear_1"), port("side")])
    before = str(module.graph)
    assert str(relu_after_max_pool(module).graph) == before
    assert NodeKey("main", "relu_1") in root.functions


def test_losses_stay_in_full_precision_under_autocast():
    document = chain(("flatten", {}), ("linear", {"units": 1}), ("sigmoid", {}))
    with document.edit("Judge it by itself"):
        loss = document.add_node("binary_cross_entropy")
        document.connect(port("sigmoid_1"), Port(*loss, "prediction"))
        document.connect(port("sigmoid_1"), Port(*loss, "target"))
    root = compile_root(document, analyse(document))
    targets = [Port(*loss, "loss"), port("sigmoid_1")]
    module = in_full_precision(make_slice(document, root, targets), {loss.node})
    with torch.autocast("cpu", torch.bfloat16):
        answer, prediction = module(torch.rand(5, 1, 8, 8))
    assert prediction.dtype is torch.bfloat16
    assert answer.dtype is torch.float32
    assert torch.equal(answer, nn.functional.binary_cross_entropy(prediction.float(), prediction.float()))


def test_a_slice_that_begins_at_an_inner_port_goes_on_from_there():
    document = chain(*CNN)
    root = compile_root(document, analyse(document))
    images = torch.rand(3, 1, 8, 8)
    features = make_slice(document, root, [port("relu_1")])(images)
    rest = make_slice(document, root, [port("linear_1")], given=[port("relu_1")])
    assert rest.sources == (port("relu_1"),)
    assert [name for name, _ in rest.named_children()] == ["max_pool2d_1", "linear_1"]
    assert torch.equal(rest(features), make_slice(document, root, [port("linear_1")])(images))


def test_what_is_not_behind_what_is_given_still_comes_from_the_sources():
    document = chain(*CNN)
    root = compile_root(document, analyse(document))
    both = [port("relu_1"), port("conv2d_1", "features")]
    beside = make_slice(document, root, both, given=[port("relu_1")])
    assert beside.sources == (port("relu_1"), port("data_1", "image"))
    given, images = torch.full((2, 6, 8, 8), 7.0), torch.rand(2, 1, 8, 8)
    passed, features = beside(given, images)
    assert torch.equal(passed, given)
    assert torch.equal(features, make_slice(document, root, both[1:])(images))


def test_which_ports_a_slice_reads():
    document = chain(*CNN)
    assert port("conv2d_1", "features") in read_by(document, [port("linear_1")])
    assert read_by(document, [port("linear_1")], [port("flatten_1")]) == {port("linear_1")}
