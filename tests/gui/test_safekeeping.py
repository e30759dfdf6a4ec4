"""Never losing work: recovery after a kill, versions of files, changes on the disk, and comparing on the canvas."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from played import PlayedSession
from PySide6.QtCore import QLockFile, Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot
from shown import settle, texts
from windows import add_node

from benchmarks.kills import kill_one
from graph import files, versions
from graph.document import MAIN, Document, NodeKey
from graph.journal import recover
from graph.network_edits import rename_network
from gui.session import Notice
from gui.shell.recovery import LOCK, Recovery, root
from gui.shell.safekeeping import versions_folder
from gui.shell.shelf import Shelf
from gui.whereabouts import way_to
from gui.window import Window

CTRL = Qt.KeyboardModifier.ControlModifier
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def recovery(window: Window) -> Iterator[Recovery]:
    made = Recovery(window.session)
    yield made
    made.end()


def abandon(recovery: Recovery) -> None:
    """Leave a studio's recovery files as a kill leaves them: there, and locked by a process that is no more."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    other = root() / "other"
    other.mkdir(parents=True)
    for place in recovery.folder.iterdir():
        if place.name != LOCK:
            (other / place.name).write_bytes(place.read_bytes())
    lines = (recovery.folder / LOCK).read_text("utf-8").splitlines()
    (other / LOCK).write_text("\n".join([str(gone.pid), *lines[1:]]) + "\n", "utf-8")


def press(shelf: Shelf, label: str, row: int = 0) -> None:
    button = next(each for each in shelf.rows[row].findChildren(QPushButton) if each.text() == label)
    button.click()


def last(session: PlayedSession, words: str) -> Notice:
    return next(notice for notice in reversed(session.notices) if words in notice.text)


# -- recovery ----------------------------------------------------------------------------------------------------------


def test_every_edit_is_in_the_recovery_file_at_once(window: Window, recovery: Recovery) -> None:
    window.new()
    for count in range(1, 4):
        add_node(window.session)
        place = recovery.place_of(window.session.current)
        assert place is not None
        assert len(recover(place).document.nodes) == count
    window.session.undo()
    assert len(recover(place).document.nodes) == 2


def test_saving_and_ending_clean_up(window: Window, recovery: Recovery, tmp_path: Path) -> None:
    window.new()
    add_node(window.session)
    place = recovery.place_of(window.session.current)
    assert place is not None
    window.session.save(tmp_path / "mine.netloom")
    assert not place.exists()
    add_node(window.session)
    recovery.end()
    assert not recovery.folder.exists()


def test_what_a_crash_left_is_offered_and_restored(window: Window, recovery: Recovery, tmp_path: Path,
                                                   qtbot: QtBot) -> None:  # fmt: skip
    session = window.session
    window.new()
    add_node(session)
    session.save(tmp_path / "mine.netloom")
    add_node(session)
    expected = session.document.snapshot()
    abandon(recovery)
    session.document.mark_saved()
    session.close_tab(session.current)
    shelf = window.safe.offer_recovered(recovery)
    assert shelf is not None
    qtbot.addWidget(shelf)
    (row,) = shelf.rows
    assert row.offer.title == "mine"
    assert row.offer.lines[1] == "Newer than “mine.netloom”: 1 node added"
    press(shelf, "Restore")
    assert session.document.snapshot() == expected
    assert session.path == tmp_path / "mine.netloom"
    assert session.document.modified
    session.undo()
    assert len(session.document.nodes) == 1
    assert recovery.place_of(session.current) is not None
    assert window.safe.offer_recovered(recovery) is None


def test_what_is_discarded_is_offered_no_more(window: Window, recovery: Recovery, qtbot: QtBot) -> None:
    window.new()
    add_node(window.session)
    abandon(recovery)
    shelf = window.safe.offer_recovered(recovery)
    assert shelf is not None
    qtbot.addWidget(shelf)
    press(shelf, "Discard")
    assert window.safe.offer_recovered(recovery) is None


def test_another_studio_that_runs_keeps_its_files(window: Window, recovery: Recovery) -> None:
    window.new()
    add_node(window.session)
    abandon(recovery)
    (root() / "other" / LOCK).unlink()
    other = QLockFile(str(root() / "other" / LOCK))
    assert other.tryLock(0)
    assert recovery.orphans() == []
    other.unlock()
    assert len(recovery.orphans()) == 1


