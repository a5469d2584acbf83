"""Compiled annual model: every parameter as a central path, a spread and the measures that act on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from dafeng.evidence import DafengError, Finding, packaged_rows
from dafeng.pathway.engine.base import Base
from dafeng.pathway.engine.overlaps import Overlap
from dafeng.pathway.engine.readings import Reading
from dafeng.pathway.engine.response import Response
from dafeng.pathway.methods.common_causes import effect_deviates
from dafeng.pathway.methods.expressions import Formula
from dafeng.pathway.methods.sampling import correlated, standard_deviate, unit_points

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ParameterKind:
    """Row of parameters.csv; an id `x.*` is x of any segment.

    `role` is level or rate (a yearly rate of change). `default` is the value where a case gives none; None
    where the processes of `used_by` are then left out. `damping` is the share of a falling rate that goes on,
    as past forecasts show it (1: all of it). `bounds` are the lowest and the highest value.
    """

    id: str
    unit: str
    role: str
    zh: str
    en: str
    default: float | None
    damping: float
    bounds: tuple[float, float]
    equation: str
    used_by: tuple[str, ...]


@cache
def parameter_kinds() -> Mapping[str, ParameterKind]:
    """Return the model's vocabulary of parameters, by id."""
    return {row["id"]: _kind(row) for row in packaged_rows("dafeng.pathway", "parameters.csv")}


def _kind(row: Mapping[str, str]) -> ParameterKind:
    low, _, high = row["bounds"].partition("..")
    return ParameterKind(
        row["id"], row["unit"], row["role"], row["zh"], row["en"], float(row["default"]) if row["default"] else None,
        float(row["damping"] or 1), (float(low or "-inf"), float(high or "inf")), row["equation"], tuple(row["used_by"].split()),
    )  # fmt: skip


def kind_of(parameter: str) -> ParameterKind | None:
    """Return the vocabulary row of a parameter id such as `saving.steel`; None where there is none."""
    kinds = parameter_kinds()
    return kinds.get(parameter) or kinds.get(f"{parameter.partition('.')[0]}.*" if "." in parameter else "")


def scoped_name(name: str, parameter: str) -> str:
    """Return the name of a driver with the branch of its parameter in brackets."""
    scope = "" if parameter in parameter_kinds() else parameter.partition(".")[2]
    return f"{name} ({scope})" if scope else name


@dataclass(frozen=True, slots=True)
class Action:
    """Effect of one measure on a parameter: `path[year]` and how it is applied.

    add: value + delivery·path; multiply: value·(1 + delivery·(path − 1)); raise and lower: value +
    delivery·(path − value) where that raises (lowers) the value, the plan's figure being an end, not a step.
    """

    measure: int
    operation: str
    path: Array


@dataclass(frozen=True, slots=True)
class Parameter:
    """Parameter paths `central`, `up`, `down` [year]: the value is central + max(z, 0)·up + min(z, 0)·down, z
    the deviate.

    A lognormal parameter is central·exp(max(z, 0)·up + min(z, 0)·down). Rates are cumulated logarithms from
    the base year. `column` is the place in the draws, −1 for a fixed one. With a `formula` the path is
    computed from other parameters in every sample and `central` is that of the central case. With `turnover`
    [vintage, year] the parameter describes the units that a year adds, and its value is their average over
    the stock.
    """

    id: str
    central: Array
    up: Array
    down: Array
    lognormal: bool
    column: int
    actions: tuple[Action, ...] = ()
    unit: str = "1"
    rate: bool = False
    formula: Formula | None = None
    turnover: Array | None = None


@dataclass(frozen=True, slots=True)
class Driver:
    """Uncertain input as displayed; `dimension` is permanent, `damping` the share of its falling rates that
    goes on. With `odds` below 1 it is a project: its deviate is `nothing`, at which its value is 0, in all
    samples but those in which it is built. With odds below one half the central case is that it is not built:
    `nothing` is 0, and built it has the deviate 1, with a relative range of `built` (below, above) at 5-95 %.
    """

    id: str
    parameter: str
    dimension: int
    distribution: str
    name_zh: str
    name_en: str
    grade: str
    source: str
    damping: float = 1.0
    odds: float = 1.0
    nothing: float = 0.0
    built: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Measure:
    """Measure that acts on the model, as displayed.

    Its effect is the stated one times 1 − `effect_down` at the 5 % and 1 + `effect_up` at the 95 % quantile,
    never below nothing; `sector` names the measures whose effects go together. `start` is the year in which it
    began (0: after `as_of`), `delivered_to_date` the part of its effect that had happened by then.
    """

    id: str
    task: str
    name_zh: str
    name_en: str
    grade: str
    basis: str
    controlled_by: str
    source: str
    note: str = ""
    effect_down: float = 0.0
    effect_up: float = 0.0
    sector: str = ""
    start: int = 0
    delivered_to_date: float = 0.0


