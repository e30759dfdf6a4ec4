"""Files read and written without surprises: whole or not at all, and the machine's refusals in plain words."""

from __future__ import annotations

import errno
import os
import uuid
from contextlib import suppress
from pathlib import Path


class FileProblem(Exception):
    """A file that cannot be read or written; the text is a sentence for the user.

    ``code`` is the exit code of the command line: 1 where the file or its name is at fault, 3 where the machine is.
    """

    def __init__(self, sentence: str, code: int = 1) -> None:
        super().__init__(sentence)
        self.code = code


def read_bytes(path: str | Path, limit: int) -> bytes:
    """The first ``limit`` bytes of an ordinary file. Raises FileProblem with a sentence."""
    try:
        place = Path(path)
        if place.is_dir():
            raise IsADirectoryError(errno.EISDIR, "folder")
        if place.exists() and not place.is_file():
            raise FileProblem(f"“{path}” cannot be opened: it is not an ordinary file.")
        with place.open("rb") as file:
            return file.read(limit)
    except (OSError, ValueError) as error:
        raise FileProblem(f"“{path}” cannot be opened: {reason(error)}", _code(error)) from None


def write_atomically(path: str | Path, data: bytes) -> None:
    """Put bytes under a name in one stroke: a reader, a crash or a full disk never meets half a file.

    Raises FileProblem with a sentence, and leaves what was there.
    """
    temporary = None
    try:
        place = Path(path).resolve()
        mode = _mode(place)
        temporary = place.with_name(f".saving-{uuid.uuid4().hex}")
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            temporary.chmod(mode)
        temporary.replace(place)
    except (OSError, ValueError) as error:
        if temporary:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
        raise FileProblem(f"“{path}” cannot be written: {reason(error)}", _code(error)) from None


def _mode(place: Path) -> int | None:
    """The permissions of a file that is there already. Raises an OSError where it is no file to be replaced."""
    if place.is_dir():
        raise IsADirectoryError(errno.EISDIR, "folder")
    if not place.exists():
        return None
    if not os.access(place, os.W_OK):
        raise PermissionError(errno.EACCES, "read-only")
    return place.stat().st_mode & 0o777


_PERMISSION = "you do not have the permission. Choose another place, or change the permissions."
_REASONS = {
    errno.ENOENT: "there is no such file or folder. Check the name.",
    errno.EACCES: _PERMISSION,
    errno.EPERM: _PERMISSION,
    errno.EROFS: "the disk is read-only. Choose another place.",
    errno.ENOSPC: "the disk is full. Make room, or choose another place.",
    errno.EDQUOT: "your share of the disk is full. Make room, or choose another place.",
    errno.EFBIG: "the file would be larger than this disk allows. Choose another place.",
    errno.ENOTDIR: "a part of its path is a file where a folder should be. Check the name.",
    errno.EISDIR: "it is a folder. Give the name of a file.",
    errno.ENAMETOOLONG: "the name is too long. Choose a shorter one.",
}
_MACHINE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOMEM, errno.EMFILE, errno.ENFILE}


def reason(error: OSError | ValueError) -> str:
    """Why the machine refused a file, with what to do about it."""
    if isinstance(error, OSError):
        return _REASONS.get(error.errno or 0, f"{error.strerror or error}.")
    return "the name holds a character that no file name may have."


def _code(error: OSError | ValueError) -> int:
    return 3 if isinstance(error, OSError) and error.errno in _MACHINE else 1
