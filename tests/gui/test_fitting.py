"""Panels that a design calls for are there by themselves, and what the user opens or closes stays as it is."""

from __future__ import annotations

import pytest
from played import PlayedSession
from pytestqt.qtbot import QtBot
from shown import settle

from backend import data
from backend import messages as m
from graph import templates
from graph.inference import analyse
from gui.inside.gist import Gist, gist_of
from gui.window import Window

ANY_REVISION = 10**9


def opened(window: Window, session: PlayedSession, qtbot: QtBot, template: str) -> None:
    """A template on the canvas, and what inference finds of it."""
    session.open_template(template)
    qtbot.waitUntil(lambda: window.complete)
    session.hear_analyst(m.Analysed(ANY_REVISION, analyse(session.document, data.fields), ""))
    settle(qtbot)


def started(session: PlayedSession, qtbot: QtBot, run: str = "runs/one") -> None:
    session.train()
    session.hear(m.Started(run, 1, 1, 1, "cpu"))
    settle(qtbot)


def seen(window: Window, name: str) -> bool:
    """Whether a panel is in front."""
    return window.docks.in_front(window.docks.docks[name])


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("digits-cnn", Gist(frozenset({"classes"}), frozenset({"image"}))),
        ("xor", Gist(frozenset({"value"}), frozenset({"vector"}), plane=True)),
        ("autoencoder-32", Gist(frozenset({"image", "latent"}), frozenset({"image"}), restores=True)),
        ("vae", Gist(frozenset({"image", "latent"}), frozenset({"image", "vector"}), draws=True, restores=True)),
        ("gan-2d", Gist(frozenset({"value"}), frozenset({"vector"}), draws=True, points=True, answers=False)),
        ("dcgan", Gist(frozenset({"image"}), frozenset({"vector"}), draws=True, answers=False)),
        ("counting-rnn", Gist(frozenset({"value"}), frozenset({"sequence"}))),
        ("telecom-churn", Gist(frozenset({"classes"}), frozenset({"vector"}))),
    ],
)
def test_what_a_design_is_about(template: str, expected: Gist) -> None:
    document = templates.find_design(template)
    assert gist_of(document, analyse(document, data.fields)) == expected


def test_panels_come_and_go_with_the_design(window: Window, session: PlayedSession, qtbot: QtBot) -> None:
    opened(window, session, qtbot, "gan-2d")
    assert not window.docks.docks["samples"].isHidden()
    started(session, qtbot)
    assert seen(window, "samples")
    session.hear(m.Finished("runs/one", 1, 1.0, 1.0, {}))
    opened(window, session, qtbot, "digits-cnn")
    assert window.docks.docks["samples"].isHidden()
    assert not window.docks.docks["library"].isHidden()


def test_what_the_user_brings_to_the_front_stays_there(window: Window, session: PlayedSession, qtbot: QtBot) -> None:
    opened(window, session, qtbot, "gan-2d")
    window.docks.show("problems")
    settle(qtbot)
    started(session, qtbot)
    assert seen(window, "problems")
    assert not seen(window, "samples")


def test_what_the_user_closes_stays_closed(window: Window, session: PlayedSession, qtbot: QtBot) -> None:
    opened(window, session, qtbot, "gan-2d")
    window.docks.docks["samples"].toggleViewAction().trigger()
    assert window.docks.docks["samples"].isHidden()
    started(session, qtbot)
    opened(window, session, qtbot, "dcgan")
    assert window.docks.docks["samples"].isHidden()


def test_what_the_user_opens_stays_open(window: Window, session: PlayedSession, qtbot: QtBot) -> None:
    opened(window, session, qtbot, "digits-cnn")
    window.docks.docks["samples"].toggleViewAction().trigger()
    opened(window, session, qtbot, "xor")
    assert not window.docks.docks["samples"].isHidden()
