"""Realised full-load hours of a province: generation of the statistics over capacity."""

from dataclasses import dataclass

import pandas as pd

from dafeng.case import Case

MWH_PER_1E8_KWH = 1e5
LAST = 4
"""Years of hydro generation whose mean counts: water differs from year to year."""
CAPACITY = {
    "solar": "capacity_solar_pv",
    "wind": "capacity_wind_onshore",
    "hydro": "capacity_hydro",
    "coal": "capacity_coal",
}
GENERATION = {
    "solar": "generation_solar",
    "wind": "generation_wind",
    "hydro": "generation_hydro",
    "coal": "generation_coal(thermal)",
}


@dataclass(frozen=True, slots=True)
class Realised:
    """Full-load hours of a kind of units, and the years that they are of."""

    hours: float
    years: tuple[int, ...]


def realised_hours(place: Case) -> dict[str, Realised]:
    """Compute the realised full-load hours by kind (wind, solar, hydro, coal), h a year.

    Generation of a year over the mean of the capacities at its beginning and end, in the two newest years that
    have both; hydro: mean generation of four years over the capacity without pumped storage, which gives
    nothing of its own; coal: the year whose capacity is published. A kind without data has no entry.

    Parameters
    ----------
    place : Case
        Place with observations, usually a province.
    """
    table = place.table("observations")
    own = table[(table["region"].astype(str) == place.city.code) & table["value"].notna()]
    found = {}
    for kind, indicator in CAPACITY.items():
        capacity, energy = _series(own, indicator), _series(own, GENERATION[kind]) * MWH_PER_1E8_KWH
        if capacity.empty or energy.empty:
            continue
        if kind == "hydro":
            hours = _of_water(capacity, energy, pumped_mw(place))
        else:
            hours = (_of_year if kind == "coal" else _of_growing)(capacity, energy)
        if hours is not None:
            found[kind] = hours
    return found


def _series(table: pd.DataFrame, indicator: str) -> pd.Series:
    rows = table[table["indicator"] == indicator]
    values = rows["value"].astype(float).set_axis(rows["year"].astype(int)).sort_index()
    return values[~values.index.duplicated(keep="last") & (values.to_numpy() > 0)]


def pumped_mw(place: Case) -> float:
    """Return the pumped storage of `place` that is built, MW."""
    units = place.power_units()
    built = units[(units["fuel"] == "storage") & (units["status"].astype(str) == "operating")]
    return float(built["capacity_mw"].sum())


def _of_growing(capacity: pd.Series, energy: pd.Series) -> Realised | None:
    years = [y for y in energy.index if y in capacity.index and y - 1 in capacity.index][-2:]
    if not years:
        return None
    hours = [float(energy[y]) / (0.5 * float(capacity[y - 1] + capacity[y])) for y in years]
    return Realised(sum(hours) / len(hours), tuple(years))


def _of_water(capacity: pd.Series, energy: pd.Series, pumped: float) -> Realised | None:
    last = energy.iloc[-LAST:]
    net = float(capacity.iloc[-1]) - pumped
    return Realised(float(last.mean()) / net, tuple(int(y) for y in last.index)) if net > 0 else None


def _of_year(capacity: pd.Series, energy: pd.Series) -> Realised | None:
    years = [y for y in capacity.index if y in energy.index]
    return Realised(float(energy[years[-1]] / capacity[years[-1]]), (years[-1],)) if years else None
