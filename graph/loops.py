"""The training function of exported source, and the main part that shows the network at work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from graph.catalogue import Source
from graph.compiler import draw_of
from graph.document import Document, Port
from graph.drawings import Drawing, carriers
from graph.expressions import Writer
from graph.makers import literal
from graph.settings import settings_of
from graph.specs import INTEGERS, TensorSpec
from graph.updates import LossMethod as LossMethod
from graph.updates import Update, indented
from graph.updates import results_of as results_of

EXAMPLES = 256  # made-up examples that the file trains on until it is given real ones
AT_MOST = 1024  # of them, however large a batch is
BATCHES_WITHOUT_DATA = 100  # the length of an epoch where everything is drawn at random
RESERVED = {
    "self", "torch", "nn", "F", "DataLoader", "TensorDataset", "model", "data", "epochs", "batch_size", "device",
    "loader", "optimizer", "schedule", "steps", "epoch", "total", "loss", "train", "len", "print", "range", "_",
    "iteration", "first", "last", "parameters", "plateau", "closure", "squares", "products", "more", "seen", "min",
    "max", "round",
    "Path", "load_file", "load_model", "load_data",  # what an export adds
}  # fmt: skip


class Loop:
    """The training of a document: what a loader gives, and what each objective draws and does."""

    def __init__(
        self,
        document: Document,
        drawing: Drawing,
        writer: Writer,
        losses: Sequence[LossMethod],
        names: Mapping[Port, str],
    ) -> None:
        self._drawing = drawing
        self._writer = writer
        self._losses = losses
        self._names = names
        self._settings = settings_of(document)
        self._updates = [Update(document, drawing, writer, loss, names, len(losses) > 1) for loss in losses]
        ports = list(dict.fromkeys(port for loss in losses for port in loss.sources))
        made = {port: draw_of(document, port.owner, lambda source: {}) for port in ports}
        self._drawn: dict[Port, Source] = {port: source for port, source in made.items() if source.draw}
        self._fields = [port for port in ports if port not in self._drawn]

    def function(self) -> str:
        """The function ``train``."""
        given = ["model", *(["data"] if self._fields else [])]
        settings = [f"epochs={self._settings.epochs}", f"batch_size={self._settings.batch_size}", 'device="cpu"']
        lines = [f"def train({', '.join([*given, *settings])}):", f'    """{self._purpose()}"""']
        lines += indented([*self._before(), "for epoch in range(epochs):", *indented(list(self._epoch()))])
        return "\n".join(lines)

    def main(self, class_name: str) -> str:
        """The part that runs when the file does."""
        device = self._settings.device
        chosen = '"cuda" if torch.cuda.is_available() else "cpu"' if device == "auto" else literal(device)
        lines = ['if __name__ == "__main__":', f"    torch.manual_seed({self._settings.seed})"]
        if self._fields:
            size = self._settings.batch_size
            count = min(size, AT_MOST) * max(1, EXAMPLES // size) if size else EXAMPLES
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
            size = "batch_size" if self._settings.batch_size else "batch_size or len(data)"
            yield f"loader = DataLoader(data, {size}, shuffle=True)"
        if any(update.needs_steps for update in self._updates):
            yield f"steps = epochs * {'len(loader)' if self._fields else BATCHES_WITHOUT_DATA}"
        for update in self._updates:
            yield from update.before()
        if self._counts:
            yield "iteration = 0"

    def _epoch(self) -> Iterator[str]:
        examples = "len(data)" if self._fields else f"({BATCHES_WITHOUT_DATA} * batch_size)"
        for update in self._updates:
            yield from update.begin()
        yield from (f"model.{path}.reset_state()" for path in carriers(self._drawing))
        yield f"for {self._batch()}:"
        yield from indented(list(self._step()))
        for update in self._updates:
            yield from update.end(examples)
        told = ", ".join(update.report(examples) for update in self._updates)
        yield f'print(f"epoch {{epoch + 1}}: {told}")'

    @property
    def _counts(self) -> bool:
        """Whether iterations have to be counted."""
        return any(update.needs_iteration for update in self._updates)

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
        for loss, update in zip(self._losses, self._updates):
            yield from update.step(count, [self._draw(port, count) for port in loss.sources if port in self._drawn])
        if self._counts:
            yield "iteration += 1"

    def _draw(self, port: Port, count: str) -> str:
        """The line that draws a batch of a random source."""
        return f"{self._names[port]} = {self._writer.draw(self._drawn[port], port.port).text([count, 'device'])}"

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
