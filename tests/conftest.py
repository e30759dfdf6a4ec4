"""What every test stands on: folders of its own, no window on the screen, and guards against leftovers."""

from __future__ import annotations

import gc
import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from hypothesis import settings

FOLDERS = {
    "XDG_CONFIG_HOME": "config",
    "XDG_CACHE_HOME": "cache",
    "XDG_DATA_HOME": "data",
    "XDG_STATE_HOME": "state",
    "XDG_RUNTIME_DIR": "runtime",
    "APPDATA": "config",
    "LOCALAPPDATA": "data",
    "NETLOOM_CACHE": "cache",
    "NETLOOM_RUNS": "runs",
    "NETLOOM_PLUGINS": "plugins",
}
# What a developer's own environment may hold.
FOREIGN = ("NETLOOM_DATA", "NETLOOM_DEVICE", "NETLOOM_LANGUAGE", "NETLOOM_MIRROR")
PATIENCE = 5.0  # seconds that a thread or process gets to end after the test that started it

settings.register_profile("netloom", deadline=None, max_examples=60, derandomize=True)
settings.load_profile("netloom")


@pytest.fixture(autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings, cache and data of the program live in a folder that only this test sees."""
    home = tmp_path_factory.mktemp("home")
    for variable, folder in FOLDERS.items():
        (home / folder).mkdir(mode=0o700, exist_ok=True)
        monkeypatch.setenv(variable, str(home / folder))
    for variable in FOREIGN:
        monkeypatch.delenv(variable, raising=False)
    return home


@pytest.fixture(autouse=True)
def nothing_left_running() -> Iterator[None]:
    """Fail a test that leaves a process or a thread behind."""
    processes, threads = set(multiprocessing.active_children()), set(threading.enumerate())
    yield
    left = _settled(lambda: [child.name for child in set(multiprocessing.active_children()) - processes])
    assert not left, f"The test left processes behind: {left}"
    left = _settled(lambda: [t.name for t in set(threading.enumerate()) - threads if not t.daemon])
    assert not left, f"The test left threads behind: {left}"


def _settled(left: Callable[[], list[str]]) -> list[str]:
    """What is still left after a little patience."""
    if left():
        gc.collect()
    end = time.monotonic() + PATIENCE
    while left() and time.monotonic() < end:
        time.sleep(0.02)
    return left()
