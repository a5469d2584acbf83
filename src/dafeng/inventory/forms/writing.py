"""Output of an inventory for people and machines: JSON, CSV, and a workbook with the official forms."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dafeng.case import Case
from dafeng.evidence import Language, NotationKey
from dafeng.inventory.accounts.model import Inventory
from dafeng.inventory.analysis.ipcc_codes import with_codes
from dafeng.inventory.forms.form_sheets import FormSheet, gpc_sheet, provincial_sheet
from dafeng.inventory.forms.gpc import gpc_table, gpc_totals, gpc_without
from dafeng.inventory.forms.source_sheets import source_sheets
from dafeng.inventory.forms.table_sheets import table_sheets
from dafeng.tables import Book, open_workbook, text_width


def as_json(inventory: Inventory, account: str, years: list[int]) -> dict[str, Any]:
    """Return totals, cells and findings of `account` for `years` as plain data.

    A missing number is null next to its key.

    Parameters
    ----------
    inventory
        The inventory.
    account
        The account.
    years
        The years.
    """
    totals: list[dict[str, Any]] = [
        {
            "account": t.account,
            "year": t.year,
            "value": _or_none(t.value_t),
            "low": _or_none(t.low_t),
            "high": _or_none(t.high_t),
            "key": "" if np.isfinite(t.value_t) else NotationKey.NE.value,
            "unit": t.unit,
            "grade": t.grade.value,
            "share_d_e": t.share_d_e,
            "factor_set": t.factor_set,
            "gwp_set": t.gwp_set,
            "electricity_rule": t.electricity_rule,
            "land": t.land,
            "process": t.process,
            "not_estimated": list(t.incomplete),
            "without": list(t.without),
            "mark": t.mark.zh,
        }
        for t in inventory.totals(account, years)
    ]
    if account == "C":
        for total in totals:
            lines = gpc_table(inventory, int(total["year"]))
            total |= {"gpc": {k: _or_none(v) for k, v in gpc_totals(lines).items()}, "table": records(lines)}
            total |= {"gpc_without": {name: list(sectors) for name, sectors in gpc_without(lines).items()}}
    cells = pd.concat([inventory.part(account, year) for year in years])
    return {
        "case": inventory.name,
        "region": inventory.region,
        "account": account,
        "totals": totals,
        "cells": records(with_codes(cells).drop(columns=["value", "low", "high", "group"])),
        "findings": [f.as_dict() for f in inventory.findings],
    }


def _or_none(value: float) -> float | None:
    return value if np.isfinite(value) else None


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as plain dicts, NaN as None."""
    plain = frame.astype(object).where(frame.notna(), None)
    return [{str(k): v for k, v in row.items()} for row in plain.to_dict("records")]


def inventory_as_csv(inventory: Inventory, account: str, years: list[int]) -> str:
    """Return the cells of `account` as CSV; an empty number is next to its notation key.

    Parameters
    ----------
    inventory
        The inventory.
    account
        The account.
    years
        The years.
    """
    cells = pd.concat([inventory.part(account, year) for year in years])
    text = io.StringIO()
    with_codes(cells).drop(columns=["group"]).to_csv(text, index=False, lineterminator="\n")
    return text.getvalue()


def write_workbook(
    inventory: Inventory, case: Case, years: list[int], path: Path, language: Language = Language.ZH
) -> None:
    """Write all sheets into one workbook: both official forms of each year, then the tables in one language.

    Missing numbers show their notation keys.

    Parameters
    ----------
    inventory
        The inventory.
    case
        The case.
    years
        The years.
    path
        The workbook to write.
    language
        Language of the tables; the provincial form is Chinese, GPC is there in both.

    Raises
    ------
    DafengError
        Where `path` cannot be written.
    """
    with open_workbook(path) as book:
        for year in reversed(years):
            place = case.city.name_zh
            _write_form(book, f"省级清单汇总 {year}", provincial_sheet(inventory, place, year))
            _write_form(book, f"GPC {year}", gpc_sheet(inventory, place, year))
            _write_form(book, f"GPC {year} en", gpc_sheet(inventory, case.city.name_en, year, english=True))
            if year == years[-1]:
                for name, form in source_sheets(inventory, place, year):
                    _write_form(book, f"{name} {year}", form)
        for table in table_sheets(inventory, case, years, language):
            book.table(table)


def _write_form(book: Book, name: str, form: FormSheet) -> None:
    """Write one official form as printed.

    Title over all columns, header in grey, totals bold, keys in the middle.
    """
    sheet = book.sheet(name)
    width = len(form.lines[form.header])
    widths = form.widths or (8, 44, *[15] * (width - 2))
    looks: dict[str, dict[str, object]] = {
        "title": {"bold": True, "font_size": 14, "align": "center"},
        "head": {"bold": True, "border": 1, "align": "center", "valign": "vcenter", "text_wrap": True, "bg_color": "#E7EDF3"},
        "text": {"border": 1, "text_wrap": True, "valign": "vcenter"},
        "number": {"border": 1, "num_format": "#,##0.00_ ", "valign": "vcenter"},
        "small": {"border": 1, "num_format": "0.00E+00_ ", "valign": "vcenter"},
        "key": {"border": 1, "align": "center", "valign": "vcenter", "font_color": "#7F7F7F"},
    }  # fmt: skip
    formats = {n: book.look(**look) for n, look in looks.items()}
    strong = {n: book.look(**{**look, "bold": True}) for n, look in looks.items()}
    sheet.merge_range(0, 0, 0, width - 1, form.title, formats["title"])
    for row, line in enumerate(form.lines[1:], start=1):
        if len(line) == 1:
            sheet.merge_range(row, 0, row, width - 1, line[0], book.look(text_wrap=True, valign="vcenter"))
            # a merged cell has no height of its own
            sheet.set_row(row, 15 * -(-text_width(str(line[0])) // sum(widths)))
            continue
        tall = (
            max(
                -(-text_width(str(cell)) // max(widths[c] - 1, 1))
                for c, cell in enumerate(line)
                if isinstance(cell, str)
            )
            if line
            else 1
        )
        sheet.set_row(row, 15 * tall + (3 if tall > 1 else 0))
        chosen = strong if row in form.bold else formats
        for column, cell in enumerate((*line, *([""] * (width - len(line))))):
            look = "head" if row == form.header else _look(cell)
            sheet.write(row, column, cell, chosen["key" if cell in KEYS else look])
    sheet.freeze_panes(form.header + 1, 2)
    for column, size in enumerate(widths):
        sheet.set_column(column, column, size)
    sheet.repeat_rows(0, form.header)
    sheet.set_footer("&L&A&R&P / &N")
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_landscape()
    sheet.set_paper(9)
    # a short form is one page
    sheet.fit_to_pages(1, 1 if len(form.lines) <= _ONE_PAGE else 0)


_ONE_PAGE = 50
_LEAST = 0.005
"""Numbers that two decimals would print as 0.00 are printed as powers of ten."""


def _look(cell: object) -> str:
    if not isinstance(cell, float):
        return "text"
    return "small" if 0 < abs(cell) < _LEAST else "number"


KEYS = frozenset({"NO", "NE", "IE", "C", "NE/IE", "IE/NE", "部分NE"})
