"""Python: the design as a plain PyTorch file that trains and predicts, with its weights beside it."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from backend.export import Format, Way, register

if TYPE_CHECKING:
    from backend.export._subject import Subject

LOADER = """
import importlib.util
import torch

def load(path):
    spec = importlib.util.spec_from_file_location("exported", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    model = module.load_model()

    def run(inputs):
        with torch.inference_mode():
            result = model(*map(torch.from_numpy, inputs))
        return [value.numpy() for value in (result if isinstance(result, tuple) else (result,))]

    return run
"""
LOAD_MODEL = '''def load_model(path=Path(__file__).with_suffix(".safetensors")):
    """The network with the weights that lie beside this file, ready to predict."""
    model = {name}()
    model.load_state_dict(load_file(path))
    return model.eval()


'''
IMPORTS = "from pathlib import Path\nfrom safetensors.torch import load_file\n"


def write(subject: Subject, path: Path) -> None:
    """The source at ``path``, the weights beside it."""
    from backend.export.safetensors import save
    from graph.source import source_of

    text = source_of(subject.document, subject.analysis, [plan.port for plan in subject.outputs])
    path.write_text(completed(text, subject), encoding="utf-8")
    save(subject.root.state_dict(), subject, path.with_suffix(".safetensors"))


def completed(text: str, subject: Subject) -> str:
    """The source with a function that loads the weights and, where one data set feeds it, one that loads that."""
    (name,) = [node.name for node in ast.parse(text).body if isinstance(node, ast.ClassDef)][-1:]
    text = _before_main(text, IMPORTS + LOAD_MODEL.format(name=name))
    loader = _loader(subject)
    if loader and (examples := _examples(text)):
        text = _with_data(text, examples, loader)
    what = f"`load_model()` gives the {'trained network' if subject.trained else 'network, not trained yet'}."
    how = "its data" if loader else "made-up examples; give `train` a data set of your own"
    title = (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]
    docstring = f'"""{title}\n\n{what} Run this file to see it train on {how}.\n"""'
    return _without_docstring(text, docstring)


class Loader(NamedTuple):
    """Source that defines ``load_data`` and the fields it gives."""

    text: str
    fields: tuple[str, ...]


class Examples(NamedTuple):
    """Where the main part makes up its examples: the lines, from 0, and what the loop calls their fields."""

    start: int
    end: int
    names: tuple[str, ...]


def _loader(subject: Subject) -> Loader | None:
    """How the one data set of a design is read without Netloom; None where there is another number, or no telling."""
    from backend.data import loader_source, rows_source, table_source
    from backend.data.series_loader import series_source
    from backend.data.texts_loader import text_source
    from backend.overrides import data_nodes
    from graph.compiler import draw_of
    from graph.layers import CATALOGUE
    from graph.plan import sources
    from graph.problems import DataError

    made_by = {"table": table_source, "series": series_source, "text": text_source}
    given = {key: draw_of(subject.document, key, lambda source: {}) for key in sources(subject.document)}
    nodes = [*data_nodes(subject.document), *(key for key, source in given.items() if source.rows)]
    if len(nodes) != 1:
        return None
    key = nodes[0]
    params = CATALOGUE[subject.document.nodes[key].type].complete(subject.document.nodes[key].params)
    fitted = dict(subject.preparation.get(key.node, {}))
    try:
        if rows := given[key].rows:
            text = rows_source(rows)
        elif (made := made_by.get(subject.document.nodes[key].type)) is not None:
            text = made(params.pop("source"), params, fitted or None)
        else:
            only = {"classes": params.get("classes", ""), "size": params.get("size", 0)}
            text = loader_source(params["source"], params["scaling"], fitted or None, **only)
    except DataError:
        return None
    return Loader(text, tuple(subject.analysis.nodes[key].outputs))


def _examples(text: str) -> Examples | None:
    """The lines of the main part that assign made-up examples to ``data``, with the comment above them."""
    tree = ast.parse(text)
    loops = [node for node in ast.walk(tree) if isinstance(node, ast.For) and ast.unparse(node.iter) == "loader"]
    made = [
        statement for node in tree.body if isinstance(node, ast.If) for statement in node.body
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "data"
    ]  # fmt: skip
    if not loops or not made:
        return None
    start, end = made[0].lineno - 1, made[0].end_lineno or 0
    if text.splitlines()[start - 1].strip().startswith("#"):
        start -= 1
    return Examples(start, end, tuple(re.findall(r"\w+", ast.unparse(loops[0].target))))


def _with_data(text: str, examples: Examples, loader: Loader) -> str:
    """The text with real examples in place of made-up ones."""
    fields = [next((field for field in loader.fields if name in (field, f"{field}_")), None) for name in examples.names]
    if None in fields:
        return text
    lines = text.splitlines(keepends=True)
    given = ", ".join(f'data["{field}"]' for field in fields)
    lines[examples.start : examples.end] = ["    data = load_data()\n", f"    data = TensorDataset({given})\n"]
    return _before_main("".join(lines), loader.text.rstrip() + "\n\n\n")


def _before_main(text: str, code: str) -> str:
    """Put definitions before the part that runs, and their imports among those of the file."""
    tree, added = ast.parse(text), ast.parse(code)
    mains = [node.lineno for node in tree.body if isinstance(node, ast.If)]
    place = (mains[-1] if mains else len(text.splitlines()) + 1) - 1
    imported = {line for node in (*tree.body, *added.body) if (line := _import_line(node))}
    first, last = _import_lines(tree)
    body = next(node.lineno for node in added.body if not _import_line(node)) - 1
    lines, further = text.splitlines(keepends=True), code.splitlines(keepends=True)[body:]
    return "".join([*lines[:first], _sorted(imported), *lines[last:place], *further, *lines[place:]])


def _import_line(node: ast.stmt) -> str:
    return ast.unparse(node) if isinstance(node, ast.Import | ast.ImportFrom) else ""


def _import_lines(tree: ast.Module) -> tuple[int, int]:
    """The first line of the imports, from 0, and the line after the last."""
    nodes = [node for node in tree.body if _import_line(node)]
    return nodes[0].lineno - 1, nodes[-1].end_lineno or 0


def _sorted(lines: set[str]) -> str:
    """Imports as style guides want them: the standard library first, ``import`` before ``from``."""

    def module(line: str) -> str:
        return line.split()[1]

    own = {line for line in lines if module(line).partition(".")[0] in sys.stdlib_module_names}
    groups = [sorted(group, key=lambda line: (line.startswith("from"), module(line))) for group in (own, lines - own)]
    return "\n\n".join("\n".join(group) for group in groups if group) + "\n"


def _without_docstring(text: str, docstring: str) -> str:
    """The file with another docstring."""
    head = ast.parse(text).body[0]
    return docstring + "\n" + "".join(text.splitlines(keepends=True)[head.end_lineno :])


register(Format(
    "python", ".py", "PyTorch source that trains and predicts, with the weights beside it (a folder or a .py)",
    (Way(write),), LOADER, folder=True, carries=True,
))  # fmt: skip
