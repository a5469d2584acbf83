"""Contract: rules are dated data and decide at their bounds as printed; a budget's forecast is right in closed
form; nothing turns green for want of data; a warning stays until a person releases it."""

import json
import math
from datetime import date

import openpyxl
import pytest
from scipy.stats import t as student

from dafeng.evidence import DafengError
from dafeng.metering import Sending, Store, ingest_body, operate, registry_from_rows
from dafeng.metering.intake.workbooks import write_notice
from dafeng.metering.judge.budgets import forecast, judge_budgets, month_shares, share_until
from dafeng.metering.judge.quotas import judge_buildings, judge_products, publishable
from dafeng.metering.judge.rule_rows import packaged_rules
from dafeng.metering.judge.warnings import act, open_warnings, record, trail
from dafeng.rules import judge

from .conftest import point, reading

RULES = packaged_rules()
ON = date(2021, 4, 1)


def level(name, on=ON, **statistics):
    return judge(RULES, name, "s", "k", on, statistics).level


@pytest.mark.parametrize(
    ("name", "statistic", "value", "expected"),
    [
        ("ndrc_2021q1", "relative_gap", 0.1001, "red"),
        ("ndrc_2021q1", "relative_gap", 0.1, "yellow"),
        ("ndrc_2021q1", "relative_gap", 0.0, "green"),
        ("zj_city_2010", "completion_rate", 0.5, "red"),
        ("zj_city_2010", "completion_rate", 0.51, "orange"),
        ("zj_city_2010", "completion_rate", 0.9, "yellow"),
        ("zj_city_2010", "completion_rate", 1.0, "green"),
        ("hangzhou_h1", "gap_points", 2.01, "red"),
        ("hangzhou_h1", "gap_points", 2.0, "orange"),
        ("hangzhou_h1", "gap_points", 0.99, "yellow"),
        ("hangzhou_h1", "gap_points", 0.3, "yellow"),
        ("hangzhou_h1", "gap_points", 0.29, "green"),
        ("hangzhou_q3", "gap_points", 1.0, "orange"),
        ("hangzhou_q3", "gap_points", 0.49, "yellow"),
        ("hangzhou_q3", "gap_points", 0.0, "green"),
    ],
)
def test_published_rules_decide_at_their_bounds(name, statistic, value, expected):
    assert level(name, **{statistic: value}) == expected


def test_every_packaged_rule_set_covers_every_value():
    for name in {row["rule_set"] for row in RULES}:
        statistics = {row["statistic"] for row in RULES if row["rule_set"] == name}
        day = next(row["valid_from"] for row in RULES if row["rule_set"] == name)
        for value in (-5.0, -0.1, 0.0, 0.05, 0.1, 0.3, 0.5, 0.9, 1.0, 2.0, 50.0):
            assert level(name, day, **dict.fromkeys(statistics, value)) != "grey", (name, value)


def test_two_statistics_of_one_rule_set():
    day = date(2021, 8, 1)
    assert level("ndrc_2021h1_intensity", day, intensity_change=0.01, reduction_shortfall=0.0) == "red"
    assert level("ndrc_2021h1_intensity", day, intensity_change=-0.01, reduction_shortfall=0.01) == "yellow"
    assert level("ndrc_2021h1_intensity", day, intensity_change=-0.03, reduction_shortfall=-0.01) == "green"
    assert level("ndrc_2021h1_intensity", day, reduction_shortfall=-0.01) == "grey"


def test_a_rule_is_not_used_outside_its_dates():
    verdict = judge(RULES, "ndrc_2021q1", "s", "k", date(2021, 7, 1), {"relative_gap": 0.5})
    assert (verdict.level, "valid" in verdict.reason) == ("grey", True)
    with pytest.raises(DafengError, match=r"rules\.csv"):
        judge(RULES, "jiujiang", "s", "k", ON, {})


def test_a_verdict_keeps_rule_version_inputs_and_source():
    verdict = judge(RULES, "ndrc_2021q1", "region:360400", "k", ON, {"relative_gap": 0.2})
    assert (len(verdict.rule_digest), verdict.inputs, verdict.confirmed) == (16, {"relative_gap": 0.2}, False)
    assert "caixin" in verdict.source


