"""The data panel: what it asks and shows, and what becomes of data that is brought."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from played import PlayedSession
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot
from shown import settle, shown, texts

from backend import messages as m
from graph.document import NodeKey, Port
from gui import theme
from gui.data.subject import Subject
from gui.data.uses import with_use
from gui.data.views import CountBars
from gui.inspector.editors import Segments
from gui.panels.data import DataPanel

LEFT = Qt.MouseButton.LeftButton
COUNTS = {"train": (70, 50), "validation": (0, 0), "test": (20, 10)}
LABEL = m.FieldView("label", "classes", "2 classes", ("cat", "dog"), COUNTS)
COLUMNS = (
    m.ColumnView("id", "id", distinct=9, reason="it names the row"),
    m.ColumnView("age", "number", 1, 5, target=True, low=1, mean=2, high=3, edges=(1, 2, 3), counts=(4, 1)),
    m.ColumnView("bought", "category", 0, 2, "target", True, names=("no", "yes"), counts=(5, 4)),
)


def image(count: int) -> m.FieldView:
    values = np.random.default_rng(0).integers(0, 255, (count, 8, 8)).astype(np.uint8)
    return m.FieldView("image", "image", "1×8×8", stored=(0, 16), prepared=(0, 1), values=values)


def asked(session: PlayedSession) -> list[m.Preview]:
    return [command for command in session.analyst.sent if isinstance(command, m.Preview)]


def pictures(request: m.Preview, total: int = 150) -> m.Previewed:
    count = max(0, min(request.count, total - request.offset))
    return m.Previewed(request, title="Pets", found="150 pictures.", splits={"train": 120, "test": 30}, total=total,
                       fields=(image(count), LABEL), labels=np.arange(count) % 2)  # fmt: skip


def table(request: m.Preview) -> m.Previewed:
    return m.Previewed(request, title="people.csv", node_type="table", found="A table.", columns=COLUMNS,
                       proposed={"target": "bought"}, splits={"train": 9})  # fmt: skip


def answer(session: PlayedSession, qtbot: QtBot, made: m.Previewed) -> None:
    session.hear_analyst(made)
    settle(qtbot)


def with_data(session: PlayedSession) -> NodeKey:
    with session.document.edit("Add"):
        return session.document.add_node("data", 100, 50)


@pytest.fixture
def panel(session: PlayedSession, qtbot: QtBot) -> DataPanel:
    made = shown(qtbot, DataPanel(session), 340, 640)
    settle(qtbot)
    return made


# -- what it asks and shows -------------------------------------------------------------------------------------------


def test_an_empty_design_says_what_to_do(panel: DataPanel, session: PlayedSession) -> None:
    assert "drop a file or a folder anywhere" in texts(panel)
    assert not asked(session)


def test_the_data_of_the_design_is_shown_and_asked_for_once(
    panel: DataPanel, session: PlayedSession, qtbot: QtBot
) -> None:
    key = with_data(session)
    settle(qtbot)
    assert [request.source for request in asked(session)] == ["digits"]
    with session.document.edit("Move"):
        session.document.change_node(key, x=300.0)
    settle(qtbot)
    answer(session, qtbot, pictures(asked(session)[0]))
    assert "data_1: Pets" in texts(panel)
    assert "120 to train · 30 to test" in texts(panel)
    assert "From 0 to 16 as stored; the network reads 0 to 1." in texts(panel)
    with session.document.edit("Set"):
        session.document.set_param(key, "scaling", "standard")
    settle(qtbot)
    assert len([request for request in asked(session) if request.offset == 0]) == 2
    assert dict(asked(session)[-1].parameters) == {"scaling": "standard"}


def test_the_panel_says_how_the_data_is_held(panel: DataPanel, session: PlayedSession, qtbot: QtBot) -> None:
    panel.look_at("huge")
    settle(qtbot)
    answer(session, qtbot, replace(pictures(asked(session)[-1]), kept="Streamed from the disk."))
    assert "Streamed from the disk." in texts(panel)
    panel.look_at("small")
    settle(qtbot)
    answer(session, qtbot, pictures(asked(session)[-1]))
    assert not panel.kept.isVisible()


def test_nothing_is_asked_while_the_panel_is_not_seen(session: PlayedSession, qtbot: QtBot) -> None:
    panel = DataPanel(session)
    qtbot.addWidget(panel)
    with_data(session)
    settle(qtbot)
    assert not asked(session)


def test_pictures_come_as_one_scrolls(panel: DataPanel, session: PlayedSession, qtbot: QtBot) -> None:
    with_data(session)
    settle(qtbot)
    answer(session, qtbot, pictures(asked(session)[0], total=5000))
    assert len(asked(session)) == 1  # the first page fills the view
    wall = panel.pane.wall
    wall.setFocus()
    qtbot.keyClick(wall, Qt.Key.Key_End)
    settle(qtbot)
    assert wall.current == 4999
    assert len(asked(session)) == 2
    while len(asked(session)) < 4:
        before = len(asked(session))
        answer(session, qtbot, pictures(asked(session)[-1], total=5000))
        if len(asked(session)) == before:
            break
    assert {request.offset for request in asked(session)} <= {0, 4860, 4920, 4980}
    assert wall.accessibleDescription().startswith("5,000 of 5,000: ")


def test_a_class_is_chosen_from_the_list_or_its_bar(panel: DataPanel, session: PlayedSession, qtbot: QtBot) -> None:
    with_data(session)
    settle(qtbot)
    answer(session, qtbot, pictures(asked(session)[0]))
    box = panel.pane.classes
    assert [box.itemText(n) for n in range(box.count())] == ["All classes (150)", "cat (90)", "dog (60)"]
    box.setFocus()
    qtbot.keyClicks(box, "dog")
    settle(qtbot)
    assert asked(session)[-1].label == 1
    panel.pane.tabs.setFocus()
    qtbot.keyClick(panel.pane.tabs, Qt.Key.Key_Right)
    bars = panel.pane.bars
    assert bars.isVisible()
    bars.setFocus()
    qtbot.keyClick(bars, Qt.Key.Key_Home)
    assert bars.accessibleDescription() == "cat: 90 – train 70, test 20"
    qtbot.keyClick(bars, Qt.Key.Key_Return)
    settle(qtbot)
    assert asked(session)[-1].label == 0
    assert panel.pane.wall.isVisible()


def test_an_answer_that_comes_late_changes_nothing(panel: DataPanel, session: PlayedSession, qtbot: QtBot) -> None:
    key = with_data(session)
    settle(qtbot)
    old = asked(session)[0]
    with session.document.edit("Set"):
        session.document.set_param(key, "source", "moons")
    settle(qtbot)
    answer(session, qtbot, pictures(old))
    assert "Pets" not in texts(panel)


def test_bars_follow_the_mouse(qtbot: QtBot) -> None:
    bars = shown(qtbot, CountBars(), 300, 120)
    bars.show_counts(("cat", "dog"), COUNTS)
    chosen: list[int] = []
    bars.chosen.connect(chosen.append)
    qtbot.mouseClick(bars.viewport(), LEFT, pos=QPoint(50, 45))
    qtbot.mouseClick(bars.viewport(), LEFT, pos=QPoint(50, 110))  # below the last
    assert chosen == [1]


# -- data that is brought ---------------------------------------------------------------------------------------------


def test_what_is_brought_is_proposed_edited_and_added_in_one_step(
    panel: DataPanel, session: PlayedSession, qtbot: QtBot
) -> None:
    session.previews.offer("people.csv")
    settle(qtbot)
    answer(session, qtbot, table(asked(session)[-1]))
    rows = {row.field.parameter.name: row for row in panel.card.rows}
    assert rows["target"].field.value == "bought"
    box = rows["blanks"].findChild(QComboBox)
    assert box is not None
    box.setFocus()
    qtbot.keyClicks(box, "mode")
    settle(qtbot)
    assert dict(asked(session)[-1].parameters) == {"blanks": "mode"}
    answer(session, qtbot, table(asked(session)[-1]))
    qtbot.mouseClick(panel.card.add, LEFT)
    [(key, node)] = session.document.nodes.items()
    assert (node.type, node.params) == ("table", {"source": "people.csv", "target": "bought", "blanks": "mode"})
    assert session.selection == {key}
    session.undo()
    assert not session.document.nodes


def test_it_can_take_the_place_of_what_a_node_reads(panel: DataPanel, session: PlayedSession, qtbot: QtBot) -> None:
    key = with_data(session)
    with session.document.edit("Wire"):
        relu = session.document.add_node("relu")
        session.document.connect(Port(*key, "image"), Port(*relu, "x"))
    session.previews.offer("pets")
    settle(qtbot)
    answer(session, qtbot, pictures(asked(session)[-1]))
    assert panel.card.use.text() == "Use in data_1"
    qtbot.mouseClick(panel.card.use, LEFT)
    settle(qtbot)
    assert session.document.nodes[key].params == {"source": "pets"}
    assert len(session.document.wires) == 1
    assert not panel.card.isVisible()
    session.undo()
    assert session.document.nodes[key].params == {}


def test_a_file_can_be_read_as_something_else(panel: DataPanel, session: PlayedSession, qtbot: QtBot) -> None:
    session.previews.offer("prices.csv")
    settle(qtbot)
    first = asked(session)[-1]
    answer(session, qtbot, m.Previewed(first, node_type="table", columns=COLUMNS, readers=("table", "series")))
    editor = panel.card.rows[0].editor
    assert isinstance(editor, Segments)
    qtbot.mouseClick(editor.button("series"), LEFT)
    settle(qtbot)
    assert asked(session)[-1].node_type == "series"
    answer(session, qtbot, m.Previewed(asked(session)[-1], error="There is no column of numbers."))
    assert "There is no column of numbers." in texts(panel)
    qtbot.mouseClick(panel.empty.button, LEFT)
    settle(qtbot)
    assert asked(session)[-1] == first


def test_dismissing_goes_back_to_the_design(panel: DataPanel, session: PlayedSession, qtbot: QtBot) -> None:
    with_data(session)
    session.previews.offer("pets")
    settle(qtbot)
    answer(session, qtbot, pictures(asked(session)[-1]))
    qtbot.mouseClick(panel.card.close_button, LEFT)
    settle(qtbot)
    assert asked(session)[-1].source == "digits"
    assert panel.brought is None


def test_columns_get_another_use(panel: DataPanel, session: PlayedSession, qtbot: QtBot) -> None:
    with session.document.edit("Add"):
        key = session.document.add_node("table", params={"source": "people.csv"})
    settle(qtbot)
    answer(session, qtbot, table(asked(session)[-1]))
    assert [panel.pane.table.item(row, 0).text() for row in range(3)] == ["id", "age", "◎ bought"]
    menu = panel.pane.table.menu(1)
    assert menu is not None
    words = {action.text(): action for action in menu.actions()}
    assert list(words) == ["Predict this column", "Leave it out", "Take it as a category"]
    words["Leave it out"].trigger()
    menu.close()
    assert session.document.nodes[key].params == {"source": "people.csv", "drop": "age"}
    session.undo()
    assert session.document.nodes[key].params == {"source": "people.csv"}


def test_uses_of_columns_exclude_each_other() -> None:
    subject = Subject("x.csv", "table", {"drop": "age, city", "as_categories": "code"})
    assert with_use(subject, "city", "as_categories") == {"drop": "age", "as_categories": "code, city"}
    assert with_use(subject, "age", "target") == {"drop": "city", "target": "age"}
    assert with_use(subject, 'a, "b"', "drop")["drop"] == 'age,city,"a, ""b"""'


