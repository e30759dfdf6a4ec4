"""The list of runs beside the plots: ticked, picked, pinned, renamed, deleted and brought back by hand."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from played import PlayedSession
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QLineEdit, QStyle, QStyleOptionViewItem
from pytestqt.qtbot import QtBot
from shown import shown

from backend import messages as m
from backend.history import History
from backend.runs import Run, list_runs
from graph.document import Document
from gui.inside.curves import CurveKey
from gui.inside.run_list import DATE, NAME, PIN, RESULT, STATUS
from gui.panels.plots import PlotsPanel

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
LOSS = CurveKey("loss", "train")


def kept(folder: Path, title: str, level: float, points: int = 60, status: str = "finished", **settings: object) -> Run:
    """A run on the disk whose training loss lies at a level."""
    document = Document()
    with document.edit("Draw"):
        document.put("about", "title", title)
        for name, value in settings.items():
            document.set_setting(name, value)
    run = Run.create(folder, document)
    with closing(History(run.metrics_path)) as history:
        for step in range(1, points + 1):
            values = {"loss": level + 0.001 * step, "accuracy": 0.5 + step / 1000}
            history.add("train", step, step / 10, values, step / 2, {"learning_rate": 0.1, "samples_per_second": 1e3})
            if step % 10 == 0:
                history.add("validation", step, step / 10, {"loss": level + abs(step - 30) / 100}, step / 2)
    run.record.status, run.record.metrics = status, {"test": {"loss": level}}  # type: ignore[assignment]
    run.save()
    return run


@pytest.fixture
def runs(session: PlayedSession) -> list[Run]:
    place = session.runs_folder
    return [kept(place, "Small steps", 1.0, batch_size=1), kept(place, "Small steps", 2.0, batch_size=32),
            kept(place, "Other", 3.0, status="stopped")]  # fmt: skip


@pytest.fixture
def plots(session: PlayedSession, runs: list[Run], qtbot: QtBot) -> PlotsPanel:
    panel = shown(qtbot, PlotsPanel(session), 980, 460)
    qtbot.waitUntil(lambda: panel.runs.model.rowCount() == 3, timeout=15000)
    return panel


def place_of(panel: PlotsPanel, run: Run, column: int) -> QRect:
    view = panel.runs.view
    index = view.sorted.mapFromSource(panel.runs.model.index(panel.runs.model.row_of(str(run.folder)), column))
    view.scrollTo(index)
    return view.visualRect(index)


def click(panel: PlotsPanel, run: Run, column: int, qtbot: QtBot) -> None:
    qtbot.mouseClick(panel.runs.view.viewport(), LEFT, NONE, place_of(panel, run, column).center())


def tick(panel: PlotsPanel, run: Run, qtbot: QtBot) -> None:
    """Click on the box before a run's name."""
    view, option = panel.runs.view, QStyleOptionViewItem()
    option.rect = place_of(panel, run, NAME)
    option.features = QStyleOptionViewItem.ViewItemFeature.HasCheckIndicator
    box = view.style().subElementRect(QStyle.SubElement.SE_ItemViewItemCheckIndicator, option, view)
    qtbot.mouseClick(view.viewport(), LEFT, NONE, box.center())


def drawn(panel: PlotsPanel) -> set[str]:
    return {run for plot in panel.sheet.plots.values() for run, _ in plot.items}


def show(panel: PlotsPanel, qtbot: QtBot, *wanted: Run) -> None:
    for run in wanted:
        tick(panel, run, qtbot)
    qtbot.waitUntil(lambda: drawn(panel) == {str(run.folder) for run in wanted}, timeout=15000)
    qtbot.wait(100)  # until every plot has found its range


def texts(panel: PlotsPanel, column: int) -> list[str]:
    model = panel.runs.view.sorted
    return [model.index(row, column).data() for row in range(model.rowCount())]


