"""Tables of `results.xlsx`, one sheet a section, in the units of Chinese statistics: 万吨 and 亿千瓦时."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel

from dafeng.evidence import Language, packaged_rows
from dafeng.pathway.results import ChanceParts
from dafeng.report.summary import Summary, rounded
from dafeng.report.texts import LANGUAGES, text

FORMATS = {
    "mt": "#,##0.0", "twh": "#,##0.0", "share": "0.0%", "percent": "0%", "year": "0", "count": "0", "money": "#,##0", "ratio": "0.00",
}  # fmt: skip
SCALE = {"mt": 100.0, "twh": 10.0}
"""Kind of number → how many of the unit of the workbook its unit in the summary is."""
BY_YEAR = {"sectors": "mt", "wedges": "mt", "electricity": "twh"}
"""Sheets with a column a year → kind of their numbers."""


@cache
def _columns() -> dict[str, tuple[str, str]]:
    """Return column id (`sheet.column` where its meaning differs) → Chinese heading, kind of number."""
    return {row["id"]: (row["zh"], row["format"]) for row in packaged_rows("dafeng.report", "columns.csv")}


def heading(sheet: str, column: str) -> tuple[str, str]:
    """Return the heading in Chinese with the id below it, and the number format ("" for none)."""
    zh, kind = _described(sheet, column)
    return (f"{zh}\n{column}" if zh else column), FORMATS.get(kind, "")


def _described(sheet: str, column: str) -> tuple[str, str]:
    if column.isdigit() and sheet in BY_YEAR:
        return text(f"workbook.{BY_YEAR[sheet]}", Language.ZH), BY_YEAR[sheet]
    return _columns().get(f"{sheet}.{column}") or _columns().get(column) or ("", "")


def in_units_of_the_workbook(table: "Sheet") -> "Sheet":
    """Return `table` with its emissions in 10⁴ t and its electricity in 10⁸ kWh."""
    factors = [SCALE.get(_described(table.id, column)[1], 1.0) for column in table.header]
    rows = [[_scaled(cell, factor) for cell, factor in zip(row, factors, strict=True)] for row in table.rows]
    return Sheet(table.id, table.header, rows)


def _scaled(cell: "Cell", factor: float) -> "Cell":
    number = isinstance(cell, float | int) and not isinstance(cell, bool)
    scaled: Cell = rounded(float(cell) * factor) if number and factor != 1.0 else cell  # type: ignore[arg-type]
    return scaled


Cell = str | float | int | bool | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """Table: `header` of column ids, rows of cells."""

    id: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]

    @property
    def name(self) -> str:
        return " ".join(text(f"sheet.{self.id}", language) for language in LANGUAGES)


def peaks(summary: Summary) -> list[Sheet]:
    return [records("peak", [flat(peak) for peak in summary.peaks])]


def policy(summary: Summary) -> list[Sheet]:
    return [records("policy", [flat(aim) for aim in summary.policy])]


def tracks(summary: Summary) -> list[Sheet]:
    quantities = ("low", "lower_quartile", "median", "upper_quartile", "high", "mean")
    rows = [
        [track.scenario, track.account, year, *(_cell(getattr(track, quantity)[at]) for quantity in quantities)]
        for track in summary.tracks
        for at, year in enumerate(track.years)
        if year <= summary.place.horizon
    ]  # fmt: skip
    return [Sheet("tracks", ["scenario", "account", "year", *quantities], rows)]


def observed(summary: Summary) -> list[Sheet]:
    rows = [
        [series.account, year, _cell(value)]
        for series in summary.observed for year, value in zip(series.years, series.values, strict=True)
    ]  # fmt: skip
    return [Sheet("observed", ["account", "year", "value"], rows)]


def attribution(summary: Summary) -> list[Sheet]:
    found = summary.attribution
    kinds = ("measures", "tasks", "counties")
    return [records(kind, _dumped(getattr(found, kind))) for kind in kinds] if found else []


def own_data(summary: Summary) -> list[Sheet]:
    found = summary.own_data
    return [records("own_data", _dumped(found.tables if found else []))]


def ratios(summary: Summary) -> list[Sheet]:
    return [records("ratios", [flat(row) for row in summary.ratios])]


def reconciliation(summary: Summary) -> list[Sheet]:
    rows = [
        [found.account, found.year, found.scenario, step.id, step.kind, _cell(step.value)]
        for found in summary.reconciliation for step in found.steps
    ]  # fmt: skip
    return [Sheet("reconciliation", ["account", "year", "scenario", "step", "kind", "value"], rows)]


def sectors(summary: Summary) -> list[Sheet]:
    years = summary.tracks[0].years if summary.tracks else []
    return [
        by_year("sectors", ("scenario", "account", "sector"), summary.sectors, years, summary.place.horizon)
    ]


def electricity(summary: Summary) -> list[Sheet]:
    years = summary.tracks[0].years if summary.tracks else []
    return [by_year("electricity", ("scenario", "kind"), summary.electricity, years, summary.place.horizon)]


def wedges(summary: Summary) -> list[Sheet]:
    return [by_year("wedges", ("task", "title"), summary.wedges, summary.wedge_years, summary.place.horizon)]


def delivery_levels(summary: Summary) -> list[Sheet]:
    return [records("delivery", [flat(level) for level in summary.delivery_levels])]


def causes(summary: Summary) -> list[Sheet]:
    return [records("causes", _dumped(summary.causes.items if summary.causes else []))]


def tornado(summary: Summary) -> list[Sheet]:
    return [records("tornado", _dumped(summary.tornado.swings if summary.tornado else []))]


def cost_curve(summary: Summary) -> list[Sheet]:
    return [records("costs", _dumped(summary.cost_curve.measures if summary.cost_curve else []))]


def rows_of(field: str, sheet: str) -> Callable[[Summary], list[Sheet]]:
    """Return the renderer of a section that is a list of records: one row a record."""
    return lambda summary: [records(sheet, _dumped(getattr(summary, field)))]


def _dumped(rows: Sequence[BaseModel]) -> list[dict[str, Any]]:
    return [row.model_dump() for row in rows]


def records(id: str, records: Sequence[dict[str, Any]]) -> Sheet:  # noqa: A002 - the column's name
    header = list(records[0]) if records else []
    return Sheet(id, header, [[_cell(record[key]) for key in header] for record in records])


def by_year(
    id: str,  # noqa: A002 - the column's name
    keys: Sequence[str],
    items: Sequence[BaseModel],
    years: Sequence[int],
    last: int,
) -> Sheet:
    """Return a sheet with a row an item and a column a year, up to `last`, the horizon of the page."""
    shown = [at for at, year in enumerate(years) if year <= last]
    rows = [
        [*(getattr(item, key) for key in keys), *(_cell(item.values[at]) for at in shown)]  # type: ignore[attr-defined]
        for item in items
    ]
    return Sheet(id, [*keys, *(str(years[at]) for at in shown)], rows)


def flat(record: BaseModel) -> dict[str, Any]:
    """Return a record with its ranges and estimates as columns of their own."""
    flat: dict[str, Any] = {}
    for key in type(record).model_fields:
        value = getattr(record, key)
        if isinstance(value, BaseModel):
            flat |= {f"{key}_{part}": cell for part, cell in value.model_dump().items()}
        elif key == "distribution":
            flat[key] = "; ".join(f"{item.year}: {item.share:.4g}" for item in value)
        elif value is None and key in ("year", "year_ahead", "level", "margin"):
            flat |= {f"{key}_{part}": None for part in ("low", "median", "high")}
        elif value is None and key == "parts":
            flat |= {f"parts_{part}": None for part in ChanceParts.model_fields}
        else:
            flat[key] = value
    return flat


def _cell(value: Any) -> Cell:
    if isinstance(value, list | tuple):
        return "; ".join(str(item) for item in value)
    cell: Cell = rounded(value)
    return cell
