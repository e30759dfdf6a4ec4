"""What the studio remembers between its starts: theme, layout and the files last used."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QByteArray, QSettings

MOST_RECENT: Final = 8


def store() -> QSettings:
    """The user's settings; tests point ``QSettings.setPath`` elsewhere first."""
    return QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "netloom", "studio")


def theme() -> str:
    return "light" if store().value("theme") == "light" else "dark"


def set_theme(name: str) -> None:
    store().setValue("theme", name)


def layout() -> tuple[QByteArray, QByteArray] | None:
    """Geometry and docks of the window as it was left, or None."""
    kept = store()
    geometry, docks = kept.value("geometry"), kept.value("docks")
    return (geometry, docks) if isinstance(geometry, QByteArray) and isinstance(docks, QByteArray) else None


def set_layout(geometry: QByteArray, docks: QByteArray) -> None:
    kept = store()
    kept.setValue("geometry", geometry)
    kept.setValue("docks", docks)


def recent() -> list[Path]:
    """The files last opened or saved, newest first, without those that are gone."""
    kept = store().value("recent")
    names = kept if isinstance(kept, list) else [kept] if isinstance(kept, str) else []
    return [path for path in map(Path, names) if path.exists()]


def add_recent(path: Path) -> None:
    others = [str(other) for other in recent() if other != path]
    store().setValue("recent", [str(path), *others][:MOST_RECENT])


def unfolded() -> set[str]:
    """The groups of parameters that the inspector shows open."""
    kept = store().value("unfolded")
    return set(kept) if isinstance(kept, list) else {kept} if isinstance(kept, str) and kept else set()


def set_unfolded(group: str, open: bool) -> None:
    groups = unfolded() | {group} if open else unfolded() - {group}
    store().setValue("unfolded", sorted(groups))


def animations() -> bool:
    """Whether things may move by themselves: a tidied layout that glides, a view that flies to a node."""
    return store().value("animations") != "off"


def set_animations(on: bool) -> None:
    store().setValue("animations", "on" if on else "off")
