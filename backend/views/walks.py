"""Answers what lies on the way between two points: two draws of noise, or the codes of two examples."""

from __future__ import annotations

import numpy as np
import torch

from backend.codes import chosen_code, decoders, entry
from backend.each import feed_of, present
from backend.evaluation import at_rest
from backend.generating import chosen, class_names, computed, generative, noise_of, wanted
from backend.loading import Model
from backend.problems import INPUT, TrainProblem
from backend.questions.walks import MOST, Walk, Walked, Way
from backend.sampling import probabilities, readable
from backend.sheets import eight_bit
from backend.views import Subject, answers

PARALLEL = 1e-6  # the sine of an angle so small that a great circle is a straight line


@answers(Walk)
def walk(subject: Subject, question: Walk) -> Walked:
    """What an output makes of the points between two ends."""
    return _of_noise(subject.model, question) if question.of == "noise" else _of_examples(subject.model, question)


def between(first: torch.Tensor, second: torch.Tensor, steps: int, way: Way) -> torch.Tensor:
    """Points from one to another with both, (steps, …).

    Spherical: p(t) = sin((1 − t)θ) / sin θ · a + sin(tθ) / sin θ · b with θ the angle between a and b (Shoemake 1985;
    for noise White 2016, https://arxiv.org/abs/1609.04468).
    """
    shares = torch.linspace(0, 1, steps, device=first.device).reshape(-1, *(1 for _ in first.shape))
    a, b = first.flatten().double(), second.flatten().double()
    lengths = a.norm() * b.norm()
    angle = torch.arccos((a @ b / lengths).clamp(-1, 1)) if float(lengths) else torch.zeros(())
    if way == "linear" or float(angle.sin().abs()) < PARALLEL:
        return (1 - shares) * first + shares * second
    near, far = ((1 - shares) * angle).sin() / angle.sin(), (shares * angle).sin() / angle.sin()
    return (near * first + far * second).to(first.dtype)


def _of_noise(model: Model, question: Walk) -> Walked:
    what, steps = chosen(model, question.output), min(max(question.steps, 2), MOST)
    classes = wanted(model, what, ())
    label = min(max(question.label, 0), len(classes) - 1) if classes else 0
    ends = [noise_of(model, what, 1, torch.Generator(model.device).manual_seed(seed))
            for seed in (question.first, question.second)]  # fmt: skip
    given = {}
    for port, first in ends[0].items():
        second = ends[1][port]
        if first.is_floating_point():
            given[port] = between(first[0], second[0], steps, question.way)
        else:  # whole numbers have no points between them
            given[port] = torch.cat([first.expand(steps - steps // 2, *first.shape[1:]),
                                     second.expand(steps // 2, *first.shape[1:])])  # fmt: skip
    given |= {port: torch.full((steps,), classes[label], device=model.device) for port in what.labels}
    made = computed(model, what, given)
    outputs = tuple(each.plan.name for each in generative(model))
    noise = next(iter(ends[0]), None)
    return Walked(what.plan.name, what.plan.kind, _sent(made, what.plan.kind), outputs, class_names(model, what),
                  model.root.specs[what.plan.port].names, node=noise.node if noise else "")  # fmt: skip


def _of_examples(model: Model, question: Walk) -> Walked:
    code = chosen_code(model, "", "")
    plans, split = decoders(model, code), present(model, question.split)
    if not plans:
        raise TrainProblem(f"Nothing behind the code “{code.node}” leads to an Output, so there is nothing to see on "
                           "the way between two examples. Walk through noise, or wire an Output behind it.",
                           INPUT)  # fmt: skip
    plan = next((each for each in plans if each.name == question.output), plans[0])
    total, steps = model.stage(split).examples, min(max(question.steps, 2), MOST)
    first, second = question.first % total, question.second % total
    start = entry(model, code)
    rest = model.slice([plan.port], [start])
    others = tuple(rest.sources)[1:]  # type: ignore[arg-type, index]
    nearer = [first if step < (steps + 1) // 2 else second for step in range(steps)]
    with at_rest(model):
        ends = model.slice([code])(*feed_of(model, split, model.sources([code]))(
            model.stage(split).numbered([first, second]), 2))  # fmt: skip
        points = between(ends[0], ends[1], steps, question.way)
        made = rest(points, *feed_of(model, split, others)(model.stage(split).numbered(nearer), steps))
        shown = probabilities(made) if plan.kind == "classes" else readable(model, plan.target, made)
    names = model.root.specs[plan.target].names if plan.target else ()
    return Walked(plan.name, plan.kind, _sent(shown, plan.kind), tuple(each.name for each in plans), (), names, split,
                  total, code.node)  # fmt: skip


def _sent(values: torch.Tensor, kind: str) -> np.ndarray:
    values = values.detach().cpu()
    array: np.ndarray = (values.float() if values.is_floating_point() else values).numpy()
    return eight_bit(array) if kind == "image" and array.ndim == 4 else array