def spot(panel: PlotsPanel, group: str, x: float, y: float) -> QPoint:
    canvas = panel.sheet.plots[group].canvas
    return canvas.mapFromScene(canvas.getPlotItem().vb.mapViewToScene(QPointF(x, y)))


# -- the list ---------------------------------------------------------------------------------------------------------


def test_runs_are_listed_with_what_tells_them_apart(plots: PlotsPanel) -> None:
    assert sorted(texts(plots, NAME)) == ["Other", "Small steps · batch size 1", "Small steps · batch size 32"]
    assert sorted(texts(plots, STATUS)) == ["finished", "finished", "stopped"]
    assert "test: loss 2" in texts(plots, RESULT)
    assert all(re.match(r"\d\d:\d\d:\d\d", text) for text in texts(plots, DATE))


def test_runs_that_others_make_are_listed_too(plots: PlotsPanel, session: PlayedSession, qtbot: QtBot) -> None:
    kept(session.runs_folder, "From elsewhere", 1.0)
    qtbot.waitUntil(lambda: "From elsewhere" in texts(plots, NAME), timeout=15000)


def test_ticked_runs_are_drawn_from_the_disk_and_unticked_ones_no_more(
    plots: PlotsPanel, runs: list[Run], qtbot: QtBot
) -> None:
    show(plots, qtbot, runs[0], runs[1])
    assert list(plots.sheet.plots) == ["loss", "accuracy", "learning_rate", "samples_per_second"]
    line = plots.sheet.plots["loss"].items[str(runs[1].folder), LOSS]
    history = [row.value for row in runs[1].history("train") if row.name == "loss"]
    assert line.yData.tolist() == history
    assert {entry.words for entry in plots.sheet.legend.entries} >= {"Small steps · batch size 1", "train"}
    tick(plots, runs[1], qtbot)
    qtbot.waitUntil(lambda: drawn(plots) == {str(runs[0].folder)})


def test_the_space_bar_ticks(plots: PlotsPanel, runs: list[Run], qtbot: QtBot) -> None:
    click(plots, runs[2], STATUS, qtbot)
    qtbot.keyClick(plots.runs.view, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: drawn(plots) == {str(runs[2].folder)}, timeout=15000)


def test_runs_with_as_many_objectives_share_a_plot(plots: PlotsPanel, runs: list[Run], qtbot: QtBot) -> None:
    with closing(History(runs[2].metrics_path)) as history:
        history.add("train", 100, 10.0, {"generator.loss": 1.0, "critic.loss": 2.0}, 1.0)
    show(plots, qtbot, runs[0], runs[2])
    metrics = {key.metric for _, key in plots.sheet.plots["loss"].items}
    assert metrics == {"loss", "generator.loss", "critic.loss"}


# -- picking ----------------------------------------------------------------------------------------------------------


def test_a_click_on_a_curve_selects_its_run_and_the_list_its_curve(
    plots: PlotsPanel, runs: list[Run], qtbot: QtBot
) -> None:
    show(plots, qtbot, *runs)
    viewport = plots.sheet.plots["loss"].canvas.viewport()
    for run, level in zip(runs, (1.0, 2.0, 3.0)):
        qtbot.mouseClick(viewport, LEFT, NONE, spot(plots, "loss", 3.0, level + 0.03))
        assert plots.runs.view.chosen == str(run.folder)
    qtbot.mouseClick(viewport, LEFT, NONE, spot(plots, "loss", 3.0, 2.5))
    assert plots.runs.view.chosen == str(runs[2].folder)
    validation = CurveKey("loss", "validation")
    click(plots, runs[0], STATUS, qtbot)
    items = plots.sheet.plots["loss"].items
    qtbot.waitUntil(
        lambda: (
            items[str(runs[0].folder), validation].opts["pen"].widthF()
            > items[str(runs[2].folder), validation].opts["pen"].widthF()
        )
    )
    assert items[str(runs[0].folder), LOSS].zValue() > items[str(runs[2].folder), LOSS].zValue()


