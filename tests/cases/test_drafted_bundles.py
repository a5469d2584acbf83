"""Contract: four drafts come with the package, of different kinds, from public facts: each runs to ranges without conclusion, as its golden figures say, and a check costs the same however many there are."""

import json
import math
import os
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dafeng import inventory
from dafeng.case import bundled, edgar_co2, folder, load, own_share
from dafeng.cli.case import app
from dafeng.report import Summary

GOLDEN = Path(__file__).parent / "golden_drafts.json"
"""Renewed with `make golden`; its diff is read before it is committed with the reason."""
KINDS = {"tangshan": "steel", "nanchang": "electricity_import", "kunming": "power", "tianjin": "power"}
YEARS = (2020, 2025, 2030, 2035)
pytestmark = [pytest.mark.xdist_group("drafts"), pytest.mark.slow]


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("gallery")
    names = [f"drafts/{name}" for name in KINDS]
    done = CliRunner().invoke(app, ["gallery", *names, "--out", str(out), "--samples", "64"])
    assert done.exit_code == 0, done.output
    return out


@pytest.fixture(scope="module")
def answers(gallery: Path) -> dict[str, Summary]:
    return {
        name: Summary.model_validate_json((gallery / name / "summary.json").read_text(encoding="utf-8"))
        for name in KINDS
    }


def test_drafts_are_listed_beside_jiujiang() -> None:
    assert {name for name in bundled() if name.startswith("drafts/")} >= {f"drafts/{name}" for name in KINDS}
    for name in KINDS:
        case = load(f"drafts/{name}")
        assert case.plan is not None
        assert 0 < own_share(case) < 0.5
        assert ("issued-plan" in case.sources) == (
            name == "tianjin"
        )  # the one of which a document is at hand
        assert case.city.name_en.isascii()


def test_inherited_plans_are_those_of_the_index() -> None:
    """The plan of Tianjin is read again where its text is at hand (tests/plan/test_real_texts.py)."""
    national = files("dafeng") / "case/national"
    of_nation, of_jiangxi = ((national / f"plan{code}.yaml").read_bytes() for code in ("", "_360000"))
    for name, plan in {"tangshan": of_nation, "kunming": of_nation, "nanchang": of_jiangxi}.items():
        assert load(f"drafts/{name}").path.joinpath("plan.yaml").read_bytes() == plan, name


def test_no_sentence_of_a_document_is_in_a_draft() -> None:
    for name in KINDS:
        plan = load(f"drafts/{name}").plan
        assert plan is not None
        assert all(duty.content is None for duty in plan.duties)
        assert all(len(task.title) < 40 for task in plan.tasks)


def test_a_draft_gives_ranges_and_no_probability(answers: dict[str, Summary]) -> None:
    for name, summary in answers.items():
        assert summary.withheld, name
        assert summary.peaks == []
        assert summary.delivery_needed is None
        track = summary.track("plan", summary.place.headline_account)
        at = track.years.index(2030)
        assert track.low[at] < track.median[at] < track.high[at]
        assert ("继承" in (summary.place.plan_title or "")) == (name != "tianjin")


def test_golden_figures_of_the_drafts(answers: dict[str, Summary]) -> None:
    now = {name: _figures(summary) for name, summary in answers.items()}
    if os.environ.get("DAFENG_RENEW_GOLDEN"):
        GOLDEN.write_text(json.dumps(now, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert now.keys() == golden.keys()
    for name, figures in golden.items():
        assert now[name] == pytest.approx(figures, rel=1e-4), name


def _figures(summary: Summary) -> dict[str, float]:
    """Level of the base year, medians and ends by scenario, and the weight of the heaviest branches [Mt]."""
    figures: dict[str, float] = {"own_share": summary.own_data.share if summary.own_data else 1.0}
    for account, level in summary.base.items():
        figures[f"base_{account}"] = level.median
    for scenario in ("plan", "policy-carried-on"):
        track = summary.track(scenario, "A")
        for year in YEARS:
            at = track.years.index(year)
            ends = {"low": track.low[at], "median": track.median[at], "high": track.high[at]}
            figures |= {f"{scenario}_{year}_{end}": value for end, value in ends.items()}
    branches = sorted((row for row in summary.branches if row.account == "A"), key=lambda row: -row.value)
    return figures | {f"branch_{row.branch}": row.value for row in branches[:4]}


def test_a_municipality_is_known_no_better_than_inventories_of_provinces_agree() -> None:
    """EDGAR over CEADs has sd 0.24 in ln over provinces: the whole estimated balance of Tianjin errs by so much at once."""
    total = inventory.build(load("drafts/tianjin")).totals("B", [2020])[0]
    least = 1.96 * 0.24
    assert math.log(total.high_t / total.value_t) >= least
    assert math.log(total.value_t / total.low_t) >= least
    assert total.low_t < edgar_co2("120000", 2020) * 1e6 < total.high_t


def test_gallery_leads_to_the_page_of_each(gallery: Path) -> None:
    page = (gallery / "index.html").read_text(encoding="utf-8")
    for name in KINDS:
        assert f'href="{name}/index.html"' in page
        assert (gallery / name / "index.html").is_file()
    assert page.count("不给出") == page.count("No answer is given") == len(KINDS)
    assert "https://" not in page


COUNTED = """
import sys
from pathlib import Path
from dafeng.case import check, folder, load

opened = []
sys.addaudithook(lambda event, arguments: opened.append(str(arguments[0])) if event == "open" else None)
root = Path(sys.argv[1])
folder._bundled_root = lambda: root
assert check("jiujiang") == []
load("drafts/kunming")
print(len([one for one in opened if one.startswith(str(root))]))
"""


@pytest.mark.slow
def test_a_check_reads_the_same_files_however_many_drafts_there_are(tmp_path: Path) -> None:
    root = tmp_path / "cases"
    shutil.copytree(folder._bundled_root(), root)
    counts = []
    for copies in (0, 30):
        for number in range(copies):
            shutil.copytree(root / "drafts/tangshan", root / f"drafts/copy{number}")
        done = subprocess.run(
            [sys.executable, "-c", COUNTED, str(root)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        counts.append(int(done.stdout))
    assert counts[0] == counts[1] > 20
