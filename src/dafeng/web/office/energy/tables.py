"""Tables of a drill-down once, for page, CSV and workbook: headings, cells, and how to quote them."""

from collections.abc import Sequence
from dataclasses import dataclass

from dafeng.metering import media
from dafeng.tables import Heading, Sheet
from dafeng.web.office.energy.answers import Drill, Row
from dafeng.web.office.energy.asked import ELECTRICITY
from dafeng.web.office.shell.downloads import csv_bytes, workbook_bytes
from dafeng.web.office.words import say

PERCENT, AMOUNT, COUNT = "0.0%", "#,##0.###", "0"


@dataclass(frozen=True, slots=True)
class Table:
    """Table of a figure: title, headings with number formats, rows of plain cells, lines on how to quote it."""

    title: str
    headings: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[object]]
    quote: Sequence[str]


def parts_table(drill: Drill, found: Row, rows: list[Row]) -> Table:
    """Return the table of the parts, the total last."""
    part, unit = found["parts"], drill.unit_of_measure(found["total"])
    heads = [
        (say("code"), ""), (say(f"part.{part}"), ""), (f"{say(f'measure.{drill.asked.measure}')} {unit}", AMOUNT), ("tce", AMOUNT), ("tCO2", AMOUNT),
        (say("share"), PERCENT), (say("rank"), COUNT), *_change_heads(), (say("coverage"), PERCENT), (say("data_state"), ""), (say("origin_of_data"), ""),
        (say("readings"), COUNT), (say("expected_readings"), COUNT),
    ]  # fmt: skip
    total = found["total"] | {"group": "", "name": say("total"), "share": None, "rank": None}
    lines = [_part_cells(row, drill.asked.measure) for row in [*rows, total]]
    return Table(f"{drill.title()} · {say(f'part.{part}')}", heads, lines, quote_of(drill, found["total"], say("figure.parts")))  # fmt: skip


def _part_cells(row: Row, measure: str) -> list[object]:
    return [
        row["group"], row["name"], amount(row, measure), amount(row, "tce"), amount(row, "tco2"), row.get("share"), row.get("rank"), *_changes(row),
        row["coverage"], say(f"data_state.{row['state']}"), say(f"origin.{row['origin']}"), row["readings"], row["expected"],
    ]  # fmt: skip


def course_table(drill: Drill, found: Row) -> Table:
    """Return the table of the course."""
    whole = whole_course(found["rows"])
    unit = drill.unit_of_measure(whole)
    heads = [
        (say(f"period.{found['period']}"), ""), (f"{say(f'measure.{drill.asked.measure}')} {unit}", AMOUNT), ("tce", AMOUNT), ("tCO2", AMOUNT),
        *_change_heads(), (say("coverage"), PERCENT), (say("data_state"), ""), (say("origin_of_data"), ""), (say("readings"), COUNT), (say("expected_readings"), COUNT),
    ]  # fmt: skip
    rows = [
        [
            row["bucket"], amount(row, drill.asked.measure), amount(row, "tce"), amount(row, "tco2"), *_changes(row), row["coverage"],
            say(f"data_state.{row['state']}"), say(f"origin.{row['origin']}"), row["readings"], row["expected"],
        ]
        for row in found["rows"]
    ]  # fmt: skip
    if found["beside"] is not None:
        one = found["beside"]
        rows.append([
            say("monthly_statements"), amount(one, drill.asked.measure), amount(one, "tce"), amount(one, "tco2"), None, "", None, "", one["coverage"],
            say(f"data_state.{one['state']}"), say(f"origin.{one['origin']}"), one["readings"], one["expected"],
        ])  # fmt: skip
    return Table(drill.title(), heads, rows, quote_of(drill, whole, say("figure.course")))


def hours_table(drill: Drill, found: Row) -> Table:
    """Return the table of hours, a day a row."""
    heads = [(say("period.day"), ""), *((f"{hour:02}:00", AMOUNT) for hour in range(24))]
    rows = [[one["day"], *one["hours"]] for one in found["days"]]
    return Table(f"{drill.title()} · {hour_unit(drill, found)}", heads, rows, quote_of(drill, found, say("figure.hours"), hour_unit(drill, found)))  # fmt: skip


