"""Output of an inventory for people and machines: JSON, CSV, and a workbook with the official forms."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dafeng.case import Case
from dafeng.evidence import NotationKey
from dafeng.inventory.accounts.checks import reference_table
from dafeng.inventory.accounts.dual_control import dual_control
from dafeng.inventory.accounts.model import Inventory
from dafeng.inventory.analysis.ipcc_codes import with_codes
from dafeng.inventory.analysis.ipcc_key_categories import ipcc_key_categories
from dafeng.inventory.forms.form_sheets import FormSheet, gpc_sheet, provincial_sheet
from dafeng.inventory.forms.gpc import gpc_table, gpc_totals, gpc_without
from dafeng.inventory.forms.source_sheets import source_sheets
from dafeng.tables import Book, Heading, Sheet, open_workbook, text_width


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


def sheets(inventory: Inventory, case: Case, years: list[int]) -> dict[str, pd.DataFrame]:
    """Return the workbook's tables by sheet name.

    Totals, cells, power, indicators, key categories, references, findings.
    """
    last = years[-1]
    totals = pd.DataFrame([t for a in "ABC" for t in as_json(inventory, a, years)["totals"]])
    totals["not_estimated"] = totals["not_estimated"].map("; ".join)
    totals = totals.drop(columns="without")
    for name in ("BASIC", "BASIC+"):
        totals[f"GPC {name}"] = [g[name] or np.nan if isinstance(g, dict) else np.nan for g in totals["gpc"]]
    found = {
        "汇总 totals": totals.drop(columns=["gpc", "table", "gpc_without"]),
        "单元 cells": with_codes(inventory.cells[inventory.cells["year"].isin(years)]).drop(
            columns=["group"]
        ),
    }
    found["电力平衡 power"] = inventory.power.reindex(years).rename_axis("year").reset_index()
    found["双控 dual control"] = (
        dual_control(inventory, case).reindex(years).rename_axis("year").reset_index()
    )
    named = {"zh": "category_zh", "en": "category_en"}
    found["关键排放源 key"] = ipcc_key_categories(inventory, "B", last).rename(columns=named)
    found["对照 references"] = reference_table(inventory, case)
    found["提示 findings"] = pd.DataFrame([f.as_dict() for f in inventory.findings]).drop(columns=["sources"])
    return found


def write_workbook(inventory: Inventory, case: Case, years: list[int], path: Path) -> None:
    """Write all sheets into one workbook: both official forms of each year, then the tables.

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
        for name, table in sheets(inventory, case, years).items():
            headings = [_heading(table, str(title)) for title in table.columns]
            keys = table["key"].tolist() if "key" in table else [""] * len(table)
            rows = zip(table.itertuples(index=False, name=None), keys, strict=True)
            book.table(Sheet(name, headings, [[_shown(cell, str(key)) for cell in row] for row, key in rows]))


def _heading(table: pd.DataFrame, title: str) -> Heading:
    """Heading of a column: numbers with two decimals, long texts broken into lines."""
    column = table[title]
    name = HEADINGS.get(title, title)
    if pd.api.types.is_float_dtype(column):
        return Heading(name, number_format="#,##0.00" if column.min() < 0 else _TWO_DECIMALS)
    long = column.map(lambda cell: text_width(str(cell))).max() > _LONG if len(column) else False
    return Heading(name, width=_LONG if long else None, wrap=bool(long))


_LONG = 48
"""Width in characters above which a text is broken into lines."""
_TWO_DECIMALS = "[>=0.005]#,##0.00;[=0]0.00;0.00E+00"
"""Numbers that two decimals would print as 0.00 are printed as powers of ten."""

