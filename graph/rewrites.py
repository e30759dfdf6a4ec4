"""Rewrites of a slice that compute the same numbers with less work."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import torch
import torch.nn.functional as F
from torch import fx, nn


def relu_after_max_pool(module: fx.GraphModule) -> fx.GraphModule:
    """Move every ReLU that only a max-pool reads behind it, where a fraction of the pixels is left.

    Both are monotone, so max(relu(x)) = relu(max(x)), and the gradient reaches the same pixel: outputs and gradients
    are the same bit for bit. Changes the module in place and returns it.
    """
    for pool in list(module.graph.nodes):
        relu = _only_relu_before(module, pool)
        if relu is None:
            continue
        pool.replace_input_with(relu, relu.args[0])
        with module.graph.inserting_after(pool):
            after = module.graph.call_function(F.relu, (pool,))
        pool.replace_all_uses_with(after, delete_user_cb=lambda user, after=after: user is not after)
        module.graph.erase_node(relu)
    module.recompile()
    return module


def _only_relu_before(module: fx.GraphModule, pool: fx.Node) -> fx.Node | None:
    """The ReLU whose value nothing but this max-pool reads, or None."""
    if pool.op != "call_module" or not isinstance(module.get_submodule(str(pool.target)), nn.MaxPool2d):
        return None
    (before,) = pool.all_input_nodes
    is_relu = before.op == "call_function" and before.target is F.relu
    return before if is_relu and len(before.users) == 1 else None


def in_full_precision(module: fx.GraphModule, names: Collection[str]) -> fx.GraphModule:
    """Let the functions of these nodes compute in float32 under autocast too, as losses need it.

    Torch refuses a binary cross-entropy of bf16 numbers outright. Changes the module in place and returns it.
    """
    for node in module.graph.nodes:
        if node.op == "call_function" and node.name in names:
            node.target = _outside_autocast(node.target)
    module.recompile()
    return module


def _outside_autocast(function: Callable[..., Any]) -> Callable[..., Any]:
    def in_float32(*values: Any, **keywords: Any) -> Any:
        device = next(value.device.type for value in values if isinstance(value, torch.Tensor))
        with torch.autocast(device, enabled=False):
            return function(*map(_widened, values), **keywords)

    return in_float32


def _widened(value: Any) -> Any:
    return value.float() if isinstance(value, torch.Tensor) and value.is_floating_point() else value
