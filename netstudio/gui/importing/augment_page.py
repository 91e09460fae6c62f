"""The fourth step: changes to the training samples, looked at on samples of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from netstudio.data.dataset import Array
from netstudio.data.settings import DataSettings
from netstudio.errors import NetStudioError
from netstudio.gui.background import Background
from netstudio.gui.data.gallery import Gallery
from netstudio.gui.data.statistics import examples
from netstudio.gui.forms.form import Form
from netstudio.gui.importing.draft import Draft
from netstudio.gui.importing.found import Found
from netstudio.gui.look import heading, muted, set_property

SAMPLES = 6  # that are shown, each as it is and then changed
DRAWS = 3
WIDTH = 320


class AugmentPage(QWidget):
    """Follows the draft. The changes are those of a training step: the same code makes them."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.draft = draft
        self._samples: tuple[Array, list[str]] | None = None
        self._found: Found | None = None
        self._step = 0
        self.form = Form({"augment": DataSettings.declared["augment"]}, "import.")
        self.form.changed.connect(lambda name, value, _typing: draft.set(name, value))
        self.form.reset.connect(lambda name: draft.set(name, None))
        self.gallery = Gallery()
        self.gallery.setObjectName("import.augmented")
        self.gallery.set_columns(DRAWS + 1)
        self.note = muted()
        self.again = QPushButton(self.tr("Draw again"))
        self.again.setObjectName("import.again")
        self.again.clicked.connect(self._draw_again)
        self.worker = Background(self)
        self.worker.done.connect(self._show)
        self.worker.failed.connect(self._show_error)
        self._lay_out()
        draft.changed.connect(lambda: self.form.show_values(draft.block))
        draft.read.connect(self._on_read)
        self.form.show_values(draft.block)

    @property
    def useful(self) -> bool:
        """Whether there is anything that could be changed: images or sequences."""
        return self._samples is not None

    def _on_read(self) -> None:
        found = self.draft.found
        if found is not None and found is not self._found:
            self._found, self._samples = found, _samples(found)
            self._draw()

    def _draw_again(self) -> None:
        self._step += 1
        self._draw()

    def _draw(self) -> None:
        if self._samples is None:
            return
        (values, texts), asked, seed, step = (
            self._samples,
            self.draft.block.get("augment", ()),
            self.draft.seed,
            self._step,
        )
        self._say(self.tr("Drawing …") if asked else "", "muted")
        self.worker.start(lambda: _changed(values, texts, asked, seed, step))

    def _show(self, made: tuple[Array, list[str]]) -> None:
        self.gallery.show_samples(*made)
        changed = bool(self.draft.block.get("augment"))
        told = self.tr("Each sample as it is, and as {} training steps would see it.").format(DRAWS)
        self._say(told if changed else self.tr("Samples as they are: add a change at the left."), "muted")

    def _show_error(self, error: Exception) -> None:
        self._say(str(error) if isinstance(error, NetStudioError) else repr(error), "error")

    def _say(self, text: str, role: str) -> None:
        self.note.setText(text)
        set_property(self.note, "role", role)

    def _lay_out(self) -> None:
        side = QWidget()
        inner = QVBoxLayout(side)
        inner.setContentsMargins(12, 8, 8, 8)
        inner.addWidget(heading(self.tr("Changes in training")))
        inner.addWidget(self.form)
        inner.addStretch(1)
        left = QScrollArea()
        left.setWidgetResizable(True)
        left.setFixedWidth(WIDTH)
        left.setWidget(side)
        top = QHBoxLayout()
        top.addWidget(self.note, 1)
        top.addWidget(self.again)
        right = QVBoxLayout()
        right.addLayout(top)
        right.addWidget(self.gallery, 1, Qt.AlignmentFlag.AlignLeft)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 12, 16, 8)
        row.setSpacing(16)
        row.addWidget(left)
        row.addLayout(right, 1)


def _samples(found: Found) -> tuple[Array, list[str]] | None:
    """Some training samples of the first field that holds images or sequences, with their classes."""
    from netstudio.gui.data.columns import Column

    feed = next((f for f in found.feeds if f.ids is None and len(f.shape) in (2, 3)), None)
    if feed is None or found.encoded is None:
        return None
    column, answers = Column(feed.field, found.encoded.dataset.fields[feed.field]), found.answers
    labels = answers if answers is not None and answers.kind == "class" else None
    rows = np.sort(examples(column, labels, SAMPLES))
    return np.asarray(column.values[rows], np.float32), [labels.text(int(r)) if labels else "" for r in rows]


def _changed(values: Array, texts: Sequence[str], asked: Any, seed: int, step: int) -> tuple[Array, list[str]]:
    """Each sample, followed by what the changes make of it in some steps."""
    if not asked:
        return values, list(texts)
    from netstudio.data.augmented import augmented

    changes = DataSettings(augment=asked).augment
    drawn = [augmented(changes, values, len(values), seed, DRAWS * step + i) for i in range(DRAWS)]
    rows = np.stack([values, *drawn], axis=1).reshape(-1, *values.shape[1:])
    return rows, [text if i == 0 else "→" for text in texts for i in range(DRAWS + 1)]
