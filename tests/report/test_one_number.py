"""Contract: what a run shows of one account and year is a level of the bridge, in every face; sentences and parts add up as shown."""

import csv
import io
import json
import re
import zipfile
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest
from rich.console import Console

from dafeng.assessment import Request, allocate_source, load_scheme, score
from dafeng.evidence import Language
from dafeng.report import (
    Summary,
    breakdown,
    cascade_workbook,
    one_page,
    render,
    score_workbook,
    self_assessment,
    show,
    yearly_report,
)
from dafeng.report.papers.layout import OfficialPaper
from dafeng.report.wording import accounts_differ, emissions, headline
from dafeng.report.writing import write_results

GOLDEN = Path(__file__).parent / "golden" / "jiujiang_summary.json"
CLOSE = 1e-6


@pytest.fixture(scope="module")
def golden() -> Summary:
    return Summary.model_validate_json(GOLDEN.read_text(encoding="utf-8"))


def levels(summary: Summary, account: str, year: int) -> dict[str, float]:
    (found,) = [row for row in summary.reconciliation if (row.account, row.year) == (account, year)]
    return {step.id: step.value for step in found.steps if step.kind == "level"}


@pytest.mark.parametrize("account", ["A", "B"])
def test_every_section_shows_a_level_of_the_bridge(golden: Summary, account: str):
    base, past = golden.place.base_year, golden.place.base_year - 1
    now, before = levels(golden, account, base), levels(golden, account, past)
    tracks = [track for track in golden.tracks if track.account == account]
    assert {track.median[0] for track in tracks} == {now["median"]}
    assert {track.mean[0] for track in tracks} == {now["mean"]}
    assert golden.base[account].median == now["median"]
    # parts add up to the level that the rule names for them
    for track in tracks:
        rows = [row for row in golden.sectors if (row.account, row.scenario) == (account, track.scenario)]
        assert sum(row.values[0] for row in rows) == pytest.approx(now["mean"], abs=CLOSE)
    branches = sum(row.value for row in golden.branches if row.account == account)
    assert branches == pytest.approx(now["inventory"], abs=CLOSE)
    (observed,) = [row for row in golden.observed if row.account == account]
    assert dict(zip(observed.years, observed.values, strict=True))[past] == before["median"]
    for row in golden.downscaled:
        if row.account == account and base in row.years:
            assert row.values[row.years.index(base)] == pytest.approx(now["inventory"], abs=CLOSE)
    for row in golden.references:
        if row.account == account and row.ours is not None and row.year in (base, past):
            # where a year's inventory has no process emission (NE), the spliced one is beside it, as a finding says
            level = levels(golden, account, row.year)["inventory"]
            (found,) = [
                one for one in golden.reconciliation if (one.account, one.year) == (account, row.year)
            ]
            (process,) = [step.value for step in found.steps if step.id == "process"] or [0.0]
            assert row.ours == pytest.approx(level, abs=CLOSE) or row.ours - level == pytest.approx(
                process, rel=0.02
            )


def test_findings_give_levels_of_the_bridge_and_differences_that_add_up(golden: Summary):
    seen = set()
    for finding in golden.findings:
        told = re.match(
            r"(\d{4})年([AB])口径:模型起点([\d,]+)万吨,清单([\d,]+)万吨,相差([+-][\d,]+)", finding.zh
        )
        if told:
            year, account, start, inventory, gap = told.groups()
            shown = levels(golden, account, int(year))
            numbers = [int(text.replace(",", "")) for text in (start, inventory, gap)]
            assert numbers[:2] == [round(100 * shown["start"]), round(100 * shown["inventory"])]
            assert numbers[0] - numbers[1] == numbers[2]
            seen.add(account)
        gap = re.search(r"CO2为([\d,]+)万吨,\S+?为([\d,]+),相差([+-][\d,]+)", finding.zh)
        if gap:
            ours, theirs, apart = (int(text.replace(",", "")) for text in gap.groups())
            assert ours - theirs == apart
    assert seen == {"A", "B"}


