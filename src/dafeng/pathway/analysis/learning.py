"""What observations say about the ensemble: weights, and a score for forecasts.

Synthetic readings are refused: they know nothing about the city.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dafeng.evidence import DafengError, Finding, Problems, Severity
from dafeng.pathway.analysis.feasibility import DEADLINE
from dafeng.pathway.analysis.indicators import indicator_rows
from dafeng.pathway.engine.ensemble import observed_samples
from dafeng.pathway.engine.evaluate import HEADLINE_ONLY, evaluate
from dafeng.pathway.engine.model import Model
from dafeng.pathway.methods.forecast_scores import crps
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


@dataclass(frozen=True, slots=True)
class Reading:
    """An observed quantity of one year: `value` and `sigma` (one standard deviation) in canonical units.

    `independent` is false where the same figure, or one it was made from, calibrates the model. With `relative_to`
    the value is that of the year over that of an earlier year (a growth of the province, held beside the city's).
    """

    quantity: str
    year: int
    value: float
    sigma: float
    source: str
    independent: bool = True
    origin: str = "observed"
    relative_to: int | None = None


@dataclass(frozen=True, slots=True)
class Learned:
    """`weights[sample]` that sum to 1, and how many samples they are worth."""

    weights: Array
    effective_sample_size: float
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """A forecast beside what happened: median, 5–95 % band, whether the band holds the value, CRPS in the same unit.

    `crps_learned` is that of the ensemble weighted by the independent readings of earlier years; NaN where there are none.
    """

    reading: Reading
    median: float
    low: float
    high: float
    covered: bool
    crps: float
    crps_learned: float = float("nan")


def importance_weights(predicted: ArrayLike, observed: ArrayLike, sigma: ArrayLike) -> Array:
    """Normalised weights [sample] of an ensemble, Gaussian errors independent between observations.

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
    """(Σw)² / Σw² (Kish 1965): as many equal samples carry the same information."""
    w = np.asarray(weights, dtype=float)
    return float(w.sum() ** 2 / (w**2).sum())


def predict(model: Model, delivery: Array, draws: Array, readings: Sequence[Reading]) -> Array:
    """What the model says for each reading, [sample, reading].

    Raises: DafengError with every reading that is synthetic, of an unknown quantity or of a year not modelled.
    """
    problems = Problems()
    found = evaluate(model, delivery, draws)
    quantities = {**found.accounts, **found.quantities}
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


def learn(model: Model, delivery: Array, draws: Array, readings: Sequence[Reading]) -> Learned:
    """Importance weights of the ensemble from independent readings; others do not count twice.

    Raises: DafengError as `predict`, and where no independent reading is given.
    """
    used = tuple(reading for reading in readings if reading.independent)
    problems = Problems()
    if not used:
        problems.add(
            "readings", "none that is independent of the model", "an observation that the model has not seen"
        )
    problems.raise_if_any()
    predicted = predict(model, delivery, draws, used)
    weights = importance_weights(predicted, [r.value for r in used], [r.sigma for r in used])
    return Learned(weights, effective_sample_size(weights), used)


def score(model: Model, delivery: Array, draws: Array, readings: Sequence[Reading]) -> list[Score]:
    """Each reading against the ensemble.

    The drivers of a case know what was published by `as_of`, so this scores the structure of the model and
    its ranges, not a forecast made in the base year. Raises: DafengError as `predict`.
    """
    predicted = predict(model, delivery, draws, readings)
    scores = []
    for column, reading in enumerate(readings):
        values = predicted[:, column]
        low, middle, high = (float(q) for q in np.quantile(values, (0.05, 0.5, 0.95)))
        covered = low <= reading.value <= high
        learned = float("nan")
        earlier = [k for k, r in enumerate(readings) if r.independent and r.year < reading.year]
        if earlier:
            told = [readings[k] for k in earlier]
            weights = importance_weights(
                predicted[:, earlier], [r.value for r in told], [r.sigma for r in told]
            )
            learned = crps(values, reading.value, weights)
        scores.append(Score(reading, middle, low, high, covered, crps(values, reading.value), learned))
    return scores


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the readings do to the forecast of `account`: 5, 50, 95 % in `year` (t) and the chance of a peak up to `deadline`.

    `before` is the ensemble as drawn, `after` weighted by the readings, worth `effective_sample_size` equal samples.
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
    deadline: int = DEADLINE, horizon: int = 2035,
) -> Outlook:  # fmt: skip
    """The forecast before and after learning, over the same draws.

    Raises: DafengError for a year that is not modelled or weights of another number of samples.
    """
    if learned.weights.shape != (len(draws),):
        raise DafengError.at(
            "weights", f"shape {learned.weights.shape}", f"[{len(draws)}], one for each draw"
        )
    years = model.years[model.years <= max(horizon, year)]
    if year not in years:
        raise DafengError.at("year", str(year), f"a year from {model.years[0]} to {model.years[-1]}")
    series = evaluate(model, delivery, draws, years, HEADLINE_ONLY).accounts[account]
    inside = years <= horizon
    found = peak(
        np.concatenate([model.base.observed_years, years[inside]]),
        np.concatenate([observed_samples(model, draws)[account], series[:, inside]], axis=1),
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
    """A finding for each quantity whose median lies on one side of all its readings, three years or more.

    Readings that are independent, and growth of the province (which the city need not share). The model is not moved
    for it: drivers are what is published, and the reading may be wrong as well.
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
    row = indicator_rows().get(reading.quantity)
    zh, en = (row.zh, row.en) if row else (f"账户{reading.quantity}排放", f"account {reading.quantity}")
    if reading.relative_to is None:
        return (
            f"模型中位数每年都{side_zh}于独立观测的{zh}",
            f"the model's median lies {side_en} the independent readings of {en} in every year",
        )
    return (
        f"模型中{zh}自{reading.relative_to}年的增长每年都{side_zh}于全省(本市增速可以不同,需用本市统计核对)",
        f"the model's growth of {en} since {reading.relative_to} lies {side_en} the province's in every year "
        "(the city's may differ: check against its own statistics)",
    )
