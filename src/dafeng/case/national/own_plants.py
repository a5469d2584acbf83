"""Power plants of a place out of the list that an office keeps, in place of those of the national index."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from dafeng.case.loading import load
from dafeng.case.national.own_cells import SOURCE, cite_own_data
from dafeng.case.national.own_rows import read_rows, replace_rows, rewritten
from dafeng.case.national.sources import require_indexed
from dafeng.evidence import DafengError, Problems, Text, packaged_rows
from dafeng.tables import cell_text, column_letters, read_sheets
from dafeng.units import convert, is_unit, kind

_SEARCHED = 12
_BRACKETS = re.compile(r"[(（]([^()（）]+)[)）]")
_YEAR = re.compile(r"((?:19|20)\d\d)")
NEEDED = ("name", "fuel", "capacity")
"""Columns that a list of plants has."""


@cache
def _patterns(sort: str) -> tuple[tuple[str, "re.Pattern[str]"], ...]:
    rows = packaged_rows("dafeng.case", "national/own_plants.csv")
    return tuple((row["id"], re.compile(row["pattern"])) for row in rows if row["kind"] == sort)


def _named(sort: str, text: str) -> str:
    return next((id_ for id_, pattern in _patterns(sort) if pattern.search(text)), "")


def _heads(row: Sequence[str]) -> dict[str, int]:
    plain = [re.sub(r"\s", "", _BRACKETS.sub("", cell)) for cell in row]
    found = {_named("column", cell): at for at, cell in reversed(list(enumerate(plain))) if cell}
    return {id_: at for id_, at in found.items() if id_}


def is_plant_list(file: Path) -> bool:
    """Return whether a workbook is a list of power plants: name, kind and capacity in its header.

    Parameters
    ----------
    file
        Workbook.
    """
    if file.suffix.lower() not in (".xlsx", ".xls"):
        return False
    rows = [
        [cell_text(cell) for cell in row] for sheet in read_sheets(file) for row in sheet.rows[:_SEARCHED]
    ]
    return any(set(NEEDED) <= _heads(row).keys() for row in rows)


def add_own_plants(folder: Path, file: Path) -> Text:
    """Replace the power units of a draft by those of the user's list, for the kinds that it has.

    Parameters
    ----------
    folder
        Folder of a case drafted from the national index.
    file
        Workbook with a name, a kind and a capacity a row.

    Returns
    -------
    What was replaced.

    Raises
    ------
    DafengError
        For a kind, a status, a capacity or a unit that cannot be read, each with its cell; the folder then stays as it was.
    """
    case = load(folder)
    require_indexed(case, folder)
    made = _rows(file)
    kinds = {row["fuel"] for row in made}
    known = read_rows(folder / "plants.csv") if (folder / "plants.csv").is_file() else []
    columns = list(known[0]) if known else list(made[0])
    kept = [
        row for row in known if row["fuel"] not in kinds or row.get("branch", "power") not in ("", "power")
    ]
    with rewritten(folder, "sources.csv", "plants.csv") as staged:
        cite_own_data(staged, case, file.name)
        replace_rows(
            staged / "plants.csv", columns, [*kept, *({**dict.fromkeys(columns, ""), **row} for row in made)]
        )
        load(staged)
    return Text(
        f"电厂清单:{len(made)} 行,替换全国名录中的同类电源",
        f"list of plants: {len(made)} rows in place of those of their kind in the national list",
    )


def _rows(file: Path) -> list[dict[str, str]]:
    problems, made = Problems(), list[dict[str, str]]()
    for sheet in read_sheets(file):
        rows = [[cell_text(cell).strip() for cell in row] for row in sheet.rows]
        top = next((at for at, row in enumerate(rows[:_SEARCHED]) if set(NEEDED) <= _heads(row).keys()), None)
        if top is None:
            continue
        heads = _heads(rows[top])
        unit = next(iter(_BRACKETS.findall(rows[top][heads["capacity"]])), "")
        if not is_unit(unit) or kind(unit) != kind("MW"):
            where = f"{file.name}:{sheet.name}!{column_letters(heads['capacity'])}{top + 1}"
            problems.add(
                where,
                rows[top][heads["capacity"]],
                Text("装机容量(MW)或(万千瓦)", "the unit of the capacity in brackets"),
            )
            continue
        for at, row in enumerate(rows[top + 1 :], start=top + 1):
            if (
                row[heads["name"]]
                and row[heads["capacity"]]
                and row[heads["name"]] not in ("合计", "总计", "小计")
            ):
                one = _plant(f"{file.name}:{sheet.name}!", at, row, heads, unit, problems)
                made.append(one | {"id": f"own-{len(made) + 1}"})
    problems.raise_if_any()
    if not made:
        raise DafengError.at(
            file.name,
            Text("没有电厂", "no plant"),
            Text("名称、类型、装机容量各一列", "columns of name, kind and capacity"),
        )
    return made


def _plant(
    place: str, at: int, row: Sequence[str], heads: Mapping[str, int], unit: str, problems: Problems
) -> dict[str, str]:
    def text(id_: str) -> str:
        return row[heads[id_]] if id_ in heads else ""

    def bad(id_: str, expected: Text) -> None:
        problems.add(f"{place}{column_letters(heads[id_])}{at + 1}", text(id_), expected)

    fuel, status = (
        _named("fuel", text("fuel")),
        _named("status", text("status")) if text("status") else "operating",
    )
    if not fuel:
        bad(
            "fuel",
            Text(
                "煤、气、水电、风电、光伏、生物质或核电", "coal, gas, hydro, wind, solar, biomass or nuclear"
            ),
        )
    if not status:
        bad(
            "status",
            Text("在运、在建、核准、拟建或退役", "operating, in construction, approved, proposed or retired"),
        )
    try:
        capacity = float(convert(float(text("capacity").replace(",", "")), unit, "MW"))
    except ValueError:
        capacity = -1.0
    if capacity <= 0:
        bad("capacity", Text("大于0的数", "a number above 0"))
    start, end = (found[1] if (found := _YEAR.search(text(id_))) else "" for id_ in ("start", "end"))
    name = " ".join(part for part in (text("name"), text("unit")) if part)
    return {"name_zh": f"{name} ({at + 1})", "fuel": fuel, "capacity_mw": f"{capacity:g}", "status": status, "start_year": start,
            "end_year": end, "captive": "0", "source": SOURCE, "grade": "B"}  # fmt: skip
