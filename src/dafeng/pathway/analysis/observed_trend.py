"""Observed peaks and trends: peak test by rule and Mann–Kendall trend of past series."""

from dataclasses import dataclass

import numpy as np

from dafeng.case import Case
from dafeng.inventory import Inventory
from dafeng.pathway.methods.peaks import ObservedPeak, Trend, mann_kendall, observed_peak

# a trend needs a few points; fewer are shown without a test
POINTS = 4
REFERENCES = ("co2_edgar_v8", "co2_ceads_city")


@dataclass(frozen=True, slots=True)
class History:
    """Past series: the peak test (three points, five years, 10 %) and the Mann–Kendall trend, t CO2 a year."""

    series: str
    first: int
    last: int
    peak: ObservedPeak
    trend: Trend


def history(case: Case, inventory: Inventory) -> list[History]:
    """Return the inventory's accounts A and B over their most complete years, then the reference series of
    the case's observations.

    The inventory of a downscaled city follows its province; the reference series are modelled. None of
    them proves a peak by itself.

    Parameters
    ----------
    case
        Loaded case with its observations.
    inventory
        Inventory of the case.

    Returns
    -------
    Series by name, each with source and grade [t CO2].
    """
    found = []
    for account in ("A", "B"):
        totals = inventory.totals(account)
        # a year that leaves out more than another would look like a fall
        least = min(len(t.incomplete) for t in totals)
        totals = [t for t in totals if len(t.incomplete) == least]
        found += _tested(f"account {account}", [t.year for t in totals], [t.value_t for t in totals])
    table = case.table("observations")
    rows = table[(table["region"] == case.city.code) & table["value"].notna()]
    for indicator in REFERENCES:
        part = rows[rows["indicator"] == indicator].sort_values("year").drop_duplicates("year")
        scale = 1e6 if (part["unit"] == "Mt CO2").all() else 1.0
        found += _tested(indicator, part["year"].to_list(), (part["value"] * scale).to_list())
    return found


def _tested(name: str, years: list[int], values: list[float]) -> list[History]:
    if len(years) < POINTS:
        return []
    series = np.asarray(values, dtype=float)
    axis = np.asarray(years, dtype=float)
    return [
        History(name, int(axis[0]), int(axis[-1]), observed_peak(axis, series), mann_kendall(axis, series))
    ]
