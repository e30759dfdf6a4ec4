"""Looking at what flows through ports: a slice of the drawing that ends in them, run on one example."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from backend.examples import computed, given_for
from backend.loading import Model
from backend.problems import INPUT, TrainProblem
from backend.questions.examples import Example
from backend.questions.looking import Look, Looked, Seen
from graph.document import MAIN, NodeKey, Port
from graph.flat import flat_of
from graph.specs import TensorSpec

BARS = 40  # of a histogram
MOST_NUMBERS = 1 << 18  # that travel to the studio of one port
FEW_MAPS, THUMB = 12, 64  # of a little picture: the maps, and the numbers along each axis


def looked(model: Model, question: Look) -> Looked:
    """What flows through ports, with the weights the model has now; each that cannot be seen has a sentence."""
    stage = model.stage(question.split)
    total = stage.examples if stage.lengths else 1
    if not total:
        raise TrainProblem(
            f"There are no {question.split} examples to look at: choose another part of the data.", INPUT
        )
    index = question.index % total
    found = [port_of(model, *asked) for asked in question.ports]
    targets = list(dict.fromkeys(port for port in found if isinstance(port, Port)))
    values = dict(zip(targets, _computed(model, question.split, targets, index))) if targets else {}
    seen = tuple(
        seen_of(model, name, port, values[at], question.small) if isinstance(at, Port) else Seen(name, port, error=at)
        for (name, port), at in zip(question.ports, found)
    )
    return Looked(seen, index, total)


def _computed(model: Model, split: str, targets: Sequence[Port], index: int) -> Sequence[torch.Tensor]:
    """The values of ports for one example, as a batch of one."""
    return computed(model, targets, given_for(model, model.sources(targets), Example(split, index)))


def port_of(model: Model, path: str, port: str) -> Port | str:
    """The port of the flat canvas that a drawn one stands for, or a sentence why there is none.

    Inside a recurrence it has what flows at all steps together.
    """
    flat = flat_of(model.document)
    at = flat.stands_for(Port(MAIN, path, port))
    if at is None:
        return f"Nothing is wired to “{path}”, so nothing flows here."
    if flat.holds(at.owner):
        if at in model.root.specs:
            return at
        return f"What the run was trained with has no output “{port}” of “{path}”: train the design as it is now."
    return f"The run was trained before “{path}” was drawn: train again to look at it."


def seen_of(model: Model, name: str, port: str, values: torch.Tensor, small: bool = False,
            most: int = MOST_NUMBERS) -> Seen:  # fmt: skip
    """One port for a person: the values of the example, and what they are like in numbers.

    values: as the slice gives them, the example first
    small: whether a little picture is all that is wanted
    most: how many numbers of it are told
    """
    spec = model.root.specs.get(port_of(model, name, port), TensorSpec(()))  # type: ignore[arg-type]
    whole = values[0] if spec.batched and values.dim() else values
    shape = tuple(whole.shape)
    form, shown = _form(model, name, port, spec, whole)
    shown = thinned(form, shown).cpu() if small else shown
    facts = statistics(shown if small else whole)
    names = spec.names if form == "label" else _classes(model, shape) if form == "classes" else ()
    array = _few(shown, most).to("cpu", torch.float32 if shown.is_floating_point() else torch.int64).numpy()
    return Seen(name, port, form, array, shape, names=names, **facts)


def statistics(values: torch.Tensor) -> dict[str, Any]:
    """Low, high, mean, deviation (of the population), share of zeros, count of odd values and a histogram."""
    numbers = values.detach().to(torch.float32).reshape(-1)
    finite = numbers[numbers.isfinite()]
    odd = numbers.numel() - finite.numel()
    if not finite.numel():
        return {"odd": odd}
    low, high = float(finite.min()), float(finite.max())
    counts = torch.histc(finite.cpu(), BARS, low, high) if high > low else torch.tensor([float(finite.numel())])
    return {
        "low": low, "high": high, "mean": float(finite.mean(dtype=torch.float64)),
        "deviation": float(finite.to(torch.float64).std(correction=0)),
        "zeros": float((finite == 0).sum()) / finite.numel(), "odd": odd,
        "counts": tuple(int(count) for count in counts),
    }  # fmt: skip


def _form(model: Model, name: str, port: str, spec: TensorSpec, values: torch.Tensor) -> tuple[Any, torch.Tensor]:
    """How values are looked at, and what of them is shown."""
    if values.dim() == 0:
        return ("label" if spec.classes else "number"), values
    if values.dim() == 1:
        return ("classes" if _classes(model, tuple(values.shape)) and not spec.classes else "vector"), values
    if values.dim() == 2:
        return "sequence", values
    maps = values.reshape(-1, *values.shape[-2:])
    dataset = model.data.get(NodeKey(MAIN, name))
    preparation = dataset.preparation.get(port) if dataset else None
    if preparation is not None and maps.is_floating_point() and len(maps) in (1, 3):
        return "picture", preparation.picture(maps.unsqueeze(0))[0]
    return "maps", maps


def _classes(model: Model, shape: tuple[int, ...]) -> tuple[str, ...]:
    """The names of the classes that the data has, where there are as many of them as numbers."""
    for dataset in model.data.values():
        for spec in dataset.fields.values():
            if spec.meaning == "classes" and spec.names and (len(spec.names),) == shape:
                return spec.names
    return ()


def thinned(form: str, values: torch.Tensor) -> torch.Tensor:
    """The first few maps, and of an axis that is long every so many numbers; classes stay as they are."""
    if form == "classes":
        return values.detach()
    few = values.detach()[:FEW_MAPS] if form == "maps" else values.detach()
    return few[tuple(slice(None, None, -(-length // THUMB)) for length in few.shape)]


def _few(values: torch.Tensor, most: int) -> torch.Tensor:
    """No more than the studio can show: the first along the first axis."""
    if values.dim() == 0 or values.numel() <= most:
        return values.detach()
    return values.detach()[: max(1, most * len(values) // values.numel())]
