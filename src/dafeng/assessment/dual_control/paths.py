"""Dual control year by year: amount, intensity, per head, falls against the even path, and what the rest requires."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dafeng.assessment.dual_control.aims import QUANTITIES, ControlAim, period_of
from dafeng.assessment.required_rate import required_annual_fall
from dafeng.pathway import EXPECTED, Projection

FloatArray = NDArray[np.float64]
SLACK = 1e-9
"""Rounding up to which a value exactly on its aim reaches it."""
Deducted = Callable[[int, float], float]
"""Year, energy [tce] → the part that the rules leave outside [tce]."""


@dataclass(frozen=True, slots=True)
class Spread:
    """5, 50 and 95 % of the samples."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, samples: FloatArray) -> "Spread":
        """Return the quantiles of `samples` [sample]."""
        low, median, high = (float(value) for value in np.quantile(samples, (0.05, 0.5, 0.95)))
        return cls(low, median, high)


@dataclass(frozen=True, slots=True)
class ControlYear:
    """One year of a period.

    `amount` [t CO2 or tce] of the model, for energy after deductions, which are `deducted`; `intensity` [of the base
    year's GDP: t or tce per CNY] where that GDP is known; `per_head` [t or tce]. `fall` [1] is the cumulative fall per
    GDP since the year before the period; `done` the one that counts: of published values where both years have one
    (`basis` observed), else the median of the model. `line` is the even path to the aim, `annual` the fall against the year
    before, `required` the fall a year that the years after this one need; None where there is no aim, or nothing to
    compare with.
    """

    year: int
    basis: str
    amount: Spread
    deducted: float
    intensity: Spread | None
    per_head: Spread | None
    fall: Spread
    done: float
    line: float | None
    annual: float | None
    required: float | None


@dataclass(frozen=True, slots=True)
class ControlOdds:
    """Outcome of one aim: by published values (`reached`, `done`), else scenario → odds.

    `change` is the forecast change [1] at expected delivery, `short` how much the median lies above what the aim allows
    in its last year [t CO2 or tce], negative where it lies below.
    """

    aim: ControlAim
    reached: bool | None
    done: float
    odds: Mapping[str, float]
    change: Spread
    short: float
    amount: float


@dataclass(frozen=True, slots=True)
class ControlPath:
    """One quantity (co2, energy) over one five-year plan; rows at expected delivery."""

    quantity: str
    account: str
    first: int
    last: int
    aim: ControlAim | None
    years: tuple[ControlYear, ...]
    aims: tuple[ControlOdds, ...]


@dataclass(frozen=True, slots=True)
class Statistics:
    """Published figures: `intensity` quantity → year → value in any one unit, people by year, GDP of the base year [CNY]."""

    intensity: Mapping[str, Mapping[int, float]]
    people: Callable[[int], float | None]
    gdp: float | None = None


def control_paths(
    projection: Projection, aims: Sequence[ControlAim], statistics: Statistics, deducted: Mapping[int, Deducted] | None = None
) -> list[ControlPath]:  # fmt: skip
    """Return the paths of CO2 and energy per GDP over the five-year plans around `as_of`.

    Parameters
    ----------
    projection : Projection
        Samples of the calibrated forecast.
    aims : sequence of ControlAim
    statistics : Statistics
    deducted : mapping, optional
        Last year of the period → deductions from its energy; none without it.

    Returns
    -------
    list of ControlPath
        One for each quantity and period that the model contains with the year before it.

    Notes
    -----
    Amount and GDP belong to one sample: GDP (base year = 1) is primary energy over energy per GDP, CO2 its product with
    CO2 per GDP, so that ranges, odds and shortfall keep the dependence between them.
    """
    found = []
    for first, last in dict.fromkeys((period_of(projection.as_of), period_of(projection.as_of + 1))):
        for quantity in QUANTITIES:
            path = _path(
                projection, quantity, (first - 1, last), aims, statistics, (deducted or {}).get(last)
            )
            if path is not None:
                found.append(path)
    return found


def _path(
    projection: Projection, quantity: str, span: tuple[int, int], aims: Sequence[ControlAim], statistics: Statistics,
    deducted: Deducted | None,
) -> ControlPath | None:  # fmt: skip
    needed = {"primary_energy", "energy_intensity", QUANTITIES[quantity][1]}
    base, last = span
    have = needed <= set(projection.indicators)
    if not have or not {base, last} <= set(projection.indicators["primary_energy"].years.tolist()):
        return None
    own = [aim for aim in aims if aim.quantity == quantity and base < aim.last <= last and aim.first >= base]
    main = next((aim for aim in own if aim.kind == "fall" and (aim.first, aim.last) == span), None)
    samples = _Samples(projection, quantity, deducted)
    years: list[ControlYear] = []
    for year in range(base, last + 1):
        before = years[-1] if years else None
        years.append(_year(samples, year, span, main, statistics, before))
    odds = tuple(_odds(samples, aim, statistics) for aim in own)
    return ControlPath(quantity, projection.headline_account, base, last, main, tuple(years), odds)


