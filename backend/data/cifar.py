"""CIFAR-10 and CIFAR-100: the files of its authors, packed or not, and the picture sheets of ConvNetJS."""

from __future__ import annotations

import inspect
import json
import os
import re
import tarfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from backend.data import cifar_files
from backend.data.cifar_loaders import ARCHIVE, BINARY, FOLDER, PICKLES, SHEETS
from backend.data.cifar_names import CIFAR_10, CIFAR_100
from backend.data.pictures import BAD_PICTURE
from backend.data.places import beginning, cached, data_folder, size_words
from backend.data.registry import Cancelled, Field, Format, Known, MissingData, Progress, Raw, data_format
from backend.data.remote import Remote, fetch
from graph.problems import DataError
from graph.specs import TensorSpec

PICKLE = re.compile(r"data_batch_\d+|test_batch|train|test")
RECORDS = re.compile(r"(data_batch_\d+|test_batch|train|test)\.bin")
SHEET = re.compile(r"cifar10_batch_(\d+)\.png")
PACKED = re.compile(r"cifar-(10|100)-(python|binary)\.tar\.gz")
LABELS = "cifar10_labels.json"
TEST_SHEET = 50  # ConvNetJS numbers its sheets so that the test pictures come last
LARGEST = 200 << 20  # no batch of the authors is greater
ABOUT = "A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009"
BASES = ("https://www.cs.toronto.edu/~kriz", "https://storage.googleapis.com/tensorflow/tf-keras-datasets")
ARCHIVES = {
    "cifar10": Remote("cifar-10-python.tar.gz", 170_498_071, 0,
                      "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"),
    "cifar100": Remote("cifar-100-python.tar.gz", 169_001_437, 0,
                       "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7"),
}  # fmt: skip


class Batch(NamedTuple):
    """One file of a set, in a folder or an archive."""

    path: Path
    name: str
    content: Callable[[], bytes]

    @property
    def test(self) -> bool:
        sheet = SHEET.fullmatch(self.name)
        return int(sheet[1]) >= TEST_SHEET if sheet else self.name.startswith("test")


@data_format
class Cifar(Format):
    """Colour pictures of 32×32 pixels in ten or a hundred classes."""

    known = (
        Known("cifar10", "CIFAR-10", "Animals and vehicles in ten kinds, 32×32 pixels, in colour.", "Pictures", 60_000,
              "none stated; to be cited", ABOUT, ARCHIVES["cifar10"].size),
        Known("cifar100", "CIFAR-100", "Things, plants and animals in a hundred kinds, 32×32 pixels, in colour.",
              "Pictures", 60_000, "none stated; to be cited", ABOUT, ARCHIVES["cifar100"].size),
    )  # fmt: skip

    def accepts(self, path: Path) -> bool:
        return bool(_batches(path))

    def fields(self, source: str) -> dict[str, Field]:
        hundred = source == "cifar100" or (source not in ARCHIVES and _hundred(_find(source)))
        names = CIFAR_100 if hundred else CIFAR_10
        return {
            "image": Field(TensorSpec((3, 32, 32)), scaled=True, range=(0.0, 255.0)),
            "label": Field(TensorSpec((), "int64", classes=len(names), names=names)),
        }

    def read(self, source: str) -> Raw:
        batches = _find(source)
        train, test = ([each for each in batches if each.test == held] for held in (False, True))
        if not train:
            raise DataError(f"“{batches[0].path}” has no training pictures of CIFAR, only “{batches[0].name}”.")
        hundred = _hundred(batches)
        return Raw(_read(train, hundred), _read(test, hundred) if test else None)

    def loader(self, source: str) -> str:
        batches = [each for each in _find(source) if not each.test]
        path = batches[0].path.resolve()
        names = json.dumps([each.name for each in batches])
        where = ARCHIVE if path.is_file() else FOLDER
        parts: list[Callable[..., Any]] = [cifar_files.Stored, cifar_files.Unpickler, cifar_files.read_pickle]
        if SHEET.fullmatch(batches[0].name):
            parts, text = [cifar_files.read_sheet], SHEETS.replace("LABELS", json.dumps(LABELS))
        elif RECORDS.fullmatch(batches[0].name):
            parts, text = [cifar_files.read_binary], BINARY.replace("MARKS", str(1 + _hundred(batches)))
        else:
            text = PICKLES.replace("MODULES = ()", f"MODULES = {json.dumps(cifar_files.MODULES)}")
        text = text.replace("READERS", "\n\n\n".join(inspect.getsource(part).rstrip() for part in parts))
        place = json.dumps(str(path), ensure_ascii=False)
        return text.replace("CONTENTS", where.rstrip()).replace("NAMES = []", f"NAMES = {names}").replace(
            'Path("")', f"Path({place})")  # fmt: skip

    def present(self, source: str) -> bool:
        return source not in ARCHIVES or bool(_known(source))

    def download(self, source: str, progress: Progress, cancelled: Cancelled) -> None:
        if self.present(source):
            return
        mirror = os.environ.get("NETLOOM_MIRROR")
        bases = (f"{mirror.rstrip('/')}/{source}",) if mirror else BASES
        try:
            fetch(ARCHIVES[source], bases, cached(source), progress, cancelled)
        except DataError as error:
            raise DataError(f"{error} {_by_hand(source)}") from None


# -- where the files are ----------------------------------------------------------------------------------------------


