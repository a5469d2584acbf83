"""An inventory for people and machines: JSON, CSV, and a workbook with the official forms."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dafeng.case import Case
from dafeng.evidence import write_atomically
from dafeng.inventory.analysis import key_category_table
from dafeng.inventory.checks import reference_table
from dafeng.inventory.dual_control import dual_control
from dafeng.inventory.gpc import gpc_table, gpc_totals
from dafeng.inventory.model import Inventory
from dafeng.inventory.provincial_form import provincial_form


def as_json(inventory: Inventory, account: str, years: list[int]) -> dict[str, Any]:
    """Totals, cells and findings of `account` for `years` as plain data; a missing number is null beside its key."""
    totals: list[dict[str, Any]] = [
        {
            "account": t.account,
            "year": t.year,
            "value": t.value_t,
            "low": t.low_t,
            "high": t.high_t,
            "unit": t.unit,
            "grade": t.grade.value,
            "share_d_e": t.share_d_e,
            "factor_set": t.factor_set,
            "gwp_set": t.gwp_set,
            "electricity_rule": t.electricity_rule,
            "land": t.land,
            "process": t.process,
            "not_estimated": list(t.incomplete),
        }
        for t in inventory.totals(account, years)
    ]
    if account == "C":
        for total in totals:
            lines = gpc_table(inventory, int(total["year"]))
            total |= {"gpc": gpc_totals(lines), "table": records(lines)}
    cells = pd.concat([inventory.part(account, year) for year in years])
    return {
        "case": inventory.name,
        "region": inventory.region,
        "account": account,
        "totals": totals,
        "cells": records(cells.drop(columns=["value", "low", "high", "group"])),
        "findings": [f.as_dict() for f in inventory.findings],
    }


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain dicts, NaN as None."""
    plain = frame.astype(object).where(frame.notna(), None)
    return [{str(k): v for k, v in row.items()} for row in plain.to_dict("records")]


def as_csv(inventory: Inventory, account: str, years: list[int]) -> str:
    """The cells of `account` as CSV; an empty number stands beside its notation key."""
    cells = pd.concat([inventory.part(account, year) for year in years])
    text = io.StringIO()
    cells.drop(columns=["group"]).to_csv(text, index=False, lineterminator="\n")
    return text.getvalue()


def sheets(inventory: Inventory, case: Case, years: list[int]) -> dict[str, pd.DataFrame]:
    """The workbook's tables by sheet name: totals, cells, both forms, indicators, key categories, references."""
    last = years[-1]
    totals = pd.DataFrame([t for a in "ABC" for t in as_json(inventory, a, years)["totals"]])
    totals["not_estimated"] = totals["not_estimated"].map("; ".join)
    found = {
        "汇总 totals": totals.drop(columns=[c for c in ("gpc", "table") if c in totals]),
        "单元 cells": inventory.cells[inventory.cells["year"].isin(years)].drop(columns=["group"]),
    }
    for year in years[-1:]:
        found[f"省级清单汇总 {year}"] = provincial_form(inventory, year)
        found[f"GPC {year}"] = gpc_table(inventory, year)
    found["电力平衡 power"] = inventory.power.loc[years].reset_index()
    found["双控 dual control"] = dual_control(inventory, case).loc[years].reset_index()
    found["关键排放源 key"] = key_category_table(inventory, "B", last)
    found["对照 references"] = reference_table(inventory, case)
    found["提示 findings"] = pd.DataFrame([f.as_dict() for f in inventory.findings]).drop(columns=["sources"])
    return found


def write_workbook(inventory: Inventory, case: Case, years: list[int], path: Path) -> None:
    """All sheets into one workbook; keys stand in the place of missing numbers.

    Raises: DafengError where `path` cannot be written.
    """
    import xlsxwriter

    with write_atomically(path) as temporary, xlsxwriter.Workbook(str(temporary)) as book:
        head = book.add_format({"bold": True, "bottom": 1})
        for name, table in sheets(inventory, case, years).items():
            sheet = book.add_worksheet(name[:31])
            for column, title in enumerate(table.columns):
                sheet.write_string(0, column, str(title), head)
            keys = table["key"].tolist() if "key" in table else [""] * len(table)
            for column, title in enumerate(table.columns):
                for row, value in enumerate(table[title].tolist(), start=1):
                    _write(sheet, row, column, value, str(keys[row - 1]))
            sheet.freeze_panes(1, 0)
            sheet.autofit()


def _write(sheet: Any, row: int, column: int, value: object, key: str) -> None:
    if isinstance(value, float | int | np.number) and not isinstance(value, bool):
        if np.isfinite(value):
            sheet.write_number(row, column, value)
        elif key:
            sheet.write_string(row, column, key)
        return
    sheet.write_string(row, column, "" if value is None else str(value))
