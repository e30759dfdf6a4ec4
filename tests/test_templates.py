"""The templates: each opens, has no problem, is well laid out, teaches something and learns what it promises."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

from backend import cli
from backend.data import fields
from graph.document import MAIN, Document, NodeKey
from graph.files import FileProblem, dumps, load, save
from graph.inference import analyse
from graph.networks import types_of
from graph.rules import static_problems
from graph.settings import settings_of
from graph.templates import Template, find_design, templates
from graph.wiring import closes_a_loop

ALL = templates()
WIDTH, HEIGHT, GRID = 220, 140, 20  # the largest picture of a node, and what nodes are aligned to

each = pytest.mark.parametrize("template", ALL, ids=lambda template: template.name)


def test_the_first_templates_are_there() -> None:
    names = {template.name for template in ALL}
    assert names >= {"xor", "logistic-digits", "digits-mlp", "digits-cnn", "fashion-mlp-300-100"}
    assert len({template.title for template in ALL}) == len(ALL)


@each
def test_it_opens_and_is_stored_as_it_would_be_saved(template: Template) -> None:
    document = load(template.path)
    assert dumps(document) == template.path.read_bytes()
    assert find_design(template.name).snapshot() == document.snapshot()


@each
def test_it_has_no_problem(template: Template) -> None:
    document = load(template.path)
    assert static_problems(document) == []
    analysis = analyse(document, fields)
    assert analysis.problems == ()
    assert analysis.nodes.keys() >= document.nodes.keys()
    assert analysis.parameters > 0 or template.name.endswith("by-hand")
    settings_of(document)


@each
def test_it_says_what_to_look_at_and_what_to_change(template: Template) -> None:
    assert all((template.title, template.family, template.expected, template.time, template.data))
    assert template.lesson.count(". ") >= 2
    assert "Change: " in template.lesson
    assert 200 <= len(template.lesson) <= 900
    assert template.shows.endswith((".", "?"))
    assert len(template.title) <= 40


@each
def test_it_is_well_laid_out(template: Template) -> None:
    document = load(template.path)
    for network in document.networks:
        nodes = document.in_network(network)
        for node in nodes.values():
            assert node.x % GRID == node.y % GRID == 0
        for (one, a), (other, b) in itertools.combinations(nodes.items(), 2):
            apart = abs(a.x - b.x) >= WIDTH or abs(a.y - b.y) >= HEIGHT
            assert apart, f"{one.node} lies on {other.node}"
        assert min(node.x for node in nodes.values()) == 0
        assert min(node.y for node in nodes.values()) == 0


@each
def test_its_wires_run_to_the_right_or_to_the_next_row(template: Template) -> None:
    document = load(template.path)
    for port, wire in document.wires.items():
        if closes_a_loop(document, port):
            continue
        giver, taker = document.nodes[NodeKey(port.network, wire.node)], document.nodes[port.owner]
        assert taker.x >= giver.x + WIDTH or taker.y >= giver.y + HEIGHT, f"{wire.node} → {port.node}"


def test_the_digit_network_is_the_one_of_the_notes() -> None:
    document = find_design("digits-cnn")
    with document.edit("Data"):
        document.set_param(NodeKey(MAIN, "data_1"), "source", "mnist")
    analysis = analyse(document, fields)
    shapes = {key.node: next(iter(report.outputs.values())).shape for key, report in analysis.nodes.items()
              if report.outputs and key.network == MAIN}  # fmt: skip
    assert shapes["conv2d_1"] == (14, 28, 28)
    assert shapes["conv2d_2"] == (36, 14, 14)
    assert shapes["flatten_1"] == (1764,)
    assert analysis.errors == []


def kinds(document: Document) -> set[str]:
    types = types_of(document)
    return {types[node.type].kind for node in document.nodes.values()}


@each
def test_it_can_be_trained_shown_and_exported(template: Template) -> None:
    assert kinds(load(template.path)) - {"metric"} == {"source", "layer", "loss", "objective", "output"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "bar"), [("xor", 1.0), ("logistic-digits", 0.94), ("digits-mlp", 0.95), ("digits-cnn", 0.97)]
)
def test_it_learns(name: str, bar: float, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["train", name, "--device", "cpu", "--quiet", "--json", "--out", str(tmp_path / "run")]) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert result["metrics"]["test"]["accuracy"] >= bar


# -- finding a design -------------------------------------------------------------------------------------------------


def test_a_file_is_found_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    mine = find_design("xor")
    with mine.edit("Mine"):
        mine.put("about", "title", "Mine")
    save(mine, "xor.netloom")
    save(mine, "mine")
    assert find_design("xor.netloom").about["title"] == "Mine"
    assert find_design("./xor.netloom").about["title"] == "Mine"
    assert find_design("mine").about["title"] == "Mine"
    assert find_design("xor").about["title"] == "XOR"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("digit-cnn", "Did you mean “digits-cnn”?"),
        ("zyx", "The templates are "),
        ("gone.netloom", "no such file"),
        ("a/b", "no such file"),
        (".", "is a folder"),
        ("", "is a folder"),
    ],
)
def test_a_design_that_is_not_there(name: str, words: str) -> None:
    with pytest.raises(FileProblem) as caught:
        find_design(name)
    assert words in str(caught.value)
