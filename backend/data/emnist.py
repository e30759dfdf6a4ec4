"""EMNIST: handwritten digits and letters, in one archive with several choices of them."""

from __future__ import annotations

import os
import re
import string
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from backend.data.idx_file import read_array
from backend.data.places import cached, data_folder, folders_named
from backend.data.registry import Cancelled, Field, Format, Known, MissingData, Progress, Raw, data_format
from backend.data.remote import Remote, fetch
from graph.disk import FileProblem, write_atomically
from graph.problems import DataError
from graph.specs import TensorSpec

SET = "emnist"
ARCHIVE = Remote("gzip.zip", 561_753_746, 0, "fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e")
BASES = ("https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST", "https://biometrics.nist.gov/cs_links/EMNIST")
CITATION = "G. Cohen, S. Afshar, J. Tapson and A. van Schaik, EMNIST: MNIST extended to handwritten letters, 2017"
MERGED = tuple(string.digits + string.ascii_uppercase + "abdefghnqrt")  # other small letters count as capitals
MOST_BYTES = 800 << 20  # of one file, unpacked


class Choice(NamedTuple):
    """One choice of the characters: its classes, the label of the first, and how many pictures there are."""

    name: str
    words: str
    names: tuple[str, ...]
    first: int
    examples: int


CHOICES = {
    f"{SET}-{each.name}": each
    for each in (
        Choice("balanced", "Digits and letters of 47 kinds, all as often", MERGED, 0, 131_600),
        Choice("letters", "Letters of 26 kinds, capital and small", tuple(string.ascii_uppercase), 1, 145_600),
        Choice("digits", "Digits, four times as many as MNIST has", tuple(string.digits), 0, 280_000),
        Choice("bymerge", "Digits and letters of 47 kinds, as often as people write them", MERGED, 0, 814_255),
        Choice("byclass", "Digits, capitals and small letters of 62 kinds",
               tuple(string.digits + string.ascii_uppercase + string.ascii_lowercase), 0, 814_255),
    )
}  # fmt: skip


@data_format
class Emnist(Format):
    """Pictures and labels in IDX files, the pictures stored column by column, for training and for the test."""

    known = tuple(
        Known(name, f"EMNIST {each.name}", f"{each.words}, 28×28 pixels, grey.", "Pictures", each.examples,
              "public domain (a work of the US government)", CITATION, ARCHIVE.size)
        for name, each in CHOICES.items()
    )  # fmt: skip

    def fields(self, source: str) -> dict[str, Field]:
        names = CHOICES[source].names
        return {
            "image": Field(TensorSpec((1, 28, 28)), scaled=True, range=(0.0, 255.0)),
            "label": Field(TensorSpec((), "int64", classes=len(names), names=names)),
        }

    def read(self, source: str) -> Raw:
        return Raw(_read(source, "train"), _read(source, "test"))

    def loader(self, source: str) -> str:
        images, labels = (_file(source, "train", what).resolve() for what in ("images", "labels"))
        return LOADER.format(images=str(images), labels=str(labels), first=CHOICES[source].first)

    def present(self, source: str) -> bool:
        return all(any(_places(source, part, what)) for part in ("train", "test") for what in ("images", "labels"))

    def download(self, source: str, progress: Progress, cancelled: Cancelled) -> None:
        if self.present(source):
            return
        mirror = os.environ.get("NETLOOM_MIRROR")
        try:
            fetch(ARCHIVE, (f"{mirror.rstrip('/')}/{SET}",) if mirror else BASES, cached(SET), progress, cancelled)
        except DataError as error:
            raise DataError(f"{error} {_by_hand()}") from None


