"""Contract: a sum is exactly its readings; a gap stays a gap and shows; factors are those of the date;
synthetic readings are named in every sum and never in a city result; day sums and raw readings agree."""

import json
from datetime import date, datetime, timedelta

import ibis
import pytest

from dafeng.evidence import DafengError
from dafeng.metering import (
    By,
    Period,
    Question,
    Sending,
    Store,
    ingest_body,
    ingest_file,
    registry_from_rows,
    rollup,
    simulate,
    unit_status,
)
from dafeng.metering.judge.costs import by_minute
from dafeng.metering.judge.rollup import compiled, cuts_sql
from dafeng.metering.judge.stored_tables import SCHEMAS

from .conftest import point, reading

DAY = (date(2025, 1, 1), date(2025, 1, 2))


def full_day(point, value, day="2025-01-01", slots=range(96)):
    return [reading(point, f"{day}T{slot // 4:02}:{slot % 4 * 15:02}:00", value) for slot in slots]


def test_a_full_day_is_energy_coal_and_carbon(store, send):
    send(*full_day("B1", 2.5))
    row = next(row for row in rollup(store, Question(By.UNIT, Period.DAY, *DAY)) if row["group"] == "U2")
    assert (row["quantity"], row["readings"], row["expected"], row["coverage"]) == (240.0, 96, 96, 1.0)
    assert row["tce"] == pytest.approx(240 * 0.1229 / 1000)  # GB/T 2589-2020, A.2
    assert row["tco2"] == pytest.approx(240 * 0.5836 / 1000)  # Jiangxi 2023, the newest published
    assert row["tce_equivalent"] is None  # a dated parameter that nobody has given
    assert (row["state"], row["origin"]) == ("counted", "measured")


def test_the_factor_is_that_of_the_date(store, send):
    send(*full_day("B1", 1, "2025-01-01"))
    assert store.rows(
        "SELECT value FROM point_factor f JOIN point p ON p.number = f.point WHERE p.id = 'B1' AND quantity = 'co2' "
        "AND DATE '2022-06-01' BETWEEN f.valid_from AND f.valid_to"
    ) == [{"value": pytest.approx(0.5752 / 1000)}]


def test_missing_stays_missing_and_is_grey_below_ninety_percent(store, send):
    send(*full_day("B1", 1, slots=range(86)))
    row = next(row for row in rollup(store, Question(By.UNIT, Period.DAY, *DAY)) if row["group"] == "U2")
    assert (row["quantity"], row["state"]) == (86.0, "grey")
    send(reading("B1", "2025-01-01T21:30:00", 1))
    row = next(row for row in rollup(store, Question(By.UNIT, Period.DAY, *DAY)) if row["group"] == "U2")
    assert (row["quantity"], row["state"], row["coverage"]) == (87.0, "counted", 87 / 96)


@pytest.fixture
def two_media(tmp_path, rows):
    """Electricity by the quarter of an hour through January and a day of February; gas by statement, of which there is none."""
    gas = {"medium": "natural_gas", "unit": "m3", "period": "month", "rated_max": ""}
    rows["points"] = [point("P1"), point("G1", **gas)]
    rows["meters"] = []
    with Store.create(tmp_path / "g.duckdb", registry_from_rows(rows, "t", "360000")) as store:
        begin = datetime(2025, 1, 1)  # noqa: DTZ001 - Beijing time
        at = [(begin + timedelta(minutes=15 * n)).isoformat() for n in range(96 * 32)]
        body = json.dumps([reading("P1", start, 1) for start in at]).encode()
        ingest_body(store, body, "json", Sending("t"))
        yield store


@pytest.mark.parametrize("by", [By.UNIT, By.SECTOR, By.COUNTY])
@pytest.mark.parametrize("period", [Period.MONTH, Period.YEAR])
def test_a_statement_of_a_month_weighs_as_much_as_its_readings(two_media, by, period):
    """One of 2,977 readings is missing, and with it all the gas of the unit: the sum is grey, not 99.97 % covered."""
    question = Question(by, period, date(2025, 1, 1), date(2025, 2, 1))
    (row,) = (one for one in rollup(two_media, question) if one["readings"])
    assert (row["expected"] - row["readings"], row["state"]) == (1, "grey")
    assert row["coverage"] == pytest.approx(44_640 / (44_640 + 43_200))
    body = json.dumps([reading("G1", "2025-01", 100, period="month")]).encode()
    ingest_body(two_media, body, "json", Sending("t"))
    (row,) = (one for one in rollup(two_media, question) if one["readings"])
    assert (row["coverage"], row["state"]) == (1.0, "counted")


