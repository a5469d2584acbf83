"""Contract: a package for another platform holds the sums of a unit's points that are covered and measured, and read back by the
same mapping it gives these sums; what is left out is named."""

import json
import zipfile

import pytest
import yaml
from typer.testing import CliRunner

from dafeng.cli.metering import app
from dafeng.evidence import DafengError
from dafeng.metering import ingest_file, load_adapter, operate, write_package

from .conftest import reading

POINTS = {"360402-1": "P1", "360402-2": "P2", "360402-9": "H1"}


def filled(send, missing=0):
    """A day of P1 (96 × 1.5 = 144 kWh) and of H1 (24 × 2.0 = 48 kWh); P2 without its last quarters."""
    day = [f"2025-01-05T{slot // 4:02}:{slot % 4 * 15:02}" for slot in range(96)]
    send(*(reading("P1", start, 1.5) for start in day))
    send(*(reading("H1", start, 2.0) for start in day[::4]))
    send(*(reading("P2", start, 1.0) for start in day[: 96 - missing]))


def mapping(tmp_path, name, **changes):
    from importlib.resources import files

    text = (files("dafeng.metering") / "adapters" / f"{name}.yaml").read_text(encoding="utf-8")
    path = tmp_path / "own.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(text) | {"points": POINTS} | changes, allow_unicode=True))
    return path


@pytest.mark.parametrize("name", ["key_user_platform_example", "building_xml_example"])
def test_a_package_read_back_gives_the_sums(store, send, tmp_path, name):
    filled(send, missing=20)
    adapter = load_adapter(str(mapping(tmp_path, name)))
    answer = operate(store, "package", {"unit": "U1", "period": "2025-01-05"})
    assert {row["point"]: float(row["value"]) for row in answer["rows"]} == {"P1": 144.0, "H1": 48.0}
    assert {(row["point"], row["reason"]) for row in answer["left_out"]} >= {("P2", "coverage")}
    file = tmp_path / ("p.json" if name.startswith("key") else "p.zip")
    write_package(file, adapter, answer["rows"])
    if name.startswith("key"):
        assert json.loads(file.read_text())["data"][0]["items"][-1] == {
            "exampleUnitCode": "360402", "exampleItemCode": "1", "exampleStartTime": "20250105000000", "exampleValue": "144.0",
            "exampleCycle": "2", "exampleInput": "0",
        }  # fmt: skip
        assert (
            ingest_file(store, file, adapter=adapter).counts.new == 2
        )  # statements of the day beside the readings
        found = store.rows("SELECT value FROM reading WHERE period = 1440 ORDER BY value")
        assert [row["value"] for row in found] == [48.0, 144.0]
    else:
        with zipfile.ZipFile(file) as package:
            assert package.namelist() == ["Energy.xml"]
            assert b"<exampleValue>144.0</exampleValue>" in package.read("Energy.xml")


def test_a_month_in_the_unit_of_the_registry(tmp_path, rows):
    from dafeng.metering import Sending, Store, ingest_body, registry_from_rows

    rows["points"] = [row | {"unit": "MWh"} for row in rows["points"] if row["id"] == "H1"]
    rows["meters"] = []
    with Store.create(tmp_path / "m.duckdb", registry_from_rows(rows, "t")) as store:
        sent = [
            reading("H1", f"2025-02-{day:02}T{hour:02}:00", 0.5) for day in range(1, 29) for hour in range(24)
        ]
        ingest_body(store, json.dumps(sent).encode(), "json", Sending("t"))
        (row,) = operate(store, "package", {"unit": "U1", "period": "2025-02"})["rows"]
    assert (float(row["value"]), row["unit"], row["period"], row["start"]) == (
        336.0,
        "MWh",
        "month",
        "2025-02-01T00:00:00",
    )


def test_what_cannot_be_sent_is_refused(store, send, tmp_path):
    filled(send)
    for values, where in (
        ({"unit": "U9", "period": "2025-01-05"}, "unit"), ({"unit": "U1", "period": "2025-13"}, "period"),
        ({"unit": "U1", "period": "2025"}, "period"), ({"unit": "U1", "period": "2025-01-06"}, "U1 2025-01-06"), ({"unit": "U1", "period": "2025-01"}, "U1"),
    ):  # fmt: skip
        with pytest.raises(DafengError, match=where):
            operate(store, "package", values)
    rows = operate(store, "package", {"unit": "U1", "period": "2025-01-05"})["rows"]
    bare = load_adapter(str(mapping(tmp_path, "key_user_platform_example", points={})))
    with pytest.raises(DafengError, match="2 parts"):
        write_package(tmp_path / "x.json", bare, rows)
    own = load_adapter(str(mapping(tmp_path, "key_user_platform_example")))
    with pytest.raises(DafengError, match="a code of the mapping"):
        write_package(tmp_path / "x.json", own, [row | {"origin": "estimated"} for row in rows])
    assert not (tmp_path / "x.json").exists()


def test_from_the_command_line(store, send, tmp_path):
    filled(send)
    store.close()
    done = CliRunner().invoke(app, [
        "package", "U1", "2025-01-05", "--store", str(store.path), "--adapter", str(mapping(tmp_path, "key_user_platform_example")),
        "--out", str(tmp_path / "p.json"), "--json",
    ])  # fmt: skip
    assert done.exit_code == 0, done.output
    answer = json.loads(done.output)
    assert (answer["readings"], answer["adapter"]["confirmed"]) == (3, False)
    assert len(json.loads((tmp_path / "p.json").read_text())["data"][0]["items"]) == 3
