"""Contract: each face shows the hand-made summary's numbers with the right label, unit, rounding and ends of ranges.

Figures are those of `conftest`: base A 40 (38–43) Mt, peak 45 (40–51) Mt in 2028 (2026–2031), P 72 %, five measures of
2.0, 1.6, 1.2, 0.8, 0.4 Mt ± 0.02. A factor of ten or a thousand, or low and high swapped, cannot pass.
"""

import io
import re
import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest
from rich.console import Console

from dafeng.evidence import Language
from dafeng.report import Summary, render, show
from dafeng.report.sections import sheets
from dafeng.report.workbooks.workbook import write_workbook

GOLDEN = Path(__file__).parent / "golden" / "jiujiang_summary.json"


def screen(summary: Summary, language: Language) -> str:
    console = Console(file=io.StringIO(), width=140, color_system=None)
    show(summary, console, language)
    return console.file.getvalue()


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (Language.ZH, (
            "2020年排放  A口径 4,000 万吨（3,800–4,300）  B口径 5,000 万吨（4,700–5,400）",
            "A 有方案    2028（2026–2031）  4,500（4,000–5,100）  7/10      7/10",
            "A 政策延续  2028（2026–2031）  4,500（4,000–5,100）  2/10      2/10",
            "峰值（万吨）", "1.  200 万吨   三(一)1", "5.  40.0 万吨",
        )),
        (Language.EN, (
            "account A 40.00 Mt (38.00–43.00)", "45.00 (40.00–51.00)", "Peak level (Mt)", "1.  2.00 Mt   三(一)1", "5.  0.400 Mt",
        )),
    ],
)  # fmt: skip
def test_the_terminal(summary: Summary, language: Language, told: tuple[str, ...]):
    shown = screen(summary, language)
    for line in told:
        assert line in shown, (line, shown)


def page(summary: Summary, language: str) -> str:
    """Text of the page in one language, figures and styles left out."""
    html = render(summary).split("<main>")[1].split("</main>")[0]
    other = "en" if language == "zh" else "zh"
    html = re.sub(rf'<span lang="{other}">.*?</span>', "", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("zh", (
            "2020年排放（A口径） 4,000 万吨 5–95%： 3,800–4,300", "B口径 5,000 万吨", "有方案：达峰年 2028 5–95%： 2026–2031",
            "峰值 4,500 万吨 ( 4,000–5,100 )", "约七成", "政策延续： 约二成", "200 万吨 ± 3.9 万吨", "40.0 万吨 ± 3.9 万吨",
            "发电 A 1,500 万吨 1,200–1,950 D", "4,400 万吨 4,800 万吨 400 万吨",
        )),
        ("en", ("40.00 Mt 5–95%: 38.00–43.00", "peak 45.00 Mt ( 40.00–51.00 )", "2.00 Mt ± 0.039 Mt", "power A 15.00 Mt 12.00–19.50 D")),
    ],
)  # fmt: skip
def test_the_page(summary: Summary, language: str, told: tuple[str, ...]):
    shown = page(summary, language)
    for line in told:
        assert line in shown, (line, shown)


@pytest.fixture
def book(summary: Summary, tmp_path):
    write_workbook(summary, tmp_path / "results.xlsx")
    return openpyxl.load_workbook(tmp_path / "results.xlsx")


def block(book, title: str) -> list[list[object]]:
    """The table called `title`: its heading and its rows, wherever its sheet is."""
    for sheet in book.worksheets:
        rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
        for number, row in enumerate(rows):
            if row[0] == title:
                end = next(
                    (at for at in range(number + 1, len(rows)) if all(cell is None for cell in rows[at])),
                    len(rows),
                )
                found = rows[number + 1 : end]
                width = max(at + 1 for row in found for at, cell in enumerate(row) if cell is not None)
                return [row[:width] for row in found]
    raise KeyError(title)


def records(book, title: str) -> list[dict[str, object]]:
    """The records of a table by column id; codes without the Chinese name before them."""
    rows = block(book, title)
    if title.startswith("达峰"):
        rows = [list(column) for column in zip(*rows, strict=True)]
    heads = [str(cell).split("\n")[-1] for cell in rows[0]]
    return [{head: _code(head, cell) for head, cell in zip(heads, row, strict=True)} for row in rows[1:]]


def _code(head: str, cell: object) -> object:
    coded = head in {"scenario", "account", "kind", "branch", "sector", "status", "step"}
    return cell.split(" ")[-1] if coded and isinstance(cell, str) else cell


def heading(book, title: str, column: str) -> str:
    cells = [cell for row in block(book, title) for cell in row]
    return next(
        cell.split("\n")[0] for cell in cells if isinstance(cell, str) and cell.endswith("\n" + column)
    )


