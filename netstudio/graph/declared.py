"""Things that a document names and a package declares: layers, losses, optimizers, initializers, ...

A `Declared` class states its parameters as class attributes and its documentation as its docstring. A `Family` is all
the declared classes of one kind, by name: the only way from a name in a file to a class, so that loading a file never
imports anything by name.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from types import ModuleType
from typing import Any, ClassVar, Generic, Self, TypeVar

from netstudio.errors import ParamError, suggestion
from netstudio.graph.params import REQUIRED, Float, Param


class Together:
    """Parameters that stand in a `Declared` class as one attribute, whose own name counts for nothing."""

    def __init__(self, params: Mapping[str, Param[Any]]) -> None:
        self.params = params
        for name, param in params.items():
            param.__set_name__(type(self), name)


class Declared:
    """A class with declared parameters; an instance holds their checked values and never changes."""

    name: ClassVar[str] = ""
    aliases: ClassVar[tuple[str, ...]] = ()  # Keras's other names in documents, e.g. "he_normal"
    abstract: ClassVar[bool] = True
    declared: ClassVar[Mapping[str, Param[Any]]] = {}
    leading: ClassVar[tuple[str, ...]] = ()  # these stand before the other parameters
    own_first: ClassVar[bool] = False  # whether what a class adds stands before what it inherits

    def __init_subclass__(cls, abstract: bool = False, **more: Any) -> None:
        super().__init_subclass__(**more)
        cls.abstract = abstract
        if "name" not in cls.__dict__:
            cls.name = cls.__name__
        own: dict[str, Param[Any]] = {}
        for key, value in cls.__dict__.items():
            own |= {key: value} if isinstance(value, Param) else value.params if isinstance(value, Together) else {}
        declared = {**(own if cls.own_first else {}), **cls.declared, **own}
        cls.declared = {key: declared[key] for key in dict.fromkeys((*cls.leading, *declared)) if key in declared}

    def __init__(self, /, **params: Any) -> None:
        """Check `params`; what is left out takes its default. ParamError names the parameter that is wrong."""
        for key in params:
            if key not in self.declared:
                near = suggestion(key, self.declared)
                raise ParamError(f"{self.name} has no parameter {key!r}{near or self._known()}", key)
        for key, param in self.declared.items():
            if key in params:
                self.__dict__[key] = param.check(params[key])
            elif param.required:
                raise ParamError(f"{self.name} needs {key}: {param.expected}", key)
            else:
                self.__dict__[key] = param.checked_default

    @classmethod
    def _known(cls) -> str:
        return f"; it has {', '.join(cls.declared)}" if cls.declared else "; it has none"

    @property
    def params(self) -> dict[str, Any]:
        """Every parameter's checked value."""
        return {key: self.__dict__[key] for key in self.declared}

    @classmethod
    def initial_params(cls) -> dict[str, Any]:
        """What a new one must state, since there is no default."""
        return {key: p.initial for key, p in cls.declared.items() if p.required}

    @classmethod
    def doc(cls) -> str:
        """The documentation: the class's docstring."""
        return inspect.cleandoc(cls.__doc__ or "")

    @classmethod
    def summary_line(cls) -> str:
        """The first line of the documentation."""
        return cls.doc().partition("\n")[0]

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.__dict__ == self.__dict__

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{self.name}({', '.join(f'{k}={v!r}' for k, v in self.params.items())})"


D = TypeVar("D", bound=Declared)


class Family(Generic[D]):
    """The declared classes of one kind ("optimizer"), by name and alias."""

    def __init__(self, kind: str, members: Iterable[type[D]]) -> None:
        self.kind = kind
        self.members: dict[str, type[D]] = {m.name: m for m in sorted(members, key=lambda m: m.name.lower())}
        self._aliases = {a: m for m in self.members.values() for a in m.aliases}

    @classmethod
    def discover(cls, kind: str, package: ModuleType, base: type[D]) -> Self:
        """Every concrete subclass of `base` that a module of `package` defines."""
        found: list[type[D]] = []
        for info in pkgutil.iter_modules(package.__path__):
            module = importlib.import_module(f"{package.__name__}.{info.name}")
            for value in vars(module).values():
                if isinstance(value, type) and issubclass(value, base) and value.__module__ == module.__name__:
                    found += [] if value.abstract else [value]
        return cls(kind, found)

    def __iter__(self) -> Iterator[type[D]]:
        return iter(self.members.values())

    def __contains__(self, name: object) -> bool:
        return name in self.members or name in self._aliases

    def __getitem__(self, name: str) -> type[D]:
        """The class of that name or alias; ParamError with the nearest name where there is none."""
        found = self.members.get(name) or self._aliases.get(name)
        if found is None:
            near = suggestion(name, [*self.members, *self._aliases])
            raise ParamError(f"unknown {self.kind} {name!r}{near or '; there are ' + ', '.join(self.members)}")
        return found

    def make(self, value: Any) -> D:
        """From a document's form: a name, or {"type": name, "params": {...}}; ParamError where it is neither."""
        if isinstance(value, str):
            return self[value]()
        if isinstance(value, Mapping) and isinstance(value.get("type"), str):
            unknown = set(value) - {"type", "params"}
            params = value.get("params", {})
            if not unknown and isinstance(params, Mapping):
                return self[value["type"]](**params)
        raise ParamError(f'{value!r} is no {self.kind}: expected a name or {{"type": name, "params": {{...}}}}')


