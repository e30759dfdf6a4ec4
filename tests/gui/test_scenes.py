"""The scenes of the documentation's pictures: each says what it shows, and a picture of one is taken."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from played import PlayedSession

from backend.data import known
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


def test_a_picture_is_taken_in_both_themes(session: PlayedSession, tmp_path: Path,
                                           monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setattr("docs.scenes._stage.Session", lambda **_: session)
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