@dataclass(frozen=True, slots=True)
class Model:
    """Compiled model of a city: `years` [year] from the base year on, parameters by id, the base; `response`
    where coupled; `readings` of years after the base year; `overlaps` of measures.
    """

    name: str
    as_of: int
    years: NDArray[np.int64]
    base: Base
    parameters: Mapping[str, Parameter]
    drivers: tuple[Driver, ...]
    measures: tuple[Measure, ...]
    correlation: Array
    reference_demand_mwh: Array
    reference_renewable_mwh: Array
    findings: tuple[Finding, ...] = ()
    response: Response | None = None
    readings: tuple[Reading, ...] = ()
    overlaps: tuple[Overlap, ...] = ()

    @property
    def uncertain_effects(self) -> bool:
        """Return whether draws have a column for the effect of each measure."""
        return any(measure.effect_down or measure.effect_up for measure in self.measures)

    def effect_factors(self, deviates: Array) -> Array:
        """Compute the effect of measures over their stated effect, [sample, measure], from `deviates`
        [sample, measure]; median 1.
        """
        up = np.array([measure.effect_up for measure in self.measures])
        down = np.array([measure.effect_down for measure in self.measures])
        return np.asarray(
            np.maximum(1.0 + np.maximum(deviates, 0.0) * up + np.minimum(deviates, 0.0) * down, 0.0)
        )

    def measure_index(self, measure: str) -> int:
        """Return the column of a measure in the delivery array. Raises: DafengError for an unknown id."""
        for index, found in enumerate(self.measures):
            if found.id == measure:
                return index
        raise DafengError.at("measure", measure, "the id of a measure with a quantified effect")

    def delivery(self, default: float = 0.0, **measures: float) -> Array:
        """Return degrees of delivery [measure]: `default` but for the measures named. Raises: DafengError for
        an unknown id or a degree outside 0–1.
        """
        degrees = np.full(len(self.measures), float(default))
        for measure, degree in measures.items():
            degrees[self.measure_index(measure)] = degree
        if degrees.size and not (degrees.min() >= 0 and degrees.max() <= 1):
            raise DafengError.at("delivery", "a degree outside 0–1", "0 (nothing) to 1 (as in the plan)")
        return degrees


def deviates_of(points: Array, driver: Driver) -> Array:
    """Return the deviates [sample] of a driver from uniform points [sample], those of a project by its odds.

    A project is built where the point is above 1 − odds; where in that range it lies gives its size, shifted so
    that the middle of all points is the middle size where the project is in the central case.
    """
    if driver.odds >= 1.0:
        return standard_deviate(points, driver.distribution)
    if driver.odds <= 0.0:
        return np.full(points.shape, driver.nothing)
    central = driver.odds >= 0.5
    inside = (
        np.mod((points - 0.5) / driver.odds + 0.5, 1.0) if central else (points - 1.0) / driver.odds + 1.0
    )
    size = standard_deviate(np.clip(inside, 1e-12, 1.0 - 1e-12), driver.distribution)
    if not central:
        down, up = driver.built
        size = 1.0 + np.maximum(size, 0.0) * up + np.minimum(size, 0.0) * down
    return np.where(points > 1.0 - driver.odds, np.maximum(size, driver.nothing), driver.nothing)


def draw(model: Model, n: int, seed: int, scramble: int = 0) -> Array:
    """Draw deviates [sample, driver] of the model's drivers, in units of half their 5–95 % range, then those
    of effects.

    Sample i of a driver depends on its permanent dimension, the seed and the scramble only (and, through the
    copula, on drivers before it that it is correlated with). Where effects of measures are uncertain a column
    for each measure follows, [sample, driver + measure].

    Parameters
    ----------
    model
        Compiled model of the case.
    n
        Number of samples.
    seed
        Seed of the run.
    scramble
        Number of the independent replicate.

    Returns
    -------
    Deviates [sample, driver], followed by those of effects.

    Raises
    ------
    DafengError
        For n < 1.
    """
    points = unit_points([driver.dimension for driver in model.drivers], n, seed, scramble)
    points = correlated(points, model.correlation)
    deviates = np.empty_like(points)
    for column, driver in enumerate(model.drivers):
        deviates[:, column] = deviates_of(points[:, column], driver)
    if not model.uncertain_effects:
        return deviates
    ids, sectors = [m.id for m in model.measures], [m.sector for m in model.measures]
    return np.concatenate([deviates, effect_deviates(ids, sectors, n, seed, scramble)], axis=1)
