"""`results.xlsx`: one tidy table a sheet, with charts that Excel draws itself."""

from pathlib import Path
from typing import Any

from dafeng import tables
from dafeng.evidence import Language
from dafeng.report.figures import COLOURS, SHOWN_BARS, WITH
from dafeng.report.sections import sheets
from dafeng.report.sheets import Sheet, heading
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
from dafeng.tables import Heading, open_workbook


def write_workbook(summary: Summary, path: Path) -> None:
    """The whole workbook. Texts are written as texts, never as formulas."""
    properties = {"title": title(summary, Language.ZH), "comments": f"dafeng {summary.place.version}"}
    with open_workbook(path, properties) as book:
        front = book.sheet(" ".join(text("sheet.summary", language) for language in LANGUAGES))
        shown = {table.id: table for table in sheets(summary)}
        for table in shown.values():
            headings = [Heading(*heading(table.id, column)) for column in table.header]
            book.table(tables.Sheet(table.name, headings, table.rows))
        _front(book.raw, front, summary, shown)


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
