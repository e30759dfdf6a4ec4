"""Design files: what goes in comes out, every bad file gets its sentence, and a failed write costs nothing."""

from __future__ import annotations

import errno
import json
import math
import os
import stat
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from graph import files
from graph.disk import write_atomically
from graph.document import MAIN, Comment, Document, Network, Node, NodeKey, Port, Wire
from graph.files import FileProblem, dumps, load, loads, save, schema

DESIGN: dict[str, Any] = {
    "format": "netloom",
    "version": 1,
    "about": {"title": "Two layers"},
    "settings": {"epochs": 20},
    "networks": {
        "main": {
            "nodes": {
                "data_1": {"type": "data", "x": 0, "y": 0},
                "conv_1": {"type": "conv2d", "params": {"filters": 14}, "title": "First", "x": 240, "y": -12.5},
                "add_1": {"type": "add", "x": 480, "y": 0},
            },
            "wires": {"conv_1.x": "data_1.image", "add_1.xs.0": "conv_1.features", "add_1.xs.10": "conv_1.features"},
            "comments": {
                "note": {"text": "Über allem — 模型", "x": 1, "y": 2, "width": 30, "height": 40, "colour": "red"}
            },
        },
        "Generator": {"title": "The forger", "nodes": {"new": {"type": "from_a_plugin", "params": {"k": [1, [2.5]]}}}},
    },
}


def changed(path: str, value: Any) -> bytes:
    """The design above with one place changed: ``networks/main/nodes/conv_1/x``; "gone" removes it."""
    tree = json.loads(json.dumps(DESIGN))
    *way, last = path.split("/")
    place = tree
    for name in way:
        place = place[name]
    if value == "gone":
        del place[last]
    else:
        place[last] = value
    return json.dumps(tree).encode()


def document() -> Document:
    return loads(json.dumps(DESIGN).encode())


def test_everything_is_read() -> None:
    loaded = document()
    assert loaded.about == {"title": "Two layers"}
    assert loaded.settings == {"epochs": 20}
    assert loaded.networks == {MAIN: Network(), "Generator": Network("The forger")}
    assert loaded.nodes[NodeKey(MAIN, "conv_1")] == Node("conv2d", {"filters": 14}, "First", 240.0, -12.5)
    assert loaded.nodes[NodeKey("Generator", "new")].params == {"k": [1, [2.5]]}
    assert loaded.wires[Port(MAIN, "add_1", "xs.10")] == Wire("conv_1", "features")
    assert loaded.comments[NodeKey(MAIN, "note")] == Comment("Über allem — 模型", 1, 2, 30, 40, "red")
    assert not loaded.modified


def test_a_saved_file_is_stable_and_readable() -> None:
    data = dumps(document())
    assert dumps(loads(data)) == data
    lines = data.decode().splitlines()
    assert (
        '        "conv_1": {"type": "conv2d", "params": {"filters": 14}, "title": "First", "x": 240, "y": -12.5},'
        in lines
    )
    assert '        "conv_1.x": "data_1.image"' in lines
    assert "模型" in data.decode()
    assert data.endswith(b"}\n")


def test_the_order_of_drawing_leaves_no_trace() -> None:
    one, other = Document(), Document()
    ids = [f"relu_{number}" for number in range(1, 13)]
    for target, order in ((one, ids), (other, ids[::-1])):
        with target.edit("Draw"):
            for id in order:
                target.add_node("relu", id=id, params=dict.fromkeys(order, 1))
            for first, second in list(pairwise(ids))[:: 1 if order is ids else -1]:
                target.connect(Port(MAIN, first, "output"), Port(MAIN, second, "x"))
    assert dumps(one) == dumps(other)
    loaded = loads(dumps(other))
    assert [key.node for key in loaded.nodes] == ids, "2 comes before 10"


def test_numbers_keep_their_kind() -> None:
    params = {"whole": 3, "real": 3.0, "tiny": 1e-8, "yes": True, "big": 2**53 + 1, "text": "3", "list": [1, 2.0, "x"]}
    original = Document()
    with original.edit("Draw"):
        original.add_node("x", params=params)
    kept = loads(dumps(original)).nodes[NodeKey(MAIN, "x_1")].params
    assert kept == params
    assert {name: type(value) for name, value in kept.items()} == {name: type(value) for name, value in params.items()}


