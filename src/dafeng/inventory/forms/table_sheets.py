"""Tables behind the forms, in one language: totals, cells, electricity, dual control, key categories, references, findings."""

from functools import cache

import numpy as np
import pandas as pd

from dafeng.case import Case
from dafeng.evidence import Language, packaged_rows
from dafeng.inventory.accounts.checks import reference_table
from dafeng.inventory.accounts.dual_control import dual_control
from dafeng.inventory.accounts.model import ACCOUNTS, Inventory
from dafeng.inventory.analysis.ipcc_codes import with_codes
from dafeng.inventory.analysis.ipcc_key_categories import ipcc_key_categories
from dafeng.inventory.forms.figures import label
from dafeng.inventory.forms.gpc import gpc_table, gpc_totals
from dafeng.inventory.forms.source_sheets import source_title
from dafeng.tables import Heading, Sheet, text_width

LONG = 48
"""Width in characters above which a text is broken into lines."""
TWO_DECIMALS = "[>=0.005]#,##0.00;[=0]0.00;0.00E+00"
"""Numbers that two decimals would print as 0.00 are printed as powers of ten."""
NAMED = ("category", "branch", "sector", "fuel", "fuel_class", "severity", "electricity_rule")
"""Columns of ids that have a name in both languages."""
SENTENCES = ("note", "reason")
FIRST = ("year", "row", "fuel", "gas")
"""Columns of a cell that say which it is: they stand first and are on each page."""
FROZEN = {"totals": 2, "cells": len(FIRST), "power": 1, "dual_control": 1}


@cache
def _words() -> dict[str, tuple[str, str]]:
    return {
        row["id"]: (row["zh"], row["en"]) for row in packaged_rows("dafeng.inventory", "data/table_words.csv")
    }


def word(key: str, language: Language) -> str:
    """Return a heading, name of a sheet or word of a table; the name of the id where the tables' own words have none.

    >>> word("head.fuel", Language.ZH), word("sheet.totals", Language.EN), word("steel", Language.ZH)
    ('品种', 'Totals', '钢铁')
    """
    if key in _words():
        return _words()[key][language is Language.EN]
    return label(key, language) if key else ""


def table_sheets(inventory: Inventory, case: Case, years: list[int], language: Language) -> list[Sheet]:
    """Return the tables of a workbook in one language, with the numbers of `years`.

    Parameters
    ----------
    inventory
        The inventory.
    case
        Its case.
    years
        Years of the inventory, the last of which has its key categories.
    language
        Language of sheets, headings and names; codes, sources and units are as they are.
    """
    cells = with_codes(inventory.cells[inventory.cells["year"].isin(years)])
    dropped = {Language.ZH: "en", Language.EN: "zh"}[language]
    keys = ipcc_key_categories(inventory, "B", years[-1]).rename(
        columns={"zh": "category_zh", "en": "category_en", "key": "is_key"}
    )
    findings = pd.DataFrame([f.as_dict() for f in inventory.findings]).drop(columns=["sources"])
    tables = {
        "totals": _totals(inventory, years, language),
        "cells": cells[[*FIRST, *(name for name in cells.columns if name not in (*FIRST, "group"))]],
        "power": inventory.power.reindex(years).rename_axis("year").reset_index(),
        "dual_control": dual_control(inventory, case).reindex(years).rename_axis("year").reset_index(),
        "key": keys.drop(columns=f"category_{dropped}"),
        "references": reference_table(inventory, case),
        "findings": findings.drop(columns=dropped),
    }
    return [_sheet(name, table, language) for name, table in tables.items()]


def _totals(inventory: Inventory, years: list[int], language: Language) -> pd.DataFrame:
    rows = []
    for account in ACCOUNTS:
        for total in inventory.totals(account, years):
            gpc = gpc_totals(gpc_table(inventory, total.year)) if account == "C" else {}
            rows.append(
                {
                    "account": account, "year": total.year, "value": total.value_t, "low": total.low_t, "high": total.high_t,
                    "unit": total.unit, "grade": total.grade.value, "share_d_e": total.share_d_e, "factor_set": total.factor_set,
                    "gwp_set": total.gwp_set, "land": total.land, "process": total.process,
                    "electricity_rule": total.electricity_rule, "mark": total.mark.zh if language is Language.ZH else total.mark.en,
                    "not_estimated": "; ".join(_named(name, language) for name in total.incomplete),
                    **{f"GPC {name}": gpc.get(name) or np.nan for name in ("BASIC", "BASIC+")},
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def _sheet(name: str, table: pd.DataFrame, language: Language) -> Sheet:
    keys = table["key"].astype(str).tolist() if "key" in table else [""] * len(table)
    missing = "NE" if name == "key" else ""
    shown = {
        str(title): [
            _cell(str(title), cell, key or missing, language)
            for cell, key in zip(table[title], keys, strict=True)
        ]
        for title in table.columns
    }
    headings = [
        _heading(table[title], shown[str(title)], word(f"head.{title}", language)) for title in table.columns
    ]
    rows = list(zip(*shown.values(), strict=True))
    return Sheet(word(f"sheet.{name}", language), headings, rows, frozen=FROZEN.get(name, 0))


def _cell(title: str, value: object, key: str, language: Language) -> object:
    """Cell as shown: the notation key where the number is missing, ids and sentences in the language."""
    if isinstance(value, float | np.floating) and not np.isfinite(value):
        return key
    if isinstance(value, bool | np.bool_):
        return word("yes" if value else "no", language)
    text = str(value)
    if title == "row":
        return _named(text, language)
    if title in NAMED:
        return word(text, language)
    if title in SENTENCES and language is Language.ZH:
        head, colon, rest = text.partition(": ")
        told = rest.replace(" 10^4 t in ", "万吨,").replace(", or ", ",或") if head in _words() else rest
        return word(head, language) + colon.strip() + told if head in _words() else value
    if title == "assessed_without":
        return ("、" if language is Language.ZH else ", ").join(
            word(one, language) for one in text.split(",") if one
        )
    return value


def _named(row: str, language: Language) -> str:
    """Name of a balance row, category or fuel."""
    title = row if language is Language.EN else source_title(row)
    return title if title != row else word(row, language)


def _heading(column: "pd.Series[float]", shown: list[object], name: str) -> Heading:
    """Heading of a column: numbers with two decimals, long texts broken into lines."""
    if pd.api.types.is_float_dtype(column):
        return Heading(name, number_format="#,##0.00" if column.min() < 0 else TWO_DECIMALS)
    long = max((text_width(str(cell)) for cell in shown), default=0) > LONG
    return Heading(name, width=LONG if long else None, wrap=long)
