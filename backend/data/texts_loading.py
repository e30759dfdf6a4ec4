"""Texts as a data set: split the same way in every run, in tokens whose vocabulary the training texts alone decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from backend.data.dataset import DataSet
from backend.data.registry import _place, _unknown, normalised
from backend.data.splits import rounded, split
from backend.data.texts_generated import NAMES, dates, grammar
from backend.data.texts_known import PUBLIC, SIZES
from backend.data.texts_reading import Corpus, class_files, decoded, read_corpus, tagged
from backend.data.texts_vocabulary import END, PADDING, START, TextPreparation, small, tokens_of, vocabulary
from graph.lazy import torch
from graph.problems import DataError
from graph.specs import TensorSpec
from graph.texts import Asked, question

PARTS = ("train", "validation", "test")
WINDOW = 64  # tokens of a running text that are read at once, where nothing is asked
LONGEST = 1000  # tokens of an example, where nothing is asked
JUDGED = 512  # strips that a text is judged in where it is learned in strips: as many as are judged at once
Arrays = dict[str, dict[str, np.ndarray]]
Made = tuple[dict[str, TensorSpec], dict[str, TextPreparation], dict[str, np.ndarray]]  # by field


@dataclass
class Prepared:
    """What became of the texts: the fields, their numbers by split, and the rows or first tokens of each example."""

    specs: dict[str, TensorSpec]
    splits: Arrays
    preparation: dict[str, TextPreparation]
    rows: dict[str, np.ndarray]
    notes: list[str]


def load_texts(source: str, *, seed: int = 0, **asked: Any) -> DataSet:
    """Read texts, split them and give every token a number. The split is the same for every seed, because the size of
    the vocabulary, and with it that of the network, hangs on it.

    asked: see ``graph.texts.Asked``

    Raises DataError with a sentence, MissingData where ``download`` may help.
    """
    wanted = Asked(**asked)
    found = _prepared(source, wanted, *_state(source))
    splits = {part: {key: torch.from_numpy(each) for key, each in own.items()} for part, own in found.splits.items()}
    return DataSet(
        name=source,
        fields=dict(found.specs),
        splits=splits,
        preparation=dict(found.preparation),
        indices={part: torch.from_numpy(rows) for part, rows in found.rows.items()},
        notes=tuple(found.notes),
        asked=question(source, wanted),
        in_order=bool(wanted.strips and "next" in found.specs),
    )


def fields_of(source: str, asked: Asked) -> dict[str, TensorSpec]:
    """The fields that texts give; about as they will be, where a known source is not on this machine."""
    name = normalised(source)
    if name in PUBLIC and PUBLIC[name].find() is None:
        return _expected(name, asked)
    return _prepared(source, asked, *_state(source)).specs


def _expected(name: str, asked: Asked) -> dict[str, TensorSpec]:
    def tokens(field: str, special: int) -> TensorSpec:
        length, different = SIZES[name, field][2 * (asked.tokens == "characters") + asked.lower]
        return TensorSpec((asked.length or length,), "int64", classes=min(asked.vocabulary, different) + special)

    text, length = tokens("text", 2), TensorSpec((), "int64")
    if name == "tiny-shakespeare":
        return {"text": text, "next": text}
    if name == "movie-reviews":
        return {"text": text, "label": TensorSpec((), "int64", classes=2, names=("neg", "pos")), "length": length}
    target = tokens("target", 4)
    return {"text": text, "given": target, "target": target, "length": length}


def _state(source: str) -> tuple[Any, ...]:
    """What changes when the texts do."""
    path = _path(source)
    if path is None:
        return ()
    try:
        files = sorted(path.rglob("*"))[:100_000] if path.is_dir() else [path]
        states = [file.stat() for file in files]
    except OSError as error:
        raise DataError(f"“{path}” cannot be read: {error.strerror or error}.") from None
    return len(files), max((s.st_mtime_ns for s in states), default=0), sum(s.st_size for s in states)


def _path(source: str) -> Path | None:
    """Where a source lies; None for one that is made up. Raises DataError where there is none."""
    name = normalised(source)
    if name in NAMES:
        return None
    if name in PUBLIC:
        return PUBLIC[name].place()
    found = _place(source, name)
    if found is None:
        raise DataError(_unknown(source, name))
    return found


def corpus_of(source: str, asked: Asked) -> Corpus:
    """The texts of a source."""
    name, path = normalised(source), _path(source)
    if path is None:
        if name == "grammar":
            return tagged(grammar(), [])
        written, iso = zip(*dates())
        return Corpus("pairs", list(written), list(iso))
    if name in PUBLIC:
        first, *others = [path / file.name for file in PUBLIC[name].files]
        named = [(file.suffix[1:], file) for file in (first, *others)]
        return class_files(named) if others else read_corpus(first, asked)
    return read_corpus(path, asked)


@lru_cache(maxsize=3)
def _prepared(source: str, asked: Asked, *_state: Any) -> Prepared:
    for label, share in (("validation", asked.validation), ("test", asked.test)):
        if not 0 <= share < 1:
            raise DataError(f"The {label} share lies between 0 and 0.99; got {share:g}.")
    corpus = corpus_of(source, asked)
    return _windows(source, corpus, asked) if corpus.kind == "running text" else _examples(source, corpus, asked)


# -- one running text -------------------------------------------------------------------------------------------------


def _windows(source: str, corpus: Corpus, asked: Asked) -> Prepared:
    """Windows and the same one token later; the first of the text for training, the last for the test."""
    tokens, length = tokens_of(corpus.texts[0], asked.tokens, asked.lower), asked.length or WINDOW
    held = rounded(len(tokens), asked.test)
    watched = rounded(len(tokens) - held, asked.validation)
    ends = {"train": len(tokens) - held - watched, "validation": len(tokens) - held, "test": len(tokens)}
    if ends["train"] <= length:
        raise DataError(f"“{source}” has {ends['train']:,} tokens to train on, and {length + 1:,} are needed for one "
                        "window: take a shorter length, or a longer text.")  # fmt: skip
    known = vocabulary([tokens[: ends["train"]]], asked.tokens, asked.vocabulary, asked.min_count, ends=False)
    whole = TextPreparation("text", known, asked.tokens, asked.lower, len(tokens)).encoded([tokens])[0]
    begin, rows = 0, dict[str, np.ndarray]()
    for part, end in ends.items():
        strips = asked.strips if part == "train" else JUDGED
        rows[part] = begin + (_strips(end - begin, length, strips) if asked.strips else
                              np.arange(0, max(end - begin - length, 0), asked.stride or length))  # fmt: skip
        begin = end
    if not len(rows["train"]):
        raise DataError(f"“{source}” is too short to be read in {asked.strips:,} strips: take fewer.")
    at = {part: starts[:, None] + np.arange(length) for part, starts in rows.items()}
    splits: Arrays = {part: {"text": whole[places], "next": whole[places + 1]} for part, places in at.items()}
    spec = TensorSpec((length,), "int64", classes=len(known), names=known)
    fitted = {
        "text": TextPreparation("text", known, asked.tokens, asked.lower, length),
        "next": TextPreparation("next", known, asked.tokens, asked.lower, length),
    }
    return Prepared({"text": spec, "next": spec}, splits, fitted, rows, corpus.notes)


def _strips(count: int, length: int, strips: int) -> np.ndarray:
    """First tokens of windows so that each goes on where the one ``strips`` rows before ended."""
    each = (count - 1) // (strips * length)
    if not each:
        return np.arange(0, max(count - length, 0), length) if strips == JUDGED else np.zeros(0, np.int64)
    steps = np.arange(each)[:, None] * length + np.arange(strips) * each * length
    return steps.reshape(-1)


# -- many texts -------------------------------------------------------------------------------------------------------


def _examples(source: str, corpus: Corpus, asked: Asked) -> Prepared:
    """A text an example, with what belongs to it."""
    texts = [text if corpus.kind == "tags" else tokens_of(text, asked.tokens, asked.lower) for text in corpus.texts]
    if corpus.kind == "tags" and asked.lower:
        texts = [[word.lower() for word in words] for words in texts]
    full = np.flatnonzero([bool(text) for text in texts])
    if len(full) < len(texts):
        corpus.notes.append(f"{len(texts) - len(full):,} texts are empty and are left out.")
    if len(full) < 2:
        raise DataError(f"“{source}” holds {len(full)} text{'' if len(full) == 1 else 's'}; at least 2 are needed to "
                        "learn from.")  # fmt: skip
    if corpus.kind == "labelled" and len({corpus.answers[row] for row in full}) < 2:
        raise DataError(f"“{source}” has texts of one class only, so there is nothing to tell apart.")
    rows = _rows(corpus, full, asked)
    trained = rows["train"].tolist()
    known = vocabulary((texts[row] for row in trained), asked.tokens, asked.vocabulary, asked.min_count, ends=False)
    length = asked.length or min(max(len(texts[row]) for row in trained), LONGEST)
    kept = {"text": TextPreparation("text", known, asked.tokens, asked.lower, length)}
    specs = {"text": TensorSpec((length,), "int64", classes=len(known), names=known)}
    arrays = {"text": kept["text"].encoded(texts)}
    _add_answers(corpus, texts, trained, asked, (specs, kept, arrays))
    kept["length"] = TextPreparation("length", known, asked.tokens, asked.lower, length)
    specs["length"], arrays["length"] = TensorSpec((), "int64"), kept["length"].encoded(texts)
    splits = {part: {name: arrays[name][own] for name in specs} for part, own in rows.items()}
    return Prepared(specs, splits, kept, rows, corpus.notes)


def _rows(corpus: Corpus, full: np.ndarray, asked: Asked) -> dict[str, np.ndarray]:
    """The rows of each part: always the same ones, the shares of the classes kept, equal texts in one part."""
    strata = np.array(corpus.answers) if corpus.kind == "labelled" else np.zeros(len(corpus.texts), np.int8)
    first = len(corpus.texts) - corpus.held
    own, held = full[full < first], full[full >= first]
    numbers: dict[str, int] = {}
    groups = np.array([numbers.setdefault(str(corpus.texts[row]), len(numbers)) for row in own])
    firsts = np.unique(groups, return_index=True)[1]
    found = split(strata[own[firsts]], strata[held] if corpus.held else None, validation=asked.validation,
                  test=asked.test, examples=0, seed=0)  # fmt: skip
    return {
        part: held[chosen] if part == "test" and corpus.held else own[np.isin(groups, chosen)]
        for part, chosen in found.items()
    }


def _add_answers(corpus: Corpus, texts: list[list[str]], trained: list[int], asked: Asked, into: Made) -> None:
    """What belongs to the texts: a label, tags, or another text, which is given one token late to its writer."""
    specs, kept, arrays = into
    length, names = kept["text"].length, corpus.names
    if corpus.kind == "labelled":
        kept["label"], arrays["label"] = TextPreparation("label", names), np.array(corpus.answers, small(len(names)))
        specs["label"] = TensorSpec((), "int64", classes=len(names), names=names)
    elif corpus.kind == "tags":
        found = np.zeros((len(texts), length), small(len(names)))
        for row, tags in zip(found, corpus.answers):
            row[: len(tags)] = tags[:length]
        kept["tags"], arrays["tags"] = TextPreparation("tags", names, length=length), found
        specs["tags"] = TensorSpec((length,), "int64", classes=len(names), names=names)
    else:
        answers = [tokens_of(text, asked.tokens, asked.lower) for text in corpus.answers]
        own = vocabulary((answers[row] for row in trained), asked.tokens, asked.vocabulary, asked.min_count, ends=True)
        most = asked.length or min(max(len(answers[row]) for row in trained) + 1, LONGEST)
        for name in ("given", "target"):
            kept[name] = TextPreparation(name, own, asked.tokens, asked.lower, most)  # type: ignore[arg-type]
            specs[name] = TensorSpec((most,), "int64", classes=len(own), names=own)
        arrays["given"], arrays["target"] = _late(kept["target"].encoded(answers), answers)


def _late(encoded: np.ndarray, answers: list[list[str]]) -> tuple[np.ndarray, np.ndarray]:
    """The answers one token late behind a start, and as they are with an end behind."""
    target = encoded.copy()
    for row, answer in zip(target, answers):
        row[min(len(answer), len(row) - 1)] = END
        row[len(answer) + 1 :] = PADDING
    given = np.roll(target, 1, axis=1)
    given[:, 0] = START
    given[given == END] = PADDING
    return given, target


# -- asked later ------------------------------------------------------------------------------------------------------


def texts_from_file(path: str | Path, preparation: Mapping[str, TextPreparation]) -> dict[str, torch.Tensor]:
    """The lines of a file, one an example, by field, as a network reads them. Raises DataError with a sentence."""
    place = Path(path).expanduser()
    if place.is_dir():
        raise DataError(f"“{path}” is a folder; give the files in it.")
    lines = [line for line in decoded(place)[0].split("\n") if line.strip()]
    if not lines:
        raise DataError(f"The file “{path}” is empty; a text in every line was expected.")
    if other := next((name for name, each in preparation.items() if each.gives not in ("text", "length")), ""):
        raise DataError(f"A file of texts gives no “{other}”; choose an output that reads the text alone.")
    return {name: each.apply(torch.from_numpy(each.lines(lines))) for name, each in preparation.items()}


def recoded(values: torch.Tensor, now: TextPreparation, wanted: TextPreparation) -> torch.Tensor:
    """Stored numbers of one vocabulary in those of another, where a file has changed since a training."""
    if now == wanted or now.gives in ("length", "label"):
        return values
    numbers = wanted.numbers
    special = len(now.vocabulary) - len(now.numbers)
    places = [place if place < special + 1 else numbers.get(token, 1) for place, token in enumerate(now.vocabulary)]
    found = torch.tensor(places, dtype=torch.int64)[values.to(torch.int64)]
    return torch.nn.functional.pad(found, (0, wanted.length - now.length))