HEADINGS = {
    "account": "口径 account", "year": "年份 year", "value": "排放量 value", "low": "下限 low (95 %)",
    "high": "上限 high (95 %)", "unit": "单位 unit", "grade": "等级 grade", "share_d_e": "D、E级占比 share D+E",
    "factor_set": "因子集 factor set", "gwp_set": "GWP", "electricity_rule": "电力规则 electricity rule",
    "land": "含土地 land", "process": "含工业过程 process", "not_estimated": "未估算 not estimated (NE)",
    "category": "类别 category", "row": "行 row", "branch": "行业 branch", "sector": "部门 sector", "fuel": "品种 fuel",
    "activity": "活动水平 activity", "activity_unit": "活动单位 unit of activity", "energy_tj": "能量 energy [TJ]",
    "emission_factor": "排放因子 factor [t/unit]", "gas": "气体 gas", "value_t": "排放量 value [t]",
    "low_t": "下限 low [t]", "high_t": "上限 high [t]", "key": "符号 key", "source": "来源 source", "note": "备注 note",
    "level": "水平 level", "trend": "趋势 trend", "level_u": "水平×不确定度 level × uncertainty",
    "key_level": "关键(水平) key by level", "key_trend": "关键(趋势) key by trend",
    "key_level_u": "关键(方法二) key by level and uncertainty",
    "key_qualitative": "关键(定性) key, qualitative", "reason": "理由 reason", "ipcc2006": "IPCC 2006", "crt": "CRT",
    "fuel_class": "燃料类 class of fuel", "mark": "完整性 completeness", "process_spliced_t": "其中补齐的过程 spliced processes [t]", "reference": "对照 reference", "indicator": "指标 indicator",
    "theirs_t": "对照值 theirs [t]", "ours_t": "本清单 ours [t]", "gap_t": "差 gap [t]", "code": "代码 code",
    "use_mwh": "用电量 use [MWh]", "use_low_mwh": "用电下限 use, low [MWh]", "use_high_mwh": "用电上限 use, high [MWh]",
    "thermal_mwh": "火电 thermal [MWh]", "hydro_mwh": "水电 hydro [MWh]", "wind_mwh": "风电 wind [MWh]", "solar_mwh": "光伏 solar [MWh]",
    "generation_mwh": "发电量 generation [MWh]", "net_import_mwh": "净调入 net import [MWh]",
    "net_import_low_mwh": "净调入下限 net import, low [MWh]", "net_import_high_mwh": "净调入上限 net import, high [MWh]",
    "grid_factor": "电网因子 grid factor [tCO2/MWh]", "grid_factor_year": "因子年份 year of factor", "grid_factor_grade": "因子等级 grade of factor",
    "category_zh": "类别名称", "category_en": "name of category",
    "energy_calorific_tce": "能源消费(当量) energy, calorific [tce]", "energy_equivalent_tce": "能源消费(等价) energy, equivalent [tce]",
    "non_fossil_share_calorific": "非化石占比(当量) non-fossil, calorific", "non_fossil_share_equivalent": "非化石占比(等价) non-fossil, equivalent",
    "coal_share": "煤炭占比 coal", "electrification": "电气化率 electrification", "co2_account_a_t": "CO2 A口径 account A [t]",
    "gdp_constant_cny": "不变价GDP GDP, constant [CNY]", "energy_intensity_tce_per_cny": "能耗强度 energy intensity [tce/CNY]",
    "carbon_intensity_t_per_cny": "碳强度 CO2 intensity [t/CNY]", "energy_intensity_fall": "能耗强度降幅 fall",
    "energy_intensity_cumulative_fall": "能耗强度累计降幅 cumulative fall", "carbon_intensity_fall": "碳强度降幅 fall",
    "carbon_intensity_cumulative_fall": "碳强度累计降幅 cumulative fall", "energy_statistical_tce": "能源消费总量(统计) statistical [tce]",
    "deduction_feedstock_tce": "扣除:原料用能 feedstock [tce]", "deduction_non_fossil_tce": "扣除:非化石 non-fossil [tce]",
    "deduction_certificates_tce": "扣除:绿证 certificates [tce]", "energy_assessed_tce": "考核能耗 assessed [tce]",
    "assessed_without": "未作的扣除 deductions not made", "energy_assessed_intensity_tce_per_cny": "考核能耗强度 assessed intensity [tce/CNY]",
    "energy_assessed_intensity_fall": "考核能耗强度降幅 fall", "energy_assessed_intensity_cumulative_fall": "考核能耗强度累计降幅 cumulative fall",
    "co2_per_person_t": "人均CO2 per head [t]", "energy_per_person_tce": "人均能耗 per head [tce]",
    "severity": "级别 severity", "where": "位置 where", "zh": "提示", "en": "finding",
}  # fmt: skip
"""What people read above the columns of the tables."""


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


def _shown(value: object, key: str) -> object:
    """A cell of a table: the notation key where the number is missing."""
    if isinstance(value, float | np.floating) and not np.isfinite(value):
        return key
    return bool(value) if isinstance(value, np.bool_) else value
