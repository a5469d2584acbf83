"""Bayesian updating of the ensemble by observations: importance weights, and scores of forecasts.

Synthetic readings are refused: they carry no information about the city.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dafeng.evidence import DafengError, Finding, Problems, Severity
from dafeng.pathway.analysis.feasibility import DEADLINE
from dafeng.pathway.analysis.indicators import indicator_rows
from dafeng.pathway.engine.ensemble import SCALED, observed_samples, with_factor
from dafeng.pathway.engine.evaluate import HEADLINE_ONLY, evaluate
from dafeng.pathway.engine.model import Model
from dafeng.pathway.forecast.discrepancy import Discrepancy
from dafeng.pathway.methods.forecast_scores import crps, probability_integral
from dafeng.pathway.methods.peaks import peak

Array = NDArray[np.float64]

GENERATION = (
    "coal_generation_old",
    "coal_generation_new",
    "wind_solar_generation",
    "hydro_generation",
    "biomass_generation",
)
TOTAL_GENERATION = "generation"
# fewer years on one side may be chance
ONE_SIDED_YEARS = 3
ERROR_PARTS = 7


@dataclass(frozen=True, slots=True)
class Reading:
    """Observed quantity of one year: `value` and `sigma` (one standard deviation) in canonical units.

    `independent` is false where the same figure, or one it was made from, calibrates the model. With
    `relative_to` the value is that of the year over that of an earlier year (a growth, in which a source's
    level bias falls out). `base_sigma` is the part of a growth's relative error that all years of its series
    share through the earlier year; `carried_on` what the series' own growth of the five years before would
    have made of it (NaN where not available); `scope` is `province` where the growth is that of the province,
    which the city need not share.
    """

    quantity: str
    year: int
    value: float
    sigma: float
    source: str
    independent: bool = True
    origin: str = "observed"
    relative_to: int | None = None
    base_sigma: float = 0.0
    carried_on: float = float("nan")
    scope: str = "city"


@dataclass(frozen=True, slots=True)
class Learned:
    """Importance weights `weights[sample]` that sum to 1, and their effective sample size."""

    weights: Array
    effective_sample_size: float
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """Forecast compared with the observation: median, 5–95 % band, coverage, CRPS in the same unit.

    `covered` by the forecast alone; `covered_with_error` by the forecast of the reading, whose own error is
    added, which is what `pit` (probability integral, 0–1) and `crps` judge. `crps_learned` is that of the
    ensemble weighted by the independent readings of earlier years; NaN where there are none.
    `crps_carried_on` is that of the series' own growth.
    """

    reading: Reading
    median: float
    low: float
    high: float
    covered: bool
    crps: float
    crps_learned: float = float("nan")
    pit: float = float("nan")
    covered_with_error: bool = False
    crps_carried_on: float = float("nan")


@dataclass(frozen=True, slots=True)
class Calibration:
    """Calibration over all scores: readings, how many of them the band holds with and without their own
    errors, PIT by fifths.

    `reliability` is the share of readings inside the central interval of each nominal level; `skill` is 1 −
    CRPS over that of the series' own growth carried on (above 0: better), NaN where no series has one.
    """

    readings: int
    covered: int
    covered_with_error: int
    pit: tuple[float, ...]
    reliability: Mapping[str, float]
    skill: float


LEVELS = (0.5, 0.8, 0.9)


def calibration(scores: Sequence[Score]) -> Calibration:
    """Compute coverage with the readings' own errors, PIT, reliability and skill of `scores`, those that
    calibrate the model left out.

    Raises: DafengError where nothing is left.
    """
    used = [s for s in scores if s.reading.independent or s.reading.relative_to is not None]
    if not used:
        raise DafengError.at("readings", "none that is independent or a growth", "a reading to judge by")
    pit = np.array([s.pit for s in used])
    reliability = {
        f"{level:.0%}": float(np.mean(np.abs(pit - 0.5) <= level / 2)) for level in LEVELS
    }  # fmt: skip
    beside = [s for s in used if np.isfinite(s.crps_carried_on)]
    # relative to the reading, so that readings of different units add
    ours = sum(s.crps / s.reading.value for s in beside)
    theirs = sum(s.crps_carried_on / s.reading.value for s in beside)
    return Calibration(
        len(used), sum(s.covered for s in used), sum(s.covered_with_error for s in used),
        tuple(float(x) for x in np.histogram(pit, np.linspace(0, 1, 6))[0] / len(used)), reliability,
        1.0 - ours / theirs if theirs > 0 else float("nan"),
    )  # fmt: skip


def importance_weights(predicted: ArrayLike, observed: ArrayLike, sigma: ArrayLike) -> Array:
    """Compute normalised importance weights [sample], Gaussian errors independent between observations.

    Parameters: `predicted` [sample, observation], `observed` and `sigma` [observation] in the same units.
    Raises: DafengError where shapes do not match, a value is not finite or a sigma is not positive.
    """
    model, truth, error = (np.asarray(x, dtype=float) for x in (predicted, observed, sigma))
    problems = Problems()
    if model.ndim != 2 or truth.shape != model.shape[1:] or error.shape != truth.shape:
        problems.add(
            "importance_weights",
            f"{model.shape}, {truth.shape}, {error.shape}",
            "[sample, observation] and [observation] twice",
        )
    elif not (np.isfinite(model).all() and np.isfinite(truth).all() and (error > 0).all()):
        problems.add(
            "importance_weights",
            "a value that is not finite or a sigma of 0",
            "finite values, positive sigmas",
        )
    problems.raise_if_any()
    logs = -0.5 * (((model - truth) / error) ** 2).sum(axis=1)
    weights = np.exp(logs - logs.max())
    return np.asarray(weights / weights.sum())


def effective_sample_size(weights: ArrayLike) -> float:
    """Compute (Σw)² / Σw² (Kish 1965): the number of equal samples that carry the same information."""
    w = np.asarray(weights, dtype=float)
    return float(w.sum() ** 2 / (w**2).sum())


def predict(
    model: Model, delivery: Array, draws: Array, readings: Sequence[Reading], factor: Array | None = None
) -> Array:
    """Predict each reading by the model, [sample, reading]; `factor` [sample, year] is its own error on
    energy CO2.

    Raises: DafengError with every reading that is synthetic, of an unknown quantity or of a year not
    modelled.
    """
    problems = Problems()
    found = evaluate(model, delivery, draws)
    quantities = {**found.quantities, **with_factor(found, factor)}
    if factor is not None:
        quantities |= {name: quantities[name] * factor for name in SCALED.intersection(quantities)}
    quantities[TOTAL_GENERATION] = np.sum([quantities[name] for name in GENERATION], axis=0)
    for reading in readings:
        where = f"{reading.quantity} {reading.year}"
        if reading.origin == "synthetic":
            problems.add(
                where,
                "a synthetic reading",
                "an observation",
                "synthetic readings teach nothing about a city",
            )
        known = reading.year in model.years and reading.relative_to in (None, *model.years)
        if reading.quantity not in quantities or not known:
            problems.add(where, "no such quantity or year in the model", f"one of {', '.join(quantities)}")
    problems.raise_if_any()
    first = int(model.years[0])
    columns = []
    for r in readings:
        series = quantities[r.quantity]
        value = series[:, r.year - first]
        columns.append(value if r.relative_to is None else value / series[:, r.relative_to - first])
    return np.stack(columns, axis=1) if columns else np.empty((len(draws), 0))


def learn(
    model: Model, delivery: Array, draws: Array, readings: Sequence[Reading], factor: Array | None = None
) -> Learned:
    """Compute importance weights of the ensemble from independent readings; others do not count twice.

    Growths carry the information (`relative_to`): the level of a source is free, so a level that is off by
    its scope has no effect. The years of a series share the error of the earlier year: Cov = diag(σ² − base²)
    + base² of relative errors. A reading without `relative_to` enters by its level.

    Raises
    ------
    DafengError
        As `predict`, and where no independent reading is given.
    """
    used = tuple(reading for reading in readings if reading.independent)
    problems = Problems()
    if not used:
        problems.add(
            "readings", "none that is independent of the model", "an observation that the model has not seen"
        )
    problems.raise_if_any()
    predicted = predict(model, delivery, draws, used, factor)
    return Learned(_weights(predicted, used), effective_sample_size(_weights(predicted, used)), used)


def _weights(predicted: Array, readings: Sequence[Reading]) -> Array:
    """Normalised weights [sample]; `predicted` [sample, reading]."""
    whitened, observed = [], []
    for series in dict.fromkeys((r.quantity, r.source, r.relative_to) for r in readings):
        columns = [k for k, r in enumerate(readings) if (r.quantity, r.source, r.relative_to) == series]
        mine = [readings[k] for k in columns]
        values, sigma = (np.array([getattr(r, name) for r in mine]) for name in ("value", "sigma"))
        if series[2] is None:
            if not (sigma > 0).all():
                raise DafengError.at(f"{series[0]} {mine[0].year}", "a sigma of 0", "positive sigmas")
            whitened.append(predicted[:, columns] / sigma)
            observed.append(values / sigma)
            continue
        shared = np.array([r.base_sigma for r in mine])
        if not ((sigma > 0).all() and (values > 0).all()):
            raise DafengError.at(
                f"{series[0]} {mine[0].year}", "a sigma or a growth of 0", "positive values and sigmas"
            )
        covariance = np.outer(shared, shared) + np.diag((sigma / values) ** 2 - shared**2)
        factor = np.linalg.inv(np.linalg.cholesky(covariance))
        whitened.append(np.log(predicted[:, columns]) @ factor.T)
        observed.append(factor @ np.log(values))
    truth = np.concatenate(observed)
    return importance_weights(np.concatenate(whitened, axis=1), truth, np.ones_like(truth))


def score(
    model: Model, delivery: Array, draws: Array, readings: Sequence[Reading], factor: Array | None = None
) -> list[Score]:
    """Score the ensemble against each reading, its own error counted; `factor` [sample, year] is the model's
    error.

    The drivers of a case include what was published by `as_of`, so this scores the structure of the model and
    its ranges, not a forecast made in the base year. Raises: DafengError as `predict`.
    """
    predicted = predict(model, delivery, draws, readings, factor)
    scores = []
    for column, reading in enumerate(readings):
        values = predicted[:, column]
        low, middle, high = (float(q) for q in np.quantile(values, (0.05, 0.5, 0.95)))
        covered = low <= reading.value <= high
        earlier = [k for k, r in enumerate(readings) if r.independent and r.year < reading.year]
        learned = float("nan")
        if earlier:
            weights = _weights(predicted[:, earlier], [readings[k] for k in earlier])
            learned = _with_error(values, reading, weights)
        pit = probability_integral(values, reading.value, reading.sigma)
        scores.append(
            Score(
                reading, middle, low, high, covered, _with_error(values, reading), learned, pit, 0.05 <= pit <= 0.95,
                abs(reading.carried_on - reading.value),
            )
        )  # fmt: skip
    return scores


def _with_error(values: Array, reading: Reading, weights: Array | None = None) -> float:
    """CRPS of the forecast of a reading: every sample with the middles of seven equal parts of the reading's
    error.
    """
    from scipy.special import ndtri

    parts = ndtri((np.arange(ERROR_PARTS) + 0.5) / ERROR_PARTS) * reading.sigma
    spread = (values[:, None] + parts).ravel()
    return crps(spread, reading.value, None if weights is None else np.repeat(weights, ERROR_PARTS))


@dataclass(frozen=True, slots=True)
class Outlook:
    """Effect of the readings on the forecast of `account`: 5, 50, 95 % in `year` (t) and the chance of a peak
    up to `deadline`.

    `before` is the ensemble as drawn, `after` weighted by the readings, worth `effective_sample_size` equal
    samples.
    """

    account: str
    year: int
    before: tuple[float, float, float]
    after: tuple[float, float, float]
    deadline: int
    chance_before: float
    chance_after: float
    effective_sample_size: float


def outlook(
    model: Model, delivery: Array, draws: Array, learned: Learned, account: str = "A", year: int = 2030,
    deadline: int = DEADLINE, horizon: int = 2035, error: Discrepancy | None = None,
) -> Outlook:  # fmt: skip
    """Compute the forecast before and after learning, over the same draws; `error` is the model's own.

    Raises: DafengError for a year that is not modelled or weights of another number of samples.
    """
    if learned.weights.shape != (len(draws),):
        raise DafengError.at(
            "weights", f"shape {learned.weights.shape}", f"[{len(draws)}], one for each draw"
        )
    years = model.years[model.years <= max(horizon, year)]
    if year not in years:
        raise DafengError.at("year", str(year), f"a year from {model.years[0]} to {model.years[-1]}")
    factor, past = (None, None) if error is None else (error.factor[:, : years.size], error.observed)
    series = with_factor(evaluate(model, delivery, draws, years, HEADLINE_ONLY), factor)[account]
    inside = years <= horizon
    found = peak(
        np.concatenate([model.base.observed_years, years[inside]]),
        np.concatenate([observed_samples(model, draws, past)[account], series[:, inside]], axis=1),
    ).year <= deadline  # fmt: skip
    values = series[:, int(year - years[0])]
    equal = np.full(len(draws), 1 / len(draws))
    ends = [_quantiles(values, weights) for weights in (equal, learned.weights)]
    return Outlook(
        account, year, ends[0], ends[1], deadline, float(found.mean()), float(learned.weights @ found),
        learned.effective_sample_size,
    )  # fmt: skip


def _quantiles(values: Array, weights: Array) -> tuple[float, float, float]:
    """5, 50, 95 % of weighted samples, linear between the middles of their weights."""
    order = np.argsort(values)
    w = weights[order]
    middles = np.cumsum(w) - 0.5 * w
    low, middle, high = (float(np.interp(q, middles, values[order])) for q in (0.05, 0.5, 0.95))
    return low, middle, high


def one_sided(scores: Sequence[Score]) -> tuple[Finding, ...]:
    """Return a finding for each quantity with its median on one side of all readings, three years or more.

    Readings that are independent, and growth of the province (which the city need not share). The model is
    not moved for it: drivers are published figures, and the reading may be wrong as well.
    """
    findings = []
    told = [s for s in scores if s.reading.independent or s.reading.relative_to is not None]
    for quantity in dict.fromkeys(s.reading.quantity for s in told):
        mine = [s for s in told if s.reading.quantity == quantity]
        gaps = np.array([s.median - s.reading.value for s in mine])
        if len(mine) < ONE_SIDED_YEARS or abs(np.sign(gaps).sum()) < len(mine):
            continue
        share = float(np.mean(gaps / [s.reading.value for s in mine]))
        held = sum(s.covered for s in mine)
        years = f"{mine[0].reading.year}–{mine[-1].reading.year}"
        zh, en = _beside(mine[0].reading, share > 0)
        findings.append(
            Finding(
                "model-one-sided", Severity.WARNING, f"{quantity}:{years}",
                f"{years}年{zh}(平均{share:+.0%},5–95%区间覆盖{held}/{len(mine)}年);未据此调整模型",
                f"{years}: {en} (mean {share:+.0%}, the 5–95 % band holds {held} of {len(mine)}); the model is not tuned to them",
                tuple(dict.fromkeys(s.reading.source for s in mine)),
            )
        )  # fmt: skip
    return tuple(findings)


def _beside(reading: Reading, above: bool) -> tuple[str, str]:
    side_zh, side_en = ("高", "above") if above else ("低", "below")
    base = reading.relative_to
    grown_zh, grown_en = ("", "") if base is None else (f"自{base}年的增长", f" growth since {base}")
    row = indicator_rows().get(reading.quantity)
    zh, en = (row.zh, row.en) if row else (f"账户{reading.quantity}排放", f"account {reading.quantity}")
    if reading.scope == "city":
        return (
            f"模型中位数每年都{side_zh}于独立观测的{zh}{grown_zh}",
            f"the model's median lies {side_en} the independent readings of {en}{grown_en} in every year",
        )
    return (
        f"模型中{zh}自{reading.relative_to}年的增长每年都{side_zh}于全省(本市增速可以不同,需用本市统计核对)",
        f"the model's growth of {en} since {reading.relative_to} lies {side_en} the province's in every year "
        "(the city's may differ: check against its own statistics)",
    )
