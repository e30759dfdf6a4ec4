"""Layers that read a sequence step by step and carry a state along."""

from __future__ import annotations

from typing import Annotated, Literal

from graph.catalogue import layer
from graph.lazy import LazyModule
from graph.specs import Axis, Count, Limits, NonNegative, Sequence, Share, TensorSpec, Vector, Wants

recurrent = LazyModule("graph.modules.recurrent")
reservoirs = LazyModule("graph.modules.reservoir")
films = LazyModule("graph.modules.films")

Film = Annotated[TensorSpec, Wants("volume", "a film (time, channels, height, width)", numbers="real")]
Lengths = Annotated[TensorSpec, Wants("classes", "a whole number an example: how many of its steps count")]
Layers = Literal["top layer", "all layers"]


@layer(weights=True, search="recurrent elman simple memory time series text", outputs="sequence, last", title="RNN")
def rnn(
    x: Sequence,
    hidden: Vector | None = None,
    lengths: Lengths | None = None,
    hidden_size: Count = 64,
    layers: Axis = 1,
    bidirectional: bool = False,
    dropout: Share = 0.0,
    nonlinearity: Literal["tanh", "relu"] = "tanh",
    bias: bool = True,
    last_of: Layers = "top layer",
):
    """Read a sequence with Elman's network: the state of a step depends on the input and on the state before.

    h[t] = tanh(W x[t] + U h[t−1] + b). “sequence” holds the state of every step, “last” that after the final one.
    https://pytorch.org/docs/stable/generated/torch.nn.RNN.html

    hidden: the state to start from, zeros if not wired: as many numbers as the state has, or as all layers and
      directions have together (the “last” of all layers); a single number stands for all
    lengths: how many steps of each example count: the later ones give zeros, “last” is the state after the final step
      that counts, and reading backwards starts there
    hidden_size: how many numbers the state has
    layers: how many are stacked, each reading the sequence of the one below
    bidirectional: whether a second one reads backwards; the states of both stand side by side
    dropout: share of numbers dropped between stacked layers while training
    nonlinearity: what bends the new state
    bias: whether learned constants are added
    last_of: whose final state “last” holds: "all layers" side by side, the lowest first, can start another such node
    """
    _check_state(hidden, hidden_size, layers, bidirectional)
    return recurrent.RNN(
        x.features,
        hidden_size,
        layers,
        nonlinearity,
        bias,
        _between(dropout, layers),
        bidirectional,
        last_of == "all layers",
    )


@layer(
    weights=True,
    search="recurrent long short-term memory gate cell time series text",
    outputs="sequence, last, cell",
    title="LSTM",
)
def lstm(
    x: Sequence,
    hidden: Vector | None = None,
    cell: Vector | None = None,
    lengths: Lengths | None = None,
    hidden_size: Count = 64,
    layers: Axis = 1,
    bidirectional: bool = False,
    dropout: Share = 0.0,
    bias: bool = True,
    last_of: Layers = "top layer",
):
    """Read a sequence with long short-term memory: gates decide what a cell keeps, takes in and shows.

    c[t] = f·c[t−1] + i·g and h[t] = o·tanh(c[t]), with gates i, f, o = σ(W x[t] + U h[t−1] + b) and g the same with
    tanh. “sequence” holds h of every step, “last” and “cell” are h and c after the final one.
    https://pytorch.org/docs/stable/generated/torch.nn.LSTM.html

    hidden: the state to start from, zeros if not wired: as many numbers as the state has, or as all layers and
      directions have together (the “last” of all layers); a single number stands for all
    cell: the cell to start from, like hidden
    lengths: how many steps of each example count: the later ones give zeros, “last” is the state after the final step
      that counts, and reading backwards starts there
    hidden_size: how many numbers the state has
    layers: how many are stacked, each reading the sequence of the one below
    bidirectional: whether a second one reads backwards; the states of both stand side by side
    dropout: share of numbers dropped between stacked layers while training
    bias: whether learned constants are added
    last_of: whose final state “last” holds: "all layers" side by side, the lowest first, can start another such node
    """
    _check_state(hidden, hidden_size, layers, bidirectional)
    _check_state(cell, hidden_size, layers, bidirectional)
    return recurrent.LSTM(
        x.features, hidden_size, layers, bias, _between(dropout, layers), bidirectional, last_of == "all layers"
    )


