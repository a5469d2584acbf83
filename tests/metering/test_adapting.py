"""Contract: a mapping file turns another platform's message into readings; what the mapping does not name is not
guessed; hostile messages are refused before they unfold."""

import io
import json
import zipfile

import pytest
import yaml
from typer.testing import CliRunner

from dafeng.cli.metering import app
from dafeng.evidence import DafengError
from dafeng.metering import Acceptance, Sending, adapter_names, ingest_file, load_adapter
from dafeng.metering.intake.adapters_yaml import MAX_DEPTH, decode_adapted


def platform_message(*readings):
    return json.dumps({"data": {"exampleUnitCode": "360402", "items": [
        {"exampleItemCode": code, "exampleStartTime": at, "exampleValue": value, "exampleCycle": cycle, "exampleInput": "1"}
        for code, at, value, cycle in readings
    ]}}).encode()  # fmt: skip


def building_package(names=("360400_20250101/Energy.xml",), body=None):
    xml = body or (
        '<?xml version="1.0" encoding="UTF-8"?><Root><ExampleBuilding exampleBuildingCode="B">'
        '<ExampleItem exampleItemCode="1"><ExampleReading exampleTime="2025-01-01 00:00:00" exampleValue="1.5"/>'
        "<ExampleReading><exampleTime>2025-01-01 00:15:00</exampleTime><exampleValue>2.5</exampleValue>"
        "</ExampleReading></ExampleItem></ExampleBuilding></Root>"
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("360400_20250101/Build.xml", "<Root/>")
        for name in names:
            package.writestr(name, xml)
    return stream.getvalue()


def own_mapping(tmp_path, name, **changes):
    """A packaged example with other values, as a bureau would write it."""
    from importlib.resources import files

    text = (files("dafeng.metering") / "adapters" / f"{name}.yaml").read_text(encoding="utf-8")
    path = tmp_path / "own.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(text) | changes, allow_unicode=True))
    return path


def rows_of(body, adapter):
    decoded = decode_adapted(body, adapter, "m")
    return [
        {k: v for k, v in row.items() if k != "row"} for chunk in decoded.chunks for row in chunk.to_pylist()
    ]


@pytest.mark.parametrize("name", adapter_names())
def test_packaged_mappings_are_marked_as_examples(name):
    mapping = load_adapter(name).mapping
    assert not mapping.confirmed
    assert "example" in mapping.source
    named = [*mapping.rows[-1:], *(part for rule in mapping.fields.values() for part in rule.names)]
    assert all(part.lower().startswith("example") or part == "items" for part in named)


def test_a_platform_message_becomes_readings():
    adapter = load_adapter("key_user_platform_example")
    body = platform_message(("01", "20250101001500", 3.25, "1"), ("02", "20250101000000", 7, "2"))
    assert rows_of(body, adapter) == [
        {
            "point": "360402-01",
            "start": "2025-01-01T00:15:00",
            "value": "3.25",
            "period": "15",
            "origin": "hand",
        },
        {
            "point": "360402-02",
            "start": "2025-01-01T00:00:00",
            "value": "7",
            "period": "day",
            "origin": "hand",
        },
    ]


def test_a_package_of_buildings_is_stored_once(store, tmp_path):
    mapping = own_mapping(
        tmp_path, "building_xml_example", points={"B-1": "B1"}, confirmed=True, source="a document"
    )
    file = tmp_path / "360400_20250101.zip"
    file.write_bytes(building_package())
    receipt = ingest_file(store, file, adapter=load_adapter(str(mapping)))
    assert (receipt.status, receipt.counts.new) == ("accepted", 2)
    assert store.rows("SELECT sum(value) AS v FROM reading") == [{"v": 4.0}]
    again = ingest_file(store, file, adapter=load_adapter(str(mapping)))
    assert (again.batch, again.first) == (receipt.batch, False)


def test_what_does_not_fit_is_refused_with_its_row(store, tmp_path):
    mapping = own_mapping(tmp_path, "key_user_platform_example", points={"360402-01": "B1"})
    file = tmp_path / "m.json"
    file.write_bytes(platform_message(
        ("01", "20250101001500", 1, "1"), ("01", "yesterday", 1, "1"), ("01", "20250101003000", None, "1"),
        ("99", "20250101003000", 1, "1"), ("01", "20250101004500", 1, "7"),
    ))  # fmt: skip
    receipt = ingest_file(
        store, file, Sending("t", acceptance=Acceptance.PARTIAL), load_adapter(str(mapping))
    )
    assert (receipt.counts.new, receipt.counts.refused) == (1, 4)
    assert [problem.where for problem in receipt.problems] == [
        "row 2:start", "row 3:value", "row 4:point", "row 5:period",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "zip"),
        (b"PK\x03\x04nonsense", "zip"),
        (building_package(names=()), "no reading"),
        (building_package(body="<Root><a></Root>"), "mismatched"),
        (building_package(body='<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><Root>&x;</Root>'), "document type"),
        (building_package(body="<a>" * 2000 + "</a>" * 2000), str(MAX_DEPTH)),
        (building_package(body="<Root>" + "<a/>" * 20_000_000 + "</Root>"), "too large"),
    ],
    ids=["empty", "torn", "other files", "not XML", "entity", "deep", "bomb"],
)  # fmt: skip
def test_hostile_packages_are_refused(body, told):
    with pytest.raises(DafengError, match=told):
        decode_adapted(body, load_adapter("building_xml_example"), "m")


