"""What a document may say of how a file of text, or a workbook, is read."""

from __future__ import annotations

from typing import Any, Final

from netstudio.graph.declared import Declared
from netstudio.graph.params import Bool, Choice, Param, Text

ENCODINGS: Final = (
    "utf-8", "utf-16", "utf-32", "windows-1252", "latin-1", "iso-8859-15", "windows-1250", "iso-8859-2", "windows-1251",
    "koi8-r", "mac-roman", "shift_jis", "euc-jp", "gb18030", "big5", "euc-kr",
)  # fmt: skip
NAMED: Final = {"tab": "\t", "space": " ", "comma": ",", "semicolon": ";", "bar": "|"}


class Delimiter(Param[str]):
    """What stands between two cells: one character, or its name."""

    kind = "text"

    def _expected(self) -> str:
        return f"one character, or {', '.join(NAMED)}"

    def _check(self, value: Any) -> str:
        if not isinstance(value, str):
            raise TypeError
        character = NAMED.get(value, value)
        if len(character) != 1 or not character.isascii() or character.isalnum() or character in '"\r\n\0.-+':
            raise ValueError
        return character


class ReadSettings(Declared):
    """How a table's file is read; whatever is left out is found out from the file."""

    name = "read"

    delimiter = Delimiter(None, doc="What stands between the cells of a line: comma, semicolon, tab, bar, ...")
    encoding = Choice(ENCODINGS, None, doc="How the text is encoded.")
    decimal = Choice((".", ","), None, doc='What stands before the decimals of a number: "1.5" or "1,5".')
    header = Bool(
        None, doc='Whether the first line holds the names of the columns; else they are "column 1" and so on.'
    )
    sheet = Text(None, doc="The sheet of a workbook; left out, the first that holds anything.")
