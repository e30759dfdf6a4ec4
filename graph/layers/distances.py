"""Losses that arrange vectors by who belongs to whom: near for the same kind, far for others."""

from __future__ import annotations

import functools
from typing import Annotated

from graph.catalogue import layer
from graph.layers.losses import Positive, check_alike
from graph.lazy import F, LazyModule
from graph.specs import Limits, Tensor, TensorSpec, Vector

penalties = LazyModule("graph.modules.penalties")


@layer(kind="loss", outputs="loss", search="similarity siamese embedding angle pair verification")
def cosine_embedding(first: Vector, second: Vector, target: Tensor | None = None,
                     margin: Annotated[float, Limits(-1.0, 1.0)] = 0.0):  # fmt: skip
    """Measure how far the angle between two vectors is from what it should be.

    L = 1 − cos(first, second) for pairs that belong together, max(0, cos(first, second) − margin) for others; the mean
    over the batch.
    https://pytorch.org/docs/stable/generated/torch.nn.functional.cosine_embedding_loss.html

    target: above 0 where the two belong together, 0 or below where not; without a wire, all belong together

    margin: the cosine up to which others are let be
    """
    check_alike(first=first, second=second)
    if target is not None:
        _check_single(target)
    return functools.partial(penalties.cosine_embedding, margin=margin)


@layer(kind="loss", outputs="loss", search="siamese embedding distance pair metric learning verification")
def contrastive(first: Vector, second: Vector, target: Tensor, margin: Positive = 1.0):
    """Draw vectors that belong together towards each other, and push others apart.

    L = d² for pairs that belong together, max(0, margin − d)² for others, with d = ‖first − second‖₂; the mean over the
    batch. Hadsell, Chopra and LeCun, Dimensionality reduction by learning an invariant mapping, 2006.

    target: above 0 where the two belong together, 0 or below where not

    margin: the distance from which on others are let be
    """
    check_alike(first=first, second=second)
    _check_single(target)
    return functools.partial(penalties.contrastive, margin=margin)


@layer(kind="loss", outputs="loss", search="siamese embedding facenet metric learning margin")
def triplet(anchor: Vector, positive: Vector, negative: Vector, margin: Positive = 1.0):
    """Want a vector nearer to one of its kind than to one of another kind.

    L = max(0, ‖anchor − positive‖₂ − ‖anchor − negative‖₂ + margin), the mean over the batch.
    https://pytorch.org/docs/stable/generated/torch.nn.functional.triplet_margin_loss.html

    anchor: what is compared
    positive: one of its kind
    negative: one of another kind

    margin: by how much it should be nearer
    """
    check_alike(anchor=anchor, positive=positive, negative=negative)
    return functools.partial(F.triplet_margin_loss, margin=margin)


def _check_single(target: TensorSpec) -> None:
    if target.size != 1 or target.classes > 2:
        raise ValueError(f"The target is one number a pair, 1 where the two belong together; what arrives is {target}.")
