"""Python source that reads texts and gives their tokens numbers as a training did, with no Netloom."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from backend.data import texts_generated as made
from backend.data.preparation import AnyPreparation
from backend.data.registry import normalised
from backend.data.tables_inputs import _texts as table_texts
from backend.data.tables_loader import _reading
from backend.data.texts_known import PUBLIC
from backend.data.texts_loading import WINDOW, _path, load_texts
from backend.data.texts_reading import TABLES, _files, _inside, _likely, _named, kind_of
from backend.data.texts_vocabulary import WORD, TextPreparation
from graph.problems import DataError
from graph.texts import Asked


def text_source(source: str, asked: Mapping[str, Any], preparation: Mapping[str, AnyPreparation] | None = None) -> str:
    """Source text that defines ``load_data() -> dict[str, torch.Tensor]``: every text, its tokens as numbers.

    asked: what a node of texts says, without its source; without a preparation it is fitted on all texts

    Raises DataError with a sentence.
    """
    wanted = Asked(**{name: value for name, value in asked.items() if name in Asked._fields})
    found = preparation or load_texts(source, **{**wanted._asdict(), "validation": 0.0, "test": 0.0}).preparation
    fitted = {name: each for name, each in found.items() if isinstance(each, TextPreparation)}
    imports, reading = _reader(source, wanted, fitted)
    text = fitted["text"]
    split = f"WORD.findall({'text.lower()' if text.lower else 'text'})" if text.tokens == "words" else (
        f"list({'text.lower()' if text.lower else 'text'})")  # fmt: skip
    vocabularies = {name: fitted[name] for name in ("text", "target", "tags") if name in fitted}
    return HEAD.format(
        imports=imports, word=f"WORD = re.compile({WORD.pattern!r})\n" if text.tokens == "words" else "",
        vocabularies="".join(_vocabulary(name, each) for name, each in vocabularies.items()),
        split=split, reading=reading.strip(),
    ) + _loading(wanted, fitted)  # fmt: skip


def _vocabulary(name: str, each: TextPreparation) -> str:
    known = ", ".join(map(repr, each.vocabulary))
    return f"{name.upper()} = {{token: number for number, token in enumerate([{known}])}}\n"


def _loading(asked: Asked, fitted: Mapping[str, TextPreparation]) -> str:
    """The function that turns what was read into tensors."""
    length = fitted["text"].length
    if "next" in fitted:
        step = asked.length or WINDOW if asked.strips else asked.stride or length
        return WINDOWS.format(length=length, step=step)
    lines = {
        "text": f"padded([numbers(text, TEXT) for text in texts], {length})",
        "label": "torch.tensor(answers)",
        "tags": f"padded([[TAGS[tag] for tag in tags] for tags in answers], {length})",
        "length": f"torch.tensor([min(len(text), {length}) for text in texts])",
    }
    before = ""
    if "target" in fitted:
        most = fitted["target"].length
        before = f"    answers = [[*numbers(tokens_of(text), TARGET)[:{most - 1}], 3] for text in answers]\n"
        lines |= {"target": f"padded(answers, {most})",
                  "given": f"padded([[2, *answer[:-1]] for answer in answers], {most})"}  # fmt: skip
    gives = "".join(f'        "{name}": {lines[name]},\n' for name in fitted)
    tokens = "texts" if "tags" in fitted and not fitted["text"].lower else (
        "[[word.lower() for word in words] for words in texts]" if "tags" in fitted else
        "[tokens_of(text) for text in texts]")  # fmt: skip
    return EXAMPLES.format(tokens=tokens, before=before, gives=gives)


def _reader(source: str, asked: Asked, fitted: Mapping[str, TextPreparation]) -> tuple[str, str]:
    """The imports and the function that reads the texts."""
    name, path = normalised(source), _path(source)
    if path is None:
        function = made.dates if name == "dates" else made.grammar
        constants = f"MONTHS = {made.MONTHS!r}\nDATES = {made.DATES}\n" if name == "dates" else (
            f"WORDS = {made.WORDS!r}\nSENTENCES = {made.SENTENCES}\n")  # fmt: skip
        return "import numpy as np\n", f"{constants}\n\n{inspect.getsource(function)}\n\n" + MADE.format(name=name)
    if name in PUBLIC:
        files = [path / file.name for file in PUBLIC[name].files]
        if len(files) > 1:
            return "", LINES.format(files=_paths(files))
        path = files[0]
    kind = asked.reading if asked.reading != "auto" else kind_of(path)
    if path.is_dir():
        return "", _folder(path)
    if path.name.lower().endswith(TABLES) and kind == "labelled":
        return "import pandas as pd\n", _column(path, asked, fitted)
    if kind == "tags" and path.suffix.lower() == ".conllu":
        raise DataError(f"“{path}” is written in CoNLL-U, which an exported script does not read.")
    return "", {"running text": RUNNING, "pairs": PAIRS, "tags": TAGGED}[kind].format(path=_quoted(path))


def _folder(path: Path) -> str:
    train = next((each for each in _inside(path) if each.is_dir() and each.name.lower() == "train"), path)
    folders = [each for each in _inside(train) if each.is_dir() and _files(each) and each.name.lower() != "unsup"]
    if len(folders) > 1:
        return FOLDERS.format(folders=_paths(folders), endings=tuple(sorted({
            file.suffix for folder in folders for file in _files(folder)})))  # fmt: skip
    return LINES.format(files=_paths(_files(train)))


def _column(path: Path, asked: Asked, fitted: Mapping[str, TextPreparation]) -> str:
    dialect, frame = table_texts(path)
    names = list(dialect.names)
    lengths = [float(frame[place].fillna("").str.len().mean()) for place in range(len(names))]
    column = _named(path, names, asked.column) if asked.column.strip() else lengths.index(max(lengths))
    target = _named(path, names, asked.target) if asked.target.strip() else _likely(names, column)
    return COLUMN.format(path=_quoted(path), reading=_reading(dialect), column=names[column], target=names[target],
                         classes=list(fitted["label"].vocabulary))  # fmt: skip


def _quoted(path: Path) -> str:
    return repr(str(path.resolve()))


def _paths(paths: list[Path]) -> str:
    return "[" + ", ".join(map(_quoted, paths)) + "]"


HEAD = '''\
import re
from pathlib import Path
{imports}import torch

{word}{vocabularies}

def read(path: str | Path) -> str:
    """A text in UTF-8 or UTF-16, else in Western European."""
    found = Path(path).read_bytes()
    wide = found.startswith((b"\\xff\\xfe", b"\\xfe\\xff"))
    try:
        text = found.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        text = found.decode("cp1252", errors="replace")
    return text.replace("\\r\\n", "\\n").replace("\\r", "\\n")


def tokens_of(text: str) -> list[str]:
    return {split}


def numbers(tokens: list[str], vocabulary: dict[str, int]) -> list[int]:
    """0 is padding, 1 a token that is not known."""
    return [vocabulary.get(token, 1) if token else 1 for token in tokens]


def padded(rows: list[list[int]], length: int) -> torch.Tensor:
    return torch.tensor([(row + [0] * length)[:length] for row in rows])


{reading}


'''
WINDOWS = '''\
def load_data() -> dict[str, torch.Tensor]:
    """Windows over the text, and the same one token later."""
    text = torch.tensor(numbers(tokens_of(read_texts()), TEXT))
    places = torch.arange(0, len(text) - {length}, {step})[:, None] + torch.arange({length})
    return {{
        "text": text[places],
        "next": text[places + 1],
    }}
'''
EXAMPLES = '''\
def load_data() -> dict[str, torch.Tensor]:
    """The texts, and what belongs to each."""
    texts, answers = read_texts()
    texts = {tokens}
    full = [place for place, text in enumerate(texts) if text]
    texts, answers = [texts[place] for place in full], [answers[place] for place in full]
{before}    return {{
{gives}    }}
'''
RUNNING = """\
def read_texts() -> str:
    return read({path})
