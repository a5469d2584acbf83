"""Contract: a closed month is closed at the store: no register, correction, meter change or other month writes into it; what
would belong into it is flagged, and comes in when the month is opened again."""

import itertools
import json
from datetime import date, datetime, timedelta

import pytest

from dafeng.evidence import midnight
from dafeng.metering import (
    By,
    Period,
    Question,
    Sending,
    Store,
    enter_registry,
    ingest_body,
    operate,
    registry_from_rows,
    rollup,
)
from dafeng.metering.store.closed_months import closed_months
from dafeng.metering.store.meter_versions import _neighbours

from .conftest import point, reading

_KEYS = itertools.count()
BEGIN = datetime(2025, 1, 1)  # noqa: DTZ001 - Beijing time


@pytest.fixture
def hourly(tmp_path, rows):
    """A store whose R1 is a register read every hour, with a ratio of 1, from 1 January to 3 March: 1 kWh an hour."""
    rows["points"] = [
        point("R1", kind="register", period="60", rated_max=""), point("P1", period="60"),
    ]  # fmt: skip
    rows["meters"] = [{"id": "M1", "point": "R1", "ratio": "1", "valid_from": "2024-01-01 00:00"}]
    with Store.create(tmp_path / "s.duckdb", registry_from_rows(rows, "t", "360000")) as store:
        hours = (31 + 28 + 2) * 24
        sent = [
            reading("R1", (BEGIN + timedelta(hours=hour)).isoformat(), 1000 + hour)
            for hour in range(hours + 1)
        ]
        ingest_body(store, json.dumps(sent).encode(), "json", Sending("t"))
        yield store


def send(store, *readings):
    return ingest_body(store, json.dumps(list(readings)).encode(), "json", Sending("t", str(next(_KEYS))))


def months(store):
    rows = rollup(store, Question(By.POINT, Period.MONTH, date(2025, 1, 1), date(2025, 3, 1)))
    return {row["bucket"]: (row["quantity"], row["coverage"]) for row in rows if row["group"] == "R1"}


def close(store, *names):
    for name in names:
        operate(store, "archive", {"month": name})


def reopen(store, name):
    return operate(store, "archive", {"month": name, "reopen": True, "reason": "更正表底"})


def flagged(store):
    return store.rows(
        "SELECT CAST(start + INTERVAL 8 HOUR AS VARCHAR) AS start, CAST(until + INTERVAL 8 HOUR AS VARCHAR) AS until, "
        "value, expected FROM flag WHERE kind = 'closed' ORDER BY start"
    )


def test_a_register_of_january_does_not_double_february(hourly):
    """January and February closed, January reopened, the register of 31 January 23:00 corrected: February stays 672 kWh."""
    close(hourly, "2025-01", "2025-02")
    assert months(hourly) == {"2025-01": (744.0, 1.0), "2025-02": (672.0, 1.0)}
    reopen(hourly, "2025-01")
    send(hourly, reading("R1", "2025-01-31T23:00:00", 1743.5))
    assert months(hourly) == {"2025-01": (744.0, 1.0), "2025-02": (672.0, 1.0)}
    hours = hourly.rows(
        "SELECT value FROM readings WHERE period = 60 AND start >= '2025-01-31 14:00' ORDER BY start LIMIT 3"
    )
    assert [row["value"] for row in hours] == [1.5, 0.5, 1.0]
    assert flagged(hourly) == []


def test_energy_across_a_closed_boundary_is_flagged_and_comes_with_the_reopened_month(hourly):
    """The first register of February moves: the last hour of January, which is closed, would change from 1 to 1.25 kWh."""
    close(hourly, "2025-01")
    send(hourly, reading("R1", "2025-02-01T00:00:00", 1744.25))
    assert months(hourly) == {"2025-01": (744.0, 1.0), "2025-02": (671.75, 1.0)}
    assert flagged(hourly) == [
        {"start": "2025-01-31 23:00:00", "until": "2025-02-01 00:00:00", "value": 1.25, "expected": 1.0}
    ]
    assert operate(hourly, "quality", {})["closed"] == 1
    send(hourly, reading("R1", "2025-02-01T00:00:00", 1744))
    assert flagged(hourly) == []  # the boundary is as it was
    send(hourly, reading("R1", "2025-02-01T00:00:00", 1744.25))
    assert reopen(hourly, "2025-01")["derived"] == 1
    assert months(hourly) == {"2025-01": (744.25, 1.0), "2025-02": (671.75, 1.0)}
    assert flagged(hourly) == []


