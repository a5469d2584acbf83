"""Hourly profiles: load as share of the year, capacity factors of wind, solar and hydro."""

from pathlib import Path

import numpy as np
from case_sources import Sources
from shared_tables import Row, number, read_rows

from dafeng.case import scaled_to_mean

PROFILES = ("hour", "load", "wind", "solar", "hydro")
META = ("profile", "method", "load_year", "weather_year", "source", "grade", "note")
HOURS = 8760
LEAP_DAY = slice((31 + 28) * 24, (31 + 29) * 24)
WIND_MEAN = 0.23
"""Target mean: generation of 2021 (103.59 亿kWh) over the capacity at the end of 2020 (5.1 GW) gives at
most 0.232 (2,030 h); capacity added during 2021 lowers it."""
SOLAR_TAIL = 1e-3


def hourly(shared: Path, sources: Sources) -> tuple[list[Row], list[Row]]:
    """8,760 rows of profiles and one row of documentation each."""
    folder = shared / "data/jiujiang"
    load = np.array([float(r["load_mw"]) for r in read_rows(folder / "hourly_jiangxi_load_8760h.csv")])
    load /= load.sum()
    weather = read_rows(folder / "hourly_jiangxi_cf_2020_8784h.csv")
    wind = np.delete(np.array([float(r["onwind_cf"]) for r in weather]), LEAP_DAY)
    solar = np.delete(np.array([float(r["solar_cf"]) for r in weather]), LEAP_DAY)
    raw_wind, raw_solar = wind.mean(), solar.mean()
    wind = scaled_to_mean(wind, WIND_MEAN)
    solar = np.where(solar < SOLAR_TAIL, 0.0, solar)
    availability = read_rows(folder / "hourly_jiangxi_hydro_pmaxpu_8760h.csv")
    hydro = np.array([float(r["hydro_p_max_pu"]) for r in availability])
    rows = [
        {
            "hour": str(hour),
            "load": number(load[hour], 8),
            "wind": number(wind[hour], 8),
            "solar": number(solar[hour], 8),
            "hydro": number(hydro[hour], 8),
        }
        for hour in range(HOURS)
    ]
    pypsa = sources.cite(
        "profile", "PyPSA-China@caf1d59a, ERA5-based capacity factors and hydro availability"
    )
    pik = sources.add(
        "profile-load",
        "Jiangxi hourly load, PyPSA-China-PIK; provenance unknown (PyPSA-China issue 104, open)",
        licence="not stated",
        terms="third-party load shape of unknown provenance: not to be shown as official",
    )
    differ = "load year and weather year differ: heat waves and cold spells do not coincide with load"
    meta = [
        _meta("load", "share of annual energy", pik, "D", f"annual sum 142.9 TWh = Jiangxi 2018; {differ}"),
        _meta(
            "wind",
            f"scaled to a mean of {WIND_MEAN}, clipped at 1, re-scaled until the mean holds; 29 February dropped",
            pypsa,
            "E",
            f"mean of the raw series {raw_wind:.4f}, far too low; target: 103.59 亿kWh of 2021 over 5.1 GW at the end of 2020, an upper bound; {differ}",
        ),
        _meta(
            "solar",
            f"29 February dropped; values below {SOLAR_TAIL} set to 0",
            pypsa,
            "C",
            f"mean of the raw series {raw_solar:.4f}; 80.31 亿kWh of 2021 over 7.76 GW gives at most 0.118; read as Beijing time; {differ}",
        ),
        _meta("hydro", "availability as in the source", pypsa, "D", f"mean {hydro.mean():.3f}; {differ}"),
    ]
    return rows, meta


def _meta(profile: str, method: str, source: str, grade: str, note: str) -> Row:
    weather = "" if profile == "load" else "2020"
    return {
        "profile": profile,
        "method": method,
        "load_year": "2018" if profile == "load" else "",
        "weather_year": weather,
        "source": source,
        "grade": grade,
        "note": note,
    }
