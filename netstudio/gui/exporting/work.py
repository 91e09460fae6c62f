"""What an export does beside the window; nothing here touches Qt."""

from __future__ import annotations

import re
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from netstudio.errors import ExportWarning
from netstudio.exports.forms import CODE, FORMS, Form

# The forms that are files for other programs, and those that are code to read.
FILES = tuple(form for form in FORMS.values() if form.suffixes[0] != CODE)
PROGRAMS = tuple(form for form in FORMS.values() if CODE in form.suffixes)


class Exportable(Protocol):
    """What is needed of a trained model."""

    def export(self, path: str | Path, to: str | None = None) -> tuple[Path, ...]: ...


@dataclass(frozen=True)
class Outcome:
    """The files that were written, and what people ought to know of them."""

    files: tuple[Path, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Preview:
    """A program's text, and what people ought to know of it."""

    form: Form
    text: str
    notes: tuple[str, ...]


def exported(model: Exportable, path: Path, to: str | None = None) -> Outcome:
    """Write the file, and what stands beside it."""
    with _told() as notes:
        files = model.export(path, to)
    return Outcome(files, tuple(notes))


def preview(model: Exportable, form: Form, stem: str) -> Preview:
    """The program as it would be written to a file of that name."""
    with tempfile.TemporaryDirectory(prefix="netstudio-") as folder:
        path = Path(folder) / f"{stem}{CODE}"
        made = exported(model, path, form.name)
        return Preview(form, path.read_text(encoding="utf-8"), made.notes)


def module_name(title: str) -> str:
    """A document's name as that of a Python module."""
    words = re.sub(r"\W+", "_", title, flags=re.ASCII).strip("_").lower()
    return words if words.isidentifier() else "model"


@contextmanager
def _told() -> Iterator[list[str]]:
    """What is warned of inside."""
    notes: list[str] = []
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", ExportWarning)
        yield notes
    notes += [str(warning.message) for warning in told]
