"""Contract: a plan drafts the annual model of its place: its own figures as ends, typical effects with a range, the rest NE with whom to ask."""

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dafeng import case, inventory
from dafeng.case import own_share, start_from_plan
from dafeng.cli.case import app
from dafeng.evidence import DafengError, packaged_rows
from dafeng.pathway import compile_model, draft_model, parameter_kinds
from dafeng.pathway.drafting.measures_of_plan import draft_measures
from dafeng.plan import Plan, read_text

TEXT = """南昌市碳达峰实施方案
一、主要目标
到2030年,非化石能源消费比重达到25%。
二、重点任务
(一)能源转型
1.发展新能源。到2030年,风电、太阳能发电总装机容量达到200万千瓦,其中分布式光伏60万千瓦。(市发改委、市能源局按职责分工负责)
2.建设新型电力系统。到2025年,新型储能装机容量达到30万千瓦以上,到2030年达到50万千瓦。(国网南昌供电公司负责)
3.推进煤电节能改造。(市发改委负责)
(二)交通运输
1.优化运输结构。到2030年,水路和铁路货运量占比达到25%。(市交通局负责)
2.提升运输结构。(市交通局负责)
(三)支撑体系
1.加强宣传教育。(市委宣传部负责)
"""


def plan_of(text: str = TEXT) -> Plan:
    return read_text(text)


def test_figures_of_the_plan_are_ends_of_the_model_in_its_units() -> None:
    rows, _ = draft_measures(plan_of(), 2025, "p")
    figures = [(row["parameter"], row["year"], row["value"], row["unit"], row["operation"], row["grade"], row["task"])
               for row in rows if row["basis"] == "plan" and row["effect"] == "quantified"]  # fmt: skip
    assert figures == [
        ("wind_solar_mw", "2030", "2000", "MW", "set", "A", "二(一)1"),
        ("storage_mw", "2026", "300", "MW", "set", "C", "二(一)2"),
        ("storage_mw", "2030", "500", "MW", "set", "A", "二(一)2"),
    ]


def test_what_stays_ne_says_why_and_whom_to_ask() -> None:
    rows, left = draft_measures(plan_of(), 2025, "p")
    assert [(one.locator, one.ask) for one in left] == [
        ("二(二)1", ("市交通局",)),
        ("二(二)2", ("市交通局",)),
        ("二(三)1", ("市委宣传部",)),
    ]
    assert "freight_share" in left[0].reason_zh
    assert "二(二)1" in left[1].reason_zh
    ne = [row for row in rows if row["effect"] == "NE"]
    assert len(ne) == len(left)
    assert all(row["reason"] and "可询" in row["reason"] and not row["value"] for row in ne)


def test_a_kind_of_measure_counts_once_in_a_plan() -> None:
    rows, _ = draft_measures(plan_of(), 2025, "p")
    typical = [(row["id"], row["parameter"], row["year"]) for row in rows if row["basis"] == "estimate"]
    assert len(typical) == len(set(typical))
    assert [row["task"] for row in rows if row["id"] == "freight_structure"] == ["二(二)1"]


def test_a_figure_becomes_an_end_where_the_case_has_its_base() -> None:
    rows, left = draft_measures(plan_of(), 2025, "p", frozenset({"freight_share"}))
    assert [(row["value"], row["unit"]) for row in rows if row["parameter"] == "freight_share"] == [
        ("0.25", "1")
    ]
    assert "二(二)1" not in [one.locator for one in left]


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("到2030年,风电装机达到80万千瓦,光伏发电装机达到120万千瓦。", "2000"),
        ("到2030年,光伏发电装机达到120万千瓦。", None),
        ("到2030年,新增风电、光伏装机100万千瓦。", None),
        ("风电、光伏发电装机达到120万千瓦。", None),
        ("到2030年,新能源装机达到3GW。", "3000"),
        ("到2030年,新能源装机占比达到50%。", None),
        ("到2030年,力争新能源装机达到300万千瓦,确保250万千瓦。", "2500"),
    ],
)
def test_wind_and_solar_are_one_end_or_none(words: str, value: str | None) -> None:
    rows, _ = draft_measures(plan_of(f"南昌市碳达峰实施方案\n一、任务\n(一)新能源。{words}"), 2025, "p")
    found = [row["value"] for row in rows if row["parameter"] == "wind_solar_mw"]
    assert found == ([value] if value else [])


