"""Everything that the mouse does on the canvas and in plots: the table behind the cheat sheet and the documentation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MOUSE, PLOTS = "Mouse", "Plots"  # sections of the cheat sheet


@dataclass(frozen=True)
class GestureRow:
    """One thing that can be done on the canvas or in a plot.

    name: how tests call it
    what: what it does
    how: what the mouse does, with the keys that are held meanwhile; "" where there are keys alone
    action: the row of the table of actions that does the same by a key, if there is one
    section: of the cheat sheet
    """

    name: str
    what: str
    how: str
    action: str = ""
    section: str = MOUSE


GESTURES: Final[tuple[GestureRow, ...]] = (
    GestureRow("add", "Add a node by search", "Double-click on the empty canvas, or press Space", "add"),
    GestureRow("add_fitting", "Add what fits a wire", "Drop a wire on the empty canvas", "add_fitting"),
    GestureRow("insert", "Insert a node into a wire", "Drop a node on it; or select it and add", "choose_wire"),
    GestureRow("connect", "Draw a wire", "Drag from port to port", "connect"),
    GestureRow("take_off", "Take a wire off, lead it elsewhere", "Drag it off its input, or select it", "choose_wire"),
    GestureRow("select", "Select · select more", "Click, or drag a box · with Shift or Ctrl", "go_right"),
    GestureRow("move", "Move, along the grid and what is near", "Drag a node or a frame; arrow keys move by a step"),
    GestureRow("pan", "Push the drawing", "Drag with the middle button or Space held; arrow keys"),
    GestureRow("zoom", "Zoom at the pointer", "Turn the wheel", "zoom_in"),
    GestureRow("frame", "Frame the selection", "", "frame_selection"),
    GestureRow("frame_all", "Frame everything", "", "frame_all"),
    GestureRow("cut_wires", "Cut wires", "Ctrl + drag across with the right button; or select it", "choose_wire"),
    GestureRow("move_wires", "Move all wires of a port", "Ctrl + drag the port; or draw each anew", "connect"),
    GestureRow("reroute", "Put a dot on a wire", "Shift + drag across with the right button; or select it", "dot"),
    GestureRow("probe", "Look at a port", "Ctrl + Shift + click", "look"),
    GestureRow("tidy", "Tidy the selection, or all", "", "tidy"),
    GestureRow("duplicate", "Duplicate", "", "duplicate"),
    GestureRow("duplicate_linked", "Duplicate with shared weights", "", "duplicate_linked"),
    GestureRow("copy", "Copy", "", "copy"),
    GestureRow("paste", "Paste at the pointer, also from another window or a chat", "", "paste"),
    GestureRow("undo", "Undo", "", "undo"),
    GestureRow("redo", "Redo", "", "redo"),
    GestureRow("delete", "Delete", "", "delete"),
    GestureRow("heal", "Delete and reconnect", "", "delete_and_heal"),
    GestureRow("mute", "Mute: what arrives passes on", "", "mute"),
    GestureRow("collapse", "Collapse", "", "collapse"),
    GestureRow("group", "Make a network of the selection", "", "group"),
    GestureRow("enter", "Enter a network", "Double-click it, or click its symbol", "enter"),
    GestureRow("leave", "Leave the network", "Click in the path at the top left, or press Esc", "leave"),
    GestureRow("comment", "Comment the selection, or a note", "Drag its edges to resize, double-click to write",
               "comment"),
    GestureRow("rename", "Rename", "", "rename"),
    GestureRow("find", "Find in the design", "", "find"),
    GestureRow("help", "Help on the node", "", "node_help"),
    GestureRow("menu", "What can be done here", "Click with the right button, or press the menu key"),
    GestureRow("cancel", "Cancel what is under way", "Press Esc, or another button"),
    GestureRow("plot_zoom", "Zoom a plot, with Ctrl its values", "Drag a box, turn the wheel, or press + and −",
               section=PLOTS),
    GestureRow("plot_all", "Show all of a plot, and follow it", "Double-click it, or press 0 or Home", section=PLOTS),
    GestureRow("plot_push", "Push a plot", "Drag with the middle button or with Shift; arrow keys", section=PLOTS),
    GestureRow("plot_read", "Read a plot, from point to point", "Point at it; arrow keys with Ctrl", section=PLOTS),
    GestureRow("train", "Train or pause", "", "train"),
    GestureRow("stop", "Stop the training", "", "stop"),
)  # fmt: skip