def _find(source: str) -> list[Batch]:
    batches = _known(source) if source in ARCHIVES else _batches(Path(source))
    if not batches and source in ARCHIVES:
        looked = " and ".join(f"“{each}”" for each in (data_folder(), cached(source)) if each)
        raise MissingData(f"The files of “{source}” are not on this machine (looked in {looked}). {_by_hand(source)}",
                          source)  # fmt: skip
    if not batches:
        raise DataError(f"“{source}” holds no batches of CIFAR any more; a file data_batch_1 was expected.")
    return batches


def _known(name: str) -> list[Batch]:
    """The files of a known set, the fullest collection of them first."""
    stem = {"cifar10": r"cifar-?10(?!\d)", "cifar100": r"cifar-?100(?!\d)"}[name]
    folders = [*beginning(stem, data_folder()), cached(name), *beginning(stem, cached(name))]
    if (flat := data_folder()) is not None:
        folders.append(flat)
    found = [batches for folder in folders if (batches := _batches(folder))]
    fitting = [batches for batches in found if _hundred(batches) == (name == "cifar100")]
    return max(fitting, key=lambda batches: (_pictures(batches), len(batches)), default=[])


def _pictures(batches: list[Batch]) -> bool:
    """Whether this is the whole set, not a part of it."""
    return len(batches) >= 6 or _hundred(batches)


def _hundred(batches: list[Batch]) -> bool:
    return any(each.name.startswith("train") for each in batches)


def _batches(path: Path) -> list[Batch]:
    """The batches in a folder or an archive, by name, the training ones first; files of one kind."""
    if path.is_file():
        return _packed(path) if PACKED.fullmatch(path.name) else []
    try:
        files = sorted((each for each in path.iterdir() if each.is_file()), key=lambda each: each.name)
    except OSError:
        return []
    for kind in (PICKLE, RECORDS, SHEET):
        found = [Batch(path, each.name, each.read_bytes) for each in files if kind.fullmatch(each.name)]
        if found and (kind is PICKLE and not _pickled(files)):
            continue
        if found and (kind is not SHEET or path.joinpath(LABELS).is_file()):
            return found
    packed = [each for each in files if PACKED.fullmatch(each.name)]
    return _packed(packed[0]) if packed else []


def _pickled(files: list[Path]) -> bool:
    """Whether files called “train” and “test” are those of CIFAR and not of somebody else: beside them lies “meta”."""
    return bool({"meta", "batches.meta"} & {each.name for each in files})


def _packed(path: Path) -> list[Batch]:
    """The batches in an archive: read where they lie, nothing is unpacked onto the disk."""
    number, kind = PACKED.fullmatch(path.name).groups()  # type: ignore[union-attr]  # the caller has looked
    names = ["train", "test"] if number == "100" else [*(f"data_batch_{n}" for n in range(1, 6)), "test_batch"]
    contents = _Archive(path, frozenset(f"{name}.bin" if kind == "binary" else name for name in names))
    return [Batch(path, name, lambda name=name: contents[name]) for name in sorted(contents.names)]  # type: ignore[misc]


class _Archive:
    """The files of an archive that are asked for, read in one go when the first is."""

    def __init__(self, path: Path, names: frozenset[str]) -> None:
        self._path = path
        self.names = names
        self._found: Mapping[str, bytes] = {}

    def __getitem__(self, name: str) -> bytes:
        self._found = self._found or self._read()
        if name not in self._found:
            raise DataError(f"The archive “{self._path}” holds no “{name}”; download it again.")
        return self._found[name]

    def _read(self) -> dict[str, bytes]:
        found = {}
        with tarfile.open(self._path) as archive:
            for member in archive:
                name = Path(member.name).name
                if name in self.names and member.isfile() and member.size <= LARGEST:
                    file = archive.extractfile(member)
                    found[name] = file.read() if file else b""
        return found


def _by_hand(name: str) -> str:
    return (
        f"Get it with `netloom train DESIGN --data {name}` on a machine with a network "
        f"({size_words(ARCHIVES[name].size)}), or put {ARCHIVES[name].name} from {BASES[0]} into “{cached(name)}”, "
        f"or into a folder “{name}” in the folder NETLOOM_DATA names."
    )


# -- what is in them --------------------------------------------------------------------------------------------------


def _read(batches: list[Batch], hundred: bool) -> dict[str, np.ndarray]:
    found = [_read_batch(batch, 100 if hundred else 10) for batch in batches]
    return {
        "image": np.concatenate([images for images, _ in found]),
        "label": np.concatenate([labels for _, labels in found]).astype(np.uint8),
    }


def _read_batch(batch: Batch, classes: int) -> tuple[np.ndarray, np.ndarray]:
    where = batch.path if batch.path.is_file() else batch.path / batch.name
    try:
        images, labels = _parse(batch, classes)
    except (*cifar_files.BROKEN, *BAD_PICTURE, tarfile.TarError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise DataError(
            f"“{where}” is no batch of CIFAR that can be read: {reason[:200]}; download it again."
        ) from None
    if len(images) != len(labels) or not len(labels):
        raise DataError(f"“{where}” holds {len(images)} pictures and {len(labels)} labels; they must match.")
    if labels.min() < 0 or labels.max() >= classes:
        raise DataError(f"“{where}” holds a label that is not between 0 and {classes - 1}.")
    return images, labels


def _parse(batch: Batch, classes: int) -> tuple[np.ndarray, np.ndarray]:
    if SHEET.fullmatch(batch.name):
        labels = json.loads((batch.path / LABELS).read_text(encoding="utf-8"))[batch.name]
        return cifar_files.read_sheet(batch.content(), labels)
    if RECORDS.fullmatch(batch.name):
        return cifar_files.read_binary(batch.content(), 2 if classes == 100 else 1)
    return cifar_files.read_pickle(batch.content())
