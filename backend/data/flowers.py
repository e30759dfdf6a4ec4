"""Photos of five kinds of flowers, known by name wherever their folder lies."""

from __future__ import annotations

import os
import re
import shutil
import tarfile
import tempfile
import zlib
from pathlib import Path

from backend.data.folders import PictureFolder
from backend.data.places import cached, data_folder, folders_named
from backend.data.registry import Cancelled, Field, Known, MissingData, Progress, data_format
from backend.data.remote import Remote, fetch
from graph.problems import DataError
from graph.specs import TensorSpec

NAME = "flowers"
CLASSES = ("daisy", "dandelion", "rose", "sunflower", "tulip")
SIDE = 227  # of the photos
ARCHIVE = Remote(
    "flower_photos.tgz", 228_813_984, 0, "4c54ace7911aaffe13a365c34f650e71dd5bf1be0a58b464e5a7183e3e595d9c"
)
BASES = ("https://download.tensorflow.org/example_images", "http://download.tensorflow.org/example_images")
PHOTO = re.compile(r"(?:\./)?flower_photos/(?P<kind>daisy|dandelion|rose|sunflower|tulip)s?/(?P<name>[\w-]+\.jpg)")
MOST_BYTES = 20 << 20  # of one photo


@data_format
class Flowers(PictureFolder):
    """A folder for each of the flowers; more of them, or photos of other sizes, are read just as well."""

    known = (
        Known(
            NAME, "Flowers", "Photos of daisies, dandelions, roses, sunflowers and tulips.", "Pictures", 3670,
            licence="CC BY 2.0, every photo by its author", citation="The TensorFlow Team, Flowers, 2019",
            size=ARCHIVE.size,
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

    def download(self, source: str, progress: Progress, cancelled: Cancelled) -> None:
        if self.present(source):
            return
        mirror = os.environ.get("NETLOOM_MIRROR")
        bases = (f"{mirror.rstrip('/')}/{NAME}",) if mirror else BASES
        archive = fetch(ARCHIVE, bases, cached(NAME), progress, cancelled)
        _unpack(archive)
        archive.unlink()


def _unpack(archive: Path) -> None:
    """The photos of an archive, and nothing else, as a folder for each flower beside it."""
    with tempfile.TemporaryDirectory(dir=archive.parent) as folder:
        try:
            with tarfile.open(archive) as files:
                for member in files:
                    match = PHOTO.fullmatch(member.name)
                    photo = files.extractfile(member) if match and member.isreg() else None
                    if match and photo and member.size <= MOST_BYTES:
                        place = Path(folder, match["kind"])
                        place.mkdir(exist_ok=True)
                        with (place / match["name"]).open("wb") as file:
                            shutil.copyfileobj(photo, file)
            for kind in CLASSES:
                os.replace(Path(folder, kind), archive.parent / kind)
        except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
            raise DataError(
                f"The photos cannot be taken out of “{archive}” ({error}); delete it and try again."
            ) from None


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
