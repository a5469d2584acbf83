"""Contract: the six nonsense figures are caught on every way in: workbook, `case check`, a run with its page, the office in
the browser; each beside its neighbours or with the cell, none is passed by as sound.
"""

import csv
import shutil
import sys
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

from dafeng.case import IMPLAUSIBLE, from_xlsx, load, naming_doubts, to_xlsx
from dafeng.cli import main
from dafeng.evidence import DafengError
from dafeng.report import Summary, render

JIUJIANG = Path(str(files("dafeng"))) / "cases" / "jiujiang"
GOLDEN = Path(__file__).parents[1] / "report" / "golden" / "jiujiang_summary.json"
Row = dict[str, str]


def times(factor: float) -> Callable[[Row], None]:
    return lambda row: row.update(value=f"{float(row['value']) * factor:g}")


def of_city(indicator: str, year: str = "") -> Callable[[Row], bool]:
    return lambda row: (
        row["indicator"] == indicator
        and row["region"] == "360400"
        and row["year"].startswith(year)
        and bool(row["value"])
    )


# table, rows, change, code of the finding, what it shows beside the figure
SLIPS = {
    "gdp_ten_times": ("observations", of_city("gdp_current", "2019"), times(10), "change", "2018: 2860.07 亿元, 2020: 3235.02 亿元"),
    "people_a_tenth": ("observations", of_city("population_resident_yearend", "2020"), times(0.1), "change", "2019: 461.29 万人, 2021: 456.07 万人"),
    "coal_unit": ("plants", lambda row: row["capacity_mw"] == "1052", lambda row: row.update(capacity_mw="105200"), "plant", "同类中位数 350 MW"),
    "measure": ("measures", lambda row: (row["id"], row["year"]) == ("coal_unit_retrofit", "2030"), lambda row: row.update(value="3"), "share", "0.035"),
    "misspelt": ("observations", of_city("forest_cover"), lambda row: row.update(indicator="forest_covr"), "spelling", "forest_cover"),
}  # fmt: skip


def with_slips(folder: Path, names: list[str]) -> Path:
    shutil.copytree(JIUJIANG, folder)
    for name in names:
        table, chosen, change, *_ = SLIPS[name]
        path = folder / f"{table}.csv"
        rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
        wrong = next(row for row in rows if chosen(row))
        change(wrong)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return folder


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_slips(tmp_path_factory.mktemp("nonsense") / "city", list(SLIPS))


def of_code(findings, code: str) -> list[str]:
    return [one.zh for one in findings if one.code == f"{IMPLAUSIBLE}{code}"]


def test_a_case_that_is_loaded_names_each_beside_its_neighbours(five: Path) -> None:
    findings = load(five).findings
    for *_, code, beside in SLIPS.values():
        assert any(beside in told for told in of_code(findings, code)), code


def test_an_imported_workbook_names_each(five: Path, tmp_path: Path) -> None:
    to_xlsx(str(five), tmp_path / "city.xlsx")
    findings = from_xlsx(tmp_path / "city.xlsx", tmp_path / "back")
    for *_, code, beside in SLIPS.values():
        assert any(beside in told for told in of_code(findings, code)), code


def command(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["dafeng", *arguments])
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_the_check_lists_each_and_does_not_say_that_all_is_well(five: Path, monkeypatch, capsys) -> None:
    assert command(monkeypatch, "case", "check", str(five)) == 0
    shown = capsys.readouterr().out
    for *_, beside in SLIPS.values():
        assert beside in shown
    assert "没有问题" not in shown
    assert "可疑数值" in shown


def test_a_slip_in_the_number_of_people_accuses_nothing_else(tmp_path: Path) -> None:
    findings = load(with_slips(tmp_path / "city", ["people_a_tenth"])).findings
    doubtful = [one for one in findings if one.code.startswith(IMPLAUSIBLE)]
    assert len(doubtful) == 1, doubtful


def test_a_unit_changed_in_all_rows_is_named_with_its_cell(tmp_path: Path, monkeypatch, capsys) -> None:
    folder = with_slips(tmp_path / "city", [])
    lines = (folder / "observations.csv").read_text(encoding="utf-8").splitlines()
    wrong = [
        at for at, line in enumerate(lines) if line.startswith("electricity_generation_above_scale,360400")
    ]
    assert len(wrong) == 2
    for at in wrong:
        lines[at] = lines[at].replace("亿千瓦时", "吨")
    (folder / "observations.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    [told] = [one for one in load(folder).findings if one.code == f"{IMPLAUSIBLE}unit"]
    assert told.where == f"observations.csv:{wrong[0] + 1}:unit"
    assert "吨" in told.zh
    assert "2 行" in told.zh
    # the model cannot read it: the check gives the cell too, and does not say that all is well
    assert command(monkeypatch, "case", "check", str(folder)) == 1
    shown = capsys.readouterr().out
    assert told.where in shown
    assert "没有问题" not in shown


def test_one_row_in_another_unit_is_refused_with_its_cell(tmp_path: Path) -> None:
    folder = with_slips(tmp_path / "city", [])
    text = (folder / "observations.csv").read_text(encoding="utf-8")
    (folder / "observations.csv").write_text(text.replace("276.3,亿千瓦时", "276.3,吨"), encoding="utf-8")
    with pytest.raises(DafengError) as refused:
        load(folder)
    [problem] = refused.value.problems
    assert problem.where.endswith(":unit")
    assert problem.sentence("zh").startswith(
        f"{problem.where}：读到“electricity_generation_above_scale 的单位 吨”，应为与“亿千瓦时”同类的单位"
    )


def test_the_page_begins_its_findings_with_them(five: Path) -> None:
    from dafeng.report.summarising import _findings

    summary = Summary.model_validate_json(GOLDEN.read_text(encoding="utf-8"))
    kept = [one for one in load(five).findings if one.code.startswith(IMPLAUSIBLE)]
    listed = [*_findings(kept), *summary.findings]
    page = render(summary.model_copy(update={"findings": listed}))
    for *_, beside in SLIPS.values():
        assert beside in page
    first = [one.code for one in _findings([*load(five).findings, *kept])][: len(kept)]
    assert all(code.startswith(IMPLAUSIBLE) for code in first)


def test_a_computation_that_fails_names_the_doubtful_figures_too(five: Path) -> None:
    case = load(five)
    with pytest.raises(DafengError) as refused, naming_doubts(case):
        raise DafengError.at("lmdi", "a negative value", "a finite number")
    told = str(refused.value)
    for *_, beside in SLIPS.values():
        assert beside in told
    sound = load("jiujiang")
    with pytest.raises(DafengError) as refused, naming_doubts(sound):
        raise DafengError.at("lmdi", "a negative value", "a finite number")
    assert len(refused.value.problems) == 1
