"""A monkey at the canvas: random gestures neither crash it nor make it show anything but the document."""

from __future__ import annotations

import pytest
from hands import Hands
from monkey import rampage

STEPS = 900


@pytest.mark.parametrize("seed", range(3))
def test_random_gestures(hands: Hands, seed: int) -> None:
    assert rampage(hands, seed, lambda steps: steps < STEPS) == STEPS
