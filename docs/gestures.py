"""Writes docs/gestures.md from the tables of gestures and actions: ``python -m docs.gestures``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from PySide6.QtGui import QGuiApplication, QKeySequence

from gui.actions import ACTIONS
from gui.gesture_table import GESTURES

PAGE: Final = Path(__file__).parent / "gestures.md"
HEAD: Final = """# Mouse and keys on the canvas and in plots

The same as `?` shows in the studio. Everything here can be undone, and Escape cancels what is under way. On a Mac, Ctrl
is the command key.

| what | mouse | keys |
| --- | --- | --- |
"""


def page() -> str:
    """The page, as Markdown."""
    keys = {action.name: action.keys for action in ACTIONS}
    rows = [f"| {row.what} | {row.how} | {_written(keys.get(row.action, ()))} |" for row in GESTURES]
    return HEAD + "\n".join(rows) + "\n"


def _written(keys: tuple[str | QKeySequence.StandardKey, ...]) -> str:
    texts = [each if isinstance(each, str) else QKeySequence(each).toString() for each in keys]
    return ", ".join(f"`{text}`" for text in texts)


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QGuiApplication([])  # which knows the platform's own keys
    PAGE.write_text(page(), encoding="utf-8")
