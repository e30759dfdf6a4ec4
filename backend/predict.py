"""Asking a run about new examples: files in, and what the network makes of them out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch

from backend.data import Preparation, inputs_from_files
from backend.data.series_loading import windows_from_file
from backend.data.series_preparation import SeriesPreparation
from backend.data.tables_inputs import Tell, rows_from_file
from backend.data.tables_preparation import TablePreparation
from backend.data.texts_loading import texts_from_file
from backend.data.texts_vocabulary import TextPreparation
from backend.evaluation import BATCH, at_rest
from backend.export._subject import choose
from backend.loading import Model, load_run
from backend.problems import INPUT, TrainProblem
from backend.sampling import probabilities
from backend.undisturbed import undisturbed
from graph.document import Port
from graph.plan import OutputPlan, outputs


class Prediction(NamedTuple):
    """What one output says of one example: for classes the names with their probabilities, else the values.

    ``row`` counts the examples of a file from 1.
    """

    file: str
    row: int
    output: str
    kind: str
    classes: tuple[tuple[str, float], ...]
    values: torch.Tensor


def predict(
    run: str | Path, paths: Sequence[str | Path], output: str = "", device: str = "auto",
    tell: Tell = lambda sentence: None,
) -> list[Prediction]:  # fmt: skip
    """What a run says of every example in some files, by one output or by all, after the preparation of its training.

    tell: hears what of a table could not be taken as it is

    Raises TrainProblem and DataError with a sentence.
    """
    model = load_run(run, device)
    undisturbed(model.document, model.root)
    plans = choose(outputs(model.document, model.root.specs), output)
    said: set[str] = set()  # several outputs read the same file

    def once(sentence: str) -> None:
        if sentence not in said:
            said.add(sentence)
            tell(sentence)

    return [prediction for plan in plans for path in paths for prediction in _of_file(model, plan, path, once)]


def _of_file(model: Model, plan: OutputPlan, path: str | Path, tell: Tell) -> Iterator[Prediction]:
    given = _given(model, plan, path, tell)
    parts = zip(*(torch.split(values, BATCH) for values in given.values()))
    made = torch.cat([_answer(model, plan, dict(zip(given, part))) for part in parts])
    names = _names(model, plan)
    for row, each in enumerate(made, 1):
        classes = _classes(each, names) if plan.kind == "classes" else ()
        yield Prediction(str(path), row, plan.name, plan.kind, classes, each)


def _given(model: Model, plan: OutputPlan, path: str | Path, tell: Tell) -> dict[Port, torch.Tensor]:
    """The examples of a file for the one field that an output reads, or for all fields of the one table or series."""
    return from_file(model, reads(model, plan), plan.name, path, tell) or {
        (asked := _asked(model, plan)): for_field(model, asked, plan.name, path)
    }


def from_file(
    model: Model, sources: Sequence[Port], name: str, path: str | Path, tell: Tell = lambda sentence: None
) -> dict[Port, torch.Tensor]:
    """The examples of a file for all fields of the one table, series or set of texts that is read; empty for others.

    name: what reads them, for messages

    Raises DataError with a sentence.
    """
    ports = [port for port in sources if port.owner not in model.draws]
    if not ports or len({port.owner for port in ports}) > 1:
        return {}
    fitted = {port.port: model.preparation(port) for port in ports}
    columns = {each: how for each, how in fitted.items() if isinstance(how, TablePreparation)}
    if len(columns) == len(ports):
        found = rows_from_file(path, columns, tell)
        return {port: found[port.port] for port in ports}
    seen = {each: how for each, how in fitted.items() if isinstance(how, SeriesPreparation)}
    if len(seen) == len(ports):
        windows = windows_from_file(path, seen)
        return {port: windows[port.port] for port in ports}
    texts = {each: how for each, how in fitted.items() if isinstance(how, TextPreparation)}
    if len(texts) == len(ports):
        lines = texts_from_file(path, texts)
        return {port: lines[port.port] for port in ports}
    return {}


def for_field(model: Model, port: Port, name: str, path: str | Path) -> torch.Tensor:
    """The examples of a file for one field. Raises TrainProblem and DataError with a sentence."""
    preparation = model.preparation(port)
    if isinstance(preparation, TablePreparation):
        raise TrainProblem(f"“{name}” reads several tables, and a file gives only one: choose an output that "
                           "reads one.", INPUT)  # fmt: skip
    plain = preparation if isinstance(preparation, Preparation) else Preparation()
    return inputs_from_files([path], plain, model.root.specs[port])


def _answer(model: Model, plan: OutputPlan, asked: Mapping[Port, torch.Tensor]) -> torch.Tensor:
    """A batch through the network; sources that no data set feeds are drawn by the run's seed."""
    count = len(next(iter(asked.values())))
    given = drawn(model, count, torch.Generator(model.device).manual_seed(model.settings.seed))
    given |= {port: values.to(model.device) for port, values in asked.items()}
    return computed(model, plan, given).cpu()