def test_the_statement_of_a_month_that_has_begun_weighs_as_much_as_the_month_does(two_media):
    body = json.dumps([reading("G1", "2025-01", 100, period="month")]).encode()
    ingest_body(two_media, body, "json", Sending("t"))
    question = Question(By.UNIT, Period.YEAR, date(2025, 1, 1), date(2025, 2, 2))
    (row,) = (one for one in rollup(two_media, question) if one["readings"])
    electricity, statement = 32 * 1440, 43_200
    assert row["coverage"] == pytest.approx((electricity + statement) / (electricity + statement + 1440))
    body = json.dumps([reading("G1", "2025-02", 100, period="month")]).encode()
    ingest_body(two_media, body, "json", Sending("t"))
    (row,) = (one for one in rollup(two_media, question) if one["readings"])
    assert row["coverage"] == 1.0


def test_a_unit_whose_gas_statements_ended_is_not_green(two_media):
    def coverage(day):
        return {one["unit"]: one["coverage"] for one in unit_status(two_media, None, day)["units"]}["U1"]

    assert coverage(date(2025, 2, 2)) == pytest.approx(0.5, abs=0.01)
    for month in ("2024-12", "2025-01"):
        body = json.dumps([reading("G1", month, 100, period="month")]).encode()
        ingest_body(two_media, body, "json", Sending("t"))
    assert coverage(date(2025, 2, 2)) == 1.0
    assert coverage(date(2025, 3, 20)) == pytest.approx(0.5)  # no electricity; the statement of January
    assert coverage(date(2025, 3, 21)) == 0.0  # that of February is due by the 20th day after it


def test_no_reading_is_no_zero(store):
    row = next(row for row in rollup(store, Question(By.UNIT, Period.DAY, *DAY)) if row["group"] == "U2")
    assert (row["quantity"], row["tce"], row["coverage"], row["origin"], row["state"]) == (
        None,
        None,
        0.0,
        "none",
        "grey",
    )


def test_children_and_virtual_points_are_not_counted_twice(store, send):
    send(*full_day("P1", 10), *full_day("P3", 4))
    rows = rollup(store, Question(By.MEDIUM, Period.DAY, *DAY))
    assert sum(row["quantity"] for row in rows) == 960.0


def test_a_virtual_point_is_its_formula(tmp_path, rows):
    rows["points"][5]["formula"] = "P1 - P2"
    with Store.create(tmp_path / "s.duckdb", registry_from_rows(rows, "t", "360000")) as store:
        body = json.dumps([*full_day("P1", 10), *full_day("P2", 4, slots=range(48))]).encode()
        ingest_body(store, body, "json", Sending("t"))
        for period in (Period.DAY, Period.HOUR):
            found = [row for row in rollup(store, Question(By.POINT, period, *DAY)) if row["group"] == "V1"]
            assert sum(row["quantity"] for row in found) == 960 - 192
            assert sum(row["tco2"] for row in found) == pytest.approx((960 - 192) * 0.5836 / 1000)
            assert (sum(row["readings"] for row in found), sum(row["expected"] for row in found)) == (
                144,
                192,
            )
        day = next(row for row in rollup(store, Question(By.POINT, Period.DAY, *DAY)) if row["group"] == "V1")
        assert (day["coverage"], day["state"]) == (
            0.75,
            "grey",
        )  # half of a part is missing: no green difference


def test_carbon_is_told_by_scope(tmp_path, rows):
    rows["points"][1] |= {"medium": "bituminous_coal", "unit": "t"}
    rows["points"][5]["formula"] = "P1"
    with Store.create(tmp_path / "s.duckdb", registry_from_rows(rows, "t", "360000")) as store:
        body = json.dumps([*full_day("P1", 10), *full_day("P2", 0.5)]).encode()
        ingest_body(store, body, "json", Sending("t"))
        row = next(row for row in rollup(store, Question(By.UNIT, Period.DAY, *DAY)) if row["group"] == "U1")
        assert row["tco2_scope2"] == pytest.approx(960 * 0.5836 / 1000)
        assert row["tco2_scope1"] > 0
        assert row["tco2"] == pytest.approx(row["tco2_scope1"] + row["tco2_scope2"])


def test_energy_given_away_is_taken_off(tmp_path, rows):
    rows["points"][1] |= {"direction": "out", "use": "output"}
    with Store.create(tmp_path / "s.duckdb", registry_from_rows(rows, "t")) as store:
        body = json.dumps([*full_day("P1", 10), *full_day("P2", 4)]).encode()
        ingest_body(store, body, "json", Sending("t"))
        row = next(row for row in rollup(store, Question(By.UNIT, Period.DAY, *DAY)) if row["group"] == "U1")
        assert row["quantity"] == 96 * 6


