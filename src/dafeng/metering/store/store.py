"""Embedded store: one DuckDB file with one owner process, everything of a batch in one transaction."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb

from dafeng.evidence import DafengError, utc_now
from dafeng.metering.master_data import Registry, registry_from_rows
from dafeng.metering.owner import StoreOwnedError, read_owner
from dafeng.metering.store.batches import clock_of
from dafeng.metering.store.point_cache import Known, read_known
from dafeng.metering.store.point_rows import write_factors, write_points
from dafeng.metering.store.sql import first_row, named_rows, run
from dafeng.metering.store.upgrades import UPGRADES, upgrade
from dafeng.metering.tables import schema
from dafeng.tables import Row

SCHEMA_VERSION = 4
ORIGINS = ("auto", "hand", "estimated", "corrected", "synthetic")
"""Origin of a reading; its code in the store is its place here."""

FLAG_RANGE, FLAG_NEGATIVE, FLAG_SNAPPED, FLAG_IMPLAUSIBLE, FLAG_VERSIONED, FLAG_SPREAD = 1, 2, 4, 8, 16, 32
FLAG_QUARANTINED, FLAG_RELEASED, FLAG_SENDER, FLAG_UNIT = 64, 128, 256, 512
"""Bits of a reading's flags: beyond the rated maximum, negative, label moved to its period, unlike the
point's own history, version given by the sender, spread over a long gap; held back, released by a person,
called bad by the sender, converted from the unit that the sender stated."""


OFFLINE = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}
"""The engine fetches nothing from the network."""


class Store:
    """Store of the readings, sums, batches and revisions of one place.

    One process opens the file; its threads share the store: writers take turns, readers see the last commit.

    Raises: DafengError where the file is no store; StoreOwnedError where another process has it open.
    """

    dialect = "duckdb"

    def __init__(self, path: Path | str, *, memory_limit: str = "512MB", threads: int = 2) -> None:
        self.path = Path(path)
        if not self.path.exists():
            raise DafengError.at(str(path), "no file", "a store", f"dafeng metering init CASE --store {path}")
        self._options = (memory_limit, threads)
        self._connect(*self._options)
        self._write = threading.RLock()
        self._known: Known | None = None
        self.learnt: dict[int, float] | None = None
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
        self.clock = clock_of(self._connection)
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

    @contextmanager
    def standing(self) -> Iterator[list[Path]]:
        """Hold the store as it is: all is in the file, nothing is written; yield the files of closed months."""
        with self._write:
            self._connection.execute("CHECKPOINT")
            rows = self._connection.execute("SELECT file FROM archive WHERE reopened IS NULL ORDER BY month").fetchall()  # fmt: skip
            yield [self.path.with_name(row[0]) for row in rows]

    def known(self, connection: duckdb.DuckDBPyConnection) -> Known:
        """Return what readings are judged by; to be asked inside a transaction that writes readings only."""
        before = self._known
        if before is not None and not before.is_out_of_date():
            return before
        self._known = known = read_known(connection, self.learnt)
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
        write_points(connection, registry)
        write_factors(connection, registry)
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
