"""Scores of the ensemble on observations, and the forecast before and after learning from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dafeng.evidence import DafengError, Finding, Severity, Text
from dafeng.pathway.analysis.feasibility import DEADLINE
from dafeng.pathway.analysis.indicators import indicator_rows
from dafeng.pathway.engine.ensemble import with_factor
from dafeng.pathway.engine.evaluate import HEADLINE_ONLY, evaluate
from dafeng.pathway.engine.model import Model
from dafeng.pathway.engine.readings import Reading
from dafeng.pathway.forecast.ensemble import Ensemble
from dafeng.pathway.forecast.weighting import predict, weights_of
from dafeng.pathway.methods.forecast_scores import crps, probability_integral
from dafeng.pathway.methods.peaks import peak

Array = NDArray[np.float64]

# fewer years on one side may be chance
ONE_SIDED_YEARS = 3
ERROR_PARTS = 7


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

    Parameters
    ----------
    scores
        Scores of readings, as `score` gives them.

    Returns
    -------
    Coverage of the 50 and 90 % bands, PIT values, reliability and skill.

    Raises
    ------
    DafengError
        Where nothing is left.
    """
    used = [s for s in scores if s.reading.independent or s.reading.relative_to is not None]
    if not used:
        raise DafengError.at(
            "observations.csv", Text("没有可用于评分的读数", "no reading to judge by"),
            Text("独立于模型的读数，或相对较早年份的增长", "a reading that is independent of the model, or a growth"),
        )  # fmt: skip
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


def score(
    model: Model, delivery: Array, draws: Array, readings: Sequence[Reading], factor: Array | None = None
) -> list[Score]:
    """Score the ensemble against each reading, its own error counted; `factor` [sample, year] is the model's
    error.

    The drivers of a case include what was published by `as_of`, so this scores the structure of the model and
    its ranges, not a forecast made in the base year.

    Parameters
    ----------
    model
        Compiled model of the case.
    delivery
        Degree of delivery [measure] or [sample, measure] [1].
    draws
        Deviates [sample, driver].
    readings
        Readings with their own errors.
    factor
        Model's error [sample, year].

    Returns
    -------
    Score of each reading, in its unit.

    Raises
    ------
    DafengError
        As `predict`.
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
            weights = weights_of(predicted[:, earlier], [readings[k] for k in earlier])
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
    model: Model, delivery: Array, before: Ensemble, after: Ensemble, account: str = "A", year: int = 2030,
    deadline: int = DEADLINE, horizon: int = 2035,
) -> Outlook:  # fmt: skip
    """Compute the forecast by the ensemble before and after learning.

    Parameters
    ----------
    model
        Compiled model of the case.
    delivery
        Degree of delivery [measure] or [sample, measure] [1].
    draws
        Deviates [sample, driver].
    learned
        Weights of `learn` over the same draws.
    account
        A or B.
    year
        Year of the level.
    deadline
        Last year of the peak.
    horizon
        Last year in which a peak is looked for.
    error
        Model's error over the same samples.

    Returns
    -------
    Chance of the peak and level in `year`, before and after.

    Raises
    ------
    DafengError
        For a year that is not modelled.
    """
    years = model.years[model.years <= max(horizon, year)]
    if year not in years:
        first, last = model.years[[0, -1]]
        raise DafengError.at("year", str(year), f"a year from {first} to {last}")
    inside = years <= horizon
    axis = np.concatenate([model.base.observed_years, years[inside]])
    ends, chances = [], []
    for ensemble in (before, after):
        factor = None if ensemble.factor is None else ensemble.factor[:, : years.size]
        series = with_factor(evaluate(model, delivery, ensemble.draws, years, HEADLINE_ONLY), factor)[account]
        found = peak(axis, np.concatenate([ensemble.observed[account], series[:, inside]], axis=1)).year
        low, middle, high = (
            float(q) for q in np.quantile(series[:, int(year - years[0])], (0.05, 0.5, 0.95))
        )
        ends.append((low, middle, high))
        chances.append(float(np.mean(found <= deadline)))
    left = after.effective_samples
    return Outlook(
        account, year, ends[0], ends[1], deadline, chances[0], chances[1], float(len(after.draws)) if left is None else left
    )  # fmt: skip


def one_sided(scores: Sequence[Score]) -> tuple[Finding, ...]:
    """Return a finding for each quantity with its median on one side of all readings, three years or more.

    Readings that are independent, and growth of the province (which the city need not share). The model is
    not moved for it: drivers are published figures, and the reading may be wrong as well.

    Parameters
    ----------
    scores
        Scores of readings, as `score` gives them.

    Returns
    -------
    Findings, one a quantity.
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
    zh, en = (row.zh, row.en) if row else (f"{reading.quantity}口径排放", f"account {reading.quantity}")
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
