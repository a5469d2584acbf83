"""Database connection: SQLite by default (write-ahead log), PostgreSQL by URL.

Migrations follow the definitions.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Column, Connection, Engine, Table, create_engine, event, inspect, select, text
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from dafeng.evidence import DafengError
from dafeng.registers.definition.loading import Book
from dafeng.registers.store.columns import SCHEMA, Schema, hash_of, schema_of

BUSY_MS = 60_000
_NETWORK = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p", "afs", "ncpfs"})


@dataclass(frozen=True, slots=True)
class Store:
    """Open record store.

    `scope` is the place whose records it keeps (GB/T 2260), `folder` the location of evidence.
    """

    engine: Engine
    book: Book
    schema: Schema
    scope: str
    folder: Path | None
    prepared: dict[tuple[str, str], Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a read connection with a consistent snapshot of the store."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open an exclusive write transaction: all or nothing.

        Raises
        ------
        DafengError
            Where the disk is full, or another writer holds the store for too long.
        """
        try:
            with self.engine.connect().execution_options(dafeng_write=True) as connection, connection.begin():
                if not self.sqlite:
                    connection.execute(text("SELECT pg_advisory_xact_lock(7340231)"))
                yield connection
        except OperationalError as error:
            raise DafengError.at(
                str(self.engine.url.database), str(error.orig), "a store that can be written to",
                "free the disk, or wait until the other writer is done; nothing of this act was kept",
            ) from error  # fmt: skip

    def close(self) -> None:
        self.engine.dispose()


