"""Contract: what a unit used by band of its tariffs adds up to all it used; hours in two bands are parted by minutes; what has
no price costs NE; tariffs that cannot be are told when the registry is entered."""

import json
from datetime import date, datetime, timedelta

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from rich.cells import cell_len
from typer.testing import CliRunner

from dafeng.cli.metering import app
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
)  # fmt: skip
from dafeng.metering.judge.costs import costs
from dafeng.metering.tariffs import BANDS, clock_of, months_of

from .conftest import ROWS, reading

MARCH = date(2025, 3, 1), date(2025, 4, 1)


def tariff(number, band, start, stop, price="", **more):
    return {
        "id": f"T{number}", "medium": "electricity", "band": band, "months": "1-12", "from_time": start, "to_time": stop,
        "price": price, "price_unit": "yuan/kWh" if price else "", "valid_from": "2024-01-01", "source": "test",
    } | more  # fmt: skip


DAY = [
    tariff(1, "valley", "22:30", "06:00", "0.3"), tariff(2, "flat", "06:00", "08:30", "0.6"),
    tariff(3, "peak", "08:30", "22:30", "900", price_unit="元/MWh"),
]  # fmt: skip


@pytest.fixture
def filled(tmp_path):
    """A store with tariffs and readings of P1 (15 min) and H1 (hours); gives the lines as {band: (quantity, cost)}."""
    made = []

    def fill(tariffs, readings):
        rows = json.loads(json.dumps(ROWS)) | {"tariffs": tariffs}
        store = Store.create(tmp_path / f"{len(made)}.duckdb", registry_from_rows(rows, "t"))
        made.append(store)
        body = json.dumps([reading(point, at, value) for point, at, value in readings]).encode()
        ingest_body(store, body, "json", Sending("t"))
        return store

    yield fill
    for store in made:
        store.close()


def by_band(lines):
    return {line["band"]: (line["quantity"], line["cost_yuan"]) for line in lines}


def test_readings_are_of_the_band_in_which_they_begin(filled):
    store = filled(
        DAY,
        [("P1", "2025-03-01 08:15", 2.0), ("P1", "2025-03-01 08:30", 3.0), ("P1", "2025-03-01 23:45", 5.0)],
    )
    lines = costs(store, *MARCH)
    assert by_band(lines) == {
        "flat": (2.0, pytest.approx(1.2)), "peak": (3.0, pytest.approx(2.7)), "valley": (5.0, pytest.approx(1.5)),
    }  # fmt: skip
    assert [line["band"] for line in lines] == ["peak", "flat", "valley"]
    assert {(line["unit"], line["month"], line["quantity_unit"], line["readings"]) for line in lines} == {
        ("U1", "2025-03", "kWh", 3)
    }
    assert lines[0]["expected"] == 31 * (2 * 96 + 24 + 96)  # P1 and P2 and R1 in quarters, H1 in hours
    # four points are metered all the month, three quarters of an hour of it are read
    assert lines[0]["coverage"] == pytest.approx(3 * 15 / (4 * 31 * 1440))


def test_an_hour_weighs_as_much_as_its_quarters(filled):
    """H1 alone is read all of March: a quarter of the time of four points, but 24 of 312 readings a day."""
    hours = [(f"2025-03-{day:02} {hour:02}:00", 1.0) for day in range(1, 32) for hour in range(24)]
    lines = costs(filled(DAY, [("H1", at, value) for at, value in hours]), *MARCH)
    assert {line["coverage"] for line in lines} == {0.25}


def test_two_registers_a_year_cover_nothing(filled):
    """The rise between them fills every quarter of an hour, which was full coverage of a year that nobody has seen."""
    store = filled(DAY, [("R1", "2025-01-01 00:00", 0.0), ("R1", "2025-12-31 00:00", 364.0)])
    year = costs(store, date(2025, 1, 1), date(2026, 1, 1))
    assert sum(line["quantity"] for line in year) == pytest.approx(3640)  # times the ratio of 10
    assert {line["coverage"] for line in year} == {0.0}
    assert sum(line["readings"] for line in year if line["band"] == "peak") == 364 * 96


def test_an_hour_in_two_bands_is_parted_by_minutes(filled):
    store = filled(DAY, [("H1", "2025-03-01 08:00", 8.0), ("H1", "2025-03-01 22:00", 4.0)])
    assert by_band(costs(store, *MARCH)) == {
        "flat": (4.0, pytest.approx(2.4)), "peak": (6.0, pytest.approx(5.4)), "valley": (2.0, pytest.approx(0.6)),
    }  # fmt: skip


def test_a_tariff_that_changes_within_a_month_holds_from_its_day(filled):
    old = [tariff(1, "flat", "00:00", "24:00", "0.5", valid_to="2025-03-16")]
    new = [tariff(2, "flat", "00:00", "12:00", "1", valid_from="2025-03-16"),
           tariff(3, "peak_top", "12:00", "24:00", "2", valid_from="2025-03-16", months="2-4;7")]  # fmt: skip
    store = filled(
        [*old, *new], [("P1", f"2025-03-{day} {hour}:00", 1.0) for day in (15, 16) for hour in (11, 13)]
    )
    assert by_band(costs(store, *MARCH)) == {
        "flat": (3.0, pytest.approx(2.0)),
        "peak_top": (1.0, pytest.approx(2.0)),
    }


