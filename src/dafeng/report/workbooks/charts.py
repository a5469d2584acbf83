"""Native charts of `results.xlsx`: trajectories with band, past years and the mark of 2030, and bars."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dafeng.evidence import Language
from dafeng.pathway.results import CARRIED_ON, PLAN
from dafeng.report.figures import COLOURS, GREY, OBSERVED, SHOWN_BARS, WITH
from dafeng.report.summary import Summary
from dafeng.report.texts import LANGUAGES, text
from dafeng.report.workbooks.sheets import SCALE

if TYPE_CHECKING:
    from dafeng.report.workbooks.workbook import Placed

UNIT = f"{text('unit.emissions', Language.ZH)} CO₂"
COLUMNS, COLUMN = 10, 14
"""Columns of the first sheet and the width of each, in characters."""
WIDTH, HEIGHT, ROWS = 490, 260, 14
"""Size of a chart in points, and the rows that it covers."""
TALL, TALL_ROWS = 400, 21
MARK = 25
"""Hidden column of the first sheet with the ends of the line at 2030."""
BARS = {"measures": ("name_zh", "reduction"), "departments": ("department", "lead")}
"""Tables drawn as bars → columns of their names and values."""
BAND = {"low": "5%", "high": "95%"}


def insert(book: Any, sheet: Any, summary: Summary, placed: Mapping[str, "Placed"], line: int) -> int:
    """Insert the charts two by two from row `line`; return the last row that they cover."""
    _mark(sheet, summary)
    for number, account in enumerate(summary.accounts):
        chart = _lines(book, summary, placed["tracks"], placed.get("observed"), sheet.get_name(), account)
        sheet.insert_chart(line + ROWS * (number // 2), 0, chart, {"x_offset": WIDTH * (number % 2)})
    line += ROWS * ((len(summary.accounts) + 1) // 2)
    bars = [kind for kind in BARS if kind in placed]
    for number, kind in enumerate(bars):
        sheet.insert_chart(line + 1, 0, _bars(book, placed[kind], *BARS[kind]), {"x_offset": WIDTH * number})
    return line + (TALL_ROWS if bars else 0)


def _mark(sheet: Any, summary: Summary) -> None:
    """Write the vertical line at 2030: from nothing to the highest value of the trajectories, in hidden columns."""
    top = max((value for track in summary.tracks for value in track.high), default=0.0) * SCALE["mt"]
    for row, value in enumerate((0.0, top)):
        sheet.write_number(row, MARK, 2030)
        sheet.write_number(row, MARK + 1, value)
    sheet.set_column(MARK, MARK + 1, None, None, {"hidden": True})


def _cells(placed: "Placed", rows: Sequence[int], column: str) -> list[Any]:
    at = placed.table.header.index(column)
    return [placed.sheet, placed.first + rows[0], at, placed.first + rows[-1], at]


def _lines(
    book: Any, summary: Summary, tracks: "Placed", history: "Placed | None", front: str, account: str
) -> Any:
    """Draw medians and 5–95 % with and without the plan, past years, and 2030, from the rows of the sheets."""
    chart = book.add_chart({"type": "scatter", "subtype": "straight"})
    head = tracks.table.header
    for scenario in (CARRIED_ON, PLAN):
        rows = [
            number for number, row in enumerate(tracks.table.rows)
            if (row[head.index("scenario")], row[head.index("account")]) == (scenario, account)
        ]  # fmt: skip
        years = _cells(tracks, rows, "year")
        chart.add_series({
            "name": " ".join(text(f"scenario.{scenario}", language) for language in LANGUAGES), "categories": years,
            "values": _cells(tracks, rows, "median"), "line": {"color": COLOURS[scenario], "width": 2.25},
        })  # fmt: skip
        for end, label in BAND.items():
            chart.add_series({
                "name": f"{text(f'scenario.{scenario}', Language.ZH)} {label}", "categories": years,
                "values": _cells(tracks, rows, end),
                "line": {"color": COLOURS[scenario], "width": 0.75, "dash_type": "dash"},
            })  # fmt: skip
    past = [number for number, row in enumerate(history.table.rows) if row[0] == account] if history else []
    if history and past:
        chart.add_series({
            "name": text("observed", Language.ZH), "categories": _cells(history, past, "year"),
            "values": _cells(history, past, "value"), "line": {"none": True},
            "marker": {"type": "circle", "size": 5, "fill": {"color": OBSERVED}, "border": {"color": OBSERVED}},
        })  # fmt: skip
    chart.add_series({
        "name": "2030", "categories": [front, 0, MARK, 1, MARK], "values": [front, 0, MARK + 1, 1, MARK + 1],
        "line": {"color": GREY, "width": 1, "dash_type": "round_dot"},
    })  # fmt: skip
    chart.show_hidden_data()
    shown = [year for year in summary.track(PLAN, account).years if year <= summary.place.horizon]
    shown += [year for series in summary.observed if series.account == account for year in series.years]
    chart.set_title({"name": text(f"account.{account}", Language.ZH), "name_font": {"size": 11}})
    chart.set_x_axis(
        {"min": min(shown), "max": max(shown), "major_unit": 5, "major_gridlines": {"visible": False}}
    )
    chart.set_y_axis({"name": UNIT, "major_gridlines": {"visible": True, "line": {"color": "#E4E6E8"}}})
    chart.set_legend({"position": "bottom", "font": {"size": 8}})
    chart.set_size({"width": WIDTH, "height": HEIGHT})
    return chart


def _bars(book: Any, placed: "Placed", names: str, values: str) -> Any:
    rows = range(min(SHOWN_BARS, len(placed.table.rows)))
    chart = book.add_chart({"type": "bar"})
    chart.add_series({
        "categories": _cells(placed, rows, names), "values": _cells(placed, rows, values), "fill": {"color": WITH}, "gap": 60,
    })  # fmt: skip
    chart.set_title({"name": placed.table.name, "name_font": {"size": 11}})
    chart.set_x_axis({"name": UNIT, "major_gridlines": {"visible": True, "line": {"color": "#E4E6E8"}}})
    chart.set_y_axis({"reverse": True, "num_font": {"size": 8}})
    chart.set_legend({"none": True})
    chart.set_size({"width": WIDTH, "height": TALL})
    return chart
