"""Tokens for people: blanks that can be seen, and words with the blanks that belong between them."""

from __future__ import annotations

from typing import Final

NOTHING: Final = "∅"  # stands for padding
SIGNS: Final = {"": NOTHING, " ": "␣", "\n": "⏎", "\t": "⇥"}
CLOSING: Final = frozenset(".,;:!?)]}%…’”»")  # marks that stand close behind a word
OPENING: Final = frozenset("([{¿¡‘“«")


def visible(token: str) -> str:
    """A token that can be seen: blanks and breaks by signs."""
    return SIGNS.get(token, token)


def gap(last: str, token: str) -> str:
    """What stands between two words: nothing before a mark that closes and behind one that opens.

    last: the character before
    """
    return "" if not last or last.isspace() or token in CLOSING or last in OPENING else " "
