"""Table schema of the record store.

It has one table with typed columns per register, one per child table, and the shared tables.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    select,
)
from sqlalchemy.types import TypeEngine

from dafeng.registers.definition.model import DATES, NUMBERS, Definition, Kind, RegisterField

SCHEMA = "records"
"""Schema on PostgreSQL; SQLite has one file for it."""
_ID = BigInteger().with_variant(Integer, "sqlite")


def type_of(field: RegisterField) -> TypeEngine[Any]:
    """Return the column type of a field. Dates are ISO text; see `definition.cells.stored`."""
    if field.type in (Kind.DECIMAL, Kind.PERCENT):
        return Float()
    if field.type in (Kind.INT, Kind.YEAR):
        return BigInteger()
    if field.type is Kind.BOOL:
        return Boolean()
    return Text()


@dataclass(frozen=True, slots=True)
class Shared:
    """Tables shared by all registers."""

    revision: Table
    request: Table
    evidence: Table
    personal: Table
    period_return: Table
    exception: Table
    finding: Table
    receipt: Table
    conflict: Table
    edition: Table
    setting: Table


@dataclass(frozen=True, slots=True)
class Schema:
    """Database schema of the store: `records` and `children` by register and by (register, child)."""

    metadata: MetaData
    shared: Shared
    records: Mapping[str, Table]
    children: Mapping[tuple[str, str], Table]


def hash_of(definition: Definition) -> str:
    """Compute the hash that identifies the content of an edition."""
    return hashlib.sha256(definition.model_dump_json(by_alias=True).encode()).hexdigest()


def schema_of(editions: Mapping[str, Iterable[Definition]], schema: str | None) -> Schema:
    """Return the tables for all editions together; of definitions that a process had last they are not built again."""
    hashes = tuple((register, hash_of(one)) for register, listed in editions.items() for one in listed)
    if schema not in _BUILT or _BUILT[schema][0] != hashes:
        _BUILT[schema] = hashes, _build(editions, schema)
    return _BUILT[schema][1]


_BUILT: dict[str | None, tuple[tuple[tuple[str, str], ...], Schema]] = {}
"""Schema of the database → hashes of the definitions and their tables."""


def _build(editions: Mapping[str, Iterable[Definition]], schema: str | None) -> Schema:
    """Build the tables: a field that a later edition drops keeps its column."""
    metadata = MetaData(schema=schema)
    shared = _shared(metadata)
    records: dict[str, Table] = {}
    children: dict[tuple[str, str], Table] = {}
    for register, listed in editions.items():
        definitions = list(listed)
        records[register] = _record_table(metadata, register, definitions)
        for child, fields in _children(definitions).items():
            children[register, child] = Table(
                _bounded(f"c_{register}__{child}"), metadata, Column("id", _ID, primary_key=True), Column("record_id", _ID, nullable=False),
                *(Column(name, type_of(field)) for name, field in fields.items()),
                Index(_bounded(f"i_c_{register}__{child}_record"), "record_id"),
            )  # fmt: skip
    return Schema(metadata, shared, records, children)


LONGEST = 63
"""Bytes of a name that PostgreSQL keeps."""


def _bounded(name: str) -> str:
    """Shorten a name that is too long for PostgreSQL, with a hash of the whole."""
    return name if len(name) <= LONGEST else f"{name[:50]}_{hashlib.sha256(name.encode()).hexdigest()[:12]}"


def _merged(groups: Iterable[Iterable[RegisterField]]) -> dict[str, RegisterField]:
    return {field.id: field for fields in groups for field in fields}


def _children(definitions: list[Definition]) -> dict[str, dict[str, RegisterField]]:
    names = {child.id for one in definitions for child in one.children}
    return {
        name: _merged(child.fields for one in definitions for child in one.children if child.id == name)
        for name in sorted(names)
    }


def _record_table(metadata: MetaData, register: str, definitions: list[Definition]) -> Table:
    fields = _merged(one.fields for one in definitions)
    table = Table(
        f"r_{register}", metadata, Column("id", _ID, primary_key=True),
        *(Column(name, String(64)) for name in ("region", "organisation", "period", "deadline")),
        Column("scope", String(64), nullable=False), Column("state", String(64), nullable=False),
        Column("edition", String(16), nullable=False), Column("version", Integer, nullable=False),
        Column("grade", String(1), nullable=False), Column("key", Text, nullable=False),
        Column("live", Integer), Column("amends", _ID), Column("entered_by", Text, nullable=False),
        Column("entered_at", String(32), nullable=False), Column("changed_at", String(32), nullable=False),
        Column("notation", Text), Column("search", Text),
        *(Column(name, type_of(field)) for name, field in fields.items()),
        UniqueConstraint("scope", "key", "live", name=f"u_{register}_key"),
    )  # fmt: skip
    few = carried_names(fields)
    for name in ("id", "region", "state", *(name for name, field in fields.items() if field.sortable)):
        carried = [table.c[one] for one in few if one != name]
        keys = [table.c.id] if name == "id" else [table.c[name], table.c.id]
        Index(_bounded(f"i_{register}_o_{name}"), table.c.scope, *keys, *carried)
    for name in (name for name, field in fields.items() if filter_indexed(field)):
        keys = [table.c.scope, table.c[name], table.c.id]
        there = table.c[name].is_not(None)
        short = [table.c[one] for one in few if one != name] if fields[name].type in _SHORT else []
        Index(_bounded(f"i_{register}_w_{name}"), *keys, *short, sqlite_where=there, postgresql_where=there)
    return table


CARRIED = 8
"""Maximum number of fields of few values that every index of a register carries."""
CARRIED_SHORT = 12
"""Maximum number of numbers and dates that it carries; with the others they stay below the 32 columns of PostgreSQL."""
_FEW_VALUES = (Kind.CHOICE, Kind.BOOL, Kind.REGION)
_SHORT = NUMBERS | DATES
_UNFILTERED = (Kind.LONGTEXT, Kind.FILE, Kind.GEO_POINT, Kind.GEO_POLYGON)


def carried_names(fields: Mapping[str, RegisterField]) -> tuple[str, ...]:
    """Return the columns that every index in an order carries, so that a filter on them reads no record.

    They are `live`, `region`, `state` and `grade`, fields of few values, and numbers and dates: short columns, the sortable
    ones first, so that the index of a filter holds the value to sort by, too.
    """

    def first(kinds: Collection[Kind], most: int) -> list[str]:
        own = (name for name, field in fields.items() if field.type in kinds and field.privacy != "personal")
        return sorted(own, key=lambda name: not fields[name].sortable)[:most]

    return ("live", "region", "state", "grade", *first(_FEW_VALUES, CARRIED), *first(_SHORT, CARRIED_SHORT))


def filter_indexed(field: RegisterField) -> bool:
    """Check whether a field that has no order has an index of its values for filters.

    One of few values is met in the index of any order, and would choose little; a value that is not there is in none.
    """
    return not field.sortable and field.privacy == "none" and field.type not in (*_FEW_VALUES, *_UNFILTERED)


BULK = 20_000
"""Number of rows from which building the indexes anew takes less time than adding each row to all of them."""


@contextmanager
def in_bulk(connection: Connection, table: Table, rows: int) -> Iterator[None]:
    """Insert many rows into a table that has no more than that, on SQLite without its indexes, which are built after."""
    indexes = sorted(table.indexes, key=lambda one: str(one.name))
    some = select(table.c.id).limit(rows + 1).subquery()
    few = connection.dialect.name == "sqlite" and rows >= BULK
    if not few or int(connection.scalar(select(func.count()).select_from(some)) or 0) > rows:
        indexes = []
    for one in indexes:
        one.drop(connection)
    yield
    for one in indexes:
        one.create(connection)


def _text(*names: str) -> list[Column[str]]:
    return [Column(name, Text) for name in names]


def _identity() -> Column[int]:
    return Column("id", _ID, primary_key=True, autoincrement=True)


def _owner() -> tuple[Column[str], Column[int]]:
    """Build the columns that reference the record of a row."""
    return Column("register", String(64), nullable=False), Column("record_id", _ID)


def _shared(metadata: MetaData) -> Shared:
    revision = Table(
        "revision", metadata, _identity(), Column("at", String(32), nullable=False), *_text("actor", "behalf", "request"),
        *_owner(), *_text("act", "reason", "before", "after", "previous", "hash"),
    )  # fmt: skip
    Index("i_revision_record", revision.c.register, revision.c.record_id)
    Index("i_revision_register", revision.c.register, revision.c.id)
    request = Table(
        "request",
        metadata,
        Column("id", String(200), primary_key=True),
        *_text("at", "actor", "act", "result"),
    )
    evidence = Table(
        "evidence", metadata, _identity(), *_owner(), Column("field", String(64)), Column("hash", String(64), nullable=False),
        *_text("name", "kind"), Column("size", BigInteger), *_text("at", "actor"),
    )  # fmt: skip
    Index("i_evidence_record", evidence.c.register, evidence.c.record_id)
    personal = Table(
        "personal", metadata, _identity(), *_owner(), Column("child", String(64)), Column("row", _ID),
        Column("field", String(64)), *_text("value", "salt", "blank_on", "blanked_at"),
    )  # fmt: skip
    Index("i_personal_record", personal.c.register, personal.c.record_id)
    period_return = Table(
        "period_return", metadata, _identity(), Column("scope", String(64), nullable=False), Column("register", String(64), nullable=False),
        Column("period", String(16), nullable=False), Column("region", String(64), nullable=False), Column("state", String(16), nullable=False),
        Column("version", Integer, nullable=False), *_text("submitted_at", "submitted_by", "reason"), Column("revision_at_submit", _ID),
        UniqueConstraint("scope", "register", "period", "region", name="u_period_return"),
    )  # fmt: skip
    exception = Table(
        "lock_exception", metadata, _identity(), Column("scope", String(64)), Column("register", String(64)), Column("period", String(16)),
        Column("region", String(64)), *_text("until", "granted_by", "reason"),
    )  # fmt: skip
    finding = Table(
        "finding",
        metadata,
        _identity(),
        *_owner(),
        *_text("rule", "severity", "place", "found", "expected", "zh", "en", "at", "closed_at"),
        *_text("inputs", "source"),
        Column("confirmed", Boolean),
    )
    Index("i_finding_record", finding.c.register, finding.c.record_id)
    receipt = Table(
        "receipt", metadata, _identity(), Column("scope", String(64)), Column("register", String(64)), Column("hash", String(64)),
        *_text("name", "at", "actor", "mode", "result"),
    )  # fmt: skip
    Index("i_receipt_hash", receipt.c.scope, receipt.c.register, receipt.c.hash)
    conflict = Table(
        "conflict", metadata, _identity(), Column("scope", String(64)), *_owner(),
        *_text("key", "theirs", "source", "at", "actor", "chosen", "settled_by", "settled_at", "reason"), Column("region", String(64)),
    )  # fmt: skip
    edition = Table(
        "edition", metadata, Column("register", String(64), primary_key=True), Column("edition", String(16), primary_key=True),
        Column("hash", String(64)), Column("state", String(16)), Column("at", String(32)),
    )  # fmt: skip
    setting = Table("setting", metadata, Column("name", String(64), primary_key=True), Column("value", Text))
    return Shared(
        revision,
        request,
        evidence,
        personal,
        period_return,
        exception,
        finding,
        receipt,
        conflict,
        edition,
        setting,
    )
