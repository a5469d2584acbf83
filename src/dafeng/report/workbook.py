"""`results.xlsx`: one tidy table per sheet, with native Excel charts."""

from pathlib import Path
from typing import Any

from dafeng import tables
from dafeng.evidence import Language
from dafeng.pathway.results import NO_PLAN, PLAN
from dafeng.report.figures import COLOURS, GREY, OBSERVED, SHOWN_BARS, WITH
from dafeng.report.sections import sheets
from dafeng.report.sheets import SCALE, Sheet, heading
from dafeng.report.summary import Summary
from dafeng.report.texts import LANGUAGES, text
from dafeng.report.wording import delivery_sentence, headline, second_sentence, title
from dafeng.tables import Heading, open_workbook

A4 = 9
"""Number of the paper in xlsxwriter."""
PRINTED_ROWS = 60
UNIT = f"{text('unit.emissions', Language.ZH)} CO₂"
MARK = 25
"""Hidden column of the first sheet with the ends of the line at 2030."""
BARS = {"measures": ("name_zh", "reduction"), "departments": ("department", "lead")}
"""Sheets drawn as bars → columns of their names and values."""
BAND = {"low": "5%", "high": "95%"}


def write_workbook(summary: Summary, path: Path) -> None:
    """Write the whole workbook. Texts are written as texts, never as formulas."""
    properties = {"title": title(summary, Language.ZH), "comments": f"dafeng {summary.place.version}"}
    with open_workbook(path, properties) as book:
        front = book.sheet(" ".join(text("sheet.summary", language) for language in LANGUAGES))
        shown = {table.id: table for table in sheets(summary)}
        for table in shown.values():
            headings = [Heading(*heading(table.id, column)) for column in table.header]
            _print_setup(book.table(tables.Sheet(table.name, headings, table.rows)), table)
        _front(book.raw, front, summary, shown)


def _print_setup(sheet: Any, table: Sheet) -> None:
    """Set a sheet up for A4: landscape, one page wide, headings on every page, the leading rows of long lists."""
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.repeat_rows(0)
    sheet.fit_to_pages(1, 0)
    sheet.print_area(0, 0, min(len(table.rows), PRINTED_ROWS), len(table.header) - 1)
    sheet.set_footer(f"&L{table.name}&C&P / &N&R{text('page.short', Language.ZH)}")


def _front(book: Any, sheet: Any, summary: Summary, tables: dict[str, Sheet]) -> None:
    big, wrapped = (
        book.add_format({"bold": True, "font_size": 14, "text_wrap": True, "valign": "top"}),
        book.add_format({"text_wrap": True, "valign": "top"}),
    )
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 120)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.print_area(0, 0, 4 * len(LANGUAGES) + 2 + 19 * len(summary.accounts) + 44, 0)
    # the vertical line at 2030 of the charts, from nothing to the highest value of the sheet of trajectories
    top = max((value for track in summary.tracks for value in track.high), default=0.0) * SCALE["mt"]
    for row, value in enumerate((0.0, top)):
        sheet.write_number(row, MARK, 2030)
        sheet.write_number(row, MARK + 1, value)
    sheet.set_column(MARK, MARK + 1, None, None, {"hidden": True})
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
        sheet.insert_chart(
            line, 0, _lines(book, summary, tables["tracks"], tables.get("observed"), sheet.name, account)
        )
        line += 19
    if "measures" in tables:
        for kind, (names, values) in BARS.items():
            if kind in tables:
                sheet.insert_chart(line, 0, _bars(book, tables[kind], names, values))
                line += 22


def _lines(book: Any, summary: Summary, table: Sheet, history: Sheet | None, front: str, account: str) -> Any:
    """Draw medians and 5–95 % with and without the plan, past years, and 2030, from the rows of the sheets."""
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
        for end, label in BAND.items():
            chart.add_series({
                "name": f"{text(f'scenario.{scenario}', Language.ZH)} {label}",
                "categories": [table.name, at[0], column["year"], at[-1], column["year"]],
                "values": [table.name, at[0], column[end], at[-1], column[end]],
                "line": {"color": COLOURS[scenario], "width": 0.75, "dash_type": "dash"},
            })  # fmt: skip
    past = (
        [number for number, row in enumerate(history.rows, start=1) if row[0] == account] if history else []
    )
    if history and past:
        chart.add_series({
            "name": text("observed", Language.ZH), "categories": [history.name, past[0], 1, past[-1], 1],
            "values": [history.name, past[0], 2, past[-1], 2], "line": {"none": True},
            "marker": {"type": "circle", "size": 5, "fill": {"color": OBSERVED}, "border": {"color": OBSERVED}},
        })  # fmt: skip
    chart.add_series({
        "name": "2030", "categories": [front, 0, MARK, 1, MARK], "values": [front, 0, MARK + 1, 1, MARK + 1],
        "line": {"color": GREY, "width": 1, "dash_type": "round_dot"},
    })  # fmt: skip
    chart.show_hidden_data()
    years = [year for year in summary.track(PLAN, account).years if year <= summary.place.horizon]
    years += [year for series in summary.observed if series.account == account for year in series.years]
    chart.set_title({"name": text(f"account.{account}", Language.ZH), "name_font": {"size": 12}})
    chart.set_x_axis({"min": min(years), "max": max(years), "major_gridlines": {"visible": False}})
    chart.set_y_axis({"name": UNIT, "major_gridlines": {"visible": True, "line": {"color": "#E4E6E8"}}})
    chart.set_legend({"position": "top"})
    chart.set_size({"width": 820, "height": 360})
    return chart


def _bars(book: Any, table: Sheet, names: str, values: str) -> Any:
    last = min(SHOWN_BARS, len(table.rows))
    column = {label: number for number, label in enumerate(table.header)}
    chart = book.add_chart({"type": "bar"})
    chart.add_series({
        "categories": [table.name, 1, column[names], last, column[names]],
        "values": [table.name, 1, column[values], last, column[values]],
        "fill": {"color": WITH}, "gap": 60,
    })  # fmt: skip
    chart.set_title({"name": table.name, "name_font": {"size": 12}})
    chart.set_x_axis({"name": UNIT, "major_gridlines": {"visible": True, "line": {"color": "#E4E6E8"}}})
    chart.set_y_axis({"reverse": True})
    chart.set_legend({"none": True})
    chart.set_size({"width": 820, "height": 420})
    return chart
