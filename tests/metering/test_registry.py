"""Contract: a registry is checked as a whole, every problem is told with its table, row and column; template and
check know the same columns; names are data, whatever they contain."""

import csv
import json

import openpyxl
import pytest

from dafeng.evidence import DafengError
from dafeng.metering import (
    Sending,
    Store,
    ingest_body,
    load_registry,
    registry_from_rows,
    write_registry_guide,
    write_template,
)
from dafeng.metering.tables import schema

from .conftest import point, reading


def wheres(rows):
    with pytest.raises(DafengError) as caught:
        registry_from_rows(rows, "t")
    return {problem.where for problem in caught.value.problems}


def test_the_template_is_a_registry_without_rows(tmp_path):
    files = write_template(tmp_path / "metering")
    assert {path.stem for path in files} >= set(schema())
    assert load_registry(tmp_path / "metering").tables
    assert all(rows == [] for rows in load_registry(tmp_path / "metering").tables.values())


def test_a_filled_template_is_read_back(tmp_path, rows):
    folder = tmp_path / "metering"
    write_template(folder)
    for table in ("units", "objects", "points", "meters"):
        columns = [column.name for column in schema()[table].columns]
        with (folder / f"{table}.csv").open("w", newline="", encoding="utf-8-sig") as stream:
            writer = csv.DictWriter(stream, columns)
            writer.writeheader()
            writer.writerows(rows[table])
    found = load_registry(folder)
    assert [row["id"] for row in found.tables["points"]] == [row["id"] for row in rows["points"]]


@pytest.mark.parametrize(
    ("table", "index", "change", "where"),
    [
        ("units", 0, {"credit_code": "91360400MA35ABCD1X"}, "units.csv:2:credit_code"),
        ("objects", 0, {"owner": "U9"}, "objects.csv:2:owner"),
        ("points", 0, {"medium": "phlogiston"}, "points.csv:2:medium"),
        ("points", 0, {"unit": "m3"}, "points.csv:2:unit"),
        ("points", 1, {"id": "P1"}, "points.csv:3:id"),
        ("points", 0, {"period": "7"}, "points.csv:2:period"),
        ("points", 0, {"valid_to": "2023-01-01"}, "points.csv:2:valid_to"),
        ("points", 5, {"formula": "P1 + H1"}, "points.csv:7:formula"),
        ("points", 5, {"formula": "P1 + V1"}, "points.csv:7:formula"),
        ("points", 5, {"formula": ""}, "points.csv:7:formula"),
        ("points", 2, {"parent": ""}, "points.csv:4:use"),
        ("points", 4, {"id": "R2"}, "meters.csv:2:point"),
        ("meters", 0, {"ratio": "-1"}, "meters.csv:2:ratio"),
        ("meters", 0, {"ratio": "ten"}, "meters.csv:2:ratio"),
    ],
)
def test_each_mistake_is_told_in_its_cell(rows, table, index, change, where):
    rows[table][index] |= change
    assert f"t/{where}" in wheres(rows)


def test_all_mistakes_are_told_at_once(rows):
    rows["points"][0] |= {"period": "7", "kind": "guess"}
    rows["meters"][0] |= {"ratio": "0"}
    assert {"t/points.csv:2:period", "t/points.csv:2:kind", "t/meters.csv:2:ratio"} <= wheres(rows)


def test_parents_must_not_turn_in_a_circle(rows):
    rows["points"][0] |= {"parent": "P3", "use": "sub"}
    assert "t/points.csv:2:parent" in wheres(rows)


def test_two_meters_at_once_on_a_point(rows):
    rows["meters"].append({**rows["meters"][0], "id": "M2", "valid_from": "2024-06-01 00:00"})
    assert "t/meters.csv:3:valid_from" in wheres(rows)


def test_two_factors_for_one_day(rows):
    one = {
        "id": "F1", "medium": "electricity", "quantity": "co2", "region": "360000", "valid_from": "2024-01-01",
        "value": "0.5", "unit": "kgCO2/kWh", "set": "s", "source": "s", "confirmed": "no",
    }  # fmt: skip
    rows["factors"] = [one | {"valid_to": "2025-01-01"}, one | {"id": "F2", "valid_from": "2025-01-01"}]
    assert len(registry_from_rows(rows, "t").tables["factors"]) == 2
    rows["factors"][0]["valid_to"] = "2025-01-02"
    assert wheres(rows) == {"t/factors.csv:3:valid_from"}


HOSTILE = ["%s{}$1", "{0}", "$1", "?", "x)DROP(reading)", "NULL", "0x41", "测点１", "=cmd()", "🔥"]
REFUSED = ["x'); DROP TABLE reading; --", 'a"b', "'", "../../etc/passwd", "测点;1", "a\\'b", "", "x" * 65]


@pytest.mark.parametrize("name", REFUSED)
def test_ids_that_could_be_mistaken_are_refused(rows, name):
    rows["points"].append(point(name, object="O2"))
    assert wheres(rows) == {"t/points.csv:9:id"}


