"""What the inspector says of another design while one is compared with it: what was different there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from graph.difference import ABSENT
from graph.document import NodeKey
from gui import theme
from gui.inspector import values
from gui.parts import Words
from gui.session import Session

if TYPE_CHECKING:
    from gui.inspector.fields import Field

OTHER: Final = ("type", "title", "link", "copy of", "muted")  # what can differ beside the parameters


def _tr(text: str) -> str:
    return QCoreApplication.translate("compared", text)


def tell(words: Words, session: Session, field: Field) -> None:
    """Say what a field was in the design that is compared with; nothing where it was the same."""
    found, keys = session.compared, field.keys
    row = found.was(keys[0] if keys else None, field.parameter.name) if found and len(keys) < 2 else None
    words.setVisible(row is not None)
    if row is not None:
        old = ABSENT if row.old == ABSENT else values.as_text(field.parameter, row.old) or ABSENT
        words.setText(_tr("was {value}").format(value=old))
        words.setStyleSheet(f"color: {theme.current().warning.name()}")


class Since(Words):
    """What a node was beside its parameters: its id, its type, its title. Hidden where there is nothing to say."""

    def __init__(self, key: NodeKey, session: Session, parent: QWidget) -> None:
        super().__init__(parent=parent)
        self._key, self._session = key, session
        self.refresh()

    def refresh(self) -> None:
        found, key = self._session.compared, self._key
        lines = []
        if found is not None and key in found.added:
            lines.append(self.tr("Not in the design that is compared with"))
        elif found is not None:
            if (was := found.partners.get(key, key)).node != key.node:
                lines.append(self.tr("Id was {value}").format(value=was.node))
            lines += [self.tr("{name} was {value}").format(name=values.label_of(row.name), value=row.old)
                      for row in found.changed.get(key, ()) if row.name in OTHER]  # fmt: skip
        self.setText("\n".join(lines))
        self.setStyleSheet(f"color: {theme.current().warning.name()}")
        self.setVisible(bool(lines))
