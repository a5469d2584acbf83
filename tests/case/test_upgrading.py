"""Contract: cases of older releases load with defaults and a finding, and one command rewrites them without loss."""

import tarfile
from pathlib import Path

import pytest
from tests.case.conftest import CITY, PROVINCE
from typer.testing import CliRunner

from dafeng.case import difference, from_xlsx, load, to_xlsx, upgrade
from dafeng.case.city import SCHEMA
from dafeng.case.releases.upgrading import STEPS
from dafeng.cli.case import app
from dafeng.evidence import DafengError

OLD = CITY["city.yaml"].replace("schema: 3\n", "")
OLD_SCENARIOS = CITY["scenarios.yaml"].replace("policy-carried-on", "no-plan").replace("no plan,", "No plan,")
WORKBOOK = Path(__file__).parent / "bb1fe3c" / "city.xlsx"
"""The small city as the release bb1fe3c wrote it to a workbook."""


@pytest.fixture
def old(city: Path) -> Path:
    """The small city as the schema 1 had it."""
    (city / "city.yaml").write_text(OLD, encoding="utf-8")
    (city / "scenarios.yaml").write_text(OLD_SCENARIOS, encoding="utf-8")
    return city


def old_files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_an_older_case_loads_with_a_finding(old: Path) -> None:
    case = load(old)
    assert case.city.schema_version == 1
    found = [one for one in case.findings if one.code == "case.schema"]
    assert len(found) == 1
    assert "case upgrade" in found[0].en
    assert case.power_units()["id"].tolist() == ["u1"]


def test_the_folder_is_rewritten_once_and_nothing_is_lost(old: Path) -> None:
    before = old_files(old)
    done = upgrade(old)
    assert (done.before, done.after) == (1, SCHEMA)
    rewritten = ["plants.csv", "scenarios.yaml", "city.yaml"]
    assert [file for file, _ in done.changes] == rewritten
    after = old_files(old)
    assert {name for name in before if before[name] != after[name]} == set(rewritten)
    assert after["city.yaml"].decode() == f"schema: {SCHEMA}\n" + OLD
    row = load(old).table("plants").iloc[0]
    assert (row["branch"], row["capacity_mw"], row["start_year"], row["efficiency"]) == (
        "power",
        1052,
        2024,
        0.45,
    )
    assert not [one for one in load(old).findings if one.code == "case.schema"]
    again = upgrade(old)
    assert again.changes == ()
    assert old_files(old) == after


def test_the_baseline_of_an_older_case_is_read_and_renamed(old: Path) -> None:
    before = load(old).scenarios
    assert list(before) == ["plan", "policy-carried-on"]
    upgrade(old)
    text = (old / "scenarios.yaml").read_text(encoding="utf-8")
    assert text == CITY["scenarios.yaml"].replace("无方案", "政策延续").replace(
        "no plan,", "Policy as carried on,"
    )
    assert load(old).scenarios["policy-carried-on"]["delivery"] == before["policy-carried-on"]["delivery"]


@pytest.mark.parametrize(
    ("written", "rewritten"),
    [
        ("no-plan:\n  title_zh: 我的\n", "policy-carried-on:\n  title_zh: 我的\n"),
        ('"no-plan":\n  title_zh: 无方案\n', "policy-carried-on:\n  title_zh: 政策延续\n"),
        ("no-plan-b:\n  inherits: no-plan  # as it was\n", "no-plan-b:\n  inherits: policy-carried-on  # as it was\n"),
        ("b: {inherits: no-plan, delivery: 1}\n", "b: {inherits: policy-carried-on, delivery: 1}\n"),
        ("b:\n  title_zh: no-plan\n  title_en: No plan\n", "b:\n  title_zh: no-plan\n  title_en: No plan\n"),
        ("# no-plan: a remark\nplan:\n  inherits: no-plans\n", "# no-plan: a remark\nplan:\n  inherits: no-plans\n"),
    ],
)  # fmt: skip
def test_only_the_id_and_the_packaged_titles_are_renamed(
    tmp_path: Path, written: str, rewritten: str
) -> None:
    (tmp_path / "scenarios.yaml").write_text(written, encoding="utf-8")
    changes = STEPS[2](tmp_path)
    assert (tmp_path / "scenarios.yaml").read_text(encoding="utf-8") == rewritten
    assert bool(changes) == (written != rewritten)


def test_one_baseline_in_two_ids_is_refused(old: Path) -> None:
    both = OLD_SCENARIOS + CITY["scenarios.yaml"].splitlines()[1] + "\n"
    (old / "scenarios.yaml").write_text(both, encoding="utf-8")
    with pytest.raises(DafengError, match="one scenario"):
        load(old)


