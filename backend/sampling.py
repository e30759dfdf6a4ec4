"""Showing what a model makes of examples: for every Output node the inputs, what came out and what should have."""

from __future__ import annotations

import numpy as np
import torch

from backend.evaluation import at_rest
from backend.feeds import Feed, Rows, Stage, window
from backend.loading import Model
from backend.questions.predictions import Predict, Predictions, Shown
from graph.document import Port
from graph.plan import OutputPlan, outputs


def predictions(model: Model, question: Predict) -> Predictions:
    """The answer to Predict, with the weights the model has now; past the end of the examples it shows none."""
    stage = model.stage(question.split)
    total = stage.examples if stage.lengths else max(question.offset + question.count, 0)
    offset = min(max(question.offset, 0), total)
    count = min(max(question.count, 0), total - offset)
    plans = outputs(model.document, model.root.specs) if count else ()
    shown = tuple(shown_of(model, stage, plan, window(stage, offset, count), count) for plan in plans)
    return Predictions(question.split, offset, total, shown)


def shown_of(model: Model, stage: Stage, plan: OutputPlan, rows: Rows, count: int) -> Shown:
    """What an output makes of the examples of some rows."""
    given = _given(model, plan.port)
    targets = [plan.port, *([plan.target] if plan.target else []), *([given] if given else [])]
    module = model.slice(targets)
    generator = torch.Generator(model.device).manual_seed(model.settings.seed)
    feed = Feed(model.sources(targets), stage, model.draws, generator)
    with at_rest(model):
        found = module(*feed(rows, count))
        made, *others = (found,) if isinstance(found, torch.Tensor) else found
        target = readable(model, plan.target, others[0]) if plan.target else None
        inputs = readable(model, given, others[-1]) if given else torch.zeros(count, 0)
        made = probabilities(made) if plan.kind == "classes" else readable(model, plan.target, made)
    names = model.root.specs[plan.target].names if plan.target else ()
    return Shown(plan.name, plan.kind, _array(inputs), _array(made), None if target is None else _array(target), names)


def _given(model: Model, port: Port) -> Port | None:
    """What to show as the input of an output: the picture among its sources, else the first."""
    sources = model.sources([port])
    pictures = [source for source in sources if model.root.specs[source].meaning == "image"]
    return next(iter((*pictures, *sources)), None)


def readable(model: Model, port: Port | None, values: torch.Tensor) -> torch.Tensor:
    """Values as people know them: pictures from 0 to 1, quantities in their own unit.

    port: where such values come from, which may be a field of a data set that was prepared
    """
    preparation = model.preparation(port)
    if preparation is None or not values.is_floating_point():
        return values
    return preparation.picture(values) if values.dim() == 4 else preparation.invert(values)


def probabilities(values: torch.Tensor) -> torch.Tensor:
    """Outputs of a classifier, (batch, classes) or one number a example, as probabilities, whatever it ends in."""
    if values.dim() == 1 or values.shape[1] == 1:
        return values if bool(((values >= 0) & (values <= 1)).all()) else values.sigmoid()
    sums = values.sum(1)
    already = bool((values >= 0).all()) and torch.allclose(sums, torch.ones_like(sums), atol=1e-3)
    return values if already else values.softmax(1)


def _array(values: torch.Tensor) -> np.ndarray:
    values = values.detach().cpu()
    array: np.ndarray = (values.float() if values.is_floating_point() else values).numpy()
    return array
