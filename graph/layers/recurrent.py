"""Layers that read a sequence step by step and carry a state along."""

from __future__ import annotations

from typing import Literal

from graph.catalogue import layer
from graph.lazy import LazyModule
from graph.specs import Axis, Count, Sequence, Share

recurrent = LazyModule("graph.modules.recurrent")


@layer(weights=True, search="recurrent elman simple memory time series text", outputs="sequence, last", title="RNN")
def rnn(
    x: Sequence,
    hidden_size: Count = 64,
    layers: Axis = 1,
    bidirectional: bool = False,
    dropout: Share = 0.0,
    nonlinearity: Literal["tanh", "relu"] = "tanh",
    bias: bool = True,
):
    """Read a sequence with Elman's network: the state of a step depends on the input and on the state before.

    h[t] = tanh(W x[t] + U h[t−1] + b). “sequence” holds the state of every step, “last” that after the final one.
    https://pytorch.org/docs/stable/generated/torch.nn.RNN.html

    hidden_size: how many numbers the state has
    layers: how many are stacked, each reading the sequence of the one below
    bidirectional: whether a second one reads backwards; the states of both stand side by side
    dropout: share of numbers dropped between stacked layers while training
    nonlinearity: what bends the new state
    bias: whether learned constants are added
    """
    return recurrent.RNN(x.features, hidden_size, layers, nonlinearity, bias, _between(dropout, layers), bidirectional)


@layer(
    weights=True,
    search="recurrent long short-term memory gate cell time series text",
    outputs="sequence, last, cell",
    title="LSTM",
)
def lstm(
    x: Sequence,
    hidden_size: Count = 64,
    layers: Axis = 1,
    bidirectional: bool = False,
    dropout: Share = 0.0,
    bias: bool = True,
):
    """Read a sequence with long short-term memory: gates decide what a cell keeps, takes in and shows.

    c[t] = f·c[t−1] + i·g and h[t] = o·tanh(c[t]), with gates i, f, o = σ(W x[t] + U h[t−1] + b) and g the same with
    tanh. “sequence” holds h of every step, “last” and “cell” are h and c after the final one.
    https://pytorch.org/docs/stable/generated/torch.nn.LSTM.html

    hidden_size: how many numbers the state has
    layers: how many are stacked, each reading the sequence of the one below
    bidirectional: whether a second one reads backwards; the states of both stand side by side
    dropout: share of numbers dropped between stacked layers while training
    bias: whether learned constants are added
    """
    return recurrent.LSTM(x.features, hidden_size, layers, bias, _between(dropout, layers), bidirectional)


@layer(weights=True, search="recurrent gated unit memory time series text", outputs="sequence, last", title="GRU")
def gru(
    x: Sequence,
    hidden_size: Count = 64,
    layers: Axis = 1,
    bidirectional: bool = False,
    dropout: Share = 0.0,
    bias: bool = True,
):
    """Read a sequence with gated recurrent units: a gate decides how much of the old state stays.

    h[t] = (1 − z)·n + z·h[t−1], with z = σ(W x[t] + U h[t−1] + b) and n the candidate for the new state.
    “sequence” holds the state of every step, “last” that after the final one.
    https://pytorch.org/docs/stable/generated/torch.nn.GRU.html

    hidden_size: how many numbers the state has
    layers: how many are stacked, each reading the sequence of the one below
    bidirectional: whether a second one reads backwards; the states of both stand side by side
    dropout: share of numbers dropped between stacked layers while training
    bias: whether learned constants are added
    """
    return recurrent.GRU(x.features, hidden_size, layers, bias, _between(dropout, layers), bidirectional)


def _between(dropout: float, layers: int) -> float:
    """A single layer has nothing between layers, and torch warns of a dropout there."""
    return dropout if layers > 1 else 0.0