def test_an_inherited_baseline_of_an_older_case_is_filled_in(old: Path) -> None:
    more = "low: {title_zh: 低, title_en: low, inherits: no-plan, delivery: {wind: 0.5}}\n"
    (old / "scenarios.yaml").write_text(OLD_SCENARIOS + more, encoding="utf-8")
    assert load(old).scenarios["low"] == {
        "title_zh": "低", "title_en": "low", "inherits": "policy-carried-on",
        "delivery": {"default": 0, "wind": 0.5},
    }  # fmt: skip


def test_a_workbook_of_bb1fe3c_loads_and_is_rewritten(old: Path) -> None:
    read = old.parent / "read"
    assert any(one.code == "case.schema" for one in from_xlsx(WORKBOOK, read))
    assert list(load(read).scenarios) == ["plan", "policy-carried-on"]
    new = old.parent / "new"
    assert upgrade(WORKBOOK, new).before == 1
    upgrade(old)
    differences = difference(old, new).differences
    assert {one.table for one in differences} == {"scenarios.yaml"}
    book = old.parent / "new.xlsx"
    upgrade(WORKBOOK, book)
    from_xlsx(book, old.parent / "again")
    assert difference(new, old.parent / "again").differences == ()


def test_a_new_folder_elsewhere_finds_its_parent(old: Path, tmp_path: Path) -> None:
    before = old_files(old)
    out = tmp_path / "deep" / "er" / "new"
    upgrade(old, out)
    assert old_files(old) == before
    assert load(out).parent is not None
    changed = {(one.table, one.column) for one in difference(old, out).differences if one.table != "city"}
    assert ("plants", "branch") in changed


def test_a_workbook_goes_to_a_folder_and_to_a_workbook(old: Path) -> None:
    book = old.parent / "old.xlsx"
    to_xlsx(old, book)
    assert any(one.code == "case.schema" for one in from_xlsx(book, old.parent / "read"))
    upgrade(book, old.parent / "new")
    upgrade(book, old.parent / "new.xlsx")
    from_xlsx(old.parent / "new.xlsx", old.parent / "again")
    assert difference(old.parent / "new", old.parent / "again").differences == ()
    with pytest.raises(DafengError, match="without --out"):
        upgrade(book)


def test_the_released_case_of_bb1fe3c_upgrades(tmp_path: Path) -> None:
    archive = Path(__file__).parents[1] / "pathway" / "bb1fe3c" / "case.tar.gz"
    with tarfile.open(archive) as file:
        file.extractall(tmp_path, filter="data")
    folder = next(
        path.parent for path in tmp_path.rglob("city.yaml") if (path.parent / "plants.csv").exists()
    )
    first = load(folder)
    assert upgrade(folder).before == 1
    new = load(folder)
    assert new.table("plants").drop(columns="branch").equals(first.table("plants").drop(columns="branch"))
    assert new.table("drivers").equals(first.table("drivers"))
    assert new.scenarios.keys() == first.scenarios.keys()
    assert new.scenarios["policy-carried-on"]["title_en"] == "Policy as carried on"


@pytest.mark.parametrize(
    ("text", "found", "mend"),
    [("schema: 4", "4", "update dafeng"), ("schema: two", "two", ""), ("schema: 0", "0", "")],
)
def test_a_schema_that_this_release_cannot_read(old: Path, text: str, found: str, mend: str) -> None:
    (old / "city.yaml").write_text(text + "\n" + OLD, encoding="utf-8")
    with pytest.raises(DafengError) as error:
        upgrade(old)
    problem = next(one for one in error.value.problems if one.where == "city.yaml:1:schema")
    assert found in problem.as_dict()["found"]
    assert mend in problem.as_dict()["mend"]


def test_a_broken_case_is_left_as_it_was(old: Path) -> None:
    (old / "plants.csv").write_text(CITY["plants.csv"].replace("operating", "runs"), encoding="utf-8")
    before = old_files(old)
    with pytest.raises(DafengError):
        upgrade(old)
    assert old_files(old) == before
    assert not [path for path in old.parent.iterdir() if path.name.startswith(".")]
    assert PROVINCE["city.yaml"] == (old.parent / "province" / "city.yaml").read_text(encoding="utf-8")


def test_the_command_prints_what_changed(old: Path) -> None:
    done = CliRunner().invoke(app, ["upgrade", str(old)])
    assert done.exit_code == 0
    assert "plants.csv" in done.output
    assert "schema 1 → 3" in done.output
    assert "has the current schema 3" in CliRunner().invoke(
        app, ["upgrade", str(old)]
    ).output or "现行结构 3" in (CliRunner().invoke(app, ["upgrade", str(old)]).output)
