"""What all nodes with weights have in common: how their weights begin, and which of them learn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from graph.lazy import nn, torch

SMALLEST = 2  # axes of a weight that can be drawn by its fan-in, or normalised


class Missized(ValueError):
    """Typed numbers that do not fit; ``shape`` is what the ``parameter`` that holds them should have."""

    def __init__(self, message: str, parameter: str, shape: tuple[int, ...]) -> None:
        super().__init__(message)
        self.parameter = parameter
        self.shape = shape


def resized(given: Any, shape: tuple[int, ...]) -> list[Any]:
    """Typed numbers in another shape: what lies within both stays, the rest is 0."""
    rows = given if isinstance(given, list) else []
    if len(shape) == 1:
        numbers = [each for each in rows[: shape[0]] if not isinstance(each, list)]
        return numbers + [0.0] * (shape[0] - len(numbers))
    return [resized(rows[n] if n < len(rows) else [], shape[1:]) for n in range(shape[0])]


def furnish(module: Any, params: Mapping[str, Any]) -> Any:
    """Apply the ``WEIGHT_PARAMETERS`` of a node to its module, and return it.

    Raises ValueError with a sentence where the weights of the module cannot be had like that.
    """
    if params["initial"] != "usual":
        with torch.no_grad():
            _begin(module, params)
    if params["normalised"] != "none":
        _normalise(module, params["normalised"])
    if params["frozen"] == "everything":
        module.requires_grad_(False)
    elif params["frozen"] == "biases":
        for _, bias in biases_in(module):
            bias.requires_grad_(False)
    return module


def _begin(module: Any, params: Mapping[str, Any]) -> None:
    method, size = params["initial"], params["initial_size"]
    for _, bias in biases_in(module):
        bias.zero_()
    if method == "as given":
        _put(_main_weight(module), params["given_weights"], "weights")
        if params["given_biases"]:
            _put(_main_bias(module), params["given_biases"], "biases")
        return
    simple: dict[str, Callable[[Any], Any]] = {
        "normal": lambda weight: nn.init.normal_(weight, std=abs(size)),
        "uniform": lambda weight: nn.init.uniform_(weight, -abs(size), abs(size)),
        "constant": lambda weight: nn.init.constant_(weight, size),
    }
    drawn: dict[str, Callable[[Any], Any]] = {
        "xavier uniform": nn.init.xavier_uniform_,
        "xavier normal": nn.init.xavier_normal_,
        "he uniform": lambda weight: nn.init.kaiming_uniform_(weight, nonlinearity="relu"),
        "he normal": lambda weight: nn.init.kaiming_normal_(weight, nonlinearity="relu"),
        "orthogonal": nn.init.orthogonal_,
        "identity": _identity,
    }
    for _, weight in weights_in(module):
        if method in simple:
            simple[method](weight)
        elif weight.dim() >= SMALLEST:
            drawn[method](weight)


def _identity(weight: Any) -> Any:
    return nn.init.eye_(weight) if weight.dim() == SMALLEST else nn.init.dirac_(weight)


def _put(place: Any, given: list[Any], what: str) -> None:
    """Write typed numbers into a parameter; the numbers alone may do without its shape."""
    values = torch.tensor(given, dtype=torch.float32, device="cpu")
    shape = tuple(place.shape)
    if tuple(values.shape) != shape and not (values.dim() == 1 and values.numel() == place.numel()):
        came = "×".join(map(str, values.shape)) if values.numel() else "none"
        words = f"The {what} are {'×'.join(map(str, shape))} numbers here; {came} are given."
        raise Missized(words, f"given_{what}", shape)
    if not place.is_meta:
        place.copy_(values.reshape(shape))


def _normalise(module: Any, how: str) -> None:
    name = next((name for name, weight in weights_in(module) if weight.dim() >= SMALLEST), "")
    if not name or "." in name:
        raise ValueError(f"A {how} goes by the rows of one matrix of weights, which this layer does not have.")
    wrap = nn.utils.parametrizations.weight_norm if how == "weight norm" else nn.utils.parametrizations.spectral_norm
    wrap(module, name)


def weights_in(module: Any) -> Iterator[tuple[str, Any]]:
    """The parameters of a module by their names, but the biases."""
    return ((name, each) for name, each in module.named_parameters() if "bias" not in name)


def biases_in(module: Any) -> Iterator[tuple[str, Any]]:
    """The biases of a module by their names."""
    return ((name, each) for name, each in module.named_parameters() if "bias" in name)


def _main_weight(module: Any) -> Any:
    found = [weight for _, weight in weights_in(module)]
    if len(found) != 1:
        raise ValueError(f"Weights can be given where there is one block of them; this layer has {len(found)}.")
    return found[0]


def _main_bias(module: Any) -> Any:
    found = [bias for _, bias in biases_in(module)]
    if len(found) != 1:
        raise ValueError("Biases are given, but this layer adds none: empty the list, or switch its bias on.")
    return found[0]
