"""Answers what a generator of points in the plane and its judge do: scores everywhere, pushes, a mesh of noise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from backend.data import AnyPreparation
from backend.each import feed_of
from backend.evaluation import at_rest
from backend.generating import Generative, generative, real_points
from backend.loading import Model
from backend.problems import INPUT, TrainProblem
from backend.questions.surfaces import Surface, SurfaceSeen
from backend.sheets import limits_of
from backend.trained import trained
from backend.views import Subject, answers
from graph.compiler import read_by, trained_by
from graph.document import Document, NodeKey, Port
from graph.flat import flat_of
from graph.plan import ObjectivePlan, losses, objectives

LINES, REACH = 13, 2.0  # of the mesh; and how far it goes, in deviations of the noise
CHANCES = ("minimax", "non-saturating")  # games whose scores become chances by a sigmoid
MOST = 2000  # points


@answers(Surface)
def surface(subject: Subject, question: Surface) -> SurfaceSeen:
    """What a judge says everywhere, what the generator makes and where it is pushed."""
    model = subject.model
    there = [each for each in generative(model) if model.root.specs[each.plan.port].shape == (2,)]
    if not there:
        raise TrainProblem("No output of this design makes points in the plane of noise: it takes an Output that is "
                           "made of noise and has two numbers, as that of a 2-D GAN.", INPUT)  # fmt: skip
    what = next((each for each in there if each.plan.name == question.output), there[0])
    port = flat_of(model.document).document.inputs_of(what.plan.port.owner)["x"]
    preparation = model.preparation(what.like)
    count = min(max(question.count, 1), MOST)
    made = _points(model, port, count)
    real = real_points(model, what)
    shown = _told(preparation, made)
    limits = limits_of(real, shown)
    score, loss = _judge(model, port)
    learner = _learner(model, port)
    pushes = _pushes(model, port, learner, made) if learner else None
    return SurfaceSeen(
        what.plan.name, limits, _scores(model, port, score, loss, preparation, limits, question.resolution),
        loss is not None and _gives_chances(model, loss), score.node if score else "", shown,
        None if pushes is None else _told(preparation, made + pushes) - shown, real,
        _mesh(model, what, port, preparation),
        tuple(each.plan.name for each in there), tuple(plan.name for plan in objectives(model.document)),
        learner.name if learner else "",
    )  # fmt: skip


def _points(model: Model, port: Port, count: int) -> torch.Tensor:
    with at_rest(model):
        found: torch.Tensor = model.slice([port])(*_fed(model, model.sources([port]), count))
    return found.clone()


def _fed(model: Model, sources: Sequence[Port], count: int) -> list[torch.Tensor]:
    return feed_of(model, "train", sources)(model.stage("train").numbered(range(count)), count)


def _told(preparation: AnyPreparation | None, values: torch.Tensor) -> np.ndarray:
    told: np.ndarray = (preparation.invert(values) if preparation else values).float().cpu().numpy()
    return told


def _judge(model: Model, port: Port) -> tuple[Port | None, NodeKey | None]:
    """What says one number of each point on its way to a loss, and that loss."""
    document = flat_of(model.document).document
    wired = document.derived("inputs", Document.inputs_by_node)
    for loss in losses(model.document):
        for score in wired[loss.owner].values():
            spec = model.root.specs[score]
            if spec.batched and spec.size == 1 and score != port and port in read_by(model.document, [score]):
                return score, loss.owner
    return None, None


def _gives_chances(model: Model, loss: NodeKey) -> bool:
    node = flat_of(model.document).document.nodes[loss]
    return node.type == "adversarial" and node.params.get("kind", CHANCES[1]) in CHANCES


def _scores(
    model: Model, port: Port, score: Port | None, loss: NodeKey | None, preparation: AnyPreparation | None,
    limits: np.ndarray, resolution: int,
) -> np.ndarray | None:  # fmt: skip
    if score is None or loss is None:
        return None
    x, y = (torch.linspace(float(low), float(high), resolution) for low, high in limits.T)
    places = torch.stack(torch.meshgrid(y, x, indexing="ij")[::-1], dim=-1).reshape(-1, 2)
    places = (preparation.apply(places) if preparation else places).to(model.device)
    module = model.slice([score], [port])
    others: tuple[Port, ...] = tuple(module.sources)[1:]  # type: ignore[arg-type, index]
    with at_rest(model):
        found = module(places, *_fed(model, others, len(places))).reshape(resolution, resolution).float()
        found = found.sigmoid() if _gives_chances(model, loss) else found
        scores: np.ndarray = found.cpu().numpy()
    return scores


def _learner(model: Model, port: Port) -> ObjectivePlan | None:
    """The objective that trains what makes the points, by losses that depend on them."""
    makers = {id(parameter) for parameter in trained_by(model.slice([port]))}
    for plan in objectives(model.document):
        if port in read_by(model.document, plan.losses) and makers & {id(each) for each in trained(model, plan)}:
            return plan
    return None


def _pushes(model: Model, port: Port, learner: ObjectivePlan, made: torch.Tensor) -> torch.Tensor:
    """The negative gradient of the learner's loss at each point, as if each stood alone."""
    mine = [(loss, weight.value) for loss, weight in zip(learner.losses, learner.weights)
            if port in read_by(model.document, [loss])]  # fmt: skip
    module = model.slice([loss for loss, _ in mine], [port])
    others: tuple[Port, ...] = tuple(module.sources)[1:]  # type: ignore[arg-type, index]
    with at_rest(model, gradients=True), torch.enable_grad():
        points = made.clone().requires_grad_()
        found = module(points, *_fed(model, others, len(made)))
        each = (found,) if isinstance(found, torch.Tensor) else found
        total = torch.stack([loss * weight for loss, (_, weight) in zip(each, mine)]).sum()
        (gradient,) = torch.autograd.grad(total, points)
    return -gradient.detach() * len(made)


def _mesh(model: Model, what: Generative, port: Port, preparation: AnyPreparation | None) -> np.ndarray | None:
    """What becomes of a square mesh in the first two numbers of the noise; the others are zero."""
    noise = [each for each in what.ports if model.root.specs[each].meaning == "vector"]
    if len(noise) != 1 or len(what.ports) != 1 or model.root.specs[noise[0]].size < 2:
        return None
    line = torch.linspace(-REACH, REACH, LINES, device=model.device)
    places = torch.zeros(LINES * LINES, model.root.specs[noise[0]].size, device=model.device)
    places[:, :2] = torch.cartesian_prod(line, line)
    with at_rest(model):
        found = model.slice([port])(places)
        return _told(preparation, found).reshape(LINES, LINES, 2)
