"""Real examples before and after the nodes that change them: a slice of the drawing that ends where they do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from backend import data
from backend.data.preparation import AnyPreparation
from backend.data.preview_holding import hold
from backend.data.preview_views import smaller
from backend.data.registry import find_format
from backend.loading import asked_of
from backend.messages import Event, TriedOut, TryOut
from backend.newest import Newest
from backend.problems import INPUT, TrainProblem
from graph import files
from graph.compiler import compile_root, draw_of, make_slice, sources_of
from graph.document import MAIN, Document, NodeKey, Port
from graph.flat import flat_of
from graph.inference import analyse
from graph.layers import CATALOGUE
from graph.settings import settings_of
from graph.spoiling import arriving, chain_to, to_be_mended

LEAST_SHARE = 0.005  # of a class in a blend that is worth a word


class Examples(NamedTuple):
    """A few examples of a data node: each field as a network reads it, and how it was prepared."""

    fields: Mapping[str, torch.Tensor]
    preparation: Mapping[str, AnyPreparation]


class TryOuts:
    """Answers ``TryOut``; the examples are read once and kept."""

    def __init__(self, say: Callable[[Event], None]) -> None:
        self._kept: tuple[tuple[Any, ...], Examples] | None = None
        newest = Newest("tryout", self._answers, lambda asked, sentence: TriedOut(asked, error=sentence), say)
        self.ask: Callable[[TryOut], None] = newest.ask

    def _answers(self, command: TryOut) -> Iterator[TriedOut]:
        yield try_out(command, self._examples)

    def _examples(self, document: Document, key: NodeKey, count: int) -> Examples:
        asked = asked_of(document, key)
        source, seed = str(asked["source"]), settings_of(document).seed
        known = source, document.nodes[key].type, repr(asked), seed, count, _changed_at(source)
        if self._kept is None or self._kept[0] != known:
            self._kept = known, read_examples(source, document.nodes[key].type, asked, seed, count)
        return self._kept[1]


def read_examples(source: str, node_type: str, asked: Mapping[str, Any], seed: int, count: int) -> Examples:
    """The first examples of a data node, the classes taking turns. Raises DataError."""
    kind, name = find_format(source)
    if not kind.present(name):
        raise TrainProblem("The data is not on this machine yet: download it in the data panel.", INPUT)
    own = {key: value for key, value in CATALOGUE[node_type].own(asked).items() if key != "source"}
    holding = hold(kind, name, source, node_type, own, seed)
    rows, _ = holding.page(-1, 0, count)
    stored = {key: torch.from_numpy(np.ascontiguousarray(values)) for key, values in holding.read(rows).items()}
    return Examples({key: holding.preparation[key].apply(values) for key, values in stored.items()},
                    holding.preparation)  # fmt: skip


def try_out(command: TryOut, examples: Callable[[Document, NodeKey, int], Examples]) -> TriedOut:
    """The answer to ``TryOut``. Raises problems with a sentence each."""
    drawn = up_to(files.loads(command.document), NodeKey(command.network, command.node))
    flat = flat_of(drawn)
    key = next((key for key in flat.document.nodes if flat.origin(key) == (command.network, command.node)), None)
    if key is None:
        raise TrainProblem("The network of this node is placed nowhere, so no examples reach it.", INPUT)
    analysis = analyse(drawn, data.fields)
    for problem in analysis.errors:
        raise TrainProblem(problem.message, INPUT, problem.node)
    chain = chain_to(flat.document, key)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings_of(drawn).seed)
        root = compile_root(drawn, analysis)
        trial = _Trial(command, flat.document, chain, examples)
        module = make_slice(drawn, root, trial.targets).train()
        given = trial.given(sources_of(module))
        torch.manual_seed(command.seed)
        with torch.inference_mode():
            found = module(*given)
    return trial.answer(dict(zip(trial.targets, found)), [flat.origin(each).node for each in chain])


class _Trial:
    """What goes into the slice and what is made of what comes out."""

    def __init__(self, command: TryOut, document: Document, chain: Sequence[NodeKey],
                 examples: Callable[[Document, NodeKey, int], Examples]) -> None:  # fmt: skip
        self._command, self._document, self._examples = command, document, examples
        types = [CATALOGUE[document.nodes[each].type] for each in chain]
        mending = (each for each, kind in zip(chain, types) if to_be_mended(kind, document.nodes[each].params))
        self._before, self._aim = arriving(document, chain[0]), arriving(document, next(mending, chain[0]))
        self.mends = any(to_be_mended(kind, document.nodes[each].params) for each, kind in zip(chain, types))
        if self._before is None or self._aim is None:
            raise TrainProblem("Nothing is wired to it, so there is nothing to change.", INPUT)
        self._after = Port(*chain[-1], types[-1].outputs[0])
        outputs = [Port(*chain[-1], name) for name in types[-1].outputs]
        self._blend = next((port for port in outputs if port.port == "target"), None)
        extra = [self._blend] if self._blend else []
        self.targets = list(dict.fromkeys([self._before, self._aim, self._after, *extra]))
        self._preparation: AnyPreparation | None = None
        self._examined = command.count

    def given(self, sources: Sequence[Port]) -> list[torch.Tensor]:
        """What the slice is called with: every example as often as it is drawn."""
        found, generator = [], torch.Generator().manual_seed(self._command.seed)
        for port in sources:
            source = draw_of(self._document, port.owner, data.fields)
            if source.draw is not None:
                drawn = source.draw(self._command.count * self._command.draws, generator, torch.device("cpu"))
                found.append(drawn[port.port])
                continue
            own = self._of_data(port)
            self._examined = min(self._examined, len(own))
            found.append(own.repeat(self._command.draws, *(1 for _ in own.shape[1:])))
        return found

    def _of_data(self, port: Port) -> torch.Tensor:
        typed = draw_of(self._document, port.owner, lambda _: {})
        if typed.rows is not None:
            given = data.given(typed.specs, typed.rows)
            return given.batch("train", slice(0, self._command.count))[port.port]
        examples = self._examples(self._document, port.owner, self._command.count)
        values = examples.fields[port.port]
        if values.dim() == 4 and self._preparation is None:
            self._preparation = examples.preparation[port.port]
        return values

    def answer(self, found: Mapping[Port, torch.Tensor], chain: Sequence[str]) -> TriedOut:
        assert self._before is not None
        assert self._aim is not None
        if found[self._before].dim() != 4:
            raise TrainProblem("It changes no pictures here, and only those are shown.", INPUT)
        shown = [self._pictures(found[port]) for port in (self._before, self._after, self._aim)]
        before, after, aims = (self._by_draw(each) for each in shown)
        words = self._by_draw(shares(found[self._blend])) if self._blend else ()
        return TriedOut(self._command, "", before[0], after, aims if self._aim != self._before else (), self.mends,
                        words, tuple(chain))  # fmt: skip

    def _by_draw(self, items: Sequence[Any]) -> tuple[Any, ...]:
        step = self._examined
        return tuple(tuple(items[start : start + step]) for start in range(0, len(items), step))

    def _pictures(self, values: torch.Tensor) -> list[np.ndarray]:
        bright = self._brightness(values.float())
        small = smaller(bright[:, :3].numpy() if bright.shape[1] >= 3 else bright[:, :1].numpy())
        made = np.round(np.clip(small, 0, 1) * 255).astype(np.uint8)
        return [np.ascontiguousarray(each[0] if len(each) == 1 else each.transpose(1, 2, 0)) for each in made]

    def _brightness(self, values: torch.Tensor) -> torch.Tensor:
        """From 0 to 1; of pictures that have lost their colours, as light as their channels were."""
        preparation = self._preparation
        if preparation is None:
            return values
        channels = len(getattr(preparation, "shift", ())) or 1
        if values.shape[1] == 1 and channels > 1:
            return preparation.picture(values.expand(-1, channels, -1, -1)).mean(1, keepdim=True)
        return preparation.picture(values)


def shares(target: torch.Tensor) -> list[str]:
    """A blend of classes in words, the greatest share first: ``3 62% 8 38%``."""
    if target.dim() != 2:
        return [""] * len(target)
    told = []
    for each in target:
        order = each.argsort(descending=True)[:2].tolist()
        told.append(" ".join(f"{n} {each[n]:.0%}" for n in order if float(each[n]) > LEAST_SHARE))
    return told


def up_to(document: Document, key: NodeKey) -> Document:
    """A document of what stands upstream of a node, in whatever placed network it stands, so that only that is read."""
    flat = flat_of(document)
    place = next((at for at in flat.document.nodes if flat.origin(at) == key), key)
    outer = NodeKey(MAIN, place.node.partition(".")[0])
    inputs = document.derived("inputs", Document.inputs_by_node)
    needed: set[NodeKey] = set()
    stack = [outer]
    while stack:
        each = stack.pop()
        if each not in needed and each in document.nodes:
            needed.add(each)
            stack += [port.owner for port in inputs[each].values()]
    needed |= {each for each in document.nodes if each.network != MAIN}
    tables = document.snapshot()
    tables["nodes"] = {at: node for at, node in document.nodes.items() if at in needed}
    tables["wires"] = {at: wire for at, wire in document.wires.items() if at.owner in needed}
    return Document.of(tables)


def _changed_at(source: str) -> int:
    """When a file changed last; 0 for what is no file."""
    try:
        return Path(source).stat().st_mtime_ns
    except (OSError, ValueError):
        return 0
