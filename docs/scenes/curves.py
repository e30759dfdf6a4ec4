"""Curves: one training alone, and several runs laid over one another."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from docs.scenes import scene
from docs.scenes._stage import Stage
from gui.panels.plots import PlotsPanel

BATCHES = (0, 1, 32)
WIDE = (1120, 520)


def trained(stage: Stage, template: str, **settings: int) -> None:
    """Train a template with other settings, in a tab of its own."""
    stage.open(template)
    with stage.session.document.edit("Set"):
        for name, value in settings.items():
            stage.session.document.set_setting(name, value)
    stage.until(lambda: stage.session.analysis is not None)
    stage.events.clear()
    stage.train()


def large(stage: Stage) -> PlotsPanel:
    """The panel as a window of its own, with the list of runs."""
    panel = stage.panel("plots")
    assert isinstance(panel, PlotsPanel)
    dock = stage.window.docks.docks["plots"]
    dock.setFloating(True)
    dock.resize(*WIDE)
    return panel


@scene()
def curves_alone(stage: Stage) -> QWidget:
    """A training in the plots, with learning rate and throughput."""
    trained(stage, "digits-mlp")
    return large(stage)


@scene()
def curves_in_the_window(stage: Stage) -> QWidget:
    """The plots as they stand at first beside the other panels."""
    trained(stage, "gan-2d", epochs=3)
    stage.panel("plots")
    return stage.window


@scene()
def curves_none(stage: Stage) -> QWidget:
    """The list of runs while none of them is drawn."""
    trained(stage, "xor")
    stage.session.new()
    stage.window.show_canvas()
    return large(stage)


@scene()
def curves_compared(stage: Stage) -> QWidget:
    """Three trainings of one design with batches of another size, and one of another design."""
    trained(stage, "digits-mlp", epochs=8)
    for size in BATCHES:
        trained(stage, "descent-compared", batch_size=size, epochs=8)
    panel = large(stage)
    panel.overlays.relist()
    stage.until(lambda: panel.runs.model.rowCount() == len(BATCHES) + 1)
    for run in panel.runs.model.runs:
        panel.overlays.tick(run.folder, True)
    stage.until(lambda: len(panel.traces.visible()) == len(BATCHES) + 1)
    panel.overlays.choose(panel.runs.model.runs[1].folder)
    panel.smoothing.setValue(60)
    return panel
