"""How far the run is, as a thin bar on the loss nodes of the canvas."""

from __future__ import annotations

from PySide6.QtCore import QObject

from netstudio.gui.canvas import CanvasPanel
from netstudio.gui.runs import Run
from netstudio.gui.session import Session


class ProgressMark(QObject):
    """Follows the run of a session on its canvas."""

    def __init__(self, session: Session, canvas: CanvasPanel) -> None:
        super().__init__(canvas)
        self.session, self.canvas = session, canvas
        session.run_progressed.connect(self._show)
        session.documents_changed.connect(lambda: self.canvas.set_progress(None, 0.0))
        session.training_state_changed.connect(self._on_state)

    def _show(self, run: Run) -> None:
        progress = run.last
        if progress is None or not self.session.training.active or not self.session.trains_this:
            return
        share = ((progress.epoch - 1) * progress.steps + progress.step) / max(progress.epochs * progress.steps, 1)
        for id, node in self.session.graph.nodes.items():
            kind = self.session.catalogue.members.get(node.type)
            if kind is not None and kind.category == "loss":
                self.canvas.set_progress(id, share)

    def _on_state(self, state: str) -> None:
        if state == "idle":
            self.canvas.set_progress(None, 0.0)
