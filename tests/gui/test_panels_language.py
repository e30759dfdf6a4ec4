"""The inspector for what a design is made of: networks in networks, links, groups of parameters."""

from __future__ import annotations

import pytest
from blocks import FIRST, INNER, LINEAR, SECOND, choose, draw_blocks, params, set_params, type_over
from played import PlayedSession
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QToolButton
from pytestqt.qtbot import QtBot
from shown import settle, shown, texts, visible

from graph import promotion, sharing
from graph.document import MAIN, NodeKey, Port
from gui.inspector import rates
from gui.inspector.kinship import Kinship
from gui.inspector.network_section import NetworkSection
from gui.inspector.node_sections import Names
from gui.panels.inspector import InspectorPanel
from gui.whereabouts import way_to

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def drawn(session: PlayedSession) -> PlayedSession:
    draw_blocks(session.document)
    return session


@pytest.fixture
def panel(drawn: PlayedSession, qtbot: QtBot) -> InspectorPanel:
    return shown(qtbot, InspectorPanel(drawn), 340, 1000)


# -- links -------------------------------------------------------------------------------------------------------------


def test_a_linked_node_shows_and_edits_what_it_shares(panel: InspectorPanel, qtbot: QtBot) -> None:
    with panel.session.document.edit("Link"):
        other = panel.session.document.add_node("linear", 900)
        sharing.link(panel.session.document, other, LINEAR)
    choose(panel, qtbot, other)
    (kin,) = visible(panel, Kinship)
    assert kin.buttons["original"].accessibleName() == "Shares the weights of “linear_1”"
    editor = panel.rows["units"].editor.focusProxy()
    assert isinstance(editor, QLineEdit)
    type_over(qtbot, editor, "21")
    assert params(panel, LINEAR) == {"units": 21}
    assert params(panel, other) == {}
    with qtbot.waitSignal(panel.session.frame_requested) as framed:
        qtbot.mouseClick(kin.buttons["original"], LEFT)
    assert framed.args == [LINEAR]
    settle(qtbot)
    (kin,) = visible(panel, Kinship)
    assert kin.buttons["sharers"].accessibleName() == "Its weights are shared by “linear_2”"


def test_unlink_copies_parameters_and_origin(panel: InspectorPanel, qtbot: QtBot) -> None:
    set_params(panel, qtbot, LINEAR, units=5)
    with panel.session.document.edit("Link"):
        other = panel.session.document.add_node("linear", 900)
        sharing.link(panel.session.document, other, LINEAR)
    choose(panel, qtbot, other)
    (kin,) = visible(panel, Kinship)
    qtbot.mouseClick(kin.buttons["unlink"], LEFT)
    node = panel.session.document.nodes[other]
    assert (node.link, node.copy_of, node.params) == ("", "linear_1", {"units": 5})
    settle(qtbot)
    assert "begin as those of “linear_1”" in texts(panel)
    panel.session.undo()
    assert panel.session.document.nodes[other].link == "linear_1"


# -- groups ------------------------------------------------------------------------------------------------------------


def test_groups_are_folded_until_something_differs_and_what_was_opened_stays(
    panel: InspectorPanel, qtbot: QtBot
) -> None:
    choose(panel, qtbot, LINEAR)
    assert list(panel.folds) == ["weights"]
    assert not panel.rows["frozen"].isVisible()
    assert panel.rows["units"].isVisible()
    choose(panel, qtbot)
    set_params(panel, qtbot, LINEAR, frozen="biases")
    choose(panel, qtbot, LINEAR)
    assert panel.rows["frozen"].isVisible()
    assert panel.folds["weights"].mark.isVisible()
    qtbot.mouseClick(panel.folds["weights"].head, LEFT)
    assert not panel.rows["frozen"].isVisible()
    assert panel.folds["weights"].words.text() == "frozen biases"
    set_params(panel, qtbot, LINEAR, frozen=None)
    qtbot.mouseClick(panel.folds["weights"].head, LEFT)
    choose(panel, qtbot, FIRST)
    choose(panel, qtbot, LINEAR)
    assert panel.rows["frozen"].isVisible()


def test_only_what_matters_for_the_beginning_is_shown(panel: InspectorPanel, qtbot: QtBot) -> None:
    choose(panel, qtbot, LINEAR)
    qtbot.mouseClick(panel.folds["weights"].head, LEFT)
    seen = {initial: _seen_for(panel, qtbot, initial) for initial in ("usual", "normal", "as given")}
    assert seen == {"usual": set(), "normal": {"initial_size"}, "as given": {"given_weights", "given_biases"}}


def _seen_for(panel: InspectorPanel, qtbot: QtBot, initial: str) -> set[str]:
    set_params(panel, qtbot, LINEAR, initial=initial)
    return {name for name in ("initial_size", "given_weights", "given_biases") if panel.rows[name].isVisible()}


def test_losses_keep_weight_and_warm_up_in_a_part_of_their_own(panel: InspectorPanel, qtbot: QtBot) -> None:
    with panel.session.document.edit("Add"):
        loss = panel.session.document.add_node("cross_entropy", params={"weight": 0.3})
    choose(panel, qtbot, loss)
    assert list(panel.folds) == ["loss"]
    assert panel.rows["weight"].isVisible()


# -- networks in networks ----------------------------------------------------------------------------------------------