def test_a_fuel_without_factor_makes_the_sum_not_estimated(tmp_path, rows):
    rows["points"][1] |= {"medium": "natural_gas", "unit": "m3"}
    rows["points"][5]["formula"] = "P1"
    with Store.create(tmp_path / "s.duckdb", registry_from_rows(rows, "t")) as store:
        ingest_body(
            store, json.dumps([*full_day("P1", 10), *full_day("P2", 4)]).encode(), "json", Sending("t")
        )
        row = next(row for row in rollup(store, Question(By.UNIT, Period.DAY, *DAY)) if row["group"] == "U1")
    # GB/T 2589-2020 gives a range for natural gas and no default: NE, while its CO2 is known
    assert row["tce"] is None
    assert row["quantity"] is None
    assert row["tco2"] == pytest.approx(960 * 0.5306 / 1000 + 384 * 21.621888 / 10000)


def test_local_days_are_cut_at_midnight_in_beijing(store, send):
    send(reading("B1", "2024-12-31T15:45:00Z", 1), reading("B1", "2024-12-31T16:00:00Z", 2))
    row = next(row for row in rollup(store, Question(By.UNIT, Period.DAY, *DAY)) if row["group"] == "U2")
    assert row["quantity"] == 2.0


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sim")
    simulate(folder / "r.parquet", points=40, days=32, seed=2, counties=["360402", "360403"])
    with Store.create(folder / "s.duckdb", registry_from_rows({}, "t", "360000")) as store:
        ingest_file(store, folder / "r.parquet")
        yield store


@pytest.mark.parametrize("by", [By.UNIT, By.COUNTY, By.SECTOR, By.MEDIUM])
def test_all_lengths_of_period_add_up_to_the_same(simulated, by):
    span = (date(2025, 1, 1), date(2025, 2, 1))
    sums = {}
    for period in Period:
        for row in rollup(simulated, Question(by, period, *span)):
            key = (row["group"], period)
            quantity, carbon, count, expected = sums.get(key, (0.0, 0.0, 0, 0))
            sums[key] = (
                quantity + (row["quantity"] or 0), carbon + (row["tco2"] or 0), count + row["readings"],
                expected + row["expected"],
            )  # fmt: skip
    for (group, _), found in sums.items():
        assert found == pytest.approx(sums[group, Period.YEAR], rel=1e-9)
    total = simulated.rows(
        "SELECT sum(value) AS v FROM reading r JOIN point p ON p.number = r.point WHERE counted AND flags < 64 "
        "AND start < TIMESTAMP '2025-01-31 16:00'"
    )[0]["v"]
    assert sum(value[0] for (_, period), value in sums.items() if period is Period.DAY) == pytest.approx(
        total
    )


def test_synthetic_shows_in_every_sum_and_never_in_a_city_result(simulated):
    span = (date(2025, 1, 1), date(2025, 2, 1))
    for by in set(By) - {By.CITY}:
        rows = rollup(simulated, Question(by, Period.MONTH, *span))
        assert {row["origin"] for row in rows} == {"synthetic"}
    with pytest.raises(DafengError, match="synthetic"):
        rollup(simulated, Question(By.CITY, Period.MONTH, *span))


def test_a_question_that_makes_no_sense_is_refused():
    with pytest.raises(DafengError, match="a day after"):
        Question(By.UNIT, Period.DAY, date(2025, 1, 2), date(2025, 1, 2))
    with pytest.raises(DafengError, match="62 days"):
        Question(By.UNIT, Period.HOUR, date(2025, 1, 1), date(2026, 1, 2))


@pytest.mark.oracle
@pytest.mark.parametrize(
    ("by", "period"),
    [*((By.UNIT, period) for period in Period), (By.POINT, Period.DAY), (By.COUNTY, Period.MONTH)],
)
def test_the_same_definition_gives_the_same_on_clickhouse(simulated, by, period):
    """The statements compiled for ClickHouse, run on ClickHouse's own engine over the same rows."""
    chdb = pytest.importorskip("chdb.session")
    session = chdb.Session()
    question = Question(by, period, date(2025, 1, 1), date(2025, 1, 20))
    for name in ("point", "day_sum", "readings", "rate", "term", "calendar"):
        columns = ", ".join(
            f"CAST({column} AS INTEGER) AS {column}" if kind == "int32" else column
            for column, kind in SCHEMAS[name].items()
        )
        file = simulated.path.parent / f"{name}.parquet"
        simulated.rows(f"COPY (SELECT {columns} FROM {name}) TO '{file}' (FORMAT PARQUET)")
        session.query(f"CREATE TABLE {name} ENGINE = Memory AS SELECT * FROM file('{file}', Parquet)")
    cuts = (date(2025, 1, 7), date(2025, 1, 13))  # no factor changes then: the sums must stay
    statement = compiled(question, "clickhouse", cuts) + " SETTINGS join_use_nulls = 1"
    text = str(session.query(statement, "JSONEachRow"))
    theirs = [json.loads(line) for line in text.splitlines()]
    ours = simulated.rows(compiled(question))
    assert len(theirs) == len(ours) > 0
    for their, our in zip(theirs, ours, strict=True):
        assert their["group"] == our["group"]
        for name in (
            "quantity",
            "tce",
            "tco2",
            "readings",
            "expected",
            "synthetic",
            "tco2_scope1",
            "tco2_scope2",
        ):
            assert (their[name] or 0) == pytest.approx(our[name] or 0, rel=1e-12)