# -- pins and names ---------------------------------------------------------------------------------------------------


def test_a_pinned_run_stays_when_a_training_begins(
    plots: PlotsPanel, runs: list[Run], qtbot: QtBot, session: PlayedSession
) -> None:
    show(plots, qtbot, runs[0])
    click(plots, runs[1], PIN, qtbot)
    qtbot.waitUntil(lambda: len(drawn(plots)) == 2, timeout=15000)
    session.hear(m.Started("runs/new", 42, 4, 10, "cpu"), m.Metrics("train", 1, 0.1, {"loss": 2.5}))
    qtbot.waitUntil(lambda: drawn(plots) == {str(runs[1].folder), "runs/new"})
    click(plots, runs[1], PIN, qtbot)
    session.hear(m.Started("runs/newer", 42, 4, 10, "cpu"), m.Metrics("train", 1, 0.1, {"loss": 2.5}))
    qtbot.waitUntil(lambda: drawn(plots) == {"runs/new", "runs/newer"})


def test_what_was_laid_over_comes_back_with_its_tab(
    plots: PlotsPanel, runs: list[Run], qtbot: QtBot, session: PlayedSession
) -> None:
    assert session.open_run(runs[0].folder)
    one = session.current
    folders = [str(run.folder) for run in runs]
    qtbot.waitUntil(lambda: drawn(plots) == {folders[0]})
    tick(plots, runs[1], qtbot)
    qtbot.waitUntil(lambda: drawn(plots) == {folders[0], folders[1]}, timeout=15000)
    tick(plots, runs[0], qtbot)
    qtbot.waitUntil(lambda: drawn(plots) == {folders[1]})
    session.new()
    qtbot.waitUntil(lambda: drawn(plots) == set())
    tick(plots, runs[2], qtbot)
    two = session.current
    session.show(one)  # while the third is still being read
    qtbot.waitUntil(lambda: drawn(plots) == {folders[1]}, timeout=15000)
    qtbot.wait(200)
    assert drawn(plots) == {folders[1]}
    session.show(two)
    qtbot.waitUntil(lambda: drawn(plots) == {folders[2]}, timeout=15000)
    plots.overlays.delete(folders[1])  # which is not looked for then
    notices = len(session.notices)
    session.show(one)
    qtbot.waitUntil(lambda: drawn(plots) == set())
    assert len(session.notices) == notices


def test_a_run_is_renamed_in_the_list(plots: PlotsPanel, runs: list[Run], qtbot: QtBot) -> None:
    click(plots, runs[2], NAME, qtbot)
    qtbot.mouseClick(plots.runs.rename, LEFT)
    field = plots.runs.view.findChild(QLineEdit)
    assert field is not None
    field.selectAll()
    qtbot.keyClicks(field, "Long steps")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "Long steps" in texts(plots, NAME))
    assert Run.open(runs[2].folder).record.name == "Long steps"
    assert Run.open(runs[2].folder).record.design == "Other"


def test_a_name_that_is_being_typed_stays_while_a_training_goes_on(
    plots: PlotsPanel, runs: list[Run], qtbot: QtBot, session: PlayedSession
) -> None:
    session.hear(m.Started("runs/new", 42, 4, 10, "cpu"))
    click(plots, runs[2], NAME, qtbot)
    qtbot.keyClick(plots.runs.view, Qt.Key.Key_F2)
    field = plots.runs.view.findChild(QLineEdit)
    assert field is not None
    field.selectAll()
    qtbot.keyClicks(field, "Half a na")
    kept(session.runs_folder, "From elsewhere", 1.0)
    for step in range(1, 30):
        session.hear(m.Metrics("train", step, step / 10, {"loss": 1 / step}))
        qtbot.wait(30)
    session.hear(m.Finished("runs/new", 1, 1.0, 1.0, {}))
    qtbot.wait(100)
    assert field.text() == "Half a na"
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: "From elsewhere" in texts(plots, NAME), timeout=15000)


