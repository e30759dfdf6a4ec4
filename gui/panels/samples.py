"""What a network makes of noise: drawn side by side, between two draws, and in the plane."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedLayout, QWidget

from gui.inside.grid_view import GridView
from gui.inside.surface_view import SurfaceView
from gui.inside.walk_view import WalkView
from gui.inspector.editors import CalmComboBox
from gui.panels import Panel
from gui.session import Session


class SamplesPanel(QWidget):
    """One of three views, each of which asks for what it shows; the list that chooses goes along into its head."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.grid, self.walk, self.surface = GridView(session), WalkView(session), SurfaceView(session)
        self.view = CalmComboBox()
        self.view.addItems([self.tr("Grid"), self.tr("Interpolation"), self.tr("Plane")])
        self.view.setAccessibleName(self.tr("View"))
        self.view.setToolTip(
            self.tr("A grid of samples, what lies between two, or a generator and its judge in the plane")
        )
        self.view.setSizeAdjustPolicy(CalmComboBox.SizeAdjustPolicy.AdjustToContents)
        self.view.activated.connect(self._choose_view)
        self._pages = QStackedLayout(self)
        for page in (self.grid, self.walk, self.surface):
            self._pages.addWidget(page)
        session.document_replaced.connect(self._forget)
        self._forget()

    def _choose_view(self, which: int) -> None:
        """Show the grid, an interpolation or the plane."""
        heads = (self.grid.head, self.walk.head, self.surface.head)
        heads[which].insertWidget(0, self.view, 0, Qt.AlignmentFlag.AlignTop)
        self.view.setCurrentIndex(which)
        self._pages.setCurrentIndex(which)

    def _forget(self) -> None:
        self._choose_view(0)


PANEL = Panel(
    "samples",
    "Samples",
    "bottom",
    SamplesPanel,
    order=32,
    suits=lambda gist: 4 * gist.draws or int(gist.restores),
)
