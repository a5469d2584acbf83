"""Contract: the example city is one folder, synthetic throughout and so called, the same bytes each time, and its store shows
the faults that are put into its readings."""

import csv
import hashlib

import pytest
from typer.testing import CliRunner

from dafeng.case import write_example
from dafeng.cli.case import app
from dafeng.evidence import DafengError
from dafeng.metering import Store, load_registry, operate, place_of, write_example_readings


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    target = tmp_path_factory.mktemp("city") / "example"
    write_example(target)
    write_example_readings(target)
    return target


def test_the_city_says_that_it_is_synthetic(folder):
    place = place_of(str(folder))
    assert (place.city.name_zh, place.city.code, place.city.synthetic) == ("示例市", "990100", True)
    registry = load_registry(folder / "metering")
    assert all(unit["synthetic"] for unit in registry.tables["units"])
    assert {"EX-PARK", "EX-DC", "EX-GOV", "EX-STEEL"} <= set(registry.by_id("units"))
    for table in ("tariffs", "quotas", "budgets", "rules", "factors", "benchmarks"):
        assert all(
            "仿真" in f"{row['source'] if 'source' in row else row['note']}" for row in registry.tables[table]
        )


def test_a_folder_that_holds_something_is_left_alone(tmp_path):
    (tmp_path / "a.csv").write_text("x")
    with pytest.raises(DafengError, match="new or empty folder"):
        write_example(tmp_path)
    with pytest.raises(DafengError, match="example city"):
        write_example_readings(tmp_path)
    done = CliRunner().invoke(app, ["example", str(tmp_path), "--json"])
    assert done.exit_code != 0
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_the_command_writes_tables_alone_where_asked(tmp_path):
    done = CliRunner().invoke(app, ["example", str(tmp_path / "e"), "--no-readings", "--json"])
    assert done.exit_code == 0
    assert '"synthetic": true' in done.stdout
    assert not (tmp_path / "e" / "readings").exists()


def digests(folder):
    files = sorted(path for path in (folder / "readings").iterdir() if path.suffix == ".csv")
    return [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]


def test_the_same_readings_each_time(folder, tmp_path):
    from dafeng.metering import example

    again = tmp_path / "readings"
    again.mkdir()
    example._write(again / "faults_2025.csv", ("point", "start", "fault_zh", "fault_en"), example.FAULTS)
    example._write(again / "registers_2025.csv", example._READINGS, example._registers())
    example._write(again / "statements_2025.csv", example._READINGS, example._statements())
    assert digests(tmp_path) == digests(folder)


def test_the_store_shows_the_faults(folder, tmp_path):
    with Store.create(tmp_path / "s.duckdb", place_of(str(folder)).registry()) as store:
        for name in ("registers_2025.csv", "statements_2025.csv"):
            receipt = operate(store, "ingest", {"file": str(folder / "readings" / name)})
            assert (receipt["status"], receipt["refused"]) == ("accepted", 0)
            assert receipt["synthetic"] == receipt["new"]
        gas = operate(
            store, "rollup", {"by": "point", "period": "month", "first": "2025-01-01", "last": "2026-01-01"}
        )
        august = [row for row in gas["rows"] if row["group"] == "EX-HOSP-G" and row["bucket"] == "2025-08"]
        assert [(row["readings"], row["quantity"], row["state"]) for row in august] == [(0, None, "grey")]
        registered = store.rows(
            "SELECT value FROM readings r JOIN point p ON p.number = r.point WHERE p.id = 'EX-DC-R1' AND r.period = 60 "
            "AND start = TIMESTAMP '2025-06-10 09:00' - INTERVAL 9 HOUR"
        )
        assert 0 < registered[0]["value"] < 100  # the meter change is in the registry and breaks nothing
        fallen = store.rows(
            "SELECT CAST(until + INTERVAL 8 HOUR AS VARCHAR) AS until FROM flag WHERE kind = 'register'"
        )
        assert "2025-10-20 11:00:00" in {row["until"] for row in fallen}


def test_the_list_of_faults_names_points_of_the_registry(folder):
    with (folder / "readings" / "faults_2025.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["point"] for row in rows} <= set(load_registry(folder / "metering").by_id("points"))
    assert all(row["fault_zh"] and row["fault_en"] for row in rows)
