"""Reconciliation with a published inventory, cell by cell: parts of the gap by factor and by activity."""

import io
from pathlib import Path

import numpy as np
import pandas as pd

from dafeng.case import Case
from dafeng.evidence import DafengError, Problems
from dafeng.inventory.accounts.emission_factors import CEADS, POWER_ROW, factors_of
from dafeng.inventory.accounts.model import COMBUSTION, Inventory
from dafeng.inventory.balance.names import find_fuel, find_row
from dafeng.inventory.balance.reading import decode
from dafeng.units import factor

POWER_ROWS = ("Thermal Power", "Heating Supply")
REFERENCE_FILE = "reference/co2_by_sector.csv"


def read_reference(path: Path) -> pd.DataFrame:
    """Read a published inventory [row, fuel, year, theirs_t] from a tidy CSV.

    Columns: row or sector, fuel, year, value, unit.

    Totals over rows and fuels, and processes, are left out.

    Parameters
    ----------
    path
        The tidy CSV.

    Raises
    ------
    DafengError
        For missing columns, and for rows, fuels and units that are not recognised, all at once.
    """
    if not path.is_file():
        raise DafengError.at(str(path), "no such file", "a published inventory as CSV")
    try:
        frame = pd.read_csv(io.StringIO(decode(path)[0]), dtype=str, keep_default_na=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise DafengError.at(
            path.name, f"no table ({error})", "CSV with row, fuel, year, value, unit"
        ) from error
    frame = frame.rename(columns={"sector": "row"})
    missing = [c for c in ("row", "fuel", "year", "value", "unit") if c not in frame]
    if missing:
        raise DafengError.at(
            f"{path.name}:1", f"no column {', '.join(missing)}", "row, fuel, year, value, unit"
        )
    frame = frame[(frame["row"] != "Total") & ~frame["fuel"].isin(("Process", "Scope 1 Total"))]
    problems = Problems()
    for column, find in (("row", find_row), ("fuel", find_fuel)):
        names = {name: find(name) for name in frame[column].unique()}
        for name in (n for n, known in names.items() if known is None):
            problems.add(f"{path.name}:{column}", name, f"a {column} of the energy balance")
    scale = {unit: _tonnes(unit, problems, path.name) for unit in frame["unit"].unique()}
    numbers = {c: pd.to_numeric(frame[c], errors="coerce") for c in ("year", "value")}
    for column, parsed in numbers.items():
        for line in frame.index[~np.isfinite(parsed)]:
            problems.add(f"{path.name}:{line + 2}:{column}", frame[column][line] or "nothing", "a number")
    problems.raise_if_any()
    return pd.DataFrame(
        {
            "row": [getattr(find_row(n), "row", "") for n in frame["row"]],
            "fuel": [getattr(find_fuel(n), "fuel", "") for n in frame["fuel"]],
            "year": numbers["year"].astype(int),
            "theirs_t": numbers["value"].to_numpy() * frame["unit"].map(scale).to_numpy(dtype=float),
        }
    )


def _tonnes(unit: str, problems: Problems, name: str) -> float:
    try:
        return factor(unit, "tCO2")
    except DafengError:
        problems.add(f"{name}:unit", unit or "nothing", "a unit of CO2, as Mt CO2")
        return float("nan")


def own_reference(case: Case) -> Path | None:
    """Return the published inventory by sector kept with the case's tables, if it has one.

    Parameters
    ----------
    case
        The case.
    """
    path = case.path / REFERENCE_FILE
    return path if path.is_file() else None


def reconcile(inventory: Inventory, reference: pd.DataFrame) -> pd.DataFrame:
    """Reconcile the inventory with a published one by cell, largest gap first.

    Columns: row, fuel, year, ours_t, theirs_t, gap_t, factor_t, activity_t, why.

    Power and heat input are in the power branch, as in CEADs. `factor_t` is our activity × (our factor − the
    factor that the CEADs inventories imply); `activity_t` the remainder: activity, non-energy rule, rounding.
    `why` names the larger; a cell that only one side has is marked so. Years that only one side has are left
    out.

    Parameters
    ----------
    inventory
        The inventory.
    reference
        The published inventory [row, fuel, year, theirs_t].
    """
    cells = inventory.cells[(inventory.cells["category"] == COMBUSTION) & (inventory.cells["key"] == "")]
    row = cells["row"].where(~cells["row"].isin(POWER_ROWS), POWER_ROW)
    ceads = factors_of(CEADS)
    implied = [
        found.value if (found := ceads.get((r, f)) or ceads.get(("", f))) is not None else np.nan
        for r, f in zip(row, cells["fuel"], strict=True)
    ]
    ours = cells.assign(row=row, factor_t=cells["activity"] * (cells["emission_factor"] - np.array(implied)))
    keys = ["row", "fuel", "year"]
    ours = ours.rename(columns={"value_t": "ours_t"}).groupby(keys)[["ours_t", "factor_t"]].sum()
    theirs = reference.groupby(keys)["theirs_t"].sum()
    years = set(inventory.years) & set(reference["year"])
    joined = ours.join(theirs, how="outer").reset_index()
    joined = joined[joined["year"].isin(years)]
    one_sided = joined["ours_t"].isna() | joined["theirs_t"].isna()
    joined["gap_t"] = joined["ours_t"].fillna(0.0) - joined["theirs_t"].fillna(0.0)
    joined["factor_t"] = joined["factor_t"].where(~one_sided, 0.0).fillna(0.0)
    joined["activity_t"] = joined["gap_t"] - joined["factor_t"]
    larger = np.where(joined["factor_t"].abs() >= joined["activity_t"].abs(), "factor", "activity")
    joined["why"] = np.where(
        joined["ours_t"].isna(), "theirs only", np.where(joined["theirs_t"].isna(), "ours only", larger)
    )
    order = joined["gap_t"].abs().sort_values(ascending=False, kind="stable").index
    return joined.loc[order].reset_index(drop=True)
