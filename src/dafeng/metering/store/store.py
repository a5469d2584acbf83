"""Embedded store: one DuckDB file with one owner process, everything of a batch in one transaction."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb

from dafeng.evidence import DafengError, midnight, utc_now
from dafeng.metering.master_data import PERIODS, Registry, formula_terms, media, registry_from_rows
from dafeng.metering.store.owner import StoreOwnedError, read_owner
from dafeng.metering.store.point_cache import Known, read_known
from dafeng.metering.store.sql import first_row, named_rows, run
from dafeng.metering.store.upgrades import UPGRADES, upgrade
from dafeng.metering.tables import packaged, schema
from dafeng.tables import Row
from dafeng.units import factor

SCHEMA_VERSION = 3
ORIGINS = ("auto", "hand", "estimated", "corrected", "synthetic")
"""Origin of a reading; its code in the store is its place here."""

FLAG_RANGE, FLAG_NEGATIVE, FLAG_SNAPPED, FLAG_IMPLAUSIBLE, FLAG_VERSIONED, FLAG_SPREAD = 1, 2, 4, 8, 16, 32
FLAG_QUARANTINED, FLAG_RELEASED, FLAG_SENDER = 64, 128, 256
"""Bits of a reading's flags: beyond the rated maximum, negative, label moved to its period, unlike the
point's own history, version given by the sender, spread over a long gap; held back, released by a person,
called bad by the sender."""


OFFLINE = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}
"""The engine fetches nothing from the network."""


class Store:
    """Store of the readings, sums, batches and revisions of one place.

    One process opens the file; its threads share the store: writers take turns, readers see the last commit.

    Raises: DafengError where the file is no store; StoreOwnedError where another process has it open.
    """

    def __init__(self, path: Path | str, *, memory_limit: str = "512MB", threads: int = 2) -> None:
        self.path = Path(path)
        if not self.path.exists():
            raise DafengError.at(str(path), "no file", "a store", f"dafeng metering init CASE --store {path}")
        self._options = (memory_limit, threads)
        self._connect(*self._options)
        self._write = threading.RLock()
        self._known: Known | None = None
        found = self._version()
        if found is not None and found in UPGRADES:
            self._connection.begin()
            upgrade(self._connection, found, SCHEMA_VERSION)
            self._connection.commit()
            found = SCHEMA_VERSION
        if found != SCHEMA_VERSION:
            self._connection.close()
            raise DafengError.at(str(path), f"version {found}", f"a store of version {SCHEMA_VERSION}")
        self.keep_private()
        self._connection.execute(_KEY_INDEX)
        if first_row(self._connection, "SELECT count(*) FROM archive WHERE reopened IS NULL")[0]:
            with self.transaction() as connection:  # the folder may have been moved
                self.renew_view(connection)

    @classmethod
    def create(cls, path: Path | str, registry: Registry, **options: Any) -> "Store":
        """Create a new store for `registry`. Raises: DafengError where `path` exists."""
        path = Path(path)
        if path.exists():
            raise DafengError.at(str(path), "a file", "a new name", "use put_registry to renew the registry")
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with duckdb.connect(str(path), config=dict(OFFLINE)) as connection:
                connection.execute("BEGIN")
                for statement in _statements():
                    connection.execute(statement)
                connection.execute("CREATE VIEW readings AS SELECT * FROM reading")
                connection.execute(f"CREATE TABLE store AS SELECT {SCHEMA_VERSION} AS version")
                connection.execute("COMMIT")
        except duckdb.IOException as error:
            raise DafengError.at(
                str(path), str(error).splitlines()[0], "a folder that can be written to"
            ) from error
        store = cls(path, **options)
        store.put_registry(registry)
        return store

    def _connect(self, memory_limit: str, threads: int) -> None:
        try:
            self._connection = duckdb.connect(
                str(self.path),
                config={"memory_limit": memory_limit, "threads": threads, **OFFLINE},
            )
        except duckdb.IOException as error:
            if "lock" not in str(error).lower():
                raise DafengError.at(str(self.path), str(error).splitlines()[0], "a store") from error
            owned = StoreOwnedError.at(
                str(self.path), "a file that another process has open", "a file of our own",
                "ask the server that owns it, or stop that process",
            )  # fmt: skip
            assert isinstance(owned, StoreOwnedError)
            owned.owner = read_owner(self.path)
            raise owned from error
        self._connection.execute("SET TimeZone = 'Asia/Shanghai'")

    def keep_private(self) -> None:
        """Restrict the files of the store to reading by their owner only."""
        for file in (self.path, self.path.with_name(self.path.name + ".wal")):
            if file.exists():
                file.chmod(0o600)

    def _version(self) -> int | None:
        try:
            return int(first_row(self._connection, "SELECT version FROM store")[0])
        except duckdb.CatalogException:
            return None

    def close(self) -> None:
        with self._write:
            self._connection.close()

    def renew_view(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Renew the view `readings`: the open months of the file and the closed ones next to it."""
        rows = connection.execute("SELECT file FROM archive WHERE reopened IS NULL ORDER BY month").fetchall()
        files = ", ".join(
            "'" + str(self.path.resolve().with_name(row[0])).replace("'", "''") + "'" for row in rows
        )
        closed = f" UNION ALL SELECT * FROM read_parquet([{files}])" if rows else ""
        connection.execute(f"CREATE OR REPLACE VIEW readings AS SELECT * FROM reading{closed}")

    def reopen(self) -> None:
        """Reopen the file after the engine gave up on it, from what was committed."""
        with self._write:
            self._known = None
            self._connection.close()
            self._connect(*self._options)

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self, *, readings_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open one transaction on the writing connection: committed at the end of the block, else undone.

        With `readings_only` it changes no point and no closed month, and what is cached of them stays.
        """
        with self._write:
            if not readings_only:
                self._known = None
            self._connection.begin()
            try:
                yield self._connection
                self._connection.commit()
            except BaseException:
                self._known = None
                self._roll_back()
                raise

    def known(self, connection: duckdb.DuckDBPyConnection) -> Known:
        """Return what readings are judged by; to be asked inside a transaction that writes readings only."""
        before = self._known
        if before is not None and not before.is_out_of_date():
            return before
        self._known = known = read_known(connection)
        if before is not None:  # ever more seldom: a point that stands still for good is never bounded
            known.again_after = min(2 * before.again_after, 96)
        return known

    def _roll_back(self) -> None:
        try:
            self._connection.rollback()
        except duckdb.TransactionException:  # a failed COMMIT has ended the transaction already
            return

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Return a connection of this thread's own that sees the last commit."""
        cursor = self._connection.cursor()
        try:
            yield cursor
        finally:
            cursor.close()

    def rows(self, sql: str, parameters: Any = None) -> list[Row]:
        """Return the rows of a query as dictionaries.

        Raises: DafengError where a closed month next to the store is gone.
        """
        try:
            with self.reading() as connection:
                return named_rows(run(connection, sql, parameters))
        except duckdb.IOException as error:
            raise self.unreadable(error) from error

    def check(self) -> None:
        """Check that the store can be read. Raises: DafengError where the store does not answer."""
        self.rows("SELECT version FROM store")

    def unreadable(self, error: duckdb.IOException) -> DafengError:
        """Return the error for a store, or a closed month next to it, that cannot be read or written."""
        return DafengError.at(
            str(self.path), str(error).splitlines()[0][:200], "the store with the Parquet files of its closed months beside it",
            "put missing files back, make room on the disk",
        )  # fmt: skip

    def put_registry(self, registry: Registry) -> int:
        """Store `registry` as the newest version; points keep their number for ever. Returns the version.

        A point that the registry no longer names keeps its readings and takes no new ones.
        """
        with self.transaction() as connection:
            return self.enter(connection, registry)

    @staticmethod
    def enter(connection: duckdb.DuckDBPyConnection, registry: Registry, approved: str | None = None) -> int:
        """Store the registry as `put_registry`, inside a transaction that goes on; `approved` names who
        approved it.
        """
        version = int(first_row(connection, "SELECT coalesce(max(version), 0) + 1 FROM registry")[0])
        connection.execute(
            "INSERT INTO registry VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                version,
                utc_now(),
                registry.digest,
                registry.region,
                registry.where,
                json.dumps(as_text(registry)),
                approved,
            ],
        )
        numbers = dict(connection.execute("SELECT id, number FROM point").fetchall())
        _write_points(connection, registry, numbers)
        _write_factors(connection, registry)
        return version

    def registry(self) -> Registry:
        """Return the newest registry."""
        row = self.rows("SELECT * FROM registry ORDER BY version DESC LIMIT 1")[0]
        return registry_from_rows(json.loads(row["tables"]), row["place"], row["region"])


