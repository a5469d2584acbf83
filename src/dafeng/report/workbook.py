"""`results.xlsx`: one tidy table a sheet, with charts that Excel draws itself."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import xlsxwriter
from pydantic import BaseModel

from dafeng.evidence import Language
from dafeng.report.figures import COLOURS, SHOWN_BARS, WITH
from dafeng.report.summary import Summary, rounded
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
FORMATS = {"mt": "0.000", "share": "0.0%", "percent": "0%", "year": "0", "count": "0", "money": "#,##0"}


@cache
def _columns() -> dict[str, tuple[str, str]]:
    """Column id, or `sheet.column` where a sheet means something else by it → Chinese heading, kind of number."""
    lines = (files("dafeng.report") / "columns.csv").read_text(encoding="utf-8").splitlines()
    return {row["id"]: (row["zh"], row["format"]) for row in csv.DictReader(lines)}


def heading(sheet: str, column: str) -> tuple[str, str]:
    """The heading in Chinese with the id below it, and the number format ("" for none)."""
    zh, kind = _columns().get(f"{sheet}.{column}") or _columns().get(column) or ("", "")
    return (f"{zh}\n{column}" if zh else column), FORMATS.get(kind, "")


Cell = str | float | int | bool | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: `header` of column ids, rows of cells."""

    id: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]

    @property
    def name(self) -> str:
        return " ".join(text(f"sheet.{self.id}", language) for language in LANGUAGES)


def sheets(summary: Summary) -> list[Sheet]:
    """Every table of the workbook but the first page. Emissions are in Mt CO2."""
    attribution = summary.attribution
    tables = [
        _records("peak", [_flat(peak) for peak in summary.peaks]),
        _tracks(summary),
        *(
            _records(kind, [row.model_dump() for row in getattr(attribution, kind)])
            for kind in ("measures", "tasks", "departments", "counties")
            if attribution
        ),
        _records("targets", [row.model_dump() for row in summary.targets]),
        _records("inventory", [row.model_dump() for row in summary.branches]),
        _by_year(
            "sectors", ("scenario", "account", "sector"), summary.sectors,
            summary.tracks[0].years if summary.tracks else [],
        ),
        _by_year("wedges", ("task", "title"), summary.wedges, summary.wedge_years),
        _records("delivery", [_flat(level) for level in summary.delivery_levels]),
        _records("timing", [row.model_dump() for row in summary.timing_influences]),
        _records("influences", [row.model_dump() for row in summary.influences]),
        _records("causes", [row.model_dump() for row in summary.causes.items] if summary.causes else []),
        _records("tornado", [row.model_dump() for row in summary.tornado.swings] if summary.tornado else []),
        _records("costs", [row.model_dump() for row in summary.cost_curve.measures] if summary.cost_curve else []),
        _records("findings", [row.model_dump() for row in summary.findings]),
        _records("references", [row.model_dump() for row in summary.references]),
        _records("sources", [row.model_dump() for row in summary.sources]),
    ]  # fmt: skip
    return [table for table in tables if table.rows]


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


def _records(id: str, records: Sequence[dict[str, Any]]) -> Sheet:  # noqa: A002 - the column's name
    header = list(records[0]) if records else []
    return Sheet(id, header, [[_cell(record[key]) for key in header] for record in records])


def _tracks(summary: Summary) -> Sheet:
    quantities = ("low", "lower_quartile", "median", "upper_quartile", "high", "mean")
    found = [
        [track.scenario, track.account, year, *(_cell(getattr(track, quantity)[at]) for quantity in quantities)]
        for track in summary.tracks
        for at, year in enumerate(track.years)
    ]  # fmt: skip
    return Sheet("tracks", ["scenario", "account", "year", *quantities], found)


def _by_year(id: str, keys: Sequence[str], items: Sequence[BaseModel], years: Sequence[int]) -> Sheet:  # noqa: A002
    found = [
        [*(getattr(item, key) for key in keys), year, _cell(value)]
        for item in items
        for year, value in zip(years, item.values, strict=True)  # type: ignore[attr-defined]
    ]
    return Sheet(id, [*keys, "year", "value"], found)


def _flat(record: BaseModel) -> dict[str, Any]:
    """A record with its ranges and estimates as columns of their own."""
    flat: dict[str, Any] = {}
    for key in type(record).model_fields:
        value = getattr(record, key)
        if isinstance(value, BaseModel):
            flat |= {f"{key}_{part}": cell for part, cell in value.model_dump().items()}
        elif key == "distribution":
            flat[key] = "; ".join(f"{item.year}: {item.share:.4g}" for item in value)
        elif value is None and key in ("year", "level"):
            flat |= {f"{key}_{part}": None for part in ("low", "median", "high")}
        else:
            flat[key] = value
    return flat


def _cell(value: Any) -> Cell:
    if isinstance(value, list | tuple):
        return "; ".join(str(item) for item in value)
    cell: Cell = rounded(value)
    return cell


def _width(cell: Cell) -> int:
    return sum(2 if ord(character) > 0x2E80 else 1 for character in str("" if cell is None else cell))
