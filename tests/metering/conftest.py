"""A small registry and a store on it."""

import json

import pytest

from dafeng.metering import Sending, Store, ingest_body, registry_from_rows


def point(name, **fields):
    return {
        "id": name, "object": "O1", "medium": "electricity", "use": "input", "unit": "kWh", "direction": "in",
        "rated_max": "1000", "period": "15", "kind": "interval", "valid_from": "2024-01-01",
    } | fields  # fmt: skip


ROWS = {
    "units": [
        {"id": "U1", "name_zh": "甲厂", "sector": "industry", "industry": "2614", "county": "360402"},
        {"id": "U2", "name_zh": "乙楼", "sector": "buildings", "county": "360403"},
    ],
    "objects": [
        {"id": "O1", "owner": "U1", "name_zh": "厂区", "kind": "site"},
        {
            "id": "O2", "owner": "U2", "name_zh": "办公楼", "kind": "building", "building_type": "商业办公建筑",
            "building_class": "B", "climate_zone": "夏热冬冷", "floor_area": "10000",
        },
    ],
    "points": [
        point("P1"), point("P2"), point("P3", use="sub", parent="P1"), point("B1", object="O2"),
        point("R1", kind="register"), point("V1", kind="virtual", formula="P1 + P2", use="conversion"),
        point("H1", period="60"),
    ],
    "meters": [
        {
            "id": "M1", "point": "R1", "ratio": "10", "register_max": "10000", "register_start": "0",
            "valid_from": "2024-01-01 00:00",
        }
    ],
}  # fmt: skip


@pytest.fixture
def rows():
    return json.loads(json.dumps(ROWS))


@pytest.fixture
def store(tmp_path, rows):
    with Store.create(tmp_path / "s.duckdb", registry_from_rows(rows, "test", "360000")) as opened:
        yield opened


@pytest.fixture
def send(store):
    """Send readings as JSON; returns the receipt."""

    def sender(*readings, **options):
        body = json.dumps({"readings": list(readings)}).encode()
        return ingest_body(store, body, "json", Sending("test", **options))

    return sender


def reading(point, start, value, **more):
    return {"point": point, "start": start, "value": value, **more}
