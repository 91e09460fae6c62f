"""The base of every schedule, and what schedules share."""

from __future__ import annotations

from abc import abstractmethod
from math import exp, log

from netstudio.graph.declared import Declared
from netstudio.graph.params import Float, Int


class Schedule(Declared, abstract=True):
    """A learning rate that depends on how far training has come."""

    @abstractmethod
    def at(self, step: int) -> float:
        """The learning rate after `step` steps (batches): that of the first is at(0). It is never negative."""


def rate_at(rate: float | Schedule, step: int) -> float:
    """The learning rate after `step` steps, of a schedule or of a number, which stays the same."""
    return rate.at(step) if isinstance(rate, Schedule) else rate


def power(base: float, exponent: float) -> float:
    """base^exponent of a positive base, at most 1e304: what grows for long does not overflow."""
    return exp(min(exponent * log(base), 700.0))


def initial_param() -> Float:
    return Float(0.001, above=0.0, doc="The learning rate at the beginning.")


def decay_steps_param(what: str = "the decay takes") -> Int:
    return Int(1000, minimum=1, doc=f"How many steps (batches) {what}.")
