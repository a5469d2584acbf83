"""A store on ClickHouse: the same ledger rules, the same reads, tables on a cluster.

A batch is applied in a small embedded store that holds only the days it touches, read from the cluster; what
came of it is appended to the cluster: readings and day sums to ReplacingMergeTree tables (the newest batch
stays), sums made again from the readings, never by insert-time views; the batch row last. A batch that broke
off half-way has no row: sent again, it writes the same rows once more, which the tables reduce to one.

Run on ClickHouse's own engine in the tests; not tested on a server. Writers on several hosts must send
different points: two batches for one point at one moment are both kept, but the counts of their receipts may
overlap.
"""

import io
import json
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import Request, urlopen

import pyarrow as pa
import pyarrow.parquet as pq

from dafeng.evidence import DafengError, to_utc, utc_now
from dafeng.metering.intake.adapters_yaml import Adapter, decode_adapted
from dafeng.metering.intake.decoding import decode_file
from dafeng.metering.intake.ingest import Sending, enter_registry, ingest_file
from dafeng.metering.intake.rows import Decoded
from dafeng.metering.intake.staging import Rules, stage
from dafeng.metering.judge.question import Question
from dafeng.metering.judge.rollup import answers, compiled, cuts_sql
from dafeng.metering.master_data import Registry, registry_from_rows
from dafeng.metering.receipt import Receipt
from dafeng.metering.store.cumulative_meters import LOOK_BACK, changed_registers
from dafeng.metering.store.day_sums import remake
from dafeng.metering.store.reading_columns import DAY_US, moment
from dafeng.metering.store.registry_changes import changed_points
from dafeng.metering.store.sql import LOCAL_DAY
from dafeng.metering.store.store import Store

_TABLES = """
CREATE TABLE IF NOT EXISTS registry (version Int32, loaded DateTime64(6, 'UTC'), digest String, region String,
  place String, tables String) ENGINE = MergeTree ORDER BY version;
CREATE TABLE IF NOT EXISTS point (number Int32, id String, owner String, medium String, county String, sector String,
  to_medium Float64, sign Int32, period Int32, counted Bool, kind String, valid_from Nullable(DateTime64(6, 'UTC')),
  valid_to Nullable(DateTime64(6, 'UTC')), since Nullable(Date32), tariff Nullable(String)) ENGINE = MergeTree ORDER BY number;
ALTER TABLE point ADD COLUMN IF NOT EXISTS since Nullable(Date32);
ALTER TABLE point ADD COLUMN IF NOT EXISTS tariff Nullable(String);
CREATE TABLE IF NOT EXISTS rate (point Int32, since Date32, until Date32, tce Nullable(Float64),
  tce_equivalent Nullable(Float64), tco2 Nullable(Float64), scope Int32) ENGINE = MergeTree ORDER BY (point, since);
CREATE TABLE IF NOT EXISTS term (virtual Int32, part Int32, sign Int32, since Nullable(Date32), until Nullable(Date32))
  ENGINE = MergeTree ORDER BY virtual;
ALTER TABLE term ADD COLUMN IF NOT EXISTS since Nullable(Date32);
ALTER TABLE term ADD COLUMN IF NOT EXISTS until Nullable(Date32);
CREATE TABLE IF NOT EXISTS calendar (number Int32, day Date32) ENGINE = MergeTree ORDER BY number;
CREATE TABLE IF NOT EXISTS reading (point Int32, period Int32, start DateTime64(6, 'UTC'), value Float64,
  origin Int32, flags Int32, version Int64, batch Int32, withdrawn UInt8 DEFAULT 0)
  ENGINE = ReplacingMergeTree(batch, withdrawn) PARTITION BY toYYYYMM(start) ORDER BY (point, period, start);
CREATE TABLE IF NOT EXISTS day_sum_version (point Int32, period Int32, day Date32, count Int32,
  value Nullable(Float64), estimated Int32, synthetic Int32, quarantined Int32, batch Int32, spread Int32 DEFAULT 0)
  ENGINE = ReplacingMergeTree(batch) ORDER BY (point, period, day);
ALTER TABLE day_sum_version ADD COLUMN IF NOT EXISTS spread Int32 DEFAULT 0;
CREATE TABLE IF NOT EXISTS revision (point Int32, period Int32, start DateTime64(6, 'UTC'), value Float64, origin Int32,
  flags Int32, version Int64, batch Nullable(Int32), by_batch Nullable(Int32), reason String)
  ENGINE = ReplacingMergeTree ORDER BY (point, period, start, version, value, reason);
CREATE TABLE IF NOT EXISTS batch (id Int32, key String, sender String, digest String, received DateTime64(6, 'UTC'),
  status String, receipt String) ENGINE = MergeTree ORDER BY id;
CREATE VIEW IF NOT EXISTS readings AS SELECT * FROM reading FINAL;
CREATE OR REPLACE VIEW day_sum AS SELECT * FROM day_sum_version FINAL
"""
_POINT = "number, id, owner, medium, county, sector, to_medium, sign, period, counted, kind, valid_from, valid_to, since, tariff"
_READING = "point, period, start, value, origin, flags, version, batch"
_SUM = "point, period, day, count, value, estimated, synthetic, quarantined, batch, spread"
_WRITTEN = (
    f"SELECT {_READING} FROM reading ANTI JOIN loaded USING (point, period, start, flags, version, batch)"
)
"""Readings of a batch, and those of earlier ones that it holds back, releases or gives a newer version: of rows of
one batch the engine keeps the one inserted last."""
_MANY = 5000
"""With more points than this a slice is read for all points."""


