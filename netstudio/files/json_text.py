"""Strict JSON: UTF-8, finite numbers of a sane length, no key twice, no half characters."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from netstudio.errors import DocumentError

ARCHIVE = b"PK\x03\x04"  # what a zip archive begins with
DIGITS = 1000  # no number in a document needs more
TOO_DEEP = "the brackets are nested too deep for a graph document"
_HALF_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]")


class _RefusedError(ValueError):
    """JSON that Python reads and we don't."""


def parse_json(text: str | bytes, where: str) -> Any:
    """What the text holds; DocumentError with line and column where it is not JSON."""
    if isinstance(text, bytes):
        text = _decode(text, where)
    text = text.removeprefix("\ufeff")
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_float, parse_int=_int
        )
        if _HALF_CHARACTER.search(text):
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except json.JSONDecodeError as error:
        raise DocumentError(f"{where}, line {error.lineno}, column {error.colno}: not JSON: {error.msg}") from None
    except UnicodeEncodeError:
        raise DocumentError(f"{where}: a text holds half a character (a lone \\ud8.. or \\udc.. escape)") from None
    except RecursionError:
        raise DocumentError(f"{where}: {TOO_DEEP}") from None
    except _RefusedError as error:
        raise DocumentError(f"{where}: {error}") from None
    return value


def _decode(content: bytes, where: str) -> str:
    if content.startswith(ARCHIVE):
        raise DocumentError(
            f"{where} is no graph document but an archive, as models and exports are; choose the document (.json)"
        )
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DocumentError(
            f"{where} is not UTF-8 text (byte {error.start}); save it as UTF-8, or choose a graph document"
        ) from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _RefusedError(f"the key {twice!r} stands twice in one object; keep one")
    return found


def _constant(text: str) -> Any:
    raise _RefusedError(f"{text} is no number that JSON has; give a finite one")


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _RefusedError(f"the number {text[:20]} is too large")
    return number


def _int(text: str) -> int:
    if len(text) > DIGITS:
        raise _RefusedError(f"the number {text[:20]}... has {len(text)} digits; that is too many")
    return int(text)