def test_shares_until_a_day():
    shares = month_shares(None, 2025)
    assert sum(shares) == pytest.approx(1)
    assert share_until(shares, date(2025, 12, 31)) == pytest.approx(1)
    assert share_until(shares, date(2025, 2, 14)) == pytest.approx((31 + 14) / 365)


def test_a_constant_ratio_is_forecast_exactly():
    shares = month_shares(None, 2025)
    coming = forecast([1200 * share for share in shares[:6]], shares, date(2025, 6, 30))
    assert (coming.total, coming.low, coming.high) == pytest.approx((1200, 1200, 1200))


def test_the_interval_is_the_prediction_interval():
    shares = [1 / 12] * 12
    monthly = [9.0, 10.0, 11.0]
    coming = forecast(monthly, shares, date(2025, 3, 31))
    assert coming.total == pytest.approx(120)
    half = student.ppf(0.95, 2) * 12 * math.sqrt(9 / 144 + (9 / 12) ** 2 / 3)
    assert coming.high - coming.total == pytest.approx(half)
    assert coming.low == pytest.approx(max(120 - half, 30))
    assert forecast(monthly[:2], shares, date(2025, 2, 28)).low is None


def months(point_name, year, values):
    return [reading(point_name, f"{year}-{month:02}-01", value) for month, value in enumerate(values, 1)]


@pytest.fixture
def yearly(tmp_path, rows):
    """B1, G1 (gas) and O1P (output) are read monthly; budgets and a local rule set are registered."""
    rows["points"] = [
        point("B1", object="O2", period="month", rated_max="1000000"),
        point("E1", period="month", rated_max="1000000"),
        point("Q1", period="month", medium="product", unit="t", rated_max="1000000"),
    ]
    rows["meters"] = []
    rows["rules"] = [
        {
            "id": f"r{order}", "rule_set": "local", "order": str(order), "level": name, "statistic": "forecast_gap",
            "lower": low, "upper": high, "upper_closed": "yes", "unit": "1", "valid_from": "2025-01-01",
            "source": "test", "confirmed": "yes",
        }
        for order, (name, low, high) in enumerate([("red", "0.1", ""), ("yellow", "0", "0.1"), ("green", "", "0")])
    ]  # fmt: skip
    rows["budgets"] = [
        {
            "id": "b1",
            "scope": "unit",
            "subject": "U2",
            "year": "2025",
            "quantity": "coal_equivalent_calorific",
            "value": "12.29",
            "unit": "tce",
            "profile": ";".join(["0.08333333333"] * 12),
            "rule_set": "local",
            "source": "test",
            "grade": "A",
        }
    ]
    rows["benchmarks"] = [
        {
            "id": "k1",
            "product": "x",
            "quantity": "coal_equivalent_calorific",
            "unit": "kgce/t",
            "benchmark": "10",
            "baseline": "12.29",
            "limit": "20",
            "source": "test",
            "confirmed": "yes",
        }
    ]
    rows["products"] = [
        {
            "id": "x1",
            "owner": "U1",
            "benchmark": "k1",
            "name_zh": "产品",
            "output_point": "Q1",
            "energy_points": "E1",
        }
    ]

    def make(**readings):
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.duckdb"
        store = Store.create(path, registry_from_rows(rows, "t", "360000"))
        body = json.dumps(
            [row for name, values in readings.items() for row in months(name, 2025, values)]
        ).encode()
        if readings:
            ingest_body(store, body, "json", Sending("t"))
        return store

    return make


@pytest.mark.parametrize(("each", "expected"), [(8000, "green"), (8400, "yellow"), (9500, "red")])
def test_a_budget_is_judged_by_the_local_rule(yearly, each, expected):
    # 12.29 tce are 100,000 kWh at 0.1229 kgce/kWh: 8,333 a month
    with yearly(B1=[each] * 6) as store:
        (verdict,) = judge_budgets(store, date(2025, 6, 30))
    assert verdict.level == expected
    assert verdict.inputs["forecast"] == pytest.approx(each * 12 * 0.1229 / 1000, rel=1e-6)
    assert verdict.inputs["relative_gap"] == pytest.approx(each * 12 / 100000 - 1, rel=1e-6)


def test_a_budget_without_enough_readings_is_grey(yearly):
    with yearly(B1=[8000] * 5) as store:
        (verdict,) = judge_budgets(store, date(2025, 6, 30))
    assert (verdict.level, "coverage" in verdict.reason) == ("grey", True)
    with yearly() as store:
        assert judge_budgets(store, date(2025, 6, 30))[0].level == "grey"


