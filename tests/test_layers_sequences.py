"""Recurrent layers and attention beside torch's own and beside formulas written out step by step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from backend import data
from backend.export import export
from graph.building import build, infer
from graph.catalogue import CATALOGUE
from graph.layers import CATALOGUE as EVERY_TYPE
from graph.specs import TensorSpec
from tests.exported import draw

STEPS, FEATURES, HIDDEN, EXAMPLES = 6, 3, 5, 4
SEQUENCE = TensorSpec((STEPS, FEATURES))
LENGTHS = TensorSpec((), "int64")
CELLS = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}
TRUE_LENGTHS = [6, 1, 4, 0]
every_cell = pytest.mark.parametrize("cell", CELLS)
every_depth = pytest.mark.parametrize(("layers", "both"), [(1, False), (1, True), (2, False), (3, True)])


def made(name: str, arriving: dict[str, TensorSpec], **params: Any) -> Any:
    torch.manual_seed(3)
    return build(EVERY_TYPE[name], params, arriving)


def reader(cell: str, layers: int = 1, both: bool = False, **params: Any) -> tuple[Any, Any]:
    """A node's module of all its layers' states, and torch's own with the same weights."""
    params = {"hidden_size": HIDDEN, "layers": layers, "bidirectional": both, "last_of": "all layers", **params}
    module = made(cell, {"x": SEQUENCE}, **params)
    twin = CELLS[cell](FEATURES, HIDDEN, layers, batch_first=True, bidirectional=both)
    twin.load_state_dict(module.state_dict())
    return module, twin


def states_of(cell: str, rows: int, examples: int = EXAMPLES) -> list[torch.Tensor]:
    """First states in torch's order: (layers × directions, batch, hidden), one or two of them."""
    return [torch.rand(rows, examples, HIDDEN) - 0.5 for _ in range(2 if cell == "lstm" else 1)]


def flat(states: torch.Tensor) -> torch.Tensor:
    """All rows of each example side by side."""
    return torch.cat(list(states), dim=1)


def torch_states(cell: str, states: list[torch.Tensor]) -> Any:
    return tuple(states) if cell == "lstm" else states[0]


def listed(cell: str, states: Any) -> list[torch.Tensor]:
    return list(states) if cell == "lstm" else [states]


@every_cell
@every_depth
def test_first_states_are_those_of_torch(cell: str, layers: int, both: bool) -> None:
    module, twin = reader(cell, layers, both)
    x, first = torch.rand(EXAMPLES, STEPS, FEATURES), states_of(cell, layers * (1 + both))
    sequence, *last = module(x, *(flat(each) for each in first))
    expected, states = twin(x, torch_states(cell, first))
    assert torch.equal(sequence, expected)
    for got, wanted in zip(last, listed(cell, states), strict=True):
        assert torch.equal(got, flat(wanted))


@every_cell
def test_a_first_state_serves_every_layer_that_it_does_not_tell_apart(cell: str) -> None:
    module, twin = reader(cell, 2, both=True)
    x, (first, *_) = torch.rand(EXAMPLES, STEPS, FEATURES), states_of(cell, 4)
    cells = [torch.zeros_like(first)] if cell == "lstm" else []
    for given, rows in [
        (first[0], [first[0]] * 4),
        (flat(first[:2]), [first[0], first[1]] * 2),
        (first[0, :, :1], [first[0, :, :1].expand(-1, HIDDEN)] * 4),
        (first[0, :, 0], [first[0, :, :1].expand(-1, HIDDEN)] * 4),
    ]:
        expected, _ = twin(x, torch_states(cell, [torch.stack(rows), *cells]))
        assert torch.equal(module(x, given)[0], expected)


