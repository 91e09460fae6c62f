"""What every test of the window shares: no screen, private settings, and nothing left behind."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

try:
    import PySide6.QtWidgets  # noqa: F401
except ImportError:
    collect_ignore_glob = ["*"]  # tests/conftest.py has said why
else:
    from tests.gui.fixtures import *  # noqa: F403