def _read(source: str, part: str) -> dict[str, np.ndarray]:
    images, labels = (read_array(_file(source, part, what)) for what in ("images", "labels"))
    choice = CHOICES[source]
    if images.shape != (len(labels), 28, 28) or images.dtype != np.uint8:
        shape = "×".join(map(str, images.shape))
        raise DataError(f"“{_file(source, part, 'images')}” holds {shape} values for {len(labels)} labels; as many "
                        "pictures of 28×28 pixels were expected.")  # fmt: skip
    low, high = int(labels.min(initial=choice.first)), int(labels.max(initial=choice.first))
    if low < choice.first or high >= choice.first + len(choice.names):
        raise DataError(f"“{_file(source, part, 'labels')}” holds the label {low if low < choice.first else high}; "
                        f"{choice.first} to {choice.first + len(choice.names) - 1} were expected.")  # fmt: skip
    upright = np.ascontiguousarray(images.transpose(0, 2, 1))[:, None]
    return {"image": upright, "label": (labels - np.uint8(choice.first)).astype(np.uint8)}


def _name(source: str, part: str, what: str) -> str:
    return f"{source}-{part}-{what}-idx{3 if what == 'images' else 1}-ubyte"


def _places(source: str, part: str, what: str) -> Iterator[Path]:
    """Where a file is: as it is, gzipped, or in the archive."""
    name = _name(source, part, what)
    for folder in folders_named(SET):
        for place in (folder, folder / "gzip"):
            yield from (path for path in (place / name, place / f"{name}.gz") if path.is_file())
    yield from (folder / ARCHIVE.name for folder in folders_named(SET) if (folder / ARCHIVE.name).is_file())


def _file(source: str, part: str, what: str) -> Path:
    """A file that can be read, taken out of the archive where it is only there. Raises DataError, MissingData."""
    found = next(_places(source, part, what), None)
    if found is None:
        looked = " and ".join(f"“{each}”" for each in (data_folder(), cached(SET)) if each)
        raise MissingData(f"The files of “{source}” are not on this machine (looked in {looked}). {_by_hand()}", source)
    return found if found.name != ARCHIVE.name else _taken_out(found, f"{_name(source, part, what)}.gz")


def _taken_out(archive: Path, name: str) -> Path:
    target = cached(SET) / name
    try:
        with zipfile.ZipFile(archive) as files:
            # By its exact name: what else an archive holds, and where it wants to go, is not looked at.
            members = [each for each in files.infolist() if re.fullmatch(rf"(gzip/)?{re.escape(name)}", each.filename)]
            if not members or members[0].file_size > MOST_BYTES:
                raise DataError(f"The archive “{archive}” has no “{name}” of a size that can be; download it again.")
            target.parent.mkdir(parents=True, exist_ok=True)
            with files.open(members[0]) as packed:
                write_atomically(target, packed.read())
    except (zipfile.BadZipFile, EOFError) as error:
        raise DataError(f"The archive “{archive}” is damaged ({error}); delete it and download it again.") from None
    except (OSError, FileProblem) as error:
        raise DataError(f"“{name}” cannot be taken out of “{archive}” ({error}).") from None
    return target


def _by_hand() -> str:
    return f"Or put {ARCHIVE.name} from {BASES[0]} into “{cached(SET)}”."


LOADER = '''\
import gzip
from pathlib import Path

import numpy as np
import torch

IMAGES = Path("{images}")
LABELS = Path("{labels}")


def read_idx(path: Path, axes: int) -> np.ndarray:
    """The bytes of an IDX file behind its header, in their shape."""
    with (gzip.open(path) if path.suffix == ".gz" else open(path, "rb")) as file:
        data = file.read()
    return np.frombuffer(data, np.uint8, offset=4 + 4 * axes).reshape(np.frombuffer(data, ">i4", axes, offset=4))


def load_data() -> dict[str, torch.Tensor]:
    """The pictures, with values from 0 to 255, set upright, and the class of each."""
    images, labels = read_idx(IMAGES, 3), read_idx(LABELS, 1)
    return {{
        "image": torch.tensor(images.transpose(0, 2, 1).copy(), dtype=torch.float32).unsqueeze(1),
        "label": torch.tensor(labels, dtype=torch.int64) - {first},
    }}
'''
