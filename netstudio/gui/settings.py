"""What the window remembers: an ini file in the user's folder for settings. A damaged file never stops the start."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_config_path
from PySide6.QtCore import QByteArray, QSettings

from netstudio.gui.theme import ThemeName

RECENT = 8


class Settings:
    """Theme, window geometry and recent files. What can't be read counts as never set."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or user_config_path("netstudio") / "window.ini"
        self._ini = QSettings(str(self.path), QSettings.Format.IniFormat)

    @property
    def theme(self) -> ThemeName | None:
        names: dict[object, ThemeName] = {"dark": "dark", "light": "light"}
        value = self._ini.value("theme")
        return names.get(value) if isinstance(value, str) else None

    @theme.setter
    def theme(self, name: ThemeName) -> None:
        self._ini.setValue("theme", name)

    @property
    def recent(self) -> list[Path]:
        """The documents opened last, newest first, as far as they are still there."""
        value = self._ini.value("recent")
        names = value if isinstance(value, list) else [value]
        return [Path(n) for n in names if isinstance(n, str) and n and Path(n).is_file()][:RECENT]

    def add_recent(self, path: Path) -> None:
        path = path.resolve()
        kept = [path, *(p for p in self.recent if p != path)][:RECENT]
        self._ini.setValue("recent", [str(p) for p in kept])

    def blob(self, key: str) -> QByteArray:
        """Bytes that a widget saved; empty where there are none."""
        value = self._ini.value(key)
        return value if isinstance(value, QByteArray) else QByteArray()

    def set_blob(self, key: str, value: QByteArray) -> None:
        self._ini.setValue(key, value)

    def sync(self) -> None:
        self._ini.sync()
