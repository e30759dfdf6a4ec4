"""The data panel in each of its states."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from pathlib import Path

from PySide6.QtWidgets import QWidget

from backend import messages as m
from docs.scenes import scene
from docs.scenes._stage import Stage
from gui.panels.data import DataPanel

TALL = (1440, 1000)
CHURN = ("id", "name", "joined", "age", "plan", "bill", "visits", "left")
PLANS = ("basic", "family", "premium")


def _panel(stage: Stage) -> DataPanel:
    panel = stage.panel("data")
    assert isinstance(panel, DataPanel)
    return panel


def _shown(stage: Stage, source: Path | str, tab: str = "") -> DataPanel:
    """The panel with a source that was brought, at a tab."""
    panel = _panel(stage)
    if Path(source).exists():
        stage.drop(source)
    else:
        panel.look_at(str(source))
    stage.until(lambda: panel.answer is not None and panel.answer.done)
    stage.settle()
    tabs = panel.pane.tabs
    tabs.setCurrentIndex(next((n for n in range(tabs.count()) if tabs.tabData(n) == tab), tabs.currentIndex()))
    return panel


def _customers(folder: Path, rows: int = 600) -> Path:
    """A table as people bring it: ids, names, dates, categories, blanks, and a target in words."""
    chance = random.Random(4)
    lines = [";".join(CHURN)]
    for number in range(rows):
        bill, age = chance.gauss(60, 20), chance.randint(18, 90)
        left = chance.random() < 1 / (1 + math.exp(4 - bill / 20))
        cells = (f"C-{10000 + number}", f"Customer {number}", f"20{chance.randint(10, 24)}-0{chance.randint(1, 9)}-15",
                 "" if chance.random() < 0.07 else str(age), chance.choice(PLANS), f"{bill:.2f}".replace(".", ","),
                 str(int(chance.expovariate(0.3))), "yes" if left else "no")  # fmt: skip
        lines.append(";".join(cells))
    path = folder / "customers.csv"
    path.write_text("\n".join(lines), "utf-8")
    return path


@scene(size=TALL)
def data_empty(stage: Stage) -> QWidget:
    """The data panel of an empty design."""
    return _panel(stage)


@scene(size=TALL)
def data_pictures(stage: Stage) -> QWidget:
    """Pictures of a known set, class by class."""
    return _shown(stage, "digits")


@scene(size=TALL, needs=("flowers",))
def data_photos(stage: Stage) -> QWidget:
    """A folder of photographs in colour."""
    return _shown(stage, "flowers")


@scene(size=TALL)
def data_classes(stage: Stage) -> QWidget:
    """How many examples every class has, by split."""
    return _shown(stage, "digits", "label")


@scene(size=TALL)
def data_table(stage: Stage) -> QWidget:
    """A table never seen before: what its columns are, and what is proposed."""
    return _shown(stage, _customers(stage.folder))


@scene()
def data_table_used(stage: Stage) -> QWidget:
    """The same table in the place of another one that a network on the canvas was drawn for."""
    stage.open("telecom-churn")
    panel = _shown(stage, _customers(stage.folder))
    panel.card.use.click()
    stage.until(lambda: panel.answer is not None and panel.answer.done and panel.brought is None)
    stage.settle()
    stage.window.canvas.frame_all()
    return stage.window


@scene(size=TALL)
def data_table_problem(stage: Stage) -> QWidget:
    """A table that cannot be read, and the sentence that says why."""
    path = stage.folder / "empty.csv"
    path.write_text("name;age\n", "utf-8")
    return _shown(stage, path)


@scene(size=TALL, needs=("tiny-shakespeare",))
def data_text(stage: Stage) -> QWidget:
    """A text as tokens, with its vocabulary."""
    return _shown(stage, "tiny-shakespeare")


@scene(size=TALL, needs=("passengers",))
def data_series(stage: Stage) -> QWidget:
    """A time series with the windows that a network sees of it."""
    return _shown(stage, "passengers")


@scene(size=TALL)
def data_points(stage: Stage) -> QWidget:
    """Points in the plane by class."""
    return _shown(stage, "moons")


@scene(size=TALL)
def data_missing(stage: Stage) -> QWidget:
    """A known set that is not on this machine, offered for download."""
    return _shown(stage, "cifar100")


@scene(size=TALL)
def data_downloading(stage: Stage) -> QWidget:
    """A download with its progress, and a way to end it."""
    panel = _shown(stage, "cifar100")
    panel.fetch.click()
    now = iter((0.0, 1.0, 2.0))
    panel.progress._clock = lambda: next(now)
    for done in (38_000_000, 41_200_000, 44_600_000):
        stage.session.previews.loading.emit(m.Loading("cifar-100-binary.tar.gz", done, 168_513_733))
    panel.session.previews._waiting = None  # the server of the scene never answers
    return panel


@scene(size=TALL)
def data_download_failed(stage: Stage) -> QWidget:
    """A download that has not worked."""
    panel = _shown(stage, "cifar100")
    panel.fetch.click()
    assert panel._request is not None
    stage.session.previews.answered.emit(m.Previewed(panel._request, error=(
        "“cifar-100-binary.tar.gz” could not be downloaded: www.cs.toronto.edu stopped sending.")))  # fmt: skip
    panel.session.previews._waiting = None
    return panel


@scene(size=TALL)
def data_streamed(stage: Stage) -> QWidget:
    """What the panel says of data that does not fit into memory."""
    panel = _shown(stage, "digits")
    assert panel.answer is not None
    splits = {"train": 1_281_167, "validation": 0, "test": 50_000}
    words = (
        "Held on the disk (200 GB, more than half of the 16 GB of memory that are free): unpacked once into the cache "
        "folder and read from there batch by batch."
    )
    told = replace(panel.answer, title="Photographs", about="", found="1,331,167 pictures of 224×224 pixels in colour.",
                   splits=splits, bytes=200_382_000_000, licence="", citation="", kept=words)  # fmt: skip
    panel.session.previews.answered.emit(told)
    return panel
