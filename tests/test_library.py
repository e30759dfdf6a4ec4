"""The library of networks: files that hold one each, and taking them into a design; and what networks show outside."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from backend.data import fields
from graph import library, promotion
from graph.analysis import Analysis
from graph.compiler import compile_root, make_slice
from graph.disk import FileProblem
from graph.document import MAIN, Document, Network, NodeKey, Port
from graph.files import load, save
from graph.inference import analyse
from graph.library import SHIPPED, check_placing, free_path, import_network, read, retitle, save_network, shelf
from graph.network_edits import NetworkProblem
from graph.networks import type_of, types_of


def block(document: Document, name: str = "block", title: str = "Block", units: int = 4) -> str:
    """A network of one linear layer."""
    with document.edit("Draw"):
        document.put("networks", name, Network(title, {"units": ["linear_1.units"]}))
        x = document.add_node("input", 0, 0, network=name, id="x")
        inner = document.add_node("linear", 200, 0, network=name, params={"units": units})
        y = document.add_node("output", 400, 0, network=name, id="y")
        document.connect(Port(*x, "output"), Port(*inner, "x"))
        document.connect(Port(*inner, "output"), Port(*y, "x"))
    return name


def nest(document: Document, name: str, inner: str) -> str:
    """A network that places another one twice in a row."""
    with document.edit("Draw"):
        document.put("networks", name, Network(name.capitalize()))
        x = document.add_node("input", network=name, id="x")
        first = document.add_node(f"@{inner}", network=name, id="first")
        second = document.add_node(f"@{inner}", network=name, id="second")
        y = document.add_node("output", network=name, id="y")
        document.connect(Port(*x, "output"), Port(*first, "x"))
        document.connect(Port(*first, "y"), Port(*second, "x"))
        document.connect(Port(*second, "y"), Port(*y, "x"))
    return name


def placed(document: Document, name: str, shape: str, **params: int) -> tuple[Analysis, NodeKey]:
    """What comes out of a network that noise of a shape is wired to."""
    with document.edit("Place"):
        noise = document.add_node("noise", params={"shape": shape})
        node = document.add_node(f"@{name}", params=dict(params))
        document.connect(Port(*noise, "noise"), Port(*node, "x"))
    return analyse(document, fields), node


# -- files ------------------------------------------------------------------------------------------------------------


def test_a_saved_network_comes_back_with_what_it_rests_on(tmp_path: Path) -> None:
    one, other = Document(), Document()
    nest(one, "tower", block(one))
    block(one, "unused", "Unused")
    save_network(one, "tower", tmp_path / "tower.netloom")
    shared = read(tmp_path / "tower.netloom")
    assert shared.network == "tower"
    assert set(shared.document.networks) == {MAIN, "tower", "block"}
    with other.edit("Import"):
        assert import_network(other, shared.document, shared.network) == "tower"
    assert set(other.networks) == {MAIN, "tower", "block"}
    here, there = (
        {key: node for key, node in each.nodes.items() if key.network in ("tower", "block")} for each in (one, other)
    )
    assert here == there
    other.undo()
    assert set(other.networks) == {MAIN}
    assert not other.nodes


def test_a_library_file_is_a_design_that_places_its_network(tmp_path: Path) -> None:
    document = Document()
    save_network(document, block(document), tmp_path / "block.netloom")
    opened = load(tmp_path / "block.netloom")
    assert [node.type for key, node in opened.nodes.items() if key.network == MAIN] == ["@block"]


def test_equal_networks_are_reused_and_others_get_free_names() -> None:
    document, other = Document(), Document()
    nest(other, "tower", block(other))
    with document.edit("Twice"):
        assert import_network(document, other, "tower") == "tower"
        assert import_network(document, other, "tower") == "tower"
    with document.edit("Move"):
        document.change_node(NodeKey("block", "linear_1"), x=999.0)
    with document.edit("Again"):
        assert import_network(document, other, "tower") == "tower"
    assert set(document.networks) == {MAIN, "tower", "block"}
    with document.edit("Widen"):
        document.set_param(NodeKey("block", "linear_1"), "units", 9)
    with document.edit("Another"):
        name = import_network(document, other, "tower")
    assert name not in ("tower", "block")
    (inner,) = {node.type for key, node in document.nodes.items() if key.network == name and node.type[0] == "@"}
    assert inner != "@block"
    assert document.nodes[NodeKey(inner[1:], "linear_1")].params == {"units": 4}
    assert document.networks[name].title == "Tower 2"
    assert len({network.title for network in document.networks.values()}) == len(document.networks)


def test_what_is_imported_computes_the_same() -> None:
    one, other = Document(), Document()
    nest(other, "tower", block(other))
    block(one, "block", "Block", units=9)  # another of that name is here
    with one.edit("Import"):
        name = import_network(one, other, "tower")
    analysis, node = placed(one, name, "5")
    assert str(analysis.nodes[node].outputs["y"]) == "4"
    assert analysis.nodes[node].parameters == (5 * 4 + 4) + (4 * 4 + 4)


def test_placing_a_network_in_itself_is_refused_with_a_sentence() -> None:
    document = Document()
    nest(document, "tower", block(document))
    check_placing(document, "block", "tower")
    with pytest.raises(NetworkProblem, match="“Tower” cannot be placed inside itself"):
        check_placing(document, "tower", "tower")
    with pytest.raises(NetworkProblem, match="“Tower” holds “Block”"):
        check_placing(document, "tower", "block")
    with pytest.raises(NetworkProblem, match="no network “nothing”"):
        check_placing(document, "nothing", MAIN)


def test_bad_files_are_told_and_the_others_are_listed(tmp_path: Path) -> None:
    good, flat, ring = Document(), Document(), Document()
    save_network(good, block(good), tmp_path / "good.netloom")
    save(flat, tmp_path / "flat.netloom")
    nest(ring, "ring", "ring")
    save(ring, tmp_path / "ring.netloom")
    (tmp_path / "broken.netloom").write_text("{")
    (tmp_path / "notes.txt").write_text("no design")
    found, faults = shelf(tmp_path)
    assert [shared.title for shared in found] == ["Block"]
    assert len(faults) == 3
    assert any("broken.netloom” cannot be opened" in sentence for sentence in faults)
    assert any("flat.netloom” holds no network" in sentence for sentence in faults)
    assert any("ring.netloom” cannot be used" in sentence for sentence in faults)
    assert shelf(tmp_path / "nowhere") == ([], [])


def test_a_network_that_holds_itself_is_neither_saved_nor_imported(tmp_path: Path) -> None:
    ring = Document()
    nest(ring, "ring", "ring")
    with pytest.raises(FileProblem, match="holds itself"):
        save_network(ring, "ring", tmp_path / "ring.netloom")
    with pytest.raises(NetworkProblem, match="holds itself"), ring.edit("Import"):
        import_network(ring, ring, "ring")
    with pytest.raises(FileProblem, match="no network “main”"):
        save_network(ring, MAIN, tmp_path / "main.netloom")


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    document, path = Document(), tmp_path / "block.netloom"
    save_network(document, block(document), path)
    assert read(path).document.networks["block"].title == "Block"
    with document.edit("Rename"):
        document.put("networks", "block", Network("A block with a longer title"))
    save_network(document, "block", path)
    assert read(path).title == "A block with a longer title"


def test_titles_make_file_names_that_are_free(tmp_path: Path) -> None:
    assert free_path(tmp_path, "Conv / ReLU: 3×3?").name == "Conv ReLU 3×3.netloom"
    assert free_path(tmp_path, "../..").name == "network.netloom"
    document = Document()
    save_network(document, block(document), free_path(tmp_path, "Block"))
    assert free_path(tmp_path, "Block").name == "Block 2.netloom"
    path = retitle(read(tmp_path / "Block.netloom"), "Brick")
    assert path.name == "Brick.netloom"
    assert [shared.title for shared in shelf(tmp_path)[0]] == ["Brick"]
    library.remove(path)
    assert shelf(tmp_path) == ([], [])


# -- what comes with the program ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "shape", "params", "out", "count"),
    [
        ("Convolution, norm, ReLU", "3×8×8", {"filters": 5, "kernel": 3}, "5×8×8", 3 * 5 * 9 + 10),
        ("Residual block", "6×8×8", {"filters": 6}, "6×8×8", 2 * (6 * 6 * 9 + 12)),
        ("Inception block", "3×8×8", {}, "256×8×8", 124_752),
        ("LSTM cell", "7×5", {"units": 6}, "7×6", 4 * 6 * (5 + 6 + 1)),
    ],
)
def test_ready_made_networks_work_as_they_are(
    title: str, shape: str, params: dict[str, int], out: str, count: int
) -> None:
    found, faults = shelf(SHIPPED)
    assert not faults
    (shared,) = [each for each in found if each.title == title]
    assert shared.about.endswith(".")
    document = Document()
    with document.edit("Import"):
        name = import_network(document, shared.document, shared.network)
    analysis, node = placed(document, name, shape, **params)
    assert [problem.message for problem in analysis.problems if problem.network == name] == []
    assert [str(spec) for spec in analysis.nodes[node].outputs.values()] == [out]
    assert analysis.nodes[node].parameters == count


def test_the_ready_made_cell_is_an_lstm() -> None:
    (shared,) = [each for each in shelf(SHIPPED)[0] if each.title == "LSTM cell"]
    document = Document()
    with document.edit("Import"):
        import_network(document, shared.document, shared.network)
    with document.edit("Place"):
        noise = document.add_node("noise", params={"shape": "7×5"})
        cell = document.add_node("@lstm_cell", params={"units": 6})
        document.connect(Port(*noise, "noise"), Port(*cell, "x"))
        document.connect(Port(*cell, "sequence"), Port(*document.add_node("output"), "x"))
    root = compile_root(document, analyse(document, fields))
    weights = dict(root.named_parameters())
    theirs = nn.LSTM(5, 6, batch_first=True)
    gates = [next(name for name in weights if f"{gate}_weights" in name and "weight" in name.rpartition(".")[2])
             for gate in ("take", "forget", "new", "show")]  # fmt: skip
    with torch.no_grad():
        joined = torch.cat([weights[gate] for gate in gates])
        theirs.weight_ih_l0.copy_(joined[:, :5])
        theirs.weight_hh_l0.copy_(joined[:, 5:])
        theirs.bias_ih_l0.copy_(torch.cat([weights[gate.removesuffix("weight") + "bias"] for gate in gates]))
        theirs.bias_hh_l0.zero_()
    x = torch.randn(3, 7, 5)
    ours = make_slice(document, root, [Port(*cell, "sequence")])
    torch.testing.assert_close(ours(x), theirs(x)[0], atol=1e-5, rtol=1e-5)


# -- shown outside -----------------------------------------------------------------------------------------------------


def names_of(document: Document, network: str) -> list[str]:
    return [p.name for p in types_of(document)[f"@{network}"].parameters if not p.group]


def test_a_parameter_is_shown_outside_renamed_and_hidden_again() -> None:
    document = Document()
    nest(document, "tower", block(document))
    inner = NodeKey("tower", "first")
    with document.edit("Show"):
        assert promotion.promote(document, inner, "units") == "units"
        assert promotion.promote(document, inner, "units") == "units"
        assert promotion.promote(document, NodeKey("tower", "second"), "units") == "units_2"
    assert names_of(document, "tower") == ["units", "units_2"]
    with document.edit("Place"):
        key = document.add_node("@tower", params={"units": 7, "units_2": 8})
    with document.edit("Rename"):
        promotion.rename(document, "tower", "units", "width")
    assert document.nodes[key].params == {"width": 7, "units_2": 8}
    with document.edit("Join"):
        promotion.rename(document, "tower", "units_2", "width")
    assert document.networks["tower"].promoted == {"width": ["first.units", "second.units"]}
    assert document.nodes[key].params == {"width": 7}
    with document.edit("Hide"):
        promotion.demote(document, inner, "units")
    assert document.nodes[key].params == {"width": 7}
    with document.edit("Hide"):
        promotion.demote(document, NodeKey("tower", "second"), "units")
    assert document.networks["tower"].promoted == {}
    assert document.nodes[key].params == {}


def test_what_is_shown_further_outside_follows() -> None:
    document = Document()
    nest(document, "tower", block(document))
    with document.edit("Show"):
        promotion.promote(document, NodeKey("tower", "first"), "units")
        promotion.rename(document, "block", "units", "width")
    assert document.networks["tower"].promoted == {"units": ["first.width"]}
    node_type = type_of(document, NodeKey("tower", "first"))
    assert node_type is not None
    assert node_type.parameter("width") is not None
    with document.edit("Hide"):
        promotion.drop(document, "block", "width")
    assert document.networks["tower"].promoted == {}
    assert not [p for p in analyse(document, fields).problems if "shown outside" in p.message]


@pytest.mark.parametrize(
    ("wanted", "words"),
    [("2 wide", "is a word of letters"), ("frozen", "has a parameter “frozen” already"), ("bias", "of another kind")],
)
def test_names_outside_that_cannot_be_had_are_explained(wanted: str, words: str) -> None:
    document = Document()
    block(document)
    with document.edit("Show"):
        promotion.promote(document, NodeKey("block", "linear_1"), "bias")
    with pytest.raises(NetworkProblem, match=words), document.edit("Rename"):
        promotion.rename(document, "block", "units", wanted)
    assert set(document.networks["block"].promoted) == {"units", "bias"}


# -- typed weights -----------------------------------------------------------------------------------------------------


def test_numbers_of_the_wrong_size_come_with_their_mend() -> None:
    document = Document()
    with document.edit("Draw"):
        noise = document.add_node("noise", params={"size": 3})
        params = {"units": 2, "initial": "as given", "given_weights": [[1.0, 2.0]], "given_biases": [0.5]}
        key = document.add_node("linear", params=params)
        document.connect(Port(*noise, "noise"), Port(*key, "x"))
    for label, name, numbers in (
        ("Make it 2×3 numbers", "given_weights", [[1.0, 2.0, 0.0], [0.0, 0.0, 0.0]]),
        ("Make it 2 numbers", "given_biases", [0.5, 0.0]),
    ):
        fix = next(p.fix for p in analyse(document, fields).problems if p.node == key.node and p.fix)
        assert fix.label == label
        with document.edit(fix.label):
            document.apply(fix.changes)
        assert document.nodes[key].params[name] == numbers
    assert key in analyse(document, fields).nodes