def test_a_disk_that_refuses_is_told_and_the_design_stays(window: Window, recovery: Recovery, session: PlayedSession,
                                                          monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    window.new()
    monkeypatch.setattr("graph.journal.os.write", full)
    add_node(session)
    assert "the disk is full" in last(session, "not backed up").text
    assert len(session.document.nodes) == 1
    monkeypatch.undo()
    add_node(session)
    place = recovery.place_of(session.current)
    assert place is not None
    assert len(recover(place).document.nodes) == 2


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_killed_studio_loses_at_most_one_step(seed: int) -> None:
    outcome = kill_one(random.Random(seed))
    assert outcome.acknowledged > 0
    assert outcome.missing <= 1
    assert outcome.same


# -- versions ----------------------------------------------------------------------------------------------------------


def test_the_last_five_versions_are_kept_and_open(window: Window, tmp_path: Path, qtbot: QtBot) -> None:
    session, path = window.session, tmp_path / "mine.netloom"
    window.new()
    for _ in range(8):
        add_node(session)
        session.save(path)
    kept = versions.versions(versions_folder(), path)
    assert [len(files.load(version.place).nodes) for version in kept] == [7, 6, 5, 4, 3]
    shelf = window.safe.show_versions()
    assert shelf is not None
    qtbot.addWidget(shelf)
    assert shelf.rows[0].offer.lines == ("Since then: 1 node added",)
    press(shelf, "Open", row=4)
    assert len(session.document.nodes) == 3
    assert session.path is None
    assert len(session.tabs) == 2


def test_saving_the_same_twice_keeps_one_version(window: Window, tmp_path: Path) -> None:
    path = tmp_path / "mine.netloom"
    window.new()
    add_node(window.session)
    for _ in range(3):
        window.session.save(path)
    assert len(versions.versions(versions_folder(), path)) == 1


# -- the disk ----------------------------------------------------------------------------------------------------------


def changed_outside(window: Window, path: Path) -> None:
    """Save a design with one node, and have another program write a design of its own there."""
    window.new()
    add_node(window.session)
    window.session.save(path)
    other = Document()
    with other.edit("Other"):
        other.add_node("tanh")
    files.save(other, path)
    window.safe.watch.look()


def test_a_file_changed_outside_is_noticed_by_itself(window: Window, session: PlayedSession, tmp_path: Path,
                                                     qtbot: QtBot) -> None:  # fmt: skip
    window.new()
    session.save(tmp_path / "mine.netloom")
    (tmp_path / "mine.netloom").write_text("{}", "utf-8")
    qtbot.waitUntil(lambda: any("changed on the disk" in notice.text for notice in session.notices), timeout=5000)


def test_reloading_takes_it_over_and_can_be_undone(window: Window, session: PlayedSession, tmp_path: Path) -> None:
    changed_outside(window, tmp_path / "mine.netloom")
    reload = last(session, "changed on the disk").action
    assert reload is not None
    reload()
    assert [node.type for node in session.document.nodes.values()] == ["tanh"]
    assert not window.isWindowModified()
    session.undo()
    assert [node.type for node in session.document.nodes.values()] == ["relu"]


def test_keeping_mine_marks_it_unsaved_and_saving_keeps_theirs_as_a_version(window: Window, session: PlayedSession,
                                                                           tmp_path: Path) -> None:  # fmt: skip
    path = tmp_path / "mine.netloom"
    changed_outside(window, path)
    dict(last(session, "changed on the disk").more)["Keep mine"]()
    assert window.isWindowModified()
    window.session.save()
    assert not window.isWindowModified()
    (newest, *_) = versions.versions(versions_folder(), path)
    assert [node.type for node in files.load(newest.place).nodes.values()] == ["tanh"]


def test_comparing_with_the_disk_shows_both(window: Window, session: PlayedSession, tmp_path: Path) -> None:
    changed_outside(window, tmp_path / "mine.netloom")
    dict(last(session, "changed on the disk").more)["Compare"]()
    comparison = window.safe.comparison
    assert comparison is not None
    assert {key.node: mark.sign for key, mark in comparison.marks.items()} == {"relu_1": "+", "tanh_1": "−"}


def test_a_file_that_went_is_told_and_saved_again(window: Window, session: PlayedSession, tmp_path: Path) -> None:
    path = tmp_path / "mine.netloom"
    window.new()
    add_node(session)
    session.save(path)
    path.unlink()
    window.safe.watch.look()
    assert window.isWindowModified()
    save = last(session, "no longer there").action
    assert save is not None
    save()
    assert len(files.load(path).nodes) == 1


# -- comparing ---------------------------------------------------------------------------------------------------------


def test_a_comparison_follows_edits_and_escape_leaves_it(window: Window, tmp_path: Path, qtbot: QtBot) -> None:
    session = window.session
    window.open_template("digits-cnn")
    session.save(tmp_path / "mine.netloom")
    window.actions_by_name["compare_saved"].trigger()
    comparison = window.safe.comparison
    assert comparison is not None
    assert not comparison.marks
    conv = next(key for key, node in session.document.nodes.items() if node.type == "conv2d")
    gone = next(key for key, node in session.document.nodes.items() if node.type == "relu")
    with session.document.edit("Work"):
        session.document.set_param(conv, "filters", 77)
        session.document.remove_node(gone)
        session.document.add_node("tanh", id="fresh")
    qtbot.waitUntil(lambda: len(comparison.marks) == 3)
    signs = {key: mark.sign for key, mark in comparison.marks.items()}
    assert signs == {conv: "~", gone: "−", NodeKey(MAIN, "fresh"): "+"}
    assert "77" in comparison.marks[conv].words
    assert comparison.wires
    qtbot.mouseClick(comparison.bar.on, LEFT)
    assert session.selection == {NodeKey(MAIN, "fresh")}
    before = session.document.snapshot()
    items = len(window.canvas.canvas.items())
    window.canvas.setFocus()
    qtbot.keyClick(window.canvas, Qt.Key.Key_Escape)
    assert window.safe.comparison is None
    assert len(window.canvas.canvas.items()) < items
    assert session.document.snapshot() == before


def test_a_comparison_is_seen_from_far_away(window: Window, tmp_path: Path, qtbot: QtBot) -> None:
    session = window.session
    window.open_template("digits-cnn")
    session.save(tmp_path / "mine.netloom")
    window.safe.compare_with_saved()
    conv = next(key for key, node in session.document.nodes.items() if node.type == "conv2d")
    gone = next(key for key, node in session.document.nodes.items() if node.type == "relu")
    window.canvas.zoom_to(0.15)
    assert window.canvas.far
    spots = [(node.x + 100, node.y + 30) for node in map(session.document.nodes.__getitem__, (gone, conv))]

    def colours() -> list[str]:
        window.canvas.viewport().repaint()
        picture = window.canvas.viewport().grab().toImage()
        ends = window.canvas.mapFromScene(*spots[0]), window.canvas.mapFromScene(*spots[1])
        return [picture.pixelColor(end).name() for end in ends]

    before = colours()
    with session.document.edit("Work"):
        session.document.set_param(conv, "filters", 77)
        session.document.remove_node(gone)
    comparison = window.safe.comparison
    assert comparison is not None
    qtbot.waitUntil(lambda: len(comparison.marks) == 2)
    during = colours()
    assert during[0] != before[0]
    assert during[1] != before[1]
    assert during[0] != during[1]
    window.safe.leave_comparison()
    assert not window.canvas.overlays
    assert colours()[0] != during[0]


def test_the_inspector_says_what_was_while_comparing(window: Window, tmp_path: Path, qtbot: QtBot) -> None:
    session = window.session
    window.open_template("digits-cnn")
    session.save(tmp_path / "mine.netloom")
    conv = next(key for key, node in session.document.nodes.items() if node.type == "conv2d")
    old = session.document.nodes[conv].params["filters"]
    with session.document.edit("Work"):
        session.document.set_param(conv, "filters", 77)
        session.document.set_setting("epochs", 55)
        session.document.change_node(conv, title="Eyes")
    session.select([conv])
    window.docks.show("inspector")
    panel = window.docks.docks["inspector"].widget()
    settle(qtbot)
    assert not any(row.was.isVisible() for row in panel.rows.values())
    window.safe.compare_with_saved()
    settle(qtbot)
    assert panel.rows["filters"].was.text() == f"was {old}"
    assert [name for name, row in panel.rows.items() if row.was.isVisible()] == ["filters"]
    assert "Title was –" in texts(panel)
    session.select(())
    settle(qtbot)
    assert [name for name, row in panel.rows.items() if row.was.isVisible()] == ["epochs"]
    window.safe.leave_comparison()
    settle(qtbot)
    assert not any(row.was.isVisible() for row in panel.rows.values())


def test_a_renamed_network_is_no_new_one_on_the_canvas(window: Window, tmp_path: Path, qtbot: QtBot) -> None:
    session = window.session
    window.open_template("resnet18")
    session.save(tmp_path / "mine.netloom")
    window.safe.compare_with_saved()
    comparison = window.safe.comparison
    assert comparison is not None
    name = next(name for name in session.document.networks if name != MAIN)
    with session.document.edit("Rename"):
        renamed = rename_network(session.document, name, "Another name")
    qtbot.waitUntil(lambda: bool(comparison.found.networks))
    assert comparison.found.networks == {renamed: name}
    assert not comparison.marks
    assert comparison.bar.text.text().endswith("1 network renamed")
    inner = next(key for key in session.document.nodes if key.network == renamed)
    with session.document.edit("Work"):
        session.document.remove_node(inner)
    session.go(way_to(session.document, renamed))
    qtbot.waitUntil(lambda: [mark.sign for mark in comparison.marks.values()] == ["−"])


def test_another_tab_ends_a_comparison(window: Window, tmp_path: Path) -> None:
    window.open_template("xor")
    window.session.save(tmp_path / "mine.netloom")
    add_node(window.session)
    window.safe.compare_with_saved()
    window.open_template("digits-cnn")
    assert window.safe.comparison is None
