"""Programs of elementwise operations, written anew in fewer instructions before they are encoded."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

Program = Sequence[tuple[str, int, tuple[int, ...]]]
Steps = list[tuple[str, tuple[int, ...], tuple[int, ...]]]  # as a program, but with several results each


def with_copies(program: Program, given: int, outputs: Sequence[int]) -> tuple[list[Any], list[int]]:
    """The program, and for each output a temporary of its own: inputs, and results wanted twice, are copied."""
    steps = list(program)
    fresh = 1 + max([given, *outputs, *(target for _, target, _ in program)])
    owned: list[int] = []
    for output in outputs:
        if output < given or output in owned:
            steps.append(("copy", fresh, (output,)))
            output, fresh = fresh, fresh + 1
        owned.append(output)
    return steps, owned


def fused_steps(steps: Program, wanted: Sequence[int], small: Collection[int]) -> Program:
    """The same in fewer instructions: a product or a root that one sum or quotient alone reads becomes part of it.

    `small` are the constants that may be added to a root that divides.
    """
    reads = Counter([*wanted, *(source for _, _, sources in steps for source in sources)])
    alone: dict[int, tuple[str, tuple[int, ...]]] = {}
    fused: dict[int, tuple[str, int, tuple[int, ...]]] = {}
    for number, (name, target, sources) in enumerate(steps):
        name, sources, taken = _taking(name, sources, alone, small)
        fused = {n: step for n, step in fused.items() if step[1] not in taken} if taken else fused
        fused[number] = name, target, sources
        if reads[target] == 1:
            alone[target] = name, sources
    return list(fused.values())


def _taking(
    name: str, sources: tuple[int, ...], alone: Mapping[int, tuple[str, tuple[int, ...]]], small: Collection[int]
) -> tuple[str, tuple[int, ...], tuple[int, ...]]:
    """An instruction with operands taken in where they can be, and the registers that this makes needless."""

    def made(register: int) -> tuple[str, tuple[int, ...]]:
        return alone.get(register, ("", ()))

    if name == "where" and made(sources[0])[0] == "gt":
        return "where_gt", (*made(sources[0])[1], *sources[1:]), sources[:1]
    if name == "div" and made(sources[1])[0] == "add":
        root, other = sorted(made(sources[1])[1], key=lambda register: register in small)
        if made(root)[0] == "sqrt" and other in small:
            return "over_root", (sources[0], *made(root)[1], other), (sources[1], root)
    if name == "sub" and made(sources[1])[0] == "over_root":
        quotient, *below = made(sources[1])[1]
        if made(quotient)[0] == "mul":
            return "sub_over_root", (sources[0], *made(quotient)[1], *below), (sources[1], quotient)
    if name in ("add", "sub"):
        for place in (1, 0):
            how, factors = made(sources[place])
            if how == "mul" and name == "add":
                moved = _moved(sources[1 - place], factors, made)
                if moved:
                    return (*moved, (sources[place], factors[0]))
            if how in ("mul", "square"):
                fma = "fma" if name == "add" else ("fms", "fnma")[place]
                return fma, (factors[0], factors[-1], sources[1 - place]), (sources[place],)
    return name, sources, ()


def _moved(
    x: int, factors: tuple[int, ...], made: Callable[[int], tuple[str, tuple[int, ...]]]
) -> tuple[str, tuple[int, ...]] | None:
    """`x` moved part of the way: x + (y - x) * t, where the factors are the difference and t."""
    how, parts = made(factors[0])
    if how == "sub" and parts[1] == x:
        return "lerp", (x, parts[0], factors[1])
    if how == "fms" and parts[2] == x:
        return "lerp_to_product", (x, parts[0], parts[1], factors[1])
    return None


def merged_steps(steps: Program, uniform: Collection[int]) -> Steps:
    """The steps, with those that one instruction of several results does in the place of the last.

    `uniform` registers are the same throughout.
    """
    merged: dict[int, tuple[str, tuple[int, ...], tuple[int, ...]]] = {}  # by the first result
    for name, target, sources in steps:
        merged[target] = name, (target,), sources
        if name == "sub_over_root" and {sources[2], sources[4]} <= set(uniform):
            w, m_, r, v_, z = sources
            match merged.get(m_), merged.get(v_):
                case ("lerp", _, (m, g, t)), ("lerp_to_product", _, (v, *squared, u)) if (
                    squared == [g, g] and {t, u} <= set(uniform) and _readers(merged, m_, v_) == [target]
                ):
                    del merged[m_], merged[v_], merged[target]
                    merged[m_] = "step_by_averages", (m_, v_, target), (m, v, g, w, t, u, r, z)
    return list(merged.values())


def _readers(steps: Mapping[int, tuple[str, tuple[int, ...], tuple[int, ...]]], *registers: int) -> list[int]:
    return [target for target, (_, _, sources) in steps.items() if not set(registers).isdisjoint(sources)]


def fresh_register(steps: Program, given: int) -> int:
    """A register that nothing uses, nor any after it."""
    return 1 + max([given, *(target for _, target, _ in steps)])
