"""The forms that a model can be taken away in: one row each."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from netstudio.errors import ExportError, suggestion

if TYPE_CHECKING:  # the command line shows the table before anything large is imported
    from netstudio.files.models import ModelFile


CODE = ".py"  # programs, whose weights stand beside them


@dataclass(frozen=True)
class Form:
    """`suffixes` are those that a file of this form may have; `module` holds `write(model: ModelFile, path: Path)`.

    `implied` says whether the first suffix alone names the form.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    module: str
    doc: str
    implied: bool = True


FORMS: dict[str, Form] = {
    form.name: form
    for form in (
        Form("npz", "NetStudio model", (".npz",), "npz", "The model file, without a checkpoint's state."),
        Form("onnx", "ONNX", (".onnx",), "onnx", "For ONNX Runtime and other programs; one file with the weights."),
        Form(
            "keras", "Keras", (".keras", ".py"), "keras", "What keras.saving.load_model opens, or code that builds it."
        ),
        Form("torch", "PyTorch", (".py",), "torch", "A module to predict with or to train on.", implied=False),
        Form("numpy", "NumPy", (".py",), "numpy", "A Python program that needs NumPy alone.", implied=False),
    )
}


def export(model: ModelFile, path: str | Path, to: str | None = None) -> tuple[Path, ...]:
    """Write the model in the form `to`, or in that of the path's suffix. The files that were written, `path` first.

    ExportWarning where the file leaves out what people may expect of it. ExportError where there is no such form, the
    path's suffix is not one of its own, or the form can't express the model; FileError where it can't be written.
    """
    path = Path(path)
    form = form_of(path, to)
    importlib.import_module(f"netstudio.exports.{form.module}").write(model, path)
    from netstudio.exports.code.files import weights_beside

    return (path, weights_beside(path)) if path.suffix.lower() == CODE else (path,)


def form_of(path: Path, to: str | None = None) -> Form:
    """The form `to`, or that of the path's suffix; ExportError where there is none, or it has other suffixes."""
    suffix = path.suffix.lower()
    form = FORMS.get(to) if to is not None else _implied(suffix)
    if form is None:
        named = to or path.suffix or path.name
        raise ExportError(f"can't export to {named!r}{_instead(suffix, to)}")
    if suffix not in form.suffixes:
        raise ExportError(f"{path}: a file of the form {form.name} ends in {' or '.join(form.suffixes)}")
    return form


def _implied(suffix: str) -> Form | None:
    return next((f for f in FORMS.values() if f.implied and suffix == f.suffixes[0]), None)


def _instead(suffix: str, to: str | None) -> str:
    """What people may have meant."""
    if to is not None:
        return suggestion(to, FORMS) or f"; there are {', '.join(FORMS)}"
    several = [form.name for form in FORMS.values() if suffix in form.suffixes]
    if several:
        return f" alone, which may be {', '.join(several[:-1])} or {several[-1]}: say which with --to, or to=..."
    return f"; there are {', '.join(FORMS)}"
