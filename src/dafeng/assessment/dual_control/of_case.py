"""Dual control of a case: aims, published figures, deductions that its data support."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from dafeng.assessment.dual_control.aims import QUANTITIES, control_aims, period_of
from dafeng.assessment.dual_control.deductions import Certificate, assessed_energy
from dafeng.assessment.dual_control.paths import ControlPath, Deducted, Statistics, control_paths
from dafeng.assessment.input_tables import read_input_table
from dafeng.assessment.targets.issued import Issued
from dafeng.case import Case
from dafeng.evidence import Problems, Text
from dafeng.pathway import EXPECTED, Projection
from dafeng.tables import Column, Kind, Table
from dafeng.units import convert, kind

NEW_POWER = ("wind_solar_generation", "hydro_generation", "biomass_generation")
KWH_PER_TWH = 1e9
RATE_GCE = 300.0
"""Equivalent value of renewable power [gce/kWh] where none is given."""
GDP = "gdp_current"
TABLE = Table(
    "deductions", "双控扣减数据表", "data of deductions", "", "",
    (
        Column("year", Kind.YEAR, "年份", "year"),
        Column("feedstock", Kind.NUMBER, "原料用能(tce)", "feedstock [tce]", low=0.0),
        Column("new_renewable", Kind.NUMBER, "新增可再生能源电力消费(kWh)", "newly added renewable power [kWh]", low=0.0),
        Column("certificates", Kind.NUMBER, "绿证电量(kWh)", "power of green certificates [kWh]", low=0.0),
    ),
    ("year",),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DeductionData:
    """Figures of a year that are deducted where the rules are in force: feedstock [tce], power [kWh]."""

    feedstock: float = 0.0
    new_renewable_kwh: float = 0.0
    certified_kwh: float = 0.0


def control_of_case(
    case: Case, projection: Projection, rows: Iterable[Issued] = (), *, data: Mapping[int, DeductionData] | None = None,
    without: Collection[str] = (), rate: float = RATE_GCE, on: date | None = None,
) -> list[ControlPath]:  # fmt: skip
    """Return dual control of a case year by year.

    Parameters
    ----------
    case, projection
        Loaded case and its projection.
    rows : iterable of Issued
        Values in force of the register `issued_targets`.
    data : mapping, optional
        Year → figures to deduct from energy. Without them newly added renewable power is the local generation of the
        model beyond that of the year before the period (grade E), and there is no feedstock or certificate.
    without : collection of str
        Deductions that are switched off.
    rate : float
        Equivalent value of power [gce/kWh].
    on : date, optional
        Day of judgement; the last day of the year after `as_of` without one, so that a run gives the same on any day.
    """
    day = on or date(case.city.as_of + 1, 12, 31)
    aims = control_aims(case, day, rows)
    return control_paths(projection, aims, statistics_of(case), _deductions(projection, data, without, rate))


def statistics_of(case: Case) -> Statistics:
    """Return published energy and CO2 per GDP, the central path of the population, and GDP of the base year."""
    table = case.table("observations")
    own = table[(table["region"].astype(str) == case.city.code) & table["value"].notna()]
    found: dict[str, dict[int, float]] = {}
    for quantity, (_, model) in QUANTITIES.items():
        rows = own[own["indicator"] == model].sort_values(["grade"], ascending=False)
        units = [str(unit) for unit in rows["unit"]]
        # of two values of one year the better grade counts: it is written last
        found[quantity] = {
            int(row["year"]): float(convert(float(row["value"]), str(row["unit"]), units[0]))
            for row in rows.to_dict("records") if kind(str(row["unit"])) == kind(units[0])
        }  # fmt: skip
    gdp = own[(own["indicator"] == GDP) & (own["year"] == case.city.base_year)]
    money = float(convert(float(gdp["value"].iloc[0]), str(gdp["unit"].iloc[0]), "CNY")) if len(gdp) else None
    return Statistics(found, _people(case).get, money)


def _people(case: Case) -> dict[int, float]:
    rows = case.table("drivers")
    rows = rows[(rows["parameter"] == "population") & rows["value"].notna()].sort_values("year")
    if not len(rows):
        return {}
    years = [int(year) for year in rows["year"]]
    people = [float(convert(float(value), str(unit), "person")) for value, unit in zip(rows["value"], rows["unit"], strict=True)]  # fmt: skip
    return {year: float(np.interp(year, years, people)) for year in range(years[0], years[-1] + 1)}


def _deductions(
    projection: Projection, data: Mapping[int, DeductionData] | None, without: Collection[str], rate: float
) -> dict[int, Deducted]:
    """Return last year of a period → the deduction from the energy of each of its years."""
    modelled = _generation(projection)
    found: dict[int, Deducted] = {}
    for year in (projection.as_of, projection.as_of + 1):
        first, last = period_of(year)

        def deducted(year: int, total: float, base: int = first - 1) -> float:
            held = (data or {}).get(year)
            if held is None:
                more = (
                    0.0 if data is not None else max(modelled.get(year, 0.0) - modelled.get(base, 0.0), 0.0)
                )
                held = DeductionData(new_renewable_kwh=more)
            listed = [Certificate(str(year), held.certified_kwh, "")] if held.certified_kwh else []
            done = assessed_energy(
                total, date(year, 12, 31), feedstock=held.feedstock, new_renewable_kwh=held.new_renewable_kwh,
                certificates=listed, rate=rate, without=without,
            )  # fmt: skip
            return total - done.assessed

        found[last] = deducted
    return found


def _generation(projection: Projection) -> dict[int, float]:
    """Return the local renewable generation by year [kWh] at expected delivery."""
    tracks: Sequence[Sequence[float]] = [
        track.values for track in projection.results.electricity if track.scenario == EXPECTED and track.kind in NEW_POWER
    ]  # fmt: skip
    return {
        int(year): sum(float(values[at]) for values in tracks) * KWH_PER_TWH
        for at, year in enumerate(projection.years)
        if all(at < len(values) for values in tracks)
    }


def read_deductions(path: Path) -> dict[int, DeductionData]:
    """Read the figures to deduct from a CSV file (year, feedstock, new_renewable, certificates).

    Parameters
    ----------
    path
        CSV file in UTF-8.

    Returns
    -------
    Figures by year.

    Raises
    ------
    DafengError
        With every bad cell at once.
    """
    problems = Problems()
    expected = Text(
        "含 year、feedstock、new_renewable、certificates 列的 CSV",
        "a CSV with year, feedstock, new_renewable, certificates",
    )
    frame = read_input_table(TABLE, path, expected, problems)
    problems.raise_if_any()
    return {
        int(row["year"]): DeductionData(float(row["feedstock"]), float(row["new_renewable"]), float(row["certificates"]))
        for row in frame.to_dict("records")
    }  # fmt: skip
