"""Small texts that tests write and read."""

from __future__ import annotations

from pathlib import Path

import numpy as np

GOOD, BAD_WORDS = ("fine", "bright", "kind", "warm"), ("dull", "grim", "cold", "poor")


def sentences(words: tuple[str, ...], count: int, seed: int) -> list[str]:
    rng = np.random.default_rng(seed)
    return [f"the {rng.choice(words)} film {n} was {rng.choice(words)}." for n in range(count)]


def class_files(folder: Path, count: int = 60) -> Path:
    """A file a class, a text in every line."""
    folder.mkdir(exist_ok=True)
    (folder / "bad.txt").write_text("\n".join(sentences(BAD_WORDS, count, 0)))
    (folder / "good.txt").write_text("\n".join(sentences(GOOD, count, 1)))
    (folder / "README.txt").write_text("Nothing to learn from.")
    return folder
