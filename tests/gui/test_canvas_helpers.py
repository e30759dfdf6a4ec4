"""The parts of the canvas that need no scene: geometry, faces, search ranking, the clipboard's text, layout, edits."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.analysis import NodeReport
from graph.document import MAIN, Document, Node, NodeKey, Port, Wire
from graph.layers import CATALOGUE
from graph.specs import TensorSpec
from graph.wiring import free_port, may_connect
from gui.canvas import clipboard, edits
from gui.canvas.face import details_of, face_of, input_ports
from gui.canvas.geometry import (
    Box,
    bounds,
    distance_to,
    height_of,
    point_on,
    port_spots,
    snap,
    twins,
    width_of,
    wire_curve,
)
from gui.canvas.grid import spacing
from gui.canvas.layout import Link, layered
from gui.canvas.ranking import fitting_input, fitting_output, rank

IMAGE, LABEL = TensorSpec((1, 28, 28)), TensorSpec((), "int64", classes=10)


def found(query: str) -> list[str]:
    return [node_type.name for node_type in rank(query, CATALOGUE.values())]


# -- search ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("linear", "linear"), ("dense", "linear"), ("fc", "linear"), ("fully connected", "linear"), ("conv", "conv2d"),
        ("conv2d", "conv2d"), ("conv 2d", "conv2d"), ("Conv2D", "conv2d"), ("covn", "conv2d"), ("liner", "linear"),
        ("maxpool", "max_pool2d"), ("max pool", "max_pool2d"), ("relu", "relu"), ("dataset", "data"), ("lstm", "lstm"),
        ("batchnorm", "batch_norm"), ("softmax", "softmax"), ("cross entropy", "cross_entropy"), ("mse", "mse_loss"),
        ("skip", "add"), ("adam", "objective"), ("droput", "dropout"), ("flaten", "flatten"), ("bn", "batch_norm"),
        ("maxpooling", "max_pool2d"), ("softmax crossentropy", "cross_entropy"), ("sofmax", "softmax"),
        ("deconv", "conv_transpose2d"), ("convnet", "conv2d"), ("concat", "concatenate"), ("rleu", "relu"),
        ("fully-connected", "linear"), ("optimiser", "objective"), ("mnist", "data"), ("rnn", "rnn"),
    ],
)  # fmt: skip
def test_search_finds_what_is_meant(query: str, first: str) -> None:
    assert found(query)[0] == first


def test_every_type_is_found_by_its_own_name() -> None:
    assert [name for name in CATALOGUE if found(name)[0] != name] == []
    assert [t.name for t in CATALOGUE.values() if t.name not in found(t.title)[:3]] == []


def test_an_empty_query_lists_everything_with_the_usual_first() -> None:
    assert set(found("")) == set(CATALOGUE)
    assert found("")[:3] == ["data", "linear", "conv2d"]
    assert found("zzzz") == []


def test_use_and_fitness_decide_between_equals() -> None:
    types = [CATALOGUE["max_pool1d"], CATALOGUE["avg_pool1d"]]
    assert rank("pool", types, {"avg_pool1d": 6})[0].name == "avg_pool1d"
    assert rank("pool", types, favour=lambda t: 12.0 * (t.name == "avg_pool1d"))[0].name == "avg_pool1d"


def test_what_fits_a_wire() -> None:
    assert fitting_input(CATALOGUE["conv2d"], IMAGE) == "x"
    assert fitting_input(CATALOGUE["conv2d"], LABEL) == ""
    assert fitting_input(CATALOGUE["conv2d"], None) == "x"
    assert fitting_input(CATALOGUE["add"], IMAGE) == "xs.0"
    assert fitting_input(CATALOGUE["data"], IMAGE) == ""
    image = CATALOGUE["conv2d"].inputs[0].wants
    loss = CATALOGUE["objective"].inputs[0].wants
    assert fitting_output(CATALOGUE["max_pool2d"], image, {})
    assert fitting_output(CATALOGUE["mse_loss"], loss, {}) == "loss"
    assert not fitting_output(CATALOGUE["mse_loss"], image, {})
    assert not fitting_output(CATALOGUE["relu"], loss, {})
    assert not fitting_output(CATALOGUE["data"], image, {})
    assert fitting_output(CATALOGUE["data"], image, {"label": LABEL, "image": IMAGE}) == "image"


# -- faces -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "params", "line"),
    [
        ("conv2d", {"filters": 14, "kernel": 5}, "14 filters · 5×5"),
        ("conv2d", {"padding": "valid", "bias": False}, "32 filters · 3×3 · valid · no bias"),
        ("linear", {"units": 10}, "10 units"),
        ("linear", {"units": 1}, "1 unit"),
        ("embedding", {"entries": 1, "size": 8}, "size 8 · 1 entry"),
        ("one_hot", {"classes": 1}, "1 class"),
        ("flip", {"axis": 2}, "axis 2"),
        ("data", {"source": "mnist"}, "mnist"),
        ("relu", {}, ""),
    ],
)
def test_the_line_of_settings(name: str, params: dict[str, object], line: str) -> None:
    assert details_of(CATALOGUE[name], params) == line


def test_every_type_has_a_face() -> None:
    for node_type in CATALOGUE.values():
        face = face_of(f"{node_type.name}_1", Node(node_type.name), (), (), None, {})
        assert face.details, "the line of settings says at least what it is"
        assert height_of(face) % 10 == 0
        inputs, outputs = port_spots(face)
        assert len(inputs) == len(node_type.inputs)
        assert all(
            0 < y < height_of(face) and x in (0, width_of(face)) for x, y in (*inputs.values(), *outputs.values())
        )


def test_a_title_leaves_room_to_say_what_it_is() -> None:
    face = face_of("linear_1", Node("linear", title="Encoder"), (), (), None, {})
    assert (face.title, face.details) == ("Encoder", "linear · 64 units")


def test_a_type_nobody_knows_still_shows_its_wires() -> None:
    face = face_of("x_1", Node("of another version"), {"b.0", "a"}, {"out"}, None, {})
    assert [port.name for port in face.inputs] == ["a", "b.0"]
    assert [port.name for port in face.outputs] == ["out"]
    assert "of another version" in face.details


def test_the_size_of_a_node_does_not_wait_for_the_analysis() -> None:
    for node_type in CATALOGUE.values():
        if not node_type.dynamic:
            bare = face_of("a", Node(node_type.name), (), (), None, {})
            known = NodeReport({name: TensorSpec((512, 7, 7)) for name in node_type.outputs}, 123456789)
            assert height_of(bare) == height_of(face_of("a", Node(node_type.name), (), (), known, {}))


def test_growing_inputs_show_a_free_place() -> None:
    shown = input_ports(CATALOGUE["add"], {"xs.0", "xs.10", "xs.2"}, {"xs.2": "image"})
    assert [(p.name, p.open) for p in shown] == [("xs.0", False), ("xs.2", False), ("xs.10", False), ("xs.11", True)]
    assert shown[1].meaning == "image"
    assert free_port("xs", ()) == "xs.0"


# -- geometry ----------------------------------------------------------------------------------------------------------

SPOTS = st.tuples(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))


@given(SPOTS, SPOTS)
def test_wires_end_where_they_should(start: tuple[float, float], end: tuple[float, float]) -> None:
    curve = wire_curve(start, end)
    assert (curve[0], curve[-1]) == (start, end)
    assert curve[1][0] >= start[0]
    assert curve[-2][0] <= end[0]
    assert distance_to(curve, point_on(curve, 0.37)) < 60
    assert point_on(curve, 0.0) == pytest.approx(start)
    for share in (0.0, 0.5, 1.0):
        one, other = (point_on(twin, share) for twin in twins(curve))
        assert 0.4 < ((one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2) ** 0.5 < 1.01


def test_distance_to_a_straight_wire() -> None:
    curve = wire_curve((0, 0), (100, 0))
    assert distance_to(curve, (50, 7)) == pytest.approx(7)
    assert distance_to(curve, (-30, 0)) == pytest.approx(30)


def test_snap_and_bounds() -> None:
    assert [snap(value) for value in (4.9, 5.0, -4.0, -6.0, 123.0)] == [0, 10, 0, -10, 120]
    assert bounds([]) is None
    assert bounds([Box(0, 0, 10, 10), Box(-5, 20, 10, 10)]) == Box(-5, 0, 15, 30)


@pytest.mark.parametrize("scale", [0.02, 0.1, 0.5, 0.99, 1.0, 3.0])
def test_dots_are_neither_dense_nor_sparse(scale: float) -> None:
    assert 18 <= spacing(scale) < 40


# -- layout ------------------------------------------------------------------------------------------------------------


def crossings(spots: dict[int, tuple[float, float]], links: list[tuple[int, int]]) -> int:
    """How many of the straight lines between nodes cross."""
    count = 0
    for i, (a, b) in enumerate(links):
        for c, d in links[:i]:
            if spots[a][0] == spots[c][0] and spots[b][0] == spots[d][0]:
                count += (spots[a][1] - spots[c][1]) * (spots[b][1] - spots[d][1]) < 0
    return count


@given(st.integers(0, 10**6), st.integers(1, 30), st.booleans())
def test_layout_flows_right_and_overlaps_nothing(seed: int, count: int, cyclic: bool) -> None:
    draw = random.Random(seed)
    boxes = {n: Box(draw.randint(0, 900), draw.randint(0, 900), 180, 80 + 20 * (n % 4)) for n in range(count)}
    pairs = {(draw.randrange(count), draw.randrange(count)) for _ in range(count)}
    pairs = {(a, b) if cyclic else (min(a, b), max(a, b)) for a, b in pairs}
    spots = layered(boxes, [Link(a, b, 60, 60) for a, b in pairs])
    assert spots.keys() == boxes.keys()
    if not cyclic:
        assert all(spots[a][0] < spots[b][0] for a, b in pairs if a != b)
    placed = [(x, y, x + boxes[n].width, y + boxes[n].height) for n, (x, y) in spots.items()]
    assert not [1 for i, a in enumerate(placed) for b in placed[:i]
                if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]]  # fmt: skip
    assert min(x for x, _ in spots.values()) == snap(min(box.x for box in boxes.values()))


def test_layout_untangles_and_straightens() -> None:
    boxes = {n: Box(0, 100 * n, 180, 100) for n in range(8)}
    links = [(0, 7), (1, 6), (2, 5), (3, 4)]
    spots = layered(boxes, [Link(a, b, 60, 60) for a, b in links])
    assert crossings(spots, links) == 0
    assert all(spots[a][1] == spots[b][1] for a, b in links)
    ports = layered({0: Box(0, 0, 180, 100), 1: Box(0, 0, 180, 140)}, [Link(0, 1, 60, 80)])
    assert ports[0][1] + 60 == ports[1][1] + 80
    assert layered({}, []) == {}


# -- pieces and edits --------------------------------------------------------------------------------------------------


def drawing() -> Document:
    """d → a → b, and a and b → s, a sum."""
    document = Document()
    with document.edit("Draw"):
        for place, (name, kind) in enumerate({"d": "data", "a": "relu", "b": "tanh", "s": "add"}.items()):
            document.add_node(kind, 200.0 * place, 0, id=name)
        for target, source in {"a.x": "d.image", "b.x": "a.output", "s.xs.0": "b.output", "s.xs.1": "a.output"}.items():
            document.connect(port(source), port(target))
    return document


def port(text: str) -> Port:
    node, _, name = text.partition(".")
    return Port(MAIN, node, name)


def key(node: str) -> NodeKey:
    return NodeKey(MAIN, node)


def wires(document: Document) -> dict[str, str]:
    return {f"{t.node}.{t.port}": f"{w.node}.{w.port}" for t, w in document.wires.items()}


def test_a_piece_survives_the_clipboard() -> None:
    document = drawing()
    piece = clipboard.piece_of(document, [key("a"), key("b"), key("s")])
    again = clipboard.from_text(clipboard.to_text(piece))
    assert again == piece
    assert set(again.wires) == {"b.x", "s.xs.0", "s.xs.1"}
    edits.paste(document, again, MAIN, (10, 20))
    assert wires(document)["s_1.xs.1"] == "a_1.output"
    assert document.nodes[key("b_1")].y == 20
    assert clipboard.fresh_keys(document, ["a", "a_1", "new", "a"], MAIN) == [
        key(n) for n in ("a_2", "a_3", "new", "a_4")
    ]


def test_healing_looks_past_what_goes() -> None:
    document = drawing()
    edits.delete_and_heal(document, [key("a"), key("b")], may_connect)
    assert wires(document) == {"s.xs.0": "d.image", "s.xs.1": "d.image"}
    document.undo()
    edits.delete_and_heal(document, [key("b")], may_connect)
    assert wires(document) == {"a.x": "d.image", "s.xs.0": "a.output", "s.xs.1": "a.output"}


def test_healing_that_is_not_allowed_leaves_the_gap() -> None:
    document = drawing()
    edits.delete_and_heal(document, [key("b")], lambda *_: "No.")
    assert wires(document) == {"a.x": "d.image", "s.xs.0": "a.output"}


def test_deleting_closes_the_gaps_of_growing_inputs() -> None:
    document = drawing()
    edits.delete(document, [key("b")])
    assert wires(document) == {"a.x": "d.image", "s.xs.0": "a.output"}
    document.undo()
    edits.delete(document, (), [port("s.xs.0")])
    assert wires(document)["s.xs.0"] == "a.output"
    assert document.undo_label == "Disconnect"


def test_what_can_stand_in_a_wire() -> None:
    assert edits.passage(CATALOGUE["relu"], IMAGE) == ("x", CATALOGUE["relu"].outputs[0])
    assert edits.passage(CATALOGUE["conv2d"], LABEL) is None
    for name in ("data", "mse_loss", "objective", "of another version"):
        assert edits.passage(CATALOGUE.get(name), None) is None


def test_a_wire_moves_within_a_growing_input() -> None:
    document = drawing()
    edits.reconnect(document, port("b.output"), port("s.xs.2"), port("s.xs.0"))
    assert wires(document)["s.xs.0"] == "a.output"
    assert wires(document)["s.xs.1"] == "b.output"
    assert document.wires[port("s.xs.1")] == Wire("b", "output")