class Engine(Protocol):
    """Executor of statements: a server over HTTP, or the engine in the process."""

    def run(self, statement: str) -> None:
        """Run a statement that gives nothing back."""

    def table(self, query: str) -> pa.Table:
        """Return the result of a query."""

    def insert(self, name: str, rows: pa.Table) -> None:
        """Append rows to a table by column names."""


class HttpEngine:
    """ClickHouse server by its HTTP interface. Raises: DafengError where `url` is not
    clickhouse://host[:port][/database].
    """

    def __init__(self, url: str, timeout_seconds: float = 600) -> None:
        parts = urlsplit(url)
        if parts.scheme != "clickhouse" or not parts.hostname:
            raise DafengError.at(
                "--store", url.split("@")[-1], "clickhouse://[user:password@]host[:8123][/database]"
            )
        self._where = f"http://{parts.hostname}:{parts.port or 8123}/"
        self._database = parts.path.strip("/") or "default"
        self._headers = {"Content-Type": "application/octet-stream"}
        if parts.username:
            self._headers |= {"X-ClickHouse-User": parts.username, "X-ClickHouse-Key": parts.password or ""}
        self._timeout = timeout_seconds

    def _post(self, statement: str, body: bytes) -> bytes:
        query = urlencode({"database": self._database, "query": statement}, quote_via=quote)
        request = Request(f"{self._where}?{query}", data=body, headers=self._headers, method="POST")
        try:
            with urlopen(request, timeout=self._timeout) as answer:
                return bytes(answer.read())
        except HTTPError as error:
            told = error.read().decode(errors="replace").splitlines() or [f"HTTP {error.code}"]
            raise DafengError.at(self._where, told[0][:300], "an answer of the server") from error
        except URLError as error:
            raise DafengError.at(self._where, str(error.reason), "a ClickHouse server") from error

    def run(self, statement: str) -> None:
        self._post(statement, b"")

    def table(self, query: str) -> pa.Table:
        return pq.read_table(io.BytesIO(self._post(f"{query} FORMAT Parquet", b"")))

    def insert(self, name: str, rows: pa.Table) -> None:
        stream = io.BytesIO()
        pq.write_table(rows, stream)
        self._post(f"INSERT INTO {name} ({', '.join(rows.column_names)}) FORMAT Parquet", stream.getvalue())


