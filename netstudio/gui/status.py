"""The status bar: problems, parameters, memory, and how far the run is."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QProgressBar, QStatusBar, QToolButton, QWidget

from netstudio.gui.figures import duration, figure, memory, number, short, shortened
from netstudio.gui.look import set_property
from netstudio.gui.runs import Run
from netstudio.gui.session import Session
from netstudio.training.progress import Progress


class StatusBar(QStatusBar):
    """Follows the session; `problems_wanted` when the count of problems is pressed."""

    problems_wanted = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.setSizeGripEnabled(False)
        self.problems = QToolButton()
        self.problems.setObjectName("status.problems")
        self.problems.clicked.connect(self.problems_wanted)
        self.size_label = QLabel()
        self.epoch = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.bar = QProgressBar(textVisible=False)
        self.bar.setFixedWidth(120)
        self.bar.setAccessibleName(self.tr("How far the run is"))
        self.speed = QLabel()
        self.addWidget(self.problems)
        self.addWidget(self.size_label)
        for widget in (self.epoch, self.bar, self.speed):
            self.addPermanentWidget(widget)
        session.problems_changed.connect(self._show_document)
        session.document_changed.connect(self._show_document)
        session.documents_changed.connect(self._show_last)
        session.training_state_changed.connect(self._show_state)
        session.run_progressed.connect(self._show_run)
        session.training.busy_with.connect(self._show_compiling)
        self._show_document()
        self._show_state(session.training_state)

    def _show_document(self) -> None:
        problems = self.session.problems if self.session.is_open else ()
        errors = sum(p.severity == "error" for p in problems)
        warnings = len(problems) - errors
        parts = [self.tr("{} errors").format(errors) if errors > 1 else self.tr("1 error")] * bool(errors)
        parts += [self.tr("{} warnings").format(warnings) if warnings > 1 else self.tr("1 warning")] * bool(warnings)
        self.problems.setText(" · ".join(parts) or self.tr("no problems"))
        set_property(self.problems, "role", "error" if errors else "warning" if warnings else "")
        analysis = self.session.analysis
        count = analysis.parameters
        self.size_label.setText(self.tr("{} parameters · {}").format(number(count), memory(4 * count)))

    def _show_state(self, state: str) -> None:
        self.bar.setVisible(state != "idle")
        words = {
            "idle": "",
            "compiling": self.tr("preparing …"),
            "stopping": self.tr("stopping …"),
        }
        if state in words:
            self.epoch.setText(words[state])
        if state == "compiling":
            self.bar.setRange(0, 0)
        if state == "idle":
            self.speed.setText(self._summary())

    def _show_compiling(self, kernel: str) -> None:
        self.epoch.setText(self.tr("compiling {} for this machine, once …").format(kernel))

    def _show_last(self) -> None:
        """Another document is shown: the run is its own, or that of another one."""
        if self.session.runs:
            self._show_run(self.session.runs[-1])

    def _show_run(self, run: Run) -> None:
        progress = run.last
        if progress is None or not self.session.training.active:
            return
        paused = self.tr(" · paused") if self.session.training_state == "paused" else ""
        told = self.tr("epoch {}/{}{}").format(progress.epoch, progress.epochs, paused)
        self.epoch.setText(told if self.session.trains_this else f"{shortened(run.graph.name)}: {told}")
        self.bar.setRange(0, progress.epochs * progress.steps)
        self.bar.setValue((progress.epoch - 1) * progress.steps + progress.step)
        speed = self.tr("{} samples/s").format(short(run.samples_per_second))
        self.speed.setText(f"{_percent(progress)} · {speed} · {self.tr('ETA {}').format(_remaining(progress))}")

    def _summary(self) -> str:
        run = self.session.runs[-1] if self.session.runs else None
        if run is None or run.last is None:
            return ""
        return self.tr("run {}: {} epochs, loss {}").format(
            run.number, run.last.epoch, figure(run.last.logs.get("loss"))
        )


def _share(progress: Progress) -> float:
    return (progress.epoch - 1 + progress.step / max(progress.steps, 1)) / max(progress.epochs, 1)


def _percent(progress: Progress) -> str:
    return f"{100 * _share(progress):.0f} %"


def _remaining(progress: Progress) -> str:
    share = _share(progress)
    return duration(progress.seconds * (1 - share) / share) if share > 0 else "–"
