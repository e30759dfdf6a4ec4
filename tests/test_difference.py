"""What two designs differ in: by id, by type and wiring, and to the last pixel."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest

from backend.cli import main
from graph import files, templates
from graph.difference import Altered, changes_between, difference
from graph.document import MAIN, Document, Network, NodeKey, Port
from graph.network_edits import rename_network


def chain(*types: str) -> Document:
    """Nodes in a row, wired from one to the next."""
    document = Document()
    with document.edit("Draw"):
        keys = [document.add_node(name, 200.0 * at, id=f"n{at}") for at, name in enumerate(types)]
        for one, two in pairwise(keys):
            document.connect(Port(*one, "output"), Port(*two, "x"))
    return document


def copy(document: Document) -> Document:
    return Document.of(document.snapshot())


def key(node: str) -> NodeKey:
    return NodeKey(MAIN, node)


def test_equal_designs_differ_in_nothing() -> None:
    document = templates.find_design("digits-cnn")
    found = difference(document, copy(document))
    assert found.nothing
    assert changes_between(document, copy(document)) == ()


def test_moving_is_no_difference_but_a_change() -> None:
    old = chain("linear", "relu")
    new = copy(old)
    with new.edit("Move"):
        new.change_node(key("n0"), x=999.0)
    assert difference(old, new).nothing
    assert len(changes_between(old, new)) == 1


def test_added_removed_and_changed() -> None:
    old = chain("linear", "relu", "linear")
    new = copy(old)
    with new.edit("Work"):
        new.remove_node(key("n2"))
        new.add_node("tanh", id="fresh")
        new.connect(Port(MAIN, "n1", "output"), Port(MAIN, "fresh", "x"))
        new.set_param(key("n0"), "units", 77)
    found = difference(old, new)
    assert found.added == (key("fresh"),)
    assert found.removed == (key("n2"),)
    (row,) = found.changed[key("n0")]
    assert (row.name, row.new) == ("units", 77)
    assert row.old not in (77, "–")
    assert found.wires_added == (Port(MAIN, "fresh", "x"),)
    assert found.wires_removed == (Port(MAIN, "n2", "x"),)
    assert found.summary == "1 node added, 1 node removed, 1 node changed, 1 wire added, 1 wire removed"


def test_a_renamed_node_is_the_same_node() -> None:
    old = chain("linear", "relu", "linear")
    new = copy(old)
    with new.edit("Rename"):
        new.rename_node(key("n1"), "act")
    found = difference(old, new)
    assert found.partners[key("act")] == key("n1")
    assert found.nothing


def test_a_node_of_another_type_under_the_same_id_has_changed() -> None:
    old = chain("linear", "relu")
    new = copy(old)
    with new.edit("Change"):
        new.change_node(key("n1"), type="tanh")
    assert difference(old, new).changed[key("n1")][0] == Altered("type", "relu", "tanh")


def test_settings_and_networks_count() -> None:
    old = chain("linear")
    new = copy(old)
    with new.edit("Set"):
        new.set_setting("epochs", 99)
    assert difference(old, new).about == (Altered("setting epochs", "–", 99),)


@pytest.mark.parametrize("name", ["xor", "digits-cnn", "gan-2d"])
def test_the_changes_lead_from_one_to_the_other(name: str) -> None:
    old, new = templates.find_design("autoencoder-32"), templates.find_design(name)
    with old.edit("Become"):
        old.apply(changes_between(old, new))
    assert files.dumps(old) == files.dumps(new)


def test_the_command_says_what_differs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = chain("linear", "relu")
    new = copy(old)
    with new.edit("Work"):
        new.set_param(key("n0"), "units", 77)
        new.remove_node(key("n1"))
    one, two = tmp_path / "one.netloom", tmp_path / "two.netloom"
    files.save(old, one)
    files.save(new, two)
    assert main(["diff", str(one), str(two)]) == 0
    said = capsys.readouterr().out
    assert "− n1  relu" in said
    assert "→ 77" in said
    assert main(["diff", str(one), str(two), "--json"]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["removed"] == [{"network": "main", "id": "n1", "type": "relu"}]
    assert told["changed"][0]["changes"][0]["new"] == 77
    assert main(["diff", str(one), str(tmp_path / "none.netloom")]) == 1


def with_block(name: str, title: str, units: int = 8) -> Document:
    """A network of two layers placed by a main network of three nodes."""
    document = chain("linear", "relu")
    with document.edit("Draw"):
        document.put("networks", name, Network(title))
        document.add_node("input", id="x", network=name)
        document.add_node("linear", id="inner", network=name, params={"units": units})
        document.add_node("tanh", id="act", network=name)
        document.add_node("output", id="y", network=name)
        for one, two, port in (("x", "inner", "output"), ("inner", "act", "output"), ("act", "y", "output")):
            document.connect(Port(name, one, port), Port(name, two, "x"))
        document.add_node(f"@{name}", 400.0, id="block")
        document.connect(Port(MAIN, "n1", "output"), Port(MAIN, "block", "x"))
    return document


def test_a_renamed_network_is_the_same_network() -> None:
    old, new = with_block("stem", "Stem"), with_block("stem", "Stem")
    with new.edit("Rename"):
        assert rename_network(new, "stem", "Encoder") == "encoder"
    found = difference(old, new)
    assert found.networks == {"encoder": "stem"}
    assert found.about == (Altered("network name", "stem", "encoder"),)
    assert found._replace(about=(), networks={}).nothing
    assert found.summary == "1 network renamed"
    assert found.partners[NodeKey("encoder", "inner")] == NodeKey("encoder", "inner")
    assert not found.nothing


def test_what_changed_within_a_renamed_network_is_told() -> None:
    old, new = with_block("stem", "Stem"), with_block("encoder", "Encoder", units=9)
    with new.edit("Work"):
        new.remove_node(NodeKey("encoder", "act"))
    found = difference(old, new)
    assert found.networks == {"encoder": "stem"}
    assert found.removed == (NodeKey("encoder", "act"),)
    assert found.before.nodes[found.removed[0]].type == "tanh"
    assert found.was(NodeKey("encoder", "inner"), "units") == Altered("units", 8, 9)
    assert found.was(NodeKey("encoder", "inner"), "bias") is None


def test_networks_with_little_in_common_are_others() -> None:
    old, new = with_block("stem", "Stem"), chain("linear", "relu")
    with new.edit("Draw"):
        new.put("networks", "head", Network("Head"))
        for name in ("x", "lone"):
            new.add_node("dropout", id=name, network="head")
    found = difference(old, new)
    assert not found.networks
    assert len(found.removed) == 5
    assert len(found.added) == 2


def test_networks_renamed_within_renamed_ones_are_found() -> None:
    old, new = with_block("stem", "Stem"), with_block("stem", "Stem")
    for document, outer in ((old, "outer"), (new, "outside")):
        with document.edit("Draw"):
            document.put("networks", outer, Network(outer))
            document.add_node("@stem", id="inner", network=outer)
            document.add_node("relu", id="r", network=outer)
    with new.edit("Rename"):
        rename_network(new, "stem", "Encoder")
    found = difference(old, new)
    assert found.networks == {"encoder": "stem", "outside": "outer"}
    assert found._replace(about=(), networks={}).nothing


def test_the_command_tells_a_renamed_network(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, two = tmp_path / "one.netloom", tmp_path / "two.netloom"
    files.save(with_block("stem", "Stem"), one)
    files.save(with_block("encoder", "Encoder", units=9), two)
    assert main(["diff", str(one), str(two)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said == ["~ encoder/inner  units 8 → 9", "~ network name: stem → encoder",
                    "1 node changed, 1 network renamed."]  # fmt: skip
    assert main(["diff", str(one), str(two), "--json"]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["networks_renamed"] == [{"old": "stem", "new": "encoder"}]
    assert told["added"] == told["removed"] == []
