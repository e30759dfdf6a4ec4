"""The session: what it tells the workers, what it makes of their answers, and what it does when one dies."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from played import PlayedSession
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from backend import messages as m
from backend.history import History
from backend.runs import Run
from graph import files
from graph.analysis import Analysis
from graph.document import Change, Document, Node, NodeKey, Port
from graph.problems import Fix, Problem
from gui.link import DEATHS_BORNE
from gui.session import PAUSE_BEFORE_ANALYSIS

FINE = Analysis(nodes={}, problems=(), parameters=42)
TRAINING = m.Started(run="runs/one", parameters=42, epochs=10, steps=5, device="cpu")


def settle(qtbot: QtBot) -> None:
    qtbot.wait(PAUSE_BEFORE_ANALYSIS * 4)


def asked(session: PlayedSession) -> list[m.Analyse]:
    return [command for command in session.analyst.sent if isinstance(command, m.Analyse)]


def answer(session: PlayedSession, analysis: Analysis = FINE, revision: int = 0) -> None:
    session.hear_analyst(m.Analysed(revision or asked(session)[-1].revision, analysis, "code"))


def trainable(session: PlayedSession) -> PlayedSession:
    """A session whose design the analyst has found faultless, with a training under way."""
    answer(session)
    session.train()
    session.hear(TRAINING)
    return session


# -- the document -----------------------------------------------------------------------------------------------------


def test_changes_undo_and_redo_are_told(session: PlayedSession) -> None:
    told: list[int] = []
    session.changed.connect(lambda changes: told.append(len(changes)))
    with session.document.edit("Add"):
        session.document.add_node("relu")
    session.undo()
    session.redo()
    assert told == [1, 1, 1]
    assert list(session.document.nodes) == [NodeKey("main", "relu_1")]


def test_a_deleted_node_is_no_longer_selected(session: PlayedSession) -> None:
    with session.document.edit("Add"):
        one, two = session.document.add_node("relu"), session.document.add_node("tanh")
    session.select([one, two])
    with session.document.edit("Delete"):
        session.document.remove_node(one)
    assert session.selection == {two}


def test_selecting_the_same_again_says_nothing(session: PlayedSession) -> None:
    told: list[bool] = []
    session.selection_changed.connect(lambda: told.append(True))
    with session.document.edit("Add"):
        key = session.document.add_node("relu")
    session.select([key])
    session.select([key])
    assert told == [True]


def test_saved_and_opened_it_is_the_same(session: PlayedSession, tmp_path: Path) -> None:
    with session.document.edit("Add"):
        session.document.add_node("linear", params={"units": 7})
    before = session.document.snapshot()
    assert session.save(tmp_path / "mine.netloom")
    assert not session.document.modified
    assert session.title == "mine"
    session.new()
    assert session.path is None
    assert not session.document.nodes
    assert session.open(tmp_path / "mine.netloom")
    assert session.document.snapshot() == before


def test_a_bad_file_leaves_the_design_alone(session: PlayedSession, tmp_path: Path) -> None:
    with session.document.edit("Add"):
        session.document.add_node("relu")
    bad = tmp_path / "bad.netloom"
    bad.write_text("{", "utf-8")
    assert not session.open(bad)
    assert not session.open(tmp_path / "missing.netloom")
    assert len(session.document.nodes) == 1
    assert [notice.level for notice in session.notices] == ["error", "error"]


def test_a_template_is_a_copy_without_a_path(session: PlayedSession) -> None:
    assert session.open_template("xor")
    assert session.document.nodes
    assert session.path is None
    assert not session.document.modified


def test_saving_where_one_may_not_is_a_notice(session: PlayedSession, tmp_path: Path) -> None:
    with session.document.edit("Add"):
        session.document.add_node("relu")
    assert not session.save(tmp_path / "no such folder" / "mine.netloom")
    assert session.notices[-1].level == "error"
    assert session.document.modified


def test_a_fix_is_one_undoable_step(session: PlayedSession) -> None:
    with session.document.edit("Add"):
        key = session.document.add_node("linear")
    node = session.document.nodes[key]
    fix = Fix("Set the units", (Change("nodes", key, node, Node("linear", {"units": 10})),))
    session.apply_fix(Problem("error", *key, "", "Too few units.", fix))
    assert session.document.nodes[key].params == {"units": 10}
    assert session.document.undo_label == "Set the units"
    session.apply_fix(Problem("error", *key, "", "Too few units.", fix))
    assert "has changed since" in session.notices[-1].text
    session.undo()
    assert session.document.nodes[key] == node


# -- analysis ---------------------------------------------------------------------------------------------------------


def test_the_first_analysis_is_asked_at_the_start(session: PlayedSession) -> None:
    assert len(asked(session)) == 1


def test_the_engine_follows_the_analyst(qapp: QApplication, tmp_path: Path) -> None:
    session = PlayedSession(tmp_path)
    session.start_workers()
    assert (session.analyst.starts, session.engine.starts) == (1, 0)
    session.hear_analyst(m.Ready({}, ""))
    session.start_workers()
    assert (session.analyst.starts, session.engine.starts) == (1, 1)
    session.close()


def test_the_engine_is_started_for_the_first_command(qapp: QApplication, tmp_path: Path) -> None:
    session = PlayedSession(tmp_path)
    session.set_learning_rate(0.1)
    assert session.engine.starts == 1
    session.close()


def test_a_burst_of_edits_asks_once_and_the_newest_wins(session: PlayedSession, qtbot: QtBot) -> None:
    answer(session)
    for _ in range(5):
        with session.document.edit("Add"):
            session.document.add_node("relu")
    settle(qtbot)
    assert len(asked(session)) == 2
    assert len(files.loads(asked(session)[-1].document).nodes) == 5


def test_one_question_at_a_time(session: PlayedSession, qtbot: QtBot) -> None:
    for _ in range(3):
        with session.document.edit("Add"):
            session.document.add_node("relu")
        settle(qtbot)
    assert len(asked(session)) == 1
    answer(session)
    settle(qtbot)
    assert len(asked(session)) == 2
    assert len(files.loads(asked(session)[-1].document).nodes) == 3


def test_moving_a_node_asks_nothing(session: PlayedSession, qtbot: QtBot) -> None:
    with session.document.edit("Add"):
        key = session.document.add_node("relu")
    answer(session)
    settle(qtbot)
    answer(session)
    before = len(asked(session))
    with session.document.edit("Move"):
        session.document.change_node(key, x=50.0)
    settle(qtbot)
    assert len(asked(session)) == before
    with session.document.edit("Set"):
        session.document.change_node(key, type="tanh")
    settle(qtbot)
    assert len(asked(session)) == before + 1


def test_what_was_found_of_another_design_is_dropped(session: PlayedSession) -> None:
    old = asked(session)[-1].revision
    session.new()
    answer(session, revision=old)
    assert session.analysis is None


def test_analysis_and_source_are_kept(session: PlayedSession) -> None:
    told: list[bool] = []
    session.analysed.connect(lambda: told.append(True))
    answer(session)
    assert told == [True]
    assert session.analysis == FINE
    assert session.source == "code"


def test_a_dead_analyst_is_started_again_and_asked_again(session: PlayedSession, qtbot: QtBot) -> None:
    session.hear_analyst(m.Died(-11))
    settle(qtbot)
    assert session.analyst.starts == 2
    assert len(asked(session)) == 2
    assert session.notices == []


def test_an_analyst_that_keeps_dying_is_left_alone(session: PlayedSession) -> None:
    for _ in range(DEATHS_BORNE):
        session.hear_analyst(m.Died(1))
    assert session.analyst.starts == DEATHS_BORNE
    notice = session.notices[-1]
    assert notice.action_label == "Start it again"
    assert notice.action is not None
    notice.action()
    assert session.analyst.starts == DEATHS_BORNE + 1


# -- training ---------------------------------------------------------------------------------------------------------


def test_the_states_of_a_training(session: PlayedSession) -> None:
    states: list[str] = []
    session.state_changed.connect(lambda: states.append(session.state))
    trainable(session)
    session.pause()
    session.hear(m.Progress(0, 3, 100.0, 9.0, paused=True))
    session.train()
    session.hear(m.Progress(0, 4, 100.0, 9.0))
    session.stop()
    session.hear(m.Finished("runs/one", 42, 1.0, 100.0, {}, stopped=True))
    assert states == ["starting", "running", "paused", "running", "stopping", "idle"]
    assert [type(command).__name__ for command in session.engine.sent] == ["Train", "Pause", "Continue", "Stop"]
    assert session.run == "runs/one"


def test_training_sends_the_design_as_it_is(session: PlayedSession) -> None:
    with session.document.edit("Add"):
        session.document.add_node("relu")
    trainable(session)
    (train,) = [command for command in session.engine.sent if isinstance(command, m.Train)]
    assert files.loads(train.document).nodes == session.document.nodes
    assert train.runs_folder == str(session.runs_folder)
    assert train.resume == ""


def test_step_from_idle_holds_after_the_first(session: PlayedSession) -> None:
    answer(session)
    session.step()
    assert [type(command).__name__ for command in session.engine.sent] == ["Train", "Step"]


def test_a_design_with_errors_is_not_trained_and_says_where(session: PlayedSession) -> None:
    problem = Problem("error", "main", "linear_1", "x", "It needs an input.")
    answer(session, Analysis({}, (Problem("warning", "main", "a", "", "Hm."), problem), 0))
    shown: list[NodeKey] = []
    session.frame_requested.connect(shown.append)
    session.train()
    assert session.state == "idle"
    assert session.engine.sent == []
    notice = session.notices[-1]
    assert notice.text == "linear_1: It needs an input."
    assert notice.action is not None
    notice.action()
    assert shown == [NodeKey("main", "linear_1")]


def test_every_event_reaches_the_panels(session: PlayedSession) -> None:
    heard: list[m.Event] = []
    session.event.connect(heard.append)
    shown = m.Answered(m.Question(asker=1, number=1), "shown")
    session.hear(TRAINING, shown)
    assert heard == [TRAINING, shown]


def test_a_failure_is_told_with_its_place(session: PlayedSession) -> None:
    with session.document.edit("Add"):
        session.document.add_node("linear", id="wide")
    trainable(session)
    session.hear(m.Failed("train", "The loss is not a number any more.", node="wide"))
    assert session.state == "idle"
    assert session.notices[-1].text == "The loss is not a number any more."
    assert session.notices[-1].action_label == "Show it"


def test_export_wants_a_run_and_tells_what_it_made(session: PlayedSession) -> None:
    session.export("onnx", "model.onnx")
    assert session.engine.sent == []
    assert "Press Train first" in session.notices[-1].text
    trainable(session)
    session.hear(m.Finished("runs/one", 42, 1.0, 100.0, {}))
    session.export("onnx", "model.onnx")
    assert session.engine.sent[-1] == m.Export("runs/one", "onnx", "model.onnx")
    session.hear(m.Exported("onnx", ("model.onnx",), "Agrees within 1e-6."))
    assert session.notices[-1].text == "Exported model.onnx. Agrees within 1e-6."


@pytest.mark.parametrize("checkpointed", [True, False])
def test_a_dead_engine_is_started_again_and_the_run_can_go_on(session: PlayedSession, checkpointed: bool) -> None:
    with session.document.edit("Add"):
        session.document.add_node("relu")
    before = session.document.snapshot()
    trainable(session)
    if checkpointed:
        session.hear(m.Checkpointed("runs/one", 1))
    session.hear(m.Died(-9, "runs/one"))
    assert session.state == "idle"
    assert session.engine.starts == 2
    assert session.document.snapshot() == before
    notice = session.notices[-1]
    assert "killed" in notice.text
    assert "untouched" in notice.text
    assert notice.action is not None
    notice.action()
    train = session.engine.sent[-1]
    assert isinstance(train, m.Train)
    assert train.resume == ("runs/one" if checkpointed else "")
    assert session.state == "starting"


def test_an_engine_that_dies_idle_only_says_so(session: PlayedSession) -> None:
    session.hear(m.Ready({"cpu": "Processor"}, "2.13.0"))
    session.hear(m.Died(1))
    assert session.notices[-1].level == "warning"
    assert session.engine.starts == 2


def test_devices_and_readiness(session: PlayedSession) -> None:
    assert not session.engine_ready
    session.hear(m.Ready({"cpu": "Processor"}, "2.13.0"))
    assert session.engine_ready
    assert session.devices == {"cpu": "Processor"}


def test_a_run_is_shown_with_its_curves(session: PlayedSession, tmp_path: Path) -> None:
    document = Document()
    with document.edit("Draw"):
        document.add_node("relu")
    run = Run.create(tmp_path, document, "old")
    with closing(History(run.metrics_path)) as history:
        for step in (1, 2):
            history.add("train", step, step / 2, {"loss": 1 / step}, 0.1)
    run.record.metrics, run.record.status = {"test": {"accuracy": 0.5}}, "finished"
    run.save()
    heard: list[m.Event] = []
    session.event.connect(heard.append)
    assert session.open_run(run.folder)
    assert session.document.nodes == document.nodes
    assert [type(event).__name__ for event in heard] == ["Started", "Metrics", "Metrics", "Finished"]
    assert session.engine.sent == []  # what is seen asks
    assert not session.open_run(tmp_path / "nowhere")
    assert session.run == str(run.folder)


def test_closing_ends_both_workers(session: PlayedSession) -> None:
    session.close()
    assert not session.analyst.alive
    assert not session.engine.alive


def test_problems_before_the_analysis_come_from_the_rules(session: PlayedSession) -> None:
    with session.document.edit("Add"):
        one, two = session.document.add_node("relu"), session.document.add_node("relu")
        session.document.connect(Port(*one, "output"), Port(*two, "x"))
        session.document.connect(Port(*two, "output"), Port(*one, "x"))
    assert session.analysis is None
    assert any(problem.severity == "error" for problem in session.problems)
