"""Networks that tell the next token of a text, let run freely: what they say is what they read next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import torch

from backend import carried
from backend.data.texts_vocabulary import PADDING, TextPreparation
from backend.evaluation import at_rest
from backend.loading import Model
from backend.passes import Pass
from backend.predict import reads
from backend.problems import INPUT, TrainProblem
from graph.document import Port
from graph.plan import OutputPlan, outputs
from graph.specs import INTEGERS

READ_FOR: Final = {"next": "text", "target": "given", "text": "text"}  # by what the target gives
LATER: Final = {"next": 1, "target": 1, "text": 0}  # the token of what is read that a place of the target is
TRIED: Final = 8  # tokens by which it is found out whether a network may be told one at a time
CLOSE: Final = 1e-4
REFUSED: Final = (RuntimeError, ValueError, IndexError, TypeError)  # what modules say to a length they do not take


class Writer(NamedTuple):
    """An output that tells the next token.

    text: whose tokens it reads, and how they are numbered
    length: tokens that it reads at once, as it was trained
    places: for each place of what it says the place in the text of the token that is meant
    every: whether it says something at several places; else of the last one alone
    axis: where the tokens lie among the axes of a batch
    """

    plan: OutputPlan
    text: Port
    how: TextPreparation
    length: int
    places: tuple[int, ...]
    every: bool
    axis: int

    @property
    def prompted(self) -> bool:
        """Whether it goes on from a text; else it writes from a start."""
        return self.how.gives == "text"

    @property
    def reach(self) -> int:
        """How many tokens it knows of when it tells the one after them."""
        return self.places[-1]


def writers(model: Model) -> tuple[Writer, ...]:
    """The outputs that tell the next token of a text that they read, by what the data says of their targets."""
    found = (_writer(model, plan) for plan in outputs(model.document, model.root.specs))
    return tuple(each for each in found if each is not None)


def writer_of(model: Model, output: str = "") -> Writer:
    """The output of this name, "" for the first. Raises TrainProblem where it cannot write."""
    there = writers(model)
    if found := next((each for each in there if output in ("", each.plan.name)), None):
        return found
    what = f"“{output}” does" if output else "The outputs of this design do"
    raise TrainProblem(f"{what} not tell the next token of a text: wire “next” of a running text, or “target” of pairs "
                       "of texts, to a loss that reads the same value, and train again.", INPUT)  # fmt: skip


def _writer(model: Model, plan: OutputPlan) -> Writer | None:
    specs = model.root.specs
    if plan.target not in specs or plan.port not in specs or specs[plan.port].dtype in INTEGERS:
        return None
    fields = model.sources([plan.target])
    field = fields[0] if len(fields) == 1 else None
    meant = model.preparation(field) if field and field.owner not in model.draws else None
    if field is None or not isinstance(meant, TextPreparation) or meant.gives not in READ_FOR:
        return None
    for port in reads(model, plan):
        how = model.preparation(port) if port.owner == field.owner else None
        if not isinstance(how, TextPreparation) or how.gives != READ_FOR[meant.gives] or how.length < 2:
            continue
        if how.vocabulary == meant.vocabulary:
            return _placed(model, plan, port, how, field, LATER[meant.gives])
    return None


def _placed(model: Model, plan: OutputPlan, text: Port, how: TextPreparation, field: Port,
            later: int) -> Writer | None:  # fmt: skip
    """An output with the places of the text that it tells of; None where these do not follow each other."""
    assert plan.target is not None
    found = _places(model, plan.target, field, how)
    made, count = model.root.specs[plan.port].shape, len(how.vocabulary)
    if found is None or [each - found[0] for each in found] != list(range(len(found))):
        return None
    every = model.root.specs[plan.target].shape != ()
    shape = (len(found),) if every else ()
    if made not in ((*shape, count), (count, *shape)):
        return None
    places = tuple(each + later for each in found)
    writer = Writer(plan, text, how, how.length, places, every, -1 if made == (*shape, count) else 1)
    if writer.reach < 1 or (not later and _sees_what_it_tells(model, writer)):
        return None
    return writer


def _places(model: Model, target: Port, field: Port, how: TextPreparation) -> list[int] | None:
    """Which place of a field each place of a target is, found by sending the numbers of the places through."""
    numbers, base = torch.arange(how.length, device=model.device)[None], max(len(how.vocabulary), 2)
    if target == field:
        return list(range(how.length))
    if how.length > base**2:
        return None
    module = model.slice([target])
    try:
        with at_rest(model):
            found = module(numbers % base) + base * module(numbers // base)
    except REFUSED:
        return None
    flat = found.reshape(-1)
    return [int(each) for each in flat.tolist()] if 0 < flat.numel() <= how.length else None


def _sees_what_it_tells(model: Model, writer: Writer) -> bool:
    """Whether the token that is to be told next is among those that are read for it."""
    count = len(writer.how.vocabulary)
    tokens = torch.arange(writer.length, device=model.device)[None] % count
    other = tokens.clone()
    other[:, writer.reach :] = (other[:, writer.reach :] + 1) % count
    ports = reads(model, writer.plan)
    if any(port != writer.text for port in ports):
        return True  # what else it reads may tell it
    module = model.slice([writer.plan.port])
    with at_rest(model):
        one, two = (_last(writer, module(each)) for each in (tokens, other))
    return not torch.equal(one, two)


def _last(writer: Writer, made: torch.Tensor) -> torch.Tensor:
    """What is said of the last place, (tokens,)."""
    if not writer.every:
        return made[0].reshape(-1)
    return made[0, -1] if writer.axis == -1 else made[0, :, -1]


class Reader:
    """Tells what a network expects after some tokens.

    values: what its other sources give, as a batch of one
    live: see ``Pass``

    ``carries`` says whether it carries a state along from token to token, and ``filled`` whether a short beginning had
    to be filled up in front with padding.
    """

    def __init__(self, model: Model, writer: Writer, values: Mapping[Port, torch.Tensor], split: str,
                 live: bool) -> None:  # fmt: skip
        self.writer = writer
        self._values, self._device = dict(values), model.device
        self._work = Pass(model, split, [writer.plan.port], live)
        self._any_length = True  # until it is refused
        self._read = 0
        self.filled = False
        self.carries = bool(carried.carriers(model.root)) and self._goes_on()
        self._work.forget()

    def expected(self, tokens: Sequence[int]) -> torch.Tensor:
        """The logarithms of the chances of every token to come next, but for a constant, (tokens,) in float64."""
        found = self._on(tokens) if self.carries else self._anew(tokens[-self.writer.reach :])
        if not bool(torch.isfinite(found).any()) or bool(found.isnan().any()):
            raise TrainProblem("What the network says are no finite numbers: the training has run away. Train with a "
                               "smaller learning rate.", INPUT)  # fmt: skip
        return as_logits(found.detach().double().cpu())

    def _on(self, tokens: Sequence[int]) -> torch.Tensor:
        """Read what is new, with the state of before."""
        found = torch.zeros(0)
        for start in range(self._read, len(tokens), self.writer.reach):
            found = _last(self.writer, self._made(tokens[start : min(start + self.writer.reach, len(tokens))]))
        self._read = len(tokens)
        return found

    def _anew(self, tokens: Sequence[int]) -> torch.Tensor:
        """Read the tokens from the first; a network that takes no fewer than it was trained on gets them filled up."""
        writer, missing = self.writer, self.writer.reach - len(tokens)
        behind = [PADDING] * (writer.length - writer.reach)
        if not missing:
            return _last(writer, self._made([*tokens, *behind]))
        if self._any_length and (made := self._shorter([*tokens, *behind])) is not None:
            return _last(writer, made)
        if writer.every and len(tokens) in writer.places:
            own = [self._at(len(tokens), [*tokens, *[fill] * (missing + len(behind))]) for fill in (PADDING, 1)]
            if torch.equal(*own):  # what comes later has no part in it
                return own[0]
        self.filled = True
        return _last(writer, self._made([*[PADDING] * missing, *tokens, *behind]))

    def _at(self, place: int, tokens: Sequence[int]) -> torch.Tensor:
        """What is said of a place of the text."""
        made, row = self._made(tokens), self.writer.places.index(place)
        return made[0, row] if self.writer.axis == -1 else made[0, :, row]

    def _shorter(self, tokens: Sequence[int]) -> torch.Tensor | None:
        """What is said of fewer tokens than were trained on; None where the network takes no fewer."""
        writer = self.writer
        try:
            made = self._made(tokens)
        except REFUSED:
            self._any_length = False
            return None
        fewer = len(writer.places) - (writer.length - len(tokens))
        wanted = made.dim() == 2 if not writer.every else made.shape[1 if writer.axis == -1 else 2] == fewer
        self._any_length = bool(wanted)
        return made if wanted else None

    def _made(self, tokens: Sequence[int]) -> torch.Tensor:
        if not self.carries:
            self._work.forget()
        values = self._values | {self.writer.text: torch.tensor([list(tokens)], device=self._device)}
        return self._work.computed([values[port] for port in self._work.sources])[0]

    def _goes_on(self) -> bool:
        """Whether tokens told one at a time, with the state that is carried, come to the same as all at once."""
        writer, self.carries = self.writer, False
        tokens = [number % len(writer.how.vocabulary) for number in range(min(TRIED, writer.reach))]
        if writer.reach < writer.length or (whole := self._shorter(tokens)) is None:
            return False
        self._work.forget()
        self.carries = True
        try:
            for token in tokens:
                made = self._made([token])
            return torch.allclose(_last(writer, whole), _last(writer, made), atol=CLOSE, rtol=1e-3)
        except REFUSED:
            return False


def as_logits(values: torch.Tensor) -> torch.Tensor:
    """What a network says of tokens as logits, whether it ends in probabilities, their logarithms or neither."""
    already = bool((values >= 0).all()) and abs(float(values.sum()) - 1) < 1e-3
    return values.log() if already else values


def drawn(logits: torch.Tensor, temperature: float, generator: torch.Generator) -> int:
    """The number of a token by softmax(logits / temperature); the likeliest at temperature 0."""
    if temperature <= 0:
        return int(logits.argmax())
    return int(torch.multinomial((logits / temperature).softmax(0), 1, generator=generator))
