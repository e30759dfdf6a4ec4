"""One node by itself: built from its declaration, and run on torch's meta device to see what comes out."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from graph.analysis import NodeReport
from graph.catalogue import FIELDS, Input, NodeType, Source
from graph.document import port_order
from graph.layers import CATALOGUE
from graph.lazy import torch
from graph.mending import explain
from graph.specs import INTEGERS, TensorSpec
from graph.weights import Missized, furnish
from graph.wiring import misfit

Fields = Callable[[str], Mapping[str, TensorSpec]]
Shapes = tuple[tuple[str, tuple[int, ...]], ...]
BATCH = 2  # batch norm refuses one


class Misfit(ValueError):
    """Why a node cannot take what arrives; ``port`` is the input at fault, "" for the whole node.

    ``shape`` is what the list of numbers in ``parameter`` should have, where that is the fault.
    """

    def __init__(
        self, message: str, port: str = "", insert: str = "", parameter: str = "", shape: tuple[int, ...] = ()
    ) -> None:
        super().__init__(message)
        self.port = port
        self.insert = insert
        self.parameter = parameter
        self.shape = shape


class Known(NamedTuple):
    """What is known of one node: its report, and the shapes of its weights with the kind of module they belong to."""

    report: NodeReport
    shapes: Shapes


def infer(
    node_type: NodeType, params: Mapping[str, Any], arriving: Mapping[str, TensorSpec], fields: Fields
) -> NodeReport:
    """Specs and parameter count of one node. Raises Misfit or DataError with a sentence."""
    return known_of(node_type, params, arriving, fields).report


def known_of(
    node_type: NodeType, params: Mapping[str, Any], arriving: Mapping[str, TensorSpec], fields: Fields
) -> Known:
    """``infer``, with the shapes of the weights."""
    if node_type.kind == "source":
        return Known(NodeReport(dict(build_source(node_type, params, fields).specs)), ())
    for port, spec in arriving.items():
        check_port(node_type, port, spec)
    result = _infer(node_type.name, hashable(node_type.complete(params)), tuple(arriving.items()))
    if isinstance(result, Misfit):
        raise result
    return result


def check_port(node_type: NodeType, port: str, spec: TensorSpec) -> None:
    """Raise Misfit where a port is not made for what arrives."""
    declared = node_type.input(port)
    if declared and (unfit := misfit(declared, spec)):
        raise Misfit(unfit.sentence, port, unfit.insert)


def build_source(node_type: NodeType, params: Mapping[str, Any], fields: Fields) -> Source:
    values = node_type.complete(params)
    if FIELDS in inspect.signature(node_type.build).parameters:
        values[FIELDS] = fields
    source: Source = node_type.build(**values)
    return source


def build(node_type: NodeType, params: Mapping[str, Any], arriving: Mapping[str, TensorSpec]) -> Any:
    """Call a declaration with the specs that arrive: an ``nn.Module``, a function or an ``Objective``."""
    made = node_type.build(*arguments(node_type.inputs, arriving), **node_type.own(params))
    return furnish(made, node_type.complete(params)) if node_type.weights else made


def arguments(inputs: Sequence[Input], values: Mapping[str, Any]) -> list[Any]:
    """Values by port in the order of the declaration; None for an optional one that is not wired."""
    found: list[Any] = []
    for declared in inputs:
        if declared.growing:
            ports = sorted((p for p in values if p.partition(".")[0] == declared.name), key=port_order)
            found.extend(values[port] for port in ports)
        else:
            found.append(values.get(declared.name))
    return found


@lru_cache(maxsize=65536)
def _infer(
    name: str, params: tuple[tuple[str, Any], ...], arriving: tuple[tuple[str, TensorSpec], ...]
) -> Known | Misfit:
    node_type, specs = CATALOGUE[name], dict(arriving)
    try:
        return _run(node_type, mutable(params), specs)
    except Misfit as misfit:
        return misfit
    except Missized as error:
        return Misfit(str(error), parameter=error.parameter, shape=error.shape)
    except ValueError as error:
        return Misfit(str(error))
    except (RuntimeError, TypeError, IndexError, AssertionError) as error:
        return Misfit(explain(str(error), specs))


def _run(node_type: NodeType, params: Mapping[str, Any], specs: Mapping[str, TensorSpec]) -> Known:
    with torch.device("meta"):
        made = build(node_type, params, specs)
        if node_type.kind == "objective":
            return Known(NodeReport({}), ())
        tensors = {port: _meta(spec) for port, spec in specs.items()}
        result = made(*arguments(node_type.inputs, tensors))
    found = result if isinstance(result, tuple) else (result,)
    classes = _classes(node_type, params, specs)
    outputs = {port: _spec(value, node_type, classes) for port, value in zip(node_type.outputs, found)}
    if not isinstance(made, torch.nn.Module):
        return Known(NodeReport(outputs), ())
    shapes = tuple((f"{type(made).__name__}.{name}", tuple(each.shape)) for name, each in made.named_parameters())
    count = sum(each.numel() for each in made.parameters() if each.requires_grad)
    return Known(NodeReport(outputs, count), shapes)


def _meta(spec: TensorSpec) -> Any:
    shape = (BATCH, *spec.shape) if spec.batched else spec.shape
    return torch.empty(shape, dtype=getattr(torch, spec.dtype), device="meta")


def _classes(node_type: NodeType, params: Mapping[str, Any], specs: Mapping[str, TensorSpec]) -> int:
    """How many different whole numbers come out; 0 where it is not known."""
    if node_type.classes:
        return node_type.classes(*arguments(node_type.inputs, specs), **node_type.own(params))
    arriving = [spec.classes for spec in specs.values() if spec.dtype in INTEGERS]
    return max(arriving, default=0) if all(arriving) else 0


def _spec(value: Any, node_type: NodeType, classes: int) -> TensorSpec:
    shape, dtype = tuple(value.shape), str(value.dtype).removeprefix("torch.")
    if node_type.kind == "loss" and not shape:
        return TensorSpec((), dtype, batched=False)
    if not shape or shape[0] != BATCH:
        raise Misfit("It does not keep the examples of a batch apart: the first axis has to stay as it is.")
    return TensorSpec(shape[1:], dtype, classes=classes if dtype in INTEGERS else 0)


def hashable(params: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    """Parameters as a key of caches."""
    return tuple(sorted((name, _tuples(value)) for name, value in params.items()))


def mutable(params: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
    """Parameters from their key."""
    return {name: _lists(value) for name, value in params}


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _lists(value: Any) -> Any:
    return list(map(_lists, value)) if isinstance(value, tuple) else value