def test_a_register_that_comes_after_the_month_was_closed(tmp_path, rows):
    """The register of midnight arrives late: its hour belongs to the closed month, is flagged, and is not lost."""
    rows["points"] = [point("R1", kind="register", period="60", rated_max="")]
    rows["meters"] = [{"id": "M1", "point": "R1", "ratio": "1", "valid_from": "2024-01-01 00:00"}]
    with Store.create(tmp_path / "s.duckdb", registry_from_rows(rows, "t")) as store:
        send(store, reading("R1", "2025-01-31T22:00", 10), reading("R1", "2025-01-31T23:00", 11))
        close(store, "2025-01")
        send(store, reading("R1", "2025-02-01T01:00", 15))
        assert [
            row["value"] for row in store.rows("SELECT value FROM readings WHERE period = 60 ORDER BY start")
        ] == [1.0, 2.0]
        assert [(row["value"], row["expected"]) for row in flagged(store)] == [(2.0, 0.0)]
        reopen(store, "2025-01")
        assert [
            row["value"] for row in store.rows("SELECT value FROM readings WHERE period = 60 ORDER BY start")
        ] == [1.0, 2.0, 2.0]


def test_a_gap_and_a_meter_change_leave_closed_months_alone(hourly, rows):
    close(hourly, "2025-01")
    send(hourly, reading("R1", "2025-02-01T00:00:00", 5))  # misread: the registers around it go on without it
    assert months(hourly)["2025-01"] == (744.0, 1.0)
    rows["points"] = [point("R1", kind="register", period="60", rated_max=""), point("P1", period="60")]
    rows["meters"] = [{"id": "M1", "point": "R1", "ratio": "2", "valid_from": "2024-01-01 00:00"}]
    enter_registry(hourly, registry_from_rows(rows, "t", "360000"), approve="王")
    assert months(hourly)["2025-01"] == (744.0, 1.0)
    assert [(row["value"], row["expected"]) for row in flagged(hourly)] == [(744 * 2.0, 744.0)]


def test_a_middle_month_opened_alone(hourly):
    """January and March stay closed while February is corrected at both of its ends."""
    close(hourly, "2025-01", "2025-02", "2025-03")
    reopen(hourly, "2025-02")
    send(
        hourly,
        reading("R1", "2025-02-01T00:00:00", 1744.5),
        reading("R1", "2025-02-28T23:00:00", 1000 + 59 * 24 - 1.5),
    )
    assert months(hourly) == {"2025-01": (744.0, 1.0), "2025-02": (671.5, 1.0)}
    assert [row["value"] for row in flagged(hourly)] == [1.5]
    close(hourly, "2025-02")
    assert months(hourly) == {"2025-01": (744.0, 1.0), "2025-02": (671.5, 1.0)}


def test_files_of_closed_months_are_read_only_where_they_may_hold_the_neighbour(hourly):
    """A register every hour finds the one before it in the open month."""
    close(hourly, "2025-01", "2025-02")
    files = list(hourly.path.parent.glob("*.parquet"))
    for file in files:
        file.rename(file.with_suffix(".away"))
    at = midnight(date(2025, 3, 3)) + timedelta(hours=1)
    with hourly.reading() as connection:
        found = _neighbours(connection, [1], at, at, closed_months(connection), 2)
    assert [row[2] for row in found] == [1000 + 61 * 24 - 1, 1000 + 61 * 24]
    for file in files:
        file.with_suffix(".away").rename(file)