@pytest.mark.oracle
def test_what_costs_are_made_of_is_the_same_on_clickhouse(simulated):
    chdb = pytest.importorskip("chdb.session")
    session, question = chdb.Session(), Question(By.UNIT, Period.MONTH, date(2025, 1, 3), date(2025, 2, 1))
    for name in ("point", "readings", "term"):
        file = simulated.path.parent / f"{name}.parquet"
        simulated.rows(f"COPY (SELECT {', '.join(SCHEMAS[name])} FROM {name}) TO '{file}' (FORMAT PARQUET)")
        session.query(f"CREATE TABLE m_{name} ENGINE = Memory AS SELECT * FROM file('{file}', Parquet)")
    told = []
    for dialect in ("duckdb", "clickhouse"):
        rows = by_minute(question, ["electricity"], [date(2025, 1, 16)], dialect)
        keys = ["group", "turn", "minute", "own"]
        rows = rows.select(*keys, "quantity", "readings", "synthetic").order_by(keys)
        text = str(ibis.to_sql(rows, dialect=dialect))
        if dialect == "duckdb":
            told.append([tuple(row.values()) for row in simulated.rows(text)])
        else:
            for name in ("point", "readings", "term"):
                for word in ("FROM", "JOIN"):
                    text = text.replace(f'{word} "{name}"', f'{word} "m_{name}"')
            lines = str(session.query(text, "JSONCompactEachRow")).splitlines()
            told.append([tuple(json.loads(line)) for line in lines])
    assert len(told[0]) == len(told[1]) > 100
    for ours, theirs in zip(*told, strict=True):
        assert ours[:4] + ours[5:] == theirs[:4] + theirs[5:]
        assert ours[4] == pytest.approx(theirs[4], rel=1e-12)


@pytest.mark.parametrize("period", [Period.MONTH, Period.YEAR])
def test_a_factor_that_changes_within_a_month_counts_from_its_day(tmp_path, rows, period):
    """A longer sum is that of its days, each with its own factor; a day without one makes it NE."""
    factor = {
        "medium": "electricity", "quantity": "co2", "region": "U1", "unit": "tCO2/MWh", "set": "t", "source": "test", "confirmed": "yes",
    }  # fmt: skip
    rows["factors"] = [
        factor | {"id": "a", "value": "1", "valid_from": "2025-03-02", "valid_to": "2025-03-10"},
        factor | {"id": "b", "value": "2", "valid_from": "2025-03-10", "valid_to": "2025-04-16"},
        factor | {"id": "c", "value": "4", "valid_from": "2025-04-16"},
    ]
    with Store.create(tmp_path / "f.duckdb", registry_from_rows(rows, "t", "360000")) as store:
        days = [date(2025, 3, 2) + timedelta(days=number) for number in range(60)]
        body = [reading("P1", f"{day}T{hour:02}:00", 1 + hour) for day in days for hour in (0, 9, 23)]
        ingest_body(store, json.dumps(body).encode(), "json", Sending("t"))
        span = (days[0], days[-1] + timedelta(days=1))
        assert len(store.rows(cuts_sql(Question(By.UNIT, period, *span)))) == 2
        daily = rollup(store, Question(By.UNIT, Period.DAY, *span, "U1"))
        longer = rollup(store, Question(By.UNIT, period, *span, "U1"))
        assert [row["tco2"] for row in daily[:9]] == pytest.approx([35 / 1000] * 8 + [70 / 1000])
        for row in longer:
            parts = [day for day in daily if day["bucket"].startswith(row["bucket"])]
            for name in ("tco2", "tce", "quantity", "readings", "expected"):
                assert row[name] == pytest.approx(sum(part[name] for part in parts)), name
        before = Question(By.UNIT, period, date(2025, 3, 1), span[1], "U1")
        assert rollup(store, before)[0]["tco2"] == longer[0]["tco2"]  # the day without factor has no reading
        send = [reading("P1", "2025-03-01T00:00", 1)]
        ingest_body(store, json.dumps(send).encode(), "json", Sending("t"))
        assert rollup(store, before)[0]["tco2"] is None
