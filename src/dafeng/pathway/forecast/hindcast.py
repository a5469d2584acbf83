"""Hindcast of the model's own rule on 30 provinces: coverage of its band, and skill against persistence.

The rule: activity as GDP realised, half of the past five years' fall of fuel intensity carried on, none of
electricity's. Bands and scores are out of sample: of each province from the other provinces, of the last
origins from earlier ones.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dafeng.evidence import seed_sequence
from dafeng.pathway.forecast.estimation import (
    PERMANENT_SD,
    Estimate,
    error_sd,
    estimate_process,
    measurement_weight,
)
from dafeng.pathway.forecast.model_error import (
    CO2_SOURCES,
    ELECTRICITY,
    ELECTRICITY_DAMPING,
    ENERGY,
    FUEL_DAMPING,
    LEADS,
    Cells,
    Errors,
    cells_of,
    shipped_errors,
)
from dafeng.pathway.forecast.planned_gdp import Planned, planned_errors, planned_half_widths
from dafeng.pathway.methods.forecast_scores import interval_score, normal_crps, probability_integral
from dafeng.pathway.methods.sampling import Z95

Array = NDArray[np.float64]

LAST_ORIGIN_LEADS = 4
RESAMPLES = 2000
NOMINAL = 0.90
SCORED_LEADS = LEADS[1:]
JUDGED_LEAD = 5
Z975 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Bias:
    """Errors of one quantity at one lead in ln: `cells`, mean and root mean square damped, rms of the full
    trend and of none.
    """

    quantity: str
    lead: int
    cells: int
    mean: float
    rms: float
    rms_full_trend: float
    rms_no_trend: float
    rms_growth: float


@dataclass(frozen=True, slots=True)
class Cell:
    """Coverage of the 90 % band in one quantity (`all`: pooled) at one lead, and how many errors were judged."""

    quantity: str
    lead: int
    coverage: float
    cells: int


@dataclass(frozen=True, slots=True)
class Skill:
    """Interval score and CRPS at one lead, in ln: of the rule, and of own growth carried on with its own
    errors.
    """

    lead: int
    interval_score: float
    interval_score_growth: float
    crps: float
    crps_growth: float


@dataclass(frozen=True, slots=True)
class Hindcast:
    """Hindcast results of the rule.

    `coverage` by record and lead, leave-one-province-out; `coverage_pooled` with `interval_naive` (provinces
    resampled) and `interval_blocks` (outcome years resampled); `last_origin` the band of earlier origins on
    the last ones, its pooled coverage and the 95 % interval of one year's coverage round 90 %; `half_width`
    of the 90 % band in ln by lead, GDP as realised, `half_width_planned` with GDP as planned (error of targets,
    grade E) and `planned` the errors where a target has a source; `autocorrelation` at lag 1 of
    yearly errors by record; `pit` deciles, as shares.
    """

    estimate: Estimate
    biases: tuple[Bias, ...]
    coverage: tuple[Cell, ...]
    coverage_pooled: float
    interval_naive: tuple[float, float]
    interval_blocks: tuple[float, float]
    last_origin: tuple[Cell, ...]
    last_origin_pooled: float
    last_origin_interval: tuple[float, float]
    skills: tuple[Skill, ...]
    half_width: Mapping[int, float]
    half_width_planned: Mapping[int, float]
    planned: tuple[Planned, ...]
    autocorrelation: Mapping[str, float]
    pit: tuple[float, ...]


def hindcast(
    table: Mapping[str, Errors] | None = None, permanent_sd: float = PERMANENT_SD, seed: int = 0, resamples: int = RESAMPLES
) -> Hindcast:  # fmt: skip
    """Compute errors of the rule in `table` (that of the package without it), the process, and coverage out
    of sample.

    Parameters
    ----------
    permanent_sd : float
        The stated permanent part of growth errors, a year.
    seed : int
        Seed of the bootstraps.

    Raises
    ------
    DafengError
        As `estimate_process` and `cells_of`.
    """
    errors = shipped_errors() if table is None else table
    cells = cells_of(errors)
    whole = estimate_process(cells, permanent_sd)
    sd = _left_out(cells, whole, permanent_sd)
    inside = np.abs(cells.error) <= Z95 * sd
    years = cells.origin + cells.lead
    blocks, naive = (
        _resampled(inside, years, seed, resamples),
        _resampled(inside, cells.province, seed, resamples),
    )
    last, pooled, interval = _last_origin(cells, whole, inside, years, seed, resamples, permanent_sd)
    leads = np.array(LEADS)
    transformed = np.array(
        [probability_integral([0.0], float(e), float(s)) for e, s in zip(cells.error.ravel(), sd.ravel(), strict=True)]
    )  # fmt: skip
    return Hindcast(
        whole, tuple(_biases(errors)), tuple(_cells(inside, cells.lead)), float(inside.mean()),
        _ends(naive), _ends(blocks), last, pooled, interval, tuple(_skills(cells, sd)),
        {int(h): float(Z95 * np.sqrt(v)) for h, v in zip(leads, whole.process.variance(leads), strict=True)},
        planned_half_widths(whole.process, leads.astype(float)), tuple(planned_errors(errors)),
        {source: _autocorrelation(cells, k) for k, source in enumerate(CO2_SOURCES)},
        tuple(float(x) for x in np.histogram(transformed, np.linspace(0, 1, 11))[0] / transformed.size),
    )  # fmt: skip


def _left_out(cells: Cells, whole: Estimate, permanent_sd: float) -> Array:
    """Standard deviation [cell, source] that the other provinces give each province."""
    sd = np.empty_like(cells.error)
    for province in np.unique(cells.province):
        mine = cells.province == province
        rest = estimate_process(cells.where(~mine), permanent_sd, whole)
        sd[mine] = error_sd(rest, cells.lead[mine])
    return sd


def _cells(inside: NDArray[np.bool_], lead: NDArray[np.int64]) -> Iterator[Cell]:
    for h in LEADS:
        at = inside[lead == h]
        for k, source in enumerate(CO2_SOURCES):
            yield Cell(source, h, float(at[:, k].mean()), len(at))
        yield Cell("all", h, float(at.mean()), at.size)


def _resampled(inside: NDArray[np.bool_], block: NDArray[np.generic], seed: int, resamples: int) -> Array:
    """Pooled coverage with whole blocks (years, or provinces) drawn with replacement, [resample]."""
    random = np.random.default_rng(seed_sequence(seed, "hindcast", str(block.dtype)))
    names = np.unique(block)
    hits = np.array([inside[block == name].sum() for name in names], dtype=float)
    sizes = np.array([inside[block == name].size for name in names], dtype=float)
    drawn = random.integers(0, names.size, (resamples, names.size))
    return np.asarray(hits[drawn].sum(axis=1) / sizes[drawn].sum(axis=1))


def _ends(values: Array) -> tuple[float, float]:
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)


def _last_origin(
    cells: Cells, whole: Estimate, inside: NDArray[np.bool_], years: NDArray[np.int64], seed: int, resamples: int, permanent_sd: float,
) -> tuple[tuple[Cell, ...], float, tuple[float, float]]:  # fmt: skip
    """Leads 1-4 that end in the last year, with the process of all that had ended before; one year's interval
    round 90 %.

    The interval: a year is drawn, its provinces are drawn with replacement, and its coverage less the mean of
    all years is laid round 90 %.
    """
    final = years == years.max()
    known = estimate_process(cells.where(~final), permanent_sd, whole)
    chosen = final & (cells.lead <= LAST_ORIGIN_LEADS)
    hit = np.abs(cells.error[chosen]) <= Z95 * error_sd(known, cells.lead[chosen])
    lead = cells.lead[chosen]
    rows = tuple(
        Cell(source, h, float(hit[lead == h, k].mean()), int((lead == h).sum()))
        for h in range(1, LAST_ORIGIN_LEADS + 1)
        for k, source in enumerate(CO2_SOURCES)
    )
    random = np.random.default_rng(seed_sequence(seed, "hindcast", "one-year"))
    short = cells.lead <= LAST_ORIGIN_LEADS
    names, provinces = np.unique(years), np.unique(cells.province)
    grid = np.array(
        [
            [inside[short & (years == year) & (cells.province == p)].mean() for p in provinces]
            for year in names
        ]
    )
    drawn = grid[
        random.integers(0, names.size, resamples)[:, None],
        random.integers(0, provinces.size, (resamples, provinces.size)),
    ]
    low, high = _ends(drawn.mean(axis=1) - grid.mean() + NOMINAL)
    return rows, float(hit.mean()), (low, min(high, 1.0))


def _skills(cells: Cells, sd: Array) -> Iterator[Skill]:
    """Of all records together; persistence has the quantiles and the sample of its own errors in the other
    provinces.
    """
    for h in SCORED_LEADS:
        at = cells.lead == h
        error, spread, growth, province = cells.error[at], sd[at], cells.growth[at], cells.province[at]
        own = interval_score(-Z95 * spread, Z95 * spread, error)
        beside = np.empty_like(growth)
        ranked = np.empty_like(growth)
        for name in np.unique(province):
            mine = province == name
            for k in range(growth.shape[1]):
                pool, seen = growth[~mine, k], growth[mine, k]
                low, high = np.quantile(pool, (0.05, 0.95))
                beside[mine, k] = interval_score(low, high, seen)
                inner = np.abs(pool[:, None] - pool[None, :]).mean() / 2
                ranked[mine, k] = np.abs(pool[None, :] - seen[:, None]).mean(axis=1) - inner
        yield Skill(
            h,
            float(own.mean()),
            float(beside.mean()),
            float(normal_crps(error, spread).mean()),
            float(ranked.mean()),
        )


def _biases(table: Mapping[str, Errors]) -> Iterator[Bias]:
    for quantity in (*CO2_SOURCES, ENERGY, ELECTRICITY):
        if quantity not in table:
            continue
        errors = table[quantity]
        damped = errors.damped(ELECTRICITY_DAMPING if quantity == ELECTRICITY else FUEL_DAMPING)
        for h in LEADS:
            at = (errors.lead == h) & np.isfinite(damped)
            yield Bias(
                quantity, h, int(at.sum()), float(damped[at].mean()), _rms(damped[at]), _rms(errors.full[at]),
                _rms(errors.frozen[at]), _rms(errors.growth[at]),
            )  # fmt: skip
    if ENERGY in table:
        # without GDP: own growth alone, from the first origin on
        errors = table[ENERGY]
        for h in LEADS:
            at = errors.lead == h
            yield Bias(
                f"{ENERGY}_without_gdp", h, int(at.sum()), float(errors.growth[at].mean()), _rms(errors.growth[at]),
                float("nan"), float("nan"), _rms(errors.growth[at]),
            )  # fmt: skip


def _rms(values: Array) -> float:
    return float(np.sqrt(np.mean(values**2)))


def _autocorrelation(cells: Cells, source: int) -> float:
    """Lag-1 correlation of one-year errors of the same province, origins one year apart."""
    at = cells.lead == 1
    known = {
        (p, o): e for p, o, e in zip(cells.province[at].tolist(), cells.origin[at].tolist(), cells.error[at, source], strict=True)
    }  # fmt: skip
    pairs = np.array([(e, known[p, o + 1]) for (p, o), e in known.items() if (p, o + 1) in known])
    return float(np.corrcoef(pairs.T)[0, 1])


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Records of one place whose damped errors differ beyond their measurement errors: `errors` by record in
    ln, of one span.
    """

    province: str
    origin: int
    lead: int
    errors: Mapping[str, float]
    apart: float
    allowed: float