def test_a_failed_run_that_is_opened_says_so(
    plots: PlotsPanel, runs: list[Run], qtbot: QtBot, session: PlayedSession
) -> None:
    failed = kept(session.runs_folder, "Failed", 1.0, status="failed")
    assert session.open_run(failed.folder)
    qtbot.waitUntil(lambda: bool(plots.sheet.plots) and "x" in {mark.sign for mark in plots.sheet.plots["loss"].marks},
                    timeout=15000)  # fmt: skip


# -- deleting ---------------------------------------------------------------------------------------------------------


def test_a_deleted_run_goes_from_disk_list_and_plots_and_undo_brings_all_back(
    plots: PlotsPanel, runs: list[Run], qtbot: QtBot, session: PlayedSession
) -> None:
    show(plots, qtbot, runs[0], runs[1])
    click(plots, runs[1], STATUS, qtbot)
    qtbot.keyClick(plots.runs.view, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: len(texts(plots, NAME)) == 2)
    assert not runs[1].folder.exists()
    assert len(list_runs(session.runs_folder)) == 2
    qtbot.waitUntil(lambda: drawn(plots) == {str(runs[0].folder)})
    notice = session.notices[-1]
    assert "batch size 32” was deleted" in notice.text
    assert notice.action_label == "Undo"
    assert notice.action is not None
    notice.action()
    qtbot.waitUntil(lambda: len(texts(plots, NAME)) == 3)
    assert runs[1].folder.exists()
    qtbot.waitUntil(lambda: drawn(plots) == {str(runs[0].folder), str(runs[1].folder)})


def test_what_was_deleted_is_spoken_of_no_more_until_it_is_back(
    plots: PlotsPanel, runs: list[Run], qtbot: QtBot, session: PlayedSession
) -> None:
    assert session.open_run(runs[0].folder)
    plots.overlays.delete(str(runs[0].folder))
    assert session.run == ""
    deeds = dict(plots.overlays._deeds(""))
    deeds["Bring back the run deleted last"]()
    assert runs[0].folder.exists()
    session.notices[-1].action and session.notices[-1].action()
    assert session.notices[-1].level == "error"
    assert "cannot be brought back" in session.notices[-1].text


def test_the_trash_is_emptied_when_that_is_wanted(
    plots: PlotsPanel, runs: list[Run], qtbot: QtBot, session: PlayedSession
) -> None:
    for run in runs[:2]:
        plots.overlays.delete(str(run.folder))
    dict(plots.overlays._deeds(""))["Remove deleted runs for good: 2"]()
    qtbot.waitUntil(lambda: not plots.overlays._deeds(""))


# -- taking away ------------------------------------------------------------------------------------------------------


def test_the_table_is_the_history(plots: PlotsPanel, runs: list[Run], qtbot: QtBot, tmp_path: Path) -> None:
    show(plots, qtbot, runs[0], runs[2])
    plots.save_table(str(tmp_path / "curves.csv"))
    rows = list(csv.DictReader((tmp_path / "curves.csv").read_text().splitlines()))
    for run in (runs[0], runs[2]):
        written = [(row["metric"], int(row["step"]), float(row["epoch"]), float(row["seconds"]), float(row["value"]))
                   for row in rows if row["run"] == run.record.name]  # fmt: skip
        assert written == [(row.name, row.step, row.epoch, row.seconds, row.value) for row in run.history()]
    assert {row["split"] for row in rows} == {"train", "validation"}


