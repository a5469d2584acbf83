"""What observations say about the ensemble: weights, and a score for forecasts.

Synthetic readings are refused: they know nothing about the city.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dafeng.case import Case
from dafeng.evidence import DafengError, Finding, Problems, Severity
from dafeng.pathway.arrays import finite
from dafeng.pathway.evaluation import evaluate
from dafeng.pathway.model import Model
from dafeng.units import convert

Array = NDArray[np.float64]

GENERATION = (
    "coal_generation_old",
    "coal_generation_new",
    "wind_solar_generation",
    "hydro_generation",
    "biomass_generation",
)
TOTAL_GENERATION = "generation"
# relative standard deviations that stand for scope and measurement; stated, not estimated
GENERATION_ERROR, GRIDDED_ERROR = 0.04, 0.20
# fewer years on one side may be chance
ONE_SIDED_YEARS = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """An observed quantity of one year: `value` and `sigma` (one standard deviation) in canonical units.

    `independent` is false where the same figure, or one it was made from, calibrates the model.
    """

    quantity: str
    year: int
    value: float
    sigma: float
    source: str
    independent: bool = True
    origin: str = "observed"


@dataclass(frozen=True, slots=True)
class Learned:
    """`weights[sample]` that sum to 1, and how many samples they are worth."""

    weights: Array
    effective_sample_size: float
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """A forecast beside what happened: median, 5–95 % band, whether the band holds the value, CRPS in the same unit."""

    reading: Reading
    median: float
    low: float
    high: float
    covered: bool
    crps: float


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


def crps(samples: ArrayLike, observed: float, weights: ArrayLike | None = None) -> float:
    """Continuous ranked probability score of an ensemble, in its unit; 0 is perfect, |error| for a single value.

    E|X − y| − E|X − X'| / 2 over the (weighted) ensemble (Gneiting & Raftery 2007, JASA 102:359).
    """
    x = finite("crps: samples", samples, "samples [sample]").ravel()
    if not x.size or not np.isfinite(observed):
        raise DafengError.at(
            "crps", f"{x.size} samples, observed {observed}", "a sample or more, a finite value"
        )
    w = np.full(x.size, 1 / x.size) if weights is None else np.asarray(weights, dtype=float) / np.sum(weights)
    order = np.argsort(x)
    x, w = x[order], w[order]
    below = np.cumsum(w)
    spread = float((below[:-1] * (1 - below[:-1]) * np.diff(x)).sum())
    return float((w * np.abs(x - observed)).sum()) - spread


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
        if reading.quantity not in quantities or reading.year not in model.years:
            problems.add(where, "no such quantity or year in the model", f"one of {', '.join(quantities)}")
    problems.raise_if_any()
    columns = [quantities[r.quantity][:, r.year - int(model.years[0])] for r in readings]
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
        low, middle, high = (float(q) for q in np.quantile(predicted[:, column], (0.05, 0.5, 0.95)))
        scores.append(
            Score(
                reading,
                middle,
                low,
                high,
                low <= reading.value <= high,
                crps(predicted[:, column], reading.value),
            )
        )
    return scores


def one_sided(scores: Sequence[Score]) -> tuple[Finding, ...]:
    """A finding for each quantity whose median lies on one side of all its independent readings, three years or more.

    The model is not moved for it: drivers are what is published, and the reading may be wrong as well.
    """
    findings = []
    independent = [s for s in scores if s.reading.independent]
    for quantity in dict.fromkeys(s.reading.quantity for s in independent):
        mine = [s for s in independent if s.reading.quantity == quantity]
        gaps = np.array([s.median - s.reading.value for s in mine])
        if len(mine) < ONE_SIDED_YEARS or abs(np.sign(gaps).sum()) < len(mine):
            continue
        share = float(np.mean(gaps / [s.reading.value for s in mine]))
        held = sum(s.covered for s in mine)
        years = f"{mine[0].reading.year}–{mine[-1].reading.year}"
        findings.append(
            Finding(
                "model-one-sided", Severity.WARNING, f"{quantity}:{years}",
                f"{years}年模型中位数每年都{'高' if share > 0 else '低'}于独立观测{quantity}(平均{share:+.0%},5–95%区间覆盖{held}/{len(mine)}年);未据此调整模型",
                f"{years}: the model's median lies {'above' if share > 0 else 'below'} the independent readings of {quantity} in every year (mean {share:+.0%}, the 5–95 % band holds {held} of {len(mine)}); the model is not tuned to them",
                tuple(dict.fromkeys(s.reading.source for s in mine)),
            )
        )  # fmt: skip
    return tuple(findings)


def readings_of(case: Case, base_year: int) -> list[Reading]:
    """What the case's own observations offer after the base year: published generation, gridded CO2 of the city.

    Published generation calibrates the hours of the coal units, so it is not independent; gridded CO2
    (EDGAR, placed by proxies) is, with a wide error, and stands for account B.
    """
    table = case.table("observations")
    rows = table[(table["region"] == case.city.code) & table["value"].notna()]
    offers = (
        ("electricity_generation_above_scale", TOTAL_GENERATION, "MWh", GENERATION_ERROR, False),
        ("co2_edgar_v8", "B", "tCO2", GRIDDED_ERROR, True),
    )
    found = []
    for indicator, quantity, unit, error, independent in offers:
        part = rows[
            (rows["indicator"] == indicator) & (rows["year"] > base_year) & (rows["year"] <= case.city.as_of)
        ]
        columns = (part[name].to_list() for name in ("year", "value", "unit", "source"))
        for year, number, its_unit, source in zip(*columns, strict=True):
            value = float(convert(float(number), str(its_unit), unit))
            found.append(Reading(quantity, int(year), value, error * value, str(source), independent))
    return found
