"""IDX files, plain or gzipped: a header with type and shape, then big-endian numbers.

The layout is the one of http://yann.lecun.com/exdb/mnist/: two zero bytes, a type byte, the number of axes, then each
axis as a 32-bit integer.
"""

from __future__ import annotations

import gzip
import math
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

import numpy as np

from backend.data.places import memory_free, size_words
from backend.data.registry import NoRoom
from graph.problems import DataError

TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
MOST_AXES = 4
GZIP_MAGIC = b"\x1f\x8b"
GZIP_BEST = 1032  # no deflate stream unpacks to more than this many times its size
CHUNK = 1 << 20


class Header(NamedTuple):
    """Element type and shape, the examples first."""

    dtype: str
    shape: tuple[int, ...]

    @property
    def start(self) -> int:
        """Where the numbers begin."""
        return 4 + 4 * len(self.shape)

    @property
    def size(self) -> int:
        """Bytes of all numbers."""
        return math.prod(self.shape) * np.dtype(self.dtype).itemsize


def read_header(path: Path) -> Header:
    """Type and shape of an IDX file, checked against what the file can hold; remembered until the file changes."""
    with _sentences(path):
        state = path.stat()
        return _read_header(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=64)
def _read_header(path: Path, _changed: int, file_size: int) -> Header:
    with _open(path) as file:
        header = _parse(path, file)
        packed = isinstance(file, gzip.GzipFile)
    expected = header.start + header.size
    if file_size != expected and not packed:
        raise DataError(_wrong_size(path, header, "less" if file_size < expected else "more"))
    if packed and expected > file_size * GZIP_BEST:
        raise DataError(_wrong_size(path, header, "less"))
    return header


def _parse(path: Path, file: BinaryIO) -> Header:
    magic = file.read(4)
    if len(magic) < 4:
        raise DataError(f"The file “{path}” is {'empty' if not magic else 'too short'}; an IDX file was expected.")
    if magic[:2] != b"\0\0" or magic[2] not in TYPES or not 1 <= magic[3] <= MOST_AXES:
        raise DataError(
            f"The file “{path}” is no IDX file: it begins with {magic.hex(' ')}, where 00 00, "
            f"a type (08 to 0e) and a number of axes (1 to {MOST_AXES}) were expected."
        )
    axes = file.read(4 * magic[3])
    if len(axes) < 4 * magic[3]:
        raise DataError(f"The file “{path}” ends inside its header; copy or download it again.")
    return Header(TYPES[magic[2]], tuple(int(n) for n in np.frombuffer(axes, ">u4")))


def read_array(path: Path) -> np.ndarray:
    """All numbers of an IDX file in the machine's byte order."""
    header = read_header(path)
    free = memory_free()
    if free is not None and header.size > free:
        needs, has = size_words(header.size), size_words(free)
        raise NoRoom(f"The file “{path}” needs {needs} of memory and {has} are free; close programs or use less data.")
    with _sentences(path), _open(path) as file:
        file.seek(header.start)
        values = np.empty(header.shape, header.dtype)
        missing = header.size - _fill(file, values)
        if missing:
            raise DataError(_wrong_size(path, header, "less"))
        if file.read(1):  # reading past the end also makes gzip compare its checksum
            raise DataError(_wrong_size(path, header, "more"))
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise DataError(f"The file “{path}” holds values that are not finite numbers (NaN or infinity).")
    return values.astype(values.dtype.newbyteorder("="), copy=False)


def _fill(file: BinaryIO, values: np.ndarray) -> int:
    """Read into an array piece by piece, so that memory is taken as the file gives, not as its header promises."""
    if not values.size:
        return 0
    target = values.reshape(-1).view(np.uint8)
    done = 0
    while done < len(target):
        piece = file.read(min(CHUNK, len(target) - done))
        if not piece:
            break
        target[done : done + len(piece)] = np.frombuffer(piece, np.uint8)
        done += len(piece)
    return done


def _open(path: Path) -> BinaryIO:
    """The file's plain bytes, whether or not it is gzipped, whatever its name says."""
    file = path.open("rb")
    magic = file.read(2)
    file.seek(0)
    if magic != GZIP_MAGIC:
        return file
    file.close()
    return cast(BinaryIO, gzip.open(path, "rb"))


@contextmanager
def _sentences(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise DataError(f"There is no file “{path}”.") from None
    except PermissionError:
        raise DataError(f"The file “{path}” may not be read; change its permissions.") from None
    except EOFError:
        raise DataError(f"The file “{path}” is cut off before its end; copy or download it again.") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"The file “{path}” is damaged ({error}); copy or download it again.") from None
    except OSError as error:
        raise DataError(f"The file “{path}” cannot be read: {error.strerror or error}.") from None
    except MemoryError:
        raise NoRoom(f"The file “{path}” does not fit into the memory; close programs or use less data.") from None


def _wrong_size(path: Path, header: Header, which: str) -> str:
    shape = "×".join(map(str, header.shape))
    size = size_words(header.start + header.size)
    return (
        f"The file “{path}” holds {which} than its header promises ({shape} values, {size} unpacked); "
        "copy or download it again."
    )