def test_a_death_over_the_data_is_a_sentence(panel: DataPanel, session: PlayedSession, qtbot: QtBot) -> None:
    panel.look_at("huge.npy")
    settle(qtbot)
    session.hear_analyst(m.Died(-9))
    settle(qtbot)
    assert "This cannot be read" in texts(panel)
    assert "huge.npy" in texts(panel)


def test_every_view_is_painted_in_both_themes(panel: DataPanel, session: PlayedSession, qtbot: QtBot) -> None:
    panel.look_at("all")
    settle(qtbot)
    rng = np.random.default_rng(0)
    points, pair = rng.normal(size=(50, 2)).astype(np.float32), np.arange(50) % 2
    words = m.ColumnView("text", "tokens", distinct=2, names=("a", "b"), counts=(7, 3))
    fields = (
        image(60), LABEL,
        m.FieldView("point", "vector", "2", values=points, labels=pair),
        m.FieldView("wave", "sequence", "30×2", values=rng.normal(size=(4, 30, 2)).astype(np.float32)),
        m.FieldView("row", "vector", "1", columns=COLUMNS[1:2], stored=(1, 3), prepared=(1, 3)),
        m.FieldView("text", "tokens", "9", ("a", "b"), columns=(words,), values=rng.integers(0, 2, (5, 9))),
    )  # fmt: skip
    made = m.Previewed(asked(session)[-1], title="All", fields=fields, columns=COLUMNS, labels=np.arange(60) % 2,
                       total=60)  # fmt: skip
    answer(session, qtbot, made)
    for look in ("light", "dark"):
        theme.set_theme(look)
        for tab in range(panel.pane.tabs.count()):
            panel.pane.tabs.setCurrentIndex(tab)
            settle(qtbot)
            view = panel.pane.views.currentWidget().grab().toImage()
            seen = {view.pixel(x, y) for x in range(0, view.width(), 3) for y in range(0, view.height(), 3)}
            assert len(seen) > 3, panel.pane.tabs.tabText(tab)
    assert panel.pane.tabs.count() == 7
    assert panel.pane.text.toPlainText().count("\n") == 4


def test_windows_are_drawn_over_the_series(panel: DataPanel, session: PlayedSession, qtbot: QtBot) -> None:
    panel.look_at("waves.csv")
    settle(qtbot)
    line = np.sin(np.arange(60, dtype=np.float32) / 4)[None, :, None]
    spans = tuple((start, start + 20, start + 23) for start in (0, 5, 10))
    field = m.FieldView("window", "sequence", "20×1", values=line, windows=spans)
    answer(session, qtbot, m.Previewed(asked(session)[-1], title="Waves", node_type="series", fields=(field,)))
    view = panel.pane.series
    assert view.isVisible()
    assert view.accessibleDescription() == "In: 20 steps. Forecast: 3. Stride: 5."
    picture, area = view.grab().toImage(), view.plot()
    inside, ahead, after = (
        picture.pixelColor(round(view.across(row)), round(area.top()) + 2) for row in (19.0, 21.5, 40)
    )
    assert len({inside.name(), ahead.name(), after.name()}) == 3
