"""A download in the data panel: how far it is and how fast, ending it, going on, and what can go wrong."""

from __future__ import annotations

import pytest
from played import PlayedSession
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from shown import settle, shown, texts

from backend import messages as m
from gui.data.download import DownloadBar
from gui.panels.data import DataPanel

LEFT = Qt.MouseButton.LeftButton
SENTENCE = "“train” could not be downloaded: mirror.example stopped sending."


def asked(session: PlayedSession) -> list[m.Preview]:
    return [command for command in session.analyst.sent if isinstance(command, m.Preview)]


def say(session: PlayedSession, qtbot: QtBot, **told: object) -> None:
    """Answer what was asked last."""
    session.hear_analyst(m.Previewed(asked(session)[-1], **told))  # type: ignore[arg-type]
    settle(qtbot)


@pytest.fixture
def panel(session: PlayedSession, qtbot: QtBot) -> DataPanel:
    """The panel with a set that has to be downloaded."""
    made = shown(qtbot, DataPanel(session), 340, 640)
    made.look_at("mnist")
    settle(qtbot)
    say(
        session, qtbot, missing=True, size=11_000_000, title="MNIST", fields=(m.FieldView("image", "image", "1×28×28"),)
    )
    return made


def test_it_comes_on_request_and_tells_how_far_it_is(panel: DataPanel, session: PlayedSession, qtbot: QtBot) -> None:
    assert panel.fetch.text() == "Download 11.0 MB"
    assert not panel.progress.isVisible()
    qtbot.mouseClick(panel.fetch, LEFT)
    settle(qtbot)
    assert asked(session)[-1].download
    assert "Asking the server…" in texts(panel)
    assert not panel.fetch.isVisible()
    session.hear_analyst(m.Loading("train", 5_500_000, 11_000_000))
    assert panel.progress.bar.value() == 500
    assert "train · 5.5 MB of 11.0 MB" in texts(panel)
    say(session, qtbot, title="MNIST", splits={"train": 60_000})
    assert not panel.progress.isVisible()
    assert not panel.fetch.isVisible()
    assert "60,000 to train" in texts(panel)


def test_it_can_be_cancelled_and_goes_on_where_it_was(panel: DataPanel, session: PlayedSession, qtbot: QtBot) -> None:
    qtbot.mouseClick(panel.fetch, LEFT)
    session.hear_analyst(m.Loading("train", 5_500_000, 11_000_000))
    qtbot.mouseClick(panel.progress.cancel, LEFT)
    settle(qtbot)
    first, second = asked(session)[-2:]
    assert (first.download, second.download) == (True, False)  # the worker drops what it does for what comes later
    assert panel.fetch.text() == "Go on with the download"
    assert "What has come so far is kept." in texts(panel)
    assert not panel.progress.isVisible()
    session.hear_analyst(m.Previewed(first, error="The download of “train” was cancelled."))
    session.hear_analyst(m.Loading("train", 5_600_000, 11_000_000))
    settle(qtbot)
    assert "cancelled" not in texts(panel)
    assert not panel.progress.isVisible()
    qtbot.mouseClick(panel.fetch, LEFT)
    settle(qtbot)
    assert asked(session)[-1].download
    assert panel.progress.isVisible()


def test_what_goes_wrong_is_a_sentence_and_can_be_tried_again(panel: DataPanel, session: PlayedSession,
                                                              qtbot: QtBot) -> None:  # fmt: skip
    qtbot.mouseClick(panel.fetch, LEFT)
    say(session, qtbot, error=SENTENCE)
    assert "The download has not worked" in texts(panel)
    assert SENTENCE in texts(panel)
    before = len(asked(session))
    qtbot.mouseClick(panel.empty.button, LEFT)
    settle(qtbot)
    assert len(asked(session)) == before + 1
    assert asked(session)[-1].download
    assert panel.progress.isVisible()
    say(session, qtbot, title="MNIST", splits={"train": 60_000})
    assert "60,000 to train" in texts(panel)


def test_the_rate_is_that_of_the_last_seconds(qtbot: QtBot) -> None:
    now = [0.0]
    bar = shown(qtbot, DownloadBar(lambda: now[0]))
    bar.begin()
    for second, done in ((0, 0), (1, 9_000_000), (5, 9_400_000), (6, 9_500_000), (9, 9_800_000)):
        now[0] = second
        bar.tell(m.Loading("train", done, 20_000_000))
    assert bar.words.text() == "train · 9.8 MB of 20.0 MB · 100 kB a second · 1:42 min left"
    bar.tell(m.Loading("test", 10, 0))
    assert bar.words.text() == "test · 10 bytes"
    assert bar.bar.maximum() == 0  # as long as nobody knows how much it is