class Cluster:
    """Readings, sums, batches and revisions on ClickHouse; see the module for what it promises."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put_registry(self, registry: Registry, *, approve: str | None = None) -> tuple[int, int]:
        """Create missing tables and store `registry` as the newest; points keep their numbers.

        Returns its version and, as `enter_registry`, how many periods are recomputed because of changed
        meters and events. Raises: DafengError as there.
        """
        for statement in _TABLES.split(";"):
            self._engine.run(statement)
        with tempfile.TemporaryDirectory() as folder, _slice(folder) as store:
            self._known_points(store)
            days = self._load_changed(store, registry)
            batches = store.rows("SELECT coalesce(max(id), 0) AS id FROM batch")[0]["id"]
            derived = enter_registry(store, registry, approve=approve)[1]
            version = 1 + int(self._one("SELECT max(version) AS v FROM registry")["v"] or 0)
            for name, columns in (("point", _POINT), ("rate", "*"), ("term", "*"), ("calendar", "*")):
                self._engine.run(f"TRUNCATE TABLE {name}")
                self._engine.insert(name, _arrow(store, f"SELECT {columns} FROM {name}"))
            newest = "FROM registry WHERE version = (SELECT max(version) FROM registry)"
            columns = f"SELECT {version}::INTEGER AS version, loaded, digest, region, place, tables {newest}"
            self._engine.insert("registry", _arrow(store, columns))
            batch = store.rows("SELECT max(id) AS id FROM batch")[0]["id"]
            if batch is not None and batch > batches:
                self._push(store, batch, days)
        return version, derived

    def _load_changed(self, store: Store, registry: Registry) -> list[dict[str, Any]]:
        """All readings of the points whose meaning or meters `registry` changes; the days of the stored sums among
        them.
        """
        if not self._one("SELECT max(version) AS v FROM registry")["v"]:
            return []
        before = self.registry()
        store.put_registry(before)
        self._load_batches(store)
        changed = {*changed_registers(before, registry), *changed_points(before, registry)}
        points = {row["number"] for row in store.rows("SELECT number, id FROM point") if row["id"] in changed}
        self._load(store, points, datetime(1990, 1, 1), datetime(2200, 1, 1))  # noqa: DTZ001 - all there are
        return _sum_all(store)

    def registry(self) -> Registry:
        """Return the newest registry. Raises: DafengError where there is none."""
        row = self._one("SELECT tables, place, region FROM registry ORDER BY version DESC LIMIT 1")
        if not row["tables"]:
            raise DafengError.at(
                "clickhouse", "no registry", "a store", "dafeng metering init CASE --store URL"
            )
        return registry_from_rows(json.loads(row["tables"]), row["place"], row["region"])

    def ingest(self, path: Path, sending: Sending | None = None, adapter: Adapter | None = None) -> Receipt:
        """Ingest the readings of a file as the embedded store does. Raises: DafengError, KeyTakenError."""
        sending = sending or Sending(sender=f"file:{path.name}")
        sending = replace(sending, received=sending.received or utc_now())
        with tempfile.TemporaryDirectory() as folder, _slice(folder) as store:
            self._known_points(store)
            store.put_registry(self.registry())
            self._load_batches(store)
            decoded = (
                decode_file(path)
                if adapter is None
                else decode_adapted(path.read_bytes(), adapter, path.name)
            )
            self._load_days(store, decoded, sending)
            before = _sum_all(store)
            receipt = ingest_file(store, path, sending, adapter)
            if receipt.first:
                self._push(store, receipt.batch, before)
        return receipt

    def rollup(self, question: Question) -> list[dict[str, Any]]:
        """Return sums as `rollup` of the embedded store, by the same definition. Raises: DafengError as
        there.
        """
        cuts = tuple(self._engine.table(cuts_sql(question)).column("since").to_pylist())
        text = compiled(question, "clickhouse", cuts) + " SETTINGS join_use_nulls = 1"
        return answers(self._engine.table(text).to_pylist(), question)

    def status(self) -> dict[str, Any]:
        """Return the number of stored readings and their time range."""
        return self._one(
            "SELECT sum(count + quarantined) AS readings, sum(synthetic) AS synthetic, min(day) AS first_day, "
            "max(day) AS last_day, (SELECT count() FROM batch) AS batches FROM day_sum"
        )

    def _one(self, query: str) -> dict[str, Any]:
        table = self._engine.table(query)
        return table.to_pylist()[0] if table.num_rows else dict.fromkeys(table.column_names)

    def _known_points(self, store: Store) -> None:
        points = self._engine.table("SELECT number, id, since FROM point")
        with store.transaction() as connection:
            connection.register("known", _plain(points))
            connection.execute(
                "INSERT INTO point (number, id, since, kind) SELECT number, id, since, 'retired' FROM known"
            )
            connection.unregister("known")

    def _load_batches(self, store: Store) -> None:
        """The receipts, so that a repeated batch is recognised by its key."""
        self._insert_into(
            store, "batch", "SELECT id, key, sender, digest, received, status, receipt FROM batch"
        )

    def _load_days(self, store: Store, decoded: Decoded, sending: Sending) -> None:
        """The stored readings of the points and days that the file touches, and their sums made anew."""
        assert sending.received is not None
        rules = Rules(sending.received, sending.owners, sending.max_age)
        touched: set[int] = set()
        registers: set[int] = set()
        first, last = datetime.max, datetime.min  # noqa: DTZ901 - the store's UTC
        for chunk in decoded.chunks:
            with store.transaction(readings_only=True) as connection:
                parts = stage(connection, chunk, rules, store.known(connection)).readings
            for sent in filter(len, parts):
                touched |= set(sent.point.tolist())
                registers |= set(sent.point[sent.period == 0].tolist())
                first = min(first, to_utc(moment(int(sent.day.min()) * DAY_US)))
                last = max(last, to_utc(moment((int(sent.day.max()) + 1) * DAY_US)))
        self._load(store, touched - registers, first, last)
        if registers:
            self._load(store, registers, first - LOOK_BACK, last + LOOK_BACK)

    def _load(self, store: Store, points: set[int], first: datetime, last: datetime) -> None:
        if not points:
            return
        which = f"point IN ({', '.join(map(str, sorted(points)))}) AND " if len(points) <= _MANY else ""
        self._insert_into(
            store, "reading",
            f"SELECT {_READING} FROM readings WHERE {which}start >= '{_utc(first)}' AND start < '{_utc(last)}'",
        )  # fmt: skip

    def _insert_into(self, store: Store, name: str, query: str) -> None:
        with store.transaction() as connection:
            connection.register("part", _plain(self._engine.table(query)))
            connection.execute(f"INSERT INTO {name} SELECT * FROM part")
            connection.unregister("part")

    def _push(self, store: Store, batch: int, before: Sequence[dict[str, Any]]) -> None:
        """Append what the batch has made: readings, withdrawn ones, revisions, the sums of its days,
        and last its receipt.
        """
        self._append("reading", store, _WRITTEN)
        self._append(
            "reading", store,
            f"SELECT point, period, start, 0::DOUBLE AS value, 0::INTEGER AS origin, flags, version, {batch}::INTEGER AS batch, "
            "1::UTINYINT AS withdrawn FROM loaded ANTI JOIN reading USING (point, period, start)",
        )  # fmt: skip
        self._append("revision", store, "SELECT * FROM revision")
        self._append("day_sum_version", store, f"SELECT {_SUM} FROM day_sum WHERE batch = {batch}")
        there = {
            (row["point"], row["period"], row["day"])
            for row in store.rows("SELECT point, period, day FROM day_sum")
        }
        gone = [row for row in before if (row["point"], row["period"], row["day"]) not in there]
        if gone:  # every reading of the day was withdrawn
            empty = {
                "count": 0,
                "value": None,
                "estimated": 0,
                "synthetic": 0,
                "quarantined": 0,
                "batch": batch,
                "spread": 0,
            }
            self._engine.insert("day_sum_version", pa.Table.from_pylist([row | empty for row in gone]))
        self._append("batch", store, f"SELECT * FROM batch WHERE id = {batch}")

    def _append(self, name: str, store: Store, query: str) -> None:
        rows = _arrow(store, query)
        if rows.num_rows:
            self._engine.insert(name, rows)


def _sum_all(store: Store) -> list[dict[str, Any]]:
    """Make the sums of the slice from its readings, which are also noted as they were loaded; the points, periods
    and days they are of.
    """
    days = f"SELECT DISTINCT point, period, {LOCAL_DAY} AS day FROM reading"
    with store.transaction() as connection:
        remake(connection, 0, days)
        connection.execute(
            "CREATE TABLE loaded AS SELECT point, period, start, flags, version, batch FROM reading"
        )
    return store.rows("SELECT point, period, day FROM day_sum")


def _slice(folder: str) -> Store:
    return Store.create(Path(folder) / "slice.duckdb", registry_from_rows({}, "slice"))


def _utc(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S")


def _arrow(store: Store, query: str) -> pa.Table:
    with store.reading() as connection:
        return connection.sql(query).to_arrow_table()


def _plain(table: pa.Table) -> pa.Table:
    """Times without zone and texts as text, as the embedded store keeps them."""
    columns = []
    for column in table.columns:
        if pa.types.is_timestamp(column.type):
            column = column.cast(pa.timestamp("us", column.type.tz)).cast(pa.timestamp("us"))
        elif pa.types.is_binary(column.type):
            column = column.cast(pa.string())
        columns.append(column)
    return pa.table(columns, names=table.column_names)
