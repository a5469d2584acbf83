"""Contract: a store of the version before opens, keeps every number, and takes readings by the rules of now."""

import json

import duckdb
import pytest

from dafeng.evidence import DafengError
from dafeng.metering import Sending, Store, ingest_body, operate, registry_from_rows
from dafeng.metering.store.store import SCHEMA_VERSION

from .conftest import ROWS, reading

TO_VERSION_3 = (
    "ALTER TABLE point DROP COLUMN since", "ALTER TABLE point DROP COLUMN tariff", "ALTER TABLE term DROP COLUMN since",
    "ALTER TABLE term DROP COLUMN until", "ALTER TABLE verdict DROP COLUMN registry",
    "ALTER TABLE verdict DROP COLUMN as_of_batch", "DROP TABLE published", "UPDATE store SET version = 3",
)  # fmt: skip
"""What makes a store of today one as version 3 wrote it."""

TO_VERSION_2 = (
    *TO_VERSION_3,
    "ALTER TABLE day_sum DROP COLUMN spread", "ALTER TABLE flag DROP COLUMN proposal",
    "ALTER TABLE registry DROP COLUMN approved", "DROP TABLE dead_letter", "UPDATE reading SET flags = flags & 65519",
    "UPDATE store SET version = 2",
)  # fmt: skip
"""What makes a store of today one as version 2 wrote it."""


@pytest.fixture(params=[TO_VERSION_2, TO_VERSION_3], ids=["version 2", "version 3"])
def old(tmp_path, request):
    path = tmp_path / "old.duckdb"
    rows = [reading("P1", "2025-01-01T00:00", 5, version=3), reading("P1", "2025-01-01T00:15", 6), reading("R1", "2025-01-01T00:00", 1),
            reading("R1", "2025-01-01T00:15", 2)]  # fmt: skip
    with Store.create(path, registry_from_rows(ROWS, "t", "360000")) as store:
        ingest_body(store, json.dumps(rows).encode(), "json", Sending("t"))
        before = store.rows("SELECT point, period, start, value, origin, version FROM reading ORDER BY ALL")
    with duckdb.connect(str(path)) as connection:
        for statement in request.param:
            connection.execute(statement)
    return path, before


def test_a_store_of_the_version_before_opens(old):
    path, before = old
    with Store(path) as store:
        assert store.rows("SELECT version FROM store") == [{"version": SCHEMA_VERSION}]
        assert (
            store.rows("SELECT point, period, start, value, origin, version FROM reading ORDER BY ALL")
            == before
        )
        assert operate(store, "status", {})["readings"] == 5
        low = json.dumps([reading("P1", "2025-01-01T00:00", 9, version=2)]).encode()
        assert ingest_body(store, low, "json", Sending("t")).counts.older == 1  # 3 was given by the sender
        later = json.dumps([reading("P1", "2025-01-01T00:15", 9, version=2)]).encode()
        assert ingest_body(store, later, "json", Sending("t")).counts.replaced == 1
        assert operate(store, "dead_letters", {}) == {"count": 0, "letters": []}
        assert operate(store, "quality", {})["misread"] == 0
    with Store(path) as again:
        assert again.rows("SELECT count(*) AS n FROM reading") == [{"n": 5}]


def test_a_store_of_a_version_to_come_is_refused(old):
    path, _ = old
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE store SET version = 99")
    with pytest.raises(DafengError, match="version 99"):
        Store(path)
