"""Which node types a search means, best first, and through which port one fits a wire."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final, NamedTuple

from graph.catalogue import NodeType
from graph.networks import PLACED
from graph.specs import TensorSpec, Wants

USUAL: Final = ("data", "linear", "conv2d", "relu", "max_pool2d", "flatten", "cross_entropy", "output", "dropout",
                "accuracy", "mse_loss", "batch_norm", "sigmoid", "tanh", "lstm", "objective")  # fmt: skip
TYPO: Final = 0.72  # how alike two words are that one is taken for a slip of the other
NAMED: Final = 40.0  # points for the whole name, written in several words
LONGER: Final = 80.0  # points for a name with more behind it
SHORTEST_SLIP: Final = 4  # letters; a slip in a shorter word could mean anything


class Words(NamedTuple):
    """What a node type can be found by."""

    name: str
    parts: tuple[str, ...]
    search: tuple[str, ...]
    family: str
    summary: tuple[str, ...]


NO_WORDS: Final = Words("", (), (), "", ())


def rank(query: str, types: Iterable[NodeType], usage: Mapping[str, int] | None = None,
         favour: Callable[[NodeType], float] | None = None) -> list[NodeType]:  # fmt: skip
    """The node types that a query means, best first; every type, the usual ones first, for an empty query.

    usage: how often the design has each type already
    favour: further points, up to 20, for what suits the moment, such as fitting the wire in hand
    """
    tokens = re.findall(r"[^\W_]+", query.lower())
    found = []
    for place, node_type in enumerate(types):
        words = words_of(node_type) if tokens else NO_WORDS
        scores = [_score(token, words) for token in tokens]
        if all(scores):
            points = sum(scores) / max(1, len(scores))
            points += NAMED * (len(tokens) > 1 and "".join(tokens) == words.name)
            points += favour(node_type) if favour else 0.0
            points += min(6, (usage or {}).get(node_type.name, 0)) + _habit(node_type)
            found.append((-points, place, node_type))
    return [node_type for *_, node_type in sorted(found, key=lambda entry: entry[:2])]


def words_of(node_type: NodeType) -> Words:
    """What a node type can be found by."""
    own = node_type.name.startswith(PLACED)  # a network, known by its title, for its name may be that of a file
    name = node_type.title.lower().replace(" ", "_") if own else node_type.name
    return _words(name, node_type.title, "" if own else node_type.search, node_type.family, node_type.summary)


@lru_cache(maxsize=4096)
def _words(name: str, title: str, search: str, family: str, summary: str) -> Words:
    plain = f"{name} {title}".lower()
    parts = tuple(dict.fromkeys(re.findall(r"[a-z]+|\d+[a-z]*", plain) + re.findall(r"[^\W_]+", plain)))
    return Words(name.replace("_", ""), parts, tuple(re.findall(r"[^\W_]+", search.lower())), family.lower(),
                 tuple(re.findall(r"[^\W_]{4,}", summary.lower())))  # fmt: skip


def _habit(node_type: NodeType) -> float:
    """Points for a type that people reach for often, fewer than any better match of a word is worth."""
    return 8.0 - USUAL.index(node_type.name) / 4 if node_type.name in USUAL else 0.0


def _score(token: str, words: Words) -> float:
    """How well one word of a query meets a node type: 0 not at all, 120 its very name."""
    if token == words.name:
        return 120.0
    length = len(token) / max(len(words.name), len(token))
    best = max(_meet(token, words.parts, 90.0, 75.0), _meet(token, words.search, 84.0, 55.0),
               _meet(token, (words.family,), 40.0, 35.0))  # fmt: skip
    if words.name.startswith(token):
        best = max(best, 90.0)
    stem = words.name.rstrip("0123456789d")
    if len(stem) >= SHORTEST_SLIP and token.startswith(stem):
        best = max(best, LONGER * len(stem) / len(token))  # "maxpooling", "convnet"
    if best:
        return best + 10 * length
    if token in words.name:
        return 30.0 + 10 * length
    if any(word.startswith(token) for word in words.summary) and len(token) >= SHORTEST_SLIP:
        return 24.0
    return _loosely(token, words)


def _meet(token: str, words: Iterable[str], whole: float, start: float) -> float:
    return max((whole if word == token else start for word in words if word.startswith(token)), default=0.0)


def _loosely(token: str, words: Words) -> float:
    """Points for a slip of the finger ("covn", "liner") and for letters in order ("mxpl")."""
    if len(token) >= SHORTEST_SLIP:
        named = max((_likeness(token, word) for word in words.parts), default=0.0)
        heard = max((_likeness(token, word) for word in words.search), default=0.0)
        if max(named, heard) >= TYPO:
            return max(30.0 * named, 20.0 * heard)
    letters = iter(words.name)
    return 8.0 if len(token) >= 2 and token[0] == words.name[0] and all(letter in letters for letter in token) else 0.0


def _likeness(one: str, other: str) -> float:
    if abs(len(one) - len(other)) > 2 or one[0] != other[0]:
        return 0.0
    return SequenceMatcher(None, one, other).ratio()


def fitting_input(node_type: NodeType, spec: TensorSpec | None) -> str:
    """The input through which a wire with this spec enters best, "" where none takes it."""
    takers = [i for i in node_type.inputs if spec is None or i.wants.accepts(spec)]
    if not takers:
        return ""
    exact = [i for i in takers if spec is not None and i.wants.meaning == spec.meaning and not i.optional]
    best = (exact or [i for i in takers if not i.optional] or takers)[0]
    return f"{best.name}.0" if best.growing else best.name


def fitting_output(node_type: NodeType, wants: Wants, known: Mapping[str, TensorSpec]) -> str:
    """The output that could feed an input, "" where none could.

    known: specs of outputs that are not declared, as another data node of the kind shows them
    """
    if node_type.dynamic:
        return next((name for name, spec in known.items() if wants.accepts(spec)), "")
    gives_losses = node_type.kind == "loss"
    if not node_type.outputs or gives_losses != (wants.meaning == "scalar"):
        return ""
    return node_type.outputs[0]


def suits(node_type: NodeType, spec: TensorSpec | None) -> float:
    """Points for a node type made for the very meaning of a wire rather than for any tensor."""
    meanings = {i.wants.meaning for i in node_type.inputs if not i.optional}
    return 12.0 if spec is not None and spec.meaning in meanings else 0.0
