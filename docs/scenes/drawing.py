"""What helps with drawing: the cheat sheet, and frames, dots and muted nodes on the canvas."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from docs.scenes import scene
from docs.scenes._stage import Stage
from graph.document import MAIN, Comment, NodeKey
from gui import waiting
from gui.canvas import edits
from gui.canvas.geometry import around, bounds


@scene()
def cheat_sheet(stage: Stage) -> QWidget:
    """Every gesture and key of the studio on one page."""
    window = stage.open("digits-cnn")
    window.actions_by_name["cheat_sheet"].trigger()
    waiting.pause(waiting.LOOK_MILLISECONDS)
    return window


@scene()
def drawing_aids(stage: Stage) -> QWidget:
    """A frame around what belongs together, a muted node, a collapsed one, and wires that arch around nodes."""
    window, document = stage.open("unet-shapes"), stage.session.document
    window.canvas.tidy()
    window.canvas.glide.end()
    waiting.pause(waiting.LOOK_MILLISECONDS)
    nodes = window.canvas.canvas.nodes
    pools = [key for key, node in document.nodes.items() if key.network == MAIN and node.type == "max_pool2d"]
    held = bounds(item.box for key, item in nodes.items() if key in pools or "down" in key.node or "bottom" in key.node)
    if held is not None:
        edits.add_comment(document, MAIN, Comment("Down: features double, sides halve", *around(held), "#4c8dff"))
    edits.mute(document, [NodeKey(MAIN, "votes")])
    edits.collapse(document, pools)
    window.canvas.frame_all()
    waiting.pause(waiting.LOOK_MILLISECONDS)
    return window
