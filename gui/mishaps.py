"""What becomes of an exception that nobody foresaw: a sentence in the strip, the rest in a log file."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final

import platformdirs
from PySide6.QtCore import QCoreApplication, QMessageLogContext, QtMsgType, qInstallMessageHandler

LOG: Final = logging.getLogger("netloom")
SILENT: Final = ("propagateSizeHints",)  # what Qt says of every offscreen window
LARGEST_LOG: Final = 1_000_000  # bytes, then it starts afresh


def start_log() -> Path:
    """Send warnings and worse to a file of the user's, and say where it lies. Qt's own messages go there too."""
    folder = platformdirs.user_log_path("netloom", appauthor=False)
    file = folder / "studio.log"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        fresh = not file.exists() or file.stat().st_size > LARGEST_LOG
        handler: logging.Handler = logging.FileHandler(file, mode="w" if fresh else "a", encoding="utf-8")
    except OSError:
        handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    LOG.handlers[:] = [handler]
    LOG.propagate = False
    qInstallMessageHandler(_hear_qt)
    return file


def catch(tell: Callable[[str], object]) -> None:
    """Let ``tell`` have one sentence for every exception that reaches Qt's event loop; the traceback is logged."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QCoreApplication.quit()
            return
        LOG.error("".join(traceback.format_exception(kind, error, trace)))
        tell(f"Something went wrong inside Netloom ({kind.__name__}: {error}). Your design is untouched; "
             "save it, and go on. The details are in the log file.")  # fmt: skip

    sys.excepthook = hook


def release() -> None:
    """Put everything back as Python and Qt had it."""
    sys.excepthook = sys.__excepthook__
    qInstallMessageHandler(None)
    for handler in LOG.handlers:
        handler.close()
    LOG.handlers.clear()


def _hear_qt(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    if not any(words in text for words in SILENT):
        LOG.warning("Qt: %s", text)
