"""What a data format is, which names and paths it answers to, and how a source finds its format."""

from __future__ import annotations

import difflib
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec
import numpy as np

from graph.problems import DataError
from graph.specs import TensorSpec

Arrays = Mapping[str, np.ndarray]
MOST_NAMED = 24  # known data sets in a sentence
Progress = Callable[[str, int, int], None]  # what comes, bytes so far, bytes in all
Cancelled = Callable[[], bool]


class MissingData(DataError):
    """The files of a known data set are not on this machine; ``download(source)`` may bring them."""

    def __init__(self, sentence: str, source: str) -> None:
        super().__init__(sentence)
        self.source = source


class NoRoom(DataError):
    """The machine, not the data, is at fault: no disk or memory left."""

    code = 3


class Known(msgspec.Struct, frozen=True):
    """A data set that can be asked for by name, as a list of them shows it. ``size`` is the bytes of a download."""

    name: str
    title: str
    about: str
    family: str
    examples: int
    licence: str = ""
    citation: str = ""
    size: int = 0

    @property
    def downloadable(self) -> bool:
        return self.size > 0


class Field(msgspec.Struct, frozen=True):
    """One field of a data set: its spec as a network sees it, after preparation.

    scaled: whether preparation may change its numbers; inputs yes, labels and targets no
    range: the least and greatest value it can take, where that is known beforehand (0 to 255 for pixels)
    """

    spec: TensorSpec
    scaled: bool = False
    range: tuple[float, float] | None = None


@dataclass(frozen=True)
class Raw:
    """What a format reads: arrays with the examples first, in their smallest dtype, one for every field.

    test, validation: the parts that the data set itself keeps for the final test, and to watch the training
    whole: there is nothing to hold out, every split is the same rows
    notes: what a user should know of how it was read, in sentences
    """

    train: Arrays
    test: Arrays | None = None
    validation: Arrays | None = None
    whole: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Listing:
    """Which examples there are, where they can be told and read one by one.

    labels: part → the class of every example, or zeros where there are no classes
    read: some examples of a part, by their numbers, with pictures of a side; 0 leaves them as ``fields`` says
    notes: what a user should know of how it was read, in sentences
    """

    labels: Mapping[str, np.ndarray]
    read: Callable[[str, np.ndarray, int], Arrays]
    notes: tuple[str, ...] = ()


class Format(ABC):
    """One kind of source. A subclass in a file of its own, marked ``@data_format``, is all that a new format takes.

    ``source`` is a name from ``known`` or the text of a path that ``accepts``. Every method raises DataError with a
    sentence that names the file and what was expected.
    """

    known: tuple[Known, ...] = ()
    node = "data"  # the type of the node that reads it
    rank = 0  # of formats that accept the same path, the one of the least rank reads it: what looks closer comes first

    def accepts(self, path: Path) -> bool:
        """Whether an existing file or folder looks like this format."""
        return False

    @abstractmethod
    def fields(self, source: str) -> dict[str, Field]:
        """The fields, without reading the examples."""

    @abstractmethod
    def read(self, source: str) -> Raw:
        """Every example."""

    def read_sized(self, source: str, size: int) -> Raw | None:
        """Every example with its pictures cropped to squares of a side, where the format does that while it reads."""
        return None

    def listed(self, source: str) -> Listing | None:
        """The examples with none of them read, for a format where reading all takes long and some can be read alone."""
        return None

    def weight(self, source: str, size: int) -> int:
        """Bytes that all examples take as stored, with pictures of a side; 0 where that is little or not known."""
        return 0

    def maps(self, source: str, size: int) -> bool:
        """Whether ``read`` maps the files of the source themselves where it is not to take memory."""
        return False

    def stamp(self, source: str) -> str:
        """What changes when anything in the source does, so that what was read of it once may serve again."""
        return ""

    @abstractmethod
    def loader(self, source: str) -> str:
        """Python source that loads the training examples with no Netloom, as floats and class numbers, not yet scaled.

        It begins with its imports and ends with ``load_data() -> dict[str, torch.Tensor]``, whose last statement is
        ``return {…}``.
        """

    def loader_sized(self, source: str, size: int) -> str | None:
        """The same with pictures of a side, where ``read_sized`` gives them."""
        return None

    def present(self, source: str) -> bool:
        """Whether ``read`` needs no download."""
        return True

    def download(self, source: str, progress: Progress, cancelled: Cancelled) -> None:
        """Bring what is not ``present``."""
        raise MissingData(f"“{source}” cannot be downloaded; put its files on this machine.", source)


FORMATS: list[Format] = []
_FormatType = TypeVar("_FormatType", bound=type[Format])


def data_format(kind: _FormatType) -> _FormatType:
    """Register a format. Raises ValueError at import for a name that another one has."""
    taken = {known.name for each in FORMATS for known in each.known}
    for known in kind.known:
        if known.name in taken:
            raise ValueError(f"There are two data sets named “{known.name}”.")
    FORMATS.append(kind())
    return kind


def normalised(name: str) -> str:
    """A name as it is compared: ``Fashion_MNIST`` is ``fashion-mnist``."""
    return name.strip().lower().replace("_", "-").replace(" ", "-")


def find_format(source: str) -> tuple[Format, str]:
    """The format that answers to a source, and the source as that format knows it."""
    name = normalised(source)
    for each in FORMATS:
        if any(known.name == name for known in each.known):
            return each, name
    path = _place(source, name)
    if not name or path is None:
        raise DataError(_unknown(source, name))
    if not os.access(path, os.R_OK):
        raise DataError(f"“{path}” may not be read; change its permissions.")
    for each in sorted(FORMATS, key=lambda kind: kind.rank):
        if each.accepts(path):
            return each, str(path)
    kind = "folder" if path.is_dir() else "file"
    raise DataError(
        f"The {kind} “{path}” holds no data that Netloom reads; "
        "it reads folders of pictures (one folder a class, pairs, or with a table of labels), tables (.csv, .tsv), "
        "arrays (.npy, .npz), and folders with the IDX files of MNIST or the batches of CIFAR."
    )


def _place(source: str, name: str) -> Path | None:
    """The file or folder that a source means: a path, or the name of a folder in the user's collection of data."""
    if _exists(path := Path(source).expanduser()):
        return path
    from backend.data.places import folders_named  # which needs ``normalised``

    return next((folder for folder in folders_named(name) if _exists(folder)), None) if name else None


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name too long or with a null byte
        return False


def _unknown(source: str, name: str) -> str:
    if not name:
        return "No data set is chosen: give the name of a known one, such as “digits”, or the path of a folder."
    if any(mark in source for mark in "/\\~") or source.startswith("."):
        return f"There is no file or folder “{source}”; check the path, or give the name of a known data set."
    names = sorted(known.name for each in FORMATS for known in each.known)
    near = difflib.get_close_matches(name, names, 2)
    guess = f" Did you mean {' or '.join(f'“{n}”' for n in near)}?" if near else ""
    return (
        f"There is no data set “{source[:80]}”.{guess} Known are {', '.join(names[:MOST_NAMED])} and "
        f"{len(names) - MOST_NAMED} more, which the data panel lists; or give the path of a folder."
    )
