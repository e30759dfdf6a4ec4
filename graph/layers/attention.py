"""Layers in which the steps of a sequence read from one another by how well they fit."""

from __future__ import annotations

from typing import Annotated, Literal

from graph.catalogue import layer
from graph.lazy import LazyModule
from graph.specs import Count, Limits, Sequence, Share, TensorSpec, Wants

attention = LazyModule("graph.modules.attention")

Heads = Annotated[int, Limits(1, 1024)]
Lengths = Annotated[TensorSpec, Wants("classes", "a whole number an example: how many of its steps count")]


@layer(weights=True, search="self cross attention transformer query key value scaled dot product")
def multi_head_attention(
    query: Sequence,
    key: Sequence | None = None,
    value: Sequence | None = None,
    lengths: Lengths | None = None,
    heads: Heads = 4,
    causal: bool = False,
    dropout: Share = 0.0,
    bias: bool = True,
):
    """Let every step read from all steps of another sequence, or of its own, those most that fit what it asks for.

    softmax(Q Kᵀ / √d) V in every head, with Q, K and V learned linear maps of what is wired and d the features of a
    head; the heads stand side by side and go through one more linear map. Vaswani et al. 2017,
    https://arxiv.org/abs/1706.03762 and
    https://pytorch.org/docs/stable/generated/torch.nn.functional.scaled_dot_product_attention.html

    query: the sequence whose steps ask; what comes out has its shape
    key: the sequence that is read from; the queries themselves if not wired
    value: what is read at each step of the keys; the keys themselves if not wired
    lengths: how many steps of the keys count in each example; the later ones are not read
    heads: how many readings go side by side, each with its share of the features
    causal: whether a step sees no step after its own
    dropout: share of the readings dropped while training
    bias: whether the linear maps add learned constants
    """
    _check_heads(query.features, heads)
    key = key or query
    value = value or key
    if key.shape[0] != value.shape[0]:
        raise ValueError(f"There are {key.shape[0]} keys and {value.shape[0]} values, and each key needs a value: wire "
                         "sequences of one length.")  # fmt: skip
    return attention.MultiHeadAttention(query.features, heads, key.features, value.features, causal, dropout, bias)


@layer(weights=True, search="attention bert gpt encoder block layer feed forward residual")
def transformer_encoder_block(
    x: Sequence,
    lengths: Lengths | None = None,
    heads: Heads = 4,
    feed_forward: Count = 256,
    dropout: Share = 0.1,
    activation: Literal["relu", "gelu"] = "relu",
    norm_first: bool = False,
    causal: bool = False,
):
    """Let the steps of a sequence read from one another, then think each for itself: the brick of transformers.

    y = norm(x + attention(x)) and z = norm(y + W₂ relu(W₁ y)), or norms first: y = x + attention(norm(x)) and so on.
    Vaswani et al. 2017, https://arxiv.org/abs/1706.03762 and
    https://pytorch.org/docs/stable/generated/torch.nn.TransformerEncoderLayer.html

    lengths: how many steps count in each example; the later ones are not read
    heads: how many readings go side by side, each with its share of the features
    feed_forward: units in the middle of the network that each step goes through
    dropout: share of numbers dropped while training
    activation: what bends in the middle
    norm_first: whether each part normalises what it reads rather than what it gives: deep stacks learn more steadily
    causal: whether a step sees no step after its own
    """
    _check_heads(x.features, heads)
    return attention.TransformerBlock(x.features, heads, feed_forward, causal, dropout, activation, norm_first)


@layer(weights=True, search="position embedding sinusoidal transformer order time")
def positional_encoding(
    x: Sequence,
    encoding: Literal["sinusoidal", "learned"] = "sinusoidal",
    longest: Annotated[int, Limits(0, 65536)] = 0,
):
    """Add to every step where it stands in the sequence, which attention cannot see by itself.

    p[t, 2i] = sin(t / 10000^(2i/d)) and p[t, 2i + 1] = cos(t / 10000^(2i/d)) with d features, or learned vectors.
    Vaswani et al. 2017, https://arxiv.org/abs/1706.03762

    encoding: "sinusoidal" waves have nothing to learn and know any length; "learned" is a vector for each place
    longest: for how many places vectors are learned; 0 takes the length that arrives
    """
    if encoding == "sinusoidal":
        return attention.PositionalEncoding(x.features)
    if longest and longest < x.shape[0]:
        raise ValueError(f"Vectors for {longest} places are too few for the {x.shape[0]} steps that arrive: set "
                         f"longest to {x.shape[0]} or more.")  # fmt: skip
    return attention.PositionalEncoding(x.features, longest or x.shape[0])


@layer(weights=True, search="cls token vision transformer vit bert summary")
def class_token(x: Sequence):
    """Put a learned vector before the first step, in which attention can gather what the whole sequence says.

    y = (c, x[0], x[1], …), as BERT and vision transformers do (Dosovitskiy et al. 2021,
    https://arxiv.org/abs/2010.11929). Its step after the last block is what a classifier reads.
    """
    return attention.ClassToken(x.features)


def _check_heads(features: int, heads: int) -> None:
    if features % heads:
        raise ValueError(f"{heads} heads do not divide the {features} features that arrive: choose a number that does, "
                         f"or put a linear layer of {features + heads - features % heads} units before.")  # fmt: skip
