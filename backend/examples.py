"""One example through a network: of the data, of a file, or drawn by hand, prepared as for the training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch.nn import functional

from backend.data import AnyPreparation, Preparation
from backend.data.series_preparation import SeriesPreparation
from backend.data.tables_preparation import TablePreparation
from backend.data.texts_vocabulary import TextPreparation
from backend.evaluation import at_rest
from backend.feeds import Feed, Stage, window
from backend.loading import Model
from backend.predict import for_field, from_file
from backend.problems import INPUT, TrainProblem
from backend.questions.examples import Example, Given
from graph.document import Port
from graph.specs import TensorSpec

Values = dict[Port, torch.Tensor]
GREY = (0.299, 0.587, 0.114)  # the light of red, green and blue (ITU-R BT.601)


def given_for(model: Model, sources: Sequence[Port], example: Example) -> Values:
    """What each source gives for an example, as a batch of one. Raises TrainProblem and DataError with a sentence."""
    brought: Values = {}
    if example.drawn is not None:
        port = _picture(model, sources)
        if port is None:
            raise TrainProblem("The network reads no picture, so a drawing cannot be given to it: choose an example "
                               "of the data.", INPUT)  # fmt: skip
        brought = {port: _drawn(model, port, example.drawn)}
    elif example.file:
        brought = _of_file(model, sources, example.file)
    brought = {port: values[:1].to(model.device) for port, values in brought.items()}
    missing = [port for port in sources if port not in brought]
    return brought | (rows(model, missing, example.split, example.index, 1) if missing else {})


def rows(model: Model, sources: Sequence[Port], split: str, start: int, count: int, seed: int | None = None) -> Values:
    """What sources give for examples of a split, as a batch; what is drawn at random comes of a seed, or the run's."""
    fed = [port for port in sources if port.owner not in model.draws]
    stage = model.stage(split) if fed else Stage({}, split, model.device)
    if fed and not stage.examples:
        raise TrainProblem(f"There are no {split} examples to look at: choose another part of the data.", INPUT)
    generator = torch.Generator(model.device).manual_seed(model.settings.seed if seed is None else seed)
    start = start % max(stage.examples, 1)
    feed = Feed(tuple(sources), stage, model.draws, generator)
    return dict(zip(sources, feed(window(stage, start, count), count)))


def computed(model: Model, targets: Sequence[Port], given: Mapping[Port, torch.Tensor]) -> tuple[torch.Tensor, ...]:
    """What ports carry for what is given, without a trace."""
    module = model.slice(targets)
    with at_rest(model):
        found = module(*(given[port] for port in model.sources(targets)))
    return (found,) if isinstance(found, torch.Tensor) else tuple(found)


def total_of(model: Model, sources: Sequence[Port], split: str) -> int:
    """How many examples a split has; 1 where everything is drawn at random."""
    return model.stage(split).examples if any(port.owner not in model.draws for port in sources) else 1


def main_source(model: Model, sources: Sequence[Port]) -> Port | None:
    """The source to show: the picture among them, else the first of the data, else the first."""
    fed = [port for port in sources if port.owner not in model.draws]
    return next(iter((*filter(None, (_picture(model, fed),)), *fed, *sources)), None)


def shown(model: Model, port: Port, values: torch.Tensor) -> Given:
    """One example of a source for people. ``values``: as the network reads it, without the batch axis."""
    spec, how = model.root.specs[port], model.preparation(port)
    whole = values.detach()
    if isinstance(how, TextPreparation) and whole.dim() == 1 and how.vocabulary:
        written = whole[: int(whole.nonzero().max()) + 1] if bool(whole.any()) else whole[:1]  # the rest is padding
        words = tuple(how.vocabulary[int(number)] or "·" for number in written)
        return Given(port.port, "words", _array(written), words)
    if isinstance(how, TablePreparation):
        return Given(port.port, "columns", _array(whole), columns_of(how))
    if isinstance(how, SeriesPreparation) and whole.dim() == 2:
        back = how.invert(whole.unsqueeze(0))[0]
        return Given(port.port, "steps", _array(back), how.columns if len(how.columns) == back.shape[-1] else ())
    if spec.meaning == "image" and spec.channels in (1, 3) and how is not None:
        return Given(port.port, "picture", _array(how.picture(whole.unsqueeze(0))[0]))
    if spec.classes and whole.dim() == 0:
        return Given(port.port, "label", _array(whole), spec.names)
    return Given(port.port, "steps" if whole.dim() == 2 else "numbers", _array(whole))


def columns_of(how: TablePreparation) -> tuple[str, ...]:
    """The column that each number of a prepared row belongs to; the places of one category share its name."""
    if how.gives == "categories":
        return tuple(each.name for each in how.categories)
    numbers = [each.name for each in how.numbers]
    marks = [each.name for each in how.numbers if each.marked]
    slots = [each.name for each in how.categories for _ in range(each.slots)] if how.gives == "features" else []
    return (*numbers, *marks, *slots)


def _picture(model: Model, sources: Sequence[Port]) -> Port | None:
    """The first picture that is read of a data set."""
    specs = model.root.specs
    return next((p for p in sources if p.owner not in model.draws and specs[p].meaning == "image"), None)


def _of_file(model: Model, sources: Sequence[Port], path: str) -> Values:
    """The first example of a file, for every field that the file brings."""
    if found := from_file(model, sources, "The network", path):
        return found
    port = main_source(model, [port for port in sources if port.owner not in model.draws])
    if port is None:
        raise TrainProblem("The network reads nothing but what is drawn at random, so no file can be given to it: "
                           "look at the examples it draws.", INPUT)  # fmt: skip
    return {port: for_field(model, port, "The network", path)}


def _drawn(model: Model, port: Port, drawn: np.ndarray) -> torch.Tensor:
    """A drawing as the network reads it: of its size and channels, scaled as the data is."""
    spec = model.root.specs[port]
    planes = torch.from_numpy(np.ascontiguousarray(drawn, np.float32))
    planes = planes.unsqueeze(0) if planes.dim() == 2 else planes
    if len(planes) != spec.channels:
        grey = planes if len(planes) == 1 else (planes * torch.tensor(GREY).view(3, 1, 1)).sum(0, keepdim=True)
        planes = grey.expand(spec.channels, -1, -1)
    pixels = planes.unsqueeze(0)
    if pixels.shape[2:] != spec.shape[1:]:
        size = (spec.shape[1], spec.shape[2])
        pixels = functional.interpolate(pixels, size, mode="bilinear", antialias=True).clamp(0, 1)
    return scaled(model.preparation(port), pixels, spec)


def scaled(how: AnyPreparation | None, pixels: torch.Tensor, spec: TensorSpec) -> torch.Tensor:
    """Brightness from 0 to 1 as the network reads it."""
    plain = how if isinstance(how, Preparation) else Preparation(dtype=spec.dtype)
    low, high = plain.range or (0.0, 1.0)
    return plain.apply(pixels * (high - low) + low)


def _array(values: torch.Tensor) -> np.ndarray:
    made: np.ndarray = values.detach().to("cpu", torch.float32 if values.is_floating_point() else torch.int64).numpy()
    return made