def test_the_other_gases_are_what_the_inventory_total_has_beyond_its_branches(golden: Summary):
    (found,) = [row for row in golden.reconciliation if (row.account, row.year) == ("B", 2020)]
    steps = {step.id: step.value for step in found.steps}
    branches = sum(row.value for row in golden.branches if row.account == "B")
    assert steps["inventory_all_gases"] + steps["other_gases"] == pytest.approx(branches, abs=CLOSE)
    assert steps["other_gases"] < -0.1


def test_causes_wedges_and_attribution_end_at_the_means_of_the_trajectories(golden: Summary):
    account, causes = golden.place.headline_account, golden.causes
    plan, without = golden.track("plan", account), golden.track("policy-carried-on", account)
    at = plan.years.index(causes.end)
    assert causes.start_value == pytest.approx(plan.mean[0], abs=CLOSE)
    assert causes.end_value == pytest.approx(plan.mean[at], abs=CLOSE)
    assert causes.start_value + sum(item.effect for item in causes.items) == pytest.approx(
        plan.mean[at], abs=CLOSE
    )
    for position, year in enumerate(golden.wedge_years):
        column = plan.years.index(year)
        apart = without.mean[column] - plan.mean[column]
        assert sum(wedge.values[position] for wedge in golden.wedges) == pytest.approx(apart, abs=CLOSE)
    attribution = golden.attribution
    apart = without.mean[plan.years.index(2030)] - plan.mean[plan.years.index(2030)]
    assert attribution.total.value == pytest.approx(apart, abs=CLOSE)
    for rows in (attribution.measures, attribution.tasks, attribution.counties):
        assert sum(row.reduction for row in rows) == pytest.approx(apart, abs=CLOSE)


def test_the_central_case_of_the_tornado_is_bridged_to_the_median(golden: Summary):
    (found,) = [row for row in golden.reconciliation if row.scenario == "plan"]
    shown = {step.id: step.value for step in found.steps}
    track = golden.track("plan", found.account)
    at = track.years.index(found.year)
    assert (found.year, shown["central"]) == (golden.tornado.year, golden.tornado.centre)
    assert (shown["median"], shown["mean"]) == (track.median[at], track.mean[at])
    assert shown["central"] + shown["sampling"] + shown["model_error"] == pytest.approx(
        shown["median"], abs=CLOSE
    )
    assert "2030 有方案" in render(Summary.model_validate(golden.model_dump()))


@pytest.mark.parametrize("language", list(Language))
def test_the_sentence_on_both_accounts_adds_up_as_shown(golden: Summary, language: Language):
    told = accounts_differ(golden, language)
    at = golden.track("plan", "A").years.index(golden.place.as_of)
    values = [golden.track("plan", account).median[at] for account in ("B", "A")]
    b, a = (float(emissions(value, language, unit=False).replace(",", "")) for value in values)
    digits = 0 if language is Language.ZH else 2
    assert f"{b - a:,.{digits}f} " in told, told


def test_workbook_csv_json_and_terminal_show_the_same_levels(golden: Summary, tmp_path: Path):
    base = golden.place.base_year
    write_results(golden, {}, tmp_path)
    book = openpyxl.load_workbook(tmp_path / "results.xlsx")
    (sheet,) = [sheet for sheet in book if sheet.title.endswith("Reconciliation")]
    written = {
        (str(row[0])[-1], row[1], str(row[3]).split()[-1]): row[5]
        for row in sheet.iter_rows(min_row=3, values_only=True)
        if row[4] and str(row[4]).endswith("level")
    }
    rows = list(csv.DictReader(io.StringIO((tmp_path / "results.csv").read_text(encoding="utf-8-sig"))))
    data = json.loads(json.dumps(golden.as_data()))
    console = Console(file=io.StringIO(), width=200, color_system=None)
    show(golden, console, Language.ZH)
    for account in ("A", "B"):
        for year in (base, base - 1):
            for id_, value in levels(golden, account, year).items():
                assert written[account, year, id_] == pytest.approx(100 * value, rel=1e-8)
        shown = levels(golden, account, base)
        for variable, id_ in (
            (f"Emissions|CO2|Account {account}", "mean"),
            (f"Emissions|CO2|Account {account} (Median)", "median"),
        ):
            found = {
                float(row["value"])
                for row in rows
                if row["variable"] == variable and row["year"] == str(base)
            }
            assert len(found) == 1
            assert found.pop() == pytest.approx(shown[id_], rel=1e-8)
        past = levels(golden, account, base - 1)
        (row,) = [
            row
            for row in rows
            if row["variable"] == f"Historical Emissions|CO2|Account {account}"
            and row["year"] == str(base - 1)
        ]
        assert float(row["value"]) == pytest.approx(past["median"], rel=1e-8)
        assert data["base"][account]["median"] == shown["median"]
        assert f"{account}口径 {emissions(shown['median'], Language.ZH)}" in console.file.getvalue()


