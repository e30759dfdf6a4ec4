"""What a training takes, in the inspector and in the strip below."""

from __future__ import annotations

from dataclasses import replace

from played import PlayedSession
from pytestqt.qtbot import QtBot
from shown import settle, shown, texts

from backend import messages as m
from backend.messages import Cost, Totals
from graph.analysis import Analysis, NodeReport
from graph.document import NodeKey
from graph.specs import TensorSpec
from gui.panels.inspector import InspectorPanel
from gui.shell.status import Status
from gui.sizes import short

KILO = 1 << 10
TOTALS = Totals(64, 64 * 2_500_000, 90 * KILO, 80 * KILO, 160 * KILO, 600 * KILO, 40 * KILO, "cpu", 10_000 * KILO)


def told(session: PlayedSession, totals: Totals | None, *keys: NodeKey) -> None:
    reports = {key: NodeReport({"output": TensorSpec((8,))}, 72) for key in keys}
    session.hear_analyst(m.Analysed(session._revision, Analysis(reports, (), 54410), ""))
    session.hear_analyst(m.Totalled(session._revision, totals))


def test_the_inspector_tells_what_a_training_takes(session: PlayedSession, qtbot: QtBot) -> None:
    panel = shown(qtbot, InspectorPanel(session))
    told(session, TOTALS)
    settle(qtbot)
    found = texts(panel).splitlines()
    assert {"54,410", "2.5 M", "90 kB", "80 kB", "160 kB", "640 kB", "970 kB"} <= set(found)
    assert "Fits cpu (9 MB), up to batches of about 960." in found


def test_what_does_not_fit_is_said_with_the_batch_that_would(session: PlayedSession, qtbot: QtBot) -> None:
    panel, status = shown(qtbot, InspectorPanel(session)), shown(qtbot, Status(session))
    told(session, replace(TOTALS, capacity=900 * KILO))
    settle(qtbot)
    assert "Too large for cpu (900 kB): batches of about 57 fit." in texts(panel)
    assert status.totals.text().endswith("too large for the device")
    told(session, replace(TOTALS, capacity=300 * KILO))
    settle(qtbot)
    assert "even one example at a time" in texts(panel)


def test_the_strip_names_work_and_memory_and_forgets_them_with_the_loss(session: PlayedSession, qtbot: QtBot) -> None:
    status = shown(qtbot, Status(session))
    told(session, TOTALS)
    assert status.totals.text().endswith("54,410 parameters · 2.5 M multiply-adds · 970 kB to train")
    assert "Optimiser: 160 kB" in status.totals.toolTip()
    told(session, None)
    assert status.totals.text().endswith("54,410 parameters")
    assert status.totals.toolTip() == ""


def test_a_node_tells_its_share(session: PlayedSession, qtbot: QtBot) -> None:
    with session.document.edit("Add"):
        key = session.document.add_node("linear")
    session.select([key])
    panel = shown(qtbot, InspectorPanel(session))
    told(session, replace(TOTALS, nodes={(key.network, key.node): Cost(64 * 5120, 32 * KILO)}), key)
    settle(qtbot)
    assert "5.12 k multiply-adds an example\n32 kB for a batch of 64" in texts(panel)


def test_large_counts_are_short() -> None:
    assert [short(n) for n in (0, 950, 12_345, 30_940_528_640)] == ["0", "950", "12.3 k", "30.9 G"]
