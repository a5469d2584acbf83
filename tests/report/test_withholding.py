"""Contract: a case made of the data of another city prints no probability of its own, on no face, and says what is missing."""

import io
import shutil
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from rich.console import Console
from typer.testing import CliRunner

from dafeng.case import bundled_path, load, own_share, ownership
from dafeng.cli.app import application as app
from dafeng.evidence import Language
from dafeng.report import Summary, render, show, write_results
from dafeng.report.summary import OwnData, OwnTable
from dafeng.report.withholding import CHANCES, own_data, scenario_note, unjudged, withheld_sentence

DRIVERS = OwnTable(
    table="drivers", name_zh="驱动因素", name_en="drivers", rows=10, others=10, places=["九江市"]
)


def of(summary: Summary, own: OwnData) -> Summary:
    chances = CHANCES | {"targets": unjudged(summary.targets), "joint_targets": None} if own.withheld else {}
    return Summary.model_validate(summary.model_copy(update={"own_data": own, **chances}).model_dump())


@pytest.fixture
def withheld(summary: Summary) -> Summary:
    return of(summary, OwnData(share=0.25, least=0.5, withheld=True, tables=[DRIVERS]))


@pytest.fixture
def partly(summary: Summary) -> Summary:
    return of(summary, OwnData(share=0.75, least=0.5, withheld=False, tables=[DRIVERS]))


def screen(summary: Summary, language: Language = Language.ZH) -> str:
    out = io.StringIO()
    show(summary, Console(file=out, width=200), language)
    return out.getvalue()


def test_no_face_gives_a_chance(withheld: Summary, tmp_path: Path) -> None:
    page = write_results(withheld, {}, tmp_path)
    book = openpyxl.load_workbook(tmp_path / "results.xlsx")
    cells = "\n".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row)
    for shown in (page.read_text(encoding="utf-8").partition("<footer>")[0], screen(withheld), cells):
        assert "可能性约" not in shown
        assert "P(≤" not in shown
        assert "不给出示例市碳达峰的结论" in shown
    assert "No answer is given for Exampleton" in screen(withheld, Language.EN)


def test_the_headline_names_what_is_missing(withheld: Summary) -> None:
    assert withheld_sentence(withheld, Language.ZH).endswith("本地数据只占25%，低于50%的下限。")
    shown = screen(withheld)
    assert "驱动因素10行中10行来自九江市" in shown
    assert "dafeng case check town" in shown


def test_targets_judged_by_the_model_become_open(summary: Summary, withheld: Summary) -> None:
    for before, after in zip(summary.targets, withheld.targets, strict=True):
        if before.basis == "model":
            assert (after.status, after.probability, after.value) == ("cannot_be_judged", None, None)
            assert after.why_zh
            assert after.why_en
        else:
            assert after == before


def test_scenarios_of_the_exchange_file_carry_the_note(
    withheld: Summary, summary: Summary, tmp_path: Path
) -> None:
    write_results(withheld, {}, tmp_path)
    rows = (tmp_path / "results.csv").read_text(encoding="utf-8-sig").splitlines()[1:]
    assert rows
    assert all("[headline withheld: 25% own data]" in row for row in rows)
    assert scenario_note(summary) == ""


def test_the_share_stands_with_a_headline_that_is_given(partly: Summary, summary: Summary) -> None:
    line = "本案例数据只有75%属于示例市：驱动因素10行中10行来自九江市"
    assert line in render(partly)
    assert line in screen(partly)
    whole = of(summary, OwnData(share=1, least=0.5, withheld=False, tables=[]))
    assert "数据100%属于示例市" in screen(whole)


@pytest.fixture(scope="module")
def renamed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Jiujiang as 南昌市: every file copied, name and code replaced."""
    folder = tmp_path_factory.mktemp("copied") / "nanchang"
    shutil.copytree(bundled_path("jiujiang") or Path(), folder)
    for name, old, new in (
        ("city.yaml", "name_zh: 九江市", "name_zh: 南昌市"), ("city.yaml", "name_en: Jiujiang\n", "name_en: Nanchang\n"),
        ("city.yaml", '"360400"', '"360100"'), ("observations.csv", "360400", "360100"),
    ):  # fmt: skip
        file = folder / name
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8", newline="\n")
    return folder


@pytest.mark.slow
def test_a_renamed_city_prints_no_probability(renamed: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = CliRunner().invoke(app, ["run", str(renamed), "--samples", "64", "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "不给出南昌市碳达峰的结论" in done.stdout
    summary = Summary.model_validate_json((out / "summary.json").read_text(encoding="utf-8"))
    assert summary.withheld
    assert (summary.peaks, summary.delivery_levels, summary.stress, summary.policy) == ([], [], [], [])
    assert all(target.probability is None for target in summary.targets)
    for text in (done.stdout, (out / "index.html").read_text(encoding="utf-8").partition("<footer>")[0]):
        assert "可能性约" not in text
        assert "概率为" not in text
        assert "P(≤" not in text


@pytest.mark.parametrize("command", ["stress", "feasible"])
def test_commands_that_answer_with_a_probability_refuse(renamed: Path, command: str) -> None:
    done = CliRunner().invoke(app, ["pathway", command, str(renamed), "--samples", "64", "--json"])
    assert done.exit_code == 1
    assert "南昌市的数据只占0%" in done.stdout


def test_a_comparison_of_scenarios_leaves_the_chances_out(renamed: Path) -> None:
    done = CliRunner().invoke(
        app, ["pathway", "run", str(renamed), "--samples", "64"], env={"COLUMNS": "120"}
    )
    assert done.exit_code == 0, done.output
    assert "不给出达峰年和概率" in done.stdout
    assert "%" not in "".join(line for line in done.stdout.splitlines() if " A " in line or " B " in line)


def test_trajectories_of_another_city_are_its_answer_whatever_else_is_replaced(renamed: Path) -> None:
    case = load(str(renamed))
    assert own_data(case).withheld
    own = {
        name: case.table(name).assign(source="city-yearbook")
        for name in ("measures", "observations", "activities", "plants")
    }
    mended = replace(case, tables={**case.tables, **own})
    assert {table.table for table in ownership(mended) if table.others} == {"drivers"}
    assert own_share(mended) == 0