def test_the_workbook(book, summary: Summary):
    peaks = records(book, "达峰 Peak")
    plan = next(row for row in peaks if (row["scenario"], row["account"]) == ("plan", "A"))
    assert [plan[f"level_{end}"] for end in ("low", "median", "high")] == [4000, 4500, 5100]
    assert [plan[f"year_{end}"] for end in ("low", "median", "high")] == [2026, 2028, 2031]
    assert plan["before_2030_value"] == 0.72
    assert heading(book, "达峰 Peak", "level_low") == "峰值5%（万吨CO₂）"
    measures = records(book, "措施 Measures")
    assert [row["reduction"] for row in measures] == pytest.approx([200, 160, 120, 80, 40])
    assert {row["standard_error"] for row in measures} == {2}
    assert heading(book, "措施 Measures", "reduction") == "减排量（万吨CO₂）"
    electricity = records(book, "电力 Electricity")
    assert {row["kind"]: row["2030"] for row in electricity} == {
        "demand": 200,
        "coal": 300,
    }  # 10⁸ kWh of 20 and 30 TWh
    assert heading(book, "电力 Electricity", "2030") == "亿千瓦时"
    power = next(
        row for row in records(book, "清单 Inventory") if (row["branch"], row["account"]) == ("power", "A")
    )
    assert [power[end] for end in ("low", "value", "high")] == pytest.approx([1200, 1500, 1950])
    track = next(row for row in records(book, "轨迹 Trajectories") if (row["scenario"], row["account"], row["year"]) == ("plan", "A", 2020))  # fmt: skip
    ends = [track[end] for end in ("low", "lower_quartile", "median", "upper_quartile", "high")]
    # 40 Mt, and offsets -1.6, -0.7, 0, 0.7, 1.6 times 2.0 x 0.2 Mt
    assert ends == pytest.approx([3936, 3972, 4000, 4028, 4064])
    past = [row["value"] for row in records(book, "历史年份 Past years") if row["account"] == "A"]
    assert past == pytest.approx([3500, 3600, 3700, 3800, 3900, 4000])
    targets = {row["indicator"]: row for row in records(book, "目标 Targets")}
    assert targets["秸秆年综合利用率"]["value"] == 96  # in the unit of the target, not in tonnes


def test_sheets_are_set_up_for_paper_and_charts_have_band_history_and_2030(book):
    for sheet in book.worksheets[1:]:
        assert sheet.page_setup.paperSize == 9
        assert sheet.page_setup.orientation in ("landscape", "portrait")
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) in {(1, None), (1, 1), (1, 2)}
        assert sheet.print_area
        assert sheet.oddFooter.center.text == "&P / &N"
    # every sheet is fitted to a number of pages: whatever rows a city has, all together are at most twenty
    assert sum(sheet.page_setup.fitToHeight or 1 for sheet in book.worksheets) <= 18
    chart = book.worksheets[0]._charts[0]
    assert len(chart.series) == 2 * 3 + 1 + 1
    assert chart.y_axis.title.tx.rich.p[0].r[0].t == "万吨 CO₂"


def test_codes_have_their_chinese_name_and_sheets_theirs(book):
    peaks = block(book, "达峰 Peak")
    assert "有方案 plan" in peaks[0]
    assert "考核口径 A" in peaks[1]
    assert {row[0] for row in block(book, "清单 Inventory")[1:]} >= {"发电 power", "钢铁 steel"}
    assert any("达到 ✓ met" in row for row in block(book, "目标 Targets")[1:])
    for sheet in book.worksheets:
        assert re.search("[\u4e00-\u9fff]", sheet.title)


def test_every_table_of_the_page_is_in_the_workbook(book, summary: Summary):
    shown = {table.name for table in sheets(summary)}
    titles = {cell.value for sheet in book.worksheets[1:] for cell in sheet["A"]}
    assert shown - titles == set()


@pytest.mark.system
def test_the_workbook_of_jiujiang_prints_on_twenty_sheets(tmp_path):
    office = shutil.which("soffice")
    pdfium = pytest.importorskip("pypdfium2")
    if office is None:
        pytest.skip("no LibreOffice on this machine")
    summary = Summary.model_validate_json(GOLDEN.read_text(encoding="utf-8"))
    write_workbook(summary, tmp_path / "results.xlsx")
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = [
        office,
        profile,
        "--headless",
        "--convert-to",
        "pdf",
        "--outdir",
        str(tmp_path),
        str(tmp_path / "results.xlsx"),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=240)
    assert 10 <= len(pdfium.PdfDocument(tmp_path / "results.pdf")) <= 18
