"""Numbers, and names, as people read them."""

from __future__ import annotations


def number(value: int) -> str:
    """A count with thin spaces between thousands: "1 234 567"."""
    return f"{value:,}".replace(",", "\u202f")


def short(value: float) -> str:
    """A count in three digits: "152k", "1.52M"."""
    for unit in ("", "k", "M", "G"):
        if abs(value) < 999.5:
            return f"{value:.3g}{unit}"
        value /= 1000
    return f"{value:.3g}T"


def memory(size: float) -> str:
    """Bytes in powers of 1024: "1.5 MiB"."""
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.3g} {unit}" if size < 1000 else f"{size:.0f} {unit}"
        size /= 1024
    return f"{size:.3g} GiB"


def shortened(name: str, longest: int = 32) -> str:
    """A name of at most so many characters, the last one an ellipsis where it has more."""
    return name if len(name) <= longest else f"{name[: longest - 1]}…"


def duration(seconds: float) -> str:
    """A time to wait: "8 s", "3 min 20 s", "2 h 5 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def figure(value: float | None) -> str:
    """A loss or a metric in four digits; a dash where there is none."""
    return "–" if value is None else f"{value:.4g}"
