"""Contract: ten complaints that the public makes about published climate figures, each with the right outcome here."""

import csv
import io
from pathlib import Path

import openpyxl
import pytest

from dafeng.evidence import Language
from dafeng.pathway import settings_label
from dafeng.report import Summary, render, write_results
from dafeng.report.printing import FOLDED, left_out
from dafeng.report.sections import pictures, sheets
from dafeng.report.summary import STATUSES
from dafeng.report.texts import text
from dafeng.report.wording import chance, percent, tens


@pytest.fixture
def folder(summary: Summary, tmp_path: Path) -> Path:
    write_results(summary, {"city.yaml": "ab"}, tmp_path)
    return tmp_path


def test_1_parts_and_totals_are_rounded_apart(summary: Summary) -> None:
    # the workbook holds the figures unrounded: the parts add up to the total, whatever a reader rounds
    measures = next(table for table in sheets(summary) if table.id == "measures")
    at = measures.header.index("reduction")
    assert sum(row[at] for row in measures.rows) == pytest.approx(600)
    tracks = {(track.scenario, track.account): track.mean for track in summary.tracks}
    for (scenario, account), mean in tracks.items():
        parts = [row.values for row in summary.sectors if (row.scenario, row.account) == (scenario, account)]
        assert [sum(column) for column in zip(*parts, strict=True)] == pytest.approx(mean)


def test_2_a_chart_comes_without_its_data(summary: Summary) -> None:
    page = render(summary)
    assert '"data":["数据 CSV","data CSV"]' in page
    for title, draw in pictures(summary).items():
        traces = [trace for trace in draw(Language.ZH).data if trace.hoverinfo != "skip"]
        assert traces, title
        assert all(len(trace.x) == len(trace.y) > 0 for trace in traces), title


def test_3_a_scenario_is_shared_without_its_settings() -> None:
    label = settings_label({"wind_solar_927": 0.6})
    assert "wind_solar_927" in label
    assert "0.6" in label
    assert settings_label({}) == ""


def test_4_labels_of_years_collide_or_the_last_year_has_none(summary: Summary) -> None:
    # in the browser: test_page.py, which measures every label on screen and on paper
    for title in ("fan_A", "wedges", "references"):
        marks = list(pictures(summary)[title](Language.EN).layout.xaxis.ticktext)
        assert len(marks) == len(set(marks)) <= 8


def test_5_the_table_opens_wrongly_in_another_locale(folder: Path) -> None:
    raw = (folder / "results.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
    assert rows[0] == ["model", "scenario", "region", "variable", "unit", "year", "value"]
    assert {len(row) for row in rows} == {7}
    assert all(("." in row[6] and "," not in row[6]) or float(row[6]).is_integer() for row in rows[1:])


def test_6_the_export_leaves_items_out(folder: Path, summary: Summary) -> None:
    book = openpyxl.load_workbook(folder / "results.xlsx")
    titles = {cell.value for sheet in book.worksheets[1:] for cell in sheet["A"]}
    assert {table.name for table in sheets(summary)} <= titles
    assert book["数据问题 Findings"].max_row - 2 == len(summary.findings)
    told = left_out(summary, Language.ZH)
    for of in FOLDED.values():
        assert not of(summary) or f"（{of(summary)}项）" in told


def test_7_a_figure_has_no_unit(folder: Path) -> None:
    book = openpyxl.load_workbook(folder / "results.xlsx")
    for sheet, columns in (
        ("轨迹 Trajectories", ("median", "low", "high")),
        ("措施 Measures", ("reduction",)),
    ):
        heads = {str(cell.value).split("\n")[-1]: str(cell.value) for cell in book[sheet][2]}
        assert all("万吨CO₂" in heads[column] for column in columns)


@pytest.mark.parametrize("probability", [0.0, 0.001, 0.999, 1.0])
def test_8_a_forecast_is_told_as_certain(probability: float) -> None:
    for shown in (
        percent(probability),
        tens(probability),
        *(chance(probability, language) for language in Language),
    ):
        assert shown not in ("0%", "100%", "0/10", "10/10", "一定", "不可能")
        assert any(mark in shown for mark in ("<", ">", "不到", "以上", "less", "more"))


def test_9_nobody_can_tell_which_version_a_figure_is_from(folder: Path, summary: Summary) -> None:
    release = summary.place.release
    assert release in (folder / "summary.json").read_text(encoding="utf-8")
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert f"案例版本 {release[:8]}" in page
    assert "@bottom-left" in page
    assert (
        f"dafeng {summary.place.version}"
        in (folder / "results.csv").read_text(encoding="utf-8-sig").splitlines()[1]
    )
    front = openpyxl.load_workbook(folder / "results.xlsx").worksheets[0]
    assert any(release in str(cell.value) for cell in front["A"])


def test_10_a_verdict_is_told_by_colour_alone(summary: Summary) -> None:
    signs = set()
    for status in STATUSES:
        shown = text(f"status.{status}", Language.ZH)
        assert len(shown.split()[0]) >= 2
        signs.add(shown.split()[-1])
    assert len(signs) == len(STATUSES)
