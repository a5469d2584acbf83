"""A store on ClickHouse: the same ledger rules, the same reads, tables on a cluster.

A batch is applied in a small embedded store that holds only the days it touches, read from the cluster; what
came of it is appended to the cluster: readings and day sums to ReplacingMergeTree tables (the newest batch
stays), sums made again from the readings, never by insert-time views; the batch row last. A batch that broke
off half-way has no row: sent again, it writes the same rows once more, which the tables reduce to one. The working
store is kept between batches, so that memory is bounded by the largest batch and the registry.

Run on ClickHouse's own engine in the tests; `tools/check_clickhouse.py` runs the same verbs against a server. Writers
on several hosts must send different points: two batches for one point at one moment are both kept, but the counts of
their receipts may overlap.
"""

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from dafeng.evidence import UTC8_HOURS, DafengError, midnight, to_utc, utc_now
from dafeng.metering.clickhouse_engine import Engine, HttpEngine
from dafeng.metering.clickhouse_tables import TABLES
from dafeng.metering.intake.adapters_yaml import Adapter, decode_adapted
from dafeng.metering.intake.decoding import decode_file
from dafeng.metering.intake.ingest import Sending, batch_key, digest_of, enter_registry, ingest_file
from dafeng.metering.intake.rows import Decoded
from dafeng.metering.intake.staging import Rules, stage
from dafeng.metering.judge.question import Question
from dafeng.metering.judge.rollup import rollup
from dafeng.metering.master_data import Registry, registry_from_rows
from dafeng.metering.receipt import Receipt
from dafeng.metering.store.cumulative_meters import changed_registers
from dafeng.metering.store.day_sums import remake
from dafeng.metering.store.meter_versions import LOOK_BACK
from dafeng.metering.store.point_cache import HISTORY_DAYS, LEAST_HISTORY, MAGNITUDE, RELEASED_MAGNITUDE
from dafeng.metering.store.reading_columns import DAY_US, moment
from dafeng.metering.store.registry_changes import changed_points
from dafeng.metering.store.sql import LOCAL_DAY
from dafeng.metering.store.store import FLAG_QUARANTINED, FLAG_RELEASED, Store
from dafeng.tables import Row

__all__ = ["Cluster", "HttpEngine"]

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
_LEARNT = f"""
WITH days AS (SELECT point, period, toDate(start + INTERVAL {UTC8_HOURS} HOUR, 'UTC') AS day, max(value) AS high, count() AS n,
    max(if((point, period, start) IN (SELECT point, period, start FROM release) AND bitAnd(flags, {FLAG_RELEASED}) <> 0,
      value, 0)) AS confirmed
  FROM readings WHERE point IN ({{which}}) AND start >= '{{first}}' AND bitAnd(flags, {FLAG_QUARANTINED}) = 0
    AND period BETWEEN 1 AND 1440 AND (point, period) IN (SELECT number, period FROM point) GROUP BY point, period, day)
SELECT point AS number, any(period) AS length, sumIf(n, high > 0) AS count,
  greatest({MAGNITUDE} * quantileExactInclusiveIf(0.9)(high, high > 0),
    if(any(point) IN (SELECT number FROM point WHERE kind = 'interval'),
      {RELEASED_MAGNITUDE} * arrayReverseSort(groupArray(confirmed))[2], 0)) * 60 / length AS most
FROM days GROUP BY point"""
"""The bounds of `learnt_maxima`, for as many points as a query takes."""
BATCH = "SELECT id, key, sender, digest, received, status, receipt FROM batch"


