"""The language of the studio: a file of resources/translations, read at the start, in place of the English texts.

Texts of Qt's classes go through ``tr``; those of the rest, such as the help of node types, through ``content``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QObject, QTranslator

from graph.wording import Worded
from gui import theme

FOLDER: Final = theme.RESOURCES / "translations"
CONTENT: Final = "content"  # the context of texts that come from outside the studio's own code


class Translation(QTranslator):
    """The texts of a file in the format of Qt Linguist (.ts), by their English. A text that it lacks stays English."""

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.texts = read(path)

    def translate(self, context: str, source: str, disambiguation: str | None = None, n: int = -1) -> str:  # type: ignore[override]
        return self.texts.get(source, source)

    def isEmpty(self) -> bool:
        return not self.texts


def content(text: str) -> str:
    """A text that the catalogue, a template, a problem or a step of undo brings, in the language of the studio.

    Of one that is made of a template and values the template is looked up, and each value that has a translation too.
    """
    if not isinstance(text, Worded):
        return QCoreApplication.translate(CONTENT, text) if text else ""
    values = {name: _value(value) for name, value in text.values.items()}
    try:
        return content(text.template).format_map(values)
    except (KeyError, IndexError, ValueError, AttributeError):
        return str(text)  # the translation asks for values that there are not


def _value(value: object) -> object:
    """A value of a text: titles and parameters in the language of the studio, names of one's own as they are."""
    if not isinstance(value, str):
        return value
    as_label = value.capitalize()
    return next((found for each in (value, as_label) if (found := content(each)) != each), value)


def read(path: Path) -> Mapping[str, str]:
    """English to translated, from a file of Qt Linguist; what is unfinished or empty is left out."""
    root = ElementTree.parse(path).getroot()
    pairs = ((each.findtext("source", ""), each.find("translation")) for each in root.iter("message"))
    return {english: there.text for english, there in pairs
            if there is not None and there.text and there.get("type") != "unfinished"}  # fmt: skip


def install(application: QCoreApplication) -> None:
    """Speak the language that ``NETLOOM_LANGUAGE`` or else the system asks for, where there is a file for it."""
    wanted = os.environ.get("NETLOOM_LANGUAGE") or QLocale.system().name()
    for name in (wanted, wanted.partition("_")[0]):
        if (path := FOLDER / f"{name}.ts").exists():
            application.installTranslator(Translation(path, application))
            of_qt = QTranslator(application)  # the buttons of its dialogs
            if of_qt.load(f"qtbase_{name}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
                application.installTranslator(of_qt)
            return