def disagreement(
    province: str, estimate: Estimate, table: Mapping[str, Errors] | None = None
) -> Disagreement | None:
    """Return the latest five years of a province (GB/T 2260), where two records differ by more than
    measurement explains at 95 %.

    None where they agree, or the province has no errors.

    Parameters
    ----------
    province
        Code of the province (GB/T 2260).
    estimate
        Estimate of the error process.
    table
        Errors of hindcasts by province; those of the package without.

    Returns
    -------
    Both growths over five years and what measurement explains, or None.
    """
    cells = cells_of(shipped_errors() if table is None else table)
    mine = cells.where((cells.province == province) & (cells.lead == JUDGED_LEAD))
    if not len(mine.error):
        return None
    k = int(np.argmax(mine.origin))
    sigma = np.sqrt(np.add.outer(estimate.measurement_sd**2, estimate.measurement_sd**2))
    allowed = Z975 * np.sqrt(measurement_weight(mine.lead[k : k + 1]))[0] * sigma
    apart = np.abs(np.subtract.outer(mine.error[k], mine.error[k]))
    i, j = np.unravel_index(int(np.argmax(apart / allowed)), apart.shape)
    if apart[i, j] <= allowed[i, j]:
        return None
    told = {source: float(mine.error[k, n]) for n, source in enumerate(CO2_SOURCES)}
    return Disagreement(
        province, int(mine.origin[k]), JUDGED_LEAD, told, float(apart[i, j]), float(allowed[i, j])
    )
