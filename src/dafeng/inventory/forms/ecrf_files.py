"""eCRF workbooks: tables 1 to 3 written, and read again with every problem at its cell."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dafeng.evidence import DafengError, NotationKey, Problems, Text
from dafeng.factors import table
from dafeng.inventory.balance.yearbook import address
from dafeng.inventory.forms.ecrf import COLUMNS, NUMBERS, PROFILE, WHOLE, Ecrf
from dafeng.tables import Book, open_workbook

SHEETS = ("Table 1 profile", "Table 2 summary", "Table 3 sources")
_KEYS = frozenset(key.value for key in NotationKey)
_QUALITIES = frozenset({"", "H", "M", "L"})
_TOLERANCE = 1e-6
_HEAD = 2


def write_ecrf(tables: Ecrf, path: Path) -> None:
    """Write the three tables of an eCRF into one workbook.

    Parameters
    ----------
    tables
        The tables.
    path
        The workbook to write.
    """
    with open_workbook(path) as book:
        _write(book, SHEETS[0], ("item", "value"), pd.DataFrame(list(tables.profile.items())))
        _write(book, SHEETS[1], tuple(tables.summary.columns), tables.summary)
        _write(book, SHEETS[2], COLUMNS, tables.sources)


def _write(book: Book, name: str, columns: tuple[str, ...], rows: pd.DataFrame) -> None:
    """One table below two lines of headers (group and column), printable on A4 landscape."""
    sheet = book.sheet(name)
    head = book.look(
        bold=True, border=1, text_wrap=True, valign="vcenter", align="center", bg_color="#E7EDF3"
    )
    text, number = (
        book.look(border=1, text_wrap=True, valign="top"),
        book.look(border=1, num_format="#,##0.00", valign="top"),
    )
    whole = book.look(border=1, num_format="0", valign="top")
    small = book.look(border=1, num_format="0.00E+00", valign="top")
    groups = [column.split(": ")[0] if ": " in column else "" for column in columns]
    for c, (group, column) in enumerate(zip(groups, columns, strict=True)):
        sheet.write_string(0, c, group, head)
        sheet.write_string(1, c, column.split(": ")[-1], head)
    for start in range(len(groups)):
        if groups[start] and (start == 0 or groups[start - 1] != groups[start]):
            end = next((i for i in range(start, len(groups)) if groups[i] != groups[start]), len(groups)) - 1
            if end > start:
                sheet.merge_range(0, start, 0, end, groups[start], head)
    for r, row in enumerate(rows.itertuples(index=False, name=None), start=_HEAD):
        for c, value in enumerate(row):
            column = columns[c]
            if isinstance(value, float | np.floating):
                if np.isfinite(value):
                    look = (
                        whole
                        if column in WHOLE
                        else small
                        if column.startswith("Emission factor")
                        else number
                    )
                    sheet.write_number(r, c, float(value), look)
                else:
                    sheet.write_blank(r, c, None, text)
            else:
                sheet.write_string(r, c, str(value), text)
    widths = [
        11
        if column in NUMBERS or "tCO2e" in column
        else 26
        if "description" in column or "source" in column.lower()
        else 14
        for column in columns
    ]
    for c, width in enumerate(widths):
        sheet.set_column(c, c, width if len(columns) > len(PROFILE[:2]) else 30)
    sheet.set_row(1, 45)
    sheet.freeze_panes(_HEAD, 2)
    sheet.set_landscape()
    sheet.set_paper(8 if len(columns) > 12 else 9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0, 1)
    sheet.set_footer("&C&A  &P / &N")


def read_ecrf(path: Path) -> Ecrf:
    """Read the tables of an eCRF workbook.

    Parameters
    ----------
    path
        The workbook.

    Returns
    -------
    The tables: what `write_ecrf` wrote is read unchanged.

    Raises
    ------
    DafengError
        With all problems at their cells: missing sheets and columns, a number that is none, an unknown
        reference number, key, scope or quality, a number beside a key, a line with neither, and a total that
        its gases exceed.
    """
    import python_calamine

    if not path.is_file():
        raise DafengError.at(
            str(path), Text("文件不存在", "no such file"), Text("eCRF工作簿", "an eCRF workbook")
        )
    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        grids = {
            name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names
        }
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise DafengError.at(
            path.name,
            Text("不是可读的工作簿", "no readable workbook"),
            Text("eCRF工作簿", "an eCRF workbook"),
        ) from error
    missing = [name for name in SHEETS if name not in grids]
    if missing:
        raise DafengError.at(
            path.name, Text(f"缺少工作表{'、'.join(missing)}", f"no sheet {', '.join(missing)}"), ", ".join(SHEETS)
        )  # fmt: skip
    problems = Problems()
    profile = {str(row[0]): str(row[1]) for row in grids[SHEETS[0]][_HEAD:] if str(row[0])}
    summary = _summary(grids[SHEETS[1]])
    sources = _sources(grids[SHEETS[2]], problems)
    problems.raise_if_any()
    return Ecrf(profile, summary, sources)


def _names(grid: Sequence[Sequence[object]]) -> list[str]:
    groups, columns = ([str(cell) for cell in line] for line in grid[:_HEAD])
    found, group = [], ""
    for above, column in zip(groups, columns, strict=True):
        # a merged group stands in its first cell alone
        group = above if above else group if column and _grouped(group, column) else ""
        found.append(f"{group}: {column}" if group else column)
    return found


def _grouped(group: str, column: str) -> bool:
    return f"{group}: {column}" in COLUMNS or column in ("notation key", "tCO2e")


def _summary(grid: Sequence[Sequence[object]]) -> pd.DataFrame:
    names = _names(grid)
    columns = {
        name: [
            np.nan if row[c] == "" else float(str(row[c])) if name.endswith("tCO2e") else str(row[c])
            for row in grid[_HEAD:]
        ]
        if name.endswith("tCO2e")
        else [str(row[c]) for row in grid[_HEAD:]]
        for c, name in enumerate(names)
    }
    return pd.DataFrame(
        {n: pd.Series(v, dtype="float64" if n.endswith("tCO2e") else object) for n, v in columns.items()}
    )


def _sources(grid: Sequence[Sequence[object]], problems: Problems) -> pd.DataFrame:
    names = _names(grid) if len(grid) >= _HEAD else []
    lacking = [name for name in COLUMNS if name not in names]
    if lacking:
        problems.add(
            f"{SHEETS[2]}!1:2",
            Text(f"缺少列{'、'.join(lacking[:3])}", f"no column {', '.join(lacking[:3])}"),
            "; ".join(COLUMNS[:4]) + " …",
        )
        return pd.DataFrame(columns=list(COLUMNS))
    known = {str(row["refno"] or row["subsector_no"]) for row in table("formats_gpc").to_dict("records")} | {
        "I.6.3"
    }
    lines = []
    for r in range(_HEAD, len(grid)):
        row = grid[r]
        if not any(str(cell).strip() for cell in row):
            continue
        cells = {
            name: _cell(
                name, row[names.index(name)], f"{SHEETS[2]}!{address(r, names.index(name))}", problems
            )
            for name in COLUMNS
        }
        _check(cells, partial(_place, names, r), known, problems)
        lines.append(cells)
    return pd.DataFrame(
        {
            name: pd.Series([line[name] for line in lines], dtype="float64" if name in NUMBERS else object)
            for name in COLUMNS
        }
    )


def _place(names: list[str], row: int, name: str) -> str:
    return f"{SHEETS[2]}!{address(row, names.index(name))}"


def _cell(name: str, value: object, where: str, problems: Problems) -> object:
    if name not in NUMBERS:
        return str(value)
    if value in ("", None):
        return np.nan
    try:
        return float(str(value))
    except ValueError:
        problems.add(where, str(value), Text("数字或空白", "a number or a blank cell"))
        return np.nan


def _check(
    cells: Mapping[str, Any], place: Callable[[str], str], known: set[str], problems: Problems
) -> None:
    """Check one source: its reference number, key, scope, qualities and total."""
    key = cells["Notation key"]
    if cells["GPC ref. no."] not in known:
        told = cells["GPC ref. no."] or Text("空白", "nothing")
        problems.add(place("GPC ref. no."), told, Text("GPC编号,如I.1.1", "a GPC reference number, as I.1.1"))
    if key and key not in _KEYS:
        problems.add(place("Notation key"), key, ", ".join(sorted(_KEYS)))
    if cells["Scope"] not in (1.0, 2.0, 3.0):
        problems.add(place("Scope"), str(cells["Scope"]), "1, 2, 3")
    for name in ("Activity data: data quality", "Emission factor: data quality"):
        if cells[name] not in _QUALITIES:
            problems.add(place(name), cells[name], "H, M, L")
    _check_total(cells, place, problems)


def _check_total(cells: Mapping[str, Any], place: Callable[[str], str], problems: Problems) -> None:
    total, key = cells["GHGs (t CO2e): total CO2e"], cells["Notation key"]
    known = np.isfinite(total)
    if key in _KEYS and known:
        told = Text(f"{key}与数值并存", f"{key} beside a number")
        problems.add(place("Notation key"), told, Text("二者之一", "one of the two"))
    if not key and not known:
        told = Text("既无数值也无符号", "neither a number nor a key")
        wanted = Text("数值或NO、NE、IE、C", "a number, or NO, NE, IE, C")
        problems.add(place("GHGs (t CO2e): total CO2e"), told, wanted)
    gases = float(np.nansum([cells[f"GHGs (t CO2e): {gas}"] for gas in ("CO2", "CH4", "N2O")]))
    if known and gases > total + _TOLERANCE * abs(total) + _TOLERANCE:
        wanted = Text(f"不小于三种气体之和{gases:,.2f}", f"at least the sum of its gases, {gases:,.2f}")
        problems.add(place("GHGs (t CO2e): total CO2e"), f"{total:,.2f}", wanted)
