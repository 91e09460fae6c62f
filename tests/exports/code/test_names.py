"""Names and texts of people in code."""

from __future__ import annotations

import ast
import keyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netstudio.exports.code import layout
from netstudio.exports.code.names import Names, comment, quoted


def test_names_differ_from_words_and_from_each_other() -> None:
    names = Names(["softmax"])
    made = [names.fresh(wish) for wish in ("class", "softmax", "softmax_", "softmax", "conv1", "match")]
    assert made == ["class_", "softmax_", "softmax__", "softmax_2", "conv1", "match_"]
    assert not any(map(keyword.iskeyword, made))


@given(st.text())
def test_no_text_leaves_its_comment_or_docstring(text: str) -> None:
    module = ast.parse(f'"""{quoted(text)}."""\n# {comment(text)}\nx = 1\n# {quoted(text)}')
    assert [type(node) for node in module.body] == [ast.Expr, ast.Assign]


@given(st.recursive(st.text() | st.integers() | st.floats(allow_nan=False) | st.booleans(), st.lists, max_leaves=8))
def test_a_literal_means_what_it_was_made_of(value: object) -> None:
    text = layout.literal(value)
    assert text.isprintable()
    text.encode("utf-8")
    assert eval(text, {"float": float}) == value  # what the test is about


@pytest.mark.parametrize("depth", [0, 2])
def test_long_statements_are_broken_at_their_commas(depth: int) -> None:
    statement = f"x = f([{', '.join(f'a{i}(b, c)' for i in range(30))}], 'a, (b', key=g(y))"
    lines = layout.lines(statement, depth)
    assert all(len(line) <= layout.WIDTH for line in lines)
    assert ast.dump(ast.parse("\n".join(line[4 * depth :] for line in lines))) == ast.dump(ast.parse(statement))


def test_a_long_value_without_brackets_gets_some() -> None:
    value = " + ".join(f"name{i}" for i in range(12))
    assert layout.lines(f"{'n' * 20} = {value}", 1) == [f"    {'n' * 20} = (", f"        {value}", "    )"]


def test_short_statements_stay() -> None:
    assert layout.lines("x = f(1)", 1) == ["    x = f(1)"]
    assert layout.source(ast.parse("w['a'] + 'it\\'s'")) == 'w["a"] + "it\'s"'
