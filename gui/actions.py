"""Everything the studio can be told to do: the one table behind menus, toolbar, shortcuts and command palette."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from graph.document import MAIN
from gui import icons
from gui.data import importing as data_import
from gui.language import content
from gui.panels import Area

if TYPE_CHECKING:
    from gui.window import Window

Keys = QKeySequence.StandardKey
MENUS: Final = ("&File", "&Edit", "&Network", "&View", "&Train", "&Help")
SEPARATOR: Final = "-"
COLOURS: Final = {"Grey": "", "Blue": "#4c8dff", "Green": "#3fb57a", "Yellow": "#e0b040", "Red": "#e5605a",
                  "Purple": "#a07be8"}  # fmt: skip
FULL: Final = Qt.WindowState.WindowFullScreen


@dataclass(frozen=True)
class Action:
    """One thing to do.

    name: how code and tests call it
    text: what menus say, or a function that gives it
    menu: where it stands, such as "&File" or "&File/Export"; the order is that of the table
    keys: its shortcuts, the first of which the menu shows
    scope: "canvas" shortcuts work only while the canvas itself has the keyboard, so that typing elsewhere is typing
    group: whether a separator goes before it in its menu
    """

    name: str
    text: str | Callable[[Window], str]
    menu: str
    run: Callable[[Window], object]
    keys: tuple[str | Keys, ...] = ()
    icon: str = ""
    enabled: Callable[[Window], bool] | None = None
    checked: Callable[[Window], bool] | None = None
    scope: Literal["window", "canvas"] = "window"
    group: bool = False
    help: str = ""


def _tr(text: str) -> str:
    return QCoreApplication.translate("actions", text) if text else ""


def _selected(window: Window) -> bool:
    return bool(window.session.selection) and window.drawing


def _one_selected(window: Window) -> bool:
    return len(window.session.selection) == 1 and window.drawing


def _drawing(window: Window) -> bool:
    return window.drawing


def _comment_chosen(window: Window) -> bool:
    return window.drawing and window.canvas.comment is not None


def _wire_chosen(window: Window) -> bool:
    return window.drawing and window.canvas.wire is not None


def _lookable(window: Window) -> bool:
    return _one_selected(window) or _wire_chosen(window)


def _copiable(window: Window) -> bool:
    return _selected(window) or _comment_chosen(window)


def _deletable(window: Window) -> bool:
    return _selected(window) or (window.drawing and bool(window.canvas.wire or window.canvas.comment))


def _has_tabs(window: Window) -> bool:
    return not all(opened.blank for opened in window.session.tabs)


def _in_or_on_network(window: Window) -> bool:
    return window.drawing and bool(window.canvas.chosen_network)


def _has_run(window: Window) -> bool:
    return bool(window.session.run) and window.session.state == "idle"


def _cheat_sheet(window: Window) -> QWidget:
    from gui.shell.cheat_sheet import CheatSheet  # which reads this table

    return CheatSheet(window)


def _export(format: str, text: str, help: str) -> Action:
    return Action(f"export_{format}", text, "&File/Export", lambda w: w.export(format), icon="export",
                  enabled=_has_run, help=help)  # fmt: skip


def _colour(name: str, value: str) -> Action:
    def run(window: Window) -> None:
        window.canvas.colour_comment(value)

    return Action(f"comment_{name.lower()}", name, "&Edit/Colour of the comment", run, icon="comment",
                  enabled=_comment_chosen, scope="canvas")  # fmt: skip


def _walks() -> Iterator[Action]:
    """Going about a drawing by keys."""
    ways = (("Right", "To the right", 1, 0), ("Left", "To the left", -1, 0), ("Up", "Upwards", 0, -1),
            ("Down", "Downwards", 0, 1))  # fmt: skip
    for key, where, across, down in ways:
        for name, more in (("go", False), ("extend", True)):
            text = f"{where}, selecting more" if more else where
            yield Action(f"{name}_{key.lower()}", text, "&Edit/Go along the wires", _walk(across, down, more),
                         (f"Ctrl+{'Shift+' if more else ''}{key}",), "select", _drawing, scope="canvas",
                         help="Along the wires, else to the nearest there")  # fmt: skip


def _walk(across: int, down: int, more: bool) -> Callable[[Window], object]:
    return lambda window: window.canvas.walk(across, down, more)


def _place(side: Area, text: str) -> Action:
    return Action(f"panel_{side}", text, "&View/Move the panel", lambda w: w.docks.move_focused(side), (), "layout",
                  _drawing, help="Take the panel that has the keyboard to another side of the window")  # fmt: skip


def _resize(name: str, text: str, across: int, down: int) -> Action:
    return Action(f"panel_{name}", text, "&View/Move the panel", lambda w: w.docks.resize_focused(across, down), (), "",
                  _drawing, help="Of the panel that has the keyboard")  # fmt: skip


ACTIONS: Final[tuple[Action, ...]] = (
    Action("new", "New empty canvas", "&File", lambda w: w.new(), (Keys.New, "Ctrl+T"), "new"),
    Action("gallery", "New from template…", "&File", lambda w: w.show_gallery(), ("Ctrl+Shift+N",), "gallery"),
    Action("open", "Open…", "&File", lambda w: w.choose_open(), (Keys.Open,), "open"),
    Action("save", "Save", "&File", lambda w: w.save(), (Keys.Save,), "save", _drawing, group=True),
    Action("save_as", "Save as…", "&File", lambda w: w.save_as(), ("Ctrl+Shift+S",), "", _drawing),
    Action("versions", "Versions…", "&File", lambda w: w.safe.show_versions(), (), "recent",
           lambda w: w.session.path is not None, help="What the file held before it was saved over"),
    Action("compare", "Another design…", "&File/Compare with", lambda w: w.safe.choose_other(), (), "select", _drawing,
           help="Show on the canvas what differs from another file"),
    Action("compare_saved", "What is saved", "&File/Compare with", lambda w: w.safe.compare_with_saved(), (), "select",
           lambda w: w.drawing and w.session.path is not None),
    Action("compare_run", "What was trained", "&File/Compare with", lambda w: w.safe.compare_with_run(), (), "select",
           lambda w: w.drawing and bool(w.session.run), help="The design as it was when the last run began"),
    Action("close_tab", "Close", "&File", lambda w: w.session.close_tab(w.session.current), ("Ctrl+W",), "close",
           _has_tabs, group=True, help="Close the design; it can be reopened as it was"),
    Action("reopen", "Reopen what was closed", "&File", lambda w: w.session.reopen(), ("Ctrl+Shift+T",), "",
           lambda w: bool(w.session.closed)),
    Action("open_run", "Open a finished run…", "&File", lambda w: w.choose_run(), (), "training", group=True,
           help="Show a training done before: its design, curves and predictions"),
    Action("import_file", "File…", "&File/Import data", lambda w: data_import.from_file(w), (), "folder",
           help="Look at a table, arrays or a text of your own, and put a node that reads it on the canvas"),
    Action("import_folder", "Folder…", "&File/Import data", lambda w: data_import.from_folder(w), (), "folder",
           help="Look at a folder of pictures or of a known data set"),
    _export("python", "PyTorch source…", "A readable Python file that trains and runs without Netloom"),
    _export("onnx", "ONNX…", "For other frameworks and for onnxruntime"),
    _export("pt2", "PyTorch program (.pt2)…", "For torch.export.load"),
    _export("safetensors", "Weights (safetensors)…", "The weights alone"),
    Action("quit", "Quit", "&File", lambda w: w.close(), ("Ctrl+Q",), "quit", group=True),

    Action("undo", lambda w: _tr("Undo {edit}").format(edit=content(w.session.document.undo_label)).rstrip(),
           "&Edit", lambda w: w.session.undo(), (Keys.Undo,), "undo", lambda w: bool(w.session.document.undo_label)),
    Action("redo", lambda w: _tr("Redo {edit}").format(edit=content(w.session.document.redo_label)).rstrip(),
           "&Edit", lambda w: w.session.redo(), ("Ctrl+Shift+Z", "Ctrl+Y"), "redo",
           lambda w: bool(w.session.document.redo_label)),
    Action("add", "Add a node…", "&Edit", lambda w: w.canvas.open_search(), ("Tab",), "add", _drawing,
           scope="canvas", group=True),
    Action("add_fitting", "Add what fits…", "&Edit", lambda w: w.canvas.add_fitting(), ("Shift+Tab",), "add",
           _one_selected, scope="canvas", help="Search what can follow the selected node, and wire it"),
    Action("connect", "Draw a wire…", "&Edit", lambda w: w.canvas.connect_selected(), ("W",), "link", _selected,
           scope="canvas", help="List the wires that are possible at the selected node, or among the selected ones"),
    Action("choose_wire", "Select a wire…", "&Edit", lambda w: w.canvas.choose_wire(), ("Shift+W",), "select", _drawing,
           scope="canvas", help="To delete it, to add a node into it, to put a dot on it or to look at it"),
    Action("dot", "Put a dot on the wire", "&Edit", lambda w: w.canvas.put_dot(), ("D",), "", _wire_chosen,
           scope="canvas"),
    Action("look", "Look at what comes out", "&Edit", lambda w: w.canvas.look(), ("P",), "", _lookable, scope="canvas",
           help="Show the values of the selected node or wire in the probe; again: of its next output"),
    Action("rename", "Rename", "&Edit", lambda w: w.canvas.rename_selected(), ("F2",), "rename", _one_selected,
           scope="canvas"),
    Action("find", "Find a node…", "&Edit", lambda w: w.canvas.find_node(), (Keys.Find,), "search", _drawing,
           scope="canvas", help="Search the nodes of all networks by title, id or type"),
    Action("cut", "Cut", "&Edit", lambda w: w.canvas.cut(), (Keys.Cut,), "cut", _copiable, scope="canvas", group=True),
    Action("copy", "Copy", "&Edit", lambda w: w.canvas.copy(), (Keys.Copy,), "copy", _copiable, scope="canvas"),
    Action("paste", "Paste", "&Edit", lambda w: w.canvas.paste(), (Keys.Paste,), "paste", _drawing, scope="canvas"),
    Action("duplicate", "Duplicate", "&Edit", lambda w: w.canvas.duplicate(), ("Ctrl+D",), "duplicate", _copiable,
           scope="canvas"),
    Action("duplicate_linked", "Duplicate with shared weights", "&Edit", lambda w: w.canvas.duplicate_linked(),
           ("Alt+D",), "link", _copiable, scope="canvas",
           help="Copy the nodes; the copies compute with the same weights, and learning changes them for all"),
    Action("unlink", "Unlink", "&Edit", lambda w: w.canvas.unlink(), (), "unlink",
           lambda w: w.drawing and w.canvas.any_linked, scope="canvas",
           help="Give the nodes weights of their own, which begin as a copy of those that they shared"),
    Action("select_sharers", "Select what shares its weights", "&Edit", lambda w: w.canvas.select_sharers(), (),
           "select", lambda w: w.drawing and w.canvas.any_shared, scope="canvas"),
    Action("delete", "Delete", "&Edit", lambda w: w.canvas.delete_selection(), ("Del", "Backspace"), "delete",
           _deletable, scope="canvas"),
    Action("delete_and_heal", "Delete and reconnect", "&Edit", lambda w: w.canvas.delete_and_heal(), ("Ctrl+Del",), "",
           _selected, scope="canvas", help="Delete the nodes and wire what fed them to what they fed"),
    Action("select_all", "Select all", "&Edit", lambda w: w.canvas.select_all(), (Keys.SelectAll,), "select", _drawing,
           scope="canvas", group=True),
    *_walks(),
    Action("mute", "Mute or unmute", "&Edit", lambda w: w.canvas.mute(), ("M",), "mute", _selected, scope="canvas",
           group=True, help="Leave the nodes out of what computes: what arrives at them passes on"),
    Action("collapse", "Collapse or expand", "&Edit", lambda w: w.canvas.collapse(), ("H",), "collapse", _selected,
           scope="canvas", help="Draw the nodes small, with their title and ports alone"),
    Action("comment", "Comment", "&Edit", lambda w: w.canvas.add_comment(), ("C",), "comment", _drawing,
           scope="canvas", help="Put a frame with a text around the selected nodes, or a note at the pointer"),
    Action("next_comment", "Select the next comment", "&Edit", lambda w: w.canvas.next_comment(), ("Shift+C",), "",
           _drawing, scope="canvas", help="Arrow keys move it with what it holds, with Shift they resize it"),
    *(_colour(name, value) for name, value in COLOURS.items()),
    Action("tidy", "Tidy up", "&Edit", lambda w: w.canvas.tidy(), ("L",), "tidy", _drawing, scope="canvas",
           help="Lay the selected nodes, or all, out in columns along the wires"),

    Action("group", "Group into a network", "&Network", lambda w: w.canvas.group(), ("Ctrl+G",), "group", _selected,
           scope="canvas", help="Move the nodes into a network of their own; one node with its ports stands for it"),
    Action("ungroup", "Take the network apart", "&Network", lambda w: w.canvas.ungroup(), ("Ctrl+Shift+G",), "ungroup",
           lambda w: w.drawing and w.canvas.any_placed, scope="canvas",
           help="Put what the network holds in the place of its node"),
    Action("add_network", "Add an empty network", "&Network", lambda w: w.canvas.add_network(), ("Ctrl+Alt+G",),
           "network", _drawing, scope="canvas", help="Place a new network and enter it, to draw it from scratch"),
    Action("enter", "Enter the network", "&Network", lambda w: w.canvas.enter_selected(), ("Return", "Enter"), "enter",
           lambda w: w.drawing and w.canvas.may_enter, scope="canvas", group=True,
           help="Show what the selected node holds; a double-click does too"),
    Action("leave", "Leave the network", "&Network", lambda w: w.canvas.leave(), ("Alt+Up",), "leave",
           lambda w: w.drawing and w.session.network != MAIN, scope="canvas",
           help="Go back to the network around this one; Escape does too"),
    Action("rename_network", "Rename the network", "&Network", lambda w: w.canvas.rename_network(), ("Shift+F2",),
           "rename", _in_or_on_network, scope="canvas", group=True),
    Action("make_own", "Make the network its own", "&Network", lambda w: w.canvas.make_own(), (), "duplicate",
           lambda w: w.drawing and w.canvas.may_enter, scope="canvas",
           help="Let the node have a copy of the network, which can be changed without changing the others"),
    Action("delete_network", "Delete the network", "&Network", lambda w: w.canvas.delete_network(), (), "delete",
           _in_or_on_network, scope="canvas", help="Delete a network that no node places any more"),

    Action("frame_selection", "Frame the selection", "&View", lambda w: w.canvas.frame_selection(), ("F",),
           "frame-selection", _selected, scope="canvas"),
    Action("frame_all", "Frame everything", "&View", lambda w: w.canvas.frame_all(), ("Home",), "frame-all", _drawing,
           scope="canvas"),
    Action("zoom_in", "Zoom in", "&View", lambda w: w.canvas.zoom_in(), ("Ctrl++", "Ctrl+="), "zoom-in", _drawing),
    Action("zoom_out", "Zoom out", "&View", lambda w: w.canvas.zoom_out(), ("Ctrl+-",), "zoom-out", _drawing),
    Action("zoom_reset", "Actual size", "&View", lambda w: w.canvas.zoom_reset(), ("Ctrl+0",), "", _drawing),
    Action("minimap", "Minimap", "&View", lambda w: w.canvas.minimap.toggle(), (), "layout", _drawing,
           checked=lambda w: w.canvas.minimap.on, group=True, help="Show large drawings small in the corner"),
    Action("thumbnails", "Pictures on nodes", "&View", lambda w: w.canvas.thumbnails.toggle(), (), "", _drawing,
           checked=lambda w: w.canvas.thumbnails.on, help="Show below each node what it computes for an example"),
    Action("gradients_on_wires", "Gradients on wires", "&View", lambda w: w.canvas.flow.toggle(), (), "", _drawing,
           checked=lambda w: w.canvas.flow.on,
           help="Draw wires the broader the larger the gradient of the loss is there, while training and after"),
    Action("next_tab", "Next design", "&View", lambda w: w.session.show_next(1), ("Ctrl+Tab",), "",
           lambda w: len(w.session.tabs) > 1, group=True),
    Action("previous_tab", "Previous design", "&View", lambda w: w.session.show_next(-1), ("Ctrl+Shift+Tab",), "",
           lambda w: len(w.session.tabs) > 1),
    Action("tab_right", "Move the tab to the right", "&View", lambda w: w.session.shift_tab(1), ("Ctrl+Shift+PgDown",),
           "", lambda w: len(w.session.tabs) > 1),
    Action("tab_left", "Move the tab to the left", "&View", lambda w: w.session.shift_tab(-1), ("Ctrl+Shift+PgUp",), "",
           lambda w: len(w.session.tabs) > 1),
    Action("full_canvas", "Canvas alone", "&View", lambda w: w.toggle_full_canvas(), ("F11",), "fullscreen",
           checked=lambda w: w.full_canvas, help="Hide the panels; the same again brings them back"),
    Action("full_screen", "Full screen", "&View", lambda w: w.setWindowState(w.windowState() ^ FULL), ("Ctrl+F11",), "",
           checked=lambda w: w.isFullScreen()),
    Action("next_panel", "Next panel", "&View", lambda w: w.next_panel(1), ("F6",), "", _drawing,
           help="Give the keyboard to the panel after this one"),
    Action("previous_panel", "Previous panel", "&View", lambda w: w.next_panel(-1), ("Shift+F6",), "", _drawing),
    Action("float_panel", "Float or dock the panel", "&View", lambda w: w.docks.float_focused(), ("Ctrl+F6",), "",
           _drawing, help="Take the panel that has the keyboard out of the window, or put it back"),
    _place("left", "To the left"), _place("right", "To the right"), _place("bottom", "To the bottom"),
    _resize("wider", "Wider", 1, 0), _resize("narrower", "Narrower", -1, 0), _resize("taller", "Taller", 0, 1),
    _resize("lower", "Lower", 0, -1),
    Action("close_panel", "Close the panel", "&View", lambda w: w.docks.close_focused(), ("Ctrl+Shift+F6",), "",
           _drawing, help="Close the panel that has the keyboard; View, Panels brings it back"),
    Action("notice", "Answer the notice", "&View", lambda w: w.notices.take_keyboard(), ("F8",), "info",
           lambda w: bool(w.notices.cards), help="Give the keyboard to the newest notice; Escape dismisses it"),
    Action("reset_layout", "Reset the layout", "&View", lambda w: w.reset_layout(), (), "layout"),
    Action("theme", lambda w: _tr("Dark theme") if w.light else _tr("Light theme"), "&View", lambda w: w.toggle_theme(),
           ("Ctrl+Shift+L",), "theme", group=True),
    Action("settings", "Settings…", "&View", lambda w: w.show_settings(), ("Ctrl+,",), "settings",
           help="Theme, size, animations, device, data folder and shortcuts"),

    Action("train", lambda w: w.train_words, "&Train", lambda w: w.train_or_pause(), ("Ctrl+Return", "Ctrl+Enter"),
           "play", lambda w: w.drawing and w.session.state not in ("starting", "stopping")),
    Action("step", "One step", "&Train", lambda w: w.session.step(), ("Ctrl+Shift+Return",), "step",
           lambda w: w.drawing and w.session.state in ("idle", "running", "paused"),
           help="Do a single training step and hold"),
    Action("stop", "Stop", "&Train", lambda w: w.session.stop(), ("Ctrl+.",), "stop",
           lambda w: w.session.state in ("starting", "running", "paused"),
           help="End the training and keep what was learned"),
    Action("resume", "Resume the last run", "&Train", lambda w: w.session.resume_run(), (), "reset", _has_run,
           group=True, help="Go on from its last checkpoint"),

    Action("node_help", "Help on the node", "&Help", lambda w: w.canvas.help_on_node() or _cheat_sheet(w), ("F1",),
           "help", _drawing, scope="canvas", help="What the selected node does, its ports and its parameters"),
    Action("cheat_sheet", "Keys and gestures", "&Help", lambda w: _cheat_sheet(w), ("?",), "info", scope="canvas",
           help="All that mouse and keys do, on one page"),
    Action("palette", "Command palette…", "&Help", lambda w: w.show_palette(), ("Ctrl+Shift+P",), "command"),
    Action("tour", "Tour of the studio", "&Help", lambda w: w.show_tour(), (), "help",
           help="Six steps around the window; Escape leaves it"),
    Action("log", "Show the log file", "&Help", lambda w: w.show_log(), (), "folder", group=True),
)  # fmt: skip

TOOLBAR: Final = ("gallery", "open", "save", SEPARATOR, "undo", "redo", SEPARATOR, "add", "frame_all", "tidy")
COLOURING: Final = tuple(f"comment_{name.lower()}" for name in COLOURS)
CONTEXT: Final = (
    "add", SEPARATOR, "rename", "cut", "copy", "paste", "duplicate", "duplicate_linked", "unlink", "select_sharers",
    SEPARATOR, "mute", "collapse", "comment",
    SEPARATOR, "enter", "leave", "group", "ungroup", "rename_network", "make_own", "delete_network",
    *COLOURING, SEPARATOR, "delete", "delete_and_heal", SEPARATOR, "tidy", "frame_selection", "frame_all",
)  # fmt: skip


SELDOM: Final = (  # in the context menu only where they can be done
    "unlink", "select_sharers", "enter", "leave", "ungroup", "rename_network", "make_own", "delete_network",
)  # fmt: skip


def make(action: Action, window: Window) -> QAction:
    """A row of the table as Qt's own action. Whoever makes it adds it to the widget of its scope."""
    made = QAction(window)
    made.setObjectName(action.name)
    made.setShortcuts([QKeySequence(keys) for keys in action.keys])
    if action.icon:
        made.setIcon(icons.icon(action.icon))
    if action.scope == "canvas":
        made.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
    made.setCheckable(action.checked is not None)
    made.triggered.connect(lambda: action.run(window))
    refresh(action, made, window)
    return made


def refresh(action: Action, made: QAction, window: Window) -> None:
    """Bring text, availability and check mark up to date."""
    text = words(action, window)
    if made.text() != text:
        made.setText(text)
        shown = made.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        plain = text.rstrip("…") + (f"  ({shown})" if shown else "")
        made.setToolTip(f"{plain}\n{_tr(action.help)}" if action.help else plain)
        made.setStatusTip(_tr(action.help))
    made.setEnabled(action.enabled is None or action.enabled(window))
    if action.checked is not None:
        made.setChecked(action.checked(window))


def words(action: Action, window: Window) -> str:
    """What the action is called now."""
    return action.text(window) if callable(action.text) else _tr(action.text)


def in_full(action: Action, text: str) -> str:
    """A name that also says something where no menu is around it: "Export: ONNX…"."""
    sub = action.menu.partition("/")[2]
    return f"{_tr(sub)}: {text}" if sub else text
