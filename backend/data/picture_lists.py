"""Many pictures as one array: what they have in common, and reading them all to one size."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from backend.data.pictures import ENDINGS, MODES, eight_bits, fitted, look, open_picture
from backend.data.room import room
from graph.problems import DataError

if TYPE_CHECKING:
    from PIL import Image

SIDE = 64  # of pictures whose sizes differ
LARGEST = 512  # longest side of pictures of one size that are taken as they are
LOOKED_AT = 400  # pictures, evenly spread, whose sizes decide for all
WORKERS = 4
TOLD = 100  # pictures between two words about how far it is


class Common(NamedTuple):
    """What pictures are brought to: 1 channel where all are grey, else 3; height and width in pixels."""

    channels: int
    height: int
    width: int

    @property
    def mode(self) -> str:
        """The same in Pillow's word."""
        return MODES[self.channels]

    @property
    def bytes(self) -> int:
        """Of one picture."""
        return self.channels * self.height * self.width

    def sized(self, side: int) -> Common:
        """The same as a square of a side; 0 leaves it as it is."""
        return self._replace(height=side, width=side) if side else self


def common(paths: Sequence[Path]) -> Common:
    """Their own size where that is one and no larger than 512, else a square of 64. Raises DataError."""
    seen = [found for path in spread(paths) if (found := look(path))]
    if not seen:
        raise DataError(f"None of the pictures can be read, among them “{paths[0]}”; they are damaged or no pictures.")
    channels = 1 if all(grey for grey, _ in seen) else 3
    sizes = {size for _, size in seen}
    width, height = sizes.pop()
    return Common(channels, SIDE, SIDE) if sizes or max(width, height) > LARGEST else Common(channels, height, width)


def spread(paths: Sequence[Path]) -> Sequence[Path]:
    """Up to a few hundred of them, evenly spread."""
    return paths[:: max(1, len(paths) // LOOKED_AT)]


def check_room(count: int, kind: Common) -> None:
    """Raises NoRoom where so many pictures do not fit into the memory."""
    what = f"{count:,} pictures of {kind.width}×{kind.height} need"
    room().check(count * kind.bytes, what, "set a smaller size on the data node, or let it keep them on the disk")


def stamp(paths: Iterable[Path]) -> str:
    """What changes when any of the files does."""
    told = hashlib.sha256()
    for path in paths:
        try:
            state = path.stat()
        except OSError:
            continue  # what is gone is told of when it is read
        told.update(f"{path}\0{state.st_size}\0{state.st_mtime_ns}\n".encode())
    return told.hexdigest()


def read_pictures(paths: Sequence[Path], kind: Common) -> np.ndarray:
    """Every picture as uint8, (pictures, channels, height, width). Raises DataError naming the first that is bad."""
    return read_each(paths, (kind.channels, kind.height, kind.width), lambda path: _pixels(open_picture(path), kind))


def read_each(paths: Sequence[Path], shape: tuple[int, ...], read: Callable[[Path], np.ndarray]) -> np.ndarray:
    """Arrays of uint8 and of one shape, one a file; what is wrong with any of them in one sentence."""
    here = room()
    values = here.empty((len(paths), *shape), np.uint8)
    unread: list[str] = []

    def take(place: int) -> None:
        try:
            values[place] = read(paths[place])
        except FileNotFoundError:
            unread.append(f"The picture “{paths[place]}” is gone.")
        except DataError as error:
            unread.append(str(error))

    # Threads: Pillow lets go of the interpreter while it decodes, and processes were no faster.
    with ThreadPoolExecutor(WORKERS) as pool:
        for number, _ in enumerate(pool.map(take, range(len(paths)))):
            if number % TOLD == 0:
                try:
                    here.told("pictures", number, len(paths))
                except DataError:
                    pool.shutdown(wait=False, cancel_futures=True)
                    raise
    if unread:
        more = f" So it is with {len(unread) - 1} more." if len(unread) > 1 else ""
        raise DataError(f"{min(unread)}{more} Take such files out of the folder, or mend them.")
    return values


def _pixels(picture: Image.Image, kind: Common) -> np.ndarray:
    made = fitted(eight_bits(picture, kind.mode), kind.width, kind.height)
    return np.array(made).reshape(kind.height, kind.width, -1).transpose(2, 0, 1)


# -- folders ----------------------------------------------------------------------------------------------------------


def folders_in(path: Path) -> list[Path]:
    """The folders in a folder, by name."""
    return sorted(Path(each.path) for each in _entries(path) if _is(each.is_dir) and not each.name.startswith("__"))


def pictures_in(path: Path) -> list[Path]:
    """The files in a folder that are called like pictures, by name."""
    pictures = (each for each in _entries(path) if each.name.lower().endswith(ENDINGS))
    return sorted(Path(each.path) for each in pictures if _is(each.is_file))


def has_picture(path: Path) -> bool:
    return any(each.name.lower().endswith(ENDINGS) for each in _entries(path))


def _is(asked: Callable[[], bool]) -> bool:
    """What a folder says of an entry; no for links that go round in a circle."""
    try:
        return asked()
    except OSError:
        return False


def _entries(path: Path) -> Iterator[os.DirEntry[str]]:
    """What is in a folder, but hidden things; nothing where it may not be read or a link leads nowhere."""
    try:
        with os.scandir(path) as entries:
            yield from [each for each in entries if not each.name.startswith(".")]
    except OSError:
        return


def state(folders: Sequence[Path]) -> tuple[tuple[str, int], ...]:
    """What changes when something comes into one of the folders or goes: their times. Raises DataError."""
    try:
        return tuple((str(folder), folder.stat().st_mtime_ns) for folder in folders)
    except OSError as error:
        raise DataError(f"The folder “{folders[0]}” cannot be read: {error.strerror or error}.") from None


# -- parts ------------------------------------------------------------------------------------------------------------

PARTS = {
    "train": ("train", "training", "trainset"),
    "validation": ("validation", "val", "valid", "dev"),
    "test": ("test", "testing", "testset"),
}


def part_folders(root: Path) -> dict[str, Path]:
    """The folders of the parts; the folder itself for training where it has no folder of that name."""
    folders = {folder.name.lower(): folder for folder in folders_in(root)}
    found = {part: folders.pop(name) for part, names in PARTS.items() for name in names if name in folders}
    if "train" in found and not any(map(has_picture, folders.values())):  # else “train” is a class, among others
        return found
    return {"train": root}
