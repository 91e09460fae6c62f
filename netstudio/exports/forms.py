"""The forms that a model can be taken away in: one row each."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path

from netstudio.errors import ExportError, suggestion
from netstudio.files.models import ModelFile


@dataclass(frozen=True)
class Form:
    """`suffixes` are those that a file of this form may have; `module` holds `write(model: ModelFile, path: Path)`.

    `implied` says whether the suffix alone names the form.
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
        Form("numpy", "NumPy program", (".py",), "numpy", "A Python program that needs NumPy alone.", implied=False),
        Form("torch", "PyTorch module", (".py",), "torch", "A module to predict with or to train on.", implied=False),
    )
}


def export(model: ModelFile, path: str | Path, to: str | None = None) -> None:
    """Write the model in the form `to`, or in that of the path's suffix.

    ExportError where there is no such form, the path's suffix is not one of its own, or the form can't express the
    model; FileError where the file can't be written.
    """
    path = Path(path)
    form = FORMS.get(to) if to is not None else _implied(path)
    if form is None:
        near = suggestion(to, FORMS) if to else ""
        named = repr(to or path.suffix or path.name)
        raise ExportError(f"can't export to {named}{near}; there are {', '.join(FORMS)}")
    if path.suffix.lower() not in form.suffixes:
        raise ExportError(f"{path}: a file of the form {form.name} ends in {' or '.join(form.suffixes)}")
    importlib.import_module(f"netstudio.exports.{form.module}").write(model, path)


def _implied(path: Path) -> Form | None:
    return next((f for f in FORMS.values() if f.implied and path.suffix.lower() in f.suffixes), None)
