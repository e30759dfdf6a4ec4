"""Texts: one for its own sake, or many with a class, a translation or the kind of every word."""

from __future__ import annotations

from pathlib import Path

from backend.data.registry import Cancelled, Field, Format, Progress, Raw, data_format
from backend.data.texts_known import MADE, PUBLIC
from backend.data.texts_reading import ENDINGS, TAGGED
from graph.problems import DataError
from graph.texts import PLAIN


@data_format
class Texts(Format):
    """Files of text. What their fields are hangs on what a “text” node asks: see ``backend.data.texts_loading``."""

    node = "text"

    known = (*(public.known for public in PUBLIC.values()), *MADE)

    def accepts(self, path: Path) -> bool:
        if path.is_file():
            return path.suffix.lower() in (*ENDINGS, *TAGGED)
        return any(each.suffix.lower() in ENDINGS for pattern in ("*", "*/*") for each in path.glob(pattern))

    def fields(self, source: str) -> dict[str, Field]:
        return {name: Field(spec) for name, spec in PLAIN.items()}

    def read(self, source: str) -> Raw:
        raise DataError(f"“{source}” is text: put a “text” node in the place of this one.")

    def loader(self, source: str) -> str:
        raise DataError(f"“{source}” is text, and is exported with the tokens that a “text” node makes.")

    def present(self, source: str) -> bool:
        return source not in PUBLIC or PUBLIC[source].find() is not None

    def download(self, source: str, progress: Progress, cancelled: Cancelled) -> None:
        PUBLIC[source].download(progress, cancelled)
