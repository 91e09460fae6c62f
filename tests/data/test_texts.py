"""Texts that lie in one array of bytes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netstudio.data import spool, texts
from netstudio.data.texts import GrowingTexts, Texts

LISTS = st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=8), max_size=20)


def grown(parts: list[list[str | None]]) -> Texts:
    made = GrowingTexts()
    for part in parts:
        made.append(part)
    return made.finish()


@given(st.lists(LISTS, max_size=4), st.integers(0, 99))
def test_what_goes_in_comes_out(parts: list[list[str | None]], seed: int) -> None:
    held, every = grown(parts), [text for part in parts for text in part]
    assert [held[i] for i in range(len(held))] == every
    rows = np.random.default_rng(seed).permutation(len(every))[: len(every) // 2]
    expected = [every[i] for i in rows]
    assert held.of(rows) == expected
    few = held.taken(rows)
    assert few.of(np.arange(len(few))) == expected
    assert [t for _, part in held.parts(rows) for t in part] == expected


def test_many_texts_lie_in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "LIMIT", 100)
    monkeypatch.setattr(texts, "TOGETHER", 7)
    every = [f"text number {i}" if i % 5 else None for i in range(100)]
    held = grown([every[:30], every[30:]])
    assert spool.is_mapped(held._content)
    assert [text for _, part in held.parts() for text in part] == every
