"""Folders of pictures: one folder a class, with folders for training, validation and test where there are any."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from backend.data.folder_loader import LOADER
from backend.data.picture_lists import (
    Common,
    check_room,
    common,
    folders_in,
    has_picture,
    part_folders,
    pictures_in,
    read_pictures,
    stamp,
    state,
)
from backend.data.pictures import ENDINGS
from backend.data.registry import Field, Format, Listing, Raw, data_format
from graph.problems import DataError
from graph.specs import TensorSpec

Classes = Mapping[str, list[Path]]  # the pictures of every class, both in order; "" where there are no classes


class Layout(NamedTuple):
    """What is in a folder: the pictures of every part, the names of the classes, and what their pictures are like."""

    parts: Mapping[str, Classes]
    names: tuple[str, ...]
    kind: Common


@data_format
class PictureFolder(Format):
    """Pictures of any size and kind, of 8 bits a channel when read; grey if all are."""

    def accepts(self, path: Path) -> bool:
        return path.is_dir() and any(
            has_picture(folder) for part in part_folders(path).values() for folder in (part, *folders_in(part))
        )

    def place(self, source: str) -> str:
        """The folder that a source means."""
        return source

    def fields(self, source: str) -> dict[str, Field]:
        layout = _layout_of(self.place(source))
        found = {"image": Field(TensorSpec(tuple(layout.kind)), scaled=True, range=(0.0, 255.0))}
        if layout.names:
            found["label"] = Field(TensorSpec((), "int64", classes=len(layout.names), names=layout.names))
        return found

    def read(self, source: str) -> Raw:
        return _read(_layout_of(self.place(source)))

    def read_sized(self, source: str, size: int) -> Raw:
        return _read(_layout_of(self.place(source)), size)

    def listed(self, source: str) -> Listing:
        layout = _layout_of(self.place(source))
        return Listing({part: _numbers(layout, classes) for part, classes in layout.parts.items() if classes},
                       lambda part, rows, size: _read_some(layout, part, rows, size))  # fmt: skip

    def weight(self, source: str, size: int) -> int:
        layout = _layout_of(self.place(source))
        return len(_paths(layout)) * layout.kind.sized(size).bytes

    def stamp(self, source: str) -> str:
        return stamp(_paths(_layout_of(self.place(source))))

    def loader(self, source: str) -> str:
        return _loader(self.place(source))

    def loader_sized(self, source: str, size: int) -> str:
        return _loader(self.place(source), size)


LABELLED = '        "label": torch.tensor(labels, dtype=torch.int64),\n'

# -- where the pictures are -------------------------------------------------------------------------------------------


def _layout_of(place: str) -> Layout:
    return _layout(place, *_state(Path(place)))


@lru_cache(maxsize=16)
def _layout(source: str, *_state: object) -> Layout:
    """The layout of a folder, remembered until something in it changes. Raises DataError."""
    root = Path(source)
    parts = {part: _classes(folder) for part, folder in part_folders(root).items()}
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
    return Layout(parts, names, common(paths))


def _classes(folder: Path) -> dict[str, list[Path]]:
    """The pictures of every class; of the one class "" where they lie in the folder itself."""
    found = {each.name: pictures for each in folders_in(folder) if (pictures := pictures_in(each))}
    if not found and (loose := pictures_in(folder)):
        return {"": loose}
    return found


def _state(root: Path) -> tuple[object, ...]:
    """What changes when pictures come or go: the times of the folders down to those of the classes."""
    return state([root, *(each for part in part_folders(root).values() for each in (part, *folders_in(part)))])


# -- what is in them --------------------------------------------------------------------------------------------------


def _paths(layout: Layout) -> list[Path]:
    return [path for classes in layout.parts.values() for pictures in classes.values() for path in pictures]


def _read(layout: Layout, side: int = 0) -> Raw:
    kind = layout.kind.sized(side)
    check_room(len(_paths(layout)), kind)
    read = {part: _read_part(layout, classes, kind) for part, classes in layout.parts.items() if classes}
    return Raw(read["train"], read.get("test"), read.get("validation"))


def _read_part(layout: Layout, classes: Classes, kind: Common) -> dict[str, np.ndarray]:
    images = read_pictures([path for pictures in classes.values() for path in pictures], kind)
    return {"image": images, "label": _numbers(layout, classes)} if layout.names else {"image": images}


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
    read = _read_part(layout, chosen, layout.kind.sized(size))
    return {name: values[places] for name, values in read.items()}


def _loader(source: str, side: int = 0) -> str:
    layout, root = _layout_of(source), Path(source).resolve()
    kind = layout.kind.sized(side)
    folder = json.dumps(str(part_folders(root).get("train", root)), ensure_ascii=False)
    text = LOADER if layout.names else LOADER.replace(LABELLED, "")
    return (
        text.replace("FOLDER = Path()", f"FOLDER = Path({folder})")
        .replace("NAMES = []", f"NAMES = {json.dumps(layout.names or ['.'], ensure_ascii=False)}")
        .replace("ENDINGS = ()", f"ENDINGS = ({', '.join(map(json.dumps, ENDINGS))})")
        .replace("SIZE, MODE", f"({kind.width}, {kind.height}), {json.dumps(kind.mode)}")
    )