def drawn(model: Model, count: int, generator: torch.Generator) -> dict[Port, torch.Tensor]:
    """What every source gives that no data set feeds."""
    found = {key: s.draw(count, generator, model.device) for key, s in model.draws.items() if s.draw}
    return {Port(*key, name): values for key, each in found.items() for name, values in each.items()}


def computed(model: Model, plan: OutputPlan, given: Mapping[Port, torch.Tensor]) -> torch.Tensor:
    """An output from the values of sources, as people know it."""
    module = model.slice([plan.port])
    with at_rest(model):
        return readable(model, plan, module(*(given[port] for port in reads(model, plan))))


def reads(model: Model, plan: OutputPlan) -> tuple[Port, ...]:
    """The source ports that an output is computed from."""
    ports: tuple[Port, ...] = model.slice([plan.port]).sources  # type: ignore[assignment]
    return ports


def readable(model: Model, plan: OutputPlan, made: torch.Tensor) -> torch.Tensor:
    """Probabilities for classes, pictures from 0 to 1, quantities in the unit of what they should be."""
    if plan.kind == "classes":
        return probabilities(made)
    preparation = model.preparation(plan.target)
    if preparation is None or not made.is_floating_point():
        return made
    return preparation.picture(made) if plan.kind == "image" else preparation.invert(made)


def _asked(model: Model, plan: OutputPlan) -> Port:
    """The one field that a network reads for an output."""
    fields = [port for port in reads(model, plan) if port.owner not in model.draws]
    if len(fields) == 1:
        return fields[0]
    if not fields:
        raise TrainProblem(f"“{plan.name}” reads nothing but noise, so there is nothing to ask it: draw from it with "
                           "python main.py sample.", INPUT)  # fmt: skip
    names = ", ".join(port.port for port in fields)
    raise TrainProblem(f"“{plan.name}” reads several fields ({names}), and files give only one: choose an output that "
                       "reads one.", INPUT)  # fmt: skip


def _names(model: Model, plan: OutputPlan) -> tuple[str, ...]:
    return model.root.specs[plan.target].names if plan.target else ()


def _classes(made: torch.Tensor, names: Sequence[str]) -> tuple[tuple[str, float], ...]:
    """Names with probabilities, the likeliest first. A single number is the probability of the second class of two."""
    shares = made.flatten().tolist()
    if len(shares) == 1:
        shares = [1.0 - shares[0], shares[0]]
    named = [(names[place] if place < len(names) else str(place), share) for place, share in enumerate(shares)]
    return tuple(sorted(named, key=lambda each: -each[1]))


def as_json(prediction: Prediction) -> dict[str, Any]:
    """A prediction for a script."""
    head = {"input": prediction.file, "row": prediction.row, "output": prediction.output, "kind": prediction.kind}
    if prediction.classes:
        return head | {"class": prediction.classes[0][0], "probabilities": dict(prediction.classes)}
    return head | {"values": prediction.values.tolist()}
