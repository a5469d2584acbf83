"""`results.xlsx`: one tidy table a sheet, with charts that Excel draws itself."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from dafeng.evidence import Language
from dafeng.report.figures import COLOURS, SHOWN_BARS, WITH
from dafeng.report.sections import sheets
from dafeng.report.sheets import FORMATS, Cell, Sheet, heading
from dafeng.report.summary import Summary
from dafeng.report.wording import (
    LANGUAGES,
    NO_PLAN,
    PLAN,
    delivery_sentence,
    headline,
    second_sentence,
    text,
    title,
)

WIDTH_LIMIT = 60
CREATED = datetime(2000, 1, 1)  # noqa: DTZ001 - a fixed date: the same run gives the same bytes; run.json tells what it rests on


def write_workbook(summary: Summary, path: Path) -> None:
    """The whole workbook. Texts are written as texts, never as formulas."""
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties(
            {
                "title": title(summary, Language.ZH),
                "comments": f"dafeng {summary.place.version}",
                "created": CREATED,
            }
        )
        head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        formats = {form: book.add_format({"num_format": form}) for form in set(FORMATS.values())}
        front = book.add_worksheet(" ".join(text("sheet.summary", language) for language in LANGUAGES))
        tables = {table.id: table for table in sheets(summary)}
        for table in tables.values():
            _write(book.add_worksheet(table.name), table, head, formats)
        _front(book, front, summary, tables)


def _write(sheet: Any, table: Sheet, head: Any, formats: Mapping[str, Any]) -> None:
    shown = []
    for column, id_ in enumerate(table.header):
        label, form = heading(table.id, id_)
        shown.append(formats.get(form))
        sheet.write_string(0, column, label, head)
        texts = [
            f"{row[column]:.3f}" if form and isinstance(row[column], float) else row[column]
            for row in table.rows
        ]
        width = max([*map(_width, label.split("\n")), *map(_width, texts[:200])])
        sheet.set_column(column, column, min(width + 2, WIDTH_LIMIT))
    sheet.set_row(0, 32)
    for number, row in enumerate(table.rows, start=1):
        for column, cell in enumerate(row):
            if cell is not None:
                sheet.write(number, column, cell, shown[column])
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, len(table.rows), len(table.header) - 1)


def _front(book: Any, sheet: Any, summary: Summary, tables: dict[str, Sheet]) -> None:
    big, wrapped = (
        book.add_format({"bold": True, "font_size": 14, "text_wrap": True, "valign": "top"}),
        book.add_format({"text_wrap": True, "valign": "top"}),
    )
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 120)
    line = 0
    for language in LANGUAGES:
        sheet.write_string(line, 0, headline(summary, language), big)
        sheet.write_string(line + 1, 0, delivery_sentence(summary, language), wrapped)
        sheet.write_string(line + 2, 0, second_sentence(summary, language), wrapped)
        line += 4
    place = summary.place
    sheet.write_string(
        line, 0, f"dafeng {place.version} · {place.name} · {place.release} · seed {place.seed} · n = {place.samples}", wrapped
    )  # fmt: skip
    line += 2
    for account in summary.accounts:
        sheet.insert_chart(line, 0, _lines(book, summary, tables["tracks"], account))
        line += 19
    if "measures" in tables:
        for kind in ("measures", "departments"):
            if kind in tables:
                sheet.insert_chart(line, 0, _bars(book, tables[kind]))
                line += 22


def _lines(book: Any, summary: Summary, table: Sheet, account: str) -> Any:
    """Medians with and without the plan, drawn from the rows of the sheet of trajectories."""
    chart = book.add_chart({"type": "scatter", "subtype": "straight"})
    column = {label: number for number, label in enumerate(table.header)}
    for scenario in (NO_PLAN, PLAN):
        at = [
            number for number, row in enumerate(table.rows, start=1)
            if (row[column["scenario"]], row[column["account"]]) == (scenario, account)
        ]  # fmt: skip
        chart.add_series({
            "name": " ".join(text(f"scenario.{scenario}", language) for language in LANGUAGES),
            "categories": [table.name, at[0], column["year"], at[-1], column["year"]],
            "values": [table.name, at[0], column["median"], at[-1], column["median"]],
            "line": {"color": COLOURS[scenario], "width": 2.25},
        })  # fmt: skip
    years = summary.track(PLAN, account).years
    chart.set_title({"name": text(f"account.{account}", Language.ZH), "name_font": {"size": 12}})
    chart.set_x_axis({"min": min(years), "max": max(years), "major_gridlines": {"visible": False}})
    chart.set_y_axis({"name": "Mt CO₂", "major_gridlines": {"visible": True, "line": {"color": "#E4E6E8"}}})
    chart.set_legend({"position": "top"})
    chart.set_size({"width": 820, "height": 360})
    return chart


def _bars(book: Any, table: Sheet) -> Any:
    last = min(SHOWN_BARS, len(table.rows))
    column = {label: number for number, label in enumerate(table.header)}
    chart = book.add_chart({"type": "bar"})
    chart.add_series({
        "categories": [table.name, 1, column["name_zh"], last, column["name_zh"]],
        "values": [table.name, 1, column["reduction"], last, column["reduction"]],
        "fill": {"color": WITH}, "gap": 60,
    })  # fmt: skip
    chart.set_title({"name": table.name, "name_font": {"size": 12}})
    chart.set_x_axis({"name": "Mt CO₂", "major_gridlines": {"visible": True, "line": {"color": "#E4E6E8"}}})
    chart.set_y_axis({"reverse": True})
    chart.set_legend({"none": True})
    chart.set_size({"width": 820, "height": 420})
    return chart


def _width(cell: Cell) -> int:
    return sum(2 if ord(character) > 0x2E80 else 1 for character in str("" if cell is None else cell))