def test_every_row_of_the_library_moves_a_parameter_within_its_range() -> None:
    kinds = parameter_kinds()
    ids: dict[str, set[str]] = {}
    for row in packaged_rows("dafeng.pathway.drafting", "typical_effects.csv"):
        name, _, segment = row["parameter"].partition(".")
        assert row["parameter"] in kinds or f"{name}.*" in kinds, row["parameter"]
        assert segment or row["parameter"] in kinds
        ids.setdefault(row["id"], set()).add(row["pattern"])
        assert row["grade"] in "DE"
        if row["low"]:
            assert float(row["low"]) <= float(row["value"]) <= float(row["high"]), row["id"]
    assert all(len(patterns) == 1 for patterns in ids.values())
    for row in packaged_rows("dafeng.pathway.drafting", "plan_figures.csv"):
        assert row["parameter"] in kinds


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("from_plan") / "nc"
    start_from_plan(plan_of(), folder=folder)
    draft_model(folder)
    return folder


def test_the_drafted_case_loads_and_its_model_compiles(started: Path) -> None:
    city = case.load(started)
    model = compile_model(city, inventory.build(city))
    assert {"plan_wind_solar_mw", "plan_storage_mw", "coal_power_retrofit"} <= {
        one.id for one in model.measures
    }
    base = model.parameters["coal_existing_mw"].central[0] * model.parameters["thermal_hours"].central[0]
    assert base == pytest.approx(
        inventory.build(city).power.loc[city.city.base_year, "thermal_mwh"], rel=1e-4
    )


def test_lent_trajectories_are_known_as_of_another_place(started: Path) -> None:
    """No conclusion for a place rests on what was lent: the share of own data is under the floor of an answer."""
    city = case.load(started)
    assert own_share(city) < 0.5
    drivers = city.table("drivers")
    assert set(drivers["grade"]) == {"D", "E"}
    assert set(drivers.loc[drivers["note"].str.contains("九江"), "grade"]) == {"E"}
    # amounts of the lender are never lent: population and fleet are those of the place itself
    assert not {"crude_t", "bus_share"} & set(drivers["parameter"])
    people = drivers[(drivers["parameter"] == "population") & (drivers["year"] == 2020)]["value"]
    assert float(people.iloc[0]) == pytest.approx(625.5, rel=1e-3)  # census 2020


def test_a_model_of_its_own_is_never_overwritten(started: Path) -> None:
    before = (started / "measures.csv").read_bytes()
    with pytest.raises(DafengError, match="measures"):
        draft_model(started)
    assert (started / "measures.csv").read_bytes() == before


def test_the_command_says_what_is_missing_and_that_a_run_starts(tmp_path: Path) -> None:
    file = tmp_path / "plan.txt"
    file.write_text(TEXT, encoding="utf-8")
    made = CliRunner().invoke(app, ["from-plan", str(file), "--out", str(tmp_path / "nc"), "--json"])
    drafted = json.loads(made.stdout)
    assert drafted["missing"] == ""
    assert drafted["from_figures"] == ["风电、太阳能发电装机", "新型储能装机"]
    assert drafted["wanted"] == []  # the index has a value for each
    of_parent = ["from-plan", str(file), "--from", "regions/360000", "--out", str(tmp_path / "of"), "--json"]
    drafted = json.loads(CliRunner().invoke(app, of_parent).stdout)
    assert {item["parameter"] for item in drafted["wanted"]} >= {"population", "wind_solar_mw"}


def test_a_place_without_statistics_is_told_what_a_run_lacks(tmp_path: Path) -> None:
    file, folder = tmp_path / "plan.txt", tmp_path / "sz"
    file.write_text(TEXT.replace("南昌市", "拉萨市"), encoding="utf-8")  # no energy statistics of Tibet
    shown = CliRunner().invoke(app, ["from-plan", str(file), "--out", str(folder)])
    assert shown.exit_code == 0, shown.output
    assert "市交通局" in shown.output
    assert "NE" in shown.output.splitlines()[-1]
    with (folder / "measures.csv").open(encoding="utf-8", newline="") as handle:
        assert any(row["parameter"] == "wind_solar_mw" for row in csv.DictReader(handle))


def test_a_plan_without_targets_and_tasks_starts_a_case_too(tmp_path: Path) -> None:
    plan = plan_of("南昌市碳达峰工作方案\n为做好工作,制定本方案。\n一、总体要求\n坚持统筹推进。")
    started = start_from_plan(plan, folder=tmp_path / "nc")
    assert draft_model(started.path).from_figures == ()
    assert not (tmp_path / "nc" / "answers.csv").exists()