NODE, WIRES = "networks/main/nodes/conv_1", "networks/main/wires"
BAD: list[tuple[str, bytes, list[str]]] = [
    ("empty", b" \n", ["is empty"]),
    ("not JSON", b"{'a': 1}", ["line 1, column 2", "property name"]),
    ("a comma too many", b'{"format": "netloom",\n "version": 1,\n}', ["line 3, column 1"]),
    ("cut off", json.dumps(DESIGN).encode()[:200], ["ends too early"]),
    ("not UTF-8", b'{"format": "\xff"}', ["UTF-8", "byte 13"]),
    ("a picture", b"\x89PNG\r\n\x1a\n\0\0", ["UTF-8"]),
    ("a list", b"[1, 2]", ["no Netloom design"]),
    ("foreign JSON", b'{"nodes": [], "links": []}', ["no Netloom design", "“format”"]),
    ("another format", changed("format", "comfy"), ["no Netloom design"]),
    ("newer", changed("version", 7), ["newer Netloom (version 7)", "reads up to 1", "Update"]),
    ("version of text", changed("version", "1"), ["version", 'got "1"']),
    ("version nought", changed("version", 0), ["whole number from 1"]),
    ("version true", changed("version", True), ["version"]),
    ("no version", changed("version", "gone"), ["version", "null"]),
    ("too deep", b"[" * 100_000, ["nested too deeply"]),
    ("lists too deep", changed(f"{NODE}/params/w", json.loads("[" * 20 + "]" * 20)), ["nested too deeply", "conv_1"]),
    ("a name twice", b'{"format": "netloom", "format": "netloom"}', ["“format” stands twice"]),
    ("NaN", b'{"format": "netloom", "version": NaN}', ["NaN", "finite"]),
    ("infinity", changed(f"{NODE}/x", math.inf), ["Infinity", "finite"]),
    ("overflowing", changed(f"{NODE}/x", 9).replace(b'"x": 9', b'"x": 1e999'), ["conv_1 › x", "finite"]),
    ("a number without end", b'{"format": ' + b"9" * 5000 + b"}", ["thousands of digits"]),
    ("huge whole number", changed(f"{NODE}/params/filters", 10**30), ["conv_1 › params › filters", "too large"]),
    ("x is a text", changed(f"{NODE}/x", "left"), ["main › nodes › conv_1 › x: a number is expected; got a text"]),
    ("no type", changed(f"{NODE}/type", "gone"), ["conv_1", "“type” is missing"]),
    ("type of number", changed(f"{NODE}/type", 3), ["conv_1 › type", "a text is expected; got a whole number"]),
    ("unknown entry in a node", changed(f"{NODE}/colour", "red"), ["conv_1", "“colour” is not known"]),
    ("parameter null", changed(f"{NODE}/params/filters", None), ["conv_1 › params › filters", "null"]),
    ("parameter object", changed(f"{NODE}/params/filters", {}), ["conv_1 › params › filters", "got an object"]),
    ("object in a list", changed(f"{NODE}/params/filters", [None]), ["conv_1 › params › filters › 1", "null"]),
    ("params a list", changed(f"{NODE}/params", []), ["conv_1 › params", "an object is expected; got a list"]),
    ("nodes a list", changed("networks/main/nodes", []), ["main › nodes", "an object is expected"]),
    ("networks missing", changed("networks", "gone"), ["“networks” is missing"]),
    ("no main", changed("networks", {}), ["“main” is missing"]),
    ("unknown entry", changed("plugins", []), ["“plugins” is not known"]),
    ("about of numbers", changed("about/title", 3), ["about › title", "a text is expected"]),
    ("id with a blank", changed("networks/main/nodes/my node", {"type": "relu"}), ["my node", "letters, digits"]),
    ("id of Python", changed("networks/main/nodes/class", {"type": "relu"}), ["“class”", "word of Python"]),
    ("id with a line end", changed("networks/main/nodes/a\n", {"type": "relu"}), ["letters, digits"]),
    ("id too long", changed("networks/main/nodes/" + "a" * 300, {"type": "relu"}), ["at most 200"]),
    ("network name", changed("networks/1st", {}), ["1st", "letters, digits"]),
    ("wire from nowhere", changed(f"{WIRES}/conv_1.x", "gone_1.image"), ["› conv_1.x: there is no node “gone_1”"]),
    ("wire to nowhere", changed(f"{WIRES}/gone_1.x", "data_1.image"), ["no node “gone_1”"]),
    ("wire without port", changed(f"{WIRES}/conv_1.x", "data_1"), ["wires › conv_1.x", "node.port"]),
    ("wire across networks", changed(f"{WIRES}/conv_1.x", "new.output"), ["no node “new”"]),
    ("half a character", changed(f"{NODE}/title", "\ud800"), ["conv_1 › title", "half a character"]),
    ("endless text", changed(f"{NODE}/title", "a" * 1_000_001), ["conv_1 › title", "longer than 1,000,000"]),
    ("comment", changed("networks/main/comments/note/width", "wide"), ["note › width", "a number is expected"]),
]  # fmt: skip


