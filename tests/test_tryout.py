"""Examples before and after the nodes that change them, compared with the examples themselves."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from drawn import Layer, classifier, row
from nested import network
from numpy.typing import NDArray

from backend import tryout
from backend.messages import Event, TriedOut, TryOut
from backend.tryout import TryOuts
from graph import files
from graph.document import Document, NodeKey, Port

Pictures = NDArray[np.uint8]
FLIP: Layer = ("random_flip", {"probability": 1.0})


def tried(document: Document, node: str, network: str = "main", **asked: Any) -> TriedOut:
    """Ask as the worker does and give the answer."""
    said, there = [], threading.Event()

    def hear(event: Event) -> None:
        said.append(event)
        there.set()

    TryOuts(hear).ask(TryOut(files.dumps(document), network, node, **asked))
    assert there.wait(60)
    (answer,) = said
    assert isinstance(answer, TriedOut)
    return answer


def drawn(*layers: Layer) -> Document:
    """These behind the pictures of the digits."""
    document = Document()
    with document.edit("Draw"):
        digits = document.add_node("data", params={"examples": 300})
        row(document, Port(*digits, "image"), *layers)
    return document


def test_before_is_the_data_and_after_is_what_leaves_the_node() -> None:
    answer = tried(drawn(FLIP), "random_flip_1", count=3, draws=2)
    assert (answer.error, len(answer.before), [len(each) for each in answer.after]) == ("", 3, [3, 3])
    assert not np.array_equal(answer.before[0], answer.before[1])
    for draw in answer.after:
        assert all(np.array_equal(one, other[:, ::-1]) for one, other in zip(draw, answer.before))
    assert (answer.mends, answer.targets, answer.chain) == (False, (), ("random_flip_1",))


def test_a_chain_is_shown_from_the_data_on() -> None:
    upside_down: Layer = ("random_flip", {"probability": 1.0, "horizontal": False, "vertical": True})
    answer = tried(drawn(FLIP, upside_down), "random_flip_2", draws=1)
    assert answer.chain == ("random_flip_1", "random_flip_2")
    assert np.array_equal(answer.after[0][0], answer.before[0][::-1, ::-1])


def test_what_is_to_be_mended_has_the_picture_before_it_as_its_target() -> None:
    spoiled = tried(drawn(("salt_and_pepper", {"share": 0.3})), "salt_and_pepper_1", draws=1)
    assert (spoiled.mends, spoiled.targets) == (True, ())  # the target is what the data holds
    after, before = spoiled.after[0][0], spoiled.before[0]
    changed = after != before
    assert changed.any()
    assert set(after[changed].tolist()) <= {0, 255}
    behind = tried(drawn(("random_flip", {}), ("salt_and_pepper", {"share": 0.3})), "salt_and_pepper_1", draws=6)
    mirrored = [np.array_equal(draw[0], behind.before[0][:, ::-1]) for draw in behind.targets]
    assert {True, False} == set(mirrored)  # a target of its own for every draw
    assert all(
        np.array_equal(draw[0], behind.before[0]) for draw, flipped in zip(behind.targets, mirrored) if not flipped
    )


def test_noise_that_only_training_has_is_no_task() -> None:
    assert not tried(drawn(("gaussian_noise", {"when": "while training"})), "gaussian_noise_1").mends
    assert tried(drawn(("gaussian_noise", {"when": "always"})), "gaussian_noise_1").mends


def test_the_seed_decides_the_draws_and_nothing_else() -> None:
    document = drawn(("gaussian_noise", {}))
    one, same, other = (tried(document, "gaussian_noise_1", seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one.after[0][0], same.after[0][0])
    assert not np.array_equal(one.after[0][0], other.after[0][0])
    assert np.array_equal(one.before[0], other.before[0])
    assert not np.array_equal(one.after[0][0], one.after[1][0])


def test_a_blend_says_its_shares_of_the_classes() -> None:
    document = drawn(("mixup", {}))
    with document.edit("Wire"):
        document.connect(Port("main", "data_1", "label"), Port("main", "mixup_1", "target"))
    answer = tried(document, "mixup_1", count=4, draws=1)
    shares = [words.split()[1::2] for words in answer.words[0]]
    assert any(len(each) == 2 for each in shares)
    assert all(sum(int(share.rstrip("%")) for share in each) in (99, 100, 101) for each in shares)


def test_what_is_wrong_elsewhere_in_the_design_is_no_matter() -> None:
    document = classifier(FLIP, ("flatten", {}), ("linear", {"units": 10}))
    with document.edit("Spoil"):
        document.add_node("no_such_type")
        document.disconnect(Port("main", "cross_entropy_1", "target"))
    assert tried(document, "random_flip_1").error == ""


def test_a_grey_picture_of_scaled_colours_is_as_light_as_they_were() -> None:
    document = Document()
    with document.edit("Draw"):
        shapes = document.add_node("data", params={"source": "photos", "scaling": "standard", "size": 16})
        row(document, Port(*shapes, "image"), ("to_grey", {}))
    answer = tried(document, "to_grey_1", draws=1)
    assert answer.error == ""
    assert (answer.before[0].shape, answer.after[0][0].shape) == ((16, 16, 3), (16, 16))
    assert abs(float(answer.before[0].mean()) - float(answer.after[0][0].mean())) < 15


def test_a_node_within_a_placed_network_is_shown_there() -> None:
    document = Document()
    inside = {"pictures": "input", "flip": ("random_flip", {"probability": 1.0}), "y": "output"}
    network(document, "augment", inside, {"flip.x": "pictures.output", "y.x": "flip.image"})
    whole = {"digits": ("data", {"examples": 300}), "first": "@augment"}
    network(document, "main", whole, {"first.pictures": "digits.image"})
    answer = tried(document, "flip", "augment", draws=1)
    assert (answer.error, answer.chain) == ("", ("flip",))
    assert np.array_equal(answer.after[0][0], answer.before[0][:, ::-1])
    with document.edit("Remove"):
        document.remove_node(NodeKey("main", "first"))
    assert "placed nowhere" in tried(document, "flip", "augment").error


@pytest.mark.parametrize(
    ("document", "node", "words"),
    [
        (drawn(("flatten", {}), ("gaussian_noise", {})), "gaussian_noise_1", "changes no pictures here"),
        (drawn(("random_crop", {"height": 40})), "random_crop_1", "A height of 40 cannot be cut out"),
    ],
    ids=["vectors", "an error of its own"],
)
def test_what_cannot_be_shown_is_a_sentence(document: Document, node: str, words: str) -> None:
    assert words in tried(document, node).error


def test_data_that_is_elsewhere_and_a_node_without_wires_are_sentences() -> None:
    document = drawn(FLIP)
    with document.edit("Choose"):
        document.set_param(NodeKey("main", "data_1"), "source", "cifar100")
    assert "not on this machine yet: download it in the data panel" in tried(document, "random_flip_1").error
    with document.edit("Cut"):
        document.disconnect(Port("main", "random_flip_1", "x"))
    assert tried(document, "random_flip_1").error


def test_the_examples_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read, there = [], threading.Semaphore(0)
    whole = tryout.read_examples
    monkeypatch.setattr(tryout, "read_examples", lambda *asked: read.append(asked) or whole(*asked))
    asking = TryOuts(lambda _: there.release())
    for seed in range(3):
        asking.ask(TryOut(files.dumps(drawn(FLIP)), "main", "random_flip_1", seed=seed))
        assert there.acquire(timeout=60)
    assert len(read) == 1