_KEY_INDEX = "CREATE INDEX IF NOT EXISTS batch_key ON batch (key)"
"""A hundred senders make millions of batches a year, and each new one is looked up; older stores get it
when opened."""


def _statements() -> list[str]:
    text = (files("dafeng.metering") / "schema.sql").read_text(encoding="utf-8")
    return [statement for statement in text.split(";") if statement.strip()]


def as_text(registry: Registry) -> dict[str, list[dict[str, str]]]:
    """Return the tables as text cells, readable again by `registry_from_rows`."""
    return {
        table: [{column.name: _cell(row[column.name]) for column in schema()[table].columns} for row in rows]
        for table, rows in registry.tables.items()
    }


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ";".join(repr(part) if isinstance(part, float) else str(part) for part in value)
    return repr(value) if isinstance(value, float) else str(value)


def _write_points(connection: duckdb.DuckDBPyConnection, registry: Registry, numbers: dict[str, int]) -> None:
    units, objects, known = registry.by_id("units"), registry.by_id("objects"), media()
    connection.execute("UPDATE point SET kind = 'retired', counted = false")
    following = max(numbers.values(), default=0)
    rows = []
    for point in registry.tables["points"]:
        owner = units[objects[point["object"]]["owner"]]
        if point["id"] not in numbers:
            following += 1
            numbers[point["id"]] = following
        rows.append([
            numbers[point["id"]], point["id"], point["name_zh"], owner["id"], point["object"], point["medium"],
            point["use"], point["unit"], factor(point["unit"], known[point["medium"]]["unit"]),
            1 if point["direction"] == "in" else -1, point["rated_max"], PERIODS[point["period"]], point["kind"],
            point["parent"], owner["county"], owner["sector"], owner["industry"], bool(owner["synthetic"]),
            point["use"] in {"input", "output"} and known[point["medium"]]["kind"] == "energy"
            and point["kind"] != "virtual",
            _midnight(point["valid_from"]), _midnight(point["valid_to"]),
        ])  # fmt: skip
    if rows:
        ids = [row[0] for row in rows]
        connection.execute("DELETE FROM point WHERE number IN (SELECT unnest($1))", [ids])
        connection.register("new_points", _arrow(rows, connection))
        connection.execute("INSERT INTO point SELECT * FROM new_points")
        connection.unregister("new_points")
    connection.execute("DELETE FROM term")
    for point in registry.tables["points"]:
        for sign, part in formula_terms(point["formula"] or ""):
            connection.execute(
                "INSERT INTO term VALUES (?, ?, ?)", [numbers[point["id"]], numbers[part], sign]
            )


