"""Contract: what people get wrong in an assessment is answered through the command with place, found, expected and mend, in both languages."""

import csv
import json
import shutil
from importlib.resources import files
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dafeng.cli.assess import app
from dafeng.registers import act, enter, open_workspace, owner

SCHEME = files("dafeng.assessment") / "scoring" / "schemes" / "ladder_40_60.yaml"
VALUES = "name,value,evidence\ncompletion,1,\nmeasures,45,a.pdf\n"


def problems(*arguments: str, code: int = 1) -> list[dict]:
    done = CliRunner().invoke(app, [*map(str, arguments), "--json"], catch_exceptions=False)
    assert done.exit_code == code, done.output
    return json.loads(done.output)["problems"]


def told(problem: dict, where: str, *parts: str) -> None:
    """Check the place, that found and expected are filled, and that each part is in one of the two sentences."""
    assert where in problem["where"]
    assert problem["found"]
    assert problem["expected"]
    assert any("\u4e00" <= sign <= "\u9fff" for sign in problem["zh"])
    for part in parts:
        assert part in problem["zh"] or part in problem["en"]


@pytest.fixture
def values(tmp_path: Path) -> Path:
    path = tmp_path / "v.csv"
    path.write_text(VALUES, encoding="utf-8")
    return path


def scheme(folder: Path, before: str, after: str) -> Path:
    path = folder / "own.yaml"
    text = SCHEME.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")
    return path


def test_weights_that_do_not_add_up(tmp_path: Path, values: Path):
    [problem] = problems("score", scheme(tmp_path, "total: 100", "total: 101"), values)
    told(
        problem, "own.yaml:items", "分值合计100", "points that add up to 100", "相差1", "the difference is 1"
    )
    assert problem["mend"]


