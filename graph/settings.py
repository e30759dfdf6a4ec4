"""How a design is trained, apart from what is drawn: one declaration for the engine, the panels and the files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from graph.catalogue import Parameter
from graph.document import Document
from graph.specs import Limits

DEVICE = re.compile(r"auto|cpu|cuda(:\d{1,3})?")


@dataclass(frozen=True)
class Settings:
    """Every setting with its value. A document keeps only those that differ from these defaults."""

    epochs: int = 10
    batch_size: int = 64
    seed: int = 0
    device: str = "auto"
    precision: str = "fp32"


_HELP = {
    "epochs": "how many times the training goes through all training examples",
    "batch_size": "examples looked at before each change of the weights; small batches learn in more, noisier steps; "
    "1 takes them one by one, 0 all training examples at once",
    "seed": "number that fixes all chance: the split, the first weights, the order of the examples; "
    "the same seed gives the same numbers",
    "device": "where it computes: auto takes a graphics card if there is one; or cpu, cuda, cuda:1…",
    "precision": "fp32 is exact; bf16 computes with shorter numbers, faster where the hardware has them",
}
_LIMITS = {
    "epochs": Limits(1, 1_000_000),
    "batch_size": Limits(0, 1_000_000),
    "seed": Limits(0, 2**31 - 1),
}
_CHOICES = {"precision": ("fp32", "bf16")}

SETTINGS: tuple[Parameter, ...] = tuple(
    Parameter(
        field.name, type(field.default), field.default, _HELP[field.name],
        _LIMITS.get(field.name, Limits()), _CHOICES.get(field.name, ()),
        "device" if field.name == "device" else "",
    )
    for field in fields(Settings)
)  # fmt: skip


def setting_problem(name: str, value: Any) -> str | None:
    """Why a setting cannot have a value, as a sentence, or None."""
    setting = next((setting for setting in SETTINGS if setting.name == name), None)
    if setting is None:
        return f"There is no setting “{name}”; there are {', '.join(s.name for s in SETTINGS)}."
    if problem := setting.problem(value):
        return problem[0].upper() + problem[1:]
    if name == "device" and not DEVICE.fullmatch(value):
        return f"Device is auto, cpu, cuda or cuda:1 (a graphics card by its number); got “{value}”."
    return None


def settings_of(document: Document) -> Settings:
    """The settings of a document, complete. Raises ValueError with a sentence for one that cannot be."""
    return complete(document.settings)


def complete(changed: Mapping[str, Any]) -> Settings:
    """All settings from those that differ. Raises ValueError with a sentence for one that cannot be."""
    for name, value in changed.items():
        if problem := setting_problem(name, value):
            raise ValueError(problem)
    return Settings(**{**asdict(Settings()), **changed})