@every_cell
@every_depth
def test_reading_to_the_true_end_is_reading_each_example_by_itself(cell: str, layers: int, both: bool) -> None:
    module, twin = reader(cell, layers, both)
    x, first = torch.rand(EXAMPLES, STEPS, FEATURES, requires_grad=True), states_of(cell, layers * (1 + both))
    hidden = [flat(each) for each in first]
    nothing = [None] * (2 - len(hidden)) if cell == "lstm" else []
    sequence, *last = module(x, *hidden, *nothing, torch.tensor(TRUE_LENGTHS))
    for example, length in enumerate(TRUE_LENGTHS):
        mine = [each[:, example : example + 1] for each in first]
        assert torch.equal(sequence[example, length:], torch.zeros(STEPS - length, HIDDEN * (1 + both)))
        expected, states = x[example, :0], torch_states(cell, mine)
        if length:
            found, states = twin(x[example : example + 1, :length], states)
            expected = found[0]
            assert torch.allclose(sequence[example, :length], expected, atol=1e-6)
        for got, wanted in zip(last, listed(cell, states), strict=True):
            assert torch.allclose(got[example], flat(wanted)[0], atol=1e-6)


@every_cell
def test_gradients_by_lengths_are_those_of_a_packed_sequence(cell: str) -> None:
    module, twin = reader(cell, 2, both=True)
    x, lengths = torch.rand(EXAMPLES, STEPS, FEATURES), torch.tensor([6, 1, 4, 3])
    one, other = x.clone().requires_grad_(), x.clone().requires_grad_()
    given = (None, None, lengths) if cell == "lstm" else (None, lengths)
    got = module(one, *given)
    packed = nn.utils.rnn.pack_padded_sequence(other, lengths, batch_first=True, enforce_sorted=False)
    sequence, states = twin(packed)
    sequence, _ = nn.utils.rnn.pad_packed_sequence(sequence, batch_first=True)
    expected = [sequence, *(flat(each) for each in listed(cell, states))]
    for result in (got, expected):
        sum((value**2).sum() for value in result).backward()
    assert one.grad is not None
    assert other.grad is not None
    assert torch.allclose(one.grad, other.grad, atol=1e-5)
    for mine, its in zip(module.parameters(), twin.parameters(), strict=True):
        assert torch.allclose(mine.grad, its.grad, atol=1e-5)


def test_what_lies_beyond_the_end_matters_to_nothing() -> None:
    module, _ = reader("lstm", 2, both=True)
    x = torch.rand(EXAMPLES, STEPS, FEATURES)
    other, lengths = x.clone(), torch.tensor([3, 3, 3, 3], dtype=torch.uint8)
    other[:, 3:] = torch.nan
    for one, two in zip(module(x, None, None, lengths), module(other, None, None, lengths), strict=True):
        assert torch.equal(one, two)
    whole = torch.full((EXAMPLES,), 99)
    for one, two in zip(module(x), module(x, None, None, whole), strict=True):
        assert torch.allclose(one, two, atol=1e-6)


@every_cell
def test_dropout_between_layers_acts_with_lengths_too(cell: str) -> None:
    module = made(cell, {"x": SEQUENCE}, hidden_size=HIDDEN, layers=2, dropout=0.5)
    x, lengths = torch.rand(EXAMPLES, STEPS, FEATURES), torch.full((EXAMPLES,), STEPS)
    given = (None, None, lengths) if cell == "lstm" else (None, lengths)
    assert not torch.equal(module(x, *given)[0], module(x, *given)[0])
    module.eval()
    assert torch.allclose(module(x, *given)[0], module(x)[0], atol=1e-6)


def test_old_designs_find_their_weights_and_outputs() -> None:
    module = made("lstm", {"x": SEQUENCE}, hidden_size=HIDDEN, layers=2)
    assert list(module.state_dict()) == list(nn.LSTM(FEATURES, HIDDEN, 2).state_dict())
    assert CATALOGUE["lstm"].outputs == ("sequence", "last", "cell")
    assert module(torch.rand(2, STEPS, FEATURES))[1].shape == (2, HIDDEN)


def test_a_last_state_of_all_layers_starts_another() -> None:
    x, specs = torch.rand(EXAMPLES, STEPS, FEATURES), {"x": SEQUENCE, "hidden": TensorSpec((2 * HIDDEN,))}
    module = made("gru", specs, hidden_size=HIDDEN, layers=2, last_of="all layers")
    whole = module(x)[0]
    _, state = module(x[:, :4])
    assert torch.allclose(module(x[:, 4:], state)[0], whole[:, 4:], atol=1e-6)


