"""The answer of the annual model, as it is handed to the report, the assessment and the faces.

Axis order: quantile or sample, then sector, then year. Emissions are in t CO2, capacities in MW,
shares are fractions; `Indicator.unit` names the unit of every other quantity.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dafeng.evidence import Finding
from dafeng.pathway.analysis.costs import Costs
from dafeng.pathway.analysis.drivers_of_change import Drivers
from dafeng.pathway.analysis.provenance import Origin
from dafeng.pathway.engine.model import MeasureNote
from dafeng.pathway.methods.abatement import CostCurve

Array = NDArray[np.float64]

QUANTILES: tuple[float, ...] = (0.05, 0.25, 0.50, 0.75, 0.95)
NO_PLAN, PLAN, EXPECTED = "no-plan", "plan", "plan-expected"


@dataclass(frozen=True, slots=True)
class Band:
    """One quantity over the years: `quantiles[QUANTILES, year]` and `mean[year]`."""

    quantiles: Array
    mean: Array

    @classmethod
    def of(cls, samples: Array) -> "Band":
        """The band of `samples[sample, year]`."""
        return cls(np.quantile(samples, QUANTILES, axis=0), samples.mean(axis=0))

    @property
    def median(self) -> Array:
        return np.asarray(self.quantiles[QUANTILES.index(0.5)])


@dataclass(frozen=True, slots=True)
class Probability:
    """A probability and its standard error, estimated from independent scrambles of the design."""

    value: float
    standard_error: float


@dataclass(frozen=True, slots=True)
class PeakStatistics:
    """When one account peaks in one scenario.

    `year` and `level_t` are the 5, 50 and 95 % quantiles over the samples that peak inside the horizon
    (NaN where none does); `year_shares` is the share of samples by peak year; `already_past` and
    `not_within_horizon` are shares of all samples; `plateau_years` is the median width of the plateau.
    """

    scenario: str
    account: str
    year: tuple[float, float, float]
    level_t: tuple[float, float, float]
    before_2030: Probability
    by_2030: Probability
    already_past: float
    not_within_horizon: float
    year_shares: Mapping[int, float]
    plateau_years: float
    horizon: int


@dataclass(frozen=True, slots=True)
class Share:
    """What one measure, task or department takes of the plan's reduction, with its standard error (t CO2).

    `kind` is `measure`, `task`, `department` or `county`. For a measure `tasks` has its one task; for a task
    `departments` has those jointly responsible (equal shares). `first_in_t` is what a measure (or task, all its
    measures together) takes off alone, `last_in_t` what is lost when it alone is missing from the plan, both over
    fewer draws than the share; NaN for departments and counties, which share measures.
    """

    kind: str
    id: str
    name_zh: str
    name_en: str
    reduction_t: float
    standard_error_t: float
    tasks: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    grade: str = ""
    basis: str = ""
    first_in_t: float = float("nan")
    last_in_t: float = float("nan")


@dataclass(frozen=True, slots=True)
class Attribution:
    """Shapley shares of the reduction of `account` in `year` (or over `period`), averaged over draws.

    `total_t` is the mean reduction of the same draws; the measures' shares add up to it.
    """

    account: str
    quantity: str
    total_t: float
    total_standard_error_t: float
    measures: tuple[Share, ...]
    tasks: tuple[Share, ...]
    departments: tuple[Share, ...]
    permutations: int
    counties: tuple[Share, ...] = ()


@dataclass(frozen=True, slots=True)
class Influence:
    """How much of the output's variance hangs on one input.

    `share` is the first-order share of the variance of the headline account in `year` (estimated on
    the ensemble itself, 0–1).
    """

    parameter: str
    name_zh: str
    name_en: str
    share: float
    grade: str
    source: str
    year: int


@dataclass(frozen=True, slots=True)
class DataRequest:
    """A datum whose procurement would help most: what, from whom, and the variance that hangs on it.

    `share` of the variance of the change from `as_of` on (when the peak falls), `level_share` of the level in 2030.
    """

    title_zh: str
    title_en: str
    holder_zh: str
    holder_en: str
    parameters: tuple[str, ...]
    share: float
    level_share: float


@dataclass(frozen=True, slots=True)
class Indicator:
    """A modelled quantity that a target speaks about: `values[scenario][sample, year]` over `years`."""

    id: str
    name_zh: str
    name_en: str
    unit: str
    years: NDArray[np.int64]
    values: Mapping[str, Array]

    def at(self, scenario: str, year: int) -> Array:
        """The sample of this quantity in `year`, shape [sample].

        Raises: KeyError where the scenario or the year was not modelled.
        """
        column = np.flatnonzero(self.years == year)
        if not column.size:
            raise KeyError(year)
        return np.asarray(self.values[scenario][:, column[0]])


@dataclass(frozen=True, slots=True)
class DeliveryLevel:
    """Every measure delivered to the same degree (a fraction), and the chance of a peak in 2029 or before."""

    delivery: float
    before_2030: Probability


@dataclass(frozen=True, slots=True)
class Projection:
    """Everything a report needs from the annual model.

    - `years` [year] are the model years; `observed_years` and `observed` (by account, t) the inventory.
    - `totals[scenario, account]` the band of an account; `base[account]` = 5, 50, 95 % of the base year.
    - `sectors` names the rows of `by_sector[scenario, account][sector, year]` (means, t); the row
      `import` is the net electricity import times the grid factor and is zero in account B.
    - `wedges[task, year]` over `wedge_years`: reduction of the headline account by task (`wedge_tasks`).
    - `indicators` by id: what targets are judged on.
    - `electricity[scenario]`: means by year of demand, generation by kind and net import, MWh.
    - Scenario `plan-expected` is the plan with uncertain delivery, on average `mean_delivery` of each measure;
      `delivery_levels` the chance of peaking in time by uniform delivery, `delivery_needed` the delivery
      from which on it is at least 90 % (NaN: none is enough).
    - `peaked[scenario][sample]`: whether the headline account peaks in 2029 or before.
    - `causes` decompose the headline account's change from the base year to 2030 with the plan; `origins` are the inputs
      that move its central value `origins_centre` in `origins_year` most; `costs` and `cost_curve` what measures cost.
    - `influences` share the variance of the level, `timing_influences` that of the change from `as_of` on.
    """

    case: str
    release: str
    seed: int
    samples: int
    base_year: int
    as_of: int
    horizon: int
    headline_account: str
    years: NDArray[np.int64]
    observed_years: NDArray[np.int64]
    observed: Mapping[str, Array]
    scenarios: tuple[str, ...]
    accounts: tuple[str, ...]
    base: Mapping[str, tuple[float, float, float]]
    totals: Mapping[tuple[str, str], Band]
    sectors: tuple[str, ...]
    by_sector: Mapping[tuple[str, str], Array]
    electricity: Mapping[str, Mapping[str, Array]]
    peaks: Mapping[tuple[str, str], PeakStatistics]
    attribution: Attribution
    wedge_years: NDArray[np.int64]
    wedge_tasks: tuple[str, ...]
    wedges: Array
    influences: tuple[Influence, ...]
    data_requests: tuple[DataRequest, ...]
    indicators: Mapping[str, Indicator]
    unquantified: tuple[MeasureNote, ...]
    findings: tuple[Finding, ...]
    inputs: Mapping[str, str] = field(default_factory=dict)
    mean_delivery: float = float("nan")
    delivery_levels: tuple[DeliveryLevel, ...] = ()
    delivery_needed: float = float("nan")
    timing_influences: tuple[Influence, ...] = ()
    peaked: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)
    causes: Drivers | None = None
    origins: tuple[Origin, ...] = ()
    origins_centre: float = float("nan")
    origins_year: int = 0
    costs: Costs | None = None
    cost_curve: CostCurve | None = None
