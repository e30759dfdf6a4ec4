"""What goes wrong at work, as a sentence for the user, an exit code and the node at fault."""

from __future__ import annotations

import errno
import re
import sqlite3
import time
import traceback
from pathlib import Path
from typing import NamedTuple

import platformdirs

from graph.disk import FileProblem
from graph.problems import DataError

INPUT, MACHINE = 1, 3  # exit codes: the input is wrong, the machine failed
REFUSALS = (
    (
        r"all elements of (input|target) should be between 0 and 1",
        "Binary cross-entropy got a number that is no probability between 0 and 1. Put a sigmoid before the loss, or "
        "take binary_cross_entropy_with_logits; if it had learned for a while, take a smaller learning rate.",
    ),
    (
        r"Target -?\d+ is out of bounds|index out of range in self",
        "The data holds a class number that is larger than the network allows for: give the layer before the loss (or "
        "the embedding) as many classes as the data has.",
    ),
    (
        r"Expected more than 1 value per channel",
        "Batch norm cannot learn from a batch of one example: set a batch size of two or more.",
    ),
    (r"(?s)(The gradient penalty .*)", r"\1"),
)
MEMORY_WORDS = ("can't allocate memory", "out of memory", "not enough memory", "std::bad_alloc")


class TrainProblem(Exception):
    """What stops the work and what the user can do about it; ``code`` is the exit code of the command line."""

    def __init__(self, sentence: str, code: int = INPUT, node: str = "") -> None:
        super().__init__(sentence)
        self.code = code
        self.node = node


class Explained(NamedTuple):
    """An exception in words; ``expected`` is False for a fault of the program itself."""

    message: str
    code: int
    node: str = ""
    expected: bool = True


def explain(error: BaseException) -> Explained:
    """Any exception as a sentence, an exit code and a node. Never imports torch, so that every process can ask."""
    if isinstance(error, TrainProblem):
        return Explained(str(error), error.code, error.node)
    if isinstance(error, DataError | FileProblem) or type(error).__name__ in ("CompileError", "ExportProblem"):
        return Explained(str(error), getattr(error, "code", INPUT))
    if _is_memory(error):
        return Explained("The memory of the device is full: a smaller batch size, fewer examples or a smaller network "
                         "needs less.", MACHINE)  # fmt: skip
    for pattern, sentence in REFUSALS:
        if found := re.search(pattern, str(error)):
            return Explained(found.expand(sentence), INPUT)
    if isinstance(error, OSError) and error.errno is not None:
        return _explain_file(error)
    if isinstance(error, sqlite3.OperationalError):
        return _explain_database(error)
    if "CUDA" in str(error) or type(error).__name__ == "AcceleratorError":
        sentence = f"The graphics card failed: {_first_line(error)}. Train on the CPU, or restart and try again."
        return Explained(sentence, MACHINE)
    return Explained(f"Netloom itself failed ({type(error).__name__}: {_first_line(error)}).", MACHINE, expected=False)


def write_down(doing: str, error: BaseException) -> Path:
    """Keep the traceback of an unexpected error for whoever mends it, and return where."""
    path = platformdirs.user_log_path("netloom", appauthor=False, ensure_exists=True) / "errors.log"
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {doing}\n")
        traceback.print_exception(error, file=file)
    return path


def _is_memory(error: BaseException) -> bool:
    named = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
    return named or (isinstance(error, RuntimeError) and any(words in str(error) for words in MEMORY_WORDS))


def _explain_file(error: OSError) -> Explained:
    place = f" “{error.filename}”" if error.filename else ""
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return Explained("The disk is full: free some space, or choose a folder on another disk.", MACHINE)
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return Explained(
                f"You may not use{place or ' a file'}: choose another folder, or change its rights.", INPUT
            )
        case errno.ENOENT:
            return Explained(f"There is no file or folder{place}: check the path.", INPUT)
        case errno.ENOTDIR | errno.EEXIST | errno.EISDIR:
            return Explained(f"A file stands where a folder is needed, or the reverse:{place}. Choose another.", INPUT)
    return Explained(f"The disk or a device failed{place and ' at' + place}: {error.strerror}.", MACHINE)


def _explain_database(error: sqlite3.OperationalError) -> Explained:
    text = str(error)
    if "full" in text:
        return Explained("The disk is full: free some space, or choose a folder on another disk.", MACHINE)
    if "readonly" in text or "unable to open" in text:
        return Explained("The run's folder cannot be written to: choose another folder, or change its rights.", INPUT)
    return Explained(f"The run's metrics cannot be written ({text}).", MACHINE)


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [""])[0].rstrip(".")
