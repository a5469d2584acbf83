"""Contract: `dafeng assess` prints proposals, scores and aims, and refuses bad input with its place."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dafeng.cli.assess import app
from dafeng.evidence import DafengError

PARTS = "part,name,base,people,people_target\na,甲县,100,10,10\nb,乙县,300,10,10\n"


def called(*arguments: str) -> dict:
    done = CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


def test_a_cascade_adds_up_and_says_what_it_cannot_do(tmp_path: Path):
    (tmp_path / "p.csv").write_text(PARTS, encoding="utf-8")
    found = called("cascade", str(tmp_path / "p.csv"), "--total", "361", "--unit", "万t")
    assert found["schema_version"] == "1"
    amounts = {one["method"]: [line["amount"] for line in one["lines"]] for one in found["proposals"]}
    # 361 × 1/4 = 90.25 and 270.75: the unit left over goes to the larger remainder; half way to equal 180.5 each
    assert amounts == {"equal_decline": [90, 271], "convergence_per_head": [135, 226]}
    assert "a:history" in found["unusable"]["historical_share"]


def test_many_totals_are_shared_out_at_once_as_each_alone(tmp_path: Path):
    from openpyxl import load_workbook

    parts, totals, book = tmp_path / "p.csv", tmp_path / "t.csv", tmp_path / "t.xlsx"
    parts.write_text(PARTS, encoding="utf-8")
    totals.write_text("name,total\n2026,361\n2030,300\n", encoding="utf-8")
    found = called("cascade", str(parts), "--totals", str(totals), "--unit", "万t", "--xlsx", str(book))
    assert [one["name"] for one in found["cascades"]] == ["2026", "2030"]
    for one in found["cascades"]:
        alone = called("cascade", str(parts), "--total", str(one["total"]), "--unit", "万t")
        assert one["proposals"] == alone["proposals"]
    sheet = load_workbook(book, data_only=True)["等比例下降法"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[1:5] == [
        ["甲县", "a", 90, 75],
        ["乙县", "b", 271, 225],
        ["预备", "reserve", 0, 0],
        ["合计", None, 361, 300],
    ]
    reference = rows[6][2] + "a"
    assert called("explain", str(parts), reference)["value"] == 90
    told = CliRunner().invoke(app, ["cascade", str(parts), "--totals", str(totals)], catch_exceptions=False)
    assert told.exit_code == 0
    assert "2030" in told.output
    with pytest.raises(DafengError, match="不止一个总量"):
        CliRunner().invoke(
            app, ["cascade", str(parts), "--totals", str(totals), "--total", "1"], catch_exceptions=False
        )


def test_counties_of_a_case_are_shared_out():
    found = called("cascade", "jiujiang", "--total", "35000000", "--method", "equal_decline")
    [proposal] = found["proposals"]
    assert len(proposal["lines"]) == 13
    assert sum(line["amount"] for line in proposal["lines"]) == 35_000_000


def test_a_score_counts_missing_evidence_apart(tmp_path: Path):
    (tmp_path / "v.csv").write_text("name,value,evidence\ncompletion,1.2,\nmeasures,50,\n", encoding="utf-8")
    sheet = called("score", "ladder_40_60", str(tmp_path / "v.csv"), "--on", "2026-06-30")
    assert (sheet["total"], sheet["missing"], sheet["grade_zh"]) == (46.0, 1, "未完成")


def test_aims_of_a_year_with_what_is_left():
    found = called("aims", "360400", "--year", "2027", "--done", "0.03", "--on", "2027-01-31")
    assert [aim["id"] for aim in found["aims"]] == ["national_15fyp_carbon"]
    assert found["aims"][0]["required"] == pytest.approx(1 - (0.83 / 0.97) ** 0.25)


def test_schemes_are_listed():
    listed = {scheme["id"] for scheme in called("schemes")["schemes"]}
    assert {"ladder_40_60", "completion_25_25", "matrix_60", "grade_ladder_3"} <= listed


@pytest.mark.parametrize(
    ("arguments", "where"),
    [
        (("cascade", "none.csv", "--total", "1"), "none.csv"),
        (("cascade", "jiujiang", "--total", "0"), "cascade:total"),
        (("cascade", "jiujiang", "--total", "1", "--method", "fair"), "cascade:method"),
        (("score", "nothing", "v.csv"), "v.csv"),
        (("score", "ladder_40_60", "missing.csv"), "missing.csv"),
        (("aims", "36", "--year", "2026"), "place"),
        (("aims", "360400", "--year", "2026", "--on", "tomorrow"), "--on"),
    ],
)
def test_bad_input_is_refused_with_its_place(arguments: tuple[str, ...], where: str):
    with pytest.raises(DafengError) as error:
        CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert error.value.problems[0].where == where


def test_follow_up_from_request_to_circular(tmp_path: Path):
    from dafeng.cli.assess import app as assess

    workspace = ("--workspace", str(tmp_path))

    def run(*arguments: str) -> dict:
        done = CliRunner().invoke(
            assess, ["follow-up", *arguments, *workspace, "--json"], catch_exceptions=False
        )
        assert done.exit_code == 0, done.output
        return json.loads(done.output)

    asked = run("request", "jiujiang", "--period", "2026H1", "--due", "2026-07-15", "--task", "三(一)2")
    assert asked["entered"] == 8
    papers = ("--circular", str(tmp_path / "c.docx"), "--table", str(tmp_path / "t.docx"))
    found = run("status", "jiujiang", "--period", "2026H1", "--on", "2026-07-24", *papers)
    assert {line["overdue"] for line in found["lines"]} == {9}
    assert len(found["stale"]) == 34
    assert (tmp_path / "c.docx").stat().st_size > 5_000
    assert (tmp_path / "t.docx").stat().st_size > 5_000


@pytest.mark.slow
def test_a_score_is_kept_appealed_frozen_and_written_again(tmp_path: Path):
    golden = Path(__file__).parents[1] / "report" / "golden" / "jiujiang_summary.json"
    values, results, out = tmp_path / "v.csv", tmp_path / "results", tmp_path / "paper.docx"
    results.mkdir()
    (results / "summary.json").write_text(golden.read_text(encoding="utf-8"), encoding="utf-8")
    (results / "run.json").write_text('{"inputs": {}}', encoding="utf-8")
    values.write_text("name,value,evidence\ncompletion,1,\nmeasures,45,a.pdf\n", encoding="utf-8")
    place = ["--workspace", str(tmp_path / "w"), "--place", "990100"]
    subject = ["--body", "示例东区政府", "--period", "2025"]
    kept = called(
        "score", "ladder_40_60", str(values), "--on", "2026-03-31", *subject, "--stage", "review", "--explanation", "未自评",
        "--as", "办", *place, "--paper", str(out),
    )  # fmt: skip
    assert (kept["total"], kept["record"]) == (85.0, 1)
    assert out.read_bytes()[:2] == b"PK"
    found = called("explain", "assessment_scores/1/lines/measures/points", *place)
    assert (found["value"], found["revision"]["actor"]) == (45.0, "办")
    filed = called(
        "appeal",
        "file",
        "ladder_40_60",
        "measures",
        "已补",
        *subject,
        "--on",
        "2026-04-01",
        "--as",
        "区",
        *place,
    )
    decided = called("appeal", "decide", str(filed["id"]), "成立", "--uphold", "--as", "办", *place)
    assert decided["state"] == "upheld"
    assert called("scores", "ladder_40_60", *subject, *place)["appeals"][0]["answer"] == "成立"
    first = called(
        "freeze",
        "make",
        str(results),
        "--period",
        "2025",
        "--scheme",
        "ladder_40_60",
        "--on",
        "2026-04-02",
        *place,
    )
    paper = ["paper", "yearly", "--out", str(out), "--freeze", str(first["id"]), *place]
    assert CliRunner().invoke(app, paper, catch_exceptions=False).exit_code == 0
    before = out.read_bytes()
    content = json.loads(golden.read_text(encoding="utf-8"))
    content["target_count"]["met"] = 40
    (results / "summary.json").write_text(json.dumps(content), encoding="utf-8")
    CliRunner().invoke(app, paper, catch_exceptions=False)
    assert out.read_bytes() == before
    second = called("freeze", "make", str(results), "--period", "2025", "--on", "2026-05-02", *place)
    changes = called("freeze", "compare", str(first["id"]), str(second["id"]), *place)["changes"]
    assert {"/target_count/met", "scheme:/id"} <= {change["where"] for change in changes}
    assert called("freeze", "lift", str(first["id"]), "--reason", "更正", *place)["state"] == "unfrozen"
    with pytest.raises(DafengError, match="a freeze in force"):
        CliRunner().invoke(app, paper, catch_exceptions=False)


def test_the_tree_of_a_case_holds_every_figure_of_its_plan(tmp_path: Path):
    found = called("tree", "jiujiang", "--on", "2026-01-01", "--workspace", str(tmp_path))
    assert {root["node"] for root in found["roots"]} == {"360400"}
    assert found["problems"] == []
    assert all(root["document"] and root["children"] == [] for root in found["roots"])


def test_a_budget_is_settled_from_records_and_a_table(tmp_path: Path):
    from dafeng.registers import act, enter, open_workspace, owner

    store = open_workspace(tmp_path, "360400")
    cells = {
        "quantity": "co2_budget", "level": "city", "node": "360400", "name": "九江市", "year": "2026", "bound": "floor", "modality": "binding",
        "sense": "down", "kind": "amount", "value": "4000", "unit": "万tCO2", "document": "示例文件1号", "issued_on": "2026-03-01",
    }  # fmt: skip
    done = enter(store, owner("甲"), "issued_targets", cells)
    act(store, owner("乙"), "issued_targets", done.id, "issue", version=done.version)
    store.close()
    (tmp_path / "u.csv").write_text(
        "node,year,value,unit,basis,source\n360400,2026,3600,万tCO2,nowcast,试算\n", encoding="utf-8"
    )
    arguments = ("budget", "jiujiang", "--year", "2026", "--on", "2026-12-31", "--workspace", str(tmp_path))
    [line] = called(*arguments, "--used", str(tmp_path / "u.csv"))["lines"]
    assert (line["assigned"], line["used"], line["left"], line["basis"]) == (40e6, 36e6, 4e6, "nowcast")
    found = called(*arguments)
    assert (found["lines"][0]["left"], found["findings"][0]["code"]) == (None, "budget.used")
