"""Energy balance of a city from its own bureau, into its drafted case in place of the province's shares."""

from pathlib import Path

import yaml

from dafeng.case import Case, load, replace_rows, replace_source, rewritten
from dafeng.evidence import DafengError, Text
from dafeng.inventory.balance.energy_balance import Balance
from dafeng.inventory.balance.own_balance import COLUMNS, SOURCE, add_balance, energy_rows


def is_named_balance(file: Path) -> bool:
    """Return whether a file calls itself a balance: one that cannot be read is then no other table.

    Parameters
    ----------
    file
        File of the user.
    """
    return "平衡" in file.stem


def add_own_balance(folder: Path, balance: Balance, name: str) -> Text:
    """Add a balance to a draft: that of the city itself, else that of its province, by the places that it or its file names.

    Parameters
    ----------
    folder
        Folder of a case drafted from the national index.
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
        Where neither balance nor file name a place, and as `dafeng.inventory.add_balance`; for a balance of the city
        without its base year.
    """
    case = load(folder)
    if case.parent is None:
        return add_balance(folder, balance, name)
    regions = {str(one) for one in balance.cells["region"].unique()} - {""}
    words = " ".join(regions) if regions else name
    city, province = (
        place.name_zh.removesuffix(kind) for place, kind in ((case.city, "市"), (case.parent.city, "省"))
    )
    if city in words or case.city.code in regions:
        return _add_city_balance(case, balance, name)
    if not regions and province not in words:
        raise DafengError.at(
            name, Text("没有写明地区", "no place"), f"{case.city.name_zh} / {case.parent.city.name_zh}",
            Text(f"在文件名或“地区”列写明是{city}还是{province}的平衡表", "name the place of the balance in the file name or a column 地区"),
        )  # fmt: skip
    return add_balance(folder, balance, name)


def _add_city_balance(case: Case, balance: Balance, name: str) -> Text:
    """Write energy.csv of the city; its accounts then have the years of the balance."""
    city, span = case.city, case.city.inventory_years or (case.city.base_year, case.city.base_year)
    cells = balance.cells[balance.cells["year"].between(*span)]
    cells = cells[cells["row"].isin(case.effective("sectors")["row"]) & (cells["value"] != 0)]
    years = sorted({int(year) for year in cells["year"]})
    if city.base_year not in years:
        found = "、".join(str(year) for year in sorted({int(year) for year in balance.cells["year"]}))
        raise DafengError.at(
            name, found or "-", Text(f"基准年 {city.base_year} 的平衡表", f"the balance of the base year, {city.base_year}"),
            Text("其余年份可一并给出", "other years may be given beside it"),
        )  # fmt: skip
    years = [year for year in years if set(range(year, city.base_year + 1)) <= set(years)]
    cells = cells[cells["year"].isin(years)]
    folder = Path(case.path)
    text = (folder / "city.yaml").read_text(encoding="utf-8")
    content = yaml.safe_load(text) | {"inventory_years": [years[0], years[-1]]}
    with rewritten(folder, "sources.csv", "energy.csv", "city.yaml") as staged:
        citation = f"{city.name_zh}能源平衡表({name}) · energy balance of the city"
        replace_source(staged, SOURCE, citation, "cite the publisher; do not pass on")
        replace_rows(staged / "energy.csv", COLUMNS, energy_rows(cells))
        head = text[: text.index("schema:")]
        (staged / "city.yaml").write_text(
            head + yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8"
        )
        load(staged)
    told = "、".join(str(year) for year in years)
    left = f";{len(balance.refused)} 格不能读,未计" if balance.refused else ""
    left_en = f"; {len(balance.refused)} cells that cannot be read, left out" if balance.refused else ""
    return Text(
        f"{city.name_zh} {told} 年能源改用 {name}({len(cells)} 个数),不再由全省分摊{left}",
        f"energy of {city.name_en} in {told} from {name} ({len(cells)} cells), no longer shares of the province{left_en}",
    )
