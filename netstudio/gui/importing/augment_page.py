"""The fourth step: changes to the training samples, looked at on samples of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from netstudio.data.dataset import Array
from netstudio.data.settings import DataSettings
from netstudio.data.spectrogram import SOUND
from netstudio.errors import NetStudioError
from netstudio.gui.background import Background
from netstudio.gui.data.gallery import Gallery
from netstudio.gui.data.statistics import examples
from netstudio.gui.forms.form import Form
from netstudio.gui.importing.draft import Draft
from netstudio.gui.importing.found import Found
from netstudio.gui.look import emptied, heading, muted, set_property

SAMPLES = 6  # that are shown, each as it is and then changed
PLAIN = 35  # that are shown while nothing changes them
DRAWS = {4: 6, 3: 3}  # changed samples in a line, by the axes of an array of samples: images, sequences
WIDTH = 320


class AugmentPage(QWidget):
    """Follows the draft; while nothing is changed, it offers what is usual.

    The changes are those of a training step: the same code makes them.
    """

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.draft = draft
        self._samples: Samples | None = None
        self._found: Found | None = None
        self._step = 0
        self.form = Form({"augment": DataSettings.declared["augment"]}, "import.")
        self.form.changed.connect(lambda name, value, _typing: draft.set(name, value))
        self.form.reset.connect(lambda name: draft.set(name, None))
        self.gallery = Gallery()
        self.gallery.setObjectName("import.augmented")
        self.suggestions = QWidget()
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
            self._suggest()
            self._draw()

    def _suggest(self) -> None:
        """Offer changes that are usual for such samples, each at a click."""
        emptied(self._row)
        for title, augment in suggested(self._samples).items() if self._samples is not None else ():
            button = QPushButton(title)
            button.setAutoDefault(False)
            button.clicked.connect(lambda _checked=False, augment=augment: self.draft.set("augment", augment))
            self._row.addWidget(button)
        self._row.addStretch(1)

    def _draw_again(self) -> None:
        self._step += 1
        self._draw()

    def _draw(self) -> None:
        if self._samples is None:
            return
        samples, asked, seed, step = self._samples, self.draft.block.get("augment", ()), self.draft.seed, self._step
        self._say(self.tr("Drawing …") if asked else "", "muted")
        self.worker.start(lambda: samples.changed(asked, seed, step) if asked else samples.plain)

    def _show(self, made: tuple[Array, list[str]]) -> None:
        changed, draws = bool(self.draft.block.get("augment")), DRAWS[made[0].ndim]
        self.gallery.set_columns(draws + 1 if changed else None)
        self.gallery.show_samples(*made)
        self.suggestions.setVisible(not changed)
        self.again.setVisible(changed)
        plain = self.tr(
            "Samples as they are. Changes are drawn anew at each step, so that a few samples serve as many:"
        )
        told = self.tr("Each sample as it is, and as {} training steps would see it.").format(draws)
        self._say(told if changed else plain, "muted")

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
        self._row = QHBoxLayout(self.suggestions)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)
        beside = QHBoxLayout()
        beside.addWidget(self.gallery, 1)
        beside.addStretch(0)
        right = QVBoxLayout()
        right.addLayout(top)
        right.addWidget(self.suggestions)
        right.addLayout(beside, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 12, 16, 8)
        row.setSpacing(16)
        row.addWidget(left)
        row.addLayout(right, 1)


@dataclass(frozen=True)
class Samples:
    """(samples, ...) values of the `field` to be shown, and the classes of each."""

    field: str
    values: Array
    texts: list[str]

    @property
    def plain(self) -> tuple[Array, list[str]]:
        return self.values, self.texts

    def changed(self, asked: Any, seed: int, step: int) -> tuple[Array, list[str]]:
        """The first samples, each followed by what the changes make of it in some steps."""
        from netstudio.data.augmented import augmented

        values, changes = self.values[:SAMPLES], DataSettings(augment=asked).augment
        draws = DRAWS[values.ndim]
        drawn = [augmented(changes, values, len(values), seed, draws * step + i) for i in range(draws)]
        rows = np.stack([values, *drawn], axis=1).reshape(-1, *values.shape[1:])
        return rows, [text if i == 0 else "→" for text in self.texts[:SAMPLES] for i in range(draws + 1)]


def _samples(found: Found) -> Samples | None:
    """Some training samples of the first field that holds images or sequences, with their classes, in turn."""
    from netstudio.gui.data.columns import Column

    feed = next((f for f in found.feeds if f.ids is None and len(f.shape) in (2, 3)), None)
    if feed is None or found.encoded is None:
        return None
    column, answers = Column(feed.field, found.encoded.dataset.fields[feed.field]), found.answers
    labels = answers if answers is not None and answers.kind == "class" else None
    rows = examples(column, labels, PLAIN)
    texts = [labels.text(int(r)) if labels else "" for r in rows]
    return Samples(feed.field, np.asarray(column.values[rows], np.float32), texts)


def suggested(samples: Samples) -> dict[str, list[Any]]:
    """Changes that leave such samples what they are, by a title."""
    if samples.field == SOUND:
        later = {"type": "Shift", "params": {"height": 0.1, "width": 0.0}}
        return {_tr("Shift in time"): [later], _tr("Shift in time and hide patches"): [later, "Erasing"]}
    if samples.values.ndim == 4:
        moved = ["Rotate", "Shift", "Zoom"]
        return {
            _tr("Rotate, shift and zoom"): moved,
            _tr("Brightness and contrast"): ["Brightness", "Contrast"],
            _tr("Mirror left and right"): ["Flip"],
        }
    return {_tr("Noise and scale"): ["Jitter", "Scaling"], _tr("Mix two samples"): ["MixUp"]}


def _tr(text: str) -> str:
    return QCoreApplication.translate("AugmentPage", text)
