"""NumPy files: one array (.npy), or several under names (.npz), which become the fields."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
import zlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np

from backend.data.keeping import mapped, stored
from backend.data.registry import Field, Format, NoRoom, Raw, data_format
from backend.data.room import room
from graph.problems import DataError
from graph.specs import TensorSpec

ENDINGS = (".npy", ".npz")
LABELS = ("label", "target", "class")
FIELDS = {
    "x": "input", "data": "input", "images": "image", "labels": "label", "y": "label", "targets": "target",
    "classes": "class",
}  # fmt: skip
PART = re.compile(r"(?P<before>\w+)_(?P<part>train|test|val|valid|validation)|"
                  r"(?P<first>train|test|val|valid|validation)_(?P<after>\w+)", re.IGNORECASE)  # fmt: skip
MOST_CLASSES = 1000
PIECE = 64 << 20  # bytes that are looked at together
LARGE = 1 << 30  # bytes from which on an archive is unpacked to the disk, rather than into memory
MAPPED = tuple(map(np.dtype, ("uint8", "int8", "int16", "int32", "int64", "float32", "float64")))  # as torch maps them
BROKEN = (ValueError, EOFError, KeyError, SyntaxError, zipfile.BadZipFile, zlib.error, RuntimeError)

Parts = Mapping[str, Mapping[str, np.ndarray]]  # "train", "validation" or "test" → field → array as stored


@data_format
class Arrays(Format):
    """Arrays with the examples first: whole numbers named like labels are classes, all others numbers to be scaled.

    Names such as ``x_train`` and ``x_test`` tell the parts apart.
    """

    def accepts(self, path: Path) -> bool:
        return path.is_file() and path.suffix.lower() in ENDINGS

    def fields(self, source: str) -> dict[str, Field]:
        return dict(_fields(source, *_state(source)))

    def weight(self, source: str, size: int) -> int:
        return sum(values.nbytes for values in _read(source, *_state(source)).values())

    def maps(self, source: str, size: int) -> bool:
        return not size and all(isinstance(each, np.memmap) for each in _read(source, *_state(source)).values())

    def stamp(self, source: str) -> str:
        return str(_state(source))

    def read(self, source: str) -> Raw:
        fields, parts = self.fields(source), _parts(source)
        if room().folder is None:
            room().check(self.weight(source, 0), f"The file “{source}” needs", "let the data node keep it on the disk")
        found = {part: {name: _stored(arrays[name], fields[name]) for name in fields} for part, arrays in parts.items()}
        return Raw(found["train"], found.get("test"), found.get("validation"))

    def loader(self, source: str) -> str:
        path, fields = Path(source).resolve(), self.fields(source)
        names = _members(source)
        one = path.suffix.lower() == ".npy"
        lines = []
        for name, field in fields.items():
            array = "arrays" if one else f'arrays["{names[name]}"]'
            shape = field.spec.shape
            axes = f".reshape(-1, {', '.join(map(str, shape))})" if shape else ".reshape(-1)"
            if field.spec.meaning == "image" and _channels_last(_parts(source)["train"][name]):
                axes = ".permute(0, 3, 1, 2)"
            lines.append(f'        "{name}": torch.tensor({array}).to(torch.{field.spec.dtype}){axes},\n')
        where = json.dumps(str(path), ensure_ascii=False)
        return LOADER.replace('Path("")', f"Path({where})").replace("FIELDS\n", "".join(lines))


@lru_cache(maxsize=8)
def _fields(source: str, *_state: int) -> dict[str, Field]:
    """What the arrays are, after checking them against each other. Raises DataError."""
    parts = _parts(source)
    train = parts["train"]
    for part, arrays in parts.items():
        counts = {name: len(values) for name, values in arrays.items()}
        if len(set(counts.values())) > 1 or not all(counts.values()):
            words = ", ".join(f"{count} of “{name}”" for name, count in counts.items())
            raise DataError(f"The arrays in “{source}” hold different numbers of examples ({words}); they must be as "
                            "many, and at least one.")  # fmt: skip
        if set(arrays) != set(train):
            raise DataError(f"The {part} part of “{source}” has the fields {', '.join(arrays) or 'none'}, and the "
                            f"training part {', '.join(train)}; they must be the same.")  # fmt: skip
        for name, values in arrays.items():
            if values.shape[1:] != train[name].shape[1:]:
                raise DataError(f"“{name}” of the {part} part of “{source}” has another shape than for training.")
    return {name: _field(source, name, [arrays[name] for arrays in parts.values()]) for name in train}


def _field(source: str, name: str, arrays: list[np.ndarray]) -> Field:
    first = arrays[0]
    if first.ndim > 5:
        raise DataError(f"“{name}” in “{source}” has {first.ndim} axes; at most 5, the examples first, are possible.")
    whole = first.dtype.kind in "bui"
    flat = first.ndim == 1 or (first.ndim == 2 and first.shape[1] == 1)
    if whole and flat and name.lower() in LABELS:
        low, high = min(int(each.min()) for each in arrays), max(int(each.max()) for each in arrays)
        if low < 0 or high >= MOST_CLASSES:
            raise DataError(f"“{name}” in “{source}” holds the class {low if low < 0 else high}; 0 to "
                            f"{MOST_CLASSES - 1} were expected.")  # fmt: skip
        return Field(TensorSpec((), "int64", classes=high + 1, names=tuple(map(str, range(high + 1)))))
    if not all(map(_finite, arrays)):
        raise DataError(f"“{name}” in “{source}” holds values that are not finite numbers (NaN or infinity).")
    target = name.lower() in LABELS
    if first.ndim == 4 and _channels_last(first):
        shape: tuple[int, ...] = (first.shape[3], *first.shape[1:3])
    elif first.ndim == 3 and first.dtype == np.uint8:
        shape = (1, *first.shape[1:])
    else:
        shape = first.shape[1:] or (1,)
    pixels = first.dtype == np.uint8 and len(shape) == 3
    return Field(TensorSpec(shape), scaled=not target, range=(0.0, 255.0) if pixels else None)


def _finite(values: np.ndarray) -> bool:
    """Whether every number is one; a mapped array is looked through piece by piece."""
    rows = max(1, PIECE // max(values[:1].nbytes, 1))
    return all(np.isfinite(values[start : start + rows]).all() for start in range(0, len(values), rows))


def _channels_last(values: np.ndarray) -> bool:
    return values.ndim == 4 and values.shape[3] in (1, 3, 4) and values.shape[1] not in (1, 3, 4)


def _stored(values: np.ndarray, field: Field) -> np.ndarray:
    if field.spec.meaning == "classes":
        return values.reshape(-1).astype(np.min_scalar_type(field.spec.classes))
    turned = field.spec.meaning == "image" and _channels_last(values)
    if room().folder is not None and values.dtype in MAPPED:
        return values.transpose(0, 3, 1, 2) if turned else values.reshape(-1, *field.spec.shape)
    small = values.dtype if values.dtype in (np.uint8, np.int8, np.int16, np.float32) else np.float32
    if turned:
        values = np.ascontiguousarray(values.transpose(0, 3, 1, 2))
    return np.array(values.reshape(-1, *field.spec.shape), small)


# -- what is in the file ----------------------------------------------------------------------------------------------


def _parts(source: str) -> Parts:
    """The arrays of every part under the names of their fields."""
    arrays = _read(source, *_state(source))
    found: dict[str, dict[str, np.ndarray]] = {}
    for member, values in arrays.items():
        part, name = _named(member, values)
        found.setdefault(part, {})[name] = values
    if "train" not in found:
        raise DataError(f"“{source}” has no arrays to train on, only some for {', '.join(found)}.")
    return found


def _members(source: str) -> dict[str, str]:
    """What the training array of every field is called in the file."""
    named = {member: _named(member, values) for member, values in _read(source, *_state(source)).items()}
    return {name: member for member, (part, name) in named.items() if part == "train"}


def _named(member: str, values: np.ndarray) -> tuple[str, str]:
    """The part and the field that the name of an array means: ``x_train`` is the training part of ``input``."""
    part, name = "train", member
    if match := PART.fullmatch(member):
        part = (match["part"] or match["first"]).lower()
        part = part if part in ("train", "test") else "validation"
        name = match["before"] or match["after"]
    name = re.sub(r"\W+", "_", name).strip("_")
    name = FIELDS.get(name.lower(), name if name.isidentifier() else f"field_{name}" if name else "input")
    pictures = values.ndim > 2 and values.dtype == np.uint8
    return part, "image" if name == "input" and pictures else name


@lru_cache(maxsize=2)
def _read(source: str, *_state: int) -> dict[str, np.ndarray]:
    """The arrays of a file by name. Raises DataError."""
    path = Path(source)
    try:
        found = _several(path) if zipfile.is_zipfile(path) else {"input": _one(path)}
    except MemoryError:
        raise NoRoom(f"The file “{path}” does not fit into the memory; close programs or use less data.") from None
    except OSError as error:
        raise DataError(f"The file “{path}” cannot be read: {error.strerror or error}.") from None
    except BROKEN as error:
        python = re.search("Object arrays|allow_pickle|Python objects|pickle", str(error))
        reason = "it holds Python objects, which may be programs" if python else "it is damaged or of another kind"
        raise DataError(f"“{path}” is no file of number arrays that can be read: {reason}.") from None
    for name, values in found.items():
        if values.dtype.kind not in "buif":
            raise DataError(f"“{name}” in “{path}” holds {values.dtype} values; numbers were expected.")
    if not found:
        raise DataError(f"The file “{path}” holds no arrays.")
    return found


def _one(path: Path) -> np.ndarray:
    return np.atleast_1d(mapped(path))  # so that neither a false header nor a large file takes memory


def _several(path: Path) -> dict[str, np.ndarray]:
    with zipfile.ZipFile(path) as archive:
        size = sum(member.file_size for member in archive.infolist())
    if size > LARGE:
        folder = stored([str(path), *map(str, _state(str(path)))], size, lambda folder: _unpack(path, folder))
        return {file.stem: np.atleast_1d(mapped(file)) for file in sorted(folder.iterdir())}
    with np.load(path, allow_pickle=False) as arrays:
        return {name: np.atleast_1d(arrays[name]) for name in arrays.files}


def _unpack(path: Path, folder: Path) -> None:
    """The arrays of an archive as files of their own."""
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            name = member.filename.removesuffix(".npy")
            if not re.fullmatch(r"[\w .-]+", name):
                raise DataError(f"“{path}” holds an array called “{name[:60]}”; letters, digits and _ were expected.")
            with archive.open(member) as packed, (folder / f"{name}.npy").open("wb") as file:
                shutil.copyfileobj(packed, file, PIECE)
            room().told(name, member.file_size, member.file_size)


def _state(source: str) -> tuple[int, int]:
    """What changes when the file does."""
    try:
        state = Path(source).stat()
    except OSError as error:
        raise DataError(f"The file “{source}” cannot be read: {error.strerror or error}.") from None
    return state.st_mtime_ns, state.st_size


LOADER = '''\
from pathlib import Path

import numpy as np
import torch

FILE = Path("")


def load_data() -> dict[str, torch.Tensor]:
    """The arrays for training, the examples first."""
    arrays = np.load(FILE, allow_pickle=False)
    return {
FIELDS
    }
'''