def open_store(where: str | Path, book: Book, scope: str = "", folder: Path | None = None) -> Store:
    """Open the store at `where`, a file or a PostgreSQL URL; create or migrate its tables.

    Parameters
    ----------
    where
        Path of an SQLite file, or `postgresql://…`.
    book
        The definitions; their editions decide the tables.
    scope
        GB/T 2260 code of the place; "" takes the one that the store was made for.
    folder
        Where evidence is kept; None takes the folder of the SQLite file.

    Raises
    ------
    DafengError
        Where the file lies on a network share, the server cannot be reached, or a migration broke off and
        cannot go on.
    """
    url = str(where)
    if "://" in url:
        engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1), pool_pre_ping=True)
    else:
        path = Path(where).resolve()
        _refuse_network_share(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = folder or path.parent / "evidence"
        engine = create_engine(f"sqlite:///{path}")
        _prepare_sqlite(engine)
    schema = schema_of(book.editions, None if engine.dialect.name == "sqlite" else SCHEMA)
    store = Store(engine, book, schema, scope, folder)
    try:
        _migrate(store)
        store = replace(store, scope=_place_of(store, scope))
    except DafengError:
        engine.dispose()
        raise
    except SQLAlchemyError as error:
        engine.dispose()
        reason = error.orig if isinstance(error, DBAPIError) else error
        raise DafengError.at(
            url.rsplit("@", 1)[-1], " ".join(str(reason).split()), "a database that can be opened",
            "check that the server runs, the name, and the rights; a migration that broke off goes on at the next start",
        ) from error  # fmt: skip
    return store


def create_schema(database: str, name: str) -> None:
    """Create a schema of PostgreSQL where it is missing, for another user of the database of the records.

    Parameters
    ----------
    database
        `postgresql://…`.
    name
        Name of the schema: letters and `_`.

    Raises
    ------
    DafengError
        Where the server cannot be reached or refuses.
    """
    engine = create_engine(database.replace("postgresql://", "postgresql+psycopg://", 1))
    try:
        with engine.begin() as connection:
            if not inspect(connection).has_schema(name):
                connection.execute(text(f"CREATE SCHEMA {engine.dialect.identifier_preparer.quote(name)}"))
    except SQLAlchemyError as error:
        raise DafengError.at(
            database.rsplit("@", 1)[-1], " ".join(str(getattr(error, "orig", error)).split()), "a database that can be opened",
            "check that the server runs, the name, and the rights; a migration that broke off goes on at the next start",
        ) from error  # fmt: skip
    finally:
        engine.dispose()


def place_of_store(store: Store) -> str:
    """Return the place that the store was made for; "" before it was first opened."""
    table = store.schema.shared.setting
    with store.reading() as connection:
        return str(connection.scalar(select(table.c.value).where(table.c.name == "place")) or "")


def _place_of(store: Store, scope: str) -> str:
    """Return the place of the store, persisted when it was first opened.

    A file is of one place; a server may keep several.
    """
    made_for = place_of_store(store)
    if made_for and scope and scope != made_for and store.sqlite:
        raise DafengError.at(
            "place", scope, f"{made_for}, which the workspace was made for", "leave --place out, or take a new workspace"
        )  # fmt: skip
    if made_for and not scope:
        return made_for
    if not re.fullmatch(r"\d{6}", scope):
        raise DafengError.at(
            "place", scope or "nothing", "the GB/T 2260 code of the place", "--place 360400 the first time"
        )
    if not made_for:
        table = store.schema.shared.setting
        with store.writing() as connection:
            if connection.execute(select(table.c.value).where(table.c.name == "place")).first() is None:
                connection.execute(table.insert().values(name="place", value=scope))
    return scope


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connect(raw: Any, _record: Any) -> None:
        raw.isolation_level = None  # transactions begin where `_begin` says
        cursor = raw.cursor()
        for pragma in (
            "page_size=8192",  # of a new file: the entries of an index are long, and an import takes a twentieth less
            "journal_mode=WAL",
            "synchronous=FULL",
            f"busy_timeout={BUSY_MS}",
            "temp_store=MEMORY",
            "cache_size=-65536",
            "mmap_size=268435456",  # pages are read in place: a walk of an index takes a third less
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("dafeng_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _refuse_network_share(path: Path) -> None:
    """Refuse a network share: SQLite's locks do not hold there, and two writers would destroy the file."""
    try:
        lines = Path("/proc/mounts").read_text(encoding="utf-8").splitlines()
    except OSError:  # not Linux: nothing is known about the mount
        return
    mounts = {
        parts[1].replace("\\040", " "): parts[2]
        for parts in (line.split() for line in lines)
        if len(parts) > 2
    }
    on = max((mount for mount in mounts if path.is_relative_to(mount)), key=len, default="/")
    if mounts.get(on) in _NETWORK:
        raise DafengError.at(
            str(path), f"a network share ({mounts[on]})", "a folder on a local disk",
            "SQLite's locks do not hold there: move the workspace, or use PostgreSQL by its URL",
        )  # fmt: skip


def now() -> str:
    """Return the current time in the format of the store (UTC)."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _migrate(store: Store) -> None:
    """Create what is missing: tables, columns, indexes.

    Nothing is ever dropped, so old periods stay readable.

    Every step is idempotent; an edition is marked `done` in the same transaction on PostgreSQL, and at the end of it
    on SQLite, so that an interrupted script is resumed.
    """
    schema = store.schema.metadata.schema
    with store.engine.connect().execution_options(dafeng_write=True) as connection, connection.begin():
        if schema:
            connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {schema}"))
        found, edition = inspect(connection), store.schema.shared.edition
        done = (
            {(row.register, row.edition): row.hash for row in connection.execute(edition.select()) if row.state == "done"}
            if found.has_table(edition.name, schema) else {}
        )  # fmt: skip
        wanted = {
            (one.register_id, one.edition): hash_of(one)
            for listed in store.book.editions.values()
            for one in listed
        }
        layout = _layout(store)
        setting = store.schema.shared.setting
        made = setting.select().where(setting.c.name == LAYOUT)
        kept = connection.execute(made).first() if found.has_table(setting.name, schema) else None
        if done == wanted and kept is not None and kept.value == layout:
            return
        _add_missing(connection, store, _present(connection, schema))
        connection.execute(setting.delete().where(setting.c.name == LAYOUT))
        connection.execute(setting.insert().values(name=LAYOUT, value=layout))
        connection.execute(edition.delete())
        rows = [
            {"register": register, "edition": name, "hash": found, "state": "done", "at": now()}
            for (register, name), found in (done | wanted).items()
        ]
        connection.execute(edition.insert(), rows)


LAYOUT = "layout"
"""Setting with the hash of the tables: a store that an older dafeng made gets what is new."""


def _layout(store: Store) -> str:
    tables = sorted(
        f"{table.name}({','.join(column.name for column in table.columns)})[{','.join(sorted(f'{one.name}:{len(one.columns)}' for one in table.indexes))}]"
        for table in store.schema.metadata.tables.values()
    )
    return hashlib.sha256(
        "\n".join([*tables, *(_SEALS if store.sqlite else _SEALS_PG), _TRIGRAMS]).encode()
    ).hexdigest()


_SEALS = tuple(
    f"CREATE TRIGGER IF NOT EXISTS revision_no_{act.lower()} BEFORE {act} ON revision BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END"
    for act in ("UPDATE", "DELETE")
)
"""The log takes no change: the database itself refuses one, and the seals show one that went around it."""
_SEALS_PG = (
    f"""CREATE OR REPLACE FUNCTION {SCHEMA}.append_only() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'the log is append-only'; END $$""",
    f"DROP TRIGGER IF EXISTS revision_append_only ON {SCHEMA}.revision",
    f"""CREATE TRIGGER revision_append_only BEFORE UPDATE OR DELETE ON {SCHEMA}.revision
        FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.append_only()""",
)
_TRIGRAMS = "CREATE EXTENSION IF NOT EXISTS pg_trgm"


def _present(connection: Connection, schema: str | None) -> Mapping[str, set[str]]:
    inspector = inspect(connection)
    found = inspector.get_multi_columns(schema=schema)
    return {str(name): {column["name"] for column in columns} for (_, name), columns in found.items()}


def _add_missing(connection: Connection, store: Store, known: Mapping[str, set[str]]) -> None:
    metadata = store.schema.metadata
    operations = Operations(MigrationContext.configure(connection))
    for table in metadata.sorted_tables:
        if table.name not in known:
            table.create(connection)
            continue
        for column in table.columns:
            if column.name not in known[table.name]:
                operations.add_column(table.name, Column(column.name, column.type), schema=metadata.schema)
        _renew_indexes(connection, operations, table)
    for statement in _SEALS if store.sqlite else _SEALS_PG:
        connection.exec_driver_sql(statement)
    if store.sqlite:
        for register in store.schema.records:
            connection.exec_driver_sql(
                f"CREATE VIRTUAL TABLE IF NOT EXISTS s_{register} USING fts5(search, content='r_{register}', content_rowid='id', tokenize='trigram')"
            )
    else:
        _index_texts(connection, store)


def _renew_indexes(connection: Connection, operations: Operations, table: Table) -> None:
    """Create the indexes of a table that are missing or carry other columns, and drop those of an older dafeng."""
    present = {
        str(index["name"]): tuple(index["column_names"])
        for index in inspect(connection).get_indexes(table.name, schema=table.schema)
    }
    for index in table.indexes:
        made = present.get(str(index.name))
        if made is not None and made != tuple(column.name for column in index.columns):
            index.drop(connection)
            made = None
        if made is None:
            index.create(connection)
    if table.name.startswith("r_"):
        for name in sorted(one for one in present if _former(table, one)):
            operations.drop_index(name, table.name, schema=table.schema)


def _former(table: Table, name: str) -> bool:
    prefix = f"i_{table.name.removeprefix('r_')}_"
    return name.startswith(f"{prefix}f_") or name in (f"{prefix}region", f"{prefix}state")


def _index_texts(connection: Connection, store: Store) -> None:
    """Index the search texts by trigrams on PostgreSQL.

    Where the server has no pg_trgm, or its owner does not allow it, a search reads the table: slower, no less
    complete. The next start with the extension installed adds the indexes.
    """
    there = text(
        "SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_trgm'"
    )
    place = connection.scalar(there)
    if place is None:
        try:
            with connection.begin_nested():
                connection.exec_driver_sql(_TRIGRAMS)
        except DBAPIError:
            return
        place = connection.scalar(there)
    for register in store.schema.records:
        connection.exec_driver_sql(
            f'CREATE INDEX IF NOT EXISTS g_{register} ON {SCHEMA}.r_{register} USING gin (search "{place}".gin_trgm_ops)'
        )
