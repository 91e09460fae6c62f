"""Declared parameters: what they take, and what is said of the rest."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netstudio.errors import ParamError
from netstudio.graph.declared import Block, Blocks, Declared, Family, Object, Objects, Together
from netstudio.graph.params import Bool, Choice, Float, Floats, Int, Ints, Text, Texts


class Fruit(Declared):
    """A fruit."""

    aliases = ("fruit",)
    seeds = Int(3, minimum=0, maximum=9, doc="How many.")
    weight = Float(0.5, above=0.0, maximum=2.0, doc="In kilograms.")
    ripe = Bool(True, doc="Whether.")
    colour = Choice(("green", "yellow"), "green", doc="Which.")
    size = Ints(2, (1, 2), doc="Two of them.")
    places = Ints(None, (), doc="Any number of them.")
    rows = Ints(None, 0, minimum=-1, single=True, doc="One or more.")
    note = Text("", doc="Words.")
    names = Texts({}, doc="By language.")
    prices = Floats(0.5, minimum=0.0, doc="One or more.")
    cut = Float(None, below=1.0, doc="Perhaps.")


FRUITS = Family("fruit", [Fruit])


class Basket(Declared):
    """A basket."""

    first = Object(FRUITS, doc="One.")
    others = Objects(FRUITS, (), doc="Some.")


class Stall(Declared):
    """A stall."""

    sign = Block(Fruit, doc="The fruit on its sign.")
    spare = Block(Fruit, optional=True, doc="Perhaps.")
    shelves = Blocks(Fruit, doc="What lies where.")


GOOD: list[tuple[str, Any, Any]] = [
    ("seeds", 0, 0),
    ("seeds", 4.0, 4),
    ("weight", 2, 2.0),
    ("ripe", False, False),
    ("colour", "yellow", "yellow"),
    ("size", 3, (3, 3)),
    ("size", [4, 5.0], (4, 5)),
    ("places", [], ()),
    ("prices", 2, (2.0,)),
    ("prices", [1, 0.5], (1.0, 0.5)),
    ("rows", -1, (-1,)),
    ("rows", [0, 1], (0, 1)),
    ("cut", None, None),
    ("names", {"de": "Apfel"}, {"de": "Apfel"}),
]
BAD: list[tuple[str, Any, str]] = [
    ("seeds", 10, "an integer from 0 to 9"),
    ("seeds", 1.5, "an integer from 0 to 9"),
    ("seeds", True, "seeds is True"),
    ("seeds", "3", "seeds is '3'"),
    ("seeds", math.nan, "seeds is nan"),
    ("seeds", math.inf, "seeds is inf"),
    ("seeds", None, "seeds is None"),
    ("weight", 0, "above 0 and at most 2"),
    ("weight", math.inf, "a number"),
    ("weight", math.nan, "a number"),
    ("weight", 10**400, "a number"),
    ("weight", False, "weight is False"),
    ("ripe", 1, "true or false"),
    ("colour", "yelow", "did you mean 'yellow'"),
    ("colour", "blue", "one of green, yellow"),
    ("colour", ["green"], "one of green, yellow"),
    ("size", [1], "2 integers of 1 or more"),
    ("size", [1, 0], "2 integers of 1 or more"),
    ("size", "ab", "2 integers of 1 or more"),
    ("places", [1] * 17, "a list of integers"),
    ("places", 3, "a list of integers"),
    ("note", 3, "text"),
    ("names", {"de": 3}, "an object of texts"),
    ("prices", [], "a list of numbers, each 0 or more"),
    ("prices", [1.0, -1.0], "a list of numbers, each 0 or more"),
    ("prices", [1.0, "2"], "a list of numbers, each 0 or more"),
    ("cut", 1.0, "below 1, or null for none"),
]


@pytest.mark.parametrize(("name", "value", "expected"), GOOD)
def test_what_is_taken(name: str, value: Any, expected: Any) -> None:
    checked = getattr(Fruit(**{name: value}), name)
    assert checked == expected
    assert type(checked) is type(expected)


@pytest.mark.parametrize(("name", "value", "words"), BAD)
def test_what_is_refused(name: str, value: Any, words: str) -> None:
    with pytest.raises(ParamError) as caught:
        Fruit(**{name: value})
    assert words in str(caught.value)
    assert name in str(caught.value)
    assert caught.value.param == name


anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=4)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=2)),
    max_leaves=4,
)


@given(st.sampled_from(sorted({**Fruit.declared, **Basket.declared})), anything)
def test_any_json_value_is_taken_or_refused_by_name(name: str, value: Any) -> None:
    kind = Fruit if name in Fruit.declared else Basket
    try:
        made = kind(**{"first": "fruit", name: value} if kind is Basket else {name: value})
    except ParamError as error:
        assert name in str(error)  # noqa: PT017
    else:
        assert kind(**made.params) == made


def test_parameters_that_are_declared_together_stand_where_their_attribute_does() -> None:
    class Crate(Fruit):
        """A crate."""

        wood = Text("oak", doc="Of what.")
        sides = Together({"left": Int(1, doc="One."), "right": Int(2, doc="The other.")})
        lid = Bool(False, doc="Whether.")

    assert list(Crate.declared)[-4:] == ["wood", "left", "right", "lid"]
    assert Crate(right=5).params["right"] == 5
    with pytest.raises(ParamError, match="left is 'x'; expected an integer"):
        Crate(left="x")


def test_what_a_class_adds_may_stand_before_what_it_inherits() -> None:
    class Crop(Fruit, abstract=True):
        own_first = True

    class Apples(Crop):
        """Apples."""

        trees = Int(1, doc="How many.")
        ripe = Bool(False, doc="Whether.")

    assert list(Apples.declared)[:3] == ["trees", "ripe", "seeds"]
    assert list(Crop.declared) == list(Fruit.declared)
    assert not Apples().ripe


def test_unknown_and_missing_parameters() -> None:
    with pytest.raises(ParamError, match="Fruit has no parameter 'sedes': did you mean 'seeds'"):
        Fruit(sedes=1)
    with pytest.raises(ParamError, match="has no parameter 'self'"):
        Fruit(self=1)
    with pytest.raises(ParamError, match="Basket needs first: one of Fruit"):
        Basket()


def test_objects() -> None:
    basket = Basket(first="fruit", others=["Fruit", {"type": "Fruit", "params": {"seeds": 1}}])
    assert basket.first == Fruit()
    assert [f.seeds for f in basket.others] == [3, 1]
    assert Basket(first=Fruit(seeds=2)).first.seeds == 2
    for wrong in (3, {"kind": "Fruit"}, {"type": "Fruit", "more": 1}, {"type": "Fruit", "params": 3}):
        with pytest.raises(ParamError, match=r"first: .* is no fruit"):
            Basket(first=wrong)
    with pytest.raises(ParamError, match="others: Fruit has no parameter 'x'"):
        Basket(first="fruit", others=[{"type": "Fruit", "params": {"x": 1}}])
    with pytest.raises(ParamError, match=r"did you mean 'Fruit'|did you mean 'fruit'"):
        FRUITS["friut"]


def test_blocks_of_settings() -> None:
    assert Stall().sign == Fruit()
    assert (Stall().spare, Stall().shelves) == (None, {})
    stall = Stall(sign={"seeds": 1}, spare={}, shelves={"left": {"ripe": False}, "right": Fruit()})
    assert (stall.sign.seeds, stall.spare, stall.shelves["left"].ripe) == (1, Fruit(), False)


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ({"sign": {"seds": 1}}, "sign: Fruit has no parameter 'seds': did you mean 'seeds'?"),
        ({"sign": None}, "sign is 'None'; expected an object of seeds"),
        ({"spare": [1]}, "spare is '[1]'; expected an object of seeds"),
        ({"shelves": {"left": {"seeds": 10}}}, "shelves of 'left': seeds is 10; expected an integer from 0 to 9"),
        ({"shelves": {"left": 3}}, "shelves of 'left' is '3'; expected an object of seeds"),
        ({"shelves": [3]}, "shelves is [3]; expected an object that gives names an object of seeds"),
    ],
)
def test_what_a_block_does_not_take(block: dict[str, Any], words: str) -> None:
    with pytest.raises(ParamError) as caught:
        Stall(**block)
    assert words in str(caught.value)
    assert caught.value.param == next(iter(block))


def test_values_and_documentation() -> None:
    assert Fruit(seeds=1) == Fruit(seeds=1) != Fruit()
    assert Fruit() != Basket(first="fruit")
    assert "seeds=1" in repr(Fruit(seeds=1))
    assert Fruit.summary_line() == "A fruit."
    assert "fruit" in FRUITS
    assert "Fruit" in FRUITS
    assert [f.name for f in FRUITS] == ["Fruit"]
    assert Basket.initial_params() == {"first": None}
