"""Maps on which neighbours stay neighbours (t-SNE), worked out by a process beside the training."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import backend
from backend.problems import TrainProblem

HOUSE = Path(backend.__file__).parent.parent
CODES, PLACES, TOLD, WRONG = "codes.npy", "places.npy", "told.txt", "wrong.txt"
ROUNDS = 1000  # of the descent
BEGUN = 0.05  # of the whole work, which finding neighbours is
FIRST = 50  # principal components that neighbours are found by, where codes have more numbers
PERPLEXITY = 30.0  # about how many neighbours an example has
LEAST = 5  # examples that make a map
WATCH_SECONDS = 1.0  # between two looks at whether the engine is still there
NICE = 10  # how far the training goes first


class NeighbourJob:
    """A map under way (van der Maaten and Hinton 2008). The same codes and seed give the same map.

    codes: (examples, size), all finite. Raises TrainProblem where there are too few.
    """

    def __init__(self, codes: np.ndarray, seed: int) -> None:
        if len(codes) < LEAST:
            raise TrainProblem(f"A map of neighbours takes {LEAST} examples or more, and there are {len(codes)}: "
                               "choose another part of the data.")  # fmt: skip
        self._folder = tempfile.TemporaryDirectory(prefix="netloom-neighbours-")
        place = Path(self._folder.name)
        np.save(place / CODES, codes)
        program = "from backend.neighbours import work; work()"
        command = [sys.executable, "-u", "-c", program, str(place), str(seed), str(os.getpid())]
        with open(place / TOLD, "wb") as told, open(place / WRONG, "wb") as wrong:
            self._process = subprocess.Popen(command, cwd=HOUSE, stdin=subprocess.DEVNULL, stdout=told, stderr=wrong)

    def done(self) -> float:
        """The share of the work that is done, 0 to 1; 1 once the places are there or it has failed."""
        if self._process.poll() is not None:
            return 1.0
        try:
            told = (Path(self._folder.name) / TOLD).read_text(errors="replace")
        except OSError:
            return 0.0
        rounds = re.findall(r"Iteration (\d+)", told)
        return BEGUN + (1 - BEGUN) * min(int(rounds[-1]) / ROUNDS, 0.99) if rounds else BEGUN * ("neighbors" in told)

    def places(self) -> np.ndarray | None:
        """(examples, 2), None while it is under way. Raises TrainProblem where it has failed."""
        if self._process.poll() is None:
            return None
        try:
            found: np.ndarray = np.load(Path(self._folder.name) / PLACES)
            return found
        except (OSError, ValueError):
            with contextlib.suppress(OSError):
                said = (Path(self._folder.name) / WRONG).read_text(errors="replace").strip().splitlines()
                raise TrainProblem("The map of neighbours could not be made"
                                   + (f": {said[-1]}" if said else ".")) from None  # fmt: skip
            raise TrainProblem("The map of neighbours was ended before it was there: ask for it again.") from None

    def stop(self) -> None:
        """End the work; once there is nothing to end, it only clears away."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._folder.cleanup()


def _end_with(parent: int, folder: Path) -> None:
    """End as soon as nobody waits for the map any more, and leave nothing behind."""
    while os.getppid() == parent:
        time.sleep(WATCH_SECONDS)
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


def work() -> None:
    """What the process does: codes in a folder become places in it."""
    threading.Thread(target=_end_with, args=(int(sys.argv[3]), Path(sys.argv[1])), daemon=True).start()
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    lower_priority: Callable[[int], object] = getattr(os, "nice", int)  # Windows has none
    lower_priority(NICE)
    place, seed = Path(sys.argv[1]), int(sys.argv[2])
    codes = np.load(place / CODES)
    if min(codes.shape) > FIRST:
        codes = PCA(FIRST, random_state=seed).fit_transform(codes)
    perplexity = min(PERPLEXITY, (len(codes) - 1) / 3)
    start = "pca" if min(codes.shape) > 1 else "random"
    made = TSNE(2, perplexity=perplexity, max_iter=ROUNDS, init=start, random_state=seed, verbose=2)
    places = made.fit_transform(codes).astype(np.float32)
    part = place / ("part-" + PLACES)
    np.save(part, places)
    part.replace(place / PLACES)
