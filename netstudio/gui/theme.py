"""The look: a theme is a palette of resources/colours.json as a QPalette and one style sheet."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from netstudio.resources import RESOURCES, colours

ThemeName = Literal["dark", "light"]
Role = QPalette.ColorRole
PALETTE: dict[Role, str] = {
    Role.Window: "window",
    Role.WindowText: "text",
    Role.Base: "panel",
    Role.AlternateBase: "canvas",
    Role.Text: "text",
    Role.Button: "panel",
    Role.ButtonText: "text",
    Role.BrightText: "error",
    Role.ToolTipBase: "panel",
    Role.ToolTipText: "text",
    Role.PlaceholderText: "muted",
    Role.Highlight: "accent",
    Role.HighlightedText: "window",
    Role.Link: "accent",
    Role.Mid: "border",
    Role.Dark: "border",
    Role.Light: "panel",
}
# Curves: tells runs and figures apart for colour-blind people too (Okabe and Ito), readable on both backgrounds.
CURVES = {
    "dark": ("#5b9dff", "#e69f00", "#4cc38a", "#cc79a7", "#56b4e9", "#d55e00"),
    "light": ("#2563cf", "#b07400", "#1a7f4b", "#a8497f", "#1f86b8", "#b84f00"),
}


@dataclass(frozen=True)
class Theme:
    """One look: its colours by what they are for."""

    name: ThemeName
    window: QColor
    canvas: QColor
    grid: QColor
    panel: QColor
    border: QColor
    text: QColor
    muted: QColor
    accent: QColor
    error: QColor
    warning: QColor
    success: QColor

    @classmethod
    def named(cls, name: ThemeName) -> Theme:
        """The palette of that name."""
        return cls(name, **{role: QColor(value) for role, value in colours()[name].items()})

    def hex(self, role: str) -> str:
        """The colour of that role as "#rrggbb"."""
        colour: QColor = getattr(self, role)
        return colour.name()

    def category(self, name: str) -> QColor:
        """The colour of a category of nodes."""
        return QColor(colours()["categories"].get(name, self.hex("muted")))

    def paper(self, name: str) -> QColor:
        """The hue of a note or a frame."""
        return QColor(colours()["papers"].get(name, self.hex("muted")))

    def category_ink(self, name: str) -> QColor:
        """The category's colour, moved towards the text's until it reads as a symbol on a panel (contrast 3)."""
        ink = self.category(name)
        while contrast(ink, self.panel) < 3:
            ink = mixed(ink, self.text, 0.15)
        return ink

    @property
    def curves(self) -> tuple[str, ...]:
        """A hue for each curve, in order."""
        return CURVES[self.name]

    @property
    def other(self) -> Theme:
        return Theme.named("light" if self.name == "dark" else "dark")

    def palette(self) -> QPalette:
        palette = QPalette()
        for role, name in PALETTE.items():
            palette.setColor(role, getattr(self, name))
        for role in (Role.Text, Role.WindowText, Role.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, role, mixed(self.panel, self.muted, 0.7))
        return palette

    def style_sheet(self) -> str:
        """resources/style.qss with each `@role` replaced by its colour."""
        text = (RESOURCES / "style.qss").read_text(encoding="utf-8")
        text = text.replace("@icons", (RESOURCES / "icons").as_posix()).replace("@theme", self.name)
        return re.sub(r"@([a-z]+)", lambda found: self.hex(found.group(1)), text)

    def apply(self) -> None:
        """Dress the whole application."""
        global _current
        _current = self
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        sheet = self.style_sheet()
        if app.styleSheet() == sheet:
            return  # setting it again would lay out every widget anew
        app.setStyle("Fusion")
        app.setPalette(self.palette())
        app.setStyleSheet(sheet)


_current: Theme | None = None


def current_theme() -> Theme:
    """The theme the application wears: icons made later take their colours from it."""
    return _current or system_theme()


def system_theme() -> Theme:
    """What the system prefers; dark where it does not say."""
    light = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Light
    return Theme.named("light" if light else "dark")


def heading_font(base: QFont) -> QFont:
    """The one other size: for headings."""
    font = QFont(base)
    font.setPointSizeF(base.pointSizeF() * 1.35)
    font.setWeight(QFont.Weight.DemiBold)
    return font


def contrast(one: QColor, other: QColor) -> float:
    """The contrast ratio of WCAG 2.2, from 1 to 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: QColor) -> float:
    def linear(c: float) -> float:
        return c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4

    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF())


def mixed(one: QColor, other: QColor, share: float) -> QColor:
    """`share` of the way from `one` to `other`."""

    def part(a: float, b: float) -> float:
        return a + (b - a) * share

    red, green = part(one.redF(), other.redF()), part(one.greenF(), other.greenF())
    return QColor.fromRgbF(red, green, part(one.blueF(), other.blueF()))
