"""Cells that help a draft most: what a unit has, what it lacks and who holds it; the form for them, and its way in.

A figure of the place replaces the share that plants, value added or population gave: own figure over that of the
province, with the tolerance of the statistic instead of the spread of 0.42.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dafeng.case.loading import load
from dafeng.case.model import Case
from dafeng.case.national.index import BASE_YEAR, Unit, statistics
from dafeng.case.national.own_rows import read_rows, replace_rows, replace_source, rewritten
from dafeng.case.national.sources import is_indexed
from dafeng.evidence import DafengError, Problems, Text, packaged_rows
from dafeng.tables import Heading, Sheet, write_workbook
from dafeng.units import convert, is_unit, kind

SHEET = "最有用的数据 own data"
SOURCE = "own-data"
COLUMNS = ("id", "数据", "data", "年份 year", "数值 value", "单位 unit", "来源 source", "可询 held by")


@dataclass(frozen=True, slots=True)
class CellState:
    """Cell of the form: its names, what stands for it now, and who holds the figure."""

    id: str
    name_zh: str
    name_en: str
    value: float | None
    year: int | None
    unit: str
    holder_zh: str
    holder_en: str


def cells() -> tuple[Mapping[str, str], ...]:
    """Return the cells of the form."""
    return packaged_rows("dafeng.case", "national/own_cells.csv")


def own_cells(unit: Unit, case: Case | None = None) -> list[CellState]:
    """Return what a unit has of the cells: in its case, else in the index.

    Parameters
    ----------
    unit
        Unit of the index.
    case
        Its case, where there is one.
    """
    known: dict[str, tuple[float, int]] = {}
    if unit.population is not None:
        known["population_resident"] = (unit.population / 1e4, BASE_YEAR)
    if unit.gdp is not None:
        known["gdp_current"] = (unit.gdp, BASE_YEAR)
    if case is not None:
        table = case.table("observations")
        mine = table[(table["region"] == unit.code) & table["value"].notna()].sort_values("year")
        wanted = {row["id"]: row["unit"] for row in cells()}
        for row in mine[mine["indicator"].isin(wanted)].to_dict("records"):
            value = float(convert(float(row["value"]), str(row["unit"]), wanted[str(row["indicator"])]))
            known[str(row["indicator"])] = (value, int(row["year"]))
    return [
        CellState(
            row["id"], row["name_zh"], row["name_en"], value, year, row["unit"], row["holder_zh"], row["holder_en"]
        )
        for row in cells()
        for value, year in [known.get(row["id"], (None, None))]
    ]  # fmt: skip


def write_own_form(unit: Unit, file: Path, case: Case | None = None) -> None:
    """Write the one-page form of a unit, filled with what is at hand.

    Parameters
    ----------
    unit
        Unit of the index.
    file
        New workbook.
    case
        Its case, where there is one.
    """
    rows = [
        [one.id, one.name_zh, one.name_en, one.year or BASE_YEAR, one.value if one.value is not None else "", one.unit, "", f"{one.holder_zh} {one.holder_en}"]
        for one in own_cells(unit, case)
    ]  # fmt: skip
    write_workbook(file, [Sheet(SHEET, [Heading(name) for name in COLUMNS], rows)])


def is_own_form(file: Path) -> bool:
    """Return whether a workbook is the form.

    Parameters
    ----------
    file
        Workbook.
    """
    import openpyxl

    if file.suffix.lower() != ".xlsx":
        return False
    return SHEET in openpyxl.load_workbook(file, read_only=True).sheetnames


def add_own_form(folder: Path, file: Path) -> list[Text]:
    """Add the figures of a filled form to a case that was drafted from the index; the draft of its model is left as it is.

    Parameters
    ----------
    folder
        Folder of the case.
    file
        Filled form.

    Returns
    -------
    What each figure made possible.

    Raises
    ------
    DafengError
        For cells that are no numbers, units that do not fit, a figure without a source, with the cell of each; the
        folder then stays as it was.
    """
    case = load(folder)
    if not is_indexed(case):
        raise DafengError.at(
            str(folder),
            Text("不是由全国索引起草的案例", "a case not drafted from the index"),
            "dafeng case new CODE",
        )
    given = _figures(file)
    done: list[Text] = []
    observations, proxies = (
        read_rows(folder / "observations.csv"),
        read_rows(folder / "proxies.csv") if (folder / "proxies.csv").is_file() else [],
    )
    for row, value, year, source in given:
        observations = [
            one
            for one in observations
            if (one["indicator"], one["region"], one["year"]) != (row["id"], case.city.code, str(year))
        ]
        observations.append({"indicator": row["id"], "region": case.city.code, "year": str(year), "value": f"{value:.8g}", "unit": row["unit"],
                             "source": SOURCE, "grade": "B", "note": source})  # fmt: skip
        proxies, told = _with_share(case, proxies, row, value, year, source)
        done.append(told)
    citation = f"{case.city.name_zh}填报数据({file.name}) · figures filled in by the place"
    with rewritten(folder, "sources.csv", "observations.csv", "proxies.csv") as staged:
        replace_source(staged, SOURCE, citation, "cite")
        replace_rows(staged / "observations.csv", observations[0], observations)
        if proxies:
            replace_rows(staged / "proxies.csv", proxies[0], proxies)
        load(staged)
    return done


def _figures(file: Path) -> list[tuple[Mapping[str, str], float, int, str]]:
    import openpyxl

    sheet = openpyxl.load_workbook(file, data_only=True)[SHEET]
    known = {row["id"]: row for row in cells()}
    problems, found = Problems(), []
    lines = [[cell.value for cell in line[: len(COLUMNS)]] for line in sheet.iter_rows()]
    start = next((n for n, line in enumerate(lines) if line and line[0] == "id"), None)
    if start is None:
        raise DafengError.at(
            f"{file.name}:{SHEET}",
            Text("没有表头 id", "no header id"),
            " | ".join(COLUMNS),
            "dafeng data form CODE",
        )
    for number, line in enumerate(lines[start + 1 :], start=start + 2):
        if line[0] is None or line[4] in (None, ""):
            continue
        where, row = f"{file.name}:{SHEET}!E{number}", known.get(str(line[0]))
        if row is None:
            problems.add(where, str(line[0]), "、".join(known))
            continue
        value = _number(line[4])
        if value is None or value < 0 or not isinstance(line[3], int) or not 2000 <= line[3] <= 2100:
            problems.add(
                where,
                f"{line[4]} ({line[3]})",
                Text("年份和不为负的数", "a year and a number that is not negative"),
            )
            continue
        unit = str(line[5] or row["unit"])
        if not is_unit(unit) or kind(unit) != kind(row["unit"]):
            problems.add(
                f"{file.name}:{SHEET}!F{number}",
                unit,
                Text(f"与{row['unit']}同类的单位", f"a unit of the kind of {row['unit']}"),
            )
            continue
        if not line[6]:
            continue  # what the form was filled with when it was made
        found.append((row, float(convert(value, unit, row["unit"])), int(line[3]), str(line[6])))
    problems.raise_if_any()
    if not found:
        raise DafengError.at(
            f"{file.name}:{SHEET}",
            Text("没有带来源的数值", "no figure with a source"),
            Text("数值和来源", "a figure and its source"),
        )
    return found


def _number(cell: object) -> float | None:
    try:
        return float(str(cell).replace(",", "").replace("，", ""))
    except ValueError:
        return None


def _with_share(
    case: Case, proxies: list[dict[str, str]], row: Mapping[str, str], value: float, year: int, source: str
) -> tuple[list[dict[str, str]], Text]:
    """Replace the shares that a figure gives, those of other years with the same share."""
    name_zh, name_en = row["name_zh"], row["name_en"]
    whole = statistics(f"{case.city.code[:2]}0000", row["statistic"]) if row["statistic"] else None
    if (
        not proxies
        or not row["row"]
        or whole is None
        or year not in whole.index
        or not 0 < value <= float(whole[year])
    ):
        return proxies, Text(f"{name_zh}:用于核对", f"{name_en}: kept as a check")
    share = value / float(whole[year])
    width = float(row["tolerance"])
    rows = row["row"].split(";")
    years = sorted({one["year"] for one in proxies})
    kept = [one for one in proxies if one["row"] not in rows]
    made = [
        {"row": name, "proxy": row["id"], "year": then, "share": f"{share:.6f}", "low": f"{share * (1 - width):.6f}",
         "high": f"{min(share * (1 + width), 1.0):.6f}", "source": SOURCE, "grade": "B" if then == str(year) else "D",
         "note": f"{source}; own figure of {year} over the province's"}
        for name in rows for then in years
    ]  # fmt: skip
    return [*kept, *made], Text(
        f"{name_zh}:份额改为 {share:.2%}(±{width:.0%}),不再用默认代理",
        f"{name_en}: share {share:.2%} (±{width:.0%}) instead of a default",
    )
