"""Judgement of a figure that a place gives: its unit, and its size beside the province's statistics and what was published."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dafeng.case.model import Case
from dafeng.case.national.index import Unit, statistics, units
from dafeng.evidence import Problem, Text, packaged_rows
from dafeng.units import convert, is_unit, kind

_OVER_PROVINCE = 1.02
"""Most of a figure over that of its province [1]: statistics of two offices differ a little."""
_BESIDE_INDEX = {"population_resident": (0.6, 1.6), "gdp_current": (0.3, 4.0)}
"""Least and most of a figure of any year over the published one of 2020 [1]: a slip of the unit is a factor of ten."""
_SIGNED = frozenset({"gdp_real_growth"})
FIRST_YEAR, LAST_YEAR = 2000, 2100


@dataclass(frozen=True, slots=True)
class OwnCell:
    """Figure of a place: indicator, value [unit], year, source, and the cell that it was read from."""

    id: str
    value: float
    year: int
    unit: str
    source: str
    where: str


def cells() -> tuple[Mapping[str, str], ...]:
    """Return the cells of the form."""
    return packaged_rows("dafeng.case", "national/own_cells.csv")


def published(unit: Unit) -> dict[str, float]:
    """Return what the index has of the cells for the base year.

    Parameters
    ----------
    unit
        Unit of the index.
    """
    found = {"population_resident": unit.population and unit.population / 1e4, "gdp_current": unit.gdp}
    return {id_: float(value) for id_, value in found.items() if value is not None}


def judged_cells(
    case: Case, rows: Iterable[Mapping[str, str]]
) -> tuple[tuple[OwnCell, ...], tuple[Problem, ...]]:
    """Judge figures as they were typed: number, year, unit, source, and plausibility.

    Parameters
    ----------
    case
        Case of the place.
    rows
        Texts `id`, `value`, `unit`, `year`, `source` of each filled cell.

    Returns
    -------
    Cells that hold, and what is wrong with the others, each at `id.value`.
    """
    form = {row["id"]: row for row in cells()}
    held: list[OwnCell] = []
    wrong: list[Problem] = []
    for row in rows:
        found = _typed(form[row["id"]], row)
        doubt = implausible_cell(case, found) if isinstance(found, OwnCell) else found
        if doubt is not None:
            wrong.append(doubt)
        elif isinstance(found, OwnCell):
            held.append(found)
    return tuple(held), tuple(wrong)


def _typed(cell: Mapping[str, str], row: Mapping[str, str]) -> OwnCell | Problem:
    where = f"{cell['id']}.value"
    try:
        value = float(row["value"].replace(",", "").replace("，", ""))
    except ValueError:
        return Problem(where, row["value"], Text("数字", "a number"), "")
    unit, year = row["unit"] or cell["unit"], row["year"]
    if not is_unit(unit) or kind(unit) != kind(cell["unit"]):
        return Problem(
            where, unit, Text(f"与{cell['unit']}同类的单位", f"a unit of the kind of {cell['unit']}"), ""
        )
    if not (year.isascii() and year.isdigit() and FIRST_YEAR <= int(year) <= LAST_YEAR):
        return Problem(
            where, year or Text("没有年份", "no year"), Text("年份,如 2020", "a year, as 2020"), ""
        )
    if not row["source"]:
        return Problem(
            where,
            Text("没有来源", "no source"),
            Text("来源,如 2021年统计年鉴", "a source, as the yearbook of 2021"),
            "",
        )
    return OwnCell(
        cell["id"], float(convert(value, unit, cell["unit"])), int(year), cell["unit"], row["source"], where
    )


def implausible_cell(case: Case, cell: OwnCell) -> Problem | None:
    """Return what is wrong with a figure beside the statistics of the province and of the census; None where nothing is.

    Parameters
    ----------
    case
        Case of the place.
    cell
        Figure.
    """
    row = next((one for one in cells() if one["id"] == cell.id), None)
    if cell.value < 0 and cell.id not in _SIGNED:
        return Problem(cell.where, f"{cell.value:g}", Text("不为负的数", "a number that is not negative"), "")
    whole = statistics(f"{case.city.code[:2]}0000", row["statistic"]) if row and row["statistic"] else None
    if (
        whole is not None
        and cell.year in whole.index
        and cell.value > _OVER_PROVINCE * float(whole[cell.year])
    ):
        most = f"{float(whole[cell.year]):,.6g} {cell.unit}"
        return Problem(
            cell.where, f"{cell.value:,.6g} {cell.unit}", Text(f"至多全省的 {most}({cell.year}年)", f"at most {most} of the province in {cell.year}"),
            Text("核对单位(亿与万、吨与万吨)和年份", "check unit and year"),
        )  # fmt: skip
    known = published(units()[case.city.code]).get(cell.id) if case.city.code in units() else None
    if known is None:
        return None
    low, high = (factor * known for factor in _BESIDE_INDEX[cell.id])
    if low <= cell.value <= high:
        return None
    return Problem(
        cell.where, f"{cell.value:,.6g} {cell.unit}",
        Text(f"{low:,.6g} 至 {high:,.6g} {cell.unit}(2020年公布数为 {known:,.6g})", f"{low:,.6g} to {high:,.6g} {cell.unit} ({known:,.6g} published for 2020)"),
        Text("核对单位和年份", "check unit and year"),
    )  # fmt: skip
