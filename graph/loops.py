"""The training function of exported source, and the main part that shows the network at work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import nn

from graph.bodies import Drawing
from graph.building import build
from graph.catalogue import Objective, Source
from graph.compiler import child_name, draw_of
from graph.document import Document, Port
from graph.expressions import Writer, literal
from graph.layers import CATALOGUE
from graph.plan import ObjectivePlan
from graph.settings import settings_of
from graph.specs import INTEGERS, TensorSpec

EXAMPLES = 256  # made-up examples that the file trains on until it is given real ones
AT_MOST = 1024  # of them, however large a batch is
BATCHES_WITHOUT_DATA = 100  # the length of an epoch where everything is drawn at random
RESERVED = {
    "self", "torch", "nn", "F", "DataLoader", "TensorDataset", "model", "data", "epochs", "batch_size", "device",
    "loader", "optimizer", "schedule", "steps", "epoch", "total", "loss", "train", "len", "print", "range", "_",
    "Path", "load_file", "load_model", "load_data",  # what an export adds
}  # fmt: skip


class LossMethod(NamedTuple):
    """A method of the network that computes the losses of one objective from source ports."""

    name: str
    plan: ObjectivePlan
    sources: list[Port]


class Loop:
    """The training of a document: what a loader gives and what the loop draws, and an optimiser an objective."""

    def __init__(
        self,
        document: Document,
        drawing: Drawing,
        writer: Writer,
        losses: Sequence[LossMethod],
        names: Mapping[Port, str],
    ) -> None:
        self._document = document
        self._drawing = drawing
        self._writer = writer
        self._losses = losses
        self._names = names
        self._settings = settings_of(document)
        ports = list(dict.fromkeys(port for loss in losses for port in loss.sources))
        made = {port: draw_of(document, port.owner, lambda source: {}) for port in ports}
        self._drawn: dict[Port, Source] = {port: source for port, source in made.items() if source.draw}
        self._fields = [port for port in ports if port not in self._drawn]

    def function(self) -> str:
        """The function ``train``."""
        given = ["model", *(["data"] if self._fields else [])]
        settings = [f"epochs={self._settings.epochs}", f"batch_size={self._settings.batch_size}", 'device="cpu"']
        lines = [f"def train({', '.join([*given, *settings])}):", f'    """{self._purpose()}"""']
        lines += [f"    {line}" for line in self._before()]
        lines += ["    for epoch in range(epochs):"]
        lines += [f"        {self._suffixed('total', loss)} = 0.0" for loss in self._losses]
        lines += [f"        for {self._batch()}:"]
        lines += [f"            {line}" for line in self._step()]
        return "\n".join([*lines, f"        {self._report()}"])

    def main(self, class_name: str) -> str:
        """The part that runs when the file does."""
        device = self._settings.device
        chosen = '"cuda" if torch.cuda.is_available() else "cpu"' if device == "auto" else literal(device)
        lines = ['if __name__ == "__main__":', f"    torch.manual_seed({self._settings.seed})"]
        if self._fields:
            size = self._settings.batch_size
            count = min(size, AT_MOST) * max(1, EXAMPLES // size)
            rows = [f"        {made_up(self._spec(port), count)},  # {self._names[port]}" for port in self._fields]
            lines += ["    # Random numbers stand in for real examples: put your own here."]
            lines += ["    data = TensorDataset(", *rows, "    )"]
        data = ", data" if self._fields else ""
        return "\n".join([*lines, f"    device = {chosen}", f"    train({class_name}(){data}, device=device)"])

    def _purpose(self) -> str:
        names = [self._names[port] for port in self._fields]
        if not names:
            return "Train on what is drawn at random."
        if len(names) == 1:
            return f"Train on a data set whose examples are tuples of one {names[0]}."
        return f"Train on a data set whose examples are tuples ({', '.join(names)})."

    def _before(self) -> Iterator[str]:
        yield "model.to(device).train()"
        if self._fields:
            yield "loader = DataLoader(data, batch_size, shuffle=True)"
        if any(self._objective(loss).schedule for loss in self._losses):
            yield f"steps = epochs * {'len(loader)' if self._fields else BATCHES_WITHOUT_DATA}"
        for loss in self._losses:
            made = self._objective(loss)
            optimizer = self._suffixed("optimizer", loss)
            yield f"{optimizer} = {self._optimizer(made, loss)}"
            if made.schedule:
                schedule = self._writer.expanded(made.schedule, [optimizer, "steps"])
                yield f"{self._suffixed('schedule', loss)} = {schedule}"

    def _batch(self) -> str:
        """What the inner loop goes over."""
        names = [self._names[port] for port in self._fields]
        if not names:
            return f"_ in range({BATCHES_WITHOUT_DATA})"
        return f"{', '.join(names)} in loader" if len(names) > 1 else f"({names[0]},) in loader"

    def _step(self) -> Iterator[str]:
        names = [self._names[port] for port in self._fields]
        count = f"len({names[0]})" if names else "batch_size"
        if names:
            yield f"{', '.join(names)} = {', '.join(f'{name}.to(device)' for name in names)}"
        for port, source in self._drawn.items():
            yield f"{self._names[port]} = {self._writer.draw(source, port.port).text([count, 'device'])}"
        for loss in self._losses:
            made, value = self._objective(loss), self._suffixed("loss", loss)
            optimizer = self._suffixed("optimizer", loss)
            yield f"{value} = model.{loss.name}({', '.join(self._names[port] for port in loss.sources)})"
            yield f"{optimizer}.zero_grad()"
            yield f"{value}.backward()"
            if made.clip_norm:
                yield f"nn.utils.clip_grad_norm_({self._parameters(loss)}, {literal(made.clip_norm)})"
            yield f"{optimizer}.step()"
            if made.schedule:
                yield f"{self._suffixed('schedule', loss)}.step()"
            yield f"{self._suffixed('total', loss)} += {value}.item() * {count}"

    def _report(self) -> str:
        examples = "len(data)" if self._fields else f"({BATCHES_WITHOUT_DATA} * batch_size)"
        means = [
            f"{loss.name.replace('_', ' ')} {{{self._suffixed('total', loss)} / {examples}:.4f}}"
            for loss in self._losses
        ]
        return f'print(f"epoch {{epoch + 1}}: {", ".join(means)}")'

    def _objective(self, loss: LossMethod) -> Objective:
        node = self._document.nodes[loss.plan.node] if loss.plan.node else None
        node_type = CATALOGUE[node.type if node else "objective"]
        made: Objective = build(node_type, node.params if node else {}, {})
        return made

    def _optimizer(self, made: Objective, loss: LossMethod) -> str:
        example = made.optimizer([nn.Parameter(torch.zeros(1))])
        return self._writer.optimizer(example, self._parameters(loss))

    def _parameters(self, loss: LossMethod) -> str:
        """What an objective trains: everything, or with several objectives the modules that lie upstream of each."""
        if len(self._losses) == 1:
            return "model.parameters()"
        modules = self._drawing.modules
        reached = [name for key in self._drawing.upstream(loss.plan.losses) if (name := child_name(key)) in modules]
        with_weights = [name for name in reached if any(True for _ in modules[name].parameters())]
        return f"[{', '.join(f'*model.{name}.parameters()' for name in with_weights)}]"

    def _suffixed(self, name: str, loss: LossMethod) -> str:
        """A local name, told apart where there are several objectives."""
        return name if len(self._losses) == 1 else f"{name}_of_{loss.plan.name}"

    def _spec(self, port: Port) -> TensorSpec:
        return self._drawing.specs[port]


def main_without_training(class_name: str, specs: Sequence[TensorSpec]) -> str:
    """The part that runs when the file of a network without a loss does: it computes once and shows what comes out."""
    inputs = ", ".join(made_up(spec, 2) for spec in specs)
    return "\n".join([
        'if __name__ == "__main__":',
        f"    model = {class_name}().eval()",
        "    with torch.inference_mode():",
        f"        print(model({inputs}))  # made-up numbers: put your own here",
    ])  # fmt: skip


def made_up(spec: TensorSpec, count: int) -> str:
    """Random examples of a spec, as Python text."""
    sizes = ", ".join(map(str, (count, *spec.shape)))
    if spec.dtype in INTEGERS:
        typed = "" if spec.dtype == "int64" else f", dtype=torch.{spec.dtype}"
        return f"torch.randint({spec.classes or 2}, ({sizes}{',' * (not spec.shape)}){typed})"
    return f"torch.rand({sizes}{'' if spec.dtype == 'float32' else f', dtype=torch.{spec.dtype}'})"
