"""Python in colours, for people to read."""

from __future__ import annotations

import keyword
import re

from PySide6.QtGui import QColor, QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from netstudio.gui.theme import Theme

QUOTES = '"""'
INSIDE = 1  # the state of a line that ends within a text of several lines
TOKENS = re.compile(
    rf"""(?P<text>(?:\b[rbf])?"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(?P<comment>\#.*)|(?P<decorator>@\w+)
    |(?P<keyword>\b(?:{"|".join(keyword.kwlist)})\b)|(?P<number>\b\d[\w.]*)|(?P<name>(?<=def\s)\w+|(?<=class\s)\w+)""",
    re.VERBOSE,
)


class PythonColours(QSyntaxHighlighter):
    """Keywords, texts, numbers, comments, and the names of functions in bold."""

    def __init__(self, document: QTextDocument, theme: Theme) -> None:
        super().__init__(document)
        pink = theme.curves[3]
        self._looks = {
            "text": _look(theme.success),
            "comment": _look(theme.muted, italic=True),
            "decorator": _look(theme.warning),
            "keyword": _look(QColor(pink)),
            "number": _look(theme.warning),
            "name": _look(theme.accent, bold=True),
        }

    def highlightBlock(self, text: str) -> None:
        start = 0
        if self.previousBlockState() == INSIDE:
            start = self._until_quotes(text, 0)
        while start >= 0:
            found = TOKENS.search(text, start)
            opening = text.find(QUOTES, start)
            if 0 <= opening <= (found.start() if found else len(text)):
                start = self._until_quotes(text, opening, len(QUOTES))
            elif found is None:
                return
            else:
                self.setFormat(found.start(), found.end() - found.start(), self._looks[found.lastgroup or "text"])
                start = found.end()

    def _until_quotes(self, text: str, begin: int, skip: int = 0) -> int:
        """Colour from `begin` to the quotes that close the text; where it ends, or -1 where this line has no end."""
        end = text.find(QUOTES, begin + skip)
        stop = len(text) if end < 0 else end + len(QUOTES)
        self.setFormat(begin, stop - begin, self._looks["text"])
        self.setCurrentBlockState(INSIDE if end < 0 else 0)
        return -1 if end < 0 else stop


def _look(colour: QColor, bold: bool = False, italic: bool = False) -> QTextCharFormat:
    look = QTextCharFormat()
    look.setForeground(colour)
    look.setFontWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    look.setFontItalic(italic)
    return look
