"""Figures of a place out of the tables that offices keep: statistics, electricity by sector, GDP; recognised by their names.

A table has a row of years and a name a row, or the columns 指标, 年份, 数值. Titles above, numbering (一、, 其中:), notes below and
units in a column, in brackets behind the name or once for the sheet are taken as an office writes them.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from dafeng.case.national.own_judging import OwnCell
from dafeng.evidence import Problems, Text, packaged_rows
from dafeng.tables import NOTE, cell_text, column_letters, read_sheets
from dafeng.units import convert, is_unit, kind

_YEAR = re.compile(r"(20\d\d)(?:\.0)?\s*年?")
_UNIT_OF_SHEET = re.compile(r"单位\s*[:：]\s*([^\s,，;；)）]+)")
_IN_BRACKETS = re.compile(r"[(（]([^()（）]+)[)）]")
_NUMBERING = re.compile(
    r"^(?:[一二三四五六七八九十]+[、.．]|[(（][一二三四五六七八九十\d]+[)）]|\d+[、.．]|其中\s*[:：]|[#*])\s*"
)
_NO_FIGURE = {"", "-", "—", "–", "…", "...", "......", "/", "无", "NE"}
_HEADS = {
    "指标": "name",
    "指标名称": "name",
    "项目": "name",
    "年份": "year",
    "年度": "year",
    "数值": "value",
    "单位": "unit",
    "计量单位": "unit",
}
_SEARCHED = 12
"""Rows in which the header is looked for."""


@dataclass(frozen=True, slots=True)
class FiguresRead:
    """Figures of a workbook, and the names of rows that say nothing a draft takes."""

    figures: tuple[OwnCell, ...]
    unused: tuple[str, ...]


@cache
def _names() -> tuple[tuple[str, "re.Pattern[str]", "re.Pattern[str]", str], ...]:
    rows = packaged_rows("dafeng.case", "national/own_names.csv")
    return tuple(
        (row["id"], re.compile(row["pattern"]), re.compile(row["context"]), row["unit"]) for row in rows
    )


def read_figures(file: Path) -> FiguresRead:
    """Read the figures of a workbook of statistics.

    Parameters
    ----------
    file
        Workbook.

    Returns
    -------
    Figures; none where no row has a known name.

    Raises
    ------
    DafengError
        For cells of a known name that are no number or have no unit that fits, each with its place.
    """
    problems, figures, unused = Problems(), [], []
    for sheet in read_sheets(file):
        rows = [[cell_text(cell).strip() for cell in row] for row in sheet.rows]
        about = " ".join([file.stem, sheet.name, *(cell for row in rows[:3] for cell in row)])
        for name, unit, year, cell, at in _cells(rows):
            if NOTE.match(name):
                continue
            known = _known(name, about)
            if known is None:
                unused.append(name)
                continue
            if cell in _NO_FIGURE:
                continue
            where = f"{file.name}:{sheet.name}!{column_letters(at[1])}{at[0] + 1}"
            value = _number(cell)
            if value is None:
                problems.add(
                    where, cell, Text("数字;没有的数留空", "a number; leave out what there is none of")
                )
            elif not unit or not is_unit(unit) or kind(unit) != kind(known[1]):
                expected = Text(f"{name}的单位,如{known[1]}", f"a unit of {name}, as {known[1]}")
                problems.add(
                    where,
                    unit or Text("没有单位", "no unit"),
                    expected,
                    Text(
                        "在单位列、名称后括号或表头“单位：”中写明",
                        "in a column 单位, in brackets behind the name, or as 单位： above",
                    ),
                )
            else:
                number = float(convert(value, unit, known[1]))
                figures.append(OwnCell(known[0], number, year, known[1], file.stem, where))
    problems.raise_if_any()
    return FiguresRead(tuple(figures), tuple(dict.fromkeys(unused)))


def _known(name: str, about: str) -> tuple[str, str] | None:
    return next(
        (
            (id_, unit)
            for id_, pattern, context, unit in _names()
            if pattern.search(name) and context.search(about)
        ),
        None,
    )


def _cells(rows: Sequence[Sequence[str]]) -> Iterator[tuple[str, str, int, str, tuple[int, int]]]:
    """Name, unit, year and text of each cell of a sheet, with its position."""
    stated = next(
        (found[1] for row in rows[:_SEARCHED] for cell in row if (found := _UNIT_OF_SHEET.search(cell))), ""
    )
    for top, row in enumerate(rows[:_SEARCHED]):
        heads = {_HEADS[cell]: at for at, cell in enumerate(row) if cell in _HEADS}
        years = {at: int(found[1]) for at, cell in enumerate(row) if (found := _YEAR.fullmatch(cell))}
        if {"name", "year", "value"} <= heads.keys():
            yield from _long(rows, top, heads, stated)
            return
        if years:
            names = heads.get(
                "name", next((at for at in range(len(row)) if at not in years and at != heads.get("unit")), 0)
            )
            yield from _wide(rows, top, (names, heads.get("unit")), years, stated)
            return


def _long(rows: Sequence[Sequence[str]], top: int, heads: dict[str, int], stated: str) -> Iterator[Any]:
    for at, row in enumerate(rows[top + 1 :], start=top + 1):
        year = _YEAR.fullmatch(row[heads["year"]])
        name, unit = _name_and_unit(row[heads["name"]], row[heads["unit"]] if "unit" in heads else "", stated)
        if name and year:
            yield name, unit, int(year[1]), row[heads["value"]], (at, heads["value"])


def _wide(
    rows: Sequence[Sequence[str]], top: int, heads: tuple[int, int | None], years: dict[int, int], stated: str
) -> Iterator[Any]:
    for at, row in enumerate(rows[top + 1 :], start=top + 1):
        name, unit = _name_and_unit(row[heads[0]], row[heads[1]] if heads[1] is not None else "", stated)
        if name:
            for column, year in years.items():
                yield name, unit, year, row[column], (at, column)


def _name_and_unit(cell: str, own: str, stated: str) -> tuple[str, str]:
    """Name without numbering and brackets, and the unit: that of its column, of its brackets, of the sheet."""
    inside = [one.strip() for one in _IN_BRACKETS.findall(cell)]
    bracket = next((one for one in inside if is_unit(one)), "")
    plain = re.sub(r"\s+", "", _IN_BRACKETS.sub("", cell))
    while (shorter := _NUMBERING.sub("", plain)) != plain:
        plain = shorter
    return plain, own or bracket or stated


def _number(cell: str) -> float | None:
    try:
        return float(cell.replace(",", "").replace("，", "").removesuffix("%"))
    except ValueError:
        return None
