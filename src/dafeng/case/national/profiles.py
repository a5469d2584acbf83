"""Hourly profiles of a drafted province: wind and sun of its own weather at realised hours; load and water from the one series that serves all."""

from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dafeng.case.drafting.starting import VOCABULARY
from dafeng.case.loading import load
from dafeng.case.national.index import BASE_YEAR, statistics
from dafeng.case.national.shares import in_service

Series = npt.NDArray[np.float64]
WEATHER, GENERIC = "profile-weather", "profile-generic"
"""Ids in sources.csv."""
HOURS = 8760
STEP = 1000.0
"""Steps of a capacity factor of 1 in the table of the index."""
KINDS = ("wind", "solar")
HOURS_OF = {"wind": (1200.0, 3000.0), "solar": (700.0, 1700.0)}
"""Full-load hours between which generation over capacity is believed (assumption: outside, the list or the figure lacks a part)."""
_DIFFER = "load and weather are of different years"


def scaled_to_mean(series: Series, mean: float) -> Series:
    """Scale a series by the one factor with which, clipped at 1, its mean is `mean`.

    What scaling, clipping and scaling the rest again converges to, found exactly: with the m largest hours
    at 1, the factor is (mean × hours − m) / sum of the others; the m that agrees with itself is the answer.

    Parameters
    ----------
    series
        Capacity factors [hour].
    mean
        Mean of the result [1].

    Raises
    ------
    ValueError
        Where the mean cannot be reached (too few hours above 0).
    """
    if not 0 < mean < np.count_nonzero(series) / series.size:
        raise ValueError(f"no scale gives a mean of {mean}")
    falling = np.sort(series)[::-1]
    rest = np.cumsum(falling[::-1])[::-1]
    clipped = np.arange(series.size)
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = (mean * series.size - clipped) / rest
        agrees = (factor >= 0) & (factor * falling <= 1)
    scaled: Series = np.minimum(series * factor[np.argmax(agrees)], 1.0)
    return scaled


def realised_hours(province_code: str, kind: str) -> float | None:
    """Return the full-load hours of a province in 2020: generation over the mean of its capacity at both ends of the year.

    Parameters
    ----------
    province_code
        GB/T 2260 code.
    kind
        wind or solar.

    Returns
    -------
    Hours; None where a figure is missing or the result is not believed.
    """
    generated = float(statistics(province_code, f"generation_{kind}").get(BASE_YEAR, np.nan)) * 1e5
    ends = [_capacity_mw(province_code, kind, year) for year in (BASE_YEAR - 1, BASE_YEAR)]
    capacity = sum(ends) / 2.0
    low, high = HOURS_OF[kind]
    hours = generated / capacity if capacity > 0 else float("nan")
    return hours if low <= hours <= high else None


def _capacity_mw(province_code: str, kind: str, year: int) -> float:
    if kind == "solar":
        return float(statistics(province_code, "solar_capacity_end_of_year").get(year, np.nan)) * 10.0
    plants = in_service(year)
    here = plants["fuel"].eq(kind) & plants["province_code"].eq(province_code)
    return float(plants.loc[here, "capacity_mw"].sum())


@lru_cache(maxsize=1)
def _weather() -> pd.DataFrame:
    path = files("dafeng").joinpath("case", "national", "hourly.csv.gz")
    with path.open("rb") as file:
        return pd.read_csv(file, compression="gzip")


def profile_tables(province_code: str) -> dict[str, list[dict[str, Any]]]:
    """Draft profiles.csv and profiles_meta.csv of a province.

    Parameters
    ----------
    province_code
        GB/T 2260 code.

    Returns
    -------
    Rows by table.
    """
    shared = load(VOCABULARY).table("profiles").sort_values("hour")
    columns = {name: shared[name].to_numpy(dtype=float) for name in ("load", "hydro")}
    meta = [
        _meta("load", "generic: one series serves every province", GENERIC, "E", f"hourly shape of Jiangxi 2018; {_DIFFER}", load_year=2018),
        _meta("hydro", "generic: one series serves every province", GENERIC, "E", f"availability; {_DIFFER}", weather_year=2020),
    ]  # fmt: skip
    for kind in KINDS:
        series = _weather()[f"{kind}_{province_code}"].to_numpy(dtype=float) / STEP
        hours = realised_hours(province_code, kind)
        raw = float(series.mean()) * HOURS
        if hours is None:
            method, note = (
                "as in the source",
                f"{raw:.0f} h; no realised hours of the province; {_DIFFER}",
            )
        else:
            series = scaled_to_mean(series, hours / HOURS)
            method = f"scaled to {hours:.0f} h, clipped at 1"
            note = f"generation over mean capacity of {BASE_YEAR}; {raw:.0f} h in the source; {_DIFFER}"
        columns[kind] = series
        meta.append(_meta(kind, method, WEATHER, "D" if hours else "E", note, weather_year=2020))
    names = ("load", "wind", "solar", "hydro")
    rows = [
        {"hour": hour, **{name: f"{value:.8g}" for name, value in zip(names, values, strict=True)}}
        for hour, values in enumerate(zip(*(columns[name] for name in names), strict=True))
    ]
    return {"profiles": rows, "profiles_meta": meta}


def _meta(
    profile: str,
    method: str,
    source: str,
    grade: str,
    note: str,
    load_year: int | str = "",
    weather_year: int | str = "",
) -> dict[str, Any]:
    return {"profile": profile, "method": method, "load_year": load_year, "weather_year": weather_year, "source": source, "grade": grade, "note": note}  # fmt: skip
