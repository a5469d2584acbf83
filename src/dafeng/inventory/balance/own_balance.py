"""Energy inventory of a province from the user's own download (CEADs workbook, NBS balance), into a drafted province."""

import csv
from pathlib import Path

import pandas as pd

from dafeng.case import Case, load
from dafeng.evidence import DafengError, Text, write_atomically
from dafeng.factors import table
from dafeng.inventory.balance.energy_balance import Balance

SOURCE = "own-inventory"


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
    cells = _cells_of(balance, owner, name)
    years = {str(year) for year in cells["year"].unique()}
    with (owner.path / "energy.csv").open(encoding="utf-8", newline="") as handle:
        rows = [row for row in csv.DictReader(handle) if row["year"] not in years]
    columns = ("row", "fuel", "year", "value", "unit", "source", "grade", "note")
    rows += [
        {"row": str(row["row"]), "fuel": str(row["fuel"]), "year": str(row["year"]), "value": f"{row['value']:.9g}", "unit": str(row["unit"]),
         "source": SOURCE, "grade": "B", "note": ""}
        for row in cells.to_dict("records") if row["value"]
    ]  # fmt: skip
    _rewrite(owner.path / "energy.csv", columns, rows)
    with (owner.path / "sources.csv").open(encoding="utf-8", newline="") as handle:
        sources = [row for row in csv.DictReader(handle) if row["id"] != SOURCE]
    blank = dict.fromkeys(sources[0], "")
    sources.append(
        blank
        | {
            "id": SOURCE,
            "citation": f"用户提供的能源清单或平衡表:{name} · inventory or balance of the user",
            "terms": "cite the publisher; do not pass on",
        }
    )
    _rewrite(owner.path / "sources.csv", tuple(blank), sources)
    load(folder)
    told = "、".join(sorted(years))
    return Text(
        f"{owner.city.name_zh} {told} 年能源改用 {name}({len(cells)} 个数)",
        f"energy of {owner.city.name_zh} in {told} from {name} ({len(cells)} cells)",
    )


def _cells_of(balance: Balance, owner: Case, name: str) -> pd.DataFrame:
    cells = balance.cells
    codes_of = {
        str(row[name]): str(row["code"])
        for row in table("regions").to_dict("records")
        for name in ("name_zh", "name_en")
    }
    codes = cells["region"].map(lambda region: codes_of.get(str(region), str(region)))
    mine = cells[(codes == owner.city.code) | cells["region"].eq("")]
    span = owner.city.inventory_years or (owner.city.base_year, owner.city.base_year)
    mine = mine[mine["year"].between(*span)]
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
    return mine


def _rewrite(file: Path, columns: tuple[str, ...], rows: list[dict[str, str]]) -> None:
    with write_atomically(file) as temporary, temporary.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, columns, lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
