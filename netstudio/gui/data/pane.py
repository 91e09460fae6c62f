"""The plots beside the table: one at a time, computed on a thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from netstudio.gui.background import Background
from netstudio.gui.data import statistics
from netstudio.gui.data.columns import Column
from netstudio.gui.data.gallery import Gallery
from netstudio.gui.data.heat import HeatMap, filled, signed
from netstudio.gui.data.statistics import MOST_ROWS, Rows
from netstudio.gui.figures import number
from netstudio.gui.look import muted
from netstudio.gui.theme import Theme, current_theme

if TYPE_CHECKING:
    from netstudio.gui.data.plots import Distribution

SPREAD, CORRELATION, MISSING, EXAMPLES = "spread", "correlation", "missing", "examples"
SHOWN = 120  # examples


class PlotsPane(QWidget):
    """Shows the columns that `show_data` gives."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._columns: tuple[Column, ...] = ()
        self._parts: Mapping[str, Rows] = {}
        self._plot: Distribution | None = None
        self.kind = QComboBox()
        self.kind.setObjectName("data.plot")
        self.column = QComboBox()
        self.column.setObjectName("data.plot.column")
        self.column.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.column.setMinimumContentsLength(10)
        self.note = muted()
        self.heat = HeatMap()
        self.gallery = Gallery()
        self.stack = QStackedWidget()
        self.stack.addWidget(self.heat)
        self.stack.addWidget(self.gallery)
        self.computer = Background(self)
        self.computer.done.connect(self._show)
        self.computer.failed.connect(lambda error: self.note.setText(str(error)))
        self.kind.activated.connect(lambda _at: self._update())
        self.column.activated.connect(lambda _at: self._update())
        self._lay_out()

    def show_data(self, columns: Sequence[Column], parts: Mapping[str, Rows], answer: str | None = None) -> None:
        """Plot these; `parts` are the rows that train, validate and test, by name, `answer` is what is predicted."""
        before = self.kind.currentData()
        self._columns, self._parts = tuple(columns), parts
        self.kind.clear()
        for name, title in self._offered().items():
            self.kind.addItem(title, name)
        self.kind.setCurrentIndex(max(0, self.kind.findData(before)))
        self._offer_columns(answer)
        self._update()

    def show_column(self, place: int) -> None:
        """Plot the spread of a column of the table, by its number."""
        at = self.column.findData(place)
        if self._wanted() == SPREAD and at >= 0 and self.column.currentIndex() != at:
            self.column.setCurrentIndex(at)
            self._update()

    def apply_theme(self, theme: Theme) -> None:
        if self._plot is not None:
            self._plot.apply_theme(theme)
        self.gallery.redraw()

    @property
    def plot(self) -> Distribution:
        """The bars; their library is imported when they are first shown."""
        if self._plot is None:
            from netstudio.gui.data.plots import Distribution

            self._plot = Distribution(current_theme())
            self.stack.addWidget(self._plot)
        return self._plot

    def _wanted(self) -> str:
        return str(self.kind.currentData())

    def _offered(self) -> dict[str, str]:
        """The plots that make sense for these columns."""
        kinds = [c.kind for c in self._columns]
        offered = {EXAMPLES: self.tr("Examples")} if {"image", "line"} & set(kinds) else {}
        offered |= {SPREAD: self.tr("Distribution")} if set(kinds) - {"text"} else {}
        if kinds.count("number") > 1:
            offered |= {CORRELATION: self.tr("Correlation")}
        if sum(k in ("number", "class", "date", "text") for k in kinds) > 1:
            offered |= {MISSING: self.tr("Missing values")}
        return offered

    def _offer_columns(self, answer: str | None) -> None:
        """Every column; what is predicted is what people look at first."""
        names = [c.name for c in self._columns if c.kind != "text"]
        chosen = next((n for n in (self.column.currentText(), answer) if n in names), names[-1] if names else "")
        self.column.clear()
        for place, column in enumerate(self._columns):
            if column.kind != "text":
                self.column.addItem(column.name, place)
        self.column.setCurrentIndex(self.column.findText(chosen))

    def _update(self) -> None:
        """Compute what is wanted, on a thread."""
        wanted, columns, parts = self._wanted(), self._columns, self._parts
        self.column.setVisible(wanted == SPREAD)
        self.note.show()
        self.stack.setVisible(self.kind.count() > 0)
        self.note.setText("")
        if not self.kind.count():
            return
        chosen = columns[self.column.currentData() or 0]
        work: Mapping[str, Callable[[], Any]] = {
            SPREAD: lambda: statistics.spread(chosen, parts),
            CORRELATION: lambda: statistics.correlation(columns),
            MISSING: lambda: statistics.missing(columns),
            EXAMPLES: lambda: _examples(columns, parts),
        }
        compute = work[wanted]
        self.computer.start(lambda: (wanted, chosen.name, compute()))

    def _show(self, found: tuple[str, str, Any]) -> None:
        wanted, name, result = found
        if wanted == SPREAD:
            self.plot.show_spread(name, result)
            self.stack.setCurrentWidget(self.plot)
        elif wanted == EXAMPLES:
            self.gallery.show_samples(*result)
            self.stack.setCurrentWidget(self.gallery)
        else:
            self._show_matrix(result)
        self.note.setText(self._told(wanted, result))
        self.note.setVisible(bool(self.note.text()) or self.column.isHidden())  # else the list of plots grows wide

    def _show_matrix(self, found: statistics.Correlation | statistics.Missing) -> None:
        if isinstance(found, statistics.Correlation):
            self.heat.show_values(found.values, found.names, found.names, signed)
        else:
            self.heat.show_values(100 * found.stripes, (), found.names, _share, self.tr(" % missing"))
        self.stack.setCurrentWidget(self.heat)

    def _told(self, wanted: str, result: Any) -> str:
        parts = []
        if isinstance(result, statistics.Missing):
            share = {n: s for n, s in zip(result.names, result.shares) if s}
            worst = sorted(share, key=lambda n: -share[n])[:3]
            parts.append(", ".join(f"{n} {100 * share[n]:.3g} %" for n in worst) or self.tr("Nothing is missing."))
        rows = len(self._columns[0].values) if self._columns else 0
        if rows > MOST_ROWS and wanted != EXAMPLES:
            parts.append(self.tr("from {} of {} rows").format(number(MOST_ROWS), number(rows)))
        return " · ".join(parts)

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setSpacing(8)
        bar.addWidget(self.kind)
        bar.addWidget(self.column, 1)
        bar.addWidget(self.note, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(bar)
        column.addWidget(self.stack, 1)


def _examples(columns: Sequence[Column], parts: Mapping[str, Rows]) -> tuple[Any, list[str]]:
    """Images or sequences of the first column that has any, and the names of their classes."""
    drawn = next(c for c in columns if c.kind in ("image", "line"))
    labels = next((c for c in columns if c.kind == "class"), None)
    rows = statistics.examples(drawn, labels, SHOWN)
    return drawn.values[rows], [labels.text(int(r)) if labels else "" for r in rows]


def _share(theme: Theme, percent: float) -> Any:
    return filled(theme, percent / 100)
