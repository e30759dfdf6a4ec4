"""A finding about a document: what is wrong, where, and how to mend it."""

from __future__ import annotations

from typing import Literal

import msgspec

from graph.document import Change, NodeKey

Severity = Literal["error", "warning"]


class DataError(Exception):
    """Data that cannot be had or read; the text is a sentence for the user."""


class Fix(msgspec.Struct, frozen=True):
    """A mend that one click applies: ``with document.edit(fix.label): document.apply(fix.changes)``."""

    label: str
    changes: tuple[Change, ...] = ()


class Problem(msgspec.Struct, frozen=True):
    """A sentence tied to a node and a port ("" where it concerns the whole node or document)."""

    severity: Severity
    network: str
    node: str
    port: str
    message: str
    fix: Fix | None = None

    @property
    def owner(self) -> NodeKey:
        return NodeKey(self.network, self.node)