@pytest.mark.parametrize(("data", "words"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_a_bad_file_gets_its_sentence(data: bytes, words: list[str]) -> None:
    with pytest.raises(FileProblem) as caught:
        loads(data, "my.netloom")
    sentence = str(caught.value)
    assert sentence.startswith("“my.netloom” cannot be opened: ")
    assert sentence.endswith(".")
    assert not [word for word in words if word not in sentence], sentence
    assert caught.value.code == 1
    assert not {"Traceback", "msgspec", "$", "regex", "NoneType"} & set(sentence.split())


def test_size_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    data = json.dumps(DESIGN).encode()
    monkeypatch.setattr(files, "MAX_NODES", 4)
    assert len(loads(data).nodes) == 4
    monkeypatch.setattr(files, "MAX_NODES", 3)
    with pytest.raises(FileProblem, match="more than 3 nodes"):
        loads(data)
    with pytest.raises(FileProblem, match="more than 64 MB"):
        loads(b" " * (64 * 2**20 + 1))


def test_unknown_types_and_parameters_are_kept() -> None:
    loaded = loads(changed(NODE, {"type": "capsule_net", "params": {"routes": 3}, "x": 1, "y": 1}))
    assert b'"conv_1": {"type": "capsule_net", "params": {"routes": 3}' in dumps(loaded)


def test_a_byte_order_mark_is_no_harm() -> None:
    data = json.dumps(DESIGN).encode()
    assert loads(b"\xef\xbb\xbf" + data).snapshot() == loads(data).snapshot()


def test_an_older_version_is_brought_forward(monkeypatch: pytest.MonkeyPatch) -> None:
    def nodes_got_a_type(tree: dict[str, Any]) -> dict[str, Any]:
        network = tree["networks"]["main"]
        nodes = {id: {"type": kind} for id, kind in network["nodes"].items()}
        return {**tree, "networks": {"main": {**network, "nodes": nodes}}}

    def settings_came(tree: dict[str, Any]) -> dict[str, Any]:
        return {**tree, "settings": {"epochs": tree["epochs"]}} | {"networks": tree["networks"]}

    def without_epochs(tree: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in settings_came(tree).items() if name != "epochs"}

    monkeypatch.setattr(files, "VERSION", 3)
    monkeypatch.setattr(files, "MIGRATIONS", {1: nodes_got_a_type, 2: without_epochs})
    old = {"format": "netloom", "version": 1, "epochs": 7, "networks": {"main": {"nodes": {"a": "relu"}, "wires": {}}}}
    loaded = loads(json.dumps(old).encode())
    assert loaded.settings == {"epochs": 7}
    assert loaded.nodes[NodeKey(MAIN, "a")] == Node("relu")
    assert b'"version": 3' in dumps(loaded)


def test_every_older_version_has_its_migration() -> None:
    assert set(files.MIGRATIONS) == set(range(1, files.VERSION))


def edited(**params: Any) -> Document:
    one = document()
    with one.edit("Edit"):
        one.add_node("linear", params=params)
    return one


@pytest.mark.parametrize("value", [math.nan, -math.inf, [1.0, math.nan], None, "\udcff", {1: 2}, 10**40, object()])
def test_what_no_file_can_hold_is_not_written(value: Any, tmp_path: Path) -> None:
    path = tmp_path / "kept.netloom"
    save(document(), path)
    before = path.read_bytes()
    with pytest.raises(FileProblem, match=r"cannot be saved: .*linear_1 › params › units"):
        save(edited(units=value), path)
    assert path.read_bytes() == before


def test_a_node_in_no_network_is_not_lost_in_silence() -> None:
    one = document()
    with one.edit("Edit"):
        one.put("nodes", NodeKey("Nowhere", "a"), Node("relu"))
    with pytest.raises(FileProblem, match="no network “Nowhere”"):
        dumps(one)


def test_saving_and_loading_a_file(tmp_path: Path) -> None:
    one, path = edited(units=3), tmp_path / "Zwei Schichten.netloom"
    assert one.modified
    save(one, path)
    assert not one.modified
    assert load(path).snapshot() == one.snapshot()
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_permissions_and_links_are_kept(tmp_path: Path) -> None:
    path, link = tmp_path / "real.netloom", tmp_path / "link.netloom"
    save(document(), path)
    assert stat.S_IMODE(path.stat().st_mode) & 0o600 == 0o600
    path.chmod(0o640)
    link.symlink_to(path)
    save(edited(units=3), link)
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert len(load(path).nodes) == len(document().nodes) + 1


@pytest.mark.parametrize("failing", ["fsync", "replace"])
@pytest.mark.parametrize(
    ("number", "words", "code"),
    [(errno.ENOSPC, "disk is full", 3), (errno.EDQUOT, "share of the disk", 3), (errno.EROFS, "read-only", 1),
     (errno.EACCES, "permission", 1), (errno.EIO, "cannot be written", 3)],
)  # fmt: skip
def test_a_failed_write_leaves_the_old_file(
    failing: str, number: int, words: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "kept.netloom"
    save(document(), path)
    before = path.read_bytes()

    def fail(*_: Any) -> None:
        raise OSError(number, os.strerror(number))

    changed_document = edited(units=3)
    with monkeypatch.context() as patch:
        patch.setattr(*((os, "fsync") if failing == "fsync" else (Path, "replace")), fail)
        with pytest.raises(FileProblem, match=words) as caught:
            save(changed_document, path)
    assert caught.value.code == code
    assert changed_document.modified
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name], "no half file stays behind"


def test_a_real_full_disk(tmp_path: Path) -> None:
    """A file that may not grow beyond a limit fails in the middle of the write, as on a full disk."""
    resource, signal = pytest.importorskip("resource"), pytest.importorskip("signal")
    path = tmp_path / "kept.bin"
    write_atomically(path, b"old")
    limits, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(FileProblem, match="larger than this disk allows") as caught:
            write_atomically(path, b"new" * 100_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert caught.value.code == 3
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["kept.bin"]


def test_a_read_only_file_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "kept.netloom"
    save(document(), path)
    monkeypatch.setattr(os, "access", lambda place, mode: False)
    with pytest.raises(FileProblem, match="permission"):
        save(edited(units=3), path)


@pytest.mark.parametrize(
    ("name", "words"),
    [("gone.netloom", "no such file"), (".", "is a folder"), ("a/b/c.netloom", "no such file"), ("nul\0", "character"),
     ("x" * 300, "too long"), ("fifo", "not an ordinary file"), ("file/below", "part of its path")],
)  # fmt: skip
def test_places_that_are_no_files(name: str, words: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "file").write_text("")
    with pytest.raises(FileProblem, match=words):
        load(tmp_path / name)


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret.netloom"
    save(document(), path)

    def refuse(*_: Any) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(FileProblem, match="do not have the permission"):
        load(path)


@pytest.mark.parametrize(("place", "words"), [("gone/x.netloom", "no such"), ("", "is a folder")])
def test_places_that_cannot_be_written(place: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match=words):
        save(document(), tmp_path / place)


def test_the_schema_names_every_part() -> None:
    found = schema()
    text = json.dumps(found)
    assert found["$schema"].startswith("https://json-schema.org/")
    assert set(found["$defs"]) >= {"StoredDesign", "StoredNetwork", "Node", "Comment"}
    assert all(
        f'"{name}"' in text for name in ("format", "version", "about", "settings", "networks", "wires", "params")
    )
    assert found["$defs"]["Node"]["required"] == ["type"]
