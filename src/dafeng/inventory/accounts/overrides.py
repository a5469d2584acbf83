"""Factors of single cells from a table of the user's: row, fuel → factor set."""

import csv
from pathlib import Path

from dafeng.evidence import DafengError, Problems
from dafeng.inventory.accounts.emission_factors import factor_sets, factors_of
from dafeng.inventory.balance.names import find_fuel, find_row
from dafeng.inventory.balance.reading import decode

COLUMNS = ("row", "fuel", "factors")


def read_overrides(path: Path) -> dict[tuple[str, str], str]:
    """(row, fuel) → factor set, for `build(…, overrides=…)`, from a CSV with the columns row, fuel, factors.

    An empty row means every row of the fuel. Names in NBS Chinese, NBS English or CEADs spelling.
    Raises: DafengError with all problems: missing columns; unknown rows, fuels and sets; a set without the fuel; a
    cell twice.
    """
    if not path.is_file():
        raise DafengError.at(str(path), "no such file", "a CSV file that can be read")
    text = decode(path)[0]
    reader = csv.DictReader(text.splitlines())
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise DafengError.at(f"{path.name}:1", f"no column {', '.join(missing)}", ", ".join(COLUMNS))
    problems, found = Problems(), {}
    for number, line in enumerate(reader, start=2):
        where = f"{path.name}:{number}"
        row_name, fuel_name, chosen = ((line[name] or "").strip() for name in COLUMNS)
        row, fuel = find_row(row_name) if row_name else None, find_fuel(fuel_name)
        if row_name and row is None:
            problems.add(where, f"row {row_name}", "a row of the energy balance, or nothing for all rows")
        if fuel is None:
            problems.add(where, f"fuel {fuel_name}", "a fuel of the energy balance")
        if chosen not in factor_sets():
            problems.add(where, f"factors {chosen}", f"one of {', '.join(factor_sets())}")
        if fuel is None or chosen not in factor_sets() or (row_name and row is None):
            continue
        key = (row.row if row is not None else "", fuel.fuel)
        known = factors_of(chosen)
        if key not in known and ("", fuel.fuel) not in known:
            problems.add(where, f"{chosen} without a factor of {fuel.fuel}", "a set that has one")
        if key in found:
            problems.add(where, f"{row_name or 'all rows'}, {fuel_name} twice", "one set a cell")
        found[key] = chosen
    problems.raise_if_any()
    return found
