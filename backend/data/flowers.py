"""Photos of five kinds of flowers, known by name wherever their folder lies."""

from __future__ import annotations

from pathlib import Path

from backend.data.folders import PictureFolder
from backend.data.places import cached, data_folder, folders_named
from backend.data.registry import Field, Known, MissingData, data_format
from graph.specs import TensorSpec

NAME = "flowers"
CLASSES = ("daisy", "dandelion", "rose", "sunflower", "tulip")
SIDE = 227  # of the photos


@data_format
class Flowers(PictureFolder):
    """A folder for each of the flowers; more of them, or photos of other sizes, are read just as well."""

    known = (
        Known(
            NAME, "Flowers", "Photos of daisies, dandelions, roses, sunflowers and tulips.", "Pictures", 200,
            licence="CC BY 2.0, every photo by its author", citation="The TensorFlow Team, Flowers, 2019",
        ),
    )  # fmt: skip

    def accepts(self, path: Path) -> bool:
        return False

    def fields(self, source: str) -> dict[str, Field]:
        if self.present(source):
            return super().fields(source)
        return {
            "image": Field(TensorSpec((3, SIDE, SIDE)), scaled=True, range=(0.0, 255.0)),
            "label": Field(TensorSpec((), "int64", classes=len(CLASSES), names=CLASSES)),
        }

    def place(self, source: str) -> str:
        return _place()

    def present(self, source: str) -> bool:
        return _find() is not None


def _find() -> Path | None:
    """The folder that holds a folder for each flower, or None."""
    named = (folder for name in (NAME, "flower-photos") for folder in folders_named(name))
    return next((folder for folder in named if all((folder / each).is_dir() for each in CLASSES)), None)


def _place() -> str:
    """The same. Raises MissingData where it is not on this machine."""
    if (found := _find()) is not None:
        return str(found)
    looked = " and ".join(f"“{each}”" for each in (data_folder(), cached(NAME)) if each)
    raise MissingData(
        f"The photos of “{NAME}” are not on this machine (looked in {looked}). Put the folders {', '.join(CLASSES)} "
        f"into “{cached(NAME)}”, or take photos of your own: a folder for every class, and its path as the source.",
        NAME,
    )
