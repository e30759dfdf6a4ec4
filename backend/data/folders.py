"""Folders of pictures: one folder a class, with folders for training, validation and test where there are any."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from backend.data.folder_loader import LOADER
from backend.data.pictures import ENDINGS, MODES, eight_bits, fitted, look, open_picture
from backend.data.places import memory_free, size_words
from backend.data.registry import Field, Format, Listing, NoRoom, Raw, data_format
from graph.problems import DataError
from graph.specs import TensorSpec

PARTS = {
    "train": ("train", "training", "trainset"),
    "validation": ("validation", "val", "valid", "dev"),
    "test": ("test", "testing", "testset"),
}
SIDE = 64  # of pictures whose sizes differ
LARGEST = 512  # longest side of pictures of one size that are taken as they are
LOOKED_AT = 400  # pictures, evenly spread, whose sizes decide for all
WORKERS = 4

Classes = Mapping[str, list[Path]]  # the pictures of every class, both in order; "" where there are no classes


class Layout(NamedTuple):
    """What is in a folder: the pictures of every part, the names of the classes, and what their pictures are like."""

    parts: Mapping[str, Classes]
    names: tuple[str, ...]
    channels: int
    height: int
    width: int


@data_format
class PictureFolder(Format):
    """Pictures of any size and kind, of 8 bits a channel when read; grey if all are."""

    def accepts(self, path: Path) -> bool:
        return path.is_dir() and any(
            _has_picture(folder) for part in _part_folders(path).values() for folder in (part, *_folders(part))
        )

    def fields(self, source: str) -> dict[str, Field]:
        layout = _layout(source, *_state(Path(source)))
        shape = (layout.channels, layout.height, layout.width)
        found = {"image": Field(TensorSpec(shape), scaled=True, range=(0.0, 255.0))}
        if layout.names:
            found["label"] = Field(TensorSpec((), "int64", classes=len(layout.names), names=layout.names))
        return found

    def read(self, source: str) -> Raw:
        layout = _layout(source, *_state(Path(source)))
        return _read(layout, layout.width, layout.height)

    def read_sized(self, source: str, size: int) -> Raw:
        return _read(_layout(source, *_state(Path(source))), size, size)

    def listed(self, source: str) -> Listing:
        layout = _layout(source, *_state(Path(source)))
        return Listing({part: _numbers(layout, classes) for part, classes in layout.parts.items() if classes},
                       lambda part, rows, size: _read_some(layout, part, rows, size))  # fmt: skip

    def loader(self, source: str) -> str:
        layout = _layout(source, *_state(Path(source)))
        return _loader(source, layout, layout.width, layout.height)

    def loader_sized(self, source: str, size: int) -> str:
        return _loader(source, _layout(source, *_state(Path(source))), size, size)


LABELLED = '        "label": torch.tensor(labels, dtype=torch.int64),\n'

# -- where the pictures are -------------------------------------------------------------------------------------------


@lru_cache(maxsize=16)
def _layout(source: str, *_state: object) -> Layout:
    """The layout of a folder, remembered until something in it changes. Raises DataError."""
    root = Path(source)
    parts = {part: _classes(folder) for part, folder in _part_folders(root).items()}
    train = parts.get("train", {})
    if not train:
        raise DataError(f"The folder “{root}” has no pictures to train on; put a folder for every class into it.")
    names = tuple(name for name in train if name)
    if len(names) == 1:
        raise DataError(f"“{root}” has pictures of one class only, “{names[0]}”; give every class a folder of its own, "
                        "or put all pictures into one folder where there are no classes.")  # fmt: skip
    for part, classes in parts.items():
        if odd := sorted(set(classes) - set(train)):
            what = f"a class “{odd[0]}”" if odd[0] else "pictures outside of any class"
            raise DataError(f"The {part} part of “{root}” has {what}, which the training part has not.")
    paths = [path for pictures in train.values() for path in pictures]
    return Layout(parts, names, *_alike(paths))


def _part_folders(root: Path) -> dict[str, Path]:
    """The folders of the parts; the folder itself for training where it has no folder of that name."""
    folders = {folder.name.lower(): folder for folder in _folders(root)}
    found = {part: folders.pop(name) for part, names in PARTS.items() for name in names if name in folders}
    if "train" in found and not any(map(_has_picture, folders.values())):  # else “train” is a class, among others
        return found
    return {"train": root}


def _classes(folder: Path) -> dict[str, list[Path]]:
    """The pictures of every class; of the one class "" where they lie in the folder itself."""
    found = {each.name: pictures for each in _folders(folder) if (pictures := _pictures(each))}
    if not found and (loose := _pictures(folder)):
        return {"": loose}
    return found


def _folders(path: Path) -> list[Path]:
    return sorted(Path(each.path) for each in _entries(path) if _is(each.is_dir) and not each.name.startswith("__"))


def _is(asked: Callable[[], bool]) -> bool:
    """What a folder says of an entry; no for links that go round in a circle."""
    try:
        return asked()
    except OSError:
        return False


def _pictures(path: Path) -> list[Path]:
    pictures = (each for each in _entries(path) if each.name.lower().endswith(ENDINGS))
    return sorted(Path(each.path) for each in pictures if _is(each.is_file))


def _has_picture(path: Path) -> bool:
    return any(each.name.lower().endswith(ENDINGS) for each in _entries(path))


def _entries(path: Path) -> Iterator[os.DirEntry[str]]:
    """What is in a folder, but hidden things; nothing where it may not be read or a link leads nowhere."""
    try:
        with os.scandir(path) as entries:
            yield from [each for each in entries if not each.name.startswith(".")]
    except OSError:
        return


def _state(root: Path) -> tuple[object, ...]:
    """What changes when pictures come or go: the times of the folders down to those of the classes."""
    folders = [root, *(each for part in _part_folders(root).values() for each in (part, *_folders(part)))]
    try:
        return tuple((str(folder), folder.stat().st_mtime_ns) for folder in folders)
    except OSError as error:
        raise DataError(f"The folder “{root}” cannot be read: {error.strerror or error}.") from None


def _alike(paths: list[Path]) -> tuple[int, int, int]:
    """Channels, height and width for all pictures: their own size where that is one, else a square."""
    step = max(1, len(paths) // LOOKED_AT)
    seen = [found for path in paths[::step] if (found := look(path))]
    if not seen:
        raise DataError(f"None of the pictures can be read, among them “{paths[0]}”; they are damaged or no pictures.")
    channels = 1 if all(grey for grey, _ in seen) else 3
    sizes = {size for _, size in seen}
    width, height = sizes.pop()
    return (channels, SIDE, SIDE) if sizes or max(width, height) > LARGEST else (channels, height, width)


# -- what is in them --------------------------------------------------------------------------------------------------


def _read(layout: Layout, width: int, height: int) -> Raw:
    count = sum(len(paths) for classes in layout.parts.values() for paths in classes.values())
    needed, free = count * layout.channels * width * height, memory_free()
    if free is not None and needed > free:
        raise NoRoom(f"{count:,} pictures of {width}×{height} need {size_words(needed)} of memory and "
                     f"{size_words(free)} are free; set a smaller size on the data node.")  # fmt: skip
    read = {part: _read_part(layout, classes, width, height) for part, classes in layout.parts.items() if classes}
    return Raw(read["train"], read.get("test"), read.get("validation"))


def _read_part(layout: Layout, classes: Classes, width: int, height: int) -> dict[str, np.ndarray]:
    mode = MODES[layout.channels]

    paths = [path for pictures in classes.values() for path in pictures]
    images = np.empty((len(paths), layout.channels, height, width), np.uint8)
    unread: list[str] = []

    def read(place: int) -> None:
        try:
            picture = fitted(eight_bits(open_picture(paths[place]), mode), width, height)
            images[place] = np.array(picture).reshape(height, width, -1).transpose(2, 0, 1)
        except FileNotFoundError:
            unread.append(f"The picture “{paths[place]}” is gone.")
        except DataError as error:
            unread.append(str(error))

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(read, range(len(paths))))
    if unread:
        more = f" So it is with {len(unread) - 1} more." if len(unread) > 1 else ""
        raise DataError(f"{min(unread)}{more} Take such files out of the folder, or mend them.")
    if not layout.names:
        return {"image": images}
    return {"image": images, "label": _numbers(layout, classes)}


def _numbers(layout: Layout, classes: Classes) -> np.ndarray:
    """The class of every picture, in order."""
    numbers = {name: number for number, name in enumerate(layout.names)}
    every = [numbers.get(name, 0) for name, pictures in classes.items() for _ in pictures]
    return np.array(every, np.min_scalar_type(len(layout.names)))


def _read_some(layout: Layout, part: str, rows: np.ndarray, size: int) -> dict[str, np.ndarray]:
    """Some pictures of a part, in the order asked for."""
    paths = [(name, path) for name, pictures in layout.parts[part].items() for path in pictures]
    ascending, places = np.unique(rows, return_inverse=True)
    chosen: dict[str, list[Path]] = {}
    for name, path in (paths[row] for row in ascending):
        chosen.setdefault(name, []).append(path)
    read = _read_part(layout, chosen, size or layout.width, size or layout.height)
    return {name: values[places] for name, values in read.items()}


def _loader(source: str, layout: Layout, width: int, height: int) -> str:
    root = Path(source).resolve()
    folder = json.dumps(str(_part_folders(root).get("train", root)), ensure_ascii=False)
    text = LOADER if layout.names else LOADER.replace(LABELLED, "")
    return (
        text.replace("FOLDER = Path()", f"FOLDER = Path({folder})")
        .replace("NAMES = []", f"NAMES = {json.dumps(layout.names or ['.'], ensure_ascii=False)}")
        .replace("ENDINGS = ()", f"ENDINGS = ({', '.join(map(json.dumps, ENDINGS))})")
        .replace("SIZE = ()", f"SIZE = ({width}, {height})")
        .replace("MODE", json.dumps(MODES[layout.channels]))
    )
