"""The score of one class or value of an output, as a function of one thing that a network reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import fx, nn

from backend.loading import Model
from backend.problems import INPUT, TrainProblem
from graph.document import NodeKey, Port
from graph.flat import flat_of
from graph.inference import ordered
from graph.plan import OutputPlan, sources
from graph.specs import Meaning

Tensor = torch.Tensor
SQUASHES = ("softmax", "log_softmax", "sigmoid")
MEAN_OF = 256  # training examples


class Overridden(fx.Interpreter):
    """Runs a slice with the values of some of its nodes given."""

    def __init__(self, module: fx.GraphModule, given: Mapping[str, Tensor]) -> None:
        super().__init__(module)
        self._given = given

    def run_node(self, n: fx.Node) -> Any:
        return self._given[n.name] if n.name in self._given else super().run_node(n)


@dataclass(frozen=True)
class Scored:
    """Something to explain.

    port: that carries the scores; ``before`` whether a softmax or sigmoid comes after it
    plan: the output that it is about
    """

    model: Model
    plan: OutputPlan
    port: Port
    before: bool

    @property
    def count(self) -> int:
        """How many classes or values there are to explain."""
        shape = self.model.root.specs[self.port].shape
        if not shape:
            return 2 if self.plan.kind == "classes" else 1
        count = shape[-1] if len(shape) == 2 else shape[0]
        return 2 if count == 1 and len(shape) == 1 and self.plan.kind == "classes" else count

    def likeliest(self, values: Tensor) -> int:
        """The class with the greatest score, of one example; the first value where there are no classes."""
        if self.plan.kind != "classes":
            return 0
        each = torch.stack([self.of(values, target)[0] for target in range(self.count)])
        return int(each.argmax())

    def of(self, values: Tensor, target: int) -> Tensor:
        """The score of a class or value for each example, (batch,); of many places the mean.

        A single number speaks for the second of two classes, and against the first.
        """
        shape = self.model.root.specs[self.port].shape
        if len(shape) <= 1 and values[0].numel() == 1:
            own = values.reshape(len(values)).float()
            return -own if self.plan.kind == "classes" and target == 0 else own
        own = values[..., target] if len(shape) == 2 else values[:, target]
        return own.reshape(len(own), -1).float().mean(1)


def scored(model: Model, plan: OutputPlan) -> Scored:
    """What is explained of an output: of classes their scores, before they are squeezed into probabilities."""
    flat = flat_of(model.document)
    port, nodes = plan.port, flat.document.nodes
    inside = flat.document.inputs_of(port.owner).get("x") if nodes[port.owner].type == "output" else None
    port = inside or port
    if plan.kind == "classes" and nodes[port.owner].type in SQUASHES:
        squeezed = flat.document.inputs_of(port.owner).get("x")
        if squeezed is not None:
            return Scored(model, plan, squeezed, True)
    return Scored(model, plan, port, False)


class Entry:
    """Where a source enters a network: as numbers that gradients can be taken of, the vectors of embeddings for words.

    Calling it with a batch of such numbers gives the scores, everything else being as given.
    """

    def __init__(self, about: Scored, source: Port, given: Mapping[Port, Tensor], target: int) -> None:
        self.about, self.source, self.target = about, source, target
        self._given = given
        self._module = about.model.slice([about.port])
        self._reads = about.model.sources([about.port])
        self.whole = given[source].is_floating_point()
        self._embedded = [] if self.whole else _embeddings(self._module, self._placeholder)
        if not self.whole and not self._embedded:
            raise TrainProblem(f"“{source.port}” holds whole numbers that no embedding reads, so there are no "
                               "gradients: choose occlusion, which needs none.", INPUT)  # fmt: skip

    @property
    def _placeholder(self) -> str:
        nodes = [node for node in self._module.graph.nodes if node.op == "placeholder"]
        return str(nodes[self._reads.index(self.source)].name)

    def start(self) -> Tensor:
        """What enters of the example: its numbers, (1, …), or the vectors of its words, one embedding after another."""
        if self.whole:
            return self._given[self.source]
        with torch.no_grad():
            return torch.cat([embedding(self._given[self.source]) for _, embedding in self._embedded], dim=-1)

    def baseline(self, kind: str) -> Tensor:
        """What stands for nothing: zeros, or the mean of training examples or of all words."""
        start = self.start()
        if kind == "zero":
            return torch.zeros_like(start)
        if not self.whole:
            means = [embedding.weight.detach().mean(0) for _, embedding in self._embedded]
            return torch.cat(means).expand_as(start).clone()
        return mean_of(self.about.model, self.source).to(start)

    def __call__(self, x: Tensor) -> Tensor:
        values = {port: value.expand(len(x), *value.shape[1:]) for port, value in self._given.items()}
        overridden: dict[str, Tensor] = {}
        if self.whole:
            values[self.source] = x
        else:
            sizes = [int(embedding.embedding_dim) for _, embedding in self._embedded]
            overridden = dict(zip((name for name, _ in self._embedded), torch.split(x, sizes, dim=-1)))
        made = Overridden(self._module, overridden).run(*(values[port] for port in self._reads))
        return self.about.of(made, self.target)


def plainly(about: Scored, source: Port, given: Mapping[Port, Tensor], target: int) -> Any:
    """The scores as a function of a batch of a source, whatever numbers it holds, without gradients."""
    module, reads = about.model.slice([about.port]), about.model.sources([about.port])

    def score(x: Tensor) -> Tensor:
        values = {port: value.expand(len(x), *value.shape[1:]) for port, value in given.items()} | {source: x}
        return about.of(module(*(values[port] for port in reads)), target)

    return score


def mean_of(model: Model, source: Port) -> Tensor:
    """The mean of the first training examples of a field, as a batch of one."""
    from backend.examples import rows

    count = min(MEAN_OF, model.stage("train").examples)
    return rows(model, [source], "train", 0, count)[source].float().mean(0, keepdim=True)


def before(model: Model, port: Port, meaning: Meaning = "image") -> list[Port]:
    """Every port with maps on the way to a port, in the order in which they are computed.

    meaning: whether maps of pictures are meant ("image"), or those over the steps of a sequence ("sequence")
    """
    flat = flat_of(model.document).document
    wired = flat.inputs_by_node()
    found, stack = set[NodeKey](), [port.owner]
    while stack:
        key = stack.pop()
        if key not in found:
            found.add(key)
            stack += [each.owner for each in wired[key].values()]
    place = {key: number for number, key in enumerate(ordered(flat))}
    maps = [each for each, spec in model.root.specs.items() if each.owner in found and spec.meaning == meaning]
    return sorted(maps, key=lambda each: place[each.owner])


def last_convolution(model: Model, port: Port, meaning: Meaning = "image") -> Port | None:
    """The last port that a convolution gives on the way to another, else the last with maps that no source gives."""
    nodes = flat_of(model.document).document.nodes
    given = set(sources(model.document))
    inner = [each for each in before(model, port, meaning) if each.owner not in given and each != port]
    convolutions = [each for each in inner if "conv" in nodes[each.owner].type]
    last = convolutions or inner
    return last[-1] if last else None


def _embeddings(module: fx.GraphModule, placeholder: str) -> list[tuple[str, nn.Embedding]]:
    """The nodes of a slice that look the numbers of a source up, and with what."""
    found = []
    for node in module.graph.nodes:
        if node.op == "call_module" and any(each.name == placeholder for each in node.all_input_nodes):
            made = module.get_submodule(str(node.target))
            if isinstance(made, nn.Embedding):
                found.append((str(node.name), made))
    return found
