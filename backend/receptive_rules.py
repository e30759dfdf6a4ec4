"""What operations read, whatever the numbers are: from marks on what came out to marks on what went in."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import torch

Tensor = torch.Tensor
Reached = Iterable[tuple[Any, Tensor]]  # what an operation reads, and the marks upon it

ELEMENTS = {"_to_copy", "clone", "contiguous", "detach", "alias", "lift_fresh", "lift", "_prelu_kernel", "dropout"}
FRESH = {"new_empty", "new_zeros", "new_ones", "new_full", "empty_like", "zeros_like", "ones_like", "full_like",
         "new_empty_strided", "rand_like", "randn_like", "bernoulli", "fill", "zero"}  # fmt: skip
PLACES = {
    "view", "_unsafe_view", "reshape", "_reshape_alias", "permute", "transpose", "t", "unsqueeze", "squeeze", "expand",
    "slice", "select", "cat", "stack", "split", "split_with_sizes", "unsafe_split", "unsafe_split_with_sizes",
    "unsafe_chunk", "unbind", "constant_pad_nd", "reflection_pad1d", "reflection_pad2d", "reflection_pad3d",
    "replication_pad1d", "replication_pad2d", "replication_pad3d", "flip", "roll", "pixel_shuffle", "pixel_unshuffle",
    "channel_shuffle", "repeat", "im2col", "unfold", "tril", "triu", "diagonal", "upsample_nearest1d",
    "upsample_nearest2d", "upsample_nearest3d", "upsample_linear1d", "upsample_bilinear2d", "upsample_trilinear3d",
    "upsample_bicubic2d", "_upsample_bilinear2d_aa", "_upsample_bicubic2d_aa", "_upsample_nearest_exact1d",
    "_upsample_nearest_exact2d", "index_select", "index", "gather", "take_along_dim",
}  # fmt: skip
INDEXED = {"index_select", "index", "gather", "take_along_dim"}  # what they read first is arranged, the rest are places
OVER = {"sum", "mean", "amax", "amin", "max", "min", "var", "std", "var_mean", "std_mean", "argmax", "argmin", "prod",
        "any", "all", "logsumexp", "linalg_vector_norm", "norm", "median", "nansum", "count_nonzero"}  # fmt: skip
ALONG = {"_softmax", "_log_softmax", "_safe_softmax", "cumsum", "cumprod", "cummax", "cummin", "sort", "topk",
         "logcumsumexp"}  # fmt: skip


class Step(NamedTuple):
    """One operation as it was run."""

    operation: Any
    arguments: dict[str, Any]
    made: tuple[Tensor, ...]

    @property
    def name(self) -> str:
        return str(self.operation.overloadpacket.__name__)


Marks = Sequence["Tensor | None"]
Rule = Callable[[Step, Marks], Reached]


def rule_of(step: Step) -> Rule:
    name = step.name
    plain = name.rstrip("_")
    if name in RULES or plain in RULES:
        return RULES[name if name in RULES else plain]
    if plain in FRESH:
        return _nothing
    if name in ELEMENTS or torch.Tag.pointwise in step.operation.tags:
        return _elements
    if plain in PLACES:
        return _places
    if plain in OVER:
        return _over
    return _along if plain in ALONG else everything


def _first(marks: Marks) -> Tensor:
    """All marks of several outputs of one shape together, of which a later one may lack its marks."""
    there = [each for each in marks if each is not None]
    found = there[0]
    for each in there[1:]:
        found = found | each if each.shape == found.shape else found
    return found


def _elements(step: Step, marks: Marks) -> Reached:
    """Each number reads the numbers at its own place; smaller shapes are spread."""
    mark = _first(marks)
    for value in tensors_in(step.arguments):
        yield value, (mark.float().sum_to_size(value.shape) > 0 if value.shape != mark.shape else mark)


def _places(step: Step, marks: Marks) -> Reached:
    """Numbers that are arranged, or mixed with weights of one sign: the gradient says what goes where."""
    arguments = dict(step.arguments)
    names = list(arguments)
    moved = {name: arguments[name] for name in (names[:1] if step.name in INDEXED else names)}
    leaves: list[tuple[Tensor, Tensor]] = []

    def stand_in(value: Any) -> Any:
        if isinstance(value, Tensor):
            leaves.append((value, torch.zeros(value.shape, device=value.device, requires_grad=True)))
            return leaves[-1][1].clone()  # some are arranged in place
        return type(value)(map(stand_in, value)) if isinstance(value, list | tuple) else value

    with torch.enable_grad():
        arguments |= {name: stand_in(value) for name, value in moved.items()}
        operation = torch.ops.aten.reshape.default if step.name in RESHAPING else step.operation
        if step.name in RESHAPING:
            arguments = dict(zip(("self", "shape"), arguments.values()))
        made = tuple(tensors_in(operation(*_positional(operation, arguments), **_keywords(operation, arguments))))
        wanted = [(out, mark.float()) for out, mark in zip(made, marks) if mark is not None]
        found = torch.autograd.grad([out for out, _ in wanted], [leaf for _, leaf in leaves],
                                    [mark for _, mark in wanted], allow_unused=True)  # fmt: skip
    for (value, _), gradient in zip(leaves, found):
        if gradient is not None:
            yield value, gradient != 0
    if step.name == "gather":
        yield step.arguments["index"], _first(marks)


RESHAPING = {"view", "_unsafe_view", "_reshape_alias"}


def _turned(step: Step, marks: Marks) -> Reached:
    """Axes swapped in place: the tensor that is remembered has its later shape."""
    yield step.arguments["self"], _first(marks).transpose(step.arguments["dim0"], step.arguments["dim1"])


def _over(step: Step, marks: Marks) -> Reached:
    """Every number that is left reads all along the axes that are gone."""
    value, mark = next(tensors_in(step.arguments)), _first(marks)
    axes = _axes(step, value.dim())
    if not step.arguments.get("keepdim") and mark.dim() < value.dim():
        for axis in sorted(axes):
            mark = mark.unsqueeze(axis)
    yield value, mark.expand(value.shape)


def _along(step: Step, marks: Marks) -> Reached:
    """Every number reads all along an axis."""
    value = next(tensors_in(step.arguments))
    yield value, _spread(_first(marks), _axes(step, value.dim()), value.shape)


def _axes(step: Step, dimensions: int) -> list[int]:
    axis: Any = step.arguments.get("dim")
    every = axis is None or axis == []
    axes: list[int] = list(range(dimensions)) if every else [axis] if isinstance(axis, int) else list(axis)
    return [each % max(dimensions, 1) for each in axes]


def _spread(mark: Tensor, axes: Sequence[int], shape: Sequence[int]) -> Tensor:
    for axis in axes:
        mark = mark.any(axis, keepdim=True)
    return mark.expand(tuple(shape))


def _product(step: Step, marks: Marks) -> Reached:
    """Matrices: a number reads its row of the first and its column of the second."""
    mark = _first(marks)
    names = [name for name in ("self", "mat1", "batch1", "mat2", "batch2") if name in step.arguments]
    *more, one, other = (step.arguments[name] for name in names)
    if more:
        yield more[0], mark.float().sum_to_size(more[0].shape) > 0
    yield one, mark.any(-1, keepdim=True).expand(one.shape)
    yield other, mark.any(-2, keepdim=True).expand(other.shape)


def _copy(step: Step, marks: Marks) -> Reached:
    """What is written over something reads nothing of it."""
    yield step.arguments["src"], _first(marks).float().sum_to_size(step.arguments["src"].shape) > 0


def _nothing(step: Step, marks: Marks) -> Reached:
    return ()


def _embedding(step: Step, marks: Marks) -> Reached:
    yield step.arguments["indices"], _first(marks).any(-1)


def _layer_norm(step: Step, marks: Marks) -> Reached:
    value = step.arguments["input"]
    count = len(step.arguments["normalized_shape"])
    mark = next(each for each in marks if each is not None)
    yield value, _spread(mark, range(value.dim() - count, value.dim()), value.shape)


def _group_norm(step: Step, marks: Marks) -> Reached:
    value, groups = step.arguments["input"], int(step.arguments["group"])
    mark = next(each for each in marks if each is not None).reshape(len(value), groups, -1).any(-1, keepdim=True)
    yield value, mark.expand(-1, -1, value[0].numel() // groups).reshape(value.shape)


def _batch_norm(step: Step, marks: Marks) -> Reached:
    """With the numbers of the training each by itself, else over the batch and all places of a channel."""
    value, mark = step.arguments["input"], next(each for each in marks if each is not None)
    mixes = bool(step.arguments.get("training", False))
    yield value, _spread(mark, [0, *range(2, value.dim())], value.shape) if mixes else mark


def _convolution(step: Step, marks: Marks) -> Reached:
    value, groups, mark = step.arguments["input"], int(step.arguments["groups"]), _first(marks)
    size, kernel = value.shape[2:], step.arguments["weight"].shape[2:]
    each = {name: _each(step.arguments[name], len(size)) for name in ("stride", "padding", "dilation")}
    grouped = narrow(mark) if groups == 1 else mark.reshape(len(mark), groups, -1, *mark.shape[2:])
    grouped = grouped.any(1, keepdim=True) if groups == 1 else grouped.any(2)
    for axis, side in enumerate(size):
        numbers = kernel[axis], each["stride"][axis], each["padding"][axis], each["dilation"][axis]
        out = mark.shape[2 + axis]
        reach = windows(side, out, *numbers).T if step.arguments["transposed"] else windows(out, side, *numbers)
        grouped = _through(grouped, 2 + axis, reach)
    channels = value.shape[1] // groups
    if groups == 1:
        yield value, grouped.expand(value.shape)
        return
    yield value, grouped.unsqueeze(2).expand(-1, -1, channels, *size).reshape(value.shape)


def _pool(step: Step, marks: Marks) -> Reached:
    value, mark = next(tensors_in(step.arguments)), narrow(_first(marks))
    axes = len(step.arguments["kernel_size"])
    kernel = _each(step.arguments["kernel_size"], axes)
    stride = _each(step.arguments.get("stride") or kernel, axes)
    padding, dilation = (_each(step.arguments.get(n, d), axes) for n, d in (("padding", [0]), ("dilation", [1])))
    for axis in range(axes):
        at = value.dim() - axes + axis
        reach = windows(mark.shape[at], value.shape[at], kernel[axis], stride[axis], padding[axis], dilation[axis])
        mark = _through(mark, at, reach)
    yield value, mark.expand(value.shape)


def _adaptive(step: Step, marks: Marks) -> Reached:
    value, mark = next(tensors_in(step.arguments)), _first(marks)
    sizes = step.arguments["output_size"]
    for at in range(value.dim() - len(sizes), value.dim()):
        side, count = value.shape[at], mark.shape[at]
        places = torch.arange(side)
        reach = torch.stack([(places >= n * side // count) & (places < math.ceil((n + 1) * side / count))
                             for n in range(count)])  # fmt: skip
        mark = _through(mark, at, reach)
    yield value, mark


def everything(step: Step, marks: Marks) -> Reached:
    """What is not known may read all of every example."""
    for value in tensors_in(step.arguments):
        yield value, torch.ones(value.shape, dtype=torch.bool, device=value.device)


def windows(count: int, side: int, kernel: int, stride: int, padding: int, dilation: int) -> Tensor:
    """Which places of an axis each window covers, (windows, places): n·stride − padding + k·dilation for k < kernel."""
    first = torch.arange(count)[:, None] * stride - padding
    steps = torch.arange(side)[None] - first
    return (steps >= 0) & (steps <= (kernel - 1) * dilation) & (steps % dilation == 0)


def _through(mark: Tensor, axis: int, reach: Tensor) -> Tensor:
    """Marks carried back along one axis by (marks, places)."""
    last = mark.movedim(axis, -1)
    there = last.reshape(-1, last.shape[-1]).any(0).nonzero()[:, 0]  # few of them, most often
    return (last[..., there].float() @ reach.to(mark.device)[there].float()).movedim(-1, axis) > 0


def narrow(mark: Tensor) -> Tensor:
    """The marks of one channel where those of all are the same by their making, so that each is carried back once."""
    return mark[:, :1] if mark.dim() > 2 and mark.shape[1] > 1 and mark.stride(1) == 0 else mark


def _each(value: Any, count: int) -> list[int]:
    numbers = [value] if isinstance(value, int) else list(value)
    return numbers * count if len(numbers) == 1 else numbers


RULES: dict[str, Rule] = {
    "convolution": _convolution, "max_pool2d_with_indices": _pool, "max_pool3d_with_indices": _pool,
    "max_pool1d": _pool, "max_pool2d": _pool, "max_pool3d": _pool,
    "avg_pool1d": _pool, "avg_pool2d": _pool, "avg_pool3d": _pool, "_adaptive_avg_pool2d": _adaptive,
    "_adaptive_avg_pool3d": _adaptive, "adaptive_avg_pool1d": _adaptive, "adaptive_max_pool2d": _adaptive,
    "adaptive_max_pool3d": _adaptive, "mm": _product, "bmm": _product, "addmm": _product, "baddbmm": _product,
    "copy": _copy, "transpose_": _turned, "embedding": _embedding,
    "native_layer_norm": _layer_norm, "_fused_rms_norm": _layer_norm,
    "native_group_norm": _group_norm, "native_batch_norm": _batch_norm, "cudnn_batch_norm": _batch_norm,
    "_native_batch_norm_legit_no_training": _batch_norm, "_native_batch_norm_legit": _batch_norm,
}  # fmt: skip


# -- arguments --------------------------------------------------------------------------------------------------------


def tensors_in(value: Any) -> Iterator[Any]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, list | tuple):
        for each in value:
            yield from tensors_in(each)
    elif isinstance(value, dict):
        yield from tensors_in(list(value.values()))


def named(operation: Any, args: Sequence[Any], keywords: dict[str, Any]) -> dict[str, Any]:
    """Arguments by the names of the schema, those that were left out with their defaults."""
    declared = operation._schema.arguments
    found = {each.name: value for each, value in zip(declared, args)} | keywords
    return {each.name: found.get(each.name, each.default_value) for each in declared}


def _positional(operation: Any, arguments: dict[str, Any]) -> list[Any]:
    return [arguments[each.name] for each in operation._schema.arguments if not each.kwarg_only]


def _keywords(operation: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    return {each.name: arguments[each.name] for each in operation._schema.arguments if each.kwarg_only}
