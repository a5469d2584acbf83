"""Observed growth since the base year beside the middle half of the model's own growth."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dafeng.evidence import Finding, Severity
from dafeng.pathway.analysis.indicators import indicator_rows
from dafeng.pathway.engine.model import Model
from dafeng.pathway.engine.readings import Reading
from dafeng.pathway.forecast.ensemble import ensemble_of
from dafeng.pathway.forecast.weighting import predict
from dafeng.pathway.terms import ALL_TERMS, Terms

SAMPLES = 512
SEED = 20300101
MIDDLE = (0.25, 0.75)


@dataclass(frozen=True, slots=True)
class GrowthBand:
    """Latest observed growth of one quantity since the base year, and the model's 25-75 % band before learning."""

    reading: Reading
    low: float
    high: float

    @property
    def inside(self) -> bool:
        """Return whether the observed growth lies in the band."""
        return self.low <= self.reading.value <= self.high


def growth_bands(
    model: Model, account: str, samples: int = SAMPLES, seed: int = SEED, terms: Terms = ALL_TERMS
) -> list[GrowthBand]:
    """Compare the latest reading of growth of each quantity with the middle half of the samples.

    Samples are those before the readings are learned from, with the ranges of drivers and the model's own error;
    nothing is delivered beyond what the trends contain, and all years lie up to `as_of`.

    Parameters
    ----------
    model : Model
        Compiled model with its readings.
    account : str
        Account whose error process counts.
    samples, seed : int
        Rows of the ensemble and its seed.
    terms : Terms
        Terms of uncertainty that are on.
    """
    latest: dict[tuple[str, str], Reading] = {}
    for reading in model.readings:
        if reading.relative_to is not None:
            key = (reading.quantity, reading.scope)
            if key not in latest or reading.year > latest[key].year:
                latest[key] = reading
    if not latest:
        return []
    readings = list(latest.values())
    prior = ensemble_of(model, samples, seed, account, terms).prior
    grown = predict(model, model.delivery(0.0), prior.draws, readings, prior.factor)
    ends = np.quantile(grown, MIDDLE, axis=0)
    return [
        GrowthBand(reading, float(low), float(high))
        for reading, low, high in zip(readings, *ends, strict=True)
    ]


def growth_findings(model: Model, account: str) -> Iterator[Finding]:
    """Yield a finding for each quantity whose observed growth lies outside the middle half of the model's.

    Parameters
    ----------
    model : Model
        Compiled model with its readings.
    account : str
        Account whose error process counts.
    """
    for band in growth_bands(model, account):
        if band.inside:
            continue
        reading = band.reading
        row = indicator_rows().get(reading.quantity)
        zh, en = (row.zh, row.en) if row else (f"{reading.quantity}口径排放", f"account {reading.quantity}")
        why_zh, why_en = _why(band)
        seen, low, high = (f"{value - 1.0:+.1%}" for value in (reading.value, band.low, band.high))
        yield Finding(
            "growth-outside-band", Severity.WARNING, f"{reading.quantity}:{reading.relative_to}-{reading.year}",
            f"{reading.relative_to}–{reading.year}年{zh}观测增长 {seen},模型50%区间 {low} 至 {high};{why_zh}",
            f"{reading.relative_to} to {reading.year}: observed growth of {en} {seen}, the model's 50 % band {low} to {high}; {why_en}",
            (reading.source,),
        )  # fmt: skip


def _why(band: GrowthBand) -> tuple[str, str]:
    """Return why an observation may lie outside: how far, its own error, and whose it is."""
    reading = band.reading
    beyond = max(band.low - reading.value, reading.value - band.high)
    within = beyond <= reading.sigma
    far, error = (f"{100.0 * value:.1f}" for value in (beyond, reading.sigma))
    zh = f"超出 {far} 个百分点,{'在' if within else '大于'}其自身误差 {error} 个百分点{'之内' if within else ''}"
    en = f"{far} points outside, {'within' if within else 'more than'} its own error of {error} points"
    if reading.scope == "province":
        zh += ",观测为全省,本市增长可与全省不同,需用本市统计核对"
        en += "; the observation is the province's, whose growth the city need not share: compare the city's own statistics"
    return f"{zh};未据此调整", f"{en}; nothing is tuned to it"
