"""Layers in which every unit sees every input, and tables of learned vectors."""

from __future__ import annotations

from graph.catalogue import layer
from graph.lazy import LazyModule, nn
from graph.specs import Count, Features, Indices, Whole

indices = LazyModule("graph.modules.indices")


@layer(weights=True, search="dense fc fully connected affine perceptron weights")
def linear(x: Features, units: Count = 64, bias: bool = True):
    """Multiply by a weight matrix and add a bias: every unit sees every input feature.

    y = W x + b, applied along the last axis: to every step of a sequence alike.
    https://pytorch.org/docs/stable/generated/torch.nn.Linear.html

    units: how many numbers come out
    bias: whether each unit adds a learned constant
    """
    return nn.Linear(x.features, units, bias)


@layer(weights=True, search="product pairs interaction similarity dense fc two inputs relation")
def bilinear(x: Features, y: Features, units: Count = 64, bias: bool = True):
    """Let every feature of one input multiply every feature of another, with a learned weight a pair.

    z[u] = xᵀ W[u] y + b[u], applied along the last axis: to every step of two sequences of one length alike.
    https://pytorch.org/docs/stable/generated/torch.nn.Bilinear.html

    units: how many numbers come out
    bias: whether each unit adds a learned constant
    """
    if x.shape[:-1] != y.shape[:-1]:
        raise ValueError(f"{x} and {y} cannot be paired: both have to be vectors, or sequences of one length.")
    return nn.Bilinear(x.features, y.features, units, bias)


@layer(weights=True, search="lookup table word vectors tokens text classes one hot")
def embedding(x: Indices, size: Count = 64, entries: Whole = 0):
    """Give every token or class a learned vector.

    y = W[x], row x of a table: the same as a dense layer without bias on one-hot input, without the multiplication.
    https://pytorch.org/docs/stable/generated/torch.nn.Embedding.html

    size: how many numbers stand for one token
    entries: rows of the table; 0 takes as many as there are different tokens
    """
    rows = entries or x.classes
    if not rows:
        raise ValueError("It is not known how many different tokens arrive: say under “entries” how many there are.")
    if x.classes > rows:
        raise ValueError(f"A table of {rows} entries is too small for {x.classes} different tokens: 0 makes it fit.")
    kind = nn.Embedding if x.dtype in ("int64", "int32") else indices.IndexEmbedding
    return kind(rows, size)
