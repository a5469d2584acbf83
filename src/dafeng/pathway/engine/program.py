"""Evaluation order of the processes that a result needs.

`program` walks from the wanted quantities back to parameters, once for a set of parameters and segments; what
it returns holds no numbers of a model, so it is kept and used for every chunk of every call.
"""

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from typing import cast

import numpy as np
from numpy.typing import NDArray

from dafeng.factors import look_up
from dafeng.pathway.engine.base import Base
from dafeng.pathway.engine.model import Model, kind_of
from dafeng.pathway.engine.parameter_paths import Paths
from dafeng.pathway.engine.registry import GROUPS, INDEX, POWER, SPECIAL, Process, on_change, registered

Array = NDArray[np.float64]
Quantities = MutableMapping[str, Array]
Read = Callable[["Chunk"], object]

ZERO = np.zeros((1, 1))
# set of `factors` with the carbon content of gas as the provincial guideline prints it
GAS_SET = "guide2011_printed"


@dataclass(slots=True)
class Chunk:
    """Inputs of processes for one chunk of samples: parameters, quantities of the city, those of the segment
    at hand.
    """

    model: Model
    paths: Paths
    columns: NDArray[np.intp]
    city: dict[str, Array] = field(default_factory=dict)
    segment: dict[str, Array] = field(default_factory=dict)
    # parameters that several processes read, of the city and of the segment at hand
    shared: dict[str, Array | None] = field(default_factory=dict)
    own: dict[str, Array | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """Process with its reads bound; `last` are the segment's quantities that nothing reads afterwards."""

    function: Callable[..., object]
    reads: tuple[Read, ...]
    makes: tuple[str, ...]
    last: tuple[str, ...] = ()

    def run(self, chunk: Chunk, into: Quantities) -> None:
        made = self.function(*[read(chunk) for read in self.reads])
        if len(self.makes) == 1:
            _put(self.makes[0], made, into)
        else:
            for name, value in zip(self.makes, cast("tuple[object, ...]", made), strict=True):
                _put(name, value, into)
        for name in self.last:
            into.pop(name, None)


def _put(name: str, value: object, into: Quantities) -> None:
    if value is None:
        return
    array = cast("Array", value)
    # several processes may move a segment's index: it is their product
    into[name] = into[name] * array if name in into else array


@dataclass(frozen=True, slots=True)
class Program:
    """Steps of the city, then of each segment, then of the city again."""

    before: tuple[Step, ...]
    segments: tuple[tuple[str, tuple[Step, ...]], ...]
    after: tuple[Step, ...]
    summed: tuple[str, ...]
    wanted: tuple[str, ...]

    def run(
        self, chunk: Chunk, each: Callable[[str, Mapping[str, Array]], None] | None = None
    ) -> Mapping[str, Array]:
        """Compute the quantities of the city for `chunk`; `each` is called with every segment's own."""
        city = chunk.city
        for step in self.before:
            step.run(chunk, city)
        for name in self.summed:
            city[f"sum:{name}"] = ZERO
        for segment, steps in self.segments:
            chunk.segment, chunk.own = {}, {}
            for step in steps:
                step.run(chunk, chunk.segment)
            for name in self.summed:
                value = chunk.segment.get(name)
                if value is not None:
                    city[f"sum:{name}"] = city[f"sum:{name}"] + value
            if each is not None:
                each(segment, chunk.segment)
        for step in self.after:
            step.run(chunk, city)
        return city


@lru_cache(maxsize=64)
def program(
    wanted: tuple[str, ...], parameters: tuple[str, ...], segments: tuple[str, ...], coupled: bool
) -> Program:
    """Order the processes that make `wanted`.

    Parameters
    ----------
    wanted : tuple of str
        Ids of quantities; `x.steel` is that of a segment. What the model cannot make is left out.
    parameters, segments : tuple of str
        Those of the model.
    coupled : bool
        Whether the model has response tables.

    Raises
    ------
    LookupError
        If a process reads what is neither a parameter nor made by any process, or its own result.
    """
    return _Builder(parameters, segments, coupled).build(wanted)


def program_of(model: Model, wanted: tuple[str, ...]) -> Program:
    """Return `program` for the parameters, segments and coupling of `model`."""
    return program(wanted, tuple(model.parameters), model.base.segments, model.response is not None)


@cache
def reported() -> tuple[str, ...]:
    """Return ids of the quantities that `evaluate` returns, accounts among them."""
    return tuple(name for found in registered().values() for name in found.reports)


def segment_quantity(model: Model, paths: Paths, columns: NDArray[np.intp], name: str, segment: str) -> Array:
    """Compute one quantity of one segment, such as its activity, for the samples that `paths` is set to."""
    found: dict[str, Array] = {}

    def keep(at: str, made: Mapping[str, Array]) -> None:
        if at == segment:
            found.update(made)

    program_of(model, (f"{name}.{segment}",)).run(Chunk(model, paths, columns), keep)
    return found[name]


class _Builder:
    """Walks from quantities to the processes that make them, depth first; what lacks a need is left out."""

    def __init__(self, parameters: tuple[str, ...], segments: tuple[str, ...], coupled: bool) -> None:
        self.parameters = frozenset(parameters)
        self.segments = tuple(segment for segment in segments if segment != POWER)
        self.coupled = coupled
        self.makers: dict[str, list[Process]] = {}
        for found in registered().values():
            for name in found.makes:
                self.makers.setdefault(name, []).append(found)
        self.placed: dict[tuple[str, str], bool | None] = {}
        self.city: tuple[list[Step], list[Step]] = ([], [])
        self.steps: dict[str, list[tuple[Step, frozenset[str]]]] = {segment: [] for segment in self.segments}
        self.summed: tuple[str, ...] = ()
        self.late = False
        self.reads: dict[str, _Parameter] = {}

    def build(self, wanted: tuple[str, ...]) -> Program:
        own: dict[str, set[str]] = {segment: set() for segment in self.segments}
        city = []
        for name in wanted:
            head, _, segment = name.partition(".")
            if f"{head}.*" in self.makers:
                if segment not in own:
                    raise LookupError(f"{name}: no segment of this model")
                own[segment].add(head)
            else:
                city.append(name)
        self.summed = tuple(dict.fromkeys(name for one in city for name in self._sums(one, set())))
        for segment in self.segments:
            for head in (*self.summed, *sorted(own[segment])):
                self._made(f"{head}.*", segment)
        self.late = True
        for name in city:
            self._made(name, "")
        kept = {segment: own[segment].union(self.summed) for segment in self.segments}
        steps = tuple(
            (segment, _released(self.steps[segment], kept[segment]))
            for segment in self.segments
            if self.steps[segment]
        )
        return Program(tuple(self.city[0]), steps, tuple(self.city[1]), self.summed, wanted)

    def _sums(self, name: str, seen: set[str]) -> list[str]:
        """Quantities of segments that `name` needs added up, over all processes that may lead to it."""
        if name in seen:
            return []
        seen.add(name)
        found = []
        for maker in self.makers.get(name, []):
            for read in maker.reads:
                plain = read.removesuffix("?")
                if plain.startswith("sum:"):
                    found.append(plain.removeprefix("sum:"))
                found += self._sums(plain, seen)
        return found

    def _made(self, name: str, segment: str) -> bool:
        """Return whether some process makes `name`; its steps are placed."""
        # every maker is placed, not the first alone: an index has several
        placed = [self._place(maker, segment) for maker in self.makers.get(name, [])]
        return True in placed

    def _place(self, process: Process, segment: str) -> bool:
        if process.per_segment and process.segments and segment not in process.segments:
            return False
        key = (process.id, segment if process.per_segment else "")
        if key in self.placed:
            known = self.placed[key]
            if known is None:
                raise LookupError(f"process {process.id} reads its own result")
            return known
        self.placed[key] = None
        reads = [self._bound(read, process, key[1]) for read in process.reads]
        able = all(
            bound is not None or read.endswith("?") for bound, read in zip(reads, process.reads, strict=True)
        )
        self.placed[key] = able
        if not able:
            return False
        step = Step(
            process.function, tuple(bound or ABSENT for bound in reads), tuple(map(_head, process.makes))
        )
        if process.per_segment:
            own = frozenset(_head(read.removesuffix("?")) for read in process.reads if ".*" in read)
            self.steps[segment].append((step, own))
        else:
            self.city[int(self.late)].append(step)
        return True

    def _bound(self, read: str, process: Process, segment: str) -> Read | None:
        """Return how a chunk gives what `read` names; None where the model has none of it."""
        optional, name = read.endswith("?"), read.removesuffix("?")
        head, colon, rest = name.partition(":")
        if colon:
            return self._special(head, rest, process, segment)
        concrete = name.replace("*", segment) if segment else name
        if kind_of(concrete) is not None:
            return self._parameter(concrete, segment, optional)
        if segment and name.endswith(".*") and name in self.makers:
            return _of_segment(_head(name)) if self._made(name, segment) else None
        if concrete in self.makers:
            return _of_city(concrete) if self._made(concrete, "") else None
        if name.startswith(INDEX):
            return None
        raise LookupError(f"process {process.id} reads {name}: no parameter, and no process makes it")

    def _parameter(self, id_: str, segment: str, optional: bool) -> Read | None:
        scope = id_.partition(".")[2]
        if segment and segment not in GROUPS.get(scope, (segment,)):
            return None
        if id_ in self.parameters:
            if id_ in self.reads:
                self.reads[id_].shared = True
            return self.reads.setdefault(id_, _Parameter(id_, bool(segment) and scope == segment))
        kind = kind_of(id_)
        if optional or kind is None or kind.default is None:
            return None
        return _constant(np.full((1, 1), kind.default))

    def _special(self, head: str, name: str, process: Process, segment: str) -> Read | None:
        if head not in SPECIAL or (head == "sum" and not self.late):
            raise LookupError(f"process {process.id} cannot read {head}:{name} here")
        if head == "sum":
            return lambda chunk: chunk.city[f"sum:{name}"]
        if head == "start":
            id_ = name.replace("*", segment)
            return (lambda chunk: chunk.model.parameters[id_].central[0]) if id_ in self.parameters else None
        if head == "base":
            return lambda chunk: _base(chunk.model.base, name, segment)
        if head == "reference":
            return lambda chunk: getattr(chunk.model, f"reference_{name}")[chunk.columns]
        if head == "factors":
            return _constant(factor_of(name))
        if name == "columns":
            return lambda chunk: chunk.columns
        return (lambda chunk: getattr(chunk.model, name)) if name != "response" or self.coupled else None


class _Parameter:
    """Reads a parameter; one that several processes read is computed once a chunk, or once a segment."""

    __slots__ = ("id", "of_segment", "shared")

    def __init__(self, id_: str, of_segment: bool) -> None:
        self.id, self.of_segment, self.shared = id_, of_segment, False

    def __call__(self, chunk: Chunk) -> Array | None:
        if not self.shared:
            return chunk.paths.get(self.id)
        kept = chunk.own if self.of_segment else chunk.shared
        if self.id not in kept:
            kept[self.id] = chunk.paths.get(self.id)
        return kept[self.id]


def _constant(value: object) -> Read:
    def read(_: Chunk) -> object:
        return value

    return read


ABSENT = _constant(None)


def _head(name: str) -> str:
    return name.removesuffix(".*")


def _of_segment(name: str) -> Read:
    return lambda chunk: chunk.segment.get(name)


def _of_city(name: str) -> Read:
    return lambda chunk: chunk.city.get(name)


def _base(base: Base, name: str, segment: str) -> object:
    value = getattr(base, name)
    return value[base.segments.index(segment)] if segment else value


def _released(steps: list[tuple[Step, frozenset[str]]], kept: set[str]) -> tuple[Step, ...]:
    """Return the steps, each with the quantities that no later one reads: their memory is free for the next
    arrays.
    """
    found = []
    for position, (step, reads) in enumerate(steps):
        later = kept.union(*(own for _, own in steps[position + 1 :]))
        found.append(replace(step, last=tuple((reads | {*step.makes}) - later)))
    return tuple(found)


@cache
def factor_of(fuel: str) -> float:
    """Return the tCO2/TJ of a fuel, the row of `GAS_SET` in the factor tables."""
    row = look_up("fuels", ("CN",), parameter="ef_co2_energy", set=GAS_SET, condition=fuel)
    if row.value.number is None:
        raise LookupError(f"factors/fuels: {fuel} of {GAS_SET} has no value")
    return float(row.value.number)


on_change(program.cache_clear)
on_change(reported.cache_clear)
