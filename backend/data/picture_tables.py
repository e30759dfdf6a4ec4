"""Pictures with a table beside them, which says of each what it shows: classes, numbers, or both."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, NamedTuple

import numpy as np

from backend.data.folder_loader import READ_PICTURE
from backend.data.picture_lists import Common, check_room, common, folders_in, pictures_in, read_pictures, stamp, state
from backend.data.pictures import ENDINGS
from backend.data.registry import Arrays, Field, Format, Listing, Raw, data_format
from backend.data.tables_dialect import SUFFIXES, detect
from backend.data.tables_preparation import codes_of
from backend.data.tables_reading import Column, Table, read_table, read_texts
from graph.problems import DataError
from graph.specs import TensorSpec
from graph.tables import CATEGORY, NUMBER, Asked, plan_of

DEEP = 3  # folders below the table in which pictures are looked for
HEAD = 20  # rows that tell which column names pictures
NAMED = 0.5  # share of them that has to be there


class Layout(NamedTuple):
    """The pictures that the table names, what they are brought to, and what it says of them."""

    table: Path
    paths: list[Path]
    kind: Common
    labels: np.ndarray | None
    names: tuple[str, ...]
    numbers: np.ndarray | None
    notes: tuple[str, ...]


@data_format
class PictureTable(Format):
    """A folder with pictures and one table, or the table itself: a column of file names, the others say what is seen.

    Columns of categories give a ``label`` (the one that most looks like the target, where there are several), columns
    of numbers ``numbers``, one for each, scaled like inputs are.
    """

    rank = -1

    def accepts(self, path: Path) -> bool:
        if (table := _table_of(path)) is None:
            return False
        return _naming(table, path.is_dir(), HEAD) is not None or (path.is_dir() and _meant(table))

    def fields(self, source: str) -> dict[str, Field]:
        layout = _layout_of(source)
        found = {"image": Field(TensorSpec(tuple(layout.kind)), scaled=True, range=(0.0, 255.0))}
        if layout.labels is not None:
            found["label"] = Field(TensorSpec((), "int64", classes=len(layout.names), names=layout.names))
        if layout.numbers is not None:
            found["numbers"] = Field(TensorSpec(layout.numbers.shape[1:]), scaled=True)
        return found

    def read(self, source: str) -> Raw:
        return self.read_sized(source, 0)

    def read_sized(self, source: str, size: int) -> Raw:
        layout = _layout_of(source)
        check_room(len(layout.paths), layout.kind.sized(size))
        return Raw(_read(layout, np.arange(len(layout.paths)), size), notes=layout.notes)

    def listed(self, source: str) -> Listing:
        layout = _layout_of(source)
        labels = np.zeros(len(layout.paths), np.int8) if layout.labels is None else layout.labels
        return Listing({"train": labels}, lambda part, rows, size: _read(layout, rows, size), layout.notes)

    def weight(self, source: str, size: int) -> int:
        layout = _layout_of(source)
        return len(layout.paths) * layout.kind.sized(size).bytes

    def stamp(self, source: str) -> str:
        layout = _layout_of(source)
        return stamp([layout.table, *layout.paths])

    def loader(self, source: str) -> str:
        return self.loader_sized(source, 0)

    def loader_sized(self, source: str, size: int) -> str:
        return _loader(_layout_of(source), size)


# -- what belongs to what ---------------------------------------------------------------------------------------------


def _table_of(path: Path) -> Path | None:
    """The one table of a folder with pictures in or below it, or the file itself."""
    if path.is_file():
        return path if path.name.lower().endswith(SUFFIXES) else None
    try:
        tables = sorted(each for each in path.iterdir() if each.name.lower().endswith(SUFFIXES) and each.is_file())
    except OSError:
        return None
    named = [each for each in tables if not each.stem.lower().startswith(("readme", "license", "licence"))]
    return named[0] if len(named) == 1 else None


class Naming(NamedTuple):
    """The column that names pictures, by its place, its cells, and the pictures by what they may be called."""

    place: int
    names: list[str]
    pictures: dict[str, Path]


def _naming(table: Path, stems: bool, rows: int | None = None) -> Naming | None:
    """The column that names pictures; None where none does.

    stems: whether names may lack their endings, so that folders are searched for columns of texts that are no names
    rows: the first that are looked at
    """
    try:
        frame: Any = read_texts(table, detect(table), rows)
    except (DataError, UnicodeDecodeError):
        return None
    pictures: dict[str, Path] = {}
    for place in frame.columns:
        told = [name.strip() for name in frame[place].dropna()]
        ends = sum(name.lower().endswith(ENDINGS) for name in told)
        if not told or (ends < NAMED * len(told) and not (stems and len(set(told)) == len(told))):
            continue
        pictures = pictures or _pictures_below(table.parent)
        if sum(_known(name) in pictures for name in told) >= NAMED * len(told):
            return Naming(int(place), [name.strip() for name in frame[place].fillna("")], pictures)
    return None


def _meant(table: Path) -> bool:
    """Whether a table is there for pictures, though it is damaged or names none that lie beside it."""
    if any(map(pictures_in, folders_in(table.parent))):
        return False  # where the folders say what is seen
    try:
        frame: Any = read_texts(table, detect(table), HEAD)
    except (DataError, UnicodeDecodeError):
        return bool(pictures_in(table.parent)) and table.suffix.lower() != ".txt"  # which may be any words
    columns = ([name.strip().lower() for name in frame[place].dropna()] for place in frame.columns)
    return any(told and sum(name.endswith(ENDINGS) for name in told) >= NAMED * len(told) for told in columns)


def _pictures_below(root: Path) -> dict[str, Path]:
    """Pictures in a folder and those in it, by the ends of their paths, with and without their endings."""
    found: dict[str, Path] = {}
    folders = [root]
    for _ in range(DEEP + 1):
        for path in (picture for folder in folders for picture in pictures_in(folder)):
            inside = PurePosixPath(path.relative_to(root).as_posix())
            for name in (inside, inside.with_suffix("")):
                for start in range(len(name.parts)):
                    found.setdefault("/".join(name.parts[start:]).lower(), path)
        folders = [below for folder in folders for below in folders_in(folder)]
    return found


def _known(name: str) -> str:
    """A file name as pictures are known by: no matter on which system it was written."""
    return PureWindowsPath(name).as_posix().removeprefix("./").lower()


def _layout_of(source: str) -> Layout:
    table = _table_of(Path(source))
    if table is None:
        raise DataError(f"“{source}” has no table that says what its pictures show; put one .csv beside them.")
    folders = [table.parent, *folders_in(table.parent)]
    return _layout(str(table), Path(source).is_dir(), table.stat().st_mtime_ns, *state(folders))


@lru_cache(maxsize=8)
def _layout(source: str, stems: bool, *_state: object) -> Layout:
    table = Path(source)
    found = _naming(table, stems)
    if found is None:
        read_table(table)  # which says what is wrong with it, if anything is
        raise DataError(f"No column of “{table}” names pictures that lie beside it; give their file names in one.")
    place, names, pictures = found
    paths = [pictures.get(_known(name)) for name in names]
    first = {path: row for row, path in reversed([*enumerate(paths)]) if path is not None}
    rows = np.array(sorted(first.values()), np.int64)  # a picture in two rows could be trained on and be in the test
    notes = _notes(table, names, rows, pictures)
    read = read_table(table)
    read.columns.pop(list(read.columns)[place])
    labels, classes = _labels(read, rows)
    numbers = _numbers(read, rows)
    if labels is None and numbers is None:
        raise DataError(f"“{table}” says nothing of its pictures but their names: a column of classes or numbers that "
                        "differ was expected.")  # fmt: skip
    kept = [path for path, row in sorted(first.items(), key=lambda each: each[1])]
    whole = np.ones(len(rows), bool)
    if labels is not None:
        whole &= labels >= 0
    if numbers is not None:
        whole &= ~np.isnan(numbers).any(axis=1)
    if not whole.all():
        notes.append(f"{int((~whole).sum()):,} pictures have blanks in the table and are left out.")
    if not whole.any():
        raise DataError(
            f"Every row of “{table}” that has a picture has a blank as well; fill them, or drop the column."
        )
    kept = [path for path, keep in zip(kept, whole) if keep]
    labels = None if labels is None else labels[whole].astype(np.min_scalar_type(len(classes)))
    return Layout(table, kept, common(kept), labels, classes, None if numbers is None else numbers[whole], tuple(notes))


def _notes(table: Path, names: Sequence[str], rows: np.ndarray, pictures: dict[str, Path]) -> list[str]:
    notes = []
    if missing := [name for name in set(names) if _known(name) not in pictures]:
        count = sum(_known(name) not in pictures for name in names)
        notes.append(f"{count:,} rows of “{table.name}” name pictures that are not there, such as "
                     f"“{min(missing)[:60]}”, and are left out.")  # fmt: skip
    if again := sum(_known(name) in pictures for name in names) - len(rows):
        notes.append(f"{again:,} rows of “{table.name}” name a picture that a row before them has named, and are left "
                     "out.")  # fmt: skip
    named = {pictures[_known(name)] for name in names if _known(name) in pictures}
    if alone := set(pictures.values()) - named:
        notes.append(f"{len(alone):,} pictures, such as “{min(alone).name}”, are in no row; they are left out.")
    return notes


def _labels(table: Table, rows: np.ndarray) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """The classes of rows, −1 for blanks, and their names."""
    for target in _likely(table):
        try:
            classes = plan_of(table.specs | {"": TensorSpec((), NUMBER, batched=False)}, Asked(target=target)).classes
        except DataError:
            continue
        if classes:
            column = table.columns.pop(target)
            codes = column.values if column.coded else codes_of(column)
            return codes[rows].astype(np.int64), classes
    return None, ()


def _likely(table: Table) -> list[str]:
    """The columns in the order in which they are likely to be the target."""
    from graph.tables import proposed_target

    coded = [name for name, column in table.columns.items() if column.kind == CATEGORY]
    try:
        first = proposed_target(table.specs)
    except DataError:
        return coded
    return [first, *(name for name in coded if name != first)]


def _numbers(table: Table, rows: np.ndarray) -> np.ndarray | None:
    columns: list[Column] = [each for each in table.columns.values() if each.kind == NUMBER and not each.coded]
    return np.stack([each.values[rows] for each in columns], axis=1).astype(np.float32) if columns else None


# -- what is in them --------------------------------------------------------------------------------------------------


def _read(layout: Layout, rows: np.ndarray, size: int) -> Arrays:
    found = {"image": read_pictures([layout.paths[row] for row in rows], layout.kind.sized(size))}
    if layout.labels is not None:
        found["label"] = layout.labels[rows]
    if layout.numbers is not None:
        found["numbers"] = layout.numbers[rows]
    return found


def _loader(layout: Layout, size: int) -> str:
    root, kind = layout.table.parent.resolve(), layout.kind.sized(size)
    told = [layout.labels.tolist() if layout.labels is not None else [], layout.numbers.tolist()
            if layout.numbers is not None else []]  # fmt: skip
    rows = [[path.relative_to(layout.table.parent).as_posix(), *(each[n] for each in told if each)]
            for n, path in enumerate(layout.paths)]  # fmt: skip
    listed = ",\n".join(f"    {json.dumps(row, ensure_ascii=False)}" for row in rows)
    text = LOADER.replace("FOLDER = Path()", f"FOLDER = Path({json.dumps(str(root), ensure_ascii=False)})")
    text = text.replace("ROWS = []", f"ROWS = [\n{listed},\n]")
    text = text.replace("SIZE, MODE", f"({kind.width}, {kind.height}), {json.dumps(kind.mode)}")
    lines = []
    if layout.labels is not None:
        lines.append('        "label": torch.tensor([row[1] for row in ROWS], dtype=torch.int64),\n')
    if layout.numbers is not None:
        lines.append('        "numbers": torch.tensor([row[-1] for row in ROWS], dtype=torch.float32),\n')
    return text.replace("    }\n", "".join(lines) + "    }\n")


LOADER = f'''\
{READ_PICTURE}

FOLDER = Path()
ROWS = []  # the name of a picture and what it shows


def load_data() -> dict[str, torch.Tensor]:
    """The pictures, with values from 0 to 255, and what the table says of each."""
    images = np.stack([read_picture(FOLDER / row[0], SIZE, MODE) for row in ROWS])
    return {{
        "image": torch.tensor(images, dtype=torch.float32),
    }}
'''
