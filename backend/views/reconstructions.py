"""Answers how well pictures are given back: what went in, what came out, and how far that is from what it should be."""

from __future__ import annotations

from collections.abc import Generator
from typing import NamedTuple

import numpy as np
import torch

from backend.codes import learns
from backend.each import feed_of, present, spread
from backend.evaluation import at_rest
from backend.loading import Model
from backend.problems import INPUT, TrainProblem
from backend.questions.reconstructions import MOST, Reconstruct, Reconstructions
from backend.views import Subject, answers
from graph.compiler import read_by
from graph.document import NodeKey, Port
from graph.flat import flat_of
from graph.inference import ordered
from graph.modules.likeness import structural_similarity
from graph.modules.scoring import psnr
from graph.plan import OutputPlan, outputs
from graph.specs import INTEGERS

PIECE = 32  # examples at once
WINDOW = 11  # pixels of a side of what SSIM looks through, where pictures have so many
MOST_BYTES = 64 << 20  # of all pictures that are kept
PARTS = ("original", "corrupted", "reconstructed", "target")


class Judged(NamedTuple):
    """What was found of the examples of a split, kept for the next page: of when, PSNR, SSIM and pictures by PARTS.

    The pictures are those that were judged: where noise spoils them, others would have other noise.
    """

    when: tuple[object, ...]
    psnr: np.ndarray
    ssim: np.ndarray
    pictures: dict[str, np.ndarray]


_judged: dict[int, Judged] = {}  # by who asked


class GivenBack(NamedTuple):
    """An output that gives pictures back.

    original: the pictures of the data it is made of; got: what the first node with weights reads of them
    target: what it should be
    """

    plan: OutputPlan
    original: Port
    got: Port
    target: Port


@answers(Reconstruct)
def reconstructions(subject: Subject, question: Reconstruct) -> Generator[None, None, Reconstructions]:
    """What came out beside what went in, the worst or the best first."""
    model = subject.model
    there = given_back(model)
    if not there:
        raise TrainProblem("No output of this design gives pictures back: it takes an Output of pictures that is made "
                           "of pictures, as that of an auto-encoder.", INPUT)  # fmt: skip
    what = next((each for each in there if each.plan.name == question.output), there[0])
    split = present(model, question.split)
    total = model.stage(split).examples
    every = spread(total, min(MOST, max(1, MOST_BYTES // (model.root.specs[what.plan.port].size * len(PARTS)))))
    folder = str(subject.run.folder) if subject.run else ""
    when = (folder, subject.step, subject.epoch, what.plan.port, split)
    known = _judged.get(question.asker)
    if known is None or known.when != when:  # turning the page judges nothing anew
        known = _judged[question.asker] = yield from _judge(model, what, split, every, when)
    order = _ordered(question, known.psnr if question.by == "psnr" else known.ssim)
    chosen = order[max(question.offset, 0) :][: max(question.count, 1)]
    return Reconstructions(
        what.plan.name, tuple(each.plan.name for each in there), split, len(every), total, every[chosen],
        {name: values[chosen] for name, values in known.pictures.items()}, known.psnr[chosen], known.ssim[chosen],
        float(known.psnr.mean()), float(known.ssim.mean()),
    )  # fmt: skip


def given_back(model: Model) -> tuple[GivenBack, ...]:
    """The outputs that make pictures of pictures by something that was learned."""
    found = []
    for plan in outputs(model.document, model.root.specs):
        sources = [port for port in model.sources([plan.port]) if _is_picture(model, port) and port.owner in model.data]
        if plan.kind != "image" or not _is_picture(model, plan.port) or not sources:
            continue
        got = _got(model, plan, sources[0])
        shape = model.root.specs[plan.port].shape
        alike = [port for port in (plan.target, *sources) if port and model.root.specs[port].shape == shape]
        if got is not None and alike:
            found.append(GivenBack(plan, sources[0], got, alike[0]))
    return tuple(found)


def _is_picture(model: Model, port: Port) -> bool:
    spec = model.root.specs[port]
    return len(spec.shape) == 3 and spec.channels in (1, 3) and spec.dtype not in INTEGERS


def _got(model: Model, plan: OutputPlan, original: Port) -> Port | None:
    """The last picture on the way from the original that nothing learned has touched; None where nothing learns."""
    document = flat_of(model.document).document
    wired = document.inputs_by_node()
    read = read_by(model.document, [plan.port])
    untouched: set[NodeKey] = {original.owner}
    got, learned = original, False
    for key in ordered(document):
        mine = [port for port in read if port.owner == key]
        if not mine or key == original.owner:
            continue
        learned = learned or learns(model, key)
        if learns(model, key) or not any(port.owner in untouched for port in wired[key].values()):
            continue
        if all(port.owner in untouched or port.owner in model.draws for port in wired[key].values()):
            untouched.add(key)
            got = next((port for port in mine if _is_picture(model, port) and port != plan.port), got)
    return got if learned else None


def _judge(
    model: Model, what: GivenBack, split: str, every: np.ndarray, when: tuple[object, ...]
) -> Generator[None, None, Judged]:
    ports = [what.original, what.got, what.plan.port, what.target]
    module, feed = model.slice(ports), feed_of(model, split, model.sources(ports))
    ratios, likenesses, pictures = [], [], []
    for start in range(0, len(every), PIECE):
        rows = every[start : start + PIECE]
        with at_rest(model):
            found = module(*feed(model.stage(split).numbered(rows), len(rows)))
            seen = [_bright(model, what.original, each.float()) for each in found]
            ratios.append(psnr(seen[2], seen[3]).cpu().numpy())
            likenesses.append(_likeness(seen[2], seen[3]).cpu().numpy())
            pictures.append([_eight_bit(each) for each in seen])
        yield
    whole = dict(zip(PARTS, map(np.concatenate, zip(*pictures))))
    for name in ("corrupted", "target"):
        if np.array_equal(whole[name], whole["original"]):
            del whole[name]
    return Judged(when, np.concatenate(ratios), np.concatenate(likenesses), whole)


def _likeness(made: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    return structural_similarity(made, target, window=min(WINDOW, *(2 * side - 1 for side in made.shape[2:])))


def _ordered(question: Reconstruct, values: np.ndarray) -> np.ndarray:
    if question.order == "as they lie":
        return np.arange(len(values))
    found: np.ndarray = np.argsort(values if question.order == "worst" else -values, kind="stable")
    return found


def _bright(model: Model, original: Port, values: torch.Tensor) -> torch.Tensor:
    """Brightness from 0 to 1, as the original was prepared; of pictures that have lost their colours a grey one."""
    preparation = model.preparation(original)
    if preparation is None:
        return values.clamp(0, 1)
    channels = len(getattr(preparation, "shift", ())) or 1
    if values.shape[1] == 1 < channels:
        return preparation.picture(values.expand(-1, channels, -1, -1)).mean(1, keepdim=True)
    return preparation.picture(values)


def _eight_bit(values: torch.Tensor) -> np.ndarray:
    levels: np.ndarray = (values.nan_to_num(0) * 255).round().to(torch.uint8).cpu().numpy()
    return levels[:, 0] if levels.shape[1] == 1 else np.ascontiguousarray(levels.transpose(0, 2, 3, 1))