def test_names_are_data_whatever_they_contain(tmp_path, rows):
    rows["points"] += [point(name, object="O2") for name in HOSTILE]
    with Store.create(tmp_path / "s.duckdb", registry_from_rows(rows, "t")) as store:
        wrong = [reading("P1", "2025-01-01T00:00:00", 1, unit=name) for name in filter(None, REFUSED)]
        wrong += [reading(name, "2025-01-01T00:00:00", 1) for name in REFUSED]
        refused = ingest_body(store, json.dumps(wrong).encode(), "json", Sending("t"))
        assert refused.counts.refused == len(wrong)
        body = json.dumps([reading(name, "2025-01-01T00:00:00", 1) for name in HOSTILE]).encode()
        sending = Sending(REFUSED[0], key=REFUSED[2], owners=frozenset({"U2", *REFUSED}))
        assert ingest_body(store, body, "json", sending).counts.new == len(HOSTILE)
        assert store.rows("SELECT count(*) AS n FROM reading") == [{"n": len(HOSTILE)}]


def test_a_point_that_leaves_keeps_its_readings_and_takes_none(store, send, rows):
    send(reading("P1", "2025-01-01T00:00:00", 1))
    rows["points"] = [row for row in rows["points"] if row["id"] not in {"P1", "P3", "V1"}]
    assert store.put_registry(registry_from_rows(rows, "t")) == 2
    assert send(reading("P1", "2025-01-01T00:15:00", 1)).status == "refused"
    assert store.rows("SELECT count(*) AS n FROM reading") == [{"n": 1}]


def test_the_form_for_readings_is_taken_when_filled(store, tmp_path):
    import openpyxl
    from typer.testing import CliRunner

    from dafeng.cli.metering import app
    from dafeng.metering import ingest_file

    told = CliRunner().invoke(app, ["init", "jiujiang", "--template", str(tmp_path / "t"), "--json"])
    assert told.exit_code == 0
    book = openpyxl.load_workbook(tmp_path / "t" / "readings.xlsx")
    book.active.append(["P1", "2025-01-31 00:15", 1.5, None, "MWh", "hand"])
    book.save(tmp_path / "filled.xlsx")
    assert ingest_file(store, tmp_path / "filled.xlsx").counts.new == 1
    assert store.rows("SELECT value, origin FROM reading") == [{"value": 1500.0, "origin": 1}]


def test_a_budget_of_nobody_or_without_rule_is_told_at_once(rows):
    """Otherwise it would be grey for ever, or stop all other budgets from being judged."""
    budget = {
        "id": "b", "scope": "unit", "subject": "nobody", "year": "2025", "quantity": "co2", "value": "1", "unit": "tce",
        "rule_set": "none", "source": "t", "grade": "A",
    }  # fmt: skip
    rows["budgets"] = [budget, budget | {"id": "c", "scope": "county", "subject": "360402", "unit": "tCO2", "rule_set": "ndrc_2021q1"}]  # fmt: skip
    with pytest.raises(DafengError) as caught:
        registry_from_rows(rows, "t")
    assert [problem.where for problem in caught.value.problems] == [
        "t/budgets.csv:2:subject", "t/budgets.csv:2:rule_set", "t/budgets.csv:2:unit",
    ]  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_tables_as_a_spreadsheet_saves_them(tmp_path, encoding):
    """Dates with slashes, 是/否, blank rows, the encoding of the office; problems keep their rows."""
    text = {
        "units": "id,name_zh,sector,county,synthetic,,\nU1,甲厂,industry,360402,否,,\n,,,,,,\nU2,乙厂,mining,360402,TRUE,,\n",
        "objects": "id,owner,name_zh,kind\nO1,U1,厂区,site\n",
        "points": "id,object,medium,use,unit,direction,period,kind,valid_from\nP1,O1,electricity,input,kWh,in,15,register,2025/1/5\n",
        "meters": "id,point,ratio,valid_from\nM1,P1,10,2025/1/5 8:30\n",
    }
    for name, content in text.items():
        (tmp_path / f"{name}.csv").write_bytes(content.replace("\n", "\r\n").encode(encoding))
    with pytest.raises(DafengError) as caught:
        load_registry(tmp_path)
    assert [problem.where.split("/")[-1] for problem in caught.value.problems] == ["units.csv:4:sector"]
    (tmp_path / "units.csv").write_bytes(text["units"].replace("mining", "industry").encode(encoding))
    registry = load_registry(tmp_path)
    assert [row["synthetic"] for row in registry.tables["units"]] == [False, True]
    assert str(registry.tables["points"][0]["valid_from"]) == "2025-01-05"
    assert str(registry.tables["meters"][0]["valid_from"]) == "2025-01-05 08:30:00"


def test_the_guide_names_every_column(tmp_path):
    write_registry_guide(tmp_path / "g.xlsx")
    rows = list(openpyxl.load_workbook(tmp_path / "g.xlsx").active.iter_rows(values_only=True))
    assert {(row[0], row[1]) for row in rows[1:]} == {
        (table.name, column) for table in schema().values() for column in table.named
    }
    assert all(row[2] and row[3] and row[6] for row in rows)
