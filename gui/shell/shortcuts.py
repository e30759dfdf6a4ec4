"""Which keys do what: those of the table of actions, and what the user has made of them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QKeySequence

from gui import settings
from gui.actions import ACTIONS, Action, in_full

PORTABLE = QKeySequence.SequenceFormat.PortableText
NATIVE = QKeySequence.SequenceFormat.NativeText
HELD = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier


def own(action: Action) -> list[QKeySequence]:
    """The keys that the table gives an action."""
    return [QKeySequence(keys) for keys in action.keys]


def keys(action: Action) -> list[QKeySequence]:
    """The keys that an action has now."""
    changed = settings.shortcuts().get(action.name)
    return own(action) if changed is None else [QKeySequence(each, PORTABLE) for each in changed]


def problem(action: Action, wanted: QKeySequence) -> str:
    """Why an action cannot have a shortcut, as a sentence; "" where it can."""
    shown = wanted.toString(NATIVE)
    pressed = wanted[0] if wanted.count() else None  # type: ignore[index]
    if pressed is None or pressed.key() == Qt.Key.Key_unknown:
        return _say("That is no key that can be a shortcut; try another.")
    if pressed.key() == Qt.Key.Key_Escape:
        return _say("Escape leaves things everywhere and stays what it is; try another key.")
    if action.scope == "window" and not pressed.keyboardModifiers() & HELD and not _far(pressed.key()):
        return _say("“{keys}” alone is needed for typing: hold Ctrl or Alt with it, or take a function key.").format(
            keys=shown
        )
    for other in ACTIONS:
        if other.name != action.name and wanted in keys(other):
            text = _say("“{keys}” is the shortcut of “{action}” already: change that one first, or take other keys.")
            return text.format(keys=shown, action=title(other))
    return ""


def change(action: Action, wanted: Sequence[QKeySequence]) -> None:
    """Give an action these keys instead of those that it has; none takes its shortcut away."""
    changed = settings.shortcuts() | {action.name: tuple(each.toString(PORTABLE) for each in wanted)}
    if list(wanted) == own(action):
        del changed[action.name]
    settings.set_shortcuts(changed)


def reset(action: Action) -> str:
    """Give an action the keys of the table back; a sentence where another action has them by now."""
    for wanted in own(action):
        if sentence := problem(action, wanted):
            return sentence
    change(action, own(action))
    return ""


def reset_all() -> None:
    """Give every action the keys of the table back."""
    settings.set_shortcuts({})


def title(action: Action) -> str:
    """What an action is called whatever the state of things."""
    text = action.name.replace("_", " ").capitalize() if callable(action.text) else action.text
    return in_full(action, QCoreApplication.translate("actions", text)).rstrip("…")


def _far(key: Qt.Key) -> bool:
    """Whether a key writes and moves nothing in a field."""
    return Qt.Key.Key_F1 <= key <= Qt.Key.Key_F35


def _say(sentence: str) -> str:
    return QCoreApplication.translate("shortcuts", sentence)
