"""What the command line tells while it trains, line by line."""

from __future__ import annotations

import pytest

from backend.messages import Loading, Metrics, Started
from backend.progress import Lines

Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize("epochs", [[2, 4, 6], [1, 3, 6], [5, 6]], ids=["in time", "late", "at the end"])
def test_the_last_epoch_is_always_told(capsys: Capture, epochs: list[int]) -> None:
    lines = Lines()
    lines.hear(Started("run", 1, 6, 1, "cpu"))
    for epoch in epochs:
        lines.hear(Metrics("validation", epoch, float(epoch), {"loss": 0.5}))
    told = capsys.readouterr().err.splitlines()
    assert told[-1].startswith("epoch 6/6")
    assert len(told) == 1 + len(epochs)


def test_reading_is_told_apart_from_downloading(capsys: Capture) -> None:
    lines = Lines()
    for done in (0, 50):
        lines.hear(Loading("train-images.gz", done, 100))
        lines.hear(Loading("pictures", done, 100, reading=True))
    assert capsys.readouterr().err.splitlines()[:2] == ["downloading train-images.gz", "reading pictures"]