def test_the_drawing_opens_and_holds_every_curve_and_label(
    plots: PlotsPanel, runs: list[Run], qtbot: QtBot, tmp_path: Path
) -> None:
    show(plots, qtbot, runs[0], runs[2])
    plots.save_drawing(str(tmp_path / "plots.svg"))
    text = (tmp_path / "plots.svg").read_text("utf-8")
    assert QSvgRenderer(str(tmp_path / "plots.svg")).isValid()
    root = ElementTree.fromstring(text)
    words = {"".join(each.itertext()).strip() for each in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {"Loss", "Accuracy", "Learning rate", "Samples per second", "over epochs", "Other"} <= words
    assert "Small steps · batch size 1" in words
    pieces = [each for kind in ("polyline", "path") for each in root.iter("{http://www.w3.org/2000/svg}" + kind)]
    counts = [len(re.findall(r"-?[\d.]+,-?[\d.]+", each.get("points") or each.get("d") or "")) for each in pieces]
    assert sum(count >= 60 for count in counts) >= 8  # four training curves of each run, sixty points each


def test_the_picture_shows_what_is_plotted(plots: PlotsPanel, runs: list[Run], qtbot: QtBot, tmp_path: Path) -> None:
    show(plots, qtbot, runs[0])
    plots.save_picture(str(tmp_path / "plots.png"))
    picture = QImage(str(tmp_path / "plots.png"))
    assert picture.width() > 2 * 500
    colour = plots.sheet.styles[str(runs[0].folder), LOSS].colour
    there = sum(
        picture.pixelColor(x, y) == colour for x in range(0, picture.width(), 2) for y in range(picture.height())
    )
    assert there > 100


@pytest.mark.parametrize("write", [PlotsPanel.save_picture, PlotsPanel.save_drawing, PlotsPanel.save_table])
def test_where_nothing_can_be_written_a_notice_says_so(
    write: Callable[[PlotsPanel, str], None], plots: PlotsPanel, runs: list[Run], qtbot: QtBot, tmp_path: Path,
    session: PlayedSession,
) -> None:  # fmt: skip
    show(plots, qtbot, runs[0])
    write(plots, str(tmp_path / "no such folder" / "file"))
    assert [notice.level for notice in session.notices] == ["error"]


# -- signs ------------------------------------------------------------------------------------------------------------


def test_the_best_validation_and_the_end_are_marked(plots: PlotsPanel, runs: list[Run], qtbot: QtBot) -> None:
    show(plots, qtbot, runs[0], runs[2])
    marks = plots.sheet.plots["loss"].marks
    best = [(mark.x, mark.y) for mark in marks if mark.sign == "star"]
    assert sorted(best) == [(3.0, 1.0), (3.0, 3.0)]
    ends = {mark.sign: (mark.x, round(mark.y, 3)) for mark in marks if mark.sign != "star"}
    assert ends == {"o": (6.0, 1.06), "s": (6.0, 3.06)}
    words = [entry.words for entry in plots.sheet.legend.entries]
    assert {"lowest validation loss", "finished", "stopped"} <= set(words)


def test_a_spike_among_very_many_points_stays_in_sight(plots: PlotsPanel, session: PlayedSession, qtbot: QtBot) -> None:
    count, spike = 100_000, 54_321
    values = 1 + 0.1 * np.sin(np.arange(count) / 50)
    values[spike] = 9.0
    session.hear(m.Started("runs/long", 42, 4, 10, "cpu"), m.Metrics("train", 0, 0.0, {"loss": 1.0}))
    now = plots.traces.now
    assert now is not None
    steps = np.arange(1.0, count + 1)
    now.curves.extend(LOSS, np.stack([steps, steps / 1000, steps, values]))
    plots.invalidate()
    qtbot.waitUntil(lambda: drawn(plots) == {"runs/long"}, timeout=15000)
    plot = plots.sheet.plots["loss"]
    line = plot.items["runs/long", LOSS]
    qtbot.waitUntil(lambda: line.yData.max() == 9.0)
    assert len(line.yData) < 3 * plot.canvas.width()
    picture = plot.canvas.grab().toImage()
    colour = plots.sheet.styles["runs/long", LOSS].colour
    middle = spot(plots, "loss", spike / 1000, 5.0)
    near = [picture.pixelColor(x, middle.y()) for x in range(middle.x() - 2, middle.x() + 3)]
    assert colour in near
    assert not math.isnan(line.yData.min())