class Cluster:
    """Readings, sums, batches and revisions on ClickHouse; see the module for what it promises."""

    dialect = "clickhouse"

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._folder = tempfile.TemporaryDirectory()
        self._slice: tuple[int, Store] | None = None

    def close(self) -> None:
        """Close the working store."""
        if self._slice is not None:
            self._slice[1].close()
        self._slice = None
        self._folder.cleanup()

    @contextmanager
    def working_store(self) -> Iterator[Store]:
        """Return an embedded store with the registry of the cluster and nothing in it; one caller at a time."""
        version = int(self._one("SELECT max(version) AS v FROM registry")["v"] or 0)
        if self._slice is None or self._slice[0] != version:
            if self._slice is not None:
                self._slice[1].close()
                self._slice[1].path.unlink()
            registry = self.registry()
            store = _slice(Path(self._folder.name) / f"{version}.duckdb")
            self._known_points(store)
            store.put_registry(registry)
            self._slice = version, store
        store = self._slice[1]
        clear(store)
        yield store

    def put_registry(self, registry: Registry, *, approve: str | None = None) -> tuple[int, int]:
        """Create missing tables and store `registry` as the newest; points keep their numbers.

        Returns its version and, as `enter_registry`, how many periods are recomputed because of changed
        meters and events. Raises: DafengError as there.
        """
        for statement in TABLES.split(";"):
            self._engine.run(statement)
        with tempfile.TemporaryDirectory() as folder, _slice(Path(folder) / "slice.duckdb") as store:
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
                self.push(store, batch, days)
        return version, derived

    def _load_changed(self, store: Store, registry: Registry) -> list[dict[str, Any]]:
        """All readings of the points whose meaning or meters `registry` changes; the days of the stored sums among
        them.
        """
        if not self._one("SELECT max(version) AS v FROM registry")["v"]:
            return []
        before = self.registry()
        store.put_registry(before)
        self._load_batches(store, "")
        changed = {*changed_registers(before, registry), *changed_points(before, registry)}
        points = {row["number"] for row in store.rows("SELECT number, id FROM point") if row["id"] in changed}
        self.load(store, points, datetime(1990, 1, 1), datetime(2200, 1, 1))  # noqa: DTZ001 - all there are
        return sum_all(store)

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
        with self.working_store() as store:
            self._load_batches(store, batch_key(sending, digest_of(path, adapter)))
            decoded = (
                decode_file(path)
                if adapter is None
                else decode_adapted(path.read_bytes(), adapter, path.name)
            )
            self._load_days(store, decoded, sending)
            before = sum_all(store)
            receipt = ingest_file(store, path, sending, adapter)
            if receipt.first:
                self.push(store, receipt.batch, before)
        return receipt

    def rollup(self, question: Question) -> list[dict[str, Any]]:
        """Return sums as `rollup` of the embedded store, by the same definition. Raises: DafengError as
        there.
        """
        return rollup(self, question)

    def rows(self, sql: str, parameters: Any = None) -> list[Row]:
        """Return the rows of a query for this engine; times in UTC without a zone."""
        assert parameters is None
        found: list[Row] = _plain(self._engine.table(f"{sql} SETTINGS join_use_nulls = 1")).to_pylist()
        return found

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

    def _load_batches(self, store: Store, key: str) -> None:
        """The newest receipt, and those of a key, so that a repeated batch is recognised."""
        quoted = key.replace("\\", "\\\\").replace("'", "\\'")
        self.insert_into(
            store, "batch", f"{BATCH} WHERE key = '{quoted}' OR id = (SELECT max(id) FROM batch)"
        )

    def _load_days(self, store: Store, decoded: Decoded, sending: Sending) -> None:
        """The stored readings of the points and days that the file touches, and their sums made anew."""
        assert sending.received is not None
        rules = Rules(sending.received, sending.received, sending.owners, sending.max_age)
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
        young = self._learn(store, touched - registers)
        self.load(store, touched - registers - young, first, last)
        self.load(store, young, first - timedelta(days=HISTORY_DAYS), last + timedelta(days=HISTORY_DAYS))
        if registers:
            self.load(store, registers, first - LOOK_BACK, last + LOOK_BACK)

    def _learn(self, store: Store, points: set[int]) -> set[int]:
        """Let a working store have the largest plausible amounts by the history on the cluster: it holds the touched
        days alone. Returns the points that nothing bounds: they are judged by all their readings.
        """
        unbounded = store.rows("SELECT number FROM point WHERE rated_max IS NULL AND kind <> 'retired'")
        numbers = sorted({row["number"] for row in unbounded} & points)
        store.learnt = {}
        newest = self._one("SELECT max(day) AS day FROM day_sum")["day"]
        for begin in range(0, len(numbers), _MANY):
            which = ", ".join(map(str, numbers[begin : begin + _MANY]))
            first = _utc(midnight(newest - timedelta(days=HISTORY_DAYS)))
            table = self._engine.table(_LEARNT.format(which=which, first=first))
            store.learnt |= {
                row["number"]: row["most"] for row in table.to_pylist() if row["count"] >= LEAST_HISTORY
            }
        return set(numbers) - set(store.learnt)

    def load(self, store: Store, points: set[int], first: datetime, last: datetime) -> None:
        """Copy the readings of points (numbers) from `first` up to `last` into a working store."""
        if not points:
            return
        which = f"point IN ({', '.join(map(str, sorted(points)))}) AND " if len(points) <= _MANY else ""
        self.insert_into(
            store, "reading",
            f"SELECT {_READING} FROM readings WHERE {which}start >= '{_utc(first)}' AND start < '{_utc(last)}'",
        )  # fmt: skip

    def insert_into(self, store: Store, name: str, query: str) -> None:
        """Append the result of a query on the cluster to a table of a working store."""
        with store.transaction() as connection:
            connection.register("part", _plain(self._engine.table(query)))
            connection.execute(f"INSERT INTO {name} SELECT * FROM part")
            connection.unregister("part")

    def push(
        self, store: Store, batch: int, before: Sequence[dict[str, Any]], *, receipt: bool = True
    ) -> None:
        """Append what the batch has made: readings, withdrawn ones, revisions, the sums of its days,
        and last its receipt.
        """
        self.append("reading", store, _WRITTEN)
        self.append(
            "reading", store,
            f"SELECT point, period, start, 0::DOUBLE AS value, 0::INTEGER AS origin, flags, version, {batch}::INTEGER AS batch, "
            "1::UTINYINT AS withdrawn FROM loaded ANTI JOIN reading USING (point, period, start)",
        )  # fmt: skip
        self.append("revision", store, "SELECT * FROM revision")
        self.append("day_sum_version", store, f"SELECT {_SUM} FROM day_sum WHERE batch = {batch}")
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
        if receipt:
            self.append("batch", store, f"SELECT * FROM batch WHERE id = {batch}")

    def append(self, name: str, store: Store, query: str) -> None:
        """Append the rows of a query on a working store to a table of the cluster."""
        rows = _arrow(store, query)
        if rows.num_rows:
            self._engine.insert(name, rows)


def sum_all(store: Store) -> list[dict[str, Any]]:
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


def _slice(path: Path) -> Store:
    return Store.create(path, registry_from_rows({}, "slice"))


def clear(store: Store) -> None:
    """Empty a working store of everything but its registry."""
    with store.transaction() as connection:
        for name in (
            "reading",
            "day_sum",
            "latest",
            "revision",
            "batch",
            "flag",
            "release",
            "verdict",
            "warning_event",
        ):
            connection.execute(f"DELETE FROM {name}")
        connection.execute("DROP TABLE IF EXISTS loaded")


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
