"""Every text that the studio shows, for translators: ``python -m gui.translating de`` makes or renews de.ts."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from graph import templates
from graph.catalogue import Parameter
from graph.layers import CATALOGUE
from graph.settings import SETTINGS
from gui import shared_networks
from gui.actions import ACTIONS, MENUS
from gui.inspector.fields import sentence
from gui.inspector.values import label_of
from gui.language import FOLDER, read
from gui.panels import panels

CODE: Final = Path(__file__).parent
DESIGN: Final = Path(templates.__file__).parent
LABELLED: Final = {"edit": 0, "Fix": 0, "Worded": 0}  # what takes the name of a step of undo, and at which place
TRANSLATORS: Final = ("tr", "_tr", "_say", "translate", "content")  # functions whose argument is a text to translate


@lru_cache(maxsize=1)
def texts() -> tuple[str, ...]:
    """Every English text, once, in the order of code, steps, actions, panels, node types, settings and templates."""
    found = [*_of_code(), *_of_steps(), *_of_tables(), *_of_catalogue(), *_of_templates()]
    return tuple(text for text in dict.fromkeys(found) if any(letter.isalpha() for letter in text))


def write(path: Path, known: Mapping[str, str]) -> int:
    """Write a file of Qt Linguist with every text; gives how many of them have no translation yet.

    known: English to translated, kept where the text is still there
    """
    root = ElementTree.Element("TS", version="2.1", language=path.stem)
    context = ElementTree.SubElement(root, "context")
    ElementTree.SubElement(context, "name").text = "Netloom"
    missing = 0
    for text in texts():
        message = ElementTree.SubElement(context, "message")
        ElementTree.SubElement(message, "source").text = text
        translation = ElementTree.SubElement(message, "translation")
        if text in known:
            translation.text = known[text]
        else:
            translation.set("type", "unfinished")
            missing += 1
    ElementTree.indent(root)
    path.parent.mkdir(parents=True, exist_ok=True)
    ElementTree.ElementTree(root).write(path, "utf-8", xml_declaration=True)
    return missing


def main(arguments: list[str]) -> int:
    """Make or renew the file of a language, such as "de" or "pt_BR"."""
    if len(arguments) != 1:
        print("Name the language, as in: python -m gui.translating de", file=sys.stderr)
        return 2
    path = FOLDER / f"{arguments[0]}.ts"
    missing = write(path, read(path) if path.exists() else {})
    print(f"{path}: {missing} texts are still to be translated.")
    return 0


def called(node: ast.AST) -> str:
    """The last name of what a call calls; "" for anything else."""
    if not isinstance(node, ast.Call):
        return ""
    function = node.func
    return str(function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", ""))


def _of_code() -> Iterator[str]:
    for path in sorted(CODE.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        for constant in tree.body:
            if isinstance(constant, ast.Assign | ast.AnnAssign) and constant.value is not None:
                yield from filter(_worded, _strings(constant.value))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and called(node) in TRANSLATORS and node.args:
                yield from _strings(node.args[-1])


def _of_steps() -> Iterator[str]:
    """What the undo menu may call a step; functions that pass such a name on have a parameter ``label``."""
    trees = [ast.parse(path.read_text("utf-8")) for path in sorted([*CODE.rglob("*.py"), *DESIGN.rglob("*.py")])]
    places = dict(LABELLED)
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.FunctionDef) and "label" in (names := [each.arg for each in node.args.args]):
            places[node.name] = names.index("label") - names.count("self")
            yield from (value for default in node.args.defaults for value in _strings(default) if _worded(value))
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Call) and (at := places.get(called(node), len(node.args))) < len(node.args):
            yield from filter(_worded, _strings(node.args[at]))


def _strings(node: ast.AST) -> Iterator[str]:
    inside = (part.value for part in ast.walk(node) if isinstance(part, ast.Constant))
    yield from (value for value in inside if isinstance(value, str))


def _worded(text: str) -> bool:
    """Whether a constant of a module is for people: it begins as a title does."""
    return text[:1].isupper() and not text.isupper()


def _of_tables() -> Iterator[str]:
    yield from MENUS
    for action in ACTIONS:
        yield action.menu.partition("/")[2]
        yield action.help
        if isinstance(action.text, str):
            yield action.text
        else:
            yield action.name.replace("_", " ").capitalize()
    for panel in panels():
        yield panel.title


def _of_catalogue() -> Iterator[str]:
    for node_type in (*CATALOGUE.values(), *shared_networks.shipped()):
        yield from (node_type.title, node_type.family, node_type.family.capitalize(), node_type.summary)
        yield from (" ".join(part.split()) for part in node_type.help.split("\n\n"))
        yield from (each.help or each.wants.words for each in node_type.inputs)
        for parameter in node_type.parameters:
            yield from _of_parameter(parameter)
    for setting in SETTINGS:
        yield from _of_parameter(setting)


def _of_parameter(parameter: Parameter) -> Iterator[str]:
    yield from (label_of(parameter.name), parameter.help, sentence(parameter.help))


def _of_templates() -> Iterator[str]:
    for each in templates.templates():
        yield from (each.title, each.family, each.shows, each.lesson, each.expected, each.time)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
