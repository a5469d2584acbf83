"""Registry of processes: each one function, with the parameters it reads and the quantities it makes.

A process is a pure function of arrays [sample, year] (or [1, year], [1, 1] where nothing varies). It is
registered by the decorator `process`; `program` orders the processes that an answer needs. What a process
reads is written as

- `eaf_share`: a parameter of parameters.csv, or a quantity that another process makes; `saving.*` that of
  the segment at hand; `saving.industry` of all industry (absent for other segments);
- `start:eaf_share`: its central value in the base year; `base:co2_t` a field of the base year (the row of the
  segment at hand); `reference:demand_mwh` a path [year] of the reference; `factors:natural_gas` a row of the
  factor tables; `sum:co2_t` what the segments' processes made, added up; `model:years` (also `response`,
  `columns`).

A `?` at the end marks what may be absent: the function then gets None. A parameter without `?` that the case
does not give takes the default of parameters.csv; without one, or without a quantity that it needs, the
process is left out, and so is what it makes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from inspect import signature
from typing import ParamSpec, TypeVar

from dafeng.pathway.engine.base import INDUSTRY, SEGMENTS, TWO_HIGH

# scopes of a parameter that mean a group of segments
GROUPS: Mapping[str, tuple[str, ...]] = {
    "industry": INDUSTRY,
    "two_high": TWO_HIGH,
    "electricity": SEGMENTS,
}
# quantities that several processes may make: a segment's index is their product
INDEX = "index."
# the segment whose demand no process of segments makes: the merit order does
POWER = "power"
SPECIAL = ("start", "base", "reference", "factors", "sum", "model")

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Process:
    """Equation of the model.

    `function` returns one array for one name in `makes`, else a tuple in their order; None is an absent
    quantity. `reports` are those of `makes` that `evaluate` returns. `per_segment` processes run for each
    segment but power, or for `segments` alone.
    """

    id: str
    function: Callable[..., object]
    reads: tuple[str, ...]
    makes: tuple[str, ...]
    reports: tuple[str, ...]
    per_segment: bool
    segments: tuple[str, ...]

    @property
    def parameters(self) -> tuple[str, ...]:
        """Return the ids that it reads, without the mark of the optional and the prefix `start:`."""
        names = (name.removesuffix("?") for name in self.reads)
        plain = (name.removeprefix("start:") for name in names)
        return tuple(dict.fromkeys(name for name in plain if ":" not in name))


_PROCESSES: dict[str, Process] = {}
_CHANGED: list[Callable[[], None]] = []


def process(
    *, reads: tuple[str, ...], makes: tuple[str, ...], reports: bool | tuple[str, ...] = False,
    segments: tuple[str, ...] = (),
) -> Callable[[Callable[P, R]], Callable[P, R]]:  # fmt: skip
    """Register a function as a process of the model.

    Parameters
    ----------
    reads : tuple of str
        What the function takes, in the order of its arguments (see the module).
    makes : tuple of str
        Ids of the quantities it returns, in order; `x.*` for each segment.
    reports : bool or tuple of str
        Which of them `evaluate` returns; True for all.
    segments : tuple of str
        For a process of segments: those that have it (all but power by default).

    Raises
    ------
    TypeError
        If the number of arguments differs from `reads`, the id is taken, or a quantity has a process already.
    """
    shown = makes if reports is True else () if reports is False else reports

    def register(function: Callable[P, R]) -> Callable[P, R]:
        found = Process(
            function.__name__, function, reads, makes, shown, any(name.endswith(".*") for name in makes), segments
        )  # fmt: skip
        _check(found)
        _PROCESSES[found.id] = found
        _changed()
        return function

    return register


def _check(new: Process) -> None:
    arguments = len(signature(new.function).parameters)
    if arguments != len(new.reads):
        raise TypeError(f"process {new.id}: {arguments} arguments, {len(new.reads)} in reads")
    taken = {name: old.id for old in _PROCESSES.values() for name in old.makes if not name.startswith(INDEX)}
    clash = [f"{name} (made by {taken[name]})" for name in new.makes if name in taken]
    if new.id in _PROCESSES or clash:
        raise TypeError(f"process {new.id} is registered twice or makes {', '.join(clash) or 'the same'}")
    if any(name.endswith(".*") != new.per_segment for name in new.makes):
        raise TypeError(f"process {new.id} makes quantities of segments and of the city: two processes")
    if not set(new.reports) <= set(new.makes):
        raise TypeError(f"process {new.id} reports what it does not make")


def registered() -> Mapping[str, Process]:
    """Return every process by id, those of the folder `processes` and those registered since."""
    import dafeng.pathway.engine.processes  # noqa: F401 - registers its modules; they import this one

    return dict(_PROCESSES)


@cache
def reads_of(parameter: str) -> tuple[str, ...]:
    """Return ids of the processes that read a parameter such as `saving.steel` or `saving.industry`."""
    head, _, scope = parameter.partition(".")
    own = f"{head}.*" if scope and scope in SEGMENTS and scope != POWER else parameter
    readers = _readers()
    named = [*readers.get(parameter, ()), *(readers.get(own, ()) if own != parameter else ())]
    found = {one.id for one in named if parameter in one.parameters or scope in (one.segments or (scope,))}
    return tuple(id_ for id_ in _PROCESSES if id_ in found)


@cache
def _readers() -> Mapping[str, tuple[Process, ...]]:
    """Return the processes that read each parameter."""
    readers: dict[str, tuple[Process, ...]] = {}
    for found in registered().values():
        for name in found.parameters:
            readers[name] = (*readers.get(name, ()), found)
    return readers


def on_change(clear: Callable[[], None]) -> None:
    """Call `clear` whenever a process is registered or removed: what was ordered before no longer holds."""
    _CHANGED.append(clear)


def _changed() -> None:
    reads_of.cache_clear()
    _readers.cache_clear()
    for clear in _CHANGED:
        clear()