def test_names_in_a_package_are_no_paths(store, tmp_path):
    mapping = own_mapping(tmp_path, "building_xml_example", points={"B-1": "B1"})
    file = tmp_path / "p.zip"
    file.write_bytes(building_package(names=("../../../escaped/Energy.xml", "/tmp/absolute-Energy.xml")))
    before = {*tmp_path.rglob("*"), store.path.with_name("s.duckdb.wal")}
    assert ingest_file(store, file, adapter=load_adapter(str(mapping))).counts.new == 2
    assert {*tmp_path.rglob("*")} <= before


def test_a_bad_mapping_tells_all_that_is_wrong(tmp_path):
    path = own_mapping(tmp_path, "building_xml_example", format="yaml", rows=[], colour="red")
    with pytest.raises(DafengError) as caught:
        load_adapter(str(path))
    assert {problem.where.rsplit(":", 1)[-1] for problem in caught.value.problems} == {
        "format",
        "rows",
        "colour",
    }
    path = own_mapping(tmp_path, "building_xml_example", fields={"value": {"from": ["v"]}})
    with pytest.raises(DafengError, match="a field for point"):
        load_adapter(str(path))
    with pytest.raises(DafengError, match="building_xml_example"):
        load_adapter("no such mapping")


def test_the_receipt_says_that_the_mapping_is_not_confirmed(tmp_path):
    file = tmp_path / "m.json"
    file.write_bytes(platform_message(("01", "20250101001500", 1, "1")))
    runner, store = CliRunner(), str(tmp_path / "s.duckdb")
    assert runner.invoke(app, ["init", "jiujiang", "--store", store, "--json"]).exit_code == 0
    told = runner.invoke(
        app, ["ingest", str(file), "--store", store, "--adapter", "key_user_platform_example", "--json"]
    )
    answer = json.loads(told.output)
    assert told.exit_code == 1  # the case has no meter of that name
    assert (answer["status"], answer["adapter"]["confirmed"]) == ("refused", False)


def test_a_package_names_the_groups_without_readings(store, tmp_path):
    mapping = own_mapping(tmp_path, "building_xml_example", points={"B-1": "B1"})
    item = '<ExampleItem exampleItemCode="1"><ExampleReading exampleTime="2025-01-01 00:00:00" exampleValue="1.5"/></ExampleItem>'
    body = building_package(
        body=f'<Root><ExampleBuilding exampleBuildingCode="B">{item}</ExampleBuilding><ExampleBuilding exampleNote="n"/></Root>'
    )
    (tmp_path / "p.zip").write_bytes(body)
    receipt = ingest_file(store, tmp_path / "p.zip", adapter=load_adapter(str(mapping)))
    assert (receipt.counts.new, receipt.not_read) == (1, ("without ExampleItem (1)",))


def test_a_message_states_each_thing_once_and_nothing_is_passed_over(store, tmp_path):
    """The last of two values of one key, and a total above the readings, were taken for the reading; groups by another name
    were passed over; a file read by a mended mapping got the first receipt."""
    first = own_mapping(tmp_path, "key_user_platform_example", points={"360402-A": "P1"}).rename(
        tmp_path / "1.yaml"
    )
    mended = own_mapping(tmp_path, "key_user_platform_example", points={"360402-A": "P2"})
    plain = platform_message(("A", "20250101000000", 5, "1"))
    file = tmp_path / "m.json"

    def sent(body, mapping=first):
        file.write_bytes(body)
        return ingest_file(
            store, file, Sending("t", acceptance=Acceptance.PARTIAL), load_adapter(str(mapping))
        )

    with pytest.raises(DafengError, match="exampleValue twice"):
        sent(plain.replace(b'"exampleValue": 5', b'"exampleValue": 5, "exampleValue": 7'))
    above = plain.replace(b'"items"', b'"exampleValue": 99, "items"').replace(b'"exampleValue": 5, ', b"")
    assert sent(above).problems[0].where == "row 1:value"
    assert sent(plain.replace(b'"exampleCycle"', b'"exampleUnit": "MWh", "exampleCycle"')).not_read == (
        "exampleUnit",
    )
    group = json.loads(plain)["data"]
    groups = [group | {"items": [*group["items"], 5]}, {"exampleUnitCode": "360402", "item": group["items"]}]
    assert sent(json.dumps({"data": groups}).encode()).not_read == ("not an object (1)", "without items (1)")
    assert (sent(plain).first, sent(plain).first, sent(plain, mended).first) == (True, False, True)
    stored = store.rows("SELECT p.id, r.value FROM reading r JOIN point p ON p.number = r.point ORDER BY ALL")
    assert stored == [{"id": "P1", "value": 5.0}, {"id": "P2", "value": 5.0}]
