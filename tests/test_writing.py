"""Networks let write: beside loops over their plain modules, with temperature, seeds, states and windows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from backend.loading import Model, load_run
from backend.messages import Finished
from backend.problems import TrainProblem
from backend.questions.attempts import Attempt, Blank, Filled
from backend.questions.results_text import Text
from backend.questions.writing import Write, Written
from backend.train import Training
from backend.views import Subject, answer, answered
from backend.writing import writers
from graph.document import Document
from tests.judged import tagger
from tests.training import trained
from tests.writers import LENGTH, attentive, carrying, ending, recurrent, shifted, story, translator, whole, window

Tokens = Sequence[int]
Scores = Callable[[Tokens], torch.Tensor]
PROMPT = "who has seen the "
START, END = 2, 3


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return story(tmp_path_factory.mktemp("story"))


def run_of(document: Document, folder: Path, epochs: int = 6, **settings: Any) -> Model:
    with document.edit("Be short"):
        for name, value in {"epochs": epochs, "batch_size": 16, **settings}.items():
            document.set_setting(name, value)
    return load_run(trained(document, folder)[0].run)


@pytest.fixture(scope="module")
def lstm(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Model:
    return run_of(recurrent(source), tmp_path_factory.mktemp("lstm"))


def written(model: Model, text: str = PROMPT, **asked: Any) -> Written:
    found = answer(Subject(model, model.run), Write(given=(("text", "text", text),), **{"tokens": 60, **asked}))
    assert isinstance(found, Written)
    return found


def said(found: Written) -> str:
    return "".join(token.text for token in found.written)


def vocabulary(model: Model, field: str = "text") -> tuple[str, ...]:
    (dataset,) = model.data.values()
    names: tuple[str, ...] = dataset.preparation[field].vocabulary  # type: ignore[attr-defined]
    return names


# -- written independently: plain modules, one character after the other ----------------------------------------------


@torch.no_grad()
def plainly(model: Model, scores: Scores, text: str, count: int) -> str:
    """What always taking the likeliest gives."""
    names = vocabulary(model)
    tokens = [names.index(letter) for letter in text]
    for _ in range(count):
        tokens.append(int(torch.argmax(scores(tokens))))
    return "".join(names[token] for token in tokens[len(text) :])


@torch.no_grad()
def by_chance(model: Model, scores: Scores, text: str, count: int, temperature: float, seed: int) -> str:
    """What drawing by exp(score / T) gives, with the chances added up to a hand on a dial by numpy."""
    names, generator = vocabulary(model), torch.Generator().manual_seed(seed)
    tokens = [names.index(letter) for letter in text]
    for _ in range(count):
        weights = np.exp(scores(tokens).double().numpy() / temperature)
        tokens.append(int(torch.multinomial(torch.from_numpy(weights / weights.sum()), 1, generator=generator)))
    return "".join(names[token] for token in tokens[len(text) :])


def lstm_scores(model: Model) -> Scores:
    root = model.root
    twin = torch.nn.LSTM(8, 24, batch_first=True)
    twin.load_state_dict(root.memory.state_dict())

    def scores(tokens: Tokens) -> torch.Tensor:
        made, _ = twin(root.meaning.weight[torch.tensor(tokens[-LENGTH:])][None])
        return made[0, -1] @ root.scores.weight.T + root.scores.bias

    return scores


@pytest.mark.parametrize("prompt", ["t", PROMPT, "?"])
def test_at_no_temperature_the_likeliest_is_taken(lstm: Model, prompt: str) -> None:
    found = written(lstm, prompt, temperature=0.0)
    assert said(found) == plainly(lstm, lstm_scores(lstm), prompt, 60)
    assert (found.beginning, found.words, found.carries, found.reach) == (len(prompt), False, False, LENGTH)
    assert not found.filled
    assert len(set(said(found))) > 5


@pytest.mark.parametrize(("temperature", "seed"), [(1.0, 0), (0.5, 3), (2.0, 3), (1.0, 7)])
def test_a_seed_draws_by_the_softmax(lstm: Model, temperature: float, seed: int) -> None:
    found = written(lstm, temperature=temperature, seed=seed)
    assert said(found) == by_chance(lstm, lstm_scores(lstm), PROMPT, 60, temperature, seed)
    assert said(found) != said(written(lstm, temperature=temperature, seed=seed + 1))


def test_drawing_often_comes_to_the_chances(lstm: Model) -> None:
    """Without the generator of the loop above: how often each character is drawn first."""
    names, scores = vocabulary(lstm), lstm_scores(lstm)
    with torch.no_grad():
        expected = scores([names.index(letter) for letter in PROMPT]).double().div(1.5).softmax(0).numpy()
    counts = np.zeros(len(names))
    for seed in range(400):
        counts[names.index(said(written(lstm, temperature=1.5, seed=seed, tokens=1)))] += 1
    assert np.abs(counts / 400 - expected).max() < 4 * np.sqrt(0.25 / 400)
    first = written(lstm, temperature=0.0, tokens=1).written[0]
    with torch.no_grad():
        plain = scores([names.index(letter) for letter in PROMPT]).softmax(0)
    assert first.chance == pytest.approx(float(plain.max()), abs=1e-5)
    assert [name for name, _ in first.others] == [names[int(n)] for n in plain.argsort(descending=True)[:5]]


def test_a_window_that_tells_the_one_after_it(source: Path, tmp_path: Path) -> None:
    model = run_of(window(source), tmp_path)
    root = model.root

    def scores(tokens: Tokens) -> torch.Tensor:
        own = [*[0] * (LENGTH - len(tokens)), *tokens[-LENGTH:]]
        inner = root.meaning.weight[torch.tensor(own)].reshape(-1) @ root.inner.weight.T + root.inner.bias
        return inner.relu() @ root.scores.weight.T + root.scores.bias

    for prompt in (PROMPT, "the"):
        found = written(model, prompt, temperature=0.0)
        assert said(found) == plainly(model, scores, prompt, 60)
        assert found.filled == (len(prompt) < LENGTH)
    assert said(written(model, seed=5)) == by_chance(model, scores, PROMPT, 60, 1.0, 5)


def test_a_network_of_one_length_reads_short_texts_too(source: Path, tmp_path: Path) -> None:
    model = run_of(whole(source), tmp_path)
    twin = torch.nn.GRU(8, 16, batch_first=True)
    twin.load_state_dict(model.root.memory.state_dict())

    def scores(tokens: Tokens) -> torch.Tensor:
        made, _ = twin(model.root.meaning.weight[torch.tensor(tokens[-LENGTH:])][None])
        return made[0, -1] @ model.root.scores.weight.T + model.root.scores.bias

    found = written(model, "the", temperature=0.0)
    assert said(found) == plainly(model, scores, "the", 60)
    assert not found.filled  # what stands behind has no part in it


def test_a_text_that_was_shifted_by_hand(source: Path, tmp_path: Path) -> None:
    model = run_of(shifted(source), tmp_path)
    twin = torch.nn.GRU(8, 16, batch_first=True)
    twin.load_state_dict(model.root.memory.state_dict())

    def scores(tokens: Tokens) -> torch.Tensor:
        made, _ = twin(model.root.meaning.weight[torch.tensor(tokens[-LENGTH + 1 :])][None])
        return made[0, -1] @ model.root.scores.weight.T + model.root.scores.bias

    for prompt in (PROMPT, "the"):
        assert said(written(model, prompt, temperature=0.0)) == plainly(model, scores, prompt, 60)
    assert writers(model)[0].reach == LENGTH - 1


def test_a_state_is_carried_from_token_to_token(source: Path, tmp_path: Path) -> None:
    model = run_of(carrying(source), tmp_path, batch_size=4)
    root, cell = model.root, model.root.memory

    def scores(tokens: Tokens) -> torch.Tensor:
        state = torch.zeros(16)
        for token in tokens:  # all of them, not a window
            state = torch.tanh(root.meaning.weight[token] @ cell.w.weight.T + cell.w.bias + state @ cell.u.weight.T)
        return state @ root.scores.weight.T + root.scores.bias

    found = written(model, PROMPT * 3, temperature=0.0)
    assert said(found) == plainly(model, scores, PROMPT * 3, 60)
    assert found.carries
    assert said(written(model, seed=4, temperature=0.7)) == by_chance(model, scores, PROMPT, 60, 0.7, 4)


def test_a_transformer(source: Path, tmp_path: Path) -> None:
    model = run_of(attentive(source), tmp_path, 3)
    root = model.root.eval()

    def scores(tokens: Tokens) -> torch.Tensor:
        own = tokens[-LENGTH:]
        read = root.meaning.weight[torch.tensor(own)] + root.where.weight[: len(own)]
        made: torch.Tensor = root.block(read[None])[0, -1] @ root.scores.weight.T + root.scores.bias
        return made

    for prompt in (PROMPT, "t"):
        assert said(written(model, prompt, temperature=0.0)) == plainly(model, scores, prompt, 60)
    assert said(written(model, seed=2)) == by_chance(model, scores, PROMPT, 60, 1.0, 2)


@pytest.mark.parametrize("last", [("softmax", {}), ("log_softmax", {}), ("permute", {"order": "2, 1"})])
def test_chances_and_tokens_on_another_axis(last: tuple[str, dict[str, Any]], source: Path, tmp_path: Path) -> None:
    model = run_of(ending(source, last), tmp_path, 2)
    twin = torch.nn.GRU(8, 16, batch_first=True)
    twin.load_state_dict(model.root.memory.state_dict())

    def scores(tokens: Tokens) -> torch.Tensor:
        made, _ = twin(model.root.meaning.weight[torch.tensor(tokens[-LENGTH:])][None])
        return made[0, -1] @ model.root.scores.weight.T + model.root.scores.bias

    assert said(written(model, "the", temperature=0.0)) == plainly(model, scores, "the", 60)
    assert said(written(model, seed=6)) == by_chance(model, scores, PROMPT, 60, 1.0, 6)


def test_an_answer_is_written_from_the_start_to_its_end(tmp_path: Path) -> None:
    model = run_of(translator(), tmp_path, 2, batch_size=64)
    root, letters, digits = model.root, vocabulary(model), vocabulary(model, "target")
    reader, writer = (torch.nn.GRU(8, 32, batch_first=True) for _ in range(2))
    reader.load_state_dict(root.reader.state_dict())
    writer.load_state_dict(root.writer.state_dict())
    for text in ("9 March 2024", "07.11.1981"):
        found = written(model, text, temperature=0.0)
        with torch.no_grad():
            read = root.letters.weight[torch.tensor([letters.index(letter) for letter in text])]
            _, state = reader(read[None])
            token, expected = START, ""
            for _ in range(11):
                made, state = writer(root.digits.weight[token][None, None], state)
                token = int((made[0, 0] @ root.scores.weight.T + root.scores.bias).argmax())
                if token == END:
                    break
                expected += digits[token]
        assert said(found) == expected
        assert found.ended == (token == END)
    (about,) = answer(Subject(model, model.run), Blank()).writable
    assert (about.prompted, about.output) == (False, "told")


# -- which designs can -------------------------------------------------------------------------------------------------


def test_what_can_write_is_told_with_what_can_be_given(lstm: Model) -> None:
    filled = answer(Subject(lstm, lstm.run), Blank())
    assert isinstance(filled, Filled)
    (about,) = filled.writable
    assert (about.output, about.tokens, about.prompted, about.reach) == ("told", "characters", True, LENGTH)


def test_what_cannot_write_is_not_taken_for_it(source: Path, tmp_path: Path) -> None:
    model = run_of(tagger(), tmp_path / "tags", 1)
    assert not answer(Subject(model, model.run), Blank()).writable
    with pytest.raises(TrainProblem, match="do not tell the next token of a text"):
        answer(Subject(model, model.run), Write())
    copying = run_of(shifted(source, honest=False), tmp_path / "copy", 1)  # it reads what it is to tell
    assert not writers(copying)


def test_what_cannot_be_gone_on_from_is_told(lstm: Model) -> None:
    with pytest.raises(TrainProblem, match="Type at least one character"):
        written(lstm, "")
    with pytest.raises(TrainProblem, match="“other” does not tell"):
        written(lstm, output="other")
    found = written(lstm, "the Ж of Ж!")
    assert found.unknown == ("Ж", "f", "!")


def test_a_text_of_ones_own_leaves_what_a_writer_is_given_alone(tmp_path: Path) -> None:
    """What is typed is the text to translate, and not what the writer has written so far."""
    model = run_of(translator(), tmp_path, 1, batch_size=64)
    subject = Subject(model, model.run)
    (entry,) = answer(subject, Blank(index=3)).entries
    told = answer(subject, Attempt(((entry.source, entry.name, entry.value),), index=3)).replies[0].seen.values
    (dataset,) = model.data.values()
    batch = dataset.batch("test", torch.tensor([3]))
    module = model.slice([writers(model)[0].plan.port])
    with torch.no_grad():
        assert np.allclose(told, module(*(batch[port.port] for port in module.sources))[0], atol=1e-5)  # type: ignore[union-attr]


# -- while training ----------------------------------------------------------------------------------------------------


def learned(document: Document, folder: Path, look: bool) -> tuple[dict[str, float], dict[str, torch.Tensor]]:
    training = Training(document, folder=folder)
    for number, event in enumerate(training.run()):
        if look and event is None and number % 5 == 0:
            subject = training.subject(Write())
            gradients = [None if each.grad is None else each.grad.clone() for each in subject.model.root.parameters()]
            with torch.random.fork_rng(devices=[]):
                found = answer(subject, Write(given=(("text", "text", PROMPT),), tokens=20, seed=number))
                answer(subject, Text(split="validation"))
            assert len(found.written) == 20
            assert subject.model.root.training
            for before, each in zip(gradients, subject.model.root.parameters()):
                assert before is None if each.grad is None else torch.equal(before, each.grad)  # type: ignore[arg-type]
        if isinstance(event, Finished):
            root = training.subject(Write()).model.root
            weights = {name: each.detach().clone() for name, each in root.named_parameters()}
            return dict(event.metrics["test"]), weights
    raise AssertionError("the training did not finish")


@pytest.mark.parametrize("design", [recurrent, carrying])
def test_a_training_that_is_let_write_learns_the_same(design: Any, source: Path, tmp_path: Path) -> None:
    document = design(source)
    with document.edit("Short"):
        document.set_setting("epochs", 2)
        document.set_setting("batch_size", 4)
    (one, plain), (other, watched) = (learned(document, tmp_path / str(look), look) for look in (False, True))
    assert one == other
    assert all(torch.equal(value, watched[name]) for name, value in plain.items())


def test_long_texts_come_in_pieces_of_the_weights_of_their_beginning(source: Path, tmp_path: Path) -> None:
    document = recurrent(source)
    with document.edit("Short"):
        document.set_setting("epochs", 1)
    training = Training(document, folder=tmp_path / "a")
    work = training.run()
    while next(work) is not None:
        pass
    subject = training.subject(Write())
    asked = Write(given=(("text", "text", PROMPT),), tokens=400, temperature=0.0)
    expected = said(answer(subject, asked))
    pieces, times = answered(subject, asked), 0
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            found = end.value.result
            break
        times += 1
        with torch.no_grad():
            for each in subject.model.root.parameters():
                each.add_(0.01)  # the training goes on
    assert times > 2
    assert said(found) == expected
    work.close()
