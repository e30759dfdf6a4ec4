"""What the studio remembers between its starts: how it looks and behaves, its layout and the files last used."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QByteArray, QObject, QSettings, Signal

MOST_RECENT: Final = 8
MOST_COMMANDS: Final = 5
THEMES: Final = ("system", "light", "dark")
SIZES: Final = (100, 110, 125, 150, 175, 200)  # percent
FACTOR: Final = "QT_SCALE_FACTOR"  # what Qt reads once, before it starts
DATA, DEVICE = "NETLOOM_DATA", "NETLOOM_DEVICE"  # what the workers read

_in_force = SIZES[0]  # the size that Qt was started with


class _Signals(QObject):
    environment_changed = Signal(object)  # a mapping of the variables that the workers are to live with
    shortcuts_changed = Signal()


signals: Final = _Signals()
_given: Final = {name: os.environ.get(name, "") for name in (DATA, DEVICE, FACTOR)}


def store() -> QSettings:
    """The user's settings; tests point ``QSettings.setPath`` elsewhere first."""
    return QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "netloom", "studio")


def theme() -> str:
    """ "light", "dark", or "system" for what the desktop has."""
    kept = store().value("theme")
    return kept if isinstance(kept, str) and kept in THEMES else THEMES[0]


def set_theme(name: str) -> None:
    store().setValue("theme", name)


def layout() -> tuple[QByteArray, QByteArray] | None:
    """Geometry and docks of the window as it was left, or None."""
    kept, where = store(), _layout_key()
    geometry, docks = kept.value(f"{where}geometry"), kept.value(f"{where}docks")
    return (geometry, docks) if isinstance(geometry, QByteArray) and isinstance(docks, QByteArray) else None


def set_layout(geometry: QByteArray, docks: QByteArray) -> None:
    kept, where = store(), _layout_key()
    kept.setValue(f"{where}geometry", geometry)
    kept.setValue(f"{where}docks", docks)


def _layout_key() -> str:
    """A layout fits one size of everything: what stands in a row at 100 % overlaps at 200 %."""
    return "" if _in_force == SIZES[0] else f"at {_in_force}/"


def recent() -> list[Path]:
    """The files last opened or saved, newest first, without those that are gone."""
    return [path for path in map(Path, _names("recent")) if path.exists()]


def add_recent(path: Path) -> None:
    others = [str(other) for other in recent() if other != path]
    store().setValue("recent", [str(path), *others][:MOST_RECENT])


def size() -> int:
    """How large everything is drawn, in percent: text, pictures and what is between them."""
    kept = str(store().value("size"))
    return int(kept) if kept.isdecimal() and int(kept) in SIZES else SIZES[0]


def set_size(percent: int) -> None:
    """Takes effect when the studio starts again."""
    store().setValue("size", percent)


def device() -> str:
    """Where designs compute that leave it open: "auto", "cpu", "cuda:0"…"""
    return str(store().value("device") or "auto")


def set_device(name: str) -> None:
    store().setValue("device", name)
    _tell()


def data_folder() -> Path | None:
    """The folder of the user's own data sets: the one chosen here, else what ``NETLOOM_DATA`` named at the start."""
    kept = store().value("data_folder") or _given[DATA]
    return Path(str(kept)) if kept else None


def set_data_folder(folder: Path | None) -> None:
    """Choose a folder; None goes back to what the environment says."""
    store().setValue("data_folder", str(folder) if folder else "")
    _tell()


def environment() -> dict[str, str]:
    """The variables that carry these settings to the workers."""
    chosen = device()
    return {DATA: str(data_folder() or ""), DEVICE: _given[DEVICE] if chosen == "auto" else chosen}


def _tell() -> None:
    """Workers that run are told; those to come inherit the environment of this process."""
    os.environ.update(environment())
    signals.environment_changed.emit(environment())


def adopt() -> None:
    """Put the settings into the environment of this process and of those that it starts, before Qt starts."""
    global _in_force
    _in_force = size()
    os.environ.update(environment())
    wanted = size() / 100 * float(_given[FACTOR] or 1)
    if wanted != 1:
        os.environ[FACTOR] = f"{wanted:g}"


def restore() -> None:
    """Give the environment back as it was, for a process that is to start afresh."""
    global _in_force
    _in_force = SIZES[0]
    for name, value in _given.items():
        os.environ.pop(name, None)
        os.environ.update({name: value} if value else {})


def shortcuts() -> dict[str, tuple[str, ...]]:
    """The shortcuts that the user has changed, by the name of the action."""
    try:
        kept = json.loads(str(store().value("shortcuts") or "{}"))
    except ValueError:
        return {}
    rows = kept.items() if isinstance(kept, dict) else ()
    return {name: tuple(map(str, keys)) for name, keys in rows if isinstance(keys, list)}


def set_shortcuts(changed: Mapping[str, Sequence[str]]) -> None:
    store().setValue("shortcuts", json.dumps({name: list(keys) for name, keys in changed.items()}))
    signals.shortcuts_changed.emit()


def commands() -> list[str]:
    """The commands last chosen in the palette, newest first."""
    return _names("commands")


def add_command(name: str) -> None:
    store().setValue("commands", [name, *(other for other in commands() if other != name)][:MOST_COMMANDS])


def toured() -> bool:
    """Whether the tour was seen or left."""
    return bool(store().value("toured"))


def set_toured() -> None:
    store().setValue("toured", "yes")


def unfolded() -> set[str]:
    """The groups of parameters that the inspector shows open."""
    return set(_names("unfolded"))


def set_unfolded(group: str, open: bool) -> None:
    groups = unfolded() | {group} if open else unfolded() - {group}
    store().setValue("unfolded", sorted(groups))


def animations() -> bool:
    """Whether things may move by themselves: a tidied layout that glides, a view that flies to a node."""
    return str(store().value("animations")) != "off"


def set_animations(on: bool) -> None:
    store().setValue("animations", "on" if on else "off")


def minimap() -> bool:
    """Whether large drawings have a small map in the corner."""
    return bool(store().value("minimap") != "off")


def set_minimap(on: bool) -> None:
    store().setValue("minimap", "on" if on else "off")


def thumbnails() -> bool:
    """Whether nodes show small pictures of what they compute."""
    return bool(store().value("thumbnails") != "off")


def set_thumbnails(on: bool) -> None:
    store().setValue("thumbnails", "on" if on else "off")


def _names(key: str) -> list[str]:
    """A list of words; Qt keeps a list of one as the word itself."""
    kept = store().value(key)
    return [str(each) for each in kept] if isinstance(kept, list) else [kept] if isinstance(kept, str) and kept else []
