"""Texts from files: one running text, lines or files with a class, pairs, a column of a table, words with tags."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from backend.data.places import size_words
from backend.data.registry import NoRoom
from backend.data.tables_inputs import _texts as table_texts
from graph.problems import DataError
from graph.tables import LIKELY
from graph.texts import Asked

Kind = Literal["running text", "labelled", "pairs", "tags"]
ENDINGS = (".txt", ".text", ".md", ".pos", ".neg")
TAGGED = (".conll", ".conllu", ".iob", ".bio", ".tags")
TABLES = (".csv", ".tsv", ".tab", ".csv.gz", ".tsv.gz")
NOT_TEXTS = ("readme", "license", "licence", "changelog")
MOST_BYTES = 1 << 30
MOST_CLASSES = 1000
LOOKED_AT = 200  # lines that tell whether a file holds pairs


@dataclass
class Corpus:
    """Texts with what belongs to each: nothing, a class number, another text, or a tag a word.

    names: those of the classes or tags; ``held`` of the last texts are a test part of their own
    """

    kind: Kind
    texts: list[Any]
    answers: list[Any] = field(default_factory=list)
    names: tuple[str, ...] = ()
    held: int = 0
    notes: list[str] = field(default_factory=list)


def read_corpus(path: Path, asked: Asked) -> Corpus:
    """The texts of a file or folder. Raises DataError with a sentence that names the file, and the line."""
    kind = asked.reading if asked.reading != "auto" else kind_of(path)
    if path.is_dir():
        if kind != "labelled":
            raise DataError(f"“{path}” is a folder, which holds labelled texts; give a file to read {kind} from.")
        return _folder(path)
    if path.name.lower().endswith(TABLES) and kind == "labelled":
        return _column(path, asked)
    text, notes = decoded(path)
    match kind:
        case "running text":
            return Corpus("running text", [text], notes=notes)
        case "pairs":
            return _pairs(path, text, notes)
        case "tags":
            return _tags(path, text, notes)
    raise DataError(f"“{path}” is one text: labelled texts are a folder with a file for each class, or a table (CSV) "
                    "with a column of classes.")  # fmt: skip


def kind_of(path: Path) -> Kind:
    """What a file or folder most likely holds."""
    if path.is_dir():
        return "labelled"
    if path.name.lower().endswith(TABLES):
        return "labelled"
    if path.suffix.lower() in TAGGED:
        return "tags"
    lines = [line for line in decoded(path)[0].splitlines()[:LOOKED_AT] if line.strip()]
    parted = [line.split("\t") for line in lines]
    pairs = sum(len(cells) > 1 and all(cell.strip() for cell in cells[:2]) for cells in parted)
    return "pairs" if lines and pairs >= 0.95 * len(lines) else "running text"


def decoded(path: Path) -> tuple[str, list[str]]:
    """The text of a file, and a note where its encoding had to be guessed."""
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise NoRoom(f"The text “{path}” has {size_words(size)}; at most {size_words(MOST_BYTES)} are read.")
        found = path.read_bytes()
    except FileNotFoundError:
        raise DataError(f"There is no file “{path}”.") from None
    except OSError as error:
        raise DataError(f"The file “{path}” cannot be read: {error.strerror or error}.") from None
    if found.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _or_refused(path, found, "utf-16"), []
    if b"\0" in found:
        raise DataError(f"The file “{path}” is no text: it holds bytes that are none.")
    try:
        return _lines(found.decode("utf-8-sig")), []
    except UnicodeDecodeError:
        return _lines(found.decode("cp1252", errors="replace")), [
            f"“{path.name}” is not written in UTF-8; it was read as Western European (Windows-1252)."
        ]


def _or_refused(path: Path, found: bytes, encoding: str) -> str:
    try:
        return _lines(found.decode(encoding))
    except UnicodeDecodeError:
        raise DataError(f"The file “{path}” is not written in {encoding}, as its beginning says.") from None


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


# -- a class for every text -------------------------------------------------------------------------------------------


def class_files(files: Sequence[tuple[str, Path]]) -> Corpus:
    """A text a line, of the class that its file stands for."""
    corpus = Corpus("labelled", [], [], tuple(name for name, _ in files))
    for number, (_, path) in enumerate(files):
        text, notes = decoded(path)
        lines = [line for line in text.split("\n") if line.strip()]
        if not lines:
            raise DataError(f"The file “{path}” is empty; a text in every line was expected.")
        corpus.texts += lines
        corpus.answers += [number] * len(lines)
        corpus.notes += notes
    return corpus


def _folder(path: Path) -> Corpus:
    """A folder with a file a class, or with a folder a class, whose files are a text each; perhaps train and test."""
    folders = {folder.name.lower(): folder for folder in _inside(path) if folder.is_dir()}
    if "train" not in folders:
        return _classes(path)
    corpus = _classes(folders["train"])
    if "test" in folders:
        held = _classes(folders["test"])
        if held.names != corpus.names:
            raise DataError(f"The test part of “{path}” has the classes {', '.join(held.names)}, and the training part "
                            f"{', '.join(corpus.names)}; they must be the same.")  # fmt: skip
        corpus.texts += held.texts
        corpus.answers += held.answers
        corpus.held = len(held.texts)
    return corpus


def _classes(path: Path) -> Corpus:
    folders = [(folder.name, _files(folder)) for folder in _inside(path) if folder.is_dir()]
    folders = [(name, files) for name, files in folders if files and name.lower() != "unsup"]
    if len(folders) > 1:
        corpus = Corpus("labelled", [], [], tuple(name for name, _ in folders))
        for number, (_, files) in enumerate(folders):
            for file in files:
                text, notes = decoded(file)
                corpus.texts.append(text)
                corpus.answers.append(number)
                corpus.notes += notes[: 1 - len(corpus.notes)]
        return corpus
    files = _files(path)
    if len(files) < 2:
        raise DataError(f"The folder “{path}” has {'one file' if files else 'no files'} of text; a file or a folder "
                        "for every class was expected, and at least two.")  # fmt: skip
    stems = {file.stem for file in files}
    return class_files([(file.suffix[1:] if len(stems) == 1 else file.stem, file) for file in files])


def _inside(path: Path) -> list[Path]:
    try:
        return sorted(each for each in path.iterdir() if not each.name.startswith("."))
    except OSError as error:
        raise DataError(f"The folder “{path}” cannot be read: {error.strerror or error}.") from None


def _files(path: Path) -> list[Path]:
    return [each for each in _inside(path) if each.suffix.lower() in ENDINGS and each.is_file()
            and not each.name.lower().startswith(NOT_TEXTS)]  # fmt: skip


def _column(path: Path, asked: Asked) -> Corpus:
    """A column of texts and one of classes."""
    dialect, frame = table_texts(path)
    names = list(dialect.names)
    if len(names) < 2:
        raise DataError(f"The table “{path}” has one column only; one of texts and one of classes were expected.")
    lengths = [float(frame[place].fillna("").str.len().mean()) for place in range(len(names))]
    column = _named(path, names, asked.column) if asked.column.strip() else int(np.argmax(lengths))
    target = _named(path, names, asked.target) if asked.target.strip() else _likely(names, column)
    if column == target:
        raise DataError(f"“{names[column]}” cannot be both the text and the class; choose another column.")
    whole = frame[column].notna() & frame[target].notna()
    answers = frame[target][whole].str.strip().tolist()
    classes = sorted(set(answers), key=lambda name: (not name.lstrip("-").isdecimal(), len(name), name))
    if all(name.lstrip("-").isdecimal() for name in classes):
        classes.sort(key=int)
    else:
        classes.sort()
    if len(classes) > MOST_CLASSES:
        raise DataError(f"The column “{names[target]}” has {len(classes):,} different values; a column of at most "
                        f"{MOST_CLASSES:,} classes was expected.")  # fmt: skip
    numbers = {name: number for number, name in enumerate(classes)}
    left = int((~whole).sum())
    notes = [f"{left:,} rows without a text or a class are left out."] if left else []
    return Corpus("labelled", frame[column][whole].tolist(), [numbers[each] for each in answers], tuple(classes),
                  notes=notes)  # fmt: skip


def _named(path: Path, names: Sequence[str], wanted: str) -> int:
    folded = {name.strip().casefold(): place for place, name in enumerate(names)}
    if (place := folded.get(wanted.strip().casefold())) is None:
        raise DataError(f"The table “{path}” has no column “{wanted[:60]}”; it has {', '.join(names[:30])}.")
    return place


def _likely(names: Sequence[str], column: int) -> int:
    """The column that most likely holds the class."""
    folded = {name.strip().casefold(): place for place, name in enumerate(names) if place != column}
    named = next((folded[name] for name in (*LIKELY, "sentiment", "category") if name in folded), None)
    return named if named is not None else max(place for place in range(len(names)) if place != column)


# -- pairs and tags ---------------------------------------------------------------------------------------------------


def _pairs(path: Path, text: str, notes: list[str]) -> Corpus:
    corpus = Corpus("pairs", [], [], notes=notes)
    left = 0
    for number, line in enumerate(text.split("\n"), 1):
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) > 1 and cells[0] and cells[1]:
            corpus.texts.append(cells[0])
            corpus.answers.append(cells[1])
        elif line.strip():
            left += 1
            if not corpus.texts and left > LOOKED_AT:
                raise DataError(f"“{path}”, line {number}: it holds no pair; two texts, a tab between, were expected.")
    if left:
        corpus.notes.append(f"{left:,} lines of “{path.name}” hold no pair and are left out.")
    return corpus


def _tags(path: Path, text: str, notes: list[str]) -> Corpus:
    """A word and its tag a line, a blank line between sentences; of several columns the first and the last."""
    sentences: list[tuple[list[str], list[str]]] = [([], [])]
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.startswith("-DOCSTART-"):
            if sentences[-1][0]:
                sentences.append(([], []))
            continue
        if line.startswith("# "):
            continue
        cells = line.split("\t") if "\t" in line else line.split()
        if len(cells) < 2:
            raise DataError(f"“{path}”, line {number}: “{line[:40]}” has no tag; a word and its tag were expected.")
        conllu = path.suffix.lower() == ".conllu" and len(cells) > 4
        sentences[-1][0].append(cells[1] if conllu else cells[0])
        sentences[-1][1].append(cells[3] if conllu else cells[-1])
    found = [pair for pair in sentences if pair[0]]
    return tagged(found, notes)


def tagged(sentences: Sequence[tuple[list[str], list[str]]], notes: list[str]) -> Corpus:
    """Sentences with their tags as numbers, the commonest first; 0 is the padding."""
    counts = Counter(tag for _, tags in sentences for tag in tags)
    names = ("", *sorted(counts, key=lambda tag: (-counts[tag], tag)))
    numbers = {name: number for number, name in enumerate(names)}
    return Corpus("tags", [words for words, _ in sentences], [[numbers[tag] for tag in tags] for _, tags in sentences],
                  names, notes=notes)  # fmt: skip