class Object(Param[D]):
    """A parameter that stands for a member of a family, in a document's form."""

    kind = "object"

    def __init__(self, family: Family[D], default: Any = REQUIRED, *, doc: str, **more: Any) -> None:
        super().__init__(default, doc=doc, **more)
        self.family = family

    def _expected(self) -> str:
        return f"one of {', '.join(self.family.members)}"

    def _check(self, value: Any) -> Any:
        if isinstance(value, Declared):
            return value
        try:
            return self.family.make(value)
        except ParamError as error:
            raise ParamError(f"{self.name}: {error}", self.name) from None


class NumberOr(Object[D]):
    """A parameter that is a number above zero, or stands for a member of a family that gives one."""

    kind = "number or object"

    def __init__(self, family: Family[D], default: Any = REQUIRED, *, doc: str, **more: Any) -> None:
        super().__init__(family, default, doc=doc, **more)
        self.number = Float(doc=doc, above=0.0)

    def __set_name__(self, owner: type, name: str) -> None:
        super().__set_name__(owner, name)
        self.number.name = name

    def _expected(self) -> str:
        return f"{self.number.expected}, or {super()._expected()}"

    def _check(self, value: Any) -> Any:
        if isinstance(value, (bool, int, float)):
            return self.number._check(value)
        return super()._check(value)


class Objects(Param[tuple[D, ...]]):
    """A parameter that stands for a list of members of a family."""

    kind = "objects"

    def __init__(self, family: Family[D], default: Any = REQUIRED, *, doc: str, **more: Any) -> None:
        super().__init__(default, doc=doc, **more)
        self.family = family

    def _expected(self) -> str:
        return f"a list of {', '.join(self.family.members)}"

    def _check(self, value: Any) -> Any:
        if not isinstance(value, (list, tuple)):
            raise TypeError
        try:
            return tuple(v if isinstance(v, Declared) else self.family.make(v) for v in value)
        except ParamError as error:
            raise ParamError(f"{self.name}: {error}", self.name) from None


class Block(Param[D]):
    """A parameter that is some settings by themselves: in a document an object of what `declared` declares.

    Left out, every one of them has its default; or it is None, where it is `optional`.
    """

    kind = "block"

    def __init__(self, declared: type[D], *, doc: str, optional: bool = False) -> None:
        super().__init__(None if optional else {}, doc=doc, optional=optional)
        self.declared = declared

    def _expected(self) -> str:
        return f"an object of {', '.join(self.declared.declared)}"

    def _check(self, value: Any) -> Any:
        return _block(self.name, self.declared, value)


class Blocks(Param[Mapping[str, D]]):
    """Settings by name, each as a `Block` has them: what is said of some columns, by the columns' names."""

    kind = "blocks"

    def __init__(self, declared: type[D], *, doc: str) -> None:
        super().__init__({}, doc=doc)
        self.declared = declared

    def _expected(self) -> str:
        return f"an object that gives names an object of {', '.join(self.declared.declared)}"

    def _check(self, value: Any) -> Any:
        if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
            raise TypeError
        return {name: _block(self.name, self.declared, one, f" of {name!r}") for name, one in value.items()}


def _block(param: str, declared: type[D], value: Any, of: str = "") -> D:
    if isinstance(value, declared):
        return value
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise ParamError(
            f"{param}{of} is {str(value)[:60]!r}; expected an object of {', '.join(declared.declared)}", param
        )
    try:
        return declared(**value)
    except ParamError as error:
        raise ParamError(f"{param}{of}: {error}", param) from None
