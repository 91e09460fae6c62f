"""Parameters, declared once: type, default, range and documentation together.

    class Dense(Layer):
        units = Int(minimum=1, initial=64, doc="How many output features.")

On an instance `dense.units` is the checked value; on the class it is the declaration, which the inspector, the
command line, the documentation and the checks of a document all read.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, Generic, TypeVar, overload

from netstudio.errors import ParamError, suggestion

T = TypeVar("T")
REQUIRED: Final = object()


class Param(Generic[T]):
    """A declared parameter: a descriptor. `initial` is the value of a new node where there is no default."""

    kind: ClassVar[str] = "any"

    def __init__(self, default: Any = REQUIRED, *, doc: str, initial: Any = None, optional: bool = False) -> None:
        self.default = default
        self.doc = doc
        self.initial = initial
        self.optional = optional or default is None
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Param[T]: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: object | None, owner: type) -> Any:
        if instance is None:
            return self
        return instance.__dict__[self.name]

    @property
    def required(self) -> bool:
        return self.default is REQUIRED

    @functools.cached_property
    def checked_default(self) -> Any:
        """The default as an instance holds it, checked once: values never change, so all may share it."""
        return self.check(self.default)

    @property
    def starting_value(self) -> Any:
        """The value a new node shows: the default, or `initial` where a value must be given."""
        return self.initial if self.required else self.default

    @property
    def expected(self) -> str:
        """What the parameter takes, in words: "an integer of 1 or more"."""
        return f"{self._expected()}, or null for none" if self.optional else self._expected()

    def check(self, value: Any) -> Any:
        """The checked value; ParamError where the parameter does not take it."""
        if value is None and self.optional:
            return None
        try:
            return self._check(value)
        except (TypeError, ValueError, OverflowError):
            raise ParamError(f"{self.name} is {_shown(value)}; expected {self.expected}", self.name) from None

    def _expected(self) -> str:
        return "a value"

    def _check(self, value: Any) -> Any:
        return value


class Int(Param[int]):
    """A whole number in [minimum, maximum]."""

    kind = "int"
    LIMIT: ClassVar[int] = 2**31 - 1

    def __init__(
        self, default: Any = REQUIRED, *, doc: str, minimum: int = -LIMIT, maximum: int = LIMIT, **more: Any
    ) -> None:
        super().__init__(default, doc=doc, **more)
        self.minimum, self.maximum = minimum, maximum

    def _expected(self) -> str:
        if self.minimum == -self.LIMIT:
            return "an integer"
        if self.maximum == self.LIMIT:
            return f"an integer of {self.minimum} or more"
        return f"an integer from {self.minimum} to {self.maximum}"

    def _check(self, value: Any) -> int:
        number = _integer(value)
        if not self.minimum <= number <= self.maximum:
            raise ValueError
        return number


class Float(Param[float]):
    """A finite number in [minimum, maximum]; `above` and `below` are bounds that are not taken themselves."""

    kind = "float"

    def __init__(
        self,
        default: Any = REQUIRED,
        *,
        doc: str,
        minimum: float | None = None,
        maximum: float | None = None,
        above: float | None = None,
        below: float | None = None,
        **more: Any,
    ) -> None:
        super().__init__(default, doc=doc, **more)
        self.minimum, self.maximum, self.above, self.below = minimum, maximum, above, below

    def _expected(self) -> str:
        bounds = [
            f"{self.minimum:g} or more" if self.minimum is not None else "",
            f"above {self.above:g}" if self.above is not None else "",
            f"at most {self.maximum:g}" if self.maximum is not None else "",
            f"below {self.below:g}" if self.below is not None else "",
        ]
        words = " and ".join(b for b in bounds if b)
        return f"a number, {words}" if words else "a number"

    def _check(self, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise TypeError
        number = float(value)
        inside = (
            math.isfinite(number)
            and (self.minimum is None or number >= self.minimum)
            and (self.maximum is None or number <= self.maximum)
            and (self.above is None or number > self.above)
            and (self.below is None or number < self.below)
        )
        if not inside:
            raise ValueError
        return number


class Bool(Param[bool]):
    """A switch."""

    kind = "bool"

    def _expected(self) -> str:
        return "true or false"

    def _check(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise TypeError
        return value


class Text(Param[str]):
    """Any text."""

    kind = "text"

    def _expected(self) -> str:
        return "text"

    def _check(self, value: Any) -> str:
        if not isinstance(value, str):
            raise TypeError
        return value


class Choice(Param[str]):
    """One of some names."""

    kind = "choice"

    def __init__(self, options: Sequence[str], default: Any = REQUIRED, *, doc: str, **more: Any) -> None:
        super().__init__(default, doc=doc, **more)
        self.options = tuple(options)

    def _expected(self) -> str:
        return "one of " + ", ".join(self.options)

    def _check(self, value: Any) -> str:
        if value in self.options and isinstance(value, str):
            return value
        near = suggestion(value, self.options) if isinstance(value, str) else ""
        raise ParamError(f"{self.name} is {_shown(value)}{near or f'; expected {self.expected}'}", self.name)


class Ints(Param[tuple[int, ...]]):
    """`length` whole numbers of `minimum` or more; one number stands for all.

    Where `length` is None there may be any number of them, and one number stands for a list of one if it is `single`.
    """

    kind = "ints"

    def __init__(
        self,
        length: int | None,
        default: Any = REQUIRED,
        *,
        doc: str,
        minimum: int = 1,
        axes: Sequence[str] = (),
        single: bool = False,
        **more: Any,
    ) -> None:
        super().__init__(default, doc=doc, **more)
        self.length, self.minimum, self.axes, self.single = length, minimum, tuple(axes), single

    def _expected(self) -> str:
        many = "a list of integers" if self.length is None else f"{self.length} integers"
        return f"{many} of {self.minimum} or more"

    def _check(self, value: Any) -> tuple[int, ...]:
        if not isinstance(value, (list, tuple)) and (self.length is not None or self.single):
            value = [value] * (self.length or 1)
        if not isinstance(value, (list, tuple)) or len(value) > 16:
            raise TypeError
        numbers = tuple(_integer(v) for v in value)
        if (self.length is not None and len(numbers) != self.length) or any(
            not self.minimum <= n <= Int.LIMIT for n in numbers
        ):
            raise ValueError
        return numbers


class Floats(Param[tuple[float, ...]]):
    """A list of finite numbers of `minimum` or more; one number stands for a list of one."""

    kind = "floats"

    def __init__(self, default: Any = REQUIRED, *, doc: str, minimum: float | None = None, **more: Any) -> None:
        super().__init__(default, doc=doc, **more)
        self._each = Float(doc=doc, minimum=minimum)

    def _expected(self) -> str:
        least = self._each.minimum
        return "a list of numbers" if least is None else f"a list of numbers, each {least:g} or more"

    def _check(self, value: Any) -> tuple[float, ...]:
        values = value if isinstance(value, (list, tuple)) else [value]
        if not values:
            raise ValueError
        try:
            return tuple(self._each.check(v) for v in values)
        except ParamError:
            raise ValueError from None


class Texts(Param[Mapping[str, str]]):
    """Text by text: which column feeds which node, say."""

    kind = "mapping"

    def _expected(self) -> str:
        return "an object of texts"

    def _check(self, value: Any) -> Mapping[str, str]:
        if not isinstance(value, Mapping) or not all(isinstance(x, str) for pair in value.items() for x in pair):
            raise TypeError
        return dict(value)


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != int(value):
        raise TypeError
    return int(value)


def _shown(value: Any) -> str:
    text = repr(value) if not isinstance(value, tuple) else repr(list(value))
    return text if len(text) <= 60 else text[:57] + "..."
