"""The program around the window: starting and leaving it, and pictures of it with a real analyst behind."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest
from played import PlayedSession
from PySide6.QtCore import QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from gui import app, settings, theme, waiting
from gui.window import Window


def the_window() -> Window:
    return next(w for w in QApplication.topLevelWidgets() if isinstance(w, Window) and w.isVisible())


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[PlayedSession]:
    """Sessions that the program makes are played ones."""
    made: list[PlayedSession] = []

    def make() -> PlayedSession:
        made.append(PlayedSession(tmp_path / "runs"))
        return made[-1]

    monkeypatch.setattr(app, "Session", make)
    return made


def test_it_runs_until_the_window_is_closed(qapp: QApplication, played: list[PlayedSession]) -> None:
    settings.set_theme("light")
    seen: list[tuple[str, bool]] = []

    def look_and_close() -> None:
        window = the_window()
        seen.append((theme.current().name, window.drawing))
        window.close()

    hook, interrupt = sys.excepthook, signal.getsignal(signal.SIGINT)
    QTimer.singleShot(500, look_and_close)
    assert app.run(template="xor") == 0
    assert seen == [("light", True)]
    assert played[0].document.nodes
    assert not played[0].engine.alive
    assert (sys.excepthook, signal.getsignal(signal.SIGINT)) == (hook, interrupt)


def test_it_starts_again_with_the_open_design_in_another_size(
    qapp: QApplication, played: list[PlayedSession], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(app.QProcess, "startDetached", lambda program, arguments: started.append([program, *arguments]))

    def choose_and_start_again() -> None:
        window = the_window()
        window.session.save(tmp_path / "mine.netloom")
        window.show_settings().again.click()

    QTimer.singleShot(500, choose_and_start_again)
    assert app.run(template="xor") == 0
    main = Path(app.__file__).parent.parent / "main.py"
    assert started == [[sys.executable, str(main), "--open", str(tmp_path / "mine.netloom")]]
    assert settings.FACTOR not in os.environ


def test_a_bad_file_opens_the_start_page_and_says_why(qapp: QApplication, played: list[PlayedSession]) -> None:
    seen: list[tuple[bool, str]] = []

    def look_and_close() -> None:
        window = the_window()
        seen.append((window.drawing, window.notices.cards[0].notice.level))
        window.close()

    QTimer.singleShot(500, look_and_close)
    assert app.run(open="no/such/file.netloom") == 0
    assert seen == [(False, "error")]


def test_an_exception_in_a_slot_ends_in_a_notice(qapp: QApplication, played: list[PlayedSession]) -> None:
    def fail() -> None:
        window = the_window()
        QTimer.singleShot(200, window.close)
        sys.excepthook(ValueError, ValueError("a slip"), None)

    QTimer.singleShot(300, fail)
    assert app.run() == 0
    (notice,) = played[0].notices
    assert "a slip" in notice.text
    assert notice.action_label == "Show the log"


def test_a_picture_of_a_template_with_its_code(qapp: QApplication, tmp_path: Path) -> None:
    target = tmp_path / "new folder" / "picture.png"
    assert app.screenshot(str(target), template="xor", panel="code", size=(1200, 800), theme="light") == 0
    image = QImage(str(target))
    assert (image.width(), image.height()) == (1200, 800)
    colours = {image.pixelColor(x, y).name() for x in range(0, 1200, 7) for y in range(0, 800, 7)}
    assert theme.LIGHT.canvas.name() in colours
    assert len(colours) > 40
    assert settings.layout() is None


@pytest.mark.parametrize(("wrong", "words"), [
    ({"template": "no-such"}, "no-such"), ({"template": "xor", "panel": "cellar"}, "There is no panel “cellar”"),
    ({"run": "nowhere"}, "nowhere"), ({"template": "xor", "to": "picture.nonsense"}, "ends in .png"),
])  # fmt: skip
def test_a_picture_of_nothing_is_a_sentence(qapp: QApplication, tmp_path: Path, played: list[PlayedSession],
                                            monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
                                            wrong: dict[str, str], words: str) -> None:  # fmt: skip
    monkeypatch.setattr(waiting, "PATIENCE", 1500)
    arguments = {"to": "picture.png", **wrong}
    arguments["to"] = str(tmp_path / arguments["to"])
    assert app.screenshot(**arguments) == 1  # type: ignore[arg-type]
    assert words in capsys.readouterr().err
    assert not list(tmp_path.glob("picture*"))