def test_metering_that_began_within_the_year_is_grey_and_not_half_a_year_as_a_whole(yearly, rows):
    """The months before are not known: neither a progress nor a forecast can be told."""
    rows["budgets"][0] |= {"profile": ""}
    for point_row in rows["points"]:
        point_row["valid_from"] = "2025-04-01"
    with yearly() as store:
        body = [reading("B1", f"2025-{month:02}-01", 8000) for month in (4, 5, 6)]
        ingest_body(store, json.dumps(body).encode(), "json", Sending("t"))
        (verdict,) = judge_budgets(store, date(2025, 6, 30))
    assert (verdict.level, "NE" in verdict.reason) == ("grey", True)


def test_a_warning_stays_until_a_person_releases_it(yearly):
    with yearly(B1=[9500] * 6) as store:
        day = date(2025, 6, 30)
        (first,) = record(store, judge_budgets(store, day))
        (again,) = record(store, judge_budgets(store, day))
        assert (first["issued"], again["issued"]) == (True, False)
        with pytest.raises(DafengError, match="who"):
            act(store, first["id"], "release", person="", note="")
        act(store, first["id"], "acknowledge", person="李", note="已约谈")
        assert [row["state"] for row in open_warnings(store)] == ["acknowledge"]
        act(store, first["id"], "release", person="李", note="已整改")
        assert open_warnings(store) == []
        assert [row["action"] for row in trail(store, first["id"])] == ["issue", "acknowledge", "release"]
        with pytest.raises(DafengError, match="open warning"):
            act(store, first["id"], "release", person="李", note="again")
        assert record(store, judge_budgets(store, day))[0]["issued"]


@pytest.mark.parametrize(
    ("each", "expected"), [(60000, "within_guide"), (80000, "within_constraint"), (95000, "above_constraint")]
)
def test_a_building_against_its_quota_says_not_confirmed(yearly, each, expected):
    # B class office: constraint 110, guide 80 kWh/m2; 10,000 m2
    with yearly(B1=[each] * 12) as store:
        (row,) = judge_buildings(store, 2025)
        assert (row["level"], row["kwh_per_m2"]) == (expected, pytest.approx(each * 12 / 10000))
        assert row["reason"].startswith("not confirmed")
        with pytest.raises(DafengError, match="confirmed quota"):
            publishable([row])
        assert publishable([row | {"confirmed": True}])
        with pytest.raises(DafengError, match="synthetic"):
            publishable([row | {"confirmed": True, "synthetic": 1}])


QUOTA = {
    "id": "jx-1", "standard": "DB36 example", "climate_zone": "夏热冬冷", "class": "B", "building_type": "商业办公建筑",
    "constraint_value": "100", "guide_value": "70", "valid_from": "2024-01-01", "confirmed": "yes", "checked_by": "王 2024-05",
}  # fmt: skip


def test_a_confirmed_quota_of_the_place_is_judged_by_and_published(yearly, rows, tmp_path):
    """It goes before the row of the package, and the notice says who compared it."""
    rows["quotas"] = [QUOTA, QUOTA | {"id": "old", "constraint_value": "50", "guide_value": "", "valid_from": "2020-01-01", "valid_to": "2024-01-01"}]  # fmt: skip
    with yearly(B1=[80000] * 12) as store:
        answer = operate(store, "judge", {"year": 2025})["buildings"][0]
        assert (answer["level"], answer["quota"], answer["reason"]) == ("within_constraint", "jx-1", "")
        before = judge_buildings(store, 2023)[0]
        assert (before["quota"], before["guide"]) == ("old", 50)
        notice = operate(store, "publish", {"year": 2025})["buildings"]
    assert [(row["rank"], row["checked_by"]) for row in notice] == [(1, "王 2024-05")]
    write_notice(tmp_path / "n.xlsx", notice, 2025)
    sheet = openpyxl.load_workbook(tmp_path / "n.xlsx").active
    row = {header.value: cell.value for header, cell in zip(sheet[2], sheet[3], strict=True)}
    assert (row["建筑"], row["结论"], row["限额核对"]) == ("办公楼", "符合约束值", "王 2024-05")
    assert row["单位面积电耗(kWh/m²)"] == pytest.approx(96)


