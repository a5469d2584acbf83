"""Readiness check of a case for the annual model; all that is missing is reported at once."""

from dafeng.case import Case
from dafeng.evidence import Problems, Text
from dafeng.inventory import Inventory
from dafeng.pathway.compile.base_from_inventory import COMBUSTION

ELECTRICITY = "Electricity"
TABLES = {
    "drivers": Text("活动、强度和电力的变化路径", "trajectories of activity, intensity and power"),
    "measures": Text("方案每项任务改变什么", "what each task of the plan changes"),
}
SEE = Text(
    "在此之前 `dafeng inventory run` 可给出清单", "until then `dafeng inventory run` gives the accounts"
)


def _until(zh: str, en: str) -> Text:
    return Text(f"{zh}；{SEE.zh}", f"{en}; {SEE.en}")


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
            _until("energy.csv 或 proxies.csv", "energy.csv or proxies.csv"),
        )
    carriers = inventory.carriers
    used = carriers[(carriers["fuel"] == ELECTRICITY) & (carriers["year"] == year)]["value"]
    if used.empty or used.isna().any():
        problems.add(
            f"inventory {year}", "NE for the use of electricity", "electricity use of the base year by branch",
            _until(
                "energy.csv 的 Electricity 行，或 proxies.csv 中其份额", "rows Electricity of energy.csv, or their shares in proxies.csv"
            ),
        )  # fmt: skip
    power = inventory.power
    if year not in power.index or not power.loc[[year], "thermal_mwh"].notna().all():
        problems.add(
            f"inventory {year}", "NE for thermal generation", "thermal generation of the base year", _until("plants.csv", "plants.csv")
        )  # fmt: skip
    problems.raise_if_any()
