"""Readiness check of a case for the annual model; all that is missing is reported at once."""

from dafeng.case import Case
from dafeng.evidence import Problems
from dafeng.inventory import Inventory
from dafeng.pathway.compile.base_from_inventory import COMBUSTION

ELECTRICITY = "Electricity"
TABLES = {
    "drivers": "trajectories of activity, intensity and power",
    "measures": "what each task of the plan changes",
}
SEE = "until then `dafeng inventory run` gives the accounts"


def check_ready(case: Case, inventory: Inventory) -> None:
    """Check the base year; raises DafengError where a table is missing, or fuels, electricity or power of the
    base year are NE.
    """
    problems, year = Problems(), inventory.base_year
    for name, holds in TABLES.items():
        if case.table(name).empty:
            problems.add(
                f"{case.name}/{name}.csv", "no such table", holds,
                f"fill the sheet {name} of `dafeng case to-xlsx jiujiang`, which shows one, for this place",
            )  # fmt: skip
    burnt = inventory.cells[(inventory.cells["category"] == COMBUSTION) & (inventory.cells["year"] == year)]
    if not burnt["value_t"].notna().any():
        problems.add(
            f"inventory {year}",
            "NE for every fuel",
            "fuels of the base year",
            f"energy.csv or proxies.csv; {SEE}",
        )
    carriers = inventory.carriers
    used = carriers[(carriers["fuel"] == ELECTRICITY) & (carriers["year"] == year)]["value"]
    if used.empty or used.isna().any():
        problems.add(
            f"inventory {year}", "NE for the use of electricity", "electricity use of the base year by branch",
            f"rows Electricity of energy.csv, or their shares in proxies.csv; {SEE}",
        )  # fmt: skip
    power = inventory.power
    if year not in power.index or not power.loc[[year], "thermal_mwh"].notna().all():
        problems.add(
            f"inventory {year}", "NE for thermal generation", "thermal generation of the base year", f"plants.csv; {SEE}"
        )  # fmt: skip
    problems.raise_if_any()