def test_a_quota_is_confirmed_by_somebody_and_with_a_value(rows):
    rows["quotas"] = [
        QUOTA | {"checked_by": ""}, QUOTA | {"id": "b", "class": "A", "constraint_value": "", "guide_value": ""},
        QUOTA | {"id": "c", "climate_zone": "寒冷", "guide_value": "120"}, QUOTA | {"id": "d"},
    ]  # fmt: skip
    with pytest.raises(DafengError) as caught:
        registry_from_rows(rows, "t")
    assert {problem.where for problem in caught.value.problems} == {
        "t/quotas.csv:2:checked_by", "t/quotas.csv:3:constraint_value", "t/quotas.csv:4:guide_value", "t/quotas.csv:5:valid_from",
    }  # fmt: skip


def test_what_the_quota_is_not_corrected_for_is_named(yearly, rows):
    rows["objects"][1]["use_hours"] = "3000"
    with yearly(B1=[60000] * 12) as store:
        assert "use_hours (not corrected for)" in judge_buildings(store, 2025)[0]["left_out"]


def test_a_building_with_gaps_is_grey(yearly):
    with yearly(B1=[60000] * 10) as store:
        assert judge_buildings(store, 2025)[0]["level"] == "grey"


@pytest.mark.parametrize(
    ("kwh", "expected"),
    [
        (80_000, "at_benchmark"),
        (99_900, "at_baseline"),
        (110_000, "below_baseline"),
        (170_000, "above_limit"),
    ],
)
def test_a_product_against_benchmark_and_baseline(yearly, kwh, expected):
    with yearly(E1=[kwh] * 12, Q1=[1000] * 12) as store:
        (row,) = judge_products(store, 2025)
    assert row["consumption"] == pytest.approx(kwh * 0.1229 / 1000)
    assert row["level"] == expected


def test_levels_of_a_product_are_those_of_the_year(yearly, rows):
    """80,000 kWh a thousand t are 9.832 kgce/t. The product names a row that ended in 2024; the next one is stricter."""
    row = rows["benchmarks"][0] | {"valid_to": "2025-01-01"}
    new = row | {
        "id": "k2",
        "benchmark": "9",
        "baseline": "9.5",
        "limit": "9.8",
        "valid_from": "2025-01-01",
        "valid_to": "",
    }
    rows["benchmarks"] = [row, new, new | {"id": "other", "product": "y", "limit": "1"}]
    with yearly(E1=[80_000] * 12, Q1=[1000] * 12) as store:
        (found,) = judge_products(store, 2025)
        assert (found["level"], found["benchmark_row"]) == ("above_limit", "k2")
        assert judge_products(store, 2024)[0]["benchmark_row"] == "k1"
    rows["benchmarks"] = [row]
    with yearly(E1=[80_000] * 12, Q1=[1000] * 12) as store:
        (found,) = judge_products(store, 2025)
        assert (found["level"], found["reason"], found["benchmark_row"]) == ("grey", "no benchmark row", None)


def test_verdicts_of_a_year_are_kept_with_rule_inputs_and_source(yearly):
    with yearly(B1=[95000] * 12, E1=[80_000] * 12, Q1=[1000] * 12) as store:
        answer = operate(store, "judge", {"year": 2025})
        kept = {row["kind"]: row for row in store.rows("SELECT * FROM verdict")}
        building, product = answer["buildings"][0], answer["products"][0]
        assert kept["quota"]["rule"] == building["quota"] != "none"
        assert (kept["quota"]["level"], kept["quota"]["confirmed"]) == ("above_constraint", False)
        assert "51161" in kept["quota"]["source"]
        assert json.loads(kept["quota"]["inputs"])["kwh_per_m2"] == building["kwh_per_m2"]
        assert (kept["benchmark"]["rule"], kept["benchmark"]["source"]) == ("k1", "test")
        assert kept["benchmark"]["rule_digest"] == product["rule_digest"]
        assert building["verdict"] != product["verdict"]
        assert open_warnings(store) == []
        rows = store.registry().tables["benchmarks"]
        assert rows[0]["limit"] == 20.0
        assert operate(store, "judge", {"year": 2025})["products"][0]["rule_digest"] == product["rule_digest"]