def flows_table(drill: Drill, found: Row) -> Table:
    """Return the table of flows, a band a row; ends that no band can show below, with their value."""
    layers = found["layers"]
    heads = [(say("flow_from"), ""), (say("flow_to"), ""), (f"{say(f'measure.{drill.asked.measure}')} {drill.unit_of_measure(found)}", AMOUNT)]  # fmt: skip
    rows: list[list[object]] = [
        [drill.name(layers[link["layer"]], link["source"]), end_name(drill, found, link), link["value"]] for link in found["links"]
    ]  # fmt: skip
    rows += [[say("not_drawn"), drill.name(layers[-1], one["group"]), amount(one, "value")] for one in found["left_out"]]  # fmt: skip
    return Table(drill.title(), heads, rows, quote_of(drill, found, say("figure.flows")))


def end_name(drill: Drill, found: Row, link: Row) -> str:
    """Return the name of the end of a band."""
    if link["target"] == "others":
        return say("other_ends", count=found["others"])
    return drill.name(found["layers"][link["layer"] + 1], link["target"])


def hour_unit(drill: Drill, found: Row) -> str:
    """Return the unit of the hours: of electricity kWh in an hour, which is the mean power in kW."""
    medium = found["medium"] or drill.asked.medium or ELECTRICITY
    return "kW" if medium == ELECTRICITY else f"{media()[medium]['unit']}/h"


def amount(row: Row, measure: str) -> object:
    """Return an amount; NE where readings have no factor, nothing where there are none."""
    value = row[measure]
    return "NE" if value is None and row.get("readings", 1) else value


def _change_heads() -> list[tuple[str, str]]:
    return [(say("change.year_before"), PERCENT), (say("why_no_change"), ""), (say("change.before"), PERCENT), (say("why_no_change"), "")]  # fmt: skip


def _changes(row: Row) -> list[object]:
    cells: list[object] = []
    for name in ("year_before", "before"):
        one = row[name]
        cells += [one["change"], reason(one)]
    return cells


def reason(one: Row) -> str:
    """Return why there is no change, or that only a part of the buckets is compared."""
    if one["why"] is not None:
        return say(f"why.{one['why']}")
    return "" if one["compared"] == one["of"] else say("compared_part", compared=one["compared"], of=one["of"])  # fmt: skip


def whole_course(rows: Sequence[Row]) -> Row:
    """Return moment of the ledger, medium and origin of a course, which is mixed where any of its parts differs."""
    read = [row for row in rows if row["readings"]]
    origins = {row["origin"] for row in read}
    origin = origins.pop() if len(origins) == 1 else "mixed" if origins else "none"
    return {
        "as_of_batch": max((row["as_of_batch"] for row in read), default=None), "origin": origin, "coverage": None,
        "medium": read[0]["medium"] if read else None,
    }  # fmt: skip


def quote_of(drill: Drill, row: Row, figure: str, unit: str = "") -> list[str]:
    """Return the lines on how to quote a figure: title, span, unit, source and moment of the ledger, link."""
    asked = drill.asked
    coverage = "" if row["coverage"] is None else say("quote_coverage", coverage=f"{row['coverage']:.1%}")
    lines = [
        say(
            "quote_energy", title=drill.title(), figure=figure, first=asked.first, last=asked.last, unit=unit or drill.unit_of_measure(row) or "–",
            place=drill.place(), batch="–" if row["as_of_batch"] is None else row["as_of_batch"], origin=say(f"origin.{row['origin']}"), coverage=coverage,
        ),
        f"{drill.address}?{asked.query()}",
    ]  # fmt: skip
    if row["origin"] in {"synthetic", "mixed"}:
        lines.insert(0, say("synthetic_energy"))
    return lines


def as_csv(table: Table) -> bytes:
    """Return a table as CSV with byte order mark: title and quotation in the first row, then headings and rows."""
    heads = [text for text, _ in table.headings]
    return csv_bytes([[table.title, *table.quote], heads, *table.rows], "\n")


def as_workbook(table: Table) -> bytes:
    """Return a table as a workbook with numbers as numbers, the quotation below."""
    headings = [Heading(text, number_format) for text, number_format in table.headings]
    sheet = Sheet(say("menu.energy"), headings, table.rows, above=[table.title], below=table.quote, frozen=1)
    return workbook_bytes([sheet], {"title": table.title})
