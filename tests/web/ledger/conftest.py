"""A served store and keys to its door, in this process."""

import json
from datetime import date

import pytest

from dafeng.metering import Sending, Store, ingest_body, operate, registry_from_rows
from dafeng.web import new_key, use_database
from dafeng.web.ledger.owned import Limits, Owned, own


def point(name, owner_object):
    return {
        "id": name, "object": owner_object, "medium": "electricity", "use": "input", "unit": "kWh", "direction": "in",
        "rated_max": "1000", "period": "15", "kind": "interval", "valid_from": "2024-01-01",
    }  # fmt: skip


ROWS = {
    "units": [
        {"id": "U1", "name_zh": "甲厂", "sector": "industry", "county": "360402"},
        {"id": "U2", "name_zh": "乙厂", "sector": "industry", "county": "360403"},
    ],
    "objects": [
        {"id": "O1", "owner": "U1", "name_zh": "厂区", "kind": "site"},
        {"id": "O2", "owner": "U2", "name_zh": "厂区", "kind": "site"},
    ],
    "points": [point("P1", "O1"), point("P2", "O2")],
}


@pytest.fixture
def registry():
    return registry_from_rows(ROWS, "test", "360000")


@pytest.fixture
def served(tmp_path, registry):
    """The Owned of a fresh store; keys and audit log in a fresh SQLite file."""
    use_database(f"sqlite:///{tmp_path / 'keys.sqlite3'}")
    with Store.create(tmp_path / "s.duckdb", registry) as store:
        owned = Owned(store, Limits(body=200_000, unpacked=400_000, max_age_days=100_000))
        own(owned)
        yield owned
        own(None)


@pytest.fixture
def client(served):
    from django.test import Client

    return Client()


@pytest.fixture
def token(served):
    return new_key("甲厂网关", units=["U1"], scopes=["write", "read"])[1]


def budget(unit, tce):
    return {
        "id": f"b{unit}", "scope": "unit", "subject": unit, "year": "2025", "quantity": "coal_equivalent_calorific",
        "value": tce, "unit": "tce", "rule_set": "local", "source": "test", "grade": "A",
    }  # fmt: skip


def rule(order, level, low, high):
    return {
        "id": f"r{order}", "rule_set": "local", "order": str(order), "level": level, "statistic": "relative_gap",
        "lower": low, "upper": high, "upper_closed": "yes", "unit": "1", "valid_from": "2025-01-01",
        "source": "test", "confirmed": "yes",
    }  # fmt: skip


@pytest.fixture
def office(tmp_path, monkeypatch):
    """Four units read daily for forty days: U1 far above its budget, U2 within, U3 with gaps, U4 never read.

    100 kWh a day are 4.486 tce a year at 0.1229 kgce/kWh.
    """
    monkeypatch.setattr("dafeng.metering.judge.unit_status.today", lambda: date(2025, 2, 10))
    rows = {
        "units": [
            {"id": f"U{n}", "name_zh": name, "sector": "industry", "county": "360402"}
            for n, name in enumerate(("甲厂", "乙厂", "丙厂", "<b>丁&厂</b>"), start=1)
        ],
        "objects": [
            {"id": f"O{n}", "owner": f"U{n}", "name_zh": "厂区", "kind": "site"} for n in range(1, 5)
        ],
        "points": [point(f"P{n}", f"O{n}") | {"period": "day", "rated_max": "100000"} for n in range(1, 5)],
        "budgets": [budget("U1", "3"), budget("U2", "9"), budget("U3", "9")],
        "rules": [rule(1, "red", "0.1", ""), rule(2, "yellow", "0", "0.1"), rule(3, "green", "", "0")],
    }
    use_database(f"sqlite:///{tmp_path / 'keys.sqlite3'}")
    days = [f"2025-01-{day:02}" for day in range(1, 32)] + [f"2025-02-{day:02}" for day in range(1, 10)]
    sent = [{"point": name, "start": day, "value": 100} for day in days for name in ("P1", "P2")]
    sent += [{"point": "P3", "start": day, "value": 100} for day in days[::2]]
    with Store.create(tmp_path / "s.duckdb", registry_from_rows(rows, "test", "360000")) as store:
        ingest_body(store, json.dumps(sent).encode(), "json", Sending("t"))
        operate(store, "warn", {})
        owned = Owned(store, Limits(max_age_days=100_000))
        own(owned)
        yield owned
        own(None)
