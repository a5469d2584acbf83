"""Account C: the GPC table of a community, by reference number and scope, with notation keys and quality."""

from collections.abc import Callable, Hashable, Mapping

import numpy as np
import pandas as pd

from dafeng.factors import table
from dafeng.inventory.accounts.categories import categories
from dafeng.inventory.accounts.model import COMBUSTION, PROCESS, TRACE, Inventory, in_equivalents
from dafeng.inventory.equations.electricity import heat_co2, location_based_co2

HEAT_TCO2_PER_TJ = 110.0
"""Default factor of bought heat, 0.11 tCO2/GJ (enterprise guidelines 2013)."""

STATIONARY: Mapping[str, str] = {
    "buildings_urban": "I.1",
    "buildings_rural": "I.1",
    "buildings_public": "I.2",
    "agriculture": "I.5",
    "power": "I.4",
    "heat": "I.4",
    "refining": "I.4",
    "transport": "II.1",
}
"""Branch → GPC sub-sector; every other branch is manufacturing and construction (I.3). Transport is one row
of the balance: all of it is under II.1, the other modes are IE."""

_INCLUDED_ELSEWHERE = {
    "II.2.1": "II.1.1",
    "II.3.1": "II.1.1",
    "II.4.1": "II.1.1",
    "II.5.1": "II.1.1",
    "II.2.2": "II.1.2",
    "II.3.2": "II.1.2",
    "II.4.2": "II.1.2",
    "II.5.2": "II.1.2",
}
QUALITY = {"A": "H", "B": "H", "C": "M", "D": "L", "E": "L"}


def gpc_table(inventory: Inventory, year: int) -> pd.DataFrame:
    """Compute the GPC table: one line per GPC reference number.

    Columns: refno, sector, subsector, scope, level, value_t (t CO2e), key, quality, note.

    Scope 1: fuels burnt in the place; generation for the grid (I.4.4) is outside BASIC. Scope 2: electricity
    use × grid factor (location based) and bought heat. Scope 3 of stationary energy: grid losses, in
    proportion to use. A line without data is NE, one counted in another line IE; none is zero by default.

    Parameters
    ----------
    inventory
        The inventory.
    year
        The year.
    """
    values, grades = _values(inventory, year)
    lines = []
    for row in table("formats_gpc").to_dict("records"):
        refno = str(row["refno"] or row["subsector_no"])
        refno = "I.6.3" if refno == "I.63" else refno
        value = values.get(refno, np.nan)
        key, note = "", ""
        if refno in _INCLUDED_ELSEWHERE:
            key, note, value = "IE", f"in {_INCLUDED_ELSEWHERE[refno]}: one row of the balance", np.nan
        elif np.isnan(value):
            key, note = "NE", "no data"
        lines.append(
            {
                "refno": refno,
                "sector": row["sector"],
                "subsector": row["subsector"],
                "scope": int(row["scope"]),
                "level": row["reporting_level"],
                "value_t": value,
                "key": key,
                "quality": QUALITY.get(grades.get(refno, ""), ""),
                "note": note,
            }
        )
    return pd.DataFrame(lines)


def gpc_totals(lines: pd.DataFrame) -> dict[str, float]:
    """Compute BASIC, BASIC+ and territorial (all of scope 1) totals in t CO2e.

    Of the estimated lines; NaN where there is none.

    Parameters
    ----------
    lines
        Lines of `gpc_table`.

    Examples
    --------
    >>> lines = pd.DataFrame({"scope": [1, 2, 3, 1], "level": ["basic", "basic", "basic+", "territorial"],
    ...                       "value_t": [10.0, 5.0, 1.0, 100.0]})
    >>> gpc_totals(lines)
    {'BASIC': 15.0, 'BASIC+': 16.0, 'territorial': 110.0}
    """
    value = lines["value_t"]
    return {name: float(value[rows].sum(min_count=1)) for name, rows in _levels(lines).items()}