"""
LINES = '''\
def read_texts() -> tuple[list[str], list[int]]:
    """A text in every line, of the class that its file stands for."""
    files = {files}
    found = [(line, number) for number, file in enumerate(files) for line in read(file).split("\\n") if line.strip()]
    return [line for line, _ in found], [number for _, number in found]
'''
FOLDERS = '''\
def read_texts() -> tuple[list[str], list[int]]:
    """A text in every file, of the class that its folder stands for."""
    folders = {folders}
    found = [(file, number) for number, folder in enumerate(folders) for file in sorted(Path(folder).iterdir())
             if file.suffix in {endings}]
    return [read(file) for file, _ in found], [number for _, number in found]
'''
PAIRS = '''\
def read_texts() -> tuple[list[str], list[str]]:
    """Two texts in a line, a tab between."""
    lines = [[cell.strip() for cell in line.split("\\t")] for line in read({path}).split("\\n")]
    pairs = [cells for cells in lines if len(cells) > 1 and cells[0] and cells[1]]
    return [cells[0] for cells in pairs], [cells[1] for cells in pairs]
'''
TAGGED = '''\
def read_texts() -> tuple[list[list[str]], list[list[str]]]:
    """A word and its tag in a line, a blank line between sentences."""
    texts, answers = [[]], [[]]
    for line in read({path}).split("\\n"):
        if not line.strip() or line.startswith("-DOCSTART-"):
            texts.append([])
            answers.append([])
        elif not line.startswith("# "):
            cells = line.split("\\t") if "\\t" in line else line.split()
            texts[-1].append(cells[0])
            answers[-1].append(cells[-1])
    return texts, answers
'''
COLUMN = '''\
def read_texts() -> tuple[list[str], list[int]]:
    """A column of texts and one of classes."""
    frame = pd.read_csv(
        {path},
        dtype=str,
{reading}    )
    frame = frame[[{column!r}, {target!r}]].dropna()
    classes = {classes}
    return frame[{column!r}].tolist(), [classes.index(name.strip()) for name in frame[{target!r}]]
'''
MADE = """\
def read_texts() -> tuple[list, list]:
    found = {name}()
    return [text for text, _ in found], [answer for _, answer in found]
"""
