"""Measure how drafts of all units agree with EDGAR, on either route: `python tools/national_agreement.py --out DIR`.

    python tools/national_agreement.py --out DIR                                  # facts of the package
    python tools/national_agreement.py --out DIR --inventory energy_inventory.csv.gz  # with the user's CEADs inventories

`--inventory` is a table of the user: province_code, row, fuel, year, value, unit; each province has its energy from it as
`dafeng data add` would take it, where the table has the province. The last line is JSON: bar, figure and floor of every
figure of docs/data.md, "The national index". A stopped run goes on where it was; 15 minutes of a processor a route.
"""

import argparse
import json
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from multiprocessing import get_context
from pathlib import Path

import pandas as pd

from dafeng.case import Unit, bundled_path, draft_province, draft_unit, feasible
from dafeng.case import units as all_units
from dafeng.inventory import add_balance, read_balance
from dafeng.pathway import CHECKED_YEARS, agreement, draft_many, growth_coverage, split_halves

SAMPLES, SEED = 64, 20300101


def with_inventories(inventory: Path, folder: Path) -> None:
    """Draft provinces and municipalities with the user's energy, beside which the units are then drafted."""
    table = pd.read_csv(inventory, dtype={"province_code": str})
    for unit in _first_of_provinces(feasible()):
        code = unit.province_code
        mine = table[table["province_code"] == code]
        place = folder / "cases" / (unit.code if unit.is_municipality else code)
        if mine.empty or place.is_dir() or bundled_path(f"regions/{code}") is not None:
            continue
        file = folder / f"{code}.csv"
        mine.assign(region=code)[["region", "year", "row", "fuel", "value", "unit"]].to_csv(file, index=False)
        made = draft_unit(unit, place) if unit.is_municipality else draft_province(code, place)
        print(add_balance(made.path, read_balance(file), file.name).en, flush=True)


def _first_of_provinces(units: Iterable[Unit]) -> list[Unit]:
    return list({unit.province_code: unit for unit in units}.values())


def figures(rows: pd.DataFrame, route: str) -> list[tuple[str, str, str]]:
    """Return bar, figure and floor of each figure that docs/data.md publishes of the rows of `draft_many`."""
    found = []
    for year, told_year in ((None, "2020"), (2022, "2022, level of 2020 carried on")):
        number, ratio, spread = agreement(rows, year)
        found += [
            (f"{route}: units beside EDGAR {told_year}, median ratio", f"{ratio:.2f} ({number} units)", "0.9 to 1.1"),
            (f"{route}: units beside EDGAR {told_year}, sd of ln", f"{spread:.3f}", "0.45"),
        ]  # fmt: skip
        halves = split_halves(rows, year=year)
        if halves is not None:
            told = (
                f"{halves.coverage:.1%} ({halves.low:.1%} to {halves.high:.1%}), spread {halves.spread:.3f}"
            )
            found.append((f"{route}: 90 % band of one half of the provinces on the other, EDGAR {told_year}", told, "85 to 95 %"))  # fmt: skip
    known = rows[rows["edgar"] > 0]
    ratio = known["edgar"] / known["co2_base"]
    for name, value in (("95 % range of account B", "B_base"), ("90 % band of the model", "B_no_plan_2020")):
        low, high = (known[f"{value}_{end}"] / known[value] for end in ("low", "high"))
        found.append((f"{route}: EDGAR 2020 inside the {name}", f"{ratio.between(low, high).mean():.1%}", ""))  # fmt: skip
    for year in CHECKED_YEARS:
        growth = growth_coverage(rows, year)
        if growth is not None:
            told = f"{growth.coverage:.1%} of {growth.units} units, median error {growth.error:+.1%}"
            found.append((f"{route}: EDGAR's growth to {year} inside the 90 % band", told, "90 %"))
    sums = known.groupby("province")[["co2_base", "edgar"]].sum()
    by_province = (sums["co2_base"] / sums["edgar"]).sort_values()
    ends = ", ".join(f"{name} {value:.2f}" for name, value in by_province.iloc[[0, 1, 2, -2, -1]].items())
    return [*found, (f"{route}: provinces over EDGAR 2020, lowest and highest", ends, "")]


def main() -> None:
    """Draft all units on one route and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--out", type=Path, required=True, help="folder of the drafts")
    parser.add_argument("--inventory", type=Path, help="the user's inventories of provinces")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    given = parser.parse_args()
    if given.inventory is not None:
        (given.out / "cases").mkdir(parents=True, exist_ok=True)
        with_inventories(given.inventory, given.out)
    pool = ProcessPoolExecutor(given.jobs, get_context("spawn")) if given.jobs > 1 else nullcontext()
    with pool as executor:
        rows = draft_many(list(all_units()), given.out, SAMPLES, SEED, executor)
    print(rows["status"].value_counts().to_dict())
    print(json.dumps(figures(rows, "CEADs of the user" if given.inventory else "facts of the package"), ensure_ascii=False))  # fmt: skip


if __name__ == "__main__":
    main()
