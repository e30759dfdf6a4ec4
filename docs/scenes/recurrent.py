"""Looking inside networks that run over time."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QWidget

from docs.scenes import scene
from docs.scenes._stage import Stage
from graph import files
from graph.document import MAIN, NodeKey, Port
from graph.templates import find_design
from gui import whereabouts

UNITS, EPOCHS = 8, 4
NODES = {"data_1": ("data", {"examples": 300}), "rows": ("reshape", {"shape": "8, 8"}), "flatten_1": ("flatten", {}),
         "answer": ("linear", {"units": 10}), "loss": ("cross_entropy", {}), "answers": ("output", {})}  # fmt: skip
WIRES = {"rows.x": "data_1.image", "run.x": "rows.output", "flatten_1.x": "run.y", "answer.x": "flatten_1.output",
         "loss.prediction": "answer.output", "loss.target": "data_1.label", "answers.x": "answer.output"}  # fmt: skip


def reading(folder: Path) -> Path:
    """A design whose drawn LSTM reads digits row by row."""
    document = find_design("lstm-by-hand")
    with document.edit("Read digits"):
        for key, node in list(document.nodes.items()):
            if key.network == MAIN and key.node != "run":
                document.remove_node(key)
            elif node.type == "linear":
                document.change_node(key, params={"units": UNITS})
        document.change_node(NodeKey(MAIN, "run"), x=520.0, y=0.0)
        for place, (id, (kind, params)) in enumerate(NODES.items()):
            document.add_node(kind, id=id, params=params, x=260.0 * (place + (place > 1)), y=0.0)
        for target, source in WIRES.items():
            document.connect(Port(MAIN, *source.split(".")), Port(MAIN, *target.split(".")))
        document.set_setting("epochs", EPOCHS)
        document.set_setting("batch_size", 16)
    path = folder / "reading.netloom"
    path.write_bytes(files.dumps(document))
    return path


@scene()
def probe_recurrence(stage: Stage) -> QWidget:
    """What flows inside a drawn LSTM at every step, below its nodes and in the probe."""
    window = stage.open(reading(stage.folder))
    stage.train()
    inside = whereabouts.entered(stage.session.document, stage.session.place, NodeKey(MAIN, "run"))
    assert inside is not None
    stage.session.go(inside)
    window.canvas.frame_all()
    window.canvas.zoom_to(0.8)
    panel = stage.panel("probe")
    for node in ("forget", "take", "cell", "hidden"):
        stage.session.probe_requested.emit(Port(inside.network, node, "output"))
    stage.until(lambda: all(card.view.accessibleDescription() for card in panel.cards.values()))  # type: ignore[attr-defined]
    stage.until(lambda: any(item.strip for item in window.canvas.canvas.nodes.values()))
    return window


@scene()
def features_recurrence(stage: Stage) -> QWidget:
    """The states of a drawn LSTM over the rows of a digit, and what of it one of them has seen."""
    window = stage.open(reading(stage.folder))
    stage.train()
    panel = stage.panel("features")
    stage.heard("Answered")
    panel.look_at("run.hidden", "output")  # type: ignore[attr-defined]
    stage.settle()
    return window
