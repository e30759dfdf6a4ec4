"""The part of the inspector that shows what a node does to examples: when it asks, and what it shows of the answer."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import row
from played import PlayedSession
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from shown import settle, shown, texts

from backend.messages import Analysed, Died, TriedOut, TryOut
from graph.analysis import Analysis, NodeReport
from graph.document import MAIN, NodeKey, Port
from graph.specs import TensorSpec
from gui.inspector.before_after import BeforeAfter, columns_of
from gui.inspector.editors import NumberEditor
from gui.panels.inspector import InspectorPanel

LEFT = Qt.MouseButton.LeftButton
PICTURES = tuple(np.full((8, 8), 20 * n, np.uint8) for n in range(3))
KEYS = [NodeKey(MAIN, name) for name in ("random_shift_1", "salt_and_pepper_1")]


@pytest.fixture
def panel(session: PlayedSession, qtbot: QtBot) -> InspectorPanel:
    """The inspector of a design whose pictures are moved and spoiled."""
    document = session.document
    with document.edit("Draw"):
        digits = document.add_node("data")
        row(document, Port(*digits, "image"), ("random_shift", {}), ("salt_and_pepper", {}), ("flatten", {}),
            ("gaussian_noise", {}))  # fmt: skip
    made = shown(qtbot, InspectorPanel(session))
    image, vector = TensorSpec((1, 8, 8)), TensorSpec((64,))
    outputs = {"data_1": {"image": image}, "random_shift_1": {"image": image}, "salt_and_pepper_1": {"image": image},
               "flatten_1": {"vector": vector, "output": vector}}  # fmt: skip
    found = {NodeKey(MAIN, name): NodeReport(each, 0) for name, each in outputs.items()}
    session.hear_analyst(Analysed(session._revision, Analysis(found, (), 0), ""))
    return made


def asked(session: PlayedSession) -> list[TryOut]:
    return [each for each in session.analyst.said(TryOut) if isinstance(each, TryOut)]


def part(panel: InspectorPanel) -> BeforeAfter:
    (found,) = [each for each in panel.findChildren(BeforeAfter) if each.isVisible()]
    return found


def answer(session: PlayedSession, **told: object) -> None:
    request = asked(session)[-1]
    session.hear_analyst(TriedOut(request, **{"before": PICTURES, "after": (PICTURES,) * 4, **told}))  # type: ignore[arg-type]


def test_a_slider_that_moves_asks_again_with_the_same_chance(session: PlayedSession, panel: InspectorPanel,
                                                             qtbot: QtBot) -> None:  # fmt: skip
    session.select(KEYS[:1])
    settle(qtbot)
    (first,) = asked(session)
    assert (first.network, first.node, first.seed) == KEYS[0] + (0,)
    answer(session)
    assert part(panel).view.columns[1].pictures == PICTURES
    editor = panel.rows["horizontal"].editor
    assert isinstance(editor, NumberEditor)
    assert editor.slider is not None
    for _ in range(3):
        qtbot.keyClick(editor.slider, Qt.Key.Key_Right)
        settle(qtbot)
    assert session.document.nodes[KEYS[0]].params
    assert len(asked(session)) == 2  # the second is not answered yet; of what came meanwhile the newest waits
    answer(session)
    assert len(asked(session)) == 3
    assert [each.seed for each in asked(session)] == [0, 0, 0]
    assert len({each.document for each in asked(session)}) == 3


def test_again_draws_with_another_seed(session: PlayedSession, panel: InspectorPanel, qtbot: QtBot) -> None:
    session.select(KEYS[:1])
    settle(qtbot)
    answer(session)
    qtbot.mouseClick(part(panel).again, LEFT)
    settle(qtbot)
    assert [each.seed for each in asked(session)] == [0, 1]
    with session.document.edit("Move"):
        session.document.change_node(KEYS[0], x=500.0)
    settle(qtbot)
    assert len(asked(session)) == 2  # where a node stands changes no examples


def test_several_of_a_chain_are_shown_by_the_last(session: PlayedSession, panel: InspectorPanel, qtbot: QtBot) -> None:
    session.select(KEYS)
    settle(qtbot)
    assert asked(session)[-1].node == "salt_and_pepper_1"
    answer(session, mends=True, targets=(PICTURES,) * 4, chain=("random_shift_1", "salt_and_pepper_1"))
    assert [column.head for column in part(panel).view.columns] == ["input", "target", "input", "target"]
    assert "random_shift_1 → salt_and_pepper_1" in texts(part(panel))


def test_a_sentence_stands_in_the_place_of_pictures(session: PlayedSession, panel: InspectorPanel,
                                                    qtbot: QtBot) -> None:  # fmt: skip
    session.select(KEYS[:1])
    settle(qtbot)
    answer(session, error="Nothing is wired to it.")
    assert "Nothing is wired to it." in texts(part(panel))
    assert not part(panel).view.isVisible()
    qtbot.keyClick(panel, Qt.Key.Key_Escape)
    session.select(KEYS[1:])
    settle(qtbot)
    session.hear_analyst(Died(-9))
    assert "ended the process" in texts(part(panel))


def test_it_is_there_for_pictures_alone(session: PlayedSession, panel: InspectorPanel, qtbot: QtBot) -> None:
    session.select([NodeKey(MAIN, "gaussian_noise_1")])
    settle(qtbot)
    assert not [each for each in panel.findChildren(BeforeAfter) if each.isVisible()]
    session.select([NodeKey(MAIN, "flatten_1")])
    settle(qtbot)
    assert not asked(session)


def test_columns_say_what_they_hold() -> None:
    request, words = TryOut(b"", "main", "n"), ("data", "target", "input", "drawn")
    changed = columns_of(TriedOut(request, "", PICTURES, (PICTURES,) * 2), *words)
    assert [column.head for column in changed] == ["data", "drawn", ""]
    mended = columns_of(TriedOut(request, "", PICTURES, (PICTURES,) * 2, mends=True), *words)
    assert [column.head for column in mended] == ["target", "input", ""]
