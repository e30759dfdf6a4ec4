"""What the canvas says over the drawing: the spec of a wire, the problem of a node, tips, and the hint when empty."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QLabel

from graph.document import NodeKey, Port
from graph.networks import original
from graph.sharing import sharers
from gui import theme
from gui.canvas.face import GAP
from gui.canvas.geometry import Spot, point_on
from gui.canvas.hits import Hit, hit
from gui.canvas.tags import Tag
from gui.language import content

if TYPE_CHECKING:
    from gui.canvas.commands import Commands


class Words:
    """``tag`` labels wires and says why one is refused; ``bubble`` tells a node's problem, with its fix to click on."""

    def __init__(self, view: Commands) -> None:
        self._view = view
        self._owner: NodeKey | None = None  # the node that the bubble speaks of
        self.hint = QLabel(view)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.hint.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.dress()
        self.renew()

    def renew(self) -> None:
        """Make the tags anew; those of before went with the scene's other items."""
        self.tag, self.bubble = Tag(), Tag()
        self._view.canvas.addItem(self.tag)
        self._view.canvas.addItem(self.bubble)

    def dress(self) -> None:
        """Take the colours of the theme in force."""
        now, tr = theme.current(), self._view.tr
        self.hint.setText(
            f"<p style='font-size: 16px; color: {now.text.name()}'>"
            + tr("Press Tab to add a layer, or open a template.")
            + f"</p><p style='color: {now.text_dim.name()}'>"
            + tr("Double-click works too. Wires are drawn from port to port; Ctrl+Z takes anything back.")
            + "</p>"
        )

    def settle(self, hovered: Hit) -> None:
        """Label the wire or port that is hovered, and tell the problem of the node that is hovered or selected."""
        self._label(hovered)
        self._tell(hovered.node)

    def mend(self) -> None:
        """Apply the fix that the bubble shows."""
        problems = self._view.canvas.problems.get(self._owner, ()) if self._owner else ()
        mended = next((p for p in problems if p.fix and content(p.fix.label) == self.bubble.fix), None)
        if mended:
            self._view.session.apply_fix(mended)

    def tool_tip(self, spot: QPointF) -> str:
        """The problems of the node at a point; far away, where nothing can be read, also what the node is."""
        view = self._view
        under = hit(view.canvas, view.to_scene(spot), view.zoom, ports=not view.far)
        key = under.node
        if key is None:
            return ""
        if under.door:
            return view.tr("Enter the network; a double-click on the node does too")
        face = view.canvas.nodes[key].face
        lines = [GAP.join(filter(None, (face.title, face.details, face.shape)))] if view.far else []
        if shared := sharers(view.session.document, key):
            lines.append(self._sharing(key, shared))
        return "\n".join(lines + [problem.message for problem in view.canvas.problems.get(key, ())])

    def _sharing(self, key: NodeKey, shared: Collection[NodeKey]) -> str:
        """With which nodes one shares its weights."""
        document, view = self._view.session.document, self._view
        if document.nodes[key].link:
            return view.tr("Shares the weights of “{node}”.").format(node=original(document, key).node)
        others = ", ".join(f"“{other.node}”" for other in sorted(shared) if other != key)
        return view.tr("Its weights are shared by {nodes}.").format(nodes=others)

    def _label(self, hovered: Hit) -> None:
        canvas = self._view.canvas
        port = hovered.wire or hovered.output or hovered.input
        if port is None:
            self.tag.hide()
        elif port in canvas.wires:
            spec = canvas.spec_of(port)
            spot = point_on(canvas.wires[port].curve, 0.5) if hovered.wire else self._port_spot(port)
            told = str(spec) if spec else self._view.tr("not known yet")
            note = canvas.wires[port].note
            self.tag.tell(f"{told}\n{note}" if note else told, QPointF(*spot), above=True)
        elif (spec := canvas.specs.get(port)) is not None:
            self.tag.tell(str(spec), QPointF(*self._port_spot(port)), above=True)
        else:
            self.tag.hide()

    def _port_spot(self, port: Port) -> Spot:
        item = self._view.canvas.nodes[port.owner]
        return item.output_spot(port.port) if port.port in item.outputs else item.input_spot(port.port)

    def _tell(self, hovered: NodeKey | None) -> None:
        canvas, chosen = self._view.canvas, self._view.session.selection
        alone = next(iter(chosen)) if len(chosen) == 1 else None
        key = self._owner = hovered if hovered in canvas.problems else alone
        if key is None or key not in canvas.problems or key not in canvas.nodes:
            self.bubble.hide()
            return
        problems, box = canvas.problems[key], canvas.nodes[key].box
        gravest = min(problems, key=lambda problem: problem.severity != "error")
        more = f" (+{len(problems) - 1})" if len(problems) > 1 else ""
        self.bubble.tell(gravest.message + more, QPointF(box.x, box.y + box.height), gravest.severity,
                         content(gravest.fix.label) if gravest.fix else "")  # fmt: skip
