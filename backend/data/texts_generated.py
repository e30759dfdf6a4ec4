"""Texts made up by rules: dates as people write them, and sentences of a small grammar with the kind of every word."""

from __future__ import annotations

import numpy as np

DATES, SENTENCES = 10_000, 3000
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")  # fmt: skip
NAMES = ("dates", "grammar")
WORDS = {
    "determiner": ("the", "a", "every", "some", "this"),
    "adjective": ("small", "green", "old", "quick", "quiet", "bright", "light", "cold"),
    "noun": ("dog", "cat", "tree", "house", "boat", "light", "watch", "play", "girl", "walk", "teacher", "river"),
    "verb": ("sees", "finds", "likes", "paints", "follows", "carries"),
    "auxiliary": ("will", "can", "may", "must"),
    "bare verb": ("watch", "light", "play", "walk", "see", "find", "follow"),
    "adverb": ("slowly", "often", "gladly", "never"),
    "preposition": ("near", "behind", "with", "under"),
}


def dates(count: int = DATES, seed: int = 0) -> list[tuple[str, str]]:
    """Days from 1950 to 2049, each written in one of eight ways, and as ISO 8601 writes it: 2024-03-09."""
    rng = np.random.default_rng(seed)
    days = np.datetime64("1950-01-01") + rng.integers(0, 36_525, count)
    found = []
    for day, way in zip(days, rng.integers(0, 8, count)):
        iso = str(day)
        year, month, number = map(int, iso.split("-"))
        name = MONTHS[month - 1]
        ways = (f"{number} {name} {year}", f"{name} {number}, {year}", f"{number:02d}.{month:02d}.{year}",
                f"{month}/{number}/{year}", f"{number} {name[:3]} {year}", f"{name[:3]} {number} {year}",
                f"{year}/{month:02d}/{number:02d}", f"{number}. {name.lower()} {year}")  # fmt: skip
        found.append((ways[way], iso))
    return found


def grammar(count: int = SENTENCES, seed: int = 0) -> list[tuple[list[str], list[str]]]:
    """Sentences with the kind of each word. Some words are of two kinds, which only those around them tell apart."""
    rng = np.random.default_rng(seed)

    def thing() -> list[str]:
        kinds = ["determiner"] + ["adjective"] * int(rng.choice([0, 1, 2], p=[0.5, 0.35, 0.15])) + ["noun"]
        return kinds + ["preposition", "determiner", "noun"] * int(rng.random() < 0.2)

    found = []
    for _ in range(count):
        kinds = thing() + (["auxiliary", "bare verb"] if rng.random() < 0.5 else ["verb"]) + thing()
        kinds += ["adverb"] * int(rng.random() < 0.3)
        found.append(([str(rng.choice(WORDS[kind])) for kind in kinds], kinds))
    return found
