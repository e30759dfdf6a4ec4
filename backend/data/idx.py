"""Folders with IDX files, among them MNIST and Fashion-MNIST, which can be downloaded."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np

from backend.data.idx_file import read_array, read_header
from backend.data.idx_known import PUBLIC, Public
from backend.data.places import cached, data_folder, folders_named, size_words
from backend.data.registry import (
    Cancelled,
    Field,
    Format,
    MissingData,
    Progress,
    Raw,
    data_format,
    normalised,
)
from backend.data.remote import fetch
from graph.problems import DataError
from graph.specs import TensorSpec

NAME = re.compile(r"(?P<part>train|t10k|test)[-_](?P<what>images|labels)[-_.]idx\d[-_]\w+(\.gz)?", re.IGNORECASE)
MOST_CLASSES = 65_536

Files = Mapping[tuple[str, str], Path]  # ("train" or "test", "images" or "labels") → file


@data_format
class IdxFolder(Format):
    """Images and labels in IDX files: a part for training and, mostly, one for the test."""

    known = tuple(public.known for public in PUBLIC.values())

    def accepts(self, path: Path) -> bool:
        return bool(_files_in(path)) or (path.is_file() and bool(NAME.fullmatch(path.name)))

    def fields(self, source: str) -> dict[str, Field]:
        if not self.present(source):
            return _published(PUBLIC[source])
        files = _find(source)
        image = _image_field(files)
        classes = max(_classes(*_state(path)) for (_, what), path in files.items() if what == "labels")
        names = _names(source, classes)
        label = TensorSpec((), "int64", classes=len(names) or classes, names=names)
        return {"image": image, "label": Field(label)}

    def read(self, source: str) -> Raw:
        files = _find(source)
        self.fields(source)  # every check before the first big allocation
        test = _read(files, "test") if ("test", "images") in files else None
        return Raw(_read(files, "train"), test)

    def loader(self, source: str) -> str:
        files = _find(source)
        images, labels = files["train", "images"], files["train", "labels"]
        axes = {2: "", 3: ".unsqueeze(1)", 4: ""}[len(read_header(images).shape)]
        if read_header(images).shape[1:] != _image_shape(images) and not axes:
            axes = ".permute(0, 3, 1, 2)"
        return LOADER.format(folder=_quoted(images.parent.resolve()), images=_quoted(images.name),
                             labels=_quoted(labels.name), axes=axes)  # fmt: skip

    def present(self, source: str) -> bool:
        return source not in PUBLIC or _home(source) is not None

    def download(self, source: str, progress: Progress, cancelled: Cancelled) -> None:
        if self.present(source):
            return
        mirror = os.environ.get("NETLOOM_MIRROR")
        bases = (f"{mirror.rstrip('/')}/{source}",) if mirror else PUBLIC[source].bases
        for remote in PUBLIC[source].files:
            try:
                fetch(remote, bases, cached(source), progress, cancelled)
            except DataError as error:
                raise DataError(f"{error} {_by_hand(source)}") from None


# -- where the files are ----------------------------------------------------------------------------------------------


def _find(source: str) -> Files:
    """The files of a source, complete in pairs. Raises DataError naming what is missing."""
    folder = _home(source) if source in PUBLIC else Path(source)
    if folder is None:
        looked = " and ".join(f"“{each}”" for each in (data_folder(), cached(source)) if each)
        sentence = f"The files of “{source}” are not on this machine (looked in {looked}). {_by_hand(source)}"
        raise MissingData(sentence, source)
    if folder.is_file():
        folder = folder.parent
    files = _files_in(folder)
    for part in ("train", *(("test",) if any(part == "test" for part, _ in files) else ())):
        for what, axes in (("images", 3), ("labels", 1)):
            if (part, what) not in files:
                example = f"{'t10k' if part == 'test' else part}-{what}-idx{axes}-ubyte.gz"
                raise DataError(f"The folder “{folder}” has no {part} {what}; a file such as {example} was expected.")
    return files


def _home(name: str) -> Path | None:
    """The folder that holds a known set, or None where none does."""
    for folder in folders_named(name):
        if _complete(folder):
            return folder
    flat = data_folder()
    return flat if flat is not None and _complete(flat) and _is_the_one(name, flat) else None


def _complete(folder: Path) -> bool:
    return len(_files_in(folder)) == 4


def _is_the_one(name: str, folder: Path) -> bool:
    """Whether files with no name of a set beside them are this one: all such sets call their files alike."""
    labels = _files_in(folder)["test", "labels"]
    try:
        return _label_sum(*_state(labels)) == PUBLIC[name].files[3].sha256
    except DataError:
        return False


@lru_cache(maxsize=8)
def _label_sum(path: Path, _changed: int, _size: int) -> str:
    """SHA-256 of a label file as it would be unpacked."""
    labels = read_array(path)
    header = bytes((0, 0, 8, 1)) + len(labels).to_bytes(4, "big")
    return hashlib.sha256(header + labels.tobytes()).hexdigest()


def _files_in(folder: Path) -> Files:
    found: dict[tuple[str, str], Path] = {}
    try:
        entries = sorted(folder.iterdir(), reverse=True)  # a plain file comes after its gzipped twin, and wins
    except OSError:
        return found
    for path in entries:
        if (match := NAME.fullmatch(path.name)) and path.is_file():
            part = "train" if match["part"].lower() == "train" else "test"
            found[part, match["what"].lower()] = path
    return found


def _by_hand(name: str) -> str:
    public = PUBLIC[name]
    total = size_words(public.known.size)
    return (
        f"Get it with `netloom train DESIGN --data {name}` on a machine with a network ({total}), "
        f"or put the four files {', '.join(remote.name for remote in public.files)} "
        f"from {public.bases[0]} into “{cached(name)}”, or into a folder “{name}” in the folder NETLOOM_DATA names."
    )


def _published(public: Public) -> dict[str, Field]:
    """The fields of a set that is not on this machine yet: it can be drawn with all the same."""
    label = TensorSpec((), "int64", classes=len(public.names), names=public.names)
    return {"image": Field(TensorSpec(public.shape), scaled=True, range=(0.0, 255.0)), "label": Field(label)}


# -- what is in them --------------------------------------------------------------------------------------------------


def _image_field(files: Files) -> Field:
    """The field of the images, after checking counts and shapes of every part against each other."""
    shapes: dict[str, tuple[int, ...]] = {}
    for (part, what), path in files.items():
        if what == "labels":
            _check_labels(path, files[part, "images"])
        else:
            shapes[part] = _image_shape(path)
    if shapes.get("test", shapes["train"]) != shapes["train"]:
        one, other = ("×".join(map(str, shape)) for shape in (shapes["test"], shapes["train"]))
        raise DataError(f"“{files['test', 'images']}” holds pictures of {one}, those for training are {other}.")
    pixels = read_header(files["train", "images"]).dtype == ">u1"
    return Field(TensorSpec(shapes["train"]), scaled=True, range=(0.0, 255.0) if pixels else None)


def _image_shape(path: Path) -> tuple[int, ...]:
    """Shape of one example: an image (channels, height, width), or a vector."""
    count, *rest = read_header(path).shape
    if not count or not all(rest):
        raise DataError(f"The file “{path}” holds no examples.")
    if len(rest) == 3 and rest[0] not in (1, 3) and rest[2] in (1, 3):
        return (rest[2], rest[0], rest[1])
    if not rest:
        raise DataError(f"The file “{path}” holds a list of numbers; images (examples × height × width) were expected.")
    return (1, *rest) if len(rest) == 2 else tuple(rest)


def _check_labels(path: Path, images: Path) -> None:
    header, others = read_header(path), read_header(images).shape[0]
    if len(header.shape) != 1 or header.dtype[1] == "f":
        shape = "×".join(map(str, header.shape))
        raise DataError(f"The file “{path}” holds {shape} values; one whole number per image was expected.")
    if header.shape[0] != others:
        raise DataError(
            f"“{images}” holds {others} images and “{path.name}” {header.shape[0]} labels; they must match."
        )


@lru_cache(maxsize=16)
def _classes(path: Path, _changed: int, _size: int) -> int:
    """One more than the greatest label of a file."""
    labels = read_array(path)
    if labels.min() < 0 or labels.max() >= MOST_CLASSES:
        raise DataError(
            f"The file “{path}” holds the label {labels.min() if labels.min() < 0 else labels.max()}; "
            f"0 to {MOST_CLASSES - 1} were expected."
        )
    return int(labels.max()) + 1


def _state(path: Path) -> tuple[Path, int, int]:
    """A file and what changes when it does: the key to what is remembered of it."""
    try:
        state = path.stat()
    except OSError as error:
        raise DataError(f"The file “{path}” cannot be read: {error.strerror or error}.") from None
    return path, state.st_mtime_ns, state.st_size


def _names(source: str, classes: int) -> tuple[str, ...]:
    """Class names, also for a folder that is called like a known set and has no more classes."""
    public = PUBLIC.get(source) or PUBLIC.get(normalised(Path(source).name))
    names = public.names if public else ()
    if source in PUBLIC and classes > len(names):
        raise DataError(f"The labels of “{source}” reach {classes - 1}, where 0 to {len(names) - 1} were expected.")
    return names if classes <= len(names) else ()


def _read(files: Files, part: str) -> dict[str, np.ndarray]:
    path = files[part, "images"]
    images, shape = read_array(path), _image_shape(path)
    if images.ndim == 4 and images.shape[1:] != shape:
        images = np.ascontiguousarray(images.transpose(0, 3, 1, 2))
    if images.dtype == np.float64:
        images = images.astype(np.float32)
    labels = read_array(files[part, "labels"])
    return {"image": images.reshape(-1, *shape), "label": labels}


def _quoted(text: Path | str) -> str:
    """A text as Python source, in the quotes that formatters like."""
    return json.dumps(str(text), ensure_ascii=False)


LOADER = '''\
import gzip
from pathlib import Path

import numpy as np
import torch

FOLDER = Path({folder})


def read_idx(path: Path) -> torch.Tensor:
    """The numbers of an IDX file: a header that gives type and shape, then the values."""
    with (gzip.open(path) if path.suffix == ".gz" else open(path, "rb")) as file:
        data = file.read()
    kind = {{8: "u1", 9: "i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}}[data[2]]
    axes = data[3]
    shape = np.frombuffer(data, ">i4", axes, offset=4).tolist()
    return torch.tensor(np.frombuffer(data, kind, offset=4 + 4 * axes).reshape(shape).astype(kind.lstrip(">")))


def load_data() -> dict[str, torch.Tensor]:
    """The pictures as they are stored, and the class of each."""
    return {{
        "image": read_idx(FOLDER / {images}){axes}.float(),
        "label": read_idx(FOLDER / {labels}).long(),
    }}
'''
