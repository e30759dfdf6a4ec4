"""Python source that loads the training examples of a data set with no Netloom: the data part of an exported script."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from backend.data.preparation import AnyPreparation, Preparation, Scaling, layout
from backend.data.registry import Field, find_format
from graph.problems import DataError
from graph.subsets import chosen, label_field, picture_fields
from graph.tables import Asked, plan_of


def loader_source(source: str, scaling: Scaling, preparation: Mapping[str, AnyPreparation] | None = None, *,
                  classes: str = "", size: int = 0) -> str:  # fmt: skip
    """Source text that defines ``load_data() -> dict[str, torch.Tensor]``, the examples first, ready for a network.

    It begins with its imports. With the preparation of a run its numbers are written out; without, what is not known
    beforehand is measured on the examples that are loaded. Only the ``classes`` asked for are kept, and pictures
    brought to a ``size``. Raises DataError with a sentence.
    """
    kind, name = find_format(source)
    fields = kind.fields(name)
    text = kind.loader_sized(name, size) if size else None
    lines = _chosen(fields, classes) if classes.strip() else []
    if size and text is None:
        lines += _resized(fields, size)
    text = text or kind.loader(name)
    for key, field in fields.items():
        if field.scaled:
            fitted = preparation[key] if preparation else None
            lines += _written(key, fitted) if isinstance(fitted, Preparation) else _measured(key, field, scaling)
    if not lines:
        return text
    head, _, values = text.rpartition("    return {")
    return f"{head}    data = {{{values}" + "".join(f"    {line}\n" for line in [*lines, "return data"])


def table_source(source: str, asked: Mapping[str, Any], preparation: Mapping[str, AnyPreparation] | None = None) -> str:
    """The same for a table, of which ``asked`` says what a table node does.

    Without the preparation of a run, it is fitted to every row. Raises DataError with a sentence.
    """
    from backend.data.dataset import load_table
    from backend.data.tables import Tables
    from backend.data.tables_loader import table_loader
    from backend.data.tables_reading import read_table

    kind, name = find_format(source)
    if not isinstance(kind, Tables):
        raise DataError(f"“{source}” is no table.")
    if not preparation:
        preparation = load_table(source, **{**asked, "validation": 0.0, "test": 0.0, "fold": ""}).preparation
    wanted = Asked(**{key: value for key, value in asked.items() if key in Asked._fields})
    table = read_table(kind.path(name))
    plan = plan_of(table.specs, wanted)
    target = table.columns[plan.target]
    needed = [plan.target, *(plan.features if wanted.blanks == "drop rows" else ())]
    style = "" if target.coded else "".join(target.style)
    return table_loader(table.path, plan, needed, preparation, style, table.dialect)


def rows_source(rows: Mapping[str, np.ndarray]) -> str:
    """The same for examples that are typed into a node."""
    text = "".join(f'        "{name}": torch.tensor({values.tolist()}),\n' for name, values in rows.items())
    return f'''\
import torch


def load_data() -> dict[str, torch.Tensor]:
    """The examples, as they were typed."""
    return {{
{text}    }}
'''


def _chosen(fields: Mapping[str, Field], classes: str) -> list[str]:
    """The lines that keep some classes and number them anew."""
    specs = {key: field.spec for key, field in fields.items()}
    label = label_field(specs)
    return [
        f"classes = torch.tensor({list(chosen(classes, specs[label]))})",
        f'kept = torch.isin(data["{label}"], classes)',
        "data = {name: values[kept] for name, values in data.items()}",
        f'data["{label}"] = torch.searchsorted(classes, data["{label}"])',
    ]


def _resized(fields: Mapping[str, Field], size: int) -> list[str]:
    """The lines that crop pictures to squares and bring them to a side."""
    lines = []
    for name in picture_fields({key: field.spec for key, field in fields.items()}):
        height, width = fields[name].spec.shape[-2:]
        side = min(height, width)
        top, left = (height - side) // 2, (width - side) // 2
        if height != width:
            lines.append(f'data["{name}"] = data["{name}"][..., {top}:{top + side}, {left}:{left + side}]')
        if side != size and fields[name].spec.meaning == "image":
            whole = ".round()" if fields[name].range else ""
            lines.append(f'data["{name}"] = torch.nn.functional.interpolate(data["{name}"], ({size}, {size}), '
                         f'mode="bilinear", antialias=True){whole}')  # fmt: skip
        elif side != size:
            lines.append(f"places = ((torch.arange({size}) + 0.5) * {side / size!r}).long()")
            lines.append(f'data["{name}"] = data["{name}"][..., places[:, None], places]')
    return lines


def _written(key: str, preparation: Preparation) -> list[str]:
    """The lines of a fitted preparation."""
    if not preparation.changes:
        return []
    value = f'data["{key}"]'
    if any(preparation.shift):
        value = f"({value} - {_constant(preparation, preparation.shift)})"
    return [f'data["{key}"] = {value} / {_constant(preparation, preparation.scale)}']


def _constant(preparation: Preparation, numbers: tuple[float, ...]) -> str:
    if len(numbers) == 1:
        return f"{numbers[0]:g}" if numbers[0].is_integer() else repr(numbers[0])
    axes = f".reshape({', '.join(map(str, preparation.shape))})" if len(preparation.shape) > 1 else ""
    return f"torch.tensor([{', '.join(map(repr, numbers))}]){axes}"


def _measured(key: str, field: Field, scaling: Scaling) -> list[str]:
    """The lines that fit a preparation to the examples and apply it."""
    if scaling == "none":
        return []
    pictures = field.spec.meaning == "image"
    if scaling == "0 to 1" and field.range:
        low, high = field.range
        return _written(key, Preparation(scaling, shift=(low,), scale=(high - low,)))
    groups = layout(field.spec)
    kept = () if groups.groups == 1 or (pictures and scaling == "0 to 1") else (groups.axis,)
    axes = [axis for axis in range(len(field.spec.shape) + 1) if axis not in kept]
    over = str(axes[0]) if len(axes) == 1 else f"({', '.join(map(str, axes))})"
    if scaling == "standard":
        return [f'deviation, mean = torch.std_mean(data["{key}"], dim={over}, correction=0, keepdim=True)',
                f'data["{key}"] = (data["{key}"] - mean) / deviation.where(deviation > 0, 1.0)']  # fmt: skip
    return [f'low, high = (edge(data["{key}"], dim={over}, keepdim=True) for edge in (torch.amin, torch.amax))',
            f'data["{key}"] = (data["{key}"] - low) / (high - low).where(high > low, 1.0)']  # fmt: skip
