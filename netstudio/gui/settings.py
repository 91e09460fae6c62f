"""What the window remembers: an ini file in the user's folder for settings. A damaged file never stops the start."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from platformdirs import user_config_path
from PySide6.QtCore import QByteArray, QSettings

from netstudio.gui.theme import ThemeName

RECENT = 8


class Settings:
    """Theme, window geometry, recent files, the last folder, the user's own keys and palette.

    What can't be read counts as never set.
    """

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
        return [Path(n) for n in self._names("recent") if Path(n).is_file()][:RECENT]

    def add_recent(self, path: Path) -> None:
        path = path.resolve()
        kept = [path, *(p for p in self.recent if p != path)][:RECENT]
        self._ini.setValue("recent", [str(p) for p in kept])

    @property
    def folder(self) -> Path:
        """Where the last file was chosen; the user's own folder where that is not there."""
        value = self._ini.value("folder")
        return Path(value) if isinstance(value, str) and value and Path(value).is_dir() else Path.home()

    @folder.setter
    def folder(self, path: Path) -> None:
        self._ini.setValue("folder", str(path))

    @property
    def snap(self) -> bool:
        """Whether nodes that are dragged land on the grid."""
        return self._ini.value("snap") in (True, "true")

    @snap.setter
    def snap(self, on: bool) -> None:
        self._ini.setValue("snap", on)

    @property
    def shortcuts(self) -> Mapping[str, Sequence[str]]:
        """The user's own keys, by the ids of actions."""
        return {
            id: keys
            for id, keys in self._json("shortcuts").items()
            if isinstance(keys, list) and all(isinstance(k, str) for k in keys)
        }

    @shortcuts.setter
    def shortcuts(self, keys: Mapping[str, Sequence[str]]) -> None:
        self._ini.setValue("shortcuts", json.dumps({id: list(k) for id, k in keys.items()}))

    @property
    def favourites(self) -> Sequence[str]:
        """The node types that stand first in the palette."""
        return self._names("favourites")

    @favourites.setter
    def favourites(self, names: Sequence[str]) -> None:
        self._ini.setValue("favourites", list(names))

    @property
    def added(self) -> Sequence[str]:
        """The node types that were added last, newest first."""
        return self._names("added")

    @added.setter
    def added(self, names: Sequence[str]) -> None:
        self._ini.setValue("added", list(names))

    def _names(self, key: str) -> list[str]:
        value = self._ini.value(key)
        names = value if isinstance(value, list) else [value]
        return [n for n in names if isinstance(n, str) and n]

    def _json(self, key: str) -> dict[str, Any]:
        with suppress(ValueError, TypeError, RecursionError):
            value = json.loads(self._ini.value(key) or "")
            if isinstance(value, dict):
                return value
        return {}

    def blob(self, key: str) -> QByteArray:
        """Bytes that a widget saved; empty where there are none."""
        value = self._ini.value(key)
        return value if isinstance(value, QByteArray) else QByteArray()

    def set_blob(self, key: str, value: QByteArray) -> None:
        self._ini.setValue(key, value)

    def sync(self) -> None:
        self._ini.sync()
