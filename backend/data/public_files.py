"""Public data made of a few plain files: where they lie on this machine, and how they are brought there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from backend.data.places import cached, data_folder, folders_named
from backend.data.registry import Cancelled, Known, MissingData, Progress, normalised
from backend.data.remote import Remote, fetch
from graph.problems import DataError

if TYPE_CHECKING:
    from pathlib import Path


class PublicFiles(NamedTuple):
    """Files that belong together: the folders they are known by besides the name, their addresses and checksums."""

    known: Known
    folders: tuple[str, ...]
    bases: tuple[str, ...]
    files: tuple[Remote, ...]

    def find(self) -> Path | None:
        """The folder that holds all of them, or None."""
        named = [folder for name in (self.known.name, *self.folders) for folder in folders_named(normalised(name))]
        for folder in [*named, *([flat] if (flat := data_folder()) else [])]:
            if all((folder / file.name).is_file() for file in self.files):
                return folder
        return None

    def place(self) -> Path:
        """The same. Raises MissingData where it is not on this machine."""
        if (found := self.find()) is not None:
            return found
        looked = " and ".join(f"“{each}”" for each in (data_folder(), cached(self.known.name)) if each)
        raise MissingData(f"The files of “{self.known.name}” are not on this machine (looked in {looked}). "
                          f"{self.by_hand}", self.known.name)  # fmt: skip

    def download(self, progress: Progress, cancelled: Cancelled) -> None:
        """Bring the files into the cache. Raises DataError with a sentence."""
        if self.find() is not None:
            return
        mirror = os.environ.get("NETLOOM_MIRROR")
        bases = (f"{mirror.rstrip('/')}/{self.known.name}",) if mirror else self.bases
        try:
            for file in self.files:
                fetch(file, bases, cached(self.known.name), progress, cancelled)
        except DataError as error:
            raise DataError(f"{error} {self.by_hand}") from None

    @property
    def by_hand(self) -> str:
        """How to bring them without a download."""
        names = " and ".join(file.name for file in self.files)
        return f"Or put {names} into “{cached(self.known.name)}”."
