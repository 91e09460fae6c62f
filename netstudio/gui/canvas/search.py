"""Finding node types: by what is typed, and by what fits where a wire was dropped. No Qt here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from netstudio.errors import NetStudioError
from netstudio.graph import Catalogue, Graph, NodeType, TensorSpec
from netstudio.gui.canvas.face import PortRef
from netstudio.resources import followers


@dataclass(frozen=True)
class Choice:
    """A node type on offer, and the port by which it would join the loose wire, if there is one."""

    type: type[NodeType]
    port: str | None = None


def matching(text: str, choices: Sequence[Choice]) -> list[Choice]:
    """The choices that `text` may mean, best first: every word must be in the name, a keyword or the first doc line."""
    words = text.lower().split()
    scored = [(_score(words, choice.type), i) for i, choice in enumerate(choices)]
    return [choices[i] for score, i in sorted(s for s in scored if s[0] is not None)]


def _score(words: Sequence[str], type: type[NodeType]) -> int | None:
    """0 is best; None where a word is nowhere."""
    total = 0
    for word in words:
        found = _rank(word, type)
        if found is None:
            return None
        total += found
    return total


def _rank(word: str, type: type[NodeType]) -> int | None:
    names = [name.lower() for name in (type.name, *type.aliases)]
    keywords = [word.lower() for word in type.search_words()]
    tests = (
        word in names,
        any(n.startswith(word) for n in names),
        any(word in n for n in names),
        any(k.startswith(word) for k in keywords),
        any(word in k for k in keywords) or word in type.category,
        word in type.summary_line().lower(),
        any(_scattered(word, n) for n in names),
    )
    return next((i for i, true in enumerate(tests) if true), None)


def _scattered(word: str, name: str) -> bool:
    """Whether the letters of `word` stand in `name` in that order: "mp2" finds "maxpooling2d"."""
    letters = iter(name)
    return len(word) > 1 and all(letter in letters for letter in word)


def everything(catalogue: Catalogue) -> list[Choice]:
    """Every node type, the common ones first."""
    offered = (t for t in catalogue if t.is_offered())
    return [Choice(t) for t in sorted(offered, key=lambda t: (_commonness(t), t.name.lower()))]


def fitting(catalogue: Catalogue, graph: Graph, loose: PortRef, spec: TensorSpec | None) -> list[Choice]:
    """The node types that can stand at the loose end of a wire from `loose`, likeliest first.

    `spec` is what an output gives, where it is known: a type whose shape rule refuses it is left out.
    """
    node = graph.nodes[loose.node]
    habit = _Habit(catalogue)
    if loose.output:
        found = [Choice(t, p) for t in catalogue if (p := _taking_port(t, node.type, spec)) is not None]
        return sorted(found, key=lambda c: (*habit.rank(node.type, c.type.name), *_last(c.type)))
    feeders = [Choice(t, t.outputs[0].name) for t in catalogue if t.outputs and t.category != "loss"]
    wants_target = loose.port == "target"
    return sorted(
        feeders,
        key=lambda c: ((c.type.name == "Target") != wants_target, *habit.rank(c.type.name, node.type), *_last(c.type)),
    )


class _Habit:
    """How often one type follows another in graphs that were counted, and one category another."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._categories: Counter[tuple[str, str]] = Counter()
        for before, after in followers().items():
            for name, count in after.items():
                self._categories[self._category(before), self._category(name)] += count

    def rank(self, before: str, after: str) -> tuple[int, int]:
        """Lower is likelier."""
        pair = self._category(before), self._category(after)
        return -followers().get(before, {}).get(after, 0), -self._categories[pair]

    def _category(self, type: str) -> str:
        return self._catalogue[type].category if type in self._catalogue else ""


def _taking_port(type: type[NodeType], source: str, spec: TensorSpec | None) -> str | None:
    """The input of a new node of `type` that takes `spec`; None where none does."""
    if not type.inputs:
        return None
    names = [p.name for p in type.inputs]
    if source == "Target":
        return "target" if "target" in names else None
    if len(names) == 1 and spec is not None and hasattr(type, "infer"):  # a borrowed layer has the rule of its owner
        try:
            type(**type.initial_params()).infer(spec)
        except NetStudioError:
            return None
    return names[0]


def _last(type: type[NodeType]) -> tuple[int, str]:
    return _commonness(type), type.name.lower()


def _commonness(type: type[NodeType]) -> int:
    """Lower for what graphs hold more often."""
    return -_times().get(type.name, 0)


@cache
def _times() -> Counter[str]:
    """How often each type follows or is followed."""
    times: Counter[str] = Counter()
    for before, after in followers().items():
        times.update({before: sum(after.values())})
        times.update(after)
    return times