def _arrow(rows: list[list[Any]], connection: duckdb.DuckDBPyConnection) -> Any:
    import pyarrow as pa

    described = connection.execute("DESCRIBE point").fetchall()
    types = {
        "INTEGER": pa.int32(), "VARCHAR": pa.string(), "DOUBLE": pa.float64(), "BOOLEAN": pa.bool_(),
        "TIMESTAMP": pa.timestamp("us"),
    }  # fmt: skip
    columns = list(zip(*rows, strict=True))
    return pa.table(
        {
            column[0]: pa.array(values, types[column[1]])
            for column, values in zip(described, columns, strict=True)
        }
    )


def _midnight(day: Any) -> datetime | None:
    return None if day is None else midnight(day)


def _write_factors(connection: duckdb.DuckDBPyConnection, registry: Registry) -> None:
    """Packaged factors and those of the place, per unit of the medium, in tce or t CO2."""
    known = media()
    connection.execute("DELETE FROM factor")
    rows = [dict(row, confirmed=row["confirmed"] == "yes") for row in packaged("factors")]
    values: list[Any] = []
    for row in [*rows, *registry.tables["factors"]]:
        target = ("tCO2" if row["quantity"] == "co2" else "tce") + "/" + known[row["medium"]]["unit"]
        values += [
            row["medium"], row["quantity"], row["region"], str(row["valid_from"] or "1900-01-01"),
            str(row["valid_to"] or "9999-12-31"), float(row["value"]) * factor(row["unit"], target), row["set"],
            row["source"], row["confirmed"], int(known[row["medium"]]["scope"]),
        ]  # fmt: skip
    one = f"({', '.join('?' * 10)})"
    connection.execute(f"INSERT INTO factor VALUES {', '.join([one] * (len(values) // 10))}", values)
    connection.execute("DELETE FROM point_factor")
    connection.execute(_POINT_FACTORS, [registry.region])
    connection.execute("DELETE FROM rate")
    connection.execute(_RATES)


_POINT_FACTORS = """
INSERT INTO point_factor
SELECT point, quantity, valid_from, valid_to, value, scope FROM (
  SELECT p.number AS point, f.quantity, f.valid_from, f.valid_to, f.value * p.to_medium * p.sign AS value, f.scope,
    CASE f.region WHEN p.owner THEN 1 WHEN $1 THEN 2 WHEN 'CN' THEN 3 END AS nearness,
    min(CASE f.region WHEN p.owner THEN 1 WHEN $1 THEN 2 WHEN 'CN' THEN 3 END)
      OVER (PARTITION BY p.number, f.quantity) AS nearest
  FROM point p JOIN factor f USING (medium) WHERE f.region IN (p.owner, $1, 'CN'))
WHERE nearness = nearest"""
"""A factor of the unit itself goes before the province's, that before the nation's; all signed and per
unit read."""


_RATES = """
INSERT INTO rate
WITH cut AS (SELECT point, valid_from AS day FROM point_factor UNION SELECT point, valid_to FROM point_factor),
span AS (SELECT point, day AS since, lead(day) OVER (PARTITION BY point ORDER BY day) AS until FROM cut)
SELECT s.point, s.since, s.until, max(f.value) FILTER (f.quantity = 'coal_equivalent_calorific'),
  max(f.value) FILTER (f.quantity = 'coal_equivalent_equivalent'), max(f.value) FILTER (f.quantity = 'co2'), max(f.scope)
FROM span s JOIN point_factor f ON f.point = s.point AND f.valid_from <= s.since AND s.since < f.valid_to
WHERE s.until IS NOT NULL GROUP BY s.point, s.since, s.until"""
"""The factors of a point side by side for each span of days on which none of them changes."""