def gpc_without(lines: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Return the numbers of the GPC sectors that a total is without: of its lines none is estimated.

    Parameters
    ----------
    lines
        Lines of `gpc_table`.

    Examples
    --------
    >>> lines = pd.DataFrame({"refno": ["I.1.1", "III.1.1", "III.2.1", "IV.1"], "scope": [1, 1, 1, 1],
    ...                       "level": ["basic", "basic", "basic", "basic+"], "key": ["", "NE", "NE", "NE"],
    ...                       "value_t": [10.0, np.nan, np.nan, np.nan]})
    >>> gpc_without(lines)
    {'BASIC': ('III',), 'BASIC+': ('III', 'IV'), 'territorial': ('III', 'IV')}
    """
    number = lines["refno"].astype(str).str.split(".").str[0]
    estimated = lines["value_t"].notna() | lines["key"].isin(("IE", "NO"))
    found = {}
    for name, rows in _levels(lines).items():
        sectors = estimated[rows].groupby(number[rows], sort=False).any()
        found[name] = tuple(str(sector) for sector, known in sectors.items() if not known)
    return found


def _levels(lines: pd.DataFrame) -> dict[str, "pd.Series[bool]"]:
    """The lines of each total."""
    return {
        "BASIC": lines["level"] == "basic",
        "BASIC+": lines["level"].isin(("basic", "basic+")),
        "territorial": lines["scope"] == 1,
    }


def subsector(branch: str) -> str:
    """Return the GPC sub-sector of a branch.

    >>> subsector("steel"), subsector("power")
    ('I.3', 'I.4')
    """
    return STATIONARY.get(branch, "I.3")


def refno_of(cell: Mapping[Hashable, object]) -> str:
    """Return the GPC reference number of a cell of combustion; plants that serve the grid are I.4.4.

    >>> refno_of({"row": "Thermal Power", "branch": "power"}), refno_of({"row": "Urban", "branch": "buildings_urban"})
    ('I.4.4', 'I.1.1')
    """
    grid = cell["row"] in ("Thermal Power", "Heating Supply")
    return "I.4.4" if grid else f"{subsector(str(cell['branch']))}.1"


def trace_by_row(cells: pd.DataFrame) -> pd.DataFrame:
    """Split the CH4 and N2O of combustion, which are by branch and fuel, over the rows that burn the fuel.

    `cells` are those of one year with `value`; by energy burnt, sums unchanged.
    """
    burnt = cells[(cells["category"] == COMBUSTION) & (cells["energy_tj"] > 0)][
        ["branch", "fuel", "row", "energy_tj"]
    ]
    whole = burnt.groupby(["branch", "fuel"])["energy_tj"].transform("sum")
    shares = burnt.assign(share=burnt["energy_tj"] / whole).drop(columns="energy_tj")
    trace = cells[cells["category"] == TRACE].drop(columns="row").merge(shares, on=["branch", "fuel"])
    return trace.assign(value=trace["value"] * trace["share"], value_t=trace["value_t"] * trace["share"])


def _values(inventory: Inventory, year: int) -> tuple[dict[str, float], dict[str, str]]:
    cells = inventory.cells
    now = cells[(cells["year"] == year) & (cells["key"] == "")]
    now = in_equivalents(now, inventory.options["gwp_set"])
    found: dict[str, float] = {}
    grades: dict[str, str] = {}

    def add(refno: str, value: float, grade: str) -> None:
        found[refno] = found.get(refno, 0.0) + value
        grades[refno] = max(grades.get(refno, "A"), grade)

    for line in (
        *now[now["category"] == COMBUSTION].to_dict("records"),
        *trace_by_row(now).to_dict("records"),
    ):
        add(refno_of(line), float(line["value"]), str(line["grade"]))
    reference = {category.id: category.gpc for category in categories()}
    for line in now[~now["category"].isin((COMBUSTION, TRACE))].to_dict("records"):
        default = "IV.1" if line["category"] == PROCESS else ""
        refno = reference.get(str(line["row"]), default)
        if refno:
            add(refno, float(line["value"]), str(line["grade"]))
    _add_use(inventory, year, add)
    return found, grades


def _add_use(inventory: Inventory, year: int, add: Callable[[str, float, str], None]) -> None:
    if year not in inventory.power.index:
        return
    factor = float(inventory.power["grid_factor"][year])
    used = inventory.carriers[inventory.carriers["year"] == year]
    electricity = used[(used["fuel"] == "Electricity") & (used["kind"] != "loss")]
    lost = used[(used["fuel"] == "Electricity") & (used["kind"] == "loss")]
    losses = float(lost["value"].sum())
    total = float(electricity["value"].sum())
    for line in electricity.to_dict("records"):
        part = subsector(str(line["branch"]))
        add(f"{part}.2", float(location_based_co2(line["value"], factor)), "E")
        if total and len(lost):
            lost_here = losses * float(line["value"]) / total
            add(f"{part}.3", float(location_based_co2(lost_here, factor)), "E")
    for line in used[(used["fuel"] == "Heat") & (used["kind"] != "loss")].to_dict("records"):
        bought = float(heat_co2(line["value"], HEAT_TCO2_PER_TJ))
        add(f"{subsector(str(line['branch']))}.2", bought, str(line["grade"]))
