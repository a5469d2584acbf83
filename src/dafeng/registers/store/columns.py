"""Table schema of the record store.

It has one table with typed columns per register, one per child table, and the shared tables.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeEngine

from dafeng.registers.definition.model import Definition, Kind, RegisterField

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


def schema_of(editions: Mapping[str, Iterable[Definition]], schema: str | None) -> Schema:
    """Build the tables for all editions together: a field that a later edition drops keeps its column."""
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
    for name in ("region", "state", *(name for name, field in fields.items() if field.sortable)):
        carried = [table.c[one] for one in carried_names(fields) if one != name]
        Index(_bounded(f"i_{register}_o_{name}"), table.c.scope, table.c[name], table.c.id, *carried)
    return table


CARRIED = 8
"""Maximum number of fields that every index of a register carries besides `live`, `region` and `state`."""
_FEW_VALUES = (Kind.CHOICE, Kind.BOOL, Kind.REGION)


def carried_names(fields: Mapping[str, RegisterField]) -> tuple[str, ...]:
    """Return the columns that every index in an order carries, so that a filter on them reads no record.

    They have few values, so that they are short, and in an index of their own would choose little.
    """
    few = sorted(
        (name for name, field in fields.items() if field.type in _FEW_VALUES),
        key=lambda name: not fields[name].sortable,
    )
    return ("live", "region", "state", *few[:CARRIED])


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
    Index("i_revision_at", revision.c["at"])
    Index("i_revision_request", revision.c.request)
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
