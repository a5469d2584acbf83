"""Grid emission factors, CO2 per electricity consumed: official averages by province, region and nation."""

from dataclasses import dataclass
from functools import cache

import pandas as pd

from dafeng.evidence import DafengError, Finding, Grade, Severity, Value
from dafeng.factors.tables import grade, rows, table, usable

AVERAGE = "ef_co2_electricity_average"
YEAR_SHIFT_RANGE = 0.05
"""Half-width (95 %) of a factor taken from another year, as a share: expert judgement, to be replaced by
the factor of the year."""


@dataclass(frozen=True, slots=True)
class GridFactor:
    """Grid emission factor with the place and year of publication and its findings."""

    value: Value
    region: str
    year: int
    findings: tuple[Finding, ...] = ()


def grid_factor(region: str, year: int, *, parameter: str = AVERAGE) -> GridFactor:
    """Return the grid emission factor [tCO2/MWh] of `region` in `year`.

    The province's factor of the year; else the province's nearest year (the earlier of two equally near),
    with ±5 % and a finding; else, for a province without any, its regional grid, then the nation, with a
    finding.

    Parameters
    ----------
    region
        GB/T 2260 code of a province, city or county, or a name as in the table (Jiangxi, 江西, Central, CN).
    year
        Year of the electricity consumption.
    parameter
        Another series of the table (fossil only, without market-traded non-fossil: for market-based accounts
        only).

    Raises
    ------
    DafengError
        For an unknown region or where the table has no factor at all.
    """
    return _grid_factor(region, year, parameter)


@cache
def _grid_factor(region: str, year: int, parameter: str) -> GridFactor:
    published = _published(parameter)
    places = _outwards(region)
    for place in places:
        found = published[published["region"] == place]
        if not found.empty:
            return _nearest(found, place, places[0], year)
    raise DafengError.at("factors/grid", f"{region}, {parameter}", "a region and series with a value")


@cache
def _published(parameter: str) -> pd.DataFrame:
    """Return the usable rows of a series, read once."""
    found = table("grid")
    return found[
        (found["parameter"] == parameter)
        & found["value"].notna()
        & found["status"].map(usable)
        & (found["year"] != "")
    ]


def _outwards(region: str) -> list[str]:
    """Return the region's own name in the table, its regional grid, the nation."""
    provinces = rows("regions")
    names = {row["grid_region"] for row in provinces if row["grid_region"]} | {"CN"}
    if region in names:
        return [region] if region == "CN" else [region, "CN"]
    for row in provinces:
        is_code = region.isdigit() and len(region) == 6 and region[:2] == row["code"][:2]
        if is_code or region in (row["name_en"], row["name_zh"]):
            return [place for place in (row["name_en"], row["grid_region"], "CN") if place]
    raise DafengError.at(
        "factors/grid", region, "a GB/T 2260 code or the name of a province, regional grid, or CN"
    )


def _nearest(found: pd.DataFrame, place: str, wanted: str, year: int) -> GridFactor:
    years = found["year"].astype(int)
    used = min(years, key=lambda candidate: (abs(candidate - year), candidate))
    row = found[years == used].iloc[0]
    ident, status, factor = str(row["id"]), str(row["status"]), float(row["value"])
    findings = []
    if place != wanted:
        findings.append(_place_finding(ident, place, wanted))
    if used != year:
        findings.append(_year_finding(ident, place, used, year, factor))
    exact = not findings
    value = Value(
        factor,
        "tCO2/MWh",
        grade(status) if exact else Grade.D,
        f"grid:{ident}",
        low=None if exact else factor * (1 - YEAR_SHIFT_RANGE),
        high=None if exact else factor * (1 + YEAR_SHIFT_RANGE),
        note=f"{row['source']}; {row['note']}".rstrip("; "),
    )
    return GridFactor(value, place, used, tuple(findings))


@cache
def grid_title(place: str) -> str:
    """Return the Chinese name of a province, a regional grid or the nation; another name or code stays.

    >>> grid_title("Jiangxi"), grid_title("Central"), grid_title("CN"), grid_title("360400")
    ('江西', '华中电网', '全国', '360400')
    """
    if place == "CN":
        return "全国"
    for row in rows("regions"):
        if place == row["name_en"]:
            return row["name_zh"]
    named = table("grid")
    regional = named[(named["category"] == "regional_grid") & (named["region"] == place)]
    return f"{regional['item_cn'].iloc[0]}电网" if len(regional) else place


def _year_finding(ident: str, place: str, used: int, year: int, factor: float) -> Finding:
    return Finding(
        "grid-factor-year-shifted",
        Severity.WARNING,
        f"factors/grid#{ident}",
        f"{grid_title(place)} {year}年无公布的电网因子,采用{used}年的{factor} tCO2/MWh(±5 %)",
        f"no grid factor published for {place} in {year}; that of {used}, {factor} tCO2/MWh, is used (±5 %)",
        (f"grid:{ident}",),
    )


def _place_finding(ident: str, place: str, wanted: str) -> Finding:
    return Finding(
        "grid-factor-of-another-place",
        Severity.WARNING,
        f"factors/grid#{ident}",
        f"{grid_title(wanted)}无公布的电网因子,采用{grid_title(place)}的数值",
        f"no grid factor published for {wanted}; that of {place} is used",
        (f"grid:{ident}",),
    )