@layer(weights=True, search="recurrent gated unit memory time series text", outputs="sequence, last", title="GRU")
def gru(
    x: Sequence,
    hidden: Vector | None = None,
    lengths: Lengths | None = None,
    hidden_size: Count = 64,
    layers: Axis = 1,
    bidirectional: bool = False,
    dropout: Share = 0.0,
    bias: bool = True,
    last_of: Layers = "top layer",
):
    """Read a sequence with gated recurrent units: a gate decides how much of the old state stays.

    h[t] = (1 − z)·n + z·h[t−1], with z = σ(W x[t] + U h[t−1] + b) and n the candidate for the new state.
    “sequence” holds the state of every step, “last” that after the final one.
    https://pytorch.org/docs/stable/generated/torch.nn.GRU.html

    hidden: the state to start from, zeros if not wired: as many numbers as the state has, or as all layers and
      directions have together (the “last” of all layers); a single number stands for all
    lengths: how many steps of each example count: the later ones give zeros, “last” is the state after the final step
      that counts, and reading backwards starts there
    hidden_size: how many numbers the state has
    layers: how many are stacked, each reading the sequence of the one below
    bidirectional: whether a second one reads backwards; the states of both stand side by side
    dropout: share of numbers dropped between stacked layers while training
    bias: whether learned constants are added
    last_of: whose final state “last” holds: "all layers" side by side, the lowest first, can start another such node
    """
    _check_state(hidden, hidden_size, layers, bidirectional)
    return recurrent.GRU(
        x.features, hidden_size, layers, bias, _between(dropout, layers), bidirectional, last_of == "all layers"
    )


@layer(
    weights=True,
    search="convolutional long short-term memory video film frames spatiotemporal",
    outputs="sequence, last",
    title="ConvLSTM",
)
def conv_lstm(x: Film, filters: Count = 32, kernel: Annotated[int, Limits(1, 63, "px")] = 3, bias: bool = True):
    """Read a film with long short-term memory whose state is an image and whose gates are convolutions.

    c[t] = f·c[t−1] + i·g and h[t] = o·tanh(c[t]), with gates i, f, o = σ(W ∗ x[t] + U ∗ h[t−1] + b) and g the same with
    tanh. “sequence” holds h of every frame, “last” that after the final one. Pictures keep their size.
    Shi et al. 2015, https://arxiv.org/abs/1506.04214, here without its peepholes.

    filters: how many channels the state has
    kernel: window side in pixels, on the frame and on the state
    bias: whether learned constants are added
    """
    return films.ConvLSTM(x.shape[1], filters, kernel, bias)


@layer(search="echo state network esn fixed random memory time series", outputs="sequence, last")
def reservoir(
    x: Sequence,
    hidden: Vector | None = None,
    units: Annotated[int, Limits(1, 4096)] = 200,
    spectral_radius: Annotated[float, Limits(0.0, 10.0)] = 0.9,
    sparsity: Share = 0.9,
    leak: Annotated[float, Limits(0.001, 1.0)] = 1.0,
    input_scale: NonNegative = 1.0,
    bias_scale: NonNegative = 0.1,
):
    """Let a sequence echo in a large fixed random network: only what reads its states has to learn.

    h[t] = (1 − leak)·h[t−1] + leak·tanh(W_in x[t] + W h[t−1] + b). The weights are drawn once and never trained: W is
    uniform and sparse, scaled by its largest absolute eigenvalue. “sequence” holds the state of every step, “last” that
    after the final one. Jaeger 2001, http://www.scholarpedia.org/article/Echo_state_network

    hidden: the state to start from, zeros if not wired: one number a unit; a single number stands for all
    units: how many numbers the state has
    spectral_radius: largest absolute eigenvalue of W: how long echoes last; below 1 they fade away
    sparsity: share of the connections within the reservoir that are zero
    leak: how fast units follow: 1 forgets the state before at once, near 0 states change slowly
    input_scale: bound of the uniform weights on what arrives: larger ones bend more
    bias_scale: bound of the uniform constants
    """
    _check_state(hidden, units, 1, False)
    return reservoirs.Reservoir(x.features, units, spectral_radius, sparsity, leak, input_scale, bias_scale)


def _check_state(given: TensorSpec | None, size: int, layers: int, bidirectional: bool) -> None:
    """Refuse a first state whose numbers do not say where which of them goes."""
    directions = 2 if bidirectional else 1
    fitting = sorted({1, size, directions * size, layers * directions * size})
    if given is not None and given.size not in fitting:
        *others, last = map(str, fitting)
        known = f"{', '.join(others)} or {last}" if others else last
        raise ValueError(f"The state to start from has {given.size} numbers, and {known} are needed: put a linear "
                         f"layer of {size} units in between.")  # fmt: skip


def _between(dropout: float, layers: int) -> float:
    """A single layer has nothing between layers, and torch warns of a dropout there."""
    return dropout if layers > 1 else 0.0
