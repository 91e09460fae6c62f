"""The look: contrast, switching, icons."""

from __future__ import annotations

import re

import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from netstudio.catalogue import CATALOGUE
from netstudio.gui.commands import COMMANDS
from netstudio.gui.icons import pixmap
from netstudio.gui.theme import Theme, contrast
from netstudio.gui.window import MainWindow
from netstudio.resources import RESOURCES, colours

THEMES = [Theme.named("dark"), Theme.named("light")]


@pytest.mark.parametrize("theme", THEMES, ids=lambda t: t.name)
@pytest.mark.parametrize("ink", ["text", "muted", "accent", "error", "warning", "success"])
@pytest.mark.parametrize("back", ["window", "canvas", "panel"])
def test_text_reads(theme: Theme, ink: str, back: str) -> None:
    """WCAG 2.2 AA: text has a contrast of 4.5 or more."""
    assert contrast(getattr(theme, ink), getattr(theme, back)) >= 4.5


@pytest.mark.parametrize("theme", THEMES, ids=lambda t: t.name)
def test_text_on_the_accent_and_symbols_read(theme: Theme) -> None:
    assert contrast(theme.window, theme.accent) >= 4.5
    assert all(contrast(theme.category_ink(c), theme.panel) >= 3 for c in colours()["categories"])


def test_contrast_is_that_of_the_standard() -> None:
    theme = Theme.named("dark")
    assert contrast(theme.text, theme.text) == 1
    assert contrast(QColor("#000000"), QColor("#ffffff")) == pytest.approx(21)


@pytest.mark.parametrize("theme", THEMES, ids=lambda t: t.name)
def test_the_style_sheet_names_only_what_there_is(theme: Theme) -> None:
    sheet = theme.style_sheet()
    assert "@" not in sheet
    assert all((RESOURCES / "icons" / name).is_file() for name in re.findall(r"icons/([\w-]+\.svg)", sheet))


def test_the_theme_is_switched_at_once(window: MainWindow) -> None:
    other = window.theme.other
    window.actions_by_id["view.theme"].trigger()
    assert window.theme == other
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    assert app.palette().color(QPalette.ColorRole.Window) == other.window
    grabbed = window.inspector.grab().toImage()
    assert grabbed.pixelColor(4, grabbed.height() - 4) == other.panel
    assert window.settings.theme == other.name


def test_every_icon_that_is_named_is_there_and_draws() -> None:
    names = {c.icon for c in COMMANDS if c.icon} | {t.icon for t in CATALOGUE}
    missing = sorted(n for n in names if not (RESOURCES / "icons" / f"{n}.svg").is_file())
    assert not missing
    for name in names:
        image = pixmap(name, "#ff0000", 24).toImage()
        assert any(image.pixelColor(x, y).alpha() for x in range(24) for y in range(24)), name
