"""Contract: a newcomer who has the README alone reaches an answer, changes a figure in Excel, drafts a second city, prints.

Every command that is walked stands in the README; the home folder is fresh, and nothing but the commands is used.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

pytestmark = [pytest.mark.system]

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BROWSERS = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
SAMPLES = ("--samples", "256")


class Newcomer:
    """Someone with an empty home folder; commands run as they are typed."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def types(self, *words: str, exit_code: int = 0) -> str:
        assert f"dafeng {words[0]}" in README, words
        assert len(words) < 2 or words[0] == "run" or words[1] in README, words
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "PYTHONPATH") if name in os.environ}
        there = {
            **kept,
            "HOME": str(self.home),
            "PYTHONUTF8": "1",
            "PYTHONPATH": str(ROOT / "src"),
            "OMP_NUM_THREADS": "1",
        }
        done = subprocess.run(
            [sys.executable, "-m", "dafeng", *words], cwd=self.home, capture_output=True, text=True, encoding="utf-8",
            env=there, timeout=240, check=False,
        )  # fmt: skip
        assert done.returncode == exit_code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr


def test_readme_alone_is_enough(tmp_path: Path) -> None:
    person = Newcomer(tmp_path)
    # the first answer
    shown = person.types("run", "jiujiang", *SAMPLES)
    page = tmp_path / "results" / "jiujiang" / "index.html"
    assert str(page) in shown
    assert "2030年前碳达峰" in shown
    # one's own edit in Excel
    person.types("case", "to-xlsx", "jiujiang", "jiujiang.xlsx")
    book = openpyxl.load_workbook(tmp_path / "jiujiang.xlsx")
    sheet = book["驱动因素 drivers"]
    heads = [str(cell.value).split("\n")[-1] for cell in sheet[1]]
    row = next(
        row for row in sheet.iter_rows(min_row=2)
        if (row[heads.index("parameter")].value, int(row[heads.index("year")].value)) == ("population", 2030)
    )  # fmt: skip
    assert row[heads.index("value")].value == 442
    row[heads.index("value")].value = 440
    book.save(tmp_path / "jiujiang.xlsx")
    person.types("case", "from-xlsx", "jiujiang.xlsx", "mine")
    assert "没有问题" in person.types("case", "check", "mine")
    assert ",2030,440,435,448," in (tmp_path / "mine" / "drivers.csv").read_text(encoding="utf-8")
    # a wrong edit is told by its cell, exit code 1 as the README says
    row[heads.index("value")].value = "四百四十"
    book.save(tmp_path / "wrong.xlsx")
    told = person.types("case", "from-xlsx", "wrong.xlsx", "wrong", exit_code=1)
    assert re.search(r"驱动因素 drivers!\w+\d+", told)
    assert not (tmp_path / "wrong").exists()
    # a second city, drafted
    person.types("case", "new", "360100", "--out", "nanchang")
    assert "没有问题" in person.types("case", "check", "nanchang")
    # its ranges are shown, a conclusion is not: most of the data are defaults
    assert "不给出南昌市" in person.types("run", "nanchang", *SAMPLES).replace("\n", "")
    _printed(page)


def _printed(page: Path) -> None:
    """Print the page as a person does from the browser: eight sheets of A4 at most."""
    playwright = pytest.importorskip("playwright.sync_api")
    pdfium = pytest.importorskip("pypdfium2")
    found = next((path for path in BROWSERS if Path(path).exists()), None)
    if found is None:
        pytest.skip("no Chromium on this machine")
    with playwright.sync_playwright() as session:
        browser = session.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        opened = browser.new_page()
        opened.set_default_timeout(120_000)  # a machine may be busy
        opened.goto(page.as_uri())
        opened.wait_for_selector(".js-plotly-plot .main-svg")
        sheets = len(pdfium.PdfDocument(opened.pdf(prefer_css_page_size=True)))
        browser.close()
    assert 4 <= sheets <= 8
