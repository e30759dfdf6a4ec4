"""Pictures that a network gives back beside what it was given, the worst or the best first."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from backend.questions.reconstructions import Measure, Order, Reconstruct, Reconstructions
from gui.flow import Flow
from gui.inside.answer_view import AnswerView
from gui.inside.bands import Bands
from gui.inside.splits import SplitBox
from gui.inspector.editors import chooser
from gui.panels import Panel
from gui.parts import Words, grouped, tool

PAGE: Final = 24  # examples
ORDERS: Final[tuple[tuple[Order, Measure], ...]] = (
    ("as they lie", "psnr"), ("worst", "psnr"), ("best", "psnr"), ("worst", "ssim"), ("best", "ssim"),
)  # fmt: skip


class ReconstructionsPanel(AnswerView):
    """A page of them."""

    kind = Reconstructions
    found: Reconstructions | None

    def _build(self) -> None:
        self.offset = 0
        self._make_controls()
        self._lay_out()

    def ask(self) -> None:
        """Ask for what the lists say."""
        order, by = ORDERS[self.order.currentIndex()]
        self.asker.ask(Reconstruct(output=self.output.currentText(), split=self.split.asked,
                                   order=order, by=by, offset=self.offset, count=PAGE))  # fmt: skip

    def refresh(self) -> None:
        super().refresh()
        self._bar.setVisible(self.found is not None or bool(self.error and self.split.asked))

    def _ask_anew(self) -> None:
        self.offset = 0
        self.ask()

    def _turn(self, pages: int) -> None:
        judged = self.found.judged if self.found else 0
        self.offset = max(0, min(self.offset + pages * PAGE, (judged - 1) // PAGE * PAGE if judged else 0))
        self.ask()

    def _forget(self) -> None:
        self.offset = 0
        self.output.clear()
        self.split.forget()
        super()._forget()

    def _show(self, found: Reconstructions) -> None:
        if [self.output.itemText(n) for n in range(self.output.count())] != list(found.outputs):
            self.output.clear()
            self.output.addItems(found.outputs)
        self.output.setCurrentText(found.output)
        self.split.show_split(found.split)
        self.output.setVisible(len(found.outputs) > 1)
        self._flow.arrange()
        names = {"original": self.tr("original"), "corrupted": self.tr("corrupted"),
                 "reconstructed": self.tr("reconstructed"), "target": self.tr("target")}  # fmt: skip
        words = [(self.tr("{ratio:.1f} dB").format(ratio=ratio), f"{likeness:.3f}")
                 for ratio, likeness in zip(found.psnr.tolist(), found.ssim.tolist())]  # fmt: skip
        pictures = {names[name]: values for name, values in found.pictures.items()}
        self.bands.show_bands(pictures, [int(row) + 1 for row in found.rows], words,
                              (self.tr("PSNR"), self.tr("SSIM")))  # fmt: skip
        self._summarise(found)

    def _summarise(self, found: Reconstructions) -> None:
        against = self.tr("the target") if "target" in found.pictures else self.tr("the original")
        means = self.tr("PSNR <b>{ratio:.2f} dB</b>, SSIM <b>{likeness:.4f}</b>, the means of {count} {split} examples "
                        "against {against}").format(ratio=found.mean_psnr, likeness=found.mean_ssim,
                                                    count=grouped(found.judged), split=found.split,
                                                    against=against)  # fmt: skip
        self.summary.setText(means)
        first, last = self.offset + 1, self.offset + len(found.rows)
        where = self.tr("{first}–{last} of {total}")
        self.where.setText(where.format(first=grouped(first), last=grouped(last), total=grouped(found.judged)))
        self.back.setEnabled(self.offset > 0)
        self.forth.setEnabled(last < found.judged)

    def _explained(self) -> tuple[str, str]:
        if self.error:
            return self.tr("There are no reconstructions"), self.error
        if self.session.run:
            return self.tr("Comparing pictures…"), ""
        return self.tr("No reconstructions yet"), self.tr(
            "Press Train, or open a finished run. Where an Output of pictures is made of pictures, as by an "
            "auto-encoder, the two are compared here.")  # fmt: skip

    def _make_controls(self) -> None:
        self.output, self.split = chooser(self.tr("Output"), self.tr("Which output to look at")), SplitBox()
        orders = [self.tr("As they lie"), self.tr("Worst PSNR first"), self.tr("Best PSNR first"),
                  self.tr("Worst SSIM first"), self.tr("Best SSIM first")]  # fmt: skip
        about = self.tr("Which examples come first. PSNR: how small the error is, in dB. SSIM: how alike two pictures "
                        "look, at most 1")  # fmt: skip
        self.order = chooser(self.tr("Order"), about, orders)
        for box in (self.output, self.split, self.order):
            box.activated.connect(self._ask_anew)
        self.output.setVisible(False)
        self.back = tool(self, self.tr("Earlier examples"), "chevron-left")
        self.forth = tool(self, self.tr("Further examples"), "chevron-right")
        self.back.clicked.connect(lambda: self._turn(-1))
        self.forth.clicked.connect(lambda: self._turn(1))
        self.where, self.summary = QLabel(), Words(rich=True)
        self.where.setProperty("dim", True)
        self.where.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.where.setMinimumWidth(40)
        policy = self.summary.sizePolicy()  # changed, not made anew: a new one would forget that words wrap
        policy.setVerticalPolicy(QSizePolicy.Policy.Maximum)
        self.summary.setSizePolicy(policy)
        self.summary.setContentsMargins(10, 2, 10, 2)
        self.bands = Bands()
        self.bands.setAccessibleName(self.tr("Reconstructions"))

    def _lay_out(self) -> None:
        self._flow, self._bar = Flow([self.output, self.split, self.order], 6), QWidget()
        head = QHBoxLayout(self._bar)
        head.setContentsMargins(8, 5, 8, 0)
        head.setSpacing(6)
        head.addWidget(self._flow, 1)
        for widget in (self.where, self.back, self.forth):
            widget.setFixedHeight(self.split.sizeHint().height())
            head.addWidget(widget, 0, Qt.AlignmentFlag.AlignTop)
        full = QWidget()
        column = QVBoxLayout(full)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.summary)
        column.addWidget(self.bands, 1)
        below = QWidget()
        self.stacked(full, below)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(2)
        whole.addWidget(self._bar)
        whole.addWidget(below, 1)


PANEL = Panel(
    "reconstructions", "Reconstructions", "bottom", ReconstructionsPanel, order=31, suits=lambda gist: 3 * gist.restores
)