W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
AMOUNT = re.compile(r"[\d,]*\d(?:\.\d+)? 万吨(?:标准煤)?")


def words_of(paper: OfficialPaper) -> str:
    root = ElementTree.fromstring(zipfile.ZipFile(io.BytesIO(paper.bytes())).read("word/document.xml"))
    lines = ("".join(t.text or "" for t in part.iter(f"{W}t")) for part in root.iter(f"{W}p"))
    return re.sub(r"\[\d+\]", "", "\n".join(lines))


def words_of_page(summary: Summary) -> str:
    page = re.sub("<script.*?</script>", "", render(summary), flags=re.DOTALL)
    return re.sub("<[^>]*>", "", re.sub('<span lang="en">.*?</span>', "", page))


@pytest.mark.parametrize("paper", [yearly_report, one_page])
def test_the_papers_of_the_year_print_the_figures_of_the_page(golden: Summary, paper):
    page, told = words_of_page(golden), words_of(paper(golden, "2026年3月31日", "市双碳办"))
    assert headline(golden, Language.ZH) in page
    assert headline(golden, Language.ZH) in told
    # the reductions of tasks are a picture on the page and a table of the workbook
    tasks = {emissions(row.reduction, Language.ZH) for row in golden.attribution.tasks}
    printed = set(AMOUNT.findall(told))
    assert len(printed) >= 4
    assert sorted(amount for amount in printed if amount not in page and amount not in tasks) == []
    percents = set(re.findall(r"[−+]?\d+(?:\.\d+)?%", told))
    assert len(percents) >= 4
    assert [share for share in percents if share not in page] == []
    if paper is yearly_report:
        for account in "AB":
            median = levels(golden, account, golden.place.base_year)["median"]
            assert f"{account}口径 {emissions(median, Language.ZH)}" in told


def test_the_paper_and_the_workbook_of_a_breakdown_and_of_scores_have_the_same_figures(tmp_path: Path):
    (tmp_path / "p.csv").write_text("part,name,base\na,甲县,100\nb,乙县,300\n", encoding="utf-8")
    shared = allocate_source(str(tmp_path / "p.csv"), Request(361.0, "万t"))
    cascade_workbook(shared, tmp_path / "c.xlsx")
    scheme = load_scheme("ladder_40_60")
    scored = score(scheme, {"completion": "0.95"}, {}, date(2026, 1, 1))
    score_workbook(scheme, scored, tmp_path / "s.xlsx")
    for file, paper in (
        ("c.xlsx", breakdown(shared, "总量", "2026年1月1日")),
        ("s.xlsx", self_assessment(scheme, scored, "2026年1月1日")),
    ):
        told = words_of(paper).split("\n")
        book = openpyxl.load_workbook(tmp_path / file, data_only=True)
        figures = [
            cell for sheet in book for row in sheet.iter_rows(min_row=2, max_col=2, values_only=True)
            for cell in row[1:] if isinstance(cell, int | float) and cell
        ]  # fmt: skip
        assert len(figures) >= 2
        assert [figure for figure in figures if f"{figure:,.10g}" not in told] == [], file