def test_a_placing_node_shows_what_is_promoted_first(panel: InspectorPanel, qtbot: QtBot) -> None:
    choose(panel, qtbot, FIRST)
    assert next(iter(panel.rows)) == "units"
    assert "Inside: linear_1.units" in panel.rows["units"].toolTip()
    editor = panel.rows["units"].editor.focusProxy()
    assert isinstance(editor, QLineEdit)
    type_over(qtbot, editor, "12")
    assert params(panel, FIRST) == {"units": 12}
    assert params(panel, INNER) == {}
    assert "frozen" in panel.rows
    (kin,) = visible(panel, Kinship)
    qtbot.mouseClick(kin.buttons["enter"], LEFT)
    assert panel.session.network == "block"


def test_a_parameter_is_pinned_outside_and_renamed_there(panel: InspectorPanel, qtbot: QtBot) -> None:
    choose(panel, qtbot, INNER)
    document, outside = panel.session.document, panel.rows["bias"].outside
    assert outside is not None
    assert not outside.isVisible()
    qtbot.mouseClick(outside.pin, LEFT)
    assert document.networks["block"].promoted == {"units": ["linear_1.units"], "bias": ["linear_1.bias"]}
    assert outside.isVisible()
    type_over(qtbot, outside.name.field, "with_bias")
    assert promotion.shown_as(document, INNER, "bias") == "with_bias"
    type_over(qtbot, outside.name.field, "frozen")
    assert "has a parameter “frozen” already" in outside.complaint.text()
    assert promotion.shown_as(document, INNER, "bias") == "with_bias"
    panel.rows["bias"].actions()[0].trigger()  # as its context menu does
    assert document.networks["block"].promoted == {"units": ["linear_1.units"]}
    settle(qtbot)
    assert not outside.isVisible()
    choose(panel, qtbot, LINEAR)
    assert panel.rows["bias"].outside is None


def test_the_properties_of_a_network_stand_where_nothing_is_selected(panel: InspectorPanel, qtbot: QtBot) -> None:
    panel.session.go(way_to(panel.session.document, "block"))
    settle(qtbot)
    (section,) = visible(panel, NetworkSection)
    assert [key.node for key in section.ports] == ["x", "y"]
    assert list(section.names) == ["units"]
    assert list(section.places) == [FIRST, SECOND]
    type_over(qtbot, section.names["units"].field, "width")
    document = panel.session.document
    assert document.networks["block"].promoted == {"width": ["linear_1.units"]}
    type_over(qtbot, section.title.field, "Brick")
    assert document.nodes[FIRST].type == "@brick"
    assert panel.session.network == "brick"
    settle(qtbot)
    (section,) = visible(panel, NetworkSection)
    assert section.title.field.text() == "Brick"
    with qtbot.waitSignal(panel.session.frame_requested) as framed:
        qtbot.mouseClick(section.places[SECOND], LEFT)
    assert framed.args == [SECOND]
    panel.session.undo()
    panel.session.undo()
    assert document.networks["block"].promoted == {"units": ["linear_1.units"]}


def test_names_outside_are_taken_away_in_the_properties(panel: InspectorPanel, qtbot: QtBot) -> None:
    set_params(panel, qtbot, FIRST, units=3)
    panel.session.go(way_to(panel.session.document, "block"))
    settle(qtbot)
    (section,) = visible(panel, NetworkSection)
    (gone,) = [b for b in visible(section, QToolButton) if b.accessibleName() == "No longer show outside"]
    qtbot.mouseClick(gone, LEFT)
    assert panel.session.document.networks["block"].promoted == {}
    assert params(panel, FIRST) == {}


def test_ids_of_ports_are_the_names_of_ports(panel: InspectorPanel, qtbot: QtBot) -> None:
    with panel.session.document.edit("Wire"):
        panel.session.document.connect(Port(*FIRST, "y"), Port(*SECOND, "x"))
    choose(panel, qtbot, NodeKey("block", "x"))
    (names,) = visible(panel, Names)
    type_over(qtbot, names.id.field, "picture")
    assert list(panel.session.document.inputs_of(SECOND)) == ["picture"]


# -- learning rates ---------------------------------------------------------------------------------------------------


def test_a_rate_draws_an_objective_over_losses_inside_networks_too(drawn: PlayedSession) -> None:
    document = drawn.document
    with document.edit("Judge"):
        loss = document.add_node("l1_penalty", 300, 200, network="block")
        document.connect(Port(*INNER, "output"), Port(*loss, "x"))
        document.connect(Port(*FIRST, "y"), Port(*SECOND, "x"))
    (field,) = rates.fields(drawn, ())
    field.write(0.5, "")
    (key,) = [key for key, node in document.nodes.items() if node.type == "objective"]
    assert document.nodes[key].params == {"learning_rate": 0.5}
    assert document.nodes[NodeKey("block", "loss")].type == "output"
    fed = {(port.node, port.port) for port in document.inputs_of(key).values()}
    assert fed == {("block_1", "loss"), ("block_2", "loss")}
    drawn.undo()
    assert NodeKey("block", "loss") not in document.nodes


def test_an_objective_inside_a_network_has_its_rate(drawn: PlayedSession) -> None:
    with drawn.document.edit("Add"):
        key = drawn.document.add_node("objective", network="block", params={"learning_rate": 0.25})
    paths = [NodeKey(MAIN, f"{holder}.{key.node}") for holder in ("block_1", "block_2")]
    (field,) = rates.fields(drawn, paths)
    assert field.value == 0.25
