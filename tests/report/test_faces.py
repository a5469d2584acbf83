"""Every face shows the summary's numbers and nothing else, and is written whole or not at all."""

import io
import json
from pathlib import Path

import openpyxl
import pytest
from rich.console import Console

from dafeng.evidence import DafengError, Language
from dafeng.report import Summary, check_writable, figures, render, show, write_results
from dafeng.report import writing as writing_module
from dafeng.report.page import figure_of

NAMES = {"index.html", "results.xlsx", "results.csv", "summary.json", "run.json"}


@pytest.fixture
def results(summary: Summary, tmp_path: Path) -> Path:
    write_results(summary, {"city.yaml": "ab"}, tmp_path / "town")
    return tmp_path / "town"


def test_the_folder_holds_all_faces_and_nothing_else(results: Path) -> None:
    assert {path.name for path in results.iterdir()} == NAMES
    assert {path.name for path in results.parent.iterdir()} == {"town"}


def test_writing_twice_gives_the_same_bytes(summary: Summary, results: Path) -> None:
    text = ("index.html", "results.csv", "summary.json", "run.json")
    before = {name: (results / name).read_bytes() for name in text}
    write_results(summary, {"city.yaml": "ab"}, results)
    assert {name: (results / name).read_bytes() for name in text} == before


def test_a_failure_leaves_the_former_results(
    summary: Summary, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path.name: path.read_bytes() for path in results.iterdir()}

    def break_down(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(writing_module, "render", break_down)
    with pytest.raises(DafengError, match="room and rights"):
        write_results(summary, {}, results)
    assert {path.name: path.read_bytes() for path in results.iterdir()} == before
    assert [path.name for path in results.parent.iterdir()] == ["town"]


def test_a_folder_that_cannot_be_written_is_refused(summary: Summary, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("x", encoding="utf-8")
    with pytest.raises(DafengError, match="--out"):
        write_results(summary, {}, blocked / "out")


def test_run_json_names_versions_seed_and_inputs(results: Path) -> None:
    record = json.loads((results / "run.json").read_text(encoding="utf-8"))
    assert record["inputs"] == {"city.yaml": "ab"}
    assert record["seed"] == 1
    assert "numpy" in record["packages"]


def test_the_workbook_has_tidy_sheets_and_charts(summary: Summary, results: Path) -> None:
    book = openpyxl.load_workbook(results / "results.xlsx")
    assert book.worksheets[0]._charts
    sheet = book["目标 Targets"]
    assert sheet["A1"].value == "目标 Targets"
    header = [cell.value.split("\n")[-1] for cell in sheet[2]]
    assert sheet.max_row - 2 == len(summary.targets)
    assert [cell.value for cell in sheet[3]][header.index("status")] == "达到 ✓ met"
    tracks = book["轨迹 Trajectories"]
    horizon = summary.place.horizon
    assert tracks.max_row - 2 == sum(year <= horizon for track in summary.tracks for year in track.years)
    for sheet in (book["目标 Targets"], tracks):
        assert all(cell.value and "\n" in cell.value for cell in sheet[2]), sheet.title
        assert sheet.freeze_panes == "A3"
    peaks = book["达峰 Peak"]
    forms = {str(cell.value).split("\n")[-1]: peaks.cell(cell.row, 2).number_format for cell in peaks["A"]}
    assert forms["year_median"] == "0"
    assert forms["level_median"] == "#,##0.0"
    assert forms["before_2030_value"] == "0.0%"


def test_text_that_looks_like_a_formula_stays_text(summary: Summary, tmp_path: Path) -> None:
    evil = summary.findings[0].model_copy(update={"zh": "=HYPERLINK(1)", "en": "<script>alert(1)</script>"})
    broken = summary.model_copy(update={"findings": [evil]})
    write_results(broken, {}, tmp_path / "out")
    sheet = openpyxl.load_workbook(tmp_path / "out" / "results.xlsx")["数据问题 Findings"]
    assert [
        cell.data_type for row in sheet.iter_rows(min_row=2) for cell in row if cell.value == "=HYPERLINK(1)"
    ] == ["s"]
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page


@pytest.mark.parametrize("language", list(Language))
def test_the_terminal_says_everything_on_its_screen(summary: Summary, language: Language) -> None:
    console = Console(file=io.StringIO(), width=140, color_system=None)
    show(summary, console, language)
    shown = console.file.getvalue()
    for target in summary.targets:
        assert target.locator in shown
    # tens, and never a sampling error as the error
    assert "7/10" in shown
    assert "6/10" in shown
    assert "±" not in shown
    assert "80%" in shown
    assert ("4,000 万吨" if language is Language.ZH else "40.00 Mt") in shown
    assert ("全市能源平衡表" if language is Language.ZH else "City energy balance") in shown


def test_every_picture_is_drawn_in_both_languages(summary: Summary) -> None:
    drawn = figures(summary)
    assert set(drawn) == {
        "fan_A", "fan_B", "wedges", "measures", "departments", "peak_years", "inventory", "references", "influences",
        "delivery", "timing",
    }  # fmt: skip
    for draw in drawn.values():
        zh, en = draw(Language.ZH), draw(Language.EN)
        assert len(zh.data) == len(en.data) > 0


def test_wedges_fill_the_gap_between_the_two_lines(summary: Summary) -> None:
    figure = figures(summary)["wedges"](Language.EN)
    *stack, top = figure.data
    assert [sum(column) for column in zip(*(trace.y for trace in stack), strict=True)] == pytest.approx(
        list(top.y)
    )


def test_a_summary_without_attribution_or_targets_still_renders(summary: Summary) -> None:
    bare = summary.model_copy(
        update={
            "attribution": None,
            "wedges": [],
            "targets": [],
            "influences": [],
            "references": [],
            "findings": [],
        }
    )
    assert 'data-figure="fan_A"' in render(bare)
    show(bare, Console(file=io.StringIO()))


def test_the_page_needs_no_network(results: Path) -> None:
    page = (results / "index.html").read_text(encoding="utf-8")
    head, _, _ = page.partition('<script type="application/json"')
    assert "src=" not in head
    assert "@import" not in head
    assert "default-src 'none'" in head


def test_what_a_target_asks_for_is_written_as_in_the_text(summary: Summary) -> None:
    assert [figure_of(target) for target in summary.targets] == ["≥ 95%", "≥ 80%", "20%", "", ""]


def test_the_last_bits_of_a_sum_show_on_no_face(summary: Summary, tmp_path: Path) -> None:
    def nudged(data: object) -> object:
        if isinstance(data, float):
            return data * (1 + 2e-15)
        if isinstance(data, dict):
            return {key: nudged(value) for key, value in data.items()}
        return [nudged(value) for value in data] if isinstance(data, list) else data

    other = Summary.model_validate(nudged(summary.model_dump(mode="json")))
    write_results(summary, {}, tmp_path / "a")
    write_results(other, {}, tmp_path / "b")
    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes(), file.name


def test_a_folder_that_stands_is_used_and_one_that_was_made_for_nothing_goes(tmp_path: Path) -> None:
    check_writable(tmp_path / "a" / "b")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "own.txt").write_text("mine")
    check_writable(tmp_path / "there")
    assert [path.name for path in (tmp_path / "there").iterdir()] == ["own.txt"]
    with pytest.raises(DafengError, match="can be written to"):
        check_writable(tmp_path / "there" / "own.txt" / "x")