@pytest.mark.parametrize("format", ["onnx", "pt2"])
def test_lengths_and_first_states_are_exported(format: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fields = {"x": SEQUENCE, "n": TensorSpec((), "int64", classes=STEPS + 1), "h": TensorSpec((2 * HIDDEN,))}
    monkeypatch.setattr(data, "fields", lambda source: fields)
    nodes: dict[str, Any] = {
        "data": "data", "read": ("lstm", {"hidden_size": HIDDEN, "bidirectional": True}), "out": "output",
    }  # fmt: skip
    wires = {"read.x": "data.x", "read.hidden": "data.h", "read.lengths": "data.n", "out.x": "read.last"}
    done = export(draw(nodes, wires), format, tmp_path / f"model.{format}")
    assert "agrees with the network" in done.note
    assert "longer sequences" in done.note


# -- films and reservoirs ---------------------------------------------------------------------------------------------


def test_a_conv_lstm_is_its_formula_frame_by_frame() -> None:
    module = made("conv_lstm", {"x": TensorSpec((4, 2, 6, 5))}, filters=3)
    x, weights = torch.rand(2, 4, 2, 6, 5), module.state_dict()
    hidden = cell = torch.zeros(2, 3, 6, 5)
    states = []
    for time in range(4):
        both = torch.cat((x[:, time], hidden), dim=1)
        kernel = torch.cat((weights["input.weight"], weights["state.weight"]), dim=1)
        gates = F.conv2d(both, kernel, weights["input.bias"], padding=1)
        i, f, g, o = gates[:, :3].sigmoid(), gates[:, 3:6].sigmoid(), gates[:, 6:9].tanh(), gates[:, 9:].sigmoid()
        cell = f * cell + i * g
        hidden = o * cell.tanh()
        states.append(hidden)
    sequence, last = module(x)
    assert torch.allclose(sequence, torch.stack(states, dim=1), atol=1e-6)
    assert torch.equal(last, sequence[:, -1])
    assert sum(weight.numel() for weight in module.parameters()) == 12 * (2 + 3) * 9 + 12


def test_a_conv_lstm_of_one_pixel_is_an_lstm() -> None:
    module, twin = (
        made("conv_lstm", {"x": TensorSpec((5, 3, 1, 1))}, filters=4, kernel=1),
        nn.LSTM(3, 4, batch_first=True),
    )
    weights = module.state_dict()
    twin.load_state_dict({
        "weight_ih_l0": weights["input.weight"].flatten(1), "weight_hh_l0": weights["state.weight"].flatten(1),
        "bias_ih_l0": weights["input.bias"], "bias_hh_l0": torch.zeros(16),
    })  # fmt: skip
    x = torch.rand(2, 5, 3)
    assert torch.allclose(module(x[..., None, None])[0].flatten(2), twin(x)[0], atol=1e-6)


@pytest.mark.parametrize("radius", [0.3, 0.95, 1.4])
def test_a_reservoir_has_its_spectral_radius_and_sparsity(radius: float) -> None:
    module = made("reservoir", {"x": SEQUENCE}, units=150, spectral_radius=radius, sparsity=0.8, input_scale=0.5)
    weight = module.weight.numpy().astype(np.float64)
    assert np.abs(np.linalg.eigvals(weight)).max() == pytest.approx(radius, rel=1e-4)
    assert (weight == 0).mean() == pytest.approx(0.8, abs=0.02)
    assert module.input_weight.abs().max() == pytest.approx(0.5, abs=0.01)
    assert not list(module.parameters())
    assert infer(CATALOGUE["reservoir"], {}, {"x": SEQUENCE}, dict).parameters == 0


def test_a_reservoir_is_its_formula_step_by_step() -> None:
    module = made("reservoir", {"x": SEQUENCE}, units=20, leak=0.3)
    w, w_in, b = (each.double().numpy() for each in (module.weight, module.input_weight, module.bias))
    x, h = torch.rand(2, STEPS, FEATURES), torch.rand(2, 20)
    state = h.double().numpy()
    sequence, last = module(x, h)
    for time in range(STEPS):
        step = x[:, time].double().numpy()
        state = 0.7 * state + 0.3 * np.tanh(step @ w_in.T + state @ w.T + b)
        assert sequence[:, time].numpy() == pytest.approx(state, abs=1e-5)
    assert torch.equal(last, sequence[:, -1])
    assert torch.equal(module(x, torch.full((2, 1), 0.5))[0], module(x, torch.full((2, 20), 0.5))[0])


@pytest.mark.parametrize("name", ["rnn", "gru", "lstm", "reservoir"])
def test_half_precision_is_near_the_full_one(name: str) -> None:
    specs = {"x": SEQUENCE, "hidden": TensorSpec((1,)), **({} if name == "reservoir" else {"lengths": LENGTHS})}
    module, x, first = made(name, specs), torch.rand(EXAMPLES, STEPS, FEATURES), torch.rand(EXAMPLES, 1)
    given = {"hidden": first, **({} if name == "reservoir" else {"lengths": torch.tensor(TRUE_LENGTHS)})}
    with torch.inference_mode():
        expected = module(x, **given)
        with torch.autocast("cpu", torch.bfloat16):
            got = module(x, **given)
    for one, other in zip(got, expected, strict=True):
        assert torch.allclose(one.float(), other, atol=0.05)


def test_a_reservoir_without_a_cycle_stays_finite() -> None:
    module = made("reservoir", {"x": SEQUENCE}, units=3, sparsity=0.99)
    assert all(result.isfinite().all() for result in module(torch.rand(2, STEPS, FEATURES)))
    assert not module.weight.any()


# -- attention --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("causal", [False, True])
def test_attention_is_that_of_torch(causal: bool) -> None:
    specs = {"query": TensorSpec((5, 8)), "key": TensorSpec((7, 6)), "value": TensorSpec((7, 4))}
    module = made("multi_head_attention", specs, heads=2, causal=causal)
    twin = nn.MultiheadAttention(8, 2, kdim=6, vdim=4, batch_first=True)
    parts = (module.query, module.key, module.value)
    twin.load_state_dict({
        **{f"{name}_proj_weight": part.weight for name, part in zip("qkv", parts)},
        "in_proj_bias": torch.cat([part.bias for part in parts]),
        "out_proj.weight": module.output.weight, "out_proj.bias": module.output.bias,
    })  # fmt: skip
    query, key, value = torch.rand(3, 5, 8), torch.rand(3, 7, 6), torch.rand(3, 7, 4)
    mask = torch.ones(5, 7, dtype=torch.bool).triu(1) if causal else None
    expected, _ = twin(query, key, value, attn_mask=mask, need_weights=False)
    assert torch.allclose(module(query, key, value), expected, atol=1e-6)
    lengths = torch.tensor([7, 2, 4])
    beyond = torch.arange(7) >= lengths.unsqueeze(1)
    expected, _ = twin(query, key, value, key_padding_mask=beyond, attn_mask=mask, need_weights=False)
    assert torch.allclose(module(query, key, value, lengths), expected, atol=1e-6)


def test_attention_reads_itself_where_nothing_else_is_wired() -> None:
    x, other = torch.rand(3, 5, 8), torch.rand(3, 6, 8)
    module = made("multi_head_attention", {"query": TensorSpec((5, 8))}, heads=4)
    assert torch.equal(module(x), module(x, x, x))
    assert torch.equal(module(x, other), module(x, other, other))
    q, k, v = (part(x).view(3, 5, 4, 2).transpose(1, 2) for part in (module.query, module.key, module.value))
    read = (q @ k.transpose(2, 3) / 2**0.5).softmax(-1) @ v
    assert torch.allclose(module(x), module.output(read.transpose(1, 2).reshape(3, 5, 8)), atol=1e-6)


def test_an_example_of_no_steps_is_no_accident() -> None:
    module = made("transformer_encoder_block", {"x": TensorSpec((5, 8)), "lengths": LENGTHS}, causal=True)
    assert module(torch.rand(2, 5, 8), torch.tensor([0, 5])).isfinite().all()


@pytest.mark.parametrize("activation", ["relu", "gelu"])
@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("causal", [False, True])
def test_a_block_is_that_of_torch(activation: str, first: bool, causal: bool) -> None:
    params = {"heads": 2, "feed_forward": 12, "activation": activation, "norm_first": first, "causal": causal}
    module = made("transformer_encoder_block", {"x": TensorSpec((5, 8))}, dropout=0.3, **params).eval()
    twin = nn.TransformerEncoderLayer(8, 2, 12, 0.3, activation, batch_first=True, norm_first=first).eval()
    part = module.attention
    twin.load_state_dict({
        "self_attn.in_proj_weight": torch.cat([each.weight for each in (part.query, part.key, part.value)]),
        "self_attn.in_proj_bias": torch.cat([each.bias for each in (part.query, part.key, part.value)]),
        "self_attn.out_proj.weight": part.output.weight, "self_attn.out_proj.bias": part.output.bias,
        "linear1.weight": module.widen.weight, "linear1.bias": module.widen.bias,
        "linear2.weight": module.narrow.weight, "linear2.bias": module.narrow.bias,
        "norm1.weight": module.attention_norm.weight, "norm1.bias": module.attention_norm.bias,
        "norm2.weight": module.feed_forward_norm.weight, "norm2.bias": module.feed_forward_norm.bias,
    })  # fmt: skip
    x = torch.rand(3, 5, 8)
    mask = nn.Transformer.generate_square_subsequent_mask(5) if causal else None
    assert torch.allclose(module(x), twin(x, src_mask=mask, is_causal=causal), atol=1e-5)
    other = x.clone()
    other[:, -1] += 1
    assert torch.equal(module(x)[:, :-1], module(other)[:, :-1]) == causal
    assert not torch.equal(module.train()(x), module(x))


@pytest.mark.parametrize("features", [8, 7])
def test_positions_are_the_waves_of_the_paper(features: int) -> None:
    module = made("positional_encoding", {"x": TensorSpec((50, features))})
    found = module(torch.ones(2, 50, features)) - 1
    for time in (0, 1, 17, 49):
        for index in range(features):
            angle = time / 10000 ** ((index - index % 2) / features)
            assert found[1, time, index].item() == pytest.approx([np.sin, np.cos][index % 2](angle), abs=1e-5)
    assert not list(module.parameters())


def test_learned_positions_reach_as_far_as_told() -> None:
    module = made("positional_encoding", {"x": SEQUENCE}, encoding="learned", longest=9)
    x = torch.rand(2, 9, FEATURES)
    assert torch.equal(module(x), x + module.weight)
    assert torch.equal(module(x[:, :2]), x[:, :2] + module.weight[:2])
    assert made("positional_encoding", {"x": SEQUENCE}, encoding="learned").weight.shape == (STEPS, FEATURES)


def test_a_class_token_stands_first() -> None:
    module, x = made("class_token", {"x": SEQUENCE}), torch.rand(2, STEPS, FEATURES)
    assert torch.equal(module(x)[:, 1:], x)
    assert torch.equal(module(x)[1, 0], module.weight)


REFUSALS = [
    ("gru", {"x": SEQUENCE, "hidden": TensorSpec((7,))}, {"layers": 2}, "7 numbers, and 1, 64 or 128 are needed"),
    ("lstm", {"x": SEQUENCE, "cell": TensorSpec((3,))}, {}, "3 numbers, and 1 or 64 are needed"),
    ("reservoir", {"x": SEQUENCE, "hidden": TensorSpec((7,))}, {}, "1 or 200 are needed"),
    ("multi_head_attention", {"query": SEQUENCE}, {"heads": 2}, "2 heads do not divide the 3 .* layer of 4 units"),
    ("transformer_encoder_block", {"x": SEQUENCE}, {}, "4 heads do not divide"),
    ("multi_head_attention", {"query": TensorSpec((5, 8)), "key": TensorSpec((4, 8)), "value": TensorSpec((3, 8))},
     {}, "4 keys and 3 values"),
    ("positional_encoding", {"x": SEQUENCE}, {"encoding": "learned", "longest": 2}, "2 places are too few for the 6"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arriving", "params", "sentence"), REFUSALS, ids=lambda value: str(value)[:30])
def test_what_cannot_work_is_refused(name: str, arriving: Any, params: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as refusal:
        made(name, arriving, **params)
    assert str(refusal.value).endswith(".")