class _Samples:
    """Samples [sample] of amount and GDP by scenario and year, after deductions."""

    def __init__(self, projection: Projection, quantity: str, deducted: Deducted | None) -> None:
        self.quantity, self.id = quantity, QUANTITIES[quantity][1]
        self.projection, self._deducted = projection, deducted if quantity == "energy" else None
        self.scenarios = projection.scenarios
        self.shown = EXPECTED if EXPECTED in projection.scenarios else projection.scenarios[0]

    def gdp(self, scenario: str, year: int) -> FloatArray:
        of = self.projection.indicators
        return np.asarray(of["primary_energy"].at(scenario, year) / of["energy_intensity"].at(scenario, year))

    def outside(self, year: int) -> float:
        """Return the deduction of a year [tce], from the median energy at the shown scenario."""
        if self._deducted is None:
            return 0.0
        whole = self.projection.indicators["primary_energy"].at(self.shown, year)
        return self._deducted(year, float(np.median(whole)))

    def amount(self, scenario: str, year: int) -> FloatArray:
        whole = self.projection.indicators[self.id].at(scenario, year) * self.gdp(scenario, year)
        return np.asarray(whole - self.outside(year))

    def intensity(self, scenario: str, year: int) -> FloatArray:
        return np.asarray(self.amount(scenario, year) / self.gdp(scenario, year))

    def fall(self, scenario: str, first: int, year: int) -> FloatArray:
        return np.asarray(1.0 - self.intensity(scenario, year) / self.intensity(scenario, first))


def _year(
    samples: _Samples, year: int, span: tuple[int, int], aim: ControlAim | None, statistics: Statistics, before: ControlYear | None
) -> ControlYear:  # fmt: skip
    base, last = span
    shown, people = samples.shown, statistics.people(year)
    amount, intensity = samples.amount(shown, year), samples.intensity(shown, year)
    fall = Spread.of(samples.fall(shown, base, year))
    seen = observed_fall(statistics.intensity.get(samples.quantity, {}), base, year)
    done = fall.median if seen is None else seen
    # a year is compared with the year before on one basis only
    annual = None
    basis = "model" if seen is None else "observed"
    if before is not None and (basis == before.basis or before.year == base):
        annual = 1.0 - (1.0 - done) / (1.0 - before.done)
    elif before is not None:
        annual = float(np.median(samples.fall(shown, year - 1, year)))
    line = required = None
    if aim is not None:
        line = 1.0 - (1.0 - aim.value) ** ((year - base) / (last - base))
        if year < last:
            required = float(required_annual_fall(aim.value, done, last - year))
    return ControlYear(
        year, basis, Spread.of(amount), samples.outside(year),
        None if not statistics.gdp else Spread.of(intensity / statistics.gdp),
        None if not people else Spread.of(amount / people), fall, done, line, annual, required,
    )  # fmt: skip


def observed_fall(values: Mapping[int, float], first: int, year: int) -> float | None:
    """Return the fall between two published values; None where one is missing or the first is not above 0."""
    if first not in values or year not in values or values[first] <= 0:
        return None
    return 1.0 - values[year] / values[first]


def _odds(samples: _Samples, aim: ControlAim, statistics: Statistics) -> ControlOdds:
    shown, last = samples.shown, aim.last
    amount = samples.amount(shown, last)
    if aim.kind == "amount":
        odds = {
            name: float(np.mean(samples.amount(name, last) <= aim.value * (1 + SLACK)))
            for name in samples.scenarios
        }
        change = Spread.of(amount / samples.amount(shown, aim.first) - 1.0)
        return ControlOdds(aim, None, float("nan"), odds, change, float(np.median(amount - aim.value)), float(np.median(amount)))  # fmt: skip
    fall = samples.fall(shown, aim.first, last)
    allowed = samples.intensity(shown, aim.first) * (1.0 - aim.value) * samples.gdp(shown, last)
    seen = observed_fall(statistics.intensity.get(samples.quantity, {}), aim.first, last)
    past = seen is not None and last <= samples.projection.as_of
    odds = {} if past else {
        name: float(np.mean(samples.fall(name, aim.first, last) >= aim.value - SLACK)) for name in samples.scenarios
    }  # fmt: skip
    short = float(np.median(amount - allowed))
    if past and seen is not None:
        # the published fall decides how much of the amount lies above what the aim allows
        short = float(np.median(amount)) * (1.0 - (1.0 - aim.value) / (1.0 - seen))
    reached = (seen >= aim.value - SLACK) if past and seen is not None else None
    done = seen if past and seen is not None else float(np.median(fall))
    return ControlOdds(aim, reached, done, odds, Spread.of(-fall), short, float(np.median(amount)))
