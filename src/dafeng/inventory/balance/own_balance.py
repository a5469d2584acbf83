"""Energy inventory of a province from the user's own download (CEADs workbook, NBS balance), into a drafted province."""

from pathlib import Path

import pandas as pd

from dafeng.case import Case, load, read_rows, replace_rows, replace_source
from dafeng.evidence import DafengError, Text
from dafeng.factors import table
from dafeng.inventory.balance.energy_balance import Balance
from dafeng.inventory.balance.names import row_title

SOURCE = "own-inventory"
COLUMNS = ("row", "fuel", "year", "value", "unit", "source", "grade", "note")
"""Columns of energy.csv."""


def add_balance(folder: Path, balance: Balance, name: str) -> Text:
    """Replace the estimated energy of a province by an inventory of the user, for the years that it has.

    Parameters
    ----------
    folder
        Folder of a case drafted from the national index, a city's or a province's.
    balance
        Balance as read.
    name
        Name of the file.

    Returns
    -------
    What was replaced.

    Raises
    ------
    DafengError
        Where the file holds nothing of the province, or nothing of the years of its accounts.
    """
    case = load(folder)
    owner = case if case.parent is None else case.parent
    if not (owner.path / "energy.csv").is_file() or owner.name.startswith("regions/"):
        raise DafengError.at(
            owner.name,
            Text("随软件提供的省级案例", "a bundled province"),
            Text("起草的省级案例文件夹", "a drafted folder of a province"),
        )
    cells, without = _cells_of(balance, owner, name)
    years = {str(year) for year in cells["year"].unique()}
    rows = [row for row in read_rows(owner.path / "energy.csv") if row["year"] not in years]
    citation = f"用户提供的能源清单或平衡表:{name} · inventory or balance of the user"
    # the source first: a break in between leaves a folder that loads
    replace_source(owner.path, SOURCE, citation, "cite the publisher; do not pass on")
    replace_rows(owner.path / "energy.csv", COLUMNS, [*rows, *energy_rows(cells)])
    load(folder)
    told = "、".join(sorted(years))
    left = Text("", "")
    if without:
        left = Text(
            f";sectors.csv 没有的行未计:{'、'.join(map(row_title, without))}",
            f"; rows that sectors.csv does not have, left out: {', '.join(without)}",
        )
    if balance.refused:
        left = Text(
            f"{left.zh};{len(balance.refused)} 格不能读,未计",
            f"{left.en}; {len(balance.refused)} cells that cannot be read, left out",
        )
    return Text(
        f"{owner.city.name_zh} {told} 年能源改用 {name}({len(cells)} 个数){left.zh}",
        f"energy of {owner.city.name_zh} in {told} from {name} ({len(cells)} cells){left.en}",
    )


def energy_rows(cells: pd.DataFrame) -> list[dict[str, str]]:
    """Return cells of a balance of the user as rows of energy.csv.

    Parameters
    ----------
    cells
        row, fuel, year, value [unit], unit.
    """
    return [
        {"row": str(row["row"]), "fuel": str(row["fuel"]), "year": str(row["year"]), "value": f"{row['value']:.9g}", "unit": str(row["unit"]),
         "source": SOURCE, "grade": "B", "note": ""}
        for row in cells.to_dict("records")
    ]  # fmt: skip


def _cells_of(balance: Balance, owner: Case, name: str) -> tuple[pd.DataFrame, list[str]]:
    """Return the cells of the province within its years, and the rows that its sectors.csv does not have."""
    cells = balance.cells
    codes_of = {
        str(row[name]): str(row["code"])
        for row in table("regions").to_dict("records")
        for name in ("name_zh", "name_en")
    }
    codes = cells["region"].map(lambda region: codes_of.get(str(region), str(region)))
    mine = cells[(codes == owner.city.code) | cells["region"].eq("")]
    span = owner.city.inventory_years or (owner.city.base_year, owner.city.base_year)
    mine = mine[mine["year"].between(*span) & (mine["value"] != 0)]
    if mine.empty:
        found = "、".join(sorted(str(one) for one in cells["region"].unique())[:8])
        raise DafengError.at(
            name,
            found or "-",
            Text(
                f"{owner.city.name_zh} {span[0]}–{span[1]} 年的数",
                f"figures of {owner.city.name_zh}, {span[0]}-{span[1]}",
            ),
        )
    placed = mine["row"].isin(owner.effective("sectors")["row"])
    return mine[placed], sorted(mine.loc[~placed, "row"].unique())
