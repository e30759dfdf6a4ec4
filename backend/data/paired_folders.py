"""Pairs of pictures: what goes in and what should come out, in two folders or as two endings of one name."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from backend.data.folder_loader import READ_PICTURE
from backend.data.picture_lists import (
    Common,
    check_room,
    common,
    folders_in,
    part_folders,
    pictures_in,
    read_each,
    read_pictures,
    spread,
    stamp,
    state,
)
from backend.data.pictures import open_picture
from backend.data.registry import Arrays, Field, Format, Listing, Raw, data_format
from graph.problems import DataError
from graph.specs import TensorSpec

INPUTS = ("input", "inputs", "image", "images", "img", "source", "before", "noisy", "low", "lr", "grey", "gray",
          "photo", "photos", "marked", "blurred")  # fmt: skip
TARGETS = ("target", "targets", "output", "outputs", "after", "clean", "high", "hr", "colour", "color", "sharp", "gt",
           "truth", "ground_truth")  # fmt: skip
MASKS = ("mask", "masks", "label", "labels", "segmentation", "segmentations", "annotation", "annotations")
MOST_CLASSES = 64  # different values of a mask
SURE = ("input", "inputs", "image", "images"), (*TARGETS[:4], *MASKS)  # two folders so called are never two classes
MATCHED = 0.5  # share of the smaller side that has a partner, from which on two folders are pairs

Pairs = list[tuple[Path, Path]]


class Layout(NamedTuple):
    """The pairs of every part, what both sides are brought to, and the values of the classes in masks."""

    parts: Mapping[str, Pairs]
    input: Common
    target: Common
    values: tuple[int, ...]
    notes: tuple[str, ...]


@data_format
class PairedFolder(Format):
    """Pictures with the picture, or the class of every pixel, that belongs to each: ``input`` and ``target``.

    Two folders are pairs by their names, such as “input” and “target” or “images” and “masks”, and their pictures by
    the names of the files. In one folder pairs end alike but for a word: “cat.png” and “cat_mask.png”.
    """

    rank = -1

    def accepts(self, path: Path) -> bool:
        train = part_folders(path)["train"] if path.is_dir() else None
        return train is not None and bool(_found(train)[0] or _meant(train))

    def fields(self, source: str) -> dict[str, Field]:
        layout = _layout(source, *_state(Path(source)))
        found = {"input": Field(TensorSpec(tuple(layout.input)), scaled=True, range=(0.0, 255.0))}
        if layout.values:
            names = tuple(map(str, layout.values))
            spec = TensorSpec((layout.target.height, layout.target.width), "int64", classes=len(names), names=names)
            return found | {"mask": Field(spec)}
        return found | {"target": Field(TensorSpec(tuple(layout.target)), scaled=True, range=(0.0, 255.0))}

    def read(self, source: str) -> Raw:
        return self.read_sized(source, 0)

    def read_sized(self, source: str, size: int) -> Raw:
        layout = _sized(_layout(source, *_state(Path(source))), size)
        count = sum(map(len, layout.parts.values()))
        check_room(count, layout.input)
        check_room(count, layout.target)
        read = {part: _read(layout, pairs) for part, pairs in layout.parts.items() if pairs}
        return Raw(read["train"], read.get("test"), read.get("validation"), notes=layout.notes)

    def listed(self, source: str) -> Listing:
        layout = _layout(source, *_state(Path(source)))

        def some(part: str, rows: np.ndarray, size: int) -> Arrays:
            return _read(_sized(layout, size), [layout.parts[part][row] for row in rows])

        none = {part: np.zeros(len(pairs), np.int8) for part, pairs in layout.parts.items() if pairs}
        return Listing(none, some, layout.notes)

    def weight(self, source: str, size: int) -> int:
        layout = _sized(_layout(source, *_state(Path(source))), size)
        each = layout.target.height * layout.target.width if layout.values else layout.target.bytes
        return sum(map(len, layout.parts.values())) * (layout.input.bytes + each)

    def stamp(self, source: str) -> str:
        layout = _layout(source, *_state(Path(source)))
        return stamp(path for pairs in layout.parts.values() for pair in pairs for path in pair)

    def loader(self, source: str) -> str:
        return self.loader_sized(source, 0)

    def loader_sized(self, source: str, size: int) -> str:
        root = Path(source).resolve()
        layout = _sized(_layout(str(root), *_state(root)), size)
        names = [[path.relative_to(root).as_posix() for path in pair] for pair in layout.parts["train"]]
        listed = ",\n".join(f"    {json.dumps(pair, ensure_ascii=False)}" for pair in names)
        text = LOADER.replace("FOLDER = Path()", f"FOLDER = Path({json.dumps(str(root), ensure_ascii=False)})")
        text = text.replace("PAIRS = []", f"PAIRS = [\n{listed},\n]").replace("INPUT", _told(layout.input))
        if layout.values:
            return text.replace("TARGET", MASK.format(size=(layout.target.width, layout.target.height),
                                                      values=list(layout.values)))  # fmt: skip
        return text.replace("TARGET", PICTURE.format(told=_told(layout.target)))


# -- which belong together --------------------------------------------------------------------------------------------


@lru_cache(maxsize=16)
def _layout(source: str, *_state: object) -> Layout:
    parts: dict[str, Pairs] = {}
    masked: dict[str, bool] = {}
    notes: list[str] = []
    for part, folder in part_folders(Path(source)).items():
        parts[part], masked[part], alone = _found(folder)
        if alone:
            notes.append(f"{alone:,} pictures in “{folder}” have no partner of the same name and are left out.")
    train = parts["train"]
    if not train:
        left, right = _meant(part_folders(Path(source))["train"])
        raise DataError(f"Too few pictures in “{left}” have a partner of the same name in “{right.name}”; give what "
                        f"goes in and what should come out one name, such as “{pictures_in(left)[0].name}” in "
                        "both.")  # fmt: skip
    inputs, targets = [pair[0] for pair in train], [pair[1] for pair in train]
    masks = masked["train"]
    values = _classes(targets) if masks else ()
    one, other = common(inputs), common(targets)
    if masks and (one.height, one.width) != (other.height, other.width):
        other = other._replace(height=one.height, width=one.width)
    return Layout(parts, one, other, values, tuple(notes))


def _found(folder: Path) -> tuple[Pairs, bool, int]:
    """The pairs in a folder, whether their targets are masks, and how many pictures have no partner."""
    folders = {each.name.lower(): each for each in folders_in(folder)}
    for inputs in (folders[name] for name in INPUTS if name in folders):
        for name in (name for name in (*TARGETS, *MASKS) if name in folders):
            pairs, alone = _matched(pictures_in(inputs), pictures_in(folders[name]), "")
            if pairs:
                return pairs, name in MASKS, alone
    loose = pictures_in(folder)
    for word in (*TARGETS, *MASKS):
        marked = [path for path in loose if path.stem.lower().endswith((f"_{word}", f"-{word}"))]
        if marked:
            taken = set(marked)
            pairs, alone = _matched([path for path in loose if path not in taken], marked, word)
            if pairs:
                return pairs, word in MASKS, alone
    return [], False, 0


def _meant(folder: Path) -> tuple[Path, ...]:
    """The two folders that are there for pairs by their names, whether or not any pictures match; () for others."""
    folders = [each for each in folders_in(folder) if pictures_in(each)]
    found = [[each for each in folders if each.name.lower() in names] for names in SURE]
    return (*found[0], *found[1]) if len(folders) == 2 and all(found) else ()


def _matched(inputs: Sequence[Path], targets: Sequence[Path], word: str) -> tuple[Pairs, int]:
    """Pictures of one name, and how many are alone; none where most are."""
    of_stem = {_stem(path, word): path for path in reversed(targets)}
    # A partner is given once: with two inputs it could be trained on and be in the test.
    found = ((path, of_stem.pop(_stem(path, *INPUTS if word else ()), None)) for path in inputs)
    pairs = [(path, partner) for path, partner in found if partner is not None]
    if not pairs or len(pairs) < MATCHED * min(len(inputs), len(targets)):
        return [], 0
    return pairs, len(inputs) + len(targets) - 2 * len(pairs)


def _stem(path: Path, *words: str) -> str:
    """The name of a file without its ending and without a word that says which side it is of."""
    stem = path.stem.lower()
    for word in filter(None, words):
        if stem.endswith((f"_{word}", f"-{word}")):
            return stem[: -len(word) - 1]
    return stem


def _state(root: Path) -> tuple[object, ...]:
    return state([root, *(each for part in part_folders(root).values() for each in (part, *folders_in(part)))])


# -- what is in them --------------------------------------------------------------------------------------------------


def _classes(masks: Sequence[Path]) -> tuple[int, ...]:
    """The values that pixels of the masks have, ascending. Raises DataError where there are too many for classes."""
    found: set[int] = set()
    for path in spread(masks):
        found.update(np.unique(_indices(path)).tolist())
        if len(found) > MOST_CLASSES:
            raise DataError(f"The masks beside “{masks[0]}” have more than {MOST_CLASSES} different values, so "
                            "they are pictures rather than classes; call their folder “target”.")  # fmt: skip
    return tuple(sorted(found))


def _indices(path: Path) -> np.ndarray:
    """The number of every pixel: of its colour in the palette, else its brightness."""
    picture = open_picture(path)
    return np.array(picture if picture.mode in ("P", "L") else picture.convert("L"))


def _sized(layout: Layout, side: int) -> Layout:
    return layout._replace(input=layout.input.sized(side), target=layout.target.sized(side))


def _read(layout: Layout, pairs: Pairs) -> dict[str, np.ndarray]:
    inputs = read_pictures([pair[0] for pair in pairs], layout.input)
    targets = [pair[1] for pair in pairs]
    if not layout.values:
        return {"input": inputs, "target": read_pictures(targets, layout.target)}
    shape = (layout.target.height, layout.target.width)
    return {"input": inputs, "mask": read_each(targets, shape, lambda path: _mask(path, layout))}


def _mask(path: Path, layout: Layout) -> np.ndarray:
    from PIL import Image, ImageOps

    size = (layout.target.width, layout.target.height)
    picture = Image.fromarray(_indices(path))
    values = np.array(picture if picture.size == size else ImageOps.fit(picture, size, Image.Resampling.NEAREST))
    classes = np.searchsorted(layout.values, values).clip(max=len(layout.values) - 1)
    if (strange := values[np.array(layout.values)[classes] != values]).size:
        known = ", ".join(map(str, layout.values))
        raise DataError(f"The mask “{path}” has a pixel of value {strange[0]}; the others have {known}.")
    return classes.astype(np.uint8)


def _told(kind: Common) -> str:
    return f"({kind.width}, {kind.height}), {json.dumps(kind.mode)}"


PICTURE = '"target": torch.tensor(np.stack([read_picture(path, {told}) for path in targets]), dtype=torch.float32)'
MASK = '"mask": torch.tensor(np.stack([read_mask(path, {size}, {values}) for path in targets]), dtype=torch.int64)'
LOADER = f'''\
{READ_PICTURE}

FOLDER = Path()
PAIRS = []


def read_mask(path: Path, size: tuple[int, int], values: list[int]) -> np.ndarray:
    """The class of every pixel: the place of its value, or of its colour in the palette, among those there are."""
    picture = ImageOps.exif_transpose(Image.open(path))
    picture = picture if picture.mode in ("P", "L") else picture.convert("L")
    picture = Image.fromarray(np.array(picture))
    if picture.size != size:
        picture = ImageOps.fit(picture, size, Image.Resampling.NEAREST)
    return np.searchsorted(values, np.array(picture))


def load_data() -> dict[str, torch.Tensor]:
    """What goes in, with values from 0 to 255, and what should come out."""
    inputs, targets = [[FOLDER / name for name in side] for side in zip(*PAIRS)]
    return {{
        "input": torch.tensor(np.stack([read_picture(path, INPUT) for path in inputs]), dtype=torch.float32),
        TARGET,
    }}
'''
