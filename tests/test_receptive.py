"""Receptive fields: what is said to be seen is what changes a unit when it is changed, pixel by pixel."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import pytest
import torch
from torch import nn

from backend.receptive import Trace, box
from backend.receptive_rules import windows

SIDE = 17


class Branches(nn.Module):
    """Several ways side by side, joined by their channels or by their sum."""

    def __init__(self, *ways: nn.Module, add: bool = False) -> None:
        super().__init__()
        self.ways, self.add = nn.ModuleList(ways), add

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found = [way(x) for way in self.ways]
        return torch.stack(found).sum(0) if self.add else torch.cat(found, 1)


def conv(inputs: int, outputs: int, kernel: int, **more: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, kernel, **more)


STACKS: dict[str, Callable[[], nn.Module]] = {
    "strided": lambda: nn.Sequential(conv(2, 3, 3, stride=2), nn.ReLU(), conv(3, 4, 3, stride=2)),
    "dilated": lambda: nn.Sequential(conv(2, 3, 3, dilation=2), conv(3, 3, 3, dilation=3, padding=3)),
    "padded": lambda: nn.Sequential(conv(2, 3, 5, padding=2), nn.ReLU(), conv(3, 3, 5, padding=2)),
    "pooled": lambda: nn.Sequential(conv(2, 3, 3), nn.MaxPool2d(3, 2, 1), nn.ReLU(), nn.AvgPool2d(2), conv(3, 2, 2)),
    "up to the edge": lambda: nn.Sequential(nn.MaxPool2d(3, 2, ceil_mode=True), conv(2, 3, 2)),
    "dilated pool": lambda: nn.Sequential(nn.MaxPool2d(3, 2, dilation=2), conv(2, 3, 2)),
    "transposed": lambda: nn.Sequential(
        conv(2, 3, 3, stride=2), nn.ConvTranspose2d(3, 2, 4, stride=2, padding=1, dilation=2, output_padding=1)
    ),
    "grouped": lambda: nn.Sequential(conv(2, 4, 3, groups=2), conv(4, 4, 3, groups=4, stride=2)),
    "inception": lambda: nn.Sequential(
        Branches(conv(2, 2, 1), conv(2, 2, 3, padding=1), nn.Sequential(nn.MaxPool2d(3, 1, 1), conv(2, 1, 1))),
        conv(5, 3, 3, stride=2),
    ),
    "residual": lambda: nn.Sequential(
        Branches(nn.Identity(), nn.Sequential(conv(2, 2, 3, padding=2, dilation=2), nn.ReLU()), add=True), conv(2, 3, 1)
    ),
    "a cross": lambda: Branches(
        nn.Conv2d(2, 1, (1, 5), padding=(0, 2)), nn.Conv2d(2, 1, (5, 1), padding=(2, 0)), add=True
    ),
    "enlarged": lambda: nn.Sequential(
        conv(2, 2, 3, padding=1), nn.Upsample(scale_factor=2, mode="bilinear"), conv(2, 2, 3)
    ),
    "a border that goes round": lambda: nn.Conv2d(2, 2, 5, padding=2, padding_mode="circular"),
    "a border that mirrors": lambda: nn.Conv2d(2, 2, 5, padding=2, padding_mode="reflect"),
    "adaptive": lambda: nn.Sequential(conv(2, 2, 3), nn.AdaptiveMaxPool2d(4)),
    "normed": lambda: nn.Sequential(nn.BatchNorm2d(2), conv(2, 3, 3), nn.BatchNorm2d(3), nn.ReLU()),
    "all of the picture": lambda: nn.Sequential(conv(2, 3, 3), nn.AdaptiveAvgPool2d(1)),
}  # fmt: skip


def positive(module: nn.Module) -> nn.Module:
    """Weights with which nothing cancels out and no ReLU is off."""
    for parameter in module.parameters():
        nn.init.uniform_(parameter, 0.5, 1.5)
    return module.eval().double()


def changed(module: nn.Module, place: Sequence[int], channels: int) -> torch.Tensor:
    """Which numbers of the input change a unit, found by changing each by itself: up, so that it is the maximum."""
    ground = torch.rand(1, channels, SIDE, SIDE, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    count = ground.numel()
    many = ground.expand(count, -1, -1, -1).clone()
    many.view(count, -1)[torch.arange(count), torch.arange(count)] += 1e4
    with torch.no_grad():
        before, after = module(ground), module(many)
    where = (slice(None), *place)
    return ((after[where] - before[where]).abs() > 1e-3).reshape(1, channels, SIDE, SIDE)


@pytest.mark.parametrize("name", STACKS)
def test_what_is_seen_is_what_makes_a_difference(name: str) -> None:
    torch.manual_seed(1)
    module = positive(STACKS[name]())
    trace = Trace(module, [torch.zeros(1, 2, SIDE, SIDE, dtype=torch.float64)])
    _, channels, high, wide = trace.made[0].shape
    for place in {(0, 0, 0), (channels - 1, high // 2, wide // 2), (0, high - 1, wide // 3)}:
        field = trace.unit((0, *place))
        assert field.exact
        assert torch.equal(field.seen[0], changed(module, place, 2)), (name, place)


def test_weights_of_zero_and_units_that_are_off_hide_nothing() -> None:
    module = nn.Sequential(conv(1, 2, 3), nn.ReLU(inplace=True), nn.MaxPool2d(2), conv(2, 1, 3)).eval()
    found = {}
    for value in (1.0, 0.0, -1.0):
        for parameter in module.parameters():
            nn.init.constant_(parameter, value)
        found[value] = Trace(module, [torch.ones(1, 1, SIDE, SIDE)]).unit((0, 0, 1, 2)).seen[0]
    assert torch.equal(found[1.0], found[0.0])
    assert torch.equal(found[1.0], found[-1.0])
    assert box(found[0.0][0, 0]) == (2, 9, 4, 11)


def test_a_marked_map_sees_what_its_units_see_together() -> None:
    trace = Trace(conv(1, 2, 3, stride=4), [torch.zeros(1, 1, SIDE, SIDE)])
    marks = torch.zeros(trace.made[0].shape, dtype=torch.bool)
    marks[0, 1] = True
    together = torch.zeros(1, 1, SIDE, SIDE, dtype=torch.bool)
    for row in range(marks.shape[2]):
        for column in range(marks.shape[3]):
            together |= trace.unit((0, 1, row, column)).seen[0]
    assert torch.equal(trace.field(marks).seen[0], together)
    assert box(torch.zeros(3, 3, dtype=torch.bool)) is None


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
def test_a_recurrence_sees_the_past(kind: type[nn.RNN]) -> None:
    one, both = kind(3, 4, batch_first=True), kind(3, 4, batch_first=True, bidirectional=True)
    x = torch.zeros(1, 6, 3)
    seen = Trace(lambda x: one(x)[0], [x]).unit((0, 2, 1))
    assert seen.seen[0].any(2).tolist() == [[True] * 3 + [False] * 3]
    assert seen.exact
    assert Trace(lambda x: both(x)[0], [x]).unit((0, 2, 1)).seen[0][0, :3].all()
    assert Trace(lambda x: both(x)[0], [x]).unit((0, 2, 7)).seen[0].any(2).tolist() == [[False] * 2 + [True] * 4]


def test_attention_and_words_and_what_is_not_known() -> None:
    attention = nn.MultiheadAttention(4, 2, batch_first=True)
    x = torch.zeros(1, 6, 4)
    assert Trace(lambda x: attention(x, x, x)[0], [x]).unit((0, 2, 1)).seen[0].all()
    words = nn.Sequential(nn.Embedding(9, 4), nn.LayerNorm(4))
    assert Trace(words, [torch.tensor([[1, 2, 3]])]).unit((0, 1, 2)).seen[0].tolist() == [[False, True, False]]
    unknown = Trace(torch.linalg.inv, [torch.eye(3)[None]]).unit((0, 1, 2))
    assert unknown.seen[0].all()
    assert not unknown.exact


def test_windows_by_hand() -> None:
    assert windows(2, 5, 3, 2, 1, 1).int().tolist() == [[1, 1, 0, 0, 0], [0, 1, 1, 1, 0]]
    assert windows(1, 5, 3, 1, 0, 2).int().tolist() == [[1, 0, 1, 0, 1]]


def test_a_deep_network_answers_while_one_points_at_it() -> None:
    layers: list[nn.Module] = []
    for inputs, outputs in ((3, 64), (64, 64), (64, 128), (128, 128), (128, 256), (256, 256)):
        layers += [conv(inputs, outputs, 3, padding=1), nn.ReLU(), *([nn.MaxPool2d(2)] if inputs == outputs else [])]
    trace = Trace(nn.Sequential(*layers).eval(), [torch.zeros(1, 3, 112, 112)])
    began = time.perf_counter()
    seen = trace.unit((0, 7, 6, 6)).seen[0]
    assert time.perf_counter() - began < 2
    assert box(seen[0, 0]) == (34, 69, 34, 69)  # 12–13, 10–15, 20–31, 18–33, 36–67, 34–69
