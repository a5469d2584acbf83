"""Contract: closing a month changes no sum and refuses late readings until a person opens it; a nowcast follows
the truth it is calibrated on, refuses synthetic readings and says NE where it knows nothing."""

import json
from datetime import date

import numpy as np
import pytest

from dafeng.evidence import DafengError
from dafeng.metering import (
    By,
    Period,
    Question,
    Sending,
    Store,
    ingest_body,
    operate,
    registry_from_rows,
    rollup,
)
from dafeng.metering.judge.nowcast import nowcast

from .conftest import ROWS, point, reading
from .test_ingest import values

QUESTION = Question(By.UNIT, Period.HOUR, date(2025, 1, 1), date(2025, 2, 3))


def test_a_closed_month_shows_the_same_sums_and_takes_nothing(store, send):
    send(reading("B1", "2025-01-31T23:45:00", 1), reading("B1", "2025-02-01T00:00:00", 2))
    before = rollup(store, QUESTION)
    closed = operate(store, "archive", {"month": "2025-01"})
    assert closed["readings"] == 1
    assert rollup(store, QUESTION) == before
    late = send(reading("B1", "2025-01-15T00:00:00", 1))
    assert (late.status, late.problems[0].where) == ("refused", "row 1:start")
    with pytest.raises(DafengError, match="open month"):
        operate(store, "archive", {"month": "2025-01"})
    with pytest.raises(DafengError, match="why"):
        operate(store, "archive", {"month": "2025-01", "reopen": True})
    operate(store, "archive", {"month": "2025-01", "reopen": True, "reason": "补录"})
    assert send(reading("B1", "2025-01-31T23:45:00", 5)).counts.replaced == 1
    assert values(store, "B1")["2025-01-31T23:45:00"] == 5.0
    assert operate(store, "archive", {"month": "2025-01"})["version"] == 2


def test_a_moved_store_still_finds_its_closed_months(tmp_path, store, send):
    send(reading("B1", "2025-01-31T00:00:00", 1))
    operate(store, "archive", {"month": "2025-01"})
    store.close()
    (tmp_path / "new").mkdir()
    for path in tmp_path.glob("s.duckdb*"):
        path.rename(tmp_path / "new" / path.name)
    with Store(tmp_path / "new" / "s.duckdb") as moved:
        assert moved.rows("SELECT value FROM readings") == [{"value": 1.0}]


def test_a_changed_archive_is_not_taken_back(store, send):
    send(reading("B1", "2025-01-31T00:00:00", 1))
    name = operate(store, "archive", {"month": "2025-01"})["file"]
    file = store.path.with_name(name)
    file.write_bytes(file.read_bytes() + b"x")
    with pytest.raises(DafengError, match="not as it was"):
        operate(store, "archive", {"month": "2025-01", "reopen": True, "reason": "x"})


def rows(tco2, first_year=2024, synthetic=0):
    return [
        {
            "bucket": f"{first_year + month // 12}-{month % 12 + 1:02}", "tco2": value, "readings": 100,
            "coverage": 1.0, "synthetic": synthetic,
        }
        for month, value in enumerate(tco2)
    ]  # fmt: skip


def test_a_nowcast_follows_a_simulated_truth():
    """The place emits what is metered and a part that moves with it, with 2 % noise of its own each month."""
    rng = np.random.default_rng(3)
    metered = 1000 * (1 + 0.2 * np.cos(np.arange(24) / 12 * 2 * np.pi)) * np.linspace(1, 1.1, 24)
    truth = metered * 3.2 * np.exp(rng.normal(0, 0.02, 24))
    found = nowcast(rows(metered), base_year=2024, inventory_t=float(truth[:12].sum()))
    error = np.array([row["value"] for row in found]) / truth[12:] - 1
    assert len(found) == 12
    assert np.abs(error).max() < 0.06
    assert abs(sum(row["value"] for row in found) / truth[12:].sum() - 1) < 0.02


def test_without_readings_it_says_so(store):
    answer = operate(store, "nowcast", {"base_year": 2020, "inventory_t": 5e7})
    assert [(row["key"], row["reason"]) for row in answer["months"]] == [("NE", "no readings")]
    assert json.dumps(answer)


def test_a_county_is_told_from_its_own_meters(tmp_path, registry_rows):
    rows = registry_rows
    rows["points"] = [
        point("P1", period="month", rated_max="1000000"),
        point("B1", period="month", object="O2", rated_max="1000000"),
    ]
    rows["meters"] = []
    with Store.create(tmp_path / "c.duckdb", registry_from_rows(rows, "t", "360000")) as store:
        sent = [
            reading(name, f"{year}-{month:02}-01", amount * (1 + (year == 2025)))
            for name, amount in (("P1", 100), ("B1", 7))
            for year in (2024, 2025)
            for month in range(1, 13)
        ]
        ingest_body(store, json.dumps(sent).encode(), "json", Sending("t"))
        values = {"base_year": 2024, "inventory_t": 1200.0, "county": "360403"}
        months = operate(store, "nowcast", values)["months"]
        # every month of 2025 is twice that of 2024, at the newest factor of both years
        assert [row["month"] for row in months] == [f"2025-{month:02}" for month in range(1, 13)]
        assert [row["value"] for row in months] == pytest.approx([200.0] * 12)
        none = operate(store, "nowcast", values | {"county": "360499"})["months"]
        assert [(row["key"], row["reason"]) for row in none] == [("NE", "no readings")]


@pytest.fixture
def registry_rows():
    return json.loads(json.dumps(ROWS))


def test_it_needs_a_whole_base_year_and_coverage():
    assert nowcast(rows([1.0] * 11), base_year=2024, inventory_t=1.0)[0]["key"] == "NE"
    months = rows([1.0] * 14)
    months[12]["coverage"] = 0.89
    assert [row["key"] for row in nowcast(months, base_year=2024, inventory_t=24.0)] == ["NE", None]
    assert (
        nowcast(rows([1.0] * 13), base_year=2024, inventory_t=None)[0]["reason"]
        == "no inventory of the base year"
    )


def test_it_refuses_synthetic_readings():
    with pytest.raises(DafengError, match="synthetic"):
        nowcast(rows([1.0] * 13, synthetic=1), base_year=2024, inventory_t=1.0)


@pytest.mark.parametrize(
    ("verb", "values"),
    [
        *((verb, {"year": year}) for verb in ("judge", "publish") for year in (-5, 0, 9999, 10000)),
        *(("nowcast", {"base_year": year}) for year in (0, 99999)), ("nowcast", {"base_year": 2024, "inventory_t": float("inf")}),
        ("archive", {"month": "9999-12"}), ("archive", {"month": "0000-01"}),
    ],
)  # fmt: skip
def test_times_that_no_calendar_has_are_refused(store, verb, values):
    with pytest.raises(DafengError):
        operate(store, verb, values)


def test_a_closed_month_whose_file_is_gone_is_said(store, send):
    send(reading("P1", "2025-01-01T00:00:00", 1))
    name = operate(store, "archive", {"month": "2025-01"})["file"]
    away = store.path.with_name(name).rename(store.path.with_name("away"))
    asked = {"by": "unit", "period": "15min", "first": "2025-01-01", "last": "2025-01-02"}
    for verb, options in (("rollup", asked), ("quality", {})):
        with pytest.raises(DafengError, match="put missing files back"):
            operate(store, verb, options)
    assert operate(store, "rollup", asked | {"period": "day"})["rows"][0]["readings"] == 1  # from the sums
    away.rename(store.path.with_name(name))
    assert operate(store, "rollup", asked)["rows"][0]["readings"] == 1
