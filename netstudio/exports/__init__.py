"""Trained models in other programs' forms. One module a form; each is imported when it is first asked for."""

from netstudio.exports.forms import FORMS, Form, export

__all__ = ["FORMS", "Form", "export"]
