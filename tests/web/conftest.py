"""A served store and keys to its door, in this process."""

import pytest

from dafeng.metering import Store, registry_from_rows
from dafeng.web import new_key, use_database
from dafeng.web.owned import Limits, Owned, own


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
