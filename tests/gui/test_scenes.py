"""The scenes of the documentation's pictures: each says what it shows, and a picture of one is taken."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from PIL import Image
from played import PlayedSession

from backend.data import known
from backend.messages import Ready
from docs.scenes import __main__ as command
from docs.scenes import scene, scenes
from docs.scenes._stage import Stage
from gui import theme

PICTURES = Path(__file__).parent.parent.parent / "docs" / "pictures"


def test_every_scene_has_a_name_and_a_sentence_and_needs_what_is_known() -> None:
    sets = {each.name for each in known.describe()}
    for name, declared in scenes().items():
        assert name == declared.build.__name__.replace("_", "-")
        assert declared.sentence.endswith(".")
        assert set(declared.needs) <= sets


def test_a_scene_without_a_sentence_or_with_the_name_of_another_is_refused() -> None:
    def gallery(stage: Stage) -> object:
        """Another start page."""

    def nameless(stage: Stage) -> object: ...

    scenes()
    for build in (gallery, nameless):
        with pytest.raises(ValueError, match="needs a name of its own, and a sentence"):
            scene()(build)  # type: ignore[arg-type]


def test_every_picture_of_the_documentation_comes_from_a_scene() -> None:
    made = {
        command.file_name(name, theme, scale) for name in scenes() for theme in command.THEMES for scale in (100, 200)
    }
    assert {path.name for path in PICTURES.iterdir()} <= made


def test_seven_pictures_are_there_for_dense_screens_in_both_themes() -> None:
    names = ("gallery", "resnet", "resnet-inside", "gan", "problem", "settings", "palette")
    for path in (PICTURES / command.file_name(name, each, 200) for name in names for each in command.THEMES):
        with Image.open(path) as dense, Image.open(PICTURES / path.name.replace("@2x", "")) as plain:
            assert dense.size == (2 * plain.width, 2 * plain.height), path.name
    assert sum(path.stat().st_size for path in PICTURES.glob("*@2x.png")) < 4_000_000


def test_the_plain_command_renews_both_scales(monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[list[str]] = []
    taken: list[int] = []
    monkeypatch.setattr(command, "_begin", lambda *_: None)
    monkeypatch.setattr(command, "take", lambda scene, themes, to, scale: taken.append(scale))
    done = subprocess.CompletedProcess([], 0)
    monkeypatch.setattr(command.subprocess, "run", lambda arguments, **_: runs.append(arguments[1:]) or done)
    assert command.main([]) == 0
    assert set(taken) == {100}
    assert runs == [["-m", "docs.scenes", "--scale", "200"]]
    taken.clear()
    assert command.main(["--scale", "200"]) == 0
    assert len(taken) == 7
    assert len(runs) == 1


def test_a_picture_is_taken_in_both_themes(session: PlayedSession, tmp_path: Path,
                                           monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setattr("docs.scenes._stage.Session", lambda **_: session)
    session.hear(Ready({}, ""))
    command.take(scenes()["gallery"], command.THEMES, tmp_path)
    for name in command.THEMES:
        with Image.open(tmp_path / f"gallery-{name}.png") as picture:
            assert picture.size == (1440, 900)
            corner = picture.convert("RGB").getpixel((700, 20))
        assert isinstance(corner, tuple)
        wanted = theme.THEMES[name].window
        assert all(abs(one - two) <= 3 for one, two in zip(corner, (wanted.red(), wanted.green(), wanted.blue())))


def test_what_a_scene_needs_is_named_where_it_is_missing(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="“mnist”, which is not on this machine: NETLOOM_DATA names its folder"):
        command.take(scenes()["samples"], ("dark",), tmp_path)