def test_two_vetoes_that_exclude_each_other(tmp_path: Path, values: Path):
    both = "- {statistic: completion, below: 2}\n  - {statistic: completion, above: 1}"
    [problem] = problems("score", scheme(tmp_path, "- {statistic: completion, below: 1}", both), values)
    told(problem, "own.yaml:vetoes", "低于2与高于1均否决", "below 2 and above 1 both fail")


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example city, with a body that left office and a county that ended."""
    folder = tmp_path_factory.mktemp("city") / "ex"
    from dafeng.case import write_example

    write_example(folder)
    path = folder / "organisations.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if row["name_zh"] == "市发改委" or row["name_zh"].startswith("示例东区"):
            row["valid_from"], row["valid_to"] = "2015", "2024"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return folder


def issued(folder: Path, *rows: dict[str, str]) -> None:
    store = open_workspace(folder, "990100")
    given = {
        "quantity": "co2_budget", "level": "city", "node": "990100", "name": "示例市", "year": "2026", "bound": "floor",
        "modality": "binding", "sense": "down", "kind": "amount", "value": "4000", "unit": "万tCO2", "document": "文1",
        "issued_on": "2026-03-01",
    }  # fmt: skip
    for row in rows:
        done = enter(store, owner("甲"), "issued_targets", given | row)
        act(store, owner("乙"), "issued_targets", done.id, "issue", version=done.version)
    store.close()


def test_a_county_outside_its_dates(city: Path, tmp_path: Path):
    issued(tmp_path, {"level": "county", "node": "990101", "name": "示例东区"})
    found = problems("tree", city, "--on", "2026-10-31", "--workspace", tmp_path, code=0)
    [problem] = [one for one in found if one["where"].endswith(":year")]
    told(problem, ":year", "2026", "存续", "a year in which 示例东区 exists")
    assert problem["mend"]


def test_a_superseding_document_older_than_the_superseded(city: Path, tmp_path: Path):
    issued(tmp_path, {}, {"document": "文2", "issued_on": "2025-01-05", "supersedes": "文1"})
    found = problems("tree", city, "--on", "2026-10-31", "--workspace", tmp_path, code=0)
    [problem] = [one for one in found if "issued_on" in one["where"]]
    told(problem, "issued_on", "2025-01-05", "不早于", "not before 2026-03-01")
    assert problem["mend"]


def test_a_baseline_of_zero(tmp_path: Path):
    path = tmp_path / "w.csv"
    path.write_text("county,basis,statistic,value,actual,target,source\n990101,observed,relative_gap,,1,0,\n", encoding="utf-8")  # fmt: skip
    [problem] = problems("warn", "judge", path, "--period", "2026Q3")
    told(problem, "w.csv:2:target", "0", "非零", "not zero", "填写非零的目标")
    assert problem["mend"]


def test_a_body_that_left_with_open_duties(city: Path, tmp_path: Path):
    asked = CliRunner().invoke(app, ["follow-up", "request", str(city), "--period", "2026H1", "--due", "2026-07-15", "--task", "三(一)2", "--workspace", str(tmp_path)])  # fmt: skip
    assert asked.exit_code == 0, asked.output
    found = problems(
        "follow-up",
        "status",
        city,
        "--period",
        "2026H1",
        "--on",
        "2026-07-24",
        "--workspace",
        tmp_path,
        code=0,
    )
    [problem] = found
    told(
        problem,
        "task_follow_up:",
        "市发改委",
        "任期2015-01-01至2025-01-01前",
        "在任",
        "in office on 2026-07-24",
        "向继任者下达",
    )


# kinds of our own


def test_a_certificate_used_twice(tmp_path: Path):
    path = tmp_path / "c.csv"
    path.write_text("number,kwh,holder\nGEC-1,5000,甲厂\nGEC-1,5000,乙厂\n", encoding="utf-8")
    found = problems("deduct", "1000000", "--year", "2026", "--certificates", path)
    told(found[0], "", "GEC-1")
    assert any("每" in problem["zh"] or "重复" in problem["zh"] for problem in found)


def test_a_floor_above_its_ceiling_and_floors_above_the_total(tmp_path: Path):
    path = tmp_path / "p.csv"
    path.write_text("part,base,floor,ceiling\na,100,90,50\nb,300,,\n", encoding="utf-8")
    [problem] = problems("cascade", path, "--total", "361")
    told(problem, "cascade", "下限高于上限", "a floor above its ceiling")
    path.write_text("part,base,floor\na,100,300\nb,300,300\n", encoding="utf-8")
    [problem] = problems("cascade", path, "--total", "361")
    told(problem, "cascade", "下限合计600", "不超过总量361", "lower the floors or raise the total")


def test_a_period_of_another_form_and_a_reply_due_on_a_holiday(city: Path, tmp_path: Path):
    path = tmp_path / "w.csv"
    path.write_text("county,basis,statistic,value\n990101,observed,intensity_change,0.1\n", encoding="utf-8")
    [problem] = problems("warn", "judge", path, "--period", "三季度")
    told(problem, "period", "三季度", "2026Q3")
    [problem] = problems(
        "follow-up", "request", city, "--period", "2026H1", "--due", "2026-07-18", "--workspace", tmp_path
    )
    told(problem, "due", "2026-07-18", "工作日", "a working day")
    assert problem["mend"]


@pytest.mark.parametrize(
    ("arguments", "where", "part"),
    [
        (("paper", "letter", "--out", "x.docx"), "paper", "yearly"),
        (("paper", "yearly", "--out", "x.docx"), "paper", "结果文件夹"),
        (("paper", "inventory", "--out", "x.docx"), "paper", "案例"),
        (("paper", "breakdown", "jiujiang", "--out", "x.docx"), "--total", "--total"),
        (("paper", "self-assessment", "--out", "x.docx"), "--record", "--record"),
        (("explain", "/peaks/0/level"), "reference", "再写索引"),
        (("explain", "inventory/A/2022/total"), "reference", "再写索引"),
        (("explain", "jiujiang", "inventory/A/1999/total"), "year", "1999"),
    ],
)
def test_papers_and_references_name_what_they_need(
    tmp_path: Path, arguments: tuple[str, ...], where: str, part: str
):
    workspace = ("--workspace", str(tmp_path), "--place", "990100")
    [problem] = problems(*arguments, *workspace)
    told(problem, where, part)


def test_a_missing_series_of_the_counties_is_named_and_the_paper_is_written(city: Path, tmp_path: Path):
    """Without a CO2 series by county the cascade is refused, and the inventory report names what is missing."""
    table = city / "observations.csv"
    whole = table.read_text(encoding="utf-8")
    rows = [line for line in whole.splitlines(keepends=True) if not line.startswith("co2_edgar_county")]
    table.write_text("".join(rows), encoding="utf-8")
    [problem] = problems("cascade", city, "--total", "4000000")
    told(problem, "observations.csv", "没有各县区的二氧化碳序列", "no co2_edgar_county of the counties")
    out = tmp_path / "i.docx"
    done = CliRunner().invoke(
        app, ["paper", "inventory", str(city), "--out", str(out), "--json"], catch_exceptions=False
    )
    assert done.exit_code == 0, done.output
    found = json.loads(done.output)
    assert found["references"][0]["reference"].startswith("inventory/A/")
    from docx import Document

    text = "\n".join(paragraph.text for paragraph in Document(str(out)).paragraphs)
    assert "不分县区（NE）：没有各县区的二氧化碳序列" in text
    assert "co2_edgar_county" not in text
    assert "Nonmetal" not in text
    table.write_text(whole, encoding="utf-8")
    shutil.rmtree(tmp_path, ignore_errors=True)