def test_what_has_no_band_or_no_price_is_told_and_costs_nothing_known(filled):
    tariffs = [tariff(1, "peak", "08:00", "10:00"), tariff(2, "flat", "10:00", "12:00", "0.5")]
    store = filled(tariffs, [("P1", f"2025-03-01 {hour}:00", 1.0) for hour in ("08", "10", "13")])
    assert by_band(costs(store, *MARCH)) == {"peak": (1.0, None), "flat": (1.0, 0.5), None: (1.0, None)}
    assert costs(store, date(2025, 5, 1), date(2025, 6, 1)) == []
    assert costs(store, *MARCH, unit="U2") == []


def test_without_tariffs_it_is_said(filled):
    with pytest.raises(DafengError, match=r"tariffs\.csv"):
        costs(filled([], [("P1", "2025-03-01", 1.0)]), *MARCH)


@pytest.mark.slow
@given(
    edges=st.lists(st.integers(0, 47), min_size=2, max_size=6, unique=True).map(sorted),
    slots=st.lists(
        st.tuples(st.sampled_from(["P1", "H1"]), st.integers(0, 95), st.floats(0, 200)),
        min_size=1,
        max_size=8,
    ),
)
def test_the_bands_add_up_to_all_that_was_used(edges, slots, tmp_path_factory):
    clocks = [f"{edge // 2:02}:{edge % 2 * 30:02}" for edge in edges]
    tariffs = [
        tariff(number, BANDS[number % 5], start, stop, "1")
        for number, (start, stop) in enumerate(zip(clocks, [*clocks[1:], clocks[0]], strict=True))
    ]
    rows = json.loads(json.dumps(ROWS)) | {"tariffs": tariffs}
    begin = datetime.fromisoformat("2025-03-01")
    readings = {}
    for point, slot, value in slots:
        whole = slot - slot % 4 if point == "H1" else slot
        readings[point, (begin + timedelta(minutes=15 * whole)).isoformat()] = value
    with Store.create(tmp_path_factory.mktemp("c") / "s.duckdb", registry_from_rows(rows, "t")) as store:
        body = json.dumps([reading(point, at, value) for (point, at), value in readings.items()]).encode()
        ingest_body(store, body, "json", Sending("t"))
        lines = costs(store, *MARCH)
        month = rollup(store, Question(By.UNIT, Period.MONTH, *MARCH, "U1"))[0]
    total = sum(line["quantity"] for line in lines)
    assert total == pytest.approx(sum(readings.values()))
    assert total == pytest.approx(month["quantity"] or 0.0)
    assert sum(line["cost_yuan"] for line in lines) == pytest.approx(total)  # a yuan a kWh


def test_months_and_clocks():
    assert months_of("11-2;7") == {11, 12, 1, 2, 7}
    rows = registry_from_rows({"tariffs": DAY}, "t").tables["tariffs"]
    clock = clock_of(rows, 3, date(2025, 3, 1), "kWh")
    assert np.bincount(clock.band, minlength=5).tolist() == [0, 14 * 60, 150, 450, 0]
    assert clock.price[[0, 360, 510, 1349, 1350]].tolist() == pytest.approx([0.3, 0.6, 0.9, 0.9, 0.3])
    assert np.all(clock_of(rows, 3, date(2023, 12, 31), "kWh").band == -1)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (tariff(9, "peak", "08:00", "09:00", months="13"), "months"), (tariff(9, "peak", "08:00", "09:00", months="春季"), "months"),
        (tariff(9, "peak", "08:00", "08:00"), "to_time"), (tariff(9, "peak", "08:00", "09:00", "1", price_unit="kWh"), "price_unit"),
        (tariff(9, "peak", "08:00", "09:00", "1", price_unit=""), "price_unit"), (tariff(9, "peak", "23:00", "07:00"), "from_time"),
    ],
    ids=str,
)  # fmt: skip
def test_a_tariff_that_cannot_be_is_told(row, column):
    with pytest.raises(DafengError) as told:
        registry_from_rows({"tariffs": [tariff(1, "flat", "06:00", "07:30", "1"), row]}, "t")
    assert [problem.where for problem in told.value.problems] == [f"t/tariffs.csv:3:{column}"]


def test_from_the_command_line(filled):
    store = filled(DAY, [("P1", "2025-03-01 08:15", 2.0), ("P1", "2025-03-01 12:00", 3.0)])
    store.close()
    run = ["costs", "--store", str(store.path), "--from", "2025-03-01", "--to", "2025-04-01"]
    told = CliRunner(env={"COLUMNS": "80"}).invoke(app, run)
    assert told.exit_code == 0, told.output
    assert "平段" in told.output
    assert "2.70" in told.output
    assert all(cell_len(line) <= 80 for line in told.output.splitlines())
    answer = json.loads(CliRunner().invoke(app, [*run, "--json"]).output)
    assert [line["cost_yuan"] for line in answer["costs"]] == pytest.approx([2.7, 1.2])
    assert answer["origin"] == "measured"


def test_costs_of_synthetic_readings_are_called_synthetic(tmp_path):
    simulate(tmp_path / "r.parquet", points=4, days=2, seed=1, counties=["360402"])
    rows = json.loads(json.dumps(ROWS)) | {"tariffs": DAY}
    with Store.create(tmp_path / "s.duckdb", registry_from_rows(rows, "t")) as store:
        ingest_file(store, tmp_path / "r.parquet")
    told = CliRunner(env={"COLUMNS": "80"}).invoke(app, ["costs", "--store", str(tmp_path / "s.duckdb")])
    assert "仿真" in told.output
    answer = json.loads(
        CliRunner().invoke(app, ["costs", "--store", str(tmp_path / "s.duckdb"), "--json"]).output
    )
    assert answer["origin"] == "synthetic"
    assert all(line["synthetic"] == line["readings"] > 0 for line in answer["costs"])
